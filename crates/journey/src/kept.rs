//! Questions that are kept current: what the changed cases contributed is taken out, and what they contribute now is taken in.

use crate::case_set::CaseSet;
use crate::follows::Sign;
use crate::query::{Query, Scope, Selected, Unit, select_within};
use event::{Staged, Store};
use std::any::Any;
use std::fmt::Debug;

/// An analysis that is counted part by part: every unit contributes for itself, and contributions add up.
///
/// Counting all at once or in parts that share no unit gives the same figures.
pub trait Counted: Clone + PartialEq + Debug + 'static {
    /// The contributions of some units.
    type Tally: Tally;
    /// What is told of them.
    type Figures;

    /// Counts the units of a scope. A part is counted like the whole that it is to be taken into or out of.
    fn tally(&self, store: &Store, scope: &Scope<'_>, like: Option<&Self::Tally>) -> Self::Tally;

    /// What a settled tally of the whole scope tells.
    fn figures(&self, store: &Store, scope: &Scope<'_>, tally: &Self::Tally) -> Self::Figures;

    /// Whether a tally that was kept is still counted in the way in which the whole would be counted now.
    fn is_like_new(&self, _store: &Store, _scope: &Scope<'_>, _tally: &Self::Tally) -> bool {
        true
    }

    /// Counts a scope from scratch.
    fn count(&self, store: &Store, scope: &Scope<'_>) -> Self::Figures {
        let mut tally = self.tally(store, scope, None);
        tally.settle();
        self.figures(store, scope, &tally)
    }
}

/// Contributions of units.
pub trait Tally: Debug + 'static {
    /// Takes a part in, or out again; the part is not settled.
    fn absorb(&mut self, part: Self, sign: Sign);

    /// Prepares for figures what has been counted; once, before the first part is absorbed.
    fn settle(&mut self) {}

    /// Bytes of memory in use, about.
    fn n_bytes(&self) -> usize;
}

/// A query whose selection and counts are kept current while the store changes.
///
/// After any sequence of changes all figures equal those of a query that is made anew. A change is announced with
/// [`KeptQuery::take_out`] before it is committed, and [`KeptQuery::take_in`] follows right after.
#[derive(Debug)]
pub struct KeptQuery {
    query: Query,
    selected: Selected,
    /// Start of the latest event of the store.
    latest: Option<i64>,
    /// Where accounts are counted, for every case its account.
    accounts: Vec<u32>,
    counts: Vec<Kept>,
    change: Change,
}

/// The counts of one analysis of one group.
#[derive(Debug)]
struct Kept {
    of_other: bool,
    count: Box<dyn KeptCount>,
}

/// What has to be known from before a change until after it.
#[derive(Debug, Default)]
struct Change {
    /// Accounts whose contribution has been taken out, by number.
    accounts: Vec<bool>,
    /// Whether the latest event of the store may be gone.
    lost_latest: bool,
    /// Cases that have changed.
    changed: Vec<u32>,
}

const NO_ACCOUNT: u32 = u32::MAX;

impl KeptQuery {
    /// Most counts that are kept of one query; the one that was longest not asked for goes.
    const MAX_COUNTS: usize = 8;

    /// Selects the cases; costs O(events) for every condition of the filters at most.
    pub fn new(store: &Store, query: Query) -> Self {
        let everyone = CaseSet::all(store.customers().len());
        let selected = select_within(store, &query, &everyone);
        let accounts = match query.unit {
            Unit::Accounts => {
                (0..).take(store.customers().len()).map(|case| account_of(store, case)).collect()
            }
            _ => Vec::new(),
        };
        let (counts, change) = (Vec::new(), Change::default());
        Self { selected, latest: latest_start(store), accounts, counts, change, query }
    }

    /// What is asked.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// The cases it is about.
    pub fn selected(&self) -> &Selected {
        &self.selected
    }

    /// The scope of an analysis of these cases; the end of the data is known already.
    pub fn scope<'a>(&self, cases: &'a CaseSet) -> Scope<'a> {
        let after_latest = || self.latest.map(|latest| latest.saturating_add(1));
        let data_until_micros = self.query.data_until_micros.or_else(after_latest);
        Scope { data_until_micros, ..self.query.scope(cases) }
    }

    /// The figures of an analysis of the selected cases, or of the compared group; of nobody where there is none.
    ///
    /// Costs O(events) the first time, and from then on what the figures alone cost.
    pub fn figures<C: Counted>(&mut self, store: &Store, spec: &C, of_other: bool) -> C::Figures {
        let nobody = CaseSet::none(store.customers().len());
        let mut counts = std::mem::take(&mut self.counts);
        let group = if of_other { self.selected.compared.as_ref() } else { Some(&self.selected.cases) };
        let scope = self.scope(group.unwrap_or(&nobody));
        let is_same = |kept: &Kept| {
            kept.of_other == of_other && held::<C>(&*kept.count).is_some_and(|h| h.spec == *spec)
        };
        let known = counts.iter().position(is_same).map(|at| counts.remove(at));
        let is_like_new = |kept: &Kept| {
            held::<C>(&*kept.count).is_some_and(|held| spec.is_like_new(store, &scope, &held.tally))
        };
        let kept = known.filter(is_like_new).unwrap_or_else(|| {
            let mut tally = spec.tally(store, &scope, None);
            tally.settle();
            Kept { of_other, count: Box::new(Held { spec: spec.clone(), tally }) }
        });
        let figures = match held::<C>(&*kept.count) {
            Some(held) => spec.figures(store, &scope, &held.tally),
            None => spec.count(store, &scope),
        };
        counts.push(kept);
        let n_too_many = counts.len().saturating_sub(Self::MAX_COUNTS);
        counts.drain(..n_too_many);
        self.counts = counts;
        figures
    }

    /// Takes out what the cases that are about to change contribute.
    pub fn take_out(&mut self, store: &Store, staged: &Staged) {
        let changed: Vec<u32> = staged.changed_cases().collect();
        let last = |case: &u32| store.case(*case).starts().last().copied();
        self.change = Change {
            accounts: vec![false; store.accounts().len()],
            lost_latest: changed.iter().any(|case| last(case) == self.latest),
            changed,
        };
        let cases = CaseSet::of(store.customers().len(), self.change.changed.iter().copied());
        let affected = match self.query.unit {
            Unit::Accounts => {
                for &case in &self.change.changed {
                    mark(&mut self.change.accounts, self.accounts.get(case as usize));
                }
                self.members(&self.change.accounts, cases.clone())
            }
            _ => cases.clone(),
        };
        self.absorb(store, &affected, Sign::Retract);
        self.selected.retract(select_within(store, &self.query, &cases), &cases);
    }

    /// Takes in what the changed cases contribute now; `touched` are those that have events.
    pub fn take_in(&mut self, store: &Store, touched: &[u32]) {
        let n_cases = store.customers().len();
        self.selected.grow(n_cases);
        let mut change = std::mem::take(&mut self.change);
        if self.query.unit == Unit::Accounts {
            self.take_out_joined(store, touched, &mut change);
        }
        let cases = CaseSet::of(n_cases, touched.iter().copied());
        self.selected.add(select_within(store, &self.query, &cases));
        let latest = touched.iter().filter_map(|case| store.case(*case).starts().last().copied()).max();
        self.latest = match (latest, self.latest) {
            (Some(new), Some(old)) if new >= old => Some(new),
            _ if change.lost_latest => latest_start(store),
            (new, old) => new.max(old),
        };
        let affected = match self.query.unit {
            Unit::Accounts => self.members(&change.accounts, cases),
            _ => cases,
        };
        self.absorb(store, &affected, Sign::Add);
    }

    /// Bytes of memory in use, about.
    pub fn n_bytes(&self) -> usize {
        let groups = 1 + usize::from(self.selected.compared.is_some());
        let counts = self.counts.iter().map(|kept| kept.count.n_bytes()).sum::<usize>();
        counts + groups * self.selected.cases.n_cases() / 8 + self.accounts.len() * size_of::<u32>()
    }

    /// Takes out the accounts that changed cases come into: they are as before until these cases are in them.
    fn take_out_joined(&mut self, store: &Store, touched: &[u32], change: &mut Change) {
        let n_cases = store.customers().len();
        self.accounts.resize(n_cases, NO_ACCOUNT);
        for &case in change.changed.iter().chain(touched) {
            self.accounts[case as usize] = NO_ACCOUNT;
        }
        change.accounts.resize(store.accounts().len(), false);
        let mut joined = vec![false; store.accounts().len()];
        for &case in touched {
            mark(&mut joined, Some(&account_of(store, case)));
        }
        for (joined, is_out) in joined.iter_mut().zip(&mut change.accounts) {
            *joined &= !*is_out;
            *is_out |= *joined;
        }
        let affected = self.members(&joined, CaseSet::none(n_cases));
        self.absorb(store, &affected, Sign::Retract);
        for &case in touched {
            self.accounts[case as usize] = account_of(store, case);
        }
    }

    /// These cases and all cases of the marked accounts.
    fn members(&self, marks: &[bool], mut cases: CaseSet) -> CaseSet {
        for (case, account) in (0_u32..).zip(&self.accounts) {
            if marks.get(*account as usize).is_some_and(|is_marked| *is_marked) {
                cases.insert(case);
            }
        }
        cases
    }

    /// Counts the affected cases of each group, and takes them out of or into everything that is kept.
    fn absorb(&mut self, store: &Store, affected: &CaseSet, sign: Sign) {
        let mut counts = std::mem::take(&mut self.counts);
        let first = self.selected.cases.and(affected);
        let other = self.selected.compared.as_ref().map(|other| other.and(affected));
        for Kept { of_other, count } in &mut counts {
            let group = if *of_other { other.as_ref() } else { Some(&first) };
            if let Some(group) = group.filter(|group| !group.is_empty()) {
                count.absorb(store, &self.scope(group), sign);
            }
        }
        self.counts = counts;
    }
}

fn mark(marks: &mut [bool], account: Option<&u32>) {
    if let Some(mark) = account.and_then(|account| marks.get_mut(*account as usize)) {
        *mark = true;
    }
}

fn account_of(store: &Store, case: u32) -> u32 {
    store.case(case).account().unwrap_or(NO_ACCOUNT)
}

fn latest_start(store: &Store) -> Option<i64> {
    store.cases().filter_map(|(_, events)| events.starts().last().copied()).max()
}

/// A kept count, whatever it counts.
trait KeptCount: Debug {
    fn absorb(&mut self, store: &Store, scope: &Scope<'_>, sign: Sign);
    fn n_bytes(&self) -> usize;
    fn as_any(&self) -> &dyn Any;
}

#[derive(Debug)]
struct Held<C: Counted> {
    spec: C,
    tally: C::Tally,
}

impl<C: Counted> KeptCount for Held<C> {
    fn absorb(&mut self, store: &Store, scope: &Scope<'_>, sign: Sign) {
        let part = self.spec.tally(store, scope, Some(&self.tally));
        self.tally.absorb(part, sign);
    }

    fn n_bytes(&self) -> usize {
        self.tally.n_bytes()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn held<C: Counted>(count: &dyn KeptCount) -> Option<&Held<C>> {
    count.as_any().downcast_ref()
}
