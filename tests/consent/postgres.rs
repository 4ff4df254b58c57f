//! The ledger and its log in one PostgreSQL, from two processes at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use confidant::ErrorKind;
use confidant::audit::Log;
use confidant::consent::Ledger;
use confidant::store::Store;
use tokio::task::JoinSet;

use super::{TENANT, caller, entries, given, ledger, signer, subject, withdrawn};
use crate::store::postgres::{address, connect, runtime, schema};
use crate::support::child;

const PROCESSES: u64 = 2;
const TASKS: u64 = 3;
const STEPS: u64 = 5;

async fn open(address: &str, schema: &str) -> (Ledger, Log) {
    let store: Arc<dyn Store> = Arc::new(connect(address, schema).await);
    let log = Log::builder(signer());
    let log = log.open_store(Arc::clone(&store), "main").await.unwrap();
    (ledger(store, log.clone()), log)
}

#[test]
fn postgres_receipts_of_two_processes_are_one_chain() {
    let Some(address) = address() else { return };
    let schema = schema("consent_chain");
    let children: Vec<_> = (0..PROCESSES)
        .map(|process| {
            let task = format!("{process} {schema} {address}");
            let mut command = child::command("consent::postgres::record_child", &task);
            std::thread::spawn(move || child::run(&mut command))
        })
        .collect();
    let acknowledged: BTreeSet<String> = children
        .into_iter()
        .flat_map(|child| child.join().unwrap())
        .collect();
    let count = PROCESSES * TASKS * STEPS;
    assert_eq!(acknowledged.len() as u64, count);
    runtime().block_on(async {
        let (ledger, log) = open(&address, &schema).await;
        let person = subject("shared");
        let receipts = ledger.receipts(TENANT, &person).await.unwrap();
        let found: BTreeSet<String> = (1..)
            .zip(&receipts)
            .map(|(number, receipt): (u64, _)| format!("{number} {}", receipt.id))
            .collect();
        assert_eq!(found, acknowledged);
        assert_eq!(
            ledger
                .check_log(TENANT, &person, &entries(&log).await)
                .await
                .unwrap(),
            count
        );
        ledger.verify_tenant(TENANT).await.unwrap();
    });
}

#[test]
fn record_child() {
    let Some(task) = child::task() else { return };
    let mut words = task.splitn(3, ' ');
    let mut word = || words.next().unwrap().to_owned();
    let (process, schema, address) = (word(), word(), word());
    runtime().block_on(async {
        let (ledger, _) = open(&address, &schema).await;
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            let (ledger, process) = (ledger.clone(), process.clone());
            tasks.spawn(async move {
                let (me, person) = (caller(&format!("{process}:{task}")), subject("shared"));
                for step in 0..STEPS {
                    let receipt = if step % 2 == 0 {
                        given("sale")
                    } else {
                        withdrawn("sale")
                    };
                    let recorded = loop {
                        match ledger.record(&me, TENANT, &person, receipt.clone()).await {
                            Ok(recorded) => break recorded,
                            Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
                        }
                    };
                    let (number, id) = (recorded.number, recorded.receipt.id);
                    child::acknowledge(&format!("{number} {id}"));
                }
            });
        }
        tasks.join_all().await;
    });
}
