//! Converting errors of PostgreSQL.

use std::error::Error as StdError;

use deadpool_postgres::{HookError, PoolError};
use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::{Error, ErrorKind};

/// A call that failed and of which it is known that it changed nothing.
pub(super) fn failed(error: tokio_postgres::Error) -> Error {
    let ours = match error.as_db_error() {
        Some(answer) => of_server(answer),
        None => store("server of the store could not be reached").retry(),
    };
    ours.with_source(error)
}

/// A commit of which the server may have done everything before the error.
pub(super) fn in_doubt(error: impl StdError + Send + Sync + 'static) -> Error {
    unanswered().with_source(error)
}

/// A commit that was never answered.
pub(super) fn unanswered() -> Error {
    Error::message(
        ErrorKind::InDoubt,
        "server of the store did not answer a commit",
    )
}

/// A call that was never answered.
pub(super) fn silent() -> Error {
    store("server of the store did not answer").retry()
}

/// A commit that the server did not run in the transaction that it was sent in.
pub(super) fn unbegun() -> Error {
    store("server of the store keeps no transaction together")
}

/// A call for which there was no connection.
pub(super) fn unconnected(error: PoolError) -> Error {
    match error {
        PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
            failed(error)
        }
        PoolError::Timeout(_) => store("no connection to the store was free in time")
            .retry()
            .with_source(error),
        _ => store("connection to the store could not be made").with_source(error),
    }
}

/// What came back is not what was stored.
pub(super) fn damaged(error: impl StdError + Send + Sync + 'static) -> Error {
    Error::message(ErrorKind::Integrity, "table of the store is damaged").with_source(error)
}

/// Whether the server turned a transaction away because of another, so that it can
/// simply be made again.
pub(super) fn is_contended(error: &tokio_postgres::Error) -> bool {
    let states = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
    ];
    error.code().is_some_and(|code| states.contains(code))
}

/// How much an error of the server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// The connection, or whatever stands between us and the server: what the server
    /// did meanwhile is not known.
    Connection,
    /// The session.
    Session,
    /// One statement, and the transaction that it was part of.
    Statement,
}

pub(super) fn lost(error: &tokio_postgres::Error) -> Lost {
    let Some(answer) = error.as_db_error() else {
        return Lost::Connection;
    };
    // A pool of sessions in between answers with class 08 where it lost the server.
    if answer.code().code().starts_with("08")
        || *answer.code() == SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN
    {
        Lost::Connection
    } else if answer.parsed_severity() == Some(Severity::Error) {
        Lost::Statement
    } else {
        Lost::Session
    }
}

/// Whether the same call may succeed in another session at once: this one has ended,
/// is in a transaction that failed, may only read, or has lost its statements.
pub(super) fn is_spent(error: &tokio_postgres::Error) -> bool {
    let state = |code: &SqlState| matches!(code.code().get(..2), Some("0A" | "25" | "26"));
    match lost(error) {
        Lost::Connection => false,
        Lost::Session => true,
        Lost::Statement => error.code().is_some_and(state),
    }
}

fn of_server(answer: &DbError) -> Error {
    let code = answer.code();
    if *code == SqlState::DISK_FULL {
        return store("disk of the store is full");
    }
    if *code == SqlState::DATA_CORRUPTED || *code == SqlState::INDEX_CORRUPTED {
        return Error::message(ErrorKind::Integrity, "table of the store is damaged");
    }
    if *code == SqlState::QUERY_CANCELED || *code == SqlState::LOCK_NOT_AVAILABLE {
        return store("server of the store took too long").retry();
    }
    if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        return store("server of the store may only be read").retry();
    }
    // The first two characters are the class.
    match code.code().get(..2) {
        Some("0A" | "25" | "26") => store("session with the store is of no use").retry(),
        Some("08" | "57") => store("server of the store is not available").retry(),
        Some("40") => store("too many commits to the store at once").retry(),
        Some("53") => store("server of the store has too much to do").retry(),
        Some("28") => store("server of the store refuses the role or its password"),
        Some("42") => store("role may not use the tables of the store"),
        _ => store("server of the store reports an error"),
    }
}

fn store(what: &'static str) -> Error {
    Error::message(ErrorKind::Store, what)
}
