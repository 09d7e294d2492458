//! Views that a person keeps.

use crate::convert::failure;
use protocol::Failure;
use protocol::history::View;
use std::collections::BTreeMap;

/// Most views of a workspace.
const MAX_VIEWS: usize = 200;
/// Most characters of a view's name.
const MAX_NAME_CHARS: usize = 80;
/// Most bytes of a view's settings, its room's name included.
const MAX_SETTINGS_BYTES: usize = 64 << 10;

/// The views of a workspace by name.
pub(crate) type Views = BTreeMap<String, View>;

/// The view as it will be kept.
///
/// # Errors
/// When it has no name or too long a one, is too large, or there are too many.
pub(crate) fn check(views: &Views, view: View) -> Result<View, Failure> {
    let name = view.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
        let message = format!("“{name}” cannot name a view: names have 1 to {MAX_NAME_CHARS} characters.");
        return Err(failure(message, "Choose another name."));
    }
    if view.settings.len().saturating_add(view.room.len()) > MAX_SETTINGS_BYTES {
        return Err(failure(
            format!("The view “{name}” is too large to be kept."),
            "Name fewer things in it.",
        ));
    }
    if views.len() >= MAX_VIEWS && !views.contains_key(&name) {
        return Err(failure(
            format!("There are {MAX_VIEWS} views already."),
            "Delete one that is not needed.",
        ));
    }
    Ok(View { name, ..view })
}

/// Most lanes that have a place in the order.
const MAX_LANES: usize = 40;

/// The order of the lanes as it will be kept: each name once.
///
/// # Errors
/// When there are too many, or a name is none.
pub(crate) fn lanes(names: Vec<String>) -> Result<Vec<String>, Failure> {
    let is_name = |name: &String| !name.is_empty() && name.len() <= MAX_NAME_CHARS;
    if names.len() > MAX_LANES || !names.iter().all(is_name) {
        return Err(failure("The map has no such lanes.", "Reload the page."));
    }
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        if !kept.contains(&name) {
            kept.push(name);
        }
    }
    Ok(kept)
}

/// The name, when there is a view of it.
///
/// # Errors
/// When there is none.
pub(crate) fn check_known(views: &Views, name: &str) -> Result<(), Failure> {
    if views.contains_key(name) {
        return Ok(());
    }
    Err(failure(format!("There is no view “{name}”."), "Choose one of the list."))
}
