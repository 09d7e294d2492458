//! Lenses: which figure the marks of the map show, and in which of five shades.

use super::index::MapIndex;
use crate::text::Text;
use protocol::view::{EdgeView, NodeView, TimeStats};

/// Shades a lens distinguishes.
pub(crate) const N_SHADES: usize = 5;

/// What the figures and shades of the map show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Lens {
    /// How often.
    Occurrences,
    /// In how many cases.
    Cases,
    /// Median time.
    Median,
    /// Mean time.
    Mean,
    /// 95th percentile of the time.
    P95,
}

impl Lens {
    /// All lenses in the order offered.
    pub(crate) const ALL: [Self; 5] = [Self::Occurrences, Self::Cases, Self::Median, Self::Mean, Self::P95];

    /// Short name used for ids and words.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Occurrences => "occurrences",
            Self::Cases => "cases",
            Self::Median => "median",
            Self::Mean => "mean",
            Self::P95 => "p95",
        }
    }

    /// The lens shows durations, not counts.
    pub(crate) fn is_time(self) -> bool {
        matches!(self, Self::Median | Self::Mean | Self::P95)
    }

    /// The node's figure; `None` where it has none.
    pub(crate) fn of_node(self, node: &NodeView) -> Option<f64> {
        match self {
            Self::Occurrences => Some(node.n_occurrences as f64),
            Self::Cases => node.n_cases.map(|n_cases| n_cases as f64),
            _ => node.waiting.map(|time| self.of_time(time)),
        }
    }

    /// The edge's figure; `None` where it has none.
    pub(crate) fn of_edge(self, edge: &EdgeView) -> Option<f64> {
        match self {
            Self::Occurrences => Some(edge.n_occurrences as f64),
            Self::Cases => edge.n_cases.map(|n_cases| n_cases as f64),
            _ => edge.time.map(|time| self.of_time(time)),
        }
    }

    fn of_time(self, time: TimeStats) -> f64 {
        match self {
            Self::Mean => time.mean_secs,
            Self::P95 => time.p95_secs,
            _ => time.median_secs,
        }
    }

    /// The node's figure in words, with whole digits.
    pub(crate) fn node_figure(self, node: &NodeView, text: Text) -> Option<String> {
        match self {
            Self::Occurrences => Some(text.count(node.n_occurrences)),
            Self::Cases => node.n_cases.map(|n_cases| text.count(n_cases)),
            _ => node.waiting.map(|time| text.duration(self.of_time(time))),
        }
    }

    /// The edge's figure in words, short.
    pub(crate) fn edge_figure(self, edge: &EdgeView, text: Text) -> Option<String> {
        match self {
            Self::Occurrences => Some(text.short_count(edge.n_occurrences)),
            Self::Cases => edge.n_cases.map(|n_cases| text.short_count(n_cases)),
            _ => edge.time.map(|time| text.duration(self.of_time(time))),
        }
    }
}

/// Upper limits of all shades but the last, and the range they cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shades {
    /// Smallest value shown.
    pub(crate) low: f64,
    /// Largest value shown.
    pub(crate) high: f64,
    limits: [f64; N_SHADES - 1],
}

impl Shades {
    /// Cuts the range of the values into shades that grow by equal factors, as the values of journeys do.
    ///
    /// Values that are not above zero get the first shade. `None` without values.
    pub(crate) fn new(values: impl Iterator<Item = f64>) -> Option<Self> {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let (mut floor, mut any) = (f64::INFINITY, false);
        for value in values.filter(|value| value.is_finite()) {
            any = true;
            low = low.min(value);
            high = high.max(value);
            if value > 0.0 {
                floor = floor.min(value);
            }
        }
        if !any {
            return None;
        }
        let mut limits = [f64::INFINITY; N_SHADES - 1];
        if high > floor {
            let factor = (high / floor).powf(1.0 / N_SHADES as f64);
            let mut limit = floor;
            for place in &mut limits {
                limit *= factor;
                *place = limit;
            }
        }
        Some(Self { low, high, limits })
    }

    /// The shade of a value, from 0.
    pub(crate) fn of(&self, value: f64) -> usize {
        self.limits.iter().filter(|&&limit| value >= limit).count()
    }
}

/// Shades of a map under a lens: nodes and edges apart, for their values differ by nature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct MapShades {
    /// Shades of nodes.
    pub(crate) nodes: Option<Shades>,
    /// Shades of edges.
    pub(crate) edges: Option<Shades>,
}

impl MapShades {
    /// Cuts the shades for all drawn marks.
    pub(crate) fn new(map: &MapIndex, lens: Lens) -> Self {
        Self {
            nodes: Shades::new(map.view.nodes.iter().filter_map(|node| lens.of_node(node))),
            edges: Shades::new(map.view.edges.iter().filter_map(|edge| lens.of_edge(edge))),
        }
    }
}

/// Class of a shade; without a value the mark has none.
pub(crate) fn shade_class(shades: Option<Shades>, value: Option<f64>) -> &'static str {
    const CLASSES: [&str; N_SHADES] = ["shade-0", "shade-1", "shade-2", "shade-3", "shade-4"];
    match (shades, value) {
        (Some(shades), Some(value)) => CLASSES[shades.of(value)],
        _ => "shade-none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_grow_by_equal_factors() {
        let shades = Shades::new([1.0, 100_000.0].into_iter()).expect("there are values");
        let places: Vec<usize> =
            [0.0, 1.0, 9.0, 11.0, 5_000.0, 100_000.0].map(|value| shades.of(value)).to_vec();
        assert_eq!(places, [0, 0, 0, 1, 3, 4], "one shade a factor of ten");
    }

    #[test]
    fn equal_values_share_the_first_shade() {
        let shades = Shades::new([7.0, 7.0].into_iter()).expect("there are values");
        assert_eq!(shades.of(7.0), 0, "nothing stands out");
        assert_eq!(Shades::new([f64::NAN].into_iter()), None, "no value, no shades");
    }
}
