//! A table of a report: every figure with its interval, shaded where it is a heat table, and a button where cases
//! stand behind it.

use super::{
    figure::{Heat, cell_words, number_words, row_words},
    report::open_mark,
    room::Answer,
};
use crate::{text::Text, workspace::Workspace};
use leptos::prelude::*;
use protocol::report::{Cell, Chart, Column, ColumnKind, Table};
use std::sync::Arc;

/// Rows drawn at once; the rest on demand.
const PAGE: usize = 200;

/// Draws a table.
pub(super) fn table_view(workspace: Workspace, answer: Arc<Answer>, at: usize, title_id: &str) -> AnyView {
    let text = workspace.text;
    let Some(table) = answer.report.tables.get(at) else { return ().into_any() };
    let n_shown = RwSignal::new(PAGE);
    let n_rows = table.rows.len();
    let heat = match table.chart {
        Chart::Heat(from) => Heat::new(table, from),
        _ => None,
    };
    let heads: Vec<_> = table.columns.iter().map(head_view).collect();
    let testid = format!("figures-{}", table.id);
    let legend = heat.map(|heat| heat_legend(text, heat));
    let rows = move || {
        let table = answer.report.tables.get(at)?;
        let rows = table.rows.iter().take(n_shown.get());
        Some(rows.map(|row| row_view(workspace, &answer, table, row, heat)).collect::<Vec<_>>())
    };
    view! {
        <div class="scroll report-scroll" tabindex="0" role="region" aria-labelledby=title_id.to_owned()>
            <table class="data report-data" class:heat-table=heat.is_some() data-testid=testid aria-labelledby=title_id.to_owned()>
                <thead><tr>{heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {legend}
        <Show when=move || { n_shown.get() < n_rows }>
            <button type="button" class="button" on:click=move |_| n_shown.update(|n| *n += PAGE)>{text.s("panel.more")}</button>
        </Show>
    }
    .into_any()
}

fn is_number(kind: ColumnKind) -> bool {
    !matches!(kind, ColumnKind::Text | ColumnKind::Date)
}

fn head_view(column: &Column) -> AnyView {
    let meaning = (!column.meaning.is_empty()).then(|| column.meaning.clone());
    view! { <th scope="col" class:number=is_number(column.kind) title=meaning data-column=column.id.clone()>{column.caption.clone()}</th> }
        .into_any()
}

fn row_view(
    workspace: Workspace,
    answer: &Arc<Answer>,
    table: &Table,
    row: &[Cell],
    heat: Option<Heat>,
) -> AnyView {
    let text = workspace.text;
    let name = row_words(text, table, row);
    let cells = table.columns.iter().zip(row).enumerate().map(|(at, (column, cell))| {
        let words = cell_words(text, column, cell);
        let content = match &cell.mark {
            Some(mark) => {
                let (answer, mark) = (Arc::clone(answer), mark.clone());
                let title = if at == 0 { name.clone() } else { format!("{name} · {}", column.caption) };
                let open = move |_| open_mark(workspace, &answer, mark.clone(), title.clone());
                view! { <button type="button" class="link" on:click=open>{words}</button> }.into_any()
            }
            None => words.into_any(),
        };
        let interval = cell.interval.map(|(low, high)| {
            view! { <span class="interval">{interval_words(text, column.kind, low, high)}</span> }
        });
        let mut class = heat.map(|heat| heat.class(at, column, cell)).unwrap_or_default();
        if is_number(column.kind) {
            class.push_str(" number");
        }
        if cell.partial {
            class.push_str(" partial");
        }
        if at == 0 {
            view! { <th scope="row" class=class data-column=column.id.clone()>{content}{interval}</th> }
                .into_any()
        } else {
            view! { <td class=class data-column=column.id.clone()>{content}{interval}</td> }.into_any()
        }
    });
    let cells: Vec<_> = cells.collect();
    view! { <tr>{cells}</tr> }.into_any()
}

fn interval_words(text: Text, kind: ColumnKind, low: f64, high: f64) -> String {
    format!("{} – {}", number_words(text, kind, low), number_words(text, kind, high))
}

/// What the shades mean, from none to the largest figure.
fn heat_legend(text: Text, heat: Heat) -> AnyView {
    let hue = if heat.is_time() { "long" } else { "often" };
    let steps: Vec<_> =
        (0..5).map(|shade| view! { <span class=format!("step heat {hue}-{shade}")></span> }).collect();
    view! {
        <div class="heat-legend">
            <span>{number_words(text, heat.kind(), 0.0)}</span>
            <span class="steps" aria-hidden="true">{steps}</span>
            <span>{number_words(text, heat.kind(), heat.most)}</span>
        </div>
    }
    .into_any()
}
