//! The key for placeholders, digests, surrogates and fingerprints.

use std::fmt;
use std::sync::Arc;

use hmac::Mac as _;

use crate::mac::hmac_sha256;
use crate::secret::Secret;

/// A key of 32 bytes, wiped when its last clone is dropped.
///
/// Anyone who holds the key can check whether a guessed value is behind a
/// placeholder, digest, surrogate or fingerprint. Keep it as secret as the values
/// themselves. Use one key per conversation if placeholders of different
/// conversations must not be linkable.
///
/// Cloning copies a pointer, not the bytes.
///
/// # Example
/// ```
/// use confidant::redact::{Key, Operator, Redactor};
///
/// let redactor = Redactor::builder()
///     .operator(Operator::Placeholder(Key::from_bytes([7; 32])))
///     .build();
/// let redacted = redactor.redact("use ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA to deploy");
/// assert_eq!(redacted.as_str(), "use [TOKEN-R23G40WT] to deploy");
/// ```
#[derive(Clone)]
pub struct Key {
    bytes: Arc<Secret<[u8; Self::LEN]>>,
}

impl Key {
    /// The length of a key in bytes.
    pub const LEN: usize = 32;

    /// Creates a key from bytes, which must be random or derived from a random key.
    ///
    /// The caller must wipe its own copy of the bytes.
    #[must_use]
    pub fn from_bytes(mut bytes: [u8; Self::LEN]) -> Self {
        Self {
            bytes: Arc::new(Secret::from(&mut bytes)),
        }
    }

    /// Creates a key whose bytes are written by `fill`, from the caller's source of
    /// randomness.
    ///
    /// # Errors
    /// Returns the error of `fill`.
    pub fn generate<E>(
        fill: impl FnOnce(&mut [u8; Self::LEN]) -> Result<(), E>,
    ) -> Result<Self, E> {
        Ok(Self {
            bytes: Arc::new(Secret::try_fill(fill)?),
        })
    }

    /// Returns the HMAC-SHA-256 of the concatenated parts.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = hmac_sha256(self.bytes.expose_secret());
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mac_is_that_of_rfc_4231() {
        let mut bytes = [0; 32];
        bytes[..20].copy_from_slice(&[0x0b; 20]);
        let mac = Key::from_bytes(bytes).mac(&[b"Hi ", b"There"]);
        let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
    }

    #[test]
    fn a_generated_key_holds_what_was_filled_in() {
        let filled = Key::generate::<()>(|bytes| {
            bytes.fill(7);
            Ok(())
        });
        assert_eq!(filled.unwrap().mac(&[]), Key::from_bytes([7; 32]).mac(&[]));
        assert_eq!(
            Key::generate(|_| Err("no entropy")).unwrap_err(),
            "no entropy"
        );
    }

    #[test]
    fn debug_shows_no_byte() {
        assert_eq!(format!("{:?}", Key::from_bytes([7; 32])), "Key { .. }");
    }
}
