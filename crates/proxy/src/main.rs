//! The gate: forwards allowed requests, adds secrets, relays pushes, stores nothing.
//!
//! Data path: a tab → this proxy → one of the configured upstreams, and the answer back, streamed.
//!
//! A request passes: host and origin (`routes`), access (`access`), path and pattern (`path`, `upstream`), limits, and then goes
//! out with the headers that may pass and the secret that the tab never sees (`forward`). A webhook passes its signature
//! (`signature`) and becomes a hint (`hints`). One file configures everything (`config`).
//!
//! This crate does not know: what a customer or an event is. It keeps no body: not on disk, not in memory beyond the piece that
//! is on its way, not in the log.

mod access;
mod address;
mod body;
mod config;
mod forward;
mod hints;
mod hooks;
mod jwt;
mod limits;
mod oauth;
mod outgoing;
mod path;
mod problem;
mod record;
mod routes;
mod server;
mod signature;
mod tls;
mod upstream;

use anyhow::{Context, Result};
use clap::Parser;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};
use tokio::{net::TcpListener, sync::watch};
use zeroizing_alloc::ZeroAlloc;

/// Memory is overwritten when it is given back, so that a dump shows what is on its way and nothing that has passed.
#[global_allocator]
static MEMORY: ZeroAlloc<std::alloc::System> = ZeroAlloc(std::alloc::System);

/// Tries without access that one address has, a second and at once.
const STRANGERS: (f64, f64) = (2.0, 20.0);

/// Forwards allowed requests to the systems you configure, and stores nothing.
#[derive(Debug, Parser)]
#[command(name = "desirepath-proxy", version)]
struct Options {
    /// The configuration file
    #[arg(default_value = "desirepath-proxy.toml")]
    config: PathBuf,
    /// Address to listen on, in place of the configured one
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Folder of a static site to serve, in place of the configured one
    #[arg(long)]
    site: Option<PathBuf>,
    /// Check the configuration and all secrets, then end
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("desirepath-proxy: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<()> {
    jwt::install();
    let mut config = config::Config::load(&options.config)?;
    config.listen = options.listen.unwrap_or(config.listen);
    config.site = options.site.or(config.site);
    if let Some(site) = &config.site {
        anyhow::ensure!(site.join("index.html").is_file(), "{} has no index.html", site.display());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let record = record::Record::start();
        let (stopping, stopped) = watch::channel(false);
        let (mut gate, limits) = gate(&mut config, &record, stopped)?;
        let tls = config.tls.as_ref().map(|form| tls::acceptor(form, &config.folder)).transpose()?;
        if options.check {
            eprintln!("desirepath-proxy: the configuration is in order");
            return Ok(());
        }
        let listener = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("cannot listen on {}", config.listen))?;
        let address = listener.local_addr()?;
        if gate.hosts.is_empty() {
            gate.hosts = own_hosts(address);
        }
        let routes = routes::router(Arc::new(gate), config.site.take());
        let scheme = if tls.is_some() { "https" } else { "http" };
        eprintln!("desirepath-proxy: listening on {scheme}://{address}");
        let stop = async move {
            stop_signal().await;
            eprintln!("desirepath-proxy: stopping");
            // Nobody listening is no reason not to stop.
            let _ = stopping.send(true);
        };
        let door = Arc::new(server::Door::new(tls, routes, &limits, &record));
        server::serve(listener, door, &limits, stop).await
    })
}

/// Puts everything together that the configuration asks for.
fn gate(
    config: &mut config::Config,
    record: &Arc<record::Record>,
    stopped: watch::Receiver<bool>,
) -> Result<(routes::Gate, config::Limits)> {
    let limits = config.limits.clone();
    let names = names(config);
    let name_of = |name: &str| names.get(name).copied().unwrap_or("");
    let hints = hints::Hints::new(record, limits.client_hint_streams, stopped);
    let hooks = hooks::Hooks::new(config, name_of, record, &hints)?;
    let mut upstreams = BTreeMap::new();
    for (name, form) in std::mem::take(&mut config.upstreams) {
        let made = upstream::Upstream::new(config, name_of(&name), form, record);
        upstreams.insert(name_of(&name), made.with_context(|| format!("upstream.{name}"))?);
    }
    let gate = routes::Gate {
        hosts: config.hosts.clone(),
        origins: config.origins.clone(),
        access: access::Access::new(config)?,
        strangers: limits::Buckets::new(STRANGERS.0, STRANGERS.1),
        forward: forward::Forward {
            upstreams,
            clients: limits::Buckets::new(limits.client_rate, limits.client_burst),
            record: Arc::clone(record),
        },
        hooks,
        hints,
        record: Arc::clone(record),
    };
    Ok((gate, limits))
}

/// The configured names, kept for as long as the process runs, so that counters can hold them without copies.
fn names(config: &config::Config) -> BTreeMap<String, &'static str> {
    let all = config.upstreams.keys().chain(config.webhooks.keys());
    all.map(|name| (name.clone(), &*Box::leak(name.clone().into_boxed_str()))).collect()
}

/// What this machine calls itself on a port.
fn own_hosts(address: SocketAddr) -> BTreeSet<String> {
    let names =
        ["localhost".to_owned(), address.ip().to_string(), "127.0.0.1".to_owned(), "[::1]".to_owned()];
    names.iter().map(|name| format!("{name}:{}", address.port())).collect()
}

/// Waits until somebody wants this process to end.
async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => (),
                _ = terminate.recv() => (),
            }
            return;
        }
    }
    // Where signals cannot be had, the process ends without ceremony.
    let _ = tokio::signal::ctrl_c().await;
}
