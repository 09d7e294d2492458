// What was done can be taken back and done again, to the exact figure, also after the engine died; views are kept.
import assert from "node:assert/strict";
import path from "node:path";
import { assertNoFaults, LOGS, Product, withoutFiles } from "../lib/product.mjs";

/** The figures of the tables with the stage of each activity. */
async function figures(product) {
  const tables = await product.tables();
  await product.tab("map").click();
  await product.mapDrawn();
  const stages = await product.root.locator('[data-testid="stage"]').allInnerTexts();
  return JSON.stringify({ tables, stages });
}

async function captions(product) {
  const of = async (id) => ((await product.part(id).isEnabled()) ? product.part(id).getAttribute("title") : null);
  return [await of("undo"), await of("redo")];
}

/** Waits until an undo would take back what is said. */
async function waitsFor(product, words) {
  await product.root.locator(`[data-testid="undo"][title=${JSON.stringify(words)}]`).waitFor();
}

async function kill(product) {
  await product.page.evaluate(() => {
    const worker = window.startedWorkers.at(-1);
    worker.terminate();
    worker.dispatchEvent(new ErrorEvent("error", { message: "out of memory" }));
  });
  await product.part("crash-restart").click();
  await product.part("crash").waitFor({ state: "hidden" });
  await product.mapDrawn();
}

async function undo(desk) {
  const view = await desk.open();
  const { page } = view;
  // In memory only: the page does everything again after a crash.
  await withoutFiles(page);
  const product = new Product(page);
  await product.ready();
  assert.equal(await product.part("undo").count(), 0, "nothing was done yet");
  await product.importFile(path.join(LOGS, "shop.csv"));
  await product.importFile(path.join(LOGS, "faults.csv"));
  await waitsFor(product, "Undo: import of faults.csv");
  const both = [await product.nEvents(), await figures(product)];

  // A stage is renamed in the dialog: one step, whatever it moves.
  await product.part("edit-stages").click();
  await product.part("stage-dialog").locator("input").first().fill("First contact");
  await product.part("stages-apply").click();
  await waitsFor(product, "Undo: change of the stages");
  const renamed = [both[0], await figures(product)];
  assert.notEqual(renamed[1], both[1], "the stage has its new name");

  await product.tab("sources").click();
  assert.equal(await product.part("source").count(), 2, "two sources are listed");
  await product.part("remove-source").first().click();
  await product.part("remove-dialog").waitFor();
  assert.match(await product.part("remove-dialog").innerText(), /14 events/, "the dialog says what goes");
  await product.part("remove-confirm").click();
  await waitsFor(product, "Undo: removal of shop.csv");
  assert.equal(await product.part("source").count(), 1, "one source is left");
  const removed = [both[0] - 14, await figures(product)];
  assert.equal(await product.nEvents(), removed[0], "its events are gone");

  const states = [removed, renamed, both];
  const said = [
    ["Undo: change of the stages", "Do again: removal of shop.csv"],
    ["Undo: import of faults.csv", "Do again: change of the stages"],
    ["Undo: import of shop.csv", "Do again: import of faults.csv"],
  ];
  for (const [turn, words] of said.entries()) {
    if (turn % 2 === 0) await product.part("undo").click();
    else await page.keyboard.press("Control+z");
    await waitsFor(product, words[0]);
    assert.deepEqual(await captions(product), words, `after ${turn + 1} steps back`);
    if (turn < 2) {
      assert.equal(await product.nEvents(), states[turn + 1][0], `events after ${turn + 1} steps back`);
      assert.equal(await figures(product), states[turn + 1][1], `figures after ${turn + 1} steps back`);
    }
  }
  await product.showsTotals(14, 4);

  // What was undone stays undone when the engine dies, and can still be done again.
  await kill(product);
  await product.showsTotals(14, 4);
  for (const [turn, words] of ["import of faults.csv", "change of the stages", "removal of shop.csv"].entries()) {
    if (turn % 2 === 0) await product.part("redo").click();
    else await page.keyboard.press("Control+Shift+z");
    await waitsFor(product, `Undo: ${words}`);
    const [nEvents, shown] = [both, renamed, removed][turn];
    assert.equal(await product.nEvents(), nEvents, `events after ${turn + 1} steps forth`);
    assert.equal(await figures(product), shown, `figures after ${turn + 1} steps forth`);
  }
  assert.equal((await captions(product))[1], null, "nothing is left to do again");
  await kill(product);
  assert.equal(await product.nEvents(), removed[0], "what was removed does not come back");
  await assertNoFaults({ faults: async () => (await view.faults()).filter((fault) => !/out of memory/.test(fault)) });
}

async function stays(desk) {
  const view = await desk.open();
  const product = new Product(view.page);
  await product.ready();
  await product.importFile(path.join(LOGS, "shop.csv"));
  await product.importFile(path.join(LOGS, "faults.csv"));
  await waitsFor(product, "Undo: import of faults.csv");
  await product.part("undo").click();
  await product.showsTotals(14, 4);
  const before = await figures(product);
  await view.page.reload();
  await product.ready();
  await product.mapDrawn();
  await product.showsTotals(14, 4);
  assert.equal(await figures(product), before, "what was undone stays undone, on the disk too");
  assert.deepEqual(
    await captions(product),
    ["Undo: import of shop.csv", "Do again: import of faults.csv"],
    "what was done and undone is known after a reload",
  );
  await product.part("redo").click();
  await waitsFor(product, "Undo: import of faults.csv");
  await product.part("undo").click();
  await product.showsTotals(14, 4);
  assert.equal(await figures(product), before, "there and back gives the same");
  await product.part("undo").click();
  await product.part("empty").waitFor();
  await assertNoFaults(view);
}

async function allGone(desk) {
  const view = await desk.open();
  const product = new Product(view.page);
  await product.ready();
  await product.openSample();
  const before = await product.nEvents();
  await waitsFor(product, "Undo: opening of the sample company");
  await product.part("undo").click();
  await product.part("empty").waitFor();
  await product.part("redo").click();
  await product.mapDrawn();
  assert.equal(await product.nEvents(), before, "the whole sample is one step");
  await assertNoFaults(view);
}

async function views(desk) {
  const view = await desk.open();
  const { page } = view;
  const product = new Product(page);
  await product.ready();
  await product.importFile(path.join(LOGS, "shop.csv"));
  await product.part("lens-median").check({ force: true });
  await product.part("views").click();
  await product.part("views-none").waitFor();
  await product.part("view-name").fill("Waiting");
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+Shift+z");
  await product.part("view-name").fill("Waiting");
  await product.part("view-save").click();
  await product.part("view").waitFor();
  await page.keyboard.press("Escape");
  await product.part("lens-cases").check({ force: true });
  await product.tab("variants").click();

  await product.part("views").click();
  await product.part("view").getByRole("button").first().click();
  await product.part("views-dialog").waitFor({ state: "hidden" });
  await product.mapDrawn();
  assert.ok(await product.part("lens-median").isChecked(), "the view brings its lens back");

  await product.part("views").click();
  await product.part("view-delete").click();
  await product.part("views-none").waitFor();
  await page.keyboard.press("Escape");
  await waitsFor(product, "Undo: deletion of the view Waiting");
  await page.keyboard.press("Control+z");
  await waitsFor(product, "Undo: saving of the view Waiting");
  await product.part("views").click();
  await product.part("view").waitFor();
  await assertNoFaults(view);
}

export default {
  "what was undone stays undone after a reload, and can be done again": stays,
  "three steps back, three forth, and every figure as it was": undo,
  "the sample company is one step": allGone,
  "a view keeps how a room is set": views,
};
