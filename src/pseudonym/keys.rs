//! Making keys in a store that other processes write to.

use super::PseudonymKey;
use super::record::KeyStore;
use crate::error::PseudonymCause;
use crate::store::{self, Batch, Condition};
use crate::{Error, ErrorKind};

/// How often another process may come first.
pub(super) const TRIES: u32 = 16;

/// Reads the key under `place`, or makes it where `allowed`, which is asked anew for
/// each attempt, does not refuse, and on the condition that it returns.
pub(super) async fn resolve(
    keys: &KeyStore,
    place: &store::RecordKey,
    allowed: impl AsyncFn() -> Result<Option<(store::RecordKey, Condition)>, Error>,
) -> Result<PseudonymKey, Error> {
    for _ in 0..TRIES {
        let condition = allowed().await?;
        if let Some(record) = keys.store.get(place).await? {
            return keys.read(place, &record.value).await;
        }
        let key = PseudonymKey::generate()?;
        let batch = Batch::new()
            .require(place.clone(), Condition::Absent)
            .put(place.clone(), keys.write(place, &key).await?);
        let batch = match condition {
            Some((key, condition)) => batch.require(key, condition),
            None => batch,
        };
        match keys.store.commit(batch).await {
            Ok(_) => return Ok(key),
            // The next look tells whose key is there, if one is.
            Err(error) if matches!(error.kind(), ErrorKind::Conflict | ErrorKind::InDoubt) => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::from(PseudonymCause::Contended).retry())
}
