//! Retention of stored conversations.

use std::fmt;

use async_trait::async_trait;

use super::conversations::Conversations;
use super::head::Head;
use super::id::ConversationId;
use crate::retention::{
    ErasureReceipt, Events, Found, Keeper, KeeperOutcome, Order, ReadRecord, Record, Trigger,
};
use crate::store::StoredRecord;
use crate::taxonomy::DataCategory;
use crate::time::Moment;
use crate::{Error, ErrorKind};

/// Judges stored conversations as data of one category, and destroys those that are due.
///
/// [`records`](Self::records) returns what a schedule judges, and as a [`Keeper`] it carries
/// out the orders of an executor. Deleting and shredding are one: both destroy the key of
/// the conversation. For a [`Sweeper`](crate::retention::Sweeper), it reads the records of
/// the collection [`COLLECTION`](Self::COLLECTION) on its own.
///
/// An order of its category, or of one above it, destroys conversations; one of another
/// category leaves them alone. Refused is an order on a part of the category, and one on a
/// person, since the store does not know whose conversations are.
///
/// A conversation was [`Created`](Trigger::Created) when it was begun, and its purpose ends
/// ([`PurposeEnded`](Trigger::PurposeEnded)) when it expires.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use confidant::audit::{Log, LogKey};
/// use confidant::guard::{ConversationId, ConversationKeeper, Conversations};
/// use confidant::seal::{Keyring, LocalKeys};
/// use confidant::store::MemoryStore;
/// use confidant::taxonomy::DataCategory;
///
/// # fn main() -> Result<(), confidant::Error> {
/// pollster::block_on(async {
///     let keyring = Keyring::new(LocalKeys::generate("local:main")?);
///     let (log, log_key) = (Log::in_memory()?, LogKey::generate()?);
///     let all = Conversations::builder(keyring, Arc::new(MemoryStore::new()))
///         .log(log, log_key)
///         .ttl(Duration::from_secs(86_400))
///         .build()?;
///     all.open(&ConversationId::new("acme", "c-17")?).await?;
///
///     let keeper = ConversationKeeper::new(all, DataCategory::new("conversations")?);
///     let page = keeper.records("acme", None).await?;
///     assert_eq!(page[0].0.id(), "c-17");
///     # Ok(())
/// })
/// # }
/// ```
#[derive(Clone)]
pub struct ConversationKeeper {
    all: Conversations,
    category: DataCategory,
}

impl ConversationKeeper {
    /// The most conversations that one page of [`records`](Self::records) has.
    pub const PAGE: usize = 1_000;
    /// The collection of a store in which conversations lie.
    pub const COLLECTION: &'static str = ConversationId::COLLECTION;

    /// Treats conversations as data of this category.
    #[must_use]
    pub const fn new(all: Conversations, category: DataCategory) -> Self {
        Self { all, category }
    }

    /// Returns a page of a tenant's conversations by id, the first behind `after`, each
    /// with the record that a schedule judges. A page with fewer than
    /// [`PAGE`](Self::PAGE) is the last.
    ///
    /// A conversation whose head is damaged can never be opened again; it is judged as one
    /// that was begun and ended in 1970. When it was begun and expires is taken as it is
    /// stored: that takes no key, so who can write to the store can put an erasure off.
    ///
    /// # Errors
    /// Those of the store, and [`Integrity`](ErrorKind::Integrity) where a key of the store
    /// is no conversation's.
    pub async fn records<'k>(
        &'k self,
        tenant: &'k str,
        after: Option<&ConversationId>,
    ) -> Result<Vec<(ConversationId, Record<'k>)>, Error> {
        let mut range = ConversationId::heads(tenant)?;
        if let Some(after) = after {
            range = range.after(after.head()?.path());
        }
        let page = self.all.inner.store.scan(&range, Self::PAGE).await?;
        let mut records = Vec::with_capacity(page.len());
        for stored in page {
            let id = ConversationId::of_head(&stored.key).ok_or_else(super::head::damaged)?;
            // One that cannot be read can never be opened again: it is due.
            let events = events(&stored).unwrap_or_else(|_| gone());
            let record = Record::new(&self.category, events).tenant(tenant);
            records.push((id, record));
        }
        Ok(records)
    }

    /// Returns the key by which an [`Order::record`] names a conversation.
    #[must_use]
    pub fn record_key(id: &ConversationId) -> Vec<u8> {
        id.id().as_bytes().to_vec()
    }

    /// Returns the conversation that an order is about, or `None` for all of its tenant.
    fn conversation(order: &Order) -> Result<Option<ConversationId>, Error> {
        let Some(key) = order.record_key() else {
            return match order.data_subject() {
                None => Ok(None),
                Some(_) => Err(Error::message(
                    ErrorKind::Refused,
                    "store of conversations does not know whose they are",
                )),
            };
        };
        let malformed = || Error::config("order names no conversation");
        let id = str::from_utf8(key).map_err(|_| malformed())?;
        ConversationId::new(order.tenant_name(), id).map(Some)
    }

    async fn destroy(&self, order: &Order) -> Result<KeeperOutcome, Error> {
        let items = match order.is_about(&self.category)? {
            false => 0,
            true => match Self::conversation(order)? {
                Some(id) => u64::from(self.all.shred(&id).await?),
                None => self.all.shred_tenant(order.tenant_name()).await?,
            },
        };
        let now = self.all.inner.clock.now();
        Ok(KeeperOutcome::Done(ErasureReceipt::new(now, items)))
    }
}

/// What is judged as due, whatever the schedule.
const fn gone() -> Events {
    Events::created(Moment::UNIX_EPOCH).at(Trigger::PurposeEnded, Moment::UNIX_EPOCH)
}

/// What happened to a conversation.
fn events(stored: &StoredRecord) -> Result<Events, Error> {
    let head = Head::read(&stored.value)?;
    let damaged = |_| super::head::damaged();
    let created = Moment::from_unix_seconds(head.created).map_err(damaged)?;
    let expires = Moment::from_unix_seconds(head.expires).map_err(damaged)?;
    Ok(Events::created(created).at(Trigger::PurposeEnded, expires))
}

#[async_trait]
impl Keeper for ConversationKeeper {
    async fn delete(&self, order: &Order) -> Result<KeeperOutcome, Error> {
        self.destroy(order).await
    }

    async fn shred(&self, order: &Order) -> Result<KeeperOutcome, Error> {
        self.destroy(order).await
    }

    async fn count(&self, order: &Order) -> Result<u64, Error> {
        if !order.is_about(&self.category)? {
            return Ok(0);
        }
        match Self::conversation(order)? {
            Some(id) => {
                let found = self.all.inner.store.get(&id.head()?).await?;
                Ok(u64::from(found.is_some()))
            }
            None => self.all.stored(order.tenant_name(), |_| true).await,
        }
    }
}

impl ReadRecord for ConversationKeeper {
    fn read(&self, record: &StoredRecord) -> Result<Option<Found>, Error> {
        let Some(id) = ConversationId::of_head(&record.key) else {
            return Ok(None);
        };
        let events = events(record).unwrap_or_else(|_| gone());
        let found = Found::new(self.category.clone(), events);
        Ok(Some(found.also(id.parts()?)))
    }
}

impl fmt::Debug for ConversationKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConversationKeeper")
            .field("category", &self.category)
            .finish_non_exhaustive()
    }
}
