//! Who is one: records and the customers they make, pairs to review, and what a person decides.
//!
//! A *record* is all that sources say under one key: `hubspot:17`, an e-mail address, or a customer number. A *customer*
//! is one record, or several that are one person. A customer's name is the key of its first record.
//! Every list has an order, said where it stands; pages hold at most [`MAX_PAGE`] rows.

use serde::{Deserialize, Serialize};

/// Most rows of one page.
pub const MAX_PAGE: u32 = 500;

/// A question about who is one; answered with [`crate::Reply::Identity`] and the answer of the same name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityQuestion {
    /// How many records and customers there are, and the three bands. Learns what agreement weighs when that is due.
    Overview,
    /// Pairs for a person to decide.
    Review {
        /// Which of them.
        band: Band,
        /// First pair to return.
        offset: u32,
        /// Most pairs to return.
        limit: u32,
    },
    /// One pair of records, whether it is to be reviewed or not.
    Pair {
        /// Key of a record.
        a: String,
        /// Key of the other.
        b: String,
    },
    /// Customers.
    Customers {
        /// Text that a key or a field of theirs holds, in any case of letters; empty for all.
        search: String,
        /// Only customers of several records.
        only_merged: bool,
        /// First customer to return.
        offset: u32,
        /// Most customers to return.
        limit: u32,
    },
    /// One customer: its records, and why they are one.
    Customer {
        /// Key of any of its records.
        customer: String,
    },
    /// Identifiers that link nobody.
    Shared {
        /// First identifier to return.
        offset: u32,
        /// Most identifiers to return.
        limit: u32,
    },
    /// Accounts, and which of them are one.
    Accounts {
        /// Text that a key, name or domain of theirs holds; empty for all.
        search: String,
        /// First account to return.
        offset: u32,
        /// Most accounts to return.
        limit: u32,
    },
}

/// A change of who is one; answered with [`crate::Reply::Linked`], and one step of the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityDeed {
    /// Says of pairs that they are one person or two.
    Decide {
        /// Pairs of keys of records.
        pairs: Vec<(String, String)>,
        /// What they are; `None` takes back what was said before.
        verdict: Option<Verdict>,
    },
    /// Says of all pairs of a band that they are one person or two.
    DecideBand {
        /// Which band.
        band: Band,
        /// What they are.
        verdict: Verdict,
    },
    /// Makes customers one.
    Merge {
        /// Key of a record of each, two or more.
        customers: Vec<String>,
    },
    /// Takes records out of their customer; they then are one customer of their own.
    Split {
        /// Keys of records of one customer, not all of it.
        records: Vec<String>,
    },
    /// Sets what is sure enough.
    SetRules {
        /// The rules.
        rules: LinkRules,
    },
    /// Learns anew what agreement weighs, from all records and decisions.
    Learn,
    /// Says of a web domain or an account that it is a company or none: the domain of a mail provider, the mailbox of a
    /// service that many share. Nobody is of an account that is none, whatever events and sources say.
    SetCompany {
        /// The web domain, or a key of the account.
        name: String,
        /// Whether it is one; everything is, unless it was said otherwise.
        is_company: bool,
    },
}

/// An answer to an [`IdentityQuestion`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "one answer at a time crosses, and it is not kept")]
pub enum IdentityAnswer {
    /// Of [`IdentityQuestion::Overview`].
    Overview {
        /// The numbers.
        overview: Overview,
    },
    /// Of [`IdentityQuestion::Review`]: conflicts first, then the surest; ties in an order that stays.
    Review {
        /// Pairs of the band.
        n_total: u64,
        /// Those asked for.
        pairs: Vec<PairView>,
    },
    /// Of [`IdentityQuestion::Pair`].
    Pair {
        /// The pair.
        pair: PairView,
    },
    /// Of [`IdentityQuestion::Customers`]: most records first, then by name.
    Customers {
        /// Customers that were found.
        n_total: u64,
        /// Those asked for.
        customers: Vec<CustomerRow>,
    },
    /// Of [`IdentityQuestion::Customer`].
    Customer {
        /// The customer.
        customer: CustomerView,
    },
    /// Of [`IdentityQuestion::Shared`]: by kind and value.
    Shared {
        /// All of them.
        n_total: u64,
        /// Those asked for.
        identifiers: Vec<SharedIdentifier>,
    },
    /// Of [`IdentityQuestion::Accounts`]: most customers first, then by name.
    Accounts {
        /// Accounts that were found.
        n_total: u64,
        /// Those asked for.
        accounts: Vec<AccountRow>,
        /// Web domains and keys that are no company, ascending.
        #[serde(default)]
        no_companies: Vec<String>,
    },
}

/// Two of the three bands; pairs of the third are apart and not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Pairs from [`LinkRules::sure`] on that are not merged by themselves.
    Sure,
    /// Pairs between [`LinkRules::review`] and that, and those that share an identifier although names differ.
    Review,
}

/// What a person says of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// One person.
    Same,
    /// Two persons.
    Apart,
}

/// How sure is sure enough.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkRules {
    /// Chance from which on a pair is sure, above `review` and below 1.
    pub sure: f64,
    /// Chance from which on a pair is to be reviewed, above 0.
    pub review: f64,
    /// Whether sure pairs are merged by themselves; records that share an identifier always are.
    pub automatic: bool,
}

/// Numbers of the directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// Records of persons.
    pub n_records: u64,
    /// Customers, those without a record of a person included.
    pub n_customers: u64,
    /// Customers of several records.
    pub n_merged: u64,
    /// Accounts.
    pub n_accounts: u64,
    /// Identifiers that link nobody, see [`IdentityQuestion::Shared`].
    pub n_shared: u64,
    /// The rules in force.
    pub rules: LinkRules,
    /// Whether it was learned what agreement weighs; without it only identifiers link, and the bands are empty.
    pub is_learned: bool,
    /// Records that came, and decisions that were made, since it was learned.
    pub n_since_learned: u64,
    /// Pairs that were compared.
    pub n_compared: u64,
    /// Pairs apart by weight.
    pub n_apart: u64,
    /// Pairs that a person accepted.
    pub n_accepted: u64,
    /// Pairs that a person rejected.
    pub n_rejected: u64,
    /// The sure band.
    pub sure: BandView,
    /// The band to be reviewed; what is expected of it includes the sure band.
    pub review: BandView,
}

/// A band, and what is expected of all pairs from its threshold on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BandView {
    /// Undecided pairs of two customers.
    pub n_pairs: u64,
    /// Share of the pairs from the threshold on that are one person, 0…1; 1 when there are none.
    pub precision_ratio: f64,
    /// Share of the pairs of one person that lie from the threshold on, 0…1.
    pub recall_ratio: f64,
}

/// A record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordView {
    /// Its key.
    pub key: String,
    /// Numbers of the sources that tell of it, ascending; empty when only events name it.
    pub sources: Vec<u32>,
    /// What is said, by field in the order of [`FIELDS`], then by value.
    pub fields: Vec<FieldView>,
    /// Key of the account that a source gives it.
    pub account: Option<String>,
    /// Its events, those of its things included.
    pub n_events: u64,
    /// Time of the first of them.
    pub first_micros: Option<i64>,
    /// Time of the last of them.
    pub last_micros: Option<i64>,
    /// Keys of things that are its own, such as tickets and subscriptions; ascending, at most 100.
    pub things: Vec<String>,
    /// All things.
    pub n_things: u64,
}

/// Names of fields, in the order in which they are shown.
pub const FIELDS: [&str; 15] = [
    "name",
    "given_name",
    "family_name",
    "title",
    "email",
    "phone",
    "company",
    "domain",
    "street",
    "city",
    "postcode",
    "country",
    "birth_date",
    "external_id",
    "owner",
];

/// What a source says of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldView {
    /// One of [`FIELDS`].
    pub field: String,
    /// As the source writes it.
    pub value: String,
    /// The sources that say so, ascending.
    pub sources: Vec<u32>,
}

/// Two records side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairView {
    /// One record.
    pub a: RecordView,
    /// The other.
    pub b: RecordView,
    /// Name of the customer of `a`.
    pub customer_a: String,
    /// Name of the customer of `b`; the same when they are one.
    pub customer_b: String,
    /// Parts of the weight in order; their sum is `bits`. Empty as long as nothing is learned.
    pub steps: Vec<WeightStep>,
    /// The weight in bits.
    pub bits: f64,
    /// The chance that they are one person, 0…1.
    pub chance_ratio: f64,
    /// Name of the identifier that both have although their names differ: `email`, `phone` or `external_id`.
    pub conflict: Option<String>,
    /// What a person said of them.
    pub verdict: Option<Verdict>,
}

/// One part of a weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeightStep {
    /// What it is.
    pub kind: StepKind,
    /// The trait that is compared, for [`StepKind::Trait`] and [`StepKind::Frequency`]: `given_name`, `email`, …
    pub of: Option<String>,
    /// How well it agrees, for the same.
    pub level: Option<Level>,
    /// What it adds, in bits.
    pub bits: f64,
}

/// What a part of a weight is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// The chance before anything is compared.
    Prior,
    /// Agreement or disagreement in a trait.
    Trait,
    /// How rare or common the shared value is.
    Frequency,
    /// The parts of an address are one fact.
    OneAddress,
    /// An e-mail address that is only alike is made of the name.
    OneName,
    /// Given name and birth date both differ.
    Contradiction,
    /// What decisions taught.
    Taught,
}

/// How well two values agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// One of them is not known.
    Unknown,
    /// The same.
    Same,
    /// Another name for the same: Bob and Robert.
    Alias,
    /// A slip apart.
    Close,
    /// Alike.
    Alike,
    /// Given and family name, or day and month, the other way round.
    Swapped,
    /// Different.
    Different,
}

/// A customer in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CustomerRow {
    /// Its name: the key under which its events are.
    pub customer: String,
    /// What a person would call it: a name or address out of its records, or the key.
    pub caption: String,
    /// Its records; 1 when only events name it.
    pub n_records: u64,
    /// Sources that tell of it or brought events, ascending.
    pub sources: Vec<u32>,
    /// The account of its latest event, or that of a record.
    pub account: Option<String>,
    /// Its events.
    pub n_events: u64,
    /// Time of the first of them.
    pub first_micros: Option<i64>,
    /// Time of the last of them.
    pub last_micros: Option<i64>,
}

/// One customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CustomerView {
    /// As in a list.
    pub row: CustomerRow,
    /// Its records: the one that gives the name first, then by key.
    pub records: Vec<RecordView>,
    /// What made them one, in the order in which it did; one less than there are records.
    pub joins: Vec<JoinView>,
    /// Accounts over time, in order.
    pub accounts: Vec<AccountInterval>,
    /// Why it is of its account, where none of its events names one.
    #[serde(default)]
    pub account_why: Option<AccountWhy>,
    /// What is said to be no company so that it is of no account by this reason: the web domain of the address, or the key of
    /// the account.
    #[serde(default)]
    pub account_by: Option<String>,
}

/// Why a customer is of an account that none of its events names; the first reason counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountWhy {
    /// A source says so.
    Told,
    /// The web domain of an address is that of the account.
    Domain,
    /// A record has an address at a company of which nothing else is known.
    Address,
}

/// What made two records, and with them all that they were joined with, one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JoinView {
    /// Key of a record.
    pub a: String,
    /// Key of the other.
    pub b: String,
    /// Why.
    pub cause: JoinCause,
}

/// Why two records are one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JoinCause {
    /// A person said so.
    Accepted,
    /// They share an identifier.
    Shared {
        /// `email`, `phone` or `external_id`.
        of: String,
        /// The identifier, in the one spelling that all are brought to.
        value: String,
    },
    /// They weigh enough together.
    Weight {
        /// In bits.
        bits: f64,
        /// As a chance, 0…1.
        chance_ratio: f64,
    },
}

/// A time during which a customer's events were of one account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountInterval {
    /// Key of the account; `None` for events without one.
    pub account: Option<String>,
    /// What it is called, where a source says so.
    pub name: Option<String>,
    /// Time of the first event.
    pub first_micros: i64,
    /// Time of the last event.
    pub last_micros: i64,
    /// Events.
    pub n_events: u64,
}

/// An identifier that links nobody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SharedIdentifier {
    /// `email`, `phone`, `external_id`, or `thing` for a thing that several customers claim.
    pub of: String,
    /// The identifier, in the one spelling that all are brought to.
    pub value: String,
    /// Records that have it.
    pub n_records: u64,
    /// Why it links nobody.
    pub why: SharedWhy,
    /// Keys of records that have it, ascending, at most 20.
    pub records: Vec<String>,
}

/// Why an identifier links nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedWhy {
    /// A mailbox of a function: `info@`.
    Role,
    /// Persons of different names have it.
    Persons {
        /// So many, as far as they can be told apart, at least.
        n_persons: u64,
    },
    /// A thing has one owner, and several customers claim it.
    Claimed {
        /// So many.
        n_customers: u64,
    },
}

/// An account in a list: one company, whatever its keys in the systems.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountRow {
    /// Its name: the first of its keys.
    pub account: String,
    /// What it is called, where a source says so; else the key.
    pub caption: String,
    /// All its keys, ascending: they are one because they share a web domain.
    pub keys: Vec<String>,
    /// Its web domains, ascending.
    pub domains: Vec<String>,
    /// Name of the account above it.
    pub parent: Option<String>,
    /// Accounts right below it, ascending.
    pub children: Vec<String>,
    /// Customers that ever had events of it or that a record gives to it.
    pub n_customers: u64,
    /// Events of it.
    pub n_events: u64,
}

/// What a change of who is one did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkSummary {
    /// Customers before.
    pub n_customers_before: u64,
    /// Customers after.
    pub n_customers_after: u64,
    /// Events that went to another customer.
    pub n_moved_events: u64,
}
