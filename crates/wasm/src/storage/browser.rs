//! What storage needs of the browser; its other half is `web/storage.js`.

use super::fault::Fault;
use js_sys::{Array, Function, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
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

    #[derive(Clone, Debug)]
    type RawDisk;
    #[wasm_bindgen(method, catch)]
    async fn open(this: &RawDisk) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn claim(this: &RawDisk) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn list(this: &RawDisk) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn file(this: &RawDisk, name: &str) -> Result<JsValue, JsValue>;
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

    /// A file for reading.
    pub(crate) async fn file(&self, name: &str) -> Result<Blob, Fault> {
        Ok(self.0.file(name).await?.unchecked_into())
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
