//! Time limits without a runtime.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// What `future` comes to, or `None` where it takes longer than `limit`. It is then let
/// go of.
///
/// A thread keeps the time, from the first moment that the future has to wait.
pub(in crate::audit) async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    Within {
        future: pin!(future),
        limit,
        timer: None,
    }
    .await
}

struct Within<'f, F> {
    future: Pin<&'f mut F>,
    limit: Duration,
    timer: Option<Timer>,
}

impl<F: Future> Future for Within<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(output) = self.future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        let limit = self.limit;
        let timer = self.timer.get_or_insert_with(|| Timer::start(limit));
        if timer.is_over(context.waker()) {
            return Poll::Ready(None);
        }
        Poll::Pending
    }
}

/// A thread that wakes a task when the time is over, unless it is dropped before.
struct Timer {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    is_over: bool,
    is_dropped: bool,
    waker: Option<Waker>,
}

impl Timer {
    fn start(limit: Duration) -> Self {
        let shared = Arc::new(Shared::default());
        let timed = Arc::clone(&shared);
        let thread = thread::Builder::new().name("confidant-limit".to_owned());
        if thread.spawn(move || timed.run(limit)).is_err() {
            // Without a thread there is no limit, so there is no time either.
            shared.state().is_over = true;
        }
        Self { shared }
    }

    /// Whether the time is over; if not, `waker` is woken when it is.
    fn is_over(&self, waker: &Waker) -> bool {
        let mut state = self.shared.state();
        state.waker = Some(waker.clone());
        state.is_over
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.shared.state().is_dropped = true;
        self.shared.ended.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, limit: Duration) {
        let begin = Instant::now();
        let mut state = self.state();
        while !state.is_dropped {
            let left = limit.saturating_sub(begin.elapsed());
            if left.is_zero() {
                state.is_over = true;
                let waker = state.waker.take();
                drop(state);
                if let Some(waker) = waker {
                    waker.wake();
                }
                return;
            }
            let waited = self.ended.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
