//! Forwarding: one allowed request goes to one upstream, and its answer comes back as it is.
//!
//! The proxy repeats nothing by itself, with one exception: when an upstream refuses an OAuth token that had looked good, and
//! the request can be sent again whole, it is sent once more with a new one. A refused request has had no effect.

use crate::{
    access::Client,
    address,
    body::{Measure, Metered, Way},
    limits::Buckets,
    oauth::Token,
    path,
    problem::Problem,
    record::{Cut, Exchange, Record, method_name},
    upstream::{Auth, Upstream},
};
use axum::{
    body::{Body, Bytes},
    response::Response,
};
use http_body_util::BodyExt;
use hyper::{
    HeaderMap, Method, Request, StatusCode, Uri,
    body::{Body as _, Incoming},
    header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HeaderValue, LOCATION, UPGRADE},
    http::request::Parts,
};
use std::{
    collections::BTreeMap,
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::OwnedSemaphorePermit;

/// Where upstreams are found under the proxy's own address.
pub(crate) const PREFIX: &str = "/proxy/to/";
/// Largest request body that is held back in case it has to be sent again with a new token.
const REPEATABLE_BYTES_MAX: u64 = 64 * 1024;

/// All upstreams, and what a client may ask of them together.
#[derive(Debug)]
pub(crate) struct Forward {
    pub(crate) upstreams: BTreeMap<&'static str, Upstream>,
    pub(crate) clients: Buckets,
    pub(crate) record: Arc<Record>,
}

/// A request as it goes to the upstream, without its proof.
struct Prepared {
    method: Method,
    address: Uri,
    headers: HeaderMap,
}

impl Forward {
    /// Answers a request whose sender is known.
    ///
    /// # Errors
    /// When it is not allowed, or the upstream gives no usable answer.
    pub(crate) async fn take(&self, client: &Client, request: Request<Body>) -> Result<Response, Problem> {
        let (head, body) = request.into_parts();
        let (upstream, path) = self.find(&head)?;
        let segments = path::segments(path).map_err(|why| Problem::bad_request("path-refused", why))?;
        let Some(pattern) = upstream.pattern(&head.method, &segments) else {
            let text = "This method and path are not allowed for this upstream.";
            return Err(Problem::new(StatusCode::FORBIDDEN, "not-allowed", text));
        };
        check_head(&head)?;
        let now = Instant::now();
        let busy = |wait| Problem::too_many("This client asks too often.", wait);
        self.clients.take(&client.name, now).map_err(busy)?;
        let busy = |wait| Problem::too_many("This upstream is asked too often.", wait);
        upstream.bucket.take("", now).map_err(busy)?;
        let place = Arc::clone(&upstream.places).try_acquire_owned().map_err(|_| {
            let text = "This upstream has too many requests at the same time.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", text).retry_after(Duration::from_secs(1))
        })?;
        let prepared = Prepared {
            address: upstream.address(path, head.uri.query())?,
            headers: upstream.outgoing_headers(&head.headers),
            method: head.method,
        };
        let exchange = Exchange::begin(
            &self.record,
            method_name(&prepared.method),
            upstream.name,
            pattern.shared(),
            Arc::clone(&client.name),
        );
        let outcome = upstream.exchange(&prepared, body, &exchange, place).await;
        if let Err(problem) = &outcome {
            exchange.set_status(problem.status);
        }
        outcome
    }

    /// The upstream that a path names, and the rest of the path.
    fn find<'a>(&self, head: &'a Parts) -> Result<(&Upstream, &'a str), Problem> {
        let rest = head.uri.path().strip_prefix(PREFIX).unwrap_or_default();
        let (name, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let unknown =
            || Problem::new(StatusCode::NOT_FOUND, "no-such-upstream", "There is no such upstream.");
        Ok((self.upstreams.get(name).ok_or_else(unknown)?, path))
    }
}

/// What no request to an upstream may have.
fn check_head(head: &Parts) -> Result<(), Problem> {
    if head.headers.contains_key(UPGRADE) {
        return Err(Problem::bad_request("upgrade-refused", "Connections are not upgraded here."));
    }
    if head.headers.contains_key(CONTENT_ENCODING) {
        let text = "Bodies are sent uncompressed, so that their size is what it seems.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "encoding-refused", text));
    }
    Ok(())
}

impl Upstream {
    /// The client's headers that may pass, and those of the configuration.
    fn outgoing_headers(&self, given: &HeaderMap) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in given.iter().filter(|(name, _)| self.request_headers.contains(name.as_str())) {
            headers.append(name, value.clone());
        }
        // What is not compressed cannot swell: the limit on bytes holds for what the tab gets.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers
    }

    async fn exchange(
        &self,
        prepared: &Prepared,
        body: Body,
        exchange: &Arc<Exchange>,
        place: OwnedSemaphorePermit,
    ) -> Result<Response, Problem> {
        let bounds = &self.form.bounds;
        let exact = body.size_hint().exact();
        if exact.is_some_and(|n_bytes| n_bytes > bounds.request_bytes) {
            return Err(too_large());
        }
        let measure = Measure {
            bytes_max: bounds.request_bytes,
            idle: Duration::from_secs_f64(bounds.idle_secs),
            whole: Duration::from_secs_f64(bounds.upload_secs),
        };
        let has_body = !body.is_end_stream();
        let body = Metered::new(body, Way::Up, measure, exchange, None);
        let answer = match &self.auth {
            Auth::Grant(grant) => {
                let token = grant.token().await?;
                let (first, again) = repeatable(body, has_body, exact, exchange).await?;
                let answer = self.send(prepared, first, has_body, Some(&token), exchange).await?;
                let refused = answer.status() == StatusCode::UNAUTHORIZED;
                match (refused.then_some(again).flatten(), refused) {
                    (Some(again), _) => match grant.after_refusal(&token).await {
                        Some(token) => self.send(prepared, again, has_body, Some(&token), exchange).await?,
                        None => answer,
                    },
                    (None, true) => {
                        // It cannot be sent again; the next request shall have a better token.
                        grant.after_refusal(&token).await;
                        answer
                    }
                    (None, false) => answer,
                }
            }
            _ => self.send(prepared, Body::new(body), has_body, None, exchange).await?,
        };
        self.pass_on(answer, prepared, exchange, place)
    }

    async fn send(
        &self,
        prepared: &Prepared,
        body: Body,
        has_body: bool,
        token: Option<&Token>,
        exchange: &Exchange,
    ) -> Result<Response<Incoming>, Problem> {
        let mut request = Request::new(if has_body { body } else { Body::empty() });
        *request.method_mut() = prepared.method.clone();
        *request.uri_mut() = prepared.address.clone();
        *request.headers_mut() = prepared.headers.clone();
        self.add_headers(request.headers_mut(), token)?;
        let bounds = &self.form.bounds;
        let mut time = bounds.answer_secs;
        if has_body {
            time += bounds.upload_secs;
        }
        let answer = tokio::time::timeout(Duration::from_secs_f64(time), self.client.request(request)).await;
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(failure(&error, exchange)),
            Err(_) => Err(too_slow()),
        }
    }

    /// Makes the answer's head what a tab may see, and lets the body flow.
    fn pass_on(
        &self,
        answer: Response<Incoming>,
        prepared: &Prepared,
        exchange: &Arc<Exchange>,
        place: OwnedSemaphorePermit,
    ) -> Result<Response, Problem> {
        let (head, body) = answer.into_parts();
        let unusable = |code, text| Err(Problem::new(StatusCode::BAD_GATEWAY, code, text));
        if head.status == StatusCode::SWITCHING_PROTOCOLS || head.status.is_informational() {
            return unusable("upgrade-refused", "The upstream wants another protocol.");
        }
        let identity = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
        if !head.headers.get_all(CONTENT_ENCODING).iter().all(identity) {
            return unusable(
                "encoding-refused",
                "The upstream compressed its answer although nobody asked it to.",
            );
        }
        let bounds = &self.form.bounds;
        if body.size_hint().exact().is_some_and(|n_bytes| n_bytes > bounds.response_bytes) {
            exchange.set_cut(Cut::TooLarge);
            return unusable("answer-too-large", "The upstream's answer is larger than allowed.");
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &head.headers {
            if self.response_headers.contains(name.as_str()) && !self.repeats_secret(value) {
                headers.append(name, value.clone());
            }
        }
        if prepared.method == Method::HEAD {
            // There is no body to count, so the length is the upstream's word.
            headers.extend(head.headers.get(CONTENT_LENGTH).map(|value| (CONTENT_LENGTH, value.clone())));
        }
        if head.status.is_redirection() && head.status != StatusCode::NOT_MODIFIED {
            let location = self.own_location(&head.headers, &prepared.method, head.status);
            let Some(location) = location else {
                return unusable("redirect-refused", "The upstream sends us where nobody allowed us to go.");
            };
            headers.insert(LOCATION, location);
        }
        let measure = Measure {
            bytes_max: bounds.response_bytes,
            idle: Duration::from_secs_f64(bounds.idle_secs),
            whole: Duration::from_secs_f64(bounds.stream_secs),
        };
        exchange.set_status(head.status);
        let body = Metered::new(body, Way::Down, measure, exchange, Some(place));
        let mut response = Response::new(Body::new(body));
        *response.status_mut() = head.status;
        *response.headers_mut() = headers;
        Ok(response)
    }

    /// Where a redirect leads under the proxy's own address, if that is allowed: the browser then asks for it there.
    fn own_location(&self, headers: &HeaderMap, method: &Method, status: StatusCode) -> Option<HeaderValue> {
        let location = headers.get(LOCATION)?.to_str().ok()?;
        let rest = match location.strip_prefix(&self.origin) {
            Some(rest) => rest,
            None if location.starts_with('/') && !location.starts_with("//") => location,
            None => return None,
        };
        let rest = rest.strip_prefix(&self.prefix)?.split('#').next().unwrap_or_default();
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        let same = matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
        let method = if same { method } else { &Method::GET };
        self.pattern(method, &path::segments(path).ok()?)?;
        // The address as a whole has to be one that we would ask; the secret parameter must not be part of it.
        self.address(path, query).ok()?;
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        format!("{PREFIX}{}{path}{query}", self.name).parse().ok()
    }
}

/// The body to send, and the same again where it can be had: none, or a small one that is read first.
async fn repeatable(
    body: Metered<Body>,
    has_body: bool,
    exact: Option<u64>,
    exchange: &Exchange,
) -> Result<(Body, Option<Body>), Problem> {
    if !has_body {
        return Ok((Body::empty(), Some(Body::empty())));
    }
    if exact.is_none_or(|n_bytes| n_bytes > REPEATABLE_BYTES_MAX) {
        return Ok((Body::new(body), None));
    }
    let bytes: Bytes = body.collect().await.map_err(|_| body_failure(exchange.cut()))?.to_bytes();
    Ok((Body::from(bytes.clone()), Some(Body::from(bytes))))
}

fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", "The body is larger than allowed.")
}

fn too_slow() -> Problem {
    Problem::new(StatusCode::GATEWAY_TIMEOUT, "upstream-too-slow", "The upstream did not answer in time.")
}

/// What to say when the client's own body was the reason.
fn body_failure(cut: Cut) -> Problem {
    match cut {
        Cut::TooLarge => too_large(),
        Cut::Idle | Cut::Late => {
            Problem::new(StatusCode::REQUEST_TIMEOUT, "body-too-slow", "The body took too long.")
        }
        _ => Problem::bad_request("body-broken", "The body broke off."),
    }
}

/// What to say when there is no answer.
fn failure(error: &hyper_util::client::legacy::Error, exchange: &Exchange) -> Problem {
    if exchange.cut() != Cut::Whole {
        return body_failure(exchange.cut());
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(it) = cause {
        // An error of input and output holds what it was made from without naming it as its source.
        let inner = it.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if it.is::<address::Private>() || inner.is_some_and(|inner| inner.is::<address::Private>()) {
            let text = "The upstream's name leads to a private address.";
            return Problem::new(StatusCode::BAD_GATEWAY, "private-address", text);
        }
        let io = it.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::TimedOut) {
            return too_slow();
        }
        cause = it.source();
    }
    if error.is_connect() {
        let text = "There is no connection to the upstream.";
        return Problem::new(StatusCode::BAD_GATEWAY, "no-connection", text);
    }
    Problem::new(StatusCode::BAD_GATEWAY, "upstream-broken", "The upstream broke off before it answered.")
}
