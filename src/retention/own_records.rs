//! The retention of the records that this crate keeps.

use std::sync::Arc;

use super::disposition::DispositionKind;
use super::hold_book::{Epoch, HoldBook};
use super::holds::Holds;
use super::record::Record;
use super::schedule::Schedule;
use super::trigger::Events;
use crate::Error;
use crate::error::RetentionCause;
use crate::store::{Batch, Store};
use crate::taxonomy::DataCategory;
use crate::time::Moment;

/// Records that this crate itself keeps, such as receipts of consents: their category, and
/// the schedule and holds that apply to them.
///
/// Their store does not say who they are about. So a hold on any person holds all of them
/// that it may be about.
///
/// # Example
/// ```
/// use confidant::decision::ClauseId;
/// use confidant::retention::{Clause, Disposition, Holds, OwnRecords, Schedule, Trigger};
/// use confidant::taxonomy::DataCategory;
/// use confidant::time::Period;
///
/// let receipts = DataCategory::new("consent_log")?;
/// let clause = Clause::new(ClauseId::new("P-9")?, receipts.clone().into(), Trigger::LastModified)
///     .act_by(Disposition::Delete, Period::years(3));
/// let schedule = Schedule::builder().category(receipts.clone()).clause(clause).build()?;
/// let holds = Holds::none();
/// let own = OwnRecords::new(&receipts, &schedule, &holds);
/// # let _ = own;
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OwnRecords<'r> {
    category: &'r DataCategory,
    schedule: &'r Schedule,
    holds: Known<'r>,
}

/// Where holds are looked up.
#[derive(Clone, Copy, Debug)]
enum Known<'r> {
    Given(&'r Holds),
    Book(&'r HoldBook),
}

/// The outcome of erasing records that this crate keeps itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnErasure {
    /// How many were erased.
    pub erased: u64,
    /// How many were due, and are held.
    pub held: u64,
    /// How many were due, and stay because something would be permitted without them.
    pub standing: u64,
    /// How many could not be read, and stay as they are.
    pub damaged: u64,
}

/// Whether records may be erased.
#[derive(Clone, Debug)]
pub(crate) enum OwnVerdict {
    Keep,
    Held,
    Erase(Erasable),
}

/// That records may be erased, under the holds that were looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Erasable {
    under: Option<(Arc<dyn Store>, Epoch)>,
}

impl Erasable {
    /// Has a commit to `store` happen only while no hold has been changed, where the
    /// holds are in the same store.
    pub(crate) fn required_by(&self, batch: Batch, store: &Arc<dyn Store>) -> Batch {
        match &self.under {
            Some((book, epoch)) if Arc::ptr_eq(book, store) => epoch.required_by(batch),
            _ => batch,
        }
    }
}

impl<'r> OwnRecords<'r> {
    /// Names the category, and what decides about it. A hold that is placed after `holds`
    /// were loaded does not count: see [`under`](Self::under).
    #[must_use]
    pub const fn new(category: &'r DataCategory, schedule: &'r Schedule, holds: &'r Holds) -> Self {
        Self {
            category,
            schedule,
            holds: Known::Given(holds),
        }
    }

    /// Names the category and its schedule, and looks holds up in `book` before each
    /// erasure. Where the book is in the same store as the records, no erasure begins
    /// after a hold was placed.
    #[must_use]
    pub const fn under(
        category: &'r DataCategory,
        schedule: &'r Schedule,
        book: &'r HoldBook,
    ) -> Self {
        Self {
            category,
            schedule,
            holds: Known::Book(book),
        }
    }

    /// Decides about records of a tenant to which these events happened.
    pub(crate) async fn verdict(
        &self,
        tenant: &str,
        events: Events,
        now: Moment,
    ) -> Result<OwnVerdict, Error> {
        if !self.schedule.categories.contains_key(self.category) {
            return Err(RetentionCause::Undeclared { what: "category" }.into());
        }
        let record = Record::new(self.category, events).tenant(tenant);
        let free = self.schedule.evaluate(&record, &Holds::none(), now);
        let erases = free.action().is_some_and(DispositionKind::erases);
        if !(free.may_act() && erases) {
            return Ok(OwnVerdict::Keep);
        }
        let loaded;
        let mut erasable = Erasable::default();
        let holds = match self.holds {
            Known::Given(holds) => holds,
            Known::Book(book) => {
                loaded = book.loaded().await?;
                erasable.under = Some((Arc::clone(&book.store), loaded.epoch.clone()));
                &loaded.holds
            }
        };
        let verdict = self.schedule.evaluate(&record, holds, now);
        let is_held = !verdict.may_act() || holds.touch(&record, now);
        Ok(if is_held {
            OwnVerdict::Held
        } else {
            OwnVerdict::Erase(erasable)
        })
    }
}
