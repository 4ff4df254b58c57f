//! An anchor in a record of a store.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Anchor, Checkpoints, Kept};
use crate::Error;
use crate::error::ErrorKind;
use crate::store::{Batch, Condition, RecordKey, Store};
use crate::taxonomy::Tenant;

const COLLECTION: &str = "audit-anchor";
/// How often another process may come first.
const TRIES: u32 = 16;

/// An anchor in a [`Store`]: for a log in files the store of the application, for a
/// log in a store another one.
#[derive(Clone, Debug)]
pub struct StoreAnchor {
    store: Arc<dyn Store>,
}

impl StoreAnchor {
    /// Creates the anchor in that store. It keeps one record for each origin, in the
    /// collection `audit-anchor` of no tenant.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }
}

#[async_trait]
impl Anchor for StoreAnchor {
    async fn advance(&self, log: &dyn Checkpoints) -> Result<(), Error> {
        let key = RecordKey::new(Tenant::NONE, COLLECTION, log.verifying_key().name())?;
        for _ in 0..TRIES {
            let record = self.store.get(&key).await?;
            let checkpoint = log.checkpoint().await?;
            let condition = match record {
                Some(record) => {
                    let note = str::from_utf8(&record.value).unwrap_or_default();
                    Kept::parse(note)?.check(log, &checkpoint).await?;
                    Condition::Revision(record.revision)
                }
                None => Condition::Absent,
            };
            let batch = Batch::new()
                .require(key.clone(), condition)
                .put(key.clone(), checkpoint.note().as_bytes().to_vec());
            match self.store.commit(batch).await {
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) if error.kind() == ErrorKind::InDoubt => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::message(ErrorKind::Conflict, "others keep writing the anchor").retry())
    }
}
