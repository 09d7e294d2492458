//! A newer export against having come alone: afterwards a source is as if only the newer one had ever come.

use crate::support::{Plain, add, all_stored, batch_of, plain};
use event::{Batch, NewEvent, Renewal, Store};
use proptest::prelude::*;

/// Records of an export by id; some make no event.
type Export = Vec<(u64, Option<Plain>)>;

fn of_record(id: u64, event: Plain) -> Plain {
    Plain { digest: id, line: u32::try_from(id).expect("few records"), ..event }
}

/// An export, and a newer one: all its records, of which some changed, and further ones, in another order.
fn exports() -> impl Strategy<Value = (Export, Export)> {
    let event = || prop::option::weighted(0.9, plain());
    let record = (event(), prop::option::weighted(0.3, event()), 0..3_usize, any::<u32>());
    prop::collection::vec(record, 1..40).prop_map(|records| {
        let (mut first, mut newer) = (Vec::new(), Vec::new());
        for (id, (before, after, when, rank)) in (1..).zip(records) {
            let of = |event: Option<Plain>| (id, event.map(|event| of_record(id, event)));
            let after = after.unwrap_or_else(|| before.clone());
            if when > 0 {
                first.push(of(before));
            }
            newer.push((if when == 2 { rank } else { u32::MAX / 2 }, of(after)));
        }
        newer.sort_by_key(|(rank, _)| *rank);
        (first, newer.into_iter().map(|(_, record)| record).collect())
    })
}

fn batch(mut batch: Batch, export: &Export) -> Batch {
    for (id, event) in export {
        match event {
            Some(event) => batch = batch_of(batch, std::slice::from_ref(event)),
            None => batch.claim(*id),
        }
    }
    batch
}

fn commit(store: &mut Store, batch: Batch) {
    let staged = store.stage(batch);
    store.commit(staged);
}

fn number(store: &Store, name: &str) -> u16 {
    let found = store.sources().iter().position(|known| known == name).expect("the source is there");
    u16::try_from(found).expect("few sources")
}

/// Brings a newer export; returns what it did and the stores on the way.
fn renew(store: &mut Store, name: &str, export: &Export) -> Renewal {
    let mut newer = Batch::default();
    newer.renew(number(store, name));
    let mut newer = batch(newer, export);
    let renewal = store.renewal_of(&newer);
    let gone = store.stage_withdrawal(&renewal.withdrawal);
    store.commit(gone);
    newer.follow(&renewal);
    commit(store, newer);
    renewal
}

/// The same events in another order of those of one time.
fn sorted(store: &Store) -> Vec<Vec<String>> {
    let told = all_stored(store).into_iter().map(|events| {
        let mut told: Vec<String> = events.iter().map(|event| format!("{event:?}")).collect();
        told.sort();
        told
    });
    told.collect()
}

proptest! {
    #[test]
    fn a_newer_export_is_as_if_it_had_come_alone((first, newer) in exports(), other in prop::collection::vec(plain(), 0..20), shared in 0..6_usize) {
        // The other source has some events exactly as an export has them.
        let mut other = other;
        other.extend(first.iter().chain(&newer).filter_map(|(_, event)| event.clone()).step_by(7).take(shared));
        let mut both = Store::new();
        add(&mut both, "other", &other);
        commit(&mut both, batch(Batch::new("crm"), &first));
        let renewal = renew(&mut both, "crm", &newer);
        let mut alone = Store::new();
        add(&mut alone, "other", &other);
        commit(&mut alone, batch(Batch::new("crm"), &newer));
        prop_assert_eq!(all_stored(&both), all_stored(&alone));
        prop_assert_eq!(both.n_events(), alone.n_events());
        prop_assert_eq!(both.n_known_duplicates(), alone.n_known_duplicates());
        let n_told = first.iter().filter(|(_, event)| event.is_some()).count() as u64;
        prop_assert!(renewal.n_changed + renewal.n_gone <= n_told, "no more than was there");
        // What is left of it when the other source goes is the same too.
        for store in [&mut both, &mut alone] {
            let staged = store.stage_source_removal(number(store, "other"));
            store.commit(staged);
        }
        prop_assert_eq!(all_stored(&both), all_stored(&alone));
    }

    #[test]
    fn the_same_export_changes_nothing((_, export) in exports(), other in prop::collection::vec(plain(), 0..20)) {
        let mut store = Store::new();
        add(&mut store, "other", &other);
        commit(&mut store, batch(Batch::new("crm"), &export));
        let before = all_stored(&store);
        let renewal = renew(&mut store, "crm", &export);
        prop_assert!(renewal.withdrawal.is_empty(), "{renewal:?}");
        prop_assert_eq!(all_stored(&store), before);
    }

    #[test]
    fn others_that_came_in_between_stay((first, newer) in exports(), other in prop::collection::vec(plain(), 0..20)) {
        let mut store = Store::new();
        commit(&mut store, batch(Batch::new("crm"), &first));
        add(&mut store, "other", &other);
        renew(&mut store, "crm", &newer);
        let mut alone = Store::new();
        commit(&mut alone, batch(Batch::new("crm"), &newer));
        add(&mut alone, "other", &other);
        // Which of two equal events counts as the repetition depends on who came first.
        let events = |store: &Store| sorted(store).iter().map(Vec::len).collect::<Vec<_>>();
        prop_assert_eq!(events(&store), events(&alone));
    }

    #[test]
    fn a_part_of_an_export_leaves_the_rest((first, newer) in exports(), n in 0..20_usize) {
        let part: Export = newer.iter().take(n).cloned().collect();
        let is_told = |id: &u64| part.iter().any(|(told, _)| told == id);
        let mut store = Store::new();
        commit(&mut store, batch(Batch::new("crm"), &first));
        renew(&mut store, "crm", &part);
        let mut alone = Store::new();
        let rest = first.iter().filter(|(id, _)| !is_told(id)).chain(&part).cloned().collect();
        commit(&mut alone, batch(Batch::new("crm"), &rest));
        prop_assert_eq!(sorted(&store), sorted(&alone));
    }

    #[test]
    fn a_renewal_is_taken_back_exactly((first, newer) in exports(), other in prop::collection::vec(plain(), 0..20)) {
        let mut store = Store::new();
        add(&mut store, "other", &other);
        commit(&mut store, batch(Batch::new("crm"), &first));
        let before = all_stored(&store);
        let mut renewed = Batch::default();
        renewed.renew(number(&store, "crm"));
        let renewed = batch(renewed, &newer);
        let mut back = Vec::new();
        let gone = store.stage_withdrawal(&store.renewal_of(&renewed).withdrawal);
        back.push(store.reversal_of(&gone));
        store.commit(gone);
        let staged = store.stage(renewed);
        back.push(store.reversal_of(&staged));
        store.commit(staged);
        while let Some(reversal) = back.pop() {
            let staged = store.stage_reversal(reversal).expect("it fits");
            store.commit(staged);
        }
        prop_assert_eq!(all_stored(&store), before);
    }
}

fn ticket(text: &'static str, start_micros: i64, id: u64) -> NewEvent<'static> {
    NewEvent {
        customer: "ada",
        activity: "ticket",
        start_micros,
        text: Some(text),
        digest: id,
        ..NewEvent::default()
    }
}

#[test]
fn what_changed_is_counted() {
    let mut store = Store::new();
    let mut first = Batch::new("crm");
    for event in [ticket("a", 10, 1), ticket("b", 20, 2), ticket("c", 30, 3), ticket("d", 40, 4)] {
        first.push(event);
    }
    commit(&mut store, first);
    let mut newer = Batch::default();
    newer.renew(0);
    // The first is as it was, the second has another text, the third none any more; the fifth is new and late.
    for event in [ticket("a", 10, 1), ticket("B", 20, 2), ticket("e", 15, 5)] {
        newer.push(event);
    }
    newer.claim(3);
    let renewal = store.renewal_of(&newer);
    assert_eq!((renewal.n_changed, renewal.n_gone, renewal.n_again), (1, 1, 0), "{renewal:?}");
    assert_eq!(renewal.withdrawal.events, [(0, 1), (0, 2)], "by place");
    let gone = store.stage_withdrawal(&renewal.withdrawal);
    store.commit(gone);
    newer.follow(&renewal);
    let staged = store.stage(newer);
    assert_eq!(
        (staged.n_new_events(), staged.n_duplicates(), staged.n_late()),
        (2, 1, 1),
        "one is late, not two"
    );
    store.commit(staged);
    let texts: Vec<&str> = (0..store.case(0).len())
        .filter_map(|at| Some(store.texts().get(store.case(0).event(at).text?)))
        .collect();
    assert_eq!(texts, ["a", "e", "B", "d"], "in order of time; what the export does not speak of stays");
}
