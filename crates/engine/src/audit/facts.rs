//! What the events of each source look like, from one walk through the store.

use super::suspects;
use crate::Engine;
use event::{CaseEvents, EventView};
use std::collections::{BTreeMap, BTreeSet};

const DAY_MICROS: i64 = 86_400_000_000;
const HOUR_MICROS: i64 = 3_600_000_000;
const MINUTE_MICROS: i64 = 60_000_000;
/// Pairs of events are only looked for in cases with at most so many events.
const MAX_PAIRED_EVENTS: usize = 300;
/// Two clocks or zones differ by no more than this.
const MAX_SHIFT_MICROS: i64 = 14 * HOUR_MICROS;

/// Fields of an event that may be missing.
pub(super) const FIELDS: [&str; 6] = ["channel", "account", "text", "value", "end_time", "object"];

/// What the events of one source look like.
#[derive(Debug, Default)]
pub(super) struct SourceFacts {
    pub(super) n_events: u64,
    pub(super) n_customers: u64,
    /// Customers of this source that another one has as well, by its number.
    pub(super) shared: BTreeMap<u16, u64>,
    /// Customers that at least one other source has.
    pub(super) n_shared: u64,
    /// Customers with one event of this source.
    pub(super) n_single: u64,
    pub(super) n_tests: u64,
    pub(super) n_bots: u64,
    /// Events that have a field, in the order of [`FIELDS`].
    pub(super) n_with: [u64; FIELDS.len()],
    /// Up to two values of channel, account and object.
    values: [BTreeSet<u32>; 3],
    pub(super) n_midnight: u64,
    pub(super) n_future: u64,
    pub(super) n_ancient: u64,
    /// Events by hour of the day in UTC, those at midnight sharp apart.
    pub(super) hours: [u64; 24],
    /// Days with events, as days since 1970.
    pub(super) days: BTreeSet<i64>,
    pub(super) last_micros: i64,
    pub(super) amounts: Vec<f64>,
    /// Differences in minutes to the nearest event of the same activity in another source, by that source.
    pub(super) shifts: BTreeMap<u16, Vec<i32>>,
}

impl SourceFacts {
    /// Channel, account or object, where all events that have one have the same.
    pub(super) fn constants(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let fields = [("channel", 0), ("account", 1), ("object", 5)];
        let is_one = |(at, (_, _)): &(usize, (&str, usize))| self.values[*at].len() == 1;
        fields.into_iter().enumerate().filter(is_one).map(|(_, (name, at))| (name, self.n_with[at]))
    }
}

/// All sources by number.
#[derive(Debug, Default)]
pub(super) struct Facts(pub(super) Vec<SourceFacts>);

impl Facts {
    pub(super) fn of(engine: &Engine) -> Self {
        let store = &engine.store;
        let mut facts = Self((0..store.sources().len()).map(|_| SourceFacts::default()).collect());
        let now_micros = engine.now_micros.unwrap_or(i64::MAX);
        for (case, events) in store.full_cases() {
            let mut of_case = BTreeMap::<u16, Vec<i64>>::new();
            for at in 0..events.len() {
                let event = events.event(at);
                of_case.entry(event.source).or_default().push(event.start_micros);
                if let Some(facts) = facts.0.get_mut(usize::from(event.source)) {
                    facts.note(&event, now_micros);
                }
            }
            facts.note_case(store.customers().get(case), &of_case);
            if of_case.len() > 1 && events.len() <= MAX_PAIRED_EVENTS {
                facts.note_shifts(events);
            }
        }
        facts
    }

    fn note_case(&mut self, customer: &str, of_case: &BTreeMap<u16, Vec<i64>>) {
        let is_test = suspects::is_test(customer);
        for (source, starts) in of_case {
            let Some(facts) = self.0.get_mut(usize::from(*source)) else { continue };
            facts.n_customers += 1;
            facts.n_single += u64::from(starts.len() == 1);
            facts.n_shared += u64::from(of_case.len() > 1);
            for other in of_case.keys().filter(|other| *other != source) {
                *facts.shared.entry(*other).or_default() += 1;
            }
            facts.n_tests += u64::from(is_test);
            facts.n_bots += u64::from(suspects::is_bot(customer, starts));
        }
    }

    /// The same activity of one customer in two sources is often one event, told by two clocks.
    fn note_shifts(&mut self, events: CaseEvents<'_>) {
        let mut by_activity = BTreeMap::<u32, Vec<(u16, i64)>>::new();
        for at in 0..events.len() {
            let event = events.event(at);
            by_activity.entry(event.activity).or_default().push((event.source, event.start_micros));
        }
        for same in by_activity.values() {
            for &(source, start) in same {
                let mut nearest = BTreeMap::<u16, i64>::new();
                for &(other, at) in same.iter().filter(|(other, _)| *other != source) {
                    let shift = start - at;
                    let known = nearest.entry(other).or_insert(shift);
                    if shift.abs() < known.abs() {
                        *known = shift;
                    }
                }
                let Some(facts) = self.0.get_mut(usize::from(source)) else { continue };
                for (other, shift) in nearest.into_iter().filter(|(_, shift)| shift.abs() <= MAX_SHIFT_MICROS)
                {
                    let minutes = (shift + shift.signum() * MINUTE_MICROS / 2) / MINUTE_MICROS;
                    facts.shifts.entry(other).or_default().push(i32::try_from(minutes).unwrap_or(0));
                }
            }
        }
    }
}

impl SourceFacts {
    fn note(&mut self, event: &EventView, now_micros: i64) {
        /// The first of January 1990; no system of today has older events.
        const ANCIENT_MICROS: i64 = 631_152_000_000_000;
        self.n_events += 1;
        let start = event.start_micros;
        self.last_micros = if self.n_events == 1 { start } else { self.last_micros.max(start) };
        let of_day = start.rem_euclid(DAY_MICROS);
        if of_day == 0 {
            self.n_midnight += 1;
        } else if let Some(n) =
            usize::try_from(of_day / HOUR_MICROS).ok().and_then(|hour| self.hours.get_mut(hour))
        {
            *n += 1;
        }
        self.n_future += u64::from(start > now_micros);
        self.n_ancient += u64::from(start < ANCIENT_MICROS);
        self.days.insert(start.div_euclid(DAY_MICROS));
        let has = [
            event.channel.is_some(),
            event.account.is_some(),
            event.text.is_some(),
            event.value.is_some(),
            event.end_micros.is_some(),
            event.object.is_some(),
        ];
        for (n, has) in self.n_with.iter_mut().zip(has) {
            *n += u64::from(has);
        }
        for (values, value) in self.values.iter_mut().zip([event.channel, event.account, event.object]) {
            if values.len() < 2 {
                values.extend(value);
            }
        }
        self.amounts.extend(event.money());
    }
}
