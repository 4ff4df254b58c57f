//! Holds, which keep data although it is due.

use std::fmt;

use super::clause::Categories;
use super::name::{HoldId, HoldReason, Person};
use super::record::Record;
use super::trigger::{Known, Trigger};
use crate::Error;
use crate::error::RetentionCause;
use crate::taxonomy::Subject;
use crate::time::Moment;

/// A hold: as long as it is active, nothing that it selects is erased. It names a reason
/// and a person, and a date by which somebody looks at it again.
///
/// A hold has no end of its own. Past its review date it still holds, and is
/// [reported](Self::is_past_review).
///
/// # Example
/// ```
/// use confidant::retention::{Hold, HoldId, HoldReason, Person, Selector};
/// use confidant::time::Moment;
///
/// let placed: Moment = "2026-03-01T00:00:00Z".parse()?;
/// let review: Moment = "2026-09-01T00:00:00Z".parse()?;
/// let hold = Hold::builder(HoldId::new("hold/2026-17")?, Selector::everything().tenant("acme")).reason(HoldReason::new("litigation:2026-17")?).placed(Person::new("staff:4711")?, placed).review_by(review).build()?;
/// assert!(hold.is_past_review(review));
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    pub(super) id: HoldId,
    pub(super) selector: Selector,
    pub(super) reason: HoldReason,
    pub(super) placed_by: Person,
    pub(super) placed_at: Moment,
    pub(super) review_by: Moment,
    pub(super) restarts_clocks: bool,
    pub(super) release: Option<HoldRelease>,
    pub(super) overrides: Vec<Override>,
}

/// What an order reaches.
#[cfg(feature = "audit")]
#[derive(Clone, Copy, Debug)]
pub(super) enum Reach {
    /// One record of the category that it names.
    Record,
    /// All data of the category and of those below it, which may be of many persons.
    All,
}

/// Who released a hold, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldRelease {
    pub(super) by: Person,
    pub(super) at: Moment,
}

/// An exception to a hold, made by two different persons together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    pub(super) selector: Selector,
    pub(super) first: Person,
    pub(super) second: Person,
    pub(super) at: Moment,
}

/// The records that a hold applies to: those that match every part of the selector.
///
/// # Security
/// `Debug` shows how many tenants and subjects there are, and not which.
#[derive(Clone, PartialEq, Eq)]
pub struct Selector {
    pub(super) tenant: Option<Box<str>>,
    pub(super) subjects: Option<Vec<Subject>>,
    pub(super) categories: Categories,
    pub(super) created_from: Option<Moment>,
    pub(super) created_before: Option<Moment>,
}

/// A [`Hold`] that is being made.
#[derive(Clone, Debug)]
pub struct HoldBuilder {
    id: HoldId,
    selector: Selector,
    reason: Option<HoldReason>,
    placed: Option<(Person, Moment)>,
    review_by: Option<Moment>,
}

impl HoldBuilder {
    /// Says why it is placed.
    #[must_use]
    pub fn reason(mut self, reason: HoldReason) -> Self {
        self.reason = Some(reason);
        self
    }

    /// Says who places it, and when.
    #[must_use]
    pub fn placed(mut self, by: Person, at: Moment) -> Self {
        self.placed = Some((by, at));
        self
    }

    /// Says by when somebody looks at it again.
    #[must_use]
    pub const fn review_by(mut self, at: Moment) -> Self {
        self.review_by = Some(at);
        self
    }

    /// Places the hold.
    ///
    /// # Errors
    /// `Config` where something was not stated, or it is to be reviewed before it is
    /// placed.
    pub fn build(self) -> Result<Hold, Error> {
        let missing = |problem| RetentionCause::Hold { problem };
        let (placed_by, placed_at) = self.placed.ok_or(missing("was placed by nobody"))?;
        let review_by = self.review_by.ok_or(missing("is never reviewed"))?;
        if review_by <= placed_at {
            return Err(missing("is to be reviewed before it is placed").into());
        }
        Ok(Hold {
            id: self.id,
            selector: self.selector,
            reason: self.reason.ok_or(missing("has no reason"))?,
            placed_by,
            placed_at,
            review_by,
            restarts_clocks: false,
            release: None,
            overrides: Vec::new(),
        })
    }
}

impl Hold {
    /// Begins a hold under a name, on what `selector` selects. Everything else must be
    /// stated.
    ///
    /// # Example
    /// ```
    /// use confidant::retention::{Hold, HoldId, HoldReason, Person, Selector};
    /// use confidant::time::Moment;
    ///
    /// let placed: Moment = "2026-05-01T00:00:00Z".parse()?;
    /// let hold = Hold::builder(HoldId::new("hold/2026-17")?, Selector::everything().tenant("acme"))
    ///     .reason(HoldReason::new("litigation:2026-17")?)
    ///     .placed(Person::new("staff:4711")?, placed)
    ///     .review_by("2026-11-01T00:00:00Z".parse()?)
    ///     .build()?;
    /// assert!(!hold.is_past_review(placed));
    /// # Ok::<(), confidant::Error>(())
    /// ```
    #[must_use]
    pub const fn builder(id: HoldId, selector: Selector) -> HoldBuilder {
        HoldBuilder {
            id,
            selector,
            reason: None,
            placed: None,
            review_by: None,
        }
    }

    /// Restarts the clocks of the held data when the hold is released. Without this,
    /// whatever fell due under the hold is due at its release.
    #[must_use]
    pub const fn restarts_clocks(mut self) -> Self {
        self.restarts_clocks = true;
        self
    }

    /// Releases it.
    ///
    /// # Errors
    /// `Config` where it was released before, or would be before it was placed.
    pub fn released(mut self, by: Person, at: Moment) -> Result<Self, Error> {
        if self.release.is_some() {
            let problem = "was released before";
            return Err(RetentionCause::Hold { problem }.into());
        }
        if at < self.placed_at {
            let problem = "is to be released before it was placed";
            return Err(RetentionCause::Hold { problem }.into());
        }
        self.release = Some(HoldRelease { by, at });
        Ok(self)
    }

    /// Adds an exception: from a moment on, the hold does not apply to what `selector`
    /// selects. It takes two persons.
    ///
    /// # Errors
    /// `Refused` where the two are the same.
    pub fn overridden(
        mut self,
        selector: Selector,
        [first, second]: [Person; 2],
        at: Moment,
    ) -> Result<Self, Error> {
        // Names of accounts differ in case and are one account.
        if first.as_str().eq_ignore_ascii_case(second.as_str()) {
            return Err(RetentionCause::OnePerson.into());
        }
        self.overrides.push(Override {
            selector,
            first,
            second,
            at,
        });
        Ok(self)
    }

    /// Returns its name.
    #[must_use]
    pub const fn id(&self) -> &HoldId {
        &self.id
    }

    /// Returns what it is about.
    #[must_use]
    pub const fn selector(&self) -> &Selector {
        &self.selector
    }

    /// Returns why it was placed.
    #[must_use]
    pub const fn reason(&self) -> &HoldReason {
        &self.reason
    }

    /// Returns who placed it.
    #[must_use]
    pub const fn placed_by(&self) -> &Person {
        &self.placed_by
    }

    /// Returns when it was placed.
    #[must_use]
    pub const fn placed_at(&self) -> Moment {
        self.placed_at
    }

    /// Returns by when somebody looks at it again.
    #[must_use]
    pub const fn review_by(&self) -> Moment {
        self.review_by
    }

    /// Returns who released it and when, if somebody did.
    #[must_use]
    pub const fn release(&self) -> Option<&HoldRelease> {
        self.release.as_ref()
    }

    /// Returns the exceptions that were made.
    #[must_use]
    pub fn overrides(&self) -> &[Override] {
        &self.overrides
    }

    /// Returns whether it has not been released and should have been looked at again.
    #[must_use]
    pub fn is_past_review(&self, now: Moment) -> bool {
        now >= self.review_by && self.release.as_ref().is_none_or(|release| release.at > now)
    }

    /// Whether it holds a record that it selects, where now lies between two moments:
    /// each question is answered by the one at which it holds for longer.
    pub(super) fn holds(&self, record: &Record<'_>, early: Moment, late: Moment) -> bool {
        let released = self.release.as_ref();
        late >= self.placed_at
            && released.is_none_or(|release| early < release.at)
            && !self.is_overridden(record, early)
    }

    /// Whether it is active and holds anything of what an order is about. Data that names
    /// nobody may be anybody's. An exception frees what it selects, and nothing beside.
    #[cfg(feature = "audit")]
    pub(super) fn touches(&self, described: &Record<'_>, reach: Reach, now: Moment) -> bool {
        let active = self.release.as_ref().is_none_or(|release| now < release.at);
        let mut overrides = self.overrides.iter();
        let excepted = overrides.any(|made| made.at <= now && made.selector.excepts(described));
        active && !excepted && self.selector.touches(described, reach)
    }

    pub(super) fn is_overridden(&self, record: &Record<'_>, early: Moment) -> bool {
        let mut overrides = self.overrides.iter();
        overrides.any(|made| made.at <= early && made.selector.excepts(record))
    }
}

impl HoldRelease {
    /// Returns who released the hold.
    #[must_use]
    pub const fn by(&self) -> &Person {
        &self.by
    }

    /// Returns when it was released.
    #[must_use]
    pub const fn at(&self) -> Moment {
        self.at
    }
}

impl Override {
    /// Returns what the exception is for.
    #[must_use]
    pub const fn selector(&self) -> &Selector {
        &self.selector
    }

    /// Returns the two persons.
    #[must_use]
    pub const fn persons(&self) -> (&Person, &Person) {
        (&self.first, &self.second)
    }

    /// Returns from when on it counts.
    #[must_use]
    pub const fn at(&self) -> Moment {
        self.at
    }
}

impl Selector {
    /// Selects every record.
    #[must_use]
    pub const fn everything() -> Self {
        Self {
            tenant: None,
            subjects: None,
            categories: Categories::All,
            created_from: None,
            created_before: None,
        }
    }

    /// Selects the records of a tenant alone.
    #[must_use]
    pub fn tenant(mut self, tenant: &str) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// Selects the records about these persons alone.
    #[must_use]
    pub fn subjects(mut self, subjects: Vec<Subject>) -> Self {
        self.subjects = Some(subjects);
        self
    }

    /// Selects the records of these categories alone, and of those below them.
    #[must_use]
    pub fn categories(mut self, categories: impl Into<Categories>) -> Self {
        self.categories = categories.into();
        self
    }

    /// Selects only records that were created at this moment or later. A record whose
    /// creation is unknown is selected.
    #[must_use]
    pub const fn created_from(mut self, from: Moment) -> Self {
        self.created_from = Some(from);
        self
    }

    /// Selects only records that were created before this moment. A record whose creation
    /// is unknown is selected.
    #[must_use]
    pub const fn created_before(mut self, before: Moment) -> Self {
        self.created_before = Some(before);
        self
    }

    /// Returns whether it selects a record.
    #[must_use]
    pub fn selects(&self, record: &Record<'_>) -> bool {
        let tenant = self.tenant.as_deref();
        tenant.is_none_or(|tenant| tenant == record.tenant)
            && self.selects_subject(record.subject)
            && self.categories.contains(record.category)
            && self.selects_creation(record)
    }

    /// Whether it selects something of what an order is about.
    #[cfg(feature = "audit")]
    fn touches(&self, described: &Record<'_>, reach: Reach) -> bool {
        let tenant = self.tenant.as_deref();
        let in_category = match reach {
            Reach::Record => self.categories.contains(described.category),
            Reach::All => self.categories.touches(described.category),
        };
        tenant.is_none_or(|tenant| tenant == described.tenant)
            && (described.subject.is_none() || self.selects_subject(described.subject))
            && in_category
            && self.selects_creation(described)
    }

    /// Whether an exception of it frees a record: what is not known frees nothing.
    fn excepts(&self, record: &Record<'_>) -> bool {
        let is_dated = self.created_from.is_some() || self.created_before.is_some();
        let is_known = matches!(record.events.known(Trigger::Created), Known::At(_));
        (is_known || !is_dated) && self.selects(record)
    }

    fn selects_subject(&self, subject: Option<&Subject>) -> bool {
        match (&self.subjects, subject) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(selected), Some(subject)) => selected.contains(subject),
        }
    }

    fn selects_creation(&self, record: &Record<'_>) -> bool {
        let Known::At(created) = record.events.known(Trigger::Created) else {
            return true;
        };
        self.created_from.is_none_or(|from| created >= from)
            && self.created_before.is_none_or(|before| created < before)
    }
}

impl fmt::Debug for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selector")
            .field("tenant_bytes", &self.tenant.as_deref().map(str::len))
            .field("subjects", &self.subjects.as_ref().map(Vec::len))
            .field("categories", &self.categories)
            .field("created_from", &self.created_from)
            .field("created_before", &self.created_before)
            .finish()
    }
}
