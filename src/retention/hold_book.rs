//! The holds of a product, kept in a store, with every change in the audit log.

use std::fmt;
use std::sync::Arc;

use super::authentic::{self, MAC};
use super::format::{self, damaged};
use super::hold::{Hold, Selector};
use super::hold_record::{Proposal, Stored};
use super::holds::Holds;
use super::name::{HoldId, Person};
use super::told::{self, Followed, Told};
use crate::audit::{self, Caller, Entry, Identifier, Log, LogKey, Outcome, Trail};
use crate::error::{Error, ErrorKind, RetentionCause};
use crate::store::{Batch, Condition, Range, RecordKey, Store, StoredRecord, Tries};
use crate::taxonomy::{Subject, Tenant};
use crate::time::Moment;

const HOLDS: &str = "confidant.retention.hold";
const EPOCH: &str = "confidant.retention.holds";
const WHAT: &str = "the holds";
const PAGE: usize = 500;
/// How often holds may change while they are read.
const TRIES: u32 = 16;
/// The most bytes of a hold that is placed, and of one that gains an exception or a proposal
/// of one. A release always fits.
const MAX_PLACED: usize = 256 << 10;
const MAX_CHANGED: usize = 768 << 10;
/// How many damaged records one commit deletes.
const REPAIRS: usize = 2_000;

/// The holds of a product, in a store. Every change is in the audit log before it is made.
///
/// An [`Executor`](super::Executor) and a [`Sweeper`](super::Sweeper) look here before
/// they erase anything. A hold counts as soon as [`place`](Self::place) returns: no
/// erasure of theirs begins after that. What a product shreds, rotates or deletes by other
/// verbs of this crate does not look here, as their docs say: ask the book first.
///
/// # Security
/// Subjects are stored under a keyed [pseudonym](Self::pseudonym), so holds that come
/// from here select records by it. Names of tenants and categories, persons and reasons
/// are stored as they are. Each record has a MAC under the key of the log, and so has the
/// list of them. The book also follows the log, so give a log to one book only: a hold that
/// was changed, taken away or put back, alone or with the whole store, is noticed before
/// anything is erased. After a store was restored from a backup on purpose,
/// [`accept_restored`](Self::accept_restored) says so.
///
/// An exception to a hold takes two persons. To [`release`](Self::release) a whole hold takes
/// one: let only those call it who may.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::audit::{Log, LogKey};
/// use confidant::retention::{Hold, HoldBook, HoldId, HoldReason, Person, Selector};
/// use confidant::store::MemoryStore;
/// use confidant::time::Moment;
///
/// # pollster::block_on(async {
/// let book = HoldBook::new(Arc::new(MemoryStore::new()), Log::in_memory()?, LogKey::generate()?);
/// let at: Moment = "2026-03-01T00:00:00Z".parse()?;
/// let review: Moment = "2026-09-01T00:00:00Z".parse()?;
/// let id = HoldId::new("hold/2026-17")?;
/// let hold = Hold::builder(id.clone(), Selector::everything().tenant("acme")).reason(HoldReason::new("litigation:2026-17")?).placed(Person::new("staff:1")?, at).review_by(review).build()?;
/// book.place(hold).await?;
///
/// // An exception takes two persons.
/// let proposal = book.propose_override(&id, Selector::everything(), Person::new("staff:2")?, at).await?;
/// let alone = book.approve_override(&id, proposal, Person::new("staff:2")?, at).await;
/// assert_eq!(alone.unwrap_err().kind(), confidant::ErrorKind::Refused);
/// book.approve_override(&id, proposal, Person::new("staff:3")?, at).await?;
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct HoldBook {
    pub(super) store: Arc<dyn Store>,
    pub(super) log: Log,
    pub(super) log_key: LogKey,
    pub(super) told: Followed,
}

/// All holds, as they were at one moment.
#[derive(Clone, Debug)]
pub(super) struct Loaded {
    pub(super) holds: Holds,
    pub(super) epoch: Epoch,
}

/// What was read of the store at one moment.
struct Read {
    holds: Vec<Hold>,
    epoch: Epoch,
    /// The hold that was asked for, with its record.
    wanted: Option<(Stored, StoredRecord)>,
}

/// How often holds have been changed: a commit that requires it happens under these
/// holds or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Epoch {
    key: RecordKey,
    condition: Condition,
    count: u64,
    set: HoldSet,
}

/// Which holds there are: how many, and the MACs of their records, added bit by bit
/// without carry. The record that holds it has a MAC of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct HoldSet {
    holds: u64,
    macs: [u8; MAC],
}

impl HoldSet {
    fn with(mut self, record: &[u8]) -> Self {
        self.holds = self.holds.wrapping_add(1);
        self.toggle(record);
        self
    }

    fn without(mut self, record: &[u8]) -> Self {
        self.holds = self.holds.wrapping_sub(1);
        self.toggle(record);
        self
    }

    fn toggle(&mut self, record: &[u8]) {
        let mac = record.last_chunk::<MAC>().into_iter().flatten();
        for (sum, byte) in self.macs.iter_mut().zip(mac) {
            *sum ^= byte;
        }
    }
}

impl Epoch {
    /// Has a commit happen only while no hold has been changed.
    pub(super) fn required_by(&self, batch: Batch) -> Batch {
        batch.require(self.key.clone(), self.condition)
    }

    /// Has a commit count as a change of the holds, after which they are these.
    fn advanced_by(&self, batch: Batch, set: HoldSet, key: &LogKey) -> Batch {
        let mut out = format::begin();
        out.number(self.count.wrapping_add(1));
        out.number(set.holds);
        out.raw(&set.macs);
        let value = authentic::signed(key, &self.key, out.into_bytes());
        self.required_by(batch).put(self.key.clone(), value)
    }
}

impl HoldBook {
    /// Keeps holds in `store`, outside of any tenant, and records changes in `log`.
    /// Subjects are stored under pseudonyms made with `log_key`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, log: Log, log_key: LogKey) -> Self {
        Self {
            store,
            log,
            log_key,
            told: Followed::default(),
        }
    }

    /// Returns the pseudonym under which holds of this book select a subject. Give records
    /// this subject to evaluate them under [`load`](Self::load)ed holds.
    ///
    /// # Errors
    /// None that a subject can cause.
    pub fn pseudonym(&self, subject: &Subject) -> Result<Subject, Error> {
        let digest = self
            .log_key
            .digest("retention.subject", subject.expose_id());
        Subject::new(digest.as_ref())
    }

    /// Places a hold. It counts from now on, also where it names a later moment.
    ///
    /// # Errors
    /// [`Limit`](ErrorKind::Limit) where it selects so many persons that its record has more
    /// than 256 KiB; `Config` where it was released or has exceptions, which others
    /// [make](Self::approve_override) here; [`Conflict`](ErrorKind::Conflict) where there is a hold of this name, which may
    /// have been released; those of the store and the log. After
    /// [`InDoubt`](ErrorKind::InDoubt) it may have been placed: [`find`](Self::find)
    /// tells.
    pub async fn place(&self, hold: Hold) -> Result<(), Error> {
        if hold.release.is_some() || !hold.overrides.is_empty() {
            let problem = "was released or has exceptions before it is placed";
            return Err(RetentionCause::Hold { problem }.into());
        }
        let reason = Identifier::new(hold.reason.as_str())?;
        let trail = self.trail("hold.place", &hold.id, &hold.placed_by)?;
        let trail = trail.with(|entry| entry.purpose(reason));
        let stored = self.stored(hold)?;
        check_size(&stored, MAX_PLACED)?;
        trail.attempt().await?;
        trail.end(self.insert(&stored).await).await
    }

    /// Releases a hold. One that is [missing](Self::missing) is given up. One that was placed
    /// or released at a moment to come, by a clock that was ahead, holds until then: an
    /// [exception](Self::propose_override) for everything ends it.
    ///
    /// # Errors
    /// `Config` where there is no such hold or it was released before; otherwise those of
    /// [`place`](Self::place) and [`load`](Self::load).
    pub async fn release(&self, id: &HoldId, by: Person, at: Moment) -> Result<(), Error> {
        let trail = self.trail("hold.release", id, &by)?;
        self.told.follow(&self.log).await?;
        trail.attempt().await?;
        if self.told.is_lost(id) {
            return trail.end(Ok(())).await;
        }
        let released = self.change(id, |mut stored| {
            stored.hold = stored.hold.released(by.clone(), at)?;
            Ok((stored, ()))
        });
        trail.end(released.await).await
    }

    /// Proposes an exception to a hold, and returns its number. It counts when another
    /// person [approves](Self::approve_override) it.
    ///
    /// # Errors
    /// `Config` where there is no such hold; [`Limit`](ErrorKind::Limit) where its record
    /// would have more than 768 KiB; otherwise those of [`place`](Self::place) and
    /// [`load`](Self::load).
    pub async fn propose_override(
        &self,
        id: &HoldId,
        selector: Selector,
        by: Person,
        at: Moment,
    ) -> Result<u64, Error> {
        let trail = self.trail("hold.override.propose", id, &by)?;
        let selector = self.pseudonymous(selector)?;
        trail.attempt().await?;
        let proposed = self.change(id, |mut stored| {
            let number = stored.next;
            stored.next += 1;
            stored.proposals.push(Proposal {
                number,
                selector: selector.clone(),
                by: by.clone(),
                at,
            });
            check_size(&stored, MAX_CHANGED)?;
            Ok((stored, number))
        });
        trail.end(proposed.await).await
    }

    /// Approves an exception that another person proposed. Both persons are in the audit
    /// log.
    ///
    /// # Errors
    /// [`Refused`](ErrorKind::Refused) where the same person proposed it, which the log
    /// shows too; `Config` where there is no such hold or proposal; otherwise those of
    /// [`place`](Self::place) and [`load`](Self::load).
    pub async fn approve_override(
        &self,
        id: &HoldId,
        proposal: u64,
        by: Person,
        at: Moment,
    ) -> Result<(), Error> {
        let trail = self.trail("hold.override.approve", id, &by)?;
        let proposed_by = self.proposer(id, proposal).await?;
        let first = Identifier::new(proposed_by.as_str())?;
        // The second person acts, and the first is named beside.
        let trail = trail.with(|entry| entry.client(first));
        let trail = trail.count("proposal", proposal)?;
        trail.attempt().await?;
        let approved = self.change(id, |mut stored| {
            let place = stored
                .proposals
                .iter()
                .position(|known| known.number == proposal);
            let place = place.ok_or(RetentionCause::Undeclared { what: "proposal" })?;
            let made = stored.proposals.remove(place);
            stored.hold = stored
                .hold
                .overridden(made.selector, [made.by, by.clone()], at)?;
            check_size(&stored, MAX_CHANGED)?;
            Ok((stored, ()))
        });
        trail.end(approved.await).await
    }

    /// Returns a hold, with its subjects under pseudonyms.
    ///
    /// # Errors
    /// Those of the store and the log, and [`Integrity`](ErrorKind::Integrity) where the
    /// record is damaged, or is not there and the log says that it is.
    pub async fn find(&self, id: &HoldId) -> Result<Option<Hold>, Error> {
        self.told.follow(&self.log).await?;
        let Some(record) = self.store.get(&hold_key(id)?).await? else {
            return match self.told.has(id) {
                true => Err(Error::from(RetentionCause::Holds).with_id(id.as_str())),
                false => Ok(None),
            };
        };
        let hold = self.parse(&record)?.hold;
        if !self.told.is_current(&hold) {
            return Err(Error::from(RetentionCause::Holds).with_id(id.as_str()));
        }
        self.tell([&hold]).await?;
        Ok(Some(hold))
    }

    /// Returns all holds, including released ones, with their subjects under
    /// [pseudonyms](Self::pseudonym).
    ///
    /// # Errors
    /// Those of the store and the log; [`Integrity`](ErrorKind::Integrity) where a record is
    /// damaged, or the holds are not those that the log tells of;
    /// [`Conflict`](ErrorKind::Conflict) where holds are changed again and again.
    pub async fn load(&self) -> Result<Holds, Error> {
        Holds::new(self.read(None).await?.holds)
    }

    /// The holds as an erasure sees them: each counts since it was stored, whatever the
    /// moment it names. A run judges by the moment at which it began, and another host's
    /// clock may be ahead.
    pub(super) async fn loaded(&self) -> Result<Loaded, Error> {
        let Read {
            mut holds, epoch, ..
        } = self.read(None).await?;
        for hold in &mut holds {
            hold.placed_at = Moment::MIN;
        }
        let holds = Holds::new(holds)?;
        Ok(Loaded { holds, epoch })
    }

    /// The holds, which must be those that the log tells of. Of those that it does not tell
    /// of, since whoever placed them did not come to it, it is told.
    async fn read(&self, wanted: Option<&HoldId>) -> Result<Read, Error> {
        // First the log: what it says by now is in the store by now.
        self.told.follow(&self.log).await?;
        let read = self.read_store(wanted).await?;
        self.told.check(&read.holds)?;
        self.tell(&read.holds).await?;
        Ok(read)
    }

    /// Tells the log of holds that it does not know.
    async fn tell(&self, holds: impl IntoIterator<Item = &Hold>) -> Result<(), Error> {
        let mut entries = Vec::new();
        for hold in self.told.untold(holds) {
            let trail = self.trail("hold.place", &hold.id, &hold.placed_by)?;
            let reason = Identifier::new(hold.reason.as_str())?;
            let trail = trail.with(|entry| entry.purpose(reason));
            let told = trail.count(told::RECOVERED, 1)?;
            entries.push(told.entry(Outcome::Succeeded));
        }
        for entries in entries.chunks(PAGE) {
            audit::append(&self.log, entries).await?;
        }
        Ok(())
    }

    async fn read_store(&self, wanted: Option<&HoldId>) -> Result<Read, Error> {
        for _ in 0..TRIES {
            let epoch = self.epoch().await?;
            let mut read = Read {
                epoch,
                holds: Vec::new(),
                wanted: None,
            };
            let mut set = HoldSet::default();
            self.scan(|record| {
                let stored = self.parse(&record)?;
                set = set.with(&record.value);
                if wanted == Some(&stored.hold.id) {
                    read.wanted = Some((stored.clone(), record));
                }
                read.holds.push(stored.hold);
                Ok(())
            })
            .await?;
            if self.epoch().await? != read.epoch {
                continue;
            }
            if set != read.epoch.set {
                // One was taken away, or an earlier one put in its place.
                return Err(RetentionCause::Holds.into());
            }
            return Ok(read);
        }
        Err(busy())
    }

    /// Reads the record of each hold, whatever it is worth.
    async fn scan(
        &self,
        mut each: impl FnMut(StoredRecord) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut range = Range::collection(Tenant::NONE, HOLDS)?;
        loop {
            let page = self.store.scan(&range, PAGE).await?;
            let is_full = page.len() == PAGE;
            let next = page.last().map(|last| range.after(last.key.path()));
            page.into_iter().try_for_each(&mut each)?;
            match next {
                Some(next) if is_full => range = next,
                _ => return Ok(()),
            }
        }
    }

    /// The holds again, read only where they have been changed.
    pub(super) async fn reloaded(&self, known: Loaded) -> Result<Loaded, Error> {
        if self.epoch().await? == known.epoch {
            return Ok(known);
        }
        self.loaded().await
    }

    async fn epoch(&self) -> Result<Epoch, Error> {
        let key = RecordKey::new(Tenant::NONE, EPOCH, [])?;
        let record = self.store.get(&key).await?;
        let Some(record) = record else {
            return Ok(Epoch {
                key,
                condition: Condition::Absent,
                count: 0,
                set: HoldSet::default(),
            });
        };
        self.parse_epoch(&key, &record)
    }

    fn parse_epoch(&self, key: &RecordKey, record: &StoredRecord) -> Result<Epoch, Error> {
        let body = authentic::verified(&self.log_key, key, &record.value, WHAT)?;
        let mut reader = format::read(body, || damaged(WHAT))?;
        let count = reader.number()?;
        let set = HoldSet {
            holds: reader.number()?,
            macs: reader.array()?,
        };
        reader.end()?;
        Ok(Epoch {
            key: key.clone(),
            condition: Condition::Revision(record.revision),
            count,
            set,
        })
    }

    fn parse(&self, record: &StoredRecord) -> Result<Stored, Error> {
        let body = authentic::verified(&self.log_key, &record.key, &record.value, "a hold");
        body.and_then(Stored::parse).map_err(|error| {
            let name = str::from_utf8(record.key.path()).unwrap_or_default();
            error.with_id(name)
        })
    }

    fn trail(&self, action: &str, id: &HoldId, by: &Person) -> Result<Trail<'_>, Error> {
        let resource = Identifier::new(id.as_str())?;
        let by = Caller::new(Identifier::new(by.as_str())?);
        let entry = by.attempts(action)?.resource(resource);
        Ok(Trail::new(&self.log, entry))
    }

    fn stored(&self, mut hold: Hold) -> Result<Stored, Error> {
        hold.selector = self.pseudonymous(hold.selector)?;
        for made in &mut hold.overrides {
            made.selector = self.pseudonymous(made.selector.clone())?;
        }
        Ok(Stored::new(hold))
    }

    fn pseudonymous(&self, mut selector: Selector) -> Result<Selector, Error> {
        if let Some(subjects) = &mut selector.subjects {
            for subject in subjects {
                *subject = self.pseudonym(subject)?;
            }
        }
        Ok(selector)
    }

    async fn proposer(&self, id: &HoldId, proposal: u64) -> Result<Person, Error> {
        let read = self.read(Some(id)).await?;
        let (stored, _) = read.wanted.ok_or_else(missing)?;
        let mut proposals = stored.proposals.into_iter();
        let found = proposals.find(|known| known.number == proposal);
        Ok(found
            .ok_or(RetentionCause::Undeclared { what: "proposal" })?
            .by)
    }

    async fn insert(&self, stored: &Stored) -> Result<(), Error> {
        let mut tries = Tries::default();
        loop {
            let attempt = self.try_insert(stored, tries.in_doubt()).await;
            match tries.ended(attempt)? {
                Some(true) => return Ok(()),
                Some(false) => {
                    let what = "there is a hold of this name";
                    return Err(Error::message(ErrorKind::Conflict, what));
                }
                None => {}
            }
        }
    }

    /// Whether it was inserted, by this try or the one before.
    async fn try_insert(&self, stored: &Stored, in_doubt: bool) -> Result<bool, Error> {
        let key = hold_key(&stored.hold.id)?;
        let value = authentic::signed(&self.log_key, &key, stored.to_bytes());
        self.told.follow(&self.log).await?;
        if self.told.has(&stored.hold.id) {
            return Ok(false);
        }
        let epoch = self.epoch().await?;
        if let Some(record) = self.store.get(&key).await? {
            return Ok(in_doubt && record.value == value);
        }
        let batch = Batch::new().require(key.clone(), Condition::Absent);
        let set = epoch.set.with(&value);
        let batch = epoch.advanced_by(batch.put(key, value), set, &self.log_key);
        self.store.commit(batch).await?;
        Ok(true)
    }

    async fn change<T: Clone>(
        &self,
        id: &HoldId,
        change: impl Fn(Stored) -> Result<(Stored, T), Error>,
    ) -> Result<T, Error> {
        let mut tries = Tries::default();
        let mut tried = None;
        loop {
            let attempt = self.try_change(id, &change, &mut tried).await;
            if let Some(result) = tries.ended(attempt)? {
                return Ok(result);
            }
        }
    }

    async fn try_change<T: Clone>(
        &self,
        id: &HoldId,
        change: impl Fn(Stored) -> Result<(Stored, T), Error>,
        tried: &mut Option<(Vec<u8>, T)>,
    ) -> Result<T, Error> {
        let key = hold_key(id)?;
        // A change of a hold that was put back would make its state one that never was.
        let Read { epoch, wanted, .. } = self.read(Some(id)).await?;
        let (stored, record) = wanted.ok_or_else(missing)?;
        // The try before has happened where the record is what it wrote.
        if let Some((value, result)) = tried
            && record.value == *value
        {
            return Ok(result.clone());
        }
        let (changed, result) = change(stored)?;
        let value = authentic::signed(&self.log_key, &key, changed.to_bytes());
        let batch = Batch::new().require(key.clone(), Condition::Revision(record.revision));
        let set = epoch.set.without(&record.value).with(&value);
        let batch = epoch.advanced_by(batch.put(key, value.clone()), set, &self.log_key);
        *tried = Some((value, result.clone()));
        self.store.commit(batch).await?;
        Ok(result)
    }

    /// Accepts the holds that are in the store, after it was restored from a backup on
    /// purpose or its records of holds were damaged, and returns those that are
    /// [missing](Self::missing). Damaged records are deleted. The log says who accepted,
    /// names each hold that is there, and each that is missing.
    ///
    /// Nothing is erased under a book whose holds are not those of its log, until this was
    /// called.
    ///
    /// # Security
    /// It takes one person, and frees what a lost hold protected until that is placed again.
    /// Find out first why holds are not what they were, and keep a copy of the store.
    ///
    /// # Errors
    /// Those of the store and the log; [`Conflict`](ErrorKind::Conflict) where holds are
    /// changed again and again, and [`Integrity`](ErrorKind::Integrity) where they are still
    /// not those of the log. After any of them, call it again.
    pub async fn accept_restored(&self, by: Person) -> Result<Vec<HoldId>, Error> {
        let by = Caller::new(Identifier::new(by.as_str())?);
        let trail = Trail::new(&self.log, by.attempts("hold.accept")?);
        trail.attempt().await?;
        let holds = match self.repair().await {
            Ok(holds) => holds,
            Err(error) => return trail.end(Err(error)).await,
        };
        self.told.follow(&self.log).await?;
        let entry = |action, id: &HoldId| -> Result<Entry, Error> {
            let entry = by.attempts(action)?.resource(Identifier::new(id.as_str())?);
            Ok(entry.with_outcome(Outcome::Succeeded))
        };
        let mut entries = Vec::new();
        for hold in &holds {
            let told = entry("hold.accepted", &hold.id)?;
            let told = told.count(told::RELEASED, hold.release.is_some().into())?;
            entries.push(told.count(told::EXCEPTIONS, hold.overrides.len() as u64)?);
        }
        for id in self.told.missing(&holds) {
            entries.push(entry("hold.missing", &id)?);
        }
        let trail = trail.count(told::HOLDS, holds.len() as u64)?;
        entries.push(trail.entry(Outcome::Succeeded));
        for entries in entries.chunks(PAGE) {
            audit::append(&self.log, entries).await?;
        }
        // Somebody else may have changed the store meanwhile.
        self.read(None).await?;
        Ok(self.told.lost())
    }

    /// Returns the holds that a restored store had lost when it was
    /// [accepted](Self::accept_restored), in order of their names, until each is
    /// [placed](Self::place) again or [released](Self::release).
    ///
    /// # Errors
    /// Those of the log.
    pub async fn missing(&self) -> Result<Vec<HoldId>, Error> {
        self.told.follow(&self.log).await?;
        Ok(self.told.lost())
    }

    /// Deletes what is damaged, makes the count of holds that of those which are there, and
    /// returns them.
    async fn repair(&self) -> Result<Vec<Hold>, Error> {
        let key = RecordKey::new(Tenant::NONE, EPOCH, [])?;
        for _ in 0..TRIES {
            let before = self.store.get(&key).await?;
            let (mut holds, mut damaged) = (Vec::new(), Vec::new());
            let mut set = HoldSet::default();
            self.scan(|record| {
                match self.parse(&record) {
                    Ok(stored) => {
                        set = set.with(&record.value);
                        holds.push(stored.hold);
                    }
                    Err(_) => damaged.push(record),
                }
                Ok(())
            })
            .await?;
            let read = before.as_ref().map(|record| self.parse_epoch(&key, record));
            let epoch = match (read, &before) {
                (Some(Ok(epoch)), _) if epoch.set == set && damaged.is_empty() => {
                    if self.epoch().await? == epoch {
                        return Ok(holds);
                    }
                    continue;
                }
                (Some(Ok(epoch)), _) => epoch,
                (_, Some(record)) => Epoch {
                    key: key.clone(),
                    condition: Condition::Revision(record.revision),
                    count: 0,
                    set,
                },
                (_, None) => self.epoch().await?,
            };
            let mut batch = Batch::new();
            for record in damaged.into_iter().take(REPAIRS) {
                let condition = Condition::Revision(record.revision);
                batch = batch.require(record.key.clone(), condition);
                batch = batch.delete(record.key);
            }
            let batch = epoch.advanced_by(batch, set, &self.log_key);
            match self.store.commit(batch).await {
                // What was written is read once more.
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error),
            }
        }
        Err(busy())
    }

    /// Holds the book against entries of the audit log, as one who does not trust this
    /// process does with entries that were verified elsewhere: every hold that they say was
    /// placed must be here, released where they say so, and with as many exceptions as they
    /// tell of. Give it all entries since the book began. It returns how many of them were
    /// about holds.
    ///
    /// # Errors
    /// [`Integrity`](ErrorKind::Integrity) where something of it is missing, or a hold was
    /// placed twice, and those of [`load`](Self::load).
    pub async fn check_log<'r>(
        &self,
        entries: impl IntoIterator<Item = &'r audit::LogRecord>,
    ) -> Result<u64, Error> {
        let mut told = Told::default();
        let about = entries.into_iter().filter(|record| told.add(&record.entry));
        let count = about.count() as u64;
        let read = self.read_store(None).await?;
        told.check(&read.holds)?;
        Ok(count)
    }

    /// Says that something was refused because of a hold.
    pub(super) async fn denied(&self, trail: &Trail<'_>, hold: &HoldId) -> Result<(), Error> {
        let scope = Identifier::new(hold.as_str())?;
        let entry = trail.entry(Outcome::Denied).scope(scope);
        audit::append(&self.log, &[entry]).await
    }
}

fn check_size(stored: &Stored, most: usize) -> Result<(), Error> {
    match stored.to_bytes().len() <= most {
        true => Ok(()),
        false => Err(Error::limit("the bytes of a hold", most as u64)),
    }
}

fn hold_key(id: &HoldId) -> Result<RecordKey, Error> {
    RecordKey::new(Tenant::NONE, HOLDS, id.as_str())
}

fn missing() -> Error {
    RetentionCause::Undeclared { what: "hold" }.into()
}

fn busy() -> Error {
    Error::message(ErrorKind::Conflict, "holds are being changed").retry()
}

impl fmt::Debug for HoldBook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HoldBook")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}
