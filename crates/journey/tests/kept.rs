//! Figures that are kept current equal those counted from scratch, whatever happens to the store: events that come late,
//! sources that go, customers that become one or are split, and all of it taken back.

use event::{Batch, Measure, NewEvent, Reversal, Staged, Store};
use journey::{
    Attribute, CaseSet, CohortBreakdown, CohortBy, CohortEntry, Comparison, Counted, DailySpec,
    ExperienceSpec, Filter, ItemRules, KeptQuery, LifecycleSpec, PathSpec, PathUnit, Period, PeriodUnit,
    Query, RecurringSpec, RetentionSpec, RouteSpec, RouteSpecs, RouteStop, Scope, SessionCountSpec,
    SlaTarget, StepSpec, StickinessSpec, SupportMetric, SupportSpec, SurveysSpec, TicketCountSpec,
    TicketIdSpec, TicketNotion, TransitionSpec, Unit, retained_cases, retention, support,
};
use proptest::prelude::*;
use std::fmt::Debug;

const ACTIVITIES: [&str; 5] = ["visit", "ask", "reply", "solve", "pay"];
const HOUR: i64 = 3_600_000_000;
const WEEK: PeriodUnit = PeriodUnit::Week { starts_on: journey::Weekday::Monday };

#[derive(Clone, Debug)]
struct Plain {
    customer: u8,
    activity: u8,
    hour: i64,
    account: u8,
    object: u8,
    value: u8,
}

#[derive(Clone, Debug)]
enum Deed {
    Add(Vec<Plain>),
    RemoveSource(u16),
    Merge(u32, u32),
    Split(u32, u32, u8),
    Undo,
}

fn plain() -> impl Strategy<Value = Plain> {
    (0_u8..40, 0_u8..5, 0_i64..24 * 70, 0_u8..3, 0_u8..3, 0_u8..12).prop_map(
        |(customer, activity, hour, account, object, value)| Plain {
            customer,
            activity,
            hour,
            account,
            object,
            value,
        },
    )
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => prop::collection::vec(plain(), 1..6).prop_map(Deed::Add),
        1 => (0_u16..5).prop_map(Deed::RemoveSource),
        3 => (0_u32..44, 0_u32..44).prop_map(|(into, from)| Deed::Merge(into, from)),
        2 => (0_u32..44, 0_u32..44, 0_u8..5).prop_map(|(from, to, activity)| Deed::Split(from, to, activity)),
        2 => Just(Deed::Undo),
    ]
}

fn batch(events: &[Plain], number: usize) -> Batch {
    let mut batch = Batch::new(&format!("source {number}"));
    for (line, event) in (1_u32..).zip(events) {
        let customer = format!("customer {}", event.customer);
        let account = ["", "north", "south"][usize::from(event.account)];
        let object = ["", "one", "two"][usize::from(event.object)];
        let (value, measure) = match event.value {
            0..4 => (Some(f64::from(event.value) * 10.0), Measure::Mrr),
            4..8 => (Some(f64::from(event.value) + 2.0), Measure::Nps),
            _ => (None, Measure::default()),
        };
        let fits = batch.push(NewEvent {
            customer: &customer,
            activity: ACTIVITIES[usize::from(event.activity)],
            start_micros: event.hour * HOUR,
            end_micros: (event.value == 9).then_some((event.hour + 1) * HOUR),
            channel: (event.object == 1).then_some("mail"),
            account: (!account.is_empty()).then_some(account),
            object: (!object.is_empty()).then_some(object),
            value,
            measure,
            currency: (event.account == 1).then_some("EUR"),
            line,
            digest: (number as u64) << 32 | u64::from(line),
            ..NewEvent::default()
        });
        assert!(fits, "a small batch has room");
    }
    batch
}

fn stage(store: &mut Store, deed: &Deed, number: usize, undo: &mut Vec<Reversal>) -> Option<Staged> {
    let reversal = match deed {
        Deed::Add(events) => return Some(store.stage(batch(events, number))),
        Deed::RemoveSource(source) => return Some(store.stage_source_removal(*source)),
        Deed::Merge(into, from) => store.merge_of(*into, &[*from]),
        Deed::Split(from, to, activity) => {
            let name = ACTIVITIES[usize::from(*activity)];
            let activity = store.activities().find(name);
            store.split_of(*from, *to, &mut |event| Some(event.activity) == activity)
        }
        Deed::Undo => undo.pop()?,
    };
    Some(store.stage_reversal(reversal).expect("it fits"))
}

fn some(names: &[usize]) -> Vec<String> {
    names.iter().map(|at| ACTIVITIES[*at].to_owned()).collect()
}

fn queries() -> Vec<Query> {
    let period = Some(Period { from_micros: 240 * HOUR, until_micros: 1_200 * HOUR });
    let paying = Filter::HasActivity { names: some(&[4]), at_least: 1, at_most: None };
    vec![
        Query { filter: paying.clone(), compare: Some(Comparison::Rest), ..Query::default() },
        Query { unit: Unit::Accounts, compare: Some(Comparison::Filter(paying)), ..Query::default() },
        Query { unit: Unit::Accounts, period, data_until_micros: Some(1_000 * HOUR), ..Query::default() },
        Query { unit: Unit::Sessions, period, ..Query::default() },
        Query { unit: Unit::Occurrences, ..Query::default() },
    ]
}

fn support_spec(ticket: TicketNotion) -> SupportSpec {
    let target =
        |metric, hours: i64| SlaTarget { metric, target_micros: hours * HOUR, is_working_time: false };
    SupportSpec {
        ticket,
        created: some(&[1]),
        replied: some(&[2]),
        solved: some(&[3]),
        opened: some(&[0]),
        targets: vec![target(SupportMetric::FirstReply, 60), target(SupportMetric::RequesterWait, 200)],
        ..SupportSpec::default()
    }
}

fn path_specs() -> [PathSpec; 3] {
    let both =
        PathSpec { start: Some("visit".to_owned()), end: Some("p*".to_owned()), ..PathSpec::default() };
    let back = PathSpec { end: Some("solve".to_owned()), unit: PathUnit::Occurrences, ..PathSpec::default() };
    let rules = ItemRules { exclude: some(&[0]), ..ItemRules::default() };
    [
        PathSpec { n_rows: 2, gap_micros: Some(400 * HOUR), ..both },
        PathSpec { n_rows: 1, gap_micros: Some(90 * HOUR), ..back },
        PathSpec { rules, n_rows: 2, gap_micros: None, is_collapsed: false, ..PathSpec::default() },
    ]
}

fn routes() -> RouteSpecs {
    let stops = |from_start: bool, names: &[usize]| {
        let start = from_start.then_some(RouteStop::Start);
        let stops = start.into_iter().chain(some(names).into_iter().map(RouteStop::Activity)).collect();
        RouteSpec { stops, calendar: None }
    };
    RouteSpecs(vec![stops(false, &[1, 2]), stops(true, &[0, 1]), stops(false, &[1, 2, 3])])
}

const GROUPS: [CohortBy; 5] = [
    CohortBy::Shared(Attribute::Channel),
    CohortBy::Shared(Attribute::Source),
    CohortBy::Entry,
    CohortBy::Account,
    CohortBy::First,
];

fn retention_spec(by: CohortBy) -> RetentionSpec {
    let breakdown = Some(CohortBreakdown { by, max_groups: 50 });
    RetentionSpec { starts: some(&[0, 1]), last_offset: 6, breakdown, ..RetentionSpec::calendar(WEEK) }
}

struct Check<'a> {
    store: &'a Store,
    kept: &'a mut KeptQuery,
}

impl Check<'_> {
    /// Whether what is kept tells the same as a query made anew.
    fn same<C: Counted>(&mut self, spec: &C) -> Result<(), TestCaseError>
    where
        C::Figures: PartialEq + Debug,
    {
        let mut anew = KeptQuery::new(self.store, self.kept.query().clone());
        for of_other in [false, true] {
            let kept = self.kept.figures(self.store, spec, of_other);
            prop_assert_eq!(kept, anew.figures(self.store, spec, of_other), "{:?}", spec);
        }
        Ok(())
    }

    fn all(&mut self, part: usize) -> Result<(), TestCaseError> {
        match part {
            0 => {
                path_specs().iter().try_for_each(|spec| self.same(spec))?;
                self.same(&routes())?;
                self.same(&SessionCountSpec { timeout_secs: 90_000, n_named: 7 })?;
                self.same(&SurveysSpec)
            }
            1 => {
                self.same(&TicketIdSpec(support_spec(TicketNotion::Case)))?;
                for notion in [TicketNotion::Case, TicketNotion::Created, TicketNotion::Object] {
                    let by_account = self.kept.query().unit == Unit::Accounts;
                    self.same(&TicketCountSpec { support: support_spec(notion), by_account })?;
                }
                self.same(&StepSpec { n_steps: 4, n_steps_before: 0, anchors: Vec::new() })?;
                self.same(&TransitionSpec::default())
            }
            _ => {
                let names = some(&[0, 4]);
                self.same(&DailySpec { names: names.clone() })?;
                self.same(&LifecycleSpec { names: names.clone(), unit: WEEK })?;
                self.same(&StickinessSpec { names, unit: PeriodUnit::Day })?;
                for unit in [WEEK, PeriodUnit::Month] {
                    self.same(&RecurringSpec { unit })?;
                }
                for by in GROUPS {
                    self.same(&retention_spec(by))?;
                }
                let answers = Vec::new();
                let spec = ExperienceSpec { measure: Measure::Nps, answers, asked: some(&[1]), unit: WEEK };
                self.same(&spec)
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn kept_figures_are_those_counted_anew(
        first in prop::collection::vec(plain(), 60..120),
        deeds in prop::collection::vec(deed(), 1..10),
        part in 0..3_usize,
        often in any::<bool>(),
    ) {
        let mut store = Store::new();
        let staged = store.stage(batch(&first, 0));
        store.commit(staged);
        let mut kept: Vec<KeptQuery> =
            queries().into_iter().map(|query| KeptQuery::new(&store, query)).collect();
        let mut undo = Vec::new();
        for (number, deed) in (1..).zip(&deeds) {
            // Without a question in between, changes add up before anyone looks.
            if often || number == 1 {
                for kept in &mut kept {
                    Check { store: &store, kept }.all(part)?;
                }
            }
            let Some(staged) = stage(&mut store, deed, number, &mut undo) else { continue };
            if !matches!(deed, Deed::Undo) {
                undo.push(store.reversal_of(&staged));
            }
            kept.iter_mut().for_each(|kept| kept.take_out(&store, &staged));
            let touched = staged.touched_cases();
            store.commit(staged);
            kept.iter_mut().for_each(|kept| kept.take_in(&store, &touched));
        }
        for kept in &mut kept {
            Check { store: &store, kept }.all(part)?;
        }
    }

    #[test]
    fn groups_are_retentions_of_their_own(
        events in prop::collection::vec(plain(), 1..150),
        recurring in any::<bool>(),
        from_hour in 0_i64..400,
    ) {
        let mut store = Store::new();
        let staged = store.stage(batch(&events, 0));
        store.commit(staged);
        let period = Some(Period { from_micros: from_hour * HOUR, until_micros: 1_500 * HOUR });
        let query = Query { period, data_until_micros: Some(1_400 * HOUR), ..Query::default() };
        let entry = if recurring { CohortEntry::Recurring } else { CohortEntry::FirstTime };
        let all = CaseSet::all(store.customers().len());
        let of = |by| RetentionSpec { entry, ..retention_spec(by) };
        let plain_spec = |by| RetentionSpec { breakdown: None, ..of(by) };

        // Start and return share a channel: as if there were no events on others.
        let by = CohortBy::Shared(Attribute::Channel);
        for group in retention(&store, &query.scope(&all), &of(by)).groups {
            let is_mail = group.name.is_some();
            let alone: Vec<Plain> = events.iter().filter(|e| (e.object == 1) == is_mail).cloned().collect();
            let mut mail = Store::new();
            let staged = mail.stage(batch(&alone, 0));
            mail.commit(staged);
            let everyone = CaseSet::all(mail.customers().len());
            let found = retention(&mail, &query.scope(&everyone), &plain_spec(by));
            prop_assert_eq!(&group.columns, &found.columns);
            prop_assert_eq!(group.size, found.cohorts.iter().map(|cohort| cohort.size).sum::<u64>());
        }

        // What a customer has as a whole: as if there were no other customers.
        let first_of = |case: u32| store.case(case).activities().first().copied();
        let groups = retention(&store, &query.scope(&all), &of(CohortBy::First)).groups;
        for group in &groups {
            let activity = group.name.as_deref().and_then(|name| store.activities().find(name));
            let own = CaseSet::of(all.n_cases(), all.iter().filter(|case| first_of(*case) == activity));
            let found = retention(&store, &query.scope(&own), &plain_spec(CohortBy::First));
            prop_assert_eq!(&group.columns, &found.columns);
        }
        let n_first: u64 = groups.iter().map(|group| group.size).sum();
        let whole = retention(&store, &query.scope(&all), &of(CohortBy::Entry));
        let n_entry: u64 = whole.groups.iter().map(|group| group.size).sum();
        let n_all: u64 = whole.cohorts.iter().map(|cohort| cohort.size).sum();
        prop_assert_eq!((n_first, n_entry), (n_all, n_all), "everyone who started is in one group");

        // Who stands behind a figure.
        if !recurring {
            for by in GROUPS {
                let spec = of(by);
                for group in retention(&store, &query.scope(&all), &spec).groups {
                    let name = Some(group.name.as_deref());
                    let size = retained_cases(&store, &query.scope(&all), &spec, name, None).len() as u64;
                    prop_assert_eq!(size, group.size);
                    for (at, column) in group.columns.iter().enumerate() {
                        let cases = retained_cases(&store, &query.scope(&all), &spec, name, Some(at));
                        prop_assert_eq!(cases.len() as u64, column.weighted.n);
                    }
                }
            }
        }
    }

    #[test]
    fn counted_tickets_are_the_tickets(events in prop::collection::vec(plain(), 0..120), by_account in any::<bool>()) {
        let mut store = Store::new();
        let staged = store.stage(batch(&events, 0));
        store.commit(staged);
        let owner = |case: u32| if by_account { store.case(case).account() } else { Some(case) };
        let n = store.customers().len();
        let owned = (0..).take(n).filter(|case| owner(*case).is_some());
        let (all, owned) = (CaseSet::all(n), CaseSet::of(n, owned));
        for notion in [TicketNotion::Case, TicketNotion::Created, TicketNotion::Object] {
            let as_of_micros = Scope::customers(&all).known_until_micros(&store).saturating_sub(1);
            let spec = SupportSpec { as_of_micros, ..support_spec(notion) };
            let listed = support(&store, &Scope::customers(&owned), &spec);
            let counted = TicketCountSpec { support: spec, by_account }.count(&store, &Scope::customers(&all));
            let owners = |tickets: &mut dyn Iterator<Item = u32>| {
                tickets.filter_map(owner).collect::<std::collections::BTreeSet<_>>().len() as u64
            };
            prop_assert_eq!(counted.n_tickets, listed.tickets.len() as u64);
            prop_assert_eq!(counted.n_owners, owners(&mut listed.tickets.iter().map(|t| t.case)));
            prop_assert_eq!(counted.solved.n_tickets, listed.n_solved);
            prop_assert_eq!(counted.reopened.n_tickets, listed.n_reopened);
            prop_assert_eq!(counted.one_touch.n_tickets, listed.n_one_touch);
            for (counted, listed) in counted.times.iter().zip(&listed.times) {
                prop_assert_eq!((counted.plain, counted.running.n_tickets), (listed.plain, listed.n_running));
            }
            for (counted, outcome) in counted.targets.iter().zip(&listed.targets) {
                let breached = outcome.breaches.len() as u64;
                prop_assert_eq!((counted.n_met, counted.n_running), (outcome.n_met, outcome.n_running));
                prop_assert_eq!(counted.breached.n_tickets, breached);
                let cases = outcome.breaches.iter().map(|(at, _)| listed.tickets[*at].case);
                prop_assert_eq!(counted.breached.n_owners, owners(&mut cases.into_iter()));
            }
        }
    }
}
