//! Facts in a store.

use std::fmt;
use std::sync::Arc;

use super::fact_record::{self, damaged};
use super::facts::Statement;
use super::{Principal, VisibilityFacts, VisibilityRules};
use crate::audit::LogKey;
use crate::codec::{Reader, Writer};
use crate::error::VisibilityCause;
use crate::mac::is_same_mac;
use crate::random::random;
use crate::store::{Batch, Condition, MAX_PAGE, Range, RecordKey, Store, Tries};
use crate::taxonomy::Tenant;
use crate::{Error, ErrorKind};

/// Where the records of statements lie.
const FACTS: &str = "confidant.visibility.facts";
/// Where it stands how many there are.
const HEAD: &str = "confidant.visibility.head";
const FORMAT: u8 = 1;
/// How many statements one record holds, and how many bytes of them at most.
const PER_RECORD: usize = 1_000;
const RECORD_BYTES: usize = 512 << 10;

/// Facts in a store. Whatever was stated is durable when a call returns, and is there again
/// after a restart.
///
/// Each change is stored as the statements it consists of, in one commit. Other processes
/// may share the store: a change is made on the latest facts or not at all, and
/// [`refresh`](Self::refresh) takes over what others stated. Each record carries a MAC
/// under the key of the book, so one that was changed, moved or taken away is noticed.
///
/// Opened under another policy, the same statements are facts under that policy. What it
/// no longer declares is left out, which never permits more.
///
/// # Security
/// Ids of principals, resources and organisations are stored as they are given, each in
/// one place; [`erase_principal`](Self::erase_principal) takes that of a person away. The
/// MAC does not show that the whole store was put back to an earlier state.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::audit::LogKey;
/// use confidant::decision::ClauseId;
/// use confidant::store::MemoryStore;
/// use confidant::time::Moment;
/// use confidant::visibility::{Action, FactBook, NewResource, VisibilityRules};
///
/// # pollster::block_on(async {
/// let view = Action::new("view")?;
/// let policy = VisibilityRules::builder().actions([view.clone()]).owner(ClauseId::new("IC-42")?, [view]);
/// let policy = Arc::new(policy.build()?);
/// let (store, key) = (Arc::new(MemoryStore::new()), LogKey::generate()?);
/// let now: Moment = "2026-05-01T00:00:00Z".parse()?;
///
/// let mut book = FactBook::open(store.clone(), key.clone(), "acme", policy.clone()).await?;
/// book.change(|facts| {
///     let jo = facts.add_principal("jo", now)?;
///     facts.add_resource(NewResource::new("site").owner(jo), now)
/// })
/// .await?;
///
/// let book = FactBook::open(store, key, "acme", policy).await?;
/// let facts = book.facts()?;
/// let view = facts.policy().action("view").unwrap();
/// assert!(facts.verdict_by_id("jo", view, "site", now).is_allow());
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
pub struct FactBook {
    store: Arc<dyn Store>,
    key: LogKey,
    tenant: Box<str>,
    policy: Arc<VisibilityRules>,
    facts: VisibilityFacts,
    head: Head,
    /// Whether the facts may hold something that the store does not.
    is_behind: bool,
}

/// How many records there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Head {
    /// Random, and the same for all records of one book.
    book: [u8; 16],
    records: u64,
    /// How often a record was rewritten.
    rewrites: u64,
    /// The revision of the record that says so; none where there is none yet.
    revision: Option<u64>,
}

impl FactBook {
    /// Opens the facts of a tenant, under a policy: those that are in the store, or none.
    ///
    /// # Errors
    /// [`Integrity`](ErrorKind::Integrity) where the records are not what was written
    /// under this key; those of the store.
    pub async fn open(
        store: Arc<dyn Store>,
        key: LogKey,
        tenant: &str,
        policy: Arc<VisibilityRules>,
    ) -> Result<Self, Error> {
        let mut book = Self {
            store,
            key,
            tenant: tenant.into(),
            facts: VisibilityFacts::new(policy.clone()),
            policy,
            head: Head::default(),
            is_behind: true,
        };
        book.refresh().await?;
        Ok(book)
    }

    /// Returns the facts as of the last call that changed or refreshed them.
    ///
    /// # Errors
    /// [`Store`](ErrorKind::Store) after a change that the store did not take, until
    /// [`refresh`](Self::refresh) has succeeded. Treat it as a denial.
    pub fn facts(&self) -> Result<&VisibilityFacts, Error> {
        if self.is_behind {
            return Err(VisibilityCause::Behind.into());
        }
        Ok(&self.facts)
    }

    /// Takes over what other processes have stated.
    ///
    /// # Errors
    /// Those of [`open`](Self::open); [`Integrity`](ErrorKind::Integrity) also where the
    /// store was put back to an earlier state than this book has seen, or emptied. Where
    /// that was meant, open the book anew.
    pub async fn refresh(&mut self) -> Result<(), Error> {
        let head = self.read_head().await;
        if head
            .as_ref()
            .is_err_and(|error| error.kind() == ErrorKind::Integrity)
        {
            self.is_behind = true;
        }
        let head = head?;
        let was_put_back = match (self.head.revision, head.revision) {
            (Some(_), None) => true,
            (Some(_), Some(_)) => {
                let of = |head: &Head| (head.rewrites, head.records);
                head.book == self.head.book && of(&head) < of(&self.head)
            }
            (None, _) => false,
        };
        if was_put_back {
            self.is_behind = true;
            return Err(damaged());
        }
        let goes_on = head.book == self.head.book && head.rewrites == self.head.rewrites;
        let goes_on = goes_on && !self.is_behind;
        // Until all of it is taken over, the facts may be half of a change, also where
        // nobody waits for the rest any more.
        self.is_behind = true;
        if !goes_on {
            self.facts = VisibilityFacts::new(self.policy.clone());
            self.head = Head { records: 0, ..head };
        }
        let result = self.take_over(head).await;
        self.is_behind = result.is_err();
        result
    }

    /// Makes a change and returns when it is durable. Everything that `change` states is
    /// stored together, or nothing of it. It may be called again, on newer facts, where
    /// somebody else's change came before.
    ///
    /// # Errors
    /// Those of the change, after which nothing was changed;
    /// [`Limit`](ErrorKind::Limit) where it is too large for one commit of a store;
    /// [`Conflict`](ErrorKind::Conflict) where others keep coming first; those of the
    /// store. After [`InDoubt`](ErrorKind::InDoubt) it may have been made, which
    /// [`refresh`](Self::refresh) shows.
    pub async fn change<T>(
        &mut self,
        mut change: impl FnMut(&mut VisibilityFacts) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut tries = Tries::default();
        loop {
            self.refresh().await?;
            // From here on the facts may be ahead of the store, also where this ends early:
            // by a panic, or because nobody waits for it any more.
            self.is_behind = true;
            self.facts.journal = Some(Vec::new());
            let result = change(&mut self.facts);
            let statements = self.facts.journal.take().unwrap_or_default();
            if statements.is_empty() {
                self.is_behind = false;
                return result;
            }
            let Ok(value) = result else {
                // Where this fails, the facts are not shown until it succeeds.
                let _ = self.refresh().await;
                return result;
            };
            let stored = self.store(&statements).await;
            // What may have happened is not stated a second time.
            let may_try = |error: &Error| error.kind() == ErrorKind::Conflict;
            let ended = match stored {
                Err(error) if !may_try(&error) => Err(error),
                stored => tries.ended(stored),
            };
            match ended {
                Ok(Some(())) => {
                    self.is_behind = false;
                    return Ok(value);
                }
                Ok(None) => {}
                Err(error) => {
                    let _ = self.refresh().await;
                    return Err(error);
                }
            }
        }
    }

    /// Replaces the id of a person in the store by a random one. All other statements about
    /// them stay, no longer linked to a person.
    ///
    /// # Errors
    /// `Config` where there is no principal of this id; [`Conflict`](ErrorKind::Conflict)
    /// where somebody else made a change meanwhile; those of the store.
    pub async fn erase_principal(&mut self, id: &str) -> Result<(), Error> {
        self.refresh().await?;
        let known = self.facts.principal(id);
        let missing = VisibilityCause::Missing { what: "principal" };
        let principal = known.ok_or(missing)?;
        let mut drawn = [0; 16];
        random(&mut drawn)?;
        let erased = format!("erased/{:032x}", u128::from_be_bytes(drawn));
        let (number, mut statements) = self.find(principal).await?;
        for statement in &mut statements {
            match statement {
                Statement::Principal { id: stored, .. } if **stored == *id => {
                    *stored = erased.as_str().into();
                }
                _ => {}
            }
        }
        let next = Head {
            rewrites: self.head.rewrites + 1,
            ..self.head
        };
        let batch = self.advance(next)?;
        let record = self.record(&next.book, number, &statements)?;
        let result = self
            .store
            .commit(batch.put(self.place(number)?, record))
            .await;
        self.is_behind = true;
        let refreshed = self.refresh().await;
        result?;
        refreshed
    }

    /// The record in which a principal was stated.
    async fn find(&self, principal: Principal) -> Result<(u64, Vec<Statement>), Error> {
        let mut before = 0;
        for number in 0..self.head.records {
            let found = self.store.get(&self.place(number)?).await?;
            let record = found.ok_or_else(damaged)?;
            let statements = self.statements(&self.head.book, number, &record.value)?;
            let stated = statements.iter();
            let here = stated.filter(|one| matches!(one, Statement::Principal { .. }));
            before += here.count();
            if before > principal.0 as usize {
                return Ok((number, statements));
            }
        }
        Err(damaged())
    }

    async fn read_head(&self) -> Result<Head, Error> {
        let place = self.head_place()?;
        let mut record = self.store.get(&place).await?;
        if record.is_none() {
            let facts = Range::collection(Tenant::new(&self.tenant), FACTS)?;
            if self.store.scan(&facts, 1).await?.is_empty() {
                return Ok(Head::default());
            }
            // Somebody may have begun the book in between. Without its head it was cut.
            record = self.store.get(&place).await?;
        }
        let record = record.ok_or_else(damaged)?;
        let (bytes, mac) = record.value.split_last_chunk().ok_or_else(damaged)?;
        let mut reader = Reader::new(bytes, damaged);
        reader.expect(FORMAT)?;
        let head = Head {
            book: reader.array()?,
            records: reader.number()?,
            rewrites: reader.number()?,
            revision: Some(record.revision),
        };
        reader.end()?;
        if !is_same_mac(&self.mac(HEAD, &head.book, 0, bytes), mac) {
            return Err(damaged());
        }
        Ok(head)
    }

    /// Reads the records up to those of a head.
    async fn take_over(&mut self, head: Head) -> Result<(), Error> {
        let facts = Range::collection(Tenant::new(&self.tenant), FACTS)?;
        while self.head.records < head.records {
            let left = head.records - self.head.records;
            let page = usize::try_from(left)
                .unwrap_or(PAGE)
                .min(PAGE)
                .min(MAX_PAGE);
            let range = facts.clone().from(self.head.records.to_be_bytes());
            let records = self.store.scan(&range, page).await?;
            if records.is_empty() {
                return Err(damaged());
            }
            for record in records {
                let number = self.head.records;
                if record.key.path() != number.to_be_bytes() {
                    return Err(damaged());
                }
                for statement in self.statements(&head.book, number, &record.value)? {
                    self.facts.restate(&statement).map_err(|_| damaged())?;
                }
                self.head.records += 1;
            }
        }
        self.head = head;
        Ok(())
    }

    /// Stores what was stated, behind what the head says that there is.
    async fn store(&mut self, statements: &[Statement]) -> Result<(), Error> {
        let mut next = self.head;
        if next.revision.is_none() {
            random(&mut next.book)?;
        }
        let mut records = Vec::new();
        for part in statements.chunks(PER_RECORD) {
            self.split(&mut next, part, &mut records)?;
        }
        let batch = records.iter().cloned();
        let batch = batch.fold(self.advance(next)?, |batch, (key, value)| {
            batch.put(key, value)
        });
        let mut tries = Tries::default();
        loop {
            let result = match self.store.commit(batch.clone()).await {
                // The condition on the head lets one of several attempts through.
                Err(error) if error.kind() == ErrorKind::Conflict => {
                    if !tries.in_doubt() {
                        return Err(error);
                    }
                    match self.revision_of(&records).await {
                        Ok(None) => return Err(error),
                        Ok(Some(revision)) => Ok(revision),
                        Err(error) => Err(error),
                    }
                }
                result => result,
            };
            if let Some(revision) = tries.ended(result)? {
                let revision = Some(revision);
                self.head = Head { revision, ..next };
                return Ok(());
            }
        }
    }

    /// The revision of the commit that stored these very records, if one did.
    async fn revision_of(&self, records: &[(RecordKey, Vec<u8>)]) -> Result<Option<u64>, Error> {
        let Some((key, value)) = records.first() else {
            return Ok(None);
        };
        let found = self.store.get(key).await?;
        let found = found.filter(|record| record.value == *value);
        Ok(found.map(|record| record.revision))
    }

    /// Adds the records of some statements: one, or more where it would be too large.
    fn split(
        &self,
        next: &mut Head,
        part: &[Statement],
        records: &mut Vec<(RecordKey, Vec<u8>)>,
    ) -> Result<(), Error> {
        let record = self.record(&next.book, next.records, part)?;
        if record.len() > RECORD_BYTES && part.len() > 1 {
            let (one, other) = part.split_at(part.len() / 2);
            self.split(next, one, records)?;
            return self.split(next, other, records);
        }
        records.push((self.place(next.records)?, record));
        next.records += 1;
        Ok(())
    }

    /// A batch that changes the head, if nobody else did meanwhile.
    fn advance(&self, next: Head) -> Result<Batch, Error> {
        let mut out = Writer::default();
        out.byte(FORMAT);
        out.raw(&next.book);
        out.number(next.records);
        out.number(next.rewrites);
        let mut bytes = out.into_bytes();
        let mac = self.mac(HEAD, &next.book, 0, &bytes);
        bytes.extend(mac);
        let condition = match self.head.revision {
            Some(revision) => Condition::Revision(revision),
            None => Condition::Absent,
        };
        let place = self.head_place()?;
        let batch = Batch::new().require(place.clone(), condition);
        Ok(batch.put(place, bytes))
    }

    fn record(
        &self,
        book: &[u8; 16],
        number: u64,
        statements: &[Statement],
    ) -> Result<Vec<u8>, Error> {
        // No other commit writes the same record.
        let mut once = [0; 16];
        random(&mut once)?;
        let mut bytes = fact_record::write(once, statements);
        let mac = self.mac(FACTS, book, number, &bytes);
        bytes.extend(mac);
        // What would not read as it is must not be stored.
        if self.statements(book, number, &bytes)? != statements {
            return Err(damaged());
        }
        Ok(bytes)
    }

    fn statements(
        &self,
        book: &[u8; 16],
        number: u64,
        value: &[u8],
    ) -> Result<Vec<Statement>, Error> {
        let (bytes, mac) = value.split_last_chunk().ok_or_else(damaged)?;
        if !is_same_mac(&self.mac(FACTS, book, number, bytes), mac) {
            return Err(damaged());
        }
        fact_record::read(bytes)
    }

    fn mac(&self, collection: &str, book: &[u8; 16], number: u64, bytes: &[u8]) -> [u8; 32] {
        let number = number.to_be_bytes();
        let place: [&[u8]; 5] = [
            collection.as_bytes(),
            self.tenant.as_bytes(),
            book,
            &number,
            bytes,
        ];
        self.key.mac("visibility.facts", &place)
    }

    fn place(&self, number: u64) -> Result<RecordKey, Error> {
        RecordKey::new(Tenant::new(&self.tenant), FACTS, number.to_be_bytes())
    }

    fn head_place(&self) -> Result<RecordKey, Error> {
        RecordKey::new(Tenant::new(&self.tenant), HEAD, "head")
    }
}

/// Records may have half a megabyte each.
const PAGE: usize = 64;

impl fmt::Debug for FactBook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FactBook")
            .field("facts", &self.facts)
            .field("records", &self.head.records)
            .field("is_behind", &self.is_behind)
            .finish_non_exhaustive()
    }
}
