// The browser's side of storage: files, keys, the lock between tabs. What is in the files is decided in crates/wasm.

/** Longest wait for the lock of a tab that is being closed; afterwards another tab is really open. */
const CLAIM_MILLIS_MAX = 400;

/** Longest wait for a file that the worker of a closed tab still holds. */
const HANDLE_MILLIS_MAX = 3_000;

/** Bytes in front of what AES-GCM gives. */
const NONCE_BYTES = 12;

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** Where keys are kept; a key can be used from there, but not read. */
async function withKeys(mode, act) {
  const database = await settled(indexedDB.open("desirepath", 1), (request) => {
    request.onupgradeneeded = () => request.result.createObjectStore("keys");
  });
  try {
    const transaction = database.transaction("keys", mode, { durability: "strict" });
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error ?? new Error("a key could not be kept"));
    });
    const result = settled(act(transaction.objectStore("keys")));
    await done;
    return await result;
  } finally {
    database.close();
  }
}

function settled(request, prepare = () => {}) {
  return new Promise((resolve, reject) => {
    prepare(request);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** A file that is read through the browser, as every tab may. */
class BlobReader {
  #blob;

  constructor(blob) {
    this.#blob = blob;
    this.nBytes = blob.size;
  }

  async read(start, end) {
    return new Uint8Array(await this.#blob.slice(start, end).arrayBuffer());
  }
}

/** A file that only this worker has open, which is read several times faster. */
class HeldReader {
  #handle;

  constructor(handle) {
    this.#handle = handle;
    this.nBytes = handle.getSize();
  }

  async read(start, end) {
    const bytes = new Uint8Array(end - start);
    return bytes.subarray(0, this.#handle.read(bytes, { at: start }));
  }
}

/** The files and the key of one workspace. */
export class Disk {
  #name;
  #folder = null;
  #handles = new Map();
  #channel;
  #notify = null;
  #early = [];
  #prepared = null;
  #claiming = null;
  #isClaimed = false;
  #key = null;

  constructor(name) {
    this.#name = name;
    this.#channel = new BroadcastChannel(`desirepath:${name}`);
    this.#channel.onmessage = () => this.#tell("changed");
  }

  /** `notify` is told `granted` when the lock came after the wait for it, and `changed` when another tab has written. */
  listen(notify) {
    this.#notify = notify;
    for (const what of this.#early.splice(0)) notify(what);
  }

  #tell(what) {
    if (this.#notify) this.#notify(what);
    else this.#early.push(what);
  }

  /** Does ahead what opening begins with, while the engine is still on its way. */
  prepare() {
    this.#prepared = this.#beginOpening();
    // The engine meets the same fault, and tells of it.
    this.#prepared.catch(() => {});
  }

  async #beginOpening() {
    const claim = this.claim();
    const key = this.#readKey();
    for (const ahead of [claim, key]) ahead.catch(() => {});
    await this.#findFolder();
    // Where another tab writes, files and key can change until the engine asks for them.
    if (!(await claim)) return;
    this.#key = key;
    await Promise.all((await this.list()).map((name) => this.#tryHold(name)));
  }

  /** Finds the folder; throws where the browser keeps no files. */
  async open() {
    await (this.#prepared ?? this.#findFolder());
  }

  async #findFolder() {
    if (!navigator.storage?.getDirectory || !navigator.locks || typeof FileSystemFileHandle === "undefined") {
      throw new Error("this browser has no private file system");
    }
    if (!("createSyncAccessHandle" in FileSystemFileHandle.prototype)) {
      throw new Error("this browser cannot write files from a worker");
    }
    const top = await navigator.storage.getDirectory();
    const all = await top.getDirectoryHandle("desirepath", { create: true });
    this.#folder = await all.getDirectoryHandle(encodeURIComponent(this.#name), { create: true });
  }

  /** Whether this is the tab that writes. The lock is held until the worker ends. */
  claim() {
    this.#claiming ??= this.#claimLock();
    return this.#claiming;
  }

  #claimLock() {
    return new Promise((resolve, reject) => {
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        resolve(false);
      }, CLAIM_MILLIS_MAX);
      navigator.locks
        .request(`desirepath:${this.#name}`, () => {
          clearTimeout(timer);
          this.#isClaimed = true;
          if (late) this.#tell("granted");
          else resolve(true);
          return new Promise(() => {});
        })
        .catch(reject);
    });
  }

  /** Names of all files. */
  async list() {
    return Array.fromAsync(this.#folder.keys());
  }

  /** A file for reading, as it is now; the tab that writes holds it until it is dropped. */
  async reader(name) {
    if (this.#isClaimed) await this.#tryHold(name);
    const handle = this.#handles.get(name);
    return handle ? new HeldReader(handle) : readerOf(await (await this.#folder.getFileHandle(name)).getFile());
  }

  /** Opens a file that is there, unless the worker of a closed tab still holds it. */
  async #tryHold(name) {
    if (this.#handles.has(name)) return;
    const file = await this.#folder.getFileHandle(name);
    try {
      this.#handles.set(name, await file.createSyncAccessHandle());
    } catch (cause) {
      if (cause.name !== "NoModificationAllowedError") throw cause;
    }
  }

  /** Opens a file for writing, made if it isn't there. */
  async hold(name) {
    if (this.#handles.has(name)) return;
    const file = await this.#folder.getFileHandle(name, { create: true });
    const giveUp = Date.now() + HANDLE_MILLIS_MAX;
    for (;;) {
      try {
        this.#handles.set(name, await file.createSyncAccessHandle());
        return;
      } catch (cause) {
        if (cause.name !== "NoModificationAllowedError" || Date.now() > giveUp) throw cause;
        await pause(30);
      }
    }
  }

  /** Writes all of the bytes into a held file, or throws. */
  write(name, at, bytes) {
    const n = this.#handles.get(name).write(bytes, { at });
    if (n !== bytes.byteLength) throw new DOMException("the disk is full", "QuotaExceededError");
  }

  truncate(name, size) {
    this.#handles.get(name).truncate(size);
  }

  /** Returns when what was written is on the disk. */
  flush(name) {
    this.#handles.get(name).flush();
  }

  /** Lets go of a file. */
  drop(name) {
    this.#handles.get(name)?.close();
    this.#handles.delete(name);
  }

  /** Deletes a file; one that isn't there is as good as deleted. */
  async remove(name) {
    this.drop(name);
    await this.#folder.removeEntry(name).catch((cause) => {
      if (cause.name !== "NotFoundError") throw cause;
    });
  }

  /** Tells the other tabs that they can read what is new. */
  announce() {
    this.#channel.postMessage(null);
  }

  /** The key that this browser keeps for the workspace; null where there is none. */
  async deviceKey() {
    const ahead = this.#key;
    this.#key = null;
    return ahead ?? this.#readKey();
  }

  async #readKey() {
    return (await withKeys("readonly", (keys) => keys.get(this.#name))) ?? null;
  }

  /** Makes a key that cannot be read, only used, and keeps it. */
  async makeDeviceKey() {
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    this.#key = null;
    await withKeys("readwrite", (keys) => keys.put(key, this.#name));
    return key;
  }

  async forgetDeviceKey() {
    this.#key = null;
    await withKeys("readwrite", (keys) => keys.delete(this.#name));
  }
}

/** Random bytes that no one can guess. */
export const random = (n) => crypto.getRandomValues(new Uint8Array(n));

/** Makes a key of 32 bytes. */
export const importKey = (bytes) => crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);

/** Encrypts; the header is not secret but can't be changed either. */
export async function seal(key, header, plain) {
  const nonce = random(NONCE_BYTES);
  const cipher = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData: header }, key, plain);
  const sealed = new Uint8Array(NONCE_BYTES + cipher.byteLength);
  sealed.set(nonce);
  sealed.set(new Uint8Array(cipher), NONCE_BYTES);
  return sealed;
}

/** Decrypts; throws an `OperationError` when the key is another one or anything was changed. */
export async function unseal(key, header, sealed) {
  const iv = sealed.slice(0, NONCE_BYTES);
  const secret = sealed.subarray(NONCE_BYTES);
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: header }, key, secret));
}

/** Reads a file that a person chose. */
export const readerOf = (file) => new BlobReader(file);

/** Disks that were begun to be opened before the engine was up, by the name of their workspace. */
const prepared = new Map();

/** Begins to open a workspace, so that its files are at hand once the engine asks for them. */
export function prepare(name) {
  const disk = new Disk(name);
  prepared.set(name, disk);
  disk.prepare();
}

/** Makes the disk of a workspace, or hands over the one that is being opened already. */
export function makeDisk(name, notify) {
  const disk = prepared.get(name) ?? new Disk(name);
  prepared.delete(name);
  disk.listen(notify);
  return disk;
}
