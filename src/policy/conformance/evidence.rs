//! One thing that was seen.

use crate::decision::ClauseId;
use crate::policy::Policy;
use crate::time::Moment;

/// One thing that a trial saw, and whether it was as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialEvidence {
    pub(super) kind: EvidenceKind,
    pub(super) what: Box<str>,
    pub(super) seen: Box<str>,
    pub(super) clause: Option<ClauseId>,
    pub(super) holds: bool,
}

/// What kind of thing was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EvidenceKind {
    /// What is promised went through.
    Permitted,
    /// What is ruled out was tried, and refused.
    Refused,
    /// An answer changed at a moment.
    Boundary,
    /// Words in a generated document.
    Declared,
    /// What rests on an attestation ended with it.
    Attested {
        /// When the attestation expires.
        expires: Moment,
    },
    /// Something else that was checked. On its own it does not show that a promise is kept.
    Shown,
}

/// A document that is generated from a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Generated {
    /// [`Policy::notice`].
    Notice,
    /// [`Policy::record_of_processing`].
    RecordOfProcessing,
    /// [`Policy::retention_schedule`].
    RetentionSchedule,
    /// [`Policy::recipient_list`].
    RecipientList,
    /// [`Policy::cookie_table`].
    CookieTable,
    /// [`Policy::registers`].
    Registers,
    /// [`Policy::gpc_json`].
    GpcJson,
}

impl EvidenceKind {
    /// Returns the word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Permitted => "permitted",
            Self::Refused => "refused",
            Self::Boundary => "boundary",
            Self::Declared => "declared",
            Self::Attested { .. } => "attested",
            Self::Shown => "shown",
        }
    }
}

impl Generated {
    /// Returns what it is called.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::RecordOfProcessing => "record of processing",
            Self::RetentionSchedule => "retention schedule",
            Self::RecipientList => "list of recipients",
            Self::CookieTable => "table of cookies",
            Self::Registers => "registers",
            Self::GpcJson => "gpc.json",
        }
    }

    /// Returns whether the document that is generated from a policy holds these words. It
    /// may be wrapped between any two of them.
    pub(super) fn says(self, policy: &Policy, words: &str) -> bool {
        let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let sought = flat(words);
        !sought.is_empty() && flat(&self.of(policy)).contains(&sought)
    }

    fn of(self, policy: &Policy) -> String {
        match self {
            Self::Notice => policy.notice(),
            Self::RecordOfProcessing => policy.record_of_processing(),
            Self::RetentionSchedule => policy.retention_schedule(),
            Self::RecipientList => policy.recipient_list(),
            Self::CookieTable => policy.cookie_table(),
            Self::Registers => policy.registers(),
            Self::GpcJson => policy.gpc_json().unwrap_or_default(),
        }
    }
}

impl TrialEvidence {
    /// Returns what kind of thing it is.
    #[must_use]
    pub const fn kind(&self) -> EvidenceKind {
        self.kind
    }

    /// Returns what was tried or looked for.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Returns what was seen.
    #[must_use]
    pub fn seen(&self) -> &str {
        &self.seen
    }

    /// Returns the clause that decided, where one did.
    #[must_use]
    pub const fn clause(&self) -> Option<&ClauseId> {
        self.clause.as_ref()
    }

    /// Returns whether it was as it should be.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.holds
    }
}
