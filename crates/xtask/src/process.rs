//! Starting other programs: the workspace root, the Rust toolchain with a clean environment, and what to say when one is missing.

use anyhow::{Context, Result, bail};
use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

/// The folder of the root manifest.
pub(crate) fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).map(PathBuf::from).unwrap_or(manifest)
}

/// A program of the Rust toolchain (`cargo`, `rustc`, `rustup`), started in the workspace root.
///
/// The outer cargo's variables would pick its toolchain, flags and target folder, so they are taken away;
/// what configures the network, the registry and the terminal stays.
pub(crate) fn toolchain(program: &str) -> Command {
    const KEPT: [&str; 6] =
        ["CARGO_HOME", "CARGO_NET_", "CARGO_HTTP_", "CARGO_REGISTR", "CARGO_SOURCE_", "CARGO_TERM_"];
    let mut command = Command::new(program);
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let Some(name) = name.to_str() else { continue };
        let outer = name == "CARGO"
            || (name.starts_with("CARGO_") && !KEPT.iter().any(|kept| name.starts_with(kept)));
        if outer || matches!(name, "RUSTUP_TOOLCHAIN" | "LD_LIBRARY_PATH" | "RUSTFLAGS" | "RUSTDOCFLAGS") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command to its end, its output shown as it comes.
///
/// # Errors
/// When the program cannot be started or ends with a failure.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = caption(command);
    let status = command.status().with_context(|| format!("cannot start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Runs a command quietly and returns what it printed, without surrounding white space.
///
/// # Errors
/// When the program cannot be started or ends with a failure.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let shown = caption(command);
    let output = command.stderr(Stdio::null()).output().with_context(|| format!("cannot start `{shown}`"))?;
    if !output.status.success() {
        bail!("`{shown}` failed ({})", output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Makes sure that Rust's standard library for a target is there, adding it through rustup when it is missing.
///
/// # Errors
/// When it is missing and cannot be added; the message says what to do.
pub(crate) fn ensure_target(target: &str) -> Result<()> {
    let sysroot = output(toolchain("rustc").args(["--print", "sysroot"]))
        .context("Rust is missing; see https://rustup.rs")?;
    if PathBuf::from(&sysroot).join("lib/rustlib").join(target).join("lib").is_dir() {
        return Ok(());
    }
    println!("Adding Rust's standard library for {target}");
    run(toolchain("rustup").args(["target", "add", target])).with_context(|| {
        format!(
            "Rust's standard library for {target} is missing and could not be added.\n\
             With rustup and a network: `rustup target add {target}`.\n\
             With Rust from a distribution: install its package for that target."
        )
    })
}

/// Makes sure that Node is there in version 20 or later.
///
/// # Errors
/// When it is missing or older; the message says what to do.
pub(crate) fn ensure_node() -> Result<()> {
    let advice = "Node 20 or later is needed: `sudo apt-get install nodejs npm`, or https://nodejs.org";
    let version = output(Command::new("node").arg("--version")).context(advice)?;
    let major: u32 = version.trim_start_matches('v').split('.').next().unwrap_or("").parse().unwrap_or(0);
    if major < 20 {
        bail!("{advice} (found {version})");
    }
    Ok(())
}

/// Looks for a program in the folders of `PATH`.
pub(crate) fn find_on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn caption(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
