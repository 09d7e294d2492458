//! Build, serve, test, bench: the one automation, in Rust.
//!
//! `cargo xtask build` leaves a folder that any static host can serve; `serve` also serves it on this machine;
//! `test` runs every test there is; `bench` measures. What they need and can install by themselves, they install;
//! for the rest they say what is missing and how to get it.

mod bench;
mod bench_table;
mod gate;
mod process;
mod server;
mod site;
mod suite;

use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

/// Builds, serves, tests and measures Desirepath.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build the static site and the npm package's dist folder
    Build(site::BuildOptions),
    /// Build the site and serve it on this machine
    Serve(ServeOptions),
    /// Run every test: style, native, WebAssembly, and end to end in Chromium
    Test(suite::SuiteOptions),
    /// Measure the engine on synthetic logs, native and as WebAssembly
    Bench(bench::BenchOptions),
}

#[derive(Debug, clap::Args)]
struct ServeOptions {
    #[command(flatten)]
    build: site::BuildOptions,
    /// Port to listen on; the next free one if it is taken, any free one for 0
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Sub-path to serve the site under, such as /maps/
    #[arg(long, default_value = "/")]
    prefix: String,
    /// Serve what was built before
    #[arg(long)]
    no_build: bool,
    /// Configuration of the proxy, which then serves the site; without it, `desirepath-proxy.toml` is used where it exists
    #[arg(long)]
    proxy: Option<PathBuf>,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Build(options) => site::build(&options),
        Command::Serve(options) => serve(&options),
        Command::Test(options) => suite::run(&options),
        Command::Bench(options) => bench::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve(options: &ServeOptions) -> anyhow::Result<()> {
    if !options.no_build {
        site::build(&options.build)?;
    }
    let folder: PathBuf = options.build.out_folder();
    if let Some(config) = gate::configuration(options.proxy.as_deref())? {
        return gate::run(&config, &folder, &options.prefix, options.port);
    }
    let server = server::Server::bind(folder, &options.prefix, options.port)?;
    println!("Desirepath is at {}   (Ctrl+C stops it)", server.address());
    server.run()
}
