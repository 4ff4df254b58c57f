//! What the calls of a tenant have used in a window of a budget, as it is stored.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::audit::LogKey;
use crate::store::RecordKey;
use crate::{Error, ErrorKind};

/// What the MAC of a record is for.
const RECORD: &str = "confidant.guard.budget";
/// Tokens, cost, number of changes.
const BODY: usize = 8 + 8 + 8;

/// What the calls of a tenant have used in one window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spent {
    pub(super) tokens: u64,
    pub(super) nanos: u64,
    /// How often it was changed.
    pub(super) changes: u64,
}

impl Spent {
    /// Reads a record that lies at `place`.
    pub(super) fn read(key: &LogKey, place: &RecordKey, bytes: &[u8]) -> Result<Self, Error> {
        let parse = || {
            let (body, mac) = bytes.split_last_chunk()?;
            let (tokens, rest) = body.split_first_chunk()?;
            let (nanos, rest) = rest.split_first_chunk()?;
            let changes = rest.try_into().ok()?;
            let is_own = key.is_mac(RECORD, &parts(place, body), mac);
            is_own.then_some(Self {
                tokens: u64::from_be_bytes(*tokens),
                nanos: u64::from_be_bytes(*nanos),
                changes: u64::from_be_bytes(changes),
            })
        };
        parse().ok_or_else(damaged)
    }

    /// Writes a record that is to lie at `place`.
    pub(super) fn to_bytes(self, key: &LogKey, place: &RecordKey) -> Vec<u8> {
        let mut out = Vec::with_capacity(BODY + 32);
        out.extend_from_slice(&self.tokens.to_be_bytes());
        out.extend_from_slice(&self.nanos.to_be_bytes());
        out.extend_from_slice(&self.changes.to_be_bytes());
        let mac = key.mac(RECORD, &parts(place, &out));
        out.extend_from_slice(&mac);
        out
    }
}

fn parts<'p>(place: &'p RecordKey, body: &'p [u8]) -> [&'p [u8]; 3] {
    [place.tenant().as_bytes(), place.path(), body]
}

fn damaged() -> Error {
    let what = "count of a budget is not what was written";
    Error::message(ErrorKind::Integrity, what)
}

/// The last change of each tenant's count that this process has seen.
#[derive(Debug, Default)]
pub(super) struct Watch(Mutex<BTreeMap<Box<str>, Last>>);

#[derive(Clone, Copy, Debug)]
struct Last {
    window: i64,
    changes: u64,
}

impl Watch {
    /// Returns whether this process has seen a later count of the window than this one.
    pub(super) fn is_behind(&self, tenant: &str, window: i64, changes: u64) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = all.get(tenant);
        last.is_some_and(|last| last.window == window && changes < last.changes)
    }

    /// Notes that this process has seen a count.
    pub(super) fn note(&self, tenant: &str, window: i64, changes: u64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all.get(tenant).copied();
        let is_new = before.is_none_or(|last| last.window < window);
        if is_new {
            // Tenants that ask for nothing more take no room.
            all.retain(|_, last| last.window >= window.saturating_sub(1));
        }
        match before {
            Some(last)
                if last.window > window || last.window == window && last.changes >= changes => {}
            _ => {
                all.insert(tenant.into(), Last { window, changes });
            }
        }
    }
}

/// The error for a count that was put back or taken away.
pub(super) fn reverted() -> Error {
    let what = "count of a budget was put back or taken away";
    Error::message(ErrorKind::Integrity, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::Tenant;

    #[test]
    fn a_count_reads_where_it_was_written_and_as_it_was() {
        let key = LogKey::from_bytes([1; 32]);
        let place = |tenant: &str, path: &str| {
            RecordKey::new(Tenant::new(tenant), "confidant.guard.budget", path).unwrap()
        };
        let own = place("acme", "daily/1");
        let spent = Spent {
            tokens: 7,
            nanos: 9,
            changes: 2,
        };
        let bytes = spent.to_bytes(&key, &own);
        assert_eq!(Spent::read(&key, &own, &bytes).unwrap(), spent);
        let refused = |key: &LogKey, place: &RecordKey, bytes: &[u8]| {
            Spent::read(key, place, bytes).unwrap_err().kind() == ErrorKind::Integrity
        };
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            assert!(refused(&key, &own, &other), "{at}");
            assert!(refused(&key, &own, &bytes[..at]), "{at}");
        }
        assert!(refused(&key, &place("other", "daily/1"), &bytes));
        assert!(refused(&key, &place("acme", "daily/2"), &bytes));
        assert!(refused(&LogKey::from_bytes([2; 32]), &own, &bytes));
    }

    #[test]
    fn what_is_seen_of_tenants_that_are_gone_is_forgotten() {
        let watch = Watch::default();
        for tenant in 0..100 {
            watch.note(&tenant.to_string(), 1, 5);
        }
        assert!(watch.is_behind("7", 1, 4) && !watch.is_behind("7", 1, 5));
        watch.note("7", 3, 1);
        assert_eq!(watch.0.lock().unwrap().len(), 1);
        // A call of the window before settles late.
        watch.note("7", 2, 9);
        assert!(watch.is_behind("7", 3, 0) && !watch.is_behind("7", 2, 0));
    }
}
