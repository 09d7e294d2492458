//! Tables that are well formed are read as the `csv` crate reads them; the others as the module promises.

use super::OPEN_QUOTE;
use crate::Syntax;
use crate::collect::{Read, fault, read, record, repaired};
use crate::record::{FEWER_FIELDS, MAX_RECORD_BYTES, TOO_LONG};
use proptest::prelude::*;

fn csv(text: &str) -> Vec<Read> {
    whole(text.as_bytes()).1
}

fn whole(text: &[u8]) -> (Vec<String>, Vec<Read>) {
    read(Syntax::Csv, ',', text, text.len().max(1)).unwrap()
}

fn error(text: &[u8]) -> String {
    read(Syntax::Csv, ',', text, 1_000).unwrap_err().message()
}

#[test]
fn quotes() {
    assert_eq!(
        csv("a,b\n\"x,\"\"y\"\"\nz\", w \n\"1\"2\"3,5\" 6\"\n"),
        [record(2, &[("a", "x,\"y\"\nz"), ("b", "w")]), record(4, &[("a", "12\"3"), ("b", "5\" 6\"")]),],
        "doubled, with breaks, text behind a quote, quotes inside of plain text"
    );
    assert_eq!(
        csv("a,b\n\"\",\"x\" \n"),
        [record(2, &[("b", "x")])],
        "empty quotes and a blank behind a quote"
    );
}

#[test]
fn ends_of_lines() {
    let expected = [record(2, &[("a", "1"), ("b", "2")]), record(3, &[("a", "3"), ("b", "4")])];
    for text in ["a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n", "a,b\r1,2\r3,4", "a,b\r\n1,2\n3,4"] {
        assert_eq!(csv(text), expected, "{text:?}");
    }
}

#[test]
fn blank_lines_are_no_records() {
    assert_eq!(
        csv("\n  \r\na,b\n\n \t \n1,2\n\n"),
        [record(6, &[("a", "1"), ("b", "2")])],
        "lines are counted"
    );
    assert_eq!(csv(""), [], "nothing");
    assert_eq!(csv("a,b"), [], "only a header");
}

#[test]
fn header_names() {
    let (names, _) = whole(b"sep=,\r\n id ,,id,\"a \"\"b\"\"\"\n");
    assert_eq!(names, ["id", "column 2", "id (2)", "a \"b\""], "the hint of the delimiter is no header");
    let (names, _) = whole(b"a,a,a (2),a,a (2)");
    assert_eq!(names, ["a", "a (2)", "a (2) (2)", "a (3)", "a (2) (3)"], "no two are the same");
}

#[test]
fn ragged_rows() {
    let rows = csv("a,b\n1\n1,\n1,2,,\n1,2,3\n1,2,4\n");
    assert_eq!(rows[0], repaired(2, &[("a", "1")], FEWER_FIELDS), "short");
    assert_eq!(rows[1], record(3, &[("a", "1")]), "empty last field");
    assert_eq!(rows[2], record(4, &[("a", "1"), ("b", "2")]), "empty fields too many");
    let rest = |row: &Read| match row {
        Read::Record { rest_digest, repairs, .. } => (*rest_digest, repairs.len()),
        Read::Fault { .. } => (0, 0),
    };
    assert_eq!((rest(&rows[3]).1, rest(&rows[4]).1), (1, 1), "too many fields is a repair");
    assert_ne!(rest(&rows[3]).0, rest(&rows[4]).0, "and they count in the digest");
}

#[test]
fn a_quote_that_is_not_closed_costs_one_line() {
    assert_eq!(
        csv("a,b\n1,2\n3,\"4\n5,6\n7,8"),
        [
            record(2, &[("a", "1"), ("b", "2")]),
            fault(3, OPEN_QUOTE, "3,\"4"),
            record(4, &[("a", "5"), ("b", "6")]),
            record(5, &[("a", "7"), ("b", "8")]),
        ],
        "reading goes on behind the line"
    );
    let rows = csv(&format!("a,b\n1,\"2\n{}3,4\n", "5,6\n".repeat(MAX_RECORD_BYTES / 2)));
    assert_eq!(rows[0], fault(2, OPEN_QUOTE, "1,\"2"), "far from the end of the file");
    assert_eq!(rows.len(), MAX_RECORD_BYTES / 2 + 2, "all others are read");
    assert_eq!(error(b"a,\"b\n1,2\n"), "log, line 1: the header has a quote that is not closed.", "header");
}

#[test]
fn unclosed_quotes_do_not_make_reading_slow() {
    // Each line closes the quote of the line before and opens one itself; looking through a mebibyte for each would take hours.
    let n_lines = 3 * MAX_RECORD_BYTES / 8;
    let rows = csv(&format!("a,b\n1,\"2\n{}", "3\"4,\"5\n".repeat(n_lines)));
    assert_eq!(rows.len(), n_lines + 1, "every line has an answer");
}

#[test]
fn long_records() {
    let long = "x".repeat(MAX_RECORD_BYTES + 1);
    for text in [format!("a,b\n{long},1\n3,4\n"), format!("a,b\n\"{long}\",1\n3,4\n")] {
        let rows = csv(&text);
        let is_long =
            matches!(&rows[0], Read::Fault { line: 2, reason: TOO_LONG, value } if value.ends_with('…'));
        assert!(is_long, "the long one is rejected: {:?}", rows[0]);
        assert_eq!(rows[1..], [record(3, &[("a", "3"), ("b", "4")])], "reading goes on");
    }
    let fits = "x".repeat(MAX_RECORD_BYTES - 2);
    assert_eq!(csv(&format!("a,b\n{fits},1\n")), [record(2, &[("a", &fits), ("b", "1")])], "the longest");
    assert!(error(long.as_bytes()).contains("1 MiB"), "header");
    assert!(error(",".repeat(5_000).as_bytes()).contains("4,096"), "columns");
}

/// Pieces of a table, good and bad.
fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "\"",
        "\"",
        ",",
        ",",
        "\n",
        "\n",
        "\r\n",
        "\r",
        " ",
        "x",
        "é",
        "\"\"",
        "y,\"z\"\n",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn table() -> impl Strategy<Value = Vec<Vec<String>>> {
    (1..5_usize).prop_flat_map(|n_columns| {
        let field = "[a-c\"',;|\n\r\té ]{0,6}";
        prop::collection::vec(prop::collection::vec(field, n_columns), 1..12)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_do_not_matter(text in text(), n_piece in 1..9_usize) {
        let all = read(Syntax::Csv, ',', text.as_bytes(), 1_000);
        prop_assert_eq!(read(Syntax::Csv, ',', text.as_bytes(), n_piece), all);
    }

    #[test]
    fn tables_are_read_as_by_a_peer(
        rows in table(),
        delimiter in prop::sample::select(vec![b',', b';', b'\t', b'|']),
        is_crlf: bool,
        quote_all: bool,
    ) {
        let terminator = if is_crlf { ::csv::Terminator::CRLF } else { ::csv::Terminator::Any(b'\n') };
        let style = if quote_all { ::csv::QuoteStyle::Always } else { ::csv::QuoteStyle::Necessary };
        let mut writer = ::csv::WriterBuilder::new()
            .delimiter(delimiter)
            .terminator(terminator)
            .quote_style(style)
            .from_writer(b"".to_vec());
        writer.write_record((0..rows[0].len()).map(|number| format!("h{number}"))).unwrap();
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        let text = writer.into_inner().unwrap();
        let (_, read) = read(Syntax::Csv, char::from(delimiter), &text, 7).unwrap();

        // Rows without a value are left out on both sides: a line of blanks is no record here, but it is to the peer.
        let mut reader = ::csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_slice());
        let mut expected = Vec::new();
        for row in reader.records() {
            let row = row.unwrap();
            let fields = row.iter().map(|value| value.trim_matches(|c: char| c.is_ascii_whitespace())).enumerate();
            let named = fields.map(|(number, value)| (format!("h{number}"), value.to_owned()));
            expected.push(named.filter(|(_, value)| !value.is_empty()).collect::<Vec<_>>());
        }
        expected.retain(|values| !values.is_empty());
        let values = |row| match row {
            Read::Record { values, .. } => values,
            Read::Fault { reason, value, .. } => vec![(reason.to_owned(), value)],
        };
        let found: Vec<_> = read.into_iter().map(values).filter(|values| !values.is_empty()).collect();
        prop_assert_eq!(found, expected);
    }
}
