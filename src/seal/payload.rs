//! The immutable half of an envelope: suite 1, which is HKDF-SHA-256 and
//! AES-256-GCM in one shot.

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::cipher::{Cipher, NONCE, TAG};
use super::kdf::Prf;
use super::{DataKey, Stage};
use crate::Error;
use crate::secret::Secret;

/// The most bytes that go into one envelope.
pub(super) const MAX: usize = 64 * 1024;
/// The number of bytes of a commitment.
pub(super) const COMMITMENT: usize = 32;
/// What is added to the plaintext.
pub(super) const OVERHEAD: usize = COMMITMENT + TAG;

pub(super) const SUITE: u8 = 1;
const KEY: &[u8] = b"confidant:v1:key\x01";
const COMMIT: &[u8] = b"confidant:v1:commit\x01";

/// Every data key seals one value, so one nonce is enough for all of them.
const ZERO: &[u8; NONCE] = &[0; NONCE];

/// A data key and a context, from which all the rest follows.
struct Message<'a> {
    prf: Prf,
    digest: &'a [u8; 32],
}

impl<'a> Message<'a> {
    fn new(key: &DataKey, digest: &'a [u8; 32]) -> Result<Self, Error> {
        Ok(Self {
            prf: Prf::new(key.expose_secret())?,
            digest,
        })
    }

    fn commitment(&self) -> Result<Zeroizing<[u8; 32]>, Error> {
        self.prf.expand(&[COMMIT, self.digest])
    }

    fn cipher(&self) -> Result<Cipher, Error> {
        Cipher::new(&*self.prf.expand(&[KEY, self.digest])?)
    }
}

/// Refuses what is too long for one envelope.
pub(super) fn check_len(plaintext: &[u8]) -> Result<(), Error> {
    if plaintext.len() > MAX {
        return Err(Error::limit("a value sealed in one piece", MAX as u64));
    }
    Ok(())
}

/// Appends commitment, ciphertext and tag to `out`, which has room for them.
///
/// `key` must be fresh: it must never seal anything else.
pub(super) fn seal(
    key: &DataKey,
    digest: &[u8; 32],
    plaintext: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    check_len(plaintext)?;
    let message = Message::new(key, digest)?;
    let cipher = message.cipher()?;
    out.extend_from_slice(&*message.commitment()?);
    let start = out.len();
    out.extend_from_slice(plaintext);
    let buffer = out.get_mut(start..).unwrap_or_default();
    let tag = cipher.seal_in_place(ZERO, b"", buffer)?;
    out.extend_from_slice(&tag);
    Ok(())
}

/// Checks, without decrypting it, that a body was sealed under this data key for this
/// context: its commitment is theirs. The ciphertext may still have been changed.
pub(super) fn check(key: &DataKey, digest: &[u8; 32], body: &[u8]) -> Result<(), Stage> {
    let claimed = body.first_chunk::<COMMITMENT>().ok_or(Stage::Format)?;
    let commitment = Message::new(key, digest).and_then(|message| message.commitment());
    if commitment.is_ok_and(|own| own.ct_eq(claimed).into()) {
        Ok(())
    } else {
        Err(Stage::Commitment)
    }
}

/// Opens what [`seal`] has appended.
pub(super) fn open(key: &DataKey, digest: &[u8; 32], body: &[u8]) -> Result<Secret<[u8]>, Stage> {
    open_if(key, digest, body, || Ok(()))
}

/// Opens what [`seal`] has appended, where `allows` does once it is known that it was
/// sealed under this data key for this context, and before it is decrypted.
pub(super) fn open_if<E: From<Stage>>(
    key: &DataKey,
    digest: &[u8; 32],
    body: &[u8],
    allows: impl FnOnce() -> Result<(), E>,
) -> Result<Secret<[u8]>, E> {
    let message = Message::new(key, digest).map_err(|_| Stage::Payload)?;
    let (claimed, sealed) = body
        .split_first_chunk::<COMMITMENT>()
        .ok_or(Stage::Format)?;
    let commitment = message.commitment().map_err(|_| Stage::Payload)?;
    if !bool::from(commitment.ct_eq(claimed)) {
        return Err(Stage::Commitment.into());
    }
    allows()?;
    let length = sealed.len().checked_sub(TAG).ok_or(Stage::Format)?;
    let cipher = message.cipher().map_err(|_| Stage::Payload)?;
    let mut plain = vec![0; length].into_boxed_slice();
    let opened = cipher.open_into(ZERO, b"", sealed, &mut plain);
    opened.map_err(|_| Stage::Payload)?;
    Ok(Secret::from(plain))
}
