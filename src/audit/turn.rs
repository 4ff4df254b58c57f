//! Taking turns without a runtime.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// What one task at a time does.
#[derive(Debug, Default)]
pub(super) struct Turns {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    taken: bool,
    waiting: Vec<Waker>,
}

/// The turn of one task; dropped, it is the next one's.
#[derive(Debug)]
pub(super) struct Turn<'t> {
    turns: &'t Turns,
}

#[derive(Debug)]
struct Wait<'t> {
    turns: &'t Turns,
}

impl Turns {
    /// Waits until nobody else has the turn.
    pub(super) async fn next(&self) -> Turn<'_> {
        Wait { turns: self }.await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'t> Future for Wait<'t> {
    type Output = Turn<'t>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.turns.state();
        if state.taken {
            state.waiting.push(context.waker().clone());
            return Poll::Pending;
        }
        state.taken = true;
        Poll::Ready(Turn { turns: self.turns })
    }
}

/// Wakes all who wait: one of them may be gone by now.
impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.turns.state();
        state.taken = false;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }
}
