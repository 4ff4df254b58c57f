//! Time limits without a runtime.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// What `future` comes to, or `None` where it takes longer than `limit`. It is then let
/// go of.
///
/// One thread keeps the time for all futures that have to wait, and ends with the last
/// of them.
pub(in crate::audit) async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    let begin = Instant::now();
    Within {
        future: pin!(future),
        deadline: begin.checked_add(limit),
        alarm: None,
    }
    .await
}

struct Within<'f, F> {
    future: Pin<&'f mut F>,
    /// `None` for a limit that no clock reaches.
    deadline: Option<Instant>,
    alarm: Option<Alarm>,
}

impl<F: Future> Future for Within<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(output) = self.future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        let Some(deadline) = self.deadline else {
            return Poll::Pending;
        };
        if Instant::now() >= deadline {
            return Poll::Ready(None);
        }
        self.alarm = TIMERS.set(deadline, context.waker(), self.alarm.take());
        match self.alarm {
            Some(_) => Poll::Pending,
            // Where nobody can keep the time, there is none.
            None => Poll::Ready(None),
        }
    }
}

/// A waker that is called at a time, unless this is dropped before.
struct Alarm {
    at: (Instant, u64),
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let mut state = TIMERS.state();
        state.due.remove(&self.at);
        if state.due.is_empty() {
            TIMERS.changed.notify_one();
        }
    }
}

static TIMERS: Timers = Timers {
    state: Mutex::new(State {
        due: BTreeMap::new(),
        next: 0,
        is_running: false,
    }),
    changed: Condvar::new(),
};

struct Timers {
    state: Mutex<State>,
    /// Told when something is due earlier than all before, and when nothing is.
    changed: Condvar,
}

struct State {
    due: BTreeMap<(Instant, u64), Waker>,
    next: u64,
    is_running: bool,
}

impl Timers {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets an alarm, or gives one that there is another waker. `None` where the system
    /// has no thread for it.
    fn set(&'static self, deadline: Instant, waker: &Waker, alarm: Option<Alarm>) -> Option<Alarm> {
        let mut state = self.state();
        let alarm = alarm.unwrap_or_else(|| {
            state.next += 1;
            let at = (deadline, state.next);
            Alarm { at }
        });
        state.due.insert(alarm.at, waker.clone());
        if state
            .due
            .first_key_value()
            .is_some_and(|(at, _)| *at == alarm.at)
        {
            self.changed.notify_one();
        }
        if !state.is_running {
            let thread = thread::Builder::new().name("confidant-limit".to_owned());
            state.is_running = thread.spawn(|| self.run()).is_ok();
        }
        let is_running = state.is_running;
        drop(state);
        is_running.then_some(alarm)
    }

    fn run(&self) {
        let mut state = self.state();
        while let Some(((at, _), _)) = state.due.first_key_value() {
            let left = at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let due = state.due.pop_first();
                drop(state);
                if let Some((_, waker)) = due {
                    waker.wake();
                }
                state = self.state();
            } else {
                let waited = self.changed.wait_timeout(state, left);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        state.is_running = false;
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use pollster::block_on;

    use super::*;

    #[test]
    fn each_future_has_its_own_time() {
        let threads: Vec<_> = (0..40_u64)
            .map(|number| {
                thread::spawn(move || {
                    let limit = Duration::from_millis(10 + 7 * (number % 5));
                    let begin = Instant::now();
                    assert_eq!(block_on(within(limit, pending::<()>())), None);
                    assert!(begin.elapsed() >= limit);
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    }

    #[test]
    fn what_comes_in_time_leaves_nothing_behind() {
        assert_eq!(block_on(within(Duration::ZERO, ready(7))), Some(7));
        assert_eq!(block_on(within(Duration::ZERO, pending::<()>())), None);
        let mut polls = 0;
        let late = std::future::poll_fn(|context| {
            polls += 1;
            context.waker().wake_by_ref();
            if polls == 3 {
                return Poll::Ready(polls);
            }
            Poll::Pending
        });
        let far = Duration::from_secs(3600);
        assert_eq!(block_on(within(far, late)), Some(3));
        let hour = Instant::now() + far / 2;
        let waiting = |(at, _): &&(Instant, u64)| *at > hour;
        assert_eq!(TIMERS.state().due.keys().filter(waiting).count(), 0);
        assert_eq!(block_on(within(Duration::MAX, ready(()))), Some(()));
    }
}
