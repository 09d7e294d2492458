//! What the last import changed, told once and calmly.

use crate::{text::Text, workspace::use_workspace};
use leptos::prelude::*;
use protocol::import::{ChangeSummary, Changed, ImportReport};

/// Changes of figures listed for activities, and for edges.
const N_LISTED: usize = 4;

/// The counts of a change that are worth saying: what is zero is left out.
fn facts(change: &ChangeSummary, text: Text) -> Vec<String> {
    let all = [
        ("change.events", change.n_events.saturating_sub(change.n_changed), true),
        ("change.changed", change.n_changed, change.renews),
        ("change.gone", change.n_gone, false),
        ("change.unchanged", if change.renews { change.n_duplicates } else { 0 }, change.renews),
        ("change.new_customers", change.n_new_customers, false),
        ("change.touched_customers", change.n_touched_customers, false),
        ("change.late", change.n_late, false),
        ("change.duplicates", if change.renews { 0 } else { change.n_duplicates }, false),
        ("change.rejected", change.n_rejected, false),
    ];
    all.into_iter()
        .filter(|(_, n, always)| *always || *n > 0)
        .map(|(key, n, _)| text.plural(key, n))
        .collect()
}

fn moved(change: &ChangeSummary) -> bool {
    // In the first import everything changes from nothing, and a list of that says nothing.
    change.activities.iter().chain(&change.edges).any(|changed| changed.before > 0)
}

fn listed(changed: &[Changed], caption: &'static str, text: Text) -> Option<impl IntoView + use<>> {
    let rows: Vec<_> = changed
        .iter()
        .take(N_LISTED)
        .map(|changed| {
            let figures = format!("{} → {}", text.count(changed.before), text.count(changed.after));
            view! { <li><span class="changed-name">{changed.name.clone()}</span> <span class="changed-figures">{figures}</span></li> }
        })
        .collect();
    (!rows.is_empty()).then(|| view! { <div class="changed"><h3>{caption}</h3> <ul>{rows}</ul></div> })
}

/// One import in a line; the figures it moved are listed where it came alone, since several lists would hide the map.
fn report_view(report: &ImportReport, is_alone: bool, text: Text) -> AnyView {
    let change = &report.change;
    let details = (is_alone && moved(change)).then(|| {
        let new = (!change.new_activities.is_empty()).then(
            || view! { <p>{text.fill("change.new_activities", &[&change.new_activities.join(", ")])}</p> },
        );
        let kept = text
            .fill("change.kept", &[&text.count(change.n_recomputed_cases), &text.count(change.n_kept_cases)]);
        view! {
            {new}
            <div class="changed-lists">
                {listed(&change.activities, text.s("change.activities"), text)}
                {listed(&change.edges, text.s("change.edges"), text)}
            </div>
            <p class="hint">{kept}</p>
        }
    });
    view! {
        <div class="change">
            <p><strong>{report.source.name.clone()}</strong> ": " {facts(change, text).join(" · ")}</p>
            {change.renews.then(|| view! { <p class="hint">{text.s("change.renews")}</p> })}
            {details}
        </div>
    }
    .into_any()
}

/// The summary, in a live region that is there before it has something to say.
#[component]
pub(crate) fn ChangeSummaryView() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    // It is about the room it was told in; in the next one it would only be in the way.
    Effect::watch(move || workspace.tab.get(), move |_, _, _| workspace.changes.set(Vec::new()), false);
    let content = move || {
        workspace.changes.with(|reports| {
            (!reports.is_empty()).then(|| {
                view! {
                    <div class="changes" data-testid="change-summary">
                        <div class="changes-head">
                            <h2>{text.s("change.title")}</h2>
                            <button type="button" class="button icon" aria-label=text.s("dialog.close") data-testid="change-close" on:click=move |_| workspace.changes.set(Vec::new())>"×"</button>
                        </div>
                        {reports.iter().map(|report| report_view(report, reports.len() == 1, text)).collect::<Vec<_>>()}
                    </div>
                }
            })
        })
    };
    view! { <div class="changes-region" role="status" aria-live="polite">{content}</div> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_counts_are_left_out_but_events_are_always_told() {
        let text = Text::for_locales(&[]);
        let change = ChangeSummary { n_late: 1, ..ChangeSummary::default() };
        let facts = facts(&change, text);
        assert_eq!(facts.len(), 2, "events and late events: {facts:?}");
        assert!(facts[0].starts_with('0'), "no event is said as such: {facts:?}");
    }

    #[test]
    fn the_first_import_lists_no_changes_from_nothing() {
        let from_nothing = Changed { name: "a".to_owned(), before: 0, after: 9 };
        let mut change = ChangeSummary { activities: vec![from_nothing], ..ChangeSummary::default() };
        assert!(!moved(&change), "all of it is new");
        change.activities[0].before = 8;
        assert!(moved(&change), "8 became 9");
    }
}
