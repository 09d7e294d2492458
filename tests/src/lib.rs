//! What the workspace's suite and bench share: synthetic logs, figures counted the slow way, and a desk to ask the engine from.
//!
//! Nothing here is part of the product.

pub mod desk;
pub mod english;
pub mod naive;
pub mod synthetic;
