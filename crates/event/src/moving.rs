//! Moving events between customers: several customers become one, or one gives events back.

use crate::columns::{Columns, NONE, Parts, Ref};
use crate::duplicates::Skipped;
use crate::{EventView, Reversal, Store};
use std::collections::BTreeSet;

impl Store {
    /// What makes customers one: all events of `from` become those of `into`, to be staged by [`Store::stage_reversal`].
    ///
    /// Among events of equal times those of `into` come first, then those of each other customer in order of their
    /// numbers. An event that two of them have stays twice: that it is one event was never said. Customers that are not
    /// there are left out. What takes it back is what the staged change is reversed by, as for every other.
    /// Costs the customers' events and all duplicates.
    pub fn merge_of(&self, into: u32, from: &[u32]) -> Reversal {
        let is_known = |case: u32| (case as usize) < self.customers().len();
        let from: BTreeSet<u32> =
            from.iter().copied().filter(|case| *case != into && is_known(*case)).collect();
        if from.is_empty() || !is_known(into) {
            return Reversal::of_nothing(self);
        }
        let mut order: Vec<Ref> = self.case_refs(into).collect();
        let n_own = order.len();
        order.extend(from.iter().flat_map(|case| self.case_refs(*case)));
        let mut placed: Vec<usize> = (0..order.len()).collect();
        placed.sort_by_key(|at| self.segment(order[*at]).key(order[*at].row()));
        let stays = |at: &usize| *at < n_own;
        let mut gone = Vec::new();
        let mut cases = Vec::new();
        for case in from.iter().copied().chain([into]).collect::<BTreeSet<u32>>() {
            let rows = if case == into { placed.as_slice() } else { &[] };
            let of_case = rows.iter().map(|at| if stays(at) { Ok(*at) } else { Err(order[*at]) });
            cases.push((case, of_case.collect::<Vec<_>>()));
        }
        for row in cases.iter().flat_map(|(_, rows)| rows) {
            gone.extend(row.err());
        }
        let duplicates = self.merged_duplicates(into, &from);
        self.arrange(&cases, &gone, &duplicates)
    }

    /// What gives events of `from` to another customer, to be staged by [`Store::stage_reversal`]: those of which
    /// `is_moved` is true, asked in order.
    ///
    /// With the events that came by a merge it is the exact opposite of that merge, also when others came since.
    /// Duplicates follow the events that they repeat. Costs both customers' events and all duplicates.
    pub fn split_of(&self, from: u32, to: u32, is_moved: &mut dyn FnMut(EventView) -> bool) -> Reversal {
        let is_known = |case: u32| (case as usize) < self.customers().len();
        if from == to || !is_known(from) || !is_known(to) {
            return Reversal::of_nothing(self);
        }
        let events = self.full_case(from);
        let moved: Vec<bool> = (0..events.len()).map(|at| is_moved(events.event(at))).collect();
        let kept = (0..moved.len()).filter(|at| !moved[*at]).map(Ok).collect();
        let own: Vec<Ref> = self.case_refs(to).collect();
        let mut order: Vec<(Ref, Result<usize, Ref>)> =
            own.iter().enumerate().map(|(at, r)| (*r, Ok(at))).collect();
        let coming = self.case_refs(from).zip(&moved).filter(|(_, moved)| **moved);
        order.extend(coming.map(|(r, _)| (r, Err(r))));
        order.sort_by_key(|(r, _)| self.segment(*r).key(r.row()));
        let given: Vec<Result<usize, Ref>> = order.into_iter().map(|(_, row)| row).collect();
        let gone: Vec<Ref> = given.iter().filter_map(|row| row.err()).collect();
        let mut cases = vec![(from, kept), (to, given)];
        cases.sort_by_key(|(case, _)| *case);
        let duplicates = self.split_duplicates(from, to, &moved);
        self.arrange(&cases, &gone, &duplicates)
    }

    /// A reversal that gives cases these rows: places among their own, or events of others.
    pub(crate) fn arrange(
        &self,
        cases: &[(u32, Vec<Result<usize, Ref>>)],
        gone: &[Ref],
        duplicates: &[Skipped],
    ) -> Reversal {
        let nothing = Columns::default();
        let mut rows = Columns::default();
        rows.gather(&mut Parts::Borrowed([&self.base, &self.delta, &nothing]), gone);
        let is_same = |(row, one): &(usize, &Skipped)| {
            one.case == self.duplicates.case[*row] && one.place == self.duplicates.place[*row]
        };
        let n_kept = duplicates.iter().enumerate().take_while(is_same).count();
        let mut table = Columns::default();
        let refs: Vec<Ref> = (n_kept..duplicates.len()).map(|row| Ref::new(Ref::BASE, row)).collect();
        table.gather(&mut Parts::Borrowed([&self.duplicates.columns, &nothing, &nothing]), &refs);
        let mut texts = crate::Texts::default();
        for columns in [&mut rows, &mut table] {
            for text in columns.text.open().iter_mut().filter(|text| **text != NONE) {
                *text = texts.push(self.texts.get(*text));
            }
        }
        Reversal::from_cases(cases, rows, (n_kept, table, &duplicates[n_kept..]), texts)
    }

    /// All duplicates in order of arrival, those of `from` behind the equal events of `into`.
    fn merged_duplicates(&self, into: u32, from: &BTreeSet<u32>) -> Vec<Skipped> {
        let before = |case: u32, key: (i64, i64)| -> u32 {
            let earlier = from.range(..case).copied().chain([into]);
            let same =
                |case: u32| self.case_refs(case).filter(|r| self.segment(*r).key(r.row()) == key).count();
            u32::try_from(earlier.map(same).sum::<usize>()).unwrap_or(0)
        };
        self.duplicates_by_row(|one, key| {
            if from.contains(&one.case) {
                Skipped { case: into, place: one.place.saturating_add(before(one.case, key)), ..one }
            } else {
                one
            }
        })
    }

    /// All duplicates in order of arrival, those of moved events behind the equal events of `to`.
    fn split_duplicates(&self, from: u32, to: u32, moved: &[bool]) -> Vec<Skipped> {
        let refs: Vec<Ref> = self.case_refs(from).collect();
        let n_of = |case: u32, key: (i64, i64)| {
            let same = self.case_refs(case).filter(|r| self.segment(*r).key(r.row()) == key);
            u32::try_from(same.count()).unwrap_or(0)
        };
        self.duplicates_by_row(|one, key| {
            if one.case != from {
                return one;
            }
            let of_key = |at: &usize| self.segment(refs[*at]).key(refs[*at].row()) == key;
            let mut before = (0..refs.len()).filter(of_key).take(one.place as usize);
            let repeated = before.clone().find(|at| self.is_repeated_by(refs[*at], one.row as usize));
            let is_moved = repeated.is_some_and(|at| moved[at]);
            let n_with =
                u32::try_from(before.by_ref().filter(|at| moved[*at] == is_moved).count()).unwrap_or(0);
            match is_moved {
                true => Skipped { case: to, place: n_with.saturating_add(n_of(to, key)), ..one },
                false => Skipped { place: n_with, ..one },
            }
        })
    }

    /// Whether a duplicate repeats an event.
    fn is_repeated_by(&self, r: Ref, row: usize) -> bool {
        let (columns, table) = (self.segment(r), &self.duplicates.columns);
        columns.activity[r.row()] == table.activity[row] && columns.digest[r.row()] == table.digest[row]
    }

    fn duplicates_by_row(&self, change: impl Fn(Skipped, (i64, i64)) -> Skipped) -> Vec<Skipped> {
        let table = &self.duplicates;
        let all = (0_u32..).zip(table.case.iter().zip(&table.place));
        all.map(|(row, (&case, &place))| {
            change(Skipped { row, case, place }, table.columns.key(row as usize))
        })
        .collect()
    }
}
