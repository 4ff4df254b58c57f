//! Routes: the places of a text that lead to a token.

use super::index::KEY;
use super::{MOST_BACK, RUN};
use crate::redact::engine::prefilter::TOKEN_SET;
use crate::redact::text::{ByteSet, Shape};

/// The greatest number of keys by which one prefix is looked up.
const MOST_KEYS: u32 = 64;

/// The place of a text that leads to a token.
pub(super) enum Route {
    /// The start of a run that is the start of the token.
    Run,
    /// The start of a run, which lies this many bytes after the start of the token.
    Behind(usize),
    /// An anchor in the first bytes of the token.
    Anchor,
}

impl Route {
    /// Returns the route to a token whose first bytes are in the sets `bytes`.
    pub(super) fn of(bytes: &[ByteSet]) -> Self {
        let first = bytes.get(..RUN);
        if first.is_some_and(|first| first.iter().all(|set| set.is_subset(TOKEN_SET))) {
            return Self::Run;
        }
        let mut run = 0;
        let mut best = Self::Anchor;
        for (at, set) in bytes.iter().enumerate().rev() {
            if set.intersection(TOKEN_SET).is_empty() && run >= RUN && is_way(bytes, at + 1) {
                best = Self::Behind(at + 1);
            }
            run = if set.is_subset(TOKEN_SET) { run + 1 } else { 0 };
        }
        best
    }
}

/// Returns whether the bytes before `at` have few enough values to look the token up.
fn is_way(bytes: &[ByteSet], at: usize) -> bool {
    let key = at.checked_sub(KEY).and_then(|from| bytes.get(from..at));
    let ways = |key: &[ByteSet]| key.iter().map(|set| set.len()).product::<u32>();
    at <= MOST_BACK && key.is_some_and(|key| ways(key) <= MOST_KEYS)
}

/// Returns the bytes that may stand at each offset of a token, as far as the offsets
/// are fixed.
pub(super) fn fixed_bytes(prefix: &str, body: &Shape) -> Vec<ByteSet> {
    let mut bytes = Vec::with_capacity(MOST_BACK + 2 * RUN);
    bytes.extend(prefix.bytes().map(ByteSet::of));
    for part in body.parts() {
        let most = (MOST_BACK + RUN).saturating_sub(bytes.len());
        bytes.extend(std::iter::repeat_n(
            part.set,
            usize::from(part.min).min(most),
        ));
        if part.min < part.max || bytes.len() >= MOST_BACK + RUN {
            break;
        }
    }
    bytes
}
