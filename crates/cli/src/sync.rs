//! `desirepath sync`: reads a connection over the network, through a gate or directly, as JSON lines.

use crate::Fault;
use connector::{Answer, Connection, PlannedRequest, Read, Step, Sync, Trouble};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, body::Bytes};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Map, Value};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Largest answer.
const MAX_ANSWER_BYTES: usize = 64 << 20;
/// Longest time for one answer.
const ANSWER_TIME: Duration = Duration::from_secs(120);

/// Which connection, and how it is reached.
#[derive(Debug, clap::Args)]
pub(crate) struct SyncOptions {
    /// File of the connection
    #[arg(value_name = "CONNECTION")]
    connection: PathBuf,
    /// Address of the gate, such as <http://127.0.0.1:8787/proxy>; without it the system is asked directly
    #[arg(long, value_name = "ADDRESS")]
    gate: Option<String>,
    /// Name of the environment variable with the session token of the gate
    #[arg(long, value_name = "NAME", default_value = "DESIREPATH_TOKEN")]
    token_env: String,
    /// Header for a system that is asked directly, its value from an environment variable: `Authorization=DESK_AUTH`
    #[arg(long, value_name = "HEADER=NAME")]
    header_env: Vec<String>,
    /// File that keeps how far it was read, so that the next run brings only what is new
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Only these lists
    #[arg(long, value_name = "NAME", num_args = 1..)]
    only: Vec<String>,
}

type Web = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// How requests go out.
#[derive(Debug)]
struct Way {
    web: Web,
    base: String,
    headers: Vec<(String, String)>,
}

/// An answer with everything it owns: status, headers, body.
type Came = (u16, Vec<(String, String)>, Vec<u8>);

pub(crate) fn print(options: &SyncOptions, out: &mut impl Write) -> Result<(), Fault> {
    let input = |path: &Path, why: String| Fault::Input(format!("{}: {why}", path.display()));
    let path = &options.connection;
    let text = std::fs::read_to_string(path).map_err(|error| input(path, error.to_string()))?;
    let connection = Connection::parse(&text).map_err(|error| input(path, error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::Input(format!("no requests can be made: {error}")))?;
    let mut states = kept(options)?;
    runtime.block_on(async {
        let (way, connection) = way(options, &connection).await?;
        read_all(options, &way, &connection, &mut states, out).await
    })
}

/// How far each list was read.
fn kept(options: &SyncOptions) -> Result<Map<String, Value>, Fault> {
    let Some(path) = options.state.as_ref().filter(|path| path.exists()) else { return Ok(Map::new()) };
    let fault = |why: String| Fault::Input(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| fault(error.to_string()))
}

/// Written beside and then moved, so that a run that is killed leaves the state before.
fn keep(path: &Path, states: &Map<String, Value>) -> Result<(), Fault> {
    let fault = |error: std::io::Error| Fault::Input(format!("{}: {error}", path.display()));
    let beside = path.with_extension("new");
    std::fs::write(&beside, Value::Object(states.clone()).to_string()).map_err(fault)?;
    std::fs::rename(&beside, path).map_err(fault)
}

/// How requests go out, and the connection with the server that really answers.
async fn way(options: &SyncOptions, connection: &Connection) -> Result<(Way, Connection), Fault> {
    let from_env = |name: &str| {
        std::env::var(name).map_err(|_| Fault::Usage(format!("the environment variable {name} is not set")))
    };
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Fault::Input(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(http);
    let web = Client::builder(TokioExecutor::new()).build(connector);
    let mut headers = Vec::new();
    for pair in &options.header_env {
        let (header, name) =
            pair.split_once('=').ok_or_else(|| Fault::Usage(format!("“{pair}” is not HEADER=NAME")))?;
        headers.push((header.to_owned(), from_env(name)?));
    }
    let Some(gate) = &options.gate else {
        let base = connection.server.trim_end_matches('/').to_owned();
        return Ok((Way { web, base, headers }, connection.clone()));
    };
    let upstream = connection.upstream.as_deref().ok_or_else(|| {
        Fault::Usage("the connection names no upstream, so that the gate cannot be used for it".to_owned())
    })?;
    headers.push(("Authorization".to_owned(), format!("Bearer {}", from_env(&options.token_env)?)));
    let gate = gate.trim_end_matches('/');
    let asking = Way { web, base: gate.to_owned(), headers };
    let list = perform(&asking, &listing_of_upstreams()).await;
    let (status, _, body) = list.map_err(|why| Fault::Input(format!("{gate}: {why}")))?;
    let found = serde_json::from_slice::<Value>(&body).unwrap_or_default();
    let known = found["upstreams"].as_array().into_iter().flatten().find(|it| it["name"] == *upstream);
    let Some(address) = known.and_then(|it| it["base"].as_str()) else {
        return Err(Fault::Input(format!("{gate}: status {status}, and no upstream “{upstream}”")));
    };
    let (connection, rest) = connection.served_at(address);
    Ok((Way { base: format!("{gate}/to/{upstream}{rest}"), ..asking }, connection))
}

fn listing_of_upstreams() -> PlannedRequest {
    PlannedRequest {
        method: connector::Method::Get,
        path_and_query: "/upstreams".to_owned(),
        headers: Vec::new(),
        body: None,
    }
}

/// Performs a request; the text says why no whole answer came.
async fn perform(way: &Way, planned: &PlannedRequest) -> Result<Came, String> {
    let address = format!("{}{}", way.base, planned.path_and_query);
    let mut request = Request::builder().method(planned.method.name()).uri(address);
    for (name, value) in planned.headers.iter().chain(&way.headers) {
        request = request.header(name.as_str(), value.as_str());
    }
    let body = Full::new(Bytes::from(planned.body.clone().unwrap_or_default()));
    let request = request.body(body).map_err(|error| error.to_string())?;
    let whole = async {
        let answer = way.web.request(request).await.map_err(|error| reasons(&error))?;
        let status = answer.status().as_u16();
        let headers = answer.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        let headers = headers.collect();
        let body = Limited::new(answer.into_body(), MAX_ANSWER_BYTES).collect().await;
        let body = body.map_err(|error| error.to_string())?.to_bytes().to_vec();
        Ok((status, headers, body))
    };
    tokio::time::timeout(ANSWER_TIME, whole)
        .await
        .unwrap_or_else(|_| Err("no whole answer in time".to_owned()))
}

/// An error with what caused it.
fn reasons(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Reads all lists, those first that others hang on.
async fn read_all(
    options: &SyncOptions,
    way: &Way,
    connection: &Connection,
    states: &mut Map<String, Value>,
    out: &mut impl Write,
) -> Result<(), Fault> {
    let is_wanted = |read: &&Read| options.only.is_empty() || options.only.contains(&read.name);
    if let Some(name) = options.only.iter().find(|name| connection.read(name).is_none()) {
        return Err(Fault::Usage(format!("the connection has no list “{name}”")));
    }
    let (parents, children): (Vec<&Read>, Vec<&Read>) =
        connection.reads.iter().filter(is_wanted).partition(|read| read.parent.is_none());
    let mut fresh = std::collections::BTreeMap::<String, Vec<String>>::new();
    for read in parents.into_iter().chain(children) {
        let saved = states.get(&read.name).and_then(Value::as_str);
        let targets = fresh.remove(&read.name).unwrap_or_default();
        let mut sync = Sync::new(connection, &read.name, saved, targets, now(), now())
            .map_err(|error| Fault::Input(format!("{}: {error}", options.connection.display())))?;
        let outcome = read_one(way, connection, read, &mut sync, &mut fresh, out).await;
        out.flush().map_err(Fault::Output)?;
        states.insert(read.name.clone(), Value::from(sync.saved()));
        // What was printed is not printed again, whatever comes.
        if let Some(path) = &options.state {
            keep(path, states)?;
        }
        outcome?;
        for drift in sync.drift() {
            eprintln!("desirepath: {}: {drift:?}", read.name);
        }
    }
    Ok(())
}

async fn read_one(
    way: &Way,
    connection: &Connection,
    read: &Read,
    sync: &mut Sync,
    fresh: &mut std::collections::BTreeMap<String, Vec<String>>,
    out: &mut impl Write,
) -> Result<(), Fault> {
    let (mut n_items, mut n_new, mut n_changed) = (0, 0, 0);
    loop {
        match sync.step(now()) {
            Step::Done => break,
            Step::Stopped(trouble) => {
                return Err(Fault::Input(format!("{}: {}", read.name, words(&trouble))));
            }
            Step::Wait(until) => {
                tokio::time::sleep(Duration::from_millis(until.saturating_sub(now()))).await;
            }
            Step::Ask(request) => match perform(way, &request).await {
                Err(why) => sync.failed(&why, now()),
                Ok((status, headers, body)) => {
                    let answer = Answer { status, headers: &headers, body: &body };
                    let brought = sync.answered(&answer, now());
                    (n_items, n_new) = (n_items + brought.n_items, n_new + brought.n_new);
                    n_changed += brought.n_changed;
                    out.write_all(brought.lines.as_bytes()).map_err(Fault::Output)?;
                    for child in &connection.reads {
                        let parent = child.parent.as_ref().filter(|parent| parent.read == read.name);
                        let targets = parent.map(|parent| Sync::targets_in(parent, &brought.fresh));
                        fresh.entry(child.name.clone()).or_default().extend(targets.unwrap_or_default());
                    }
                }
            },
        }
    }
    let n_requests = sync.n_requests();
    eprintln!(
        "desirepath: {}: {n_items} items, {n_new} new, {n_changed} changed, {n_requests} requests",
        read.name
    );
    Ok(())
}

/// The system's own word, behind a status.
fn said(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(", “{reason}”") }
}

fn words(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Denied { status, reason } => {
            format!(
                "access was refused (status {status}{}); renew the credentials and run it again",
                said(reason)
            )
        }
        Trouble::Refused { status, reason } => {
            format!("the question was not accepted (status {status}{}); see the connection", said(reason))
        }
        Trouble::GaveUp { last } => format!("it failed again and again, at last with: {last}"),
        Trouble::ForeignLink { address } => format!("the next page would be on another server: {address}"),
        Trouble::Budget => "the requests of one run are used up; run it again to go on".to_owned(),
        Trouble::Connection { why } => format!("the connection does not fit: {why}"),
    }
}
