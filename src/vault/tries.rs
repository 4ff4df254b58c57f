//! Trying again.

use crate::{Error, ErrorKind};

/// How often a change is tried again that somebody else's came before.
const MOST: u32 = 8;

/// The attempts at one change. What somebody else's change came before is tried again,
/// and so is what may have happened or not: the next attempt looks for it first.
#[derive(Default)]
pub(super) struct Tries {
    count: u32,
    doubt: Option<Error>,
}

impl Tries {
    /// Whether an attempt before may have happened.
    pub(super) const fn in_doubt(&self) -> bool {
        self.doubt.is_some()
    }

    /// The end of an attempt: the value with which to end, or nothing where it is to be
    /// made again.
    pub(super) fn ended<T>(&mut self, attempt: Result<T, Error>) -> Result<Option<T>, Error> {
        let error = match attempt {
            Ok(done) => return Ok(Some(done)),
            Err(error) => error,
        };
        self.count += 1;
        match error.kind() {
            ErrorKind::Conflict if self.count < MOST => Ok(None),
            ErrorKind::InDoubt if self.count < MOST => {
                self.doubt = Some(error);
                Ok(None)
            }
            // That it cannot be done now says nothing of what came before.
            ErrorKind::Conflict | ErrorKind::KeyService | ErrorKind::Store => {
                Err(self.doubt.take().unwrap_or(error))
            }
            _ => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(kind: ErrorKind) -> Result<(), Error> {
        Err(Error::message(kind, "test"))
    }

    #[test]
    fn it_ends_after_some_attempts() {
        for kind in [ErrorKind::Conflict, ErrorKind::InDoubt] {
            let mut tries = Tries::default();
            for _ in 1..MOST {
                assert!(tries.ended(failed(kind)).unwrap().is_none());
                assert_eq!(tries.in_doubt(), kind == ErrorKind::InDoubt);
            }
            assert_eq!(tries.ended(failed(kind)).unwrap_err().kind(), kind);
        }
    }

    #[test]
    fn a_doubt_is_not_forgotten() {
        for (kind, expected) in [
            (ErrorKind::Store, ErrorKind::InDoubt),
            (ErrorKind::KeyService, ErrorKind::InDoubt),
            (ErrorKind::Config, ErrorKind::Config),
            (ErrorKind::Refused, ErrorKind::Refused),
        ] {
            let mut tries = Tries::default();
            assert_eq!(tries.ended(failed(kind)).unwrap_err().kind(), kind);
            assert!(tries.ended(failed(ErrorKind::InDoubt)).unwrap().is_none());
            assert_eq!(tries.ended(failed(kind)).unwrap_err().kind(), expected);
        }
    }
}
