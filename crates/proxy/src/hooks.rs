//! Webhooks: an upstream calls, its signature is checked, and a hint goes to the tabs. The body is read for the digest and dropped.

use crate::{
    config::{Config, Style},
    hints::Hints,
    limits::Buckets,
    problem::Problem,
    record::Record,
    signature::Rule,
};
use anyhow::{Context, Result};
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http_body_util::{BodyExt, Limited};
use hyper::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// Calls a second of one webhook, in the long run, and at once.
const CALLS: (f64, f64) = (50.0, 500.0);
/// Longest time for the body of a call.
const BODY_TIME: Duration = Duration::from_secs(10);
/// Longest challenge that is sent back.
const CHALLENGE_CHARS_MAX: usize = 256;

/// All webhooks by name.
#[derive(Debug)]
pub(crate) struct Hooks {
    hooks: BTreeMap<&'static str, Hook>,
    calls: Buckets,
    record: Arc<Record>,
    hints: Arc<Hints>,
}

#[derive(Debug)]
struct Hook {
    rule: Rule,
    upstream: &'static str,
    body_bytes: usize,
}

impl Hooks {
    /// # Errors
    /// When a secret is missing.
    pub(crate) fn new(
        config: &Config,
        name_of: impl Fn(&str) -> &'static str,
        record: &Arc<Record>,
        hints: &Arc<Hints>,
    ) -> Result<Self> {
        let mut hooks = BTreeMap::new();
        for (name, form) in &config.webhooks {
            let secret = form.secret.load(&config.folder).with_context(|| format!("webhook.{name}"))?;
            let address = config.public_url.as_deref().unwrap_or_default();
            let rule = Rule {
                style: form.style,
                secret,
                tolerance_secs: form.tolerance_secs,
                address: format!("{address}/proxy/hooks/{name}"),
                header: form.header.clone().unwrap_or_default(),
                prefix: form.prefix.clone(),
                algorithm: form.algorithm,
                encoding: form.encoding,
            };
            let hook = Hook { rule, upstream: name_of(&form.upstream), body_bytes: form.body_bytes };
            hooks.insert(name_of(name), hook);
        }
        let calls = Buckets::new(CALLS.0, CALLS.1);
        Ok(Self { hooks, calls, record: Arc::clone(record), hints: Arc::clone(hints) })
    }

    /// Takes a call.
    ///
    /// # Errors
    /// When there is no such webhook, the call is too large, too slow, too frequent, or not believed.
    pub(crate) async fn take(
        &self,
        name: &str,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Response, Problem> {
        let Some((name, hook)) = self.hooks.get_key_value(name) else {
            return Err(Problem::new(StatusCode::NOT_FOUND, "no-such-webhook", "There is no such webhook."));
        };
        let frequent = |wait| Problem::too_many("This webhook is called too often.", wait);
        self.calls.take(name, Instant::now()).map_err(frequent)?;
        let collected = tokio::time::timeout(BODY_TIME, Limited::new(body, hook.body_bytes).collect()).await;
        let body = match collected {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(_)) => {
                self.record.count_hint(name, "unreadable");
                let text = "The body is too large or broke off.";
                return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-refused", text));
            }
            Err(_) => {
                self.record.count_hint(name, "unreadable");
                let text = "The body took too long.";
                return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "body-too-slow", text));
            }
        };
        let now_secs = jiff::Timestamp::now().as_second();
        if let Err(doubt) = hook.rule.verify(headers, &body, now_secs) {
            self.record.count_hint(name, doubt.code());
            let text = "The signature is not right.";
            return Err(Problem::new(StatusCode::UNAUTHORIZED, "signature-refused", text));
        }
        if let Some(challenge) = (hook.rule.style == Style::Slack).then(|| challenge(&body)).flatten() {
            self.record.count_hint(name, "challenge");
            return Ok(([(CONTENT_TYPE, "text/plain")], challenge).into_response());
        }
        self.record.count_hint(name, "relayed");
        self.hints.send(hook.upstream, name);
        Ok(StatusCode::NO_CONTENT.into_response())
    }
}

/// What Slack wants to hear when somebody enters the address of the webhook.
fn challenge(body: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(body).ok()?;
    if value.get("type")?.as_str()? != "url_verification" {
        return None;
    }
    let text = value.get("challenge")?.as_str()?;
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric());
    (plain && text.len() <= CHALLENGE_CHARS_MAX).then(|| text.to_owned())
}
