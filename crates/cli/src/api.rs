//! `desirepath api`: what an OpenAPI document offers, and connections made of it.

use crate::Fault;
use crate::table::{self, Table};
use connector::{Catalogue, Connection, Listing, Paging, Read, Worth, Write as Change};
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Which document, and what is wanted of it.
#[derive(Debug, clap::Args)]
pub(crate) struct ApiOptions {
    /// OpenAPI document, JSON or YAML, version 2.0, 3.0 or 3.1
    #[arg(value_name = "FILE")]
    document: PathBuf,
    /// Only operations that have these words
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    /// Print a connection with these operations instead, by their ids
    #[arg(long, value_name = "ID", num_args = 1..)]
    connect: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn print(api: &ApiOptions, out: &mut impl Write) -> Result<(), Fault> {
    let catalogue = read(&api.document)?;
    for issue in &catalogue.issues {
        eprintln!("desirepath: {}: {} {}", api.document.display(), issue.place, issue.what);
    }
    if !api.connect.is_empty() {
        let text = connection(&catalogue, &api.connect)?.to_text();
        return out.write_all(text.as_bytes()).map_err(Fault::Output);
    }
    let wanted = api.search.as_ref().map(|text| catalogue.search(text, catalogue.operations.len()));
    let is_wanted = |operation: usize| wanted.as_ref().is_none_or(|wanted| wanted.contains(&operation));
    let listings: Vec<&Listing> =
        catalogue.listings.iter().filter(|listing| is_wanted(listing.operation)).collect();
    if api.json {
        let lists: Vec<Value> = listings.iter().map(|listing| shape(&catalogue, listing)).collect();
        return table::write_json(&json!({"title": catalogue.title, "lists": lists}), out);
    }
    let mut lists = Table::new(&["operation", "", "path", "items", "pages", "new only", "worth"]);
    for listing in listings {
        let operation = &catalogue.operations[listing.operation];
        lists.row([
            operation.id.clone(),
            operation.method.name().to_owned(),
            operation.path.clone(),
            listing.noun.clone(),
            paging(&listing.paging),
            listing.since.as_ref().map(|since| since.parameter.clone()).unwrap_or_default(),
            worth(listing.worth).to_owned(),
        ]);
    }
    writeln!(out, "{} {}: {} operations", catalogue.title, catalogue.version, catalogue.operations.len())
        .map_err(Fault::Output)?;
    lists.write(out).map_err(Fault::Output)
}

fn read(path: &Path) -> Result<Catalogue, Fault> {
    let fault = |why: String| Fault::Input(format!("{}: {why}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
    Catalogue::read(&bytes).map_err(|error| fault(error.to_string()))
}

/// A connection with these operations: lists are read, others are changes that can be made.
fn connection(catalogue: &Catalogue, ids: &[String]) -> Result<Connection, Fault> {
    let mut connection = Connection::to(catalogue);
    for id in ids {
        let (at, _) = catalogue
            .operation(id)
            .ok_or_else(|| Fault::Usage(format!("the document has no operation {id}")))?;
        let writing = catalogue.writings.iter().find(|writing| writing.operation == at);
        match (catalogue.listing_of(at), writing) {
            (Some(listing), _) => connection.reads.push(Read::of(catalogue, listing)),
            (None, Some(writing)) => connection.writes.push(Change::of(catalogue, writing)),
            (None, None) => {
                return Err(Fault::Usage(format!("{id} neither gives a list nor changes anything")));
            }
        }
    }
    if let Err(error) = connection.check() {
        eprintln!("desirepath: still to be filled in: {error}");
    }
    Ok(connection)
}

fn paging(paging: &Paging) -> String {
    match paging {
        Paging::Cursor { parameter, .. }
        | Paging::LastItem { parameter, .. }
        | Paging::Page { parameter, .. }
        | Paging::Offset { parameter, .. } => format!("{} {parameter}", paging.name()),
        Paging::NextLink { field } => format!("{} {field}", paging.name()),
        Paging::None | Paging::LinkHeader => paging.name().to_owned(),
    }
}

fn worth(worth: Worth) -> &'static str {
    match worth {
        Worth::Events => "events",
        Worth::People => "people",
        Worth::Unclear => "unclear",
        Worth::Settings => "settings",
    }
}

fn shape(catalogue: &Catalogue, listing: &Listing) -> Value {
    let operation = &catalogue.operations[listing.operation];
    let fields = listing.meanings.iter().map(|meant| (meant.meaning.name().to_owned(), json!(meant.field)));
    let asked = catalogue.authentications_of(listing.operation);
    json!({
        "operation": operation.id,
        "method": operation.method.name(),
        "path": operation.path,
        "items": listing.items,
        "noun": listing.noun,
        "pages": paging(&listing.paging),
        "new_only": listing.since.as_ref().map(|since| since.parameter.clone()),
        "fields": fields.collect::<serde_json::Map<String, Value>>(),
        "needs": listing.needs,
        "authentication": asked.iter().map(connector::Authentication::caption).collect::<Vec<_>>(),
        "worth": worth(listing.worth),
        "reasons": listing.reasons,
    })
}
