//! Legs of a request beside the chat: the customer's own account, embeddings, batches.

use std::sync::Arc;

use confidant::decision::{Decision, Reason};
use confidant::guard::{
    Conversation, Customer, Guard, ModelCaller, Platform, PolicyRoutes, RouteRequirements, Router,
    Services, Turn,
};
use confidant::model::testing::{MockAnswer, MockReply};
use confidant::model::{
    ApiKey, CallContext, ChatModel, CredentialOwner, EmbeddingModel, EmbeddingRequest, OpenAiChat,
    OpenAiEmbeddings, Profile, RequestBatch,
};
use confidant::policy::conformance::Trial;
use confidant::policy::{Policy, Sending, Sink};
use confidant::redact::Key;
use confidant::secret::Secret;
use serde_json::json;

use super::models::user;
use crate::world::{Fallible, TENANT, World, category, id, processor, purpose, saw_any, subject};

fn key(owner: &str) -> ApiKey {
    let key = Secret::from("sk-account-0001".to_owned());
    ApiKey::new(CredentialOwner::Customer(owner.into()), key)
}

/// Returns the model that runs in a customer's own account.
fn account_model(world: &World, provider: &str, owner: &str) -> Fallible<Arc<dyn ChatModel>> {
    let builder = OpenAiChat::builder("large", key(owner))
        .profile(Profile::Compatible)
        .provider(processor(provider)?)
        .address(&format!("{}/v1", world.customers.address()));
    Ok(Arc::new(builder.build()?))
}

/// Prompts go to the account that the credential belongs to, and nowhere else.
pub(crate) async fn own_account(
    world: &World,
    t: &mut Trial,
    route: &'static str,
    provider: &'static str,
    for_what: &'static str,
    of: &'static str,
) -> Fallible<bool> {
    t.mechanism(
        "guard",
        "routes that are bound to the credential's own account",
    );
    let routes = PolicyRoutes::new(&world.policy, purpose(for_what)?, vec![category(of)?]);
    let services = Services::new()
        .clock(Arc::clone(&world.clock) as Arc<dyn confidant::time::Clock>)
        .audit(world.log.clone(), world.log_key.clone());
    let guard = world.guard()?;
    let router = Router::new(Customer::new(TENANT))
        .policy(Arc::new(world.behind_any(routes)))
        .services(services);
    let own = account_model(world, provider, TENANT)?;
    let router = router.route(&guard, own, RouteRequirements::new())?;
    world
        .customers
        .answer(MockAnswer::text("resource \"bucket\" {}").by_model("large"));
    let caller = ModelCaller::new(id("service:agent")?)
        .tenant(TENANT)
        .purpose(id(for_what)?);
    let talk = Conversation::new()?;
    let request = user("a bucket for the logs");
    let answer = router.generate(Turn::new(&caller, &talk), request).await;
    t.permitted(
        "a prompt to the customer's own account, over HTTP",
        &answer.is_ok(),
    );
    let elsewhere = Router::new(Customer::new(TENANT));
    let globex = account_model(world, provider, "globex")?;
    let foreign = elsewhere.route(&guard, globex, RouteRequirements::new());
    t.refused("the account of somebody else", &foreign.map(|_| ()));
    let ours = Router::new(Platform::default());
    let theirs = account_model(world, provider, TENANT)?;
    let mixed = ours.route(&guard, theirs, RouteRequirements::new());
    t.refused(
        "the customer's account as one of the platform's",
        &mixed.map(|_| ()),
    );
    let ask = async |own: bool| -> Fallible<Decision> {
        let make = move |policy: &Policy, now| bound(policy, route, for_what, of, own, now);
        world
            .made("destination", &format!("{route} {own}"), world.now(), make)
            .await
    };
    t.permitted(
        "the route with the account's own credential",
        &ask(true).await?,
    );
    t.refused("the route with another credential", &ask(false).await?);
    Ok(true)
}

fn bound(
    policy: &Policy,
    route: &str,
    for_what: &str,
    of: &str,
    own: bool,
    now: confidant::time::Moment,
) -> Decision {
    let deny = || Decision::deny(Reason::without_clause("a name is malformed"));
    let (Ok(clause), Ok(for_what), Ok(of)) = (
        confidant::decision::ClauseId::new(route),
        confidant::taxonomy::Purpose::new(for_what),
        confidant::taxonomy::DataCategory::new(of),
    ) else {
        return deny();
    };
    let Some(route) = policy.router().route(&clause) else {
        return deny();
    };
    let of = [of];
    let sending = Sending::new(&for_what, &of);
    let sending = if own {
        sending.own_destination()
    } else {
        sending
    };
    policy.router().decide(route, &sending, now)
}

/// Texts for an index leave without their values, over HTTP, and those that are alike stay
/// alike. Returns how many vectors came back.
pub(crate) async fn embedded(
    world: &World,
    t: &mut Trial,
    texts: [&str; 2],
    hidden: &str,
) -> Fallible<usize> {
    t.mechanism("guard", "texts that are embedded, under a key of the index");
    let guard = Guard::builder(world.redactor(Sink::Egress)?)
        .index_key(Key::from_bytes([21; 32]))
        .build()?;
    let model = OpenAiEmbeddings::builder("small", key(TENANT))
        .address(&format!("{}/v1", world.customers.address()))
        .build()?;
    let rows: Vec<_> = (0..texts.len())
        .map(|index| json!({"object": "embedding", "index": index, "embedding": [0.25, 0.5]}))
        .collect();
    let body = json!({"object": "list", "data": rows, "model": "small",
        "usage": {"prompt_tokens": 4, "total_tokens": 4}});
    world
        .customers
        .reply(MockReply::raw(200, "application/json", body.to_string()));
    let request = EmbeddingRequest::new(texts);
    let (cleared, _) = guard.clear_embedding(request, model.descriptor())?;
    let sent: Vec<String> = cleared
        .get()
        .texts
        .iter()
        .map(|text| text.as_str().to_owned())
        .collect();
    let vectors = model.embed(cleared, &CallContext::new()).await?;
    t.permitted(
        "a vector for each text",
        &(vectors.vectors.len() == texts.len()),
    );
    t.refused("a value reaches the index", &world.customers.saw(hidden));
    let (again, _) = guard.clear_embedding(EmbeddingRequest::new(texts), model.descriptor())?;
    let same = again
        .get()
        .texts
        .iter()
        .map(|text| text.as_str())
        .eq(sent.iter().map(String::as_str));
    t.shown(
        "the same text leaves as the same, so that it is found again",
        same,
    );
    Ok(vectors.vectors.len())
}

/// What became of a batch that ran over night.
pub(crate) struct Overnight {
    /// How many values were replaced on the way out.
    pub(crate) replaced: u64,
    /// Whether the provider saw any of the values.
    pub(crate) leaked: bool,
    /// Whether the list of the provider's copies named the batch while it was kept.
    pub(crate) listed: bool,
    /// What each user reads, in the order of the requests.
    pub(crate) shown: Vec<String>,
    /// What is kept of each answer.
    pub(crate) wire: Vec<String>,
    /// Whether the provider, and the list of its copies, held nothing in the end.
    pub(crate) gone: bool,
}

/// Sends a batch over HTTP, whose requests each hold a value, and has the provider answer
/// each with what it was asked.
pub(crate) async fn overnight(world: &World, values: &[&str]) -> Fallible<Overnight> {
    let (batches, copies) = world.batches("anthropic")?;
    let (talk, context) = (Conversation::new()?, CallContext::new());
    let caller = world.asker()?.subject(subject("ada@mail.test")?);
    let guard = world.guard()?;
    let mut batch = RequestBatch::new();
    for (number, value) in values.iter().enumerate() {
        let prompt = format!("which of my sites use {value}");
        let says = guard.hide_text(&talk, &prompt)?;
        let says = MockAnswer::text(&says).by_model("claude-sonnet-5");
        world.provider.answer(says);
        batch = batch.with(format!("night-{number}").as_str(), user(&prompt));
    }
    let (item, report) = batches
        .submit(Turn::new(&caller, &talk).context(&context), batch)
        .await?;
    let list = copies.list(TENANT).await?;
    let listed = list.iter().any(|copy| copy.id() == Some(&item.id));
    while !batches.status(&item.id, &context).await?.has_ended {}
    let mut answers = batches
        .answers(Turn::new(&caller, &talk).context(&context), &item.id)
        .await?;
    let (mut shown, mut wire) = (Vec::new(), Vec::new());
    for number in 0..values.len() {
        let name = format!("night-{number}");
        let answer = answers.remove(&name.as_str().into());
        let answer = answer.ok_or("a request has no answer")??;
        shown.push(answer.response().message.text());
        wire.push(answer.wire().text());
    }
    batches.delete(&caller, &item, &context).await?;
    let left = copies.list(TENANT).await?;
    Ok(Overnight {
        replaced: report.found().total(),
        leaked: saw_any(&world.provider, values),
        listed,
        shown,
        wire,
        gone: world.provider.kept() == 0 && left.iter().all(|copy| copy.id() != Some(&item.id)),
    })
}

/// Requests of a batch leave over HTTP without their values, and each answer comes back
/// under its id: what its user may read is restored, and credentials stay hidden.
pub(crate) async fn batched(world: &World, t: &mut Trial, hidden: &str, read: &str) -> Fallible {
    t.mechanism("guard", "batches over HTTP, cleared and restored");
    let night = overnight(world, &[hidden, read]).await?;
    t.refused("a value of the batch reaches the provider", &night.leaked);
    let comes_back = night.shown.get(1).is_some_and(|text| text.contains(read));
    t.permitted("its user reads a value again", &comes_back);
    let shows = night.shown.iter().any(|text| text.contains(hidden));
    t.refused("an answer shows the credential", &shows);
    let kept = |text: &String| text.contains(hidden) || text.contains(read);
    t.refused(
        "what is kept of an answer holds one",
        &night.wire.iter().any(kept),
    );
    t.shown("the list of the provider's copies named it", night.listed);
    t.shown("the provider keeps nothing of it in the end", night.gone);
    Ok(())
}
