//! The threads of a store, and their queues.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use futures_channel::oneshot;
use rusqlite::Connection;

use super::watch::Watch;
use super::write;
use crate::store::Batch;
use crate::{Error, ErrorKind};

/// How many calls may wait in one queue.
const WAITING: usize = 1024;
/// The most commits that share one write to the disk, by number and bytes.
const GROUP: usize = 256;
const GROUP_BYTES: usize = Batch::MAX_BYTES;

/// Statements that a connection keeps prepared: all there are.
const STATEMENTS: usize = 16;

type Question = Box<dyn FnOnce(&Connection) + Send>;

/// The threads that read, which take from one queue.
pub(super) struct Readers {
    queue: Queue<Question>,
}

impl Readers {
    pub(super) fn start(files: [Connection; 2]) -> Result<Self, Error> {
        let (sender, questions) = sync_channel::<Question>(WAITING);
        let questions = Arc::new(Mutex::new(questions));
        let mut queue = Queue::new(sender);
        for file in files {
            let questions = Arc::clone(&questions);
            queue.thread("confidant-store-read", move || {
                file.set_prepared_statement_cache_capacity(STATEMENTS);
                while let Some(question) = next(&questions) {
                    question(&file);
                }
            })?;
        }
        Ok(Self { queue })
    }

    /// Has a thread answer `question`.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.queue.push(Box::new(move |file| {
            // Nobody may be waiting any more.
            if !reply.is_canceled() {
                reply.send(question(file)).ok();
            }
        }))?;
        answer.await.unwrap_or_else(|_| Err(ended()))
    }
}

fn next(questions: &Mutex<Receiver<Question>>) -> Option<Question> {
    let questions = questions.lock().unwrap_or_else(PoisonError::into_inner);
    questions.recv().ok()
}

/// The thread that writes.
pub(super) struct Writer {
    queue: Queue<Commit>,
}

struct Commit {
    batch: Batch,
    reply: oneshot::Sender<Result<u64, Error>>,
}

impl Writer {
    pub(super) fn start(mut file: Connection, mut watch: Watch) -> Result<Self, Error> {
        let (sender, commits) = sync_channel::<Commit>(WAITING);
        let mut queue = Queue::new(sender);
        queue.thread("confidant-store-write", move || {
            file.set_prepared_statement_cache_capacity(STATEMENTS);
            while let Ok(first) = commits.recv() {
                run_group(&mut file, &mut watch, group(first, &commits));
            }
        })?;
        Ok(Self { queue })
    }

    pub(super) async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        let (reply, answer) = oneshot::channel();
        self.queue.push(Commit { batch, reply })?;
        let lost = |_| {
            let what = "thread of the store ended during a commit";
            Err(Error::message(ErrorKind::InDoubt, what))
        };
        answer.await.unwrap_or_else(lost)
    }
}

/// `first`, and those that wait behind it already.
fn group(first: Commit, commits: &Receiver<Commit>) -> Vec<Commit> {
    let mut bytes = first.batch.size();
    let mut group = vec![first];
    while group.len() < GROUP && bytes < GROUP_BYTES {
        let Ok(next) = commits.try_recv() else { break };
        bytes += next.batch.size();
        group.push(next);
    }
    group
}

fn run_group(file: &mut Connection, watch: &mut Watch, group: Vec<Commit>) {
    match write::commit(file, watch, group.iter().map(|commit| &commit.batch)) {
        Ok(outcomes) => {
            for (commit, outcome) in group.into_iter().zip(outcomes) {
                commit.reply.send(outcome.map_err(Error::from)).ok();
            }
        }
        // Nothing of the group happened, and the others may do better without one.
        Err(failure) if group.len() > 1 && failure.may_be_of_one() => {
            for commit in group {
                run_group(file, watch, vec![commit]);
            }
        }
        Err(failure) => {
            for commit in group {
                commit.reply.send(Err(failure.error())).ok();
            }
        }
    }
}

/// A queue with the threads that take from it, which end when it is dropped.
struct Queue<T> {
    sender: Option<SyncSender<T>>,
    threads: Vec<JoinHandle<()>>,
}

impl<T> Queue<T> {
    fn new(sender: SyncSender<T>) -> Self {
        Self {
            sender: Some(sender),
            threads: Vec::new(),
        }
    }

    fn thread(&mut self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), Error> {
        let thread = thread::Builder::new().name(name.into()).spawn(run);
        let failed = |error| {
            Error::message(ErrorKind::Store, "thread of the store could not be started")
                .with_source(error)
        };
        self.threads.push(thread.map_err(failed)?);
        Ok(())
    }

    fn push(&self, item: T) -> Result<(), Error> {
        let sent = self.sender.as_ref().map(|sender| sender.try_send(item));
        match sent {
            Some(Ok(())) => Ok(()),
            Some(Err(TrySendError::Full(_))) => {
                let what = "too many calls wait for the store";
                Err(Error::message(ErrorKind::Store, what).retry())
            }
            Some(Err(TrySendError::Disconnected(_))) | None => Err(ended()),
        }
    }
}

impl<T> Drop for Queue<T> {
    fn drop(&mut self) {
        self.sender = None;
        for thread in self.threads.drain(..) {
            thread.join().ok();
        }
    }
}

fn ended() -> Error {
    Error::message(ErrorKind::Store, "thread of the store has ended")
}
