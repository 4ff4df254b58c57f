//! Each promise of each product is tried, and comes to what was promised.

use confidant::policy::PromiseClass;
use confidant::policy::conformance::{Outcome, Report};

use super::world::{Fallible, Place, Product, World};
use super::{aegent, infracodebase};

/// Walks a product and checks all of its promises, in memory.
pub(super) fn run(
    product: Product,
    switches: &[super::world::Switch],
    flow: impl AsyncFn(&World) -> Fallible,
    check: impl AsyncFn(&World) -> Fallible<Report>,
) -> (Report, (usize, usize)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let world = World::open(product, Place::Memory, switches).await.unwrap();
        let walked = flow(&world).await;
        if switches.is_empty() {
            walked.unwrap();
        }
        let report = check(&world).await.unwrap();
        let replayed = match switches.is_empty() {
            true => world.replayed().await.unwrap(),
            false => (0, 0),
        };
        (report, replayed)
    })
}

/// What must hold of the report of a product with so many promises of each class.
pub(super) fn assert_kept(report: &Report, ids: usize, (decisions, same): (usize, usize)) {
    assert_eq!(report.checks().len(), ids);
    confidant::assert_policy!(report);
    for check in report.checks() {
        let id = check.promise().id();
        assert!(!check.clauses().is_empty(), "{id}: no clause");
        assert!(!check.evidence().is_empty(), "{id}: nothing was tried");
        assert!(check.mechanisms().next().is_some(), "{id}: no mechanism");
        // What rests on a document alone is never called enforced.
        if check.promise().class() == PromiseClass::Attested {
            assert!(matches!(check.outcome(), Outcome::AttestedUntil(_)), "{id}");
        }
    }
    assert!(decisions > 0);
    assert_eq!(decisions, same, "decisions made again");
}

#[test]
fn infracodebase_keeps_its_promises() {
    let (report, replayed) = run(
        infracodebase::PRODUCT,
        &[],
        infracodebase::flow,
        infracodebase::check,
    );
    assert_kept(&report, 91, replayed);
}

#[test]
fn aegent_keeps_its_promises() {
    let (report, replayed) = run(aegent::PRODUCT, &[], aegent::flow, aegent::check);
    assert_kept(&report, 34, replayed);
}

#[test]
fn every_promise_belongs_to_a_product_that_is_checked() {
    let promises = confidant::policy::Promise::list_from_json(super::world::PROMISES).unwrap();
    assert_eq!(promises.len(), 91 + 34 + 29 + 62 + 30);
    let prefixes = ["IC-", "AE-", "SC-", "CC-", "KR-"];
    for promise in &promises {
        let id = promise.id().as_str();
        assert!(prefixes.iter().any(|prefix| id.starts_with(prefix)), "{id}");
    }
}
