// Files of other formats, made here: archives, mail, transcripts and chats become a map without mapping anything by hand.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { file, zip } from "../lib/files.mjs";
import { assertNoFaults, Product } from "../lib/product.mjs";

const CHAT = `[1/30/26, 9:05:00 AM] Ada: Where is my parcel?
It was due yesterday.
[1/30/26, 9:06:00 AM] Support: On its way.
[1/31/26, 8:00:00 AM] Ada: image omitted
`;

const mail = (from, date, subject, body) =>
  `From x Sun Mar  1 09:30:00 2026\nFrom: ${from}\nTo: help@shop.example\nDate: ${date}\nSubject: ${subject}\n\n${body}\n\n`;
const MAILBOX =
  mail("Ada <ada@example.com>", "Sun, 1 Mar 2026 09:30:00 +0000", "Parcel", "Where is it?") +
  mail("Ben <ben@example.com>", "Mon, 2 Mar 2026 09:30:00 +0000", "Invoice", "Wrong sum.") +
  mail("Ada <ada@example.com>", "Tue, 3 Mar 2026 09:30:00 +0000", "Re: Parcel", "Thanks\n\nOn 2 Mar 2026, Help <help@shop.example> wrote:\n> Soon") +
  mail("", "Tue, 3 Mar 2026 09:30:00 +0000", "nobody", "lost");

const CALL = "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\n<v Ada>My parcel is late.\n\n00:00:04.000 --> 00:00:06.000\n<v Agent>I am sorry.\n";

const SHOP = "customer,activity,time\nada,visited shop,2026-03-01 09:00\nada,placed order,2026-03-01 09:10\nben,visited shop,2026-03-02 10:00\n";

/** The format that the import dialog names. */
const format = (product) => product.part("format").innerText();

async function chatsAndMail(desk) {
  const view = await desk.open();
  const product = new Product(view.page);
  await product.ready();
  const asked = [];
  view.page.on("request", (request) => asked.push(request.url()));
  await product.importFile(file("shop.csv", SHOP));
  assert.ok(!asked.some((url) => url.includes("wasm/opener")), "an ordinary file needs no second module");
  await product.choose(file("WhatsApp Chat with Ada.txt", CHAT));
  await product.part("import-dialog").waitFor();
  assert.equal(await format(product), "WhatsApp", "the chat is recognised");
  for (const role of ["customer", "activity", "time", "channel", "text"]) assert.equal(await product.roleColumn(role), role, role);
  await product.confirmImport();
  await product.showsTotals(6, 4);
  assert.ok(asked.some((url) => url.includes("wasm/opener_bg.wasm")), "the second module was loaded for the chat");
  await product.importFile(file("inbox.mbox", MAILBOX));
  await product.showsTotals(9, 6);
  const { activities } = await product.tables();
  const names = new Map(activities.map(([name, n]) => [name, n]));
  assert.deepEqual([names.get("E-mail"), names.get("E-mail reply"), names.get("Message"), names.get("Media")], [2, 1, 2, 1]);
  await product.tab("sources").click();
  await product.root.getByText("has no sender").first().waitFor();
  await assertNoFaults(view);
}

async function transcript(desk) {
  const view = await desk.open();
  const product = new Product(view.page);
  await product.ready();
  await product.choose(file("call.vtt", CALL));
  await product.part("reading-start").waitFor();
  assert.ok(await product.part("import-confirm").isDisabled(), "without the beginning nothing can be imported");
  await view.page.screenshot({ path: path.join(desk.shots, "formats start.png") });
  await product.part("reading-start").fill("2026-03-01T09:30");
  await product.part("reading-start").press("Enter");
  await product.root.locator('[data-testid="import-confirm"]:not([disabled])').waitFor();
  await product.confirmImport();
  await product.showsTotals(2, 1);
  await product.node("Ada speaks").waitFor();
  await assertNoFaults(view);
}

async function archive(desk) {
  const view = await desk.open();
  const product = new Product(view.page);
  await product.ready();
  await product.choose(
    zip("export.zip", [
      ["data/shop.csv", SHOP],
      ["chat.txt", CHAT],
      ["inbox.mbox", MAILBOX],
      ["picture.png", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0])],
    ]),
  );
  await product.part("import-all").waitFor();
  assert.ok((await product.part("alert").first().innerText()).includes("picture.png"), "what is left out is named");
  await view.page.screenshot({ path: path.join(desk.shots, "formats archive.png") });
  await product.part("import-all").click();
  await product.showsTotals(9, 6);
  await product.dismissAlerts();
  await assertNoFaults(view);
}

async function broken(desk) {
  const view = await desk.open();
  const product = new Product(view.page);
  await product.ready();
  const whole = zip("cut.zip", [["shop.csv", SHOP]]);
  for (const [bad, word] of [
    [{ ...whole, buffer: whole.buffer.subarray(0, 60) }, "cut.zip"],
    [zip("empty.zip", []), "empty.zip"],
    [file("words.srt", "1\nno time here\n"), "words.srt"],
  ]) {
    await product.choose(bad);
    const said = await product.refusal();
    assert.ok(said.includes(word), `the message names the file: ${said}`);
    console.log(`      ${word}: ${said.replaceAll(/\s+/g, " ").slice(0, 160)}`);
    await product.dismissAlerts();
  }
  await assertNoFaults(view);
}

const golden = async (name) => file(name, await readFile(new URL(`../../golden/formats/${name}`, import.meta.url)));

async function database(desk) {
  const view = await desk.open();
  const product = new Product(view.page);
  await product.ready();
  await product.choose(await golden("shop.sqlite"));
  await product.part("import-dialog").waitFor();
  assert.equal(await format(product), "SQLite", "the database is recognised");
  assert.equal(await product.part("reading-choice").inputValue(), "orders", "the table that says when something happened");
  for (const [role, column] of [["customer", "customer"], ["activity", "activity"], ["time", "ordered_at"]]) {
    assert.equal(await product.roleColumn(role), column, role);
  }
  await view.page.screenshot({ path: path.join(desk.shots, "formats database.png") });
  await product.confirmImport();
  // One of the 50 rows has no time.
  await product.showsTotals(49, 8);
  await product.choose(await golden("open.sqlite"));
  await product.part("import-dialog").waitFor();
  assert.ok((await product.part("alert").first().innerText()).includes("open.sqlite-wal"), "what lies beside it is named");
  await product.confirmImport();
  await product.showsTotals(50, 9);
  await product.dismissAlerts();
  await assertNoFaults(view);
}

/** Drops a folder from the disk, as the browser does when a person drags it in. */
async function drop(page, folder) {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [folder], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) await session.send("Input.dispatchDragEvent", { type, x: 200, y: 200, data });
  await session.detach();
}

async function droppedFolder(desk) {
  const view = await desk.open();
  const product = new Product(view.page);
  await product.ready();
  const top = await mkdtemp(path.join(os.tmpdir(), "desirepath-"));
  try {
    await mkdir(path.join(top, "export", "chats"), { recursive: true });
    await writeFile(path.join(top, "export", "shop.csv"), SHOP);
    await writeFile(path.join(top, "export", ".hidden.csv"), "nothing\n");
    await writeFile(path.join(top, "export", "chats", "ada.txt"), CHAT);
    await drop(view.page, path.join(top, "export"));
    await product.part("import-all").waitFor();
    await product.part("import-all").click();
    await product.showsTotals(6, 4);
    await product.tab("sources").click();
    await product.root.getByText("export/chats/ada.txt").first().waitFor();
    await assertNoFaults(view);
  } finally {
    await rm(top, { recursive: true });
  }
}

export default {
  "a chat and a mailbox need no mapping, and the module that reads them comes when it is needed": chatsAndMail,
  "a transcript asks when the recording began": transcript,
  "an archive is several files, imported with one click": archive,
  "a database offers its tables, and says what lies beside it": database,
  "a dropped folder is everything in it but what is hidden": droppedFolder,
  "broken files of other formats are refused by name": broken,
};
