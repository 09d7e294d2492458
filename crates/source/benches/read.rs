//! Bytes a second from a file to events, for each syntax: parsing, times, digests and dictionaries together.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use source::{DateOrder, Format, Importer, Mapping, Plan, Syntax};
use std::fmt::Write;
use std::hint::black_box;

const N_EVENTS: usize = 100_000;
const ACTIVITIES: [&str; 5] = ["open ticket", "first reply", "wait for customer", "escalate", "close ticket"];
const CHANNELS: [&str; 3] = ["email", "phone", "chat"];

struct Event {
    customer: String,
    activity: &'static str,
    time: String,
    channel: &'static str,
    agent: String,
    amount: String,
}

fn events() -> impl Iterator<Item = Event> {
    (0..N_EVENTS).map(|i| {
        // A multiplicative hash scatters customers over the file.
        let customer = i.wrapping_mul(2_654_435_761) % (N_EVENTS / 8);
        let (day, secs) = (1 + i * 28 / N_EVENTS, i * 37 % 86_400);
        Event {
            customer: format!("customer-{customer:06}"),
            activity: ACTIVITIES[i * 7 % ACTIVITIES.len()],
            time: format!("2026-03-{day:02}T{:02}:{:02}:{:02}Z", secs / 3600, secs / 60 % 60, secs % 60),
            channel: CHANNELS[i % CHANNELS.len()],
            agent: format!("agent-{}", i % 40),
            amount: format!("{}.{:02}", i % 900, i % 100),
        }
    })
}

fn csv(quote: &str) -> String {
    let mut text = String::from("customer,activity,time,channel,agent,amount\n");
    for Event { customer, activity, time, channel, agent, amount } in events() {
        let fields = [&customer, activity, &time, channel, &agent, &amount];
        let row = fields.map(|field| format!("{quote}{field}{quote}")).join(",");
        writeln!(text, "{row}").expect("writing into a string");
    }
    text
}

fn ndjson() -> String {
    let mut text = String::new();
    for Event { customer, activity, time, channel, agent, amount } in events() {
        writeln!(
            text,
            r#"{{"customer":"{customer}","activity":"{activity}","time":"{time}","channel":"{channel}","agent":"{agent}","amount":{amount}}}"#
        )
        .expect("writing into a string");
    }
    text
}

fn xes() -> String {
    let mut text = String::from("<?xml version=\"1.0\"?>\n<log>\n");
    for Event { customer, activity, time, channel, agent, amount } in events() {
        writeln!(
            text,
            r#"<trace><string key="concept:name" value="{customer}"/>
<event><string key="concept:name" value="{activity}"/><date key="time:timestamp" value="{time}"/>
<string key="channel" value="{channel}"/><string key="org:resource" value="{agent}"/><float key="amount" value="{amount}"/></event></trace>"#
        )
        .expect("writing into a string");
    }
    text + "</log>\n"
}

fn plan(syntax: Syntax) -> Plan {
    let some = |name: &str| Some(name.to_owned());
    let (customer, activity, time) = match syntax {
        Syntax::Xes => ("case:concept:name", "concept:name", "time:timestamp"),
        _ => ("customer", "activity", "time"),
    };
    Plan {
        name: "log".to_owned(),
        format: Format { syntax, gzip: false, encoding: "UTF-8".to_owned(), delimiter: None, reading: None },
        mapping: Mapping {
            customer: some(customer),
            activity: some(activity),
            time: some(time),
            channel: some("channel"),
            money: some("amount"),
            ..Mapping::default()
        },
        date_order: DateOrder::DayFirst,
        zone_offset_minutes: 0,
        recipe: None,
        consent: None,
    }
}

fn import(importer: Importer, text: &str) -> usize {
    let mut importer = importer;
    // The page hands over a file in pieces of this size.
    for piece in text.as_bytes().chunks(1 << 20) {
        importer.push(piece).expect("the log is read");
    }
    importer.finish().expect("the log is whole").batch.len()
}

fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read");
    group.sample_size(20);
    let logs = [
        ("csv", csv(""), Syntax::Csv),
        ("csv, all quoted", csv("\""), Syntax::Csv),
        ("ndjson", ndjson(), Syntax::Ndjson),
        ("xes", xes(), Syntax::Xes),
    ];
    for (name, text, syntax) in &logs {
        group.throughput(Throughput::Bytes(text.len() as u64));
        let importer = || Importer::new(plan(*syntax)).expect("the plan is sound");
        assert_eq!(import(importer(), text), N_EVENTS, "{name}: every record is an event");
        let pass = |importer: Importer| black_box(import(importer, black_box(text)));
        group.bench_function(*name, |bencher| bencher.iter_batched(importer, pass, BatchSize::PerIteration));
    }
    group.finish();
}

criterion_group!(benches, read);
criterion_main!(benches);
