//! Signatures of webhooks: whether a call really comes from whom it says, by each vendor's published rule.
//!
//! All of them are keyed digests (HMAC) over the body as it came, most of them with a time that limits repetition. The comparison
//! takes the same time whatever is wrong.

use crate::config::{Algorithm, Encoding, Secret, Style};
use base64::{Engine, engine::general_purpose::STANDARD};
use hyper::HeaderMap;
use ring::hmac;

/// Signatures looked at in one header; a vendor sends two while a secret is changed.
const SIGNATURES_MAX: usize = 8;

/// What a call is checked against.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) style: Style,
    pub(crate) secret: Secret,
    pub(crate) tolerance_secs: u64,
    /// The address that the vendor calls, for those who sign it.
    pub(crate) address: String,
    pub(crate) header: String,
    pub(crate) prefix: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) encoding: Encoding,
}

/// Why a call is not believed; counted, and not told to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// A header is missing, there twice, or not of the expected form.
    Unsigned,
    /// The signed time is too far from now.
    Stale,
    /// The digest is of something else.
    Wrong,
}

impl Doubt {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::Stale => "stale",
            Self::Wrong => "wrong",
        }
    }
}

impl Rule {
    /// Checks a call with the method `POST` at a time in seconds since 1970.
    ///
    /// # Errors
    /// When it is not certain that the holder of the secret sent exactly this.
    pub(crate) fn verify(&self, headers: &HeaderMap, body: &[u8], now_secs: i64) -> Result<(), Doubt> {
        match self.style {
            Style::Stripe => self.stripe(headers, body, now_secs),
            Style::Slack => {
                let time = one(headers, "x-slack-request-timestamp")?;
                self.check_time(time.parse().ok(), now_secs)?;
                let given = hex(one(headers, "x-slack-signature")?, "v0=")?;
                self.sha256(&[b"v0:", time.as_bytes(), b":", body], &given)
            }
            Style::Zendesk => {
                let time = one(headers, "x-zendesk-webhook-signature-timestamp")?;
                let at = time.parse::<jiff::Timestamp>().ok();
                self.check_time(at.map(jiff::Timestamp::as_second), now_secs)?;
                let given = base64(one(headers, "x-zendesk-webhook-signature")?)?;
                self.sha256(&[time.as_bytes(), body], &given)
            }
            Style::Hubspot => {
                let time = one(headers, "x-hubspot-request-timestamp")?;
                self.check_time(time.parse::<i64>().ok().map(|ms| ms / 1000), now_secs)?;
                let given = base64(one(headers, "x-hubspot-signature-v3")?)?;
                let address = hubspot_address(&self.address);
                self.sha256(&[b"POST", address.as_bytes(), body, time.as_bytes()], &given)
            }
            Style::Standard => self.standard(headers, body, now_secs),
            Style::Github => self.sha256(&[body], &hex(one(headers, "x-hub-signature-256")?, "sha256=")?),
            Style::Intercom => {
                let given = hex(one(headers, "x-hub-signature")?, "sha1=")?;
                check(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.secret.reveal().as_bytes(), &[body], &given)
            }
            Style::Generic => self.generic(headers, body),
        }
    }

    /// `Stripe-Signature: t=…,v1=…,v1=…` over time, a dot, and the body.
    fn stripe(&self, headers: &HeaderMap, body: &[u8], now_secs: i64) -> Result<(), Doubt> {
        let header = one(headers, "stripe-signature")?;
        let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
        let mut times = parts().filter(|(name, _)| *name == "t").map(|(_, value)| value);
        let (Some(time), None) = (times.next(), times.next()) else { return Err(Doubt::Unsigned) };
        self.check_time(time.parse().ok(), now_secs)?;
        any(parts()
            .filter(|(name, _)| *name == "v1")
            .map(|(_, value)| self.sha256(&[time.as_bytes(), b".", body], &hex(value, "")?)))
    }

    /// The rule of standardwebhooks.com: the secret is base64, the signed text is `id.time.body`.
    fn standard(&self, headers: &HeaderMap, body: &[u8], now_secs: i64) -> Result<(), Doubt> {
        let (id, time) = (one(headers, "webhook-id")?, one(headers, "webhook-timestamp")?);
        self.check_time(time.parse().ok(), now_secs)?;
        let secret = self.secret.reveal();
        let key = base64(secret.strip_prefix("whsec_").unwrap_or(secret))?;
        let message = [id.as_bytes(), b".", time.as_bytes(), b".", body];
        let given = one(headers, "webhook-signature")?.split(' ').filter_map(|it| it.strip_prefix("v1,"));
        any(given.map(|value| check(hmac::HMAC_SHA256, &key, &message, &base64(value)?)))
    }

    fn generic(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Doubt> {
        let value = one(headers, &self.header)?;
        let value = value.strip_prefix(&self.prefix).ok_or(Doubt::Unsigned)?;
        let given = match self.encoding {
            Encoding::Hex => hex(value, "")?,
            Encoding::Base64 => base64(value)?,
        };
        let algorithm = match self.algorithm {
            Algorithm::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Algorithm::Sha256 => hmac::HMAC_SHA256,
            Algorithm::Sha512 => hmac::HMAC_SHA512,
        };
        check(algorithm, self.secret.reveal().as_bytes(), &[body], &given)
    }

    fn sha256(&self, message: &[&[u8]], given: &[u8]) -> Result<(), Doubt> {
        check(hmac::HMAC_SHA256, self.secret.reveal().as_bytes(), message, given)
    }

    fn check_time(&self, at_secs: Option<i64>, now_secs: i64) -> Result<(), Doubt> {
        let at_secs = at_secs.ok_or(Doubt::Unsigned)?;
        if now_secs.abs_diff(at_secs) > self.tolerance_secs { Err(Doubt::Stale) } else { Ok(()) }
    }
}

fn check(algorithm: hmac::Algorithm, key: &[u8], message: &[&[u8]], given: &[u8]) -> Result<(), Doubt> {
    let key = hmac::Key::new(algorithm, key);
    hmac::verify(&key, &message.concat(), given).map_err(|_| Doubt::Wrong)
}

/// Right if one of the signatures is.
fn any(outcomes: impl Iterator<Item = Result<(), Doubt>>) -> Result<(), Doubt> {
    let mut last = Err(Doubt::Unsigned);
    for outcome in outcomes.take(SIGNATURES_MAX) {
        if outcome.is_ok() {
            return outcome;
        }
        last = outcome;
    }
    last
}

/// A header that is there exactly once.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Doubt> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| Doubt::Unsigned),
        _ => Err(Doubt::Unsigned),
    }
}

fn hex(text: &str, prefix: &str) -> Result<Vec<u8>, Doubt> {
    let digits = text.strip_prefix(prefix).ok_or(Doubt::Unsigned)?;
    if digits.len() % 2 != 0 || digits.len() > 256 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Doubt::Unsigned);
    }
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| Doubt::Unsigned);
    (0..digits.len()).step_by(2).map(byte).collect()
}

fn base64(text: &str) -> Result<Vec<u8>, Doubt> {
    STANDARD.decode(text).map_err(|_| Doubt::Unsigned)
}

/// HubSpot decodes these escapes of the address before it signs, and no others.
fn hubspot_address(address: &str) -> String {
    const DECODED: [(&str, &str); 12] = [
        ("%3A", ":"),
        ("%2F", "/"),
        ("%3F", "?"),
        ("%40", "@"),
        ("%21", "!"),
        ("%24", "$"),
        ("%27", "'"),
        ("%28", "("),
        ("%29", ")"),
        ("%2A", "*"),
        ("%2C", ","),
        ("%3B", ";"),
    ];
    DECODED.iter().fold(address.to_owned(), |text, (escape, plain)| {
        text.replace(escape, plain).replace(&escape.to_ascii_lowercase(), plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(style: Style, secret: &str) -> Rule {
        Rule {
            style,
            secret: Secret::new(secret.into()),
            tolerance_secs: 300,
            address: "https://www.example.com/webhook_uri".into(),
            header: "x-signature".into(),
            prefix: String::new(),
            algorithm: Algorithm::Sha256,
            encoding: Encoding::Hex,
        }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")))
            .collect()
    }

    /// The given call verifies, and no longer after any change of body, secret, time or header.
    fn holds(rule: &mut Rule, pairs: &[(&'static str, &str)], body: &str, now_secs: i64) {
        let all = headers(pairs);
        assert_eq!(
            rule.verify(&all, body.as_bytes(), now_secs),
            Ok(()),
            "{:?}: the published call",
            rule.style
        );
        assert!(rule.verify(&all, format!("{body} ").as_bytes(), now_secs).is_err(), "another body");
        if matches!(
            rule.style,
            Style::Stripe | Style::Slack | Style::Zendesk | Style::Hubspot | Style::Standard
        ) {
            for now_secs in [now_secs + 301, now_secs - 301] {
                assert_eq!(rule.verify(&all, body.as_bytes(), now_secs), Err(Doubt::Stale), "another time");
            }
        }
        for at in 0..pairs.len() {
            let mut fewer = pairs.to_vec();
            let taken = fewer.remove(at);
            assert_eq!(
                rule.verify(&headers(&fewer), body.as_bytes(), now_secs),
                Err(Doubt::Unsigned),
                "{taken:?}"
            );
            let mut twice = all.clone();
            twice.append(taken.0, taken.1.parse().expect("a value"));
            assert_eq!(
                rule.verify(&twice, body.as_bytes(), now_secs),
                Err(Doubt::Unsigned),
                "{taken:?} twice"
            );
        }
        // Base64 again, for the rule whose secret is base64.
        rule.secret = Secret::new("b3RoZXI=".into());
        assert_eq!(rule.verify(&all, body.as_bytes(), now_secs), Err(Doubt::Wrong), "another secret");
    }

    /// docs.github.com, "Validating webhook deliveries".
    #[test]
    fn github_as_published() {
        let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let mut rule = rule(Style::Github, "It's a Secret to Everybody");
        holds(&mut rule, &[("x-hub-signature-256", signature)], "Hello, World!", 0);
    }

    /// api.slack.com, "Verifying requests from Slack".
    #[test]
    fn slack_as_published() {
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
                    &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
                    &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
                    &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
        let pairs = [("x-slack-request-timestamp", "1531420618"), ("x-slack-signature", signature)];
        holds(&mut rule(Style::Slack, "8f742231b10e8888abcd99yyyzzz85a5"), &pairs, body, 1_531_420_618);
    }

    /// The tests of HubSpot's own clients for Python and Ruby.
    #[test]
    fn hubspot_as_published() {
        let body = "{'example_field':'example_value'}";
        for (time, signature) in [
            ("1693657560000", "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y="),
            ("1700000300000", "RnbPH7+UMKVkbV32P8bz450N4M56aPmcru1+D3kSDtw="),
        ] {
            let pairs = [("x-hubspot-request-timestamp", time), ("x-hubspot-signature-v3", signature)];
            let now_secs = time.parse::<i64>().expect("a number") / 1000;
            holds(&mut rule(Style::Hubspot, "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"), &pairs, body, now_secs);
        }
        assert_eq!(
            hubspot_address("https://a.example/x%2Fy%3fz%20"),
            "https://a.example/x/y?z%20",
            "its table"
        );
    }

    /// The reference libraries of standardwebhooks.com.
    #[test]
    fn standard_as_published() {
        let pairs = [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", "v1,bm90aGluZw== v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ];
        let mut rule = rule(Style::Standard, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        holds(&mut rule, &pairs, "{\"test\": 2432232314}", 1_614_265_330);
    }

    /// Stripe, Zendesk and Intercom publish the rule but no example: these signatures were made by Python's `hmac`.
    #[test]
    fn the_others_as_python_signs_them() {
        let body = "{\"id\":\"evt_1\",\"object\":\"event\"}";
        let pairs = [(
            "stripe-signature",
            "t=1492774577,v1=654b43d3508ecadb3f8cefc4bc7d3d2bdc5ba9e03bf2c89b2d0657a8e24e4543,v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39",
        )];
        holds(&mut rule(Style::Stripe, "whsec_test_secret"), &pairs, body, 1_492_774_577);
        let pairs = [
            ("x-zendesk-webhook-signature", "0QQZ6xka5giivPI/AiQPVT8qlkJb7E1zeqlnBG11BIU="),
            ("x-zendesk-webhook-signature-timestamp", "2021-03-25T05:09:27Z"),
        ];
        let secret = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==";
        holds(&mut rule(Style::Zendesk, secret), &pairs, body, 1_616_648_967);
        let pairs = [("x-hub-signature", "sha1=551e0b1255d0b097cd459c6dc70b69041a0a83f2")];
        holds(&mut rule(Style::Intercom, "client-secret"), &pairs, body, 0);
        let pairs = [(
            "x-signature",
            "IpgZfAkYsbcBmBT1ap7LY5CZQtBsytYKQ8mthnoi33KAQpWZCzVOFp7P+LHLeac2nf+bCcYalY99IeyiV0M3zA==",
        )];
        let mut generic =
            Rule { algorithm: Algorithm::Sha512, encoding: Encoding::Base64, ..rule(Style::Generic, "key") };
        holds(&mut generic, &pairs, body, 0);
    }

    #[test]
    fn odd_headers_are_an_answer() {
        for value in [
            "",
            "sha256=",
            "sha256=zz",
            "sha256=abc",
            "sha256=\u{e4}",
            "t=,v1=",
            "t=1,t=2,v1=00",
            "v1,",
            "v1,v1,v1",
        ] {
            for style in [
                Style::Stripe,
                Style::Slack,
                Style::Zendesk,
                Style::Hubspot,
                Style::Github,
                Style::Intercom,
                Style::Standard,
                Style::Generic,
            ] {
                let names = [
                    "stripe-signature",
                    "x-slack-signature",
                    "x-slack-request-timestamp",
                    "x-hub-signature-256",
                    "x-hub-signature",
                    "x-zendesk-webhook-signature",
                    "x-zendesk-webhook-signature-timestamp",
                    "x-hubspot-signature-v3",
                    "x-hubspot-request-timestamp",
                    "webhook-id",
                    "webhook-timestamp",
                    "webhook-signature",
                    "x-signature",
                ];
                let mut all = HeaderMap::new();
                for name in names {
                    all.insert(
                        name,
                        hyper::header::HeaderValue::from_bytes(value.as_bytes()).expect("a value"),
                    );
                }
                assert!(
                    rule(style, "secret").verify(&all, b"{}", 1).is_err(),
                    "{style:?} believes {value:?}"
                );
            }
        }
    }
}
