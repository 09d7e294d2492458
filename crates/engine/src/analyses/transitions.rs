//! Transitions. Marks: `edge:home:cart`; an empty side is the start or the end of the case.

use super::sheet::{Cell, Sheet, column_of, count, number, say, share, time};
use super::{Findings, Marker, Subject, words};
use journey::{CaseSet, Place, Proportion, Transition, TransitionSpec, Transitions, transition_cases};
use protocol::question::TransitionWeight;
use protocol::report::{Chart, ColumnKind};
use protocol::sentence::{Sentence, Value};

/// Activities in the matrix; the list has all.
const MAX_MATRIX: usize = 40;

const START: &str = "cell.start";
const END: &str = "cell.end";

fn spec(subject: &Subject<'_>, once_per_case: bool, working_hours: bool) -> TransitionSpec {
    TransitionSpec {
        once_per_case,
        calendar: subject.work_calendar(working_hours),
        ..TransitionSpec::default()
    }
}

pub(super) fn find(
    subject: &Subject<'_>,
    weight: TransitionWeight,
    once_per_case: bool,
    working_hours: bool,
) -> Findings {
    let spec = spec(subject, once_per_case, working_hours);
    let (first, other) = subject.both(|_, group| {
        let found = subject.figures(&spec, group);
        let matrix = matrix(subject, &found, weight, group).of_group(group);
        (list(subject, &found, group), matrix, found)
    });
    let (mut list, matrix, found) = first;
    let mut tables = vec![matrix.finish()];
    let mut other_matrix = None;
    if let Some((other_list, matrix, other)) = other {
        list = list.beside(Some(other_list));
        let differences = differences(subject, &list, &found, &other);
        list = list.differences(
            (
                "share_of_cases_difference",
                "col.difference_of_the_shares_of_customers",
                ColumnKind::RatioDifference,
            ),
            differences,
        );
        other_matrix = Some(matrix.finish());
    }
    tables.push(list.finish());
    tables.extend(other_matrix);
    let mut issues = subject.calendar_issues(working_hours);
    let n_places = places(subject, &found).len();
    if n_places > MAX_MATRIX {
        let (shown, all) = (Value::Count(MAX_MATRIX as u64), Value::Count(n_places as u64));
        issues.push(Sentence::new("transitions.matrix_cut", [shown, all]));
    }
    Findings {
        title: words::of("transitions.title", [words::word(weight_key(weight))]),
        finding: finding(subject, &found),
        definition: "definition.transitions",
        formulas: &["formula.transitions.1", "formula.transitions.2", "formula.transitions.3"],
        parameters: vec![
            (words::word("param.in_matrix"), words::word(weight_key(weight))),
            (words::word("param.once"), words::yes(once_per_case)),
            (words::word("param.times"), words::working_time(working_hours, subject.asked)),
        ],
        tables,
        ground: (&found.basis).into(),
        issues,
        ..Findings::default()
    }
}

fn weight_key(weight: TransitionWeight) -> &'static str {
    match weight {
        TransitionWeight::Count => "weight.count",
        TransitionWeight::ShareOfTotal => "weight.share_of_total",
        TransitionWeight::PerCase => "weight.per_case",
        TransitionWeight::ProbabilityOut => "weight.proba_out",
        TransitionWeight::ProbabilityIn => "weight.proba_in",
        TransitionWeight::Cases => "weight.cases",
        TransitionWeight::MedianTime => "weight.median_time",
        TransitionWeight::P95Time => "weight.p95_time",
    }
}

fn weight_of(weight: TransitionWeight) -> (journey::TransitionWeight, ColumnKind) {
    use journey::TransitionWeight as To;
    match weight {
        TransitionWeight::Count => (To::Count, ColumnKind::Count),
        TransitionWeight::ShareOfTotal => (To::ShareOfTotal, ColumnKind::Ratio),
        TransitionWeight::PerCase => (To::PerCase, ColumnKind::Number),
        TransitionWeight::ProbabilityOut => (To::ProbabilityOut, ColumnKind::Ratio),
        TransitionWeight::ProbabilityIn => (To::ProbabilityIn, ColumnKind::Ratio),
        TransitionWeight::Cases => (To::Cases, ColumnKind::Count),
        TransitionWeight::MedianTime => (To::MedianTime, ColumnKind::Seconds),
        TransitionWeight::P95Time => (To::P95Time, ColumnKind::Seconds),
    }
}

fn caption(subject: &Subject<'_>, place: Place) -> Sentence {
    match place {
        Place::Start => words::word(START),
        Place::End => words::word(END),
        Place::Activity(activity) => Sentence::text(subject.activity_name(activity)),
    }
}

/// The place in a mark.
fn field<'a>(subject: &Subject<'a>, place: Place) -> &'a str {
    match place {
        Place::Start | Place::End => "",
        Place::Activity(activity) => subject.activity_name(activity),
    }
}

fn mark(subject: &Subject<'_>, group: Marker, found: &Transition) -> String {
    group.mark(&["edge", field(subject, found.from), field(subject, found.to)])
}

/// Transitions by occurrences, then by the names of both sides.
fn ranked<'f>(subject: &Subject<'_>, found: &'f Transitions) -> Vec<&'f Transition> {
    let mut ranked: Vec<&Transition> = found.transitions.iter().collect();
    let names = |t: &Transition| (field(subject, t.from), field(subject, t.to), t.from, t.to);
    ranked.sort_by(|a, b| b.n_occurrences.cmp(&a.n_occurrences).then_with(|| names(a).cmp(&names(b))));
    ranked
}

fn finding(subject: &Subject<'_>, found: &Transitions) -> Sentence {
    let ranked = ranked(subject, found);
    let inner = |t: &&&Transition| matches!((t.from, t.to), (Place::Activity(_), Place::Activity(_)));
    let Some(top) = ranked.iter().find(inner) else {
        return words::word("transitions.none");
    };
    let (from, to) = (caption(subject, top.from), caption(subject, top.to));
    let cases = words::part(
        Proportion { n: top.n_cases, of: found.basis.n_units },
        words::unit_key(found.basis.coverage.unit),
    );
    Sentence::new(
        "transitions.top",
        [
            from.into(),
            to.into(),
            Value::Count(top.n_occurrences),
            Value::Ratio(top.probability_out),
            cases.into(),
        ],
    )
}

fn list(subject: &Subject<'_>, found: &Transitions, group: Marker) -> Sheet {
    let columns = [
        ("from", "col.from", ColumnKind::Text),
        ("to", "col.to", ColumnKind::Text),
        ("count", "col.times", ColumnKind::Count),
        ("share_of_total", "col.share_of_all", ColumnKind::Ratio),
        ("avg_per_path", "col.for_a_customer", ColumnKind::Number),
        ("proba_out", "col.of_what_leaves", ColumnKind::Ratio),
        ("proba_in", "col.of_what_enters", ColumnKind::Ratio),
        ("unique_paths", "col.transitions.customers", ColumnKind::Count),
        ("share_of_cases", "col.share_of_customers", ColumnKind::Ratio),
        ("max_in_one_case", "col.most_for_one_customer", ColumnKind::Count),
        ("time_median", "col.median_time", ColumnKind::Seconds),
        ("time_mean", "col.mean_time", ColumnKind::Seconds),
        ("time_q95", "col.95th_percentile", ColumnKind::Seconds),
    ];
    let mut sheet = Sheet::new("transitions", "table.transitions.transitions", Chart::None, 2, &columns);
    for row in ranked(subject, found) {
        sheet.row([
            say(caption(subject, row.from)),
            say(caption(subject, row.to)),
            count(row.n_occurrences),
            number(row.share_of_total),
            number(row.per_case),
            number(row.probability_out),
            number(row.probability_in),
            Cell { mark: Some(mark(subject, group, row)), ..count(row.n_cases) },
            share(Proportion { n: row.n_cases, of: found.basis.n_units }),
            count(row.max_in_one_case),
            time(row.times, |t| t.median_secs),
            time(row.times, |t| t.mean_secs),
            time(row.times, |t| t.p95_secs),
        ]);
    }
    sheet
}

/// Activities of either side, most frequent first, then by name.
fn places(subject: &Subject<'_>, found: &Transitions) -> Vec<u32> {
    let mut counts = std::collections::BTreeMap::<u32, u64>::new();
    for row in &found.transitions {
        if let Place::Activity(from) = row.from {
            *counts.entry(from).or_default() += row.n_occurrences;
        }
    }
    let mut ranked: Vec<(u32, u64)> = counts.into_iter().collect();
    ranked.sort_by(|a, b| {
        b.1.cmp(&a.1).then_with(|| subject.activity_name(a.0).cmp(subject.activity_name(b.0)))
    });
    ranked.into_iter().map(|(activity, _)| activity).collect()
}

fn matrix(subject: &Subject<'_>, found: &Transitions, weight: TransitionWeight, group: Marker) -> Sheet {
    let (weight, kind) = weight_of(weight);
    let activities: Vec<Place> =
        places(subject, found).into_iter().take(MAX_MATRIX).map(Place::Activity).collect();
    let columns = [("from", "col.transitions.from", ColumnKind::Text)];
    let mut sheet = Sheet::new("matrix", "table.transitions.matrix", Chart::Heat(1), 1, &columns);
    let targets: Vec<Place> = activities.iter().copied().chain([Place::End]).collect();
    for (number, &to) in targets.iter().enumerate() {
        sheet.add_column(column_of(&format!("to{number}"), caption(subject, to), kind));
    }
    for from in [Place::Start].into_iter().chain(activities) {
        let cells = targets.iter().map(|&to| match found.get(from, to) {
            None => Cell::default(),
            Some(cell) => Cell {
                number: cell.weight(weight),
                mark: Some(mark(subject, group, cell)),
                ..Cell::default()
            },
        });
        sheet.row([say(caption(subject, from))].into_iter().chain(cells));
    }
    sheet
}

/// For every row of the joined list, the share of customers with the transition in one group less that in the other.
fn differences(
    subject: &Subject<'_>,
    list: &Sheet,
    first: &Transitions,
    other: &Transitions,
) -> Vec<Option<journey::Difference>> {
    let place = |cell: &Cell, outer: (&str, Place)| match cell.text.values.first() {
        Some(Value::Text(name)) => subject.activity(name).map(Place::Activity),
        _ => (cell.text.key == outer.0).then_some(outer.1),
    };
    let rows = list.rows().iter().map(|row| {
        let (from, to) =
            (place(row.first()?, (START, Place::Start))?, place(row.get(1)?, (END, Place::End))?);
        let of = |found: &Transitions| Proportion {
            n: found.get(from, to).map_or(0, |cell| cell.n_cases),
            of: found.basis.n_units,
        };
        of(first).difference(of(other))
    });
    rows.collect()
}

pub(super) fn cases(subject: &Subject<'_>, group: &CaseSet, fields: &[&str]) -> Option<CaseSet> {
    let &["edge", from, to] = fields else {
        return None;
    };
    let place = |name: &str, outer| {
        if name.is_empty() { Some(outer) } else { subject.activity(name).map(Place::Activity) }
    };
    let (from, to) = (place(from, Place::Start)?, place(to, Place::End)?);
    let scope = subject.query.scope(group);
    Some(transition_cases(subject.store, &scope, &TransitionSpec::default(), from, to))
}
