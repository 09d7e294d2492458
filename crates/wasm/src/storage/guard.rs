//! What a workspace is encrypted with, and how the key comes about.

use super::{
    browser::{Browser, Disk},
    fault::Fault,
};
use argon2::{Algorithm, Argon2, Params, Version};
use protocol::storage::Protection;
use wasm_bindgen::JsValue;

const SALT_LEN: usize = 16;
/// Memory, passes and lanes of Argon2id for new passphrases; what was used stands beside each workspace.
const KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;
/// Most memory that a file may ask for, so that a made-up one can't take all there is.
const KIB_MAX: u32 = 1024 * 1024;
const PASSES_MAX: u32 = 64;

/// Where the key comes from; written in the clear in front of what it encrypts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// The browser keeps it.
    Device,
    /// Argon2id makes it from a passphrase.
    Passphrase { salt: [u8; SALT_LEN], kib: u32, passes: u32, lanes: u32 },
}

/// A key with where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Keyed {
    pub(crate) guard: Guard,
    pub(crate) key: JsValue,
}

impl Guard {
    /// A guard for a new passphrase.
    pub(crate) fn passphrase(browser: &Browser) -> Self {
        let mut salt = [0; SALT_LEN];
        salt.copy_from_slice(&browser.random_bytes(16));
        Self::Passphrase { salt, kib: KIB, passes: PASSES, lanes: LANES }
    }

    pub(crate) fn protection(&self) -> Protection {
        match self {
            Self::Device => Protection::Device,
            Self::Passphrase { .. } => Protection::Passphrase,
        }
    }

    /// As it lies in a file: a number for the kind; salt, memory, passes and lanes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Device => vec![0],
            Self::Passphrase { salt, kib, passes, lanes } => {
                let numbers = [kib, passes, lanes].into_iter().flat_map(|number| number.to_le_bytes());
                [1].into_iter().chain(*salt).chain(numbers).collect()
            }
        }
    }

    /// Reads it; `None` for what was never written.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        if *kind == 0 && rest.is_empty() {
            return Some(Self::Device);
        }
        let (salt, numbers) = rest.split_first_chunk::<SALT_LEN>()?;
        let (numbers, behind) = numbers.as_chunks::<4>();
        let [kib, passes, lanes] = numbers else { return None };
        let [kib, passes, lanes] = [kib, passes, lanes].map(|number| u32::from_le_bytes(*number));
        let is_sane =
            *kind == 1 && behind.is_empty() && kib <= KIB_MAX && passes <= PASSES_MAX && lanes <= 16;
        is_sane.then_some(Self::Passphrase { salt: *salt, kib, passes, lanes })
    }

    /// The key: that of the browser, or the one a passphrase gives.
    pub(crate) async fn unlock(
        self,
        browser: &Browser,
        disk: Option<&Disk>,
        passphrase: Option<&str>,
    ) -> Result<Keyed, Fault> {
        let key = match (&self, disk) {
            (Self::Device, Some(disk)) => disk.device_key().await?.ok_or(Fault::NoKey)?,
            (Self::Device, None) => return Err(Fault::NoKey),
            (Self::Passphrase { .. }, _) => {
                browser.key(&self.derive(passphrase.ok_or(Fault::Locked)?)?).await?
            }
        };
        Ok(Keyed { guard: self, key })
    }

    fn derive(&self, passphrase: &str) -> Result<[u8; 32], Fault> {
        let Self::Passphrase { salt, kib, passes, lanes } = self else { return Err(Fault::NoKey) };
        let params = Params::new(*kib, *passes, *lanes, Some(32)).map_err(|_| Fault::Damaged)?;
        let mut key = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), salt, &mut key)
            .map_err(|cause| Fault::Browser(cause.to_string()))?;
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_survives_its_bytes_and_nonsense_does_not() {
        let guard = Guard::Passphrase { salt: [7; SALT_LEN], kib: 64, passes: 3, lanes: 1 };
        for guard in [Guard::Device, guard] {
            let bytes = guard.to_bytes();
            assert_eq!(Guard::from_bytes(&bytes), Some(guard), "what is written is read");
            assert_eq!(Guard::from_bytes(&[&bytes[..], &[0]].concat()), None, "nothing may follow");
        }
        let greedy = Guard::Passphrase { salt: [7; SALT_LEN], kib: u32::MAX, passes: 3, lanes: 1 };
        assert_eq!(Guard::from_bytes(&greedy.to_bytes()), None, "no file decides over all memory");
    }

    #[test]
    fn keys_are_those_of_argon2id() {
        // The same inputs through argon2-cffi, which wraps the reference implementation in C.
        let guard = Guard::Passphrase { salt: *b"somesaltsomesalt", kib: 64, passes: 3, lanes: 1 };
        let Ok(key) = guard.derive("correct horse") else { panic!("the parameters are fine") };
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex, "2dbe5243b4e8487a3e870dffe21f0314074c9afcf8e0c860b00ea461028456f6",
            "an independent implementation agrees"
        );
    }
}
