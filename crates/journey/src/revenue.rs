//! Revenue retention: what became, period by period, of the recurring revenue that customers started with.

use crate::follows::Sign;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The monthly recurring revenue of a customer at the start and the end of a period.
///
/// Several rows of one customer and period, such as one for each subscription, are added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevenueRow {
    /// The customer.
    pub customer: u32,
    /// Number of the period; periods that follow one another have numbers that do.
    pub period: i32,
    /// Revenue at its start, in cents; not negative.
    pub start_cents: i64,
    /// Revenue at its end, in cents; not negative.
    pub end_cents: i64,
    /// How much of a rise was agreed in the contract from the beginning, in cents; 0 when unknown.
    pub escalator_cents: i64,
}

/// Revenue retention of a list of rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Revenue {
    /// Periods ascending, only those with rows.
    pub periods: Vec<RevenuePeriod>,
    /// Rows left out because an amount is negative.
    pub n_negative: u64,
}

/// Revenue retention of one period. Amounts are in cents and not negative.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RevenuePeriod {
    /// Number of the period.
    pub period: i32,
    /// Customers with revenue at its start: the cohort.
    pub n_start: u64,
    /// Their revenue at its start.
    pub start_cents: i128,
    /// Rises within the cohort.
    pub expansion_cents: i128,
    /// Customers of the cohort who rose.
    pub n_expanded: u64,
    /// Customers of the cohort who fell to something above 0.
    pub n_contracted: u64,
    /// The part of the rises that contracts had agreed from the beginning.
    pub escalator_cents: i128,
    /// Falls within the cohort to something above 0.
    pub contraction_cents: i128,
    /// Falls within the cohort to 0.
    pub churn_cents: i128,
    /// Customers of the cohort who fell to 0.
    pub n_lost: u64,
    /// Revenue of customers who had none before, in this period or an earlier one.
    pub new_cents: i128,
    /// Those customers.
    pub n_new: u64,
    /// Revenue of customers who had none at the start but had some in an earlier period; never part of a retention.
    pub reactivation_cents: i128,
    /// Those customers.
    pub n_reactivated: u64,
    /// Revenue at the end: start + expansion − contraction − churn + new + reactivation.
    pub end_cents: i128,
    /// Net revenue retention, (start + expansion − contraction − churn) / start; may exceed 1. `None` without a cohort.
    pub nrr_ratio: Option<f64>,
    /// The same without what contracts had agreed from the beginning.
    pub nrr_without_escalators_ratio: Option<f64>,
    /// Gross revenue retention, (start − contraction − churn) / start, 0 to 1: each customer counts at most its start.
    pub grr_ratio: Option<f64>,
    /// Logo churn, lost over the customers of the cohort, 0 to 1.
    pub logo_churn_ratio: Option<f64>,
    /// Customers whose revenue at the start is not what it was at the end of their period before: a fault of the data.
    pub n_breaks: u64,
}

/// Computes revenue retention for every period of the rows, in any order. Costs O(rows log rows).
///
/// # Example
/// ```
/// use journey::{RevenueRow, revenue_retention};
/// let row = |customer, start_cents, end_cents| RevenueRow {
///     customer, period: 0, start_cents, end_cents, escalator_cents: 0,
/// };
/// let found = revenue_retention([row(1, 5_000, 6_500), row(2, 4_200, 3_700), row(3, 800, 0), row(4, 0, 900)]);
/// assert_eq!(found.periods[0].nrr_ratio, Some(1.02));
/// assert_eq!(found.periods[0].grr_ratio, Some(0.87));
/// ```
pub fn revenue_retention(rows: impl IntoIterator<Item = RevenueRow>) -> Revenue {
    let mut found = Revenue::default();
    // By period, then customer, so that the past of a customer is known when a period is read.
    let mut sums: BTreeMap<(i32, u32), Movement> = BTreeMap::new();
    for row in rows {
        if row.start_cents < 0 || row.end_cents < 0 || row.escalator_cents < 0 {
            found.n_negative += 1;
            continue;
        }
        let movement = sums.entry((row.period, row.customer)).or_default();
        movement.start += i128::from(row.start_cents);
        movement.end += i128::from(row.end_cents);
        movement.escalator += i128::from(row.escalator_cents);
    }
    let mut paid_before = BTreeSet::new();
    let mut last_end: HashMap<u32, i128> = HashMap::new();
    for ((number, customer), movement) in sums {
        if found.periods.last().is_none_or(|period| period.period != number) {
            found.periods.push(RevenuePeriod { period: number, ..RevenuePeriod::default() });
        }
        if let Some(period) = found.periods.last_mut() {
            period.add(movement, paid_before.contains(&customer));
            let before = last_end.insert(customer, movement.end);
            period.n_breaks += u64::from(before.is_some_and(|end| end != movement.start));
        }
        if movement.start > 0 || movement.end > 0 {
            paid_before.insert(customer);
        }
    }
    for period in &mut found.periods {
        period.divide();
    }
    found
}

/// The sums of one customer in one period.
#[derive(Clone, Copy, Default)]
pub(crate) struct Movement {
    start: i128,
    end: i128,
    escalator: i128,
}

impl Movement {
    pub(crate) fn of(start_cents: i64, end_cents: i64) -> Self {
        Self { start: start_cents.into(), end: end_cents.into(), escalator: 0 }
    }
}

/// What a customer does in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevenueMove {
    /// Pays nothing at either end.
    None,
    /// Pays for the first time.
    New,
    /// Pays again, after nothing.
    Back,
    /// Pays as much as before.
    Same,
    /// Pays more.
    Expanded,
    /// Pays less.
    Contracted,
    /// Pays nothing any more.
    Lost,
}

impl RevenueMove {
    /// The moves of those with revenue at the start.
    pub const OF_COHORT: [Self; 4] = [Self::Same, Self::Expanded, Self::Contracted, Self::Lost];

    /// From the revenue at both ends, and whether there was some in an earlier period.
    pub fn of(start_cents: i128, end_cents: i128, has_paid_before: bool) -> Self {
        match (start_cents, end_cents) {
            (0, 0) => Self::None,
            (0, _) if has_paid_before => Self::Back,
            (0, _) => Self::New,
            (_, 0) => Self::Lost,
            (start, end) if end < start => Self::Contracted,
            (start, end) if end > start => Self::Expanded,
            _ => Self::Same,
        }
    }
}

impl RevenuePeriod {
    pub(crate) fn add(&mut self, movement: Movement, has_paid_before: bool) {
        let Movement { start, end, escalator } = movement;
        self.end_cents += end;
        self.n_start += u64::from(start > 0);
        self.start_cents += start;
        match RevenueMove::of(start, end, has_paid_before) {
            RevenueMove::None | RevenueMove::Same => (),
            RevenueMove::New => {
                self.new_cents += end;
                self.n_new += 1;
            }
            RevenueMove::Back => {
                self.reactivation_cents += end;
                self.n_reactivated += 1;
            }
            RevenueMove::Lost => {
                self.churn_cents += start;
                self.n_lost += 1;
            }
            RevenueMove::Contracted => {
                self.contraction_cents += start - end;
                self.n_contracted += 1;
            }
            RevenueMove::Expanded => {
                self.expansion_cents += end - start;
                self.escalator_cents += escalator.min(end - start);
                self.n_expanded += 1;
            }
        }
    }

    /// Adds customers who pay all the while what they paid before.
    pub(crate) fn stand(&mut self, n_customers: u64, cents: i128) {
        self.n_start += n_customers;
        self.start_cents += cents;
        self.end_cents += cents;
    }

    /// Takes the movements of other customers in, or out again; shares are worked out later.
    pub(crate) fn absorb(&mut self, part: &Self, sign: Sign) {
        let counts = [
            (&mut self.n_start, part.n_start),
            (&mut self.n_expanded, part.n_expanded),
            (&mut self.n_contracted, part.n_contracted),
            (&mut self.n_lost, part.n_lost),
            (&mut self.n_new, part.n_new),
            (&mut self.n_reactivated, part.n_reactivated),
        ];
        counts.into_iter().for_each(|(own, part)| sign.apply(own, part));
        let by = if sign == Sign::Add { 1 } else { -1 };
        let amounts = [
            (&mut self.start_cents, part.start_cents),
            (&mut self.expansion_cents, part.expansion_cents),
            (&mut self.escalator_cents, part.escalator_cents),
            (&mut self.contraction_cents, part.contraction_cents),
            (&mut self.churn_cents, part.churn_cents),
            (&mut self.new_cents, part.new_cents),
            (&mut self.reactivation_cents, part.reactivation_cents),
            (&mut self.end_cents, part.end_cents),
        ];
        amounts.into_iter().for_each(|(own, part)| *own += by * part);
    }

    pub(crate) fn divide(&mut self) {
        if self.n_start == 0 {
            return;
        }
        let kept = self.start_cents - self.contraction_cents - self.churn_cents;
        let over_start = |cents: i128| Some(cents as f64 / self.start_cents as f64);
        self.nrr_ratio = over_start(kept + self.expansion_cents);
        self.nrr_without_escalators_ratio = over_start(kept + self.expansion_cents - self.escalator_cents);
        self.grr_ratio = over_start(kept);
        self.logo_churn_ratio = Some(self.n_lost as f64 / self.n_start as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(customer: u32, period: i32, start_cents: i64, end_cents: i64) -> RevenueRow {
        RevenueRow { customer, period, start_cents, end_cents, escalator_cents: 0 }
    }

    #[test]
    fn golden_retention() {
        // Start 100, +15, −5, −8 → 102 % and 87 %; a new customer changes neither.
        let rows = [row(1, 0, 50, 65), row(2, 0, 42, 37), row(3, 0, 8, 0), row(4, 0, 0, 30)];
        let found = revenue_retention(rows).periods[0];
        assert_eq!((found.nrr_ratio, found.grr_ratio), (Some(1.02), Some(0.87)), "net and gross");
        assert_eq!(found.logo_churn_ratio, Some(1.0 / 3.0), "one of three is lost");
        assert_eq!((found.n_new, found.new_cents, found.end_cents), (1, 30, 132), "the new one is apart");
        // A vendor's example: 27,000 + 8,000 − 5,000 = 111 %.
        let vendor = revenue_retention([row(1, 0, 20_000, 28_000), row(2, 0, 7_000, 2_000)]).periods[0];
        assert_eq!(vendor.nrr_ratio.map(|r| (r * 100.0).round()), Some(111.0), "net of the example");
    }

    #[test]
    fn who_comes_back_is_no_retention() {
        let rows =
            [row(1, 0, 10, 0), row(2, 0, 10, 10), row(1, 1, 0, 0), row(2, 1, 10, 10), row(1, 2, 0, 25)];
        let found = revenue_retention(rows.into_iter().chain([row(2, 2, 10, 10), row(3, 2, 0, 5)]));
        let third = found.periods[2];
        assert_eq!((third.n_reactivated, third.reactivation_cents), (1, 25), "customer 1 is back");
        assert_eq!((third.n_new, third.new_cents), (1, 5), "customer 3 is new");
        assert_eq!(third.nrr_ratio, Some(1.0), "neither is retained");
        assert_eq!(found.periods.iter().map(|p| p.n_breaks).sum::<u64>(), 0, "every start is an end");
    }

    #[test]
    fn faults_and_escalators_are_told() {
        let mut rise = row(1, 0, 100, 120);
        rise.escalator_cents = 5;
        let found = revenue_retention([rise, row(1, 1, 130, 130), row(2, 1, -5, 10), row(3, 1, 0, 0)]);
        assert_eq!(found.n_negative, 1, "a negative amount");
        assert_eq!(found.periods[0].nrr_without_escalators_ratio, Some(1.15), "5 of the 20 were agreed");
        assert_eq!(found.periods[1].n_breaks, 1, "120 became 130 between the periods");
        assert_eq!(found.periods[1].n_new, 0, "a customer without revenue is not new");
        let two = revenue_retention([row(1, 0, 10, 0), row(1, 0, 20, 30)]).periods[0];
        assert_eq!(
            (two.n_start, two.churn_cents, two.grr_ratio),
            (1, 0, Some(1.0)),
            "two subscriptions of one"
        );
    }

    proptest! {
        #[test]
        fn equals_the_definition(
            rows in prop::collection::vec((0_u32..5, 0_i32..4, 0_i64..4, 0_i64..4), 0..40),
        ) {
            let rows: Vec<RevenueRow> = rows.into_iter().map(|(c, p, s, e)| row(c, p, s * 100, e * 100)).collect();
            let found = revenue_retention(rows.iter().copied());
            for period in &found.periods {
                let sum = |customer: u32, until: i32, of: fn(&RevenueRow) -> i64| -> i64 {
                    let here = rows.iter().filter(|r| r.customer == customer && r.period == until);
                    here.map(of).sum()
                };
                let of = |customer| {
                    let p = period.period;
                    (sum(customer, p, |r| r.start_cents), sum(customer, p, |r| r.end_cents))
                };
                let cohort: Vec<(i64, i64)> = (0..5).map(of).filter(|(start, _)| *start > 0).collect();
                let start: i64 = cohort.iter().map(|c| c.0).sum();
                let net: i64 = cohort.iter().map(|c| c.1).sum();
                let gross: i64 = cohort.iter().map(|c| c.1.min(c.0)).sum();
                let lost = cohort.iter().filter(|c| c.1 == 0).count();
                let expected = |cents: i64| (start > 0).then(|| cents as f64 / start as f64);
                prop_assert_eq!((period.nrr_ratio, period.grr_ratio), (expected(net), expected(gross)));
                prop_assert_eq!((period.n_start, period.n_lost), (cohort.len() as u64, lost as u64));
                let has_paid = |customer: u32| {
                    rows.iter().any(|r| {
                        r.customer == customer && r.period < period.period && r.start_cents + r.end_cents > 0
                    })
                };
                let back = (0..5).filter(|&c| of(c).0 == 0 && of(c).1 > 0 && has_paid(c)).count();
                prop_assert_eq!(period.n_reactivated, back as u64);
                let balance = period.start_cents + period.expansion_cents - period.contraction_cents
                    - period.churn_cents + period.new_cents + period.reactivation_cents;
                prop_assert_eq!(period.end_cents, balance);
            }
        }
    }
}
