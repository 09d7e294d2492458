//! The step matrix, its anchors and differences.

use crate::logs::{all, by_customer, five_paths, log, near, store_of, store_of_traces, unknown_names};
use event::Store;
use journey::{
    CaseSet, Occurrence, Place, Scope, StepAnchor, StepBlock, StepSpec, step_matrix, step_matrix_difference,
};
use proptest::prelude::*;

fn share(store: &Store, block: &StepBlock, name: &str, step: i64) -> f64 {
    let place = match name {
        "▶" => Place::Start,
        "■" => Place::End,
        activity => Place::Activity(store.activities().find(activity).expect("known activity")),
    };
    let column = usize::try_from(step - block.first_step).expect("a step of the block");
    block.rows.iter().find(|r| r.place == place).map_or(0.0, |r| r.shares[column])
}

#[test]
fn golden_five_paths() {
    let store = five_paths();
    let matrix = step_matrix(&store, &Scope::customers(&all(&store)), &StepSpec::default());
    let block = &matrix.blocks[0];
    assert_eq!((block.first_step, block.n_steps), (1, 10), "ten steps from the first event");
    let golden = [
        (1, "home", 1.0),
        (2, "catalog", 0.6),
        (2, "search", 0.4),
        (3, "cart", 0.6),
        (3, "catalog", 0.2),
        (3, "search", 0.2),
        (4, "purchase", 0.4),
        (4, "cart", 0.2),
        (4, "■", 0.4),
        (5, "■", 1.0),
        (10, "■", 1.0),
    ];
    for (step, name, expected) in golden {
        let found = share(&store, block, name, step);
        assert!(near(found, expected), "step {step} {name}: {found}");
    }
}

#[test]
fn anchors_count_both_ways() {
    let store = five_paths();
    let anchor = |names: &[&str], occurrence| StepAnchor {
        activities: names.iter().map(|n| (*n).to_owned()).collect(),
        occurrence,
    };
    let anchors = vec![
        anchor(&["cart"], Occurrence::First),
        anchor(&["catalog"], Occurrence::Last),
        anchor(&["search", "search"], Occurrence::First),
        anchor(&["nowhere"], Occurrence::First),
    ];
    let spec = StepSpec { n_steps: 2, n_steps_before: 4, anchors };
    let matrix = step_matrix(&store, &Scope::customers(&all(&store)), &spec);
    let [cart, catalog, searches, nowhere] = &matrix.blocks[..] else { panic!("one block an anchor") };
    assert_eq!((cart.basis.n_units, cart.basis.excluded[0].n_units), (4, 1), "u5 has no cart");
    let of_cart = [(0, "cart", 1.0), (-1, "catalog", 0.75), (-1, "search", 0.25), (-3, "▶", 0.75)];
    for (step, name, expected) in of_cart.into_iter().chain([(1, "purchase", 0.5), (1, "■", 0.5)]) {
        let found = share(&store, cart, name, step);
        assert!(near(found, expected), "step {step} {name}: {found}");
    }
    assert!(near(share(&store, catalog, "catalog", -1), 1.0 / 3.0), "u3 has another catalog before its last");
    assert!(near(share(&store, searches, "search", 1), 1.0), "the second of the anchor is step 1");
    assert_eq!((nowhere.basis.n_units, nowhere.rows.len()), (0, 0), "an unknown anchor leaves nothing");
    assert_eq!(unknown_names(&matrix.unknown), ["nowhere"], "and is told");
}

#[test]
fn difference_of_two_groups() {
    let store = store_of_traces(&["a b", "a c", "a b c"]);
    let spec = StepSpec { n_steps: 3, ..StepSpec::default() };
    let first = step_matrix(&store, &Scope::customers(&CaseSet::of(3, [0, 1])), &spec);
    let second = step_matrix(&store, &Scope::customers(&CaseSet::of(3, [2])), &spec);
    let difference = step_matrix_difference(&first, &second);
    let of = |name: &str| {
        let place = store.activities().find(name).map_or(Place::End, Place::Activity);
        let rows = &difference.blocks[0];
        rows.iter().find(|r| r.place == place).map(|r| r.differences.clone()).unwrap_or_default()
    };
    assert_eq!(of("a"), [0.0, 0.0, 0.0], "all begin with a");
    assert_eq!(of("b"), [0.0, -0.5, 0.0], "half against all");
    assert_eq!(of("c"), [0.0, 0.5, -1.0], "c earlier");
    assert_eq!(of("■"), [0.0, 0.0, 1.0], "the first group has ended");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn columns_add_up_and_equal_the_definition(events in log(60), n_steps in 0_u32..8, before in 0_u32..4) {
        let store = store_of(&events);
        let cases = by_customer(&events);
        let anchor = StepAnchor { activities: vec!["buy".to_owned()], occurrence: Occurrence::First };
        for anchors in [Vec::new(), vec![anchor]] {
            let is_anchored = !anchors.is_empty();
            let spec = StepSpec { n_steps, n_steps_before: before, anchors };
            let matrix = step_matrix(&store, &Scope::customers(&all(&store)), &spec);
            let block = &matrix.blocks[0];
            let expected_first = if is_anchored { -i64::from(before) } else { 1 };
            prop_assert_eq!(block.first_step, expected_first);
            for column in 0..block.n_steps {
                let total: f64 = block.rows.iter().map(|r| r.shares[column]).sum();
                prop_assert!(near(total, if block.basis.n_units == 0 { 0.0 } else { 1.0 }), "column {}: {}", column, total);
                let step = block.first_step + i64::try_from(column).unwrap();
                for row in &block.rows {
                    let at = |case: &Vec<crate::logs::Plain>| -> Option<Place> {
                        let zero = if is_anchored { case.iter().position(|e| e.activity == "buy")? } else { 0 };
                        let i = i64::try_from(zero).unwrap() + step - i64::from(!is_anchored);
                        if i < 0 {
                            return Some(Place::Start);
                        }
                        let event = case.get(usize::try_from(i).unwrap());
                        Some(event.map_or(Place::End, |e| {
                            Place::Activity(store.activities().find(&e.activity).expect("known"))
                        }))
                    };
                    let n = cases.iter().filter(|c| at(c) == Some(row.place)).count();
                    prop_assert_eq!(row.n_cases[column], n as u64);
                }
            }
        }
    }
}
