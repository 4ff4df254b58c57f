//! The key of one conversation, and everything derived from it.

use std::fmt;
use std::sync::Arc;

use hmac::Mac as _;

use crate::Error;
use crate::mac::hmac_sha256;
use crate::random::random;
use crate::redact::Key;
use crate::seal::{KeyVersion, Keyring, LocalKeys};
use crate::secret::Secret;

/// What stands in front of everything that a key of a conversation authenticates.
const DOMAIN: &[u8] = b"confidant/guard@v1";

/// A digest under the key of a conversation.
pub(crate) type Digest = [u8; 16];

/// The key of one conversation: 32 random bytes, wiped when the last clone is dropped.
///
/// Placeholders, digests and the seals of stored records are under keys derived from it,
/// so to destroy it is to destroy what they protect.
#[derive(Clone)]
pub(crate) struct ConversationKey {
    bytes: Arc<Secret<[u8; 32]>>,
}

impl ConversationKey {
    /// Makes a key of the system's random numbers.
    pub(crate) fn generate() -> Result<Self, Error> {
        let bytes = Secret::try_fill(|bytes: &mut [u8; 32]| random(bytes))?;
        Ok(Self::new(bytes))
    }

    pub(crate) fn new(bytes: Secret<[u8; 32]>) -> Self {
        Self {
            bytes: Arc::new(bytes),
        }
    }

    /// Reads a key of 32 bytes, or `None` for another length.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; 32] = bytes.try_into().ok()?;
        Some(Self::new(Secret::fill(|place: &mut [u8; 32]| {
            place.copy_from_slice(bytes);
        })))
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        self.bytes.expose_secret()
    }

    /// The key of the placeholders.
    pub(crate) fn placeholders(&self) -> Key {
        Key::from_bytes(self.mac("placeholder", &[]))
    }

    /// A keyring that seals the records of the conversation.
    pub(crate) fn keyring(&self) -> Result<Keyring, Error> {
        let key = Secret::from(&mut self.mac("seal", &[]));
        let version = KeyVersion::new("1")?;
        Ok(Keyring::new(LocalKeys::new("conversation", version, &key)?))
    }

    /// HMAC-SHA-256 of the purpose and the parts, each after its length.
    pub(crate) fn mac(&self, what: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.begin_mac(what);
        parts.iter().for_each(|part| mac.part(part));
        mac.finish()
    }

    /// The same for parts that come one by one.
    pub(crate) fn begin_mac(&self, what: &str) -> PartsMac {
        let mut mac = hmac_sha256(self.expose());
        mac.update(DOMAIN);
        let mut mac = PartsMac(mac);
        mac.part(what.as_bytes());
        mac
    }

    /// The first 16 bytes of [`mac`](Self::mac).
    pub(crate) fn digest(&self, what: &str, parts: &[&[u8]]) -> Digest {
        let mac = self.mac(what, parts);
        let mut digest = Digest::default();
        for (to, from) in digest.iter_mut().zip(mac) {
            *to = from;
        }
        digest
    }
}

/// A MAC of parts, each after its length.
pub(crate) struct PartsMac(hmac::Hmac<sha2::Sha256>);

impl PartsMac {
    pub(crate) fn part(&mut self, part: &[u8]) {
        self.0.update(&(part.len() as u64).to_be_bytes());
        self.0.update(part);
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        self.0.finalize().into_bytes().into()
    }
}

impl fmt::Debug for ConversationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConversationKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_digest_is_for_and_its_parts_are_kept_apart() {
        let key = ConversationKey::new(Secret::new([7; 32]));
        let digests = [
            key.digest("a", &[b"bc"]),
            key.digest("ab", &[b"c"]),
            key.digest("a", &[b"b", b"c"]),
            key.digest("a", &[b"bc", b""]),
            ConversationKey::new(Secret::new([8; 32])).digest("a", &[b"bc"]),
        ];
        for (at, digest) in digests.iter().enumerate() {
            assert!(!digests[at + 1..].contains(digest));
        }
        assert_eq!(format!("{key:?}"), "ConversationKey { .. }");
    }
}
