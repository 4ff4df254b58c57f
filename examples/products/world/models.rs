//! Models over HTTP, behind the guard and the routes of the policy.

use std::sync::Arc;

use confidant::Error;
use confidant::decision::Decision;
use confidant::guard::{
    Conversation, Customer, Guard, GuardBuilder, GuardReport, GuardedBatches, ModelCaller,
    Platform, PolicyRoutes, ProviderCopies, RouteRequirements, Router, Services, Turn,
};
use confidant::model::testing::{MockAnswer, MockServer};
use confidant::model::{
    Anthropic, ApiKey, CallContext, ChatModel, ChatRequest, CredentialOwner, Message, ModelError,
    OpenAiChat, Profile, ServerState,
};
use confidant::policy::{Policy, Sending, Sink};
use confidant::redact::{Kind, Redactor, RedactorBuilder};
use confidant::secret::Secret;
use confidant::taxonomy::{DataCategory, Region};
use confidant::time::{Clock, ManualClock, Moment};

use super::{Fallible, Switch, TENANT, World, category, id, processor, purpose};

/// What came back from a model.
pub(crate) struct Answered {
    /// As its user reads it.
    pub(crate) shown: String,
    /// As it is kept: with placeholders where values were.
    pub(crate) wire: Message,
    pub(crate) report: GuardReport,
}

impl World {
    /// Returns the redactor on the way to a sink.
    pub(crate) fn redactor(&self, sink: Sink) -> Fallible<Redactor> {
        let rule = self.policy.redaction().get(sink);
        let rule = rule.ok_or("the policy has no clause on this sink")?;
        Ok(match self.is_off(Switch::RedactorIdentity) {
            true => build(nothing())?,
            false if rule.needs_known_values() => {
                build(rule.builder().known_values(self.known.of(TENANT)))?
            }
            false => rule.redactor(),
        })
    }

    /// Decides whether a text may go to a sink as it is.
    pub(crate) fn admits(&self, sink: Sink, text: &str) -> Fallible<Decision> {
        let findings = self.redactor(sink)?.scan(text.as_bytes());
        Ok(self.policy.redaction().admit(sink, &findings, false))
    }

    /// Returns the guard on the way to models.
    pub(crate) fn guard(&self) -> Fallible<Guard> {
        Ok(self.guard_builder()?.build()?)
    }

    /// Begins a guard as the policy asks for it.
    pub(crate) fn guard_builder(&self) -> Fallible<GuardBuilder> {
        let known = self.known.of(TENANT);
        Ok(match self.is_off(Switch::RedactorIdentity) {
            true => Guard::builder(build(nothing())?),
            false => Guard::from_policy(self.policy.redaction(), Some(known))?,
        })
    }

    /// Returns the moment at which routes are decided on.
    fn route_clock(&self) -> Fallible<Arc<ManualClock>> {
        Ok(match self.is_off(Switch::AttestationsNeverLapse) {
            true => Arc::new(ManualClock::new("2026-02-01T00:00:00Z".parse()?)),
            false => Arc::clone(&self.clock),
        })
    }

    /// Returns the moment at which attestations are looked at.
    pub(crate) fn attestation_clock(&self, now: Moment) -> Fallible<Moment> {
        Ok(match self.is_off(Switch::AttestationsNeverLapse) {
            true => "2026-02-01T00:00:00Z".parse()?,
            false => now,
        })
    }

    fn services(&self) -> Fallible<Services> {
        let services = Services::new().clock(self.route_clock()?);
        Ok(services.audit(self.written.clone(), self.log_key.clone()))
    }

    /// Returns the platform's model, of one provider, at an address.
    pub(crate) fn platform_model(&self, provider: &str, address: &str) -> Result<Anthropic, Error> {
        let key = ApiKey::new(
            CredentialOwner::Platform,
            Secret::from("sk-platform-0001".to_owned()),
        );
        let region = self
            .policy
            .router()
            .recipient(&confidant::taxonomy::Processor::new(provider)?);
        let region = region.and_then(|known| known.regions().first().cloned());
        let region = region.map_or_else(|| Region::new("us"), Ok)?;
        let builder = Anthropic::builder("claude-sonnet-5", key)
            .provider(confidant::taxonomy::Processor::new(provider)?)
            .region(region)
            .address(address);
        let builder = match self.is_off(Switch::PlainHttp) {
            true => {
                let connection = confidant::model::ProviderConnection::default();
                builder.connection(connection.danger_allow_http())
            }
            false => builder,
        };
        builder.build()
    }

    /// Returns a customer's model, under the customer's own key.
    pub(crate) fn customers_model(&self, owner: &str) -> Fallible<Arc<dyn ChatModel>> {
        let key = ApiKey::new(
            CredentialOwner::Customer(owner.into()),
            Secret::from("sk-customer-0001".to_owned()),
        );
        let server = match self.is_off(Switch::OwnerIgnored) {
            true => &self.provider,
            false => &self.customers,
        };
        let builder = OpenAiChat::builder("large", key)
            .profile(Profile::Compatible)
            .provider(processor("own_model")?)
            .address(&format!("{}/v1", server.address()));
        Ok(Arc::new(builder.build()?))
    }

    /// Returns who calls models.
    pub(crate) fn asker(&self) -> Fallible<ModelCaller> {
        let caller = ModelCaller::new(id("service:agent")?).tenant(TENANT);
        Ok(caller.purpose(id("ai_features")?))
    }

    pub(crate) fn routes(&self, policy: &Policy, of: &[&str]) -> Fallible<PolicyRoutes> {
        let of: Fallible<Vec<DataCategory>> = of.iter().map(|name| category(name)).collect();
        let routes = PolicyRoutes::new(policy, purpose("ai_features")?, of?);
        Ok(self.behind_any(routes.environment("production")))
    }

    /// Lets the guard stand on routes that was switched to hide nothing.
    pub(crate) fn behind_any(&self, routes: PolicyRoutes) -> PolicyRoutes {
        match self.is_off(Switch::RedactorIdentity) {
            true => routes.danger_accept_other_guards(),
            false => routes,
        }
    }

    /// Returns the routes on the platform's contracts.
    pub(crate) fn platform_router(&self, provider: &str) -> Fallible<Router<Platform>> {
        self.platform_router_of(&self.policy, provider)
    }

    /// Returns those of another policy document.
    pub(crate) fn platform_router_of(
        &self,
        policy: &Policy,
        provider: &str,
    ) -> Fallible<Router<Platform>> {
        self.routed(policy, &self.guard()?, provider)
    }

    /// Returns those with another guard.
    pub(crate) fn platform_router_with(
        &self,
        guard: &Guard,
        provider: &str,
    ) -> Fallible<Router<Platform>> {
        self.routed(&self.policy, guard, provider)
    }

    /// Returns those of other routes.
    pub(crate) fn platform_router_by(
        &self,
        routes: PolicyRoutes,
        provider: &str,
    ) -> Fallible<Router<Platform>> {
        self.routed_by(routes, &self.guard()?, provider)
    }

    fn routed(&self, policy: &Policy, guard: &Guard, provider: &str) -> Fallible<Router<Platform>> {
        self.routed_by(self.routes(policy, &["conversation"])?, guard, provider)
    }

    fn routed_by(
        &self,
        routes: PolicyRoutes,
        guard: &Guard,
        provider: &str,
    ) -> Fallible<Router<Platform>> {
        let model = self.platform_model(provider, &self.provider.address())?;
        let router = Router::new(Platform::default())
            .policy(Arc::new(routes))
            .services(self.services()?);
        Ok(router.route(guard, Arc::new(model), RouteRequirements::new())?)
    }

    /// Returns the batches of the platform's model, and the list of what its provider
    /// keeps of them.
    pub(crate) fn batches(&self, provider: &str) -> Fallible<(GuardedBatches, ProviderCopies)> {
        let model = self.platform_model(provider, &self.provider.address())?;
        let guard = self.guard_builder()?.allow(ServerState::Batch).build()?;
        let copies = ProviderCopies::new(
            Arc::clone(&self.store),
            self.written.clone(),
            self.log_key.clone(),
        )
        .clock(Arc::clone(&self.clock) as Arc<dyn Clock>);
        let batches = GuardedBatches::new(guard, Arc::new(model), copies.clone());
        Ok((batches.services(self.services()?), copies))
    }

    /// Returns the routes on a customer's own contract, on a plan.
    pub(crate) fn customers_router(&self, plan: &str) -> Fallible<Router<Customer>> {
        let model = self.customers_model(TENANT)?;
        let router = Router::new(Customer::new(TENANT))
            .policy(Arc::new(
                self.routes(&self.policy, &["conversation"])?.plan(plan),
            ))
            .services(self.services()?);
        Ok(router.route(&self.guard()?, model, RouteRequirements::new())?)
    }

    /// Asks the platform's model over HTTP. Its provider answers with `says`.
    pub(crate) async fn chat(
        &self,
        provider: &str,
        talk: &Conversation,
        request: ChatRequest,
        says: MockAnswer,
    ) -> Fallible<Answered> {
        self.provider.answer(says.by_model("claude-sonnet-5"));
        let router = self.platform_router(provider)?;
        let (caller, context) = (self.asker()?, CallContext::new());
        let answer = router
            .generate(Turn::new(&caller, talk).context(&context), request)
            .await;
        Ok(answered(answer?))
    }

    /// Asks on a customer's contract.
    pub(crate) async fn chat_own(
        &self,
        plan: &str,
        talk: &Conversation,
        request: ChatRequest,
    ) -> Fallible<Result<Answered, ModelError>> {
        let (caller, context) = (self.asker()?, CallContext::new());
        let router = self.customers_router(plan)?;
        let answer = router
            .generate(Turn::new(&caller, talk).context(&context), request)
            .await;
        Ok(answer.map(answered))
    }

    /// Decides whether categories may take a route, by the policy alone.
    pub(crate) async fn may_send(
        &self,
        route: &'static str,
        for_what: &'static str,
        of: &'static [&'static str],
        region: Option<&'static str>,
        plan: Option<&'static str>,
        now: Moment,
    ) -> Fallible<Decision> {
        let inputs = format!("{route} {for_what} {of:?} {region:?} {plan:?}");
        let now = self.attestation_clock(now)?;
        let make = move |policy: &Policy, now| {
            decide_route(policy, route, for_what, of, region, plan, now)
        };
        self.made("route", &inputs, now, make).await
    }

    /// Decides whether a host may be reached.
    pub(crate) async fn reaches(&self, host: &'static str) -> Fallible<Decision> {
        self.made("host", host, self.now(), move |policy, _| {
            policy.router().reach(host)
        })
        .await
    }
}

fn decide_route(
    policy: &Policy,
    route: &str,
    for_what: &str,
    of: &[&str],
    region: Option<&str>,
    plan: Option<&str>,
    now: Moment,
) -> Decision {
    let deny = |why| Decision::deny(confidant::decision::Reason::without_clause(why));
    let names = || -> Result<_, Error> {
        let of: Result<Vec<_>, Error> = of.iter().map(|name| DataCategory::new(name)).collect();
        let region = region.map(Region::new).transpose()?;
        Ok((
            confidant::decision::ClauseId::new(route)?,
            confidant::taxonomy::Purpose::new(for_what)?,
            of?,
            region,
        ))
    };
    let Ok((clause, for_what, of, region)) = names() else {
        return deny("a name is malformed");
    };
    let Some(route) = policy.router().route(&clause) else {
        return deny("there is no such route");
    };
    let mut sending = Sending::new(&for_what, &of).environment("production");
    if let Some(region) = &region {
        sending = sending.region(region);
    }
    if let Some(plan) = plan {
        sending = sending.plan(plan);
    }
    policy.router().decide(route, &sending, now)
}

fn answered(answer: confidant::guard::Answer) -> Answered {
    let shown = answer.response().message.text();
    let (_, wire, report) = answer.into_parts();
    Answered {
        shown,
        wire,
        report,
    }
}

/// A redactor that finds nothing: every kind is taken out.
pub(crate) fn nothing() -> RedactorBuilder {
    let kinds = Kind::ALL.iter();
    kinds.fold(Redactor::builder(), |builder, kind| {
        builder.without_kind(*kind)
    })
}

fn build(builder: RedactorBuilder) -> Fallible<Redactor> {
    Ok(builder.build()?)
}

/// Returns whether a server saw any of these texts.
pub(crate) fn saw_any(server: &MockServer, texts: &[&str]) -> bool {
    texts.iter().any(|text| server.saw(text))
}
