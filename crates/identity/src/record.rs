//! What a source says of one person, and the traits that records are compared by.

/// Something known of a person, by which records are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trait {
    /// First given name.
    GivenName,
    /// Family name with particles.
    FamilyName,
    /// E-mail address; the mailbox behind it is compared.
    Email,
    /// Telephone number, in E.164.
    Phone,
    /// Number in some system or register; only numbers of one register are compared.
    ExternalId,
    /// Date of birth.
    BirthDate,
    /// Street with number.
    Street,
    /// Part of a town, or a second line of the address.
    District,
    /// Town.
    City,
    /// Postcode.
    Postcode,
    /// State, province or canton.
    Region,
    /// Country.
    Country,
    /// Employer, without legal form.
    Company,
}

impl Trait {
    /// All traits, in the order in which they are compared and shown.
    pub const ALL: [Self; 13] = [
        Self::GivenName,
        Self::FamilyName,
        Self::Email,
        Self::Phone,
        Self::ExternalId,
        Self::BirthDate,
        Self::Street,
        Self::District,
        Self::City,
        Self::Postcode,
        Self::Region,
        Self::Country,
        Self::Company,
    ];

    /// Number of traits.
    pub(crate) const N: usize = Self::ALL.len();

    /// Place in [`Trait::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// Whether two records that share it are one person, unless a guard says otherwise.
    pub fn is_strong(self) -> bool {
        matches!(self, Self::Email | Self::Phone | Self::ExternalId)
    }

    /// Whether it says where somebody lives; all such traits together are one fact.
    pub fn is_place(self) -> bool {
        matches!(
            self,
            Self::Street | Self::District | Self::City | Self::Postcode | Self::Region | Self::Country
        )
    }
}

/// A field as a source has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// A name that is taken apart.
    FullName,
    /// A field that is one trait.
    Is(Trait),
}

/// What one source says of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Which source says it, by number.
    pub source: u16,
    /// The person's key in that source.
    pub key: String,
    /// Fields as written there; a field may come more than once. An external id is `register:number`.
    pub fields: Vec<(Field, String)>,
}
