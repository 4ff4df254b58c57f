//! Orders: what to do with data, in every store that holds it.

use std::fmt;

use super::disposition::Disposition;
#[cfg(feature = "audit")]
use super::{record::Record, trigger::Events};
use crate::decision::ClauseId;
use crate::error::RetentionCause;
use crate::taxonomy::{DataCategory, Subject};
use crate::time::Moment;
use crate::{Error, ErrorKind};

/// An action on data of one category: on one record, or on everything of a person or of a
/// tenant.
///
/// An order is what an executor carries out, and what the keeper of each store is
/// handed. Two with the same parts are the same order: an executor goes on with it where
/// it stopped.
///
/// # Security
/// `Debug` shows neither the subject nor the tenant nor the record.
#[derive(Clone, PartialEq, Eq)]
pub struct Order {
    category: DataCategory,
    action: Disposition,
    tenant: Box<str>,
    subject: Option<Subject>,
    record: Option<Box<[u8]>>,
    request: Option<Box<str>>,
    created: Option<Moment>,
    clause: Option<ClauseId>,
    due_by: Option<Moment>,
}

impl Order {
    /// The most bytes of the key of a record.
    pub const MAX_RECORD: usize = 4_096;

    /// Orders an action on data of a category.
    #[must_use]
    pub fn new(category: DataCategory, action: Disposition) -> Self {
        Self {
            category,
            action,
            tenant: Box::default(),
            subject: None,
            record: None,
            request: None,
            created: None,
            clause: None,
            due_by: None,
        }
    }

    /// Names the tenant.
    #[must_use]
    pub fn tenant(mut self, tenant: &str) -> Self {
        self.tenant = tenant.into();
        self
    }

    /// Says that it is about data of this person alone.
    #[must_use]
    pub fn subject(mut self, subject: Subject) -> Self {
        self.subject = Some(subject);
        self
    }

    /// Says that it is about one record alone, by the key that the stores know it by.
    /// Say [whose](Self::subject) it is, too, where that is known: without it, every hold
    /// on a person counts.
    ///
    /// # Errors
    /// `Limit` for more than [`MAX_RECORD`](Self::MAX_RECORD) bytes.
    pub fn record(mut self, key: &[u8]) -> Result<Self, Error> {
        if key.len() > Self::MAX_RECORD {
            return Err(Error::limit("key of a record", Self::MAX_RECORD as u64));
        }
        self.record = Some(key.into());
        Ok(self)
    }

    /// Names the request behind the order, by an id that the audit log may hold. Orders
    /// of different requests are different orders.
    ///
    /// # Errors
    /// `Config` where it is not 1 to 128 letters, digits and `-_.:/`, or has the form of a
    /// digest in the log.
    pub fn request(mut self, id: &str) -> Result<Self, Error> {
        if id.is_empty() || id.len() > 128 || !may_be_logged(id) {
            let (what, limit) = ("id of a request", 128);
            return Err(RetentionCause::Name { what, limit }.into());
        }
        self.request = Some(id.into());
        Ok(self)
    }

    /// Says when the record was created, for holds that select by it. Without this, they
    /// hold.
    #[must_use]
    pub const fn created(mut self, at: Moment) -> Self {
        self.created = Some(at);
        self
    }

    /// Names the clause that demands it, and the moment before which it must be done.
    #[must_use]
    pub fn because_of(mut self, clause: ClauseId, due_by: Moment) -> Self {
        self.clause = Some(clause);
        self.due_by = Some(due_by);
        self
    }

    /// Returns the category.
    #[must_use]
    pub const fn category(&self) -> &DataCategory {
        &self.category
    }

    /// Returns the action.
    #[must_use]
    pub const fn action(&self) -> &Disposition {
        &self.action
    }

    /// Returns the tenant.
    #[must_use]
    pub const fn tenant_name(&self) -> &str {
        &self.tenant
    }

    /// Returns the person whose data it is about; all of the tenant's without one.
    #[must_use]
    pub const fn data_subject(&self) -> Option<&Subject> {
        self.subject.as_ref()
    }

    /// Returns whether it is about data that a keeper keeps as a whole under one category:
    /// where it names that category or one above it. What is ordered of another leaves the
    /// data alone. Ask this before anything else of the order: its record may be named in
    /// the way of another keeper.
    ///
    /// # Errors
    /// `Refused` where it names a category below the keeper's, which the keeper cannot tell
    /// apart.
    pub fn is_about(&self, kept: &DataCategory) -> Result<bool, Error> {
        if kept.is_within(&self.category) {
            return Ok(true);
        }
        if self.category.is_within(kept) {
            let what = "keeper does not tell narrower categories apart";
            return Err(Error::message(ErrorKind::Refused, what));
        }
        Ok(false)
    }

    /// Returns the key of the record that it is about; all of them without one.
    #[must_use]
    pub fn record_key(&self) -> Option<&[u8]> {
        self.record.as_deref()
    }

    /// Returns the id of the request that it comes from.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request.as_deref()
    }

    /// Returns the clause that demands it.
    #[must_use]
    pub const fn clause(&self) -> Option<&ClauseId> {
        self.clause.as_ref()
    }

    /// Returns the moment before which it must be done.
    #[must_use]
    pub const fn due_by(&self) -> Option<Moment> {
        self.due_by
    }

    /// All that makes it this order and no other, in one text.
    #[cfg(feature = "audit")]
    pub(super) fn canonical(&self) -> String {
        let mut text = String::new();
        let mut part = |part: Option<&str>| {
            text += &match part {
                Some(part) => format!("{}:{part}", part.len()),
                None => "-".to_owned(),
            };
        };
        part(Some(&self.tenant));
        part(self.subject.as_ref().map(Subject::expose_id));
        let hex = |key: &[u8]| -> String { key.iter().map(|byte| format!("{byte:02x}")).collect() };
        part(self.record.as_deref().map(hex).as_deref());
        part(Some(self.category.as_str()));
        part(Some(self.action.kind().as_str()));
        if let Disposition::Anonymise(made) = &self.action {
            part(Some(made.into_category().as_str()));
        }
        part(self.request.as_deref());
        text
    }

    /// What holds are asked about, with the subject by the name that they know.
    #[cfg(feature = "audit")]
    pub(super) fn described<'o>(&'o self, subject: Option<&'o Subject>) -> Record<'o> {
        let events = self.created.map_or_else(Events::new, Events::created);
        let record = Record::new(&self.category, events).tenant(&self.tenant);
        match subject {
            Some(subject) => record.subject(subject),
            None => record,
        }
    }
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order")
            .field("category", &self.category)
            .field("action", &self.action.kind())
            .field("tenant_bytes", &self.tenant.len())
            .field("subject", &self.subject)
            .field("record_bytes", &self.record.as_deref().map(<[u8]>::len))
            .field("clause", &self.clause)
            .field("due_by", &self.due_by)
            .finish_non_exhaustive()
    }
}

/// Whether an id may stand in the audit log as it is.
#[cfg(feature = "audit")]
fn may_be_logged(id: &str) -> bool {
    crate::audit::Identifier::new(id).is_ok()
}

/// Whether an id may stand in the audit log as it is.
#[cfg(not(feature = "audit"))]
fn may_be_logged(id: &str) -> bool {
    crate::id::not_plain(id).is_none()
}
