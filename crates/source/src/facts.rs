//! What a source says about customers and accounts themselves, apart from what happened to them.

/// What one record says about a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The customer, as in the events: a key of the source's own, `zendesk:123`, or an address.
    pub customer: String,
    /// The account that the customer belongs to, as in [`AccountFact::key`].
    pub account: Option<String>,
    /// Line in the file, from 1.
    pub line: u32,
    /// Digest of the record's id, by which the next export replaces what is said here; 0 where it has none.
    pub record: u64,
    /// What is said, in the order of the file; a field may come twice.
    pub fields: Vec<(ProfileField, String)>,
}

/// A property of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProfileField {
    /// The whole name of a person.
    Name,
    /// Given names.
    GivenName,
    /// The family name.
    FamilyName,
    /// A title in front of or behind the name.
    Title,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// The company that the customer works for, by name.
    Company,
    /// The web domain of that company.
    Domain,
    /// Street and number.
    Street,
    /// The city.
    City,
    /// The postcode.
    Postcode,
    /// The country.
    Country,
    /// The day of birth.
    BirthDate,
    /// Another key of the same customer, with the name of its system: `stripe:cus_1`.
    ExternalId,
    /// Who looks after the customer.
    Owner,
    /// A thing of the customer that other tables tell of: `zendesk-ticket:17`. A thing has one owner, and what happens to
    /// it happens to the customer.
    Owns,
}

impl ProfileField {
    /// All properties.
    pub const ALL: [Self; 16] = [
        Self::Name,
        Self::GivenName,
        Self::FamilyName,
        Self::Title,
        Self::Email,
        Self::Phone,
        Self::Company,
        Self::Domain,
        Self::Street,
        Self::City,
        Self::Postcode,
        Self::Country,
        Self::BirthDate,
        Self::ExternalId,
        Self::Owner,
        Self::Owns,
    ];

    /// The name used in recipes and on the wire: `given_name`, `external_id`, …
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::Title => "title",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Company => "company",
            Self::Domain => "domain",
            Self::Street => "street",
            Self::City => "city",
            Self::Postcode => "postcode",
            Self::Country => "country",
            Self::BirthDate => "birth_date",
            Self::ExternalId => "external_id",
            Self::Owner => "owner",
            Self::Owns => "owns",
        }
    }

    /// The property with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// Most statements of one source about what one customer allows; of more, the latest.
pub const MAX_STATEMENTS: usize = 16;

/// What a file says of what customers allow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsentFacts {
    /// By customer, then in the order of the records; at most [`MAX_STATEMENTS`] of a customer.
    pub said: Vec<ConsentFact>,
    /// Digests of the ids of all records that have one, ascending: what these said before of what a customer allows is told
    /// anew.
    pub asked: Vec<u64>,
}

/// What a customer allows, as a record says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsentFact {
    /// The customer, as in the events.
    pub customer: String,
    /// Start of the event of the record, in UTC microseconds since 1970; the earliest there is where it has none.
    pub at_micros: i64,
    /// What stands in the column.
    pub value: String,
    /// Digest of the record's id, by which a newer export tells it anew; 0 where it has none.
    pub record: u64,
}

/// What one record says about an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFact {
    /// The account, as in the events.
    pub key: String,
    /// Its name.
    pub name: Option<String>,
    /// Its web domain.
    pub domain: Option<String>,
    /// The account above it, as in `key` of that one.
    pub parent: Option<String>,
    /// Who looks after it.
    pub owner: Option<String>,
    /// Line in the file, from 1.
    pub line: u32,
    /// As [`Profile::record`].
    pub record: u64,
}
