//! The store, its removals and its files against naive definitions of what they should hold.

mod durable;
mod frame;
mod golden;
mod journal;
mod moving;
mod regroup;
mod removal;
mod renewal;
mod reversal;
mod snapshot;
mod store;
mod support;
