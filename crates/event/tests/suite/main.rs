//! The store, its removals and its files against naive definitions of what they should hold.

mod frame;
mod removal;
mod store;
mod support;
