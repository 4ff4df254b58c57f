//! Repeating a change that met another one, or whose answer was lost.

use crate::{Error, ErrorKind};

/// How often a change is tried.
const MOST: u32 = 16;

/// The attempts at one change. An attempt that somebody else's change came before is made
/// again, and so is one that may have happened or not: the next attempt looks for it
/// first.
#[derive(Debug, Default)]
pub(crate) struct Tries {
    count: u32,
    doubt: Option<Error>,
}

impl Tries {
    /// Returns whether an attempt before may have happened.
    pub(crate) const fn in_doubt(&self) -> bool {
        self.doubt.is_some()
    }

    /// Takes how an attempt ended: returns its value, or nothing where it is to be made
    /// again.
    ///
    /// # Errors
    /// The error of the attempt. Once an attempt was in doubt, nothing but success ends
    /// the doubt: what fails behind it says nothing of what came before.
    pub(crate) fn ended<T>(&mut self, attempt: Result<T, Error>) -> Result<Option<T>, Error> {
        let error = match attempt {
            Ok(done) => return Ok(Some(done)),
            Err(error) => error,
        };
        self.count += 1;
        let is_last = self.count >= MOST;
        match error.kind() {
            ErrorKind::Conflict if !is_last => Ok(None),
            ErrorKind::InDoubt => {
                let doubt = self.doubt.insert(error);
                if is_last {
                    let what = "it is not known whether the change was made";
                    let error = Error::message(ErrorKind::InDoubt, what);
                    return Err(std::mem::replace(doubt, error));
                }
                Ok(None)
            }
            ErrorKind::Conflict if self.doubt.is_none() => Err(error.retry()),
            _ => Err(self.doubt.take().unwrap_or(error)),
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
        for kind in [
            ErrorKind::Store,
            ErrorKind::KeyService,
            ErrorKind::Config,
            ErrorKind::Refused,
        ] {
            let mut tries = Tries::default();
            assert_eq!(tries.ended(failed(kind)).unwrap_err().kind(), kind);
            assert!(tries.ended(failed(ErrorKind::InDoubt)).unwrap().is_none());
            assert!(tries.ended(failed(ErrorKind::Conflict)).unwrap().is_none());
            let error = tries.ended(failed(kind)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InDoubt);
            let mut tries = Tries::default();
            assert!(tries.ended(failed(ErrorKind::InDoubt)).unwrap().is_none());
            assert_eq!(tries.ended(Ok(7)).unwrap(), Some(7));
        }
    }
}
