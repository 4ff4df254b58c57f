//! Processes that are killed while they record, withdraw and shred.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use confidant::Error;
use confidant::audit::{Log, Outcome};
use confidant::consent::{ConsentState, Ledger};
use confidant::store::SqliteStore;
use pollster::block_on;

use super::{
    TENANT, caller, entries, given, ledger, now, purpose, signer, subject, trail, withdrawn,
};
use crate::support::child;

const LANES: u32 = 4;

fn open(folder: &Path) -> (Ledger, Log) {
    let store = Arc::new(SqliteStore::open(folder.join("store")).unwrap());
    let log = block_on(Log::builder(signer()).open(folder.join("log"))).unwrap();
    (ledger(store, log.clone()), log)
}

/// One person from the first consent to the end. Of two, one is kept.
async fn live(ledger: &Ledger, name: &str, number: u64) -> Result<(), Error> {
    let acknowledge = |action: &str| child::acknowledge(&format!("{action} {name}"));
    let by = |action: &str| caller(&format!("{name}:{action}"));
    let person = subject(name);
    ledger
        .record(&by("give"), TENANT, &person, given("training"))
        .await?;
    acknowledge("give");
    ledger
        .record(&by("withdraw"), TENANT, &person, withdrawn("training"))
        .await?;
    acknowledge("withdraw");
    if number.is_multiple_of(2) {
        assert!(ledger.shred(&by("shred"), TENANT, &person).await?);
        acknowledge("shred");
    }
    Ok(())
}

#[derive(Default)]
struct Acknowledged {
    done: BTreeMap<String, BTreeSet<String>>,
}

impl Acknowledged {
    fn add(&mut self, line: &str) {
        let (action, name) = line.split_once(' ').unwrap();
        self.done
            .entry(name.to_owned())
            .or_default()
            .insert(action.to_owned());
    }

    /// Opens all again and makes sure that what was acknowledged holds.
    fn check(&self, folder: &Path) {
        let (ledger, log) = open(folder);
        block_on(ledger.verify_tenant(TENANT)).unwrap();
        let (trail, log) = (block_on(trail(&log)), block_on(entries(&log)));
        for (name, done) in &self.done {
            let person = subject(name);
            for action in done {
                let request = format!("{name}:{action}");
                for outcome in [Outcome::Attempted, Outcome::Succeeded] {
                    let key = (request.clone(), format!("consent.{action}"), outcome);
                    assert_eq!(trail.get(&key), Some(&1), "{key:?}");
                }
            }
            let facts = block_on(ledger.facts(TENANT, &person)).unwrap();
            let count = facts.receipts().count();
            let number: u64 = name.rsplit('-').next().unwrap().parse().unwrap();
            let may_be_gone = number.is_multiple_of(2) && done.contains("withdraw");
            if done.contains("shred") || may_be_gone && count == 0 {
                assert_eq!(count, 0, "{name} is back");
                continue;
            }
            assert!((done.len()..=2).contains(&count), "{name}: {count}");
            block_on(ledger.check_log(TENANT, &person, &log)).unwrap();
            let state = facts.consent(&purpose("training"), now());
            let expected = if count == 2 {
                ConsentState::Withdrawn
            } else {
                ConsentState::Given
            };
            assert_eq!(state, expected);
        }
        // Nothing was ever done that was not announced.
        for (request, action, _) in trail.keys() {
            let key = (request.clone(), action.clone(), Outcome::Attempted);
            assert!(trail.contains_key(&key));
        }
    }
}

#[test]
fn kill_consent_in_files() {
    let check = |folder: &Path, kept: &mut Acknowledged, lines: Vec<String>| {
        lines.iter().for_each(|line| kept.add(line));
        kept.check(folder);
    };
    child::kill_again_and_again("consent::kill::child", check);
}

#[test]
fn child() {
    let Some((round, folder)) = child::place() else {
        return;
    };
    let (ledger, _) = open(&folder);
    child::in_lanes(LANES, |lane| {
        for number in 0.. {
            let name = format!("{round}-{lane}-{number}");
            block_on(live(&ledger, &name, number)).unwrap();
        }
    });
}
