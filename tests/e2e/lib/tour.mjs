// A walk through every screen, for those who look at it: with a camera, or with axe.
import path from "node:path";
import { file, workbook, zip } from "./files.mjs";
import { importBoth } from "./people.mjs";
import { LOGS, Product } from "./product.mjs";
import { ROOT } from "./servers.mjs";

const CONTACTS = `Record ID,First Name,Last Name,Email,Phone Number,Lifecycle Stage,Create Date,Associated Company
101,Ada,Lovelace,ada@analytical.example,+44 20 7946 0001,Customer,2026-01-05 09:00,Analytical Engines
102,Charles,Babbage,charles@analytical.example,+44 20 7946 0002,Lead,2026-01-07 11:30,Analytical Engines
`;
const VISITS = [
  ["customer", "activity", "time", "note"],
  ["ada", "visited shop", "2026-03-01 09:00", "asked for the red one"],
  ["ada", "placed order", "2026-03-01 09:10", ""],
  ["ben", "visited shop", "2026-03-02 10:00", ""],
];
const CALL = "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\n<v Ada>My parcel is late.\n\n00:00:04.000 --> 00:00:06.000\n<v Agent>I am sorry.\n";
const csv = (rows) => rows.map((row) => row.join(",")).join("\n");

/** Waits until a report is shown that is the answer to what the form says. */
export async function answered(product) {
  await product.page.waitForTimeout(150);
  await product.root.locator('[data-testid="report"][aria-busy="false"]').waitFor({ timeout: 60_000 });
}

/** Opens the form of the analyses where it opens on demand. */
export async function openForm(product) {
  const toggle = product.part("ask-toggle");
  if ((await toggle.isVisible()) && (await toggle.getAttribute("aria-expanded")) === "false") await toggle.click();
}

async function closeDialog(product, name) {
  await product.page.keyboard.press("Escape");
  await product.part(name).waitFor({ state: "hidden" });
}

/** The first minute and all that asks something about a file. */
export async function files(view, look) {
  const product = new Product(view.page);
  await product.ready();
  await look("start");
  const dialogs = [
    ["wizard", path.join(LOGS, "faults.csv")],
    ["recognised", file("contacts.csv", CONTACTS)],
    ["workbook", workbook("visits.xlsx", [["March", VISITS], ["April", VISITS]])],
    ["transcript", file("call.vtt", CALL)],
  ];
  for (const [name, chosen] of dialogs) {
    await product.choose(chosen);
    await product.part("import-dialog").waitFor();
    await look(name);
    await product.part("import-cancel").click();
    await product.part("import-dialog").waitFor({ state: "hidden" });
  }
  await product.choose(zip("export.zip", [["visits.csv", csv(VISITS)], ["more.csv", csv(VISITS)], ["picture.png", "no table"]]));
  await product.part("import-all").waitFor();
  await look("archive");
  await product.part("import-all").click();
  await product.mapDrawn();
  await look("left out");
  await product.dismissAlerts();
  await product.importFile(path.join(LOGS, "faults.csv"));
  await look("what changed");
  await product.part("change-close").click();
  await product.tab("sources").click();
  await product.part("show-rejects").last().click();
  await product.part("rejects").first().waitFor();
  await look("sources with rejects");
  await product.part("remove-source").first().click();
  await look("removal of a source");
  await closeDialog(product, "remove-dialog");
}

/** Map, panel, lists and dialogs of the sample. */
export async function map(view, look) {
  const product = new Product(view.page);
  await product.ready();
  await product.openSample();
  await look("map with changes");
  await product.part("change-close").click();
  const tools = product.root.locator(".tools-toggle");
  const opensTools = await tools.isVisible();
  for (const lens of ["occurrences", "cases", "median", "mean", "p95"]) {
    if (opensTools) await tools.click();
    await product.part(`lens-${lens}`).check({ force: true });
    if (opensTools) {
      if (lens === "cases") await look("map tools");
      await tools.click();
    }
    await look(`map ${lens}`);
  }
  await product.part("node").nth(3).focus();
  await look("map tooltip");
  await product.openMark(product.part("node").nth(2));
  await product.part("case").first().waitFor();
  await look("panel");
  await product.part("panel").getByTestId("figure").first().click();
  await product.part("card-definition").waitFor();
  await look("figure card");
  await closeDialog(product, "figure-card");
  await product.part("case").first().click();
  await product.part("event").first().waitFor();
  await look("timeline");
  await product.closePanel();
  await product.openMark(product.part("edge").nth(1));
  await product.part("case").first().waitFor();
  await look("panel of an edge");
  await product.closePanel();
  await product.part("edit-stages").click();
  await look("stages");
  await closeDialog(product, "stage-dialog");
  for (const tab of ["variants", "table", "sources", "privacy"]) {
    await product.tab(tab).click();
    await view.page.waitForTimeout(300);
    await look(tab);
  }
  await dialogs(product, look);
}

async function dialogs(product, look) {
  const { page } = product;
  await product.part("views").click();
  await product.part("view-name").fill("Where people wait");
  await product.part("view-save").click();
  await product.part("view").waitFor();
  await look("views");
  await closeDialog(product, "views-dialog");
  await product.part("storage").click();
  await look("storage");
  await product.part("storage-forget").click();
  await look("storage forget");
  await closeDialog(product, "storage-dialog");
  await product.part("storage").click();
  await product.part("storage-export").click();
  await look("storage export");
  await closeDialog(product, "storage-dialog");
  await product.part("storage").click();
  await product.part("storage-protect").click();
  await product.part("passphrase").fill("a long enough one");
  await product.part("passphrase-again").fill("a long enough two");
  await product.part("passphrase-submit").click();
  await look("storage protect");
  await product.part("passphrase-again").fill("a long enough one");
  await product.part("passphrase-submit").click();
  await product.part("storage-unprotect").waitFor({ timeout: 60_000 });
  await look("storage protected");
  await page.reload();
  await product.part("unlock").waitFor();
  await look("unlock");
}

/** Every analysis of the sample, the forms where there is more to fill in, and revenue of a log that has it. */
export async function analyses(view, look) {
  const product = new Product(view.page);
  const part = (name) => product.part(name);
  const choose = async (name) => {
    await part(`analysis-${name}`).click();
    await answered(product);
  };
  await product.ready();
  await product.openSample();
  await part("change-close").click();
  await product.tab("analyses").click();
  await answered(product);
  for (const name of ["funnel", "retention", "paths", "transitions", "route", "steps", "lifecycle", "stickiness", "rework", "sessions", "support", "scores", "revenue"]) {
    await choose(name);
    await look(`analysis ${name}`);
  }
  await choose("funnel");
  await openForm(product);
  await part("funnel-hold-channel").check();
  await part("funnel-breakdown").selectOption("channel");
  await part("add-filter").click();
  await part("filter-0-names").fill("Open ticket");
  await part("filter-0-names").press("Enter");
  await answered(product);
  await look("funnel with breakdown");
  await part("segments").click();
  await part("segment-name").fill("Asked for help");
  await part("segment-save").click();
  await part("segment").first().waitFor();
  await look("segments");
  await closeDialog(product, "segments-dialog");
  await part("open-card").click();
  await look("card of an analysis");
  await closeDialog(product, "figure-card");
  await part("ask-versus").selectOption("rest");
  await answered(product);
  await look("funnel compared");
  await choose("retention");
  await part("retention-criterion").selectOption("brackets");
  await answered(product);
  await look("retention in brackets");
  await choose("transitions");
  await part("transitions-hours").check();
  await answered(product);
  await look("working hours");
  await part("to-route").click();
  await part("route-stops").fill("Visit pricing page");
  await part("route-stops").press("Enter");
  await part("route-start").check();
  await answered(product);
  await look("route filled in");
  await choose("lifecycle");
  await part("lifecycle-variant").selectOption("daily");
  await answered(product);
  await look("daily lifecycle");
}

/** Revenue, for which the sample has no data. */
export async function revenue(view, look) {
  const product = new Product(view.page);
  await product.ready();
  await product.choose(path.join(ROOT, "tests/golden/billing/log.csv"));
  await product.part("import-dialog").waitFor();
  await product.part("role-money").selectOption("");
  await product.part("role-mrr").selectOption("amount");
  await product.confirmImport();
  await product.part("change-close").click();
  await product.tab("analyses").click();
  await answered(product);
  await product.part("analysis-revenue").click();
  await answered(product);
  await look("revenue with data");
}

/** The room of the people with two exports that overlap, and its dialogs. */
export async function people(view, look) {
  const product = new Product(view.page);
  const part = (name) => product.part(name);
  const settled = () => product.root.locator('[data-testid="people-facts"][aria-busy="false"]').waitFor({ timeout: 60_000 });
  await product.ready();
  await importBoth(product);
  await part("change-close").click();
  await product.tab("people").click();
  await part("customer").first().waitFor({ timeout: 60_000 });
  await settled();
  await look("people");
  await part("customer-open").first().click();
  await part("record").first().waitFor();
  await look("customer");
  await part("compare").first().click();
  await part("customer-dialog").getByTestId("pair").waitFor();
  await part("split-tick").first().check();
  await look("customer compared");
  await closeDialog(product, "customer-dialog");
  await part("people-review").click();
  await part("pair").waitFor();
  await look("review");
  await part("review").locator("summary").click();
  await part("weights").scrollIntoViewIfNeeded();
  await look("weights");
  await part("decide-band").click();
  await look("whole band");
  await closeDialog(product, "band-dialog");
  await part("decide-same").click();
  await part("people-said").filter({ hasText: /./ }).waitFor();
  for (const section of ["bands", "shared", "accounts"]) {
    await part(`people-${section}`).click();
    await view.page.waitForTimeout(300);
    if (section === "bands") await part("bands").waitFor();
    await look(section);
  }
}

/** All walks by name. */
export const WALKS = { files, map, analyses, revenue, people };
