//! Items that a service takes one by one.

use std::future::Future;

use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;

/// How many calls of one batch are under way at a time.
const CONCURRENT: usize = 8;

/// The calls of a batch, some at a time, with their results in order.
pub(in super::super) struct Calls<F: Future> {
    running: FuturesOrdered<F>,
    results: Vec<F::Output>,
}

impl<F: Future> Calls<F> {
    pub(in super::super) fn new(items: usize) -> Self {
        Self {
            running: FuturesOrdered::new(),
            results: Vec::with_capacity(items),
        }
    }

    /// Takes a call on, once there is room for it.
    pub(in super::super) async fn push(&mut self, call: F) {
        if self.running.len() >= CONCURRENT {
            self.results.extend(self.running.next().await);
        }
        self.running.push_back(call);
    }

    pub(in super::super) async fn finish(mut self) -> Vec<F::Output> {
        while let Some(result) = self.running.next().await {
            self.results.push(result);
        }
        self.results
    }
}
