// Asking questions: a funnel down to one customer's timeline, retention, a filter, a link, a saved table.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { assertNoFaults, csvRows, Product } from "../lib/product.mjs";

/** Longest wait for an answer. */
const ANSWER_MILLIS_MAX = 60_000;

/** The room of the analyses. */
class Analyses {
  constructor(product) {
    this.product = product;
    this.page = product.page;
  }

  part(name) {
    return this.product.part(name);
  }

  async enter() {
    await this.product.tab("analyses").click();
    await this.answered();
  }

  /** Waits until a report is shown that is the answer to what the form says. */
  async answered() {
    await this.page.waitForTimeout(100);
    await this.part("finding").waitFor({ timeout: ANSWER_MILLIS_MAX });
    await this.product.root.locator('[data-testid="report"][aria-busy="false"]').waitFor({ timeout: ANSWER_MILLIS_MAX });
  }

  async choose(name) {
    await this.part(`analysis-${name}`).click();
    await this.answered();
  }

  /** Types a name into a field and takes it over. */
  async name(field, ...names) {
    for (const name of names) {
      await this.part(field).fill(name);
      await this.part(field).press("Enter");
    }
    await this.answered();
  }

  /** The cells of a column of a table. */
  cells(table, column) {
    return this.part(`figures-${table}`).locator(`tbody [data-column="${column}"]`);
  }

  async numbers(table, column) {
    const texts = await this.cells(table, column).allInnerTexts();
    return texts.map((text) => Number(text.replaceAll(/[^0-9]/g, "")));
  }

  async save(table) {
    const [download] = await Promise.all([this.page.waitForEvent("download"), this.part(`save-${table}`).click()]);
    return readFile(await download.path(), "utf8");
  }
}

async function openedSample(desk, options = {}) {
  const view = await desk.open(options);
  const product = new Product(view.page);
  await product.ready();
  await product.openSample();
  return { view, product, room: new Analyses(product) };
}

const FUNNEL = ["Visit pricing page", "Sign contract", "Renew subscription"];

/** Replaces the guessed steps by others, with the buttons a person has. */
async function fillFunnel(room, steps) {
  for (const [at, name] of steps.entries()) {
    const field = room.part(`funnel-step-${at}-field`);
    if ((await field.count()) === 0) await room.part("add-step").click();
    while ((await field.getByRole("button").count()) > 0) await field.getByRole("button").first().click();
    await room.name(`funnel-step-${at}`, name);
  }
}

async function funnel(desk) {
  const { view, product, room } = await openedSample(desk);
  await room.enter();
  assert.ok((await room.numbers("steps", "cases")).length >= 2, "guessed steps give figures before anything is filled in");
  await fillFunnel(room, FUNNEL);
  await room.part("funnel-window").fill("");
  await room.part("funnel-window").press("Enter");
  await room.answered();
  const reached = await room.numbers("steps", "cases");
  const dropped = await room.numbers("steps", "dropped");
  assert.equal(reached.length, 3, "a row for each step");
  assert.ok(reached[0] > 0 && reached[1] > 0, `the sample has such customers: ${reached}`);
  assert.deepEqual([reached[0] - reached[1], reached[1] - reached[2]], dropped.slice(1), "who doesn't reach a step is lost before it");

  const at = dropped.findIndex((n, step) => step > 0 && n > 0);
  await room.cells("steps", "dropped").nth(at).getByRole("button").click();
  await room.part("case").first().waitFor();
  const total = Number((await room.part("cases-total").innerText()).replaceAll(/[^0-9]/g, ""));
  assert.equal(total, dropped[at], "the list has as many cases as the figure says");
  await room.part("case").first().click();
  await room.part("event").first().waitFor();
  const activities = await room.part("event").locator("strong").allInnerTexts();
  for (const name of FUNNEL.slice(0, at)) assert.ok(activities.includes(name), `the timeline has ${name}`);
  await product.closePanel();

  await room.part("open-card").click();
  assert.match(await room.part("card-definition").innerText(), /\w+ \w+/, "the figure card says what is measured");
  await room.page.keyboard.press("Escape");
  await room.part("figure-card").waitFor({ state: "hidden" });
  await assertNoFaults(view);
}

async function everyAnalysis(desk) {
  const { view, room } = await openedSample(desk);
  await room.enter();
  for (const name of ["retention", "paths", "transitions", "steps", "lifecycle", "stickiness", "rework", "sessions", "support"]) {
    await room.choose(name);
    assert.equal(await room.part("ask-failure").count(), 0, `${name} has an answer`);
    assert.ok((await room.part("report").locator("tbody tr").count()) > 0, `${name} has figures`);
    if (["retention", "transitions", "steps"].includes(name)) {
      assert.ok((await room.part("report").locator(".heat").count()) > 4, `${name} is shaded`);
    }
    if (name === "paths") await room.part("chart-flow").waitFor();
    if (name === "lifecycle") await room.part("chart-series").first().waitFor();
  }
  await room.choose("support");
  const created = await room.part("support-created-field").locator("bdi").allInnerTexts();
  assert.deepEqual(created, ["Open ticket"], "what opens a ticket is guessed by its name");
  await assertNoFaults(view);
}

async function filtered(desk) {
  const { view, room } = await openedSample(desk);
  await room.enter();
  await fillFunnel(room, FUNNEL);
  const before = await room.numbers("steps", "cases");
  await room.part("add-filter").click();
  await room.name("filter-0-names", "Open ticket");
  const inside = await room.numbers("steps", "cases");
  assert.ok(inside[0] < before[0], `a condition takes fewer: ${inside[0]} of ${before[0]}`);
  await room.part("filter-0-what").selectOption("lacks");
  await room.answered();
  const outside = await room.numbers("steps", "cases");
  assert.equal(inside[0] + outside[0], before[0], "those with and those without are all");
  await room.part("ask-versus").selectOption("rest");
  await room.answered();
  const rest = await room.numbers("steps", "cases_other");
  assert.deepEqual(rest, inside, "the rest of those without are those with");
  await assertNoFaults(view);
}

async function linked(desk) {
  const { view, room } = await openedSample(desk);
  await room.enter();
  await fillFunnel(room, FUNNEL);
  await room.part("add-filter").click();
  await room.name("filter-0-names", "Open ticket");
  const finding = await room.part("finding").innerText();
  await room.part("copy-link").click();
  await room.part("link-said").filter({ hasText: /./ }).waitFor();
  const address = view.page.url();
  assert.match(address, /#ask=[\w-]+$/, "the question is in the fragment");
  const csv = await room.save("steps");
  assert.match(csv, /^step,cases,/, "the table is saved with its columns");
  assert.deepEqual(csvRows(csv).map((row) => Number(row[1])), await room.numbers("steps", "cases"), "and its figures");
  await assertNoFaults(view);

  const other = await desk.open({ address });
  const again = new Product(other.page);
  await again.ready();
  await again.part("open-sample").first().click();
  const there = new Analyses(again);
  await there.answered();
  assert.equal(await there.part("finding").innerText(), finding, "the link asks the same question");
  const steps = await there.part("funnel-step-0-field").locator("bdi").allInnerTexts();
  assert.deepEqual(steps, FUNNEL.slice(0, 1), "and fills in the form");
  await assertNoFaults(other);

  const broken = await desk.open({ address: address.replace(/#ask=.*/, "#ask=broken") });
  await new Product(broken.page).part("alert").first().waitFor();
  await assertNoFaults(broken);
}

export default {
  "a funnel leads to the customers lost, and to one's timeline": funnel,
  "every analysis has a result at once": everyAnalysis,
  "a filter and a comparison change the figures": filtered,
  "a question travels as a link, its table as a file": linked,
};
