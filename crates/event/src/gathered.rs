//! The events of several cases in one order, as if they were one case: an account's customers together.

use crate::columns::{CaseEvents, Columns};
use crate::store::Store;

/// Gathers cases; the memory is used again for every group.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Start, end, position of the case among those gathered, position in the case.
    rows: Vec<(i64, i64, usize, usize)>,
    columns: Columns,
}

impl Gathered {
    /// Takes these cases in place of those before. Ordered by (start, end, order of the cases, position in the case).
    pub fn fill(&mut self, store: &Store, cases: &[u32]) {
        self.rows.clear();
        for (at, &case) in cases.iter().enumerate() {
            let events = store.case(case);
            let starts = events.starts().iter().enumerate();
            self.rows.extend(starts.map(|(i, &start)| (start, events.end_micros(i), at, i)));
        }
        self.rows.sort_unstable();
        self.columns.clear();
        for &(_, _, at, i) in &self.rows {
            if let Some(&case) = cases.get(at) {
                let events = store.case(case);
                let account = events.event(i).account;
                self.columns.push_row(events.columns, events.first + i, account);
            }
        }
    }

    /// The events of all of them.
    pub fn events(&self) -> CaseEvents<'_> {
        CaseEvents::new(&self.columns, 0, self.rows.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, Measure, NewEvent};

    #[test]
    fn cases_become_one_row_of_events() {
        let mut batch = Batch::new("log");
        for (line, customer, start_micros, end_micros) in
            [(1, "ada", 10, Some(40)), (2, "bob", 20, None), (3, "ada", 30, None), (4, "bob", 10, None)]
        {
            let channel = (customer == "bob").then_some("web");
            let (value, object) = ((line == 3).then_some(2.5), (line == 4).then_some("T-4"));
            batch.push(NewEvent {
                customer,
                activity: if line == 2 { "pay" } else { "visit" },
                start_micros,
                end_micros,
                channel,
                value,
                measure: Measure::Mrr,
                object,
                line,
                digest: u64::from(line),
                ..NewEvent::default()
            });
        }
        let mut store = Store::new();
        let staged = store.stage(batch);
        store.commit(staged);
        let mut gathered = Gathered::default();
        for _ in 0..2 {
            gathered.fill(&store, &[0, 1]);
            let events = gathered.events();
            assert_eq!(events.starts(), [10, 10, 20, 30], "in order of time");
            let lines: Vec<u32> = (0..events.len()).map(|i| events.event(i).line).collect();
            assert_eq!(lines, [4, 1, 2, 3], "the one that ends first comes first");
            assert_eq!(events.event(1).end_micros, Some(40), "ends come along");
            assert_eq!((events.channel(0), events.channel(1)), (Some(0), None), "channels come along");
            assert_eq!(
                (events.event(3).value, events.event(3).measure),
                (Some(2.5), Measure::Mrr),
                "numbers come along"
            );
            assert_eq!((events.object(0), events.object(1)), (Some(0), None), "objects come along");
        }
        gathered.fill(&store, &[1]);
        assert_eq!(gathered.events().len(), 2, "nothing is left of the group before");
    }
}
