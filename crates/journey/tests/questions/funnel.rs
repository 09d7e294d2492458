//! Funnels against every choice of events that the definition allows.

use crate::common::*;
use event::Store;
use journey::{
    Attribute, Attribution, Breakdown, BreakdownBy, CaseSet, Exclusion, Funnel, FunnelEntry, FunnelSpec,
    FunnelStep, Query, Scope, StepOrder, Unit, funnel, funnel_difference, select,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn reached(funnel: &Funnel) -> Vec<u64> {
    funnel.steps.iter().map(|step| step.n_reached).collect()
}

fn of_everyone(store: &Store, spec: &FunnelSpec) -> Funnel {
    let all = CaseSet::all(store.n_cases());
    funnel(store, &Scope::customers(&all), spec)
}

#[test]
fn the_five_paths() {
    let store = five_paths();
    let spec = FunnelSpec { window_secs: None, ..FunnelSpec::ordered(["home", "cart", "purchase"]) };
    let found = of_everyone(&store, &spec);
    assert_eq!(reached(&found), [5, 4, 2]);
    let ratios = |pick: fn(&journey::StepResult) -> journey::Proportion| -> Vec<Option<f64>> {
        found.steps.iter().map(|step| pick(step).ratio()).collect()
    };
    assert_eq!(ratios(|s| s.from_first), [Some(1.0), Some(0.8), Some(0.4)]);
    assert_eq!(ratios(|s| s.from_previous), [Some(1.0), Some(0.8), Some(0.5)]);
    assert_eq!(customers_in(&store, &found.steps[2].reached), [1, 2]);
    assert_eq!(customers_in(&store, &found.steps[2].dropped), [3, 4]);
    assert_eq!(customers_in(&store, &found.steps[1].dropped), [5]);
    // Home to cart: 2, 2, 3 and 2 minutes.
    let times = found.steps[1].time_from_previous.unwrap();
    assert_eq!((times.n, times.median_secs, times.mean_secs), (4, 120.0, 135.0));
    assert_eq!(found.time_to_convert.unwrap().max_secs, 180.0, "both buyers took three minutes");
}

#[test]
fn the_trap_of_entering_twice() {
    // Mixpanel's example: A at 1:00 and 1:30, B at 1:45, C at 2:15, within an hour.
    let at = |activity, hours, minutes| bare(0, activity, hours * HOUR + minutes * HOUR / 60);
    let events = [at("A", 1, 0), at("A", 1, 30), at("B", 1, 45), at("C", 2, 15)];
    let store = store_of(&events);
    let first = FunnelSpec { window_secs: Some(3_600), ..FunnelSpec::ordered(["A", "B", "C"]) };
    assert_eq!(reached(&of_everyone(&store, &first)), [1, 1, 0], "an hour after 1:00 is before 2:15");
    let best = FunnelSpec { entry: FunnelEntry::Best, ..first };
    let found = of_everyone(&store, &best);
    assert_eq!(reached(&found), [1, 1, 1], "an hour after 1:30 is not");
    assert_eq!(found.time_to_convert.unwrap().median_secs, 2_700.0, "from the latest A before B");
}

#[test]
fn a_step_named_twice_must_happen_twice() {
    let events = [bare(0, "visit", 0), bare(1, "visit", 0), bare(1, "visit", 1)];
    let store = store_of(&events);
    for order in [StepOrder::Ordered, StepOrder::Strict, StepOrder::Any] {
        for entry in [FunnelEntry::First, FunnelEntry::Best] {
            let spec = FunnelSpec { order, entry, ..FunnelSpec::ordered(["visit", "visit"]) };
            assert_eq!(reached(&of_everyone(&store, &spec)), [2, 1], "{order:?} {entry:?}");
        }
    }
}

#[test]
fn sixty_four_steps_and_none() {
    let events: Vec<Plain> = (0..70).map(|i| bare(0, "visit", i)).collect();
    let store = store_of(&events);
    for order in [StepOrder::Ordered, StepOrder::Strict, StepOrder::Any] {
        for entry in [FunnelEntry::First, FunnelEntry::Best] {
            let spec = FunnelSpec { order, entry, ..FunnelSpec::ordered(vec!["visit"; 66]) };
            assert_eq!(
                reached(&of_everyone(&store, &spec)),
                vec![1; 64],
                "two steps too many: {order:?} {entry:?}"
            );
            let none = FunnelSpec { order, entry, ..FunnelSpec::ordered(Vec::<String>::new()) };
            assert_eq!(of_everyone(&store, &none).n_not_entered, 1, "nobody enters a funnel without steps");
        }
    }
}

#[test]
fn two_groups_differ_with_an_interval() {
    let mut events = Vec::new();
    for c in 0..4_u8 {
        let channel = Some(if c < 2 { "web" } else { "phone" });
        events.push(Plain { channel, ..bare(c, "visit", 0) });
        if c != 3 {
            events.push(bare(c, "order", 60_000_000 * (i64::from(c) + 1)));
        }
    }
    let store = store_of(&events);
    let query = Query {
        filter: journey::Filter::Channel { names: names(&["web"]) },
        compare: Some(journey::Comparison::Rest),
        ..Query::default()
    };
    let selected = select(&store, &query);
    let spec = FunnelSpec::ordered(["visit", "order"]);
    let web = funnel(&store, &query.scope(&selected.cases), &spec);
    let rest = funnel(&store, &query.scope(&selected.compared.unwrap()), &spec);
    let difference = funnel_difference(&web, &rest);
    let order = difference[1].from_first.unwrap();
    assert_eq!(order.value, 0.5, "2 of 2 less 1 of 2");
    let interval = order.interval.unwrap();
    // Wilson: 2 of 2 is 0.342372 to 1, 1 of 2 is 0.094531 to 0.905469.
    assert!((interval.low - (0.5 - 0.657_628_f64.hypot(0.405_469))).abs() < 1e-5, "{interval:?}");
    assert!((interval.high - (0.5 + 0.405_469)).abs() < 1e-5, "{interval:?}");
    let time = difference[1].time_from_previous.unwrap();
    assert_eq!((time.value, time.interval), (90.0 - 180.0, None), "a single time has no spread");
}

/// Bit `j` where an event can be step `j`.
fn fits(spec: &FunnelSpec, event: &Plain, j: usize) -> bool {
    let step = &spec.steps[j];
    step.names.iter().any(|n| n == event.activity)
        && (step.channels.is_empty() || event.channel.is_some_and(|c| step.channels.iter().any(|n| n == c)))
}

/// Every increasing choice of events that are the first steps within the window.
fn all_choices(spec: &FunnelSpec, events: &[Plain], so_far: &[usize], found: &mut Vec<Vec<usize>>) {
    if !so_far.is_empty() {
        found.push(so_far.to_vec());
    }
    if so_far.len() == spec.steps.len() {
        return;
    }
    let from = so_far.last().map_or(0, |last| last + 1);
    for i in from..events.len() {
        let entry = so_far.first().copied().unwrap_or(i);
        let in_time =
            spec.window_secs.is_none_or(|w| events[i].start - events[entry].start <= w as i64 * 1_000_000);
        let near = spec.order == StepOrder::Ordered || so_far.is_empty() || i == from;
        if in_time && near && fits(spec, &events[i], so_far.len()) {
            let longer: Vec<usize> = so_far.iter().copied().chain([i]).collect();
            all_choices(spec, events, &longer, found);
        }
    }
}

fn choose_in_order(spec: &FunnelSpec, events: &[Plain]) -> Vec<usize> {
    let mut choices = Vec::new();
    all_choices(spec, events, &[], &mut choices);
    if spec.entry == FunnelEntry::First {
        let first = choices.iter().map(|c| c[0]).min();
        choices.retain(|c| Some(c[0]) == first);
    }
    let deepest = choices.iter().map(Vec::len).max().unwrap_or(0);
    choices.retain(|c| c.len() == deepest);
    // The one complete first, then the latest entry, then each step as early as possible.
    choices.sort_by_key(|c| (c.last().copied(), std::cmp::Reverse(c[0]), c.clone()));
    choices.into_iter().next().unwrap_or_default()
}

/// The most steps that these events can be at once, by trying every assignment.
fn most_steps(spec: &FunnelSpec, events: &[Plain], taken: u32) -> usize {
    let Some((event, rest)) = events.split_first() else {
        return 0;
    };
    let free = (0..spec.steps.len()).filter(|j| taken >> j & 1 == 0 && fits(spec, event, *j));
    let with = free.map(|j| 1 + most_steps(spec, rest, taken | 1 << j)).max();
    with.unwrap_or(0).max(most_steps(spec, rest, taken))
}

fn choose_in_any_order(spec: &FunnelSpec, events: &[Plain]) -> Vec<usize> {
    let entries = (0..events.len()).filter(|i| (0..spec.steps.len()).any(|j| fits(spec, &events[*i], j)));
    let from_entry = |entry: usize| -> Vec<usize> {
        let limit = spec.window_secs.map_or(i64::MAX, |w| events[entry].start + w as i64 * 1_000_000);
        let until = events.iter().position(|e| e.start > limit).unwrap_or(events.len());
        let most = |end: usize| most_steps(spec, &events[entry..end], 0);
        (entry..until).filter(|i| most(i + 1) > most(*i)).collect()
    };
    let mut choices: Vec<Vec<usize>> = entries.map(from_entry).collect();
    if spec.entry == FunnelEntry::First {
        choices.truncate(1);
    }
    choices.sort_by_key(|c| (std::cmp::Reverse(c.len()), c.last().copied(), std::cmp::Reverse(c[0])));
    choices.into_iter().next().unwrap_or_default()
}

fn choose_plainly(spec: &FunnelSpec, events: &[Plain]) -> Vec<usize> {
    match spec.order {
        StepOrder::Ordered | StepOrder::Strict => choose_in_order(spec, events),
        StepOrder::Any => choose_in_any_order(spec, events),
    }
}

/// An event that is no step, so that those that may not be chosen keep their places.
fn blank(event: &Plain) -> Plain {
    Plain { activity: "nothing", ..event.clone() }
}

fn value(attribute: Attribute, event: &Plain) -> Option<&'static str> {
    match attribute {
        Attribute::Channel => event.channel,
        Attribute::Account => event.account,
        Attribute::Source => Some("test"),
        Attribute::Activity => Some(event.activity),
    }
}

/// What an event has of what is held.
fn held(spec: &FunnelSpec, event: &Plain) -> Vec<Option<&'static str>> {
    spec.hold.iter().map(|attribute| value(*attribute, event)).collect()
}

/// Of each combination of held values on its own, the one that gets furthest and there first.
fn choose_held(spec: &FunnelSpec, events: &[Plain]) -> Vec<usize> {
    let mut best = Vec::new();
    for wanted in events.iter().map(|event| held(spec, event)) {
        let of_values = |e: &Plain| if held(spec, e) == wanted { e.clone() } else { blank(e) };
        let alone: Vec<Plain> = events.iter().map(of_values).collect();
        let found = choose_plainly(spec, &alone);
        if found.len() > best.len() || (found.len() == best.len() && found.last() < best.last()) {
            best = found;
        }
    }
    best
}

/// The events that are the steps; none when the very first entry, where that is asked for, is before them.
fn choose(spec: &FunnelSpec, unit: &PlainUnit) -> Option<Vec<usize>> {
    if !spec.is_first_ever {
        return Some(choose_held(spec, &unit.events));
    }
    let is_any = spec.order == StepOrder::Any;
    let enters = |e: &Plain| {
        let steps = &spec.steps[..if is_any { spec.steps.len() } else { 1 }];
        steps.iter().any(|step| step.names.iter().any(|n| n == e.activity))
    };
    // A session's events lie somewhere in its history.
    let n_before = (0..unit.history.len()).find(|i| unit.history[*i..].starts_with(&unit.events))?;
    let Some(first) = unit.history.iter().position(enters) else {
        return Some(Vec::new());
    };
    if first < n_before {
        return None;
    }
    // Every choice begins with that very event.
    let mut events = unit.events.clone();
    let first = first - n_before;
    if first >= events.len() {
        return Some(Vec::new());
    }
    if is_any {
        let only_first = FunnelSpec { entry: FunnelEntry::First, ..spec.clone() };
        return Some(choose_held(&only_first, &events));
    }
    let is_entry = fits(spec, &events[first], 0);
    events[..first].iter_mut().for_each(|e| *e = blank(e));
    if !is_entry {
        return Some(Vec::new());
    }
    let mut choices = Vec::new();
    let wanted = held(spec, &events[first]);
    let of_values = |e: &Plain| if held(spec, e) == wanted { e.clone() } else { blank(e) };
    let alone: Vec<Plain> = events.iter().map(of_values).collect();
    all_choices(spec, &alone, &[], &mut choices);
    choices.retain(|c| c[0] == first);
    let deepest = choices.iter().map(Vec::len).max().unwrap_or(0);
    choices.retain(|c| c.len() == deepest);
    choices.sort();
    Some(choices.into_iter().next().unwrap_or_default())
}

fn is_excluded(spec: &FunnelSpec, events: &[Plain], chosen: &[usize]) -> bool {
    spec.exclusions.iter().any(|exclusion| {
        let reaches = exclusion.after_step < exclusion.before_step && exclusion.after_step < chosen.len();
        reaches
            && (0..events.len()).any(|i| {
                let before = match chosen.get(exclusion.before_step) {
                    Some(end) => i < *end,
                    None => spec
                        .window_secs
                        .is_none_or(|w| events[i].start - events[chosen[0]].start <= w as i64 * 1_000_000),
                };
                let listed = exclusion.names.iter().any(|n| n == events[i].activity);
                listed && i > chosen[exclusion.after_step] && before && !chosen.contains(&i)
            })
    })
}

type Groups = BTreeMap<Option<&'static str>, Vec<u64>>;

/// Everything that a group can be named after.
const GROUPS: [&str; 9] = ["web", "phone", "acme", "blue", "test", "visit", "cart", "order", "call"];

/// Groups, and units in none.
fn naive_groups(spec: &FunnelSpec, units: &[(PlainUnit, Vec<usize>)], is_session: bool) -> (Groups, u64) {
    let (mut groups, mut n_without) = (Groups::new(), 0);
    let Some(breakdown) = spec.breakdown else {
        return (groups, 0);
    };
    for (unit, chosen) in units {
        let mut count = |group, depth: usize| {
            let n_reached = groups.entry(group).or_insert_with(|| vec![0; spec.steps.len()]);
            n_reached[..depth].iter_mut().for_each(|n| *n += 1);
        };
        let (attribute, attribution) = match breakdown.by {
            BreakdownBy::Account => {
                let first = unit.customers[0];
                let of_first = unit.history.iter().rev().filter(|e| e.customer == first);
                count(of_first.filter_map(|e| e.account).next(), chosen.len());
                continue;
            }
            BreakdownBy::Start => {
                let first = if is_session { unit.events.first() } else { unit.history.first() };
                count(first.map(|e| e.activity), chosen.len());
                continue;
            }
            BreakdownBy::Steps(attribute, attribution) => (attribute, attribution),
        };
        let mut values = chosen.iter().filter_map(|i| value(attribute, &unit.events[*i]));
        match attribution {
            Attribution::FirstTouch => count(values.next(), chosen.len()),
            Attribution::LastTouch => count(values.next_back(), chosen.len()),
            Attribution::Step(j) => match chosen.get(j).and_then(|i| value(attribute, &unit.events[*i])) {
                Some(name) => count(Some(name), chosen.len()),
                None => n_without += 1,
            },
            Attribution::AllSteps => {
                for wanted in GROUPS.into_iter().map(Some).chain([None]) {
                    let of_value = |e: &&Plain| value(attribute, e) == wanted;
                    let alone: Vec<Plain> = unit.events.iter().filter(of_value).cloned().collect();
                    let depth = choose_plainly(spec, &alone).len();
                    if depth > 0 {
                        count(wanted, depth);
                    }
                }
            }
        }
    }
    (groups, n_without)
}

fn steps() -> impl Strategy<Value = Vec<FunnelStep>> {
    let some = prop::sample::subsequence(ACTIVITIES.to_vec(), 1..3).prop_map(|n| names(&n));
    let channels =
        prop_oneof![4 => Just(vec![]), 1 => Just(names(&["web"])), 1 => Just(names(&["phone", "fax"]))];
    prop::collection::vec((some, channels).prop_map(|(names, channels)| FunnelStep { names, channels }), 1..5)
}

fn specs() -> impl Strategy<Value = FunnelSpec> {
    let order = prop::sample::select(vec![StepOrder::Ordered, StepOrder::Strict, StepOrder::Any]);
    let entry = prop::sample::select(vec![FunnelEntry::First, FunnelEntry::Best]);
    let exclusion = (prop::sample::select(ACTIVITIES.to_vec()), 0_usize..4, 0_usize..5);
    let attribute = prop::sample::select(vec![
        Attribute::Channel,
        Attribute::Channel,
        Attribute::Account,
        Attribute::Source,
        Attribute::Activity,
    ]);
    let attribution = prop::sample::select(vec![
        Attribution::FirstTouch,
        Attribution::LastTouch,
        Attribution::AllSteps,
        Attribution::Step(1),
    ]);
    let by_steps = (attribute, attribution).prop_map(|(attribute, how)| BreakdownBy::Steps(attribute, how));
    let by = prop_oneof![1 => Just(BreakdownBy::Account), 1 => Just(BreakdownBy::Start), 6 => by_steps];
    (steps(), order, entry, proptest::option::of(0_u64..12), proptest::option::weighted(0.3, exclusion), by)
        .prop_map(|(steps, order, entry, window_secs, exclusion, by)| {
            let exclusions = exclusion.map(|(name, after_step, before_step)| Exclusion {
                names: names(&[name]),
                after_step,
                before_step,
            });
            FunnelSpec {
                steps,
                order,
                entry,
                window_secs,
                exclusions: exclusions.into_iter().collect(),
                is_first_ever: false,
                hold: Vec::new(),
                breakdown: Some(Breakdown { by, max_groups: 10 }),
                n_bins: 5,
            }
        })
}

/// Of a spec without breakdown by parts of a unit's steps: what more can be asked.
fn conditions() -> impl Strategy<Value = (bool, Vec<Attribute>)> {
    let all = vec![Attribute::Channel, Attribute::Account, Attribute::Source];
    (any::<bool>(), prop_oneof![2 => Just(vec![]), 3 => prop::sample::subsequence(all, 1..4)])
}

fn sets_of<'a>(units: impl Iterator<Item = &'a PlainUnit>) -> Vec<u8> {
    let mut customers: Vec<u8> = units.flat_map(|unit| unit.customers.clone()).collect();
    customers.sort_unstable();
    customers.dedup();
    customers
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]
    #[test]
    fn every_figure_follows_from_the_chosen_events(
        events in plains(16, 1_000_000, 32),
        spec in specs(),
        (is_first_ever, hold) in conditions(),
        query in queries(16, 1_000_000),
    ) {
        let alone = matches!(spec.breakdown, Some(Breakdown { by: BreakdownBy::Steps(_, Attribution::AllSteps), .. }));
        let spec = if alone { spec } else { FunnelSpec { is_first_ever, hold, ..spec } };
        let store = store_of(&events);
        let all = CaseSet::all(store.n_cases());
        let found = funnel(&store, &query.scope(&all), &spec);
        let units: Vec<(PlainUnit, Option<Vec<usize>>)> = units_of(&store, &events, &query)
            .into_iter()
            .map(|unit| { let chosen = choose(&spec, &unit); (unit, chosen) })
            .collect();
        let n_units = units.len() as u64;
        let (units, before): (Vec<_>, Vec<_>) = units.into_iter().partition(|(_, c)| c.is_some());
        let units: Vec<(PlainUnit, Vec<usize>)> = units.into_iter().map(|(u, c)| (u, c.unwrap_or_default())).collect();
        prop_assert_eq!(found.n_started_before, before.len() as u64);
        let (excluded, kept): (Vec<_>, Vec<_>) = units.into_iter().partition(|(u, c)| is_excluded(&spec, &u.events, c));
        let (entered, others): (Vec<_>, Vec<_>) = kept.into_iter().partition(|(_, c)| !c.is_empty());
        prop_assert_eq!(found.n_excluded, excluded.len() as u64);
        prop_assert_eq!(found.n_not_entered, others.len() as u64);
        prop_assert_eq!(found.coverage.n_units, n_units);
        let k = spec.steps.len();
        for (j, step) in found.steps.iter().enumerate() {
            let there: Vec<_> = entered.iter().filter(|(_, c)| c.len() > j).collect();
            let stopped: Vec<_> = entered.iter().filter(|(_, c)| c.len() == j).collect();
            prop_assert_eq!(step.n_reached, there.len() as u64, "step {}", j);
            prop_assert_eq!(step.n_dropped, stopped.len() as u64);
            prop_assert_eq!(step.from_first.of, entered.len() as u64);
            prop_assert_eq!(customers_in(&store, &step.reached), sets_of(there.iter().map(|(u, _)| u)));
            prop_assert_eq!(customers_in(&store, &step.dropped), sets_of(stopped.iter().map(|(u, _)| u)));
            let times = there.iter().filter(|_| j > 0).map(|(u, c)| u.events[c[j]].start - u.events[c[j - 1]].start);
            let stats = step.time_from_previous.map_or((0, 0.0), |s| (s.n, s.sum_secs * 1e6));
            prop_assert_eq!(stats, (times.clone().count() as u64, times.sum::<i64>() as f64));
        }
        let until = known_until(&events, &query);
        let window = spec.window_secs.map_or(i64::MAX, |w| w as i64 * 1_000_000);
        let open = entered.iter().filter(|(u, c)| c.len() < k && u.events[c[0]].start.saturating_add(window) >= until);
        prop_assert_eq!(found.n_still_open, open.count() as u64);
        let converted: Vec<i64> = entered.iter().filter(|(_, c)| c.len() == k)
            .map(|(u, c)| u.events[c[k - 1]].start - u.events[c[0]].start).collect();
        prop_assert_eq!(found.time_to_convert.map_or(0, |s| s.n), converted.len() as u64);
        let last = found.convert_bins.len().saturating_sub(1);
        for (b, bin) in found.convert_bins.iter().enumerate() {
            let inside = |t: &&i64| {
                let secs = **t as f64 / 1e6;
                secs >= bin.from_secs && (secs < bin.until_secs || (b == last && secs == bin.until_secs))
            };
            prop_assert_eq!(bin.n, converted.iter().filter(inside).count() as u64);
        }
        prop_assert_eq!(found.convert_bins.iter().map(|b| b.n).sum::<u64>(), converted.len() as u64);
        let (groups, n_without) = naive_groups(&spec, &entered, query.unit == Unit::Sessions);
        let found_groups: Groups = found.groups.iter().map(|g| {
            let name = g.name.as_deref().and_then(|n| GROUPS.into_iter().find(|w| *w == n));
            (name, g.n_reached.clone())
        }).collect();
        prop_assert_eq!(found_groups, groups);
        prop_assert_eq!(found.n_without_group, n_without);
        let expected_unit = if query.unit == Unit::Occurrences { Unit::Customers } else { query.unit };
        prop_assert_eq!(found.coverage.unit, expected_unit);
    }

    #[test]
    fn groups_are_listed_by_size(events in plains(16, 1_000_000, 40), max_groups in 0_usize..3) {
        let store = store_of(&events);
        let breakdown = Some(Breakdown { by: BreakdownBy::Steps(Attribute::Channel, Attribution::FirstTouch), max_groups });
        let found = of_everyone(&store, &FunnelSpec { breakdown, ..FunnelSpec::ordered(["visit", "order"]) });
        prop_assert_eq!(found.groups.len(), max_groups.min(usize::try_from(found.n_groups).unwrap_or(0)));
        let key = |g: &journey::FunnelGroup| (std::cmp::Reverse(g.n_reached[0]), g.name.is_none(), g.name.clone());
        prop_assert!(found.groups.is_sorted_by_key(key), "{:?}", found.groups);
    }
}
