//! Stating again what was stated before, maybe under another policy.

use super::{
    NEVER, NewResource, StaffGrant, StatedGrant, StatedResource, Statement, Tick, VisibilityFacts,
    fact_tick, moment,
};
use crate::Error;
use crate::time::Moment;
use crate::visibility::{Attribute, On};

impl StatedResource {
    /// The resource again, without attributes that `declared` does not know.
    fn resource(&self, declared: impl Fn(&Attribute) -> bool) -> NewResource<'_> {
        let attributes = self.attributes.iter().filter(|(name, _)| declared(name));
        NewResource {
            id: &self.id,
            container: self.container,
            owner: self.owner,
            organisation: self.organisation,
            level: self.level,
            listed: self.listed,
            own_members: self.own_members,
            secret: self.secret,
            category: self.category.clone(),
            source: self.source,
            attributes: attributes.cloned().collect(),
        }
    }
}

impl VisibilityFacts {
    /// States again what was stated before, maybe under another policy. An attribute,
    /// role or grant that this policy does not know, or no longer allows, is left out:
    /// without it less is permitted, never more.
    ///
    /// # Errors
    /// Those of what is stated, which no statements that were made in this order have.
    pub(in crate::visibility) fn restate(&mut self, statement: &Statement) -> Result<(), Error> {
        match statement {
            Statement::Principal { id, since } => {
                self.add_principal(id, moment(*since)).map(|_| ())
            }
            Statement::Organisation { id, since } => {
                self.add_organisation(id, moment(*since)).map(|_| ())
            }
            Statement::Resource(stated) => {
                let policy = self.policy.clone();
                let declared =
                    |name: &Attribute| policy.attribute_bit(On::Resource, name).is_some();
                let resource = stated.resource(declared);
                self.add_resource(resource, moment(stated.since))
                    .map(|_| ())
            }
            Statement::Attribute {
                of,
                attribute,
                value,
                at,
            } => {
                if self.policy.attribute_bit(of.on(), attribute).is_none() {
                    return Ok(());
                }
                self.set_attribute(*of, attribute, *value, moment(*at))
            }
            Statement::Removal { of, at } => self.remove(*of, moment(*at)),
            Statement::Owner {
                resource,
                owner,
                at,
            } => self.set_owner(*resource, *owner, moment(*at)),
            Statement::Seat {
                principal,
                organisation,
                span,
            } => self.join(
                *principal,
                *organisation,
                moment(span.from),
                end(span.until),
            ),
            Statement::Leaving {
                principal,
                organisation,
                at,
            } => self.leave(*principal, *organisation, moment(*at)),
            Statement::Membership {
                principal,
                resource,
                role,
                span,
            } => {
                if self.policy.role_number(role).is_none() {
                    return Ok(());
                }
                self.add_membership(*principal, *resource, role, *span)
            }
            Statement::Acceptance {
                principal,
                resource,
                span,
            } => {
                // The invitation may have been to a role that is no more.
                let (at, until) = (moment(span.from), end(span.until));
                let _ = self.accept(*principal, *resource, at, until);
                Ok(())
            }
            Statement::Parting {
                principal,
                resource,
                at,
            } => self.remove_member(*principal, *resource, moment(*at)),
            Statement::Grant(stated) => self.grant_again(stated),
            Statement::Revocation { id, at } => {
                // The grant may be one that is allowed no longer.
                let _ = self.revoke(id, moment(*at));
                Ok(())
            }
            Statement::Level {
                resource,
                level,
                listed,
                cleared,
                at,
            } => self.change(*resource, *at, |state| {
                state
                    .with_level(*level)
                    .with_listed(*listed)
                    .with_cleared(*cleared)
            }),
            Statement::Version { resource, version } => {
                // The level that was stated before says whether there was a gate to pass.
                if self.current(*resource)?.is_cleared() {
                    self.clear_parts(*resource, fact_tick(version.at())?);
                }
                self.add_version(*resource, version.clone());
                Ok(())
            }
        }
    }

    fn grant_again(&mut self, stated: &StatedGrant) -> Result<(), Error> {
        let mut rules = self.policy.staff.iter();
        let length = stated.span.until.checked_sub(stated.span.from);
        let is_allowed = rules.any(|rule| {
            rule.reason == stated.reason && length.is_some_and(|length| length <= rule.longest)
        });
        if !is_allowed {
            return Ok(());
        }
        let grant = StaffGrant::builder(&stated.id)
            .principal(stated.principal)
            .reason(stated.reason.clone())
            .ticket(&stated.ticket)
            .scope(stated.scope)
            .during(moment(stated.span.from)..moment(stated.span.until))
            .categories(stated.categories.iter().cloned());
        self.grant(&grant.build()?)
    }
}

/// An end, where there is one.
fn end(until: Tick) -> Option<Moment> {
    (until != NEVER).then(|| moment(until))
}
