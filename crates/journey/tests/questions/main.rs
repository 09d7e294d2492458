//! The query language and its analyses: worked examples, and random logs against naive readings of the definitions.

mod common;
mod funnel;
mod lifecycle;
mod query;
mod retention;
