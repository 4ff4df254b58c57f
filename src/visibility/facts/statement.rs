//! Statements: what facts were told, one at a time.

use super::{
    NewResource, Of, Organisation, Principal, Resource, Span, StaffScope, Tick, VisibilityFacts,
};
use crate::taxonomy::DataCategory;
use crate::visibility::{Attribute, Level, MemberRole, PublishedVersion, ReasonKind};

/// One thing that was stated, in the form in which it can be stated again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::visibility) enum Statement {
    Principal {
        id: Box<str>,
        since: Tick,
    },
    Organisation {
        id: Box<str>,
        since: Tick,
    },
    Resource(Box<StatedResource>),
    Attribute {
        of: Of,
        attribute: Attribute,
        value: Option<bool>,
        at: Tick,
    },
    Removal {
        of: Of,
        at: Tick,
    },
    Owner {
        resource: Resource,
        owner: Option<Principal>,
        at: Tick,
    },
    Seat {
        principal: Principal,
        organisation: Organisation,
        span: Span,
    },
    Leaving {
        principal: Principal,
        organisation: Organisation,
        at: Tick,
    },
    /// One whose span is pending is an invitation.
    Membership {
        principal: Principal,
        resource: Resource,
        role: MemberRole,
        span: Span,
    },
    Acceptance {
        principal: Principal,
        resource: Resource,
        span: Span,
    },
    Parting {
        principal: Principal,
        resource: Resource,
        at: Tick,
    },
    Grant(Box<StatedGrant>),
    Revocation {
        id: Box<str>,
        at: Tick,
    },
    /// How a resource can be seen from a moment on.
    Level {
        resource: Resource,
        level: Option<Level>,
        listed: bool,
        cleared: bool,
        at: Tick,
    },
    Version {
        resource: Resource,
        version: PublishedVersion,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::visibility) struct StatedResource {
    pub(in crate::visibility) id: Box<str>,
    pub(in crate::visibility) since: Tick,
    pub(in crate::visibility) container: Option<Resource>,
    pub(in crate::visibility) owner: Option<Principal>,
    pub(in crate::visibility) organisation: Option<Organisation>,
    pub(in crate::visibility) level: Option<Level>,
    pub(in crate::visibility) listed: bool,
    pub(in crate::visibility) own_members: bool,
    pub(in crate::visibility) secret: bool,
    pub(in crate::visibility) category: Option<DataCategory>,
    pub(in crate::visibility) source: Option<Resource>,
    pub(in crate::visibility) attributes: Vec<(Attribute, bool)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::visibility) struct StatedGrant {
    pub(in crate::visibility) id: Box<str>,
    pub(in crate::visibility) principal: Principal,
    pub(in crate::visibility) reason: ReasonKind,
    pub(in crate::visibility) ticket: Box<str>,
    pub(in crate::visibility) scope: StaffScope,
    pub(in crate::visibility) categories: Vec<DataCategory>,
    pub(in crate::visibility) span: Span,
}

impl StatedResource {
    pub(super) fn new(resource: &NewResource<'_>, since: Tick) -> Self {
        Self {
            id: resource.id.into(),
            since,
            container: resource.container,
            owner: resource.owner,
            organisation: resource.organisation,
            level: resource.level,
            listed: resource.listed,
            own_members: resource.own_members,
            secret: resource.secret,
            category: resource.category.clone(),
            source: resource.source,
            attributes: resource.attributes.clone(),
        }
    }
}

impl VisibilityFacts {
    /// Keeps a statement where statements are kept.
    pub(in crate::visibility) fn note(&mut self, statement: impl FnOnce() -> Statement) {
        if let Some(journal) = &mut self.journal {
            journal.push(statement());
        }
    }

    /// Keeps how a resource can be seen since a moment.
    pub(in crate::visibility) fn note_level(&mut self, resource: Resource, at: Tick) {
        let Ok(state) = self.current(resource) else {
            return;
        };
        self.note(|| Statement::Level {
            resource,
            level: state.level(),
            listed: state.is_listed(),
            cleared: state.is_cleared(),
            at,
        });
    }
}
