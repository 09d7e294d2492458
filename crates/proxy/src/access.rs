//! Access: who is calling, by a session token or by a token that an identity provider signed.
//!
//! The token comes in the `Authorization` header and nowhere else: a page of another origin cannot make a browser add it, which
//! is what keeps foreign pages, embedded pictures and plain links out.

use crate::{
    config::{Config, JwtForm, Secret},
    jwt,
    outgoing::{self, Outgoing},
    problem::Problem,
};
use anyhow::{Context, Result, ensure};
use axum::body::Body;
use hyper::{HeaderMap, Request, StatusCode, header::AUTHORIZATION};
use jsonwebtoken::jwk::JwkSet;
use ring::digest::{SHA256, digest};
use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};
use subtle::{Choice, ConstantTimeEq};

/// Shortest session token, in characters.
const TOKEN_CHARS_MIN: usize = 32;
/// Longest token that is looked at.
const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// Largest set of keys of an identity provider.
const KEY_SET_BYTES_MAX: usize = 256 * 1024;
/// Longest wait for it.
const KEY_SET_TIME: Duration = Duration::from_secs(10);
/// How often the keys are asked for at most, however many tokens name unknown ones.
const KEY_SET_PAUSE: Duration = Duration::from_secs(30);
/// After this time the keys are asked for again, so that a withdrawn one is forgotten.
const KEY_SET_AGE: Duration = Duration::from_secs(3600);

/// Who calls, as the log and the limits know it.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) name: Arc<str>,
}

/// Everything that a token is checked against.
#[derive(Debug)]
pub(crate) struct Access {
    tokens: Vec<(Arc<str>, [u8; 32])>,
    provider: Option<Provider>,
}

/// An identity provider and its keys.
#[derive(Debug)]
struct Provider {
    form: JwtForm,
    client: Outgoing,
    keys: RwLock<Option<Keys>>,
    /// Held while the keys are asked for: the time of the last try.
    asking: tokio::sync::Mutex<Option<Instant>>,
}

#[derive(Clone, Debug)]
struct Keys {
    set: Arc<JwkSet>,
    at: Instant,
}

impl Access {
    /// # Errors
    /// When a session token is missing or too short.
    pub(crate) fn new(config: &Config) -> Result<Self> {
        let mut tokens = Vec::new();
        for form in &config.access.tokens {
            let secret: Secret =
                form.secret.load(&config.folder).with_context(|| format!("the token of {:?}", form.name))?;
            ensure!(
                secret.reveal().len() >= TOKEN_CHARS_MIN,
                "the token of {:?} has fewer than {TOKEN_CHARS_MIN} characters",
                form.name
            );
            tokens.push((form.name.as_str().into(), hash(secret.reveal())));
        }
        let provider = match &config.access.jwt {
            Some(form) => Some(Provider::new(form, &config.folder)?),
            None => None,
        };
        Ok(Self { tokens, provider })
    }

    /// Says who calls.
    ///
    /// # Errors
    /// When the request has no token, or one that is not valid.
    pub(crate) async fn client(&self, headers: &HeaderMap) -> Result<Client, Problem> {
        let refused =
            || Problem::new(StatusCode::UNAUTHORIZED, "no-access", "A valid session token is needed.");
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else { return Err(refused()) };
        let token = value.to_str().ok().and_then(bearer).ok_or_else(refused)?;
        if let Some(name) = self.session(token) {
            return Ok(Client { name });
        }
        let Some(provider) = self.provider.as_ref().filter(|_| token.matches('.').count() == 2) else {
            return Err(refused());
        };
        let name = provider.subject(token).await.ok_or_else(refused)?;
        Ok(Client { name: name.into() })
    }

    /// The holder of a session token. Every token is compared, each in constant time.
    fn session(&self, token: &str) -> Option<Arc<str>> {
        let given = hash(token);
        let mut found = None;
        for (name, known) in &self.tokens {
            let same: Choice = known.ct_eq(&given);
            if bool::from(same) {
                found = Some(Arc::clone(name));
            }
        }
        found
    }
}

fn hash(text: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    bytes
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let right = scheme.eq_ignore_ascii_case("bearer") && token.len() <= TOKEN_BYTES_MAX;
    right.then(|| token.trim()).filter(|token| !token.is_empty())
}

impl Provider {
    fn new(form: &JwtForm, folder: &Path) -> Result<Self> {
        ensure!(
            form.allow_private || form.jwks_url.starts_with("https://"),
            "`access.jwt`: `jwks_url` must be https, or anybody on the way could put in keys"
        );
        let ca_file = form.ca_file.as_ref().map(|file| folder.join(file));
        let client = outgoing::client(form.allow_private, &[], ca_file.as_deref(), KEY_SET_TIME)?;
        let form = JwtForm {
            issuer: form.issuer.clone(),
            audience: form.audience.clone(),
            jwks_url: form.jwks_url.clone(),
            allow_private: form.allow_private,
            ca_file: None,
        };
        Ok(Self { form, client, keys: RwLock::default(), asking: tokio::sync::Mutex::default() })
    }

    /// The subject of a token that is valid now.
    async fn subject(&self, token: &str) -> Option<String> {
        let known = self.known();
        let fresh = known.as_ref().is_some_and(|keys| keys.at.elapsed() < KEY_SET_AGE);
        let has_key = known.as_ref().is_some_and(|keys| jwt::names_key(token, &keys.set));
        let keys = if fresh && has_key { known } else { self.ask().await.or(known) };
        jwt::subject(token, &keys?.set, &self.form.issuer, &self.form.audience)
    }

    fn known(&self) -> Option<Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks for the keys, once for all who wait, and not more often than the pause allows.
    async fn ask(&self) -> Option<Keys> {
        let mut last = self.asking.lock().await;
        if last.is_some_and(|at| at.elapsed() < KEY_SET_PAUSE) {
            return self.known();
        }
        *last = Some(Instant::now());
        let request = Request::get(&self.form.jwks_url).body(Body::empty()).ok()?;
        let answer = outgoing::small_answer(&self.client, request, KEY_SET_BYTES_MAX, KEY_SET_TIME).await;
        let answer = match answer {
            Ok(answer) if answer.status() == StatusCode::OK => answer,
            Ok(answer) => {
                eprintln!("desirepath-proxy: the identity provider's keys: status {}", answer.status());
                return None;
            }
            Err(error) => {
                eprintln!("desirepath-proxy: the identity provider's keys: {error:#}");
                return None;
            }
        };
        let set: JwkSet = serde_json::from_slice(answer.body()).ok()?;
        let keys = Keys { set: Arc::new(set), at: Instant::now() };
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Some(keys.clone());
        Some(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bearer_token_counts() {
        assert_eq!(bearer("Bearer abc"), Some("abc"), "as it is");
        assert_eq!(bearer("bearer abc"), Some("abc"), "schemes have no case");
        for value in ["abc", "Basic abc", "Bearer", "Bearer  ", "Bearerabc"] {
            assert_eq!(bearer(value), None, "{value:?} is no bearer token");
        }
    }

    #[test]
    fn the_right_holder_is_found() {
        let tokens = vec![("anna".into(), hash("a-token")), ("ben".into(), hash("b-token"))];
        let access = Access { tokens, provider: None };
        assert_eq!(access.session("b-token").as_deref(), Some("ben"), "each has a name");
        assert_eq!(access.session("b-toke"), None, "the beginning of a token is none");
        assert_eq!(access.session(""), None, "nothing is none");
    }
}
