//! keyspoor's engine with its default configuration.

use std::error::Error;

use ::keyspoor::{Engine, EngineConfig};

use crate::{Peer, Piece};

struct Scanner(Engine);

pub(crate) fn set_up() -> Result<Box<dyn Peer>, Box<dyn Error>> {
    Ok(Box::new(Scanner(Engine::new(EngineConfig::default())?)))
}

impl Peer for Scanner {
    fn scan(&mut self, piece: &Piece) -> Result<usize, Box<dyn Error>> {
        let findings = self.0.scan_bytes("text.txt", piece.text().as_bytes());
        Ok(findings?.len())
    }
}
