//! The question bar that every analysis shares: what is counted, which period, which customers, compared with whom.

use super::{
    condition::{Condition, What},
    fields::{
        ACTIVITIES, CHANNELS, Field, NO_LIST, Names, SEGMENTS, Takes, choice, field, input, names, options,
        select, several,
    },
    form::{Form, Kind, Versus},
    segments::segments_button,
};
use crate::{
    format,
    workspace::{Workspace, use_workspace},
};
use leptos::prelude::*;
use protocol::question::{Period, Unit};

/// Most conditions of one filter.
const CONDITIONS_MAX: usize = 12;
const DAY_MICROS: i64 = 86_400_000_000;

const UNITS: [(Unit, &str); 4] = [
    (Unit::Customers, "customers"),
    (Unit::Accounts, "accounts"),
    (Unit::Sessions, "sessions"),
    (Unit::Occurrences, "occurrences"),
];

/// Which of the two filters a condition belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// The filter itself.
    This,
    /// The filter compared with.
    Other,
}

impl Side {
    fn of(self, form: &Form) -> &Vec<Condition> {
        if self == Self::This { &form.conditions } else { &form.others }
    }

    fn of_mut(self, form: &mut Form) -> &mut Vec<Condition> {
        if self == Self::This { &mut form.conditions } else { &mut form.others }
    }

    fn name(self) -> &'static str {
        if self == Self::This { "filter" } else { "other" }
    }
}

/// First and last moment of the data.
fn span(workspace: Workspace) -> (i64, i64) {
    workspace.map.with_untracked(|map| {
        let totals = map.as_ref().map(|map| &map.view.totals);
        let first = totals.and_then(|totals| totals.first_micros);
        let last = totals.and_then(|totals| totals.last_micros);
        (first.unwrap_or(0), last.unwrap_or(0))
    })
}

/// A period with one end changed; an end that is left open is the data's own. `None` when both are open.
fn with_end(period: Option<Period>, span: (i64, i64), is_from: bool, day: &str) -> Option<Period> {
    let open = Period {
        from_micros: span.0.div_euclid(DAY_MICROS) * DAY_MICROS,
        until_micros: (span.1.div_euclid(DAY_MICROS) + 1) * DAY_MICROS,
    };
    let mut new = period.unwrap_or(open);
    let wanted = format::day_micros(day);
    if is_from {
        new.from_micros = wanted.unwrap_or(open.from_micros);
    } else {
        // People mean the whole last day.
        new.until_micros = wanted.map_or(open.until_micros, |micros| micros + DAY_MICROS);
    }
    (new != open).then_some(new)
}

/// The units that an analysis can count, with their words.
fn units(kind: Kind) -> Vec<(&'static str, &'static str)> {
    let possible = |(name, _): &(&str, &str)| {
        UNITS.iter().any(|(unit, known)| known == name && kind.units().contains(unit))
    };
    options(&UNITS, "ask.unit").into_iter().filter(possible).collect()
}

/// The question bar.
pub(super) fn question_bar(form: RwSignal<Form>) -> AnyView {
    let workspace = use_workspace();
    let text = workspace.text;
    let unit = choice(form, &UNITS, Form::unit, |form, unit| form.query.unit = unit);
    let kind = Memo::new(move |_| form.with(|form| form.kind));
    let unit = move || select("ask-unit", text.s("ask.unit"), unit, units(kind.get()));
    let end = move |is_from: bool| {
        let shown = move |form: &Form| {
            let micros = |period: Period| if is_from { period.from_micros } else { period.until_micros - 1 };
            form.query.period.map(|period| format::day(micros(period))).unwrap_or_default()
        };
        field(form, shown, move |form, day| {
            form.query.period = with_end(form.query.period, span(workspace), is_from, &day);
        })
    };
    let versus = choice(
        form,
        &Versus::ALL,
        |form| form.versus,
        |form, versus| {
            form.versus = versus;
            if versus == Versus::Filter && form.others.is_empty() {
                form.others.push(Condition::new(What::Has));
            }
        },
    );
    let is_other = Memo::new(move |_| form.with(|form| form.versus == Versus::Filter));
    view! {
        <div class="fields">
            {unit}
            {input("ask-from", text.s("ask.from"), end(true), Takes::Day, NO_LIST)}
            {input("ask-until", text.s("ask.until"), end(false), Takes::Day, NO_LIST)}
            {select("ask-versus", text.s("ask.versus"), versus, options(&Versus::ALL, "ask.versus"))}
        </div>
        {conditions(form, Side::This)}
        {move || is_other.get().then(|| conditions(form, Side::Other))}
    }
    .into_any()
}

fn conditions(form: RwSignal<Form>, side: Side) -> AnyView {
    let text = use_workspace().text;
    let n = Memo::new(move |_| form.with(|form| side.of(form).len()));
    let add = move |_| form.update(|form| side.of_mut(form).push(Condition::new(What::Has)));
    let title = if side == Side::This { text.s("ask.filter") } else { text.s("ask.filter.other") };
    let everybody = move || {
        (side == Side::This && n.get() == 0)
            .then(|| view! { <span class="hint">{text.s("ask.everybody")}</span> })
    };
    view! {
        <div class="conditions" role="group" aria-label=title>
            <p class="conditions-head">
                <strong>{title}</strong>
                {everybody}
                {(side == Side::This).then(|| segments_button(form))}
                <button type="button" class="button small" data-testid=format!("add-{}", side.name()) disabled=move || { n.get() >= CONDITIONS_MAX } on:click=add>{text.s("ask.add_condition")}</button>
            </p>
            <ul>{move || (0..n.get()).map(|at| condition(form, side, at)).collect::<Vec<_>>()}</ul>
        </div>
    }
    .into_any()
}

fn condition(form: RwSignal<Form>, side: Side, at: usize) -> AnyView {
    let text = use_workspace().text;
    let what = Memo::new(move |_| {
        form.with(|form| side.of(form).get(at).map_or(What::Has, |condition| condition.what))
    });
    let chosen = choice(
        form,
        &What::ALL,
        move |form| side.of(form).get(at).map_or(What::Has, |condition| condition.what),
        move |form, what| {
            if let Some(condition) = side.of_mut(form).get_mut(at) {
                condition.become_what(what);
            }
        },
    );
    let id = format!("{}-{at}", side.name());
    let kind = {
        let id = id.clone();
        move || {
            if what.get() == What::Other {
                view! { <span class="field">{text.s("ask.what.other")}</span> }.into_any()
            } else {
                select(
                    &format!("{id}-what"),
                    text.s("ask.condition"),
                    chosen,
                    options(&What::ALL, "ask.what"),
                )
            }
        }
    };
    let remove = move |_| {
        form.update(|form| {
            let conditions = side.of_mut(form);
            if at < conditions.len() {
                conditions.remove(at);
            }
        });
    };
    let number = text.count(at as u64 + 1);
    view! {
        <li class="condition">
            {kind}
            {move || details(form, side, at, &id, what.get())}
            <button type="button" class="button small icon" aria-label=text.fill("ask.remove_condition", &[&number]) on:click=remove>"×"</button>
        </li>
    }
    .into_any()
}

/// A text place of a condition.
fn place(
    form: RwSignal<Form>,
    side: Side,
    at: usize,
    get: fn(&Condition) -> &String,
    get_mut: fn(&mut Condition) -> &mut String,
) -> Field {
    field(
        form,
        move |form| side.of(form).get(at).map(get).cloned().unwrap_or_default(),
        move |form, value| {
            if let Some(condition) = side.of_mut(form).get_mut(at) {
                *get_mut(condition) = value;
            }
        },
    )
}

/// A place of a condition that holds names.
fn names_place(form: RwSignal<Form>, side: Side, at: usize, is_after: bool) -> Names {
    names(
        form,
        move |form| {
            let condition = side.of(form).get(at);
            condition
                .map(|condition| if is_after { condition.after.clone() } else { condition.names.clone() })
                .unwrap_or_default()
        },
        move |form, names| {
            if let Some(condition) = side.of_mut(form).get_mut(at) {
                *(if is_after { &mut condition.after } else { &mut condition.names }) = names;
            }
        },
    )
}

/// The fields of a condition, by what it asks for.
fn details(form: RwSignal<Form>, side: Side, at: usize, id: &str, what: What) -> AnyView {
    let text = use_workspace().text;
    let low = place(form, side, at, |one| &one.low, |one| &mut one.low);
    let high = place(form, side, at, |one| &one.high, |one| &mut one.high);
    let listed = |list: &'static str, caption: &'static str| {
        several(
            &format!("{id}-names"),
            caption,
            names_place(form, side, at, false),
            list,
            text.s("ask.choose"),
        )
    };
    let after = || {
        several(
            &format!("{id}-after"),
            text.s("ask.after"),
            names_place(form, side, at, true),
            ACTIVITIES,
            text.s("ask.choose"),
        )
    };
    let low = |caption: &'static str| input(&format!("{id}-low"), caption, low, Takes::Number, NO_LIST);
    let high = |caption: &'static str| input(&format!("{id}-high"), caption, high, Takes::Number, NO_LIST);
    match what {
        What::Has => [listed(ACTIVITIES, text.s("ask.activity")), low(text.s("ask.times"))].into_any(),
        What::Lacks | What::Starts | What::Ends => listed(ACTIVITIES, text.s("ask.activity")),
        What::Directly => [listed(ACTIVITIES, text.s("ask.before")), after()].into_any(),
        What::Later => {
            [listed(ACTIVITIES, text.s("ask.before")), after(), high(text.s("ask.within"))].into_any()
        }
        What::Pattern => {
            let pattern = place(form, side, at, |one| &one.pattern, |one| &mut one.pattern);
            [
                input(&format!("{id}-pattern"), text.s("ask.pattern"), pattern, Takes::Text, NO_LIST),
                view! { <p class="hint">{text.s("ask.pattern.help")}</p> }.into_any(),
            ]
            .into_any()
        }
        What::Segment | What::NoSegment => listed(SEGMENTS, text.s("ask.segment")),
        What::Channel => listed(CHANNELS, text.s("ask.what.channel")),
        What::Account => listed(NO_LIST, text.s("ask.what.account")),
        What::Duration => [low(text.s("ask.min_days")), high(text.s("ask.max_days"))].into_any(),
        What::Events => [low(text.s("ask.fewest")), high(text.s("ask.most"))].into_any(),
        What::Other => ().into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_takes_whole_days_and_may_be_open() {
        let data = (DAY_MICROS + 5, 9 * DAY_MICROS + 5);
        let from = with_end(None, data, true, "1970-01-04");
        let wanted = Period { from_micros: 3 * DAY_MICROS, until_micros: 10 * DAY_MICROS };
        assert_eq!(from, Some(wanted), "open until the data's last day");
        let both = with_end(from, data, false, "1970-01-05");
        let wanted = Period { from_micros: 3 * DAY_MICROS, until_micros: 5 * DAY_MICROS };
        assert_eq!(both, Some(wanted), "the last day is inside");
        let only_until = with_end(both, data, true, "");
        assert_eq!(
            only_until.map(|period| period.from_micros),
            Some(DAY_MICROS),
            "from the data's first day"
        );
        assert_eq!(with_end(only_until, data, false, ""), None, "open at both ends is no period");
    }
}
