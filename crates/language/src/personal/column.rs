//! What a column holds, from its name and from values of a sample.

use super::name_list::first_name;
use super::{Class, Find, Scheme, card, date, email, find, ip, phone, schemes};

/// What all values of a column are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnClass {
    /// The kind of personal data.
    pub class: Class,
    /// How sure it is, 0 to 100.
    pub confidence_percent: u8,
    /// Why, for a person.
    pub reason: String,
    /// Sampled values that are it; repeated ones count each time.
    pub n_values: u32,
}

/// What a column holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnFinds {
    /// What its values are as a whole; `None` for anything but personal data, and for texts.
    pub whole: Option<ColumnClass>,
    /// What stands inside its values, and in how many of the sampled ones, in order of the classes; empty where `whole` is
    /// told.
    pub inside: Vec<(Class, u32)>,
    /// Values that were looked at: those that are not empty.
    pub n_filled: u32,
}

/// Distinct values that must hold before digits are believed without a word in the column's name.
const MIN_VALUES: usize = 8;
/// Values with more words than this are texts.
const MAX_WORDS: usize = 8;

/// Says what a column holds. Costs O(sample).
///
/// ```
/// use language::personal::{Class, classify_column};
/// let found = classify_column("contact", &["ada@example.org", "bob@example.org", "n/a"]);
/// assert_eq!(found.whole.map(|whole| whole.class), Some(Class::Email));
/// ```
#[must_use]
pub fn classify_column(name: &str, values: &[&str]) -> ColumnFinds {
    let values: Vec<&str> =
        values.iter().map(|value| value.trim()).filter(|value| !value.is_empty()).collect();
    let n_filled = u32::try_from(values.len()).unwrap_or(u32::MAX);
    let words = words_of(name);
    let whole = if values.is_empty() { by_name_only(&words) } else { classify(&words, &values) };
    let mut inside: Vec<(Class, u32)> = Vec::new();
    if whole.is_none() && is_readable(&words) {
        for value in &values {
            let mut classes: Vec<Class> = find(value).into_iter().map(|find: Find| find.class).collect();
            classes.sort_unstable();
            classes.dedup();
            for class in classes {
                match inside.iter_mut().find(|(known, _)| *known == class) {
                    Some((_, n)) => *n += 1,
                    None => inside.push((class, 1)),
                }
            }
        }
        inside.sort_unstable();
    }
    ColumnFinds { whole, inside, n_filled }
}

/// Whether what stands inside values is worth telling: names of products and the like are full of first names.
fn is_readable(words: &[String]) -> bool {
    !has_any(
        words,
        &[
            "product", "brand", "campaign", "plan", "event", "activity", "action", "url", "page", "city",
            "country",
        ],
    )
}

fn classify(words: &[String], values: &[&str]) -> Option<ColumnClass> {
    let mut distinct = Distinct::new();
    values.iter().for_each(|value| *distinct.entry(*value).or_default() += 1);
    let share = |holds: &dyn Fn(&str) -> bool| Share::of(&distinct, holds);
    let emails = share(&email::is_whole);
    if emails.is_most() {
        return told(Class::Email, 98, emails.say("are e-mail addresses"), emails);
    }
    let addresses = share(&ip::is_whole);
    if addresses.is_most() && !has_any(words, &["version", "release", "build"]) {
        return told(
            Class::IpAddress,
            95,
            addresses.say("are addresses of machines on the internet"),
            addresses,
        );
    }
    if let Some(found) = scheme_of(words, &distinct) {
        return Some(found);
    }
    let cards = share(&card::is_whole);
    if cards.is_most()
        && (cards.n_held >= MIN_VALUES || has_any(words, &["card", "pan", "kreditkarte", "karte"]))
    {
        return told(
            Class::PaymentCard,
            97,
            cards.say("have prefix, length and check digit of a payment card"),
            cards,
        );
    }
    let is_phone_name = has_any(words, &PHONE_WORDS);
    let phones = share(&|value| phone::is_whole(value, is_phone_name));
    if phones.is_most() && (is_phone_name || phones.n_held >= MIN_VALUES) && !has_any(words, &NUMBER_WORDS) {
        return told(
            Class::Phone,
            if is_phone_name { 97 } else { 80 },
            phones.say("are written like telephone numbers"),
            phones,
        );
    }
    if has_any(words, &BIRTH_WORDS) {
        let dates = share(&date::is_whole);
        if dates.is_most() {
            return told(
                Class::BirthDate,
                95,
                format!("the name speaks of birth, and {}", dates.say("are dates")),
                dates,
            );
        }
    }
    let numbered = share(&|value| value.len() >= 5 && value.bytes().any(|c| c.is_ascii_digit()));
    if numbered.is_most() && has_any(words, &ID_WORDS) {
        return told(
            Class::NationalId,
            75,
            "the name speaks of a number by which a state knows a person".to_owned(),
            numbered,
        );
    }
    if values.iter().any(|value| value.split_whitespace().count() > MAX_WORDS) {
        return None;
    }
    address_of(words, &distinct).or_else(|| name_of(words, &distinct))
}

fn told(class: Class, confidence_percent: u8, reason: String, held: Share) -> Option<ColumnClass> {
    Some(ColumnClass { class, confidence_percent, reason, n_values: held.n_values })
}

const PHONE_WORDS: [&str; 14] = [
    "phone",
    "telephone",
    "tel",
    "mobile",
    "cell",
    "fax",
    "telefon",
    "handy",
    "mobil",
    "rufnummer",
    "téléphone",
    "telefono",
    "teléfono",
    "msisdn",
];
/// Columns of numbers that look like telephones by chance.
const NUMBER_WORDS: [&str; 8] = ["order", "id", "ticket", "invoice", "amount", "price", "time", "date"];
const BIRTH_WORDS: [&str; 11] = [
    "dob",
    "birth",
    "birthdate",
    "birthday",
    "born",
    "geburtsdatum",
    "geburtstag",
    "geboren",
    "naissance",
    "nacimiento",
    "nascita",
];
const ID_WORDS: [&str; 12] = [
    "ssn",
    "socsec",
    "socialsecurity",
    "nationalid",
    "passport",
    "taxid",
    "steuerid",
    "ausweis",
    "reisepass",
    "personnummer",
    "cpf",
    "aadhaar",
];
const ADDRESS_WORDS: [&str; 17] = [
    "address",
    "street",
    "adresse",
    "strasse",
    "straße",
    "anschrift",
    "postcode",
    "zip",
    "zipcode",
    "plz",
    "postleitzahl",
    "postal",
    "rue",
    "direccion",
    "dirección",
    "indirizzo",
    "adres",
];
const NAME_WORDS: [&str; 20] = [
    "firstname",
    "lastname",
    "fullname",
    "surname",
    "forename",
    "vorname",
    "nachname",
    "familienname",
    "givenname",
    "nom",
    "prénom",
    "prenom",
    "nombre",
    "apellido",
    "apellidos",
    "cognome",
    "contactname",
    "customername",
    "achternaam",
    "voornaam",
];
/// Beside one of these, `name` is that of a person.
const PERSON_WORDS: [&str; 21] = [
    "first",
    "last",
    "full",
    "given",
    "family",
    "middle",
    "customer",
    "client",
    "contact",
    "person",
    "user",
    "member",
    "employee",
    "agent",
    "owner",
    "requester",
    "assignee",
    "sender",
    "patient",
    "kunde",
    "display",
];

fn scheme_of(words: &[String], distinct: &Distinct<'_>) -> Option<ColumnClass> {
    let mut best: Option<(usize, &Scheme, Share, bool)> = None;
    for scheme in schemes() {
        let held = Share::of(distinct, &|value| scheme.is_valid(value));
        let is_named = is_named_after(words, scheme);
        let is_written = Share::of(distinct, &|value| scheme.has_form(value)).is_nearly_all();
        let is_enough = is_named || is_written || (scheme.is_checked && held.n_held >= MIN_VALUES);
        let is_believed = held.is_nearly_all() && is_enough && (is_named || !has_any(words, &["timestamp"]));
        // A name that says so decides between schemes whose digits hold alike.
        let rank = usize::from(is_named) * 2 + usize::from(scheme.is_checked);
        if is_believed && best.as_ref().is_none_or(|(other, ..)| rank > *other) {
            best = Some((rank, scheme, held, is_named));
        }
    }
    best.map(|(_, scheme, held, is_named)| ColumnClass {
        class: scheme.class,
        confidence_percent: if is_named { 98 } else { 85 },
        reason: format!("{}: {}", held.say("hold"), scheme.reason),
        n_values: held.n_values,
    })
}

fn is_named_after(words: &[String], scheme: &Scheme) -> bool {
    let country_and_name = scheme.id.split_once('-').map_or(scheme.id, |(_, name)| name);
    let whole = words.join(" ");
    words.iter().any(|word| word == country_and_name)
        || scheme.words.iter().any(|word| super::context::has_word(&whole, &word.replace('-', " ")))
}

fn address_of(words: &[String], distinct: &Distinct<'_>) -> Option<ColumnClass> {
    let is_named = has_any(words, &ADDRESS_WORDS)
        && !has_any(words, &["email", "mail", "ip", "mac", "web", "url", "id"]);
    let held = Share::of(distinct, &super::address::is_whole);
    let (confidence_percent, reason) = match (is_named, held.is_most()) {
        (true, true) => {
            (97, format!("the name speaks of an address, and {}", held.say("have a street and a number")))
        }
        (true, false) => (80, "the name speaks of a postal address".to_owned()),
        (false, true) if held.n_held >= MIN_VALUES => (85, held.say("have a street and a number")),
        (false, _) => return None,
    };
    Some(ColumnClass { class: Class::PostalAddress, confidence_percent, reason, n_values: held.n_values })
}

fn name_of(words: &[String], distinct: &Distinct<'_>) -> Option<ColumnClass> {
    let is_about_person =
        has_any(words, &NAME_WORDS) || (has_any(words, &["name"]) && has_any(words, &PERSON_WORDS));
    let is_about_thing = has_any(
        words,
        &[
            "company",
            "product",
            "event",
            "file",
            "plan",
            "campaign",
            "page",
            "account",
            "organization",
            "organisation",
            "activity",
            "id",
        ],
    );
    let alphabetic = Share::of(distinct, &is_like_name);
    let known = Share::of(distinct, &|value| is_like_name(value) && has_first_name(value));
    let told = |confidence_percent, reason: String, held: Share| {
        Some(ColumnClass { class: Class::PersonName, confidence_percent, reason, n_values: held.n_values })
    };
    if is_about_person && !is_about_thing && alphabetic.is_most() {
        return told(
            92,
            format!("the name speaks of a person's name, and {}", alphabetic.say("are words without digits")),
            alphabetic,
        );
    }
    if !is_about_thing && known.is_most() && known.n_held >= MIN_VALUES {
        return told(82, known.say("begin or end with a common first name"), known);
    }
    None
}

/// One to five words of letters.
fn is_like_name(value: &str) -> bool {
    let n_words = value.split_whitespace().count();
    (1..=5).contains(&n_words) && value.chars().all(|c| c.is_alphabetic() || " -'’.,".contains(c))
}

fn has_first_name(value: &str) -> bool {
    let words = value.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    words.clone().count() <= 4 && words.into_iter().any(|word| first_name(&word.to_lowercase()).is_some())
}

/// Without values only a name is left, and only one that can mean nothing else.
fn by_name_only(words: &[String]) -> Option<ColumnClass> {
    let classes: [(Class, &[&str]); 4] = [
        (Class::Email, &["email"]),
        (Class::Phone, &["phone", "telephone", "telefon"]),
        (Class::BirthDate, &["birthdate", "dob", "geburtsdatum"]),
        (Class::PersonName, &["firstname", "lastname", "surname", "vorname", "nachname"]),
    ];
    let (class, _) = classes.into_iter().find(|(_, names)| has_any(words, names))?;
    Some(ColumnClass {
        class,
        confidence_percent: 65,
        reason: "only the name says so; the sample has no value".to_owned(),
        n_values: 0,
    })
}

/// The words of a column's name in lower case: `firstName`, `first_name` and `First Name` are alike; neighbours are
/// joined as well.
fn words_of(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        was_lower = c.is_lowercase();
        if let Some(last) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            last.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    let joined: Vec<String> = words.windows(2).map(|two| two.concat()).collect();
    words.extend(joined);
    words
}

fn has_any(words: &[String], wanted: &[&str]) -> bool {
    words.iter().any(|word| wanted.contains(&word.as_str()))
}

/// Distinct values, and how often each is there.
type Distinct<'a> = std::collections::BTreeMap<&'a str, u32>;

/// How many of the distinct values hold, and how many values these are.
#[derive(Clone, Copy, Debug)]
struct Share {
    n_held: usize,
    n_all: usize,
    n_values: u32,
}

impl Share {
    fn of(distinct: &Distinct<'_>, holds: &dyn Fn(&str) -> bool) -> Self {
        let held: Vec<u32> =
            distinct.iter().filter(|(value, _)| holds(value)).map(|(_, n_values)| *n_values).collect();
        Self { n_held: held.len(), n_all: distinct.len(), n_values: held.iter().sum() }
    }

    fn is_most(self) -> bool {
        self.n_held > 0 && self.n_held * 10 >= self.n_all * 6
    }

    fn is_nearly_all(self) -> bool {
        self.n_held > 0 && self.n_held * 10 >= self.n_all * 9
    }

    fn say(self, what: &str) -> String {
        format!("{} of {} different values {what}", self.n_held, self.n_all)
    }
}
