//! One piece of work for all callers that want the same result at the same time.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Context, Poll, Wake, Waker};

use crate::Error;

type Work<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

/// Work that is under way, by what it is for.
///
/// Whoever waits drives the work, so a future that is kept and not polled holds nobody
/// up, and one that is dropped leaves the work to the others.
pub(crate) struct Flights<K, T> {
    under_way: Mutex<HashMap<K, Arc<Flight<T>>>>,
}

struct Flight<T> {
    /// Taken by the waiter that polls it, and by nobody for longer.
    work: Mutex<Option<Work<T>>>,
    outcome: Mutex<Option<Result<T, Arc<Error>>>>,
    bell: Arc<Bell>,
}

/// Wakes everybody who waits for one piece of work.
#[derive(Default)]
struct Bell {
    rung: AtomicBool,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    wakers: HashMap<u64, Waker>,
}

/// One who waits for a piece of work.
struct Waiter<'f, K: Eq + Hash + Clone, T> {
    flights: &'f Flights<K, T>,
    key: K,
    flight: Arc<Flight<T>>,
    /// The place among those who wait.
    place: Option<u64>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: Eq + Hash + Clone + Unpin, T: Clone> Flights<K, T> {
    pub(crate) fn new() -> Self {
        Self {
            under_way: Mutex::default(),
        }
    }

    /// Waits for the work that is under way for `key`, or begins it. Everybody who
    /// waits gets the same answer.
    pub(crate) async fn join<F>(&self, key: K, begin: impl FnOnce() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let flight = {
            let mut under_way = lock(&self.under_way);
            let flight = under_way.entry(key.clone()).or_insert_with(|| {
                Arc::new(Flight {
                    work: Mutex::new(Some(Box::pin(begin()))),
                    outcome: Mutex::default(),
                    bell: Arc::default(),
                })
            });
            Arc::clone(flight)
        };
        let waiter = Waiter {
            flights: self,
            key,
            flight,
            place: None,
        };
        waiter.await.map_err(|error| error.again())
    }
}

impl<K: Eq + Hash + Clone, T> Flights<K, T> {
    /// Forgets a piece of work that is done, or that nobody waits for any more.
    fn forget(&self, key: &K, flight: &Arc<Flight<T>>, even_if_waited_for: bool) {
        let mut under_way = lock(&self.under_way);
        let is_this = |known: &Arc<Flight<T>>| Arc::ptr_eq(known, flight);
        // One handle is the table's and one is the caller's.
        let is_last = Arc::strong_count(flight) <= 2;
        if (even_if_waited_for || is_last) && under_way.get(key).is_some_and(is_this) {
            under_way.remove(key);
        }
    }
}

impl<T: Clone> Flight<T> {
    fn poll(&self) -> Option<Result<T, Arc<Error>>> {
        loop {
            if let Some(outcome) = &*lock(&self.outcome) {
                return Some(outcome.clone());
            }
            let mut work = match self.work.try_lock() {
                Ok(work) => work,
                Err(TryLockError::Poisoned(work)) => work.into_inner(),
                // Another waiter is polling it, and rings the bell if need be.
                Err(TryLockError::WouldBlock) => return None,
            };
            self.bell.rung.store(false, Ordering::SeqCst);
            let waker = Waker::from(Arc::clone(&self.bell));
            let Some(future) = work.as_mut() else {
                continue;
            };
            if let Poll::Ready(outcome) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                let outcome = outcome.map_err(Arc::new);
                *lock(&self.outcome) = Some(outcome.clone());
                *work = None;
                drop(work);
                self.bell.ring();
                return Some(outcome);
            }
            drop(work);
            // Whoever came while the work was being polled heard no bell before.
            if self.bell.rung.load(Ordering::SeqCst) {
                self.bell.ring();
            }
            return None;
        }
    }
}

impl Bell {
    fn ring(&self) {
        self.rung.store(true, Ordering::SeqCst);
        let wakers: Vec<_> = lock(&self.waiting)
            .wakers
            .values()
            .map(Waker::clone)
            .collect();
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }
}

impl<K: Eq + Hash + Clone + Unpin, T: Clone> Future for Waiter<'_, K, T> {
    type Output = Result<T, Arc<Error>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        {
            // Before the work is looked at, so that no bell goes unheard.
            let mut waiting = lock(&this.flight.bell.waiting);
            let place = *this.place.get_or_insert_with(|| {
                waiting.next += 1;
                waiting.next
            });
            waiting.wakers.insert(place, context.waker().clone());
        }
        match this.flight.poll() {
            Some(outcome) => {
                this.flights.forget(&this.key, &this.flight, true);
                Poll::Ready(outcome)
            }
            None => Poll::Pending,
        }
    }
}

impl<K: Eq + Hash + Clone, T> Drop for Waiter<'_, K, T> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            lock(&self.flight.bell.waiting).wakers.remove(&place);
        }
        // It may have been this one's turn to go on.
        self.flight.bell.ring();
        self.flights.forget(&self.key, &self.flight, false);
    }
}

impl<K, T> fmt::Debug for Flights<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::task::ready;
    use std::thread;

    use pollster::block_on;

    use super::*;
    use crate::ErrorKind;

    /// Is ready when it was polled so often, and wakes whoever polled it.
    struct After(u32, Arc<AtomicU32>);

    impl Future for After {
        type Output = Result<u32, Error>;

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
            self.1.fetch_add(1, Ordering::SeqCst);
            if self.0 == 0 {
                return Poll::Ready(Ok(7));
            }
            self.0 -= 1;
            context.waker().wake_by_ref();
            Poll::Pending
        }
    }

    fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn many_threads_share_one_piece_of_work() {
        for _ in 0..50 {
            let flights = Flights::new();
            let begun = AtomicU32::new(0);
            let polls = Arc::new(AtomicU32::new(0));
            thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        let value = block_on(flights.join("key", || {
                            begun.fetch_add(1, Ordering::SeqCst);
                            After(200, Arc::clone(&polls))
                        }));
                        assert_eq!(value.unwrap(), 7);
                    });
                }
            });
            // Who comes when it is done begins anew.
            assert!(begun.load(Ordering::SeqCst) <= 8);
            assert!(lock(&flights.under_way).is_empty());
        }
    }

    #[test]
    fn one_that_is_not_polled_holds_nobody_up() {
        let flights = Flights::new();
        let polls = Arc::new(AtomicU32::new(0));
        let mut first = Box::pin(flights.join((), || After(3, Arc::clone(&polls))));
        assert!(poll_once(first.as_mut()).is_pending());
        // The first is kept, and never polled again before the second is done.
        let second = flights.join((), || After(100, Arc::clone(&polls)));
        assert_eq!(block_on(second).unwrap(), 7);
        assert_eq!(polls.load(Ordering::SeqCst), 4);
        assert_eq!(block_on(first).unwrap(), 7);
    }

    #[test]
    fn one_that_is_dropped_leaves_the_work_to_the_others() {
        let flights = Flights::new();
        let polls = Arc::new(AtomicU32::new(0));
        let mut first = Box::pin(flights.join((), || After(2, Arc::clone(&polls))));
        assert!(poll_once(first.as_mut()).is_pending());
        let mut second = Box::pin(flights.join((), || After(9, Arc::clone(&polls))));
        assert!(poll_once(second.as_mut()).is_pending());
        drop(first);
        assert_eq!(block_on(second).unwrap(), 7);
        assert_eq!(polls.load(Ordering::SeqCst), 3);
        // And where all are gone, so is the work.
        let mut last = Box::pin(flights.join((), || After(2, Arc::clone(&polls))));
        assert!(poll_once(last.as_mut()).is_pending());
        drop(last);
        assert!(lock(&flights.under_way).is_empty());
    }

    #[test]
    fn a_failure_is_everybodys() {
        let flights: Flights<(), u32> = Flights::new();
        let mut turns = 1;
        let failing = || {
            std::future::poll_fn(move |context| {
                ready!(if turns == 0 {
                    Poll::Ready(())
                } else {
                    turns -= 1;
                    context.waker().wake_by_ref();
                    Poll::Pending
                });
                Poll::Ready(Err(Error::message(ErrorKind::KeyService, "test").retry()))
            })
        };
        let mut first = Box::pin(flights.join((), failing));
        assert!(poll_once(first.as_mut()).is_pending());
        let second = block_on(flights.join((), failing)).unwrap_err();
        let first = block_on(first).unwrap_err();
        for error in [first, second] {
            assert_eq!(error.kind(), ErrorKind::KeyService);
            assert!(error.is_retryable());
        }
    }
}
