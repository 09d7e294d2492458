//! The tools of the map: lens, how much is drawn, lanes, fit and zoom, and whether the flow is conserved.

use super::{
    lanes,
    lens::Lens,
    use_map,
    view::{ZOOM_STEP, fit, zoom},
};
use crate::{
    card::{figure_button, figure_of},
    text::Text,
    workspace::use_workspace,
};
use leptos::prelude::*;
use protocol::{MapQuery, Selection, figure::Measure, view::JourneyMapView};

/// The toolbar.
#[component]
pub(crate) fn Toolbar() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let is_open = RwSignal::new(false);
    view! {
        <div class="toolbar" class:open=move || is_open.get() data-testid="toolbar">
            <button
                type="button"
                class="button tools-toggle"
                aria-expanded=move || is_open.get().to_string()
                on:click=move |_| is_open.update(|open| *open = !*open)
            >
                {text.s("tools.toggle")}
            </button>
            <div class="tools">
                <LensChoice/>
                <Sliders/>
                <LaneChoice/>
            </div>
            <Status/>
        </div>
    }
    .into_any()
}

#[component]
fn LensChoice() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let choice = move |lens: Lens| {
        let id = format!("lens-{}", lens.name());
        view! {
            <span class="segment">
                <input
                    type="radio"
                    name="lens"
                    id=id.clone()
                    data-testid=id.clone()
                    prop:checked=move || workspace.lens.get() == lens
                    on:change=move |_| workspace.lens.set(lens)
                />
                <label for=id>{text.find(&format!("lens.{}", lens.name())).unwrap_or(lens.name())}</label>
            </span>
        }
    };
    let group = move |caption: &'static str, is_time: bool| {
        let choices = Lens::ALL.into_iter().filter(|lens| lens.is_time() == is_time).map(choice);
        view! {
            <fieldset class="segments">
                <legend>{caption}</legend>
                {choices.collect_view()}
            </fieldset>
        }
    };
    view! {
        <div class="lens" role="group" aria-label=text.s("lens.title")>
            {group(text.s("lens.frequency"), false)}
            {group(text.s("lens.time"), true)}
        </div>
    }
    .into_any()
}

/// Which share a slider sets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Amount {
    Activities,
    Paths,
}

impl Amount {
    fn id(self) -> &'static str {
        match self {
            Self::Activities => "slider-activities",
            Self::Paths => "slider-paths",
        }
    }

    fn asked(self, query: &MapQuery) -> Option<f64> {
        match self {
            Self::Activities => query.activities_ratio,
            Self::Paths => query.paths_ratio,
        }
    }

    /// What is drawn of what there is.
    fn said(self, view: &JourneyMapView, text: Text) -> String {
        let totals = &view.totals;
        match self {
            Self::Activities => text.fill(
                "drawn.activities",
                &[&text.count(totals.n_drawn_activities), &text.count(totals.n_activities)],
            ),
            Self::Paths => text.fill(
                "drawn.edges",
                &[
                    &text.count(totals.n_drawn_edges),
                    &text.count(totals.n_drawable_edges),
                    &text.percent(totals.drawn_flow_ratio),
                ],
            ),
        }
    }

    fn drawn(self, view: &JourneyMapView) -> f64 {
        match self {
            Self::Activities => view.activities_ratio,
            Self::Paths => view.paths_ratio,
        }
    }
}

#[component]
fn Sliders() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let ratio = move |amount: Amount| {
        let asked = workspace.query.with(|query| amount.asked(query));
        asked
            .or_else(|| workspace.map.with(|map| map.as_ref().map(|map| amount.drawn(&map.view))))
            .unwrap_or(1.0)
    };
    let slider = move |amount: Amount, caption: &'static str| {
        let asked = move |ev| {
            let Ok(percent) = event_target_value(&ev).parse::<f64>() else { return };
            let wanted = Some((percent / 100.0).clamp(0.0, 1.0));
            workspace.query.update(|query| match amount {
                Amount::Activities => query.activities_ratio = wanted,
                Amount::Paths => query.paths_ratio = wanted,
            });
            workspace.refresh_map();
        };
        let said = move || {
            workspace.map.with(|map| map.as_ref().map(|map| amount.said(&map.view, text)).unwrap_or_default())
        };
        view! {
            <div class="slider">
                <label for=amount.id()>{caption}</label>
                <input
                    type="range"
                    min="0"
                    max="100"
                    step="1"
                    id=amount.id()
                    data-testid=amount.id()
                    aria-valuetext=said
                    prop:value=move || (ratio(amount) * 100.0).round().to_string()
                    on:input=asked
                />
                <output for=amount.id() data-testid=format!("{}-drawn", amount.id())>{said}</output>
            </div>
        }
    };
    view! {
        <div class="sliders">
            {slider(Amount::Activities, text.s("slider.activities"))}
            {slider(Amount::Paths, text.s("slider.paths"))}
        </div>
    }
    .into_any()
}

#[component]
fn LaneChoice() -> impl IntoView {
    let workspace = use_workspace();
    let state = use_map();
    let text = workspace.text;
    let toggle = move |lane: &'static str| {
        let is_shown = move || state.lanes.with(|lanes| lanes.contains(&lane));
        let flip = move |_| {
            state.lanes.update(|lanes| {
                if lanes.contains(&lane) {
                    lanes.retain(|other| *other != lane);
                } else {
                    lanes.push(lane);
                }
            });
        };
        view! {
            <button
                type="button"
                class="toggle"
                aria-pressed=move || is_shown().to_string()
                data-testid=format!("lane-toggle-{lane}")
                on:click=flip
            >
                {text.find(&format!("lane.{lane}.short")).unwrap_or(lane)}
            </button>
        }
    };
    view! {
        <div class="lane-choice" role="group" aria-label=text.s("lanes.title")>
            <span class="tool-caption" aria-hidden="true">{text.s("lanes.title")}</span>
            {lanes::ALL.into_iter().map(toggle).collect_view()}
        </div>
    }
    .into_any()
}

/// Fit and zoom; they float over the drawing.
#[component]
pub(crate) fn ZoomButtons() -> impl IntoView {
    let workspace = use_workspace();
    let state = use_map();
    let text = workspace.text;
    view! {
        <div class="zoom" role="group" aria-label=text.s("zoom.title")>
            <button type="button" class="button icon" aria-label=text.s("zoom.out") title=text.s("zoom.out.title") data-testid="zoom-out" on:click=move |_| zoom(workspace, state, 1.0 / ZOOM_STEP)>"−"</button>
            <button type="button" class="button" title=text.s("zoom.fit.title") data-testid="zoom-fit" on:click=move |_| fit(workspace, state)>{text.s("zoom.fit")}</button>
            <button type="button" class="button icon" aria-label=text.s("zoom.in") title=text.s("zoom.in.title") data-testid="zoom-in" on:click=move |_| zoom(workspace, state, ZOOM_STEP)>"+"</button>
        </div>
    }
    .into_any()
}

/// The check that nothing leaks.
#[component]
fn Status() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let conservation = move || {
        workspace.map.with(|map| {
            let conservation = &map.as_ref()?.view.conservation;
            Some(if conservation.holds {
                let title = text.fill("conservation.title", &[&text.count(conservation.n_checked)]);
                view! {
                    <span class="badge good" data-testid="conservation" data-holds="true" title=title>
                        {figure_button(workspace, "", text.s("conservation.holds").to_owned(), figure_of(Measure::Conservation, &Selection::All))}
                    </span>
                }
                .into_any()
            } else {
                let title = conservation.violations.join("\n");
                view! {
                    <span class="badge bad" role="alert" data-testid="conservation" data-holds="false" title=title>
                        {text.s("conservation.broken")}
                    </span>
                }
                .into_any()
            })
        })
    };
    view! { <div class="status">{conservation}</div> }.into_any()
}
