//! The parameters of each analysis.

use super::{
    condition::{DAY_SECS, days_secs, scaled, typed},
    fields::{
        ACTIVITIES, Field, Names, Takes, choice, field, input, names, options, select, several, tick,
        tick_box,
    },
    form::{Form, Kind},
};
use crate::workspace::use_workspace;
use leptos::prelude::*;
use protocol::question::{Breakdown, Criterion, Grain, StepOrder, Support, TransitionWeight};

/// Most steps of a funnel.
const FUNNEL_STEPS_MAX: usize = 20;
const HOUR_SECS: f64 = 3_600.0;

const GRAINS: [(Grain, &str); 3] = [(Grain::Day, "day"), (Grain::Week, "week"), (Grain::Month, "month")];
const ORDERS: [(StepOrder, &str); 3] =
    [(StepOrder::Ordered, "ordered"), (StepOrder::Strict, "strict"), (StepOrder::Any, "any")];
const BREAKDOWNS: [(Option<Breakdown>, &str); 3] =
    [(None, "none"), (Some(Breakdown::Channel), "channel"), (Some(Breakdown::Account), "account")];
const CRITERIA: [(Criterion, &str); 3] =
    [(Criterion::On, "on"), (Criterion::OnOrAfter, "on_or_after"), (Criterion::OnOrBefore, "on_or_before")];
const WEIGHTS: [(TransitionWeight, &str); 8] = [
    (TransitionWeight::ProbabilityOut, "probability_out"),
    (TransitionWeight::ProbabilityIn, "probability_in"),
    (TransitionWeight::Count, "count"),
    (TransitionWeight::ShareOfTotal, "share_of_total"),
    (TransitionWeight::PerCase, "per_case"),
    (TransitionWeight::Cases, "cases"),
    (TransitionWeight::MedianTime, "median_time"),
    (TransitionWeight::P95Time, "p95_time"),
];

/// The parameters of the analysis chosen.
pub(super) fn parameters(form: RwSignal<Form>, kind: Kind) -> AnyView {
    match kind {
        Kind::Funnel => funnel(form),
        Kind::Retention => retention(form),
        Kind::Paths => paths(form),
        Kind::Transitions => transitions(form),
        Kind::Steps => steps(form),
        Kind::Lifecycle | Kind::Stickiness => by_period(form),
        Kind::Rework => {
            view! { <p class="hint">{use_workspace().text.s("ask.no_parameters")}</p> }.into_any()
        }
        Kind::Sessions => session_timeout(form),
        Kind::Support => support(form),
    }
}

/// A field for a whole number with bounds; what is no number leaves it as it is.
fn count_field(
    form: RwSignal<Form>,
    bounds: (u32, u32),
    place: fn(&mut Form) -> &mut u32,
    get: fn(&Form) -> u32,
) -> Field {
    let set = move |form: &mut Form, value: String| {
        if let Some(n) = scaled(&value, 1.0).and_then(|n| u32::try_from(n).ok()) {
            *place(form) = n.clamp(bounds.0, bounds.1);
        }
    };
    field(form, move |form| get(form).to_string(), set)
}

/// A field for a time limit in a unit of seconds; empty is no limit.
fn limit_field(
    form: RwSignal<Form>,
    unit_secs: f64,
    place: fn(&mut Form) -> &mut Option<u64>,
    get: fn(&Form) -> Option<u64>,
) -> Field {
    let set = move |form: &mut Form, value: String| *place(form) = scaled(&value, unit_secs);
    field(form, move |form| typed(get(form), unit_secs), set)
}

fn optional_name(
    form: RwSignal<Form>,
    get: fn(&Form) -> &Option<String>,
    set: fn(&mut Form, Option<String>),
) -> Field {
    let choose = move |form: &mut Form, value: String| {
        let value = value.trim();
        set(form, (!value.is_empty()).then(|| value.to_owned()));
    };
    field(form, move |form| get(form).clone().unwrap_or_default(), choose)
}

fn funnel(form: RwSignal<Form>) -> AnyView {
    let text = use_workspace().text;
    let n_steps = Memo::new(move |_| form.with(|form| form.funnel.steps.len()));
    let add = move |_| form.update(|form| form.funnel.steps.push(Vec::new()));
    let exclude = names(form, |form| form.funnel.exclude.clone(), |form, names| form.funnel.exclude = names);
    let order = choice(form, &ORDERS, |form| form.funnel.order, |form, order| form.funnel.order = order);
    let split =
        choice(form, &BREAKDOWNS, |form| form.funnel.breakdown, |form, split| form.funnel.breakdown = split);
    let window = field(
        form,
        |form| typed(form.funnel.window_secs, DAY_SECS),
        |form, value| form.funnel.window_secs = days_secs(&value),
    );
    let best = tick(form, |form| form.funnel.best_entry, |form, best| form.funnel.best_entry = best);
    view! {
        <ol class="funnel-steps">
            {move || (0..n_steps.get()).map(|at| funnel_step(form, at, n_steps)).collect::<Vec<_>>()}
        </ol>
        <button type="button" class="button small" data-testid="add-step" disabled=move || { n_steps.get() >= FUNNEL_STEPS_MAX } on:click=add>{text.s("ask.funnel.add")}</button>
        <div class="fields">
            {input("funnel-window", text.s("ask.funnel.window"), window, Takes::Number, "")}
            {select("funnel-order", text.s("ask.funnel.order"), order, options(&ORDERS, "ask.order"))}
            {select("funnel-breakdown", text.s("ask.funnel.breakdown"), split, options(&BREAKDOWNS, "ask.breakdown"))}
            {several("funnel-exclude", text.s("ask.funnel.exclude"), exclude, ACTIVITIES, text.s("ask.nothing"))}
            {tick_box("funnel-best", text.s("ask.funnel.best"), best)}
        </div>
    }
    .into_any()
}

fn funnel_step(form: RwSignal<Form>, at: usize, n_steps: Memo<usize>) -> AnyView {
    let text = use_workspace().text;
    let step = names(
        form,
        move |form| form.funnel.steps.get(at).cloned().unwrap_or_default(),
        move |form, names| {
            if let Some(step) = form.funnel.steps.get_mut(at) {
                *step = names;
            }
        },
    );
    let swap = move |with: usize| {
        form.update(|form| {
            if at < form.funnel.steps.len() && with < form.funnel.steps.len() {
                form.funnel.steps.swap(at, with);
            }
        });
    };
    let remove = move |_| {
        form.update(|form| {
            if at < form.funnel.steps.len() {
                form.funnel.steps.remove(at);
            }
        });
    };
    let number = text.count(at as u64 + 1);
    let caption = text.fill("ask.funnel.step", &[&number]);
    let words = |key: &'static str| text.fill(key, &[&number]);
    view! {
        <li class="funnel-step">
            {several(&format!("funnel-step-{at}"), &caption, step, ACTIVITIES, text.s("ask.choose"))}
            <span class="step-buttons">
                <button type="button" class="button small icon" aria-label=words("ask.funnel.up") disabled={at == 0} on:click=move |_| swap(at.wrapping_sub(1))>"↑"</button>
                <button type="button" class="button small icon" aria-label=words("ask.funnel.down") disabled=move || { at + 1 >= n_steps.get() } on:click=move |_| swap(at + 1)>"↓"</button>
                <button type="button" class="button small icon" aria-label=words("ask.funnel.remove") on:click=remove>"×"</button>
            </span>
        </li>
    }
    .into_any()
}

fn retention(form: RwSignal<Form>) -> AnyView {
    let text = use_workspace().text;
    let starts =
        names(form, |form| form.retention.starts.clone(), |form, names| form.retention.starts = names);
    let returns =
        names(form, |form| form.retention.returns.clone(), |form, names| form.retention.returns = names);
    let grain =
        choice(form, &GRAINS, |form| form.retention.grain, |form, grain| form.retention.grain = grain);
    let criterion =
        choice(form, &CRITERIA, |form| form.retention.criterion, |form, one| form.retention.criterion = one);
    let rolling = tick(form, |form| form.retention.rolling, |form, yes| form.retention.rolling = yes);
    let recurring = tick(form, |form| form.retention.recurring, |form, yes| form.retention.recurring = yes);
    view! {
        <div class="fields">
            {several("retention-starts", text.s("ask.retention.starts"), starts, ACTIVITIES, text.s("ask.any"))}
            {several("retention-returns", text.s("ask.retention.returns"), returns, ACTIVITIES, text.s("ask.any"))}
            {select("retention-grain", text.s("ask.grain"), grain, options(&GRAINS, "ask.grain"))}
            {select("retention-criterion", text.s("ask.retention.criterion"), criterion, options(&CRITERIA, "ask.criterion"))}
            {tick_box("retention-rolling", text.s("ask.retention.rolling"), rolling)}
            {tick_box("retention-recurring", text.s("ask.retention.recurring"), recurring)}
        </div>
    }
    .into_any()
}

fn paths(form: RwSignal<Form>) -> AnyView {
    let text = use_workspace().text;
    let start = optional_name(form, |form| &form.paths.start, |form, name| form.paths.start = name);
    let end = optional_name(form, |form| &form.paths.end, |form, name| form.paths.end = name);
    let n_steps = count_field(form, (1, 20), |form| &mut form.paths.n_steps, |form| form.paths.n_steps);
    let n_rows = count_field(form, (1, 20), |form| &mut form.paths.n_rows, |form| form.paths.n_rows);
    let exclude = names(form, |form| form.paths.exclude.clone(), |form, names| form.paths.exclude = names);
    let by_session = tick(form, |form| form.paths.by_session, |form, yes| form.paths.by_session = yes);
    view! {
        <div class="fields">
            {input("paths-start", text.s("ask.paths.start"), start, Takes::Text, ACTIVITIES)}
            {input("paths-end", text.s("ask.paths.end"), end, Takes::Text, ACTIVITIES)}
            {input("paths-steps", text.s("ask.n_steps"), n_steps, Takes::Number, "")}
            {input("paths-rows", text.s("ask.paths.rows"), n_rows, Takes::Number, "")}
            {several("paths-exclude", text.s("ask.paths.exclude"), exclude, ACTIVITIES, text.s("ask.nothing"))}
            {tick_box("paths-session", text.s("ask.paths.by_session"), by_session)}
            {session_timeout(form)}
        </div>
    }
    .into_any()
}

fn transitions(form: RwSignal<Form>) -> AnyView {
    let text = use_workspace().text;
    let weight = choice(form, &WEIGHTS, |form| form.weight, |form, weight| form.weight = weight);
    let once = tick(form, |form| form.once_per_case, |form, yes| form.once_per_case = yes);
    let hours = tick(form, |form| form.working_hours, |form, yes| form.working_hours = yes);
    view! {
        <div class="fields">
            {select("transitions-weight", text.s("ask.transitions.weight"), weight, options(&WEIGHTS, "ask.weight"))}
            {tick_box("transitions-once", text.s("ask.transitions.once"), once)}
            {tick_box("transitions-hours", text.s("ask.working_hours"), hours)}
        </div>
    }
    .into_any()
}

fn steps(form: RwSignal<Form>) -> AnyView {
    let text = use_workspace().text;
    let n_steps = count_field(form, (1, 50), |form| &mut form.n_steps, |form| form.n_steps);
    let anchor = field(form, |form| form.anchor.clone(), |form, name| form.anchor = name.trim().to_owned());
    view! {
        <div class="fields">
            {input("steps-n", text.s("ask.n_steps"), n_steps, Takes::Number, "")}
            {input("steps-anchor", text.s("ask.steps.anchor"), anchor, Takes::Text, ACTIVITIES)}
        </div>
    }
    .into_any()
}

fn by_period(form: RwSignal<Form>) -> AnyView {
    let text = use_workspace().text;
    let active = names(form, |form| form.active.clone(), |form, names| form.active = names);
    let grain = choice(form, &GRAINS, |form| form.grain, |form, grain| form.grain = grain);
    view! {
        <div class="fields">
            {several("active-names", text.s("ask.active"), active, ACTIVITIES, text.s("ask.any"))}
            {select("active-grain", text.s("ask.grain"), grain, options(&GRAINS, "ask.grain"))}
        </div>
    }
    .into_any()
}

fn session_timeout(form: RwSignal<Form>) -> AnyView {
    let timeout = field(
        form,
        |form| typed(Some(u64::from(form.query.session_timeout_secs)), 60.0),
        |form, value| {
            let secs = scaled(&value, 60.0).and_then(|secs| u32::try_from(secs).ok());
            if let Some(secs) = secs.filter(|secs| *secs > 0) {
                form.query.session_timeout_secs = secs;
            }
        },
    );
    input("session-timeout", use_workspace().text.s("ask.session_timeout"), timeout, Takes::Number, "")
}

fn support(form: RwSignal<Form>) -> AnyView {
    type Place = (&'static str, fn(&Support) -> &Vec<String>, fn(&mut Support) -> &mut Vec<String>);
    const PLACES: [Place; 6] = [
        ("created", |support| &support.created, |support| &mut support.created),
        ("replied", |support| &support.replied, |support| &mut support.replied),
        ("solved", |support| &support.solved, |support| &mut support.solved),
        ("reopened", |support| &support.reopened, |support| &mut support.reopened),
        ("pending", |support| &support.pending, |support| &mut support.pending),
        ("on_hold", |support| &support.on_hold, |support| &mut support.on_hold),
    ];
    let text = use_workspace().text;
    let role = |(name, get, place): Place| {
        let role: Names = names(
            form,
            move |form| get(&form.support).clone(),
            move |form, names| *place(&mut form.support) = names,
        );
        let caption = text.find(&format!("ask.support.{name}")).unwrap_or(name);
        several(&format!("support-{name}"), caption, role, ACTIVITIES, text.s("ask.not_in_data"))
    };
    let reply = limit_field(
        form,
        HOUR_SECS,
        |form| &mut form.support.reply_target_secs,
        |form| form.support.reply_target_secs,
    );
    let resolution = limit_field(
        form,
        HOUR_SECS,
        |form| &mut form.support.resolution_target_secs,
        |form| form.support.resolution_target_secs,
    );
    let hours = tick(form, |form| form.support.working_hours, |form, yes| form.support.working_hours = yes);
    view! {
        <div class="fields">
            {PLACES.into_iter().map(role).collect::<Vec<_>>()}
            {input("support-reply-target", text.s("ask.support.reply_target"), reply, Takes::Number, "")}
            {input("support-resolution-target", text.s("ask.support.resolution_target"), resolution, Takes::Number, "")}
            {tick_box("support-hours", text.s("ask.working_hours"), hours)}
        </div>
    }
    .into_any()
}
