//! `desirepath audit`: how each file was read, and what was not.

use crate::Fault;
use crate::answers::{self, object};
use crate::english::English;
use crate::intake::{Opened, OpenedFile};
use crate::table::{self, Table};
use protocol::audit::{Check, SourceAudit};
use protocol::import::{DateOrder, Mapping, Syntax};
use protocol::sentence::Wording;
use protocol::{Reply, Request};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Rejected records listed for each file; all are counted.
const MAX_REJECTS: usize = 20;

/// Prints the audit of every file as JSON or as text.
///
/// # Errors
/// When the engine has no answer or the output takes no more.
pub(crate) fn print(opened: &mut Opened, as_json: bool, out: &mut impl Write) -> Result<(), Fault> {
    let sources: Vec<u32> = opened.files.iter().map(|file| file.report.source.source).collect();
    let audits = audits(opened)?;
    let mut rejects = Vec::new();
    for source in sources {
        rejects.push(parse_rejects(&answers::rejects_csv(opened, source)?));
    }
    let files = opened.files.iter().zip(&rejects);
    if as_json {
        let shapes: Vec<Value> = files.map(|(file, rejects)| shape(file, rejects, &audits)).collect();
        return table::write_json(&json!({ "files": shapes }), out);
    }
    for (number, (file, rejects)) in files.enumerate() {
        if number > 0 {
            writeln!(out).map_err(Fault::Output)?;
        }
        write_text(file, rejects, out).map_err(Fault::Output)?;
        write_checks(file, &audits, out).map_err(Fault::Output)?;
    }
    out.flush().map_err(Fault::Output)
}

/// File, line, field, reason, value.
type RejectRow = Vec<String>;

fn parse_rejects(text: &str) -> Vec<RejectRow> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let rows = reader.records().filter_map(Result::ok).take(MAX_REJECTS);
    rows.map(|row| row.iter().map(str::to_owned).collect()).collect()
}

fn syntax_name(syntax: Syntax) -> &'static str {
    match syntax {
        Syntax::Csv => "csv",
        Syntax::Json => "json",
        Syntax::Ndjson => "ndjson",
        Syntax::Xes => "xes",
    }
}

fn roles(mapping: &Mapping) -> [(&'static str, Option<&str>); Mapping::ROLES.len()] {
    Mapping::ROLES.map(|role| (role, mapping.column(role)))
}

/// Why a column has a role: the guess's reason, or that the command line said so.
fn reason(file: &OpenedFile, role: &str, column: &str) -> String {
    let guessed = roles(&file.preview.mapping)
        .into_iter()
        .any(|(other, name)| other == role && name.is_some_and(|name| name == column));
    if !guessed {
        return "given on the command line".to_owned();
    }
    let reasons = &file.preview.reasons;
    reasons.iter().find(|(other, _)| other == role).map(|(_, reason)| reason.clone()).unwrap_or_default()
}

fn shape(file: &OpenedFile, rejects: &[RejectRow], audits: &[SourceAudit]) -> Value {
    let (preview, source) = (&file.preview, &file.report.source);
    let mapped = roles(&source.mapping).into_iter().filter_map(|(role, column)| {
        let column = column?;
        Some((role.to_owned(), json!({"column": column, "reason": reason(file, role, column)})))
    });
    let reject = |row: &RejectRow| {
        let cell = |place: usize| row.get(place).map_or("", String::as_str);
        json!({"file": cell(0), "line": cell(1).parse::<u64>().ok(), "field": cell(2), "reason": cell(3), "value": cell(4)})
    };
    json!({
        "file": preview.name,
        "format": syntax_name(preview.format.syntax),
        "gzip": preview.format.gzip,
        "encoding": preview.format.encoding,
        "delimiter": preview.format.delimiter.map(String::from),
        "columns": preview.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(),
        "mapping": mapped.collect::<serde_json::Map<_, _>>(),
        "time": {
            "form": preview.time.form,
            "date_order": date_order_name(preview.time.date_order),
            "date_order_reason": preview.time.date_order_reason,
            "date_order_open": preview.time.date_order_open,
            "zone_matters": preview.time.zone_matters,
        },
        "rows": source.n_rows,
        "accepted": source.n_rows - source.n_rejected,
        "events": source.n_events,
        "duplicates": source.n_duplicates,
        "renewed": renewed_shape(file),
        "rejected": source.n_rejected,
        "rejected_by_reason": object(source.rejected_by_reason.clone()),
        "rejects": rejects.iter().map(reject).collect::<Vec<_>>(),
        "repaired_by_kind": object(source.repaired_by_kind.clone()),
        "personal": preview.personal.iter().filter(|column| !column.found.is_empty()).collect::<Vec<_>>(),
        "treated": source.intake.columns,
        "checks": checks_of(file, audits).map(check_shape).collect::<Vec<_>>(),
        "first": source.first_micros.map(instant),
        "last": source.last_micros.map(instant),
    })
}

/// What the file did as a newer export of a source; nothing where it is none.
fn renewed_shape(file: &OpenedFile) -> Option<Value> {
    let source = &file.report.source;
    let renewed = &source.renewed;
    file.report.change.renews.then(|| {
        json!({
            "source": source.name,
            "new": renewed.n_new,
            "changed": renewed.n_changed,
            "gone": renewed.n_gone,
            "unchanged": renewed.n_unchanged,
            "late": renewed.n_late,
        })
    })
}

fn date_order_name(order: DateOrder) -> &'static str {
    match order {
        DateOrder::DayFirst => "day first",
        DateOrder::MonthFirst => "month first",
    }
}

fn write_text(file: &OpenedFile, rejects: &[RejectRow], out: &mut impl Write) -> io::Result<()> {
    let (preview, source) = (&file.preview, &file.report.source);
    writeln!(out, "{}", preview.name)?;
    writeln!(out, "  format      {}", source.format)?;
    writeln!(out, "  times       {} ({})", preview.time.form, preview.time.date_order_reason)?;
    if let (Some(first), Some(last)) = (source.first_micros, source.last_micros) {
        writeln!(out, "  period      {} to {}", instant(first), instant(last))?;
    }
    writeln!(out, "  rows        {}", source.n_rows)?;
    writeln!(out, "  events      {}", source.n_events)?;
    writeln!(out, "  duplicates  {}", source.n_duplicates)?;
    writeln!(out, "  rejected    {}", source.n_rejected)?;
    if file.report.change.renews {
        let renewed = &source.renewed;
        writeln!(out, "  newer       export of {}, number {}", source.name, renewed.n_times + 1)?;
        writeln!(out, "    {} events new, {} of them late", renewed.n_new, renewed.n_late)?;
        writeln!(out, "    {} events changed", renewed.n_changed)?;
        writeln!(out, "    {} events gone", renewed.n_gone)?;
        writeln!(out, "    {} events unchanged", renewed.n_unchanged)?;
    }
    for (reason, n) in &source.rejected_by_reason {
        writeln!(out, "    {n} {reason}")?;
    }
    for (kind, n) in &source.repaired_by_kind {
        writeln!(out, "  repaired    {n} {kind}")?;
    }
    writeln!(out)?;
    let mut mapping = Table::new(&["  role", "column", "why"]);
    for (role, column) in roles(&source.mapping) {
        if let Some(column) = column {
            mapping.row([format!("  {role}"), column.to_owned(), reason(file, role, column)]);
        }
    }
    mapping.write(out)?;
    write_personal(file, out)?;
    if !rejects.is_empty() {
        writeln!(out)?;
        let mut table = Table::new(&[">  line", "field", "reason", "value"]);
        for row in rejects {
            table.row(row.iter().skip(1).cloned());
        }
        table.write(out)?;
    }
    Ok(())
}

/// How far each source can be trusted, as the engine tells it.
fn audits(opened: &mut Opened) -> Result<Vec<SourceAudit>, Fault> {
    match opened.engine.answer(&Request::Audit).map(|answer| answer.reply) {
        Ok(Reply::Audit { audits }) => Ok(audits),
        Ok(_) => Err(Fault::Input("the engine gave another answer".to_owned())),
        Err(failure) => Err(Fault::Input(failure.message)),
    }
}

fn checks_of<'a>(file: &OpenedFile, audits: &'a [SourceAudit]) -> impl Iterator<Item = &'a Check> {
    let source = file.report.source.source;
    audits.iter().filter(move |audit| audit.source == source).flat_map(|audit| &audit.checks)
}

fn check_shape(check: &Check) -> Value {
    let english = English::new();
    json!({
        "id": check.id,
        "level": check.level.name(),
        "finding": english.say(&check.finding),
        "effect": english.say(&check.effect),
        "n": check.n,
        "of": check.of,
    })
}

fn write_checks(file: &OpenedFile, audits: &[SourceAudit], out: &mut impl Write) -> io::Result<()> {
    let english = English::new();
    writeln!(out)?;
    let mut table = Table::new(&["  level", "finding", "effect on figures"]);
    for check in checks_of(file, audits) {
        table.row([
            format!("  {}", check.level.name()),
            english.say(&check.finding),
            english.say(&check.effect),
        ]);
    }
    table.write(out)
}

/// What is personal in each column, and what became of it.
fn write_personal(file: &OpenedFile, out: &mut impl Write) -> io::Result<()> {
    let treated = &file.report.source.intake.columns;
    let of_column = |name: &str| treated.iter().find(|column| column.column == name);
    let mut table = Table::new(&["  personal", "is", ">values", "example", "treatment", ">changed"]);
    let mut is_empty = true;
    for column in &file.preview.personal {
        for found in &column.found {
            let treated = of_column(&column.column);
            table.row([
                format!("  {}", column.column),
                format!("{}{}", if found.is_whole { "" } else { "in texts: " }, found.class),
                format!("{} of {}", found.n_rows, found.n_filled),
                found.example.clone(),
                treated.map_or("keep", |treated| treated.treatment.name()).to_owned(),
                treated.map_or(0, |treated| treated.n_values).to_string(),
            ]);
            is_empty = false;
        }
    }
    if is_empty { Ok(()) } else { writeln!(out).and_then(|()| table.write(out)) }
}

/// `2026-01-31T14:05:09.123456Z`; the fraction only where there is one.
fn instant(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros)
        .map_or_else(|_| format!("{micros} µs after 1970"), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_correctly() {
        assert_eq!(instant(0), "1970-01-01T00:00:00Z", "the beginning");
        assert_eq!(instant(-1), "1969-12-31T23:59:59.999999Z", "just before");
        assert_eq!(instant(1_772_409_599_250_000), "2026-03-01T23:59:59.25Z", "after a February of 28 days");
    }
}
