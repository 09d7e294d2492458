//! OAuth 2: tokens by client credentials, or by a person's consent (authorization code with PKCE), kept fresh.
//!
//! However many requests find a token stale, one asks for the next and the others wait for it. A token endpoint that fails is
//! left in peace for a while. Access tokens are in memory only; a refresh token goes back to the secret file it came from.

use crate::{
    config::{ClientAuth, Secret},
    outgoing::{self, Outgoing},
    problem::Problem,
    record::Record,
};
use anyhow::{Context, Result, bail, ensure};
use axum::body::Body;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hyper::{
    Request, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::{
    digest::{SHA256, digest},
    rand::{SecureRandom, SystemRandom},
};
use std::{
    collections::{BTreeMap, HashMap},
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

/// Largest answer of a token endpoint.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Longest wait for it.
const ANSWER_TIME: Duration = Duration::from_secs(15);
/// A token is renewed this long before it ends, or after half its life, whichever is later in its life.
const AHEAD: Duration = Duration::from_secs(60);
/// Life of a token whose endpoint doesn't say it.
const LIFE_UNSAID: Duration = Duration::from_secs(3600);
/// Rest after a failure, doubled with each further one up to the longest.
const REST: Duration = Duration::from_secs(2);
const REST_MAX: Duration = Duration::from_secs(60);
/// After a token was renewed because the upstream refused it, further refusals within this time renew nothing.
const REFUSAL_PAUSE: Duration = Duration::from_secs(30);
/// Consents that are under way at most, and for how long.
const CONSENTS_MAX: usize = 16;
const CONSENT_TIME: Duration = Duration::from_secs(600);

/// What a form value leaves as it is.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How one upstream's tokens are had, and those that are had.
#[derive(Debug)]
pub(crate) struct Grant {
    parts: GrantParts,
    record: Arc<Record>,
    current: RwLock<Option<Token>>,
    asking: tokio::sync::Mutex<Asking>,
}

/// The parts of a grant that come from the configuration.
#[derive(Debug)]
pub(crate) struct GrantParts {
    pub(crate) upstream: &'static str,
    pub(crate) client: Outgoing,
    pub(crate) token_url: String,
    pub(crate) client_id: Secret,
    pub(crate) client_secret: Option<Secret>,
    pub(crate) client_auth: ClientAuth,
    pub(crate) scope: String,
    pub(crate) extra: BTreeMap<String, String>,
    /// For consent: where people are sent. Without it the client's own credentials are enough.
    pub(crate) consent: Option<Consent>,
}

/// What consent needs besides.
#[derive(Debug)]
pub(crate) struct Consent {
    pub(crate) authorize_url: String,
    pub(crate) redirect_url: String,
    /// Where the refresh token is written when it is new.
    pub(crate) refresh_file: Option<PathBuf>,
    pending: Mutex<HashMap<String, Pending>>,
}

#[derive(Debug)]
struct Pending {
    verifier: Secret,
    at: Instant,
}

/// An access token; the number tells two apart without comparing secrets.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) text: Secret,
    pub(crate) number: u64,
    renew_at: Instant,
}

/// What only one request at a time works with.
#[derive(Debug, Default)]
struct Asking {
    refresh_token: Option<Secret>,
    n_tokens: u64,
    n_failures: u32,
    rest_until: Option<Instant>,
    renewed_for_refusal: Option<Instant>,
    /// The consent was withdrawn or never given; only a person can help.
    needs_consent: bool,
}

impl Consent {
    pub(crate) fn new(authorize_url: String, redirect_url: String, refresh_file: Option<PathBuf>) -> Self {
        Self { authorize_url, redirect_url, refresh_file, pending: Mutex::default() }
    }
}

impl Grant {
    /// With the refresh token of an earlier consent, where there is one.
    pub(crate) fn new(parts: GrantParts, refresh_token: Option<Secret>, record: &Arc<Record>) -> Self {
        let needs_consent = parts.consent.is_some() && refresh_token.is_none();
        let asking = Asking { refresh_token, needs_consent, ..Asking::default() };
        Self {
            parts,
            record: Arc::clone(record),
            current: RwLock::default(),
            asking: tokio::sync::Mutex::new(asking),
        }
    }

    /// A token that is good as far as anybody knows.
    ///
    /// # Errors
    /// When there is none and none can be had now.
    pub(crate) async fn token(&self) -> Result<Token, Problem> {
        if let Some(token) = self.known().filter(|token| Instant::now() < token.renew_at) {
            return Ok(token);
        }
        let mut asking = self.asking.lock().await;
        // Whoever waited here finds what the one before has got.
        if let Some(token) = self.known().filter(|token| Instant::now() < token.renew_at) {
            return Ok(token);
        }
        self.renew(&mut asking).await
    }

    /// After the upstream refused a token: the next one, or `None` when asking again would be in vain.
    pub(crate) async fn after_refusal(&self, refused: &Token) -> Option<Token> {
        let mut asking = self.asking.lock().await;
        if let Some(token) = self.known().filter(|token| token.number != refused.number) {
            return Some(token);
        }
        if asking.renewed_for_refusal.is_some_and(|at| at.elapsed() < REFUSAL_PAUSE) {
            return None;
        }
        asking.renewed_for_refusal = Some(Instant::now());
        self.renew(&mut asking).await.ok()
    }

    /// Whether a person has to give consent first.
    pub(crate) async fn needs_consent(&self) -> bool {
        self.asking.lock().await.needs_consent
    }

    fn known(&self) -> Option<Token> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn renew(&self, asking: &mut Asking) -> Result<Token, Problem> {
        if asking.needs_consent {
            let text = "Somebody has to give consent for this upstream first.";
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "needs-consent", text));
        }
        if let Some(wait) = asking.rest_until.and_then(|until| until.checked_duration_since(Instant::now())) {
            return Err(unavailable(wait));
        }
        let mut form = vec![];
        match &asking.refresh_token {
            Some(token) => {
                form.push(("grant_type", "refresh_token".to_owned()));
                form.push(("refresh_token", token.reveal().to_owned()));
            }
            None => {
                form.push(("grant_type", "client_credentials".to_owned()));
                if !self.parts.scope.is_empty() {
                    form.push(("scope", self.parts.scope.clone()));
                }
            }
        }
        self.ask(form, asking).await
    }

    /// Asks the endpoint and remembers what came of it.
    async fn ask(&self, form: Vec<(&str, String)>, asking: &mut Asking) -> Result<Token, Problem> {
        match self.answer(form).await {
            Ok(Answer::Granted { access, refresh, life }) => {
                self.record.count_token(self.parts.upstream, "granted");
                asking.n_tokens += 1;
                (asking.n_failures, asking.rest_until, asking.needs_consent) = (0, None, false);
                if let Some(refresh) = refresh {
                    self.keep(&refresh);
                    asking.refresh_token = Some(refresh);
                }
                let renew_at = Instant::now() + life.saturating_sub(AHEAD).max(life / 2);
                let token = Token { text: access, number: asking.n_tokens, renew_at };
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
                Ok(token)
            }
            Ok(Answer::Withdrawn) if self.parts.consent.is_some() => {
                self.record.count_token(self.parts.upstream, "withdrawn");
                eprintln!("desirepath-proxy: {}: the consent is no longer valid", self.parts.upstream);
                (asking.needs_consent, asking.refresh_token) = (true, None);
                let text = "The consent for this upstream is no longer valid; somebody has to give it again.";
                Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "needs-consent", text))
            }
            outcome => {
                self.record.count_token(self.parts.upstream, "failed");
                // What the endpoint says may hold parts of what it was asked, so it is not repeated.
                let why = outcome.err().map_or_else(|| "refused".to_owned(), |error| format!("{error:#}"));
                eprintln!("desirepath-proxy: {}: no token: {why}", self.parts.upstream);
                let rest = REST.saturating_mul(1 << asking.n_failures.min(6)).min(REST_MAX);
                asking.n_failures += 1;
                asking.rest_until = Some(Instant::now() + rest);
                Err(unavailable(rest))
            }
        }
    }

    async fn answer(&self, mut form: Vec<(&str, String)>) -> Result<Answer> {
        let extra = self.parts.extra.iter().map(|(name, value)| (name.as_str(), value.clone()));
        form.extend(extra);
        let mut request = Request::post(&self.parts.token_url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json");
        let id = self.parts.client_id.reveal();
        match (&self.parts.client_secret, self.parts.client_auth) {
            (Some(secret), ClientAuth::Basic) => {
                let pair = format!("{}:{}", encoded(id), encoded(secret.reveal()));
                request = request.header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(pair)));
            }
            (Some(secret), ClientAuth::Body) => {
                form.push(("client_id", id.to_owned()));
                form.push(("client_secret", secret.reveal().to_owned()));
            }
            (None, _) => form.push(("client_id", id.to_owned())),
        }
        let pairs: Vec<String> =
            form.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let request = request.body(Body::from(pairs.join("&")))?;
        let answer =
            outgoing::small_answer(&self.parts.client, request, ANSWER_BYTES_MAX, ANSWER_TIME).await?;
        let value = serde_json::from_slice::<serde_json::Value>(answer.body());
        let status = answer.status();
        if matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED) {
            let error = value.ok().and_then(|it| Some(it.get("error")?.as_str()?.to_owned()));
            if error.as_deref() == Some("invalid_grant") {
                return Ok(Answer::Withdrawn);
            }
        }
        ensure!(status == StatusCode::OK, "the token endpoint answered with status {status}");
        granted(&answer_object(answer.body())?)
    }

    /// Writes a refresh token to its file, so that a restart needs no new consent.
    fn keep(&self, token: &Secret) {
        let Some(file) = self.parts.consent.as_ref().and_then(|consent| consent.refresh_file.as_deref())
        else {
            return;
        };
        if let Err(error) = write_secret(file, token.reveal()) {
            eprintln!(
                "desirepath-proxy: {}: the refresh token was not written: {error:#}",
                self.parts.upstream
            );
        }
    }

    /// Begins a consent: the address to send a person to.
    ///
    /// # Errors
    /// When this upstream needs none, or too many are under way.
    pub(crate) fn begin_consent(&self) -> Result<String, Problem> {
        let Some(consent) = &self.parts.consent else {
            let text = "This upstream needs nobody's consent.";
            return Err(Problem::new(StatusCode::CONFLICT, "no-consent-needed", text));
        };
        let (Ok(state), Ok(verifier)) = (random(), random()) else {
            let text = "This machine gives no random numbers.";
            return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "no-randomness", text));
        };
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        let mut pending = consent.pending.lock().unwrap_or_else(PoisonError::into_inner);
        pending.retain(|_, it| it.at.elapsed() < CONSENT_TIME);
        if pending.len() >= CONSENTS_MAX {
            return Err(Problem::too_many("Too many consents are under way.", CONSENT_TIME));
        }
        pending.insert(state.clone(), Pending { verifier: Secret::new(verifier), at: Instant::now() });
        let mut url = format!(
            "{}{}response_type=code&client_id={}&redirect_uri={}&state={state}&code_challenge={challenge}&code_challenge_method=S256",
            consent.authorize_url,
            if consent.authorize_url.contains('?') { '&' } else { '?' },
            encoded(self.parts.client_id.reveal()),
            encoded(&consent.redirect_url),
        );
        if !self.parts.scope.is_empty() {
            url.push_str(&format!("&scope={}", encoded(&self.parts.scope)));
        }
        Ok(url)
    }

    /// Whether a consent with this state is under way; it is no longer, afterwards.
    pub(crate) fn take_consent(&self, state: &str) -> Option<Secret> {
        let consent = self.parts.consent.as_ref()?;
        let mut pending = consent.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = pending.remove(state)?;
        (taken.at.elapsed() < CONSENT_TIME).then_some(taken.verifier)
    }

    /// Ends a consent: the code becomes tokens.
    ///
    /// # Errors
    /// When the endpoint gives none for it.
    pub(crate) async fn end_consent(&self, code: &str, verifier: &Secret) -> Result<(), Problem> {
        let redirect =
            self.parts.consent.as_ref().map(|consent| consent.redirect_url.clone()).unwrap_or_default();
        let form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", redirect),
            ("code_verifier", verifier.reveal().to_owned()),
        ];
        let mut asking = self.asking.lock().await;
        self.ask(form, &mut asking).await.map(drop)
    }
}

/// What a token endpoint said.
#[derive(Debug)]
enum Answer {
    Granted { access: Secret, refresh: Option<Secret>, life: Duration },
    Withdrawn,
}

fn answer_object(body: &[u8]) -> Result<serde_json::Value> {
    // The error of the reader would quote the answer.
    serde_json::from_slice(body).ok().context("the token endpoint's answer is not JSON")
}

fn granted(value: &serde_json::Value) -> Result<Answer> {
    let text = |name: &str| value.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    let Some(access) = text("access_token") else { bail!("the token endpoint's answer has no access token") };
    ensure!(access.chars().all(|c| c.is_ascii_graphic()), "the access token has unusual characters");
    if let Some(kind) = text("token_type") {
        ensure!(kind.eq_ignore_ascii_case("bearer"), "the token endpoint gives tokens of an unknown type");
    }
    // Some endpoints write the number as a text.
    let secs = value.get("expires_in").and_then(|it| it.as_f64().or_else(|| it.as_str()?.parse().ok()));
    let life = secs.filter(|secs| *secs > 0.0 && *secs < 1e9).map_or(LIFE_UNSAID, Duration::from_secs_f64);
    Ok(Answer::Granted { access: Secret::new(access), refresh: text("refresh_token").map(Secret::new), life })
}

fn unavailable(wait: Duration) -> Problem {
    let text = "The upstream's token endpoint gives no token at the moment.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no-token", text).retry_after(wait)
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, FORM).to_string()
}

/// 256 random bits as text.
fn random() -> Result<String> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).ok().context("no random numbers")?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Replaces a file in one step; nobody but its owner may read it.
fn write_secret(file: &Path, text: &str) -> Result<()> {
    let beside = file.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut open = options.open(&beside)?;
    open.write_all(text.as_bytes())?;
    open.sync_all()?;
    fs::rename(&beside, file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_with_care() {
        let answer = |text: &str| answer_object(text.as_bytes()).and_then(|value| granted(&value));
        let Ok(Answer::Granted { access, refresh, life }) =
            answer(r#"{"access_token":"a","token_type":"Bearer","expires_in":"120","refresh_token":"r"}"#)
        else {
            panic!("a usual answer")
        };
        assert_eq!((access.reveal(), life), ("a", Duration::from_secs(120)), "a number written as text");
        assert_eq!(refresh.as_ref().map(Secret::reveal), Some("r"), "the next refresh token");
        for text in
            ["", "{}", "[]", r#"{"access_token":"a b"}"#, r#"{"access_token":"a","token_type":"mac"}"#]
        {
            assert!(answer(text).is_err(), "{text:?} is no token");
        }
        let Err(error) = answer("secret-looking text") else { panic!("not JSON") };
        assert!(!format!("{error:#}").contains("secret-looking"), "an answer is not quoted: {error:#}");
    }

    #[test]
    fn form_values_are_encoded() {
        assert_eq!(encoded("a b&c=d/ü~"), "a%20b%26c%3Dd%2F%C3%BC~", "whatever a secret is made of");
    }
}
