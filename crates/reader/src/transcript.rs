//! Transcripts: WebVTT, SRT and SBV. Each cue is a record of the call: who spoke, from when to when, and what.
//!
//! Cues count from the beginning of the recording. When that was stands in the name of the file or above the first cue, or a
//! person says it.

use crate::input::Document;
use crate::moment::Moment;
use crate::output::{Out, stem};
use crate::reader::{Opened, Records};
use mail_parser::decoders::html::html_to_text;
use protocol::Failure;

/// Longest name of a speaker in front of a colon, in characters and in words.
const MAX_SPEAKER_CHARS: usize = 40;
const MAX_SPEAKER_WORDS: usize = 5;

/// Opens a transcript; `start` is what a person said about its beginning.
pub(crate) fn open(document: Document, start: Option<&str>) -> Result<Opened, Failure> {
    let call = stem(&document.name).to_owned();
    let text = document.into_text()?;
    let above = text.lines().take_while(|line| timing(line).is_none());
    let start = start
        .and_then(Moment::parse)
        .or_else(|| Moment::find(&call))
        .or_else(|| above.take(30).find_map(Moment::find));
    let known = start.map(Moment::iso).unwrap_or_default();
    let records = Transcript { call, text, start };
    Ok(Opened { start: Some(known), ..Opened::new(records) })
}

struct Transcript {
    call: String,
    text: String,
    start: Option<Moment>,
}

/// One cue as it stands in the file.
struct Cue<'a> {
    line: u64,
    start_millis: i64,
    end_millis: i64,
    words: Vec<&'a str>,
}

impl Records for Transcript {
    fn step(&mut self, out: &mut Out) -> Result<bool, Failure> {
        let text = std::mem::take(&mut self.text);
        let lines: Vec<&str> = text.lines().collect();
        let mut at = header_lines(&lines);
        while at < lines.len() {
            at = self.block(&lines, at, out);
        }
        Ok(false)
    }
}

impl Transcript {
    /// Reads what begins at a line: a cue, a comment, or something that is neither; returns the line behind it.
    fn block(&self, lines: &[&str], at: usize, out: &mut Out) -> usize {
        let line = lines[at].trim();
        if line.is_empty() {
            return at + 1;
        }
        let number = at as u64 + 1;
        let is_comment =
            ["NOTE", "STYLE", "REGION"].iter().any(|word| line.split_whitespace().next() == Some(word));
        if is_comment {
            return behind_block(lines, at);
        }
        if let Some((start_millis, end_millis)) = timing(line) {
            let mut end = at + 1;
            // A second time without a blank line before it begins another cue.
            while end < lines.len() && !is_blank(lines[end]) && timing(lines[end]).is_none() {
                end += 1;
            }
            let words = lines[at + 1..end].to_vec();
            // YouTube writes the last cue's words again on a line of their own before the next time.
            self.cue(&Cue { line: number, start_millis, end_millis, words }, out);
            return end;
        }
        if lines.get(at + 1).is_some_and(|next| timing(next).is_some()) {
            return at + 1;
        }
        let is_number = line.bytes().all(|byte| byte.is_ascii_digit());
        let looks_timed = |line: &str| line.contains("-->") || is_nearly_sbv(line);
        let (place, shown) = match lines.get(at + 1) {
            Some(next) if is_number && !is_blank(next) => (number + 1, next.trim()),
            _ => (number, line),
        };
        if looks_timed(shown) {
            out.reject(place, "time", "has no readable times of begin and end", shown);
        } else {
            out.reject(place, "time", "has no times of begin and end", shown);
        }
        behind_block(lines, at)
    }

    fn cue(&self, cue: &Cue<'_>, out: &mut Out) {
        let spoken = spoken(&cue.words);
        if spoken.is_empty() {
            return out.reject(cue.line, "text", "has no words", "");
        }
        let time = |millis| self.start.map(|start| start.plus_millis(millis).iso()).unwrap_or_default();
        let (start, end) = (time(cue.start_millis), time(cue.end_millis));
        for (at, (speaker, words)) in spoken.iter().enumerate() {
            let activity = if speaker.is_empty() { "Speech".to_owned() } else { format!("{speaker} speaks") };
            // Further voices of a cue count as lines of their own only where there is room.
            let line = cue.line + at as u64;
            out.record(
                line,
                &[
                    ("customer", &self.call),
                    ("activity", &activity),
                    ("time", &start),
                    ("end_time", &end),
                    ("channel", "call"),
                    ("text", words),
                    ("speaker", speaker),
                ],
            );
        }
    }
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

fn behind_block(lines: &[&str], at: usize) -> usize {
    let end = lines[at..].iter().position(|line| is_blank(line)).map_or(lines.len(), |n| at + n);
    // A time inside begins a cue all the same.
    let timed = lines[at + 1..end].iter().position(|line| timing(line).is_some());
    timed.map_or(end, |n| at + 1 + n)
}

/// Lines of the header, `WEBVTT` and what stands right below it.
fn header_lines(lines: &[&str]) -> usize {
    let is_header =
        lines.first().is_some_and(|line| line.trim_start_matches('\u{feff}').starts_with("WEBVTT"));
    if !is_header {
        return 0;
    }
    behind_block(lines, 0)
}

/// The times of a cue, in milliseconds.
fn timing(line: &str) -> Option<(i64, i64)> {
    let line = line.trim();
    if let Some((start, end)) = line.split_once("-->") {
        return Some((clock(start.trim())?, clock(end.split_whitespace().next()?)?));
    }
    let (start, end) = line.split_once(',')?;
    let is_sbv = |part: &str| part.matches(':').count() == 2 && part.contains('.');
    if is_sbv(start) && is_sbv(end) { Some((clock(start)?, clock(end)?)) } else { None }
}

fn is_nearly_sbv(line: &str) -> bool {
    line.split_once(',')
        .is_some_and(|(start, end)| start.matches(':').count() == 2 && end.matches(':').count() == 2)
}

/// `01:02:03.450`, `02:03.450`, `00:00:07,000`.
fn clock(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let is_number =
        |part: &str| !part.is_empty() && part.len() <= 6 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(fraction) {
        return None;
    }
    let parts: Vec<&str> = whole.split(':').collect();
    if !(2..=3).contains(&parts.len()) || !parts.iter().all(|part| is_number(part)) {
        return None;
    }
    let mut secs = 0_i64;
    for (at, part) in parts.iter().enumerate() {
        let value: i64 = part.parse().ok()?;
        if at > 0 && value > 59 {
            return None;
        }
        secs = secs * 60 + value;
    }
    let thousandths: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some(secs * 1_000 + thousandths)
}

/// Who says what in a cue; no words, no speaker.
fn spoken(lines: &[&str]) -> Vec<(String, String)> {
    let joined = lines.join("\n");
    let mut all: Vec<(String, String)> = Vec::new();
    for (at, piece) in joined.split("<v").enumerate() {
        let voice = if at == 0 { None } else { voice(piece) };
        let (speaker, words) = voice.unwrap_or(("", piece));
        let words = if words.contains(['<', '&']) { html_to_text(words) } else { words.to_owned() };
        let words = words
            .lines()
            .map(|line| line.trim())
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join("\n");
        let words = words.trim_start_matches(['-', '–', '>', ' ']);
        if words.is_empty() {
            continue;
        }
        match (speaker.is_empty(), prefixed(words)) {
            (true, Some((name, rest))) => all.push((name.to_owned(), rest.to_owned())),
            _ => all.push((speaker.trim().to_owned(), words.to_owned())),
        }
    }
    all
}

/// Behind `<v`: `.loud Ada>Hello` is Ada's voice.
fn voice(piece: &str) -> Option<(&str, &str)> {
    let (tag, words) = piece.split_once('>')?;
    let speaker = match tag.strip_prefix('.') {
        Some(classes) => classes.split_once(char::is_whitespace).map_or("", |(_, speaker)| speaker),
        None => tag.strip_prefix(char::is_whitespace)?,
    };
    Some((speaker, words))
}

/// `Ada Lovelace: Hello`, as Zoom and others write speakers.
fn prefixed(words: &str) -> Option<(&str, &str)> {
    let (name, rest) = words.split_once(": ").or_else(|| words.split_once(":\n"))?;
    let fits =
        name.chars().count() <= MAX_SPEAKER_CHARS && name.split_whitespace().count() <= MAX_SPEAKER_WORDS;
    let is_name = name.starts_with(char::is_alphabetic) && !name.contains(['.', '?', '!', '\n', ',']);
    let begins_high = name.split_whitespace().next()?.chars().next().is_some_and(|c| !c.is_lowercase());
    (fits && is_name && begins_high && !rest.trim().is_empty()).then_some((name.trim(), rest.trim()))
}

#[cfg(test)]
mod tests;
