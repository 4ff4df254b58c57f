//! The log in a store: many writers, each batch one commit.

mod nodes;
mod record;
mod verify;

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use self::nodes::Tiles;
use self::record::{Places, Stored};
pub use self::verify::verify_store;
use super::backend::{Backend, MAX_BYTES, MAX_ENTRIES, Receipt};
use super::batch::{Batch, Head};
use super::checkpoint::Checkpoint;
use super::entry::Encoded;
use super::key::{Signer, VerifyingKey};
use super::tree::{ConsistencyProof, Edge, InclusionProof, prove_consistency, prove_inclusion};
use super::turn::Turns;
use crate::Error;
use crate::error::{AuditCause, ErrorKind};
use crate::random::random;
use crate::store::Store;
use crate::time::Clock;

/// How often other writers may come first before a batch is given up.
const TRIES: u32 = 1000;
/// How often in a row the store may leave it in doubt whether a commit happened.
const DOUBTS: u32 = 8;
/// The most entries that one call of the store returns.
const PAGE: u64 = 1000;

pub(super) struct StoreLog {
    store: Arc<dyn Store>,
    places: Places,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// Only one task of a process commits at a time, for all that wait.
    commits: Turns,
}

struct State {
    signer: Arc<dyn Signer>,
    /// The end of the log as it was last seen, and the revision of its record.
    head: Stored,
    waiting: VecDeque<Job>,
    /// The batch that is being committed. It stays here when the task that does so
    /// goes away, for the next one to find out what became of it.
    underway: Option<Underway>,
    /// The last batch of this process that was settled.
    settled: Option<[u8; 16]>,
    done: Vec<(u64, Result<Receipt, Error>)>,
    next_job: u64,
}

struct Job {
    id: u64,
    work: Work,
}

enum Work {
    Append(Vec<Encoded>),
    Rotate(Arc<dyn Signer>),
}

/// Jobs of one batch, and the random id by which the store knows it.
struct Underway {
    id: [u8; 16],
    /// The jobs, each with its number of entries.
    jobs: Vec<(u64, u64)>,
    work: Arc<BatchWork>,
}

enum BatchWork {
    Append(Vec<Encoded>),
    Rotate(Arc<dyn Signer>),
}

impl StoreLog {
    pub(super) async fn open(
        store: Arc<dyn Store>,
        name: &str,
        signer: Arc<dyn Signer>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let places = Places::new(name)?;
        let head = loop {
            if let Some(record) = store.get(&places.head()?).await? {
                break Stored::parse(&record, &[signer.verifying_key().clone()])?;
            }
            let begin = places.begin(&Head::new(&*signer)?)?;
            match store.commit(begin).await {
                Err(error) if !may_have_changed(&error) => return Err(error),
                _ => {}
            }
        };
        Ok(Self {
            store,
            places,
            clock,
            state: Mutex::new(State {
                signer,
                head,
                waiting: VecDeque::new(),
                underway: None,
                settled: None,
                done: Vec::new(),
                next_job: 0,
            }),
            commits: Turns::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts work in the queue and does what is in it, until this is done.
    async fn submit(&self, work: Work) -> Result<Receipt, Error> {
        let id = {
            let mut state = self.state();
            let id = state.next_job;
            state.next_job += 1;
            state.waiting.push_back(Job { id, work });
            id
        };
        let waiter = Waiter { log: self, id };
        loop {
            let turn = self.commits.next().await;
            if let Some(outcome) = waiter.outcome() {
                return outcome;
            }
            let again = self.state().underway.is_some();
            self.state().begin()?;
            let outcome = self.finish(again).await;
            self.state().settle(outcome);
            drop(turn);
        }
    }

    /// Commits the batch that is under way; `in_doubt` where it may have been committed
    /// already.
    async fn finish(&self, mut in_doubt: bool) -> Result<Stored, Error> {
        let mut again = in_doubt;
        let mut doubts = 0;
        for _ in 0..TRIES {
            let attempt = self.attempt(again).await;
            match attempt {
                Ok(stored) => return Ok(stored),
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) if error.kind() == ErrorKind::InDoubt && doubts < DOUBTS => {
                    in_doubt = true;
                    doubts += 1;
                }
                Err(error) => return Err(if in_doubt { doubtful(error) } else { error }),
            }
            again = true;
        }
        let what = "others keep writing the audit log";
        let error = Error::message(ErrorKind::Conflict, what).retry();
        Err(if in_doubt { doubtful(error) } else { error })
    }

    async fn attempt(&self, again: bool) -> Result<Stored, Error> {
        if again {
            let (id, keys) = self.state().underway_id()?;
            if let Some(record) = self.store.get(&self.places.marker(&id)?).await? {
                return Stored::parse(&record, &keys);
            }
            self.refresh().await?;
        }
        self.commit().await
    }

    /// One attempt: the batch behind the end of the log as it was last seen.
    async fn commit(&self) -> Result<Stored, Error> {
        let (head, signer, settled, id, work) = {
            let state = self.state();
            let gone = || Error::config("no batch is under way");
            let underway = state.underway.as_ref().ok_or_else(gone)?;
            let work = Arc::clone(&underway.work);
            let signer = Arc::clone(&state.signer);
            (state.head.clone(), signer, state.settled, underway.id, work)
        };
        let now = self.clock.now();
        let batch = match &*work {
            BatchWork::Append(entries) => head.head.batch(entries.clone(), now, &*signer)?,
            BatchWork::Rotate(new) => {
                let entry = head.head.rotation(&*signer, &**new)?;
                head.head.batch(vec![entry], now, &**new)?
            }
        };
        let commit = self.places.batch(&batch, &id, &head, settled)?;
        let commit = nodes::add_tiles(&*self.store, &self.places, commit, &batch).await?;
        let revision = self.store.commit(commit).await?;
        let Batch { head, first, .. } = batch;
        Ok(Stored {
            head,
            revision,
            first,
        })
    }

    /// Reads where the log ends now.
    async fn refresh(&self) -> Result<Arc<Checkpoint>, Error> {
        let record = self.store.get(&self.places.head()?).await?;
        let record = record.ok_or(AuditCause::Altered { leaf: 0 })?;
        let key = self.state().signer.verifying_key().clone();
        let head = Stored::parse(&record, &[key])?;
        let checkpoint = Arc::clone(&head.head.checkpoint);
        let mut state = self.state();
        if head.revision > state.head.revision {
            state.head = head;
        }
        Ok(checkpoint)
    }

    /// Has `prove` try until all tiles that it needs have been read.
    async fn prove<P>(
        &self,
        size: u64,
        prove: impl Fn(&Edge, &Tiles) -> Result<P, Error> + Send,
    ) -> Result<P, Error> {
        let known = self.state().head.head.size();
        if size > known && size > self.refresh().await?.size() {
            return Err(Error::config("log is not yet of that size"));
        }
        let mut tiles = Tiles::new(size);
        loop {
            let proof = Edge::new(size, &tiles).and_then(|edge| prove(&edge, &tiles));
            if !tiles.fetch(&*self.store, &self.places).await? {
                return proof;
            }
        }
    }
}

impl State {
    /// The id of the batch under way, and the keys that may have signed it.
    fn underway_id(&self) -> Result<([u8; 16], Vec<VerifyingKey>), Error> {
        let gone = || Error::config("no batch is under way");
        let underway = self.underway.as_ref().ok_or_else(gone)?;
        let mut keys = vec![self.signer.verifying_key().clone()];
        if let BatchWork::Rotate(new) = &*underway.work {
            keys.push(new.verifying_key().clone());
        }
        Ok((underway.id, keys))
    }

    /// Takes from the queue what makes one batch, unless there is one.
    fn begin(&mut self) -> Result<(), Error> {
        if self.underway.is_some() {
            return Ok(());
        }
        let mut id = [0; 16];
        random(&mut id)?;
        let mut jobs = Vec::new();
        let mut entries = Vec::new();
        let mut bytes = 0;
        while let Some(job) = self.waiting.front() {
            match &job.work {
                Work::Append(more) => {
                    let more_bytes: usize = more.iter().map(|entry| entry.as_bytes().len()).sum();
                    let fits = bytes + more_bytes <= MAX_BYTES
                        && entries.len() + more.len() <= MAX_ENTRIES;
                    if !jobs.is_empty() && !fits {
                        break;
                    }
                    bytes += more_bytes;
                }
                Work::Rotate(_) if jobs.is_empty() => {}
                Work::Rotate(_) => break,
            }
            let Some(job) = self.waiting.pop_front() else {
                break;
            };
            match job.work {
                Work::Append(mut more) => {
                    jobs.push((job.id, more.len() as u64));
                    entries.append(&mut more);
                }
                Work::Rotate(new) => {
                    let work = Arc::new(BatchWork::Rotate(new));
                    let jobs = vec![(job.id, 1)];
                    self.underway = Some(Underway { id, jobs, work });
                    return Ok(());
                }
            }
        }
        let work = Arc::new(BatchWork::Append(entries));
        self.underway = Some(Underway { id, jobs, work });
        Ok(())
    }

    /// Tells those who wait for the batch.
    fn settle(&mut self, outcome: Result<Stored, Error>) {
        let Some(underway) = self.underway.take() else {
            return;
        };
        self.done.retain(|(job, _)| *job != NOBODY);
        match outcome {
            Ok(stored) => {
                self.settled = Some(underway.id);
                let mut index = stored.first;
                for (job, count) in underway.jobs {
                    let checkpoint = Arc::clone(&stored.head.checkpoint);
                    self.done.push((job, Ok((index, checkpoint))));
                    index += count;
                }
                if let BatchWork::Rotate(new) = &*underway.work {
                    self.signer = Arc::clone(new);
                }
                if stored.revision > self.head.revision {
                    self.head = stored;
                }
            }
            Err(error) => {
                let (kind, retryable) = (error.kind(), error.is_retryable());
                let again = || {
                    let error = Error::message(kind, "audit log did not take the batch");
                    if retryable { error.retry() } else { error }
                };
                let mut first = Some(error);
                for (job, _) in underway.jobs {
                    let error = first.take().unwrap_or_else(again);
                    self.done.push((job, Err(error)));
                }
            }
        }
    }
}

/// In the place of a job for which nobody waits any more.
const NOBODY: u64 = u64::MAX;

/// Who waits for a job. Gone before it is under way, it is not done.
struct Waiter<'l> {
    log: &'l StoreLog,
    id: u64,
}

impl Waiter<'_> {
    fn outcome(&self) -> Option<Result<Receipt, Error>> {
        let mut state = self.log.state();
        let at = state.done.iter().position(|(job, _)| *job == self.id)?;
        Some(state.done.swap_remove(at).1)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let mut state = self.log.state();
        state.waiting.retain(|job| job.id != self.id);
        state.done.retain(|(job, _)| *job != self.id);
        let underway = state
            .underway
            .iter_mut()
            .flat_map(|underway| &mut underway.jobs);
        for (job, _) in underway.filter(|(job, _)| *job == self.id) {
            *job = NOBODY;
        }
    }
}

#[async_trait]
impl Backend for StoreLog {
    async fn append(&self, entries: Vec<Encoded>) -> Result<Receipt, Error> {
        self.submit(Work::Append(entries)).await
    }

    async fn rotate(&self, new: Arc<dyn Signer>) -> Result<Receipt, Error> {
        self.submit(Work::Rotate(new)).await
    }

    async fn checkpoint(&self) -> Result<Arc<Checkpoint>, Error> {
        self.refresh().await
    }

    async fn read(&self, range: Range<u64>) -> Result<Vec<Vec<u8>>, Error> {
        let missing = || Error::config("log has no entry of that index");
        if range.start >= range.end {
            return Err(missing());
        }
        let end = range.end.min(range.start.saturating_add(PAGE));
        let found = self.places.read(&*self.store, range.start..end).await?;
        let mut bytes = 0;
        let fits = |(entry, _): &(Vec<u8>, Option<String>)| {
            bytes += entry.len();
            bytes <= MAX_BYTES
        };
        let entries = found.into_iter().take_while(fits);
        let entries: Vec<_> = entries.map(|(entry, _)| entry).collect();
        if entries.is_empty() {
            return Err(missing());
        }
        Ok(entries)
    }

    async fn prove_inclusion(&self, index: u64, size: u64) -> Result<InclusionProof, Error> {
        self.prove(size, |edge, tiles| prove_inclusion(index, edge, tiles))
            .await
    }

    async fn prove_consistency(&self, old: u64, new: u64) -> Result<ConsistencyProof, Error> {
        self.prove(new, |edge, tiles| prove_consistency(old, edge, tiles))
            .await
    }
}

/// An error that means that nothing happened says so of the last attempt only.
#[cold]
fn doubtful(error: Error) -> Error {
    let what = "it is not known whether the audit log took the batch";
    Error::message(ErrorKind::InDoubt, what).with_source(error)
}

fn may_have_changed(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Conflict | ErrorKind::InDoubt)
}

impl fmt::Debug for StoreLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreLog")
            .field("store", &self.store)
            .field("size", &self.state().head.head.size())
            .finish_non_exhaustive()
    }
}
