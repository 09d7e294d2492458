//! The figure card: how the figures of a report came about.

use crate::{dialog::Dialog, workspace::use_workspace};
use leptos::prelude::*;
use protocol::report::{Card, Report};

/// The card as a dialog.
pub(super) fn card_dialog(report: &Report, is_open: RwSignal<bool>) -> AnyView {
    let text = use_workspace().text;
    let Card {
        definition,
        formulas,
        parameters,
        unit,
        n_units,
        n_cases,
        n_events,
        dropped,
        engine_version,
        input_digest,
    } = report.card.clone();
    let formulas: Vec<_> = formulas.into_iter().map(|line| view! { <li><code>{line}</code></li> }).collect();
    let pair =
        |caption: String, figure: String| view! { <div><dt>{caption}</dt><dd>{figure}</dd></div> }.into_any();
    let parameters: Vec<_> = parameters.into_iter().map(|(name, value)| pair(name, value)).collect();
    let used = [
        pair(text.s("card.unit").to_owned(), unit),
        pair(text.s("card.units").to_owned(), text.count(n_units)),
        pair(text.s("card.cases").to_owned(), text.count(n_cases)),
        pair(text.s("card.events").to_owned(), text.count(n_events)),
    ];
    let dropped = if dropped.is_empty() {
        view! { <p>{text.s("card.nothing_dropped")}</p> }.into_any()
    } else {
        let rows: Vec<_> = dropped.into_iter().map(|(reason, n)| pair(reason, text.count(n))).collect();
        view! { <dl class="card-list" data-testid="card-dropped">{rows}</dl> }.into_any()
    };
    let origin = [
        pair(text.s("card.version").to_owned(), engine_version),
        pair(text.s("card.digest").to_owned(), input_digest),
    ];
    let meanings: Vec<_> = report
        .tables
        .iter()
        .flat_map(|table| &table.columns)
        .filter(|column| !column.meaning.is_empty())
        .map(|column| pair(column.caption.clone(), column.meaning.clone()))
        .collect();
    view! {
        <Dialog title=text.s("report.how").to_owned() on_close=Callback::new(move |()| is_open.set(false)) testid="figure-card">
            <div class="card">
                <p class="card-definition" data-testid="card-definition">{definition}</p>
                <h3>{text.s("card.formulas")}</h3>
                <ul class="card-formulas">{formulas}</ul>
                <h3>{text.s("card.parameters")}</h3>
                <dl class="card-list">{parameters}</dl>
                <h3>{text.s("card.used")}</h3>
                <dl class="card-list">{used}</dl>
                <h3>{text.s("card.dropped")}</h3>
                {dropped}
                <h3>{text.s("card.columns")}</h3>
                <dl class="card-list wide">{meanings}</dl>
                <h3>{text.s("card.origin")}</h3>
                <dl class="card-list">{origin}</dl>
                <p class="hint">{text.s("card.digest.help")}</p>
            </div>
        </Dialog>
    }
    .into_any()
}
