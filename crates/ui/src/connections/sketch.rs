//! A connection in the making: looking for operations, and correcting what was found.

use crate::workspace::use_workspace;
use leptos::prelude::*;
use protocol::courier::{Delivery, DocumentFacts, Errand, Offer, Part, Section, Sketch};

/// The document's facts, and a search over its operations.
#[component]
pub(super) fn Finder(sketch: RwSignal<Option<Sketch>>) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let words = RwSignal::new(String::new());
    let offers = RwSignal::new(Vec::<Offer>::new());
    let look = move || {
        workspace.run_errand(Errand::Search { text: words.get_untracked() }, None, move |delivery| {
            if let Delivery::Offers { offers: found } = delivery {
                offers.try_set(found);
            }
        });
    };
    let facts = Memo::new(move |_| {
        sketch.with(|it| it.as_ref().and_then(|it| it.document.clone())).unwrap_or_default()
    });
    // Asked anew for another document, for other words, and when something was chosen.
    Effect::new(move |_| {
        sketch.track();
        words.track();
        look();
    });
    let choose = move |operation: u32, is_chosen: bool| {
        workspace.run_errand(Errand::Choose { operation, is_chosen }, None, move |delivery| {
            if let Delivery::Sketch { sketch: made } = delivery {
                sketch.try_set(Some(made));
            }
        });
    };
    let row = move |offer: Offer| {
        let role = text
            .find(&format!("connect.role.{}", offer.role))
            .or_else(|| text.find(&format!("connect.effect.{}", offer.role)));
        let (at, is_chosen) = (offer.operation, offer.is_chosen);
        let is_useful = !offer.role.is_empty();
        let words = text.s(if is_chosen {
            "connect.offer.out"
        } else if offer.is_list {
            "connect.offer.read"
        } else {
            "connect.offer.write"
        });
        let label = format!("{words}: {}", offer.id);
        let button = is_useful.then(|| view! {
            <button type="button" class="button small" aria-label=label aria-pressed=is_chosen.to_string() data-testid="choose" data-id=offer.id.clone() on:click=move |_| choose(at, !is_chosen)>{words}</button>
        });
        view! {
            <li class="offer" class:chosen=is_chosen data-testid="offer">
                <span class="badge">{role.unwrap_or_else(|| text.s("connect.role.none"))}</span>
                <span class="offer-words"><code>{offer.method.clone()} " " {offer.path.clone()}</code> <span class="hint">{offer.summary.clone()}</span></span>
                {button}
            </li>
        }
    };
    let rows = move || offers.get().into_iter().map(row).collect_view();
    let heading = move || {
        text.s(if words.with(|it| it.trim().is_empty()) { "connect.find.best" } else { "connect.find.found" })
    };
    view! {
        <section class="box finder" data-testid="finder">
            <Facts facts/>
            <label class="search">{text.s("connect.find")} <input type="search" data-testid="find" placeholder=text.s("connect.find.example") on:input=move |ev| words.set(event_target_value(&ev))/></label>
            <p class="hint">{heading}</p>
            <ul class="offers">{rows}</ul>
        </section>
    }
    .into_any()
}

#[component]
fn Facts(facts: Memo<DocumentFacts>) -> impl IntoView {
    let text = use_workspace().text;
    let counts = move || {
        facts.with(|it| {
            let count = |at: usize| text.count(u64::from(it.counts[at]));
            text.fill(
                "connect.document.counts",
                &[&count(0), &count(1), &count(2), &text.count(u64::from(it.millis))],
            )
        })
    };
    let ways = move || facts.with(|it| it.authentications.join(", "));
    let issues = move || {
        facts.with(|it| {
            (it.n_issues > 0).then(|| {
                let lines: Vec<_> = it.issues.iter().map(|issue| view! { <li>{issue.clone()}</li> }).collect();
                view! { <details><summary>{text.plural("connect.document.issues", u64::from(it.n_issues))}</summary><ul class="log">{lines}</ul></details> }
            })
        })
    };
    view! {
        <h2>{move || facts.with(|it| format!("{} {}", it.title, it.version))}</h2>
        <p data-testid="document-facts" data-millis=move || facts.with(|it| it.millis)>{counts}</p>
        <Show when=move || facts.with(|it| !it.authentications.is_empty())><p class="hint">{text.s("connect.document.ways")} " " {ways}</p></Show>
        {issues}
    }
    .into_any()
}

/// Everything of the sketch, with what can be corrected.
#[component]
pub(super) fn SketchEditor(sketch: RwSignal<Option<Sketch>>) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let correct = Callback::new(move |(part, value): (String, String)| {
        workspace.run_errand(Errand::Correct { part, value }, None, move |delivery| {
            if let Delivery::Sketch { sketch: made } = delivery {
                sketch.try_set(Some(made));
            }
        });
    });
    let now = move || sketch.get().unwrap_or_default();
    let parts = Memo::new(move |_| now().parts);
    let (reads, writes) = (Memo::new(move |_| now().reads), Memo::new(move |_| now().writes));
    let problem = Memo::new(move |_| now().problem);
    let file = Memo::new(move |_| now().text);
    let keep = move |_| {
        workspace.run_errand(Errand::Save, None, move |_| drop(sketch.try_set(None)));
    };
    let sections = move |of: Vec<Section>| {
        of.into_iter().map(|section| view! { <SectionView section correct/> }).collect_view()
    };
    view! {
        <section class="box sketch" data-testid="sketch">
            <h2>{text.s("connect.sketch")}</h2>
            <div class="parts">{move || parts.get().into_iter().map(|part| view! { <PartView part correct/> }).collect_view()}</div>
            {move || sections(reads.get())}
            <Show when=move || !writes.with(Vec::is_empty)><h3>{text.s("connect.writes")}</h3></Show>
            {move || sections(writes.get())}
            <details><summary>{text.s("connect.sketch.file")}</summary>
                <p class="hint">{text.s("connect.sketch.file.explained")}</p>
                <textarea class="code" rows="14" spellcheck="false" aria-label=text.s("connect.sketch.file") data-testid="sketch-text" prop:value=file on:change=move |ev| correct.run(("text".to_owned(), event_target_value(&ev)))></textarea>
            </details>
            {move || problem.get().map(|why| view! { <p class="warning" role="status" data-testid="sketch-problem">{text.fill("connect.sketch.problem", &[&why])}</p> })}
            <div class="button-row">
                <span class="spacer"></span>
                <button type="button" class="button" data-testid="sketch-drop" on:click=move |_| sketch.set(None)>{text.s("dialog.cancel")}</button>
                <button type="button" class="button primary" data-testid="sketch-keep" disabled=move || problem.with(Option::is_some) on:click=keep>{text.s("connect.sketch.keep")}</button>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn SectionView(section: Section, correct: Callback<(String, String)>) -> impl IntoView {
    let text = use_workspace().text;
    let reasons: Vec<_> = section.reasons.iter().map(|reason| view! { <li>{reason.clone()}</li> }).collect();
    let has_reasons = !reasons.is_empty();
    let parts: Vec<_> = section.parts.into_iter().map(|part| view! { <PartView part correct/> }).collect();
    view! {
        <fieldset class="sketch-section" data-testid="section">
            <legend><strong>{section.name}</strong> " " <code>{section.path}</code></legend>
            <div class="parts">{parts}</div>
            {has_reasons.then(|| view! { <details><summary>{text.s("connect.sketch.reasons")}</summary><ul class="log" data-testid="reasons">{reasons}</ul></details> })}
        </fieldset>
    }
    .into_any()
}

/// One thing that can be corrected: a choice where the choices are known, else a text.
#[component]
fn PartView(part: Part, correct: Callback<(String, String)>) -> impl IntoView {
    let text = use_workspace().text;
    let Part { key, role, value, options, is_required } = part;
    let caption = match role.strip_prefix("path:") {
        Some(name) => text.fill("connect.part.path", &[name]),
        None => text.find(&format!("connect.part.{role}")).unwrap_or_default().to_owned(),
    };
    let hint = text.find(&format!("connect.part.{role}.hint"));
    let change = {
        let key = key.clone();
        move |ev| correct.run((key.clone(), event_target_value(&ev)))
    };
    let is_missing = is_required && value.is_empty();
    let field = if options.is_empty() {
        view! { <input type="text" prop:value=value data-testid=key on:change=change/> }.into_any()
    } else {
        let none =
            (!options.iter().any(String::is_empty) && (value.is_empty() || !is_required)).then(String::new);
        let words = move |option: &String| match option.as_str() {
            "" if role == "upstream" => text.s("connect.part.upstream.none").to_owned(),
            "" => text.s("import.none").to_owned(),
            _ => text.find(&format!("connect.{role}.{option}")).map_or_else(|| option.clone(), str::to_owned),
        };
        let all: Vec<_> = none
            .into_iter()
            .chain(options)
            .map(|option| {
                let is_chosen = option == value;
                view! { <option value=option.clone() selected=is_chosen>{words(&option)}</option> }
            })
            .collect();
        view! { <select data-testid=key on:change=change>{all}</select> }.into_any()
    };
    view! {
        <label class="part" class:missing=is_missing><span>{caption}</span>{field}{hint.map(|hint| view! { <span class="hint">{hint}</span> })}</label>
    }
    .into_any()
}
