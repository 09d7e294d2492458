// Pictures for looking at, in tests/e2e/shots: real data and the sample, wide and narrow, light and dark.
import path from "node:path";
import { assertNoFaults, LOGS, Product, publicLog } from "../lib/product.mjs";

async function shoot(desk, { theme, width, height, shape }) {
  for (const data of ["sample", "receipt"]) {
    const view = await desk.open({ theme, width, height });
    const product = new Product(view.page);
    await product.ready();
    const shot = async (name) => {
      await view.page.waitForTimeout(700);
      await view.page.screenshot({ path: path.join(desk.shots, `${data} ${shape} ${theme} ${name}.png`) });
    };
    if (data === "sample") {
      await shot("0 start");
      await product.openSample();
    } else {
      await product.choose(publicLog("pm4py-small-logs/receipt.csv") ?? path.join(LOGS, "shop.csv"));
      await product.part("import-dialog").waitFor();
      await shot("0 wizard");
      await product.confirmImport();
    }
    await shot("1 map");
    await product.openMark(product.part("node").nth(2));
    await product.part("case").first().waitFor();
    await shot("2 panel");
    await product.part("case").first().click();
    await product.part("event").first().waitFor();
    await shot("3 timeline");
    await product.closePanel();
    for (const tab of ["variants", "table", "sources", "privacy"]) {
      await product.tab(tab).click();
      await shot(`4 ${tab}`);
    }
    await product.tab("analyses").click();
    for (const name of ["funnel", "retention", "paths", "transitions", "lifecycle", "support"]) {
      await product.part(`analysis-${name}`).click();
      await view.page.waitForTimeout(1_000);
      await product.part("finding").waitFor();
      await shot(`5 ${name}`);
    }
    await assertNoFaults(view);
    await view.close();
  }
}

const WIDE = { width: 1440, height: 900, shape: "wide" };
const NARROW = { width: 390, height: 844, shape: "narrow" };

export default {
  "pictures, light and wide": (desk) => shoot(desk, { theme: "light", ...WIDE }),
  "pictures, dark and wide": (desk) => shoot(desk, { theme: "dark", ...WIDE }),
  "pictures, light and narrow": (desk) => shoot(desk, { theme: "light", ...NARROW }),
  "pictures, dark and narrow": (desk) => shoot(desk, { theme: "dark", ...NARROW }),
};
