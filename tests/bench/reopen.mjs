// How long a kept workspace takes from navigation to its drawn map, and until all of it is read:
// `node tests/bench/reopen.mjs ROWS.csv [ROUNDS]`.
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

/** Runs in the page before anything of it: notes when the map stands in the document, and when all is read. */
function watch() {
  const seen = (selector) => new Promise((resolve) => {
    const look = () => {
      const root = document.querySelector("journey-map")?.shadowRoot;
      if (!root?.querySelector(selector)) return requestAnimationFrame(look);
      // The frame that shows it is over when the task after it begins.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve(performance.now());
      requestAnimationFrame(() => port2.postMessage(null));
    };
    requestAnimationFrame(look);
  });
  window.seen = Promise.all([seen("[data-testid=node]"), seen('[data-testid="storage"][data-mode="saved"]')]);
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
    const [drawn, read] = await page.evaluate(() => window.seen);
    rounds.push(drawn);
    console.log(`drawn after ${drawn.toFixed(0)} ms, read after ${read.toFixed(0)} ms`);
    // As long as it takes until the map is kept for the next time.
    await page.waitForTimeout(2_500);
  }
  const sorted = rounds.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  console.log(`drawn: fastest ${sorted[0].toFixed(0)} ms, median ${middle.toFixed(0)} ms of ${sorted.length}`);
} finally {
  await browser.kill().catch(() => {});
  site.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
