//! Names broken into at most two lines, and the boxes around them.

use crate::NodeKind;

/// Space left of the lines, where the stage's stripe is, and right of them, where a sign of doubt may stand.
const PAD_PX: (f64, f64) = (12.0, 17.0);
/// Widths of boxes.
const MIN_WIDTH_PX: f64 = 128.0;
const MAX_WIDTH_PX: f64 = 176.0;
const END_WIDTH_PX: f64 = 88.0;
/// Heights of boxes with one and two lines, each with a figure below.
const HEIGHTS_PX: [f64; 2] = [44.0, 58.0];

/// A box and the lines in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wrapped {
    pub(crate) lines: Vec<String>,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// Breaks a name and makes a box for it.
pub(crate) fn wrap(name: &str, kind: NodeKind) -> Wrapped {
    let pads = PAD_PX.0 + PAD_PX.1;
    let min = if matches!(kind, NodeKind::Start | NodeKind::Ended) { END_WIDTH_PX } else { MIN_WIDTH_PX };
    let lines = broken(name, min - pads, MAX_WIDTH_PX - pads);
    let text = lines.iter().map(|line| text_px(line)).fold(0.0, f64::max);
    Wrapped {
        width: (text + pads).clamp(min, MAX_WIDTH_PX),
        height: HEIGHTS_PX[usize::from(lines.len() > 1)],
        lines,
    }
}

/// One line where it fits into the smaller width, else the two most even lines.
fn broken(name: &str, small: f64, large: f64) -> Vec<String> {
    let name = name.trim();
    if text_px(name) <= small {
        return vec![name.to_owned()];
    }
    let words = breaks(name, char::is_whitespace);
    let parts = breaks(name, |c| matches!(c, '_' | '-' | '/' | '.' | ':' | '|'));
    let wider = |(first, second): &(&str, &str)| text_px(first).max(text_px(second));
    let best = |halves: &[(&'_ str, &'_ str)]| {
        let fitting = halves.iter().filter(|pair| wider(pair) <= large);
        fitting
            .min_by(|a, b| wider(a).total_cmp(&wider(b)))
            .map(|pair| vec![pair.0.to_owned(), pair.1.to_owned()])
    };
    match best(&words).or_else(|| best(&parts)) {
        Some(lines) => lines,
        _ if text_px(name) <= large => vec![name.to_owned()],
        _ => {
            let mut fitting = words.into_iter().filter(|(first, _)| text_px(first) <= large);
            // A first line that is nearly empty would waste the box; a long word is broken instead.
            let last = fitting.next_back().filter(|(first, _)| text_px(first) * 2.0 >= large);
            let (first, rest) = last.unwrap_or_else(|| {
                let end = fitting_end(name, large);
                name.split_at(end)
            });
            vec![first.to_owned(), cut(rest.trim_start(), large)]
        }
    }
}

/// The two halves of a name, for every place where it may be broken; spaces go, other signs stay with the first half.
fn breaks(name: &str, may_break: impl Fn(char) -> bool) -> Vec<(&str, &str)> {
    let at = name.char_indices().filter(|(_, c)| may_break(*c));
    let halves =
        at.map(|(at, c)| (name[..at + c.len_utf8()].trim_end(), name[at + c.len_utf8()..].trim_start()));
    halves.filter(|(first, second)| !first.is_empty() && !second.is_empty()).collect()
}

/// The text, or as much of it as fits with `…` after it.
fn cut(text: &str, width: f64) -> String {
    if text_px(text) <= width {
        return text.to_owned();
    }
    let end = fitting_end(text, width - text_px("…"));
    format!("{}…", text[..end].trim_end())
}

/// Bytes of the longest beginning that fits, at least one character; never within a character and its accents.
fn fitting_end(text: &str, width: f64) -> usize {
    let mut used = 0.0;
    let mut is_joined = false;
    for (at, c) in text.char_indices() {
        let char_px = char_px(c);
        used += char_px;
        if used > width && at > 0 && char_px > 0.0 && !is_joined {
            return at;
        }
        is_joined = c == '\u{200d}';
    }
    text.len()
}

fn text_px(text: &str) -> f64 {
    text.chars().map(char_px).sum()
}

/// About how wide a character is in a system font of 13 pixels, medium weight; rather too wide than too narrow.
fn char_px(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 3.9,
        'f' | 't' | 'r' | ' ' | '(' | ')' | '[' | ']' | '-' | '/' | '"' => 4.8,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 11.4,
        'A'..='Z' | '&' | '_' | '+' | '=' => 8.8,
        'a'..='z' | '0'..='9' => 7.3,
        '\u{0300}'..='\u{036f}'
        | '\u{200b}'..='\u{200d}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{1f3fb}'..='\u{1f3ff}' => 0.0,
        '\u{1100}'..='\u{11ff}'
        | '\u{2e80}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff00}'..='\u{ff60}' => 13.2,
        '\u{1f000}'.. => 16.0,
        _ => 8.4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(name: &str) -> Vec<String> {
        wrap(name, NodeKind::Activity).lines
    }

    #[test]
    fn names_are_broken_at_words() {
        for (name, expected) in [
            ("Sign contract", vec!["Sign contract"]),
            ("T02 Check confirmation of receipt", vec!["T02 Check", "confirmation of receipt"]),
            ("Kündigung über das Kundenportal", vec!["Kündigung über", "das Kundenportal"]),
            ("subscription_renewal_started", vec!["subscription_", "renewal_started"]),
            ("Subscriptionrenewal", vec!["Subscriptionrenewal"]),
            ("", vec![""]),
        ] {
            assert_eq!(lines(name), expected, "{name}");
        }
    }

    #[test]
    fn what_does_not_fit_is_cut() {
        let long = "Confirmation of the receipt of the application for a new environmental permit";
        assert_eq!(lines(long), ["Confirmation of the", "receipt of the applica…"], "two lines and no more");
        let word = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen";
        assert_eq!(lines(word).len(), 2, "a long word is broken: {:?}", lines(word));
        assert!(lines(word)[1].ends_with('…'), "and cut: {:?}", lines(word));
    }

    #[test]
    fn a_character_stays_whole() {
        let accents = "e\u{301}".repeat(60);
        assert!(
            lines(&accents).iter().all(|line| !line.starts_with('\u{301}')),
            "no line begins with an accent"
        );
        let families = "👨\u{200d}👩\u{200d}👧".repeat(20);
        let first = &lines(&families)[0];
        assert!(!first.ends_with('\u{200d}'), "a joined sign is not taken apart: {first}");
    }

    #[test]
    fn boxes_keep_to_their_sizes() {
        for name in
            ["", "a", "Log in", "a b c d e f g h i j k l m n o p q r s t u v w x y z", &"W".repeat(500)]
        {
            let wrapped = wrap(name, NodeKind::Activity);
            assert!((MIN_WIDTH_PX..=MAX_WIDTH_PX).contains(&wrapped.width), "{name}: {}", wrapped.width);
            let text = wrapped.lines.iter().map(|line| text_px(line)).fold(0.0, f64::max);
            assert!(text <= wrapped.width - PAD_PX.0, "{name}: the text of {text} stays in its box");
        }
    }
}
