//! Raising and lowering levels.

use std::fmt;
use std::str::FromStr;

use super::facts::{Statement, Tick, fact_tick, moment};
use super::{Action, Asker, Facts, Level, Resource};
use crate::Error;
use crate::error::VisibilityCause;
use crate::id::{byte_id, read_hex, write_hex};
use crate::time::Moment;

/// The SHA-256 digest of content, with the names of its parts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentDigest([u8; 32]);

/// A version of a resource that passed the gate: what may be seen beyond its members.
///
/// It is immutable, and named by its number and its digest. To whom a level permits a
/// resource, the product shows its latest such version, not what was edited since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedVersion {
    number: u64,
    digest: ContentDigest,
    scan: ScanSummary,
    at: Moment,
}

/// What is kept of the scan of a published version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanSummary {
    report: [u8; 32],
    rule_set: Box<str>,
    waived: u32,
}

/// What lowering a level does not take back.
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

/// A time in which a resource was set to be seen further than it is now.
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

impl ContentDigest {
    /// Takes the bytes of a digest that was made before.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

byte_id!(ContentDigest);

impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentDigest({self})")
    }
}

impl FromStr for ContentDigest {
    type Err = Error;

    /// # Errors
    /// `Config` where the text is not 64 hexadecimal digits in lower case.
    fn from_str(text: &str) -> Result<Self, Error> {
        let what = "digest of content is not 64 hexadecimal digits in lower case";
        let bytes = read_hex(text).ok_or_else(|| Error::config(what))?;
        Ok(Self(bytes))
    }
}

impl ScanSummary {
    /// Summarises a scan: the SHA-256 digest of its report with the waivers, the version
    /// of its rule set, and how many findings were waived.
    #[must_use]
    pub fn new(report: [u8; 32], rule_set: &str, waived: u32) -> Self {
        Self {
            report,
            rule_set: rule_set.into(),
            waived,
        }
    }
}

impl PublishedVersion {
    /// Restores a version that the product recorded when it was published: its number,
    /// from 1 on, the digest of its content, what was kept of its scan, and when it was
    /// published.
    #[must_use]
    pub const fn new(number: u64, digest: ContentDigest, scan: ScanSummary, at: Moment) -> Self {
        Self {
            number,
            digest,
            scan,
            at,
        }
    }

    /// Returns its number, from 1 on.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Returns the digest of its content.
    #[must_use]
    pub const fn digest(&self) -> &ContentDigest {
        &self.digest
    }

    /// Returns the SHA-256 digest of the report of its scan, with the waivers.
    #[must_use]
    pub const fn report_digest(&self) -> &[u8; 32] {
        &self.scan.report
    }

    /// Returns the version of the rule set of its scan.
    #[must_use]
    pub fn rule_set(&self) -> &str {
        &self.scan.rule_set
    }

    /// Returns how many findings were waived.
    #[must_use]
    pub const fn waived(&self) -> u32 {
        self.scan.waived
    }

    /// Returns when it was published.
    #[must_use]
    pub const fn at(&self) -> Moment {
        self.at
    }
}

impl Recall {
    /// Returns the forks, and theirs, that remain with their owners.
    #[must_use]
    pub fn forks(&self) -> &[Resource] {
        &self.forks
    }

    /// Returns when it was set to be seen further than it is now, the earliest first.
    #[must_use]
    pub fn exposures(&self) -> &[Exposure] {
        &self.exposures
    }

    /// Returns how many versions were published.
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

impl Facts {
    /// Lowers the level of a resource, and answers what that does not take back. It is
    /// no longer listed.
    ///
    /// # Errors
    /// `Refused` where they may not, `Config` where the level is not lower than the one
    /// that is set, or the moment lies before the latest state; `Limit` where the moment
    /// is out of range.
    pub fn lower<'a>(
        &mut self,
        by: impl Into<Asker<'a>>,
        resource: Resource,
        level: Level,
        now: Moment,
    ) -> Result<Recall, Error> {
        let at = self.may_set(by.into(), resource, now)?;
        let before = self.current(resource)?.level();
        if before.is_some_and(|before| level >= before) {
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
    /// gate; `Config` where the level is not higher than the one that is set, or the
    /// moment lies before the latest state; `Limit` where the moment is out of range.
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
        if self
            .current(resource)?
            .level()
            .is_none_or(|before| level <= before)
        {
            return Err(VisibilityCause::Unfit("level is not higher").into());
        }
        self.change(resource, at, |state| state.with_level(Some(level)))?;
        self.note_level(resource, at);
        Ok(())
    }

    /// Lists a resource where it is public, or lists it no longer.
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
    /// counts its resource as published from then on.
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
        self.change(resource, at, |state| state.with_cleared(true))?;
        self.note(|| Statement::Version {
            resource,
            version: version.clone(),
        });
        self.versions.entry(resource.0).or_default().push(version);
        Ok(())
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

    /// Returns how far a resource can be seen at a moment: the least of the levels along
    /// its path, of which one that needs the gate counts only once passed.
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
        Recall {
            forks: self.forks(resource),
            exposures,
            versions: self.versions(resource).len(),
        }
    }
}
