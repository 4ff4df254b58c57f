//! The journal of a stored conversation: what was added to it, in parts.

use zeroize::Zeroizing;

use super::head::damaged;
use crate::Error;
use crate::guard::conversation::{Digest, Fresh, Seen, State};
use crate::redact::{Form, Kind, Mapped};

/// The most bytes of one part before it is sealed.
const MAX_PART: usize = 60 * 1024;
/// The most bytes of one value. A longer one is known to the process alone that hid it.
const MAX_VALUE: usize = 48 * 1024;
/// The most bytes of a record beside its value.
const MAX_FIXED: usize = 64;

const VALUE: u8 = 1;
const SEEN: u8 = 2;
const TAKEN: u8 = 3;
const SENT: u8 = 4;
const ITEM: u8 = 5;
const EPOCH: u8 = 6;

/// Writes what a store does not hold yet, as parts. A part has all its room from the
/// beginning: one that grew would leave copies of values behind.
pub(super) fn write(state: &State, fresh: &[Fresh]) -> Vec<Zeroizing<Vec<u8>>> {
    let mut parts: Vec<Zeroizing<Vec<u8>>> = Vec::new();
    for item in fresh {
        let len = MAX_FIXED + value_len(state, *item);
        match parts.last_mut() {
            Some(part) if part.len() + len <= MAX_PART => record_of(state, *item, part),
            _ => {
                let mut part = Zeroizing::new(Vec::with_capacity(MAX_PART));
                record_of(state, *item, &mut part);
                parts.push(part);
            }
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// How many bytes of a value a record holds.
fn value_len(state: &State, fresh: Fresh) -> usize {
    match fresh {
        Fresh::Value(tag) => state.map.entry(tag).map_or(0, |entry| entry.value.len()),
        _ => 0,
    }
}

fn record_of(state: &State, fresh: Fresh, out: &mut Vec<u8>) {
    match fresh {
        Fresh::Value(tag) => {
            let entry = state.map.entry(tag);
            let Some(entry) = entry.filter(|entry| entry.value.len() <= MAX_VALUE) else {
                return;
            };
            let label = entry.kind.label().as_bytes();
            let seen = state.seen.get(&tag).copied().unwrap_or_default();
            out.push(VALUE);
            write_tag(tag, out);
            let form = match entry.form {
                Form::Plain => 0,
                Form::Number => 1,
                Form::String => 2,
            };
            out.extend([seen.bits(), form]);
            // A label has 12 bytes at most, and a value fits.
            out.push(u8::try_from(label.len()).unwrap_or(u8::MAX));
            out.extend_from_slice(label);
            out.extend_from_slice(&u32::try_from(entry.value.len()).unwrap_or(0).to_be_bytes());
            out.extend_from_slice(entry.value.as_bytes());
        }
        Fresh::Seen(tag) => {
            let seen = state.seen.get(&tag).copied().unwrap_or_default();
            out.push(SEEN);
            write_tag(tag, out);
            out.push(seen.bits());
        }
        Fresh::Taken(tag) => {
            out.push(TAKEN);
            write_tag(tag, out);
        }
        Fresh::Sent(from) => {
            if let Some(to) = state.sent.get(&from) {
                out.push(SENT);
                out.extend_from_slice(&from);
                out.extend_from_slice(to);
            }
        }
        Fresh::Item(item) => {
            if let Some(says) = state.items.get(&item) {
                out.push(ITEM);
                out.extend_from_slice(&item);
                out.extend_from_slice(says);
            }
        }
        Fresh::Epoch => {
            out.push(EPOCH);
            out.extend_from_slice(&state.epoch.to_be_bytes());
        }
    }
}

fn write_tag(tag: u64, out: &mut Vec<u8>) {
    let [_, _, _, rest @ ..] = tag.to_be_bytes();
    out.extend_from_slice(&rest);
}

/// Adds what a part says to a conversation.
///
/// # Errors
/// [`Integrity`](crate::ErrorKind::Integrity) where it is not a part, and
/// [`Conflict`](crate::ErrorKind::Conflict) where another value has a placeholder.
pub(super) fn read(state: &mut State, part: &[u8]) -> Result<(), Error> {
    let mut rest = Reader(part);
    while let Some(kind) = rest.byte() {
        record(state, kind, &mut rest).ok_or_else(damaged)??;
    }
    Ok(())
}

/// Reads one record. `None` where it is cut off or not one.
fn record(state: &mut State, kind: u8, rest: &mut Reader<'_>) -> Option<Result<(), Error>> {
    match kind {
        VALUE => {
            let tag = rest.tag()?;
            let seen = Seen::from_bits(rest.byte()?)?;
            let form = match rest.byte()? {
                0 => Form::Plain,
                1 => Form::Number,
                2 => Form::String,
                _ => return None,
            };
            let len = usize::from(rest.byte()?);
            let kind: Kind = str::from_utf8(rest.bytes(len)?).ok()?.parse().ok()?;
            let len = usize::try_from(u32::from_be_bytes(*rest.array()?)).ok()?;
            let value = str::from_utf8(rest.bytes(len)?).ok()?;
            let mapped = Mapped {
                tag,
                kind,
                form,
                value,
            };
            return Some(state.load_value(mapped, seen));
        }
        SEEN => {
            let tag = rest.tag()?;
            let seen = Seen::from_bits(rest.byte()?)?;
            state.seen.get_mut(&tag)?.merge(seen);
        }
        TAKEN => {
            state.map.take(rest.tag()?);
        }
        SENT => {
            let from: Digest = *rest.array()?;
            state.sent.insert(from, *rest.array()?);
        }
        ITEM => {
            let item: Digest = *rest.array()?;
            state.items.insert(item, *rest.array()?);
        }
        EPOCH => {
            let epoch = u32::from_be_bytes(*rest.array()?);
            state.epoch = state.epoch.max(epoch);
        }
        _ => return None,
    }
    Some(Ok(()))
}

struct Reader<'r>(&'r [u8]);

impl<'r> Reader<'r> {
    fn bytes(&mut self, len: usize) -> Option<&'r [u8]> {
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }

    fn array<const N: usize>(&mut self) -> Option<&'r [u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| *byte)
    }

    fn tag(&mut self) -> Option<u64> {
        let bytes: &[u8; 5] = self.array()?;
        Some(
            bytes
                .iter()
                .fold(0, |tag, byte| tag << 8 | u64::from(*byte)),
        )
    }
}
