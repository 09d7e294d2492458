//! Every check that concerns the workspace as a whole, in one program.

mod analyses_peer;
mod bad_input;
mod consent;
mod erasure;
mod experience;
mod figures;
mod golden;
mod history;
mod kept;
mod laws;
mod mappings;
mod peer;
mod people;
mod privacy;
mod questions;
mod ranks;
mod recipes;
mod renewal;
mod tidy;
mod withheld;
mod wording;
mod workspace;
