//! Whole files through the public door: from bytes to events, in pieces of any size.

mod account;
mod desk;
mod logs;
mod pieces;
mod refused;
