//! However customers are told under each other, the store is the one that the groups give, and nothing is lost on the way.

use crate::support::{Change, Plain, all_stored, apply, batch_of, change, entry_of, plain};
use event::{Batch, Origins, Reversal, Store};
use proptest::prelude::*;

fn store_of(changes: &[Change]) -> Store {
    let mut store = Store::new();
    for change in changes.iter().filter(|change| !matches!(change, Change::Erase(_))) {
        let entry = entry_of(&store, change);
        apply(&mut store, entry);
    }
    store
}

/// Tells customers by groups, under the first of each; returns how many events moved.
fn tell(store: &mut Store, origins: &mut Origins, groups: &[u8; 6]) -> u64 {
    let number = |customer: usize| store.customers().find(&format!("c{customer}"));
    let mut wanted = Vec::new();
    for (customer, group) in groups.iter().enumerate() {
        let others = (0..6).filter(|other| groups[*other] == *group);
        let home = others.filter_map(number).min();
        wanted.extend(number(customer).zip(home));
    }
    let mut regrouping = store.regroup_of(origins, &wanted);
    let n_moved = regrouping.n_moved;
    let reversal = std::mem::take(&mut regrouping.reversal);
    let reversal = Reversal::from_bytes(&reversal.to_bytes()).expect("what was written can be read");
    let staged = store.stage_reversal(reversal).expect("it fits");
    store.commit(staged);
    origins.adopt(regrouping);
    assert!(origins.fits(store), "{origins:?}");
    n_moved
}

type Seen = (u64, usize, Vec<Vec<(Plain, String)>>, Vec<Vec<u64>>);

fn seen(store: &Store) -> Seen {
    let n_sources = u16::try_from(store.sources().len()).expect("few sources");
    let without = |source: u16| {
        let staged = store.stage_source_removal(source);
        vec![staged.n_removed_events(), staged.n_kept_events(), staged.n_emptied_cases()]
    };
    (store.n_events(), store.n_cases(), all_stored(store), (0..n_sources).map(without).collect())
}

const APART: [u8; 6] = [0, 1, 2, 3, 4, 5];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_way_to_a_grouping_does_not_count(
        changes in prop::collection::vec(change(), 1..8),
        on_the_way in prop::collection::vec([0..4_u8, 0..4_u8, 0..4_u8, 0..4_u8, 0..4_u8, 0..4_u8], 0..4),
        last in [0..4_u8, 0..4_u8, 0..4_u8, 0..4_u8, 0..4_u8, 0..4_u8],
        later in prop::collection::vec(plain(), 0..8),
    ) {
        let (mut direct, mut store) = (store_of(&changes), store_of(&changes));
        let apart = seen(&store);
        let (mut of_direct, mut origins) = (Origins::default(), Origins::default());
        for groups in &on_the_way {
            tell(&mut store, &mut origins, groups);
            prop_assert_eq!(store.n_events(), apart.0, "no event is lost");
        }
        tell(&mut store, &mut origins, &last);
        tell(&mut direct, &mut of_direct, &last);
        prop_assert_eq!(seen(&store), seen(&direct));
        prop_assert_eq!(&origins, &of_direct);
        prop_assert_eq!(tell(&mut store, &mut origins, &last), 0, "nothing is left to move");
        tell(&mut store, &mut origins, &APART);
        prop_assert!(origins.is_empty());
        prop_assert_eq!(seen(&store), apart);
        // What comes then finds everything as if nothing had ever been together.
        let mut never = store_of(&changes);
        for one in [&mut store, &mut never] {
            let staged = one.stage(batch_of(Batch::new("later"), &later));
            one.commit(staged);
        }
        prop_assert_eq!(seen(&store), seen(&never));
    }

    #[test]
    fn one_group_is_the_merge_of_its_customers(
        changes in prop::collection::vec(change(), 1..6),
        groups in [0..2_u8, 0..2_u8, 0..2_u8, 0..2_u8, 0..2_u8, 0..2_u8],
    ) {
        let (mut told, mut merged) = (store_of(&changes), store_of(&changes));
        tell(&mut told, &mut Origins::default(), &groups);
        for group in 0..2 {
            let mut members: Vec<u32> = (0..6)
                .filter(|customer| groups[*customer] == group)
                .filter_map(|customer| merged.customers().find(&format!("c{customer}")))
                .collect();
            members.sort_unstable();
            let Some((into, from)) = members.split_first() else { continue };
            let staged = merged.stage_reversal(merged.merge_of(*into, from)).expect("it fits");
            merged.commit(staged);
        }
        prop_assert_eq!(seen(&told), seen(&merged));
    }
}
