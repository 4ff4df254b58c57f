//! The lookup tables that all kernels share.

use std::cmp::Reverse;

use super::super::super::shape::ByteSet;

/// The token alphabet.
pub(crate) const TOKEN_SET: ByteSet = ByteSet::parse("A-Za-z0-9_-");

/// Four sets of bytes, one after the other: where an anchor may begin.
///
/// The first byte is ASCII; a later one from 128 up counts as the one 128 below,
/// since that is what 7-bit lookups see.
pub(crate) type Anchor = [ByteSet; 4];

const BUCKETS: usize = 8;

/// The bit of a digit in lookups of the token alphabet: in halves it is that of
/// the high half 3, in which nothing else of the alphabet stands.
pub(super) const DIGIT: u8 = 1 << 3;

/// An anchor belongs to one of eight buckets, a bit each; an entry has the bits
/// of all buckets in which its byte stands at that position.
pub(super) struct Tables {
    /// For each position and byte, the buckets.
    pub(super) buckets: [[u8; 128]; 4],
    /// For each byte, 128 if it is of the token alphabet, and [`DIGIT`] too if it
    /// is a digit.
    pub(super) token: [u8; 128],
    /// `buckets` as products of what the low and the high half of a byte allow,
    /// for kernels that look up 16 entries: more places, never fewer.
    pub(super) low: [[u8; 16]; 4],
    pub(super) high: [[u8; 16]; 4],
    /// The token alphabet in halves, a bit for each high half: exact.
    pub(super) token_low: [u8; 16],
    pub(super) token_high: [u8; 16],
    exact: Exact,
}

/// The anchors themselves, by the byte that they begin with.
struct Exact {
    /// What follows the first byte.
    rests: Vec<[ByteSet; 3]>,
    /// Where those of each first byte start, and after the last where they end.
    starts: [u16; 129],
}

impl Exact {
    fn new(anchors: &[Anchor]) -> Self {
        let mut this = Self {
            rests: Vec::new(),
            starts: [0; 129],
        };
        for (byte, start) in (0..=128).zip(&mut this.starts) {
            *start = u16::try_from(this.rests.len()).unwrap_or(u16::MAX);
            for [first, rest @ ..] in anchors {
                if first.contains(byte)
                    && !this
                        .rests
                        .iter()
                        .skip(usize::from(*start))
                        .any(|known| known == rest)
                {
                    this.rests.push(*rest);
                }
            }
        }
        this
    }

    #[inline]
    fn holds(&self, [first, rest @ ..]: [u8; 4]) -> bool {
        let at = |byte: usize| self.starts.get(byte).copied().map_or(0, usize::from);
        let byte = usize::from(first);
        let alike = self.rests.get(at(byte)..at(byte + 1)).unwrap_or_default();
        alike.iter().any(|sets| {
            let mut places = sets.iter().zip(rest);
            places.all(|(set, byte)| set.contains(byte & 127))
        })
    }
}

impl Tables {
    pub(super) fn new(anchors: &[Anchor]) -> Self {
        let mut tables = Self {
            buckets: [[0; 128]; 4],
            token: [0; 128],
            low: [[0; 16]; 4],
            high: [[0; 16]; 4],
            token_low: [0; 16],
            token_high: [0; 16],
            exact: Exact::new(anchors),
        };
        for (bucket, sets) in group(anchors).iter().enumerate() {
            for (position, set) in sets.iter().enumerate() {
                tables.allow(position, *set, 1 << bucket);
            }
        }
        for byte in (0..128_u8).filter(|&byte| TOKEN_SET.contains(byte)) {
            let (low, high) = (usize::from(byte & 15), usize::from(byte >> 4));
            let digit = if byte.is_ascii_digit() { DIGIT } else { 0 };
            set_bits(&mut tables.token, usize::from(byte), 128 | digit);
            set_bits(&mut tables.token_low, low, 1 << high);
            set_bits(&mut tables.token_high, high, 1 << high);
        }
        tables
    }

    /// Whether an anchor begins with these bytes, and not only one of a bucket's
    /// mixtures.
    #[inline]
    pub(super) fn holds(&self, bytes: [u8; 4]) -> bool {
        self.exact.holds(bytes)
    }

    /// Keeps of the anchors that products of halves let through those that whole
    /// bytes do.
    #[cfg_attr(
        not(any(target_arch = "x86_64", target_arch = "aarch64")),
        expect(dead_code, reason = "the scalar kernel needs no second look")
    )]
    #[inline]
    pub(super) fn sift(&self, block: &[u8], anchor: u64) -> u64 {
        let [first, second, third, fourth] = &self.buckets;
        let look =
            |table: &[u8; 128], byte: u8| table.get(usize::from(byte & 127)).copied().unwrap_or(0);
        let (mut rest, mut kept) = (anchor, 0);
        while rest != 0 {
            let bit = rest.trailing_zeros();
            rest &= rest - 1;
            let bytes = block.get(bit as usize..).and_then(<[u8]>::first_chunk);
            if let Some(&[a, b, c, d]) = bytes {
                let hits = look(first, a) & look(second, b) & look(third, c) & look(fourth, d);
                kept |= u64::from(hits != 0) << bit;
            }
        }
        kept
    }

    fn allow(&mut self, position: usize, set: ByteSet, bit: u8) {
        let (Some(buckets), Some(low), Some(high)) = (
            self.buckets.get_mut(position),
            self.low.get_mut(position),
            self.high.get_mut(position),
        ) else {
            return;
        };
        for byte in (0..128_u8).filter(|&byte| set.contains(byte)) {
            set_bits(buckets, usize::from(byte), bit);
            set_bits(low, usize::from(byte & 15), bit);
            set_bits(high, usize::from(byte >> 4), bit);
            if position > 0 {
                set_bits(high, usize::from(byte >> 4) + 8, bit);
            }
        }
    }
}

fn set_bits(table: &mut [u8], at: usize, bits: u8) {
    if let Some(entry) = table.get_mut(at) {
        *entry |= bits;
    }
}

/// Puts anchors that look alike together, so that a bucket lets little through
/// that is none of its anchors.
fn group(anchors: &[Anchor]) -> [Anchor; BUCKETS] {
    let mut groups = [[ByteSet::EMPTY; 4]; BUCKETS];
    // Those that let much through come first, so that each finds room of its own.
    let mut anchors: Vec<&Anchor> = anchors.iter().collect();
    anchors.sort_by_cached_key(|anchor| Reverse(weight(anchor)));
    for anchor in anchors {
        let mut best = (u64::MAX, 0);
        for (bucket, sets) in groups.iter().enumerate() {
            let before = weight(sets);
            let after = weight(&join(sets, anchor));
            best = best.min((after - before, bucket));
        }
        if let Some(sets) = groups.get_mut(best.1) {
            *sets = join(sets, anchor);
        }
    }
    groups
}

fn join(one: &Anchor, other: &Anchor) -> Anchor {
    std::array::from_fn(|position| {
        let set = |sets: &Anchor| sets.get(position).copied().unwrap_or(ByteSet::EMPTY);
        set(one).union(set(other))
    })
}

/// About how much text a bucket lets through that kernels with lookups of 16
/// entries see: blanks and small letters are frequent, and controls are rare.
fn weight(sets: &Anchor) -> u64 {
    const SMALL: ByteSet = ByteSet::parse("a-z");
    const DIGIT: ByteSet = ByteSet::parse("0-9");
    const FREQUENT: ByteSet = ByteSet::parse(" =");
    const RARE: ByteSet = ByteSet::parse("\x00-\x09\x0b-\x1f\x7f");
    let count = |set: &ByteSet, of: ByteSet| u64::from(set.intersection(of).len());
    let seen = |set: &ByteSet| u64::from(set.len()) - count(set, RARE);
    sets.iter()
        .map(|set| {
            let set = &set.by_halves();
            1 + 8 * seen(set)
                + 24 * count(set, SMALL)
                + 8 * count(set, DIGIT)
                + 80 * count(set, FREQUENT)
        })
        .product()
}
