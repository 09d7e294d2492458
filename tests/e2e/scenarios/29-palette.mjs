// The palette finds rooms, analyses, views, segments and commands; lanes are put in order; what fails says so in German.
import assert from "node:assert/strict";
import { assertNoFaults, Product } from "../lib/product.mjs";

async function withSample(desk, options = {}) {
  const view = await desk.open(options);
  const product = new Product(view.page);
  await product.ready();
  await product.openSample();
  return { view, product };
}

async function palette(desk) {
  const { view, product } = await withSample(desk);
  const { page } = view;
  const field = product.part("palette-field");
  await page.keyboard.press("Control+k");
  await field.waitFor();
  assert.ok(await field.evaluate((node) => node.getRootNode().activeElement === node), "the field has the focus");
  await field.fill("retention");
  await page.keyboard.press("Enter");
  await product.part("finding").waitFor();
  assert.equal(await product.part("analysis-retention").getAttribute("aria-current"), "true", "an analysis is chosen");
  assert.equal(await field.count(), 0, "the palette is gone");

  await product.part("palette").click();
  await field.fill("dark");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  assert.match((await product.part("theme").getAttribute("aria-label")) ?? "", /dark/, "a command is done");

  await page.keyboard.press("Control+k");
  await field.fill("no such thing anywhere");
  assert.equal(await product.part("palette-entry").count(), 0, "nothing is found");
  await page.keyboard.press("Escape");
  await field.waitFor({ state: "detached" });

  await page.keyboard.press("Control+k");
  await field.fill("open ticket");
  await product.part("palette-entry").first().click();
  await product.part("case").first().waitFor();
  await assertNoFaults(view);
  await view.close();
}

const order = (product) =>
  product.root
    .locator('[data-testid^="lane-"][role="group"]')
    .evaluateAll((lanes) => lanes.map((lane) => lane.dataset.testid));

/** Waits until the lanes stand in this order. */
async function inOrder(product, wanted) {
  for (let tries = 0; tries < 50 && (await order(product)).join() !== wanted.join(); tries += 1) {
    await product.page.waitForTimeout(100);
  }
  assert.deepEqual(await order(product), wanted);
}

async function lanes(desk) {
  const { view, product } = await withSample(desk);
  await inOrder(product, ["lane-volume", "lane-waiting", "lane-channel"]);
  const down = product.part("lane-down-volume");
  await down.focus();
  await view.page.keyboard.press("Enter");
  await inOrder(product, ["lane-waiting", "lane-volume", "lane-channel"]);
  await view.page.waitForTimeout(200);
  assert.ok(await down.evaluate((node) => node.getRootNode().activeElement === node), "the focus went with it");
  await product.part("undo").click();
  await inOrder(product, ["lane-volume", "lane-waiting", "lane-channel"]);
  await assertNoFaults(view);
  await view.close();
}

export default {
  "the palette finds and does": palette,
  "lanes are put in another order": lanes,
};
