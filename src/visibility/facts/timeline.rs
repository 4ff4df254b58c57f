//! Past states of things.

use super::tick::Tick;
use crate::Error;
use crate::error::VisibilityCause;

/// The states before the current ones, for those things that ever changed.
#[derive(Clone, Debug)]
pub(in crate::visibility) struct Histories<S> {
    past: Vec<Vec<(Tick, S)>>,
}

/// The current state of a thing, since when it is the case, and where those before lie.
#[derive(Clone, Copy, Debug)]
pub(in crate::visibility) struct Timeline<S> {
    pub(in crate::visibility) now: S,
    pub(in crate::visibility) since: Tick,
    past: u32,
}

/// There were no states before.
const NONE: u32 = u32::MAX;

impl<S> Default for Histories<S> {
    fn default() -> Self {
        Self { past: Vec::new() }
    }
}

impl<S> Timeline<S> {
    pub(super) const fn new(since: Tick, now: S) -> Self {
        Self {
            now,
            since,
            past: NONE,
        }
    }

    /// The state at a moment; none before there was one.
    #[inline]
    pub(in crate::visibility) fn at<'s>(
        &'s self,
        histories: &'s Histories<S>,
        at: Tick,
    ) -> Option<&'s S> {
        if self.since <= at {
            return Some(&self.now);
        }
        histories.at(self.past, at)
    }
}

impl<S> Histories<S> {
    #[cold]
    fn at(&self, number: u32, at: Tick) -> Option<&S> {
        let past = self.past.get(number as usize)?;
        let begun = past.partition_point(|(since, _)| *since <= at);
        let (_, state) = past.get(begun.checked_sub(1)?)?;
        Some(state)
    }

    /// Every state of a thing, the oldest first, with the moment from which it is one.
    pub(in crate::visibility) fn all<'s>(
        &'s self,
        timeline: &'s Timeline<S>,
    ) -> impl Iterator<Item = (Tick, &'s S)> {
        let past = self.past.get(timeline.past as usize);
        let past = past
            .into_iter()
            .flatten()
            .map(|(since, state)| (*since, state));
        past.chain([(timeline.since, &timeline.now)])
    }
}

impl<S: Copy> Histories<S> {
    /// Sets the state from `since` on. One of the same moment is replaced.
    pub(super) fn set(
        &mut self,
        timeline: &mut Timeline<S>,
        since: Tick,
        state: S,
    ) -> Result<(), Error> {
        if since < timeline.since {
            return Err(VisibilityCause::Order.into());
        }
        if since > timeline.since {
            if timeline.past == NONE {
                timeline.past = u32::try_from(self.past.len()).unwrap_or(NONE);
                self.past.push(Vec::new());
            }
            if let Some(past) = self.past.get_mut(timeline.past as usize) {
                past.push((timeline.since, timeline.now));
            }
        }
        timeline.since = since;
        timeline.now = state;
        Ok(())
    }
}
