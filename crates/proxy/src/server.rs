//! The server: connections with limits, in the clear or in TLS, and an orderly stop.

use crate::{config::Limits, record::Record, routes::Peer};
use anyhow::Result;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
    service::TowerToHyperService,
};
use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;

/// Most headers of a request.
const HEADERS_MAX: usize = 64;
/// Rest after the system refused a connection, as when there are too many open files.
const REST: Duration = Duration::from_millis(100);

/// What every connection is served with.
pub(crate) struct Door {
    http: http1::Builder,
    tls: Option<TlsAcceptor>,
    routes: Router,
    head_time: Duration,
    write_time: Duration,
    record: Arc<Record>,
}

/// Serves until told to stop, then waits for open answers for a while.
///
/// # Errors
/// Never by itself; what fails is one connection.
pub(crate) async fn serve(
    listener: TcpListener,
    door: Arc<Door>,
    limits: &Limits,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let places = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        match (accepted, place) {
            (Ok((stream, peer)), Ok(place)) => {
                let (door, watcher) = (Arc::clone(&door), graceful.watcher());
                tokio::spawn(async move {
                    door.welcome(stream, peer, watcher).await;
                    drop(place);
                });
            }
            (Err(error), _) if is_of_one_connection(&error) => (),
            (Err(error), _) => {
                eprintln!("desirepath-proxy: no connection accepted: {error}");
                tokio::time::sleep(REST).await;
            }
            (_, Err(_)) => break,
        }
    }
    drop(listener);
    let wait = Duration::from_secs_f64(limits.stop_secs);
    if tokio::time::timeout(wait, graceful.shutdown()).await.is_err() {
        eprintln!("desirepath-proxy: stopped with answers still open after {wait:?}");
    }
    Ok(())
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// HTTP/1.1 as strictly as it goes: short heads, soon; no half-closed connections, no upgrades.
fn protocol(limits: &Limits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs_f64(limits.head_secs))
        .max_headers(HEADERS_MAX)
        .max_buf_size(limits.head_bytes.max(8192))
        .half_close(false);
    http
}

impl Door {
    pub(crate) fn new(
        tls: Option<TlsAcceptor>,
        routes: Router,
        limits: &Limits,
        record: &Arc<Record>,
    ) -> Self {
        Self {
            http: protocol(limits),
            tls,
            routes,
            head_time: Duration::from_secs_f64(limits.head_secs),
            write_time: Duration::from_secs_f64(limits.write_secs),
            record: Arc::clone(record),
        }
    }

    async fn welcome(&self, stream: TcpStream, peer: SocketAddr, watcher: Watcher) {
        self.record.connections.inc();
        // Small answers go out at once; where that cannot be set, they go out a little later.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.write_time));
        let stream = Box::pin(stream);
        match &self.tls {
            None => self.speak(stream, peer, watcher).await,
            // Whoever takes longer to agree on a key than a head may take is no client.
            Some(tls) => {
                if let Ok(Ok(stream)) = tokio::time::timeout(self.head_time, tls.accept(stream)).await {
                    self.speak(stream, peer, watcher).await;
                }
            }
        }
        self.record.connections.dec();
    }

    async fn speak<S>(&self, stream: S, peer: SocketAddr, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = TowerToHyperService::new(WithPeer { routes: self.routes.clone(), peer });
        let connection = self.http.serve_connection(TokioIo::new(stream), service);
        // How a connection ends is the client's decision; what it asked for has its own record.
        let _ = watcher.watch(connection).await;
    }
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("has_tls", &self.tls.is_some()).finish_non_exhaustive()
    }
}

/// The routes, told who is at the other end.
#[derive(Clone, Debug)]
struct WithPeer {
    routes: Router,
    peer: SocketAddr,
}

impl tower_service::Service<hyper::Request<hyper::body::Incoming>> for WithPeer {
    type Response = axum::response::Response;
    type Error = std::convert::Infallible;
    type Future = axum::routing::future::RouteFuture<Self::Error>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: hyper::Request<hyper::body::Incoming>) -> Self::Future {
        let mut request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(Peer(self.peer));
        tower_service::Service::call(&mut self.routes, request)
    }
}
