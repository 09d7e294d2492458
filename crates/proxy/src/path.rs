//! Paths: what a request's path means however it is encoded, and the patterns that allow it.
//!
//! The path goes to the upstream byte for byte as it came, so it must mean the same to everybody on the way. Everything that
//! two servers could read differently is refused: dot segments in any encoding, encoded slashes, backslashes, empty segments,
//! control characters, escapes of escapes, and bytes that are not UTF-8.

use anyhow::{Result, ensure};
use percent_encoding::percent_decode_str;
use std::sync::Arc;

/// Longest path in bytes.
const PATH_BYTES_MAX: usize = 4096;
/// How often escapes within escapes are looked into for dot segments and slashes.
const DECODINGS_MAX: usize = 3;
/// Characters that some servers take for a dot or a slash after a conversion between character sets.
const LOOKALIKES: &[char] = &[
    '\u{2024}', '\u{ff0e}', '\u{fe52}', '\u{2044}', '\u{2215}', '\u{ff0f}', '\u{ff3c}', '\u{2216}',
    '\u{fe68}',
];

/// Splits a raw path, which begins with a slash, into its decoded segments; the error says what is wrong with it.
///
/// # Errors
/// When the path could mean different things to different servers.
pub(crate) fn segments(raw: &str) -> Result<Vec<String>, &'static str> {
    if raw.len() > PATH_BYTES_MAX {
        return Err("the path is too long");
    }
    let Some(rest) = raw.strip_prefix('/') else { return Err("the path does not begin with a slash") };
    if !raw.bytes().all(|byte| byte.is_ascii_graphic()) || raw.contains(['\\', '#', '?']) {
        return Err("the path has characters that must be encoded");
    }
    if rest.is_empty() {
        return Ok(Vec::new());
    }
    // A slash at the end is part of many APIs' addresses; it stands as an empty last segment.
    let n_segments = rest.split('/').count();
    rest.split('/').enumerate().map(|(at, segment)| decoded(segment, at + 1 == n_segments)).collect()
}

fn decoded(raw: &str, is_last: bool) -> Result<String, &'static str> {
    if raw.is_empty() {
        return if is_last { Ok(String::new()) } else { Err("the path has an empty segment") };
    }
    let once = decode(raw)?;
    let mut text = once.clone();
    for _ in 0..DECODINGS_MAX {
        check_segment(&text)?;
        // What is an escape only after decoding is a text with a percent sign, unless it hides something.
        match decode(&text) {
            Ok(next) if next != text => text = next,
            _ => break,
        }
    }
    check_segment(&text)?;
    Ok(once)
}

fn decode(text: &str) -> Result<String, &'static str> {
    let broken = text.match_indices('%').any(|(at, _)| {
        let digits = text.as_bytes().get(at + 1..at + 3);
        !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if broken {
        return Err("the path has a broken escape");
    }
    let text = percent_decode_str(text).decode_utf8().map_err(|_| "the path is not UTF-8")?;
    Ok(text.into_owned())
}

fn check_segment(text: &str) -> Result<(), &'static str> {
    if text.chars().any(|c| c.is_control() || matches!(c, '/' | '\\') || LOOKALIKES.contains(&c)) {
        return Err("the path has an encoded slash, backslash, look-alike or control character");
    }
    // Some servers cut parameters off a segment before they resolve dots, as in `..;a=b`.
    let name = text.split(';').next().unwrap_or_default().trim();
    if matches!(name, "." | "..") {
        return Err("the path has a dot segment");
    }
    Ok(())
}

/// A path with parameters, such as `/v1/customers/{id}`; `**` at its end stands for any rest.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    text: Arc<str>,
    segments: Vec<Vec<Piece>>,
    open_end: bool,
}

/// A part of a segment.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Literal(String),
    Parameter,
}

impl Pattern {
    /// # Errors
    /// When the text is not a path, or two parameters touch.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        ensure!(text.starts_with('/'), "the path {text:?} does not begin with a slash");
        let (path, open_end) = match text.strip_suffix("/**") {
            Some(path) => (path, true),
            None => (text, false),
        };
        let mut segments = Vec::new();
        if path != "/" && !path.is_empty() {
            for segment in path[1..].split('/') {
                segments.push(pieces(segment)?);
            }
        }
        Ok(Self { text: text.into(), segments, open_end })
    }

    /// The pattern as it was written; the log shows it in place of the path.
    pub(crate) fn shared(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// Whether it stands for any rest.
    pub(crate) fn has_open_end(&self) -> bool {
        self.open_end
    }

    pub(crate) fn n_segments(&self) -> usize {
        self.segments.len()
    }

    /// How many parameters it has; of two patterns for one path the one with fewer says more.
    pub(crate) fn n_parameters(&self) -> usize {
        let parameters = self.segments.iter().flatten().filter(|piece| **piece == Piece::Parameter).count();
        parameters + usize::from(self.open_end) * 1000
    }

    /// Whether decoded segments are of this pattern.
    pub(crate) fn matches(&self, segments: &[String]) -> bool {
        let n = self.segments.len();
        let long_enough = if self.open_end { segments.len() > n } else { segments.len() == n };
        long_enough && self.segments.iter().zip(segments).all(|(pieces, text)| fits(pieces, text))
    }
}

fn pieces(segment: &str) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = segment;
    while let Some((before, after)) = rest.split_once('{') {
        if !before.is_empty() {
            pieces.push(Piece::Literal(before.to_owned()));
        }
        let Some((_, after)) = after.split_once('}') else { anyhow::bail!("{segment:?} has an open brace") };
        ensure!(pieces.last() != Some(&Piece::Parameter), "{segment:?} has two parameters side by side");
        pieces.push(Piece::Parameter);
        rest = after;
    }
    ensure!(!rest.contains('}') && !rest.contains("**"), "{segment:?} is not a segment of a pattern");
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Literal(rest.to_owned()));
    }
    Ok(pieces)
}

/// Whether a segment is made of the pieces; a parameter takes at least one character.
fn fits(pieces: &[Piece], text: &str) -> bool {
    match pieces {
        [] => text.is_empty(),
        [Piece::Literal(literal), rest @ ..] => {
            text.strip_prefix(literal.as_str()).is_some_and(|text| fits(rest, text))
        }
        [Piece::Parameter] => !text.is_empty(),
        [Piece::Parameter, rest @ ..] => text.char_indices().skip(1).any(|(at, _)| fits(rest, &text[at..])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let pattern = Pattern::parse(pattern).expect("a pattern");
        segments(path).is_ok_and(|segments| pattern.matches(&segments))
    }

    #[test]
    fn patterns_match_whole_segments() {
        assert!(matches("/v1/customers/{id}", "/v1/customers/cus_1"), "a parameter");
        assert!(matches("/v1/customers/{id}", "/v1/customers/a%20b"), "an escape in a parameter");
        assert!(!matches("/v1/customers/{id}", "/v1/customers/"), "a parameter is not empty");
        assert!(!matches("/v1/customers/{id}", "/v1/customers/a/b"), "a parameter is one segment");
        assert!(!matches("/v1/customers", "/v1/customers/"), "a slash more is another path");
        assert!(matches("/v1/tickets/", "/v1/tickets/"), "a slash at the end may be asked for");
        assert!(matches("/A/{sid}.json", "/A/AC12.json"), "a parameter with an end");
        assert!(!matches("/A/{sid}.json", "/A/.json"), "which is not empty either");
        assert!(matches("/{a}-{b}/x", "/1-2-3/x"), "two parameters");
        assert!(matches("/v1/**", "/v1/a/b"), "an open end");
        assert!(!matches("/v1/**", "/v1"), "which has at least one more segment");
        assert!(matches("/", "/"), "the root");
        assert!(!matches("/v1/a", "/v1/A"), "case matters");
        assert!(Pattern::parse("/{a}{b}").is_err(), "what two touching parameters mean is unclear");
        assert!(Pattern::parse("/{a").is_err(), "an open brace");
        assert!(Pattern::parse("a").is_err(), "no slash");
    }

    #[test]
    fn traversal_is_refused_in_every_encoding() {
        for path in [
            "/v1/../secret",
            "/v1/./x",
            "/v1/%2e%2e/x",
            "/v1/.%2e/x",
            "/v1/%2E./x",
            "/v1/%252e%252e/x",
            "/v1/%25252e%25252e/x",
            "/v1/..%2fx",
            "/v1/..%5cx",
            "/v1/a%2fb",
            "/v1/a%252fb",
            "/v1\\x",
            "//v1/x",
            "/v1//x",
            "/v1/..;/x",
            "/v1/..;a=b/x",
            "/v1/%2e%2e%3b/x",
            "/v1/%c0%ae%c0%ae/x",
            "/v1/%ef%bc%8e%ef%bc%8e/x",
            "/v1/a%00b",
            "/v1/a%0d%0ab",
            "/v1/%",
            "/v1/%4",
            "/v1/%zz",
            "/v1/%ff",
            "/v1/%20..%20/x",
            "/v1/a#b",
            "/v1/%e2%88%95x",
            "v1/x",
            "",
            "/v1/..",
            "/..",
            "/%2e%2e",
        ] {
            assert!(segments(path).is_err(), "{path:?} must be refused");
        }
        assert!(segments(&format!("/{}", "a".repeat(PATH_BYTES_MAX))).is_err(), "too long");
    }

    #[test]
    fn usual_paths_are_understood() {
        assert_eq!(
            segments("/v1/a.b/..c/50%25").as_deref(),
            Ok(&["v1", "a.b", "..c", "50%"].map(String::from)[..]),
            "as they are meant"
        );
        assert_eq!(segments("/M%C3%BCller").as_deref(), Ok(&["Müller".to_owned()][..]), "UTF-8");
    }

    proptest! {
        /// Whatever is let through, joining it to a folder and resolving it stays in the folder.
        #[test]
        fn what_passes_never_climbs(path in "/[a.%2efF5cC/;]{0,24}") {
            if let Ok(found) = segments(&path) {
                for segment in &found {
                    let mut text = segment.clone();
                    for _ in 0..4 {
                        prop_assert!(!matches!(text.split(';').next(), Some("." | "..")), "{path}");
                        prop_assert!(!text.contains(['/', '\\']), "{path}");
                        text = percent_decode_str(&text).decode_utf8_lossy().into_owned();
                    }
                }
            }
        }

        #[test]
        fn any_bytes_are_an_answer(path in "\\PC{0,40}") {
            let _ = segments(&path);
            let _ = Pattern::parse(&path);
        }
    }
}
