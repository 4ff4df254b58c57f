//! Resources and members to be added.

use super::{Organisation, Principal, Resource};
use crate::taxonomy::DataCategory;
use crate::time::Moment;
use crate::visibility::{Attribute, Level, MemberRole};

/// A resource to add to [`VisibilityFacts`](super::VisibilityFacts), with its initial state.
///
/// # Security
/// `Debug` shows its id's length alone.
#[derive(Clone)]
pub struct NewResource<'a> {
    pub(super) id: &'a str,
    pub(in crate::visibility) container: Option<Resource>,
    pub(super) owner: Option<Principal>,
    pub(in crate::visibility) organisation: Option<Organisation>,
    pub(in crate::visibility) level: Option<Level>,
    pub(super) listed: bool,
    pub(super) own_members: bool,
    pub(super) secret: bool,
    pub(super) category: Option<DataCategory>,
    pub(super) source: Option<Resource>,
    pub(super) attributes: Vec<(Attribute, bool)>,
}

/// A member to add to a resource, with their role and the end of the membership.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::decision::ClauseId;
/// use confidant::time::Moment;
/// use confidant::visibility::{Action, VisibilityFacts, NewMember, NewResource, MemberRole, VisibilityRules};
///
/// let (edit, editor) = (Action::new("edit")?, MemberRole::new("editor")?);
/// let rules = VisibilityRules::builder()
///     .actions([edit.clone()])
///     .role(ClauseId::new("V-3")?, editor.clone(), [edit])
///     .build()?;
/// let rules = Arc::new(rules);
/// let edit = rules.action("edit").expect("declared above");
///
/// let at: Moment = "2026-05-01T00:00:00Z".parse()?;
/// let mut facts = VisibilityFacts::new(rules);
/// let jo = facts.add_principal("jo", at)?;
/// let page = facts.add_resource(NewResource::new("page"), at)?;
/// facts.add_member(page, NewMember::new(jo, &editor), at)?;
/// assert!(facts.verdict(jo, edit, page, at).is_allow());
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct NewMember<'a> {
    pub(super) principal: Principal,
    pub(super) role: &'a MemberRole,
    pub(super) until: Option<Moment>,
}

impl<'a> NewMember<'a> {
    /// Makes a principal a member in a role, without an end.
    #[must_use]
    pub const fn new(principal: Principal, role: &'a MemberRole) -> Self {
        Self {
            principal,
            role,
            until: None,
        }
    }

    /// Ends the membership just before a moment; `None` is without an end.
    #[must_use]
    pub fn until(mut self, until: impl Into<Option<Moment>>) -> Self {
        self.until = until.into();
        self
    }
}

impl<'a> NewResource<'a> {
    /// Begins with an id of 1 to 256 bytes.
    #[must_use]
    pub const fn new(id: &'a str) -> Self {
        Self {
            id,
            container: None,
            owner: None,
            organisation: None,
            level: None,
            listed: false,
            own_members: false,
            secret: false,
            category: None,
            source: None,
            attributes: Vec::new(),
        }
    }

    /// Puts it into a container: it is seen no further than that, and the members of the
    /// container are its members.
    #[must_use]
    pub const fn within(mut self, container: Resource) -> Self {
        self.container = Some(container);
        self
    }

    /// Names its owner. Without one, the owner of its container is its owner.
    #[must_use]
    pub const fn owner(mut self, owner: Principal) -> Self {
        self.owner = Some(owner);
        self
    }

    /// Names the organisation that it belongs to, where it has no container; in a container,
    /// it belongs to that of the container.
    #[must_use]
    pub const fn organisation(mut self, organisation: Organisation) -> Self {
        self.organisation = Some(organisation);
        self
    }

    /// Sets its level. Without one, it is that of its container; where none is set in
    /// any container either, nobody sees it by its level.
    ///
    /// From the level of the policy's gate on, it counts only together with a version
    /// that passed the gate.
    #[must_use]
    pub const fn level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// Lists it where it is public.
    #[must_use]
    pub const fn listed(mut self) -> Self {
        self.listed = true;
        self
    }

    /// Cuts it off from its container's owner and members: only its own owner and
    /// members, and those of what it contains, count. So a conversation can lie in a
    /// shared workspace and be its author's alone.
    #[must_use]
    pub const fn own_members_only(mut self) -> Self {
        self.own_members = true;
        self
    }

    /// Marks it as a secret, which no fork ever copies.
    #[must_use]
    pub const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Names its category, which grants for staff may be bound to.
    #[must_use]
    pub fn category(mut self, category: DataCategory) -> Self {
        self.category = Some(category);
        self
    }

    /// Names the resource that it is a fork of.
    #[must_use]
    pub const fn forked_from(mut self, source: Resource) -> Self {
        self.source = Some(source);
        self
    }

    /// States an attribute. One that is not stated is unknown.
    #[must_use]
    pub fn attribute(mut self, attribute: Attribute, value: bool) -> Self {
        self.attributes.push((attribute, value));
        self
    }
}

impl std::fmt::Debug for NewResource<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewResource")
            .field("id_bytes", &self.id.len())
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}
