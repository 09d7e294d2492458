//! Transitions. Marks: `edge:home:cart`; an empty side is the start or the end of the case.

use super::sheet::{Sheet, column, count, number, share, text, time};
use super::{Findings, Marker, Subject, asked, words};
use journey::{CaseSet, Place, Proportion, Transition, TransitionSpec, Transitions, transition_cases};
use protocol::question::TransitionWeight;
use protocol::report::{Cell, Chart, ColumnKind};

/// Activities in the matrix; the list has all.
const MAX_MATRIX: usize = 40;

const START: &str = "(start)";
const END: &str = "(end)";

fn spec(subject: &Subject<'_>, once_per_case: bool, working_hours: bool) -> TransitionSpec {
    TransitionSpec {
        once_per_case,
        calendar: asked::work_calendar(working_hours, &subject.query),
        period: subject.query.period,
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
                "Difference of the shares of customers",
                ColumnKind::RatioDifference,
                "First group less the other.",
            ),
            differences,
        );
        other_matrix = Some(matrix.finish());
    }
    tables.push(list.finish());
    tables.extend(other_matrix);
    let mut issues = Vec::new();
    let n_places = places(subject, &found).len();
    if n_places > MAX_MATRIX {
        issues.push(format!(
            "The matrix shows the {MAX_MATRIX} most frequent of {n_places} activities; the list has all."
        ));
    }
    Findings {
        title: format!("Transitions: {}", weight_words(weight)),
        finding: finding(subject, &found),
        definition: "How often each activity comes right after each other one in the events of a customer, the start and the end of \
            them included.",
        formulas: &[
            "proba_out = count / Σ count from the same activity; proba_in = count / Σ count to the same activity",
            "share_of_total = count / Σ count; avg_per_path = count / customers; unique_paths = customers with it",
            "time = start of the second event − end of the first, overlaps as 0; share of customers: Wilson, 95 %, differences: Newcombe",
        ],
        parameters: vec![
            ("shown in the matrix".to_owned(), weight_words(weight).to_owned()),
            ("once for a customer".to_owned(), words::yes(once_per_case)),
            ("only working time, Monday to Friday, 9 to 17".to_owned(), words::yes(working_hours)),
        ],
        tables,
        ground: (&found.basis).into(),
        issues,
        ..Findings::default()
    }
}

fn weight_words(weight: TransitionWeight) -> &'static str {
    match weight {
        TransitionWeight::Count => "how often",
        TransitionWeight::ShareOfTotal => "share of all transitions",
        TransitionWeight::PerCase => "average for a customer",
        TransitionWeight::ProbabilityOut => "share of what leaves the first activity",
        TransitionWeight::ProbabilityIn => "share of what enters the second activity",
        TransitionWeight::Cases => "customers",
        TransitionWeight::MedianTime => "median time",
        TransitionWeight::P95Time => "95th percentile of the time",
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

fn caption<'a>(subject: &Subject<'a>, place: Place) -> &'a str {
    match place {
        Place::Start => START,
        Place::End => END,
        Place::Activity(activity) => subject.activity_name(activity),
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
    let names = |t: &Transition| (caption(subject, t.from), caption(subject, t.to), t.from, t.to);
    ranked.sort_by(|a, b| b.n_occurrences.cmp(&a.n_occurrences).then_with(|| names(a).cmp(&names(b))));
    ranked
}

fn finding(subject: &Subject<'_>, found: &Transitions) -> String {
    let ranked = ranked(subject, found);
    let inner = |t: &&&Transition| matches!((t.from, t.to), (Place::Activity(_), Place::Activity(_)));
    let Some(top) = ranked.iter().find(inner) else {
        return "No activity follows another.".to_owned();
    };
    let (from, to) = (caption(subject, top.from), caption(subject, top.to));
    let cases = words::part(Proportion { n: top.n_cases, of: found.basis.n_cases }, "customers");
    let out = top.probability_out * 100.0;
    format!(
        "“{to}” comes right after “{from}” most often: {} times, {out:.1} % of what leaves “{from}”, with {cases}.",
        top.n_occurrences
    )
}

fn list(subject: &Subject<'_>, found: &Transitions, group: Marker) -> Sheet {
    let columns = [
        ("from", "From", ColumnKind::Text, ""),
        ("to", "To", ColumnKind::Text, ""),
        ("count", "Times", ColumnKind::Count, ""),
        ("share_of_total", "Share of all", ColumnKind::Ratio, "Of all transitions."),
        ("avg_per_path", "For a customer", ColumnKind::Number, "Times over all customers."),
        ("proba_out", "Of what leaves", ColumnKind::Ratio, "Share of what leaves the first activity."),
        ("proba_in", "Of what enters", ColumnKind::Ratio, "Share of what enters the second activity."),
        ("unique_paths", "Customers", ColumnKind::Count, "Customers with the transition."),
        ("share_of_cases", "Share of customers", ColumnKind::Ratio, ""),
        ("max_in_one_case", "Most for one customer", ColumnKind::Count, ""),
        ("time_median", "Median time", ColumnKind::Seconds, ""),
        ("time_mean", "Mean time", ColumnKind::Seconds, ""),
        ("time_q95", "95th percentile", ColumnKind::Seconds, ""),
    ];
    let mut sheet =
        Sheet::new("transitions", "Every transition, most frequent first", Chart::None, 2, &columns);
    for row in ranked(subject, found) {
        sheet.row([
            text(caption(subject, row.from)),
            text(caption(subject, row.to)),
            count(row.n_occurrences),
            number(row.share_of_total),
            number(row.per_case),
            number(row.probability_out),
            number(row.probability_in),
            Cell { mark: Some(mark(subject, group, row)), ..count(row.n_cases) },
            share(Proportion { n: row.n_cases, of: found.basis.n_cases }),
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
    let columns = [("from", "From", ColumnKind::Text, "The activity before.")];
    let mut sheet = Sheet::new("matrix", "From the rows to the columns", Chart::Heat(1), 1, &columns);
    let targets: Vec<Place> = activities.iter().copied().chain([Place::End]).collect();
    for (number, &to) in targets.iter().enumerate() {
        sheet.add_column(column(&format!("to{number}"), caption(subject, to), kind, ""));
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
        sheet.row([text(caption(subject, from))].into_iter().chain(cells));
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
    let place = |cell: &Cell, outer: (&str, Place)| {
        subject.activity(&cell.text).map(Place::Activity).or((cell.text == outer.0).then_some(outer.1))
    };
    let rows = list.rows().iter().map(|row| {
        let (from, to) =
            (place(row.first()?, (START, Place::Start))?, place(row.get(1)?, (END, Place::End))?);
        let of = |found: &Transitions| Proportion {
            n: found.get(from, to).map_or(0, |cell| cell.n_cases),
            of: found.basis.n_cases,
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
    let spec = TransitionSpec { period: subject.query.period, ..TransitionSpec::default() };
    Some(transition_cases(subject.store, group.iter(), &spec, from, to))
}
