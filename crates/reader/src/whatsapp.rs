//! Chats exported by WhatsApp, in the form of whatever country the phone was set to.
//!
//! A message begins with a date and a time; everything else about that line differs: order and separators of the date,
//! twelve or twenty-four hours, seconds, brackets or a dash. The order of the date is decided by all messages together.

use crate::input::{Document, failure};
use crate::moment::Moment;
use crate::output::{Out, stem};
use crate::reader::{Opened, Records};
use protocol::Failure;
use protocol::import::Choices;

/// Marks of writing direction, which are no part of the text.
const MARKS: [char; 6] = ['\u{200e}', '\u{200f}', '\u{202a}', '\u{202c}', '\u{feff}', '\u{2068}'];
/// Lines handed over in one step.
const STEP_LINES: usize = 2_000;
/// What stands in place of a picture or a sound, without case.
const OMITTED: [&str; 9] = [
    "omitted",
    "weggelassen",
    "ausgeschlossen",
    "omis",
    "omitido",
    "omesso",
    "weggelaten",
    "file attached",
    "attached:",
];

/// The order of a date's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    DayMonthYear,
    MonthDayYear,
    YearMonthDay,
    YearDayMonth,
}

impl Order {
    /// The usual ones first.
    const ALL: [Order; 4] =
        [Order::DayMonthYear, Order::MonthDayYear, Order::YearMonthDay, Order::YearDayMonth];

    fn name(self) -> &'static str {
        match self {
            Order::DayMonthYear => "day/month/year",
            Order::MonthDayYear => "month/day/year",
            Order::YearMonthDay => "year/month/day",
            Order::YearDayMonth => "year/day/month",
        }
    }

    fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == name)
    }

    /// Year, month and day.
    fn date(self, [a, b, c]: [u32; 3]) -> (u32, u32, u32) {
        let (year, month, day) = match self {
            Order::DayMonthYear => (c, b, a),
            Order::MonthDayYear => (c, a, b),
            Order::YearMonthDay => (a, b, c),
            Order::YearDayMonth => (a, c, b),
        };
        (if year < 100 { 2_000 + year } else { year }, month, day)
    }
}

/// What stands in front of a message.
#[derive(Debug, PartialEq)]
struct Stamp<'a> {
    date: [u32; 3],
    separator: char,
    hour: u32,
    minute: u32,
    second: u32,
    /// Twelve hours.
    is_halved: bool,
    rest: &'a str,
}

impl Stamp<'_> {
    fn moment(&self, order: Order) -> Option<Moment> {
        let (year, month, day) = order.date(self.date);
        Moment::new(year, month, day, self.hour, self.minute, self.second)
    }
}

/// Opens a chat; `choice` is the order of the date that a person chose.
pub(crate) fn open(document: Document, choice: Option<&str>) -> Result<Opened, Failure> {
    let name = document.name.clone();
    let chat = chat_name(&name);
    let text = document.into_text()?;
    let stamps: Vec<Stamp<'_>> = text.lines().filter_map(stamp).collect();
    if stamps.is_empty() {
        let advice = "Export the chat from WhatsApp again, as a text.";
        return Err(failure(format!("{name} has no line that begins like a message of WhatsApp."), advice));
    }
    let possible: Vec<(Order, u64)> = Order::ALL
        .into_iter()
        .map(|order| (order, n_in_order(&stamps, order)))
        .filter(|(_, n)| *n > 0)
        .collect();
    let best = best(&stamps, &possible);
    let order = choice.and_then(Order::of_name).unwrap_or(best);
    // With slashes or full stops nobody writes two digits of the year in front.
    let is_short = stamps.iter().all(|stamp| stamp.date[0] < 100 && stamp.separator != '-');
    let is_usual = |option: Order| !is_short || matches!(option, Order::DayMonthYear | Order::MonthDayYear);
    let most = possible.iter().map(|(_, n)| *n).max().unwrap_or_default();
    // Only what explains as many dates as the best is a question at all.
    let options: Vec<(String, u64)> = possible
        .iter()
        .filter(|(option, n)| *option == order || (*n == most && is_usual(*option)))
        .map(|(option, _)| (option.name().to_owned(), 0))
        .collect();
    let choices = (options.len() > 1).then(|| Choices {
        kind: "date_order".to_owned(),
        options,
        chosen: order.name().to_owned(),
    });
    let n_lines = text.lines().count();
    let records = Chat { chat, text, order, at: 0, n_bytes: 0, n_lines };
    Ok(Opened { choices, ..Opened::new(records) })
}

/// Messages whose date there is, and which is not before that of the message above: chats are written in order.
fn n_in_order(stamps: &[Stamp<'_>], order: Order) -> u64 {
    let moments: Vec<Option<Moment>> = stamps.iter().map(|stamp| stamp.moment(order)).collect();
    let n_dates = moments.iter().flatten().count();
    let n_steps = moments.windows(2).filter(|pair| matches!(pair, [Some(a), Some(b)] if a <= b)).count();
    if n_dates == 0 { 0 } else { (n_dates + n_steps) as u64 }
}

/// The order that explains most; of equals the one that goes with the way the date is written.
fn best(stamps: &[Stamp<'_>], possible: &[(Order, u64)]) -> Order {
    let is_american = stamps.iter().any(|stamp| stamp.separator == '/' && stamp.is_halved);
    let usual = |order: Order| match order {
        Order::MonthDayYear if is_american => 3,
        Order::DayMonthYear => 2,
        Order::MonthDayYear => 1,
        Order::YearMonthDay | Order::YearDayMonth => 0,
    };
    let best = possible.iter().max_by_key(|(order, n)| (*n, usual(*order)));
    best.map_or(Order::DayMonthYear, |(order, _)| *order)
}

/// `WhatsApp Chat with Ada.txt` is the chat with Ada.
fn chat_name(file: &str) -> String {
    let stem = stem(file);
    let known = [
        "WhatsApp Chat with ",
        "WhatsApp Chat - ",
        "WhatsApp Chat mit ",
        "Chat de WhatsApp con ",
        "Discussion WhatsApp avec ",
    ];
    known.iter().find_map(|start| stem.strip_prefix(start)).unwrap_or(stem).to_owned()
}

struct Chat {
    chat: String,
    text: String,
    order: Order,
    /// Lines that were read.
    at: usize,
    /// Bytes before the next line.
    n_bytes: usize,
    n_lines: usize,
}

impl Records for Chat {
    fn step(&mut self, out: &mut Out) -> Result<bool, Failure> {
        let text = std::mem::take(&mut self.text);
        let mut n_step = 0;
        while n_step < STEP_LINES && self.at < self.n_lines {
            let mut lines = text[self.n_bytes..].split_inclusive('\n');
            let Some(first) = lines.next() else { break };
            // A message goes on until another one begins.
            let more: Vec<&str> = lines.take_while(|line| stamp(line.trim_end()).is_none()).collect();
            let line = self.at as u64 + 1;
            self.message(line, first.trim_end(), &more, out);
            n_step += 1 + more.len();
            self.at += 1 + more.len();
            self.n_bytes += first.len() + more.iter().map(|line| line.len()).sum::<usize>();
        }
        self.text = text;
        Ok(self.at < self.n_lines)
    }
}

impl Chat {
    fn message(&self, line: u64, first: &str, more: &[&str], out: &mut Out) {
        let Some(stamp) = stamp(first) else {
            // Only what stands above the first message comes here.
            if !first.trim().is_empty() {
                out.reject(line, "time", "begins with no date and time", first);
            }
            return;
        };
        let Some(moment) = stamp.moment(self.order) else {
            let reason = format!("is no date in the order {}", self.order.name());
            return out.reject(line, "time", &reason, first);
        };
        let Some((author, words)) =
            stamp.rest.split_once(": ").or_else(|| Some((stamp.rest.strip_suffix(':')?, "")))
        else {
            return out.reject(line, "customer", "is a notice that nobody wrote", stamp.rest);
        };
        let mut text = words.trim_start_matches(MARKS).to_owned();
        for line in more {
            text.push('\n');
            text.push_str(line.trim_end());
        }
        let is_media = is_media(&text);
        out.record(
            line,
            &[
                ("customer", author.trim_matches(|c: char| MARKS.contains(&c) || c.is_whitespace())),
                ("activity", if is_media { "Media" } else { "Message" }),
                ("time", &moment.iso()),
                ("channel", "WhatsApp"),
                ("text", text.trim_end()),
                ("conversation", &self.chat),
            ],
        );
    }
}

fn is_media(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default().to_lowercase();
    first.chars().count() <= 80 && OMITTED.iter().any(|word| first.contains(word))
}

/// Reads the beginning of a message.
fn stamp(line: &str) -> Option<Stamp<'_>> {
    let line = line.trim_start_matches(MARKS);
    let (mut rest, is_bracketed) = line.strip_prefix('[').map_or((line, false), |rest| (rest, true));
    let (a, separator) = (digits(&mut rest, 4)?, rest.chars().next()?);
    if !matches!(separator, '/' | '-' | '.') {
        return None;
    }
    rest = rest[1..].trim_start_matches(' ');
    let b = digits(&mut rest, 2)?;
    rest = rest.strip_prefix(separator)?.trim_start_matches(' ');
    let c = digits(&mut rest, 4)?;
    // Between date and time: a comma, a full stop, a word such as “at”, a half of the day written in front.
    let gap = rest.find(|ch: char| ch.is_ascii_digit()).filter(|n| *n <= 16)?;
    let between = &rest[..gap];
    let mut half = half_of(between);
    if between.is_empty() || between.contains([':', ']']) {
        return None;
    }
    rest = &rest[gap..];
    let hour = digits(&mut rest, 2)?;
    rest = rest.strip_prefix([':', '.'])?;
    let minute = digits(&mut rest, 2)?;
    let mut second = 0;
    if let Some(behind) = rest.strip_prefix([':', '.']) {
        rest = behind;
        second = digits(&mut rest, 2)?;
    }
    let end = if is_bracketed { "]" } else { " - " };
    let (behind, message) = rest.split_once(end).filter(|(behind, _)| behind.chars().count() <= 12)?;
    half = half.or_else(|| half_of(behind));
    if half.is_none() && !behind.trim().is_empty() {
        return None;
    }
    let hour = match (half, hour) {
        (Some(_), 0 | 13..) | (None, 24..) => return None,
        (Some(false), 12) => 0,
        (Some(false) | None, hour) => hour,
        (Some(true), 12) => 12,
        (Some(true), hour) => hour + 12,
    };
    let rest = message.trim_start_matches(|c: char| MARKS.contains(&c) || c == ' ');
    Some(Stamp { date: [a, b, c], separator, hour, minute, second, is_halved: half.is_some(), rest })
}

/// Whether a text says the second half of the day; `None` when it says nothing of it.
fn half_of(text: &str) -> Option<bool> {
    let letters: String = text.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    match letters.as_str() {
        "am" | "上午" | "오전" | "午前" | "πμ" | "vorm" => Some(false),
        "pm" | "下午" | "오후" | "午後" | "μμ" | "nachm" => Some(true),
        _ => None,
    }
}

/// Takes one digit at least, and no more than so many.
fn digits(rest: &mut &str, n_max: usize) -> Option<u32> {
    let n = rest.bytes().take_while(u8::is_ascii_digit).count();
    if n == 0 || n > n_max {
        return None;
    }
    let value = rest[..n].parse().ok()?;
    *rest = &rest[n..];
    Some(value)
}

#[cfg(test)]
mod tests;
