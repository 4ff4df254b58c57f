//! Disclosures for other reasons than the service itself.

use super::document::DisclosureGround;
use super::recipient::Listed;
use crate::decision::{ClauseId, Decision, Reason};
use crate::taxonomy::{DataCategory, Processor};
use crate::time::{Moment, Period, Rounding};

/// The grounds on which data may be disclosed. There are no others.
#[derive(Clone, Debug, Default)]
pub struct Disclosures {
    pub(super) rules: Vec<DisclosureRule>,
}

#[derive(Clone, Debug)]
pub(super) struct DisclosureRule {
    pub(super) clause: ClauseId,
    pub(super) ground: DisclosureGround,
    pub(super) categories: Listed,
    /// The only one who gets it, where the clause names one.
    pub(super) processor: Option<Processor>,
    pub(super) case_reference: bool,
    pub(super) recorded_reason: bool,
    pub(super) approvers: u32,
    pub(super) notify_before: Option<Period>,
    pub(super) same_commitments: bool,
}

/// A disclosure that is about to happen, and what stands behind it.
#[derive(Clone, Copy, Debug)]
pub struct Disclosure<'a> {
    ground: DisclosureGround,
    category: &'a DataCategory,
    recipient: Option<&'a Processor>,
    case_reference: Option<&'a str>,
    reason: Option<&'a str>,
    approvers: &'a [&'a str],
    announced: Option<Moment>,
    keeps_commitments: bool,
}

impl<'a> Disclosure<'a> {
    /// Names the ground and the category.
    #[must_use]
    pub const fn new(ground: DisclosureGround, category: &'a DataCategory) -> Self {
        Self {
            ground,
            category,
            recipient: None,
            case_reference: None,
            reason: None,
            approvers: &[],
            announced: None,
            keeps_commitments: false,
        }
    }

    /// Names who gets it, where that is a declared processor.
    #[must_use]
    pub const fn to(mut self, recipient: &'a Processor) -> Self {
        self.recipient = Some(recipient);
        self
    }

    /// Gives the reference of the case.
    #[must_use]
    pub const fn case_reference(mut self, reference: &'a str) -> Self {
        self.case_reference = Some(reference);
        self
    }

    /// Gives the reason, which is recorded.
    #[must_use]
    pub const fn reason(mut self, reason: &'a str) -> Self {
        self.reason = Some(reason);
        self
    }

    /// Names the persons who approve. Each counts once.
    #[must_use]
    pub const fn approved_by(mut self, persons: &'a [&'a str]) -> Self {
        self.approvers = persons;
        self
    }

    /// Says when the data subjects were told.
    #[must_use]
    pub const fn announced(mut self, at: Moment) -> Self {
        self.announced = Some(at);
        self
    }

    /// Says that the successor's policy weakens nothing, as
    /// [`PolicyDiff::weakens`](super::PolicyDiff::weakens) answers no.
    #[must_use]
    pub const fn keeps_commitments(mut self) -> Self {
        self.keeps_commitments = true;
        self
    }
}

impl Disclosures {
    /// Decides whether something may be disclosed now, and says what is missing.
    pub fn decide(&self, what: &Disclosure<'_>, now: Moment) -> Decision {
        let about = |rule: &&DisclosureRule| {
            rule.ground == what.ground && rule.categories.has(what.category)
        };
        let mut refused = Vec::new();
        for rule in self.rules.iter().filter(about) {
            let lacks = rule.lacks(what, now);
            if lacks.is_empty() {
                let why = "ground is listed and everything it needs is there";
                return Decision::allow(Reason::new(rule.clause.clone(), why));
            }
            let reasons = lacks.into_iter();
            refused
                .extend(reasons.map(|why| Decision::deny(Reason::new(rule.clause.clone(), why))));
        }
        if refused.is_empty() {
            let why = "no clause lists this ground for this category";
            return Decision::deny(Reason::without_clause(why));
        }
        Decision::all(refused)
    }
}

impl DisclosureRule {
    fn lacks(&self, what: &Disclosure<'_>, now: Moment) -> Vec<&'static str> {
        let given = |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty());
        let mut lacks = Vec::new();
        let is_bound = self.processor.is_some();
        if is_bound && self.processor.as_ref() != what.recipient {
            lacks.push("recipient is missing or is not the one listed");
        }
        if self.case_reference && !given(what.case_reference) {
            lacks.push("reference of the case is missing");
        }
        if self.recorded_reason && !given(what.reason) {
            lacks.push("reason is missing");
        }
        // Blanks and capital letters make nobody another person.
        let persons = what.approvers.iter();
        let persons = persons.map(|name| name.trim().to_lowercase());
        let mut persons: Vec<String> = persons.filter(|name| !name.is_empty()).collect();
        persons.sort_unstable();
        persons.dedup();
        if persons.len() < usize::try_from(self.approvers).unwrap_or(usize::MAX) {
            lacks.push("not enough different persons approve");
        }
        if let Some(before) = self.notify_before {
            // Where the calendar leaves it open when that is over, it is the later.
            let told = what
                .announced
                .and_then(|at| before.after(at, Rounding::Forward).ok());
            if told.is_none_or(|until| until > now) {
                lacks.push("data subjects were not told long enough before");
            }
        }
        if self.same_commitments && !what.keeps_commitments {
            lacks.push("successor does not keep every commitment");
        }
        lacks
    }
}
