//! Committing a batch to the log.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::end::{End, Reader};
use super::nodes;
use super::queue::{Sent, State, Underway, Work};
use super::record::BatchId;
use crate::Error;
use crate::audit::drive::Drive;
use crate::audit::key::VerifyingKey;
use crate::error::{AuditCause, ErrorKind};
use crate::time::Clock;

/// How often other writers may come first before a batch is given up.
const TRIES: u32 = 1000;
/// How often in a row the store may leave it in doubt whether a commit happened.
const DOUBTS: u32 = 8;

/// What all who append to a log in a store share.
pub(super) struct Shared {
    pub(super) reader: Reader,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    pub(super) drive: Drive,
}

impl Shared {
    pub(super) fn new(reader: Reader, clock: Arc<dyn Clock>, state: State) -> Self {
        Self {
            reader,
            clock,
            state: Mutex::new(state),
            drive: Drive::default(),
        }
    }

    pub(super) fn verifying_key(&self) -> VerifyingKey {
        self.state().signer.verifying_key().clone()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Commits batch after batch until nothing waits.
    pub(super) async fn run(self: Arc<Self>) {
        loop {
            let begun = self.state().begin();
            match begun {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    self.state().fail(&error);
                    self.drive.tell();
                    return;
                }
            }
            let outcome = self.finish().await;
            let mut state = self.state();
            state.look_first = outcome.is_err();
            state.settle(outcome);
            drop(state);
            self.drive.tell();
        }
    }

    /// Reads where the log ends now.
    pub(super) async fn refresh(&self) -> Result<End, Error> {
        let (known, keys) = {
            let state = self.state();
            (state.end.clone(), state.keys())
        };
        let end = self.reader.follow(&known, &keys).await?;
        self.state().advance(&end);
        Ok(end)
    }

    /// Commits the batch that is under way, which may have been committed already.
    async fn finish(&self) -> Result<Arc<Sent>, Error> {
        // Where the last batch failed, nothing more is signed before it is known that the
        // log still goes on from where it ended.
        let mut look = {
            let mut state = self.state();
            std::mem::replace(&mut state.look_first, true) || state.in_doubt()
        };
        let mut doubts = 0;
        for _ in 0..TRIES {
            if look && let Some(sent) = self.look().await.map_err(|error| self.told(error))? {
                return Ok(sent);
            }
            match self.commit().await {
                Ok(sent) => return Ok(sent),
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) if error.kind() == ErrorKind::InDoubt && doubts < DOUBTS => doubts += 1,
                Err(error) => return Err(self.told(error)),
            }
            look = true;
        }
        let what = "others keep writing the audit log";
        Err(self.told(Error::message(ErrorKind::Conflict, what).retry()))
    }

    /// What the caller is told: that nothing happened is true of the last attempt only.
    fn told(&self, error: Error) -> Error {
        if !self.state().in_doubt() {
            return error;
        }
        let what = "it is not known whether the audit log took the batch";
        Error::message(ErrorKind::InDoubt, what).with_source(error)
    }

    /// Reads where the log ends, and whether what was sent is in it: then returns that.
    async fn look(&self) -> Result<Option<Arc<Sent>>, Error> {
        let (known, id, sent) = {
            let state = self.state();
            let (id, sent) = state.sent()?;
            (state.end.clone(), id, sent)
        };
        let end = self.refresh().await?;
        if let Some(sent) = sent {
            // Somebody wrote where it was to stand: it stands there, or never will.
            if end.size() > sent.behind.size() {
                let keys = self.state().keys();
                if self.reader.has(&sent.batch, &id, &end, &keys).await? {
                    return Ok(Some(sent));
                }
                self.state().set_in_doubt(false);
            }
        } else if end.place == known.place && self.is_blocked(&end).await? {
            // What stands behind the end of the log was not put there with it.
            return Err(AuditCause::Altered { leaf: end.size() }.into());
        }
        Ok(None)
    }

    /// Whether there is an entry behind the end of the log, and the end is still there.
    async fn is_blocked(&self, end: &End) -> Result<bool, Error> {
        let Reader { store, places } = &self.reader;
        Ok(places.goes_on(&**store, end.size()).await? && self.refresh().await?.place == end.place)
    }

    /// One attempt: the batch behind the end of the log as it was last seen.
    async fn commit(&self) -> Result<Arc<Sent>, Error> {
        let (id, sent) = self.next()?;
        let Reader { store, places } = &self.reader;
        let batch = &*sent.batch;
        let commit = places.batch(batch, &id, sent.behind.place)?;
        let commit = nodes::add_tiles(&**store, places, commit, batch).await?;
        // Until it is answered nobody knows, and whoever waits may go away.
        let before = self.state().set_in_doubt(true);
        match store.commit(commit).await {
            Ok(revision) => {
                let end = End {
                    head: batch.head.clone(),
                    place: Some((id, revision)),
                };
                self.state().advance(&end);
                Ok(sent)
            }
            Err(error) => {
                if error.kind() != ErrorKind::InDoubt {
                    self.state().set_in_doubt(before);
                }
                Err(error)
            }
        }
    }

    /// Makes what is sent next: what was sent before, where the log still ends there.
    fn next(&self) -> Result<(BatchId, Arc<Sent>), Error> {
        let mut state = self.state();
        let (end, signer) = (state.end.clone(), Arc::clone(&state.signer));
        let underway = state.underway.as_mut().ok_or_else(nothing)?;
        let same = |sent: &Arc<Sent>| {
            let (before, now) = (&sent.behind.head.checkpoint, &end.head.checkpoint);
            (before.size(), before.root()) == (now.size(), now.root())
        };
        let batch = match underway.sent.as_ref().filter(|sent| same(sent)) {
            Some(sent) => Arc::clone(&sent.batch),
            None => {
                let now = self.clock.now();
                Arc::new(match &*underway.work {
                    Work::Append(entries) => end.head.batch(entries.clone(), now, &*signer)?,
                    Work::Rotate(new) => {
                        let entry = end.head.rotation(&*signer, &**new)?;
                        end.head.batch(vec![entry], now, &**new)?
                    }
                })
            }
        };
        let sent = Arc::new(Sent { behind: end, batch });
        underway.sent = Some(Arc::clone(&sent));
        Ok((underway.id, sent))
    }
}

impl State {
    /// The id of the batch under way, and what was sent of it and is in doubt.
    fn sent(&self) -> Result<(BatchId, Option<Arc<Sent>>), Error> {
        let underway = self.underway.as_ref().ok_or_else(nothing)?;
        let sent = underway.sent.clone().filter(|_| underway.in_doubt);
        Ok((underway.id, sent))
    }

    fn in_doubt(&self) -> bool {
        let underway = self.underway.as_ref();
        underway.is_some_and(|underway| underway.in_doubt)
    }

    /// Says whether what was sent may be in the log; returns what was said before.
    fn set_in_doubt(&mut self, in_doubt: bool) -> bool {
        let set = |underway: &mut Underway| std::mem::replace(&mut underway.in_doubt, in_doubt);
        self.underway.as_mut().is_some_and(set)
    }
}

#[cold]
fn nothing() -> Error {
    Error::config("no batch is under way")
}
