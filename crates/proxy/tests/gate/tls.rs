//! TLS in both directions: clients that check the proxy's certificate, and upstreams whose authority is a file.

use crate::rig::{Answer, Folder, Gate, Upstream, config, connect, ok, read_head};
use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

/// A certificate that has signed itself, and its key, both as PEM.
struct Identity {
    certificate: String,
    key: String,
}

/// A value of DER: tag, length, content.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let n = u16::try_from(content.len()).expect("a short value").to_be_bytes();
    let length = match content.len() {
        0..128 => vec![n[1]],
        128..256 => vec![0x81, n[1]],
        _ => vec![0x82, n[0], n[1]],
    };
    [vec![tag], length, content].concat()
}

fn pem(kind: &str, bytes: &[u8]) -> String {
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", STANDARD.encode(bytes))
}

impl Identity {
    /// For a name, by RFC 5280: version 3, ECDSA on P-256, from 2020 to 2049.
    fn of(host: &str) -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.as_ref(), &random);
        let pair = pair.expect("the same key");
        let (sequence, set) = (|parts: &[&[u8]]| der(0x30, parts), |parts: &[&[u8]]| der(0x31, parts));
        let identifier = |bytes: &[u8]| der(0x06, &[bytes]);
        let bits = |bytes: &[u8]| der(0x03, &[&[0], bytes]);
        let with_sha256 = sequence(&[&identifier(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2])]);
        let on_p256 = sequence(&[
            &identifier(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]),
            &identifier(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]),
        ]);
        let common_name = sequence(&[&identifier(&[0x55, 4, 3]), &der(0x0c, &[host.as_bytes()])]);
        let name = sequence(&[&set(&[&common_name])]);
        let validity = sequence(&[&der(0x17, &[b"200101000000Z"]), &der(0x17, &[b"491231235959Z"])]);
        let names = sequence(&[&der(0x82, &[host.as_bytes()])]);
        let alternative = sequence(&[&identifier(&[0x55, 0x1d, 0x11]), &der(0x04, &[&names])]);
        let body = sequence(&[
            &der(0xa0, &[&der(0x02, &[&[2]])]),
            &der(0x02, &[&[1]]),
            &with_sha256,
            &name,
            &validity,
            &name,
            &sequence(&[&on_p256, &bits(pair.public_key().as_ref())]),
            &der(0xa3, &[&sequence(&[&alternative])]),
        ]);
        let signature = pair.sign(&random, &body).expect("a signature");
        let whole = sequence(&[&body, &with_sha256, &bits(signature.as_ref())]);
        Self { certificate: pem("CERTIFICATE", &whole), key: pem("PRIVATE KEY", key.as_ref()) }
    }

    fn parts(&self) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let certificate = CertificateDer::from_pem_slice(self.certificate.as_bytes()).expect("a certificate");
        (certificate, PrivateKeyDer::from_pem_slice(self.key.as_bytes()).expect("its key"))
    }

    /// A connection as a client that trusts this certificate and nothing else.
    fn connect(&self, gate: &Gate) -> StreamOwned<ClientConnection, TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.parts().0).expect("an authority");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = builder.expect("versions").with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from("localhost").expect("a name");
        let client = ClientConnection::new(Arc::new(config), name).expect("a client");
        StreamOwned::new(client, connect(gate.address))
    }

    /// An upstream that shows this certificate and answers everything with `fine`.
    fn upstream(&self) -> Upstream {
        let (certificate, key) = self.parts();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = builder.expect("versions").with_no_client_auth();
        let config = Arc::new(config.with_single_cert(vec![certificate], key).expect("key and certificate"));
        Upstream::raw(move |stream, _| {
            let server = ServerConnection::new(Arc::clone(&config)).expect("a server");
            let mut stream = StreamOwned::new(server, stream.try_clone().expect("the same stream"));
            if read_head(&mut stream).is_some() {
                let _ = stream.write_all(ok("", "fine").as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        })
    }
}

fn with_tls(identity: &Identity, tables: &str) -> Gate {
    let folder = Arc::new(Folder::new());
    folder.write("tls/chain.pem", &identity.certificate);
    folder.write("tls/key.pem", &identity.key);
    let tls = "[tls]\ncertificate = \"tls/chain.pem\"\nkey = \"tls/key.pem\"\n";
    Gate::start_in(folder, &config("", &format!("{tls}{tables}")))
}

#[test]
fn clients_are_spoken_to_in_tls() {
    let identity = Identity::of("localhost");
    let upstream = Upstream::plain("from the upstream");
    let gate = with_tls(&identity, &crate::rig::api(upstream.address, "[limits]\nhead_secs = 1\n"));
    let mut stream = identity.connect(&gate);
    let request = gate.request("GET", "/proxy/to/api/v1/x", "");
    stream.write_all(request.as_bytes()).expect("written");
    let got = Answer::read(&mut stream);
    assert_eq!((got.status, got.text().as_str()), (200, "from the upstream"), "{}", got.raw);
    assert!(got.whole, "and it ends as it should");

    let mut stream = Identity::of("localhost").connect(&gate);
    stream.write_all(request.as_bytes()).expect_err("a client that trusts another certificate sends nothing");
    let plain = gate.ask(&request);
    assert_eq!(plain.status, 0, "in the clear there is no answer: {}", plain.raw);
    assert!(!plain.raw.contains("HTTP"), "none at all: {}", plain.raw);

    let mut silent = gate.connect();
    silent.set_read_timeout(Some(Duration::from_secs(5))).expect("a limit of time");
    assert_eq!(silent.read(&mut [0; 1]).expect("closed in time"), 0, "who says nothing is sent away");
    assert_eq!(upstream.seen().len(), 1, "only what came in TLS went on");
}

#[test]
fn a_wrong_key_stops_the_start() {
    let (identity, other) = (Identity::of("localhost"), Identity::of("localhost"));
    let refused = |certificate: &str, key: &str| {
        let folder = Folder::new();
        folder.write("chain.pem", certificate);
        folder.write("key.pem", key);
        let tls = "[tls]\ncertificate = \"chain.pem\"\nkey = \"key.pem\"\n";
        let path = folder.write("proxy.toml", &config("", tls));
        let output = crate::rig::command(&path).arg("--check").output().expect("it runs");
        assert!(!output.status.success(), "it must not start");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(refused(&identity.certificate, &other.key).contains("cannot be used"), "the key of another");
    let said = refused(&identity.certificate, "planted, and no key");
    assert!(said.contains("no private key") && !said.contains("planted"), "the file is not quoted: {said}");
    assert!(refused("", &identity.key).contains("no certificate"), "an empty file");
}

#[test]
fn an_authority_of_ones_own_is_trusted_and_no_other() {
    let identity = Identity::of("localhost");
    let ask = |upstream: &Identity, ca: Option<&Identity>| {
        let server = upstream.upstream();
        let folder = Arc::new(Folder::new());
        let line = ca.map_or("", |ca| {
            folder.write("ca.pem", &ca.certificate);
            "ca_file = \"ca.pem\"\n"
        });
        let table = format!(
            "[upstream.api]\nbase = \"https://localhost:{}\"\nallow_private = true\n\
             addresses = [\"127.0.0.1\"]\nallow = [\"GET /v1/**\"]\n{line}",
            server.address.port()
        );
        let gate = Gate::start_in(folder, &config("", &table));
        let got = gate.get("/proxy/to/api/v1/x");
        (got.status, got.text())
    };
    assert_eq!(ask(&identity, Some(&identity)), (200, "fine".to_owned()), "its own authority");
    assert_eq!(ask(&identity, None).0, 502, "the authorities of the web know nothing of it");
    assert_eq!(ask(&identity, Some(&Identity::of("localhost"))).0, 502, "nor does another");
    let elsewhere = Identity::of("elsewhere.example");
    assert_eq!(ask(&elsewhere, Some(&elsewhere)).0, 502, "a certificate is for its name");
}
