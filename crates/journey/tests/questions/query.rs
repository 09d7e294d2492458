//! Filters, selections, counts and sessions: worked examples, and random logs against naive readings of the definitions.

use crate::common::*;
use journey::{
    CaseSet, Comparison, Filter, FunnelSpec, NameKind, Period, Query, Scope, Session, SessionRule, Unit,
    UnknownName, cases_matching, count, funnel, select, sessions,
};
use proptest::prelude::*;

#[test]
fn patterns_on_the_five_paths() {
    let store = five_paths();
    for (pattern, customers) in [
        ("home->catalog", vec![1, 2, 3]),
        ("home->.*->cart", vec![1, 2, 3, 4]),
        ("home->[^catalog]*->cart", vec![4]),
        ("cart->path_end", vec![3, 4]),
        ("catalog->catalog", vec![3]),
        ("path_start->home->[catalog|search]*->path_end", vec![5]),
        ("path_start->.->.->.->path_end", vec![4, 5]),
        ("home->.->.*->cart->path_end", vec![3, 4]),
        ("path_start->catalog", vec![]),
        ("[^missing]->purchase", vec![1, 2]),
    ] {
        let matched = cases_matching(&store, None, &Filter::Sequence(pattern.parse().unwrap()));
        assert_eq!(customers_in(&store, &matched.cases), customers, "{pattern}");
    }
}

#[test]
fn an_erased_customer_is_no_case() {
    let mut store = five_paths();
    let erased = store.customers().find(&customer_name(1)).unwrap();
    let staged = store.stage_erasure(&[erased]);
    store.commit(staged);
    let selected = select(&store, &Query::default());
    assert_eq!(customers_in(&store, &selected.cases), [2, 3, 4, 5], "numbers run beyond the number of cases");
    assert_eq!(selected.n_outside_period, 0, "nobody is outside");
    let nobody = cases_matching(&store, None, &Filter::Not(Box::new(Filter::All)));
    assert!(nobody.cases.is_empty(), "an erased customer is not in the rest either");
    let spec = FunnelSpec { window_secs: None, ..FunnelSpec::ordered(["home", "cart", "purchase"]) };
    let steps = funnel(&store, &Scope::customers(&selected.cases), &spec).steps;
    assert_eq!(customers_in(&store, &steps[2].reached), [2], "who bought");
    assert_eq!(customers_in(&store, &steps[1].dropped), [5], "the last case is found");
}

#[test]
fn unknown_names_are_told_once_and_match_nothing() {
    let store = five_paths();
    let has = |name: &str| Filter::HasActivity { names: names(&[name, "home"]), at_least: 1, at_most: None };
    let filter = Filter::AllOf(vec![
        has("hom"),
        Filter::Not(Box::new(Filter::Channel { names: names(&["web"]) })),
        has("hom"),
    ]);
    let query = Query { filter, compare: Some(Comparison::Filter(has("hom"))), ..Query::default() };
    let selected = select(&store, &query);
    assert_eq!(selected.cases.len(), 5, "the known name still matches");
    let unknown = |kind, name: &str| UnknownName { kind, name: name.to_owned() };
    assert_eq!(selected.unknown, [unknown(NameKind::Activity, "hom"), unknown(NameKind::Channel, "web")]);
    assert_eq!(selected.n_in_both, 5, "the groups are the same");
}

#[test]
fn a_period_hides_what_lies_outside() {
    let events = [bare(0, "visit", 0), bare(0, "order", DAY), bare(1, "visit", 0), bare(2, "order", DAY)];
    let store = store_of(&events);
    let period = Some(Period { from_micros: DAY, until_micros: 2 * DAY });
    let find = |filter| customers_in(&store, &cases_matching(&store, period, &filter).cases);
    assert_eq!(find(Filter::All), [0, 2], "customer 1 did nothing in it");
    assert_eq!(find(Filter::StartsWith { names: names(&["order"]) }), [0, 2], "the visit is before it");
    let first_day = Period { from_micros: 0, until_micros: DAY };
    assert_eq!(find(Filter::FirstEvent(first_day)), [0], "the first event is that of the whole case");
    let query = Query {
        period,
        filter: Filter::FirstEvent(first_day),
        compare: Some(Comparison::Rest),
        ..Query::default()
    };
    let selected = select(&store, &query);
    assert_eq!(customers_in(&store, &selected.compared.unwrap()), [2], "the rest of those in the period");
    assert_eq!((selected.n_outside_period, selected.n_in_both), (1, 0));
}

#[test]
fn sessions_as_defined() {
    let minutes = 60_000_000;
    let events =
        [bare(0, "visit", 0), bare(0, "cart", 30 * minutes), bare(0, "order", 60 * minutes + 1_000_000)];
    let store = store_of(&events);
    let all = CaseSet::all(1);
    let found = sessions(&store, &Scope::customers(&all), &SessionRule::default());
    let session = |index_in_case, first_event, n_events, start_micros, end_micros| Session {
        case: 0,
        index_in_case,
        first_event,
        n_events,
        start_micros,
        end_micros,
    };
    let last = 60 * minutes + 1_000_000;
    assert_eq!(found.sessions, [session(0, 0, 2, 0, 30 * minutes), session(1, 2, 1, last, last)]);
    assert_eq!(found.sessions[0].duration_secs(), 1_800.0, "30 minutes to the second stay together");
}

#[test]
fn a_long_call_is_no_pause() {
    let minutes = 60_000_000;
    let call = Plain { end: Some(50 * minutes), ..bare(0, "call", 0) };
    let events = [call, bare(0, "visit", 10 * minutes), bare(0, "order", 75 * minutes)];
    let all = CaseSet::all(1);
    let found = sessions(&store_of(&events), &Scope::customers(&all), &SessionRule::default());
    assert_eq!(found.sessions.len(), 1, "25 minutes after the end of the call");
}

#[test]
fn separators_and_bounds() {
    let trace = ["visit", "cart", "visit", "order", "call", "cart", "order", "visit"];
    let events: Vec<Plain> = (0_i64..).zip(trace).map(|(i, a)| bare(0, a, i * 1_000_000)).collect();
    let store = store_of(&events);
    let all = CaseSet::all(1);
    let cut = |rule: SessionRule| {
        let found = sessions(&store, &Scope::customers(&all), &rule);
        let total = found.n_events + found.n_separators + found.n_outside;
        assert_eq!(total, 8, "every event is accounted for: {found:?}");
        let ranges: Vec<_> = found.sessions.iter().map(|s| (s.first_event, s.n_events)).collect();
        (ranges, found.n_separators, found.n_outside)
    };
    let none = SessionRule { timeout_secs: None, ..SessionRule::default() };
    assert_eq!(cut(none.clone()), (vec![(0, 8)], 0, 0), "without a rule, one session");
    let by_cart = SessionRule { separators: names(&["cart"]), ..none.clone() };
    assert_eq!(cut(by_cart), (vec![(0, 1), (2, 3), (6, 2)], 2, 0));
    let from_cart = SessionRule { starts: names(&["cart"]), ..none.clone() };
    assert_eq!(cut(from_cart), (vec![(1, 4), (5, 3)], 0, 1));
    let to_order = SessionRule { ends: names(&["order"]), ..none.clone() };
    assert_eq!(cut(to_order), (vec![(0, 4), (4, 3), (7, 1)], 0, 0));
    let both = SessionRule { starts: names(&["cart"]), ends: names(&["order"]), ..none };
    assert_eq!(cut(both), (vec![(1, 3), (5, 2)], 0, 3));
}

/// Sessions by pauses, straight from the definition.
fn naive_n_sessions(case: &[Plain], timeout: i64) -> u64 {
    let splits = (1..case.len()).filter(|i| {
        let first = (0..*i).rev().find(|j| *j == 0 || is_split(case, *j, timeout)).unwrap_or(0);
        let quiet_since = case[first..*i].iter().map(Plain::end_or_start).max().unwrap_or(i64::MIN);
        case[*i].start - quiet_since > timeout
    });
    splits.count() as u64 + u64::from(!case.is_empty())
}

fn is_split(case: &[Plain], i: usize, timeout: i64) -> bool {
    naive_n_sessions(&case[..=i], timeout) > naive_n_sessions(&case[..i], timeout)
}

fn passes(filter: &Filter, whole: &[Plain], case: &[Plain]) -> bool {
    let is = |names: &[String], e: &Plain| names.iter().any(|n| n == e.activity);
    match filter {
        Filter::All => true,
        Filter::Not(inner) => !passes(inner, whole, case),
        Filter::AllOf(all) => all.iter().all(|f| passes(f, whole, case)),
        Filter::AnyOf(any) => any.iter().any(|f| passes(f, whole, case)),
        Filter::HasActivity { names, at_least, at_most } => {
            let n = case.iter().filter(|e| is(names, e)).count() as u64;
            n >= u64::from(*at_least) && at_most.is_none_or(|most| n <= u64::from(most))
        }
        Filter::StartsWith { names } => is(names, &case[0]),
        Filter::EndsWith { names } => is(names, &case[case.len() - 1]),
        Filter::DirectlyFollows { from, to } => {
            (1..case.len()).any(|i| is(from, &case[i - 1]) && is(to, &case[i]))
        }
        Filter::EventuallyFollows { from, to, within_secs } => (0..case.len()).any(|j| {
            let in_time = |i: usize| {
                within_secs.is_none_or(|secs| case[j].start - case[i].start <= secs as i64 * 1_000_000)
            };
            is(to, &case[j]) && (0..j).any(|i| is(from, &case[i]) && in_time(i))
        }),
        Filter::Channel { names } => {
            case.iter().any(|e| e.channel.is_some_and(|c| names.iter().any(|n| n == c)))
        }
        Filter::Account { names } => {
            let account = whole.iter().rev().find_map(|e| e.account);
            account.is_some_and(|a| names.iter().any(|n| n == a))
        }
        Filter::Customer { names } => names.contains(&customer_name(case[0].customer)),
        Filter::Duration { min_secs, max_secs } => {
            let last = case.iter().map(Plain::end_or_start).max().unwrap_or(case[0].start);
            let micros = last - case[0].start;
            min_secs.is_none_or(|secs| micros >= secs as i64 * 1_000_000)
                && max_secs.is_none_or(|secs| micros <= secs as i64 * 1_000_000)
        }
        Filter::Events { min, max } => {
            let n = case.len() as u64;
            min.is_none_or(|m| n >= m) && max.is_none_or(|m| n <= m)
        }
        Filter::FirstEvent(period) => {
            period.from_micros <= whole[0].start && whole[0].start < period.until_micros
        }
        Filter::Outcome { names } => case.iter().any(|e| is(names, e)),
        Filter::Sequence(_) => unreachable!("patterns have an oracle of their own"),
    }
}

fn filters() -> impl Strategy<Value = Filter> {
    let some = || {
        prop::sample::subsequence(vec!["visit", "cart", "order", "call", "missing"], 0..3)
            .prop_map(|n| names(&n))
    };
    let secs = || proptest::option::of(0_u64..20);
    let leaf = prop_oneof![
        Just(Filter::All),
        (some(), 0_u32..3, proptest::option::of(0_u32..4))
            .prop_map(|(names, at_least, at_most)| Filter::HasActivity { names, at_least, at_most }),
        some().prop_map(|names| Filter::StartsWith { names }),
        some().prop_map(|names| Filter::EndsWith { names }),
        some().prop_map(|names| Filter::Outcome { names }),
        (some(), some()).prop_map(|(from, to)| Filter::DirectlyFollows { from, to }),
        (some(), some(), secs()).prop_map(|(from, to, within_secs)| Filter::EventuallyFollows {
            from,
            to,
            within_secs
        }),
        prop::sample::select(vec!["web", "phone", "fax"])
            .prop_map(|c| Filter::Channel { names: names(&[c]) }),
        prop::sample::select(vec!["acme", "blue", "void"])
            .prop_map(|a| Filter::Account { names: names(&[a]) }),
        (0..N_CUSTOMERS).prop_map(|c| Filter::Customer { names: vec![customer_name(c)] }),
        (secs(), secs()).prop_map(|(min_secs, max_secs)| Filter::Duration { min_secs, max_secs }),
        (proptest::option::of(0_u64..6), proptest::option::of(0_u64..9))
            .prop_map(|(min, max)| Filter::Events { min, max }),
        (0_i64..20, 0_i64..20).prop_map(|(from, until)| {
            Filter::FirstEvent(Period { from_micros: from * 1_000_000, until_micros: until * 1_000_000 })
        }),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|f| Filter::Not(Box::new(f))),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Filter::AllOf),
            prop::collection::vec(inner, 0..3).prop_map(Filter::AnyOf),
        ]
    })
}

fn periods() -> impl Strategy<Value = Option<Period>> {
    proptest::option::of(
        (0_i64..15, 5_i64..25).prop_map(|(from, until)| Period {
            from_micros: from * 1_000_000,
            until_micros: until * 1_000_000,
        }),
    )
}

fn in_period(case: &[Plain], period: Option<Period>) -> Vec<Plain> {
    case.iter().filter(|e| period.is_none_or(|p| p.contains(e.start))).cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn a_filter_keeps_what_it_says(events in plains(20, 1_000_000, 40), filter in filters(), period in periods()) {
        let store = store_of(&events);
        let found = customers_in(&store, &cases_matching(&store, period, &filter).cases);
        let expected: Vec<u8> = (0..N_CUSTOMERS)
            .filter(|c| {
                let whole = case_of(&events, *c);
                let case = in_period(&whole, period);
                !case.is_empty() && passes(&filter, &whole, &case)
            })
            .collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn counts_are_those_of_plain_lists(events in plains(20, 1_000_000, 40), period in periods(), timeout in 0_u32..4) {
        let store = store_of(&events);
        let all = CaseSet::all(store.n_cases());
        let query = |unit| Query { unit, period, session_timeout_secs: timeout, ..Query::default() };
        let n = |unit| count(&store, &query(unit).scope(&all));
        let cases: Vec<Vec<Plain>> = (0..N_CUSTOMERS).map(|c| case_of(&events, c)).collect();
        let active: Vec<(Option<&str>, Vec<Plain>)> = cases
            .iter()
            .map(|case| (case.iter().rev().find_map(|e| e.account), in_period(case, period)))
            .filter(|(_, case)| !case.is_empty())
            .collect();
        let mut accounts: Vec<&str> = active.iter().filter_map(|(account, _)| *account).collect();
        let n_with_account = accounts.len() as u64;
        accounts.sort_unstable();
        accounts.dedup();
        let n_events = active.iter().map(|(_, case)| case.len() as u64).sum::<u64>();
        prop_assert_eq!(n(Unit::Customers).n_units, active.len() as u64);
        prop_assert_eq!(n(Unit::Occurrences).n_units, n_events);
        prop_assert_eq!(n(Unit::Accounts).n_units, accounts.len() as u64);
        prop_assert_eq!(n(Unit::Accounts).n_cases, n_with_account);
        prop_assert_eq!(n(Unit::Accounts).n_without_account, active.len() as u64 - n_with_account);
        let timeout = i64::from(timeout) * 1_000_000;
        let n_sessions = active.iter().map(|(_, case)| naive_n_sessions(case, timeout)).sum::<u64>();
        prop_assert_eq!(n(Unit::Sessions).n_units, n_sessions);
        prop_assert_eq!(n(Unit::Sessions).n_events, n_events);
    }
}
