//! The queue between callers that append and the thread that writes.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use crate::Error;
use crate::audit::backend::Receipt;
use crate::audit::entry::Encoded;
use crate::audit::key::Signer;
use crate::error::ErrorKind;

/// What the thread is to do.
#[derive(Debug)]
pub(super) enum Work {
    Append(Vec<Encoded>),
    Rotate(Arc<dyn Signer>),
}

/// Work, and who waits for it.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) work: Work,
    ticket: Arc<Ticket>,
}

impl Job {
    pub(super) fn resolve(&self, outcome: Result<Receipt, Error>) {
        self.ticket.resolve(outcome);
    }

    fn bytes(&self) -> usize {
        match &self.work {
            Work::Append(entries) => entries.iter().map(|entry| entry.as_bytes().len()).sum(),
            Work::Rotate(_) => 0,
        }
    }
}

/// Nobody waits for ever for a job that was let go.
impl Drop for Job {
    fn drop(&mut self) {
        // A thread that panics may have written some of it.
        let outcome = if thread::panicking() {
            in_doubt()
        } else {
            closed()
        };
        self.ticket.resolve(Err(outcome));
    }
}

/// Where the outcome of a job arrives.
#[derive(Debug, Default)]
pub(super) struct Ticket {
    state: Mutex<TicketState>,
}

#[derive(Debug, Default)]
struct TicketState {
    resolved: bool,
    outcome: Option<Result<Receipt, Error>>,
    waker: Option<Waker>,
}

impl Ticket {
    /// The first outcome is the one that counts.
    fn resolve(&self, outcome: Result<Receipt, Error>) {
        let mut state = lock(&self.state);
        if state.resolved {
            return;
        }
        state.resolved = true;
        state.outcome = Some(outcome);
        if let Some(waker) = state.waker.take() {
            drop(state);
            waker.wake();
        }
    }
}

/// A bounded queue with one reader. It is bounded by bytes, and a job always fits
/// in an empty one.
#[derive(Debug)]
pub(super) struct Queue {
    limit: usize,
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Debug, Default)]
struct State {
    jobs: VecDeque<Job>,
    bytes: usize,
    closed: bool,
    /// Whether nobody takes any more what is in it.
    abandoned: bool,
    /// Those who wait for room.
    waiting: Vec<Waker>,
}

impl Queue {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            state: Mutex::default(),
            filled: Condvar::new(),
        }
    }

    /// Waits for room, then for the outcome. Dropped before there is room, nothing
    /// happens; dropped later, the work is done all the same.
    pub(super) fn submit(&self, work: Work) -> Submission<'_> {
        let ticket = Arc::new(Ticket::default());
        let job = Job {
            work,
            ticket: Arc::clone(&ticket),
        };
        Submission {
            queue: self,
            job: Some(job),
            ticket,
        }
    }

    /// Waits for jobs and takes those that make one batch: appends up to so many
    /// bytes and entries together, or one that hands over to another key. `None`
    /// when the queue is closed and empty.
    pub(super) fn take(&self, bytes: usize, entries: usize) -> Option<Vec<Job>> {
        let mut state = lock(&self.state);
        while state.jobs.is_empty() {
            if state.closed {
                return None;
            }
            state = self
                .filled
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let (mut taken, mut size, mut count) = (Vec::new(), 0, 0);
        while let Some(job) = state.jobs.front() {
            let more = match &job.work {
                Work::Append(entries) => entries.len(),
                Work::Rotate(_) if taken.is_empty() => {
                    taken.extend(state.jobs.pop_front());
                    break;
                }
                Work::Rotate(_) => break,
            };
            let fits = size + job.bytes() <= bytes && count + more <= entries;
            if !taken.is_empty() && !fits {
                break;
            }
            size += job.bytes();
            count += more;
            taken.extend(state.jobs.pop_front());
        }
        state.bytes -= size;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
        Some(taken)
    }

    /// Ends the queue: what is in it is still done, and nothing comes in any more.
    pub(super) fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        self.filled.notify_all();
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Ends the queue once nobody takes from it any more. What is still in it was not
    /// begun, and fails.
    pub(super) fn abandon(&self) {
        let mut state = lock(&self.state);
        // In one step, so that nothing comes in behind what is taken out here.
        (state.abandoned, state.closed) = (true, true);
        let left = std::mem::take(&mut state.jobs);
        drop(state);
        for job in left {
            job.resolve(Err(poisoned()));
        }
        self.close();
    }
}

#[must_use]
#[derive(Debug)]
pub(super) struct Submission<'q> {
    queue: &'q Queue,
    job: Option<Job>,
    ticket: Arc<Ticket>,
}

impl Future for Submission<'_> {
    type Output = Result<Receipt, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(job) = self.job.take() {
            let mut state = lock(&self.queue.state);
            if state.closed {
                let error = if state.abandoned {
                    poisoned()
                } else {
                    closed()
                };
                return Poll::Ready(Err(error));
            }
            let bytes = job.bytes();
            if !state.jobs.is_empty() && state.bytes + bytes > self.queue.limit {
                state.waiting.push(context.waker().clone());
                drop(state);
                self.job = Some(job);
                return Poll::Pending;
            }
            state.bytes += bytes;
            state.jobs.push_back(job);
            drop(state);
            self.queue.filled.notify_one();
        }
        let mut ticket = lock(&self.ticket.state);
        match ticket.outcome.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                ticket.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

#[cold]
pub(super) fn closed() -> Error {
    Error::message(ErrorKind::Store, "audit log is closed")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cold]
pub(super) fn in_doubt() -> Error {
    let what = "it is not known whether the audit log took the batch";
    Error::message(ErrorKind::InDoubt, what)
}

#[cold]
pub(super) fn poisoned() -> Error {
    Error::message(
        ErrorKind::Store,
        "audit log failed to write and takes nothing more until it is opened again",
    )
}
