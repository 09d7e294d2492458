//! Retention periods: how long events are kept, and what would go.

use super::Room;
use crate::{dialog::Dialog, journal::Entry, worker::Fault};
use leptos::{prelude::*, task::spawn_local};
use protocol::Request;
use protocol::privacy::{Expiring, Retention};
use std::collections::BTreeMap;

/// Months as they are typed: for all sources, and by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Typed {
    months: String,
    by_kind: BTreeMap<String, String>,
}

impl Typed {
    fn of(retention: &Retention) -> Self {
        let word = |months: &Option<u32>| months.map(|months| months.to_string()).unwrap_or_default();
        Self {
            months: word(&retention.months),
            by_kind: retention.by_kind.iter().map(|(kind, months)| (kind.clone(), word(months))).collect(),
        }
    }

    fn retention(&self) -> Retention {
        let months = |word: &String| word.trim().parse().ok();
        let by_kind = self.by_kind.iter().filter(|(_, word)| !word.trim().is_empty());
        Retention {
            months: months(&self.months),
            by_kind: by_kind.map(|(kind, word)| (kind.clone(), months(word))).collect(),
        }
    }
}

/// A period for all sources, one for each kind, and the way to see what they do before they do it.
#[component]
pub(super) fn Periods(room: Room) -> impl IntoView {
    let workspace = room.workspace;
    let text = workspace.text;
    let typed = RwSignal::new(Typed::default());
    let found = RwSignal::new(None::<Vec<Expiring>>);
    Effect::new(move |_| {
        let kept = room.state.with(|state| state.as_ref().map(|state| Typed::of(&state.settings.retention)));
        typed.set(kept.unwrap_or_default());
    });
    let kinds =
        move || room.state.with(|state| state.as_ref().map(|state| state.kinds.clone()).unwrap_or_default());
    let kind_row = move |kind: String| {
        let (of, label) = (kind.clone(), text.fill("retention.of", &[&kind]));
        let value = {
            let kind = kind.clone();
            move || typed.with(|typed| typed.by_kind.get(&kind).cloned().unwrap_or_default())
        };
        view! {
            <tr>
                <th scope="row">{kind}</th>
                <td><input type="number" min="1" max="1200" aria-label=label prop:value=value on:input=move |ev| typed.update(|typed| { typed.by_kind.insert(of.clone(), event_target_value(&ev)); })/></td>
            </tr>
        }
    };
    let look = move |_| {
        spawn_local(async move {
            let Some(client) = workspace.client() else { return };
            match client.expiring(Request::Expiring { retention: typed.get_untracked().retention() }).await {
                Ok(sources) => found.set(Some(sources)),
                Err(Fault::Gone) => {}
                Err(fault) => workspace.warn_of(fault),
            }
        });
    };
    view! {
        <article class="privacy-part" data-testid="retention">
            <h2>{text.s("retention.periods.title")}</h2>
            <p class="hint">{text.s("retention.lead")}</p>
            <table class="data narrow-table">
                <caption class="hidden">{text.s("retention.periods.title")}</caption>
                <thead><tr><th scope="col">{text.s("retention.kind")}</th><th scope="col">{text.s("retention.months")}</th></tr></thead>
                <tbody>
                    <tr>
                        <th scope="row">{text.s("retention.all")}</th>
                        <td><input type="number" min="1" max="1200" data-testid="retention-months" aria-label=text.s("retention.of_all") prop:value=move || typed.with(|typed| typed.months.clone()) on:input=move |ev| typed.update(|typed| typed.months = event_target_value(&ev))/></td>
                    </tr>
                    {move || kinds().into_iter().map(kind_row).collect_view()}
                </tbody>
            </table>
            <Show when=move || workspace.shows_controls()>
                <div class="privacy-actions">
                    <button type="button" class="button" data-testid="retention-look" on:click=look>{text.s("retention.look")}</button>
                </div>
            </Show>
            <Show when=move || found.with(Option::is_some)>
                <ApplyDialog room retention=typed.get_untracked().retention() found/>
            </Show>
        </article>
    }
    .into_any()
}

/// Shows what would go, and asks.
#[component]
fn ApplyDialog(room: Room, retention: Retention, found: RwSignal<Option<Vec<Expiring>>>) -> impl IntoView {
    let workspace = room.workspace;
    let text = workspace.text;
    let sources = found.get_untracked().unwrap_or_default();
    let n_expired: u64 = sources.iter().map(|one| one.n_expired).sum();
    let rows: Vec<_> = sources
        .iter()
        .map(|one| {
            let months = one.months.map_or_else(|| text.s("retention.for_ever").to_owned(), |n| text.count(u64::from(n)));
            view! { <tr><th scope="row">{one.name.clone()}</th><td class="number">{months}</td><td class="number">{text.count(one.n_events)}</td><td class="number">{text.count(one.n_expired)}</td></tr> }
        })
        .collect();
    let apply = move |_| {
        let retention = retention.clone();
        found.set(None);
        spawn_local(async move {
            let Some(mut settings) = room.state.get_untracked().map(|state| state.settings) else { return };
            settings.retention = retention;
            let request = Request::SetPrivacy { settings: Box::new(settings) };
            let kept = workspace.try_perform(request.clone(), Entry::Command(request)).await;
            let Some(client) = workspace.client() else { return };
            let done = match kept {
                Ok(_) => client.expiring(Request::Expire).await.map(drop),
                Err(fault) => Err(fault),
            };
            let shown = match done {
                Ok(()) => {
                    workspace.note(Entry::Command(Request::Expire));
                    workspace.show_anew(true).await
                }
                Err(fault) => Err(fault),
            };
            if let Err(fault) = shown {
                workspace.warn_of(fault);
            }
        });
    };
    view! {
        <Dialog title=text.s("retention.periods.title").to_owned() on_close=Callback::new(move |()| found.set(None)) testid="retention-dialog">
            <p>{text.plural("retention.would_go", n_expired)}</p>
            <table class="data compact" data-testid="retention-preview">
                <caption class="hidden">{text.s("retention.periods.title")}</caption>
                <thead><tr><th scope="col">{text.s("tab.sources")}</th><th scope="col">{text.s("retention.months")}</th><th scope="col">{text.s("source.events")}</th><th scope="col">{text.s("retention.too_old")}</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
            <p class="warning">{text.s("retention.final")}</p>
            <footer class="dialog-actions">
                <span class="spacer"></span>
                <button type="button" class="button" on:click=move |_| found.set(None)>{text.s("dialog.cancel")}</button>
                <button type="button" class="button primary" data-testid="retention-apply" on:click=apply>{text.s("retention.apply")}</button>
            </footer>
        </Dialog>
    }
    .into_any()
}
