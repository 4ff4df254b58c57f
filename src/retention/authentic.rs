//! Records that only the holder of the log's key can write.

use super::format::damaged;
use crate::Error;
use crate::audit::LogKey;
use crate::store::RecordKey;

/// The bytes of a MAC at the end of a record.
pub(super) const MAC: usize = 32;
const USE: &str = "retention";

/// Puts a MAC over a record and its place behind it.
pub(super) fn signed(key: &LogKey, place: &RecordKey, mut body: Vec<u8>) -> Vec<u8> {
    let mac = key.mac(USE, &parts(place, &body));
    body.extend(mac);
    body
}

/// Returns a record without its MAC, if it is one for this place.
pub(super) fn verified<'v>(
    key: &LogKey,
    place: &RecordKey,
    value: &'v [u8],
    what: &'static str,
) -> Result<&'v [u8], Error> {
    let split = value.split_last_chunk::<MAC>();
    let (body, mac) = split.ok_or_else(|| damaged(what))?;
    match key.is_mac(USE, &parts(place, body), mac) {
        true => Ok(body),
        false => Err(damaged(what)),
    }
}

fn parts<'p>(place: &'p RecordKey, body: &'p [u8]) -> [&'p [u8]; 4] {
    [
        place.tenant().as_bytes(),
        place.collection().as_bytes(),
        place.path(),
        body,
    ]
}
