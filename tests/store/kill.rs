//! Processes that are killed while they commit.

use std::sync::Arc;
use std::time::Duration;

use confidant::store::Store;

use super::load::{self, Acknowledged, LANES};
use crate::support::child;

/// Kills children that run `test` again and again, and checks after each what is
/// there, as `check` opens it.
fn kill(test: &str, task: &str, check: impl Fn(&mut Acknowledged)) {
    let mut acknowledged = Acknowledged::default();
    for _ in 0..child::kill_rounds() {
        let lines =
            child::run_and_kill(&mut child::command(test, task), Duration::from_millis(200));
        for line in &lines {
            acknowledged.add(line);
        }
        check(&mut acknowledged);
    }
    assert!(
        acknowledged.total() > u64::from(child::kill_rounds()),
        "the children did next to nothing"
    );
}

/// Commits in one lane, and says so, until the end.
async fn run_lane(store: &dyn Store, lane: u64) {
    loop {
        let count = load::step(store, lane).await.unwrap();
        child::acknowledge(&format!("{lane} {count}"));
    }
}

#[test]
#[cfg(feature = "sqlite")]
fn kill_sqlite() {
    use crate::support::folder::Folder;
    use confidant::store::SqliteStore;

    let folder = Folder::new();
    let path = folder.join("store");
    kill(
        "store::kill::sqlite_child",
        path.to_str().unwrap(),
        |acknowledged| {
            let store = SqliteStore::open(&path).unwrap();
            pollster::block_on(acknowledged.check(&store));
        },
    );
    let file = rusqlite::Connection::open(&path).unwrap();
    let answer: String = file
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .unwrap();
    assert_eq!(answer, "ok");
}

#[test]
#[cfg(feature = "sqlite")]
fn sqlite_child() {
    let Some(path) = child::task() else { return };
    let store = Arc::new(confidant::store::SqliteStore::open(path).unwrap());
    let lanes: Vec<_> = (0..LANES)
        .map(|lane| {
            let store = Arc::clone(&store);
            std::thread::spawn(move || pollster::block_on(run_lane(&store, lane)))
        })
        .collect();
    for lane in lanes {
        lane.join().unwrap();
    }
}

#[test]
#[cfg(feature = "postgres")]
fn kill_postgres() {
    use super::postgres::{address, connect, runtime, schema, sessions_ended};

    let Some(address) = address() else { return };
    let schema = schema("kill");
    // The children are known to the server by this name.
    let task = format!("{schema} {address}?application_name={schema}");
    kill("store::kill::postgres_child", &task, |acknowledged| {
        runtime().block_on(async {
            // What a child had sent, the server may still be doing.
            sessions_ended(&address, &schema).await;
            let store = connect(&address, &schema).await;
            acknowledged.check(&store).await;
        });
    });
}

#[test]
#[cfg(feature = "postgres")]
fn postgres_child() {
    use super::postgres::{connect, runtime};

    let Some(task) = child::task() else { return };
    let (schema, address) = task.split_once(' ').unwrap();
    runtime().block_on(async {
        let store = Arc::new(connect(address, schema).await);
        let mut lanes = tokio::task::JoinSet::new();
        for lane in 0..LANES {
            let store = Arc::clone(&store);
            lanes.spawn(async move { run_lane(&store, lane).await });
        }
        lanes.join_all().await;
    });
}
