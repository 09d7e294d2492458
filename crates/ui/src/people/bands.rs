//! How sure is sure enough: the three bands, what is expected of them, and the rules behind them.

use super::use_people;
use crate::{
    text::Text,
    workspace::{Workspace, use_workspace},
};
use leptos::prelude::*;
use protocol::identity::{BandView, IdentityDeed, LinkRules, Overview};

/// Chances that can be entered, as percentages.
const PERCENT_MIN: f64 = 1.0;
const PERCENT_MAX: f64 = 99.999;

/// The part of the room.
pub(super) fn bands(overview: RwSignal<Option<Overview>>) -> AnyView {
    let workspace = use_workspace();
    let text = workspace.text;
    let content = move || {
        let Some(known) = overview.get() else {
            return view! { <p class="hint" role="status">{text.s("report.loading")}</p> }.into_any();
        };
        view! {
            {three_bands(text, &known)}
            {learned(workspace, &known)}
            {rules_form(workspace, known.rules)}
            <details class="people-how">
                <summary>{text.s("people.estimated")}</summary>
                <p>{text.s("people.estimated.model")}</p>
                <p>{text.s("people.estimated.precision")}</p>
                <p>{text.s("people.estimated.recall")}</p>
                <p>{text.s("people.estimated.limits")}</p>
            </details>
        }
        .into_any()
    };
    view! { {content} }.into_any()
}

fn three_bands(text: Text, known: &Overview) -> AnyView {
    let LinkRules { sure, review, automatic } = known.rules;
    let percent = |ratio: f64| text.percent(ratio);
    let expected = |band: BandView| {
        known.is_learned.then(|| {
            view! {
                <div><dt>{text.s("people.precision")}</dt><dd>{percent(band.precision_ratio)}</dd></div>
                <div><dt>{text.s("people.recall")}</dt><dd>{percent(band.recall_ratio)}</dd></div>
            }
        })
    };
    let pairs = |n: u64, id: &'static str| view! { <div><dt>{text.s("people.pairs")}</dt><dd data-testid=id>{text.count(n)}</dd></div> };
    let what_happens = if automatic { "people.sure.automatic" } else { "people.sure.by_hand" };
    view! {
        <div class="bands" data-testid="bands">
            <section class="band apart">
                <h2>{text.s("people.band.apart")}</h2>
                <p class="hint">{text.fill("people.band.below", &[&percent(review)])}</p>
                <dl>{pairs(known.n_apart, "n-apart")}</dl>
                <p class="hint">{text.s("people.band.apart.about")}</p>
            </section>
            <section class="band review-band">
                <h2>{text.s("people.band.review")}</h2>
                <p class="hint">{text.fill("people.band.between", &[&percent(review), &percent(sure)])}</p>
                <dl>{pairs(known.review.n_pairs, "n-review")}{expected(known.review)}</dl>
                <p class="hint">{text.s("people.band.review.expected")}</p>
            </section>
            <section class="band sure-band">
                <h2>{text.s("people.band.sure")}</h2>
                <p class="hint">{text.fill("people.band.from", &[&percent(sure)])}</p>
                <dl>{pairs(known.sure.n_pairs, "n-sure")}{expected(known.sure)}</dl>
                <p class="hint">{text.s(what_happens)}</p>
            </section>
        </div>
    }
    .into_any()
}

/// What was learned, of what, and how to learn anew.
fn learned(workspace: Workspace, known: &Overview) -> AnyView {
    let text = workspace.text;
    let people = use_people();
    let words = if known.is_learned {
        text.fill(
            "people.learned",
            &[&text.count(known.n_compared), &text.count(known.n_accepted), &text.count(known.n_rejected)],
        )
    } else {
        text.s("people.not_learned").to_owned()
    };
    let since =
        (known.n_since_learned > 0).then(|| text.plural("people.since_learned", known.n_since_learned));
    let learn = move |_| people.change(workspace, IdentityDeed::Learn, || ());
    view! {
        <div class="learned">
            <p data-testid="learned">{words} " " {since}</p>
            <span class="spacer"></span>
            <button type="button" class="button" data-testid="learn" disabled=move || people.is_changing.get() on:click=learn>{text.s("people.learn")}</button>
        </div>
    }
    .into_any()
}

/// A chance as a person enters it, in percent; `None` when it is none.
fn ratio_of(entered: &str) -> Option<f64> {
    let percent: f64 = entered.trim().replace(',', ".").parse().ok()?;
    (PERCENT_MIN..=PERCENT_MAX).contains(&percent).then_some(percent / 100.0)
}

/// A chance as it stands in its field.
fn entered(ratio: f64) -> String {
    let text = format!("{:.3}", ratio * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The rules as entered, where they are rules.
fn rules_of(sure: &str, review: &str, automatic: bool) -> Option<LinkRules> {
    let (sure, review) = (ratio_of(sure)?, ratio_of(review)?);
    (review < sure).then_some(LinkRules { sure, review, automatic })
}

fn rules_form(workspace: Workspace, rules: LinkRules) -> AnyView {
    let text = workspace.text;
    let people = use_people();
    let sure = RwSignal::new(entered(rules.sure));
    let review = RwSignal::new(entered(rules.review));
    let automatic = RwSignal::new(rules.automatic);
    let wanted =
        Memo::new(move |_| sure.with(|sure| review.with(|review| rules_of(sure, review, automatic.get()))));
    let is_new = move || wanted.get().is_some_and(|wanted| wanted != rules);
    let apply = move |ev: web_sys::SubmitEvent| {
        ev.prevent_default();
        if let Some(rules) = wanted.get_untracked() {
            people.change(workspace, IdentityDeed::SetRules { rules }, || ());
        }
    };
    let field = |id: &'static str, caption: &'static str, value: RwSignal<String>| {
        view! {
            <div class="field short">
                <label for=id>{caption}</label>
                <span class="percent-field"><input type="text" inputmode="decimal" id=id data-testid=id autocomplete="off" prop:value=move || value.get() on:input=move |ev| value.set(event_target_value(&ev))/> "%"</span>
            </div>
        }
    };
    view! {
        <form class="rules" on:submit=apply>
            <h2>{text.s("people.rules")}</h2>
            <div class="fields">
                {field("rule-review", text.s("people.rule.review"), review)}
                {field("rule-sure", text.s("people.rule.sure"), sure)}
                <span class="tick">
                    <input type="checkbox" id="rule-automatic" data-testid="rule-automatic" prop:checked=move || automatic.get() on:change=move |ev| automatic.set(event_target_checked(&ev))/>
                    <label for="rule-automatic">{text.s("people.rule.automatic")}</label>
                </span>
                <button type="submit" class="button primary" data-testid="rules-apply" disabled=move || !is_new() || people.is_changing.get()>{text.s("dialog.apply")}</button>
            </div>
            {move || wanted.get().is_none().then(|| view! { <p class="warning" role="alert">{text.s("people.rule.wrong")}</p> })}
            <p class="hint">{text.s("people.rules.about")}</p>
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_are_entered_in_percent() {
        assert_eq!(ratio_of(" 99,5 "), Some(0.995), "with a comma too");
        assert_eq!(
            (ratio_of("100"), ratio_of("0"), ratio_of("many")),
            (None, None, None),
            "nothing is certain"
        );
        assert_eq!(
            (entered(0.8), entered(0.995), entered(0.999_99)),
            ("80".to_owned(), "99.5".to_owned(), "99.999".to_owned()),
            "as short as it goes"
        );
        assert_eq!(rules_of("80", "99", false), None, "to be reviewed lies below sure");
        let rules = LinkRules { sure: 0.99, review: 0.8, automatic: true };
        assert_eq!(
            rules_of(&entered(rules.sure), &entered(rules.review), true),
            Some(rules),
            "there and back"
        );
    }
}
