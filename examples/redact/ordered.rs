//! Files are worked on side by side, their output comes in order.

use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How much one file's output may wait in memory for its turn.
const WAITING: usize = 256 * 1024;

/// Standard output, which jobs write to one after the other.
pub(crate) struct Line<W> {
    state: Mutex<State<W>>,
    moved: Condvar,
}

struct State<W> {
    turn: u64,
    output: W,
    /// Whether the next byte is a separator that has nothing before it.
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

    /// The place of job `number` in the line; `separated` jobs begin each piece
    /// with a byte that is dropped for the first piece of all.
    pub(crate) const fn place(&self, number: u64, separated: bool) -> Place<'_, W> {
        Place {
            line: self,
            number,
            separated,
            waiting: Vec::new(),
        }
    }

    /// The output, once no job is left.
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

/// A writer whose bytes come out when all jobs before it are done.
pub(crate) struct Place<'a, W: Write> {
    line: &'a Line<W>,
    number: u64,
    separated: bool,
    waiting: Vec<u8>,
}

impl<W: Write> Place<'_, W> {
    /// Waits for the turn, then writes what has been waiting.
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

    /// Writes all that is left and lets the next job write.
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
