//! Processes that are killed while they put, rotate, use and shred.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use confidant::audit::{Checkpoint, Log, LogVerdict, Outcome, verify_folder};
use confidant::store::SqliteStore;
use confidant::vault::{SecretRef, Vault};
use confidant::{Error, ErrorKind};
use pollster::block_on;

use super::{TENANT, assert_whole, caller, deploy, put, signer, trail, used, vault};
use crate::support::child;
use crate::support::folder::Folder;
use confidant::taxonomy::Tenant;

const LANES: u32 = 4;

fn open(folder: &Path) -> (Vault, Arc<SqliteStore>, Log) {
    let store = Arc::new(SqliteStore::open(folder.join("store")).unwrap());
    let log = Log::builder(signer()).open(folder.join("log"));
    let log = block_on(log).unwrap();
    (vault(Arc::clone(&store) as _, log.clone()), store, log)
}

fn value(name: &str, number: u64) -> Vec<u8> {
    format!("value {number} of {name}").into_bytes()
}

/// One secret from its beginning to its end, each step with a request of its own. Of
/// two secrets, one is kept.
async fn live(vault: &Vault, name: &str, number: u64) -> Result<(), Error> {
    let acknowledge = |action: &str, rest: &str| {
        child::acknowledge(&format!("secret.{action} {name} {rest}"));
    };
    let by = |action: &str| caller(&format!("{name}:secret.{action}"));
    let secret = put(vault, &by("put"), name, &value(name, 1)).await?;
    acknowledge("put", &secret.to_text());
    vault
        .rotate(&by("rotate"), &secret, &value(name, 2))
        .await?;
    acknowledge("rotate", "");
    let work = |found: &[u8]| assert_eq!(found, value(name, 2));
    let me = by("use");
    vault.use_with(&me, &secret, &deploy(), work).await?;
    acknowledge("use", "");
    if number.is_multiple_of(2) {
        assert!(vault.shred(&by("shred"), &secret).await?);
        acknowledge("shred", "");
    }
    Ok(())
}

#[derive(Default)]
struct Acknowledged {
    secrets: BTreeMap<String, SecretRef>,
    /// Names and actions.
    done: BTreeSet<(String, String)>,
    seen: Option<Checkpoint>,
}

impl Acknowledged {
    fn add(&mut self, line: &str) {
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap_or_default().to_owned();
        let (action, name, text) = (word(), word(), word());
        if action == "secret.put" {
            let secret = SecretRef::parse(Tenant::new(TENANT), &name, &text).unwrap();
            self.secrets.insert(name.clone(), secret);
        }
        self.done.insert((name, action));
    }

    fn has(&self, name: &str, action: &str) -> bool {
        self.done.contains(&(name.to_owned(), action.to_owned()))
    }

    /// Opens all again and makes sure that what was acknowledged holds.
    fn check(&mut self, folder: &Path) {
        let (vault, store, log) = open(folder);
        let names = block_on(assert_whole(&*store));
        let trail = block_on(trail(&log));
        for (name, action) in &self.done {
            for outcome in [Outcome::Attempted, Outcome::Succeeded] {
                let key = (format!("{name}:{action}"), action.clone(), outcome);
                assert_eq!(trail.get(&key), Some(&1), "{key:?}");
            }
        }
        // Nothing was ever done that was not announced.
        for (request, action, outcome) in trail.keys().filter(|key| key.0 != "check") {
            assert!(matches!(outcome, Outcome::Attempted | Outcome::Succeeded));
            let key = (request.clone(), action.clone(), Outcome::Attempted);
            assert!(trail.contains_key(&key));
        }
        for (name, secret) in &self.secrets {
            self.check_secret(&vault, name, secret, names.contains(name));
        }
        self.seen = Some(block_on(log.checkpoint()).unwrap().as_ref().clone());
        drop((vault, log));
        self.verify(folder);
    }

    fn check_secret(&self, vault: &Vault, name: &str, secret: &SecretRef, there: bool) {
        let first = block_on(used(vault, &secret.clone().at_version(1)));
        let latest = block_on(used(vault, secret));
        let number: u64 = name.rsplit('-').next().unwrap().parse().unwrap();
        let kept = !number.is_multiple_of(2);
        let may_be_gone = !kept && self.has(name, "secret.use");
        if self.has(name, "secret.shred") || may_be_gone && !there {
            assert!(!there, "{name} is back");
            for result in [first, latest] {
                assert_eq!(result.unwrap_err().kind(), ErrorKind::NotFound);
            }
            return;
        }
        assert_eq!(first.unwrap(), value(name, 1));
        let latest = latest.unwrap();
        let rotated = latest == value(name, 2);
        assert!(rotated || latest == value(name, 1) && !self.has(name, "secret.rotate"));
    }

    /// The log is whole and goes on from what it was before.
    fn verify(&self, folder: &Path) {
        let keys = [signer().verifying_key().clone()];
        let anchors: Vec<_> = self.seen.iter().cloned().collect();
        let report = verify_folder(folder.join("log"), &keys, &anchors).unwrap();
        assert_eq!(report.verdict, LogVerdict::Intact);
    }
}

#[test]
fn kill_vault_in_files() {
    let mut folder = Folder::new();
    let mut acknowledged = Acknowledged::default();
    let mut total = 0;
    for round in 0..child::kill_rounds() {
        let task = format!("{round} {}", folder.path().display());
        let mut command = child::command("vault::kill::child", &task);
        for line in child::run_and_kill(&mut command, Duration::from_millis(250)) {
            acknowledged.add(&line);
            total += 1;
        }
        acknowledged.check(folder.path());
        if round % 5 == 4 {
            // A long log makes long checks.
            folder = Folder::new();
            acknowledged = Acknowledged::default();
        }
    }
    assert!(
        total > child::kill_rounds(),
        "the children did next to nothing"
    );
}

#[test]
fn child() {
    let Some(task) = child::task() else { return };
    let (round, path) = task.split_once(' ').unwrap();
    let (vault, ..) = open(Path::new(path));
    let lanes: Vec<_> = (0..LANES)
        .map(|lane| {
            let (vault, round) = (vault.clone(), round.to_owned());
            thread::spawn(move || {
                for number in 0.. {
                    let name = format!("{round}-{lane}-{number}");
                    block_on(live(&vault, &name, number)).unwrap();
                }
            })
        })
        .collect();
    lanes.into_iter().for_each(|lane| lane.join().unwrap());
}
