//! What passes and what doesn't: headers, secrets, bodies of any size, and what is left of them in memory and in the log.

use crate::rig::{
    ANNA, Folder, Gate, SECRET, Upstream, answer, api, config, ok, read_head, read_until, write,
};
use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

const BEARER: &str = "auth = { kind = \"bearer\", secret = { env = \"SECRET\" } }";

#[test]
fn a_request_and_its_answer_pass() {
    let upstream = Upstream::start(|_, stream| {
        let headers = "Content-Type: application/json\r\nETag: \"7\"\r\nRetry-After: 3\r\nSet-Cookie: a=b\r\nServer: x\r\n\
                       Access-Control-Allow-Origin: *\r\nDesirepath-Proxy: fake\r\nContent-Security-Policy: none\r\nX-Own: 1\r\n";
        write(stream, &answer("201 Created", headers, "{\"a\":1}"));
    });
    let lines = format!(
        "{BEARER}\nrequest_headers = [\"X-Version\"]\nset_headers = {{ \"X-Fixed\" = \"yes\" }}\n\
         response_headers = [\"X-Own\"]"
    );
    let gate = Gate::start(&config("", &api(upstream.address, &lines)));
    let headers = "Content-Type: text/csv\r\nContent-Length: 5\r\nX-Version: 2\r\nX-Fixed: no\r\nX-Evil: 1\r\nCookie: c=d\r\n\
                   X-Forwarded-For: 1.2.3.4\r\nProxy-Authorization: Basic x\r\nIdempotency-Key: k\r\nTE: trailers\r\n";
    let got = gate.ask(&format!("{}a;b;c", gate.request("POST", "/proxy/to/api/v1/items?a=%20b&c", headers)));
    assert_eq!((got.status, got.text().as_str()), (201, "{\"a\":1}"), "{}", got.head);
    for (name, value) in [
        ("content-type", Some("application/json")),
        ("etag", Some("\"7\"")),
        ("retry-after", Some("3")),
        ("x-own", Some("1")),
        ("cache-control", Some("no-store")),
        ("x-content-type-options", Some("nosniff")),
        ("set-cookie", None),
        ("server", None),
        ("access-control-allow-origin", None),
        ("desirepath-proxy", None),
    ] {
        assert_eq!(got.header(name), value, "{name} in the answer");
    }
    assert!(got.header("content-security-policy").is_some_and(|it| it.contains("sandbox")), "{}", got.head);
    let seen = &upstream.seen()[0];
    assert_eq!(seen.line(), "POST /v1/items?a=%20b&c HTTP/1.1", "byte for byte");
    assert_eq!(seen.text(), "a;b;c", "the body");
    let secret = format!("Bearer {SECRET}");
    for (name, value) in [
        ("authorization", Some(secret.as_str())),
        ("content-type", Some("text/csv")),
        ("x-version", Some("2")),
        ("x-fixed", Some("yes")),
        ("idempotency-key", Some("k")),
        ("accept-encoding", Some("identity")),
        ("x-evil", None),
        ("cookie", None),
        ("x-forwarded-for", None),
        ("proxy-authorization", None),
        ("te", None),
    ] {
        assert_eq!(seen.header(name).as_deref(), value, "{name} at the upstream");
    }
    assert!(!seen.head.contains(ANNA), "the session token stays here");
}

#[test]
fn every_simple_authentication_is_added() {
    let upstream = Upstream::plain("fine");
    let folder = Arc::new(Folder::new());
    folder.write("keys/secret", "from a file\n");
    let table = |name: &str, auth: &str| {
        format!(
            "[upstream.{name}]\nbase = \"http://{}/base\"\nallow_private = true\nallow = [\"GET /x\"]\nauth = {auth}\n",
            upstream.address
        )
    };
    let tables = [
        table("a", "{ kind = \"header\", name = \"X-Api-Key\", secret = { file = \"keys/secret\" } }"),
        table(
            "b",
            "{ kind = \"header\", name = \"Authorization\", prefix = \"Token \", secret = { env = \"SECRET\" } }",
        ),
        table("c", "{ kind = \"query\", name = \"key\", secret = { file = \"keys/secret\" } }"),
        table("d", "{ kind = \"basic\", user = \"me@example.com/token\", password = { env = \"SECRET\" } }"),
        table("e", "{ kind = \"basic\", user = { env = \"SECRET\" } }"),
        table("f", "{ kind = \"none\" }"),
    ];
    let gate = Gate::start_in(folder, &config("", &tables.concat()));
    for name in ["a", "b", "c", "d", "e", "f"] {
        assert_eq!(gate.get(&format!("/proxy/to/{name}/x?q=1")).status, 200, "upstream {name}");
    }
    let seen = upstream.seen();
    assert_eq!(seen[0].header("x-api-key").as_deref(), Some("from a file"), "a key in a header");
    assert_eq!(seen[1].header("authorization"), Some(format!("Token {SECRET}")), "with a beginning");
    assert_eq!(seen[2].line(), "GET /base/x?q=1&key=from%20a%20file HTTP/1.1", "a key in the query");
    let basic = "Basic bWVAZXhhbXBsZS5jb20vdG9rZW46c2tfcGxhbnRlZF9zZWNyZXRfNTFIeA==";
    assert_eq!(seen[3].header("authorization").as_deref(), Some(basic), "user and password");
    assert_eq!(
        seen[4].header("authorization").as_deref(),
        Some("Basic c2tfcGxhbnRlZF9zZWNyZXRfNTFIeDo="),
        "no password"
    );
    assert_eq!(seen[5].header("authorization"), None, "none");
    assert_eq!(gate.get("/proxy/to/c/x?KEY=mine").code(), "parameter-refused", "nobody overrides the key");
}

#[test]
fn an_answer_does_not_give_the_key_away() {
    let upstream = Upstream::start(|seen, stream| {
        let link = format!(
            "Link: <http://api.test{}>; rel=next\r\nX-Request-Id: 9\r\n",
            seen.line().split(' ').nth(1).expect("a target")
        );
        write(stream, &ok(&link, ""));
    });
    let lines = "auth = { kind = \"query\", name = \"key\", secret = { env = \"SECRET\" } }";
    let gate = Gate::start(&config("", &api(upstream.address, lines)));
    let got = gate.get("/proxy/to/api/v1/x");
    assert_eq!(
        (got.header("link"), got.header("x-request-id")),
        (None, Some("9")),
        "the link repeats the key"
    );
    assert!(!got.raw.contains(SECRET), "{}", got.raw);
}

#[test]
fn a_document_allows_its_operations() {
    let upstream = Upstream::plain("fine");
    let folder = Arc::new(Folder::new());
    folder.write("api.yaml", "openapi: 3.0.0\npaths:\n  /tickets/{id}.json:\n    get: {}\n    put: {}\n");
    let table = format!(
        "[upstream.api]\nbase = \"http://{}/v2\"\nallow_private = true\nopenapi = \"api.yaml\"\n",
        upstream.address
    );
    let gate = Gate::start_in(folder, &config("", &table));
    assert_eq!(gate.get("/proxy/to/api/tickets/7.json").status, 200, "in the document");
    assert_eq!(upstream.seen()[0].line(), "GET /v2/tickets/7.json HTTP/1.1", "below the base");
    assert_eq!(gate.get("/proxy/to/api/tickets").code(), "not-allowed", "not in it");
    let put = gate.request("PUT", "/proxy/to/api/tickets/7.json", "Content-Length: 0\r\n");
    assert_eq!(gate.ask(&put).code(), "not-allowed", "writing has to be asked for");
    assert_eq!(gate.get("/proxy/to/other/x").code(), "no-such-upstream", "another upstream");
    assert_eq!(upstream.seen().len(), 1, "nothing else went out");
}

#[test]
fn answers_stream_as_they_come() {
    // As a language model answers: an event, and the next one only after somebody has seen the first.
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let upstream = Upstream::start(move |_, stream| {
        write(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
        );
        write(stream, "e\r\ndata: {\"a\":1}\n\r\n");
        wait.lock().expect("the channel").recv_timeout(Duration::from_secs(10)).expect("the first was seen");
        write(stream, "e\r\ndata: [DONE]\n\n\r\n0\r\nX-Trailer: 1\r\n\r\n");
    });
    let gate = Gate::start(&config("", &api(upstream.address, "")));
    let mut stream = gate.connect();
    let body = "{\"model\":\"m\",\"stream\":true}";
    let headers = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    let request = format!("{}{body}", gate.request("POST", "/proxy/to/api/v1/chat/completions", &headers));
    stream.write_all(request.as_bytes()).expect("written");
    let first = read_until(&mut stream, "{\"a\":1}");
    assert!(!first.contains("DONE"), "the second is not sent yet");
    go.send(()).expect("the upstream waits");
    let rest = read_until(&mut stream, "0\r\n\r\n");
    assert!(rest.contains("data: [DONE]"), "{rest}");
    assert!(!rest.contains("X-Trailer"), "trailers are headers that nobody allowed: {rest}");
}

#[test]
fn requests_stream_as_they_come() {
    let (saw, seen) = mpsc::channel::<String>();
    let saw = Mutex::new(saw);
    let upstream = Upstream::raw(move |stream, _| {
        let Some(_) = read_head(stream) else { return };
        saw.lock().expect("the channel").send(read_until(stream, "first")).expect("the test listens");
        read_until(stream, "0\r\n\r\n");
        write(stream, &ok("", "got it"));
    });
    let gate = Gate::start(&config("", &api(upstream.address, "")));
    let mut stream = gate.connect();
    let head = gate.request("POST", "/proxy/to/api/v1/x", "Transfer-Encoding: chunked\r\n");
    stream.write_all(format!("{head}5\r\nfirst\r\n").as_bytes()).expect("written");
    seen.recv_timeout(Duration::from_secs(10))
        .expect("the upstream sees the beginning before there is an end");
    stream.write_all(b"4\r\nlast\r\n0\r\n\r\n").expect("written");
    read_until(&mut stream, "got it");
}

const HUGE: u64 = 256 * 1024 * 1024;

fn send_huge(stream: &mut TcpStream) {
    write(stream, &format!("HTTP/1.1 200 OK\r\nContent-Length: {HUGE}\r\nConnection: close\r\n\r\n"));
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..HUGE >> 20 {
        if stream.write_all(&piece).is_err() {
            return;
        }
    }
}

#[test]
fn a_huge_answer_takes_no_memory() {
    let upstream = Upstream::start(|_, stream| send_huge(stream));
    let lines = "response_bytes = 1000000000";
    let gate = Gate::start(&config("", &api(upstream.address, lines)));
    gate.get("/proxy/to/api/v1/warm?up");
    let before = gate.memory_kib("VmHWM");
    let mut stream = gate.connect();
    stream.write_all(gate.request("GET", "/proxy/to/api/v1/huge", "").as_bytes()).expect("written");
    read_head(&mut stream).expect("a head");
    // For a while nobody reads: what cannot go on must not come in either.
    thread::sleep(Duration::from_millis(700));
    let mut n_bytes = 0;
    let mut piece = vec![0; 1 << 20];
    while let Ok(n @ 1..) = stream.read(&mut piece) {
        n_bytes += n as u64;
    }
    assert_eq!(n_bytes, HUGE, "all of it came");
    let grown = gate.memory_kib("VmHWM") - before;
    assert!(grown < 16 * 1024, "256 MiB passed, and the process grew by {grown} KiB");
}

#[test]
fn who_leaves_is_not_waited_for() {
    let (gone, noticed) = mpsc::channel::<()>();
    let gone = Mutex::new(gone);
    let upstream = Upstream::start(move |_, stream| {
        write(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
        let mut byte = [0; 1];
        let end = stream.read(&mut byte);
        assert!(matches!(end, Ok(0) | Err(_)), "the proxy hangs up");
        let _ = gone.lock().expect("the channel").send(());
    });
    let gate = Gate::start(&config("", &api(upstream.address, "")));
    let mut stream = gate.connect();
    stream.write_all(gate.request("GET", "/proxy/to/api/v1/x", "").as_bytes()).expect("written");
    read_until(&mut stream, "x\r\n");
    drop(stream);
    noticed.recv_timeout(Duration::from_secs(10)).expect("the upstream is told that nobody listens");
    gate.wait_for("\"end\":\"left\"");
}

#[test]
fn nothing_of_a_body_a_query_or_a_secret_is_said() {
    let upstream = Upstream::start(|seen, stream| {
        let status = if seen.line().contains("bad") { "500 Oops" } else { "200 OK" };
        write(stream, &answer(status, "", "planted-in-answer"));
    });
    let lines = format!("{BEARER}\nset_headers = {{ \"X-Fixed\" = \"planted-in-config\" }}");
    let mut gate = Gate::start(&config("", &api(upstream.address, &lines)));
    for path in ["customers/planted-id", "bad", "..%2fplanted-path", "none"] {
        let headers = "Content-Length: 17\r\nX-Evil: planted-in-header\r\n";
        let path = format!("/proxy/to/api/v1/{path}?email=planted-in-query");
        gate.ask(&format!("{}planted-in-request", gate.request("POST", &path, headers)));
        gate.get(&path);
    }
    gate.ask(&gate.request("GET", "/proxy/to/api/v1/x", "").replace(ANNA, "planted-wrong-token"));
    gate.ask("GET /planted-elsewhere HTTP/1.1\r\nHost: planted-host\r\n\r\n");
    gate.terminate();
    assert!(gate.wait(), "it ends well");
    let said = gate.said();
    for marker in ["planted", SECRET, ANNA] {
        assert!(!said.contains(marker), "{marker} was said: {said}");
    }
    let line = said.lines().find(|line| line.contains("/v1/customers/{id}")).expect("the pattern is said");
    let value: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
    for (name, wanted) in [("method", "GET"), ("upstream", "api"), ("client", "anna"), ("end", "whole")] {
        assert_eq!(value[name], wanted, "{name} in {line}");
    }
    assert_eq!((&value["status"], &value["sent"]), (&200.into(), &17.into()), "{line}");
    assert!(value["ms"].is_u64() && value["at"].is_string(), "{line}");
}

#[test]
fn a_redirect_stays_where_requests_are_allowed() {
    let upstream = Upstream::start(|seen, stream| {
        let target = seen.line().split("to=").nth(1).and_then(|it| it.split(' ').next()).unwrap_or_default();
        let own = seen.header("host").expect("a host");
        let target = target.replace("SELF", &format!("http://{own}"));
        write(stream, &answer("302 Found", &format!("Location: {target}\r\n"), ""));
    });
    let gate = Gate::start(&config("", &api(upstream.address, "")));
    for (target, own) in
        [("/v1/other", "/proxy/to/api/v1/other"), ("SELF/v1/a%20b", "/proxy/to/api/v1/a%20b")]
    {
        let got = gate.get(&format!("/proxy/to/api/v1/x?to={target}"));
        assert_eq!(
            (got.status, got.header("location")),
            (302, Some(own)),
            "{target} is allowed, and asked for here"
        );
    }
    for target in [
        "http://169.254.169.254/latest/meta-data",
        "//evil.example/v1/x",
        "/admin",
        "/v1/../admin",
        "/v1/%2e%2e/admin",
        "https://SELF/v1/x",
        "SELF.evil.example/v1/x",
        "SELF@evil.example/v1/x",
        "file:///etc/passwd",
        "v1/relative",
        "",
    ] {
        let got = gate.get(&format!("/proxy/to/api/v1/x?to={target}"));
        assert_eq!(
            (got.status, got.code(), got.header("location")),
            (502, "redirect-refused", None),
            "{target}"
        );
    }
    assert_eq!(upstream.seen().len(), 13, "the proxy itself follows none");
}

#[test]
fn answers_without_a_body_have_none() {
    let upstream = Upstream::start(|seen, stream| {
        let text = if seen.line().contains("same") {
            "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\nConnection: close\r\n\r\n"
        } else if seen.line().contains("empty") {
            "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
        } else {
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
        };
        write(stream, text);
    });
    let gate = Gate::start(&config("", &api(upstream.address, "")));
    assert_eq!(gate.get("/proxy/to/api/v1/same").status, 304, "not modified");
    assert_eq!(gate.get("/proxy/to/api/v1/empty").status, 204, "no content");
    let head = gate.ask(&gate.request("HEAD", "/proxy/to/api/v1/x", ""));
    assert_eq!((head.status, head.header("content-length")), (200, Some("5")), "HEAD tells the length");
    let said = gate.wait_for("HEAD");
    assert!(!said.contains("\"end\":\"left\""), "all of them are whole: {said}");
}

#[test]
fn one_connection_serves_many_requests() {
    let upstream = Upstream::plain("fine");
    let gate = Gate::start(&config("", &api(upstream.address, "")));
    let mut stream = gate.connect();
    for _ in 0..3 {
        let request = gate.request("GET", "/proxy/to/api/v1/x", "").replace("Connection: close\r\n", "");
        stream.write_all(request.as_bytes()).expect("written");
        read_until(&mut stream, "fine");
    }
}

#[test]
fn health_and_metrics() {
    let upstream = Upstream::plain("fine");
    let gate = Gate::start(&config("", &api(upstream.address, "")));
    let healthy =
        gate.ask(&format!("GET /healthz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", gate.address));
    assert_eq!((healthy.status, healthy.text().as_str()), (200, "ok\n"), "without a token");
    gate.get("/proxy/to/api/v1/x");
    gate.wait_for("/v1/**");
    let metrics = gate.get("/metrics");
    assert_eq!(
        metrics.header("content-type").map(|it| it.contains("openmetrics")),
        Some(true),
        "{}",
        metrics.head
    );
    let line = "desirepath_proxy_requests_total{upstream=\"api\",method=\"GET\",status=\"2xx\"} 1";
    assert!(metrics.text().contains(line), "{}", metrics.text());
    assert!(metrics.text().contains("desirepath_proxy_open_exchanges 0"), "{}", metrics.text());
    assert!(metrics.text().ends_with("# EOF\n"), "{}", metrics.text());
    let stranger =
        gate.ask(&format!("GET /metrics HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", gate.address));
    assert_eq!(stranger.status, 401, "metrics are nobody else's business");
    let list = gate.get("/proxy/upstreams");
    assert!(list.text().contains("\"path\":\"/proxy/to/api\""), "{}", list.text());
}

#[test]
fn the_site_is_served_with_its_policy() {
    let folder = Arc::new(Folder::new());
    folder.write("site/index.html", "<p>the site</p>");
    folder.write("site/wasm/a.wasm", "\0asm");
    folder.write("private.txt", "private");
    let gate = Gate::start_in(folder, &config("site = \"site\"", ""));
    let page = gate.ask(&format!("GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", gate.address));
    assert_eq!((page.status, page.text().as_str()), (200, "<p>the site</p>"), "without a token");
    assert!(
        page.header("content-security-policy").is_some_and(|it| it.contains("script-src 'self'")),
        "{}",
        page.head
    );
    assert_eq!(
        gate.get("/wasm/a.wasm").header("content-type"),
        Some("application/wasm"),
        "or it does not compile"
    );
    for path in [
        "/../private.txt",
        "/%2e%2e/private.txt",
        "/..%2fprivate.txt",
        "/wasm/../../private.txt",
        "/..%5cprivate.txt",
        "/%2e%2e%2fprivate.txt",
        "/.%00./private.txt",
        "//private.txt",
        "/%252e%252e/private.txt",
    ] {
        let got = gate.get(path);
        assert!(got.status >= 400 && !got.text().contains("private"), "{path}: {}", got.raw);
    }
}
