//! Hints: "something changed there", from an upstream's webhook to every connected tab, by server-sent events.
//!
//! A hint names the upstream and nothing else, least of all what changed: the tab asks for that itself, from its own cursor.
//! So a hint that nobody hears loses nothing, and two that come together may become one.

use crate::{problem::Problem, record::Record};
use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use hyper::StatusCode;
use std::{
    collections::HashMap,
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::sync::{broadcast, mpsc, watch};

/// Hints that wait for a slow tab; one that is further behind is told so.
const HINTS_MAX: usize = 64;
/// Pause after which a quiet stream shows that it lives.
const QUIET: Duration = Duration::from_secs(15);

/// One hint.
#[derive(Clone, Copy, Debug)]
struct Hint {
    sequence: u64,
    upstream: &'static str,
    webhook: &'static str,
}

/// The place where webhooks and tabs meet.
#[derive(Debug)]
pub(crate) struct Hints {
    sender: broadcast::Sender<Hint>,
    sequence: AtomicU64,
    streams: Mutex<HashMap<Arc<str>, usize>>,
    streams_max: usize,
    record: Arc<Record>,
    stopping: watch::Receiver<bool>,
}

impl Hints {
    pub(crate) fn new(
        record: &Arc<Record>,
        streams_max: usize,
        stopping: watch::Receiver<bool>,
    ) -> Arc<Self> {
        Arc::new(Self {
            sender: broadcast::channel(HINTS_MAX).0,
            sequence: AtomicU64::new(0),
            streams: Mutex::default(),
            streams_max,
            record: Arc::clone(record),
            stopping,
        })
    }

    /// Tells all tabs.
    pub(crate) fn send(&self, upstream: &'static str, webhook: &'static str) {
        let sequence = self.sequence.fetch_add(1, Relaxed) + 1;
        // With no tab open there is nobody to tell, and nothing is lost.
        let _ = self.sender.send(Hint { sequence, upstream, webhook });
    }

    /// Opens a stream of hints.
    ///
    /// # Errors
    /// When this client has too many already.
    pub(crate) fn listen(self: &Arc<Self>, client: &Arc<str>) -> Result<Response, Problem> {
        let seat = self.seat(client).ok_or_else(|| {
            let text = "This client listens in too many places.";
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-streams", text)
                .retry_after(Duration::from_secs(5))
        })?;
        // The first event goes out at once, so that the page knows that it is connected; what came before, it must ask for.
        let (first, events) = mpsc::channel(1);
        tokio::spawn(relay(
            self.sender.subscribe(),
            self.stopping.clone(),
            first,
            self.sequence.load(Relaxed),
        ));
        let stream = Listening { events, _seat: seat };
        Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(QUIET)).into_response())
    }

    fn seat(self: &Arc<Self>, client: &Arc<str>) -> Option<Seat> {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let n_streams = streams.entry(Arc::clone(client)).or_default();
        if *n_streams >= self.streams_max {
            return None;
        }
        *n_streams += 1;
        self.record.listeners.inc();
        Some(Seat { hints: Arc::clone(self), client: Arc::clone(client) })
    }
}

/// Hands on hints until the tab leaves or the proxy stops.
async fn relay(
    mut hints: broadcast::Receiver<Hint>,
    mut stopping: watch::Receiver<bool>,
    events: mpsc::Sender<Event>,
    sequence: u64,
) {
    let mut next = Event::default().event("ready").data(format!("{{\"sequence\":{sequence}}}"));
    loop {
        if events.send(next).await.is_err() {
            return;
        }
        next = tokio::select! {
            hint = hints.recv() => match hint {
                Ok(Hint { sequence, upstream, webhook }) => Event::default().event("hint").data(format!(
                    "{{\"sequence\":{sequence},\"upstream\":\"{upstream}\",\"webhook\":\"{webhook}\"}}"
                )),
                Err(broadcast::error::RecvError::Lagged(n)) => {
                    Event::default().event("missed").data(format!("{{\"hints\":{n}}}"))
                }
                Err(broadcast::error::RecvError::Closed) => return,
            },
            _ = stopping.changed() => return,
            () = events.closed() => return,
        };
    }
}

/// A client's place among the listeners, given back when its stream ends.
#[derive(Debug)]
struct Seat {
    hints: Arc<Hints>,
    client: Arc<str>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut streams = self.hints.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(n_streams) = streams.get_mut(&self.client) {
            *n_streams -= 1;
            if *n_streams == 0 {
                streams.remove(&self.client);
            }
        }
        self.hints.record.listeners.dec();
    }
}

/// The stream of one tab.
#[derive(Debug)]
struct Listening {
    events: mpsc::Receiver<Event>,
    _seat: Seat,
}

impl futures_core::Stream for Listening {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.events.poll_recv(cx).map(|event| event.map(Ok))
    }
}
