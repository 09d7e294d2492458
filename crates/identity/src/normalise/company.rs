//! Company names without their legal form.

use super::{fold, is_placeholder};

/// Legal forms that say nothing about which company it is; longest first where one ends in another.
const FORMS: [&str; 46] = [
    "gmbh co kg",
    "gmbh and co kg",
    "ag co kg",
    "sp z o o",
    "s a r l",
    "s r l",
    "s p a",
    "s a s",
    "b v",
    "n v",
    "a s",
    "pty ltd",
    "pvt ltd",
    "co ltd",
    "gesellschaft mit beschrankter haftung",
    "aktiengesellschaft",
    "incorporated",
    "corporation",
    "limited",
    "company",
    "holdings",
    "holding",
    "group",
    "gmbh",
    "mbh",
    "ug haftungsbeschrankt",
    "ug",
    "kg",
    "ohg",
    "gbr",
    "ag",
    "se",
    "ltd",
    "llc",
    "llp",
    "plc",
    "inc",
    "corp",
    "co",
    "sarl",
    "srl",
    "spa",
    "sas",
    "bv",
    "nv",
    "oy",
];

/// Reads a company name into its name without legal form; `None` when nothing is left.
///
/// # Example
/// ```
/// assert_eq!(identity::normalise::company("Müller & Söhne GmbH & Co. KG").as_deref(), Some("muller sohne"));
/// ```
pub fn company(raw: &str) -> Option<String> {
    let folded = fold(raw);
    let mut name = folded.strip_prefix("the ").unwrap_or(&folded);
    // A name may carry two forms, as in "Acme Holdings Ltd".
    for _ in 0..3 {
        let shorter = FORMS.iter().find_map(|form| name.strip_suffix(form)?.strip_suffix(' '));
        match shorter {
            Some(rest) if !rest.is_empty() => name = rest,
            _ => break,
        }
    }
    let name = name.strip_suffix(" and").unwrap_or(name).replace(" and ", " ").replace(" und ", " ");
    (!is_placeholder(&name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legal_forms_do_not_count() {
        let same = ["Acme", "ACME Inc.", "The Acme Company", "Acme Holdings Ltd", "acme, inc", "Acme S.A.S."];
        for raw in same {
            assert_eq!(company(raw).as_deref(), Some("acme"), "{raw}");
        }
        assert_eq!(company("AG").as_deref(), Some("ag"), "a name that is only a form stays");
        assert_eq!(company("n/a"), None, "a placeholder is no company");
    }
}
