//! Exports of a Slack workspace: an archive with the people, the channels, and one file of messages a day and channel.

use crate::archive::Archive;
use crate::input::Document;
use crate::moment::Moment;
use crate::output::Out;
use crate::reader::{Opened, Records};
use crate::telegram::text;
use protocol::Failure;
use serde_json::Value;
use std::collections::HashMap;

/// Lists of conversations beside `channels.json`; the folder of a conversation is its name or its id.
const LISTS: [&str; 4] = ["channels.json", "groups.json", "mpims.json", "dms.json"];

/// The folder of an archive in which an export is: at its top, or where the export was unpacked and packed again, in a
/// folder of its own. `None` when it is no export.
pub(crate) fn place(archive: &Archive) -> Option<String> {
    let folders = archive.names().filter_map(|file| file.strip_suffix("users.json"));
    let mut tops = folders.filter(|folder| folder.is_empty() || folder.find('/') == Some(folder.len() - 1));
    tops.find(|folder| archive.has(&format!("{folder}channels.json"))).map(str::to_owned)
}

/// Opens an export.
pub(crate) fn open(document: Document) -> Result<Opened, Failure> {
    let name = document.name.clone();
    let mut archive = Archive::open(&name, document)?;
    let place = place(&archive).unwrap_or_default();
    let people = people(&mut archive, &format!("{place}users.json"))?;
    let mut folders: Vec<String> = Vec::new();
    for list in LISTS.map(|list| format!("{place}{list}")) {
        if archive.has(&list) {
            let listed = array(&archive.bytes(&list)?).unwrap_or_default();
            folders.extend(
                listed.iter().flat_map(|one| [text(one, "name"), text(one, "id")].map(str::to_owned)),
            );
        }
    }
    let day = |file: &str| {
        let (channel, day) = file.strip_prefix(place.as_str())?.split_once('/')?;
        let is_day = day.ends_with(".json") && folders.iter().any(|known| known == channel);
        is_day.then(|| (file.to_owned(), channel.to_owned()))
    };
    let mut days: Vec<(String, String)> = archive.names().filter_map(day).collect();
    days.sort();
    Ok(Opened::new(Export { archive, people, days: days.into_iter(), n_messages: 0 }))
}

/// Names of people by id: the address where the export has it.
fn people(archive: &mut Archive, file: &str) -> Result<HashMap<String, Person>, Failure> {
    let listed = array(&archive.bytes(file)?).unwrap_or_default();
    let person = |user: &Value| {
        let profile = user.get("profile").unwrap_or(&Value::Null);
        let names =
            [text(profile, "real_name"), text(user, "real_name"), text(user, "name"), text(user, "id")];
        let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or_default().to_owned();
        let address = text(profile, "email").to_lowercase();
        (text(user, "id").to_owned(), Person { name, address })
    };
    Ok(listed.iter().map(person).collect())
}

struct Person {
    name: String,
    address: String,
}

fn array(bytes: &[u8]) -> Option<Vec<Value>> {
    serde_json::from_slice(bytes).ok()
}

struct Export {
    archive: Archive,
    people: HashMap<String, Person>,
    /// Files with the messages of a day, and their channels.
    days: std::vec::IntoIter<(String, String)>,
    n_messages: u64,
}

impl Records for Export {
    fn step(&mut self, out: &mut Out) -> Result<bool, Failure> {
        let Some((day, channel)) = self.days.next() else { return Ok(false) };
        match array(&self.archive.bytes(&day)?) {
            None => {
                self.n_messages += 1;
                out.reject(self.n_messages, "", "is a day that is not a JSON list", &day);
            }
            Some(messages) => {
                for message in messages {
                    self.n_messages += 1;
                    self.hand_over(&message, &channel, out);
                }
            }
        }
        Ok(true)
    }
}

impl Export {
    fn hand_over(&self, message: &Value, channel: &str, out: &mut Out) {
        let number = self.n_messages;
        let stamp = text(message, "ts");
        let Some(time) = time(stamp) else {
            return out.reject(number, "time", "has no time", stamp);
        };
        let id = [text(message, "user"), text(message, "bot_id")]
            .into_iter()
            .find(|id| !id.is_empty())
            .unwrap_or_default();
        let person = self.people.get(id);
        let name = person.map(|person| person.name.as_str()).filter(|name| !name.is_empty());
        // People of other workspaces are in no list; their messages say who they are.
        let profile = message.get("user_profile").unwrap_or(&Value::Null);
        let own = [text(message, "username"), text(profile, "real_name"), text(profile, "display_name"), id];
        let own = own.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        let name = name.unwrap_or(own);
        let customer = person
            .map(|person| person.address.as_str())
            .filter(|address| !address.is_empty())
            .unwrap_or(name);
        if customer.is_empty() {
            return out.reject(number, "customer", "was written by nobody known", stamp);
        }
        let thread = text(message, "thread_ts");
        out.record(
            number,
            &[
                ("customer", customer),
                ("activity", &activity(message, stamp, thread)),
                ("time", &time),
                ("channel", "Slack"),
                ("text", &self.words(&said(message))),
                ("conversation", channel),
                ("thread", if thread.is_empty() { stamp } else { thread }),
                ("name", name),
            ],
        );
    }

    /// Names instead of ids, and links as people see them.
    fn words(&self, text: &str) -> String {
        let mut plain = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('<') {
            plain.push_str(before);
            let Some((link, after)) = behind.split_once('>') else {
                rest = behind;
                continue;
            };
            let (target, caption) = link.split_once('|').unwrap_or((link, ""));
            match (target.strip_prefix('@'), caption) {
                (Some(id), "") => {
                    plain.push('@');
                    plain.push_str(self.people.get(id).map_or(id, |person| &person.name));
                }
                // `<!here>` and its like.
                (_, "") if target.starts_with('!') => {
                    plain.push('@');
                    plain.push_str(&target[1..]);
                }
                (_, "") => plain.push_str(target),
                (_, caption) => plain.push_str(caption),
            }
            rest = after;
        }
        plain.push_str(rest);
        plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    }
}

/// The text of a message; what programs write often stands in attachments alone.
fn said(message: &Value) -> String {
    let own = text(message, "text");
    let attachments = message.get("attachments").and_then(Value::as_array).filter(|_| own.is_empty());
    let words = attachments.into_iter().flatten().map(|one| {
        let words = [text(one, "text"), text(one, "fallback"), text(one, "title")];
        words.into_iter().find(|words| !words.is_empty()).unwrap_or_default()
    });
    std::iter::once(own).chain(words).filter(|words| !words.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Seconds since 1970 with six decimals, of which milliseconds are kept.
fn time(stamp: &str) -> Option<String> {
    let (secs, fraction) = stamp.split_once('.').unwrap_or((stamp, "0"));
    let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some(Moment::of_unix_secs(secs.parse().ok()?).plus_millis(millis).iso())
}

fn activity(message: &Value, stamp: &str, thread: &str) -> String {
    let kind = text(message, "subtype").replace('_', " ");
    let mut chars = kind.chars();
    match chars.next() {
        Some(first) if kind != "thread broadcast" => first.to_uppercase().chain(chars).collect(),
        _ if !thread.is_empty() && thread != stamp => "Reply".to_owned(),
        // As Slack called it when it was a kind of its own.
        _ if message.get("files").is_some() && text(message, "text").is_empty() => "File share".to_owned(),
        _ => "Message".to_owned(),
    }
}
