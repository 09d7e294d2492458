// How long the worker takes to read OpenAPI documents: `node tests/bench/documents.mjs [ROUNDS]`.
//
// Reads the largest official documents that lie beside the workspace, and two of 10 MB that are made of SendGrid's (JSON) and
// Intercom's (YAML) under further paths. The time is the worker's own, from the bytes to the lists that were found. The site must be built
// (`cargo xtask build`), and the browser scenarios' packages installed (`npm ci` in tests/e2e).
import { readFile } from "node:fs/promises";
import { launch, openPage } from "../e2e/lib/browser.mjs";
import { Product, publicLog } from "../e2e/lib/product.mjs";
import { serveSite } from "../e2e/lib/servers.mjs";

const nRounds = Number(process.argv[2] ?? "5");
/** What the document is to have that is made of parts of another one. */
const MADE_BYTES = 10_000_000;

/** A document of at least so many bytes: another one, and copies of its paths. */
function made(text) {
  const document = JSON.parse(text);
  const paths = Object.entries(document.paths);
  for (let copy = 1; ; copy += 1) {
    for (const [path, item] of paths) document.paths[`/copy${copy}${path}`] = item;
    const buffer = Buffer.from(JSON.stringify(document, null, 2));
    if (buffer.length >= MADE_BYTES) return buffer;
  }
}

/** The same of a document in YAML, whose paths are the lines between `paths:` and the next name at the margin. */
function madeOfYaml(text) {
  const [, before, paths, after] = text.match(/^([^]*?^paths:\n)([^]*?)(^[a-z][^]*)$/m);
  let more = "";
  for (let copy = 1; before.length + more.length + after.length < MADE_BYTES; copy += 1) {
    more += copy === 1 ? paths : paths.replaceAll(/^( {2}"?)\//gm, `$1/copy${copy}/`);
  }
  return Buffer.from(before + more + after);
}

const documents = [];
for (const name of ["intercom/api.intercom.io.yaml", "slack/slack_web_openapi_v2.json", "sendgrid/oai.json", "twilio/twilio_conversations_v1.json"]) {
  const file = publicLog(`openapi-official/${name}`);
  if (!file) throw new Error(`there is no ${name} beside the workspace; DESIREPATH_DATA says where to look`);
  const buffer = await readFile(file);
  documents.push({ name, buffer });
  if (name.startsWith("intercom")) documents.push({ name: "made of Intercom's.yaml", buffer: madeOfYaml(buffer.toString()) });
  if (name.startsWith("sendgrid")) documents.push({ name: "made of SendGrid's.json", buffer: made(buffer.toString()) });
}

const site = await serveSite("/");
const browser = await launch();
try {
  for (const { name, buffer } of documents) {
    const times = [];
    let told = "";
    for (let round = 0; round < nRounds; round += 1) {
      const view = await openPage(browser, { address: site.address });
      const product = new Product(view.page);
      await product.ready();
      await product.part("open-connections").click();
      await product.part("document-file").setInputFiles({ name: name.split("/").at(-1), mimeType: "application/json", buffer });
      const facts = product.part("document-facts");
      await facts.waitFor({ timeout: 60_000 });
      times.push(Number(await facts.getAttribute("data-millis")));
      told = (await facts.innerText()).replaceAll("\n", " ");
      await view.close();
    }
    const sorted = times.toSorted((a, b) => a - b);
    const middle = sorted[Math.floor(sorted.length / 2)];
    console.log(`${name}: ${(buffer.length / 1e6).toFixed(1)} MB, fastest ${sorted[0]} ms, median ${middle} ms of ${nRounds} (${told})`);
  }
} finally {
  await browser.close();
  site.close();
}
