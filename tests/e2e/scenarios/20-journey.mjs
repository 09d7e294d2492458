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
    totals: {
      events: figures.n_events,
      cases: figures.n_cases,
      activities: names.length,
      variants: figures.variants.length,
    },
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
    assert.equal(await product.part(`map-${role}`).inputValue(), column, `the ${role} column is guessed`);
  }
  await product.part("confirm-import").click();
  await product.mapDrawn();
}

/** Opens the cases of a node, then the first case, and returns how many events the list and the timeline show. */
async function drill(product, name) {
  await product.node(name).click();
  await product.part("drill-panel").waitFor();
  const row = product.part("case-row").first();
  await row.waitFor();
  const customer = await row.getAttribute("data-customer");
  const listed = Number(await row.getAttribute("data-n-events"));
  await row.click();
  await product.part("timeline").waitFor();
  await product.part("event-item").first().waitFor();
  return { customer, listed, shown: await product.part("event-item").count() };
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
  assert.deepEqual(await product.totals(), expected.totals, "the totals are the peer's");
  assert.equal(await product.part("conservation").getAttribute("data-holds"), "true", "flow is conserved");

  const drilled = await drill(product, "Confirmation of receipt");
  assert.ok(drilled.listed > 0, "the case has events");
  assert.equal(drilled.shown, drilled.listed, "the timeline shows every event of the case");

  const { activities, edges } = await product.tables();
  assert.deepEqual(byText(activities), byText(expected.activities), "occurrences and cases of every activity are the peer's");
  const inner = edges.filter(([from, to]) => from !== "" && to !== "");
  assert.deepEqual(byText(inner), byText(expected.edges), "occurrences and cases of every edge are the peer's");
  const outer = edges.filter(([from, to]) => from === "" || to === "");
  assert.deepEqual(byText(outer), byText([...expected.starts, ...expected.ends]), "starts and ends are the peer's");
  await assertNoFaults(view);
}

async function living(desk) {
  const view = await desk.open();
  const product = new Product(view.page);
  await product.ready();
  await pick(product, path.join(LOGS, "shop.csv"), {
    customer: "customer_id", activity: "event", time: "occurred_at", channel: "channel",
  });
  assert.deepEqual(await product.totals(), { events: 14, cases: 4, activities: 5, variants: 4 }, "counted by hand");
  const before = await product.tables();
  await product.tab("map").click();
  const drilled = await drill(product, "returned parcel");
  assert.deepEqual(drilled, { customer: "ben", listed: 4, shown: 4 }, "only ben returned a parcel");
  await view.page.keyboard.press("Escape");

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
  assert.deepEqual(await product.totals(), { events: 15, cases: 4, activities: 5, variants: 4 }, "one more event");

  const after = await product.tables();
  const count = (tables, from, to) => tables.edges.find((row) => row[0] === from && row[1] === to)?.[2] ?? 0;
  const moved = (from, to) => count(after, from, to) - count(before, from, to);
  assert.equal(moved("visited shop", "placed order"), -1, "the direct way lost one");
  assert.equal(moved("visited shop", "asked support"), 1, "the way through support won one");
  assert.equal(moved("asked support", "placed order"), 1, "and leads on to the order");

  const again = (await append()).change;
  assert.deepEqual([again.n_events, again.n_duplicates], [0, 1], "the same event again is a duplicate");
  assert.deepEqual(await product.totals(), { events: 15, cases: 4, activities: 5, variants: 4 }, "and changes nothing");
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
