//! Names of months, days and zones, in English, German, French and Spanish.

const MONTHS: [&[&str]; 12] = [
    &["jan", "january", "januar", "jän", "jänner", "janv", "janvier", "ene", "enero"],
    &["feb", "february", "februar", "feber", "fév", "févr", "février", "fevr", "fevrier", "febrero"],
    &["mar", "march", "mär", "mrz", "märz", "maerz", "mars", "marzo"],
    &["apr", "april", "avr", "avril", "abr", "abril"],
    &["may", "mai", "mayo"],
    &["jun", "june", "juni", "juin", "junio"],
    &["jul", "july", "juli", "juil", "juillet", "julio"],
    &["aug", "august", "août", "aout", "ago", "agosto"],
    &["sep", "sept", "september", "septembre", "septiembre", "setiembre"],
    &["oct", "october", "okt", "oktober", "octobre", "octubre"],
    &["nov", "november", "novembre", "noviembre"],
    &["dec", "december", "dez", "dezember", "déc", "décembre", "decembre", "dic", "diciembre"],
];

const WEEKDAYS: [&str; 49] = [
    "mon",
    "monday",
    "mo",
    "montag",
    "lun",
    "lundi",
    "lunes", // Monday
    "tue",
    "tues",
    "tuesday",
    "di",
    "dienstag",
    "mardi",
    "martes", // Tuesday
    "wed",
    "wednesday",
    "mi",
    "mittwoch",
    "mer",
    "mercredi",
    "miércoles", // Wednesday
    "thu",
    "thurs",
    "thursday",
    "donnerstag",
    "jeu",
    "jeudi",
    "jueves", // Thursday
    "fri",
    "friday",
    "fr",
    "freitag",
    "ven",
    "vendredi",
    "viernes", // Friday
    "sat",
    "saturday",
    "sa",
    "samstag",
    "sam",
    "samedi",
    "sábado", // Saturday
    "sun",
    "sunday",
    "so",
    "sonntag",
    "dim",
    "dimanche",
    "domingo", // Sunday
];

/// Zones with one meaning, and those that RFC 2822 gives one, in minutes ahead of UTC.
const ZONES: [(&str, i32); 24] = [
    ("z", 0),
    ("utc", 0),
    ("gmt", 0),
    ("ut", 0),
    ("wet", 0),
    ("west", 60),
    ("cet", 60),
    ("cest", 120),
    ("mez", 60),
    ("mesz", 120),
    ("eet", 120),
    ("eest", 180),
    ("msk", 180),
    ("jst", 540),
    ("aest", 600),
    ("aedt", 660),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
];

/// The number of a month by its name or abbreviation.
pub(super) fn month(word: &str) -> Option<u32> {
    (1..).zip(MONTHS).find(|(_, names)| names.iter().any(|name| same(word, name))).map(|(number, _)| number)
}

pub(super) fn is_weekday(word: &str) -> bool {
    WEEKDAYS.iter().any(|name| same(word, name))
}

/// Minutes ahead of UTC.
pub(super) fn zone(word: &str) -> Option<i32> {
    ZONES.iter().find(|(name, _)| same(word, name)).map(|(_, minutes)| *minutes)
}

/// Equality without regard to case; `name` is in lower case.
pub(super) fn same(word: &str, name: &str) -> bool {
    !word.is_empty() && word.chars().flat_map(char::to_lowercase).eq(name.chars())
}
