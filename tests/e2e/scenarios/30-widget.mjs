// The element in a page of somebody else, on another origin, under that page's own strict policy.
import assert from "node:assert/strict";
import { assertNoFaults, Product } from "../lib/product.mjs";

async function foreign(desk) {
  const view = await desk.open({ address: new URL("embed.html", desk.host).href });
  const { page } = view;
  const first = new Product(page, "#first");
  const second = new Product(page, "#second");
  await first.mapDrawn();
  await second.mapDrawn();
  assert.equal(new URL(page.url()).origin === new URL(desk.site).origin, false, "the page is of another origin");
  await first.showsTotals(6, 3);
  assert.ok((await second.nEvents()) > 1000, "the second holds the sample company");

  await page.getByRole("button", { name: "Append a late event" }).click();
  await first.part("change-summary").waitFor();
  await first.showsTotals(7, 3);
  assert.equal(page.workers().length, 2, "each map has one worker");

  await page.getByRole("button", { name: "Remove the first map" }).click();
  await page.waitForFunction(() => document.querySelectorAll("journey-map").length === 1);
  await waitUntil(() => page.workers().length === 1, "the removed map's worker has ended");
  await page.evaluate(() => document.getElementById("second").remove());
  await waitUntil(() => page.workers().length === 0, "no worker is left");

  const foreignGlobals = await page.evaluate(() => {
    const frame = document.createElement("iframe");
    document.body.append(frame);
    const known = new Set(Object.getOwnPropertyNames(frame.contentWindow));
    frame.remove();
    return Object.getOwnPropertyNames(window).filter((name) => !known.has(name) && !/^\d+$/.test(name));
  });
  const ours = new Set(["violations", "startedWorkers", "first", "second"]);
  assert.deepEqual(foreignGlobals.filter((name) => !ours.has(name) && !name.startsWith("__")), [], "no global was left on the page");
  await assertNoFaults(view);
}

async function moved(desk) {
  const view = await desk.open({ address: new URL("embed.html", desk.host).href });
  const { page } = view;
  await new Product(page, "#first").mapDrawn();
  // Frameworks move elements, and remove them before they are up.
  await page.evaluate(() => {
    for (let turn = 0; turn < 5; turn += 1) {
      const map = document.createElement("journey-map");
      document.body.append(map);
      map.remove();
      document.body.append(map);
      if (turn < 4) map.remove();
      else map.id = "third";
    }
  });
  const third = new Product(page, "#third");
  await third.ready();
  const report = await third.root.evaluate((element) =>
    element.append([{ customer: "a", activity: "x", time: "2024-01-01" }, { customer: "a", activity: "y", time: "2024-01-02" }]));
  assert.equal(report.change.n_events, 2, "the element that stayed works");
  await waitUntil(() => page.workers().length === 3, "only maps on the page have a worker");
  const rejected = await third.root.evaluate((element) => element.append("{ broken").then(() => "", (cause) => cause.message));
  assert.notEqual(rejected, "", "events that can't be understood are refused with words");
  await assertNoFaults(view);
}

async function waitUntil(holds, message) {
  for (let turn = 0; turn < 100; turn += 1) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(message);
}

export default {
  "two maps on a foreign page, fed, heard and removed without a trace": foreign,
  "elements that come and go quickly leave nothing running": moved,
};
