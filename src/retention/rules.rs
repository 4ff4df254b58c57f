//! The clauses of one category, ready to be evaluated.

use std::time::Duration;

use super::clause::{Act as ClauseAct, Clause, Start};
use super::disposition::{Disposition, DispositionKind};
use super::trigger::Trigger;
use crate::decision::ClauseId;
use crate::taxonomy::DataCategory;
use crate::time::{Moment, Period};

/// All bounds of one category.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    pub(super) acts: Vec<Act>,
    /// What a later version of the schedule demands as an earlier one does, which comes
    /// first: it never decides.
    pub(super) repeated: Vec<Act>,
    pub(super) keeps: Vec<Keep>,
    /// Clauses that keep, and give way to one that names the category more closely.
    pub(super) displaced: Vec<u16>,
    /// Whether the data is about nobody, so that no clause needs to speak of it.
    pub(super) anonymous: bool,
}

/// A bound by which something is done.
#[derive(Clone, Debug)]
pub(super) struct Act {
    pub(super) clause: u16,
    pub(super) trigger: Trigger,
    pub(super) period: Period,
    /// How long after the end of the period something is done, where the period is one
    /// of keeping.
    pub(super) after_keeping: Option<Period>,
    pub(super) kind: DispositionKind,
    /// How long before the deadline it may be done; `None` for at once.
    pub(super) lead: Option<Duration>,
    pub(super) notice: Option<Period>,
    /// It counts from this moment on, and not for anything before.
    pub(super) floor: Option<Moment>,
    /// What it waits for, besides what the law demands.
    pub(super) waits_for: Vec<Keep>,
}

/// A bound until which something is kept.
#[derive(Clone, Debug)]
pub(super) struct Keep {
    pub(super) clause: u16,
    pub(super) trigger: Trigger,
    pub(super) period: Period,
    pub(super) outweighs_erasure: bool,
    /// The events that end it.
    pub(super) ended_by: Vec<Trigger>,
    pub(super) caps: Vec<Cap>,
}

/// How a later version of the schedule shortens a keep bound: to this, but not to before
/// the version counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cap {
    pub(super) from: Moment,
    /// `None` where the later version does not keep it at all.
    pub(super) bound: Option<(Trigger, Period)>,
}

impl Act {
    /// Whether the deadline comes by itself, with no one asking or ending anything.
    pub(super) const fn is_bound_to_come(&self) -> bool {
        self.trigger.is_inherent()
    }

    /// Whether another bound, of a later version, comes no earlier than this one for any
    /// record, and is as strong.
    pub(super) fn precedes(&self, later: &Self) -> bool {
        let same_waits = || {
            let mut both = self.waits_for.iter().zip(&later.waits_for);
            self.waits_for.len() == later.waits_for.len() && both.all(|(one, two)| one.is_like(two))
        };
        self.trigger == later.trigger
            && self.period == later.period
            && self.after_keeping == later.after_keeping
            && self.kind == later.kind
            && self.lead == later.lead
            && self.notice == later.notice
            && self.floor <= later.floor
            && same_waits()
    }
}

impl Keep {
    /// Whether something ends this bound or goes before it that did not stand against
    /// the other.
    pub(super) fn is_weaker(&self, other: &Self) -> bool {
        let mut endings = self.ended_by.iter();
        (other.outweighs_erasure && !self.outweighs_erasure)
            || endings.any(|ending| !other.ended_by.contains(ending))
    }

    /// Whether both have the same bound, what later versions shorten apart.
    fn is_like(&self, other: &Self) -> bool {
        self.trigger == other.trigger
            && self.period == other.period
            && self.ended_by == other.ended_by
            && other.caps.is_empty()
    }
}

impl Rules {
    /// Compiles what `clauses` say of `category`.
    pub(super) fn compile(clauses: &[Clause], category: &DataCategory, lead: Duration) -> Self {
        let mut rules = Self::default();
        let about = || {
            let indexed = (0_u16..).zip(clauses);
            indexed.filter_map(|(index, clause)| {
                let depth = clause.categories.depth(category)?;
                Some((index, clause, depth))
            })
        };
        for (index, clause, depth) in about() {
            rules
                .acts
                .extend(acts_of(index, clause, clauses, category, lead));
            let Some(keep) = keep_of(index, clause, clauses, category) else {
                continue;
            };
            // One that names the category more closely goes before, but only the law
            // goes before the law.
            let is_displaced = about().any(|(_, other, closer)| {
                other.keep.is_some()
                    && closer > depth
                    && (other.outweighs_erasure() || !clause.outweighs_erasure())
            });
            if is_displaced {
                rules.displaced.push(index);
            } else {
                rules.keeps.push(keep);
            }
        }
        for act in &mut rules.acts {
            let keeps = &rules.keeps;
            act.waits_for
                .retain(|waited| keeps.iter().any(|keep| keep.clause == waited.clause));
        }
        rules
    }

    pub(super) fn keep(&self, clause: u16) -> Option<&Keep> {
        self.keeps.iter().find(|keep| keep.clause == clause)
    }

    /// What a clause has done: at most two things.
    pub(super) fn acts_of(&self, clause: u16) -> impl Iterator<Item = &Act> {
        let all = self.acts.iter().chain(&self.repeated);
        all.filter(move |act| act.clause == clause)
    }

    /// Whether a clause speaks of the category.
    pub(super) fn names(&self, clause: u16) -> bool {
        self.displaced.contains(&clause)
            || self.acts_of(clause).next().is_some()
            || self.keeps.iter().any(|keep| keep.clause == clause)
    }
}

fn find<'c>(clauses: &'c [Clause], id: &ClauseId) -> Option<(u16, &'c Clause)> {
    let index = clauses.binary_search_by(|clause| clause.id.cmp(id)).ok()?;
    Some((u16::try_from(index).ok()?, clauses.get(index)?))
}

fn keep_of(
    index: u16,
    clause: &Clause,
    clauses: &[Clause],
    category: &DataCategory,
) -> Option<Keep> {
    let ended_by = clause.yields_to.iter().filter_map(|id| {
        let (_, other) = find(clauses, id)?;
        let applies = other.act.is_some() && other.categories.contains(category);
        applies.then_some(other.trigger)
    });
    Some(Keep {
        clause: index,
        trigger: clause.trigger,
        period: clause.keep?,
        outweighs_erasure: clause.outweighs_erasure(),
        ended_by: ended_by.collect(),
        caps: Vec::new(),
    })
}

fn acts_of(
    index: u16,
    clause: &Clause,
    clauses: &[Clause],
    category: &DataCategory,
    lead: Duration,
) -> Vec<Act> {
    let waits_for = clause.yields_to.iter().filter_map(|id| {
        let (other, clause) = find(clauses, id)?;
        // The law is waited for anyway, and shown to be.
        keep_of(other, clause, clauses, category).filter(|keep| !keep.outweighs_erasure)
    });
    let waits_for: Vec<_> = waits_for.collect();
    let act = |action: &Disposition, period, after_keeping, lead| Act {
        clause: index,
        trigger: clause.trigger,
        period,
        after_keeping,
        kind: action.kind(),
        lead,
        notice: clause.notice,
        floor: None,
        waits_for: waits_for.clone(),
    };
    let mut acts = Vec::new();
    if let Some(ClauseAct { action, period }) = &clause.act {
        let lead = match &clause.start {
            Some(Start::AtOnce) => None,
            Some(Start::Before(lead)) => Some(*lead),
            None if clause.trigger.is_demand() => None,
            None => Some(lead),
        };
        acts.push(act(action, *period, None, lead));
    }
    if let (Some((action, within)), Some(keep)) = (&clause.then, clause.keep) {
        acts.push(act(action, keep, Some(*within), None));
    }
    acts
}
