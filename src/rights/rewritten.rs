//! Reading and writing every record, for tests of the formats.

use super::{RequestId, correction, record};

/// Reads bytes as every record of the register, and writes each anew that they are.
pub(crate) fn rewritten(bytes: &[u8]) -> Vec<Vec<u8>> {
    let id = RequestId::from_bytes([7; 16]);
    let request = record::read_request(id, bytes).ok();
    let all = [
        request.map(|(person, request)| record::write_request(&person, &request)),
        correction::rewritten(bytes),
    ];
    all.into_iter().flatten().collect()
}
