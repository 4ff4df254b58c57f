//! Facts in PostgreSQL, from two processes at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use confidant::ErrorKind;
use confidant::store::Store;

use super::{at, book, open};
use crate::store::postgres::{address, connect, runtime, schema};
use crate::support::child;

const PROCESSES: u64 = 2;
const STEPS: u64 = 12;

#[test]
fn postgres_visibility_a_walk() {
    let Some(address) = address() else { return };
    let schema = schema("visibility_walk");
    runtime().block_on(async {
        let store: Arc<dyn Store> = Arc::new(connect(&address, &schema).await);
        book::walk(store, 60).await;
    });
}

#[test]
fn postgres_facts_of_two_processes_are_one_book() {
    let Some(address) = address() else { return };
    let schema = schema("visibility_book");
    let children: Vec<_> = (0..PROCESSES)
        .map(|process| {
            let task = format!("{process} {schema} {address}");
            let mut command = child::command("visibility::postgres::state_child", &task);
            std::thread::spawn(move || child::run(&mut command))
        })
        .collect();
    let acknowledged: BTreeSet<String> = children
        .into_iter()
        .flat_map(|child| child.join().unwrap())
        .collect();
    assert_eq!(acknowledged.len() as u64, PROCESSES * STEPS);
    runtime().block_on(async {
        let store: Arc<dyn Store> = Arc::new(connect(&address, &schema).await);
        let book = open(&store).await;
        let facts = book.facts().unwrap();
        assert_eq!(facts.len() as u64, PROCESSES * STEPS);
        for line in acknowledged {
            let (id, number) = line.split_once(' ').unwrap();
            assert_eq!(format!("{:?}", facts.principal(id).unwrap()), number);
        }
    });
}

#[test]
fn state_child() {
    let Some(task) = child::task() else { return };
    let mut words = task.splitn(3, ' ');
    let mut word = || words.next().unwrap().to_owned();
    let (process, schema, address) = (word(), word(), word());
    runtime().block_on(async {
        let store: Arc<dyn Store> = Arc::new(connect(&address, &schema).await);
        let mut book = open(&store).await;
        for step in 0..STEPS {
            let id = format!("p{process}-{step}");
            let number = loop {
                match book.change(|facts| facts.add_principal(&id, at(0))).await {
                    Ok(number) => break number,
                    Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
                }
            };
            child::acknowledge(&format!("{id} {number:?}"));
        }
    });
}
