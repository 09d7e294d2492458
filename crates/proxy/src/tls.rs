//! TLS: whom the proxy trusts, and how it shows itself to clients.

use crate::config::TlsForm;
use anyhow::{Context, Result, ensure};
use rustls::{
    ServerConfig,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{path::Path, sync::Arc};
use tokio_rustls::TlsAcceptor;

/// The one implementation of ciphers in this program.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The certificates of a PEM file.
///
/// # Errors
/// When it cannot be read or has none.
pub(crate) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let about = || format!("cannot read the certificates in {}", path.display());
    let all = CertificateDer::pem_file_iter(path).with_context(about)?;
    let all = all.collect::<Result<Vec<_>, _>>().with_context(about)?;
    ensure!(!all.is_empty(), "{} has no certificate", path.display());
    Ok(all)
}

/// What takes clients' connections: TLS 1.2 or 1.3, and HTTP/1.1 within.
///
/// # Errors
/// When a file cannot be read, or the key is not that of the certificate.
pub(crate) fn acceptor(form: &TlsForm, folder: &Path) -> Result<TlsAcceptor> {
    let chain = certificates(&folder.join(&form.certificate))?;
    let path = folder.join(&form.key);
    // The reader's own error may quote the file.
    let key = PrivateKeyDer::from_pem_file(&path).ok();
    let key = key.with_context(|| format!("{} has no private key as PEM", path.display()))?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .with_context(|| format!("{} and its certificate cannot be used", path.display()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
