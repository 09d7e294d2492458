//! The figure card: how a figure came about, whether of the map, a list, a source or a report.

use crate::{
    dialog::Dialog,
    text::Text,
    worker::Fault,
    workspace::{Workspace, use_workspace},
};
use leptos::{prelude::*, task::spawn_local};
use protocol::{
    Selection,
    figure::{Figure, Measure},
    report::Card,
};

/// A figure that a person asks about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    /// What it is called, with the figure itself.
    title: String,
    /// The figure.
    figure: Figure,
}

/// A figure of a selection.
pub(crate) fn figure_of(measure: Measure, of: &Selection) -> Figure {
    Figure { measure, of: of.clone(), source: None }
}

/// A figure as a button that opens its card.
pub(crate) fn figure_button(workspace: Workspace, caption: &str, words: String, figure: Figure) -> AnyView {
    let title = if caption.is_empty() { words.clone() } else { format!("{caption}: {words}") };
    let label = workspace.text.fill("card.open", &[&title]);
    let open = move |_| workspace.explain(title.clone(), figure.clone());
    view! {
        <button type="button" class="figure-open" aria-haspopup="dialog" aria-label=label.clone() title=label data-testid="figure" on:click=open>{words}</button>
    }
    .into_any()
}

/// A sign beside a caption that opens the card of its figures.
pub(crate) fn card_sign(workspace: Workspace, caption: &str, figure: Figure) -> AnyView {
    let title = caption.to_owned();
    let label = workspace.text.fill("card.open", &[&title]);
    let open = move |_| workspace.explain(title.clone(), figure.clone());
    view! {
        <button type="button" class="card-sign" aria-haspopup="dialog" aria-label=label.clone() title=label data-testid="card-sign" on:click=open>
            <svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.25"/><path d="M8 7.25v4M8 4.6v.9"/></svg>
        </button>
    }
    .into_any()
}

impl Workspace {
    /// Opens the card of a figure.
    pub(crate) fn explain(self, title: String, figure: Figure) {
        self.card.set(Some(Asked { title, figure }));
    }
}

/// The card that is open, if one is.
#[component]
pub(crate) fn FigureCard() -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let card = RwSignal::new(None::<Card>);
    let close = Callback::new(move |()| workspace.card.set(None));
    Effect::new(move |_| {
        workspace.revision.track();
        let Some(Asked { figure, .. }) = workspace.card.get() else { return card.set(None) };
        spawn_local(async move {
            let Some(client) = workspace.client() else { return };
            let answer = client.card(figure.clone()).await;
            // It may have been closed, or another opened, while we asked.
            let is_wanted = workspace
                .card
                .try_with_untracked(|asked| asked.as_ref().is_some_and(|asked| asked.figure == figure));
            match answer {
                _ if is_wanted != Some(true) => {}
                Ok(found) => card.set(Some(found.worded(&text))),
                Err(Fault::Gone) => {}
                Err(fault) => {
                    workspace.card.set(None);
                    workspace.warn_of(fault);
                }
            }
        });
    });
    let body = move || match card.get() {
        Some(card) => card_body(text, card, Vec::new()),
        None => view! { <p class="hint" role="status">{text.s("report.loading")}</p> }.into_any(),
    };
    let dialog = move || {
        workspace.card.get().map(|Asked { title, .. }| {
            view! { <Dialog title on_close=close testid="figure-card">{body}</Dialog> }
        })
    };
    view! { {dialog} }.into_any()
}

/// What a card says; `meanings` are those of the columns of a report.
pub(crate) fn card_body(text: Text, card: Card, meanings: Vec<(String, String)>) -> AnyView {
    let pair =
        |caption: String, figure: String| view! { <div><dt>{caption}</dt><dd>{figure}</dd></div> }.into_any();
    let formulas: Vec<_> =
        card.formulas.into_iter().map(|line| view! { <li><code>{line}</code></li> }).collect();
    let parameters: Vec<_> = card.parameters.into_iter().map(|(name, value)| pair(name, value)).collect();
    let parameters = (!parameters.is_empty()).then(|| {
        view! {
            <h3>{text.s("card.parameters")}</h3>
            <dl class="card-list">{parameters}</dl>
        }
    });
    let used = [
        pair(text.s("card.unit").to_owned(), card.unit),
        pair(text.s("card.units").to_owned(), text.count(card.n_units)),
        pair(text.s("card.cases").to_owned(), text.count(card.n_cases)),
        pair(text.s("card.events").to_owned(), text.count(card.n_events)),
    ];
    let dropped = if card.dropped.is_empty() {
        view! { <p>{text.s("card.nothing_dropped")}</p> }.into_any()
    } else {
        let rows: Vec<_> = card.dropped.into_iter().map(|(reason, n)| pair(reason, text.count(n))).collect();
        view! { <dl class="card-list" data-testid="card-dropped">{rows}</dl> }.into_any()
    };
    let origin = [
        pair(text.s("card.version").to_owned(), card.engine_version),
        pair(text.s("card.digest").to_owned(), card.input_digest),
    ];
    let columns = (!meanings.is_empty()).then(|| {
        let rows: Vec<_> = meanings.into_iter().map(|(caption, meaning)| pair(caption, meaning)).collect();
        view! {
            <h3>{text.s("card.columns")}</h3>
            <dl class="card-list wide">{rows}</dl>
        }
    });
    view! {
        <div class="card">
            <p class="card-definition" data-testid="card-definition">{card.definition}</p>
            <h3>{text.s("card.formulas")}</h3>
            <ul class="card-formulas">{formulas}</ul>
            {parameters}
            <h3>{text.s("card.used")}</h3>
            <dl class="card-list" data-testid="card-used">{used}</dl>
            <h3>{text.s("card.dropped")}</h3>
            {dropped}
            {columns}
            <h3>{text.s("card.origin")}</h3>
            <dl class="card-list">{origin}</dl>
            <p class="hint">{text.s("card.digest.help")}</p>
        </div>
    }
    .into_any()
}
