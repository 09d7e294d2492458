//! Pairs to decide, one after the other: by buttons, by keys, or a whole band at once.

use super::{
    People,
    ask::{Asked, asked},
    pair::{side_by_side, waterfall},
    use_people,
};
use crate::{
    dialog::Dialog,
    text::Text,
    workspace::{Workspace, use_workspace},
};
use leptos::{html, prelude::*};
use protocol::identity::{
    Band, BandView, IdentityAnswer, IdentityDeed, IdentityQuestion, LinkRules, Overview, PairView, Verdict,
};
use web_sys::KeyboardEvent;

/// The bands that can be reviewed, with the names that words and ids use.
const BANDS: [(Band, &str); 2] = [(Band::Review, "review"), (Band::Sure, "sure")];

fn band_of(overview: &Overview, band: Band) -> BandView {
    match band {
        Band::Review => overview.review,
        Band::Sure => overview.sure,
    }
}

/// A pair of a band, and how many the band has.
#[derive(Clone, Debug, PartialEq)]
struct Found {
    n_total: u64,
    pair: Option<PairView>,
}

/// The part of the room.
pub(super) fn review(overview: RwSignal<Option<Overview>>) -> AnyView {
    let workspace = use_workspace();
    let people = use_people();
    // Whoever comes to decide finds pairs, whichever band has them, also where it is known only later.
    let is_chosen = StoredValue::new(false);
    Effect::new(move |_| {
        let n_of = |band| overview.with(|known| known.as_ref().map(|known| band_of(known, band).n_pairs));
        let Some(n_here) = n_of(people.band.get_untracked()).filter(|_| !is_chosen.get_value()) else {
            return;
        };
        is_chosen.set_value(true);
        if let Some((band, _)) = BANDS.into_iter().find(|(band, _)| n_of(*band) > Some(0))
            && n_here == 0
        {
            people.band.set(band);
            people.at.set(0);
        }
    });
    let found = asked(
        move || Some(IdentityQuestion::Review { band: people.band.get(), offset: people.at.get(), limit: 1 }),
        |answer| match answer {
            IdentityAnswer::Review { n_total, pairs } => {
                Some(Found { n_total, pair: pairs.into_iter().next() })
            }
            _ => None,
        },
    );
    // Deciding the last pair leaves the one before it.
    Effect::new(move |_| {
        let n_total = found.found.with(|found| found.as_ref().map(|found| found.n_total));
        if let Some(n_total) = n_total
            && u64::from(people.at.get_untracked()) >= n_total.max(1)
        {
            people.at.set(u32::try_from(n_total.saturating_sub(1)).unwrap_or(0));
        }
    });
    let rules = Memo::new(move |_| overview.with(|overview| overview.as_ref().map(|known| known.rules)));
    let stage = NodeRef::<html::Section>::new();
    let press = move |ev: KeyboardEvent| press(workspace, people, found, stage, &ev);
    view! {
        {head(overview, people)}
        <section class="review" tabindex="-1" node_ref=stage aria-label=workspace.text.s("people.review") data-testid="review" aria-busy=move || (found.is_asking.get() || people.is_changing.get()).to_string() on:keydown=press>
            {move || pair_part(workspace, people, found, rules.get(), stage)}
        </section>
    }
    .into_any()
}

/// The choice of the band, and the way to decide all of it.
fn head(overview: RwSignal<Option<Overview>>, people: People) -> AnyView {
    let text = use_workspace().text;
    let is_asking = RwSignal::new(false);
    let n_of = move |band: Band| {
        overview.with(|overview| overview.as_ref().map_or(0, |known| band_of(known, band).n_pairs))
    };
    let choice = move |(band, name): (Band, &'static str)| {
        let id = format!("band-{name}");
        let words = text.find(&format!("people.band.{name}")).unwrap_or(name);
        let choose = move |_| {
            people.band.set(band);
            people.at.set(0);
        };
        view! {
            <span class="segment">
                <input type="radio" name="band" id=id.clone() data-testid=id.clone() prop:checked=move || people.band.get() == band on:change=choose/>
                <label for=id>{words} " (" {move || text.count(n_of(band))} ")"</label>
            </span>
        }
    };
    view! {
        <div class="review-head">
            <fieldset class="segments">
                <legend>{text.s("people.band")}</legend>
                {BANDS.into_iter().map(choice).collect::<Vec<_>>()}
            </fieldset>
            <span class="spacer"></span>
            <Show when=move || { n_of(people.band.get()) > 1 }>
                <button type="button" class="button" aria-haspopup="dialog" data-testid="decide-band" on:click=move |_| is_asking.set(true)>{move || text.plural("people.all_pairs", n_of(people.band.get()))}</button>
            </Show>
        </div>
        <p class="hint">{move || text.s(match people.band.get() {
            Band::Review => "people.band.review.about",
            Band::Sure => "people.band.sure.about",
        })}</p>
        <Show when=move || is_asking.get()>
            <BandDialog overview is_open=is_asking/>
        </Show>
    }
    .into_any()
}

/// Asks before a whole band is decided, and says how many pairs that are.
#[component]
fn BandDialog(overview: RwSignal<Option<Overview>>, is_open: RwSignal<bool>) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let people = use_people();
    let band = people.band.get_untracked();
    let view = overview.with_untracked(|overview| overview.as_ref().map(|known| band_of(known, band)));
    let view = view.unwrap_or_default();
    let expected = text.fill("people.all_pairs.expected", &[&text.percent(view.precision_ratio)]);
    let decide = move |verdict: Verdict| {
        move |_| {
            is_open.set(false);
            people.change(workspace, IdentityDeed::DecideBand { band, verdict }, || ());
        }
    };
    let n = view.n_pairs;
    view! {
        <Dialog title=text.plural("people.all_pairs.title", n) on_close=Callback::new(move |()| is_open.set(false)) testid="band-dialog">
            <p>{text.plural("people.all_pairs.text", n)}</p>
            <p class="hint">{expected}</p>
            <div class="dialog-actions">
                <button type="button" class="button" on:click=move |_| is_open.set(false)>{text.s("dialog.cancel")}</button>
                <span class="spacer"></span>
                <button type="button" class="button" data-testid="band-apart" on:click=decide(Verdict::Apart)>{text.plural("people.all_apart", n)}</button>
                <button type="button" class="button primary" data-testid="band-same" on:click=decide(Verdict::Same)>{text.plural("people.all_same", n)}</button>
            </div>
        </Dialog>
    }
    .into_any()
}

fn pair_part(
    workspace: Workspace,
    people: People,
    found: Asked<Found>,
    rules: Option<LinkRules>,
    stage: NodeRef<html::Section>,
) -> AnyView {
    let text = workspace.text;
    let Some(Found { n_total, pair }) = found.found.get() else {
        return view! { <p class="hint" role="status">{text.s("report.loading")}</p> }.into_any();
    };
    let Some(pair) = pair else {
        return if n_total == 0 {
            view! { <p class="people-none" data-testid="review-none">{text.s("people.review.none")}</p> }
                .into_any()
        } else {
            ().into_any()
        };
    };
    let place = text
        .fill("people.place", &[&text.count(u64::from(people.at.get_untracked()) + 1), &text.count(n_total)]);
    let thresholds = rules.map(|rules| (rules.review, rules.sure));
    let conflict = pair.conflict.as_deref().map(|of| {
        let words = text.fill("people.conflict.text", &[&super::record::field_words(text, of)]);
        view! { <p class="warning" data-testid="conflict">{words}</p> }
    });
    view! {
        <p class="review-place" aria-live="polite" data-testid="review-place">{place} " · " {text.fill("people.chance", &[&text.percent(pair.chance_ratio)])}</p>
        {conflict}
        {actions(workspace, people, &pair, n_total, stage)}
        {side_by_side(workspace, &pair)}
        <h2 class="people-heading">{text.s("people.weights")}</h2>
        {waterfall(text, &pair, thresholds)}
    }
    .into_any()
}

fn actions(
    workspace: Workspace,
    people: People,
    pair: &PairView,
    n_total: u64,
    stage: NodeRef<html::Section>,
) -> AnyView {
    let text = workspace.text;
    let button = |verdict: Verdict, key: &'static str, words: &'static str, testid: &'static str| {
        let keys = (pair.a.key.clone(), pair.b.key.clone());
        let decide = move |_| decide(workspace, people, keys.clone(), verdict, stage);
        view! {
            <button type="button" class="button" class:primary={verdict == Verdict::Same} aria-keyshortcuts=key data-testid=testid disabled=move || people.is_changing.get() on:click=decide>{words} " " <kbd aria-hidden="true">{key}</kbd></button>
        }
    };
    let at = people.at.get_untracked();
    view! {
        <div class="review-actions">
            {button(Verdict::Same, "1", text.s("people.same"), "decide-same")}
            {button(Verdict::Apart, "2", text.s("people.apart"), "decide-apart")}
            <span class="spacer"></span>
            <button type="button" class="button" aria-keyshortcuts="ArrowLeft" data-testid="review-previous" disabled={at == 0} on:click=move |_| step(people, n_total, false, stage)>"← " {text.s("people.previous")}</button>
            <button type="button" class="button" aria-keyshortcuts="ArrowRight" data-testid="review-next" disabled={u64::from(at) + 1 >= n_total} on:click=move |_| step(people, n_total, true, stage)>{text.s("people.next")} " →"</button>
        </div>
    }
    .into_any()
}

/// The button that was pressed goes with its pair; the keys go on working where the pairs are.
fn keep_focus(stage: NodeRef<html::Section>) {
    if let Some(stage) = stage.get_untracked() {
        stage.focus().ok();
    }
}

fn step(people: People, n_total: u64, is_forth: bool, stage: NodeRef<html::Section>) {
    let at = people.at.get_untracked();
    let next = if is_forth { at.saturating_add(1) } else { at.saturating_sub(1) };
    if u64::from(next) < n_total && next != at {
        keep_focus(stage);
        people.at.set(next);
    }
}

fn decide(
    workspace: Workspace,
    people: People,
    pair: (String, String),
    verdict: Verdict,
    stage: NodeRef<html::Section>,
) {
    keep_focus(stage);
    people.change(workspace, IdentityDeed::Decide { pairs: vec![pair], verdict: Some(verdict) }, || ());
}

/// 1 for one person, 2 for two, arrows for the pairs before and after.
fn press(
    workspace: Workspace,
    people: People,
    found: Asked<Found>,
    stage: NodeRef<html::Section>,
    ev: &KeyboardEvent,
) {
    if ev.alt_key() || ev.ctrl_key() || ev.meta_key() || found.is_asking.get_untracked() {
        return;
    }
    let Some(Found { n_total, pair: Some(pair) }) = found.found.get_untracked() else { return };
    let keys = (pair.a.key, pair.b.key);
    match ev.key().as_str() {
        "1" => decide(workspace, people, keys, Verdict::Same, stage),
        "2" => decide(workspace, people, keys, Verdict::Apart, stage),
        "ArrowLeft" => step(people, n_total, false, stage),
        "ArrowRight" => step(people, n_total, true, stage),
        _ => return,
    }
    ev.prevent_default();
}

/// What a person said of a pair, in words.
pub(super) fn verdict_words(text: Text, verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Same => text.s("people.said_same"),
        Verdict::Apart => text.s("people.said_apart"),
    }
}
