//! Names of persons: titles, particles, the order of family and given name, and nicknames.

use super::{fold, is_placeholder};

/// A name taken apart; each part is folded, and empty when it is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonName {
    /// First given name.
    pub given: String,
    /// Family name with its particles.
    pub family: String,
}

const TITLES: [&str; 40] = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "sir",
    "madam",
    "lady",
    "lord",
    "rev",
    "herr",
    "frau",
    "hr",
    "fr",
    "dipl",
    "ing",
    "med",
    "phil",
    "mag",
    "bsc",
    "msc",
    "ba",
    "ma",
    "phd",
    "mba",
    "md",
    "esq",
    "jr",
    "sr",
    "ii",
    "iii",
    "iv",
    "m",
    "mme",
    "mlle",
    "sra",
    "srta",
];
const PARTICLES: [&str; 24] = [
    "van", "von", "der", "den", "de", "del", "della", "di", "da", "do", "dos", "la", "le", "du", "zu", "zur",
    "zum", "ter", "ten", "bin", "ibn", "al", "el", "mac",
];

/// Takes a full name apart: `Dr. Anna Maria van der Berg`, `Berg, Anna`.
///
/// A single word is taken as a given name. `None` for what is no name: an address, a number, a placeholder.
///
/// # Example
/// ```
/// let name = identity::normalise::person_name("Prof. Dr. Anna M. van der Berg, PhD").unwrap();
/// assert_eq!((name.given.as_str(), name.family.as_str()), ("anna", "van der berg"));
/// ```
pub fn person_name(raw: &str) -> Option<PersonName> {
    if raw.contains('@') || raw.bytes().filter(u8::is_ascii_digit).count() > 2 {
        return None;
    }
    let (before, after) = raw.split_once(',').unwrap_or((raw, ""));
    let (first, rest) = (words(before), words(after));
    let only_titles = rest.iter().all(|word| TITLES.contains(&word.as_str()));
    // What follows a comma is the given name, unless only titles follow.
    let (given, family) = if only_titles {
        let family_at = family_start(&first);
        (first[..family_at].to_vec(), first[family_at..].join(" "))
    } else {
        (rest, first.join(" "))
    };
    let given = given.into_iter().next().unwrap_or_default();
    let name = PersonName { given, family };
    let whole = format!("{} {}", name.given, name.family);
    (!is_placeholder(whole.trim())).then_some(name)
}

/// Reads a given name: titles and all but the first given name dropped; `None` when nothing is left.
pub fn given_name(raw: &str) -> Option<String> {
    let first = words(raw).into_iter().next()?;
    (!is_placeholder(&first) && !first.chars().all(|c| c.is_ascii_digit())).then_some(first)
}

/// Reads a family name: titles dropped; `None` when nothing is left.
pub(crate) fn family_name(raw: &str) -> Option<String> {
    let name = words(raw).join(" ");
    (!is_placeholder(&name) && !name.chars().all(|c| c.is_ascii_digit())).then_some(name)
}

/// Folded words of a name without titles; all of them when it has only titles.
fn words(raw: &str) -> Vec<String> {
    // An apostrophe belongs to its name: O'Brien is one word.
    let joined: String = raw.chars().filter(|c| !matches!(c, '\'' | '’' | '`')).collect();
    // A hyphen joins: both parts of a double name stay one word.
    let all: Vec<String> = joined.split_whitespace().map(fold).filter(|word| !word.is_empty()).collect();
    let kept: Vec<String> = all.iter().filter(|word| !TITLES.contains(&word.as_str())).cloned().collect();
    if kept.is_empty() { all } else { kept }
}

/// Where the family name begins among words in their usual order.
fn family_start(words: &[String]) -> usize {
    let mut at = words.len().saturating_sub(1).max(1).min(words.len());
    while at > 1 && PARTICLES.contains(&words[at - 1].as_str()) {
        at -= 1;
    }
    at
}

/// Whether one is the initial of the other: `j` and `john`.
pub fn is_initial_of(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    short.chars().count() == 1 && long.starts_with(short) && long.len() > short.len()
}

/// Groups of given names that are used for one person; the first is the root of all.
const NICKNAMES: &str = "\
    alexander alex sascha sasha lex xander|alexandra alex sandra sandy sascha|andrew andy drew andi andreas|\
    anthony tony antonio anton|barbara barb babs barbie|benjamin ben benny benji|catherine kate katie cathy kathy \
    katherine kathryn katharina cat kat kathleen|charles charlie chuck karl carl chas|charlotte charlie lottie|\
    christian chris christoph christopher kit|christine chris tina christina christa kristina|daniel dan danny|\
    david dave davy|deborah debbie deb debra|dorothy dot dottie dorothea|edward ed eddie ted ned teddy|\
    eleanor ellie nell nora ella|elizabeth liz beth betty lizzie eliza elisabeth lisa lisbeth betsy libby|\
    emily em emma emmy|frances fran francesca frankie|francis frank frankie franz|frederick fred freddie friedrich \
    fritz|gabriel gabe|gabriele gabi gabriella|georg george schorsch|gerald gerry jerry gerard gerhard gerd|\
    gregory greg gregor|harold harry hal|heinrich heinz heiner henry harry hank|helen nell ellen helena lena|\
    isabella bella izzy isabel isabelle|jacob jake jakob|james jim jimmy jamie|jane janie jenny|\
    jennifer jen jenny jenni|jessica jess jessie|johannes hannes hans johann johan|john jack johnny jon jonathan|\
    joseph joe joey josef sepp jo|joshua josh|judith judy judie|kenneth ken kenny|kimberly kim|laurence larry \
    lawrence lorenz|leonard len leo lenny leon leonhard|leslie les|louis lou louie ludwig luis|lucas luke luca|\
    margaret maggie meg peggy marge margie margarete greta grete gretchen rita|maria mary marie molly mia polly|\
    martha marty|martin marty|matthew matt matty matthias mattias|maximilian max|maxwell max|melissa missy mel|\
    michael mike mick mickey mikey michel micha michi|natalie nat nathalie|nathaniel nate nathan nat|\
    nicholas nick nicky nico nikolaus klaus niklas nicolas|nicole nicky nikki|oliver ollie olli|olivia liv livvy|\
    pamela pam|patricia pat patty tricia trish|patrick pat paddy rick|peter pete petr|philip phil pip philipp \
    phillip|raymond ray|rebecca becky becca rebekah|richard rick dick ricky rich richie|robert rob bob bobby \
    robbie bert|ronald ron ronnie|rosemary rose rosie|rudolf rudi|ruth ruthie|samantha sam sammy|samuel sam sammy|\
    sarah sally sara sadie|sebastian seb basti bastian|sophia sophie sofia sofie|stephanie steph steffi stefanie|\
    stephen steve steven stevie stefan stephan steffen|susan sue susie suzy suzanne susanne susanna|\
    theodore ted theo teddy theodor|theresa terry tess teresa tessa therese resi|thomas tom tommy thom|\
    timothy tim timmy|ulrich uli ulli|ursula uschi ulla|valerie val|victor vic viktor|victoria vicky vicki tori|\
    vincent vince vinny|virginia ginny|walter walt wally|wilhelm willi willy|william bill will billy willie liam|\
    wolfgang wolf|zachary zach zack";

/// The groups of nicknames that a given name is in, ascending; most names are in none.
pub(crate) fn nickname_groups(name: &str) -> Vec<u8> {
    let has = |group: &str| group.split(' ').any(|other| other == name);
    (0_u8..).zip(NICKNAMES.split('|')).filter(|(_, group)| has(group)).map(|(number, _)| number).collect()
}

/// The first name of a group.
pub(crate) fn nickname_root(group: u8) -> Option<&'static str> {
    NICKNAMES.split('|').nth(usize::from(group))?.split(' ').next()
}

/// Whether two given names are used for one person.
///
/// # Example
/// ```
/// assert!(identity::normalise::is_nickname("bob", "robert"));
/// ```
pub fn is_nickname(a: &str, b: &str) -> bool {
    let groups = nickname_groups(b);
    nickname_groups(a).iter().any(|group| groups.contains(group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let cases = [
            ("Herr Jürgen Müller-Lüdenscheidt", "jurgen", "muller ludenscheidt"),
            ("Berg, Anna Maria", "anna", "berg"),
            ("Ludwig van Beethoven", "ludwig", "van beethoven"),
            ("Patrick O’Brien Jr.", "patrick", "obrien"),
            ("Madonna", "madonna", ""),
            ("John Smith, MD", "john", "smith"),
            ("Dr.", "dr", ""),
        ];
        for (raw, given, family) in cases {
            let name = person_name(raw).expect(raw);
            assert_eq!((name.given.as_str(), name.family.as_str()), (given, family), "{raw}");
        }
        for raw in ["", "ada@x.com", "+49 30 123", "N/A", "unknown", "--"] {
            assert_eq!(person_name(raw), None, "{raw:?} is no name");
        }
    }

    #[test]
    fn nicknames_are_known() {
        assert!(is_nickname("bob", "robert") && is_nickname("alex", "alexandra"), "of both sexes");
        assert!(!is_nickname("bob", "william") && !is_nickname("anna", "hanna"), "others are not");
        assert!(
            is_initial_of("j", "john") && !is_initial_of("jo", "john") && !is_initial_of("j", "j"),
            "initials"
        );
    }
}
