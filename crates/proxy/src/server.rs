//! The server: connections with limits, and an orderly stop.

use crate::{config::Limits, record::Record, routes::Peer};
use anyhow::Result;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_io_timeout::TimeoutStream;

/// Most headers of a request.
const HEADERS_MAX: usize = 64;
/// Rest after the system refused a connection, as when there are too many open files.
const REST: Duration = Duration::from_millis(100);

/// Serves until told to stop, then waits for open answers for a while.
///
/// # Errors
/// Never by itself; what fails is one connection.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: Router,
    limits: &Limits,
    record: &Arc<Record>,
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let places = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let http = protocol(limits);
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
                let connection = connection(&http, stream, peer, &routes, limits);
                let connection = graceful.watch(connection);
                let record = Arc::clone(record);
                tokio::spawn(run(connection, place, record));
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

async fn run<E>(
    connection: impl Future<Output = Result<(), E>>,
    place: OwnedSemaphorePermit,
    record: Arc<Record>,
) {
    record.connections.inc();
    // How a connection ends is the client's decision; what it asked for has its own record.
    let _ = connection.await;
    record.connections.dec();
    drop(place);
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

type Connection =
    http1::Connection<TokioIo<std::pin::Pin<Box<TimeoutStream<TcpStream>>>>, TowerToHyperService<WithPeer>>;

fn connection(
    http: &http1::Builder,
    stream: TcpStream,
    peer: SocketAddr,
    routes: &Router,
    limits: &Limits,
) -> Connection {
    // Small answers go out at once; where that cannot be set, they go out a little later.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(Duration::from_secs_f64(limits.write_secs)));
    let service = TowerToHyperService::new(WithPeer { routes: routes.clone(), peer });
    http.serve_connection(TokioIo::new(Box::pin(stream)), service)
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
