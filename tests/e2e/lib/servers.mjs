// The two origins of the scenarios: the product's own server, and a host page of somebody else.
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Serves the built site under a sub-path with `cargo xtask serve`; resolves to its address and a way to end it. */
export async function serveSite(prefix) {
  const args = ["serve", "--no-build", "--port", "0", "--prefix", prefix];
  const xtask = process.env.DESIREPATH_XTASK;
  const [program, programArgs] = xtask ? [xtask, args] : ["cargo", ["--quiet", "xtask", ...args]];
  const child = spawn(program, programArgs, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  const address = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      const found = text.match(/http:\/\/\S+/);
      if (found) resolve(found[0]);
    });
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`the site's server ended with ${code}`)));
  });
  return { address, close: () => child.kill() };
}

const MIME = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css" };

/**
 * Serves the example page as another company would: from its own origin, under its own strict policy,
 * with the address of the element changed to where the product lives, as the example's comment says.
 */
export async function serveHostPage(siteAddress) {
  const folder = path.join(ROOT, "web/examples");
  const { origin } = new URL(siteAddress);
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${origin} 'wasm-unsafe-eval'`,
    `style-src 'self' ${origin}`,
    `connect-src ${origin}`,
    "worker-src blob:",
  ].join("; ");
  const server = http.createServer(async (request, response) => {
    const name = path.basename(new URL(request.url, "http://host").pathname);
    try {
      let content = await readFile(path.join(folder, name), "utf8");
      if (name.endsWith(".html")) content = content.replace("../element.js", new URL("element.js", siteAddress).href);
      response.writeHead(200, {
        "content-type": MIME[path.extname(name)] ?? "application/octet-stream",
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
      });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}
