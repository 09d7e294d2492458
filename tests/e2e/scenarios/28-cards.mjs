// Figure cards by mouse and keyboard, in both languages; views and links that bring back what was seen.
import assert from "node:assert/strict";
import { assertNoFaults, Product } from "../lib/product.mjs";

async function openSample(desk, options = {}) {
  const view = await desk.open(options);
  const product = new Product(view.page);
  await product.ready();
  await product.openSample();
  await product.part("change-close").click();
  return { view, product };
}

/** Opens a figure's card and returns what it says. */
async function explained(product, figure) {
  await figure.click();
  await product.part("card-definition").waitFor();
  const said = await product.part("figure-card").innerText();
  await product.page.keyboard.press("Escape");
  await product.part("figure-card").waitFor({ state: "hidden" });
  return said;
}

async function everyFigureExplainsItself(desk) {
  const { view, product } = await openSample(desk);
  await product.openMark(product.node("Order placed").or(product.part("node").nth(2)).first());
  const figures = product.part("panel").getByTestId("figure");
  await product.part("panel").getByTestId("cases-total").waitFor();
  assert.ok((await figures.count()) > 5, "the panel's figures are buttons");
  for (const figure of await figures.all()) {
    const said = await explained(product, figure);
    for (const part of ["Formulas", "Used", "Left out", "Engine", "Digest"]) assert.match(said, new RegExp(part), `the card has ${part}`);
  }
  // The same by keyboard, and the focus comes back.
  await figures.first().focus();
  await view.page.keyboard.press("Enter");
  await product.part("card-definition").waitFor();
  await view.page.keyboard.press("Escape");
  await product.part("figure-card").waitFor({ state: "hidden" });
  await product.closePanel();
  assert.match(await explained(product, product.part("conservation").getByTestId("figure")), /flows/, "the check has a card");
  assert.match(await explained(product, product.part("lane-waiting").getByTestId("figure").first()), /event before/, "a lane has cards");
  await product.tab("variants").click();
  assert.match(await explained(product, product.part("variant").first().getByTestId("figure").nth(1)), /exactly this way/, "a variant has cards");
  await product.tab("table").click();
  assert.match(await explained(product, product.part("table-edges").getByTestId("card-sign").first()), /How often/, "a column has a card");
  await product.tab("sources").click();
  assert.match(await explained(product, product.part("source").first().getByTestId("figure").first()), /Records read/, "a source has cards");
  await assertNoFaults(view);
  await view.close();
}

async function germanAllTheWay(desk) {
  const { view, product } = await openSample(desk, { locale: "de-DE" });
  await product.openMark(product.part("node").nth(2));
  const figure = product.part("panel").getByTestId("figure").first();
  assert.match(await explained(product, figure), /Wie oft es geschah/, "cards speak German");
  await product.closePanel();
  await product.tab("analyses").click();
  for (const name of ["funnel", "retention", "lifecycle", "stickiness", "transitions", "paths", "steps", "rework", "sessions", "support"]) {
    await product.part(`analysis-${name}`).click();
    await view.page.waitForTimeout(300);
    await product.root.locator('[data-testid="report"][aria-busy="false"]').waitFor({ timeout: 60_000 });
    const said = await product.part("report").innerText();
    assert.doesNotMatch(said, /\b(customers|which|from the|median time|of those|none of|sessions of)\b/i, `${name} speaks German`);
    assert.doesNotMatch(said, /\b(say|col|table|unit|cell)\.[a-z_]+/, `${name} has words for everything`);
  }
  await assertNoFaults(view);
  await view.close();
}

async function viewsBringBackWhatWasSeen(desk) {
  const { view, product } = await openSample(desk);
  const answered = () => product.root.locator('[data-testid="report"][aria-busy="false"]').waitFor({ timeout: 60_000 });
  await product.tab("analyses").click();
  await product.part("analysis-lifecycle").click();
  await view.page.waitForTimeout(300);
  await answered();
  const seen = await product.part("report").innerText();
  await product.part("views").click();
  await product.part("view-name").fill("Who comes back");
  await product.part("view-save").click();
  await product.part("view").waitFor();
  await product.part("views-dialog").getByTestId("copy-link").click();
  await product.part("views-dialog").getByTestId("link-said").filter({ hasText: /Link|address/ }).waitFor();
  const link = await view.page.evaluate(() => location.hash);
  assert.match(link, /^#view=/, "the link is in the address");
  await view.page.keyboard.press("Escape");
  await product.part("analysis-rework").click();
  await view.page.waitForTimeout(300);
  await answered();
  await product.tab("map").click();
  await product.part("views").click();
  await product.part("view").getByRole("button").first().click();
  await product.part("finding").waitFor();
  await view.page.waitForTimeout(300);
  await answered();
  assert.equal(await product.part("report").innerText(), seen, "the view shows the analysis again");
  await product.part("undo").click();
  await product.part("views").click();
  await product.part("views-none").waitFor();
  await view.page.keyboard.press("Escape");
  // The link does the same, once there is data.
  await product.tab("map").click();
  await view.page.evaluate(() => (location.hash = ""));
  await view.page.evaluate((hash) => (location.hash = hash), link);
  await product.part("finding").waitFor();
  await view.page.waitForTimeout(300);
  await answered();
  assert.equal(await product.part("report").innerText(), seen, "the link shows it too");
  await assertNoFaults(view);
  await view.close();
}

export default {
  "every figure opens its card": everyFigureExplainsItself,
  "reports and cards speak German all the way": germanAllTheWay,
  "views and links bring back an analysis": viewsBringBackWhatWasSeen,
};
