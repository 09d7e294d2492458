//! Removal against never having come: an undone import and an erased person leave the store as if they had not been.

use crate::support::{Plain, add, all_stored, batch_of, plain};
use event::{Batch, Store};
use proptest::prelude::*;

type Arrival = (u8, Vec<Plain>);

fn arrivals() -> impl Strategy<Value = Vec<Arrival>> {
    prop::collection::vec((0_u8..4, prop::collection::vec(plain(), 0..30)), 1..7)
}

/// One of few events of one customer at one of two times.
fn crowded() -> impl Strategy<Value = Plain> {
    (0_u8..5, 0_i64..2).prop_map(|(activity, start)| Plain { activity, start, ..bare() })
}

fn bare() -> Plain {
    Plain {
        customer: 1,
        activity: 1,
        start: 5,
        end: None,
        channel: None,
        account: None,
        text: None,
        value: None,
        measure: event::Measure::Money,
        currency: None,
        object: None,
        digest: 0,
        line: 1,
    }
}

fn name(source: u8) -> String {
    format!("source {source}")
}

fn load(arrivals: &[Arrival]) -> Store {
    let mut store = Store::new();
    for (source, events) in arrivals {
        add(&mut store, &name(*source), events);
    }
    store
}

fn number(store: &Store, source: u8) -> u16 {
    let found = store.sources().iter().position(|known| *known == name(source));
    found.map_or(999, |at| u16::try_from(at).expect("few sources"))
}

fn remove(store: &mut Store, source: u8) -> u64 {
    let staged = store.stage_source_removal(number(store, source));
    let n_removed = staged.n_removed_events();
    store.commit(staged);
    n_removed
}

fn assert_same(found: &Store, expected: &Store) -> Result<(), TestCaseError> {
    prop_assert_eq!(all_stored(found), all_stored(expected));
    prop_assert_eq!(found.n_events(), expected.n_events());
    prop_assert_eq!(found.n_cases(), expected.n_cases());
    prop_assert_eq!(found.cases().count(), expected.n_cases());
    prop_assert!(found.cases().all(|(_, events)| !events.is_empty()), "no listed case is empty");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_removed_source_never_came(
        arrivals in arrivals(), gone in 0_u8..4, also_gone in 0_u8..4, later in (0_u8..4, prop::collection::vec(plain(), 0..20)),
    ) {
        let mut store = load(&arrivals);
        let without = |gone: &[u8]| arrivals.iter().filter(|(s, _)| !gone.contains(s)).cloned().collect::<Vec<_>>();
        let n_before = store.n_events();
        let n_removed = remove(&mut store, gone);
        let mut expected = load(&without(&[gone]));
        assert_same(&store, &expected)?;
        prop_assert_eq!(n_before - store.n_events(), n_removed);

        let n_duplicates = add(&mut store, &name(later.0), &later.1);
        prop_assert_eq!(n_duplicates, add(&mut expected, &name(later.0), &later.1));
        assert_same(&store, &expected)?;

        remove(&mut store, also_gone);
        let mut all = without(&[gone]);
        all.push(later);
        all.retain(|(source, _)| *source != also_gone);
        assert_same(&store, &load(&all))?;
    }

    #[test]
    fn equal_times_keep_the_order_of_arrival(
        arrivals in prop::collection::vec((0_u8..4, prop::collection::vec(crowded(), 0..4)), 1..9),
        gone in Just(vec![0_u8, 1, 2, 3]).prop_shuffle(),
    ) {
        let mut store = load(&arrivals);
        for n in 1..=gone.len() {
            remove(&mut store, gone[n - 1]);
            let without: Vec<_> = arrivals.iter().filter(|(source, _)| !gone[..n].contains(source)).cloned().collect();
            assert_same(&store, &load(&without))?;
        }
    }

    #[test]
    fn an_undone_import_leaves_what_was_before(arrivals in arrivals(), last in prop::collection::vec(plain(), 0..60)) {
        let before = load(&arrivals);
        let mut store = load(&arrivals);
        add(&mut store, "a new file", &last);
        let texts = before.texts().iter().collect::<Vec<_>>();
        let number = u16::try_from(before.sources().len()).expect("few sources");
        let staged = store.stage_source_removal(number);
        prop_assert_eq!(staged.n_kept_events(), 0, "what was there before is not the new source's");
        store.commit(staged);
        assert_same(&store, &before)?;
        prop_assert_eq!(store.texts().iter().collect::<Vec<_>>(), texts);
    }

    #[test]
    fn the_staged_cases_are_those_that_change(arrivals in arrivals(), gone in 0_u8..4) {
        let mut store = load(&arrivals);
        let shape = |store: &Store, case: u32| store.case(case).starts().to_vec();
        let n = u32::try_from(store.customers().len()).expect("few customers");
        let before: Vec<_> = (0..n).map(|case| shape(&store, case)).collect();
        let staged = store.stage_source_removal(number(&store, gone));
        let changed: Vec<u32> = staged.changed_cases().collect();
        let touched = staged.touched_cases();
        let n_emptied = staged.n_emptied_cases();
        store.commit(staged);
        for case in 0..n {
            let after = shape(&store, case);
            let was = &before[case as usize];
            prop_assert!(*was == after || changed.contains(&case), "a change is announced");
            prop_assert_eq!(touched.contains(&case), changed.contains(&case) && !after.is_empty());
        }
        prop_assert_eq!(changed.len() - touched.len(), usize::try_from(n_emptied).expect("few cases"));
    }

    #[test]
    fn an_erased_person_never_came(arrivals in arrivals(), gone in prop::collection::btree_set(0_u8..6, 0..4)) {
        let mut store = load(&arrivals);
        let mut numbers: Vec<u32> = gone.iter().filter_map(|c| store.customers().find(&format!("c{c}"))).collect();
        store.commit(store.stage_erasure(&numbers));
        numbers.sort_unstable();
        let keep = |events: &[Plain]| events.iter().filter(|e| !gone.contains(&e.customer)).cloned().collect();
        let without: Vec<Arrival> = arrivals.iter().map(|(source, events)| (*source, keep(events))).collect();
        assert_same(&store, &load(&without))?;
        for customer in &gone {
            let name = format!("c{customer}");
            prop_assert!(store.customers().iter().all(|known| known != name), "the name is gone");
            prop_assert!(!store.texts().iter().any(|text| text.starts_with(&name)), "what was said is gone");
        }
        prop_assert_eq!(store.customers().erased(), &numbers[..]);

        // The person may come back, under a new number.
        add(&mut store, "again", &arrivals[0].1);
        let mut expected = load(&without);
        add(&mut expected, "again", &arrivals[0].1);
        assert_same(&store, &expected)?;
    }
}

#[test]
fn repetitions_inside_a_source_cost_nothing() {
    let event = |digest: u64| Plain { text: Some(1), digest, ..bare() };
    let events: Vec<Plain> = (0..1_000).map(event).collect();
    let mut store = Store::new();
    add(&mut store, "file", &events);
    add(&mut store, "polled", &events);
    let footprint = store.footprint();
    for _ in 0..20 {
        assert_eq!(add(&mut store, "polled", &events), 1_000, "all of it is known");
        assert_eq!(add(&mut store, "file", &events), 1_000, "all of it is known");
    }
    assert_eq!(store.footprint(), footprint, "overlapping polls don't let the store grow");
    let n_removed = remove_by_number(&mut store, 0);
    assert_eq!((n_removed, store.n_events()), (0, 1_000), "the polled source has every event too");
    assert_eq!(remove_by_number(&mut store, 1), 1_000, "now nobody has them");
    assert_eq!((store.n_cases(), store.texts().len()), (0, 0), "nothing is left");
}

fn remove_by_number(store: &mut Store, source: u16) -> u64 {
    let staged = store.stage_source_removal(source);
    let n_removed = staged.n_removed_events();
    store.commit(staged);
    n_removed
}

#[test]
fn a_source_number_that_was_never_given_becomes_a_new_source() {
    let mut store = Store::new();
    let staged = store.stage(batch_of(Batch::continuing(7), &[]));
    store.commit(staged);
    assert_eq!(store.sources(), [""], "the batch has a source of its own");
}
