//! Bodies on their way through: counted, limited in size and time, never held.
//!
//! A body is passed on piece by piece as the other side takes it, so that its size costs no memory. What breaks a limit is cut
//! off as an error, never as a shorter body: whoever receives it sees that the end is missing.

use crate::record::{Cut, Exchange};
use axum::body::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::{
    error::Error,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::Ordering::Relaxed},
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, Sleep, sleep_until},
};

/// Which way a body goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// From the client to the upstream.
    Up,
    /// From the upstream to the client.
    Down,
}

/// The limits of one body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measure {
    pub(crate) bytes_max: u64,
    pub(crate) idle: Duration,
    pub(crate) whole: Duration,
}

/// A body that watches over another.
#[derive(Debug)]
pub(crate) struct Metered<B: Body> {
    inner: B,
    way: Way,
    exchange: Arc<Exchange>,
    left: u64,
    idle: Duration,
    latest: Instant,
    touched: Instant,
    timer: Pin<Box<Sleep>>,
    ended: bool,
    /// Held as long as the body lasts.
    _permit: Option<OwnedSemaphorePermit>,
}

/// The error of a body that was cut off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CutOff;

impl fmt::Display for CutOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body was cut off")
    }
}

impl Error for CutOff {}

impl<B: Body> Metered<B> {
    pub(crate) fn new(
        inner: B,
        way: Way,
        measure: Measure,
        exchange: &Arc<Exchange>,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Self {
        let (now, ended) = (Instant::now(), inner.is_end_stream());
        Self {
            inner,
            way,
            exchange: Arc::clone(exchange),
            left: measure.bytes_max,
            idle: measure.idle,
            latest: now + measure.whole,
            touched: now,
            timer: Box::pin(sleep_until(now + measure.idle.min(measure.whole))),
            ended,
            _permit: permit,
        }
    }

    fn cut(&mut self, reason: Cut) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        self.ended = true;
        self.exchange.set_cut(reason);
        Poll::Ready(Some(Err(CutOff)))
    }

    fn count(&mut self, data: &Bytes) -> bool {
        let n_bytes = data.len() as u64;
        let counter = if self.way == Way::Up { &self.exchange.received } else { &self.exchange.sent };
        if n_bytes > self.left {
            return false;
        }
        counter.fetch_add(n_bytes, Relaxed);
        self.left -= n_bytes;
        self.touched = Instant::now();
        true
    }

    /// Ready when a limit of time has passed; the timer is only set anew when it rings, not for every piece.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<Cut> {
        loop {
            ready!(self.timer.as_mut().poll(cx));
            let now = Instant::now();
            if now >= self.latest {
                return Poll::Ready(Cut::Late);
            }
            if now >= self.touched + self.idle {
                return Poll::Ready(Cut::Idle);
            }
            let next = (self.touched + self.idle).min(self.latest);
            self.timer.as_mut().reset(next);
        }
    }
}

impl<B> Body for Metered<B>
where
    B: Body<Data = Bytes> + Unpin,
{
    type Data = Bytes;
    type Error = CutOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        loop {
            match Pin::new(&mut self.inner).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) if self.count(&data) => {
                        // With a known length nobody asks again after the last byte.
                        self.ended = self.inner.is_end_stream();
                        return Poll::Ready(Some(Ok(Frame::data(data))));
                    }
                    Ok(_) => return self.cut(Cut::TooLarge),
                    // Trailers are headers that no allow-list has seen; they end here.
                    Err(_) => (),
                },
                Poll::Ready(Some(Err(_))) => return self.cut(Cut::Broken),
                Poll::Ready(None) => {
                    self.ended = true;
                    return Poll::Ready(None);
                }
                Poll::Pending => {
                    let reason = ready!(self.poll_late(cx));
                    return self.cut(reason);
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl<B: Body> Drop for Metered<B> {
    fn drop(&mut self) {
        // An answer that nobody took to its end: the client went away.
        if !self.ended && self.way == Way::Down {
            self.exchange.set_cut(Cut::Left);
        }
    }
}
