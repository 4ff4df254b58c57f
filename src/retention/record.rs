//! The facts about a record whose retention is asked for.

use std::fmt;
use std::ops::Range;

use super::disposition::DispositionKind;
use super::proof::AnonymityProof;
use super::trigger::Events;
#[cfg(feature = "policy")]
use super::trigger::{Known, Trigger};
use crate::decision::ClauseId;
use crate::taxonomy::{DataCategory, Jurisdiction, Subject};
use crate::time::Moment;

/// What is known of a record: its category, its data subject, and what happened to it. Its content
/// is not needed.
///
/// # Security
/// `Debug` shows neither the subject nor the tenant.
///
/// # Example
/// ```
/// use confidant::retention::{Events, Record};
/// use confidant::taxonomy::{DataCategory, Subject};
///
/// let category = DataCategory::new("chat.intent_log")?;
/// let subject = Subject::new("jo@mail.test")?;
/// let events = Events::created("2026-01-31T12:00:00Z".parse()?);
/// let record = Record::new(&category, events).tenant("acme").subject(&subject);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct Record<'a> {
    pub(super) category: &'a DataCategory,
    pub(super) tenant: &'a str,
    pub(super) subject: Option<&'a Subject>,
    pub(super) jurisdiction: Option<Jurisdiction>,
    pub(super) events: Events,
    pub(super) done: u8,
    pub(super) noticed: Option<Moment>,
    pub(super) reconsented: Option<Moment>,
    pub(super) source: Option<Source>,
    pub(super) proof: Option<AnonymityProof>,
}

/// What a record takes over from those that it was derived from: the earliest deadline
/// among them.
///
/// Keep it with the derived record: the sources may be gone before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub(super) bound: Option<SourceBound>,
    /// Whether a source could not be evaluated.
    pub(super) unknown: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SourceBound {
    pub(super) by: Moment,
    pub(super) from: Moment,
    pub(super) kind: DispositionKind,
    pub(super) clause: Option<ClauseId>,
}

impl Source {
    /// Takes over that data derived from a source is erased during `due`, so before its
    /// end, because of that clause.
    #[must_use]
    pub const fn new(due: Range<Moment>, kind: DispositionKind, clause: ClauseId) -> Self {
        let bound = SourceBound {
            by: due.end,
            from: due.start,
            kind,
            clause: Some(clause),
        };
        Self {
            bound: Some(bound),
            unknown: false,
        }
    }

    /// Takes over from an unknown source.
    #[must_use]
    pub const fn unknown() -> Self {
        Self {
            bound: None,
            unknown: true,
        }
    }

    /// Takes over from both: the earlier deadline counts.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.unknown |= other.unknown;
        self.bound = match (self.bound, other.bound) {
            (Some(one), Some(other)) => {
                let key = |bound: &SourceBound| {
                    (
                        bound.by,
                        std::cmp::Reverse(bound.kind),
                        bound.from,
                        bound.clause.clone(),
                    )
                };
                Some(std::cmp::min_by_key(one, other, key))
            }
            (one, other) => one.or(other),
        };
        self
    }

    /// Returns the moment before which derived data is erased, if there is one.
    #[must_use]
    pub fn due_by(&self) -> Option<Moment> {
        self.bound.as_ref().map(|bound| bound.by)
    }

    /// Returns the clause that the deadline comes from.
    #[must_use]
    pub fn clause(&self) -> Option<&ClauseId> {
        self.bound.as_ref().and_then(|bound| bound.clause.as_ref())
    }
}

impl<'a> Record<'a> {
    /// Describes a record of a category, to which these events happened.
    #[must_use]
    pub const fn new(category: &'a DataCategory, events: Events) -> Self {
        Self {
            category,
            tenant: "",
            subject: None,
            jurisdiction: None,
            events,
            done: 0,
            noticed: None,
            reconsented: None,
            source: None,
            proof: None,
        }
    }

    /// Names the tenant it belongs to; the empty one where nothing is said.
    #[must_use]
    pub const fn tenant(mut self, tenant: &'a str) -> Self {
        self.tenant = tenant;
        self
    }

    /// Names the person it is about. A record that is about several is described once
    /// for each, and the strictest verdict counts. One without a subject is about
    /// nobody: holds that select subjects pass it by. Holds that were loaded from a hold book
    /// (`HoldBook::load`) know persons by the book's pseudonyms alone, so name them by those:
    /// under their own id no such hold counts for them.
    #[must_use]
    pub const fn subject(mut self, subject: &'a Subject) -> Self {
        self.subject = Some(subject);
        self
    }

    /// Names whose law applies to it.
    #[must_use]
    pub const fn jurisdiction(mut self, jurisdiction: Jurisdiction) -> Self {
        self.jurisdiction = Some(jurisdiction);
        self
    }

    /// Says that an action was carried out already that leaves the record in place: that
    /// it is restricted, was reviewed, or that its processor was asked.
    #[must_use]
    pub const fn done(mut self, action: DispositionKind) -> Self {
        if !action.erases() {
            self.done |= action.bit();
        }
        self
    }

    /// Says when the data subject was told that it will be erased. A notice counts for the
    /// erasure that it was about: one from before the event, such as the last activity,
    /// only where it was given no longer ahead than the notice period asks.
    #[must_use]
    pub const fn noticed(mut self, at: Moment) -> Self {
        self.noticed = Some(at);
        self
    }

    /// Says when the data subject consented to the policy as it was then: what was
    /// collected before counts as collected then. See [`History`](super::History).
    #[must_use]
    pub const fn reconsented(mut self, at: Moment) -> Self {
        self.reconsented = Some(at);
        self
    }

    /// Says what it was derived from. Called again, all of the sources count.
    #[must_use]
    pub fn derived_from(mut self, source: Source) -> Self {
        self.source = Some(match self.source.take() {
            Some(known) => known.and(source),
            None => source,
        });
        self
    }

    /// Says what shows that it is about nobody any more, so that the deadlines of its
    /// sources do not count. A proof that does not reach the schedule's
    /// [smallest group](super::ScheduleBuilder::min_group) shows nothing.
    #[must_use]
    pub const fn anonymised(mut self, proof: AnonymityProof) -> Self {
        self.proof = Some(proof);
        self
    }

    /// Returns the category.
    #[must_use]
    pub const fn category(&self) -> &'a DataCategory {
        self.category
    }

    /// Returns the events.
    #[must_use]
    pub const fn events(&self) -> &Events {
        &self.events
    }

    /// Writes everything that is known of it, for a digest.
    #[cfg(feature = "policy")]
    pub(crate) fn inputs(&self) -> crate::codec::Writer {
        use crate::codec::Writer;

        let mut out = Writer::default();
        out.text(self.category.as_str());
        out.text(self.tenant);
        out.optional(self.subject, |out, subject| out.text(subject.expose_id()));
        out.optional(self.jurisdiction, |out, area| out.text(area.as_str()));
        for trigger in Trigger::ALL {
            match self.events.known(trigger) {
                Known::Not => out.byte(0),
                Known::Unknown => out.byte(1),
                Known::At(at) => {
                    out.byte(2);
                    out.moment(at);
                }
            }
        }
        out.byte(self.done);
        out.optional(self.noticed, Writer::moment);
        out.optional(self.reconsented, Writer::moment);
        out.optional(self.source.as_ref(), |out, source| {
            out.byte(u8::from(source.unknown));
            out.optional(source.bound.as_ref(), |out, bound| {
                out.moment(bound.by);
                out.moment(bound.from);
                out.text(bound.kind.as_str());
                out.optional(bound.clause.as_ref(), |out, clause| {
                    out.text(clause.as_str());
                });
            });
        });
        out.optional(self.proof, |out, proof| {
            out.moment(proof.at());
            out.number(proof.smallest_group().into());
            out.number(proof.identifiers().into());
            out.raw(proof.report());
        });
        out
    }

    pub(super) const fn is_done(&self, kind: DispositionKind) -> bool {
        self.done & kind.bit() != 0
    }
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("category", self.category)
            .field("tenant_bytes", &self.tenant.len())
            .field("subject", &self.subject)
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}
