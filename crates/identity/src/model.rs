//! The model of Fellegi and Sunter: what agreement and disagreement in each trait weigh, in bits.
//!
//! # Reference
//! Fellegi and Sunter (1969), A Theory for Record Linkage; term frequencies after Winkler (1989).

use crate::levels::{Level, Pattern};
use crate::{Trait, table::Table};

/// What part of an address counts beside its heaviest part: street, town and postcode are one fact more than four.
const PLACE_SHARE: f64 = 0.25;
/// What the lighter of name and similar e-mail address counts: most addresses are made of the name.
const NAME_SHARE: f64 = 0.5;
/// Most that a pair weighs whose given names and birth dates both differ: even chance.
const CONTRADICTED_BITS: f64 = 0.0;
/// Records as which the common frequency of a value counts beside those seen.
const TERM_SMOOTHING: f64 = 50.0;

/// Chances of each level, given that two records are one person (m) or two (u).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// By level, of one person.
    pub m: [f64; Level::N],
    /// By level, of two persons.
    pub u: [f64; Level::N],
}

impl Comparison {
    /// Match weight of a level in bits: log₂(m ÷ u); 0 when nothing is known.
    pub fn bits(&self, level: Level) -> f64 {
        match level {
            Level::Unknown => 0.0,
            _ => (self.m[level as usize] / self.u[level as usize]).log2(),
        }
    }
}

/// What pairs weigh.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Chance that two records taken at random are one person: λ.
    pub prior: f64,
    /// By trait, in the order of [`Trait::ALL`].
    pub comparisons: [Comparison; Trait::N],
    /// What decisions taught: added to every weight, in bits.
    pub taught_bits: f64,
}

/// One part of a pair's weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The trait; none for the correction that is said by `kind`.
    pub which: Option<Trait>,
    /// How well they agree in it.
    pub level: Level,
    /// What it adds, in bits.
    pub bits: f64,
    /// What the step is.
    pub kind: StepKind,
}

/// What a step of a weight stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// The chance before anything is compared.
    Prior,
    /// A trait's agreement or disagreement.
    Trait,
    /// How rare or common the shared value is.
    Frequency,
    /// The parts of an address are one fact.
    OneAddress,
    /// An address that is only alike is made of the name, and is one fact with it.
    OneName,
    /// Given name and birth date both differ.
    Contradiction,
    /// What accepted and rejected pairs taught.
    Taught,
}

/// Chance that a weight in bits stands for: 2^M ÷ (1 + 2^M).
///
/// # Example
/// ```
/// assert_eq!(identity::chance(0.0), 0.5);
/// assert!((identity::chance(4.097) - 0.945).abs() < 0.001);
/// ```
pub fn chance(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}

/// Weight in bits of a chance.
pub fn bits_of_chance(chance: f64) -> f64 {
    (chance / (1.0 - chance)).log2()
}

impl Model {
    /// The weight of a pattern without the frequencies of its values.
    pub(crate) fn weigh(&self, pattern: Pattern) -> f64 {
        let mut sum = Sum::new(self);
        for which in Trait::ALL {
            let level = pattern.level(which);
            sum.add(which, level, self.comparisons[which.index()].bits(level));
        }
        sum.total(pattern).0
    }

    /// The weight of a pair, frequencies of shared values included.
    pub(crate) fn weigh_pair(&self, table: &Table, a: u32, b: u32, pattern: Pattern) -> f64 {
        let mut sum = Sum::new(self);
        for which in Trait::ALL {
            let level = pattern.level(which);
            let bits = self.comparisons[which.index()].bits(level);
            sum.add(which, level, bits + self.frequency_bits(table, which, a, b, level));
        }
        sum.total(pattern).0
    }

    /// Every part of a pair's weight, in order; their sum is the weight.
    pub(crate) fn explain(&self, table: &Table, a: u32, b: u32, pattern: Pattern) -> Vec<Step> {
        let mut sum = Sum::new(self);
        let step = |which, level, bits, kind| Step { which, level, bits, kind };
        let mut steps = vec![step(None, Level::Unknown, bits_of_chance(self.prior), StepKind::Prior)];
        for which in Trait::ALL {
            let level = pattern.level(which);
            let bits = self.comparisons[which.index()].bits(level);
            let frequency = self.frequency_bits(table, which, a, b, level);
            sum.add(which, level, bits + frequency);
            if level != Level::Unknown {
                steps.push(step(Some(which), level, bits, StepKind::Trait));
            }
            if frequency != 0.0 {
                steps.push(step(Some(which), level, frequency, StepKind::Frequency));
            }
        }
        let (_, [one_address, one_name, contradiction]) = sum.total(pattern);
        let corrections = [
            (one_address, StepKind::OneAddress),
            (one_name, StepKind::OneName),
            (self.taught_bits, StepKind::Taught),
            (contradiction, StepKind::Contradiction),
        ];
        let said = corrections.into_iter().filter(|(bits, _)| *bits != 0.0);
        steps.extend(said.map(|(bits, kind)| step(None, Level::Unknown, bits, kind)));
        steps
    }

    /// What the rarity of a shared value adds: a common name says less than a rare one.
    fn frequency_bits(&self, table: &Table, which: Trait, a: u32, b: u32, level: Level) -> f64 {
        let is_common = matches!(which, Trait::GivenName | Trait::FamilyName | Trait::City | Trait::Company);
        if level != Level::Same || !is_common {
            return 0.0;
        }
        let shared = table.of(a, which).iter().filter(|value| table.of(b, which).contains(value));
        let n = shared.map(|value| table.n_records_with(which, *value)).min().unwrap_or(1);
        let u = self.comparisons[which.index()].u[Level::Same as usize];
        // Persons and not records: who is there five times must not make a name common. The pair itself says nothing
        // about how often others have the name.
        let n_each = 1.0 + self.prior * (table.len() as f64 - 1.0);
        let seen = (f64::from(n) / n_each - 1.0).max(0.0);
        let n_filled = f64::from(table.n_filled(which)) / n_each;
        let frequency = (seen + u * TERM_SMOOTHING) / (n_filled + TERM_SMOOTHING);
        (u / frequency).log2().clamp(-8.0, 4.0)
    }
}

/// A weight in the making.
struct Sum {
    base: f64,
    traits: f64,
    places: f64,
    heaviest_place: f64,
    taught: f64,
    names: f64,
    alike_address: f64,
    names_id: bool,
}

impl Sum {
    fn new(model: &Model) -> Self {
        Self {
            base: bits_of_chance(model.prior),
            traits: 0.0,
            places: 0.0,
            heaviest_place: 0.0,
            taught: model.taught_bits,
            names: 0.0,
            alike_address: 0.0,
            names_id: false,
        }
    }

    fn add(&mut self, which: Trait, level: Level, bits: f64) {
        if which.is_place() && bits > 0.0 {
            self.places += bits;
            self.heaviest_place = self.heaviest_place.max(bits);
        } else {
            self.traits += bits;
        }
        match which {
            Trait::GivenName | Trait::FamilyName => self.names += bits.max(0.0),
            Trait::Email if level != Level::Same => self.alike_address = bits.max(0.0),
            _ => (),
        }
        self.names_id |= matches!(which, Trait::Email | Trait::ExternalId) && bits > 0.0;
    }

    /// Weight, and what is taken off: for counting an address once, a name once, and for a contradiction.
    fn total(&self, pattern: Pattern) -> (f64, [f64; 3]) {
        let one_address = -(self.places - self.heaviest_place) * (1.0 - PLACE_SHARE);
        let one_name = -self.names.min(self.alike_address) * (1.0 - NAME_SHARE);
        let sum = self.base + self.traits + self.places + one_address + one_name + self.taught;
        let is_relative = pattern.contradicts() && !self.names_id;
        let contradiction = if is_relative { (CONTRADICTED_BITS - sum).min(0.0) } else { 0.0 };
        (sum + contradiction, [one_address, one_name, contradiction])
    }
}

/// What is assumed before any record was seen; with many records it hardly counts.
pub(crate) fn assumed() -> Model {
    let mut comparisons = [Comparison { m: [0.0; Level::N], u: [0.0; Level::N] }; Trait::N];
    for which in Trait::ALL {
        let u_same = match which {
            Trait::GivenName | Trait::City | Trait::Postcode | Trait::District => 0.01,
            Trait::FamilyName | Trait::Company => 0.005,
            Trait::Email | Trait::Phone | Trait::ExternalId => 0.000_01,
            Trait::BirthDate => 0.000_1,
            Trait::Street => 0.001,
            Trait::Region => 0.2,
            Trait::Country => 0.5,
        };
        let m = [0.0, 0.86, 0.03, 0.05, 0.02, 0.01, 0.03];
        let u = [0.0, u_same, u_same * 0.5, u_same * 0.5, u_same * 2.0, u_same * 0.1, 0.0];
        let mut comparison = Comparison { m, u };
        comparison.u[Level::Different as usize] = 1.0 - u.iter().sum::<f64>();
        comparisons[which.index()] = comparison;
    }
    Model { prior: 0.001, comparisons, taught_bits: 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_those_of_the_definition() {
        let mut model = assumed();
        model.prior = 0.001;
        for (which, m, u) in [(Trait::FamilyName, 0.95, 0.01), (Trait::GivenName, 0.9, 0.005)] {
            model.comparisons[which.index()].m[Level::Same as usize] = m;
            model.comparisons[which.index()].u[Level::Same as usize] = u;
        }
        let mut pattern = 0_u64;
        for which in [Trait::FamilyName, Trait::GivenName] {
            pattern |= (Level::Same as u64) << (3 * which.index());
        }
        let bits = model.weigh(Pattern(pattern));
        assert!((bits - 4.097).abs() < 2e-3, "λ = 0.001, (0.95, 0.01), (0.9, 0.005): {bits}");
        assert!((chance(bits) - 0.945).abs() < 1e-3, "{}", chance(bits));
    }
}
