//! Measures over traces against golden figures and naive counts.

mod logs;
mod paths;
mod rework;
mod steps;
mod support;
mod transitions;
mod units;
