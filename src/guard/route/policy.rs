//! A policy document as the policy of a router, and of a guard.

use std::sync::Arc;

use super::router::RoutePolicy;
use crate::Error;
use crate::decision::{Decision, Reason};
use crate::guard::builder::GuardBuilder;
use crate::guard::call::Caller;
use crate::guard::clear::refused;
use crate::guard::guard::Guard;
use crate::model::{CredentialOwner, ModelDescriptor};
use crate::policy::{RedactionMode, Redactions, RouteMode, Router, Sending, Sink};
use crate::redact::KnownValues;
use crate::taxonomy::{Category, Purpose};
use crate::time::Moment;

/// The routes of a policy document, for requests of one purpose that hold these
/// categories.
///
/// A model may be asked where the document has a route to its provider, on the contract of
/// its credential's owner, that allows the purpose, every category and the region, and
/// whose provider has shown what the document asks for.
#[derive(Clone, Debug)]
pub struct PolicyRoutes {
    router: Arc<Router>,
    purpose: Purpose,
    categories: Vec<Category>,
    plan: Option<Box<str>>,
    environment: Option<Box<str>>,
}

impl PolicyRoutes {
    /// Takes the routes of a document.
    #[must_use]
    pub fn new(router: Router, purpose: Purpose, categories: Vec<Category>) -> Self {
        Self {
            router: Arc::new(router),
            purpose,
            categories,
            plan: None,
            environment: None,
        }
    }

    /// Says which plan the tenant has.
    #[must_use]
    pub fn plan(mut self, plan: &str) -> Self {
        self.plan = Some(plan.into());
        self
    }

    /// Says in which environment, such as `production`.
    #[must_use]
    pub fn environment(mut self, environment: &str) -> Self {
        self.environment = Some(environment.into());
        self
    }
}

impl RoutePolicy for PolicyRoutes {
    fn decide(&self, _: &Caller, model: &ModelDescriptor, now: Moment) -> Decision {
        let mut sending = Sending::new(&self.purpose, &self.categories);
        if let Some(region) = &model.region {
            sending = sending.region(region);
        }
        if let Some(plan) = &self.plan {
            sending = sending.plan(plan);
        }
        if let Some(environment) = &self.environment {
            sending = sending.environment(environment);
        }
        let mode = match model.credential_owner {
            CredentialOwner::Customer(_) => {
                // The key is the account's that the request goes to.
                sending = sending.own_destination();
                RouteMode::Customer
            }
            CredentialOwner::Platform | CredentialOwner::Nobody => RouteMode::Platform,
        };
        let own = self
            .router
            .routes()
            .iter()
            .filter(|route| route.mode() == mode && *route.processor() == model.provider);
        let mut denied = Vec::new();
        for route in own {
            let decision = self.router.decide(route, &sending, now);
            if decision.is_allow() {
                return decision.and(self.router.reach(model.endpoint.host()));
            }
            denied.push(decision);
        }
        if denied.is_empty() {
            let why = "the policy has no route to this provider on this contract";
            return Decision::deny(Reason::without_clause(why));
        }
        Decision::all(denied)
    }
}

impl Guard {
    /// Begins a guard that does what a policy document asks for on the way to models:
    /// replaces what it names, or refuses requests that hold it, and the known values where
    /// it asks for those.
    ///
    /// # Errors
    /// [`Refused`](crate::ErrorKind::Refused) where the document has no clause on that, or
    /// one that looks for nothing or has people decide, and
    /// [`Config`](crate::ErrorKind::Config) where it asks for known values and there are
    /// none.
    pub fn from_policy(
        redactions: &Redactions,
        known: Option<KnownValues>,
    ) -> Result<GuardBuilder, Error> {
        let rule = redactions.get(Sink::Egress);
        let rule = rule.ok_or_else(|| refused("sink has no redaction clause"))?;
        let builder = match (rule.needs_known_values(), known) {
            (true, None) => return Err(Error::config("redaction clause asks for known values")),
            (_, Some(known)) => Self::builder_with_known(rule.builder(), known)?,
            (false, None) => Self::builder(rule.redactor()),
        };
        match rule.mode() {
            RedactionMode::Redact => Ok(builder),
            RedactionMode::Block => Ok(builder.block()),
            RedactionMode::Waive | RedactionMode::Off => {
                Err(refused("redaction clause leaves values as they are"))
            }
        }
    }
}
