//! Times of facts.

use crate::Error;
use crate::error::VisibilityCause;
use crate::time::Moment;

/// Nanoseconds since the beginning of 1970.
pub(in crate::visibility) type Tick = i64;

/// Before everything.
pub(in crate::visibility) const ALWAYS: Tick = i64::MIN;
/// After everything: no moment is this tick.
pub(in crate::visibility) const NEVER: Tick = i64::MAX;

/// The tick of a moment; none outside the years 1678 to 2261.
pub(in crate::visibility) fn tick(moment: Moment) -> Option<Tick> {
    let tick = i64::try_from(moment.unix_nanoseconds()).ok()?;
    (tick > ALWAYS && tick < NEVER).then_some(tick)
}

/// The tick of a fact's moment.
pub(in crate::visibility) fn fact_tick(moment: Moment) -> Result<Tick, Error> {
    tick(moment).ok_or_else(|| VisibilityCause::Range.into())
}

/// The tick of an end, where there is one.
pub(in crate::visibility) fn end_tick(moment: Option<Moment>) -> Result<Tick, Error> {
    moment.map_or(Ok(NEVER), fact_tick)
}

pub(in crate::visibility) fn moment(tick: Tick) -> Moment {
    Moment::from_unix_nanoseconds(i128::from(tick)).unwrap_or(Moment::MAX)
}
