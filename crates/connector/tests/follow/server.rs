//! A server with a list of tickets, in every way of paging and with faults as asked for.

use connector::PlannedRequest;
use std::collections::{BTreeMap, BTreeSet};

const PAGE: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Cursor,
    LastItem,
    NextLink,
    LinkHeader,
    Page,
    Offset,
    SearchBody,
    Lines,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    Broken,
    Half,
    TooMany(Option<u32>),
    Failing,
    Denied,
    ForeignLink,
    RemoveOne,
    AddOne,
    CursorExpires,
    Shuffle,
    Duplicate,
}

impl Style {
    pub(crate) const ALL: [Style; 8] = [
        Self::Cursor,
        Self::LastItem,
        Self::NextLink,
        Self::LinkHeader,
        Self::Page,
        Self::Offset,
        Self::SearchBody,
        Self::Lines,
    ];

    pub(crate) fn connection(self) -> String {
        let (method, items, paging) = match self {
            Self::Cursor => (
                "GET",
                r#"{"field":"data"}"#,
                r#"{"kind":"cursor","parameter":"cursor","field":"meta.next"}"#,
            ),
            Self::LastItem => (
                "GET",
                r#"{"field":"data"}"#,
                r#"{"kind":"last_item","parameter":"starting_after","more":"has_more"}"#,
            ),
            Self::NextLink => ("GET", r#""found""#, r#"{"kind":"next_link","field":"meta.next_url"}"#),
            Self::LinkHeader => ("GET", r#""answer""#, r#"{"kind":"link_header"}"#),
            Self::Page => ("GET", r#"{"field":"data"}"#, r#"{"kind":"page","parameter":"page","first":1}"#),
            Self::Offset => ("GET", r#"{"field":"data"}"#, r#"{"kind":"offset","parameter":"offset"}"#),
            Self::SearchBody => (
                "POST",
                r#"{"field":"data"}"#,
                r#"{"kind":"cursor","parameter":"pagination.after","place":"body","field":"meta.next"}"#,
            ),
            Self::Lines => ("GET", r#""lines""#, r#"{"kind":"none"}"#),
        };
        format!(
            r#"{{"desirepath_connection":1,"name":"Desk","server":"https://desk.example/api","requests_per_second":50,
            "reads":[{{"name":"tickets","method":"{method}","path":"/tickets","items":{items},"paging":{paging},
              "since":{{"parameter":"updated_after","form":"unix_seconds","by_change":true}},
              "fields":{{"id":"id","time":"created","changed":"updated","customer":"by.id"}},
              "activity":"Ticket created","change_activity":"Ticket {{state}}"}}]}}"#
        )
    }
}

#[derive(Clone, Debug)]
struct Ticket {
    id: String,
    created: u64,
    updated: u64,
    state: String,
}

#[derive(Debug)]
pub(crate) struct Server {
    style: Style,
    tickets: Vec<Ticket>,
    faults: Vec<Fault>,
    ever: BTreeSet<String>,
    n_made: usize,
    epoch: u32,
    pub(crate) n_asked: u32,
    pub(crate) skew_millis: i64,
}

pub(crate) type Raw = (u16, Vec<(String, String)>, Vec<u8>);

impl Server {
    pub(crate) fn new(style: Style, n_items: usize, faults: Vec<Fault>) -> Self {
        let mut server = Self {
            style,
            tickets: Vec::new(),
            faults,
            ever: BTreeSet::new(),
            n_made: 0,
            epoch: 0,
            n_asked: 0,
            skew_millis: 0,
        };
        server.faults.reverse();
        for at in 0..n_items {
            server.add(&format!("t{at:03}"), 1_600_000_000_000 + at as u64 * 1_000);
        }
        server
    }

    pub(crate) fn add(&mut self, id: &str, at_millis: u64) {
        self.ever.insert(id.to_owned());
        let time = at_millis / 1_000;
        self.tickets.push(Ticket {
            id: id.to_owned(),
            created: time,
            updated: time,
            state: "open".to_owned(),
        });
    }

    pub(crate) fn change(&mut self, at: usize, state: &str, at_millis: u64) {
        let ticket = &mut self.tickets[at];
        state.clone_into(&mut ticket.state);
        ticket.updated = at_millis / 1_000;
    }

    pub(crate) fn contents(&self) -> BTreeMap<String, String> {
        self.tickets.iter().map(|ticket| (ticket.id.clone(), ticket.state.clone())).collect()
    }

    pub(crate) fn ever_had(&self, id: &str) -> bool {
        self.ever.contains(id)
    }

    pub(crate) fn has_no_faults_left(&self) -> bool {
        self.faults.is_empty()
    }

    pub(crate) fn perform(&mut self, request: &PlannedRequest, clock: u64) -> Option<Raw> {
        self.n_asked += 1;
        let fault = self.faults.pop().unwrap_or(Fault::None);
        let server_millis = clock.saturating_add_signed(self.skew_millis);
        let date =
            httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_millis(server_millis));
        let mut headers = vec![("Date".to_owned(), date)];
        match fault {
            Fault::Broken => return None,
            Fault::TooMany(wait) => {
                headers.extend(wait.map(|secs| ("Retry-After".to_owned(), secs.to_string())));
                return Some((429, headers, Vec::new()));
            }
            Fault::Failing => return Some((503, headers, b"<html>".to_vec())),
            Fault::Denied => return Some((401, headers, Vec::new())),
            Fault::RemoveOne if !self.tickets.is_empty() => {
                self.tickets.remove(0);
            }
            Fault::AddOne => {
                self.n_made += 1;
                let id = format!("new{}", self.n_made);
                self.ever.insert(id.clone());
                let time = server_millis / 1_000;
                self.tickets.insert(0, Ticket { id, created: time, updated: time, state: "open".to_owned() });
            }
            Fault::CursorExpires => self.epoch += 1,
            _ => {}
        }
        Some(self.answer(request, headers, fault))
    }

    fn answer(&self, request: &PlannedRequest, mut headers: Vec<(String, String)>, fault: Fault) -> Raw {
        let asked = Asked::of(request);
        let since = asked.get("updated_after").and_then(|secs| secs.parse::<u64>().ok()).unwrap_or_default();
        let all: Vec<&Ticket> = self.tickets.iter().filter(|ticket| ticket.updated >= since).collect();
        let Some(start) = self.start(&asked, &all) else {
            return (400, headers, b"{\"error\":\"cursor\"}".to_vec());
        };
        let mut page: Vec<&Ticket> = all.iter().skip(start).take(PAGE).copied().collect();
        let next = (start + PAGE < all.len()).then(|| start + PAGE);
        let last = page.last().map(|ticket| ticket.id.clone());
        match fault {
            Fault::Shuffle if self.style != Style::LastItem => page.reverse(),
            Fault::Duplicate if self.style != Style::LastItem => page.extend(page.clone().first()),
            _ => {}
        }
        let base = if fault == Fault::ForeignLink {
            "https://other.example/api"
        } else {
            "https://desk.example/api"
        };
        let address = next.and(last).map(|last| {
            let since =
                asked.get("updated_after").map(|secs| format!("&updated_after={secs}")).unwrap_or_default();
            format!("{base}/tickets?behind={last}.{}{since}", self.epoch)
        });
        let items: Vec<String> = page.iter().map(|ticket| ticket.json()).collect();
        let mut body = self.body(&items, &all, next.is_some(), address.as_deref(), &mut headers);
        if fault == Fault::Half {
            body.truncate(body.len() / 2);
            if body.is_empty() || self.style == Style::Lines {
                body = b"{\"id\":\"t0".to_vec();
            }
        }
        (200, headers, body)
    }

    fn body(
        &self,
        items: &[String],
        all: &[&Ticket],
        more: bool,
        address: Option<&str>,
        headers: &mut Vec<(String, String)>,
    ) -> Vec<u8> {
        let list = items.join(",");
        let cursor =
            address.and_then(|address| address.split("behind=").nth(1)).and_then(|it| it.split('&').next());
        let text = match self.style {
            Style::Cursor | Style::SearchBody => {
                let cursor = cursor.map_or("null".to_owned(), |cursor| format!("{cursor:?}"));
                format!("{{\"data\":[{list}],\"meta\":{{\"next\":{cursor}}}}}")
            }
            Style::NextLink => {
                let address = address.map_or("null".to_owned(), |address| format!("{address:?}"));
                format!("{{\"data\":[{list}],\"meta\":{{\"next_url\":{address}}}}}")
            }
            Style::LinkHeader => {
                headers
                    .extend(address.map(|address| ("link".to_owned(), format!("<{address}>; rel=\"next\""))));
                format!("[{list}]")
            }
            Style::Lines => all.iter().map(|ticket| ticket.json() + "\n").collect(),
            Style::LastItem => format!("{{\"has_more\":{more},\"data\":[{list}]}}"),
            Style::Page | Style::Offset => format!("{{\"data\":[{list}]}}"),
        };
        text.into_bytes()
    }

    /// Where the page begins; `None` when the cursor is not known any more.
    fn start(&self, asked: &Asked, all: &[&Ticket]) -> Option<usize> {
        let number = |name: &str| asked.get(name).and_then(|text| text.parse::<usize>().ok());
        let cursor = match self.style {
            Style::Page => return Some((number("page").unwrap_or(1) - 1) * PAGE),
            Style::Offset => return Some(number("offset").unwrap_or(0)),
            Style::LastItem => asked.get("starting_after").map(|id| format!("{id}.{}", self.epoch)),
            Style::Cursor => asked.get("cursor"),
            Style::SearchBody => asked.get("after"),
            Style::NextLink | Style::LinkHeader => asked.get("behind"),
            Style::Lines => None,
        };
        let Some(cursor) = cursor else { return Some(0) };
        let (id, epoch) = cursor.split_once('.')?;
        if epoch != self.epoch.to_string() {
            return None;
        }
        all.iter().position(|ticket| ticket.id == id).map(|at| at + 1)
    }
}

impl Ticket {
    fn json(&self) -> String {
        let Self { id, created, updated, state } = self;
        format!(
            "{{\"id\":{id:?},\"created\":{created},\"updated\":{updated},\"state\":{state:?},\"by\":{{\"id\":\"c{id}\"}}}}"
        )
    }
}

/// What a request asks for.
struct Asked(BTreeMap<String, String>);

impl Asked {
    fn of(request: &PlannedRequest) -> Self {
        let question = request.path_and_query.split_once('?').map_or("", |(_, question)| question);
        let mut all: BTreeMap<String, String> = question
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let body =
            request.body.as_deref().and_then(|body| serde_json::from_slice::<serde_json::Value>(body).ok());
        if let Some(after) = body.as_ref().and_then(|body| body["pagination"]["after"].as_str()) {
            all.insert("after".to_owned(), after.to_owned());
        }
        assert!(request.path_and_query.starts_with("/tickets"), "{}", request.path_and_query);
        Self(all)
    }

    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}
