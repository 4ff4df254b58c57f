//! Which addresses are local.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::Endpoint;

/// Returns whether an endpoint can only be on this machine or in a private network: it is
/// `localhost` or an address from a range for private use. A name is not local, since
/// whoever answers for it decides where it leads.
pub(super) fn is_local(endpoint: &Endpoint) -> bool {
    let host = endpoint.host();
    host == "localhost"
        || match host.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => is_private(address),
            Ok(IpAddr::V6(address)) => is_private_v6(address),
            Err(_) => false,
        }
}

const fn is_private(address: Ipv4Addr) -> bool {
    // Link-local addresses are left out: clouds serve credentials at one of them.
    address.is_loopback() || address.is_private()
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    match address.to_ipv4_mapped() {
        Some(mapped) => is_private(mapped),
        None => address.is_loopback() || address.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_for_private_use_are_local() {
        for (text, local) in [
            ("http://localhost:11434", true),
            ("http://127.0.0.1:1", true),
            ("http://10.1.2.3:8000", true),
            ("http://172.16.0.1", true),
            ("http://172.32.0.1", false),
            ("http://192.168.7.7", true),
            ("http://[::1]:1", true),
            ("http://[fd00::1]", true),
            ("http://[::ffff:10.0.0.1]", true),
            ("http://[::ffff:8.8.8.8]", false),
            ("http://169.254.169.254", false),
            ("http://8.8.8.8", false),
            ("http://[2001:db8::1]", false),
            ("http://ollama.internal", false),
            ("http://localhost.evil.example", false),
            ("http://0.0.0.0", false),
        ] {
            assert_eq!(is_local(&Endpoint::new(text).unwrap()), local, "{text}");
        }
    }
}
