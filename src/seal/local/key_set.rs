//! Key-encryption keys held in this process, and how they wrap.

use zeroize::Zeroizing;

use crate::Error;
use crate::random::random;
use crate::seal::cipher::{Cipher, NONCE, TAG};
use crate::seal::kdf::Prf;
use crate::seal::{DataKey, KeyId, KeyVersion, Stage};
use crate::secret::Secret;

const FORMAT: u8 = 1;
const SALT: usize = 24;
/// The number of bytes of a data key wrapped here.
pub(in crate::seal) const WRAPPED: usize = 1 + SALT + 32 + TAG;

const SALT_LABEL: &[u8] = b"confidant:v1:salt";
const WRAP_LABEL: &[u8] = b"confidant:v1:wrap";
const TAG_LABEL: &[u8] = b"confidant:v1:tag";
/// Every wrap has a key of its own, so one nonce is enough for all of them.
const ZERO: &[u8; NONCE] = &[0; NONCE];

/// The versions of one key-encryption key.
///
/// What is kept of a key is HKDF keyed with it; the key itself is not.
pub(in crate::seal) struct KeySet {
    id: KeyId,
    keys: Vec<(KeyVersion, Prf)>,
    current: usize,
}

impl KeySet {
    /// The most versions of a key.
    pub(in crate::seal) const MAX: usize = 1024;

    pub(in crate::seal) const fn new(id: KeyId) -> Self {
        Self {
            id,
            keys: Vec::new(),
            current: 0,
        }
    }

    /// Adds a version, which is the current one from then on.
    pub(in crate::seal) fn add(
        &mut self,
        version: KeyVersion,
        key: &Secret<[u8; 32]>,
    ) -> Result<(), Error> {
        if self.place(version.as_str()).is_some() {
            return Err(Error::config("a version of a key was given twice"));
        }
        if self.keys.len() >= Self::MAX {
            return Err(Error::limit("the versions of a key", Self::MAX as u64));
        }
        let prepared = Prf::new(key.expose_secret())?;
        self.current = self.keys.len();
        self.keys.push((version, prepared));
        Ok(())
    }

    /// Says which version new keys are wrapped under.
    pub(in crate::seal) fn set_current(&mut self, version: &KeyVersion) -> Result<(), Error> {
        let place = self.place(version.as_str());
        self.current = place.ok_or_else(|| Error::config("there is no such version of the key"))?;
        Ok(())
    }

    /// Forgets a version other than the current one.
    pub(in crate::seal) fn remove(&mut self, version: &KeyVersion) -> Result<(), Error> {
        let place = self.place(version.as_str());
        let place = place.ok_or_else(|| Error::config("there is no such version of the key"))?;
        if place == self.current {
            return Err(Error::config(
                "the current version of a key cannot be retired",
            ));
        }
        self.keys.remove(place);
        self.current -= usize::from(place < self.current);
        Ok(())
    }

    /// Forgets all versions.
    pub(in crate::seal) fn clear(&mut self) {
        self.keys.clear();
    }

    pub(in crate::seal) const fn id(&self) -> &KeyId {
        &self.id
    }

    pub(in crate::seal) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(in crate::seal) fn current(&self) -> Result<&KeyVersion, Error> {
        let current = self.keys.get(self.current);
        let (version, _) = current.ok_or_else(|| Error::config("the key has no version"))?;
        Ok(version)
    }

    fn place(&self, version: &str) -> Option<usize> {
        self.keys
            .iter()
            .position(|(known, _)| known.as_str() == version)
    }

    fn prf(&self, version: &str) -> Option<&Prf> {
        let (_, prf) = self.keys.get(self.place(version)?)?;
        Some(prf)
    }

    /// Wraps `key` under `version`.
    ///
    /// The salt is a digest, under the key, of all that goes in: it needs no
    /// random numbers, and another key, context, id or version has another one.
    pub(in crate::seal) fn wrap(
        &self,
        version: &KeyVersion,
        key: &DataKey,
        digest: &[u8; 32],
    ) -> Result<[u8; WRAPPED], Error> {
        let prf = self.prf(version.as_str());
        let prf = prf.ok_or_else(|| Error::config("there is no such version of the key"))?;
        let bound = self.bound_to(version.as_str(), digest);
        let full = prf.expand(&[SALT_LABEL, &bound, key.expose_secret()])?;
        let mut wrapped = [0; WRAPPED];
        let (head, rest) = wrapped.split_at_mut(1 + SALT);
        let (sealed, tag) = rest.split_at_mut(32);
        let (salt, _) = full.split_at(SALT);
        for (to, from) in head.iter_mut().zip([FORMAT].iter().chain(salt)) {
            *to = *from;
        }
        sealed.copy_from_slice(key.expose_secret());
        let cipher = Cipher::new(&*prf.expand(&[WRAP_LABEL, salt])?)?;
        tag.copy_from_slice(&cipher.seal_in_place(ZERO, &bound, sealed)?);
        Ok(wrapped)
    }

    /// Unwraps what [`wrap`](Self::wrap) has wrapped.
    pub(in crate::seal) fn unwrap(
        &self,
        version: &str,
        wrapped: &[u8],
        digest: &[u8; 32],
    ) -> Result<DataKey, Stage> {
        let prf = self.prf(version).ok_or(Stage::Wrap)?;
        let wrapped: &[u8; WRAPPED] = wrapped.try_into().map_err(|_| Stage::Wrap)?;
        let [format, rest @ ..] = wrapped;
        let (salt, sealed) = rest.split_first_chunk::<SALT>().ok_or(Stage::Wrap)?;
        if *format != FORMAT {
            return Err(Stage::Wrap);
        }
        let own = prf.expand(&[WRAP_LABEL, salt]).map_err(|_| Stage::Wrap)?;
        let cipher = Cipher::new(&own).map_err(|_| Stage::Wrap)?;
        let bound = self.bound_to(version, digest);
        DataKey::try_fill(|key| cipher.open_into(ZERO, &bound, sealed, key))
            .map_err(|_| Stage::Wrap)
    }

    /// The tag of whatever a context stands for, under a version of the key.
    pub(in crate::seal) fn tag(
        &self,
        version: &str,
        digest: &[u8; 32],
    ) -> Option<Zeroizing<[u8; 32]>> {
        let prf = self.prf(version)?;
        prf.expand(&[TAG_LABEL, digest]).ok()
    }

    /// Id, version and context: what a wrapped key is bound to.
    fn bound_to(&self, version: &str, digest: &[u8; 32]) -> Vec<u8> {
        let id = self.id.as_str();
        let mut bound = Vec::with_capacity(2 + id.len() + version.len() + 32);
        for text in [id, version] {
            // An id has up to 255 bytes and a version up to 64.
            bound.push(text.len().to_le_bytes()[0]);
            bound.extend_from_slice(text.as_bytes());
        }
        bound.extend_from_slice(digest);
        bound
    }
}

/// A fresh data key: the one place where data keys come from.
pub(in crate::seal) fn fresh_key() -> Result<DataKey, Error> {
    DataKey::try_fill(|key| random(key))
}

/// Fresh data keys, with one call for the random bytes of all of them.
pub(in crate::seal) fn fresh_keys(count: usize) -> Result<Vec<DataKey>, Error> {
    let mut bytes = Zeroizing::new(vec![0; count * 32]);
    random(&mut bytes)?;
    let keys = bytes.chunks_exact(32);
    Ok(keys
        .map(|bytes| DataKey::fill(|key| key.copy_from_slice(bytes)))
        .collect())
}
