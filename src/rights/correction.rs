//! Corrections that stay: a later import does not undo them.

use std::fmt;

use super::RequestId;
use super::record::{self, damaged};
use super::register::Register;
use crate::Error;
use crate::audit::Caller;
use crate::codec::{Reader, Writer};
use crate::consent::check_plain;
use crate::decision::{ClauseId, Decision, Effect, Reason};
use crate::error::RightsCause;
use crate::mac::is_same_mac;
use crate::store::{Batch, Condition, RecordKey, Tries};
use crate::taxonomy::Subject;
use crate::time::Moment;

const FORMAT: u8 = 1;
const VALUE: &[u8] = b"confidant/rights/value@v1";

/// A correction of one field of a data subject's data, as the register keeps it: that it
/// was made, when, by whom and for which request. The value is kept as a keyed digest,
/// by which it can be told whether an import brings the same.
#[derive(Clone, PartialEq, Eq)]
pub struct Correction {
    field: Box<str>,
    source: Box<str>,
    at: Moment,
    request: Option<RequestId>,
    value: [u8; 32],
}

/// A correction to be recorded: the value of a field, who said that it is right, and by
/// which request.
///
/// # Security
/// `Debug` shows the length of the value alone.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::audit::{Identifier, Log, Caller};
/// use confidant::consent::LedgerKey;
/// use confidant::decision::ClauseId;
/// use confidant::rights::{Import, NewCorrection, Register};
/// use confidant::store::MemoryStore;
/// use confidant::taxonomy::Subject;
///
/// # pollster::block_on(async {
/// let store = Arc::new(MemoryStore::new());
/// let register = Register::new(store, LedgerKey::generate()?, Log::in_memory()?);
/// let me = Caller::new(Identifier::new("service:web")?);
/// let (jo, clause) = (Subject::new("user-17")?, ClauseId::new("IC-72")?);
///
/// let correction = NewCorrection::new("name", b"Jo Doe").source("support");
/// register.correct(&me, "acme", &jo, correction).await?;
/// let old = Import::new("name", b"Joe Do");
/// assert!(!register.may_import("acme", &jo, old, &clause).await?.is_allow());
/// let new = Import::new("name", b"Jo Doe");
/// assert!(register.may_import("acme", &jo, new, &clause).await?.is_allow());
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Copy)]
pub struct NewCorrection<'a> {
    field: &'a str,
    value: &'a [u8],
    source: &'a str,
    request: Option<RequestId>,
}

impl<'a> NewCorrection<'a> {
    /// Corrects a field to a value.
    #[must_use]
    pub const fn new(field: &'a str, value: &'a [u8]) -> Self {
        Self {
            field,
            value,
            source: "data-subject",
            request: None,
        }
    }

    /// Says who said that the value is right. Without this, it is `data-subject`.
    #[must_use]
    pub const fn source(mut self, source: &'a str) -> Self {
        self.source = source;
        self
    }

    /// Names the request that asked for it.
    #[must_use]
    pub fn request(mut self, request: impl Into<Option<RequestId>>) -> Self {
        self.request = request.into();
        self
    }
}

impl fmt::Debug for NewCorrection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewCorrection")
            .field("field", &self.field)
            .field("value_bytes", &self.value.len())
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

/// A value that comes from elsewhere, to be held against corrections.
#[derive(Clone, Copy)]
pub struct Import<'a> {
    field: &'a str,
    value: &'a [u8],
}

impl<'a> Import<'a> {
    /// Brings a value for a field.
    #[must_use]
    pub const fn new(field: &'a str, value: &'a [u8]) -> Self {
        Self { field, value }
    }
}

impl Correction {
    /// The most bytes of a field's name and of a source.
    pub const MAX_NAME: usize = 128;

    /// Returns the name of the field.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// Returns who said what is right, such as `data-subject`.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Returns when it was made.
    #[must_use]
    pub const fn at(&self) -> Moment {
        self.at
    }

    /// Returns the request that asked for it.
    #[must_use]
    pub const fn request(&self) -> Option<RequestId> {
        self.request
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(FORMAT);
        out.text(&self.source);
        out.moment(self.at);
        out.optional(self.request, |out, id| out.raw(id.as_bytes()));
        out.raw(&self.value);
        out.into_bytes()
    }

    fn parse(field: &str, bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes, damaged);
        reader.expect(FORMAT)?;
        let this = Self {
            field: field.into(),
            source: reader.text()?.into(),
            at: reader.moment()?,
            request: reader.optional(|reader| Ok(RequestId::from_bytes(reader.array()?)))?,
            value: reader.array()?,
        };
        reader.end()?;
        Ok(this)
    }
}

impl Register {
    /// Records that a field was corrected to a value, which the product writes itself
    /// after this returns. A correction takes the place of the one before, even
    /// where the record of that one is damaged or lies in the future.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) where a later correction of the field came
    /// first, so that this value must not be written; `Config` and `Limit` where the field or the source is not 1 to
    /// [`Correction::MAX_NAME`] letters, digits and `-_.:/`; those of the store and the
    /// log: nothing was recorded then, or in doubt it may have been, and the call may be
    /// repeated.
    pub async fn correct(
        &self,
        caller: &Caller,
        tenant: &str,
        subject: &Subject,
        correction: NewCorrection<'_>,
    ) -> Result<Correction, Error> {
        let NewCorrection {
            field,
            value,
            source,
            request,
        } = correction;
        check_plain("corrected field", field, Correction::MAX_NAME)?;
        check_plain("source of a correction", source, Correction::MAX_NAME)?;
        let person = self.person(tenant, subject);
        let place = record::correction_key(tenant, &person, field)?;
        // The order of corrections is that of their commits: a clock that was ahead, or a
        // damaged record, does not keep a person from correcting.
        let known = self.inner.store.get(&place).await?;
        let known = known.and_then(|known| self.parse_correction(&place, &known.value).ok());
        let now = self.inner.clock.now();
        let correction = Correction {
            field: field.into(),
            source: source.into(),
            at: known.map_or(now, |known| known.at.max(now)),
            request,
            value: self.value(&place, value),
        };
        let id = request.unwrap_or(RequestId::from_bytes([0; 16]));
        let trail = self.trail(caller, "rights.correct", tenant, &person, id)?;
        let bytes = correction.to_bytes();
        let mac = self.mac(&place, &bytes);
        let trail = trail.scope(field)?.with(|entry| entry.digest(mac));
        trail.attempt().await?;
        let value = [&bytes[..], &mac].concat();
        let done = self.try_correct(&place, correction.at, &value).await;
        trail.end(done).await?;
        Ok(correction)
    }

    /// Decides whether an import may write a value: not where the field was corrected
    /// and the import brings another value. Only a correction changes it again.
    ///
    /// It is an answer of this moment. A correction may come between it and the write of
    /// the import: ask again after the write, or write under a condition of your own that
    /// a correction breaks.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where the record is not what was
    /// written, and those of the store. Do not import then.
    pub async fn may_import(
        &self,
        tenant: &str,
        subject: &Subject,
        import: Import<'_>,
        clause: &ClauseId,
    ) -> Result<Decision, Error> {
        check_plain("imported field", import.field, Correction::MAX_NAME)?;
        let person = self.person(tenant, subject);
        let place = record::correction_key(tenant, &person, import.field)?;
        let found = self.inner.store.get(&place).await?;
        let reason = |why| Reason::new(clause.clone(), why);
        let Some(found) = found else {
            let free = Reason::without_clause("the field was never corrected");
            return Ok(Decision::allow(free));
        };
        let known = self.parse_correction(&place, &found.value)?;
        let brought = self.value(&place, import.value);
        Ok(if is_same_mac(&known.value, &brought) {
            Decision::allow(reason("the import brings the corrected value"))
        } else {
            let import = Reason::without_clause("the import brings another value");
            let denied = Decision::deny(reason("the field was corrected"));
            denied.with_lost(Effect::Allow, import)
        })
    }

    /// Returns every correction of a data subject's data, in order of the fields.
    ///
    /// # Errors
    /// [`Integrity`](crate::ErrorKind::Integrity) where a record is not what was
    /// written, and those of the store.
    pub async fn corrections_of(
        &self,
        tenant: &str,
        subject: &Subject,
    ) -> Result<Vec<Correction>, Error> {
        let person = self.person(tenant, subject);
        let mut range = record::corrections_of(tenant, &person)?;
        let mut all = Vec::new();
        loop {
            let page = self.inner.store.scan(&range, 256).await?;
            let Some(last) = page.last() else {
                return Ok(all);
            };
            range = range.after(last.key.path());
            for record in &page {
                all.push(self.parse_correction(&record.key, &record.value)?);
            }
        }
    }

    /// Forgets every correction of a data subject whose data was erased.
    ///
    /// # Errors
    /// Those of the store and the log; after one of kind
    /// [`InDoubt`](crate::ErrorKind::InDoubt) call it again.
    pub async fn forget_corrections(
        &self,
        caller: &Caller,
        tenant: &str,
        subject: &Subject,
    ) -> Result<(), Error> {
        let person = self.person(tenant, subject);
        let id = RequestId::from_bytes([0; 16]);
        let trail = self.trail(caller, "rights.forget_corrections", tenant, &person, id)?;
        trail.attempt().await?;
        let range = record::corrections_of(tenant, &person)?;
        let batch = Batch::new().delete_range(range);
        trail.end(self.inner.store.commit(batch).await).await?;
        Ok(())
    }

    async fn try_correct(&self, place: &RecordKey, at: Moment, value: &[u8]) -> Result<(), Error> {
        let mut tries = Tries::default();
        loop {
            let Some(found) = tries.ended(self.inner.store.get(place).await)? else {
                continue;
            };
            if found.as_ref().is_some_and(|found| found.value == value) {
                return Ok(());
            }
            if let Some(found) = &found
                && let Ok(other) = self.parse_correction(place, &found.value)
                && other.at > at
            {
                return Err(RightsCause::Superseded.into());
            }
            let condition = match &found {
                Some(found) => Condition::Revision(found.revision),
                None => Condition::Absent,
            };
            let batch = Batch::new()
                .require(place.clone(), condition)
                .put(place.clone(), value.to_vec());
            if tries.ended(self.inner.store.commit(batch).await)?.is_some() {
                return Ok(());
            }
        }
    }

    pub(super) fn parse_correction(
        &self,
        place: &RecordKey,
        value: &[u8],
    ) -> Result<Correction, Error> {
        let (bytes, mac) = value.split_last_chunk().ok_or_else(damaged)?;
        if !is_same_mac(&self.mac(place, bytes), mac) {
            return Err(damaged());
        }
        let field = place.path().get(32..).unwrap_or_default();
        let field = std::str::from_utf8(field).map_err(|_| damaged())?;
        Correction::parse(field, bytes)
    }

    /// What is kept of a value.
    fn value(&self, place: &RecordKey, value: &[u8]) -> [u8; 32] {
        let tenant = place.tenant().as_bytes();
        self.inner.key.mac(&[VALUE, tenant, place.path(), value])
    }
}

impl fmt::Debug for Correction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Correction")
            .field("field", &self.field)
            .field("source", &self.source)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Import<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Import")
            .field("field", &self.field)
            .field("value_bytes", &self.value.len())
            .finish()
    }
}

/// Reads bytes as a correction, and writes it anew where they are one.
#[cfg(any(test, fuzzing))]
pub(super) fn rewritten(bytes: &[u8]) -> Option<Vec<u8>> {
    Some(Correction::parse("field", bytes).ok()?.to_bytes())
}
