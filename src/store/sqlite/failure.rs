//! Converting errors of SQLite.

use std::sync::Arc;

use rusqlite::ErrorCode;

use crate::{Error, ErrorKind};

/// A call that failed, for as many callers as waited for it.
#[derive(Clone)]
pub(super) enum Failure {
    /// Somebody put something into the file that does not belong there.
    Foreign,
    /// The file is no longer where it was opened: `at_end` where that was found when
    /// all was committed.
    Moved { at_end: bool },
    /// SQLite reports it: `at_end` where all was written and the disk was to confirm it.
    Reported {
        source: Arc<rusqlite::Error>,
        at_end: bool,
    },
}

impl Failure {
    pub(super) fn at_end(source: rusqlite::Error) -> Self {
        Self::Reported {
            source: Arc::new(source),
            at_end: true,
        }
    }

    /// Whether one of several commits may be at fault that failed together, such as a large
    /// one on a disk that is nearly full. Another process in the way, a foreign table and
    /// a file that was moved stop every one of them.
    pub(super) fn may_be_of_one(&self) -> bool {
        match self {
            Self::Foreign | Self::Moved { .. } => false,
            Self::Reported { source, .. } => !self.in_doubt() && !is_busy(source),
        }
    }

    /// Whether what was to be written may come to be there after all.
    pub(super) fn in_doubt(&self) -> bool {
        match self {
            Self::Foreign => false,
            Self::Moved { at_end } => *at_end,
            Self::Reported { source, at_end } => {
                // Where there is no room, or another process holds the file, the end of
                // the commit was not written.
                let unwritten = matches!(
                    source.sqlite_error_code(),
                    Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull)
                );
                *at_end && !unwritten
            }
        }
    }

    pub(super) fn error(&self) -> Error {
        match self {
            Self::Foreign => foreign(),
            Self::Moved { at_end } => {
                let kind = if *at_end {
                    ErrorKind::InDoubt
                } else {
                    ErrorKind::Store
                };
                let what = "file of the store is not the one that was opened, or has two names";
                Error::message(kind, what)
            }
            Self::Reported { source, .. } => {
                let error = if self.in_doubt() {
                    let what = "the disk of the store did not confirm a commit";
                    Error::message(ErrorKind::InDoubt, what)
                } else {
                    error(source)
                };
                error.with_source(Arc::clone(source))
            }
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(source: rusqlite::Error) -> Self {
        Self::Reported {
            source: Arc::new(source),
            at_end: false,
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error()
    }
}

pub(super) fn foreign() -> Error {
    let what = "file of the store has a table, index, view or trigger of somebody else";
    Error::message(ErrorKind::Integrity, what)
}

fn error(source: &rusqlite::Error) -> Error {
    let Some(code) = source.sqlite_error_code() else {
        // Not SQLite failed but what it returned is of another type.
        return Error::message(ErrorKind::Integrity, "file of the store is damaged");
    };
    let failed = |what| Error::message(ErrorKind::Store, what);
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            failed("another process holds the file of the store").retry()
        }
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
            Error::message(ErrorKind::Integrity, "file of the store is damaged")
        }
        ErrorCode::DiskFull => failed("disk of the store is full"),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
            failed("file of the store may not be written")
        }
        _ => failed("file of the store could not be read or written"),
    }
}

/// Whether another process was in the way.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}
