//! The register: requests in a store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::record::{self, damaged};
use super::{Intake, Request, RequestId, RequestKind, RequestState, RightsRules, Step};
use crate::audit::{Caller, DigestKind, Identifier, Log, Trail};
use crate::consent::LedgerKey;
use crate::error::RightsCause;
use crate::mac::is_same_mac;
use crate::retention::{Events, OwnErasure, OwnRecords, OwnVerdict, Trigger};
use crate::store::{Batch, Condition, RecordKey, Store, StoredRecord, Tries};
use crate::taxonomy::Subject;
use crate::time::{Clock, Moment, SystemClock};
use crate::{Error, ErrorKind};

const PERSON: &[u8] = b"confidant/rights/subject@v1";
const RECORD: &[u8] = b"confidant/rights/record@v1";
const LOG: &[u8] = b"confidant/rights/log@v1";

/// The requests of a product's data subjects, in a store.
///
/// A request is filed under its random id and found by a keyed pseudonym of its data
/// subject; who that is stands nowhere. Each record carries a MAC, so one that was
/// changed, or moved to another place, is noticed; [`check_log`](Self::check_log) notices
/// what was deleted or put back to an earlier state. Every step is an entry of the audit
/// log first, and durable when the call returns.
///
/// A clone is the same register. Several processes may share one store and one log.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::audit::{Identifier, Log, Caller};
/// use confidant::consent::LedgerKey;
/// use confidant::decision::ClauseId;
/// use confidant::retention::{DeclaredStore, StoreKind, Stores};
/// use confidant::rights::{Intake, KindRule, Register, RequestKind, RightsRules, RequestState, Step};
/// use confidant::store::MemoryStore;
/// use confidant::taxonomy::{DataStore, Subject};
/// use confidant::time::{Clock, SystemClock};
///
/// # pollster::block_on(async {
/// let primary = DeclaredStore::new(DataStore::new("primary")?, StoreKind::Primary);
/// let rule = KindRule::new(RequestKind::OptOut, ClauseId::new("IC-74")?);
/// let rules = RightsRules::builder(Stores::new(vec![primary])?).kind(rule).build()?;
///
/// let register = Register::new(Arc::new(MemoryStore::new()), LedgerKey::generate()?, Log::in_memory()?);
/// let me = Caller::new(Identifier::new("service:web")?);
/// let now = SystemClock::new().now();
/// let intake = Intake::new(RequestKind::OptOut, now, "form");
/// let opened = register.open(&me, "acme", &Subject::new("user-17")?, intake).await?;
/// let id = opened.request.id();
/// let request = register.under(&rules).take(&me, "acme", id, Step::Accept).await?;
/// assert_eq!(request.state(), RequestState::Accepted);
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Register {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) store: Arc<dyn Store>,
    pub(super) key: LedgerKey,
    pub(super) log: Log,
    pub(super) clock: Arc<dyn Clock>,
}

/// A request that is in the register.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Opened {
    /// The request.
    pub request: Request,
    /// Whether it had been opened before, so that this call changed nothing.
    pub repeated: bool,
    /// Open requests of the same data subject and kind, of which it may be a duplicate.
    pub similar: Vec<RequestId>,
}

/// A request as the store holds it.
pub(super) struct Found {
    pub(super) person: [u8; 32],
    pub(super) request: Request,
    pub(super) revision: u64,
}

/// One page of a tenant's open requests.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct OpenRequests {
    /// The requests that are open.
    pub requests: Vec<Request>,
    /// Those whose records cannot be read: look at them by hand, their time runs.
    pub damaged: Vec<RequestId>,
    /// The id to continue from; `None` at the end.
    pub next: Option<RequestId>,
}

/// A [`Register`] with the [`RightsRules`] that steps are taken under. [`Register::under`]
/// returns one.
#[derive(Clone, Copy, Debug)]
pub struct RuledRegister<'a> {
    register: &'a Register,
    rules: &'a RightsRules,
}

impl Register {
    /// The most open requests of one kind that a data subject has.
    pub const MAX_OPEN: usize = 100;
    /// Among how many requests of a data subject similar ones are looked for.
    pub const MAX_SIMILAR: usize = 1_000;

    /// Opens the register in a store. Steps are told to `log`, and get their times from
    /// the system's clock.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, key: LedgerKey, log: Log) -> Self {
        Self::with_clock(store, key, log, Arc::new(SystemClock::new()))
    }

    /// Opens the register with another clock.
    #[must_use]
    pub fn with_clock(
        store: Arc<dyn Store>,
        key: LedgerKey,
        log: Log,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                key,
                log,
                clock,
            }),
        }
    }

    /// Opens a request. A second call with the same [id](Intake::id) opens nothing and
    /// returns the request of the first, so a caller that may repeat itself draws the id
    /// before. One that was received up to five minutes ahead of this clock was received
    /// now.
    ///
    /// Similar requests are looked for among [`MAX_SIMILAR`](Self::MAX_SIMILAR) of the
    /// data subject.
    ///
    /// # Errors
    /// `Limit` where [`MAX_OPEN`](Self::MAX_OPEN) requests of the kind are open already;
    /// `Config` for what [`Intake::check`] refuses, a request that lies in the future, an
    /// id that another request has, and an appeal against something that is not a request
    /// of the same data subject that was refused or completed in part; those of the store
    /// and the log: nothing was opened then. [`InDoubt`](crate::ErrorKind::InDoubt) where
    /// it may have been: the same call with the same id tells.
    pub async fn open(
        &self,
        caller: &Caller,
        tenant: &str,
        subject: &Subject,
        intake: Intake,
    ) -> Result<Opened, Error> {
        let (mut intake, now) = (intake, self.inner.clock.now());
        // A form on a host whose clock is a little ahead loses no request.
        if intake.received > now && intake.received <= now.saturating_add(SKEW) {
            intake.received = now;
        }
        if intake.received > now {
            return Err(RightsCause::Future.into());
        }
        let id = match intake.id {
            Some(id) => id,
            None => RequestId::generate()?,
        };
        let request = Request::new(id, intake)?;
        let person = self.person(tenant, subject);
        if let Some(known) = self.find(tenant, id).await? {
            return repeated(&request, &person, known);
        }
        if let Some(appealed) = request.intake.appeals {
            let found = self.find(tenant, appealed).await?;
            let may = found.is_some_and(|found| {
                let state = found.request.state();
                found.person == person
                    && matches!(state, RequestState::Refused | RequestState::Partial)
            });
            if !may {
                let what = "appeal names no request of the same data subject that was refused or done in part";
                return Err(RightsCause::Unfit { what }.into());
            }
        }
        let similar = self.open_of(tenant, &person, request.kind()).await?;
        if similar.len() >= Self::MAX_OPEN {
            let most = Self::MAX_OPEN as u64;
            return Err(Error::limit("open requests of a data subject", most));
        }
        let trail = self.trail(caller, "rights.open", tenant, &person, id)?;
        let trail = trail.purpose(request.kind().as_str())?;
        trail.attempt().await?;
        let opened = self.try_open(tenant, &person, request).await;
        let opened = opened.map(|(request, repeated)| Opened {
            request,
            repeated,
            similar,
        });
        trail.end(opened).await
    }

    /// Returns the register with the rules that steps are taken under.
    #[must_use]
    pub const fn under<'a>(&'a self, rules: &'a RightsRules) -> RuledRegister<'a> {
        RuledRegister {
            register: self,
            rules,
        }
    }

    /// Returns a request.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where its record is not what was
    /// written, and those of the store.
    pub async fn get(&self, tenant: &str, id: RequestId) -> Result<Option<Request>, Error> {
        Ok(self.find(tenant, id).await?.map(|found| found.request))
    }

    /// Returns whether a request is about a data subject, for a worker that was told the
    /// subject.
    ///
    /// # Errors
    /// Those of [`get`](Self::get).
    pub async fn is_about(
        &self,
        tenant: &str,
        id: RequestId,
        subject: &Subject,
    ) -> Result<bool, Error> {
        let found = self.find(tenant, id).await?;
        Ok(found.is_some_and(|found| found.person == self.person(tenant, subject)))
    }

    /// Returns every request of a data subject, in no particular order.
    ///
    /// # Errors
    /// Those of [`get`](Self::get).
    pub async fn requests_of(
        &self,
        tenant: &str,
        subject: &Subject,
    ) -> Result<Vec<Request>, Error> {
        self.all_of(tenant, &self.person(tenant, subject)).await
    }

    /// Returns one page of a tenant's open requests, those after `after`. A record that
    /// cannot be read does not hide those behind it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn open_requests(
        &self,
        tenant: &str,
        after: Option<RequestId>,
    ) -> Result<OpenRequests, Error> {
        let mut range = record::requests(tenant)?;
        if let Some(after) = after {
            range = range.after(after.as_bytes());
        }
        let mut open = OpenRequests::default();
        loop {
            let page = self.inner.store.scan(&range, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(open);
            };
            let (is_full, after) = (page.len() == PAGE, range.after(last.key.path()));
            let mut next = None;
            for record in &page {
                // What is under no id is no request.
                let Ok(id) = record.key.path().try_into().map(RequestId::from_bytes) else {
                    continue;
                };
                next = Some(id);
                match self.parse(record) {
                    Ok(found) if found.request.state().is_final() => {}
                    Ok(found) => open.requests.push(found.request),
                    Err(_) => open.damaged.push(id),
                }
            }
            if !is_full || next.is_some() {
                open.next = next.filter(|_| is_full);
                return Ok(open);
            }
            range = after;
        }
    }

    /// Erases the closed requests of a tenant that are due by the retention of the
    /// register's own records. A request is created when it was received, last changed and
    /// active with its last step, and its purpose ended when it was closed. One that is open
    /// is never erased, nor one that a hold may be about.
    ///
    /// [Corrections](Self::correct) stay: without one, the next import would undo it. They
    /// go with the data, by [`forget_corrections`](Self::forget_corrections).
    ///
    /// # Errors
    /// `Config` where the schedule does not declare the category; those of the store and of
    /// the log. What was erased before stays erased.
    pub async fn erase_due(
        &self,
        caller: &Caller,
        tenant: &str,
        own: &OwnRecords<'_>,
        now: Moment,
    ) -> Result<OwnErasure, Error> {
        let mut range = record::requests(tenant)?;
        let mut done = OwnErasure::default();
        loop {
            let page = self.inner.store.scan(&range, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(done);
            };
            range = range.after(last.key.path());
            for record in &page {
                let Ok(found) = self.parse(record) else {
                    done.damaged += 1;
                    continue;
                };
                let Some((closed, _)) = found.request.closed() else {
                    continue;
                };
                let last = found.request.steps().map(|(at, _)| at).max();
                let events = Events::created(found.request.intake.received)
                    .at(Trigger::LastModified, last.unwrap_or(closed))
                    .at(Trigger::LastActive, last.unwrap_or(closed))
                    .at(Trigger::PurposeEnded, closed);
                let under = match own.verdict(tenant, events, now).await? {
                    OwnVerdict::Keep => continue,
                    OwnVerdict::Held => {
                        done.held += 1;
                        continue;
                    }
                    OwnVerdict::Erase(under) => under,
                };
                let id = found.request.id();
                let trail = self.trail(caller, "rights.erase", tenant, &found.person, id)?;
                trail.attempt().await?;
                // A closed request changes no more, so only a hold can come in between.
                let batch = Batch::new()
                    .delete(record.key.clone())
                    .delete(record::index_key(tenant, &found.person, id)?);
                let batch = under.required_by(batch, &self.inner.store);
                match trail.end(self.inner.store.commit(batch).await).await {
                    Ok(_) => done.erased += 1,
                    Err(error) if error.kind() == ErrorKind::Conflict => done.held += 1,
                    Err(error) => return Err(error),
                }
            }
        }
    }

    async fn try_open(
        &self,
        tenant: &str,
        person: &[u8; 32],
        request: Request,
    ) -> Result<(Request, bool), Error> {
        let mut tries = Tries::default();
        let place = record::request_key(tenant, request.id())?;
        let index = record::index_key(tenant, person, request.id())?;
        loop {
            if let Some(known) = tries
                .ended(self.find(tenant, request.id()).await)?
                .flatten()
            {
                let known = repeated(&request, person, known)?;
                return Ok((known.request, false));
            }
            let batch = Batch::new()
                .require(place.clone(), Condition::Absent)
                .put(place.clone(), self.seal(&place, person, &request)?)
                .put(index.clone(), vec![1]);
            if tries.ended(self.inner.store.commit(batch).await)?.is_some() {
                return Ok((request, false));
            }
        }
    }

    async fn try_take(
        &self,
        tenant: &str,
        id: RequestId,
        rules: &RightsRules,
        step: Step,
    ) -> Result<Request, Error> {
        let mut tries = Tries::default();
        let mut tried: Option<Request> = None;
        loop {
            let found = tries.ended(self.find(tenant, id).await)?;
            let Some(found) = found else { continue };
            let found = found.ok_or_else(missing)?;
            // An attempt before this one may have happened after all: the step stands
            // there then, with its time, and others may have followed.
            if let Some(tried) = &tried {
                let place = tried.steps.len();
                if found.request.steps.get(..place) == Some(&tried.steps) {
                    return Ok(found.request);
                }
            }
            let now = self.inner.clock.now();
            let earliest = found.request.last_known();
            if earliest > now.saturating_add(SKEW) {
                return Err(RightsCause::Ahead.into());
            }
            let at = earliest.max(now);
            let next = found.request.apply(rules, step.clone(), at)?;
            let place = record::request_key(tenant, id)?;
            let mut batch = Batch::new()
                .require(place.clone(), Condition::Revision(found.revision))
                .put(place.clone(), self.seal(&place, &found.person, &next)?);
            if let Step::MarkDuplicate(of) = &step {
                let Some(other) = tries.ended(self.original(tenant, *of, &found).await)? else {
                    continue;
                };
                let other_place = record::request_key(tenant, *of)?;
                batch = batch.require(other_place, Condition::Revision(other.revision));
            }
            tried = Some(next.clone());
            if tries.ended(self.inner.store.commit(batch).await)?.is_some() {
                return Ok(next);
            }
        }
    }

    pub(super) async fn find(&self, tenant: &str, id: RequestId) -> Result<Option<Found>, Error> {
        let record = self
            .inner
            .store
            .get(&record::request_key(tenant, id)?)
            .await?;
        record.map(|record| self.parse(&record)).transpose()
    }

    fn parse(&self, record: &StoredRecord) -> Result<Found, Error> {
        let (bytes, mac) = record.value.split_last_chunk().ok_or_else(damaged)?;
        if !is_same_mac(&self.mac(&record.key, bytes), mac) {
            return Err(damaged());
        }
        let id = record.key.path().try_into().map_err(|_| damaged())?;
        let (person, request) = record::read_request(RequestId::from_bytes(id), bytes)?;
        Ok(Found {
            person,
            request,
            revision: record.revision,
        })
    }

    /// What a request may be a duplicate of: one that is answered, or will be.
    async fn original(
        &self,
        tenant: &str,
        of: RequestId,
        duplicate: &Found,
    ) -> Result<Found, Error> {
        let original = self.find(tenant, of).await?.filter(|original| {
            let state = original.request.state();
            let unanswered = matches!(
                state,
                RequestState::Duplicate | RequestState::Refused | RequestState::Withdrawn
            );
            original.person == duplicate.person
                && original.request.kind() == duplicate.request.kind()
                && !unanswered
        });
        original.ok_or_else(|| {
            let what = "what it is said to be a duplicate of answers no such request";
            RightsCause::Refused { what }.into()
        })
    }

    pub(super) fn seal(
        &self,
        place: &RecordKey,
        person: &[u8; 32],
        request: &Request,
    ) -> Result<Vec<u8>, Error> {
        let bytes = record::write_request(person, request);
        // What would not read as it is must not be stored.
        let (_, written) = record::read_request(request.id(), &bytes)?;
        if written != *request {
            return Err(damaged());
        }
        let mac = self.mac(place, &bytes);
        Ok([&bytes[..], &mac].concat())
    }

    /// Binds a record to its place.
    pub(super) fn mac(&self, place: &RecordKey, bytes: &[u8]) -> [u8; 32] {
        let (tenant, collection) = (place.tenant().as_bytes(), place.collection().as_bytes());
        let key = &self.inner.key;
        key.mac(&[RECORD, tenant, collection, place.path(), bytes])
    }

    /// The pseudonym of a data subject.
    pub(super) fn person(&self, tenant: &str, subject: &Subject) -> [u8; 32] {
        let id = subject.expose_id().as_bytes();
        self.inner.key.mac(&[PERSON, tenant.as_bytes(), id])
    }

    async fn all_of(&self, tenant: &str, person: &[u8; 32]) -> Result<Vec<Request>, Error> {
        match self.some_of(tenant, person, usize::MAX).await? {
            (all, false) => Ok(all),
            (_, true) => Err(damaged()),
        }
    }

    /// The requests of a person, and whether something of them cannot be read or was put
    /// in the index for them.
    async fn some_of(
        &self,
        tenant: &str,
        person: &[u8; 32],
        most: usize,
    ) -> Result<(Vec<Request>, bool), Error> {
        let mut range = record::index_of(tenant, person)?;
        let (mut all, mut is_damaged) = (Vec::new(), false);
        let mut looked = 0;
        loop {
            let page = PAGE.min(most - most.min(looked));
            if page == 0 {
                return Ok((all, is_damaged));
            }
            let page = self.inner.store.scan(&range, page).await?;
            let Some(last) = page.last() else {
                return Ok((all, is_damaged));
            };
            range = range.after(last.key.path());
            looked += page.len();
            for record in &page {
                let Ok(id) = record::indexed(record.key.path()) else {
                    is_damaged = true;
                    continue;
                };
                match self.find(tenant, id).await {
                    Ok(Some(found)) if found.person == *person => all.push(found.request),
                    // One that was erased in between is gone from the index too.
                    Ok(None) => {}
                    Ok(Some(_)) => is_damaged = true,
                    Err(error) if error.kind() == ErrorKind::Integrity => is_damaged = true,
                    Err(error) => return Err(error),
                }
            }
        }
    }

    async fn open_of(
        &self,
        tenant: &str,
        person: &[u8; 32],
        kind: RequestKind,
    ) -> Result<Vec<RequestId>, Error> {
        let (all, _) = self.some_of(tenant, person, Self::MAX_SIMILAR).await?;
        let open = all
            .iter()
            .filter(|request| request.kind() == kind && !request.state().is_final());
        Ok(open.map(Request::id).collect())
    }

    pub(super) fn trail(
        &self,
        caller: &Caller,
        action: &str,
        tenant: &str,
        person: &[u8; 32],
        id: RequestId,
    ) -> Result<Trail<'_>, Error> {
        let own = self.inner.key.tenant(tenant);
        let entry = caller.attempts(action)?.tenant(own);
        let entry = entry.subject(self.subject_in_log(person));
        let entry = entry.resource(Identifier::new(&id.to_string())?);
        Ok(Trail::new(&self.inner.log, entry))
    }

    /// What the log calls a data subject.
    pub(super) fn subject_in_log(&self, person: &[u8; 32]) -> Identifier {
        Identifier::from_digest(DigestKind::Log, self.inner.key.mac(&[LOG, person]))
    }
}

impl RuledRegister<'_> {
    /// Takes a step of a request, now.
    ///
    /// # Errors
    /// Those of [`Request::apply`], `Config` where there is no such request;
    /// `Refused` where the request or its last step lies more than five minutes ahead of
    /// the clock, until [`correct_clock`](Register::correct_clock) was called;
    /// [`Refused`](crate::ErrorKind::Refused) for a [duplicate](Step::MarkDuplicate) of
    /// what is not a request of the same data subject and kind that is open or was
    /// answered;
    /// [`Integrity`](crate::ErrorKind::Integrity) where its record is not what was
    /// written, and those of the store and the log: the step was not taken then.
    /// [`InDoubt`](crate::ErrorKind::InDoubt) where it may have been; the
    /// [request](Register::get) tells.
    pub async fn take(
        self,
        caller: &Caller,
        tenant: &str,
        id: RequestId,
        step: Step,
    ) -> Result<Request, Error> {
        let found = self.register.find(tenant, id).await?.ok_or_else(missing)?;
        let action = format!("rights.{}", step.as_str());
        let trail = self
            .register
            .trail(caller, &action, tenant, &found.person, id)?;
        let trail = trail.purpose(found.request.kind().as_str())?;
        let trail = match &step {
            Step::Report { store, .. } => trail.scope(store.as_str())?,
            Step::Refuse(clause, _) | Step::Extend(clause) => trail.scope(clause.as_str())?,
            _ => trail,
        };
        trail.attempt().await?;
        let taken = self.register.try_take(tenant, id, self.rules, step).await;
        trail.end(taken).await
    }
}

const PAGE: usize = 256;
/// How far the clocks of two hosts may differ.
pub(super) const SKEW: Duration = Duration::from_secs(300);

/// The same request once more, which must be the same.
fn repeated(request: &Request, person: &[u8; 32], known: Found) -> Result<Opened, Error> {
    let mut intake = request.intake.clone();
    // It may have been ahead of the clock, and counted as received then.
    let before = known.request.intake.received;
    if intake.received > before && intake.received <= before.saturating_add(SKEW) {
        intake.received = before;
    }
    if known.person != *person || known.request.intake != intake {
        return Err(RightsCause::SameId.into());
    }
    Ok(Opened {
        request: known.request,
        repeated: true,
        similar: Vec::new(),
    })
}

#[cold]
pub(super) fn missing() -> Error {
    RightsCause::Unknown {
        what: "request of this id",
    }
    .into()
}

impl fmt::Debug for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Register")
            .field("store", &self.inner.store)
            .finish_non_exhaustive()
    }
}
