//! The evaluation: every clause counts, the earliest deadline wins, and only the law
//! stands against it.

use std::cmp::Reverse;

use super::disposition::DispositionKind;
use super::holds::{Holds, Standing};
use super::record::{Record, Source, SourceBound};
use super::rules::{Act, Keep, Rules};
use super::schedule::{Schedule, Settings};
use super::trigger::{Known, Trigger};
use super::verdict::{Decider, Erasure, Missing, NoticeState, RetentionVerdict, Status};
use crate::time::{Moment, Period, Rounding};

impl Schedule {
    /// Returns what the schedule demands of a record at a moment.
    pub fn evaluate(&self, record: &Record<'_>, holds: &Holds, now: Moment) -> RetentionVerdict {
        match self.categories.get(record.category) {
            Some(rules) => {
                let inputs = Inputs::new(self, rules, record, holds, now);
                evaluate(&inputs)
            }
            None => RetentionVerdict::unknown(Missing::Category),
        }
    }

    /// Returns the deadline for erasure that data derived from a record inherits. A hold or
    /// a legal obligation that keeps the source does not keep what was made of it.
    #[must_use]
    pub fn source(&self, record: &Record<'_>, holds: &Holds, now: Moment) -> Source {
        let verdict = self.evaluate(record, holds, now);
        let bound = verdict.erasure.map(|erasure| SourceBound {
            by: erasure.by,
            from: erasure.from,
            kind: erasure.kind,
            clause: self.decider_id(record, erasure.decider).cloned(),
        });
        let unknown = verdict.status == Status::Unknown || verdict.missing.is_some();
        Source { bound, unknown }
    }
}

/// All that a verdict depends on.
pub(super) struct Inputs<'i> {
    settings: &'i Settings,
    pub(super) rules: &'i Rules,
    pub(super) record: &'i Record<'i>,
    pub(super) standing: Standing,
    /// The earliest moment that now may be, the clock being wrong.
    early: Moment,
    /// The latest.
    late: Moment,
}

impl<'i> Inputs<'i> {
    pub(super) fn new(
        schedule: &'i Schedule,
        rules: &'i Rules,
        record: &'i Record<'i>,
        holds: &Holds,
        now: Moment,
    ) -> Self {
        let settings = &schedule.settings;
        let early = now.saturating_sub(settings.skew);
        let late = now.saturating_add(settings.skew);
        Self {
            settings,
            rules,
            record,
            standing: holds.standing(record, early, late),
            early,
            late,
        }
    }

    /// What the record takes over from its sources, unless it is about nobody any more.
    fn source(&self) -> Option<&Source> {
        let min_group = self.settings.min_group;
        let proof = self.record.proof.filter(|proof| proof.shows(min_group));
        self.record.source.as_ref().filter(|_| proof.is_none())
    }

    pub(super) fn event(&self, trigger: Trigger) -> Known {
        let own = trigger.ended_by().unwrap_or(trigger);
        let own = self.record.events.known(own);
        match (trigger, own, self.standing.released) {
            (Trigger::HoldReleased, Known::Not, Some(at)) => Known::At(at),
            (Trigger::HoldReleased, Known::At(own), Some(at)) => Known::At(own.max(at)),
            _ => own,
        }
    }

    /// The end of a period, or no end where the calendar has none.
    fn end(&self, period: Period, start: Moment, rounding: Rounding) -> Moment {
        let end = period.after_in(start, &self.settings.zone, rounding);
        end.unwrap_or(Moment::MAX)
    }

    /// Until when a bound keeps the record.
    pub(super) fn kept_until(&self, keep: &Keep) -> Known {
        let mut until = match self.event(keep.trigger) {
            Known::At(at) => self.end(keep.period, at, Rounding::Forward),
            Known::Not if keep.trigger.ended_by().is_some() => Moment::MAX,
            Known::Not => return Known::Not,
            Known::Unknown => return Known::Unknown,
        };
        for ending in &keep.ended_by {
            if let Known::At(at) = self.event(*ending) {
                until = until.min(at);
            }
        }
        for cap in &keep.caps {
            let shortened = match cap
                .bound
                .map(|(trigger, period)| (self.event(trigger), period))
            {
                Some((Known::At(at), period)) => self.end(period, at, Rounding::Forward),
                // A version that would keep it for as long as that, or that does not say.
                Some((Known::Unknown, _)) => Moment::MAX,
                Some((Known::Not, _)) => match cap.bound {
                    Some((trigger, _)) if trigger.ended_by().is_some() => Moment::MAX,
                    _ => Moment::MIN,
                },
                None => Moment::MIN,
            };
            until = until.min(shortened.max(cap.from));
        }
        Known::At(until)
    }

    /// From when on and by when a bound has something done.
    pub(super) fn due(&self, act: &Act) -> Result<Due, Undue> {
        let mut event = match self.event(act.trigger) {
            Known::At(at) => at,
            Known::Not => return Err(Undue::Not),
            Known::Unknown => return Err(Undue::Unknown(act.trigger)),
        };
        if let Some(restarted) = self.standing.restarted {
            event = event.max(restarted);
        }
        let mut kept = Moment::MIN;
        let mut by = match act.after_keeping {
            Some(within) => {
                kept = self.end(act.period, event, Rounding::Forward);
                self.end(within, kept, Rounding::Back)
            }
            None => self.end(act.period, event, Rounding::Back),
        };
        for waited in &act.waits_for {
            match self.kept_until(waited) {
                Known::At(until) => kept = kept.max(until),
                Known::Not => {}
                Known::Unknown => return Err(Undue::Unknown(waited.trigger)),
            }
        }
        kept = act.floor.map_or(kept, |floor| kept.max(floor));
        by = by.max(kept);
        if by == Moment::MAX {
            return Err(Undue::Not);
        }
        let mut from = event.max(kept);
        if let Some(lead) = act.lead {
            from = from.max(by.saturating_sub(lead));
        }
        Ok(Due {
            event,
            kept,
            from,
            by,
        })
    }
}

pub(super) struct Due {
    pub(super) event: Moment,
    /// Before this it must not be done, whatever the deadline.
    pub(super) kept: Moment,
    pub(super) from: Moment,
    pub(super) by: Moment,
}

/// Why a bound has no deadline.
pub(super) enum Undue {
    Not,
    Unknown(Trigger),
}

/// One bound with its deadline.
#[derive(Clone, Copy)]
struct Candidate {
    event: Moment,
    kept: Moment,
    from: Moment,
    by: Moment,
    kind: DispositionKind,
    decider: Decider,
    notice: Option<Period>,
}

impl Candidate {
    /// The earliest first; of those, the strongest.
    fn order(&self) -> (Moment, Reverse<DispositionKind>, Decider) {
        (self.by, Reverse(self.kind), self.decider)
    }
}

/// Candidates of one sort: those that erase, or the others.
#[derive(Default)]
struct Pool {
    /// The one with the earliest deadline.
    first: Option<Candidate>,
    /// The strongest that may be done by now.
    started: Option<Candidate>,
    /// From when on the first of them may be done.
    from: Option<Moment>,
    overdue: bool,
}

impl Pool {
    fn add(&mut self, new: Candidate, inputs: &Inputs<'_>) {
        if self.first.is_none_or(|first| new.order() < first.order()) {
            self.first = Some(new);
        }
        self.from = Some(self.from.map_or(new.from, |from| from.min(new.from)));
        // A clock that may be ahead puts nothing before the end of keeping.
        let is_over = inputs.late > new.by && inputs.early >= new.kept;
        // What a processor owes is late on its side.
        self.overdue |= is_over && new.kind != DispositionKind::ProcessorManaged;
        if inputs.early >= new.from || is_over {
            let strength = |one: &Candidate| (Reverse(one.kind), one.by, one.decider);
            if self
                .started
                .is_none_or(|known| strength(&new) < strength(&known))
            {
                self.started = Some(new);
            }
        }
    }
}

/// What the bounds that keep come to.
#[derive(Default)]
struct Kept {
    /// The latest by the law, and whose it is.
    law: Option<(Moment, u16)>,
    /// The latest of the others that ends before the deadline.
    other: Option<(Moment, u16)>,
    law_unknown: Option<Trigger>,
    other_unknown: Option<Trigger>,
}

pub(super) fn evaluate(inputs: &Inputs<'_>) -> RetentionVerdict {
    let mut erasing = Pool::default();
    let mut milder = Pool::default();
    let mut missing = None;
    for act in &inputs.rules.acts {
        if inputs.record.is_done(act.kind) {
            continue;
        }
        match inputs.due(act) {
            Ok(Due {
                event,
                kept,
                from,
                by,
            }) => {
                let candidate = Candidate {
                    event,
                    kept,
                    from,
                    by,
                    kind: act.kind,
                    decider: Decider::Clause(act.clause),
                    notice: notice(inputs, act),
                };
                let pool = if act.kind.erases() {
                    &mut erasing
                } else {
                    &mut milder
                };
                pool.add(candidate, inputs);
            }
            Err(Undue::Not) => {}
            Err(Undue::Unknown(trigger)) => {
                missing = missing.or(Some(Missing::Event(trigger)));
            }
        }
    }
    if let Some(source) = inputs.source() {
        if source.unknown {
            missing = missing.or(Some(Missing::Source));
        }
        if let Some(bound) = &source.bound {
            let candidate = Candidate {
                event: Moment::MIN,
                kept: bound.from,
                from: bound.from,
                by: bound.by,
                kind: bound.kind,
                decider: Decider::Source,
                notice: None,
            };
            erasing.add(candidate, inputs);
        }
    }
    let kept = keep_bounds(inputs, erasing.first.as_ref());
    let combined = Combined {
        inputs,
        erasing: &erasing,
        milder: &milder,
        kept: &kept,
        missing,
    };
    combined.verdict()
}

/// The notice that is given before a bound is acted on.
fn notice(inputs: &Inputs<'_>, act: &Act) -> Option<Period> {
    if !act.kind.erases() {
        return None;
    }
    if act.notice.is_some() || act.trigger.is_demand() || inputs.settings.notices.is_empty() {
        return act.notice;
    }
    let here = inputs.record.jurisdiction?;
    let demanded = inputs.settings.notices.iter();
    let demanded = demanded.filter(|(area, _)| here.is_within(area));
    demanded
        .map(|(_, period)| *period)
        .max_by_key(|period| period.longest())
}

fn keep_bounds(inputs: &Inputs<'_>, first: Option<&Candidate>) -> Kept {
    let mut kept = Kept::default();
    for keep in &inputs.rules.keeps {
        let (place, unknown) = if keep.outweighs_erasure {
            (&mut kept.law, &mut kept.law_unknown)
        } else {
            (&mut kept.other, &mut kept.other_unknown)
        };
        match inputs.kept_until(keep) {
            Known::At(until) => {
                let is_beaten = first.is_some_and(|first| first.by < until);
                let counts = keep.outweighs_erasure || !is_beaten;
                if counts && place.is_none_or(|(latest, _)| latest < until) {
                    *place = Some((until, keep.clause));
                }
            }
            Known::Not => {}
            Known::Unknown => *unknown = unknown.or(Some(keep.trigger)),
        }
    }
    kept
}

/// Everything together.
struct Combined<'c> {
    inputs: &'c Inputs<'c>,
    erasing: &'c Pool,
    milder: &'c Pool,
    kept: &'c Kept,
    missing: Option<Missing>,
}

impl Combined<'_> {
    fn verdict(&self) -> RetentionVerdict {
        let law = self
            .kept
            .law
            .filter(|(until, _)| self.inputs.early < *until);
        let (status, acting, missing) = self.status(law.is_some());
        let first = self.first();
        let not_before = match acting.or(first.as_ref()) {
            Some(one) if !one.kind.erases() => Some(one.from),
            _ => self.not_before(),
        };
        let mut verdict = RetentionVerdict {
            status,
            action: acting.or(first.as_ref()).map(|one| one.kind),
            not_before,
            due_by: first.as_ref().map(|first| first.by),
            decided_by: first.as_ref().map(|first| first.decider),
            acts_for: acting.or(first.as_ref()).map(|one| one.decider),
            kept_by: None,
            notice: self.notice(status, acting),
            missing,
            erasure: self.erasing.first.map(|first| Erasure {
                by: first.by,
                from: self.erasing.from.unwrap_or(first.from),
                kind: first.kind,
                decider: first.decider,
            }),
            keep: self.longest_keep(),
        };
        if verdict.decided_by.is_none() {
            verdict.decided_by = self
                .longest_keep()
                .map(|(_, clause)| Decider::Clause(clause));
        }
        match status {
            Status::Restrict => {
                verdict.kept_by = law.map(|(_, clause)| clause);
                verdict.action = Some(DispositionKind::Restrict);
                if self.inputs.record.is_done(DispositionKind::Restrict) {
                    // What does not erase is not put off until the law lets go.
                    let milder = self.milder.started.as_ref();
                    verdict.action = milder.map(|milder| milder.kind);
                    verdict.acts_for = milder.map_or(verdict.acts_for, |one| Some(one.decider));
                }
            }
            Status::Unknown => verdict.action = None,
            _ => {}
        }
        if let Some(hold) = self.inputs.standing.active {
            verdict.status = Status::Held;
            verdict.action = None;
            verdict.kept_by = None;
            verdict.decided_by = Some(Decider::Hold(hold));
            verdict.notice = NoticeState::NotDue;
        }
        verdict
    }

    /// How the record stands, what is to be done now, and what is missing for a better
    /// answer.
    ///
    /// A deadline that is not known can only be earlier than those that are, so it stops
    /// nothing. What keeps and is not known could be later, and stops an erasure.
    fn status(&self, law_keeps: bool) -> (Status, Option<&Candidate>, Option<Missing>) {
        let event = |trigger: Option<Trigger>| trigger.map(Missing::Event);
        let law_missing = event(self.kept.law_unknown);
        let other_missing = event(self.kept.other_unknown);
        let any = law_missing.or(other_missing).or(self.missing);

        let held_back = self.kept.other;
        let held_back = held_back.is_some_and(|(until, _)| self.inputs.early < until);
        let overdue = self.erasing.overdue;
        let erasing = self
            .erasing
            .started
            .as_ref()
            .filter(|_| overdue || !held_back);
        let mut missing = None;
        if let Some(erasing) = erasing {
            if law_keeps {
                // Where the law lets go before the deadline there is nothing to restrict.
                let deadline = self.erasing.first.map(|first| first.by);
                let until = self.kept.law.map(|(until, _)| until);
                if overdue || until > deadline {
                    return (Status::Restrict, Some(erasing), any);
                }
            } else {
                missing = law_missing.or(other_missing.filter(|_| !overdue));
                if missing.is_none() {
                    let overdue = overdue || self.milder.overdue;
                    let status = if overdue {
                        Status::Overdue
                    } else {
                        Status::Due
                    };
                    return (status, Some(erasing), any);
                }
            }
        }
        match &self.milder.started {
            Some(milder) if self.milder.overdue => (Status::Overdue, Some(milder), any),
            Some(milder) => (Status::Due, Some(milder), any),
            None if missing.or(any).is_some() => (Status::Unknown, erasing, missing.or(any)),
            None => (Status::Keep, None, None),
        }
    }

    /// The candidate with the earliest deadline of all, by when it must be met: what the
    /// law keeps is due when it lets go.
    fn first(&self) -> Option<Candidate> {
        let erasing = self.erasing.first.map(|first| Candidate {
            by: first
                .by
                .max(self.kept.law.map_or(first.by, |(until, _)| until)),
            ..first
        });
        match (erasing, self.milder.first) {
            (Some(one), Some(other)) => Some(std::cmp::min_by_key(one, other, Candidate::order)),
            (one, other) => one.or(other),
        }
    }

    /// When the first erasure may be done.
    fn not_before(&self) -> Option<Moment> {
        let kept = self.longest_keep().map(|(until, _)| until);
        self.erasing.from.max(kept)
    }

    /// The latest of the bounds that keep, those that lost left out.
    fn longest_keep(&self) -> Option<(Moment, u16)> {
        match (self.kept.law, self.kept.other) {
            (Some(law), Some(other)) if other.0 > law.0 => Some(other),
            (law, other) => law.or(other),
        }
    }

    fn notice(&self, status: Status, acting: Option<&Candidate>) -> NoticeState {
        let erasing = match status {
            Status::Due | Status::Overdue => acting,
            Status::Keep => self.erasing.first.as_ref(),
            Status::Held | Status::Restrict | Status::Unknown => None,
        };
        let Some((candidate, period)) = erasing.and_then(|one| Some((one, one.notice?))) else {
            return NoticeState::NotDue;
        };
        let Inputs {
            record,
            settings,
            early,
            late,
            ..
        } = self.inputs;
        let from = self.not_before().unwrap_or(candidate.from);
        // In time to be over, with both errors of the clock, when the erasure may begin.
        let skew = settings.skew.saturating_mul(2);
        let ahead = from.saturating_sub(period.longest().saturating_add(skew));
        // One from before the event was about another erasure, unless it was given ahead
        // of an event that was to come.
        let counts = |noticed: &Moment| *noticed >= candidate.event.min(ahead);
        if let Some(noticed) = record.noticed.filter(counts) {
            let until = period.after_in(noticed, &settings.zone, Rounding::Forward);
            let until = until.unwrap_or(Moment::MAX);
            let is_over = *early >= until;
            return if is_over {
                NoticeState::Given
            } else {
                NoticeState::Waiting(until)
            };
        }
        let is_due = status != Status::Keep || *late >= ahead;
        if is_due {
            NoticeState::Due
        } else {
            NoticeState::NotDue
        }
    }
}
