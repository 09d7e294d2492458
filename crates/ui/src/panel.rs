//! The drill panel: what a mark stands for, the cases behind it, and one case with all its events.

use crate::{
    card::{figure_button, figure_of},
    format, host,
    map::{
        MapIndex, Mark,
        node::{FigureRow, STAGE_UNSURE_BELOW, time_rows},
        tooltip::{edge_rows, node_rows},
    },
    people::{People, use_people},
    privacy::person::PersonActions,
    worker::Fault,
    workspace::{Workspace, use_workspace},
};
use leptos::{html, prelude::*, task::spawn_local};
use protocol::{
    Request, Selection,
    figure::Measure,
    view::{CaseRow, EventRow, NodeKind, NodeView, TimeStats, Timeline},
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, SvgElement};

/// Cases asked for at a time.
const PAGE: u32 = 50;
/// Events of a case drawn at once; the rest on demand.
const EVENTS_PAGE: usize = 500;

/// What the panel is about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Target {
    /// Title.
    pub(crate) title: String,
    /// The cases behind it.
    pub(crate) selection: Selection,
    /// The mark on the map, where it is one.
    pub(crate) mark: Option<Mark>,
    /// Put the focus on the choice of the stage.
    pub(crate) choose_stage: bool,
    /// The customer whose dialog it was opened from, and to whom a timeline returns.
    pub(crate) came_from: Option<String>,
}

impl Target {
    /// Makes a target.
    pub(crate) fn new(title: String, selection: Selection, mark: Option<Mark>) -> Self {
        Self { title, selection, mark, choose_stage: false, came_from: None }
    }
}

/// The panel, whenever there is a target.
#[component]
pub(crate) fn Panel() -> impl IntoView {
    let workspace = use_workspace();
    // Choosing another mark replaces the panel; a stage choice asked for later only moves the focus.
    let target = Memo::new(move |_| workspace.panel.get());
    view! { {move || target.get().map(|target| view! { <PanelOf target/> })} }.into_any()
}

/// The element that had the focus when the panel opened, so that it gets it back.
fn focused_element(workspace_root: &Element) -> Option<Element> {
    let root = workspace_root.get_root_node().dyn_into::<web_sys::ShadowRoot>().ok()?;
    root.active_element()
}

fn give_focus(element: &Element) {
    // Elements that left the page cannot take the focus; the browser then keeps its own place.
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        element.focus().ok();
    } else if let Some(element) = element.dyn_ref::<SvgElement>() {
        element.focus().ok();
    }
}

#[component]
fn PanelOf(target: Target) -> impl IntoView {
    let workspace = use_workspace();
    let people = use_people();
    let text = workspace.text;
    let panel = NodeRef::<html::Section>::new();
    let before = StoredValue::new_local(None::<Element>);
    Effect::new(move |_| {
        if let Some(panel) = panel.get() {
            before.set_value(focused_element(&panel).filter(|element| !panel.contains(Some(element))));
            panel.focus().ok();
        }
    });
    let close = move || {
        let opener = before.get_value();
        workspace.panel.set(None);
        workspace.open_case.set(None);
        if let Some(opener) = opener {
            give_focus(&opener);
        }
    };
    let press = move |ev: web_sys::KeyboardEvent| {
        if ev.key() == "Escape" {
            ev.stop_propagation();
            if workspace.open_case.with_untracked(Option::is_some) {
                leave_case(workspace, people)
            } else {
                close()
            }
        }
    };
    let title = target.title.clone();
    let content = move || match workspace.open_case.get() {
        Some(customer) => view! { <CaseView customer/> }.into_any(),
        None => view! { <MarkFacts target=target.clone()/> <Cases selection=target.selection.clone()/> }
            .into_any(),
    };
    view! {
        <section class="panel" tabindex="-1" node_ref=panel aria-labelledby="panel-title" data-testid="panel" on:keydown=press>
            <header class="panel-head">
                <h2 id="panel-title">{title}</h2>
                <button type="button" class="button icon" aria-label=text.s("dialog.close") data-testid="panel-close" on:click=move |_| close()>"×"</button>
            </header>
            <div class="panel-body">{content}</div>
        </section>
    }
    .into_any()
}

#[component]
fn MarkFacts(target: Target) -> impl IntoView {
    let workspace = use_workspace();
    let choose_stage = target.choose_stage;
    let facts = move || {
        let mark = target.mark.as_ref()?;
        workspace.map.with(|map| {
            let map = map.as_ref()?;
            match mark {
                Mark::Node(key) => map.node(key).map(|node| node_facts(workspace, map, node, choose_stage)),
                Mark::Edge(key) => map.edge(key).map(|edge| {
                    let text = workspace.text;
                    let of = map.selection_of_edge(edge);
                    let time = edge.time.map(|time| {
                        let rows = time_rows(time, Measure::StepTime, text);
                        figures(workspace, text.s("panel.edge_time"), rows, &of)
                    });
                    view! {
                        {figures(workspace, text.s("panel.edge"), edge_rows(map, edge, text), &of)}
                        {time}
                    }
                    .into_any()
                }),
            }
        })
    };
    view! { <section class="facts">{facts}</section> }.into_any()
}

/// A block of figures under the definition that all of them share; each opens its card.
fn figures(workspace: Workspace, definition: &'static str, rows: Vec<FigureRow>, of: &Selection) -> AnyView {
    let rows = rows.into_iter().map(|(caption, words, measure)| {
        let figure = figure_button(workspace, caption, words, figure_of(measure, of));
        view! { <dt>{caption}</dt> <dd>{figure}</dd> }
    });
    view! {
        <p class="definition">{definition}</p>
        <dl class="figures">{rows.collect::<Vec<_>>()}</dl>
    }
    .into_any()
}

fn node_facts(workspace: Workspace, map: &MapIndex, node: &NodeView, choose_stage: bool) -> AnyView {
    let text = workspace.text;
    let definition = match node.kind {
        NodeKind::Start => text.s("panel.start"),
        NodeKind::Ended => text.s("panel.ended"),
        NodeKind::Other => text.s("panel.other"),
        NodeKind::Activity => text.s("panel.node"),
    };
    let of = MapIndex::selection_of_node(node);
    let times = |definition, time: Option<TimeStats>, measure| {
        time.map(|time| figures(workspace, definition, time_rows(time, measure, text), &of))
    };
    let waiting = times(text.s("panel.waiting"), node.waiting, Measure::Waiting);
    let service = times(text.s("panel.service"), node.service, Measure::Service);
    let members = (node.kind == NodeKind::Other).then(|| {
        let names: Vec<_> = node.activities.iter().map(|name| view! { <li>{name.clone()}</li> }).collect();
        view! { <details><summary>{text.plural("count.activities", node.activities.len() as u64)}</summary><ul>{names}</ul></details> }
    });
    let stage = (node.kind == NodeKind::Activity).then(|| {
        let current = map.stage_of(node).map(|stage| stage.name.clone()).unwrap_or_default();
        let unsure = !node.stage_custom && node.stage_confidence_ratio < STAGE_UNSURE_BELOW;
        let sure = if node.stage_custom {
            text.s("stage.by_hand").to_owned()
        } else {
            text.fill("stage.by_rule", &[&text.say(&node.stage_reason), &text.rough_percent(node.stage_confidence_ratio)])
        };
        view! {
            <div class="role">
                <label for="panel-stage">{text.s("stage.of")}</label>
                <StageSelect id="panel-stage" activity=node.name.clone() current is_custom=node.stage_custom focus=choose_stage/>
                <span class="reason" class:unsure=unsure>{sure}</span>
            </div>
        }
    });
    view! {
        {figures(workspace, definition, node_rows(map, node, text), &of)}
        {stage}
        {members}
        {waiting}
        {service}
    }
    .into_any()
}

/// The choice of an activity's stage.
#[component]
pub(crate) fn StageSelect(
    id: &'static str,
    activity: String,
    current: String,
    is_custom: bool,
    #[prop(optional)] focus: bool,
) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let select = NodeRef::<html::Select>::new();
    if focus {
        Effect::new(move |_| {
            if let Some(select) = select.get() {
                select.focus().ok();
            }
        });
    }
    let names = workspace.map.with_untracked(|map| {
        map.as_ref()
            .map(|map| map.view.stages.iter().map(|stage| stage.name.clone()).collect::<Vec<_>>())
            .unwrap_or_default()
    });
    let options: Vec<_> = names
        .into_iter()
        .map(|name| {
            let is_current = name == current;
            view! { <option value=name.clone() selected=is_current>{text.stage(&name)}</option> }
        })
        .collect();
    let caption = text.fill("stage.of_activity", &[&activity]);
    let choose = move |ev| {
        let value = event_target_value(&ev);
        let stage = (!value.is_empty()).then_some(value);
        workspace.edit_stages(Request::SetStage { activity: activity.clone(), stage });
    };
    view! {
        <select id=id class="stage-select" node_ref=select aria-label=caption data-testid="stage-select" on:change=choose>
            {options}
            {is_custom.then(|| view! { <option value="">{text.s("stage.return_to_rule")}</option> })}
        </select>
    }
    .into_any()
}

#[component]
fn Cases(selection: Selection) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let rows = RwSignal::new(Vec::<CaseRow>::new());
    let n_total = RwSignal::new(None::<u64>);
    let is_asking = RwSignal::new(false);
    let selection = StoredValue::new(selection);
    let more = move || {
        is_asking.set(true);
        let offset = u32::try_from(rows.with_untracked(Vec::len)).unwrap_or(u32::MAX);
        let revision = workspace.revision.get_untracked();
        spawn_local(async move {
            let (Some(client), Some(selection)) = (workspace.client(), selection.try_get_value()) else {
                return;
            };
            let answer = client.cases(selection, offset, PAGE).await;
            // The panel may show something else by now, or the figures may have changed while we asked.
            if matches!(answer, Err(Fault::Gone))
                || is_asking.is_disposed()
                || workspace.revision.get_untracked() != revision
            {
                return;
            }
            is_asking.set(false);
            match answer {
                Ok(list) => {
                    n_total.set(Some(list.n_total));
                    rows.update(|rows| rows.extend(list.rows));
                }
                Err(fault) => workspace.warn_of(fault),
            }
        });
    };
    Effect::new(move |_| {
        workspace.revision.track();
        rows.set(Vec::new());
        more();
    });
    let has_more = move || n_total.get().is_some_and(|n_total| n_total > rows.with(Vec::len) as u64);
    let heading = move || {
        let words = text.plural("count.cases", n_total.get()?);
        let of = selection.try_get_value()?;
        let measure = match of {
            Selection::Stage { .. } => Measure::StageCases,
            Selection::EndedInStage { .. } => Measure::StageEnded,
            _ => Measure::Cases,
        };
        Some(figure_button(workspace, "", words, figure_of(measure, &of)))
    };
    view! {
        <section class="cases" aria-busy=move || is_asking.get().to_string()>
            <h3 data-testid="cases-total">{heading}</h3>
            <ul class="case-list">
                <For each=move || rows.get() key=|row| row.customer.clone() children=move |row| case_row(workspace, row)/>
            </ul>
            <Show when=move || is_asking.get() && rows.with(Vec::is_empty)>
                <p class="hint">{text.s("panel.loading")}</p>
            </Show>
            <Show when=has_more>
                <button type="button" class="button" data-testid="more-cases" disabled=move || is_asking.get() on:click=move |_| more()>{text.s("panel.more")}</button>
            </Show>
        </section>
    }
    .into_any()
}

fn case_row(workspace: Workspace, row: CaseRow) -> impl IntoView + use<> {
    let text = workspace.text;
    let customer = row.customer.clone();
    let open = move |_| {
        workspace
            .emit("journey-select", &host::plain_fields(&[("kind", "case"), ("name", customer.as_str())]));
        workspace.open_case.set(Some(customer.clone()));
    };
    let account =
        (!row.account.is_empty()).then(|| view! { <span class="account">{row.account.clone()}</span> });
    let facts = format!(
        "{} · {} · {}",
        text.plural("count.events", row.n_events),
        text.duration(row.cycle_secs),
        format::period(Some(row.first_micros), Some(row.last_micros))
    );
    view! {
        <li>
            <button type="button" class="case" data-testid="case" on:click=open>
                <span class="case-name"><bdi>{row.customer.clone()}</bdi>{account}</span>
                <span class="case-facts">{facts}</span>
                <span class="case-ends">{format!("{} → {}", row.first_activity, row.last_activity)}</span>
            </button>
        </li>
    }
}

fn came_from(workspace: Workspace) -> Option<String> {
    workspace.panel.with_untracked(|target| target.as_ref().and_then(|target| target.came_from.clone()))
}

/// Leaves a timeline: for the customer from whom it was opened, or for the list of cases.
fn leave_case(workspace: Workspace, people: People) {
    let customer = came_from(workspace);
    if let Some(customer) = customer {
        workspace.panel.set(None);
        people.open(customer);
    }
    workspace.open_case.set(None);
}

#[component]
fn CaseView(customer: String) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let timeline = RwSignal::new(None::<Timeline>);
    let wanted = StoredValue::new(customer.clone());
    Effect::new(move |_| {
        workspace.revision.track();
        spawn_local(async move {
            let (Some(client), Some(customer)) = (workspace.client(), wanted.try_get_value()) else { return };
            let answer = client.case(customer).await;
            if matches!(answer, Err(Fault::Gone)) || timeline.is_disposed() {
                return;
            }
            match answer {
                Ok(found) => timeline.set(Some(found)),
                Err(fault) => workspace.warn_of(fault),
            }
        });
    });
    let people = use_people();
    let asked = customer.clone();
    let back = match came_from(workspace) {
        Some(customer) => text.fill("people.who_is", &[&customer]),
        None => text.s("panel.back").to_owned(),
    };
    let content = move || {
        timeline.with(|timeline| timeline.as_ref().map(|timeline| timeline_view(workspace, timeline)))
    };
    view! {
        <section class="timeline" data-testid="timeline">
            <button type="button" class="button small" data-testid="case-back" on:click=move |_| leave_case(workspace, people)>"← " {back}</button>
            <h3><bdi>{customer.clone()}</bdi></h3>
            <button type="button" class="button small who-is" aria-haspopup="dialog" data-testid="who-is" on:click=move |_| people.open(asked.clone())>{text.s("people.who")}</button>
            {content}
            <details class="person-details">
                <summary>{text.s("person.title")}</summary>
                <PersonActions customer=Signal::stored(customer)/>
            </details>
        </section>
    }
    .into_any()
}

fn timeline_view(workspace: Workspace, timeline: &Timeline) -> AnyView {
    let text = workspace.text;
    let n_shown = RwSignal::new(EVENTS_PAGE.min(timeline.events.len()));
    let n_events = timeline.events.len();
    let events = StoredValue::new(timeline.events.clone());
    let customer = StoredValue::new(timeline.customer.clone());
    let rows = move || {
        events.with_value(|events| {
            events
                .iter()
                .take(n_shown.get())
                .enumerate()
                .map(|(at, event)| event_row(workspace, &customer.get_value(), at, event))
                .collect::<Vec<_>>()
        })
    };
    let account = (!timeline.account.is_empty()).then(|| format!(" · {}", timeline.account));
    view! {
        <p class="hint">{text.plural("count.events", n_events as u64)} " · " {text.duration(timeline.cycle_secs)} {account} " · " {text.s("panel.utc")}</p>
        <ol class="events">{rows}</ol>
        <Show when=move || { n_shown.get() < n_events }>
            <button type="button" class="button" on:click=move |_| n_shown.update(|n| *n = (*n + EVENTS_PAGE).min(n_events))>{text.s("panel.more")}</button>
        </Show>
    }
    .into_any()
}

fn event_row(workspace: Workspace, customer: &str, at: usize, event: &EventRow) -> impl IntoView + use<> {
    let text = workspace.text;
    let place = u32::try_from(at).unwrap_or(u32::MAX);
    let of = figure_of(Measure::Event, &Selection::Event { customer: customer.to_owned(), place });
    let waiting = (at > 0).then(|| view! { <p class="event-wait">{text.fill("panel.after", &[&text.duration(event.waiting_secs)])}</p> });
    let mut details = vec![text.stage(&event.stage)];
    if !event.channel.is_empty() {
        details.push(event.channel.clone());
    }
    if let Some(end_micros) = event.end_micros {
        details.push(text.fill("panel.until", &[&format::instant(end_micros)]));
    }
    if let Some(value) = event.value {
        let measure = text.find(&format!("measure.{}", event.measure)).unwrap_or_default();
        let amount = format!("{} {}", text.amount(value), event.currency);
        details.push(match event.measure.as_str() {
            "money" => amount.trim_end().to_owned(),
            _ => format!("{measure}: {}", amount.trim_end()),
        });
    }
    if !event.object.is_empty() {
        details.push(event.object.clone());
    }
    let said = (!event.text.is_empty())
        .then(|| view! { <blockquote class="event-text"><bdi>{event.text.clone()}</bdi></blockquote> });
    let source = text.fill("panel.source", &[&event.source, &event.line.to_string()]);
    view! {
        <li class="event" data-testid="event">
            {waiting}
            <p class="event-head"><strong>{event.activity.clone()}</strong> <time>{format::instant(event.start_micros)}</time></p>
            <p class="event-details">{details.join(" · ")}</p>
            {said}
            <p class="event-source">{figure_button(workspace, &event.activity, source, of)}</p>
        </li>
    }
}

/// Opens the cases of a variant.
pub(crate) fn open_variant(workspace: Workspace, rank: u64, trace: Vec<String>) {
    let title = workspace.text.fill("variants.title_of", &[&workspace.text.count(rank)]);
    workspace.emit("journey-select", &host::plain_fields(&[("kind", "variant"), ("name", title.as_str())]));
    workspace.open_case.set(None);
    workspace.panel.set(Some(Target::new(title, Selection::Variant { trace }, None)));
}
