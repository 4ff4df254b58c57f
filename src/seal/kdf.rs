//! HMAC-SHA-256 (RFC 2104) and one block of HKDF-Expand (RFC 5869), which is all
//! that the formats of this crate need.
//!
//! Built on the compression function: nothing is hashed twice, and what is wiped
//! is wiped once, which for messages this short is half of the time.

use std::slice::from_ref;

use sha2::block_api::compress256;
use zeroize::{Zeroize as _, Zeroizing};

use crate::secret::Secret;

const BLOCK: usize = 64;
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// HMAC-SHA-256 under a uniformly random key, ready to be used many times: the
/// states of the inner and the outer hash behind their first blocks.
pub(super) struct Prf(Secret<[[u32; 8]; 2]>);

impl Prf {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let mut block = [[0; BLOCK]];
        let states = Secret::fill(|states: &mut [[u32; 8]; 2]| {
            for (state, pad) in states.iter_mut().zip([0x36, 0x5c]) {
                *state = INITIAL;
                // A key shorter than a block is filled up with zeros.
                let key = key.iter().chain(&[0; 32]);
                for (to, from) in block.as_flattened_mut().iter_mut().zip(key) {
                    *to = from ^ pad;
                }
                compress256(state, &block);
            }
        });
        block.zeroize();
        Self(states)
    }

    /// HKDF-Expand of 32 bytes, where `info` is all of the parts one after the
    /// other.
    pub(super) fn expand(&self, info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        self.mac(info, 1)
    }

    /// HMAC of all of the parts one after the other, and of one more byte.
    pub(super) fn mac(&self, parts: &[&[u8]], last: u8) -> Zeroizing<[u8; 32]> {
        let [inner, outer] = self.0.expose_secret();
        let mut hash = Hash {
            state: *inner,
            block: [0; BLOCK],
            length: BLOCK,
        };
        for part in parts {
            hash.update(part);
        }
        hash.update(&[last]);
        let digest = hash.finish();
        hash.state = *outer;
        hash.length = BLOCK;
        hash.update(&*digest);
        let digest = hash.finish();
        hash.state.zeroize();
        hash.block.zeroize();
        digest
    }
}

/// SHA-256 in the middle of a message.
struct Hash {
    state: [u32; 8],
    block: [u8; BLOCK],
    /// The bytes so far.
    length: usize,
}

impl Hash {
    fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let at = self.length % BLOCK;
            let room = self.block.get_mut(at..).unwrap_or_default();
            let (taken, rest) = bytes.split_at(room.len().min(bytes.len()));
            for (to, from) in room.iter_mut().zip(taken) {
                *to = *from;
            }
            self.length += taken.len();
            if self.length.is_multiple_of(BLOCK) {
                compress256(&mut self.state, from_ref(&self.block));
            }
            bytes = rest;
        }
    }

    fn finish(&mut self) -> Zeroizing<[u8; 32]> {
        let bits = self.length as u64 * 8;
        let at = self.length % BLOCK;
        let (_, rest) = self.block.split_at_mut(at);
        rest.fill(0);
        if let Some(first) = rest.first_mut() {
            *first = 0x80;
        }
        // The length takes the last eight bytes of a block.
        if at >= BLOCK - 8 {
            compress256(&mut self.state, from_ref(&self.block));
            self.block = [0; BLOCK];
        }
        let (_, length) = self.block.split_at_mut(BLOCK - 8);
        length.copy_from_slice(&bits.to_be_bytes());
        compress256(&mut self.state, from_ref(&self.block));
        let mut digest = Zeroizing::new([0; 32]);
        for (to, word) in digest.chunks_exact_mut(4).zip(self.state) {
            to.copy_from_slice(&word.to_be_bytes());
        }
        digest
    }
}
