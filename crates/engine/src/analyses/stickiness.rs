//! Stickiness. Marks: `exactly:3` and `at_least:3` periods.

use super::sheet::{Sheet, column, marked, mean, share, text};
use super::{Findings, Marker, Subject, asked, words};
use journey::{CaseSet, Proportion, Stickiness, StickinessSpec};
use journey::{cases_active_at_least, cases_active_exactly, stickiness_difference};
use protocol::question::Grain;
use protocol::report::{Chart, ColumnKind};

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
            ("mean_difference", "Difference", ColumnKind::Number, "First group less the other."),
            [stickiness_difference(&found, &other)],
        );
    }
    let mut ground = super::Ground::from(found.coverage);
    let unit = words::unit(ground.unit);
    ground.dropped.push((format!("{unit} that were never active"), found.n_never));
    let n_active = found.active_periods.n;
    Findings {
        title: format!("Stickiness by {}", words::grain(grain)),
        finding: format!(
            "{n_active} {unit} were active in {:.1} of {} periods on average.",
            found.active_periods.mean, found.n_periods
        ),
        definition: "In how many different periods someone was active. This is not the ratio of daily to monthly active users.",
        formulas: &[
            "exactly n = active in n different periods; at least n = Σ exactly m over m ≥ n",
            "share = exactly n / active in any period; intervals: Wilson, 95 %; difference of means: Welch",
        ],
        parameters: vec![
            ("active with".to_owned(), words::names(names)),
            ("period".to_owned(), words::grain(grain).to_owned()),
            ("periods in all".to_owned(), found.n_periods.to_string()),
        ],
        tables: vec![periods.finish(), average.finish()],
        ground,
        issues: Vec::new(),
        unknown: found.unknown,
    }
}

fn periods(found: &Stickiness, group: Marker) -> Sheet {
    let columns = [
        ("n", "Periods", ColumnKind::Text, "Different periods in which someone was active."),
        ("cases", "Exactly", ColumnKind::Count, "Active in exactly so many periods."),
        ("share", "Share", ColumnKind::Ratio, "Of those active in any period."),
        ("at_least", "At least", ColumnKind::Count, "Active in at least so many periods."),
    ];
    let mut sheet =
        Sheet::new("periods", "How many were active in how many periods", Chart::Bars(1), 1, &columns);
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
    let mut sheet = Sheet::new("average", "Average of those active in any period", Chart::None, 0, &[]);
    sheet.add_column(column("mean", "Active periods", ColumnKind::Number, ""));
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
