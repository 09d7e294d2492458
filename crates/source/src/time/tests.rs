//! A golden table of forms, and a calendar library as a second opinion.

use super::*;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use proptest::prelude::*;

/// What the parser says, day first and without zone as UTC, written by another library.
fn read(value: &str) -> String {
    read_in(value, DateOrder::DayFirst, 0)
}

fn read_in(value: &str, order: DateOrder, zone: i32) -> String {
    match TimeParser::new(order, zone).parse(value.as_bytes()) {
        Ok(micros) => jiff::Timestamp::from_microsecond(micros).unwrap().to_string(),
        Err(reason) => reason.to_owned(),
    }
}

#[test]
fn forms() {
    let half_past = [
        "2024-03-04T10:20:30Z",
        "2024-03-04 10:20:30",
        "2024-03-04T10:20:30+00:00",
        "2024-03-04 11:20:30+01:00",
        "2024-03-04T05:50:30-0430",
        "2024-03-04T12:20:30+02",
        "2024-03-04 10:20:30 UTC",
        "2024-03-04 10:20:30 +0000",
        "2024-03-04t10:20:30z",
        "2024-03-04T11:20:30+01:00[Europe/Berlin]",
        "  2024-03-04T10:20:30Z ",
        "20240304T102030Z",
        "20240304T102030",
        "20240304 10:20:30",
        "20240304102030",
        "2024/03/04 10:20:30",
        "2024/3/4 10:20:30",
        "2024.03.04 10:20:30",
        "04/03/2024 10:20:30",
        "4/3/24 10:20:30 AM",
        "04/03/2024, 10:20:30",
        "04-03-2024 10:20:30",
        "04.03.2024 10:20:30",
        "4.3.2024, 10:20:30 Uhr",
        "04-Mar-2024 10:20:30",
        "04-MAR-24 10:20:30",
        "4 March 2024 10:20:30",
        "4. März 2024 um 10:20:30",
        "4 mars 2024 à 10:20:30",
        "4 de marzo de 2024, 10:20:30",
        "04/Mar/2024:10:20:30 +0000",
        "Mar 4, 2024 10:20:30 AM",
        "Mar 4, 2024, 10:20:30\u{202f}AM",
        "March 4th, 2024 at 10:20:30 a.m.",
        "Mon, 04 Mar 2024 10:20:30 GMT",
        "Mon, 4 Mar 2024 05:20:30 EST",
        "Mon Mar  4 10:20:30 2024",
        "Mon Mar  4 11:20:30 CET 2024",
        "Mon Mar 04 2024 11:20:30 GMT+0100 (Central European Standard Time)",
        "1709547630",
        "1709547630.0",
        "1709547630000",
        "1709547630000000",
        "1709547630000000000",
    ];
    for value in half_past {
        assert_eq!(read(value), "2024-03-04T10:20:30Z", "{value}");
    }
}

#[test]
fn forms_with_less_or_more_than_seconds() {
    let table = [
        ("2024-03-04", "2024-03-04T00:00:00Z"),
        ("20240304", "2024-03-04T00:00:00Z"),
        ("4 March 2024", "2024-03-04T00:00:00Z"),
        ("04-Mar-2024", "2024-03-04T00:00:00Z"),
        ("2024-03-04T10:20", "2024-03-04T10:20:00Z"),
        ("2024-03-04T10:20+01:00", "2024-03-04T09:20:00Z"),
        ("2024-03-04T10", "2024-03-04T10:00:00Z"),
        ("202403041020", "2024-03-04T10:20:00Z"),
        ("4.3.2024 10:20", "2024-03-04T10:20:00Z"),
        ("Mar 4, 2024 10:20 PM", "2024-03-04T22:20:00Z"),
        ("04/03/2024 12:00 AM", "2024-03-04T00:00:00Z"),
        ("04/03/2024 12:00 PM", "2024-03-04T12:00:00Z"),
        ("04/03/2024 3 PM", "2024-03-04T15:00:00Z"),
        ("04/03/2024 10:20:30.123 PM", "2024-03-04T22:20:30.123Z"),
        ("2024-03-04T10:20:30,5Z", "2024-03-04T10:20:30.5Z"),
        ("2024-03-04T10:20:30.123456789Z", "2024-03-04T10:20:30.123456Z"),
        ("2024-03-04T10:20:30.999999999999999999Z", "2024-03-04T10:20:30.999999Z"),
        ("20240304102030123", "2024-03-04T10:20:30.123Z"),
        ("1700000000.123", "2023-11-14T22:13:20.123Z"),
        ("1700000000.1234567", "2023-11-14T22:13:20.123456Z"),
        ("1700000000123.456", "2023-11-14T22:13:20.123456Z"),
        ("1700000000123456789", "2023-11-14T22:13:20.123456Z"),
        ("-1700000000", "1916-02-18T01:46:40Z"),
        ("-1700000000.5", "1916-02-18T01:46:39.5Z"),
        ("-1700000000000", "1916-02-18T01:46:40Z"),
        ("978300760", "2000-12-31T22:12:40Z"),
        ("2024-03-04T24:00:00Z", "2024-03-05T00:00:00Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ("1/2/68 00:00", "2068-02-01T00:00:00Z"),
        ("1/2/69 00:00", "1969-02-01T00:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"),
    ];
    for (value, expected) in table {
        assert_eq!(read(value), expected, "{value}");
    }
    let last = TimeParser::new(DateOrder::DayFirst, 0).parse(b"9999-12-31T23:59:59.999999Z");
    assert_eq!(last, Ok(MAX_MICROS), "the last microsecond");
}

#[test]
fn months_by_name() {
    for (month, names) in (1..).zip([
        "Jan January januar Jänner janvier janv. enero ENE",
        "Feb February Februar février févr. FÉVRIER febrero",
        "Mar March März MÄRZ Mrz mars marzo",
        "Apr April avril abril avr.",
        "May Mai mayo",
        "Jun June Juni juin junio",
        "Jul July Juli juillet julio",
        "Aug August août agosto",
        "Sep Sept September septembre septiembre",
        "Oct Okt October Oktober octobre octubre",
        "Nov November novembre noviembre",
        "Dec Dez December Dezember décembre diciembre",
    ]) {
        for name in names.split(' ') {
            let expected = format!("2024-{month:02}-05T00:00:00Z");
            assert_eq!(read(&format!("5 {name} 2024")), expected, "{name}");
            assert_eq!(read(&format!("{name} 5, 2024")), expected, "{name}");
        }
    }
}

#[test]
fn rejected() {
    for value in ["", "  "] {
        assert_eq!(read(value), EMPTY, "{value:?}");
    }
    for value in [
        "yesterday",
        "NaN",
        "inf",
        "-",
        ".",
        "1",
        "2024",
        "12345",
        "99999999999999999999",
        "-62135596800000000000",
        "2024-03",
        "2024-03-04T",
        "2024-03-04 10",
        "2024-03-04T10:20:30X",
        "2024-03-04T10:20:30Z tail",
        "2024-03-04,",
        "2024-3-4-5",
        "10:20:30",
        "4 Smarch 2024",
        "March",
        "1e9",
        "1700000000,5",
        "1.2.3.4",
        "130.92.34.66",
        "2024-03-04T10:20:30.Z",
        "２０２４-03-04",
    ] {
        assert_eq!(read(value), UNREADABLE, "{value}");
    }
    for value in [
        "2026-02-30",
        "2026-02-30T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "1900-02-29",
        "31/04/2024",
        "0000-00-00 00:00:00",
        "13/13/2024",
    ] {
        assert_eq!(read(value), NO_SUCH_DAY, "{value}");
    }
    for value in
        ["2024-03-04T24:00:01Z", "2024-03-04T25:00:00Z", "2024-03-04 10:60:00", "04/03/2024 13:00 PM"]
    {
        assert_eq!(read(value), NO_SUCH_HOUR, "{value}");
    }
    assert_eq!(read("2024-03-04T10:20:30+19:00"), NO_SUCH_ZONE, "an offset nobody has");
    for value in ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "9999-12-31T23:59:60Z"] {
        assert_eq!(read(value), OUT_OF_RANGE, "{value}");
    }
    let broken = TimeParser::new(DateOrder::DayFirst, 0).parse(b"2024-03-04T10:20:30\xff");
    assert_eq!(broken, Err(UNREADABLE), "bytes that are no text");
}

#[test]
fn day_and_month_follow_the_order_where_the_value_leaves_it_open() {
    let month_first = |value| read_in(value, DateOrder::MonthFirst, 0);
    for (value, day_first, month_first_read) in [
        ("03/04/2024", "2024-04-03T00:00:00Z", "2024-03-04T00:00:00Z"),
        ("25/03/2024", "2024-03-25T00:00:00Z", "2024-03-25T00:00:00Z"),
        ("03/25/2024", "2024-03-25T00:00:00Z", "2024-03-25T00:00:00Z"),
    ] {
        assert_eq!(read(value), day_first, "{value}, day first");
        assert_eq!(month_first(value), month_first_read, "{value}, month first");
    }
}

#[test]
fn zone_counts_where_none_is_written() {
    let berlin = |value| read_in(value, DateOrder::DayFirst, 60);
    for value in ["2024-03-04T10:20:30", "4.3.2024 10:20:30"] {
        assert_eq!(berlin(value), "2024-03-04T09:20:30Z", "{value}");
    }
    assert_eq!(berlin("2024-03-04T10:20:30Z"), "2024-03-04T10:20:30Z", "a written zone wins");
    assert_eq!(berlin("1709547630"), "2024-03-04T10:20:30Z", "counts from 1970 are UTC");
    let far = TimeParser::new(DateOrder::DayFirst, i32::MAX).parse(b"2024-03-04T10:20:30");
    assert_eq!(far, Err(OUT_OF_RANGE), "an absurd zone is no reason to panic");
}

#[test]
fn captions() {
    for (value, caption) in [
        ("2024-03-04T10:20:30Z", "ISO 8601 with zone"),
        ("2024-03-04 10:20:30.5+01:00", "ISO 8601 with zone"),
        ("2024-03-04 10:20", "ISO 8601 without zone"),
        ("2024-03-04", "ISO 8601 date"),
        ("20240304", "year month day without separators"),
        ("1709547630", "Unix seconds"),
        ("1709547630000", "Unix milliseconds"),
        ("03/04/2024 10:20", "day/month/year hours:minutes"),
        ("03/25/2024 10:20 PM", "month/day/year hours:minutes AM/PM"),
        ("4.3.2024", "day.month.year"),
        ("2024/03/04 10:20:30", "year/month/day hours:minutes:seconds"),
        ("Mon, 04 Mar 2024 10:20:30 GMT", "RFC 2822"),
        ("Mar 4, 2024", "name of the month, day, year"),
    ] {
        let form = form_of(value).map(|form| form.caption(DateOrder::DayFirst));
        assert_eq!(form.as_deref(), Some(caption), "{value}");
    }
    assert!(form_of("soon").is_none(), "no form for what is no time");
}

fn civil() -> impl Strategy<Value = DateTime> {
    let date = (1_i16..=9998, 1_i8..=12, 1_i8..=31);
    (date, 0_i8..24, 0_i8..60, 0_i8..60, 0_i32..1_000_000_000).prop_filter_map(
        "day of the calendar",
        |((year, month, day), hour, minute, second, nanos)| {
            DateTime::new(year, month, day, hour, minute, second, nanos).ok()
        },
    )
}

fn micros_of(time: DateTime, offset_minutes: i32) -> i64 {
    let offset = Offset::from_seconds(offset_minutes * 60).unwrap();
    let nanos = offset.to_timestamp(time).unwrap().as_nanosecond();
    i64::try_from(nanos.div_euclid(1_000)).unwrap()
}

fn in_range(micros: i64) -> Result<i64, &'static str> {
    if (MIN_MICROS..=MAX_MICROS).contains(&micros) { Ok(micros) } else { Err(OUT_OF_RANGE) }
}

proptest! {
    #[test]
    fn agrees_with_a_calendar_library(time in civil(), offset in -1080_i32..=1080) {
        let mut parser = TimeParser::new(DateOrder::DayFirst, offset);
        let expected = in_range(micros_of(time, offset));
        let sign = if offset < 0 { '-' } else { '+' };
        let zone = format!("{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60);
        let second = time.strftime("%H:%M:%S%.9f");
        for (date, clock) in [
            (time.strftime("%Y-%m-%d").to_string(), format!("T{second}{zone}")),
            (time.strftime("%Y-%m-%d").to_string(), format!(" {second} {zone}")),
            (time.strftime("%Y-%m-%d").to_string(), format!("T{second}")),
            (time.strftime("%d/%m/%Y").to_string(), format!(" {second}")),
            (time.strftime("%-d.%-m.%Y").to_string(), format!(", {second}")),
            (time.strftime("%b %d, %Y").to_string(), format!(" {}{zone}", time.strftime("%I:%M:%S%.9f %p"))),
            (time.strftime("%A, %d %B %Y").to_string(), format!(" {second} {zone}")),
        ] {
            let value = format!("{date}{clock}");
            prop_assert_eq!(parser.parse(value.as_bytes()), expected, "{}", value);
        }
        let value = time.strftime("%Y%m%dT%H%M%S").to_string();
        let whole = time.with().subsec_nanosecond(0).build().unwrap();
        prop_assert_eq!(parser.parse(value.as_bytes()), in_range(micros_of(whole, offset)), "{}", value);
    }

    #[test]
    fn both_paths_agree(time in civil(), tail in "(\\.[0-9]{0,12})?(Z|[+-][0-9]{2}:[0-9]{2})?") {
        let value = format!("{}{tail}", time.strftime("%Y-%m-%dT%H:%M:%S"));
        let mut parser = TimeParser::new(DateOrder::DayFirst, 0);
        if let Some(micros) = parser.parse_iso(value.as_bytes()) {
            prop_assert_eq!(parser.parse_written(value.as_bytes()), Ok(micros), "{}", value);
        }
    }

    #[test]
    fn every_day_of_the_calendar_counts(days in -719_162_i32..=2_932_896) {
        let date = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
        let (year, month, day) = (date.year() as u32, date.month() as u32, date.day() as u32);
        prop_assert_eq!(days_of(year, month, day), Some(i64::from(days)), "{}", date);
    }

    #[test]
    fn counts_from_1970(micros in -9_999_999_999_000_000_i64..10_000_000_000_000_000) {
        prop_assume!(micros.abs() >= 100_000_000_000_000);
        let mut parser = TimeParser::new(DateOrder::MonthFirst, 90);
        let sign = if micros < 0 { "-" } else { "" };
        let size = micros.abs();
        for (value, expected) in [
            (format!("{micros}"), micros),
            (format!("{micros}999"), micros),
            (format!("{sign}{}", size / 1_000), micros / 1_000 * 1_000),
            (format!("{sign}{}", size / 1_000_000), micros / 1_000_000 * 1_000_000),
            (format!("{sign}{}.{:06}", size / 1_000_000, size % 1_000_000), micros),
        ] {
            prop_assert_eq!(parser.parse(value.as_bytes()), Ok(expected), "{}", value);
        }
    }

    #[test]
    fn never_panics(value in "\\PC{0,40}", near in "[0-9TZ:/., +-]{0,30}", bytes in proptest::collection::vec(any::<u8>(), 0..30)) {
        let mut parser = TimeParser::new(DateOrder::MonthFirst, 60);
        for value in [value.as_bytes(), near.as_bytes(), &bytes] {
            if let Ok(micros) = parser.parse(value) {
                prop_assert!((MIN_MICROS..=MAX_MICROS).contains(&micros), "a time between the years 1 and 9999");
            }
        }
    }
}
