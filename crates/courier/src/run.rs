//! Following one connection: read to the end, hand on what came, wait for the time or a call, and again.

use crate::{
    aim::{self, Aim},
    desk::Desk,
    kept,
    words::{self, Trouble2, count, say},
    world::{Came, now},
};
use connector::{Answer, Connection, EVENT_COLUMNS, Read, Step, Sync, Trouble};
use protocol::{
    Failure, Reply, Request,
    courier::{Activity, Delivery},
    history::Note,
    import::{DateOrder, FileFormat, ImportPlan, Mapping, Renewal, Syntax},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// Bytes of events that are handed on at once, about.
const BATCH_BYTES: usize = 512 << 10;
/// Longest time that events wait to be handed on.
const BATCH_MILLIS: u64 = 2_000;
/// Shortest time between two tellings of progress.
const TELL_MILLIS: u64 = 300;
/// Longest time between two looks after the system failed again and again.
const LONG_WAIT_SECS: u64 = 900;
/// Lines of what is known, in bytes, beyond which they are written anew.
const COMPACT_BYTES: usize = 256 << 10;

/// Why a run ended before its time.
#[derive(Debug)]
enum Halt {
    /// Another run has its place.
    Overtaken,
    /// It cannot go on; whether trying again later may help.
    Trouble(Trouble2, bool),
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Halt::Trouble(words::trouble("engine", &[&failure.message, &failure.advice]), true)
    }
}

/// What a run holds.
#[derive(Debug)]
struct Run {
    name: String,
    mine: u32,
    aim: Aim,
    syncs: BTreeMap<String, Sync>,
    /// Notes that are to be written anew, not to grow.
    anew: BTreeSet<String>,
    /// Reads whose state has changed since it was kept.
    touched: BTreeSet<String>,
    lines: String,
    handed_at: u64,
    told_at: u64,
    n_new: u64,
    n_changed: u64,
}

impl Desk {
    fn is_mine(&self, name: &str, mine: u32) -> bool {
        self.with(name, |line| line.generation == mine).unwrap_or_default()
    }

    /// Follows a connection until another run takes its place or it cannot go on.
    pub(crate) async fn run(self: Rc<Self>, name: String, mine: u32) {
        loop {
            self.with(&name, |line| {
                (line.activity, line.trouble, line.next_millis) = (Activity::Reading, None, None);
                line.is_called = false;
            });
            self.tell();
            let outcome = self.read_all(&name, mine).await;
            if !self.is_mine(&name, mine) {
                return;
            }
            let wait_secs = match outcome {
                Err(Halt::Overtaken) => return,
                Ok((n_new, n_changed)) => self.end_of_run(&name, n_new, n_changed).await,
                Err(Halt::Trouble(trouble, is_passing)) => {
                    self.with(&name, |line| {
                        line.note(trouble.0.clone());
                        line.trouble = Some(trouble);
                        line.activity = if is_passing { Activity::Waiting } else { Activity::Stopped };
                        line.reading = String::new();
                    });
                    if !is_passing {
                        return self.tell();
                    }
                    let every = self.with(&name, |line| u64::from(line.every_secs)).unwrap_or_default();
                    every.saturating_mul(5).min(LONG_WAIT_SECS)
                }
            };
            let is_called = self.with(&name, |line| line.is_called).unwrap_or_default();
            if !is_called {
                let until = now() + wait_secs * 1_000;
                self.with(&name, |line| line.next_millis = Some(until as f64));
                self.tell();
                self.world.rest(&name, wait_secs * 1_000).await;
            }
            if !self.is_mine(&name, mine) {
                return;
            }
        }
    }

    async fn end_of_run(&self, name: &str, n_new: u64, n_changed: u64) -> u64 {
        let every = self.with(name, |line| {
            line.activity = Activity::Waiting;
            line.reading = String::new();
            line.last_millis = Some(js_sys::Date::now());
            if n_new + n_changed > 0 {
                line.note(count("log.done", n_new, &[&n_changed.to_string()]));
            }
            u64::from(line.every_secs)
        });
        if n_new + n_changed > 0 {
            // Only a sign for people; the next look says the same again.
            self.keep_settings(name).await.ok();
        }
        every.unwrap_or_default()
    }

    /// Reads every list to its end; returns how many items were new, and how many had changed.
    async fn read_all(self: &Rc<Self>, name: &str, mine: u32) -> Result<(u64, u64), Halt> {
        let connection = self.with(name, |line| line.connection.clone()).ok_or(Halt::Overtaken)?;
        let aim = {
            let reached = self.gate.borrow().is_reached;
            if connection.upstream.is_some() && !reached && !self.gate.borrow().token.is_empty() {
                self.reach_gate().await;
            }
            aim::aim(&connection, &self.gate.borrow()).map_err(|trouble| Halt::Trouble(trouble, false))?
        };
        let mut run = self.begin(name, mine, aim).await?;
        let parents = connection.reads.iter().filter(|read| read.parent.is_none());
        let children = connection.reads.iter().filter(|read| read.parent.is_some());
        let order: Vec<Read> = parents.chain(children).cloned().collect();
        let mut outcome = Ok(());
        for read in &order {
            outcome = self.read_one(&mut run, read, &connection).await;
            if outcome.is_err() {
                break;
            }
        }
        if matches!(outcome, Err(Halt::Overtaken)) {
            return Err(Halt::Overtaken);
        }
        self.hand_on(&mut run).await?;
        let drift = run.syncs.iter().flat_map(|(read, sync)| {
            let missing =
                sync.missing_fields().into_iter().map(|field| say("drift.missing", &[read, &field]));
            sync.drift().iter().map(|drift| words::of_drift(read, drift)).chain(missing).collect::<Vec<_>>()
        });
        let drift: Vec<_> = drift.collect();
        self.with(name, |line| {
            if line.generation == mine {
                if !drift.is_empty() {
                    line.drift = drift;
                }
                line.syncs = Some(run.syncs);
            }
        });
        outcome.map(|()| (run.n_new, run.n_changed))
    }

    /// Takes up how far each list was read, from memory or from what is kept.
    async fn begin(&self, name: &str, mine: u32, aim: Aim) -> Result<Run, Halt> {
        let held = self.with(name, |line| line.syncs.take()).flatten();
        let mut anew = BTreeSet::new();
        let mut syncs = BTreeMap::new();
        if let Some(held) = held {
            syncs = held;
            syncs.values_mut().for_each(Sync::again);
        } else {
            // Where the events are gone, all of it is to be read again.
            let has_events = self.world.has_source(name).await?;
            let prefix = format!("{}/", kept::name_of("sync", name, ""));
            let notes: BTreeMap<_, _> = self.world.notes(&prefix).await?.into_iter().collect();
            for read in &aim.connection.reads {
                let note = notes.get(&kept::name_of("sync", name, &read.name)).filter(|_| has_events);
                let saved = note.map(String::as_str);
                let seed = now() ^ (read.name.len() as u64) << 40;
                let made = Sync::new(&aim.connection, &read.name, saved, Vec::new(), seed, now());
                // What was kept of another form of the list is of no use; known items add nothing a second time.
                let made = made.or_else(|_| {
                    anew.insert(read.name.clone());
                    Sync::new(&aim.connection, &read.name, None, Vec::new(), seed, now())
                });
                let sync = made.map_err(|error| {
                    Halt::Trouble(words::trouble("connection", &[&read.name, &error.to_string()]), false)
                })?;
                if saved.is_none_or(|saved| saved.len() > COMPACT_BYTES + sync.n_known() * 100) {
                    anew.insert(read.name.clone());
                }
                syncs.insert(read.name.clone(), sync);
            }
        }
        Ok(Run {
            name: name.to_owned(),
            mine,
            aim,
            syncs,
            anew,
            touched: BTreeSet::new(),
            lines: String::new(),
            handed_at: now(),
            told_at: 0,
            n_new: 0,
            n_changed: 0,
        })
    }

    async fn read_one(
        self: &Rc<Self>,
        run: &mut Run,
        read: &Read,
        connection: &Connection,
    ) -> Result<(), Halt> {
        self.with(&run.name, |line| line.reading.clone_from(&read.name));
        loop {
            if !self.is_mine(&run.name, run.mine) {
                return Err(Halt::Overtaken);
            }
            let Some(sync) = run.syncs.get_mut(&read.name) else { return Ok(()) };
            match sync.step(now()) {
                Step::Done => {
                    return Ok(());
                }
                Step::Stopped(trouble) => {
                    let is_passing = matches!(trouble, Trouble::GaveUp { .. } | Trouble::Budget);
                    return Err(Halt::Trouble(words::of_trouble(&trouble, &read.name), is_passing));
                }
                Step::Wait(until) => {
                    let millis = until.saturating_sub(now());
                    if millis > BATCH_MILLIS {
                        self.hand_on(run).await?;
                        let secs = (millis / 1_000).to_string();
                        self.with(&run.name, |line| {
                            line.next_millis = Some(until as f64);
                            line.note(say("log.wait", &[&secs]));
                        });
                        self.tell();
                    }
                    self.world.rest(&format!("{} pace", run.name), millis).await;
                }
                Step::Ask(request) => {
                    let purpose = ["read", run.name.as_str()];
                    let came =
                        self.world.perform(&run.aim.base, run.aim.token.as_deref(), &request, purpose).await;
                    if !self.is_mine(&run.name, run.mine) {
                        return Err(Halt::Overtaken);
                    }
                    self.take(run, read, connection, came)?;
                }
            }
            if run.lines.len() > BATCH_BYTES || !run.lines.is_empty() && now() > run.handed_at + BATCH_MILLIS
            {
                self.hand_on(run).await?;
            }
        }
    }

    /// Takes what came of a request.
    fn take(
        &self,
        run: &mut Run,
        read: &Read,
        connection: &Connection,
        came: Result<Came, String>,
    ) -> Result<(), Halt> {
        let Some(sync) = run.syncs.get_mut(&read.name) else { return Ok(()) };
        let mut counts = (0, 0, 0);
        match came {
            Err(what) => {
                self.with(&run.name, |line| line.note(say("log.failed", &[&read.name, &what])));
                sync.failed(&what, now());
            }
            Ok(came) => {
                if let Some(code) = came.header("desirepath-proxy").filter(|_| run.aim.token.is_some())
                    && (400..500).contains(&came.status)
                    && !matches!(came.status, 408 | 429)
                {
                    return Err(Halt::Trouble(self.gate_trouble(code, &detail_of(&came.body)), false));
                }
                if came.status >= 400 {
                    let status = came.status.to_string();
                    self.with(&run.name, |line| line.note(say("log.status", &[&read.name, &status])));
                }
                let answer = Answer { status: came.status, headers: &came.headers, body: &came.body };
                let brought = sync.answered(&answer, now());
                counts = (brought.n_items, brought.n_new, brought.n_changed);
                run.lines.push_str(&brought.lines);
                run.touched.insert(read.name.clone());
                for child in &connection.reads {
                    let Some(parent) = child.parent.as_ref().filter(|parent| parent.read == read.name) else {
                        continue;
                    };
                    let targets = Sync::targets_in(parent, &brought.fresh);
                    if let Some(sync) = run.syncs.get_mut(&child.name).filter(|_| !targets.is_empty()) {
                        sync.add_targets(targets);
                        run.touched.insert(child.name.clone());
                    }
                }
            }
        }
        run.n_new += counts.1;
        run.n_changed += counts.2;
        self.with(&run.name, |line| {
            line.next_millis = None;
            if let Some(state) = line.reads.iter_mut().find(|state| state.name == read.name) {
                state.n_items += counts.0;
                state.n_new += counts.1;
                state.n_changed += counts.2;
                state.n_requests += 1;
            }
        });
        if now() > run.told_at + TELL_MILLIS {
            run.told_at = now();
            self.tell();
        }
        Ok(())
    }

    /// Hands events on to the engine, with how far the lists are read: both are kept, or neither is.
    async fn hand_on(&self, run: &mut Run) -> Result<(), Halt> {
        run.handed_at = now();
        if run.lines.is_empty() {
            return Ok(());
        }
        let lines = std::mem::take(&mut run.lines);
        let mut notes = Vec::new();
        for read in std::mem::take(&mut run.touched) {
            let Some(sync) = run.syncs.get_mut(&read) else { continue };
            let name = kept::name_of("sync", &run.name, &read);
            notes.push(if run.anew.remove(&read) {
                let whole = sync.saved();
                sync.take_delta();
                kept::whole(name, format!("{whole}\n"))
            } else {
                kept::more(name, sync.take_delta())
            });
        }
        let plan = Some(plan_of(&run.name));
        let request = Request::Append { name: run.name.clone(), plan, notes: notes.clone() };
        match self.world.engine(&request, Some(lines.as_bytes())).await {
            Ok(Reply::Imported { report }) => {
                self.world.answer(0, Ok(Delivery::Brought { report: Box::new(report) }));
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(failure) => self.without_events(run, notes, failure).await,
        }
    }

    /// Nothing could be made of what came, or nothing can be changed just now.
    async fn without_events(&self, run: &Run, notes: Vec<Note>, failure: Failure) -> Result<(), Halt> {
        for note in notes {
            // Refused here too, the workspace as a whole takes nothing: it is read again later.
            self.world.keep(note).await.map_err(|_| Halt::from(failure.clone()))?;
        }
        self.with(&run.name, |line| line.note(say("log.unusable", &[&failure.message])));
        Ok(())
    }
}

/// Events as the connector writes them.
fn plan_of(name: &str) -> ImportPlan {
    let mut mapping = Mapping::default();
    for column in EVENT_COLUMNS {
        mapping.set(column, Some(column.to_owned()));
    }
    ImportPlan {
        name: name.to_owned(),
        format: FileFormat {
            syntax: Syntax::Ndjson,
            gzip: false,
            encoding: "UTF-8".to_owned(),
            delimiter: None,
            reading: None,
        },
        mapping,
        date_order: DateOrder::DayFirst,
        zone_offset_minutes: 0,
        recipe: String::new(),
        treatments: None,
        renewal: Renewal::default(),
        consent: None,
        keep_for: Vec::new(),
    }
}

/// What the gate says of its own refusal.
pub(crate) fn detail_of(body: &[u8]) -> String {
    let problem = serde_json::from_slice::<serde_json::Value>(body).unwrap_or_default();
    problem["detail"].as_str().unwrap_or_default().to_owned()
}
