//! A policy document as the policy of a router, and of a guard.

use std::sync::Arc;
use std::time::Duration;

use super::owner::Owner;
use super::router::{RoutePolicy, Router};
use crate::Error;
use crate::consent::{ConsentRules, Ledger};
use crate::decision::{Decision, Reason};
use crate::guard::builder::GuardBuilder;
use crate::guard::call::{ConsentGate, ModelCaller, Services};
use crate::guard::clear::refused;
use crate::guard::guard::Guard;
use crate::model::{CredentialOwner, ModelDescriptor, ServerState, ServerStates};
use crate::policy::{self, Policy, RedactionMode, Redactions, RouteMode, Sending, Sink, SinkRule};
use crate::redact::KnownValues;
use crate::taxonomy::{DataCategory, Purpose, Region};
use crate::time::{Moment, Rounding};

/// The routes of a policy document, for requests of one purpose that hold these
/// categories.
///
/// A category that the document does not declare counts as the one above it.
///
/// A model may be asked where the document has a route to its provider, on the contract of
/// its credential's owner, that allows the purpose, every category and the region, and
/// whose provider has shown what the document asks for. It may be asked only behind a guard
/// that was made by [`Guard::from_policy`] for what the document asks to have redacted.
#[derive(Clone, Debug)]
pub struct PolicyRoutes {
    router: Arc<policy::Recipients>,
    redaction: Option<Arc<SinkRule>>,
    accepts_other_guards: bool,
    consent: ConsentRules,
    purpose: Purpose,
    categories: Vec<DataCategory>,
    plan: Option<Box<str>>,
    environment: Option<Box<str>>,
    agreed: Vec<Region>,
}

impl PolicyRoutes {
    /// Takes the routes of a document.
    #[must_use]
    pub fn new(policy: &Policy, purpose: Purpose, categories: Vec<DataCategory>) -> Self {
        Self {
            router: Arc::new(policy.router().clone()),
            redaction: policy.redaction().get(Sink::Egress).cloned().map(Arc::new),
            accepts_other_guards: false,
            consent: policy.consent().clone(),
            purpose,
            categories,
            plan: None,
            environment: None,
            agreed: Vec::new(),
        }
    }

    /// Takes every guard that enforces, also one that was not made by [`Guard::from_policy`].
    /// It is for guards that redact more than the document asks for, such as by a detector of
    /// your own.
    ///
    /// # Security
    /// Whether such a guard hides what the document asks for is then up to you. A guard that
    /// hides nothing is taken too.
    #[must_use]
    pub const fn danger_accept_other_guards(mut self) -> Self {
        self.accepts_other_guards = true;
        self
    }

    /// Says which plan the tenant has.
    #[must_use]
    pub fn plan(mut self, plan: &str) -> Self {
        self.plan = Some(plan.into());
        self
    }

    /// Says on which regions the tenant has agreed: requests go to models in those alone.
    /// Nothing goes anywhere where the policy does not let tenants agree on them.
    #[must_use]
    pub fn agreed(mut self, regions: Vec<Region>) -> Self {
        self.agreed = regions;
        self
    }

    /// Says in which environment, such as `production`.
    #[must_use]
    pub fn environment(mut self, environment: &str) -> Self {
        self.environment = Some(environment.into());
        self
    }
}

impl PolicyRoutes {
    /// Decides, with what the guard lets the provider keep. Returns the route that allows
    /// it as well.
    fn decide_with(
        &self,
        model: &ModelDescriptor,
        kept: ServerStates,
        now: Moment,
    ) -> (Decision, Option<&policy::Route>) {
        let mut sending = Sending::new(&self.purpose, &self.categories).agreed(&self.agreed);
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
            let mut decision = self.router.decide(route, &sending, now);
            if route.no_store() && kept.iter().any(ServerState::is_kept) {
                let why = "guard of the route lets the provider keep something";
                let clause = route.clause().clone();
                decision = decision.and(Decision::deny(Reason::new(clause, why)));
            }
            if decision.is_allow() {
                let recipient = self.router.recipient(route.processor());
                // A document does not know the hosts of customers' own providers.
                let is_open = mode == RouteMode::Customer
                    && recipient.is_some_and(|recipient| !recipient.names_hosts());
                if !is_open {
                    decision = decision.and(self.router.reach(model.endpoint.host()));
                }
                let route = decision.is_allow().then_some(route);
                return (decision, route);
            }
            denied.push(decision);
        }
        if denied.is_empty() {
            let why = "the policy has no route to this provider on this contract";
            return (Decision::deny(Reason::without_clause(why)), None);
        }
        (Decision::all(denied), None)
    }
}

impl PolicyRoutes {
    /// Decides whether a guard redacts what the document asks for.
    fn admits(&self, guard: &Guard) -> Decision {
        let Some(rule) = &self.redaction else {
            let why = "the policy has no redaction clause for what leaves";
            return Decision::deny(Reason::without_clause(why));
        };
        let reason = |why| Reason::new(rule.clause().clone(), why);
        match rule.mode() {
            _ if self.accepts_other_guards => {
                Decision::allow(reason("the caller answers for the guard"))
            }
            RedactionMode::Off => Decision::allow(reason("redaction is off, for a stated reason")),
            RedactionMode::Waive => Decision::deny(reason("no guard has people decide")),
            RedactionMode::Block | RedactionMode::Redact => {
                match guard.inner().redaction.as_deref() == Some(rule) {
                    true => Decision::allow(reason("the guard redacts by the clause")),
                    false => Decision::deny(reason("guard was not made for the clause")),
                }
            }
        }
    }
}

impl RoutePolicy for PolicyRoutes {
    fn decide(&self, _: &ModelCaller, model: &ModelDescriptor, now: Moment) -> Decision {
        self.decide_with(model, ServerStates::none(), now).0
    }

    fn decide_guarded(
        &self,
        _: &ModelCaller,
        model: &ModelDescriptor,
        guard: &Guard,
        now: Moment,
    ) -> Decision {
        let kept = guard.inner().server_states;
        self.decide_with(model, kept, now).0.and(self.admits(guard))
    }

    fn max_time(&self, model: &ModelDescriptor, guard: &Guard, now: Moment) -> Option<Duration> {
        let (_, route) = self.decide_with(model, guard.inner().server_states, now);
        let end = route?.max_in_flight()?.after(now, Rounding::Back);
        // What cannot be counted is over at once.
        Some(end.ok().and_then(|end| end.since(now)).unwrap_or_default())
    }
}

impl<O: Owner> Router<O> {
    /// Begins a router on which a policy document decides: which routes a request may take,
    /// and whether the person has consented to the purpose. `ledger` keeps the consents.
    ///
    /// Nothing leaves by a route whose guard was not made by [`Guard::from_policy`] from a
    /// document that asks for the same redaction of what leaves.
    ///
    /// # Example
    /// ```
    /// use confidant::consent::Ledger;
    /// use confidant::guard::{Platform, PolicyRoutes, Router};
    /// use confidant::policy::Policy;
    /// use confidant::taxonomy::{DataCategory, Purpose};
    ///
    /// fn router(policy: &Policy, ledger: Ledger) -> Result<Router<Platform>, confidant::Error> {
    ///     let (purpose, prompts) = (Purpose::new("answer")?, DataCategory::new("prompts")?);
    ///     let routes = PolicyRoutes::new(policy, purpose, vec![prompts]);
    ///     Ok(Router::from_policy(Platform::default(), routes, ledger))
    /// }
    /// ```
    #[must_use]
    pub fn from_policy(owner: O, routes: PolicyRoutes, ledger: Ledger) -> Self {
        let (rules, purpose) = (routes.consent.clone(), routes.purpose.clone());
        let gate = ConsentGate::new(ledger, rules, purpose).categories(routes.categories.clone());
        Self::new(owner)
            .policy(Arc::new(routes))
            .services(Services::new().consent(gate))
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
        let builder = builder.made_for(rule.clone());
        match rule.mode() {
            RedactionMode::Redact => Ok(builder),
            RedactionMode::Block => Ok(builder.block()),
            RedactionMode::Waive | RedactionMode::Off => {
                Err(refused("redaction clause leaves values as they are"))
            }
        }
    }
}
