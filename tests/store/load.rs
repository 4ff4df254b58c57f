//! A load whose traces show whether anything was lost or done by half.
#![allow(dead_code, reason = "what one store needs, another may not")]

use confidant::store::{Batch, Condition, MAX_PAGE, Range, RecordKey, Store};
use confidant::taxonomy::Tenant;
use confidant::{Error, ErrorKind};

/// Several lanes run at once, so that commits meet.
pub(crate) const LANES: u64 = 4;
/// How many entries a lane keeps; older ones it takes away.
const KEPT: u64 = 20;

pub(crate) fn key(lane: u64, path: &str) -> RecordKey {
    RecordKey::new(Tenant::new(&format!("lane{lane}")), "load", path).unwrap()
}

fn entry(number: u64) -> String {
    format!("entry/{number:08}")
}

fn range(lane: u64) -> Range {
    Range::collection(Tenant::new(&format!("lane{lane}")), "load").unwrap()
}

fn number(value: &[u8]) -> u64 {
    u64::from_be_bytes(value[..8].try_into().unwrap())
}

/// A value that says which it is, of a length that is seldom the same twice.
fn value(number: u64) -> Vec<u8> {
    let mut value = number.to_be_bytes().to_vec();
    value.resize(8 + (number * 977 % 5000) as usize, number as u8);
    value
}

/// One commit of a lane: it counts the counter up, adds an entry, rewrites a twin of
/// the counter, and takes away by a range what is too old. Returns the new count.
pub(crate) async fn step(store: &dyn Store, lane: u64) -> Result<u64, Error> {
    let counter = store.get(&key(lane, "counter")).await?;
    let condition = counter.as_ref().map_or(Condition::Absent, |record| {
        Condition::Revision(record.revision)
    });
    let next = counter.map_or(0, |record| number(&record.value)) + 1;
    let old = range(lane)
        .prefix("entry/")
        .until(entry((next + 1).saturating_sub(KEPT)));
    let batch = Batch::new()
        .require(key(lane, "counter"), condition)
        .delete_range(old)
        .put(key(lane, "counter"), value(next))
        .put(key(lane, &entry(next)), value(next))
        .put(key(lane, "twin"), value(next));
    store.commit(batch).await?;
    Ok(next)
}

/// A step that goes on where the store cannot be reached for a while, or another was
/// first. Where a commit is in doubt, the counter says whether it happened.
pub(crate) async fn stubborn_step(store: &dyn Store, lane: u64) -> Result<u64, Error> {
    loop {
        match step(store, lane).await {
            Err(error)
                if error.is_retryable()
                    || matches!(error.kind(), ErrorKind::Conflict | ErrorKind::InDoubt) => {}
            result => return result,
        }
    }
}

/// What a lane has come to, after checking that nothing of it is there by half.
pub(crate) async fn check(store: &dyn Store, lane: u64) -> u64 {
    let records = store.scan(&range(lane), MAX_PAGE).await.unwrap();
    let Some((counter, rest)) = records.split_first() else {
        return 0;
    };
    assert_eq!(counter.key, key(lane, "counter"));
    let count = number(&counter.value);
    let (twin, entries) = rest.split_last().unwrap();
    assert_eq!(twin.key, key(lane, "twin"));
    assert_eq!(twin.value, counter.value);
    assert_eq!(twin.revision, counter.revision);
    let first = (count + 1).saturating_sub(KEPT).max(1);
    assert_eq!(entries.len() as u64, count + 1 - first);
    for (number, record) in (first..).zip(entries) {
        assert_eq!(record.key, key(lane, &entry(number)));
        assert!(
            record.value == value(number),
            "an entry is not what was written"
        );
    }
    let revisions: Vec<_> = entries.iter().map(|record| record.revision).collect();
    assert!(revisions.is_sorted());
    assert_eq!(revisions.last(), Some(&counter.revision));
    count
}

/// What the lanes acknowledged last.
#[derive(Default)]
pub(crate) struct Acknowledged([u64; LANES as usize]);

impl Acknowledged {
    /// Takes in `LANE COUNT`, as a child says it.
    pub(crate) fn add(&mut self, line: &str) {
        let (lane, count) = line.split_once(' ').unwrap();
        self.note(lane.parse().unwrap(), count.parse().unwrap());
    }

    pub(crate) fn note(&mut self, lane: u64, count: u64) {
        let latest = &mut self.0[lane as usize];
        *latest = count.max(*latest);
    }

    pub(crate) fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// All of it is there, and of what was under way at most one commit more.
    pub(crate) async fn check(&mut self, store: &dyn Store) {
        for (lane, latest) in (0..).zip(&mut self.0) {
            let found = check(store, lane).await;
            assert!(
                found >= *latest,
                "lane {lane}: {latest} was acknowledged, {found} is there"
            );
            assert!(
                found <= *latest + 1,
                "lane {lane}: {found} is there after {latest}"
            );
            *latest = found;
        }
    }
}
