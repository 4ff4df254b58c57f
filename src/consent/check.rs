//! Verifying chains, and holding them against the audit log.

use std::collections::HashMap;

use super::chain::{Held, verify_chains};
use super::ledger::SHRED;
use super::record::damaged;
use super::{Ledger, Verified};
use crate::Error;
use crate::audit::{self, Caller, DigestKind, Entry, Identifier, LogRecord, Outcome};
use crate::store::RecordKey;
use crate::taxonomy::Subject;

/// The action of the entry that accepts what the store holds of a chain.
const ACCEPT: &str = "consent.accept_restored";

/// What came of holding the chains of a tenant against the audit log.
///
/// Data subjects go by the digests that stand for them in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "what a check finds is no error"]
#[non_exhaustive]
pub struct TenantCheck {
    /// How many chains are there and are what was written.
    pub verified: Verified,
    /// Records that are not what was written: of a data subject, or the first receipt of a
    /// chain that has no such record.
    pub damaged: Vec<RecordKey>,
    /// Whose chain is gone without an entry that announces it.
    pub missing: Vec<Identifier>,
    /// Whose chain has fewer receipts than the log says, as a store has that was put back.
    pub reverted: Vec<Identifier>,
    /// Whose chain was shredded and is there again. Shred it once more: until then it permits
    /// what it did.
    pub revived: Vec<Identifier>,
}

impl TenantCheck {
    /// Returns whether nothing was found.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.damaged.is_empty()
            && self.missing.is_empty()
            && self.reverted.is_empty()
            && self.revived.is_empty()
    }
}

/// What the log tells of a chain.
#[derive(Debug, Default)]
struct Told {
    /// How many receipts it has at least.
    count: u64,
    /// How often it was announced, without an end that is known, that it is shredded.
    shreds: i64,
    is_shredded: bool,
}

impl Ledger {
    /// Verifies every chain of a tenant, and that no receipt is without its chain.
    ///
    /// It goes over all records of the tenant, and holds the keys of the first receipts.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where a chain is not what was written:
    /// [`check_tenant_log`](Self::check_tenant_log) tells which; and those of the store.
    /// Chains that change meanwhile are read again.
    pub async fn verify_tenant(&self, tenant: &str) -> Result<Verified, Error> {
        let (store, key) = (&*self.inner.store, &self.inner.key);
        match verify_chains(store, key, tenant, |_| ()).await? {
            (verified, none) if none.is_empty() => Ok(verified),
            _ => Err(damaged()),
        }
    }

    /// Holds the chain of a data subject against entries of the audit log: every
    /// receipt that the log says was recorded must be in its place. So a store that was
    /// put back to an earlier state is noticed.
    ///
    /// Give it all entries since the chain began. It returns how many of them were about
    /// receipts of this chain. A chain that was shredded, or taken away as a whole, has no
    /// entries that could be told to be its own:
    /// [`check_tenant_log`](Self::check_tenant_log) finds the second.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where a receipt is missing, and those
    /// of [`receipts`](Self::receipts).
    pub async fn check_log<'r>(
        &self,
        tenant: &str,
        subject: &Subject,
        entries: impl IntoIterator<Item = &'r LogRecord>,
    ) -> Result<u64, Error> {
        let place = self.place(tenant, subject)?;
        let Some(held) = self.load(&place).await? else {
            return Ok(0);
        };
        let own = held.key.log_subject();
        let mut count = 0;
        for LogRecord { entry, .. } in entries {
            let Some((_, number)) = recorded(entry).filter(|(subject, _)| **subject == own) else {
                continue;
            };
            let index = usize::try_from(number)
                .ok()
                .and_then(|number| number.checked_sub(1));
            let receipt = index.and_then(|index| held.receipts.get(index));
            let known = receipt.map(|receipt| held.key.log_receipt(receipt.id.as_bytes()));
            if known.as_ref() != entry.resource_id() {
                return Err(damaged());
            }
            count += 1;
        }
        Ok(count)
    }

    /// Verifies every chain of a tenant, as [`verify_tenant`](Self::verify_tenant) does, and
    /// holds them against entries of the audit log: every chain must be there, with all of
    /// its receipts, which the log says has some and does not announce to be shredded, and
    /// none that was shredded. It goes on behind what it finds.
    ///
    /// Give it all entries since the tenant's first receipt. A chain that is shredded between
    /// the reading of the entries and this call counts as missing: read them again then. It
    /// holds a digest of each data subject.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn check_tenant_log<'r>(
        &self,
        tenant: &str,
        entries: impl IntoIterator<Item = &'r LogRecord>,
    ) -> Result<TenantCheck, Error> {
        let own = self.inner.key.tenant(tenant);
        let entries = entries.into_iter().map(|record| &record.entry);
        let mut told = told(entries.filter(|entry| entry.tenant_id() == Some(&own)));
        let (mut reverted, mut revived) = (Vec::new(), Vec::new());
        let seen = |held: &Held| {
            let subject = held.key.log_subject();
            match told.remove(&subject) {
                Some(told) if told.is_shredded => revived.push(subject),
                Some(told) if told.count > held.chain.count => reverted.push(subject),
                _ => {}
            }
        };
        let (store, key) = (&*self.inner.store, &self.inner.key);
        let (verified, damaged) = verify_chains(store, key, tenant, seen).await?;
        let is_missing = |told: &Told| told.count > 0 && told.shreds <= 0 && !told.is_shredded;
        let missing = told.into_iter().filter(|(_, told)| is_missing(told));
        let mut missing: Vec<_> = missing.map(|(subject, _)| subject).collect();
        for found in [&mut missing, &mut reverted, &mut revived] {
            found.sort_unstable();
        }
        Ok(TenantCheck {
            verified,
            damaged,
            missing,
            reverted,
            revived,
        })
    }

    /// Accepts what the store holds of the chains of these data subjects, which
    /// [`check_tenant_log`](Self::check_tenant_log) found missing or reverted: after a
    /// backup was put back, or where nothing is left to put back. Later checks no longer
    /// report them. One that was shredded cannot be accepted.
    ///
    /// # Errors
    /// `Config` for what is no digest of a data subject, and those of the log.
    ///
    /// # Security
    /// What these persons objected to or opted out of may be lost. Ask them again before you
    /// use their data.
    pub async fn accept_restored(
        &self,
        caller: &Caller,
        tenant: &str,
        subjects: &[Identifier],
    ) -> Result<(), Error> {
        let mut entries = Vec::with_capacity(subjects.len());
        for subject in subjects {
            let Some((DigestKind::Subject, _)) = subject.as_digest() else {
                return Err(Error::config("identifier is no digest of a data subject"));
            };
            let entry = caller.attempts(ACCEPT)?.subject(subject.clone());
            let entry = entry.tenant(self.inner.key.tenant(tenant));
            entries.push(entry.with_outcome(Outcome::Succeeded));
        }
        if entries.is_empty() {
            return Ok(());
        }
        audit::append(&self.inner.log, &entries).await
    }
}

/// The data subject whose receipt an entry says was recorded, and the number of that.
fn recorded(entry: &Entry) -> Option<(&Identifier, u64)> {
    let number = entry.counts().find(|(name, _)| *name == "number");
    let (_, number) = number.filter(|_| entry.outcome() == Outcome::Succeeded)?;
    Some((entry.subject_id()?, number))
}

/// What entries about one tenant tell of the chains of its data subjects.
fn told<'e>(entries: impl Iterator<Item = &'e Entry>) -> HashMap<Identifier, Told> {
    let mut all: HashMap<Identifier, Told> = HashMap::new();
    for entry in entries {
        let Some(subject) = entry.subject_id() else {
            continue;
        };
        let told = all.entry(subject.clone()).or_default();
        match (entry.action().as_str(), entry.outcome()) {
            (Some(SHRED), Outcome::Attempted) => told.shreds += 1,
            (Some(SHRED), Outcome::Succeeded) => told.is_shredded = true,
            (Some(SHRED), _) => told.shreds -= 1,
            (Some(ACCEPT), Outcome::Succeeded) => told.count = 0,
            _ => {
                let number = recorded(entry).map(|(_, number)| number);
                told.count = told.count.max(number.unwrap_or_default());
            }
        }
    }
    all
}
