// The main way through the product: a real file, the map, one customer's timeline, a late event.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { assertNoFaults, LOGS, Product, publicLog } from "../lib/product.mjs";
import { ROOT } from "../lib/servers.mjs";

/** Expected figures of a public log, kept with the native suite: a peer's, not ours. */
async function expectedFigures(name) {
  const figures = JSON.parse(await readFile(path.join(ROOT, "tests/golden", name, "expected.json"), "utf8"));
  const names = figures.activities.map(([activity]) => activity);
  return {
    nEvents: figures.n_events,
    nCases: figures.n_cases,
    nVariants: figures.variants.length,
    activities: figures.activities,
    edges: figures.edges.map(([from, to, occurrences, cases]) => [names[from], names[to], occurrences, cases]),
    starts: figures.starts.map(([at, n]) => ["", names[at], n, n]),
    ends: figures.ends.map(([at, n]) => [names[at], "", n, n]),
  };
}

const byText = (rows) => rows.map((row) => JSON.stringify(row)).sort();

/** Chooses a file through the system's file picker, looks at the guess, and confirms it. */
async function pick(product, file, guessed) {
  const { page } = product;
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), product.part("open-files").first().click()]);
  await chooser.setFiles(file);
  await product.part("import-dialog").waitFor();
  for (const [role, column] of Object.entries(guessed)) {
    assert.equal(await product.roleColumn(role), column, `the ${role} column is guessed`);
  }
  await product.confirmImport();
}

/** Clicks a node, opens the first of its cases, and returns what list and timeline say of it. */
async function drill(product, name) {
  await product.node(name).click();
  await product.part("panel").waitFor();
  const row = product.part("case").first();
  await row.waitFor();
  const customer = await row.locator("bdi").innerText();
  const nListed = Number.parseInt(await row.locator(".case-facts").innerText(), 10);
  await row.click();
  await product.part("event").first().waitFor();
  return { customer, nListed, nShown: await product.part("event").count() };
}

async function receipt(desk) {
  const file = publicLog("pm4py-small-logs/receipt.csv");
  if (!file) {
    console.log("      SKIPPED: receipt.csv is not beside the workspace; the small log of our own stands in below");
    return;
  }
  const view = await desk.open();
  const product = new Product(view.page);
  await product.ready();
  await pick(product, file, { customer: "case:concept:name", activity: "concept:name", time: "time:timestamp" });
  const expected = await expectedFigures("receipt");
  await product.showsTotals(expected.nEvents, expected.nCases);
  assert.match(await product.part("conservation").innerText(), /^Flow conserved/, "what flows in flows out");

  const drilled = await drill(product, "Confirmation of receipt");
  assert.ok(drilled.nListed > 0, "the case has events");
  assert.equal(drilled.nShown, drilled.nListed, "the timeline shows every event of the case");
  await product.closePanel();

  const { activities, edges } = await product.tables();
  assert.deepEqual(byText(activities), byText(expected.activities), "occurrences and cases of every activity are the peer's");
  const inner = edges.filter(([from, to]) => from !== "" && to !== "");
  assert.deepEqual(byText(inner), byText(expected.edges), "occurrences and cases of every edge are the peer's");
  const outer = edges.filter(([from, to]) => from === "" || to === "");
  assert.deepEqual(byText(outer), byText([...expected.starts, ...expected.ends]), "starts and ends are the peer's");
  await product.tab("variants").click();
  const coverage = await product.part("coverage").innerText();
  assert.ok(coverage.includes(String(expected.nVariants)), `all ${expected.nVariants} variants are counted: ${coverage}`);
  await assertNoFaults(view);
}

async function living(desk) {
  const view = await desk.open();
  const product = new Product(view.page);
  await product.ready();
  await pick(product, path.join(LOGS, "shop.csv"), {
    customer: "customer_id", activity: "event", time: "occurred_at", channel: "channel",
  });
  await product.showsTotals(14, 4);
  const before = await product.tables();
  await product.tab("map").click();
  const drilled = await drill(product, "returned parcel");
  assert.deepEqual(drilled, { customer: "ben", nListed: 4, nShown: 4 }, "only ben returned a parcel");
  await product.closePanel();

  // It happened between two known events of ben, and is told last.
  const event = { customer: "ben", activity: "asked support", time: "2024-03-02T11:05:00Z", channel: "phone" };
  const append = () => product.root.evaluate((element, event) => element.append([event]), event);
  const { change } = await append();
  assert.deepEqual(
    [change.n_events, change.n_late, change.n_touched_customers, change.n_new_customers, change.n_recomputed_cases, change.n_kept_cases],
    [1, 1, 1, 0, 1, 3],
    "one late event of a known customer; the other cases stay as they are",
  );
  await product.part("change-summary").waitFor();
  await product.showsTotals(15, 4);

  const after = await product.tables();
  const count = (tables, from, to) => tables.edges.find((row) => row[0] === from && row[1] === to)?.[2] ?? 0;
  const moved = (from, to) => count(after, from, to) - count(before, from, to);
  assert.equal(moved("visited shop", "placed order"), -1, "the direct way lost one");
  assert.equal(moved("visited shop", "asked support"), 1, "the way through support won one");
  assert.equal(moved("asked support", "placed order"), 1, "and leads on to the order");

  const again = (await append()).change;
  assert.deepEqual([again.n_events, again.n_duplicates], [0, 1], "the same event again is a duplicate");
  assert.deepEqual(await product.tables(), after, "and changes nothing");
  await assertNoFaults(view);
}

async function faults(desk) {
  const view = await desk.open();
  const product = new Product(view.page);
  await product.ready();
  await product.importFile(path.join(LOGS, "faults.csv"));
  await product.tab("sources").click();
  const [download] = await Promise.all([
    view.page.waitForEvent("download"),
    product.part("save-rejects").first().click(),
  ]);
  const saved = await readFile(await download.path(), "utf8");
  const lines = saved.trim().split(/\r?\n/);
  assert.equal(lines.length, 1 + 4, `four rows could not be used: ${saved}`);
  for (const line of [4, 5, 8, 9]) {
    assert.ok(lines.some((text) => text.startsWith(`faults.csv,${line},`)), `line ${line} is listed with its file`);
  }
  await assertNoFaults(view);
}

export default {
  "receipt.csv gives the peer's figures, down to each event": receipt,
  "a late event changes the map where it must and nowhere else": living,
  "unusable rows are listed and can be saved": faults,
};
