//! Changes: a form, the request as it will go out, and what became of it. Nothing that may have been made is sent again.

use crate::{
    aim::{self, Aim},
    desk::{Desk, unknown},
    kept,
    run::detail_of,
    words::failure,
    world::Came,
};
use connector::{Answer, Draft, Verdict, Write};
use protocol::{
    Failure,
    courier::{Delivery, Form, FormField, Receipt, Shown},
};
use std::{collections::BTreeMap, rc::Rc};

/// Most bytes of an answer that are shown.
const WORDS_CHARS: usize = 300;

/// The gate's own refusals after which nothing has reached the system.
const NOT_SENT: [&str; 9] = [
    "no-access",
    "not-allowed",
    "no-such-upstream",
    "needs-consent",
    "no-connection",
    "no-token",
    "private-address",
    "rate-limited",
    "busy",
];

/// A change that was filled in.
#[derive(Debug)]
pub(crate) struct Drafted {
    name: String,
    write: Write,
    values: BTreeMap<String, String>,
    key: String,
    draft: Draft,
    aim: Aim,
    /// It may have been made: it is not sent again before it is filled in anew.
    is_spent: bool,
}

impl Desk {
    fn write_of(&self, name: &str, write: &str) -> Result<Write, Failure> {
        let found =
            self.with(name, |line| line.connection.write(write).cloned()).ok_or_else(|| unknown(name))?;
        found.ok_or_else(|| {
            failure(
                format!("The connection “{name}” has no change “{write}”."),
                "Add it to the connection first.",
            )
        })
    }

    pub(crate) fn form(&self, name: &str, write: &str) -> Result<Delivery, Failure> {
        let found = self.write_of(name, write)?;
        self.drafted.replace(None);
        let fields = found.fields.iter().map(|field| FormField {
            name: field.name.clone(),
            place: field.place.name().to_owned(),
            is_required: field.required,
            kind: field.kind.clone(),
            values: field.values.clone(),
            description: field.description.clone(),
        });
        let mut fields: Vec<_> = fields.collect();
        fields.sort_by_key(|field| !field.is_required);
        Ok(Delivery::Form {
            form: Form {
                name: name.to_owned(),
                write: write.to_owned(),
                effect: found.effect.name().to_owned(),
                fields,
                has_trial: found.dry_run.is_some(),
                is_idempotent: found.idempotency_header.is_some(),
            },
        })
    }

    pub(crate) fn fill(
        &self,
        name: &str,
        write: &str,
        values: Vec<(String, String)>,
    ) -> Result<Delivery, Failure> {
        let found = self.write_of(name, write)?;
        let values: BTreeMap<String, String> =
            values.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let connection = self.with(name, |line| line.connection.clone()).ok_or_else(|| unknown(name))?;
        let problem = |problem: String| {
            Ok(Delivery::Shown { shown: Shown { problem: Some(problem), ..Shown::default() } })
        };
        let aim = match aim::aim(&connection, &self.gate.borrow()) {
            Ok(aim) => aim,
            Err(_) => {
                return Err(failure(
                    "The gate is not reached.",
                    "Say where the gate is, above the list of connections.",
                ));
            }
        };
        // The same change keeps its key, so that a system that knows such keys makes it once.
        let known = self.drafted.borrow().as_ref().and_then(|it| {
            (it.name == name && it.write == found && it.values == values && !it.is_spent)
                .then(|| it.key.clone())
        });
        let key = known.unwrap_or_else(|| self.world.key());
        let draft = match Draft::new(&connection, &found, &values, &key) {
            Ok(draft) => draft,
            Err(error) => {
                self.drafted.replace(None);
                return problem(error.to_string());
            }
        };
        let request = draft.request();
        let shown = Shown {
            problem: None,
            method: request.method.name().to_owned(),
            address: format!("{}{}", aim.connection.server, request.path_and_query),
            headers: request.headers.clone(),
            body: request
                .body
                .as_ref()
                .map(|body| String::from_utf8_lossy(body).into_owned())
                .unwrap_or_default(),
        };
        let name = name.to_owned();
        self.drafted.replace(Some(Drafted { name, write: found, values, key, draft, aim, is_spent: false }));
        Ok(Delivery::Shown { shown })
    }

    /// Sends what was shown. Whatever comes of it, a receipt is kept.
    pub(crate) async fn send(self: &Rc<Self>, is_trial: bool) -> Result<Delivery, Failure> {
        let Some(mut drafted) = self.drafted.take() else {
            return Err(failure("There is nothing to send.", "Fill the change in first."));
        };
        if drafted.is_spent {
            self.drafted.replace(Some(drafted));
            return Err(failure(
                "This change was sent already, or may have been: it is not sent again.",
                "Look into the system first. To make it once more, show it once more.",
            ));
        }
        let trial = drafted.draft.trial(&drafted.write);
        let request = match (is_trial, trial) {
            (false, _) => drafted.draft.request().clone(),
            (true, Some(trial)) => trial,
            (true, None) => {
                self.drafted.replace(Some(drafted));
                return Err(failure("The system knows no trials of this change.", ""));
            }
        };
        let aim = drafted.aim.clone();
        let purpose = ["write", drafted.name.as_str()];
        let came = self.world.perform(&aim.base, aim.token.as_deref(), &request, purpose).await;
        let mut receipt = receipt_of(&drafted.draft, came.ok());
        receipt.at_millis = js_sys::Date::now();
        receipt.write.clone_from(&drafted.write.name);
        receipt.path = format!("{} {}", request.method.name(), request.path_and_query);
        if is_trial {
            receipt.verdict = if receipt.verdict == "made" { "trial".to_owned() } else { receipt.verdict };
        } else {
            drafted.is_spent = matches!(receipt.verdict.as_str(), "made" | "unknown");
        }
        let name = drafted.name.clone();
        self.drafted.replace(Some(drafted));
        self.with(&name, |line| line.add_receipt(receipt.clone()));
        let line = serde_json::to_string(&receipt).unwrap_or_default();
        self.world.keep(kept::more(kept::name_of("receipts", &name, ""), format!("{line}\n"))).await?;
        if receipt.verdict == "made" {
            // What was changed there is to be seen here.
            self.with(&name, |line| line.is_called = true);
            self.world.wake(&name);
        }
        self.tell();
        Ok(Delivery::Receipt { receipt })
    }
}

fn receipt_of(draft: &Draft, came: Option<Came>) -> Receipt {
    let mut receipt = Receipt::default();
    if let Some(came) = &came {
        receipt.status = Some(came.status);
        if let Some(code) = came.header("desirepath-proxy").filter(|code| NOT_SENT.contains(code)) {
            receipt.verdict = "not_made".to_owned();
            receipt.words = format!("{code}: {}", detail_of(&came.body));
            return receipt;
        }
        receipt.words = String::from_utf8_lossy(&came.body).chars().take(WORDS_CHARS).collect();
    }
    let answer =
        came.as_ref().map(|came| Answer { status: came.status, headers: &came.headers, body: &came.body });
    match draft.verdict(answer.as_ref()) {
        Verdict::Made(made) => {
            receipt.verdict = "made".to_owned();
            receipt.id = made.id;
        }
        Verdict::NotMade { .. } => receipt.verdict = "not_made".to_owned(),
        Verdict::Refused { words, .. } => {
            receipt.verdict = "refused".to_owned();
            receipt.words = words;
        }
        Verdict::Unknown => receipt.verdict = "unknown".to_owned(),
    }
    receipt
}
