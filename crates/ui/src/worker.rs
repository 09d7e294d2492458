//! The client of the engine's Web Worker: typed questions, progress, cancellation, and what happens when it crashes.

use crate::{
    oneshot::{self, Sender},
    text::Text,
};
use js_sys::{Array, ArrayBuffer, Function, Object, Reflect, Uint8Array};
use protocol::{
    Envelope, Failure, MapQuery, Request, Selection,
    audit::SourceAudit,
    bulk,
    courier::{Delivery, Errand},
    figure::Figure,
    history::{Deed, SegmentSize, View},
    identity::{IdentityAnswer, IdentityQuestion, LinkSummary},
    import::{Contents, ImportPlan, ImportReport, KeptMapping, Part, Preview, Progress, SourceSummary},
    privacy,
    question::Question,
    report::{Card, Report},
    sentence::Sentence,
    storage::{StorageCommand, StorageState},
    view::{CaseList, GraphTable, JourneyMapView, Timeline, VariantList},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::{Rc, Weak},
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Blob, ErrorEvent, Event, MessageEvent, Worker};

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It could not be done; nothing was changed.
    Failed(Failure),
    /// It was stopped as asked.
    Cancelled,
    /// The worker is gone, by a crash or because the widget was removed; the crash screen tells.
    Gone,
}

impl Fault {
    pub(crate) fn unexpected(what: &str) -> Self {
        Self::Failed(Failure {
            message: format!("The engine gave an answer of another kind ({what})."),
            advice: String::new(),
        })
    }
}

/// What travels beside a request.
#[derive(Clone, Debug)]
pub(crate) enum Attachment {
    /// Nothing.
    None,
    /// A file, read by the worker chunk by chunk.
    File(Blob),
    /// Bytes, moved to the worker.
    Bytes(ArrayBuffer),
}

/// An answer with what came beside it. What is in the reply is read where it is needed, so that no room brings along how to
/// read the replies of the others.
struct Answered {
    /// A [`protocol::Reply`] as it crossed.
    reply: JsValue,
    bulk: Option<Vec<u8>>,
    file: Option<Blob>,
}

/// A [`Delivery`] as it crossed.
pub(crate) struct Delivered(JsValue);

impl Delivered {
    /// A field of it, when it is this one.
    pub(crate) fn part<T: DeserializeOwned>(&self, delivery: &str, field: &str) -> Option<T> {
        read(&member(&member(&self.0, delivery), field)).ok()
    }
}

type OnProgress = Rc<dyn Fn(Progress)>;
type OnCrash = Rc<dyn Fn(String)>;
type OnStorage = Rc<dyn Fn(StorageState)>;
type OnGlance = Rc<dyn Fn(JourneyMapView)>;
type OnDelivery = Rc<dyn Fn(Delivered)>;

struct Pending {
    answer: Sender<Result<Answered, Fault>>,
    on_progress: Option<OnProgress>,
}

/// A worker that runs, with the listeners that must live as long as it does.
struct Live {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl Drop for Live {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

struct Inner {
    text: Text,
    spawn: Function,
    live: RefCell<Option<Live>>,
    next_id: Cell<u32>,
    pending: RefCell<HashMap<u32, Pending>>,
    on_crash: OnCrash,
    on_storage: OnStorage,
    on_glance: OnGlance,
    on_delivery: OnDelivery,
    errands: RefCell<HashMap<u32, Sender<Result<Delivered, Fault>>>>,
}

/// The page's end of the wire; clones share one worker.
#[derive(Clone)]
pub(crate) struct Client(Rc<Inner>);

impl Client {
    /// Starts a worker with the function the host page gave.
    pub(crate) fn new(
        spawn: Function,
        text: Text,
        on_crash: impl Fn(String) + 'static,
        on_storage: impl Fn(StorageState) + 'static,
        on_glance: impl Fn(JourneyMapView) + 'static,
        on_delivery: impl Fn(Delivered) + 'static,
    ) -> Self {
        let client = Self(Rc::new(Inner {
            spawn,
            text,
            live: RefCell::new(None),
            next_id: Cell::new(1),
            pending: RefCell::new(HashMap::new()),
            on_crash: Rc::new(on_crash),
            on_storage: Rc::new(on_storage),
            on_glance: Rc::new(on_glance),
            on_delivery: Rc::new(on_delivery),
            errands: RefCell::default(),
        }));
        client.start();
        client
    }

    /// Ends the worker there is, if any, and starts a new, empty one.
    pub(crate) fn start(&self) {
        self.stop();
        let made = self.0.spawn.call0(&JsValue::NULL).and_then(|value| value.dyn_into::<Worker>());
        let worker = match made {
            Ok(worker) => worker,
            Err(cause) => return crash(&self.0, &describe(&cause)),
        };
        let weak = Rc::downgrade(&self.0);
        let on_message = Closure::new(move |event: MessageEvent| receive(&weak, &event.data()));
        let weak = Rc::downgrade(&self.0);
        let on_error = Closure::new(move |event: Event| {
            event.prevent_default();
            let message =
                event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).filter(|text| !text.is_empty());
            let message = message.unwrap_or_else(|| format!("The worker reported: {}", event.type_()));
            if let Some(inner) = weak.upgrade() {
                crash(&inner, &message);
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onmessageerror(Some(on_error.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        self.0.live.replace(Some(Live { worker, _on_message: on_message, _on_error: on_error }));
    }

    /// Ends the worker; every open question gets [`Fault::Gone`].
    pub(crate) fn stop(&self) {
        drop(self.0.live.take());
        release(&self.0);
    }

    /// Stops the work of a request, if it still goes on.
    pub(crate) fn cancel(&self, id: u32) {
        let cancel_id = self.take_id();
        // Nothing waits for the answer: the request that is stopped answers for itself.
        if self.post(cancel_id, &Request::Cancel { id }, &Attachment::None).is_err() {
            crash(&self.0, "A message could not be sent to the worker.");
        }
    }

    fn take_id(&self) -> u32 {
        let id = self.0.next_id.get();
        self.0.next_id.set(id.checked_add(1).unwrap_or(1));
        id
    }

    fn post(&self, id: u32, request: &Request, attachment: &Attachment) -> Result<(), JsValue> {
        let envelope = Envelope { version: protocol::VERSION, id, request: request.clone() };
        let message = envelope.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?;
        self.post_message(&message, attachment)
    }

    fn post_message(&self, message: &JsValue, attachment: &Attachment) -> Result<(), JsValue> {
        let moved = Array::new();
        match attachment {
            Attachment::None => {}
            Attachment::File(file) => {
                Reflect::set(message, &"file".into(), file)?;
            }
            Attachment::Bytes(bytes) => {
                Reflect::set(message, &"bytes".into(), bytes)?;
                moved.push(bytes);
            }
        }
        let live = self.0.live.borrow();
        let live = live.as_ref().ok_or(JsValue::NULL)?;
        live.worker.post_message_with_transfer(message, &moved)
    }

    /// Runs an errand of the courier, with a file where it needs one.
    pub(crate) async fn errand(&self, errand: Errand, file: Option<Blob>) -> Result<Delivery, Fault> {
        read(&self.send_errand(errand, file).await?.0)
    }

    /// The same, with the answer as it crossed.
    pub(crate) async fn send_errand(&self, errand: Errand, file: Option<Blob>) -> Result<Delivered, Fault> {
        let id = self.take_id();
        let (answer, receiver) = oneshot::channel();
        self.0.errands.borrow_mut().insert(id, answer);
        let message = Object::new();
        let sent = errand
            .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
            .map_err(JsValue::from)
            .and_then(|errand| {
                Reflect::set(&message, &"id".into(), &id.into())?;
                Reflect::set(&message, &"errand".into(), &errand)?;
                self.post_message(&message, &file.map_or(Attachment::None, Attachment::File))
            });
        if let Err(cause) = sent {
            self.0.errands.borrow_mut().remove(&id);
            let failure = Failure { message: describe(&cause), advice: String::new() };
            return Err(if cause.is_null() { Fault::Gone } else { Fault::Failed(failure) });
        }
        receiver.await.unwrap_or(Err(Fault::Gone))
    }

    /// Whether the workspace has connections, without loading what follows them.
    pub(crate) async fn has_connections(&self) -> bool {
        let request = Request::Notes { prefix: "connection/".to_owned() };
        let answered = self.ask(request, Attachment::None, None).1.await;
        let notes =
            answered.and_then(|answered| of_reply::<Vec<(String, String)>>(&answered, "notes", "notes"));
        notes.is_ok_and(|notes| !notes.is_empty())
    }

    /// Sends a request and tells its id, so that it can be cancelled while its answer is awaited.
    fn ask(
        &self,
        request: Request,
        attachment: Attachment,
        on_progress: Option<OnProgress>,
    ) -> (u32, impl Future<Output = Result<Answered, Fault>> + use<>) {
        let id = self.take_id();
        let (answer, receiver) = oneshot::channel();
        self.0.pending.borrow_mut().insert(id, Pending { answer, on_progress });
        if let Err(cause) = self.post(id, &request, &attachment) {
            let pending = self.0.pending.borrow_mut().remove(&id);
            if let Some(pending) = pending {
                let failure = Failure { message: describe(&cause), advice: String::new() };
                pending.answer.send(Err(if cause.is_null() { Fault::Gone } else { Fault::Failed(failure) }));
            }
        }
        (id, async move { receiver.await.unwrap_or(Err(Fault::Gone)) })
    }

    async fn bulk<T>(&self, request: Request, decode: fn(&[u8]) -> Result<T, String>) -> Result<T, Fault> {
        let (_, answer) = self.ask(request, Attachment::None, None);
        let bytes = answer.await?.bulk.ok_or_else(|| Fault::unexpected("no data"))?;
        decode(&bytes).map_err(|cause| Fault::unexpected(&cause))
    }

    /// Draws the map.
    pub(crate) async fn map(&self, query: MapQuery) -> Result<JourneyMapView, Fault> {
        self.bulk(Request::Map { query }, |bytes| bulk::decode(bytes).map_err(|cause| cause.to_string()))
            .await
    }

    /// Lists all activities and edges.
    pub(crate) async fn graph(&self) -> Result<GraphTable, Fault> {
        self.bulk(Request::Graph, |bytes| bulk::decode(bytes).map_err(|cause| cause.to_string())).await
    }

    /// Lists variants.
    pub(crate) async fn variants(&self, offset: u32, limit: u32) -> Result<VariantList, Fault> {
        let request = Request::Variants { offset, limit };
        self.bulk(request, |bytes| bulk::decode(bytes).map_err(|cause| cause.to_string())).await
    }

    /// Lists cases behind a mark.
    pub(crate) async fn cases(
        &self,
        selection: Selection,
        offset: u32,
        limit: u32,
    ) -> Result<CaseList, Fault> {
        let request = Request::Cases { selection, offset, limit };
        self.bulk(request, |bytes| bulk::decode(bytes).map_err(|cause| cause.to_string())).await
    }

    /// Shows one case with all its events.
    pub(crate) async fn case(&self, customer: String) -> Result<Timeline, Fault> {
        self.bulk(Request::Case { customer }, |bytes| bulk::decode(bytes).map_err(|cause| cause.to_string()))
            .await
    }

    /// Answers a question.
    pub(crate) async fn answer(&self, question: Question) -> Result<Report<Sentence>, Fault> {
        let request = Request::Ask { question: Box::new(question) };
        self.bulk(request, |bytes| bulk::decode(bytes).map_err(|cause| cause.to_string())).await
    }

    /// Says how a figure came about.
    pub(crate) async fn card(&self, figure: Figure) -> Result<Card<Sentence>, Fault> {
        let request = Request::Card { figure: Box::new(figure) };
        self.bulk(request, |bytes| bulk::decode(bytes).map_err(|cause| cause.to_string())).await
    }

    /// Lists the sources.
    pub(crate) async fn sources(&self) -> Result<Vec<SourceSummary>, Fault> {
        of_reply(&self.ask(Request::Sources, Attachment::None, None).1.await?, "sources", "sources")
    }

    /// Returns the rejected records of a source: file name and CSV text.
    pub(crate) async fn rejects(&self, source: u32) -> Result<(String, String), Fault> {
        let answered = self.ask(Request::Rejects { source }, Attachment::None, None).1.await?;
        Ok((of_reply(&answered, "text", "file_name")?, of_reply(&answered, "text", "text")?))
    }

    /// Sends a command that answers with nothing but that it is done.
    pub(crate) async fn command(&self, request: Request) -> Result<(), Fault> {
        let answered = self.ask(request, Attachment::None, None).1.await?;
        if kind(&answered) == "done" { Ok(()) } else { Err(Fault::unexpected("done")) }
    }

    /// Asks something of the place where the workspace is kept, with a file where the command needs one.
    pub(crate) async fn storage(
        &self,
        command: StorageCommand,
        file: Option<Blob>,
    ) -> Result<StorageState, Fault> {
        let attachment = file.map_or(Attachment::None, Attachment::File);
        of_reply(&self.ask(Request::Storage { command }, attachment, None).1.await?, "storage", "state")
    }

    /// The whole workspace as one encrypted file, with a name for it.
    pub(crate) async fn export(&self, passphrase: String) -> Result<(String, Blob), Fault> {
        let request = Request::Storage { command: StorageCommand::Export { passphrase } };
        let answered = self.ask(request, Attachment::None, None).1.await?;
        let file_name = of_reply(&answered, "file", "file_name")?;
        answered.file.map(|file| (file_name, file)).ok_or_else(|| Fault::unexpected("file"))
    }

    /// Sends a command whose answer may also say what was taken back or done again; of who is one it says what it did.
    pub(crate) async fn perform(&self, request: Request) -> Result<Option<LinkSummary>, Fault> {
        let answered = self.ask(request, Attachment::None, None).1.await?;
        match kind(&answered).as_str() {
            "done" | "history" | "erased" | "expiring" => Ok(None),
            _ => of_reply(&answered, "linked", "summary").map(Some),
        }
    }

    /// Says what can be taken back and what can be done again.
    pub(crate) async fn history(&self) -> Result<(Option<Deed>, Option<Deed>), Fault> {
        let answered = self.ask(Request::History, Attachment::None, None).1.await?;
        Ok((of_reply(&answered, "history", "undo")?, of_reply(&answered, "history", "redo")?))
    }

    /// Lists the views.
    pub(crate) async fn views(&self) -> Result<Vec<View>, Fault> {
        of_reply(&self.ask(Request::Views, Attachment::None, None).1.await?, "views", "views")
    }

    /// Says what was decided about personal data.
    pub(crate) async fn privacy(&self) -> Result<privacy::State, Fault> {
        of_reply(&self.ask(Request::Privacy, Attachment::None, None).1.await?, "privacy", "state")
    }

    /// How far each source can be trusted.
    pub(crate) async fn audits(&self) -> Result<Vec<SourceAudit>, Fault> {
        of_reply(&self.ask(Request::Audit, Attachment::None, None).1.await?, "audit", "audits")
    }

    /// All that is held on a customer.
    pub(crate) async fn held(&self, customer: String) -> Result<privacy::Held, Fault> {
        of_reply(&self.ask(Request::Held { customer }, Attachment::None, None).1.await?, "held", "held")
    }

    /// Erases a customer for good.
    pub(crate) async fn erase(&self, customer: String) -> Result<privacy::Receipt, Fault> {
        of_reply(&self.ask(Request::Erase { customer }, Attachment::None, None).1.await?, "erased", "receipt")
    }

    /// What retention periods remove, or have removed.
    pub(crate) async fn expiring(&self, request: Request) -> Result<Vec<privacy::Expiring>, Fault> {
        of_reply(&self.ask(request, Attachment::None, None).1.await?, "expiring", "sources")
    }

    /// Lists the mappings of a person's own.
    pub(crate) async fn mappings(&self) -> Result<Vec<KeptMapping>, Fault> {
        of_reply(&self.ask(Request::Mappings, Attachment::None, None).1.await?, "mappings", "mappings")
    }

    /// Lists the segments with their sizes.
    pub(crate) async fn segments(&self) -> Result<Vec<SegmentSize>, Fault> {
        of_reply(&self.ask(Request::Segments, Attachment::None, None).1.await?, "segments", "segments")
    }

    /// Asks who is one.
    pub(crate) async fn identity(&self, question: IdentityQuestion) -> Result<IdentityAnswer, Fault> {
        of_reply(
            &self.ask(Request::Identity { question }, Attachment::None, None).1.await?,
            "identity",
            "answer",
        )
    }

    /// Says what is in a file.
    pub(crate) async fn contents(&self, name: String, file: Blob) -> Result<Contents, Fault> {
        of_reply(
            &self.ask(Request::Contents { name }, Attachment::File(file), None).1.await?,
            "contents",
            "contents",
        )
    }

    /// Reads the beginning of a file and guesses its mapping; the id is for [`Client::cancel`].
    pub(crate) fn inspect(
        &self,
        part: Part,
        file: Blob,
    ) -> (u32, impl Future<Output = Result<Preview, Fault>> + use<>) {
        let Part { name, reading } = part;
        let (id, answer) = self.ask(Request::Inspect { name, reading }, Attachment::File(file), None);
        (id, async move { of_reply(&answer.await?, "preview", "preview") })
    }

    /// Imports a file; the id is for [`Client::cancel`].
    pub(crate) fn import<F: Fn(Progress) + 'static>(
        &self,
        plan: ImportPlan,
        file: Blob,
        on_progress: F,
    ) -> (u32, impl Future<Output = Result<ImportReport, Fault>> + use<F>) {
        let (id, answer) =
            self.ask(Request::Import { plan }, Attachment::File(file), Some(Rc::new(on_progress)));
        (id, async move { of_reply(&answer.await?, "imported", "report") })
    }

    /// Adds events given as JSON bytes, which are moved to the worker.
    pub(crate) async fn append(&self, name: String, bytes: ArrayBuffer) -> Result<ImportReport, Fault> {
        let request = Request::Append { name, plan: None, notes: Vec::new() };
        of_reply(&self.ask(request, Attachment::Bytes(bytes), None).1.await?, "imported", "report")
    }

    /// Makes and imports the sample company.
    pub(crate) async fn open_sample(&self) -> Result<Vec<ImportReport>, Fault> {
        of_reply(
            &self.ask(Request::OpenSample, Attachment::None, None).1.await?,
            "sample_imported",
            "reports",
        )
    }
}

/// What an enumeration on the wire is: its name alone, or the only field of an object.
fn name_of(value: &JsValue) -> String {
    let only = || value.dyn_ref::<Object>().and_then(|object| Object::keys(object).get(0).as_string());
    value.as_string().or_else(only).unwrap_or_default()
}

fn kind(answered: &Answered) -> String {
    name_of(&answered.reply)
}

/// A field of the reply that was expected.
fn of_reply<T: DeserializeOwned>(answered: &Answered, reply: &str, field: &str) -> Result<T, Fault> {
    let inside = member(&answered.reply, reply);
    if inside.is_undefined() {
        return Err(Fault::unexpected(&format!("{} instead of {reply}", kind(answered))));
    }
    read(&member(&inside, field))
}

fn member(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

fn read<T: DeserializeOwned>(value: &JsValue) -> Result<T, Fault> {
    serde_wasm_bindgen::from_value(value.clone()).map_err(|cause| Fault::unexpected(&cause.to_string()))
}

/// Handles one message of the worker.
fn receive(weak: &Weak<Inner>, data: &JsValue) {
    let Some(inner) = weak.upgrade() else { return };
    let id = read::<u32>(&member(data, "id")).unwrap_or(0);
    let (delivery, refused) = (member(data, "delivery"), member(data, "refused"));
    if !delivery.is_undefined() || refused.is_object() {
        return deliver(&inner, id, delivery, refused);
    }
    let outcome = member(data, "outcome");
    let name = name_of(&outcome);
    let inside = member(&outcome, &name);
    if let Err(fault) = take(&inner, id, data, &name, &inside) {
        crash(&inner, &format!("The worker sent a message that cannot be read: {fault:?}"));
    }
}

/// Takes one [`protocol::Outcome`] by its name and what is in it.
fn take(inner: &Inner, id: u32, data: &JsValue, name: &str, inside: &JsValue) -> Result<(), Fault> {
    match name {
        "ready" => {
            let version = read::<u32>(&member(inside, "version"))?;
            if version != protocol::VERSION {
                crash(inner, &versions_differ(version));
            }
        }
        "crashed" => crash(inner, &read::<String>(&member(inside, "message"))?),
        "storage" => (inner.on_storage)(read(&member(inside, "state"))?),
        "glance" => {
            let bytes = member(data, "bulk")
                .dyn_into::<ArrayBuffer>()
                .map(|buffer| Uint8Array::new(&buffer).to_vec());
            // It only saves a wait, which is not worth a message.
            if let Some(view) = bytes.ok().and_then(|bytes| bulk::decode(&bytes).ok()) {
                (inner.on_glance)(view);
            }
        }
        "progress" => {
            let progress = read(&member(inside, "progress"))?;
            let listener = inner.pending.borrow().get(&id).and_then(|pending| pending.on_progress.clone());
            if let Some(listener) = listener {
                listener(progress);
            }
        }
        "done" => {
            let bulk = member(data, "bulk").dyn_into::<ArrayBuffer>().ok();
            let bulk = bulk.map(|buffer| Uint8Array::new(&buffer).to_vec());
            let file = member(data, "file").dyn_into::<Blob>().ok();
            settle(inner, id, Ok(Answered { reply: member(inside, "reply"), bulk, file }));
        }
        "failed" => {
            let failure = read(&member(inside, "failure"))?;
            settle(inner, id, Err(Fault::Failed(inner.text.failure(&failure))));
        }
        "cancelled" => settle(inner, id, Err(Fault::Cancelled)),
        other => return Err(Fault::unexpected(other)),
    }
    Ok(())
}

/// Handles what the courier says.
fn deliver(inner: &Inner, id: u32, delivery: JsValue, refused: JsValue) {
    let said = if delivery.is_undefined() {
        Err(read(&refused).map_or_else(|fault| fault, Fault::Failed))
    } else {
        Ok(Delivered(delivery))
    };
    if id == 0 {
        if let Ok(delivered) = said {
            (inner.on_delivery)(delivered);
        }
        return;
    }
    let waiting = inner.errands.borrow_mut().remove(&id);
    if let Some(waiting) = waiting {
        waiting.send(said);
    }
}

fn settle(inner: &Inner, id: u32, result: Result<Answered, Fault>) {
    let pending = inner.pending.borrow_mut().remove(&id);
    if let Some(pending) = pending {
        pending.answer.send(result);
    }
}

/// Ends the worker and tells the page once; later messages of the same worker find nobody.
fn crash(inner: &Inner, message: &str) {
    drop(inner.live.take());
    (inner.on_crash)(message.to_owned());
    release(inner);
}

/// Gives up every open question.
fn release(inner: &Inner) {
    let open = inner.pending.take();
    for (_, pending) in open {
        pending.answer.send(Err(Fault::Gone));
    }
    for (_, answer) in inner.errands.take() {
        answer.send(Err(Fault::Gone));
    }
}

fn versions_differ(version: u32) -> String {
    format!(
        "The page speaks protocol {}, its worker {version}: an old file is cached. Reload the page.",
        protocol::VERSION
    )
}

/// Says in words what a JavaScript exception says.
pub(crate) fn describe(cause: &JsValue) -> String {
    if let Some(text) = cause.as_string() {
        return text;
    }
    let message = cause.dyn_ref::<Object>().and_then(|error| Reflect::get(error, &"message".into()).ok());
    message.and_then(|text| text.as_string()).unwrap_or_else(|| format!("{cause:?}"))
}
