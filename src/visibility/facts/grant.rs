//! Grants for staff.

use std::fmt;
use std::ops::Range;

use super::{
    Chain, GRANT_MARK, NONE, Organisation, Principal, Resource, Span, StaffScope, StatedGrant,
    Statement, Tick, VisibilityFacts, fact_tick,
};
use crate::Error;
use crate::error::VisibilityCause;
use crate::taxonomy::DataCategory;
use crate::time::Moment;
use crate::visibility::ReasonKind;
use crate::visibility::name::check;

/// A grant for staff to reach what is not theirs: who, why, on which ticket, what, and
/// until when.
///
/// By itself it permits nothing. Under a clause of the policy for its kind of reason, it
/// lets the desk for staff permit an action, once the entry in the audit log is durable.
///
/// # Security
/// `Debug` shows lengths of the ids alone.
#[derive(Clone)]
pub struct StaffGrant<'a> {
    id: &'a str,
    principal: Principal,
    reason: ReasonKind,
    ticket: &'a str,
    scope: StaffScope,
    categories: Vec<DataCategory>,
    from: Moment,
    expires: Moment,
}

/// A [`StaffGrant`] that is being made.
///
/// # Security
/// `Debug` shows the length of the id alone.
#[derive(Clone)]
pub struct StaffGrantBuilder<'a> {
    id: &'a str,
    principal: Option<Principal>,
    reason: Option<ReasonKind>,
    ticket: Option<&'a str>,
    scope: Option<StaffScope>,
    categories: Vec<DataCategory>,
    during: Option<(Moment, Moment)>,
}

/// A grant, as facts hold it.
#[derive(Clone, Debug)]
pub(in crate::visibility) struct Grant {
    pub(in crate::visibility) id: u32,
    /// The number of the policy's rule for its reason.
    pub(in crate::visibility) rule: u16,
    pub(in crate::visibility) ticket: Box<str>,
    pub(in crate::visibility) scope: StaffScope,
    /// All where it is empty.
    pub(in crate::visibility) categories: Vec<DataCategory>,
    pub(in crate::visibility) span: Span,
    /// The next one of the same principal.
    next: u32,
}

impl<'a> StaffGrant<'a> {
    /// The most bytes of a ticket.
    pub const MAX_TICKET: usize = 255;

    /// Begins a grant under an id. Everything but the [categories] must be stated.
    ///
    /// [categories]: StaffGrantBuilder::categories
    ///
    /// # Example
    /// ```
    /// use confidant::time::Moment;
    /// use confidant::visibility::{VisibilityFacts, ReasonKind, StaffGrant, StaffScope};
    ///
    /// fn grant(facts: &VisibilityFacts, now: Moment, end: Moment) -> Result<StaffGrant<'static>, confidant::Error> {
    ///     let staff = facts.principal("sre-7").ok_or_else(unknown)?;
    ///     let site = facts.resource("site").ok_or_else(unknown)?;
    ///     StaffGrant::builder("grant-1")
    ///         .principal(staff)
    ///         .scope(StaffScope::Resource(site))
    ///         .reason(ReasonKind::new("incident")?)
    ///         .ticket("INC-204")
    ///         .during(now..end)
    ///         .build()
    /// }
    /// # fn unknown() -> confidant::Error { "x".parse::<Moment>().unwrap_err() }
    /// ```
    #[must_use]
    pub const fn builder(id: &'a str) -> StaffGrantBuilder<'a> {
        StaffGrantBuilder {
            id,
            principal: None,
            reason: None,
            ticket: None,
            scope: None,
            categories: Vec::new(),
            during: None,
        }
    }
}

impl<'a> StaffGrantBuilder<'a> {
    /// States who is granted it.
    #[must_use]
    pub const fn principal(mut self, principal: Principal) -> Self {
        self.principal = Some(principal);
        self
    }

    /// States what it reaches.
    #[must_use]
    pub const fn scope(mut self, scope: StaffScope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// States the kind of reason.
    #[must_use]
    pub fn reason(mut self, reason: ReasonKind) -> Self {
        self.reason = Some(reason);
        self
    }

    /// States the ticket: plain text such as `INC-204`, of letters, digits and `-_.:/`, as
    /// it stands in the audit log.
    #[must_use]
    pub const fn ticket(mut self, ticket: &'a str) -> Self {
        self.ticket = Some(ticket);
        self
    }

    /// States when it holds: from the first moment to just before the second.
    #[must_use]
    pub const fn during(mut self, during: Range<Moment>) -> Self {
        self.during = Some((during.start, during.end));
        self
    }

    /// Bounds it to resources of these categories, and of those below them.
    #[must_use]
    pub fn categories(mut self, categories: impl IntoIterator<Item = DataCategory>) -> Self {
        self.categories.extend(categories);
        self
    }

    /// Finishes the grant.
    ///
    /// # Errors
    /// `Config` where something was not stated.
    pub fn build(self) -> Result<StaffGrant<'a>, Error> {
        let missing = |what| VisibilityCause::Unfit(what);
        let (from, expires) = self.during.ok_or(missing("staff grant has no time"))?;
        Ok(StaffGrant {
            id: self.id,
            principal: self
                .principal
                .ok_or(missing("staff grant has no principal"))?,
            reason: self.reason.ok_or(missing("staff grant has no reason"))?,
            ticket: self.ticket.ok_or(missing("staff grant has no ticket"))?,
            scope: self.scope.ok_or(missing("staff grant has no scope"))?,
            categories: self.categories,
            from,
            expires,
        })
    }
}

impl fmt::Debug for StaffGrantBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaffGrantBuilder")
            .field("id_bytes", &self.id.len())
            .finish_non_exhaustive()
    }
}

impl VisibilityFacts {
    /// Adds a grant for staff.
    ///
    /// # Errors
    /// `Conflict` where there is one of its id; `Config` where its principal or scope is
    /// not one of these facts, the policy has no clause for its reason, its ticket is
    /// not plain text, or it ends before it begins; `Refused` where it lasts longer than
    /// the clause allows; `Limit` where a moment is out of range.
    pub fn grant(&mut self, grant: &StaffGrant<'_>) -> Result<(), Error> {
        let (from, until) = (fact_tick(grant.from)?, fact_tick(grant.expires)?);
        self.known_principal(grant.principal)?;
        let known = match grant.scope {
            StaffScope::Resource(resource) => (resource.0 as usize) < self.resources.len(),
            StaffScope::Organisation(group) => (group.0 as usize) < self.organisations.len(),
        };
        if !known {
            return Err(VisibilityCause::Missing { what: "scope" }.into());
        }
        let mut rules = (0..).zip(&self.policy.staff);
        let rule = rules.find(|(_, rule)| rule.reason == grant.reason);
        let missing = VisibilityCause::Missing {
            what: "kind of reason",
        };
        let (rule, longest) = rule
            .map(|(number, rule)| (number, rule.longest))
            .ok_or_else(|| Error::from(missing).with_id(grant.reason.as_str()))?;
        if until <= from {
            let what = "staff grant ends before it begins";
            return Err(VisibilityCause::Unfit(what).into());
        }
        if until
            .checked_sub(from)
            .is_none_or(|length| length > longest)
        {
            let what = "staff grant lasts longer than its clause allows";
            return Err(VisibilityCause::Refused(what).into());
        }
        check("ticket", grant.ticket, StaffGrant::MAX_TICKET)?;
        let id = self.grant_ids.insert("a staff grant", grant.id)?;
        let number = u32::try_from(self.grants.len()).unwrap_or(NONE);
        if let Some(row) = self.principals.get_mut(grant.principal.0 as usize) {
            row.other_marks |= GRANT_MARK;
        }
        let ties = self.ties.get_mut(grant.principal.0 as usize);
        let next = ties.map(|ties| std::mem::replace(&mut ties.first_grant, number));
        self.grants.push(Grant {
            id,
            rule,
            ticket: grant.ticket.into(),
            scope: grant.scope,
            categories: grant.categories.clone(),
            span: Span { from, until },
            next: next.unwrap_or(NONE),
        });
        self.note(|| {
            Statement::Grant(Box::new(StatedGrant {
                id: grant.id.into(),
                principal: grant.principal,
                reason: grant.reason.clone(),
                ticket: grant.ticket.into(),
                scope: grant.scope,
                categories: grant.categories.clone(),
                span: Span { from, until },
            }))
        });
        Ok(())
    }

    /// Ends a grant for staff.
    ///
    /// # Errors
    /// `Config` where there is no grant of this id, `Limit` where the moment is out of
    /// range.
    pub fn revoke(&mut self, id: &str, at: Moment) -> Result<(), Error> {
        let at = fact_tick(at)?;
        let number = self.grant_ids.get(id);
        let grant = number.and_then(|number| self.grants.get_mut(number as usize));
        let grant = grant.ok_or(VisibilityCause::Missing {
            what: "staff grant",
        })?;
        grant.span.until = grant.span.until.min(at);
        self.note(|| Statement::Revocation { id: id.into(), at });
        Ok(())
    }

    /// The grants of a principal.
    pub(in crate::visibility) fn grants_of(&self, principal: Principal) -> Chain<'_, Grant> {
        let ties = self.ties.get(principal.0 as usize);
        let first = ties.map_or(NONE, |ties| ties.first_grant);
        Chain::new(&self.grants, first, |grant| grant.next)
    }

    /// Whether a grant covers an action on a resource at a moment.
    pub(in crate::visibility) fn covers(
        &self,
        grant: &Grant,
        action: u64,
        resource: Resource,
        at: Tick,
    ) -> bool {
        let Some(rule) = self.policy.staff.get(usize::from(grant.rule)) else {
            return false;
        };
        let row = self.resources.get(resource.0 as usize);
        let Some(state) = row.and_then(|row| row.state.at(&self.resource_histories, at)) else {
            return false;
        };
        let category = self.categories.get(usize::from(state.category));
        let in_categories = |bounds: &[DataCategory]| {
            let is_within =
                |category: &DataCategory| bounds.iter().any(|bound| category.is_within(bound));
            bounds.is_empty() || category.is_some_and(is_within)
        };
        let in_scope = match grant.scope {
            StaffScope::Resource(scope) => self.path(resource).any(|(part, _)| part == scope),
            StaffScope::Organisation(Organisation(scope)) => {
                row.is_some_and(|row| row.organisation == scope)
            }
        };
        grant.span.holds(at)
            && rule.actions & action != 0
            && in_scope
            && in_categories(&rule.categories)
            && in_categories(&grant.categories)
    }

    /// The id of a grant.
    pub(in crate::visibility) fn grant_id(&self, grant: &Grant) -> Option<&str> {
        self.grant_ids.text(grant.id)
    }
}

impl fmt::Debug for StaffGrant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaffGrant")
            .field("id_bytes", &self.id.len())
            .field("reason", &self.reason)
            .field("from", &self.from)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}
