//! The record: one line a request and a few counters. Nothing of a body, a query or a secret can get into it.
//!
//! An exchange holds what the line says and nothing else. It is written when the last part of the exchange is gone, however it
//! ended. A slow reader of the log never holds up a request: lines that find no room are dropped and counted.

use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU16, AtomicU64, Ordering::Relaxed},
        mpsc::{SyncSender, sync_channel},
    },
    thread,
    time::Instant,
};

/// Lines that wait to be written.
const LINES_MAX: usize = 4096;
/// Upper ends of the classes of duration, in seconds.
const DURATIONS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];

type Labels<const N: usize> = [(&'static str, &'static str); N];

/// Where lines go, and what is counted.
#[derive(Debug)]
pub(crate) struct Record {
    lines: SyncSender<String>,
    registry: Registry,
    requests: Family<Labels<3>, Counter>,
    bytes: Family<Labels<2>, Counter>,
    durations: Family<Labels<1>, Histogram, fn() -> Histogram>,
    cut: Family<Labels<2>, Counter>,
    refused: Family<Labels<1>, Counter>,
    /// Hints by webhook and outcome.
    hints: Family<Labels<2>, Counter>,
    /// Token requests by upstream and outcome.
    tokens: Family<Labels<2>, Counter>,
    dropped: Counter,
    pub(crate) open: Gauge,
    pub(crate) listeners: Gauge,
    pub(crate) connections: Gauge,
}

impl Record {
    /// Begins to write to standard output.
    pub(crate) fn start() -> Arc<Self> {
        let (lines, waiting) = sync_channel::<String>(LINES_MAX);
        thread::spawn(move || {
            // Many lines are written at once, but none waits for another to come.
            while let Ok(first) = waiting.recv() {
                let mut text = first;
                while let Ok(next) = waiting.try_recv() {
                    text.push_str(&next);
                    if text.len() > 64 * 1024 {
                        break;
                    }
                }
                // Where nobody reads the log, requests are served all the same.
                let _ = io::stdout().lock().write_all(text.as_bytes());
            }
        });
        let record = Self {
            lines,
            registry: Registry::with_prefix("desirepath_proxy"),
            requests: Family::default(),
            bytes: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(DURATIONS)),
            cut: Family::default(),
            refused: Family::default(),
            hints: Family::default(),
            tokens: Family::default(),
            dropped: Counter::default(),
            open: Gauge::default(),
            listeners: Gauge::default(),
            connections: Gauge::default(),
        };
        Arc::new(record.registered())
    }

    fn registered(mut self) -> Self {
        let it = &mut self.registry;
        it.register(
            "requests",
            "Requests to upstreams by upstream, method and status",
            self.requests.clone(),
        );
        it.register("body_bytes", "Bytes of bodies, received from and sent to clients", self.bytes.clone());
        let help = "Time from a request's head to the end of its answer";
        it.register_with_unit("request_duration", help, Unit::Seconds, self.durations.clone());
        it.register("cut", "Exchanges that ended before their end, by upstream and reason", self.cut.clone());
        it.register("refused", "Answers of the proxy's own, by code", self.refused.clone());
        it.register("hints", "Calls of webhooks, by webhook and outcome", self.hints.clone());
        it.register("token_requests", "Token requests, by upstream and outcome", self.tokens.clone());
        it.register("log_lines_dropped", "Log lines that found no room", self.dropped.clone());
        it.register("open_exchanges", "Exchanges with upstreams going on", self.open.clone());
        it.register("hint_listeners", "Open streams of hints", self.listeners.clone());
        it.register("connections", "Open connections of clients", self.connections.clone());
        self
    }

    /// All counters in the text form of OpenMetrics.
    pub(crate) fn metrics(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    pub(crate) fn count_refused(&self, code: &'static str) {
        self.refused.get_or_create(&[("code", code)]).inc();
    }

    pub(crate) fn count_hint(&self, webhook: &'static str, outcome: &'static str) {
        self.hints.get_or_create(&[("webhook", webhook), ("outcome", outcome)]).inc();
    }

    pub(crate) fn count_token(&self, upstream: &'static str, outcome: &'static str) {
        self.tokens.get_or_create(&[("upstream", upstream), ("outcome", outcome)]).inc();
    }

    /// Writes one line about a request that went to no upstream.
    pub(crate) fn note(&self, method: &'static str, route: &str, status: u16, code: &str, started: Instant) {
        let (ms, at) = (started.elapsed().as_millis(), jiff::Timestamp::now());
        let (route, code) = (quoted(route), quoted(code));
        self.write(format!(
            "{{\"at\":\"{at:.3}\",\"method\":\"{method}\",\"path\":{route},\"status\":{status},\"code\":{code},\"ms\":{ms}}}\n"
        ));
    }

    fn write(&self, line: String) {
        if self.lines.try_send(line).is_err() {
            self.dropped.inc();
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The method's name for log and metrics; unusual ones share a name, so that nobody fills the metrics with words.
pub(crate) fn method_name(method: &hyper::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// Why an exchange ended before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Cut {
    /// It didn't.
    Whole = 0,
    /// A body was larger than allowed.
    TooLarge = 1,
    /// A body paused for too long.
    Idle = 2,
    /// A body took too long as a whole.
    Late = 3,
    /// The other side broke off.
    Broken = 4,
    /// The client went away.
    Left = 5,
}

impl Cut {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Whole, "whole"),
        (Self::TooLarge, "too-large"),
        (Self::Idle, "idle"),
        (Self::Late, "late"),
        (Self::Broken, "broken"),
        (Self::Left, "left"),
    ];

    fn from_u8(number: u8) -> (Self, &'static str) {
        Self::ALL.into_iter().find(|(cut, _)| *cut as u8 == number).unwrap_or(Self::ALL[0])
    }
}

/// One request to an upstream and its answer.
#[derive(Debug)]
pub(crate) struct Exchange {
    record: Arc<Record>,
    method: &'static str,
    upstream: &'static str,
    pattern: Arc<str>,
    client: Arc<str>,
    started: Instant,
    status: AtomicU16,
    /// Bytes of the request's body.
    pub(crate) received: AtomicU64,
    /// Bytes of the answer's body.
    pub(crate) sent: AtomicU64,
    cut: AtomicU8,
}

impl Exchange {
    pub(crate) fn begin(
        record: &Arc<Record>,
        method: &'static str,
        upstream: &'static str,
        pattern: Arc<str>,
        client: Arc<str>,
    ) -> Arc<Self> {
        record.open.inc();
        Arc::new(Self {
            record: Arc::clone(record),
            method,
            upstream,
            pattern,
            client,
            started: Instant::now(),
            status: AtomicU16::new(0),
            received: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            cut: AtomicU8::new(0),
        })
    }

    pub(crate) fn set_status(&self, status: hyper::StatusCode) {
        self.status.store(status.as_u16(), Relaxed);
    }

    /// Says why it ended early; the first reason stays.
    pub(crate) fn set_cut(&self, cut: Cut) {
        let _ = self.cut.compare_exchange(0, cut as u8, Relaxed, Relaxed);
    }

    pub(crate) fn cut(&self) -> Cut {
        Cut::from_u8(self.cut.load(Relaxed)).0
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let record = &self.record;
        record.open.dec();
        let (status, received) = (self.status.load(Relaxed), self.received.load(Relaxed));
        if status == 0 {
            // Nobody waited for the answer's head.
            self.set_cut(Cut::Left);
        }
        let (sent, end) = (self.sent.load(Relaxed), Cut::from_u8(self.cut.load(Relaxed)).1);
        let class = match status {
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            500.. => "5xx",
            _ => "none",
        };
        let (upstream, method) = (self.upstream, self.method);
        record.requests.get_or_create(&[("upstream", upstream), ("method", method), ("status", class)]).inc();
        record.bytes.get_or_create(&[("upstream", upstream), ("direction", "received")]).inc_by(received);
        record.bytes.get_or_create(&[("upstream", upstream), ("direction", "sent")]).inc_by(sent);
        let elapsed = self.started.elapsed();
        record.durations.get_or_create(&[("upstream", upstream)]).observe(elapsed.as_secs_f64());
        if end != "whole" {
            record.cut.get_or_create(&[("upstream", upstream), ("reason", end)]).inc();
        }
        let (at, ms) = (jiff::Timestamp::now(), elapsed.as_millis());
        let (pattern, client) = (quoted(&self.pattern), quoted(&self.client));
        record.write(format!(
            "{{\"at\":\"{at:.3}\",\"method\":\"{method}\",\"upstream\":\"{upstream}\",\"path\":{pattern},\
             \"status\":{status},\"received\":{received},\"sent\":{sent},\"ms\":{ms},\"client\":{client},\
             \"end\":\"{end}\"}}\n"
        ));
    }
}
