//! Which hosts are this machine.

use std::net::IpAddr;

/// Returns whether a host is written as this machine: `localhost` or a loopback address.
/// An IPv6 address has no brackets.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
