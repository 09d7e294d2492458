//! `desirepath variants`: the distinct orders of activities.

use crate::answers::{self, excluded, object};
use crate::intake::Opened;
use crate::table::{Table, caption_excluded, duration, percent};
use crate::{Fault, table};
use protocol::view::{VariantList, VariantRow};
use serde_json::{Value, json};
use std::io::Write;

/// How many of the first variants the coverage lines are about, besides all of them.
const COVERAGE_STEPS: [usize; 6] = [1, 3, 10, 30, 100, 1_000];

/// Prints the variants as JSON or as a table.
///
/// # Errors
/// When the engine has no answer or the output takes no more.
pub(crate) fn print(opened: &mut Opened, as_json: bool, out: &mut impl Write) -> Result<(), Fault> {
    let list = answers::variants(opened)?;
    if as_json {
        return table::write_json(&shape(&list, opened), out);
    }
    write_table(&list, out).map_err(Fault::Output)?;
    caption_excluded(&excluded(opened), out).map_err(Fault::Output)?;
    out.flush().map_err(Fault::Output)
}

fn shape(list: &VariantList, opened: &Opened) -> Value {
    let coverage = coverage(list).map(|(top, row)| json!({"top": top, "share": row.cumulative_ratio}));
    json!({
        "variants": list.rows.iter().map(variant).collect::<Vec<Value>>(),
        "cases": list.n_cases,
        "coverage": coverage.collect::<Vec<Value>>(),
        "excluded": object(excluded(opened)),
    })
}

fn variant(row: &VariantRow) -> Value {
    json!({
        "rank": row.rank,
        "variant": row.trace,
        "cases": row.n_cases,
        "share": row.case_ratio,
        "cumulative_share": row.cumulative_ratio,
        "median_duration": row.cycle.median_secs,
        "p95_duration": row.cycle.p95_secs,
        "examples": row.examples,
    })
}

/// The first `top` variants and the last row among them, whose cumulative share is theirs.
fn coverage(list: &VariantList) -> impl Iterator<Item = (usize, &VariantRow)> {
    let n = list.rows.len();
    let steps = COVERAGE_STEPS.into_iter().filter(move |step| *step < n).chain((n > 0).then_some(n));
    steps.filter_map(|top| Some((top, list.rows.get(top - 1)?)))
}

fn write_table(list: &VariantList, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "{} variants, {} cases", list.n_total, list.n_cases)?;
    for (top, row) in coverage(list) {
        let variants = if top == 1 { "variant covers" } else { "variants cover" };
        writeln!(out, "top {top} {variants} {} of cases", percent(row.cumulative_ratio))?;
    }
    writeln!(out)?;
    let mut table =
        Table::new(&[">rank", ">cases", ">share", ">cumulative", ">median", ">p95", "variant", "examples"]);
    for row in &list.rows {
        table.row([
            row.rank.to_string(),
            row.n_cases.to_string(),
            percent(row.case_ratio),
            percent(row.cumulative_ratio),
            duration(row.cycle.median_secs),
            duration(row.cycle.p95_secs),
            row.trace.join(" → "),
            row.examples.join(", "),
        ]);
    }
    table.write(out)
}
