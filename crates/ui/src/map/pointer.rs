//! Pointers on the surface: pan, pinch, wheel, click, and dragging a node to another stage.

use super::{MapState, Mark, NodeDrag, drawing_size, node::mark_from_data, open_mark, viewport::Size};
use crate::workspace::Workspace;
use leptos::prelude::*;
use protocol::{Request, view::NodeKind};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, PointerEvent, WheelEvent};

/// A pointer that moved less than this was meant as a click.
const CLICK_SLOP_PX: f64 = 4.0;
/// Zoom factor of one pixel of wheel.
const WHEEL_ZOOM: f64 = 0.002;
/// Pixels of one line, for wheels that count lines.
const WHEEL_LINE_PX: f64 = 16.0;

/// One finger, pen or mouse that is down.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Down {
    id: i32,
    x: f64,
    y: f64,
}

/// What the pointers that are down do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gesture {
    downs: Vec<Down>,
    start: Option<(f64, f64)>,
    moved: bool,
    pressed: Option<Mark>,
    drags_node: bool,
}

/// The surface's pointer handlers; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Pointers {
    workspace: Workspace,
    state: MapState,
    gesture: StoredValue<Gesture>,
}

impl Pointers {
    /// Makes handlers for one surface.
    pub(crate) fn new(workspace: Workspace, state: MapState) -> Self {
        Self { workspace, state, gesture: StoredValue::new(Gesture::default()) }
    }

    fn drawing(self) -> Size {
        self.workspace.map.with_untracked(|map| map.as_ref().map(|map| drawing_size(map)).unwrap_or_default())
    }

    /// A pointer goes down.
    pub(crate) fn down(self, ev: &PointerEvent) {
        if ev.button() != 0 {
            return;
        }
        let (x, y) = place(self.state, f64::from(ev.client_x()), f64::from(ev.client_y()));
        let pressed = mark_under(ev);
        let is_touch = ev.pointer_type() == "touch";
        let drags_node = !is_touch && pressed.as_ref().is_some_and(|mark| self.activity_of(mark).is_some());
        self.gesture.update_value(|gesture| {
            gesture.downs.push(Down { id: ev.pointer_id(), x, y });
            if gesture.downs.len() == 1 {
                gesture.start = Some((x, y));
                gesture.moved = false;
                gesture.pressed = pressed;
                gesture.drags_node = drags_node;
            } else {
                // A second finger makes it a pinch, whatever the first one touched.
                gesture.moved = true;
                gesture.drags_node = false;
            }
        });
    }

    /// A pointer moves.
    pub(crate) fn moved(self, ev: &PointerEvent) {
        let (x, y) = place(self.state, f64::from(ev.client_x()), f64::from(ev.client_y()));
        let Some(gesture) = self.gesture.try_get_value() else { return };
        let Some(at) = gesture.downs.iter().position(|down| down.id == ev.pointer_id()) else { return };
        let before = gesture.downs[at];
        let (start_x, start_y) = gesture.start.unwrap_or((x, y));
        let is_moved = gesture.moved || (x - start_x).hypot(y - start_y) > CLICK_SLOP_PX;
        self.gesture.update_value(|gesture| {
            gesture.downs[at] = Down { x, y, ..before };
            gesture.moved = is_moved;
        });
        if !is_moved {
            return;
        }
        if !gesture.moved {
            self.capture(ev);
        }
        let drawing = self.drawing();
        if gesture.drags_node {
            self.drag_node(&gesture, x, y);
        } else if let Some(other) = gesture.downs.iter().find(|down| down.id != ev.pointer_id()) {
            let (was, is) =
                ((before.x - other.x).hypot(before.y - other.y), (x - other.x).hypot(y - other.y));
            let factor = if was > 0.0 { is / was } else { 1.0 };
            let (middle_x, middle_y) = ((x + other.x) / 2.0, (y + other.y) / 2.0);
            let (dx, dy) = ((x - before.x) / 2.0, (y - before.y) / 2.0);
            self.state
                .move_by_hand(drawing, |viewport| viewport.panned(dx, dy).zoomed(factor, middle_x, middle_y));
        } else {
            let (dx, dy) = (x - before.x, y - before.y);
            self.state.move_by_hand(drawing, |viewport| viewport.panned(dx, dy));
        }
    }

    /// A pointer goes up: the end of a drag, or a click.
    pub(crate) fn up(self, ev: &PointerEvent) {
        let Some(gesture) = self.gesture.try_get_value() else { return };
        if !gesture.downs.iter().any(|down| down.id == ev.pointer_id()) {
            return;
        }
        self.gesture.update_value(|gesture| gesture.downs.retain(|down| down.id != ev.pointer_id()));
        if gesture.downs.len() > 1 {
            return;
        }
        let drag = self.state.drag.get_untracked();
        self.state.drag.set(None);
        if let Some(NodeDrag { activity, over: Some(stage), .. }) = drag {
            self.workspace.edit_stages(Request::SetStage { activity, stage: Some(stage) });
        } else if !gesture.moved
            && let Some(mark) = &gesture.pressed
        {
            open_mark(self.workspace, mark);
        }
    }

    /// A pointer is lost to the system.
    pub(crate) fn cancelled(self) {
        self.gesture.set_value(Gesture::default());
        self.state.drag.set(None);
    }

    /// The wheel turns: it pans, and zooms with Ctrl or ⌘ (which is also what a pinch on a trackpad sends).
    pub(crate) fn wheel(self, ev: &WheelEvent) {
        ev.prevent_default();
        let unit = if ev.delta_mode() == WheelEvent::DOM_DELTA_LINE { WHEEL_LINE_PX } else { 1.0 };
        let (dx, dy) = (ev.delta_x() * unit, ev.delta_y() * unit);
        let drawing = self.drawing();
        if ev.ctrl_key() || ev.meta_key() {
            let (x, y) = place(self.state, f64::from(ev.client_x()), f64::from(ev.client_y()));
            let factor = (-dy * WHEEL_ZOOM).exp();
            self.state.move_by_hand(drawing, |viewport| viewport.zoomed(factor, x, y));
        } else if ev.shift_key() && dx == 0.0 {
            self.state.move_by_hand(drawing, |viewport| viewport.panned(-dy, 0.0));
        } else {
            self.state.move_by_hand(drawing, |viewport| viewport.panned(-dx, -dy));
        }
    }

    fn drag_node(self, gesture: &Gesture, x: f64, y: f64) {
        let Some(activity) = gesture.pressed.as_ref().and_then(|mark| self.activity_of(mark)) else { return };
        let at = self.state.viewport.get_untracked().drawing_x(x);
        let over = self.workspace.map.with_untracked(|map| {
            let stages = &map.as_ref()?.view.stages;
            let inside = |stage: &&protocol::view::StageView| {
                at >= f64::from(stage.x) && at < f64::from(stage.x) + f64::from(stage.width)
            };
            stages.iter().find(inside).map(|stage| stage.name.clone())
        });
        self.state.hover.set(None);
        self.state.drag.set(Some(NodeDrag { activity, x, y, over }));
    }

    /// The activity a node stands for, where it stands for one.
    fn activity_of(self, mark: &Mark) -> Option<String> {
        let Mark::Node(key) = mark else { return None };
        self.workspace.map.with_untracked(|map| {
            let node = map.as_ref()?.node(key)?;
            (node.kind == NodeKind::Activity).then(|| node.name.clone())
        })
    }

    /// Keeps the pointer's events coming while it leaves the surface.
    fn capture(self, ev: &PointerEvent) {
        if let Some(surface) = self.state.surface.get_untracked() {
            // A pointer that is gone already cannot be captured, and need not be.
            surface.set_pointer_capture(ev.pointer_id()).ok();
        }
    }
}

/// The mark an event happened on.
pub(crate) fn mark_under(ev: &Event) -> Option<Mark> {
    let element = ev.target()?.dyn_into::<Element>().ok()?;
    let marked = element.closest("[data-mark]").ok()??;
    mark_from_data(&marked.get_attribute("data-mark")?)
}

/// A place on the page as a place on the surface.
fn place(state: MapState, client_x: f64, client_y: f64) -> (f64, f64) {
    let Some(surface) = state.surface.get_untracked() else { return (client_x, client_y) };
    let bounds = surface.get_bounding_client_rect();
    (client_x - bounds.left(), client_y - bounds.top())
}
