//! The worker's end of the wire: one message in, one or more outcomes out.

use crate::{
    jobs::{Job, Jobs},
    message::{self, Message, failure, send},
    opener::{self, Openers},
    reader::{self, Halt},
    storage::{Browser, Keeper},
};
use engine::{Engine, SECRET_BYTES, Terms};
use js_sys::Function;
use protocol::{
    Failure, Outcome, Reply, Request,
    import::{ImportPlan, Reading},
};
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    panic::PanicHookInfo,
    rc::Rc,
};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;

/// Most imports that wait for their turn.
const IMPORTS_WAITING_MAX: usize = 1_000;

/// The engine behind messages.
///
/// Questions are answered at once, also while a file is being read: an import changes the workspace in one step at its end.
/// Imports run one after another, in the order they were asked for.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Bridge(Rc<Shared>);

pub(crate) struct Shared {
    pub(crate) engine: RefCell<Engine>,
    pub(crate) keeper: Keeper,
    openers: Openers,
    jobs: Jobs,
    waiting: RefCell<VecDeque<WaitingImport>>,
    importing: Cell<bool>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Shared").field("jobs", &self.jobs).finish_non_exhaustive()
    }
}

struct WaitingImport {
    job: Job,
    plan: ImportPlan,
    file: Blob,
}

#[wasm_bindgen]
impl Bridge {
    /// Starts the engine and tells the page that it is ready.
    ///
    /// `send` is called with a message and the list of what it transfers; `browser` is the module
    /// `web/storage.js` and `openers` the module `web/opener.js`.
    /// When the engine panics, the page is told as the last thing before the instance ends.
    #[wasm_bindgen(constructor)]
    pub fn new(send: Function, browser: Browser, openers: Openers) -> Bridge {
        message::set_sender(send);
        std::panic::set_hook(Box::new(tell_crash));
        message::send(0, &Outcome::Ready { version: protocol::VERSION }, None);
        Bridge(Rc::new(Shared {
            engine: RefCell::new(Engine::new()),
            keeper: Keeper::new(browser),
            openers,
            jobs: Jobs::default(),
            waiting: RefCell::default(),
            importing: Cell::new(false),
        }))
    }

    /// Takes one message of the page; what it asks for is answered now or later, always exactly once.
    pub fn receive(&self, message: &JsValue) {
        match Message::read(message) {
            Ok(message) => self.0.dispatch(message),
            Err((id, failure)) => send(id, &Outcome::Failed { failure }, None),
        }
    }
}

impl Shared {
    pub(crate) fn dispatch(self: &Rc<Self>, message: Message) {
        let Some(Message { id, request, file, bytes }) = self.keeper.hold(message) else { return };
        if request.is_change() {
            if let Some(failure) = self.keeper.refusal() {
                return answer(id, Err(failure));
            }
            self.make_secret();
        }
        self.tell_time();
        match request {
            Request::Contents { name } => self.look_into(id, name, file),
            Request::Inspect { name, reading } => self.inspect(id, name, reading, file),
            Request::Import { plan } => self.import(id, plan, file),
            Request::Append { name, plan, notes } => {
                let report = self.engine.borrow_mut().append_with_notes(&name, plan, notes, &bytes);
                self.settle(id, report.map(|report| Reply::Imported { report }));
            }
            Request::OpenSample => {
                let reports = self.engine.borrow_mut().open_sample();
                self.settle(id, reports.map(|reports| Reply::SampleImported { reports }));
            }
            Request::Storage { command } => self.store(id, command, file),
            Request::Cancel { id: stopped } => {
                self.jobs.stop(stopped);
                answer(id, Ok(Reply::Done));
            }
            command if command.is_change() => {
                let done = self.engine.borrow_mut().answer(&command);
                self.settle(id, done.map(|done| done.reply));
            }
            question => {
                let answered = self.engine.borrow_mut().answer(&question);
                match answered {
                    Ok(answered) => {
                        send(id, &Outcome::Done { reply: answered.reply }, answered.bulk.as_deref())
                    }
                    Err(failure) => send(id, &Outcome::Failed { failure }, None),
                }
            }
        }
    }

    /// Gives the workspace its secret before the first change, which may be one that needs it.
    fn make_secret(&self) {
        let mut engine = self.engine.borrow_mut();
        if engine.needs_secret()
            && let Ok(bytes) = <[u8; SECRET_BYTES]>::try_from(self.keeper.random_bytes(SECRET_BYTES))
        {
            engine.give_secret(bytes);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the time in microseconds is below 2⁶³ for long")]
    pub(crate) fn tell_time(&self) {
        self.engine.borrow_mut().tell_time((js_sys::Date::now() * 1e3) as i64);
    }

    /// What holds for a file that is about to be read.
    fn terms(&self) -> Terms {
        self.engine.borrow().terms()
    }

    /// Answers what may have changed the workspace, once the change is kept.
    fn settle(self: &Rc<Self>, id: u32, result: Result<Reply, Failure>) {
        match result {
            Ok(reply) => self.save(id, Outcome::Done { reply }),
            Err(failure) => answer(id, Err(failure)),
        }
    }

    /// Files are being read, and one of them may change the workspace at any time.
    pub(crate) fn is_importing(&self) -> bool {
        self.importing.get()
    }

    fn look_into(&self, id: u32, name: String, file: Option<Blob>) {
        let Some((job, file)) = self.begin(id, file) else { return };
        let openers = self.openers.clone();
        spawn_local(async move {
            match opener::contents(&openers, &name, &file).await {
                Ok(contents) => answer(job.id, Ok(Reply::Contents { contents })),
                Err(halt) => tell_halt(job.id, halt),
            }
        });
    }

    fn inspect(self: &Rc<Self>, id: u32, name: String, reading: Option<Reading>, file: Option<Blob>) {
        let Some((job, file)) = self.begin(id, file) else { return };
        let (openers, terms, bridge) = (self.openers.clone(), self.terms(), Rc::clone(self));
        spawn_local(async move {
            let inspected = match reading {
                Some(reading) => opener::inspect(&openers, &job, terms, &name, reading, &file).await,
                None => reader::inspect(&job, terms, &name, &file).await,
            };
            match inspected {
                Ok(mut preview) => {
                    bridge.engine.borrow().propose_renewal(&mut preview);
                    answer(id, Ok(Reply::Preview { preview }));
                }
                Err(halt) => tell_halt(id, halt),
            }
        });
    }

    fn import(self: &Rc<Self>, id: u32, plan: ImportPlan, file: Option<Blob>) {
        if self.waiting.borrow().len() >= IMPORTS_WAITING_MAX {
            let failure =
                failure("Too many files are waiting to be imported.", "Import the rest when these are done.");
            return answer(id, Err(failure));
        }
        let Some((job, file)) = self.begin(id, file) else { return };
        self.waiting.borrow_mut().push_back(WaitingImport { job, plan, file });
        if !self.importing.replace(true) {
            spawn_local(Rc::clone(self).import_all());
        }
    }

    /// Works through the waiting imports, one at a time, until none is left.
    async fn import_all(self: Rc<Self>) {
        loop {
            let next = self.waiting.borrow_mut().pop_front();
            let Some(WaitingImport { job, plan, file }) = next else { break };
            // Another workspace may have been opened since this was asked for.
            self.make_secret();
            let terms = self.terms();
            let parsed = match plan.format.reading.clone() {
                Some(reading) => opener::import(&self.openers, &job, terms, plan, &reading, &file).await,
                None => reader::import(&job, terms, plan, &file).await,
            };
            match parsed {
                Ok(parsed) => {
                    let report = self.engine.borrow_mut().commit(parsed);
                    self.settle(job.id, report.map(|report| Reply::Imported { report }));
                }
                Err(halt) => tell_halt(job.id, halt),
            }
        }
        self.importing.set(false);
    }

    /// Lists long work under its number; a request that cannot begin is answered here.
    fn begin(&self, id: u32, file: Option<Blob>) -> Option<(Job, Blob)> {
        let Some(file) = file else {
            answer(id, Err(failure("No file came with the request to read one.", "Choose the file again.")));
            return None;
        };
        let Some(job) = self.jobs.start(id) else {
            answer(id, Err(failure(format!("Request {id} is already being worked on."), "")));
            return None;
        };
        Some((job, file))
    }
}

fn answer(id: u32, result: Result<Reply, Failure>) {
    let outcome = match result {
        Ok(reply) => Outcome::Done { reply },
        Err(failure) => Outcome::Failed { failure },
    };
    send(id, &outcome, None);
}

fn tell_halt(id: u32, halt: Halt) {
    match halt {
        Halt::Stopped => send(id, &Outcome::Cancelled, None),
        Halt::Failed(failure) => send(id, &Outcome::Failed { failure }, None),
    }
}

/// Tells the page what went wrong and where; the instance ends right after.
fn tell_crash(info: &PanicHookInfo<'_>) {
    let said = info.payload_as_str().unwrap_or("the engine gave no reason");
    let place = info.location().map(|at| format!(" ({}:{})", at.file(), at.line())).unwrap_or_default();
    send(0, &Outcome::Crashed { message: format!("{said}{place}") }, None);
}
