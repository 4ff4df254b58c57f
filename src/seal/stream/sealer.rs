//! Sealing a stream, without I/O.

use std::fmt;

use zeroize::{Zeroize as _, Zeroizing};

use super::super::DataKey;
use super::chunks::Chunks;
use super::layout::{CHUNK, SALT, SEALED_CHUNK};
use super::unusable;
use crate::Error;
use crate::random::random;

/// Takes plaintext, and has bytes to send whenever a chunk is full.
pub(in crate::seal) struct Sealer {
    chunks: Chunks,
    /// The number of the chunk that is being filled.
    number: u64,
    /// Plaintext while filling, sealed bytes while sending. It never grows, so
    /// that it leaves no copies.
    buffer: Zeroizing<Vec<u8>>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Filling,
    Sending { sent: usize, last: bool },
    Ended,
    Failed,
}

impl Sealer {
    /// Begins with `header` and what starts a stream.
    pub(super) fn new(header: &[u8], key: &DataKey, context: &[u8]) -> Result<Self, Error> {
        let mut salt = [0; SALT];
        random(&mut salt)?;
        Self::with_salt(header, key, &salt, context)
    }

    pub(super) fn with_salt(
        header: &[u8],
        key: &DataKey,
        salt: &[u8; SALT],
        context: &[u8],
    ) -> Result<Self, Error> {
        let (chunks, prefix) = Chunks::new(key, salt, context)?;
        let start = header.len() + prefix.len();
        let mut buffer = Zeroizing::new(Vec::with_capacity(start.max(SEALED_CHUNK)));
        buffer.extend_from_slice(header);
        buffer.extend_from_slice(&prefix);
        Ok(Self {
            chunks,
            number: 0,
            buffer,
            state: State::Sending {
                sent: 0,
                last: false,
            },
        })
    }

    /// What is to be sent before anything else can be done.
    pub(super) fn pending(&self) -> &[u8] {
        match self.state {
            State::Sending { sent, .. } => self.buffer.get(sent..).unwrap_or_default(),
            State::Filling | State::Ended | State::Failed => &[],
        }
    }

    /// Notes that `count` bytes more were sent.
    pub(super) fn sent(&mut self, count: usize) {
        let State::Sending { sent, last } = self.state else {
            return;
        };
        let sent = sent.saturating_add(count);
        self.state = if sent < self.buffer.len() {
            State::Sending { sent, last }
        } else {
            self.buffer.clear();
            if last { State::Ended } else { State::Filling }
        };
    }

    /// Takes as much of `plain` as goes into the chunk, and says how much that
    /// was: nothing while there is something to send.
    pub(super) fn push(&mut self, plain: &[u8]) -> Result<usize, Error> {
        match self.state {
            State::Filling => {}
            State::Sending { last: false, .. } => return Ok(0),
            State::Sending { last: true, .. } | State::Ended | State::Failed => {
                return Err(unusable());
            }
        }
        let room = CHUNK.saturating_sub(self.buffer.len());
        let (taken, _) = plain.split_at_checked(room).unwrap_or((plain, &[]));
        self.buffer.extend_from_slice(taken);
        if self.buffer.len() == CHUNK {
            self.seal(false)?;
        }
        Ok(taken.len())
    }

    /// Seals what there is as the last chunk. To be called with nothing to send,
    /// and again while it is being sent; `true` once all was sent.
    pub(super) fn end(&mut self) -> Result<bool, Error> {
        match self.state {
            State::Filling => self.seal(true).map(|()| false),
            State::Sending { .. } => Ok(false),
            State::Ended => Ok(true),
            State::Failed => Err(unusable()),
        }
    }

    fn seal(&mut self, last: bool) -> Result<(), Error> {
        match self.chunks.seal(self.number, &mut self.buffer) {
            Ok(tag) => {
                self.buffer.extend_from_slice(&tag);
                self.number += 1;
                self.state = State::Sending { sent: 0, last };
                Ok(())
            }
            Err(error) => {
                self.buffer.zeroize();
                self.state = State::Failed;
                Err(error)
            }
        }
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer")
            .field("chunk", &self.number)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
