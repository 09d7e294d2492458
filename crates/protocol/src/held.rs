//! All that is held on one person, as files that a person can read.

use crate::privacy::{Held, HeldEvent};
use crate::sentence::{Sentence, Value, Wording};

impl Held {
    /// A page without scripts, for a person to read; the words are those of the reader.
    pub fn html(&self, words: &impl Wording) -> String {
        let say = |key: &str| escaped(&words.say(&Sentence::new(key, [])));
        let title = escaped(&words.say(&Sentence::new("held.title", [Value::Text(self.customer.clone())])));
        let mut page = format!(
            "<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>{title}</title></head><body>\n<h1>{title}</h1>\n"
        );
        let mut list = |caption: &str, items: Vec<String>| {
            if !items.is_empty() {
                let items: String =
                    items.iter().map(|item| format!("<li>{}</li>\n", escaped(item))).collect();
                page.push_str(&format!("<h2>{}</h2>\n<ul>\n{items}</ul>\n", say(caption)));
            }
        };
        let account = (!self.account.is_empty()).then(|| self.account.clone());
        list("held.account", account.into_iter().collect());
        list("held.keys", if self.keys.len() > 1 { self.keys.clone() } else { Vec::new() });
        let said = self.facts.iter().map(|(source, about, value)| format!("{about}: {value} ({source})"));
        list("held.facts", said.collect());
        let allowed = self.consent.iter().map(|(key, value)| format!("{key}: {value}"));
        list("held.consent", allowed.collect());
        list(
            "held.sources",
            self.sources.iter().map(|(name, format)| format!("{name} ({format})")).collect(),
        );
        list("held.named_in", self.named_in.clone());
        let rejects = self.rejects.iter();
        let told = rejects
            .map(|reject| format!("{}, {}: {} {}", reject.file, reject.line, reject.field, reject.value));
        list("held.rejects", told.collect());
        let heads: String =
            COLUMNS.iter().map(|key| format!("<th>{}</th>", say(&format!("held.{key}")))).collect();
        let rows: String = self
            .events
            .iter()
            .map(|event| {
                let cells = fields(event).map(|value| format!("<td>{}</td>", escaped(&value)));
                format!("<tr>{}</tr>\n", cells.concat())
            })
            .collect();
        page.push_str(&format!(
            "<h2>{}</h2>\n<table border=\"1\">\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</body></html>\n",
            say("held.events")
        ));
        page
    }

    /// The events as a table (RFC 4180); a value that a spreadsheet would run as a formula has an apostrophe in front.
    pub fn csv(&self) -> String {
        let mut csv = COLUMNS.join(",");
        csv.push_str("\r\n");
        for event in &self.events {
            let cells = fields(event).map(|value| {
                let is_formula =
                    value.starts_with(['=', '+', '-', '@', '\t', '\r']) && value.parse::<f64>().is_err();
                let value = if is_formula { format!("'{value}") } else { value };
                if value.contains([',', '"', '\n', '\r']) {
                    format!("\"{}\"", value.replace('"', "\"\""))
                } else {
                    value
                }
            });
            csv.push_str(&cells.join(","));
            csv.push_str("\r\n");
        }
        csv
    }
}

const COLUMNS: [&str; 12] = [
    "activity", "start", "end", "channel", "account", "text", "value", "measure", "currency", "object",
    "source", "line",
];

/// The values of an event in the order of [`COLUMNS`].
fn fields(event: &HeldEvent) -> [String; 12] {
    let HeldEvent { activity, start, end, channel, account, text, measure, currency, object, source, .. } =
        event.clone();
    let value = event.value.map(|value| value.to_string()).unwrap_or_default();
    [
        activity,
        start,
        end,
        channel,
        account,
        text,
        value,
        measure,
        currency,
        object,
        source,
        event.line.to_string(),
    ]
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct NoWords;

    impl Wording for NoWords {
        fn find(&self, _: &str) -> Option<&str> {
            None
        }
    }

    fn held() -> Held {
        let event = HeldEvent {
            activity: "open ticket".to_owned(),
            text: "=1+1, <b>\"bold\"</b>".to_owned(),
            value: Some(-2.5),
            line: 3,
            ..HeldEvent::default()
        };
        Held { customer: "<ada>".to_owned(), events: vec![event], ..Held::default() }
    }

    #[test]
    fn what_a_person_wrote_is_text_on_the_page() {
        let page = held().html(&NoWords);
        assert!(page.contains("&lt;b&gt;&quot;bold&quot;&lt;/b&gt;"), "{page}");
        assert!(!page.contains("<b>") && !page.contains("<ada>"), "nothing of it is markup: {page}");
    }

    #[test]
    fn no_spreadsheet_runs_what_a_person_wrote() {
        let csv = held().csv();
        assert!(csv.contains("\"'=1+1, <b>\"\"bold\"\"</b>\""), "{csv}");
        assert!(csv.contains(",-2.5,"), "a number stays one: {csv}");
    }
}
