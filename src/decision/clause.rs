//! The name of a clause.

use std::fmt;
use std::sync::Arc;

use crate::error::{DecisionCause, Error};
use crate::id::{not_plain, text_id};

/// The name of a clause, by which a decision says what decided it.
///
/// Its author gives it, and it stands in decisions, logs and messages; so it is
/// 1 to [`MAX_LEN`](Self::MAX_LEN) ASCII letters, digits and `-_.:/`, such as
/// `CC-37` or `retention/intent_log`. Cloning copies a pointer.
///
/// # Example
/// ```
/// use confidant::decision::ClauseId;
///
/// let id: ClauseId = "CC-37".parse()?;
/// assert_eq!(id.as_str(), "CC-37");
/// assert!(ClauseId::new("keep for 7 years").is_err());
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClauseId {
    id: Arc<str>,
}

impl ClauseId {
    /// The most bytes a clause id may have: enough for a path of names, and
    /// little enough for a log line.
    pub const MAX_LEN: usize = 128;

    /// Checks and takes an id.
    ///
    /// # Errors
    /// `Config` when it is empty or has another character, `Limit` when it is
    /// longer than [`MAX_LEN`](Self::MAX_LEN). The error does not show it.
    pub fn new(id: &str) -> Result<Self, Error> {
        let (len, limit) = (id.len(), Self::MAX_LEN);
        if len == 0 {
            return Err(DecisionCause::Empty.into());
        }
        if len > limit {
            return Err(DecisionCause::Length { len, limit }.into());
        }
        match not_plain(id) {
            Some(at) => Err(DecisionCause::Syntax { at }.into()),
            None => Ok(Self { id: id.into() }),
        }
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.id
    }
}

text_id!(ClauseId);

impl fmt::Debug for ClauseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClauseId({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn an_id_is_plain_and_short() {
        for id in [
            "a",
            "CC-37",
            "retention/intent_log",
            "v1:a.b",
            &"x".repeat(128),
        ] {
            assert_eq!(ClauseId::new(id).unwrap().as_str(), id);
        }
        for (id, kind) in [
            ("", ErrorKind::Config),
            ("a b", ErrorKind::Config),
            ("a\n", ErrorKind::Config),
            ("`a`", ErrorKind::Config),
            ("é", ErrorKind::Config),
            (&*"x".repeat(129), ErrorKind::Limit),
        ] {
            assert_eq!(ClauseId::new(id).unwrap_err().kind(), kind, "{id}");
        }
    }
}
