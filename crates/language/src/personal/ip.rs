//! Addresses on the internet that can point to a person: not those of the own machine.

use super::{Class, Find, context};
use core::net::{Ipv4Addr, Ipv6Addr};

const VERSION_WORDS: [&str; 8] =
    ["version", "v", "release", "firmware", "build", "update", "driver", "section"];

fn is_ip_char(c: char) -> bool {
    c.is_ascii_hexdigit() || matches!(c, ':' | '.')
}

/// Whether a value as a whole is such an address.
pub(crate) fn is_whole(value: &str) -> bool {
    reason(value.trim()).is_some()
}

fn reason(written: &str) -> Option<&'static str> {
    if let Ok(address) = written.parse::<Ipv4Addr>() {
        let is_somebody = !address.is_loopback() && !address.is_unspecified() && !address.is_broadcast();
        return is_somebody.then_some("four numbers from 0 to 255");
    }
    let n_groups = written.split(':').filter(|group| !group.is_empty()).count();
    let address = written.parse::<Ipv6Addr>().ok().filter(|_| n_groups >= 3)?;
    (!address.is_loopback() && !address.is_unspecified()).then_some("groups of an IPv6 address")
}

pub(crate) fn find(text: &str, found: &mut Vec<Find>) {
    let mut rest = 0;
    while let Some(start) = text[rest..].find(is_ip_char).map(|at| rest + at) {
        let len = text[start..].find(|c| !is_ip_char(c)).unwrap_or(text.len() - start);
        rest = start + len;
        let run = &text[start..rest];
        if !(run.contains("::") || run.matches(':').count() >= 7 || run.matches('.').count() >= 3) {
            continue;
        }
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        let stands_alone = !text[..start].chars().next_back().is_some_and(is_word)
            && !text[rest..].chars().next().is_some_and(is_word);
        let written = run.trim_end_matches(['.', ':']);
        // A port behind an address of version 4 does not belong to it.
        let written = match written.split_once(':') {
            Some((address, port)) if port.bytes().all(|c| c.is_ascii_digit()) => address,
            _ => written,
        };
        let Some(reason) = reason(written).filter(|_| stands_alone) else { continue };
        if context::is_announced(text, start, &VERSION_WORDS) {
            continue;
        }
        let end = start + written.len();
        found.push(Find { class: Class::IpAddress, start, end, confidence_percent: 88, reason });
    }
}
