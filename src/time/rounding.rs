//! Which way a calendar period is rounded.

/// Which way to go where a month lacks the day that a period leads to, as
/// February lacks the 31st, or the clocks of a zone show a time twice or never.
///
/// Rounding both kinds of bound alike, as calendar libraries do, either keeps
/// for too short or deletes too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rounding {
    /// To the last day the month has, and to the earlier reading of the clocks: for a
    /// bound by which something must have happened, such as a deletion or the end of a
    /// consent.
    Back,
    /// To the first day of the next month, and to the later reading of the clocks: for
    /// a bound until which something must be kept.
    Forward,
}
