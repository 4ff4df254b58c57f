//! When the clocks of a zone change, as a table that is read in a few steps.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::civil::DAY;
use super::rounding::Rounding;

/// The offsets of one zone from 1900 to 2200. Outside these years the table has no
/// answer.
///
/// A period that is counted in a zone needs two look-ups. Here each takes a few steps,
/// however many changes the zone has had.
#[derive(Debug)]
pub(super) struct Transitions {
    /// In order of time, the first at [`START`]. Neighbours differ in their offsets.
    spans: Vec<Span>,
    /// For each part of 2^[`PART`] seconds from [`START`] on, the last span that begins
    /// no later than the part.
    parts: Vec<u16>,
}

/// From when on an offset holds.
#[derive(Clone, Copy, Debug)]
struct Span {
    /// In seconds of UTC since 1970 began.
    from: i64,
    /// By how many seconds the clocks are ahead of UTC.
    offset: i64,
}

/// 1900-01-01.
const START: i64 = -2_208_988_800;
/// 2200-01-01.
const END: i64 = 7_258_118_400;
/// Parts are 48 days long, so that few hold more than one change.
const PART: u32 = 22;
/// More than any offset, so that what clocks show is no farther from UTC than this.
const FARTHEST: i64 = 2 * DAY;

impl Transitions {
    pub(super) fn new(zone: &TimeZone) -> Option<Self> {
        let start = Timestamp::from_second(START).ok()?;
        let offset = i64::from(zone.to_offset(start).seconds());
        let mut spans = vec![Span {
            from: START,
            offset,
        }];
        for change in zone.following(start) {
            let (at, offset) = (change.timestamp(), i64::from(change.offset().seconds()));
            let from = at.as_second();
            if from >= END {
                break;
            }
            // A change within a second is none that the table can hold.
            if at.subsec_nanosecond() != 0 {
                return None;
            }
            if spans.last().is_some_and(|last| last.offset != offset) {
                spans.push(Span { from, offset });
            }
        }
        let begins = |part: i64| START + (part << PART);
        let parts = (0..=(END - START) >> PART).map(|part| {
            let later = spans.partition_point(|span| span.from <= begins(part));
            u16::try_from(later.saturating_sub(1)).ok()
        });
        let parts = parts.collect::<Option<_>>()?;
        Some(Self { spans, parts })
    }

    /// Returns by how many seconds the clocks are ahead at an instant.
    #[inline]
    pub(super) fn offset(&self, at: i64) -> Option<i64> {
        let mut spans = self.from(at)?;
        let mut offset = spans.next()?.offset;
        for span in spans.take_while(|span| span.from <= at) {
            offset = span.offset;
        }
        Some(offset)
    }

    /// Returns when the clocks show that many seconds since 1970 began. Where they show
    /// it twice or never, `rounding` chooses the earlier or the later of the readings.
    #[inline]
    pub(super) fn instant(&self, local: i64, rounding: Rounding) -> Option<i64> {
        let within = START + FARTHEST..END - FARTHEST;
        if !within.contains(&local) {
            return None;
        }
        let mut spans = self.from(local - FARTHEST)?;
        let mut last = spans.next()?;
        // The offsets before and after the change that makes it two readings or none.
        let mut offsets = None;
        for next in spans.take_while(|span| span.from <= local + FARTHEST) {
            let (ends, begins) = (next.from + last.offset, next.from + next.offset);
            let (first, end) = (ends.min(begins), ends.max(begins));
            if local >= first && local < end {
                offsets = Some((last.offset, next.offset));
            } else if local < first {
                break;
            }
            last = next;
        }
        let (one, other) = offsets.unwrap_or((last.offset, last.offset));
        Some(match rounding {
            Rounding::Back => local - one.max(other),
            Rounding::Forward => local - one.min(other),
        })
    }

    /// The spans from one on that begins at or before `at`, close to it.
    #[inline]
    fn from(&self, at: i64) -> Option<impl Iterator<Item = &Span>> {
        if at >= END {
            return None;
        }
        let part = usize::try_from((at - START) >> PART).ok()?;
        let first = usize::from(*self.parts.get(part)?);
        Some(self.spans.get(first..)?.iter())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::DateTime;
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    /// What jiff says of the clocks.
    fn readings(zone: &TimeZone, local: i64) -> [i64; 2] {
        let shown = Timestamp::from_second(local).unwrap();
        let shown: DateTime = TimeZone::UTC.to_datetime(shown);
        let readings = zone.to_ambiguous_timestamp(shown);
        [readings.earlier(), readings.later()].map(|at| at.unwrap().as_second())
    }

    #[test]
    fn every_zone_is_read_as_jiff_reads_it_around_every_change() {
        let database = TimeZoneDatabase::bundled();
        let mut zones = 0;
        let mut changes = 0;
        for name in database.available() {
            let zone = database.get(name.as_str()).unwrap();
            let table = Transitions::new(&zone).unwrap();
            // Where jiff goes over from a table to a rule, it names a reading at which the
            // clocks show something else by its own account.
            let read = |local: i64| {
                let shows = |at: i64| {
                    let offset = zone.to_offset(Timestamp::from_second(at).unwrap());
                    at + i64::from(offset.seconds()) == local
                };
                for (rounding, expected) in [Rounding::Back, Rounding::Forward]
                    .into_iter()
                    .zip(readings(&zone, local))
                {
                    let found = table.instant(local, rounding).unwrap();
                    let is_right = found == expected || (shows(found) && !shows(expected));
                    assert!(
                        is_right,
                        "{name} {local} {rounding:?}: {found}, not {expected}"
                    );
                }
            };
            let check = |at: i64| {
                let offset = zone.to_offset(Timestamp::from_second(at).unwrap());
                assert_eq!(
                    table.offset(at),
                    Some(offset.seconds().into()),
                    "{name} {at}"
                );
                read(at + i64::from(offset.seconds()));
            };
            let start = Timestamp::from_second(START).unwrap();
            let all = zone
                .following(start)
                .map(|change| change.timestamp().as_second());
            // Rules without an end repeat, so the far future is looked at in part only.
            let near = all.take_while(|at| *at < END - FARTHEST * 2);
            for (number, at) in near.filter(|at| *at > START + FARTHEST * 2).enumerate() {
                if number > 180 && number % 16 != 0 {
                    continue;
                }
                changes += 1;
                for step in [1, 1_800, 3_600, 7_200, DAY, 2 * DAY] {
                    for at in [
                        at - step - 1,
                        at - step,
                        at - 1,
                        at,
                        at + step - 1,
                        at + step,
                    ] {
                        check(at);
                    }
                }
                // What the clocks do not show, too.
                for local in (-26..26).map(|half| at + half * 1_800) {
                    read(local);
                }
            }
            zones += 1;
        }
        assert!(
            zones > 400 && changes > 20_000,
            "{zones} zones, {changes} changes"
        );
    }

    #[test]
    fn outside_its_years_it_has_no_answer() {
        let zone = TimeZoneDatabase::bundled().get("Europe/Berlin").unwrap();
        let table = Transitions::new(&zone).unwrap();
        for at in [i64::MIN / 2, START - 1, END, i64::MAX / 2] {
            assert_eq!(table.offset(at), None, "{at}");
            assert_eq!(table.instant(at, Rounding::Back), None, "{at}");
        }
        assert!(table.offset(START).is_some() && table.offset(END - 1).is_some());
    }
}
