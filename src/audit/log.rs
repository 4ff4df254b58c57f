//! The log and its public interface.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::anchor::{self, Anchor, Checkpoints};
use super::backend::{Backend, MAX_BYTES, MAX_ENTRIES};
use super::checkpoint::Checkpoint;
use super::entry::{Encoded, Entry, Identifier, LogRecord, Outcome};
use super::files::Opening;
use super::key::{Signer, SigningKey, VerifyingKey};
use super::memory::MemoryLog;
use super::proof::LogProof;
use super::stored::StoreLog;
use super::tree::ConsistencyProof;
use super::turn::Turns;
use crate::Error;
use crate::error::{AuditCause, ErrorKind};
use crate::store::Store;
use crate::time::{Clock, SystemClock};

/// How long a task waits for others that are anchoring.
const TURN: Duration = Duration::from_secs(1);

/// A tamper-evident log: entries can be added, and nothing that was added can be
/// changed or taken away unseen.
///
/// An append returns when its entry is durable and a signed
/// [checkpoint](Checkpoint) covers it. Clones are handles to the same log.
///
/// # Security
/// What the log cannot tell by itself is that it was cut short, or replaced from
/// some entry on by one who has its signing key: for this someone else must keep
/// checkpoints, see [`Anchor`](super::Anchor).
///
/// # Example
/// ```
/// use confidant::audit::{Access, Entry, Identifier, Log, Outcome};
///
/// # pollster::block_on(async {
/// let log = Log::in_memory()?;
/// let entry = Entry::new(Identifier::new("secret.reveal")?, Outcome::Attempted)
///     .actor(Identifier::new("service:deployer")?);
/// let before = log.checkpoint().await?;
/// let appended = log.append(entry).await?;
/// assert_eq!(appended.index(), 0);
///
/// // Who kept the checkpoint from before can see that the log only grew.
/// let after = log.checkpoint().await?;
/// let proof = log.consistency_proof(before.size(), after.size()).await?;
/// proof.verify(before.root(), after.root())?;
///
/// // Reading the log is itself an entry.
/// let access = Access::new(Identifier::new("auditor:7")?);
/// let records = log.read(0..10, &access).await?;
/// assert_eq!(records[0].entry.outcome(), Outcome::Attempted);
/// assert_eq!(records[1].entry.action().as_str(), Some("audit.read"));
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Log {
    inner: Arc<Inner>,
}

struct Inner {
    backend: Box<dyn Backend>,
    key: Mutex<VerifyingKey>,
    anchors: Vec<Arc<dyn Anchor>>,
    /// After how many entries appends see to the anchors; zero for never.
    anchor_every: u64,
    anchor_limit: Duration,
    /// How many entries the anchors saw.
    anchored: AtomicU64,
    anchoring: Turns,
}

/// Where an entry stands, and what covers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    index: u64,
    checkpoint: Arc<Checkpoint>,
}

/// Who reads the log, and what for. It becomes an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    actor: Identifier,
    purpose: Option<Identifier>,
}

impl Appended {
    /// Returns the index of the entry, counted from 0.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// Returns the checkpoint of the batch in which it became durable.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }
}

impl Access {
    /// Reading by `actor`.
    #[must_use]
    pub const fn new(actor: Identifier) -> Self {
        Self {
            actor,
            purpose: None,
        }
    }

    /// Sets what the log is read for.
    #[must_use]
    pub fn purpose(mut self, purpose: Identifier) -> Self {
        self.purpose = Some(purpose);
        self
    }

    /// The entry that says so.
    pub(super) fn to_entry(&self, action: Identifier) -> Entry {
        let entry = Entry::new(action, Outcome::Attempted).actor(self.actor.clone());
        match &self.purpose {
            Some(purpose) => entry.purpose(purpose.clone()),
            None => entry,
        }
    }
}

/// How a log is opened.
///
/// # Example
/// ```no_run
/// use std::sync::Arc;
///
/// use confidant::audit::{Log, SigningKey};
///
/// # async fn open() -> Result<(), confidant::Error> {
/// let key = SigningKey::load("/etc/acme/audit.key")?;
/// let log = Log::builder(Arc::new(key)).open("/var/lib/acme/audit").await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct LogBuilder {
    signer: Arc<dyn Signer>,
    clock: Arc<dyn Clock>,
    segment_bytes: u64,
    anchors: Vec<Arc<dyn Anchor>>,
    anchor_every: u64,
    anchor_limit: Duration,
}

impl LogBuilder {
    /// Sets the clock that entries get their times from; that of the system otherwise.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// From how many bytes on a log in files begins a new segment: 64 MiB where
    /// nothing is said. It is kept between 4 KiB and 1 GiB. Opening a log reads its
    /// last segment.
    #[must_use]
    pub fn segment_bytes(mut self, bytes: u64) -> Self {
        self.segment_bytes = bytes.clamp(4 << 10, 1 << 30);
        self
    }

    /// Adds an anchor: the log does not open where it is not what the anchor saw, and
    /// [`Log::anchor`] shows it the latest checkpoint.
    #[must_use]
    pub fn anchor(mut self, anchor: Arc<dyn Anchor>) -> Self {
        self.anchors.push(anchor);
        self
    }

    /// Anchors after every `entries` appends: that append waits for the anchors, and
    /// fails where they do, although its entry is in the log. Without this, call
    /// [`Log::anchor`] from time to time.
    #[must_use]
    pub fn anchor_every(mut self, entries: u64) -> Self {
        self.anchor_every = entries;
        self
    }

    /// Sets how long each anchor may take before it counts as failed: 30 seconds where
    /// nothing is said.
    #[must_use]
    pub fn anchor_limit(mut self, limit: Duration) -> Self {
        self.anchor_limit = limit;
        self
    }

    /// Returns a log in memory, gone with the process.
    ///
    /// # Errors
    /// Those of the signer.
    pub fn in_memory(self) -> Result<Log, Error> {
        let backend = MemoryLog::new(Arc::clone(&self.signer), Arc::clone(&self.clock))?;
        Ok(self.log(Box::new(backend)))
    }

    /// Opens the log in the files of a folder. Where there is none, it is made. What
    /// stands behind the last signed checkpoint, and was acknowledged to nobody, is moved
    /// to a file whose name ends in `.cut`, and an entry says so.
    ///
    /// Nothing is changed before the log was looked at and the anchors were asked. One
    /// process may have the log open at a time; it starts one thread, which writes.
    /// Reading an entry reads files within the call.
    ///
    /// # Errors
    /// [`Refused`](crate::ErrorKind::Refused) where another process has it open, or a
    /// later version of this crate wrote it; [`Store`](crate::ErrorKind::Store) where a
    /// file cannot be read or written; [`Integrity`](crate::ErrorKind::Integrity) where
    /// the log is not what was written, is not signed by this key, or an anchor has seen
    /// another one; those of the anchors.
    pub async fn open(self, folder: impl AsRef<Path> + Send) -> Result<Log, Error> {
        let folder = folder.as_ref();
        let parts = || (Arc::clone(&self.signer), Arc::clone(&self.clock));
        if !folder.exists() && !self.anchors.is_empty() {
            let (signer, clock) = parts();
            self.consult(Box::new(MemoryLog::new(signer, clock)?))
                .await?;
        }
        let (signer, clock) = parts();
        let opening = Opening::new(folder, signer, clock, self.segment_bytes)?;
        self.consult(opening.view()?).await?;
        let (backend, is_changed) = opening.open()?;
        let log = self.log(Box::new(backend));
        if is_changed {
            log.anchor().await?;
        } else {
            let seen = log.checkpoint().await?.size();
            log.inner.anchored.fetch_max(seen, Ordering::Release);
        }
        Ok(log)
    }

    /// Asks the anchors about a log that is not open yet.
    pub(super) async fn consult(&self, found: Box<dyn Backend>) -> Result<(), Error> {
        self.clone().log(found).anchor().await
    }

    /// Opens the log of that name in a store, which many processes may write to at the
    /// same time. Where there is none, the first append begins it: opening writes
    /// nothing, and the anchors are asked before that.
    ///
    /// Each batch is one commit, on the condition that the log still ends where it
    /// did: one of the writers comes first, and the others go on behind it. None goes on
    /// where the log is not the one that it has seen before, or a later state of it.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where the log is not signed by this
    /// key, its end is missing or is not what was written (as
    /// [`verify_store`](super::verify_store) says), or an anchor has seen another one;
    /// those of the store.
    pub async fn open_store(self, store: Arc<dyn Store>, name: &str) -> Result<Log, Error> {
        let (signer, clock) = (Arc::clone(&self.signer), Arc::clone(&self.clock));
        let backend = StoreLog::open(store, name, signer, clock).await?;
        let log = self.log(Box::new(backend));
        log.anchor().await?;
        Ok(log)
    }

    fn log(self, backend: Box<dyn Backend>) -> Log {
        let key = Mutex::new(self.signer.verifying_key().clone());
        Log {
            inner: Arc::new(Inner {
                backend,
                key,
                anchors: self.anchors,
                anchor_every: self.anchor_every,
                anchor_limit: self.anchor_limit,
                anchored: AtomicU64::new(0),
                anchoring: Turns::default(),
            }),
        }
    }
}

impl Log {
    /// Begins a log whose checkpoints `signer` signs.
    #[must_use]
    pub fn builder(signer: Arc<dyn Signer>) -> LogBuilder {
        LogBuilder {
            signer,
            clock: Arc::new(SystemClock::new()),
            segment_bytes: 64 << 20,
            anchors: Vec::new(),
            anchor_every: 0,
            anchor_limit: anchor::LIMIT,
        }
    }

    /// Creates a log in memory under a key of its own, both gone with the process.
    ///
    /// # Errors
    /// [`KeyService`](crate::ErrorKind::KeyService) where the system has no random
    /// numbers.
    pub fn in_memory() -> Result<Self, Error> {
        let key = SigningKey::generate("memory.invalid/audit")?;
        Self::builder(Arc::new(key)).in_memory()
    }

    /// Returns the key that verifies the latest checkpoint.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        let key = self.inner.key.lock();
        key.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Appends an entry, and returns when it is durable. Appends of many tasks
    /// become durable together.
    ///
    /// Dropped before it returns, the entry may or may not be in the log.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for an entry that only the log itself
    /// writes: one whose action begins with `audit.`, or with a statement.
    /// [`Store`](crate::ErrorKind::Store) where the entry is not in the log: where the
    /// error [may be retried](Error::is_retryable), a full disk say, the log goes on
    /// when it can. [`InDoubt`](crate::ErrorKind::InDoubt) where it may be in the log
    /// or not, such as after a failed sync; a log in files then takes nothing more
    /// until it is opened again. [`Unanchored`](crate::ErrorKind::Unanchored) where the
    /// entry is in the log, and an anchor failed for which the append waited; or
    /// [`Integrity`](crate::ErrorKind::Integrity) where that anchor has seen another
    /// log. The anchor's own error is then in
    /// [`expose_source`](Error::expose_source).
    pub async fn append(&self, entry: Entry) -> Result<Appended, Error> {
        entry.check_is_of_a_caller()?;
        self.append_own(entry).await
    }

    /// Appends an entry that may be the log's own.
    pub(super) async fn append_own(&self, entry: Entry) -> Result<Appended, Error> {
        self.append_encoded(vec![Encoded::new(&entry)?]).await
    }

    /// Appends entries one after the other, with nothing in between, all of them or
    /// none. Returns where the first of them stands.
    ///
    /// # Errors
    /// As [`append`](Self::append); [`Limit`](crate::ErrorKind::Limit) for more than
    /// 8,192 entries or 4 MiB, [`Config`](crate::ErrorKind::Config) for none.
    pub async fn append_all(&self, entries: &[Entry]) -> Result<Appended, Error> {
        if entries.is_empty() {
            return Err(Error::config("no entries to append"));
        }
        if entries.len() > MAX_ENTRIES {
            return Err(Error::limit("entries of one append", MAX_ENTRIES as u64));
        }
        entries.iter().try_for_each(Entry::check_is_of_a_caller)?;
        let encoded: Vec<_> = entries.iter().map(Encoded::new).collect::<Result<_, _>>()?;
        let bytes: usize = encoded.iter().map(|entry| entry.as_bytes().len()).sum();
        if bytes > MAX_BYTES {
            return Err(Error::limit("bytes of one append", MAX_BYTES as u64));
        }
        self.append_encoded(encoded).await
    }

    async fn append_encoded(&self, entries: Vec<Encoded>) -> Result<Appended, Error> {
        let (index, checkpoint) = self.inner.backend.append(entries).await?;
        let every = self.inner.anchor_every;
        let unseen = |log: &Self| {
            let seen = log.inner.anchored.load(Ordering::Acquire);
            checkpoint.size().saturating_sub(seen)
        };
        if every > 0 && unseen(self) >= every {
            self.anchor_from(checkpoint.size())
                .await
                .map_err(|error| unanchored(index, error))?;
        }
        Ok(Appended { index, checkpoint })
    }

    /// Shows every anchor the latest checkpoint, after making sure that the log goes on
    /// from the one that it saw before.
    ///
    /// # Errors
    /// Those of the anchors, the first of which ends it:
    /// [`Integrity`](crate::ErrorKind::Integrity) where the log is shorter than it was
    /// or another one, a [retryable](Error::is_retryable)
    /// [`Store`](crate::ErrorKind::Store) where an anchor takes too long.
    pub async fn anchor(&self) -> Result<(), Error> {
        self.anchor_from(u64::MAX).await
    }

    /// The same, unless the anchors have seen that many entries by the time that those
    /// who came before are done.
    async fn anchor_from(&self, size: u64) -> Result<(), Error> {
        let inner = &self.inner;
        // Anchors can be asked at the same time; it is only a waste. So nobody waits for
        // long for a task that is not driven on.
        let _turn = anchor::within(TURN, inner.anchoring.next()).await;
        if inner.anchored.load(Ordering::Acquire) >= size {
            return Ok(());
        }
        let size = self.checkpoint().await?.size();
        for anchor in &inner.anchors {
            anchor::advance(&**anchor, self, inner.anchor_limit).await?;
        }
        inner.anchored.fetch_max(size, Ordering::Release);
        Ok(())
    }

    /// Returns the latest checkpoint.
    ///
    /// # Errors
    /// [`Store`](crate::ErrorKind::Store) where the log cannot be read.
    pub async fn checkpoint(&self) -> Result<Arc<Checkpoint>, Error> {
        self.inner.backend.checkpoint().await
    }

    /// Reads entries from the start of `range` on, as far as the log goes and as fit
    /// in some megabytes; to read on, ask from behind the last. That they were read
    /// is itself an entry, which is durable before anything is read.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where an entry is not what was
    /// written, and those of [`append`](Self::append).
    pub async fn read(&self, range: Range<u64>, access: &Access) -> Result<Vec<LogRecord>, Error> {
        let entry = access.to_entry(Identifier::new("audit.read")?);
        let entry = entry.count("from", range.start)?.count("to", range.end)?;
        let appended = self.append_own(entry).await?;
        let end = range.end.min(appended.index + 1);
        if range.start >= end {
            return Ok(Vec::new());
        }
        let entries = self.read_unseen(range.start..end).await?;
        let records = (range.start..).zip(entries);
        records
            .map(|(leaf, entry)| {
                // It is signed: what it is not is an entry of a log.
                LogRecord::parse(leaf, &entry).map_err(|_| AuditCause::Malformed { leaf }.into())
            })
            .collect()
    }

    /// Reads entries without logging the access; the caller has already logged it.
    pub(super) async fn read_unseen(&self, range: Range<u64>) -> Result<Vec<Vec<u8>>, Error> {
        self.inner.backend.read(range).await
    }

    /// Reads entries from the start of `range` on, without a word in the log, for the
    /// parts of this crate that hold what they store against it. Returns those whose
    /// action is wanted, and the index behind the last one that was read.
    pub(crate) async fn follow(
        &self,
        range: Range<u64>,
        is_wanted: fn(&[u8]) -> bool,
    ) -> Result<(u64, Vec<LogRecord>), Error> {
        let entries = self.read_unseen(range.clone()).await?;
        if entries.is_empty() {
            let what = "audit log is shorter than it was";
            return Err(Error::message(ErrorKind::Integrity, what));
        }
        let mut end = range.start;
        let mut records = Vec::new();
        for entry in entries {
            if Encoded::action_of(&entry).is_some_and(is_wanted) {
                records.push(LogRecord::parse(end, &entry)?);
            }
            end += 1;
        }
        Ok((end, records))
    }

    /// Proves that the entry `index` is in the log, as of the latest checkpoint.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is no such entry.
    pub async fn inclusion_proof(&self, index: u64) -> Result<LogProof, Error> {
        let checkpoint = self.checkpoint().await?;
        let backend = &self.inner.backend;
        let proof = backend.prove_inclusion(index, checkpoint.size()).await?;
        Ok(LogProof::new(proof, checkpoint))
    }

    /// Returns the proof that the log of `new` entries begins with that of `old` entries.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the log never had that size.
    pub async fn consistency_proof(&self, old: u64, new: u64) -> Result<ConsistencyProof, Error> {
        self.inner.backend.prove_consistency(old, new).await
    }

    /// Hands the log over to another signing key of the same name. An entry, signed
    /// by both keys, says so; from it on checkpoints are by the new key.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the new key has another name or is
    /// the one that the log has, and those of [`append`](Self::append).
    pub async fn rotate(&self, new: Arc<dyn Signer>) -> Result<Appended, Error> {
        let key = new.verifying_key().clone();
        let (index, checkpoint) = self.inner.backend.rotate(new).await?;
        *self
            .inner
            .key
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = key;
        Ok(Appended { index, checkpoint })
    }
}

#[async_trait]
impl Checkpoints for Log {
    fn verifying_key(&self) -> VerifyingKey {
        self.verifying_key()
    }

    async fn checkpoint(&self) -> Result<Arc<Checkpoint>, Error> {
        self.checkpoint().await
    }

    async fn consistency_proof(&self, old: u64, new: u64) -> Result<ConsistencyProof, Error> {
        self.consistency_proof(old, new).await
    }
}

/// The error of an append whose entry is in the log, and whose anchor failed.
#[cold]
fn unanchored(index: u64, error: Error) -> Error {
    let refuted = error.kind() == ErrorKind::Integrity;
    Error::from(AuditCause::Unanchored { index, refuted }).with_source(error)
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("backend", &self.inner.backend)
            .finish_non_exhaustive()
    }
}
