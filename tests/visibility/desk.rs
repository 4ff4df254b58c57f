//! The staff desk over a log that fails: without a durable entry nothing is permitted and
//! nothing is changed.

use std::sync::Arc;

use confidant::ErrorKind;
use confidant::audit::{Access, Identifier, Log, LogKey, Outcome, SigningKey};
use confidant::decision::ClauseId;
use confidant::store::{MemoryStore, Store};
use confidant::time::{ManualClock, Moment};
use confidant::visibility::{
    AccessContext, Action, Level, NewResource, Principal, Resource, StaffChange, StaffClause,
    StaffDesk, StaffGrant, StaffScope, VisibilityFacts, VisibilityRules,
};

use crate::support::fault::{Fault, FaultStore};

struct Bench {
    store: Arc<FaultStore<MemoryStore>>,
    log: Log,
    desk: StaffDesk,
    facts: VisibilityFacts,
    owner: Principal,
    sre: Principal,
    site: Resource,
}

fn at(second: i64) -> Moment {
    Moment::from_unix_seconds(1_767_225_600 + second).unwrap()
}

async fn bench(store: FaultStore<MemoryStore>) -> Bench {
    let store = Arc::new(store);
    let signer = SigningKey::generate("test.invalid/audit").unwrap();
    let builder = Log::builder(Arc::new(signer));
    let log = builder.open_store(Arc::clone(&store) as Arc<dyn Store>, "main");
    let log = log.await.unwrap();
    let clock = Arc::new(ManualClock::new(at(5)));
    let desk = StaffDesk::new(log.clone(), LogKey::generate().unwrap(), clock);
    let all = ["view", Action::SET_LEVEL].map(|name| Action::new(name).unwrap());
    let reason = || "incident".parse().unwrap();
    let staff = StaffClause::new(ClauseId::new("staff").unwrap(), reason(), [all[0].clone()]);
    let policy = VisibilityRules::builder()
        .actions(all.clone())
        .owner(ClauseId::new("owner").unwrap(), all)
        .staff(staff);
    let mut facts = VisibilityFacts::new(Arc::new(policy.build().unwrap()));
    let [owner, sre] = ["owner", "sre"].map(|id| facts.add_principal(id, at(0)).unwrap());
    let site = NewResource::new("site").owner(owner).level(Level::Private);
    let site = facts.add_resource(site, at(0)).unwrap();
    let scope = StaffScope::Resource(site);
    let grant = StaffGrant::builder("g-1")
        .principal(sre)
        .reason(reason())
        .ticket("INC-1")
        .scope(scope)
        .during(at(0)..at(60))
        .build()
        .unwrap();
    facts.grant(&grant).unwrap();
    Bench {
        store,
        log,
        desk,
        facts,
        owner,
        sre,
        site,
    }
}

/// How many commits of the log there are before anything is asked.
async fn setup() -> u64 {
    bench(FaultStore::new(MemoryStore::new()))
        .await
        .store
        .commits()
}

impl Bench {
    /// How the entries of the log ended. Reading is an entry too, so it may meet the fault.
    async fn outcomes(&self) -> Vec<Outcome> {
        let access = Access::new(Identifier::new("test").unwrap());
        loop {
            self.store.set_down(false);
            let size = self.log.checkpoint().await.unwrap().size();
            if let Ok(records) = self.log.read(0..size, &access).await {
                return records
                    .iter()
                    .map(|record| record.entry.outcome())
                    .collect();
            }
        }
    }
}

#[test]
fn without_a_durable_entry_staff_are_not_permitted() {
    pollster::block_on(async {
        let before = setup().await;
        for at in before..before + 3 {
            for fault in [Fault::Refused, Fault::LostBefore, Fault::LostAfter] {
                let b = bench(
                    FaultStore::new(MemoryStore::new())
                        .fail(at, fault)
                        .then_down(),
                )
                .await;
                let view = b.facts.policy().action("view").unwrap();
                let context = AccessContext::default();
                let permit = b.desk.permit(&b.facts, b.sre.with(&context), view, b.site);
                let permit = permit.await;
                b.store.set_down(false);
                match permit {
                    Ok(permit) => {
                        assert!(at > before, "{fault:?} at {at}");
                        let found = b.outcomes().await;
                        let index = usize::try_from(permit.index()).unwrap();
                        assert_eq!(found.get(index), Some(&Outcome::Attempted));
                    }
                    Err(error) => assert_eq!(error.kind(), ErrorKind::Store, "{fault:?} at {at}"),
                }
            }
        }
    });
}

#[test]
fn a_change_whose_end_is_not_logged_says_that_it_was_made() {
    pollster::block_on(async {
        let before = setup().await;
        let context = AccessContext::default();
        for (at, made) in [(before, false), (before + 1, true)] {
            for fault in [Fault::Refused, Fault::LostBefore] {
                let store = FaultStore::new(MemoryStore::new())
                    .fail(at, fault)
                    .then_down();
                let mut b = bench(store).await;
                let (owner, site) = (b.owner, b.site);
                let change = |facts: &mut VisibilityFacts, now| {
                    facts.raise(owner.with(&context), site, Level::Internal, now)
                };
                let changed = b.desk.change(
                    &mut b.facts,
                    StaffChange::new("set_level", owner, site),
                    change,
                );
                let error = changed.await.unwrap_err();
                let expected = if made {
                    ErrorKind::InDoubt
                } else {
                    ErrorKind::Store
                };
                assert_eq!(error.kind(), expected, "{fault:?} at {at}");
                let level = if made {
                    Level::Internal
                } else {
                    Level::Private
                };
                assert_eq!(b.facts.level(site), Some(level));
            }
        }
    });
}
