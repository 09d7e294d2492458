// Loads the module that follows other systems, when there is a connection, and performs what it plans: requests, timers,
// the gate's calls. What it does is in crates/courier.
import { call, entries } from "./net.js";

/** Numbers of our own requests to the engine lie above those of the page. */
const FIRST_ID = 2 ** 31;

/** First and longest pause before the gate's calls are listened to again. */
const LISTEN_MILLIS = [1_000, 60_000];

/** Longest time without a sign of life on the stream of calls. */
const SILENT_MILLIS_MAX = 90_000;

/** Changes of the workspace after which what is known of connections may be no more. */
const REPLACING = ["undo", "redo", "remove_source"];

export class Post {
  #toEngine;
  #toPage;
  #nextId = FIRST_ID;
  #asked = new Map();
  #rests = new Map();
  #courier = null;
  #listening = null;

  /** `toEngine` takes a message as the page sends it; `toPage` sends one to the page. */
  constructor(toEngine, toPage) {
    this.#toEngine = toEngine;
    this.#toPage = toPage;
  }

  /** Takes an errand of the page. */
  async deliver({ id, errand, file }) {
    if (errand === "calls") {
      this.#toPage({ id, delivery: { calls: { calls: entries(true) } } });
      return;
    }
    try {
      const courier = await this.#loaded();
      const bytes = file ? new Uint8Array(await file.arrayBuffer()) : undefined;
      courier.receive(id, errand, bytes);
    } catch (cause) {
      const message = `The part that follows other systems could not be loaded (${cause?.message ?? cause}).`;
      this.#toPage({ id, refused: { message, advice: "Check the connection and try again." } });
    }
  }

  /** Sees what goes out to the page; true for what is ours and not the page's. */
  sees({ id, outcome }) {
    const asked = this.#asked.get(id);
    if (asked) {
      if (outcome.progress) return true;
      this.#asked.delete(id);
      asked(outcome);
      return true;
    }
    return false;
  }

  /** Sees what the page asks the engine. */
  follows(message) {
    const request = message?.request;
    const kind = typeof request === "string" ? request : Object.keys(request ?? {})[0];
    const replaces = REPLACING.includes(kind) || kind === "storage";
    // After the engine has done it: our questions wait behind.
    if (replaces && this.#courier) setTimeout(async () => (await this.#courier).forget(), 0);
  }

  #loaded() {
    this.#courier ??= import("./wasm/courier.js").then(async (module) => {
      await module.default();
      const courier = new module.Courier(this.#world());
      await courier.open();
      return courier;
    });
    this.#courier.catch(() => (this.#courier = null));
    return this.#courier;
  }

  #world() {
    return {
      ask: (request, bytes) => this.#ask(request, bytes),
      send: (message) => this.#toPage(message),
      call: perform,
      rest: (name, millis) => this.#rest(name, millis),
      wake: (name) => this.#rests.get(name)?.(),
      listen: (address, token) => this.#listen(address, token),
      key: () => crypto.randomUUID(),
    };
  }

  #ask(request, bytes) {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.#toEngine({ version: 1, id, request, bytes });
    });
  }

  #rest(name, millis) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        if (this.#rests.get(name) === done) this.#rests.delete(name);
        resolve();
      };
      const timer = setTimeout(done, Math.min(millis, 2 ** 31 - 1));
      this.#rests.set(name, done);
    });
  }

  /** Listens to the gate's calls from now on, and to no other gate's. */
  #listen(address, token) {
    this.#listening?.abort();
    this.#listening = new AbortController();
    this.#hear(address, token, this.#listening.signal);
  }

  async #hear(address, token, signal) {
    let pause = LISTEN_MILLIS[0];
    while (!signal.aborted) {
      try {
        await this.#stream(address, token, signal, () => (pause = LISTEN_MILLIS[0]));
      } catch {
        // Broken or refused: it is tried again, and the connections look by themselves meanwhile.
      }
      if (signal.aborted) return;
      (await this.#courier)?.heard(false);
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
      pause = Math.min(pause * 2, LISTEN_MILLIS[1]);
    }
  }

  /** Reads server-sent events (the part of the format that the gate uses) until the stream ends. */
  async #stream(address, token, outer, isUp) {
    const silent = new AbortController();
    const stop = () => silent.abort();
    outer.addEventListener("abort", stop);
    let timer = setTimeout(stop, SILENT_MILLIS_MAX);
    try {
      const headers = { Accept: "text/event-stream", Authorization: `Bearer ${token}` };
      const { response, count } = await call(address, { headers, signal: silent.signal }, ["hints", ""]);
      if (!response.ok) throw new Error(`status ${response.status}`);
      const courier = await this.#courier;
      isUp();
      courier.heard(true);
      let text = "";
      const decoder = new TextDecoder();
      const reader = response.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(timer);
        timer = setTimeout(stop, SILENT_MILLIS_MAX);
        count(value.byteLength);
        text = (text + decoder.decode(value, { stream: true })).replaceAll("\r\n", "\n");
        const events = text.split("\n\n");
        text = events.pop();
        for (const event of events) this.#called(courier, event);
      }
    } finally {
      clearTimeout(timer);
      outer.removeEventListener("abort", stop);
    }
  }

  #called(courier, event) {
    const field = (name) =>
      event.split("\n").filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trim()).join("\n");
    if (field("event") === "missed") courier.hint(undefined);
    if (field("event") === "hint") courier.hint(upstreamOf(field("data")));
  }
}

/** The name of the upstream in a hint. */
function upstreamOf(data) {
  try {
    return JSON.parse(data).upstream ?? undefined;
  } catch {
    return data || undefined;
  }
}

/** One request of a connection, whole. */
async function perform(method, address, headers, body, purpose) {
  const options = { method, headers: headers.filter(([name]) => name), body, redirect: method === "GET" ? "follow" : "error" };
  const { response, count } = await call(address, options, purpose);
  const received = new Uint8Array(await response.arrayBuffer());
  count(received.byteLength);
  return { status: response.status, headers: [...response.headers], body: received };
}
