//! Systems that refuse with status 200: which field of an answer says so, and what it means.

use crate::item::{text_at, value_at};
use crate::request::Answer;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The status of a refusal whose reason is not listed.
const USUAL_STATUS: u16 = 400;

/// How an answer of status 200 says that it is a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// Field of the answer.
    pub field: String,
    /// Its value in a refusal; without one, any value is a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Field that holds the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The status that each reason stands for; 400 for those that are not listed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub statuses: BTreeMap<String, u16>,
}

/// An answer with the status that it stands for, and the reason where the system has one.
#[derive(Clone, Debug)]
pub(crate) struct Judged<'a> {
    pub(crate) answer: Answer<'a>,
    pub(crate) reason: String,
}

/// What an answer is, seen through its connection's eyes.
pub(crate) fn judge<'a>(refusal: Option<&Refusal>, answer: &Answer<'a>) -> Judged<'a> {
    let mut judged = Judged { answer: *answer, reason: String::new() };
    let Some(refusal) = refusal.filter(|_| (200..300).contains(&answer.status)) else { return judged };
    let Ok(whole) = serde_json::from_slice::<Value>(answer.body) else { return judged };
    let Some(found) = value_at(&whole, &refusal.field) else { return judged };
    if refusal.value.as_ref().is_some_and(|value| value != found) {
        return judged;
    }
    judged.reason = refusal.reason.as_ref().and_then(|field| text_at(&whole, field)).unwrap_or_default();
    judged.answer.status = refusal.statuses.get(&judged.reason).copied().unwrap_or(USUAL_STATUS);
    judged
}

impl Refusal {
    /// Whether it can mean anything.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.field.is_empty() {
            return Err("the refusal names no field".to_owned());
        }
        match self.statuses.iter().find(|(_, status)| !(400..600).contains(*status)) {
            Some((reason, status)) => Err(format!("“{reason}” cannot stand for status {status}")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(refusal: &str, status: u16, body: &str) -> (u16, String) {
        let refusal: Refusal = serde_json::from_str(refusal).expect("a refusal");
        let answer = Answer { status, headers: &[], body: body.as_bytes() };
        let judged = judge(Some(&refusal), &answer);
        (judged.answer.status, judged.reason)
    }

    #[test]
    fn a_field_says_whether_it_is_an_answer() {
        let ok = r#"{"field": "ok", "value": false, "reason": "error", "statuses": {"ratelimited": 429}}"#;
        let said = |status: u16, reason: &str| (status, reason.to_owned());
        assert_eq!(status(ok, 200, r#"{"ok": true, "error": "x"}"#), said(200, ""), "an answer");
        assert_eq!(
            status(ok, 200, r#"{"ok": false, "error": "ratelimited"}"#),
            said(429, "ratelimited"),
            "listed"
        );
        assert_eq!(status(ok, 200, r#"{"ok": false, "error": "odd"}"#), said(400, "odd"), "not listed");
        assert_eq!(status(ok, 200, r#"{"ok": false}"#), said(400, ""), "without a reason");
        assert_eq!(status(ok, 200, "{\"ok\": fal"), said(200, ""), "half an answer is no refusal");
        assert_eq!(status(ok, 503, r#"{"ok": false}"#), said(503, ""), "a status of its own counts");
        let any = r#"{"field": "errors[].code"}"#;
        assert_eq!(status(any, 200, r#"{"errors": [{"code": 7}]}"#), said(400, ""), "any value");
        assert_eq!(status(any, 200, r#"{"errors": []}"#), said(200, ""), "none");
    }
}
