//! What a person wrote in a mail: without the messages quoted below it and without the signature.
//!
//! The rules follow those of talon (Mailgun 2014): a line that introduces a quotation ends the reply unless only quoted
//! lines follow; a signature is looked for in the last lines only.

/// Lines at the end in which a signature may stand.
const MAX_SIGNATURE_LINES: usize = 16;
/// Longest line of a signature.
const MAX_SIGNATURE_CHARS: usize = 70;

/// Lines that begin a quoted or forwarded message.
const DIVIDERS: [&str; 12] = [
    "original message",
    "forwarded message",
    "reply message",
    "original appointment",
    "ursprüngliche nachricht",
    "weitergeleitete nachricht",
    "message d'origine",
    "message transféré",
    "mensaje original",
    "messaggio originale",
    "oorspronkelijk bericht",
    "mensagem original",
];

/// How the line above a quotation ends or what it contains, after a date or a name.
const INTRODUCTIONS: [(&str, &str); 13] = [
    ("on ", "wrote:"),
    ("am ", "schrieb"),
    ("le ", "a écrit"),
    ("el ", "escribió"),
    ("il ", "ha scritto"),
    ("op ", "schreef"),
    ("em ", "escreveu"),
    ("den ", "skrev"),
    ("på ", "skrev"),
    ("w dniu ", "napisał"),
    ("", "wrote:"),
    ("", "написал"),
    ("", "пишет:"),
];

/// Names of the header lines of a quoted message, in the languages that mail programs speak.
const HEADERS: [&str; 24] = [
    "from", "sent", "to", "date", "subject", "cc", "von", "gesendet", "an", "datum", "betreff", "de",
    "envoyé", "à", "objet", "enviado", "para", "asunto", "da", "inviato", "a", "oggetto", "от", "тема",
];

/// Words that end a letter; what follows them in the last lines is a signature.
const CLOSINGS: [&str; 14] = [
    "thanks",
    "thank you",
    "regards",
    "kind regards",
    "best regards",
    "best",
    "cheers",
    "sincerely",
    "mit freundlichen grüßen",
    "viele grüße",
    "beste grüße",
    "cordialement",
    "saludos",
    "yours",
];

/// What programs add of themselves.
const FOOTERS: [&str; 10] = [
    "sent from my ",
    "sent from mail for windows",
    "get outlook for ",
    "von meinem ",
    "gesendet von ",
    "envoyé de mon ",
    "enviado desde mi ",
    "inviato da ",
    "verstuurd vanaf ",
    "via mobile",
];

/// The words of the sender alone.
pub(crate) fn own_words(body: &str) -> String {
    let lines: Vec<&str> = body.lines().map(str::trim_end).collect();
    let reply = without_quotation(&lines);
    without_signature(&reply).join("\n").trim().to_owned()
}

fn without_quotation<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if line.trim_start().starts_with('>') {
            at += 1;
            continue;
        }
        if let Some(n) = introduction(&lines[at..]) {
            let below = &lines[at + n..];
            // A reply below its quotation goes on; one above it ends here.
            if is_quoted(below) {
                at += n;
                continue;
            }
            break;
        }
        if is_divider(line) || is_header_block(&lines[at..]) {
            break;
        }
        kept.push(line);
        at += 1;
    }
    kept
}

/// The first line that holds anything is quoted.
fn is_quoted(lines: &[&str]) -> bool {
    lines.iter().find(|line| !line.trim().is_empty()).is_some_and(|line| line.trim_start().starts_with('>'))
}

/// Number of lines of an introduction such as “On Monday, Ada wrote:”, which may be broken into three.
fn introduction(lines: &[&str]) -> Option<usize> {
    let first = lines.first()?.trim_start_matches(['-', ' ', '*']).to_lowercase();
    if first.is_empty() || first.chars().count() > 200 {
        return None;
    }
    let mut joined = String::new();
    for (n, line) in lines.iter().take(3).enumerate() {
        if line.trim().is_empty() {
            return None;
        }
        joined.push_str(&line.trim().to_lowercase());
        joined.push(' ');
        let text = joined.trim_start_matches(['-', ' ', '*']).trim_end();
        let is_one = |(start, end): &(&str, &str)| {
            let has_end = text.ends_with(end) || (text.ends_with(':') && text.contains(end));
            let has_date = text.chars().any(|c| c.is_ascii_digit()) || text.contains('@');
            // Without a word to begin with, the first line has to look like one.
            let is_begun =
                !start.is_empty() || first.chars().any(|c| c.is_ascii_digit()) || first.contains('@');
            text.starts_with(start) && has_end && has_date && is_begun
        };
        if INTRODUCTIONS.iter().any(is_one) {
            return Some(n + 1);
        }
    }
    None
}

/// A line such as `-----Original Message-----`.
fn is_divider(line: &str) -> bool {
    let inner = line.trim_matches(|c: char| c == '-' || c == '_' || c == '*' || c == ' ');
    let has_dashes = line.trim_start().starts_with(['-', '_', '*']);
    has_dashes && DIVIDERS.contains(&inner.to_lowercase().as_str())
}

/// At least three header lines in a row, the first of which says who wrote.
fn is_header_block(lines: &[&str]) -> bool {
    let name_of = |line: &str| {
        let line = line.trim().trim_start_matches('*');
        let (name, _) = line.split_once(':')?;
        Some(name.trim().trim_end_matches('*').trim().to_lowercase())
    };
    let is_header = |line: &&&str| name_of(line).is_some_and(|name| HEADERS.contains(&name.as_str()));
    let first = lines.first().and_then(|line| name_of(line)).unwrap_or_default();
    let begins = ["from", "von", "de", "da", "от", "subject"].contains(&first.as_str());
    begins && lines.iter().take_while(|line| !line.trim().is_empty()).take(6).filter(is_header).count() >= 3
}

fn without_signature<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let mut kept: Vec<&str> = lines.to_vec();
    // Program footers first: a signature may stand above one.
    while kept.last().is_some_and(|line| line.trim().is_empty() || is_footer(line)) {
        kept.pop();
    }
    let filled: Vec<usize> = (0..kept.len()).filter(|at| !kept[*at].trim().is_empty()).collect();
    let from = filled.len().saturating_sub(MAX_SIGNATURE_LINES);
    // The first line is never a signature: a short note has none.
    let cut = filled.iter().skip(from.max(1)).copied().find(|&at| begins_signature(&kept[at..]));
    if let Some(at) = cut {
        kept.truncate(at);
    }
    kept
}

fn is_footer(line: &str) -> bool {
    let line = line.trim().to_lowercase();
    line.chars().count() <= 80 && FOOTERS.iter().any(|footer| line.starts_with(footer))
}

/// A row of dashes, or a closing word, with nothing but short lines below.
fn begins_signature(lines: &[&str]) -> bool {
    let Some(first) = lines.first().map(|line| line.trim()) else { return false };
    let are_short = || lines.iter().all(|line| line.chars().count() <= MAX_SIGNATURE_CHARS);
    let is_row = first.chars().all(|c| matches!(c, '-' | '_' | '—' | '='))
        && (first == "--" || first == "—" || first.chars().count() >= 3);
    if is_row || first.starts_with("#sig#") {
        return are_short();
    }
    let is_dashed = first.starts_with("--") && first.trim_start_matches('-').split_whitespace().count() <= 3;
    let word = first.trim_end_matches([',', '!', '.', ' ']).to_lowercase();
    let n_filled = lines.iter().filter(|line| !line.trim().is_empty()).count();
    let is_closing = CLOSINGS.contains(&word.as_str()) && n_filled <= 8;
    (is_dashed || is_closing) && are_short()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotations_are_left_out() {
        for body in [
            "Hello\n\nOn Mon, Apr 2, 2012 at 6:26 PM, Megan One <xxx@gmail.com> wrote:\n\n> Hi\n",
            "Hello\n\nOn Mon, Apr 2, 2012 at 6:26 PM,\nMegan One <xxx@gmail.com>\nwrote:\n\nHi without marks\n",
            "Hello\n\n-----Original Message-----\nFrom: bob <bob@example.com>\nTo: x\n\nHi",
            "Hello\n\nFrom: xxx [mailto:xxx]\nSent: March-09-12 4:22 PM\nTo: Dan Le\nSubject: The manager\n\nHi dan",
            "Hello\nAm 3.4.2026 um 16:19 schrieb Ada Lovelace <ada@example.com>:\n> Hi",
            "Hello\n\nVon: Ada\nGesendet: Montag\nAn: Bob\nBetreff: Frage\n\nHallo",
            "> Hi\n> there\n\nHello",
            "On 04/02/2012 06:26 PM, Megan One wrote:\n> Hi \nHello",
            "Hello\n02.04.2012 14:20 пользователь \"bob@xxx.org\" <\nbob@xxx.org> написал:\n\n> Hi\n>\n",
        ] {
            assert_eq!(own_words(body), "Hello", "{body:?}");
        }
    }

    #[test]
    fn signatures_are_left_out() {
        for body in [
            "Hello\n\n-- \nAda Lovelace\nAnalyst",
            "Hello\n\nSent from my iPhone",
            "Hello\n\nBest regards,\nAda",
            "Hello\n\n________\nAda\n+44 1\n\nSent from my iPhone\n",
            "Hello\n\nMit freundlichen Grüßen\nAda",
        ] {
            assert_eq!(own_words(body), "Hello", "{body:?}");
        }
    }

    #[test]
    fn what_is_no_quotation_stays() {
        for body in [
            "Thanks",
            "He wrote: nothing",
            "On Monday I called you.\nNobody answered.",
            "From: here\nwe go",
            "a\n--\nThis line below two dashes is much too long to be a part of any signature, so that it stays in.",
            "Best\nof all",
        ] {
            assert_eq!(own_words(body), body, "{body:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_invented(body in "([ -~äß>\n]|On |wrote:\n|--\n){0,60}") {
            let words = own_words(&body);
            for line in words.lines() {
                prop_assert!(body.contains(line), "{line:?}");
            }
        }
    }
}
