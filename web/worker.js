// Starts the engine in a Web Worker. Everything else is in crates/wasm.

/** Messages that came before the engine was up. */
const early = [];
/** Errands that came before what does them was. */
const errands = [];
/** Fetched with the first file that needs it. */
const openers = { loadOpener: async () => (await import("./opener.js")).loadOpener() };
let bridge = null;
let post = null;
let over = false;

// Installed before anything is awaited, else early messages are lost.
self.onmessage = (event) => receive(event.data);
self.addEventListener("error", (event) => crash(event.error ?? event.message));
self.addEventListener("unhandledrejection", (event) => crash(event.reason));

/** Sends a message to the page; nothing follows a crash. */
function send(message, transfer = []) {
  if (over || post?.sees(message)) return;
  over = message.outcome.crashed !== undefined;
  self.postMessage(message, transfer);
}

/** Tells of a trap that the engine could not tell of itself, such as a lack of memory. */
function crash(cause) {
  send({ id: 0, outcome: { crashed: { message: String(cause?.message ?? cause) } } });
}

function receive(message) {
  if (over) return;
  if (!bridge) {
    early.push(message);
    return;
  }
  if (message?.errand) {
    if (post) post.deliver(message);
    else errands.push(message);
    return;
  }
  ask(message);
  post?.follows(message);
}

function ask(message) {
  try {
    bridge.receive(message);
  } catch (cause) {
    crash(cause);
  }
}

/** Compiles while it comes, where the host calls the file what it is. */
async function compile(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.pathname} cannot be loaded (status ${response.status})`);
  if (response.headers.get("content-type") === "application/wasm") return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

async function start() {
  // Both at once; the worker's name is the workspace that will be opened.
  const wasm = compile(new URL("./wasm/engine_bg.wasm", import.meta.url));
  const modules = [
    import("./storage.js").then((storage) => {
      if (self.name) storage.prepare(self.name);
      return storage;
    }),
    import("./wasm/engine.js"),
  ];
  // What fails first is told; what fails behind it says no more.
  for (const part of [wasm, ...modules]) part.catch(() => {});
  const [storage, { default: load, Bridge }] = await Promise.all(modules);
  await load({ module_or_path: await wasm });
  bridge = new Bridge(send, storage, openers);
  for (const message of early.splice(0)) receive(message);
  // Nobody waits for it while a workspace is being opened.
  const { Post } = await import("./courier.js");
  post = new Post(ask, (message) => over || self.postMessage(message));
  for (const message of errands.splice(0)) post.deliver(message);
}

// Not awaited: whoever imports this file hands over its messages as soon as they can be queued.
start().catch(crash);
