//! Upstreams: what one may be asked, how, and with which proof of who asks.

use crate::{
    config::{AuthForm, Config, Secret, UpstreamForm},
    limits::Buckets,
    oauth::{Consent, Grant, GrantParts, Token},
    outgoing::{self, Outgoing},
    path::Pattern,
    problem::Problem,
    record::Record,
};
use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use hyper::{
    HeaderMap, Method, Uri,
    header::{AUTHORIZATION, HeaderName, HeaderValue},
};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
    sync::Arc,
    time::Duration,
};
use tokio::sync::Semaphore;

/// Headers of a request that every upstream gets.
const REQUEST_HEADERS: [&str; 12] = [
    "accept",
    "accept-language",
    "content-language",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "prefer",
    "range",
];
/// Headers of an answer that every client gets.
const RESPONSE_HEADERS: [&str; 24] = [
    "accept-ranges",
    "content-language",
    "content-range",
    "content-type",
    "date",
    "deprecation",
    "etag",
    "idempotent-replayed",
    "last-modified",
    "link",
    "ratelimit",
    "ratelimit-limit",
    "ratelimit-policy",
    "ratelimit-remaining",
    "ratelimit-reset",
    "request-id",
    "retry-after",
    "sunset",
    "x-rate-limit-limit",
    "x-rate-limit-remaining",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
];

/// One upstream, ready to be asked.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) name: &'static str,
    pub(crate) client: Outgoing,
    pub(crate) form: UpstreamForm,
    /// Scheme and host with port, as in the base address.
    pub(crate) origin: String,
    /// The path of the base address, without a slash at its end.
    pub(crate) prefix: String,
    /// Patterns by method and number of segments; those with an open end under the number 0, the plainest first.
    allowed: HashMap<(String, usize), Vec<Pattern>>,
    /// Names of headers that pass, in lower case.
    pub(crate) request_headers: BTreeSet<String>,
    pub(crate) response_headers: BTreeSet<String>,
    set_headers: HeaderMap,
    pub(crate) auth: Auth,
    pub(crate) bucket: Buckets,
    pub(crate) places: Arc<Semaphore>,
}

/// The proof itself.
#[derive(Debug)]
pub(crate) enum Auth {
    None,
    /// A header with a fixed value, which is marked as sensitive.
    Header(HeaderName, HeaderValue),
    /// A parameter of the query: its name, and its value as it is encoded.
    Query(String, Secret),
    Grant(Box<Grant>),
}

impl Upstream {
    /// # Errors
    /// When a secret is missing, or a file cannot be read.
    pub(crate) fn new(
        config: &Config,
        name: &'static str,
        form: UpstreamForm,
        record: &Arc<Record>,
    ) -> Result<Self> {
        let uri: Uri = form.base.parse()?;
        let scheme = uri.scheme_str().unwrap_or("https");
        let origin = format!("{scheme}://{}", uri.authority().context("`base` has no host")?);
        let ca_file = form.ca_file.as_ref().map(|file| config.folder.join(file));
        let connect = Duration::from_secs_f64(form.bounds.connect_secs);
        let client = outgoing::client(form.allow_private, &form.addresses, ca_file.as_deref(), connect)?;
        let names = |usual: &[&str], more: &[String]| -> BTreeSet<String> {
            let more = more.iter().map(|name| name.to_ascii_lowercase());
            usual.iter().map(|name| (*name).to_owned()).chain(more).collect()
        };
        let mut set_headers = HeaderMap::new();
        for (name, value) in &form.set_headers {
            set_headers.insert(name.parse::<HeaderName>()?, value.parse()?);
        }
        let auth = auth(config, name, &form, ca_file.as_deref(), record)?;
        Ok(Self {
            name,
            client,
            origin,
            prefix: uri.path().trim_end_matches('/').to_owned(),
            allowed: by_shape(config.patterns(&form)?),
            request_headers: names(&REQUEST_HEADERS, &form.request_headers),
            response_headers: names(&RESPONSE_HEADERS, &form.response_headers),
            set_headers,
            auth,
            bucket: Buckets::new(form.bounds.rate, form.bounds.burst),
            places: Arc::new(Semaphore::new(form.bounds.concurrent)),
            form,
        })
    }

    /// The pattern that allows a request.
    pub(crate) fn pattern(&self, method: &Method, segments: &[String]) -> Option<&Pattern> {
        let find = |n: usize| {
            let patterns = self.allowed.get(&(method.as_str().to_owned(), n))?;
            patterns.iter().find(|pattern| pattern.matches(segments))
        };
        // The key 0 also holds the root, which is nobody's open end.
        find(segments.len()).or_else(|| find(0))
    }

    /// The address to ask, from the raw path and query of a request, with the secret parameter if there is one.
    ///
    /// # Errors
    /// When the query brings the secret parameter itself, or the address cannot be written.
    pub(crate) fn address(&self, path: &str, query: Option<&str>) -> Result<Uri, Problem> {
        let mut text = format!("{}{}{path}", self.origin, self.prefix);
        let mut query = query.map(str::to_owned);
        if let Auth::Query(name, secret) = &self.auth {
            if query.as_deref().is_some_and(|query| has_parameter(query, name)) {
                let detail = "The query names the parameter that the proxy fills in.";
                return Err(Problem::bad_request("parameter-refused", detail));
            }
            let own = format!("{name}={}", secret.reveal());
            query = Some(match query.filter(|query| !query.is_empty()) {
                Some(query) => format!("{query}&{own}"),
                None => own,
            });
        }
        if let Some(query) = query {
            text.push('?');
            text.push_str(&query);
        }
        text.parse().map_err(|_| Problem::bad_request("address-refused", "The address cannot be written."))
    }

    /// Sets what the configuration says, over anything the client sent.
    pub(crate) fn add_headers(&self, headers: &mut HeaderMap, token: Option<&Token>) -> Result<(), Problem> {
        for (name, value) in &self.set_headers {
            headers.insert(name, value.clone());
        }
        match (&self.auth, token) {
            (Auth::Header(name, value), _) => {
                headers.insert(name, value.clone());
            }
            (Auth::Grant(_), Some(token)) => {
                let value = sensitive(&format!("Bearer {}", token.text.reveal()));
                let value = value.map_err(|_| {
                    let text = "The upstream's token cannot be sent.";
                    Problem::new(hyper::StatusCode::BAD_GATEWAY, "no-token", text)
                })?;
                headers.insert(AUTHORIZATION, value);
            }
            _ => (),
        }
        Ok(())
    }

    /// Whether a header of an answer repeats the secret parameter, as links to a next page do.
    pub(crate) fn repeats_secret(&self, value: &HeaderValue) -> bool {
        match &self.auth {
            Auth::Query(_, secret) => {
                let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
                let plain = percent_decode_str(secret.reveal()).decode_utf8_lossy().into_owned();
                text.contains(secret.reveal()) || text.contains(&plain)
            }
            _ => false,
        }
    }
}

/// Whether a query has a parameter, however its name is encoded.
fn has_parameter(query: &str, name: &str) -> bool {
    query.split(['&', ';']).any(|pair| {
        let raw = pair.split('=').next().unwrap_or_default().replace('+', " ");
        let decoded = percent_decode_str(&raw).decode_utf8_lossy().into_owned();
        // Some frameworks take `a[]` and `a[0]` for `a`, and look at no case.
        let base = decoded.split('[').next().unwrap_or_default().trim();
        base.eq_ignore_ascii_case(name)
    })
}

fn by_shape(patterns: Vec<(String, Pattern)>) -> HashMap<(String, usize), Vec<Pattern>> {
    let mut allowed: HashMap<(String, usize), Vec<Pattern>> = HashMap::new();
    for (method, pattern) in patterns {
        let shape = if pattern.has_open_end() { 0 } else { pattern.n_segments() };
        allowed.entry((method, shape)).or_default().push(pattern);
    }
    for patterns in allowed.values_mut() {
        patterns.sort_by_key(Pattern::n_parameters);
    }
    allowed
}

fn sensitive(text: &str) -> Result<HeaderValue> {
    let mut value: HeaderValue = text.parse().ok().context("a secret cannot stand in a header")?;
    value.set_sensitive(true);
    Ok(value)
}

fn auth(
    config: &Config,
    name: &'static str,
    form: &UpstreamForm,
    ca_file: Option<&Path>,
    record: &Arc<Record>,
) -> Result<Auth> {
    let folder = &config.folder;
    Ok(match &form.auth {
        AuthForm::None => Auth::None,
        AuthForm::Header { name, secret, prefix } => {
            Auth::Header(name.parse()?, sensitive(&format!("{prefix}{}", secret.load(folder)?.reveal()))?)
        }
        AuthForm::Query { name, secret } => {
            let encoded = utf8_percent_encode(secret.load(folder)?.reveal(), NON_ALPHANUMERIC).to_string();
            Auth::Query(name.clone(), Secret::new(encoded))
        }
        AuthForm::Bearer { secret } => {
            Auth::Header(AUTHORIZATION, sensitive(&format!("Bearer {}", secret.load(folder)?.reveal()))?)
        }
        AuthForm::Basic { user, password } => {
            let user = user.load(folder)?;
            let password = password.as_ref().map(|form| form.load(folder)).transpose()?;
            let pair = format!("{}:{}", user.reveal(), password.as_ref().map_or("", Secret::reveal));
            Auth::Header(AUTHORIZATION, sensitive(&format!("Basic {}", STANDARD.encode(pair)))?)
        }
        _ => Auth::Grant(Box::new(grant(config, name, form, ca_file, record)?)),
    })
}

fn grant(
    config: &Config,
    upstream: &'static str,
    form: &UpstreamForm,
    ca_file: Option<&Path>,
    record: &Arc<Record>,
) -> Result<Grant> {
    let folder = &config.folder;
    // The token endpoint is often another host than the API; the fixed addresses are the API's.
    let connect = Duration::from_secs_f64(form.bounds.connect_secs);
    let client = outgoing::client(form.allow_private, &[], ca_file, connect)?;
    let (token_url, client_id, client_secret, client_auth, scope, extra) = match &form.auth {
        AuthForm::ClientCredentials { token_url, client_id, client_secret, client_auth, scope, extra } => {
            (token_url, client_id, Some(client_secret), client_auth, scope, extra)
        }
        AuthForm::AuthorizationCode {
            token_url,
            client_id,
            client_secret,
            client_auth,
            scope,
            extra,
            ..
        } => (token_url, client_id, client_secret.as_ref(), client_auth, scope, extra),
        _ => anyhow::bail!("this authentication has no tokens"),
    };
    let (consent, refresh_token) = match &form.auth {
        AuthForm::AuthorizationCode { authorize_url, refresh_token, .. } => {
            let public_url = config.public_url.as_deref().unwrap_or_default();
            let back = format!("{public_url}/proxy/oauth/callback");
            let file = refresh_token.as_ref().and_then(|form| form.file.as_ref());
            let known = refresh_token.as_ref().filter(|form| !form.is_awaited(folder));
            let consent = Consent::new(authorize_url.clone(), back, file.map(|file| folder.join(file)));
            (Some(consent), known.map(|form| form.load(folder)).transpose()?)
        }
        _ => (None, None),
    };
    let parts = GrantParts {
        upstream,
        client,
        token_url: token_url.clone(),
        client_id: client_id.load(folder)?,
        client_secret: client_secret.map(|form| form.load(folder)).transpose()?,
        client_auth: *client_auth,
        scope: scope.clone(),
        extra: extra.clone(),
        consent,
    };
    Ok(Grant::new(parts, refresh_token, record))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_parameter_is_found_in_any_spelling() {
        for query in [
            "api_key=x",
            "a=1&api_key=x",
            "api%5Fkey=x",
            "%61pi_key",
            "API_KEY=1",
            "a=1;api_key=2",
            "api_key[]=1",
            "api_key%5B0%5D=1",
        ] {
            assert!(has_parameter(query, "api_key"), "{query}");
        }
        for query in ["", "a=api_key", "my_api_key=1", "api_keys=1"] {
            assert!(!has_parameter(query, "api_key"), "{query}");
        }
    }
}
