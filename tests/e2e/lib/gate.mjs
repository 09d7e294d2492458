// The real gate with the site behind it, and servers that nobody here wrote: Prism, which answers as a vendor's own
// document says, and django-helpdesk, a helpdesk with an API.
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

async function freePort() {
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

/** Starts the gate, which serves the site too. `upstreams` are tables of its configuration without their heads. */
export async function startGate(upstreams) {
  const program = process.env.DESIREPATH_PROXY ?? path.join(ROOT, "target/debug/desirepath-proxy");
  const folder = await mkdtemp(path.join(os.tmpdir(), "desirepath-gate-"));
  const port = await freePort();
  const lines = [`listen = "127.0.0.1:${port}"`, `hosts = ["127.0.0.1:${port}"]`, `site = ${JSON.stringify(path.join(ROOT, "site"))}`];
  lines.push("[access]", 'tokens = [{ name = "scenario", secret = { env = "SCENARIO_TOKEN" } }]');
  for (const [name, { base, allow, auth }] of Object.entries(upstreams)) {
    lines.push(`[upstream.${name}]`, `base = "${base}"`, `allow = ${JSON.stringify(allow)}`, "allow_private = true");
    if (auth) lines.push(`auth = ${auth}`);
  }
  const config = path.join(folder, "gate.toml");
  await writeFile(config, lines.join("\n"));
  const env = { ...process.env, SCENARIO_TOKEN: TOKEN, SCENARIO_KEY: "a-key-that-no-browser-sees", SCENARIO_PASSWORD: "desk" };
  const child = start(program, [config], { env });
  await listens(port, child);
  return {
    address: `http://127.0.0.1:${port}/`,
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

/** A helpdesk with 30 tickets; `null`, said loudly, where its package is not installed. */
export async function startHelpdesk() {
  const python = process.env.DESIREPATH_HELPDESK;
  if (!python) {
    console.log("SKIPPED: DESIREPATH_HELPDESK names no Python with the packages django-helpdesk, uritemplate and inflection");
    return null;
  }
  const folder = path.join(ROOT, "target/e2e/helpdesk-data");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const child = start(python, [path.join(ROOT, "tests/e2e/lib/serve_helpdesk.py"), folder, String(port)]);
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
