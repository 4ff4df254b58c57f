//! Who may get which data, and what they must have shown.

use super::document::{AttestationKind, Function, RecipientRole};
use crate::decision::{ClauseId, Decision, Reason};
use crate::taxonomy::{DataCategory, Processor, Purpose, Region};
use crate::time::{Moment, Period};

/// A party that data may be disclosed to, as the policy declares it.
#[derive(Clone, Debug)]
pub struct Recipient {
    pub(super) clause: ClauseId,
    pub(super) name: Processor,
    pub(super) role: RecipientRole,
    pub(super) functions: Vec<Function>,
    pub(super) purposes: Vec<Purpose>,
    pub(super) categories: Listed,
    pub(super) fields: Vec<(DataCategory, Vec<Box<str>>)>,
    pub(super) regions: Vec<Region>,
    pub(super) requires: Vec<AttestationKind>,
    pub(super) attested: Vec<Attested>,
    pub(super) environments: Vec<Box<str>>,
    pub(super) hosts: Vec<Box<str>>,
    pub(super) messages: Vec<Box<str>>,
}

/// Every category, or some with all below them.
#[derive(Clone, Debug)]
pub(super) enum Listed {
    All,
    Of(Vec<DataCategory>),
}

impl Listed {
    pub(super) fn has(&self, category: &DataCategory) -> bool {
        match self {
            Self::All => true,
            Self::Of(listed) => listed.iter().any(|entry| category.is_within(entry)),
        }
    }
}

/// A dated attestation. It counts from the first instant of the day of issue up to, and
/// not including, that of the day of expiry.
#[derive(Clone, Debug)]
pub struct Attested {
    pub(super) clause: ClauseId,
    pub(super) processor: Option<Processor>,
    pub(super) kind: AttestationKind,
    /// The regions that it is about; all where there are none.
    pub(super) regions: Vec<Region>,
    pub(super) issued: Moment,
    pub(super) expires: Moment,
    pub(super) warn: Option<Period>,
}

/// How an attestation stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AttestationState {
    /// It was not issued yet.
    NotYet,
    /// It counts.
    Valid,
    /// It counts, and expires soon: within the period at which the policy warns.
    Expiring,
    /// It no longer counts.
    Expired,
}

/// What is about to be disclosed.
#[derive(Clone, Copy, Debug)]
pub struct Disclosing<'a> {
    pub(super) purpose: &'a Purpose,
    pub(super) category: &'a DataCategory,
    pub(super) field: Option<&'a str>,
    pub(super) region: Option<&'a Region>,
    pub(super) environment: Option<&'a str>,
    pub(super) agreed: &'a [Region],
}

impl<'a> Disclosing<'a> {
    /// Names the purpose and the category.
    #[must_use]
    pub const fn new(purpose: &'a Purpose, category: &'a DataCategory) -> Self {
        Self {
            purpose,
            category,
            field: None,
            region: None,
            environment: None,
            agreed: &[],
        }
    }

    /// Names one field of the category.
    #[must_use]
    pub const fn field(mut self, field: &'a str) -> Self {
        self.field = Some(field);
        self
    }

    /// Says in which region it will be processed. Where it is not said, a recipient that
    /// lists regions gets nothing.
    #[must_use]
    pub const fn region(mut self, region: &'a Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Says in which environment, such as `production`.
    #[must_use]
    pub const fn environment(mut self, environment: &'a str) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Says on which regions the tenant has agreed: it goes to one of those and to no
    /// other.
    #[must_use]
    pub const fn agreed(mut self, regions: &'a [Region]) -> Self {
        self.agreed = regions;
        self
    }
}

impl Recipient {
    /// Returns the clause that declares it.
    #[must_use]
    pub const fn clause(&self) -> &ClauseId {
        &self.clause
    }

    /// Returns its name.
    #[must_use]
    pub const fn name(&self) -> &Processor {
        &self.name
    }

    /// Returns on whose behalf it acts.
    #[must_use]
    pub const fn role(&self) -> RecipientRole {
        self.role
    }

    /// Returns what it does.
    #[must_use]
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// Returns the regions in which it processes.
    #[must_use]
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// Returns what it must have shown.
    #[must_use]
    pub fn requires(&self) -> &[AttestationKind] {
        &self.requires
    }

    /// Returns what it has shown, valid or not.
    #[must_use]
    pub fn attestations(&self) -> &[Attested] {
        &self.attested
    }

    /// Returns whether a host is one at which it is reached.
    #[must_use]
    pub fn has_host(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host))
    }

    /// Returns whether the hosts at which it is reached are listed.
    #[must_use]
    pub fn names_hosts(&self) -> bool {
        !self.hosts.is_empty()
    }

    /// Decides whether it may deliver a class of messages.
    pub fn may_deliver(&self, class: &str) -> Decision {
        let clause = self.clause.clone();
        if self.messages.iter().any(|listed| **listed == *class) {
            return Decision::allow(Reason::new(clause, "delivers this class of messages"));
        }
        Decision::deny(Reason::new(clause, "class of messages is not listed"))
    }

    /// Decides whether it may get something now. Everything that is missing is named.
    pub fn decide(&self, what: &Disclosing<'_>, now: Moment) -> Decision {
        let mut lacks = Vec::new();
        if !self.purposes.contains(what.purpose) {
            lacks.push("purpose is not listed for the recipient");
        }
        if !self.categories.has(what.category) {
            lacks.push("category is not listed for the recipient");
        }
        if !self.has_field(what) {
            lacks.push("field is not listed for the recipient");
        }
        if !self.environments.is_empty() {
            let listed = |own: &str| self.environments.iter().any(|entry| **entry == *own);
            if !what.environment.is_some_and(listed) {
                lacks.push("environment is missing or not listed for the recipient");
            }
        }
        let anywhere = self.regions.is_empty() && self.role == RecipientRole::CustomerContract;
        let listed = |region: &Region| self.regions.iter().any(|own| region.is_within(own));
        match what.region {
            // A recipient that names no regions is asked about none.
            None if self.regions.is_empty() => {}
            None => lacks.push("region is missing"),
            Some(region) if anywhere || listed(region) => {}
            Some(_) => lacks.push("region is not listed for the recipient"),
        }
        if !what.agreed.is_empty() {
            let agreed = |region: &Region| what.agreed.iter().any(|own| region.is_within(own));
            if !what.region.is_some_and(agreed) {
                lacks.push("region is not one that the tenant has agreed on");
            }
        }
        let mut reasons: Vec<Decision> = lacks
            .into_iter()
            .map(|why| Decision::deny(Reason::new(self.clause.clone(), why)))
            .collect();
        reasons.extend(
            self.shown(&self.requires, what.region, now)
                .into_iter()
                .map(Decision::deny),
        );
        if reasons.is_empty() {
            let why =
                "recipient is listed for the purpose and the category, and has shown what it must";
            return Decision::allow(Reason::new(self.clause.clone(), why));
        }
        Decision::all(reasons)
    }

    fn has_field(&self, what: &Disclosing<'_>) -> bool {
        // Of a category that is given out by field, the whole is not, nor is one above it.
        let Some(field) = what.field else {
            let touches = |category: &DataCategory| {
                what.category.is_within(category) || category.is_within(what.category)
            };
            return !self.fields.iter().any(|(category, _)| touches(category));
        };
        // The limit of the nearest category decides.
        let above = self.fields.iter();
        let above = above.filter(|(category, _)| what.category.is_within(category));
        let nearest = above.max_by_key(|(category, _)| category.as_str().len());
        nearest.is_none_or(|(_, fields)| fields.iter().any(|own| **own == *field))
    }

    /// Returns the required attestations that are not valid now in a region.
    pub(super) fn shown(
        &self,
        requires: &[AttestationKind],
        region: Option<&Region>,
        now: Moment,
    ) -> Vec<Reason> {
        let lacks = requires.iter().filter_map(|kind| {
            let of_kind = || self.attested.iter().filter(|own| own.kind == *kind);
            if of_kind().any(|own| own.counts(now) && own.is_about(region)) {
                return None;
            }
            let latest = of_kind().max_by_key(|own| own.expires);
            let clause = latest.map_or(&self.clause, |own| &own.clause).clone();
            Some(Reason::new(clause, lacking(*kind)))
        });
        lacks.collect()
    }
}

impl Attested {
    /// Returns the clause that holds it.
    #[must_use]
    pub const fn clause(&self) -> &ClauseId {
        &self.clause
    }

    /// Returns the processor it is about; nothing where it is about the controller.
    #[must_use]
    pub const fn processor(&self) -> Option<&Processor> {
        self.processor.as_ref()
    }

    /// Returns the kind of attestation.
    #[must_use]
    pub const fn kind(&self) -> AttestationKind {
        self.kind
    }

    /// Returns the first instant at which it no longer counts.
    #[must_use]
    pub const fn expires(&self) -> Moment {
        self.expires
    }

    /// Returns how it stands.
    #[must_use]
    pub fn state(&self, now: Moment) -> AttestationState {
        if now < self.issued {
            return AttestationState::NotYet;
        }
        if now >= self.expires {
            return AttestationState::Expired;
        }
        let warns = self.warn.is_some_and(|warn| {
            let from = self.expires.checked_sub(super::span::nominal(warn));
            from.is_ok_and(|from| now >= from)
        });
        match warns {
            true => AttestationState::Expiring,
            false => AttestationState::Valid,
        }
    }

    /// Returns the regions that it is about; all where there are none.
    #[must_use]
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    fn is_about(&self, region: Option<&Region>) -> bool {
        let within = |region: &Region| self.regions.iter().any(|own| region.is_within(own));
        self.regions.is_empty() || region.is_some_and(within)
    }

    fn counts(&self, now: Moment) -> bool {
        matches!(
            self.state(now),
            AttestationState::Valid | AttestationState::Expiring
        )
    }
}

/// Why a route or disclosure is off, for each kind of attestation.
const fn lacking(kind: AttestationKind) -> &'static str {
    match kind {
        AttestationKind::NoTraining => "no valid attestation that nothing is used for training",
        AttestationKind::ZeroRetention => "no valid attestation that nothing is kept",
        AttestationKind::NoOnwardSharing => "no valid attestation that nothing is passed on",
        AttestationKind::PurposeLimit => "no valid attestation of a limit to the purpose",
        AttestationKind::Dpa => "no valid data processing agreement",
        AttestationKind::Scc => "no valid standard contractual clauses",
        AttestationKind::Confidentiality => "no valid duty of confidentiality",
        AttestationKind::Soc2 => "no valid SOC 2 report",
        AttestationKind::Iso27001 => "no valid ISO 27001 certificate",
        AttestationKind::Region => "no valid attestation of the region",
        _ => "no valid attestation of what is required",
    }
}
