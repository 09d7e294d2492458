//! Workbooks are written by hand, as the standards say, and read again, whole, cut off and changed.

use crate::Reader;
use crate::reader::reading;
use proptest::prelude::*;
use protocol::import::{Choices, Reading};
use source::Foreign;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const SHEETS: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

fn archive(files: &[(&str, String)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).expect("memory takes it");
        zip.write_all(content.as_bytes()).expect("memory takes it");
    }
    zip.finish().expect("memory takes it").into_inner()
}

/// A workbook with a sheet of notes and a sheet of orders, as the standard writes them.
fn xlsx(orders: &str, merged: &str) -> Vec<u8> {
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    let sheet = |rows: &str, merged: &str| {
        format!("{head}<worksheet xmlns=\"{SHEETS}\"><sheetData>{rows}</sheetData>{merged}</worksheet>")
    };
    archive(&[
        (
            "[Content_Types].xml",
            format!("{head}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>"),
        ),
        (
            "_rels/.rels",
            format!(
                "{head}<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"o\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "{head}<workbook xmlns=\"{SHEETS}\" xmlns:r=\"{RELATIONS}\"><sheets><sheet name=\"Notes\" sheetId=\"1\" r:id=\"a\"/>\
                 <sheet name=\"Orders\" sheetId=\"2\" r:id=\"b\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "{head}<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"a\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
                 <Relationship Id=\"b\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet2.xml\"/>\
                 <Relationship Id=\"c\" Type=\"{RELATIONS}/styles\" Target=\"styles.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/styles.xml",
            format!(
                "{head}<styleSheet xmlns=\"{SHEETS}\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>"
            ),
        ),
        ("xl/worksheets/sheet1.xml", sheet("", "")),
        ("xl/worksheets/sheet2.xml", sheet(orders, merged)),
    ])
}

fn text(place: &str, text: &str) -> String {
    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

fn number(place: &str, style: u32, value: &str) -> String {
    format!("<c r=\"{place}\" s=\"{style}\"><v>{value}</v></c>")
}

fn row(n: u32, cells: &[String]) -> String {
    format!("<row r=\"{n}\">{}</row>", cells.concat())
}

/// Lines, what was mended and how often, and what there is to choose.
type Told = (Vec<String>, Vec<(String, u64)>, Option<Choices>);

fn read(bytes: &[u8], choice: Option<&str>) -> Result<Told, String> {
    let reading = Reading { choice: choice.map(str::to_owned), ..reading(Foreign::Workbook) };
    let input = Box::new(Cursor::new(bytes.to_vec()));
    let mut reader = Reader::open("a.xlsx", input, &reading).map_err(|failure| failure.message)?;
    let choices = reader.choices().cloned();
    let (mut records, mut repairs) = (String::new(), Vec::new());
    while let Some(piece) = reader.next_piece().map_err(|failure| failure.message)? {
        records.push_str(&String::from_utf8(piece.records).expect("records are UTF-8"));
        repairs.extend(piece.repairs);
    }
    Ok((records.lines().map(str::to_owned).collect(), repairs, choices))
}

fn orders() -> String {
    [
        row(1, &[text("A1", "Orders of March")]),
        row(3, &[text("A3", "customer"), text("B3", "activity"), text("C3", "time"), text("D3", "price")]),
        row(
            4,
            &[
                text("A4", "ada &amp; co"),
                text("B4", "order"),
                number("C4", 1, "46082.395833333336"),
                number("D4", 0, "12.5"),
            ],
        ),
        row(
            5,
            &[
                text("A5", "ben"),
                text("B5", "pay"),
                number("C5", 1, "46083"),
                "<c r=\"D5\" t=\"e\"><v>#DIV/0!</v></c>".to_owned(),
            ],
        ),
    ]
    .concat()
}

#[test]
fn the_first_sheet_with_a_table_is_read_from_its_header_on() {
    let (records, repairs, choices) = read(&xlsx(&orders(), ""), None).expect("a workbook");
    assert_eq!(
        records,
        [
            "",
            "",
            "",
            r#"{"customer":"ada & co","activity":"order","time":"2026-03-01T09:30:00","price":"12.5"}"#,
            r#"{"customer":"ben","activity":"pay","time":"2026-03-02"}"#,
        ],
        "line 4 is row 4"
    );
    assert_eq!(repairs, [("cell with an error left empty".to_owned(), 1)], "the error is counted");
    let choices = choices.expect("two sheets are a choice");
    assert_eq!(
        (choices.chosen.as_str(), choices.options.len()),
        ("Orders", 2),
        "the sheet that holds something"
    );
    let message = read(&xlsx(&orders(), ""), Some("Notes")).expect_err("an empty sheet");
    assert!(message.contains("no sheet with a header"), "{message}");
}

#[test]
fn merged_headers_and_values() {
    let rows = [
        row(1, &[text("A1", "customer"), text("B1", "event"), text("D1", "price")]),
        row(2, &[text("B2", "activity"), text("C2", "time"), text("D2", "net")]),
        row(3, &[text("A3", "ada"), text("B3", "order"), number("C3", 1, "46083"), number("D3", 0, "1")]),
        row(4, &[text("B4", "pay"), number("C4", 1, "46084"), number("D4", 0, "2")]),
    ];
    let merged = "<mergeCells count=\"3\"><mergeCell ref=\"A1:A2\"/><mergeCell ref=\"B1:C1\"/><mergeCell ref=\"A3:A4\"/></mergeCells>";
    let (records, ..) = read(&xlsx(&rows.concat(), merged), Some("Orders")).expect("a workbook");
    assert_eq!(
        records,
        [
            "",
            "",
            r#"{"customer":"ada","event activity":"order","event time":"2026-03-02","price net":"1"}"#,
            r#"{"customer":"ada","event activity":"pay","event time":"2026-03-03","price net":"2"}"#,
        ],
        "groups are part of the name, a merged value counts in each row"
    );
}

#[test]
fn open_documents() {
    let content = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content \
        xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
        xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"><office:body><office:spreadsheet><table:table table:name=\"S\">\
        <table:table-row><table:table-cell office:value-type=\"string\"><text:p>customer</text:p></table:table-cell>\
        <table:table-cell office:value-type=\"string\"><text:p>time</text:p></table:table-cell></table:table-row>\
        <table:table-row><table:table-cell office:value-type=\"string\"><text:p>ada</text:p></table:table-cell>\
        <table:table-cell office:value-type=\"date\" office:date-value=\"2026-03-01T09:30:00\"><text:p>1 March</text:p></table:table-cell>\
        </table:table-row></table:table></office:spreadsheet></office:body></office:document-content>";
    let bytes = archive(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet".to_owned()),
        (
            "META-INF/manifest.xml",
            "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>"
                .to_owned(),
        ),
        ("content.xml", content.to_owned()),
    ]);
    let (records, _, choices) = read(&bytes, None).expect("a document");
    assert_eq!(records, ["", r#"{"customer":"ada","time":"2026-03-01T09:30:00"}"#], "one row");
    assert_eq!(choices, None, "one sheet is no choice");
}

/// Workbooks of the older and the binary kind; what they hold is told in the golden files.
const OTHERS: [&[u8]; 2] = [
    include_bytes!("../../../../tests/golden/formats/orders.xls"),
    include_bytes!("../../../../tests/golden/formats/orders.xlsb"),
];

#[test]
fn cut_workbooks_of_other_kinds_are_refused() {
    for bytes in OTHERS {
        let whole = read(bytes, None);
        assert_eq!(whole.as_ref().map(|(_, _, choices)| choices.is_some()), Ok(true), "two sheets");
        for end in (0..bytes.len()).step_by(131) {
            let cut = read(&bytes[..end], None);
            // The last sector of the older kind is filled up with nothing.
            assert!(cut.is_err() || (cut == whole && end > 5_120), "cut at {end}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn changed_workbooks_of_other_kinds_are_read_or_refused(at in any::<proptest::sample::Index>(), byte in any::<u8>()) {
        for bytes in OTHERS {
            let mut bytes = bytes.to_vec();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok((records, ..)) = read(&bytes, None) {
                let n_rows = records.iter().filter(|line| !line.is_empty()).count();
                prop_assert!(n_rows <= 8, "no more rows than there are: {}", n_rows);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn broken_workbooks_are_read_or_refused(at in 0_usize..4_000, byte in any::<u8>(), end in 0_usize..6_000, place in "[A-Z]{1,4}[0-9]{1,9}", value in "[0-9eE.+-]{0,8}") {
        let mut bytes = xlsx(&orders(), "");
        let n = bytes.len();
        bytes[at % n] = byte;
        let _read = read(&bytes, None);
        bytes.truncate(end % n);
        prop_assert!(read(&bytes, None).is_err(), "a cut workbook is refused");
        let odd = row(4, &[number(&place, 1, &value)]);
        let _read = read(&xlsx(&(orders() + &odd), ""), None);
    }
}
