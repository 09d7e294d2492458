// For everybody: no axe violation on any screen, and the keyboard reaches everything.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { assertNoFaults, LOGS, Product } from "../lib/product.mjs";

const axeFile = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Runs axe on the page as it is and returns its violations as lines. */
async function violations(page, screen) {
  const found = await page.evaluate(async () => {
    // Animations end first: axe would measure the contrast of half-faded text.
    await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})));
    const { violations } = await window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${JSON.stringify(target)} ${failureSummary ?? ""}`));
  });
  return found.map((line) => `${screen}: ${line}`);
}

async function audit(desk, { theme, width, height }) {
  const view = await desk.open({ theme, width, height });
  const { page } = view;
  const product = new Product(page);
  await product.ready();
  await page.evaluate(await readFile(axeFile, "utf8"));
  const found = [];
  const look = async (screen) => found.push(...(await violations(page, screen)));
  await look("start");
  await product.choose(path.join(LOGS, "faults.csv"));
  await product.part("import-dialog").waitFor();
  await look("wizard");
  await product.part("confirm-import").click();
  await product.part("import-dialog").waitFor({ state: "hidden" });
  await product.mapDrawn();
  await product.openSampleAgain();
  await look("map");
  await product.root.locator("[data-node]").nth(2).click();
  await product.part("case-row").first().waitFor();
  await look("panel");
  await product.part("case-row").first().click();
  await product.part("event-item").first().waitFor();
  await look("timeline");
  await page.keyboard.press("Escape");
  for (const tab of ["variants", "table", "sources"]) {
    await product.closePanel();
    await product.tab(tab).click();
    await page.waitForTimeout(300);
    await look(tab);
  }
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
    const node = element?.closest?.("[data-node]");
    const edge = element?.closest?.("[data-edge]");
    if (node) return `node ${node.getAttribute("data-name")}`;
    if (edge) return `edge ${edge.getAttribute("data-from")} → ${edge.getAttribute("data-to")}`;
    return element?.getAttribute?.("data-testid") ?? element?.tagName ?? "";
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
    visited.add(await focused());
  }
  assert.ok(visited.size >= 3, `arrows walk along the graph: ${[...visited].join(", ")}`);
  assert.ok([...visited].every((mark) => mark.startsWith("node") || mark.startsWith("edge")), "and stay on it");
  await page.keyboard.press("Enter");
  await product.part("drill-panel").waitFor();
  await product.part("case-row").first().waitFor();
  await page.keyboard.press("Escape");
  await product.part("drill-panel").waitFor({ state: "hidden" });
  assert.ok(/^(node|edge)/.test(await focused()), "closing the panel gives the focus back to the mark");
  await assertNoFaults(view);
}

const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };

export default {
  "axe: light, wide": (desk) => audit(desk, { theme: "light", ...WIDE }),
  "axe: dark, wide": (desk) => audit(desk, { theme: "dark", ...WIDE }),
  "axe: light, narrow": (desk) => audit(desk, { theme: "light", ...NARROW }),
  "axe: dark, narrow": (desk) => audit(desk, { theme: "dark", ...NARROW }),
  "the keyboard walks the map and opens what is behind it": keyboard,
};
