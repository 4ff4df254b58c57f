//! nosecrets' detector with its built-in rules. It reads files and nothing else,
//! so every piece is one, in memory where the system has a place for that; the
//! time to read it is in the figures.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use nosecrets_core::Detector;
use nosecrets_filter::Filter;
use nosecrets_rules::load_builtin_rules;

use crate::{Peer, Piece};

struct Files {
    detector: Detector,
    root: PathBuf,
    next: AtomicUsize,
}

pub(crate) fn set_up() -> Result<Box<dyn Peer>, Box<dyn Error>> {
    let memory = Path::new("/dev/shm");
    let root = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    let root = root.join(format!("confidant-peers-{}", std::process::id()));
    fs::create_dir_all(&root)?;
    let filter = Filter::from_config(None, Vec::new())?;
    Ok(Box::new(Files {
        detector: Detector::new(load_builtin_rules()?, filter)?,
        root,
        next: AtomicUsize::new(0),
    }))
}

impl Peer for Files {
    fn piece(&self, text: &str) -> Result<Piece, Box<dyn Error>> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.root.join(format!("{number}.txt"));
        fs::write(&path, text)?;
        Ok(Piece::File(path))
    }

    fn scan(&mut self, piece: &Piece) -> Result<usize, Box<dyn Error>> {
        match piece {
            Piece::File(path) => {
                let files = std::slice::from_ref(path);
                Ok(self.detector.scan_files(&self.root, files)?.len())
            }
            Piece::Text(_) => Err("a file was expected".into()),
        }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}
