//! Instants, calendar periods, time zones and clocks.
//!
//! A promise is made in calendar terms ("90 days", "7 years") and kept in
//! instants. [`Moment`] is the instant, [`Period`] the calendar period, and
//! [`Period::after`] leads from one to the other, with the rounding said out
//! loud. Nothing in this crate asks what time it is behind the caller's back:
//! now is an argument, or comes from a [`Clock`] that the caller chose.
//!
//! ```
//! use confidant::time::{Moment, Period, Rounding};
//!
//! let invoice: Moment = "2024-02-29T09:00:00Z".parse()?;
//! let seven_years: Period = "P7Y".parse()?;
//! // 2031 has no 29 February. What must be kept is kept a day longer ...
//! let keep_until = seven_years.after(invoice, Rounding::Forward)?;
//! assert_eq!(keep_until.to_string(), "2031-03-01T09:00:00Z");
//! // ... and what must be gone is gone a day earlier.
//! let delete_by = seven_years.after(invoice, Rounding::Back)?;
//! assert_eq!(delete_by.to_string(), "2031-02-28T09:00:00Z");
//! # Ok::<(), confidant::Error>(())
//! ```
//!
//! Days are days of UTC, or of the [`Zone`] that the caller names; there are no leap
//! seconds.

mod civil;
mod clock;
mod moment;
mod period;
mod rounding;
mod transitions;
mod zone;

pub use clock::{Clock, ManualClock, SystemClock};
pub use moment::Moment;
pub use period::Period;
pub use rounding::Rounding;
pub use zone::Zone;
