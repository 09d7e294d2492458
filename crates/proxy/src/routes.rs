//! Routes: which address does what, and the checks that every request passes before anything else.

use crate::{
    access::{Access, Client},
    forward::{self, Forward},
    hints::Hints,
    hooks::Hooks,
    limits::Buckets,
    problem::{OWN_ANSWER, Problem, Refused},
    record::{Record, method_name},
    upstream::Auth,
};
use axum::{
    Router,
    body::Body,
    extract::{MatchedPath, Path, Request, State},
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
    routing::{any, get, post},
};
use hyper::{
    HeaderMap, Method, StatusCode,
    header::{self, HeaderName, HeaderValue},
};
use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Instant,
};
use tower_http::services::ServeDir;

/// The policy of the static site: scripts and styles only from its own files; WebAssembly may be compiled.
const SITE_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    connect-src 'self'; worker-src 'self' blob:; img-src 'self' data:; font-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'self'";
/// The policy of everything else: an upstream's answer is data, and stays data if a browser shows it.
const DATA_POLICY: &str =
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox";
/// The form of metrics that `prometheus-client` writes.
const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that answers need.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) hosts: BTreeSet<String>,
    pub(crate) origins: BTreeSet<String>,
    pub(crate) access: Access,
    /// Failed tries to get access, by address.
    pub(crate) strangers: Buckets,
    pub(crate) forward: Forward,
    pub(crate) hooks: Hooks,
    pub(crate) hints: Arc<Hints>,
    pub(crate) record: Arc<Record>,
}

/// The other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// All routes.
pub(crate) fn router(gate: Arc<Gate>, site: Option<PathBuf>) -> Router {
    let known = Router::new()
        .route("/proxy/to/{*rest}", any(to_upstream))
        .route("/proxy/upstreams", get(upstreams))
        .route("/proxy/hints", get(hints))
        .route("/proxy/oauth/{upstream}", post(begin_consent))
        .route("/metrics", get(metrics))
        .route_layer(middleware::from_fn_with_state(Arc::clone(&gate), admit));
    let open = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/proxy/oauth/callback", get(end_consent))
        .route("/proxy/hooks/{name}", post(hook).head(|| async { StatusCode::OK }))
        .route("/proxy/{*rest}", any(nothing));
    let routes = known.merge(open);
    let routes = match site {
        Some(folder) => routes.fallback_service(ServeDir::new(folder).precompressed_br()),
        None => routes.fallback(nothing),
    };
    routes.layer(middleware::from_fn_with_state(Arc::clone(&gate), screen)).with_state(gate)
}

async fn nothing() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "nothing-here", "There is nothing at this address.")
}

/// The first check of every request, and the last touch to every answer.
async fn screen(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (method, path) = (method_name(request.method()), request.uri().path());
    let forwarded = path.starts_with(forward::PREFIX);
    let is_data = path.starts_with("/proxy/") || matches!(path, "/metrics" | "/healthz");
    let route = request.extensions().get::<MatchedPath>().map(|it| it.as_str().to_owned());
    let origin = request.headers().get(header::ORIGIN).cloned();
    let checked = gate.check(&request);
    let preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match checked {
        Err(problem) => problem.into_response(),
        Ok(_) if preflight => gate.preflight(),
        Ok(_) => next.run(request).await,
    };
    let refused = response.extensions().get::<Refused>().copied();
    if let Some(Refused(code)) = refused {
        gate.record.count_refused(code);
    }
    // What went to an upstream has a line of its own.
    if !forwarded || refused.is_some() {
        let code = refused.map_or("", |Refused(code)| code);
        let route = route.as_deref().unwrap_or(if is_data { "(nothing)" } else { "(site)" });
        gate.record.note(method, route, response.status().as_u16(), code, started);
    }
    finish(response.headers_mut(), is_data);
    if let Some(origin) = origin.filter(|origin| gate.is_foreign_friend(origin)) {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
        if let Some(names) = exposed(headers) {
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, names);
        }
    }
    response
}

/// The names of an answer's headers, for the pages of other origins that may call.
fn exposed(headers: &HeaderMap) -> Option<HeaderValue> {
    let names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
    names.join(", ").parse().ok()
}

/// The headers that every answer has.
fn finish(headers: &mut HeaderMap, is_data: bool) {
    let policy = if is_data { DATA_POLICY } else { SITE_POLICY };
    let fixed: [(HeaderName, &str); 7] = [
        (header::CACHE_CONTROL, if is_data { "no-store" } else { "no-cache" }),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::VARY, "Origin"),
    ];
    for (name, value) in fixed {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
}

impl Gate {
    /// Refuses what no honest page or program sends.
    fn check(&self, request: &Request) -> Result<(), Problem> {
        let (uri, headers) = (request.uri(), request.headers());
        // A target with a host in it, or none at all, is meant for another kind of proxy.
        if uri.scheme().is_some() || uri.authority().is_some() || !uri.path().starts_with('/') {
            return Err(Problem::bad_request("target-refused", "The target must be a path."));
        }
        if uri.path().starts_with("//") {
            return Err(Problem::bad_request("path-refused", "The path has an empty segment."));
        }
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = match (hosts.next().and_then(|host| host.to_str().ok()), hosts.next()) {
            (Some(host), None) => host.to_ascii_lowercase(),
            _ => return Err(Problem::bad_request("host-refused", "There must be one Host header.")),
        };
        if !self.hosts.contains(&host) {
            let text = "This proxy does not answer to that host name.";
            return Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "host-refused", text));
        }
        self.check_origin(headers, &host, uri.path())
    }

    /// Pages of other origins are refused, unless they are listed.
    fn check_origin(&self, headers: &HeaderMap, host: &str, path: &str) -> Result<(), Problem> {
        let refused = || {
            let text = "Pages of that origin may not call.";
            Problem::new(StatusCode::FORBIDDEN, "origin-refused", text)
        };
        let mut origins = headers.get_all(header::ORIGIN).iter();
        if let Some(origin) = origins.next() {
            let text = origin.to_str().map_err(|_| refused())?;
            let own =
                text.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host));
            let known = own || self.origins.contains(text);
            return if known && origins.next().is_none() { Ok(()) } else { Err(refused()) };
        }
        // A browser that names no origin may still say that another site is behind the request: a picture, a form, a link.
        // Links to the site itself are welcome, and so is the way back from a consent.
        let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        let foreign = site.is_some_and(|site| !matches!(site, b"same-origin" | b"none"));
        let data = path.starts_with("/proxy/") && path != "/proxy/oauth/callback";
        if foreign && data { Err(refused()) } else { Ok(()) }
    }

    /// Whether an origin is listed.
    fn is_foreign_friend(&self, origin: &HeaderValue) -> bool {
        origin.to_str().is_ok_and(|origin| self.origins.contains(origin))
    }

    /// What a page of a listed origin may send. Of another origin, nothing is said.
    fn preflight(&self) -> Response {
        let mut names: BTreeSet<&str> = BTreeSet::from(["authorization", "content-type"]);
        for upstream in self.forward.upstreams.values() {
            names.extend(upstream.request_headers.iter().map(String::as_str));
        }
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        let headers = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, PUT, PATCH, DELETE".to_owned()),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, names),
            (header::ACCESS_CONTROL_MAX_AGE, "600".to_owned()),
        ];
        (StatusCode::NO_CONTENT, headers).into_response()
    }
}

/// Lets in who has access, and remembers who it is.
async fn admit(State(gate): State<Arc<Gate>>, mut request: Request, next: Next) -> Response {
    match gate.access.client(request.headers()).await {
        Ok(client) => {
            request.extensions_mut().insert(client);
            next.run(request).await
        }
        Err(problem) => {
            let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
            match gate.strangers.take(&network(peer), Instant::now()) {
                Ok(()) => problem.into_response(),
                Err(wait) => Problem::too_many("Too many tries without access.", wait).into_response(),
            }
        }
    }
}

/// Whom a stranger counts as: an IPv4 address, or the IPv6 network that one household or machine has.
fn network(peer: Option<IpAddr>) -> String {
    match peer {
        Some(IpAddr::V6(address)) => format!("{:x?}", &address.segments()[..4]),
        Some(IpAddr::V4(address)) => address.to_string(),
        None => String::new(),
    }
}

async fn to_upstream(State(gate): State<Arc<Gate>>, request: Request) -> Result<Response, Problem> {
    let client = who(&request)?;
    gate.forward.take(&client, request).await
}

fn who(request: &Request) -> Result<Client, Problem> {
    let unknown = || Problem::new(StatusCode::UNAUTHORIZED, "no-access", "A valid session token is needed.");
    request.extensions().get::<Client>().cloned().ok_or_else(unknown)
}

/// What this proxy leads to, for the page that sets up connections.
async fn upstreams(State(gate): State<Arc<Gate>>) -> Response {
    let mut list = Vec::new();
    for upstream in gate.forward.upstreams.values() {
        let needs_consent = match &upstream.auth {
            Auth::Grant(grant) => grant.needs_consent().await,
            _ => false,
        };
        list.push(serde_json::json!({
            "name": upstream.name,
            "base": upstream.form.base,
            "path": format!("{}{}", forward::PREFIX, upstream.name),
            "needs_consent": needs_consent,
        }));
    }
    let text = serde_json::json!({ "upstreams": list }).to_string();
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

async fn hints(State(gate): State<Arc<Gate>>, request: Request) -> Result<Response, Problem> {
    let client = who(&request)?;
    if request.headers().contains_key(header::UPGRADE) {
        return Err(Problem::bad_request("upgrade-refused", "Connections are not upgraded here."));
    }
    gate.hints.listen(&client.name)
}

async fn metrics(State(gate): State<Arc<Gate>>) -> Response {
    ([(header::CONTENT_TYPE, METRICS_TYPE)], gate.record.metrics()).into_response()
}

async fn hook(
    State(gate): State<Arc<Gate>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    gate.hooks.take(&name, &headers, body).await
}

async fn begin_consent(State(gate): State<Arc<Gate>>, Path(name): Path<String>) -> Result<Response, Problem> {
    let unknown = || Problem::new(StatusCode::NOT_FOUND, "no-such-upstream", "There is no such upstream.");
    let upstream = gate.forward.upstreams.get(name.as_str()).ok_or_else(unknown)?;
    let Auth::Grant(grant) = &upstream.auth else {
        let text = "This upstream needs nobody's consent.";
        return Err(Problem::new(StatusCode::CONFLICT, "no-consent-needed", text));
    };
    let text = serde_json::json!({ "go_to": grant.begin_consent()? }).to_string();
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

/// The way back from an authorization server, in the person's own browser. Only who began a consent here has its state.
async fn end_consent(State(gate): State<Arc<Gate>>, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let parameter = |name: &str| {
        let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
        let value = value.replace('+', " ");
        Some(percent_encoding::percent_decode_str(&value).decode_utf8().ok()?.into_owned())
    };
    let page = |status: StatusCode, text: &str| {
        (status, Html(format!("<!doctype html><p>{text}</p>"))).into_response()
    };
    let state = parameter("state").unwrap_or_default();
    let found = gate.forward.upstreams.values().find_map(|upstream| match &upstream.auth {
        Auth::Grant(grant) => Some((grant, grant.take_consent(&state)?)),
        _ => None,
    });
    let Some((grant, verifier)) = found else {
        return page(
            StatusCode::BAD_REQUEST,
            "This consent was not begun here, or too long ago. Please begin again.",
        );
    };
    let Some(code) = parameter("code").filter(|code| !code.is_empty()) else {
        return page(StatusCode::FORBIDDEN, "The consent was not given. You can close this page.");
    };
    match grant.end_consent(&code, &verifier).await {
        Ok(()) => page(StatusCode::OK, "Connected. You can close this page."),
        Err(problem) => {
            let status = problem.status;
            let mut response =
                page(status, "The consent came back, but no token was given for it. Please begin again.");
            response.headers_mut().insert(OWN_ANSWER, HeaderValue::from_static(problem.code));
            response
        }
    }
}
