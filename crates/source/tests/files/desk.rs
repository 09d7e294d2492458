//! Helpers: opens a file as a page does, and lists its events.

use event::Store;
use source::{Audit, Error, Imported, Importer, Inspector, Mapping, Plan, Preview};

/// Looks at the beginning of a file.
pub(crate) fn inspect(name: &str, bytes: &[u8]) -> Result<Preview, Error> {
    let mut inspector = Inspector::new(name);
    for piece in bytes.chunks(1 << 16) {
        if !inspector.push(piece)? {
            break;
        }
    }
    inspector.finish()
}

/// Reads a file in pieces of a size.
pub(crate) fn import(plan: Plan, bytes: &[u8], n_piece: usize) -> Result<Imported, Error> {
    let mut importer = Importer::new(plan)?;
    for piece in bytes.chunks(n_piece) {
        importer.push(piece)?;
    }
    let progress = importer.progress();
    assert_eq!(progress.n_bytes, bytes.len() as u64, "all bytes are counted");
    let imported = importer.finish()?;
    let Audit { n_rows, n_accepted, n_rejected, .. } = imported.audit;
    assert_eq!(n_rows, n_accepted + n_rejected, "every record is accounted for");
    assert_eq!(n_accepted, imported.batch.len() as u64, "what is accepted is an event");
    Ok(imported)
}

/// Looks at a file and reads it as guessed.
pub(crate) fn open(name: &str, bytes: &[u8]) -> Result<Imported, Error> {
    import(inspect(name, bytes)?.plan(), bytes, 1 << 16)
}

/// Gives the three required roles to columns.
pub(crate) fn mapping(customer: &str, activity: &str, time: &str) -> Mapping {
    let some = |name: &str| Some(name.to_owned());
    Mapping { customer: some(customer), activity: some(activity), time: some(time), ..Mapping::default() }
}

/// One event, with names for numbers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) customer: String,
    pub(crate) activity: String,
    pub(crate) start_micros: i64,
    pub(crate) end_micros: Option<i64>,
    pub(crate) channel: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) money: Option<f64>,
    pub(crate) line: u32,
}

/// The distinct events, by line.
pub(crate) fn events(imported: Imported) -> Vec<Event> {
    let mut store = Store::new();
    let staged = store.stage(imported.batch);
    store.commit(staged);
    let mut events = Vec::new();
    for (case, of_case) in store.cases() {
        for i in 0..of_case.len() {
            let event = of_case.event(i);
            events.push(Event {
                customer: store.customers().get(case).to_owned(),
                activity: store.activities().get(event.activity).to_owned(),
                start_micros: event.start_micros,
                end_micros: event.end_micros,
                channel: event.channel.map(|id| store.channels().get(id).to_owned()),
                text: event.text.map(|id| store.texts().get(id).to_owned()),
                money: event.money(),
                line: event.line,
            });
        }
    }
    events.sort_by_key(|event| event.line);
    events
}
