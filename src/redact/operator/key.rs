//! The key for placeholders, digests, surrogates and fingerprints.

use std::sync::Arc;

use hmac::Mac as _;

use crate::mac::hmac_sha256;
use crate::secret::Secret;
use crate::secret_key::secret_key;

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
///     .build()?;
/// let redacted = redactor.redact("use ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA to deploy");
/// assert_eq!(redacted.as_str(), "use [TOKEN-R23G40WT] to deploy");
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct Key {
    bytes: Arc<Secret<[u8; Self::LEN]>>,
}

secret_key!(Key, "redact");

impl Key {
    /// Returns the HMAC-SHA-256 of the concatenated parts.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = hmac_sha256(self.bytes.expose_secret());
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
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
    fn debug_shows_no_byte() {
        assert_eq!(format!("{:?}", Key::from_bytes([7; 32])), "Key { .. }");
    }
}
