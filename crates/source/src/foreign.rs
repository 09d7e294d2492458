//! Tells files that need a reader of their own — archives, workbooks, mail, transcripts, chats — from those read here.

use flate2::read::MultiGzDecoder;
use std::io::Read;

/// Bytes of a file that are enough for [`Foreign::recognise`].
pub const FOREIGN_HEAD_BYTES: usize = 64 << 10;
/// Lines in which a header of mail or the first message of a chat is looked for.
const MAX_LINES: usize = 40;

/// A kind of file that a reader turns into records before they are imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Foreign {
    /// A file inside an archive that needs no reader beyond being unpacked.
    Plain,
    /// A ZIP container: an archive, or a workbook, which only its list of files tells.
    Zip,
    /// An export of a Slack workspace, as an archive.
    Slack,
    /// A workbook of Excel or OpenOffice.
    Workbook,
    /// Apache Parquet.
    Parquet,
    /// An SQLite database.
    Sqlite,
    /// One message of mail.
    Eml,
    /// A mailbox: many messages in one file.
    Mbox,
    /// Captions for the web, with speakers.
    WebVtt,
    /// SubRip captions.
    Srt,
    /// Captions as YouTube writes them.
    Sbv,
    /// A chat exported by WhatsApp.
    WhatsApp,
    /// Chats exported by Telegram.
    Telegram,
    /// Conversations of Intercom.
    Intercom,
    /// An object-centric event log in JSON.
    OcelJson,
    /// An object-centric event log in XML.
    OcelXml,
    /// An object-centric event log as a table.
    OcelCsv,
}

impl Foreign {
    const ALL: [Foreign; 17] = [
        Foreign::Plain,
        Foreign::Zip,
        Foreign::Slack,
        Foreign::Workbook,
        Foreign::Parquet,
        Foreign::Sqlite,
        Foreign::Eml,
        Foreign::Mbox,
        Foreign::WebVtt,
        Foreign::Srt,
        Foreign::Sbv,
        Foreign::WhatsApp,
        Foreign::Telegram,
        Foreign::Intercom,
        Foreign::OcelJson,
        Foreign::OcelXml,
        Foreign::OcelCsv,
    ];

    /// Its name, for people and on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Foreign::Plain => "plain",
            Foreign::Zip => "ZIP",
            Foreign::Slack => "Slack",
            Foreign::Workbook => "Workbook",
            Foreign::Parquet => "Parquet",
            Foreign::Sqlite => "SQLite",
            Foreign::Eml => "EML",
            Foreign::Mbox => "mbox",
            Foreign::WebVtt => "WebVTT",
            Foreign::Srt => "SRT",
            Foreign::Sbv => "SBV",
            Foreign::WhatsApp => "WhatsApp",
            Foreign::Telegram => "Telegram",
            Foreign::Intercom => "Intercom",
            Foreign::OcelJson => "OCEL JSON",
            Foreign::OcelXml => "OCEL XML",
            Foreign::OcelCsv => "OCEL CSV",
        }
    }

    /// The kind with that name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind of a file from its first [`FOREIGN_HEAD_BYTES`]; `None` where it is none of these. What is gzip-compressed
    /// is looked into.
    #[must_use]
    pub fn recognise(name: &str, head: &[u8]) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        if head.starts_with(&[0x1f, 0x8b]) {
            let mut plain = Vec::new();
            // An error means that the head is cut off; what came before it counts.
            let limit = FOREIGN_HEAD_BYTES as u64;
            let _is_whole = MultiGzDecoder::new(head).take(limit).read_to_end(&mut plain).is_ok();
            return Self::of_plain(name.strip_suffix(".gz").unwrap_or(&name), &plain);
        }
        Self::of_plain(&name, head)
    }

    fn of_plain(name: &str, head: &[u8]) -> Option<Self> {
        match head {
            [b'P', b'K', 3 | 5 | 7, 4 | 6 | 8, ..] => return Some(Foreign::Zip),
            [b'P', b'A', b'R', b'1', ..] => return Some(Foreign::Parquet),
            [0xd0, 0xcf, 0x11, 0xe0, ..] => return Some(Foreign::Workbook),
            _ if head.starts_with(b"SQLite format 3\0") => return Some(Foreign::Sqlite),
            _ => {}
        }
        let text = String::from_utf8_lossy(head);
        let text = text.trim_start_matches('\u{feff}');
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension {
            "vtt" => return Some(Foreign::WebVtt),
            "srt" => return Some(Foreign::Srt),
            "sbv" => return Some(Foreign::Sbv),
            _ => {}
        }
        match text.trim_start().bytes().next() {
            Some(b'{' | b'[') if !starts_chat(text) => return json(text),
            Some(b'<') => return xml(text),
            _ => {}
        }
        words(extension, text)
    }
}

/// Kinds of chats of Telegram.
const TELEGRAM: [&str; 8] = [
    "personal_chat",
    "bot_chat",
    "saved_messages",
    "private_group",
    "private_supergroup",
    "public_supergroup",
    "private_channel",
    "public_channel",
];

fn json(text: &str) -> Option<Foreign> {
    let has = |key: &str| text.contains(key);
    if has("\"ocel:events\"") || has("\"ocel:global-") || (has("\"objectTypes\"") && has("\"attributes\"")) {
        return Some(Foreign::OcelJson);
    }
    let is_chat = TELEGRAM.iter().any(|kind| has(&format!("\"{kind}\"")));
    // In the export of a whole account contacts stand in front, and the chats may begin far behind them.
    let is_account = has("\"personal_information\"") && (has("\"contacts\"") || has("\"frequent_contacts\""));
    if is_chat && (has("\"messages\"") || has("\"chats\"")) || is_account {
        return Some(Foreign::Telegram);
    }
    (has("\"conversation_parts\"") || has("\"conversation.list\"")).then_some(Foreign::Intercom)
}

fn xml(text: &str) -> Option<Foreign> {
    let is_log = text.contains("<log");
    let is_centric = text.contains("<object-types") || text.contains("\"object-types\"");
    (is_log && is_centric).then_some(Foreign::OcelXml)
}

/// Kinds told by the words in their first lines.
fn words(extension: &str, text: &str) -> Option<Foreign> {
    let mut lines = text.lines().skip_while(|line| line.trim().is_empty()).take(MAX_LINES);
    let first = lines.next()?;
    let rest: Vec<&str> = lines.collect();
    if first == "WEBVTT" || first.starts_with("WEBVTT ") || first.starts_with("WEBVTT\t") {
        return Some(Foreign::WebVtt);
    }
    if first.starts_with("From ") && (extension == "mbox" || has_headers(&rest)) {
        return Some(Foreign::Mbox);
    }
    let is_number = |line: &str| !line.trim().is_empty() && line.trim().bytes().all(|b| b.is_ascii_digit());
    if is_number(first) && rest.first().is_some_and(|line| line.contains(" --> ")) {
        return Some(Foreign::Srt);
    }
    if first.contains("ocel:eid") && first.contains("ocel:type:") {
        return Some(Foreign::OcelCsv);
    }
    if is_sbv(first) {
        return Some(Foreign::Sbv);
    }
    // A table may have a dash behind its time, too.
    if extension != "csv" && extension != "tsv" && starts_chat(text) {
        return Some(Foreign::WhatsApp);
    }
    let all: Vec<&str> = std::iter::once(first).chain(rest).collect();
    let is_mail = extension == "eml" || extension == "mbox" || has_headers(&all);
    is_mail.then_some(Foreign::Eml)
}

/// Two cue times and nothing else: `0:00:00.378,0:00:11.378`.
fn is_sbv(line: &str) -> bool {
    let is_time = |time: &str| {
        let parts: Vec<&str> = time.trim().split([':', '.']).collect();
        parts.len() == 4
            && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    };
    line.split_once(',').is_some_and(|(start, end)| is_time(start) && is_time(end))
}

/// The first lines are headers of mail, two of them among those that every message has.
fn has_headers(lines: &[&str]) -> bool {
    const USUAL: [&str; 10] = [
        "from",
        "to",
        "date",
        "subject",
        "received",
        "message-id",
        "mime-version",
        "return-path",
        "delivered-to",
        "content-type",
    ];
    let mut n_usual = 0;
    for (at, line) in lines.iter().enumerate() {
        if line.trim().is_empty() {
            break;
        }
        let is_continued = at > 0 && line.starts_with([' ', '\t']);
        if is_continued {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else { return false };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic()) {
            return false;
        }
        n_usual += usize::from(USUAL.contains(&name.to_ascii_lowercase().as_str()));
    }
    n_usual >= 2
}

/// A date, a time, and behind it a dash or a closing bracket: how WhatsApp begins each message, in every language.
///
/// The reader of chats decides for good; here two lines of the first ones are enough.
fn starts_chat(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).take(MAX_LINES);
    let is_first = lines.next().is_some_and(is_chat_line);
    is_first && lines.clone().next().is_none_or(|_| lines.any(is_chat_line))
}

fn is_chat_line(line: &str) -> bool {
    let line = line.trim_start_matches(['\u{feff}', '\u{200e}', '\u{200f}', '\u{202a}']);
    let (line, is_bracketed) = line.strip_prefix('[').map_or((line, false), |line| (line, true));
    let head: String = line.chars().take(40).collect();
    let head = if is_bracketed { head.split_once(']') } else { head.split_once(" - ") };
    let Some((stamp, _)) = head else { return false };
    let n_numbers = stamp.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).count();
    let n_letters = stamp.chars().filter(|c| c.is_alphabetic()).count();
    stamp.starts_with(|c: char| c.is_ascii_digit()) && (5..=6).contains(&n_numbers) && n_letters <= 6
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use std::io::Write;

    fn named(name: &str, text: &str) -> Option<&'static str> {
        Foreign::recognise(name, text.as_bytes()).map(Foreign::name)
    }

    #[test]
    fn kinds_are_told_by_what_is_inside() {
        for (name, text, kind) in [
            ("a.bin", "PK\u{3}\u{4}rest", Some("ZIP")),
            ("a.bin", "PAR1rest", Some("Parquet")),
            ("a", "SQLite format 3\0", Some("SQLite")),
            ("a.txt", "WEBVTT\n\n00:01.000 --> 00:02.000\nhi", Some("WebVTT")),
            ("a.txt", "1\n00:00:00,500 --> 00:00:07,000\nhi", Some("SRT")),
            ("a.txt", "0:00:00.378,0:00:11.378\nhi", Some("SBV")),
            ("a", "From a@b.c Thu Jan  1 00:00:00 2026\nFrom: a@b.c\nTo: c@d.e\n\nhi", Some("mbox")),
            ("a.txt", "Received: by x\n\twith y\nFrom: a@b.c\nSubject: hi\n\nhi", Some("EML")),
            ("a.txt", "[15-01-20 02:22:56] Mary: Hi\n", Some("WhatsApp")),
            ("a.txt", "15.04.2016, 15:04 - Ash: Hi\n06.08.2016, 13:18 - Misty: Yo\n", Some("WhatsApp")),
            (
                "a.txt",
                "\u{200e}[1/2/24, 9:05:07 PM] Ada: Hi\nsecond line\n[1/2/24, 9:06:07 PM] Ada: Hi",
                Some("WhatsApp"),
            ),
            ("a.json", "{\"objectTypes\": [{\"name\": \"o\", \"attributes\": []}]}", Some("OCEL JSON")),
            ("a.json", "{\"name\": \"x\", \"type\": \"personal_chat\", \"messages\": []}", Some("Telegram")),
            ("a.json", "{\"about\": \"\", \"personal_information\": {}, \"contacts\": {}}", Some("Telegram")),
            ("a.json", "{\"type\": \"conversation.list\", \"conversations\": []}", Some("Intercom")),
            ("a.xml", "<?xml version='1.0'?><log><object-types/></log>", Some("OCEL XML")),
            ("a.csv", "ocel:eid,ocel:activity,ocel:timestamp,ocel:type:order\n", Some("OCEL CSV")),
        ] {
            assert_eq!(named(name, text), kind, "{text:?}");
        }
    }

    #[test]
    fn what_is_read_here_is_not_foreign() {
        for (name, text) in [
            ("a.csv", "customer,activity,time\nada,open,2026-03-01 09:00\n"),
            ("a.csv", "2026-03-01 09:00,ada - bob,open\n"),
            ("a.log", "time: a\nuser: b\n"),
            ("a.json", "[{\"customer\": 1, \"messages\": 3}]"),
            ("a.ndjson", "{\"type\": \"conversation\"}\n"),
            ("a.xes", "<log xes.version=\"1.0\"><trace/></log>"),
            ("a.txt", "From the beginning\nit was told\n"),
            ("a.csv", ""),
        ] {
            assert_eq!(named(name, text), None, "{text:?}");
        }
    }

    #[test]
    fn gzip_is_looked_into() {
        let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"WEBVTT\n\n").expect("memory takes it");
        let bytes = gzip.finish().expect("memory takes it");
        assert_eq!(Foreign::recognise("call.gz", &bytes), Some(Foreign::WebVtt), "whole");
        assert_eq!(Foreign::recognise("call.gz", &bytes[..10]), None, "cut off");
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..80), text in "[\\[\\]0-9/:., \\-A-Za-z\n{\"]{0,60}") {
            for bytes in [&bytes[..], text.as_bytes()] {
                let kind = Foreign::recognise("a.txt", bytes);
                prop_assert_eq!(kind.and_then(|kind| Foreign::of_name(kind.name())), kind);
            }
        }
    }
}
