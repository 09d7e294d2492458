//! The parameters of each analysis.

use super::{
    condition::{DAY_SECS, days_secs, scaled, typed},
    fields::{
        ACTIVITIES, Field, Names, SEGMENTS, Takes, choice, field, input, names, options, select, several,
        several_in_order, tick, tick_box,
    },
    form::{Form, Kind},
    working_time,
};
use crate::workspace::use_workspace;
use leptos::prelude::*;
use protocol::import::ScoreKind;
use protocol::question::{
    Attribution, Average, Breakdown, Criterion, Grain, Held, Reference, StepOrder, Support, Tickets,
    TransitionWeight,
};

/// Most steps of a funnel.
const FUNNEL_STEPS_MAX: usize = 20;
const HOUR_SECS: f64 = 3_600.0;
/// Last period of a retention that can be asked for.
const LAST_PERIOD_MAX: u32 = 399;

const GRAINS: [(Grain, &str); 3] = [(Grain::Day, "day"), (Grain::Week, "week"), (Grain::Month, "month")];
const ORDERS: [(StepOrder, &str); 3] =
    [(StepOrder::Ordered, "ordered"), (StepOrder::Strict, "strict"), (StepOrder::Any, "any")];
const BREAKDOWNS: [(Option<Breakdown>, &str); 7] = [
    (None, "none"),
    (Some(Breakdown::Channel), "channel"),
    (Some(Breakdown::Account), "account"),
    (Some(Breakdown::Source), "source"),
    (Some(Breakdown::Activity), "activity"),
    (Some(Breakdown::Start), "start"),
    (Some(Breakdown::Segments), "segments"),
];
const ATTRIBUTIONS: [(How, &str); 4] =
    [(How::First, "first_touch"), (How::Last, "last_touch"), (How::All, "all_steps"), (How::Step, "step")];
const HELD: [(Held, &str); 3] =
    [(Held::Channel, "channel"), (Held::Account, "account"), (Held::Source, "source")];
const CRITERIA: [(Criterion, &str); 4] = [
    (Criterion::On, "on"),
    (Criterion::OnOrAfter, "on_or_after"),
    (Criterion::OnOrBefore, "on_or_before"),
    (Criterion::Brackets, "brackets"),
];
const REFERENCES: [(Reference, &str); 2] = [(Reference::Start, "start"), (Reference::Previous, "previous")];
const AVERAGES: [(Average, &str); 2] = [(Average::Weighted, "weighted"), (Average::Simple, "simple")];
const SURVEYS: [(Option<ScoreKind>, &str); 8] = [
    (None, "any"),
    (Some(ScoreKind::Nps), "nps"),
    (Some(ScoreKind::Csat5), "csat_5"),
    (Some(ScoreKind::Csat7), "csat_7"),
    (Some(ScoreKind::CsatYesNo), "csat_yes_no"),
    (Some(ScoreKind::Ces5), "ces_5"),
    (Some(ScoreKind::Ces7), "ces_7"),
    (Some(ScoreKind::Rating5), "rating_5"),
];
const TICKETS: [(Tickets, &str); 3] =
    [(Tickets::Auto, "auto"), (Tickets::ById, "by_id"), (Tickets::ByActivity, "by_activity")];
const VARIANTS: [(bool, &str); 2] = [(false, "periods"), (true, "daily")];
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

/// Which step decides about a group; the number of a certain one is a field of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    First,
    Last,
    All,
    Step,
}

impl How {
    fn of(attribution: Attribution) -> Self {
        match attribution {
            Attribution::FirstTouch => Self::First,
            Attribution::LastTouch => Self::Last,
            Attribution::AllSteps => Self::All,
            Attribution::Step(_) => Self::Step,
        }
    }

    fn attribution(self) -> Attribution {
        match self {
            Self::First => Attribution::FirstTouch,
            Self::Last => Attribution::LastTouch,
            Self::All => Attribution::AllSteps,
            Self::Step => Attribution::Step(1),
        }
    }
}

/// The parameters of the analysis chosen.
pub(super) fn parameters(form: RwSignal<Form>, kind: Kind) -> AnyView {
    match kind {
        Kind::Funnel => funnel(form),
        Kind::Retention => retention(form),
        Kind::Paths => paths(form),
        Kind::Transitions => transitions(form),
        Kind::Steps => steps(form),
        Kind::Route => route(form),
        Kind::Lifecycle => lifecycle(form),
        Kind::Stickiness => by_period(form),
        Kind::Rework => {
            view! { <p class="hint">{use_workspace().text.s("ask.no_parameters")}</p> }.into_any()
        }
        Kind::Sessions => session_timeout(form),
        Kind::Support => support(form),
        Kind::Scores => scores(form),
        Kind::Revenue => revenue(form),
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
    let first_ever = tick(form, |form| form.funnel.first_ever, |form, yes| form.funnel.first_ever = yes);
    let breakdown = Memo::new(move |_| form.with(|form| form.funnel.breakdown));
    view! {
        <ol class="funnel-steps">
            {move || (0..n_steps.get()).map(|at| funnel_step(form, at, n_steps)).collect::<Vec<_>>()}
        </ol>
        <button type="button" class="button small" data-testid="add-step" disabled=move || { n_steps.get() >= FUNNEL_STEPS_MAX } on:click=add>{text.s("ask.funnel.add")}</button>
        <div class="fields">
            {input("funnel-window", text.s("ask.funnel.window"), window, Takes::Number, "")}
            {select("funnel-order", text.s("ask.funnel.order"), order, options(&ORDERS, "ask.order"))}
            {several("funnel-exclude", text.s("ask.funnel.exclude"), exclude, ACTIVITIES, text.s("ask.nothing"))}
            {tick_box("funnel-best", text.s("ask.funnel.best"), best)}
            {tick_box("funnel-first-ever", text.s("ask.funnel.first_ever"), first_ever)}
            <div class="ticks" role="group" aria-label=text.s("ask.funnel.hold")>
                <span class="hint">{text.s("ask.funnel.hold")}</span>
                {HELD.into_iter().map(|(one, name)| held(form, one, name)).collect::<Vec<_>>()}
            </div>
            {select("funnel-breakdown", text.s("ask.funnel.breakdown"), split, options(&BREAKDOWNS, "ask.breakdown"))}
            {move || attribution(form, breakdown.get())}
        </div>
    }
    .into_any()
}

fn held(form: RwSignal<Form>, one: Held, name: &'static str) -> AnyView {
    let hold = tick(
        form,
        move |form| form.funnel.hold.contains(&one),
        move |form, yes| {
            form.funnel.hold.retain(|held| *held != one);
            form.funnel.hold.extend(yes.then_some(one));
        },
    );
    let caption = use_workspace().text.find(&format!("ask.held.{name}")).unwrap_or(name);
    tick_box(&format!("funnel-hold-{name}"), caption, hold)
}

/// What more a breakdown needs: the step that decides, or the segments.
fn attribution(form: RwSignal<Form>, breakdown: Option<Breakdown>) -> AnyView {
    let text = use_workspace().text;
    match breakdown {
        Some(Breakdown::Channel | Breakdown::Source | Breakdown::Activity) => {
            let how = choice(
                form,
                &ATTRIBUTIONS,
                |form| How::of(form.funnel.attribution),
                |form, how| form.funnel.attribution = how.attribution(),
            );
            let step = field(
                form,
                |form| match form.funnel.attribution {
                    Attribution::Step(step) => step.to_string(),
                    _ => String::new(),
                },
                |form, value| {
                    let n_steps = u32::try_from(form.funnel.steps.len()).unwrap_or(u32::MAX).max(1);
                    if let Some(step) = scaled(&value, 1.0).and_then(|n| u32::try_from(n).ok()) {
                        form.funnel.attribution = Attribution::Step(step.clamp(1, n_steps));
                    }
                },
            );
            let is_step = Memo::new(move |_| form.with(|form| How::of(form.funnel.attribution) == How::Step));
            view! {
                {select("funnel-attribution", text.s("ask.funnel.attribution"), how, options(&ATTRIBUTIONS, "ask.attribution"))}
                {move || is_step.get().then(|| input("funnel-attribution-step", text.s("ask.attribution.which"), step, Takes::Number, ""))}
            }
            .into_any()
        }
        Some(Breakdown::Segments) => {
            let names =
                names(form, |form| form.funnel.segments.clone(), |form, names| form.funnel.segments = names);
            several("funnel-segments", text.s("ask.segment"), names, SEGMENTS, text.s("ask.segments.all"))
        }
        _ => ().into_any(),
    }
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
    let reference = choice(
        form,
        &REFERENCES,
        |form| form.retention.reference,
        |form, one| form.retention.reference = one,
    );
    let average =
        choice(form, &AVERAGES, |form| form.retention.average, |form, one| form.retention.average = one);
    let split = choice(
        form,
        &BREAKDOWNS,
        |form| form.retention.breakdown,
        |form, split| form.retention.breakdown = split,
    );
    let is_by_segment =
        Memo::new(move |_| form.with(|form| form.retention.breakdown == Some(Breakdown::Segments)));
    let segments = move || {
        let names = names(
            form,
            |form| form.retention.segments.clone(),
            |form, names| form.retention.segments = names,
        );
        is_by_segment.get().then(|| {
            several("retention-segments", text.s("ask.segment"), names, SEGMENTS, text.s("ask.segments.all"))
        })
    };
    let is_bracket = Memo::new(move |_| form.with(|form| form.retention.criterion == Criterion::Brackets));
    let columns = move || retention_columns(form, is_bracket.get());
    let rolling = tick(form, |form| form.retention.rolling, |form, yes| form.retention.rolling = yes);
    let recurring = tick(form, |form| form.retention.recurring, |form, yes| form.retention.recurring = yes);
    view! {
        <div class="fields">
            {several("retention-starts", text.s("ask.retention.starts"), starts, ACTIVITIES, text.s("ask.any"))}
            {several("retention-returns", text.s("ask.retention.returns"), returns, ACTIVITIES, text.s("ask.any"))}
            {select("retention-grain", text.s("ask.grain"), grain, options(&GRAINS, "ask.grain"))}
            {select("retention-criterion", text.s("ask.retention.criterion"), criterion, options(&CRITERIA, "ask.criterion"))}
            {columns}
            {select("retention-reference", text.s("ask.retention.reference"), reference, options(&REFERENCES, "ask.reference"))}
            {select("retention-average", text.s("ask.retention.average"), average, options(&AVERAGES, "ask.average"))}
            {tick_box("retention-rolling", text.s("ask.retention.rolling"), rolling)}
            {tick_box("retention-recurring", text.s("ask.retention.recurring"), recurring)}
            {select("retention-breakdown", text.s("ask.funnel.breakdown"), split, options(&BREAKDOWNS, "ask.split"))}
            {segments}
        </div>
    }
    .into_any()
}

/// The columns of a retention: brackets, or the last period.
fn retention_columns(form: RwSignal<Form>, is_bracket: bool) -> AnyView {
    let text = use_workspace().text;
    if is_bracket {
        let brackets = field(
            form,
            |form| written_brackets(&form.retention.brackets),
            |form, value| {
                // What cannot be read leaves them as they are.
                if let Some(brackets) = brackets_of(&value) {
                    form.retention.brackets = brackets;
                }
            },
        );
        return input("retention-brackets", text.s("ask.retention.brackets"), brackets, Takes::Text, "");
    }
    let last = field(
        form,
        |form| form.retention.last_period.map_or_else(String::new, |last| last.to_string()),
        |form, value| {
            let last = scaled(&value, 1.0).and_then(|n| u32::try_from(n).ok());
            form.retention.last_period = last.map(|last| last.min(LAST_PERIOD_MAX));
        },
    );
    input("retention-last", text.s("ask.retention.last"), last, Takes::Number, "")
}

/// Brackets as written: `0, 1–3, 4–7`; none is the usual ones.
fn brackets_of(typed: &str) -> Option<Vec<(u32, u32)>> {
    let parts = typed.split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (first, last) = part.split_once(['-', '–']).unwrap_or((part, part));
            let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
            (first <= last && last <= LAST_PERIOD_MAX).then_some((first, last))
        })
        .collect()
}

fn written_brackets(brackets: &[(u32, u32)]) -> String {
    let usual = [(0, 0), (1, 3), (4, 7), (8, 14), (15, 30)];
    let shown = if brackets.is_empty() { &usual[..] } else { brackets };
    let word = |(first, last): &(u32, u32)| {
        if first == last { first.to_string() } else { format!("{first}–{last}") }
    };
    shown.iter().map(word).collect::<Vec<_>>().join(", ")
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
    let to_route = move |_| form.update(|form| form.kind = Kind::Route);
    view! {
        <div class="fields">
            {select("transitions-weight", text.s("ask.transitions.weight"), weight, options(&WEIGHTS, "ask.weight"))}
            {tick_box("transitions-once", text.s("ask.transitions.once"), once)}
            {tick_box("transitions-hours", text.s("ask.working_hours"), hours)}
        </div>
        {hours_editor(form, |form| form.working_hours)}
        <p class="hint">{text.s("ask.transitions.route")}</p>
        <button type="button" class="button small" data-testid="to-route" on:click=to_route>{text.s("ask.transitions.to_route")}</button>
    }
    .into_any()
}

/// The editor of working time, where it counts.
fn hours_editor(form: RwSignal<Form>, counts: fn(&Form) -> bool) -> AnyView {
    let is_shown = Memo::new(move |_| form.with(counts));
    (move || is_shown.get().then(|| working_time::editor(form))).into_any()
}

fn route(form: RwSignal<Form>) -> AnyView {
    let text = use_workspace().text;
    let stops = names(form, |form| form.route.stops.clone(), |form, names| form.route.stops = names);
    let from_start = tick(form, |form| form.route.from_start, |form, yes| form.route.from_start = yes);
    let to_end = tick(form, |form| form.route.to_end, |form, yes| form.route.to_end = yes);
    let hours = tick(form, |form| form.route.working_hours, |form, yes| form.route.working_hours = yes);
    view! {
        <div class="fields">
            {several_in_order("route-stops", text.s("ask.route.stops"), stops, ACTIVITIES, text.s("ask.choose"))}
            {tick_box("route-start", text.s("ask.route.from_start"), from_start)}
            {tick_box("route-end", text.s("ask.route.to_end"), to_end)}
            {tick_box("route-hours", text.s("ask.working_hours"), hours)}
        </div>
        {hours_editor(form, |form| form.route.working_hours)}
    }
    .into_any()
}

fn lifecycle(form: RwSignal<Form>) -> AnyView {
    let text = use_workspace().text;
    let variant = choice(form, &VARIANTS, |form| form.is_daily, |form, daily| form.is_daily = daily);
    let is_daily = Memo::new(move |_| form.with(|form| form.is_daily));
    let active = names(form, |form| form.active.clone(), |form, names| form.active = names);
    let grain = choice(form, &GRAINS, |form| form.grain, |form, grain| form.grain = grain);
    view! {
        <div class="fields">
            {select("lifecycle-variant", text.s("ask.lifecycle.variant"), variant, options(&VARIANTS, "ask.lifecycle"))}
            {several("active-names", text.s("ask.active"), active, ACTIVITIES, text.s("ask.any"))}
            {move || (!is_daily.get()).then(|| select("active-grain", text.s("ask.grain"), grain, options(&GRAINS, "ask.grain")))}
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

fn scores(form: RwSignal<Form>) -> AnyView {
    let text = use_workspace().text;
    let survey = choice(form, &SURVEYS, |form| form.scores.survey, |form, one| form.scores.survey = one);
    let answers = names(form, |form| form.scores.answers.clone(), |form, names| form.scores.answers = names);
    let asked = names(form, |form| form.scores.asked.clone(), |form, names| form.scores.asked = names);
    let grain = choice(form, &GRAINS, |form| form.scores.grain, |form, grain| form.scores.grain = grain);
    let best = field(
        form,
        |form| form.scores.best.map_or_else(String::new, |best| best.to_string()),
        |form, value| {
            let best = scaled(&value, 1.0).and_then(|n| u32::try_from(n).ok());
            form.scores.best = best.filter(|best| *best > 0);
        },
    );
    view! {
        <div class="fields">
            {select("scores-survey", text.s("ask.scores.survey"), survey, options(&SURVEYS, "ask.survey"))}
            {select("scores-grain", text.s("ask.grain"), grain, options(&GRAINS, "ask.grain"))}
            {input("scores-best", text.s("ask.scores.best"), best, Takes::Number, "")}
            {several("scores-answers", text.s("ask.scores.answers"), answers, ACTIVITIES, text.s("ask.any"))}
            {several("scores-asked", text.s("ask.scores.asked"), asked, ACTIVITIES, text.s("ask.scores.asked.none"))}
        </div>
        <p class="hint">{text.s("ask.scores.help")}</p>
    }
    .into_any()
}

fn revenue(form: RwSignal<Form>) -> AnyView {
    let text = use_workspace().text;
    let grain = choice(form, &GRAINS, |form| form.revenue_grain, |form, grain| form.revenue_grain = grain);
    let select = select("revenue-grain", text.s("ask.grain"), grain, options(&GRAINS, "ask.grain"));
    view! { <div class="fields">{select}</div> }.into_any()
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
    let tickets = choice(form, &TICKETS, |form| form.support.tickets, |form, one| form.support.tickets = one);
    let hours = tick(form, |form| form.support.working_hours, |form, yes| form.support.working_hours = yes);
    view! {
        <div class="fields">
            {select("support-tickets", text.s("ask.support.tickets"), tickets, options(&TICKETS, "ask.tickets"))}
            {PLACES.into_iter().map(role).collect::<Vec<_>>()}
            {input("support-reply-target", text.s("ask.support.reply_target"), reply, Takes::Number, "")}
            {input("support-resolution-target", text.s("ask.support.resolution_target"), resolution, Takes::Number, "")}
            {tick_box("support-hours", text.s("ask.working_hours"), hours)}
        </div>
        {hours_editor(form, |form| form.support.working_hours)}
    }
    .into_any()
}
