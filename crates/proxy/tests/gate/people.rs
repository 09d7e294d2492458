//! Who may call, and how often: session tokens, tokens of an identity provider, limits.

use crate::rig::{ANNA, BEN, Folder, Gate, Upstream, answer, api, command, config, ok, write};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    thread,
    time::{Duration, SystemTime},
};

fn get(gate: &Gate, authorization: &str) -> u16 {
    let request = format!(
        "GET /proxy/to/api/v1/x HTTP/1.1\r\nHost: {}\r\n{authorization}Connection: close\r\n\r\n",
        gate.address
    );
    gate.ask(&request).status
}

#[test]
fn a_session_token_is_needed() {
    let upstream = Upstream::plain("fine");
    let gate = Gate::start(&config("", &api(upstream.address, "")));
    let half = &ANNA[..ANNA.len() - 1];
    for authorization in [
        String::new(),
        "Authorization: Bearer \r\n".into(),
        "Authorization: Bearer wrong\r\n".into(),
        format!("Authorization: Bearer {half}\r\n"),
        format!("Authorization: Bearer {ANNA}x\r\n"),
        format!("Authorization: Basic {ANNA}\r\n"),
        format!("Authorization: {ANNA}\r\n"),
        format!("Authorization: Bearer {ANNA}\r\nAuthorization: Bearer {ANNA}\r\n"),
        format!("Authorization: Bearer wrong\r\nAuthorization: Bearer {ANNA}\r\n"),
        format!("X-Authorization: Bearer {ANNA}\r\n"),
        "Authorization: Bearer a.b.c\r\n".into(),
    ] {
        assert_eq!(get(&gate, &authorization), 401, "{authorization:?}");
    }
    assert_eq!(upstream.n_connections(), 0, "none of them went out");
    assert_eq!(get(&gate, &format!("Authorization: Bearer {BEN}\r\n")), 200, "Ben has one");
    assert!(gate.wait_for("\"client\":\"ben\"").contains("\"code\":\"no-access\""), "both are in the log");
}

#[test]
fn guessing_is_slow() {
    let upstream = Upstream::plain("fine");
    let gate = Gate::start(&config("", &api(upstream.address, "")));
    let guesses: Vec<u16> =
        (0..60).map(|at| get(&gate, &format!("Authorization: Bearer guess-{at}\r\n"))).collect();
    let n_answered = guesses.iter().filter(|status| **status == 401).count();
    assert!((20..40).contains(&n_answered), "{n_answered} of 60 guesses were answered");
    assert!(guesses.ends_with(&[429]), "the others have to wait: {guesses:?}");
    assert_eq!(get(&gate, &format!("Authorization: Bearer {ANNA}\r\n")), 200, "who has a token does not");
}

#[test]
fn a_short_or_missing_token_stops_the_start() {
    let folder = Folder::new();
    let path = folder.write("proxy.toml", &config("", ""));
    let said = |change: &dyn Fn(&mut std::process::Command)| {
        let mut command = command(&path);
        change(&mut command);
        let output = command.arg("--check").output().expect("it runs");
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert!(said(&|_| ()).0, "as it is, it is in order");
    let (well, text) = said(&|command| {
        command.env("ANNA", "short");
    });
    assert!(!well && text.contains("fewer than 32") && !text.contains("short\n"), "{text}");
    let (well, text) = said(&|command| {
        command.env_remove("ANNA");
    });
    assert!(!well && text.contains("ANNA"), "{text}");
}

#[test]
fn everybody_has_their_own_rate() {
    let upstream = Upstream::plain("fine");
    let tables = format!("[limits]\nclient_rate = 0.5\nclient_burst = 5\n{}", api(upstream.address, ""));
    let gate = Gate::start(&config("", &tables));
    for _ in 0..5 {
        assert_eq!(gate.get("/proxy/to/api/v1/x").status, 200, "the burst");
    }
    let got = gate.get("/proxy/to/api/v1/x");
    assert_eq!(
        (got.status, got.code(), got.header("retry-after")),
        (429, "rate-limited", Some("2")),
        "{}",
        got.head
    );
    assert_eq!(get(&gate, &format!("Authorization: Bearer {BEN}\r\n")), 200, "Ben is not Anna");
    assert_eq!(upstream.seen().len(), 6, "what is limited does not go out");
}

#[test]
fn an_upstream_is_spared() {
    let upstream = Upstream::start(|seen, stream| {
        if seen.line().contains("slow") {
            thread::sleep(Duration::from_millis(600));
        }
        write(stream, &ok("", "fine"));
    });
    let gate = Gate::start(&config("", &api(upstream.address, "concurrent = 2\nrate = 0.5\nburst = 6")));
    let statuses: Vec<u16> = thread::scope(|scope| {
        let started: Vec<_> = (0..4).map(|_| scope.spawn(|| gate.get("/proxy/to/api/v1/slow"))).collect();
        started.into_iter().map(|it| it.join().expect("an answer").status).collect()
    });
    let count = |status| statuses.iter().filter(|it| **it == status).count();
    assert_eq!((count(200), count(503)), (2, 2), "two at the same time: {statuses:?}");
    assert_eq!(gate.get("/proxy/to/api/v1/x").status, 200, "places come back");
    assert_eq!(gate.get("/proxy/to/api/v1/x").status, 200, "the sixth of the burst");
    let got = gate.ask(&gate.request("GET", "/proxy/to/api/v1/x", "").replace(ANNA, BEN));
    assert_eq!((got.status, got.code()), (429, "rate-limited"), "for all clients together: {}", got.head);
}

/// An identity provider with one key that may change.
struct Provider {
    server: Upstream,
    key: Arc<Mutex<(String, EcdsaKeyPair)>>,
}

fn new_key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).expect("a key")
}

impl Provider {
    fn start() -> Self {
        let key = Arc::new(Mutex::new(("k1".to_owned(), new_key())));
        let shared = Arc::clone(&key);
        let server = Upstream::start(move |_, stream| {
            let key = shared.lock().expect("the key");
            let point = key.1.public_key().as_ref();
            let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
            let set =
                json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": key.0, "use": "sig", "x": x, "y": y}]});
            write(stream, &answer("200 OK", "", &set.to_string()));
        });
        Self { server, key }
    }

    fn gate(&self, upstream: &Upstream) -> Gate {
        let jwt = format!(
            "[access.jwt]\nissuer = \"https://id.example\"\naudience = \"desirepath\"\nallow_private = true\n\
             jwks_url = \"http://{}/keys\"\n",
            self.server.address
        );
        Gate::start(&config("", &format!("{jwt}{}", api(upstream.address, ""))))
    }

    fn sign(&self, head: &Value, claims: &Value) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(head), encode(claims));
        let key = self.key.lock().expect("the key");
        let signed = key.1.sign(&SystemRandom::new(), message.as_bytes()).expect("signed");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signed.as_ref()))
    }
}

fn now_secs() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs()
}

fn claims() -> Value {
    json!({"sub": "carla@example.com", "iss": "https://id.example", "aud": "desirepath", "exp": now_secs() + 300})
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

#[test]
fn a_signed_token_lets_in() {
    let (provider, upstream) = (Provider::start(), Upstream::plain("fine"));
    let gate = provider.gate(&upstream);
    let head = json!({"alg": "ES256", "kid": "k1"});
    let good = provider.sign(&head, &claims());
    assert_eq!(get(&gate, &bearer(&good)), 200, "a good token");
    let said = gate.wait_for("\"client\":\"carla@…\"");
    assert!(!said.contains("carla@example.com"), "an address of mail is not said: {said}");
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        provider.sign(&head, &claims)
    };
    let mut without = claims();
    without.as_object_mut().expect("an object").remove("exp");
    let parts: Vec<&str> = good.split('.').collect();
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let public = provider.key.lock().expect("the key").1.public_key().as_ref().to_vec();
    let confused = format!("{}.{}", encode("{\"alg\":\"HS256\",\"kid\":\"k1\"}"), parts[1]);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &public), confused.as_bytes());
    for (what, token) in [
        ("expired", with("exp", json!(now_secs() - 120))),
        ("not yet valid", with("nbf", json!(now_secs() + 120))),
        ("an expiry that is a text", with("exp", json!("never"))),
        ("of another issuer", with("iss", json!("https://evil.example"))),
        ("for somebody else", with("aud", json!("other"))),
        ("about nobody", with("sub", json!(""))),
        ("without an end", provider.sign(&head, &without)),
        ("unsigned", format!("{}.{}.", encode("{\"alg\":\"none\",\"kid\":\"k1\"}"), parts[1])),
        ("without a signature", format!("{}.{}.", parts[0], parts[1])),
        ("signed with the public key", format!("{confused}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))),
        ("of another algorithm", provider.sign(&json!({"alg": "ES384", "kid": "k1"}), &claims())),
        (
            "with other claims",
            format!("{}.{}.{}", parts[0], encode(&claims().to_string().replace("carla", "ceo")), parts[2]),
        ),
        ("with half a signature", good[..good.len() - 8].to_owned()),
    ] {
        assert_eq!(get(&gate, &bearer(&token)), 401, "a token {what}");
    }
    assert_eq!(get(&gate, &bearer(ANNA)), 200, "session tokens are good beside it");
}

#[test]
fn keys_are_not_asked_for_in_a_storm() {
    let (provider, upstream) = (Provider::start(), Upstream::plain("fine"));
    let gate = provider.gate(&upstream);
    let good = provider.sign(&json!({"alg": "ES256", "kid": "k1"}), &claims());
    let unknown = provider.sign(&json!({"alg": "ES256", "kid": "unknown"}), &claims());
    thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| get(&gate, &bearer(&unknown)));
            scope.spawn(|| assert_eq!(get(&gate, &bearer(&good)), 200, "a good token"));
        }
    });
    assert_eq!(provider.server.seen().len(), 1, "one question, however many tokens");
}
