//! How the time column is read: its form, its zone, and the order of day and month with the evidence for it.

use super::Sample;
use crate::plan::{DateOrder, Mapping, TimeReading};
use crate::time::{DayMonth, Form, TimeParser, form_of};

/// One sampled time.
struct Seen<'a> {
    line: u64,
    value: &'a str,
    form: Form,
}

/// Reads the forms of the columns that are mapped to time and end time.
///
/// Call it again when a person chooses other columns.
pub(crate) fn read_times(sample: &Sample, mapping: &Mapping) -> TimeReading {
    let place = |name: &Option<String>| sample.position(name.as_deref());
    let time = place(&mapping.time);
    let starts = time.map(|column| seen(sample, column)).unwrap_or_default();
    let mut all = place(&mapping.end_time).map(|column| seen(sample, column)).unwrap_or_default();
    all.extend(starts.iter().map(|one| Seen { line: one.line, value: one.value, form: one.form }));
    all.sort_by_key(|one| one.line);
    let order = match decided(&all) {
        Some(order) => order,
        None => match time {
            Some(column) => {
                ascending(sample, column, place(&mapping.customer)).unwrap_or_else(|| by_habit(&all))
            }
            None => by_habit(&all),
        },
    };
    TimeReading {
        date_order: order.order,
        date_order_reason: order.reason,
        date_order_open: order.is_open,
        date_order_matters: all.iter().any(|one| {
            matches!(one.form.day_month, DayMonth::Open | DayMonth::DayFirst | DayMonth::MonthFirst)
        }),
        zone_offset_minutes: 0,
        zone_matters: all.iter().any(|one| !one.form.has_zone),
        form: caption(if starts.is_empty() { &all } else { &starts }, order.order),
    }
}

fn seen(sample: &Sample, column: usize) -> Vec<Seen<'_>> {
    let with_form = |row| {
        let value = super::SampleRow::value(row, column);
        form_of(value).map(|form| Seen { line: row.line, value, form })
    };
    sample.rows.iter().filter_map(with_form).collect()
}

/// The most frequent form, and how many others there are.
fn caption(seen: &[Seen<'_>], order: DateOrder) -> String {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for one in seen {
        let caption = one.form.caption(order);
        match counts.iter_mut().find(|(known, _)| *known == caption) {
            Some((_, n)) => *n += 1,
            None => counts.push((caption, 1)),
        }
    }
    let n_others = counts.len().saturating_sub(1);
    let most = counts.into_iter().reduce(|most, next| if next.1 > most.1 { next } else { most });
    match (most, n_others) {
        (None, _) => String::new(),
        (Some((caption, _)), 0) => caption,
        (Some((caption, _)), 1) => format!("{caption}, and one other form"),
        (Some((caption, _)), n) => format!("{caption}, and {n} other forms"),
    }
}

/// An order of day and month, with its evidence.
struct Order {
    order: DateOrder,
    reason: String,
    is_open: bool,
}

/// The order that values settle, or that does not matter.
fn decided(seen: &[Seen<'_>]) -> Option<Order> {
    let all_of = |wanted: DayMonth| seen.iter().filter(move |one| one.form.day_month == wanted);
    let is_needed = all_of(DayMonth::Open).next().is_some();
    let (day, month) = (all_of(DayMonth::DayFirst).next(), all_of(DayMonth::MonthFirst).next());
    let told = |one: &Seen<'_>| format!("line {} has {}", one.line, one.value);
    match (day, month) {
        (Some(day), None) => Some(Order { order: DateOrder::DayFirst, reason: told(day), is_open: false }),
        (None, Some(month)) => {
            Some(Order { order: DateOrder::MonthFirst, reason: told(month), is_open: false })
        }
        (Some(day), Some(month)) => {
            let is_month = all_of(DayMonth::MonthFirst).count() > all_of(DayMonth::DayFirst).count();
            let (order, more) = match is_month {
                true => (DateOrder::MonthFirst, "the month"),
                false => (DateOrder::DayFirst, "the day"),
            };
            let (first, second) = if day.line <= month.line { (day, month) } else { (month, day) };
            let reason = format!("{} but {}; more values have {more} first", told(first), told(second));
            Some(Order { order, reason, is_open: is_needed })
        }
        (None, None) if !is_needed => {
            let reason = match seen.is_empty() {
                true => "no times were found",
                false => "no value depends on the order of day and month",
            };
            Some(Order { order: DateOrder::DayFirst, reason: reason.to_owned(), is_open: false })
        }
        (None, None) => None,
    }
}

/// What is usual where nothing decides.
fn by_habit(seen: &[Seen<'_>]) -> Order {
    let open = || seen.iter().filter(|one| one.form.day_month == DayMonth::Open);
    if open().all(|one| one.form.has_dots()) {
        let reason = "dates with dots are written day first".to_owned();
        return Order { order: DateOrder::DayFirst, reason, is_open: false };
    }
    let example = open().next().map_or("", |one| one.value);
    if open().any(|one| one.form.has_half) {
        let reason =
            format!("nothing decides {example}; times with AM and PM mostly come with the month first");
        return Order { order: DateOrder::MonthFirst, reason, is_open: true };
    }
    let reason =
        format!("nothing in the first rows decides whether {example} begins with the day or the month");
    Order { order: DateOrder::DayFirst, reason, is_open: true }
}

/// Rows that change the date before an order of rows proves an order of day and month.
const MIN_PROOF: usize = 8;

/// Under one reading the rows are in order of time, in the whole file or within each customer, under the other not.
fn ascending(sample: &Sample, time: usize, customer: Option<usize>) -> Option<Order> {
    let whole = compare_steps(sample, time, None);
    let within = customer.and_then(|customer| compare_steps(sample, time, Some(customer)));
    let (order, n_steps, is_within) = match (whole, within) {
        (Some((order, n_steps)), _) => (order, n_steps, false),
        (None, Some((order, n_steps))) => (order, n_steps, true),
        (None, None) => return None,
    };
    let first = match order {
        DateOrder::DayFirst => "day",
        DateOrder::MonthFirst => "month",
    };
    let place = if is_within { " within each customer" } else { "" };
    let reason =
        format!("read {first} first, the rows are in order of time{place}; the other way they are not");
    Some(Order { order, reason, is_open: n_steps < MIN_PROOF })
}

/// The one order under which no step from row to row goes back in time (or all do), and its number of steps to another time.
fn compare_steps(sample: &Sample, time: usize, customer: Option<usize>) -> Option<(DateOrder, usize)> {
    let [day, month] =
        [DateOrder::DayFirst, DateOrder::MonthFirst].map(|order| steps(sample, time, customer, order));
    let is_sorted = |(n_up, n_down): (usize, usize)| n_up.min(n_down) == 0 && n_up.max(n_down) > 1;
    match (is_sorted(day), is_sorted(month)) {
        (true, false) => Some((DateOrder::DayFirst, day.0.max(day.1))),
        (false, true) => Some((DateOrder::MonthFirst, month.0.max(month.1))),
        _ => None,
    }
}

/// Steps forward and back in time between neighbouring rows (of one customer, if that column is given).
fn steps(sample: &Sample, time: usize, customer: Option<usize>, order: DateOrder) -> (usize, usize) {
    let mut parser = TimeParser::new(order, 0);
    let (mut n_up, mut n_down) = (0, 0);
    let mut before: Option<(&str, i64)> = None;
    for row in &sample.rows {
        let Ok(micros) = parser.parse(row.value(time).as_bytes()) else { continue };
        let who = customer.map_or("", |customer| row.value(customer));
        if let Some((_, earlier)) = before.filter(|(same, _)| *same == who) {
            n_up += usize::from(micros > earlier);
            n_down += usize::from(micros < earlier);
        }
        before = Some((who, micros));
    }
    (n_up, n_down)
}
