//! Overwriting what was deleted.

use rusqlite::Connection;

use super::failure::{Failure, is_busy};
use crate::Error;

/// Copies the log of the file into the file and empties it, if nobody needs it. Pages that
/// were freed are zeros by then, since whoever writes deletes securely.
pub(super) fn scrub(file: &Connection) -> Result<bool, Error> {
    let row = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    match file.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], row) {
        Ok(blocked) => Ok(blocked == 0),
        Err(error) if is_busy(&error) => Ok(false),
        Err(error) => Err(Failure::from(error).error()),
    }
}
