//! The policy: what becomes of each kind of personal data in every import.

use super::Room;
use crate::personal::{class_words, treatment_words};
use leptos::prelude::*;
use protocol::privacy::{CLASSES, Policy, Treatment};

/// What is proposed: whoever can be reached is known by a pseudonym, and what only does harm is left out.
const RECOMMENDED: [(&str, Treatment); 10] = [
    ("email", Treatment::Pseudonymise),
    ("phone", Treatment::Pseudonymise),
    ("person_name", Treatment::Pseudonymise),
    ("postal_address", Treatment::Drop),
    ("payment_card", Treatment::Drop),
    ("iban", Treatment::Drop),
    ("national_id", Treatment::Pseudonymise),
    ("medical_id", Treatment::Pseudonymise),
    ("ip_address", Treatment::Drop),
    ("birth_date", Treatment::Drop),
];

/// A choice for every kind.
#[component]
pub(super) fn PolicyTable(room: Room) -> impl IntoView {
    let text = room.workspace.text;
    let policy = Memo::new(move |_| {
        room.state.with(|state| state.as_ref().map(|state| state.settings.policy.clone()).unwrap_or_default())
    });
    let may_change = move || room.workspace.shows_controls();
    let row = move |class: &'static str| {
        let words = class_words(text, class);
        let label = text.fill("personal.choose", &[&words]);
        let options = Treatment::ALL.map(|treatment| {
            let is_chosen = move || policy.with(|policy| policy.treatment(class)) == treatment;
            view! { <option value=treatment.name() selected=is_chosen>{treatment_words(text, treatment)}</option> }
        });
        let choose = move |ev| {
            let Some(treatment) = Treatment::from_name(&event_target_value(&ev)) else { return };
            room.decide(|settings| {
                settings.policy.classes.insert(class.to_owned(), treatment);
            });
        };
        view! {
            <tr>
                <th scope="row">{words}</th>
                <td>{text.find(&format!("personal.about.{class}")).unwrap_or_default()}</td>
                <td><select aria-label=label data-testid=format!("policy-{class}") disabled=move || !may_change() on:change=choose>{options.into_iter().collect_view()}</select></td>
            </tr>
        }
    };
    let recommend = move |_| {
        let classes =
            RECOMMENDED.into_iter().map(|(class, treatment)| (class.to_owned(), treatment)).collect();
        room.decide(|settings| settings.policy = Policy { classes });
    };
    let keep = move |_| room.decide(|settings| settings.policy = Policy::default());
    view! {
        <article class="privacy-part" data-testid="policy">
            <h2>{text.s("privacy.policy")}</h2>
            <p class="hint">{text.s("privacy.policy.lead")}</p>
            <div class="scroll" tabindex="0" role="region" aria-label=text.s("privacy.policy")>
                <table class="data policy">
                    <caption class="hidden">{text.s("privacy.policy")}</caption>
                    <thead><tr>
                        <th scope="col">{text.s("privacy.kind")}</th>
                        <th scope="col">{text.s("privacy.kind.about")}</th>
                        <th scope="col">{text.s("personal.treatment")}</th>
                    </tr></thead>
                    <tbody>{CLASSES.map(row).into_iter().collect_view()}</tbody>
                </table>
            </div>
            <Show when=may_change>
                <div class="privacy-actions">
                    <button type="button" class="button" data-testid="policy-recommended" on:click=recommend>{text.s("privacy.policy.recommended")}</button>
                    <button type="button" class="button" data-testid="policy-keep" disabled=move || policy.with(Policy::keeps_all) on:click=keep>{text.s("privacy.policy.keep")}</button>
                </div>
            </Show>
            <dl class="treatments">
                {Treatment::ALL.map(|treatment| view! {
                    <div><dt>{treatment_words(text, treatment)}</dt><dd>{text.find(&format!("personal.{}.about", treatment.name())).unwrap_or_default()}</dd></div>
                }).into_iter().collect_view()}
            </dl>
        </article>
    }
    .into_any()
}
