//! The words by which an activity's name tells its lifecycle stage.

/// The lifecycle stages in journey order.
pub const LIFECYCLE: [&str; 8] =
    ["Awareness", "Consideration", "Purchase", "Onboarding", "Use", "Support", "Renewal", "Advocacy"];

/// The neutral stages for journeys whose names say nothing about a customer lifecycle.
pub(crate) const PHASES: [&str; 5] = ["Beginning", "Early", "Middle", "Late", "End"];

/// Word beginnings by lifecycle stage; several words match in a row. Longer phrases outrank shorter ones.
const WORDS: [&[&str]; 8] = [
    &[
        "ad",
        "ads",
        "advert",
        "impression",
        "campaign",
        "newsletter",
        "blog",
        "article",
        "webinar",
        "social",
        "landing page",
        "visit",
        "home",
        "homepage",
        "organic",
        "search",
        "banner",
        "fair",
        "conference",
        "read guide",
    ],
    &[
        "pricing",
        "price list",
        "demo",
        "trial",
        "compar",
        "quote",
        "proposal",
        "evaluat",
        "catalog",
        "catalogue",
        "product page",
        "view product",
        "wishlist",
        "lead",
        "mql",
        "sql",
        "qualif",
        "opportunity",
        "case study",
        "whitepaper",
        "discovery",
        "meeting",
        "consult",
        "pilot",
    ],
    &[
        "cart",
        "checkout",
        "order",
        "purchas",
        "buy",
        "bought",
        "contract",
        "sign contract",
        "deal won",
        "closed won",
        "subscription started",
        "start subscription",
        "subscribe",
        "pay",
        "payment",
        "paid",
        "place order",
        "negotiat",
    ],
    &[
        "onboard",
        "signup",
        "sign up",
        "register",
        "registration",
        "account created",
        "create account",
        "activat",
        "verif",
        "welcome",
        "kickoff",
        "kick off",
        "setup",
        "set up",
        "install",
        "import",
        "invite",
        "configur",
        "integrat",
        "connect",
        "training",
        "tutorial",
        "first login",
        "migrat",
        "go live",
        "provision",
    ],
    &[
        "login",
        "log in",
        "logged in",
        "use",
        "used",
        "usage",
        "session",
        "feature",
        "dashboard",
        "report",
        "export",
        "edit",
        "upload",
        "download",
        "open app",
        "play",
        "share",
        "api",
        "screen",
        "click",
        "publish",
    ],
    &[
        "ticket",
        "support",
        "complain",
        "incident",
        "chat",
        "call",
        "help",
        "issue",
        "bug",
        "escalat",
        "refund",
        "return",
        "disput",
        "outage",
        "reopen",
        "resolv",
        "first reply",
        "problem",
    ],
    &[
        "renew",
        "upgrad",
        "downgrad",
        "expan",
        "upsell",
        "cross sell",
        "cancel",
        "churn",
        "terminat",
        "expir",
        "add seats",
        "seats added",
        "win back",
        "winback",
        "renewal quote",
        "subscription cancelled",
    ],
    &[
        "refer",
        "referral",
        "recommend",
        "review",
        "testimonial",
        "nps",
        "csat",
        "survey",
        "feedback",
        "advocat",
        "promoter",
        "rate us",
        "community",
    ],
];

/// What the vocabulary says about a name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hit {
    /// Index into [`LIFECYCLE`].
    pub(crate) stage: usize,
    /// The words of the name that decided.
    pub(crate) words: String,
    /// Another stage matched equally well.
    pub(crate) ambiguous: bool,
}

/// Looks a name up: the stage with the longest matching phrase wins, ties by the word that comes first in the name.
pub(crate) fn lookup(name: &str) -> Option<Hit> {
    let words = words_of(name);
    let mut best: Option<(usize, usize, Hit)> = None;
    let mut stages_of_best = Vec::new();
    for (stage, phrases) in WORDS.iter().enumerate() {
        for phrase in *phrases {
            let Some((at, found)) = find_phrase(&words, phrase) else {
                continue;
            };
            let weight = phrase.len();
            let better = best.as_ref().is_none_or(|(w, a, _)| weight > *w || (weight == *w && at < *a));
            stages_of_best.push((stage, phrase.contains(' ')));
            if better {
                best = Some((weight, at, Hit { stage, words: found, ambiguous: false }));
            }
        }
    }
    let (_, _, hit) = best?;
    // A phrase of two words is specific enough to leave no doubt about single words of other stages.
    let specific = stages_of_best.contains(&(hit.stage, true));
    let ambiguous = !specific && stages_of_best.iter().any(|(stage, _)| *stage != hit.stage);
    Some(Hit { ambiguous, ..hit })
}

/// Lower-case words of a name; camel case, digits and punctuation separate.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        let starts_word = c.is_uppercase() && was_lower;
        if !c.is_alphabetic() || starts_word {
            words.push(String::new());
        }
        if c.is_alphabetic()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase();
    }
    words.retain(|w| !w.is_empty());
    words
}

/// Position and words of the first match of a phrase.
fn find_phrase(words: &[String], phrase: &str) -> Option<(usize, String)> {
    let parts: Vec<&str> = phrase.split(' ').collect();
    let at = words
        .windows(parts.len())
        .position(|run| run.iter().zip(&parts).all(|(word, part)| matches(word, part)))?;
    Some((at, words[at..at + parts.len()].join(" ")))
}

/// A word matches its beginning when at most an English ending follows; short beginnings must match whole.
fn matches(word: &str, beginning: &str) -> bool {
    /// Longest ending that still counts: "-ification" would not, "-ations" does.
    const MAX_ENDING: usize = 6;
    let Some(ending) = word.strip_prefix(beginning) else {
        return false;
    };
    let plain = ["", "s", "es", "d", "ed", "ing", "er", "ers"].contains(&ending);
    plain || (beginning.len() >= 5 && ending.len() <= MAX_ENDING)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(name: &str) -> Option<&'static str> {
        lookup(name).map(|hit| LIFECYCLE[hit.stage])
    }

    #[test]
    fn names_tell_their_stage() {
        for (name, expected) in [
            ("Visit pricing page", "Consideration"),
            ("Read blog article", "Awareness"),
            ("Sign contract", "Purchase"),
            ("import_first_data", "Onboarding"),
            ("InviteTeammate", "Onboarding"),
            ("Logged in", "Use"),
            ("Ticket escalated", "Support"),
            ("Renew subscription", "Renewal"),
            ("Cancel subscription", "Renewal"),
            ("Answer NPS survey", "Advocacy"),
        ] {
            assert_eq!(stage(name), Some(expected), "{name}");
        }
    }

    #[test]
    fn other_names_stay_silent() {
        for name in
            ["T02 Check confirmation of receipt", "Accepted", "Queued", "", "adjust address", "useless"]
        {
            assert_eq!(stage(name), None, "{name}");
        }
    }

    #[test]
    fn doubt_is_told() {
        assert!(lookup("Chat about invoice payment").is_some_and(|hit| hit.ambiguous), "support or purchase");
        assert!(lookup("Sign contract").is_some_and(|hit| !hit.ambiguous), "only purchase");
    }
}
