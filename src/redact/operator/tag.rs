//! The tag of a value, as it stands in a placeholder.

use super::key::Key;
use crate::redact::finding::Kind;

/// Returns the tag of a value: the first 40 bits of the MAC over the kind's label, a
/// zero byte, the value and a big-endian counter of four bytes.
pub(crate) fn tag(key: &Key, kind: Kind, value: &[u8], counter: u32) -> u64 {
    let mac = key.mac(&[kind.label().as_bytes(), &[0], value, &counter.to_be_bytes()]);
    mac.iter()
        .take(5)
        .fold(0, |tag, &byte| tag << 8 | u64::from(byte))
}
