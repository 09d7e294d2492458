// The real gate with the site behind it, and servers that nobody here wrote: Prism, which answers as a vendor's own
// document says, and django-helpdesk, a helpdesk with an API and pages for its clerks.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { ROOT } from "./servers.mjs";

/** Longest wait for a server to listen. */
const START_MILLIS_MAX = 120_000;

export const TOKEN = "a-session-token-of-the-scenario-0123456789";

/** With this the helpdesk signs its calls. */
const CALL_SECRET = "a-secret-of-helpdesk-and-gate-0123456789";

export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listens(port, child) {
  const giveUp = Date.now() + START_MILLIS_MAX;
  while (Date.now() < giveUp) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${child.said}`);
    const answers = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(5_000) }).then(() => true, () => false);
    if (answers) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`nothing listens on ${port}: ${child.said}`);
}

function start(program, args, options = {}) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  child.said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (child.said = (child.said + chunk).slice(-2_000)));
  return child;
}

/**
 * Starts the gate, which serves the site too. `upstreams` are tables of its configuration without their heads; those in
 * `called` have a webhook of their name, signed as GitHub does with CALL_SECRET.
 */
export async function startGate(upstreams, { called = [], port } = {}) {
  const program = process.env.DESIREPATH_PROXY ?? path.join(ROOT, "target/debug/desirepath-proxy");
  const folder = await mkdtemp(path.join(os.tmpdir(), "desirepath-gate-"));
  port ??= await freePort();
  const lines = [`listen = "127.0.0.1:${port}"`, `hosts = ["127.0.0.1:${port}"]`, `site = ${JSON.stringify(path.join(ROOT, "site"))}`];
  lines.push("[access]", 'tokens = [{ name = "scenario", secret = { env = "SCENARIO_TOKEN" } }]');
  for (const [name, { base, allow, auth }] of Object.entries(upstreams)) {
    lines.push(`[upstream.${name}]`, `base = "${base}"`, `allow = ${JSON.stringify(allow)}`, "allow_private = true");
    if (auth) lines.push(`auth = ${auth}`);
  }
  for (const name of called) {
    lines.push(`[webhook.${name}]`, 'style = "github"', 'secret = { env = "SCENARIO_CALLS" }', `upstream = "${name}"`);
  }
  const config = path.join(folder, "gate.toml");
  await writeFile(config, lines.join("\n"));
  const env = { ...process.env, SCENARIO_TOKEN: TOKEN, SCENARIO_KEY: "a-key-that-no-browser-sees", SCENARIO_PASSWORD: "desk", SCENARIO_CALLS: CALL_SECRET };
  const child = start(program, [config], { env });
  await listens(port, child);
  return {
    address: `http://127.0.0.1:${port}/`,
    /** Listens to the gate's calls as another tab would; the times of those that came, and a way to stop. */
    async listen() {
      const stop = new AbortController();
      const headers = { authorization: `Bearer ${TOKEN}`, accept: "text/event-stream" };
      const response = await fetch(`http://127.0.0.1:${port}/proxy/hints`, { headers, signal: stop.signal });
      const times = [];
      (async () => {
        for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
          if (piece.includes("event: hint")) times.push(Date.now());
        }
      })().catch(() => {});
      return { times, close: () => stop.abort() };
    },
    async close() {
      child.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Answers as a document says; `null`, said loudly, where document or Prism are missing. */
export async function startPrism(document) {
  const program = path.join(ROOT, "tests/e2e/node_modules/.bin/prism");
  if (!document || !existsSync(program)) {
    console.log("SKIPPED: the vendors' documents or Prism are not here");
    return null;
  }
  const port = await freePort();
  const child = start(process.execPath, [program, "mock", "--port", String(port), document]);
  await listens(port, child);
  return { address: `http://127.0.0.1:${port}`, close: () => child.kill() };
}

/** A helpdesk with 30 tickets, which calls an address when one changes; `null`, said loudly, where it is not installed. */
export async function startHelpdesk(callAddress) {
  const python = process.env.DESIREPATH_HELPDESK ?? path.join(ROOT, "target/e2e/python/bin/python");
  if (!existsSync(python)) {
    console.log("SKIPPED: the helpdesk is not installed; `cargo xtask test --only e2e` does it");
    return null;
  }
  const folder = path.join(ROOT, "target/e2e/helpdesk-data");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const env = { ...process.env, CALL_ADDRESS: callAddress, CALL_SECRET };
  const child = start(python, [path.join(ROOT, "tests/e2e/lib/serve_helpdesk.py"), folder, String(port)], { env });
  await listens(port, child);
  const address = `http://127.0.0.1:${port}`;
  const authorization = `Basic ${Buffer.from("desk:desk").toString("base64")}`;
  return {
    address,
    /** Asks it as another program would, past the gate. */
    async ask(method, target, body) {
      const headers = { authorization, "content-type": "application/json", accept: "application/json" };
      const response = await fetch(`${address}${target}`, { method, headers, body: body && JSON.stringify(body) });
      if (!response.ok) throw new Error(`${method} ${target}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    close: () => child.kill(),
  };
}

/** Somebody at the helpdesk, in front of its own pages. */
export class Clerk {
  #page;
  #address;

  static async signIn(browser, { address }) {
    const context = await browser.newContext({ viewport: { width: 1200, height: 1400 } });
    const page = await context.newPage();
    await page.goto(`${address}/login/?next=/tickets/1/`);
    await page.locator("[name=username]").fill("desk");
    await page.locator("[name=password]").fill("desk");
    await page.locator("[name=password]").press("Enter");
    await page.waitForURL(/tickets\/1/);
    const clerk = new Clerk();
    [clerk.#page, clerk.#address] = [page, address];
    return clerk;
  }

  /** What the page of a ticket says. */
  async ticket(number) {
    await this.#page.goto(`${this.#address}/tickets/${number}/`);
    return this.#page.locator("body").innerText();
  }

  /** Answers a ticket and puts it into a state, such as `resolved`; returns when that was sent. */
  async answer(number, { comment, state }) {
    await this.ticket(number);
    await this.#page.getByRole("tab", { name: "Respond" }).click();
    const form = this.#page.locator("#ticket-respond-form");
    await form.locator("#commentBox").fill(comment);
    await form.locator(`#st_${state}`).check();
    const sent = Date.now();
    await form.getByRole("button", { name: "Save" }).click();
    await this.#page.getByText(comment).first().waitFor();
    return sent;
  }

  close() {
    return this.#page.context().close();
  }
}
