//! Object-centric event logs (OCEL 1.0 and 2.0, as JSON, XML, a table or a database): flattened to one type of object.
//!
//! An event that touches several objects of the chosen type stands in the journey of each, and one that touches none in no
//! journey; both are counted.

use crate::input::{Document, failure};
use crate::output::Out;
use crate::reader::{Opened, Records};
use protocol::Failure;
use protocol::import::Choices;
use source::Foreign;
use std::collections::{BTreeMap, HashMap, HashSet};

mod json;
mod table;
mod xml;

/// Events handed over in one step.
const STEP_EVENTS: usize = 2_000;
/// Repair: the flattening shows an event more than once.
const SEVERAL: &str = "event of several objects stands in the journey of each";
/// Types of objects that are customers by their name; the first that is there is chosen.
const CUSTOMERS: [&str; 8] =
    ["customer", "client", "patient", "applicant", "user", "person", "account", "case"];

/// A log as its files tell it.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// Type of each object.
    objects: HashMap<String, String>,
    pub(crate) events: Vec<Event>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) activity: String,
    pub(crate) time: String,
    /// Objects it touches.
    pub(crate) objects: Vec<String>,
    pub(crate) attributes: Vec<(String, String)>,
}

impl Log {
    pub(crate) fn object(&mut self, id: &str, kind: &str) {
        self.objects.insert(id.to_owned(), kind.to_owned());
    }

    /// Number of objects by type.
    fn types(&self) -> BTreeMap<&str, u64> {
        let mut types = BTreeMap::new();
        for kind in self.objects.values() {
            *types.entry(kind.as_str()).or_default() += 1;
        }
        types
    }

    /// The type that is a customer by name, or else the one that most events touch.
    fn best(&self) -> Option<String> {
        let types = self.types();
        for name in CUSTOMERS {
            if let Some(found) = types.keys().find(|kind| kind.to_lowercase().trim_end_matches('s') == name) {
                return Some((*found).to_owned());
            }
        }
        let mut n_events: BTreeMap<&str, u64> = types.keys().map(|kind| (*kind, 0)).collect();
        for event in &self.events {
            let touched: HashSet<&str> =
                event.objects.iter().filter_map(|id| self.objects.get(id)).map(String::as_str).collect();
            touched.into_iter().for_each(|kind| *n_events.entry(kind).or_default() += 1);
        }
        // Of equals the first by name.
        n_events.into_iter().rev().max_by_key(|(_, n)| *n).map(|(kind, _)| kind.to_owned())
    }
}

/// Opens a log; `choice` is the type of object.
pub(crate) fn open(kind: Foreign, document: Document, choice: Option<&str>) -> Result<Opened, Failure> {
    let name = document.name.clone();
    let log = match kind {
        Foreign::OcelXml => xml::log(document)?,
        Foreign::OcelCsv => table::log(document)?,
        _ => json::log(document)?,
    };
    flattened(&name, log, choice)
}

/// The records of a log.
pub(crate) fn flattened(name: &str, log: Log, choice: Option<&str>) -> Result<Opened, Failure> {
    let types = log.types();
    let chosen = choice.filter(|choice| types.contains_key(choice)).map(str::to_owned).or_else(|| log.best());
    let Some(chosen) = chosen else {
        let message = format!("{name} is an object-centric log without objects.");
        return Err(failure(message, "Export it again with its objects."));
    };
    let options = types.into_iter().map(|(kind, n)| (kind.to_owned(), n)).collect();
    let choices = Some(Choices { kind: "object_type".to_owned(), options, chosen: chosen.clone() });
    let mut names: Vec<String> = Vec::new();
    let mut known = HashSet::new();
    for (attribute, _) in log.events.iter().flat_map(|event| &event.attributes) {
        if known.insert(attribute.as_str()) {
            names.push(attribute.clone());
        }
    }
    let flat = Flat { log, chosen, attributes: names, at: 0, n_records: 0 };
    Ok(Opened { choices, ..Opened::new(flat) })
}

struct Flat {
    log: Log,
    chosen: String,
    attributes: Vec<String>,
    at: usize,
    n_records: u64,
}

impl Records for Flat {
    fn step(&mut self, out: &mut Out) -> Result<bool, Failure> {
        let end = (self.at + STEP_EVENTS).min(self.log.events.len());
        let events: Vec<Event> = self.log.events[self.at..end].iter_mut().map(std::mem::take).collect();
        for event in events {
            self.event(&event, out);
        }
        self.at = end;
        Ok(end < self.log.events.len())
    }
}

impl Flat {
    fn event(&mut self, event: &Event, out: &mut Out) {
        let mut seen = HashSet::new();
        let is_chosen = |id: &&String| self.log.objects.get(*id) == Some(&self.chosen);
        let touched: Vec<&String> =
            event.objects.iter().filter(is_chosen).filter(|id| seen.insert(*id)).collect();
        if touched.is_empty() {
            self.n_records += 1;
            let reason = format!("touches no object of type {}", self.chosen);
            return out.reject(self.n_records, "customer", &reason, &event.id);
        }
        if touched.len() > 1 {
            out.repair(SEVERAL);
        }
        let n_objects = event.objects.len().to_string();
        for object in touched {
            self.n_records += 1;
            let mut fields: Vec<(&str, &str)> = vec![
                ("customer", object),
                ("activity", &event.activity),
                ("time", &event.time),
                ("event id", &event.id),
                ("objects touched", &n_objects),
            ];
            for name in &self.attributes {
                let value = event.attributes.iter().find(|(known, _)| known == name);
                fields.push((name, value.map_or("", |(_, value)| value)));
            }
            out.record(self.n_records, &fields);
        }
    }
}
