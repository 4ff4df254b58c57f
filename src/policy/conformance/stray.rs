//! Trials that a report cannot count.

use std::fmt;

use super::trial::one_line;

/// A trial that belongs to none of the promises, and makes the report fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stray {
    /// It was begun under another policy.
    Foreign(Box<str>),
    /// So many were begun and not ended.
    Open(usize),
    /// Its promise is not on the list.
    Unlisted(Box<str>),
}

impl fmt::Display for Stray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign(id) => write!(f, "{}: a trial of another policy", one_line(id)),
            Self::Open(1) => f.write_str("a trial was begun and not ended"),
            Self::Open(count) => write!(f, "{count} trials were begun and not ended"),
            Self::Unlisted(id) => {
                write!(f, "{}: a trial of what was not promised", one_line(id))
            }
        }
    }
}
