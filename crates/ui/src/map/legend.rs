//! What the shades, widths and signs of the map mean, with units.

use super::{
    lens::{Lens, N_SHADES, Shades},
    use_map,
};
use crate::{text::Text, workspace::use_workspace};
use leptos::prelude::*;

fn value(lens: Lens, text: Text, value: f64) -> String {
    if lens.is_time() { text.duration(value) } else { format_count(text, value) }
}

fn format_count(text: Text, value: f64) -> String {
    // Counts come as whole numbers; the float only carries them to the shades.
    format!("{value:.0}").parse().map(|n| text.short_count(n)).unwrap_or_default()
}

/// The key to the picture.
#[component]
pub(crate) fn Legend() -> impl IntoView {
    let workspace = use_workspace();
    let state = use_map();
    let text = workspace.text;
    let scale = move |caption: &'static str, class: &'static str, shades: Option<Shades>| {
        let lens = workspace.lens.get();
        shades.map(|shades| {
            let steps = (0..N_SHADES)
                .map(|shade| view! { <span class=format!("step {class} shade-{shade}")></span> });
            view! {
                <div class="scale">
                    <span class="scale-caption">{caption}</span>
                    <span class="steps" aria-hidden="true">{steps.collect_view()}</span>
                    <span class="scale-ends">
                        <span>{value(lens, text, shades.low)}</span>
                        <span>{value(lens, text, shades.high)}</span>
                    </span>
                </div>
            }
        })
    };
    let scales = move || {
        let shades = state.shades.get()?;
        let lens = workspace.lens.get();
        let node_caption = if lens.is_time() { text.s("legend.node_time") } else { text.s("legend.nodes") };
        Some(view! {
            {scale(node_caption, "of-node", shades.nodes)}
            {scale(text.s("legend.edges"), "of-edge", shades.edges)}
        })
    };
    let lens_words =
        move || text.find(&format!("lens.{}.unit", workspace.lens.get().name())).unwrap_or_default();
    view! {
        <section class="legend" tabindex="0" aria-label=text.s("legend.title") data-testid="legend">
            <p class="legend-lens">{lens_words}</p>
            {scales}
            <ul class="signs">
                <li><svg viewBox="0 0 28 10" aria-hidden="true"><path class="sign-thin" d="M1 5h10"/><path class="sign-thick" d="M13 5h14"/></svg>{text.s("legend.width")}</li>
                <li><svg viewBox="0 0 28 10" aria-hidden="true"><path class="sign-back" d="M1 5h26"/></svg>{text.s("legend.backward")}</li>
                <li><svg viewBox="0 0 28 10" aria-hidden="true"><path class="sign-stub" d="M14 0v7m-5 0h10"/></svg>{text.s("legend.stub")}</li>
                <li><svg viewBox="0 0 28 12" aria-hidden="true"><circle class="sign-unsure" cx="14" cy="6" r="5"/><text class="sign-unsure-text" x="14" y="9">"?"</text></svg>{text.s("legend.unsure")}</li>
            </ul>
        </section>
    }
    .into_any()
}
