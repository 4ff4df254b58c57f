//! The population of the bench as Cedar has it.

use std::collections::{HashMap, HashSet};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request,
    RestrictedExpression,
};

use crate::population::Population;

/// Public, internal, owners and members, staff, and nothing suspended.
const POLICIES: &str = r#"
permit (principal, action == Action::"view", resource) when { resource.level == "public" };
permit (principal is User, action == Action::"view", resource)
    when { resource.level != "private" && principal in resource.organisation };
permit (principal is User, action == Action::"view", resource) when { resource.owner == principal };
permit (principal is User, action == Action::"view", resource)
    when { resource.members.contains(principal) };
permit (principal is User, action == Action::"view", resource)
    when { context has reason && context.reason == "incident" };
forbid (principal, action, resource) when { resource.suspended };
"#;

pub(crate) struct Cedar {
    policies: PolicySet,
    entities: Entities,
    authorizer: Authorizer,
}

fn uid(kind: &str, id: &str) -> EntityUid {
    format!("{kind}::\"{id}\"").parse().expect("an id")
}

fn user(number: usize) -> EntityUid {
    uid("User", &format!("user-{number}"))
}

impl Cedar {
    pub(crate) fn new(population: &Population) -> Self {
        let organisation = |number| uid("Organisation", &format!("organisation-{number}"));
        let mut entities = Vec::new();
        for (number, of) in population.users.iter().enumerate() {
            let parents = HashSet::from([organisation(*of)]);
            entities.push(Entity::new(user(number), HashMap::new(), parents).expect("an entity"));
        }
        let levels = ["private", "internal", "public"];
        for (number, workspace) in population.workspaces.iter().enumerate() {
            let members = workspace.members.iter().map(|member| user(*member));
            let members = members.map(RestrictedExpression::new_entity_uid);
            let level = levels[usize::from(workspace.level)].to_owned();
            let group = organisation(workspace.organisation);
            let attributes = [
                (
                    "owner",
                    RestrictedExpression::new_entity_uid(user(workspace.owner)),
                ),
                ("organisation", RestrictedExpression::new_entity_uid(group)),
                ("level", RestrictedExpression::new_string(level)),
                (
                    "suspended",
                    RestrictedExpression::new_bool(workspace.suspended),
                ),
                ("members", RestrictedExpression::new_set(members)),
            ];
            let attributes = attributes.map(|(name, value)| (name.to_owned(), value));
            let id = uid("Workspace", &format!("workspace-{number}"));
            let entity = Entity::new(id, attributes.into_iter().collect(), HashSet::new());
            entities.push(entity.expect("an entity"));
        }
        Self {
            policies: POLICIES.parse().expect("policies"),
            entities: Entities::from_entities(entities, None).expect("entities"),
            authorizer: Authorizer::new(),
        }
    }

    pub(crate) fn request(&self, user: Option<&str>, workspace: &str) -> Request {
        let principal = user.map_or_else(|| uid("Anonymous", "anyone"), |user| uid("User", user));
        let (action, resource) = (uid("Action", "view"), uid("Workspace", workspace));
        Request::new(principal, action, resource, Context::empty(), None).expect("a request")
    }

    pub(crate) fn allows(&self, request: &Request) -> bool {
        let response = self
            .authorizer
            .is_authorized(request, &self.policies, &self.entities);
        response.decision() == Decision::Allow
    }
}
