//! The table of clocks: how long each step may take, and under which law.

use serde_json::Value;

use super::row::{Fields, broken};
use super::{ClockRow, RequestKind, SourceCheck};
use crate::Error;
use crate::decision::ClauseId;
use crate::error::RightsCause;
use crate::taxonomy::{Jurisdiction, Obligation, ObligationKind, Obligor};
use crate::time::{Moment, Period, Rounding};

/// The clocks of many jurisdictions: data, with a date and a source for each row.
///
/// The table that comes with the crate is what was read on the day that
/// [`read_on`](Self::read_on) says. A product overrides its rows, or brings a table of
/// its own. It is not legal advice.
///
/// # Example
/// ```
/// use confidant::rights::{ClockTable, RequestKind};
/// use confidant::taxonomy::Jurisdiction;
///
/// let table = ClockTable::shipped()?;
/// let berlin = Jurisdiction::new("DE-BE")?;
/// let row = table.row(RequestKind::Access, &berlin, "2026-12-01T00:00:00Z".parse()?).unwrap();
/// assert_eq!(row.id().as_str(), "EU-requests");
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClockTable {
    read: Box<str>,
    /// A row goes before those ahead of it.
    rows: Vec<ClockRow>,
    breaches: Vec<BreachRow>,
    erasures: Vec<ErasureRow>,
    promises: Vec<BreachPromise>,
}

/// What a product promises of breaches, beside the law: within which time of becoming
/// aware the authority and the data subjects are told.
///
/// Where the law allows longer, the promise counts; where it allows less, the law.
///
/// # Example
/// ```
/// use confidant::decision::ClauseId;
/// use confidant::rights::{BreachPromise, ClockTable};
/// use confidant::taxonomy::Jurisdiction;
///
/// let promise = BreachPromise::new(ClauseId::new("IC-61")?)
///     .place(Jurisdiction::new("DE")?)
///     .authority_within("PT24H".parse()?);
/// let table = ClockTable::shipped()?.with_breach_promise(promise);
/// # let _ = table;
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BreachPromise {
    id: ClauseId,
    /// Where it holds; empty means everywhere.
    places: Vec<Jurisdiction>,
    authority: Option<Period>,
    subjects: Option<Period>,
}

/// Whom to tell of a breach, and by when.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BreachRow {
    /// The id, by which obligations name it.
    pub id: ClauseId,
    /// Whose law it is.
    pub jurisdiction: Jurisdiction,
    /// Within which time of becoming aware the authority is told.
    pub authority: Option<Period>,
    /// Within which time the data subjects are told.
    pub subjects: Option<Period>,
    /// From when on it is in force.
    pub from: Moment,
    /// Where it stands.
    pub source: Box<str>,
    /// How that was looked up.
    pub source_check: SourceCheck,
}

/// What a law demands around an erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErasureRow {
    /// The id.
    pub id: ClauseId,
    /// Whose law it is.
    pub jurisdiction: Jurisdiction,
    /// How long before an erasure the data subject is told.
    pub notice: Option<Period>,
    /// How long logs are kept at least.
    pub keep_logs: Option<Period>,
    /// From when on it is in force.
    pub from: Moment,
    /// Where it stands.
    pub source: Box<str>,
    /// How that was looked up.
    pub source_check: SourceCheck,
}

/// The clock of a request: the row of its jurisdiction, or what is strictest of all
/// rows where the jurisdiction is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Clock<'t> {
    Row(&'t ClockRow),
    /// The row with the earliest end.
    Strictest(&'t ClockRow),
}

impl BreachPromise {
    /// Begins a promise of a clause, which holds everywhere and promises nothing yet.
    #[must_use]
    pub const fn new(id: ClauseId) -> Self {
        Self {
            id,
            places: Vec::new(),
            authority: None,
            subjects: None,
        }
    }

    /// Bounds it to a jurisdiction. More can be added.
    #[must_use]
    pub fn place(mut self, place: Jurisdiction) -> Self {
        self.places.push(place);
        self
    }

    /// Promises that the authority is told within a time of becoming aware.
    #[must_use]
    pub const fn authority_within(mut self, period: Period) -> Self {
        self.authority = Some(period);
        self
    }

    /// Promises that the data subjects are told within a time of becoming aware.
    #[must_use]
    pub const fn subjects_within(mut self, period: Period) -> Self {
        self.subjects = Some(period);
        self
    }
}

impl ClockTable {
    /// Reads the table that comes with the crate.
    ///
    /// # Errors
    /// `Config` where it is not well-formed, which a test rules out.
    pub fn shipped() -> Result<Self, Error> {
        Self::from_json(include_str!("jurisdictions.json"))
    }

    /// Reads a table in the form of the one that comes with the crate, which the page
    /// [formats](crate::manual::formats_rights) describes.
    ///
    /// # Errors
    /// `Config` where the text is not JSON of that form, has an unknown field, or a row
    /// that sets no clock.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| broken("it is not JSON").at_line(error.line()))?;
        let known = ["version", "read", "requests", "breaches", "erasure"];
        let fields = Fields::new(&value, &known)?;
        if value.get("version") != Some(&Value::from(1)) {
            return Err(broken("its version is not 1"));
        }
        let rows = |name: &str| value.get(name).and_then(Value::as_array);
        let requests = rows("requests").ok_or_else(|| broken("it has no rows"))?;
        let parsed: Result<Vec<_>, _> = requests.iter().map(ClockRow::parse).collect();
        let breaches = rows("breaches").into_iter().flatten().map(BreachRow::parse);
        let erasures = rows("erasure").into_iter().flatten().map(ErasureRow::parse);
        Ok(Self {
            read: fields.text("read")?.into(),
            rows: parsed?,
            breaches: breaches.collect::<Result<_, _>>()?,
            erasures: erasures.collect::<Result<_, _>>()?,
            promises: Vec::new(),
        })
    }

    /// Adds what a product promises of breaches.
    #[must_use]
    pub fn with_breach_promise(mut self, promise: BreachPromise) -> Self {
        self.promises.push(promise);
        self
    }

    /// Adds a row, which goes before all others of its jurisdiction.
    ///
    /// # Errors
    /// `Config` where it sets no clock, or one of no time.
    pub fn with_row(mut self, row: ClockRow) -> Result<Self, Error> {
        row.check()?;
        self.rows.push(row);
        Ok(self)
    }

    /// Returns the day on which the table was read, such as `2026-11-30`.
    #[must_use]
    pub fn read_on(&self) -> &str {
        &self.read
    }

    /// Returns every row for breaches.
    pub fn breach_rows(&self) -> impl Iterator<Item = &BreachRow> {
        self.breaches.iter()
    }

    /// Returns every row about erasure.
    pub fn erasure_rows(&self) -> impl Iterator<Item = &ErasureRow> {
        self.erasures.iter()
    }

    /// Returns every row for requests.
    pub fn rows(&self) -> impl Iterator<Item = &ClockRow> {
        self.rows.iter()
    }

    /// Returns the row for a kind of request in a jurisdiction at a moment. The row of a
    /// subdivision goes before that of its country, and that before the row of an area such
    /// as the EU.
    #[must_use]
    pub fn row(
        &self,
        kind: RequestKind,
        jurisdiction: &Jurisdiction,
        at: Moment,
    ) -> Option<&ClockRow> {
        let rows = self.rows.iter();
        let meant = rows.filter(|row| row.kinds.contains(&kind) && row.is_in_force(at));
        closest(meant, jurisdiction, |row| &row.jurisdiction)
    }

    /// Returns the row of a jurisdiction, or the strictest of all where it is not known
    /// or has none: the one whose answer would be due first.
    pub(super) fn clock(
        &self,
        kind: RequestKind,
        jurisdiction: Option<&Jurisdiction>,
        at: Moment,
    ) -> Option<Clock<'_>> {
        let own = jurisdiction.and_then(|jurisdiction| self.row(kind, jurisdiction, at));
        if let Some(row) = own {
            return Some(Clock::Row(row));
        }
        self.strictest(Some(kind), at)
            .or_else(|| self.strictest(None, at))
            .map(Clock::Strictest)
    }

    /// The row in force whose answer is due first, for one kind or for any.
    pub(super) fn strictest(&self, kind: Option<RequestKind>, at: Moment) -> Option<&ClockRow> {
        let rows = self
            .rows
            .iter()
            .filter(|row| row.is_in_force(at) && kind.is_none_or(|kind| row.kinds.contains(&kind)));
        let due = |row: &ClockRow| row.period?.after(at, Rounding::Back).ok();
        let known = rows.filter_map(|row| Some((due(row)?, row)));
        known.min_by_key(|(due, _)| *due).map(|(_, row)| row)
    }

    /// The shortest time within which any row for a kind asks for an acknowledgement.
    pub(super) fn shortest_acknowledgement(
        &self,
        kind: RequestKind,
        at: Moment,
    ) -> Option<(Moment, &ClauseId)> {
        let rows = self
            .rows
            .iter()
            .filter(|row| row.is_in_force(at) && row.kinds.contains(&kind));
        let due = rows.filter_map(|row| {
            let by = row.acknowledge?.after(at, Rounding::Back).ok()?;
            Some((by, &row.id))
        });
        due.min()
    }

    /// Returns what is owed after a breach that somebody became aware of at `aware`: to
    /// the authority and to the data subjects of each jurisdiction. A jurisdiction
    /// without a row, and `None` for an unknown one, gets the shortest time of all rows;
    /// where no jurisdiction is given, it is an unknown one.
    /// What the product [promises](Self::with_breach_promise) counts where it is shorter.
    ///
    /// # Errors
    /// `Config` where no row is in force at all, `Limit` past [`Moment::MAX`].
    pub fn breach<'j>(
        &self,
        jurisdictions: impl IntoIterator<Item = Option<&'j Jurisdiction>>,
        aware: Moment,
    ) -> Result<Vec<Obligation>, Error> {
        let mut owed: Vec<Obligation> = Vec::new();
        let mut jurisdictions = jurisdictions.into_iter();
        let first = jurisdictions.next().unwrap_or(None);
        for jurisdiction in std::iter::once(first).chain(jurisdictions) {
            let in_force = self.breaches.iter().filter(|row| row.from <= aware);
            let own = jurisdiction.and_then(|jurisdiction| {
                closest(in_force.clone(), jurisdiction, |row| &row.jurisdiction)
            });
            let by = |period: Option<Period>| {
                period
                    .map(|period| period.after(aware, Rounding::Back))
                    .transpose()
            };
            let (mut authority, mut subjects) = match own {
                Some(row) => (
                    by(row.authority)?.map(|by| (by, &row.id)),
                    by(row.subjects)?.map(|by| (by, &row.id)),
                ),
                None => {
                    let mut both = (None, None);
                    for row in in_force {
                        let earlier = |known: Option<(Moment, _)>, by: Option<Moment>| {
                            let new = by.map(|by| (by, &row.id));
                            [known, new].into_iter().flatten().min()
                        };
                        both.0 = earlier(both.0, by(row.authority)?);
                        both.1 = earlier(both.1, by(row.subjects)?);
                    }
                    both
                }
            };
            for promise in &self.promises {
                let covers = |place: &Jurisdiction| {
                    let mut places = promise.places.iter();
                    places.any(|own| place.is_within(own))
                };
                if !promise.places.is_empty() && !jurisdiction.is_none_or(covers) {
                    continue;
                }
                for (due, within) in [
                    (&mut authority, promise.authority),
                    (&mut subjects, promise.subjects),
                ] {
                    let promised = by(within)?.map(|by| (by, &promise.id));
                    *due = [*due, promised].into_iter().flatten().min();
                }
            }
            if authority.is_none() && subjects.is_none() {
                let what = "clock for a breach";
                return Err(RightsCause::Unknown { what }.into());
            }
            for (kind, due) in [
                (ObligationKind::NotifyAuthority, authority),
                (ObligationKind::NotifySubjects, subjects),
            ] {
                let Some((by, id)) = due else { continue };
                let one = Obligation::new(Obligor::Controller, kind, by, id.clone());
                if !owed.contains(&one) {
                    owed.push(one);
                }
            }
        }
        Ok(owed)
    }

    /// Returns what the law of a jurisdiction demands around an erasure at a moment.
    #[must_use]
    pub fn erasure(&self, jurisdiction: &Jurisdiction, at: Moment) -> Option<&ErasureRow> {
        let in_force = self.erasures.iter().filter(|row| row.from <= at);
        closest(in_force, jurisdiction, |row| &row.jurisdiction)
    }
}

/// Returns the row of the area that fits a jurisdiction most closely; of several, the last.
fn closest<'t, T>(
    rows: impl Iterator<Item = &'t T>,
    jurisdiction: &Jurisdiction,
    area: impl Fn(&T) -> &Jurisdiction,
) -> Option<&'t T> {
    let fits = rows.filter_map(|row| Some((jurisdiction.closeness(area(row))?, row)));
    fits.max_by_key(|(closeness, _)| *closeness)
        .map(|(_, row)| row)
}

impl BreachRow {
    fn parse(value: &Value) -> Result<Self, Error> {
        let known = [
            "id",
            "jurisdiction",
            "authority",
            "subjects",
            "from",
            "source",
            "read",
            "reported",
        ];
        let fields = Fields::new(value, &known)?;
        let this = Self {
            id: ClauseId::new(fields.text("id")?)?,
            jurisdiction: Jurisdiction::new(fields.text("jurisdiction")?)?,
            authority: fields.period("authority")?,
            subjects: fields.period("subjects")?,
            from: fields.day("from")?.unwrap_or(Moment::MIN),
            source: fields.text("source")?.into(),
            source_check: fields.source_check()?,
        };
        if this.authority.is_none() && this.subjects.is_none() {
            return Err(broken("a row for breaches sets no clock"));
        }
        Ok(this)
    }
}

impl ErasureRow {
    fn parse(value: &Value) -> Result<Self, Error> {
        let known = [
            "id",
            "jurisdiction",
            "notice",
            "keep_logs",
            "from",
            "source",
            "read",
            "reported",
        ];
        let fields = Fields::new(value, &known)?;
        Ok(Self {
            id: ClauseId::new(fields.text("id")?)?,
            jurisdiction: Jurisdiction::new(fields.text("jurisdiction")?)?,
            notice: fields.period("notice")?,
            keep_logs: fields.period("keep_logs")?,
            from: fields.day("from")?.unwrap_or(Moment::MIN),
            source: fields.text("source")?.into(),
            source_check: fields.source_check()?,
        })
    }
}

#[cfg(test)]
mod tests;
