//! Entries as bytes: version 1.
//!
//! `version u8 ‖ outcome u8 ‖ seconds i64 ‖ nanoseconds u32 ‖ behind u64`, then
//! fields in the order of their tags, each `tag u8 ‖ length u16 ‖ bytes`; numbers
//! are big-endian. Every entry has one form only, and the parser takes no other.

use std::time::Duration;

use super::identifier::{check, check_name};
use super::{DigestKind, Entry, Identifier, LogRecord, Outcome};
use crate::Error;
use crate::error::AuditCause;
use crate::time::Moment;

/// The version of entries that this version of the crate writes.
pub(in crate::audit) const VERSION: u8 = 1;
const HEADER: usize = 22;

const ACTION: u8 = 1;
const COUNTS: u8 = 10;
const STATEMENT: u8 = 11;
const INSTANCE: u8 = 12;
const DIGEST: u8 = 13;
const MOMENT: u8 = 14;

const PLAIN: u8 = 0;
const LOG_DIGEST: u8 = 1;
const SUBJECT_DIGEST: u8 = 2;

/// An entry as bytes, whose time is still to be set.
#[derive(Clone, Debug)]
pub(in crate::audit) struct Encoded {
    bytes: Vec<u8>,
}

impl Encoded {
    pub(in crate::audit) fn new(entry: &Entry) -> Result<Self, Error> {
        let mut bytes = Vec::with_capacity(256);
        bytes.push(VERSION);
        bytes.push(match entry.outcome {
            Outcome::Attempted => 0,
            Outcome::Denied => 1,
            Outcome::Failed => 2,
            Outcome::Succeeded => 3,
        });
        bytes.resize(HEADER, 0);
        let ids = [
            Some(&entry.action),
            entry.actor.as_ref(),
            entry.tenant.as_ref(),
            entry.subject.as_ref(),
            entry.resource.as_ref(),
            entry.purpose.as_ref(),
            entry.request.as_ref(),
            entry.client.as_ref(),
            entry.scope.as_ref(),
        ];
        for (tag, id) in (ACTION..).zip(ids) {
            if let Some(id) = id {
                field(&mut bytes, tag, |bytes| write_id(bytes, id))?;
            }
        }
        if !entry.counts.is_empty() {
            field(&mut bytes, COUNTS, |bytes| {
                for (name, count) in &entry.counts {
                    bytes.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
                    bytes.extend_from_slice(name.as_bytes());
                    bytes.extend_from_slice(&count.to_be_bytes());
                }
            })?;
        }
        if let Some(statement) = &entry.statement {
            field(&mut bytes, STATEMENT, |bytes| {
                bytes.extend_from_slice(statement.as_bytes());
            })?;
        }
        if let Some(id) = &entry.instance {
            field(&mut bytes, INSTANCE, |bytes| write_id(bytes, id))?;
        }
        if let Some(digest) = &entry.digest {
            field(&mut bytes, DIGEST, |bytes| bytes.extend_from_slice(digest))?;
        }
        if let Some(moment) = entry.moment {
            field(&mut bytes, MOMENT, |bytes| {
                bytes.extend_from_slice(&moment.unix_seconds().to_be_bytes());
                bytes.extend_from_slice(&nanoseconds_within(moment).to_be_bytes());
            })?;
        }
        if bytes.len() > Entry::MAX {
            return Err(Error::limit("audit entry", Entry::MAX as u64));
        }
        Ok(Self { bytes })
    }

    /// The plain id of the action, where the entry has one.
    pub(in crate::audit) fn action_of(entry: &[u8]) -> Option<&[u8]> {
        let (head, rest) = entry.get(HEADER..)?.split_first_chunk()?;
        let [ACTION, high, low, PLAIN] = *head else {
            return None;
        };
        let len = usize::from(u16::from_be_bytes([high, low]));
        rest.get(..len.checked_sub(1)?)
    }

    /// Sets the time, and by how much the clock lies behind it.
    pub(in crate::audit) fn set_time(
        &mut self,
        time: Moment,
        behind: Duration,
    ) -> Result<(), Error> {
        let nanos = nanoseconds_within(time);
        let behind = u64::try_from(behind.as_nanos());
        let behind = behind.map_err(|_| Error::limit("nanoseconds behind", u64::MAX))?;
        if let Some(time_and_behind) = self.bytes.get_mut(2..HEADER) {
            let (at, rest) = time_and_behind.split_at_mut(8);
            let (within, after) = rest.split_at_mut(4);
            at.copy_from_slice(&time.unix_seconds().to_be_bytes());
            within.copy_from_slice(&nanos.to_be_bytes());
            after.copy_from_slice(&behind.to_be_bytes());
        }
        Ok(())
    }

    pub(in crate::audit) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(in crate::audit) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// The nanoseconds past the whole second.
fn nanoseconds_within(moment: Moment) -> u32 {
    moment.unix_nanoseconds().rem_euclid(1_000_000_000) as u32
}

fn field(bytes: &mut Vec<u8>, tag: u8, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), Error> {
    bytes.push(tag);
    let at = bytes.len();
    bytes.extend([0, 0]);
    write(bytes);
    let len = bytes.len() - at - 2;
    let len = u16::try_from(len).map_err(|_| Error::limit("audit entry", Entry::MAX as u64))?;
    if let Some(place) = bytes.get_mut(at..at + 2) {
        place.copy_from_slice(&len.to_be_bytes());
    }
    Ok(())
}

fn write_id(bytes: &mut Vec<u8>, id: &Identifier) {
    match (id.as_str(), id.as_digest()) {
        (Some(id), _) => {
            bytes.push(PLAIN);
            bytes.extend_from_slice(id.as_bytes());
        }
        (None, Some((kind, digest))) => {
            bytes.push(match kind {
                DigestKind::Log => LOG_DIGEST,
                DigestKind::Subject => SUBJECT_DIGEST,
            });
            bytes.extend_from_slice(digest);
        }
        (None, None) => {}
    }
}

/// Where the parser stands.
struct Reader<'a> {
    rest: &'a [u8],
    len: usize,
    /// Whether ids are checked and not kept.
    only_checks: bool,
}

impl<'a> Reader<'a> {
    /// The place of what comes next.
    fn place(&self) -> usize {
        self.len - self.rest.len()
    }

    fn fails(&self, what: &'static str) -> Error {
        failed(what, self.place())
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let Some((taken, rest)) = self.rest.split_at_checked(len) else {
            return Err(self.fails("ends too early"));
        };
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let Some((taken, rest)) = self.rest.split_first_chunk() else {
            return Err(self.fails("ends too early"));
        };
        self.rest = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Result<u8, Error> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    fn text(&mut self, len: usize) -> Result<&'a str, Error> {
        let at = self.place();
        str::from_utf8(self.take(len)?).map_err(|_| failed("has text that is not UTF-8", at))
    }

    /// A field's bytes, as a reader of their own that knows its place.
    fn within(&mut self, len: usize) -> Result<Self, Error> {
        let begin = self.place();
        let rest = self.take(len)?;
        Ok(Self {
            rest,
            len: begin + rest.len(),
            only_checks: self.only_checks,
        })
    }

    fn id(mut self) -> Result<Identifier, Error> {
        let kind = match self.byte()? {
            PLAIN => {
                let at = self.place();
                let id = self.text(self.rest.len())?;
                let malformed = |_| failed("has an id that is not a plain one", at);
                if self.only_checks {
                    check(id).map_err(malformed)?;
                    return Ok(Identifier::unread());
                }
                return Identifier::new(id).map_err(malformed);
            }
            LOG_DIGEST => DigestKind::Log,
            SUBJECT_DIGEST => DigestKind::Subject,
            _ => return Err(self.fails("has an id of unknown form")),
        };
        let only_checks = self.only_checks;
        let digest = self.digest()?;
        Ok(if only_checks {
            Identifier::unread()
        } else {
            Identifier::from_digest(kind, digest)
        })
    }

    fn digest(mut self) -> Result<[u8; 32], Error> {
        let digest = self.array()?;
        if !self.rest.is_empty() {
            return Err(self.fails("has a digest of another length"));
        }
        Ok(digest)
    }

    fn moment(&mut self) -> Result<Moment, Error> {
        let at = self.place();
        let odd = || failed("has a time out of bounds", at);
        let seconds = i64::from_be_bytes(self.array()?);
        let nanos = u32::from_be_bytes(self.array()?);
        if nanos > 999_999_999 {
            return Err(odd());
        }
        let moment = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        Moment::from_unix_nanoseconds(moment).map_err(|_| odd())
    }

    fn counts(mut self, entry: &mut Entry) -> Result<(), Error> {
        if self.rest.is_empty() {
            return Err(self.fails("has no counts where they should be"));
        }
        while !self.rest.is_empty() {
            let at = self.place();
            let len = usize::from(self.byte()?);
            let name = self.text(len)?;
            let count = u64::from_be_bytes(self.array()?);
            let last = entry.counts.last_key_value().map(|(name, _)| &**name);
            let full = entry.counts.len() == Entry::MAX_COUNTS;
            if last.is_some_and(|last| last >= name)
                || full
                || len > Entry::MAX_COUNT_NAME
                || check_name(name).is_err()
            {
                return Err(failed("has counts out of order or of wrong names", at));
            }
            entry.counts.insert(name.into(), count);
        }
        Ok(())
    }
}

#[cold]
fn failed(what: &'static str, at: usize) -> Error {
    AuditCause::Entry { what, at }.into()
}

pub(super) fn parse(index: u64, bytes: &[u8]) -> Result<LogRecord, Error> {
    read(index, bytes, false)
}

/// The time of an entry, and by how much the clock lay behind it, where the bytes are
/// an entry.
pub(super) fn times(bytes: &[u8]) -> Result<(Moment, Duration), Error> {
    let record = read(0, bytes, true)?;
    Ok((record.time, record.behind))
}

fn read(index: u64, bytes: &[u8], only_checks: bool) -> Result<LogRecord, Error> {
    let len = bytes.len();
    if len > Entry::MAX {
        return Err(Error::limit("audit entry", Entry::MAX as u64));
    }
    let mut reader = Reader {
        rest: bytes,
        len,
        only_checks,
    };
    if reader.byte()? != VERSION {
        return Err(AuditCause::Entry {
            what: "has an unknown version",
            at: 0,
        }
        .into());
    }
    let outcome = match reader.byte()? {
        0 => Outcome::Attempted,
        1 => Outcome::Denied,
        2 => Outcome::Failed,
        3 => Outcome::Succeeded,
        _ => {
            return Err(AuditCause::Entry {
                what: "has an unknown outcome",
                at: 1,
            }
            .into());
        }
    };
    let time = reader.moment()?;
    let behind = Duration::from_nanos(u64::from_be_bytes(reader.array()?));
    let entry = parse_fields(reader, outcome)?;
    Ok(LogRecord {
        index,
        time,
        behind,
        entry,
    })
}

fn parse_fields(mut reader: Reader<'_>, outcome: Outcome) -> Result<Entry, Error> {
    let at = reader.place();
    if reader.byte()? != ACTION {
        return Err(failed("has no action", at));
    }
    let len = usize::from(u16::from_be_bytes(reader.array()?));
    let mut entry = Entry::new(reader.within(len)?.id()?, outcome);
    let mut last = ACTION;
    while !reader.rest.is_empty() {
        let at = reader.place();
        let unknown = || failed("has a field that is unknown or out of order", at);
        let tag = reader.byte()?;
        let len = usize::from(u16::from_be_bytes(reader.array()?));
        let mut field = reader.within(len)?;
        if tag <= last {
            return Err(unknown());
        }
        last = tag;
        let part = match tag {
            2 => &mut entry.actor,
            3 => &mut entry.tenant,
            4 => &mut entry.subject,
            5 => &mut entry.resource,
            6 => &mut entry.purpose,
            7 => &mut entry.request,
            8 => &mut entry.client,
            9 => &mut entry.scope,
            COUNTS => {
                field.counts(&mut entry)?;
                continue;
            }
            STATEMENT => {
                let text = field.text(len)?;
                entry = entry.with_statement(text)?;
                continue;
            }
            INSTANCE => &mut entry.instance,
            DIGEST => {
                entry.digest = Some(field.digest()?);
                continue;
            }
            MOMENT => {
                entry.moment = Some(field.moment()?);
                if !field.rest.is_empty() {
                    return Err(field.fails("has a moment of another length"));
                }
                continue;
            }
            _ => return Err(unknown()),
        };
        *part = Some(field.id()?);
    }
    Ok(entry)
}
