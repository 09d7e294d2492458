// Defines <journey-map>: a shadow root with its styles, the screen from crates/ui, and a worker of its own.

import { entries } from "./net.js";

const here = (path) => new URL(path, import.meta.url);

/** The screen's module, loaded once a page however many maps there are. A failure may be tried again. */
let screen = null;

function loadScreen() {
  screen ??= fetchScreen();
  screen.catch(() => (screen = null));
  return screen;
}

async function fetchScreen() {
  const wasm = fetch(here("./wasm/ui_bg.wasm"));
  // Where the import fails first, that is what is told.
  wasm.catch(() => {});
  const module = await import("./wasm/ui.js");
  await module.default({ module_or_path: wasm });
  return module;
}

/**
 * What a worker of another origin's script begins with. The import is a dynamic one, because a static one would be
 * held against the host page's `worker-src`; messages that come before it is done are kept for it.
 */
const shim = (url) => `
const early = [];
onmessage = (event) => early.push(event);
import(${JSON.stringify(url.href)}).then(
  () => early.forEach((event) => onmessage(event)),
  (cause) => postMessage({ id: 0, outcome: { crashed: { message: String(cause) } } }),
);`;

/**
 * Starts a worker, which begins to open the workspace kept under the name `store`, if there is one.
 * A script of another origin can't be one, so there a Blob of this page imports it.
 */
function spawnWorker(store) {
  const url = here("./worker.js");
  const options = { type: "module", name: store ?? "" };
  if (url.origin === location.origin) return new Worker(url, options);
  const shimUrl = URL.createObjectURL(new Blob([shim(url)], { type: "text/javascript" }));
  const worker = new Worker(shimUrl, options);
  // The first message or failure shows that the shim has been fetched.
  for (const type of ["message", "error"]) {
    worker.addEventListener(type, () => URL.revokeObjectURL(shimUrl), { once: true });
  }
  return worker;
}

/** A worker that starts while the screen is still on its way; what it says until then is kept. */
class EarlyWorker {
  static #KINDS = ["message", "messageerror", "error"];
  #worker;
  #said = [];
  #keep = (event) => {
    event.preventDefault();
    this.#said.push(event);
  };

  constructor(store) {
    this.#worker = spawnWorker(store);
    for (const kind of EarlyWorker.#KINDS) this.#worker.addEventListener(kind, this.#keep);
  }

  /** Gives the worker away, once; null afterwards. */
  take() {
    const worker = this.#worker;
    this.#worker = null;
    if (!worker) return null;
    for (const kind of EarlyWorker.#KINDS) worker.removeEventListener(kind, this.#keep);
    // By then, whoever took it listens.
    queueMicrotask(() => this.#said.splice(0).forEach((event) => worker.dispatchEvent(event)));
    return worker;
  }

  /** Ends the worker if nobody has taken it. */
  end() {
    this.take()?.terminate();
  }
}

/** Adds the style sheets and resolves when they apply, so that nothing is seen unstyled. */
function addStyles(root) {
  const sheets = ["./tokens.css", "./ui.css"].map((path) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = here(path).href;
    return new Promise((resolve, reject) => {
      link.addEventListener("load", resolve);
      link.addEventListener("error", () => reject(new Error(`${link.href} cannot be loaded`)));
      root.append(link);
    });
  });
  return Promise.all(sheets);
}

class JourneyMap extends HTMLElement {
  static observedAttributes = ["theme"];

  /** The mounted screen; null before it is up and after removal. */
  #handle = null;
  /** Counts connections, so that a start which was overtaken by a removal knows. */
  #connection = 0;
  /** The worker of a start that is under way. */
  #early = null;
  /** Settled when the screen is up; calls made before wait for it. */
  #ready = withResolvers();

  connectedCallback() {
    const connection = ++this.#connection;
    this.#start(connection).catch((cause) => {
      if (connection === this.#connection) this.#fail(cause);
    });
  }

  disconnectedCallback() {
    this.#connection += 1;
    const handle = this.#handle;
    this.#handle = null;
    this.#ready.reject(new Error("<journey-map> was removed from the page"));
    this.#ready = withResolvers();
    this.#early?.end();
    handle?.destroy();
    handle?.free();
    this.shadowRoot?.replaceChildren();
  }

  attributeChangedCallback(name, before, after) {
    if (name === "theme" && before !== after) this.#handle?.set_theme(after ?? "auto");
  }

  /** Adds events, late and repeated ones too; resolves to a report of what changed. */
  async append(events, name = "host page") {
    return (await this.#ready.promise).append(events, name);
  }

  /** Opens files as if they had been dropped on the map. */
  async open(files) {
    (await this.#ready.promise).open_files(Array.from(files));
  }

  /** Opens the sample company. */
  async openSample() {
    return (await this.#ready.promise).open_sample();
  }

  async #start(connection) {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    const place = document.createElement("div");
    place.className = "root";
    const mode = this.getAttribute("mode") ?? "embed";
    const store = this.getAttribute("store") ?? (mode === "app" ? "default" : undefined);
    const early = new EarlyWorker(store);
    this.#early = early;
    const [module] = await Promise.all([loadScreen(), addStyles(root)]);
    const locale = this.getAttribute("locale") ?? undefined;
    await module.prepare(locale);
    // Removed while loading: the next connection, if any, starts for itself.
    if (connection !== this.#connection || !this.isConnected) return;
    root.append(place);
    const handle = module.mount(place, () => early.take() ?? spawnWorker(store), {
      mode,
      store,
      theme: this.getAttribute("theme") ?? "auto",
      locale,
      host: this,
      calls: () => entries(false),
    });
    this.#handle = handle;
    this.#ready.resolve(handle);
    if (this.hasAttribute("sample")) await handle.open_sample();
  }

  #fail(cause) {
    this.#early?.end();
    const message = cause?.message ?? String(cause);
    const place = document.createElement("p");
    place.setAttribute("role", "alert");
    place.textContent = `The journey map could not start: ${message}`;
    this.shadowRoot?.append(place);
    this.dispatchEvent(new CustomEvent("journey-error", { detail: { message }, bubbles: true, composed: true }));
    this.#ready.reject(cause);
  }
}

/** A promise with its two ends; nobody has to wait for it. */
function withResolvers() {
  const ends = {};
  ends.promise = new Promise((resolve, reject) => Object.assign(ends, { resolve, reject }));
  ends.promise.catch(() => {});
  return ends;
}

// A second copy of this file on one page, such as from another bundle, leaves the first in charge.
if (!customElements.get("journey-map")) customElements.define("journey-map", JourneyMap);

export { JourneyMap };
