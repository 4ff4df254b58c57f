//! What goes along with a call without leaving.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Destination, KeptItem, ModelError, ModelErrorKind};
use crate::Error;
use crate::pointer::for_pointers;

/// What goes along with a call without leaving: how long it may take, how often it may
/// be tried, and who looks on.
#[derive(Clone, Default)]
pub struct CallContext {
    timeout: Option<Duration>,
    attempts: Option<u32>,
    observer: Option<Arc<dyn AttemptObserver>>,
}

/// Looks on while a request is sent, once for every attempt.
///
/// It can keep an audit entry of each attempt and stop one before it leaves. Its methods are
/// awaited within the call and on its thread, one after the other: `before` and `after` in
/// turn for each attempt, and `kept` after the last. `before` counts against the time limit
/// of the call. Where the call is dropped, or the time is up in `before`, the next method is
/// not called any more.
#[async_trait]
pub trait AttemptObserver: Send + Sync {
    /// Is called before the request is sent for the `attempt`th time, counted from 1.
    ///
    /// # Errors
    /// Any reason not to make the attempt. Nothing is then sent, and the call fails.
    async fn before(&self, attempt: u32, destination: &Destination) -> Result<(), Error>;

    /// Is called with what became of the attempt: the beginning of an answer, or the
    /// kind of its failure.
    ///
    /// # Errors
    /// Any reason not to use the answer. The call then fails.
    async fn after(&self, attempt: u32, outcome: Result<(), ModelErrorKind>) -> Result<(), Error>;

    /// Is called as soon as the provider has said that it keeps something.
    ///
    /// # Errors
    /// Any reason not to go on. The call then fails, and the provider keeps the
    /// item all the same.
    async fn kept(&self, item: &KeptItem) -> Result<(), Error> {
        let _ = item;
        Ok(())
    }
}

for_pointers! {
    #[async_trait]
    impl AttemptObserver {
        async fn before(&self, attempt: u32, destination: &Destination) -> Result<(), Error> {
            (**self).before(attempt, destination).await
        }

        async fn after(
            &self,
            attempt: u32,
            outcome: Result<(),
            ModelErrorKind>,
        ) -> Result<(), Error> {
            (**self).after(attempt, outcome).await
        }

        async fn kept(&self, item: &KeptItem) -> Result<(), Error> {
            (**self).kept(item).await
        }
    }
}

impl CallContext {
    /// Returns a context with the settings of the adapter and nobody who looks on.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits the time until the answer has ended, all attempts together.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Limits how often the request is sent.
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts);
        self
    }

    /// Lets somebody look on.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn AttemptObserver>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Returns the limit of time.
    #[must_use]
    pub const fn max_time(&self) -> Option<Duration> {
        self.timeout
    }

    /// Returns the limit of attempts.
    #[must_use]
    pub const fn max_attempts(&self) -> Option<u32> {
        self.attempts
    }

    /// Returns who looks on.
    #[must_use]
    pub const fn observed_by(&self) -> Option<&Arc<dyn AttemptObserver>> {
        self.observer.as_ref()
    }
}

impl CallContext {
    /// Tells the observer that the provider keeps something. The error says that the
    /// request was sent.
    pub(super) async fn tell_kept(&self, item: &KeptItem) -> Result<(), ModelError> {
        match &self.observer {
            Some(observer) => {
                let told = observer.kept(item).await;
                told.map_err(|error| ModelError::from(error).with_attempts(1))
            }
            None => Ok(()),
        }
    }
}

impl fmt::Debug for CallContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallContext")
            .field("timeout", &self.timeout)
            .field("attempts", &self.attempts)
            .field("is_observed", &self.observer.is_some())
            .finish()
    }
}
