// Files that are broken, hostile or enormous: a clear message each, and what was loaded stays as it was.
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import path from "node:path";
import { assertNoFaults, LOGS, Product } from "../lib/product.mjs";

const text = (name, content) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(content) });

/** A gzip bomb: a small file whose content is a gigabyte of nothing, made of one repeated compressed member. */
function gzipBomb() {
  const member = gzipSync(Buffer.alloc(16 << 20), { level: 9 });
  return { name: "bomb.csv.gz", mimeType: "application/gzip", buffer: Buffer.concat(Array(64).fill(member)) };
}

const HOPELESS = [
  text("empty.csv", ""),
  text("blank.csv", "\n\n  \n"),
  { name: "picture.csv", mimeType: "text/csv", buffer: Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 197) % 256)) },
  text("header only.csv", "customer,activity,time\n"),
  text("no time.csv", "customer,activity\nada,visited shop\nben,placed order\n"),
  text("one line.csv", `customer,activity,time ${"x".repeat(10_000_000)}`),
  text("broken.xes", '<?xml version="1.0"?><log><trace><event><string key="concept:name" value="a"/></trace>'),
  text("broken.json", '[{"customer": "ada", "activity": '),
  text("not numbers.csv", "customer,activity,time\nada,x,NaN\nada,y,1e999\nben,z,999999999999999999999999\n"),
  gzipBomb(),
];

async function hopeless(desk) {
  const view = await desk.open();
  const { page } = view;
  const product = new Product(page);
  await product.ready();
  await product.importFile(path.join(LOGS, "shop.csv"));
  const before = await product.tables();
  await product.tab("map").click();
  for (const file of HOPELESS) {
    await product.choose(file);
    const said = await product.refusal();
    assert.ok(said.includes(file.name), `the message names ${file.name}: ${said}`);
    console.log(`      ${file.name}: ${said.replaceAll(/\s+/g, " ").slice(0, 160)}`);
    await product.dismissAlerts();
  }
  await product.showsTotals(14, 4);
  assert.deepEqual(await product.tables(), before, "nothing that was loaded has changed");
  await assertNoFaults(view);
}

async function words(desk) {
  const view = await desk.open();
  const { page } = view;
  const product = new Product(page);
  await product.ready();
  const title = await page.title();
  await product.importFile(path.join(LOGS, "words.json"));
  const { activities } = await product.tables();
  const names = activities.map(([name]) => name);
  const script = "<script>document.title='broken'</script>";
  for (const name of [script, `<img src=x onerror="document.title='broken'">`, "ביקר בחנות", "Zoe\u0308 fragte nach", "👩‍👩‍👧 family call"]) {
    assert.ok(names.includes(name), `${name} stands in the table as it is in the file`);
  }
  await product.tab("map").click();
  await product.openMark(product.node(script));
  await product.part("case").first().click();
  await product.part("event").first().waitFor();
  assert.equal(await page.title(), title, "nothing in the data ran");
  assert.equal(await product.root.locator("img[src=x], script").count(), 0, "nothing in the data became markup");
  await assertNoFaults(view);
}

export default {
  "hopeless files are refused by name and change nothing": hopeless,
  "names in any script show as text, and scripts too": words,
};
