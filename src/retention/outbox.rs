//! Receipts that are stored with a deletion until the log has them.

use sha2::{Digest as _, Sha256};

use super::authentic;
use super::format::{self, Writer};
use super::hold_book::HoldBook;
use super::told::BATCH;
use crate::audit::{self, DigestKind, Entry, Identifier, Outcome};
use crate::random::random;
use crate::store::{Batch, Condition, RecordKey, Store, Tries};
use crate::taxonomy::Tenant;
use crate::{Error, ErrorKind};

const OUTBOX: &str = "confidant.retention.outbox";
const WHAT: &str = "a deletion";

/// What one commit deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outbox {
    name: Identifier,
    /// Drawn at random for each commit.
    number: u64,
    receipts: Vec<ErasureReceipt>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ErasureReceipt {
    digest: [u8; 32],
    clause: Option<Identifier>,
}

impl Outbox {
    /// The receipts of these entries, each of which names one record.
    pub(super) fn new(name: &Identifier, entries: &[Entry]) -> Result<Self, Error> {
        let receipts = entries.iter().map(|entry| {
            let digest = entry.resource_id().and_then(Identifier::as_digest);
            let (_, digest) = digest.ok_or_else(|| format::damaged(WHAT))?;
            Ok(ErasureReceipt {
                digest: *digest,
                clause: entry.purpose_id().cloned(),
            })
        });
        let mut number = [0; 8];
        random(&mut number)?;
        Ok(Self {
            name: name.clone(),
            number: u64::from_be_bytes(number),
            receipts: receipts.collect::<Result<_, Error>>()?,
        })
    }

    /// The one that was left behind, if there is one, with its revision. One that is not what
    /// was written is taken away, which the log is told: its receipts are lost, and what was
    /// about to be deleted stands in the log.
    pub(super) async fn load(
        book: &HoldBook,
        name: &Identifier,
    ) -> Result<Option<(Self, u64)>, Error> {
        let key = key(name)?;
        let Some(record) = book.store.get(&key).await? else {
            return Ok(None);
        };
        let read = authentic::verified(&book.log_key, &key, &record.value, WHAT);
        match read.and_then(|body| Self::parse(name, body)) {
            Ok(outbox) => return Ok(Some((outbox, record.revision))),
            Err(error) if error.kind() != ErrorKind::Integrity => return Err(error),
            Err(_) => {}
        }
        let entry = Entry::new(Identifier::new("retention.damaged")?, Outcome::Denied)
            .scope(name.clone())
            .digest(Sha256::digest(&record.value).into());
        audit::append(&book.log, &[entry]).await?;
        let batch = Batch::new().require(key.clone(), Condition::Revision(record.revision));
        book.store.commit(batch.delete(key)).await?;
        Ok(None)
    }

    /// The entries that say what was deleted, and that it is told of late.
    pub(super) fn entries(&self, actor: &Identifier) -> Result<Vec<Entry>, Error> {
        let entries = self.receipts.iter().map(|receipt| {
            let digest = Identifier::from_digest(DigestKind::Log, receipt.digest);
            let entry = Entry::new(Identifier::new("retention.delete")?, Outcome::Succeeded)
                .actor(actor.clone())
                .scope(self.name.clone())
                .resource(digest)
                .count("recovered", 1)?;
            Ok(match &receipt.clause {
                Some(clause) => entry.purpose(clause.clone()),
                None => entry,
            })
        });
        entries.collect()
    }

    /// The entry behind them, which says that the log has them all.
    pub(super) fn told(&self, actor: &Identifier) -> Result<Entry, Error> {
        Entry::new(Identifier::new("retention.batch")?, Outcome::Succeeded)
            .actor(actor.clone())
            .scope(self.name.clone())
            .count(BATCH, self.number)
    }

    /// Whether the log has them already.
    pub(super) async fn is_told(&self, book: &HoldBook) -> Result<bool, Error> {
        book.told.follow(&book.log).await?;
        Ok(book.told.has_batch(self.number))
    }

    /// Commits a batch together with this, and returns the revision. Where an answer is
    /// lost, this says whether it happened.
    pub(super) async fn commit(&self, book: &HoldBook, batch: Batch) -> Result<u64, Error> {
        let (key, store) = (key(&self.name)?, &book.store);
        let value = authentic::signed(&book.log_key, &key, self.to_bytes());
        let batch = batch
            .require(key.clone(), Condition::Absent)
            .put(key.clone(), value.clone());
        let mut tries = Tries::default();
        loop {
            let attempt = async {
                if tries.in_doubt()
                    && let Some(record) = store.get(&key).await?
                    && record.value == value
                {
                    return Ok(record.revision);
                }
                store.commit(batch.clone()).await
            };
            let attempt = attempt.await;
            if let Err(error) = &attempt
                && error.kind() == ErrorKind::Conflict
                && !tries.in_doubt()
            {
                return attempt;
            }
            if let Some(revision) = tries.ended(attempt)? {
                return Ok(revision);
            }
        }
    }

    /// Takes it away when the log has all of it.
    pub(super) async fn remove(&self, store: &dyn Store, revision: u64) -> Result<(), Error> {
        let key = key(&self.name)?;
        let batch = Batch::new()
            .require(key.clone(), Condition::Revision(revision))
            .delete(key.clone());
        match store.commit(batch).await {
            Ok(_) => Ok(()),
            // It is gone, or is told of once more.
            Err(error) if error.kind() == ErrorKind::InDoubt => {
                if store.get(&key).await?.is_none() {
                    Ok(())
                } else {
                    Err(error)
                }
            }
            Err(error) => Err(error),
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut out = format::begin();
        out.number(self.number);
        out.list(self.receipts.iter(), |out, receipt| {
            out.raw(&receipt.digest);
            let clause = receipt.clause.as_ref().and_then(Identifier::as_str);
            out.optional(clause, Writer::text);
        });
        out.into_bytes()
    }

    fn parse(name: &Identifier, bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = format::read(bytes, || format::damaged(WHAT))?;
        let number = reader.number()?;
        let receipts = reader.list(|reader| {
            Ok(ErasureReceipt {
                digest: reader.array()?,
                clause: reader.optional(|reader| reader.named(Identifier::new))?,
            })
        })?;
        reader.end()?;
        Ok(Self {
            name: name.clone(),
            number,
            receipts,
        })
    }
}

fn key(name: &Identifier) -> Result<RecordKey, Error> {
    RecordKey::new(Tenant::NONE, OUTBOX, name.as_str().unwrap_or_default())
}

/// Reads bytes as an outbox, and writes it anew where they are one.
#[cfg(all(feature = "rights", any(test, fuzzing)))]
pub(super) fn rewritten(bytes: &[u8]) -> Option<Vec<u8>> {
    let name = Identifier::new("name").ok()?;
    Some(Outbox::parse(&name, bytes).ok()?.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_read_as_they_were_written_and_in_no_other_way() {
        let name = Identifier::new("vault").unwrap();
        let outbox = Outbox {
            name: name.clone(),
            number: 7,
            receipts: vec![
                ErasureReceipt {
                    digest: [1; 32],
                    clause: Some(Identifier::new("CC-44").unwrap()),
                },
                ErasureReceipt {
                    digest: [2; 32],
                    clause: None,
                },
            ],
        };
        let bytes = outbox.to_bytes();
        assert_eq!(Outbox::parse(&name, &bytes).unwrap(), outbox);
        for end in 0..bytes.len() {
            let error = Outbox::parse(&name, &bytes[..end]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity, "{end}");
        }
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut other = bytes.clone();
                other[at] ^= 1 << bit;
                if let Ok(read) = Outbox::parse(&name, &other) {
                    assert_eq!(read.to_bytes(), other, "{at}");
                }
            }
        }
    }
}
