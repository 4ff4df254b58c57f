//! Envelopes in a store.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::{SealedRecord, SealedRecords};
use crate::Error;
use crate::seal::{Context, Envelope};
use crate::store::{Batch, Condition, Range, RecordKey, Store, StoredRecord};
use crate::taxonomy::Tenant;

/// The records of a range of a [`Store`] whose values are envelopes.
pub struct StoreRecords<F> {
    store: Arc<dyn Store>,
    range: Range,
    context: F,
}

impl<F> StoreRecords<F>
where
    F: Fn(&StoredRecord) -> Result<Context, Error> + Send + Sync,
{
    /// Creates the records of `range`; `context` says what each of them is bound to.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, range: Range, context: F) -> Self {
        Self {
            store,
            range,
            context,
        }
    }
}

#[async_trait]
impl<F> SealedRecords for StoreRecords<F>
where
    F: Fn(&StoredRecord) -> Result<Context, Error> + Send + Sync,
{
    async fn page(&self, after: Option<&[u8]>, limit: usize) -> Result<Vec<SealedRecord>, Error> {
        let range = self.range.clone();
        let range = match after {
            Some(place) => range.after(place),
            None => range,
        };
        let records = self.store.scan(&range, limit).await?;
        let sealed = |record: StoredRecord| {
            let context = (self.context)(&record)?;
            Ok(SealedRecord {
                place: record.key.path().to_vec(),
                envelope: record.value,
                context,
                revision: record.revision,
            })
        };
        records.into_iter().map(sealed).collect()
    }

    async fn replace(&self, record: &SealedRecord, envelope: Envelope) -> Result<(), Error> {
        let (tenant, collection) = (self.range.tenant(), self.range.collection_name());
        let key = RecordKey::new(Tenant::new(tenant), collection, &record.place)?;
        let batch = Batch::new()
            .require(key.clone(), Condition::Revision(record.revision))
            .put(key, envelope.into_bytes());
        self.store.commit(batch).await?;
        Ok(())
    }
}

impl<F> fmt::Debug for StoreRecords<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreRecords").finish_non_exhaustive()
    }
}
