//! Reads a list to its end, and later only what is new; survives faults, and can be laid aside at any time.
//!
//! A [`Sync`] does nothing by itself: asked for its [`Step`], it gives a request, a time to wait, or says that it is done; it
//! is told of each answer or failure. All that it knows can be saved between two steps and taken up again, in another tab
//! or another week.

mod pages;

use crate::Error;
use crate::connection::{Connection, Items, Parent, Read, braces};
use crate::drift::{self, Drift, Shape};
use crate::item;
use crate::operation::Method;
use crate::pace::Pace;
use crate::paging::Paging;
use crate::refusal::{self, Judged};
use crate::request::{Answer, PlannedRequest, filled_path, written_time};
pub(crate) use pages::put_field;
use pages::{Behind, Position, next_position};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use xxhash_rust::xxh3::xxh3_64;

/// Requests of one sync after which it is laid aside; the next one goes on.
pub const MAX_REQUESTS: u64 = 10_000;
/// Seconds by which a later sync goes back before the last one began: clocks differ, and systems write late.
pub const OVERLAP_SECS: i64 = 300;
/// Items that are remembered to be known; beyond it, the oldest numbers are forgotten and would be sent on again.
const MAX_KNOWN: usize = 2_000_000;
/// Times that a list is begun again because its cursor was not accepted any more.
const MAX_RESTARTS: u32 = 12;
/// Times that a list read by numbers is read again because items may have moved while it was read.
const MAX_PASSES: u32 = 6;

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// This request is to be performed, and its outcome told.
    Ask(PlannedRequest),
    /// Nothing before this time, in milliseconds of the clock that the edge gives.
    Wait(u64),
    /// The list was read to its end.
    Done,
    /// It cannot go on; what was read so far is kept.
    Stopped(Trouble),
}

/// Why a sync cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Trouble {
    /// The credentials are missing, wrong or expired: status 401 or 403.
    Denied {
        /// Status.
        status: u16,
        /// The system's own word for it, where it has one.
        #[serde(default)]
        reason: String,
    },
    /// The system does not accept the question.
    Refused {
        /// Status.
        status: u16,
        /// The system's own word for it, where it has one.
        #[serde(default)]
        reason: String,
    },
    /// It failed again and again.
    GaveUp {
        /// The last failure, in words.
        last: String,
    },
    /// The next page would be on another server.
    ForeignLink {
        /// Its address.
        address: String,
    },
    /// The budget of requests is used up; the next sync goes on.
    Budget,
    /// The connection does not fit.
    Connection {
        /// Why.
        why: String,
    },
}

/// What one answer brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brought {
    /// The events of new and changed items, an object a line.
    pub lines: String,
    /// Items of the answer.
    pub n_items: u64,
    /// Items never seen before.
    pub n_new: u64,
    /// Items seen before with another content.
    pub n_changed: u64,
    /// Things in the place of items that are no objects.
    pub n_faulty: u64,
    /// The new and changed items themselves: what lists that hang on them need.
    pub fresh: Vec<Value>,
}

/// What is saved of a sync.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// Digest of an item's id, and of its content.
    known: BTreeMap<u64, u64>,
    /// From when on the next sync asks, in seconds since 1970.
    mark_secs: Option<i64>,
    /// The server's time when this sync began.
    began_secs: Option<i64>,
    /// Where it is.
    position: Position,
    /// Values for the parameter that a parent gives, still to be asked for; the last is the one being asked for.
    targets: Vec<String>,
    /// Items of the first page of this pass.
    first_page: Option<u64>,
    n_pages: u64,
    n_passes: u32,
    n_restarts: u32,
    /// Sum of the digests of the ids of this pass, and of the one before.
    pass_sum: u64,
    pass_sum_before: Option<u64>,
    is_done: bool,
    /// All events came with the ids of their records, so that what is told again replaces what was told; not of a list that
    /// an earlier version began to read.
    is_identified: bool,
    /// The fields of the items of this sync, and those of the one before.
    shape: Shape,
    shape_before: Option<Shape>,
    /// Items that came since the last [`Sync::take_delta`].
    #[serde(skip)]
    unsaved: Vec<u64>,
}

/// Reads one list.
#[derive(Clone, Debug)]
pub struct Sync {
    connection: Connection,
    read: Read,
    state: State,
    pace: Pace,
    n_requests: u64,
    trouble: Option<Trouble>,
}

impl Sync {
    /// Begins, or goes on from what an earlier sync saved.
    ///
    /// Of a list with a parent, `targets` are the values to ask for; they are added to those left over.
    ///
    /// # Errors
    /// When there is no such read, or what was saved is not of one.
    pub fn new(
        connection: &Connection,
        read: &str,
        saved: Option<&str>,
        targets: Vec<String>,
        seed: u64,
        now: u64,
    ) -> Result<Self, Error> {
        let found =
            connection.read(read).ok_or_else(|| Error::connection(format!("there is no read “{read}”")))?;
        let mut state = match saved {
            Some(saved) => State::of_saved(saved)?,
            None => State { is_identified: true, ..State::default() },
        };
        if state.is_done {
            state.begin_again();
        }
        state.add_targets(targets, found.parent.as_ref());
        Ok(Self {
            pace: Pace::new(connection.requests_per_second, seed, now),
            connection: connection.clone(),
            read: found.clone(),
            state,
            n_requests: 0,
            trouble: None,
        })
    }

    /// What is to be done now.
    pub fn step(&mut self, now: u64) -> Step {
        if let Some(trouble) = &self.trouble {
            return Step::Stopped(trouble.clone());
        }
        if self.state.is_done || self.read.parent.is_some() && self.state.targets.is_empty() {
            self.finish();
            return Step::Done;
        }
        if self.n_requests >= MAX_REQUESTS {
            return self.stop(Trouble::Budget);
        }
        let Some(request) = self.request() else {
            return self.stop(Trouble::Connection { why: "a value for its path is missing".to_owned() });
        };
        match self.pace.take(now) {
            Ok(()) => {
                self.n_requests += 1;
                Step::Ask(request)
            }
            Err(until) => Step::Wait(until),
        }
    }

    fn stop(&mut self, trouble: Trouble) -> Step {
        self.trouble = Some(trouble.clone());
        Step::Stopped(trouble)
    }

    /// Takes an answer.
    pub fn answered(&mut self, answer: &Answer<'_>, now: u64) -> Brought {
        let Judged { answer, reason } = refusal::judge(self.connection.refusal.as_ref(), answer);
        let answer = &answer;
        match answer.status {
            200..=299 => {}
            status @ (401 | 403) => {
                self.trouble = Some(Trouble::Denied { status, reason });
                return Brought::default();
            }
            status @ (408 | 425 | 429 | 500..=599) => {
                let what = format!("status {status} {reason}");
                self.try_again(Some(answer), what.trim_end().to_owned(), now);
                return Brought::default();
            }
            status => {
                self.refused(status, reason);
                return Brought::default();
            }
        }
        let Some(page) = Page::read(&self.read.items, answer.body) else {
            self.try_again(Some(answer), "the answer ended early or is no JSON".to_owned(), now);
            return Brought::default();
        };
        self.pace.heard(answer, now);
        if self.state.began_secs.is_none() {
            let millis = answer.server_millis().unwrap_or(now);
            self.state.began_secs = i64::try_from(millis / 1_000).ok();
        }
        let (brought, n_distinct) = self.take(&page);
        self.turn(answer, &page, n_distinct);
        brought
    }

    /// Takes note that no whole answer came.
    pub fn failed(&mut self, what: &str, now: u64) {
        self.try_again(None, what.to_owned(), now);
    }

    fn try_again(&mut self, answer: Option<&Answer<'_>>, what: String, now: u64) {
        if !self.pace.failed(answer, now) {
            self.trouble = Some(Trouble::GaveUp { last: what });
        }
    }

    /// A cursor that is not accepted any more has expired: the list is begun again, and what is known adds nothing.
    fn refused(&mut self, status: u16, reason: String) {
        if self.state.position != Position::First && self.state.n_restarts < MAX_RESTARTS {
            self.state.n_restarts += 1;
            self.state.begin_pass();
        } else if self.read.parent.is_some() && matches!(status, 404 | 410) {
            // What the parent told of has been removed meanwhile.
            self.state.next_target();
        } else {
            self.trouble = Some(Trouble::Refused { status, reason });
        }
    }

    /// Takes the items of a page; returns also how many different ones there are.
    fn take(&mut self, page: &Page) -> (Brought, u64) {
        let mut of_page = BTreeSet::new();
        let mut brought = Brought { n_faulty: page.n_faulty, ..Brought::default() };
        for found in &page.items {
            brought.n_items += 1;
            let id = xxh3_64(item::id_of(&self.read, found).as_bytes());
            let content = xxh3_64(found.to_string().as_bytes());
            of_page.insert(id);
            drift::see(&mut self.state.shape, found);
            let before = self.state.known.insert(id, content);
            if before != Some(content) {
                self.state.unsaved.push(id);
            }
            match before {
                Some(before) if before == content => continue,
                Some(_) => brought.n_changed += 1,
                None => brought.n_new += 1,
            }
            let tells_made = before.is_none() || self.state.is_identified;
            item::write_events(&self.connection, &self.read, found, tells_made, &mut brought.lines);
            brought.fresh.push(found.clone());
        }
        while self.state.known.len() > MAX_KNOWN {
            self.state.known.pop_first();
        }
        self.state.pass_sum = of_page.iter().fold(self.state.pass_sum, |sum, id| sum.wrapping_add(*id));
        (brought, of_page.len() as u64)
    }

    /// Goes to the next page, the next pass, the next target, or to the end.
    fn turn(&mut self, answer: &Answer<'_>, page: &Page, n_distinct: u64) {
        let state = &mut self.state;
        state.n_pages += 1;
        let first_page = *state.first_page.get_or_insert(n_distinct);
        let behind = Behind { n_distinct, is_short: n_distinct == 0 || n_distinct < first_page };
        let next = next_position(&self.read, &self.connection.server, &state.position, answer, page, behind);
        match next {
            // The same place again would go on for ever.
            Ok(Some(position)) if position != state.position => state.position = position,
            Ok(_) => self.end_of_pass(),
            Err(address) => self.trouble = Some(Trouble::ForeignLink { address }),
        }
    }

    fn end_of_pass(&mut self) {
        let state = &mut self.state;
        state.n_passes += 1;
        // An item that is removed while pages are read by number moves others onto pages already read: two passes in a row
        // have to see the same.
        let by_number = matches!(self.read.paging, Paging::Page { .. } | Paging::Offset { .. });
        let is_same = state.pass_sum_before.replace(state.pass_sum) == Some(state.pass_sum);
        if by_number && state.n_pages > 1 && !is_same && state.n_passes < MAX_PASSES {
            state.begin_pass();
            return;
        }
        if self.read.parent.is_some() {
            state.next_target();
            return;
        }
        state.is_done = true;
    }

    fn finish(&mut self) {
        let state = &mut self.state;
        state.is_done = true;
        if let Some(began) = state.began_secs.take() {
            state.mark_secs = Some(began - OVERLAP_SECS);
        }
    }

    fn request(&self) -> Option<PlannedRequest> {
        let target = self.state.targets.last();
        let value_of = |name: &str| match &self.read.parent {
            Some(parent) if parent.parameter == name => target.cloned(),
            _ => self.read.parameters.get(name).cloned(),
        };
        let mut request = PlannedRequest {
            method: self.read.method,
            path_and_query: filled_path(&self.read.path, value_of)?,
            headers: self
                .connection
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            body: None,
        };
        request.headers.push(("Accept".to_owned(), "application/json".to_owned()));
        let in_path: Vec<&str> = braces(&self.read.path).collect();
        let fixed = self.read.parameters.iter().filter(|(name, _)| !in_path.contains(&name.as_str()));
        let mut parameters: Vec<(String, String)> =
            fixed.map(|(name, value)| (name.clone(), value.clone())).collect();
        if let (Some(since), Some(secs)) = (&self.read.since, self.state.mark_secs) {
            parameters.push((since.parameter.clone(), written_time(secs, since.form)));
        }
        let mut body = self.read.body.clone().unwrap_or(Value::Null);
        pages::put(&self.read, &self.state.position, parameters, &mut request.path_and_query, &mut body);
        if self.read.method != Method::Get {
            request.headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
            request.body = serde_json::to_vec(&body).ok();
        }
        Some(request)
    }

    /// All that has to be kept to go on later.
    #[must_use]
    pub fn saved(&self) -> String {
        serde_json::to_string(&self.state).unwrap_or_default()
    }

    /// What changed since the last call, as a line to be put behind what was saved before. It costs what came, not all that
    /// is known; [`Sync::saved`] is the same in one line.
    pub fn take_delta(&mut self) -> String {
        let fresh = std::mem::take(&mut self.state.unsaved);
        let known = std::mem::take(&mut self.state.known);
        self.state.known = fresh.into_iter().filter_map(|id| Some((id, *known.get(&id)?))).collect();
        let line = self.saved();
        self.state.known = known;
        format!("{line}\n")
    }

    /// Begins the next sync once the last one is done, and goes on after one that stopped.
    pub fn again(&mut self) {
        if self.state.is_done {
            self.state.begin_again();
        }
        self.trouble = None;
        self.n_requests = 0;
    }

    /// Adds values to ask for, where the list hangs on another one.
    pub fn add_targets(&mut self, targets: Vec<String>) {
        if self.state.is_done && !targets.is_empty() {
            self.state.begin_again();
        }
        self.state.add_targets(targets, self.read.parent.as_ref());
    }

    /// The values of a field that lists hanging on these items ask for, each once.
    #[must_use]
    pub fn targets_in(parent: &Parent, fresh: &[Value]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for value in fresh.iter().filter_map(|item| item::text_at(item, &parent.field)) {
            if !found.contains(&value) {
                found.push(value);
            }
        }
        found
    }

    /// Items that are known.
    #[must_use]
    pub fn n_known(&self) -> usize {
        self.state.known.len()
    }

    /// How the items differ from those of the sync before: fields that came, went, or changed what they hold.
    #[must_use]
    pub fn drift(&self) -> Vec<Drift> {
        let before = self.state.shape_before.as_ref();
        before.map(|before| drift::between(before, &self.state.shape)).unwrap_or_default()
    }

    /// Fields of the mapping that no item of this sync had.
    #[must_use]
    pub fn missing_fields(&self) -> Vec<String> {
        if self.state.shape.is_empty() {
            return Vec::new();
        }
        let fields = self.read.fields.values();
        let is_missing = |field: &&String| !self.state.shape.contains_key(field.trim_end_matches("[]"));
        fields.filter(|field| !field.contains("[]")).filter(is_missing).cloned().collect()
    }

    /// Requests so far, those that failed included.
    #[must_use]
    pub fn n_requests(&self) -> u64 {
        self.n_requests
    }
}

impl State {
    /// Reads lines, each of which adds to what the ones before knew.
    fn of_saved(saved: &str) -> Result<Self, Error> {
        let mut state = Self::default();
        for line in saved.lines().filter(|line| !line.trim().is_empty()) {
            let mut next =
                serde_json::from_str::<State>(line).map_err(|error| Error::connection(error.to_string()))?;
            let mut known = std::mem::take(&mut state.known);
            known.append(&mut next.known);
            state = State { known, ..next };
        }
        Ok(state)
    }

    fn begin_pass(&mut self) {
        self.position = Position::First;
        self.first_page = None;
        self.n_pages = 0;
        self.pass_sum = 0;
    }

    fn begin_again(&mut self) {
        self.begin_pass();
        self.is_done = false;
        self.pass_sum_before = None;
        self.n_passes = 0;
        self.n_restarts = 0;
        self.began_secs = None;
        let shape = std::mem::take(&mut self.shape);
        if !shape.is_empty() {
            self.shape_before = Some(shape);
        }
    }

    fn next_target(&mut self) {
        self.targets.pop();
        self.pass_sum_before = None;
        self.n_passes = 0;
        self.n_restarts = 0;
        self.begin_pass();
    }

    /// New targets go before those left over, of which the last is half asked for.
    fn add_targets(&mut self, targets: Vec<String>, parent: Option<&Parent>) {
        if parent.is_none() {
            return;
        }
        let mut all: Vec<String> = Vec::with_capacity(targets.len() + self.targets.len());
        for target in targets {
            if !self.targets.contains(&target) && !all.contains(&target) {
                all.push(target);
            }
        }
        all.append(&mut self.targets);
        self.targets = all;
    }
}

/// An answer taken apart.
#[derive(Debug)]
struct Page {
    /// The whole of it; null where each line is an item.
    whole: Value,
    items: Vec<Value>,
    n_faulty: u64,
}

impl Page {
    fn read(items: &Items, body: &[u8]) -> Option<Self> {
        if *items == Items::Lines {
            return Self::of_lines(body);
        }
        // Nothing is an empty answer: 204, or an API that says so.
        if body.trim_ascii().is_empty() {
            return Some(Self { whole: Value::Null, items: Vec::new(), n_faulty: 0 });
        }
        let whole: Value = serde_json::from_slice(body).ok()?;
        let list = match items {
            Items::Answer => whole.as_array().cloned(),
            Items::One => Some(vec![whole.clone()]),
            Items::Field(field) => item::value_at(&whole, field).and_then(Value::as_array).cloned(),
            Items::Found => found_list(&whole, 0).cloned(),
            Items::Lines => None,
        };
        let all = list.unwrap_or_default();
        let n_all = all.len();
        let items: Vec<Value> = all.into_iter().filter(Value::is_object).collect();
        let n_faulty = (n_all - items.len()) as u64;
        Some(Self { whole, items, n_faulty })
    }

    /// A line that is no JSON at the very end is a half answer.
    fn of_lines(body: &[u8]) -> Option<Self> {
        let mut page = Self { whole: Value::Null, items: Vec::new(), n_faulty: 0 };
        let lines: Vec<&[u8]> = body
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::trim_ascii)
            .filter(|line| !line.is_empty())
            .collect();
        for (at, line) in lines.iter().enumerate() {
            match serde_json::from_slice::<Value>(line) {
                Ok(value) if value.is_object() => page.items.push(value),
                Err(_) if at + 1 == lines.len() && !body.ends_with(b"\n") => return None,
                _ => page.n_faulty += 1,
            }
        }
        Some(page)
    }
}

/// The first list of objects, the least deep first.
fn found_list(value: &Value, depth: u8) -> Option<&Vec<Value>> {
    const MAX_DEPTH: u8 = 3;
    if let Some(list) = value.as_array() {
        return list.first().is_some_and(Value::is_object).then_some(list);
    }
    if depth >= MAX_DEPTH {
        return None;
    }
    let fields = value.as_object()?;
    let own =
        fields.values().filter_map(Value::as_array).find(|list| list.first().is_some_and(Value::is_object));
    own.or_else(|| fields.values().filter(|it| it.is_object()).find_map(|it| found_list(it, depth + 1)))
}
