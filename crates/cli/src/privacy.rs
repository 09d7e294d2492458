//! What the command line decides about personal data: the policy, and the secret that pseudonyms are made with.

use crate::english::English;
use crate::options::Options;
use crate::{Fault, intake, table};
use engine::{Engine, SECRET_BYTES};
use protocol::privacy::{ConsentRule, Policy, Settings};
use protocol::{Reply, Request};
use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the system gives random bytes.
const RANDOM: &str = "/dev/urandom";

/// Makes an empty workspace that honours what was said on the command line.
///
/// # Errors
/// When the policy or the secret cannot be read, or is none.
pub(crate) fn workspace(options: &Options) -> Result<Engine, Fault> {
    let mut engine = Engine::new();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    if let Some(now_micros) = now.and_then(|now| i64::try_from(now.as_micros()).ok()) {
        engine.tell_time(now_micros);
    }
    let policy = options.policy.as_deref().map(read_policy).transpose()?;
    if policy.is_some() {
        engine.give_secret(secret(options.secret.as_deref())?);
    }
    let consent = ConsentRule {
        is_honoured: options.purpose.is_some(),
        purpose: options.purpose.clone().unwrap_or_default(),
        allows_unknown: options.allow_unknown,
    };
    let settings = Settings { policy: policy.unwrap_or_default(), consent, ..Settings::default() };
    engine
        .set_privacy(settings)
        .map_err(|failure| Fault::Usage(format!("{} {}", failure.message, failure.advice)))?;
    Ok(engine)
}

/// Prints all that is held on a customer.
///
/// # Errors
/// When there is no such customer, a file cannot be read, or the output takes no more.
pub(crate) fn print_person(
    options: &Options,
    who: &str,
    form: &str,
    out: &mut impl Write,
) -> Result<(), Fault> {
    let mut opened = intake::open(options)?;
    let request = Request::Held { customer: who.to_owned() };
    let answer = opened.engine.answer(&request).map_err(|failure| Fault::Input(failure.message))?;
    let Reply::Held { held } = answer.reply else {
        return Err(Fault::Input("the engine gave another answer".to_owned()));
    };
    match form {
        "html" => out.write_all(held.html(&English::new()).as_bytes()).map_err(Fault::Output)?,
        "csv" => out.write_all(held.csv().as_bytes()).map_err(Fault::Output)?,
        _ => table::write_json(&serde_json::json!(held), out)?,
    }
    out.flush().map_err(Fault::Output)
}

/// Prints how many customers allow to be looked at.
///
/// # Errors
/// When a file cannot be read or the output takes no more.
pub(crate) fn print_consent(options: &Options, out: &mut impl Write) -> Result<(), Fault> {
    let mut opened = intake::open(options)?;
    let answer = opened.engine.answer(&Request::Privacy).map_err(|failure| Fault::Input(failure.message))?;
    let Reply::Privacy { state } = answer.reply else {
        return Err(Fault::Input("the engine gave another answer".to_owned()));
    };
    let (rule, counts) = (&state.settings.consent, state.consent);
    if options.json {
        let told = serde_json::json!({
            "purpose": rule.purpose,
            "honoured": rule.is_honoured,
            "given": counts.n_given,
            "refused": counts.n_refused,
            "unknown": counts.n_unknown,
            "withheld_customers": counts.n_withheld_customers,
            "withheld_events": counts.n_withheld_events,
        });
        return table::write_json(&told, out).and_then(|()| out.flush().map_err(Fault::Output));
    }
    let mut rows = table::Table::new(&["consent", ">customers"]);
    let told = [
        ("given", counts.n_given),
        ("refused", counts.n_refused),
        ("nothing known", counts.n_unknown),
        ("left out now", counts.n_withheld_customers),
    ];
    told.into_iter().for_each(|(what, n)| rows.row([what.to_owned(), n.to_string()]));
    rows.write(out).map_err(Fault::Output)?;
    let n_events = counts.n_withheld_events;
    if rule.is_honoured {
        writeln!(out, "\nevents left out now: {n_events}").map_err(Fault::Output)?;
    } else {
        writeln!(out, "\nnobody is left out: say for which purpose with --purpose").map_err(Fault::Output)?;
    }
    out.flush().map_err(Fault::Output)
}

fn read_policy(path: &Path) -> Result<Policy, Fault> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    serde_json::from_str(&text)
        .map_err(|error| Fault::Usage(format!("{}: no policy: {error}", path.display())))
}

/// The secret of a file, which is made where there is none; another one each time where no file is named.
fn secret(path: Option<&Path>) -> Result<[u8; SECRET_BYTES], Fault> {
    let Some(path) = path else { return random() };
    match fs::read_to_string(path) {
        Ok(text) => from_hex(text.trim()).ok_or_else(|| {
            Fault::Usage(format!("{}: no secret: 64 hexadecimal digits are wanted", path.display()))
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let secret = random()?;
            let mut open = OpenOptions::new();
            open.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
            let mut file = open.open(path).map_err(|error| unreadable(path, &error))?;
            writeln!(file, "{}", to_hex(&secret)).map_err(|error| unreadable(path, &error))?;
            Ok(secret)
        }
        Err(error) => Err(unreadable(path, &error)),
    }
}

fn random() -> Result<[u8; SECRET_BYTES], Fault> {
    let mut bytes = [0; SECRET_BYTES];
    let read = fs::File::open(RANDOM).and_then(|mut file| file.read_exact(&mut bytes));
    read.map_err(|error| {
        let advice = "name a file with 64 hexadecimal digits with --secret";
        Fault::Input(format!("the system gives no random bytes ({error}); {advice}"))
    })?;
    Ok(bytes)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    Fault::Input(format!("{}: {error}", path.display()))
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<[u8; SECRET_BYTES]> {
    if text.len() != 2 * SECRET_BYTES || !text.is_ascii() {
        return None;
    }
    let byte = |at: usize| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..SECRET_BYTES).map(byte).collect();
    bytes?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_written_and_read() {
        let secret: [u8; SECRET_BYTES] = std::array::from_fn(|at| (at * 9 % 256).try_into().unwrap_or(0));
        assert_eq!(from_hex(&to_hex(&secret)), Some(secret), "there and back");
        assert_eq!(from_hex("12"), None, "too short");
        assert_eq!(from_hex(&"g".repeat(64)), None, "no digit");
    }
}
