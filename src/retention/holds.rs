//! All holds, indexed.

use std::collections::HashMap;

use super::hold::Hold;
#[cfg(feature = "audit")]
use super::hold::Reach;
#[cfg(feature = "audit")]
use super::order::Order;
use super::record::Record;
use crate::Error;
use crate::error::RetentionCause;
use crate::taxonomy::Subject;
use crate::time::Moment;

/// All holds that there are, those that were released among them, in an index by which a
/// record finds its own.
///
/// # Example
/// ```
/// use confidant::retention::Holds;
///
/// let none = Holds::none();
/// assert_eq!(none.iter().count(), 0);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Holds {
    /// Ordered by their names.
    all: Vec<Hold>,
    /// Those that select subjects, by subject.
    by_subject: HashMap<Subject, Vec<u32>>,
    others: Vec<u32>,
}

/// What the holds on a record come to.
#[derive(Clone, Copy, Default)]
pub(super) struct Standing {
    /// The first hold, by name, that is active.
    pub(super) active: Option<u32>,
    /// When the last hold was released.
    pub(super) released: Option<Moment>,
    /// When the last hold was released that restarts clocks.
    pub(super) restarted: Option<Moment>,
}

impl Holds {
    /// The most holds.
    pub const MAX: usize = 1_000_000;

    /// Returns that there is no hold.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Indexes holds.
    ///
    /// # Errors
    /// `Config` where two have one name, `Limit` for more than [`MAX`](Self::MAX).
    pub fn new(mut all: Vec<Hold>) -> Result<Self, Error> {
        if all.len() > Self::MAX {
            return Err(Error::limit("number of holds", Self::MAX as u64));
        }
        all.sort_by(|one, other| one.id.cmp(&other.id));
        let mut names = all.iter().zip(all.iter().skip(1));
        if let Some((twin, _)) = names.find(|(one, next)| one.id == next.id) {
            let error = Error::from(RetentionCause::Duplicate { what: "hold" });
            return Err(error.with_id(twin.id.as_str()));
        }
        let mut this = Self::default();
        for (index, hold) in (0..).zip(&all) {
            match &hold.selector.subjects {
                Some(subjects) => {
                    for subject in subjects {
                        let of_subject = this.by_subject.entry(subject.clone()).or_default();
                        if of_subject.last() != Some(&index) {
                            of_subject.push(index);
                        }
                    }
                }
                None => this.others.push(index),
            }
        }
        this.all = all;
        Ok(this)
    }

    /// Returns the holds in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Hold> {
        self.all.iter()
    }

    /// Returns the holds that are past their review date and not released.
    pub fn past_review(&self, now: Moment) -> impl Iterator<Item = &Hold> {
        self.all.iter().filter(move |hold| hold.is_past_review(now))
    }

    pub(super) fn get(&self, index: u32) -> Option<&Hold> {
        self.all.get(usize::try_from(index).ok()?)
    }

    /// The first hold, by name, on anything that an order is about.
    #[cfg(feature = "audit")]
    pub(super) fn against(
        &self,
        order: &Order,
        described: &Record<'_>,
        now: Moment,
    ) -> Option<&Hold> {
        let reach = match order.record_key() {
            Some(_) => Reach::Record,
            None => Reach::All,
        };
        let mut all = self.all.iter();
        all.find(|hold| hold.touches(described, reach, now))
    }

    /// Whether a hold is active that may be about a record of nobody in particular.
    #[cfg(feature = "audit")]
    pub(super) fn touch(&self, described: &Record<'_>, now: Moment) -> bool {
        let mut all = self.all.iter();
        all.any(|hold| hold.touches(described, Reach::All, now))
    }

    /// Writes what the holds say that select a record, for a digest.
    #[cfg(feature = "policy")]
    pub(crate) fn write(&self, record: &Record<'_>, out: &mut crate::codec::Writer) {
        use crate::codec::Writer;

        let selecting = || self.all.iter().filter(|hold| hold.selector.selects(record));
        out.number(selecting().count() as u64);
        for hold in selecting() {
            out.text(hold.id.as_str());
            out.moment(hold.placed_at);
            out.byte(u8::from(hold.restarts_clocks));
            let release = hold.release.as_ref();
            out.optional(release.map(|release| release.at), Writer::moment);
            let overrides = hold.overrides.iter();
            let overrides = overrides.filter(|exception| exception.selector.selects(record));
            let moments: Vec<_> = overrides.map(|exception| exception.at).collect();
            out.number(moments.len() as u64);
            for at in moments {
                out.moment(at);
            }
        }
    }

    /// What the holds on a record come to where now lies between two moments.
    pub(super) fn standing(&self, record: &Record<'_>, early: Moment, late: Moment) -> Standing {
        let mut standing = Standing::default();
        if self.all.is_empty() {
            return standing;
        }
        let own = record
            .subject
            .and_then(|subject| self.by_subject.get(subject));
        for index in own.into_iter().flatten().chain(&self.others) {
            let Some(hold) = self.get(*index) else {
                continue;
            };
            if !hold.selector.selects(record) {
                continue;
            }
            if hold.holds(record, early, late) {
                standing.active = Some(standing.active.map_or(*index, |active| active.min(*index)));
            }
            if let Some(release) = &hold.release {
                standing.released = standing.released.max(Some(release.at));
                // What an exception freed before was not held until then.
                if hold.restarts_clocks && !hold.is_overridden(record, release.at) {
                    standing.restarted = standing.restarted.max(Some(release.at));
                }
            }
        }
        standing
    }
}
