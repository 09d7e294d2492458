//! Measures the engine on synthetic logs: the same program, once native and once as WebAssembly in Node.

use crate::{process, site};
use anyhow::Result;
use std::process::Command;

/// The target whose programs have a clock and run in Node; the code generator is the page's own.
const TARGET: &str = "wasm32-wasip1";

/// What to measure.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct BenchOptions {
    /// Measure only here
    #[arg(long, value_enum)]
    only: Option<Place>,
    /// Passed on to the bench program, such as the numbers of events
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Where the bench program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Place {
    /// As a program of this machine.
    Native,
    /// As WebAssembly in Node, built with the page's release profile.
    Wasm,
}

/// Runs the bench program.
///
/// # Errors
/// When it doesn't compile or fails.
pub(crate) fn run(options: &BenchOptions) -> Result<()> {
    if options.only != Some(Place::Wasm) {
        let mut native = process::toolchain("cargo");
        native.args(["run", "--release", "--package", "tests", "--bin", "bench", "--", "native"]);
        process::run(native.args(&options.arguments))?;
    }
    if options.only != Some(Place::Native) {
        process::ensure_node()?;
        process::ensure_target(TARGET)?;
        let mut build = process::toolchain("cargo");
        build.args(["build", "--profile", "web", "--package", "tests", "--bin", "bench", "--target", TARGET]);
        process::run(build.env("CARGO_TARGET_DIR", site::web_target()))?;
        let program = site::web_target().join(TARGET).join("web/bench.wasm");
        let mut node = Command::new("node");
        node.arg("--no-warnings").arg(process::root().join("crates/xtask/wasi.mjs")).arg(program).arg("wasm");
        process::run(node.args(&options.arguments))?;
    }
    Ok(())
}
