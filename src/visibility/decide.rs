//! Decisions.

use super::facts::{
    Attributes, Chain, GRANT_MARK, NONE, PartyState, ResourceRow, ResourceState, Seat, Span, Tick,
    lesser, mark, organisation_mark, tick,
};
use super::policy::{ActionId, ActionRules, Denial, On};
use super::verdict::NO_CLAUSE;
use super::{
    AccessRefusal, AccessVerdict, Asker, AskerId, Ground, Level, Principal, Resource,
    VisibilityFacts,
};
use crate::time::Moment;

/// What was seen of attributes, over all that they were looked for on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) unknown: u16,
    pub(super) set: u16,
    pub(super) clear: u16,
}

/// Whoever asks for an action at a moment: what is the same for every resource.
pub(super) struct Inquiry<'f> {
    facts: &'f VisibilityFacts,
    rules: &'f ActionRules,
    action: ActionId,
    principal: Principal,
    pub(super) at: Tick,
    on_principal: Seen,
    on_request: Seen,
    /// Whether an attribute of theirs or of the request speaks against it.
    offends: bool,
    resource_marks: u32,
    other_marks: u32,
}

/// What was seen along the path of a resource.
pub(super) struct Walk {
    pub(super) on_resource: Seen,
    pub(super) on_organisation: Seen,
    pub(super) reach: Option<Level>,
    pub(super) organisation: u32,
    pub(super) owns: bool,
    /// The clause of a role that may, with the lowest number.
    pub(super) role: u16,
}

impl Seen {
    #[inline]
    const fn of(known: u16, set: u16) -> Self {
        Self {
            unknown: !known,
            set,
            clear: known & !set,
        }
    }

    pub(super) const fn add(&mut self, known: u16, set: u16) {
        self.unknown |= !known;
        self.set |= set;
        self.clear |= known & !set;
    }

    #[inline]
    fn offends(self, rules: &ActionRules, on: On) -> bool {
        let number = on.number();
        let bits = |all: &[u16; On::COUNT]| all.get(number).copied().unwrap_or(u16::MAX);
        (self.unknown & bits(&rules.needed))
            | (self.set & bits(&rules.when))
            | (self.clear & bits(&rules.unless))
            != 0
    }
}

impl VisibilityFacts {
    /// Returns whether an asker may act on a resource at a moment, with the ground or the
    /// refusal, and the clause.
    ///
    /// What forbids is looked at first, then whether they own it or are a member, whether
    /// it is internal to an organisation of theirs, and whether it is public. A grant for
    /// staff never permits here: see [`AccessRefusal::EntryMissing`].
    #[inline]
    pub fn verdict<'a>(
        &self,
        asker: impl Into<Asker<'a>>,
        action: ActionId,
        resource: Resource,
        at: Moment,
    ) -> AccessVerdict {
        match self.inquiry(asker.into(), action, at) {
            Ok(inquiry) => inquiry.verdict(resource),
            Err(verdict) => verdict,
        }
    }

    /// Returns the same verdict for the ids of an asker and a resource. An unknown id
    /// denies.
    pub fn verdict_by_id<'a>(
        &self,
        asker: impl Into<AskerId<'a>>,
        action: ActionId,
        resource: &str,
        at: Moment,
    ) -> AccessVerdict {
        let AskerId { id, context } = asker.into();
        let principal = match id.map(|id| self.principal(id)) {
            None => Principal::ANONYMOUS,
            Some(Some(principal)) => principal,
            Some(None) => return AccessVerdict::deny(AccessRefusal::PrincipalUnknown, NO_CLAUSE),
        };
        match self.resource(resource) {
            Some(resource) => self.verdict(principal.with(context), action, resource, at),
            None => AccessVerdict::deny(AccessRefusal::ResourceUnknown, NO_CLAUSE),
        }
    }

    #[inline]
    pub(super) fn inquiry(
        &self,
        asker: Asker<'_>,
        action: ActionId,
        at: Moment,
    ) -> Result<Inquiry<'_>, AccessVerdict> {
        let Asker { principal, context } = asker;
        let unknown = |refusal| AccessVerdict::deny(refusal, NO_CLAUSE);
        let at = tick(at).ok_or(unknown(AccessRefusal::TimeUnknown))?;
        let rules = self.policy.rules(action);
        let rules = rules.ok_or(unknown(AccessRefusal::ActionUnknown))?;
        let mut inquiry = Inquiry {
            facts: self,
            rules,
            action,
            principal,
            at,
            on_principal: Seen::default(),
            on_request: Seen::default(),
            offends: false,
            resource_marks: 0,
            other_marks: 0,
        };
        if principal != Principal::ANONYMOUS {
            let row = self.principals.get(principal.0 as usize);
            let state = row.and_then(|row| Some((row, row.state.at(&self.party_histories, at)?)));
            let present = state.filter(|(_, state)| !state.removed);
            let (row, state) = present.ok_or(unknown(AccessRefusal::PrincipalUnknown))?;
            let Attributes { known, set } = state.attributes;
            inquiry.on_principal = Seen::of(known, set);
            inquiry.offends = inquiry.on_principal.offends(rules, On::Principal);
            inquiry.resource_marks = row.resource_marks;
            inquiry.other_marks = row.other_marks;
        }
        inquiry.on_request = Seen::of(context.known, context.set);
        inquiry.offends |= inquiry.on_request.offends(rules, On::Request);
        Ok(inquiry)
    }
}

impl<'f> Inquiry<'f> {
    /// What was seen of attributes on one of the things that have some.
    pub(super) const fn seen(&self, walk: &Walk, on: On) -> Seen {
        match on {
            On::Resource => walk.on_resource,
            On::Principal => self.on_principal,
            On::Organisation => walk.on_organisation,
            On::Request => self.on_request,
        }
    }

    const fn has_grants(&self) -> bool {
        self.other_marks & GRANT_MARK != 0
    }

    /// The verdict on one resource.
    #[inline]
    pub(super) fn verdict(&self, resource: Resource) -> AccessVerdict {
        let Some(walk) = self.walk(resource) else {
            return AccessVerdict::deny(AccessRefusal::ResourceUnknown, NO_CLAUSE);
        };
        let on_resource = walk.on_resource.offends(self.rules, On::Resource);
        let on_organisation = walk.on_organisation.offends(self.rules, On::Organisation);
        if self.offends | on_resource | on_organisation {
            return self.forbidden(resource, &walk);
        }
        match self.ground(&walk) {
            Some(verdict) => verdict,
            None if self.has_grants() => self.by_grant(resource),
            None => AccessVerdict::deny(AccessRefusal::NoGround, NO_CLAUSE),
        }
    }

    /// Looks at the resource and at all that contains it.
    #[inline]
    pub(super) fn walk(&self, resource: Resource) -> Option<Walk> {
        let facts = self.facts;
        let gate = facts.policy.gate_from();
        let mut walk = Walk {
            on_resource: Seen::default(),
            on_organisation: Seen::default(),
            reach: None,
            organisation: NONE,
            owns: false,
            role: NO_CLAUSE,
        };
        let mut on_resource = Seen::default();
        let mut own: Option<&ResourceState> = None;
        let mut number = resource.0;
        // Whether owners and members of what comes next count.
        let mut counts = self.principal != Principal::ANONYMOUS;
        loop {
            let row: &ResourceRow = facts.resources.get(number as usize)?;
            let state = row.state.at(&facts.resource_histories, self.at)?;
            if state.is_removed() {
                return None;
            }
            on_resource.add(state.attributes.known, state.attributes.set);
            walk.reach = lesser(walk.reach, state.reach(gate));
            own = own.or(Some(state));
            if counts {
                walk.owns |= state.owner == self.principal.0;
                if self.resource_marks & mark(number) != 0 {
                    walk.role = walk.role.min(self.role_in(number));
                }
                counts = !state.has_own_members();
            }
            if row.container == NONE {
                walk.organisation = row.organisation;
                break;
            }
            number = row.container;
        }
        walk.on_resource = on_resource;
        walk.reach = own?.capped(walk.reach, gate);
        let concerns = self.rules.needed.get(On::Organisation.number());
        if walk.organisation != NONE && concerns.is_some_and(|needed| *needed != 0) {
            match self.organisation(walk.organisation) {
                Some(state) => {
                    let Attributes { known, set } = state.attributes;
                    walk.on_organisation = Seen::of(known, set);
                }
                // It is not there, so nothing is known of it.
                None => walk.on_organisation = Seen::of(0, 0),
            }
        }
        Some(walk)
    }

    /// The clause, with the lowest number, of a role in which they are a member of one
    /// resource and may do it.
    fn role_in(&self, resource: u32) -> u16 {
        let facts = self.facts;
        let Some(pair) = facts.pairs.get(self.principal.0, resource) else {
            return NO_CLAUSE;
        };
        let latest = self.by_role(pair.role, pair.span);
        if !pair.has_more {
            return latest;
        }
        let all = Chain::new(&facts.memberships, pair.latest, |member| member.next);
        let roles = all.map(|(_, member)| self.by_role(member.role, member.span));
        roles.min().unwrap_or(NO_CLAUSE)
    }

    /// The clause of a role, where the membership holds and the role may.
    #[inline]
    fn by_role(&self, role: u16, span: Span) -> u16 {
        let may = self.rules.roles >> (role % 64) & 1 == 1;
        let clause = self.facts.policy.roles.get(usize::from(role));
        match clause {
            Some((_, clause)) if may && span.holds(self.at) => *clause,
            _ => NO_CLAUSE,
        }
    }

    /// The first ground that permits it.
    #[inline]
    pub(super) fn ground(&self, walk: &Walk) -> Option<AccessVerdict> {
        let policy = &self.facts.policy;
        if walk.owns && self.rules.owner {
            return Some(AccessVerdict::allow(Ground::Owner, policy.owner?));
        }
        if walk.role != NO_CLAUSE {
            return Some(AccessVerdict::allow(Ground::Member, walk.role));
        }
        let reach = walk.reach?;
        if reach >= Level::Internal && self.rules.internal && self.has_seat(walk.organisation) {
            return Some(AccessVerdict::allow(Ground::Internal, policy.internal?));
        }
        if reach >= Level::Public && self.rules.public {
            return Some(AccessVerdict::allow(Ground::Public, policy.public?));
        }
        None
    }

    /// An organisation that is there at the moment.
    pub(super) fn organisation(&self, number: u32) -> Option<&'f PartyState> {
        let row = self.facts.organisations.get(number as usize)?;
        let state = row.state.at(&self.facts.party_histories, self.at)?;
        (!state.removed).then_some(state)
    }

    /// Whether they are an active member of an organisation that is there.
    #[inline]
    pub(super) fn has_seat(&self, organisation: u32) -> bool {
        self.other_marks & organisation_mark(organisation) != 0 && self.seated(organisation)
    }

    fn seated(&self, organisation: u32) -> bool {
        let holds = |seat: &Seat| seat.organisation == organisation && seat.span.holds(self.at);
        self.organisation(organisation).is_some() && self.seats().any(|(_, seat)| holds(seat))
    }

    pub(super) fn seats(&self) -> Chain<'f, Seat> {
        let ties = self.facts.ties.get(self.principal.0 as usize);
        let first = ties.map_or(NONE, |ties| ties.first_seat);
        Chain::new(&self.facts.seats, first, |seat| seat.next)
    }

    /// The denial by a clause that applies, or else by one that could not be evaluated;
    /// unless a grant covers it and all of these spare staff.
    #[cold]
    fn forbidden(&self, resource: Resource, walk: &Walk) -> AccessVerdict {
        let mut denials = self.denials(walk);
        if self.has_grants() && denials.clone().all(|(denial, _)| denial.spares_staff) {
            let verdict = self.by_grant(resource);
            if verdict.refusal() == Some(AccessRefusal::EntryMissing) {
                return verdict;
            }
        }
        let applies = denials.clone().find(|(_, applies)| *applies);
        match applies.or_else(|| denials.next()) {
            Some((denial, true)) => AccessVerdict::deny(AccessRefusal::Forbidden, denial.clause),
            Some((denial, false)) => {
                AccessVerdict::deny(AccessRefusal::AttributeUnknown, denial.clause)
            }
            None => AccessVerdict::deny(AccessRefusal::AttributeUnknown, NO_CLAUSE),
        }
    }

    /// The clauses that forbid it, in the order of the policy: with true those that
    /// apply, with false those that could not be evaluated.
    pub(super) fn denials<'w>(
        &'w self,
        walk: &'w Walk,
    ) -> impl Iterator<Item = (&'f Denial, bool)> + Clone + use<'f, 'w> {
        let action = self.action.bit();
        let anonymous = self.principal == Principal::ANONYMOUS;
        let all = self.facts.policy.denials.iter();
        all.filter_map(move |denial| {
            let seen = self.seen(walk, denial.on);
            let value = if denial.value { seen.set } else { seen.clear };
            let applies = value & denial.attribute != 0;
            let unknown = seen.unknown & denial.attribute != 0;
            let concerns = denial.actions & action != 0;
            let none = anonymous && denial.on == On::Principal;
            (concerns && !none && (applies || unknown)).then_some((denial, applies))
        })
    }

    /// What a grant for staff comes to.
    #[cold]
    fn by_grant(&self, resource: Resource) -> AccessVerdict {
        let grants = self.facts.grants_of(self.principal);
        let action = self.action.bit();
        let covering =
            grants.filter(|(_, grant)| self.facts.covers(grant, action, resource, self.at));
        // The first rule of the policy, whichever grant was stated first.
        let rule = covering.map(|(_, grant)| usize::from(grant.rule)).min();
        match rule.and_then(|rule| self.facts.policy.staff.get(rule)) {
            Some(rule) => AccessVerdict::deny(AccessRefusal::EntryMissing, rule.clause),
            None => AccessVerdict::deny(AccessRefusal::NoGround, NO_CLAUSE),
        }
    }
}
