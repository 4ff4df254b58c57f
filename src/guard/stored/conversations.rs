//! Conversations in a store.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use zeroize::Zeroizing;

use super::builder::ConversationsBuilder;
use super::head::{Head, chain, damaged, key_context, part_context};
use super::id::ConversationId;
use super::journal;
use crate::audit::{Entry, Identifier, Log, LogKey, Outcome};
use crate::guard::conversation::{Conversation, ConversationKey, Fresh, Saves, State};
use crate::seal::Keyring;
use crate::store::{Batch, Condition, MAX_PAGE, Range, Store};
use crate::time::{Clock, Moment};
use crate::{Error, ErrorKind};

/// How often another process may come first.
const TRIES: u32 = 16;
/// How many parts are written at a time, which are about 8 MiB.
const MAX_PARTS: usize = 128;

/// Conversations that outlive the process, sealed in a [`Store`].
///
/// Each has a data key of its own, which a [`Keyring`] seals, and everything else of it is
/// under keys derived from that one. Deleting its records destroys the key, and with it
/// every copy of the rest. A conversation expires on its own.
///
/// Many processes may have the same conversation. What each adds is appended; where two
/// write at the same time, one comes first, and the other reads what it wrote and goes on
/// behind it.
///
/// # Security
/// Someone who can write to the store can put all records of a conversation back to an
/// earlier state of all of them. They can change nothing else unseen.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use confidant::audit::{Log, LogKey};
/// use confidant::guard::{ConversationId, Conversations, Guard};
/// use confidant::redact::Redactor;
/// use confidant::seal::{Keyring, LocalKeys};
/// use confidant::store::MemoryStore;
///
/// # fn main() -> Result<(), confidant::Error> {
/// pollster::block_on(async {
///     let keyring = Keyring::new(LocalKeys::generate("local:main")?);
///     let (log, log_key) = (Log::in_memory()?, LogKey::generate()?);
///     let all = Conversations::builder(keyring, Arc::new(MemoryStore::new()))
///         .log(log, log_key)
///         .ttl(Duration::from_secs(86_400))
///         .build()?;
///
///     let id = ConversationId::new("acme", "c-17")?;
///     let guard = Guard::builder(Redactor::secrets_and_pii()).build()?;
///     let conversation = all.open(&id).await?;
///     let wire = guard.hide_text(&conversation, "I am ann@acme-mail.com")?;
///     conversation.save().await?;
///
///     // Another process shows the stored text.
///     let other = all.open(&id).await?;
///     let shown = guard.show_text(&other, &wire);
///     assert_eq!(shown.as_str(), "I am ann@acme-mail.com");
///
///     assert!(all.shred(&id).await?);
///     # Ok(())
/// })
/// # }
/// ```
#[derive(Clone)]
pub struct Conversations {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) keyring: Keyring,
    pub(super) store: Arc<dyn Store>,
    pub(super) log: Log,
    pub(super) log_key: LogKey,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ttl: Duration,
}

/// What is under an id.
enum Found {
    Open(Conversation),
    /// A head of this revision that has expired.
    Expired(u64),
    Nothing,
}

impl Conversations {
    /// The longest that a conversation may be kept after it was last changed: 10 years.
    pub const MAX_TTL: Duration = Duration::from_secs(10 * 366 * 86_400);

    /// Begins to keep conversations in `store`, with keys that `keyring` seals.
    #[must_use]
    pub fn builder(keyring: Keyring, store: Arc<dyn Store>) -> ConversationsBuilder {
        ConversationsBuilder::new(keyring, store)
    }

    pub(super) fn over(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Opens a conversation, and begins it where there is none. One that has expired is
    /// destroyed, and a new one begun. Legal holds are not looked at: under a hold, open
    /// with [`find`](Self::find), and leave what has expired to a
    /// [`Sweeper`](crate::retention::Sweeper).
    ///
    /// # Errors
    /// [`Integrity`](ErrorKind::Integrity) and [`Open`](ErrorKind::Open) where the records
    /// are not what was written, [`KeyService`](ErrorKind::KeyService) and
    /// [`Store`](ErrorKind::Store) where the key service or the store fails,
    /// [`Conflict`](ErrorKind::Conflict) where others were quicker again and again.
    pub async fn open(&self, id: &ConversationId) -> Result<Conversation, Error> {
        for _ in 0..TRIES {
            match self.look_up(id).await? {
                Found::Open(open) => return Ok(open),
                Found::Expired(revision) => match self.destroy(id, Some(revision)).await {
                    // Another process has kept it alive, or begun a new one.
                    Err(error) if error.kind() == ErrorKind::Conflict => continue,
                    destroyed => _ = destroyed?,
                },
                Found::Nothing => {}
            }
            match self.begin(id).await {
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                begun => return begun,
            }
        }
        Err(overtaken())
    }

    /// Opens a conversation, if there is one that has not expired. Nothing is destroyed.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub async fn find(&self, id: &ConversationId) -> Result<Option<Conversation>, Error> {
        Ok(match self.look_up(id).await? {
            Found::Open(open) => Some(open),
            Found::Expired(_) | Found::Nothing => None,
        })
    }

    async fn look_up(&self, id: &ConversationId) -> Result<Found, Error> {
        let inner = &self.inner;
        let Some(record) = inner.store.get(&id.head()?).await? else {
            return Ok(Found::Nothing);
        };
        let head = Head::read(&record.value)?;
        let key = inner
            .keyring
            .open(&head.envelope, &key_context(id)?)
            .await?;
        let key = ConversationKey::read(key.expose_secret()).ok_or_else(damaged)?;
        Head::check(&record.value, &key, id)?;
        if head.is_expired(inner.clock.now()) {
            return Ok(Found::Expired(record.revision));
        }
        let state = State::new(key, Conversation::MAX_VALUES, true);
        let unread = Head {
            parts: 0,
            chain: [0; 32],
            ..head
        };
        let stored = Arc::new(Stored::new(self, id, 0, unread));
        let conversation = Conversation::of(state, Some(stored.clone()));
        stored.catch_up(&conversation).await?;
        Ok(Found::Open(conversation))
    }

    async fn begin(&self, id: &ConversationId) -> Result<Conversation, Error> {
        let inner = &self.inner;
        let key = ConversationKey::generate()?;
        let envelope = inner.keyring.seal(key.expose(), &key_context(id)?).await?;
        let now = inner.clock.now();
        let head = Head {
            created: now.unix_seconds(),
            expires: self.expiry(now),
            parts: 0,
            chain: [0; 32],
            envelope: envelope.into_bytes(),
        };
        let place = id.head()?;
        let batch = Batch::new()
            .require(place.clone(), Condition::Absent)
            // What is left of an earlier one is under a key that is gone.
            .delete_range(id.parts()?)
            .put(place, head.to_bytes(&key, id));
        let revision = inner.store.commit(batch).await?;
        let state = State::new(key, Conversation::MAX_VALUES, true);
        let stored = Arc::new(Stored::new(self, id, revision, head));
        Ok(Conversation::of(state, Some(stored)))
    }

    fn expiry(&self, now: Moment) -> i64 {
        now.saturating_add(self.inner.ttl).unix_seconds()
    }

    /// Destroys a conversation: its key, and every record of it. An entry in the audit log
    /// says so before and after. Returns whether there was one. A [`Conversation`] that is
    /// open keeps its values in memory until it is dropped; nothing can be saved to it or
    /// asked with it any more.
    ///
    /// # Errors
    /// Those of the store and of the log. Where the log fails first, nothing is destroyed.
    pub async fn shred(&self, id: &ConversationId) -> Result<bool, Error> {
        self.destroy(id, None).await
    }

    /// Destroys a conversation, or only the one whose head has this revision.
    async fn destroy(&self, id: &ConversationId, only: Option<u64>) -> Result<bool, Error> {
        let inner = &self.inner;
        let entry = inner.entry("guard.shred", id)?;
        inner.log.append(entry.clone()).await?;
        let was = inner.store.get(&id.head()?).await?.is_some();
        let mut batch = Batch::new().delete(id.head()?).delete_range(id.parts()?);
        if let Some(revision) = only {
            batch = batch.require(id.head()?, Condition::Revision(revision));
        }
        let done = inner.store.commit(batch).await.map(drop);
        inner.end(entry, &done).await?;
        done.map(|()| was)
    }

    /// Destroys all conversations of a tenant. Returns how many there were.
    ///
    /// # Errors
    /// Those of [`shred`](Self::shred).
    pub async fn shred_tenant(&self, tenant: &str) -> Result<u64, Error> {
        let inner = &self.inner;
        let entry = Entry::new(Identifier::new("guard.shred-tenant")?, Outcome::Attempted)
            .tenant(inner.log_key.digest("tenant", tenant));
        inner.log.append(entry.clone()).await?;
        let result = async {
            let count = self.stored(tenant, |_| true).await?;
            let batch = Batch::new().delete_range(ConversationId::everything(tenant)?);
            inner.store.commit(batch).await?;
            Ok(count)
        }
        .await;
        inner.end(entry, &result).await?;
        result
    }

    /// Returns how many conversations a tenant has. Those that have expired do not count,
    /// though they lie in the store until they are destroyed; those whose records are
    /// damaged do.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn count(&self, tenant: &str) -> Result<u64, Error> {
        let now = self.inner.clock.now();
        let lives = |head: &[u8]| Head::read(head).map_or(true, |head| !head.is_expired(now));
        self.stored(tenant, lives).await
    }

    /// Returns how many conversations of a tenant lie in the store whose heads are `kept`.
    pub(super) async fn stored(
        &self,
        tenant: &str,
        kept: impl Fn(&[u8]) -> bool,
    ) -> Result<u64, Error> {
        let mut range = ConversationId::heads(tenant)?;
        let mut count = 0;
        loop {
            let page = self.inner.store.scan(&range, MAX_PAGE).await?;
            count += page.iter().filter(|record| kept(&record.value)).count() as u64;
            match page.last() {
                Some(last) if page.len() == MAX_PAGE => range = range.after(last.key.path()),
                _ => return Ok(count),
            }
        }
    }
}

impl Inner {
    /// An entry on one conversation, which stands there as a digest.
    pub(super) fn entry(&self, action: &str, id: &ConversationId) -> Result<Entry, Error> {
        // With its length before it, a tenant does not run into an id.
        let whole = format!("{}:{}{}", id.tenant().len(), id.tenant(), id.id());
        Ok(Entry::new(Identifier::new(action)?, Outcome::Attempted)
            .tenant(self.log_key.digest("tenant", id.tenant()))
            .resource(self.log_key.digest("conversation", &whole)))
    }

    /// Says how something ended. Of what is in doubt nothing is said.
    pub(super) async fn end<T>(
        &self,
        entry: Entry,
        result: &Result<T, Error>,
    ) -> Result<(), Error> {
        let outcome = match result {
            Ok(_) => Outcome::Succeeded,
            Err(error) if error.kind() == ErrorKind::Refused => Outcome::Denied,
            Err(error) if error.kind() == ErrorKind::InDoubt => return Ok(()),
            Err(_) => Outcome::Failed,
        };
        self.log.append(entry.with_outcome(outcome)).await.map(drop)
    }
}

/// Where a conversation is stored, and how far the store was read.
struct Stored {
    all: Conversations,
    id: ConversationId,
    place: Mutex<Place>,
}

struct Place {
    revision: u64,
    head: Head,
}

#[async_trait]
impl Saves for Stored {
    async fn save(&self, conversation: &Conversation) -> Result<(), Error> {
        for _ in 0..TRIES {
            let before = self.lock().revision;
            match self.try_save(conversation).await {
                Err(error) if error.kind() == ErrorKind::Conflict => {
                    self.catch_up(conversation).await?;
                    // Nobody was quicker: a part lies where the head knows none.
                    if self.lock().revision == before {
                        return Err(damaged());
                    }
                }
                saved => return saved,
            }
        }
        Err(overtaken())
    }

    fn tenant(&self) -> &str {
        self.id.tenant()
    }
}

impl Stored {
    fn new(all: &Conversations, id: &ConversationId, revision: u64, head: Head) -> Self {
        Self {
            all: all.clone(),
            id: id.clone(),
            place: Mutex::new(Place { revision, head }),
        }
    }

    async fn try_save(&self, conversation: &Conversation) -> Result<(), Error> {
        let inner = &self.all.inner;
        let (parts, taken, key) = {
            let state = conversation.lock();
            let parts = journal::write(&state, &state.fresh);
            (parts, state.fresh.clone(), state.key.clone())
        };
        let now = inner.clock.now();
        // Nothing that was destroyed is gone on with, even where nothing is to be saved; and
        // another process may have kept alive what has expired by what is known here.
        if parts.is_empty() || self.lock().head.is_expired(now) {
            self.catch_up(conversation).await?;
        }
        let keyring = key.keyring()?;
        for parts in parts.chunks(MAX_PARTS) {
            self.append(parts, &key, &keyring, now).await?;
        }
        let mut state = conversation.lock();
        // What came in the meantime stands behind what was taken.
        let saved = state
            .fresh
            .iter()
            .zip(&taken)
            .take_while(|(a, b)| a == b)
            .count();
        state.fresh.drain(..saved);
        state.fresh.retain(|item| !is_saved(item, &taken));
        Ok(())
    }

    /// Appends parts to the journal, all of them or none.
    async fn append(
        &self,
        parts: &[Zeroizing<Vec<u8>>],
        key: &ConversationKey,
        keyring: &Keyring,
        now: Moment,
    ) -> Result<(), Error> {
        let (revision, mut head) = {
            let place = self.lock();
            (place.revision, place.head.clone())
        };
        head.expires = head.expires.max(self.all.expiry(now));
        let mut batch = Batch::new().require(self.id.head()?, Condition::Revision(revision));
        for part in parts {
            let context = part_context(&self.id, head.parts)?;
            let envelope = keyring.seal(part, &context).await?.into_bytes();
            head.chain = chain(key, &head.chain, &envelope);
            let place = self.id.part(head.parts)?;
            batch = batch
                .require(place.clone(), Condition::Absent)
                .put(place, envelope);
            head.parts += 1;
        }
        batch = batch.put(self.id.head()?, head.to_bytes(key, &self.id));
        let revision = self.all.inner.store.commit(batch).await?;
        *self.lock() = Place { revision, head };
        Ok(())
    }

    /// Reads what others added.
    async fn catch_up(&self, conversation: &Conversation) -> Result<(), Error> {
        let inner = &self.all.inner;
        let key = conversation.lock().key.clone();
        let keyring = key.keyring()?;
        let record = inner.store.get(&self.id.head()?).await?.ok_or_else(gone)?;
        let head = Head::read(&record.value)?;
        let is_same = head.envelope == self.lock().head.envelope;
        match Head::check(&record.value, &key, &self.id) {
            // It was destroyed, and another one begun under another key.
            Err(_) if !is_same => return Err(gone()),
            checked => checked?,
        }
        if head.is_expired(inner.clock.now()) {
            return Err(gone());
        }
        let (mut at, mut so_far) = {
            let place = self.lock();
            (place.head.parts, place.head.chain)
        };
        let mut parts: Vec<Zeroizing<Vec<u8>>> = Vec::new();
        while at < head.parts {
            let first = self.id.part(at)?;
            let range: Range = self.id.parts()?.from(first.path());
            let page = inner.store.scan(&range, 64).await?;
            if page.is_empty() {
                return Err(damaged());
            }
            for record in page {
                if at >= head.parts {
                    break;
                }
                if record.key != self.id.part(at)? {
                    return Err(damaged());
                }
                so_far = chain(&key, &so_far, &record.value);
                let part = keyring
                    .open(&record.value, &part_context(&self.id, at)?)
                    .await?;
                parts.push(Zeroizing::new(part.expose_secret().to_vec()));
                at += 1;
            }
        }
        if so_far != head.chain {
            return Err(damaged());
        }
        {
            let mut state = conversation.lock();
            // Of two processes at the limit, each may have learned its last values.
            state.limit(usize::MAX);
            let mut parts = parts.iter();
            let read = parts.try_for_each(|part| journal::read(&mut state, part));
            state.limit(Conversation::MAX_VALUES);
            read?;
        }
        let mut place = self.lock();
        *place = Place {
            revision: record.revision,
            head,
        };
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether something was saved that was noted once more since, and says the same as then.
fn is_saved(item: &Fresh, saved: &[Fresh]) -> bool {
    matches!(item, Fresh::Taken(_)) && saved.contains(item)
}

fn gone() -> Error {
    Error::message(
        ErrorKind::Refused,
        "conversation was destroyed or has expired",
    )
}

fn overtaken() -> Error {
    let what = "others changed the conversation again and again";
    Error::message(ErrorKind::Conflict, what).retry()
}

impl fmt::Debug for Conversations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversations")
            .field("ttl", &self.inner.ttl)
            .finish_non_exhaustive()
    }
}
