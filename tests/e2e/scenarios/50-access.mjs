// For everybody: no axe violation on any screen, and the keyboard reaches everything.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { assertNoFaults, LOGS, Product } from "../lib/product.mjs";
import { WALKS } from "../lib/tour.mjs";

const axeFile = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Runs axe on the page as it is and returns its violations as lines. */
async function violations(page, screen) {
  const found = await page.evaluate(async () => {
    // Animations end first: axe would measure the contrast of half-faded text.
    await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})));
    const { violations } = await window.axe.run(document, {
      // Preloading copies style sheets into the page as inline styles, which the page's policy forbids.
      preload: false,
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${JSON.stringify(target)} ${failureSummary ?? ""}`));
  });
  return found.map((line) => `${screen}: ${line}`);
}

/** Walks through screens with axe; it is put into the page again where the walk loads the page anew. */
async function audit(desk, walk, { theme, width, height }) {
  const view = await desk.open({ theme, width, height });
  const { page } = view;
  const axe = await readFile(axeFile, "utf8");
  const found = [];
  await WALKS[walk](view, async (screen) => {
    await page.waitForTimeout(200);
    if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
    found.push(...(await violations(page, screen)));
  });
  assert.deepEqual(found, [], "axe finds nothing");
  await assertNoFaults(view);
}

async function keyboard(desk) {
  const view = await desk.open();
  const { page } = view;
  const product = new Product(page);
  await product.ready();
  await product.importFile(path.join(LOGS, "shop.csv"));
  const focused = () => page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    const mark = element?.closest?.("[data-mark]");
    return mark ? `${mark.dataset.testid} ${mark.dataset.mark}` : (element?.dataset?.testid ?? element?.tagName ?? "");
  });
  let steps = 0;
  while (!(await focused()).startsWith("node") && steps < 60) {
    await page.keyboard.press("Tab");
    steps += 1;
  }
  assert.ok((await focused()).startsWith("node"), "Tab reaches the map");
  const visited = new Set([await focused()]);
  const walk = ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowRight"];
  for (const key of walk) {
    await page.keyboard.press(key);
    visited.delete(await focused());
    visited.add(await focused());
  }
  assert.ok(visited.size >= 3, `arrows walk along the graph: ${[...visited].join(", ")}`);
  assert.ok([...visited].every((mark) => mark.startsWith("node") || mark.startsWith("edge")), "and stay on it");
  await page.keyboard.press("Enter");
  await product.part("panel").waitFor();
  await product.part("case").first().waitFor();
  const opened = [...visited].at(-1);
  await page.keyboard.press("Escape");
  await product.part("panel").waitFor({ state: "hidden" });
  assert.equal(await focused(), opened, "closing the panel gives the focus back to the mark");
  await assertNoFaults(view);
}

async function stageByKeyboard(desk) {
  const view = await desk.open();
  const { page } = view;
  const product = new Product(page);
  await product.ready();
  await product.importFile(path.join(LOGS, "shop.csv"));
  await product.openMark(product.node("asked support"));
  const select = product.part("stage-select").first();
  const before = await select.inputValue();
  await select.focus();
  await page.keyboard.press("End");
  const after = await select.inputValue();
  assert.notEqual(after, before, "the keyboard chooses another stage");
  await product.closePanel();
  const caption = await product.node("asked support").getAttribute("aria-label");
  assert.ok(caption.includes(after), `the map follows at once: ${caption} is in ${after}`);
  await product.showsTotals(14, 4);
  await assertNoFaults(view);
}

const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };

const audits = {};
for (const walk of Object.keys(WALKS)) {
  audits[`axe: ${walk}, light, wide`] = (desk) => audit(desk, walk, { theme: "light", ...WIDE });
  audits[`axe: ${walk}, dark, narrow`] = (desk) => audit(desk, walk, { theme: "dark", ...NARROW });
}
// Colours are of the theme and places of the width, so that the other two combinations need the screens with most of both.
audits["axe: map, dark, wide"] = (desk) => audit(desk, "map", { theme: "dark", ...WIDE });
audits["axe: map, light, narrow"] = (desk) => audit(desk, "map", { theme: "light", ...NARROW });

export default {
  ...audits,
  "the keyboard walks the map and opens what is behind it": keyboard,
  "a touchpoint changes its stage by keyboard": stageByKeyboard,
};
