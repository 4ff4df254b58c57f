//! The data flow of SynCloud: from a prompt to infrastructure in the customer's own account,
//! and to a training set without those who object.

use std::sync::Arc;

use confidant::consent::{Admission, Event};
use confidant::guard::{
    Conversation, Customer, ModelCaller, PolicyRoutes, RouteRequirements, Router, Services, Turn,
};
use confidant::model::testing::MockAnswer;
use confidant::model::{ApiKey, CredentialOwner, OpenAiChat, Profile};
use confidant::policy::{FieldValue, Sink, StoredAs};
use confidant::retention::{Disposition, Order};
use confidant::secret::Secret;
use confidant::time::Clock;
use confidant::vault::{NewSecret, SecretPurpose};

use crate::checks::consent::{grown_up, receipt};
use crate::checks::measured::taken;
use crate::checks::models::{PAT, user};
use crate::checks::secrets::{machine, person};
use crate::checks::settled::settled;
use crate::checks::steps::expect;
use crate::world::{
    Fallible, TENANT, World, caller, category, id, processor, purpose, store, subject,
};
use confidant::taxonomy::Tenant;

pub(crate) async fn walk(world: &World) -> Fallible {
    settled(world)?;
    sign_in(world)?;
    key(world).await?;
    provision(world).await?;
    train(world).await?;
    close(world).await
}

/// Ada signs in with another service, which brings her address and her name.
fn sign_in(world: &World) -> Fallible {
    let account = category("account")?;
    let brought = world.policy.collect(&account, ["email", "name"]);
    let more = world
        .policy
        .collect(&account, ["email", "name", "contacts"]);
    world.tell(format!(
        "Ada signs in: {brought}; with her contacts: {more}"
    ));
    expect(
        brought.is_allow() && !more.is_allow(),
        "no more is collected than was promised",
    )
}

/// She makes an API key, of which only the id is ever measured.
async fn key(world: &World) -> Fallible {
    let new = NewSecret::new(
        Tenant::new(TENANT),
        "api-key-81",
        PAT.as_bytes(),
        SecretPurpose::new("api")?,
    );
    let key = world.vault.put(&person()?, &new).await?;
    let by_id = taken(world, "api_call", &[("key", FieldValue::Id("key-81"))])?;
    let by_value = taken(world, "api_call", &[("key", FieldValue::Id(PAT))])?;
    world.tell(format!(
        "a call is measured by the id of its key: {by_id:?} field; by the key itself: {by_value:?}"
    ));
    expect(
        by_id == Some(1) && by_value == Some(0),
        "a key is never measured",
    )?;
    world.vault.shred(&person()?, &key).await?;
    let use_it = world
        .vault
        .use_with(
            &machine("api")?,
            &key,
            &SecretPurpose::new("api")?,
            <[u8]>::len,
        )
        .await;
    world.tell("she revokes it, and it is used no more");
    expect(use_it.is_err(), "a revoked key is used no more")
}

/// Her prompt goes to her own account, under her own credential, without the token in it;
/// what is kept of it is redacted.
async fn provision(world: &World) -> Fallible {
    let key = Secret::from("sk-account-0001".to_owned());
    let key = ApiKey::new(CredentialOwner::Customer(TENANT.into()), key);
    let model = OpenAiChat::builder("large", key)
        .profile(Profile::Compatible)
        .provider(processor("customer_cloud")?)
        .address(&format!("{}/v1", world.customers.address()))
        .build()?;
    let routes = PolicyRoutes::new(
        &world.policy,
        purpose("provisioning")?,
        vec![category("conversation")?],
    );
    let services = Services::new()
        .clock(Arc::clone(&world.clock) as Arc<dyn Clock>)
        .audit(world.log.clone(), world.log_key.clone());
    let router = Router::new(Customer::new(TENANT))
        .policy(Arc::new(world.behind_any(routes)))
        .services(services)
        .route(&world.guard()?, Arc::new(model), RouteRequirements::new())?;
    let talk = Conversation::new()?;
    let prompt = format!("A bucket for logs that {PAT} may write to, in eu-central-1.");
    let hidden = world.guard()?.hide_text(&talk, &prompt)?;
    world
        .customers
        .answer(MockAnswer::text(&hidden).by_model("large"));
    let asker = ModelCaller::new(id("service:agent")?)
        .tenant(TENANT)
        .purpose(id("provisioning")?);
    let answer = router
        .generate(Turn::new(&asker, &talk), user(&prompt))
        .await?;
    world.tell(format!("Ada writes:            {prompt}"));
    world.tell(format!("her account sees:      {hidden}"));
    expect(
        !answer.response().message.text().contains(PAT),
        "the token goes to tools alone",
    )?;
    expect(
        !world.customers.saw(PAT),
        "the model in her account did not see it",
    )?;
    let kept = world
        .redactor(Sink::Store)?
        .redact(&prompt)
        .as_str()
        .to_owned();
    let form = world.policy.keep(
        &category("conversation")?,
        StoredAs::Redacted,
        &store("primary")?,
    );
    world
        .keep("conversation", "ada@mail.test", "prompt-1", &kept)
        .await?;
    world.tell(format!("what is kept:          {kept} ({form})"));
    expect(
        form.is_allow() && !kept.contains(PAT),
        "it is kept redacted",
    )
}

/// A training set takes in Ada and not Bob, who objected; then Ada objects, too, and the set
/// that she is in is named.
async fn train(world: &World) -> Fallible {
    let (ada, bob) = (subject("ada@mail.test")?, subject("bob@mail.test")?);
    let (caller, rules) = (caller("training-1")?, world.policy.consent());
    let objects = || receipt(world, Event::Objected, &["training"]);
    world
        .ledger
        .under(rules)
        .withdraw(&caller, TENANT, &bob, objects()?)
        .await?;
    let training = purpose("training")?;
    let export = world
        .ledger
        .begin_export(&caller, Tenant::new(TENANT), "set-1", &training)
        .await?;
    let both = [ada.clone(), bob];
    let verdicts = world
        .ledger
        .under(rules)
        .admit(
            &caller,
            &export,
            Admission::new(&category("conversation")?, &both, world.now()).signals(grown_up()),
        )
        .await?;
    let admitted: Vec<bool> = verdicts.iter().map(|verdict| verdict.is_allow()).collect();
    let sample = format!("use {PAT} for jo.doe@mail.confidant.test in eu-central-1");
    let written = world
        .redactor(Sink::Training)?
        .redact(&sample)
        .as_str()
        .to_owned();
    world.tell(format!(
        "a training set takes in Ada and Bob: {admitted:?}, and a line reads: {written}"
    ));
    expect(
        admitted == [true, false] && !written.contains(PAT),
        "who objects is not in it",
    )?;
    world.ledger.finish_export(&caller, export, [6; 32]).await?;
    let done = world
        .ledger
        .under(rules)
        .withdraw(&caller, TENANT, &ada, objects()?)
        .await?;
    let sets: Vec<&str> = done
        .exports
        .list
        .iter()
        .map(|export| &*export.name)
        .collect();
    world.tell(format!(
        "Ada objects, too: made again without her: {sets:?}"
    ));
    expect(sets == ["set-1"], "her objection reaches the set")
}

/// The account is closed, and what hung on it is gone within its time.
async fn close(world: &World) -> Fallible {
    world.pass_days(30)?;
    let of = ["account", "conversation", "training_set", "embedding"];
    world.keep_some(&of, "ada@mail.test", 2).await?;
    let executor = world.executor(&Arc::default())?;
    for name in of {
        let order = Order::new(category(name)?, Disposition::Delete)
            .tenant(TENANT)
            .subject(subject("ada@mail.test")?)
            .request(&format!("closing-1:{name}"))?;
        executor.execute(&order, world.now()).await?;
        let closed = world.close(&executor, &order).await?;
        let stores = closed.stores;
        world.tell(format!("`{name}` is gone from {stores} stores"));
    }
    let mut left = 0;
    for name in of {
        left += world.kept_of(name, "ada@mail.test").await?.len();
    }
    expect(left == 0, "nothing is left")
}
