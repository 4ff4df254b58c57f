//! What goes along with a call without leaving.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Destination, KeptItem, ModelErrorKind};
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
/// It can keep an audit entry of each attempt and stop one before it leaves.
#[async_trait]
pub trait AttemptObserver: Send + Sync {
    /// Is called before the request is sent for the `attempt`th time, counted from 1.
    ///
    /// # Errors
    /// Whatever stands against the attempt. Nothing is then sent, and the call fails.
    async fn before(&self, attempt: u32, destination: &Destination) -> Result<(), Error>;

    /// Is called with what became of the attempt: the beginning of an answer, or the
    /// kind of its failure.
    ///
    /// # Errors
    /// Whatever stands against using the answer. The call then fails.
    async fn after(&self, attempt: u32, outcome: Result<(), ModelErrorKind>) -> Result<(), Error>;

    /// Is called as soon as the provider has said that it keeps something.
    ///
    /// # Errors
    /// Whatever stands against going on. The call then fails, and the provider keeps the
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
    /// Tells whoever looks on that the provider keeps something.
    pub(super) async fn tell_kept(&self, item: &KeptItem) -> Result<(), Error> {
        match &self.observer {
            Some(observer) => observer.kept(item).await,
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
