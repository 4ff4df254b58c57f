//! Opening a stream, without I/O.

use std::fmt;

use zeroize::{Zeroize as _, Zeroizing};

use super::super::cipher::TAG;
use super::chunks::Chunks;
use super::layout::SEALED_CHUNK;
use super::rejected;
use crate::Error;

/// Takes a chunk at a time, and has plaintext once its tag was verified.
pub(super) struct Opener {
    chunks: Chunks,
    /// The number of the chunk that is being received.
    number: u64,
    /// Always as long as a sealed chunk.
    buffer: Zeroizing<Vec<u8>>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// So many bytes of the chunk are there.
    Receiving {
        received: usize,
    },
    /// The plaintext from `at` to `end` was not consumed.
    Open {
        at: usize,
        end: usize,
        last: bool,
    },
    Ended,
    Failed,
}

impl Opener {
    pub(super) fn new(chunks: Chunks) -> Self {
        Self {
            chunks,
            number: 0,
            buffer: Zeroizing::new(vec![0; SEALED_CHUNK]),
            state: State::Receiving { received: 0 },
        }
    }

    /// Where the next bytes of the stream belong: nowhere while there is
    /// plaintext to consume, and after the end.
    pub(super) fn space(&mut self) -> &mut [u8] {
        match self.state {
            State::Receiving { received } => self.buffer.get_mut(received..).unwrap_or_default(),
            State::Open { .. } | State::Ended | State::Failed => &mut [],
        }
    }

    /// Notes that `count` bytes stand in the space: none where the stream ends.
    pub(super) fn received(&mut self, count: usize) -> Result<(), Error> {
        let State::Receiving { received } = self.state else {
            return Ok(());
        };
        let total = received.saturating_add(count);
        if count == 0 {
            // The last chunk is always short: a stream that ends behind a full
            // one was cut.
            self.open(received, true)
        } else if total >= SEALED_CHUNK {
            self.open(SEALED_CHUNK, false)
        } else {
            self.state = State::Receiving { received: total };
            Ok(())
        }
    }

    /// The plaintext that was verified and not yet consumed.
    pub(super) fn plaintext(&self) -> Result<&[u8], Error> {
        match self.state {
            State::Open { at, end, .. } => Ok(self.buffer.get(at..end).unwrap_or_default()),
            State::Receiving { .. } | State::Ended => Ok(&[]),
            State::Failed => Err(rejected()),
        }
    }

    pub(super) fn consume(&mut self, count: usize) {
        if let State::Open { at, end, last } = self.state {
            let at = at.saturating_add(count);
            self.state = if at < end {
                State::Open { at, end, last }
            } else if last {
                self.buffer.as_mut_slice().zeroize();
                State::Ended
            } else {
                State::Receiving { received: 0 }
            };
        }
    }

    /// Whether everything was received, verified and consumed.
    pub(super) fn is_ended(&self) -> bool {
        self.state == State::Ended
    }

    fn open(&mut self, len: usize, last: bool) -> Result<(), Error> {
        let chunk = self.buffer.get_mut(..len).unwrap_or_default();
        let opened = if len < TAG {
            Err(rejected())
        } else {
            self.chunks.open(self.number, chunk)
        };
        match opened {
            Ok(end) => {
                self.number += 1;
                self.state = State::Open { at: 0, end, last };
                self.consume(0);
                Ok(())
            }
            Err(error) => {
                self.buffer.as_mut_slice().zeroize();
                self.state = State::Failed;
                Err(error)
            }
        }
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener")
            .field("chunk", &self.number)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
