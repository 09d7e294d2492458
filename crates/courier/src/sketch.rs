//! A connection in the making: what the document offers, what was found, and a person's corrections.

use crate::words::failure;
use connector::{
    Catalogue, Connection, Error, Items, Listing, Meaning, Paging, Parent, Read, Since, TimeForm, Worth,
    Write,
};
use protocol::{
    Failure,
    courier::{DocumentFacts, Offer, Part, Section, Sketch},
};
use serde_json::{Value, json};

/// Most operations that a search shows.
const MAX_OFFERS: usize = 30;
/// Most issues of a document that are listed, and most fields that are offered.
const MAX_ISSUES: usize = 20;
const MAX_FIELDS: usize = 400;

const MEANINGS: [Meaning; 6] =
    [Meaning::Customer, Meaning::Time, Meaning::Changed, Meaning::Id, Meaning::Account, Meaning::Text];
const PAGINGS: [&str; 7] = ["none", "cursor", "last_item", "next_link", "link_header", "page", "offset"];

/// The connections that come with the program.
const READY: [&str; 8] = [
    include_str!("../ready/hubspot.json"),
    include_str!("../ready/intercom.json"),
    include_str!("../ready/jira.json"),
    include_str!("../ready/salesforce.json"),
    include_str!("../ready/slack.json"),
    include_str!("../ready/stripe.json"),
    include_str!("../ready/twilio.json"),
    include_str!("../ready/zendesk.json"),
];

/// The connections that come with the program, by name.
pub(crate) fn ready_made() -> impl Iterator<Item = Connection> {
    READY.into_iter().filter_map(|text| Connection::parse(text).ok())
}

/// A connection in the making.
#[derive(Debug)]
pub(crate) struct Bench {
    catalogue: Option<Catalogue>,
    connection: Connection,
    /// The connection it is to take the place of.
    replaces: Option<String>,
    millis: f64,
}

impl Bench {
    /// Reads a document.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Error> {
        let catalogue = Catalogue::read(bytes)?;
        let connection = Connection::to(&catalogue);
        Ok(Self { catalogue: Some(catalogue), connection, replaces: None, millis: 0.0 })
    }

    pub(crate) fn of(connection: Connection, replaces: Option<String>) -> Self {
        Self { catalogue: None, connection, replaces, millis: 0.0 }
    }

    pub(crate) fn took(&mut self, millis: f64) {
        self.millis = millis;
    }

    /// The document came from this upstream: it is asked there, and where the document names no server, it is that one.
    pub(crate) fn came_from(&mut self, upstream: &str, upstreams: &[(String, String, bool)]) {
        self.connection.upstream = Some(upstream.to_owned());
        let found = upstreams.iter().find(|(name, _, _)| name == upstream);
        if let Some((_, base, _)) = found.filter(|_| !self.connection.server.contains("://")) {
            let path = self.connection.server.trim_end_matches('/');
            let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
            self.connection.server = format!("{}{slash}{path}", base.trim_end_matches('/'));
        }
    }

    /// Chooses the upstream that leads to the same host, or has the connection's name.
    pub(crate) fn aim_at(&mut self, upstreams: &[(String, String, bool)]) {
        let host = |address: &str| {
            let rest = address.split("://").nth(1).unwrap_or(address);
            rest.split('/').next().unwrap_or_default().to_ascii_lowercase()
        };
        let own = host(&self.connection.server);
        let name = self.connection.name.to_lowercase();
        let by_host = upstreams.iter().find(|(_, base, _)| host(base) == own);
        let found = by_host
            .or_else(|| upstreams.iter().find(|(upstream, _, _)| name.contains(&upstream.to_lowercase())));
        if let Some((upstream, _, _)) = found {
            self.connection.upstream = Some(upstream.clone());
        }
    }

    /// Operations that have the words; without words, the lists that tell most.
    pub(crate) fn offers(&self, text: &str) -> Vec<Offer> {
        let Some(catalogue) = &self.catalogue else { return Vec::new() };
        let places: Vec<usize> = if text.trim().is_empty() {
            catalogue
                .listings
                .iter()
                .filter(|it| it.worth < Worth::Settings)
                .map(|it| it.operation)
                .take(MAX_OFFERS)
                .collect()
        } else {
            catalogue.search(text, MAX_OFFERS)
        };
        places.into_iter().map(|at| self.offer(catalogue, at)).collect()
    }

    fn offer(&self, catalogue: &Catalogue, at: usize) -> Offer {
        let operation = &catalogue.operations[at];
        let listing = catalogue.listing_of(at);
        let writing = catalogue.writings.iter().find(|writing| writing.operation == at);
        let role = match (listing, writing) {
            (Some(listing), _) => match listing.worth {
                Worth::Events => "events",
                Worth::People => "people",
                Worth::Unclear => "unclear",
                Worth::Settings => "settings",
            },
            (None, Some(writing)) => writing.effect.name(),
            (None, None) => "",
        };
        let is_here =
            |method: connector::Method, path: &str| method == operation.method && path == operation.path;
        Offer {
            operation: u32::try_from(at).unwrap_or(u32::MAX),
            id: operation.id.clone(),
            method: operation.method.name().to_owned(),
            path: operation.path.clone(),
            summary: operation.summary.clone(),
            role: role.to_owned(),
            is_list: listing.is_some(),
            is_deprecated: operation.deprecated,
            is_chosen: self.connection.reads.iter().any(|read| is_here(read.method, &read.path))
                || self.connection.writes.iter().any(|write| is_here(write.method, &write.path)),
        }
    }

    /// Takes an operation in, or out.
    pub(crate) fn choose(&mut self, at: usize, is_chosen: bool) {
        let Some(catalogue) = &self.catalogue else { return };
        let Some(operation) = catalogue.operations.get(at) else { return };
        self.connection.reads.retain(|read| (read.method, &read.path) != (operation.method, &operation.path));
        self.connection
            .writes
            .retain(|write| (write.method, &write.path) != (operation.method, &operation.path));
        if !is_chosen {
            return;
        }
        if let Some(listing) = catalogue.listing_of(at) {
            let mut read = Read::of(catalogue, listing);
            read.parent = parent_for(&read, &self.connection.reads);
            self.connection.reads.push(read);
        } else if let Some(writing) = catalogue.writings.iter().find(|writing| writing.operation == at) {
            self.connection.writes.push(Write::of(catalogue, writing));
        }
    }

    fn listing(&self, read: &Read) -> Option<(&Catalogue, &Listing)> {
        let catalogue = self.catalogue.as_ref()?;
        let at =
            catalogue.operations.iter().position(|it| it.method == read.method && it.path == read.path)?;
        Some((catalogue, catalogue.listing_of(at)?))
    }

    /// Fields of the items of a list, where the document says them.
    fn fields_of(&self, read: &Read) -> Vec<String> {
        let Some((catalogue, listing)) = self.listing(read) else { return Vec::new() };
        let prefix = format!("{}[].", listing.items);
        let fields = catalogue.operations[listing.operation].answer.iter();
        fields
            .filter_map(|field| field.path.strip_prefix(&prefix).map(str::to_owned))
            .take(MAX_FIELDS)
            .collect()
    }

    /// The sketch as the page shows it.
    pub(crate) fn shown(&self, upstreams: &[String]) -> Sketch {
        let connection = &self.connection;
        let part = |key: &str, value: &str, options: &[String], is_required: bool| Part {
            key: key.to_owned(),
            role: key.to_owned(),
            value: value.to_owned(),
            options: options.to_vec(),
            is_required,
        };
        let rate = connection.requests_per_second.map(|rate| rate.to_string()).unwrap_or_default();
        let mut choices = vec![String::new()];
        choices.extend_from_slice(upstreams);
        let upstream = connection.upstream.as_deref().unwrap_or_default();
        if !choices.iter().any(|choice| choice == upstream) {
            choices.push(upstream.to_owned());
        }
        Sketch {
            document: self.catalogue.as_ref().map(|catalogue| self.facts(catalogue)),
            parts: vec![
                part("name", &connection.name, &[], true),
                part("server", &connection.server, &[], true),
                part("upstream", upstream, &choices, false),
                part("rate", &rate, &[], false),
            ],
            reads: (0..connection.reads.len()).map(|at| self.read_section(at)).collect(),
            writes: (0..connection.writes.len()).map(|at| self.write_section(at)).collect(),
            problem: self.problem(),
            text: connection.to_text(),
        }
    }

    fn problem(&self) -> Option<String> {
        if self.connection.reads.is_empty() && self.connection.writes.is_empty() {
            return Some("nothing is chosen yet".to_owned());
        }
        if self.connection.name.trim().is_empty() {
            return Some("it needs a name".to_owned());
        }
        self.connection.check().err().map(|error| error.to_string())
    }

    fn facts(&self, catalogue: &Catalogue) -> DocumentFacts {
        let n = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut ways: Vec<String> =
            catalogue.authentications.values().map(connector::Authentication::caption).collect();
        ways.dedup();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a measured time, far below the limit"
        )]
        let millis = self.millis as u32;
        DocumentFacts {
            title: catalogue.title.clone(),
            version: catalogue.version.clone(),
            counts: [n(catalogue.operations.len()), n(catalogue.listings.len()), n(catalogue.writings.len())],
            authentications: ways,
            n_issues: u32::try_from(catalogue.n_issues).unwrap_or(u32::MAX),
            issues: catalogue
                .issues
                .iter()
                .take(MAX_ISSUES)
                .map(|issue| format!("{} {}", issue.place, issue.what))
                .collect(),
            millis,
        }
    }

    fn read_section(&self, at: usize) -> Section {
        let read = &self.connection.reads[at];
        let fields = self.fields_of(read);
        let part = |role: &str, value: &str, options: Vec<String>, is_required: bool| Part {
            key: format!("read/{at}/{role}"),
            role: role.to_owned(),
            value: value.to_owned(),
            options,
            is_required,
        };
        let mut parts = vec![
            part("activity", &read.activity, Vec::new(), true),
            part("change", read.change_activity.as_deref().unwrap_or_default(), Vec::new(), false),
        ];
        for meaning in MEANINGS {
            let value = read.fields.get(&meaning).map_or("", String::as_str);
            let is_required = matches!(meaning, Meaning::Customer | Meaning::Time);
            let mut options = fields.clone();
            if !options.is_empty() && !value.is_empty() && !options.iter().any(|option| option == value) {
                options.insert(0, value.to_owned());
            }
            parts.push(part(meaning.name(), value, options, is_required));
        }
        let items = match &read.items {
            Items::Found => "*".to_owned(),
            Items::Answer => String::new(),
            Items::One => "=".to_owned(),
            Items::Lines => "|".to_owned(),
            Items::Field(field) => field.clone(),
        };
        parts.push(part("items", &items, Vec::new(), false));
        let kinds = PAGINGS.iter().map(|kind| (*kind).to_owned()).collect();
        parts.push(part("paging", read.paging.name(), kinds, false));
        let (parameter, field) = paging_parts(&read.paging);
        if let Some(parameter) = parameter {
            parts.push(part("paging_parameter", &parameter, Vec::new(), true));
        }
        if let Some(field) = field {
            parts.push(part("paging_field", &field, Vec::new(), false));
        }
        let since = read.since.as_ref();
        parts.push(part("since", since.map_or("", |since| since.parameter.as_str()), Vec::new(), false));
        if let Some(since) = since {
            let forms = TimeForm::ALL.iter().map(|form| form.name().to_owned()).collect();
            parts.push(part("since_form", since.form.name(), forms, false));
        }
        for name in names_in(&read.path) {
            let (value, options) = self.path_choices(read, &name);
            parts.push(part(&format!("path:{name}"), &value, options, true));
        }
        Section {
            name: read.name.clone(),
            path: format!("{} {}", read.method.name(), read.path),
            operation: self.listing(read).and_then(|(_, listing)| u32::try_from(listing.operation).ok()),
            parts,
            reasons: self.listing(read).map(|(_, listing)| listing.reasons.clone()).unwrap_or_default(),
        }
    }

    /// What fills a parameter of a path, and what could: a fixed value, or the ids of another list.
    fn path_choices(&self, read: &Read, name: &str) -> (String, Vec<String>) {
        let by_parent = read.parent.as_ref().filter(|parent| parent.parameter == name);
        let value = by_parent.map_or_else(
            || read.parameters.get(name).cloned().unwrap_or_default(),
            |parent| format!("← {}: {}", parent.read, parent.field),
        );
        let others = self.connection.reads.iter();
        let others = others.filter(|other| other.name != read.name && other.parent.is_none());
        let options =
            others.filter_map(|other| Some(format!("← {}: {}", other.name, other.fields.get(&Meaning::Id)?)));
        let mut options: Vec<String> = options.collect();
        if !options.is_empty() {
            options.insert(0, String::new());
            if !options.contains(&value) {
                options.push(value.clone());
            }
        }
        (value, options)
    }

    fn write_section(&self, at: usize) -> Section {
        let write = &self.connection.writes[at];
        let found = self.catalogue.as_ref().and_then(|catalogue| {
            let at = catalogue
                .operations
                .iter()
                .position(|it| it.method == write.method && it.path == write.path)?;
            catalogue.writings.iter().find(|writing| writing.operation == at)
        });
        let required: Vec<&str> =
            write.fields.iter().filter(|field| field.required).map(|it| it.name.as_str()).collect();
        let mut reasons: Vec<String> = found
            .map(|writing| {
                format!("It is a change of the kind “{}”, since {}.", write.effect.name(), writing.reason)
            })
            .into_iter()
            .collect();
        if !required.is_empty() {
            reasons.push(format!("It needs: {}.", required.join(", ")));
        }
        Section {
            name: write.name.clone(),
            path: format!("{} {}", write.method.name(), write.path),
            operation: found.and_then(|writing| u32::try_from(writing.operation).ok()),
            parts: Vec::new(),
            reasons,
        }
    }

    /// Corrects one thing.
    pub(crate) fn correct(&mut self, key: &str, value: &str) -> Result<(), Failure> {
        let unknown = || failure(format!("The sketch has no part “{key}”."), "Reload the page.");
        let value = value.trim();
        let some = || Some(value.to_owned()).filter(|value| !value.is_empty());
        match key {
            "name" => value.clone_into(&mut self.connection.name),
            "server" => value.trim_end_matches('/').clone_into(&mut self.connection.server),
            "upstream" => self.connection.upstream = some(),
            "rate" => self.connection.requests_per_second = value.parse().ok(),
            "text" => {
                let edited = Connection::parse(value).map_err(|error| {
                    failure(
                        format!("{error}."),
                        "Correct the text; what was there before is kept until then.",
                    )
                })?;
                self.connection = edited;
            }
            _ => {
                let mut steps = key.splitn(3, '/');
                let (Some("read"), Some(at), Some(role)) = (steps.next(), steps.next(), steps.next()) else {
                    return Err(unknown());
                };
                let at: usize = at.parse().map_err(|_| unknown())?;
                let read = self.connection.reads.get_mut(at).ok_or_else(unknown)?;
                correct_read(read, role, value).ok_or_else(unknown)?;
            }
        }
        Ok(())
    }

    /// The connection, if it can be kept, and the one whose place it takes.
    pub(crate) fn finished(&self) -> Result<(Connection, Option<String>), Failure> {
        if let Some(problem) = self.problem() {
            return Err(failure(format!("{problem}."), "Correct it above."));
        }
        Ok((self.connection.clone(), self.replaces.clone()))
    }
}

fn correct_read(read: &mut Read, role: &str, value: &str) -> Option<()> {
    let some = || Some(value.to_owned()).filter(|value| !value.is_empty());
    match role {
        "activity" => value.clone_into(&mut read.activity),
        "change" => read.change_activity = some(),
        "items" => {
            read.items = match value {
                "*" => Items::Found,
                "" => Items::Answer,
                "=" => Items::One,
                "|" => Items::Lines,
                field => Items::Field(field.to_owned()),
            }
        }
        "paging" => {
            let (parameter, field) = paging_parts(&read.paging);
            read.paging = paging_of(value, &parameter.unwrap_or_default(), &field.unwrap_or_default())?;
        }
        "paging_parameter" => {
            let field = paging_parts(&read.paging).1.unwrap_or_default();
            read.paging = paging_of(read.paging.name(), value, &field)?;
        }
        "paging_field" => {
            let parameter = paging_parts(&read.paging).0.unwrap_or_default();
            read.paging = paging_of(read.paging.name(), &parameter, value)?;
        }
        "since" => {
            read.since = some().map(|parameter| Since {
                parameter,
                form: read.since.as_ref().map_or(TimeForm::DateTime, |since| since.form),
                by_change: read.since.as_ref().is_some_and(|since| since.by_change),
            });
        }
        "since_form" => {
            let form = TimeForm::ALL.into_iter().find(|form| form.name() == value)?;
            if let Some(since) = &mut read.since {
                since.form = form;
            }
        }
        _ => {
            if let Some(name) = role.strip_prefix("path:") {
                set_path(read, name, value);
                return Some(());
            }
            let meaning = MEANINGS.into_iter().find(|meaning| meaning.name() == role)?;
            match some() {
                Some(field) => read.fields.insert(meaning, field),
                None => read.fields.remove(&meaning),
            };
        }
    }
    Some(())
}

/// A value for a parameter of the path: fixed, or that of another list's items.
fn set_path(read: &mut Read, name: &str, value: &str) {
    let parent = value.strip_prefix("← ").and_then(|rest| rest.split_once(": "));
    if let Some((other, field)) = parent {
        read.parameters.remove(name);
        read.parent =
            Some(Parent { read: other.to_owned(), field: field.to_owned(), parameter: name.to_owned() });
        return;
    }
    if read.parent.as_ref().is_some_and(|parent| parent.parameter == name) {
        read.parent = None;
    }
    if value.is_empty() {
        read.parameters.remove(name);
    } else {
        read.parameters.insert(name.to_owned(), value.to_owned());
    }
}

/// Parameter and field of a way of paging, where it has such.
fn paging_parts(paging: &Paging) -> (Option<String>, Option<String>) {
    match paging {
        Paging::None | Paging::LinkHeader => (None, None),
        Paging::Cursor { parameter, field, .. } => (Some(parameter.clone()), Some(field.clone())),
        Paging::LastItem { parameter, more } => {
            (Some(parameter.clone()), Some(more.clone().unwrap_or_default()))
        }
        Paging::NextLink { field } => (None, Some(field.clone())),
        Paging::Page { parameter, more, .. } => {
            (Some(parameter.clone()), Some(more.clone().unwrap_or_default()))
        }
        Paging::Offset { parameter, .. } => (Some(parameter.clone()), None),
    }
}

fn paging_of(kind: &str, parameter: &str, field: &str) -> Option<Paging> {
    let more = if field.is_empty() { Value::Null } else { Value::from(field) };
    let value = match kind {
        "cursor" => json!({"kind": kind, "parameter": parameter, "field": field}),
        "last_item" => json!({"kind": kind, "parameter": parameter, "more": more}),
        "next_link" => json!({"kind": kind, "field": field}),
        "page" => json!({"kind": kind, "parameter": parameter, "first": 1, "more": more}),
        "offset" => json!({"kind": kind, "parameter": parameter}),
        _ => json!({"kind": kind}),
    };
    serde_json::from_value(value).ok()
}

/// Names in the braces of a path.
fn names_in(path: &str) -> Vec<String> {
    path.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name.to_owned())).collect()
}

/// The list that gives the parameter of a path: `/tickets` for `/tickets/{id}/comments`.
fn parent_for(read: &Read, others: &[Read]) -> Option<Parent> {
    let names = names_in(&read.path);
    let [parameter] = names.as_slice() else { return None };
    let before = read.path.split('{').next()?.trim_end_matches('/');
    let parent = others
        .iter()
        .find(|other| other.parent.is_none() && other.path.trim_end_matches(".json") == before)?;
    let field = parent.fields.get(&Meaning::Id)?.clone();
    Some(Parent { read: parent.name.clone(), field, parameter: parameter.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESK: &[u8] = br#"{"openapi": "3.0.0", "info": {"title": "Desk", "version": "1"}, "servers": [{"url": "https://desk.example/api"}],
        "paths": {"/tickets": {"get": {"operationId": "listTickets", "parameters": [{"in": "query", "name": "page", "schema": {"type": "integer"}}],
            "responses": {"200": {"content": {"application/json": {"schema": {"type": "array", "items": {"properties": {
                "id": {"type": "integer"}, "created_at": {"type": "string"}, "requester_id": {"type": "integer"}}}}}}}}},
            "post": {"operationId": "createTicket", "requestBody": {"content": {"application/json": {"schema": {"required": ["subject"],
                "properties": {"subject": {"type": "string"}}}}}}, "responses": {"201": {"description": "made"}}}},
          "/tickets/{ticket_id}/comments": {"get": {"operationId": "listComments", "parameters": [
                {"in": "path", "name": "ticket_id", "required": true, "schema": {"type": "integer"}},
                {"in": "query", "name": "page", "schema": {"type": "integer"}}],
            "responses": {"200": {"content": {"application/json": {"schema": {"type": "array", "items": {"properties": {
                "id": {"type": "integer"}, "created_at": {"type": "string"}, "author_id": {"type": "integer"}, "body": {"type": "string"}}}}}}}}}}}}"#;

    fn bench() -> Bench {
        let mut bench = Bench::read(DESK).expect("a document");
        for id in ["listTickets", "listComments", "createTicket"] {
            let offers = bench.offers(id);
            let offer = offers.iter().find(|offer| offer.id == id).expect("it is found");
            bench.choose(offer.operation as usize, true);
        }
        bench
    }

    #[test]
    fn a_list_below_another_hangs_on_it() {
        let mut bench = bench();
        let parent = bench.connection.reads[1].parent.clone().expect("a parent");
        assert_eq!((parent.read.as_str(), parent.field.as_str()), ("listTickets", "id"), "by its path");
        // Who wrote a comment may be the customer or not: that is for a person to say.
        assert!(bench.problem().is_some_and(|why| why.contains("customer")), "{:?}", bench.problem());
        bench.correct("read/1/customer", "author_id").expect("it is a part");
        assert_eq!(bench.problem(), None, "it can be kept");
        assert_eq!(bench.connection.writes[0].name, "createTicket", "a change is a change");
    }

    #[test]
    fn every_part_can_be_corrected_and_shows_what_it_became() {
        let mut bench = bench();
        let sketch = bench.shown(&["desk".to_owned()]);
        let keys: Vec<String> =
            sketch.reads.iter().flat_map(|section| &section.parts).map(|part| part.key.clone()).collect();
        assert!(keys.len() > 20, "{keys:?}");
        for key in keys
            .iter()
            .filter(|key| key.starts_with("read/0/") && !key.contains("paging") && !key.contains("since"))
        {
            bench.correct(key, "other").expect("it is a part");
            let shown = bench.shown(&[]);
            let part = shown.reads[0].parts.iter().find(|part| part.key == *key).expect("it is still there");
            assert_eq!(part.value, "other", "{key}");
        }
        for kind in PAGINGS {
            bench.correct("read/0/paging", kind).expect("a way of paging");
            assert_eq!(bench.connection.reads[0].paging.name(), kind, "as asked");
        }
        assert!(bench.correct("read/0/nonsense", "x").is_err(), "no such part");
        assert!(bench.correct("text", "{}").is_err(), "no connection");
        assert_eq!(bench.connection.reads.len(), 2, "and nothing was lost by it");
    }

    #[test]
    fn what_comes_with_the_program_can_be_used() {
        let all: Vec<Connection> =
            READY.iter().map(|text| Connection::parse(text).expect("it is right")).collect();
        assert_eq!(all.len(), 8, "one for each system");
        for connection in all {
            assert!(!connection.reads.is_empty(), "{} reads something", connection.name);
            assert!(!connection.writes.is_empty(), "{} can be written", connection.name);
            assert!(!connection.authentication.is_empty(), "{} says what the gate needs", connection.name);
            assert_eq!(Connection::parse(&connection.to_text()).as_ref(), Ok(&connection), "there and back");
        }
    }
}
