//! What is personal in a file's head, and what the policy makes of it.

use super::Terms;
use language::personal::{Class, ColumnFinds, classify_column, find};
use protocol::import::{ImportPlan, Mapping, Preview};
use protocol::privacy::{ColumnTreatment, FoundClass, PersonalColumn, Treatment};

/// Roles of which every event needs a value.
const NEEDED: [&str; 2] = ["customer", "activity"];
/// Roles that are read as times.
const TIMES: [&str; 2] = ["time", "end_time"];
/// Signs of an example that are shown.
const MAX_EXAMPLE_CHARS: usize = 40;

/// Puts into a preview what is personal in its columns, and what the policy makes of it.
pub(crate) fn describe(preview: &mut Preview, sample: &[Vec<String>], terms: &Terms) {
    let meanings = preview.recipe.as_ref().map(|recipe| recipe.meanings.as_slice());
    let columns = preview.columns.iter().enumerate().map(|(place, column)| {
        let values: Vec<&str> = sample.iter().filter_map(|row| row.get(place)).map(String::as_str).collect();
        let finds = classify_column(&column.name, &values);
        let has_role = |roles: &[&str]| has_role(&preview.mapping, meanings, &column.name, roles);
        let is_time = has_role(&TIMES) || column.kind == "time" && is_no_birth(&finds);
        let is_needed = has_role(&NEEDED);
        let found = if is_time { Vec::new() } else { told(&finds, &values) };
        let is_text = column.kind == "text" || has_role(&["text"]);
        let proposed = if is_time { Treatment::Keep } else { propose(&found, is_needed, is_text, terms) };
        PersonalColumn { column: column.name.clone(), found, proposed, is_needed, is_time }
    });
    preview.personal = columns.collect();
    preview.consent = super::consent_column(preview);
}

/// The treatments that a person who changes nothing agrees to.
pub(crate) fn treatments_of(preview: &Preview) -> Vec<ColumnTreatment> {
    let of = |column: &PersonalColumn| ColumnTreatment {
        column: column.column.clone(),
        treatment: column.proposed,
        classes: column.found.iter().map(|found| found.class.clone()).collect(),
    };
    preview.personal.iter().map(of).collect()
}

/// A date of birth is a time by its looks, and personal all the same.
fn is_no_birth(finds: &ColumnFinds) -> bool {
    finds.whole.as_ref().is_none_or(|whole| whole.class != Class::BirthDate)
}

/// Treatments with which events can still be made: times stay, and whom an event is about is not left out.
pub(crate) fn settle(chosen: &mut [ColumnTreatment], plan: &ImportPlan) {
    let names: Vec<String> = chosen.iter().map(|one| one.column.clone()).collect();
    let meanings = source::Recipe::read(&plan.recipe).ok().map(|recipe| recipe.meanings(&names));
    for ColumnTreatment { column, treatment, .. } in chosen {
        let has_role = |roles: &[&str]| has_role(&plan.mapping, meanings.as_deref(), column, roles);
        if has_role(&TIMES) {
            *treatment = Treatment::Keep;
        } else if has_role(&NEEDED) && matches!(treatment, Treatment::Drop | Treatment::Redact) {
            *treatment = Treatment::Pseudonymise;
        }
    }
}

/// Whether a column is read as one of these; what a recipe says takes the place of the mapping.
fn has_role(mapping: &Mapping, meanings: Option<&[(String, String)]>, column: &str, roles: &[&str]) -> bool {
    match meanings {
        Some(meanings) => meanings
            .iter()
            .any(|(name, of)| name == column && of.split(", ").any(|meaning| roles.contains(&meaning))),
        None => roles.iter().any(|role| mapping.column(role) == Some(column)),
    }
}

/// The strictest treatment of what was found: whole values as the policy says, texts with them masked in it.
fn propose(found: &[FoundClass], is_needed: bool, is_text: bool, terms: &Terms) -> Treatment {
    let wanted = |found: &FoundClass| terms.policy.treatment(&found.class);
    let whole = found.iter().find(|found| found.is_whole).map(wanted).unwrap_or_default();
    if whole != Treatment::Keep {
        let is_lost = matches!(whole, Treatment::Drop | Treatment::Redact);
        // Masks are alike, so that whoever is only known by one would become one with all others.
        return if is_needed && is_lost { Treatment::Pseudonymise } else { whole };
    }
    let is_found = found.iter().any(|found| !found.is_whole && wanted(found) != Treatment::Keep);
    // What was not in the head may still come later in a text.
    if is_found || (is_text && terms.have_policy()) { Treatment::Redact } else { Treatment::Keep }
}

fn told(finds: &ColumnFinds, values: &[&str]) -> Vec<FoundClass> {
    let n_filled = finds.n_filled;
    if let Some(whole) = &finds.whole {
        let example = values.iter().find(|value| !value.trim().is_empty());
        return vec![FoundClass {
            class: whole.class.name().to_owned(),
            is_whole: true,
            n_rows: whole.n_values.min(n_filled),
            n_filled,
            confidence_percent: whole.confidence_percent,
            example: example.map(|value| mask(value.trim())).unwrap_or_default(),
        }];
    }
    let of_class = |(class, n_rows): &(Class, u32)| {
        let (example, confidence_percent) = example_of(values, *class);
        let class = class.name().to_owned();
        FoundClass { class, is_whole: false, n_rows: *n_rows, n_filled, confidence_percent, example }
    };
    let mut found: Vec<FoundClass> = finds.inside.iter().map(of_class).collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.n_rows));
    found
}

/// The surest of the first finds of a class, masked, and how sure it is.
fn example_of(values: &[&str], class: Class) -> (String, u8) {
    let finds = values.iter().flat_map(|value| find(value).into_iter().map(move |find| (value, find)));
    let best = finds
        .filter(|(_, find)| find.class == class)
        .take(20)
        .max_by_key(|(_, find)| (find.confidence_percent, std::cmp::Reverse(find.start)));
    best.map(|(value, find)| {
        (mask(value.get(find.start..find.end).unwrap_or_default()), find.confidence_percent)
    })
    .unwrap_or_default()
}

/// The form of a value without the value: the first letter of each word, and a dot for every other letter and digit.
fn mask(value: &str) -> String {
    let mut masked = String::new();
    let mut was_letter = false;
    for c in value.chars().take(MAX_EXAMPLE_CHARS) {
        let is_first = c.is_alphabetic() && !was_letter;
        was_letter = c.is_alphanumeric();
        masked.push(if is_first || !c.is_alphanumeric() { c } else { '•' });
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_tell_the_form_alone() {
        assert_eq!(mask("ada.lovelace@example.org"), "a••.l•••••••@e••••••.o••", "an address");
        assert_eq!(mask("+49 30 1234"), "+•• •• ••••", "a number shows no digit");
    }
}
