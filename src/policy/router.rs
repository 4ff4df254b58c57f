//! The routes that requests to model providers may take.

use std::collections::BTreeMap;

use super::document::{AttestationKind, RouteMode};
use super::places::Places;
use super::recipient::{Attested, Disclosing, Listed, Recipient};
use crate::decision::{ClauseId, Decision, Reason};
use crate::taxonomy::{DataCategory, Processor, Purpose, Region};
use crate::time::{Moment, Period};

/// Recipients, and routes to those that run models: data for whoever sends requests, and
/// the decision whether one may be sent.
#[derive(Clone, Debug, Default)]
pub struct Recipients {
    pub(super) recipients: BTreeMap<Processor, Recipient>,
    pub(super) routes: Vec<Route>,
    /// The attestations about the controller itself.
    pub(super) own: Vec<Attested>,
    pub(super) hosts: Vec<Box<str>>,
    pub(super) is_closed: bool,
    pub(super) places: Places,
}

/// One way to a model.
#[derive(Clone, Debug)]
pub struct Route {
    pub(super) clause: ClauseId,
    pub(super) mode: RouteMode,
    pub(super) processor: Processor,
    pub(super) purposes: Vec<Purpose>,
    pub(super) categories: Listed,
    pub(super) regions: Vec<Region>,
    pub(super) fallback: Vec<ClauseId>,
    pub(super) requires: Vec<AttestationKind>,
    pub(super) plans: Vec<Box<str>>,
    pub(super) no_store: bool,
    pub(super) destination_bound: bool,
    pub(super) redacts_stream: bool,
    pub(super) max_in_flight: Option<Period>,
}

/// A request that is about to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Sending<'a> {
    purpose: &'a Purpose,
    categories: &'a [DataCategory],
    region: Option<&'a Region>,
    plan: Option<&'a str>,
    environment: Option<&'a str>,
    own_destination: bool,
    agreed: &'a [Region],
}

impl<'a> Sending<'a> {
    /// Names the purpose and all categories that the request holds.
    #[must_use]
    pub const fn new(purpose: &'a Purpose, categories: &'a [DataCategory]) -> Self {
        Self {
            purpose,
            categories,
            region: None,
            plan: None,
            environment: None,
            own_destination: false,
            agreed: &[],
        }
    }

    /// Says in which region the model runs.
    #[must_use]
    pub const fn region(mut self, region: &'a Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Says which plan the tenant has.
    #[must_use]
    pub const fn plan(mut self, plan: &'a str) -> Self {
        self.plan = Some(plan);
        self
    }

    /// Says in which environment, such as `production`.
    #[must_use]
    pub const fn environment(mut self, environment: &'a str) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Says on which regions the tenant has agreed: it goes to one of those and to no
    /// other.
    #[must_use]
    pub const fn agreed(mut self, regions: &'a [Region]) -> Self {
        self.agreed = regions;
        self
    }

    /// Says that the credential belongs to the account that the request goes to.
    #[must_use]
    pub const fn own_destination(mut self) -> Self {
        self.own_destination = true;
        self
    }
}

impl Recipients {
    /// Returns the routes, in the order of the document.
    #[must_use]
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Returns the route of a clause.
    #[must_use]
    pub fn route(&self, clause: &ClauseId) -> Option<&Route> {
        self.routes.iter().find(|route| route.clause == *clause)
    }

    /// Returns a recipient.
    #[must_use]
    pub fn recipient(&self, name: &Processor) -> Option<&Recipient> {
        self.recipients.get(name)
    }

    /// Returns all recipients, in the order of their names.
    pub fn recipients(&self) -> impl Iterator<Item = &Recipient> {
        self.recipients.values()
    }

    /// Returns the attestations about the controller itself.
    #[must_use]
    pub fn own_attestations(&self) -> &[Attested] {
        &self.own
    }

    /// Decides whether a recipient may get something now.
    pub fn disclose(&self, to: &Processor, what: &Disclosing<'_>, now: Moment) -> Decision {
        let decision = match self.recipients.get(to) {
            Some(recipient) => recipient.decide(what, now),
            None => Decision::deny(Reason::without_clause("recipient is not declared")),
        };
        match what.agreed {
            [] => decision,
            agreed => decision.and(self.places.agree(agreed)),
        }
    }

    /// Decides whether a request may take a route now. It says everything that is
    /// missing. A request without a category is denied: nobody said what it holds.
    pub fn decide(&self, route: &Route, request: &Sending<'_>, now: Moment) -> Decision {
        let Some(recipient) = self.recipients.get(&route.processor) else {
            return Decision::deny(Reason::new(
                route.clause.clone(),
                "provider of the route is not declared",
            ));
        };
        let mut votes: Vec<Decision> = route
            .lacks(request)
            .into_iter()
            .map(|why| Decision::deny(Reason::new(route.clause.clone(), why)))
            .collect();
        for category in request.categories {
            let what = Disclosing {
                purpose: request.purpose,
                category,
                field: None,
                region: request.region,
                environment: request.environment,
                agreed: request.agreed,
            };
            votes.push(recipient.decide(&what, now));
        }
        if !request.agreed.is_empty() {
            votes.push(self.places.agree(request.agreed));
        }
        let shown = recipient.shown(&route.requires, request.region, now);
        votes.extend(shown.into_iter().map(Decision::deny));
        votes.push(match request.categories {
            [] => Decision::deny(Reason::new(
                route.clause.clone(),
                "categories of the request are not named",
            )),
            _ => Decision::allow(Reason::new(route.clause.clone(), "route is declared")),
        });
        Decision::all(votes)
    }

    /// Returns the first route that a request may take, among those of a mode, and the
    /// decisions on those before it. A request on the customer's contract never takes a
    /// route of the platform.
    pub fn choose(
        &self,
        mode: RouteMode,
        request: &Sending<'_>,
        now: Moment,
    ) -> (Option<&Route>, Decision) {
        let mut refused = Vec::new();
        for route in self.routes.iter().filter(|route| route.mode == mode) {
            let decision = self.decide(route, request, now);
            if decision.is_allow() {
                return (Some(route), decision);
            }
            refused.push(decision);
        }
        (None, Decision::all(refused))
    }

    /// Decides whether a host may be reached: one of a recipient's, or one that the
    /// policy lists. Without a closed list, others are allowed.
    pub fn reach(&self, host: &str) -> Decision {
        if let Some(recipient) = self.recipients().find(|known| known.has_host(host)) {
            let why = "host belongs to a declared recipient";
            return Decision::allow(Reason::new(recipient.clause.clone(), why));
        }
        if self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host)) {
            return Decision::allow(Reason::without_clause("host is listed"));
        }
        match self.is_closed {
            true => Decision::deny(Reason::without_clause("host belongs to nobody declared")),
            false => Decision::allow(Reason::without_clause("the policy closes no list of hosts")),
        }
    }
}

impl Route {
    /// Returns the clause.
    #[must_use]
    pub const fn clause(&self) -> &ClauseId {
        &self.clause
    }

    /// Returns whose contract it uses.
    #[must_use]
    pub const fn mode(&self) -> RouteMode {
        self.mode
    }

    /// Returns the provider.
    #[must_use]
    pub const fn processor(&self) -> &Processor {
        &self.processor
    }

    /// Returns the routes to try when this one fails, in order. Those of a route on the
    /// customer's contract are on it too.
    #[must_use]
    pub fn fallback(&self) -> &[ClauseId] {
        &self.fallback
    }

    /// Returns whether the provider is asked to keep nothing.
    #[must_use]
    pub const fn no_store(&self) -> bool {
        self.no_store
    }

    /// Returns whether answers are redacted while they stream.
    #[must_use]
    pub const fn redacts_stream(&self) -> bool {
        self.redacts_stream
    }

    /// Returns the longest that a request may be under way.
    #[must_use]
    pub const fn max_in_flight(&self) -> Option<Period> {
        self.max_in_flight
    }

    fn lacks(&self, request: &Sending<'_>) -> Vec<&'static str> {
        let mut lacks = Vec::new();
        if !self.purposes.contains(request.purpose) {
            lacks.push("purpose is not listed for the route");
        }
        let listed = |category| self.categories.has(category);
        if !request.categories.iter().all(listed) {
            lacks.push("request holds a category that is not listed for the route");
        }
        if !self.regions.is_empty() {
            let within = |region: &Region| self.regions.iter().any(|own| region.is_within(own));
            if !request.region.is_some_and(within) {
                lacks.push("region is missing or not listed for the route");
            }
        }
        if !self.plans.is_empty() {
            let listed = |plan: &str| self.plans.iter().any(|own| **own == *plan);
            if !request.plan.is_some_and(listed) {
                lacks.push("plan is missing or not listed for the route");
            }
        }
        if self.destination_bound && !request.own_destination {
            lacks.push("credential does not belong to the destination");
        }
        lacks
    }
}
