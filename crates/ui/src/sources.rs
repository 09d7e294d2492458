//! Sources: where the events came from, what was taken, repeated, repaired and rejected.

use crate::{
    audit::{self, Audit},
    card::figure_button,
    dialog::Dialog,
    format, host,
    mappings::Mappings,
    personal::{class_words, treatment_words},
    text::Text,
    worker::{Fault, describe},
    workspace::{Workspace, use_workspace},
};
use leptos::{prelude::*, task::spawn_local};
use protocol::{
    Failure, Selection,
    audit::SourceAudit,
    figure::{Figure, Measure},
    import::{Mapping, RenewedCounts, SourceSummary},
    privacy::{Intake, TreatedColumn, Treatment},
};

/// Lines of a source's rejects shown on the page; the file to save has all that are listed.
const N_LINES: usize = 200;

/// The room of the sources.
#[component]
pub(crate) fn SourcesScreen() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let audits = audit::asked(workspace);
    let source = move |source: SourceSummary| view! { <Source source audits/> };
    view! {
        <section class="page sources" aria-label=text.s("tab.sources")>
            <For each=move || workspace.sources.get() key=|source| (source.source, source.n_rows, source.n_events, source.renewed.n_times, kept_out_in_all(&source.intake)) children=source/>
            <Mappings/>
        </section>
    }
    .into_any()
}

fn mapped(mapping: &Mapping) -> Vec<(String, String)> {
    let of = |role: &str| Some((format!("role.{role}"), mapping.column(role)?.to_owned()));
    Mapping::ROLES.into_iter().filter_map(of).collect()
}

#[component]
fn Source(source: SourceSummary, audits: RwSignal<Vec<SourceAudit>>) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let number = source.source;
    let fact = |caption: &'static str, n: u64, measure: Measure| {
        let figure = Figure { measure, of: Selection::All, source: Some(number) };
        view! { <div><dt>{caption}</dt><dd>{figure_button(workspace, caption, text.count(n), figure)}</dd></div> }
    };
    let sample = source.sample.then(|| view! { <span class="badge sample">{text.s("sample.badge")}</span> });
    let roles = mapped(&source.mapping).into_iter().map(|(key, column)| {
        view! { <div><dt>{text.find(&key).map_or_else(|| key.clone(), str::to_owned)}</dt><dd>{column}</dd></div> }
    });
    let roles = roles.collect_view();
    let counted = move |caption: &'static str, rows: &[(String, u64)]| {
        (!rows.is_empty()).then(|| {
            let items: Vec<_> = rows
                .iter()
                .map(|(name, n)| view! { <li>{text.reject(name)} " " <strong>{text.count(*n)}</strong></li> })
                .collect();
            view! { <div class="counted"><h3>{caption}</h3><ul>{items}</ul></div> }
        })
    };
    let is_asking = RwSignal::new(false);
    let asked = source.clone();
    let remove_words = text.fill("source.remove.title", &[&source.name]);
    let has_rejects = source.n_rejected > 0;
    view! {
        <article class="source" data-testid="source">
            <header>
                <h2>{source.name.clone()}</h2>
                {sample}
                <span class="hint">{text.said(&source.format)} " · " {format::period(source.first_micros, source.last_micros)}</span>
            </header>
            <dl class="facts-row">
                {fact(text.s("source.rows"), source.n_rows, Measure::SourceRows)}
                {fact(text.s("source.events"), source.n_events, Measure::SourceEvents)}
                {fact(text.s("source.duplicates"), source.n_duplicates, Measure::SourceDuplicates)}
                {fact(text.s("source.rejected"), source.n_rejected, Measure::SourceRejected)}
            </dl>
            <div class="source-details">
                <div class="counted"><h3>{text.s("source.mapping")}</h3><dl class="mapping">{roles}</dl></div>
                {counted(text.s("source.rejected_by"), &source.rejected_by_reason)}
                {counted(text.s("source.repaired_by"), &source.repaired_by_kind)}
                {renewed(text, source.renewed)}
                {treated(text, &source.intake.columns)}
                {counted(text.s("source.kept_out"), &kept_out(text, &source.intake))}
            </div>
            <Audit audits source=number/>
            <div class="source-actions">
                {has_rejects.then(|| view! { <Rejects number/> })}
                <Show when=move || workspace.shows_controls()>
                    <button type="button" class="button remove" data-testid="remove-source" aria-label=remove_words.clone() on:click=move |_| is_asking.set(true)>{text.s("source.remove")}</button>
                </Show>
            </div>
            <Show when=move || is_asking.get()>
                <RemoveDialog source=asked.clone() is_open=is_asking/>
            </Show>
        </article>
    }
    .into_any()
}

/// Counts up when more events are kept out, so that the card is drawn anew.
fn kept_out_in_all(intake: &Intake) -> u64 {
    intake.n_expired + intake.n_barred + intake.n_erased
}

/// What newer exports of a source did.
fn renewed(text: Text, renewed: RenewedCounts) -> Option<AnyView> {
    let rows = [
        ("source.renewed.new", renewed.n_new),
        ("source.renewed.late", renewed.n_late),
        ("source.renewed.changed", renewed.n_changed),
        ("source.renewed.gone", renewed.n_gone),
        ("source.renewed.unchanged", renewed.n_unchanged),
    ];
    (renewed.n_times > 0).then(|| {
        let items = rows.into_iter().map(|(key, n)| view! { <li>{text.s(key)} " " <strong>{text.count(n)}</strong></li> });
        let title = text.plural("source.renewed", renewed.n_times);
        view! { <div class="counted" data-testid="source-renewed"><h3>{title}</h3><ul>{items.collect_view()}</ul></div> }.into_any()
    })
}

/// Events that are not there for a person's sake.
fn kept_out(text: Text, intake: &Intake) -> Vec<(String, u64)> {
    let rows = [
        (text.s("source.kept_out.expired"), intake.n_expired),
        (text.s("source.kept_out.barred"), intake.n_barred),
        (text.s("source.kept_out.erased"), intake.n_erased),
    ];
    rows.into_iter().filter(|(_, n)| *n > 0).map(|(words, n)| (words.to_owned(), n)).collect()
}

/// What became of columns with personal data.
fn treated(text: Text, columns: &[TreatedColumn]) -> Option<AnyView> {
    let item = |column: &TreatedColumn| {
        let kinds: Vec<String> = column.classes.iter().map(|class| class_words(text, class)).collect();
        let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
        let n = (column.treatment != Treatment::Keep).then(|| text.count(column.n_values));
        let words = treatment_words(text, column.treatment);
        view! { <li>{column.column.clone()} {kinds} ": " {words} " " <strong>{n}</strong></li> }
    };
    (!columns.is_empty()).then(|| {
        let items: Vec<_> = columns.iter().map(item).collect();
        view! { <div class="counted" data-testid="source-personal"><h3>{text.s("personal.title")}</h3><ul>{items}</ul></div> }.into_any()
    })
}

/// Asks before a source goes.
#[component]
fn RemoveDialog(source: SourceSummary, is_open: RwSignal<bool>) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let title = text.fill("source.remove.title", &[&source.name]);
    let (number, name) = (source.source, source.name.clone());
    let remove = move |_| {
        is_open.set(false);
        workspace.remove_source(number, name.clone());
    };
    view! {
        <Dialog title on_close=Callback::new(move |()| is_open.set(false)) testid="remove-dialog">
            <p>{text.plural("source.remove.events", source.n_events)}</p>
            <p class="hint">{text.s("source.remove.text")}</p>
            <footer class="dialog-actions">
                <span class="spacer"></span>
                <button type="button" class="button" on:click=move |_| is_open.set(false)>{text.s("dialog.cancel")}</button>
                <button type="button" class="button primary" data-testid="remove-confirm" on:click=remove>{text.s("source.remove")}</button>
            </footer>
        </Dialog>
    }
    .into_any()
}

async fn fetch_rejects(workspace: Workspace, number: u32) -> Option<(String, String)> {
    let client = workspace.client()?;
    match client.rejects(number).await {
        Ok(found) => Some(found),
        Err(Fault::Gone) => None,
        Err(fault) => {
            workspace.warn_of(fault);
            None
        }
    }
}

#[component]
fn Rejects(number: u32) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let lines = RwSignal::new(None::<Vec<Vec<String>>>);
    let show = move |_| {
        if lines.with_untracked(Option::is_some) {
            return lines.set(None);
        }
        spawn_local(async move {
            if let Some((_, csv)) = fetch_rejects(workspace, number).await
                && !lines.is_disposed()
            {
                lines.set(Some(csv_records(&csv, N_LINES + 1)));
            }
        });
    };
    let save = move |_| {
        spawn_local(async move {
            let Some((file_name, csv)) = fetch_rejects(workspace, number).await else { return };
            if let Err(cause) = host::save_text(&file_name, &csv, "text/csv") {
                workspace.warn(Failure { message: describe(&cause), advice: String::new() });
            }
        });
    };
    let table = move || lines.with(|lines| lines.as_ref().map(|lines| rejects_table(text, lines)));
    view! {
        <div class="rejects">
            <button type="button" class="button" aria-expanded=move || lines.with(Option::is_some).to_string() data-testid="show-rejects" on:click=show>{text.s("source.show_rejects")}</button>
            <button type="button" class="button" data-testid="save-rejects" on:click=save>{text.s("source.save_rejects")}</button>
            {table}
        </div>
    }
    .into_any()
}

fn rejects_table(text: Text, lines: &[Vec<String>]) -> AnyView {
    let mut rows = lines.iter();
    let heads: Vec<_> =
        rows.next().into_iter().flatten().map(|name| view! { <th scope="col">{name.clone()}</th> }).collect();
    let body: Vec<_> = rows
        .take(N_LINES)
        .map(|row| view! { <tr>{row.iter().map(|value| view! { <td>{value.clone()}</td> }).collect::<Vec<_>>()}</tr> })
        .collect();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=text.s("source.rejected_rows")>
            <table class="data compact" data-testid="rejects"><caption class="hidden">{text.s("source.rejected_rows")}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>
        </div>
    }
    .into_any()
}

/// Reads the first records of a CSV text that the engine wrote: commas, and quotes doubled inside quotes.
fn csv_records(csv: &str, n_most: usize) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    let mut record = vec![String::new()];
    let mut is_quoted = false;
    let mut signs = csv.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' if is_quoted && signs.peek() == Some(&'"') => {
                signs.next();
                push(&mut record, '"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => record.push(String::new()),
            '\r' if !is_quoted => {}
            '\n' if !is_quoted => {
                records.push(std::mem::replace(&mut record, vec![String::new()]));
                if records.len() == n_most {
                    return records;
                }
            }
            _ => push(&mut record, sign),
        }
    }
    if record.iter().any(|field| !field.is_empty()) {
        records.push(record);
    }
    records
}

fn push(record: &mut [String], sign: char) {
    if let Some(field) = record.last_mut() {
        field.push(sign);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_fields_may_hold_commas_quotes_and_lines() {
        let records = csv_records("a,b\r\n\"x, \"\"y\"\"\nz\",2\r\n", 10);
        assert_eq!(
            records,
            [vec!["a".to_owned(), "b".to_owned()], vec!["x, \"y\"\nz".to_owned(), "2".to_owned()]],
            "RFC 4180"
        );
    }

    #[test]
    fn only_so_many_records_are_read() {
        assert_eq!(csv_records("1\n2\n3\n", 2).len(), 2, "the page shows the beginning");
        assert!(csv_records("", 2).is_empty(), "nothing is nothing");
    }
}
