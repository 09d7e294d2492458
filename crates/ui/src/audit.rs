//! The audit of a source on the screen: what was looked at, what was found, and what it does to later figures.

use crate::{
    text::Text,
    worker::Fault,
    workspace::{Workspace, use_workspace},
};
use leptos::{prelude::*, task::spawn_local};
use protocol::audit::{Check, Level, SourceAudit};

/// The audits of all sources, asked for again whenever the workspace changed.
pub(crate) fn asked(workspace: Workspace) -> RwSignal<Vec<SourceAudit>> {
    let audits = RwSignal::new(Vec::new());
    Effect::new(move |_| {
        workspace.revision.track();
        spawn_local(async move {
            let Some(client) = workspace.client() else { return };
            match client.audits().await {
                Ok(found) => drop(audits.try_set(found)),
                Err(Fault::Gone) => {}
                Err(fault) => workspace.warn_of(fault),
            }
        });
    });
    audits
}

/// The checks of one source.
#[component]
pub(crate) fn Audit(audits: RwSignal<Vec<SourceAudit>>, source: u32) -> impl IntoView {
    let text = use_workspace().text;
    let own =
        Memo::new(move |_| audits.with(|audits| audits.iter().find(|audit| audit.source == source).cloned()));
    let content = move || {
        let audit = own.get()?;
        let (good, told): (Vec<Check>, Vec<Check>) =
            audit.checks.into_iter().partition(|check| check.level == Level::Good);
        let told: Vec<_> = told.iter().map(|check| row(text, check)).collect();
        let n_good = good.len() as u64;
        let good: Vec<_> = good.iter().map(|check| row(text, check)).collect();
        Some(view! {
            <section class="audit" data-testid="audit" data-level=audit.level.name()>
                <h3>{text.s("audit.title")}</h3>
                <ul class="plain checks">{told}</ul>
                <details>
                    <summary>{text.plural("audit.good", n_good)}</summary>
                    <ul class="plain checks">{good}</ul>
                </details>
            </section>
        })
    };
    view! { {content} }.into_any()
}

fn row(text: Text, check: &Check) -> AnyView {
    let (sign, words) = match check.level {
        Level::Good => ("✓", text.s("audit.level.good")),
        Level::Note => ("i", text.s("audit.level.note")),
        Level::Doubt => ("?", text.s("audit.level.doubt")),
        Level::Fault => ("!", text.s("audit.level.fault")),
    };
    let effect = (!check.effect.is_empty()).then(|| view! { <p class="hint">{text.say(&check.effect)}</p> });
    view! {
        <li class="check" data-level=check.level.name() data-check=check.id.clone()>
            <span class="check-sign" role="img" aria-label=words title=words>{sign}</span>
            <div><p>{text.say(&check.finding)}</p>{effect}</div>
        </li>
    }
    .into_any()
}
