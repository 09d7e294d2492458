//! Consent: whose events may be looked at.

use super::Room;
use leptos::prelude::*;
use protocol::privacy::{ConsentCounts, ConsentRule};

/// The rule, and whom it leaves out.
#[component]
pub(super) fn ConsentPart(room: Room) -> impl IntoView {
    let text = room.workspace.text;
    let rule = Memo::new(move |_| {
        room.state
            .with(|state| state.as_ref().map(|state| state.settings.consent.clone()).unwrap_or_default())
    });
    let counts =
        move || room.state.with(|state| state.as_ref().map(|state| state.consent).unwrap_or_default());
    let is_off = move || !room.workspace.shows_controls();
    let change =
        move |change: &dyn Fn(&mut ConsentRule)| room.decide(|settings| change(&mut settings.consent));
    let fact = move |caption: &'static str, of: fn(&ConsentCounts) -> u64| {
        view! { <div><dt>{text.s(caption)}</dt><dd>{move || text.count(of(&counts()))}</dd></div> }
    };
    view! {
        <article class="privacy-part" data-testid="consent">
            <h2>{text.s("consent.title")}</h2>
            <p class="hint">{text.s("consent.lead")}</p>
            <div class="privacy-field">
                <input type="checkbox" id="consent-honoured" data-testid="consent-honoured" disabled=is_off prop:checked=move || rule.with(|rule| rule.is_honoured) on:change=move |ev| { let is = event_target_checked(&ev); change(&|rule| rule.is_honoured = is); }/>
                <label for="consent-honoured">{text.s("consent.honoured")}</label>
            </div>
            <div class="privacy-field">
                <label for="consent-purpose">{text.s("consent.purpose")}</label>
                <input type="text" id="consent-purpose" data-testid="consent-purpose" autocomplete="off" disabled=is_off prop:value=move || rule.with(|rule| rule.purpose.clone()) on:change=move |ev| { let purpose = event_target_value(&ev); change(&|rule| rule.purpose.clone_from(&purpose)); }/>
            </div>
            <div class="privacy-field">
                <input type="checkbox" id="consent-unknown" data-testid="consent-unknown" disabled=is_off prop:checked=move || rule.with(|rule| rule.allows_unknown) on:change=move |ev| { let is = event_target_checked(&ev); change(&|rule| rule.allows_unknown = is); }/>
                <label for="consent-unknown">{text.s("consent.unknown")}</label>
            </div>
            <dl class="mapping">
                {fact("consent.n_given", |counts| counts.n_given)}
                {fact("consent.n_refused", |counts| counts.n_refused)}
                {fact("consent.n_unknown", |counts| counts.n_unknown)}
                {fact("consent.n_withheld_customers", |counts| counts.n_withheld_customers)}
                {fact("consent.n_withheld_events", |counts| counts.n_withheld_events)}
            </dl>
        </article>
    }
    .into_any()
}
