//! The builder of schedules, and the faults that it reports.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::time::Duration;

use super::clause::{Categories, Clause};
use super::disposition::Disposition;
use super::rules::Rules;
use super::schedule::{Schedule, Settings};
use crate::decision::ClauseId;
use crate::error::{Error, RetentionCause};
use crate::hash::NameHash;
use crate::taxonomy::{DataCategory, Jurisdiction};
use crate::time::{Period, Zone};

/// Builds a [`Schedule`]; see [`Schedule::builder`].
#[derive(Clone)]
pub struct ScheduleBuilder {
    clauses: Vec<Clause>,
    categories: Vec<DataCategory>,
    anonymous: Vec<DataCategory>,
    settings: Settings,
}

/// Something that is wrong with a schedule.
#[derive(Debug)]
pub struct Problem {
    clause: Option<ClauseId>,
    category: Option<DataCategory>,
    error: Error,
}

impl Schedule {
    /// Begins a schedule.
    #[must_use]
    pub fn builder() -> ScheduleBuilder {
        ScheduleBuilder::new()
    }
}

impl ScheduleBuilder {
    /// How wrong the clock may be either way unless told otherwise: five minutes.
    pub const DEFAULT_SKEW: Duration = Duration::from_secs(300);
    /// How long before a deadline an action may be taken unless told otherwise: a day,
    /// so that a job that runs daily meets every deadline.
    pub const DEFAULT_LEAD: Duration = Duration::from_secs(86_400);
    /// The smallest group that makes data anonymous unless told otherwise.
    pub const DEFAULT_MIN_GROUP: u32 = 10;

    pub(super) const fn new() -> Self {
        Self {
            clauses: Vec::new(),
            categories: Vec::new(),
            anonymous: Vec::new(),
            settings: Settings {
                zone: Zone::UTC,
                skew: Self::DEFAULT_SKEW,
                lead: Self::DEFAULT_LEAD,
                min_group: Self::DEFAULT_MIN_GROUP,
                notices: Vec::new(),
                digest: None,
            },
        }
    }

    /// Adds a clause. Their order does not count.
    #[must_use]
    pub fn clause(mut self, clause: Clause) -> Self {
        self.clauses.push(clause);
        self
    }

    /// Declares a category: records of it can be evaluated. At least one clause must
    /// speak of it.
    #[must_use]
    pub fn category(mut self, category: DataCategory) -> Self {
        self.categories.push(category);
        self
    }

    /// Declares a category of data that is about nobody, such as one into which data is
    /// anonymised. Clauses apply to it only where they name it, and there may be none.
    #[must_use]
    pub fn anonymous_category(mut self, category: DataCategory) -> Self {
        self.anonymous.push(category);
        self
    }

    /// Sets the time zone in which days are counted; UTC otherwise.
    #[must_use]
    pub fn zone(mut self, zone: Zone) -> Self {
        self.settings.zone = zone;
        self
    }

    /// Sets how far the clock may be wrong in either direction;
    /// [`DEFAULT_SKEW`](Self::DEFAULT_SKEW) otherwise. Nothing is erased that this error
    /// could make too early, and whatever it could make overdue counts as overdue.
    #[must_use]
    pub const fn skew(mut self, skew: Duration) -> Self {
        self.settings.skew = skew;
        self
    }

    /// Sets how long before its deadline an action may be taken where its clause does
    /// not say: [`DEFAULT_LEAD`](Self::DEFAULT_LEAD) otherwise. It should be longer than
    /// the time between two runs.
    #[must_use]
    pub const fn lead(mut self, lead: Duration) -> Self {
        self.settings.lead = lead;
        self
    }

    /// Sets the smallest group that frees derived data of the deadlines of its sources:
    /// [`DEFAULT_MIN_GROUP`](Self::DEFAULT_MIN_GROUP) otherwise, and at least 2.
    #[must_use]
    pub const fn min_group(mut self, persons: u32) -> Self {
        self.settings.min_group = persons;
        self
    }

    /// Demands that data subjects of a jurisdiction are told this long before their data is
    /// erased, unless [they asked for it](super::Trigger::is_demand). A clause with a period of
    /// its own keeps that one.
    #[must_use]
    pub fn notice_in(mut self, area: Jurisdiction, period: Period) -> Self {
        self.settings.notices.push((area, period));
        self
    }

    /// Names the policy that it is compiled from by its SHA-256 digest.
    #[must_use]
    pub const fn digest(mut self, digest: [u8; 32]) -> Self {
        self.settings.digest = Some(digest);
        self
    }

    /// Checks and compiles the schedule.
    ///
    /// # Errors
    /// The first of its [`problems`](Self::problems), of kind `Config`; `Limit` for more
    /// than [`Schedule::MAX_CLAUSES`] clauses or [`Schedule::MAX_CATEGORIES`] categories.
    pub fn build(mut self) -> Result<Schedule, Error> {
        self.check_limits()?;
        if let Some(problem) = self.problems().into_iter().next() {
            return Err(problem.error);
        }
        self.clauses.sort_by(|one, other| one.id.cmp(&other.id));
        let mut categories = HashMap::with_hasher(NameHash::default());
        for category in &self.categories {
            let rules = Rules::compile(&self.clauses, category, self.settings.lead);
            categories.insert(category.clone(), rules);
        }
        for category in &self.anonymous {
            categories.insert(category.clone(), self.anonymous_rules(category));
        }
        Ok(Schedule {
            clauses: self.clauses,
            categories,
            settings: self.settings,
        })
    }

    /// Returns everything that is wrong with the schedule as it is now.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut of = |clause: &Clause, cause| problems.push(Problem::of_clause(clause, cause));
        let mut ids = BTreeSet::new();
        for clause in &self.clauses {
            if !ids.insert(&clause.id) {
                of(clause, RetentionCause::Duplicate { what: "clause" });
            }
        }
        for clause in &self.clauses {
            for problem in self.shape(clause) {
                of(clause, RetentionCause::Clause { problem });
            }
            for cause in self.references(clause) {
                of(clause, cause);
            }
        }
        for act in self.contradictions() {
            problems.push(Problem::of_clause(act, RetentionCause::Contradiction));
        }
        problems.extend(self.category_problems());
        problems.extend(self.group_problem());
        problems
    }

    fn check_limits(&self) -> Result<(), Error> {
        let (clauses, categories) = (Schedule::MAX_CLAUSES, Schedule::MAX_CATEGORIES);
        if self.clauses.len() > clauses {
            return Err(Error::limit("number of clauses", clauses as u64));
        }
        if self.categories.len() + self.anonymous.len() > categories {
            return Err(Error::limit("number of categories", categories as u64));
        }
        Ok(())
    }

    /// What is wrong with a clause by itself.
    fn shape(&self, clause: &Clause) -> Vec<&'static str> {
        let mut found = Vec::new();
        let mut check = |is_wrong: bool, problem| {
            if is_wrong {
                found.push(problem);
            }
        };
        let is_state = clause.trigger.ended_by().is_some();
        let is_legal = clause.outweighs_erasure();
        let no_category = matches!(&clause.categories, Categories::Of(named) if named.is_empty());
        check(no_category, "is about no category");
        check(
            clause.keep.is_none() && clause.act.is_none(),
            "demands nothing",
        );
        check(
            is_state && clause.act.is_some(),
            "acts on a state that is no event",
        );
        check(
            clause.keep.is_none() && clause.basis.is_some(),
            "has a basis and keeps nothing",
        );
        check(
            clause.keep.is_none() && clause.then.is_some(),
            "acts after keeping nothing",
        );
        let keeps_nothing = clause.keep.is_some_and(Period::is_zero) && !is_state;
        check(keeps_nothing, "keeps for no time at all");
        let no_time = clause
            .then
            .as_ref()
            .is_some_and(|(_, within)| within.is_zero());
        check(no_time, "leaves no time to act after keeping");
        let acts = clause.act.is_some() || clause.then.is_some();
        check(clause.notice.is_some() && !acts, "gives notice of nothing");
        let is_started = clause.start.is_some() && clause.act.is_none();
        check(is_started, "says when to start nothing");
        check(
            clause.for_existing_data && !is_legal,
            "keeps existing data for longer without a legal obligation or claim",
        );
        found
    }

    /// What is wrong with the names that a clause refers to.
    fn references(&self, clause: &Clause) -> Vec<RetentionCause> {
        let mut found = Vec::new();
        for id in &clause.yields_to {
            let Some(other) = self.find(id) else {
                found.push(RetentionCause::Undeclared {
                    what: "a clause that is yielded to",
                });
                continue;
            };
            if other.id == clause.id || other.yields_to.contains(&clause.id) {
                found.push(RetentionCause::YieldsInCircle);
            }
            let acts_for_keep = clause.act.is_some() && other.keep.is_some();
            let keeps_for_act = clause.keep.is_some() && other.act.is_some();
            if !acts_for_keep && !keeps_for_act {
                let problem = "yields to one that it does not conflict with";
                found.push(RetentionCause::Clause { problem });
            }
        }
        let act = clause.act.as_ref().map(|act| &act.action);
        let then = clause.then.as_ref().map(|(action, _)| action);
        for action in act.into_iter().chain(then) {
            let Disposition::Anonymise(made) = action else {
                continue;
            };
            let mut known = self.categories.iter().chain(&self.anonymous);
            if !known.any(|known| known == made.into_category()) {
                found.push(RetentionCause::Undeclared {
                    what: "the category that data is anonymised into",
                });
            }
            if clause.categories != Categories::All
                && clause.categories.contains(made.into_category())
            {
                let problem = "anonymises data into a category of its own";
                found.push(RetentionCause::Clause { problem });
            }
            if made.min_group() < 2 {
                let problem = "takes a single person for a group";
                found.push(RetentionCause::Clause { problem });
            }
        }
        found
    }

    /// Clauses that act, and always before another one stops keeping the same data from
    /// the same event on, though neither says that it yields.
    fn contradictions(&self) -> Vec<&Clause> {
        let mut found = Vec::new();
        for keep in self
            .clauses
            .iter()
            .filter(|clause| !clause.outweighs_erasure())
        {
            let Some(kept) = keep.keep else { continue };
            for act in &self.clauses {
                let erases = |(action, _): &(&Disposition, Period)| action.kind().erases();
                let Some((_, by)) = act.action().filter(erases) else {
                    continue;
                };
                let is_first = by.longest() < kept.shortest();
                let yields = act.yields_to.contains(&keep.id) || keep.yields_to.contains(&act.id);
                let meets = self.categories.iter().any(|category| {
                    keep.categories.contains(category) && act.categories.contains(category)
                });
                if act.trigger == keep.trigger && is_first && meets && !yields {
                    found.push(act);
                }
            }
        }
        found
    }

    fn category_problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        for category in self.categories.iter().chain(&self.anonymous) {
            if !seen.insert(category) {
                let cause = RetentionCause::Duplicate { what: "category" };
                found.push(Problem::of_category(category, cause));
            }
        }
        for category in &self.categories {
            let mut clauses = self.clauses.iter();
            if !clauses.any(|clause| clause.categories.contains(category)) {
                let cause = RetentionCause::CategoryWithoutClause;
                found.push(Problem::of_category(category, cause));
            }
        }
        found
    }

    fn group_problem(&self) -> Option<Problem> {
        let problem = "takes a single person for a group";
        let error = RetentionCause::Schedule { problem }.into();
        (self.settings.min_group < 2).then_some(Problem {
            clause: None,
            category: None,
            error,
        })
    }

    /// The rules of data that is about nobody: of the clauses that name it.
    fn anonymous_rules(&self, category: &DataCategory) -> Rules {
        let mut rules = Rules::compile(&self.clauses, category, self.settings.lead);
        let names = |index: u16| {
            let clause = self.clauses.get(usize::from(index));
            clause.is_some_and(|clause| clause.categories != Categories::All)
        };
        rules.acts.retain(|act| names(act.clause));
        rules.keeps.retain(|keep| names(keep.clause));
        rules.displaced.retain(|index| names(*index));
        rules.anonymous = true;
        rules
    }

    fn find(&self, id: &ClauseId) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id == *id)
    }
}

impl Problem {
    fn of_clause(clause: &Clause, cause: RetentionCause) -> Self {
        Self {
            clause: Some(clause.id.clone()),
            category: None,
            error: Error::from(cause).with_id(clause.id.as_str()),
        }
    }

    fn of_category(category: &DataCategory, cause: RetentionCause) -> Self {
        Self {
            clause: None,
            category: Some(category.clone()),
            error: Error::from(cause).with_id(category.as_str()),
        }
    }

    /// Returns the clause that it is about, if it is about one.
    #[must_use]
    pub const fn clause(&self) -> Option<&ClauseId> {
        self.clause.as_ref()
    }

    /// Returns the category that it is about, if it is about one.
    #[must_use]
    pub const fn category(&self) -> Option<&DataCategory> {
        self.category.as_ref()
    }

    /// Returns what is wrong.
    #[must_use]
    pub const fn error(&self) -> &Error {
        &self.error
    }

    /// Returns what is wrong, as the error.
    #[must_use]
    pub fn into_error(self) -> Error {
        self.error
    }
}

impl fmt::Debug for ScheduleBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScheduleBuilder")
            .field("clauses", &self.clauses.len())
            .field("categories", &self.categories.len())
            .finish_non_exhaustive()
    }
}
