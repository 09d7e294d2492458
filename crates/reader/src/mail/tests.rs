//! Messages and mailboxes become records or are refused with a reason.

use crate::Reader;
use crate::reader::reading;
use proptest::prelude::*;
use protocol::import::Reject;
use source::Foreign;
use std::io::Cursor;

fn read(kind: Foreign, bytes: &[u8]) -> (Vec<serde_json::Value>, Vec<Reject>) {
    let mut reader =
        Reader::open("a", Box::new(Cursor::new(bytes.to_vec())), &reading(kind)).expect("mail can be opened");
    let (mut records, mut rejects) = (String::new(), Vec::new());
    while let Some(piece) = reader.next_piece().expect("mail can be read") {
        records.push_str(&String::from_utf8(piece.records).expect("records are UTF-8"));
        rejects.extend(piece.rejects);
    }
    let lines = records.lines().filter(|line| !line.is_empty());
    (lines.map(|line| serde_json::from_str(line).expect("a record is JSON")).collect(), rejects)
}

const MESSAGE: &str = "From: Ada Lovelace <Ada@Example.com>\r\nTo: help@shop.example, Ben <ben@shop.example>\r\n\
    Subject: =?utf-8?q?Re=3A_Z=C3=BCrich?=\r\nDate: Sun, 1 Mar 2026 09:30:00 +0100\r\nMessage-ID: <2@example.com>\r\n\
    References: <0@example.com> <1@example.com>\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\
    Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe!\r\n\r\nOn 28 Feb 2026, Help <help@shop.example> wrote:\r\n> Hi\r\n";

#[test]
fn a_message_is_a_record() {
    let (records, rejects) = read(Foreign::Eml, MESSAGE.as_bytes());
    assert_eq!(rejects, [], "nothing is wrong");
    let expected = serde_json::json!({
        "customer": "ada@example.com",
        "activity": "E-mail reply",
        "time": "2026-03-01T09:30:00+01:00",
        "channel": "e-mail",
        "text": "Grüße!",
        "subject": "Re: Zürich",
        "to": "help@shop.example, ben@shop.example",
        "name": "Ada Lovelace",
        "thread": "0@example.com",
    });
    assert_eq!(records, [expected], "decoded and stripped");
}

#[test]
fn a_mailbox_has_many_messages() {
    let one = |from: &str, body: &str| {
        format!(
            "From x Sun Mar  1 09:30:00 2026\nFrom: {from}\nDate: Sun, 1 Mar 2026 09:30:00 +0000\n\n{body}\n"
        )
    };
    let mailbox = format!(
        "{}\n{}\n{}\n{}",
        one("a@b.c", "Hello\n>From here\nFrom there"),
        one("", "no sender"),
        "From x\nFrom: a@b.c\n\nno date\n",
        one("d@e.f", "World")
    );
    let (records, rejects) = read(Foreign::Mbox, mailbox.as_bytes());
    let texts: Vec<&str> = records.iter().map(|record| record["text"].as_str().expect("a text")).collect();
    assert_eq!(texts, ["Hello\nFrom here\nFrom there", "World"], "marks are undone, a line is no message");
    let faults: Vec<(u64, &str)> =
        rejects.iter().map(|reject| (reject.line, reject.reason.as_str())).collect();
    assert_eq!(faults, [(2, "has no sender"), (3, "has no date")], "by number of the message");
}

#[test]
fn html_becomes_words() {
    let message = "From: a@b.c\nDate: Sun, 1 Mar 2026 09:30:00 +0000\nContent-Type: text/html\n\n<p>Hello <b>you</b> &amp; me</p><style>x{}</style>\n";
    let (records, _) = read(Foreign::Eml, message.as_bytes());
    assert_eq!(records[0]["text"], "Hello you & me", "no tags");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn mutated_messages_are_records_or_refused(at in 0..MESSAGE.len(), byte in any::<u8>(), end in 0..MESSAGE.len()) {
        let mut bytes = MESSAGE.as_bytes().to_vec();
        bytes[at] = byte;
        bytes.truncate(end.max(1));
        for kind in [Foreign::Eml, Foreign::Mbox] {
            let opened = Reader::open("a", Box::new(Cursor::new(bytes.clone())), &reading(kind));
            if let Ok(mut reader) = opened {
                let mut n = 0;
                while let Some(piece) = reader.next_piece().expect("memory can be read") {
                    n += piece.rejects.len() + usize::from(!piece.records.is_empty());
                }
                prop_assert!(n > 0 || bytes.trim_ascii().is_empty());
            }
        }
    }
}
