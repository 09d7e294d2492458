// What was acknowledged is there again: after a reload, a kill at any moment, a torn file, a full disk.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { launchWithProfile } from "../lib/browser.mjs";
import { assertNoFaults, LOGS, Product, withoutFiles } from "../lib/product.mjs";

const SHOP = path.join(LOGS, "shop.csv");
const PASSPHRASE = "a horse on the green stairs";

const late = [{ customer: "ben", activity: "asked support", time: "2024-03-02T11:05:00Z" }];

/** Waits until the sign in the header says this. */
async function signSays(product, mode) {
  await product.root.locator(`[data-testid="storage"][data-mode="${mode}"]`).waitFor();
}

async function reopen(page) {
  await page.reload();
  const product = new Product(page);
  await product.ready();
  return product;
}

async function openStorage(product) {
  await product.part("storage").click();
  await product.part("storage-dialog").waitFor();
}

async function enterPassphrase(product, words, again) {
  await product.part("passphrase").fill(words);
  if (again !== undefined) await product.part("passphrase-again").fill(again);
  await product.part("passphrase-submit").click();
}

const append = (product, events, name) =>
  product.root.evaluate((element, [events, name]) => element.append(events, name), [events, name]);

/** Runs a function on the files of the workspace, in a page of the same origin that opens nothing itself. */
async function withFiles(desk, context, run, argument) {
  const page = await context.newPage();
  await page.goto(new URL("icon.svg", desk.site).href);
  const folder = await page.evaluateHandle(async () => {
    const top = await navigator.storage.getDirectory();
    const all = await top.getDirectoryHandle("desirepath", { create: true });
    return all.getDirectoryHandle("default", { create: true });
  });
  const result = await folder.evaluate(run, argument);
  await page.close();
  return result;
}

/** Bytes of the newest log, as numbers. */
const readLog = async (folder) => {
  const names = (await Array.fromAsync(folder.keys())).filter((name) => name.startsWith("log-")).sort();
  const file = await (await folder.getFileHandle(names.at(-1))).getFile();
  return { name: names.at(-1), bytes: [...new Uint8Array(await file.arrayBuffer())] };
};

const writeLog = async (folder, { name, bytes }) => {
  for await (const other of folder.keys()) if (other.startsWith("log-") && other !== name) await folder.removeEntry(other);
  const stream = await (await folder.getFileHandle(name, { create: true })).createWritable();
  await stream.write(new Uint8Array(bytes));
  await stream.close();
};

async function reload(desk) {
  const view = await desk.open();
  const product = new Product(view.page);
  await product.ready();
  await product.importFile(SHOP);
  await append(product, late);
  await product.showsTotals(15, 4);
  await product.openMark(product.node("asked support"));
  await product.part("stage-select").first().selectOption({ index: 0 });
  const stage = await product.part("stage-select").first().inputValue();
  await product.closePanel();
  await signSays(product, "saved");
  const before = await product.tables();

  const again = await reopen(view.page);
  await again.mapDrawn();
  await again.showsTotals(15, 4);
  await signSays(again, "saved");
  assert.deepEqual(await again.tables(), before, "every figure is as it was");
  await again.tab("map").click();
  await again.openMark(again.node("asked support"));
  assert.equal(await again.part("stage-select").first().inputValue(), stage, "the stage set by hand is kept");
  await assertNoFaults(view);
}

/** Runs in the page before anything of it: notes what workers say, by kind. */
const listen = () => {
  window.told = [];
  window.Worker = class extends window.Worker {
    constructor(...args) {
      super(...args);
      this.addEventListener("message", ({ data: { outcome = {} } }) => {
        window.told.push(...(typeof outcome === "string" ? [outcome] : Object.keys(outcome)));
      });
    }
  };
};

/** Opens the workspace again; resolves to the product, and whether the map came before the workspace was read. */
async function glanced(page) {
  const product = await reopen(page);
  await product.mapDrawn();
  await signSays(product, "saved");
  const told = await page.evaluate(() => window.told);
  const at = told.indexOf("glance");
  assert.ok(at < told.indexOf("storage"), "the map comes before the rest, or not at all");
  return { product, isGlanced: at >= 0 };
}

async function glance(desk) {
  const view = await desk.open();
  const { page } = view;
  let product = new Product(page);
  await product.ready();
  await product.importFile(SHOP);
  await signSays(product, "saved");
  await page.addInitScript(listen);
  const kept = () => withFiles(desk, view.context, async (folder) => (await Array.fromAsync(folder.keys())).includes("glance"));
  const keptSoon = async () => {
    for (const end = Date.now() + 10_000; !(await kept()); ) assert.ok(Date.now() < end, "the map is kept");
  };

  await keptSoon();
  let isGlanced;
  ({ product, isGlanced } = await glanced(page));
  assert.ok(isGlanced, "the map that was kept is shown at once");
  await product.showsTotals(14, 4);
  const nDrawn = await page.evaluate(() => performance.getEntriesByName("desirepath-map").length);
  assert.equal(nDrawn, 1, "and is not drawn a second time");

  await append(product, late);
  ({ product, isGlanced } = await glanced(page));
  assert.ok(!isGlanced, "a map from before a change is not shown");
  await product.showsTotals(15, 4);

  await page.waitForTimeout(2_500);
  ({ product, isGlanced } = await glanced(page));
  assert.ok(isGlanced, "the map after the change has been kept");
  await product.showsTotals(15, 4);

  await page.goto("about:blank");
  await withFiles(desk, view.context, async (folder) => {
    const file = await folder.getFileHandle("glance");
    const bytes = new Uint8Array(await (await file.getFile()).arrayBuffer());
    bytes[bytes.length / 2 | 0] ^= 1;
    const stream = await file.createWritable();
    await stream.write(bytes);
    await stream.close();
  });
  await page.goto(desk.site);
  ({ product, isGlanced } = await glanced(page));
  assert.ok(!isGlanced, "a damaged one is not shown");
  await product.showsTotals(15, 4);
  await assertNoFaults(view);
}

/** Appends batch after batch, each of one new customer, telling which were acknowledged. */
const appendForever = async (element, [round, nEvents]) => {
  for (let batch = 0; ; batch += 1) {
    const customer = `round ${round} batch ${batch}`;
    const events = Array.from({ length: nEvents }, (_, at) => ({
      customer, activity: `step ${at % 7}`, time: new Date(1.7e12 + at * 60_000).toISOString(),
    }));
    await element.append(events, "forever");
    await window.acknowledged(customer);
  }
};

/** Asserts that all acknowledged batches are there, whole, after this many kills; returns how many there are. */
async function countBatches(product, { round, nEvents, nAcknowledged }) {
  if (nAcknowledged === 0) return 0;
  await product.mapDrawn();
  const spans = await product.part("facts").locator("span").allInnerTexts();
  const [nShown, nBatches] = spans.slice(0, 2).map((text) => Number(text.replaceAll(/[^0-9]/g, "")));
  assert.equal(nShown, nBatches * nEvents, `after ${round} kills no batch is there in part`);
  assert.ok(nBatches >= nAcknowledged, `${nBatches} batches are there, ${nAcknowledged} acknowledged`);
  assert.ok(nBatches <= nAcknowledged + round, "and at most one a kill that was not yet acknowledged");
  return nBatches;
}

/** Kills again and again, one way after the other, while events are being added. */
async function killed(desk) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "desirepath-profile-"));
  let browser = await launchWithProfile(folder);
  const acknowledged = new Set();
  const [nRounds, nEvents] = [18, 3];
  try {
    let nBefore = 0;
    for (let round = 0; round <= nRounds; round += 1) {
      const page = await browser.context.newPage();
      await page.exposeFunction("acknowledged", (name) => acknowledged.add(name));
      await page.goto(desk.site);
      const product = new Product(page);
      await product.ready();
      await signSays(product, "saved");
      nBefore = await countBatches(product, { round, nEvents, nAcknowledged: acknowledged.size });
      if (round === nRounds) break;
      product.root.evaluate(appendForever, [round, nEvents]).catch(() => {});
      await page.waitForTimeout(150 + Math.random() * 500);
      if (round % 3 === 0) {
        await page.close();
      } else if (round % 3 === 1) {
        (await browser.context.newCDPSession(page)).send("Page.crash").catch(() => {});
        await page.waitForEvent("crash");
        await page.close();
      } else {
        await browser.kill();
        browser = await launchWithProfile(folder);
      }
    }
    console.log(`      ${nRounds} kills, ${acknowledged.size} batches acknowledged, ${nBefore} there`);
    assert.ok(acknowledged.size >= nRounds, "batches were acknowledged between the kills");
  } finally {
    await browser.kill().catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

/** Kills while large files outgrow the log and snapshots are being written. */
async function killedWhileRenewed(desk) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "desirepath-profile-"));
  let browser = await launchWithProfile(folder);
  const acknowledged = new Set();
  const [nRounds, nEvents] = [6, 20_000];
  try {
    for (let round = 0; round <= nRounds; round += 1) {
      const page = await browser.context.newPage();
      page.setDefaultTimeout(60_000);
      await page.exposeFunction("acknowledged", (name) => acknowledged.add(name));
      await page.goto(desk.site);
      const product = new Product(page);
      await product.ready();
      await signSays(product, "saved");
      await countBatches(product, { round, nEvents, nAcknowledged: acknowledged.size });
      if (round === nRounds) break;
      const wanted = acknowledged.size + 3;
      product.root.evaluate(appendForever, [round, nEvents]).catch(() => {});
      while (acknowledged.size < wanted) await page.waitForTimeout(20);
      await page.waitForTimeout(Math.random() * 400);
      await browser.kill();
      browser = await launchWithProfile(folder);
    }
    const names = await withFiles(desk, browser.context, async (folder) => Array.fromAsync(folder.keys()));
    console.log(`      ${acknowledged.size} batches of ${nEvents} events, files ${names.sort().join(", ")}`);
    assert.ok(names.some((name) => name.startsWith("snapshot-")), "snapshots were written");
    assert.equal(names.length, 2, "one generation is left");
  } finally {
    await browser.kill().catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

async function twoTabs(desk) {
  const view = await desk.open();
  const writer = new Product(view.page);
  await writer.ready();
  await writer.importFile(SHOP);
  const second = await view.context.newPage();
  await second.goto(desk.site);
  const follower = new Product(second);
  await follower.ready();
  await signSays(follower, "follower");
  await follower.mapDrawn();
  await follower.showsTotals(14, 4);

  await assert.rejects(append(follower, late), /another tab/, "a follower refuses to write");
  await follower.dismissAlerts();
  await append(writer, late);
  await follower.showsTotals(15, 4);

  await view.page.close();
  await signSays(follower, "saved");
  await follower.part("undo").click();
  await follower.showsTotals(14, 4);
  await follower.part("redo").click();
  await follower.showsTotals(15, 4);
  await append(follower, [{ customer: "new", activity: "asked support", time: "2024-03-02T11:05:00Z" }]);
  await follower.showsTotals(16, 5);
  const third = await view.context.newPage();
  await third.goto(desk.site);
  const newest = new Product(third);
  await newest.ready();
  await newest.showsTotals(16, 5);
  await signSays(newest, "follower");
}

async function passphrase(desk) {
  const view = await desk.open();
  let product = new Product(view.page);
  await product.ready();
  await product.importFile(SHOP);
  const before = await product.tables();
  await openStorage(product);
  await product.part("storage-protect").click();
  await enterPassphrase(product, "short", "short");
  assert.match(await product.part("passphrase-problem").innerText(), /8 characters/, "a short one is refused");
  await enterPassphrase(product, PASSPHRASE, `${PASSPHRASE}!`);
  assert.match(await product.part("passphrase-problem").innerText(), /differ/, "a slip of the finger is noticed");
  await enterPassphrase(product, PASSPHRASE, PASSPHRASE);
  await product.root.getByText("by a passphrase").waitFor();
  await product.page.keyboard.press("Escape");
  await append(product, late);

  product = await reopen(view.page);
  await product.part("unlock").waitFor();
  await signSays(product, "locked");
  await enterPassphrase(product, "a horse on the red stairs");
  await product.root.getByText("The passphrase does not open it").waitFor();
  await enterPassphrase(product, PASSPHRASE);
  await product.mapDrawn();
  await product.showsTotals(15, 4);

  await openStorage(product);
  await product.part("storage-unprotect").click();
  await product.root.getByText("by a key of this browser").waitFor();
  product = await reopen(view.page);
  await product.mapDrawn();
  await product.showsTotals(15, 4);
  assert.equal((await product.tables()).activities.length, before.activities.length, "the same activities");
  await assertNoFaults(view);
}

async function exported(desk) {
  const view = await desk.open();
  const product = new Product(view.page);
  await product.ready();
  await product.importFile(SHOP);
  await append(product, late);
  const before = await product.tables();
  await openStorage(product);
  await product.part("storage-export").click();
  await product.part("passphrase").fill(PASSPHRASE);
  await product.part("passphrase-again").fill(PASSPHRASE);
  const [download] = await Promise.all([view.page.waitForEvent("download"), product.part("passphrase-submit").click()]);
  assert.match(download.suggestedFilename(), /\.desirepath$/, "the file has a name of its own kind");
  const buffer = await readFile(await download.path());
  assert.ok(!buffer.includes("asked support") && !buffer.includes("ben"), "nothing of it can be read");

  const fresh = await desk.open();
  const other = new Product(fresh.page);
  await other.ready();
  await append(other, late);
  await other.showsTotals(1, 1);
  const file = { name: "workspace.desirepath", mimeType: "application/octet-stream", buffer };
  await openStorage(other);
  await other.part("storage-file").setInputFiles(file);
  await enterPassphrase(other, "something else entirely");
  await other.root.getByText("does not open this file").waitFor();
  await other.showsTotals(1, 1);
  await enterPassphrase(other, PASSPHRASE);
  await other.showsTotals(15, 4);
  await other.mapDrawn();
  assert.deepEqual(await other.tables(), before, "all figures came along");
  const again = await reopen(fresh.page);
  await again.mapDrawn();
  await again.showsTotals(15, 4);
  const damaged = { ...file, buffer: Buffer.from(buffer).fill(0, buffer.length >> 1, (buffer.length >> 1) + 40) };
  await again.choose(damaged);
  await again.part("passphrase").waitFor();
  await enterPassphrase(again, PASSPHRASE);
  await again.root.getByText("it is damaged").waitFor();
  await again.showsTotals(15, 4);
  await assertNoFaults(fresh);
}

async function torn(desk) {
  const view = await desk.open();
  const product = new Product(view.page);
  await product.ready();
  const nBatches = 6;
  for (let batch = 0; batch < nBatches; batch += 1) {
    await append(product, [0, 1, 2].map((at) => ({ customer: `c${batch}`, activity: `a${at}`, time: 1_700_000_000 + at })), "batches");
  }
  await product.showsTotals(3 * nBatches, nBatches);
  await view.page.goto("about:blank");
  const whole = await withFiles(desk, view.context, readLog);
  const seen = new Set();
  const lengths = Array.from({ length: 12 }, () => Math.floor(Math.random() * whole.bytes.length)).sort((a, b) => a - b);
  let nLast = 0;
  for (const length of lengths) {
    await withFiles(desk, view.context, writeLog, { name: whole.name, bytes: whole.bytes.slice(0, length) });
    const page = await view.context.newPage();
    await page.goto(desk.site);
    const cut = new Product(page);
    await cut.ready();
    await signSays(cut, "saved");
    await Promise.race([cut.part("empty").waitFor(), cut.part("node").first().waitFor()]);
    const nEvents = (await cut.part("facts").isVisible()) ? await cut.nEvents() : 0;
    assert.equal(nEvents % 3, 0, `cut at ${length}: whole batches only`);
    assert.ok(nEvents >= nLast, `cut at ${length}: a longer file has no less`);
    if (nEvents > 0) assert.equal(await cut.part("alert").count(), 0, "a torn end is nothing to worry about");
    // What is added now lies behind the cut.
    await append(cut, late, "more");
    const reopened = await reopen(page);
    await reopened.showsTotals(nEvents + 1, nEvents / 3 + 1);
    nLast = nEvents;
    seen.add(nEvents);
    await page.close();
  }
  assert.ok(seen.size >= 2, `different lengths gave different counts: ${[...seen].join(", ")}`);

  const middle = Math.floor(whole.bytes.length / 2);
  const bytes = whole.bytes.map((byte, at) => (at >= middle && at < middle + 8 ? byte ^ 255 : byte));
  await withFiles(desk, view.context, writeLog, { name: whole.name, bytes });
  const page = await view.context.newPage();
  await page.goto(desk.site);
  const damaged = new Product(page);
  await damaged.ready();
  await damaged.part("alert").waitFor();
  assert.match(await damaged.part("alert").innerText(), /damaged/, "damage in the middle is said");
  assert.ok((await damaged.nEvents()) % 3 === 0 && (await damaged.nEvents()) < 3 * nBatches, "what was before it is there");
}

async function full(desk) {
  const view = await desk.open();
  const { page } = view;
  let product = new Product(page);
  await product.ready();
  await product.importFile(SHOP);
  await product.showsTotals(14, 4);
  const session = await view.context.newCDPSession(page);
  const { origin } = new URL(desk.site);
  const { usage } = await session.send("Storage.getUsageAndQuota", { origin });
  const limit = (quotaSize) => session.send("Storage.overrideQuotaForOrigin", quotaSize === null ? { origin } : { origin, quotaSize });
  await limit(Math.ceil(usage) + 2_000);
  const many = Array.from({ length: 30_000 }, (_, at) => ({ customer: `c${at % 100}`, activity: `a${at % 5}`, time: 1_700_000_000 + at }));
  await append(product, many, "many");
  await product.showsTotals(30_014, 104);
  await signSays(product, "unsaved");
  assert.match(await product.part("alert").first().innerText(), /Not saved: there is no room/, "it is said, with what to do");
  await product.dismissAlerts();
  await openStorage(product);
  await product.part("storage-save").click();
  await page.waitForTimeout(500);
  await signSays(product, "unsaved");
  await limit(null);
  await product.part("storage-save").click();
  await signSays(product, "saved");
  product = await reopen(page);
  await product.mapDrawn();
  await product.showsTotals(30_014, 104);

  // A second time, and the tab is closed without saving: what was saved before is there.
  const { usage: later } = await session.send("Storage.getUsageAndQuota", { origin });
  await limit(Math.ceil(later) + 2_000);
  await append(product, many.map((event) => ({ ...event, customer: `d${event.customer}` })), "more");
  await signSays(product, "unsaved");
  product = await reopen(page);
  await product.mapDrawn();
  await product.showsTotals(30_014, 104);
  await limit(null);
}

async function gone(desk) {
  const view = await desk.open();
  let product = new Product(view.page);
  await product.ready();
  await product.importFile(SHOP);
  await signSays(product, "saved");
  await view.page.goto("about:blank");
  await withFiles(desk, view.context, async (folder) => {
    for (const name of await Array.fromAsync(folder.keys())) await folder.removeEntry(name);
  });
  await view.page.goto(desk.site);
  product = new Product(view.page);
  await product.ready();
  await product.part("empty").waitFor();
  assert.match(await product.part("alert").innerText(), /deleted the stored workspace/, "an evicted workspace is told");
  await product.dismissAlerts();

  await product.importFile(SHOP);
  await signSays(product, "saved");
  await openStorage(product);
  await product.part("storage-forget").click();
  await product.part("storage-forget-sure").click();
  await product.part("empty").waitFor();
  product = await reopen(view.page);
  await product.part("empty").waitFor();
  assert.equal(await product.part("alert").count(), 0, "what a person has forgotten is not missed");
  const names = await withFiles(desk, view.context, async (folder) => Array.fromAsync(folder.keys()));
  assert.deepEqual(names, [], "no file is left");
  await assertNoFaults(view);
}

async function memoryOnly(desk) {
  const view = await desk.open();
  await withoutFiles(view.page);
  const product = await reopen(view.page);
  await signSays(product, "memory");
  await product.importFile(SHOP);
  await product.showsTotals(14, 4);
  await openStorage(product);
  assert.match(await product.part("storage-notice").innerText(), /no private file system/, "the reason is said");
}

export default {
  "a reload brings everything back": reload,
  "the map is shown before the workspace is read": glance,
  "killed at any moment, nothing acknowledged is lost": killed,
  "killed while snapshots are written": killedWhileRenewed,
  "one tab writes, the others follow": twoTabs,
  "a passphrase locks the workspace": passphrase,
  "an exported workspace opens elsewhere": exported,
  "a torn or damaged log opens with what is whole": torn,
  "a full disk is said, and nothing is lost": full,
  "an evicted workspace is told, a forgotten one is not": gone,
  "without a file system everything is in memory": memoryOnly,
};
