//! Secrets of a vault whose time has come go through the vault, and it stays intact.

use std::sync::Arc;

use confidant::ErrorKind;
use confidant::audit::{Caller, Identifier};
use confidant::retention::{
    Clause, DeclaredStore, Disposition, Executor, Hold, HoldBook, Order, Schedule, Selector,
    StoreKind, Stores, Trigger, VaultSecrets,
};
use confidant::seal::{Keyring, LocalKeys};
use confidant::store::MemoryStore;
use confidant::taxonomy::{DataStore, Tenant};
use confidant::time::{ManualClock, Period};
use confidant::vault::{NewSecret, SecretPurpose, Vault};
use pollster::block_on;

use super::world::{actor, log_key, open_log};
use super::{at, category, hold_id, id, person, reason};

const NOW: &str = "2026-05-01";

/// The first clause shreds after 30 days, unless the second keeps.
fn schedule() -> Schedule {
    let clause = |name: &str, trigger| Clause::new(id(name), category("secret").into(), trigger);
    Schedule::builder()
        .category(category("secret"))
        .clause(
            clause("S-1", Trigger::Created)
                .act_by(Disposition::CryptoShred, Period::days(30))
                .yields_to(id("S-2")),
        )
        .clause(clause("S-2", Trigger::PurposeEnded).keep_for(Period::days(1)))
        .build()
        .unwrap()
}

#[test]
fn secrets_that_are_due_are_shredded_by_the_vault() {
    block_on(async {
        let log = open_log(Arc::new(MemoryStore::new())).await;
        let book = HoldBook::new(Arc::new(MemoryStore::new()), log.clone(), log_key());
        let clock = Arc::new(ManualClock::new(at("2026-01-01")));
        let keyring = Keyring::new(LocalKeys::generate("local:main").unwrap());
        let vault = Vault::builder(keyring, Arc::new(MemoryStore::new()), log, log_key());
        let vault = vault.clock(Arc::clone(&clock) as _).build();
        let caller = Caller::new(Identifier::new("service:x").unwrap());
        let deploy = SecretPurpose::new("deploy").unwrap();
        let put = async |name: &'static str| {
            let secret = NewSecret::new(Tenant::new("acme"), name, b"value", deploy.clone());
            vault.put(&caller, &secret).await.unwrap()
        };
        let (old, kept) = (put("old").await, put("kept").await);
        vault.rotate(&caller, &old, b"second").await.unwrap();
        let expiry = at("2027-01-01");
        vault.expire(&caller, &kept, expiry).await.unwrap();
        clock.set(at("2026-04-20"));
        let young = put("young").await;

        let secrets = VaultSecrets::new(vault.clone(), caller.clone(), category("secret"))
            .clock(Arc::clone(&clock) as _);
        let name = DataStore::new("vault").unwrap();
        let stores = vec![DeclaredStore::new(name.clone(), StoreKind::Primary)];
        let executor = Executor::builder(book.clone(), actor())
            .stores(Stores::new(stores).unwrap())
            .keeper(name, Arc::new(secrets.clone()))
            .build()
            .unwrap();
        let schedule = schedule();
        let orders = async || {
            let holds = book.load().await.unwrap();
            let page = secrets.records("acme", None).await.unwrap();
            let planned = schedule.plan(page, &holds, at(NOW));
            let due = planned.filter(|planned| planned.verdict.may_act());
            due.map(|planned| {
                let (action, clause) = schedule
                    .action_of(&planned.record, &planned.verdict)
                    .unwrap();
                Order::new(category("secret"), action)
                    .tenant("acme")
                    .record(&VaultSecrets::record_key(&planned.key))
                    .unwrap()
                    .because_of(clause.unwrap(), planned.verdict.due_by().unwrap())
            })
            .collect::<Vec<_>>()
        };
        let used = async |secret| {
            vault
                .use_with(&caller, secret, &deploy, <[u8]>::to_vec)
                .await
        };

        let hold = Hold::builder(hold_id("case-1"), Selector::everything().tenant("acme"))
            .reason(reason())
            .placed(person("a"), at("2026-04-21"))
            .review_by(at("2027-04-21"))
            .build();
        book.place(hold.unwrap()).await.unwrap();
        let order = Order::new(category("secret"), Disposition::CryptoShred)
            .tenant("acme")
            .record(&VaultSecrets::record_key(&old))
            .unwrap();
        let refused = executor.execute(&order, at(NOW)).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Refused);
        assert!(orders().await.is_empty());
        assert_eq!(used(&old).await.unwrap(), b"second");

        let case = hold_id("case-1");
        book.release(&case, person("a"), at("2026-04-30"))
            .await
            .unwrap();
        let due = orders().await;
        assert_eq!(due.len(), 1);
        clock.set(at(NOW));
        assert!(
            executor
                .execute(&due[0], at(NOW))
                .await
                .unwrap()
                .is_complete()
        );
        assert_eq!(used(&old).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(used(&young).await.unwrap(), b"value");
        assert_eq!(used(&kept).await.unwrap(), b"value");
        assert!(orders().await.is_empty());

        // A secret of the same name is another one: the order of the first leaves it.
        let again = put("old").await;
        executor.execute(&due[0], at(NOW)).await.unwrap();
        assert_eq!(used(&again).await.unwrap(), b"value");
    });
}

#[test]
fn an_order_that_a_vault_cannot_follow_is_refused() {
    block_on(async {
        use confidant::retention::Keeper as _;
        use confidant::taxonomy::Subject;

        let log = open_log(Arc::new(MemoryStore::new())).await;
        let keyring = Keyring::new(LocalKeys::generate("local:main").unwrap());
        let vault = Vault::builder(keyring, Arc::new(MemoryStore::new()), log, log_key()).build();
        let caller = Caller::new(Identifier::new("service:x").unwrap());
        let secrets = VaultSecrets::new(vault, caller, category("secret"));
        let order = || Order::new(category("secret"), Disposition::Delete).tenant("acme");
        let person = order().subject(Subject::new("jo").unwrap());
        assert_eq!(
            secrets.delete(&person).await.unwrap_err().kind(),
            ErrorKind::Refused
        );
        for key in [&b""[..], b"name", b"0123:name", b"\xff"] {
            let odd = order().record(key).unwrap();
            assert_eq!(
                secrets.delete(&odd).await.unwrap_err().kind(),
                ErrorKind::Config
            );
        }
        assert!(secrets.anonymise(&order()).await.is_err());
    });
}
