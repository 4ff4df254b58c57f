//! Which place of a text leads to a token.

use super::index::KEY;
use super::{MOST_BACK, RUN};
use crate::redact::engine::prefilter::TOKEN_SET;
use crate::redact::text::{ByteSet, Shape};

/// How many keys one prefix may be looked up by.
const MOST_KEYS: u32 = 64;

/// Which place of a text leads to a token.
pub(super) enum Route {
    /// The start of a run, which is the token's start.
    Run,
    /// The start of a run that lies this many bytes behind the token's start.
    Behind(usize),
    /// The token's first bytes, as an anchor.
    Anchor,
}

impl Route {
    /// The route to a token of which `bytes` says what stands where.
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

/// Whether the bytes before `at` are few enough to look the token up by.
fn is_way(bytes: &[ByteSet], at: usize) -> bool {
    let key = at.checked_sub(KEY).and_then(|from| bytes.get(from..at));
    let ways = |key: &[ByteSet]| key.iter().map(|set| set.len()).product::<u32>();
    at <= MOST_BACK && key.is_some_and(|key| ways(key) <= MOST_KEYS)
}

/// Which bytes may stand at each place from the start of a token, as far as the
/// places are fixed.
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
