//! Each promise of each product is tried, and comes to what was promised.

use confidant::policy::conformance::{Check, EvidenceKind, PromiseOutcome, PromiseReport};
use confidant::policy::{Promise, PromiseClass};

use super::world::{Fallible, PROMISES, Place, Product, Switch, World};
use super::{aegent, cloud_claude, infracodebase, kratys, syncloud};

pub(super) const PRODUCTS: [Product; 5] = [
    infracodebase::PRODUCT,
    syncloud::PRODUCT,
    cloud_claude::PRODUCT,
    aegent::PRODUCT,
    kratys::PRODUCT,
];

/// Walks the data flow of the product of a world.
async fn walk(world: &World) -> Fallible {
    match world.product.prefix {
        "IC-" => infracodebase::flow(world).await,
        "SC-" => syncloud::flow(world).await,
        "CC-" => cloud_claude::flow(world).await,
        "AE-" => aegent::flow(world).await,
        _ => kratys::flow(world).await,
    }
}

/// Checks the promises of the product of a world, or those that are named alone.
pub(super) async fn check(world: &World, only: &[&str]) -> Fallible<PromiseReport> {
    match world.product.prefix {
        "IC-" => infracodebase::check(world, only).await,
        "SC-" => syncloud::check(world, only).await,
        "CC-" => cloud_claude::check(world, only).await,
        "AE-" => aegent::check(world, only).await,
        _ => kratys::check(world, only).await,
    }
}

pub(super) fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work)
}

/// Walks a product and checks all of its promises, in memory, with a mechanism switched
/// off.
pub(super) fn without(product: Product, switch: Switch) -> Fallible<PromiseReport> {
    block_on(async {
        let world = World::open(product, Place::Memory, &[switch]).await?;
        // A flow may end early where a mechanism is gone.
        let _ = walk(&world).await;
        check(&world, &[]).await
    })
}

/// Whether a promise is seen to break with a mechanism taken out, without the flow of its
/// product.
pub(super) fn breaks(product: Product, switch: Switch, id: &str) -> bool {
    block_on(async {
        let world = World::open(product, Place::Memory, &[switch])
            .await
            .unwrap();
        let report = check(&world, &[id]).await.unwrap();
        report
            .checks()
            .iter()
            .any(|check| check.promise().id().as_str() == id && saw(check))
    })
}

/// Whether a trial saw something come out otherwise. One that could not even be begun has
/// seen nothing.
pub(super) fn saw(check: &Check) -> bool {
    let mut evidence = check.evidence().iter();
    evidence.any(|one| !one.holds() && !one.what().starts_with("the check ended"))
}

/// Walks a product and checks all of its promises: `ids` of them, each kept by what its
/// class asks for, and each decision made again.
fn assert_kept(product: Product, ids: usize) {
    let (report, (decisions, same)) = block_on(async {
        let world = World::open(product, Place::Memory, &[]).await.unwrap();
        walk(&world).await.unwrap();
        let report = check(&world, &[]).await.unwrap();
        (report, world.replayed().await.unwrap())
    });
    assert_eq!(report.checks().len(), ids);
    confidant::assert_policy!(report);
    let gaps: Vec<String> = report.checks().iter().filter_map(lacks).collect();
    assert!(gaps.is_empty(), "{gaps:#?}");
    assert!(decisions > 0);
    assert_eq!(decisions, same, "decisions made again");
}

/// Says what a promise that is kept lacks of what its class asks for.
fn lacks(check: &Check) -> Option<String> {
    let (id, class) = (check.promise().id(), check.promise().class());
    let has = |kind: EvidenceKind| check.evidence().iter().any(|one| one.kind() == kind);
    let attested = matches!(check.outcome(), PromiseOutcome::AttestedUntil(_));
    let lacks = if check.clauses().is_empty() {
        "a clause"
    } else if check.mechanisms().next().is_none() {
        "a mechanism"
    } else if class == PromiseClass::Enforced
        && !(has(EvidenceKind::Permitted) && has(EvidenceKind::Refused))
    {
        "what goes through, or what is refused"
    } else if class == PromiseClass::Evaluated && !has(EvidenceKind::Boundary) {
        "a moment at which its answer changes"
    } else if class == PromiseClass::Declared && !has(EvidenceKind::Declared) {
        "a document that says it"
    } else if (class == PromiseClass::Attested) != attested {
        "to be attested, and called no more"
    } else {
        return None;
    };
    Some(format!("{id} lacks {lacks}"))
}

#[test]
fn infracodebase_keeps_its_promises() {
    assert_kept(infracodebase::PRODUCT, 91);
}

#[test]
fn syncloud_keeps_its_promises() {
    assert_kept(syncloud::PRODUCT, 29);
}

#[test]
fn cloud_claude_keeps_its_promises() {
    assert_kept(cloud_claude::PRODUCT, 62);
}

#[test]
fn aegent_keeps_its_promises() {
    assert_kept(aegent::PRODUCT, 34);
}

#[test]
fn kratys_keeps_its_promises() {
    assert_kept(kratys::PRODUCT, 30);
}

#[test]
fn every_promise_belongs_to_a_product_that_is_checked() {
    let promises = Promise::list_from_json(PROMISES).unwrap();
    assert_eq!(promises.len(), 91 + 34 + 29 + 62 + 30);
    for promise in &promises {
        let id = promise.id().as_str();
        let mut prefixes = PRODUCTS.iter().map(|product| product.prefix);
        assert!(prefixes.any(|prefix| id.starts_with(prefix)), "{id}");
    }
}
