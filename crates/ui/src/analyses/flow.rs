//! Paths as bands from step to step. Places and sizes are worked out here from the figures; the figures are not changed.

use super::{figure::number_words, report::open_mark, room::Answer};
use crate::{text::Text, workspace::Workspace};
use leptos::prelude::*;
use protocol::report::{ColumnKind, Table};
use std::sync::Arc;

/// Distance from one step to the next, in CSS pixels.
const STEP: f64 = 216.0;
/// Width of a place.
const PLACE_WIDTH: f64 = 10.0;
/// Room for names right of the last step.
const NAME_ROOM: f64 = 190.0;
/// Height of the tallest step without the gaps.
const HEIGHT: f64 = 260.0;
/// Gap between places, so that their names have room.
const GAP: f64 = 18.0;
const TOP: f64 = 16.0;
/// Letters of a name that fit.
const NAME_LETTERS: usize = 24;
const N_COLOURS: usize = 7;

/// A band of the table.
struct Band {
    step: usize,
    from: String,
    to: String,
    value: f64,
    mark: Option<String>,
}

/// An activity at a step.
#[derive(Clone, Debug, PartialEq)]
struct Place {
    step: usize,
    name: String,
    value: f64,
    y: f64,
    height: f64,
}

/// A band with its ends: x of the step, heights at both sides.
#[derive(Clone, Debug, PartialEq)]
struct Ribbon {
    step: usize,
    from_y: f64,
    to_y: f64,
    height: f64,
}

/// The bands of a table whose columns are step, from, to, value.
fn bands_of(table: &Table) -> Vec<Band> {
    let mut steps: Vec<String> = Vec::new();
    let mut bands = Vec::new();
    for row in &table.rows {
        let [step, from, to, value, ..] = row.as_slice() else { continue };
        let Some(number) = value.number.filter(|number| *number > 0.0) else { continue };
        let step_name = step.number.map_or_else(|| step.text.clone(), |step| step.to_string());
        let step = steps.iter().position(|name| *name == step_name).unwrap_or(steps.len());
        if step == steps.len() {
            steps.push(step_name);
        }
        // The figure with the cases may be another one than the width.
        let mark = row.iter().find_map(|cell| cell.mark.clone());
        let (from, to) = (from.text.clone(), to.text.clone());
        bands.push(Band { step, from, to, value: number, mark });
    }
    bands
}

/// Places of all steps in the order of their bands, each as high as the larger of what enters and what leaves.
fn places_of(bands: &[Band]) -> Vec<Place> {
    let mut places: Vec<(Place, f64, f64)> = Vec::new();
    let mut add = |step: usize, name: &str, into: f64, out: f64| {
        let known = places.iter_mut().find(|(place, ..)| place.step == step && place.name == name);
        if let Some((_, all_in, all_out)) = known {
            *all_in += into;
            *all_out += out;
        } else {
            let place = Place { step, name: name.to_owned(), value: 0.0, y: 0.0, height: 0.0 };
            places.push((place, into, out));
        }
    };
    for band in bands {
        add(band.step, &band.from, 0.0, band.value);
        add(band.step + 1, &band.to, band.value, 0.0);
    }
    places.into_iter().map(|(place, into, out)| Place { value: into.max(out), ..place }).collect()
}

/// Works out where places and bands are drawn, and how high the whole is.
fn layout(bands: &[Band]) -> (Vec<Place>, Vec<Ribbon>, f64) {
    let mut places = places_of(bands);
    let n_steps = places.iter().map(|place| place.step + 1).max().unwrap_or(0);
    let sum =
        |step: usize| places.iter().filter(|place| place.step == step).map(|place| place.value).sum::<f64>();
    let tallest = (0..n_steps).map(sum).fold(0.0, f64::max);
    let scale = if tallest > 0.0 { HEIGHT / tallest } else { 0.0 };
    let mut bottom = TOP;
    for step in 0..n_steps {
        let mut y = TOP;
        for place in places.iter_mut().filter(|place| place.step == step) {
            place.y = y;
            place.height = place.value * scale;
            y += place.height + GAP;
        }
        bottom = f64::max(bottom, y);
    }
    let mut used = vec![(0.0, 0.0); places.len()];
    let ribbons = bands
        .iter()
        .map(|band| {
            let height = band.value * scale;
            let at = |step: usize, name: &str| {
                places.iter().position(|place| place.step == step && place.name == name)
            };
            let mut take = |place: Option<usize>, is_out: bool| {
                let Some(place) = place else { return 0.0 };
                let (Some(spot), Some(used)) = (places.get(place), used.get_mut(place)) else { return 0.0 };
                let used = if is_out { &mut used.1 } else { &mut used.0 };
                let y = spot.y + *used;
                *used += height;
                y
            };
            let from_y = take(at(band.step, &band.from), true);
            let to_y = take(at(band.step + 1, &band.to), false);
            Ribbon { step: band.step, from_y, to_y, height }
        })
        .collect();
    (places, ribbons, bottom)
}

/// Whether a place stands for the end of a path.
fn is_end(text: Text, name: &str) -> bool {
    name == text.s("cell.ended")
}

fn short(name: &str) -> String {
    if name.chars().count() <= NAME_LETTERS {
        return name.to_owned();
    }
    let mut short: String = name.chars().take(NAME_LETTERS - 1).collect();
    short.push('…');
    short
}

/// Draws the bands of a table; a click on one opens its cases, as its figure in the table does.
pub(super) fn flow(workspace: Workspace, answer: &Arc<Answer>, table: &Table) -> Option<AnyView> {
    let text = workspace.text;
    let bands = bands_of(table);
    let (places, ribbons, height) = layout(&bands);
    let n_steps = places.iter().map(|place| place.step + 1).max()?;
    let mut names: Vec<&String> = Vec::new();
    for place in places.iter().filter(|place| !is_end(text, &place.name)) {
        if !names.contains(&&place.name) {
            names.push(&place.name);
        }
    }
    let colour = |name: &String| {
        if is_end(text, name) {
            return "flow-end".to_owned();
        }
        if name == text.s("cell.other") {
            return "stage-7".to_owned();
        }
        format!("stage-{}", names.iter().position(|one| *one == name).unwrap_or(0) % N_COLOURS)
    };
    let kind = table.columns.get(3).map_or(ColumnKind::Count, |column| column.kind);
    let words = |value: f64| number_words(workspace.text, kind, value);
    let band_shapes: Vec<_> = bands
        .iter()
        .zip(&ribbons)
        .map(|(band, ribbon)| {
            let (from, to) = (ribbon.step as f64 * STEP + PLACE_WIDTH, (ribbon.step + 1) as f64 * STEP);
            let (middle, h) = (f64::midpoint(from, to), ribbon.height);
            let (a, b) = (ribbon.from_y, ribbon.to_y);
            let path = format!(
                "M{from:.1} {a:.1}C{middle:.1} {a:.1} {middle:.1} {b:.1} {to:.1} {b:.1}V{:.1}C{middle:.1} {:.1} {middle:.1} {:.1} {from:.1} {:.1}Z",
                b + h, b + h, a + h, a + h
            );
            let title = format!("{} → {}", band.from, band.to);
            let tip = format!("{title}: {}", words(band.value));
            let class = format!("flow-band {}", colour(if is_end(text, &band.to) { &band.to } else { &band.from }));
            let mark = band.mark.clone().map(|mark| (Arc::clone(answer), mark));
            let open = move |_| {
                if let Some((answer, mark)) = &mark {
                    open_mark(workspace, answer, mark.clone(), title.clone());
                }
            };
            view! { <path class=class d=path on:click=open><title>{tip}</title></path> }.into_any()
        })
        .collect();
    let place_shapes: Vec<_> = places
        .iter()
        .map(|place| {
            let x = place.step as f64 * STEP;
            let class = format!("flow-place {}", colour(&place.name));
            let y = place.y;
            view! {
                <rect class=class x=x y=format!("{y:.1}") width=PLACE_WIDTH height=format!("{:.1}", place.height.max(1.5))/>
                <text class="flow-name" x=x + PLACE_WIDTH + 5.0 y=format!("{:.1}", y + 11.0)>{short(&place.name)}<tspan class="flow-value" dx="5">{words(place.value)}</tspan></text>
            }
            .into_any()
        })
        .collect();
    let width = (n_steps - 1) as f64 * STEP + NAME_ROOM;
    let caption = table.caption.clone();
    Some(
        view! {
            <div class="scroll flow" tabindex="0" role="group" aria-label=caption.clone() data-testid="chart-flow">
                <svg width=width height=height viewBox=format!("0 0 {width} {height}") role="img" aria-label=caption.clone()>{band_shapes}{place_shapes}</svg>
            </div>
        }
        .into_any(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band(step: usize, from: &str, to: &str, value: f64) -> Band {
        Band { step, from: from.to_owned(), to: to.to_owned(), value, mark: None }
    }

    #[test]
    fn bands_fill_their_places_without_overlap() {
        let bands = [
            band(0, "visit", "order", 30.0),
            band(0, "visit", "Ended", 10.0),
            band(0, "search", "order", 20.0),
            band(1, "order", "pay", 50.0),
        ];
        let (places, ribbons, height) = layout(&bands);
        let place = |step: usize, name: &str| {
            places.iter().find(|place| place.step == step && place.name == name).expect("it is drawn")
        };
        assert_eq!(place(1, "order").value, 50.0, "what enters is what leaves");
        assert_eq!(place(0, "visit").y, TOP, "the first place is at the top");
        let scale = place(0, "visit").height / 40.0;
        for ribbon in &ribbons {
            assert!(ribbon.from_y >= TOP && ribbon.from_y + ribbon.height <= height, "inside the drawing");
        }
        assert!((ribbons[1].from_y - (ribbons[0].from_y + 30.0 * scale)).abs() < 1e-9, "one below the other");
        assert!((ribbons[2].to_y - (ribbons[0].to_y + 30.0 * scale)).abs() < 1e-9, "also where they arrive");
        assert!(place(0, "search").y >= place(0, "visit").y + place(0, "visit").height + GAP, "with a gap");
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(short("order"), "order", "what fits stays");
        assert_eq!(short(&"x".repeat(40)).chars().count(), NAME_LETTERS, "the rest is cut");
        let german = Text::for_locales(&["de".to_owned()]);
        assert!(is_end(german, "(beendet)") && !is_end(german, "(andere)"), "only the end itself");
    }
}
