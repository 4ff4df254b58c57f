//! Shared work: many wait for it, and it continues as long as one of them does.

use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Context, Poll, Wake, Waker};

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Drives one future for all who wait for it, whichever of them is polled.
///
/// Nobody owns the work: a task that waits and is not polled again holds up no other,
/// since each that is polled does its share. The lock is held while one of them does,
/// and never across an await. When nobody waits any more, the work is dropped where it
/// stands.
#[derive(Default)]
pub(super) struct Drive {
    work: Mutex<Option<Work>>,
    crowd: Arc<Crowd>,
}

/// All who wait.
#[derive(Default)]
struct Crowd {
    waiting: Mutex<Waiting>,
    /// The work can go on since it was last polled.
    ready: AtomicBool,
    /// Somebody came while another polled the work.
    met: AtomicBool,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    wakers: BTreeMap<u64, Option<Waker>>,
}

impl Crowd {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        lock(&self.waiting)
    }

    fn wake_all(&self) {
        let wakers: Vec<_> = self.waiting().wakers.values().flatten().cloned().collect();
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// Whoever polled last may not do so again: so all are woken, and the first goes on.
impl Wake for Crowd {
    fn wake(self: Arc<Self>) {
        self.ready.store(true, Ordering::SeqCst);
        self.wake_all();
    }
}

impl Drive {
    /// Waits until `outcome` has something, and does its share of the work meanwhile.
    /// Where there is none under way, `begin` makes it.
    ///
    /// The work calls [`tell`](Self::tell) whenever there may be outcomes, and ends when
    /// there is nothing to do any more.
    pub(super) async fn until<T>(
        &self,
        mut outcome: impl FnMut() -> Option<T>,
        begin: impl Fn() -> Work,
    ) -> T {
        let waiter = Waiter::new(self);
        poll_fn(|context| {
            loop {
                if let Some(outcome) = outcome() {
                    return Poll::Ready(outcome);
                }
                waiter.register(context);
                match self.share(&begin) {
                    Share::Ended => {}
                    Share::Waits => break,
                }
            }
            // What was done meanwhile woke a task that was awake.
            outcome().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// Wakes all who wait: there may be something for them.
    pub(super) fn tell(&self) {
        self.crowd.wake_all();
    }

    /// Polls the work, unless somebody is about it or it cannot go on yet.
    fn share(&self, begin: &impl Fn() -> Work) -> Share {
        let crowd = &self.crowd;
        crowd.met.store(true, Ordering::SeqCst);
        // Let go of behind the slot.
        let _unwinding = Unwinding(crowd);
        let mut slot = match self.work.try_lock() {
            Ok(slot) => slot,
            Err(TryLockError::Poisoned(slot)) => slot.into_inner(),
            // Who polls looks at `met` afterwards.
            Err(TryLockError::WouldBlock) => return Share::Waits,
        };
        crowd.met.store(false, Ordering::SeqCst);
        let begun = slot.is_some();
        if begun && !crowd.ready.swap(false, Ordering::SeqCst) {
            return Share::Waits;
        }
        crowd.ready.store(false, Ordering::SeqCst);
        // Taken out, so that work that panics is gone.
        let mut work = slot.take().unwrap_or_else(begin);
        let waker = Waker::from(Arc::clone(crowd));
        let polled = work.as_mut().poll(&mut Context::from_waker(&waker));
        if polled.is_pending() {
            *slot = Some(work);
        }
        drop(slot);
        if crowd.met.swap(false, Ordering::SeqCst) {
            crowd.wake_all();
        }
        match polled {
            Poll::Ready(()) => Share::Ended,
            Poll::Pending => Share::Waits,
        }
    }
}

/// Work that panics is gone: then somebody else begins it again.
struct Unwinding<'c>(&'c Crowd);

impl Drop for Unwinding<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.wake_all();
        }
    }
}

enum Share {
    Ended,
    Waits,
}

/// One who waits.
struct Waiter<'d> {
    drive: &'d Drive,
    id: u64,
}

impl<'d> Waiter<'d> {
    fn new(drive: &'d Drive) -> Self {
        let mut waiting = drive.crowd.waiting();
        let id = waiting.next;
        waiting.next += 1;
        waiting.wakers.insert(id, None);
        Self { drive, id }
    }

    fn register(&self, context: &Context<'_>) {
        let mut waiting = self.drive.crowd.waiting();
        if let Some(waker) = waiting.wakers.get_mut(&self.id) {
            match waker {
                Some(waker) => waker.clone_from(context.waker()),
                None => *waker = Some(context.waker().clone()),
            }
        }
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let alone = {
            let mut waiting = self.drive.crowd.waiting();
            waiting.wakers.remove(&self.id);
            waiting.wakers.is_empty()
        };
        if alone {
            let work = self.drive.work.try_lock().ok();
            drop(work.and_then(|mut work| work.take()));
            // Somebody may have come meanwhile.
            self.drive.crowd.wake_all();
        }
    }
}

impl fmt::Debug for Drive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = self.crowd.waiting().wakers.len();
        f.debug_struct("Drive")
            .field("waiting", &waiting)
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
