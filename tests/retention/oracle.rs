//! A second evaluator, which knows no index and no date arithmetic: it walks through the
//! calendar day by day, and through every moment that now may be.
//!
//! It works on whole days, on which all events, periods and skews of its random cases
//! fall.

use std::time::Duration;

use confidant::retention::{
    Anonymisation, AnonymityProof, Categories, Clause, Decider, Disposition, DispositionKind,
    Events, Hold, Holds, Record, RetentionVerdict, Schedule, Selector, Source, Start, Status,
    Trigger,
};
use confidant::taxonomy::{DataCategory, LawfulBasis, Subject};
use confidant::time::{Moment, Period};

use super::rng::Rng;
use super::{category, hold_id, id, person, reason};

/// Days are counted from 2019-01-01.
const EPOCH: i64 = 1_546_300_800;
/// Nothing in a case is later than this day.
pub(super) const HORIZON: i64 = 6_000;
const DAY: i64 = 86_400;

pub(super) fn moment(day: i64) -> Moment {
    Moment::from_unix_seconds(EPOCH + day * DAY).unwrap()
}

fn day(moment: Moment) -> i64 {
    if moment == Moment::MAX {
        return i64::MAX;
    }
    let seconds = moment.unix_seconds() - EPOCH;
    assert_eq!(seconds % DAY, 0);
    seconds / DAY
}

/// The calendar, one day after the other.
struct Calendar {
    dates: Vec<(i64, i64, i64)>,
}

impl Calendar {
    fn new() -> Self {
        let (mut year, mut month, mut day) = (2019, 1, 1);
        let mut dates = Vec::new();
        for _ in 0..HORIZON + 4_000 {
            dates.push((year, month, day));
            day += 1;
            if day > length(year, month) {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        Self { dates }
    }

    /// The day on which so many months and days from `start` on are over.
    fn over(&self, start: i64, months: i64, days: i64, forward: bool) -> i64 {
        let (mut year, mut month, date) = self.dates[start as usize];
        for _ in 0..months {
            month += 1;
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        let mut target = (year, month, date);
        if date > length(year, month) {
            target = (year, month, length(year, month));
        }
        let mut at = start;
        while self.dates[at as usize] != target {
            at += 1;
        }
        if date > length(year, month) && forward {
            at += 1;
        }
        for _ in 0..days {
            at += 1;
        }
        at
    }
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A period in months and days.
type Span = (i64, i64);

#[derive(Clone, Debug)]
pub(super) struct CaseClause {
    pub(super) id: String,
    /// Empty is all.
    pub(super) categories: Vec<&'static str>,
    pub(super) trigger: Trigger,
    pub(super) keep: Option<Span>,
    pub(super) basis: Option<LawfulBasis>,
    pub(super) then: Option<(DispositionKind, Span)>,
    pub(super) act: Option<(DispositionKind, Span, Option<i64>)>,
    pub(super) yields_to: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct CaseHold {
    pub(super) placed: i64,
    pub(super) released: Option<i64>,
    pub(super) restarts: bool,
    pub(super) subject: Option<&'static str>,
    pub(super) category: Option<&'static str>,
    pub(super) overridden: Option<i64>,
}

#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) clauses: Vec<CaseClause>,
    pub(super) category: &'static str,
    pub(super) subject: &'static str,
    /// `None` for a time that is not known.
    pub(super) events: Vec<(Trigger, Option<i64>)>,
    pub(super) done: Vec<DispositionKind>,
    pub(super) holds: Vec<CaseHold>,
    pub(super) source: Option<(i64, i64, DispositionKind)>,
    pub(super) proven: bool,
    pub(super) skew: i64,
    pub(super) lead: i64,
    pub(super) now: i64,
}

const STATES: [Trigger; 2] = [Trigger::WhileActive, Trigger::WhileUnderContract];
const CATEGORIES: &[&str] = &["a", "a.b", "a.b.c", "a.d", "e", "e.f"];
const SUBJECTS: &[&str] = &["jo", "al"];
const BASES: &[LawfulBasis] = &[
    LawfulBasis::Consent,
    LawfulBasis::Contract,
    LawfulBasis::LegalObligation,
    LawfulBasis::LegalClaim,
    LawfulBasis::LegitimateInterest,
];

impl Case {
    pub(super) fn random(rng: &mut Rng) -> Self {
        let count = 1 + rng.below(6);
        let mut clauses: Vec<_> = (0..count).map(|_| random_clause(rng)).collect();
        for (index, clause) in clauses.iter_mut().enumerate() {
            clause.id = format!("c{index}");
        }
        // Now and then one yields to another that it can conflict with.
        for index in 0..clauses.len() {
            let other = rng.below(clauses.len() as u64) as usize;
            let (one, two) = (&clauses[index], &clauses[other]);
            let conflict = (one.act.is_some() && two.keep.is_some())
                || (one.keep.is_some() && two.act.is_some());
            if index != other && conflict && rng.chance(25) && !two.yields_to.contains(&one.id) {
                let yielded = two.id.clone();
                clauses[index].yields_to.push(yielded);
            }
        }
        let mut events = vec![(Trigger::Created, Some(rng.below(1_500) as i64))];
        for trigger in Trigger::ALL {
            if STATES.contains(&trigger) || trigger == Trigger::Created {
                continue;
            }
            if rng.chance(if trigger.is_inherent() { 90 } else { 35 }) {
                let known = (!rng.chance(8)).then(|| rng.below(2_500) as i64);
                events.push((trigger, known));
            }
        }
        if rng.chance(3) {
            events[0].1 = None;
        }
        let done = [
            DispositionKind::Restrict,
            DispositionKind::Review,
            DispositionKind::ProcessorManaged,
        ];
        Self {
            clauses,
            category: *rng.pick(CATEGORIES),
            subject: *rng.pick(SUBJECTS),
            events,
            done: done.into_iter().filter(|_| rng.chance(20)).collect(),
            holds: (0..rng.below(3)).map(|_| random_hold(rng)).collect(),
            source: rng.chance(20).then(|| {
                let from = rng.below(2_500) as i64;
                let kinds = [
                    DispositionKind::Delete,
                    DispositionKind::Anonymise,
                    DispositionKind::CryptoShred,
                ];
                (from, from + rng.below(400) as i64, *rng.pick(&kinds))
            }),
            proven: rng.chance(40),
            skew: *rng.pick(&[0, 0, 1, 2, 5]),
            lead: *rng.pick(&[0, 1, 1, 10]),
            now: rng.below(4_000) as i64,
        }
    }

    pub(super) fn schedule(&self) -> Result<Schedule, confidant::Error> {
        let days = |days: i64| Duration::from_secs(days as u64 * 86_400);
        let mut builder = Schedule::builder()
            .skew(days(self.skew))
            .lead(days(self.lead))
            .anonymous_category(category("nobody"));
        let all = Categories::Of(vec![]);
        let matched = |name: &str| {
            let named = self.clauses.iter();
            named
                .map(categories_of)
                .any(|of| of != all && of.contains(&category(name)))
        };
        for name in CATEGORIES.iter().filter(|name| matched(name)) {
            builder = builder.category(category(name));
        }
        for clause in &self.clauses {
            builder = builder.clause(compiled(clause));
        }
        builder.build()
    }

    pub(super) fn holds(&self) -> Holds {
        let holds = self.holds.iter().enumerate().map(|(index, hold)| {
            let mut selector = Selector::everything();
            if let Some(subject) = hold.subject {
                selector = selector.subjects(vec![Subject::new(subject).unwrap()]);
            }
            if let Some(name) = hold.category {
                selector = selector.categories(category(name));
            }
            let placed = moment(hold.placed);
            let mut made = Hold::builder(hold_id(&format!("h{index}")), selector)
                .reason(reason())
                .placed(person("p"), placed)
                .review_by(moment(hold.placed + 9_000))
                .build()
                .unwrap();
            if hold.restarts {
                made = made.restarts_clocks();
            }
            if let Some(released) = hold.released {
                made = made.released(person("p"), moment(released)).unwrap();
            }
            if let Some(overridden) = hold.overridden {
                let all = Selector::everything();
                let made_by = (person("p"), person("q"));
                made = made
                    .overridden(all, [made_by.0, made_by.1], moment(overridden))
                    .unwrap();
            }
            made
        });
        Holds::new(holds.collect()).unwrap()
    }

    pub(super) fn with_record<T>(&self, answer: impl FnOnce(&Record<'_>) -> T) -> T {
        let name = category(self.category);
        let subject = Subject::new(self.subject).unwrap();
        let mut events = Events::new();
        for (trigger, day) in &self.events {
            events = match day {
                Some(day) => events.at(*trigger, moment(*day)),
                None => events.unknown(*trigger),
            };
        }
        let mut record = Record::new(&name, events).subject(&subject);
        for done in &self.done {
            record = record.done(*done);
        }
        if let Some((from, by, kind)) = self.source {
            record = record.derived_from(Source::new(moment(from)..moment(by), kind, id("src")));
        }
        if self.proven {
            record = record.anonymised(
                AnonymityProof::new(moment(0), [1; 32])
                    .with_smallest_group(10)
                    .with_identifiers(0),
            );
        }
        answer(&record)
    }
}

fn categories_of(clause: &CaseClause) -> Categories {
    if clause.categories.is_empty() {
        return Categories::All;
    }
    Categories::Of(
        clause
            .categories
            .iter()
            .map(|name| category(name))
            .collect(),
    )
}

fn compiled(clause: &CaseClause) -> Clause {
    let period = |(months, days): Span| -> Period { format!("P{months}M{days}D").parse().unwrap() };
    let action = |kind| match kind {
        DispositionKind::Anonymise => {
            Disposition::Anonymise(Anonymisation::new(category("nobody"), 10))
        }
        DispositionKind::CryptoShred => Disposition::CryptoShred,
        DispositionKind::Delete => Disposition::Delete,
        DispositionKind::Restrict => Disposition::Restrict,
        DispositionKind::ProcessorManaged => Disposition::ProcessorManaged,
        _ => Disposition::Review,
    };
    let mut made = Clause::new(id(&clause.id), categories_of(clause), clause.trigger);
    if let Some(span) = clause.keep {
        made = made.keep_for(period(span));
    }
    if let Some(basis) = clause.basis {
        made = made.basis(basis);
    }
    if let Some((kind, span)) = clause.then {
        made = made.then(action(kind), period(span));
    }
    if let Some((kind, span, lead)) = clause.act {
        made = made.act_by(action(kind), period(span));
        match lead {
            Some(0) => made = made.start(Start::AtOnce),
            Some(days) => {
                let lead = Duration::from_secs(days as u64 * 86_400);
                made = made.start(Start::Before(lead));
            }
            None => {}
        }
    }
    for other in &clause.yields_to {
        made = made.yields_to(id(other));
    }
    made
}

fn random_span(rng: &mut Rng) -> Span {
    let months = *rng.pick(&[0, 0, 1, 2, 6, 12, 24, 36]);
    let days = *rng.pick(&[0, 1, 7, 30, 90]);
    if months + days == 0 {
        (0, 5)
    } else {
        (months, days)
    }
}

fn random_clause(rng: &mut Rng) -> CaseClause {
    let kinds = DispositionKind::ALL;
    let mut trigger = *rng.pick(&Trigger::ALL);
    let keeps = rng.chance(45) || STATES.contains(&trigger);
    if rng.chance(40) && !STATES.contains(&trigger) {
        trigger = Trigger::Created;
    }
    let categories = match rng.below(4) {
        0 => vec![],
        1 => vec![*rng.pick(CATEGORIES), *rng.pick(CATEGORIES)],
        _ => vec![*rng.pick(CATEGORIES)],
    };
    let acts = !STATES.contains(&trigger) && (!keeps || rng.chance(20));
    CaseClause {
        id: String::new(),
        categories,
        trigger,
        keep: keeps.then(|| random_span(rng)),
        basis: (keeps && rng.chance(70)).then(|| *rng.pick(BASES)),
        then: (keeps && rng.chance(50)).then(|| (*rng.pick(&kinds), random_span(rng))),
        act: acts.then(|| {
            let lead = rng.chance(40).then(|| rng.below(20) as i64);
            (*rng.pick(&kinds), random_span(rng), lead)
        }),
        yields_to: vec![],
    }
}

fn random_hold(rng: &mut Rng) -> CaseHold {
    let placed = rng.below(3_000) as i64;
    CaseHold {
        placed,
        released: rng.chance(50).then(|| placed + rng.below(800) as i64),
        restarts: rng.chance(30),
        subject: rng.chance(40).then(|| *rng.pick(SUBJECTS)),
        category: rng.chance(40).then(|| *rng.pick(CATEGORIES)),
        overridden: rng.chance(20).then(|| placed + rng.below(800) as i64),
    }
}

/// What the oracle says, in days.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    status: Status,
    action: Option<DispositionKind>,
    due_by: Option<i64>,
    not_before: Option<i64>,
    decided_by: Option<String>,
    may_act: bool,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Time {
    Never,
    On(i64),
    Unknown,
}

/// One bound by which something is to be done.
#[derive(Clone, Debug)]
struct Bound {
    name: String,
    kind: DispositionKind,
    /// Nothing is done before this, however late it is.
    kept: i64,
    from: i64,
    by: i64,
}

struct Oracle<'c> {
    case: &'c Case,
    calendar: &'c Calendar,
}

impl Oracle<'_> {
    fn matches(&self, clause: &CaseClause) -> Option<usize> {
        if clause.categories.is_empty() {
            return Some(0);
        }
        let mut best = None;
        for named in &clause.categories {
            // The category, and all above it, by cutting off its parts.
            let mut above = Some(self.case.category);
            while let Some(name) = above {
                if name == *named {
                    best = best.max(Some(name.matches('.').count() + 1));
                }
                above = name.rsplit_once('.').map(|(rest, _)| rest);
            }
        }
        best
    }

    fn held_by(&self) -> Vec<(usize, &CaseHold)> {
        let holds = self.case.holds.iter().enumerate();
        holds
            .filter(|(_, hold)| {
                hold.subject
                    .is_none_or(|subject| subject == self.case.subject)
            })
            .filter(|(_, hold)| {
                hold.category.is_none_or(|name| {
                    self.case.category == name
                        || self.case.category.starts_with(&format!("{name}."))
                })
            })
            .collect()
    }

    /// All moments that now may be.
    fn clocks(&self) -> std::ops::RangeInclusive<i64> {
        self.case.now - self.case.skew..=self.case.now + self.case.skew
    }

    fn event(&self, trigger: Trigger) -> Time {
        if trigger == Trigger::WhileActive {
            return self.event(Trigger::AccountClosed);
        }
        if trigger == Trigger::WhileUnderContract {
            return self.event(Trigger::ContractEnd);
        }
        let mut found = if trigger.is_inherent() {
            Time::Unknown
        } else {
            Time::Never
        };
        for (known, day) in &self.case.events {
            if *known == trigger {
                found = day.map_or(Time::Unknown, Time::On);
            }
        }
        if trigger == Trigger::HoldReleased {
            let released = self
                .held_by()
                .into_iter()
                .filter_map(|(_, hold)| hold.released)
                .max();
            found = match (found, released) {
                (Time::Never, Some(day)) => Time::On(day),
                (Time::On(own), Some(day)) => Time::On(own.max(day)),
                (found, _) => found,
            };
        }
        found
    }

    fn keeps_until(&self, clause: &CaseClause) -> Time {
        let (months, days) = clause.keep.unwrap();
        let mut until = match self.event(clause.trigger) {
            Time::Unknown => return Time::Unknown,
            Time::Never if STATES.contains(&clause.trigger) => i64::MAX,
            Time::Never => return Time::Never,
            Time::On(day) => self.calendar.over(day, months, days, true),
        };
        for other in &self.case.clauses {
            if clause.yields_to.contains(&other.id)
                && other.act.is_some()
                && self.matches(other).is_some()
                && let Time::On(day) = self.event(other.trigger)
            {
                until = until.min(day);
            }
        }
        Time::On(until)
    }

    fn is_legal(clause: &CaseClause) -> bool {
        matches!(
            clause.basis,
            Some(LawfulBasis::LegalObligation | LawfulBasis::LegalClaim)
        )
    }

    /// The clauses that keep the record and are not displaced by closer ones.
    fn keepers(&self) -> Vec<&CaseClause> {
        let keeping =
            |clause: &&CaseClause| clause.keep.is_some() && self.matches(clause).is_some();
        let all: Vec<_> = self.case.clauses.iter().filter(keeping).collect();
        let closer = |one: &CaseClause, other: &CaseClause| {
            self.matches(other) > self.matches(one)
                && (Self::is_legal(other) || !Self::is_legal(one))
        };
        let stays = |one: &&CaseClause| !all.iter().any(|other| closer(one, other));
        all.iter().copied().filter(stays).collect()
    }

    /// All bounds by which something is to be done, and whether one could not be told.
    fn bounds(&self) -> (Vec<Bound>, bool) {
        let restarted = self.held_by().into_iter();
        // What was excepted before the release was not held until then.
        let freed = |hold: &CaseHold| {
            hold.overridden
                .is_some_and(|made| Some(made) <= hold.released)
        };
        let restarted = restarted.filter(|(_, hold)| hold.restarts && !freed(hold));
        let restarted = restarted.filter_map(|(_, hold)| hold.released).max();
        let (mut bounds, mut unknown) = (Vec::new(), false);
        for clause in &self.case.clauses {
            if self.matches(clause).is_none() {
                continue;
            }
            let event = match self.event(clause.trigger) {
                Time::On(day) => Some(day.max(restarted.unwrap_or(0))),
                Time::Never => None,
                Time::Unknown => {
                    let act = clause.act.map(|(kind, ..)| kind);
                    let then = clause.then.map(|(kind, _)| kind);
                    unknown |= act
                        .into_iter()
                        .chain(then)
                        .any(|kind| !self.case.done.contains(&kind));
                    continue;
                }
            };
            let Some(event) = event else { continue };
            let mut found = Vec::new();
            if let Some((kind, (months, days), lead)) = clause.act {
                let by = self.calendar.over(event, months, days, false);
                let demand = [
                    Trigger::DeletionRequested,
                    Trigger::ConsentWithdrawn,
                    Trigger::ObjectionUpheld,
                    Trigger::ChildDataFound,
                ];
                let lead = match lead {
                    Some(0) => None,
                    Some(days) => Some(days),
                    None if demand.contains(&clause.trigger) => None,
                    None => Some(self.case.lead),
                };
                found.push((kind, i64::MIN, event, by, lead));
            }
            if let (Some((kind, (months, days))), Some((kept_months, kept_days))) =
                (clause.then, clause.keep)
            {
                let kept = self.calendar.over(event, kept_months, kept_days, true);
                let by = self.calendar.over(kept, months, days, false);
                found.push((kind, kept, kept, by, None));
            }
            'bound: for (kind, mut kept, mut from, mut by, lead) in found {
                if self.case.done.contains(&kind) {
                    continue;
                }
                for keeper in self.keepers() {
                    if !clause.yields_to.contains(&keeper.id) || Self::is_legal(keeper) {
                        continue;
                    }
                    match self.keeps_until(keeper) {
                        Time::On(until) => {
                            (kept, from) = (kept.max(until), from.max(until));
                            by = by.max(until);
                        }
                        Time::Never => {}
                        Time::Unknown => {
                            unknown = true;
                            continue 'bound;
                        }
                    }
                }
                if by == i64::MAX {
                    continue;
                }
                if let Some(lead) = lead {
                    from = from.max(by - lead);
                }
                let name = clause.id.clone();
                bounds.push(Bound {
                    name,
                    kind,
                    kept,
                    from,
                    by,
                });
            }
        }
        (bounds, unknown)
    }

    fn answer(&self) -> Answer {
        let (mut bounds, act_unknown) = self.bounds();
        if let Some((from, by, kind)) = self.case.source.filter(|_| !self.case.proven) {
            let name = "src".to_owned();
            bounds.push(Bound {
                name,
                kind,
                kept: from,
                from,
                by,
            });
        }
        let (erasing, milder): (Vec<_>, Vec<_>) =
            bounds.into_iter().partition(|bound| bound.kind.erases());
        let deadline = erasing.iter().map(|bound| bound.by).min();

        // What keeps, and until when.
        let (mut law, mut law_name, mut other, mut other_name) = (None, "", None, "");
        let (mut law_unknown, mut other_unknown) = (false, false);
        for keeper in self.keepers() {
            let legal = Self::is_legal(keeper);
            match self.keeps_until(keeper) {
                Time::Unknown if legal => law_unknown = true,
                Time::Unknown => other_unknown = true,
                Time::Never => {}
                Time::On(until) if legal => {
                    if law.is_none_or(|law| law < until) {
                        (law, law_name) = (Some(until), &keeper.id);
                    }
                }
                Time::On(until) => {
                    let beaten = deadline.is_some_and(|deadline| deadline < until);
                    if !beaten && other.is_none_or(|other| other < until) {
                        (other, other_name) = (Some(until), &keeper.id);
                    }
                }
            }
        }

        let any_clock = |holds: &dyn Fn(i64) -> bool| self.clocks().any(holds);
        let is_over = |bound: &Bound| {
            any_clock(&|clock| clock > bound.by) && self.clocks().all(|clock| clock >= bound.kept)
        };
        let is_open = |bound: &Bound| self.clocks().all(|clock| clock >= bound.from);
        let started = |bounds: &[Bound]| -> Option<Bound> {
            let mut started: Vec<_> = bounds
                .iter()
                .filter(|bound| is_open(bound) || is_over(bound))
                .cloned()
                .collect();
            started.sort_by_key(|bound| (std::cmp::Reverse(bound.kind), bound.by, name_key(bound)));
            started.into_iter().next()
        };
        let late = |bounds: &[Bound]| {
            let mut own = bounds
                .iter()
                .filter(|bound| bound.kind != DispositionKind::ProcessorManaged);
            own.any(is_over)
        };
        let law_keeps = law.is_some_and(|law| any_clock(&|clock| clock < law));
        let held_back = other.is_some_and(|other| any_clock(&|clock| clock < other));

        let erase_open = late(&erasing) || !held_back;
        let erase_now = started(&erasing).filter(|_| late(&erasing) || !held_back);
        let nothing_due = || {
            let unknown = law_unknown || other_unknown || act_unknown;
            match started(&milder) {
                Some(bound) if late(&milder) => (Status::Overdue, Some(bound)),
                Some(bound) => (Status::Due, Some(bound)),
                None if unknown => (Status::Unknown, None),
                None => (Status::Keep, None),
            }
        };
        let (status, acting) = match erase_now {
            Some(bound) if law_keeps && (late(&erasing) || law > deadline) => {
                (Status::Restrict, Some(bound))
            }
            _ if law_keeps => nothing_due(),
            Some(bound) => {
                let stopped = law_unknown || (other_unknown && !late(&erasing));
                let late = late(&erasing) || late(&milder);
                match (stopped, late) {
                    (true, _) => nothing_due(),
                    (false, true) => (Status::Overdue, Some(bound)),
                    (false, false) => (Status::Due, Some(bound)),
                }
            }
            None => nothing_due(),
        };

        // The first deadline of all; what the law keeps is due when it lets go.
        let mut all: Vec<Bound> = erasing.clone();
        all.sort_by_key(|bound| (bound.by, std::cmp::Reverse(bound.kind), name_key(bound)));
        all.truncate(1);
        if let (Some(first), Some(law)) = (all.first_mut(), law) {
            first.by = first.by.max(law);
        }
        all.extend(milder.iter().cloned());
        all.sort_by_key(|bound| (bound.by, std::cmp::Reverse(bound.kind), name_key(bound)));
        let first = all.into_iter().next();

        let longest = match (law, other) {
            (Some(law), Some(other)) if other > law => Some((other, other_name)),
            (Some(law), _) => Some((law, law_name)),
            (None, Some(other)) => Some((other, other_name)),
            (None, None) => None,
        };
        let unknown = status == Status::Unknown;
        let acting = acting.or(started(&erasing).filter(|_| unknown && erase_open));
        let shown = acting.clone().or(first.clone());
        let not_before = match &shown {
            Some(bound) if !bound.kind.erases() => Some(bound.from),
            _ => {
                let from = erasing.iter().map(|bound| bound.from).min();
                from.max(longest.map(|(until, _)| until))
            }
        };
        let decided_by = first.as_ref().map(|bound| bound.name.clone());
        let mut answer = Answer {
            status,
            action: shown.map(|bound| bound.kind),
            due_by: first.map(|bound| bound.by),
            not_before,
            decided_by: decided_by.or(longest.map(|(_, name)| name.to_owned())),
            may_act: matches!(status, Status::Due | Status::Overdue),
        };
        if status == Status::Restrict {
            answer.action = Some(DispositionKind::Restrict);
            if self.case.done.contains(&DispositionKind::Restrict) {
                answer.action = started(&milder).map(|bound| bound.kind);
            }
            answer.may_act = answer.action.is_some();
        }
        if status == Status::Unknown {
            answer.action = None;
        }
        let held = self.held_by().into_iter().find(|(_, hold)| {
            let begun = any_clock(&|clock| clock >= hold.placed);
            let open = hold
                .released
                .is_none_or(|released| any_clock(&|clock| clock < released));
            let excepted = hold
                .overridden
                .is_some_and(|made| self.clocks().all(|clock| clock >= made));
            begun && open && !excepted
        });
        if let Some((index, _)) = held {
            answer.status = Status::Held;
            answer.action = None;
            answer.may_act = false;
            answer.decided_by = Some(format!("h{index}"));
        }
        answer
    }
}

/// Clauses come in the order of their names, and a source behind them.
fn name_key(bound: &Bound) -> (bool, String) {
    (bound.name == "src", bound.name.clone())
}

/// What the engine says, in the words of the oracle.
fn engine(case: &Case, schedule: &Schedule) -> Answer {
    let holds = case.holds();
    case.with_record(|record| {
        let verdict = schedule.evaluate(record, &holds, moment(case.now));
        let decided_by = verdict.decided_by().map(|decider| match decider {
            Decider::Clause(index) => schedule.clause(index).unwrap().id().as_str().to_owned(),
            Decider::Hold(index) => format!("h{index}"),
            _ => "src".to_owned(),
        });
        assert_explained(schedule, record, &holds, &verdict, moment(case.now));
        Answer {
            status: verdict.status(),
            action: verdict.action(),
            due_by: verdict.due_by().map(day),
            not_before: verdict.not_before().map(day),
            decided_by,
            may_act: verdict.may_act(),
        }
    })
}

/// The explanation tells of every clause, and of the same verdict.
fn assert_explained(
    schedule: &Schedule,
    record: &Record<'_>,
    holds: &Holds,
    verdict: &RetentionVerdict,
    now: Moment,
) {
    let explanation = schedule.explain(record, holds, now);
    assert_eq!(explanation.verdict(), verdict);
    assert_eq!(explanation.decision().is_allow(), verdict.may_act());
    let sentence = explanation.to_string();
    assert!(
        sentence.starts_with(verdict.status().as_str()),
        "{sentence}"
    );
    assert!(!sentence.contains('\n'));
    let named = |clause: &Clause| {
        let id = clause.id();
        let lost = explanation.lost().iter().any(|(lost, _)| lost == id);
        lost || sentence.contains(&format!("`{id}`"))
    };
    let is_declared = schedule
        .categories()
        .any(|known| known == record.category());
    let silent = schedule.clauses().iter().find(|clause| !named(clause));
    if let Some(clause) = silent.filter(|_| is_declared) {
        panic!("{sentence}: nothing is said of {}", clause.id());
    }
}

/// How many random cases: all of them where the long runs are asked for.
pub(super) fn rounds(quick: u64, all: u64) -> u64 {
    let heavy = std::env::var("CONFIDANT_HEAVY").is_ok_and(|value| value == "1");
    if heavy { all } else { quick }
}

/// Takes one of so many, and all of them where the long runs are asked for.
#[cfg(feature = "audit")]
pub(super) fn sample(one_of: u64) -> impl FnMut() -> bool {
    let one_of = rounds(one_of, 1);
    let mut count = 0;
    move || {
        count += 1;
        count % one_of == 0
    }
}

/// A random case that is a schedule, with the category of its record declared.
pub(super) fn next_case(seed: &mut u64) -> (Case, Schedule) {
    loop {
        *seed += 1;
        let case = Case::random(&mut Rng::new(*seed));
        let Ok(schedule) = case.schedule() else {
            continue;
        };
        let name: DataCategory = category(case.category);
        if schedule.categories().any(|known| *known == name) {
            return (case, schedule);
        }
    }
}

#[test]
fn the_engine_agrees_with_an_oracle_that_walks_through_the_calendar() {
    let calendar = Calendar::new();
    let mut seen = std::collections::BTreeMap::new();
    let mut seed = 0;
    for _ in 0..rounds(100_000, 1_000_000) {
        let (case, schedule) = next_case(&mut seed);
        let oracle = Oracle {
            case: &case,
            calendar: &calendar,
        };
        let expected = oracle.answer();
        let found = engine(&case, &schedule);
        assert_eq!(found, expected, "seed {seed}: {case:#?}");
        *seen.entry(expected.status.as_str()).or_insert(0_u64) += 1;
    }
    // Every answer is common enough to be tested.
    assert_eq!(seen.len(), 6, "{seen:?}");
    assert!(seen.values().all(|count| *count > 100), "{seen:?}");
}
