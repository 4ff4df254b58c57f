//! Limits of calls to a key service: time and attempts.

use std::time::Duration;

use crate::Error;

/// The most that is paused after the first attempt.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The most that is paused after any, unless the service asks for more.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long a call to a key service may take, and how often it is tried.
///
/// | | default | range |
/// |---|---|---|
/// | attempts | 4 | 1 to 10 |
/// | time to connect | 3 s | up to 5 min |
/// | time of an attempt | 10 s | up to 5 min |
/// | time of the whole call | 30 s | up to 5 min |
///
/// An attempt is followed by another where the service could not be reached, did
/// not answer in time, or says that it is overloaded or in trouble. The pause in
/// between is random, up to 100 ms after the first attempt and twice as much after
/// each further one, at most 5 s; where the service says how long to wait, it is
/// at least that. Where the pause would pass the time of the whole call, the call
/// ends at once, with an error that [may be retried](Error::is_retryable).
///
/// # Example
/// ```
/// use std::time::Duration;
///
/// use confidant::seal::CallOptions;
///
/// let options = CallOptions::default()
///     .attempts(2)
///     .timeout(Duration::from_secs(5));
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallOptions {
    pub(super) attempts: u32,
    pub(super) connect_timeout: Duration,
    pub(super) attempt_timeout: Duration,
    pub(super) timeout: Duration,
}

impl Default for CallOptions {
    fn default() -> Self {
        Self {
            attempts: 4,
            connect_timeout: Duration::from_secs(3),
            attempt_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
        }
    }
}

impl CallOptions {
    /// Sets how often a call is tried, the first time included.
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets how long it may take to connect.
    #[must_use]
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long one attempt may take, from the token to the last byte.
    #[must_use]
    pub const fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// Sets how long a call may take, with all attempts and the pauses in between.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Whether every option lies in its range.
    pub(super) fn check(&self) -> Result<(), Error> {
        const LONGEST: Duration = Duration::from_secs(300);
        if !(1..=10).contains(&self.attempts) {
            return Err(Error::config("attempts of a call are not 1 to 10"));
        }
        for timeout in [self.connect_timeout, self.attempt_timeout, self.timeout] {
            if timeout.is_zero() || timeout > LONGEST {
                return Err(Error::config("timeout of a call is not up to 5 minutes"));
            }
        }
        Ok(())
    }
}

/// The timers and sockets of a call are those of tokio, which would panic
/// elsewhere.
pub(super) fn check_runtime() -> Result<(), Error> {
    tokio::runtime::Handle::try_current()
        .map(drop)
        .map_err(|_| Error::config("key services are asked from within a tokio runtime"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_lie_in_their_ranges() {
        let options = CallOptions::default();
        options.check().unwrap();
        options.attempts(10).check().unwrap();
        let long = Duration::from_secs(301);
        for wrong in [
            options.attempts(0),
            options.attempts(11),
            options.timeout(Duration::ZERO),
            options.timeout(long),
            options.attempt_timeout(Duration::ZERO),
            options.attempt_timeout(long),
            options.connect_timeout(Duration::ZERO),
            options.connect_timeout(long),
        ] {
            assert_eq!(wrong.check().unwrap_err().kind(), crate::ErrorKind::Config);
        }
    }

    #[test]
    fn a_call_outside_of_a_runtime_is_an_error() {
        assert_eq!(
            check_runtime().unwrap_err().kind(),
            crate::ErrorKind::Config
        );
    }
}
