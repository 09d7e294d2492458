//! Routes: how many go along some stops right after one another, how often and how fast.

use crate::basis::{Basis, ratio};
use crate::business_hours::WorkCalendar;
use crate::case_set::CaseSet;
use crate::durations::TimeStats;
use crate::follows::Sign;
use crate::issue::Issue;
use crate::kept::{Counted, Tally};
use crate::query::Scope;
use crate::readings::Readings;
use crate::resolve::{NameKind, Resolver, UnknownName};
use crate::transitions::elapsed;
use crate::units::{cases_with_unit, each_unit};
use event::{CaseEvents, Store};

/// A stop of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteStop {
    /// The virtual start of the case; only as the first stop.
    Start,
    /// An activity, by name.
    Activity(String),
    /// The virtual end of the case; only as the last stop.
    End,
}

/// A strict route: each stop right after the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouteSpec {
    /// The stops, at least two.
    pub stops: Vec<RouteStop>,
    /// Measures times in working time of this calendar; `None` for plain time.
    pub calendar: Option<WorkCalendar>,
}

/// How often and how fast cases go along a route.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteStats {
    /// Cases and events used and left out.
    pub basis: Basis,
    /// Units that go along it at least once.
    pub n_cases: u64,
    /// Those over all units.
    pub share_of_cases: f64,
    /// How often it is gone along, overlapping traversals counted each.
    pub n_traversals: u64,
    /// Traversals over all cases.
    pub per_case: f64,
    /// Time from the start of the first event of a traversal to the start of its last; a virtual start is at the first
    /// event, a virtual end at the end of the last. `None` when nothing goes along it.
    pub times: Option<TimeStats>,
    /// The product of `Transition::probability_out` over its transitions: what a process without memory would do.
    pub probability: f64,
    /// What was wrong with the route; it then has no traversal.
    pub issues: Vec<Issue>,
    /// Names in the route that the store doesn't have.
    pub unknown: Vec<UnknownName>,
}

/// Follows a scope's units along a route. Costs O(events · stops).
///
/// # Reference
/// Route statistics of retentioneering 5's transition graph; matching is contiguous, without gaps or collapsing.
pub fn route_stats(store: &Store, scope: &Scope<'_>, spec: &RouteSpec) -> RouteStats {
    spec.count(store, scope)
}

impl Counted for RouteSpec {
    type Tally = RouteTally;
    type Figures = RouteStats;

    fn tally(&self, store: &Store, scope: &Scope<'_>, _like: Option<&RouteTally>) -> RouteTally {
        let route = Route::new(&mut Resolver::new(store), &self.stops, &mut Vec::new());
        let mut tally = RouteTally::default();
        let coverage = each_unit(store, &scope.for_sequences(), |unit| {
            let events = unit.events();
            tally.basis.take(events.len());
            let Some(route) = &route else {
                return;
            };
            let n_before = tally.times.len();
            route.each_traversal(events, |from, until| {
                tally.times.push(elapsed(from, until, self.calendar.as_ref()));
            });
            tally.n_cases += u64::from(tally.times.len() > n_before);
            tally.steps.add_case(route, events.activities());
        });
        tally.basis.close(coverage);
        tally
    }

    fn figures(&self, store: &Store, _scope: &Scope<'_>, tally: &RouteTally) -> RouteStats {
        let mut issues = Vec::new();
        let mut names = Resolver::new(store);
        let route = Route::new(&mut names, &self.stops, &mut issues);
        let n_traversals = tally.times.len() as u64;
        RouteStats {
            basis: tally.basis.clone(),
            n_cases: tally.n_cases,
            share_of_cases: ratio(tally.n_cases, tally.basis.n_units),
            n_traversals,
            per_case: ratio(n_traversals, tally.basis.n_units),
            times: tally.times.stats(),
            probability: route.map_or(0.0, |route| tally.steps.product(&route)),
            issues,
            unknown: names.into_unknown(),
        }
    }
}

/// Finds the cases with a unit that goes along a route. Costs O(events · stops).
pub fn route_cases(store: &Store, scope: &Scope<'_>, spec: &RouteSpec) -> CaseSet {
    let Some(route) = Route::new(&mut Resolver::new(store), &spec.stops, &mut Vec::new()) else {
        return CaseSet::none(store.customers().len());
    };
    cases_with_unit(store, scope, |events| {
        let mut is_along = false;
        route.each_traversal(events, |_, _| is_along = true);
        is_along
    })
}

/// A route whose names are resolved.
struct Route {
    from_start: bool,
    activities: Vec<u32>,
    to_end: bool,
}

impl Route {
    fn new(names: &mut Resolver<'_>, stops: &[RouteStop], issues: &mut Vec<Issue>) -> Option<Self> {
        let mut route = Self { from_start: false, activities: Vec::new(), to_end: false };
        let mut is_sound = stops.len() >= 2;
        if !is_sound {
            issues.push(Issue::ShortRoute(stops.len()));
        }
        for (i, stop) in stops.iter().enumerate() {
            match stop {
                RouteStop::Start if i == 0 => route.from_start = true,
                RouteStop::End if i > 0 && i + 1 == stops.len() => route.to_end = true,
                // What nobody does matches nothing; it may come later, and the counts of the other stops are right then.
                RouteStop::Activity(name) => {
                    route.activities.push(names.find(NameKind::Activity, name).unwrap_or(u32::MAX));
                }
                RouteStop::Start | RouteStop::End => {
                    issues.push(Issue::OuterStop);
                    is_sound = false;
                }
            }
        }
        // A case has at least one event, so that nothing goes from start to end without a stop.
        (is_sound && !route.activities.is_empty()).then_some(route)
    }

    fn each_traversal(&self, events: CaseEvents<'_>, mut visit: impl FnMut(i64, i64)) {
        let (trace, starts, n) = (events.activities(), events.starts(), self.activities.len());
        for (i, found) in trace.windows(n).enumerate() {
            let last = i + n - 1;
            let fits = (!self.from_start || i == 0) && (!self.to_end || last + 1 == trace.len());
            if !fits || found != self.activities {
                continue;
            }
            let until = if self.to_end { events.end_micros(last) } else { starts[last] };
            visit(starts[i], until);
        }
    }
}

/// What units contribute to a route.
#[derive(Debug, Default)]
pub struct RouteTally {
    basis: Basis,
    n_cases: u64,
    times: Readings,
    steps: RouteSteps,
}

impl Tally for RouteTally {
    fn absorb(&mut self, part: Self, sign: Sign) {
        self.basis.absorb(part.basis, sign);
        sign.apply(&mut self.n_cases, part.n_cases);
        self.times.absorb(part.times, sign);
        self.steps.absorb(&part.steps, sign);
    }

    fn settle(&mut self) {
        self.times.settle();
    }

    fn n_bytes(&self) -> usize {
        self.times.n_bytes() + 2 * self.steps.n_pairs.capacity() * size_of::<u64>()
    }
}

/// Several routes at once, such as one with all its beginnings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteSpecs(pub Vec<RouteSpec>);

impl Counted for RouteSpecs {
    type Tally = RouteTallies;
    type Figures = Vec<RouteStats>;

    fn tally(&self, store: &Store, scope: &Scope<'_>, _like: Option<&RouteTallies>) -> RouteTallies {
        RouteTallies(self.0.iter().map(|spec| spec.tally(store, scope, None)).collect())
    }

    fn figures(&self, store: &Store, scope: &Scope<'_>, tally: &RouteTallies) -> Vec<RouteStats> {
        self.0.iter().zip(&tally.0).map(|(spec, tally)| spec.figures(store, scope, tally)).collect()
    }
}

/// What units contribute to several routes.
#[derive(Debug)]
pub struct RouteTallies(Vec<RouteTally>);

impl Tally for RouteTallies {
    fn absorb(&mut self, part: Self, sign: Sign) {
        self.0.iter_mut().zip(part.0).for_each(|(own, part)| own.absorb(part, sign));
    }

    fn settle(&mut self) {
        self.0.iter_mut().for_each(RouteTally::settle);
    }

    fn n_bytes(&self) -> usize {
        self.0.iter().map(RouteTally::n_bytes).sum()
    }
}

/// Counts what the product of probabilities along a route needs.
#[derive(Debug, Default)]
struct RouteSteps {
    n_pairs: Vec<u64>,
    n_from: Vec<u64>,
    n_starts: u64,
    n_ends: u64,
    n_last: u64,
    n_cases: u64,
}

impl RouteSteps {
    fn add_case(&mut self, route: &Route, trace: &[u32]) {
        let (first, last) = (route.activities.first(), route.activities.last());
        self.n_cases += 1;
        self.n_starts += u64::from(trace.first() == first);
        self.n_ends += u64::from(trace.last() == last);
        self.n_last += trace.iter().filter(|a| Some(*a) == last).count() as u64;
        self.n_pairs.resize(route.activities.len().saturating_sub(1), 0);
        self.n_from.resize(self.n_pairs.len(), 0);
        for (i, pair) in route.activities.windows(2).enumerate() {
            self.n_pairs[i] += trace.windows(2).filter(|p| *p == pair).count() as u64;
            self.n_from[i] += trace.iter().filter(|a| **a == pair[0]).count() as u64;
        }
    }

    fn absorb(&mut self, part: &Self, sign: Sign) {
        for (own, part) in [(&mut self.n_pairs, &part.n_pairs), (&mut self.n_from, &part.n_from)] {
            own.resize(own.len().max(part.len()), 0);
            own.iter_mut().zip(part).for_each(|(n, part)| sign.apply(n, *part));
        }
        sign.apply(&mut self.n_starts, part.n_starts);
        sign.apply(&mut self.n_ends, part.n_ends);
        sign.apply(&mut self.n_last, part.n_last);
        sign.apply(&mut self.n_cases, part.n_cases);
    }

    fn product(&self, route: &Route) -> f64 {
        let along = self.n_pairs.iter().zip(&self.n_from).map(|(&part, &whole)| ratio(part, whole));
        let from_start = if route.from_start { ratio(self.n_starts, self.n_cases) } else { 1.0 };
        let to_end = if route.to_end { ratio(self.n_ends, self.n_last) } else { 1.0 };
        from_start * along.product::<f64>() * to_end
    }
}
