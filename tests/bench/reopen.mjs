// How long a kept workspace takes from navigation to its drawn map: `node tests/bench/reopen.mjs ROWS.csv [ROUNDS]`.
//
// ROWS.csv is what `cargo xtask bench` leaves in target/bench; the site must be built (`cargo xtask build`), and the
// browser scenarios' packages installed (`npm ci` in tests/e2e).
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { launchWithProfile } from "../e2e/lib/browser.mjs";
import { Product } from "../e2e/lib/product.mjs";
import { serveSite } from "../e2e/lib/servers.mjs";

const [file, nRounds = "15"] = process.argv.slice(2);

/** Runs in the page before anything of it: notes when the first mark of the map stands in the document. */
function watch() {
  window.drawn = new Promise((resolve) => {
    const look = () => {
      const root = document.querySelector("journey-map")?.shadowRoot;
      if (!root?.querySelector("[data-testid=node]")) return requestAnimationFrame(look);
      // The frame that shows it is over when the task after it begins.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        const steps = performance.getEntriesByType("mark").map((mark) => [mark.name, mark.startTime]);
        resolve({ millis: performance.now(), steps });
      };
      requestAnimationFrame(() => port2.postMessage(null));
    };
    requestAnimationFrame(look);
  });
}

const folder = await mkdtemp(path.join(os.tmpdir(), "desirepath-reopen-"));
const site = await serveSite("/");
const browser = await launchWithProfile(folder);
try {
  const page = await browser.context.newPage();
  page.setDefaultTimeout(120_000);
  await page.goto(site.address);
  const product = new Product(page);
  await product.ready();
  await product.importFile(file);
  await product.root.locator('[data-testid="storage"][data-mode="saved"]').waitFor();
  await page.waitForTimeout(3_000);
  await page.addInitScript(watch);
  const rounds = [];
  for (let round = 0; round < Number(nRounds); round += 1) {
    await page.goto("about:blank");
    await page.waitForTimeout(300);
    await page.goto(site.address, { waitUntil: "commit" });
    const { millis, steps } = await page.evaluate(() => window.drawn);
    rounds.push(millis);
    const told = steps.map(([name, at]) => `${name} ${at.toFixed(0)}`).join(", ");
    console.log(`${millis.toFixed(0)} ms${told && `   (${told})`}`);
    // What the browser compiles better in the background is kept once the page has been open for a while.
    await page.waitForTimeout(1_500);
  }
  const sorted = rounds.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  console.log(`fastest ${sorted[0].toFixed(0)} ms, median ${middle.toFixed(0)} ms of ${sorted.length}`);
} finally {
  await browser.kill().catch(() => {});
  site.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
