//! Every test there is, step by step: style, native tests, the pure crates as WebAssembly, and end to end in Chromium.

use crate::{process, site};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

/// The crates that know nothing of the outside world, and the workspace's suite of laws and expected figures;
/// their tests run natively and as WebAssembly.
const PURE_CRATES: [&str; 8] =
    ["event", "identity", "protocol", "source", "journey", "map", "engine", "tests"];

/// Runs test programs as WebAssembly under Node; the page's own target has neither files nor a clock for a test harness.
const WASM_TEST_TARGET: &str = "wasm32-wasip1";

/// Public logs, used where they lie beside the workspace.
const PUBLIC_LOGS: &str = "../shared/data/pm4py-small-logs";

/// What to test.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SuiteOptions {
    /// Build the page quickly instead of as it is shipped
    #[arg(long)]
    dev: bool,
    /// Run only one part
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Run only the browser scenarios whose name contains this
    #[arg(long)]
    scenario: Option<String>,
    /// Test the site as it was built before
    #[arg(long)]
    no_build: bool,
}

/// A part of the suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Formatting, lints and documentation.
    Lint,
    /// All crates on this machine.
    Native,
    /// The pure crates as WebAssembly.
    Wasm,
    /// The whole product in Chromium.
    E2e,
}

/// What became of the steps so far.
#[derive(Debug, Default)]
struct Record {
    steps: Vec<(&'static str, Duration, bool)>,
}

/// Runs the suite; a failed step doesn't stop the ones after it.
///
/// # Errors
/// When any step failed.
pub(crate) fn run(options: &SuiteOptions) -> Result<()> {
    let mut record = Record::default();
    let wanted = |part: Part| options.only.is_none_or(|only| only == part);
    if wanted(Part::Lint) {
        record.step("Formatting", || cargo(&["fmt", "--all", "--check"]));
        record.step("Lints", || cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]));
        record.step("Documentation", || {
            let mut command = process::toolchain("cargo");
            process::run(command.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-Dwarnings"))
        });
    }
    if wanted(Part::Native) {
        // One crate that fails must not hide the others.
        record.step("Native tests", || cargo(&["test", "--workspace", "--no-fail-fast"]));
    }
    if wanted(Part::Wasm) {
        record.step("Pure crates as WebAssembly", test_wasm);
    }
    let mut scenarios = None;
    if wanted(Part::E2e) {
        record.step("End to end in Chromium", || {
            let (n_passed, n_failed) = test_browser(options)?;
            scenarios = Some((n_passed, n_failed));
            if n_failed > 0 { bail!("{n_failed} browser scenarios failed") } else { Ok(()) }
        });
    }
    let failed = record.summary();
    if wanted(Part::E2e) {
        // When the browser never started, that is one failure and not none.
        let (n_passed, n_failed) = scenarios.unwrap_or((0, 1));
        println!("{n_passed} passed, {n_failed} failed");
    }
    if failed > 0 {
        bail!("{failed} of {} steps failed", record.steps.len());
    }
    Ok(())
}

impl Record {
    fn step(&mut self, name: &'static str, action: impl FnOnce() -> Result<()>) {
        println!("\n=== {name}");
        let started = Instant::now();
        let outcome = action();
        if let Err(error) = &outcome {
            println!("failed: {error:#}");
        }
        println!("--- {name}: {:.1} s", started.elapsed().as_secs_f64());
        self.steps.push((name, started.elapsed(), outcome.is_ok()));
    }

    /// Prints one line a step and returns how many failed.
    fn summary(&self) -> usize {
        println!("\n=== Summary");
        for (name, time, passed) in &self.steps {
            println!("{} {name} ({:.1} s)", if *passed { "ok    " } else { "FAILED" }, time.as_secs_f64());
        }
        self.steps.iter().filter(|(_, _, passed)| !passed).count()
    }
}

fn cargo(arguments: &[&str]) -> Result<()> {
    process::run(process::toolchain("cargo").args(arguments))
}

fn test_wasm() -> Result<()> {
    process::ensure_node()?;
    process::ensure_target(WASM_TEST_TARGET)?;
    let mut command = process::toolchain("cargo");
    // Documentation examples run natively; compiling each for another target takes minutes and shows nothing new.
    command.args(["test", "--lib", "--tests", "--target", WASM_TEST_TARGET]);
    for krate in PURE_CRATES {
        command.args(["-p", krate]);
    }
    process::run(command.env("CARGO_TARGET_DIR", site::web_target()))
}

/// Builds the site, installs the browser harness, and runs the scenarios; returns how many passed and failed.
fn test_browser(options: &SuiteOptions) -> Result<(u32, u32)> {
    process::ensure_node()?;
    let chromium = find_chromium()?;
    let folder = site::BuildOptions { dev: options.dev, out: PathBuf::from("site") };
    if !options.no_build {
        site::build(&folder)?;
    }
    install_harness()?;
    let helpdesk = install_helpdesk()?;
    // The scenario of connections goes through the real gate.
    cargo(&["build", "--quiet", "--package", "proxy"])?;
    let figures = write_native_answers()?;
    let result = process::root().join("target/e2e/result.txt");
    // A result of an earlier run must not speak for this one.
    if result.exists() {
        fs::remove_file(&result)?;
    }
    let mut node = Command::new("node");
    node.arg("tests/e2e/run.mjs").args(&options.scenario).current_dir(process::root());
    node.env("DESIREPATH_CHROMIUM", chromium).env("DESIREPATH_XTASK", std::env::current_exe()?);
    node.env("DESIREPATH_NATIVE_ANSWERS", figures).env("DESIREPATH_RESULT", &result);
    node.env("DESIREPATH_PROXY", process::root().join("target/debug/desirepath-proxy"));
    node.env("DESIREPATH_HELPDESK", helpdesk);
    let ended = process::run(&mut node);
    let text = fs::read_to_string(&result).map_err(|_| match ended {
        Err(error) => error,
        Ok(()) => anyhow::anyhow!("the browser scenarios ended without a result"),
    })?;
    let mut numbers = text.split_whitespace().map(|word| word.parse::<u32>());
    match (numbers.next(), numbers.next()) {
        (Some(Ok(n_passed)), Some(Ok(n_failed))) => Ok((n_passed, n_failed)),
        _ => bail!("the browser scenarios' result is unreadable: {text:?}"),
    }
}

/// Writes what the native engine answers, so that the scenarios can compare the worker's answers byte by byte.
fn write_native_answers() -> Result<PathBuf> {
    let root = process::root();
    let folder = root.join("target/e2e/native");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let mut command = process::toolchain("cargo");
    command.args(["run", "--package", "wasm", "--example", "native_answers", "--"]).arg(&folder);
    let logs = ["tests/e2e/logs", "tests/golden/five-paths", "tests/golden/small", PUBLIC_LOGS];
    process::run(command.args(logs.iter().map(|logs| root.join(logs)).filter(|logs| logs.is_dir())))?;
    Ok(folder)
}

fn install_harness() -> Result<()> {
    install_packages(&process::root().join("tests/e2e"))
}

/// Installs what a folder's lock file names, unless that was done since the file changed.
///
/// # Errors
/// When npm is missing or cannot get a package.
pub(crate) fn install_packages(folder: &Path) -> Result<()> {
    let installed = folder.join("node_modules/.package-lock.json");
    let modified = |path: PathBuf| fs::metadata(path).and_then(|data| data.modified()).ok();
    if modified(installed) > modified(folder.join("package-lock.json")) {
        return Ok(());
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut command = Command::new(npm);
    command.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder);
    process::run(&mut command)
        .context("npm comes with Node: `sudo apt-get install npm`, or https://nodejs.org")
}

/// Installs the helpdesk that the scenario of connections reads, unless that was done since its list changed; returns the
/// Python that has it. The list names every package with its version and digests.
fn install_helpdesk() -> Result<PathBuf> {
    let list = process::root().join("tests/e2e/requirements.txt");
    let folder = process::root().join("target/e2e/python");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let (wanted, installed) = (fs::read(&list)?, folder.join("installed.txt"));
    if fs::read(&installed).is_ok_and(|installed| installed == wanted) && python.exists() {
        return Ok(python);
    }
    let advice =
        "the helpdesk of the scenarios needs Python 3.11 or later: `sudo apt-get install python3-venv`";
    let mut make = Command::new(if cfg!(windows) { "python" } else { "python3" });
    process::run(make.args(["-m", "venv", "--clear"]).arg(&folder)).context(advice)?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]);
    process::run(install.arg("--requirement").arg(&list)).context(advice)?;
    fs::write(&installed, &wanted)?;
    Ok(python)
}

fn find_chromium() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("DESIREPATH_CHROMIUM") {
        return Ok(PathBuf::from(named));
    }
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
        .iter()
        .find_map(|name| process::find_on_path(name))
        .context(
            "Chromium is missing: `sudo apt-get install chromium fonts-inter`, \
             or name one with DESIREPATH_CHROMIUM=/path/to/chromium",
        )
}
