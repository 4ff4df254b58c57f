//! Reading and writing every record, for tests of the formats.

use super::hold_record::Stored;
use super::outbox;
use super::progress::Progress;

/// Reads bytes as every record of retention, and writes each anew that they are.
pub(crate) fn rewritten(bytes: &[u8]) -> Vec<Vec<u8>> {
    let progress = Progress::parse(bytes).ok();
    let all = [
        Stored::parse(bytes).ok().map(|stored| stored.to_bytes()),
        progress.map(|progress| progress.to_bytes()),
        outbox::rewritten(bytes),
    ];
    all.into_iter().flatten().collect()
}
