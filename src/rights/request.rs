//! A request, and the steps that it takes.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Bound, RangeBounds};
use std::str::FromStr;

use super::{RequestKind, Rules};
use crate::Error;
use crate::consent::check_plain;
use crate::decision::ClauseId;
use crate::error::RightsCause;
use crate::id::{byte_id, read_hex, write_hex};
use crate::random::random;
use crate::taxonomy::{Category, DataStore, Evidence, Jurisdiction};
use crate::time::Moment;

/// The id of a request: random, shown as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId([u8; 16]);

impl RequestId {
    /// Draws an id from the system's random numbers.
    ///
    /// # Errors
    /// [`KeyService`](crate::ErrorKind::KeyService) where the system has none.
    pub fn generate() -> Result<Self, Error> {
        let mut bytes = [0; 16];
        random(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Takes an id of these bytes, which must be random.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

byte_id!(RequestId);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({self})")
    }
}

impl FromStr for RequestId {
    type Err = Error;

    /// # Errors
    /// `Config` where the text is not 32 hexadecimal digits in lower case.
    fn from_str(text: &str) -> Result<Self, Error> {
        let what = "id of a request";
        let bytes = read_hex(text).ok_or(RightsCause::Unknown { what })?;
        Ok(Self(bytes))
    }
}

/// Days from one on up to another, both included: of which data access is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateRange {
    from: Option<Moment>,
    until: Option<Moment>,
}

const RANGE: &str = "a range that includes its start and not its end";

impl DateRange {
    /// Asks for a range of moments, such as `from..until`, `from..` or `..`.
    ///
    /// # Errors
    /// `Config` where it is empty, or its end is included: the last day ends where the
    /// next one begins, and that is the end to give.
    pub fn new(range: impl RangeBounds<Moment>) -> Result<Self, Error> {
        let from = match range.start_bound() {
            Bound::Included(from) => Some(*from),
            Bound::Unbounded => None,
            Bound::Excluded(_) => return Err(RightsCause::Missing { what: RANGE }.into()),
        };
        let until = match range.end_bound() {
            Bound::Excluded(until) => Some(*until),
            Bound::Unbounded => None,
            Bound::Included(_) => return Err(RightsCause::Missing { what: RANGE }.into()),
        };
        Self::between(from, until)
    }

    /// From one moment on and before another.
    pub(super) fn between(from: Option<Moment>, until: Option<Moment>) -> Result<Self, Error> {
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            let what = "a day in its range";
            return Err(RightsCause::Missing { what }.into());
        }
        Ok(Self { from, until })
    }

    /// Returns the first moment.
    #[must_use]
    pub const fn from(&self) -> Option<Moment> {
        self.from
    }

    /// Returns the moment after the last.
    #[must_use]
    pub const fn until(&self) -> Option<Moment> {
        self.until
    }

    /// Returns whether a moment lies in it.
    #[must_use]
    pub fn contains(&self, at: Moment) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Requester {
    /// The data subject.
    Subject,
    /// Somebody who acts for them, by the id that the product gave that party.
    Agent(Box<str>),
}

/// A request as it comes in.
///
/// # Security
/// It names the data subject nowhere: the register files it under a keyed pseudonym.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intake {
    pub(super) kind: RequestKind,
    pub(super) received: Moment,
    pub(super) requester: Requester,
    pub(super) jurisdiction: Option<Jurisdiction>,
    pub(super) identity: Option<Evidence>,
    pub(super) authority: Option<Evidence>,
    pub(super) range: Option<DateRange>,
    pub(super) appeals: Option<RequestId>,
    pub(super) channel: Box<str>,
    /// The id that the caller drew, until the request has it.
    pub(super) id: Option<RequestId>,
}

impl Intake {
    /// The most bytes of a channel, and of the id of an agent.
    pub const MAX_NAME: usize = 64;

    /// Takes in a request of a kind that was received at a moment, over a channel such
    /// as `form`, `mail` or `drp`.
    #[must_use]
    pub fn new(kind: RequestKind, received: Moment, channel: &str) -> Self {
        Self {
            kind,
            received,
            requester: Requester::Subject,
            jurisdiction: None,
            identity: None,
            authority: None,
            range: None,
            appeals: None,
            channel: channel.into(),
            id: None,
        }
    }

    /// Files it under an id that was drawn before: to open it again under that id opens
    /// nothing. Without this, the register draws one.
    #[must_use]
    pub const fn id(mut self, id: RequestId) -> Self {
        self.id = Some(id);
        self
    }

    /// Says that an agent makes it, under the id that the product gave them.
    #[must_use]
    pub fn agent(mut self, id: &str) -> Self {
        self.requester = Requester::Agent(id.into());
        self
    }

    /// Says whose law applies. Where nobody knows, the strictest row of the table does.
    #[must_use]
    pub const fn jurisdiction(mut self, jurisdiction: Jurisdiction) -> Self {
        self.jurisdiction = Some(jurisdiction);
        self
    }

    /// Says that the identity is proved already, such as by a session.
    #[must_use]
    pub const fn identity(mut self, evidence: Evidence) -> Self {
        self.identity = Some(evidence);
        self
    }

    /// Says that the agent's authority is proved already, such as by a signed mandate.
    #[must_use]
    pub const fn authority(mut self, evidence: Evidence) -> Self {
        self.authority = Some(evidence);
        self
    }

    /// Asks for the data of a range of days alone.
    #[must_use]
    pub const fn range(mut self, range: DateRange) -> Self {
        self.range = Some(range);
        self
    }

    /// Says which request's answer an appeal is against.
    #[must_use]
    pub const fn appeals(mut self, request: RequestId) -> Self {
        self.appeals = Some(request);
        self
    }

    /// Checks that it may be taken in.
    ///
    /// # Errors
    /// `Config` where an appeal names no request or another kind names one, a range
    /// stands with a kind other than access or portability, an authority is proved
    /// without an agent, or the channel or the agent's id is not 1 to
    /// [`MAX_NAME`](Self::MAX_NAME) letters, digits and `-_.:/`; `Limit` where one is
    /// longer.
    pub fn check(&self) -> Result<(), Error> {
        let missing = |what| Err(RightsCause::Missing { what }.into());
        check_plain("channel of a request", &self.channel, Self::MAX_NAME)?;
        if let Requester::Agent(id) = &self.requester {
            check_plain("agent of a request", id, Self::MAX_NAME)?;
        } else if self.authority.is_some() {
            return missing("an agent, whose authority is proved");
        }
        if (self.kind == RequestKind::Appeal) != self.appeals.is_some() {
            return missing("the request that an appeal is against, or is no appeal");
        }
        let by_date = matches!(self.kind, RequestKind::Access | RequestKind::Portability);
        if self.range.is_some() && !by_date {
            return missing("a kind that can be asked for by date");
        }
        Ok(())
    }
}

/// How a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum State {
    /// It was received, and nobody has decided whether it is dealt with.
    Received,
    /// The requester was asked to prove who they are, or that they may act.
    IdentityPending,
    /// It will be dealt with.
    Accepted,
    /// The stores are at it.
    InProgress,
    /// All of it was done.
    Fulfilled,
    /// It was done but for what a clause keeps.
    Partial,
    /// It was refused.
    Refused,
    /// The requester took it back.
    Withdrawn,
    /// Another request asks for the same.
    Duplicate,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Received,
        Self::IdentityPending,
        Self::Accepted,
        Self::InProgress,
        Self::Fulfilled,
        Self::Partial,
        Self::Refused,
        Self::Withdrawn,
        Self::Duplicate,
    ];

    /// Returns whether nothing can follow.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Fulfilled | Self::Partial | Self::Refused | Self::Withdrawn | Self::Duplicate
        )
    }

    /// Returns its name, such as `in progress`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::IdentityPending => "identity pending",
            Self::Accepted => "accepted",
            Self::InProgress => "in progress",
            Self::Fulfilled => "fulfilled",
            Self::Partial => "partial",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Duplicate => "duplicate",
        }
    }
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The identity, or the agent's authority, was not proved.
    NotProven,
    /// There is nobody of whom data is held.
    NoMatch,
    /// The law or the policy does not give this right here.
    NotCovered,
    /// The law of the requester is not one that applies.
    OutsideJurisdiction,
    /// It is manifestly unfounded, or excessive.
    Excessive,
    /// It is believed to be a fraud.
    Fraud,
    /// Grounds of the controller override it.
    Overridden,
}

/// What a store keeps although it was asked for, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Kept {
    /// The data.
    pub category: Category,
    /// The clause that keeps it.
    pub clause: ClauseId,
    /// Until when; `None` where nobody knows yet, as under a hold.
    pub until: Option<Moment>,
}

impl Kept {
    /// Records that a clause keeps data of a category until a moment; `None` where
    /// nobody knows yet.
    #[must_use]
    pub const fn new(category: Category, clause: ClauseId, until: Option<Moment>) -> Self {
        Self {
            category,
            clause,
            until,
        }
    }
}

/// What a store did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreOutcome {
    /// It did what was asked for, with that many records.
    Done {
        /// How many records.
        records: u64,
        /// What shows it.
        evidence: Evidence,
    },
    /// It holds nothing of the data subject.
    Nothing,
    /// What it holds expires by itself at that moment, as in a backup.
    ExpiresBy {
        /// When it is gone.
        at: Moment,
        /// What shows it.
        evidence: Evidence,
    },
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The requester was told that it was received.
    Acknowledge,
    /// The requester was asked to prove who they are, or that they may act.
    AskIdentity,
    /// They proved who they are.
    ProveIdentity(Evidence),
    /// An agent proved that they may act.
    ProveAuthority(Evidence),
    /// A fee was asked for.
    AskFee,
    /// The fee was paid.
    PayFee,
    /// The requester was asked what they mean.
    AskClarification,
    /// They said what they mean.
    Clarify,
    /// It was decided that it is dealt with.
    Accept,
    /// The stores were asked.
    Begin,
    /// A store said what it did.
    Report {
        /// Which store.
        store: DataStore,
        /// What it did.
        outcome: StoreOutcome,
        /// What it keeps.
        kept: Vec<Kept>,
    },
    /// The requester was told that it takes longer, and why.
    Extend(ClauseId),
    /// The requester was given the answer with that SHA-256 digest: the bundle, the
    /// confirmation, the letter. What is kept is withheld, and the rest is in it.
    Complete([u8; 32]),
    /// It was refused because of a clause.
    Refuse(ClauseId, Refusal),
    /// The requester took it back.
    Withdraw,
    /// It asks for the same as another one.
    MarkDuplicate(RequestId),
}

impl Step {
    /// Returns its name, such as `ask_identity`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::AskIdentity => "ask_identity",
            Self::ProveIdentity(_) => "prove_identity",
            Self::ProveAuthority(_) => "prove_authority",
            Self::AskFee => "ask_fee",
            Self::PayFee => "pay_fee",
            Self::AskClarification => "ask_clarification",
            Self::Clarify => "clarify",
            Self::Accept => "accept",
            Self::Begin => "begin",
            Self::Report { .. } => "report",
            Self::Extend(_) => "extend",
            Self::Complete(_) => "complete",
            Self::Refuse(..) => "refuse",
            Self::Withdraw => "withdraw",
            Self::MarkDuplicate(_) => "mark_duplicate",
        }
    }
}

/// A request of a data subject with everything that happened to it.
///
/// It is a value: [`apply`](Self::apply) makes the next one of a step, or refuses the
/// step. Everything else follows from its steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub(super) id: RequestId,
    pub(super) intake: Intake,
    pub(super) steps: Vec<(Moment, Step)>,
    /// The stores that were asked, with what they said.
    pub(super) tasks: BTreeMap<DataStore, Option<(StoreOutcome, Vec<Kept>)>>,
    pub(super) state: State,
}

impl Request {
    /// The most steps of a request.
    pub const MAX_STEPS: usize = 4096;

    /// Begins a request under an id, whatever id the intake has.
    ///
    /// # Errors
    /// Those of [`Intake::check`].
    pub fn new(id: RequestId, mut intake: Intake) -> Result<Self, Error> {
        intake.check()?;
        intake.id = None;
        Ok(Self {
            id,
            intake,
            steps: Vec::new(),
            tasks: BTreeMap::new(),
            state: State::Received,
        })
    }

    /// Returns the id.
    #[must_use]
    pub const fn id(&self) -> RequestId {
        self.id
    }

    /// Returns what is asked for.
    #[must_use]
    pub const fn kind(&self) -> RequestKind {
        self.intake.kind
    }

    /// Returns what came in.
    #[must_use]
    pub const fn intake(&self) -> &Intake {
        &self.intake
    }

    /// Returns when it was received.
    #[must_use]
    pub const fn received(&self) -> Moment {
        self.intake.received
    }

    /// Returns who makes it.
    #[must_use]
    pub const fn requester(&self) -> &Requester {
        &self.intake.requester
    }

    /// Returns whose law applies, where that is known.
    #[must_use]
    pub const fn jurisdiction(&self) -> Option<&Jurisdiction> {
        self.intake.jurisdiction.as_ref()
    }

    /// Returns the range of days that is asked for.
    #[must_use]
    pub const fn range(&self) -> Option<DateRange> {
        self.intake.range
    }

    /// Returns how it stands.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// Returns every step with its time, the first one first.
    pub fn steps(&self) -> impl Iterator<Item = (Moment, &Step)> {
        self.steps.iter().map(|(at, step)| (*at, step))
    }

    /// Returns the stores that were asked and have not reported.
    pub fn open_stores(&self) -> impl Iterator<Item = &DataStore> {
        let open = self.tasks.iter().filter(|(_, report)| report.is_none());
        open.map(|(store, _)| store)
    }

    /// Returns what is kept, with the clauses that keep it, in order, each once.
    #[must_use]
    pub fn kept(&self) -> Vec<&Kept> {
        let reports = self.tasks.values().flatten();
        let mut kept: Vec<_> = reports.flat_map(|(_, kept)| kept).collect();
        kept.sort();
        kept.dedup();
        kept
    }

    /// Returns whether the identity is proved.
    #[must_use]
    pub fn has_identity(&self) -> bool {
        self.intake.identity.is_some() || self.has(|step| matches!(step, Step::ProveIdentity(_)))
    }

    /// Returns whether the requester may act for the data subject: they are it, or an
    /// agent whose authority is proved.
    #[must_use]
    pub fn has_authority(&self) -> bool {
        self.intake.requester == Requester::Subject
            || self.intake.authority.is_some()
            || self.has(|step| matches!(step, Step::ProveAuthority(_)))
    }

    /// Returns the clause and the reason of a refusal.
    #[must_use]
    pub fn refusal(&self) -> Option<(&ClauseId, Refusal)> {
        self.steps.iter().rev().find_map(|(_, step)| match step {
            Step::Refuse(clause, reason) => Some((clause, *reason)),
            _ => None,
        })
    }

    /// Returns the request that it is a duplicate of.
    #[must_use]
    pub fn duplicate_of(&self) -> Option<RequestId> {
        self.steps.iter().rev().find_map(|(_, step)| match step {
            Step::MarkDuplicate(of) => Some(*of),
            _ => None,
        })
    }

    /// Returns when it came into a final state, and the digest of the answer where it
    /// was completed.
    #[must_use]
    pub fn closed(&self) -> Option<(Moment, Option<[u8; 32]>)> {
        if !self.state.is_final() {
            return None;
        }
        let (at, step) = self.steps.last()?;
        let answer = match step {
            Step::Complete(answer) => Some(*answer),
            _ => None,
        };
        Some((*at, answer))
    }

    pub(super) fn has(&self, is: impl Fn(&Step) -> bool) -> bool {
        self.steps.iter().any(|(_, step)| is(step))
    }

    /// When the last of some steps was taken.
    pub(super) fn last(&self, is: impl Fn(&Step) -> bool) -> Option<Moment> {
        let mut steps = self.steps.iter().rev();
        steps.find(|(_, step)| is(step)).map(|(at, _)| *at)
    }

    /// Takes a step at a moment, and returns the request as it is then.
    ///
    /// # Errors
    /// [`Refused`](crate::ErrorKind::Refused) where the step is not possible now: the
    /// error names the step and the state, or what stands against it. `Config` where the
    /// moment lies before the step that was taken last. `Limit` past
    /// [`MAX_STEPS`](Self::MAX_STEPS).
    pub fn apply(&self, rules: &Rules, step: Step, at: Moment) -> Result<Self, Error> {
        let earliest = self.steps.last().map_or(self.received(), |(at, _)| *at);
        if at < earliest {
            return Err(RightsCause::Earlier.into());
        }
        if self.steps.len() >= Self::MAX_STEPS {
            return Err(Error::limit("steps of a request", Self::MAX_STEPS as u64));
        }
        let mut next = self.clone();
        next.state = self.after(rules, &step, at)?;
        match &step {
            Step::Begin => {
                let stores = rules.stores_for(self.kind()).into_iter();
                next.tasks = stores.map(|store| (store, None)).collect();
            }
            Step::Report {
                store,
                outcome,
                kept,
            } => {
                let report = (*outcome, kept.clone());
                next.tasks.insert(store.clone(), Some(report));
            }
            _ => {}
        }
        next.steps.push((at, step));
        Ok(next)
    }
}
