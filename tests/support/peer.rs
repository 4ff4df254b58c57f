//! What a test needs from outside: a server, a compiler.

use std::env;
use std::io::{self, Write};

/// A peer, or nothing where this machine has none, after saying so. Where
/// `CONFIDANT_REQUIRE_PEERS` is 1 every peer has to be there.
pub(crate) fn or_skip<T>(peer: Option<T>, what: &str) -> Option<T> {
    if peer.is_none() {
        let required = env::var("CONFIDANT_REQUIRE_PEERS").is_ok_and(|value| value == "1");
        assert!(!required, "there is no {what}, and it is required");
        // Past the harness, which shows nothing of a test that passes.
        writeln!(io::stderr(), "SKIPPED: there is no {what}").ok();
    }
    peer
}
