//! A connection: which operations are read and written and how, as a small file that holds no secret.

use crate::Error;
use crate::catalogue::Catalogue;
use crate::listing::Listing;
use crate::meaning::Meaning;
use crate::operation::{Method, Operation, Place};
use crate::paging::{PageSize, Paging};
use crate::refusal::Refusal;
use crate::schema::FieldKind;
use crate::since::Since;
use crate::words::capital;
use crate::writing::{Effect, Writing};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The version of the form of connections.
pub const CONNECTION_VERSION: u32 = 1;
/// Longest file of a connection.
const MAX_BYTES: usize = 1 << 20;
/// Most reads, and most writes, of a connection.
const MAX_PARTS: usize = 200;

/// A system that is read and, where wished, written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// Version of the form, [`CONNECTION_VERSION`].
    pub desirepath_connection: u32,
    /// Name, which is that of the source in the workspace.
    pub name: String,
    /// Address of the interface, without a slash at the end.
    pub server: String,
    /// Name of the upstream at the gate that adds the credentials; none asks the server directly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
    /// What credentials the gate has to add, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub authentication: String,
    /// Headers of every request, such as the version of the interface; never credentials.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// How an answer of status 200 says that it is a refusal; none where statuses are used as they are meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// What its paths, parameters and fields were taken from, and whatever else a person should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Requests a second that the system allows; 4 where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_second: Option<u32>,
    /// Lists that are read.
    #[serde(default)]
    pub reads: Vec<Read>,
    /// Changes that can be made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<Write>,
}

/// A list that is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// Name within the connection.
    pub name: String,
    /// Method.
    #[serde(default)]
    pub method: Method,
    /// Path from the server's address on, with names of parameters in braces.
    pub path: String,
    /// Where the items are.
    #[serde(default)]
    pub items: Items,
    /// How the list is read on.
    pub paging: Paging,
    /// How many items are asked for at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_size: Option<PageSize>,
    /// How only what is new is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
    /// Fixed parameters of the question.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// What is sent, where the list is a search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The list whose items give a parameter of the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// What fields of an item mean.
    pub fields: BTreeMap<Meaning, String>,
    /// What is said to have happened at the item's time; `{name}` stands for a field of the item.
    pub activity: String,
    /// What is said to have happened when the item was changed last; none adds no event for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_activity: Option<String>,
    /// Channel of its events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}

/// Where the items of an answer are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Items {
    /// The first list of objects that is found.
    #[default]
    Found,
    /// The answer is the list.
    Answer,
    /// The answer is the item.
    One,
    /// Each line of the answer is an item.
    Lines,
    /// In this field.
    Field(String),
}

/// The list whose items give a parameter of the path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    /// Name of that read.
    pub read: String,
    /// Field of its items.
    pub field: String,
    /// Parameter of the path that takes the value.
    pub parameter: String,
}

/// A change that can be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Write {
    /// Name within the connection.
    pub name: String,
    /// What it does.
    pub effect: Effect,
    /// Method.
    pub method: Method,
    /// Path from the server's address on, with names of fields in braces.
    pub path: String,
    /// Type of what is sent; none sends nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_type: Option<String>,
    /// What has to, and what can, be filled in.
    pub fields: Vec<WriteField>,
    /// Fixed parts of what is sent.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fixed: Map<String, Value>,
    /// Header with which the system takes a repeated request for the same one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_header: Option<String>,
    /// Parameter with value that asks the system to check without changing anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<(String, String)>,
}

/// Something that is filled into a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteField {
    /// Name of the parameter, or path of the field of what is sent.
    pub name: String,
    /// Where it goes.
    pub place: Place,
    /// It has to be given.
    #[serde(default)]
    pub required: bool,
    /// What its values are: `text`, `integer`, `number` or `boolean`.
    #[serde(default = "text")]
    pub kind: String,
    /// Values that are allowed; none allows all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Description for the person who fills it in.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

fn text() -> String {
    "text".to_owned()
}

impl Connection {
    /// An empty connection to the interface of a catalogue.
    #[must_use]
    pub fn to(catalogue: &Catalogue) -> Self {
        let authentication = catalogue.listings.iter().find_map(|listing| {
            catalogue.authentications_of(listing.operation).first().map(|it| it.caption())
        });
        Self {
            desirepath_connection: CONNECTION_VERSION,
            name: catalogue.title.clone(),
            server: catalogue.servers.first().cloned().unwrap_or_default(),
            upstream: None,
            authentication: authentication.unwrap_or_default(),
            headers: BTreeMap::new(),
            refusal: None,
            notes: Vec::new(),
            requests_per_second: None,
            reads: Vec::new(),
            writes: Vec::new(),
        }
    }

    /// Reads the file of a connection.
    ///
    /// # Errors
    /// When it is no connection, or one that does not agree with itself; the error names the part.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_BYTES {
            return Err(Error::connection(format!(
                "the file has {} bytes; at most {MAX_BYTES} are read",
                text.len()
            )));
        }
        let connection: Self =
            serde_json::from_str(text).map_err(|error| Error::connection(error.to_string()))?;
        connection.check()?;
        Ok(connection)
    }

    /// The file of a connection: JSON, laid out to be read.
    #[must_use]
    pub fn to_text(&self) -> String {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        format!("{text}\n")
    }

    /// The connection as it is asked where a gate's upstream of this address serves it, and what of its path is asked there.
    ///
    /// The server of a connection may be a placeholder; only its path counts then, and what the address has of it already is
    /// not asked twice.
    ///
    /// ```
    /// let text = r#"{"desirepath_connection": 1, "name": "Desk", "server": "https://your-name.example/api/v2"}"#;
    /// let connection = connector::Connection::parse(text)?;
    /// let (asked, rest) = connection.served_at("https://acme.example/");
    /// assert_eq!((asked.server.as_str(), rest.as_str()), ("https://acme.example/api/v2", "/api/v2"));
    /// # Ok::<(), connector::Error>(())
    /// ```
    #[must_use]
    pub fn served_at(&self, base: &str) -> (Self, String) {
        let (origin, base_path) = split(base);
        let (_, path) = split(&self.server);
        let rest = path.strip_prefix(base_path).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let rest = rest.unwrap_or(path);
        let server = format!("{origin}{base_path}{rest}");
        (Self { server, ..self.clone() }, rest.to_owned())
    }

    /// The read of this name.
    #[must_use]
    pub fn read(&self, name: &str) -> Option<&Read> {
        self.reads.iter().find(|read| read.name == name)
    }

    /// The write of this name.
    #[must_use]
    pub fn write(&self, name: &str) -> Option<&Write> {
        self.writes.iter().find(|write| write.name == name)
    }

    /// Whether the parts agree with one another, and hold nothing that must not be in a file that is shared.
    ///
    /// # Errors
    /// With the first part that does not.
    pub fn check(&self) -> Result<(), Error> {
        let fail = |why: String| Err(Error::connection(why));
        if self.desirepath_connection > CONNECTION_VERSION {
            return fail(format!(
                "it is of version {}; this program knows {CONNECTION_VERSION}",
                self.desirepath_connection
            ));
        }
        let is_web = self.server.starts_with("https://") || self.server.starts_with("http://");
        if !is_web || self.server.contains(['?', '#', '@', ' ']) {
            return fail(format!("“{}” is not the address of a server", self.server));
        }
        if let Some(name) = self.headers.keys().find(|name| is_secret(name)) {
            return fail(format!(
                "the header {name} would hold a credential; credentials are kept at the gate"
            ));
        }
        if let Some(Err(why)) = self.refusal.as_ref().map(Refusal::check) {
            return fail(why);
        }
        if self.reads.len().max(self.writes.len()) > MAX_PARTS {
            return fail(format!("it has more than {MAX_PARTS} reads or writes"));
        }
        for (at, read) in self.reads.iter().enumerate() {
            if self.reads[..at].iter().any(|other| other.name == read.name) {
                return fail(format!("two reads are called “{}”", read.name));
            }
            self.check_read(read)?;
        }
        for (at, write) in self.writes.iter().enumerate() {
            if self.writes[..at].iter().any(|other| other.name == write.name) {
                return fail(format!("two writes are called “{}”", write.name));
            }
            for name in braces(&write.path) {
                if !write.fields.iter().any(|field| field.place == Place::Path && field.name == name) {
                    return fail(format!("write “{}”: nothing fills {{{name}}} of the path", write.name));
                }
            }
        }
        Ok(())
    }

    fn check_read(&self, read: &Read) -> Result<(), Error> {
        let fail = |why: String| Err(Error::connection(format!("read “{}”: {why}", read.name)));
        if !read.path.starts_with('/') || read.path.contains("..") || read.path.contains("//") {
            return fail(format!("“{}” is not a path", read.path));
        }
        if let Some(name) = read.parameters.keys().find(|name| is_secret(name)) {
            return fail(format!(
                "the parameter {name} would hold a credential; credentials are kept at the gate"
            ));
        }
        for meaning in [Meaning::Time, Meaning::Customer] {
            if !read.fields.contains_key(&meaning) {
                return fail(format!("no field is the {}", meaning.name()));
            }
        }
        for name in braces(&read.path) {
            let by_parent = read.parent.as_ref().is_some_and(|parent| parent.parameter == name);
            if !by_parent && !read.parameters.contains_key(name) {
                return fail(format!("nothing fills {{{name}}} of the path"));
            }
        }
        let Some(parent) = &read.parent else { return Ok(()) };
        match self.read(&parent.read) {
            None => fail(format!("there is no read “{}”", parent.read)),
            Some(other) if other.parent.is_some() => {
                fail(format!("“{}” has a parent of its own", parent.read))
            }
            Some(_) => Ok(()),
        }
    }
}

/// Origin and path of an address; the path is empty, or begins with a slash and ends with none.
fn split(address: &str) -> (&str, &str) {
    let begin = address.find("://").map_or(0, |at| at + 3);
    let end = address[begin..].find('/').map_or(address.len(), |at| begin + at);
    (&address[..end], address[end..].trim_end_matches('/'))
}

/// Names in braces.
pub(crate) fn braces(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name))
}

/// Whether a header or parameter usually holds a credential.
fn is_secret(name: &str) -> bool {
    let name = crate::words::plain(name);
    let secrets = [
        "authorization",
        "token",
        "access_token",
        "api_key",
        "apikey",
        "secret",
        "password",
        "cookie",
        "hapikey",
    ];
    secrets.contains(&name.as_str())
        || ["_token", "_secret", "_api_key", "_password"].iter().any(|end| name.ends_with(end))
            && !name.contains("page")
}

impl Read {
    /// What a catalogue found out about a list, as a read; a person may correct every part.
    #[must_use]
    pub fn of(catalogue: &Catalogue, listing: &Listing) -> Self {
        let operation = &catalogue.operations[listing.operation];
        let items = if listing.lines {
            Items::Lines
        } else if listing.items_open {
            Items::Found
        } else if listing.items.is_empty() {
            Items::Answer
        } else {
            Items::Field(listing.items.clone())
        };
        let mut fields: BTreeMap<_, _> =
            listing.meanings.iter().map(|meant| (meant.meaning, meant.field.clone())).collect();
        let change_activity = fields.contains_key(&Meaning::Changed).then(|| {
            let noun = capital(&listing.noun);
            let state =
                fields.get(&Meaning::Kind).filter(|kind| ["status", "state"].contains(&kind.as_str()));
            state.map_or_else(|| format!("{noun} changed"), |state| format!("{noun}: {{{state}}}"))
        });
        let activity = match fields.get(&Meaning::Kind).map(String::as_str) {
            Some(kind @ ("event" | "event_name" | "event_type" | "activity_type" | "action")) => {
                format!("{{{kind}}}")
            }
            _ => format!("{} created", capital(&listing.noun)),
        };
        // The kind has done its work.
        fields.remove(&Meaning::Kind);
        Self {
            name: operation.id.clone(),
            method: operation.method,
            path: operation.path.clone(),
            items,
            paging: listing.paging.clone(),
            page_size: listing.page_size.clone(),
            since: listing.since.clone(),
            parameters: BTreeMap::new(),
            body: (operation.method == Method::Post).then(|| Value::Object(Map::new())),
            parent: None,
            fields,
            activity,
            change_activity,
            channel: None,
        }
    }
}

impl Write {
    /// What a catalogue found out about a change; only what can be filled in by a person is a field.
    #[must_use]
    pub fn of(catalogue: &Catalogue, writing: &Writing) -> Self {
        let operation = &catalogue.operations[writing.operation];
        let parameters =
            operation.parameters.iter().filter(|it| matches!(it.place, Place::Path | Place::Query));
        let mut fields: Vec<WriteField> = parameters
            .map(|it| WriteField {
                name: it.name.clone(),
                place: it.place,
                required: it.required,
                kind: kind_name(it.kind).to_owned(),
                values: it.values.clone(),
                description: it.description.clone(),
            })
            .collect();
        let plain = |field: &&crate::Field| {
            !field.read_only && !field.path.contains("[]") && field.kind != FieldKind::Object
        };
        fields.extend(operation.body.iter().filter(plain).map(|field| WriteField {
            name: field.path.clone(),
            place: Place::Body,
            required: writing.required.contains(&field.path),
            kind: kind_name(field.kind).to_owned(),
            values: field.values.clone(),
            description: field.description.clone(),
        }));
        Self {
            name: operation.id.clone(),
            effect: writing.effect,
            method: operation.method,
            path: operation.path.clone(),
            body_type: operation.body_type.clone(),
            fields,
            fixed: Map::new(),
            idempotency_header: idempotency_header(operation),
            dry_run: dry_run(operation),
        }
    }
}

fn kind_name(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Integer => "integer",
        FieldKind::Number => "number",
        FieldKind::Boolean => "boolean",
        FieldKind::List => "list",
        FieldKind::Text | FieldKind::Object | FieldKind::Unknown => "text",
    }
}

fn idempotency_header(operation: &Operation) -> Option<String> {
    let headers = operation.parameters.iter().filter(|it| it.place == Place::Header);
    headers.map(|it| it.name.clone()).find(|name| crate::words::plain(name).contains("idempotency"))
}

fn dry_run(operation: &Operation) -> Option<(String, String)> {
    let names = ["dry_run", "validate_only", "dryrun", "preview"];
    let found = operation
        .parameters
        .iter()
        .find(|it| it.place == Place::Query && names.contains(&crate::words::plain(&it.name).as_str()))?;
    Some((found.name.clone(), "true".to_owned()))
}
