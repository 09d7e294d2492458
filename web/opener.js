// Loads the module that reads other formats, when the first such file is opened. What it does is in crates/opener.

let module = null;

/** The module, loaded once a worker. A failure may be tried again. */
export function loadOpener() {
  module ??= import("./wasm/opener.js").then(async (loaded) => {
    await loaded.default();
    return loaded;
  });
  module.catch(() => (module = null));
  return module;
}
