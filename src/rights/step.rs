//! The states of a request, and the steps between them.

use std::collections::BTreeMap;

use super::RequestId;
use crate::decision::ClauseId;
use crate::taxonomy::{DataCategory, DataStore, Evidence};
use crate::time::Moment;

/// How a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RequestState {
    /// It was received, and nobody has decided whether it is dealt with.
    Received,
    /// The requester was asked to prove who they are, or that they may act.
    IdentityPending,
    /// It was accepted.
    Accepted,
    /// The stores are at work.
    InProgress,
    /// All of it was done.
    Fulfilled,
    /// Everything was done except for what a clause keeps.
    Partial,
    /// It was refused.
    Refused,
    /// The requester took it back.
    Withdrawn,
    /// Another request asks for the same.
    Duplicate,
}

impl RequestState {
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

    /// Returns whether the state is final.
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
    /// No data of the person is held.
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

/// What a store keeps despite the request, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Kept {
    /// The data.
    pub category: DataCategory,
    /// The clause that keeps it.
    pub clause: ClauseId,
    /// Until when; `None` where nobody knows yet, as under a hold.
    pub until: Option<Moment>,
}

impl Kept {
    /// Records that a clause keeps data of a category until a moment; `None` where
    /// nobody knows yet.
    #[must_use]
    pub const fn new(category: DataCategory, clause: ClauseId, until: Option<Moment>) -> Self {
        Self {
            category,
            clause,
            until,
        }
    }
}

/// The same once for each category and clause, in order, with the latest end.
pub(super) fn merged(kept: impl IntoIterator<Item = Kept>) -> Vec<Kept> {
    let mut all: BTreeMap<(DataCategory, ClauseId), Option<Moment>> = BTreeMap::new();
    for one in kept {
        let until = all.entry((one.category, one.clause)).or_insert(one.until);
        // Nobody knows the end of what has none.
        *until = until.zip(one.until).map(|(known, new)| known.max(new));
    }
    let all = all.into_iter();
    all.map(|((category, clause), until)| Kept::new(category, clause, until))
        .collect()
}

/// The outcome of a request in one store.
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
    /// What it holds expires on its own at that moment, as in a backup.
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
        /// What it keeps. It is recorded once for each category and clause, with the
        /// latest end.
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
