//! The card of a report: how its figures came about, and what its columns mean.

use crate::{card::card_body, dialog::Dialog, workspace::use_workspace};
use leptos::prelude::*;
use protocol::report::Report;

/// The card as a dialog.
pub(super) fn card_dialog(report: &Report, is_open: RwSignal<bool>) -> AnyView {
    let text = use_workspace().text;
    let columns = report.tables.iter().flat_map(|table| &table.columns);
    let mut meanings: Vec<(String, String)> = Vec::new();
    for column in columns.filter(|column| !column.meaning.is_empty()) {
        let pair = (column.caption.clone(), column.meaning.clone());
        // Tables of both groups have the same columns.
        if !meanings.contains(&pair) {
            meanings.push(pair);
        }
    }
    let card = report.card.clone();
    view! {
        <Dialog title=text.s("report.how").to_owned() on_close=Callback::new(move |()| is_open.set(false)) testid="figure-card">
            {card_body(text, card, meanings)}
        </Dialog>
    }
    .into_any()
}
