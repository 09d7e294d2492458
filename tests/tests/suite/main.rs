//! Every check that concerns the workspace as a whole, in one program.

mod bad_input;
mod golden;
mod history;
mod laws;
mod peer;
mod ranks;
mod tidy;
mod workspace;
