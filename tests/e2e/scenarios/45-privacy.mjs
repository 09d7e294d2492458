// Personal data: found before an import, treated as decided, given to a person, and gone for good when it is to go.
import assert from "node:assert/strict";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { assertNoFaults, Product } from "../lib/product.mjs";

const TICKETS = `requester_email,activity,time,note,phone
ada.lovelace@example.org,open ticket,2026-03-01T09:00:00Z,Call me at +49 30 901820 please.,+49 30 901820
ada.lovelace@example.org,close ticket,2026-03-01T10:00:00Z,That was quick.,+49 30 901820
grace.hopper@example.net,open ticket,2026-03-02T09:00:00Z,The zebrafish printer does not work.,+49 40 123456
grace.hopper@example.net,close ticket,2026-03-03T09:00:00Z,It works again.,+49 40 123456
`;

/** A file with this text, to be chosen. */
async function file(name, text) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "desirepath-"));
  await writeFile(path.join(folder, name), text);
  return path.join(folder, name);
}

const saved = (product) => product.root.locator('[data-testid="storage"][data-mode="saved"]').waitFor();

/** What is in the files of the workspace, decrypted with the key that the browser keeps, as one text. */
async function decrypted(desk, context) {
  const page = await context.newPage();
  await page.goto(new URL("icon.svg", desk.site).href);
  const found = await page.evaluate(async () => {
    // As crates/event/src/frame.rs has it: a header, the payload, a checksum.
    const [HEADER, LENGTH_AT, TRAILER, NONCE] = [32, 16, 8, 12];
    const settled = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const database = await settled(indexedDB.open("desirepath", 1));
    const keys = await settled(database.transaction("keys").objectStore("keys").getAll());
    database.close();
    const top = await navigator.storage.getDirectory();
    const folder = await (await top.getDirectoryHandle("desirepath")).getDirectoryHandle("default");
    const found = { text: "", nFrames: 0, names: [] };
    for await (const name of folder.keys()) {
      found.names.push(name);
      const bytes = new Uint8Array(await (await (await folder.getFileHandle(name)).getFile()).arrayBuffer());
      const numbers = new DataView(bytes.buffer);
      for (let at = 0; at + HEADER <= bytes.length;) {
        const length = Number(numbers.getBigUint64(at + LENGTH_AT, true));
        const header = bytes.slice(at, at + HEADER);
        const payload = bytes.slice(at + HEADER, at + HEADER + length);
        at += HEADER + length + TRAILER;
        if (header[7] !== 1) continue;
        const plain = await crypto.subtle.decrypt(
          { name: "AES-GCM", iv: payload.slice(0, NONCE), additionalData: header }, keys[0], payload.slice(NONCE));
        found.text += new TextDecoder("latin1").decode(plain);
        found.nFrames += 1;
      }
    }
    return found;
  });
  await page.close();
  return found;
}

async function open(desk, settings = {}) {
  const view = await desk.open(settings);
  const product = new Product(view.page);
  await product.ready();
  return { view, product };
}

async function decidesBefore(desk) {
  const { view, product } = await open(desk);
  await product.part("open-privacy").click();
  await product.part("policy-recommended").click();
  await product.root.locator('[data-testid="policy-keep"]:not([disabled])').waitFor();
  assert.equal(await product.part("policy-email").inputValue(), "pseudonymise", "what is recommended");
  await product.part("leave-privacy").click();
  await product.choose(await file("tickets.csv", TICKETS));
  await product.part("import-dialog").waitFor();
  const rows = product.part("personal-row");
  const row = (name) => rows.filter({ has: view.page.getByRole("rowheader", { name, exact: true }) });
  assert.equal(await row("requester_email").getByTestId("treatment").inputValue(), "pseudonymise", "by the policy");
  assert.equal(await row("phone").getByTestId("treatment").inputValue(), "pseudonymise", "by the policy");
  assert.equal(await row("note").getByTestId("treatment").inputValue(), "redact", "texts are masked");
  const words = await row("requester_email").innerText();
  assert.match(words, /4 of 4/, "the evidence");
  assert.ok(!words.includes("ada"), "the example tells nobody who it is");
  const choices = await row("requester_email").getByTestId("treatment").locator("option").count();
  assert.equal(choices, 2, "whom events are about cannot be left out");
  await row("phone").getByTestId("treatment").selectOption("drop");
  await product.confirmImport();
  await product.showsTotals(4, 2);
  await saved(product);
  const { text, nFrames } = await decrypted(desk, view.context);
  assert.ok(nFrames > 3, "there are files to look through");
  for (const value of ["ada.lovelace", "grace.hopper", "901820", "123456"]) {
    assert.ok(!text.includes(value), `${value} is nowhere on the disk`);
  }
  await product.tab("sources").click();
  await product.part("source-personal").waitFor();
  assert.match(await product.part("source-personal").innerText(), /phone.*4/s, "what became of each column");
  await assertNoFaults(view);
  await view.close();
}

async function audits(desk) {
  const { view, product } = await open(desk);
  const events = Array.from({ length: 40 }, (_, at) =>
    `user-${at % 8},visit,${new Date(Date.UTC(2026, 0, 1 + (at % 20), 9)).toISOString()}`);
  events.push("qa-test,visit,2026-01-03T10:00:00Z", "user-1,visit,2026-06-01T10:00:00Z", "user-2,visit,never");
  await product.importFile(await file("visits.csv", `customer,activity,time\n${events.join("\n")}\n`));
  await product.tab("sources").click();
  await product.part("audit").waitFor();
  const check = (id) => product.root.locator(`[data-check="${id}"]`);
  assert.equal(await check("rejected").getAttribute("data-level"), "doubt", "a row was rejected");
  assert.equal(await check("gaps").getAttribute("data-level"), "doubt", "months are missing");
  assert.match(await check("tests").innerText(), /: 1 /, "one customer is a test");
  assert.match(await check("tests").innerText(), /segment/, "and what that does to figures");
  await assertNoFaults(view);
  await view.close();
}

async function givesAndErases(desk) {
  const { view, product } = await open(desk);
  const tickets = await file("tickets.csv", TICKETS);
  await product.importFile(tickets);
  await product.showsTotals(4, 2);
  await saved(product);
  assert.ok((await decrypted(desk, view.context)).text.includes("zebrafish"), "she is on the disk");

  await product.openMark(product.node("open ticket"));
  await product.part("case").filter({ hasText: "grace" }).click();
  await product.root.locator(".person-details summary").click();
  const downloading = view.page.waitForEvent("download");
  await product.part("held-json").click();
  const held = JSON.parse(await readFile(await (await downloading).path(), "utf8"));
  assert.equal(held.events.length, 2, "all that happened");
  assert.match(held.events[0].text, /zebrafish/, "and all that was written");

  await product.part("erase").click();
  assert.match(await product.part("erase-dialog").innerText(), /cannot be undone/, "a person is warned");
  await product.part("erase-confirm").click();
  await product.showsTotals(2, 1);
  await saved(product);
  const { text, names } = await decrypted(desk, view.context);
  for (const value of ["grace.hopper", "zebrafish", "123456"]) {
    assert.ok(!text.includes(value), `${value} is nowhere on the disk`);
  }
  assert.ok(text.includes("ada.lovelace"), "the other is");
  assert.ok(names.every((name) => !name.endsWith("-0")), `the generation before is gone: ${names}`);
  assert.equal(await product.part("undo").count(), 0, "nothing brings her back");

  await product.tab("privacy").click();
  assert.match(await product.part("receipt").innerText(), /2 events/, "the receipt says what went");
  assert.ok(!(await product.part("receipt").innerText()).includes("grace"), "and not who");

  await product.tab("map").click();
  await product.importFile(tickets);
  await product.showsTotals(2, 1);
  await view.page.reload();
  const again = new Product(view.page);
  await again.ready();
  await again.mapDrawn();
  await again.showsTotals(2, 1);
  await again.tab("privacy").click();
  await again.part("readmit-key").fill("grace.hopper@example.net");
  await again.part("readmit").click();
  await again.root.getByTestId("receipt").filter({ hasText: "no" }).waitFor();
  await again.tab("map").click();
  await again.importFile(tickets);
  await again.showsTotals(4, 2);
  await assertNoFaults(view);
  await view.close();
}

async function keepsNoLonger(desk) {
  const { view, product } = await open(desk);
  const now = new Date();
  const recent = new Date(now.getTime() - 86_400_000).toISOString();
  const csv = `customer,activity,time,note\nada,visit,2020-01-01T09:00:00Z,an old quokka\nada,order,${recent},a new one\n`;
  await product.importFile(await file("shop.csv", csv));
  await product.showsTotals(2, 1);
  await product.tab("privacy").click();
  await product.part("retention-months").fill("12");
  await product.part("retention-look").click();
  assert.match(await product.part("retention-dialog").innerText(), /1 event is too old/, "what would go is shown first");
  await product.part("retention-apply").click();
  await product.showsTotals(1, 1);
  await saved(product);
  assert.ok(!(await decrypted(desk, view.context)).text.includes("quokka"), "it is nowhere on the disk");
  await product.tab("map").click();
  await product.importFile(await file("again.csv", csv));
  await product.showsTotals(1, 1);
  await assertNoFaults(view);
  await view.close();
}

const VISITS = `customer,activity,time,may we look
ada,visit,2026-03-01T09:00:00Z,no
bob,visit,2026-03-01T09:00:00Z,analytics
ada,order,2026-03-02T09:00:00Z,yes
bob,order,2026-03-03T09:00:00Z,marketing
cyd,visit,2026-03-04T09:00:00Z,
`;

async function honoursConsent(desk) {
  const { view, product } = await open(desk);
  await product.choose(await file("visits.csv", VISITS));
  await product.part("import-dialog").waitFor();
  assert.equal(await product.part("consent-column").inputValue(), "", "the name of the column says nothing");
  await product.part("consent-column").selectOption("may we look");
  await product.confirmImport();
  await product.showsTotals(5, 3);
  await product.tab("privacy").click();
  await product.part("consent-purpose").fill("analytics");
  await product.part("consent-purpose").blur();
  await product.part("consent-honoured").check();
  await product.showsTotals(2, 1);
  const told = await product.part("consent").innerText();
  assert.match(told, /Customers left out now\s+2/, "bob withdrew, and nothing is known of cyd");
  await product.part("consent-unknown").check();
  await product.showsTotals(3, 2);
  await product.tab("map").click();
  await product.mapDrawn();
  await product.part("facts").getByTestId("figure").first().click();
  await product.part("card-definition").waitFor();
  assert.match(await product.part("card-dropped").innerText(), /without consent/, "the card says who is left out");
  await view.page.keyboard.press("Escape");
  await saved(product);
  await view.page.reload();
  const again = new Product(view.page);
  await again.ready();
  await again.mapDrawn();
  await again.showsTotals(3, 2);
  await again.part("undo").click();
  await again.showsTotals(2, 1);
  await assertNoFaults(view);
  await view.close();
}

export default {
  "who does not allow it is in no figure, and the card says so": honoursConsent,
  "a policy is decided before the first file, shown for each column, and kept to": decidesBefore,
  "each source says how far it can be trusted": audits,
  "a person gets all that is held, and is erased from the disk as well": givesAndErases,
  "what is too old goes, and is shown before": keepsNoLonger,
};
