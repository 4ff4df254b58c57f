//! The data flow of Cloud Claude: from signing up to the end of the service.

use std::net::IpAddr;
use std::sync::Arc;

use confidant::consent::Gpc;
use confidant::decision::ClauseId;
use confidant::guard::ConversationId;
use confidant::model::testing::MockAnswer;
use confidant::policy::{Announced, ChangeChannel, FieldValue, Sink, StoredAs};
use confidant::pseudonym::{PseudonymKey, RotatingKeys};
use confidant::retention::{Disposition, ErasureReceipt, KeeperOutcome, Order};
use confidant::rights::{Intake, RequestKind, WindDown};
use confidant::taxonomy::{Evidence, Jurisdiction, Tenant};
use confidant::vault::{NewSecret, Scope, SecretPurpose};

use crate::checks::legs;
use crate::checks::measured::taken;
use crate::checks::models::{CARD, PAT, user};
use crate::checks::retention::day;
use crate::checks::secrets::{machine, person};
use crate::checks::settled::settled;
use crate::checks::steps::expect;
use crate::world::{Fallible, TENANT, World, caller, category, purpose, store, subject};

/// A value that no detector knows: the vault alone tells of it.
const ENV: &str = "slate ferry under seven lamps";

pub(crate) async fn walk(world: &World) -> Fallible {
    settled(world)?;
    sign_up(world)?;
    deploy(world).await?;
    chat(world).await?;
    count(world).await?;
    overnight(world).await?;
    privacy_signal(world).await?;
    delete(world).await?;
    new_version(world)?;
    wind_down(world)
}

/// Ada signs up: an address, a persona, and a password of which a hash is kept.
fn sign_up(world: &World) -> Fallible {
    let primary = store("primary")?;
    let collected = world
        .policy
        .collect(&category("account")?, ["email", "persona"]);
    let hash = world
        .policy
        .keep(&category("account.password")?, StoredAs::Hashed, &primary);
    let plain = world
        .policy
        .keep(&category("account.password")?, StoredAs::Raw, &primary);
    world.tell(format!(
        "Ada signs up: {collected}; her password: {hash}; as it is: {plain}"
    ));
    expect(
        collected.is_allow() && hash.is_allow() && !plain.is_allow(),
        "only a hash is kept",
    )
}

/// She deploys an application with a value in its environment.
async fn deploy(world: &World) -> Fallible {
    let new = NewSecret::new(
        Tenant::new(TENANT),
        "env/DB_PASSWORD",
        ENV.as_bytes(),
        SecretPurpose::new("deploy")?,
    )
    .scope(Scope::new("shop")?);
    let secret = world.vault.put(&person()?, &new).await?;
    let (for_what, scope) = (SecretPurpose::new("deploy")?, Scope::new("shop")?);
    let usage = confidant::vault::SecretUse::new(&for_what).scope(&scope);
    let deployer = machine("deploy")?;
    let booted = world
        .vault
        .use_with(&deployer, &secret, usage, |value| value == ENV.as_bytes());
    expect(booted.await?, "the deployment gets the value")?;
    let line = format!("boot: DB_PASSWORD={ENV} port=8080");
    let logged = world.redactor(Sink::Log)?.redact(&line).as_str().to_owned();
    world.tell(format!("the container logs:    {logged}"));
    expect(
        !logged.contains(ENV) && logged.contains("port=8080"),
        "the log is without it",
    )
}

/// She chats, with a token and that value in the prompt. The provider sees neither, and what
/// is stored holds the wire view.
async fn chat(world: &World) -> Fallible {
    let name = ConversationId::new(TENANT, "chat-1")?;
    let talk = world.conversations.open(&name).await?;
    let prompt = format!("Redeploy shop with {PAT} and the password {ENV}.");
    let hidden = world.guard()?.hide_text(&talk, &prompt)?;
    let answer = world
        .chat("anthropic", &talk, user(&prompt), MockAnswer::text(&hidden))
        .await?;
    world.tell(format!("Ada writes:            {prompt}"));
    world.tell(format!("the provider sees:     {hidden}"));
    expect(!answer.shown.contains(PAT), "the token goes to tools alone")?;
    let saw = world.provider.saw(PAT) || world.provider.saw(ENV);
    expect(!saw, "the provider did not see them")?;
    talk.save().await?;
    let intent = world
        .redactor(Sink::Store)?
        .redact(&prompt)
        .as_str()
        .to_owned();
    for (of, text) in [("conversation", answer.wire.text()), ("intent_log", intent)] {
        world.keep(of, "ada@mail.test", "chat-1", &text).await?;
        for (place, kept) in world.kept_of(of, "ada@mail.test").await? {
            world.tell(format!("`{of}` in `{place}` holds: {kept}"));
            expect(
                !kept.contains(PAT) && !kept.contains(ENV),
                "it holds the wire view alone",
            )?;
        }
    }
    let advice = world
        .policy
        .redaction()
        .get(Sink::Egress)
        .and_then(|rule| rule.advice());
    world.tell(format!(
        "Ada is advised:        {}",
        advice.unwrap_or("nothing")
    ));
    Ok(())
}

/// What is measured goes under a pseudonym of the session, and addresses under another.
async fn count(world: &World) -> Fallible {
    let rules = world.policy.pseudonyms();
    let period = rules.get("session").and_then(|rule| rule.rotate());
    let keys = RotatingKeys::new(
        Arc::clone(&world.store),
        TENANT,
        period.ok_or("sessions never rotate")?,
    )?;
    let for_what = purpose("analytics")?;
    let session = keys
        .at(&for_what, world.now())
        .await?
        .session(&for_what, "s-81");
    let event = [
        ("name", FieldValue::Word("deployments")),
        ("email", FieldValue::Account("ada@mail.test")),
    ];
    let kept = taken(world, "page", &event)?;
    world.tell(format!(
        "of an event with a page and an address, {kept:?} field is kept, by session {session:?}"
    ));
    expect(kept == Some(1), "the address is dropped")?;
    let abuse = purpose("abuse")?;
    let address: IpAddr = "203.0.113.7".parse()?;
    let (one, other) = (PseudonymKey::generate()?, PseudonymKey::generate()?);
    let same = one.ip(&abuse, address) == one.ip(&abuse, address);
    let guessed = one.ip(&abuse, address) == other.ip(&abuse, address);
    expect(
        same && !guessed,
        "an address is known again by who has the key, and by nobody else",
    )
}

/// Requests that can wait go out as a batch, over HTTP and each without its values. In the
/// morning each answer is found by the id of its request.
async fn overnight(world: &World) -> Fallible {
    let night = legs::overnight(world, &[PAT, CARD]).await?;
    world.tell(format!(
        "a batch of {} requests leaves, with {} values replaced",
        night.shown.len(),
        night.replaced
    ));
    for (wire, shown) in night.wire.iter().zip(&night.shown) {
        world.tell(format!("the provider answered:  {wire}"));
        world.tell(format!("in the morning it reads: {shown}"));
    }
    expect(!night.leaked, "the provider saw neither token nor card")?;
    let [token, card] = night.shown.as_slice() else {
        return Err("an answer of the batch is missing".into());
    };
    expect(
        !token.contains(PAT) && card.contains(CARD),
        "the card comes back, and the token goes to tools alone",
    )?;
    expect(
        night.listed && night.gone,
        "the provider's copy is on the list until it is deleted",
    )
}

/// A browser sends Global Privacy Control, and its user is shown that it counts.
async fn privacy_signal(world: &World) -> Fallible {
    expect(Gpc::from_headers([b"1"]) == Gpc::On, "the signal is read")?;
    let rules = world.policy.consent();
    let who = subject("ada@mail.test")?;
    let shown = world
        .ledger
        .under(rules)
        .record_gpc(&caller("visit-1")?, TENANT, &who, b"1")
        .await?;
    let shown = shown.ok_or("the signal was not taken")?;
    world.tell(format!("shown to Ada:          {shown}"));
    Ok(())
}

/// Ada asks that all of it is deleted: within seven days it is gone from every store, and
/// her provider has sent a receipt for its copies.
async fn delete(world: &World) -> Fallible {
    let who = subject("ada@mail.test")?;
    let intake = Intake::new(RequestKind::Deletion, world.now(), "form")
        .jurisdiction(Jurisdiction::new("DE")?)
        .identity(Evidence::new(world.now(), [7; 32]));
    let opened = world
        .register
        .open(&caller("deletion-1")?, TENANT, &who, intake)
        .await?;
    let due = opened.request.deadline(world.policy.rights())?.due();
    world.tell(format!(
        "Ada asks for deletion; it is answered before {due}"
    ));
    world.pass_days(5)?;
    let of = ["account", "deployment", "conversation", "provider_copy"];
    // What the provider holds, it erases itself.
    let own = ["account", "deployment", "conversation"];
    world.keep_some(&own, "ada@mail.test", 4).await?;
    let (executor, mut receipts) = (world.executor(&Arc::default())?, 0);
    for name in of {
        let order = Order::new(category(name)?, Disposition::Delete)
            .tenant(TENANT)
            .subject(who.clone())
            .request(&format!("deletion-1:{name}"))?;
        let progress = executor.execute(&order, world.now()).await?;
        let open = World::open_stores(&progress);
        if !open.is_empty() {
            expect(
                world.close(&executor, &order).await.is_err(),
                "it is not closed before all report",
            )?;
        }
        for place in open {
            let receipt = ErasureReceipt::new(world.now(), 2).evidence([9; 32]);
            let done = KeeperOutcome::Done(receipt);
            executor.report(&order, &place, done, world.now()).await?;
            receipts += 1;
            world.tell(format!(
                "the provider sent a receipt for `{name}` in `{place}`"
            ));
        }
        let closed = world.close(&executor, &order).await?;
        let stores = closed.stores;
        world.tell(format!("`{name}` is gone from {stores} stores"));
    }
    expect(receipts == 2, "the provider sent receipts for its copies")?;
    let mut left = 0;
    for of in own {
        left += world.kept_of(of, "ada@mail.test").await?.len();
    }
    expect(left == 0 && world.now() < due, "everything is gone in time")
}

/// The next version of the policy keeps logs longer: that is a weakening, which users are
/// told of two weeks before it counts.
fn new_version(world: &World) -> Fallible {
    let next = world.varied(&[("id = \"CC-36\"\ndescription = \"Deployment logs roll at 90 days\"\ncategories = [\"logs\"]\ntrigger = \"created\"\ndelete_by = \"P90D\"", "id = \"CC-36\"\ndescription = \"Deployment logs roll at 120 days\"\ncategories = [\"logs\"]\ntrigger = \"created\"\ndelete_by = \"P120D\"")])?;
    let next = next.map_err(|faults| faults.to_string())?;
    let diff = next.diff_since(&world.policy);
    for line in diff.to_string().lines() {
        world.tell(format!("the next version: {line}"));
    }
    expect(diff.weakens(), "it is a weakening")?;
    let gate = world.policy.announcement();
    let told = Announced::new(day("2026-07-01")?, ChangeChannel::Email, [7; 32]);
    let early = gate.activate(Some(&told), day("2026-07-14")?);
    let then = gate.activate(Some(&told), day("2026-07-15")?);
    world.tell(format!(
        "13 days after the mail: {early}; 14 days after it: {then}"
    ));
    expect(
        !early.is_allow() && then.is_allow(),
        "two weeks go by first",
    )
}

/// The service ends one day: what is owed, and by when.
fn wind_down(world: &World) -> Fallible {
    let plan =
        WindDown::new(day("2026-12-01")?, ClauseId::new("CC-41")?).plan(world.policy.stores())?;
    world.tell(format!(
        "if the service ends on 1 December, users hear of it by {}, and {} stores are empty by {}; invoices stay for the law",
        plan.announce_by(),
        plan.tasks().len(),
        plan.erase_by()
    ));
    expect(
        plan.erase_by() == day("2026-12-31")?,
        "thirty days are kept",
    )
}
