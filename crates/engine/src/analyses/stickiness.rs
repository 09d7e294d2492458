//! Stickiness. Marks: `exactly:3` and `at_least:3` periods.

use super::sheet::{Sheet, column, marked, mean, share, text};
use super::{Findings, Marker, Subject, asked, words};
use journey::{CaseSet, Proportion, Stickiness, StickinessSpec};
use journey::{cases_active_at_least, cases_active_exactly, stickiness_difference};
use protocol::question::Grain;
use protocol::report::{Chart, ColumnKind};
use protocol::sentence::{Sentence, Value};

fn spec(names: &[String], grain: Grain) -> StickinessSpec {
    StickinessSpec { names: names.to_vec(), unit: asked::period_unit(grain) }
}

pub(super) fn find(subject: &Subject<'_>, names: &[String], grain: Grain) -> Findings {
    let spec = spec(names, grain);
    let (first, other) = subject.both(|_, group| {
        let found = subject.figures(&spec, group);
        (periods(&found, group), average(&found), found)
    });
    let (mut periods, mut average, found) = first;
    if let Some((other_periods, other_average, other)) = other {
        periods = periods.beside(Some(other_periods));
        average = average.beside(Some(other_average)).differences(
            ("mean_difference", "col.difference", ColumnKind::Number),
            [stickiness_difference(&found, &other)],
        );
    }
    let mut ground = super::Ground::from(found.coverage);
    let unit = words::unit_key(ground.unit);
    ground.dropped.push((words::of("dropped.never_active", [words::word(unit)]), found.n_never));
    let n_active = found.active_periods.n;
    Findings {
        title: words::of("stickiness.title", [words::grain(grain)]),
        finding: Sentence::new(
            "stickiness.average",
            [
                words::counted(n_active, unit).into(),
                Value::Number(found.active_periods.mean),
                Value::Count(found.n_periods),
            ],
        ),
        definition: "definition.stickiness",
        formulas: &["formula.stickiness.1", "formula.stickiness.2"],
        parameters: vec![
            (words::word("param.active_with"), words::names(names)),
            (words::word("param.grain"), words::grain(grain)),
            (words::word("param.periods"), words::count(found.n_periods)),
        ],
        tables: vec![periods.finish(), average.finish()],
        ground,
        issues: Vec::new(),
        unknown: found.unknown,
    }
}

fn periods(found: &Stickiness, group: Marker) -> Sheet {
    let columns = [
        ("n", "col.periods", ColumnKind::Text),
        ("cases", "col.exactly", ColumnKind::Count),
        ("share", "col.stickiness.share", ColumnKind::Ratio),
        ("at_least", "col.at_least", ColumnKind::Count),
    ];
    let mut sheet = Sheet::new("periods", "table.stickiness.periods", Chart::Bars(1), 1, &columns);
    let of = found.active_periods.n;
    for (number, (&n, n_at_least)) in (1_u64..).zip(found.n_exactly.iter().zip(found.n_at_least())) {
        let number = number.to_string();
        sheet.row([
            text(number.as_str()),
            marked(n, group, &["exactly", &number]),
            share(Proportion { n, of }),
            marked(n_at_least, group, &["at_least", &number]),
        ]);
    }
    sheet
}

fn average(found: &Stickiness) -> Sheet {
    let mut sheet = Sheet::new("average", "table.stickiness.average", Chart::None, 0, &[]);
    sheet.add_column(column("mean", "col.active_periods", ColumnKind::Number));
    sheet.row([mean(found.active_periods)]);
    sheet
}

pub(super) fn cases(
    subject: &Subject<'_>,
    (names, grain): (&[String], Grain),
    group: &CaseSet,
    fields: &[&str],
) -> Option<CaseSet> {
    let &[kind, n] = fields else {
        return None;
    };
    let (scope, spec, n) = (subject.query.scope(group), spec(names, grain), n.parse().ok()?);
    match kind {
        "exactly" => Some(cases_active_exactly(subject.store, &scope, &spec, n)),
        "at_least" => Some(cases_active_at_least(subject.store, &scope, &spec, n)),
        _ => None,
    }
}
