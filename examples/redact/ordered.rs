//! Ordered output of files that are processed in parallel.

use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How much output of one file may wait in memory for its turn.
const WAITING: usize = 256 * 1024;

/// Standard output, to which jobs write one after the other.
pub(crate) struct Line<W> {
    state: Mutex<State<W>>,
    moved: Condvar,
}

struct State<W> {
    turn: u64,
    output: W,
    /// Whether the next byte is a separator with nothing before it.
    at_start: bool,
}

impl<W: Write> Line<W> {
    pub(crate) const fn new(output: W) -> Self {
        let state = State {
            turn: 0,
            output,
            at_start: true,
        };
        Self {
            state: Mutex::new(state),
            moved: Condvar::new(),
        }
    }

    /// Returns the place of job `number` in the line. Each piece of a `separated` job
    /// begins with a byte that is dropped for the very first piece.
    pub(crate) const fn place(&self, number: u64, separated: bool) -> Place<'_, W> {
        Place {
            line: self,
            number,
            separated,
            waiting: Vec::new(),
        }
    }

    /// Returns the output after all jobs are finished.
    pub(crate) fn into_inner(self) -> W {
        self.state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .output
    }

    fn lock(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A writer whose bytes are written after all earlier jobs are finished.
pub(crate) struct Place<'a, W: Write> {
    line: &'a Line<W>,
    number: u64,
    separated: bool,
    waiting: Vec<u8>,
}

impl<W: Write> Place<'_, W> {
    /// Waits for its turn, then writes the waiting bytes.
    fn write_waiting(&mut self) -> io::Result<()> {
        let mut state = self.line.lock();
        while state.turn < self.number {
            state = self
                .line
                .moved
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let mut bytes = self.waiting.as_slice();
        if !bytes.is_empty() {
            if self.separated && state.at_start {
                bytes = bytes.get(1..).unwrap_or_default();
            }
            state.at_start = false;
        }
        let written = state.output.write_all(bytes);
        drop(state);
        self.waiting.clear();
        written
    }

    /// Writes the rest and lets the next job write.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.write_waiting()
    }
}

impl<W: Write> Write for Place<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= WAITING || self.line.lock().turn == self.number {
            self.write_waiting()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write> Drop for Place<'_, W> {
    fn drop(&mut self) {
        let mut state = self.line.lock();
        while state.turn < self.number {
            state = self
                .line
                .moved
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.turn = self.number + 1;
        drop(state);
        self.line.moved.notify_all();
    }
}
