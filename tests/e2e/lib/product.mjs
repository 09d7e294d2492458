// What a person does in the product, in the words of the scenarios. Selectors stand only here.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { ROOT } from "./servers.mjs";

export const LOGS = path.join(ROOT, "tests/e2e/logs");
const DATA = process.env.DESIREPATH_DATA ?? path.join(ROOT, "../shared/data");

/** A public log that lies beside the workspace; null where it doesn't. */
export function publicLog(name) {
  const file = path.join(DATA, name);
  return existsSync(file) ? file : null;
}

/** Longest wait for a figure to become what it should be. */
const SETTLE_MILLIS_MAX = 10_000;

/** Reads CSV text with a header into rows of cells. */
export function csvRows(text) {
  const rows = [[""]];
  let quoted = false;
  for (const char of text.trimEnd()) {
    const row = rows.at(-1);
    if (char === '"') quoted = !quoted;
    if (quoted || !",\n".includes(char)) row[row.length - 1] += char;
    else if (char === ",") row.push("");
    else rows.push([""]);
  }
  const plain = (cell) => (/^"[^]*"\r?$/.test(cell) ? cell.replace(/\r$/, "").slice(1, -1).replaceAll('""', '"') : cell.replace(/\r$/, ""));
  return rows.slice(1).map((row) => row.map(plain));
}

/** One map on a page: the whole app, or one of several embedded ones. */
export class Product {
  constructor(page, root = "journey-map") {
    this.page = page;
    this.root = page.locator(root);
  }

  part(name) {
    return this.root.getByTestId(name);
  }

  /** Waits until the screen is up. */
  async ready() {
    await this.part("screen").first().waitFor();
  }

  /** Hands files over as the file picker does. */
  async choose(...files) {
    await this.part("file-input").first().setInputFiles(files);
  }

  /** Chooses a file and confirms the guessed mapping. */
  async importFile(file) {
    await this.choose(file);
    await this.part("import-dialog").waitFor();
    await this.confirmImport();
  }

  async confirmImport() {
    await this.part("import-confirm").click();
    await this.part("import-dialog").waitFor({ state: "hidden" });
    await this.part("progress").waitFor({ state: "hidden" });
    await this.mapDrawn();
  }

  /** The column chosen for a role in the import dialog. */
  async roleColumn(role) {
    return this.part(`role-${role}`).inputValue();
  }

  async openSample() {
    await this.part("open-sample").first().click();
    await this.part("sample-badge").first().waitFor();
    await this.part("progress").waitFor({ state: "hidden" });
    await this.mapDrawn();
  }

  async mapDrawn() {
    await this.part("node").first().waitFor();
  }

  node(name) {
    return this.root.locator(`[data-testid="node"][data-name=${JSON.stringify(name)}]`);
  }

  tab(name) {
    return this.part(`tab-${name}`);
  }

  /** Opens what is behind a mark; marks may lie under the panel, so the keyboard is the sure way. */
  async openMark(mark) {
    await mark.focus();
    await this.page.keyboard.press("Enter");
    await this.part("panel").waitFor();
  }

  async closePanel() {
    if (await this.part("panel").isVisible()) await this.part("panel-close").click();
    await this.part("panel").waitFor({ state: "hidden" });
  }

  /** Waits until the header shows these numbers of events and customers. */
  async showsTotals(nEvents, nCustomers) {
    const wanted = [nEvents, nCustomers];
    const giveUp = Date.now() + SETTLE_MILLIS_MAX;
    let shown = [];
    while (Date.now() < giveUp) {
      const spans = await this.part("facts").locator("span").allInnerTexts();
      shown = spans.slice(0, 2).map((text) => Number(text.replaceAll(/[^0-9]/g, "")));
      if (shown[0] === wanted[0] && shown[1] === wanted[1]) return;
      await this.page.waitForTimeout(50);
    }
    assert.deepEqual(shown, wanted, "the numbers of events and customers shown");
  }

  async nEvents() {
    return Number((await this.part("facts").locator("span").first().innerText()).replaceAll(/[^0-9]/g, ""));
  }

  /** The table twin of the graph as a person saves it: exact figures; the start and the end of a case are named "". */
  async tables() {
    // Through the map, so that the tables are asked for anew.
    await this.tab("map").click();
    await this.tab("table").click();
    await this.part("table-edges").locator("tbody tr").first().waitFor();
    const save = async (name) => {
      const [download] = await Promise.all([this.page.waitForEvent("download"), this.part(`save-${name}`).click()]);
      return csvRows(await readFile(await download.path(), "utf8"));
    };
    const activities = await save("activities");
    const edges = await save("edges");
    const isStart = (name) => (name === "(start)" ? "" : name);
    const isEnd = (name) => (name === "(end)" ? "" : name);
    return {
      activities: activities.map(([name, , occurrences, cases]) => [name, Number(occurrences), Number(cases)]),
      edges: edges.map(([from, to, occurrences, cases]) => [isStart(from), isEnd(to), Number(occurrences), Number(cases)]),
    };
  }

  /** Waits until a file is refused and returns what is said; confirms the import where the fault shows only then. */
  async refusal() {
    const alert = this.part("alert").first();
    const confirm = this.part("import-confirm");
    await Promise.race([alert.waitFor({ timeout: 120_000 }), confirm.waitFor({ timeout: 120_000 })]);
    if (!(await alert.isVisible())) {
      if (await confirm.isEnabled()) {
        await confirm.click();
        await alert.waitFor({ timeout: 120_000 });
      } else {
        const said = await this.part("import-dialog").innerText();
        await this.part("import-cancel").click();
        await this.part("import-dialog").waitFor({ state: "hidden" });
        return said;
      }
    }
    return alert.innerText();
  }

  async dismissAlerts() {
    while ((await this.part("alert").count()) > 0) await this.part("alert").first().getByRole("button").click();
  }
}

/** Asserts that nothing went wrong on a page beside what the scenario looked at. */
export async function assertNoFaults(view) {
  assert.deepEqual(await view.faults(), [], "no uncaught error, console error or policy violation");
}

/** Loads a page anew in a browser without private files, as some private windows are: everything is in memory. */
export async function withoutFiles(page) {
  await page.route("**/storage.js", async (route) => {
    const response = await route.fetch();
    const body = `Object.defineProperty(navigator.storage, "getDirectory", { value: undefined });\n${await response.text()}`;
    await route.fulfill({ response, body });
  });
  await page.reload();
}
