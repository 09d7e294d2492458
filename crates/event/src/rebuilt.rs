//! The store as if some events had never come: nothing of them is left, neither names nor texts nor numbers.

use crate::columns::{Columns, NO_END, NO_VALUE, NONE};
use crate::{Batch, EventView, Measure, NewEvent, Store};

/// An event on its way into the new store: when it came, as far as that can be told, and where it lies.
struct Coming {
    /// Wave and source: a source that got more events after another one came is in a later wave.
    wave: u32,
    source: u16,
    line: u32,
    case: u32,
    /// Position in the case; a duplicate stands behind all of them.
    at: u32,
    row: usize,
    place: Place,
}

#[derive(Clone, Copy)]
enum Place {
    Base,
    Delta,
    Duplicate,
}

impl Store {
    /// The store that there would be without some events, built anew from those of which `keeps` is true, asked with the
    /// customer's number.
    ///
    /// Dictionaries are in the order of first appearance, by source and line, so that where every source came at once it
    /// is the store of an import without these events, to the byte. Events that stay keep their order in each case, also
    /// where times are equal; an event whose original goes stays when another source brought it too. Customers get new
    /// numbers; sources keep theirs. Costs O(events · log events), and as much memory as the store.
    #[must_use]
    pub fn rebuilt(&self, keeps: &dyn Fn(u32, &EventView) -> bool) -> Store {
        let mut coming = self.stored(keeps);
        coming.extend(self.skipped(keeps));
        coming.sort_unstable_by_key(|one| (one.wave, one.source, one.line, one.case, one.at));
        let mut store = Store::new();
        let mut rest = coming.as_slice();
        for (number, name) in (0_u16..).zip(&self.sources) {
            let of_source = |one: &Coming| one.wave == 0 && one.source == number;
            let n = rest.iter().take_while(|one| of_source(one)).count();
            let (now, later) = rest.split_at(n);
            rest = later;
            self.hand_over(now, Batch::new(name), &mut store);
        }
        while let Some(first) = rest.first() {
            let of_batch = |one: &&Coming| (one.wave, one.source) == (first.wave, first.source);
            let n = rest.iter().take_while(of_batch).count();
            let (now, later) = rest.split_at(n);
            rest = later;
            self.hand_over(now, Batch::continuing(first.source), &mut store);
        }
        // Whoever watches the store sees that it is another one.
        store.revision = self.revision + 1;
        store
    }

    fn hand_over(&self, coming: &[Coming], mut batch: Batch, store: &mut Store) {
        for one in coming {
            let columns = match one.place {
                Place::Base => &self.base,
                Place::Delta => &self.delta,
                Place::Duplicate => &self.duplicates.columns,
            };
            batch.push(self.as_new(one.case, columns, one.row));
        }
        let staged = store.stage(batch);
        store.commit(staged);
    }

    /// Stored events that stay, in order of their cases.
    fn stored(&self, keeps: &dyn Fn(u32, &EventView) -> bool) -> Vec<Coming> {
        let mut coming: Vec<Coming> = Vec::new();
        for (case, span) in (0_u32..).zip(&self.spans) {
            let columns = self.segment(span.first);
            let place = if span.first.segment() == 0 { Place::Base } else { Place::Delta };
            let mut before: Option<((i64, i64), u32, u16, u32)> = None;
            let events = crate::CaseEvents::new(columns, span.first.row(), span.len as usize);
            for at in 0..events.len() {
                let event = events.event(at);
                if !keeps(case, &event) {
                    continue;
                }
                let row = span.first.row() + at;
                let key = columns.key(row);
                let (mut wave, mut line) = (0, event.line);
                // Of equal times the one that stands first came first.
                if let Some((_, w, source, l)) = before.filter(|(other, ..)| *other == key) {
                    wave = if event.source < source { w + 1 } else { w };
                    line = if event.source == source { line.max(l) } else { line };
                }
                before = Some((key, wave, event.source, line));
                let at = u32::try_from(at).unwrap_or(u32::MAX);
                coming.push(Coming { wave, source: event.source, line, case, at, row, place });
            }
        }
        coming
    }

    /// Duplicates that stay, each behind the event that it repeats.
    fn skipped(&self, keeps: &dyn Fn(u32, &EventView) -> bool) -> Vec<Coming> {
        let table = &self.duplicates.columns;
        let mut coming = Vec::new();
        for (row, &case) in self.duplicates.case.iter().enumerate() {
            let event = crate::CaseEvents::new(table, row, 1).event(0);
            if !keeps(case, &event) {
                continue;
            }
            let original = self.case_refs(case).find(|r| {
                let (columns, at) = (self.segment(*r), r.row());
                columns.activity[at] == event.activity
                    && columns.start[at] == event.start_micros
                    && columns.digest[at] == table.digest[row]
            });
            let before = original.map(|r| self.segment(r).source.get(r.row()));
            let wave = u32::from(before.is_some_and(|source| event.source < source));
            let (source, line) = (event.source, event.line);
            coming.push(Coming { wave, source, line, case, at: u32::MAX, row, place: Place::Duplicate });
        }
        coming
    }

    /// A row as a source would hand it over.
    fn as_new<'a>(&'a self, case: u32, columns: &Columns, row: usize) -> NewEvent<'a> {
        let (end, value) = (columns.end.get(row, columns.start[row]), columns.value.get(row));
        let some = |id: u32| (id != NONE).then_some(id);
        NewEvent {
            customer: self.customers.get(case),
            activity: self.activities.get(columns.activity[row]),
            start_micros: columns.start[row],
            end_micros: (end != NO_END).then_some(end),
            channel: some(columns.channel.get(row)).map(|id| self.channels.get(id)),
            account: some(columns.account.get(row)).map(|id| self.accounts.get(id)),
            text: some(columns.text.get(row)).map(|id| self.texts.get(id)),
            value: (value != NO_VALUE).then(|| f64::from_bits(value)),
            measure: Measure::from_number(columns.measure.get(row)).unwrap_or_default(),
            currency: some(columns.currency.get(row)).map(|id| self.currencies.get(id)),
            object: some(columns.object.get(row)).map(|id| self.objects.get(id)),
            line: columns.line[row],
            digest: columns.digest[row],
        }
    }
}

impl Batch {
    /// The events of which `keeps` is true, asked with customer and start, and how many went: of these nothing is left.
    #[must_use]
    pub fn kept(self, keeps: &dyn Fn(&str, i64) -> bool) -> (Self, u64) {
        let is_kept: Vec<bool> = self
            .case
            .iter()
            .zip(&self.columns.start)
            .map(|(case, start)| keeps(self.customers.get(*case), *start))
            .collect();
        let n_gone = is_kept.iter().filter(|kept| !**kept).count() as u64;
        if n_gone == 0 {
            return (self, 0);
        }
        let mut store = Store::new();
        let Self {
            case, columns, customers, activities, channels, accounts, objects, currencies, texts, ..
        } = self;
        let (source_name, source, is_identified) = (self.source_name, self.source, self.is_identified);
        // A record that is kept out makes no event any more.
        let gone = is_kept.iter().zip(&columns.digest).filter(|(kept, _)| !**kept).map(|(_, digest)| *digest);
        let claims = self.claims.into_iter().chain(gone).collect();
        let mut kept = Self { source_name, source, is_identified, claims, ..Self::default() };
        (store.customers, store.activities, store.channels) = (customers, activities, channels);
        (store.accounts, store.objects, store.currencies, store.texts) =
            (accounts, objects, currencies, texts);
        for (row, _) in is_kept.iter().enumerate().filter(|(_, kept)| **kept) {
            kept.push(store.as_new(case[row], &columns, row));
        }
        (kept, n_gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Snapshot;

    /// Customer, activity, start and line.
    type Row = (&'static str, &'static str, i64, u32);

    fn batch(name: &str, rows: &[Row]) -> Batch {
        let mut batch = Batch::new(name);
        push_all(&mut batch, rows);
        batch
    }

    fn push_all(batch: &mut Batch, rows: &[Row]) {
        for &(customer, activity, start_micros, line) in rows {
            let text = format!("{customer} says {line}");
            let object = format!("ticket of {customer}");
            batch.push(NewEvent {
                customer,
                activity,
                start_micros,
                channel: Some(if customer == "ada" { "fax" } else { "web" }),
                text: Some(&text),
                object: Some(&object),
                value: Some(f64::from(line)),
                currency: Some("EUR"),
                line,
                digest: start_micros.unsigned_abs(),
                ..NewEvent::default()
            });
        }
    }

    fn commit(store: &mut Store, batch: Batch) {
        let staged = store.stage(batch);
        store.commit(staged);
    }

    fn bytes(store: &Store) -> Vec<Vec<u8>> {
        Snapshot::write(store, 1).map(|chunk| chunk.expect("there is memory")).collect()
    }

    const FIRST: [Row; 6] = [
        ("ada", "fax", 10, 2),
        ("bob", "visit", 10, 3),
        ("ada", "visit", 30, 4),
        ("cyd", "order", 5, 5),
        ("bob", "order", 20, 6),
        ("bob", "pay", 20, 7),
    ];
    const SECOND: [Row; 4] =
        [("cyd", "visit", 50, 2), ("bob", "visit", 10, 3), ("ada", "visit", 30, 4), ("dan", "fax", 1, 5)];

    #[test]
    fn without_a_customer_it_is_the_store_of_an_import_without_them() {
        let mut store = Store::new();
        commit(&mut store, batch("a.csv", &FIRST));
        commit(&mut store, batch("b.csv", &SECOND));
        for gone in ["ada", "bob", "cyd", "dan", "nobody"] {
            let others =
                |rows: &[Row]| -> Vec<Row> { rows.iter().copied().filter(|row| row.0 != gone).collect() };
            let mut scratch = Store::new();
            commit(&mut scratch, batch("a.csv", &others(&FIRST)));
            commit(&mut scratch, batch("b.csv", &others(&SECOND)));
            let number = store.customers().find(gone);
            let rebuilt = store.rebuilt(&|case, _| Some(case) != number);
            assert_eq!(bytes(&rebuilt), bytes(&scratch), "without {gone}");
            assert!(
                bytes(&rebuilt)
                    .iter()
                    .all(|chunk| !chunk.windows(gone.len()).any(|part| part == gone.as_bytes())),
                "nothing tells of {gone}"
            );
        }
    }

    #[test]
    fn an_event_outlives_its_original_when_another_source_brought_it_too() {
        let mut store = Store::new();
        commit(&mut store, batch("a.csv", &FIRST));
        commit(&mut store, batch("b.csv", &SECOND));
        let rebuilt = store.rebuilt(&|_, event| event.source != 0);
        let mut scratch = Store::new();
        commit(&mut scratch, Batch::new("a.csv"));
        commit(&mut scratch, batch("b.csv", &SECOND));
        assert_eq!(bytes(&rebuilt), bytes(&scratch), "as if the first source had been empty");
    }

    #[test]
    fn what_stays_keeps_its_order_whenever_it_came() {
        let mut store = Store::new();
        commit(&mut store, batch("a", &[("ada", "one", 10, 9), ("bob", "x", 1, 10)]));
        commit(&mut store, batch("b", &[("ada", "two", 10, 1)]));
        let mut more = Batch::continuing(0);
        push_all(&mut more, &[("ada", "three", 10, 1), ("cyd", "x", 2, 2)]);
        commit(&mut store, more);
        let order = |store: &Store| -> Vec<String> {
            let case = store.customers().find("ada").expect("she is there");
            let names = store.activities();
            store.case(case).activities().iter().map(|id| names.get(*id).to_owned()).collect()
        };
        let bob = store.customers().find("bob");
        let rebuilt = store.rebuilt(&|case, _| Some(case) != bob);
        assert_eq!(order(&rebuilt), order(&store), "equal times stay in order of arrival");
        assert_eq!(rebuilt.n_events(), 4, "one event went");
    }

    #[test]
    fn a_batch_keeps_nothing_of_what_went() {
        let (kept, n_gone) = batch("a.csv", &FIRST).kept(&|customer, start| customer != "ada" && start >= 10);
        assert_eq!((kept.len(), n_gone), (3, 3), "ada's two, and one that is too old");
        let expected = [("bob", "visit", 10, 3), ("bob", "order", 20, 6), ("bob", "pay", 20, 7)];
        let same = batch("a.csv", &expected);
        assert_eq!(
            kept.to_bytes().expect("small"),
            same.to_bytes().expect("small"),
            "as if they had never come"
        );
    }
}
