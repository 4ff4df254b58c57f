//! The gate before a publication.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::facts::{fact_tick, tick};
use super::policy::Gate;
use super::{
    AccessContext, Action, Asker, ContentDigest, Level, Principal, PublishedVersion, Resource,
    ScanSummary, VisibilityFacts,
};
use crate::Error;
use crate::error::VisibilityCause;
use crate::redact::{Finding, Redactor};
use crate::time::Moment;

const CONTENT: &[u8] = b"confidant/visibility/content@v1";
const REPORT: &[u8] = b"confidant/visibility/report@v1";

/// Scans content, part by part, by a redactor.
///
/// # Example
/// ```
/// use confidant::redact::Redactor;
/// use confidant::visibility::{ContentDigest, Scanner};
///
/// let redactor = Redactor::default();
/// let mut scanner = Scanner::new(&redactor, "2026-05-01");
/// scanner.part("README.md", b"nothing to see here")?;
/// scanner.part("deploy.sh", b"export KEY=AKIAQ3EGRIZJ7OWLMXUV")?;
/// let report = scanner.finish("2026-05-01T12:00:00Z".parse()?);
/// assert_eq!(report.findings().len(), 1);
/// assert_eq!(report.findings()[0].part(), 1);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Debug)]
pub struct Scanner<'r> {
    redactor: &'r Redactor,
    rule_set: Box<str>,
    digest: ContentHasher,
    parts: u32,
    findings: Vec<ScannedFinding>,
}

/// What a scan of content found, and which findings were waived.
///
/// Only a [`Scanner`] makes one. It is bound to the digest of the very content that was
/// scanned: whatever is edited afterwards must be scanned anew.
#[derive(Clone, PartialEq, Eq)]
pub struct ScanReport {
    digest: ContentDigest,
    rule_set: Box<str>,
    at: Moment,
    findings: Vec<ScannedFinding>,
    waivers: Vec<Waiver>,
}

/// What to publish: the level, the report of the scan, and the digest of the current
/// content.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::decision::ClauseId;
/// use confidant::redact::Redactor;
/// use confidant::time::Moment;
/// use confidant::visibility::{
///     Action, ContentDigest, VisibilityFacts, Level, NewResource, Publication, VisibilityRules, Scanner,
/// };
///
/// let rules = VisibilityRules::builder()
///     .actions([Action::new(Action::SET_LEVEL)?])
///     .owner(ClauseId::new("V-1")?, [Action::new(Action::SET_LEVEL)?])
///     .build()?;
/// let mut facts = VisibilityFacts::new(Arc::new(rules));
/// let at: Moment = "2026-05-01T00:00:00Z".parse()?;
/// let jo = facts.add_principal("jo", at)?;
/// let site = facts.add_resource(NewResource::new("site").owner(jo), at)?;
///
/// let redactor = Redactor::default();
/// let mut scanner = Scanner::new(&redactor, "2026-05-01");
/// scanner.part("README.md", b"nothing to see here")?;
/// let report = scanner.finish(at);
/// let content = ContentDigest::of([("README.md", &b"nothing to see here"[..])]);
/// let what = Publication::new(Level::Public, &report, &content);
/// let version = facts.publish(jo, site, what, at)?;
/// assert_eq!(version.number(), 1);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Publication<'a> {
    level: Level,
    report: &'a ScanReport,
    content: &'a ContentDigest,
}

/// One finding of a scan: which rule, of what kind, in which part and where, in its
/// content or its name; never what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannedFinding {
    part: u32,
    in_name: bool,
    rule: Box<str>,
    kind: &'static str,
    start: u64,
    end: u64,
}

/// Somebody's decision to accept a finding, with a reason.
///
/// # Security
/// The reason is text of theirs; `Debug` shows its length alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Waiver {
    finding: usize,
    by: Principal,
    reason: Box<str>,
}

/// Digests content, part by part, each name and each text after its length.
#[derive(Clone)]
struct ContentHasher(Sha256);

impl ContentHasher {
    fn new() -> Self {
        let mut hasher = Sha256::new();
        hasher.update(CONTENT);
        Self(hasher)
    }

    fn part(&mut self, name: &str, content: &[u8]) {
        for bytes in [name.as_bytes(), content] {
            self.0.update((bytes.len() as u64).to_be_bytes());
            self.0.update(bytes);
        }
    }

    fn finish(self) -> ContentDigest {
        ContentDigest::from_bytes(self.0.finalize().into())
    }
}

impl fmt::Debug for ContentHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContentHasher").finish_non_exhaustive()
    }
}

impl ContentDigest {
    /// Digests content, as a [`Scanner`] that was given the same parts in the same order
    /// does.
    #[must_use]
    pub fn of<'p>(parts: impl IntoIterator<Item = (&'p str, &'p [u8])>) -> Self {
        let mut hasher = ContentHasher::new();
        for (name, content) in parts {
            hasher.part(name, content);
        }
        hasher.finish()
    }
}

impl<'r> Scanner<'r> {
    /// Begins a scan by a redactor, whose rules the caller names by a version.
    #[must_use]
    pub fn new(redactor: &'r Redactor, rule_set: &str) -> Self {
        Self {
            redactor,
            rule_set: rule_set.into(),
            digest: ContentHasher::new(),
            parts: 0,
            findings: Vec::new(),
        }
    }

    /// Scans a part, such as a file of this path, and the path itself. The first one has
    /// the number 0.
    ///
    /// # Errors
    /// Those of a [`Detector`](crate::redact::Detector) that failed. Nothing can be
    /// published by this scan then; begin another one.
    pub fn part(&mut self, name: &str, content: &[u8]) -> Result<(), Error> {
        let part = self.parts;
        #[cfg(feature = "rules")]
        let findings = self.redactor.for_path(name).try_scan(content)?;
        #[cfg(not(feature = "rules"))]
        let findings = self.redactor.try_scan(content)?;
        let in_name = self.redactor.try_scan(name.as_bytes())?;
        let of = |finding: &Finding, in_name| ScannedFinding {
            part,
            in_name,
            rule: finding.rule().into(),
            kind: finding.kind().label(),
            start: finding.span().start as u64,
            end: finding.span().end as u64,
        };
        let named = in_name.iter().map(|finding| of(finding, true));
        let within = findings.iter().map(|finding| of(finding, false));
        self.findings.extend(named.chain(within));
        self.digest.part(name, content);
        self.parts = part.saturating_add(1);
        Ok(())
    }

    /// Ends the scan.
    #[must_use]
    pub fn finish(self, now: Moment) -> ScanReport {
        ScanReport {
            digest: self.digest.finish(),
            rule_set: self.rule_set,
            at: now,
            findings: self.findings,
            waivers: Vec::new(),
        }
    }
}

impl ScanReport {
    /// The most bytes of the reason of a waiver.
    pub const MAX_REASON: usize = 1_024;

    /// Returns the digest of the content that was scanned.
    #[must_use]
    pub const fn content(&self) -> &ContentDigest {
        &self.digest
    }

    /// Returns the version of the rule set that was scanned by.
    #[must_use]
    pub fn rule_set(&self) -> &str {
        &self.rule_set
    }

    /// Returns when it was scanned.
    #[must_use]
    pub const fn at(&self) -> Moment {
        self.at
    }

    /// Returns what was found, in the order of the parts, in the name of each first.
    #[must_use]
    pub fn findings(&self) -> &[ScannedFinding] {
        &self.findings
    }

    /// Returns the waivers, in the order in which they were given.
    #[must_use]
    pub fn waivers(&self) -> &[Waiver] {
        &self.waivers
    }

    /// Waives a finding, by its number from 0 on. Whether they may is asked when the
    /// report is used.
    ///
    /// # Errors
    /// `Config` where there is no such finding, it was waived before, or the reason is
    /// empty; `Limit` where the reason is longer than [`MAX_REASON`](Self::MAX_REASON).
    pub fn waive(&mut self, finding: usize, by: Principal, reason: &str) -> Result<(), Error> {
        let (what, len, limit) = ("reason", reason.len(), Self::MAX_REASON);
        if reason.trim().is_empty() {
            return Err(VisibilityCause::Empty { what }.into());
        }
        if len > limit {
            return Err(VisibilityCause::Length { what, len, limit }.into());
        }
        if finding >= self.findings.len() {
            return Err(VisibilityCause::Missing { what: "finding" }.into());
        }
        if self.waivers.iter().any(|waiver| waiver.finding == finding) {
            return Err(VisibilityCause::Twice { what: "waiver" }.into());
        }
        self.waivers.push(Waiver {
            finding,
            by,
            reason: reason.into(),
        });
        Ok(())
    }

    /// Returns what is kept of it with a published version.
    #[must_use]
    pub fn summary(&self) -> ScanSummary {
        let waived = u32::try_from(self.waivers.len()).unwrap_or(u32::MAX);
        ScanSummary::new(self.digest(), &self.rule_set, waived)
    }

    /// Returns the SHA-256 digest of all of it: the content's digest, the rules of the
    /// caller and of this crate's version, the time, the findings, and the waivers.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        let mut field = |bytes: &[u8]| {
            hasher.update((bytes.len() as u64).to_be_bytes());
            hasher.update(bytes);
        };
        field(REPORT);
        field(self.digest.as_bytes());
        field(self.rule_set.as_bytes());
        field(env!("CARGO_PKG_VERSION").as_bytes());
        field(&self.at.unix_nanoseconds().to_be_bytes());
        field(&(self.findings.len() as u64).to_be_bytes());
        for finding in &self.findings {
            field(&finding.part.to_be_bytes());
            field(&[finding.in_name.into()]);
            field(finding.rule.as_bytes());
            field(finding.kind.as_bytes());
            field(&finding.start.to_be_bytes());
            field(&finding.end.to_be_bytes());
        }
        for waiver in &self.waivers {
            field(&(waiver.finding as u64).to_be_bytes());
            field(&waiver.by.0.to_be_bytes());
            field(waiver.reason.as_bytes());
        }
        hasher.finalize().into()
    }
}

impl fmt::Debug for ScanReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScanReport")
            .field("content", &self.digest)
            .field("rule_set", &self.rule_set)
            .field("at", &self.at)
            .field("findings", &self.findings.len())
            .field("waivers", &self.waivers.len())
            .finish()
    }
}

impl ScannedFinding {
    /// Returns the number of the part, from 0 on.
    #[must_use]
    pub const fn part(&self) -> u32 {
        self.part
    }

    /// Returns whether it was found in the name of the part, and not in its content.
    #[must_use]
    pub const fn is_in_name(&self) -> bool {
        self.in_name
    }

    /// Returns the id of the rule.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// Returns the label of the kind, such as `APIKEY`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        self.kind
    }

    /// Returns where it begins and ends in the content or the name of its part, in bytes.
    #[must_use]
    pub const fn span(&self) -> std::ops::Range<u64> {
        self.start..self.end
    }
}

impl<'a> Publication<'a> {
    /// Asks for a level, by the report of a scan of this very content.
    #[must_use]
    pub const fn new(level: Level, report: &'a ScanReport, content: &'a ContentDigest) -> Self {
        Self {
            level,
            report,
            content,
        }
    }
}

impl Waiver {
    /// Returns the number of the finding, from 0 on.
    #[must_use]
    pub const fn finding(&self) -> usize {
        self.finding
    }

    /// Returns who waived it.
    #[must_use]
    pub const fn by(&self) -> Principal {
        self.by
    }

    /// Returns the reason, in their own words.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Debug for Waiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiver")
            .field("finding", &self.finding)
            .field("reason_bytes", &self.reason.len())
            .finish_non_exhaustive()
    }
}

impl VisibilityFacts {
    /// Publishes a version of a resource: raises it to a level, or publishes a new
    /// version at the level that it has.
    ///
    /// `content` is the digest of what is published, at this moment. The gate asks that
    /// the report is of this content, made by the rules and as lately as the policy
    /// wants, and that each finding is waived by someone who may. What lies in the resource
    /// by then, and has no level of its own, is published with it; what is added later is
    /// not, until the next version. Where the policy has no gate, the report is kept all
    /// the same, and passes none that a later policy has.
    ///
    /// # Errors
    /// `Refused` where they may not change the level, or the gate refuses; `Config`
    /// where the level is lower than the one that is set, or the moment lies before the
    /// latest state; `Limit` where it is out of range. Nothing changes then.
    pub fn publish<'a>(
        &mut self,
        by: impl Into<Asker<'a>>,
        resource: Resource,
        publication: Publication<'_>,
        now: Moment,
    ) -> Result<PublishedVersion, Error> {
        let by = by.into();
        let at = self.may_set(by, resource, now)?;
        let Publication {
            level,
            report,
            content,
        } = publication;
        if self
            .current(resource)?
            .level()
            .is_some_and(|before| level < before)
        {
            return Err(VisibilityCause::Unfit("level is lower").into());
        }
        if let Some(gate) = &self.policy.gate {
            self.pass(gate, resource, publication, by.context, now)?;
        }
        let version =
            PublishedVersion::new(self.next_version(resource), *content, report.summary(), now);
        self.clear(resource, at, |state| state.with_level(Some(level)))?;
        self.add_version(resource, version.clone());
        Ok(version)
    }

    fn pass(
        &self,
        gate: &Gate,
        resource: Resource,
        publication: Publication<'_>,
        context: &AccessContext,
        now: Moment,
    ) -> Result<(), Error> {
        let Publication {
            report, content, ..
        } = publication;
        let clause = self.policy.clause_id(gate.clause);
        let refused = |why| {
            let error = Error::from(VisibilityCause::Refused(why));
            match clause {
                Some(clause) => error.with_id(clause.as_str()),
                None => error,
            }
        };
        if report.digest != *content {
            return Err(refused("content is not what was scanned"));
        }
        let wanted = gate.rule_set.as_deref();
        if wanted.is_some_and(|wanted| wanted != &*report.rule_set) {
            return Err(refused("scan was made by other rules"));
        }
        let age = tick(report.at).and_then(|made| fact_tick(now).ok()?.checked_sub(made));
        match age {
            Some(age) if age < 0 => return Err(refused("scan lies in the future")),
            Some(age) if age <= gate.max_age => {}
            _ => return Err(refused("scan is too old")),
        }
        let waive = self.policy.action(Action::WAIVE);
        for (number, finding) in report.findings.iter().enumerate() {
            let waiver = report
                .waivers
                .iter()
                .find(|waiver| waiver.finding == number);
            let waiver = waiver.ok_or_else(|| refused("a finding is not waived"))?;
            if gate.never_waived.iter().any(|kind| **kind == *finding.kind) {
                return Err(refused("a finding is of a kind that is never waived"));
            }
            let may = waive.is_some_and(|waive| {
                waiver.by != Principal::ANONYMOUS
                    && self
                        .verdict(waiver.by.with(context), waive, resource, now)
                        .is_allow()
            });
            if !may {
                return Err(refused("a finding was waived by someone who may not"));
            }
        }
        Ok(())
    }
}
