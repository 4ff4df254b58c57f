//! What a book keeps is what was stated, on every store.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use confidant::store::{Batch, MAX_PAGE, MemoryStore, Range, RecordKey, Store, StoredRecord};
use confidant::taxonomy::{DataCategory, Tenant};
use confidant::visibility::{
    AccessContext, AskerId, ContentDigest, DenyClause, FactBook, Level, NewMember, NewResource, On,
    Organisation, Principal, PublishedVersion, Resource, ScanSummary, StaffGrant, StaffScope,
    VisibilityFacts,
};
use confidant::{Error, ErrorKind};
use pollster::block_on;

use super::{TENANT, action, answers, at, attribute, base, clause, key, open, policy, role};

pub(super) const MOMENTS: [i64; 8] = [0, 1, 4, 9, 15, 25, 40, 100];

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn any<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let len = of.len() as u64;
        (len > 0).then(|| of[self.below(len) as usize])
    }
}

/// What is there to state something of.
#[derive(Clone, Default)]
struct There {
    principals: Vec<Principal>,
    organisations: Vec<Organisation>,
    resources: Vec<Resource>,
    grants: u64,
}

/// States something at random, which may be refused.
fn state(
    facts: &mut VisibilityFacts,
    there: &mut There,
    numbers: &mut Numbers,
    now: i64,
) -> Result<(), Error> {
    let until = match numbers.below(2) {
        0 => None,
        _ => Some(at(now + 1 + numbers.below(30) as i64)),
    };
    let levels = [Level::Private, Level::Internal, Level::Public];
    let level = numbers.any(&levels).unwrap();
    let value = [None, Some(false), Some(true)][numbers.below(3) as usize];
    let what = numbers.below(20);
    if what == 0 || there.principals.len() < 2 {
        let id = format!("p{}", there.principals.len());
        there.principals.push(facts.add_principal(&id, at(now))?);
        return Ok(());
    }
    if there.organisations.is_empty() {
        there
            .organisations
            .push(facts.add_organisation("o0", at(now))?);
        return Ok(());
    }
    let principal = numbers.any(&there.principals).unwrap();
    let organisation = numbers.any(&there.organisations).unwrap();
    let known = numbers.any(&there.resources);
    let (Some(resource), false) = (known, what < 4) else {
        let id = format!("r{}", there.resources.len());
        let mut new = NewResource::new(&id).level(level);
        if numbers.below(3) > 0 {
            new = new.owner(principal);
        }
        new = match (known, numbers.below(3)) {
            (Some(container), 0) => new.within(container),
            (_, 1) => new.organisation(organisation),
            _ => new,
        };
        for (name, flag) in [("suspended", false), ("archived", true)] {
            if numbers.below(4) > 0 {
                new = new.attribute(attribute(name), flag);
            }
        }
        new = match numbers.below(8) {
            0 => new.listed(),
            1 => new.own_members_only(),
            2 => new.secret(),
            3 => new.category(DataCategory::new("chat.log").unwrap()),
            _ => new,
        };
        there.resources.push(facts.add_resource(new, at(now))?);
        return Ok(());
    };
    let context = AccessContext::default();
    match what {
        4 => facts.set_attribute(principal, &attribute("locked"), value, at(now)),
        5 => facts.set_attribute(resource, &attribute("suspended"), value, at(now)),
        6 if numbers.below(8) == 0 => facts.remove(resource, at(now)),
        6 if numbers.below(8) == 0 => facts.remove(principal, at(now)),
        6 => facts.set_owner(
            resource,
            (numbers.below(4) > 0).then_some(principal),
            at(now),
        ),
        7 | 8 => facts.join(principal, organisation, at(now), until),
        9 => facts.leave(principal, organisation, at(now)),
        10 => facts.invite(principal, resource, &role("editor"), until),
        11 => facts.accept(principal, resource, at(now), until),
        12 | 13 => {
            let role = role(["editor", "guest"][numbers.below(2) as usize]);
            facts.add_member(
                resource,
                NewMember::new(principal, &role).until(until),
                at(now),
            )
        }
        14 => facts.remove_member(principal, resource, at(now)),
        15 => {
            let (id, reason) = (format!("g{}", there.grants), "incident".parse()?);
            there.grants += 1;
            let scope = match numbers.below(2) {
                0 => StaffScope::Resource(resource),
                _ => StaffScope::Organisation(organisation),
            };
            let grant = StaffGrant::builder(&id)
                .principal(principal)
                .reason(reason)
                .ticket("INC-1")
                .scope(scope)
                .during(at(now)..at(now + 9));
            facts.grant(&grant.categories([DataCategory::new("chat")?]).build()?)
        }
        16 => facts.revoke(&format!("g{}", numbers.below(there.grants.max(1))), at(now)),
        17 => facts
            .lower(principal.with(&context), resource, level, at(now))
            .map(|_| ()),
        18 => match numbers.below(2) {
            0 => facts.raise(principal.with(&context), resource, level, at(now)),
            _ => facts.set_listed(principal.with(&context), resource, true, at(now)),
        },
        _ => {
            let id = format!("r{}", there.resources.len());
            let plan = facts.fork(
                principal.with(&context),
                resource,
                NewResource::new(&id),
                at(now),
            )?;
            there.resources.push(plan.fork());
            let digest = ContentDigest::from_bytes([1; 32]);
            let version =
                PublishedVersion::new(1, digest, ScanSummary::new([2; 32], "rules-1", 3), at(now));
            facts.restore_version(plan.fork(), version)
        }
    }
}

/// A history at random, in a book and without one: both give the same answers, and the
/// book gives them again when it is opened anew.
async fn agree(store: Arc<dyn Store>, seed: u64, steps: i64) {
    let mut numbers = Numbers(seed);
    let mut plain = VisibilityFacts::new(policy());
    let mut book = open(&store).await;
    let mut there = There::default();
    for step in 0..steps {
        let (before, draws) = (there.clone(), numbers.0);
        let stated = state(&mut plain, &mut there, &mut numbers, step / 2);
        let mut again = There::default();
        let kept = book
            .change(|facts| {
                again = before.clone();
                state(facts, &mut again, &mut Numbers(draws), step / 2)
            })
            .await;
        assert_eq!(
            stated.map_err(|error| error.kind()),
            kept.map_err(|error| error.kind())
        );
    }
    let expected = answers(&plain, &MOMENTS);
    assert!(expected.len() > 100);
    assert_eq!(answers(book.facts().unwrap(), &MOMENTS), expected);
    let book = open(&store).await;
    assert_eq!(answers(book.facts().unwrap(), &MOMENTS), expected);
}

pub(super) async fn walk(store: Arc<dyn Store>, seed: u64) {
    agree(store, seed, 80).await;
}

#[test]
fn visibility_a_walk_in_memory() {
    for seed in 1..40 {
        block_on(walk(Arc::new(MemoryStore::new()), seed));
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn visibility_a_walk_in_files() {
    let folder = crate::support::folder::Folder::new();
    for seed in 50..52 {
        let path = folder.path().join(format!("store-{seed}"));
        let store = confidant::store::SqliteStore::open(path).unwrap();
        block_on(walk(Arc::new(store), seed));
    }
}

async fn small(store: &Arc<dyn Store>) -> FactBook {
    let mut book = open(store).await;
    let added = book.change(|facts| {
        let jo = facts.add_principal("p0", at(0))?;
        let site = NewResource::new("r0").owner(jo).level(Level::Private);
        let site = site.attribute(attribute("suspended"), false);
        let site = facts.add_resource(site, at(0))?;
        facts.set_attribute(jo, &attribute("locked"), Some(false), at(0))?;
        let al = facts.add_principal("p1", at(0))?;
        facts.set_attribute(al, &attribute("locked"), Some(false), at(0))?;
        facts.add_member(site, NewMember::new(al, &role("guest")), at(0))
    });
    added.await.unwrap();
    book
}

fn may(facts: &VisibilityFacts, who: &str, second: i64) -> bool {
    let view = facts.policy().action("view").unwrap();
    let context = AccessContext::default();
    facts
        .verdict_by_id(
            AskerId::new(Some(who)).with(&context),
            view,
            "r0",
            at(second),
        )
        .is_allow()
}

#[test]
fn a_change_that_fails_leaves_nothing_of_itself() {
    block_on(async {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let mut book = small(&store).await;
        let before = answers(book.facts().unwrap(), &MOMENTS);
        let failed = book.change(|facts| {
            facts.add_principal("p2", at(1))?;
            facts.add_principal("p0", at(1))
        });
        assert_eq!(failed.await.unwrap_err().kind(), ErrorKind::Conflict);
        assert_eq!(answers(book.facts().unwrap(), &MOMENTS), before);
        assert_eq!(
            answers(open(&store).await.facts().unwrap(), &MOMENTS),
            before
        );
        assert!(book.facts().unwrap().principal("p2").is_none());
    });
}

#[test]
fn a_change_that_ends_early_is_not_answered_by() {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::task::{Context as Waiting, Poll, Waker};

    block_on(async {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let mut book = small(&store).await;
        let panics = AssertUnwindSafe(|| {
            let change = book.change(|facts| -> Result<(), Error> {
                facts.add_principal("p2", at(1))?;
                panic!("a fault of the caller");
            });
            block_on(change)
        });
        assert!(catch_unwind(panics).is_err());
        assert_eq!(book.facts().unwrap_err().kind(), ErrorKind::Store);
        book.refresh().await.unwrap();
        assert!(book.facts().unwrap().principal("p2").is_none());
        // A store that never answers, and a caller who waits no longer.
        let slow: Arc<dyn Store> = Arc::new(Slow(Arc::clone(&store)));
        let mut book = FactBook::open(slow, key(), TENANT, policy()).await.unwrap();
        let mut change = Box::pin(book.change(|facts| facts.add_principal("p2", at(1))));
        let polled = change
            .as_mut()
            .poll(&mut Waiting::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Pending));
        drop(change);
        assert_eq!(book.facts().unwrap_err().kind(), ErrorKind::Store);
        book.refresh().await.unwrap();
        assert_eq!(book.facts().unwrap().len(), 3);
    });
}

/// A store whose commits never end.
#[derive(Debug)]
struct Slow(Arc<dyn Store>);

#[async_trait::async_trait]
impl Store for Slow {
    async fn get(&self, key: &RecordKey) -> Result<Option<StoredRecord>, Error> {
        self.0.get(key).await
    }

    async fn scan(&self, range: &Range, limit: usize) -> Result<Vec<StoredRecord>, Error> {
        self.0.scan(range, limit).await
    }

    async fn commit(&self, _: Batch) -> Result<u64, Error> {
        std::future::pending().await
    }

    async fn tenants(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, Error> {
        self.0.tenants(after, limit).await
    }

    async fn collections(
        &self,
        tenant: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        self.0.collections(tenant, after, limit).await
    }
}

/// A store of which the scans from some number on never end.
#[derive(Debug)]
struct SlowScans {
    inner: Arc<dyn Store>,
    left: AtomicUsize,
}

#[async_trait::async_trait]
impl Store for SlowScans {
    async fn get(&self, key: &RecordKey) -> Result<Option<StoredRecord>, Error> {
        self.inner.get(key).await
    }

    async fn scan(&self, range: &Range, limit: usize) -> Result<Vec<StoredRecord>, Error> {
        let left = self.left.load(Ordering::SeqCst);
        if left == 0 {
            return std::future::pending().await;
        }
        self.left.store(left - 1, Ordering::SeqCst);
        self.inner.scan(range, limit).await
    }

    async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        self.inner.commit(batch).await
    }

    async fn tenants(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, Error> {
        self.inner.tenants(after, limit).await
    }

    async fn collections(
        &self,
        tenant: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        self.inner.collections(tenant, after, limit).await
    }
}

/// A change of more records than a page, and a caller who waits no longer for the second.
#[test]
fn half_of_a_change_is_not_answered_by() {
    use std::task::{Context as Waiting, Poll, Waker};

    block_on(async {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let mut other = small(&store).await;
        let slow = Arc::new(SlowScans {
            inner: Arc::clone(&store),
            left: AtomicUsize::new(usize::MAX),
        });
        let mut book = FactBook::open(Arc::clone(&slow) as _, key(), TENANT, policy())
            .await
            .unwrap();
        // More records than a page has.
        other
            .change(|facts| {
                for number in 0..66_000 {
                    facts.add_principal(&format!("many/{number}"), at(1))?;
                }
                facts.add_principal("last", at(1))
            })
            .await
            .unwrap();
        let range = Range::collection(Tenant::new(TENANT), "confidant.visibility.facts").unwrap();
        let records = store.scan(&range, MAX_PAGE).await.unwrap().len();
        assert!(records > 64, "{records}");
        slow.left.store(1, Ordering::SeqCst);
        let mut refresh = Box::pin(book.refresh());
        let polled = refresh
            .as_mut()
            .poll(&mut Waiting::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Pending));
        drop(refresh);
        assert_eq!(book.facts().unwrap_err().kind(), ErrorKind::Store);
        slow.left.store(usize::MAX, Ordering::SeqCst);
        book.refresh().await.unwrap();
        assert!(book.facts().unwrap().principal("last").is_some());
    });
}

#[test]
fn nobodys_change_is_lost() {
    block_on(async {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let (mut one, mut other) = (small(&store).await, open(&store).await);
        for number in 2..30 {
            let (book, idle) = match number % 3 {
                0 => (&mut one, &mut other),
                _ => (&mut other, &mut one),
            };
            let id = format!("p{number}");
            // Each is made on the latest facts, so numbers are not given twice.
            let added = book.change(|facts| facts.add_principal(&id, at(1)));
            let added = added.await.unwrap();
            assert!(idle.facts().unwrap().principal(&id).is_none());
            idle.refresh().await.unwrap();
            assert_eq!(idle.facts().unwrap().principal(&id), Some(added));
        }
        // What others stated counts for what is stated next.
        let again = one.change(|facts| facts.add_principal("p7", at(1)));
        assert_eq!(again.await.unwrap_err().kind(), ErrorKind::Conflict);
    });
}

#[test]
fn two_threads_at_once_state_everything_once() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    block_on(small(&store));
    let threads: Vec<_> = (0..2)
        .map(|thread| {
            let store = Arc::clone(&store);
            std::thread::spawn(move || {
                let mut book = block_on(open(&store));
                for number in 0..40 {
                    let id = format!("t{thread}-{number}");
                    loop {
                        match block_on(book.change(|facts| facts.add_principal(&id, at(1)))) {
                            Ok(_) => break,
                            Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict),
                        }
                    }
                }
            })
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    let book = block_on(open(&store));
    // Two of the setup, two organisations and resources at most, and all of the threads.
    assert_eq!(book.facts().unwrap().len(), 3 + 80);
}

#[test]
fn a_large_change_is_one_change() {
    block_on(async {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let mut book = open(&store).await;
        let many = book.change(|facts| {
            for number in 0..4_500 {
                let id = format!("p{number}-{}", "x".repeat(200));
                facts.add_principal(&id, at(0))?;
            }
            Ok(())
        });
        many.await.unwrap();
        assert_eq!(open(&store).await.facts().unwrap().len(), 4_500);
        let range = Range::collection(Tenant::new(TENANT), "confidant.visibility.facts").unwrap();
        assert!(store.scan(&range, MAX_PAGE).await.unwrap().len() >= 5);
        // What a store would not take is refused, and nothing of it is there.
        let huge = book.change(|facts| {
            for number in 0..70_000 {
                let id = format!("q{number}-{}", "x".repeat(240));
                facts.add_principal(&id, at(0))?;
            }
            Ok(())
        });
        assert_eq!(huge.await.unwrap_err().kind(), ErrorKind::Limit);
        assert_eq!(book.facts().unwrap().len(), 4_500);
    });
}

#[test]
fn an_erased_person_is_nowhere_in_the_store() {
    block_on(async {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let mut book = open(&store).await;
        let mut idle = open(&store).await;
        let named = ["jo@mail.test", "al@mail.test"];
        for id in named {
            let added = book.change(|facts| {
                let who = facts.add_principal(id, at(0))?;
                facts.set_attribute(who, &attribute("locked"), Some(false), at(0))?;
                let site = format!("site-of-{}", &id[..2]);
                let site = NewResource::new(&site)
                    .owner(who)
                    .attribute(attribute("suspended"), false)
                    .level(Level::Private);
                facts.add_resource(site, at(0))
            });
            added.await.unwrap();
        }
        idle.refresh().await.unwrap();
        book.erase_principal("jo@mail.test").await.unwrap();
        let range = Range::collection(Tenant::new(TENANT), "confidant.visibility.facts").unwrap();
        let records = store.scan(&range, MAX_PAGE).await.unwrap();
        let holds = |id: &str| {
            let mut values = records.iter().map(|record| &record.value);
            values.any(|value| value.windows(id.len()).any(|part| part == id.as_bytes()))
        };
        assert!(!holds("jo@mail.test") && holds("al@mail.test"));
        idle.refresh().await.unwrap();
        for book in [&book, &idle, &open(&store).await] {
            let facts = book.facts().unwrap();
            assert!(facts.principal("jo@mail.test").is_none());
            let view = facts.policy().action("view").unwrap();
            let ask = |id, site| {
                let context = AccessContext::default();
                facts
                    .verdict_by_id(AskerId::new(Some(id)).with(&context), view, site, at(1))
                    .is_allow()
            };
            assert!(!ask("jo@mail.test", "site-of-jo"));
            assert!(ask("al@mail.test", "site-of-al"));
        }
        let again = book.erase_principal("jo@mail.test").await;
        assert_eq!(again.unwrap_err().kind(), ErrorKind::Config);
    });
}

/// Under a policy that no longer knows a role, a kind of reason or an attribute, what was
/// stated with it permits nothing.
#[test]
fn under_a_policy_that_declares_less_no_more_is_permitted() {
    block_on(async {
        for seed in 100..115 {
            let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
            walk(Arc::clone(&store), seed).await;
            let less = base()
                .role(clause("guest"), role("guest"), [action("view")])
                .deny(DenyClause::when(
                    clause("suspended"),
                    On::Resource,
                    attribute("suspended"),
                ))
                .deny(DenyClause::when(
                    clause("locked"),
                    On::Principal,
                    attribute("locked"),
                ))
                // One that nothing was stated of, so that it is unknown everywhere.
                .deny(
                    DenyClause::unless(clause("new"), On::Resource, attribute("reviewed"))
                        .actions([action("edit")]),
                );
            let less = Arc::new(less.build().unwrap());
            let book = FactBook::open(Arc::clone(&store), key(), TENANT, less);
            let (before, after) = (open(&store).await, book.await.unwrap());
            let (before, after) = (before.facts().unwrap(), after.facts().unwrap());
            assert_eq!(before.len(), after.len());
            for second in MOMENTS {
                for who in (0..4).map(|number| format!("p{number}")) {
                    for what in (0..8).map(|number| format!("r{number}")) {
                        for name in ["view", "edit"] {
                            let ask = |facts: &VisibilityFacts| {
                                let action = facts.policy().action(name).unwrap();
                                let context = AccessContext::default();
                                facts.verdict_by_id(
                                    AskerId::new(&*who).with(&context),
                                    action,
                                    &what,
                                    at(second),
                                )
                            };
                            let (old, new) = (ask(before).is_allow(), ask(after).is_allow());
                            assert!(old || !new, "{seed} {who} {what} {name}");
                        }
                    }
                }
            }
        }
    });
}

#[test]
fn a_book_is_of_one_tenant() {
    block_on(async {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let book = small(&store).await;
        assert!(may(book.facts().unwrap(), "p1", 1));
        let other = FactBook::open(Arc::clone(&store), key(), "globex", policy());
        assert!(other.await.unwrap().facts().unwrap().is_empty());
        assert!(!format!("{book:?}").contains("p0"));
    });
}
