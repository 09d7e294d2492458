//! Experience scores. Marks: `value:9` for those whose answer counts with it, `kind:promoters` for a kind of answer,
//! `period:665` for those with an answer in a period by its number.

use super::sheet::{self, Cell, Column, Sheet, count, marked, share, text};
use super::{Findings, Ground, Marker, Subject, asked, words};
use crate::convert::failure;
use event::Measure;
use journey::{Answers, Calendar, CaseSet, Difference, Experience, ExperienceSpec, NetPromoter, Proportion};
use journey::{ScoreSpec, SurveysSpec, Unit, experience_cases};
use protocol::Failure;
use protocol::import::ScoreKind;
use protocol::question::Scores as Asked;
use protocol::report::{Chart, ColumnKind};
use protocol::sentence::{Sentence, Value};

/// Short name, key of the caption, and whether an answer is of the kind.
type Kind = (&'static str, &'static str, fn(i32) -> bool);

/// Kinds of answers of a net promoter score, with their values.
const KINDS: [Kind; 3] = [
    ("promoters", "col.scores.promoters", |value| value >= 9),
    ("passives", "col.scores.passives", |value| value == 7 || value == 8),
    ("detractors", "col.scores.detractors", |value| value <= 6),
];

/// What is asked, once it is known which survey.
struct Survey {
    kind: ScoreKind,
    spec: ExperienceSpec,
    score: ScoreSpec,
    /// Customers are counted, each with one answer.
    is_by_customer: bool,
}

impl Survey {
    fn is_nps(&self) -> bool {
        self.kind == ScoreKind::Nps
    }

    /// The survey asked for, or the one that the data has most answers of.
    fn of(subject: &Subject<'_>, asked: &Asked) -> Result<Self, Failure> {
        let found = || subject.figures(&SurveysSpec, Marker::FIRST).first().map(|(measure, _)| *measure);
        let measure = match asked.survey {
            Some(kind) => Measure::from_name(kind.name()),
            None => found(),
        };
        let kind =
            measure.and_then(|measure| ScoreKind::ALL.into_iter().find(|kind| kind.name() == measure.name()));
        let Some((measure, kind)) = measure.zip(kind) else {
            return Err(failure(
                "The data has no answers to surveys.",
                "Open the file again and say which column holds the answers, and of which survey.",
            ));
        };
        let spec = ExperienceSpec {
            measure,
            answers: asked.answers.clone(),
            asked: asked.asked.clone(),
            unit: asked::period_unit(asked.grain),
        };
        let usual = ScoreSpec::of(measure);
        let score = ScoreSpec { n_best: asked.best.unwrap_or(usual.n_best), ..usual };
        let is_by_customer = subject.query.unit == Unit::Customers;
        Ok(Self { kind, spec, score, is_by_customer })
    }
}

fn caption(kind: ScoreKind) -> &'static str {
    match kind {
        ScoreKind::Nps => "survey.nps",
        ScoreKind::Csat5 => "survey.csat_5",
        ScoreKind::Csat7 => "survey.csat_7",
        ScoreKind::CsatYesNo => "survey.csat_yes_no",
        ScoreKind::Ces5 => "survey.ces_5",
        ScoreKind::Ces7 => "survey.ces_7",
        ScoreKind::Rating5 => "survey.rating_5",
    }
}

pub(super) fn find(subject: &Subject<'_>, asked: &Asked) -> Result<Findings, Failure> {
    let survey = Survey::of(subject, asked)?;
    let calendar =
        Calendar { unit: survey.spec.unit, zone_offset_minutes: subject.query.zone_offset_minutes };
    let (first, other) = subject.both(|_, group| {
        let found = subject.figures(&survey.spec, group);
        let tables = [
            summary(&survey, &found.whole, group),
            values(&found.whole, group),
            periods(&survey, &found, calendar, group),
        ];
        (tables, found)
    });
    let ([mut summary, mut values, mut periods], found) = first;
    if let Some(([other_summary, other_values, other_periods], other)) = other {
        summary = with_differences(summary.beside(Some(other_summary)), &survey, &found.whole, &other.whole);
        values = values.beside(Some(other_values));
        periods = periods.beside(Some(other_periods));
    }
    let mut ground = Ground::from(found.coverage);
    let unit =
        words::unit(if found.coverage.unit == Unit::Accounts { Unit::Accounts } else { Unit::Customers });
    ground.unit = subject.query.unit;
    ground.n_units = found.whole.n();
    ground.dropped.extend([
        (words::of("dropped.silent", [unit]), found.n_silent),
        (words::word("dropped.replaced"), found.n_replaced),
        (words::word("dropped.off_scale"), found.n_invalid),
    ]);
    Ok(Findings {
        title: words::word(caption(survey.kind)),
        finding: finding(&survey, &found, ground.unit),
        definition: definition(&survey, ground.unit),
        formulas: formulas(&survey),
        parameters: parameters(&survey, asked),
        tables: vec![summary.finish(), periods.finish(), values.finish()],
        ground,
        issues: vec![words::word("issue.respondents")],
        unknown: found.unknown,
    })
}

fn definition(survey: &Survey, unit: Unit) -> &'static str {
    match (survey.is_nps(), unit) {
        (true, Unit::Occurrences) => "definition.nps.all",
        (true, _) => "definition.nps",
        (false, Unit::Occurrences) => "definition.scale.all",
        (false, _) => "definition.scale",
    }
}

fn formulas(survey: &Survey) -> &'static [&'static str] {
    if survey.is_nps() {
        &["formula.nps.1", "formula.nps.2", "formula.nps.3"]
    } else {
        &["formula.scale.1", "formula.scale.2", "formula.scale.3"]
    }
}

fn parameters(survey: &Survey, asked: &Asked) -> Vec<(Sentence, Sentence)> {
    let scale = survey.score.scale;
    let positive = if survey.is_nps() {
        words::word("scores.promote")
    } else {
        let (min, max) = (Sentence::text(scale.min.to_string()), Sentence::text(scale.max.to_string()));
        words::of("scores.best", [words::count(survey.score.n_best.into()), min, max])
    };
    let sent =
        if asked.asked.is_empty() { words::word("scores.not_known") } else { words::names(&asked.asked) };
    [
        ("param.survey", words::word(caption(survey.kind))),
        ("param.positive", positive),
        ("param.answered", words::names(&asked.answers)),
        ("param.asked", sent),
        ("param.grain", words::grain(asked.grain)),
    ]
    .map(|(name, value)| (words::word(name), value))
    .to_vec()
}

fn finding(survey: &Survey, found: &Experience, unit: Unit) -> Sentence {
    let n = found.whole.n();
    if n == 0 {
        return words::word("scores.none");
    }
    let key = if unit == Unit::Occurrences { "unit.answers" } else { words::unit_key(unit) };
    let of = words::counted(n, key);
    let number = |value: f64, decimals: usize| Sentence::text(format!("{value:.decimals$}"));
    if survey.is_nps() {
        let answers = found.whole.nps().answers;
        let (low, high) = answers.interval().map_or((0.0, 0.0), |interval| (interval.low, interval.high));
        let points = Sentence::text(format!("{:+.0}", answers.nps_points().unwrap_or(0.0)));
        return words::of("scores.nps", [of, points, number(low, 0), number(high, 0)]);
    }
    let score = found.whole.scale_score(survey.score);
    let (low, high) = score.positive.interval().map_or((0.0, 0.0), |interval| (interval.low, interval.high));
    let share = Value::Ratio(score.positive.ratio().unwrap_or(0.0));
    let mean = number(score.mean.mean, 2);
    Sentence::new("scores.scale", [share, of.into(), Value::Ratio(low), Value::Ratio(high), mean.into()])
}

/// A score in points with its interval.
fn points(answers: NetPromoter) -> Cell {
    let interval = answers.interval().map(|interval| (interval.low, interval.high));
    Cell { number: answers.nps_points(), interval, ..Cell::default() }
}

/// The columns of a score.
fn score_columns(survey: &Survey) -> Vec<Column> {
    if survey.is_nps() {
        return vec![sheet::column("nps", "col.scores.nps", ColumnKind::Number)];
    }
    vec![
        sheet::column("top_box", "col.scores.top_box", ColumnKind::Ratio),
        sheet::column("mean", "col.scores.mean", ColumnKind::Number),
    ]
}

fn score_cells(survey: &Survey, answers: &Answers) -> Vec<Cell> {
    if survey.is_nps() {
        return vec![points(answers.nps().answers)];
    }
    let score = answers.scale_score(survey.score);
    let interval = score.mean_interval().map(|interval| (interval.low, interval.high));
    let mean = Cell { number: (score.mean.n > 0).then_some(score.mean.mean), interval, ..Cell::default() };
    vec![share(score.positive), mean]
}

/// Cases whose answers count with one of some values.
fn n_cases(answers: &Answers, values: impl Fn(i32) -> bool) -> u64 {
    answers.n_cases.iter().filter(|(value, _)| values(**value)).map(|(_, n)| n).sum()
}

fn n_of(answers: &Answers, values: impl Fn(i32) -> bool) -> u64 {
    answers.counts.iter().filter(|(value, _)| values(**value)).map(|(_, n)| n).sum()
}

fn is_positive(score: ScoreSpec) -> impl Fn(i32) -> bool {
    move |value| i64::from(value) > i64::from(score.scale.max) - i64::from(score.n_best)
}

fn summary(survey: &Survey, answers: &Answers, group: Marker) -> Sheet {
    let mut sheet = Sheet::new("score", "table.scores.score", Chart::None, 0, &[]);
    score_columns(survey).into_iter().for_each(|column| sheet.add_column(column));
    sheet.add_column(sheet::column("n", "col.scores.n", ColumnKind::Count));
    let mut cells = score_cells(survey, answers);
    cells.push(count(answers.n()));
    let kinds: Vec<(&str, &str)> = if survey.is_nps() {
        KINDS.iter().map(|(id, caption, _)| (*id, *caption)).collect()
    } else {
        vec![("positive", "col.scores.positive")]
    };
    for (id, caption) in kinds {
        sheet.add_column(sheet::column(id, caption, ColumnKind::Count));
        let n = n_of(answers, |value| is_of_kind(survey, id, value));
        cells.push(whose(survey, n, group, &["kind", id]));
    }
    sheet.add_column(sheet::column("asked", "col.scores.asked", ColumnKind::Count));
    sheet.add_column(sheet::column("response_rate", "col.scores.response_rate", ColumnKind::Ratio));
    cells.push(Cell { number: answers.n_asked.map(|n| n as f64), ..Cell::default() });
    cells.push(Cell { number: answers.response_ratio(), ..Cell::default() });
    sheet.row(cells);
    sheet
}

/// A count of answers; it opens whose they are where each customer has one.
fn whose(survey: &Survey, n: u64, group: Marker, fields: &[&str]) -> Cell {
    if survey.is_by_customer { marked(n, group, fields) } else { count(n) }
}

fn is_of_kind(survey: &Survey, id: &str, value: i32) -> bool {
    match KINDS.iter().find(|(known, ..)| *known == id) {
        Some((_, _, is)) if survey.is_nps() => is(value),
        _ => is_positive(survey.score)(value),
    }
}

fn with_differences(summary: Sheet, survey: &Survey, first: &Answers, other: &Answers) -> Sheet {
    if survey.is_nps() {
        let difference: Option<Difference> = first.nps().answers.difference(other.nps().answers);
        return summary.differences(("nps_difference", "col.difference", ColumnKind::Number), [difference]);
    }
    let (first, other) = (first.scale_score(survey.score), other.scale_score(survey.score));
    summary
        .differences(
            ("top_box_difference", "col.scores.top_box_difference", ColumnKind::RatioDifference),
            [first.positive.difference(other.positive)],
        )
        .differences(
            ("mean_difference", "col.scores.mean_difference", ColumnKind::Number),
            [first.mean.difference(other.mean)],
        )
}

fn values(answers: &Answers, group: Marker) -> Sheet {
    let columns = [
        ("answer", "col.scores.answer", ColumnKind::Text),
        ("n", "col.scores.n", ColumnKind::Count),
        ("share", "col.share", ColumnKind::Ratio),
        ("cases", "col.scores.customers", ColumnKind::Count),
    ];
    let mut sheet = Sheet::new("answers", "table.scores.answers", Chart::Bars(1), 1, &columns);
    for (value, &n) in &answers.counts {
        let name = value.to_string();
        sheet.row([
            text(name.as_str()),
            count(n),
            share(Proportion { n, of: answers.n() }),
            marked(n_cases(answers, |one| one == *value), group, &["value", &name]),
        ]);
    }
    sheet
}

fn periods(survey: &Survey, found: &Experience, calendar: Calendar, group: Marker) -> Sheet {
    let columns = [("period", "col.lifecycle.period", ColumnKind::Date)];
    let mut sheet = Sheet::new("periods", "table.scores.periods", Chart::Lines, 1, &columns);
    score_columns(survey).into_iter().for_each(|column| sheet.add_column(column));
    sheet.add_column(sheet::column("n", "col.scores.n", ColumnKind::Count));
    sheet.add_column(sheet::column("response_rate", "col.scores.response_rate", ColumnKind::Ratio));
    for period in &found.periods {
        let partial = !period.is_complete;
        let n = whose(survey, period.answers.n(), group, &["period", &period.index.to_string()]);
        let mut cells = vec![sheet::period(calendar, period.index)];
        cells.extend(score_cells(survey, &period.answers).into_iter().map(|cell| Cell { partial, ..cell }));
        cells.push(Cell { partial, ..n });
        cells.push(Cell { number: period.answers.response_ratio(), partial, ..Cell::default() });
        sheet.row(cells);
    }
    sheet
}

pub(super) fn cases(
    subject: &Subject<'_>,
    asked: &Asked,
    group: &CaseSet,
    fields: &[&str],
) -> Result<Option<CaseSet>, Failure> {
    let survey = Survey::of(subject, asked)?;
    let scope = subject.query.scope(group);
    let of = |period, values: &dyn Fn(i32) -> bool| {
        Some(experience_cases(subject.store, &scope, &survey.spec, period, values))
    };
    Ok(match fields {
        ["value", value] => value.parse::<i32>().ok().and_then(|wanted| of(None, &|value| value == wanted)),
        ["kind", id] => of(None, &|value| is_of_kind(&survey, id, value)),
        ["period", period] => period.parse().ok().and_then(|period| of(Some(period), &|_| true)),
        _ => None,
    })
}
