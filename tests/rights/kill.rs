//! Processes that are killed while they open requests and take steps.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use confidant::Error;
use confidant::audit::{Log, Outcome};
use confidant::rights::{Register, Step};
use confidant::store::SqliteStore;
use pollster::block_on;

use super::{TENANT, caller, deletion, register, report, rules, signer, subject, trail};
use crate::support::child;

const LANES: u32 = 4;

fn open(folder: &Path) -> (Register, Log) {
    let store = Arc::new(SqliteStore::open(folder.join("store")).unwrap());
    let log = block_on(Log::builder(signer()).open(folder.join("log"))).unwrap();
    (register(store, log.clone()), log)
}

/// The steps of a request from its beginning to its end.
fn steps() -> [Step; 5] {
    [
        Step::Accept,
        Step::Begin,
        report("primary"),
        report("vectors"),
        Step::Complete([1; 32]),
    ]
}

async fn live(register: &Register, name: &str) -> Result<(), Error> {
    let (person, rules) = (subject(name), rules());
    let by = |number| caller(&format!("{name}:{number}"));
    let opened = register.open(&by(0), TENANT, &person, deletion()).await?;
    child::acknowledge(&format!("{name} 0"));
    for (number, step) in (1..).zip(steps()) {
        register
            .under(&rules)
            .take(&by(number), TENANT, opened.request.id(), step)
            .await?;
        child::acknowledge(&format!("{name} {number}"));
    }
    Ok(())
}

/// Opens all again and makes sure that what was acknowledged holds.
fn check(folder: &Path, done: &BTreeMap<String, usize>) {
    let (register, log) = open(folder);
    let trail = block_on(trail(&log));
    for (name, acknowledged) in done {
        let requests = block_on(register.requests_of(TENANT, &subject(name))).unwrap();
        assert_eq!(requests.len(), 1, "{name}");
        let taken = requests[0].steps().count();
        // One step may have been taken that nobody was told of.
        assert!(
            (*acknowledged..=acknowledged + 1).contains(&taken),
            "{name}: {taken}"
        );
        // Each was taken once, and in order.
        let names = requests[0].steps().map(|(_, step)| step.as_str());
        assert!(names.eq(steps().iter().take(taken).map(Step::as_str)));
        for number in 0..=*acknowledged {
            let ends = trail.iter().filter(|((request, _, outcome), _)| {
                *request == format!("{name}:{number}") && *outcome == Outcome::Succeeded
            });
            assert_eq!(
                ends.map(|(_, count)| count).sum::<usize>(),
                1,
                "{name}:{number}"
            );
        }
    }
    for (request, action, _) in trail.keys() {
        let key = (request.clone(), action.clone(), Outcome::Attempted);
        assert!(trail.contains_key(&key), "not announced");
    }
}

#[test]
fn kill_rights_in_files() {
    let keep = |folder: &Path, done: &mut BTreeMap<String, usize>, lines: Vec<String>| {
        for line in lines {
            let (name, number) = line.split_once(' ').unwrap();
            done.insert(name.to_owned(), number.parse().unwrap());
        }
        check(folder, done);
    };
    child::kill_again_and_again("rights::kill::child", keep);
}

#[test]
fn child() {
    let Some((round, folder)) = child::place() else {
        return;
    };
    let (register, _) = open(&folder);
    child::in_lanes(LANES, |lane| {
        for number in 0.. {
            let name = format!("{round}-{lane}-{number}");
            block_on(live(&register, &name)).unwrap();
        }
    });
}
