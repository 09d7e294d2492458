//! Rooms and dialogs whose code is fetched when they are first shown, so that the map is there sooner.
//!
//! The build cuts the screen's module at the functions below; what only they need becomes files of its own. Natively they
//! are plain functions; a page needs the cut.

use crate::workspace::use_workspace;
use leptos::__reexports::send_wrapper::SendWrapper;
use leptos::{
    prelude::*,
    task::spawn_local,
    wasm_split::{SplitLoaderError, wasm_split},
};
use std::future::Future;

/// A part of the screen, once its code is there.
pub(crate) type Part = Result<AnyView, SplitLoaderError>;

/// Shows a part of the screen as soon as its code is there, or says that it could not be fetched.
pub(crate) fn lazily<F: Future<Output = Part> + 'static>(
    part: impl Fn() -> F + Send + 'static,
) -> impl IntoView {
    let n_tries = RwSignal::new(0_u32);
    move || {
        n_tries.track();
        let part = SendWrapper::new(part());
        Suspend::new(async move {
            match part.await {
                Ok(view) => view,
                Err(_) => view! { <Missing n_tries/> }.into_any(),
            }
        })
    }
}

/// Shows a part from the first moment that it is wanted.
pub(crate) fn once_wanted<F: Future<Output = Part> + 'static>(
    is_wanted: impl Fn() -> bool + Send + Sync + 'static,
    part: impl Fn() -> F + Copy + Send + 'static,
) -> impl IntoView {
    let was_wanted = Memo::new(move |before: Option<&bool>| before.copied().unwrap_or(false) || is_wanted());
    move || was_wanted.get().then(|| lazily(part))
}

/// What stands where a part should be whose code did not come.
#[component]
fn Missing(n_tries: RwSignal<u32>) -> impl IntoView {
    let text = use_workspace().text;
    view! {
        <div class="alert" role="alert" data-testid="part-missing">
            <div>
                <p><strong>{text.s("part.missing")}</strong></p>
                <p class="advice">{text.s("part.missing.advice")}</p>
            </div>
            <button type="button" class="button" on:click=move |_| n_tries.update(|n| *n += 1)>{text.s("part.again")}</button>
        </div>
    }
    .into_any()
}

/// Fetches every part while nothing else happens, so that a network that goes away later takes nothing away.
pub(crate) fn fetch_ahead() {
    spawn_local(async {
        // What doesn't come now is fetched again when it is wanted, and then said.
        for fetched in
            [analyses_code().await, data_code().await, connections_code().await, dialogs_code().await]
        {
            fetched.ok();
        }
    });
}

/// Names the cut: a function without arguments that makes a view, and one that only fetches its code.
macro_rules! part {
    ($chunk:ident, $name:ident, $view:expr) => {
        #[wasm_split($chunk, wasm_split_path = ::leptos::wasm_split, fallible)]
        pub(crate) fn $name() -> Part {
            Ok($view.into_any())
        }
    };
    ($chunk:ident, $code:ident, $name:ident, $view:expr) => {
        #[wasm_split($chunk, wasm_split_path = ::leptos::wasm_split, fallible, preload($code))]
        pub(crate) fn $name() -> Part {
            Ok($view.into_any())
        }
    };
}

part!(analyses, analyses_code, analyses, view! { <crate::analyses::AnalysesScreen/> });
part!(data, data_code, people, view! { <crate::people::PeopleScreen/> });
part!(data, privacy, view! { <crate::privacy::PrivacyScreen/> });
part!(data, sources, view! { <crate::sources::SourcesScreen/> });
part!(data, table, view! { <crate::table::TableScreen/> });
part!(data, variants, view! { <crate::variants::VariantsScreen/> });
part!(connections, connections_code, connections, view! { <crate::connections::ConnectionsScreen/> });
part!(dialogs, dialogs_code, import_dialog, view! { <crate::import_dialog::ImportDialog/> });
part!(dialogs, storage_dialog, view! { <crate::storage::StorageDialog/> });
part!(dialogs, customer_dialog, view! { <crate::people::CustomerDialog/> });
part!(dialogs, figure_card, view! { <crate::card::FigureCard/> });
part!(dialogs, palette, view! { <crate::palette::Palette/> });
part!(dialogs, panel, view! { <crate::panel::Panel/> });
part!(dialogs, stage_dialog, view! { <crate::map::stage_dialog::StageDialog/> });
part!(dialogs, unlock, view! { <crate::storage::Unlock/> });
part!(dialogs, views_dialog, view! { <crate::views::ViewsDialog/> });

/// The German words: of the screen, of reports, and of what the engine says in sentences of its own.
#[wasm_split(german, wasm_split_path = ::leptos::wasm_split, fallible)]
pub(crate) fn german() -> Result<[&'static str; 3], SplitLoaderError> {
    Ok(crate::text::GERMAN)
}
