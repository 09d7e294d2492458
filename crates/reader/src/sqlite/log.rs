//! Object-centric logs in SQLite (OCEL 2.0): which events and objects there are, which touch which, and a table with the
//! times and attributes of each type of event.

use super::Table;
use super::pages::{Pages, damaged};
use crate::input::{MAX_HELD_BYTES, failure};
use crate::ocel::{Event, Log};
use protocol::Failure;
use std::collections::{BTreeMap, HashMap};

/// The tables that every log has, with the columns that are needed of each.
const NEEDED: [(&str, &[&str]); 4] = [
    ("event", &["ocel_id", "ocel_type"]),
    ("object", &["ocel_id", "ocel_type"]),
    ("event_object", &["ocel_event_id", "ocel_object_id"]),
    ("event_map_type", &["ocel_type", "ocel_type_map"]),
];

/// Whether the tables are those of a log.
pub(super) fn is_log(tables: &BTreeMap<String, Table>) -> bool {
    NEEDED.iter().all(|(name, columns)| {
        tables.get(*name).is_some_and(|table| {
            let has = |needed: &&str| table.definition.columns.iter().any(|column| column.name == *needed);
            columns.iter().all(has)
        })
    })
}

/// Reads a log, which is held as a whole.
pub(super) fn log(name: &str, pages: &mut Pages, tables: &BTreeMap<String, Table>) -> Result<Log, Failure> {
    if pages.n_bytes() > MAX_HELD_BYTES {
        let message = format!("{name} is larger than 256 MiB, and its format has to be read as a whole.");
        return Err(failure(message, "Export a shorter period, or unpack it and open the file itself."));
    }
    let mut log = Log::default();
    let mut places: HashMap<String, usize> = HashMap::new();
    each(pages, tables, "event", &mut |row| {
        let [id, activity] = ["ocel_id", "ocel_type"].map(|column| row.take(column));
        places.insert(id.clone(), log.events.len());
        log.events.push(Event { id, activity, ..Event::default() });
    })?;
    each(pages, tables, "object", &mut |row| {
        log.object(&row.take("ocel_id"), &row.take("ocel_type"));
    })?;
    each(pages, tables, "event_object", &mut |row| {
        let place = places.get(&row.take("ocel_event_id"));
        if let Some(event) = place.and_then(|place| log.events.get_mut(*place)) {
            event.objects.push(row.take("ocel_object_id"));
        }
    })?;
    let mut kinds = Vec::new();
    each(pages, tables, "event_map_type", &mut |row| kinds.push(row.take("ocel_type_map")))?;
    for kind in kinds {
        each(pages, tables, &format!("event_{kind}"), &mut |row| {
            let place = places.get(&row.take("ocel_id"));
            if let Some(event) = place.and_then(|place| log.events.get_mut(*place)) {
                event.time = row.take("ocel_time");
                event.attributes.append(&mut row.0);
            }
        })?;
    }
    Ok(log)
}

/// The values of a row that were not taken yet, by column.
struct Named(Vec<(String, String)>);

impl Named {
    /// A value, which the row then lacks; empty where there is none.
    fn take(&mut self, column: &str) -> String {
        let at = self.0.iter().position(|(name, _)| name == column);
        at.map(|at| self.0.remove(at).1).unwrap_or_default()
    }
}

/// Hands over the rows of a table; none where there is no such table.
fn each(
    pages: &mut Pages,
    tables: &BTreeMap<String, Table>,
    name: &str,
    take: &mut dyn FnMut(&mut Named),
) -> Result<(), Failure> {
    let Some(table) = tables.get(name) else { return Ok(()) };
    let mut cursor = pages.rows(name, table.root, table.definition.is_index)?;
    while let Some(row) = pages.next(&mut cursor)? {
        let Some(values) = row.values else {
            return Err(damaged(pages.name(), "a row is longer than 64 MiB"));
        };
        let (texts, _) = table.texts(row.number, values);
        let names = table.definition.columns.iter().map(|column| column.name.clone());
        take(&mut Named(names.zip(texts).collect()));
    }
    Ok(())
}
