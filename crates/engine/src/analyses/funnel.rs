//! Funnels. Marks, steps from 1: `reached:2`, `dropped:3`, `group:2:web` for a group of the breakdown that reached a step, and
//! `nameless:2` for the group without a name.

use super::sheet::{self, ColumnSpec, Sheet, count, marked, share, text};
use super::{Findings, Marker, Subject, words};
use crate::convert::failure;
use journey::{Attribute, BreakdownBy, CaseSet, Exclusion, Funnel, FunnelEntry, FunnelSpec, Proportion};
use journey::{funnel, funnel_difference, funnel_group_cases};
use protocol::Failure;
use protocol::question::{Attribution, Breakdown, Funnel as Asked, Held, StepOrder};
use protocol::report::{Chart, ColumnKind};
use protocol::sentence::{Sentence, Value};

/// Most things that are held the same.
const MAX_HELD: usize = 3;
/// Groups of a breakdown that are listed.
const MAX_GROUPS: usize = 50;

fn spec(asked: &Asked) -> Result<FunnelSpec, Failure> {
    let wrong = |message: String| Err(failure(message, "Give each step at least one activity."));
    if asked.steps.is_empty() || asked.steps.iter().any(Vec::is_empty) {
        return wrong("A funnel needs one step or more, and each step an activity.".to_owned());
    }
    if asked.steps.len() > FunnelSpec::MAX_STEPS {
        return wrong(format!("A funnel has at most {} steps.", FunnelSpec::MAX_STEPS));
    }
    let step = |names: &Vec<String>| journey::FunnelStep { names: names.clone(), channels: Vec::new() };
    let exclusion = Exclusion {
        names: asked.exclude.clone(),
        after_step: 0,
        before_step: asked.steps.len().saturating_sub(1),
    };
    Ok(FunnelSpec {
        steps: asked.steps.iter().map(step).collect(),
        order: match asked.order {
            StepOrder::Ordered => journey::StepOrder::Ordered,
            StepOrder::Strict => journey::StepOrder::Strict,
            StepOrder::Any => journey::StepOrder::Any,
        },
        entry: if asked.best_entry { FunnelEntry::Best } else { FunnelEntry::First },
        window_secs: asked.window_secs,
        exclusions: if asked.exclude.is_empty() { Vec::new() } else { vec![exclusion] },
        is_first_ever: asked.first_ever,
        hold: asked.hold.iter().map(|held| attribute(*held)).collect(),
        breakdown: by(asked).map(|by| journey::Breakdown { by, max_groups: MAX_GROUPS }),
        ..FunnelSpec::ordered(Vec::<String>::new())
    })
}

fn attribute(held: Held) -> Attribute {
    match held {
        Held::Channel => Attribute::Channel,
        Held::Account => Attribute::Account,
        Held::Source => Attribute::Source,
    }
}

/// What the funnel itself is broken down by; segments are funnels of their own.
fn by(asked: &Asked) -> Option<BreakdownBy> {
    let attribution = match asked.attribution {
        Attribution::FirstTouch => journey::Attribution::FirstTouch,
        Attribution::LastTouch => journey::Attribution::LastTouch,
        Attribution::AllSteps => journey::Attribution::AllSteps,
        Attribution::Step(step) => journey::Attribution::Step((step as usize).saturating_sub(1)),
    };
    Some(match asked.breakdown? {
        Breakdown::Channel => BreakdownBy::Steps(Attribute::Channel, attribution),
        Breakdown::Source => BreakdownBy::Steps(Attribute::Source, attribution),
        Breakdown::Activity => BreakdownBy::Steps(Attribute::Activity, attribution),
        Breakdown::Account => BreakdownBy::Account,
        Breakdown::Start => BreakdownBy::Start,
        Breakdown::Segments => return None,
    })
}

/// Refuses what cannot be asked together.
fn check(asked: &Asked) -> Result<(), Failure> {
    if asked.hold.len() > MAX_HELD {
        let message = format!("At most {MAX_HELD} things can be held the same at all steps.");
        return Err(failure(message, "Leave one out."));
    }
    if let Attribution::Step(step) = asked.attribution
        && !(1..=asked.steps.len()).contains(&(step as usize))
    {
        let message = format!("The funnel has no step {step} that could decide about groups.");
        return Err(failure(message, "Choose one of its steps."));
    }
    let is_by_step = matches!(by(asked), Some(BreakdownBy::Steps(..)));
    let is_conditional = asked.first_ever || !asked.hold.is_empty();
    if is_by_step && asked.attribution == Attribution::AllSteps && is_conditional {
        return Err(failure(
            "Groups of all steps look at each value alone, which cannot be joined with what is held the same or the very first.",
            "Let the first, the last or one step decide about groups.",
        ));
    }
    Ok(())
}

pub(super) fn find(subject: &Subject<'_>, asked: &Asked) -> Result<Findings, Failure> {
    check(asked)?;
    let spec = spec(asked)?;
    let (first, other) = subject.both(|cases, group| {
        let found = subject.figures(&spec, group);
        let tables = [steps(asked, &found, group), times(&found)];
        let groups = match asked.breakdown {
            Some(Breakdown::Segments) => Some(segments(subject, (asked, &spec), cases, group)),
            _ => groups(asked, &found, group),
        };
        (tables, groups, found)
    });
    let ([mut steps, times], mut groups, found) = first;
    let mut other_table = None;
    if let Some(([other_steps, other_times], other_groups, other)) = other {
        steps = with_differences(steps.beside(Some(other_steps)), &found, &other);
        other_table = Some(other_times.of_group(Marker::OTHER));
        groups = groups.map(|groups| groups.beside(other_groups));
    }
    let tables = [Some(steps), Some(times), groups, other_table].into_iter().flatten().map(Sheet::finish);
    let mut issues = notes(&found);
    if asked.breakdown.is_some() && found.n_groups > MAX_GROUPS as u64 {
        let (listed, all) = (Value::Count(MAX_GROUPS as u64), Value::Count(found.n_groups));
        issues.push(Sentence::new("funnel.groups_cut", [listed, all]));
    }
    let ground = ground(&found);
    let unit = words::unit_key(ground.unit);
    let steps = Sentence::joined("say.arrow", asked.steps.iter().map(|step| words::label(step)));
    Ok(Findings {
        title: words::of("funnel.title", [steps]),
        finding: finding(asked, &found, unit),
        definition: "definition.funnel",
        formulas: &["formula.funnel.1", "formula.funnel.2", "formula.funnel.3", "formula.funnel.4"],
        parameters: parameters(asked),
        tables: tables.collect(),
        ground,
        issues,
        unknown: found.unknown,
    })
}

/// Adds how each step differs between the two groups.
fn with_differences(steps: Sheet, found: &Funnel, other: &Funnel) -> Sheet {
    let differences = funnel_difference(found, other);
    let ratio = ColumnKind::RatioDifference;
    steps
        .differences(
            ("conv_from_first_difference", "col.difference_from_the_first_step", ratio),
            differences.iter().map(|d| d.from_first),
        )
        .differences(
            ("conv_from_prev_difference", "col.difference_from_the_step_before", ratio),
            differences.iter().map(|d| d.from_previous),
        )
        .differences(
            ("mean_difference", "col.difference_of_mean_times", ColumnKind::SecondsDifference),
            differences.iter().map(|d| d.time_from_previous),
        )
}

fn ground(found: &Funnel) -> super::Ground {
    let mut ground = super::Ground::from(found.coverage);
    let unit = words::unit(ground.unit);
    let reasons = [
        ("dropped.never_first", found.n_not_entered),
        ("dropped.first_before", found.n_started_before),
        ("dropped.excluded_activity", found.n_excluded),
    ];
    ground.dropped.extend(reasons.map(|(reason, n)| (words::of(reason, [unit.clone()]), n)));
    ground
}

fn finding(asked: &Asked, found: &Funnel, unit: &str) -> Sentence {
    let (Some(first), Some(last)) = (found.steps.first(), found.steps.last()) else {
        return Sentence::default();
    };
    let name =
        |step: usize| asked.steps.get(step).map_or_else(Sentence::default, |names| words::names(names));
    if first.n_reached == 0 {
        return words::of("funnel.nobody", [words::counted(found.coverage.n_units, unit), name(0)]);
    }
    let (all, end) = (words::part(last.from_first, unit), name(asked.steps.len() - 1));
    let reached = match asked.window_secs {
        None => words::of("funnel.reached", [all, name(0), end]),
        Some(secs) => words::of("funnel.reached_within", [all, name(0), end, words::span(secs)]),
    };
    let worst =
        (0..).zip(&found.steps).skip(1).max_by(|a, b| a.1.n_dropped.cmp(&b.1.n_dropped).then(b.0.cmp(&a.0)));
    let lost = worst.filter(|(_, step)| step.n_dropped > 0).map(|(step, result)| {
        let lost = Proportion { n: result.n_dropped, of: result.from_previous.of };
        words::of("funnel.lost", [name(step), words::part(lost, unit)])
    });
    let half = |time: journey::TimeStats| Sentence::new("funnel.half", [Value::Seconds(time.median_secs)]);
    words::text([Some(reached), lost, found.time_to_convert.map(half)].into_iter().flatten())
}

fn notes(found: &Funnel) -> Vec<Sentence> {
    let unit = words::unit_key(found.coverage.unit);
    let notes = [(found.n_still_open, "funnel.still_open"), (found.n_without_group, "funnel.without_group")];
    let told = notes.into_iter().filter(|(n, _)| *n > 0);
    told.map(|(n, key)| Sentence::new(key, [words::counted(n, unit).into(), Value::Count(n)])).collect()
}

fn parameters(asked: &Asked) -> Vec<(Sentence, Sentence)> {
    let order = match asked.order {
        StepOrder::Ordered => "funnel.order.ordered",
        StepOrder::Strict => "funnel.order.strict",
        StepOrder::Any => "funnel.order.any",
    };
    let entry = match (asked.first_ever, asked.best_entry) {
        (true, _) => "funnel.entry.ever",
        (false, true) => "funnel.entry.best",
        (false, false) => "funnel.entry.first",
    };
    let excluded = if asked.exclude.is_empty() { words::list([]) } else { words::names(&asked.exclude) };
    let steps = asked.steps.iter().map(|names| words::names(names));
    let unlimited = || words::word("funnel.no_window");
    [
        ("param.steps", Sentence::joined("say.then", steps)),
        ("param.order", words::word(order)),
        ("param.window", asked.window_secs.map_or_else(unlimited, words::span)),
        ("param.counted_from", words::word(entry)),
        ("param.excluded_between", excluded),
        ("param.held", held_words(asked)),
        ("param.broken_down", breakdown_words(asked)),
    ]
    .map(|(name, value)| (words::word(name), value))
    .to_vec()
}

fn held_words(asked: &Asked) -> Sentence {
    words::list(asked.hold.iter().map(|held| {
        words::word(match held {
            Held::Channel => "attribute.channel",
            Held::Account => "attribute.account",
            Held::Source => "attribute.source",
        })
    }))
}

fn breakdown_words(asked: &Asked) -> Sentence {
    let what = match asked.breakdown {
        None => return words::word("say.nothing"),
        Some(Breakdown::Account) => return words::word("attribute.account"),
        Some(Breakdown::Start) => return words::word("attribute.start"),
        Some(Breakdown::Segments) => return words::word("attribute.segments"),
        Some(Breakdown::Channel) => "attribute.channel",
        Some(Breakdown::Source) => "attribute.source",
        Some(Breakdown::Activity) => "attribute.activity",
    };
    let key = match asked.attribution {
        Attribution::FirstTouch => "touch.first",
        Attribution::LastTouch => "touch.last",
        Attribution::AllSteps => "touch.all",
        Attribution::Step(step) => {
            return Sentence::new("touch.step", [words::word(what).into(), Value::Count(step.into())]);
        }
    };
    words::of(key, [words::word(what)])
}

/// A funnel of its own for each segment.
fn segments(
    subject: &Subject<'_>,
    (asked, spec): (&Asked, &FunnelSpec),
    cases: &CaseSet,
    group: Marker,
) -> Sheet {
    let mut sheet = Sheet::new("groups", "table.funnel.segments", Chart::None, 2, &GROUP_COLUMNS);
    for (name, filter) in &subject.groups {
        let within = subject.in_segment(cases, filter);
        let found = funnel(subject.store, &subject.query.scope(&within), spec);
        for (number, (names, step)) in (1..).zip(asked.steps.iter().zip(&found.steps)) {
            let n = marked(step.n_reached, group, &["group", &i32::to_string(&number), name]);
            sheet.row([text(name), sheet::say(words::label(names)), n, share(step.from_first)]);
        }
    }
    sheet
}

const GROUP_COLUMNS: [ColumnSpec; 4] = [
    ("group", "col.group", ColumnKind::Text),
    ("step", "col.step", ColumnKind::Text),
    ("cases", "col.reached", ColumnKind::Count),
    ("conv_from_first", "col.funnel.from_the_first_step", ColumnKind::Ratio),
];

fn steps(asked: &Asked, found: &Funnel, group: Marker) -> Sheet {
    let columns = [
        ("step", "col.step", ColumnKind::Text),
        ("cases", "col.reached", ColumnKind::Count),
        ("conv_from_first", "col.from_the_first_step", ColumnKind::Ratio),
        ("conv_from_prev", "col.from_the_step_before", ColumnKind::Ratio),
        ("dropped", "col.lost_before", ColumnKind::Count),
    ];
    let columns: Vec<_> = columns.into_iter().chain(sheet::TIMES).collect();
    let mut sheet = Sheet::new("steps", "table.funnel.steps", Chart::Bars(1), 1, &columns);
    for (number, (names, step)) in (1..).zip(asked.steps.iter().zip(&found.steps)) {
        let number = i32::to_string(&number);
        let cells = [
            sheet::say(words::label(names)),
            marked(step.n_reached, group, &["reached", &number]),
            share(step.from_first),
            share(step.from_previous),
            marked(step.n_dropped, group, &["dropped", &number]),
        ];
        sheet.row(cells.into_iter().chain(sheet::times(step.time_from_previous)));
    }
    sheet
}

fn times(found: &Funnel) -> Sheet {
    let columns = [
        ("from", "col.from", ColumnKind::Seconds),
        ("until", "col.until", ColumnKind::Seconds),
        ("units", "col.finished", ColumnKind::Count),
    ];
    let mut sheet =
        Sheet::new("time_to_convert", "table.funnel.time_to_convert", Chart::Bars(2), 0, &columns);
    for bin in &found.convert_bins {
        sheet.row([sheet::number(bin.from_secs), sheet::number(bin.until_secs), count(bin.n)]);
    }
    sheet
}

fn groups(asked: &Asked, found: &Funnel, group: Marker) -> Option<Sheet> {
    asked.breakdown?;
    let mut sheet = Sheet::new("groups", "table.funnel.groups", Chart::None, 2, &GROUP_COLUMNS);
    for entry in &found.groups {
        for (step, (names, &n)) in asked.steps.iter().zip(&entry.n_reached).enumerate() {
            let number = (step + 1).to_string();
            let (name, n) = match &entry.name {
                Some(name) => (text(name), marked(n, group, &["group", &number, name])),
                None => (sheet::say(words::word("cell.none")), marked(n, group, &["nameless", &number])),
            };
            sheet.row([name, sheet::say(words::label(names)), n, share(entry.from_first(step))]);
        }
    }
    Some(sheet)
}

pub(super) fn cases(
    subject: &Subject<'_>,
    asked: &Asked,
    group: &CaseSet,
    fields: &[&str],
) -> Result<Option<CaseSet>, Failure> {
    check(asked)?;
    let spec = spec(asked)?;
    let (&[kind, number] | &[kind, number, _]) = fields else {
        return Ok(None);
    };
    let step = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let Some(step) = step.filter(|step| *step < spec.steps.len()) else {
        return Ok(None);
    };
    let scope = subject.query.scope(group);
    let in_group = |name| funnel_group_cases(subject.store, &scope, &spec, name, step);
    let of_step = || {
        let mut steps = funnel(subject.store, &scope, &spec).steps;
        (step < steps.len()).then(|| steps.swap_remove(step))
    };
    Ok(match (kind, fields) {
        ("reached", [_, _]) => of_step().map(|step| step.reached),
        ("dropped", [_, _]) => of_step().map(|step| step.dropped),
        ("group", [_, _, name]) if asked.breakdown == Some(Breakdown::Segments) => {
            let filter = subject.groups.iter().find(|(known, _)| known == name).map(|(_, filter)| filter);
            filter.and_then(|filter| {
                let within = subject.in_segment(group, filter);
                let mut steps = funnel(subject.store, &subject.query.scope(&within), &spec).steps;
                (step < steps.len()).then(|| steps.swap_remove(step).reached)
            })
        }
        ("nameless", [_, _]) if asked.breakdown.is_some() => Some(in_group(None)),
        ("group", [_, _, name]) if asked.breakdown.is_some() => Some(in_group(Some(name))),
        _ => None,
    })
}
