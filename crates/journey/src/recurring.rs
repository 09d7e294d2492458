//! Recurring revenue of a scope: what its units pay at the start and at the end of each period, currency by currency.

use crate::calendar::{Calendar, PeriodUnit};
use crate::case_set::CaseSet;
use crate::query::{Period, Scope};
use crate::revenue::{Revenue, RevenueMove, RevenueRow, revenue_retention};
use crate::units::{Coverage, UnitEvents, each_unit};
use event::{Measure, Store};
use std::collections::{BTreeMap, HashMap};

/// Recurring revenue as counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Recurring {
    /// What was looked at.
    pub coverage: Coverage,
    /// By currency, those with most units first, then by name; amounts of different currencies are never added.
    pub currencies: Vec<RecurringCurrency>,
    /// Units that never had recurring revenue.
    pub n_without: u64,
    /// Amounts left out because they are negative.
    pub n_negative: u64,
    /// Periods before those listed, cut at [`Recurring::MAX_PERIODS`].
    pub n_periods_cut: u64,
    /// First moment not known, in UTC microseconds.
    pub known_until_micros: i64,
}

/// Recurring revenue in one currency.
#[derive(Clone, Debug, PartialEq)]
pub struct RecurringCurrency {
    /// Name of the currency; `None` where the data says none.
    pub name: Option<String>,
    /// Units that ever had revenue in it.
    pub n_units: u64,
    /// Its periods.
    pub revenue: Revenue,
}

impl Recurring {
    /// Most periods; when there are more, the latest are kept.
    pub const MAX_PERIODS: i64 = 1_200;
}

/// Follows recurring revenue from period to period.
///
/// An event with an amount of recurring revenue holds until the next one about the same subscription, or about none of the
/// same customer; what a unit pays is the sum over its subscriptions. Revenue at the start of a period is what holds just
/// before it. The whole history counts, whatever the scope's period, which only says which periods are listed; sessions and
/// single events are counted as customers. Costs O(events + units · periods).
pub fn recurring(store: &Store, scope: &Scope<'_>, unit: PeriodUnit) -> Recurring {
    let scope = scope.for_periods();
    let window = Window::new(store, &scope, unit);
    let mut rows: BTreeMap<Option<u32>, Vec<RevenueRow>> = BTreeMap::new();
    let mut n_units: BTreeMap<Option<u32>, u64> = BTreeMap::new();
    let (mut n_without, mut n_negative, mut number) = (0, 0, 0_u32);
    let mut history = History::default();
    let coverage = each_unit(store, &window.whole(&scope), |unit| {
        n_negative += history.fill(store, unit);
        n_without += u64::from(history.changes.is_empty());
        let mut seen = Vec::new();
        history.each_row(&window, number, |currency, row| {
            rows.entry(currency).or_default().push(row);
            seen.push(currency);
        });
        seen.sort_unstable();
        seen.dedup();
        seen.into_iter().for_each(|currency| *n_units.entry(currency).or_default() += 1);
        number += 1;
    });
    let currency = |(currency, rows): (Option<u32>, Vec<RevenueRow>)| {
        let mut revenue = revenue_retention(rows);
        revenue.periods.retain(|period| window.lists(i64::from(period.period)));
        RecurringCurrency {
            name: currency.map(|currency| store.currencies().get(currency).to_owned()),
            n_units: n_units.get(&currency).copied().unwrap_or(0),
            revenue,
        }
    };
    let mut currencies: Vec<RecurringCurrency> = rows.into_iter().map(currency).collect();
    currencies.sort_by(|a, b| b.n_units.cmp(&a.n_units).then_with(|| a.name.cmp(&b.name)));
    let (n_periods_cut, known_until_micros) = (window.n_cut, window.known_until);
    Recurring { coverage, currencies, n_without, n_negative, n_periods_cut, known_until_micros }
}

/// Finds the cases with a unit that makes one of these moves in a period, in a currency by name. Costs as much as counting.
pub fn recurring_cases(
    store: &Store,
    scope: &Scope<'_>,
    unit: PeriodUnit,
    (currency, period): (Option<&str>, i64),
    wanted: &[RevenueMove],
) -> CaseSet {
    let scope = scope.for_periods();
    let window = Window::new(store, &scope, unit);
    let mut behind = CaseSet::none(store.customers().len());
    let known = currency.map(|name| store.currencies().find(name));
    if known == Some(None) || !window.lists(period) {
        return behind;
    }
    let currency = known.flatten();
    let mut history = History::default();
    each_unit(store, &window.whole(&scope), |unit| {
        history.fill(store, unit);
        let mut has_paid = false;
        history.each_row(&window, 0, |of, row| {
            if of != currency {
                return;
            }
            let made = RevenueMove::of(row.start_cents.into(), row.end_cents.into(), has_paid);
            if i64::from(row.period) == period && wanted.contains(&made) {
                unit.cases.iter().for_each(|case| behind.insert(*case));
            }
            has_paid |= row.start_cents > 0 || row.end_cents > 0;
        });
    });
    behind
}

/// The periods that are counted, from the first with recurring revenue on, and those that are listed.
struct Window {
    calendar: Calendar,
    first: i64,
    last: i64,
    listed_from: i64,
    n_cut: u64,
    known_until: i64,
}

impl Window {
    fn new(store: &Store, scope: &Scope<'_>, unit: PeriodUnit) -> Self {
        let calendar = Calendar { unit, zone_offset_minutes: scope.zone_offset_minutes };
        let known_until = scope.known_until_micros(store);
        let first_of = |case: u32| {
            let events = store.case(case);
            let is_recurring = |i: &usize| events.event(*i).measure == Measure::Mrr;
            let first = events.has_measures().then(|| (0..events.len()).find(is_recurring)).flatten()?;
            events.starts().get(first).copied()
        };
        let first_event = scope.cases.iter().filter_map(first_of).min().filter(|at| *at < known_until);
        let Some(first_event) = first_event else {
            return Self { calendar, first: 0, last: -1, listed_from: 0, n_cut: 0, known_until };
        };
        let last = calendar.index_of(known_until.saturating_sub(1));
        let first = calendar.index_of(first_event);
        let asked = scope.period.map_or(first, |period| calendar.index_of(period.from_micros)).max(first);
        let listed_from = asked.max(last.saturating_sub(Recurring::MAX_PERIODS - 1));
        Self { calendar, first, last, listed_from, n_cut: asked.abs_diff(listed_from), known_until }
    }

    /// The scope up to the end of what is known, whatever its period begins with.
    fn whole<'a>(&self, scope: &Scope<'a>) -> Scope<'a> {
        let period = Some(Period { from_micros: i64::MIN, until_micros: self.known_until });
        Scope { period, ..*scope }
    }

    fn lists(&self, period: i64) -> bool {
        (self.listed_from..=self.last).contains(&period)
    }
}

/// A subscription, or where there is none the customer: object, and case unless the object tells.
type Key = (Option<u32>, u32);

/// An amount that holds from a moment on: when, of what, in cents, and in which currency.
type Change = (i64, Key, i64, Option<u32>);

/// What a unit's subscriptions cost from when on.
#[derive(Default)]
struct History {
    /// In order of time.
    changes: Vec<Change>,
    held: HashMap<Key, (i64, Option<u32>)>,
}

impl History {
    /// Reads a unit; returns how many amounts are negative.
    fn fill(&mut self, store: &Store, unit: &UnitEvents<'_>) -> u64 {
        self.changes.clear();
        let mut n_negative = 0;
        for &case in unit.cases {
            let events = store.case(case);
            if !events.has_measures() {
                continue;
            }
            for event in (0..events.len()).map(|i| events.event(i)) {
                let Some(value) = event.value.filter(|_| event.measure == Measure::Mrr) else { continue };
                if value < 0.0 {
                    n_negative += 1;
                    continue;
                }
                // What belongs to no subscription belongs to the customer.
                let key = (event.object, event.object.map_or(case, |_| u32::MAX));
                self.changes.push((event.start_micros, key, cents(value), event.currency));
            }
        }
        self.changes.sort_by_key(|change| change.0);
        n_negative
    }

    /// Calls `visit` with every currency and period in which the unit has revenue at one of its ends, in order of time.
    fn each_row(&mut self, window: &Window, customer: u32, mut visit: impl FnMut(Option<u32>, RevenueRow)) {
        self.held.clear();
        let mut next = 0;
        let mut start: BTreeMap<Option<u32>, i64> = BTreeMap::new();
        let first = self.changes.first().map_or(window.last + 1, |change| window.calendar.index_of(change.0));
        for period in first.max(window.first)..=window.last {
            let until = window.calendar.start_micros(period + 1).min(window.known_until);
            while let Some(&(_, key, cents, currency)) =
                self.changes.get(next).filter(|change| change.0 < until)
            {
                self.held.insert(key, (cents, currency));
                next += 1;
            }
            let mut end: BTreeMap<Option<u32>, i64> = BTreeMap::new();
            for &(cents, currency) in self.held.values() {
                let sum = end.entry(currency).or_default();
                *sum = sum.saturating_add(cents);
            }
            let mut currencies: Vec<Option<u32>> = start.keys().chain(end.keys()).copied().collect();
            currencies.sort_unstable();
            currencies.dedup();
            for currency in currencies {
                let of = |sums: &BTreeMap<Option<u32>, i64>| sums.get(&currency).copied().unwrap_or(0);
                let (start_cents, end_cents) = (of(&start), of(&end));
                if start_cents > 0 || end_cents > 0 {
                    let period = i32::try_from(period).unwrap_or(i32::MAX);
                    visit(
                        currency,
                        RevenueRow { customer, period, start_cents, end_cents, escalator_cents: 0 },
                    );
                }
            }
            start = end;
        }
    }
}

/// Major units in cents, as far as they can be counted.
#[expect(clippy::cast_possible_truncation, reason = "the conversion saturates, and no amount is that large")]
fn cents(value: f64) -> i64 {
    (value * 100.0).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Query, Unit};
    use event::{Batch, NewEvent};
    use proptest::prelude::*;

    const DAY: i64 = 86_400_000_000;

    /// Customer, subscription if any, day, amount, currency.
    type Plain = (u8, Option<u8>, i64, i64, &'static str);

    fn store_of(events: &[Plain]) -> Store {
        let mut batch = Batch::new("billing");
        for (line, &(customer, subscription, day, amount, currency)) in (1_u32..).zip(events) {
            batch.push(NewEvent {
                customer: &format!("c{customer}"),
                activity: "plan",
                start_micros: day * DAY + 1,
                account: Some(if customer % 2 == 0 { "even" } else { "odd" }),
                value: Some(amount as f64),
                measure: Measure::Mrr,
                currency: Some(currency),
                object: subscription.map(|s| format!("s{s}")).as_deref(),
                line,
                digest: u64::from(line),
                ..NewEvent::default()
            });
        }
        let mut store = Store::new();
        let staged = store.stage(batch);
        store.commit(staged);
        store
    }

    #[test]
    fn golden_by_hand() {
        // On day 0: 50, 42 and 8. On day 1: +15, −5, −8, and a new customer with 30. On day 2 the lost one is back.
        let events = [
            (1, None, 0, 50, "EUR"),
            (2, None, 0, 42, "EUR"),
            (3, None, 0, 8, "EUR"),
            (5, None, 0, 1_000, "USD"),
            (1, None, 1, 65, "EUR"),
            (2, None, 1, 37, "EUR"),
            (3, None, 1, 0, "EUR"),
            (4, None, 1, 30, "EUR"),
            (3, None, 2, 9, "EUR"),
        ];
        let store = store_of(&events);
        let all = CaseSet::all(store.n_cases());
        let query = Query { data_until_micros: Some(3 * DAY), ..Query::default() };
        let found = recurring(&store, &query.scope(&all), PeriodUnit::Day);
        let names: Vec<_> = found.currencies.iter().map(|c| (c.name.as_deref(), c.n_units)).collect();
        assert_eq!(names, [(Some("EUR"), 4), (Some("USD"), 1)], "never added up");
        let day = found.currencies[0].revenue.periods[1];
        assert_eq!((day.nrr_ratio, day.grr_ratio), (Some(1.02), Some(0.87)), "net and gross");
        assert_eq!(day.logo_churn_ratio, Some(1.0 / 3.0), "one of three is lost");
        assert_eq!((day.n_new, day.new_cents), (1, 3_000), "the new one is apart");
        let back = found.currencies[0].revenue.periods[2];
        assert_eq!(
            (back.n_reactivated, back.n_new, back.nrr_ratio),
            (1, 0, Some(1.0)),
            "and who is back, too"
        );
        let behind = |period, moves: &[RevenueMove]| {
            recurring_cases(&store, &query.scope(&all), PeriodUnit::Day, (Some("EUR"), period), moves).len()
        };
        assert_eq!(behind(1, &[RevenueMove::Lost]), 1, "behind the lost");
        assert_eq!(behind(2, &[RevenueMove::Back]), 1, "behind who is back");
        assert_eq!(behind(1, &RevenueMove::OF_COHORT), 3, "behind the cohort");
    }

    proptest! {
        #[test]
        fn equals_the_sum_over_subscriptions(
            events in prop::collection::vec((0_u8..4, proptest::option::of(0_u8..3), 0_i64..6, 0_i64..4), 0..24),
            by_account in any::<bool>(),
        ) {
            let mut events: Vec<Plain> =
                events.into_iter().map(|(c, s, d, v)| (c, s.map(|s| s * 8 + c), d, v, "EUR")).collect();
            events.sort_by_key(|e| e.2);
            let store = store_of(&events);
            let all = CaseSet::all(store.n_cases());
            let unit = if by_account { Unit::Accounts } else { Unit::Customers };
            let query = Query { unit, data_until_micros: Some(6 * DAY), ..Query::default() };
            let found = recurring(&store, &query.scope(&all), PeriodUnit::Day);
            let of = |customer: u8| if by_account { customer % 2 } else { customer };
            // What a unit pays just before a moment: of each subscription the latest amount.
            let pays = |unit: u8, day: i64| -> i64 {
                let mut held: HashMap<(u8, Option<u8>), i64> = HashMap::new();
                for e in events.iter().filter(|e| of(e.0) == unit && e.2 < day) {
                    held.insert((e.0, e.1), e.3 * 100);
                }
                held.values().sum()
            };
            let periods = found.currencies.first().map_or(&[][..], |c| &c.revenue.periods);
            for day in 0..6 {
                let units: Vec<(i64, i64)> = (0..4).map(|u| (pays(u, day), pays(u, day + 1))).collect();
                let start: i64 = units.iter().map(|u| u.0).sum();
                let gross: i64 = units.iter().filter(|u| u.0 > 0).map(|u| u.1.min(u.0)).sum();
                let net: i64 = units.iter().filter(|u| u.0 > 0).map(|u| u.1).sum();
                let n_lost = units.iter().filter(|u| u.0 > 0 && u.1 == 0).count() as u64;
                let row = periods.iter().find(|p| i64::from(p.period) == day);
                let figures = row.map(|p| (p.start_cents, p.n_lost, p.nrr_ratio, p.grr_ratio));
                let over = |cents: i64| (start > 0).then(|| cents as f64 / start as f64);
                match figures {
                    None => prop_assert!(units.iter().all(|u| *u == (0, 0)), "day {}", day),
                    Some(figures) => {
                        prop_assert_eq!(figures, (i128::from(start), n_lost, over(net), over(gross)), "day {}", day);
                    }
                }
            }
        }
    }
}
