//! Edges as curves: where they leave and enter boxes, how they run, where their figure stands.

use crate::arrow_px;
use crate::choose::Line;
use crate::layers::Layer;
use crate::order::{Holder, Net};
use crate::place::{Heights, Span, boxes_above, spread};
use crate::wrap::Wrapped;

/// Distance of an edge's end from the corner of its box, and of two ends from each other beside their widths.
const CORNER_PX: f64 = 8.0;
const END_GAP_PX: f64 = 4.0;
/// Rounds of moving ends towards each other, and how far apart they may be to be drawn level all the same.
const N_PORT_ROUNDS: usize = 4;
const LEVEL_PX: f64 = 1.5;
/// The place a figure takes.
pub(crate) const LABEL_PX: (f64, f64) = (44.0, 15.0);
/// How far the innermost curve within one vertical bulges, how much more each next one, and at most.
const BULGE_PX: (f64, f64, f64) = (28.0, 11.0, 76.0);
/// Left end of a loop, from the left of its box, and its span and height beside the arrow.
const LOOP_PX: (f64, f64, f64) = (20.0, 26.0, 18.0);

type Point = (f64, f64);

/// A cubic curve by its two control points and its end, from the end of the one before.
type Cubic = [Point; 3];

/// One edge, drawn.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) start: Point,
    pub(crate) cubics: Vec<Cubic>,
    pub(crate) label: Point,
    pub(crate) backward: bool,
}

/// Everything that has its place already.
pub(crate) struct Placed<'a> {
    pub(crate) net: &'a Net,
    pub(crate) layers: &'a [Layer],
    pub(crate) lines: &'a [Line],
    pub(crate) widths: &'a [f64],
    pub(crate) boxes: &'a [Wrapped],
    pub(crate) heights: &'a Heights,
    pub(crate) spans: &'a [Span],
    /// By mark.
    pub(crate) place_of: &'a [usize],
}

/// How an edge is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// From one vertical to another.
    Across,
    /// Back to the same box.
    Loop,
    /// Straight down or up to the next box.
    Next { down: bool },
    /// Around other boxes of the same vertical: down on the right, up on the left.
    Around { down: bool },
}

/// Draws all edges, in the order of the lines.
pub(crate) fn routes(placed: &Placed<'_>) -> Vec<Route> {
    let above = boxes_above(placed.net);
    let shapes: Vec<Shape> = placed.lines.iter().map(|line| placed.shape(*line, &above)).collect();
    let ends = placed.ends(&shapes);
    let bulges = placed.bulges(&shapes, &ends);
    let mut routes: Vec<Route> =
        (0..placed.lines.len()).map(|i| placed.route(i, shapes[i], ends[i], bulges[i])).collect();
    placed.put_labels(&shapes, &mut routes);
    routes
}

/// A place on a side of a box where an edge ends.
#[derive(Clone, Copy, Debug)]
struct Port {
    line: usize,
    /// Whether it is the line's left or upper end.
    is_first: bool,
    /// Where the edge comes from or goes to, which decides about the order.
    toward: f64,
}

impl Placed<'_> {
    fn y(&self, mark: usize) -> f64 {
        self.heights.y[self.place_of[mark]]
    }

    fn span(&self, mark: usize) -> Span {
        self.spans[self.net.places[self.place_of[mark]].layer]
    }

    fn shape(&self, line: Line, above: &[Option<usize>]) -> Shape {
        let layer = |mark: usize| self.net.places[self.place_of[mark]].layer;
        if line.from == line.to {
            Shape::Loop
        } else if layer(line.from) != layer(line.to) {
            Shape::Across
        } else if above[line.to] == Some(line.from) {
            Shape::Next { down: true }
        } else if above[line.from] == Some(line.to) {
            Shape::Next { down: false }
        } else {
            Shape::Around { down: self.y(line.from) < self.y(line.to) }
        }
    }

    /// Heights of the two ends of every line on the sides of their boxes: left end first for lines across, the
    /// beginning first for lines around.
    fn ends(&self, shapes: &[Shape]) -> Vec<(f64, f64)> {
        let mut sides: Vec<[Vec<Port>; 2]> = vec![[Vec::new(), Vec::new()]; self.boxes.len()];
        let mut ends = vec![(0.0, 0.0); self.lines.len()];
        for (line, shape) in shapes.iter().enumerate() {
            let Line { from, to, .. } = self.lines[line];
            match (shape, self.net.chains[line].as_slice()) {
                (Shape::Across, [first, .., last]) => {
                    let chain = &self.net.chains[line];
                    self.put(&mut sides, line, (*first, true), self.heights.y[chain[1]]);
                    self.put(&mut sides, line, (*last, false), self.heights.y[chain[chain.len() - 2]]);
                }
                (Shape::Around { down }, _) => {
                    let side = usize::from(!down);
                    sides[from][side].push(Port { line, is_first: true, toward: self.y(to) });
                    sides[to][side].push(Port { line, is_first: false, toward: self.y(from) });
                }
                _ => {}
            }
        }
        for round in 0..N_PORT_ROUNDS {
            for (mark, ports) in sides.iter_mut().enumerate() {
                for ports in ports {
                    self.spread_ports(mark, ports, round, &mut ends);
                }
            }
        }
        for (end, chain) in ends.iter_mut().zip(&self.net.chains) {
            // A bend too small to mean anything is taken out.
            let level = |y: f64, toward: f64| if (y - toward).abs() <= LEVEL_PX { toward } else { y };
            match chain.as_slice() {
                [] | [_] => {}
                [_, _] => end.0 = level(end.0, end.1),
                [_, second, ..] => {
                    end.0 = level(end.0, self.heights.y[*second]);
                    end.1 = level(end.1, self.heights.y[chain[chain.len() - 2]]);
                }
            }
        }
        ends
    }

    /// Puts an end of a line across on its box: the left end on the right side, the right end on the left side.
    fn put(&self, sides: &mut [[Vec<Port>; 2]], line: usize, (place, is_left): (usize, bool), toward: f64) {
        if let Holder::Mark(mark) = self.net.places[place].holder {
            sides[mark][usize::from(!is_left)].push(Port { line, is_first: is_left, toward });
        }
    }

    /// Spreads the ends on one side of a box in the order of where they lead, each as near as possible to the height
    /// of the other end.
    fn spread_ports(&self, mark: usize, ports: &mut [Port], round: usize, ends: &mut [(f64, f64)]) {
        let n = ports.len();
        if n == 0 {
            return;
        }
        if round == 0 {
            ports.sort_by(|a, b| a.toward.total_cmp(&b.toward).then(a.line.cmp(&b.line)));
        }
        let (middle, half) = (self.y(mark), self.boxes[mark].height / 2.0 - CORNER_PX);
        let mut distances = vec![0.0];
        for pair in ports.windows(2) {
            distances.push((self.widths[pair[0].line] + self.widths[pair[1].line]) / 2.0 + END_GAP_PX);
        }
        let total: f64 = distances.iter().sum();
        let closer = if total > 2.0 * half { 2.0 * half / total } else { 1.0 };
        for distance in &mut distances {
            *distance *= closer;
        }
        let wanted: Vec<(f64, f64)> = ports
            .iter()
            .map(|port| {
                let other = if port.is_first { ends[port.line].1 } else { ends[port.line].0 };
                // The other end of a line between neighbouring verticals can move as well: once placed, it is met.
                let toward =
                    if round > 0 && self.net.chains[port.line].len() == 2 { other } else { port.toward };
                let reach = if (toward - middle).abs() <= half { half } else { half / 2.0 };
                (toward.clamp(middle - reach, middle + reach), self.widths[port.line])
            })
            .collect();
        for (port, y) in ports.iter().zip(spread(&wanted, &distances, (middle - half, middle + half))) {
            let end = &mut ends[port.line];
            *(if port.is_first { &mut end.0 } else { &mut end.1 }) = y;
        }
    }

    /// How far each line around other boxes bulges: short ones within long ones.
    fn bulges(&self, shapes: &[Shape], ends: &[(f64, f64)]) -> Vec<f64> {
        let mut around: Vec<usize> =
            (0..shapes.len()).filter(|&i| matches!(shapes[i], Shape::Around { .. })).collect();
        let length = |i: usize| (ends[i].1 - ends[i].0).abs();
        around.sort_by(|&a, &b| length(a).total_cmp(&length(b)).then(a.cmp(&b)));
        let layer = |i: usize| self.net.places[self.place_of[self.lines[i].from]].layer;
        let mut bulges = vec![0.0; shapes.len()];
        for (at, &i) in around.iter().enumerate() {
            let (top, bottom) = (ends[i].0.min(ends[i].1), ends[i].0.max(ends[i].1));
            let inner = around[..at].iter().filter(|&&other| {
                layer(other) == layer(i)
                    && shapes[other] == shapes[i]
                    && ends[other].0.min(ends[other].1) < bottom
                    && top < ends[other].0.max(ends[other].1)
            });
            let wanted = inner.map(|&other| bulges[other] + BULGE_PX.1).fold(BULGE_PX.0, f64::max);
            bulges[i] = wanted.min(BULGE_PX.2).min(self.widest_bulge(i, shapes[i]));
        }
        bulges
    }

    /// The most a line around other boxes can bulge without reaching those of the next vertical.
    fn widest_bulge(&self, line: usize, shape: Shape) -> f64 {
        /// Space left between the line and those boxes.
        const CLEAR_PX: f64 = 4.0;
        let layer = self.net.places[self.place_of[self.lines[line].from]].layer;
        let gap = match shape {
            Shape::Around { down: true } => {
                self.spans.get(layer + 1).map(|next| next.left - self.spans[layer].right)
            }
            _ => layer.checked_sub(1).map(|before| self.spans[layer].left - self.spans[before].right),
        };
        let room =
            gap.unwrap_or(BULGE_PX.2) - self.widths[line] / 2.0 - arrow_px(self.widths[line]) - CLEAR_PX;
        // A cubic curve goes three quarters of the way to its two control points.
        room / 0.75
    }

    fn route(&self, line: usize, shape: Shape, ends: (f64, f64), bulge: f64) -> Route {
        let Line { from, to, .. } = self.lines[line];
        let (width, span) = (self.widths[line], self.span(from));
        let arrow = arrow_px(width);
        let top = |mark: usize| self.y(mark) - self.boxes[mark].height / 2.0;
        let bottom = |mark: usize| self.y(mark) + self.boxes[mark].height / 2.0;
        match shape {
            Shape::Across => self.across(line, ends),
            Shape::Loop => {
                let (x, y) = (span.left + LOOP_PX.0 + width / 2.0, top(from));
                let (x_end, peak) = (x + LOOP_PX.1 + width / 2.0, y - LOOP_PX.2 - arrow);
                Route {
                    start: (x, y),
                    cubics: vec![[(x, peak), (x_end, peak), (x_end, y - arrow)]],
                    label: (x_end + width / 2.0 + LABEL_PX.0 / 2.0, y - LABEL_PX.1 / 2.0 - 2.0),
                    backward: true,
                }
            }
            Shape::Next { down } => {
                let aside = 5.0 + width / 2.0;
                let x = f64::midpoint(span.left, span.right) + if down { aside } else { -aside };
                let (y, y_end) =
                    if down { (bottom(from), top(to) - arrow) } else { (top(from), bottom(to) + arrow) };
                let label_x = x + (LABEL_PX.0 / 2.0 + width / 2.0) * if down { 1.0 } else { -1.0 };
                Route {
                    start: (x, y),
                    cubics: vec![straight((x, y), (x, y_end))],
                    // Above the lower box: below the upper one its cases that end there are marked.
                    label: (label_x, top(if down { to } else { from }) - LABEL_PX.1 / 2.0 - 2.0),
                    backward: true,
                }
            }
            Shape::Around { down } => {
                let out = if down { 1.0 } else { -1.0 };
                let x = if down { span.right } else { span.left };
                let bulge = bulge * out;
                let x_end = x + arrow * out;
                Route {
                    start: (x, ends.0),
                    cubics: vec![[(x + bulge, ends.0), (x + bulge, ends.1), (x_end, ends.1)]],
                    label: (x + bulge * 0.75, f64::midpoint(ends.0, ends.1)),
                    backward: true,
                }
            }
        }
    }

    /// A line from one vertical to another: level across every vertical, curved between them.
    fn across(&self, line: usize, ends: (f64, f64)) -> Route {
        let Line { from, .. } = self.lines[line];
        let chain = &self.net.chains[line];
        let mut points = Vec::with_capacity(chain.len() * 2);
        for (i, &place) in chain.iter().enumerate() {
            let (span, y) = (self.spans[self.net.places[place].layer], self.heights.y[place]);
            if i == 0 {
                points.push((span.right, ends.0));
            } else if i == chain.len() - 1 {
                points.push((span.left, ends.1));
            } else {
                points.extend([(span.left, y), (span.right, y)]);
            }
        }
        let backward = chain.first() != Some(&self.place_of[from]);
        if backward {
            points.reverse();
        }
        let arrow = arrow_px(self.widths[line]) * if backward { 1.0 } else { -1.0 };
        if let Some(last) = points.last_mut() {
            last.0 += arrow;
        }
        let start = points.first().copied().unwrap_or_default();
        let cubics: Vec<Cubic> = points
            .windows(2)
            .map(|pair| {
                let (a, b) = (pair[0], pair[1]);
                let middle = f64::midpoint(a.0, b.0);
                [(middle, a.1), (middle, b.1), b]
            })
            .collect();
        Route { start, cubics, label: start, backward }
    }

    /// Gives figures their places between verticals, strong edges first, each where no box and no other figure is and
    /// near the middle of its edge; where there is none, in the middle.
    fn put_labels(&self, shapes: &[Shape], routes: &mut [Route]) {
        let mut order: Vec<usize> = (0..self.lines.len()).collect();
        order.sort_by_key(|&i| (std::cmp::Reverse(self.lines[i].n_occurrences), i));
        let mut taken: Vec<Vec<Point>> = vec![Vec::new(); self.layers.len() + 1];
        for i in order {
            let route = &mut routes[i];
            let first_gap = match shapes[i] {
                Shape::Across => self.net.places[self.net.chains[i][0]].layer,
                _ => continue,
            };
            let spots = label_spots(route);
            let n_gaps = self.net.chains[i].len() - 1;
            let gap_of = |curve: usize| first_gap + if route.backward { n_gaps - 1 - curve } else { curve };
            let is_free = |&(curve, at): &(usize, Point)| {
                taken[gap_of(curve)].iter().all(|other| !meets(at, *other))
                    && !self.is_over_box(gap_of(curve), at)
            };
            let Some(&(curve, at)) = spots.iter().find(|spot| is_free(spot)).or(spots.first()) else {
                continue;
            };
            taken[gap_of(curve)].push(at);
            route.label = at;
        }
    }

    /// Whether a figure beside a vertical would lie on one of the boxes left or right of the gap.
    fn is_over_box(&self, gap: usize, at: Point) -> bool {
        let beside = [gap, gap + 1];
        let marks = beside.iter().filter_map(|&layer| self.layers.get(layer)).flat_map(|layer| &layer.marks);
        marks.into_iter().any(|&mark| {
            let (span, half) = (self.span(mark), self.boxes[mark].height / 2.0);
            at.0 + LABEL_PX.0 / 2.0 > span.left
                && at.0 - LABEL_PX.0 / 2.0 < span.right
                && (at.1 - self.y(mark)).abs() < half + LABEL_PX.1 / 2.0
        })
    }
}

fn meets(a: Point, b: Point) -> bool {
    (a.0 - b.0).abs() < LABEL_PX.0 && (a.1 - b.1).abs() < LABEL_PX.1
}

/// Where the figure of a line across may stand, best first, with the number of the curve: in the gaps from the middle
/// outwards, there at the middle of the curve, then towards its ends.
fn label_spots(route: &Route) -> Vec<(usize, Point)> {
    // Every other piece is a curve in a gap; between them the line crosses a vertical.
    let n_gaps = route.cubics.len().div_ceil(2);
    let mut gaps: Vec<usize> = (0..n_gaps).collect();
    gaps.sort_by_key(|&gap| ((2 * gap + 1).abs_diff(n_gaps), gap));
    let mut spots = Vec::with_capacity(3 * gaps.len());
    for t in [0.5, 0.36, 0.64] {
        for &gap in &gaps {
            let begin = if gap == 0 { route.start } else { route.cubics[2 * gap - 1][2] };
            spots.push((gap, point_at(begin, &route.cubics[2 * gap], t)));
        }
    }
    spots
}

fn point_at(start: Point, cubic: &Cubic, t: f64) -> Point {
    let s = 1.0 - t;
    let weights = [s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t];
    let points = [start, cubic[0], cubic[1], cubic[2]];
    points
        .iter()
        .zip(weights)
        .fold((0.0, 0.0), |sum, (point, weight)| (sum.0 + point.0 * weight, sum.1 + point.1 * weight))
}

/// A straight line as a cubic.
fn straight(a: Point, b: Point) -> Cubic {
    let third = |a: f64, b: f64| (2.0 * a + b) / 3.0;
    [(third(a.0, b.0), third(a.1, b.1)), (third(b.0, a.0), third(b.1, a.1)), b]
}

impl Route {
    /// Highest and lowest y and largest x that the line, of this width, and its figure can reach.
    pub(crate) fn bounds(&self, width: f64) -> (f64, f64, f64) {
        let label =
            [-1.0, 1.0].map(|side| (self.label.0 + LABEL_PX.0 / 2.0, self.label.1 + side * LABEL_PX.1 / 2.0));
        let line = std::iter::once(self.start).chain(self.cubics.iter().flatten().copied());
        let thick = line.flat_map(|(x, y)| [(x, y - width / 2.0), (x, y + width / 2.0)]);
        thick.chain(label).fold((f64::INFINITY, f64::NEG_INFINITY, 0.0), |(top, bottom, right), (x, y)| {
            (top.min(y), bottom.max(y), x.max(right))
        })
    }

    /// SVG path data, moved down by `shift`; level pieces are lines.
    pub(crate) fn path_data(&self, shift: f64) -> String {
        let text = |(x, y): Point| format!("{} {}", crate::tenth(x), crate::tenth(y + shift));
        let mut data = format!("M{}", text(self.start));
        let mut last = self.start;
        for (i, &[a, b, end]) in self.cubics.iter().enumerate() {
            let same = |p: f64, q: f64| crate::tenth(p).total_cmp(&crate::tenth(q)).is_eq();
            let is_level = |from: Point, to: Point| same(from.1 + shift, to.1 + shift);
            let is_line = is_level(last, end) && is_level(a, end) && is_level(b, end);
            let next_is_line =
                self.cubics.get(i + 1).is_some_and(|next| is_level(end, next[2]) && is_level(next[0], end));
            let is_upright = same(last.0, end.0) && same(a.0, end.0) && same(b.0, end.0);
            if is_upright || (is_line && !next_is_line) {
                data.push_str(&format!("L{}", text(end)));
            } else if !is_line {
                data.push_str(&format!("C{} {} {}", text(a), text(b), text(end)));
            }
            last = end;
        }
        data
    }
}
