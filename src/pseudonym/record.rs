//! The record of a key in a store.
//!
//! `version u8 ‖ form u8 ‖ rest`: the form is 0 for the 32 bytes of a key as they are,
//! and 1 for an envelope that holds them.

use std::fmt;
use std::sync::Arc;

use super::PseudonymKey;
use crate::Error;
use crate::error::PseudonymCause;
#[cfg(feature = "seal")]
use crate::seal::{Context, Keyring};
use crate::store::{self, Store};
#[cfg(feature = "seal")]
use crate::taxonomy::Tenant;

const FORMAT: u8 = 1;
const PLAIN: u8 = 0;
#[cfg(feature = "seal")]
const SEALED: u8 = 1;

/// A store of keys, which seals them where it was given a keyring.
#[derive(Clone)]
pub(super) struct KeyStore {
    pub(super) store: Arc<dyn Store>,
    #[cfg(feature = "seal")]
    keyring: Option<Keyring>,
}

impl KeyStore {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            #[cfg(feature = "seal")]
            keyring: None,
        }
    }

    #[cfg(feature = "seal")]
    pub(super) fn sealed_by(mut self, keyring: Keyring) -> Self {
        self.keyring = Some(keyring);
        self
    }

    /// Writes a key as the record under `place`.
    pub(super) async fn write(
        &self,
        place: &store::RecordKey,
        key: &PseudonymKey,
    ) -> Result<Vec<u8>, Error> {
        #[cfg(feature = "seal")]
        if let Some(keyring) = &self.keyring {
            check(keyring)?;
            let envelope = keyring.seal(key.expose_bytes(), &context(place)?).await?;
            let mut record = vec![FORMAT, SEALED];
            record.extend_from_slice(envelope.as_bytes());
            return Ok(record);
        }
        let _ = place;
        let mut record = vec![FORMAT, PLAIN];
        record.extend_from_slice(key.expose_bytes());
        Ok(record)
    }

    /// Reads the key of a record under `place`. Where there is a keyring, a key that is
    /// not sealed is refused: somebody put it there.
    pub(super) async fn read(
        &self,
        place: &store::RecordKey,
        record: &[u8],
    ) -> Result<PseudonymKey, Error> {
        let damaged = || Error::from(PseudonymCause::Damaged);
        let (&[format, form], rest) = record.split_first_chunk().ok_or_else(damaged)?;
        if format != FORMAT {
            return Err(damaged());
        }
        #[cfg(feature = "seal")]
        if let Some(keyring) = &self.keyring {
            if form != SEALED {
                return Err(PseudonymCause::Unsealed.into());
            }
            check(keyring)?;
            let opened = keyring.open(rest, &context(place)?).await?;
            let bytes = opened.expose_secret().try_into();
            return Ok(PseudonymKey::from_bytes(bytes.map_err(|_| damaged())?));
        }
        let _ = place;
        match (form, rest.try_into()) {
            (PLAIN, Ok(bytes)) => Ok(PseudonymKey::from_bytes(bytes)),
            _ => Err(damaged()),
        }
    }
}

/// Refuses a keyring for which others can seal: they could plant a key that they know.
#[cfg(feature = "seal")]
fn check(keyring: &Keyring) -> Result<(), Error> {
    match keyring.authenticates() {
        true => Ok(()),
        false => Err(PseudonymCause::PublicWrapping.into()),
    }
}

/// What the envelope of a key is bound to: all of the place where it lies.
#[cfg(feature = "seal")]
fn context(place: &store::RecordKey) -> Result<Context, Error> {
    Context::builder(Tenant::new(place.tenant()), place.collection())
        .kind("confidant.pseudonym")
        .extra("path", place.path())
        .build()
}

impl fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyStore").finish_non_exhaustive()
    }
}
