//! A progress line on standard error during long runs.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The bytes and files so far, shared by all threads.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    bytes: AtomicU64,
    files: AtomicU64,
    done: AtomicBool,
    gate: Mutex<()>,
    ended: Condvar,
}

impl Progress {
    pub(crate) fn add(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
    }

    pub(crate) fn add_file(&self) {
        self.files.fetch_add(1, Relaxed);
    }

    /// Returns whether a person is watching: standard error is a terminal, and
    /// standard output, which would be mixed with it, is not.
    pub(crate) fn is_watched() -> bool {
        io::stderr().is_terminal() && !io::stdout().is_terminal()
    }

    /// Shows progress until [`end`](Self::end), but nothing in the first second.
    pub(crate) fn show(&self) {
        let start = Instant::now();
        let mut shown = false;
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        while !self.done.load(Relaxed) {
            let waited = self.ended.wait_timeout(gate, Duration::from_millis(200));
            gate = waited.unwrap_or_else(PoisonError::into_inner).0;
            let elapsed = start.elapsed().as_secs_f64();
            if elapsed < 1.0 {
                continue;
            }
            let megabytes = self.bytes.load(Relaxed) as f64 / 1e6;
            let files = self.files.load(Relaxed);
            let rate = megabytes / elapsed;
            eprint!("\r{megabytes:.0} MB, {rate:.0} MB/s, {files} files ");
            let _ = io::stderr().flush();
            shown = true;
        }
        if shown {
            eprintln!();
        }
    }

    /// Makes [`show`](Self::show) return.
    pub(crate) fn end(&self) {
        let gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        self.done.store(true, Relaxed);
        drop(gate);
        self.ended.notify_all();
    }
}
