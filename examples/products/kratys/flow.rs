//! The data flow of Kratys: connected accounts, a scan that a user asked for, and the way
//! out.

use std::sync::Arc;

use async_trait::async_trait;
use confidant::Error;
use confidant::consent::ConsentFacts;
use confidant::guard::Conversation;
use confidant::model::testing::MockAnswer;
use confidant::policy::{FieldValue, Sink};
use confidant::retention::{Disposition, ErasureReceipt, KeeperOutcome, Order, Trigger};
use confidant::vault::{NewSecret, RevokeToken, Scope, SecretInfo, SecretPurpose, SecretUse};

use crate::checks::consent::grown_up;
use crate::checks::measured::taken;
use crate::checks::models::{PAT, user};
use crate::checks::retention::events;
use crate::checks::secrets::{machine, person};
use crate::checks::settled::settled;
use crate::checks::steps::expect;
use crate::world::{Fallible, TENANT, World, category, subject};
use confidant::taxonomy::Tenant;

pub(crate) async fn walk(world: &World) -> Fallible {
    settled(world)?;
    connect(world).await?;
    scan(world).await?;
    cost(world)?;
    disconnect(world).await?;
    leave(world).await
}

/// Ada connects a repository: its token is used on that repository and on no other.
async fn connect(world: &World) -> Fallible {
    let new = NewSecret::new(
        Tenant::new(TENANT),
        "github-token",
        PAT.as_bytes(),
        SecretPurpose::new("git")?,
    )
    .scope(Scope::new("repo:ada/shop")?)
    .connection("github")?;
    let token = world.vault.put(&person()?, &new).await?;
    let git = SecretPurpose::new("git")?;
    for (repository, may) in [("repo:ada/shop", true), ("repo:ada/diary", false)] {
        let scope = Scope::new(repository)?;
        let usage = SecretUse::new(&git).scope(&scope);
        let used = world
            .vault
            .use_with(&machine("git")?, &token, usage, <[u8]>::len)
            .await;
        world.tell(format!(
            "the token on `{repository}`: {}",
            if used.is_ok() { "used" } else { "refused" }
        ));
        expect(used.is_ok() == may, "it reaches what she connected alone")?;
    }
    Ok(())
}

/// A scan runs because she asked for it. The lines that it reads go to a model without
/// their secrets.
async fn scan(world: &World) -> Fallible {
    let facts = ConsentFacts::none();
    let unasked = world
        .may_use(&facts, "operations", "project", grown_up())
        .await?;
    let asked = grown_up().begun_by("request-17");
    let asked = world
        .may_use(&facts, "operations", "project", asked)
        .await?;
    world.tell(format!(
        "a scan that nobody asked for: {unasked}; one that Ada asked for: {asked}"
    ));
    expect(
        !unasked.is_allow() && asked.is_allow(),
        "scans are asked for",
    )?;
    let line = format!("curl -H 'Authorization: token {PAT}' https://api.example.test");
    let logged = world.redactor(Sink::Log)?.redact(&line).as_str().to_owned();
    let talk = Conversation::new()?;
    let prompt = format!("What is wrong with this line? {line}");
    let hidden = world.guard()?.hide_text(&talk, &prompt)?;
    let answer = world
        .chat("anthropic", &talk, user(&prompt), MockAnswer::text(&hidden))
        .await?;
    world.tell(format!("the log holds:         {logged}"));
    world.tell(format!("the provider sees:     {hidden}"));
    expect(
        !world.provider.saw(PAT) && !logged.contains(PAT),
        "the token stays here",
    )?;
    expect(
        !answer.shown.is_empty() && !answer.shown.contains(PAT),
        "the token goes to tools alone",
    )
}

/// What the scan cost is counted, and nothing else is.
fn cost(world: &World) -> Fallible {
    let event = [
        ("input_tokens", FieldValue::Number(512.0)),
        ("estimate", FieldValue::Number(0.004)),
        ("prompt", FieldValue::Word("curl")),
    ];
    let kept = taken(world, "ai_cost", &event)?;
    world.tell(format!(
        "of the cost of a call, {kept:?} numbers are kept, and no word"
    ));
    expect(kept == Some(2), "the cost is numbers alone")
}

/// A third party at which tokens are revoked.
#[derive(Debug)]
struct GitHub;

#[async_trait]
impl RevokeToken for GitHub {
    async fn revoke(&self, _: &SecretInfo, _: &[u8]) -> Result<(), Error> {
        Ok(())
    }
}

/// She disconnects GitHub: the token is revoked there and its key destroyed here.
async fn disconnect(world: &World) -> Fallible {
    let done = world
        .vault
        .disconnect(&person()?, Tenant::new(TENANT), "github", &GitHub)
        .await?;
    let again = world
        .vault
        .disconnect(&person()?, Tenant::new(TENANT), "github", &GitHub)
        .await?;
    world.tell(format!(
        "GitHub is disconnected: {} token gone, and {} the second time",
        done.shredded, again.shredded
    ));
    expect(
        done.shredded == 1 && again.shredded == 0,
        "disconnecting is done once",
    )
}

/// She asks for deletion. Her project goes, a provider sends a receipt for its copies, and
/// the audit log stays for a year, for the law.
async fn leave(world: &World) -> Fallible {
    let asked = events("2026-06-01", &[(Trigger::DeletionRequested, "2026-06-01")])?;
    world.pass_days(10)?;
    let kept = world.status("audit_log", asked, world.now())?;
    world.tell(format!("Ada asks for deletion; the audit log: {kept:?}"));
    let of = ["project", "conversation", "provider_copy"];
    // What the provider holds, it erases itself.
    let own = ["project", "conversation"];
    world.keep_some(&own, "ada@mail.test", 3).await?;
    let (executor, mut receipts) = (world.executor(&Arc::default())?, 0);
    for name in of {
        let order = Order::new(category(name)?, Disposition::Delete)
            .tenant(TENANT)
            .subject(subject("ada@mail.test")?)
            .request(&format!("deletion-1:{name}"))?;
        let progress = executor.execute(&order, world.now()).await?;
        for place in World::open_stores(&progress) {
            let receipt = ErasureReceipt::new(world.now(), 1).evidence([9; 32]);
            let done = KeeperOutcome::Done(receipt);
            executor.report(&order, &place, done, world.now()).await?;
            receipts += 1;
            world.tell(format!("a receipt came for `{name}` in `{place}`"));
        }
        let closed = world.close(&executor, &order).await?;
        let stores = closed.stores;
        world.tell(format!("`{name}` is gone from {stores} stores"));
    }
    let mut left = 0;
    for of in own {
        left += world.kept_of(of, "ada@mail.test").await?.len();
    }
    expect(
        left == 0 && receipts == 2,
        "nothing else is left, and both providers sent a receipt",
    )
}
