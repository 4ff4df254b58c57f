//! What decisions are about: resources, principals, organisations, and who is what.

mod describe;
mod grant;
mod index;
mod pairs;
mod parties;
mod resources;
mod restate;
mod scope;
mod span;
mod state;
mod statement;
mod tick;
mod timeline;

pub use describe::{NewMember, NewResource};
pub use grant::{StaffGrant, StaffGrantBuilder};
pub use scope::StaffScope;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::interner::Interner;
use super::version::PublishedVersion;
use super::{Level, VisibilityRules};
use crate::taxonomy::DataCategory;
pub(super) use grant::Grant;
use index::Index;
pub(super) use index::Links;
use pairs::Pairs;
pub(super) use span::{Chain, Membership, Seat, Span};
pub(super) use state::{Attributes, NONE, PartyState, ResourceState};
pub(super) use statement::{StatedGrant, StatedResource, Statement};
pub(super) use tick::{ALWAYS, NEVER, Tick, end_tick, fact_tick, moment, tick};
pub(super) use timeline::{Histories, Timeline};

/// The facts that decisions are about, under one policy: resources and what contains
/// them, principals, organisations, memberships, and grants for staff.
///
/// The product knows them and states them here, each with the moment since when it is
/// the case. Decisions are functions of the policy, these facts and a moment: asked
/// about a past moment, they answer by the facts of then. Ids are the product's own, of
/// 1 to 256 bytes, and become small numbers ([`Principal`], [`Resource`],
/// [`Organisation`]), which belong to these facts and to no others.
///
/// Facts about one thing are stated in the order of time. What contains a resource, and
/// the organisation that it belongs to, do not change.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::decision::ClauseId;
/// use confidant::time::Moment;
/// use confidant::visibility::{Action, VisibilityFacts, Level, NewResource, VisibilityRules, Principal};
///
/// let view = Action::new("view")?;
/// let policy = VisibilityRules::builder()
///     .actions([view.clone()])
///     .internal(ClauseId::new("IC-43")?, [view])
///     .build()?;
/// let view = policy.action("view").unwrap();
///
/// let day = |day| -> Moment { format!("2026-05-{day:02}T00:00:00Z").parse().unwrap() };
/// let mut facts = VisibilityFacts::new(Arc::new(policy));
/// let acme = facts.add_organisation("acme", day(1))?;
/// let jo = facts.add_principal("jo", day(1))?;
/// facts.join(jo, acme, day(2), Some(day(9)))?;
/// let site = NewResource::new("site").organisation(acme).level(Level::Internal);
/// let site = facts.add_resource(site, day(1))?;
///
/// let may = |at| facts.verdict(jo, view, site, at).is_allow();
/// assert_eq!([day(1), day(2), day(8), day(9)].map(may), [false, true, true, false]);
/// # Ok::<(), confidant::Error>(())
/// ```
///
/// # Security
/// `Debug` shows numbers of things and no ids.
#[derive(Clone)]
pub struct VisibilityFacts {
    pub(super) policy: Arc<VisibilityRules>,
    principal_ids: Interner,
    resource_ids: Interner,
    organisation_ids: Interner,
    grant_ids: Interner,
    pub(super) principals: Vec<PrincipalRow>,
    /// Beside [`principals`](Self::principals): what most decisions do not need.
    pub(super) ties: Vec<PrincipalLinks>,
    pub(super) organisations: Vec<OrganisationRow>,
    pub(super) resources: Vec<ResourceRow>,
    /// Beside [`resources`](Self::resources): what single decisions do not need.
    pub(super) links: Vec<Links>,
    pub(super) resource_histories: Histories<ResourceState>,
    pub(super) party_histories: Histories<PartyState>,
    pub(super) seats: Vec<Seat>,
    pub(super) memberships: Vec<Membership>,
    pub(super) pairs: Pairs,
    pub(super) grants: Vec<Grant>,
    pub(super) categories: Vec<DataCategory>,
    pub(super) index: Index,
    /// The moment of the latest state of any resource: from it on the index holds.
    pub(super) latest: Tick,
    pub(super) versions: HashMap<u32, Vec<PublishedVersion>>,
    pub(super) sources: HashMap<u32, u32>,
    pub(super) forks: HashMap<u32, Vec<u32>>,
    /// What was stated, where a book keeps it.
    pub(super) journal: Option<Vec<Statement>>,
}

/// The number of a principal, or nobody in particular.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Principal(pub(super) u32);

/// The number of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource(pub(super) u32);

/// The number of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Organisation(pub(super) u32);

/// What an attribute is stated of, or what is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Of {
    /// A principal.
    Principal(Principal),
    /// A resource.
    Resource(Resource),
    /// An organisation.
    Organisation(Organisation),
}

/// What a decision reads of a principal: 32 bytes, which lie in one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub(super) struct PrincipalRow {
    pub(super) state: Timeline<PartyState>,
    /// A bit for each resource that they were ever a member of. Several share a bit: one
    /// that is not set says no, and spares a look.
    pub(super) resource_marks: u32,
    /// The same for organisations and grants for staff.
    pub(super) other_marks: u32,
}

/// How a principal hangs together with the rest.
#[derive(Clone, Copy, Debug)]
pub(super) struct PrincipalLinks {
    pub(super) first_seat: u32,
    pub(super) first_membership: u32,
    pub(super) first_owned: u32,
    pub(super) first_grant: u32,
}

/// The mark of whoever was ever granted anything as staff.
pub(super) const GRANT_MARK: u32 = 1;

/// The bit of an organisation among the other marks of a principal.
#[inline]
pub(super) const fn organisation_mark(number: u32) -> u32 {
    match mark(number) {
        // That one is taken.
        GRANT_MARK => 2,
        mark => mark,
    }
}

/// The bit of a resource among the marks of a principal.
#[inline]
pub(super) const fn mark(number: u32) -> u32 {
    1 << (number.wrapping_mul(0x9e37_79b9) >> 27)
}

#[derive(Clone, Copy, Debug)]
pub(super) struct OrganisationRow {
    pub(super) state: Timeline<PartyState>,
    pub(super) first_seat: u32,
}

/// What a decision reads of a resource: 32 bytes, which lie in one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub(super) struct ResourceRow {
    pub(super) state: Timeline<ResourceState>,
    pub(super) container: u32,
    /// That of the outermost container.
    pub(super) organisation: u32,
}

impl Principal {
    /// Nobody in particular: a request without signing in.
    pub const ANONYMOUS: Self = Self(NONE);
}

impl From<Principal> for Of {
    fn from(principal: Principal) -> Self {
        Self::Principal(principal)
    }
}

impl From<Resource> for Of {
    fn from(resource: Resource) -> Self {
        Self::Resource(resource)
    }
}

impl From<Organisation> for Of {
    fn from(organisation: Organisation) -> Self {
        Self::Organisation(organisation)
    }
}

impl VisibilityFacts {
    /// The most containers that a resource may lie in.
    pub const MAX_DEPTH: usize = 32;

    /// Begins without any facts.
    #[must_use]
    pub fn new(policy: Arc<VisibilityRules>) -> Self {
        Self {
            policy,
            principal_ids: Interner::default(),
            resource_ids: Interner::default(),
            organisation_ids: Interner::default(),
            grant_ids: Interner::default(),
            principals: Vec::new(),
            ties: Vec::new(),
            organisations: Vec::new(),
            resources: Vec::new(),
            links: Vec::new(),
            resource_histories: Histories::default(),
            party_histories: Histories::default(),
            seats: Vec::new(),
            memberships: Vec::new(),
            pairs: Pairs::default(),
            grants: Vec::new(),
            categories: Vec::new(),
            index: Index::default(),
            latest: ALWAYS,
            versions: HashMap::new(),
            sources: HashMap::new(),
            forks: HashMap::new(),
            journal: None,
        }
    }

    /// Returns the policy.
    #[must_use]
    pub fn policy(&self) -> &Arc<VisibilityRules> {
        &self.policy
    }

    /// Returns the principal of an id.
    #[must_use]
    pub fn principal(&self, id: &str) -> Option<Principal> {
        self.principal_ids.get(id).map(Principal)
    }

    /// Returns the resource of an id.
    #[must_use]
    pub fn resource(&self, id: &str) -> Option<Resource> {
        self.resource_ids.get(id).map(Resource)
    }

    /// Returns the organisation of an id.
    #[must_use]
    pub fn organisation(&self, id: &str) -> Option<Organisation> {
        self.organisation_ids.get(id).map(Organisation)
    }

    /// Returns the id of a principal; none for nobody in particular.
    ///
    /// # Security
    /// It may be personal data, so it does not belong in a log.
    #[must_use]
    pub fn expose_principal_id(&self, principal: Principal) -> Option<&str> {
        self.principal_ids.text(principal.0)
    }

    /// Returns the id of a resource.
    ///
    /// # Security
    /// It may be personal data, so it does not belong in a log.
    #[must_use]
    pub fn expose_resource_id(&self, resource: Resource) -> Option<&str> {
        self.resource_ids.text(resource.0)
    }

    /// Returns the id of an organisation.
    ///
    /// # Security
    /// It may be personal data, so it does not belong in a log.
    #[must_use]
    pub fn expose_organisation_id(&self, organisation: Organisation) -> Option<&str> {
        self.organisation_ids.text(organisation.0)
    }

    /// Returns how many principals, organisations and resources there ever were.
    #[must_use]
    pub fn len(&self) -> usize {
        self.principals.len() + self.organisations.len() + self.resources.len()
    }

    /// Returns whether there are no facts yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The resource and what contains it, from the inside out.
    pub(super) fn path(
        &self,
        resource: Resource,
    ) -> impl Iterator<Item = (Resource, &ResourceRow)> {
        let mut next = resource.0;
        std::iter::from_fn(move || {
            let number = next;
            let row = self.resources.get(number as usize)?;
            next = row.container;
            Some((Resource(number), row))
        })
    }

    /// How far a resource can be seen at a moment: the least of what is set along its
    /// path, and no further than the gate lets it. Nothing is set where there is none.
    pub(super) fn reach(&self, resource: Resource, at: Tick) -> Option<Level> {
        let gate = self.policy.gate_from();
        let (mut least, mut own) = (None, None);
        for (_, row) in self.path(resource) {
            let state = row.state.at(&self.resource_histories, at)?;
            least = lesser(least, state.reach(gate));
            own = own.or(Some(state));
        }
        own.and_then(|own| own.capped(least, gate))
    }
}

/// The lesser of two levels, where nothing says nothing.
pub(super) fn lesser(one: Option<Level>, other: Option<Level>) -> Option<Level> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        _ => one.or(other),
    }
}

impl fmt::Debug for VisibilityFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facts")
            .field("principals", &self.principals.len())
            .field("organisations", &self.organisations.len())
            .field("resources", &self.resources.len())
            .field("memberships", &self.memberships.len())
            .finish_non_exhaustive()
    }
}
