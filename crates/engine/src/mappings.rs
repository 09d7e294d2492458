//! Mappings and recipes of a person's own, kept for tables with the same columns.
//!
//! They are notes of the workspace: pages of text, written and read by `source`.

use crate::Engine;
use crate::convert::{failure, mapping_from_wire};
use crate::notes::{self, NoteChange, Notes};
use protocol::Failure;
use protocol::history::Note;
use protocol::import::{DateOrder, ImportPlan, KeptMapping};
use source::{Page, Role};

/// How the names of these notes begin.
const PREFIX: &str = "mapping/";

/// All pages, in order of their names.
pub(crate) fn pages(notes: &Notes) -> Vec<String> {
    own(notes).map(|(_, text)| text.clone()).collect()
}

fn own(notes: &Notes) -> impl Iterator<Item = (&String, &String)> {
    notes.range(PREFIX.to_owned()..).take_while(|(name, _)| name.starts_with(PREFIX))
}

/// The mapping of a plan as a page of text, for tables with these columns; of a recipe its own page.
pub fn page_of(plan: &ImportPlan, columns: &[String]) -> String {
    if !plan.recipe.is_empty() {
        return plan.recipe.clone();
    }
    let kept = source::KeptMapping {
        title: plan.name.clone(),
        columns: columns.to_vec(),
        mapping: mapping_from_wire(plan.mapping.clone()),
        date_order: Some(match plan.date_order {
            DateOrder::DayFirst => source::DateOrder::DayFirst,
            DateOrder::MonthFirst => source::DateOrder::MonthFirst,
        }),
        zone_offset_minutes: Some(plan.zone_offset_minutes),
    };
    kept.write()
}

/// What keeps the mapping of a plan, where it is to be kept and is not yet.
pub(crate) fn of_plan(engine: &Engine, plan: &ImportPlan) -> Result<Option<NoteChange>, Failure> {
    if plan.keep_for.is_empty() || !plan.recipe.is_empty() {
        return Ok(None);
    }
    let text = page_of(plan, &plan.keep_for);
    let page = Page::read(&text).map_err(|what| unreadable(&what))?;
    // A page for the same columns that says the same stays, under the name of the first file.
    let known = engine.notes.get(&name_of(&page)).and_then(|text| Page::read(text).ok());
    let is_known = match (&known, &page) {
        (Some(Page::Mapping(known)), Page::Mapping(new)) => {
            let new = source::KeptMapping { title: known.title.clone(), ..new.as_ref().clone() };
            new.mapping == known.mapping
                && new.date_order == known.date_order
                && new.zone_offset_minutes == known.zone_offset_minutes
        }
        _ => false,
    };
    if is_known { Ok(None) } else { keep(engine, &text).map(|(_, change)| Some(change)) }
}

/// What keeps a page, and what it is called.
///
/// # Errors
/// When it is no page of a mapping or a recipe, or there is no room.
pub(crate) fn keep(engine: &Engine, text: &str) -> Result<(String, NoteChange), Failure> {
    let page = Page::read(text).map_err(|what| unreadable(&what))?;
    let note = Note { name: name_of(&page), keep: 0, add: text.to_owned() };
    Ok((page.title().to_owned(), notes::check(&engine.notes, note, false)?))
}

/// What forgets a page, and what it was called.
///
/// # Errors
/// When there is none of that name.
pub(crate) fn forget(engine: &Engine, name: &str) -> Result<(String, NoteChange), Failure> {
    let note = format!("{PREFIX}{name}");
    let Some(text) = engine.notes.get(&note) else {
        return Err(failure("There is no such mapping.", "Open the list of mappings again."));
    };
    let title = Page::read(text).map_or_else(|_| name.to_owned(), |page| page.title().to_owned());
    Ok((title, NoteChange { name: note, keep: 0, add: String::new(), is_aside: false }))
}

/// All pages by title, ties by name.
pub(crate) fn list(notes: &Notes) -> Vec<KeptMapping> {
    let mut all: Vec<KeptMapping> = own(notes)
        .filter_map(|(name, text)| {
            let page = Page::read(text).ok()?;
            let (is_recipe, meanings) = match &page {
                Page::Recipe(_) => (true, Vec::new()),
                Page::Mapping(kept) => {
                    let of =
                        |role: Role| Some((kept.mapping.column(role)?.to_owned(), role.name().to_owned()));
                    (false, Role::ALL.into_iter().filter_map(of).collect())
                }
            };
            Some(KeptMapping {
                name: name.trim_start_matches(PREFIX).to_owned(),
                title: page.title().to_owned(),
                is_recipe,
                meanings,
                n_columns: u32::try_from(page.n_columns()).unwrap_or(u32::MAX),
                text: text.clone(),
            })
        })
        .collect();
    all.sort_by(|a, b| (&a.title, &a.name).cmp(&(&b.title, &b.name)));
    all
}

fn name_of(page: &Page) -> String {
    format!("{PREFIX}{}", page.key())
}

fn unreadable(what: &str) -> Failure {
    failure(
        format!("The page of the mapping cannot be read: {what}."),
        "Correct it, or open the file that it is for and map its columns by hand.",
    )
}
