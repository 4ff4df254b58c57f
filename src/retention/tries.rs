//! Trying a commit again, where another one came first or its answer was lost.

use crate::{Error, ErrorKind};

/// How often a commit is tried.
const TRIES: u32 = 16;

/// The tries of one commit.
pub(super) struct Tries {
    left: u32,
    in_doubt: bool,
}

impl Tries {
    pub(super) const fn new() -> Self {
        Self {
            left: TRIES,
            in_doubt: false,
        }
    }

    /// Whether one of the tries before may have happened.
    pub(super) const fn in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// Takes how a try ended: the result, or nothing where it is to be tried again.
    ///
    /// Once a try is in doubt, a failure behind it is as well.
    pub(super) fn ended<T>(&mut self, result: Result<T, Error>) -> Result<Option<T>, Error> {
        self.left = self.left.saturating_sub(1);
        let error = match result {
            Ok(value) => return Ok(Some(value)),
            Err(error) => error,
        };
        match error.kind() {
            ErrorKind::InDoubt => self.in_doubt = true,
            ErrorKind::Conflict => {}
            _ if self.in_doubt => {
                let what = "it is not known whether the change was made";
                return Err(Error::message(ErrorKind::InDoubt, what).with_source(error));
            }
            _ => return Err(error),
        }
        if self.left == 0 {
            let kind = if self.in_doubt {
                ErrorKind::InDoubt
            } else {
                ErrorKind::Conflict
            };
            let what = "others keep coming first, or the store keeps losing its answers";
            return Err(Error::message(kind, what).with_source(error).retry());
        }
        Ok(None)
    }
}
