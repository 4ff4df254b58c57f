//! One row of the table of clocks.

use serde_json::{Map, Value};

use super::RequestKind;
use crate::Error;
use crate::decision::ClauseId;
use crate::error::RightsCause;
use crate::taxonomy::Jurisdiction;
use crate::time::{Moment, Period};

/// An event that a clock can wait for before it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum StartEvent {
    /// The request was received.
    Receipt,
    /// The identity was proved, where it was asked for.
    Identity,
    /// The fee was paid, where it was asked for.
    Fee,
}

/// How the source of a row was looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SourceCheck {
    /// The text of the law was read on a day: itself, or as an authority quotes it.
    Read(Moment),
    /// The text could not be read. What others report of it was, on a day.
    Reported(Moment),
    /// Nobody has looked it up for this table.
    Unread,
}

/// How long a request of some kinds may take under one law.
///
/// # Example
/// ```
/// use confidant::decision::ClauseId;
/// use confidant::rights::{ClockRow, RequestKind};
/// use confidant::taxonomy::Jurisdiction;
/// use confidant::time::Period;
///
/// let id = ClauseId::new("BR-requests")?;
/// let row = ClockRow::new(id, Jurisdiction::new("BR")?, [RequestKind::Access], "LGPD Article 19")
///     .period(Period::days(15));
/// # let _ = row;
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockRow {
    pub(super) id: ClauseId,
    pub(super) jurisdiction: Jurisdiction,
    pub(super) kinds: Vec<RequestKind>,
    pub(super) period: Option<Period>,
    pub(super) start: Vec<StartEvent>,
    pub(super) stops: bool,
    pub(super) extension: Option<Period>,
    pub(super) acknowledge: Option<Period>,
    pub(super) confirm: bool,
    pub(super) appeal: bool,
    pub(super) lookback: Option<Moment>,
    pub(super) from: Moment,
    pub(super) until: Option<Moment>,
    pub(super) source: Box<str>,
    pub(super) source_check: SourceCheck,
}

impl ClockRow {
    /// Begins a row for requests of some kinds, of which `source` names the law. Its
    /// clock starts at the receipt, nothing stops it, and it has always been in force.
    #[must_use]
    pub fn new(
        id: ClauseId,
        jurisdiction: Jurisdiction,
        kinds: impl IntoIterator<Item = RequestKind>,
        source: &str,
    ) -> Self {
        Self {
            id,
            jurisdiction,
            kinds: kinds.into_iter().collect(),
            period: None,
            start: vec![StartEvent::Receipt],
            stops: false,
            extension: None,
            acknowledge: None,
            confirm: false,
            appeal: false,
            lookback: None,
            from: Moment::MIN,
            until: None,
            source: source.into(),
            source_check: SourceCheck::Unread,
        }
    }

    /// Sets how long an answer may take. Without it the law names no number.
    #[must_use]
    pub const fn period(mut self, period: Period) -> Self {
        self.period = Some(period);
        self
    }

    /// Has the clock start at the latest of these events, of those that are asked for.
    #[must_use]
    pub fn start(mut self, events: impl IntoIterator<Item = StartEvent>) -> Self {
        self.start = events.into_iter().collect();
        self
    }

    /// Has the clock stand still while a clarification is awaited.
    #[must_use]
    pub const fn stops_for_clarification(mut self) -> Self {
        self.stops = true;
        self
    }

    /// Allows one extension, by that much.
    #[must_use]
    pub const fn extension(mut self, period: Period) -> Self {
        self.extension = Some(period);
        self
    }

    /// Demands that the receipt is acknowledged within a period.
    #[must_use]
    pub const fn acknowledge(mut self, period: Period) -> Self {
        self.acknowledge = Some(period);
        self
    }

    /// Puts the row in force from a moment on, and until another where there is one.
    #[must_use]
    pub const fn in_force(mut self, from: Moment, until: Option<Moment>) -> Self {
        self.from = from;
        self.until = until;
        self
    }

    /// Says how its source was looked up; not at all where nothing is said.
    #[must_use]
    pub const fn checked(mut self, check: SourceCheck) -> Self {
        self.source_check = check;
        self
    }

    /// Returns the id, by which decisions and obligations name it.
    #[must_use]
    pub const fn id(&self) -> &ClauseId {
        &self.id
    }

    /// Returns how long an answer may take, where the law names a number.
    #[must_use]
    pub const fn deadline(&self) -> Option<Period> {
        self.period
    }

    /// Returns whose law it is.
    #[must_use]
    pub const fn jurisdiction(&self) -> &Jurisdiction {
        &self.jurisdiction
    }

    /// Returns where it stands.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Returns how its source was looked up, and when.
    #[must_use]
    pub const fn source_check(&self) -> SourceCheck {
        self.source_check
    }

    /// Returns whether an opt-out must be confirmed.
    #[must_use]
    pub const fn demands_confirmation(&self) -> bool {
        self.confirm
    }

    /// Returns whether an answer may be appealed against.
    #[must_use]
    pub const fn allows_appeal(&self) -> bool {
        self.appeal
    }

    /// Returns the day back to which access may be asked for at least.
    #[must_use]
    pub const fn lookback(&self) -> Option<Moment> {
        self.lookback
    }

    pub(super) fn is_in_force(&self, at: Moment) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }

    pub(super) fn parse(value: &Value) -> Result<Self, Error> {
        let fields = Fields::new(
            value,
            &[
                "id",
                "jurisdiction",
                "kinds",
                "period",
                "start",
                "stops",
                "extension",
                "acknowledge",
                "confirm",
                "appeal",
                "lookback",
                "from",
                "until",
                "source",
                "read",
                "reported",
            ],
        )?;
        let start = fields.list("start")?;
        let start: Result<Vec<_>, _> = start
            .iter()
            .map(|event| match *event {
                "receipt" => Ok(StartEvent::Receipt),
                "identity" => Ok(StartEvent::Identity),
                "fee" => Ok(StartEvent::Fee),
                _ => Err(broken("a start event is unknown")),
            })
            .collect();
        let stops = match *fields.list("stops")? {
            [] => false,
            ["clarification"] => true,
            _ => return Err(broken("what stops a clock is unknown")),
        };
        let kinds = fields.list("kinds")?;
        let kinds: Result<Vec<RequestKind>, _> = kinds.iter().map(|kind| kind.parse()).collect();
        let this = Self {
            id: ClauseId::new(fields.text("id")?)?,
            jurisdiction: Jurisdiction::new(fields.text("jurisdiction")?)?,
            kinds: kinds?,
            period: fields.period("period")?,
            start: start?,
            stops,
            extension: fields.period("extension")?,
            acknowledge: fields.period("acknowledge")?,
            confirm: fields.flag("confirm")?,
            appeal: fields.flag("appeal")?,
            lookback: fields.day("lookback")?,
            from: fields.day("from")?.unwrap_or(Moment::MIN),
            until: fields.day("until")?,
            source: fields.text("source")?.into(),
            source_check: fields.source_check()?,
        };
        this.check()?;
        Ok(this)
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let named = |what| Err(broken(what).with_id(self.id.as_str()));
        if self.kinds.is_empty() || self.start.is_empty() {
            return named("a row has no kind of request, or its clock never starts");
        }
        if self.period.is_none() && (self.acknowledge.is_none() || self.extension.is_some()) {
            return named("a row sets no clock");
        }
        let periods = [self.period, self.extension, self.acknowledge];
        if periods.into_iter().flatten().any(Period::is_zero) {
            return named("a period is zero");
        }
        if self.until.is_some_and(|until| until <= self.from) {
            return named("a row is over before it is in force");
        }
        Ok(())
    }
}

#[cold]
pub(super) fn broken(what: &'static str) -> Error {
    RightsCause::Table { what }.into()
}

/// The fields of an object of the table, of which none may be unknown.
pub(super) struct Fields<'v>(&'v Map<String, Value>);

impl<'v> Fields<'v> {
    pub(super) fn new(value: &'v Value, known: &[&str]) -> Result<Self, Error> {
        let fields = value
            .as_object()
            .ok_or_else(|| broken("a row is not an object"))?;
        if fields.keys().all(|key| known.contains(&key.as_str())) {
            Ok(Self(fields))
        } else {
            Err(broken("a row has an unknown field"))
        }
    }

    pub(super) fn optional(&self, name: &str) -> Result<Option<&'v str>, Error> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(broken("a field is not text")),
        }
    }

    pub(super) fn text(&self, name: &str) -> Result<&'v str, Error> {
        self.optional(name)?
            .ok_or_else(|| broken("a row lacks a field"))
    }

    pub(super) fn list(&self, name: &str) -> Result<Vec<&'v str>, Error> {
        let malformed = || broken("a field is not a list of texts");
        match self.0.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => {
                let texts = items.iter().map(|item| item.as_str().ok_or_else(malformed));
                texts.collect()
            }
            Some(_) => Err(malformed()),
        }
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, Error> {
        match self.0.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(broken("a field is neither true nor false")),
        }
    }

    pub(super) fn period(&self, name: &str) -> Result<Option<Period>, Error> {
        self.optional(name)?.map(str::parse).transpose()
    }

    /// Reads how the source of a row was looked up.
    pub(super) fn source_check(&self) -> Result<SourceCheck, Error> {
        match (self.day("read")?, self.day("reported")?) {
            (Some(day), None) => Ok(SourceCheck::Read(day)),
            (None, Some(day)) => Ok(SourceCheck::Reported(day)),
            (None, None) => Ok(SourceCheck::Unread),
            (Some(_), Some(_)) => Err(broken("a source is both read and reported")),
        }
    }

    pub(super) fn day(&self, name: &str) -> Result<Option<Moment>, Error> {
        let day = self.optional(name)?;
        day.map(|day| format!("{day}T00:00:00Z").parse())
            .transpose()
    }
}
