//! Envelope encryption by several crates, side by side in one run.
//!
//! `cargo run --release --ignore-rust-version` in this folder prints tables of
//! medians and of the best rounds. In each round every crate has a turn, so that a
//! slow moment of the machine falls on all of them. Keys that would lie with a service lie in memory.

mod peers;
mod streams;
mod table;

use peers::Peer;
use table::{Row, print};

const SIZES: [(&str, usize); 4] = [
    ("32 B", 32),
    ("256 B", 256),
    ("4 KiB", 4096),
    ("64 KiB", 64 * 1024),
];
const ROUNDS: usize = 101;

fn main() {
    let mut peers = peers::all();
    for (title, size) in SIZES {
        // As many bytes as go into one envelope everywhere.
        let plain = vec![0x61; size];
        let mut sealed = Vec::new();
        for peer in &mut peers {
            let bytes = peer.seal(&plain);
            assert!(
                peer.open(&bytes) == plain,
                "{} opens something else",
                peer.name()
            );
            sealed.push(bytes);
        }
        let rows = measure(&mut peers, |peer, _| {
            std::hint::black_box(peer.seal(&plain));
        });
        print(&format!("create, {title}"), &with_bytes(rows, &sealed));
        let rows = measure(&mut peers, |peer, at| {
            std::hint::black_box(peer.open(&sealed[at]));
        });
        print(&format!("open, {title}"), &with_bytes(rows, &sealed));
    }
    streams::measure_all();
}

fn measure(peers: &mut [Box<dyn Peer>], mut call: impl FnMut(&mut dyn Peer, usize)) -> Vec<Row> {
    let names: Vec<_> = peers.iter().map(|peer| peer.name()).collect();
    table::measure(ROUNDS, &names, |at| call(&mut *peers[at], at))
}

fn with_bytes(mut rows: Vec<Row>, sealed: &[Vec<u8>]) -> Vec<Row> {
    for (row, sealed) in rows.iter_mut().zip(sealed) {
        row.bytes = sealed.len();
    }
    rows
}
