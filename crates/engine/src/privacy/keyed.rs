//! Keyed digests: who doesn't have the workspace's secret can neither make one nor find out what it stands for.

use blake2::Blake2bMac;
use blake2::digest::{FixedOutput, KeyInit, Update, consts::U16};
use std::fmt::{Debug, Formatter};

/// Length of a secret.
pub const SECRET_BYTES: usize = 32;

/// A pseudonym has so many signs behind its mark: eighty bits, of which ten million values share two once in 24 billion.
const PSEUDONYM_CHARS: usize = 16;
/// Digits and letters that are not taken for one another (Crockford's base 32).
const SIGNS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The workspace's own secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret([u8; SECRET_BYTES]);

/// Never shown, not even by mistake.
impl Debug for Secret {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    pub(crate) fn new(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// BLAKE2b (RFC 7693) with the secret as its key, 16 bytes; different uses never share a digest.
    pub(crate) fn digest(&self, usage: &str, value: &[u8]) -> [u8; 16] {
        let Ok(mut mac) = <Blake2bMac<U16> as KeyInit>::new_from_slice(&self.0) else { return [0; 16] };
        Update::update(&mut mac, usage.as_bytes());
        Update::update(&mut mac, &[0]);
        Update::update(&mut mac, value);
        FixedOutput::finalize_fixed(mac).into()
    }

    /// What a person who was erased is recognised by, should they come again.
    pub(crate) fn mark(&self, customer: &str) -> [u8; 16] {
        self.digest("erased", written_alike(customer).as_bytes())
    }

    /// The pseudonym of a value; the same for all ways of writing that are one and the same beyond doubt.
    pub(crate) fn pseudonym(&self, value: &str) -> String {
        let digest = self.digest("pseudonym", written_alike(value).as_bytes());
        let mut bits = u128::from_be_bytes(digest);
        let mut pseudonym = String::from("p-");
        for _ in 0..PSEUDONYM_CHARS {
            pseudonym.push(char::from(SIGNS[(bits >> 123) as usize & 31]));
            bits <<= 5;
        }
        pseudonym
    }
}

/// An e-mail address in lower case, an international telephone number in digits alone; anything else as it is, because
/// ids that differ in capitals or dashes may differ indeed.
fn written_alike(value: &str) -> String {
    let value = value.trim();
    if value.contains('@') && !value.contains(char::is_whitespace) {
        return value.to_lowercase();
    }
    let number = value.strip_prefix('+').or_else(|| value.strip_prefix("00"));
    let digits = number.filter(|n| n.chars().all(|c| c.is_ascii_digit() || " -()./".contains(c)));
    let digits: Option<String> = digits.map(|n| n.chars().filter(char::is_ascii_digit).collect());
    match digits.filter(|digits| (7..=15).contains(&digits.len())) {
        Some(digits) => format!("+{digits}"),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(first: u8) -> Secret {
        let mut bytes = [7; SECRET_BYTES];
        bytes[0] = first;
        Secret::new(bytes)
    }

    #[test]
    fn the_same_value_has_the_same_pseudonym_under_one_secret_only() {
        let a = secret(1).pseudonym("Ada@Example.org");
        assert_eq!(a, secret(1).pseudonym(" ada@example.org "), "an address has no capitals");
        assert_ne!(a, secret(2).pseudonym("ada@example.org"), "another workspace, another pseudonym");
        assert_eq!(a.len(), 18, "{a}");
        assert_eq!(secret(1).pseudonym("+49 (30) 123-4567"), secret(1).pseudonym("0049301234567"), "a phone");
        assert_ne!(secret(1).pseudonym("003aB"), secret(1).pseudonym("003ab"), "ids may differ in capitals");
    }

    #[test]
    fn digests_are_those_of_another_implementation() {
        // python3: hashlib.blake2b(b"pseudonym\0ada@example.org", digest_size=16, key=bytes([1] + [7] * 31)).hexdigest()
        let digest = secret(1).digest("pseudonym", b"ada@example.org");
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "b81a5a6eb4d28065060f8f2f36e7a1fa", "BLAKE2b with a key");
    }
}
