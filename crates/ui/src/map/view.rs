//! The drawing surface: edges, their figures and nodes under one transformation, and the keyboard on it.

use super::{
    MapState, Mark, drawing_size,
    edge::{Edge, EdgeLabel},
    keyboard::{step_for_key, walk},
    node::{Node, data_mark},
    open_mark,
    pointer::Pointers,
    toolbar::ZoomButtons,
    tooltip::Tooltip,
    use_map,
    viewport::{Size, Viewport},
};
use crate::workspace::{Workspace, use_workspace};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{HtmlElement, KeyboardEvent, ResizeObserver, SvgElement};

/// Zoom factor of one press of a key or button.
pub(crate) const ZOOM_STEP: f64 = 1.25;

/// Shows the whole drawing again and keeps it so while the surface changes its size.
pub(crate) fn fit(workspace: Workspace, state: MapState) {
    let drawing =
        workspace.map.with_untracked(|map| map.as_ref().map(|map| drawing_size(map)).unwrap_or_default());
    state.moved.set(false);
    state.viewport.set(Viewport::fitted(drawing, state.screen.get_untracked()));
}

/// Zooms around the middle of the surface.
pub(crate) fn zoom(workspace: Workspace, state: MapState, factor: f64) {
    let drawing =
        workspace.map.with_untracked(|map| map.as_ref().map(|map| drawing_size(map)).unwrap_or_default());
    let screen = state.screen.get_untracked();
    state.move_by_hand(drawing, |viewport| viewport.zoomed(factor, screen.width / 2.0, screen.height / 2.0));
}

/// The map's surface with its tooltip and the ghost of a dragged node.
#[component]
pub(crate) fn Surface() -> impl IntoView {
    let workspace = use_workspace();
    let state = use_map();
    let pointers = Pointers::new(workspace, state);
    let frame = NodeRef::<leptos::html::Div>::new();
    observe_size(frame, state.screen);
    Effect::new(move |_| {
        let drawing = workspace.map.with(|map| map.as_ref().map(|map| drawing_size(map)));
        let screen = state.screen.get();
        if let Some(drawing) = drawing
            && !state.moved.get()
        {
            state.viewport.set(Viewport::fitted(drawing, screen));
        }
    });
    Effect::new(move |_| {
        let mark = workspace.panel.with(|panel| panel.as_ref().and_then(|panel| panel.mark.clone()));
        if let Some(mark) = mark {
            // The panel is measured once it is laid out.
            request_animation_frame(move || reveal(workspace, state, &mark));
        }
    });
    view! {
        <div class="flow" node_ref=frame>
            <svg
                class="surface"
                class:dragging=move || state.drag.with(Option::is_some)
                node_ref=state.surface
                role="application"
                aria-label=workspace.text.s("map.title")
                aria-roledescription=workspace.text.s("map.role")
                data-testid="map"
                on:pointerdown=move |ev| pointers.down(&ev)
                on:pointermove=move |ev| pointers.moved(&ev)
                on:pointerup=move |ev| pointers.up(&ev)
                on:pointercancel=move |_| pointers.cancelled()
                on:wheel=move |ev| pointers.wheel(&ev)
                on:keydown=move |ev| press(workspace, state, &ev)
                on:focusin=move |_| state.focused.set(true)
                on:focusout=move |_| state.focused.set(false)
            >
                <Arrows/>
                <g class="drawing" transform=move || state.viewport.get().transform()>
                    <StageBands/>
                    <Marks/>
                </g>
            </svg>
            <ZoomButtons/>
            <Tooltip/>
            {move || state.drag.get().map(|drag| view! {
                <div class="ghost" style:left=format!("{}px", drag.x + 10.0) style:top=format!("{}px", drag.y + 10.0)>
                    <strong>{drag.activity}</strong>
                    <span>{drag.over.map(|stage| format!("→ {stage}"))}</span>
                </div>
            })}
        </div>
    }
    .into_any()
}

#[component]
fn Arrows() -> impl IntoView {
    let marker = |id: &'static str, size: &'static str| {
        view! {
            <marker id=id viewBox="0 0 10 10" refX="0" refY="5" markerWidth=size markerHeight=size markerUnits="userSpaceOnUse" orient="auto">
                <path class="arrow" d="M0 0.5L10 5L0 9.5z"/>
            </marker>
        }
    };
    view! { <defs>{marker("arrow-small", "8")} {marker("arrow-medium", "12")} {marker("arrow-large", "18")}</defs> }.into_any()
}

#[component]
fn Marks() -> impl IntoView {
    let workspace = use_workspace();
    let edge_keys = Memo::new(move |_| {
        workspace.map.with(|map| map.as_ref().map(|map| map.edge_keys().to_vec()).unwrap_or_default())
    });
    let node_keys = Memo::new(move |_| {
        workspace.map.with(|map| map.as_ref().map(|map| map.node_keys().to_vec()).unwrap_or_default())
    });
    view! {
        <g class="edges">
            <For each=move || edge_keys.get() key=Clone::clone children=move |key| view! { <Edge key/> }/>
        </g>
        <g class="edge-figures">
            <For each=move || edge_keys.get() key=Clone::clone children=move |key| view! { <EdgeLabel key/> }/>
        </g>
        <g class="nodes">
            <For each=move || node_keys.get() key=Clone::clone children=move |key| view! { <Node key/> }/>
        </g>
    }
    .into_any()
}

/// The columns behind the flow; the one under a dragged node is lit.
#[component]
fn StageBands() -> impl IntoView {
    let workspace = use_workspace();
    let state = use_map();
    let bands = move || {
        workspace.map.with(|map| {
            let Some(map) = map else { return Vec::new() };
            let height = map.view.height + 2_000.0;
            let stages = map.view.stages.iter().enumerate();
            stages
                .map(|(at, stage)| {
                    let name = stage.name.clone();
                    let is_over = move || {
                        state.drag.with(|drag| {
                            drag.as_ref().is_some_and(|drag| drag.over.as_deref() == Some(&name))
                        })
                    };
                    view! {
                        <rect
                            class="band"
                            class:odd=at % 2 == 1
                            class:over=is_over
                            x=stage.x.to_string()
                            y="-1000"
                            width=stage.width.to_string()
                            height=height.to_string()
                        />
                    }
                })
                .collect::<Vec<_>>()
        })
    };
    view! { <g class="bands" aria-hidden="true">{bands}</g> }.into_any()
}

/// Handles a key on the map.
fn press(workspace: Workspace, state: MapState, ev: &KeyboardEvent) {
    let key = ev.key();
    let handled = match key.as_str() {
        "Enter" | " " => state.cursor.get_untracked().map(|mark| open_mark(workspace, &mark)).is_some(),
        "Escape" if workspace.panel.with_untracked(Option::is_some) => {
            workspace.panel.set(None);
            true
        }
        "+" | "=" => {
            zoom(workspace, state, ZOOM_STEP);
            true
        }
        "-" => {
            zoom(workspace, state, 1.0 / ZOOM_STEP);
            true
        }
        "0" => {
            fit(workspace, state);
            true
        }
        "s" => open_stage_choice(workspace, state),
        _ => step_for_key(&key, ev.alt_key(), ev.shift_key()).is_some_and(|step| {
            let modified = ev.ctrl_key() || ev.meta_key();
            if !modified {
                take_step(workspace, state, step);
            }
            !modified
        }),
    };
    if handled {
        ev.prevent_default();
        ev.stop_propagation();
    }
}

/// Opens the node's panel with the focus on its choice of stages.
fn open_stage_choice(workspace: Workspace, state: MapState) -> bool {
    let Some(mark @ Mark::Node(_)) = state.cursor.get_untracked() else { return false };
    open_mark(workspace, &mark);
    workspace.panel.update(|panel| {
        if let Some(panel) = panel {
            panel.choose_stage = true;
        }
    });
    true
}

fn take_step(workspace: Workspace, state: MapState, step: super::keyboard::Step) {
    let Some(map) = workspace.map.get_untracked() else { return };
    let cursor = state.cursor.get_untracked().filter(|cursor| map.has(cursor));
    let from = cursor.or_else(|| map.node_keys().first().cloned().map(Mark::Node));
    let Some(from) = from else { return };
    let anchor = state.anchor.get_untracked();
    let Some(next) = walk(&map, &from, anchor.as_deref(), step) else { return };
    match (&from, &next) {
        (Mark::Node(key), Mark::Edge(_)) => state.anchor.set(Some(key.clone())),
        (_, Mark::Node(_)) => state.anchor.set(None),
        (Mark::Edge(_), Mark::Edge(_)) => {}
    }
    state.hover.set(None);
    reveal(workspace, state, &next);
    state.cursor.set(Some(next.clone()));
    focus_mark(state, &next);
}

/// Gives a mark the keyboard focus.
pub(crate) fn focus_mark(state: MapState, mark: &Mark) {
    let Some(surface) = state.surface.get_untracked() else { return };
    let wanted = data_mark(mark);
    let Ok(marks) = surface.query_selector_all("[data-mark]") else { return };
    let elements = (0..marks.length()).filter_map(|at| marks.item(at)?.dyn_into::<SvgElement>().ok());
    for element in
        elements.filter(|element| element.get_attribute("data-mark").as_deref() == Some(wanted.as_str()))
    {
        // An element of the page that is gone cannot take the focus; nothing else can fail here.
        element.focus().ok();
    }
}

/// Moves the drawing just so far that the mark is seen.
fn reveal(workspace: Workspace, state: MapState, mark: &Mark) {
    let area = workspace.map.try_with_untracked(|map| {
        let map = map.as_ref()?;
        match mark {
            Mark::Node(key) => map.node(key).map(|node| {
                let size = Size { width: f64::from(node.width), height: f64::from(node.height) };
                (f64::from(node.x), f64::from(node.y), size)
            }),
            Mark::Edge(key) => {
                map.edge(key).map(|edge| (f64::from(edge.label_x), f64::from(edge.label_y), Size::default()))
            }
        }
    });
    let Some((x, y, size)) = area.flatten() else { return };
    let screen = uncovered(state);
    let before = state.viewport.get_untracked();
    let after = before.revealing(x, y, size, screen);
    if after != before {
        state.moved.set(true);
        state.viewport.set(after);
    }
}

/// The part of the surface that the drill panel leaves free: its left part, or its upper part over a bottom sheet.
fn uncovered(state: MapState) -> Size {
    let Some(mut screen) = state.screen.try_get_untracked() else { return Size::default() };
    let Some(surface) = state.surface.try_get_untracked().flatten() else { return screen };
    let root = surface.get_root_node().dyn_into::<web_sys::ShadowRoot>().ok();
    let Some(panel) = root.and_then(|root| root.query_selector(".panel").ok().flatten()) else {
        return screen;
    };
    let (surface, panel) = (surface.get_bounding_client_rect(), panel.get_bounding_client_rect());
    if panel.left() > surface.left() + 1.0 {
        screen.width = screen.width.min(panel.left() - surface.left());
    } else {
        screen.height = screen.height.min(panel.top() - surface.top());
    }
    screen
}

/// Follows the size of an element until the view goes.
fn observe_size(frame: NodeRef<leptos::html::Div>, size: RwSignal<Size>) {
    let observer = StoredValue::new_local(None::<(ResizeObserver, Closure<dyn FnMut()>)>);
    Effect::new(move |_| {
        let Some(element) = frame.get() else { return };
        let measured: HtmlElement = element.clone().into();
        let measure = move || {
            let now = Size {
                width: f64::from(measured.client_width()),
                height: f64::from(measured.client_height()),
            };
            if size.try_get_untracked().is_some_and(|before| before != now) {
                size.set(now);
            }
        };
        measure();
        let on_resize = Closure::<dyn FnMut()>::new(measure);
        if let Ok(made) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) {
            made.observe(&element);
            observer.set_value(Some((made, on_resize)));
        }
    });
    on_cleanup(move || {
        observer.try_update_value(|kept| {
            if let Some((made, _)) = kept.take() {
                made.disconnect();
            }
        });
    });
}
