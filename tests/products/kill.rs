//! Cloud Claude, killed in the middle and taken up again.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use confidant::audit::{LogVerdict, verify_folder};
use confidant::consent::{ConsentState, Event};
use confidant::retention::{Disposition, ErasureReceipt, KeeperOutcome, Order};
use confidant::vault::{NewSecret, SecretPurpose};

use super::checks::consent::{grown_up, receipt};
use super::checks::secrets::{machine, person};
use super::cloud_claude::PRODUCT;
use super::world::{Fallible, Place, TENANT, World, caller, category, subject};
use crate::support::child;
use crate::support::folder::Folder;
use confidant::taxonomy::Tenant;

const GIVEN: Event = Event::Consent(ConsentState::Given);

fn block_on<T>(work: impl Future<Output = Fallible<T>>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work).unwrap()
}

fn order(name: &str) -> Fallible<Order> {
    Ok(Order::new(category("provider_copy")?, Disposition::Delete)
        .tenant(TENANT)
        .subject(subject(name)?)
        .request(&format!("deletion:{name}"))?)
}

/// What a killed process had acknowledged is there, its log is whole, and the erasures that
/// it had begun are ended by the next.
async fn take_up(folder: &Path, acknowledged: &[String]) -> Fallible {
    let world = World::open(PRODUCT, Place::Folder(folder), &[]).await?;
    let kept = world.log.checkpoint().await?.as_ref().clone();
    let log = verify_folder(folder.join("log"), &[world.verifier()], &[kept])?;
    assert_eq!(log.verdict, LogVerdict::Intact);
    let executor = world.executor(&Arc::default())?;
    for line in acknowledged {
        let (what, name) = line.split_once(' ').ok_or("a line of another form")?;
        match what {
            "secret" => {
                let found = world
                    .vault
                    .find(&machine("deploy")?, Tenant::new(TENANT), name)
                    .await?;
                let secret = found.ok_or("a secret is gone")?.secret;
                let purpose = SecretPurpose::new("deploy")?;
                let machine = machine("deploy")?;
                let used = world
                    .vault
                    .use_with(&machine, &secret, &purpose, <[u8]>::len);
                assert_eq!(used.await?, 16, "{name}");
            }
            "consent" => {
                let facts = world.ledger.facts(TENANT, &subject(name)?).await?;
                let may = world.may_use(&facts, "marketing", "account", grown_up());
                assert!(may.await?.is_allow(), "{name}");
            }
            _ => {
                let order = order(name)?;
                let open = executor.execute(&order, world.now()).await?;
                for place in World::open_stores(&open) {
                    let receipt = ErasureReceipt::new(world.now(), 1).evidence([9; 32]);
                    let done = KeeperOutcome::Done(receipt);
                    executor.report(&order, &place, done, world.now()).await?;
                }
                executor.close(&order, world.now()).await?;
            }
        }
    }
    Ok(())
}

#[test]
fn a_product_that_is_killed_is_taken_up_again() {
    let folder = Folder::new();
    let mut total = 0;
    for round in 0..child::kill_rounds().min(4) {
        let task = format!("{round} {}", folder.path().display());
        let mut command = child::command("products::kill::child", &task);
        let lines = child::run_and_kill(&mut command, Duration::from_millis(2_500));
        total += lines.len();
        block_on(take_up(folder.path(), &lines));
    }
    assert!(total > 4, "the children did next to nothing");
}

#[test]
fn child() {
    let Some((round, folder)) = child::place() else {
        return;
    };
    block_on(async {
        let world = World::open(PRODUCT, Place::Folder(&folder), &[]).await?;
        let executor = world.executor(&Arc::default())?;
        for number in 0_u64.. {
            let name = format!("{round}-{number}");
            let new = NewSecret::new(
                Tenant::new(TENANT),
                &name,
                b"value-of-a-child",
                SecretPurpose::new("deploy")?,
            );
            world.vault.put(&person()?, &new).await?;
            child::acknowledge(&format!("secret {name}"));
            let given = receipt(&world, GIVEN, &["marketing"])?;
            let (caller, who) = (caller("visit-1")?, subject(&name)?);
            world.ledger.record(&caller, TENANT, &who, given).await?;
            child::acknowledge(&format!("consent {name}"));
            executor.execute(&order(&name)?, world.now()).await?;
            child::acknowledge(&format!("erasure {name}"));
        }
        Ok(())
    });
}
