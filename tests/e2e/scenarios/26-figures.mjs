// What can be asked beyond the usual: routes, days, brackets, working time, segments, scores, revenue.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { assertNoFaults, Product } from "../lib/product.mjs";

const axeFile = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Runs axe on the page as it is; its violations as lines. */
async function violations(page) {
  return page.evaluate(async () => {
    await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})));
    const { violations } = await window.axe.run(document, {
      preload: false,
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${JSON.stringify(target)}`));
  });
}

/** Waits until a report is shown that is the answer to what the form says. */
async function answered(product) {
  await product.page.waitForTimeout(150);
  await product.root.locator('[data-testid="report"][aria-busy="false"]').waitFor({ timeout: 60_000 });
}

async function choose(product, name) {
  await product.part(`analysis-${name}`).click();
  await answered(product);
}

async function ask(desk, { theme, width, height, shape }) {
  const view = await desk.open({ theme, width, height });
  const { page } = view;
  const product = new Product(page);
  await product.ready();
  await product.openSample();
  await page.evaluate(await readFile(axeFile, "utf8"));
  await product.tab("analyses").click();
  await answered(product);
  const found = [];
  const look = async (name) => {
    await page.waitForTimeout(400);
    await page.screenshot({ path: path.join(desk.shots, `figures ${shape} ${theme} ${name}.png`), fullPage: true });
    found.push(...(await violations(page)).map((line) => `${name}: ${line}`));
  };
  const part = (name) => product.part(name);
  const open = async () => {
    if (await part("ask-toggle").isVisible() && (await part("ask-toggle").getAttribute("aria-expanded")) === "false") {
      await part("ask-toggle").click();
    }
  };
  await open();
  await part("funnel-hold-channel").check();
  await part("funnel-breakdown").selectOption("channel");
  await part("funnel-attribution").selectOption("last_touch");
  await answered(product);
  await look("funnel");

  await choose(product, "retention");
  await open();
  await part("retention-criterion").selectOption("brackets");
  await part("retention-reference").selectOption("previous");
  await answered(product);
  assert.match(await part("figures-cohorts").locator("thead").innerText(), /1–3/, "brackets are the columns");
  await look("retention");

  await choose(product, "transitions");
  await open();
  await part("transitions-hours").check();
  await part("hours-fri").fill("9-13");
  await part("hours-fri").press("Enter");
  await answered(product);
  assert.equal(await part("hours-fri").inputValue(), "09:00–13:00", "hours are written in one form");
  await look("working time");
  await part("to-route").click();
  await part("route-stops").fill("Visit pricing page");
  await part("route-stops").press("Enter");
  await part("route-start").check();
  await answered(product);
  assert.equal(await part("ask-failure").count(), 0, "a route has an answer");
  await look("route");

  await choose(product, "lifecycle");
  await open();
  await part("lifecycle-variant").selectOption("daily");
  await answered(product);
  await look("lifecycle");

  await part("add-filter").click();
  await part("filter-0-names").fill("Open ticket");
  await part("filter-0-names").press("Enter");
  await answered(product);
  await part("segments").click();
  await part("segment-name").fill("Asked for help");
  await part("segment-save").click();
  await part("segment").first().waitFor();
  await look("segments");
  await page.keyboard.press("Escape");
  await part("filter-0-what").selectOption("no_segment");
  await part("filter-0-names").fill("Asked for help");
  await part("filter-0-names").press("Enter");
  await answered(product);

  for (const name of ["scores", "revenue", "support"]) {
    await choose(product, name);
    await look(name);
  }
  assert.deepEqual(found, [], "axe finds nothing");
  await assertNoFaults(view);
}

const WIDE = { width: 1440, height: 900, shape: "wide" };
const NARROW = { width: 390, height: 844, shape: "narrow" };

export default {
  "figures: light, wide": (desk) => ask(desk, { theme: "light", ...WIDE }),
  "figures: dark, narrow": (desk) => ask(desk, { theme: "dark", ...NARROW }),
};
