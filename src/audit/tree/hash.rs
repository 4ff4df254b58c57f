//! Hashes of leaves and nodes.

use std::fmt;

use base64ct::{Base64, Encoding as _};
use sha2::block_api::compress256;
use sha2::{Digest as _, Sha256};

use crate::Error;

/// A SHA-256 hash of a tree: of a leaf, a node or a whole.
///
/// As text it is base 64, as checkpoints and proofs write it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, std::hash::Hash)]
pub struct Hash([u8; Self::LEN]);

impl Hash {
    /// The number of bytes of a hash.
    pub const LEN: usize = 32;

    /// Returns the root of the tree that has no leaf: the hash of no bytes.
    #[must_use]
    pub fn empty() -> Self {
        Self(Sha256::digest([]).into())
    }

    /// Returns the hash of an entry as a leaf: of a zero byte and the entry.
    #[must_use]
    pub fn of_leaf(entry: &[u8]) -> Self {
        leaf_hash(entry)
    }

    /// Takes the bytes of a hash.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// Returns its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// Reads the one base 64 text that a hash has.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let mut bytes = [0; Self::LEN];
        match Base64::decode(text, &mut bytes) {
            Ok(decoded) if decoded.len() == Self::LEN => Ok(Self(bytes)),
            _ => Err(Error::config("hash is not 32 bytes in base 64")),
        }
    }

    /// The first four bytes, as the check of a frame has them.
    pub(crate) const fn start(&self) -> u32 {
        let [a, b, c, d, ..] = self.0;
        u32::from_be_bytes([a, b, c, d])
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64::encode_string(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// The first state of SHA-256.
const START: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// The hash of an entry as a leaf. Whole blocks are hashed where they are.
pub(crate) fn leaf_hash(entry: &[u8]) -> Hash {
    let mut state = START;
    let mut rest = entry;
    // What of the rest is not in a whole block, behind the mark of a leaf if there
    // was no whole block yet.
    let mut last = [0; 64];
    let mut len = 1;
    if let Some((first, after)) = entry.split_first_chunk::<63>() {
        let mut block = [0; 64];
        let [_, place @ ..] = &mut block;
        *place = *first;
        compress256(&mut state, &[block]);
        let (blocks, after) = after.as_chunks();
        compress256(&mut state, blocks);
        rest = after;
        len = 0;
    }
    let end = len + rest.len();
    for (to, from) in last.iter_mut().skip(len).zip(rest.iter().chain(&[0x80])) {
        *to = *from;
    }
    if end >= 56 {
        compress256(&mut state, &[last]);
        last = [0; 64];
    }
    let bits = (entry.len() as u64 + 1) * 8;
    if let Some(place) = last.last_chunk_mut() {
        *place = bits.to_be_bytes();
    }
    compress256(&mut state, &[last]);
    Hash(to_bytes(state))
}

fn to_bytes(state: [u32; 8]) -> [u8; Hash::LEN] {
    let mut bytes = [0; Hash::LEN];
    for (to, from) in bytes.chunks_exact_mut(4).zip(state) {
        to.copy_from_slice(&from.to_be_bytes());
    }
    bytes
}

/// The hash of a node above two others. Its input always has 65 bytes, so both
/// blocks are laid out here, without a buffer in between.
pub(crate) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut blocks = [[0; 64]; 2];
    let [first, second] = &mut blocks;
    let [mark, first @ ..] = first;
    *mark = 1;
    let (of_left, of_right) = first.split_at_mut(Hash::LEN);
    of_left.copy_from_slice(&left.0);
    let [start @ .., last] = &right.0;
    of_right.copy_from_slice(start);
    let [rest, end, .., high, low] = second;
    *rest = *last;
    *end = 0x80;
    [*high, *low] = (65_u16 * 8).to_be_bytes();
    let mut state = START;
    compress256(&mut state, &blocks);
    Hash(to_bytes(state))
}
