//! The map: stages as columns, touchpoints and flow between them, lanes below.
//!
//! Every place and length comes laid out from the engine; here it is drawn, moved, zoomed and walked through.

pub(crate) mod edge;
pub(crate) mod index;
pub(crate) mod keyboard;
pub(crate) mod labels;
pub(crate) mod lanes;
pub(crate) mod legend;
pub(crate) mod lens;
pub(crate) mod node;
pub(crate) mod pointer;
pub(crate) mod stage_dialog;
pub(crate) mod stages;
pub(crate) mod toolbar;
pub(crate) mod tooltip;
pub(crate) mod view;
pub(crate) mod viewport;

pub(crate) use index::{MapIndex, Mark};

use crate::{
    host,
    lazy::{self, lazily},
    panel::Target,
    workspace::{Workspace, use_workspace},
};
use lens::MapShades;
use leptos::{prelude::*, svg::Svg};
use protocol::{
    Selection,
    view::{EdgeView, NodeView},
};
use std::collections::HashSet;
use viewport::{Size, Viewport};

/// A node on its way to another stage.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NodeDrag {
    /// The activity.
    pub(crate) activity: String,
    /// Pointer place on the surface.
    pub(crate) x: f64,
    /// Pointer place on the surface.
    pub(crate) y: f64,
    /// The stage under the pointer, by name.
    pub(crate) over: Option<String>,
}

/// What the views of one map share; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct MapState {
    /// Part of the drawing seen.
    pub(crate) viewport: RwSignal<Viewport>,
    /// Size of the surface.
    pub(crate) screen: RwSignal<Size>,
    /// Mark under the pointer.
    pub(crate) hover: RwSignal<Option<Mark>>,
    /// Mark that has the focus, or had it last.
    pub(crate) cursor: RwSignal<Option<Mark>>,
    /// The cursor is visible: the map has the keyboard focus.
    pub(crate) focused: RwSignal<bool>,
    /// Node whose edges are walked through.
    pub(crate) anchor: RwSignal<Option<String>>,
    /// Node being dragged.
    pub(crate) drag: RwSignal<Option<NodeDrag>>,
    /// A person moved the drawing, so that it no longer fits itself.
    pub(crate) moved: RwSignal<bool>,
    /// Lanes shown, by name.
    pub(crate) lanes: RwSignal<Vec<&'static str>>,
    /// The dialog for stages is open.
    pub(crate) editing_stages: RwSignal<bool>,
    /// Shades of the lens.
    pub(crate) shades: Memo<Option<MapShades>>,
    /// Keys of the marks to emphasise; `None` while nothing is.
    pub(crate) lit: Memo<Option<HashSet<Mark>>>,
    /// Keys of the edges whose figure has room.
    pub(crate) labelled: Memo<HashSet<String>>,
    /// The drawing surface.
    pub(crate) surface: NodeRef<Svg>,
}

impl MapState {
    /// A pointer moves over a mark. Only a movement counts: when the map is drawn under a pointer that rests, nobody pointed.
    pub(crate) fn point_at(self, mark: &Mark) {
        if self.hover.with_untracked(|hover| hover.as_ref() != Some(mark)) {
            self.hover.set(Some(mark.clone()));
        }
    }

    fn new(workspace: Workspace) -> Self {
        let hover = RwSignal::new(None::<Mark>);
        let cursor = RwSignal::new(None::<Mark>);
        let focused = RwSignal::new(false);
        let shades = Memo::new(move |_| {
            let lens = workspace.lens.get();
            workspace.map.with(|map| map.as_ref().map(|map| MapShades::new(map, lens)))
        });
        let lit = Memo::new(move |_| {
            let mark = hover.get().or_else(|| cursor.get().filter(|_| focused.get()))?;
            workspace.map.with(|map| map.as_ref().map(|map| lit_marks(map, &mark)))
        });
        let labelled = Memo::new(move |_| {
            let (lens, text) = (workspace.lens.get(), workspace.text);
            workspace
                .map
                .with(|map| map.as_ref().map(|map| labels::with_room(map, lens, text)).unwrap_or_default())
        });
        Self {
            viewport: RwSignal::new(Viewport::default()),
            screen: RwSignal::new(Size::default()),
            hover,
            cursor,
            focused,
            anchor: RwSignal::new(None),
            drag: RwSignal::new(None),
            moved: RwSignal::new(false),
            lanes: workspace.lanes,
            editing_stages: RwSignal::new(false),
            shades,
            lit,
            labelled,
            surface: NodeRef::new(),
        }
    }

    /// Changes the viewport by hand and keeps some of the drawing in sight.
    pub(crate) fn move_by_hand(self, drawing: Size, change: impl Fn(Viewport) -> Viewport) {
        self.moved.set(true);
        let screen = self.screen.get_untracked();
        self.viewport.update(|viewport| *viewport = change(*viewport).kept(drawing, screen));
    }
}

/// The map's shared state.
pub(crate) fn use_map() -> MapState {
    expect_context::<MapState>()
}

/// Size of the drawing.
pub(crate) fn drawing_size(map: &MapIndex) -> Size {
    Size { width: f64::from(map.view.width), height: f64::from(map.view.height) }
}

/// A mark with everything it is connected to.
fn lit_marks(map: &MapIndex, mark: &Mark) -> HashSet<Mark> {
    let mut lit = HashSet::from([mark.clone()]);
    let ends = |edge: &EdgeView| [edge.from, edge.to].into_iter().filter_map(|id| map.key_of_node(id));
    match mark {
        Mark::Edge(key) => {
            lit.extend(map.edge(key).into_iter().flat_map(ends).map(|key| Mark::Node(key.to_owned())));
        }
        Mark::Node(key) => {
            let Some(node) = map.node(key) else { return lit };
            for edge in map.view.edges.iter().filter(|edge| edge.from == node.id || edge.to == node.id) {
                lit.insert(Mark::Edge(map.key_of_edge(edge)));
                lit.extend(ends(edge).map(|key| Mark::Node(key.to_owned())));
            }
        }
    }
    lit
}

/// Opens the drill panel for a mark and tells the host page.
pub(crate) fn open_mark(workspace: Workspace, mark: &Mark) {
    let Some(map) = workspace.map.get_untracked() else { return };
    let target = match mark {
        Mark::Node(key) => map.node(key).map(|node| {
            tell_node(workspace, node);
            Target::new(node.name.clone(), MapIndex::selection_of_node(node), Some(mark.clone()))
        }),
        Mark::Edge(key) => map.edge(key).map(|edge| {
            let (from, to) = map.names_of_ends(edge);
            tell_edge(workspace, from, to);
            Target::new(format!("{from} → {to}"), map.selection_of_edge(edge), Some(mark.clone()))
        }),
    };
    if let Some(target) = target {
        workspace.open_case.set(None);
        workspace.panel.set(Some(target));
    }
}

fn tell_node(workspace: Workspace, node: &NodeView) {
    let fields = [("kind", "node"), ("name", node.name.as_str())];
    workspace.emit("journey-select", &host::plain_fields(&fields));
}

fn tell_edge(workspace: Workspace, from: &str, to: &str) {
    workspace.emit("journey-select", &host::plain_fields(&[("kind", "edge"), ("from", from), ("to", to)]));
}

/// Opens the drill panel for the cases of a selection that is no mark.
pub(crate) fn open_selection(workspace: Workspace, title: String, selection: Selection) {
    workspace.emit("journey-select", &host::plain_fields(&[("kind", "selection"), ("name", title.as_str())]));
    workspace.open_case.set(None);
    workspace.panel.set(Some(Target::new(title, selection, None)));
}

/// The room of the map.
#[component]
pub(crate) fn MapScreen() -> impl IntoView {
    let workspace = use_workspace();
    let state = MapState::new(workspace);
    provide_context(state);
    view! {
        <section class="map" class:of-time=move || workspace.lens.get().is_time() aria-label=workspace.text.s("map.title")>
            <toolbar::Toolbar/>
            <div class="map-grid">
                <stages::StageHeaders/>
                <legend::Legend/>
                <view::Surface/>
                <lanes::Lanes/>
            </div>
            <Show when=move || state.editing_stages.get()>{lazily(lazy::stage_dialog)}</Show>
        </section>
    }
    .into_any()
}
