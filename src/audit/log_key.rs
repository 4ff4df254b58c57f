//! The key under which entries name what must not stand in the log.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{DigestKind, Identifier};
use crate::secret::Secret;
use crate::{Error, ErrorKind};

/// The key of a log, under which it names what can be guessed from a short list,
/// such as the names of secrets.
///
/// Whoever has it can find the entries of something they can name; whoever has not
/// can only see which entries are of the same.
pub struct LogKey {
    key: Secret<[u8; 32]>,
}

impl LogKey {
    /// A new key.
    ///
    /// # Errors
    /// [`KeyService`](ErrorKind::KeyService) where the system has no random numbers.
    pub fn generate() -> Result<Self, Error> {
        let key = Secret::try_fill(|key: &mut [u8; 32]| getrandom::fill(key));
        let key = key.map_err(|error| {
            let what = "the system gives no random numbers";
            Error::message(ErrorKind::KeyService, what).with_source(error)
        })?;
        Ok(Self { key })
    }

    /// The key of these bytes.
    #[must_use]
    pub const fn new(key: Secret<[u8; 32]>) -> Self {
        Self { key }
    }

    /// The digest of `parts`, each with its length: HMAC-SHA-256 under the key.
    #[must_use]
    pub fn digest(&self, parts: &[&[u8]]) -> Identifier {
        let mut block = Zeroizing::new([0; 64]);
        for (place, byte) in block.iter_mut().zip(self.key.expose_secret()) {
            *place = *byte;
        }
        // A key is filled up with zeros to a block of the hash.
        let mut mac = Hmac::<Sha256>::new((&*block).into());
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Identifier::from_digest(DigestKind::Log, mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogKey(..)")
    }
}
