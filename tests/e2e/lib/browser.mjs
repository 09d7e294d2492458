// One Chromium for all scenarios; every scenario gets a page of its own that keeps what went wrong on it.
import { spawn } from "node:child_process";
import { chromium } from "playwright-core";

const CANDIDATES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const ARGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

const program = () => process.env.DESIREPATH_CHROMIUM ?? CANDIDATES[0];

export async function launch() {
  return chromium.launch({ executablePath: program(), args: ARGS });
}

/** A Chromium of its own whose files stay in a folder, as a person's do; `kill` ends it as a power cut would. */
export async function launchWithProfile(folder) {
  const args = [...ARGS, `--user-data-dir=${folder}`, "--remote-debugging-port=0", "about:blank"];
  const child = spawn(program(), args, { detached: true, stdio: ["ignore", "ignore", "pipe"] });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const address = await new Promise((resolve, reject) => {
    let text = "";
    child.stderr.on("data", (chunk) => {
      text += chunk;
      const found = text.match(/DevTools listening on (ws:\S+)/);
      if (found) resolve(found[1]);
    });
    child.once("exit", (code) => reject(new Error(`Chromium ended with ${code}: ${text}`)));
  });
  const browser = await chromium.connectOverCDP(address);
  const [context] = browser.contexts();
  return {
    context,
    async kill() {
      // The whole group: a renderer that outlives its browser would go on writing.
      process.kill(-child.pid, "SIGKILL");
      await exited;
    },
    async close() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

/** Runs in the page before anything of it: notes policy violations and every worker that is started. */
function instrument() {
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });
  window.startedWorkers = [];
  window.Worker = class extends Worker {
    constructor(...args) {
      super(...args);
      window.startedWorkers.push(this);
    }
  };
}

/** A page with its faults: uncaught errors, console errors, policy violations, and the requests it made. */
export async function openPage(browser, { address, width = 1440, height = 900, theme = "light", locale = "en-GB" }) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale, acceptDownloads: true });
  await context.addInitScript(instrument);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const faults = [];
  const requests = [];
  page.on("pageerror", (error) => faults.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(`console: ${message.text()}`);
  });
  context.on("request", (request) => requests.push(request.url()));
  await page.goto(address);
  return {
    page,
    context,
    requests,
    /** Everything that must not have happened, by now. */
    faults: async () => [...faults, ...(await page.evaluate(() => window.violations)).map((text) => `policy: ${text}`)],
    close: () => context.close(),
  };
}
