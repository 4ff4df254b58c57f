//! The keys of a stream, and its chunks under them.

use aes_gcm::aead::array::Array;
use hmac::digest::FixedOutput as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha512;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::super::DataKey;
use super::super::cipher::{Cipher, KEY, NONCE, TAG};
use super::layout::{COMMITMENT, MAX_CHUNKS, PREFIX, SALT, too_long};
use super::rejected;
use crate::Error;

const LABEL: &[u8] = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0";
/// The bytes of HMAC-SHA-512.
const BLOCK: usize = 64;

/// Seals and opens the chunks of one stream.
pub(in crate::seal) struct Chunks {
    /// Boxed, so that no move leaves a copy of the key behind.
    cipher: Box<Cipher>,
    base: Zeroizing<[u8; NONCE]>,
}

impl Chunks {
    /// The keys of a new stream, and the bytes it begins with.
    pub(super) fn new(
        key: &DataKey,
        salt: &[u8; SALT],
        context: &[u8],
    ) -> Result<(Self, [u8; PREFIX]), Error> {
        let (chunks, commitment) = Self::derive(key, salt, context)?;
        let mut prefix = [0; PREFIX];
        let (first, second) = prefix.split_at_mut(SALT);
        first.copy_from_slice(salt);
        second.copy_from_slice(&commitment);
        Ok((chunks, prefix))
    }

    /// The keys of the stream that begins with `prefix`, if it was sealed under
    /// `key` and `context`.
    pub(super) fn of(key: &DataKey, prefix: &[u8; PREFIX], context: &[u8]) -> Result<Self, Error> {
        let (salt, claimed) = prefix.split_first_chunk::<SALT>().ok_or_else(rejected)?;
        let (chunks, commitment) = Self::derive(key, salt, context)?;
        if bool::from(commitment.ct_eq(claimed)) {
            Ok(chunks)
        } else {
            Err(rejected())
        }
    }

    fn derive(
        key: &DataKey,
        salt: &[u8; SALT],
        context: &[u8],
    ) -> Result<(Self, [u8; COMMITMENT]), Error> {
        let mut first = Zeroizing::new([0; BLOCK]);
        let mut second = Zeroizing::new([0; BLOCK]);
        expand(
            key.expose_secret(),
            &[LABEL, salt, context],
            &mut first,
            &mut second,
        );
        // 32 bytes of key, 12 of nonce, and 32 of commitment, of which 20 still
        // lie in the first block.
        let (key, rest) = first.split_first_chunk::<KEY>().ok_or_else(rejected)?;
        let (base, start) = rest.split_first_chunk::<NONCE>().ok_or_else(rejected)?;
        let mut commitment = [0; COMMITMENT];
        for (byte, from) in commitment.iter_mut().zip(start.iter().chain(&*second)) {
            *byte = *from;
        }
        let chunks = Self {
            cipher: Box::new(Cipher::new(key)?),
            base: Zeroizing::new(*base),
        };
        Ok((chunks, commitment))
    }

    /// Encrypts chunk `number` where it stands and returns its tag.
    pub(super) fn seal(&self, number: u64, chunk: &mut [u8]) -> Result<[u8; TAG], Error> {
        if number >= MAX_CHUNKS {
            return Err(too_long());
        }
        self.cipher.seal_in_place(&self.nonce(number), &[], chunk)
    }

    /// Decrypts chunk `number`, which ends with its tag, where it stands, and
    /// returns how many bytes are plaintext now.
    pub(super) fn open(&self, number: u64, chunk: &mut [u8]) -> Result<usize, Error> {
        if number >= MAX_CHUNKS {
            return Err(too_long());
        }
        let plain = self.cipher.open_in_place(&self.nonce(number), &[], chunk);
        plain.map(|plain| plain.len()).map_err(|_| rejected())
    }

    fn nonce(&self, number: u64) -> [u8; NONCE] {
        let mut nonce = *self.base;
        for (byte, digit) in nonce.iter_mut().rev().zip(number.to_le_bytes()) {
            *byte ^= digit;
        }
        nonce
    }
}

/// The first two blocks of HKDF-Expand with SHA-512.
///
/// Written out, since the crate `hkdf` takes no key shorter than a digest.
fn expand(key: &[u8; KEY], info: &[&[u8]], first: &mut [u8; BLOCK], second: &mut [u8; BLOCK]) {
    // A key of one block, which a shorter key fills up with zeros, is not copied
    // on the way.
    let mut padded = Zeroizing::new([0; 2 * BLOCK]);
    for (to, from) in padded.iter_mut().zip(key) {
        *to = *from;
    }
    let keyed = Box::new(Hmac::<Sha512>::new((&*padded).into()));
    let mut mac = Hmac::clone(&keyed);
    info.iter().for_each(|part| mac.update(part));
    mac.update(&[1]);
    mac.finalize_into(<&mut Array<_, _>>::from(&mut *first));
    let mut mac = Hmac::clone(&keyed);
    mac.update(first);
    info.iter().for_each(|part| mac.update(part));
    mac.update(&[2]);
    mac.finalize_into(<&mut Array<_, _>>::from(second));
}
