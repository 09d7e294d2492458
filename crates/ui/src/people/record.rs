//! Records as a person reads them: what each source says, in the person's words.

use super::source_names;
use crate::{format, text::Text, workspace::Workspace};
use leptos::prelude::*;
use protocol::identity::{FieldView, RecordView};

/// What a field or trait is called.
pub(super) fn field_words(text: Text, field: &str) -> String {
    let words = text.find(&format!("fact.{field}")).or_else(|| text.find(&format!("role.{field}")));
    words.unwrap_or(field).to_owned()
}

/// The values of a field.
pub(super) fn values<'a>(record: &'a RecordView, field: &str) -> Vec<&'a FieldView> {
    record.fields.iter().filter(|one| one.field == field).collect()
}

/// What happened under a key, in one line.
pub(super) fn history_words(text: Text, record: &RecordView) -> String {
    let events = text.plural("count.events", record.n_events);
    if record.n_events == 0 {
        return events;
    }
    format!("{events} · {}", format::period(record.first_micros, record.last_micros))
}

/// A record with everything that is said of it.
pub(super) fn record_view(workspace: Workspace, record: &RecordView) -> AnyView {
    let text = workspace.text;
    let field = |field: &FieldView| {
        let from = source_names(workspace, &field.sources);
        view! { <div><dt>{field_words(text, &field.field)}</dt><dd title=from><bdi>{field.value.clone()}</bdi></dd></div> }
    };
    let fields: Vec<_> = record.fields.iter().map(field).collect();
    let nothing = fields.is_empty().then(|| view! { <p class="hint">{text.s("people.only_events")}</p> });
    let from = source_names(workspace, &record.sources);
    let account = record.account.clone().map(|account| {
        view! { <div><dt>{text.s("role.account")}</dt><dd><bdi>{account}</bdi></dd></div> }
    });
    let things = (record.n_things > 0).then(|| {
        let shown = record.things.iter().take(THINGS_SHOWN).cloned().collect::<Vec<_>>().join(", ");
        let more = record.n_things.saturating_sub(THINGS_SHOWN as u64);
        let more = (more > 0).then(|| format!(" {}", text.fill("people.more", &[&text.count(more)])));
        view! { <div><dt>{text.s("people.things")}</dt><dd><bdi>{shown}</bdi>{more}</dd></div> }
    });
    view! {
        <p class="record-head"><strong><bdi>{record.key.clone()}</bdi></strong> <span class="hint">{from}</span></p>
        <dl class="record-fields">{fields}{account}{things}</dl>
        {nothing}
        <p class="hint">{history_words(text, record)}</p>
    }
    .into_any()
}

/// Things of a record that are named.
const THINGS_SHOWN: usize = 5;
