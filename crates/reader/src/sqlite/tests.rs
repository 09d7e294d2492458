//! Databases that SQLite itself wrote are read as it reads them; cut off and changed they are read or refused.

use crate::Reader;
use crate::reader::reading;
use proptest::prelude::*;
use protocol::import::Reading;
use serde_json::Value;
use source::Foreign;
use std::io::Cursor;

/// Pages of 512 bytes, an index, a view, long texts, deleted rows; `shop.json` has its rows as Python's SQLite reads them.
const SHOP: &[u8] = include_bytes!("../../../../tests/golden/formats/shop.sqlite");
const ROWS: &str = include_str!("../../../../tests/golden/formats/shop.json");
const LOG: &[u8] = include_bytes!("../../../../tests/golden/formats/log.sqlite");
const STOCK: &str = "stock \"by\" day";

/// Rows, and what was mended and how often.
type Told = (Vec<Value>, Vec<(String, u64)>);

fn read(bytes: &[u8], choice: &str) -> Result<Told, String> {
    let reading = Reading { choice: Some(choice.to_owned()), ..reading(Foreign::Sqlite) };
    let input = Box::new(Cursor::new(bytes.to_vec()));
    let mut reader = Reader::open("shop.sqlite", input, &reading).map_err(|failure| failure.message)?;
    let (mut records, mut repairs) = (Vec::new(), Vec::new());
    while let Some(piece) = reader.next_piece().map_err(|failure| failure.message)? {
        let text = String::from_utf8(piece.records).expect("records are UTF-8");
        // A row that was refused leaves its line empty.
        let lines = text.lines().filter(|line| !line.is_empty());
        records.extend(lines.map(|line| serde_json::from_str::<Value>(line).expect("a record is JSON")));
        repairs.extend(piece.repairs);
    }
    Ok((records, repairs))
}

#[test]
fn rows_are_those_that_sqlite_reads() {
    let expected: Value = serde_json::from_str(ROWS).expect("JSON");
    for (table, n_rows) in [("orders", 50), (STOCK, 60)] {
        let (records, repairs) = read(SHOP, table).expect("a table");
        let wanted = expected[table].as_array().expect("rows");
        assert_eq!(records.len(), wanted.len(), "{table}");
        assert_eq!(records.len(), n_rows, "{table}");
        for (record, wanted) in records.into_iter().zip(wanted) {
            // The first row names every column.
            let Value::Object(mut record) = record else { panic!("a record is an object") };
            record.retain(|_, value| value != "");
            assert_eq!(&Value::Object(record), wanted, "{table}");
        }
        let n_bytes = repairs.iter().map(|(_, n)| n).sum::<u64>();
        assert_eq!(n_bytes > 0, table == "orders", "bytes that are no text are counted: {repairs:?}");
    }
}

#[test]
fn a_cut_database_is_refused() {
    let ends = (0..SHOP.len()).step_by(509).chain([SHOP.len() - 1]);
    for end in ends {
        let said = read(&SHOP[..end], "orders").expect_err("it is cut off");
        assert!(said.contains("shop.sqlite") && !said.contains("broke down"), "cut at {end}: {said}");
    }
}

/// The place of a number of four bytes that names a page: the right-most child in the first page of a table.
fn root_of(table: &[u8]) -> usize {
    let column =
        SHOP.windows(table.len()).position(|part| part == table).expect("the table of tables names it");
    // Behind the names comes the number of the first page, in one byte.
    usize::from(SHOP[column + table.len()]) * 512 - 512
}

#[test]
fn what_is_damaged_is_named() {
    let root = root_of(b"ordersorders");
    let wanted =
        format!("shop.sqlite, table “orders”, page {}: the SQLite database is damaged", root / 512 + 1);
    for (at, bytes, what) in [
        (root, &[0x0a][..], "page of another kind"),
        (root, &[0][..], "page of another kind"),
        (root + 12, &[0xff, 0xff][..], "lies outside"),
        (root + 3, &[0xff, 0xff][..], "lies outside"),
    ] {
        let mut shop = SHOP.to_vec();
        shop[at..at + bytes.len()].copy_from_slice(bytes);
        let said = read(&shop, "orders").expect_err("it is damaged");
        assert!(said.starts_with(&wanted) && said.contains(what), "{said}");
        read(&shop, STOCK).expect("the other table is whole");
    }
    let mut shop = SHOP.to_vec();
    shop[root + 8..root + 12].copy_from_slice(&9_999_u32.to_be_bytes());
    let said = read(&shop, "orders").expect_err("it is damaged");
    assert!(said.contains("table “orders”, page 9999") && said.contains("no such page"), "{said}");
    let own = u32::try_from(root / 512 + 1).expect("few pages");
    shop[root + 8..root + 12].copy_from_slice(&own.to_be_bytes());
    let said = read(&shop, "orders").expect_err("it is damaged");
    assert!(said.contains("goes round in a circle"), "{said}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn changed_databases_are_read_or_refused(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
        in_head in any::<bool>(),
        end in any::<proptest::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        for (whole, table) in [(SHOP, "orders"), (SHOP, STOCK), (LOG, "order")] {
            let mut bytes = whole.to_vec();
            for (at, byte) in &changes {
                // Headers of pages and their cells decide what is read; most of a page is text.
                let at = at.index(bytes.len());
                let at = if in_head { at / 512 * 512 + at % 24 } else { at };
                bytes[at] = *byte;
            }
            if is_cut {
                bytes.truncate(end.index(whole.len()));
            }
            match read(&bytes, table) {
                Ok((records, _)) => prop_assert!(records.len() <= 10_000, "no more than the file can hold"),
                Err(said) => {
                    prop_assert!(said.contains("shop.sqlite") && !said.contains("broke down"), "{}", said);
                }
            }
        }
    }
}
