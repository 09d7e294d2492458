//! What happened: the event, its vocabulary, the columnar store, and rkyv snapshots of it.
mod new_event;
pub use new_event::NewEvent;
