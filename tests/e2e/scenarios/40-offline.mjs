// Once loaded, the page needs no network; and it never asks another origin for anything.
import assert from "node:assert/strict";
import path from "node:path";
import { assertNoFaults, LOGS, Product } from "../lib/product.mjs";

async function offline(desk) {
  const view = await desk.open();
  const product = new Product(view.page);
  await product.ready();
  // The worker has said that it is ready, so its module is loaded too.
  await product.root.evaluate((element) => element.append([{ customer: "a", activity: "x", time: "2024-01-01" }]));
  await product.showsTotals(1, 1);
  await view.context.setOffline(true);
  const before = view.requests.length;
  await product.openSample();
  const nBefore = await product.nEvents();
  await product.importFile(path.join(LOGS, "shop.csv"));
  assert.equal(await product.nEvents(), nBefore + 14, "sample and file are both in the map");
  for (const tab of ["variants", "table", "sources", "map"]) await product.tab(tab).click();
  await product.mapDrawn();
  const { origin } = new URL(desk.site);
  const foreign = view.requests.filter((url) => !url.startsWith(origin) && !url.startsWith("blob:") && !url.startsWith("data:"));
  assert.deepEqual(foreign, [], "no request to any other origin");
  const late = view.requests.slice(before).filter((url) => url.startsWith("http"));
  assert.deepEqual(late, [], "nothing is asked for once the page is up");
  await assertNoFaults(view);
}

export default { "sample and file open with the network cut": offline };
