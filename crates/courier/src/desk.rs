//! What there is: the gate, the connections and what each of them does; and the errands of the page.

use crate::{
    kept::{self, GATE},
    sketch::{self, Bench},
    words::{Trouble2, failure, say, trouble},
    world::World,
    write::Drafted,
};
use connector::{Connection, Method, PlannedRequest, Sync};
use protocol::{
    Failure,
    courier::{Activity, ConnectionState, Delivery, Errand, GateState, Overview, ReadState, Receipt},
    sentence::Sentence,
};
use serde_json::{Value, json};
use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    rc::Rc,
};
use wasm_bindgen_futures::spawn_local;

/// Seconds between two looks where nobody says otherwise, and the fewest.
const USUAL_EVERY_SECS: u32 = 60;
const MIN_EVERY_SECS: u32 = 5;
/// Most lines of a connection's log, and most receipts shown.
const MAX_LOG: usize = 60;
const MAX_RECEIPTS: usize = 20;

/// The gate as it is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate {
    pub(crate) address: String,
    pub(crate) token: String,
    pub(crate) is_reached: bool,
    pub(crate) is_heard: bool,
    pub(crate) upstreams: Vec<(String, String, bool)>,
    pub(crate) trouble: Option<Sentence>,
}

/// One connection at work.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) connection: Connection,
    pub(crate) every_secs: u32,
    pub(crate) is_paused: bool,
    pub(crate) activity: Activity,
    pub(crate) reading: String,
    pub(crate) next_millis: Option<f64>,
    pub(crate) last_millis: Option<f64>,
    pub(crate) reads: Vec<ReadState>,
    pub(crate) drift: Vec<Sentence>,
    pub(crate) trouble: Option<Trouble2>,
    pub(crate) log: VecDeque<(f64, Sentence)>,
    pub(crate) receipts: VecDeque<Receipt>,
    /// How far each list is read; none until the first run.
    pub(crate) syncs: Option<BTreeMap<String, Sync>>,
    /// Counts up whenever whoever runs has to end.
    pub(crate) generation: u32,
    /// Something called while it was reading.
    pub(crate) is_called: bool,
}

/// Everything of one workspace.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) world: World,
    pub(crate) gate: RefCell<Gate>,
    pub(crate) lines: RefCell<BTreeMap<String, Line>>,
    pub(crate) bench: RefCell<Option<Bench>>,
    pub(crate) drafted: RefCell<Option<Drafted>>,
}

impl Line {
    fn new(connection: Connection) -> Self {
        let reads = connection.reads.iter().map(|read| ReadState {
            name: read.name.clone(),
            path: read.path.clone(),
            ..ReadState::default()
        });
        Self {
            reads: reads.collect(),
            connection,
            every_secs: USUAL_EVERY_SECS,
            is_paused: true,
            activity: Activity::Idle,
            reading: String::new(),
            next_millis: None,
            last_millis: None,
            drift: Vec::new(),
            trouble: None,
            log: VecDeque::new(),
            receipts: VecDeque::new(),
            syncs: None,
            generation: 0,
            is_called: false,
        }
    }

    pub(crate) fn note(&mut self, what: Sentence) {
        self.log.push_front((js_sys::Date::now(), what));
        self.log.truncate(MAX_LOG);
    }

    pub(crate) fn add_receipt(&mut self, receipt: Receipt) {
        self.receipts.push_front(receipt);
        self.receipts.truncate(MAX_RECEIPTS);
    }

    fn state(&self, name: &str) -> ConnectionState {
        let writes = self.connection.writes.iter();
        ConnectionState {
            name: name.to_owned(),
            server: self.connection.server.clone(),
            upstream: self.connection.upstream.clone(),
            authentication: self.connection.authentication.clone(),
            activity: self.activity,
            reading: self.reading.clone(),
            next_millis: self.next_millis,
            last_millis: self.last_millis,
            every_secs: self.every_secs,
            reads: self.reads.clone(),
            writes: writes.map(|it| (it.name.clone(), it.effect.name().to_owned())).collect(),
            drift: self.drift.clone(),
            trouble: self.trouble.clone(),
            log: self.log.iter().cloned().collect(),
            receipts: self.receipts.iter().cloned().collect(),
        }
    }
}

impl Desk {
    pub(crate) fn new(world: World) -> Self {
        Self {
            world,
            gate: RefCell::default(),
            lines: RefCell::default(),
            bench: RefCell::default(),
            drafted: RefCell::default(),
        }
    }

    /// Reads what is kept, asks the gate, and goes on with every connection that is not paused.
    pub(crate) async fn open(self: Rc<Self>) {
        for line in self.lines.borrow_mut().values_mut() {
            line.generation += 1;
        }
        let mut gate = Gate { address: "/proxy".to_owned(), ..Gate::default() };
        let kept = self.world.notes(GATE).await.unwrap_or_default();
        if let Some(value) = kept.first().and_then(|(_, text)| serde_json::from_str::<Value>(text).ok()) {
            let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
            (gate.address, gate.token) = (text("address"), text("token"));
        }
        let is_same = {
            let known = self.gate.borrow();
            known.address == gate.address && known.token == gate.token && known.is_reached
        };
        let lines = self.read_lines().await;
        {
            let mut known = self.lines.borrow_mut();
            let mut before = std::mem::take(&mut *known);
            *known = lines;
            for (name, line) in known.iter_mut() {
                // Runs that still end somewhere must not take themselves for the new ones.
                if let Some(old) = before.remove(name) {
                    (line.generation, line.log) = (old.generation + 1, old.log);
                }
            }
        }
        if !is_same {
            self.gate.replace(gate);
            if !self.gate.borrow().token.is_empty() {
                self.reach_gate().await;
            }
        }
        let names: Vec<String> = {
            let lines = self.lines.borrow();
            lines.iter().filter(|(_, line)| !line.is_paused).map(|(name, _)| name.clone()).collect()
        };
        for name in names {
            self.start(&name);
        }
        self.tell();
    }

    async fn read_lines(&self) -> BTreeMap<String, Line> {
        let mut lines = BTreeMap::new();
        for (_, text) in self.world.notes("connection/").await.unwrap_or_default() {
            if let Ok(connection) = Connection::parse(&text) {
                lines.insert(connection.name.clone(), Line::new(connection));
            }
        }
        for (name, line) in &mut lines {
            let settings = self.world.notes(&kept::name_of("settings", name, "")).await.unwrap_or_default();
            if let Some(value) =
                settings.first().and_then(|(_, text)| serde_json::from_str::<Value>(text).ok())
            {
                let secs = value["every_secs"].as_u64().and_then(|secs| u32::try_from(secs).ok());
                line.every_secs = secs.unwrap_or(USUAL_EVERY_SECS).max(MIN_EVERY_SECS);
                line.is_paused = value["is_paused"].as_bool().unwrap_or(true);
                line.last_millis = value["last_millis"].as_f64();
                if line.is_paused {
                    line.activity = Activity::Paused;
                }
            }
            let receipts = self.world.notes(&kept::name_of("receipts", name, "")).await.unwrap_or_default();
            for text in receipts.iter().flat_map(|(_, text)| text.lines()) {
                line.receipts.extend(serde_json::from_str::<Receipt>(text).ok());
            }
            line.receipts.make_contiguous().reverse();
            line.receipts.truncate(MAX_RECEIPTS);
        }
        lines
    }

    /// Asks the gate where it leads.
    pub(crate) async fn reach_gate(self: &Rc<Self>) {
        let (address, token) = {
            let gate = self.gate.borrow();
            (gate.address.trim_end_matches('/').to_owned(), gate.token.clone())
        };
        let request = PlannedRequest {
            method: Method::Get,
            path_and_query: "/upstreams".to_owned(),
            headers: Vec::new(),
            body: None,
        };
        let came = self.world.perform(&address, Some(&token), &request, ["gate", ""]).await;
        let found = came.as_ref().ok().filter(|came| came.status == 200);
        let list = found.and_then(|came| serde_json::from_slice::<Value>(&came.body).ok());
        let upstreams = list.as_ref().and_then(|list| list["upstreams"].as_array());
        let trouble = match (&came, upstreams) {
            (_, Some(_)) => None,
            (Ok(came), None) if came.status == 401 => Some(say("gate.denied", &[])),
            (Ok(came), None) => Some(say("gate.strange", &[&address, &came.status.to_string()])),
            (Err(cause), None) => Some(say("gate.silent", &[&address, cause])),
        };
        let is_reached = upstreams.is_some();
        let one = |it: &Value| {
            let text = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
            (text("name"), text("base"), it["needs_consent"].as_bool().unwrap_or_default())
        };
        let upstreams = upstreams.into_iter().flatten().map(one).collect();
        {
            let mut gate = self.gate.borrow_mut();
            (gate.is_reached, gate.upstreams, gate.trouble) = (is_reached, upstreams, trouble);
        }
        if is_reached {
            self.world.listen(&format!("{address}/hints"), &token);
        }
    }

    /// How everything stands.
    pub(crate) fn overview(&self) -> Delivery {
        let gate = self.gate.borrow();
        let overview = Overview {
            gate: GateState {
                address: gate.address.clone(),
                has_token: !gate.token.is_empty(),
                is_reached: gate.is_reached,
                is_heard: gate.is_heard,
                upstreams: gate.upstreams.clone(),
                trouble: gate.trouble.clone(),
            },
            connections: self.lines.borrow().iter().map(|(name, line)| line.state(name)).collect(),
            ready: sketch::ready_made().map(|it| (it.name.clone(), it.server.clone())).collect(),
        };
        Delivery::Overview { overview }
    }

    /// Tells the page how everything stands.
    pub(crate) fn tell(&self) {
        self.world.answer(0, Ok(self.overview()));
    }

    pub(crate) fn with<T>(&self, name: &str, act: impl FnOnce(&mut Line) -> T) -> Option<T> {
        self.lines.borrow_mut().get_mut(name).map(act)
    }

    pub(crate) fn hint(&self, upstream: Option<&str>) {
        let mut woken = Vec::new();
        for (name, line) in self.lines.borrow_mut().iter_mut() {
            let is_meant = upstream.is_none() || line.connection.upstream.as_deref() == upstream;
            if is_meant && !line.is_paused {
                line.is_called = true;
                woken.push(name.clone());
            }
        }
        woken.iter().for_each(|name| self.world.wake(name));
    }

    pub(crate) fn heard(&self, is_heard: bool) {
        self.gate.borrow_mut().is_heard = is_heard;
        self.tell();
    }

    /// Runs an errand.
    pub(crate) async fn run_errand(
        self: &Rc<Self>,
        errand: Errand,
        bytes: Vec<u8>,
    ) -> Result<Delivery, Failure> {
        match errand {
            Errand::Overview => {}
            Errand::SetGate { address, token } => self.set_gate(address, token).await?,
            Errand::ReadDocument { upstream, path } => {
                return self.read_document(&upstream, &path, bytes).await;
            }
            Errand::Search { text } => {
                return Ok(Delivery::Offers { offers: self.on_bench(|bench| bench.offers(&text))? });
            }
            Errand::Choose { operation, is_chosen } => {
                self.on_bench(|bench| bench.choose(operation as usize, is_chosen))?;
                return self.sketch();
            }
            Errand::Edit { of } => {
                let bench = self.bench_of(of)?;
                self.bench.replace(Some(bench));
                return self.sketch();
            }
            Errand::Correct { part, value } => {
                self.on_bench(|bench| bench.correct(&part, &value))??;
                return self.sketch();
            }
            Errand::Save => self.save().await?,
            Errand::Remove { name } => self.remove(&name).await?,
            Errand::File { name } => {
                let text =
                    self.with(&name, |line| line.connection.to_text()).ok_or_else(|| unknown(&name))?;
                let file_name = format!("{}.connection.json", name.to_lowercase().replace([' ', '/'], "-"));
                return Ok(Delivery::Text { file_name, text });
            }
            Errand::Sync { name } => {
                if !self.gate.borrow().is_reached && !self.gate.borrow().token.is_empty() {
                    self.reach_gate().await;
                }
                self.with(&name, |line| line.is_paused = false).ok_or_else(|| unknown(&name))?;
                self.keep_settings(&name).await?;
                self.start(&name);
            }
            Errand::Pause { name } => {
                self.pause(&name);
                self.keep_settings(&name).await?;
            }
            Errand::Every { name, secs } => {
                self.with(&name, |line| line.every_secs = secs.max(MIN_EVERY_SECS));
                self.keep_settings(&name).await?;
                self.world.wake(&name);
            }
            Errand::Form { name, write } => return self.form(&name, &write),
            Errand::Fill { name, write, values } => return self.fill(&name, &write, values),
            Errand::Send { is_trial } => return self.send(is_trial).await,
            // Answered where the requests are made.
            Errand::Calls => return Ok(Delivery::Calls { calls: Vec::new() }),
        }
        Ok(self.overview())
    }

    async fn set_gate(self: &Rc<Self>, address: String, token: String) -> Result<(), Failure> {
        let is_web = address.starts_with('/') && !address.starts_with("//")
            || address.starts_with("https://")
            || address.starts_with("http://");
        if !is_web {
            let message = format!("“{address}” is not the address of a gate.");
            return Err(failure(message, "Write /proxy for a gate on this site, or the whole address."));
        }
        let token =
            if token.trim().is_empty() { self.gate.borrow().token.clone() } else { token.trim().to_owned() };
        let note = kept::whole(GATE.to_owned(), json!({"address": address, "token": token}).to_string());
        self.gate.replace(Gate { address, token, ..Gate::default() });
        self.reach_gate().await;
        self.world.keep(note).await?;
        let waiting: Vec<String> = {
            let lines = self.lines.borrow();
            let stuck = |line: &Line| !line.is_paused && line.activity == Activity::Stopped;
            lines.iter().filter(|(_, line)| stuck(line)).map(|(name, _)| name.clone()).collect()
        };
        waiting.iter().for_each(|name| self.start(name));
        Ok(())
    }

    fn on_bench<T>(&self, act: impl FnOnce(&mut Bench) -> T) -> Result<T, Failure> {
        let mut bench = self.bench.borrow_mut();
        bench
            .as_mut()
            .map(act)
            .ok_or_else(|| failure("There is no sketch to work on.", "Read a document first."))
    }

    fn sketch(&self) -> Result<Delivery, Failure> {
        let upstreams: Vec<String> =
            self.gate.borrow().upstreams.iter().map(|(name, _, _)| name.clone()).collect();
        Ok(Delivery::Sketch { sketch: self.on_bench(|bench| bench.shown(&upstreams))? })
    }

    fn bench_of(&self, of: protocol::courier::SketchOf) -> Result<Bench, Failure> {
        use protocol::courier::SketchOf;
        match of {
            SketchOf::Kept(name) => {
                let connection = self.with(&name, |line| line.connection.clone());
                let connection = connection.ok_or_else(|| unknown(&name))?;
                Ok(Bench::of(connection, Some(name)))
            }
            SketchOf::Ready(name) => {
                let found = sketch::ready_made().find(|it| it.name == name).ok_or_else(|| unknown(&name))?;
                let mut bench = Bench::of(found, None);
                bench.aim_at(&self.gate.borrow().upstreams);
                Ok(bench)
            }
            SketchOf::Text(text) => {
                let connection = Connection::parse(&text).map_err(|error| {
                    failure(format!("{error}."), "Choose the file of a connection, as it was saved here.")
                })?;
                let mut bench = Bench::of(connection, None);
                bench.aim_at(&self.gate.borrow().upstreams);
                Ok(bench)
            }
        }
    }

    async fn read_document(
        self: &Rc<Self>,
        upstream: &str,
        path: &str,
        bytes: Vec<u8>,
    ) -> Result<Delivery, Failure> {
        let bytes = if path.is_empty() { bytes } else { self.fetch_document(upstream, path).await? };
        let began = js_sys::Date::now();
        let mut bench = Bench::read(&bytes).map_err(|error| {
            failure(format!("{error}."), "Choose the OpenAPI document of the system, JSON or YAML.")
        })?;
        bench.took(js_sys::Date::now() - began);
        bench.aim_at(&self.gate.borrow().upstreams);
        if !upstream.is_empty() {
            bench.came_from(upstream, &self.gate.borrow().upstreams);
        }
        self.bench.replace(Some(bench));
        self.sketch()
    }

    async fn fetch_document(&self, upstream: &str, path: &str) -> Result<Vec<u8>, Failure> {
        let (base, token) = {
            let gate = self.gate.borrow();
            let address = gate.address.trim_end_matches('/').to_owned();
            if upstream.is_empty() {
                (String::new(), None)
            } else {
                (format!("{address}/to/{upstream}"), Some(gate.token.clone()))
            }
        };
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let request = PlannedRequest {
            method: Method::Get,
            path_and_query: path.clone(),
            headers: Vec::new(),
            body: None,
        };
        let came = self.world.perform(&base, token.as_deref(), &request, ["document", upstream]).await;
        let refused = |what: String| {
            failure(
                format!("The document at {path} could not be had: {what}."),
                "Check the path, and whether the gate allows it; or open the document as a file.",
            )
        };
        match came {
            Ok(came) if came.status == 200 => Ok(came.body),
            Ok(came) => Err(refused(format!("status {}", came.status))),
            Err(cause) => Err(refused(cause)),
        }
    }

    async fn save(self: &Rc<Self>) -> Result<(), Failure> {
        let (connection, replaces) = self.on_bench(|bench| bench.finished())??;
        let name = connection.name.clone();
        let is_other = replaces.as_deref() != Some(name.as_str());
        if is_other && self.lines.borrow().contains_key(&name) {
            let message = format!("There is a connection “{name}” already.");
            return Err(failure(message, "Give this one another name."));
        }
        self.world.keep(kept::whole(kept::name_of("connection", &name, ""), connection.to_text())).await?;
        if let Some(old) = replaces.filter(|old| *old != name) {
            self.remove(&old).await?;
        }
        let mut line = Line::new(connection);
        if let Some(old) = self.lines.borrow_mut().remove(&name) {
            (line.generation, line.log, line.receipts) = (old.generation + 1, old.log, old.receipts);
            (line.every_secs, line.is_paused, line.last_millis) =
                (old.every_secs, old.is_paused, old.last_millis);
        }
        let is_paused = line.is_paused;
        self.lines.borrow_mut().insert(name.clone(), line);
        self.bench.replace(None);
        if !is_paused {
            self.start(&name);
        }
        Ok(())
    }

    async fn remove(self: &Rc<Self>, name: &str) -> Result<(), Failure> {
        self.pause(name);
        self.lines.borrow_mut().remove(name);
        for kind in ["connection", "settings", "receipts"] {
            self.world.keep(kept::whole(kept::name_of(kind, name, ""), String::new())).await?;
        }
        let prefix = format!("{}/", kept::name_of("sync", name, ""));
        for (note, _) in self.world.notes(&prefix).await? {
            self.world.keep(kept::whole(note, String::new())).await?;
        }
        Ok(())
    }

    pub(crate) async fn keep_settings(&self, name: &str) -> Result<(), Failure> {
        let settings = self.with(name, |line| {
            json!({"every_secs": line.every_secs, "is_paused": line.is_paused, "last_millis": line.last_millis})
        });
        let Some(settings) = settings else { return Err(unknown(name)) };
        self.world.keep(kept::whole(kept::name_of("settings", name, ""), settings.to_string())).await
    }

    fn pause(&self, name: &str) {
        self.with(name, |line| {
            line.generation += 1;
            line.is_paused = true;
            line.next_millis = None;
            line.activity = Activity::Paused;
            // What was read but not handed on is read again.
            line.syncs = None;
        });
        self.world.wake(name);
    }

    /// Begins to follow a connection, or reads now what it would read later.
    pub(crate) fn start(self: &Rc<Self>, name: &str) {
        let run = self.with(name, |line| {
            line.is_called = true;
            if line.activity == Activity::Reading || line.activity == Activity::Waiting {
                return None;
            }
            line.generation += 1;
            line.activity = Activity::Reading;
            Some(line.generation)
        });
        match run.flatten() {
            Some(mine) => spawn_local(Rc::clone(self).run(name.to_owned(), mine)),
            None => self.world.wake(name),
        }
    }

    /// The gate's trouble as that of a connection.
    pub(crate) fn gate_trouble(&self, code: &str, detail: &str) -> Trouble2 {
        let known = ["no-access", "not-allowed", "no-such-upstream", "needs-consent", "no-connection"];
        let key = known
            .iter()
            .find(|known| **known == code)
            .map_or("gate".to_owned(), |code| format!("gate.{}", code.replace('-', "_")));
        trouble(&key, &[detail])
    }
}

pub(crate) fn unknown(name: &str) -> Failure {
    failure(format!("There is no connection “{name}”."), "Choose one of the list.")
}
