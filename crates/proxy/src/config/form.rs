//! The forms of the configuration file, field by field, with their defaults.

use super::{Config, SecretForm, TextForm, is_web_address};
use crate::address;
use anyhow::{Context, Result, ensure};
use hyper::{HeaderMap, Uri, header::HeaderName};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) listen: SocketAddr,
    #[serde(default)]
    pub(crate) hosts: Vec<String>,
    #[serde(default)]
    pub(crate) origins: Vec<String>,
    pub(crate) public_url: Option<String>,
    pub(crate) site: Option<PathBuf>,
    pub(crate) tls: Option<TlsForm>,
    pub(crate) access: AccessForm,
    #[serde(default)]
    pub(crate) limits: Limits,
    #[serde(default)]
    pub(crate) upstream: BTreeMap<String, UpstreamForm>,
    #[serde(default)]
    pub(crate) webhook: BTreeMap<String, WebhookForm>,
}

/// How it shows itself to clients. Without this it listens in plain HTTP.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TlsForm {
    /// The certificate and those between it and its authority, as PEM.
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// Who may call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessForm {
    #[serde(default)]
    pub(crate) tokens: Vec<TokenForm>,
    pub(crate) jwt: Option<JwtForm>,
}

/// One session token and the name that its holder has in the log.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenForm {
    pub(crate) name: String,
    pub(crate) secret: SecretForm,
}

/// Tokens that an identity provider signs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JwtForm {
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) jwks_url: String,
    #[serde(default)]
    pub(crate) allow_private: bool,
    pub(crate) ca_file: Option<PathBuf>,
}

/// What one client, and all of them together, may use.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    /// Requests a second of one client, in the long run.
    pub(crate) client_rate: f64,
    /// Requests that one client may make at once after a pause.
    pub(crate) client_burst: f64,
    /// Streams of hints that one client may hold open.
    pub(crate) client_hint_streams: usize,
    /// Connections at the same time; further ones wait.
    pub(crate) connections: usize,
    /// Longest wait for the head of a request, in seconds.
    pub(crate) head_secs: f64,
    /// Longest wait for a client to take more of an answer, in seconds.
    pub(crate) write_secs: f64,
    /// Largest head of a request, in bytes.
    pub(crate) head_bytes: usize,
    /// Longest wait for open answers when stopping, in seconds.
    pub(crate) stop_secs: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            client_rate: 50.0,
            client_burst: 200.0,
            client_hint_streams: 16,
            connections: 2048,
            head_secs: 10.0,
            write_secs: 60.0,
            head_bytes: 32 * 1024,
            stop_secs: 10.0,
        }
    }
}

/// One system behind the proxy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpstreamForm {
    pub(crate) base: String,
    #[serde(default)]
    pub(crate) auth: AuthForm,
    #[serde(default)]
    pub(crate) allow: Vec<String>,
    pub(crate) openapi: Option<PathBuf>,
    #[serde(default = "reading")]
    pub(crate) methods: Vec<String>,
    #[serde(default)]
    pub(crate) request_headers: Vec<String>,
    #[serde(default)]
    pub(crate) response_headers: Vec<String>,
    #[serde(default)]
    pub(crate) set_headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) allow_private: bool,
    #[serde(default)]
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) ca_file: Option<PathBuf>,
    #[serde(flatten)]
    pub(crate) bounds: Bounds,
}

/// How long, how much and how often.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Bounds {
    /// Longest wait for a connection, in seconds.
    pub(crate) connect_secs: f64,
    /// Longest wait for the head of an answer, in seconds.
    pub(crate) answer_secs: f64,
    /// Longest pause within a body, in seconds.
    pub(crate) idle_secs: f64,
    /// Longest time for a whole request body, in seconds.
    pub(crate) upload_secs: f64,
    /// Longest time for a whole answer, in seconds.
    pub(crate) stream_secs: f64,
    /// Largest request body.
    pub(crate) request_bytes: u64,
    /// Largest answer body.
    pub(crate) response_bytes: u64,
    /// Requests a second, in the long run, of all clients together.
    pub(crate) rate: f64,
    /// Requests at once after a pause.
    pub(crate) burst: f64,
    /// Requests at the same time.
    pub(crate) concurrent: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connect_secs: 10.0,
            answer_secs: 30.0,
            idle_secs: 30.0,
            upload_secs: 60.0,
            stream_secs: 900.0,
            request_bytes: 1024 * 1024,
            response_bytes: 64 * 1024 * 1024,
            rate: 50.0,
            burst: 100.0,
            concurrent: 256,
        }
    }
}

/// How the proxy proves to an upstream who it is.
#[derive(Debug, Default, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum AuthForm {
    #[default]
    None,
    Header {
        name: String,
        secret: SecretForm,
        #[serde(default)]
        prefix: String,
    },
    Query {
        name: String,
        secret: SecretForm,
    },
    Bearer {
        secret: SecretForm,
    },
    Basic {
        user: TextForm,
        password: Option<SecretForm>,
    },
    ClientCredentials {
        token_url: String,
        client_id: TextForm,
        client_secret: SecretForm,
        #[serde(default)]
        client_auth: ClientAuth,
        #[serde(default)]
        scope: String,
        #[serde(default)]
        extra: BTreeMap<String, String>,
    },
    AuthorizationCode {
        authorize_url: String,
        token_url: String,
        client_id: TextForm,
        client_secret: Option<SecretForm>,
        #[serde(default)]
        client_auth: ClientAuth,
        #[serde(default)]
        scope: String,
        refresh_token: Option<SecretForm>,
        #[serde(default)]
        extra: BTreeMap<String, String>,
    },
}

/// How a client shows its secret to a token endpoint (RFC 6749, section 2.3.1).
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClientAuth {
    #[default]
    Basic,
    Body,
}

/// One place that an upstream calls when something has changed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookForm {
    pub(crate) style: Style,
    pub(crate) secret: SecretForm,
    pub(crate) upstream: String,
    /// Largest difference between the signed time and now, in seconds.
    #[serde(default = "five_minutes")]
    pub(crate) tolerance_secs: u64,
    #[serde(default = "one_mebibyte")]
    pub(crate) body_bytes: usize,
    /// For the generic style: the header with the signature.
    pub(crate) header: Option<String>,
    #[serde(default)]
    pub(crate) prefix: String,
    #[serde(default)]
    pub(crate) algorithm: Algorithm,
    #[serde(default)]
    pub(crate) encoding: Encoding,
}

/// Whose way of signing.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Style {
    Stripe,
    Intercom,
    Slack,
    Zendesk,
    Hubspot,
    Github,
    Standard,
    Generic,
}

/// The digest of a generic signature.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Algorithm {
    Sha1,
    #[default]
    Sha256,
    Sha512,
}

/// How a generic signature is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Encoding {
    #[default]
    Hex,
    Base64,
}

fn reading() -> Vec<String> {
    vec!["GET".to_owned()]
}

fn five_minutes() -> u64 {
    300
}

fn one_mebibyte() -> usize {
    1024 * 1024
}

/// Headers that end at the proxy in either direction: they belong to one connection, to one origin, or to the proxy itself.
const OWN_HEADERS: [&str; 22] = [
    "connection",
    "content-encoding",
    "content-length",
    "cookie",
    "cookie2",
    "desirepath-proxy",
    "expect",
    "forwarded",
    "host",
    "http2-settings",
    "keep-alive",
    "location",
    "origin",
    "set-cookie",
    "set-cookie2",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-http-method",
    "x-http-method-override",
];
/// Beginnings of the names of such headers.
const OWN_PREFIXES: [&str; 5] =
    ["access-control-", "content-security-policy", "proxy-", "sec-", "x-forwarded-"];

/// Whether a header must never pass, whatever the configuration says.
fn is_own(name: &str) -> bool {
    OWN_HEADERS.contains(&name) || OWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

impl UpstreamForm {
    pub(super) fn check(&self, config: &Config) -> Result<()> {
        ensure!(is_web_address(&self.base), "`base` is not an address such as https://api.example.com/v1");
        let uri: Uri = self.base.parse()?;
        ensure!(
            self.allow_private || uri.scheme_str() == Some("https"),
            "`base` must be https, or secrets would travel in the clear; \
             `allow_private = true` permits http inside your own network"
        );
        let literal = address::literal(uri.host().unwrap_or_default());
        for address in literal.iter().chain(&self.addresses) {
            ensure!(
                self.allow_private || address::is_public(*address),
                "{address} is a private address; `allow_private = true` permits it"
            );
        }
        for name in &self.request_headers {
            check_header(name, &["authorization"])?;
        }
        for name in &self.response_headers {
            check_header(name, &[])?;
        }
        for (name, value) in &self.set_headers {
            check_header(name, &["authorization"])?;
            let mut headers = HeaderMap::new();
            headers.insert(name.parse::<HeaderName>()?, value.parse().context("`set_headers`")?);
        }
        self.bounds.check()?;
        self.auth.check(config, self.allow_private)
    }
}

fn check_header(name: &str, also_own: &[&str]) -> Result<()> {
    let parsed: HeaderName = name.parse().with_context(|| format!("{name:?} is not the name of a header"))?;
    let own = is_own(parsed.as_str()) || also_own.contains(&parsed.as_str());
    ensure!(!own, "the header {name} is never forwarded");
    Ok(())
}

impl Bounds {
    fn check(&self) -> Result<()> {
        let times = [self.connect_secs, self.answer_secs, self.idle_secs, self.upload_secs, self.stream_secs];
        ensure!(times.iter().all(|secs| *secs > 0.0 && *secs <= 86_400.0), "a time is 0 to 86400 seconds");
        ensure!(self.rate > 0.0 && self.burst >= 1.0, "`rate` is above 0, `burst` at least 1");
        ensure!(self.concurrent > 0, "`concurrent` is at least 1");
        Ok(())
    }
}

impl AuthForm {
    fn check(&self, config: &Config, allow_private: bool) -> Result<()> {
        let secure = |url: &str, what: &str| -> Result<()> {
            ensure!(is_web_address(url), "`{what}` is not an address");
            ensure!(allow_private || url.starts_with("https://"), "`{what}` must be https");
            Ok(())
        };
        match self {
            Self::None | Self::Bearer { .. } | Self::Basic { .. } => Ok(()),
            Self::Header { name, .. } => check_header(name, &[]),
            Self::Query { name, .. } => {
                let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
                ensure!(plain && !name.is_empty(), "{name:?} is not the plain name of a parameter");
                Ok(())
            }
            Self::ClientCredentials { token_url, .. } => secure(token_url, "token_url"),
            Self::AuthorizationCode { authorize_url, token_url, .. } => {
                ensure!(config.public_url.is_some(), "the way back after consent needs `public_url`");
                secure(authorize_url, "authorize_url")?;
                secure(token_url, "token_url")
            }
        }
    }
}

impl WebhookForm {
    pub(super) fn check(&self, config: &Config) -> Result<()> {
        ensure!(
            config.upstreams.contains_key(&self.upstream),
            "`upstream` names {:?}, which is not configured",
            self.upstream
        );
        ensure!(
            self.style != Style::Hubspot || config.public_url.is_some(),
            "HubSpot signs the address it calls, so `public_url` is needed"
        );
        ensure!(
            (self.style == Style::Generic) == self.header.is_some(),
            "`header` belongs to the generic style, and only to it"
        );
        if let Some(header) = &self.header {
            header
                .parse::<HeaderName>()
                .with_context(|| format!("{header:?} is not the name of a header"))?;
        }
        Ok(())
    }
}
