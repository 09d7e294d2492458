//! Captions of each kind, with their faults by line.

use crate::Reader;
use crate::reader::reading;
use proptest::prelude::*;
use protocol::import::{Reading, Reject};
use source::Foreign;
use std::io::Cursor;

/// The records as text, and what was refused.
fn read(name: &str, kind: Foreign, text: &str, start: Option<&str>) -> (Vec<String>, Vec<Reject>) {
    let reading = Reading { start: start.map(str::to_owned), ..reading(kind) };
    let mut reader =
        Reader::open(name, Box::new(Cursor::new(text.to_owned())), &reading).expect("a text can be opened");
    let (mut records, mut rejects) = (String::new(), Vec::new());
    while let Some(piece) = reader.next_piece().expect("a text can be read") {
        records.push_str(&String::from_utf8(piece.records).expect("records are UTF-8"));
        rejects.extend(piece.rejects);
    }
    (records.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect(), rejects)
}

#[test]
fn cues_have_speakers_times_and_words() {
    let text = "WEBVTT\n\nNOTE by hand\n\nfirst\n00:00:01.000 --> 00:00:02.500 align:start\n<v Ada>Hello <b>there</b>\n\n\
                00:00:03.000 --> 00:00:04.000\nBen Okri: Good day\nto you &amp; all\n\n00:05.000 --> 00:06.000\n- words\n";
    let (records, rejects) = read("2026-03-01 09.30 call.vtt", Foreign::WebVtt, text, None);
    assert_eq!(rejects, [], "all cues are good");
    assert_eq!(
        records,
        [
            r#"{"customer":"2026-03-01 09.30 call","activity":"Ada speaks","time":"2026-03-01T09:30:01","end_time":"2026-03-01T09:30:02.500","channel":"call","text":"Hello there","speaker":"Ada"}"#,
            r#"{"customer":"2026-03-01 09.30 call","activity":"Ben Okri speaks","time":"2026-03-01T09:30:03","end_time":"2026-03-01T09:30:04","channel":"call","text":"Good day to you & all","speaker":"Ben Okri"}"#,
            r#"{"customer":"2026-03-01 09.30 call","activity":"Speech","time":"2026-03-01T09:30:05","end_time":"2026-03-01T09:30:06","channel":"call","text":"words","speaker":""}"#,
        ],
        "one record a cue"
    );
}

#[test]
fn captions_of_other_kinds() {
    let srt = "1\n00:00:00,500 --> 00:00:07,000\nOne\n\n2\n00:00:07,000 --> 00:00:11.890\nTwo\n";
    let (records, rejects) = read("a.srt", Foreign::Srt, srt, Some("2026-03-01T09:30"));
    assert_eq!((records.len(), rejects.len()), (2, 0), "SRT");
    assert!(records[1].contains("\"time\":\"2026-03-01T09:30:07\""), "{}", records[1]);
    let sbv = "0:00:00.378,0:00:11.378\nOne\nmore\n\n0:00:11.378,0:00:12.305\nTwo\n";
    let (records, rejects) = read("a.sbv", Foreign::Sbv, sbv, Some("2026-03-01T09:30"));
    assert_eq!((records.len(), rejects.len()), (2, 0), "SBV");
    assert!(records[0].contains("One\\nmore"), "{}", records[0]);
}

#[test]
fn faults_are_named_with_line_and_field() {
    let text = "WEBVTT\n\n00:00:07.000 --> 00:00:1d.890\nA\n\nB\n\n00:01.000 --> 00:02.000\n\n00:03.000 --> 00:04.000\nC\n";
    let (records, rejects) = read("a.vtt", Foreign::WebVtt, text, Some("2026-03-01T09:30"));
    assert_eq!(records.len(), 1, "the good cue");
    let faults: Vec<(u64, &str, &str)> =
        rejects.iter().map(|reject| (reject.line, reject.field.as_str(), reject.reason.as_str())).collect();
    assert_eq!(
        faults,
        [
            (3, "time", "has no readable times of begin and end"),
            (6, "time", "has no times of begin and end"),
            (8, "text", "has no words"),
        ],
        "three faults"
    );
}

#[test]
fn the_beginning_is_asked_for_where_nobody_knows() {
    let open = |name: &str, text: &str, start: Option<&str>| {
        let reading = Reading { start: start.map(str::to_owned), ..reading(Foreign::WebVtt) };
        let reader = Reader::open(name, Box::new(Cursor::new(text.to_owned())), &reading).expect("opens");
        reader.start().map(str::to_owned)
    };
    let text = "WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n";
    assert_eq!(open("call.vtt", text, None).as_deref(), Some(""), "nobody knows");
    assert_eq!(
        open("call.vtt", text, Some("2026-03-01T09:30")).as_deref(),
        Some("2026-03-01T09:30:00"),
        "a person"
    );
    assert_eq!(
        open("GMT20260301-093000.vtt", text, None).as_deref(),
        Some("2026-03-01T09:30:00Z"),
        "the name"
    );
    let headed = "WEBVTT\n\nNOTE recorded 2026-03-01 09:30\n\n00:01.000 --> 00:02.000\nHello\n";
    assert_eq!(open("call.vtt", headed, None).as_deref(), Some("2026-03-01T09:30:00"), "a note");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(WEBVTT\n|[0-9:.,> -]{1,14}|00:0[0-9].000 --> 00:09.000\n|<v A>|[a-z]|\n|é){0,40}") {
        for kind in [Foreign::WebVtt, Foreign::Srt, Foreign::Sbv] {
            let (records, _) = read("a.vtt", kind, &text, Some("2026-03-01T09:30"));
            for record in records {
                prop_assert!(serde_json::from_str::<serde_json::Value>(&record).is_ok(), "{record}");
            }
        }
    }
}
