//! The entries as six systems would export them, each in its own format.

use super::SampleFile;
use super::clock::{day_first, iso, iso_one_hour_ahead};
use super::diary::{Entry, System};
use std::fmt::Write;

/// Every activity of the sample.
#[cfg(test)]
pub(super) const ACTIVITIES: [&str; 42] = [
    "Accept invitation",
    "Answer NPS survey",
    "Answer onboarding survey",
    "Attend demo",
    "Business review",
    "Call with sales",
    "Cancel subscription",
    "Connect calendar",
    "Create workspace",
    "Data import failed",
    "Decline offer",
    "Dispute invoice",
    "Import first data",
    "Invite teammate",
    "Kick-off meeting",
    "Negotiate terms",
    "Open ticket",
    "Pay invoice",
    "Publish first schedule",
    "Publish schedule",
    "Rate support",
    "Reactivate subscription",
    "Read article",
    "Read help article",
    "Receive corrected invoice",
    "Receive first reply",
    "Receive invoice",
    "Receive proposal",
    "Reduce plan",
    "Refer a colleague",
    "Renew subscription",
    "Request demo",
    "Request shift swap",
    "Sign contract",
    "Sign in first time",
    "Start trial",
    "Ticket escalated",
    "Ticket reopened",
    "Ticket solved",
    "Upgrade plan",
    "View schedule",
    "Visit pricing page",
];

/// Writes all entries, each file in order of time, ties by person and then as they came.
pub(super) fn files(mut entries: Vec<Entry>) -> Vec<SampleFile> {
    entries.sort_by(|a, b| (a.at, &a.person).cmp(&(b.at, &b.person)));
    let of = |system: System| entries.iter().filter(move |entry| entry.system == system);
    vec![
        file("sample-crm.csv", CRM_HEADER, of(System::Crm), crm_row),
        file("sample-billing.csv", BILLING_HEADER, of(System::Billing), billing_row),
        file("sample-helpdesk.ndjson", "", of(System::Helpdesk), helpdesk_row),
        file("sample-web.csv", WEB_HEADER, of(System::Web), web_row),
        file("sample-product.ndjson", "", of(System::Product), product_row),
        file("sample-surveys.csv", SURVEY_HEADER, of(System::Survey), survey_row),
    ]
}

fn file<'a>(
    name: &str,
    header: &str,
    entries: impl Iterator<Item = &'a Entry>,
    row: impl Fn(&Entry, &mut String) -> std::fmt::Result,
) -> SampleFile {
    let mut text = String::from(header);
    for entry in entries {
        // Writing into a String cannot fail; the row is left as it is if it ever does.
        row(entry, &mut text).unwrap_or_default();
    }
    SampleFile { name: name.to_owned(), bytes: text.into_bytes() }
}

const CRM_HEADER: &str = "contact_email,account,activity,date,channel,amount_eur,owner,segment,note\r\n";

fn crm_row(entry: &Entry, out: &mut String) -> std::fmt::Result {
    let Entry { person, account, activity, channel, owner, segment, .. } = entry;
    let amount = entry.cents.map(|cents| format!("{}.{:02}", cents / 100, cents % 100)).unwrap_or_default();
    let (date, note) = (day_first(entry.at), quoted(&entry.text));
    write!(out, "{person},{account},{activity},{date},{channel},{amount},{owner},{segment},{note}\r\n")
}

const BILLING_HEADER: &str =
    "customer_email,account,activity,date,channel,subscription_id,mrr,currency,note\r\n";

fn billing_row(entry: &Entry, out: &mut String) -> std::fmt::Result {
    let Entry { person, account, activity, channel, detail, .. } = entry;
    let cents = entry.cents.unwrap_or_default();
    let (date, note) = (iso(entry.at), quoted(&entry.text));
    let mrr = format!("{}.{:02}", cents / 100, cents % 100);
    write!(out, "{person},{account},{activity},{date},{channel},{detail},{mrr},EUR,{note}\r\n")
}

fn helpdesk_row(entry: &Entry, out: &mut String) -> std::fmt::Result {
    let Entry { person, account, activity, channel, .. } = entry;
    let mut details = entry.detail.split(' ');
    let mut next = || details.next().unwrap_or_default();
    let (ticket, topic, stars) = (next(), next(), next());
    let (created_at, message) = (iso(entry.at), escaped(&entry.text));
    writeln!(
        out,
        r#"{{"ticket_id":"{ticket}","requester_email":"{person}","organization":"{account}","event":"{activity}","created_at":"{created_at}","channel":"{channel}","topic":"{topic}","csat_score":"{stars}","message":"{message}"}}"#
    )
}

const WEB_HEADER: &str = "user_email;account;event_name;event_timestamp;channel;page\n";

fn web_row(entry: &Entry, out: &mut String) -> std::fmt::Result {
    let Entry { person, account, activity, channel, detail, .. } = entry;
    let millis = entry.at * 1_000;
    writeln!(out, "{person};{account};{activity};{millis};{channel};{detail}")
}

fn product_row(entry: &Entry, out: &mut String) -> std::fmt::Result {
    let Entry { person, account, activity, channel, plan, .. } = entry;
    let time = iso(entry.at);
    writeln!(
        out,
        r#"{{"user_email":"{person}","account":"{account}","event":"{activity}","timestamp":"{time}","channel":"{channel}","plan":"{plan}"}}"#
    )
}

const SURVEY_HEADER: &str =
    "respondent_email,company,survey_event,submitted_at,channel,nps_score,csat_score,comment\n";

fn survey_row(entry: &Entry, out: &mut String) -> std::fmt::Result {
    let Entry { person, account, activity, channel, detail, .. } = entry;
    let (submitted_at, comment) = (iso_one_hour_ahead(entry.at), quoted(&entry.text));
    let (nps, csat) = if activity.contains("NPS") { (detail.as_str(), "") } else { ("", detail.as_str()) };
    writeln!(out, "{person},{account},{activity},{submitted_at},{channel},{nps},{csat},{comment}")
}

/// A CSV field that may hold commas; quotation marks are doubled.
fn quoted(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

/// The inside of a JSON string; the sample's texts have no control characters.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
