//! The choice among models.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ed25519_dalek::VerifyingKey;

use super::catalogue::Catalogue;
use super::control::ControlReceipt;
use super::owner::Owner;
use super::requirements::{Lack, RouteRequirements};
use crate::Error;
use crate::decision::{Decision, Reason};
use crate::guard::call::{
    Answer, AnswerStream, CallBasis, GuardedModel, ModelCaller, Services, Turn,
};
use crate::guard::guard::Guard;
use crate::guard::mode::Mode;
use crate::model::{
    CallContext, ChatModel, ChatRequest, ModelDescriptor, ModelError, ModelErrorKind,
};
use crate::time::Moment;

/// Decides whether a request may take a route: the joint at which policies plug in.
///
/// Any function of that form is one.
///
/// A policy is asked about every route before the route is tried, on the thread of the call,
/// and again each time: it should look things up and not wait. All calls of the router share
/// it. A denial is in the audit log, and the next route is looked at.
pub trait RoutePolicy: Send + Sync {
    /// Decides. What cannot be decided is denied.
    fn decide(&self, caller: &ModelCaller, model: &ModelDescriptor, now: Moment) -> Decision;

    /// Decides, for a policy that also looks at the guard of the route: at what it redacts,
    /// and what it lets the provider keep. It is what a router calls, and by default it does
    /// not look.
    fn decide_guarded(
        &self,
        caller: &ModelCaller,
        model: &ModelDescriptor,
        guard: &Guard,
        now: Moment,
    ) -> Decision {
        let _ = guard;
        self.decide(caller, model, now)
    }

    /// Returns the longest that a call of a model may be under way behind this guard, where
    /// the policy limits it.
    fn max_time(&self, model: &ModelDescriptor, guard: &Guard, now: Moment) -> Option<Duration> {
        let _ = (model, guard, now);
        None
    }
}

impl<T: RoutePolicy + ?Sized> RoutePolicy for Arc<T> {
    fn decide(&self, caller: &ModelCaller, model: &ModelDescriptor, now: Moment) -> Decision {
        (**self).decide(caller, model, now)
    }

    fn decide_guarded(
        &self,
        caller: &ModelCaller,
        model: &ModelDescriptor,
        guard: &Guard,
        now: Moment,
    ) -> Decision {
        (**self).decide_guarded(caller, model, guard, now)
    }

    fn max_time(&self, model: &ModelDescriptor, guard: &Guard, now: Moment) -> Option<Duration> {
        (**self).max_time(model, guard, now)
    }
}

impl<F> RoutePolicy for F
where
    F: Fn(&ModelCaller, &ModelDescriptor, Moment) -> Decision + Send + Sync,
{
    fn decide(&self, caller: &ModelCaller, model: &ModelDescriptor, now: Moment) -> Decision {
        self(caller, model, now)
    }
}

/// Chooses among models of one owner, each behind its guard.
///
/// Before anything leaves, and again for every route that is tried, each must have shown
/// what its [`RouteRequirements`] ask for. A route that fails in a way that may pass gives way
/// to the next one; of the same owner, since there are no others.
///
/// # Example
/// ```
/// use std::sync::Arc;
///
/// use confidant::guard::{Customer, Guard, Platform, RouteRequirements, Router};
/// use confidant::model::ChatModel;
///
/// fn route(
///     ours: Arc<dyn ChatModel>,
///     theirs: Arc<dyn ChatModel>,
///     guard: &Guard,
/// ) -> Result<(), confidant::Error> {
///     let platform = Router::new(Platform::default()).route(guard, ours, RouteRequirements::new())?;
///     let acme = Router::new(Customer::new("acme")).route(guard, theirs, RouteRequirements::new())?;
///     Ok(())
/// }
/// ```
///
/// A model under the platform's contract is no route of a customer's:
/// ```
/// # use confidant::guard::*;
/// # use confidant::model::*;
/// # use std::sync::Arc;
/// # fn refused(ours: Arc<dyn ChatModel>, guard: &Guard) {
/// # assert_eq!(ours.descriptor().credential_owner, CredentialOwner::Platform);
/// let error = Router::new(Customer::new("acme")).route(guard, ours, RouteRequirements::new());
/// assert!(error.is_err());
/// # }
/// ```
#[derive(Clone)]
pub struct Router<O: Owner> {
    owner: O,
    routes: Vec<Route>,
    catalogue: Catalogue,
    keys: Vec<VerifyingKey>,
    policies: Vec<Arc<dyn RoutePolicy>>,
    services: Services,
}

#[derive(Clone)]
struct Route {
    model: GuardedModel,
    requirements: RouteRequirements,
}

/// Why a route was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    route: usize,
    kind: ModelErrorKind,
    decision: Decision,
}

impl Rejection {
    /// Returns the number of the route, in the order in which they were added.
    #[must_use]
    pub const fn route(&self) -> usize {
        self.route
    }

    /// Returns what the rejection is as an error.
    #[must_use]
    pub const fn kind(&self) -> ModelErrorKind {
        self.kind
    }

    /// Returns the decision, with all its reasons.
    pub const fn decision(&self) -> &Decision {
        &self.decision
    }
}

impl<O: Owner> Router<O> {
    /// The most routes.
    pub const MAX: usize = 64;

    /// Returns a router without routes. Nothing is attested, and no key is trusted.
    #[must_use]
    pub fn new(owner: O) -> Self {
        Self {
            owner,
            routes: Vec::new(),
            catalogue: Catalogue::new(),
            keys: Vec::new(),
            policies: Vec::new(),
            services: Services::new(),
        }
    }

    /// Adds a route, which is tried after those before it.
    ///
    /// # Errors
    /// [`Refused`](crate::ErrorKind::Refused) for a model under another owner's contract,
    /// [`Limit`](crate::ErrorKind::Limit) for more than [`MAX`](Self::MAX), and
    /// [`Config`](crate::ErrorKind::Config) for a guard that only looks on beside one that
    /// enforces, or the other way round: a fault of a provider would switch redaction off.
    /// The same for two different guards of one [name](crate::guard::GuardBuilder::name):
    /// what one has cleared would count as sent by the other.
    pub fn route(
        mut self,
        guard: &Guard,
        model: Arc<dyn ChatModel>,
        requirements: RouteRequirements,
    ) -> Result<Self, Error> {
        if !self.owner.admits(&model.descriptor().credential_owner) {
            let what = "model runs under another owner's contract";
            return Err(crate::guard::clear::refused(what));
        }
        if self.routes.len() >= Self::MAX {
            return Err(Error::limit("routes of a router", Self::MAX as u64));
        }
        let is_mixed = |route: &Route| route.model.guard().mode() != guard.mode();
        if self.routes.iter().any(is_mixed) {
            let what = "guards of a router enforce or look on, all of them";
            return Err(Error::config(what));
        }
        let own = guard.inner();
        let is_namesake = |route: &Route| {
            let other = route.model.guard().inner();
            other.name == own.name && other.number != own.number
        };
        if self.routes.iter().any(is_namesake) {
            return Err(Error::config("two guards of a router have one name"));
        }
        let model = GuardedModel::new(guard.clone(), model);
        self.routes.push(Route {
            model,
            requirements,
        });
        Ok(self)
    }

    /// Sets the attestations.
    #[must_use]
    pub fn catalogue(mut self, catalogue: Catalogue) -> Self {
        self.catalogue = catalogue;
        self
    }

    /// Trusts attestations that are signed with this Ed25519 key.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the bytes are no key.
    pub fn trust(mut self, key: &[u8; 32]) -> Result<Self, Error> {
        let key = VerifyingKey::from_bytes(key);
        self.keys
            .push(key.map_err(|_| Error::config("bytes are no Ed25519 key"))?);
        Ok(self)
    }

    /// Adds a policy. All of them must allow a route.
    #[must_use]
    pub fn policy(mut self, policy: Arc<dyn RoutePolicy>) -> Self {
        self.policies.push(policy);
        self
    }

    /// Sets the audit log, budgets, prices and meters of the calls. What a policy document
    /// asks of consent stays.
    #[must_use]
    pub fn services(mut self, services: Services) -> Self {
        #[cfg(feature = "policy")]
        let services = services.with_gates_of(&self.services);
        self.services = services;
        self
    }

    /// Returns the owner.
    #[must_use]
    pub const fn owner(&self) -> &O {
        &self.owner
    }

    /// Returns the numbers of the routes that a request may take now, and why it may not
    /// take the others.
    #[must_use]
    pub fn candidates(
        &self,
        caller: &ModelCaller,
        request: &ChatRequest,
    ) -> (Vec<usize>, Vec<Rejection>) {
        let (mut taken, mut rejected) = (Vec::new(), Vec::new());
        for (at, route) in self.routes.iter().enumerate() {
            match self.check(at, route, caller, request) {
                Ok(_) => taken.push(at),
                Err(rejection) => rejected.push(rejection),
            }
        }
        (taken, rejected)
    }

    /// Returns how the controls of a route stand now, for requests without tools that the
    /// provider runs and without files that it keeps.
    #[must_use]
    pub fn receipt(&self, route: usize) -> Option<ControlReceipt> {
        let route = self.routes.get(route);
        route.map(|route| self.receipt_of(route, &ChatRequest::new()))
    }

    /// How the controls of a route stand for a request.
    fn receipt_of(&self, route: &Route, request: &ChatRequest) -> ControlReceipt {
        let (controls, now) = (route.requirements.controls(), self.services.clock.now());
        let asked = (&**route.model.inner(), request);
        self.catalogue.receipt_of(asked, controls, &self.keys, now)
    }

    /// Decides whether a request may take a route now.
    fn check(
        &self,
        at: usize,
        route: &Route,
        caller: &ModelCaller,
        request: &ChatRequest,
    ) -> Result<ControlReceipt, Rejection> {
        let model = route.model.descriptor();
        let receipt = self.receipt_of(route, request);
        let mut lacks = route.requirements.lacks(model, request, &receipt);
        if !self.owner.admits(&model.credential_owner) {
            let why = "model runs under another owner's contract";
            lacks.push(Lack(ModelErrorKind::CredentialScope, why));
        }
        if !self.policies.is_empty() && route.model.guard().mode() == Mode::Observe {
            let why = "guard of the route only looks on";
            lacks.push(Lack(ModelErrorKind::PolicyDenied, why));
        }
        let kind = lacks
            .first()
            .map_or(ModelErrorKind::PolicyDenied, |lack| lack.0);
        let now = self.services.clock.now();
        let guard = route.model.guard();
        let asked = self
            .policies
            .iter()
            .map(|policy| policy.decide_guarded(caller, model, guard, now));
        let allowed = Decision::allow(Reason::without_clause("nothing stands against the route"));
        let votes = lacks
            .iter()
            .map(Lack::decision)
            .chain(asked)
            .chain([allowed]);
        let decision = Decision::all(votes);
        match decision.is_allow() {
            true => Ok(receipt),
            false => Err(Rejection {
                route: at,
                kind,
                decision,
            }),
        }
    }

    /// Writes into the audit log that a route was not taken.
    async fn note(
        &self,
        caller: &ModelCaller,
        route: &Route,
        rejection: &Rejection,
    ) -> Result<(), ModelError> {
        let Some(trail) = &self.services.trail else {
            return Ok(());
        };
        let model = route.model.descriptor();
        let written = trail.rejected(caller, model, rejection.route, rejection.kind);
        Ok(written.await?)
    }

    /// Asks the first model whose route the request may take, and the next one where that
    /// fails in a way that may pass.
    ///
    /// # Errors
    /// That of the last model that was asked. Where none was, the kind of the first
    /// rejection.
    pub async fn generate(
        &self,
        turn: Turn<'_>,
        request: ChatRequest,
    ) -> Result<Answer, ModelError> {
        let mut tries = Tries::default();
        loop {
            let (model, receipt) = self.next(&mut tries, turn.caller, &request).await?;
            let context = self.limited(&mut tries, &turn.context, &model)?;
            let again = turn.clone().context(&context);
            let answer = model.run(again, request.clone(), CallBasis::on(receipt));
            match answer.await {
                Err(error) if error.is_retryable() => tries.last = Some(error),
                result => return result,
            }
        }
    }

    /// Asks for an answer piece by piece, as [`generate`](Self::generate) does. Once an
    /// answer has begun, no other model is asked.
    ///
    /// # Errors
    /// Those of [`generate`](Self::generate).
    pub async fn stream(
        &self,
        turn: Turn<'_>,
        request: ChatRequest,
    ) -> Result<AnswerStream, ModelError> {
        let mut tries = Tries::default();
        loop {
            let (model, receipt) = self.next(&mut tries, turn.caller, &request).await?;
            let context = self.limited(&mut tries, &turn.context, &model)?;
            let again = turn.clone().context(&context);
            let answer = model.run_stream(again, request.clone(), CallBasis::on(receipt));
            match answer.await {
                Err(error) if error.is_retryable() => tries.last = Some(error),
                result => return result,
            }
        }
    }

    /// The context of a call, with the limits of time that policies set, and with what is
    /// left of the time of the caller.
    ///
    /// # Errors
    /// Where nothing is left, that of the last model that was asked.
    fn limited(
        &self,
        tries: &mut Tries,
        context: &CallContext,
        model: &GuardedModel,
    ) -> Result<CallContext, ModelError> {
        let now = self.services.clock.now();
        let took = tries.began.map_or(Duration::ZERO, |began| began.elapsed());
        tries.began.get_or_insert_with(Instant::now);
        let left = context.max_time().map(|time| time.saturating_sub(took));
        if left.is_some_and(|left| left.is_zero())
            && let Some(error) = tries.last.take()
        {
            return Err(error);
        }
        let limits = self.policies.iter();
        let limits =
            limits.filter_map(|policy| policy.max_time(model.descriptor(), model.guard(), now));
        Ok(match limits.chain(left).min() {
            Some(limit) => context.clone().timeout(limit),
            None => context.clone(),
        })
    }

    /// Returns the next model whose route the request may take, and writes into the audit
    /// log which routes it may not.
    ///
    /// # Errors
    /// Where there are no more: that of the last model that was asked, or else the first
    /// rejection.
    async fn next(
        &self,
        tries: &mut Tries,
        caller: &ModelCaller,
        request: &ChatRequest,
    ) -> Result<(GuardedModel, ControlReceipt), ModelError> {
        while let Some(route) = self.routes.get(tries.next) {
            let at = tries.next;
            tries.next += 1;
            match self.check(at, route, caller, request) {
                Ok(receipt) => {
                    let model = route.model.clone().services(self.services.clone());
                    return Ok((model, receipt));
                }
                Err(rejection) => {
                    self.note(caller, route, &rejection).await?;
                    tries.last.get_or_insert_with(|| denied(&rejection));
                }
            }
        }
        Err(tries.last.take().unwrap_or_else(none))
    }
}

/// How far the routes have been tried.
#[derive(Default)]
struct Tries {
    next: usize,
    /// When the first model was asked.
    began: Option<Instant>,
    /// The error of the last model that was asked, or else the first rejection.
    last: Option<ModelError>,
}

fn denied(rejection: &Rejection) -> ModelError {
    let why = rejection.decision.reasons().next().map(Reason::why);
    ModelError::new(rejection.kind).with_subject(why.unwrap_or("no route may be taken"))
}

fn none() -> ModelError {
    ModelError::new(ModelErrorKind::PolicyDenied).with_subject("router has no route")
}

impl<O: Owner> fmt::Debug for Router<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router")
            .field("owner", &self.owner)
            .field("routes", &self.routes.len())
            .field("policies", &self.policies.len())
            .finish_non_exhaustive()
    }
}
