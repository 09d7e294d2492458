// Runs the browser scenarios, one after another: `node tests/e2e/run.mjs [part of a name]`.
// `cargo xtask test --only e2e` builds what they need first.
import { mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { launch, openPage } from "./lib/browser.mjs";
import { serveHostPage, serveSite } from "./lib/servers.mjs";

/** Longest time of one scenario. */
const SCENARIO_MILLIS_MAX = 180_000;

const here = fileURLToPath(new URL(".", import.meta.url));
const shots = path.join(here, "shots");
const wanted = process.argv[2] ?? "";

async function loadScenarios() {
  const files = (await readdir(path.join(here, "scenarios"))).filter((name) => name.endsWith(".mjs")).sort();
  const scenarios = [];
  for (const file of files) {
    const module = await import(new URL(`scenarios/${file}`, import.meta.url));
    for (const [name, run] of Object.entries(module.default)) {
      scenarios.push({ name: `${file.replace(".mjs", "")}: ${name}`, run });
    }
  }
  return scenarios.filter(({ name }) => name.includes(wanted));
}

/** What a scenario works with; it ends what the scenario opened, and keeps a picture when it failed. */
function desk(browser, site, host) {
  const views = [];
  return {
    site,
    host,
    browser,
    shots,
    async open(options = {}) {
      const view = await openPage(browser, { address: site, ...options });
      views.push(view);
      return view;
    },
    async end(name, failed) {
      for (const [at, view] of views.entries()) {
        if (failed) {
          const file = path.join(shots, `failed ${name.replaceAll(/\W+/g, "-")} ${at}.png`);
          await view.page.screenshot({ path: file }).catch(() => {});
          console.log(`      page ${at}: ${(await view.faults().catch(() => [])).join("\n              ") || "no faults"}`);
        }
        await view.close();
      }
    },
  };
}

async function runOne({ name, run }, makeDesk) {
  const started = performance.now();
  const table = makeDesk();
  let error = null;
  let timer;
  try {
    const overdue = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${SCENARIO_MILLIS_MAX / 1000} s`)), SCENARIO_MILLIS_MAX);
    });
    await Promise.race([run(table), overdue]);
  } catch (cause) {
    error = cause;
  }
  clearTimeout(timer);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${error ? "FAILED" : "ok    "} ${name} (${seconds} s)`);
  if (error) console.log(`      ${String(error.stack ?? error).replaceAll("\n", "\n      ")}`);
  await table.end(name, error !== null);
  return error === null;
}

await mkdir(shots, { recursive: true });
const scenarios = await loadScenarios();
const site = await serveSite("/some/sub/path/");
const host = await serveHostPage(site.address);
const browser = await launch();
let nPassed = 0;
for (const scenario of scenarios) {
  if (await runOne(scenario, () => desk(browser, site.address, host.address))) nPassed += 1;
}
await browser.close();
host.close();
site.close();

const nFailed = scenarios.length - nPassed;
const result = process.env.DESIREPATH_RESULT;
if (result) {
  await mkdir(path.dirname(result), { recursive: true });
  await writeFile(result, `${nPassed} ${nFailed}\n`);
} else {
  console.log(`${nPassed} passed, ${nFailed} failed`);
}
// A run without a single scenario is a mistake in the name, not a success.
process.exitCode = nFailed > 0 || scenarios.length === 0 ? 1 : 0;
