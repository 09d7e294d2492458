//! The controls that forms are made of. Each reads and writes one place of the form, as text or as a list of names.

use super::form::Form;
use crate::workspace::use_workspace;
use leptos::{html, prelude::*};

/// The list of activities that fields offer, by its id in the page.
pub(super) const ACTIVITIES: &str = "known-activities";
/// The list of channels that fields offer.
pub(super) const CHANNELS: &str = "known-channels";
/// The list of segments that fields offer.
pub(super) const SEGMENTS: &str = "known-segments";
/// No list.
pub(super) const NO_LIST: &str = "";

/// One place of the form as text: what is typed, the name of a choice, or `yes` for a tick.
#[derive(Clone, Copy)]
pub(super) struct Field {
    get: Signal<String>,
    set: Callback<String>,
}

/// One place of the form that holds names.
#[derive(Clone, Copy)]
pub(super) struct Names {
    get: Signal<Vec<String>>,
    set: Callback<Vec<String>>,
}

/// Makes a text field of a place in the form.
pub(super) fn field(
    form: RwSignal<Form>,
    get: impl Fn(&Form) -> String + Send + Sync + 'static,
    set: impl Fn(&mut Form, String) + Send + Sync + 'static,
) -> Field {
    Field {
        get: Memo::new(move |_| form.with(&get)).into(),
        set: Callback::new(move |value| form.update(|form| set(form, value))),
    }
}

/// Makes a field of names of a place in the form.
pub(super) fn names(
    form: RwSignal<Form>,
    get: impl Fn(&Form) -> Vec<String> + Send + Sync + 'static,
    set: impl Fn(&mut Form, Vec<String>) + Send + Sync + 'static,
) -> Names {
    Names {
        get: Memo::new(move |_| form.with(&get)).into(),
        set: Callback::new(move |value| form.update(|form| set(form, value))),
    }
}

/// Makes a field for a choice among values that have names.
pub(super) fn choice<T: Copy + PartialEq + Send + Sync + 'static>(
    form: RwSignal<Form>,
    all: &'static [(T, &'static str)],
    get: impl Fn(&Form) -> T + Send + Sync + 'static,
    set: impl Fn(&mut Form, T) + Send + Sync + 'static,
) -> Field {
    let name = move |form: &Form| {
        let value = get(form);
        all.iter().find(|(one, _)| *one == value).map_or_else(String::new, |(_, name)| (*name).to_owned())
    };
    let choose = move |form: &mut Form, name: String| {
        if let Some((value, _)) = all.iter().find(|(_, one)| *one == name) {
            set(form, *value);
        }
    };
    field(form, name, choose)
}

/// Makes a field for a tick.
pub(super) fn tick(
    form: RwSignal<Form>,
    get: impl Fn(&Form) -> bool + Send + Sync + 'static,
    set: impl Fn(&mut Form, bool) + Send + Sync + 'static,
) -> Field {
    let name = move |form: &Form| if get(form) { "yes".to_owned() } else { String::new() };
    field(form, name, move |form, value| set(form, !value.is_empty()))
}

/// The names of a choice with their words: `prefix.name`.
pub(super) fn options<T: 'static>(
    all: &'static [(T, &'static str)],
    prefix: &str,
) -> Vec<(&'static str, &'static str)> {
    let text = use_workspace().text;
    all.iter().map(|(_, name)| (*name, text.find(&format!("{prefix}.{name}")).unwrap_or(name))).collect()
}

/// A choice among names with words.
pub(super) fn select(
    id: &str,
    caption: &'static str,
    field: Field,
    options: Vec<(&'static str, &'static str)>,
) -> AnyView {
    let Field { get, set } = field;
    let options: Vec<_> = options
        .into_iter()
        .map(
            |(name, words)| view! { <option value=name prop:selected=move || get.get() == name>{words}</option> },
        )
        .collect();
    let id = id.to_owned();
    view! {
        <div class="field">
            <label for=id.clone()>{caption}</label>
            <select id=id.clone() data-testid=id on:change=move |ev| set.run(event_target_value(&ev))>{options}</select>
        </div>
    }
    .into_any()
}

/// What an input takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// Words.
    Text,
    /// A number that is not negative.
    Number,
    /// A day.
    Day,
}

/// A line of input; taken over when the person leaves it or presses Enter.
pub(super) fn input(
    id: &str,
    caption: &'static str,
    field: Field,
    takes: Takes,
    list: &'static str,
) -> AnyView {
    let Field { get, set } = field;
    let kind = match takes {
        Takes::Text => "text",
        Takes::Number => "number",
        Takes::Day => "date",
    };
    let is_number = takes == Takes::Number;
    let id = id.to_owned();
    view! {
        <div class="field" class:short=is_number>
            <label for=id.clone()>{caption}</label>
            <input
                type=kind
                id=id.clone()
                data-testid=id
                min=is_number.then_some("0")
                step=is_number.then_some("any")
                list=(!list.is_empty()).then_some(list)
                autocomplete="off"
                prop:value=move || get.get()
                on:change=move |ev| set.run(event_target_value(&ev))
            />
        </div>
    }
    .into_any()
}

/// A tick with its words.
pub(super) fn tick_box(id: &str, caption: &'static str, field: Field) -> AnyView {
    let Field { get, set } = field;
    let id = id.to_owned();
    let change = move |ev| set.run(if event_target_checked(&ev) { "yes".to_owned() } else { String::new() });
    view! {
        <div class="tick">
            <input type="checkbox" id=id.clone() data-testid=id.clone() prop:checked=move || !get.get().is_empty() on:change=change/>
            <label for=id>{caption}</label>
        </div>
    }
    .into_any()
}

/// Several names, each once: any of them is meant.
pub(super) fn several(
    id: &str,
    caption: &str,
    names: Names,
    list: &'static str,
    empty: &'static str,
) -> AnyView {
    chips(id, caption, names, list, (empty, false))
}

/// Several names one after the other; a name may come again.
pub(super) fn several_in_order(
    id: &str,
    caption: &str,
    names: Names,
    list: &'static str,
    empty: &'static str,
) -> AnyView {
    chips(id, caption, names, list, (empty, true))
}

/// Names, each with a button to remove it, and an input with suggestions to add one; what it means when there is none,
/// and whether their order matters.
fn chips(
    id: &str,
    caption: &str,
    names: Names,
    list: &'static str,
    (empty, is_ordered): (&'static str, bool),
) -> AnyView {
    let text = use_workspace().text;
    let Names { get, set } = names;
    let input = NodeRef::<html::Input>::new();
    let add = move |ev: web_sys::Event| {
        let name = event_target_value(&ev).trim().to_owned();
        let mut all = get.get_untracked();
        if let Some(input) = input.get_untracked() {
            input.set_value("");
        }
        if !name.is_empty() && (is_ordered || !all.contains(&name)) {
            all.push(name);
            set.run(all);
        }
    };
    let remove = move |at: usize| {
        let mut all = get.get_untracked();
        if at < all.len() {
            all.remove(at);
        }
        set.run(all);
        if let Some(input) = input.get_untracked() {
            // The button that had the focus is gone.
            input.focus().ok();
        }
    };
    let name_view = move |(at, name): (usize, String)| {
        let caption = text.fill("ask.remove_name", &[&name]);
        let shown = name.clone();
        view! { <li class="name-chip"><bdi>{shown}</bdi><button type="button" aria-label=caption on:click=move |_| remove(at)>"×"</button></li> }
    };
    let hint = move || {
        if get.with(Vec::is_empty) {
            empty
        } else if is_ordered {
            text.s("ask.then")
        } else {
            text.s("ask.or")
        }
    };
    let id = id.to_owned();
    view! {
        <div class="field names" data-testid=format!("{id}-field")>
            <label for=id.clone()>{caption.to_owned()}</label>
            <ul class="name-chips">
                {move || get.get().into_iter().enumerate().map(name_view).collect::<Vec<_>>()}
                <li class="name-add"><input type="text" id=id.clone() data-testid=id.clone() list=(!list.is_empty()).then_some(list) autocomplete="off" placeholder=hint node_ref=input on:change=add/></li>
            </ul>
        </div>
    }
    .into_any()
}
