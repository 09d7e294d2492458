//! What was found in a file, open to correction, before anything is imported.

use crate::{
    dialog::Dialog,
    opening::Decision,
    personal::{self, Personal},
    text::Text,
    workspace::{Review, use_workspace},
};
use leptos::prelude::*;
use protocol::import::{DateOrder, ImportPlan, Mapping, Preview, Reading, Renewal, ScoreKind, Syntax};
use protocol::privacy::ColumnTreatment;
use std::sync::Arc;

/// The roles that every file needs.
const N_REQUIRED: usize = 3;
/// Rows of the file that are shown.
const N_ROWS: usize = 8;
/// Faults of the sample that are shown.
const N_REJECTS: usize = 5;
/// How a file in an archive is called that needs no reader beyond being unpacked.
const PLAIN: &str = "plain";
/// Offsets from UTC that are in use, in minutes.
const OFFSETS: [i32; 38] = [
    -720, -660, -600, -570, -540, -480, -420, -360, -300, -240, -210, -180, -120, -60, 0, 60, 120, 180, 210,
    240, 270, 300, 330, 345, 360, 390, 420, 480, 525, 540, 570, 600, 630, 660, 720, 765, 780, 840,
];

/// The role a column has, if any.
fn role_for_column(mapping: &Mapping, column: &str) -> Option<&'static str> {
    Mapping::ROLES.into_iter().find(|role| mapping.column(role) == Some(column))
}

/// Columns chosen for more than one role, in order of the roles.
fn columns_chosen_twice(mapping: &Mapping) -> Vec<String> {
    let mut chosen: Vec<&str> = Mapping::ROLES.iter().filter_map(|role| mapping.column(role)).collect();
    chosen.sort();
    let mut twice: Vec<String> =
        chosen.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].to_owned()).collect();
    twice.dedup();
    twice
}

/// A required column is not chosen.
fn is_incomplete(mapping: &Mapping) -> bool {
    Mapping::ROLES[..N_REQUIRED].iter().any(|role| mapping.column(role).is_none())
}

/// An offset as people write it: `UTC+05:30`.
fn offset_words(minutes: i32) -> String {
    if minutes == 0 {
        return "UTC".to_owned();
    }
    let sign = if minutes < 0 { '\u{2212}' } else { '+' };
    let minutes = minutes.abs();
    format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

fn format_words(preview: &Preview, text: Text) -> String {
    let format = &preview.format;
    if let Some(reading) = format.reading.as_ref().filter(|reading| reading.kind != PLAIN) {
        let kind = text.find(&format!("format.{}", reading.kind)).unwrap_or(&reading.kind).to_owned();
        return if reading.inside.is_empty() { kind } else { format!("{kind} · ZIP") };
    }
    let syntax = match format.syntax {
        Syntax::Csv => "CSV",
        Syntax::Json => "JSON",
        Syntax::Ndjson => "NDJSON",
        Syntax::Xes => "XES",
    };
    let mut parts = vec![syntax.to_owned()];
    if format.gzip {
        parts.push("gzip".to_owned());
    }
    if format.reading.is_some() {
        parts.push("ZIP".to_owned());
    }
    parts.push(format.encoding.clone());
    if let Some(delimiter) = format.delimiter {
        let name = match delimiter {
            ',' => text.s("delimiter.comma").to_owned(),
            ';' => text.s("delimiter.semicolon").to_owned(),
            '\t' => text.s("delimiter.tab").to_owned(),
            '|' => text.s("delimiter.pipe").to_owned(),
            other => format!("“{other}”"),
        };
        parts.push(name);
    }
    parts.join(" · ")
}

/// What a person is editing; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Draft {
    pub(crate) preview: StoredValue<Arc<Preview>>,
    pub(crate) mapping: RwSignal<Mapping>,
    date_order: RwSignal<DateOrder>,
    zone_offset_minutes: RwSignal<i32>,
    /// The file is taken for what it was recognised as.
    pub(crate) is_recognised: RwSignal<bool>,
    /// What becomes of each column.
    pub(crate) treatments: RwSignal<Vec<ColumnTreatment>>,
    /// The source that it renews; none where it is one of its own.
    renews: RwSignal<Option<u32>>,
    /// Column that says what the customer allows.
    pub(crate) consent: RwSignal<Option<String>>,
    /// The mapping is kept for files with the same columns.
    keeps: RwSignal<bool>,
}

impl Draft {
    fn plan(self) -> ImportPlan {
        let preview = self.preview.get_value();
        ImportPlan {
            name: preview.name.clone(),
            format: preview.format.clone(),
            mapping: self.mapping.get_untracked(),
            date_order: self.date_order.get_untracked(),
            zone_offset_minutes: self.zone_offset_minutes.get_untracked(),
            recipe: if self.is_recognised.get_untracked() {
                preview.recipe.as_ref().map(|recipe| recipe.text.clone()).unwrap_or_default()
            } else {
                String::new()
            },
            treatments: Some(self.treatments.get_untracked()),
            renewal: self.renews.get_untracked().map_or(Renewal::Beside, Renewal::Of),
            consent: self.consent.get_untracked(),
            keep_for: if self.keeps.get_untracked() && !self.is_recognised.get_untracked() {
                preview.columns.iter().map(|column| column.name.clone()).collect()
            } else {
                Vec::new()
            },
        }
    }
}

/// The dialog, whenever a file is under review.
#[component]
pub(crate) fn ImportDialog() -> impl IntoView {
    let workspace = use_workspace();
    let preview = Memo::new(move |_| {
        workspace.review.with(|review| review.as_ref().map(|review| Arc::clone(&review.preview)))
    });
    let dialog = move |preview: Arc<Preview>| {
        let draft = Draft {
            mapping: RwSignal::new(preview.mapping.clone()),
            date_order: RwSignal::new(preview.time.date_order),
            zone_offset_minutes: RwSignal::new(preview.time.zone_offset_minutes),
            is_recognised: RwSignal::new(preview.recipe.is_some()),
            treatments: RwSignal::new(personal::proposed(&preview)),
            renews: RwSignal::new(preview.renews.as_ref().map(|renewed| renewed.source)),
            consent: RwSignal::new(preview.consent.clone()),
            keeps: RwSignal::new(true),
            preview: StoredValue::new(preview),
        };
        view! { <Form draft/> }
    };
    view! { {move || preview.get().map(dialog)} }.into_any()
}

#[component]
fn Form(draft: Draft) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let preview = draft.preview.get_value();
    let title = text.fill("import.title", &[&preview.name]);
    let twice = move || {
        let columns = draft.mapping.with(columns_chosen_twice);
        (!columns.is_empty() && !draft.is_recognised.get()).then(|| view! {
            <p class="warning" role="status" data-testid="duplicate-columns">{text.fill("import.twice", &[&columns.join(", ")])}</p>
        })
    };
    let is_lookup = preview.recipe.as_ref().is_some_and(|recipe| !recipe.lookup.is_empty());
    let lacks_columns = move || !draft.is_recognised.get() && draft.mapping.with(is_incomplete);
    let incomplete = move || lacks_columns() || (draft.is_recognised.get() && is_lookup);
    let waiting = move || {
        let n =
            workspace.review.with(|review| review.as_ref().map_or(0, |Review { n_waiting, .. }| *n_waiting));
        (n > 0).then(|| text.plural("import.waiting", n as u64))
    };
    let skip = move || workspace.decide(Decision::Skip);
    // Without the beginning of a recording none of its times is known.
    let unknown_start = preview.start.as_deref() == Some("");
    let blocked = move || incomplete() || unknown_start;
    let several = move || waiting().is_some();
    view! {
        <Dialog title on_close=Callback::new(move |()| skip()) testid="import-dialog">
            <p class="hint"><span data-testid="format">{format_words(&preview, text)}</span> " · " {text.plural("import.sampled", u64::from(preview.n_sampled))}</p>
            <div class="import-body">
                <Renews draft/>
                <ReadingChoices draft/>
                <Own draft/>
                {move || if draft.is_recognised.get() {
                    view! { <Recognised draft/> }.into_any()
                } else {
                    view! { <Roles draft/> }.into_any()
                }}
                <TimeChoices draft/>
                <Personal draft/>
                <Rows draft/>
                <SampleRejects draft/>
            </div>
            {twice}
            {move || (lacks_columns() && !unknown_start).then(|| view! { <p class="warning" role="status">{text.s("import.incomplete")}</p> })}
            <footer class="dialog-actions">
                <span class="hint">{waiting}</span>
                <span class="spacer"></span>
                <button type="button" class="button" data-testid="import-cancel" on:click=move |_| skip()>{text.s("dialog.cancel")}</button>
                {move || several().then(|| view! {
                    <button type="button" class="button" data-testid="import-all" disabled=blocked on:click=move |_| workspace.decide(Decision::ImportAll(draft.plan()))>{text.s("import.all")}</button>
                })}
                <button type="button" class="button primary" autofocus data-testid="import-confirm" disabled=blocked on:click=move |_| workspace.decide(Decision::Import(draft.plan()))>{text.s("import.confirm")}</button>
            </footer>
        </Dialog>
    }
    .into_any()
}

/// Whether the file is a newer export of a source that is there, as soon as there is one.
#[component]
fn Renews(draft: Draft) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let chosen = draft.renews;
    let known: Vec<(u32, String)> = workspace.sources.with_untracked(|sources| {
        let own = sources.iter().filter(|source| !source.sample);
        own.map(|source| (source.source, source.name.clone())).collect()
    });
    if known.is_empty() {
        return ().into_any();
    }
    let options = known.into_iter().map(|(number, name)| {
        view! {
            <option value=number.to_string() selected=move || chosen.get() == Some(number)>{text.fill("import.renews.of", &[&name])}</option>
        }
    });
    let why =
        move || text.s(if chosen.get().is_some() { "import.renews.of.why" } else { "import.renews.own.why" });
    view! {
        <fieldset class="roles">
            <legend>{text.s("import.renews")}</legend>
            <div class="role">
                <label for="import-renews">{text.s("import.renews.is")}</label>
                <select id="import-renews" data-testid="import-renews" on:change=move |ev| chosen.set(event_target_value(&ev).parse().ok())>
                    <option value="" selected=move || chosen.get().is_none()>{text.s("import.renews.own")}</option>
                    {options.collect_view()}
                </select>
                <span class="reason" role="status">{why}</span>
            </div>
        </fieldset>
    }
    .into_any()
}

/// That the columns are read as a person said before, and the way to have them guessed instead.
#[component]
fn Own(draft: Draft) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let preview = draft.preview.get_value();
    let Some(own) = preview.own.clone() else { return ().into_any() };
    let without = move |_| {
        let preview = Arc::new(draft.preview.with_value(|preview| preview.without_own()));
        workspace.review.update(|review| {
            if let Some(review) = review {
                review.preview = preview;
            }
        });
    };
    view! {
        <div class="own-mapping" role="status" data-testid="own-mapping">
            <p>{text.fill("import.own", &[&own.title])}</p>
            <button type="button" class="button" data-testid="own-without" on:click=without>{text.s("import.own.without")}</button>
        </div>
    }
    .into_any()
}

/// What decides how the records are made: the sheet, the kind of object, the order of dates, the beginning of a recording.
#[component]
fn ReadingChoices(draft: Draft) -> impl IntoView {
    let workspace = use_workspace();
    let text = workspace.text;
    let preview = draft.preview.get_value();
    let reading = preview.format.reading.clone().unwrap_or_default();
    let choices = preview.choices.clone().map(|choices| {
        let reading = reading.clone();
        let caption = text.find(&format!("import.choice.{}", choices.kind)).unwrap_or_default().to_owned();
        let why = text.find(&format!("import.choice.{}.why", choices.kind)).unwrap_or_default().to_owned();
        let chosen = choices.chosen.clone();
        let options = choices.options.into_iter().map(|(option, n)| {
            let shown = if n == 0 { option.clone() } else { format!("{option} ({n})") };
            view! { <option value=option.clone() selected={option == chosen}>{shown}</option> }
        });
        view! {
            <div class="role">
                <label for="reading-choice">{caption}</label>
                <select id="reading-choice" data-testid="reading-choice" on:change=move |ev| {
                    let choice = Some(event_target_value(&ev));
                    workspace.decide(Decision::Read(Reading { choice, ..reading.clone() }));
                }>{options.collect_view()}</select>
                <span class="reason">{why}</span>
            </div>
        }
    });
    let start = preview.start.clone().map(|start| {
        let is_unknown = start.is_empty();
        // The field takes no zone; what was found in UTC is shown as it is.
        let shown = start.trim_end_matches('Z').get(..16).unwrap_or_default().to_owned();
        let zone = if start.ends_with('Z') { "Z" } else { "" };
        view! {
            <div class="role" class:required=true>
                <label for="reading-start">{text.s("import.start")}</label>
                <input type="datetime-local" id="reading-start" data-testid="reading-start" value=shown on:change=move |ev| {
                    let start = Some(format!("{}{zone}", event_target_value(&ev)));
                    workspace.decide(Decision::Read(Reading { start, ..reading.clone() }));
                }/>
                <span class=if is_unknown { "warning" } else { "reason" }>{text.s(if is_unknown { "import.start.unknown" } else { "import.start.why" })}</span>
            </div>
        }
    });
    (choices.is_some() || start.is_some())
        .then(|| {
            view! {
                <fieldset class="roles">
                    <legend>{text.s("import.reading")}</legend>
                    {choices}
                    {start}
                </fieldset>
            }
        })
        .into_any()
}

#[component]
fn Roles(draft: Draft) -> impl IntoView {
    let text = use_workspace().text;
    let preview = draft.preview.get_value();
    let role_view = move |(position, role): (usize, &'static str)| {
        let id = format!("role-{role}");
        let chosen = move || draft.mapping.with(|mapping| mapping.column(role).map(str::to_owned));
        let options: Vec<_> = preview
            .columns
            .iter()
            .map(|column| {
                let name = column.name.clone();
                let kind = text.find(&format!("kind.{}", column.kind)).unwrap_or_default();
                let caption = if kind.is_empty() { name.clone() } else { format!("{name} ({kind})") };
                let is_chosen = {
                    let name = name.clone();
                    move || chosen().as_ref() == Some(&name)
                };
                view! { <option value=name selected=is_chosen>{caption}</option> }
            })
            .collect();
        let guess = preview.reasons.iter().find(|(of, _)| of == role).map(|(_, reason)| text.said(reason));
        let guessed = preview.mapping.column(role).map(str::to_owned);
        let reason = move || {
            if chosen() == guessed { guess.clone() } else { Some(text.s("import.by_hand").to_owned()) }
        };
        let preview_kind = preview.mapping.score_kind;
        let choose = move |ev| {
            let value = event_target_value(&ev);
            draft.mapping.update(|mapping| {
                mapping.set(role, (!value.is_empty()).then_some(value));
                if role == "score" {
                    let guess = preview_kind.or(Some(ScoreKind::Nps));
                    mapping.score_kind = mapping.score.as_ref().and(mapping.score_kind.or(guess));
                }
            });
        };
        let none = if position < N_REQUIRED { text.s("import.choose") } else { text.s("import.none") };
        view! {
            <div class="role" class:required={position < N_REQUIRED}>
                <label for=id.clone()>{text.find(&format!("role.{role}")).unwrap_or(role)}</label>
                <select id=id.clone() data-testid=id on:change=choose>
                    <option value="" selected=move || chosen().is_none()>{none}</option>
                    {options}
                </select>
                <span class="reason">{reason}</span>
            </div>
        }
    };
    view! {
        <fieldset class="roles">
            <legend>{text.s("import.columns")}</legend>
            {Mapping::ROLES.into_iter().enumerate().map(role_view).collect_view()}
            <Survey draft/>
            <label class="check keep-mapping">
                <input type="checkbox" data-testid="keep-mapping" prop:checked=move || draft.keeps.get() on:change=move |ev| draft.keeps.set(event_target_checked(&ev))/>
                <span>{text.s("import.keep")}</span>
            </label>
        </fieldset>
    }
    .into_any()
}

/// What a recipe makes of a column, in words.
fn meaning_words(text: Text, names: &str) -> String {
    let words = names.split(", ").map(|name| {
        let role = text.find(&format!("role.{name}")).or_else(|| text.find(&format!("measure.{name}")));
        role.or_else(|| text.find(&format!("fact.{name}"))).unwrap_or(name)
    });
    words.collect::<Vec<_>>().join(", ")
}

/// What becomes of a column: by the recipe where the file is taken for what it was recognised as, else by the mapping.
fn column_words(draft: Draft, text: Text, column: &str) -> Option<String> {
    if !draft.is_recognised.get() {
        let role = draft.mapping.with(|mapping| role_for_column(mapping, column))?;
        return text.find(&format!("role.{role}")).map(str::to_owned);
    }
    draft.preview.with_value(|preview| {
        let meanings = &preview.recipe.as_ref()?.meanings;
        meanings.iter().find(|(name, _)| name == column).map(|(_, names)| meaning_words(text, names))
    })
}

/// What the file is known to be, what is made of its columns, and the way to map them by hand.
#[component]
fn Recognised(draft: Draft) -> impl IntoView {
    let text = use_workspace().text;
    let preview = draft.preview.get_value();
    let Some(recipe) = preview.recipe.clone() else { return ().into_any() };
    let columns: Vec<_> = recipe
        .meanings
        .iter()
        .map(|(column, names)| view! { <tr><th scope="row">{column.clone()}</th><td>{meaning_words(text, names)}</td></tr> })
        .collect();
    let events: Vec<_> = recipe.activities.iter().map(|name| view! { <li>{name.clone()}</li> }).collect();
    let has_events = !events.is_empty();
    let also =
        [("import.gives_profiles", recipe.gives_profiles), ("import.gives_accounts", recipe.gives_accounts)];
    let also = also.into_iter().filter(|(_, gives)| *gives).map(|(key, _)| view! { <p>{text.s(key)}</p> });
    let also = also.collect_view();
    let lookup = (!recipe.lookup.is_empty()).then(|| view! {
        <p class="warning" role="status" data-testid="lookup">{text.fill("import.lookup", &[&recipe.lookup])}</p>
    });
    view! {
        <section class="recognised" data-testid="recognised">
            <h3>{text.fill("import.recognised", &[&recipe.title, &recipe.version.to_string()])}</h3>
            {lookup}
            {has_events.then(|| view! { <p>{text.s("import.makes_events")}</p> <ul class="recipe-events" data-testid="recipe-events">{events}</ul> })}
            {also}
            {(!columns.is_empty()).then(|| view! {
                <div class="scroll" tabindex="0" role="region" aria-label=text.s("import.columns")>
                    <table class="data compact">
                        <caption class="hidden">{text.s("import.columns")}</caption>
                        <thead><tr><th scope="col">{text.s("import.column")}</th><th scope="col">{text.s("import.meaning")}</th></tr></thead>
                        <tbody>{columns}</tbody>
                    </table>
                </div>
            })}
            <button type="button" class="button" data-testid="by-hand" on:click=move |_| draft.is_recognised.set(false)>{text.s("import.map_by_hand")}</button>
        </section>
    }
    .into_any()
}

/// Which survey the answers belong to, once a column has them.
#[component]
fn Survey(draft: Draft) -> impl IntoView {
    let text = use_workspace().text;
    let has_score = Memo::new(move |_| draft.mapping.with(|mapping| mapping.score.is_some()));
    let chosen = move || draft.mapping.with(|mapping| mapping.score_kind);
    let options = move || {
        let option = |kind: ScoreKind| {
            let caption = text.find(&format!("measure.{}", kind.name())).unwrap_or(kind.name());
            view! { <option value=kind.name() selected=move || chosen() == Some(kind)>{caption}</option> }
        };
        ScoreKind::ALL.into_iter().map(option).collect_view()
    };
    let choose = move |ev| {
        let kind = ScoreKind::from_name(&event_target_value(&ev));
        draft.mapping.update(|mapping| mapping.score_kind = kind);
    };
    move || {
        has_score.get().then(|| {
            view! {
                <div class="role">
                    <label for="score-kind">{text.s("import.survey")}</label>
                    <select id="score-kind" data-testid="score-kind" on:change=choose>{options()}</select>
                    <span class="reason">{text.s("import.survey.reason")}</span>
                </div>
            }
        })
    }
}

#[component]
fn TimeChoices(draft: Draft) -> impl IntoView {
    let text = use_workspace().text;
    let time = draft.preview.with_value(|preview| preview.time.clone());
    // Another time column may be read in another way: then both choices are offered.
    let guessed = draft.preview.with_value(|preview| preview.mapping.time.clone());
    let is_guess = move || draft.mapping.with(|mapping| mapping.time == guessed);
    let is_guess = Memo::new(move |_| is_guess());
    // Where nothing depends on the order, there is nothing to choose.
    let order_matters = time.date_order_matters;
    let zone_matters = time.zone_matters;
    let is_open = time.date_order_open;
    let order = move |order: DateOrder, id: &'static str, caption: &'static str| {
        view! {
            <span class="segment">
                <input type="radio" name="date-order" id=id data-testid=id prop:checked=move || draft.date_order.get() == order on:change=move |_| draft.date_order.set(order)/>
                <label for=id>{caption}</label>
            </span>
        }
    };
    let reason = text.said(&time.date_order_reason);
    let orders = move || {
        (order_matters || !is_guess.get()).then(|| {
            view! {
                <fieldset class="date-order" data-testid="date-order">
                    <legend>{text.s("import.order")}</legend>
                    <span class="segments">
                        {order(DateOrder::DayFirst, "day-first", text.s("import.day_first"))}
                        {order(DateOrder::MonthFirst, "month-first", text.s("import.month_first"))}
                    </span>
                    <p class=if is_open { "warning" } else { "reason" }>{reason.clone()}</p>
                </fieldset>
            }
        })
    };
    let zones = move || {
        (zone_matters || !is_guess.get()).then(|| {
            let chosen = draft.zone_offset_minutes;
            let options = OFFSETS.into_iter().map(|minutes| view! {
                <option value=minutes.to_string() selected=move || chosen.get() == minutes>{offset_words(minutes)}</option>
            });
            view! {
                <div class="role">
                    <label for="zone">{text.s("import.zone")}</label>
                    <select id="zone" data-testid="zone" on:change=move |ev| {
                        if let Ok(minutes) = event_target_value(&ev).parse() {
                            chosen.set(minutes);
                        }
                    }>
                        {options.collect_view()}
                    </select>
                    <span class="reason">{text.s("import.zone.reason")}</span>
                </div>
            }
        })
    };
    let form = time.form.clone();
    view! {
        <div class="time-choices">
            {(!form.is_empty()).then(|| view! { <p class="hint">{text.fill("import.time_form", &[&form])}</p> })}
            {orders}
            {zones}
        </div>
    }
    .into_any()
}

#[component]
fn Rows(draft: Draft) -> impl IntoView {
    let text = use_workspace().text;
    let preview = draft.preview.get_value();
    let heads: Vec<_> = preview
        .columns
        .iter()
        .map(|column| {
            let name = column.name.clone();
            let caption = Memo::new(move |_| column_words(draft, text, &name));
            let is_mapped = move || caption.with(Option::is_some);
            view! { <th scope="col" class:mapped=is_mapped>{column.name.clone()} <span class="role-tag">{move || caption.get()}</span></th> }
        })
        .collect();
    let rows: Vec<_> = preview
        .rows
        .iter()
        .take(N_ROWS)
        .map(|row| {
            let cells = row.iter().zip(&preview.columns).map(|(value, column)| {
                let name = column.name.clone();
                let is_mapped = move || column_words(draft, text, &name).is_some();
                view! { <td class:mapped=is_mapped title=value.clone()>{value.clone()}</td> }
            });
            view! { <tr>{cells.collect::<Vec<_>>()}</tr> }
        })
        .collect();
    view! {
        <div class="rows scroll" tabindex="0" role="region" aria-label=text.s("import.rows")>
            <table class="data compact">
                <caption class="hidden">{text.s("import.rows")}</caption>
                <thead><tr>{heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn SampleRejects(draft: Draft) -> impl IntoView {
    let text = use_workspace().text;
    let preview = draft.preview.get_value();
    (!preview.rejects.is_empty()).then(|| {
        let items: Vec<_> = preview
            .rejects
            .iter()
            .take(N_REJECTS)
            .map(|reject| {
                let place = text.fill(
                    "import.reject",
                    &[&reject.line.to_string(), &reject.field, &text.reject(&reject.reason)],
                );
                view! { <li>{place} " " <code>{reject.value.clone()}</code></li> }
            })
            .collect();
        view! {
            <div class="sample-rejects" data-testid="sample-rejects">
                <p class="warning">{text.plural("import.rejects", preview.rejects.len() as u64)}</p>
                <ul>{items}</ul>
            </div>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping() -> Mapping {
        let some = |name: &str| Some(name.to_owned());
        Mapping { customer: some("id"), activity: some("what"), time: some("when"), ..Mapping::default() }
    }

    #[test]
    fn a_column_for_two_roles_is_noticed_once() {
        let mut mapping = mapping();
        assert!(columns_chosen_twice(&mapping).is_empty(), "all differ");
        mapping.set("channel", Some("what".to_owned()));
        mapping.set("text", Some("what".to_owned()));
        assert_eq!(columns_chosen_twice(&mapping), ["what"], "said once, however often");
        assert_eq!(role_for_column(&mapping, "what"), Some("activity"), "the first role is shown");
    }

    #[test]
    fn required_roles_must_be_chosen() {
        let mut mapping = mapping();
        assert!(!is_incomplete(&mapping), "three columns are enough");
        mapping.set("time", None);
        assert!(is_incomplete(&mapping), "without time there is no journey");
    }

    #[test]
    fn offsets_are_written_as_people_do() {
        assert_eq!(offset_words(0), "UTC", "no offset");
        assert_eq!(offset_words(330), "UTC+05:30", "half hours are in use");
        assert_eq!(offset_words(-210), "UTC\u{2212}03:30", "also west");
    }
}
