//! Taking events out again: the undo of an import, and the erasure of a person.

use crate::columns::Ref;
use crate::duplicates::Skipped;
use crate::merge::{Change, Place, Staged, Ties, TouchedCase};
use crate::{Store, Withdrawal, columns};
use std::collections::BTreeSet;

/// What leaves the store, and what is left of the duplicates.
#[derive(Debug)]
pub(crate) struct Removal {
    /// Duplicates that stay duplicates.
    pub(crate) kept: Vec<Skipped>,
    /// Customers whose names go too, ascending.
    pub(crate) erased: Vec<u32>,
}

/// What goes: asked of skipped duplicates by number, of cases, and of the events of the cases that are touched.
struct Going<'a> {
    duplicate: &'a dyn Fn(usize) -> bool,
    case: &'a dyn Fn(u32) -> bool,
    /// Case, place in it, columns and row of an event.
    event: &'a dyn Fn(u32, usize, &columns::Columns, usize) -> bool,
}

/// Works out the store without the events of a source. Costs O(events).
pub(crate) fn stage_source(store: &Store, source: u16) -> Staged {
    let table = &store.duplicates.columns;
    let going = Going {
        duplicate: &|row| table.source.get(row) == source,
        case: &|case| store.full_case(case).has_source(source),
        event: &|_, _, columns, row| columns.source.get(row) == source,
    };
    stage(store, &going)
}

/// Works out the store without some events of a source. Costs O(cases) and all duplicates.
pub(crate) fn stage_withdrawal(store: &Store, withdrawal: &Withdrawal) -> Staged {
    let Withdrawal { source, events, duplicates } = withdrawal;
    let place_of = |case: u32| events.partition_point(|(of, _)| *of < case);
    let table = &store.duplicates.columns;
    let is_duplicate = |row: usize| duplicates.binary_search(&u32::try_from(row).unwrap_or(u32::MAX)).is_ok();
    let is_event = |case: u32, place: usize| {
        u32::try_from(place).is_ok_and(|at| events.binary_search(&(case, at)).is_ok())
    };
    let going = Going {
        duplicate: &|row| table.source.get(row) == *source && is_duplicate(row),
        case: &|case| events.get(place_of(case)).is_some_and(|(of, _)| *of == case),
        event: &|case, place, columns, row| columns.source.get(row) == *source && is_event(case, place),
    };
    stage(store, &going)
}

fn stage(store: &Store, going: &Going<'_>) -> Staged {
    let mut staged = Staged::new(Change::Removal(Removal { kept: Vec::new(), erased: Vec::new() }));
    let mut duplicates = store.duplicates.in_order().into_iter().peekable();
    let mut kept = Vec::new();
    let mut walk = Walk::default();
    for (case, _) in store.full_cases() {
        let mut of_case = Vec::new();
        while let Some(one) = duplicates.next_if(|one| one.case <= case) {
            if !(going.duplicate)(one.row as usize) {
                of_case.push(one);
            }
        }
        if (going.case)(case) {
            walk.stage_case(store, case, &of_case, going, &mut staged, &mut kept);
        } else {
            kept.extend(of_case);
        }
    }
    // Order of arrival again, so that the table is the same whatever was removed before.
    kept.sort_unstable_by_key(|one| one.row);
    staged.change = Change::Removal(Removal { kept, erased: Vec::new() });
    staged
}

/// Works out the store without these customers. Costs O(duplicates) and the cases.
pub(crate) fn stage_erasure(store: &Store, customers: &[u32]) -> Staged {
    let known = |&customer: &u32| (customer as usize) < store.customers.len();
    let erased: BTreeSet<u32> = customers.iter().copied().filter(known).collect();
    let mut kept = store.duplicates.in_order();
    kept.retain(|one| !erased.contains(&one.case));
    kept.sort_unstable_by_key(|one| one.row);
    let mut staged = Staged::new(Change::Removal(Removal { kept, erased: Vec::new() }));
    for &case in &erased {
        let n_events = store.full_case(case).len();
        if n_events > 0 {
            staged.touched.push(TouchedCase { case, first: 0, len: 0, had_events: true });
            staged.n_removed_events += n_events as u64;
        }
    }
    if let Change::Removal(removal) = &mut staged.change {
        removal.erased = erased.into_iter().collect();
    }
    staged
}

/// Walks a case's events and duplicates in the order in which they would have come without the source.
#[derive(Debug, Default)]
struct Walk {
    ties: Ties,
    place: Place,
}

impl Walk {
    fn stage_case(
        &mut self,
        store: &Store,
        case: u32,
        duplicates: &[Skipped],
        going: &Going<'_>,
        staged: &mut Staged,
        kept: &mut Vec<Skipped>,
    ) {
        let (first, n_before) = (staged.refs.len(), store.full_case(case).len());
        let table = &store.duplicates.columns;
        self.ties.clear();
        self.place = Place::default();
        let mut before = Place::default();
        let mut duplicates = duplicates.iter().peekable();
        for (at, r) in store.case_refs(case).enumerate() {
            let columns = store.segment(r);
            let key = columns.key(r.row());
            let place = before.of(key);
            let is_earlier = |one: &&Skipped| (table.key(one.row as usize), one.place) <= (key, place);
            while let Some(one) = duplicates.next_if(is_earlier) {
                self.promote(table, one, staged, kept);
            }
            before.push(key);
            if !(going.event)(case, at, columns, r.row()) {
                self.ties.note(columns, r.row(), 0);
                self.place.push(key);
                staged.refs.push(r);
            }
        }
        for one in duplicates {
            self.promote(table, one, staged, kept);
        }
        let len = staged.refs.len() - first;
        staged.n_removed_events += n_before.saturating_sub(len) as u64;
        staged.touched.push(TouchedCase { case, first, len, had_events: true });
    }

    /// A duplicate becomes the stored event when what it repeated is gone.
    fn promote(
        &mut self,
        table: &columns::Columns,
        one: &Skipped,
        staged: &mut Staged,
        kept: &mut Vec<Skipped>,
    ) {
        let row = one.row as usize;
        let key = table.key(row);
        if self.ties.note(table, row, 0).is_none() {
            self.place.push(key);
            staged.refs.push(Ref::new(Ref::BATCH, row));
            staged.n_promoted += 1;
        } else {
            kept.push(Skipped { place: self.place.of(key), ..*one });
        }
    }
}
