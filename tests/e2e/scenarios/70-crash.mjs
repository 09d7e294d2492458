// The engine dies: the page says so, starts a new worker, and brings back what was acknowledged.
import assert from "node:assert/strict";
import path from "node:path";
import { LOGS, Product } from "../lib/product.mjs";

async function crash(desk) {
  const view = await desk.open();
  const { page } = view;
  const product = new Product(page);
  await product.ready();
  await product.importFile(path.join(LOGS, "shop.csv"));
  await product.root.evaluate((element) =>
    element.append([{ customer: "ben", activity: "asked support", time: "2024-03-02T11:05:00Z" }]));
  await product.showsTotals(15, 4);
  const before = await product.tables();
  await product.tab("map").click();

  for (const turn of ["first", "second"]) {
    await page.evaluate(() => {
      const worker = window.startedWorkers.at(-1);
      worker.terminate();
      worker.dispatchEvent(new ErrorEvent("error", { message: "out of memory" }));
    });
    await product.part("crash").waitFor();
    assert.match(await product.part("crash").innerText(), /out of memory/, "the screen says why");
    await product.part("crash-restart").click();
    await product.part("crash").waitFor({ state: "hidden" });
    await product.mapDrawn();
    await product.showsTotals(15, 4);
    assert.deepEqual(await product.tables(), before, `after the ${turn} crash everything is back`);
    await product.tab("map").click();
  }
  assert.equal(page.workers().length, 1, "one worker runs");
}

export default { "a dead engine is restarted with all its data": crash };
