//! Waiting on this thread, for programs without an async runtime.
//!
//! Traits such as [`Store`](crate::store::Store) are asynchronous because a key service or
//! a database may have to be waited for. Keys and stores in this process never wait, and
//! those in files wait for threads of their own. None of them needs a runtime.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// Runs a future on this thread, which sleeps while the future waits, and returns its
/// output.
///
/// Use it with everything that needs no runtime: local keys, the stores in memory and in
/// SQLite, the logs in memory and in files, and what is built on them. Futures of key
/// services, of models and of the store in PostgreSQL need tokio: run those on it.
///
/// Do not call it from asynchronous code, where it would block the threads of the runtime.
///
/// # Example
/// ```
/// use confidant::blocking;
/// use confidant::store::{Batch, RecordKey, MemoryStore, Store};
/// use confidant::taxonomy::Tenant;
///
/// let (store, key) = (MemoryStore::new(), RecordKey::new(Tenant::new("acme"), "notes", "first")?);
/// blocking::wait(store.commit(Batch::new().put(key.clone(), b"hello".to_vec())))?;
/// let record = blocking::wait(store.get(&key))?;
/// assert_eq!(record.unwrap().value, b"hello");
/// # Ok::<(), confidant::Error>(())
/// ```
pub fn wait<F: IntoFuture>(future: F) -> F::Output {
    let mut future = pin!(future.into_future());
    let sleeper = Arc::new(Sleeper {
        thread: thread::current(),
        is_woken: AtomicBool::new(false),
    });
    let waker = Waker::from(Arc::clone(&sleeper));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        // A thread may wake up for no reason, or for somebody else's.
        while !sleeper.is_woken.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
}

/// A thread that sleeps until its future can go on.
struct Sleeper {
    thread: Thread,
    is_woken: AtomicBool,
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_future_that_is_ready_is_polled_once() {
        let mut polls = 0;
        let output = wait(poll_fn(|_| {
            polls += 1;
            Poll::Ready(7)
        }));
        assert_eq!((output, polls), (7, 1));
    }

    #[test]
    fn a_future_is_polled_once_for_each_time_it_is_woken() {
        let mut polls = 0;
        wait(poll_fn(|context| {
            polls += 1;
            match polls {
                1 => context.waker().wake_by_ref(),
                2 => {
                    let waker = context.waker().clone();
                    drop(thread::spawn(move || {
                        thread::sleep(Duration::from_millis(20));
                        waker.wake();
                    }));
                }
                _ => return Poll::Ready(()),
            }
            // Somebody else's wake-up, which must not count.
            thread::current().unpark();
            Poll::Pending
        }));
        assert_eq!(polls, 3);
    }

    #[test]
    fn one_wait_may_stand_in_another() {
        let output = wait(async { wait(async { 3 }) + wait(std::future::ready(4)) });
        assert_eq!(output, 7);
    }
}
