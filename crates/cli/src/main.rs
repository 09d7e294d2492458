//! The same engine without a browser: the native command `desirepath`, for pipelines, servers and checks.
//!
//! Data path: files → source → event store → journey → map → engine → protocol → **standard output**.
//!
//! It reads files in pieces, asks the engine the questions that a page asks, and prints the answers as tables or JSON.
//! Data goes to standard output, everything else to standard error. Exit codes: 0 done, 1 a file could not be read or holds
//! nothing usable, 2 the command line is wrong.
//!
//! This crate does not know: how a file is parsed, how anything is counted.

mod answers;
mod api;
mod ask;
mod audit;
mod english;
mod foreign;
mod graph;
mod intake;
mod link;
mod options;
mod people;
mod privacy;
mod report;
mod sync;
mod table;
mod variants;

use clap::Parser;
use options::{Command, Options};
use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let command = Command::parse();
    match run(&command) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads has seen enough, as in `desirepath variants log.csv | head`.
        Err(Fault::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("desirepath: {fault}");
            ExitCode::from(if matches!(fault, Fault::Usage(_)) { 2 } else { 1 })
        }
    }
}

fn run(command: &Command) -> Result<(), Fault> {
    match command {
        Command::Graph { options } => graph::print(&mut intake::open(options)?, options.json, &mut output()),
        Command::Variants { options } => {
            variants::print(&mut intake::open(options)?, options.json, &mut output())
        }
        Command::Audit { options } => print_audit(options),
        Command::Person { who, form, options } => privacy::print_person(options, who, form, &mut output()),
        Command::Consent { options } => privacy::print_consent(options, &mut output()),
        Command::Link { options } => link::print(options, &mut output()),
        Command::People { options, people } => {
            people::print(&mut intake::open_all(options)?, people, options.json, &mut output())
        }
        Command::Sample { folder } => write_sample(folder),
        Command::Api { api } => api::print(api, &mut output()),
        Command::Sync { sync } => sync::print(sync, &mut output()),
        Command::Ask { question, options, printing } => {
            ask::print_file(&question.question, options, printing, &mut output())
        }
        question => ask_about(question),
    }
}

fn ask_about(question: &Command) -> Result<(), Fault> {
    let (asked, analysis) = match question {
        Command::Funnel { asked, funnel } => (asked, funnel.analysis()),
        Command::Retention { asked, retention } => (asked, retention.analysis()),
        Command::Lifecycle { asked, periods, daily } => (asked, periods.lifecycle(*daily)),
        Command::Stickiness { asked, periods } => (asked, periods.analysis("stickiness")),
        Command::Transitions { asked, transitions } => (asked, transitions.analysis()),
        Command::Route { asked, route } => (asked, route.analysis()),
        Command::Paths { asked, paths } => (asked, paths.analysis()),
        Command::Steps { asked, steps } => (asked, steps.analysis()),
        Command::Rework { asked } => (asked, serde_json::json!({"kind": "rework"})),
        Command::Sessions { asked } => (asked, serde_json::json!({"kind": "sessions"})),
        Command::Support { asked, support } => (asked, support.analysis()),
        Command::Scores { asked, scores } => (asked, scores.analysis()),
        Command::Revenue { asked, revenue } => (asked, revenue.analysis()),
        Command::Graph { .. }
        | Command::Variants { .. }
        | Command::Audit { .. }
        | Command::Person { .. }
        | Command::Consent { .. }
        | Command::Link { .. }
        | Command::People { .. }
        | Command::Sample { .. }
        | Command::Api { .. }
        | Command::Sync { .. }
        | Command::Ask { .. } => return Ok(()),
    };
    ask::print(asked, &analysis, &mut output())
}

fn output() -> impl Write {
    io::BufWriter::new(io::stdout().lock())
}

fn print_audit(options: &Options) -> Result<(), Fault> {
    let mut opened = intake::open_all(options)?;
    audit::print(&mut opened, options.json, &mut output())?;
    opened.require_events()
}

fn write_sample(folder: &Path) -> Result<(), Fault> {
    let fault = |error: io::Error, path: &Path| Fault::Input(format!("{}: {error}", path.display()));
    std::fs::create_dir_all(folder).map_err(|error| fault(error, folder))?;
    let mut out = output();
    for file in source::sample::files() {
        let path = folder.join(&file.name);
        std::fs::write(&path, &file.bytes).map_err(|error| fault(error, &path))?;
        writeln!(out, "{}", path.display()).map_err(Fault::Output)?;
    }
    out.flush().map_err(Fault::Output)
}

/// Why the command ends with an error.
#[derive(Debug)]
enum Fault {
    /// A file could not be read or used; the text names it.
    Input(String),
    /// The command line asks for what cannot be asked.
    Usage(String),
    /// Standard output does not take any more.
    Output(io::Error),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(message) | Self::Usage(message) => f.write_str(message),
            Self::Output(error) => write!(f, "standard output: {error}"),
        }
    }
}
