//! What storage needs of the browser; its other half is `web/storage.js`.

use super::fault::Fault;
use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

#[wasm_bindgen]
extern "C" {
    /// The module `web/storage.js`.
    #[derive(Clone, Debug)]
    pub type Browser;
    #[wasm_bindgen(method, js_name = makeDisk)]
    fn make_disk(this: &Browser, name: &str, notify: &Function) -> RawDisk;
    #[wasm_bindgen(method)]
    fn random(this: &Browser, n_bytes: u32) -> Uint8Array;
    #[wasm_bindgen(method, catch, js_name = importKey)]
    async fn import_key(this: &Browser, bytes: &[u8]) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn seal(this: &Browser, key: &JsValue, header: &[u8], plain: &[u8]) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn unseal(this: &Browser, key: &JsValue, header: &[u8], sealed: &[u8]) -> Result<JsValue, JsValue>;

    /// The same for bytes that lie outside of our memory, and at once.
    #[wasm_bindgen(method, js_name = unseal)]
    fn unseal_outside(this: &Browser, key: &JsValue, header: &Uint8Array, sealed: &Uint8Array) -> Promise;
    #[wasm_bindgen(method, js_name = readerOf)]
    fn reader_of(this: &Browser, file: &Blob) -> Reader;

    /// The bytes of a file.
    #[derive(Clone, Debug)]
    pub(crate) type Reader;
    #[wasm_bindgen(method, getter, js_name = nBytes)]
    fn raw_n_bytes(this: &Reader) -> f64;
    #[wasm_bindgen(method, js_name = read)]
    fn raw_read(this: &Reader, start: f64, end: f64) -> Promise;

    #[derive(Clone, Debug)]
    type RawDisk;
    #[wasm_bindgen(method, catch)]
    async fn open(this: &RawDisk) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn claim(this: &RawDisk) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn list(this: &RawDisk) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn reader(this: &RawDisk, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn hold(this: &RawDisk, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn write(this: &RawDisk, name: &str, at: f64, bytes: &[u8]) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn truncate(this: &RawDisk, name: &str, n_bytes: f64) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn flush(this: &RawDisk, name: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = drop)]
    fn let_go(this: &RawDisk, name: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn remove(this: &RawDisk, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    fn announce(this: &RawDisk);
    #[wasm_bindgen(method, catch, js_name = deviceKey)]
    async fn device_key(this: &RawDisk) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = makeDeviceKey)]
    async fn make_device_key(this: &RawDisk) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = forgetDeviceKey)]
    async fn forget_device_key(this: &RawDisk) -> Result<JsValue, JsValue>;
}

impl Browser {
    /// The disk of a workspace; `notify` is told `granted` and `changed`.
    pub(crate) fn disk(&self, name: &str, notify: &Function) -> Disk {
        Disk(self.make_disk(name, notify))
    }

    /// Random bytes that no one can guess.
    pub(crate) fn random_bytes(&self, n_bytes: u32) -> Vec<u8> {
        self.random(n_bytes).to_vec()
    }

    /// A key of AES-GCM from its 32 bytes.
    pub(crate) async fn key(&self, bytes: &[u8]) -> Result<JsValue, Fault> {
        Ok(self.import_key(bytes).await?)
    }

    /// Encrypts: a nonce, and what AES-GCM gives.
    pub(crate) async fn encrypt(&self, key: &JsValue, header: &[u8], plain: &[u8]) -> Result<Vec<u8>, Fault> {
        Ok(self.seal(key, header, plain).await?.unchecked_into::<Uint8Array>().to_vec())
    }

    /// Decrypts.
    pub(crate) async fn decrypt(
        &self,
        key: &JsValue,
        header: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        Ok(self.unseal(key, header, sealed).await?.unchecked_into::<Uint8Array>().to_vec())
    }

    /// Begins to decrypt bytes that lie outside of our memory; what comes is a `Uint8Array`.
    pub(crate) fn begin_decrypting(&self, key: &JsValue, header: &[u8], sealed: &Uint8Array) -> JsFuture {
        self.unseal_outside(key, &Uint8Array::from(header), sealed).into()
    }

    /// The bytes of a file that a person chose.
    pub(crate) fn reader(&self, file: &Blob) -> Reader {
        self.reader_of(file)
    }
}

impl Reader {
    /// Length of the file.
    #[expect(clippy::cast_possible_truncation, reason = "a file's size is a whole number below 2⁵³")]
    pub(crate) fn n_bytes(&self) -> u64 {
        self.raw_n_bytes() as u64
    }

    /// Begins to read a part of the file; what comes is a `Uint8Array`, shorter when the file has become so.
    pub(crate) fn begin_reading(&self, start: u64, end: u64) -> JsFuture {
        self.raw_read(start as f64, end as f64).into()
    }

    /// A part of the file.
    pub(crate) async fn bytes(&self, start: u64, end: u64) -> Result<Vec<u8>, Fault> {
        Ok(self.begin_reading(start, end).await?.unchecked_into::<Uint8Array>().to_vec())
    }
}

/// The files and the key of one workspace.
#[derive(Clone, Debug)]
pub(crate) struct Disk(RawDisk);

impl Disk {
    /// Finds the folder.
    pub(crate) async fn open(&self) -> Result<(), Fault> {
        self.0.open().await?;
        Ok(())
    }

    /// Whether this is the tab that writes.
    pub(crate) async fn claim(&self) -> Result<bool, Fault> {
        Ok(self.0.claim().await?.is_truthy())
    }

    /// Names of all files.
    pub(crate) async fn list(&self) -> Result<Vec<String>, Fault> {
        let names = self.0.list().await?.unchecked_into::<Array>();
        Ok(names.iter().filter_map(|name| name.as_string()).collect())
    }

    /// A file for reading; one that is there.
    pub(crate) async fn reader(&self, name: &str) -> Result<Reader, Fault> {
        Ok(self.0.reader(name).await?.unchecked_into())
    }

    /// Opens a file for writing.
    pub(crate) async fn hold(&self, name: &str) -> Result<(), Fault> {
        self.0.hold(name).await?;
        Ok(())
    }

    /// Writes into a held file, all or an error.
    pub(crate) fn write(&self, name: &str, at: u64, bytes: &[u8]) -> Result<(), Fault> {
        Ok(self.0.write(name, at as f64, bytes)?)
    }

    /// Cuts a held file.
    pub(crate) fn truncate(&self, name: &str, n_bytes: u64) -> Result<(), Fault> {
        Ok(self.0.truncate(name, n_bytes as f64)?)
    }

    /// Returns when what was written is on the disk.
    pub(crate) fn flush(&self, name: &str) -> Result<(), Fault> {
        Ok(self.0.flush(name)?)
    }

    /// Closes a held file.
    pub(crate) fn let_go(&self, name: &str) -> Result<(), Fault> {
        Ok(self.0.let_go(name)?)
    }

    /// Deletes a file, whether or not it is there.
    pub(crate) async fn remove(&self, name: &str) -> Result<(), Fault> {
        self.0.remove(name).await?;
        Ok(())
    }

    /// Tells the other tabs that there is something new to read.
    pub(crate) fn announce(&self) {
        self.0.announce();
    }

    /// The key that the browser keeps for the workspace.
    pub(crate) async fn device_key(&self) -> Result<Option<JsValue>, Fault> {
        Ok(Some(self.0.device_key().await?).filter(|key| !key.is_null()))
    }

    /// Makes that key.
    pub(crate) async fn make_device_key(&self) -> Result<JsValue, Fault> {
        Ok(self.0.make_device_key().await?)
    }

    /// Deletes that key.
    pub(crate) async fn forget_device_key(&self) -> Result<(), Fault> {
        self.0.forget_device_key().await?;
        Ok(())
    }
}

/// A text field of what JavaScript threw.
pub(crate) fn said(cause: &JsValue, field: &str) -> String {
    Reflect::get(cause, &field.into()).ok().and_then(|text| text.as_string()).unwrap_or_default()
}
