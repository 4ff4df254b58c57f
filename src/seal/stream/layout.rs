//! The layout of a stream.

use super::super::cipher::TAG;
use crate::Error;

/// The plaintext bytes of every chunk but the last, which has fewer.
pub(super) const CHUNK: usize = 16 * 1024;
/// The bytes of such a chunk once it is sealed.
pub(super) const SEALED_CHUNK: usize = CHUNK + TAG;
/// The random bytes at the start.
pub(super) const SALT: usize = 24;
/// The bytes that commit to key, salt and context.
pub(super) const COMMITMENT: usize = 32;
/// The bytes before the first chunk: salt and commitment.
pub(super) const PREFIX: usize = SALT + COMMITMENT;
/// The most chunks of a stream.
pub(super) const MAX_CHUNKS: u64 = 1 << 38;

/// The most plaintext bytes of a stream.
const MAX_LEN: u64 = MAX_CHUNKS * CHUNK as u64 - 1;

/// Returns how long a stream is whose plaintext has `len` bytes, without the header of
/// an envelope: 56 bytes, and 16 for each chunk.
///
/// # Errors
/// [`Limit`](crate::ErrorKind::Limit) from 4 PiB (2^52 bytes) on.
///
/// # Example
/// ```
/// use confidant::seal::stream::sealed_len;
///
/// assert_eq!(sealed_len(0)?, 56 + 16);
/// assert_eq!(sealed_len(16 * 1024)?, 56 + 16 * 1024 + 2 * 16);
/// # Ok::<(), confidant::Error>(())
/// ```
pub fn sealed_len(len: u64) -> Result<u64, Error> {
    if len > MAX_LEN {
        return Err(too_long());
    }
    let chunks = len / CHUNK as u64 + 1;
    Ok(PREFIX as u64 + len + chunks * TAG as u64)
}

#[cold]
pub(super) fn too_long() -> Error {
    Error::limit("the plaintext of a stream", MAX_LEN)
}

/// The chunks of a whole stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The bytes of all the plaintext.
    pub(super) len: u64,
}

impl Layout {
    /// The layout of a stream of `sealed` bytes, or `None` where no stream has
    /// that many.
    pub(super) fn of(sealed: u64) -> Option<Self> {
        let chunks = sealed.checked_sub(PREFIX as u64)?;
        let full = chunks / SEALED_CHUNK as u64;
        let last = (chunks % SEALED_CHUNK as u64).checked_sub(TAG as u64)?;
        (full < MAX_CHUNKS).then_some(Self {
            len: full * CHUNK as u64 + last,
        })
    }

    /// The number of the last chunk.
    pub(super) const fn last(self) -> u64 {
        self.len / CHUNK as u64
    }

    /// Where chunk `number` begins in the stream.
    pub(super) const fn start(number: u64) -> u64 {
        PREFIX as u64 + number * SEALED_CHUNK as u64
    }

    /// The bytes of chunk `number` once sealed.
    pub(super) const fn sealed_chunk(self, number: u64) -> usize {
        if number < self.last() {
            SEALED_CHUNK
        } else {
            (self.len % CHUNK as u64) as usize + TAG
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_and_its_sealed_length_lead_to_each_other() {
        let mut valid = std::collections::BTreeSet::new();
        for len in (0..40).chain(16_370..16_400).chain(32_750..32_800) {
            let sealed = sealed_len(len).unwrap();
            assert_eq!(Layout::of(sealed), Some(Layout { len }));
            valid.insert(sealed);
        }
        for sealed in (0..72 + 40).chain(16_442..16_488) {
            assert_eq!(
                Layout::of(sealed).is_some(),
                valid.contains(&sealed),
                "{sealed}"
            );
        }
    }

    #[test]
    fn the_last_chunk_ends_the_stream() {
        for len in [0, 1, 16_383, 16_384, 16_385, 32_768, 50_000, MAX_LEN] {
            let layout = Layout { len };
            let end = Layout::start(layout.last()) + layout.sealed_chunk(layout.last()) as u64;
            assert_eq!(end, sealed_len(len).unwrap());
            assert!(layout.last() < MAX_CHUNKS);
        }
    }

    #[test]
    fn no_stream_is_longer_than_four_pebibytes() {
        assert_eq!(
            sealed_len(MAX_LEN + 1).unwrap_err().kind(),
            crate::ErrorKind::Limit
        );
        let most = sealed_len(MAX_LEN).unwrap();
        assert!(Layout::of(most).is_some());
        for more in [most + 1, most + 17, most + SEALED_CHUNK as u64, u64::MAX] {
            assert_eq!(Layout::of(more), None);
        }
    }
}
