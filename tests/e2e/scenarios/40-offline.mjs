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
  // The rest of the screen is fetched right after what is shown first.
  await product.page.waitForLoadState("networkidle");
  await view.context.setOffline(true);
  const before = view.requests.length;
  await product.openSample();
  const nBefore = await product.nEvents();
  await product.importFile(path.join(LOGS, "shop.csv"));
  assert.equal(await product.nEvents(), nBefore + 14, "sample and file are both in the map");
  for (const tab of ["variants", "table", "analyses", "people", "privacy", "sources", "map"]) {
    await product.tab(tab).click();
    await product.root.locator("#room > *").first().waitFor();
  }
  await product.mapDrawn();
  const { origin } = new URL(desk.site);
  const foreign = view.requests.filter((url) => !url.startsWith(origin) && !url.startsWith("blob:") && !url.startsWith("data:"));
  assert.deepEqual(foreign, [], "no request to any other origin");
  const late = view.requests.slice(before).filter((url) => url.startsWith("http"));
  assert.deepEqual(late, [], "nothing is asked for once the page is up");
  await assertNoFaults(view);
}

/** A part of the screen that does not come is told, comes when asked again, and the map never waits for it. */
async function missing(desk) {
  const view = await desk.open();
  const product = new Product(view.page);
  const isPart = (url) => /\/(split|chunk)_\w+\.wasm$/.test(url.pathname);
  await view.page.route(isPart, (route) => route.abort());
  await view.page.reload();
  await product.ready();
  await product.openSample();
  await product.mapDrawn();
  await product.tab("analyses").click();
  await product.part("part-missing").waitFor();
  await view.page.unroute(isPart);
  await product.part("part-missing").getByRole("button").click();
  await product.part("analyses").waitFor();
  assert.equal(await product.part("part-missing").count(), 0, "what was missing is there");
}

/** Only those who read German fetch German words. */
async function words(desk) {
  const view = await desk.open();
  const product = new Product(view.page);
  await product.ready();
  await view.page.waitForLoadState("networkidle");
  assert.ok(view.requests.some((url) => url.endsWith("split_dialogs.wasm")), "the other parts were fetched ahead");
  assert.ok(!view.requests.some((url) => url.endsWith("split_german.wasm")), "but no German");
}

export default {
  "the map waits for no other part; a part that is missing is told and comes when asked again": missing,
  "languages are fetched by those who read them": words,
  "sample and file open with the network cut": offline,
};
