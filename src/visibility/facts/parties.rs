//! Stating facts about principals and organisations.

use super::Statement;
use super::{
    NONE, Of, Organisation, OrganisationRow, PartyState, Principal, PrincipalLinks, PrincipalRow,
    Seat, Span, Tick, Timeline, VisibilityFacts, end_tick, fact_tick, organisation_mark,
};
use crate::Error;
use crate::error::VisibilityCause;
use crate::time::Moment;
use crate::visibility::{Attribute, On};

impl VisibilityFacts {
    /// Adds a principal that is there since a moment.
    ///
    /// # Errors
    /// `Conflict` where there is one of this id, `Config` and `Limit` where the id or
    /// the moment is out of bounds.
    pub fn add_principal(&mut self, id: &str, since: Moment) -> Result<Principal, Error> {
        let since = fact_tick(since)?;
        let number = self.principal_ids.insert("a principal", id)?;
        self.principals.push(PrincipalRow {
            state: Timeline::new(since, PartyState::default()),
            resource_marks: 0,
            other_marks: 0,
        });
        self.ties.push(PrincipalLinks {
            first_seat: NONE,
            first_membership: NONE,
            first_owned: NONE,
            first_grant: NONE,
        });
        self.note(|| Statement::Principal {
            id: id.into(),
            since,
        });
        Ok(Principal(number))
    }

    /// Adds an organisation that is there since a moment.
    ///
    /// # Errors
    /// Those of [`add_principal`](Self::add_principal).
    pub fn add_organisation(&mut self, id: &str, since: Moment) -> Result<Organisation, Error> {
        let since = fact_tick(since)?;
        let number = self.organisation_ids.insert("an organisation", id)?;
        self.organisations.push(OrganisationRow {
            state: Timeline::new(since, PartyState::default()),
            first_seat: NONE,
        });
        self.note(|| Statement::Organisation {
            id: id.into(),
            since,
        });
        Ok(Organisation(number))
    }

    /// States an attribute from a moment on, or with `None` that it is unknown.
    ///
    /// # Errors
    /// `Config` where the policy declares none of this name, what it is stated of is
    /// not one of these facts, or the moment lies before its latest state; `Limit` where
    /// the moment is out of range.
    pub fn set_attribute(
        &mut self,
        of: impl Into<Of>,
        attribute: &Attribute,
        value: Option<bool>,
        at: Moment,
    ) -> Result<(), Error> {
        let at = fact_tick(at)?;
        let of = of.into();
        let bit = self.attribute(of.on(), attribute)?;
        match of {
            Of::Resource(resource) => self.change(resource, at, |mut state| {
                state.attributes = state.attributes.with(bit, value);
                state
            }),
            _ => self.change_party(of, at, |mut state| {
                state.attributes = state.attributes.with(bit, value);
                state
            }),
        }?;
        self.note(|| Statement::Attribute {
            of,
            attribute: attribute.clone(),
            value,
            at,
        });
        Ok(())
    }

    /// Removes a principal, a resource with all that it contains, or an organisation,
    /// from a moment on. It keeps its id and its past.
    ///
    /// # Errors
    /// `Config` where it is not one of these facts or the moment lies before its latest
    /// state; `Limit` where the moment is out of range.
    pub fn remove(&mut self, of: impl Into<Of>, at: Moment) -> Result<(), Error> {
        let at = fact_tick(at)?;
        let of = of.into();
        match of {
            Of::Resource(resource) => self.change(resource, at, |state| state.with_removed(true)),
            of => self.change_party(of, at, |state| PartyState {
                removed: true,
                ..state
            }),
        }?;
        self.note(|| Statement::Removal { of, at });
        Ok(())
    }

    /// Makes a principal an active member of an organisation, from a moment to just
    /// before another.
    ///
    /// # Errors
    /// `Config` where one of them is not one of these facts, `Limit` where a moment is
    /// out of range.
    pub fn join(
        &mut self,
        principal: Principal,
        organisation: Organisation,
        from: Moment,
        until: Option<Moment>,
    ) -> Result<(), Error> {
        let (from, until) = (fact_tick(from)?, end_tick(until)?);
        let (what, limit) = ("memberships", NONE as usize);
        let number = u32::try_from(self.seats.len()).ok();
        let number = number.filter(|number| *number != NONE);
        let number = number.ok_or(VisibilityCause::Many { what, limit })?;
        let row = self.principals.get_mut(principal.0 as usize);
        let member = row.zip(self.ties.get_mut(principal.0 as usize));
        let missing = VisibilityCause::Missing { what: "principal" };
        let (row, ties) = member.ok_or(missing)?;
        let group = self.organisations.get_mut(organisation.0 as usize);
        let group = group.ok_or(VisibilityCause::Missing {
            what: "organisation",
        })?;
        row.other_marks |= organisation_mark(organisation.0);
        self.seats.push(Seat {
            organisation: organisation.0,
            principal: principal.0,
            span: Span { from, until },
            next: std::mem::replace(&mut ties.first_seat, number),
            next_member: std::mem::replace(&mut group.first_seat, number),
        });
        self.note(|| Statement::Seat {
            principal,
            organisation,
            span: Span { from, until },
        });
        Ok(())
    }

    /// Ends the membership of a principal in an organisation.
    ///
    /// # Errors
    /// `Limit` where the moment is out of range.
    pub fn leave(
        &mut self,
        principal: Principal,
        organisation: Organisation,
        at: Moment,
    ) -> Result<(), Error> {
        let at = fact_tick(at)?;
        let ties = self.ties.get(principal.0 as usize);
        let mut next = ties.map_or(NONE, |ties| ties.first_seat);
        while let Some(seat) = self.seats.get_mut(next as usize) {
            if seat.organisation == organisation.0 {
                seat.span.until = seat.span.until.min(at);
            }
            next = seat.next;
        }
        self.note(|| Statement::Leaving {
            principal,
            organisation,
            at,
        });
        Ok(())
    }

    pub(super) fn attribute(&self, on: On, attribute: &Attribute) -> Result<u16, Error> {
        let bit = self.policy.attribute_bit(on, attribute);
        bit.ok_or_else(|| {
            let missing = VisibilityCause::Missing { what: "attribute" };
            Error::from(missing).with_id(attribute.as_str())
        })
    }

    pub(super) fn known_principal(&self, principal: Principal) -> Result<u32, Error> {
        let known = (principal.0 as usize) < self.principals.len();
        let missing = VisibilityCause::Missing { what: "principal" };
        known.then_some(principal.0).ok_or_else(|| missing.into())
    }

    fn change_party(
        &mut self,
        of: Of,
        at: Tick,
        change: impl FnOnce(PartyState) -> PartyState,
    ) -> Result<(), Error> {
        let state = match of {
            Of::Principal(Principal(number)) => {
                let row = self.principals.get_mut(number as usize);
                row.map(|row| &mut row.state)
            }
            Of::Organisation(Organisation(number)) => {
                let row = self.organisations.get_mut(number as usize);
                row.map(|row| &mut row.state)
            }
            Of::Resource(_) => None,
        };
        let missing = VisibilityCause::Missing { what: "party" };
        let state = state.ok_or_else(|| Error::from(missing))?;
        let after = change(state.now);
        self.party_histories.set(state, at, after)
    }
}

impl Of {
    pub(super) const fn on(self) -> On {
        match self {
            Self::Principal(_) => On::Principal,
            Self::Resource(_) => On::Resource,
            Self::Organisation(_) => On::Organisation,
        }
    }
}
