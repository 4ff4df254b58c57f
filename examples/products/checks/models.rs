//! What goes to models, and where.

use std::sync::Arc;

use confidant::guard::{Conversation, Customer, Platform, RouteRequirements, Router, Turn};
use confidant::model::testing::{MockAnswer, MockReply};
use confidant::model::{ChatModel, ChatRequest, CredentialOwner, Message};
use confidant::policy::conformance::Trial;

use crate::world::{Fallible, TENANT, World};

/// Secrets that detectors know, and that belong to nobody.
pub(crate) const PAT: &str = "ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA";
pub(crate) const CARD: &str = "4111111111111111";

pub(crate) fn user(text: &str) -> ChatRequest {
    ChatRequest::new().with(Message::user(text))
}

/// Some categories take a route for a purpose, and others do not.
pub(crate) async fn routed(
    world: &World,
    t: &mut Trial,
    route: &'static str,
    good: (&'static str, &'static [&'static str]),
    bad: &[(&'static str, &'static [&'static str])],
    region: &'static str,
    plan: Option<&'static str>,
) -> Fallible<bool> {
    t.mechanism("policy", "decision on a route");
    let now = world.now();
    let decision = world
        .may_send(route, good.0, good.1, Some(region), plan, now)
        .await?;
    t.permitted(
        &format!("{:?} by `{route}` for `{}`", good.1, good.0),
        &decision,
    );
    for (for_what, of) in bad {
        let decision = world
            .may_send(route, for_what, of, Some(region), plan, now)
            .await?;
        t.refused(&format!("{of:?} by `{route}` for `{for_what}`"), &decision);
    }
    Ok(true)
}

/// A plan that may take a route does, and another plan does not.
pub(crate) async fn planned(
    world: &World,
    t: &mut Trial,
    route: &'static str,
    good: &'static str,
    bad: &'static str,
) -> Fallible<bool> {
    t.mechanism("guard", "routes of a tenant's plan");
    for (plan, may) in [(good, true), (bad, false)] {
        let sent = world
            .may_send(
                route,
                "ai_features",
                &["conversation"],
                None,
                Some(plan),
                world.now(),
            )
            .await?;
        match may {
            true => t.permitted(&format!("the plan `{plan}`"), &sent),
            false => t.refused(&format!("the plan `{plan}`"), &sent),
        };
    }
    let talk = Conversation::new()?;
    world
        .customers
        .answer(MockAnswer::text("yours").by_model("large"));
    let answer = world.chat_own(good, &talk, user("hello")).await?;
    t.permitted(
        "an answer on the customer's contract, over HTTP",
        &answer.is_ok(),
    );
    let answer = world.chat_own(bad, &talk, user("hello")).await?;
    t.refused(
        "one on another plan",
        &answer.map(|_| ()).map_err(confidant::Error::from),
    );
    Ok(true)
}

/// Where a customer's provider fails, in whichever way, nothing goes to the platform's.
pub(crate) async fn no_fallback(world: &World, t: &mut Trial, plan: &str) -> Fallible<bool> {
    t.mechanism("guard", "router of one owner's models");
    let before = world.provider.count();
    for status in [400, 401, 403, 408, 429, 500, 502, 503, 529] {
        world.customers.reply(MockReply::status(status));
        for _ in 0..4 {
            world.customers.reply(MockReply::status(status));
        }
        let talk = Conversation::new()?;
        let answer = world.chat_own(plan, &talk, user("hello")).await?;
        t.refused(&format!("an answer after status {status}"), &answer.is_ok());
    }
    t.shown(
        "the platform's provider saw nothing",
        world.provider.count() == before,
    );
    let guard = world.guard()?;
    let ours = world.platform_model("anthropic", &world.provider.address())?;
    let theirs = world.customers_model(TENANT)?;
    let globex = world.customers_model("globex")?;
    let of = |model: Arc<dyn ChatModel>| {
        let router = Router::new(Customer::new(TENANT));
        router
            .route(&guard, model, RouteRequirements::new())
            .map(|_| ())
    };
    t.refused(
        "the platform's model as a route of the customer",
        &of(Arc::new(ours)),
    );
    t.refused("another customer's model", &of(globex));
    t.permitted("the customer's own model", &of(theirs));
    Ok(true)
}

/// A customer's contract takes no attestation of the platform's, and the platform's key is
/// none of it.
pub(crate) async fn customers_contract(
    world: &World,
    t: &mut Trial,
    processor: &str,
) -> Fallible<bool> {
    t.mechanism("guard", "routes on a customer's contract");
    let known = world
        .policy
        .router()
        .recipient(&crate::world::processor(processor)?);
    let known = known.ok_or("the recipient is not declared")?;
    let role = known.role() == confidant::policy::RecipientRole::CustomerContract;
    t.shown(
        "its role is the customer's contract",
        role && known.requires().is_empty(),
    );
    world
        .customers
        .answer(MockAnswer::text("yours").by_model("large"));
    let answer = world
        .chat_own("enterprise", &Conversation::new()?, user("hello"))
        .await?;
    t.permitted(
        "a request straight to the customer's provider",
        &answer.is_ok(),
    );
    let owner = &world
        .customers_model(TENANT)?
        .descriptor()
        .credential_owner
        .clone();
    t.shown(
        "under the customer's key",
        *owner == CredentialOwner::Customer(TENANT.into()),
    );
    let router = Router::new(Platform::default());
    let mixed = router.route(
        &world.guard()?,
        world.customers_model(TENANT)?,
        RouteRequirements::new(),
    );
    t.refused(
        "the customer's model as a route of the platform",
        &mixed.map(|_| ()),
    );
    Ok(true)
}

/// The platform sends to one provider, and to no other.
pub(crate) async fn one_provider(
    world: &World,
    t: &mut Trial,
    good: &str,
    bad: &str,
) -> Fallible<bool> {
    t.mechanism("guard", "routes of the policy");
    let talk = Conversation::new()?;
    let answer = world
        .chat(good, &talk, user("hello"), MockAnswer::text("hello"))
        .await;
    t.permitted(
        &format!("an answer of `{good}`, over HTTP"),
        &answer.is_ok(),
    );
    let before = world.provider.count();
    let router = world.platform_router(bad)?;
    let (caller, context) = (world.asker()?, confidant::model::CallContext::new());
    let answer = router
        .generate(Turn::new(&caller, &talk).context(&context), user("hello"))
        .await;
    let answer = answer.map(|_| ()).map_err(confidant::Error::from);
    t.refused(&format!("an answer of `{bad}`"), &answer);
    t.shown("nothing was sent there", world.provider.count() == before);
    Ok(true)
}

/// Secrets of a prompt do not reach the provider, nor the transcript.
pub(crate) async fn redacted(
    world: &World,
    t: &mut Trial,
    provider: &str,
    values: &[&str],
) -> Fallible<bool> {
    t.mechanism(
        "guard",
        "what leaves is cleared, what comes back is restored",
    );
    for value in values {
        let talk = Conversation::new()?;
        let prompt = format!("use {value} to deploy");
        let cleared = world.guard()?.hide_text(&talk, &prompt)?;
        let says = MockAnswer::text(&cleared);
        let answer = world.chat(provider, &talk, user(&prompt), says).await?;
        t.permitted("an answer comes back", &!answer.shown.is_empty());
        t.refused("the value reaches the provider", &world.provider.saw(value));
        t.shown(
            "what is kept holds a placeholder",
            !answer.wire.text().contains(value),
        );
    }
    Ok(true)
}

/// Models are reached over TLS, but for this very machine.
pub(crate) fn https_only(world: &World, t: &mut Trial, provider: &str) -> Fallible<bool> {
    t.mechanism("model", "client that refuses plain HTTP");
    let model = |address: &str| world.platform_model(provider, address).map(|_| ());
    t.permitted("https", &model("https://api.provider.test"));
    t.rejected("http", &model("http://api.provider.test"));
    t.rejected(
        "http by another name of a host",
        &model("http://127.0.0.1.provider.test"),
    );
    Ok(true)
}
