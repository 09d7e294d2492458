//! Recurring revenue of a scope: what its units pay at the start and at the end of each period, currency by currency.

use crate::calendar::{Calendar, PeriodUnit};
use crate::case_set::CaseSet;
use crate::follows::Sign;
use crate::kept::{Counted, Tally};
use crate::query::{Period, Scope};
use crate::revenue::{Movement, Revenue, RevenueMove, RevenuePeriod};
use crate::units::{Coverage, UnitEvents, each_unit};
use event::{Measure, Store};
use std::cmp::Ordering;
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
    RecurringSpec { unit }.count(store, scope)
}

/// Recurring revenue as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecurringSpec {
    /// Length of a period.
    pub unit: PeriodUnit,
}

impl Counted for RecurringSpec {
    type Tally = RecurringTally;
    type Figures = Recurring;

    fn tally(&self, store: &Store, scope: &Scope<'_>, _like: Option<&RecurringTally>) -> RecurringTally {
        let scope = scope.for_periods();
        let known_until = scope.known_until_micros(store);
        let calendar = Calendar { unit: self.unit, zone_offset_minutes: scope.zone_offset_minutes };
        let mut tally =
            RecurringTally { firsts: first_periods(store, &scope, calendar), ..Default::default() };
        let mut history = History::default();
        tally.coverage = each_unit(store, &whole(&scope, known_until), |unit| {
            tally.n_negative += history.fill(store, unit);
            tally.n_without += u64::from(history.changes.is_empty());
            let mut seen = BTreeMap::new();
            history.each_spell(calendar, |currency, spell| {
                let has_paid = seen.insert(currency, ()).is_some();
                tally.by_currency.entry(currency).or_default().add(&spell, has_paid);
            });
            for currency in seen.into_keys() {
                tally.by_currency.entry(currency).or_default().n_units += 1;
            }
        });
        tally
    }

    fn figures(&self, store: &Store, scope: &Scope<'_>, tally: &RecurringTally) -> Recurring {
        let calendar = Calendar { unit: self.unit, zone_offset_minutes: scope.zone_offset_minutes };
        let known_until_micros = scope.known_until_micros(store);
        let first = tally.firsts.keys().next().copied();
        let window = Window::from_first(first, scope, known_until_micros, calendar);
        let currency = |(currency, amounts): (&Option<u32>, &CurrencyTally)| RecurringCurrency {
            name: currency.map(|currency| store.currencies().get(currency).to_owned()),
            n_units: amounts.n_units,
            revenue: Revenue { periods: amounts.periods(&window), n_negative: 0 },
        };
        let mut currencies: Vec<RecurringCurrency> = tally.by_currency.iter().map(currency).collect();
        currencies.sort_by(|a, b| b.n_units.cmp(&a.n_units).then_with(|| a.name.cmp(&b.name)));
        let &RecurringTally { coverage, n_without, n_negative, .. } = tally;
        let n_periods_cut = window.n_cut;
        Recurring { coverage, currencies, n_without, n_negative, n_periods_cut, known_until_micros }
    }
}

/// What units contribute to recurring revenue.
#[derive(Debug, Default)]
pub struct RecurringTally {
    coverage: Coverage,
    /// Number of cases by the period of their first amount.
    firsts: BTreeMap<i64, u64>,
    by_currency: BTreeMap<Option<u32>, CurrencyTally>,
    n_without: u64,
    n_negative: u64,
}

impl Tally for RecurringTally {
    fn absorb(&mut self, part: Self, sign: Sign) {
        self.coverage.absorb(part.coverage, sign);
        sign.apply_all(&mut self.firsts, part.firsts);
        for (currency, amounts) in part.by_currency {
            self.by_currency.entry(currency).or_default().absorb(amounts, sign);
        }
        self.by_currency.retain(|_, amounts| amounts.n_units > 0);
        sign.apply(&mut self.n_without, part.n_without);
        sign.apply(&mut self.n_negative, part.n_negative);
    }

    fn n_bytes(&self) -> usize {
        let of = |amounts: &CurrencyTally| amounts.moves.len() * 288 + amounts.standing.len() * 48;
        self.by_currency.values().map(of).sum()
    }
}

/// What units pay in one currency.
#[derive(Debug, Default)]
struct CurrencyTally {
    n_units: u64,
    /// The periods in which something changes, with how many units have a row there.
    moves: BTreeMap<i64, (u64, RevenuePeriod)>,
    /// From which period on how many more units go on paying, and how much more, than in the one before.
    standing: BTreeMap<i64, (i64, i128)>,
}

impl CurrencyTally {
    fn add(&mut self, spell: &Spell, has_paid: bool) {
        let (n, moves) = self.moves.entry(spell.period).or_default();
        *n += 1;
        moves.add(Movement::of(spell.start_cents, spell.end_cents), has_paid);
        if spell.end_cents > 0 {
            self.stand(spell.period + 1, 1, spell.end_cents);
            if let Some(until) = spell.until {
                self.stand(until, -1, -spell.end_cents);
            }
        }
    }

    fn stand(&mut self, period: i64, n: i64, cents: i64) {
        let own = self.standing.entry(period).or_default();
        *own = (own.0 + n, own.1 + i128::from(cents));
    }

    fn absorb(&mut self, part: Self, sign: Sign) {
        sign.apply(&mut self.n_units, part.n_units);
        for (period, (n, moves)) in part.moves {
            let own = self.moves.entry(period).or_default();
            sign.apply(&mut own.0, n);
            own.1.absorb(&moves, sign);
        }
        self.moves.retain(|_, (n, _)| *n > 0);
        for (period, (n, cents)) in part.standing {
            let by = if sign == Sign::Add { 1 } else { -1 };
            let own = self.standing.entry(period).or_default();
            *own = (own.0 + by * n, own.1 + i128::from(by) * cents);
        }
        self.standing.retain(|_, change| *change != (0, 0));
    }

    /// The listed periods that have a unit.
    fn periods(&self, window: &Window) -> Vec<RevenuePeriod> {
        let (mut n, mut cents) = (0, 0);
        let mut changes = self.standing.iter().peekable();
        let mut periods = Vec::new();
        for index in window.listed_from..=window.last {
            while let Some((_, change)) = changes.next_if(|(from, _)| **from <= index) {
                (n, cents) = (n + change.0, cents + change.1);
            }
            let moves = self.moves.get(&index);
            if n <= 0 && moves.is_none() {
                continue;
            }
            let mut period = moves.map_or_else(RevenuePeriod::default, |(_, moves)| *moves);
            period.period = i32::try_from(index).unwrap_or(i32::MAX);
            period.stand(n.unsigned_abs(), cents);
            period.divide();
            periods.push(period);
        }
        periods
    }
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
    each_unit(store, &whole(&scope, window.known_until), |unit| {
        history.fill(store, unit);
        let mut has_paid = false;
        history.each_spell(window.calendar, |of, spell| {
            if of != currency {
                return;
            }
            if spell.move_in(period, has_paid).is_some_and(|made| wanted.contains(&made)) {
                unit.cases.iter().for_each(|case| behind.insert(*case));
            }
            has_paid = true;
        });
    });
    behind
}

/// The periods that are listed: from the first with recurring revenue on, or from where it was asked.
struct Window {
    calendar: Calendar,
    last: i64,
    listed_from: i64,
    n_cut: u64,
    known_until: i64,
}

impl Window {
    fn new(store: &Store, scope: &Scope<'_>, unit: PeriodUnit) -> Self {
        let calendar = Calendar { unit, zone_offset_minutes: scope.zone_offset_minutes };
        let first = first_periods(store, scope, calendar).into_keys().next();
        Self::from_first(first, scope, scope.known_until_micros(store), calendar)
    }

    fn from_first(first: Option<i64>, scope: &Scope<'_>, known_until: i64, calendar: Calendar) -> Self {
        let Some(first) = first else {
            return Self { calendar, last: -1, listed_from: 0, n_cut: 0, known_until };
        };
        let last = calendar.index_of(known_until.saturating_sub(1));
        let asked = scope.period.map_or(first, |period| calendar.index_of(period.from_micros)).max(first);
        let listed_from = asked.max(last.saturating_sub(Recurring::MAX_PERIODS - 1));
        Self { calendar, last, listed_from, n_cut: asked.abs_diff(listed_from), known_until }
    }

    fn lists(&self, period: i64) -> bool {
        (self.listed_from..=self.last).contains(&period)
    }
}

/// The scope up to the end of what is known, whatever its period begins with.
fn whole<'a>(scope: &Scope<'a>, known_until: i64) -> Scope<'a> {
    let period = Some(Period { from_micros: i64::MIN, until_micros: known_until });
    Scope { period, ..*scope }
}

/// How many cases have their first amount in which period, as far as it is known.
fn first_periods(store: &Store, scope: &Scope<'_>, calendar: Calendar) -> BTreeMap<i64, u64> {
    let known_until = scope.known_until_micros(store);
    let mut firsts = BTreeMap::new();
    for case in scope.cases.iter() {
        let events = store.case(case);
        let is_recurring = |i: &usize| events.event(*i).measure == Measure::Mrr;
        let first = events.has_measures().then(|| (0..events.len()).find(is_recurring)).flatten();
        let at = first.and_then(|first| events.starts().get(first).copied());
        if let Some(at) = at.filter(|at| *at < known_until) {
            *firsts.entry(calendar.index_of(at)).or_default() += 1;
        }
    }
    firsts
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

    /// Calls `visit` with every currency and period in which the unit's revenue may change, in order of time.
    fn each_spell(&mut self, calendar: Calendar, mut visit: impl FnMut(Option<u32>, Spell)) {
        self.held.clear();
        let mut start: BTreeMap<Option<u32>, i64> = BTreeMap::new();
        let periods: Vec<i64> = self.changes.iter().map(|change| calendar.index_of(change.0)).collect();
        let mut next = 0;
        while let Some(&period) = periods.get(next) {
            while periods.get(next) == Some(&period) {
                let (_, key, cents, currency) = self.changes[next];
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
            let until = periods.get(next).copied();
            for currency in currencies {
                let of = |sums: &BTreeMap<Option<u32>, i64>| sums.get(&currency).copied().unwrap_or(0);
                let (start_cents, end_cents) = (of(&start), of(&end));
                if start_cents > 0 || end_cents > 0 {
                    visit(currency, Spell { period, start_cents, end_cents, until });
                }
            }
            start = end;
        }
    }
}

/// A period in which revenue may change, and how long it stays what it is then.
struct Spell {
    period: i64,
    start_cents: i64,
    end_cents: i64,
    /// The next period in which it may change.
    until: Option<i64>,
}

impl Spell {
    /// What the unit does in a period, with what went before; in the periods that follow it goes on paying.
    fn move_in(&self, period: i64, has_paid: bool) -> Option<RevenueMove> {
        let goes_on = self.end_cents > 0 && self.until.is_none_or(|until| period < until);
        match period.cmp(&self.period) {
            Ordering::Less => None,
            Ordering::Equal => {
                Some(RevenueMove::of(self.start_cents.into(), self.end_cents.into(), has_paid))
            }
            Ordering::Greater => goes_on.then_some(RevenueMove::Same),
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
