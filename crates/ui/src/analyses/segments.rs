//! Segments: conditions kept under a name, to be used by that name in any question.

use super::{
    condition::{all_of, conditions_of},
    form::Form,
    room::use_room,
};
use crate::{dialog::Dialog, workspace::use_workspace};
use leptos::prelude::*;
use protocol::{
    Request,
    history::{Segment, SegmentSize},
    question::Filter,
};

/// Most characters of a segment's name.
const NAME_CHARS_MAX: &str = "80";

/// The button that opens the segments, and the dialog behind it.
pub(super) fn segments_button(form: RwSignal<Form>) -> AnyView {
    let text = use_workspace().text;
    let is_open = RwSignal::new(false);
    let dialog = move || is_open.get().then(|| dialog(form, is_open));
    view! {
        <button type="button" class="button small" aria-haspopup="dialog" data-testid="segments" on:click=move |_| is_open.set(true)>{text.s("segments.open")}</button>
        {dialog}
    }
    .into_any()
}

fn dialog(form: RwSignal<Form>, is_open: RwSignal<bool>) -> AnyView {
    let workspace = use_workspace();
    let text = workspace.text;
    let room = use_room();
    let name = RwSignal::new(String::new());
    let trimmed = move || name.with(|name| name.trim().to_owned());
    let filter = Memo::new(move |_| form.with(|form| all_of(&form.conditions)));
    let is_nothing = move || filter.with(|filter| *filter == Filter::All);
    let is_known = move || room.segments.with(|all| all.iter().any(|one| one.segment.name == trimmed()));
    let save = move |ev: web_sys::SubmitEvent| {
        ev.prevent_default();
        if !trimmed().is_empty() && !is_nothing() {
            let segment = Segment { name: trimmed(), filter: filter.get_untracked() };
            workspace.change_kept(Request::SaveSegment { segment });
            name.set(String::new());
        }
    };
    let list = move || {
        let rows: Vec<_> = room.segments.get().into_iter().map(|one| row(form, one, is_open)).collect();
        if rows.is_empty() {
            view! { <p class="hint" data-testid="segments-none">{text.s("segments.none")}</p> }.into_any()
        } else {
            view! { <ul class="view-rows">{rows}</ul> }.into_any()
        }
    };
    view! {
        <Dialog title=text.s("segments.title").to_owned() on_close=Callback::new(move |()| is_open.set(false)) testid="segments-dialog">
            <p class="hint">{text.s("segments.about")}</p>
            <form class="view-form" on:submit=save>
                <label for="segment-name">{text.s("segments.name")}</label>
                <span class="view-line">
                    <input type="text" id="segment-name" data-testid="segment-name" maxlength=NAME_CHARS_MAX autocomplete="off" prop:value=move || name.get() on:input=move |ev| name.set(event_target_value(&ev))/>
                    <button type="submit" class="button primary" data-testid="segment-save" disabled=move || trimmed().is_empty() || is_nothing()>
                        {move || if is_known() { text.s("views.replace") } else { text.s("views.save") }}
                    </button>
                </span>
                {move || is_nothing().then(|| view! { <p class="hint">{text.s("segments.no_conditions")}</p> })}
            </form>
            {list}
        </Dialog>
    }
    .into_any()
}

fn row(form: RwSignal<Form>, one: SegmentSize, is_open: RwSignal<bool>) -> AnyView {
    let workspace = use_workspace();
    let text = workspace.text;
    let SegmentSize { segment, n_cases, n_all } = one;
    let size = text.fill("segments.size", &[&text.count(n_cases), &text.share(n_cases, n_all)]);
    let (name, shown) = (segment.name.clone(), segment.name.clone());
    let edit_words = text.fill("segments.edit", &[&name]);
    let delete_words = text.fill("segments.delete", &[&name]);
    let delete = move |_| workspace.change_kept(Request::DeleteSegment { name: name.clone() });
    let edit = move |_| {
        form.update(|form| form.conditions = conditions_of(segment.filter.clone()));
        is_open.set(false);
    };
    view! {
        <li class="view-row" data-testid="segment">
            <button type="button" class="view-open" title=edit_words on:click=edit>
                <bdi>{shown}</bdi>
                <span class="hint">{size}</span>
            </button>
            <button type="button" class="button icon" aria-label=delete_words.clone() title=delete_words data-testid="segment-delete" on:click=delete>"×"</button>
        </li>
    }
    .into_any()
}
