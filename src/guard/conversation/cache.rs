//! What was cleared before, so that a long history costs only what is new in it.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash as _, Hasher as _, RandomState};
use std::ops::Range;

use crate::redact::{Judge, Kind, PlaceholderMap};

/// How many bytes at either end of a text take part in finding its place.
const ENDS: usize = 32;
/// How many pieces in between do, evenly spread, and of how many bytes.
const BETWEEN: (usize, usize) = (8, 16);

/// A text as it was cleared.
///
/// The text in the clear is not kept: it is what the cleared text becomes when its
/// placeholders are replaced, and is compared with that.
pub(super) struct Cached {
    context: u64,
    pub(super) wire: Box<str>,
    plain: Plain,
    /// How many values of the map it was checked against.
    pub(super) checked: usize,
    /// The state of the values known from elsewhere when it was cleared.
    pub(super) generation: u64,
    /// The number of the request with which it first left.
    pub(super) first: u64,
}

enum Plain {
    /// The cleared text, with values in place of these placeholders.
    Pieces(Box<[(Range<usize>, u64)]>),
    /// A text of this digest under the key of the conversation.
    Digest([u8; 16]),
}

/// Cleared texts, found by their text in the clear. It is emptied when it is full. A text
/// that is lost costs a scan, and nothing else.
pub(super) struct Cache {
    hasher: RandomState,
    places: HashMap<u64, Vec<Cached>>,
    bytes: usize,
}

impl Cache {
    /// The most bytes of cleared texts that are kept.
    const MAX_BYTES: usize = 64 << 20;
    /// The most texts in one place: of one length, and alike where they are looked at.
    const MAX_ALIKE: usize = 16;

    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            places: HashMap::new(),
            bytes: 0,
        }
    }

    /// The place of a text: of its length, both ends and some bytes in between.
    fn place(&self, context: u64, text: &str) -> u64 {
        let (bytes, mut hash) = (text.as_bytes(), self.hasher.build_hasher());
        let tail = bytes.len().saturating_sub(ENDS);
        context.hash(&mut hash);
        bytes.len().hash(&mut hash);
        hash.write(bytes.get(..ENDS).unwrap_or(bytes));
        hash.write(bytes.get(tail..).unwrap_or_default());
        let between = bytes.get(ENDS..tail).unwrap_or_default();
        let (pieces, len) = BETWEEN;
        for piece in between.chunks(between.len().div_ceil(pieces).max(1)) {
            hash.write(piece.get(..len).unwrap_or(piece));
        }
        hash.finish()
    }

    /// Returns the place in the cache of a text's cleared form.
    pub(super) fn find(
        &self,
        context: u64,
        text: &str,
        map: &PlaceholderMap,
        digest: impl Fn() -> [u8; 16],
    ) -> Option<(u64, usize)> {
        let place = self.place(context, text);
        let found = self.places.get(&place)?;
        let mut own = None;
        let is_it = |cached: &Cached| {
            cached.context == context
                && match &cached.plain {
                    Plain::Pieces(pieces) => is_restored(&cached.wire, pieces, map, text),
                    Plain::Digest(known) => *own.get_or_insert_with(&digest) == *known,
                }
        };
        Some((place, found.iter().position(is_it)?))
    }

    pub(super) fn get(&self, at: (u64, usize)) -> Option<&Cached> {
        self.places.get(&at.0)?.get(at.1)
    }

    pub(super) fn get_mut(&mut self, at: (u64, usize)) -> Option<&mut Cached> {
        self.places.get_mut(&at.0)?.get_mut(at.1)
    }

    /// Forgets what a text was cleared to.
    pub(super) fn remove(&mut self, at: (u64, usize)) {
        if let Some(found) = self.places.get_mut(&at.0)
            && at.1 < found.len()
        {
            let gone = found.swap_remove(at.1);
            self.bytes = self.bytes.saturating_sub(gone.wire.len());
        }
    }

    /// Remembers what a text was cleared to.
    pub(super) fn insert(
        &mut self,
        context: u64,
        text: &str,
        wire: &str,
        map: &PlaceholderMap,
        digest: impl Fn() -> [u8; 16],
        (checked, generation, first): (usize, u64, u64),
    ) {
        if self.bytes + wire.len() > Self::MAX_BYTES {
            self.places.clear();
            self.bytes = 0;
        }
        let pieces = match text == wire {
            true => Some(Vec::new()),
            false => pieces(wire, map).filter(|pieces| is_restored(wire, pieces, map, text)),
        };
        let cached = Cached {
            context,
            wire: wire.into(),
            plain: match pieces {
                Some(pieces) => Plain::Pieces(pieces.into()),
                None => Plain::Digest(digest()),
            },
            checked,
            generation,
            first,
        };
        self.bytes += wire.len();
        let place = self.place(context, text);
        let found = self.places.entry(place).or_default();
        if found.len() >= Self::MAX_ALIKE {
            let gone = found.remove(0);
            self.bytes = self.bytes.saturating_sub(gone.wire.len());
        }
        found.push(cached);
    }
}

/// Whether a cleared text with values in place of its placeholders is `text`.
fn is_restored(
    wire: &str,
    pieces: &[(Range<usize>, u64)],
    map: &PlaceholderMap,
    text: &str,
) -> bool {
    let (mut rest, mut done) = (text, 0);
    for (range, tag) in pieces {
        let before = wire.get(done..range.start).unwrap_or_default();
        let Some(entry) = map.entry(*tag) else {
            return false;
        };
        let after = rest.strip_prefix(before);
        let Some(after) = after.and_then(|rest| rest.strip_prefix(entry.value)) else {
            return false;
        };
        (rest, done) = (after, range.end);
    }
    wire.get(done..) == Some(rest)
}

/// Where the placeholders of a map stand in a text.
fn pieces(wire: &str, map: &PlaceholderMap) -> Option<Vec<(Range<usize>, u64)>> {
    let mut found = Pieces::default();
    map.restore_if(wire, &mut found);
    (found.read == wire.len()).then_some(found.pieces)
}

#[derive(Default)]
struct Pieces {
    read: usize,
    pieces: Vec<(Range<usize>, u64)>,
}

impl Judge for Pieces {
    fn read(&mut self, text: &str) {
        self.read += text.len();
    }

    fn releases(&mut self, _: Kind, tag: u64, written: &str) -> bool {
        self.pieces
            .push((self.read..self.read + written.len(), tag));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Key, Redactor};

    #[test]
    fn a_text_is_found_by_what_it_was_and_by_nothing_else() {
        let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
        let redactor = Redactor::secrets_and_pii();
        let mut cache = Cache::new();
        let never = || -> [u8; 16] { panic!("no digest is needed") };
        let text = "ask ann@acme-mail.com and bob@acme-mail.com today";
        let wire = redactor.redact_with(text, &mut map).into_string();
        cache.insert(1, text, &wire, &map, never, (0, 0, 1));
        let found = cache.find(1, text, &map, never).unwrap();
        assert_eq!(&*cache.get_mut(found).unwrap().wire, wire);
        for (context, other) in [
            (2, text.to_owned()),
            (1, wire.clone()),
            (1, text.replace("ann@", "amn@")),
            (1, text.replace("and", "und")),
            (1, text.replace("ann@", "bob@")),
        ] {
            assert!(cache.find(context, &other, &map, never).is_none());
        }
        // What does not come back as it was is known by its digest.
        cache.insert(1, "other", "[REDACTED-TOKEN]", &map, || [3; 16], (0, 0, 1));
        assert!(cache.find(1, "other", &map, || [3; 16]).is_some());
        assert!(cache.find(1, "other", &map, || [4; 16]).is_none());
    }
}
