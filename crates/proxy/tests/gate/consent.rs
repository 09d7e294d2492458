//! OAuth 2: tokens are fetched once, renewed once, and a person's consent is bound to who began it.

use crate::rig::{Folder, Gate, Seen, Upstream, answer, config, ok, write};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use std::{
    collections::BTreeMap,
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

/// A token endpoint: counts, and gives `token-1`, `token-2` and so on.
struct Tokens {
    server: Upstream,
    n_given: Arc<AtomicUsize>,
    broken: Arc<AtomicBool>,
}

impl Tokens {
    fn start(more: &'static str) -> Self {
        let (n_given, broken) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (counter, fault) = (Arc::clone(&n_given), Arc::clone(&broken));
        let server = Upstream::start(move |_, stream| {
            // Slow enough that many requests wait for it.
            thread::sleep(Duration::from_millis(100));
            if fault.load(SeqCst) {
                return write(stream, &answer("500 Oops", "", "planted-error"));
            }
            let n = counter.fetch_add(1, SeqCst) + 1;
            let refresh = more.replace('N', &n.to_string());
            let body = format!(
                "{{\"access_token\":\"token-{n}\",\"token_type\":\"bearer\",\"expires_in\":3600{refresh}}}"
            );
            write(stream, &ok("Content-Type: application/json\r\n", &body));
        });
        Self { server, n_given, broken }
    }

    fn n_given(&self) -> usize {
        self.n_given.load(SeqCst)
    }
}

fn client_credentials(upstream: &Upstream, tokens: &Tokens, more: &str) -> String {
    format!(
        "[upstream.api]\nbase = \"http://{}\"\nallow_private = true\nallow = [\"GET /v1/**\", \"POST /v1/**\"]\n\
         auth = {{ kind = \"client_credentials\", token_url = \"http://{}/token\", client_id = \"me\", \
         client_secret = {{ env = \"SECRET\" }}, scope = \"read write\"{more} }}\n",
        upstream.address, tokens.server.address
    )
}

/// An upstream that accepts tokens from a number on.
fn picky(oldest: &Arc<AtomicUsize>) -> Upstream {
    let oldest = Arc::clone(oldest);
    Upstream::start(move |seen, stream| {
        let token = seen.header("authorization").unwrap_or_default();
        let number = token.strip_prefix("Bearer token-").and_then(|it| it.parse::<usize>().ok());
        let good = number.is_some_and(|number| number >= oldest.load(SeqCst));
        write(
            stream,
            &if good {
                ok("", &format!("fine:{}", seen.text()))
            } else {
                answer("401 Unauthorized", "", "expired")
            },
        );
    })
}

fn form(seen: &Seen) -> BTreeMap<String, String> {
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    seen.text()
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(a, b)| (decoded(a), decoded(b)))
        .collect()
}

#[test]
fn one_token_serves_many() {
    let tokens = Tokens::start("");
    let upstream = picky(&Arc::new(AtomicUsize::new(1)));
    let gate =
        Gate::start(&config("", &client_credentials(&upstream, &tokens, ", extra = { audience = \"api\" }")));
    thread::scope(|scope| {
        for _ in 0..30 {
            scope.spawn(|| {
                assert_eq!(gate.get("/proxy/to/api/v1/x").text(), "fine:", "everybody gets an answer")
            });
        }
    });
    assert_eq!(tokens.n_given(), 1, "one token for thirty requests at once");
    let seen = &tokens.server.seen()[0];
    assert_eq!(
        seen.header("authorization").as_deref(),
        Some("Basic bWU6c2tfcGxhbnRlZF9zZWNyZXRfNTFIeA=="),
        "the client shows itself"
    );
    let form = form(seen);
    let field = |name: &str| form.get(name).map(String::as_str);
    assert_eq!(
        (field("grant_type"), field("scope"), field("audience")),
        (Some("client_credentials"), Some("read write"), Some("api")),
        "{form:?}"
    );
}

#[test]
fn an_expired_token_is_renewed_once() {
    let (tokens, oldest) = (Tokens::start(""), Arc::new(AtomicUsize::new(1)));
    let upstream = picky(&oldest);
    let gate = Gate::start(&config("", &client_credentials(&upstream, &tokens, "")));
    assert_eq!(gate.get("/proxy/to/api/v1/x").status, 200, "the first token is good");
    // The upstream forgets it long before its time.
    oldest.store(2, SeqCst);
    thread::scope(|scope| {
        for at in 0..30 {
            let gate = &gate;
            scope.spawn(move || {
                let got = if at % 2 == 0 {
                    gate.get("/proxy/to/api/v1/x")
                } else {
                    gate.ask(&format!(
                        "{}body",
                        gate.request("POST", "/proxy/to/api/v1/x", "Content-Length: 4\r\n")
                    ))
                };
                assert_eq!(got.status, 200, "nobody notices: {}", got.raw);
                assert!(at % 2 == 0 || got.text() == "fine:body", "the body is sent again: {}", got.text());
            });
        }
    });
    assert_eq!(tokens.n_given(), 2, "one renewal for thirty requests at once");
}

#[test]
fn an_upstream_that_refuses_everything_causes_no_storm() {
    let (tokens, oldest) = (Tokens::start(""), Arc::new(AtomicUsize::new(usize::MAX)));
    let upstream = picky(&oldest);
    let gate = Gate::start(&config("", &client_credentials(&upstream, &tokens, "")));
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let got = gate.get("/proxy/to/api/v1/x");
                assert_eq!(
                    (got.status, got.text().as_str(), got.code()),
                    (401, "expired", ""),
                    "the truth: {}",
                    got.raw
                );
            });
        }
    });
    assert_eq!(tokens.n_given(), 2, "one token, and one try to get a better one");
    assert!(upstream.seen().len() <= 40, "each request is repeated at most once");
}

#[test]
fn a_broken_token_endpoint_is_left_in_peace() {
    let tokens = Tokens::start("");
    tokens.broken.store(true, SeqCst);
    let upstream = picky(&Arc::new(AtomicUsize::new(1)));
    let gate = Gate::start(&config("", &client_credentials(&upstream, &tokens, "")));
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let got = gate.get("/proxy/to/api/v1/x");
                assert_eq!((got.status, got.code()), (503, "no-token"), "{}", got.raw);
                assert!(got.header("retry-after").is_some(), "{}", got.head);
            });
        }
    });
    assert_eq!(tokens.server.seen().len(), 1, "one question for twenty requests");
    assert!(!gate.said().contains("planted-error"), "its answer is not repeated");
    tokens.broken.store(false, SeqCst);
    thread::sleep(Duration::from_millis(2200));
    assert_eq!(gate.get("/proxy/to/api/v1/x").status, 200, "after a rest it is asked again");
    assert!(upstream.seen().len() == 1, "without a token nothing went out");
}

/// A configuration for consent, with a refresh token that is kept in a file.
fn with_consent(upstream: &Upstream, tokens: &Tokens) -> String {
    let tables = format!(
        "[upstream.api]\nbase = \"http://{}\"\nallow_private = true\nallow = [\"GET /v1/**\"]\n[upstream.api.auth]\n\
         kind = \"authorization_code\"\nauthorize_url = \"https://login.example/authorize\"\ntoken_url = \"http://{}/token\"\n\
         client_id = \"me\"\nclient_secret = {{ env = \"SECRET\" }}\nclient_auth = \"body\"\nscope = \"tickets\"\n\
         refresh_token = {{ file = \"refresh\" }}\n",
        upstream.address, tokens.server.address
    );
    config("public_url = \"https://gate.example\"", &tables)
}

/// Begins a consent and returns the parameters of the address that a person is sent to.
fn begin(gate: &Gate) -> BTreeMap<String, String> {
    let got = gate.ask(&gate.request("POST", "/proxy/oauth/api", "Content-Length: 0\r\n"));
    let value: serde_json::Value = serde_json::from_slice(&got.body).expect("JSON");
    let url = value["go_to"].as_str().expect("an address").to_owned();
    let query =
        url.strip_prefix("https://login.example/authorize?").expect("the authorization server").to_owned();
    form(&Seen { head: String::new(), body: query.into_bytes() })
}

/// The browser comes back, from another site and without any token of ours.
fn come_back(gate: &Gate, query: &str) -> u16 {
    let request = format!(
        "GET /proxy/oauth/callback?{query} HTTP/1.1\r\nHost: {}\r\nSec-Fetch-Site: cross-site\r\nConnection: close\r\n\r\n",
        gate.address
    );
    gate.ask(&request).status
}

#[test]
fn a_consent_becomes_tokens_that_last() {
    let (tokens, oldest) = (Tokens::start(",\"refresh_token\":\"refresh-N\""), Arc::new(AtomicUsize::new(1)));
    let (upstream, folder) = (picky(&oldest), Arc::new(Folder::new()));
    let text = with_consent(&upstream, &tokens);
    let gate = Gate::start_in(Arc::clone(&folder), &text);
    let before = gate.get("/proxy/to/api/v1/x");
    assert_eq!(
        (before.status, before.code()),
        (503, "needs-consent"),
        "nobody has consented: {}",
        before.raw
    );
    assert!(gate.get("/proxy/upstreams").text().contains("\"needs_consent\":true"), "and the page can tell");
    let asked = begin(&gate);
    assert_eq!(asked["redirect_uri"], "https://gate.example/proxy/oauth/callback", "the way back");
    assert_eq!(
        (asked["response_type"].as_str(), asked["code_challenge_method"].as_str()),
        ("code", "S256"),
        "PKCE"
    );
    assert_eq!((asked["scope"].as_str(), asked["client_id"].as_str()), ("tickets", "me"), "{asked:?}");
    assert_eq!(come_back(&gate, "code=stolen&state=guessed"), 400, "a state that was not given out");
    assert_eq!(come_back(&gate, "code=stolen"), 400, "none at all");
    assert_eq!(tokens.server.seen().len(), 0, "neither reaches the token endpoint");
    let state = &asked["state"];
    assert_eq!(come_back(&gate, &format!("code=c%2F1&state={state}")), 200, "the true way back");
    assert_eq!(come_back(&gate, &format!("code=c%2F1&state={state}")), 400, "which is open once");
    let form = form(&tokens.server.seen()[0]);
    assert_eq!(
        (form["grant_type"].as_str(), form["code"].as_str()),
        ("authorization_code", "c/1"),
        "{form:?}"
    );
    assert_eq!(form["client_secret"], crate::rig::SECRET, "in the body, as configured");
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, form["code_verifier"].as_bytes()));
    assert_eq!(challenge, asked["code_challenge"], "the verifier is the one of this consent");
    assert_eq!(gate.get("/proxy/to/api/v1/x").text(), "fine:", "and it works");
    let kept = folder.0.join("refresh");
    assert_eq!(fs::read_to_string(&kept).expect("the file"), "refresh-1", "the refresh token is kept");
    assert_private(&kept);
    drop(gate);
    oldest.store(2, SeqCst);
    let gate = Gate::start_in(Arc::clone(&folder), &text);
    assert_eq!(gate.get("/proxy/to/api/v1/x").text(), "fine:", "after a restart nobody is asked again");
    let seen = tokens.server.seen();
    let form = self::form(&seen[1]);
    assert_eq!(
        (form["grant_type"].as_str(), form["refresh_token"].as_str()),
        ("refresh_token", "refresh-1"),
        "{form:?}"
    );
    assert_eq!(fs::read_to_string(&kept).expect("the file"), "refresh-2", "the next one replaces it");
    assert!(!gate.said().contains("refresh-"), "and nobody says it");
}

#[cfg(unix)]
fn assert_private(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).expect("the file").permissions().mode();
    assert_eq!(mode & 0o077, 0, "for its owner only: {mode:o}");
}

#[cfg(not(unix))]
fn assert_private(_: &std::path::Path) {}

#[test]
fn a_consent_can_be_refused_and_withdrawn() {
    let withdrawn = Arc::new(AtomicBool::new(false));
    let fault = Arc::clone(&withdrawn);
    let n_asked = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&n_asked);
    let server = Upstream::start(move |_, stream| {
        *counter.lock().expect("the counter") += 1;
        write(
            stream,
            &if fault.load(SeqCst) {
                answer("400 Bad Request", "", "{\"error\":\"invalid_grant\"}")
            } else {
                ok("", "{\"access_token\":\"token-1\",\"refresh_token\":\"refresh-1\",\"expires_in\":3600}")
            },
        );
    });
    let tokens = Tokens { server, n_given: Arc::default(), broken: Arc::default() };
    let oldest = Arc::new(AtomicUsize::new(1));
    let upstream = picky(&oldest);
    let gate = Gate::start(&with_consent(&upstream, &tokens));
    let state = begin(&gate)["state"].clone();
    assert_eq!(come_back(&gate, &format!("error=access_denied&state={state}")), 403, "refused");
    let state = begin(&gate)["state"].clone();
    assert_eq!(come_back(&gate, &format!("code=1&state={state}")), 200, "given");
    assert_eq!(gate.get("/proxy/to/api/v1/x").status, 200, "and used");
    oldest.store(9, SeqCst);
    withdrawn.store(true, SeqCst);
    assert_eq!(gate.get("/proxy/to/api/v1/x").status, 401, "withdrawn: the upstream says so");
    assert!(gate.get("/proxy/upstreams").text().contains("\"needs_consent\":true"), "and the page can tell");
    let n_before = *n_asked.lock().expect("the counter");
    for _ in 0..5 {
        gate.get("/proxy/to/api/v1/x");
    }
    assert_eq!(
        *n_asked.lock().expect("the counter"),
        n_before,
        "only a person can help, so nothing is asked"
    );
    for _ in 0..16 {
        begin(&gate);
    }
    let many = gate.ask(&gate.request("POST", "/proxy/oauth/api", "Content-Length: 0\r\n"));
    assert_eq!(many.status, 429, "consents under way are limited");
}
