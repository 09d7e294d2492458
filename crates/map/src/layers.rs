//! Verticals within the stages: every stage gets as many as its boxes need, so that the drawing fits a screen.

use crate::choose::{Choice, Line, Mark};
use crate::wrap::Wrapped;

/// The part of the screen the drawing is meant for.
const SCREEN_PX: (f64, f64) = (1_400.0, 520.0);
/// About the space between verticals, the start and the end with theirs, and the height of a box with its space.
const GAP_PX: f64 = 76.0;
const ENDS_PX: f64 = 300.0;
const ROW_PX: f64 = 86.0;
/// Width of a stage without boxes: its name stays readable.
pub(crate) const EMPTY_STAGE_PX: f64 = 120.0;
/// Another vertical must spare at least this share of all drawn occurrences from staying within one …
const MIN_SPARED_RATIO: f64 = 0.02;
/// … and more where the drawing becomes wider than the screen, up to this width.
const MIN_SPARED_BEYOND_RATIO: f64 = 0.05;
const MAX_WIDTH_PX: f64 = 2_000.0;
/// A box leaves its typical position only where that spares at least this share of all drawn occurrences from leading back.
const MIN_FORWARD_RATIO: f64 = 0.005;
/// Rounds of looking for better places.
const N_SIFTS: usize = 4;
/// Typical positions are compared in steps, so that small changes of the data leave the order alone.
const POSITION_STEPS: f64 = 20.0;

/// One vertical of boxes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layer {
    /// `None` for those of the start and the end.
    pub(crate) stage: Option<usize>,
    /// In order of typical position.
    pub(crate) marks: Vec<usize>,
}

/// Deals the marks to verticals, left to right: the start, the stages in order, the end.
pub(crate) fn layers(choice: &Choice, boxes: &[Wrapped], n_stages: usize) -> Vec<Layer> {
    if choice.marks.is_empty() {
        return Vec::new();
    }
    let mut stages: Vec<Stage> = vec![Stage::default(); n_stages];
    for (i, mark) in choice.marks.iter().enumerate() {
        if let Some(stage) = mark.stage {
            stages[stage].marks.push(i);
        }
    }
    for line in choice.lines.iter().filter(|line| line.from != line.to) {
        if let (Some(from), Some(to)) = (choice.marks[line.from].stage, choice.marks[line.to].stage)
            && from == to
        {
            stages[from].inner.push(*line);
        }
    }
    let total = choice.lines.iter().map(|line| line.n_occurrences).sum::<u64>() as f64;
    for stage in &mut stages {
        stage.sort(&choice.marks, total * MIN_FORWARD_RATIO);
    }
    let layer_px = GAP_PX + boxes.iter().map(|wrapped| wrapped.width).sum::<f64>() / boxes.len() as f64;
    let n_rows = n_rows(&stages, layer_px);
    for stage in &mut stages {
        stage.n_layers = stage.marks.len().div_ceil(n_rows);
    }
    widen(&mut stages, n_rows, layer_px, total);
    let mut layers = vec![Layer { stage: None, marks: vec![0] }];
    for (at, stage) in stages.iter().enumerate() {
        let parts = stage.parts(stage.n_layers, n_rows).0;
        layers.extend(parts.into_iter().map(|marks| Layer { stage: Some(at), marks }));
    }
    layers.push(Layer { stage: None, marks: vec![choice.marks.len() - 1] });
    layers
}

#[derive(Clone, Debug, Default)]
struct Stage {
    /// In order of typical position.
    marks: Vec<usize>,
    /// Lines between two different marks of the stage.
    inner: Vec<Line>,
    n_layers: usize,
}

impl Stage {
    /// Sorts by typical position; then each mark goes where least leads back, if that spares at least `least`.
    fn sort(&mut self, marks: &[Mark], least: f64) {
        let step = |mark: usize| (marks[mark].mean_ratio * POSITION_STEPS).round();
        self.marks.sort_by(|&a, &b| step(a).total_cmp(&step(b)).then(a.cmp(&b)));
        if self.inner.is_empty() {
            return;
        }
        for mark in self.marks.repeat(N_SIFTS) {
            let Some(at) = self.marks.iter().position(|&other| other == mark) else { continue };
            self.marks.remove(at);
            // What leads back if the mark stands before all others, and in every later slot.
            let mut gains = vec![0.0; marks.len()];
            for line in self.inner.iter().filter(|line| line.from == mark || line.to == mark) {
                let (other, sign) = if line.from == mark { (line.to, 1.0) } else { (line.from, -1.0) };
                gains[other] += sign * line.n_occurrences as f64;
            }
            let mut back = vec![0.0];
            for &other in &self.marks {
                back.push(back[back.len() - 1] + gains[other]);
            }
            let mut best = at;
            for (slot, &cost) in back.iter().enumerate() {
                let margin = if best == at { least } else { 0.0 };
                if cost + margin < back[best] {
                    best = slot;
                }
            }
            self.marks.insert(best, mark);
        }
    }

    /// Cuts the marks into verticals of at most `n_rows`, so that few occurrences stay within one, and says how many
    /// do.
    fn parts(&self, n_layers: usize, n_rows: usize) -> (Vec<Vec<usize>>, f64) {
        let n = self.marks.len();
        if n == 0 || n_layers == 0 {
            return (Vec::new(), 0.0);
        }
        let within = self.within();
        // best[k][end]: least cost of k verticals with the marks before `end`, and where the last one begins.
        let mut best = vec![vec![(f64::INFINITY, 0); n + 1]; n_layers + 1];
        best[0][0].0 = 0.0;
        for k in 1..=n_layers {
            for end in 1..=n {
                for begin in end.saturating_sub(n_rows)..end {
                    // Among equals the most even cut: squares of the sizes weigh almost nothing.
                    let size = (end - begin) as f64;
                    let cost = best[k - 1][begin].0 + within[begin][end - begin] + size * size * 1e-3;
                    if cost < best[k][end].0 {
                        best[k][end] = (cost, begin);
                    }
                }
            }
        }
        let (mut parts, mut end) = (Vec::new(), n);
        for k in (1..=n_layers).rev() {
            let begin = best[k][end].1;
            parts.push(self.marks[begin..end].to_vec());
            end = begin;
        }
        parts.reverse();
        (parts, best[n_layers][n].0)
    }

    /// Occurrences between the marks `begin..begin + length`, as `[begin][length]`.
    fn within(&self) -> Vec<Vec<f64>> {
        let n = self.marks.len();
        let slot = |mark: usize| self.marks.iter().position(|&other| other == mark).unwrap_or(0);
        let mut within: Vec<Vec<f64>> = (0..n).map(|begin| vec![0.0; n - begin + 1]).collect();
        for line in &self.inner {
            let (from, to) = (slot(line.from), slot(line.to));
            let (low, high) = (from.min(to), from.max(to));
            // Counted in every range that holds both ends; summed up below.
            within[low][high - low + 1] += line.n_occurrences as f64;
        }
        for begin in (0..n).rev() {
            for length in 1..=n - begin {
                let shorter = within[begin][length - 1];
                let later = if length >= 2 { within[begin + 1][length - 1] } else { 0.0 };
                let both = if length >= 2 { within[begin + 1][length - 2] } else { 0.0 };
                within[begin][length] += shorter + later - both;
            }
        }
        within
    }
}

fn width(stages: &[Stage], layer_px: f64, n_layers: impl Fn(&Stage) -> usize) -> f64 {
    let of = |stage: &Stage| {
        if stage.marks.is_empty() { EMPTY_STAGE_PX } else { n_layers(stage) as f64 * layer_px }
    };
    stages.iter().map(of).sum::<f64>() + ENDS_PX
}

/// How many boxes stand above each other at most, so that the drawing is seen as large as possible.
fn n_rows(stages: &[Stage], layer_px: f64) -> usize {
    let most = stages.iter().map(|stage| stage.marks.len()).max().unwrap_or(0).max(1);
    let zoom = |n_rows: usize| {
        let width = width(stages, layer_px, |stage| stage.marks.len().div_ceil(n_rows));
        let height = n_rows as f64 * ROW_PX;
        (SCREEN_PX.0 / width).min(SCREEN_PX.1 / height).min(1.0)
    };
    let mut best = (1, zoom(1));
    for n_rows in 2..=most {
        let zoom = zoom(n_rows);
        if zoom > best.1 {
            best = (n_rows, zoom);
        }
    }
    best.0
}

/// Gives room that is left on the screen to the stages whose edges gain most by another vertical.
fn widen(stages: &mut [Stage], n_rows: usize, layer_px: f64, total: f64) {
    loop {
        let width = width(stages, layer_px, |stage| stage.n_layers) + layer_px;
        let least_ratio = if width <= SCREEN_PX.0 { MIN_SPARED_RATIO } else { MIN_SPARED_BEYOND_RATIO };
        if width > MAX_WIDTH_PX {
            break;
        }
        let gains = stages.iter().enumerate().filter(|(_, stage)| stage.n_layers < stage.marks.len()).map(
            |(at, stage)| {
                let cost = |n_layers| stage.parts(n_layers, n_rows).1;
                (at, cost(stage.n_layers) - cost(stage.n_layers + 1))
            },
        );
        let best = gains.fold(None, |best: Option<(usize, f64)>, gain| match best {
            Some(best) if best.1 >= gain.1 => Some(best),
            _ => Some(gain),
        });
        match best {
            Some((at, gain)) if gain > total * least_ratio => stages[at].n_layers += 1,
            _ => break,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_cut_where_most_flows() {
        let line = |from, to, n_occurrences| Line { from, to, n_occurrences, out_ratio: 0.0 };
        let stage = Stage {
            marks: vec![10, 11, 12, 13],
            inner: vec![line(10, 11, 5), line(11, 12, 900), line(12, 13, 4), line(13, 10, 7)],
            n_layers: 0,
        };
        assert_eq!(
            stage.parts(2, 3).0,
            [vec![10, 11], vec![12, 13]],
            "the heavy edge leads from one to the next"
        );
        assert_eq!(stage.within()[0][4].round(), 916.0, "all of it lies within one");
        assert_eq!(stage.within()[1][3].round(), 904.0, "without the first box");
        assert_eq!(stage.parts(4, 3).0.len(), 4, "as many as wanted");
    }

    #[test]
    fn rows_follow_the_shape_of_the_screen() {
        let stages = |sizes: &[usize]| -> Vec<Stage> {
            sizes.iter().map(|&n| Stage { marks: (0..n).collect(), ..Stage::default() }).collect()
        };
        assert_eq!(n_rows(&stages(&[1, 1, 1, 1, 1]), 210.0), 1, "five boxes in a row");
        assert_eq!(
            n_rows(&stages(&[5, 5, 5, 5, 5, 5, 5, 5]), 210.0),
            5,
            "eight stages leave no room for more verticals"
        );
        assert!(n_rows(&stages(&[40]), 210.0) >= 5, "many boxes stand above each other");
    }
}
