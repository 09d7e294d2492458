//! The step matrix. Marks: `step:3:=cart` for those at an activity at step 3; the places before the first event and after the
//! last are `start` and `end`.

use super::sheet::{Cell, Sheet, column_of, count, marked, say, share};
use super::{Findings, Marker, Subject, words};
use journey::step_cases;
use journey::{CaseSet, Occurrence, Place, Proportion, StepAnchor, StepBlock, StepRow, StepSpec};
use protocol::report::{Chart, ColumnKind};
use protocol::sentence::{Sentence, Value};

/// Steps before an anchor.
const N_BEFORE: u32 = 3;

fn spec(n_steps: u32, anchor: Option<&str>) -> StepSpec {
    let of_name =
        |name: &str| StepAnchor { activities: vec![name.to_owned()], occurrence: Occurrence::First };
    StepSpec {
        n_steps,
        n_steps_before: anchor.map_or(0, |_| N_BEFORE),
        anchors: anchor.map(of_name).into_iter().collect(),
    }
}

pub(super) fn find(subject: &Subject<'_>, n_steps: u32, anchor: Option<&str>) -> Findings {
    let spec = spec(n_steps, anchor);
    let mut unknown = Vec::new();
    let (first, other) = subject.both(|_, group| {
        let mut found = subject.figures(&spec, group);
        unknown = std::mem::take(&mut found.unknown);
        let block = if found.blocks.is_empty() { StepBlock::default() } else { found.blocks.swap_remove(0) };
        let rows = ranked(subject, &block);
        (
            matrix(subject, &block, &rows, group).of_group(group),
            cells(subject, &block, &rows, group),
            block.clone(),
        )
    });
    let (matrix, mut cells, block) = first;
    let mut tables = vec![matrix.finish()];
    let mut other_matrix = None;
    if let Some((matrix, other_cells, other)) = other {
        let keys_differ = |sheet: &Sheet| differences(subject, sheet, &block, &other);
        cells = cells.beside(Some(other_cells));
        let differences = keys_differ(&cells);
        cells = cells
            .differences(("share_difference", "col.difference", ColumnKind::RatioDifference), differences);
        other_matrix = Some(matrix.finish());
    }
    tables.push(cells.finish());
    tables.extend(other_matrix);
    Findings {
        title: match anchor {
            None => words::word("steps.title"),
            Some(anchor) => words::of("steps.title.around", [words::name(anchor)]),
        },
        finding: finding(subject, &block),
        definition: "definition.steps",
        formulas: &["formula.steps.1", "formula.steps.2"],
        parameters: vec![
            (words::word("param.n_steps"), words::count(u64::from(n_steps))),
            (
                words::word("param.counted_from"),
                anchor.map_or_else(
                    || words::word("steps.from_first"),
                    |anchor| words::of("steps.from_anchor", [words::name(anchor)]),
                ),
            ),
        ],
        tables,
        ground: (&block.basis).into(),
        unknown,
        ..Findings::default()
    }
}

fn finding(subject: &Subject<'_>, block: &StepBlock) -> Sentence {
    let of = block.basis.n_units;
    let at = |column: usize| {
        let rows = ranked(subject, block);
        let most = rows.iter().rev().max_by_key(|row| row.n_cases.get(column).copied().unwrap_or(0))?;
        let n = most.n_cases.get(column).copied().filter(|n| *n > 0)?;
        let step = block.first_step.saturating_add(i64::try_from(column).unwrap_or(0));
        let part = words::part(Proportion { n, of }, words::unit_key(block.basis.coverage.unit));
        Some(words::of("steps.most", [Sentence::text(step.to_string()), caption(subject, most.place), part]))
    };
    let anchor = usize::try_from(1 - block.first_step).unwrap_or(0);
    let told = words::text([at(anchor), at(anchor + 1)].into_iter().flatten());
    if told.is_empty() { words::word("steps.none") } else { told }
}

fn caption(subject: &Subject<'_>, place: Place) -> Sentence {
    match place {
        Place::Start => words::word("cell.start"),
        Place::End => words::word("cell.end"),
        Place::Activity(activity) => Sentence::text(subject.activity_name(activity)),
    }
}

fn field(subject: &Subject<'_>, place: Place) -> String {
    match place {
        Place::Start => "start".to_owned(),
        Place::End => "end".to_owned(),
        Place::Activity(activity) => format!("={}", subject.activity_name(activity)),
    }
}

fn place_of_field(subject: &Subject<'_>, field: &str) -> Option<Place> {
    match field {
        "start" => Some(Place::Start),
        "end" => Some(Place::End),
        named => subject.activity(named.strip_prefix('=')?).map(Place::Activity),
    }
}

/// Rows by customers over all steps, then by name; the start first and the end last.
fn ranked<'b>(subject: &Subject<'_>, block: &'b StepBlock) -> Vec<&'b StepRow> {
    let mut rows: Vec<&StepRow> = block.rows.iter().collect();
    let rank = |place: Place| match place {
        Place::Start => 0,
        Place::Activity(_) => 1,
        Place::End => 2,
    };
    let total = |row: &StepRow| row.n_cases.iter().sum::<u64>();
    rows.sort_by(|a, b| {
        let by_rank = rank(a.place).cmp(&rank(b.place));
        let by_name = || field(subject, a.place).cmp(&field(subject, b.place));
        by_rank.then_with(|| total(b).cmp(&total(a))).then_with(by_name)
    });
    rows
}

fn matrix(subject: &Subject<'_>, block: &StepBlock, rows: &[&StepRow], group: Marker) -> Sheet {
    let columns = [("activity", "col.activity", ColumnKind::Text)];
    let mut sheet = Sheet::new("matrix", "table.steps.matrix", Chart::Heat(1), 1, &columns);
    let steps: Vec<i64> = (block.first_step..).take(block.n_steps).collect();
    for step in &steps {
        let caption = Sentence::text(step.to_string());
        sheet.add_column(column_of(&format!("s{step}"), caption, ColumnKind::Ratio));
    }
    for row in rows {
        let cells = steps.iter().zip(&row.n_cases).map(|(step, &n)| Cell {
            mark: Some(group.mark(&["step", &step.to_string(), &field(subject, row.place)])),
            ..share(Proportion { n, of: block.basis.n_units })
        });
        sheet.row([say(caption(subject, row.place))].into_iter().chain(cells));
    }
    sheet
}

fn cells(subject: &Subject<'_>, block: &StepBlock, rows: &[&StepRow], group: Marker) -> Sheet {
    let columns = [
        ("step", "col.step", ColumnKind::Number),
        ("activity", "col.activity", ColumnKind::Text),
        ("cases", "col.customers", ColumnKind::Count),
        ("share", "col.share", ColumnKind::Ratio),
    ];
    let mut sheet = Sheet::new("cells", "table.steps.cells", Chart::None, 2, &columns);
    for (column, step) in (block.first_step..).take(block.n_steps).enumerate() {
        for row in rows {
            let n = row.n_cases.get(column).copied().unwrap_or(0);
            if n == 0 {
                continue;
            }
            let name = step.to_string();
            sheet.row([
                Cell { text: Sentence::text(&name), number: name.parse().ok(), ..count(0) },
                say(caption(subject, row.place)),
                marked(n, group, &["step", &name, &field(subject, row.place)]),
                share(Proportion { n, of: block.basis.n_units }),
            ]);
        }
    }
    sheet
}

/// For every row of the joined cells, the share in one group less that in the other.
fn differences(
    subject: &Subject<'_>,
    cells: &Sheet,
    first: &StepBlock,
    other: &StepBlock,
) -> Vec<Option<journey::Difference>> {
    let of = |block: &StepBlock, step: i64, name: &Sentence| {
        let column = usize::try_from(step.saturating_sub(block.first_step)).unwrap_or(usize::MAX);
        let row = block.rows.iter().find(|row| caption(subject, row.place) == *name);
        let n = row.and_then(|row| row.n_cases.get(column)).copied().unwrap_or(0);
        Proportion { n, of: block.basis.n_units }
    };
    let rows = cells.rows().iter().map(|row| {
        let (Some(Value::Text(step)), name) = (row.first()?.text.values.first(), &row.get(1)?.text) else {
            return None;
        };
        let step = step.parse().ok()?;
        of(first, step, name).difference(of(other, step, name))
    });
    rows.collect()
}

pub(super) fn cases(
    subject: &Subject<'_>,
    (n_steps, anchor): (u32, Option<&str>),
    group: &CaseSet,
    fields: &[&str],
) -> Option<CaseSet> {
    let &["step", step, place] = fields else {
        return None;
    };
    let (step, place) = (step.parse().ok()?, place_of_field(subject, place)?);
    let spec = spec(n_steps, anchor);
    Some(step_cases(subject.store, &subject.query.scope(group), &spec, step, place))
}
