//! What somebody can do who can write to the store of a log, tried out record by
//! record on a small log: nothing of it goes unseen but what the threat model says.

mod drive;
mod lab;
mod restore;
mod vectors;

use std::ops::RangeInclusive;
use std::sync::Arc;

use confidant::audit::{Appended, Checkpoint, Log, LogVerdict, Signer, verify_store};
use confidant::store::{Store, StoredRecord};
use confidant::{Error, ErrorKind};

pub(crate) use self::lab::Jealous;
use self::lab::{Lab, Memory, Records, records};
use super::{access, entry, key};
use confidant::taxonomy::Tenant;

const NAME: &str = "main";
/// The batches of the log, each with so many entries.
const BATCHES: [u64; 4] = [1, 2, 1, 2];
const SIZE: u64 = 6;
/// At one in so many of the bytes that are changed, records are cut off as well.
const CUTS: usize = 4;

/// What an attack comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// One of these entries was altered: verifying and opening say the same.
    Altered { leaf: RangeInclusive<u64> },
    /// What a later checkpoint vouches for as well: it is intact, or one of these entries
    /// was altered.
    Covered { leaf: RangeInclusive<u64> },
    /// Another log, signed by the same key: an anchor shows it, and a process that has
    /// seen the one before.
    Forked,
    /// Nothing is left: as if there never was a log. An anchor shows it, and a process
    /// that has seen one.
    Gone,
    /// Nothing that anything depends on.
    Harmless,
    /// Signed by a key that is not known.
    OtherKey,
    /// An earlier state of the log, with so many entries: an anchor shows it, and a
    /// process that has seen a later one.
    RolledBack(u64),
}

fn altered(leaf: RangeInclusive<u64>) -> Outcome {
    Outcome::Altered { leaf }
}

struct Attack {
    name: String,
    records: Records,
    outcome: Outcome,
}

/// The log that is attacked, and what else an attacker may have.
struct Target {
    /// The states of the log: after each batch, and empty at first.
    states: Vec<Records>,
    checkpoints: Vec<Checkpoint>,
    /// Another log by the same key, one that forked off after the second batch, and
    /// the same by another key.
    other: Records,
    fork: Records,
    by_other_key: Records,
}

async fn open(store: &Arc<dyn Store>, signer: Arc<dyn Signer>) -> Result<Log, Error> {
    Log::builder(signer)
        .open_store(Arc::clone(store), NAME)
        .await
}

/// Appends the batches from that number on, and returns the states.
async fn fill(lab: &dyn Lab, signer: u8, from: usize, first: u64) -> (Vec<Records>, Vec<Appended>) {
    let store = lab.store();
    let log = open(&store, key(signer)).await.unwrap();
    let (mut states, mut appended) = (Vec::new(), Vec::new());
    let mut number = first;
    for count in &BATCHES[from..] {
        let entries: Vec<_> = (number..number + count).map(entry).collect();
        number += count;
        appended.push(log.append_all(&entries).await.unwrap());
        states.push(records(&*store, NAME).await);
    }
    (states, appended)
}

impl Target {
    async fn new(lab: &dyn Lab) -> Self {
        let (other, _) = fill(&Memory::new(), 1, 0, 500).await;
        let (by_other_key, _) = fill(&Memory::new(), 2, 0, 0).await;
        let (mut states, appended) = fill(lab, 1, 0, 0).await;
        states.insert(0, Vec::new());
        let forked = Memory::new();
        forked.set(NAME, &states[2]).await;
        let (fork, _) = fill(&forked, 1, 2, 700).await;
        let checkpoints = appended.iter().map(|batch| batch.checkpoint().clone());
        Self {
            states,
            checkpoints: checkpoints.collect(),
            other: other.last().unwrap().clone(),
            fork: fork.last().unwrap().clone(),
            by_other_key: by_other_key.last().unwrap().clone(),
        }
    }

    fn full(&self) -> &Records {
        self.states.last().unwrap()
    }
}

/// The first entry of the batch that has this one.
fn batch_of(index: u64) -> u64 {
    let firsts = BATCHES.iter().scan(0, |next, count| {
        *next += count;
        Some(*next - count)
    });
    firsts.take_while(|first| *first <= index).last().unwrap()
}

fn is_last_of_batch(index: u64) -> bool {
    index + 1 == SIZE || batch_of(index + 1) == index + 1
}

/// Which entry a record is of; `None` for the head.
fn index_of(record: &StoredRecord) -> Option<u64> {
    let index = record.key.path().strip_prefix(b"e")?;
    index.try_into().ok().map(u64::from_be_bytes)
}

/// Where in a record the entry ends, and behind the last of a batch the id does.
fn parts(record: &StoredRecord) -> (usize, usize) {
    let len = u16::from_be_bytes([record.value[0], record.value[1]]);
    let entry = 2 + usize::from(len);
    (entry, entry + 16)
}

/// What becomes of a log in which this byte of this record is another one.
fn changed(record: &StoredRecord, at: usize) -> Outcome {
    // The size that a head names may be another one then.
    let Some(index) = index_of(record) else {
        return altered(0..=SIZE);
    };
    let (entry, id) = parts(record);
    match at {
        // The id of a batch proves nothing, and nothing depends on it.
        at if (entry..id).contains(&at) => Outcome::Harmless,
        // A checkpoint in the middle: those behind it vouch for the same entries.
        at if at >= id => Outcome::Covered {
            leaf: batch_of(index)..=index,
        },
        _ => altered(batch_of(index)..=index),
    }
}

/// Every way to change one byte of a record, and to cut one off; only one in `step`.
fn damages(full: &Records, step: usize) -> Vec<Attack> {
    let mut attacks = Vec::new();
    for (number, record) in full.iter().enumerate() {
        let mut attack = |name: String, value: Vec<u8>, outcome| {
            let mut records = full.clone();
            records[number].value = value;
            attacks.push(Attack {
                name: format!("record {number}, {name}"),
                records,
                outcome,
            });
        };
        let value = &record.value;
        for at in (number % step..value.len()).step_by(step) {
            let mut flipped = value.clone();
            flipped[at] ^= 1 << (at % 8);
            attack(format!("flip {at}"), flipped, changed(record, at));
            if !(at / step).is_multiple_of(CUTS) {
                continue;
            }
            let outcome = match index_of(record) {
                Some(_) if at == parts(record).0 && is_last_of_batch(index_of(record).unwrap()) => {
                    // The checkpoints behind it vouch for the same entries.
                    Outcome::Harmless
                }
                // Too short for an id.
                Some(index) if (parts(record).0 + 1..parts(record).1).contains(&at) => {
                    altered(batch_of(index)..=index)
                }
                _ => changed(record, at),
            };
            attack(format!("cut at {at}"), value[..at].to_vec(), outcome);
        }
        let mut longer = value.clone();
        longer.push(b'x');
        let outcome = changed(record, value.len());
        // Behind an entry that is not the last of its batch, it is malformed.
        let outcome = match (outcome, index_of(record)) {
            (_, Some(index)) if !is_last_of_batch(index) => altered(index..=index),
            (outcome, _) => outcome,
        };
        attack("longer".to_owned(), longer, outcome);
    }
    attacks
}

/// Every set of records that can be deleted.
fn deletions(full: &Records) -> Vec<Attack> {
    let keep = |set: u32| {
        let kept = full.iter().enumerate();
        let kept = kept.filter(move |(at, _)| set >> at & 1 == 1);
        kept.map(|(_, record)| record.clone()).collect::<Records>()
    };
    (0..1 << full.len())
        .map(|set: u32| {
            let records = keep(set);
            let has = |index| records.iter().any(|record| index_of(record) == Some(index));
            let entries = (0..SIZE).take_while(|index| has(*index)).count() as u64;
            let outcome = match records.len() {
                0 => Outcome::Gone,
                len if len == full.len() => Outcome::Harmless,
                _ => altered(batch_of(entries.min(SIZE - 1)).min(entries)..=entries),
            };
            Attack {
                name: format!("keep {set:b}"),
                records,
                outcome,
            }
        })
        .collect()
}

/// Each two records, with the value of the other.
fn swaps(full: &Records) -> Vec<Attack> {
    let mut attacks = Vec::new();
    for one in 0..full.len() {
        for two in one + 1..full.len() {
            let mut records = full.clone();
            records[one].value = full[two].value.clone();
            records[two].value = full[one].value.clone();
            let first = full[one..=two].iter().filter_map(index_of).min().unwrap();
            attacks.push(Attack {
                name: format!("swap {one} {two}"),
                records,
                outcome: altered(batch_of(first)..=first),
            });
        }
    }
    attacks
}

fn is_head(record: &StoredRecord) -> bool {
    record.key.path().starts_with(b"h")
}

/// Heads and entries of all states and logs, put together.
fn mixtures(target: &Target) -> Vec<Attack> {
    let mut attacks = Vec::new();
    let mut attack = |name: String, records: Records, outcome| {
        attacks.push(Attack {
            name,
            records,
            outcome,
        });
    };
    let entries = |state: &Records| -> Records {
        state
            .iter()
            .filter(|record| !is_head(record))
            .cloned()
            .collect()
    };
    let heads = |state: &Records| -> Records {
        state
            .iter()
            .filter(|record| is_head(record))
            .cloned()
            .collect()
    };
    let sizes: Vec<u64> = target
        .states
        .iter()
        .map(|state| entries(state).len() as u64)
        .collect();
    for (one, (head, known)) in target.states.iter().zip(&sizes).enumerate() {
        for (two, (state, size)) in target.states.iter().zip(&sizes).enumerate() {
            let outcome = match (known, size) {
                (0, 0) => Outcome::Gone,
                (known, size) if known == size && *size == SIZE => Outcome::Harmless,
                (known, size) if known == size => Outcome::RolledBack(*size),
                (known, size) => altered(*known.min(size)..=*known.max(size)),
            };
            let records = [heads(head), entries(state)].concat();
            attack(format!("head {one}, entries {two}"), records, outcome);
        }
    }
    let full = target.full();
    for (name, log, outcome) in [
        ("other", &target.other, Outcome::Forked),
        ("fork", &target.fork, Outcome::Forked),
        ("by another key", &target.by_other_key, Outcome::OtherKey),
    ] {
        attack(format!("all of {name}"), log.clone(), outcome);
        // The entries of another log with this head, and the other way round.
        let mixed = [heads(full), entries(log)].concat();
        attack(format!("entries of {name}"), mixed, altered(0..=SIZE));
        let mixed = [heads(log), entries(full)].concat();
        attack(format!("head of {name}"), mixed, altered(SIZE..=SIZE));
        attack(
            format!("a second head, of {name}"),
            [heads(log), full.clone()].concat(),
            altered(SIZE..=SIZE),
        );
        for index in 0..SIZE {
            let mut records = full.clone();
            let place = |record: &&mut StoredRecord| index_of(record) == Some(index);
            let theirs = log.iter().find(|record| index_of(record) == Some(index));
            let theirs = theirs.unwrap().value.clone();
            let ours = records.iter_mut().find(place).unwrap();
            // What the two logs have in common is no change.
            let same = theirs[..parts(ours).0] == ours.value[..parts(ours).0];
            ours.value = theirs;
            let outcome = match (same, log == &target.by_other_key) {
                // A whole batch with its own checkpoint: what does not follow is the next.
                (false, _) if batch_of(index) == index && is_last_of_batch(index) => {
                    altered(index..=index + 1)
                }
                (false, _) => altered(batch_of(index)..=index),
                (true, false) => Outcome::Harmless,
                (true, true) if !is_last_of_batch(index) => Outcome::Harmless,
                (true, true) => Outcome::Covered {
                    leaf: batch_of(index)..=index,
                },
            };
            attack(format!("entry {index} of {name}"), records, outcome);
        }
    }
    attacks
}

/// Records where there are none.
fn additions(full: &Records) -> Vec<Attack> {
    let last = full
        .iter()
        .find(|record| index_of(record) == Some(SIZE - 1))
        .unwrap();
    let paths: [(&[u8], Outcome); 7] = [
        (
            &[b'e', 0, 0, 0, 0, 0, 0, 0, SIZE as u8],
            altered(SIZE - 2..=SIZE),
        ),
        (&[b'e', 0, 0, 0, 0, 0, 0, 1, 0], altered(SIZE..=SIZE)),
        (b"e", Outcome::Harmless),
        (b"h", altered(SIZE..=SIZE)),
        (&[b'h'; 17], altered(SIZE..=SIZE)),
        (b"m an old marker", Outcome::Harmless),
        (&[b't', 0, 0, 0, 0, 0, 0, 0, 0, 0], Outcome::Harmless),
    ];
    let attack = |(path, outcome): (&[u8], Outcome)| {
        let key =
            confidant::store::RecordKey::new(Tenant::NONE, &format!("audit:{NAME}"), path).unwrap();
        let mut records = full.clone();
        records.push(StoredRecord::new(key, last.value.clone(), last.revision));
        Attack {
            name: format!("add {path:?}"),
            records,
            outcome,
        }
    };
    paths.into_iter().map(attack).collect()
}

fn verdict(leaf: u64) -> String {
    format!("entry {leaf} of the audit log is not what was written")
}

/// What verifying, opening and a process that was there before make of an attack.
async fn judge(lab: &dyn Lab, target: &Target, attack: &Attack) {
    let Attack {
        name,
        records: attacked,
        outcome,
    } = attack;
    let store = lab.store();
    lab.set(NAME, target.full()).await;
    let signer = Jealous::new(1);
    let keys = [signer.verifying_key().clone()];
    let running = open(&store, signer.clone()).await.unwrap();
    lab.set(NAME, attacked).await;

    let bare = verify_store(&*store, NAME, &keys, &[]).await;
    let bare = bare.map(|report| report.verdict);
    let anchored = verify_store(&*store, NAME, &keys, &target.checkpoints).await;
    let anchored = anchored.unwrap().verdict;
    let opened = open(&store, key(1)).await.map(drop);
    let anchor = SIZE;
    match outcome {
        Outcome::Covered { leaf } => {
            let found = match bare.unwrap() {
                LogVerdict::Intact => None,
                LogVerdict::Altered { leaf: found } if leaf.contains(&found) => Some(found),
                other => panic!("{name}: {other:?}"),
            };
            // What is no record any more does not open.
            if let Err(error) = opened {
                let verdict = found.map(verdict);
                assert_eq!(Some(error.to_string()), verdict, "{name}");
            }
        }
        Outcome::Altered { leaf } => {
            let Ok(LogVerdict::Altered { leaf: found }) = bare else {
                panic!("{name}: {bare:?}");
            };
            assert!(leaf.contains(&found), "{name}: {found} of {leaf:?}");
            assert_eq!(anchored, LogVerdict::Altered { leaf: found }, "{name}");
            let error = opened.err().unwrap_or_else(|| panic!("{name} opens"));
            assert_eq!(error.to_string(), verdict(found), "{name}");
        }
        Outcome::Forked => {
            assert_eq!(bare.unwrap(), LogVerdict::Intact, "{name}");
            assert!(
                matches!(anchored, LogVerdict::Forked { .. }),
                "{name}: {anchored:?}"
            );
            opened.unwrap();
        }
        Outcome::Gone => {
            assert_eq!(bare.unwrap_err().kind(), ErrorKind::NotFound, "{name}");
            assert_eq!(anchored, LogVerdict::Shorter { size: 0, anchor }, "{name}");
            opened.unwrap();
        }
        Outcome::Harmless => {
            assert_eq!(
                (bare.unwrap(), anchored),
                (LogVerdict::Intact, LogVerdict::Intact),
                "{name}"
            );
            opened.unwrap();
        }
        Outcome::OtherKey => {
            assert_eq!(bare.unwrap(), LogVerdict::OtherKey, "{name}");
            let error = opened.unwrap_err();
            assert_eq!(
                error.to_string(),
                "audit log is signed by another key",
                "{name}"
            );
        }
        Outcome::RolledBack(size) => {
            assert_eq!(bare.unwrap(), LogVerdict::Intact, "{name}");
            let shorter = LogVerdict::Shorter {
                size: *size,
                anchor,
            };
            assert_eq!(anchored, shorter, "{name}");
            opened.unwrap();
        }
    }
    meet(&running, &*store, attack).await;
}

/// A process that has seen the log goes on with that one, or not at all.
async fn meet(running: &Log, store: &dyn Store, attack: &Attack) {
    let name = &attack.name;
    let attacked = records(store, NAME).await;
    let left = |records: Records| {
        let entries = records
            .into_iter()
            .filter(|record| index_of(record).is_some_and(|i| i < SIZE));
        entries.collect::<Vec<_>>()
    };
    let appended = running.append(entry(900)).await;
    let after = records(store, NAME).await;
    assert_eq!(
        left(after.clone()),
        left(attacked.clone()),
        "{name}: overwritten"
    );
    match appended {
        Ok(appended) => {
            let goes_on = matches!(
                attack.outcome,
                Outcome::Altered { .. } | Outcome::Covered { .. } | Outcome::Harmless
            );
            assert!(goes_on, "{name}: went on");
            assert_eq!(appended.index(), SIZE, "{name}");
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Integrity, "{name}: {error}");
            assert_eq!(after, attacked, "{name}: something was written");
            assert_ne!(attack.outcome, Outcome::Harmless, "{name}: {error}");
        }
    }
    for index in 0..SIZE {
        match running.read(index..index + 1, &access()).await {
            Ok(read) => {
                let counts: Vec<_> = read[0].entry.counts().collect();
                assert_eq!(counts, [("n", index)], "{name}: {index} is another entry");
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Integrity, "{name}: {error}"),
        }
    }
}

/// All attacks on single bytes of one in `step`, and all others.
async fn all(lab: &dyn Lab, step: usize) -> usize {
    let target = Target::new(lab).await;
    let full = target.full();
    let attacks: Vec<_> = [
        damages(full, step),
        deletions(full),
        swaps(full),
        mixtures(&target),
        additions(full),
    ]
    .into_iter()
    .flatten()
    .collect();
    for attack in &attacks {
        judge(lab, &target, attack).await;
    }
    attacks.len()
}

#[test]
fn attack_every_record_in_memory() {
    let count = pollster::block_on(all(&Memory::new(), 1));
    assert!(count > 1500, "{count}");
}

#[test]
#[cfg(feature = "sqlite")]
fn attack_every_record_in_sqlite() {
    pollster::block_on(all(&lab::Sqlite::new(), 23));
}

#[test]
#[cfg(feature = "postgres")]
fn attack_every_record_in_postgres() {
    use crate::store::postgres::{address, runtime};

    let Some(address) = address() else { return };
    runtime().block_on(async { all(&lab::Postgres::new(&address).await, 23).await });
}
