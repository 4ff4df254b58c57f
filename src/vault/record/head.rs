//! The record of a secret: all but its values.

use std::collections::BTreeMap;

use super::codec::{self, Reader, Writer, damaged};
use super::gaps::Gaps;
use crate::Error;
use crate::seal::{Context, TenantKey, record_digest};
use crate::taxonomy::Tenant;
use crate::time::Moment;

/// What the record of a secret says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::vault) struct Head {
    /// Drawn when it was put; part of what each value is sealed for.
    pub(in crate::vault) id: [u8; 16],
    /// 1 when it was put, and with each change one more than any number before.
    pub(in crate::vault) sequence: u64,
    pub(in crate::vault) created: Moment,
    /// The latest version; the first is 1.
    pub(in crate::vault) latest: u64,
    /// The versions before it that are gone. All others are there.
    pub(in crate::vault) shredded: Gaps,
    pub(in crate::vault) disabled: bool,
    /// From when on it is used no more, whatever its versions say.
    pub(in crate::vault) expires: Option<Moment>,
    pub(in crate::vault) connection: Option<Box<str>>,
    pub(in crate::vault) labels: BTreeMap<Box<str>, Box<str>>,
}

/// Which state of a secret it is: what the log names it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::vault) struct HeadState {
    pub(in crate::vault) sequence: u64,
    pub(in crate::vault) digest: [u8; 32],
}

/// A head as it lies in a store, which anybody may have written.
pub(in crate::vault) struct HeadRecord {
    head: Head,
    digest: [u8; 32],
    key_version: u32,
    tag: [u8; 32],
}

impl Head {
    /// The record, under the tag of the tenant's key.
    pub(in crate::vault) fn to_record(
        &self,
        key: &TenantKey,
        name: &str,
    ) -> Result<(Vec<u8>, HeadState), Error> {
        let mut record = self.content();
        let digest = record_digest(&record);
        let (version, tag) = key.tag(&self.context(key.tenant(), name, &digest)?)?;
        record.extend(version.to_be_bytes());
        record.extend(tag);
        let sequence = self.sequence;
        Ok((record, HeadState { sequence, digest }))
    }

    /// The same, with the number of one more change, above every number that is `known`.
    pub(in crate::vault) fn next(&self, known: u64) -> Result<Self, Error> {
        let sequence = self.sequence.max(known);
        let sequence = sequence.checked_add(1).ok_or_else(damaged)?;
        Ok(Self {
            sequence,
            ..self.clone()
        })
    }

    /// Counts one version more, above every number that is `known`: those in between
    /// belong to a past that was given up, and are gone.
    ///
    /// # Errors
    /// [`Limit`](crate::ErrorKind::Limit) for too many runs of versions that are gone.
    pub(in crate::vault) fn add_version(&mut self, known: u64) -> Result<(), Error> {
        let before = self.latest;
        let last = before.max(known);
        self.latest = last.checked_add(1).ok_or_else(damaged)?;
        if last > before {
            self.shredded.append(before + 1, last)?;
        }
        Ok(())
    }

    /// Whether there should be such a version.
    pub(in crate::vault) fn has(&self, version: u64) -> bool {
        (1..=self.latest).contains(&version) && !self.shredded.contains(version)
    }

    /// The versions that should be there.
    pub(in crate::vault) fn versions(&self) -> impl Iterator<Item = u64> {
        (1..=self.latest).filter(|number| !self.shredded.contains(*number))
    }

    fn content(&self) -> Vec<u8> {
        let mut out = codec::begin();
        out.raw(&self.id);
        out.number(self.sequence);
        out.moment(self.created);
        out.number(self.latest);
        out.list(self.shredded.runs().iter(), |out, (first, last)| {
            out.number(*first);
            out.number(*last);
        });
        out.flag(self.disabled);
        out.optional(self.expires, Writer::moment);
        out.text(self.connection.as_deref().unwrap_or_default());
        codec::write_labels(&mut out, &self.labels);
        out.into_bytes()
    }

    /// What the tag stands for: whose record it is, which, and all of it.
    fn context(&self, tenant: &str, name: &str, digest: &[u8; 32]) -> Result<Context, Error> {
        Context::builder(Tenant::new(tenant), name)
            .version(self.sequence)
            .kind("confidant.vault.head")
            .extra("id", &self.id)
            .extra("record", digest)
            .build()
    }
}

impl HeadRecord {
    pub(in crate::vault) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = codec::read(bytes)?;
        let head = Head {
            id: reader.array()?,
            sequence: reader.number()?,
            created: reader.moment()?,
            latest: reader.number()?,
            shredded: read_gaps(&mut reader)?,
            disabled: reader.flag()?,
            expires: reader.optional(Reader::moment)?,
            connection: Some(reader.text()?)
                .filter(|text| !text.is_empty())
                .map(Into::into),
            labels: codec::read_labels(&mut reader)?,
        };
        let content = bytes.len() - reader.rest().len();
        let content = bytes.get(..content).unwrap_or_default();
        let this = Self {
            digest: record_digest(content),
            key_version: u32::from_be_bytes(reader.array()?),
            tag: reader.array()?,
            head,
        };
        reader.end()?;
        let head = &this.head;
        let gone = head.shredded.last().unwrap_or_default();
        if head.sequence == 0 || head.latest == 0 || gone >= head.latest {
            return Err(damaged());
        }
        Ok(this)
    }

    /// The id that it claims to have.
    pub(in crate::vault) const fn claimed_id(&self) -> &[u8; 16] {
        &self.head.id
    }

    /// The version of the tenant's key under which it claims to be tagged.
    pub(in crate::vault) const fn key_version(&self) -> u32 {
        self.key_version
    }

    /// What it says, if the tenant's key has tagged it for this name.
    pub(in crate::vault) fn open(
        self,
        key: &TenantKey,
        name: &str,
    ) -> Result<(Head, HeadState), Error> {
        let context = self.head.context(key.tenant(), name, &self.digest)?;
        if !key.has_tagged(self.key_version, &self.tag, &context) {
            return Err(damaged());
        }
        let (sequence, digest) = (self.head.sequence, self.digest);
        Ok((self.head, HeadState { sequence, digest }))
    }
}

fn read_gaps(reader: &mut Reader<'_>) -> Result<Gaps, Error> {
    let runs = reader.list(|reader| Ok((reader.number()?, reader.number()?)))?;
    Gaps::new(runs).ok_or_else(damaged)
}
