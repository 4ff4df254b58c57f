//! Clocks.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::moment::Moment;
use crate::error::Error;
use crate::pointer::for_pointers;

/// Where now comes from.
///
/// Decisions take now as an argument; a clock is for the parts that run for
/// longer than one decision. Anyone may implement it, for a trusted time source,
/// say. A clock is allowed to go back; what depends on its not doing so must
/// check.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Returns what time it is.
    fn now(&self) -> Moment;
}

for_pointers! {
    impl Clock {
        fn now(&self) -> Moment {
            (**self).now()
        }
    }
}

/// The clock of the operating system.
///
/// A system set to a time outside [`Moment::MIN`] to [`Moment::MAX`] reads as
/// the nearer of the two.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemClock;

impl SystemClock {
    /// Creates the system's clock.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment::saturating_from(SystemTime::now())
    }
}

/// A clock that stands still until it is set: for tests, and to replay what was
/// decided at some past time.
///
/// # Example
/// ```
/// use std::time::Duration;
///
/// use confidant::time::{Clock, ManualClock, Moment};
///
/// let clock = ManualClock::new("2026-05-01T00:00:00Z".parse()?);
/// clock.advance(Duration::from_secs(90))?;
/// assert_eq!(clock.now().to_string(), "2026-05-01T00:01:30Z");
/// clock.set(Moment::UNIX_EPOCH);
/// assert_eq!(clock.now(), Moment::UNIX_EPOCH);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<Moment>,
}

impl ManualClock {
    /// Creates a clock that stands at `now`.
    #[must_use]
    pub const fn new(now: Moment) -> Self {
        Self {
            now: Mutex::new(now),
        }
    }

    /// Sets the clock, forward or back.
    pub fn set(&self, now: Moment) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// Moves the clock forward.
    ///
    /// # Errors
    /// `Limit` past [`Moment::MAX`]; the clock then stays as it is.
    pub fn advance(&self, by: Duration) -> Result<(), Error> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.checked_add(by)?;
        Ok(())
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Moment {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn the_system_clock_agrees_with_the_system() {
        let before = Moment::try_from(SystemTime::now()).unwrap();
        let now = SystemClock::new().now();
        let after = Moment::try_from(SystemTime::now()).unwrap();
        assert!(before <= now && now <= after);
    }

    #[test]
    fn a_system_time_out_of_bounds_reads_as_the_nearest() {
        let far = Duration::from_secs(400_000_000_000);
        for (time, nearest) in [
            (SystemTime::UNIX_EPOCH + far, Moment::MAX),
            (SystemTime::UNIX_EPOCH - far, Moment::MIN),
        ] {
            assert_eq!(Moment::saturating_from(time), nearest);
            let error = Moment::try_from(time).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Limit);
        }
    }

    #[test]
    fn a_clock_that_cannot_advance_stays() {
        let clock = Arc::new(ManualClock::new(Moment::MAX));
        let error = clock.advance(Duration::from_secs(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert_eq!(clock.now(), Moment::MAX);
    }
}
