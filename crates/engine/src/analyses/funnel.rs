//! Funnels. Marks, steps from 1: `reached:2`, `dropped:3`, `group:2:web` for a group of the breakdown that reached a step, and
//! `nameless:2` for the group without a name.

use super::sheet::{self, Sheet, count, marked, share, text};
use super::{Findings, Marker, Subject, words};
use crate::convert::failure;
use journey::{Attribution, BreakdownBy, CaseSet, Exclusion, Funnel, FunnelEntry, FunnelSpec, Proportion};
use journey::{funnel, funnel_difference, funnel_group_cases};
use protocol::Failure;
use protocol::question::{Breakdown, Funnel as Asked, StepOrder};
use protocol::report::{Chart, ColumnKind};

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
        breakdown: asked.breakdown.map(|by| journey::Breakdown {
            by: match by {
                Breakdown::Channel => BreakdownBy::Channel(Attribution::FirstTouch),
                Breakdown::Account => BreakdownBy::Account,
            },
            max_groups: MAX_GROUPS,
        }),
        ..FunnelSpec::ordered(Vec::<String>::new())
    })
}

pub(super) fn find(subject: &Subject<'_>, asked: &Asked) -> Result<Findings, Failure> {
    let spec = spec(asked)?;
    let (first, other) = subject.both(|_, group| {
        let found = subject.figures(&spec, group);
        let tables = [steps(asked, &found, group), times(&found)];
        (tables, groups(asked, &found, group), found)
    });
    let ([mut steps, times], mut groups, found) = first;
    let mut other_table = None;
    if let Some(([other_steps, other_times], other_groups, other)) = other {
        let differences = funnel_difference(&found, &other);
        let ratio = ColumnKind::RatioDifference;
        steps = steps
            .beside(Some(other_steps))
            .differences(
                (
                    "conv_from_first_difference",
                    "Difference from the first step",
                    ratio,
                    "First group less the other.",
                ),
                differences.iter().map(|d| d.from_first),
            )
            .differences(
                (
                    "conv_from_prev_difference",
                    "Difference from the step before",
                    ratio,
                    "First group less the other.",
                ),
                differences.iter().map(|d| d.from_previous),
            )
            .differences(
                ("mean_difference", "Difference of mean times", ColumnKind::SecondsDifference, ""),
                differences.iter().map(|d| d.time_from_previous),
            );
        other_table = Some(other_times.of_group(Marker::OTHER));
        groups = groups.map(|groups| groups.beside(other_groups));
    }
    let tables = [Some(steps), Some(times), groups, other_table].into_iter().flatten().map(Sheet::finish);
    let mut issues = notes(&found);
    if asked.breakdown.is_some() && found.n_groups > MAX_GROUPS as u64 {
        issues.push(format!("The {MAX_GROUPS} largest of {} groups are listed.", found.n_groups));
    }
    let ground = ground(&found);
    let unit = words::unit(ground.unit);
    Ok(Findings {
        title: format!(
            "Funnel: {}",
            asked.steps.iter().map(|step| step.join(" or ")).collect::<Vec<_>>().join(" → ")
        ),
        finding: finding(asked, &found, unit),
        definition: "How many get from step to step. Someone reaches a step who has taken all steps up to it, each with an event of \
            its own, within the window from the first.",
        formulas: &[
            "from the first = reached / reached the first step",
            "from the step before = reached / reached the step before",
            "dropped = reached the step before − reached",
            "intervals: Wilson, 95 %; differences: Newcombe for shares, Welch for mean times",
        ],
        parameters: parameters(asked),
        tables: tables.collect(),
        ground,
        issues,
        unknown: found.unknown,
    })
}

fn ground(found: &Funnel) -> super::Ground {
    let mut ground = super::Ground::from(found.coverage);
    let unit = words::unit(ground.unit);
    let reasons = [
        ("that never took the first step", found.n_not_entered),
        ("with an excluded activity", found.n_excluded),
    ];
    ground.dropped.extend(reasons.map(|(reason, n)| (format!("{unit} {reason}"), n)));
    ground
}

fn finding(asked: &Asked, found: &Funnel, unit: &str) -> String {
    let (Some(first), Some(last)) = (found.steps.first(), found.steps.last()) else {
        return String::new();
    };
    let name = |step: usize| asked.steps.get(step).map_or_else(String::new, |names| words::names(names));
    let within = asked.window_secs.map_or_else(String::new, |secs| format!(" within {}", words::span(secs)));
    if first.n_reached == 0 {
        return format!("None of {} {unit} took the first step, {}.", found.coverage.n_units, name(0));
    }
    let all = words::part(last.from_first, unit);
    let mut sentence =
        format!("{all} that began with {} reached {}{within}.", name(0), name(asked.steps.len() - 1));
    let worst =
        (0..).zip(&found.steps).skip(1).max_by(|a, b| a.1.n_dropped.cmp(&b.1.n_dropped).then(b.0.cmp(&a.0)));
    if let Some((step, result)) = worst.filter(|(_, step)| step.n_dropped > 0) {
        let lost = Proportion { n: result.n_dropped, of: result.from_previous.of };
        let lost = words::part(lost, unit);
        sentence.push_str(&format!(" Most are lost before {}: {lost}.", name(step)));
    }
    if let Some(time) = found.time_to_convert {
        sentence.push_str(&format!(
            " Half of those who got there took {} or less.",
            words::time(time.median_secs)
        ));
    }
    sentence
}

fn notes(found: &Funnel) -> Vec<String> {
    let unit = words::unit(found.coverage.unit);
    let open = format!(
        "{} {unit} have not finished, and their window is open beyond the end of the data.",
        found.n_still_open
    );
    let nameless = format!("{} {unit} count for no group.", found.n_without_group);
    let notes = [(found.n_still_open, open), (found.n_without_group, nameless)];
    notes.into_iter().filter(|(n, _)| *n > 0).map(|(_, note)| note).collect()
}

fn parameters(asked: &Asked) -> Vec<(String, String)> {
    let order = match asked.order {
        StepOrder::Ordered => "in order, anything between",
        StepOrder::Strict => "in order, nothing between",
        StepOrder::Any => "in any order",
    };
    let entry = if asked.best_entry { "the entry that gets furthest" } else { "the first entry" };
    let excluded = if asked.exclude.is_empty() { "nothing".to_owned() } else { words::names(&asked.exclude) };
    let breakdown = match asked.breakdown {
        None => "nothing",
        Some(Breakdown::Channel) => "channel of the first step taken on a known one",
        Some(Breakdown::Account) => "account",
    };
    let steps: Vec<String> = asked.steps.iter().map(|names| words::names(names)).collect();
    [
        ("steps", steps.join(", then ")),
        ("order", order.to_owned()),
        ("window", asked.window_secs.map_or_else(|| "no limit".to_owned(), words::span)),
        ("counted from", entry.to_owned()),
        ("excluded between steps", excluded),
        ("broken down by", breakdown.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

fn steps(asked: &Asked, found: &Funnel, group: Marker) -> Sheet {
    let columns = [
        ("step", "Step", ColumnKind::Text, ""),
        ("cases", "Reached", ColumnKind::Count, "Have taken this step and all before."),
        ("conv_from_first", "From the first step", ColumnKind::Ratio, "Of those that took the first step."),
        (
            "conv_from_prev",
            "From the step before",
            ColumnKind::Ratio,
            "Of those that reached the step before.",
        ),
        ("dropped", "Lost before", ColumnKind::Count, "Reached the step before and not this one."),
    ];
    let columns: Vec<_> = columns.into_iter().chain(sheet::TIMES).collect();
    let mut sheet = Sheet::new("steps", "Steps; times are from the step before", Chart::Bars(1), 1, &columns);
    for (number, (names, step)) in (1..).zip(asked.steps.iter().zip(&found.steps)) {
        let number = i32::to_string(&number);
        let cells = [
            text(names.join(" or ")),
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
        ("from", "From", ColumnKind::Seconds, ""),
        ("until", "Until", ColumnKind::Seconds, ""),
        ("units", "Finished", ColumnKind::Count, "Took so long from the first step to the last."),
    ];
    let mut sheet =
        Sheet::new("time_to_convert", "Time from the first step to the last", Chart::Bars(2), 0, &columns);
    for bin in &found.convert_bins {
        sheet.row([sheet::number(bin.from_secs), sheet::number(bin.until_secs), count(bin.n)]);
    }
    sheet
}

fn groups(asked: &Asked, found: &Funnel, group: Marker) -> Option<Sheet> {
    asked.breakdown?;
    let columns = [
        ("group", "Group", ColumnKind::Text, ""),
        ("step", "Step", ColumnKind::Text, ""),
        ("cases", "Reached", ColumnKind::Count, "Have taken this step and all before."),
        (
            "conv_from_first",
            "From the first step",
            ColumnKind::Ratio,
            "Of those of the group that took the first step.",
        ),
    ];
    let mut sheet = Sheet::new("groups", "Steps by group", Chart::None, 2, &columns);
    for entry in &found.groups {
        for (step, (names, &n)) in asked.steps.iter().zip(&entry.n_reached).enumerate() {
            let number = (step + 1).to_string();
            let (name, n) = match &entry.name {
                Some(name) => (name.as_str(), marked(n, group, &["group", &number, name])),
                None => ("(none)", marked(n, group, &["nameless", &number])),
            };
            sheet.row([text(name), text(names.join(" or ")), n, share(entry.from_first(step))]);
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
        ("nameless", [_, _]) if asked.breakdown.is_some() => Some(in_group(None)),
        ("group", [_, _, name]) if asked.breakdown.is_some() => Some(in_group(Some(name))),
        _ => None,
    })
}
