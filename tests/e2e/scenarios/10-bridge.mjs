// The worker behind the page, spoken to directly: the protocol, and the same bytes as the native engine.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { ROOT } from "../lib/servers.mjs";

const ANSWERS = process.env.DESIREPATH_NATIVE_ANSWERS ?? path.join(ROOT, "target/e2e/native");

const QUESTIONS = {
  map: { kind: "map", query: { activities_ratio: null, paths_ratio: null } },
  graph: { kind: "graph" },
  variants: { kind: "variants", offset: 0, limit: 100 },
  cases: { kind: "cases", selection: { kind: "all" }, offset: 0, limit: 100 },
};

/** Runs in the page: a worker with `ask`, which resolves to every outcome of one request. */
function installBench() {
  // On the wire an enumeration is its name, or its name with its fields.
  const wire = ({ kind, ...fields }) => (Object.keys(fields).length ? { [kind]: fields } : kind);
  const told = (value) => {
    if (typeof value === "string") return { kind: value };
    const [[kind, fields]] = Object.entries(value);
    return { kind, ...fields };
  };
  const outcomeOf = (data) => {
    const outcome = told(data.outcome);
    return outcome.reply ? { ...outcome, reply: told(outcome.reply) } : outcome;
  };
  window.bench = () => {
    const worker = new Worker(new URL("worker.js", location.href), { type: "module" });
    const open = new Map();
    const said = [];
    worker.onmessage = (event) => {
      const data = { ...event.data, outcome: outcomeOf(event.data) };
      said.push(data);
      const request = open.get(data.id);
      if (!request) return;
      request.outcomes.push(data.outcome);
      request.onOutcome?.(data.outcome);
      if (data.outcome.kind === "progress") return;
      open.delete(data.id);
      request.resolve({ outcomes: request.outcomes, last: data.outcome, bulk: data.bulk });
    };
    let nextId = 1;
    const ask = (request, more = {}, onOutcome = null) => {
      const id = more.id ?? nextId++;
      const answer = new Promise((resolve) => open.set(id, { resolve, outcomes: [], onOutcome }));
      worker.postMessage({ version: 1, id, request: wire(request), ...more }, more.bytes instanceof ArrayBuffer ? [more.bytes] : []);
      answer.id = id;
      return answer;
    };
    const planOf = ({ name, format, mapping, time }) => ({
      name, format, mapping, date_order: time.date_order, zone_offset_minutes: time.zone_offset_minutes,
    });
    const inspect = async (name, file) => {
      const { last } = await ask({ kind: "inspect", name }, { file });
      if (last.kind !== "done") throw new Error(last.failure?.message ?? last.kind);
      return planOf(last.reply.preview);
    };
    const hex = async (buffer) =>
      Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", buffer)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    return { worker, ask, inspect, said, hex, end: () => worker.terminate() };
  };
  /** A deterministic log of about the given size, as a file. */
  window.bigLog = (nRows) => {
    const parts = ["customer,activity,time\n"];
    for (let row = 0; row < nRows; row += 1) {
      const time = new Date(1.7e12 + row * 1000).toISOString();
      parts.push(`customer ${(row * 7919) % 20011},activity ${(row * row) % 17},${time}\n`);
    }
    return new File(parts, "big.csv");
  };
}

/** A page of the site that starts no worker of its own. */
async function bench(desk) {
  const view = await desk.open({ address: new URL("icon.svg", desk.site).href });
  await view.page.evaluate(installBench);
  return view.page;
}

async function sameBytes(desk) {
  const { createHash } = await import("node:crypto");
  const page = await bench(desk);
  assert.ok(existsSync(ANSWERS), `${ANSWERS} is missing: run \`cargo xtask test --only e2e\``);
  const logs = (await readdir(ANSWERS)).sort();
  assert.ok(logs.length >= 5, "there are logs to compare");
  for (const log of logs) {
    const folder = path.join(ANSWERS, log);
    const bytes = await readFile(await readFile(path.join(folder, "path.txt"), "utf8"));
    const answers = await page.evaluate(async ({ log, base64, questions }) => {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      const { ask, inspect, hex, end } = window.bench();
      const file = new File([bytes], log);
      const answers = {};
      try {
        const plan = await inspect(log, file);
        const { last } = await ask({ kind: "import", plan }, { file });
        if (last.kind !== "done") throw new Error(last.failure?.message ?? last.kind);
        for (const [name, request] of Object.entries(questions)) {
          const { bulk } = await ask(request);
          answers[name] = await hex(bulk);
        }
      } catch (cause) {
        answers.failure = cause.message;
      }
      end();
      return answers;
    }, { log, base64: bytes.toString("base64"), questions: QUESTIONS });
    const failure = path.join(folder, "failure.txt");
    const expected = existsSync(failure) ? { failure: await readFile(failure, "utf8") } : {};
    for (const name of existsSync(failure) ? [] : Object.keys(QUESTIONS)) {
      expected[name] = createHash("sha256").update(await readFile(path.join(folder, `${name}.bin`))).digest("hex");
    }
    assert.deepEqual(answers, expected, `${log}: the browser answers what the native engine answers, byte by byte`);
  }
  console.log(`      ${logs.length} logs compared: ${logs.join(", ")}`);
}

async function answersEverything(desk) {
  const page = await bench(desk);
  const seen = await page.evaluate(async () => {
    const { ask, worker, said, end } = window.bench();
    const odd = (message) => new Promise((resolve) => {
      const before = said.length;
      worker.postMessage(message);
      const timer = setInterval(() => {
        if (said.length > before) {
          clearInterval(timer);
          resolve(said.at(-1));
        }
      }, 5);
    });
    const ready = await ask({ kind: "sources" });
    const seen = {
      first: said[0],
      sources: ready.last,
      version: await odd({ version: 99, id: 71, request: "graph" }),
      unknown: await odd({ version: 1, id: 72, request: "sing" }),
      empty: await odd({}),
      text: await odd("hello"),
      nothing: await odd(null),
      noFile: (await ask({ kind: "inspect", name: "x.csv" })).last,
      badAppend: (await ask({ kind: "append", name: "x", plan: null }, { bytes: new TextEncoder().encode("[1, 2").buffer })).last,
      cancelNothing: (await ask({ kind: "cancel", id: 12345 })).last,
      after: (await ask({ kind: "sources" })).last,
    };
    end();
    return seen;
  });
  assert.deepEqual(seen.first, { id: 0, outcome: { kind: "ready", version: 1 } }, "the first message says ready");
  assert.deepEqual(seen.sources, { kind: "done", reply: { kind: "sources", sources: [] } }, "a new workspace is empty");
  for (const [name, id] of [["version", 71], ["unknown", 72], ["empty", 0], ["text", 0], ["nothing", 0]]) {
    assert.equal(seen[name].outcome.kind, "failed", `${name} is answered with a failure`);
    assert.equal(seen[name].id, id, `${name} is answered under its number`);
  }
  assert.match(seen.version.outcome.failure.message, /protocol 99/, "it names the version");
  for (const name of ["noFile", "badAppend"]) assert.equal(seen[name].kind, "failed", `${name} is answered with a failure`);
  assert.deepEqual(seen.cancelNothing, { kind: "done", reply: { kind: "done" } }, "nothing to cancel is fine");
  assert.deepEqual(seen.after, seen.sources, "and after all that nothing has changed");
}

async function longWork(desk) {
  const page = await bench(desk);
  const seen = await page.evaluate(async () => {
    const { ask, inspect, end } = window.bench();
    const file = window.bigLog(600_000);
    const plan = await inspect("big.csv", file);
    const order = [];
    // Stopped at its first progress message: the page can still reach the worker while it reads.
    let stop = null;
    const cancelled = ask({ kind: "import", plan }, { file }, (outcome) => {
      if (outcome.kind === "progress" && !stop) stop = ask({ kind: "cancel", id: cancelled.id });
    });
    const first = await cancelled;
    const afterCancel = (await ask({ kind: "sources" })).last.reply.sources.length;
    // Two imports and questions in between.
    const small = new File(["customer,activity,time\na,x,2024-01-01\na,y,2024-01-02\n"], "small.csv");
    const smallPlan = await inspect("small.csv", small);
    const big = ask({ kind: "import", plan }, { file }).then((answer) => (order.push("big"), answer));
    const next = ask({ kind: "import", plan: smallPlan }, { file: small }).then((answer) => (order.push("small"), answer));
    const during = await ask({ kind: "sources" });
    order.push("question");
    const [bigDone, smallDone] = await Promise.all([big, next]);
    const sources = (await ask({ kind: "sources" })).last.reply.sources;
    end();
    return {
      first: first.outcomes.map(({ kind }) => kind), afterCancel, order, during: during.last.reply.sources.length,
      progress: bigDone.outcomes.filter(({ kind }) => kind === "progress").map(({ progress }) => progress),
      kinds: [bigDone.last.kind, smallDone.last.kind], size: file.size,
      sources: sources.map(({ name, n_events, n_rows }) => ({ name, n_events, n_rows })),
    };
  });
  assert.equal(seen.first.at(-1), "cancelled", "the import was stopped");
  assert.equal(seen.afterCancel, 0, "a stopped import leaves nothing behind");
  assert.deepEqual(seen.order, ["question", "big", "small"], "questions are answered meanwhile; imports keep their order");
  assert.equal(seen.during, 0, "an import shows only when it is complete");
  assert.deepEqual(seen.kinds, ["done", "done"], "both imports succeed");
  assert.deepEqual(seen.sources, [
    { name: "big.csv", n_events: 600_000, n_rows: 600_000 },
    { name: "small.csv", n_events: 2, n_rows: 2 },
  ], "every row arrived once");
  const bytes = seen.progress.map(({ n_bytes }) => n_bytes);
  assert.ok(bytes.length >= 2, `progress is told while a file of ${seen.size} bytes is read (${bytes})`);
  assert.deepEqual(bytes, [...bytes].sort((a, b) => a - b), "progress never goes back");
  assert.ok(seen.progress.every(({ n_bytes_total }) => n_bytes_total === seen.size), "the size is known");
}

export default {
  "the worker answers every message, odd ones too": answersEverything,
  "long imports report, stop when asked, and keep out of each other's way": longWork,
  "every answer is the native engine's, byte by byte": sameBytes,
};
