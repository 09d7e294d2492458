//! Personal data: what it is, where it stands in a text, and what a column holds.
//!
//! Numbers that carry check digits are believed when the digits hold and the form or a word beside it says what it is;
//! names and addresses are recognised by the words around them and by lists of common first names and kinds of street.
//! Nothing here is certain, so that every find says how sure it is and why.
//!
//! ```
//! use language::personal::{self, Class};
//! let text = "Write to ada@example.org or pay to DE89 3704 0044 0532 0130 00.";
//! let found = personal::find(text);
//! assert_eq!(found.iter().map(|find| find.class).collect::<Vec<_>>(), [Class::Email, Class::Iban]);
//! assert_eq!(personal::mask(text, |_| true).0, "Write to [e-mail] or pay to [IBAN].");
//! ```

mod address;
mod card;
mod check_digits;
mod column;
mod context;
mod date;
mod email;
mod ip;
mod name;
mod name_list;
mod phone;
mod scheme;
mod token;

pub use column::{ColumnClass, ColumnFinds, classify_column};
pub use scheme::{Scheme, schemes};

use token::Tokens;

/// A kind of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// The name of a person.
    PersonName,
    /// A street with a number, a post box, or a postal code that tells a few houses.
    PostalAddress,
    /// The number of a payment card.
    PaymentCard,
    /// An international bank account number.
    Iban,
    /// A number by which a state knows a person, for tax, insurance or registration.
    NationalId,
    /// A number by which a health system knows a patient or a practitioner.
    MedicalId,
    /// An address on the internet, version 4 or 6.
    IpAddress,
    /// A date of birth.
    BirthDate,
}

impl Class {
    /// All classes.
    pub const ALL: [Class; 10] = [
        Class::Email,
        Class::Phone,
        Class::PersonName,
        Class::PostalAddress,
        Class::PaymentCard,
        Class::Iban,
        Class::NationalId,
        Class::MedicalId,
        Class::IpAddress,
        Class::BirthDate,
    ];

    /// The name used on the wire and in options: `email`, `person_name`, …
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Class::Email => "email",
            Class::Phone => "phone",
            Class::PersonName => "person_name",
            Class::PostalAddress => "postal_address",
            Class::PaymentCard => "payment_card",
            Class::Iban => "iban",
            Class::NationalId => "national_id",
            Class::MedicalId => "medical_id",
            Class::IpAddress => "ip_address",
            Class::BirthDate => "birth_date",
        }
    }

    /// The class of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Class> {
        Class::ALL.into_iter().find(|class| class.name() == name)
    }

    /// What stands in a text in place of what was masked.
    #[must_use]
    pub fn mask(self) -> &'static str {
        match self {
            Class::Email => "[e-mail]",
            Class::Phone => "[phone]",
            Class::PersonName => "[name]",
            Class::PostalAddress => "[address]",
            Class::PaymentCard => "[card]",
            Class::Iban => "[IBAN]",
            Class::NationalId => "[national id]",
            Class::MedicalId => "[medical id]",
            Class::IpAddress => "[IP]",
            Class::BirthDate => "[date of birth]",
        }
    }
}

/// Personal data at a place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Find {
    /// What it is.
    pub class: Class,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// How sure it is, 0 to 100.
    pub confidence_percent: u8,
    /// Why it is taken for that.
    pub reason: &'static str,
}

/// Finds below this are not told: they would be wrong about as often as right.
pub const MIN_CONFIDENCE_PERCENT: u8 = 60;

/// Longest text that is looked at, in bytes; what lies behind it is not.
///
/// Records are bounded by a megabyte before they come here, so that nothing is behind it in practice.
const MAX_TEXT_BYTES: usize = 1 << 20;

/// The personal data in a text, in order of place, without overlaps. Costs O(text).
#[must_use]
pub fn find(text: &str) -> Vec<Find> {
    let text = &text[..text.floor_char_boundary(MAX_TEXT_BYTES)];
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    if bytes.contains(&b'@') {
        email::find(text, &mut found);
    }
    let tokens = Tokens::new(text);
    if bytes.iter().any(u8::is_ascii_digit) {
        ip::find(text, &mut found);
        scheme::find(&tokens, &mut found);
        card::find(&tokens, &mut found);
        phone::find(text, &mut found);
        date::find(&tokens, &mut found);
        address::find(&tokens, &mut found);
    } else if bytes.contains(&b':') {
        ip::find(text, &mut found);
    }
    name::find(&tokens, &mut found);
    found.retain(|find| find.confidence_percent >= MIN_CONFIDENCE_PERCENT);
    without_overlaps(found)
}

/// The surest finds, then the longest, then the first; none of them overlaps another.
fn without_overlaps(mut found: Vec<Find>) -> Vec<Find> {
    found.sort_by_key(|find| {
        let len = find.end - find.start;
        (std::cmp::Reverse(find.confidence_percent), std::cmp::Reverse(len), find.start, find.class)
    });
    let mut kept = std::collections::BTreeMap::<usize, Find>::new();
    for find in found {
        let before = kept.range(..find.end).next_back();
        if before.is_none_or(|(_, other)| other.end <= find.start) {
            kept.insert(find.start, find);
        }
    }
    kept.into_values().collect()
}

/// The text with every find of a wanted class replaced by [`Class::mask`], and how many there were of each class.
#[must_use]
pub fn mask(text: &str, is_wanted: impl Fn(Class) -> bool) -> (String, Vec<(Class, u32)>) {
    let mut counts: Vec<(Class, u32)> = Vec::new();
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    for find in find(text).into_iter().filter(|find| is_wanted(find.class)) {
        masked.push_str(&text[done..find.start]);
        masked.push_str(find.class.mask());
        done = find.end;
        match counts.iter_mut().find(|(class, _)| *class == find.class) {
            Some((_, n)) => *n += 1,
            None => counts.push((find.class, 1)),
        }
    }
    masked.push_str(&text[done..]);
    counts.sort_unstable();
    (masked, counts)
}
