// Pictures for looking at, in tests/e2e/shots: every screen, wide and narrow, light and dark, in both languages.
import path from "node:path";
import { assertNoFaults, publicLog, Product } from "../lib/product.mjs";
import { WALKS } from "../lib/tour.mjs";

const SHAPES = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };

/** A camera that numbers its pictures, so that they lie in the order of the walk. */
function camera(desk, page, prefix) {
  let n = 0;
  return async (name) => {
    await page.waitForTimeout(400);
    n += 1;
    await page.screenshot({ path: path.join(desk.shots, `${prefix} ${String(n).padStart(2, "0")} ${name}.png`) });
  };
}

function shoot(walk, shape, theme, locale) {
  return async (desk) => {
    const view = await desk.open({ theme, locale, ...SHAPES[shape] });
    await WALKS[walk](view, camera(desk, view.page, `${walk} ${shape} ${theme} ${locale.slice(0, 2)}`));
    await assertNoFaults(view);
    await view.close();
  };
}

/** A log of somebody else, where it lies beside the workspace: real names are longer than ours. */
async function shootPublic(desk) {
  const log = publicLog("pm4py-small-logs/receipt.csv");
  if (!log) return;
  for (const [shape, theme] of [["wide", "light"], ["narrow", "dark"]]) {
    const view = await desk.open({ theme, ...SHAPES[shape] });
    const look = camera(desk, view.page, `receipt ${shape} ${theme}`);
    const product = new Product(view.page);
    await product.ready();
    await product.importFile(log);
    await look("map");
    await product.openMark(product.part("node").nth(2));
    await product.part("case").first().waitFor();
    await look("panel");
    await product.closePanel();
    for (const tab of ["variants", "table"]) {
      await product.tab(tab).click();
      await look(tab);
    }
    await assertNoFaults(view);
    await view.close();
  }
}

const scenarios = {};
for (const walk of Object.keys(WALKS)) {
  for (const shape of Object.keys(SHAPES)) {
    for (const theme of ["light", "dark"]) {
      scenarios[`pictures: ${walk}, ${shape}, ${theme}`] = shoot(walk, shape, theme, "en-GB");
    }
  }
  scenarios[`pictures: ${walk}, German`] = shoot(walk, "narrow", "light", "de-DE");
}
export default { ...scenarios, "pictures: a public log": shootPublic };
