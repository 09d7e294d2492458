//! Experience scores of a scope: which answers count, how they are spread, and how they change from period to period.

use crate::calendar::{Calendar, CivilDate, PeriodUnit};
use crate::case_set::CaseSet;
use crate::follows::Sign;
use crate::kept::{Counted, Tally};
use crate::query::{Scope, Unit};
use crate::resolve::{Resolver, UnknownName};
use crate::scores::{Nps, Scale, ScaleScore, ScoreSpec, nps, scale_score};
use crate::units::{Coverage, UnitEvents, each_unit};
use event::{Measure, Store};
use std::collections::{BTreeMap, BTreeSet};

/// Which answers are asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct ExperienceSpec {
    /// What the numbers mean.
    pub measure: Measure,
    /// Only answers of these activities; of any when empty.
    pub answers: Vec<String>,
    /// Activities that mean that somebody was asked; when empty, nothing is known about who was.
    pub asked: Vec<String>,
    /// Length of a period.
    pub unit: PeriodUnit,
}

/// Answers as counted: how many of each value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Counted answers by value, ascending; only values that occur.
    pub counts: BTreeMap<i32, u64>,
    /// Cases with a unit that counts with the value.
    pub n_cases: BTreeMap<i32, u64>,
    /// Units asked, or times asked where single events are counted; `None` when nothing is known about it.
    pub n_asked: Option<u64>,
}

/// One period as counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExperiencePeriod {
    /// Number of the period; see [`Calendar`].
    pub index: i64,
    /// First day of the period.
    pub first_day: CivilDate,
    /// What was answered in it.
    pub answers: Answers,
    /// Whether the whole period is known.
    pub is_complete: bool,
}

/// Experience as counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Experience {
    /// What was looked at.
    pub coverage: Coverage,
    /// Over the whole time.
    pub whole: Answers,
    /// The periods with an answer, in order of time.
    pub periods: Vec<ExperiencePeriod>,
    /// Answers that are no whole number of the scale, and count nowhere.
    pub n_invalid: u64,
    /// Answers that a later one of the same unit replaces.
    pub n_replaced: u64,
    /// Units without an answer.
    pub n_silent: u64,
    /// Names in the question that the store doesn't have.
    pub unknown: Vec<UnknownName>,
}

/// Counts answers.
///
/// Where customers or accounts are counted, the latest answer of each counts, over the whole time and again in each period:
/// answers of one person are not independent, which an interval takes for granted. Where single events are counted, every
/// answer does. Costs O(events).
pub fn experience(store: &Store, scope: &Scope<'_>, spec: &ExperienceSpec) -> Experience {
    spec.count(store, scope)
}

impl Counted for ExperienceSpec {
    type Tally = ExperienceTally;
    type Figures = Experience;

    fn tally(&self, store: &Store, scope: &Scope<'_>, _like: Option<&ExperienceTally>) -> ExperienceTally {
        let reader = Reader::new(self, scope, &mut Resolver::new(store));
        let calendar = self.calendar(scope);
        let knows_asked = !self.asked.is_empty();
        let mut tally = ExperienceTally::default();
        tally.whole.n_asked = knows_asked.then_some(0);
        let mut found = Found::default();
        tally.coverage = each_unit(store, &scope.for_periods(), |unit| {
            reader.read(unit, calendar, &mut found);
            tally.n_invalid += found.n_invalid;
            tally.n_silent += u64::from(found.answers.is_empty());
            let counted = found.counted(reader.takes_all);
            tally.n_replaced += (found.answers.len() - counted.len()) as u64;
            tally.whole.add(counted.iter().map(|(_, value)| *value), unit.cases.len());
            if let (Some(n), false) = (&mut tally.whole.n_asked, found.asked.is_empty()) {
                *n += if reader.takes_all { found.asked.len() as u64 } else { 1 };
            }
            for (period, values) in found.by_period(reader.takes_all) {
                tally.periods.entry(period).or_default().add(values.into_iter(), unit.cases.len());
            }
            if knows_asked && !reader.takes_all {
                found.asked.dedup();
            }
            for &period in found.asked.iter().filter(|_| knows_asked) {
                *tally.periods.entry(period).or_default().n_asked.get_or_insert(0) += 1;
            }
        });
        tally
    }

    fn figures(&self, store: &Store, scope: &Scope<'_>, tally: &ExperienceTally) -> Experience {
        let mut names = Resolver::new(store);
        Reader::new(self, scope, &mut names);
        let calendar = self.calendar(scope);
        let known_until = scope.known_until_micros(store);
        let period = |(&index, answers): (&i64, &Answers)| ExperiencePeriod {
            index,
            first_day: calendar.first_day(index),
            answers: answers.clone(),
            is_complete: calendar.start_micros(index + 1) <= known_until,
        };
        let &ExperienceTally { coverage, n_invalid, n_replaced, n_silent, .. } = tally;
        Experience {
            coverage,
            whole: tally.whole.clone(),
            periods: tally.periods.iter().map(period).collect(),
            n_invalid,
            n_replaced,
            n_silent,
            unknown: names.into_unknown(),
        }
    }
}

impl ExperienceSpec {
    fn calendar(&self, scope: &Scope<'_>) -> Calendar {
        Calendar { unit: self.unit, zone_offset_minutes: scope.zone_offset_minutes }
    }
}

/// What units contribute to an experience score.
#[derive(Debug, Default)]
pub struct ExperienceTally {
    coverage: Coverage,
    whole: Answers,
    periods: BTreeMap<i64, Answers>,
    n_invalid: u64,
    n_replaced: u64,
    n_silent: u64,
}

impl Tally for ExperienceTally {
    fn absorb(&mut self, part: Self, sign: Sign) {
        self.coverage.absorb(part.coverage, sign);
        self.whole.absorb(part.whole, sign);
        for (period, answers) in part.periods {
            let own = self.periods.entry(period).or_default();
            own.absorb(answers, sign);
            own.n_asked = own.n_asked.filter(|n| *n > 0);
        }
        self.periods.retain(|_, answers| *answers != Answers::default());
        sign.apply(&mut self.n_invalid, part.n_invalid);
        sign.apply(&mut self.n_replaced, part.n_replaced);
        sign.apply(&mut self.n_silent, part.n_silent);
    }

    fn n_bytes(&self) -> usize {
        let of = |answers: &Answers| 2 * 24 * answers.counts.len() + size_of::<Answers>();
        self.periods.values().map(of).sum()
    }
}

/// Which surveys the data has answers of, most first; see [`surveys_in`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveysSpec;

impl Counted for SurveysSpec {
    type Tally = SurveysTally;
    type Figures = Vec<(Measure, u64)>;

    fn tally(&self, store: &Store, scope: &Scope<'_>, _like: Option<&SurveysTally>) -> SurveysTally {
        let mut counts = BTreeMap::new();
        for case in scope.cases.iter() {
            let events = store.case(case);
            if !events.has_measures() {
                continue;
            }
            for event in (0..events.len()).map(|i| events.event(i)) {
                if event.value.is_some() && event.measure.scale().is_some() {
                    *counts.entry(event.measure).or_insert(0) += 1;
                }
            }
        }
        SurveysTally(counts)
    }

    fn figures(&self, _store: &Store, _scope: &Scope<'_>, tally: &SurveysTally) -> Vec<(Measure, u64)> {
        let mut counts: Vec<(Measure, u64)> = tally.0.iter().map(|(measure, n)| (*measure, *n)).collect();
        counts.sort_by_key(|(measure, n)| (std::cmp::Reverse(*n), *measure));
        counts
    }
}

/// How many answers there are to each survey.
#[derive(Debug, Default)]
pub struct SurveysTally(BTreeMap<Measure, u64>);

impl Tally for SurveysTally {
    fn absorb(&mut self, part: Self, sign: Sign) {
        sign.apply_all(&mut self.0, part.0);
    }

    fn n_bytes(&self) -> usize {
        self.0.len() * 32
    }
}

/// Finds the cases with a unit that counts with one of these values: over the whole time, or in a period. Costs O(events).
pub fn experience_cases(
    store: &Store,
    scope: &Scope<'_>,
    spec: &ExperienceSpec,
    period: Option<i64>,
    values: &dyn Fn(i32) -> bool,
) -> CaseSet {
    let reader = Reader::new(spec, scope, &mut Resolver::new(store));
    let calendar = Calendar { unit: spec.unit, zone_offset_minutes: scope.zone_offset_minutes };
    let mut behind = CaseSet::none(store.customers().len());
    let mut found = Found::default();
    each_unit(store, &scope.for_periods(), |unit| {
        reader.read(unit, calendar, &mut found);
        let is_there = match period {
            None => found.counted(reader.takes_all).iter().any(|(_, value)| values(*value)),
            Some(wanted) => {
                let of_period = found.by_period(reader.takes_all);
                of_period.get(&wanted).is_some_and(|found| found.iter().any(|value| values(*value)))
            }
        };
        if is_there {
            unit.cases.iter().for_each(|case| behind.insert(*case));
        }
    });
    behind
}

/// How often each measure occurs among the events of some cases, most frequent first; money apart. Costs O(events).
pub fn surveys_in(store: &Store, cases: &CaseSet) -> Vec<(Measure, u64)> {
    SurveysSpec.count(store, &Scope::customers(cases))
}

impl Answers {
    fn add(&mut self, values: impl Iterator<Item = i32>, n_cases: usize) {
        let mut seen = BTreeSet::new();
        for value in values {
            *self.counts.entry(value).or_default() += 1;
            seen.insert(value);
        }
        for value in seen {
            *self.n_cases.entry(value).or_default() += n_cases as u64;
        }
    }

    /// Takes the answers of other units in, or out again.
    fn absorb(&mut self, part: Self, sign: Sign) {
        sign.apply_all(&mut self.counts, part.counts);
        sign.apply_all(&mut self.n_cases, part.n_cases);
        if let Some(n) = part.n_asked {
            sign.apply(self.n_asked.get_or_insert(0), n);
        }
    }

    /// Answers counted.
    pub fn n(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Answers over those asked; none when that is unknown, or more answered than are known to be asked.
    pub fn response_ratio(&self) -> Option<f64> {
        let n_asked = self.n_asked.filter(|asked| *asked > 0 && *asked >= self.n())?;
        Some(self.n() as f64 / n_asked as f64)
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.counts.iter().flat_map(|(&value, &n)| {
            std::iter::repeat_n(f64::from(value), usize::try_from(n).unwrap_or(usize::MAX))
        })
    }

    /// As a net promoter score.
    pub fn nps(&self) -> Nps {
        nps(self.values(), self.n_asked)
    }

    /// As a score of a scale.
    pub fn scale_score(&self, spec: ScoreSpec) -> ScaleScore {
        scale_score(self.values(), spec, self.n_asked)
    }
}

/// What is read of one unit, in order of time.
#[derive(Debug, Default)]
struct Found {
    /// Period and value.
    answers: Vec<(i64, i32)>,
    /// Periods.
    asked: Vec<i64>,
    n_invalid: u64,
}

impl Found {
    /// The answers that count over the whole time.
    fn counted(&self, takes_all: bool) -> &[(i64, i32)] {
        if takes_all { &self.answers } else { &self.answers[self.answers.len().saturating_sub(1)..] }
    }

    /// The answers that count in each period.
    fn by_period(&self, takes_all: bool) -> BTreeMap<i64, Vec<i32>> {
        let mut periods: BTreeMap<i64, Vec<i32>> = BTreeMap::new();
        for &(period, value) in &self.answers {
            let values = periods.entry(period).or_default();
            if !takes_all {
                values.clear();
            }
            values.push(value);
        }
        periods
    }
}

struct Reader {
    measure: Measure,
    scale: Scale,
    is_answer: Vec<bool>,
    is_asked: Option<Vec<bool>>,
    /// Every answer counts, not only the latest.
    takes_all: bool,
}

impl Reader {
    fn new(spec: &ExperienceSpec, scope: &Scope<'_>, names: &mut Resolver<'_>) -> Self {
        let is_asked = names.marks_or_any(&spec.asked);
        Self {
            measure: spec.measure,
            scale: ScoreSpec::of(spec.measure).scale,
            is_answer: names.marks_or_any(&spec.answers),
            is_asked: (!spec.asked.is_empty()).then_some(is_asked),
            takes_all: scope.unit == Unit::Occurrences,
        }
    }

    fn read(&self, unit: &UnitEvents<'_>, calendar: Calendar, found: &mut Found) {
        found.answers.clear();
        found.asked.clear();
        found.n_invalid = 0;
        let has_measures = unit.history.has_measures();
        for i in unit.range.clone() {
            let (activity, at) = (unit.activities[i] as usize, unit.starts[i]);
            if self.is_asked.as_ref().is_some_and(|is_asked| is_asked[activity]) {
                found.asked.push(calendar.index_of(at));
            }
            if !has_measures || !self.is_answer[activity] {
                continue;
            }
            let event = unit.history.event(i);
            let Some(value) = event.value.filter(|_| event.measure == self.measure) else { continue };
            match self.scale.whole_number(value) {
                Some(value) => found.answers.push((calendar.index_of(at), value)),
                None => found.n_invalid += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Query;
    use event::{Batch, NewEvent};
    use proptest::prelude::*;

    const DAY: i64 = 86_400_000_000;

    /// A customer, a day and an answer; asked without one.
    type Plain = (u8, i64, Option<f64>);

    fn store_of(events: &[Plain]) -> Store {
        let mut batch = Batch::new("surveys");
        for (line, (customer, day, answer)) in (1_u32..).zip(events) {
            batch.push(NewEvent {
                customer: &format!("c{customer}"),
                activity: if answer.is_some() { "answer" } else { "ask" },
                start_micros: day * DAY,
                account: Some(if customer % 2 == 0 { "even" } else { "odd" }),
                value: *answer,
                measure: Measure::Nps,
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

    fn spec() -> ExperienceSpec {
        ExperienceSpec {
            measure: Measure::Nps,
            answers: Vec::new(),
            asked: vec!["ask".to_owned()],
            unit: PeriodUnit::Day,
        }
    }

    #[test]
    fn golden_by_hand() {
        // Five promoters, two passives, three detractors: +20; one of them changes their mind, one was asked in vain.
        let mut events: Vec<Plain> = Vec::new();
        for (customer, answer) in (0..).zip([9.0, 10.0, 9.0, 9.0, 10.0, 7.0, 8.0, 0.0, 5.0, 6.0]) {
            events.extend([(customer, 0, None), (customer, 1, Some(answer))]);
        }
        events.extend([(10, 0, None), (9, 0, Some(10.0)), (8, 1, Some(7.5))]);
        let store = store_of(&events);
        let all = CaseSet::all(store.n_cases());
        let found = experience(&store, &Scope::customers(&all), &spec());
        let nps = found.whole.nps();
        assert_eq!((nps.responses.n, nps.answers.nps_points()), (10, Some(20.0)), "each customer's latest");
        assert_eq!((found.n_replaced, found.n_invalid, found.n_silent), (1, 1, 1), "and what does not count");
        assert_eq!(nps.responses.response_ratio, Some(10.0 / 11.0), "eleven were asked");
        let days: Vec<u64> = found.periods.iter().map(|period| period.answers.n()).collect();
        assert_eq!(days, [1, 10], "the first answer counts on its day");
        let every = Query { unit: Unit::Occurrences, ..Query::default() };
        assert_eq!(experience(&store, &every.scope(&all), &spec()).whole.n(), 11, "every answer");
        let promoters = experience_cases(&store, &Scope::customers(&all), &spec(), None, &|v| v >= 9);
        assert_eq!(promoters.len(), 5, "behind the promoters");
        assert_eq!(surveys_in(&store, &all), [(Measure::Nps, 12)], "what the data has");
    }

    proptest! {
        #[test]
        fn equals_the_definition(
            events in prop::collection::vec((0_u8..6, 0_i64..5, proptest::option::of(0_i32..=10)), 0..40),
            by_account in any::<bool>(),
        ) {
            let mut events: Vec<Plain> = events.into_iter().map(|(c, d, v)| (c, d, v.map(f64::from))).collect();
            events.sort_by_key(|(_, day, _)| *day);
            // One event at a time, so that the latest is clear.
            let events: Vec<Plain> = (0..).zip(events).map(|(i, (c, d, v))| (c, d * 100 + i, v)).collect();
            let store = store_of(&events);
            let all = CaseSet::all(store.n_cases());
            let unit = if by_account { Unit::Accounts } else { Unit::Customers };
            let query = Query { unit, ..Query::default() };
            let found = experience(&store, &query.scope(&all), &spec());
            let of = |event: &Plain| if by_account { event.0 % 2 } else { event.0 };
            let mut latest: BTreeMap<u8, i32> = BTreeMap::new();
            for event in &events {
                let answer = (0..=10).find(|answer| event.2 == Some(f64::from(*answer)));
                if let Some(answer) = answer {
                    latest.insert(of(event), answer);
                }
            }
            let mut counts: BTreeMap<i32, u64> = BTreeMap::new();
            latest.values().for_each(|value| *counts.entry(*value).or_default() += 1);
            prop_assert_eq!(&found.whole.counts, &counts);
            let asked: BTreeSet<u8> = events.iter().filter(|e| e.2.is_none()).map(of).collect();
            prop_assert_eq!(found.whole.n_asked, Some(asked.len() as u64));
            for (value, n) in &found.whole.n_cases {
                let behind = experience_cases(&store, &query.scope(&all), &spec(), None, &|v| v == *value);
                prop_assert_eq!(behind.len() as u64, *n);
            }
        }
    }
}
