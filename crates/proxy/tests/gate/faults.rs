//! Faults of upstreams: each is told as what it is, none spreads, and nothing half looks whole.

use crate::rig::{Gate, Upstream, answer, api, config, ok, read_request, write};
use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

fn gate_with(upstream: &Upstream, lines: &str) -> Gate {
    Gate::start(&config("", &api(upstream.address, lines)))
}

#[test]
fn a_missing_answer_is_said_to_be_missing() {
    let upstream = Upstream::start(|seen, stream| {
        let line = seen.line();
        if line.contains("half-head") {
            write(stream, "HTTP/1.1 200 OK\r\nContent-Le");
        } else if line.contains("garbage") {
            write(stream, "SSH-2.0-OpenSSH_9.9\r\n\r\n");
        } else if line.contains("status") {
            write(stream, "HTTP/1.1 9999 Odd\r\n\r\n");
        } else if line.contains("lengths") {
            write(stream, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 40\r\n\r\nfine");
        } else if line.contains("long-head") {
            write(stream, &format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "a".repeat(1 << 20)));
        } else if line.contains("good") {
            write(stream, &ok("", "fine"));
        }
        // Otherwise: nothing, and the connection closes.
    });
    let gate = gate_with(&upstream, "");
    for path in ["nothing", "half-head", "garbage", "status", "lengths", "long-head"] {
        let got = gate.get(&format!("/proxy/to/api/v1/{path}"));
        assert_eq!((got.status, got.code()), (502, "upstream-broken"), "{path}: {}", got.raw);
    }
    assert_eq!(gate.get("/proxy/to/api/v1/good").text(), "fine", "one after the other, and it still works");
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let gate = Gate::start(&config("", &api(closed, "")));
    let got = gate.get("/proxy/to/api/v1/x");
    assert_eq!((got.status, got.code()), (502, "no-connection"), "nobody listens: {}", got.raw);
}

#[test]
fn a_reset_is_no_answer() {
    let upstream = Upstream::raw(|stream, _| {
        // Closing with bytes unread sends a reset.
        let _ = stream.read(&mut [0; 8]);
    });
    let gate = gate_with(&upstream, "");
    let got = gate.get("/proxy/to/api/v1/x");
    assert_eq!((got.status, got.code()), (502, "upstream-broken"), "{}", got.raw);
}

#[test]
fn half_an_answer_never_looks_whole() {
    let upstream = Upstream::start(|seen, stream| {
        if seen.line().contains("length") {
            write(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        } else {
            write(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
        }
    });
    let gate = gate_with(&upstream, "");
    for path in ["length", "chunks"] {
        let got = gate.get(&format!("/proxy/to/api/v1/{path}"));
        assert_eq!((got.status, got.text().as_str()), (200, "half"), "what came is passed on: {}", got.raw);
        assert!(!got.whole, "{path}: and its end is missing here as well: {}", got.raw);
    }
    gate.wait_for("\"end\":\"broken\"");
}

#[test]
fn limits_of_an_upstream_are_passed_on_truthfully() {
    let upstream = Upstream::start(|seen, stream| {
        let headers =
            if seen.line().contains("with") { "Retry-After: 17\r\nX-RateLimit-Remaining: 0\r\n" } else { "" };
        write(stream, &answer("429 Too Many Requests", headers, "slow down"));
    });
    let gate = gate_with(&upstream, "");
    let got = gate.get("/proxy/to/api/v1/with");
    assert_eq!(
        (got.status, got.header("retry-after"), got.text().as_str()),
        (429, Some("17"), "slow down"),
        "{}",
        got.head
    );
    assert_eq!(got.header("x-ratelimit-remaining"), Some("0"), "{}", got.head);
    let got = gate.get("/proxy/to/api/v1/bare");
    assert_eq!(
        (got.status, got.header("retry-after"), got.code()),
        (429, None, ""),
        "nothing is made up: {}",
        got.head
    );
    assert_eq!(upstream.seen().len(), 2, "and nothing is repeated");
}

#[test]
fn a_storm_of_errors_is_a_storm_of_errors() {
    let n_asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&n_asked);
    let upstream = Upstream::start(move |_, stream| {
        let n = counter.fetch_add(1, SeqCst);
        write(stream, &if n < 100 { answer("500 Oops", "", "broken") } else { ok("", "fine") });
    });
    let gate = gate_with(&upstream, "rate = 1000.0\nburst = 1000.0");
    thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                for _ in 0..10 {
                    let got = gate.get("/proxy/to/api/v1/x");
                    assert_eq!(
                        (got.status, got.text().as_str(), got.code()),
                        (500, "broken", ""),
                        "as it is"
                    );
                }
            });
        }
    });
    assert_eq!(n_asked.load(SeqCst), 100, "each was asked once");
    assert_eq!(gate.get("/proxy/to/api/v1/x").text(), "fine", "and afterwards it works");
}

#[test]
fn a_slow_upstream_is_not_waited_for_forever() {
    let upstream = Upstream::start(|seen, stream| {
        if seen.line().contains("stalls") {
            write(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin");
        }
        thread::sleep(Duration::from_secs(5));
    });
    let gate = gate_with(&upstream, "answer_secs = 0.5\nidle_secs = 0.5");
    let started = Instant::now();
    let got = gate.get("/proxy/to/api/v1/silent");
    assert_eq!((got.status, got.code()), (504, "upstream-too-slow"), "{}", got.raw);
    let got = gate.get("/proxy/to/api/v1/stalls");
    assert!(got.status == 200 && !got.whole && got.text() == "begin", "a stall in the middle: {}", got.raw);
    assert!(started.elapsed() < Duration::from_secs(4), "it took {:?}", started.elapsed());
    gate.wait_for("\"end\":\"idle\"");
}

#[test]
fn a_stream_has_an_end() {
    let upstream = Upstream::start(|_, stream| {
        write(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        for _ in 0..100 {
            write(stream, "1\r\nx\r\n");
            thread::sleep(Duration::from_millis(50));
        }
    });
    let gate = gate_with(&upstream, "stream_secs = 0.6");
    let got = gate.get("/proxy/to/api/v1/x");
    assert!(got.status == 200 && !got.whole && got.body.len() < 60, "{}", got.raw);
    gate.wait_for("\"end\":\"late\"");
}

#[test]
fn sizes_have_limits_both_ways() {
    let upstream = Upstream::start(|seen, stream| {
        let body = "x".repeat(2000);
        if seen.line().contains("length") {
            write(stream, &ok("", &body));
        } else if seen.line().contains("chunks") {
            write(
                stream,
                &format!(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n{}\r\n3e8\r\n{}\r\n0\r\n\r\n",
                    &body[..1000],
                    &body[..1000]
                ),
            );
        } else {
            write(stream, &ok("", "fine"));
        }
    });
    let gate = gate_with(&upstream, "response_bytes = 1500\nrequest_bytes = 1500");
    let got = gate.get("/proxy/to/api/v1/length");
    assert_eq!((got.status, got.code()), (502, "answer-too-large"), "an announced size: {}", got.head);
    let got = gate.get("/proxy/to/api/v1/chunks");
    assert!(!got.whole && got.body.len() <= 1500, "a size that shows on the way: {} bytes", got.body.len());
    let body = "x".repeat(2000);
    let request = gate.request("POST", "/proxy/to/api/v1/x", "Content-Length: 2000\r\n");
    assert_eq!(gate.ask(&format!("{request}{body}")).code(), "body-too-large", "an announced request");
    let request = gate.request("POST", "/proxy/to/api/v1/x", "Transfer-Encoding: chunked\r\n");
    let got = gate.ask(&format!("{request}7d0\r\n{body}\r\n0\r\n\r\n"));
    assert_eq!((got.status, got.code()), (413, "body-too-large"), "one that shows on the way: {}", got.raw);
    assert!(upstream.seen().iter().all(|seen| seen.body.len() <= 1500), "the upstream never sees it whole");
    let request = gate.request("POST", "/proxy/to/api/v1/x", "Content-Length: 1500\r\n");
    assert_eq!(gate.ask(&format!("{request}{}", &body[..1500])).status, 200, "what fits, fits");
}

#[test]
fn a_kept_connection_that_has_died_is_replaced() {
    // The upstream says that it keeps connections, answers once, and closes: the usual race of idle connections.
    let upstream = Upstream::raw(|stream, seen| {
        let Some(request) = read_request(stream) else { return };
        seen.lock().expect("the list").push(request);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine");
    });
    let gate = gate_with(&upstream, "");
    for _ in 0..20 {
        assert_eq!(gate.get("/proxy/to/api/v1/x").status, 200, "every request has its answer");
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(upstream.seen().len(), 20, "and went out once");
}
