//! The report: what was found, its drawing, the figures as tables, and what one can do with them.

use super::{
    card, chart, figure,
    room::{Answer, use_room},
    table,
};
use crate::{
    host, link,
    panel::Target,
    worker::describe,
    workspace::{Mode, Workspace, use_workspace},
};
use leptos::prelude::*;
use protocol::{
    Failure, Selection,
    report::{Chart, Table},
};
use std::sync::Arc;

/// The answer to the question asked, or what stands in its place.
pub(super) fn report_part() -> AnyView {
    let workspace = use_workspace();
    let text = workspace.text;
    let room = use_room();
    let failure = move || {
        room.failure.get().map(|Failure { message, advice }| {
            let advice = (!advice.is_empty()).then(|| view! { <p>{advice}</p> });
            // Said, and not only shown by a paler report, which would be hard to read.
            let before = room.answer.with(Option::is_some).then(|| view! { <p>{text.s("report.before")}</p> });
            view! {
                <div class="warning ask-failure" role="alert" data-testid="ask-failure"><p><strong>{message}</strong></p>{advice}{before}</div>
            }
        })
    };
    let is_waiting = move || room.answer.with(Option::is_none) && room.failure.with(Option::is_none);
    let waiting = move || {
        is_waiting().then(|| view! { <p class="hint" role="status" data-testid="ask-loading">{text.s("report.loading")}</p> })
    };
    let is_old = move || room.is_asking.get();
    let report = move || room.answer.get().map(|answer| report_view(workspace, &answer));
    view! {
        {failure}
        {waiting}
        <div class="report" class:old=is_old aria-busy=move || room.is_asking.get().to_string() data-testid="report">{report}</div>
    }
    .into_any()
}

fn report_view(workspace: Workspace, answer: &Arc<Answer>) -> AnyView {
    let text = workspace.text;
    let report = &answer.report;
    let is_card_open = RwSignal::new(false);
    let (asked, linked) = (Arc::clone(answer), Arc::clone(answer));
    let card = move || is_card_open.get().then(|| card::card_dialog(&asked.report, is_card_open));
    let issues: Vec<_> = report.issues.iter().map(|issue| view! { <li>{issue.clone()}</li> }).collect();
    let issues = (!issues.is_empty())
        .then(|| view! { <ul class="warning issues" data-testid="report-issues">{issues}</ul> });
    let tables: Vec<_> =
        (0..report.tables.len()).map(|at| table_part(workspace, Arc::clone(answer), at)).collect();
    view! {
        <header class="report-head">
            <h2 data-testid="report-title">{report.title.clone()}</h2>
            <span class="spacer"></span>
            <button type="button" class="button small" data-testid="open-card" on:click=move |_| is_card_open.set(true)>{text.s("report.how")}</button>
            {(workspace.mode == Mode::App).then(|| link::copy_button(workspace, move || link::fragment_of_question(&linked.question)))}
        </header>
        <p class="finding" data-testid="finding">{report.finding.clone()}</p>
        {issues}
        {tables}
        {card}
    }
    .into_any()
}

fn table_part(workspace: Workspace, answer: Arc<Answer>, at: usize) -> AnyView {
    let text = workspace.text;
    let Some(table) = answer.report.tables.get(at) else { return ().into_any() };
    let title_id = format!("report-table-{}", table.id);
    let drawing = if table.rows.is_empty() { None } else { drawing(workspace, &answer, table) };
    let figures = if table.rows.is_empty() {
        view! { <p class="hint">{text.s("report.empty")}</p> }.into_any()
    } else {
        table::table_view(workspace, Arc::clone(&answer), at, &title_id)
    };
    let is_partial = table.rows.iter().flatten().any(|cell| cell.partial);
    let partial = is_partial.then(
        || view! { <p class="hint partial-legend"><span class="partial-sign partial" aria-hidden="true"></span>{text.s("report.partial")}</p> },
    );
    let caption = table.caption.clone();
    let save_id = format!("save-{}", table.id);
    let save = move |_| {
        let Some(table) = answer.report.tables.get(at) else { return };
        if let Err(cause) = host::save_text(&format!("{}.csv", table.id), &figure::csv_of(table), "text/csv")
        {
            workspace.warn(Failure { message: describe(&cause), advice: String::new() });
        }
    };
    view! {
        <section class="report-table">
            <header class="table-head">
                <h3 id=title_id>{caption}</h3>
                <span class="spacer"></span>
                <button type="button" class="button small" data-testid=save_id on:click=save>{text.s("table.save")}</button>
            </header>
            {drawing}
            {figures}
            {partial}
        </section>
    }
    .into_any()
}

/// The drawing of a table; heat is the shaded table itself.
fn drawing(workspace: Workspace, answer: &Arc<Answer>, table: &Table) -> Option<AnyView> {
    match table.chart {
        Chart::None | Chart::Heat(_) => None,
        Chart::Bars(column) => chart::bars(workspace, answer, table, column as usize),
        Chart::Stacked => chart::series(workspace.text, table, true),
        Chart::Lines => chart::series(workspace.text, table, false),
        Chart::Flow => super::flow::flow(workspace, answer, table),
    }
}

/// Opens the cases behind a figure.
pub(super) fn open_mark(workspace: Workspace, answer: &Answer, mark: String, title: String) {
    workspace.emit("journey-select", &host::plain_fields(&[("kind", "figure"), ("name", title.as_str())]));
    workspace.open_case.set(None);
    let question = Box::new(answer.question.clone());
    workspace.panel.set(Some(Target::new(title, Selection::Figure { question, mark }, None)));
}
