//! Lanes under the flow: per stage, how many come and stop, how long they wait, on which channel.

use super::{
    open_selection,
    stages::{StageCell, stage_memo, stage_names},
};
use crate::{
    card::{card_sign, figure_button, figure_of},
    text::Text,
    workspace::{Workspace, use_workspace},
};
use leptos::{html, prelude::*};
use protocol::{
    Request, Selection,
    figure::Measure,
    view::{ChannelCount, StageView},
};
use web_sys::DragEvent;

/// Short names of all lanes, in the order shown.
pub(crate) const ALL: [&str; 3] = ["volume", "waiting", "channel"];
/// Channels told apart by colour; the rest share the last.
const N_CHANNEL_COLOURS: usize = 6;
/// Channels named in a cell.
const N_CHANNELS_NAMED: usize = 4;

/// All lanes in the order of the workspace: those that a person put in order, then the others.
pub(crate) fn ordered(workspace: Workspace) -> Vec<&'static str> {
    workspace.lane_order.with(|first| in_order(first))
}

fn in_order(first: &[String]) -> Vec<&'static str> {
    let known = first.iter().filter_map(|name| ALL.into_iter().find(|lane| lane == name));
    let mut lanes: Vec<&'static str> = known.collect();
    let others: Vec<&'static str> = ALL.into_iter().filter(|lane| !lanes.contains(lane)).collect();
    lanes.extend(others);
    lanes
}

/// All lanes with one of them moved to just before another that is shown, or to the end.
fn moved(all: &[&'static str], lane: &'static str, before: Option<&'static str>) -> Vec<&'static str> {
    let mut lanes: Vec<&'static str> = all.iter().copied().filter(|other| *other != lane).collect();
    let place = before.and_then(|before| lanes.iter().position(|other| *other == before));
    lanes.insert(place.unwrap_or(lanes.len()), lane);
    lanes
}

/// A lane that is being dragged, as its name travels.
const DRAGGED: &str = "application/x-desirepath-lane";

impl Workspace {
    fn shown_lanes(self) -> Vec<&'static str> {
        let shown = self.lanes.get();
        ordered(self).into_iter().filter(|lane| shown.contains(lane)).collect()
    }

    /// Keeps another order of the lanes.
    fn order_lanes(self, lanes: Vec<&'static str>) {
        if lanes != untrack(|| ordered(self)) {
            let lanes: Vec<String> = lanes.into_iter().map(str::to_owned).collect();
            // Shown at once; the next map says what is kept.
            self.lane_order.set(lanes.clone());
            self.edit_stages(Request::SetLanes { lanes });
        }
    }

    /// Moves a lane by one among those shown; the focus stays with it.
    fn shift_lane(self, lane: &'static str, is_down: bool) {
        let (all, shown) = untrack(|| (ordered(self), self.shown_lanes()));
        let Some(at) = shown.iter().position(|other| *other == lane) else { return };
        let before = match is_down {
            true if at + 1 == shown.len() => return,
            true => shown.get(at + 2).copied(),
            false if at == 0 => return,
            false => shown.get(at - 1).copied(),
        };
        self.order_lanes(moved(&all, lane, before));
    }
}

/// All lanes that are shown.
#[component]
pub(crate) fn Lanes() -> impl IntoView {
    let workspace = use_workspace();
    let shown = move || workspace.shown_lanes();
    view! { <For each=shown key=|lane| *lane children=|lane| view! { <Lane lane/> }/> }.into_any()
}

#[component]
fn Lane(lane: &'static str) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let names = stage_names();
    let cell = move |name: String| {
        let stage = stage_memo(name);
        let content = move || {
            let stage = stage.get();
            stage.map(|(_, stage)| match lane {
                "volume" => volume(workspace, &stage),
                "waiting" => waiting(workspace, &stage),
                _ => channels(workspace, &stage),
            })
        };
        view! { <StageCell stage class="lane-cell">{content}</StageCell> }
    };
    let title = text.find(&format!("lane.{lane}.title")).unwrap_or_default();
    view! {
        <LaneCaption lane/>
        <div class=format!("strip lane lane-{lane}") role="group" aria-label=title data-testid=format!("lane-{lane}")>
            <For each=move || names.get() key=Clone::clone children=cell/>
        </div>
    }
    .into_any()
}

/// What a lane is called, with what moves it; it can be dragged onto another.
#[component]
fn LaneCaption(lane: &'static str) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let words = move |part: &str| text.find(&format!("lane.{lane}.{part}")).unwrap_or_default();
    let measure = match lane {
        "volume" => Measure::StageEnded,
        "waiting" => Measure::Waiting,
        _ => Measure::StageChannels,
    };
    let is_over = RwSignal::new(false);
    let carries_lane =
        |ev: &DragEvent| ev.data_transfer().is_some_and(|data| data.types().includes(&DRAGGED.into(), 0));
    let lift = move |ev: DragEvent| {
        if let Some(data) = ev.data_transfer() {
            // Fails only where the browser forbids to drag at all.
            data.set_data(DRAGGED, lane).ok();
            data.set_effect_allowed("move");
        }
    };
    let hover = move |ev: DragEvent| {
        if carries_lane(&ev) {
            ev.prevent_default();
            is_over.set(true);
        }
    };
    let put = move |ev: DragEvent| {
        is_over.set(false);
        let name = ev.data_transfer().and_then(|data| data.get_data(DRAGGED).ok()).unwrap_or_default();
        if let Some(dragged) = ALL.into_iter().find(|known| *known == name).filter(|known| *known != lane) {
            ev.prevent_default();
            let (all, shown) = untrack(|| (ordered(workspace), workspace.shown_lanes()));
            let place = |of: &str| shown.iter().position(|other| *other == of);
            // Dragged down it comes behind the lane it is dropped on, dragged up before it.
            let before = match place(dragged) < place(lane) {
                true => place(lane).and_then(|at| shown.get(at + 1)).copied(),
                false => Some(lane),
            };
            workspace.order_lanes(moved(&all, dragged, before));
        }
    };
    view! {
        <div
            class="gutter lane-caption"
            class:over=move || is_over.get()
            draggable="true"
            title=text.s("lane.drag")
            on:dragstart=lift
            on:dragover=hover
            on:dragleave=move |_| is_over.set(false)
            on:drop=put
        >
            <strong>{words("title")}</strong>
            <span>{words("unit")}</span>
            <span class="lane-tools">
                {shift_button(workspace, lane, false, words("title"))}
                {shift_button(workspace, lane, true, words("title"))}
                {card_sign(workspace, words("title"), figure_of(measure, &Selection::All))}
            </span>
        </div>
    }
    .into_any()
}

/// A button that moves a lane up or down by one.
fn shift_button(workspace: Workspace, lane: &'static str, is_down: bool, title: &str) -> AnyView {
    let text = workspace.text;
    let (key, sign, way) = if is_down { ("lane.down", "↓", "down") } else { ("lane.up", "↑", "up") };
    let label = text.fill(key, &[title]);
    let is_last = move || {
        let shown = workspace.shown_lanes();
        (if is_down { shown.last() } else { shown.first() }) == Some(&lane)
    };
    let button = NodeRef::<html::Button>::new();
    let shift = move |_| {
        workspace.shift_lane(lane, is_down);
        // Drawing the lanes in their new order takes the focus away.
        request_animation_frame(move || {
            if let Some(button) = button.try_get_untracked().flatten() {
                // A button that is on the page takes the focus.
                button.focus().ok();
            }
        });
    };
    view! {
        <button
            type="button"
            class="lane-shift"
            node_ref=button
            aria-label=label.clone()
            title=label
            aria-disabled=move || is_last().to_string()
            data-testid=format!("lane-{way}-{lane}")
            on:click=shift
        >
            <span aria-hidden="true">{sign}</span>
        </button>
    }
    .into_any()
}

/// Largest value over the stages, for the length of bars.
fn largest(workspace: Workspace, read: impl Fn(&StageView) -> f64) -> f64 {
    workspace
        .map
        .with(|map| map.as_ref().map_or(0.0, |map| map.view.stages.iter().map(read).fold(0.0, f64::max)))
}

fn percent_of(part: f64, whole: f64) -> String {
    if whole > 0.0 { format!("{:.2}%", part / whole * 100.0) } else { "0%".to_owned() }
}

/// A cell with nothing to show: a dash that fits the narrowest column, and why to whoever asks.
fn nothing(why: &'static str) -> AnyView {
    view! { <span class="lane-figures quiet" title=why><span aria-hidden="true">"–"</span><span class="hidden">{why}</span></span> }
        .into_any()
}

fn volume(workspace: Workspace, stage: &StageView) -> AnyView {
    let text = workspace.text;
    if stage.n_cases == 0 {
        return nothing(text.s("lane.volume.none"));
    }
    let most = largest(workspace, |stage| stage.n_cases as f64);
    let reached = stage.name.clone();
    let open_reached =
        move |_| open_selection(workspace, text.stage(&reached), Selection::Stage { name: reached.clone() });
    let ended = stage.name.clone();
    let open_ended = move |_| {
        let title = text.fill("panel.ended_in", &[&text.stage(&ended)]);
        open_selection(workspace, title, Selection::EndedInStage { name: ended.clone() });
    };
    let kept = stage.n_cases.saturating_sub(stage.n_ended);
    let ended_words =
        text.fill("lane.volume.ended", &[&text.count(stage.n_ended), &text.percent(stage.drop_off_ratio)]);
    view! {
        <span class="bar" aria-hidden="true">
            <span class="bar-part goes-on" style:width=percent_of(kept as f64, most)></span>
            <span class="bar-part ended" style:width=percent_of(stage.n_ended as f64, most)></span>
        </span>
        <span class="lane-figures">
            <button type="button" class="figure-button" on:click=open_reached>{text.plural("count.cases", stage.n_cases)}</button>
            <button type="button" class="figure-button quiet" on:click=open_ended>{ended_words}</button>
        </span>
    }
    .into_any()
}

fn waiting(workspace: Workspace, stage: &StageView) -> AnyView {
    let text = workspace.text;
    let Some(time) = stage.waiting else {
        return nothing(text.s("lane.waiting.none"));
    };
    let most = largest(workspace, |stage| stage.waiting.map_or(0.0, |time| time.p95_secs));
    let caption = text.s("lane.waiting.title");
    let p95 = text.fill("lane.waiting.p95", &[&text.duration(time.p95_secs)]);
    let figure = figure_of(Measure::Waiting, &Selection::Stage { name: stage.name.clone() });
    view! {
        <span class="bar" aria-hidden="true">
            <span class="bar-part waiting" style:width=percent_of(time.median_secs, most)></span>
            <span class="bar-part waiting-tail" style:width=percent_of((time.p95_secs - time.median_secs).max(0.0), most)></span>
        </span>
        <span class="lane-figures">
            {figure_button(workspace, caption, text.duration(time.median_secs), figure.clone())}
            <span class="quiet">{figure_button(workspace, caption, p95, figure)}</span>
        </span>
    }
    .into_any()
}

/// Position of each channel among all channels of the map, most frequent first, so that a colour means the same everywhere.
fn channel_order(workspace: Workspace) -> Vec<String> {
    workspace.map.with(|map| {
        let mut totals: Vec<ChannelCount> = Vec::new();
        let stages = map.iter().flat_map(|map| map.view.stages.iter());
        for channel in stages.flat_map(|stage| stage.channels.iter()) {
            match totals.iter_mut().find(|total| total.name == channel.name) {
                Some(total) => total.n_occurrences += channel.n_occurrences,
                None => totals.push(channel.clone()),
            }
        }
        totals.sort_by(|a, b| b.n_occurrences.cmp(&a.n_occurrences).then_with(|| a.name.cmp(&b.name)));
        totals.into_iter().map(|channel| channel.name).filter(|name| !name.is_empty()).collect()
    })
}

fn channel_class(order: &[String], name: &str) -> String {
    if name.is_empty() {
        return "channel-none".to_owned();
    }
    let at = order.iter().position(|other| other == name).unwrap_or(N_CHANNEL_COLOURS);
    format!("channel-{}", at.min(N_CHANNEL_COLOURS - 1))
}

fn channel_name(name: &str, text: Text) -> String {
    if name.is_empty() { text.s("lane.channel.unknown").to_owned() } else { name.to_owned() }
}

fn channels(workspace: Workspace, stage: &StageView) -> AnyView {
    let text = workspace.text;
    if stage.channels.iter().all(|channel| channel.name.is_empty()) {
        return nothing(text.s("lane.channel.none"));
    }
    let order = channel_order(workspace);
    let parts = stage.channels.iter().map(|channel| {
        let share = percent_of(channel.n_occurrences as f64, stage.n_occurrences as f64);
        view! { <span class=format!("bar-part {}", channel_class(&order, &channel.name)) style:width=share></span> }
    });
    let parts = parts.collect_view();
    let figure = figure_of(Measure::StageChannels, &Selection::Stage { name: stage.name.clone() });
    let names = stage.channels.iter().take(N_CHANNELS_NAMED).map(|channel| {
        let share = text.share(channel.n_occurrences, stage.n_occurrences);
        view! {
            <span class="channel">
                <span class=format!("dot {}", channel_class(&order, &channel.name)) aria-hidden="true"></span>
                {format!("{} {share}", channel_name(&channel.name, text))}
            </span>
        }
    });
    let names = names.collect_view();
    let all = stage.channels.iter().map(|channel| {
        format!("{}: {}", channel_name(&channel.name, text), text.count(channel.n_occurrences))
    });
    let all = all.collect::<Vec<_>>().join("\n");
    let title = text.s("lane.channel.title");
    let open = move |_| workspace.explain(title.to_owned(), figure.clone());
    view! {
        <span class="bar" aria-hidden="true">{parts}</span>
        <button type="button" class="figure-open lane-figures channels" aria-haspopup="dialog" title=all data-testid="figure" on:click=open>
            <span class="hidden">{format!("{title}:")}</span>
            {names}
        </button>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_keep_the_order_that_was_given() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(in_order(&[]), ALL, "the usual order");
        assert_eq!(in_order(&names(&["channel", "gone"])), ["channel", "volume", "waiting"], "one is first");
        assert_eq!(moved(&ALL, "channel", Some("volume")), ["channel", "volume", "waiting"], "to the front");
        assert_eq!(moved(&ALL, "volume", None), ["waiting", "channel", "volume"], "to the end");
    }
}
