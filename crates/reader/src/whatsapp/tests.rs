//! Chats in the form of several countries.

use super::*;
use crate::Reader;
use crate::reader::reading;
use proptest::prelude::*;
use protocol::import::{Reading, Reject};
use source::Foreign;
use std::io::Cursor;

/// The records as text, what was refused, and the order of dates.
fn read(text: &str, choice: Option<&str>) -> (Vec<String>, Vec<Reject>, Option<Choices>) {
    let reading = Reading { choice: choice.map(str::to_owned), ..reading(Foreign::WhatsApp) };
    let mut reader =
        Reader::open("WhatsApp Chat with Ada.txt", Box::new(Cursor::new(text.to_owned())), &reading)
            .expect("a chat can be opened");
    let choices = reader.choices().cloned();
    let (mut records, mut rejects) = (String::new(), Vec::new());
    while let Some(piece) = reader.next_piece().expect("a chat can be read") {
        records.push_str(&String::from_utf8(piece.records).expect("records are UTF-8"));
        rejects.extend(piece.rejects);
    }
    (records.lines().map(str::to_owned).collect(), rejects, choices)
}

#[test]
fn messages_of_all_countries() {
    for (line, date, hour, minute, second) in [
        ("[15-01-20 02:22:56] Mary: Hi", [15, 1, 20], 2, 22, 56),
        ("15.04.2016, 15:04 - Mary: Hi", [15, 4, 2016], 15, 4, 0),
        ("\u{200e}[1/2/24, 9:05:07\u{202f}PM] Mary: Hi", [1, 2, 24], 21, 5, 7),
        ("1/2/24, 12:05 AM - Mary: Hi", [1, 2, 24], 0, 5, 0),
        ("2/1/24, 9:05 p. m. - Mary: Hi", [2, 1, 24], 21, 5, 0),
        ("02/01/2024 à 09:05 - Mary: Hi", [2, 1, 2024], 9, 5, 0),
        ("[2024/1/2 下午9:05:07] Mary: Hi", [2024, 1, 2], 21, 5, 7),
        ("2. 1. 2024, 9:05 - Mary: Hi", [2, 1, 2024], 9, 5, 0),
        ("02.01.24 09.05 - Mary: Hi", [2, 1, 24], 9, 5, 0),
    ] {
        let found = stamp(line).unwrap_or_else(|| panic!("{line} begins a message"));
        assert_eq!(
            (found.date, found.hour, found.minute, found.second),
            (date, hour, minute, second),
            "{line}"
        );
        assert_eq!(found.rest, "Mary: Hi", "{line}");
    }
    for line in
        ["", "Hello", "12/3", "1/2/24 is when we met - I think", "[1/2/24, 13:05 PM] Mary: Hi", "1.5 - 3: x"]
    {
        assert_eq!(stamp(line), None, "{line}");
    }
}

#[test]
fn messages_keep_their_lines() {
    let text = "13.01.24, 09:05 - Ada: First\nsecond: line\n\n13.01.24, 09:06 - Chat: notice?\n13.01.24, 09:07 - encrypted\n\
                13.01.24, 09:08 - Ben: <Media omitted>\n";
    let (records, rejects, choices) = read(text, None);
    assert_eq!(
        records,
        [
            r#"{"customer":"Ada","activity":"Message","time":"2024-01-13T09:05:00","channel":"WhatsApp","text":"First\nsecond: line","conversation":"Ada"}"#,
            "",
            "",
            r#"{"customer":"Chat","activity":"Message","time":"2024-01-13T09:06:00","channel":"WhatsApp","text":"notice?","conversation":"Ada"}"#,
            "",
            r#"{"customer":"Ben","activity":"Media","time":"2024-01-13T09:08:00","channel":"WhatsApp","text":"<Media omitted>","conversation":"Ada"}"#,
        ],
        "blank lines keep the count"
    );
    let fault = rejects.first().map(|reject| (reject.line, reject.field.as_str()));
    assert_eq!((fault, rejects.len()), (Some((5, "customer")), 1), "the notice is refused");
    assert_eq!(choices, None, "the thirteenth decides the order");
}

#[test]
fn the_order_of_dates_is_decided_by_all_messages() {
    let chosen =
        |text: &str, choice| read(text, choice).2.map(|choices| (choices.chosen, choices.options.len()));
    let american = "1/2/24, 9:05 PM - Ada: a\n1/3/24, 9:05 PM - Ada: b\n";
    let (records, ..) = read(american, None);
    assert!(records[0].contains("2024-01-02T21:05"), "{}", records[0]);
    assert_eq!(chosen(american, None), Some(("month/day/year".to_owned(), 2)), "both fit, a person may say");
    let (records, ..) = read(american, Some("day/month/year"));
    assert!(records[0].contains("2024-02-01T21:05"), "{}", records[0]);
    // Later messages go on in time only when the first number is the month.
    let (records, _, choices) =
        read("1/2/24, 09:05 - Ada: a\n1/3/24, 09:05 - Ada: b\n2/1/24, 09:05 - Ada: c\n", None);
    assert!(records[0].contains("2024-01-02"), "{} {choices:?}", records[0]);
}

#[test]
fn what_is_no_chat_is_refused() {
    let opened = Reader::open("a.txt", Box::new(Cursor::new("Hello\n")), &reading(Foreign::WhatsApp));
    let message = opened.expect_err("no message").message;
    assert_eq!(message, "a.txt has no line that begins like a message of WhatsApp.", "named");
}

proptest! {
    #[test]
    fn every_line_is_in_a_record_or_refused(
        parts in proptest::collection::vec("(1/2/24, 09:05 - |\\[13.1.24, 9:05:00 PM\\] |99/99/99, 9:05 - )?(Ada: )?[a-zé: \\]-]{0,12}", 1..12),
    ) {
        let text = parts.join("\n");
        if text.lines().any(|line| stamp(line.trim_end()).is_some()) {
            let (records, rejects, _) = read(&text, None);
            let n_messages = text.lines().filter(|line| stamp(line.trim_end()).is_some()).count();
            let n_records = records.iter().filter(|line| !line.is_empty()).count();
            prop_assert!(n_records + rejects.len() >= n_messages, "{records:?} {rejects:?}");
        }
    }
}
