//! Attacks, each against the listening server: what must not reach an upstream doesn't, and nothing falls over.

use crate::rig::{ANNA, Answer, Gate, SECRET, Upstream, answer, api, ask, config, ok, read_head, write};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

const BEARER: &str = "auth = { kind = \"bearer\", secret = { env = \"SECRET\" } }";

fn gate_with(upstream: &Upstream, lines: &str) -> Gate {
    Gate::start(&config("", &api(upstream.address, &format!("{BEARER}\n{lines}"))))
}

#[test]
fn a_name_that_leads_inside_is_not_connected_to() {
    let inside = TcpListener::bind("127.0.0.1:0").expect("a port");
    inside.set_nonblocking(true).expect("not waiting");
    let port = inside.local_addr().expect("its address").port();
    let table = |name: &str, host: &str, more: &str| {
        format!("[upstream.{name}]\nbase = \"https://{host}:{port}\"\nallow = [\"GET /x\"]\n{more}\n")
    };
    // Names that the system itself resolves to this machine, and spellings of its address that are not addresses to a parser.
    let hosts = ["localhost", "2130706433", "0x7f000001", "127.1", "0177.0.0.1"];
    let mut tables: String =
        hosts.iter().enumerate().map(|(at, host)| table(&format!("h{at}"), host, "")).collect();
    tables.push_str(&table("ok", "localhost", "allow_private = true"));
    let gate = Gate::start(&config("", &tables));
    for (at, host) in hosts.iter().enumerate() {
        let got = gate.get(&format!("/proxy/to/h{at}/x"));
        // Where the system knows such a spelling, the answer is private; elsewhere there is none. Never a connection.
        let refused = matches!(got.code(), "private-address" | "no-connection");
        assert!(got.status == 502 && refused, "{host}: {}", got.raw);
        assert!(inside.accept().is_err(), "{host} was connected to");
    }
    assert_eq!(gate.get("/proxy/to/h0/x").code(), "private-address", "localhost is known to every system");
    let busy = thread::spawn(move || gate.get("/proxy/to/ok/x"));
    let started = Instant::now();
    while inside.accept().is_err() {
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "what is allowed does connect: the test can fail"
        );
        thread::sleep(Duration::from_millis(10));
    }
    busy.join().expect("an answer");
}

#[test]
fn a_private_address_cannot_be_configured_by_accident() {
    use crate::rig::{Folder, command};
    let folder = Folder::new();
    for (host, more) in [
        ("127.0.0.1", ""),
        ("169.254.169.254", ""),
        ("[::1]", ""),
        ("[::ffff:10.0.0.1]", ""),
        ("[fd00:ec2::254]", ""),
        ("[64:ff9b::7f00:1]", ""),
        ("api.example", "addresses = [\"1.1.1.1\", \"192.168.0.1\"]"),
    ] {
        let table = format!("[upstream.a]\nbase = \"https://{host}\"\nallow = [\"GET /x\"]\n{more}\n");
        let path = folder.write("proxy.toml", &config("", &table));
        let output = command(&path).arg("--check").output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains("private address"), "{host} {more}: {said}");
    }
}

#[test]
fn targets_of_other_forms_are_refused() {
    let upstream = Upstream::plain("fine");
    let gate = gate_with(&upstream, "");
    let own = gate.address.to_string();
    for target in [
        "http://evil.example/proxy/to/api/v1/x",
        "http://OWN/proxy/to/api/v1/x",
        "https://169.254.169.254/",
        "//evil.example/v1/x",
        "//OWN/proxy/to/api/v1/x",
        "*",
        "evil.example:443",
        "/proxy/to/api//evil.example/x",
        "/proxy/to/api/v1//x",
        "/proxy/to//api/v1/x",
        "/proxy/to/api@evil.example/v1/x",
        "/proxy/to/api:80/v1/x",
        "/proxy/to/http://evil.example/v1/x",
        "/proxy/to/http:%2f%2fevil.example/v1/x",
        "/proxy/to/api/http://evil.example/",
        "/proxy/to/api\\evil/v1/x",
        "/proxy/to/%61pi/v1/x",
    ] {
        let got = gate.get(&target.replace("OWN", &own));
        assert!(got.status >= 400, "{target}: {}", got.raw);
    }
    let connect = gate.ask(&format!("CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\nAuthorization: Bearer {ANNA}\r\nConnection: close\r\n\r\n"));
    assert!(connect.status >= 400, "{}", connect.raw);
    for method in ["TRACE", "PURGE", "DELETE", "get"] {
        let got = gate.ask(&gate.request(method, "/proxy/to/api/v1/x", ""));
        assert!(got.status >= 400, "{method}: {}", got.raw);
    }
    assert_eq!(upstream.n_connections(), 0, "none of them went out");
}

#[test]
fn paths_do_not_climb() {
    let upstream = Upstream::plain("fine");
    let gate = gate_with(&upstream, "");
    for path in [
        "/v1/../admin",
        "/v1/./x",
        "/v1/%2e%2e/admin",
        "/v1/%2E%2E/admin",
        "/v1/.%2e/admin",
        "/v1/%252e%252e/admin",
        "/v1/%25252e%25252e/admin",
        "/v1/..%2fadmin",
        "/v1/..%5cadmin",
        "/v1/..%255cadmin",
        "/v1/a%2f..%2fadmin",
        "/v1/..;/admin",
        "/v1/..;x=y/admin",
        "/v1/%c0%ae%c0%ae/admin",
        "/v1/%e0%80%ae%e0%80%ae/admin",
        "/v1/%ef%bc%8e%ef%bc%8e/admin",
        "/v1/%u002e%u002e/admin",
        "/v1/..%00/admin",
        "/v1/x%00.json",
        "/v1/..",
        "/v1/%2e%2e",
        "/v1/x%0d%0aSet-Cookie:%20a=b",
        "/v1/%",
        "/v1/%f",
        "/v1/x%09y",
        "/admin",
        "/",
        "",
        "/v1",
    ] {
        let got = gate.get(&format!("/proxy/to/api{path}"));
        assert!(matches!(got.status, 400 | 403 | 404), "{path}: {}", got.raw);
    }
    assert_eq!(upstream.n_connections(), 0, "none of them went out");
    assert_eq!(gate.get("/proxy/to/api/v1/a%20b").status, 200, "what is harmless passes: the test can fail");
}

/// Sends bytes with a second request hidden in them; whether the hidden one was taken for a request.
fn smuggles(gate: &Gate, upstream: &Upstream, raw: &str) -> (Answer, bool) {
    let got = gate.ask(raw);
    thread::sleep(Duration::from_millis(50));
    let hidden = upstream.seen().iter().any(|seen| seen.line().contains("hidden"));
    (got, hidden)
}

#[test]
fn requests_are_not_smuggled() {
    let upstream = Upstream::plain("fine");
    let gate = gate_with(&upstream, "");
    let hidden = gate.request("GET", "/proxy/to/api/v1/hidden", "");
    let post = |headers: &str| {
        let request = gate.request("POST", "/proxy/to/api/v1/x", headers);
        request.replace("Connection: close\r\n", "")
    };
    let length = hidden.len();
    for (what, raw) in [
        (
            "a length and chunks",
            format!("{}0\r\n\r\n{hidden}", post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n")),
        ),
        (
            "chunks and a length",
            format!("{}0\r\n\r\n{hidden}", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n")),
        ),
        (
            "two lengths",
            format!("{}{hidden}", post(&format!("Content-Length: 0\r\nContent-Length: {length}\r\n"))),
        ),
        ("two lengths in one", format!("{}{hidden}", post(&format!("Content-Length: 0, {length}\r\n")))),
        ("a signed length", format!("{}{hidden}", post("Content-Length: +0\r\n"))),
        ("a negative length", format!("{}{hidden}", post("Content-Length: -1\r\n"))),
        ("an unknown coding", format!("{}0\r\n\r\n{hidden}", post("Transfer-Encoding: xchunked\r\n"))),
        ("chunks not last", format!("{}0\r\n\r\n{hidden}", post("Transfer-Encoding: chunked, identity\r\n"))),
        ("a space before the colon", format!("{}0\r\n\r\n{hidden}", post("Transfer-Encoding : chunked\r\n"))),
        ("a folded line", format!("{}0\r\n\r\n{hidden}", post("X: y\r\n Transfer-Encoding: chunked\r\n"))),
        (
            "a size that overflows",
            format!("{}10000000000000000\r\nx\r\n0\r\n\r\n{hidden}", post("Transfer-Encoding: chunked\r\n")),
        ),
        (
            "a size that is no number",
            format!("{}0x5\r\nabcde\r\n0\r\n\r\n{hidden}", post("Transfer-Encoding: chunked\r\n")),
        ),
        ("a lone carriage return", format!("{}{hidden}", post("X: a\rContent-Length: 0\r\n"))),
        ("a null", format!("{}{hidden}", post("X: a\0b\r\nContent-Length: 0\r\n"))),
        (
            "chunks in HTTP/1.0",
            format!(
                "{}0\r\n\r\n{hidden}",
                post("Transfer-Encoding: chunked\r\n").replace("HTTP/1.1", "HTTP/1.0")
            ),
        ),
    ] {
        let (got, hidden) = smuggles(&gate, &upstream, &raw);
        assert!(!hidden, "{what}: the hidden request went out");
        let n_answers = got.raw.matches("HTTP/1.1 ").count();
        assert!(n_answers <= 1, "{what}: {n_answers} answers: {}", got.raw);
    }
    let (_, seen) = smuggles(&gate, &upstream, &format!("{}{hidden}", post("Content-Length: 0\r\n")));
    assert!(seen, "two honest requests are two: the test can fail");
    for seen in upstream.seen() {
        let both = seen.header("content-length").is_some() && seen.header("transfer-encoding").is_some();
        assert!(!both, "what goes out has one length: {}", seen.head);
    }
}

#[test]
fn lines_are_not_injected() {
    let upstream = Upstream::start(|_, stream| {
        write(stream, &ok("X-Request-Id: a\rSet-Cookie: b=c\r\n", "fine"));
    });
    let gate = gate_with(&upstream, "");
    let got = gate.get("/proxy/to/api/v1/x");
    assert!(got.header("set-cookie").is_none() && !got.raw.contains("\rSet"), "from the answer: {}", got.raw);
    let fine = Upstream::plain("fine");
    let gate = gate_with(&fine, "");
    gate.get("/proxy/to/api/v1/x?q=a%0d%0aX-Injected:%201");
    for value in ["a\rX-Injected: 1", "a\nX-Injected: 1", "a\u{0}b"] {
        gate.ask(&gate.request("GET", "/proxy/to/api/v1/x", &format!("Accept: {value}\r\n")));
    }
    for seen in fine.seen() {
        assert_eq!(seen.header("x-injected"), None, "{}", seen.head);
        assert!(!seen.head.replace("\r\n", "").contains(['\r', '\n']), "{:?}", seen.head);
    }
    assert!(fine.seen()[0].line().contains("%0d%0aX-Injected"), "in a query it is a text like any other");
}

#[test]
fn heads_are_short_and_soon() {
    let upstream = Upstream::plain("fine");
    let tables = format!("[limits]\nhead_secs = 1\nhead_bytes = 16384\n{}", api(upstream.address, ""));
    let gate = Gate::start(&config("", &tables));
    let long = format!("X-Long: {}\r\n", "a".repeat(100_000));
    assert!(
        matches!(gate.ask(&gate.request("GET", "/proxy/to/api/v1/x", &long)).status, 0 | 431),
        "a long header"
    );
    let many: String = (0..500).map(|at| format!("X-{at}: 1\r\n")).collect();
    assert!(
        matches!(gate.ask(&gate.request("GET", "/proxy/to/api/v1/x", &many)).status, 0 | 431),
        "many headers"
    );
    let path = format!("/proxy/to/api/v1/{}", "a".repeat(5000));
    assert_eq!(gate.get(&path).code(), "path-refused", "a long path");
    let mut slow = gate.connect();
    let started = Instant::now();
    for byte in gate.request("GET", "/proxy/to/api/v1/x", "").bytes() {
        if slow.write_all(&[byte]).is_err() || started.elapsed() > Duration::from_secs(4) {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let mut rest = String::new();
    let _ = slow.read_to_string(&mut rest);
    assert!(!rest.contains("200 OK"), "a head that comes byte by byte has no answer: {rest}");
    let mut silent = gate.connect();
    assert!(matches!(silent.read(&mut [0; 1]), Ok(0) | Err(_)), "nor has silence, which is hung up on");
    assert!(started.elapsed() < Duration::from_secs(12), "all that within seconds");
    assert_eq!(upstream.n_connections(), 0, "none of them went out");
    assert_eq!(gate.get("/proxy/to/api/v1/x").status, 200, "and it still works");
}

#[test]
fn bodies_are_not_slow() {
    let upstream = Upstream::plain("fine");
    let gate = gate_with(&upstream, "idle_secs = 0.5\nupload_secs = 1.5");
    let head = gate.request("POST", "/proxy/to/api/v1/x", "Content-Length: 100\r\n");
    let mut silent = gate.connect();
    silent.write_all(format!("{head}abc").as_bytes()).expect("written");
    let got = Answer::read(&mut silent);
    assert_eq!((got.status, got.code()), (408, "body-too-slow"), "a body that stops: {}", got.raw);
    let mut dripping = gate.connect();
    dripping.write_all(head.as_bytes()).expect("written");
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(3) && dripping.write_all(b"x").is_ok() {
        thread::sleep(Duration::from_millis(100));
    }
    let got = Answer::read(&mut dripping);
    assert_ne!(got.status, 200, "a body that drips: {}", got.raw);
    assert!(upstream.seen().is_empty(), "neither came through as a request");
}

#[test]
fn who_takes_nothing_is_hung_up_on() {
    let upstream = Upstream::start(|_, stream| {
        write(stream, "HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\nConnection: close\r\n\r\n");
        let piece = vec![b'x'; 1 << 20];
        while stream.write_all(&piece).is_ok() {}
    });
    let tables = format!("[limits]\nwrite_secs = 1\n{}", api(upstream.address, ""));
    let gate = Gate::start(&config("", &tables));
    let mut stream = gate.connect();
    stream.write_all(gate.request("GET", "/proxy/to/api/v1/x", "").as_bytes()).expect("written");
    read_head(&mut stream).expect("a head");
    gate.wait_for("\"end\":\"left\"");
}

#[test]
fn bodies_do_not_swell() {
    let upstream = Upstream::start(|seen, stream| {
        assert_eq!(
            seen.header("accept-encoding").as_deref(),
            Some("identity"),
            "nobody asks for compression"
        );
        write(stream, &ok("Content-Encoding: gzip\r\n", "\u{1f}\u{8b}bomb"));
    });
    let gate = gate_with(&upstream, "");
    let got = gate.ask(&gate.request("GET", "/proxy/to/api/v1/x", "Accept-Encoding: gzip, br\r\n"));
    assert_eq!((got.status, got.code()), (502, "encoding-refused"), "a compressed answer: {}", got.raw);
    let n_before = upstream.n_connections();
    let headers = "Content-Encoding: gzip\r\nContent-Length: 4\r\n";
    let got = gate.ask(&format!("{}bomb", gate.request("POST", "/proxy/to/api/v1/x", headers)));
    assert_eq!((got.status, got.code()), (415, "encoding-refused"), "a compressed request: {}", got.raw);
    assert_eq!(upstream.n_connections(), n_before, "which does not go out");
}

#[test]
fn the_host_header_is_no_choice() {
    let upstream = Upstream::plain("fine");
    let gate = gate_with(&upstream, "");
    let own = gate.address.to_string();
    let port = gate.address.port();
    let request = |lines: &str| {
        format!(
            "GET /proxy/to/api/v1/x HTTP/1.1\r\n{lines}Authorization: Bearer {ANNA}\r\nConnection: close\r\n\r\n"
        )
    };
    for lines in [
        "Host: evil.example\r\n".to_owned(),
        format!("Host: evil.example:{port}\r\n"),
        format!("Host: {own}.evil.example\r\n"),
        format!("Host: evil@{own}\r\n"),
        "Host:\r\n".to_owned(),
        String::new(),
        format!("Host: {own}\r\nHost: evil.example\r\n"),
        format!("Host: evil.example\r\nHost: {own}\r\n"),
        format!("Host: {own}, evil.example\r\n"),
        "Host: 127.0.0.1\r\n".to_owned(),
    ] {
        let got = gate.ask(&request(&lines));
        assert!(matches!(got.status, 400 | 421), "{lines:?}: {}", got.raw);
    }
    assert_eq!(upstream.n_connections(), 0, "none of them went out");
    let got = gate.ask(&request(&format!("Host: LocalHost:{port}\r\nX-Forwarded-Host: evil.example\r\n")));
    assert_eq!(got.status, 200, "a name of this machine: {}", got.raw);
    let host = upstream.seen()[0].header("host");
    assert_eq!(host, Some(upstream.address.to_string()), "the upstream hears its own name");
}

#[test]
fn foreign_pages_get_nothing() {
    let upstream = Upstream::plain("fine");
    let gate = gate_with(&upstream, "");
    let paths = ["/proxy/to/api/v1/x", "/proxy/hints", "/proxy/upstreams"];
    for origin in [
        "https://evil.example",
        "null",
        "https://friend.example.evil.example",
        "http://friend.example",
        "https://friend.example:444",
        "file://",
    ] {
        for path in paths {
            let got = gate.ask(&gate.request("GET", path, &format!("Origin: {origin}\r\n")));
            assert_eq!((got.status, got.code()), (403, "origin-refused"), "{origin} {path}: {}", got.raw);
            assert_eq!(got.header("access-control-allow-origin"), None, "{origin} may not even read that");
        }
        let headers = format!(
            "Origin: {origin}\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization\r\n"
        );
        let got = gate.ask(&gate.request("OPTIONS", paths[0], &headers));
        assert_eq!(
            (got.status, got.header("access-control-allow-methods")),
            (403, None),
            "{origin} asks first"
        );
    }
    // A form of a foreign page: simple enough to be sent without asking, and without the token that only our page has.
    let form = format!(
        "POST /proxy/to/api/v1/x HTTP/1.1\r\nHost: {}\r\nOrigin: https://evil.example\r\nContent-Type: text/plain\r\nCookie: session={ANNA}\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx",
        gate.address
    );
    assert_eq!(gate.ask(&form).status, 403, "a foreign form");
    for site in ["cross-site", "same-site"] {
        let got = gate.ask(&gate.request("GET", paths[0], &format!("Sec-Fetch-Site: {site}\r\n")));
        assert_eq!((got.status, got.code()), (403, "origin-refused"), "a picture or link of a {site} page");
    }
    let two = "Origin: https://friend.example\r\nOrigin: https://evil.example\r\n";
    assert_eq!(gate.ask(&gate.request("GET", paths[0], two)).status, 403, "two origins");
    assert_eq!(upstream.n_connections(), 0, "none of them went out");
}

#[test]
fn listed_pages_are_told_exactly_what_they_may() {
    let upstream = Upstream::plain("fine");
    let gate = gate_with(&upstream, "request_headers = [\"X-Version\"]");
    let friend = "Origin: https://friend.example\r\n";
    let got = gate.ask(&gate.request("GET", "/proxy/to/api/v1/x", friend));
    assert_eq!(
        (got.status, got.header("access-control-allow-origin")),
        (200, Some("https://friend.example")),
        "{}",
        got.head
    );
    assert_eq!(got.header("access-control-allow-credentials"), None, "no cookies are involved");
    let ask = format!(
        "{friend}Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization\r\n"
    );
    // A browser asks without the token.
    let ask = gate
        .request("OPTIONS", "/proxy/to/api/v1/x", &ask)
        .replace(&format!("Authorization: Bearer {ANNA}\r\n"), "");
    let got = gate.ask(&ask);
    assert_eq!(
        (got.status, got.header("access-control-allow-origin")),
        (204, Some("https://friend.example")),
        "{}",
        got.head
    );
    let names = got.header("access-control-allow-headers").unwrap_or_default();
    assert!(
        names.contains("authorization") && names.contains("x-version") && !names.contains('*'),
        "{names}"
    );
    let own = format!("Origin: http://{}\r\n", gate.address);
    let got = gate.ask(&gate.request("GET", "/proxy/to/api/v1/x", &own));
    assert_eq!(
        (got.status, got.header("access-control-allow-origin")),
        (200, None),
        "our own page needs no leave"
    );
}

#[test]
fn connections_are_not_taken_over() {
    let upstream = Upstream::start(|_, stream| {
        write(
            stream,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhijacked",
        );
    });
    let gate = gate_with(&upstream, "");
    let headers =
        "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
    for path in ["/proxy/to/api/v1/x", "/proxy/hints"] {
        let request = gate.request("GET", path, headers).replace("Connection: close", "Connection: Upgrade");
        let got = gate.ask(&request.replace("\r\n\r\n", "\r\n\r\n\u{81}frames"));
        assert!(got.status == 400 && got.code() == "upgrade-refused", "{path}: {}", got.raw);
    }
    assert_eq!(upstream.n_connections(), 0, "no upgrade goes out");
    let got = gate.get("/proxy/to/api/v1/x");
    assert!(got.status == 502 && !got.raw.contains("hijacked"), "nor does one come back: {}", got.raw);
    // A foreign page cannot set the header that carries the token; anything it can do instead does not count.
    let own = gate.address;
    for request in [
        format!("GET /proxy/hints?token={ANNA} HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\n\r\n"),
        format!(
            "GET /proxy/hints HTTP/1.1\r\nHost: {own}\r\nCookie: token={ANNA}\r\nConnection: close\r\n\r\n"
        ),
        format!(
            "GET /proxy/hints?access_token={ANNA} HTTP/1.1\r\nHost: {own}\r\nAccept: text/event-stream\r\nConnection: close\r\n\r\n"
        ),
    ] {
        assert_eq!(gate.ask(&request).status, 401, "{request}");
    }
}

#[test]
fn noise_is_survived() {
    let upstream = Upstream::start(|_, stream| write(stream, &answer("200 OK", "", "fine")));
    let gate = gate_with(&upstream, "");
    let mut state = 7_u32;
    for _ in 0..200 {
        let noise: Vec<u8> = (0..300)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            })
            .collect();
        let mut stream = TcpStream::connect(gate.address).expect("a connection");
        let _ = stream.write_all(&noise);
    }
    assert_eq!(
        ask(gate.address, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").status,
        400,
        "a greeting of TLS"
    );
    let greeting = ask(gate.address, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert!(matches!(greeting.status, 0 | 400), "a greeting of HTTP/2: {}", greeting.raw);
    assert_eq!(gate.get("/proxy/to/api/v1/x").status, 200, "and it still works");
    assert!(!gate.said().contains(SECRET), "nothing is given away");
}
