//! What people's own files hold, against what is known of them. The files lie beside the workspace; where they are missing,
//! the tests say so loudly.

use mail_parser::{HeaderValue, MessageParser};
use protocol::import::{Reading, Reject};
use reader::Reader;
use serde_json::Value;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if path.is_dir() {
        return Some(path);
    }
    println!("\n!!! NOT CHECKED AGAINST PUBLIC FILES: {} is not there\n", path.display());
    None
}

/// Files below a folder that end so, in order of name.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// All records of the first thing in a file, and what was refused.
fn read(
    name: &str,
    bytes: &[u8],
    change: impl FnOnce(&mut Reading),
) -> Result<(Vec<Value>, Vec<Reject>), String> {
    let input = || Box::new(Cursor::new(bytes.to_vec()));
    let contents = reader::contents(name, input()).map_err(|failure| failure.message)?;
    let mut reading = contents.parts.into_iter().next().and_then(|part| part.reading).ok_or("no reader")?;
    change(&mut reading);
    let mut reader = Reader::open(name, input(), &reading).map_err(|failure| failure.message)?;
    let (mut records, mut rejects) = (Vec::new(), Vec::new());
    while let Some(piece) = reader.next_piece().map_err(|failure| failure.message)? {
        let text = String::from_utf8(piece.records).expect("records are UTF-8");
        let lines = text.lines().filter(|line| !line.is_empty());
        records.extend(lines.map(|line| serde_json::from_str::<Value>(line).expect("a record is JSON")));
        rejects.extend(piece.rejects);
    }
    Ok((records, rejects))
}

fn bytes(path: &Path) -> Vec<u8> {
    fs::read(path).expect("the file can be read")
}

fn name(path: &Path) -> String {
    path.file_name().expect("a file").to_string_lossy().into_owned()
}

/// The value of a header in the expected parse of a message.
fn expected_header<'a>(expected: &'a Value, name: &str) -> Option<&'a Value> {
    let headers = expected["parts"][0]["headers"].as_array()?;
    headers.iter().rfind(|header| header["name"] == name).map(|header| &header["value"])
}

#[test]
fn messages_are_read_as_expected() {
    let Some(folder) = folder("email-mime/eml") else { return };
    let (mut n_read, mut n_refused) = (0, 0);
    for path in files(&folder, ".eml") {
        let expected = bytes(&path.with_extension("json"));
        let expected: Value = serde_json::from_slice(&expected).expect("the expected parse is JSON");
        let (records, rejects) =
            read(&name(&path), &bytes(&path), |_| ()).expect("mail is never refused as a whole");
        assert_eq!(records.len() + rejects.len(), 1, "{}: one message", path.display());
        let Some(record) = records.first() else {
            let reason = rejects[0].reason.as_str();
            let field = if reason == "has no sender" { "from" } else { "date" };
            let address = expected_header(&expected, field).map(ToString::to_string).unwrap_or_default();
            // Only a message that really lacks it, or whose date is no date, is refused.
            assert!(
                !address.contains("\"address\":\"") || field == "date",
                "{}: {reason}, but there is {address}",
                path.display()
            );
            n_refused += 1;
            continue;
        };
        n_read += 1;
        if let Some(subject) = expected_header(&expected, "subject").and_then(|value| value["Text"].as_str())
        {
            assert_eq!(record["subject"], subject.trim(), "{}: subject", path.display());
        }
        if let Some(date) =
            expected_header(&expected, "date").map(|value| &value["DateTime"]).filter(|date| date.is_object())
        {
            let number = |field: &str| date[field].as_u64().expect("a number");
            let wanted = format!(
                "{:04}-{:02}-{:02}T{:02}:{:02}",
                number("year"),
                number("month"),
                number("day"),
                number("hour"),
                number("minute")
            );
            let is_day = number("month") > 0 && number("day") > 0 && number("hour") < 24;
            if is_day {
                let time = record["time"].as_str().expect("a time");
                assert!(time.starts_with(&wanted), "{}: {time}, not {wanted}", path.display());
            }
        }
        let from =
            expected_header(&expected, "from").map(ToString::to_string).unwrap_or_default().to_lowercase();
        let customer = record["customer"].as_str().expect("a customer");
        if from.contains("\"address\":\"") {
            assert!(from.contains(customer), "{}: {customer} is not in {from}", path.display());
        }
    }
    println!("{n_read} messages read, {n_refused} refused");
    assert!(n_read > n_refused, "{n_read} read, {n_refused} refused");
}

#[test]
fn words_of_a_reply_are_the_senders_own() {
    let Some(folder) = folder("email-talon/standard_replies") else { return };
    let mut n_checked = 0;
    for path in files(&folder, ".eml") {
        let raw = bytes(&path);
        // Some fixtures have no date or sender, which the record needs and these tests do not.
        let mut dated = b"Date: Sun, 1 Mar 2026 09:30:00 +0000\r\nFrom: a@b.c\r\n".to_vec();
        dated.extend_from_slice(&raw);
        let message = MessageParser::default().parse(&dated).expect("a message");
        assert!(!matches!(message.header("Subject"), Some(HeaderValue::Empty)), "the headers are read");
        let (records, rejects) = read(&name(&path), &dated, |_| ()).expect("a message");
        assert_eq!(rejects, [], "{}", path.display());
        assert_eq!(records[0]["text"], "Hello", "{}", path.display());
        n_checked += 1;
    }
    assert!(n_checked >= 12, "{n_checked} replies");
}

#[test]
fn signatures_are_found_as_another_program_finds_them() {
    let Some(folder) = folder("email-talon/signature/emails/stripped") else { return };
    let (mut n_same, mut n_all) = (0, 0);
    for path in files(&folder, "_signature") {
        let body = PathBuf::from(path.to_string_lossy().replace("_signature", "_body"));
        let body = String::from_utf8(bytes(&body)).expect("text").replace("\r\n", "\n");
        let signature = String::from_utf8(bytes(&path)).expect("text").replace("\r\n", "\n");
        // Marks of the corpus, which stand in no mail.
        let (body, signature) = (body.replace("#sig#", ""), signature.replace("#sig#", ""));
        let mail = format!(
            "From: a@b.c\nDate: Sun, 1 Mar 2026 09:30:00 +0000\nContent-Type: text/plain; charset=utf-8\n\n{body}"
        );
        let (records, _) = read("a.eml", mail.as_bytes(), |_| ()).expect("a message");
        let words = records[0]["text"].as_str().expect("a text");
        let expected = body.trim_end().strip_suffix(signature.trim()).map(str::trim);
        n_all += 1;
        n_same += usize::from(expected == Some(words));
        assert!(
            body.contains(words.lines().next().unwrap_or_default()),
            "{}: nothing is invented",
            path.display()
        );
        println!("{}: {}", name(&path), if expected == Some(words) { "as expected" } else { "otherwise" });
    }
    // The other program has learnt from letters; by rules alone, names without dashes or a closing word are no signature.
    assert!(n_same >= 2, "{n_same} of {n_all}");
}

#[test]
fn captions_valid_and_broken() {
    let Some(folder) = folder("webvtt") else { return };
    let start = |reading: &mut Reading| reading.start = Some("2026-03-01T09:30".to_owned());
    let count = |file: &str| {
        let (records, rejects) =
            read(file, &bytes(&folder.join(file)), start).expect("captions are never refused as a whole");
        (records.len(), rejects.len())
    };
    for (file, n_records, n_rejects) in [
        ("sample.vtt", 16, 0),
        ("captions_with_bom.vtt", 4, 0),
        ("comments.vtt", 3, 0),
        ("cue_tags.vtt", 3, 0),
        ("metadata_headers.vtt", 2, 0),
        ("metadata_headers_multiline.vtt", 2, 0),
        ("no_captions.vtt", 0, 0),
        ("one_caption.vtt", 1, 0),
        ("styles.vtt", 1, 0),
        ("using_identifiers.vtt", 6, 0),
        ("invalid.vtt", 7, 0),
        ("invalid_timeframe.vtt", 6, 1),
        ("invalid_timeframe_in_cue_text.vtt", 3, 1),
        ("missing_caption_text.vtt", 4, 1),
        ("missing_timeframe.vtt", 6, 1),
        ("sample.srt", 5, 0),
        ("one_caption.srt", 1, 0),
        ("invalid_timeframe.srt", 5, 0),
        ("missing_caption_text.srt", 4, 1),
        ("missing_timeframe.srt", 4, 1),
        ("invalid_format1.srt", 0, 1),
        ("invalid_format2.srt", 0, 1),
        ("invalid_format3.srt", 0, 1),
        ("invalid_format4.srt", 0, 1),
        ("sample.sbv", 5, 0),
        ("two_captions.sbv", 2, 0),
        ("invalid_format.sbv", 0, 1),
        ("invalid_timeframe.sbv", 4, 1),
        ("missing_caption_text.sbv", 4, 1),
        ("missing_timeframe.sbv", 4, 1),
    ] {
        assert_eq!(count(file), (n_records, n_rejects), "{file}: records and refusals");
    }
}

#[test]
fn chats_of_whatsapp() {
    let Some(folder) = folder("whatsapp-lorem") else { return };
    for (file, n_records) in [("lorem.txt", 500), ("lorem-2000.txt", 2_000), ("pokemon.txt", 19)] {
        let (records, rejects) = read(file, &bytes(&folder.join(file)), |_| ()).expect("a chat");
        assert_eq!(records.len(), n_records, "{file}");
        assert!(rejects.len() <= 1, "{file}: {rejects:?}");
    }
    // Every form of header that the peer supports, written for one moment.
    let forms: Value =
        serde_json::from_slice(&bytes(&folder.join("header_format_support.json"))).expect("JSON");
    let forms = forms.as_array().expect("a list");
    for form in forms {
        let form = form["format"].as_str().expect("a form");
        let line = |day: &str| {
            form.replace("%y", "21")
                .replace("%m", "11")
                .replace("%d", day)
                .replace("%H", "17")
                .replace("%I", "05")
                .replace("%M", "06")
                .replace("%S", "07")
                .replace("%p", "PM")
                .replace("%name", "Ada")
        };
        let chat = format!("{} Hello\n{} World\n{} End\n", line("23"), line("24"), line("25"));
        let (records, rejects) = read("chat.txt", chat.as_bytes(), |_| ()).expect("a chat");
        assert_eq!((records.len(), rejects.len()), (3, 0), "{form}");
        let time = records[1]["time"].as_str().expect("a time");
        assert!(time.ends_with("T17:06:07") || time.ends_with("T17:06:00"), "{form}: {time}");
        assert_eq!(records[1]["text"], "World", "{form}");
    }
    assert_eq!(forms.len(), 96, "all forms");
}

#[test]
fn an_export_of_slack() {
    let Some(folder) = folder("slack-export") else { return };
    let archive = bytes(&folder.join("testarchive.zip"));
    let (records, rejects) = read("testarchive.zip", &archive, |_| ()).expect("an export");
    assert_eq!((records.len(), rejects.len()), (157, 1), "all messages");
    let people: std::collections::BTreeSet<&str> =
        records.iter().filter_map(|record| record["customer"].as_str()).collect();
    assert_eq!(people.len(), 7, "{people:?}");
    for end in (0..archive.len()).step_by(977) {
        let cut = read("testarchive.zip", &archive[..end], |_| ());
        assert!(cut.is_err(), "an archive cut at {end} is refused");
    }
}
