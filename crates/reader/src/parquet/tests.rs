//! Tables are written by the parquet crate and read again, whole, cut off and changed.

use crate::Reader;
use crate::reader::reading;
use ::parquet::basic::Compression;
use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use proptest::prelude::*;
use source::Foreign;
use std::io::Cursor;
use std::sync::Arc;

/// Two row groups of the same two rows.
fn table(compression: Compression) -> Vec<u8> {
    let schema = "message rows { required binary customer (UTF8); required int64 time (TIMESTAMP(MICROS, true)); \
                  required int64 local (TIMESTAMP(MILLIS, false)); optional double price; }";
    let schema = Arc::new(parse_message_type(schema).expect("a schema"));
    let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).expect("memory takes it");
    for _ in 0..2 {
        let mut group = writer.next_row_group().expect("a group");
        let mut column = group.next_column().expect("a column").expect("the first");
        let names = [ByteArray::from("ada"), ByteArray::from("bén")];
        column.typed::<ByteArrayType>().write_batch(&names, None, None).expect("two names");
        column.close().expect("closed");
        for times in [[1_772_357_400_250_000, 1_772_357_401_000_000], [1_772_357_400_000, 1_772_357_401_000]]
        {
            let mut column = group.next_column().expect("a column").expect("another");
            column.typed::<Int64Type>().write_batch(&times, None, None).expect("two times");
            column.close().expect("closed");
        }
        let mut column = group.next_column().expect("a column").expect("the last");
        column.typed::<DoubleType>().write_batch(&[12.5], Some(&[1, 0]), None).expect("a price and none");
        column.close().expect("closed");
        group.close().expect("closed");
    }
    writer.into_inner().expect("memory takes it")
}

fn read(bytes: &[u8]) -> Result<Vec<String>, String> {
    let input = Box::new(Cursor::new(bytes.to_vec()));
    let mut reader =
        Reader::open("a.parquet", input, &reading(Foreign::Parquet)).map_err(|failure| failure.message)?;
    let mut records = String::new();
    while let Some(piece) = reader.next_piece().map_err(|failure| failure.message)? {
        records.push_str(&String::from_utf8(piece.records).expect("records are UTF-8"));
    }
    Ok(records.lines().map(str::to_owned).collect())
}

#[test]
fn rows_of_all_groups_in_every_compression() {
    let first = r#"{"customer":"ada","time":"2026-03-01T09:30:00.250Z","local":"2026-03-01T09:30:00","price":"12.5"}"#;
    let second =
        r#"{"customer":"bén","time":"2026-03-01T09:30:01Z","local":"2026-03-01T09:30:01","price":""}"#;
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::BROTLI(Default::default()),
        Compression::LZ4_RAW,
    ] {
        let records = read(&table(compression)).expect("a table");
        assert_eq!(records, [first, second, first, second], "{compression:?}");
    }
}

#[test]
fn a_cut_file_is_refused() {
    let bytes = table(Compression::SNAPPY);
    for end in 0..bytes.len() {
        assert!(read(&bytes[..end]).is_err(), "cut at {end}");
    }
}

/// Columns packed with Zstandard, pages of both versions; some of the second also with Snappy. Another program wrote them.
const ZSTD: [&[u8]; 2] = [
    include_bytes!("../../../../tests/golden/formats/zstd-v1.parquet"),
    include_bytes!("../../../../tests/golden/formats/zstd-v2.parquet"),
];

#[test]
fn pages_packed_with_zstandard() {
    for bytes in ZSTD {
        let records = read(bytes).expect("a table");
        assert_eq!(records.len(), 120, "two groups of rows");
        for (at, record) in records.iter().enumerate() {
            let record: serde_json::Value = serde_json::from_str(record).expect("a record is JSON");
            let activity = if at % 10 == 3 { "" } else { ["ordered", "paid"][at % 2] };
            let price = if at % 4 == 0 { String::new() } else { (at as f64 / 4.0).to_string() };
            assert_eq!(record["customer"], format!("customer {}", at % 13), "row {at}");
            assert_eq!(record["activity"], activity, "row {at}");
            assert_eq!(record["price"], price, "row {at}");
            let minute = 570 + at;
            let time = format!("2026-03-01T{:02}:{:02}:00Z", minute / 60, minute % 60);
            assert_eq!(record["time"], time, "row {at}");
        }
    }
}

#[test]
fn a_broken_page_is_named() {
    // What every frame begins with; the first is the dictionary of the first column.
    let magic = [0x28, 0xb5, 0x2f, 0xfd];
    for bytes in ZSTD {
        let at = bytes.windows(4).position(|part| part == magic).expect("a frame");
        let mut bytes = bytes.to_vec();
        bytes[at] = 0;
        let said = read(&bytes).expect_err("no frame begins so");
        assert!(said.starts_with("a.parquet, row 1: the Parquet file is damaged"), "{said}");
        assert!(said.contains("page 1 of column “customer” cannot be unpacked"), "{said}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn mutated_frames_are_read_or_refused(at in any::<proptest::sample::Index>(), byte in any::<u8>(), end in any::<proptest::sample::Index>()) {
        for bytes in ZSTD {
            let mut bytes = bytes.to_vec();
            let n = bytes.len();
            bytes[at.index(n)] = byte;
            let _read = read(&bytes);
            bytes.truncate(end.index(n));
            prop_assert!(read(&bytes).is_err(), "a cut file is refused");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn mutated_files_are_read_or_refused(at in any::<proptest::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = table(Compression::SNAPPY);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _read = read(&bytes);
    }
}
