//! Raising and lowering levels.

use std::collections::BTreeSet;
use std::fmt;

use super::facts::{ResourceState, Statement, Tick, fact_tick, moment};
use super::{Action, Asker, Level, PublishedVersion, Resource, VisibilityFacts};
use crate::Error;
use crate::error::VisibilityCause;
use crate::time::Moment;

/// What lowering a level cannot undo.
///
/// What was seen may have been copied, indexed or cached by others all the while: no
/// library can call that back. This says for how long that was possible, and names the
/// forks, which stay with their owners.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it says what cannot be recalled"]
pub struct Recall {
    forks: Vec<Resource>,
    exposures: Vec<Exposure>,
    versions: usize,
}

/// A period during which a resource was visible further than it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Exposure {
    /// How far it was seen.
    pub level: Level,
    /// Whether it was listed, so that search engines may hold copies.
    pub listed: bool,
    /// Since when.
    pub from: Moment,
    /// Until when.
    pub until: Moment,
}

impl Recall {
    /// Returns the forks of the resource and of what lies in it, and theirs, that remain
    /// with their owners.
    #[must_use]
    pub fn forks(&self) -> &[Resource] {
        &self.forks
    }

    /// Returns when it was set to be seen further than it is now, the earliest first.
    #[must_use]
    pub fn exposures(&self) -> &[Exposure] {
        &self.exposures
    }

    /// Returns how many versions of the resource and of what lies in it were published.
    #[must_use]
    pub const fn versions(&self) -> usize {
        self.versions
    }
}

impl fmt::Display for Recall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let forks = self.forks.len();
        let plural = if forks == 1 {
            "fork remains"
        } else {
            "forks remain"
        };
        write!(f, "{forks} {plural}, not recalled")?;
        if let Some(first) = self.exposures.first() {
            write!(f, "; seen by others since {}", first.from)?;
        }
        let listed = self.exposures.iter().find(|exposure| exposure.listed);
        if let Some(listed) = listed {
            write!(
                f,
                "; listed since {}, so search engines may hold copies",
                listed.from
            )?;
        }
        Ok(())
    }
}

impl VisibilityFacts {
    /// Lowers the level of a resource and unlists it. Returns what this cannot undo.
    ///
    /// # Errors
    /// `Refused` where they may not, `Config` where the level is not lower than the one
    /// that is set, or than how far it is seen where none is, or the moment lies before
    /// the latest state; `Limit` where the moment is out of range.
    pub fn lower<'a>(
        &mut self,
        by: impl Into<Asker<'a>>,
        resource: Resource,
        level: Level,
        now: Moment,
    ) -> Result<Recall, Error> {
        let at = self.may_set(by.into(), resource, now)?;
        let before = self.level_or_reach(resource, at)?;
        if before.is_none_or(|before| level >= before) {
            return Err(VisibilityCause::Unfit("level is not lower").into());
        }
        let gate = self.policy.gate_from();
        self.change(resource, at, |state| {
            let cleared = state.is_cleared() && gate.is_some_and(|gate| level >= gate);
            let state = state.with_level(Some(level)).with_cleared(cleared);
            state.with_listed(false)
        })?;
        self.note_level(resource, at);
        Ok(self.recall(resource, level, at))
    }

    /// Raises the level of a resource to one for which the policy asks for no scan.
    ///
    /// # Errors
    /// `Refused` where they may not, or the level is one for which the policy has a
    /// gate; `Config` where the level is not higher than the one that is set, or than how
    /// far it is seen where none is, or the moment lies before the latest state; `Limit`
    /// where the moment is out of range.
    pub fn raise<'a>(
        &mut self,
        by: impl Into<Asker<'a>>,
        resource: Resource,
        level: Level,
        now: Moment,
    ) -> Result<(), Error> {
        let at = self.may_set(by.into(), resource, now)?;
        if self.policy.gate_from().is_some_and(|gate| level >= gate) {
            let what = "content must be scanned before it is seen further";
            return Err(VisibilityCause::Refused(what).into());
        }
        let before = self.level_or_reach(resource, at)?;
        if before.is_some_and(|before| level <= before) {
            return Err(VisibilityCause::Unfit("level is not higher").into());
        }
        self.change(resource, at, |state| state.with_level(Some(level)))?;
        self.note_level(resource, at);
        Ok(())
    }

    /// Lists a public resource, or unlists it.
    ///
    /// # Errors
    /// `Refused` where they may not, `Config` where the moment lies before the latest
    /// state, `Limit` where it is out of range.
    pub fn set_listed<'a>(
        &mut self,
        by: impl Into<Asker<'a>>,
        resource: Resource,
        listed: bool,
        now: Moment,
    ) -> Result<(), Error> {
        let at = self.may_set(by.into(), resource, now)?;
        self.change(resource, at, |state| state.with_listed(listed))?;
        self.note_level(resource, at);
        Ok(())
    }

    /// Takes a version that passed the gate before, from the product's own records, and
    /// counts its resource as published from then on, with the parts that are there by
    /// now: state those that the version had before. Under a policy without a gate it is
    /// kept, and passes none.
    ///
    /// # Errors
    /// `Config` where the resource is not one of these facts, its number does not follow
    /// that of the latest version, or the moment lies before the latest state; `Limit`
    /// where it is out of range.
    pub fn restore_version(
        &mut self,
        resource: Resource,
        version: PublishedVersion,
    ) -> Result<(), Error> {
        if version.number != self.next_version(resource) {
            let what = "version does not follow the latest one";
            return Err(VisibilityCause::Unfit(what).into());
        }
        let at = fact_tick(version.at)?;
        self.clear(resource, at, |state| state)?;
        self.add_version(resource, version);
        Ok(())
    }

    /// Changes a resource whose content passed the gate, if the policy has one, and clears
    /// it with its parts.
    pub(super) fn clear(
        &mut self,
        resource: Resource,
        at: Tick,
        change: impl FnOnce(ResourceState) -> ResourceState,
    ) -> Result<(), Error> {
        let passed = self.policy.gate.is_some();
        self.change(resource, at, |state| change(state).with_cleared(passed))?;
        self.note_level(resource, at);
        if passed {
            self.clear_parts(resource, at);
        }
        Ok(())
    }

    pub(super) fn add_version(&mut self, resource: Resource, version: PublishedVersion) {
        self.note(|| Statement::Version {
            resource,
            version: version.clone(),
        });
        self.versions.entry(resource.0).or_default().push(version);
    }

    /// The level that is set for a resource itself, or else how far it can be seen.
    fn level_or_reach(&self, resource: Resource, at: Tick) -> Result<Option<Level>, Error> {
        let own = self.current(resource)?.level();
        Ok(own.or_else(|| self.reach(resource, at)))
    }

    /// Returns the versions of a resource that passed the gate, the first one first.
    #[must_use]
    pub fn versions(&self, resource: Resource) -> &[PublishedVersion] {
        let versions = self.versions.get(&resource.0);
        versions.map_or(&[], Vec::as_slice)
    }

    /// Returns the level that is set for a resource itself, by the latest facts; none
    /// where it is that of its container.
    #[must_use]
    pub fn level(&self, resource: Resource) -> Option<Level> {
        self.current(resource).ok()?.level()
    }

    /// Returns how far a resource is visible at a moment: the lowest level along its path.
    /// A level that needs the gate counts only once the gate is passed. What has no
    /// level of its own, and was added to its container after that passed the gate, is
    /// seen as far as the level below the gate until the container's next version.
    #[must_use]
    pub fn effective_level(&self, resource: Resource, at: Moment) -> Option<Level> {
        self.reach(resource, super::facts::tick(at)?)
    }

    pub(super) fn next_version(&self, resource: Resource) -> u64 {
        self.versions(resource)
            .last()
            .map_or(1, |latest| latest.number.saturating_add(1))
    }

    /// Whether they may change the level of a resource, and the tick of the moment.
    pub(super) fn may_set(
        &self,
        by: Asker<'_>,
        resource: Resource,
        now: Moment,
    ) -> Result<Tick, Error> {
        let action = self.policy.action(Action::SET_LEVEL);
        let may = action.is_some_and(|action| self.verdict(by, action, resource, now).is_allow());
        if !may {
            return Err(VisibilityCause::Refused("change of the level is denied").into());
        }
        fact_tick(now)
    }

    /// What is not taken back of a resource whose level was lowered at a moment.
    fn recall(&self, resource: Resource, level: Level, at: Tick) -> Recall {
        let histories = &self.resource_histories;
        let path = || self.path(resource).map(|(_, row)| row);
        let changes = path().flat_map(|row| histories.all(&row.state));
        let mut times: Vec<_> = changes
            .map(|(since, _)| since)
            .filter(|t| *t < at)
            .collect();
        times.sort_unstable();
        times.dedup();
        let ends = times.iter().skip(1).copied().chain([at]);
        let mut exposures: Vec<Exposure> = Vec::new();
        for (from, until) in times.iter().copied().zip(ends) {
            let states = || path().filter_map(|row| row.state.at(histories, from));
            let Some(level) = self.reach(resource, from).filter(|reach| *reach > level) else {
                continue;
            };
            if states().any(|state| state.is_removed()) {
                continue;
            }
            let listed = level == Level::Public && states().any(|state| state.is_listed());
            let (from, until) = (moment(from), moment(until));
            match exposures.last_mut() {
                Some(last) if (last.level, last.listed, last.until) == (level, listed, from) => {
                    last.until = until;
                }
                _ => exposures.push(Exposure {
                    level,
                    listed,
                    from,
                    until,
                }),
            }
        }
        let (mut forks, mut versions) = (BTreeSet::new(), 0);
        let mut waiting = vec![resource.0];
        while let Some(number) = waiting.pop() {
            forks.extend(self.forks(Resource(number)));
            versions += self.versions(Resource(number)).len();
            waiting.extend(self.children(number));
        }
        Recall {
            forks: forks.into_iter().collect(),
            exposures,
            versions,
        }
    }
}
