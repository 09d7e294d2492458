//! What was said: finds personal data in columns and in free text.
//!
//! Entry point: [`personal`].
//!
//! This crate does not know: files, mappings, events, customers, the screen. It reads no clock and needs no list that
//! it does not carry itself.

pub mod personal;
