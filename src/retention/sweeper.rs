//! Erasing what a store of this crate keeps when its time has come.

use std::fmt;
use std::sync::Arc;

use super::brakes::{Brakes, RunConfirmation};
use super::disposition::Disposition;
use super::found::{Found, ReadRecord};
use super::history::History;
use super::hold_book::{HoldBook, Loaded};
use super::outbox::Outbox;
use super::plan::Tally;
use super::record::Record;
use super::run_record::LastRun;
use super::told::AT;
use super::verdict::Status;
use crate::audit::{self, Caller, Entry, Identifier, Outcome, Trail};
use crate::error::{Error, ErrorKind, RetentionCause};
use crate::store::{Batch, Condition, MAX_PAGE, Range, RecordKey, StoredRecord};
use crate::taxonomy::{Subject, Tenant};
use crate::time::Moment;

/// How many records are read at once.
const PAGE: usize = 500;
/// How many are erased in one commit.
const BATCH: usize = 64;
/// How often a batch is looked at anew when it was overtaken.
const LOOKS: u32 = 3;

/// Erases the records of a [`Store`](crate::store::Store) when its schedule demands it:
/// the versions of a vault, consent receipts, placeholder maps, or any other collection
/// whose records a function can read.
///
/// A run first counts, and goes no further where the [brakes](Brakes) say so. Then, some
/// records at a time, it appends the intent for each to the audit log, deletes them in
/// one commit, on the condition that neither they nor any hold has changed, and appends
/// a receipt for each. A run that was killed is followed by another: what was deleted and
/// not told of is told of then, and nothing is deleted twice.
///
/// It deletes; where a clause shreds a key, the record is taken for the key. What asks
/// for another action is [counted](SweepReport::skipped) and left as it is.
///
/// # Security
/// The log holds digests of records, under its key.
#[derive(Clone)]
pub struct Sweeper {
    pub(super) parts: Arc<Parts>,
}

pub(super) struct Parts {
    pub(super) name: Identifier,
    pub(super) actor: Identifier,
    pub(super) book: HoldBook,
    pub(super) history: History,
    pub(super) brakes: Brakes,
    pub(super) collections: Vec<Collection>,
}

#[derive(Clone)]
pub(super) struct Collection {
    pub(super) name: Box<str>,
    pub(super) prefix: Box<[u8]>,
    pub(super) reader: Arc<dyn ReadRecord>,
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SweepReport {
    /// How many records there were before, and how they stood.
    pub tally: Tally,
    /// How many records were deleted.
    pub erased: u64,
    /// How many deletions of an earlier run were told of that nobody had been told of.
    pub recovered: u64,
    /// How many records ask for an action other than to delete, or for a notice first, or
    /// would take a record along that is on hold.
    pub skipped: u64,
    /// How many records were changed by others again and again, and are left for the next
    /// run.
    pub overtaken: u64,
}

/// A record that is to be deleted.
struct Doomed {
    key: RecordKey,
    revision: u64,
    also: Vec<Range>,
    clause: Option<Identifier>,
}

impl Sweeper {
    /// Erases what is due at `now`.
    ///
    /// # Errors
    /// [`Refused`](ErrorKind::Refused) where the clock or the number of records would
    /// need a confirmation, which the log shows;
    /// [`Conflict`](ErrorKind::Conflict) where another run of this name has begun
    /// meanwhile; what the reader returns for a record that it cannot read, so that none
    /// is passed over; those of the store and the log. After each of them, run it again.
    pub async fn run(
        &self,
        now: Moment,
        confirmation: Option<&RunConfirmation>,
    ) -> Result<SweepReport, Error> {
        let parts = &*self.parts;
        let mut report = SweepReport {
            recovered: parts.flush().await?,
            ..SweepReport::default()
        };
        let last = LastRun::load(&parts.book, &parts.name).await?;
        let skew = parts
            .history
            .latest()
            .map(super::Schedule::skew)
            .unwrap_or_default();
        let clock = parts.brakes.check_clock(last.at(), now, skew, confirmation);
        parts.or_tell(clock, confirmation).await?;
        let loaded = parts.book.loaded().await?;
        report.tally = parts.tally(&loaded, now).await?;
        let share = parts.brakes.check_share(&report.tally, now, confirmation);
        parts.or_tell(share, confirmation).await?;
        let trail = parts.trail("sweep", confirmation)?;
        let trail = trail.count("records", report.tally.records)?;
        let trail = trail.count("due", report.tally.erasures)?;
        let trail = trail.count(AT, u64::try_from(now.unix_seconds()).unwrap_or_default())?;
        trail.attempt().await?;
        last.advance(&parts.book, now, skew).await?;
        let allowed = parts
            .brakes
            .allowed(report.tally.records, now, confirmation);
        let swept = parts.erase_all(loaded, now, allowed, &mut report).await;
        let trail = trail.count("erased", report.erased)?;
        trail.end(swept).await?;
        Ok(report)
    }

    /// Counts how all records stand at `now`, and changes nothing.
    ///
    /// # Errors
    /// Those of the reader and the store.
    pub async fn tally(&self, now: Moment) -> Result<Tally, Error> {
        let loaded = self.parts.book.loaded().await?;
        self.parts.tally(&loaded, now).await
    }
}

/// Reads all records of the collections, page by page.
struct Pages<'p> {
    parts: &'p Parts,
    tenants: Vec<String>,
    tenant: usize,
    collection: usize,
    after: Option<Box<[u8]>>,
    last_tenants: bool,
}

impl<'p> Pages<'p> {
    const fn new(parts: &'p Parts) -> Self {
        Self {
            parts,
            tenants: Vec::new(),
            tenant: 0,
            collection: 0,
            after: None,
            last_tenants: false,
        }
    }

    /// The next page, with the collection that it is of; nothing at the end.
    async fn next(&mut self) -> Result<Option<(&'p Collection, Vec<StoredRecord>)>, Error> {
        loop {
            let Some(tenant) = self.tenants.get(self.tenant) else {
                if self.last_tenants {
                    return Ok(None);
                }
                let after = self.tenants.last().map(String::as_str);
                let limit = MAX_PAGE.min(1_000);
                let next = self.parts.book.store.tenants(after, limit).await?;
                self.last_tenants = next.len() < limit;
                (self.tenants, self.tenant) = (next, 0);
                continue;
            };
            let Some(collection) = self.parts.collections.get(self.collection) else {
                (self.tenant, self.collection) = (self.tenant + 1, 0);
                continue;
            };
            let mut range = Range::collection(Tenant::new(tenant), &collection.name)?;
            range = range.prefix(&collection.prefix);
            if let Some(after) = &self.after {
                range = range.after(after);
            }
            let page = self.parts.book.store.scan(&range, PAGE).await?;
            self.after = match page.last() {
                Some(last) if page.len() == PAGE => Some(last.key.path().into()),
                _ => None,
            };
            if self.after.is_none() {
                self.collection += 1;
            }
            if !page.is_empty() {
                return Ok(Some((collection, page)));
            }
        }
    }
}

/// Whether a record of which nobody says whose it is may be that of somebody on hold.
fn may_be_held(found: &Found, described: &Record<'_>, loaded: &Loaded, now: Moment) -> bool {
    described.subject.is_none() && !found.is_about_nobody && loaded.holds.touch(described, now)
}

impl Parts {
    async fn tally(&self, loaded: &Loaded, now: Moment) -> Result<Tally, Error> {
        let mut tally = Tally::default();
        let mut pages = Pages::new(self);
        while let Some((collection, page)) = pages.next().await? {
            for record in &page {
                let Some(found) = collection.reader.read(record)? else {
                    continue;
                };
                let verdict = self.judge(record, &found, loaded, now)?;
                tally.add(&verdict);
            }
        }
        Ok(tally)
    }

    async fn erase_all(
        &self,
        mut loaded: Loaded,
        now: Moment,
        allowed: u64,
        report: &mut SweepReport,
    ) -> Result<(), Error> {
        let mut pages = Pages::new(self);
        while let Some((collection, page)) = pages.next().await? {
            for records in page.chunks(BATCH) {
                loaded = self.book.reloaded(loaded).await?;
                let left = allowed.saturating_sub(report.erased);
                let erased = self.erase(collection, records.to_vec(), &mut loaded, now, left);
                let erased = erased.await?;
                report.erased += erased.erased;
                report.skipped += erased.skipped;
                report.overtaken += erased.overtaken;
            }
        }
        Ok(())
    }

    /// Deletes those of some records that are due.
    async fn erase(
        &self,
        collection: &Collection,
        mut records: Vec<StoredRecord>,
        loaded: &mut Loaded,
        now: Moment,
        left: u64,
    ) -> Result<SweepReport, Error> {
        let mut report = SweepReport::default();
        for look in 1..=LOOKS {
            let mut doomed = Vec::new();
            report.skipped = 0;
            for record in &records {
                let Some(found) = collection.reader.read(record)? else {
                    continue;
                };
                match self.doom(record, found, loaded, now)? {
                    Doom::Keep => {}
                    Doom::Other => report.skipped += 1,
                    Doom::Delete(one) if self.takes_held(&one, loaded, now).await? => {
                        report.skipped += 1;
                    }
                    Doom::Delete(one) => doomed.push(one),
                }
            }
            if doomed.is_empty() {
                return Ok(report);
            }
            if doomed.len() as u64 > left {
                // More has fallen due than was counted.
                return Err(RetentionCause::Share.into());
            }
            if self.delete(&doomed, loaded).await? {
                report.erased = doomed.len() as u64;
                return Ok(report);
            }
            if look == LOOKS {
                report.overtaken = doomed.len() as u64;
                return Ok(report);
            }
            *loaded = self.book.loaded().await?;
            records = self.read_again(&records).await?;
        }
        Ok(report)
    }

    /// Whether a record that is on hold lies in what goes with one that is to be deleted, as
    /// far as the sweeper reads such records.
    async fn takes_held(&self, one: &Doomed, loaded: &Loaded, now: Moment) -> Result<bool, Error> {
        for range in &one.also {
            let named = |collection: &&Collection| *collection.name == *range.collection_name();
            for collection in self.collections.iter().filter(named) {
                let mut range = range.clone();
                loop {
                    let page = self.book.store.scan(&range, PAGE).await?;
                    for record in &page {
                        let is_read = record.key.path().starts_with(&collection.prefix);
                        if !is_read || record.key == one.key {
                            continue;
                        }
                        if let Some(found) = collection.reader.read(record)?
                            && self.is_held(record, &found, loaded, now)?
                        {
                            return Ok(true);
                        }
                    }
                    match page.last() {
                        Some(last) if page.len() == PAGE => range = range.after(last.key.path()),
                        _ => break,
                    }
                }
            }
        }
        Ok(false)
    }

    /// Whether a hold stands on a record, of whatever category it is.
    fn is_held(
        &self,
        record: &StoredRecord,
        found: &Found,
        loaded: &Loaded,
        now: Moment,
    ) -> Result<bool, Error> {
        let subject = self.pseudonym(found)?;
        let described = found.describe(record.key.tenant(), subject.as_ref());
        let verdict = self.history.evaluate(&described, &loaded.holds, now);
        let standing = loaded.holds.standing(&described, now, now);
        Ok(verdict.status() == Status::Held
            || standing.active.is_some()
            || may_be_held(found, &described, loaded, now))
    }

    async fn read_again(&self, records: &[StoredRecord]) -> Result<Vec<StoredRecord>, Error> {
        let mut again = Vec::new();
        for record in records {
            again.extend(self.book.store.get(&record.key).await?);
        }
        Ok(again)
    }

    fn judge(
        &self,
        record: &StoredRecord,
        found: &Found,
        loaded: &Loaded,
        now: Moment,
    ) -> Result<super::RetentionVerdict, Error> {
        let subject = self.pseudonym(found)?;
        let described = found.describe(record.key.tenant(), subject.as_ref());
        let mut verdict = self.history.evaluate(&described, &loaded.holds, now);
        if verdict.may_act() && may_be_held(found, &described, loaded, now) {
            verdict.status = Status::Held;
        }
        Ok(verdict)
    }

    fn pseudonym(&self, found: &Found) -> Result<Option<Subject>, Error> {
        let subject = found.subject.as_ref();
        subject
            .map(|subject| self.book.pseudonym(subject))
            .transpose()
    }

    fn doom(
        &self,
        record: &StoredRecord,
        found: Found,
        loaded: &Loaded,
        now: Moment,
    ) -> Result<Doom, Error> {
        let verdict = self.judge(record, &found, loaded, now)?;
        if !verdict.may_act() {
            let is_noticed = verdict.needs_attention() && verdict.action().is_some();
            return Ok(if is_noticed { Doom::Other } else { Doom::Keep });
        }
        let described = found.describe(record.key.tenant(), None);
        let schedule = self.history.schedule_for(&described);
        let action = schedule.and_then(|schedule| schedule.action_of(&described, &verdict));
        let Some((Disposition::Delete | Disposition::CryptoShred, clause)) = action else {
            return Ok(Doom::Other);
        };
        let clause = clause
            .map(|clause| Identifier::new(clause.as_str()))
            .transpose()?;
        if found
            .also
            .iter()
            .any(|range| range.tenant() != record.key.tenant())
        {
            let problem = "names records of another tenant";
            return Err(RetentionCause::Clause { problem }.into());
        }
        Ok(Doom::Delete(Doomed {
            key: record.key.clone(),
            revision: record.revision,
            also: found.also,
            clause,
        }))
    }

    /// Deletes records in one commit, with the intents before and the receipts behind
    /// it. Returns whether it happened: it did not where one of them, or a hold, was
    /// changed meanwhile.
    async fn delete(&self, doomed: &[Doomed], loaded: &Loaded) -> Result<bool, Error> {
        let entries: Vec<_> = doomed
            .iter()
            .map(|one| self.entry(one))
            .collect::<Result<_, _>>()?;
        let with = |outcome: Outcome| -> Vec<Entry> {
            entries
                .iter()
                .map(|entry| entry.clone().with_outcome(outcome))
                .collect()
        };
        audit::append(&self.book.log, &with(Outcome::Attempted)).await?;
        let outbox = Outbox::new(&self.name, &entries)?;
        let mut batch = loaded.epoch.required_by(Batch::new());
        for one in doomed {
            batch = batch
                .require(one.key.clone(), Condition::Revision(one.revision))
                .delete(one.key.clone());
            batch = one.also.iter().cloned().fold(batch, Batch::delete_range);
        }
        match outbox.commit(&self.book, batch).await {
            Ok(revision) => {
                let mut receipts = with(Outcome::Succeeded);
                receipts.push(outbox.told(&self.actor)?);
                audit::append(&self.book.log, &receipts).await?;
                outbox.remove(&*self.book.store, revision).await?;
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::Conflict => {
                audit::append(&self.book.log, &with(Outcome::Failed)).await?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Tells of what an earlier run deleted and did not tell of.
    async fn flush(&self) -> Result<u64, Error> {
        let Some((outbox, revision)) = Outbox::load(&self.book, &self.name).await? else {
            return Ok(0);
        };
        // One that the log has was not removed behind it, or somebody put it back.
        let mut recovered = 0;
        if !outbox.is_told(&self.book).await? {
            let mut receipts = outbox.entries(&self.actor)?;
            recovered = receipts.len() as u64;
            receipts.push(outbox.told(&self.actor)?);
            audit::append(&self.book.log, &receipts).await?;
        }
        outbox.remove(&*self.book.store, revision).await?;
        Ok(recovered)
    }

    /// The entry of one record, by its digest.
    fn entry(&self, one: &Doomed) -> Result<Entry, Error> {
        let (tenant, collection) = (one.key.tenant(), one.key.collection());
        let path: String = one
            .key
            .path()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let whole = format!(
            "{}:{tenant}{}:{collection}{path}",
            tenant.len(),
            collection.len()
        );
        let entry = Entry::new(Identifier::new("retention.delete")?, Outcome::Attempted)
            .actor(self.actor.clone())
            .scope(self.name.clone())
            .resource(self.book.log_key.digest("retention.record", &whole));
        Ok(match &one.clause {
            Some(clause) => entry.purpose(clause.clone()),
            None => entry,
        })
    }

    fn trail(
        &self,
        what: &str,
        confirmation: Option<&RunConfirmation>,
    ) -> Result<Trail<'_>, Error> {
        let by = Caller::new(self.actor.clone());
        let mut entry = by.attempts(&format!("retention.{what}"))?;
        entry = entry.scope(self.name.clone());
        if let Some(confirmed) = confirmation {
            entry = entry.client(Identifier::new(confirmed.by().as_str())?);
        }
        Ok(Trail::new(&self.book.log, entry))
    }

    /// Has a brake that holds a run back leave a trace.
    async fn or_tell(
        &self,
        result: Result<(), Error>,
        confirmation: Option<&RunConfirmation>,
    ) -> Result<(), Error> {
        let Err(error) = result else { return Ok(()) };
        self.trail("sweep", confirmation)?
            .write(Outcome::Denied)
            .await?;
        Err(error)
    }
}

/// What becomes of a record.
enum Doom {
    Keep,
    Other,
    Delete(Doomed),
}

impl fmt::Debug for Sweeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sweeper")
            .field("name", &self.parts.name)
            .field("collections", &self.parts.collections.len())
            .finish_non_exhaustive()
    }
}
