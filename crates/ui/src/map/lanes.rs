//! Lanes under the flow: per stage, how many come and stop, how long they wait, on which channel.

use super::{
    open_selection,
    stages::{StageCell, stage_memo, stage_names},
    use_map,
};
use crate::{
    card::{card_sign, figure_button, figure_of},
    text::Text,
    workspace::{Workspace, use_workspace},
};
use leptos::prelude::*;
use protocol::{
    Selection,
    figure::Measure,
    view::{ChannelCount, StageView},
};

/// Short names of all lanes, in the order shown.
pub(crate) const ALL: [&str; 3] = ["volume", "waiting", "channel"];
/// Channels told apart by colour; the rest share the last.
const N_CHANNEL_COLOURS: usize = 6;
/// Channels named in a cell.
const N_CHANNELS_NAMED: usize = 4;

/// All lanes that are shown.
#[component]
pub(crate) fn Lanes() -> impl IntoView {
    let state = use_map();
    let shown = move || {
        ALL.into_iter().filter(|lane| state.lanes.with(|lanes| lanes.contains(lane))).collect::<Vec<_>>()
    };
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
    let words = move |part: &str| text.find(&format!("lane.{lane}.{part}")).unwrap_or_default();
    let measure = match lane {
        "volume" => Measure::StageEnded,
        "waiting" => Measure::Waiting,
        _ => Measure::StageChannels,
    };
    view! {
        <div class="gutter lane-caption">
            <strong>{words("title")}</strong>
            <span>{words("unit")}</span>
            {card_sign(workspace, words("title"), figure_of(measure, &Selection::All))}
        </div>
        <div class=format!("strip lane lane-{lane}") role="group" aria-label=words("title") data-testid=format!("lane-{lane}")>
            <For each=move || names.get() key=Clone::clone children=cell/>
        </div>
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
        move |_| open_selection(workspace, reached.clone(), Selection::Stage { name: reached.clone() });
    let ended = stage.name.clone();
    let open_ended = move |_| {
        let title = text.fill("panel.ended_in", &[&ended]);
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
