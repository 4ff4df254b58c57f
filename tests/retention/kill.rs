//! Processes that are killed while they carry out orders and sweep a store.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use confidant::audit::{Identifier, Log, Outcome as Logged, SigningKey};
use confidant::retention::{
    Brakes, DeclaredStore, Disposition, ErasureReceipt, Executor, HoldBook, Keeper, KeeperOutcome,
    Order, StoreKind, Stores,
};
use confidant::store::{Batch, Range, RecordKey, SqliteStore, Store};
use confidant::taxonomy::{DataStore, Subject, Tenant};
use confidant::time::Period;
use confidant::{Error, ErrorKind};
use pollster::block_on;

use super::sweep::{put_thing, sweeper};
use super::world::{actor, entries, log_key, now, places};
use super::{at, category, id};
use crate::support::child;
use crate::support::folder::Folder;

const TENANT: &str = "acme";

/// A file for each person, which is deleted, and a journal of every deletion.
#[derive(Debug)]
struct Files {
    folder: PathBuf,
    name: &'static str,
}

impl Files {
    fn path(&self, order: &Order) -> PathBuf {
        let subject = order.data_subject().unwrap().expose_id();
        self.folder.join(format!("{}-{subject}", self.name))
    }
}

#[async_trait]
impl Keeper for Files {
    async fn delete(&self, order: &Order) -> Result<KeeperOutcome, Error> {
        let journal = self.folder.join("journal");
        let mut journal = OpenOptions::new()
            .create(true)
            .append(true)
            .open(journal)
            .unwrap();
        let line = format!("{} {}\n", self.name, order.request_id().unwrap());
        journal.write_all(line.as_bytes()).unwrap();
        let gone = fs::remove_file(self.path(order)).is_ok();
        Ok(KeeperOutcome::Done(ErasureReceipt::new(
            now(),
            u64::from(gone),
        )))
    }

    async fn count(&self, order: &Order) -> Result<u64, Error> {
        Ok(u64::from(self.path(order).exists()))
    }
}

struct Product {
    store: Arc<SqliteStore>,
    log: Log,
    executor: Executor,
    book: HoldBook,
}

fn open(folder: &Path) -> Product {
    let store = Arc::new(SqliteStore::open(folder.join("store")).unwrap());
    let key = SigningKey::from_seed("test.example/retention", &[3; 32]).unwrap();
    let log = block_on(Log::builder(Arc::new(key)).open(folder.join("log"))).unwrap();
    let book = HoldBook::new(Arc::clone(&store) as _, log.clone(), log_key());
    let name = |name| DataStore::new(name).unwrap();
    let stores = Stores::new(vec![
        DeclaredStore::new(name("primary"), StoreKind::Primary),
        DeclaredStore::new(name("vectors"), StoreKind::VectorIndex),
        DeclaredStore::new(name("backup"), StoreKind::Backup).expires_within(Period::days(35)),
    ]);
    let mut builder = Executor::builder(book.clone(), actor()).stores(stores.unwrap());
    for kept in ["primary", "vectors"] {
        let folder = folder.to_owned();
        let keeper = Arc::new(Files { folder, name: kept });
        builder = builder.keeper(name(kept), keeper);
    }
    Product {
        store,
        log,
        executor: builder.build().unwrap(),
        book,
    }
}

fn order(number: &str) -> Order {
    Order::new(category("chat"), Disposition::Delete)
        .tenant(TENANT)
        .subject(Subject::new(number).unwrap())
        .request(number)
        .unwrap()
        .because_of(id("CC-44"), at("2026-05-08"))
}

fn sweep_brakes() -> Brakes {
    Brakes::default().always_allowed(u64::MAX)
}

/// Things of the store that begin with a prefix.
async fn things(product: &Product, prefix: &str) -> usize {
    let range = Range::collection(Tenant::new(TENANT), "things")
        .unwrap()
        .prefix(prefix);
    product.store.scan(&range, 10_000).await.unwrap().len()
}

#[derive(Default)]
struct Acknowledged {
    begun: Vec<String>,
    closed: Vec<String>,
    swept: Vec<String>,
}

impl Acknowledged {
    fn add(&mut self, line: &str) {
        let (what, number) = line.split_once(' ').unwrap();
        let list = match what {
            "begun" => &mut self.begun,
            "closed" => &mut self.closed,
            _ => &mut self.swept,
        };
        list.push(number.to_owned());
    }

    /// Opens all again, goes on with what was begun, and makes sure that what was
    /// acknowledged holds.
    fn check(&self, folder: &Path) {
        let product = open(folder);
        let exists = |kept: &str, number: &str| folder.join(format!("{kept}-{number}")).exists();
        for number in &self.closed {
            assert!(!exists("primary", number) && !exists("vectors", number));
            let progress = block_on(product.executor.progress(&order(number))).unwrap();
            assert!(progress.is_none(), "{number} is open again");
        }
        for number in self
            .begun
            .iter()
            .filter(|number| !self.closed.contains(number))
        {
            let order = order(number);
            let progress = block_on(product.executor.execute(&order, now())).unwrap();
            assert!(progress.is_complete());
            assert!(!exists("primary", number) && !exists("vectors", number));
            block_on(product.executor.close(&order, now())).unwrap();
        }
        for number in &self.swept {
            let left = block_on(things(&product, &format!("{number}-old")));
            assert_eq!(left, 0, "a record that was swept is back");
        }
        let sweep = sweeper(&product.book, sweep_brakes());
        block_on(sweep.run(now(), None)).unwrap();
        for number in &self.swept {
            assert_eq!(block_on(things(&product, &format!("{number}-new"))), 2);
        }
        self.check_log(folder, &product);
    }

    /// Every deletion was announced before it was made, each repetition too.
    fn check_log(&self, folder: &Path, product: &Product) {
        let entries = block_on(entries(&product.log));
        let journal = fs::read_to_string(folder.join("journal")).unwrap_or_default();
        for number in &self.begun {
            let own: Vec<_> = entries
                .iter()
                .filter(|(_, entry)| {
                    entry.request_id().and_then(Identifier::as_str) == Some(number)
                })
                .cloned()
                .collect();
            let attempts = places(&own, "retention.delete", Logged::Attempted);
            let receipts = places(&own, "retention.delete", Logged::Succeeded);
            for kept in ["primary", "vectors"] {
                let made = journal
                    .lines()
                    .filter(|line| *line == format!("{kept} {number}"));
                assert!(
                    (1..=attempts[kept].len()).contains(&made.count()),
                    "{kept} {number}"
                );
                assert!(!receipts[kept].is_empty());
            }
            assert!(!receipts["backup"].is_empty());
            let closed = places(&own, "retention.close", Logged::Succeeded);
            assert!(!closed.is_empty());
        }
        let mut told = std::collections::BTreeMap::<String, (u64, u64)>::new();
        for (_, entry) in &entries {
            if entry.scope_id().and_then(Identifier::as_str) == Some("things")
                && entry.action().as_str() == Some("retention.delete")
            {
                let of_record = told
                    .entry(entry.resource_id().unwrap().to_string())
                    .or_default();
                match entry.outcome() {
                    Logged::Attempted => of_record.0 += 1,
                    Logged::Succeeded => of_record.1 += 1,
                    _ => {}
                }
            }
        }
        // Each went at some time, since nothing that is due is left.
        assert!(
            told.values()
                .all(|(attempts, receipts)| *attempts >= 1 && *receipts >= 1)
        );
        assert!(told.len() >= self.swept.len() * 3);
    }
}

#[test]
fn kill_retention_in_files() {
    let check = |folder: &Path, kept: &mut Acknowledged, lines: Vec<String>| {
        lines.iter().for_each(|line| kept.add(line));
        kept.check(folder);
        // What was begun before is closed by now.
        kept.closed.clone_from(&kept.begun);
    };
    child::kill_again_and_again("retention::kill::child", check);
}

#[test]
fn child() {
    let Some((round, folder)) = child::place() else {
        return;
    };
    let product = open(&folder);
    block_on(async {
        for number in 0.. {
            let name = format!("{round}-{number}");
            for kept in ["primary", "vectors"] {
                fs::write(folder.join(format!("{kept}-{name}")), "chat").unwrap();
            }
            child::acknowledge(&format!("begun {name}"));
            product
                .executor
                .execute(&order(&name), now())
                .await
                .unwrap();
            product.executor.close(&order(&name), now()).await.unwrap();
            child::acknowledge(&format!("closed {name}"));
            let mut batch = Batch::new();
            for thing in 0..3 {
                let old = format!("{name}-old{thing}");
                batch = put_thing(batch, TENANT, &old, "2026-01-01", "al");
            }
            for thing in 0..2 {
                let new = format!("{name}-new{thing}");
                batch = put_thing(batch, TENANT, &new, "2026-04-30", "al");
            }
            product.store.commit(batch).await.unwrap();
            let sweep = sweeper(&product.book, sweep_brakes());
            let swept = sweep.run(now(), None).await;
            assert!(swept.is_ok_and(|report| report.erased == 3));
            child::acknowledge(&format!("swept {name}"));
        }
    });
}

#[test]
fn one_that_has_not_been_begun_cannot_be_closed() {
    let folder = Folder::new();
    let product = open(folder.path());
    let error = block_on(product.executor.close(&order("1"), now())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let key = RecordKey::new(Tenant::new(TENANT), "x", "y").unwrap();
    assert!(block_on(product.store.get(&key)).unwrap().is_none());
}
