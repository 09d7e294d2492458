//! The editor of working time: opening hours by day, holidays, zone.

use super::{
    fields::{Takes, field, input, names, several},
    form::Form,
};
use crate::workspace::use_workspace;
use leptos::prelude::*;
use protocol::question::{Opening, WorkingTime};

/// Days of the week by the names that words and ids use, Monday first.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MINUTES_OF_DAY: u16 = 1_440;

/// Openings of a day as written: `9:00–12:30, 13:00–17:00`.
fn openings_of(typed: &str, weekday: u8) -> Option<Vec<Opening>> {
    let parts = typed.split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (from, until) = part.split_once(['-', '–'])?;
            let (from_minute, until_minute) = (minute(from)?, minute(until)?);
            (from_minute < until_minute).then_some(Opening { weekday, from_minute, until_minute })
        })
        .collect()
}

/// Minute of the day from `9`, `9:00` or `24:00`.
fn minute(typed: &str) -> Option<u16> {
    let (hours, minutes) = typed.trim().split_once(':').unwrap_or((typed.trim(), "0"));
    let (hours, minutes) = (hours.parse::<u16>().ok()?, minutes.parse::<u16>().ok()?);
    let minute = hours.checked_mul(60)?.checked_add(minutes)?;
    (minutes < 60 && minute <= MINUTES_OF_DAY).then_some(minute)
}

fn written(openings: &[Opening], weekday: u8) -> String {
    let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let of_day = openings.iter().filter(|opening| opening.weekday == weekday);
    let parts: Vec<String> = of_day
        .map(|opening| format!("{}–{}", time(opening.from_minute), time(opening.until_minute)))
        .collect();
    parts.join(", ")
}

/// Minutes from `+01:00`, `-5` or `5:30`; empty is none.
fn offset(typed: &str) -> Option<i32> {
    let typed = typed.trim();
    let (sign, digits) = match typed.strip_prefix(['-', '−']) {
        Some(rest) => (-1, rest),
        None => (1, typed.strip_prefix('+').unwrap_or(typed)),
    };
    let minutes = i32::from(minute(digits)?);
    (minutes <= 14 * 60).then_some(sign * minutes)
}

fn offset_words(minutes: Option<i32>) -> String {
    minutes.map_or_else(String::new, |minutes| {
        let sign = if minutes < 0 { '-' } else { '+' };
        format!("{sign}{:02}:{:02}", minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60)
    })
}

/// The editor; it changes the question's working time.
pub(super) fn editor(form: RwSignal<Form>) -> AnyView {
    let text = use_workspace().text;
    let day = |(weekday, name): (u8, &'static str)| {
        let hours = field(
            form,
            move |form| written(&form.query.working_time.openings, weekday),
            move |form, value| {
                // What cannot be read leaves the day as it is.
                if let Some(openings) = openings_of(&value, weekday) {
                    let all = &mut form.query.working_time.openings;
                    all.retain(|opening| opening.weekday != weekday);
                    all.extend(openings);
                    all.sort_by_key(|opening| (opening.weekday, opening.from_minute));
                }
            },
        );
        let caption = text.find(&format!("ask.hours.{name}")).unwrap_or(name);
        input(&format!("hours-{name}"), caption, hours, Takes::Text, "")
    };
    let holidays = names(
        form,
        |form| form.query.working_time.holidays.clone(),
        |form, mut names| {
            names.sort();
            form.query.working_time.holidays = names;
        },
    );
    let zone = field(
        form,
        |form| offset_words(form.query.working_time.zone_offset_minutes),
        |form, value| form.query.working_time.zone_offset_minutes = offset(&value),
    );
    let reset = move |_| form.update(|form| form.query.working_time = WorkingTime::default());
    view! {
        <fieldset class="working-time" data-testid="working-time">
            <legend>{text.s("ask.hours")}</legend>
            <div class="fields hours">{(0..).zip(DAYS).map(day).collect::<Vec<_>>()}</div>
            <div class="fields">
                {several("hours-holidays", text.s("ask.hours.holidays"), holidays, "", text.s("ask.hours.none"))}
                {input("hours-zone", text.s("ask.hours.zone"), zone, Takes::Text, "")}
                <button type="button" class="button small" data-testid="hours-reset" on:click=reset>{text.s("ask.hours.reset")}</button>
            </div>
            <p class="hint">{text.s("ask.hours.help")}</p>
        </fieldset>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_come_back_as_they_are_written() {
        let openings = openings_of("9-12:30; 13:00–17", 2).expect("two openings");
        assert_eq!(written(&openings, 2), "09:00–12:30, 13:00–17:00", "in one form");
        assert_eq!(openings_of("", 2), Some(Vec::new()), "closed");
        assert_eq!(openings_of("0–24:00", 6).map(|found| found.len()), Some(1), "a whole day");
        for wrong in ["9", "17-9", "9–25", "9:75–10", "x–y"] {
            assert_eq!(openings_of(wrong, 0), None, "{wrong} is no opening");
        }
    }

    #[test]
    fn zones_come_back_as_they_are_written() {
        for (typed, minutes, shown) in
            [("+1", Some(60), "+01:00"), ("-5:30", Some(-330), "-05:30"), ("", None, ""), ("20", None, "")]
        {
            assert_eq!(offset(typed), minutes, "{typed}");
            assert_eq!(offset_words(offset(typed)), shown, "{typed} as shown");
        }
    }
}
