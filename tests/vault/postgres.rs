//! The vault and its log in one PostgreSQL, from two processes at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use confidant::audit::{Log, LogVerdict, Outcome, verify_store};
use confidant::store::Store;
use confidant::vault::{SecretRef, Vault};
use confidant::{Error, ErrorKind};
use tokio::task::JoinSet;

use super::{TENANT, assert_whole, caller, kind, put, signer, trail, used, vault};
use crate::store::postgres::{address, connect, runtime, schema};
use crate::support::child;
use confidant::taxonomy::Tenant;

const PROCESSES: u64 = 2;
const TASKS: u64 = 4;
const STEPS: u64 = 6;

async fn open(address: &str, schema: &str) -> (Vault, Arc<dyn Store>, Log) {
    let store: Arc<dyn Store> = Arc::new(connect(address, schema).await);
    let log = Log::builder(signer());
    let log = log.open_store(Arc::clone(&store), "main").await.unwrap();
    (vault(Arc::clone(&store), log.clone()), store, log)
}

/// Runs children that do `task`, and returns all that they acknowledged.
fn children(test: &str, task: &str) -> Vec<String> {
    let children: Vec<_> = (0..PROCESSES)
        .map(|process| {
            let mut command = child::command(test, &format!("{process} {task}"));
            std::thread::spawn(move || child::run(&mut command))
        })
        .collect();
    let children = children.into_iter();
    children.flat_map(|child| child.join().unwrap()).collect()
}

/// Has every task of this child do `work`, each with a number of its own.
fn tasks<F: Future<Output = ()> + Send + 'static>(work: impl Fn(Vault, u64, String) -> F) {
    let Some(task) = child::task() else { return };
    let mut words = task.splitn(4, ' ');
    let mut word = || words.next().unwrap();
    let (process, schema, rest, address) = (word(), word(), word(), word());
    let process: u64 = process.parse().unwrap();
    runtime().block_on(async {
        let (vault, ..) = open(address, schema).await;
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            tasks.spawn(work(vault.clone(), process * TASKS + task, rest.to_owned()));
        }
        tasks.join_all().await;
    });
}

async fn assert_intact(store: &dyn Store) {
    let keys = [signer().verifying_key().clone()];
    let report = verify_store(store, "main", &keys, &[]).await.unwrap();
    assert_eq!(report.verdict, LogVerdict::Intact);
}

/// Goes on while others are quicker.
async fn insist(vault: &Vault, secret: &SecretRef, value: &str, request: &str) -> u64 {
    loop {
        match vault
            .rotate(&caller(request), secret, value.as_bytes())
            .await
        {
            Ok(number) => return number,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
        }
    }
}

#[test]
fn postgres_rotations_of_two_processes_lose_nothing() {
    let Some(address) = address() else { return };
    let schema = schema("vault_rotate");
    let open = || open(&address, &schema);
    let text = runtime().block_on(async {
        let (vault, ..) = open().await;
        let secret = put(&vault, &caller("setup"), "shared", b"first").await;
        secret.unwrap().to_text()
    });
    let task = format!("{schema} {text} {address}");
    let acknowledged = children("vault::postgres::rotate_child", &task);
    let all: BTreeMap<u64, String> = acknowledged
        .iter()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(number, value)| (number.parse().unwrap(), value.to_owned()))
        .collect();
    let count = PROCESSES * TASKS * STEPS;
    assert_eq!(acknowledged.len() as u64, count);
    assert!(all.keys().copied().eq(2..2 + count), "{:?}", all.keys());
    runtime().block_on(async {
        let (vault, store, log) = open().await;
        let secret = SecretRef::parse(Tenant::new(TENANT), "shared", &text).unwrap();
        for (number, value) in &all {
            let version = secret.clone().at_version(*number);
            assert_eq!(used(&vault, &version).await.unwrap(), value.as_bytes());
        }
        let latest = used(&vault, &secret).await.unwrap();
        assert_eq!(latest, all[&(1 + count)].as_bytes());
        assert_eq!(assert_whole(&*store).await, ["shared"]);
        assert_intact(&*store).await;
        let trail = trail(&log).await;
        for value in all.values() {
            let key = (
                value.clone(),
                "secret.rotate".to_owned(),
                Outcome::Succeeded,
            );
            assert_eq!(trail.get(&key), Some(&1), "{value}");
        }
    });
}

#[test]
fn rotate_child() {
    tasks(async |vault, task, text| {
        let secret = SecretRef::parse(Tenant::new(TENANT), "shared", &text).unwrap();
        for step in 0..STEPS {
            let value = format!("value:{task}:{step}");
            let number = insist(&vault, &secret, &value, &value).await;
            child::acknowledge(&format!("{number} {value}"));
        }
    });
}

#[test]
fn postgres_of_puts_of_one_name_one_wins() {
    let Some(address) = address() else { return };
    let schema = schema("vault_put");
    let task = format!("{schema} - {address}");
    let acknowledged = children("vault::postgres::put_child", &task);
    let won: BTreeMap<_, _> = acknowledged
        .iter()
        .map(|line| line.split_once(' ').unwrap())
        .collect();
    assert_eq!(acknowledged.len() as u64, STEPS, "{acknowledged:?}");
    assert_eq!(won.len() as u64, STEPS);
    runtime().block_on(async {
        let (vault, store, _) = open(&address, &schema).await;
        for (name, value) in won {
            let found = vault
                .find(&caller("check"), Tenant::new(TENANT), name)
                .await
                .unwrap();
            let found = used(&vault, &found.unwrap().secret).await.unwrap();
            assert_eq!(found, value.as_bytes());
        }
        assert_eq!(assert_whole(&*store).await.len() as u64, STEPS);
        assert_intact(&*store).await;
    });
}

#[test]
fn put_child() {
    tasks(async |vault, task, _| {
        for step in 0..STEPS {
            let (name, value) = (format!("name-{step}"), format!("by:{task}:{step}"));
            match put(&vault, &caller(&value), &name, value.as_bytes()).await {
                Ok(_) => child::acknowledge(&format!("{name} {value}")),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
            }
        }
    });
}

/// Uses a secret until it is gone. It gives its value or nothing, and never comes back.
async fn use_until_gone(vault: &Vault, secret: &SecretRef, value: &[u8]) {
    let gone = |result: Result<Vec<u8>, Error>| match result {
        Ok(found) => {
            assert_eq!(found, value, "another value");
            false
        }
        Err(error) => {
            let kind = error.kind();
            assert!(
                matches!(
                    kind,
                    ErrorKind::NotFound | ErrorKind::Open | ErrorKind::Refused
                ),
                "{error}"
            );
            true
        }
    };
    while !gone(used(vault, secret).await) {}
    for _ in 0..3 {
        assert!(gone(used(vault, secret).await), "it came back");
    }
}

#[test]
fn postgres_a_shredded_secret_is_gone_for_every_vault() {
    let Some(address) = address() else { return };
    let schema = schema("vault_shred");
    runtime().block_on(async {
        let (here, store, _) = open(&address, &schema).await;
        let (there, ..) = open(&address, &schema).await;
        for round in 0..STEPS {
            let me = caller("shred");
            let value = format!("value {round}").into_bytes();
            let secret = put(&here, &me, "secret", &value).await.unwrap();
            let mut users = JoinSet::new();
            for vault in [&here, &there, &there] {
                let (vault, secret, value) = (vault.clone(), secret.clone(), value.clone());
                users.spawn(async move { use_until_gone(&vault, &secret, &value).await });
            }
            assert!(used(&there, &secret).await.is_ok());
            // By itself, or with all of its tenant; then another of its name.
            if round % 2 == 0 {
                assert!(here.shred(&me, &secret).await.unwrap());
            } else {
                assert!(here.shred_tenant(&me, TENANT).await.unwrap().existed());
            }
            let other = put(&there, &me, "secret", b"another").await.unwrap();
            users.join_all().await;
            assert_eq!(used(&here, &other).await.unwrap(), b"another");
            assert_eq!(kind(used(&here, &secret).await), Some(ErrorKind::NotFound));
            assert!(there.shred(&me, &other).await.unwrap());
            assert!(assert_whole(&*store).await.is_empty());
        }
        assert_intact(&*store).await;
    });
}
