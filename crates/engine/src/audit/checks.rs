//! What is found in each source, how serious it is, and which figures it touches.

use super::facts::{FIELDS, Facts, SourceFacts};
use crate::Engine;
use crate::analyses::words::word;
use protocol::audit::{Check, Level};
use protocol::import::{RenewedCounts, SourceSummary};
use protocol::sentence::{Sentence, Value};

/// Fewest events whose hours tell something.
const MIN_HOUR_EVENTS: u64 = 200;
/// Fewest pairs of events that tell of two clocks.
const MIN_PAIRS: usize = 20;
/// Fewest events of a source of which it tells something that most of them changed at once.
const MIN_KNOWN: u64 = 20;
/// Other sources that are named.
const MAX_NAMED: usize = 3;

/// The checks of one source.
pub(super) struct Checks<'a> {
    engine: &'a Engine,
    summary: &'a SourceSummary,
    facts: &'a Facts,
    own: &'a SourceFacts,
    found: Vec<Check>,
}

/// A finding that is about some of many.
fn part(id: &str, level: Level, (n, of): (u64, u64), more: impl IntoIterator<Item = Value>) -> Check {
    let ratio = if of == 0 { 0.0 } else { n as f64 / of as f64 };
    let values = [Value::Count(n), Value::Ratio(ratio)].into_iter().chain(more);
    let effect =
        if level >= Level::Doubt { word(&format!("audit.{id}.effect")) } else { Sentence::default() };
    Check { id: id.to_owned(), level, finding: Sentence::new(&format!("audit.{id}"), values), effect, n, of }
}

/// More than a share is a fault, some a doubt.
fn level(n: u64, of: u64, fault_ratio: f64) -> Level {
    match n {
        0 => Level::Good,
        n if n as f64 > fault_ratio * of as f64 => Level::Fault,
        _ => Level::Doubt,
    }
}

impl<'a> Checks<'a> {
    pub(super) fn new(engine: &'a Engine, summary: &'a SourceSummary, facts: &'a Facts) -> Self {
        static NOTHING: std::sync::OnceLock<SourceFacts> = std::sync::OnceLock::new();
        let own = facts.0.get(summary.source as usize);
        let own = own.unwrap_or_else(|| NOTHING.get_or_init(SourceFacts::default));
        Self { engine, summary, facts, own, found: Vec::new() }
    }

    pub(super) fn run(mut self) -> Vec<Check> {
        self.rows();
        self.times();
        self.zone();
        self.shifts();
        self.fields();
        self.amounts();
        self.customers();
        self.personal();
        self.found.sort_by_key(|check| std::cmp::Reverse(check.level));
        self.found
    }

    fn rows(&mut self) {
        let SourceSummary { n_rows, n_rejected, n_duplicates, repaired_by_kind, renewed, .. } = self.summary;
        self.found.push(part("rejected", level(*n_rejected, *n_rows, 0.05), (*n_rejected, *n_rows), []));
        // A newer export repeats most of the one before.
        let is_much = *n_duplicates * 2 > *n_rows && renewed.n_times == 0;
        let of_level = if *n_duplicates == 0 { Level::Good } else { Level::Note };
        let of_level = if is_much { Level::Doubt } else { of_level };
        self.found.push(part("duplicates", of_level, (*n_duplicates, *n_rows), []));
        self.renewed();
        let n_repaired = repaired_by_kind.iter().map(|(_, n)| *n).max().unwrap_or(0);
        if n_repaired > 0 {
            self.found.push(part("repaired", level(n_repaired, *n_rows, 0.2), (n_repaired, *n_rows), []));
        }
        let intake = &self.summary.intake;
        let n_out = intake.n_expired + intake.n_barred + intake.n_erased;
        if n_out > 0 {
            self.found.push(part("kept_out", Level::Note, (n_out, n_out + self.own.n_events), []));
        }
    }

    /// What the latest newer export did.
    fn renewed(&mut self) {
        let RenewedCounts { n_times, n_new, n_changed, n_gone, n_unchanged, n_late, .. } =
            self.summary.renewed;
        if n_times == 0 {
            return;
        }
        let n_known = n_unchanged + n_changed + n_gone;
        let is_other = n_known >= MIN_KNOWN && (n_changed + n_gone) * 2 > n_known;
        let of_level = if is_other { Level::Doubt } else { Level::Note };
        let more = [n_new, n_late, n_changed, n_gone].map(Value::Count);
        self.found.push(part("renewed", of_level, (n_unchanged, n_known), more));
    }

    fn times(&mut self) {
        let SourceFacts { n_events, n_midnight, n_future, n_ancient, .. } = self.own;
        if *n_events == 0 {
            return;
        }
        if let Some(now_micros) = self.engine.now_micros {
            let age_secs = (now_micros - self.own.last_micros).max(0) as f64 / 1e6;
            let mut check = part("freshness", Level::Note, (*n_events, *n_events), []);
            check.finding = Sentence::new("audit.freshness", [Value::Seconds(age_secs)]);
            self.found.push(check);
            self.found.push(part("future", level(*n_future, *n_events, 0.01), (*n_future, *n_events), []));
        }
        if *n_ancient > 0 {
            self.found.push(part("ancient", level(*n_ancient, *n_events, 0.01), (*n_ancient, *n_events), []));
        }
        if *n_midnight * 2 > *n_events {
            self.found.push(part("midnight", Level::Doubt, (*n_midnight, *n_events), []));
        }
        let (n_empty, n_expected) = gap(&self.own.days);
        let of_level = if n_empty > n_expected { Level::Doubt } else { Level::Good };
        let mut check = part("gaps", of_level, (n_empty, self.own.days.len() as u64), []);
        check.finding = Sentence::new(
            if of_level == Level::Good { "audit.gaps.none" } else { "audit.gaps" },
            [Value::Count(n_empty), Value::Count(n_expected)],
        );
        self.found.push(check);
    }

    /// Whether the hours of the day are those of all other sources, some hours earlier or later.
    fn zone(&mut self) {
        let mut others = [0_u64; 24];
        for (number, facts) in self.facts.0.iter().enumerate() {
            if number != self.summary.source as usize {
                others.iter_mut().zip(facts.hours).for_each(|(sum, n)| *sum += n);
            }
        }
        let n_enough = |hours: &[u64; 24]| hours.iter().sum::<u64>() >= MIN_HOUR_EVENTS;
        if !n_enough(&self.own.hours) || !n_enough(&others) {
            return;
        }
        let fit = |shift: usize| {
            let shifted: [u64; 24] = std::array::from_fn(|hour| others[(hour + shift) % 24]);
            correlation(&self.own.hours, &shifted)
        };
        let best = (0..24).max_by(|a, b| fit(*a).total_cmp(&fit(*b))).unwrap_or(0);
        if best != 0 && fit(best) > 0.8 && fit(0) < 0.5 {
            // A source that is ahead has at ten what the others have at eight.
            let hours = if best > 12 { 24 - best } else { best } as u64;
            let mut check = part("zone", Level::Doubt, (self.own.n_events, self.own.n_events), []);
            let way = if best > 12 { "audit.later" } else { "audit.earlier" };
            check.finding = Sentence::new("audit.zone", [Value::Count(hours), word(way).into()]);
            self.found.push(check);
        }
    }

    /// Whether the same activities of the same customers stand in another source by a constant span apart.
    fn shifts(&mut self) {
        let own_source = self.summary.source;
        for (other, minutes) in &self.own.shifts {
            let mut counts = std::collections::BTreeMap::<i32, usize>::new();
            minutes.iter().for_each(|minutes| *counts.entry(*minutes).or_default() += 1);
            let Some((&shift, &n)) = counts.iter().max_by_key(|(_, n)| **n) else { continue };
            // Each pair is seen from both sides; the later source is told.
            if shift == 0 || n < MIN_PAIRS || n * 10 < minutes.len() * 3 || u32::from(*other) > own_source {
                continue;
            }
            let id = if shift % 15 == 0 { "shifted" } else { "skewed" };
            let more = [Value::Seconds(f64::from(shift.abs()) * 60.0), self.name(*other).into()];
            self.found.push(part(id, Level::Doubt, (n as u64, minutes.len() as u64), more));
        }
    }

    fn name(&self, source: u16) -> Sentence {
        Sentence::text(self.engine.store.sources().get(usize::from(source)).cloned().unwrap_or_default())
    }

    fn fields(&mut self) {
        let n_events = self.own.n_events;
        let listed = |names: Vec<&str>| {
            Sentence::joined("say.comma", names.iter().map(|name| word(&format!("audit.field.{name}"))))
        };
        let missing: Vec<&str> =
            FIELDS.into_iter().zip(self.own.n_with).filter(|(_, n)| *n == 0).map(|(name, _)| name).collect();
        if n_events > 0 && !missing.is_empty() {
            let n = missing.len() as u64;
            let mut check = part("missing", Level::Note, (n, FIELDS.len() as u64), []);
            check.finding = Sentence::new("audit.missing", [listed(missing).into()]);
            check.effect = word("audit.missing.effect");
            self.found.push(check);
        }
        let constant: Vec<&str> =
            self.own.constants().filter(|(_, n)| *n >= 20).map(|(name, _)| name).collect();
        if !constant.is_empty() {
            let n = constant.len() as u64;
            let mut check = part("constant", Level::Note, (n, FIELDS.len() as u64), []);
            check.finding = Sentence::new("audit.constant", [listed(constant).into()]);
            check.effect = word("audit.constant.effect");
            self.found.push(check);
        }
    }

    /// Amounts far outside of what is usual: ten times the middle half beyond it (Tukey's fences, set wide).
    fn amounts(&mut self) {
        let mut amounts = self.own.amounts.clone();
        if amounts.len() < 20 {
            return;
        }
        amounts.sort_by(f64::total_cmp);
        let quartile = |share: usize| amounts[(amounts.len() - 1) * share / 4];
        let (low, high) = (quartile(1), quartile(3));
        let reach = 10.0 * (high - low).max(high.abs() * 0.01);
        let n =
            amounts.iter().filter(|amount| **amount < low - reach || **amount > high + reach).count() as u64;
        self.found.push(part("amounts", level(n, amounts.len() as u64, 0.02), (n, amounts.len() as u64), []));
    }

    fn customers(&mut self) {
        let SourceFacts { n_customers, n_tests, n_bots, n_single, n_shared, .. } = self.own;
        if *n_customers == 0 {
            return;
        }
        self.found.push(part("tests", level(*n_tests, *n_customers, 0.05), (*n_tests, *n_customers), []));
        self.found.push(part("bots", level(*n_bots, *n_customers, 0.02), (*n_bots, *n_customers), []));
        if *n_customers >= 20 && *n_single * 20 >= *n_customers * 19 {
            self.found.push(part("single", Level::Doubt, (*n_single, *n_customers), []));
        }
        if self.engine.sources.live().count() < 2 {
            return;
        }
        let of_level = if *n_shared == 0 { Level::Doubt } else { Level::Note };
        self.found.push(part("identity", of_level, (*n_shared, *n_customers), []));
        let mut shared: Vec<(u16, u64)> = self.own.shared.iter().map(|(other, n)| (*other, *n)).collect();
        shared.sort_by_key(|(other, n)| (std::cmp::Reverse(*n), *other));
        if !shared.is_empty() {
            let named = shared.iter().take(MAX_NAMED).map(|(other, n)| {
                Sentence::new("audit.overlap.one", [self.name(*other).into(), Value::Count(*n)])
            });
            let named = Sentence::joined("say.comma", named);
            let mut check = part("overlap", Level::Note, (*n_shared, *n_customers), []);
            check.finding = Sentence::new("audit.overlap", [named.into()]);
            self.found.push(check);
        }
    }

    fn personal(&mut self) {
        let columns = &self.summary.intake.columns;
        let is_open = |column: &&protocol::privacy::TreatedColumn| {
            column.treatment == protocol::privacy::Treatment::Keep && !column.classes.is_empty()
        };
        let n_open = columns.iter().filter(is_open).count() as u64;
        if columns.is_empty() {
            return;
        }
        let names =
            Sentence::joined("say.comma", columns.iter().map(|column| Sentence::text(&column.column)));
        let mut check = part("personal", Level::Note, (n_open, columns.len() as u64), []);
        check.finding = Sentence::new(
            "audit.personal",
            [Value::Count(columns.len() as u64), names.into(), Value::Count(n_open)],
        );
        self.found.push(check);
    }
}

/// The longest run of days without an event, and how long one may be expected to be by chance: with a share of empty days
/// q the longest of D days is about ln D / ln (1/q) (Erdős and Rényi 1970); twice that, and two more.
fn gap(days: &std::collections::BTreeSet<i64>) -> (u64, u64) {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return (0, 0) };
    let n_all = (last - first + 1).max(1) as f64;
    let empty_ratio = 1.0 - days.len() as f64 / n_all;
    let longest = days.iter().zip(days.iter().skip(1)).map(|(a, b)| b - a - 1).max().unwrap_or(0);
    let by_chance = if empty_ratio <= 0.0 { 0.0 } else { n_all.ln() / (1.0 / empty_ratio.min(0.999)).ln() };
    (longest.unsigned_abs(), whole(2.0 * by_chance + 2.0))
}

/// A small number that is not below zero, rounded up.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is cut to what fits")]
fn whole(value: f64) -> u64 {
    value.ceil().clamp(0.0, 1e9) as u64
}

/// Pearson's coefficient; 0 where one of them does not vary.
fn correlation(a: &[u64; 24], b: &[u64; 24]) -> f64 {
    let mean = |x: &[u64; 24]| x.iter().sum::<u64>() as f64 / 24.0;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (*x as f64 - mean_a, *y as f64 - mean_b);
        (ab, aa, bb) = (ab + x * y, aa + x * x, bb + y * y);
    }
    if aa * bb > 0.0 { ab / (aa * bb).sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_those_that_chance_does_not_make() {
        let daily: std::collections::BTreeSet<i64> = (0..60).filter(|day| !(20..30).contains(day)).collect();
        let (longest, expected) = gap(&daily);
        assert!(longest == 10 && longest > expected, "ten empty days among fifty: {longest} {expected}");
        let weekdays: std::collections::BTreeSet<i64> = (0..90).filter(|day| day % 7 < 5).collect();
        let (longest, expected) = gap(&weekdays);
        assert!(longest == 2 && longest <= expected, "weekends are none: {longest} {expected}");
    }

    #[test]
    fn hours_that_move_together_are_alike() {
        let day: [u64; 24] = std::array::from_fn(|hour| if (8..18).contains(&hour) { 50 } else { 2 });
        let moved: [u64; 24] = std::array::from_fn(|hour| day[(hour + 5) % 24]);
        assert!(correlation(&day, &day) > 0.99, "the same");
        assert!(correlation(&day, &moved) < 0.3, "five hours apart");
    }
}
