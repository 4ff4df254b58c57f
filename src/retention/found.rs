//! Reading the retention of a record from its value in a store.

use std::fmt;
use std::sync::Arc;

use super::disposition::DispositionKind;
use super::record::{Record, Source};
use super::trigger::Events;
use crate::Error;
use crate::store::{Range, StoredRecord};
use crate::taxonomy::{DataCategory, Jurisdiction, Subject};
use crate::time::Moment;

/// What a stored record says about its retention, as a [`ReadRecord`] reads it.
///
/// # Security
/// `Debug` does not show the subject.
#[derive(Clone, Debug)]
pub struct Found {
    pub(super) category: DataCategory,
    pub(super) events: Events,
    pub(super) subject: Option<Subject>,
    pub(super) jurisdiction: Option<Jurisdiction>,
    pub(super) noticed: Option<Moment>,
    pub(super) reconsented: Option<Moment>,
    pub(super) done: Vec<DispositionKind>,
    pub(super) source: Option<Source>,
    pub(super) is_about_nobody: bool,
    pub(super) also: Vec<Range>,
}

/// Reads from a stored record what its retention depends on; `None` for a record without
/// retention. Any function of this form implements it.
///
/// An error stops the whole run, so that no record is passed over.
pub trait ReadRecord: Send + Sync {
    /// Reads a record.
    ///
    /// # Errors
    /// Where the record is not what it should be.
    fn read(&self, record: &StoredRecord) -> Result<Option<Found>, Error>;
}

impl<T: ReadRecord + ?Sized> ReadRecord for Arc<T> {
    fn read(&self, record: &StoredRecord) -> Result<Option<Found>, Error> {
        (**self).read(record)
    }
}

impl<F> ReadRecord for F
where
    F: Fn(&StoredRecord) -> Result<Option<Found>, Error> + Send + Sync,
{
    fn read(&self, record: &StoredRecord) -> Result<Option<Found>, Error> {
        self(record)
    }
}

impl Found {
    /// Describes a record of a category, to which these events happened.
    #[must_use]
    pub const fn new(category: DataCategory, events: Events) -> Self {
        Self {
            category,
            events,
            subject: None,
            jurisdiction: None,
            noticed: None,
            reconsented: None,
            done: Vec::new(),
            source: None,
            is_about_nobody: false,
            also: Vec::new(),
        }
    }

    /// Names the person it is about, by the id that the product gave them. A record that
    /// names nobody may be about anybody: a hold on any person keeps it.
    #[must_use]
    pub fn subject(mut self, subject: Subject) -> Self {
        self.subject = Some(subject);
        self
    }

    /// Says that it is about no person, so that holds on persons do not keep it.
    #[must_use]
    pub const fn about_nobody(mut self) -> Self {
        self.is_about_nobody = true;
        self
    }

    /// Names whose law applies to it.
    #[must_use]
    pub const fn jurisdiction(mut self, jurisdiction: Jurisdiction) -> Self {
        self.jurisdiction = Some(jurisdiction);
        self
    }

    /// Says when the data subject was told that it will be erased.
    #[must_use]
    pub const fn noticed(mut self, at: Moment) -> Self {
        self.noticed = Some(at);
        self
    }

    /// Says when the data subject consented to the policy as it was then.
    #[must_use]
    pub const fn reconsented(mut self, at: Moment) -> Self {
        self.reconsented = Some(at);
        self
    }

    /// Says that an action was carried out that leaves the record in place.
    #[must_use]
    pub fn done(mut self, action: DispositionKind) -> Self {
        self.done.push(action);
        self
    }

    /// Says what it was derived from.
    #[must_use]
    pub fn derived_from(mut self, source: Source) -> Self {
        self.source = Some(match self.source.take() {
            Some(known) => known.and(source),
            None => source,
        });
        self
    }

    /// Says what goes with it, in the same commit: a range of records of the same tenant,
    /// such as the versions of a secret. A range that the sweeper reads itself must have no
    /// record on hold: otherwise nothing is deleted. Records that it does not read are not
    /// judged, nor are those that are written while it deletes: whoever adds a record to
    /// the range must write this one, too.
    #[must_use]
    pub fn also(mut self, range: Range) -> Self {
        self.also.push(range);
        self
    }

    /// The record as a schedule wants it, with the subject by the name that holds know.
    pub(super) fn describe<'f>(
        &'f self,
        tenant: &'f str,
        subject: Option<&'f Subject>,
    ) -> Record<'f> {
        let mut record = Record::new(&self.category, self.events).tenant(tenant);
        record.subject = subject;
        record.jurisdiction = self.jurisdiction;
        record.noticed = self.noticed;
        record.reconsented = self.reconsented;
        record.source.clone_from(&self.source);
        self.done
            .iter()
            .fold(record, |record, done| record.done(*done))
    }
}

impl fmt::Debug for dyn ReadRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadRecord").finish_non_exhaustive()
    }
}
