//! Who it was: links identifiers into customers and accounts, and can explain and undo every merge.
//!
//! `source` gives records of persons ► **`identity` tells which of them are one customer** ► events of one customer
//! become one journey.
//!
//! Begin with [`Directory`], which takes [`Record`]s; [`normalise`] has one spelling for each identifier; [`Model`] says
//! what agreement weighs.
//!
//! Records that share a strong identifier (an e-mail address, a telephone number, a number in a register) are one
//! customer, unless a guard finds that the identifier is shared. All others are compared by their traits after Fellegi and
//! Sunter, and lie in one of three bands: sure, to be reviewed, apart.
//!
//! **This crate does not know** files, events, journeys, the screen, or the time. It learns from the records alone and
//! from what a person decided; it never sees a true answer.
//!
//! # Example
//! ```
//! use identity::{Directory, Field, Record, Settings, Trait};
//! let record = |key: &str, email: &str| Record {
//!     key: key.to_owned(),
//!     fields: vec![(Field::Is(Trait::Email), email.to_owned())],
//!     ..Record::default()
//! };
//! let mut directory = Directory::new(Settings::default());
//! directory.add(&[record("crm-1", "Ada@Gmail.com"), record("shop-7", "a.da+shop@gmail.com")]);
//! assert_eq!(directory.n_customers(), 1);
//! ```

pub mod normalise;

mod blocking;
mod cluster;
mod directory;
mod estimate;
mod levels;
mod model;
mod record;
mod strong;
mod table;

pub use cluster::{Cause, Join};
pub use directory::{Bands, Directory, Link, Proposal, Settings, Verdict};
pub use levels::Level;
pub use model::{Comparison, Model, Step, StepKind, bits_of_chance, chance};
pub use record::{Field, Record, Trait};
pub use strong::{MAX_PERSONS, Shared};
