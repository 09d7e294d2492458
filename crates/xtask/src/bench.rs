//! Measures the engine on synthetic logs: the same program, once native and once as WebAssembly in Node, and DuckDB-WASM
//! beside it on the same rows.

use crate::{bench_table, process, site, suite};
use anyhow::{Context, Result, bail};
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
};

/// The target whose programs have a clock and run in Node; the code generator is the page's own.
const TARGET: &str = "wasm32-wasip1";

/// What to measure.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct BenchOptions {
    /// Measure only here
    #[arg(long, value_enum)]
    only: Option<Place>,
    /// Events of the log that DuckDB-WASM is asked about too; 0 leaves it out
    #[arg(long, default_value_t = 1_000_000)]
    duckdb_events: u64,
    /// Write the table to tests/bench/README.md
    #[arg(long)]
    write: bool,
    /// Numbers of events of the synthetic logs
    #[arg(last = true)]
    arguments: Vec<u64>,
}

/// Where the questions are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Place {
    /// As a program of this machine.
    Native,
    /// As WebAssembly in Node, built with the page's release profile.
    Wasm,
    /// DuckDB-WASM in Node, on one thread.
    Duckdb,
}

/// What the runs found, by place, number of events and question.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Nanoseconds, or kilobytes for `peak`, or bytes for `bytes`.
    pub(crate) figures: BTreeMap<(Place, u64, String), f64>,
    /// Numbers that every place must count.
    pub(crate) checks: BTreeMap<(u64, String), BTreeMap<Place, String>>,
    /// The version of DuckDB.
    pub(crate) version: String,
}

/// Runs the bench.
///
/// # Errors
/// When something doesn't compile or fails, or when two places count differently.
pub(crate) fn run(options: &BenchOptions) -> Result<()> {
    let mut findings = Findings::default();
    let wanted = |place| options.only.is_none_or(|only| only == place);
    let sizes =
        if options.arguments.is_empty() { vec![1_000_000, 10_000_000] } else { options.arguments.clone() };
    if wanted(Place::Native) {
        let program = native_program()?;
        for n_events in sizes.iter().map(u64::to_string) {
            listen(Command::new(&program).args(["native", &n_events]), Place::Native, &mut findings)?;
        }
    }
    if wanted(Place::Wasm) {
        // One after the other in a memory of its own, which cannot shrink.
        for n_events in sizes.iter().map(u64::to_string) {
            listen(wasm_program()?.args(["wasm", &n_events]), Place::Wasm, &mut findings)?;
        }
    }
    if wanted(Place::Duckdb) && options.duckdb_events > 0 {
        listen(&mut duckdb(options.duckdb_events)?, Place::Duckdb, &mut findings)?;
    }
    let table = bench_table::table(&findings);
    println!("\n{table}");
    if options.write {
        fs::write(process::root().join("tests/bench/README.md"), bench_table::page(&findings)?)
            .context("cannot write tests/bench/README.md")?;
    }
    let unequal = unequal(&findings);
    if !unequal.is_empty() {
        bail!("counted differently:\n{}", unequal.join("\n"));
    }
    Ok(())
}

fn native_program() -> Result<PathBuf> {
    let mut build = process::toolchain("cargo");
    build.args(["build", "--release", "--package", "tests", "--bin", "bench"]);
    process::run(build.env("CARGO_TARGET_DIR", process::root().join("target")))?;
    Ok(process::root().join("target/release").join(format!("bench{}", std::env::consts::EXE_SUFFIX)))
}

fn wasm_program() -> Result<Command> {
    process::ensure_node()?;
    process::ensure_target(TARGET)?;
    let mut build = process::toolchain("cargo");
    build.args(["build", "--profile", "web", "--package", "tests", "--bin", "bench", "--target", TARGET]);
    process::run(build.env("CARGO_TARGET_DIR", site::web_target()))?;
    let mut node = Command::new("node");
    // Everything is compiled well before it is measured. The last flag is explained in wasi.mjs.
    node.args(["--no-warnings", "--no-wasm-lazy-compilation", "--no-liftoff", "--no-turbo-fast-api-calls"]);
    node.arg(process::root().join("crates/xtask/wasi.mjs"));
    node.arg(site::web_target().join(TARGET).join("web/bench.wasm"));
    Ok(node)
}

fn duckdb(n_events: u64) -> Result<Command> {
    process::ensure_node()?;
    let folder = process::root().join("tests/bench");
    suite::install_packages(&folder)?;
    let rows = process::root().join("target/bench").join(format!("rows-{n_events}.csv"));
    fs::create_dir_all(process::root().join("target/bench")).context("cannot make target/bench")?;
    let file = fs::File::create(&rows).with_context(|| format!("cannot write {}", rows.display()))?;
    let mut writer = Command::new(native_program()?);
    process::run(writer.arg("rows").arg(n_events.to_string()).stdout(file))?;
    let mut node = Command::new("node");
    node.arg("duckdb.mjs").arg(rows).arg(n_events.to_string()).current_dir(folder);
    Ok(node)
}

/// Runs a program, shows what it prints, and notes its `figure`, `check` and `version` lines.
///
/// It has worked when it printed `end`: Node 20 sometimes crashes after that, when a large WebAssembly program is over.
fn listen(command: &mut Command, place: Place, findings: &mut Findings) -> Result<()> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start the bench")?;
    let Some(out) = child.stdout.take() else {
        bail!("the bench has no output");
    };
    let mut has_ended = false;
    for line in BufReader::new(out).lines() {
        let line = line.context("the bench's output is no text")?;
        match line.splitn(4, '\t').collect::<Vec<_>>()[..] {
            ["figure", n_events, key, value] => {
                let (n_events, value) = (n_events.parse()?, value.parse()?);
                findings.figures.insert((place, n_events, key.to_owned()), value);
            }
            ["check", n_events, key, numbers] => {
                let of_question = findings.checks.entry((n_events.parse()?, key.to_owned())).or_default();
                of_question.insert(place, numbers.to_owned());
            }
            ["version", version] => findings.version = version.to_owned(),
            ["end"] => has_ended = true,
            _ => println!("{line}"),
        }
    }
    let status = child.wait().context("the bench got lost")?;
    if !has_ended {
        bail!("the bench failed ({status})");
    }
    Ok(())
}

/// The questions that two places answer differently, with both answers.
fn unequal(findings: &Findings) -> Vec<String> {
    let differ =
        |answers: &&BTreeMap<Place, String>| answers.values().any(|a| Some(a) != answers.values().next());
    let differing = findings.checks.iter().filter(|(_, answers)| differ(answers));
    differing.map(|((n_events, key), answers)| format!("{n_events} {key}: {answers:?}")).collect()
}
