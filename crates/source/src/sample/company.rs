//! Who the sample company sells to: invented accounts and the people in them.

use super::random::Random;

/// Business of an account; the first data import works differently for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// Workshops and small factories; their machine exports rarely import at the first try.
    Manufacturing,
    /// Shops and cafés.
    Retail,
    /// Practices and care homes.
    Care,
}

impl Segment {
    /// The name as the exports write it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Manufacturing => "Manufacturing",
            Self::Retail => "Retail",
            Self::Care => "Care",
        }
    }
}

/// A company that buys, or thinks about it.
#[derive(Debug)]
pub(super) struct Account {
    /// Its number, from 0.
    pub(super) number: i64,
    /// Company name.
    pub(super) name: String,
    /// Business.
    pub(super) segment: Segment,
    /// Plan that fits its size.
    pub(super) plan: &'static str,
    /// Price of half a year, in cents.
    pub(super) price_cents: i64,
    /// Sales person at the sample company.
    pub(super) owner: &'static str,
    /// E-mail address of the person who decides.
    pub(super) champion: String,
    /// E-mail addresses of colleagues who would be invited.
    pub(super) members: Vec<String>,
}

impl Account {
    /// Price of a month, in cents.
    pub(super) fn month_cents(&self) -> i64 {
        self.price_cents / 6
    }
}

/// Number of accounts.
const N_ACCOUNTS: i64 = 140;

/// All accounts, in a fixed order, each with its own name.
pub(super) fn accounts(random: &mut Random) -> Vec<Account> {
    (0..N_ACCOUNTS).map(|number| account(number, random)).collect()
}

fn account(number: i64, random: &mut Random) -> Account {
    let segment = random.pick(&[
        Segment::Manufacturing,
        Segment::Retail,
        Segment::Retail,
        Segment::Care,
        Segment::Care,
    ]);
    let place = at(&PLACES, number);
    let trade = match segment {
        Segment::Manufacturing => at(&WORKSHOPS, number / 7),
        Segment::Retail => at(&SHOPS, number / 7),
        Segment::Care => at(&PRACTICES, number / 7),
    };
    let domain = format!("{}-{}.example", place.to_lowercase(), trade.to_lowercase().replace(' ', "-"));
    let n_members = random.between(3, 8);
    let (plan, price_cents) = match n_members {
        ..=4 => ("Team", 59_400),
        5..=6 => ("Business", 118_800),
        _ => ("Company", 238_800),
    };
    let first = random.between(0, 59);
    let people: Vec<String> = (0..=n_members).map(|k| address(first + k * 7, random, &domain)).collect();
    let mut people = people.into_iter();
    Account {
        number,
        name: format!("{place} {trade}"),
        segment,
        plan,
        price_cents,
        owner: random.pick(&["Mara Lindqvist", "Tobias Okafor", "Ines Varga", "Sam Whitlock"]),
        champion: people.next().unwrap_or_default(),
        members: people.collect(),
    }
}

fn address(number: i64, random: &mut Random, domain: &str) -> String {
    let family = random.pick(&FAMILY_NAMES);
    format!("{}.{family}@{domain}", at(&FIRST_NAMES, number))
}

/// The entry at `number`, starting over at the end.
fn at(list: &[&'static str], number: i64) -> &'static str {
    let index = usize::try_from(number).unwrap_or(0) % list.len();
    list[index]
}

const PLACES: [&str; 35] = [
    "Alderbrook",
    "Birchmoor",
    "Calder",
    "Dunwell",
    "Elmsford",
    "Fallowfield",
    "Glenhope",
    "Hazelmere",
    "Ironbridge",
    "Juniper",
    "Kestrel",
    "Larkhill",
    "Millrace",
    "Northgate",
    "Oakhurst",
    "Pinecrest",
    "Quayside",
    "Rosebank",
    "Saltmarsh",
    "Thornbury",
    "Umberside",
    "Violet",
    "Westerly",
    "Yarrow",
    "Zephyr",
    "Ashdown",
    "Bramble",
    "Copperfield",
    "Driftwood",
    "Everstone",
    "Foxglove",
    "Greystone",
    "Heathside",
    "Inkwell",
    "Kingfisher",
];

const WORKSHOPS: [&str; 7] =
    ["Metalworks", "Joinery", "Castings", "Textiles", "Tooling", "Ceramics", "Plastics"];
const SHOPS: [&str; 7] = ["Bakery", "Books", "Grocers", "Garden Centre", "Outfitters", "Coffee", "Hardware"];
const PRACTICES: [&str; 7] =
    ["Dental", "Physio", "Care Home", "Pharmacy", "Opticians", "Day Nursery", "Hospice"];

const FIRST_NAMES: [&str; 60] = [
    "ada", "bruno", "clara", "dmitri", "elena", "farid", "greta", "hugo", "iris", "jonas", "kemal", "laura",
    "milan", "nadia", "oscar", "paula", "quentin", "rosa", "stefan", "tara", "ulrich", "vera", "wanda",
    "xenia", "yusuf", "zoe", "amir", "bianca", "carlos", "diana", "emil", "fatima", "georg", "hanna", "ivan",
    "julia", "karl", "lena", "marco", "nora", "olga", "pavel", "rita", "samuel", "theresa", "umar", "viktor",
    "wilma", "yara", "zlatan", "anton", "britta", "cosima", "david", "esther", "felix", "gloria", "henrik",
    "isabel", "jakob",
];

const FAMILY_NAMES: [&str; 28] = [
    "abbott", "berger", "castillo", "dahl", "eriksen", "fischer", "gruber", "haas", "ibrahim", "jensen",
    "kaya", "lombardi", "meyer", "novak", "ortega", "petrov", "quinn", "rossi", "sato", "tamm", "ullman",
    "vogel", "walsh", "xu", "yilmaz", "zimmer", "moreau", "silva",
];
