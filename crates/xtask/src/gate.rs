//! The proxy beside the site: started by `serve` where a configuration exists, so that both have one origin.

use crate::process;
use anyhow::{Result, bail};
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

/// The configuration that is used without being named, in the workspace root; git ignores it.
const USUAL: &str = "desirepath-proxy.toml";

/// The configuration to start the proxy with, if there is one.
///
/// # Errors
/// When one is named that does not exist.
pub(crate) fn configuration(named: Option<&Path>) -> Result<Option<PathBuf>> {
    match named {
        Some(path) if path.is_file() => Ok(Some(path.canonicalize()?)),
        Some(path) => bail!("there is no configuration {}", path.display()),
        None => Ok(Some(process::root().join(USUAL)).filter(|path| path.is_file())),
    }
}

/// Builds the proxy and runs it with the site until it ends.
///
/// # Errors
/// When it cannot be built, cannot start, or ends with a failure.
pub(crate) fn run(config: &Path, site: &Path, prefix: &str, port: u16) -> Result<()> {
    if !prefix.trim_matches('/').is_empty() {
        bail!("with the proxy, the site is served at /; `--prefix` needs a run without it");
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    println!("The proxy of {} serves the site as well   (Ctrl+C stops it)", config.display());
    let mut command = process::toolchain("cargo");
    command.args(["run", "--package", "proxy", "--release", "--"]).arg(config);
    process::run(command.arg("--site").arg(site).args(["--listen", &address.to_string()]))
}
