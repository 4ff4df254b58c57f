//! Futures that run side by side in one task, on any runtime.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

pub(super) type Task<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Runs all of them to their end.
pub(super) async fn join<T>(tasks: Vec<Task<'_, T>>) -> Vec<T> {
    let mut running = tasks;
    let mut done = Vec::new();
    poll_fn(|context| {
        running.retain_mut(|task| match task.as_mut().poll(context) {
            Poll::Ready(output) => {
                done.push(output);
                false
            }
            Poll::Pending => true,
        });
        if running.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    done
}
