#!/usr/bin/env -S node --no-warnings --no-turbo-fast-api-calls
// Runs one WebAssembly test binary with Node's own WASI. Cargo calls it as the runner of target wasm32-wasip1.
// V8's fast calls stay off: through them, WASI of Node 20 writes to where the memory was before it last grew.
// The tests see the workspace's files and the public logs beside it, under the paths they ask for, and nothing else.
import { existsSync, realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { WASI } from "node:wasi";

const [binary, ...args] = process.argv.slice(2);
const root = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "");
const beside = `${root}/../shared/data`;
const wasi = new WASI({
  version: "preview1",
  args: [binary, ...args],
  env: { RUST_BACKTRACE: process.env.RUST_BACKTRACE ?? "0", PROPTEST_CASES: process.env.PROPTEST_CASES ?? "64" },
  preopens: { [root]: root, ".": process.cwd(), ...(existsSync(beside) ? { [beside]: realpathSync(beside) } : {}) },
});
const module = await WebAssembly.compile(await readFile(binary));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
process.exitCode = wasi.start(instance);
