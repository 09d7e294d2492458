//! The guess on files as they are met: the public logs and exports beside the workspace, its own logs, the sample company.

use super::*;
use crate::plan::DateOrder;
use proptest::prelude::*;

use std::io::Read;
use std::path::{Path, PathBuf};

/// Rows that are sampled of a file.
const MAX_ROWS: usize = 1_000;

fn sample_of_csv(text: &[u8]) -> Sample {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let (_, delimiter) = crate::recognise::recognise_syntax("a.csv", text, true).expect("a table");
    let delimiter = u8::try_from(delimiter.expect("a separator")).expect("ASCII");
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).delimiter(delimiter).has_headers(false).from_reader(text);
    let mut records = reader.records().map_while(Result::ok);
    let header = records.next().expect("a header");
    let columns = (1..)
        .zip(header.iter())
        .map(|(n, name)| if name.is_empty() { format!("column {n}") } else { name.to_owned() })
        .collect();
    let row = |record: csv::StringRecord| SampleRow {
        line: record.position().map_or(0, csv::Position::line),
        values: record.iter().map(str::to_owned).collect(),
    };
    Sample { columns, rows: records.take(MAX_ROWS).map(row).collect() }
}

/// Objects, one a line or in a list; nested ones are left out.
fn sample_of_json(text: &str) -> Sample {
    let list: Vec<serde_json::Value> = match serde_json::from_str(text) {
        Ok(serde_json::Value::Array(list)) => list,
        _ => text.lines().map_while(|line| serde_json::from_str(line).ok()).collect(),
    };
    let mut sample = Sample { columns: Vec::new(), rows: Vec::new() };
    for (line, object) in (1..).zip(list.iter().take(MAX_ROWS)) {
        let mut values = vec![String::new(); sample.columns.len()];
        for (key, value) in object.as_object().expect("an object") {
            let value = match value {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Number(number) => number.to_string(),
                _ => continue,
            };
            match sample.columns.iter().position(|column| column == key) {
                Some(place) => values[place] = value,
                None => {
                    sample.columns.push(key.clone());
                    values.push(value);
                }
            }
        }
        sample.rows.push(SampleRow { line, values });
    }
    sample
}

fn guess_csv(text: &str) -> Guess {
    guess(Syntax::Csv, &sample_of_csv(text.as_bytes()))
}

/// The mapping as one line: `customer=a activity=b`, in the order of [`Role::ALL`].
fn told(guess: &Guess) -> String {
    let column = |role: Role| Some(format!("{}={}", role.name(), guess.mapping.column(role)?));
    Role::ALL.into_iter().filter_map(column).collect::<Vec<_>>().join(" ")
}

fn assert_mapping(text: &str, expected: &str) {
    let guess = guess_csv(text);
    assert_eq!(told(&guess), expected, "{text}\n{:?}", guess.reasons);
}

#[test]
fn our_own_names_and_those_of_event_logs() {
    assert_mapping(
        "money,text,account,channel,end_time,time,activity,customer\n1,hi,x,web,2024-01-02,2024-01-01,order,ada\n",
        "customer=customer activity=activity time=time end_time=end_time channel=channel account=account \
         text=text money=money",
    );
    let own = "customer=customer activity=activity time=time";
    assert_mapping("customer,activity,time\nben,a,0001-01-01T00:00:00Z\n", own);
    assert_mapping("customer,activity,time\n1,2,not a time\n", own);
    assert_mapping("customer,user_id,event,activity,timestamp,time\na,b,c,d,2024-01-01,2024-01-02\n", own);
    assert_mapping(
        "case:concept:name,concept:name,time:timestamp,start_timestamp\n1,a,2024-01-01T10:00Z,2024-01-01T09:00Z\n",
        "customer=case:concept:name activity=concept:name time=start_timestamp end_time=time:timestamp",
    );
    assert_mapping(
        "user,event,date,time\na,x,2024-01-01,10:20\nb,y,2024-01-02,11:20\n",
        "customer=user activity=event time=date",
    );
}

#[test]
fn names_of_many_systems() {
    for (header, row, expected) in [
        ("user_id,action,at", "7,order,2026-03-01T09:30:00Z", "customer=user_id activity=action time=at"),
        (
            "CaseID,Activity,Start Timestamp,Complete Timestamp,Resource",
            "1,check,2024-03-01 09:00,2024-03-01 10:00,Pete",
            "customer=CaseID activity=Activity time=Start Timestamp end_time=Complete Timestamp",
        ),
        (
            "Kundennummer,Ereignis,Zeitpunkt,Kanal,Firma,Betrag,Kommentar",
            "K17,Bestellung,04.03.2024 10:20,Telefon,Muster GmbH,\"1.234,56 €\",Das ging schnell und gut.",
            "customer=Kundennummer activity=Ereignis time=Zeitpunkt channel=Kanal account=Firma \
             text=Kommentar money=Betrag",
        ),
        (
            "id,userId,eventName,createdAt,orgName,orderValue",
            "e1,u1,signed up,1709547630000,Acme,12.50",
            "customer=userId activity=eventName time=createdAt account=orgName money=orderValue",
        ),
        (
            "event_id,properties.user.email,event.type,sent_at,due_date,device_type",
            "1,ada@brindle.example,click,2024-03-04,2024-04-04,phone",
            "customer=properties.user.email activity=event.type time=sent_at channel=device_type",
        ),
        (
            "account_id,event,timestamp",
            "A-1,renewed,2024-03-04T00:00:00Z",
            "customer=account_id activity=event time=timestamp",
        ),
        (
            "contact_email,account_id,status,updated_at",
            "ada@brindle.example,A-1,won,2024-03-04T00:00:00Z",
            "customer=contact_email activity=status time=updated_at account=account_id",
        ),
    ] {
        assert_mapping(&format!("{header}\n{row}\n"), expected);
    }
}

#[test]
fn values_speak_where_names_do_not() {
    let mut text = String::from("ref,was,dann,xyz\n");
    for row in 0..60 {
        let activity = ["besteld", "betaald", "geleverd"][row % 3];
        text.push_str(&format!("K{},{activity},2024-03-04 10:{row:02},true\n", row % 25));
    }
    assert_mapping(&text, "customer=ref activity=was time=dann");
    assert_mapping("a,b\n1,ada@brindle.example\n2,ben@brindle.example\n", "customer=b");
}

#[test]
fn what_is_missing_is_told() {
    let guess = guess_csv("customer,item,price\nada,apple,3\nben,pear,4\ncid,plum,5\n");
    assert_eq!(told(&guess), "customer=customer money=price", "no time, no activity");
    let reasons: Vec<(Role, &str)> = guess.reasons.iter().map(|(role, why)| (*role, why.as_str())).collect();
    assert_eq!(
        reasons,
        [
            (Role::Customer, "the column is called customer; 3 distinct values in 3 rows"),
            (Role::Activity, "no column is called so, and none has a few names that come back"),
            (Role::Time, "no column has times in it"),
            (Role::Money, "name says money; all 3 values are amounts"),
        ],
        "every guess and every gap has its reason"
    );
    assert_eq!(guess.time.date_order_reason, "no times were found", "and so has the order of day and month");
}

/// How one column of dates is read; each date is a row of its own, from line 2 on.
fn reading(dates: &[&str]) -> TimeReading {
    let rows: String = dates.iter().map(|date| format!("ada;visit;{date}\n")).collect();
    guess_csv(&format!("customer;activity;time\n{rows}")).time
}

#[test]
fn day_and_month_are_told_apart_by_evidence() {
    use DateOrder::{DayFirst, MonthFirst};
    for (dates, order, is_open, reason) in [
        (&["03/04/2024", "25/03/2024"][..], DayFirst, false, "line 3 has 25/03/2024"),
        (&["03/04/2024", "03/25/2024"], MonthFirst, false, "line 3 has 03/25/2024"),
        (
            &["25/03/2024", "03/25/2024", "03/26/2024", "01/02/2024"],
            MonthFirst,
            true,
            "line 2 has 25/03/2024 but line 3 has 03/25/2024; more values have the month first",
        ),
        (
            &["03/04/2024"],
            DayFirst,
            true,
            "nothing in the first rows decides whether 03/04/2024 begins with the day or the month",
        ),
        (
            &["03/04/2024 10:20 PM"],
            MonthFirst,
            true,
            "nothing decides 03/04/2024 10:20 PM; times with AM and PM mostly come with the month first",
        ),
        (&["3.4.2024"], DayFirst, false, "dates with dots are written day first"),
        (&["2024-03-04", "03/03/2024"], DayFirst, false, "no value depends on the order of day and month"),
        (
            &["01/12/2024", "02/11/2024", "02/12/2024", "03/10/2024"],
            MonthFirst,
            true,
            "read month first, the rows are in order of time; the other way they are not",
        ),
    ] {
        let reading = reading(dates);
        assert_eq!(reading.date_order_reason, reason, "{dates:?}");
        assert_eq!((reading.date_order, reading.date_order_open), (order, is_open), "{dates:?}");
    }
}

#[test]
fn order_of_rows_proves_and_does_not_prove() {
    // Upwards under one reading, downwards under the other.
    let both = reading(&["08/01/2024", "07/02/2024", "06/03/2024", "05/04/2024"]);
    assert_eq!((both.date_order, both.date_order_open), (DateOrder::DayFirst, true), "nothing is decided");
    let days: Vec<String> = (1..=12).map(|day| format!("{day:02}/01/2024 {:02}:00", 12 - day)).collect();
    let days: Vec<&str> = days.iter().map(String::as_str).chain(["01/02/2024 10:00"]).collect();
    let proven = reading(&days);
    assert_eq!(
        (proven.date_order, proven.date_order_open),
        (DateOrder::DayFirst, false),
        "many steps in order"
    );
    let within = "customer,activity,time\nada,a,02/01/2024\nada,b,03/01/2024\nada,c,01/03/2024\n\
                  ben,a,01/01/2024\nben,b,04/02/2024\n";
    assert_eq!(
        guess_csv(within).time.date_order_reason,
        "read day first, the rows are in order of time within each customer; the other way they are not",
        "neither reading puts the whole file in order"
    );
}

#[test]
fn forms_and_zones_are_told() {
    for (dates, form, zone_matters) in [
        (&["2024-03-04T10:20:30Z"][..], "ISO 8601 with zone", false),
        (&["2024-03-04 10:20:30"], "ISO 8601 without zone", true),
        (&["1709547630"], "Unix seconds", false),
        (&["25/03/2024 10:20"], "day/month/year hours:minutes", true),
        (&["2024-03-04T10:20:30Z", "2024-03-04", "2024-03-05"], "ISO 8601 date, and one other form", true),
        (&["2024-03-04", "1709547630", "4 March 2024"], "ISO 8601 date, and 2 other forms", true),
    ] {
        let reading = reading(dates);
        assert_eq!((reading.form.as_str(), reading.zone_matters), (form, zone_matters), "{dates:?}");
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sample_of_file(path: &Path) -> Sample {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let name = path.to_string_lossy();
    let mut unpacked = Vec::new();
    let text = if name.ends_with(".gz") {
        flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut unpacked).expect("a gzip file");
        &unpacked
    } else {
        &bytes
    };
    if name.contains(".csv") {
        sample_of_csv(text)
    } else {
        sample_of_json(std::str::from_utf8(text).expect("UTF-8"))
    }
}

fn told_of_file(path: &Path) -> String {
    told(&guess(Syntax::Csv, &sample_of_file(path)))
}

#[test]
fn logs_of_this_workspace() {
    for (path, expected) in [
        ("e2e/logs/shop.csv", "customer=customer_id activity=event time=occurred_at channel=channel"),
        ("e2e/logs/shop.ndjson", "customer=customer activity=activity time=time channel=channel"),
        ("e2e/logs/words.json", "customer=customer activity=activity time=time"),
        ("e2e/logs/faults.csv", "customer=customer activity=activity time=time money=amount"),
        ("golden/five-paths/log.csv", "customer=user activity=event time=timestamp"),
        ("golden/small/duplicates.csv", "customer=customer activity=activity time=time"),
        ("golden/small/overlaps.csv", "customer=customer activity=activity time=start end_time=end"),
        ("golden/small/ties.csv", "customer=customer activity=activity time=time"),
    ] {
        assert_eq!(told_of_file(&workspace().join("tests").join(path)), expected, "{path}");
    }
}

#[test]
fn sample_company() {
    let expected = [
        "customer=contact_email activity=activity time=date channel=channel account=account text=note \
         money=amount_eur",
        "customer=customer_email activity=activity time=date channel=channel account=account text=note \
         object=subscription_id currency=currency mrr=mrr",
        "customer=requester_email activity=event time=created_at channel=channel account=organization \
         text=message object=ticket_id score=csat_score",
        "customer=user_email activity=event_name time=event_timestamp channel=channel account=account",
        "customer=user_email activity=event time=timestamp channel=channel account=account",
        "customer=respondent_email activity=survey_event time=submitted_at channel=channel account=company \
         text=comment score=nps_score",
    ];
    for (file, expected) in crate::sample::files().iter().zip(expected) {
        let text = std::str::from_utf8(&file.bytes).expect("UTF-8");
        let is_table = file.name.ends_with(".csv");
        let sample = if is_table { sample_of_csv(&file.bytes) } else { sample_of_json(text) };
        let guess = guess(Syntax::Csv, &sample);
        assert_eq!(told(&guess), expected, "{}", file.name);
        assert!(!guess.time.date_order_open, "{}: {}", file.name, guess.time.date_order_reason);
    }
}

/// Public logs and exports beside the workspace.
fn public_data() -> Option<PathBuf> {
    let folder = workspace().join("../shared/data");
    if !folder.is_dir() {
        eprintln!("SKIPPED: {} is not there, so that public files cannot be looked at", folder.display());
        return None;
    }
    Some(folder)
}

#[test]
fn public_logs() {
    let Some(folder) = public_data() else { return };
    let told = PUBLIC_EXPORTS.map(|(path, _)| (path, told_of_file(&folder.join(path))));
    let others: Vec<_> =
        told.iter().zip(PUBLIC_EXPORTS).filter(|((_, told), (_, expected))| told != expected).collect();
    assert!(others.is_empty(), "{others:#?}");
}

const PUBLIC_EXPORTS: [(&str, &str); 18] = [
    (
        "pm4py-small-logs/interval_event_log.csv",
        "customer=case:concept:name activity=concept:name time=start_timestamp end_time=time:timestamp",
    ),
    (
        "pm4py-small-logs/receipt.csv",
        "customer=case:concept:name activity=concept:name time=time:timestamp channel=case:channel",
    ),
    (
        "pm4py-small-logs/roadtraffic100traces.csv",
        "customer=case:concept:name activity=concept:name time=time:timestamp money=amount",
    ),
    (
        "pm4py-small-logs/running-example.csv",
        "customer=case:concept:name activity=concept:name time=time:timestamp money=Costs",
    ),
    ("ecom-clickstream/ecom.csv.gz", "customer=user_id activity=event time=timestamp channel=platform"),
    (
        "ravenstack-saas/ravenstack_accounts.csv",
        "customer=account_id activity=plan_tier time=signup_date account=account_name",
    ),
    (
        "ravenstack-saas/ravenstack_churn_events.csv",
        "customer=account_id activity=reason_code time=churn_date text=feedback_text money=refund_amount_usd",
    ),
    (
        "ravenstack-saas/ravenstack_feature_usage.csv",
        "customer=subscription_id activity=feature_name time=usage_date",
    ),
    (
        "ravenstack-saas/ravenstack_subscriptions.csv",
        "customer=account_id activity=plan_tier time=start_date end_time=end_date object=subscription_id \
         mrr=mrr_amount",
    ),
    (
        "ravenstack-saas/ravenstack_support_tickets.csv",
        "customer=account_id activity=priority time=submitted_at end_time=closed_at object=ticket_id \
         score=satisfaction_score",
    ),
    (
        "ga4-export/ga4_events_expected_flat.jsonl",
        "customer=client_id activity=event_name time=event_timestamp channel=platform",
    ),
    (
        "qualtrics-export/sample.csv",
        "customer=ResponseId time=StartDate end_time=EndDate channel=DistributionChannel",
    ),
    (
        "export-seeds-segment/example_segment_pages.csv",
        "customer=user_id activity=path time=timestamp channel=context_campaign_medium",
    ),
    (
        "export-seeds-fivetran/amplitude/amplitude_event_data.csv",
        "customer=user_id activity=event_type time=event_time record=id",
    ),
    ("export-seeds-fivetran/mixpanel/event.csv", "customer=distinct_id activity=name time=time"),
    ("export-seeds-fivetran/klaviyo/event.csv", "customer=person_id activity=type time=timestamp record=id"),
    (
        "export-seeds-fivetran/zendesk/ticket_data.csv",
        "customer=requester_id activity=status time=created_at channel=via_channel account=organization_id \
         text=description record=id",
    ),
    (
        "export-seeds-fivetran/stripe/payment_intent_data.csv",
        "customer=customer_id activity=status time=created money=amount currency=currency record=id",
    ),
];

fn tables_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("a folder that can be read");
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            tables_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "csv") {
            found.push(path);
        }
    }
}

#[test]
fn every_public_export_has_a_sound_guess() {
    let Some(folder) = public_data() else { return };
    let mut tables = Vec::new();
    tables_below(&folder.join("export-seeds-fivetran"), &mut tables);
    assert!(tables.len() > 150, "the exports are there: {}", tables.len());
    for path in tables {
        let sample = sample_of_file(&path);
        let guess = guess(Syntax::Csv, &sample);
        assert_sound(&sample, &guess);
        let is_dated = |column: &ColumnSample| {
            let is_full = column.n_filled as usize == sample.rows.len();
            column.kind == ColumnKind::Time && is_full && !column.name.starts_with('_')
        };
        if guess.columns.iter().any(is_dated) {
            assert!(guess.mapping.time.is_some(), "{}: a column full of times is found", path.display());
        }
    }
}

/// What holds for every guess.
fn assert_sound(sample: &Sample, guess: &Guess) {
    let names: Vec<&str> = guess.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, sample.columns, "columns in file order");
    let mut taken: Vec<&str> = Role::ALL.iter().filter_map(|role| guess.mapping.column(*role)).collect();
    assert!(taken.iter().all(|column| names.contains(column)), "only columns of the file: {taken:?}");
    let n_taken = taken.len();
    taken.sort_unstable();
    taken.dedup();
    assert_eq!(taken.len(), n_taken, "a column has one role: {taken:?}");
    for role in [Role::Customer, Role::Activity, Role::Time] {
        let has_reason = guess.reasons.iter().any(|(of, why)| *of == role && !why.is_empty());
        assert!(has_reason, "{role:?} has its reason");
    }
    let n_reasons = guess.reasons.iter().filter(|(role, _)| guess.mapping.column(*role).is_some()).count();
    assert_eq!(n_reasons, n_taken, "every guessed column has its reason");
}

const NAMES: &str = "customer|time|event|date|start_timestamp|time:timestamp|[a-z_A-Z:ä]{0,12}|\\PC{0,6}";
const VALUES: &str = "|[0-9]{1,2}/[0-9]{1,2}/2024|2024-0[1-9]-1[0-9]|[0-9]{0,13}|[a-z]{1,3}|\\PC{0,12}";

proptest! {
    #[test]
    fn any_table_has_a_sound_guess(
        columns in proptest::collection::hash_set(NAMES, 0..6),
        rows in proptest::collection::vec(proptest::collection::vec(VALUES, 0..7), 0..40),
    ) {
        let rows = (2..).zip(rows).map(|(line, values)| SampleRow { line, values }).collect();
        let sample = Sample { columns: columns.into_iter().collect(), rows };
        for syntax in [Syntax::Csv, Syntax::Xes] {
            let guess = guess(syntax, &sample);
            assert_sound(&sample, &guess);
        }
    }
}
