//! kingfisher-scanner with its built-in rules.

use std::error::Error;
use std::sync::Arc;

use kingfisher_scanner::{RulesDatabase, Scanner, get_builtin_rules};

use crate::{Peer, Piece};

struct Kingfisher(Scanner);

pub(crate) fn set_up() -> Result<Box<dyn Peer>, Box<dyn Error>> {
    let database = RulesDatabase::from_rule_collection(get_builtin_rules(None)?)?;
    Ok(Box::new(Kingfisher(Scanner::new(Arc::new(database)))))
}

impl Peer for Kingfisher {
    fn scan(&mut self, piece: &Piece) -> Result<usize, Box<dyn Error>> {
        Ok(self.0.scan_bytes(piece.text().as_bytes())?.len())
    }
}
