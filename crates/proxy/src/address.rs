//! Addresses: which of them belong to the public internet, and a resolver that returns no others.
//!
//! The address that was checked is the one that is connected to, so that a name whose answer changes between two look-ups
//! (DNS rebinding) gains nothing.

use hyper_util::client::legacy::connect::dns::Name;
use std::{
    error::Error,
    fmt,
    future::Future,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    vec,
};

/// The address that a host of a URL is by itself, without a look-up.
pub(crate) fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Whether an address is of the public internet, after the IANA registries of special-purpose addresses.
///
/// An IPv6 address that carries an IPv4 address, mapped, translated or tunnelled, is as public as what it carries.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = match a {
        0 | 10 | 127 | 224..=255 => true,
        100 => b & 0xc0 == 64,
        169 => b == 254,
        172 => b & 0xf0 == 16,
        192 => matches!((b, c), (0, 0) | (0, 2) | (88, 99) | (168, _) | (31, 196) | (52, 193) | (175, 48)),
        198 => matches!((b, c), (18 | 19, _) | (51, 100)),
        203 => (b, c) == (0, 113),
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        // IPv4-mapped and NAT64 carry the address at their end, 6to4 after its prefix.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        // Teredo, benchmarks, documentation, ORCHID and the other special parts of 2001::/23.
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
        // Documentation, and segment routing.
        [0x3fff, second, ..] => second >= 0x1000,
        // Only 2000::/3 is given out for the public internet.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// The look-up of one upstream's host: it knows which addresses are allowed.
#[derive(Clone, Debug)]
pub(crate) struct Resolver {
    /// Addresses that stand for every name, in place of a look-up.
    pub(crate) fixed: Arc<[IpAddr]>,
    pub(crate) allow_private: bool,
}

/// A name led to an address that is not allowed.
#[derive(Debug)]
pub(crate) struct Private;

impl fmt::Display for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name leads to a private address")
    }
}

impl Error for Private {}

impl Resolver {
    /// All of the addresses, or none: a name that leads to private and public ones is not trusted with either.
    fn screened(&self, found: Vec<SocketAddr>) -> io::Result<vec::IntoIter<SocketAddr>> {
        if found.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
        }
        if !self.allow_private && found.iter().any(|address| !is_public(address.ip())) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, Private));
        }
        Ok(found.into_iter())
    }
}

impl tower_service::Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolver = self.clone();
        Box::pin(async move {
            let found = if resolver.fixed.is_empty() {
                // The port is put in by whoever asked.
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect()
            } else {
                resolver.fixed.iter().map(|address| SocketAddr::new(*address, 0)).collect()
            };
            resolver.screened(found)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_addresses_are_not_public() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "5f00::1",
            "fd00:ec2::254",
        ] {
            assert!(!is_public(address.parse().expect("an address")), "{address} is not public");
        }
    }

    #[test]
    fn neighbours_of_special_addresses_are_public() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.0.0.1",
            "128.0.0.1",
            "169.253.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.167.0.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:4860:4860::8888",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
        ] {
            assert!(is_public(address.parse().expect("an address")), "{address} is public");
        }
    }

    #[test]
    fn one_private_answer_spoils_all() {
        let resolver = Resolver { fixed: Arc::new([]), allow_private: false };
        let answers = |texts: &[&str]| -> Vec<SocketAddr> {
            texts.iter().map(|text| SocketAddr::new(text.parse().expect("an address"), 0)).collect()
        };
        assert!(resolver.screened(answers(&["1.1.1.1", "8.8.8.8"])).is_ok(), "public ones pass");
        let error = resolver.screened(answers(&["1.1.1.1", "10.0.0.1"])).expect_err("a mixed answer");
        assert!(error.get_ref().is_some_and(|inner| inner.is::<Private>()), "and says why");
        assert!(resolver.screened(Vec::new()).is_err(), "no answer is an error");
        let inside = Resolver { fixed: Arc::new([]), allow_private: true };
        assert!(inside.screened(answers(&["10.0.0.1"])).is_ok(), "unless it is allowed");
    }
}
