//! Variants: which ways customers take through all activities, and how many take each.

use crate::{
    card::{figure_button, figure_of},
    map::node::stage_class,
    panel::open_variant,
    worker::Fault,
    workspace::{Workspace, use_workspace},
};
use leptos::{prelude::*, task::spawn_local};
use protocol::{Selection, figure::Measure, view::VariantRow};
use std::collections::HashMap;

/// Variants asked for at a time.
const PAGE: u32 = 50;
/// Activities of one variant shown before the rest is folded away.
const N_CHIPS: usize = 40;

/// Stage number of every activity on the map.
fn stage_by_activity(workspace: Workspace) -> HashMap<String, Option<u32>> {
    workspace.map.with(|map| {
        let nodes = map.iter().flat_map(|map| map.view.nodes.iter());
        nodes.flat_map(|node| node.activities.iter().map(|name| (name.clone(), node.stage))).collect()
    })
}

/// The room of the variants.
#[component]
pub(crate) fn VariantsScreen() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let rows = RwSignal::new(Vec::<VariantRow>::new());
    let totals = RwSignal::new(None::<(u64, u64)>);
    let is_asking = RwSignal::new(false);
    let more = move || {
        is_asking.set(true);
        let offset = u32::try_from(rows.with_untracked(Vec::len)).unwrap_or(u32::MAX);
        let revision = workspace.revision.get_untracked();
        spawn_local(async move {
            let Some(client) = workspace.client() else { return };
            let answer = client.variants(offset, PAGE).await;
            if matches!(answer, Err(Fault::Gone))
                || is_asking.is_disposed()
                || workspace.revision.get_untracked() != revision
            {
                return;
            }
            is_asking.set(false);
            match answer {
                Ok(list) => {
                    totals.set(Some((list.n_total, list.n_cases)));
                    rows.update(|rows| rows.extend(list.rows));
                }
                Err(fault) => workspace.warn_of(fault),
            }
        });
    };
    Effect::new(move |_| {
        workspace.revision.track();
        rows.set(Vec::new());
        more();
    });
    let coverage = move || {
        let (n_total, n_cases) = totals.get()?;
        let (n_shown, covered) =
            rows.with(|rows| (rows.len() as u64, rows.last().map_or(0.0, |row| row.cumulative_ratio)));
        Some(text.fill(
            "variants.coverage",
            &[&text.count(n_shown), &text.percent(covered), &text.count(n_total), &text.count(n_cases)],
        ))
    };
    let has_more = move || totals.get().is_some_and(|(n_total, _)| n_total > rows.with(Vec::len) as u64);
    let stages = Memo::new(move |_| stage_by_activity(workspace));
    view! {
        <section class="page variants" aria-label=text.s("tab.variants")>
            <p class="coverage" role="status" data-testid="coverage">{coverage}</p>
            <ol class="variant-list">
                <For each=move || rows.get() key=|row| (row.rank, row.n_cases, row.trace.clone()) children=move |row| view! { <Variant row stages/> }/>
            </ol>
            <Show when=has_more>
                <button type="button" class="button" data-testid="more-variants" disabled=move || is_asking.get() on:click=move |_| more()>{text.s("panel.more")}</button>
            </Show>
        </section>
    }
    .into_any()
}

#[component]
fn Variant(row: VariantRow, stages: Memo<HashMap<String, Option<u32>>>) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let chips: Vec<_> = row
        .trace
        .iter()
        .take(N_CHIPS)
        .map(|name| {
            let wanted = name.clone();
            let class = move || {
                stages.with(|stages| format!("chip {}", stage_class(stages.get(&wanted).copied().flatten())))
            };
            view! { <li class=class title=name.clone()><span>{name.clone()}</span></li> }
        })
        .collect();
    let n_folded = row.trace.len().saturating_sub(N_CHIPS);
    let folded = (n_folded > 0)
        .then(|| view! { <li class="chip more">{text.plural("variants.folded", n_folded as u64)}</li> });
    let trace = row.trace.clone();
    let open = move |_| open_variant(workspace, row.rank, trace.clone());
    let of = Selection::Variant { trace: row.trace.clone() };
    let fact = |caption: &'static str, words: String, measure: Measure| {
        view! { <div><dt>{caption}</dt><dd>{figure_button(workspace, caption, words, figure_of(measure, &of))}</dd></div> }
    };
    view! {
        <li class="variant" data-testid="variant">
            <button type="button" class="variant-open" data-testid="variant-open" aria-label=text.fill("variants.open", &[&text.count(row.rank), &text.count(row.n_cases)]) on:click=open>
                <span class="rank">{text.count(row.rank)}</span>
                <span class="bar" aria-hidden="true"><span class="bar-part goes-on" style:width=format!("{:.2}%", row.case_ratio * 100.0)></span></span>
            </button>
            <dl class="variant-facts">
                {fact(text.s("figure.cases"), text.count(row.n_cases), Measure::Cases)}
                {fact(text.s("figure.share"), text.percent(row.case_ratio), Measure::VariantShare)}
                {fact(text.s("figure.cumulative"), text.percent(row.cumulative_ratio), Measure::VariantCumulative)}
                {fact(text.s("figure.cycle"), text.duration(row.cycle.median_secs), Measure::Cycle)}
            </dl>
            <ol class="chips">{chips}{folded}</ol>
        </li>
    }
    .into_any()
}
