//! What SQLite reports, in the words of this crate.

use std::sync::Arc;

use rusqlite::ErrorCode;

use crate::{Error, ErrorKind};

/// A call that failed, for as many callers as waited for it.
#[derive(Clone)]
pub(super) struct Failure {
    source: Arc<rusqlite::Error>,
    /// It came when all was written and the disk was to confirm it.
    at_end: bool,
}

impl Failure {
    pub(super) fn at_end(source: rusqlite::Error) -> Self {
        Self {
            source: Arc::new(source),
            at_end: true,
        }
    }

    /// Whether what was to be written may come to be there after all.
    pub(super) fn in_doubt(&self) -> bool {
        // Where there is no room, or another process holds the file, the end of
        // the commit was not written.
        let code = self.source.sqlite_error_code();
        let unwritten = matches!(
            code,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull)
        );
        self.at_end && !unwritten
    }

    pub(super) fn error(&self) -> Error {
        let error = if self.in_doubt() {
            Error::message(
                ErrorKind::InDoubt,
                "the disk of the store did not confirm a commit",
            )
        } else {
            error(&self.source)
        };
        error.with_source(Arc::clone(&self.source))
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(source: rusqlite::Error) -> Self {
        Self {
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
