// What a person does in the product, in the words of the scenarios. Selectors stand only here.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { ROOT } from "./servers.mjs";

export const LOGS = path.join(ROOT, "tests/e2e/logs");
const DATA = process.env.DESIREPATH_DATA ?? path.join(ROOT, "../shared/data");

/** A public log that lies beside the workspace; null where it doesn't. */
export function publicLog(name) {
  const file = path.join(DATA, name);
  return existsSync(file) ? file : null;
}

const id = (name) => `[data-testid="${name}"]`;
const attribute = (name, value) => `[${name}=${JSON.stringify(value)}]`;

/** One map on a page: the whole app, or one of several embedded ones. */
export class Product {
  constructor(page, root = "journey-map") {
    this.page = page;
    this.root = page.locator(root);
  }

  part(name) {
    return this.root.locator(id(name));
  }

  async ready() {
    await this.part("file-input").first().waitFor({ state: "attached" });
  }

  /** Chooses files as the file picker would hand them over. */
  async choose(...files) {
    await this.part("file-input").first().setInputFiles(files);
  }

  /** Chooses a file and confirms the guessed mapping. */
  async importFile(file) {
    await this.choose(file);
    await this.part("import-dialog").waitFor();
    await this.part("confirm-import").click();
    await this.part("import-dialog").waitFor({ state: "hidden" });
    await this.mapDrawn();
  }

  async openSample() {
    await this.part("sample").first().click();
    await this.mapDrawn();
  }

  async mapDrawn() {
    await this.part("journey-map-svg").waitFor();
    await this.root.locator("[data-node]").first().waitFor();
  }

  node(name) {
    return this.root.locator(`[data-node]${attribute("data-name", name)}`);
  }

  edge(from, to) {
    return this.root.locator(`[data-edge]${attribute("data-from", from)}${attribute("data-to", to)}`);
  }

  tab(name) {
    return this.part(`tab-${name}`);
  }

  /** Waits for a message to the person and returns its words. */
  async alert() {
    const alert = this.root.getByRole("alert").last();
    await alert.waitFor();
    return alert.innerText();
  }

  /** The figures over all events, as shown above the map. */
  async totals() {
    return this.part("totals").evaluate((element) => {
      const read = (name) => Number(element.getAttribute(`data-${name}`));
      return { events: read("n-events"), cases: read("n-cases"), activities: read("n-activities"), variants: read("n-variants") };
    });
  }

  /** The table twin of the graph, as rows of exact figures: name or ends, occurrences, cases. */
  async tables() {
    await this.tab("table").click();
    await this.root.locator("[data-activity-row]").first().waitFor();
    const read = (selector, names) =>
      this.root.locator(selector).evaluateAll(
        (rows, names) => rows.map((row) => names.map((name) => row.getAttribute(name))),
        names,
      );
    const numbers = (rows, n) => rows.map((row) => row.map((cell, at) => (at < n ? cell : Number(cell))));
    const activities = await read("[data-activity-row]", ["data-name", "data-occurrences", "data-cases"]);
    const edges = await read("[data-edge-row]", ["data-from", "data-to", "data-occurrences", "data-cases"]);
    return { activities: numbers(activities, 1), edges: numbers(edges, 2) };
  }
}

/** Asserts that nothing went wrong on a page beside what the scenario looked at. */
export async function assertNoFaults(view) {
  assert.deepEqual(await view.faults(), [], "no uncaught error, console error or policy violation");
}
