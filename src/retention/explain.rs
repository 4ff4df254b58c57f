//! A verdict with its reasons, in one sentence.

use std::fmt;

use super::disposition::DispositionKind;
use super::evaluate::{self, Due, Inputs, Undue};
use super::holds::Holds;
use super::name::HoldId;
use super::record::Record;
use super::rules::{Act, Rules};
use super::schedule::Schedule;
use super::trigger::{Known, Trigger};
use super::verdict::{Decider, Missing, NoticeState, RetentionVerdict, Status};
use crate::decision::{ClauseId, Decision, Effect, Reason};
use crate::time::{Moment, Period};

/// A verdict with the clauses that decided and those that lost.
///
/// Its `Display` is one sentence. It holds names of clauses and moments, and nothing of
/// the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetentionExplanation {
    verdict: RetentionVerdict,
    decided_by: Option<Cause>,
    acts_for: Option<Cause>,
    kept_by: Option<(Cause, Moment)>,
    /// What else the record is kept for, until when it may be erased.
    waits_for: Option<Cause>,
    hold: Option<HoldId>,
    lost: Vec<(ClauseId, WhyLost)>,
    digest: Option<[u8; 32]>,
}

impl Schedule {
    /// Returns the verdict together with the clauses that decided, and the reason why each
    /// other clause lost.
    pub fn explain(&self, record: &Record<'_>, holds: &Holds, now: Moment) -> RetentionExplanation {
        RetentionExplanation::new(self, record, holds, now)
    }
}

/// A clause that decided, with the event that it counts from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cause {
    clause: Option<ClauseId>,
    event: Option<(Trigger, Moment)>,
    period: Option<Period>,
    from_source: bool,
}

/// Why a clause did not decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WhyLost {
    /// It is about other categories.
    OtherCategory,
    /// Its event has not happened.
    NotHappened,
    /// The time of its event is not known.
    Unknown,
    /// Its deadline is later than the one that decided.
    Later,
    /// Its deadline is the same, and its action is the weaker one.
    Weaker,
    /// It demands the same.
    Same,
    /// What it demands was done.
    Done,
    /// It would keep the record for longer than the deadline, and no law says so.
    Outweighed,
    /// It keeps the record for less long than another one.
    Shorter,
    /// A clause that names the category more closely goes before it.
    Displaced,
    /// The law keeps the record, so that its deadline is not met.
    KeptByLaw,
    /// A hold suspends it.
    Held,
}

impl RetentionExplanation {
    pub(super) fn new(
        schedule: &Schedule,
        record: &Record<'_>,
        holds: &Holds,
        now: Moment,
    ) -> Self {
        let digest = schedule.digest().copied();
        let Some(rules) = schedule.categories.get(record.category) else {
            return Self {
                verdict: RetentionVerdict::unknown(Missing::Category),
                decided_by: None,
                acts_for: None,
                kept_by: None,
                waits_for: None,
                hold: None,
                lost: Vec::new(),
                digest,
            };
        };
        let inputs = Inputs::new(schedule, rules, record, holds, now);
        let verdict = evaluate::evaluate(&inputs);
        let told = Told {
            schedule,
            inputs: &inputs,
            verdict: &verdict,
        };
        let first = match verdict.decided_by {
            // Behind a hold stands what it suspends.
            Some(Decider::Hold(_)) => verdict.acts_for,
            decided_by => decided_by,
        };
        let hold = match verdict.decided_by {
            Some(Decider::Hold(hold)) => holds.get(hold).map(|hold| hold.id().clone()),
            _ => None,
        };
        let other = verdict.acts_for.filter(|acts_for| Some(*acts_for) != first);
        Self {
            decided_by: first.map(|first| told.cause(first)),
            acts_for: other.map(|other| told.cause(other)),
            kept_by: verdict.kept_by.and_then(|clause| told.keeper(clause)),
            waits_for: told.waits_for(first).map(|index| told.cause_to_keep(index)),
            hold,
            lost: told.lost(rules, first),
            verdict,
            digest,
        }
    }

    /// Returns the verdict.
    pub const fn verdict(&self) -> &RetentionVerdict {
        &self.verdict
    }

    /// Returns the clause that decided: that of the deadline, or the one that keeps the
    /// record where nothing is to be done.
    #[must_use]
    pub fn decided_by(&self) -> Option<&ClauseId> {
        self.decided_by.as_ref()?.clause.as_ref()
    }

    /// Returns the clause that keeps the record although its erasure is due.
    #[must_use]
    pub fn kept_by(&self) -> Option<&ClauseId> {
        self.kept_by.as_ref()?.0.clause.as_ref()
    }

    /// Returns the hold that suspends all actions.
    #[must_use]
    pub const fn hold(&self) -> Option<&HoldId> {
        self.hold.as_ref()
    }

    /// Returns the clauses that did not decide, each with why not, in the order of their
    /// ids.
    #[must_use]
    pub fn lost(&self) -> &[(ClauseId, WhyLost)] {
        &self.lost
    }

    /// Returns the digest of the policy, if the schedule has one.
    #[must_use]
    pub const fn digest(&self) -> Option<&[u8; 32]> {
        self.digest.as_ref()
    }

    /// Returns the answer to whether the action may be taken now, in the shape of all
    /// decisions of this crate.
    pub fn decision(&self) -> Decision {
        let (effect, why) = self.effect();
        let clause = match self.verdict.status {
            Status::Restrict if effect == Effect::Deny => self.kept_by(),
            _ => self.decided_by(),
        };
        let reason = match clause {
            Some(clause) => Reason::new(clause.clone(), why),
            None => Reason::without_clause(why),
        };
        let decision = match effect {
            Effect::Allow => Decision::allow(reason),
            Effect::Deny => Decision::deny(reason),
        };
        let lost = self.lost.iter();
        let lost = lost.filter(|(_, why)| *why != WhyLost::OtherCategory);
        lost.fold(decision, |decision, (clause, why)| {
            decision.with_lost(
                effect.opposite(*why),
                Reason::new(clause.clone(), why.as_str()),
            )
        })
    }

    fn effect(&self) -> (Effect, &'static str) {
        let verdict = &self.verdict;
        match (verdict.status, verdict.notice) {
            _ if verdict.may_act() => (Effect::Allow, "the action is due"),
            (Status::Held, _) => (Effect::Deny, "a hold suspends it"),
            (Status::Unknown, _) => (Effect::Deny, "what it depends on is not known"),
            (Status::Restrict, _) => (Effect::Deny, "the law keeps it, and it is restricted"),
            (_, NoticeState::Due) => (Effect::Deny, "the data subject has not been told"),
            (_, NoticeState::Waiting(_)) => (Effect::Deny, "the time after the notice is not over"),
            _ => (Effect::Deny, "the action is not due"),
        }
    }
}

trait Opposite {
    fn opposite(self, why: WhyLost) -> Self;
}

impl Opposite for Effect {
    /// The effect that a clause which lost spoke for: one that keeps, against the action.
    fn opposite(self, why: WhyLost) -> Self {
        match why {
            WhyLost::Outweighed | WhyLost::Shorter | WhyLost::Displaced => Self::Deny,
            _ => Self::Allow,
        }
    }
}

/// Everything needed to name the clauses.
struct Told<'t> {
    schedule: &'t Schedule,
    inputs: &'t Inputs<'t>,
    verdict: &'t RetentionVerdict,
}

impl Told<'_> {
    fn cause(&self, decider: Decider) -> Cause {
        let clause = self
            .schedule
            .decider_id(self.inputs.record, decider)
            .cloned();
        let Decider::Clause(index) = decider else {
            return Cause {
                clause,
                event: None,
                period: None,
                from_source: true,
            };
        };
        let rules = self.inputs.rules;
        let act = self.first_act(index);
        let keep = rules.keep(index).map(|keep| (keep.trigger, keep.period));
        let found = act.map(|act| (act.trigger, act.period)).or(keep);
        let event = found.and_then(|(trigger, _)| match self.inputs.event(trigger) {
            Known::At(at) => Some((trigger, at)),
            Known::Not | Known::Unknown => None,
        });
        Cause {
            clause,
            event,
            period: found.map(|(_, period)| period),
            from_source: false,
        }
    }

    /// What a clause has done first of all that is still to be done.
    fn first_act(&self, clause: u16) -> Option<&Act> {
        let by = |act: &&Act| match self.inputs.due(act) {
            Ok(due) => due.by,
            Err(_) => Moment::MAX,
        };
        let is_done = |act: &&Act| self.inputs.record.is_done(act.kind);
        let acts = self.inputs.rules.acts_of(clause);
        acts.min_by_key(|act| (is_done(act), by(act)))
    }

    fn keeper(&self, clause: u16) -> Option<(Cause, Moment)> {
        let keep = self.inputs.rules.keep(clause)?;
        let Known::At(until) = self.inputs.kept_until(keep) else {
            return None;
        };
        Some((self.cause_to_keep(clause), until))
    }

    fn cause_to_keep(&self, clause: u16) -> Cause {
        let keep = self.inputs.rules.keep(clause);
        Cause {
            clause: self
                .schedule
                .clause(clause)
                .map(|clause| clause.id().clone()),
            event: None,
            period: keep.map(|keep| keep.period),
            from_source: false,
        }
    }

    /// The clause until whose end the record is kept, where it is not named already.
    fn waits_for(&self, decided_by: Option<Decider>) -> Option<u16> {
        let rules = self.inputs.rules;
        let keep = rules.keeps.iter().find(|keep| {
            let until = self.inputs.kept_until(keep);
            self.verdict
                .not_before
                .is_some_and(|not_before| until == Known::At(not_before))
        })?;
        let named = decided_by == Some(Decider::Clause(keep.clause))
            || self.verdict.kept_by == Some(keep.clause);
        (!named).then_some(keep.clause)
    }

    fn lost(&self, rules: &Rules, decided_by: Option<Decider>) -> Vec<(ClauseId, WhyLost)> {
        let waits_for = self.waits_for(decided_by);
        let won = |index: u16| {
            let decider = Decider::Clause(index);
            decided_by == Some(decider)
                || waits_for == Some(index)
                || self.verdict.acts_for == Some(decider)
                || self.verdict.kept_by == Some(index)
        };
        let mut lost = Vec::new();
        for (index, clause) in (0_u16..).zip(self.schedule.clauses()) {
            let why = if !rules.names(index) {
                Some(WhyLost::OtherCategory)
            } else if won(index) {
                self.suspended(index)
            } else {
                self.why(rules, index)
            };
            lost.extend(why.map(|why| (clause.id().clone(), why)));
        }
        lost
    }

    /// Why what one that decided demands is not done.
    fn suspended(&self, index: u16) -> Option<WhyLost> {
        let acts = self.first_act(index).is_some();
        match self.verdict.status {
            Status::Held if acts => Some(WhyLost::Held),
            Status::Restrict if acts && self.verdict.kept_by != Some(index) => {
                Some(WhyLost::KeptByLaw)
            }
            _ => None,
        }
    }

    /// Why one that speaks of the category did not decide.
    fn why(&self, rules: &Rules, index: u16) -> Option<WhyLost> {
        if rules.displaced.contains(&index) {
            return Some(WhyLost::Displaced);
        }
        if let Some(act) = self.first_act(index) {
            return Some(self.why_act(act));
        }
        let keep = rules.keep(index)?;
        match self.inputs.kept_until(keep) {
            Known::Not => Some(WhyLost::NotHappened),
            Known::Unknown => Some(WhyLost::Unknown),
            Known::At(until) => {
                let deadline = self.verdict.erasure.map(|erasure| erasure.by);
                let is_beaten = deadline.is_some_and(|by| by < until);
                if is_beaten && !keep.outweighs_erasure {
                    return Some(WhyLost::Outweighed);
                }
                let is_same = self.verdict.not_before == Some(until);
                Some(if is_same {
                    WhyLost::Same
                } else {
                    WhyLost::Shorter
                })
            }
        }
    }

    fn why_act(&self, act: &Act) -> WhyLost {
        if self.inputs.record.is_done(act.kind) {
            return WhyLost::Done;
        }
        match self.inputs.due(act) {
            Err(Undue::Not) => WhyLost::NotHappened,
            Err(Undue::Unknown(_)) => WhyLost::Unknown,
            Ok(Due { by, .. }) => {
                let first = self.verdict.erasure;
                match first {
                    Some(first) if by == first.by && act.kind < first.kind => WhyLost::Weaker,
                    Some(first) if by == first.by && act.kind == first.kind => WhyLost::Same,
                    _ => WhyLost::Later,
                }
            }
        }
    }
}

impl WhyLost {
    /// Returns why, in fixed words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OtherCategory => "it is about other categories",
            Self::NotHappened => "its event has not happened",
            Self::Unknown => "the time of its event is not known",
            Self::Later => "its deadline is later",
            Self::Weaker => "its action is the weaker one",
            Self::Same => "it demands the same",
            Self::Done => "what it demands was done",
            Self::Outweighed => "the deadline comes first, and no law says otherwise",
            Self::Shorter => "it keeps for less long",
            Self::Displaced => "another names the category more closely",
            Self::KeptByLaw => "the law keeps the record",
            Self::Held => "a hold suspends it",
        }
    }
}

impl fmt::Display for WhyLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl RetentionExplanation {
    /// Writes what is to be done by when, or until when the record is kept.
    fn write_bounds(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = &self.verdict;
        let kept = verdict.not_before.filter(|_| verdict.status != Status::Due);
        let kept = kept.filter(|_| verdict.status != Status::Overdue);
        match kept {
            Some(until) if until == Moment::MAX => f.write_str("as long as it is in use")?,
            Some(until) => write!(f, "until {until}")?,
            None if verdict.due_by.is_none() => f.write_str("nothing is to be done")?,
            None => {}
        }
        if let Some(cause) = &self.waits_for {
            let before = if kept.is_some() {
                ""
            } else {
                "not kept any longer"
            };
            write!(f, "{before} because of {cause}")?;
        }
        if let Some(by) = verdict.due_by {
            if kept.is_some() || self.waits_for.is_some() {
                f.write_str(", then ")?;
            }
            let verb = verdict.action.map_or("act", verb);
            write!(f, "{verb} by {by}")?;
        }
        if let Some(cause) = &self.decided_by {
            write!(f, " because of {cause}")?;
        }
        if let Some(cause) = &self.acts_for {
            write!(f, ", as {cause} demands")?;
        }
        Ok(())
    }

    fn write_missing(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.verdict.missing {
            Some(Missing::Category) => f.write_str("the category is not declared"),
            Some(Missing::Event(trigger)) => write!(f, "the time of {trigger} is not known"),
            Some(Missing::Source) => f.write_str("a source could not be evaluated"),
            None => Ok(()),
        }
    }

    fn write_restrict(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((cause, until)) = &self.kept_by {
            write!(f, "until {until} because of {cause}")?;
        }
        if let Some(cause) = &self.waits_for {
            write!(f, " and of {cause}")?;
        }
        if let Some(cause) = &self.decided_by {
            write!(f, ", then act on {cause}")?;
        }
        if let Some(cause) = &self.acts_for {
            write!(f, " and on {cause}")?;
        }
        Ok(())
    }
}

impl fmt::Display for RetentionExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.verdict.status)?;
        match self.verdict.status {
            Status::Due | Status::Overdue | Status::Keep => self.write_bounds(f)?,
            Status::Restrict => self.write_restrict(f)?,
            Status::Unknown => {
                self.write_missing(f)?;
                f.write_str("; otherwise ")?;
                self.write_bounds(f)?;
            }
            Status::Held => {
                if let Some(hold) = &self.hold {
                    write!(f, "`{hold}` suspends all actions; otherwise ")?;
                }
                self.write_bounds(f)?;
            }
        }
        match self.verdict.notice {
            NoticeState::NotDue | NoticeState::Given => {}
            NoticeState::Due => f.write_str("; the data subject must be told first")?,
            NoticeState::Waiting(until) => write!(f, "; the data subject has until {until}")?,
        }
        let is_near = |why: WhyLost| why != WhyLost::OtherCategory && why != WhyLost::Held;
        for (clause, why) in self.lost.iter().filter(|(_, why)| is_near(*why)) {
            write!(f, "; `{clause}` lost: {why}")?;
        }
        for (clause, _) in self
            .lost
            .iter()
            .filter(|(_, why)| *why == WhyLost::OtherCategory)
        {
            write!(f, "; `{clause}` does not apply: category")?;
        }
        Ok(())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.clause {
            Some(clause) => write!(f, "`{clause}`")?,
            None => f.write_str("a clause")?,
        }
        if self.from_source {
            return f.write_str(" (of a source)");
        }
        match (self.event, self.period) {
            (Some((trigger, at)), Some(period)) => write!(f, " ({trigger} at {at}, {period})"),
            (None, Some(period)) if !period.is_zero() => write!(f, " ({period})"),
            _ => Ok(()),
        }
    }
}

/// The action as a sentence has it.
const fn verb(action: DispositionKind) -> &'static str {
    match action {
        DispositionKind::Review => "review",
        DispositionKind::ProcessorManaged => "have the processor delete",
        DispositionKind::Restrict => "restrict",
        DispositionKind::Anonymise => "anonymise",
        DispositionKind::Delete => "delete",
        DispositionKind::CryptoShred => "shred the key",
    }
}
