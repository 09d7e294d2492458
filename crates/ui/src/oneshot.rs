//! A value that arrives once, for code that awaits an answer on the page's single thread.

use std::{
    cell::RefCell,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

struct Slot<T> {
    value: Option<T>,
    waker: Option<Waker>,
    closed: bool,
}

/// The end that gives the value.
pub(crate) struct Sender<T>(Rc<RefCell<Slot<T>>>);

/// The end that awaits it; `None` when the sender was dropped without a value.
pub(crate) struct Receiver<T>(Rc<RefCell<Slot<T>>>);

/// Makes a connected pair.
pub(crate) fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let slot = Rc::new(RefCell::new(Slot { value: None, waker: None, closed: false }));
    (Sender(Rc::clone(&slot)), Receiver(slot))
}

impl<T> Sender<T> {
    /// Gives the value.
    pub(crate) fn send(self, value: T) {
        self.0.borrow_mut().value = Some(value);
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let waker = {
            let mut slot = self.0.borrow_mut();
            slot.closed = true;
            slot.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Future for Receiver<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut slot = self.0.borrow_mut();
        if let Some(value) = slot.value.take() {
            return Poll::Ready(Some(value));
        }
        if slot.closed {
            return Poll::Ready(None);
        }
        slot.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll_once<T>(receiver: &mut Receiver<T>) -> Poll<Option<T>> {
        Pin::new(receiver).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn the_value_arrives_once_sent() {
        let (sender, mut receiver) = channel();
        assert_eq!(poll_once(&mut receiver), Poll::Pending, "nothing was sent yet");
        sender.send(7);
        assert_eq!(poll_once(&mut receiver), Poll::Ready(Some(7)), "the value is there");
    }

    #[test]
    fn a_dropped_sender_ends_the_wait() {
        let (sender, mut receiver) = channel::<u8>();
        drop(sender);
        assert_eq!(poll_once(&mut receiver), Poll::Ready(None), "nobody can send any more");
    }
}
