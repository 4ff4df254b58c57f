//! Wrapping the data keys of secrets anew, many in one commit.

use super::SecretRef;
use super::ledger::Stamp;
use super::record::{self, HeadRecord, Version, name_of};
use super::rewrapped::Rewrapped;
use super::tenants::Held;
use super::vault::Inner;
use crate::seal::{Envelope, TenantKeys};
use crate::store::{Batch, Condition, Range, RecordKey, StoredRecord};
use crate::{Error, ErrorKind};

/// How many records are read at a time. An envelope has up to 64 KiB.
const PAGE: usize = 500;
/// From how many bytes on a commit takes no more records.
const BYTES: usize = 4 << 20;

/// Where it goes on: first through the records of secrets, by name, and then through
/// their versions.
pub(super) enum Cursor {
    Heads(Option<Vec<u8>>),
    Versions(Option<Vec<u8>>),
}

/// What became of a record.
enum Fresh {
    /// It needs nothing.
    Current,
    /// It is to be this.
    Changed(Vec<u8>),
    /// It is not authentic, or not what the log tells of.
    Rejected,
}

/// A record that is to be written.
struct Change {
    key: RecordKey,
    revision: u64,
    value: Vec<u8>,
}

impl Cursor {
    pub(super) fn parse(text: Option<&str>) -> Result<Self, Error> {
        let malformed = || Error::config("text is not where re-wrapping of secrets has come to");
        let Some(text) = text else {
            return Ok(Self::Heads(None));
        };
        let (kind, digits) = text.split_once(':').ok_or_else(malformed)?;
        let path = match digits {
            "" => None,
            digits => Some(bytes(digits).ok_or_else(malformed)?),
        };
        match kind {
            "secret" => Ok(Self::Heads(path)),
            "version" => Ok(Self::Versions(path)),
            _ => Err(malformed()),
        }
    }

    pub(super) fn to_text(&self) -> String {
        let (kind, path) = match self {
            Self::Heads(path) => ("secret", path),
            Self::Versions(path) => ("version", path),
        };
        let path = path.as_deref().unwrap_or_default();
        let digits = path.iter().map(|byte| format!("{byte:02x}"));
        format!("{kind}:{}", digits.collect::<String>())
    }

    fn range(&self, tenant: &str) -> Result<Range, Error> {
        let (range, after) = match self {
            Self::Heads(path) => (record::heads(tenant)?, path),
            Self::Versions(path) => (record::versions(tenant)?, path),
        };
        Ok(match after {
            Some(path) => range.after(path),
            None => range,
        })
    }

    /// Goes on behind a page; answers whether there is more.
    fn advance(&mut self, page: &[StoredRecord]) -> bool {
        let last = page.last().map(|record| record.key.path().to_vec());
        let is_full = page.len() == PAGE;
        match self {
            Self::Heads(_) if !is_full => {
                *self = Self::Versions(None);
                return true;
            }
            Self::Heads(path) => *path = last,
            Self::Versions(path) => *path = last.or(path.take()),
        }
        is_full
    }
}

/// Bytes of hexadecimal digits.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok();
    let bytes = pairs.iter().map(byte).collect::<Option<Vec<_>>>()?;
    rest.is_empty().then_some(bytes)
}

impl Inner {
    /// Sees to one page; answers whether there is more.
    pub(super) async fn rewrap_page(
        &self,
        tenant: &str,
        cursor: &mut Cursor,
        done: &mut Rewrapped,
    ) -> Result<bool, Error> {
        let read = self.ledger.stamp();
        let page = self.store.scan(&cursor.range(tenant)?, PAGE).await?;
        if page.is_empty() {
            return Ok(cursor.advance(&page));
        }
        // Behind the page, so that it is not older than what was wrapped under it.
        let held = self.tenants.load(tenant).await?;
        let held = held.ok_or_else(|| Error::not_found("the tenant has no key"))?;
        let are_versions = matches!(cursor, Cursor::Versions(_));
        let is_more = cursor.advance(&page);
        let mut changes = Vec::new();
        for record in page {
            let fresh = if are_versions {
                self.fresh_version(&held, &record).await?
            } else {
                self.fresh_head(&held, &record, read)?
            };
            match fresh {
                Fresh::Current => done.current += u64::from(are_versions),
                Fresh::Changed(value) => changes.push(Change {
                    key: record.key,
                    revision: record.revision,
                    value,
                }),
                Fresh::Rejected => {
                    let now = self.store.get(&record.key).await?;
                    if now.is_some_and(|now| now.revision == record.revision) {
                        done.rejected += 1;
                    } else {
                        done.overtaken += 1;
                    }
                }
            }
        }
        let mut changes = changes.into_iter().peekable();
        while changes.peek().is_some() {
            let mut size = 0;
            let mut part = Vec::new();
            while let Some(change) = changes.next_if(|_| size < BYTES) {
                size += change.value.len();
                part.push(change);
            }
            let written = self.write_rewrapped(&held, &part).await?;
            done.overtaken += part.len() as u64 - written;
            if are_versions {
                done.rewrapped += written;
            }
        }
        Ok(is_more)
    }

    /// Commits changes together, or one by one where somebody changed one of them.
    /// Returns how many were made.
    async fn write_rewrapped(&self, held: &Held, changes: &[Change]) -> Result<u64, Error> {
        match self.commit_rewrapped(held, changes).await {
            Ok(()) => return Ok(changes.len() as u64),
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            Err(error) => return Err(error),
        }
        let mut written = 0;
        for change in changes {
            match self
                .commit_rewrapped(held, std::slice::from_ref(change))
                .await
            {
                Ok(()) => written += 1,
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error),
            }
        }
        Ok(written)
    }

    async fn commit_rewrapped(&self, held: &Held, changes: &[Change]) -> Result<(), Error> {
        // The version of the key that they are under now must not be dropped.
        let place = TenantKeys::place(held.key.tenant())?;
        let mut batch = Batch::new().require(place, Condition::Revision(held.revision));
        for Change {
            key,
            revision,
            value,
        } in changes
        {
            batch = batch
                .require(key.clone(), Condition::Revision(*revision))
                .put(key.clone(), value.clone());
        }
        self.store.commit(batch).await?;
        Ok(())
    }
}

impl Inner {
    /// A head under the current version of the tenant's key, if it is the one that was
    /// written last.
    fn fresh_head(&self, held: &Held, record: &StoredRecord, read: Stamp) -> Result<Fresh, Error> {
        let (Ok(name), Ok(head)) = (name_of(record.key.path()), HeadRecord::parse(&record.value))
        else {
            return Ok(Fresh::Rejected);
        };
        let version = head.key_version();
        // One that was shredded or put back would come to life again.
        let Ok(found) = self.open_head(record, &name, held, read) else {
            return Ok(Fresh::Rejected);
        };
        if version.to_string() == held.key.current().as_str() {
            return Ok(Fresh::Current);
        }
        let (value, _) = found.head.to_record(&held.key, &name)?;
        Ok(Fresh::Changed(value))
    }

    /// A version under the current version of the tenant's key, if its secret has it. What
    /// was shredded and put back stays under the old one, and is lost with it.
    async fn fresh_version(&self, held: &Held, record: &StoredRecord) -> Result<Fresh, Error> {
        let fresh = rewrapped(held, record);
        let Fresh::Changed(_) = &fresh else {
            return Ok(fresh);
        };
        let tenant = record.key.tenant();
        let (id, version) = (
            record::version_of(record.key.path())?,
            Version::parse(&record.value)?,
        );
        Ok(match self.owns(tenant, &version.name, id).await? {
            Some(true) => fresh,
            Some(false) | None => Fresh::Rejected,
        })
    }
}

fn rewrapped(held: &Held, record: &StoredRecord) -> Fresh {
    let parts = record::version_of(record.key.path()).and_then(|(id, number)| {
        let version = Version::parse(&record.value)?;
        let secret = SecretRef::new(record.key.tenant(), &version.name, id);
        let context = version.context(&secret, number)?;
        let envelope = Envelope::parse(&version.envelope)?;
        Ok((version, context, envelope))
    });
    let Ok((version, context, envelope)) = parts else {
        return Fresh::Rejected;
    };
    let is_current = envelope.key_id() == held.key.id().as_str()
        && envelope.key_version() == held.key.current().as_str();
    if is_current {
        return match held.key.check(&version.envelope, &context) {
            Ok(()) => Fresh::Current,
            Err(_) => Fresh::Rejected,
        };
    }
    let Ok(envelope) = held.key.rewrap(&version.envelope, &context) else {
        return Fresh::Rejected;
    };
    let version = Version {
        envelope: envelope.into_bytes(),
        ..version
    };
    Fresh::Changed(version.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_written_and_read() {
        for text in ["secret:", "secret:616263", "version:", "version:00ff"] {
            assert_eq!(Cursor::parse(Some(text)).unwrap().to_text(), text);
        }
        for text in [
            "",
            "name",
            "secret:0",
            "secret:0g",
            "tenant:00",
            "version:+1",
        ] {
            assert!(Cursor::parse(Some(text)).is_err(), "{text}");
        }
    }
}
