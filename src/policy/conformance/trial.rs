//! What was tried for one promise.

use std::fmt;
use std::time::Duration;

use super::evidence::{EvidenceKind, Generated, TrialEvidence};
use super::tried::Tried;
use crate::policy::Policy;
use crate::time::Moment;

/// What was tried for one promise. It counts once it is given back by [`Kit::end`](super::Kit::end).
#[must_use = "a trial counts once it is ended"]
pub struct Trial {
    pub(super) id: Box<str>,
    /// The number of the kit that began it.
    pub(super) kit: u64,
    pub(super) policy: Policy,
    pub(super) mechanisms: Vec<(Box<str>, Box<str>)>,
    pub(super) evidence: Vec<TrialEvidence>,
}

impl Trial {
    pub(super) fn new(promise: &str, kit: u64, policy: &Policy) -> Self {
        Self {
            id: promise.into(),
            kit,
            policy: policy.clone(),
            mechanisms: Vec::new(),
            evidence: Vec::new(),
        }
    }

    /// Returns the id of the promise.
    #[must_use]
    pub fn promise(&self) -> &str {
        &self.id
    }

    /// Names a mechanism that the trial asks: its module, and what it does.
    pub fn mechanism(&mut self, module: &str, what: &str) -> &mut Self {
        let named = (module.into(), what.into());
        if !self.mechanisms.contains(&named) {
            self.mechanisms.push(named);
        }
        self
    }

    /// Notes that what is promised was done, which holds where it went through.
    pub fn permitted(&mut self, what: &str, tried: &impl Tried) -> &mut Self {
        self.tried(EvidenceKind::Permitted, what, tried, tried.is_permitted())
    }

    /// Notes that what is ruled out was tried, which holds where it was refused.
    pub fn refused(&mut self, what: &str, tried: &impl Tried) -> &mut Self {
        self.tried(EvidenceKind::Refused, what, tried, tried.is_refused())
    }

    /// Notes that what is ruled out was asked for, and did not even become a setting:
    /// whatever error it was, also one of kind [`Config`](crate::ErrorKind::Config).
    pub fn rejected<T>(&mut self, what: &str, tried: &Result<T, crate::Error>) -> &mut Self {
        self.tried(EvidenceKind::Refused, what, tried, tried.is_err())
    }

    fn tried(
        &mut self,
        kind: EvidenceKind,
        what: &str,
        tried: &impl Tried,
        holds: bool,
    ) -> &mut Self {
        self.note(TrialEvidence {
            kind,
            what: what.into(),
            seen: tried.seen().into(),
            clause: tried.clause(),
            holds,
        })
    }

    /// Returns the three moments at which a boundary is looked at: one second before it,
    /// at it, and one second after.
    #[must_use]
    pub fn around(at: Moment) -> [Moment; 3] {
        let second = Duration::from_secs(1);
        [at.saturating_sub(second), at, at.saturating_add(second)]
    }

    /// Notes the answers around a moment, which holds where they are as expected. A
    /// boundary at which nothing is expected to change is none, and does not hold.
    pub fn boundary<T: PartialEq + fmt::Debug>(
        &mut self,
        what: &str,
        at: Moment,
        seen: &[T; 3],
        expected: &[T; 3],
    ) -> &mut Self {
        let [before, then, after] = expected;
        // There and back is no boundary: nothing is said of where the answer stays.
        let changes = (before != then) != (then != after);
        self.note(TrialEvidence {
            kind: EvidenceKind::Boundary,
            what: what.into(),
            seen: format!("{seen:?} around {at}").into(),
            clause: None,
            holds: seen == expected && changes,
        })
    }

    /// Notes that a document generated from the policy says something, which holds where
    /// the words are in it.
    pub fn declared(&mut self, document: Generated, words: &str) -> &mut Self {
        let holds = document.says(&self.policy, words);
        self.note_declared(format!("`{words}` in the {}", document.as_str()), holds)
    }

    /// Notes the same, and that the words follow the policy: in the document that is
    /// generated from `other`, a policy that says something else, they are not, and
    /// `instead` stands there. Words that a document says of whatever policy do not hold.
    pub fn declared_by(
        &mut self,
        document: Generated,
        words: &str,
        other: &Policy,
        instead: &str,
    ) -> &mut Self {
        let holds = document.says(&self.policy, words)
            && !document.says(other, words)
            && document.says(other, instead)
            && !document.says(&self.policy, instead);
        let what = format!("`{words}` in the {}, by the policy", document.as_str());
        self.note_declared(what, holds)
    }

    fn note_declared(&mut self, what: String, holds: bool) -> &mut Self {
        let seen = if holds { "found" } else { "not found" };
        self.note(TrialEvidence {
            kind: EvidenceKind::Declared,
            what: what.into(),
            seen: seen.into(),
            clause: None,
            holds,
        })
    }

    /// Notes the answers around the expiry of an attestation, which holds where there is
    /// permission before it, and refusal at it and after. The day of a document begins at
    /// midnight in its time zone, which need not be midnight in UTC.
    pub fn attested(&mut self, what: &str, expires: Moment, seen: &[impl Tried; 3]) -> &mut Self {
        let [before, then, after] = seen;
        self.note(TrialEvidence {
            kind: EvidenceKind::Attested { expires },
            what: what.into(),
            seen: then.seen().into(),
            clause: then.clause(),
            holds: before.is_permitted() && then.is_refused() && after.is_refused(),
        })
    }

    /// Notes something else that was checked. On its own it keeps no promise; where it
    /// does not hold, the promise is not kept.
    pub fn shown(&mut self, what: &str, holds: bool) -> &mut Self {
        let seen = if holds { "so it is" } else { "not so" };
        self.note(TrialEvidence {
            kind: EvidenceKind::Shown,
            what: what.into(),
            seen: seen.into(),
            clause: None,
            holds,
        })
    }

    fn note(&mut self, mut evidence: TrialEvidence) -> &mut Self {
        // Text of a trial stands on one line of the report.
        evidence.what = one_line(&evidence.what);
        evidence.seen = one_line(&evidence.seen);
        evidence.holds &= !evidence.what.trim().is_empty();
        self.evidence.push(evidence);
        self
    }
}

/// Puts spaces for what would begin a line of its own or steer a terminal.
pub(super) fn one_line(text: &str) -> Box<str> {
    let plain = text.chars();
    let plain = plain.map(|letter| if letter.is_control() { ' ' } else { letter });
    plain.collect::<String>().into()
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial")
            .field("promise", &self.id)
            .field("evidence", &self.evidence)
            .finish_non_exhaustive()
    }
}
