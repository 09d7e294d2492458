//! The one file that configures the proxy: its forms, and what is refused in them.
//!
//! Everything that a person writes is checked here, once, before the first request: a mistake stops the start with a sentence
//! that names its place. Secrets stand in the environment or in files of their own, never in this file.

mod form;
mod openapi;
mod secret;

pub(crate) use form::{
    AccessForm, Algorithm, AuthForm, ClientAuth, Encoding, JwtForm, Limits, Style, TlsForm, UpstreamForm,
    WebhookForm,
};
pub(crate) use secret::{Secret, SecretForm, TextForm};

use crate::path::Pattern;
use anyhow::{Context, Result, bail, ensure};
use form::File;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Most bytes of the configuration file.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Most bytes of an OpenAPI document.
const DOCUMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Longest name of an upstream or a webhook.
const NAME_CHARS_MAX: usize = 40;

/// The configuration after all checks that need no network and no secret.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    /// The values of the `Host` header that this proxy answers to, in lower case; empty stands for this machine's own names.
    pub(crate) hosts: BTreeSet<String>,
    /// The origins of pages that may call, beside the proxy's own.
    pub(crate) origins: BTreeSet<String>,
    pub(crate) public_url: Option<String>,
    pub(crate) site: Option<PathBuf>,
    pub(crate) tls: Option<TlsForm>,
    pub(crate) access: AccessForm,
    pub(crate) limits: Limits,
    pub(crate) upstreams: BTreeMap<String, UpstreamForm>,
    pub(crate) webhooks: BTreeMap<String, WebhookForm>,
    /// Paths in the file are relative to its own folder.
    pub(crate) folder: PathBuf,
}

impl Config {
    /// Reads and checks the file.
    ///
    /// # Errors
    /// When it cannot be read, is not of the expected form, or would configure something unsafe.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let text = read_limited(path, FILE_BYTES_MAX)?;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        Self::parse(&text, folder).with_context(|| format!("in {}", path.display()))
    }

    fn parse(text: &str, folder: PathBuf) -> Result<Self> {
        let file: File = toml::from_str(text)?;
        let public_url = file.public_url.map(|url| url.trim_end_matches('/').to_owned());
        let config = Self {
            listen: file.listen,
            hosts: file.hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
            origins: file.origins.into_iter().collect(),
            public_url,
            site: file.site.map(|site| folder.join(site)),
            tls: file.tls,
            access: file.access,
            limits: file.limits,
            upstreams: file.upstream,
            webhooks: file.webhook,
            folder,
        };
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        ensure!(
            self.listen.ip().is_loopback() || !self.hosts.is_empty(),
            "`hosts` must list the names that this proxy is reached by, because `listen` is open to other machines"
        );
        for origin in &self.origins {
            let rest = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            let plain = rest.is_some_and(|rest| {
                !rest.is_empty() && rest.chars().all(|c| c.is_ascii_alphanumeric() || "-.:[]".contains(c))
            });
            ensure!(plain, "`origins`: {origin:?} is not an origin such as https://maps.example.com");
        }
        if let Some(url) = &self.public_url {
            ensure!(is_web_address(url), "`public_url` is not an address such as https://gate.example.com");
        }
        ensure!(
            !self.access.tokens.is_empty() || self.access.jwt.is_some(),
            "`access` needs at least one of `tokens` and `jwt`; without it nobody could call"
        );
        for (name, upstream) in &self.upstreams {
            check_name(name).with_context(|| format!("upstream.{name}"))?;
            upstream.check(self).with_context(|| format!("upstream.{name}"))?;
        }
        for (name, webhook) in &self.webhooks {
            check_name(name).with_context(|| format!("webhook.{name}"))?;
            webhook.check(self).with_context(|| format!("webhook.{name}"))?;
        }
        Ok(())
    }

    /// What may be asked of an upstream: the patterns written by hand, and those of its OpenAPI document.
    ///
    /// # Errors
    /// When a pattern or the document cannot be read, or nothing at all is allowed.
    pub(crate) fn patterns(&self, upstream: &UpstreamForm) -> Result<Vec<(String, Pattern)>> {
        let mut allowed = Vec::new();
        for line in &upstream.allow {
            let (method, path) =
                line.split_once(' ').with_context(|| format!("{line:?} is not a method and a path"))?;
            allowed.push((check_method(method)?, Pattern::parse(path.trim())?));
        }
        if let Some(document) = &upstream.openapi {
            let path = self.folder.join(document);
            let text = read_limited(&path, DOCUMENT_BYTES_MAX)?;
            let methods =
                upstream.methods.iter().map(|method| check_method(method)).collect::<Result<_>>()?;
            let found = openapi::operations(&text, &methods)
                .with_context(|| format!("in the document {}", path.display()))?;
            allowed.extend(found);
        }
        if allowed.is_empty() {
            bail!("nothing is allowed: `allow` is empty, and no `openapi` document names an operation");
        }
        Ok(allowed)
    }
}

fn check_name(name: &str) -> Result<()> {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    ensure!(
        plain && !name.is_empty() && name.len() <= NAME_CHARS_MAX,
        "a name has 1 to {NAME_CHARS_MAX} of the characters a-z, 0-9 and -"
    );
    Ok(())
}

fn check_method(method: &str) -> Result<String> {
    const KNOWN: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
    ensure!(KNOWN.contains(&method), "{method:?} is none of the methods {}", KNOWN.join(", "));
    Ok(method.to_owned())
}

/// Whether a text is an `http` or `https` address without user, query and fragment.
pub(crate) fn is_web_address(text: &str) -> bool {
    let Ok(uri) = text.parse::<hyper::Uri>() else { return false };
    let scheme = matches!(uri.scheme_str(), Some("http" | "https"));
    let host = uri.authority().is_some_and(|it| !it.as_str().contains('@') && !it.host().is_empty());
    scheme && host && uri.query().is_none() && !text.contains('#')
}

/// Reads a text file of at most so many bytes.
fn read_limited(path: &Path, n_bytes_max: u64) -> Result<String> {
    let about = || format!("cannot read {}", path.display());
    let n_bytes = fs::metadata(path).with_context(about)?.len();
    ensure!(n_bytes <= n_bytes_max, "{} has {n_bytes} bytes; {n_bytes_max} are allowed", path.display());
    fs::read_to_string(path).with_context(about)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config> {
        let access = "[access]\ntokens = [{ name = \"me\", secret = { env = \"X\" } }]\n";
        Config::parse(&format!("{text}\n{access}"), PathBuf::new())
    }

    fn refused(text: &str, why: &str) {
        let error = parse(text).expect_err("must be refused");
        assert!(format!("{error:#}").contains(why), "{text}\nwas refused as {error:#}, not for {why}");
    }

    fn upstream(lines: &str) -> String {
        format!("listen = \"127.0.0.1:0\"\n[upstream.a]\n{lines}\n")
    }

    #[test]
    fn what_would_be_unsafe_is_refused() {
        refused("listen = \"0.0.0.0:80\"", "`hosts`");
        refused("listen = \"127.0.0.1:1\"\norigins = [\"*\"]", "not an origin");
        refused("listen = \"127.0.0.1:1\"\norigins = [\"https://a.example/path\"]", "not an origin");
        refused("listen = \"127.0.0.1:1\"\nspelt_wrong = 1", "spelt_wrong");
        refused(&upstream("base = \"ftp://a.example\"\nallow = [\"GET /\"]"), "base");
        refused(&upstream("base = \"https://me@a.example\"\nallow = [\"GET /\"]"), "base");
        refused(&upstream("base = \"http://a.example\"\nallow = [\"GET /\"]"), "https");
        refused(&upstream("base = \"https://127.0.0.1\"\nallow = [\"GET /\"]"), "private");
        refused(&upstream("base = \"https://[::ffff:10.0.0.1]\"\nallow = [\"GET /\"]"), "private");
        let headers = |names: &str| format!("base = \"https://a.example\"\nrequest_headers = [{names}]");
        for name in ["Host", "cookie", "Authorization", "transfer-encoding", "X-Forwarded-For", "Upgrade"] {
            refused(&upstream(&headers(&format!("{name:?}"))), "never forwarded");
        }
        let headers = |names: &str| format!("base = \"https://a.example\"\nresponse_headers = [{names}]");
        for name in ["Set-Cookie", "Access-Control-Allow-Origin", "Content-Encoding", "Location"] {
            refused(&upstream(&headers(&format!("{name:?}"))), "never forwarded");
        }
    }

    #[test]
    fn a_secret_in_the_file_is_refused() {
        let text =
            upstream("base = \"https://a.example\"\nauth = { kind = \"bearer\", secret = \"sk_live_1\" }");
        let error = format!("{:#}", parse(&text).expect_err("a secret in the clear"));
        assert!(!error.contains("bearer\", secret = \"sk_live_1\" }\n\n"), "the refusal is short: {error}");
    }

    #[test]
    fn the_example_is_in_order() {
        let config = Config::parse(include_str!("../../example.toml"), PathBuf::new()).expect("in order");
        let usual = Limits::default();
        assert_eq!(format!("{:?}", config.limits), format!("{usual:?}"), "it shows the defaults");
        let (shown, usual) = (&config.upstreams["hubspot"].bounds, &config.upstreams["stripe"].bounds);
        assert_eq!(format!("{shown:?}"), format!("{usual:?}"), "these too");
    }

    #[test]
    fn what_is_misspelt_in_an_upstream_is_refused() {
        refused(&upstream("base = \"https://a.example\"\nconnect_sec = 1"), "connect_sec");
    }

    #[test]
    fn without_a_pattern_nothing_is_allowed() {
        let config = parse(&upstream("base = \"https://a.example\"")).expect("the form is right");
        let error = config.patterns(&config.upstreams["a"]).expect_err("nothing is allowed");
        assert!(error.to_string().contains("nothing is allowed"), "{error:#}");
    }
}
