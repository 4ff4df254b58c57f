//! Plain names: of persons, holds, verifiers.

use crate::Error;
use crate::error::RetentionCause;
use crate::id::{name, not_plain};

fn check(what: &'static str, name: &str, limit: usize) -> Result<(), Error> {
    if name.len() > limit {
        return Err(Error::limit(what, limit as u64));
    }
    if name.is_empty() || not_plain(name).is_some() {
        return Err(RetentionCause::Name { what, limit }.into());
    }
    Ok(())
}

name!(
    /// A person who acts on the schedule: places a hold, confirms a large run. An id of
    /// the staff directory, such as `staff:4711`.
    ///
    /// The audit log keeps it for good, so it is 1 to 128 ASCII letters, digits and
    /// `-_.:/`, and nothing personal.
    Person(128),
    "person",
    check
);
name!(
    /// The name of a hold, such as `hold/2026-17`.
    ///
    /// The audit log keeps it for good, so it is 1 to 128 ASCII letters, digits and
    /// `-_.:/`, and nothing personal.
    HoldId(128),
    "name of a hold",
    check
);
name!(
    /// Why a hold was placed, as a reference to where it is argued: the number of a
    /// case or a matter, such as `litigation:2026-17`.
    ///
    /// The audit log keeps it for good, so it is 1 to 128 ASCII letters, digits and
    /// `-_.:/`, and nothing personal.
    HoldReason(128),
    "reason of a hold",
    check
);
