//! The queue of entries to append, and their results.

use std::collections::VecDeque;
use std::sync::Arc;

use super::end::End;
use super::record::BatchId;
use crate::Error;
use crate::audit::backend::{MAX_BYTES, MAX_ENTRIES, Receipt};
use crate::audit::batch::Batch;
use crate::audit::entry::Encoded;
use crate::audit::key::{Signer, VerifyingKey};
use crate::random::random;

/// All that a log in a store keeps in memory.
pub(super) struct State {
    pub(super) signer: Arc<dyn Signer>,
    /// The end of the log as it was last seen.
    pub(super) end: End,
    /// Whether the end of the log is to be read before the next batch is signed.
    pub(super) look_first: bool,
    waiting: VecDeque<Job>,
    /// The batch that is being committed. It stays here when the task that did so goes
    /// away, for the next one to find out what became of it.
    pub(super) underway: Option<Underway>,
    done: Vec<(u64, Result<Receipt, Error>)>,
    next_job: u64,
}

struct Job {
    id: u64,
    work: Work,
}

pub(super) enum Work {
    Append(Vec<Encoded>),
    Rotate(Arc<dyn Signer>),
}

/// Jobs of one batch, and the random id by which the store knows it.
pub(super) struct Underway {
    pub(super) id: BatchId,
    /// The jobs, each with its number of entries.
    jobs: Vec<(u64, u64)>,
    pub(super) work: Arc<Work>,
    /// The batch as it was last sent, and the end of the log that it goes on from. Sent
    /// again for the same end, it is the same: nothing is signed twice for one size.
    pub(super) sent: Option<Arc<Sent>>,
    /// Whether what was sent may be in the log.
    pub(super) in_doubt: bool,
}

#[derive(Debug)]
pub(super) struct Sent {
    pub(super) behind: End,
    pub(super) batch: Arc<Batch>,
}

/// In the place of a job for which nobody waits any more.
const NOBODY: u64 = u64::MAX;

impl State {
    pub(super) fn new(signer: Arc<dyn Signer>, end: End) -> Self {
        Self {
            signer,
            end,
            look_first: false,
            waiting: VecDeque::new(),
            underway: None,
            done: Vec::new(),
            next_job: 0,
        }
    }

    /// Puts work into the queue, and returns the id of the job.
    pub(super) fn push(&mut self, work: Work) -> u64 {
        let id = self.next_job;
        self.next_job += 1;
        self.waiting.push_back(Job { id, work });
        id
    }

    /// What became of a job, once.
    pub(super) fn outcome(&mut self, id: u64) -> Option<Result<Receipt, Error>> {
        let at = self.done.iter().position(|(job, _)| *job == id)?;
        Some(self.done.swap_remove(at).1)
    }

    /// Nobody waits for this job any more. Where it is not under way, it is not done.
    pub(super) fn forget(&mut self, id: u64) {
        self.waiting.retain(|job| job.id != id);
        self.done.retain(|(job, _)| *job != id);
        let underway = self.underway.iter_mut();
        let jobs = underway.flat_map(|underway| &mut underway.jobs);
        for (job, _) in jobs.filter(|(job, _)| *job == id) {
            *job = NOBODY;
        }
    }

    /// The keys that may have signed the end of the log.
    pub(super) fn keys(&self) -> Vec<VerifyingKey> {
        let mut keys = vec![self.signer.verifying_key().clone()];
        if let Some(Work::Rotate(new)) = self.underway.as_ref().map(|underway| &*underway.work) {
            keys.push(new.verifying_key().clone());
        }
        keys
    }

    /// Takes in an end of the log that was read, unless a later one is known.
    pub(super) fn advance(&mut self, end: &End) {
        if end.size() >= self.end.size() {
            self.end = end.clone();
        }
    }

    /// Takes from the queue what makes one batch, unless there is one. Says whether
    /// there is one then.
    pub(super) fn begin(&mut self) -> Result<bool, Error> {
        if self.underway.is_some() {
            return Ok(true);
        }
        let Some(first) = self.waiting.front() else {
            return Ok(false);
        };
        let mut id = [0; 16];
        random(&mut id)?;
        let mut jobs = Vec::new();
        let work = if matches!(first.work, Work::Rotate(_)) {
            let Some(job) = self.waiting.pop_front() else {
                return Ok(false);
            };
            jobs.push((job.id, 1));
            job.work
        } else {
            Work::Append(self.take_appends(&mut jobs))
        };
        self.underway = Some(Underway {
            id,
            jobs,
            work: Arc::new(work),
            sent: None,
            in_doubt: false,
        });
        Ok(true)
    }

    /// Takes appends up to so many bytes and entries, one at least.
    fn take_appends(&mut self, jobs: &mut Vec<(u64, u64)>) -> Vec<Encoded> {
        let (mut entries, mut bytes) = (Vec::new(), 0);
        while let Some(Job {
            work: Work::Append(more),
            ..
        }) = self.waiting.front()
        {
            bytes += more
                .iter()
                .map(|entry| entry.as_bytes().len())
                .sum::<usize>();
            let fits = bytes <= MAX_BYTES && entries.len() + more.len() <= MAX_ENTRIES;
            if !jobs.is_empty() && !fits {
                break;
            }
            if let Some(Job {
                id,
                work: Work::Append(mut more),
            }) = self.waiting.pop_front()
            {
                jobs.push((id, more.len() as u64));
                entries.append(&mut more);
            }
        }
        entries
    }

    /// Fails all jobs that wait, where not even a batch can be made of them.
    pub(super) fn fail(&mut self, error: &Error) {
        for job in std::mem::take(&mut self.waiting) {
            self.done.push((job.id, Err(error.again())));
        }
    }

    /// Tells those who wait for the batch what became of it.
    pub(super) fn settle(&mut self, outcome: Result<Arc<Sent>, Error>) {
        let Some(underway) = self.underway.take() else {
            return;
        };
        match outcome {
            Ok(sent) => {
                let Batch { head, first, .. } = &*sent.batch;
                let mut index = *first;
                for (job, count) in underway.jobs {
                    if job != NOBODY {
                        let checkpoint = Arc::clone(&head.checkpoint);
                        self.done.push((job, Ok((index, checkpoint))));
                    }
                    index += count;
                }
                if let Work::Rotate(new) = &*underway.work {
                    self.signer = Arc::clone(new);
                }
            }
            Err(error) => {
                let mut jobs = underway.jobs.iter().filter(|(job, _)| *job != NOBODY);
                let first = jobs.next();
                let rest: Vec<_> = jobs.map(|(job, _)| (*job, Err(error.again()))).collect();
                self.done.extend(rest);
                // What came from elsewhere stays with the first.
                self.done.extend(first.map(|(job, _)| (*job, Err(error))));
            }
        }
    }
}
