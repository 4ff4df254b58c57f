//! Stating facts about resources.

use super::state::NO_CATEGORY;
use super::{Links, Membership, NEVER, ResourceState, Tick, end_tick, fact_tick, mark};
use super::{
    NONE, NewMember, NewResource, Principal, Resource, ResourceRow, Span, Timeline, VisibilityFacts,
};
use super::{StatedResource, Statement};
use crate::Error;
use crate::error::VisibilityCause;
use crate::taxonomy::DataCategory;
use crate::time::Moment;
use crate::visibility::{MemberRole, On};

impl VisibilityFacts {
    /// Adds a resource that is there since a moment.
    ///
    /// # Errors
    /// `Conflict` where there is one of its id; `Config` where its container, owner or
    /// organisation is not one of these facts, it has both a container and an
    /// organisation, or the policy declares none of its attributes; `Limit` where it
    /// lies too deep or the moment is out of range.
    pub fn add_resource(
        &mut self,
        resource: NewResource<'_>,
        since: Moment,
    ) -> Result<Resource, Error> {
        let since = fact_tick(since)?;
        let organisation = self.organisation_of(&resource)?;
        let state = self.state_of(&resource)?;
        let container = resource.container.map_or(NONE, |container| container.0);
        let number = self.resource_ids.insert("a resource", resource.id)?;
        self.resources.push(ResourceRow {
            state: Timeline::new(since, state),
            container,
            organisation,
        });
        self.links.push(Links::new());
        self.link_to_container(number, container);
        self.link_to_owner(number, state.owner);
        if let Some(source) = resource.source {
            self.sources.insert(number, source.0);
            self.forks.entry(source.0).or_default().push(number);
        }
        self.latest = self.latest.max(since);
        self.reindex(Resource(number));
        self.note(|| Statement::Resource(Box::new(StatedResource::new(&resource, since))));
        Ok(Resource(number))
    }

    fn organisation_of(&self, resource: &NewResource<'_>) -> Result<u32, Error> {
        match (resource.container, resource.organisation) {
            (Some(_), Some(_)) => {
                let what = "resource in a container has an organisation of its own";
                Err(VisibilityCause::Unfit(what).into())
            }
            (Some(container), None) => {
                let row = self.resources.get(container.0 as usize);
                let row = row.ok_or(VisibilityCause::Missing { what: "container" })?;
                if self.path(container).count() >= Self::MAX_DEPTH {
                    let limit = Self::MAX_DEPTH;
                    return Err(VisibilityCause::Depth { limit }.into());
                }
                Ok(row.organisation)
            }
            (None, Some(organisation)) => {
                let known = (organisation.0 as usize) < self.organisations.len();
                let missing = VisibilityCause::Missing {
                    what: "organisation",
                };
                known
                    .then_some(organisation.0)
                    .ok_or_else(|| missing.into())
            }
            (None, None) => Ok(NONE),
        }
    }

    fn state_of(&mut self, resource: &NewResource<'_>) -> Result<ResourceState, Error> {
        let mut state = ResourceState::new()
            .with_level(resource.level)
            .with_listed(resource.listed)
            .with_own_members(resource.own_members)
            .with_secret(resource.secret);
        if let Some(source) = resource.source {
            self.current(source)?;
        }
        if let Some(owner) = resource.owner {
            state.owner = self.known_principal(owner)?;
        }
        for (attribute, value) in &resource.attributes {
            let bit = self.attribute(On::Resource, attribute)?;
            state.attributes = state.attributes.with(bit, Some(*value));
        }
        if let Some(category) = &resource.category {
            state.category = self.category(category)?;
        }
        Ok(state)
    }

    fn category(&mut self, category: &DataCategory) -> Result<u16, Error> {
        let known = self.categories.iter().position(|known| known == category);
        let number = known.unwrap_or(self.categories.len());
        let (what, limit) = ("categories", usize::from(NO_CATEGORY));
        let many = VisibilityCause::Many { what, limit };
        let number = u16::try_from(number).ok().filter(|n| *n != NO_CATEGORY);
        let number = number.ok_or(many)?;
        if known.is_none() {
            self.categories.push(category.clone());
        }
        Ok(number)
    }

    /// Hands a resource over, or leaves it to the owner of its container.
    ///
    /// # Errors
    /// `Config` where it or the new owner is not one of these facts, or the moment lies
    /// before its latest state; `Limit` where the moment is out of range.
    pub fn set_owner(
        &mut self,
        resource: Resource,
        owner: Option<Principal>,
        at: Moment,
    ) -> Result<(), Error> {
        let at = fact_tick(at)?;
        let number = owner.map_or(Ok(NONE), |owner| self.known_principal(owner))?;
        let before = self.current(resource)?.owner;
        self.change(resource, at, |mut state| {
            state.owner = number;
            state
        })?;
        self.unlink_from_owner(resource.0, before);
        self.link_to_owner(resource.0, number);
        self.note(|| Statement::Owner {
            resource,
            owner,
            at,
        });
        Ok(())
    }

    /// Invites a principal to a resource, in a role. Until they accept, it gives them
    /// nothing; after `accept_by` they can no longer accept.
    ///
    /// # Errors
    /// `Config` where one of them is not one of these facts or the role not one of the
    /// policy, `Limit` where a moment is out of range.
    pub fn invite(
        &mut self,
        principal: Principal,
        resource: Resource,
        role: &MemberRole,
        accept_by: Option<Moment>,
    ) -> Result<(), Error> {
        let span = Span {
            from: NEVER,
            until: end_tick(accept_by)?,
        };
        self.add_membership(principal, resource, role, span)
    }

    /// Accepts every invitation of a principal to a resource that is still open.
    ///
    /// # Errors
    /// `Config` where there is no such resource, `Limit` where a moment is out of range.
    pub fn accept(
        &mut self,
        principal: Principal,
        resource: Resource,
        at: Moment,
        until: Option<Moment>,
    ) -> Result<(), Error> {
        let (from, until) = (fact_tick(at)?, end_tick(until)?);
        let mut accepted = false;
        self.each_membership(principal, resource, |span| {
            if span.is_pending() && from < span.until {
                *span = Span { from, until };
                accepted = true;
            }
        });
        let missing = VisibilityCause::Missing {
            what: "open invitation",
        };
        if !accepted {
            return Err(missing.into());
        }
        self.note(|| Statement::Acceptance {
            principal,
            resource,
            span: Span { from, until },
        });
        Ok(())
    }

    /// Adds a member to a resource, who has accepted, from a moment on.
    ///
    /// # Errors
    /// Those of [`invite`](Self::invite).
    pub fn add_member(
        &mut self,
        resource: Resource,
        member: NewMember<'_>,
        from: Moment,
    ) -> Result<(), Error> {
        let (from, until) = (fact_tick(from)?, end_tick(member.until)?);
        let span = Span { from, until };
        self.add_membership(member.principal, resource, member.role, span)
    }

    /// Ends the memberships of a principal in a resource, and takes back what they were
    /// invited to: they can no longer accept it, not as of an earlier moment either.
    ///
    /// # Errors
    /// `Limit` where the moment is out of range.
    pub fn remove_member(
        &mut self,
        principal: Principal,
        resource: Resource,
        at: Moment,
    ) -> Result<(), Error> {
        let at = fact_tick(at)?;
        self.each_membership(principal, resource, |span| {
            // Nobody accepts what was taken back, at whatever moment they did.
            if span.is_pending() {
                span.from = at;
            }
            span.until = span.until.min(at);
        });
        self.note(|| Statement::Parting {
            principal,
            resource,
            at,
        });
        Ok(())
    }

    fn each_membership(
        &mut self,
        principal: Principal,
        resource: Resource,
        mut change: impl FnMut(&mut Span),
    ) {
        let latest = self.pairs.get(principal.0, resource.0);
        let mut next = latest.map_or(NONE, |pair| pair.latest);
        let mut is_latest = true;
        while let Some(membership) = self.memberships.get_mut(next as usize) {
            change(&mut membership.span);
            if is_latest {
                self.pairs.update(membership);
            }
            is_latest = false;
            next = membership.next;
        }
    }

    pub(super) fn add_membership(
        &mut self,
        principal: Principal,
        resource: Resource,
        role: &MemberRole,
        span: Span,
    ) -> Result<(), Error> {
        let missing = VisibilityCause::Missing { what: "role" };
        let number_of_role = self.policy.role_number(role);
        let number_of_role = number_of_role.ok_or_else(|| Error::from(missing))?;
        let (what, limit) = ("memberships", NONE as usize);
        let number = u32::try_from(self.memberships.len()).ok();
        let number = number.filter(|number| *number != NONE);
        let number = number.ok_or(VisibilityCause::Many { what, limit })?;
        self.current(resource)?;
        let row = self.principals.get_mut(principal.0 as usize);
        let member = row.zip(self.ties.get_mut(principal.0 as usize));
        let missing = VisibilityCause::Missing { what: "principal" };
        let (row, ties) = member.ok_or(missing)?;
        let links = self.links.get_mut(resource.0 as usize);
        let links = links.ok_or(VisibilityCause::Missing { what: "resource" })?;
        row.resource_marks |= mark(resource.0);
        let before = self.pairs.get(principal.0, resource.0);
        let membership = Membership {
            principal: principal.0,
            resource: resource.0,
            span,
            next: before.map_or(NONE, |pair| pair.latest),
            next_resource: std::mem::replace(&mut ties.first_membership, number),
            next_principal: std::mem::replace(&mut links.first_membership, number),
            role: number_of_role,
        };
        self.pairs.insert(number, &membership);
        self.memberships.push(membership);
        self.note(|| Statement::Membership {
            principal,
            resource,
            role: role.clone(),
            span,
        });
        Ok(())
    }

    /// The state that a resource is in.
    pub(in crate::visibility) fn current(
        &self,
        resource: Resource,
    ) -> Result<ResourceState, Error> {
        let row = self.resources.get(resource.0 as usize);
        let row = row.ok_or(VisibilityCause::Missing { what: "resource" })?;
        Ok(row.state.now)
    }

    /// Changes the state of a resource from a moment on.
    pub(in crate::visibility) fn change(
        &mut self,
        resource: Resource,
        at: Tick,
        change: impl FnOnce(ResourceState) -> ResourceState,
    ) -> Result<(), Error> {
        let row = self.resources.get_mut(resource.0 as usize);
        let row = row.ok_or(VisibilityCause::Missing { what: "resource" })?;
        let (before, after) = (row.state.now, change(row.state.now));
        self.resource_histories.set(&mut row.state, at, after)?;
        self.latest = self.latest.max(at);
        let gate = self.policy.gate_from();
        let is_same = before.reach(gate) == after.reach(gate)
            && before.is_unscanned() == after.is_unscanned();
        if !is_same {
            self.reindex(resource);
        }
        Ok(())
    }

    /// Says of what lies in a resource, and takes over its level, that it passed the gate
    /// with it at a moment. What came or changed later has not: it waits for the next
    /// version.
    pub(in crate::visibility) fn clear_parts(&mut self, resource: Resource, at: Tick) {
        let mut waiting: Vec<_> = self.children(resource.0).collect();
        while let Some(number) = waiting.pop() {
            let part = Resource(number);
            let Ok(state) = self.current(part) else {
                continue;
            };
            if state.level().is_some() {
                continue;
            }
            let clear = |state: ResourceState| state.with_cleared(true);
            if state.is_unscanned() && self.change(part, at, clear).is_err() {
                continue;
            }
            waiting.extend(self.children(number));
        }
    }
}
