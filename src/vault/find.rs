//! Finding records, and checking them before they are used.

use super::SecretRef;
use super::fault::RecordFault;
use super::ledger::{Absence, Stamp, Standing};
use super::record::{self, Head, HeadRecord, Version};
use super::tenants::Held;
use super::vault::Inner;
use crate::secret::Secret;
use crate::store::StoredRecord;
use crate::{Error, ErrorKind};

/// How often something is read again that others change at the same time.
pub(super) const MOST: u32 = 8;

/// The record of a secret: it is authentic, and what the log tells of.
pub(super) struct Found {
    pub(super) head: Head,
    pub(super) revision: u64,
    /// The key of the tenant.
    pub(super) held: Held,
}

impl Inner {
    /// The record of a secret; the one that was meant, not another of its name.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) where there is none,
    /// [`Integrity`](ErrorKind::Integrity) where it is not what was written last.
    pub(super) async fn find(&self, secret: &SecretRef) -> Result<Found, Error> {
        let found = self.find_named(secret.tenant(), secret.name()).await?;
        match found.filter(|found| found.head.id == *secret.id()) {
            Some(found) => Ok(found),
            None => Err(self.absent(secret).await?),
        }
    }

    /// The record of the secret that has a name now, if there is one.
    pub(super) async fn find_named(
        &self,
        tenant: &str,
        name: &str,
    ) -> Result<Option<Found>, Error> {
        match self.inspect(tenant, name).await? {
            Inspected::Absent => Ok(None),
            Inspected::Found(found) => Ok(Some(found)),
            Inspected::Faulty(fault) => Err(refuse(fault)),
        }
    }

    /// Looks at the record that a name has now.
    pub(super) async fn inspect(&self, tenant: &str, name: &str) -> Result<Inspected, Error> {
        let place = record::head_key(tenant, name)?;
        let mut tried: Option<u64> = None;
        for _ in 0..MOST {
            let stamp = self.ledger.stamp();
            let Some(record) = self.store.get(&place).await? else {
                return Ok(Inspected::Absent);
            };
            // Behind the head, so that the key is not older than the tag.
            let held = self.tenants.load(tenant).await?;
            let held = held.ok_or_else(crate::seal::rejected)?;
            match self.open_head(&record, name, &held, stamp) {
                Ok(found) => return Ok(Inspected::Found(found)),
                // It may have been wrapped anew or shredded since it was read.
                Err(_) if tried != Some(record.revision) => tried = Some(record.revision),
                Err(fault) => return Ok(Inspected::Faulty(fault)),
            }
        }
        Err(restless())
    }

    /// Whether a secret still has a version that lies in the store. What is not authentic
    /// says neither, and nothing is returned.
    pub(super) async fn owns(
        &self,
        tenant: &str,
        name: &str,
        (id, number): ([u8; 16], u64),
    ) -> Result<Option<bool>, Error> {
        Ok(match self.inspect(tenant, name).await? {
            Inspected::Found(found) => Some(found.head.id == id && found.head.has(number)),
            Inspected::Faulty(RecordFault::Revived) => Some(false),
            // One that was put back lives, and so may one that is gone without a reason.
            Inspected::Faulty(_) => None,
            Inspected::Absent => match self.ledger.no_head(&id).await? {
                Absence::Plausible => Some(false),
                Absence::Unexplained => None,
            },
        })
    }

    /// The head that a record is, if it is authentic and the log says nothing against
    /// it.
    pub(super) fn open_head(
        &self,
        record: &StoredRecord,
        name: &str,
        held: &Held,
        read: Stamp,
    ) -> Result<Found, RecordFault> {
        let opened = HeadRecord::parse(&record.value).and_then(|head| head.open(&held.key, name));
        let (head, state) = opened.map_err(|_| RecordFault::Altered)?;
        match self.ledger.head(&head.id, state, read) {
            Standing::Good => Ok(Found {
                head,
                revision: record.revision,
                held: held.clone(),
            }),
            Standing::Foreign => Err(RecordFault::Altered),
            Standing::Reverted => Err(RecordFault::Reverted),
            Standing::Revived => Err(RecordFault::Revived),
        }
    }

    /// What the record of a secret becomes with one more change.
    pub(super) fn next_head(&self, found: &Found) -> Result<Head, Error> {
        let known = self.ledger.highest(&found.head.id).sequence;
        found.head.next(known)
    }

    /// Why there is no such secret.
    #[cold]
    async fn absent(&self, secret: &SecretRef) -> Result<Error, Error> {
        Ok(match self.ledger.no_head(secret.id()).await? {
            Absence::Plausible => missing(),
            Absence::Unexplained => Error::message(
                ErrorKind::Integrity,
                "record of a secret is gone, and the log does not say why",
            ),
        })
    }

    /// The latest version of a secret, whose terms its envelope is known to be sealed
    /// for. What was found is brought up to date.
    pub(super) async fn checked_version(
        &self,
        secret: &SecretRef,
        found: &mut Found,
    ) -> Result<Version, Error> {
        let number = found.head.latest;
        let read = |held: &Held, version: &Version| {
            let context = version.context(secret, number)?;
            held.key.check(&version.envelope, &context)
        };
        let (version, ()) = self.read_version(secret, found, number, read).await?;
        Ok(version)
    }

    /// Decrypts one version of a secret, where `allows` does, which is asked once it is
    /// known that the terms are those that the value was sealed for.
    pub(super) async fn decrypt(
        &self,
        secret: &SecretRef,
        found: &mut Found,
        number: u64,
        allows: &(dyn Fn(&Version) -> Result<(), Error> + Send + Sync),
    ) -> Result<Secret<[u8]>, Error> {
        let read = |held: &Held, version: &Version| {
            let context = version.context(secret, number)?;
            let allows = || allows(version);
            held.key.open_if(&version.envelope, &context, allows)
        };
        let (_, value) = self.read_version(secret, found, number, read).await?;
        Ok(value)
    }

    /// Reads one version of a secret, and once more where its key was changed or it was
    /// shredded at the same time.
    async fn read_version<T>(
        &self,
        secret: &SecretRef,
        found: &mut Found,
        number: u64,
        read: impl Fn(&Held, &Version) -> Result<T, Error>,
    ) -> Result<(Version, T), Error> {
        let place = record::version_key(secret.tenant(), secret.id(), number)?;
        for _ in 0..MOST {
            if !found.head.has(number) {
                return Err(missing());
            }
            let result = match self.store.get(&place).await? {
                Some(record) => Version::parse(&record.value).and_then(|version| {
                    if *version.name != *secret.name() {
                        return Err(record::damaged());
                    }
                    let read = read(&found.held, &version)?;
                    Ok((version, read))
                }),
                None => Err(lost()),
            };
            let error = match result {
                Err(error) if matches!(error.kind(), ErrorKind::Integrity | ErrorKind::Open) => {
                    error
                }
                result => return result,
            };
            let again = self.find(secret).await?;
            let is_same =
                again.revision == found.revision && again.held.digest == found.held.digest;
            *found = again;
            if is_same {
                return Err(error);
            }
        }
        Err(restless())
    }
}

/// Others, or a store that answers anything, change it faster than it can be read.
#[cold]
pub(super) fn restless() -> Error {
    let what = "a secret is changed again and again";
    Error::message(ErrorKind::Conflict, what)
}

/// What is under a name.
pub(super) enum Inspected {
    Absent,
    Found(Found),
    Faulty(RecordFault),
}

#[cold]
fn refuse(fault: RecordFault) -> Error {
    let what = match fault {
        RecordFault::Reverted => "record of a secret is older than the log says",
        RecordFault::Revived => "record of a secret was shredded, and is back",
        _ => return record::damaged(),
    };
    Error::message(ErrorKind::Integrity, what)
}

/// There is no such secret, or it is another one by now.
#[cold]
pub(super) fn missing() -> Error {
    Error::not_found("no such secret, or no such version of it")
}

/// There is no such version, though its secret has it.
#[cold]
pub(super) fn lost() -> Error {
    let what = "version of a secret is gone, and was not shredded";
    Error::message(ErrorKind::Integrity, what)
}
