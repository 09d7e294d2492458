//! Outgoing connections: one client an upstream, with its own trust, its own pool, and addresses that are checked.

use crate::{address::Resolver, tls};
use anyhow::{Context, Result};
use axum::body::{Body, Bytes};
use http_body_util::{BodyExt, Limited};
use hyper::{Request, Response, body::Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{ClientConfig, RootCertStore};
use std::{net::IpAddr, path::Path, time::Duration};

/// Idle connections that are kept for an upstream.
const IDLE_CONNECTIONS_MAX: usize = 64;
/// How long they are kept; most servers close theirs after 60 seconds or more.
const IDLE_SECS: u64 = 45;
/// Largest head of an answer.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Most headers of an answer.
const HEADERS_MAX: usize = 128;

/// A client for one upstream.
pub(crate) type Outgoing = Client<HttpsConnector<HttpConnector<Resolver>>, Body>;

/// Makes a client that connects to allowed addresses only and follows no redirect.
///
/// # Errors
/// When the file of certificates cannot be read.
pub(crate) fn client(
    allow_private: bool,
    fixed: &[IpAddr],
    ca_file: Option<&Path>,
    connect_time: Duration,
) -> Result<Outgoing> {
    let mut http = HttpConnector::new_with_resolver(Resolver { fixed: fixed.into(), allow_private });
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(connect_time));
    let tls = ClientConfig::builder_with_provider(tls::provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots(ca_file)?)
        .with_no_client_auth();
    let connector =
        HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(http);
    Ok(Client::builder(TokioExecutor::new())
        .pool_idle_timeout(Duration::from_secs(IDLE_SECS))
        .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .http1_max_buf_size(HEAD_BYTES_MAX)
        .http1_max_headers(HEADERS_MAX)
        .build(connector))
}

/// The authorities of the web, or those of a file in their place.
fn roots(ca_file: Option<&Path>) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let Some(path) = ca_file else {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        return Ok(roots);
    };
    for certificate in tls::certificates(path)? {
        let about = || format!("{} has a certificate that is no authority", path.display());
        roots.add(certificate).with_context(about)?;
    }
    Ok(roots)
}

/// Asks for a small answer and reads it whole.
///
/// # Errors
/// When there is no answer in time, or it is larger than allowed.
pub(crate) async fn small_answer(
    client: &Outgoing,
    request: Request<Body>,
    n_bytes_max: usize,
    time: Duration,
) -> Result<Response<Bytes>> {
    let whole = async {
        let (head, body): (_, Incoming) = client.request(request).await?.into_parts();
        let collected = Limited::new(body, n_bytes_max).collect().await;
        let bytes = collected.map_err(|error| anyhow::anyhow!("{error}"))?.to_bytes();
        Ok(Response::from_parts(head, bytes))
    };
    tokio::time::timeout(time, whole).await.context("no answer in time")?
}
