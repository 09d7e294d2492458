//! Push: a webhook becomes a hint in every connected tab, and an orderly stop ends what is open.

use crate::rig::{ANNA, Gate, Upstream, api, ask, config, ok, read_until, write};
use base64::{Engine, engine::general_purpose::STANDARD};
use ring::hmac;
use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant, SystemTime},
};

const STYLES: [&str; 7] = ["stripe", "intercom", "slack", "zendesk", "hubspot", "github", "standard"];

fn gate_with(upstream: &Upstream, limits: &str) -> Gate {
    let hooks: String = STYLES
        .iter()
        .map(|style| format!("[webhook.{style}]\nstyle = \"{style}\"\nsecret = {{ env = \"SECRET\" }}\nupstream = \"api\"\n"))
        .collect();
    let own = "[webhook.own]\nstyle = \"generic\"\nsecret = { env = \"SECRET\" }\nupstream = \"api\"\nheader = \"X-Own\"\nprefix = \"h=\"\nbody_bytes = 100\n";
    let tables = format!("{limits}{}{hooks}{own}", api(upstream.address, ""));
    Gate::start(&config("public_url = \"https://gate.example\"", &tables))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The header lines with which a vendor signs a body now.
fn signed(style: &str, body: &str) -> String {
    let key = crate::rig::SECRET.as_bytes();
    let sign = |algorithm, text: &str| hmac::sign(&hmac::Key::new(algorithm, key), text.as_bytes());
    let sha256 = |text: &str| sign(hmac::HMAC_SHA256, text);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
    match style {
        "stripe" => {
            format!("Stripe-Signature: t={now},v1={}\r\n", hex(sha256(&format!("{now}.{body}")).as_ref()))
        }
        "intercom" => {
            let tag = sign(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, body);
            format!("X-Hub-Signature: sha1={}\r\n", hex(tag.as_ref()))
        }
        "slack" => {
            let tag = sha256(&format!("v0:{now}:{body}"));
            format!("X-Slack-Request-Timestamp: {now}\r\nX-Slack-Signature: v0={}\r\n", hex(tag.as_ref()))
        }
        "zendesk" => {
            let at = jiff::Timestamp::from_second(i64::try_from(now).expect("soon")).expect("a time");
            let tag = STANDARD.encode(sha256(&format!("{at}{body}")));
            format!("X-Zendesk-Webhook-Signature: {tag}\r\nX-Zendesk-Webhook-Signature-Timestamp: {at}\r\n")
        }
        "hubspot" => {
            let ms = now * 1000;
            let tag =
                STANDARD.encode(sha256(&format!("POSThttps://gate.example/proxy/hooks/hubspot{body}{ms}")));
            format!("X-HubSpot-Signature-v3: {tag}\r\nX-HubSpot-Request-Timestamp: {ms}\r\n")
        }
        "github" => format!("X-Hub-Signature-256: sha256={}\r\n", hex(sha256(body).as_ref())),
        "standard" => {
            // This secret is not base64, so nothing can be signed with it: see `a_forged_call_is_not_relayed`.
            format!("Webhook-Id: 1\r\nWebhook-Timestamp: {now}\r\nWebhook-Signature: v1,AAAA\r\n")
        }
        _ => format!("X-Own: h={}\r\n", hex(sha256(body).as_ref())),
    }
}

/// A vendor's call: no session token, no origin.
fn call(gate: &Gate, name: &str, headers: &str, body: &str) -> u16 {
    let head = format!(
        "POST /proxy/hooks/{name} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
        gate.address,
        body.len()
    );
    ask(gate.address, format!("{head}{body}").as_bytes()).status
}

fn listen(gate: &Gate) -> TcpStream {
    let mut stream = gate.connect();
    stream
        .write_all(gate.request("GET", "/proxy/hints", "Accept: text/event-stream\r\n").as_bytes())
        .expect("written");
    let head = read_until(&mut stream, "event: ready");
    assert!(head.contains("text/event-stream") && head.contains("no-store"), "{head}");
    // The rest of the event, and of the chunk that it came in.
    read_until(&mut stream, "\n\n\r\n");
    stream
}

#[test]
fn a_signed_call_reaches_every_tab() {
    let upstream = Upstream::plain("fine");
    let gate = gate_with(&upstream, "");
    let mut tabs: Vec<TcpStream> = (0..3).map(|_| listen(&gate)).collect();
    for style in ["stripe", "intercom", "slack", "zendesk", "hubspot", "github", "own"] {
        let body = "{\"planted\":\"customer\"}";
        let started = Instant::now();
        assert_eq!(call(&gate, style, &signed(style, body), body), 204, "{style} is believed");
        for tab in &mut tabs {
            let event = read_until(tab, "\n\n");
            assert!(
                event.contains("event: hint") && event.contains("\"upstream\":\"api\""),
                "{style}: {event}"
            );
            assert!(event.contains(&format!("\"webhook\":\"{style}\"")), "{style}: {event}");
            assert!(!event.contains("planted"), "a hint holds nothing of the call: {event}");
        }
        assert!(
            started.elapsed() < Duration::from_secs(1),
            "{style}: within a second, not {:?}",
            started.elapsed()
        );
    }
    assert!(!gate.said().contains("planted"), "nor does the log");
    drop(tabs);
    let body = "{}";
    assert_eq!(
        call(&gate, "github", &signed("github", body), body),
        204,
        "with no tab open, the call is taken all the same"
    );
}

#[test]
fn a_forged_call_is_not_relayed() {
    let upstream = Upstream::plain("fine");
    let gate = gate_with(&upstream, "");
    let mut tab = listen(&gate);
    for style in STYLES.iter().chain(&["own"]) {
        assert_eq!(call(&gate, style, &signed(style, "{}"), "{\"a\":1}"), 401, "{style}: another body");
        assert_eq!(call(&gate, style, "", "{}"), 401, "{style}: unsigned");
        let other = STYLES.iter().find(|other| *other != style).expect("another");
        assert_eq!(call(&gate, style, &signed(other, "{}"), "{}"), 401, "{style}: signed as by {other}");
    }
    assert_eq!(call(&gate, "unknown", "", "{}"), 404, "no such webhook");
    assert_eq!(call(&gate, "own", &signed("own", &"x".repeat(200)), &"x".repeat(200)), 413, "a large body");
    tab.set_read_timeout(Some(Duration::from_millis(300))).expect("a limit of time");
    assert!(tab.read(&mut [0; 1]).is_err(), "no hint came of any of them");
    let metrics = gate.get("/metrics").text();
    let line = "desirepath_proxy_hints_total{webhook=\"github\",outcome=\"wrong\"} 1";
    assert!(metrics.contains(line), "{metrics}");
}

#[test]
fn slack_hears_its_challenge_when_it_is_slack() {
    let upstream = Upstream::plain("fine");
    let gate = gate_with(&upstream, "");
    let body = "{\"type\":\"url_verification\",\"challenge\":\"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P\"}";
    let request = |headers: &str| {
        let head = format!(
            "POST /proxy/hooks/slack HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\nConnection: close\r\n",
            gate.address,
            body.len()
        );
        gate.ask(&format!("{head}{headers}\r\n{body}"))
    };
    let got = request(&signed("slack", body));
    assert_eq!(
        (got.status, got.text().as_str()),
        (200, "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"),
        "{}",
        got.raw
    );
    assert_eq!(request("").status, 401, "nobody else does");
    let head =
        format!("HEAD /proxy/hooks/intercom HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", gate.address);
    assert_eq!(gate.ask(&head).status, 200, "Intercom asks whether anybody is there");
}

#[test]
fn listeners_are_limited() {
    let upstream = Upstream::plain("fine");
    let gate = gate_with(&upstream, "[limits]\nclient_hint_streams = 2\n");
    let tabs = [listen(&gate), listen(&gate)];
    let third = gate.get("/proxy/hints");
    assert_eq!((third.status, third.code()), (429, "too-many-streams"), "{}", third.raw);
    drop(tabs);
    let started = Instant::now();
    while third_place(&gate) == 429 {
        assert!(started.elapsed() < Duration::from_secs(10), "places come back");
        thread::sleep(Duration::from_millis(50));
    }
    let stranger = gate.ask(&gate.request("GET", "/proxy/hints", "").replace(ANNA, "nobody"));
    assert_eq!(stranger.status, 401, "strangers hear nothing");
}

fn third_place(gate: &Gate) -> u16 {
    let mut stream = gate.connect();
    stream.write_all(gate.request("GET", "/proxy/hints", "").as_bytes()).expect("written");
    let line = read_until(&mut stream, "\r\n");
    line.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
}

#[test]
fn a_stop_lets_answers_end() {
    let upstream = Upstream::start(|_, stream| {
        thread::sleep(Duration::from_millis(800));
        write(stream, &ok("", "late but whole"));
    });
    let mut gate = gate_with(&upstream, "");
    let mut tab = listen(&gate);
    let mut idle = gate.connect();
    let mut busy = gate.connect();
    busy.write_all(gate.request("GET", "/proxy/to/api/v1/x", "").as_bytes()).expect("written");
    thread::sleep(Duration::from_millis(200));
    gate.terminate();
    let mut rest = Vec::new();
    tab.read_to_end(&mut rest).expect("the stream of hints ends at once, and in order");
    assert!(String::from_utf8_lossy(&rest).ends_with("0\r\n\r\n"), "{}", String::from_utf8_lossy(&rest));
    let mut rest = Vec::new();
    let _ = idle.read_to_end(&mut rest);
    thread::sleep(Duration::from_millis(100));
    let refused = TcpStream::connect(gate.address);
    assert!(refused.is_err(), "nobody new is let in");
    read_until(&mut busy, "late but whole");
    assert!(gate.wait(), "and the process ends well");
    gate.wait_for("\"end\":\"whole\"");
}

#[test]
fn a_stop_does_not_wait_forever() {
    let upstream = Upstream::start(|_, stream| {
        write(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
        thread::sleep(Duration::from_secs(15));
    });
    let mut gate = gate_with(&upstream, "[limits]\nstop_secs = 0.5\n");
    let mut busy = gate.connect();
    busy.write_all(gate.request("GET", "/proxy/to/api/v1/x", "").as_bytes()).expect("written");
    read_until(&mut busy, "x\r\n");
    gate.terminate();
    let started = Instant::now();
    assert!(gate.wait(), "it ends");
    assert!(started.elapsed() < Duration::from_secs(5), "soon: {:?}", started.elapsed());
}
