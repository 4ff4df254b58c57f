//! Staff: an entry in the audit log first, and a permission then.

use std::fmt;
use std::sync::Arc;

use super::facts::{Grant, moment};
use super::policy::ActionId;
use super::{AccessRefusal, Asker, Principal, Resource, VisibilityFacts};
use crate::audit::{
    Access, Appended, Entry, Identifier, Log, LogKey, LogRecord, Outcome, made_but_not_logged,
    not_logged,
};
use crate::decision::{Decision, Reason};
use crate::error::VisibilityCause;
use crate::time::{Clock, Moment};
use crate::{Error, ErrorKind};

/// What the actions of entries about staff begin with.
const STAFF: &str = "visibility.staff/";
/// What the actions of entries about changes begin with.
const CHANGE: &str = "visibility.change/";

/// The desk that lets staff reach what is not theirs. Each time, an entry in the audit log
/// is durable before anything is permitted.
///
/// Entries name staff, owners and resources by digests under the log's key, and the
/// action, the kind of reason, the ticket and the grant in plain text; so a grant's id
/// must be fit for a log, where it is 1 to 255 letters, digits and `-_.:/`.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::audit::{Log, LogKey};
/// use confidant::decision::ClauseId;
/// use confidant::time::{ManualClock, Moment};
/// use confidant::visibility::{
///     Action, VisibilityFacts, NewResource, ReasonKind, VisibilityRules, StaffClause, StaffDesk, StaffGrant, StaffScope,
/// };
///
/// # pollster::block_on(async {
/// let (view, incident) = (Action::new("view")?, ReasonKind::new("incident")?);
/// let staff = StaffClause::new(ClauseId::new("CC-26")?, incident.clone(), [view.clone()]);
/// let rules = Arc::new(VisibilityRules::builder().actions([view]).staff(staff).build()?);
/// let view = rules.action("view").expect("declared above");
///
/// let now: Moment = "2026-05-01T00:00:00Z".parse()?;
/// let mut facts = VisibilityFacts::new(rules);
/// let sre = facts.add_principal("sre-7", now)?;
/// let site = facts.add_resource(NewResource::new("site"), now)?;
/// let grant = StaffGrant::builder("grant-1")
///     .principal(sre)
///     .scope(StaffScope::Resource(site))
///     .reason(incident)
///     .ticket("INC-204")
///     .during(now..now.checked_add(std::time::Duration::from_secs(600))?);
/// facts.grant(&grant.build()?)?;
///
/// // The grant alone permits nothing; the desk does, once the entry is durable.
/// assert!(!facts.verdict(sre, view, site, now).is_allow());
/// let clock = Arc::new(ManualClock::new(now));
/// let desk = StaffDesk::new(Log::in_memory()?, LogKey::generate()?, clock);
/// let permit = desk.permit(&facts, sre, view, site).await?;
/// assert!(permit.permits(sre, view, site, now));
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct StaffDesk {
    log: Log,
    key: LogKey,
    clock: Arc<dyn Clock>,
}

/// A permission for one action on one resource, under a grant for staff. The entry in the
/// audit log that says so is durable.
///
/// It is no more than an answer to one request: it cannot be copied, and ends when its
/// grant expires. It does not see that the grant is revoked before that: ask the desk anew
/// for each request.
#[derive(Debug)]
#[must_use = "a permission that is not used was logged for nothing"]
pub struct StaffPermit {
    decision: Decision,
    principal: Principal,
    action: ActionId,
    resource: Resource,
    index: u64,
    until: Moment,
}

/// How a change is named in the audit log: what it is, such as `set_level`, who makes it,
/// and to which resource.
#[derive(Clone, Copy, Debug)]
pub struct StaffChange<'a> {
    what: &'a str,
    by: Principal,
    resource: Resource,
}

/// Which staff accessed an owner's resources, when and why, to show to the owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessReport {
    lines: Vec<AccessLine>,
}

/// One request of staff for access.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessLine {
    /// The index of the entry in the log, for proofs.
    pub index: u64,
    /// When.
    pub at: Moment,
    /// Whether they were let through (`Attempted`, as the access follows the entry) or
    /// not (`Denied`).
    pub outcome: Outcome,
    /// What they were let through to do.
    pub action: Box<str>,
    /// The kind of reason.
    pub reason: Option<Box<str>>,
    /// The ticket.
    pub ticket: Option<Box<str>>,
    /// The resource, as a digest under the log's key.
    pub resource: Option<Identifier>,
}

impl StaffDesk {
    /// Opens a desk over a log, whose digests are made under `key`, and a clock.
    #[must_use]
    pub fn new(log: Log, key: LogKey, clock: Arc<dyn Clock>) -> Self {
        Self { log, key, clock }
    }

    /// Permits an action under a grant for staff, once the entry that says so is durable.
    ///
    /// After the entry was written, everything is decided once more, so a grant that
    /// expired in the meantime does not permit.
    ///
    /// # Errors
    /// [`Refused`](ErrorKind::Refused) where no grant covers it, which is written into
    /// the log too; [`Config`](ErrorKind::Config) where they may without a grant, so
    /// that none is to be used; those of the log, after which nothing is permitted.
    pub async fn permit(
        &self,
        facts: &VisibilityFacts,
        asker: impl Into<Asker<'_>>,
        action: ActionId,
        resource: Resource,
    ) -> Result<StaffPermit, Error> {
        let asker = asker.into();
        let principal = asker.principal;
        let now = self.clock.now();
        let verdict = facts.verdict(asker, action, resource, now);
        if verdict.is_allow() {
            return Err(VisibilityCause::Unfit("no staff grant is needed").into());
        }
        let entry = self.entry(facts, principal, action, resource)?;
        let grant = covering(facts, principal, action, resource, now);
        let waits = verdict.refusal() == Some(AccessRefusal::EntryMissing);
        let Some(grant) = grant.filter(|_| waits) else {
            return self.refuse(entry).await;
        };
        let entry = with_grant(facts, entry, grant)?;
        let appended = self.write(entry.clone()).await?;
        let now = self.clock.now();
        let again = facts.verdict(asker, action, resource, now);
        let still = covering(facts, principal, action, resource, now);
        let holds = again.refusal() == Some(AccessRefusal::EntryMissing) && again == verdict;
        if !holds || still.is_none_or(|still| still.id != grant.id) {
            return self.refuse(entry).await;
        }
        Ok(StaffPermit {
            decision: permitted(facts, grant),
            principal,
            action,
            resource,
            index: appended.index(),
            until: moment(grant.span.until),
        })
    }

    /// Appends an entry. One that is in doubt is an error of the log: it is the entry that
    /// is in doubt, not what it tells of, which does not happen without it.
    async fn write(&self, entry: Entry) -> Result<Appended, Error> {
        self.log.append(entry).await.map_err(not_logged)
    }

    async fn refuse(&self, entry: Entry) -> Result<StaffPermit, Error> {
        self.write(entry.with_outcome(Outcome::Denied)).await?;
        Err(VisibilityCause::Refused("no staff grant covers it").into())
    }

    /// Makes a change to facts, with an entry in the audit log before it and another one
    /// that says how it ended.
    ///
    /// # Errors
    /// Those of the change; those of the log before it, after which nothing was changed;
    /// and [`InDoubt`](ErrorKind::InDoubt) where the change was made and the log did not
    /// take how it ended.
    pub async fn change<T>(
        &self,
        facts: &mut VisibilityFacts,
        named: StaffChange<'_>,
        change: impl FnOnce(&mut VisibilityFacts, Moment) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let StaffChange { what, by, resource } = named;
        let action = Identifier::new(&format!("{CHANGE}{what}"))?;
        let entry = self.about(facts, action, by, resource);
        self.write(entry.clone()).await?;
        let result = change(facts, self.clock.now());
        let outcome = match &result {
            Ok(_) => Outcome::Succeeded,
            Err(error) if error.kind() == ErrorKind::Refused => Outcome::Denied,
            Err(_) => Outcome::Failed,
        };
        let written = self.write(entry.with_outcome(outcome)).await;
        let value = result?;
        written.map(|_| value).map_err(made_but_not_logged)
    }

    /// Reads from the log which staff asked for access to what a principal owns. Reading
    /// is itself an entry, by `access`.
    ///
    /// # Errors
    /// Those of [`Log::read`].
    pub async fn report_for_owner(
        &self,
        facts: &VisibilityFacts,
        owner: Principal,
        access: &Access,
    ) -> Result<AccessReport, Error> {
        let subject = self.principal(facts, owner);
        let concerns = |entry: &Entry| entry.subject_id().is_some_and(|id| *id == subject);
        self.report(access, concerns).await
    }

    /// Reads from the log which staff asked for access to a resource.
    ///
    /// # Errors
    /// Those of [`Log::read`].
    pub async fn report_for_resource(
        &self,
        facts: &VisibilityFacts,
        resource: Resource,
        access: &Access,
    ) -> Result<AccessReport, Error> {
        let resource = self.resource(facts, resource);
        let concerns = |entry: &Entry| entry.resource_id().is_some_and(|id| *id == resource);
        self.report(access, concerns).await
    }

    async fn report(
        &self,
        access: &Access,
        concerns: impl Fn(&Entry) -> bool,
    ) -> Result<AccessReport, Error> {
        let end = self.log.checkpoint().await?.size();
        let (mut lines, mut from): (Vec<(Entry, AccessLine)>, _) = (Vec::new(), 0);
        while from < end {
            let records = self.log.read(from..end, access).await?;
            let Some(last) = records.last() else {
                break;
            };
            from = last.index + 1;
            for record in records.iter().filter(|record| concerns(&record.entry)) {
                let Some(line) = AccessLine::of(record) else {
                    continue;
                };
                // A denial after the entry: what that entry announced did not happen.
                let announced = record.entry.clone().with_outcome(Outcome::Attempted);
                let denied = line.outcome == Outcome::Denied;
                let before = lines.iter().rposition(|(entry, _)| *entry == announced);
                if let Some(before) = before.filter(|_| denied) {
                    lines.remove(before);
                }
                lines.push((record.entry.clone(), line));
            }
        }
        let lines = lines.into_iter().map(|(_, line)| line).collect();
        Ok(AccessReport { lines })
    }

    fn entry(
        &self,
        facts: &VisibilityFacts,
        principal: Principal,
        action: ActionId,
        resource: Resource,
    ) -> Result<Entry, Error> {
        let name = facts.policy.actions.get(usize::from(action.0));
        let name = name.map_or("unknown", |name| name.as_str());
        let action = Identifier::new(&format!("{STAFF}{name}"))?;
        Ok(self.about(facts, action, principal, resource))
    }

    fn about(
        &self,
        facts: &VisibilityFacts,
        action: Identifier,
        by: Principal,
        resource: Resource,
    ) -> Entry {
        let entry = Entry::new(action, Outcome::Attempted)
            .actor(self.principal(facts, by))
            .resource(self.resource(facts, resource));
        let owners = facts
            .path(resource)
            .map(|(_, row)| Principal(row.state.now.owner));
        let mut owners = owners.filter(|owner| *owner != Principal::ANONYMOUS);
        match owners.next() {
            Some(owner) => entry.subject(self.principal(facts, owner)),
            None => entry,
        }
    }

    fn principal(&self, facts: &VisibilityFacts, principal: Principal) -> Identifier {
        let id = facts.expose_principal_id(principal).unwrap_or_default();
        self.key.digest("visibility.principal", id)
    }

    fn resource(&self, facts: &VisibilityFacts, resource: Resource) -> Identifier {
        let id = facts.expose_resource_id(resource).unwrap_or_default();
        self.key.digest("visibility.resource", id)
    }
}

/// The grant that covers it, of those that do the one that ends first.
fn covering(
    facts: &VisibilityFacts,
    principal: Principal,
    action: ActionId,
    resource: Resource,
    now: Moment,
) -> Option<&Grant> {
    let at = super::facts::tick(now)?;
    let grants = facts.grants_of(principal).map(|(_, grant)| grant);
    let covering = grants.filter(|grant| facts.covers(grant, action.bit(), resource, at));
    covering.min_by_key(|grant| (grant.span.until, grant.id))
}

fn with_grant(facts: &VisibilityFacts, entry: Entry, grant: &Grant) -> Result<Entry, Error> {
    let rule = facts.policy.staff.get(usize::from(grant.rule));
    let reason = rule.map_or("unknown", |rule| rule.reason.as_str());
    let id = facts.grant_id(grant).unwrap_or_default();
    Ok(entry
        .purpose(Identifier::new(reason)?)
        .request(Identifier::new(&grant.ticket)?)
        .scope(Identifier::new(id)?))
}

fn permitted(facts: &VisibilityFacts, grant: &Grant) -> Decision {
    let why = "staff grant, in the audit log";
    let rule = facts.policy.staff.get(usize::from(grant.rule));
    let clause = rule.and_then(|rule| facts.policy.clause_id(rule.clause));
    Decision::allow(match clause {
        Some(clause) => Reason::new(clause.clone(), why),
        None => Reason::without_clause(why),
    })
}

impl<'a> StaffChange<'a> {
    /// Names a change.
    #[must_use]
    pub const fn new(what: &'a str, by: Principal, resource: Resource) -> Self {
        Self { what, by, resource }
    }
}

impl StaffPermit {
    /// Returns the decision, with the clause for the kind of reason.
    pub const fn decision(&self) -> &Decision {
        &self.decision
    }

    /// Returns whether the permission covers this principal, action and resource at this
    /// moment. It ends when its grant expires. Whether the grant was revoked since the desk
    /// answered is not looked at.
    #[must_use]
    pub fn permits(
        &self,
        principal: Principal,
        action: ActionId,
        resource: Resource,
        now: Moment,
    ) -> bool {
        let same = (self.principal, self.action, self.resource) == (principal, action, resource);
        same && now < self.until
    }

    /// Returns the place of its entry in the log.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }
}

impl AccessReport {
    /// Returns the times that staff asked for access, in the order of the log.
    #[must_use]
    pub fn lines(&self) -> &[AccessLine] {
        &self.lines
    }
}

impl AccessLine {
    fn of(record: &LogRecord) -> Option<Self> {
        let entry = &record.entry;
        let action = entry.action().as_str()?.strip_prefix(STAFF)?;
        let plain = |id: Option<&Identifier>| id.and_then(Identifier::as_str).map(Into::into);
        Some(Self {
            index: record.index,
            at: record.time,
            outcome: entry.outcome(),
            action: action.into(),
            reason: plain(entry.purpose_id()),
            ticket: plain(entry.request_id()),
            resource: entry.resource_id().cloned(),
        })
    }
}

impl fmt::Debug for StaffDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaffDesk").finish_non_exhaustive()
    }
}
