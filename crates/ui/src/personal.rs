//! Personal data in a file that is about to be imported: what was found in which column, and what becomes of it.

use crate::{import_dialog::Draft, text::Text, workspace::use_workspace};
use leptos::prelude::*;
use protocol::import::Preview;
use protocol::privacy::{ColumnTreatment, FoundClass, PersonalColumn, Treatment};

/// Roles of which every event needs a value.
const NEEDED: [&str; 2] = ["customer", "activity"];
/// Roles that are read as times.
const TIMES: [&str; 2] = ["time", "end_time"];

/// What the workspace's policy makes of each column.
pub(crate) fn proposed(preview: &Preview) -> Vec<ColumnTreatment> {
    let of = |column: &PersonalColumn| ColumnTreatment {
        column: column.column.clone(),
        treatment: column.proposed,
        classes: column.found.iter().map(|found| found.class.clone()).collect(),
    };
    preview.personal.iter().map(of).collect()
}

/// The words for a kind of personal data.
pub(crate) fn class_words(text: Text, class: &str) -> String {
    text.find(&format!("personal.class.{class}")).unwrap_or(class).to_owned()
}

/// A count with words of a key that is only known when it is shown.
pub(crate) fn count_words(text: Text, key: &str, n: u64) -> String {
    let singular = (n == 1).then(|| text.find(&format!("{key}.one"))).flatten();
    singular.or_else(|| text.find(key)).unwrap_or(key).replace("{0}", &text.count(n))
}

/// The words for a treatment.
pub(crate) fn treatment_words(text: Text, treatment: Treatment) -> &'static str {
    match treatment {
        Treatment::Keep => text.s("personal.keep"),
        Treatment::Pseudonymise => text.s("personal.pseudonymise"),
        Treatment::Redact => text.s("personal.redact"),
        Treatment::Drop => text.s("personal.drop"),
    }
}

/// Columns with their finds, and a choice for each.
#[component]
pub(crate) fn Personal(draft: Draft) -> impl IntoView {
    let text = use_workspace().text;
    let preview = draft.preview.get_value();
    let (told, others): (Vec<PersonalColumn>, Vec<PersonalColumn>) = preview
        .personal
        .iter()
        .filter(|column| !column.is_time)
        .cloned()
        .partition(|column| !column.found.is_empty() || column.proposed != Treatment::Keep);
    if preview.personal.is_empty() {
        return ().into_any();
    }
    let is_free = told.is_empty();
    let lead = if is_free { text.s("personal.none") } else { text.s("personal.lead") };
    let other_table = (!others.is_empty()).then(|| {
        view! {
            <details class="personal-others" data-testid="personal-others">
                <summary>{text.plural("personal.others", others.len() as u64)}</summary>
                {table(draft, others, text.s("personal.others.title"))}
            </details>
        }
    });
    view! {
        <section class="personal" data-testid="personal">
            <h3>{text.s("personal.title")}</h3>
            <p class="hint">{lead}</p>
            {(!is_free).then(|| table(draft, told, text.s("personal.title")))}
            {other_table}
            <ConsentColumn draft/>
        </section>
    }
    .into_any()
}

/// The column that says what the customer allows.
#[component]
fn ConsentColumn(draft: Draft) -> impl IntoView {
    let text = use_workspace().text;
    let preview = draft.preview.get_value();
    let options = preview.columns.iter().map(|column| {
        let name = column.name.clone();
        let is_chosen = {
            let name = name.clone();
            move || draft.consent.with(|chosen| chosen.as_ref() == Some(&name))
        };
        view! { <option value=name.clone() selected=is_chosen>{name.clone()}</option> }
    });
    let options: Vec<_> = options.collect();
    let choose = move |ev| {
        let name = event_target_value(&ev);
        draft.consent.set((!name.is_empty()).then_some(name));
    };
    view! {
        <div class="role">
            <label for="consent-column">{text.s("consent.column")}</label>
            <select id="consent-column" data-testid="consent-column" on:change=choose>
                <option value="" selected=move || draft.consent.with(Option::is_none)>{text.s("import.none")}</option>
                {options}
            </select>
            <span class="reason">{text.s("consent.column.why")}</span>
        </div>
    }
    .into_any()
}

fn table(draft: Draft, columns: Vec<PersonalColumn>, caption: &'static str) -> AnyView {
    let text = use_workspace().text;
    let rows: Vec<_> = columns.into_iter().map(|column| row(draft, column)).collect();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=caption>
            <table class="data compact">
                <caption class="hidden">{caption}</caption>
                <thead><tr>
                    <th scope="col">{text.s("personal.column")}</th>
                    <th scope="col">{text.s("personal.found")}</th>
                    <th scope="col">{text.s("personal.evidence")}</th>
                    <th scope="col">{text.s("personal.treatment")}</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(draft: Draft, column: PersonalColumn) -> AnyView {
    let text = use_workspace().text;
    let PersonalColumn { column: name, found, is_needed, .. } = column;
    let kinds: Vec<_> = found
        .iter()
        .map(|found| {
            let words = class_words(text, &found.class);
            let words = if found.is_whole { words } else { text.fill("personal.inside", &[&words]) };
            view! { <li>{words}</li> }
        })
        .collect();
    let evidence: Vec<_> = found.iter().map(|found| view! { <li>{evidence(text, found)}</li> }).collect();
    view! {
        <tr data-testid="personal-row">
            <th scope="row">{name.clone()}</th>
            <td><ul class="plain">{kinds}</ul></td>
            <td><ul class="plain">{evidence}</ul></td>
            <td><Choice draft name is_needed/></td>
        </tr>
    }
    .into_any()
}

fn evidence(text: Text, found: &FoundClass) -> AnyView {
    if found.n_filled == 0 {
        return text.s("personal.by_name").into_any();
    }
    let n_filled = text.count(u64::from(found.n_filled));
    let rows = text.fill("personal.rows", &[&text.count(u64::from(found.n_rows)), &n_filled]);
    view! { {rows} " " <code>{found.example.clone()}</code> }.into_any()
}

/// What becomes of a column; where events need a value, it cannot be left out.
#[component]
fn Choice(draft: Draft, name: String, is_needed: bool) -> impl IntoView {
    let text = use_workspace().text;
    let has_role = {
        let name = name.clone();
        move |roles: &[&str]| {
            let name = Some(name.as_str());
            !draft.is_recognised.get()
                && draft.mapping.with(|mapping| roles.iter().any(|role| mapping.column(role) == name))
        }
    };
    let is_time = {
        let has_role = has_role.clone();
        Memo::new(move |_| has_role(&TIMES))
    };
    let is_needed = Memo::new(move |_| has_role(&NEEDED) || (draft.is_recognised.get() && is_needed));
    let chosen = {
        let name = name.clone();
        Memo::new(move |_| {
            let of = |all: &Vec<ColumnTreatment>| {
                all.iter().find(|one| one.column == name).map(|one| one.treatment).unwrap_or_default()
            };
            draft.treatments.with(of)
        })
    };
    let label = text.fill("personal.choose", &[&name]);
    let choose = move |ev| {
        let Some(treatment) = Treatment::from_name(&event_target_value(&ev)) else { return };
        draft.treatments.update(|all| {
            if let Some(one) = all.iter_mut().find(|one| one.column == name) {
                one.treatment = treatment;
            }
        });
    };
    let options = move || {
        let fits = |treatment: &Treatment| {
            *treatment == Treatment::Keep
                || (!is_time.get() && (!is_needed.get() || *treatment == Treatment::Pseudonymise))
        };
        Treatment::ALL
            .into_iter()
            .filter(fits)
            .map(|treatment| {
                let words = treatment_words(text, treatment);
                view! { <option value=treatment.name() selected=move || chosen.get() == treatment>{words}</option> }
            })
            .collect::<Vec<_>>()
    };
    view! { <select aria-label=label data-testid="treatment" on:change=choose>{options}</select> }.into_any()
}
