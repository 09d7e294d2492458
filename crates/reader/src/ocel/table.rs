//! Object-centric logs as a table: one column a type of object, with lists such as `['i1', 'i2']`.

use super::{Event, Log};
use crate::input::{Document, failure};
use protocol::Failure;

/// What stands in front of the name of a type.
const TYPE: &str = "ocel:type:";

pub(super) fn log(document: Document) -> Result<Log, Failure> {
    let name = document.name.clone();
    let text = document.into_text()?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let damaged =
        |cause: csv::Error| failure(format!("{name} is a damaged table ({cause})."), "Export it again.");
    let header: Vec<String> = reader.headers().map_err(damaged)?.iter().map(str::to_owned).collect();
    let mut log = Log::default();
    for row in reader.records() {
        let row = row
            .map_err(|cause| failure(format!("{name} is a damaged table ({cause})."), "Export it again."))?;
        let mut event = Event::default();
        for (column, value) in header.iter().zip(row.iter()) {
            let value = value.trim();
            match column.as_str() {
                "ocel:eid" => value.clone_into(&mut event.id),
                "ocel:activity" => value.clone_into(&mut event.activity),
                "ocel:timestamp" => value.clone_into(&mut event.time),
                _ => match column.strip_prefix(TYPE) {
                    Some(kind) => {
                        for object in listed(value) {
                            log.object(object, kind);
                            event.objects.push(object.to_owned());
                        }
                    }
                    None => event.attributes.push((column.clone(), value.to_owned())),
                },
            }
        }
        log.events.push(event);
    }
    Ok(log)
}

/// The texts of a list as Python or JSON writes it.
fn listed(value: &str) -> impl Iterator<Item = &str> {
    let inner = value.trim_start_matches('[').trim_end_matches(']');
    inner.split(',').map(|one| one.trim().trim_matches(['\'', '"'])).filter(|one| !one.is_empty())
}
