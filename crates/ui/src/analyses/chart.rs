//! Bars, stacked bars and lines, drawn from a table. The table below holds the same figures and the buttons, so that
//! a drawing is only a picture.

use super::{
    figure::{cell_words, number_words, row_words},
    report::open_mark,
    room::Answer,
};
use crate::{text::Text, workspace::Workspace};
use leptos::prelude::*;
use protocol::report::{Cell, ColumnKind, Table};
use std::{fmt::Write, sync::Arc};

/// Bars drawn; a longer table is told by its figures.
const BARS_MAX: usize = 60;
/// Colours there are.
const N_COLOURS: usize = 8;
/// Size of the drawing in its own pixels, stretched to the place it has.
const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 240.0;

/// A bar for each row, with its interval.
pub(super) fn bars(workspace: Workspace, answer: &Arc<Answer>, table: &Table, at: usize) -> Option<AnyView> {
    let column = table.columns.get(at)?;
    let ends = |cell: &Cell| {
        let high = cell.interval.map_or(0.0, |(_, high)| high);
        cell.number.unwrap_or(0.0).max(high)
    };
    let most = table.rows.iter().filter_map(|row| row.get(at)).map(ends).fold(0.0, f64::max);
    // Shares are drawn against the whole, so that bars of two reports can be compared.
    let most = if column.kind == ColumnKind::Ratio { most.max(1.0) } else { most };
    if most <= 0.0 {
        return None;
    }
    let percent = |value: f64| format!("{:.2}%", (value / most).clamp(0.0, 1.0) * 100.0);
    let bar = |row: &Vec<Cell>| {
        let cell = row.get(at)?;
        let value = cell.number?;
        let whisker = cell.interval.map(|(low, high)| {
            let (start, size) = (percent(low), percent(high - low));
            view! { <span class="bar-whisker" style:inset-inline-start=start style:inline-size=size></span> }
        });
        let name = row_words(workspace.text, table, row);
        let title = format!("{name} · {}", column.caption);
        let mark = cell.mark.clone().map(|mark| (Arc::clone(answer), mark));
        let has_mark = mark.is_some();
        let open = move |_| {
            if let Some((answer, mark)) = &mark {
                open_mark(workspace, answer, mark.clone(), title.clone());
            }
        };
        Some(view! {
            <li class="bar-row" class:opens=has_mark on:click=open>
                <span class="bar-name"><bdi>{name}</bdi></span>
                <span class="bar-track"><span class="bar-fill" class:partial=cell.partial style:inline-size=percent(value)></span>{whisker}</span>
                <span class="bar-value">{cell_words(workspace.text, column, cell)}</span>
            </li>
        })
    };
    let bars: Vec<_> = table.rows.iter().take(BARS_MAX).filter_map(bar).collect();
    let has_interval = table.rows.iter().any(|row| row.get(at).is_some_and(|cell| cell.interval.is_some()));
    let legend = has_interval.then(|| view! { <p class="hint"><span class="whisker-sign"></span>{workspace.text.s("report.interval")}</p> });
    Some(
        view! {
            <div class="bars" aria-hidden="true" data-testid="chart-bars">
                <p class="hint">{column.caption.clone()}</p>
                <ul>{bars}</ul>
                {legend}
            </div>
        }
        .into_any(),
    )
}

/// A round number that is not below a figure: 1, 2 or 5 times a power of ten.
fn round_up(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 0.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * power).find(|step| *step >= value).unwrap_or(value)
}

/// From where to where a drawing goes, always with zero inside.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn new(low: f64, high: f64, kind: ColumnKind) -> Option<Self> {
        let high = if kind == ColumnKind::Ratio && high <= 1.0 { 1.0 } else { round_up(high) };
        let low = -round_up(-low);
        (high > low).then_some(Self { low, high })
    }

    fn y(self, value: f64) -> f64 {
        (self.high - value) / (self.high - self.low) * HEIGHT
    }
}

/// Ends of the stacks of a row: how far it goes below and above zero.
fn stack_ends(row: &[Cell], columns: &[usize]) -> (f64, f64) {
    let figures = columns.iter().filter_map(|at| row.get(*at)?.number);
    figures.fold(
        (0.0, 0.0),
        |(low, high), value| if value < 0.0 { (low + value, high) } else { (low, high + value) },
    )
}

/// Stacked bars, or lines: the first column is the horizontal place, the columns of the second one's kind are drawn.
pub(super) fn series(text: Text, table: &Table, is_stacked: bool) -> Option<AnyView> {
    let kind = table.columns.get(1)?.kind;
    let columns: Vec<usize> = (1..table.columns.len())
        .filter(|at| table.columns.get(*at).is_some_and(|one| one.kind == kind))
        .collect();
    let ends = |row: &Vec<Cell>| {
        if is_stacked {
            return stack_ends(row, &columns);
        }
        let figures = columns.iter().filter_map(|at| row.get(*at)?.number);
        figures.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)))
    };
    let (low, high) =
        table.rows.iter().map(ends).fold((0.0_f64, 0.0_f64), |all, one| (all.0.min(one.0), all.1.max(one.1)));
    let scale = Scale::new(low, high, kind)?;
    let shapes = if is_stacked { stacks(table, &columns, scale) } else { lines(table, &columns, scale) };
    let legend: Vec<_> = columns
        .iter()
        .enumerate()
        .map(|(place, at)| {
            let class = format!("series-sign stage-{} dash-{place}", place % N_COLOURS);
            let caption = table.columns.get(*at).map(|column| column.caption.clone());
            view! { <li><svg viewBox="0 0 24 10" class=class aria-hidden="true"><path d="M0 5h24"/></svg>{caption}</li> }
        })
        .collect();
    let caption = table.caption.clone();
    let zero = scale.y(0.0);
    let label = |value: f64| number_words(text, kind, value);
    let low_label =
        (scale.low < 0.0).then(|| view! { <span style:inset-block-start="100%">{label(scale.low)}</span> });
    let zero_place = format!("{:.2}%", zero / HEIGHT * 100.0);
    Some(
        view! {
            <div class="series" class:stacked=is_stacked data-testid="chart-series">
                <ul class="series-legend">{legend}</ul>
                <div class="series-body">
                    <div class="series-y" aria-hidden="true">
                        <span style:inset-block-start="0">{label(scale.high)}</span>
                        <span style:inset-block-start=zero_place>{label(0.0)}</span>
                        {low_label}
                    </div>
                    <svg class="series-drawing" viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" role="img" aria-label=caption>
                        <path class="series-zero" d=format!("M0 {zero:.1}H{WIDTH}")/>
                        {shapes}
                    </svg>
                    <div class="series-x" aria-hidden="true">{x_labels(text, table)}</div>
                </div>
            </div>
        }
        .into_any(),
    )
}

/// Names of the first, middle and last place.
fn x_labels(text: Text, table: &Table) -> Vec<AnyView> {
    let n = table.rows.len();
    let mut places = vec![0, n.saturating_sub(1) / 2, n.saturating_sub(1)];
    places.dedup();
    let label = |at: usize| {
        let (column, cell) = (table.columns.first()?, table.rows.get(at)?.first()?);
        Some(view! { <span>{cell_words(text, column, cell)}</span> }.into_any())
    };
    places.into_iter().filter_map(label).collect()
}

fn stacks(table: &Table, columns: &[usize], scale: Scale) -> Vec<AnyView> {
    let slot = WIDTH / table.rows.len().max(1) as f64;
    let mut shapes = Vec::new();
    for (place, row) in table.rows.iter().enumerate() {
        let (mut up, mut down) = (0.0, 0.0);
        for (series, at) in columns.iter().enumerate() {
            let Some(cell) = row.get(*at) else { continue };
            let value = cell.number.unwrap_or(0.0);
            let end = if value < 0.0 { &mut down } else { &mut up };
            let from = *end;
            *end += value;
            let (top, bottom) = (scale.y(from.max(*end)), scale.y(from.min(*end)));
            let x = (place as f64 + 0.1) * slot;
            let class = format!("stack stage-{}", series % N_COLOURS);
            shapes.push(
                view! {
                    <rect class=class class:unfinished=cell.partial x=format!("{x:.2}") y=format!("{top:.2}") width=format!("{:.2}", slot * 0.8) height=format!("{:.2}", bottom - top)/>
                }
                .into_any(),
            );
        }
    }
    shapes
}

fn lines(table: &Table, columns: &[usize], scale: Scale) -> Vec<AnyView> {
    let n_gaps = table.rows.len().saturating_sub(1).max(1) as f64;
    let line = |(series, at): (usize, &usize)| {
        let mut path = String::new();
        let mut is_open = false;
        for (place, row) in table.rows.iter().enumerate() {
            let Some(value) = row.get(*at).and_then(|cell| cell.number) else {
                is_open = false;
                continue;
            };
            let x = place as f64 / n_gaps * WIDTH;
            // Writing to a string doesn't fail.
            write!(path, "{}{x:.1} {:.1}", if is_open { 'L' } else { 'M' }, scale.y(value)).ok();
            is_open = true;
        }
        let class = format!("line stage-{} dash-{series}", series % N_COLOURS);
        view! { <path class=class d=path/> }.into_any()
    };
    columns.iter().enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_at_round_numbers() {
        for (value, round) in
            [(0.0, 0.0), (1.0, 1.0), (13.0, 20.0), (0.034, 0.05), (501.0, 1_000.0), (200.0, 200.0)]
        {
            assert!((round_up(value) - round).abs() < 1e-9, "{value} ends at {round}");
        }
    }

    #[test]
    fn zero_is_always_inside() {
        let scale = Scale::new(-30.0, 70.0, ColumnKind::Count).expect("there are figures");
        assert_eq!((scale.low, scale.high), (-50.0, 100.0), "dormant goes below zero");
        assert_eq!(scale.y(100.0), 0.0, "the most is at the top");
        assert_eq!(scale.y(-50.0), HEIGHT, "the least at the bottom");
        assert_eq!(Scale::new(0.0, 0.0, ColumnKind::Count), None, "nothing to draw");
        let shares = Scale::new(0.0, 0.4, ColumnKind::Ratio).expect("there are figures");
        assert_eq!(shares.high, 1.0, "shares are drawn against the whole");
    }

    #[test]
    fn stacks_grow_both_ways() {
        let cell = |value: f64| Cell { number: Some(value), ..Cell::default() };
        let row = [cell(9.0), cell(2.0), cell(-3.0), cell(4.0)];
        assert_eq!(stack_ends(&row, &[1, 2, 3]), (-3.0, 6.0), "losses below zero, gains above");
    }
}
