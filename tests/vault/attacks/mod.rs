//! Everything that somebody can do who writes to the store and has no key: to each
//! record, in each of the ways there are, and what each verb says to it.
//!
//! The log is whole, as it is where the attacker cannot write to it or an anchor holds
//! it. For every kind of record and attack the verdicts of all verbs stand in
//! `verdicts.txt`, which is the threat model in full: nothing else may happen.

mod bits;
mod inherited;
mod undone;
mod verbs;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use confidant::store::{MemoryStore, RecordKey, Store};

use super::TENANT;
use verbs::{CHANGES, LOOKS, bystanders, run};
use world::{OTHER, Snapshot, World};

/// What is done to the records of a store, by a name.
type Attack = (String, Snapshot);

/// What a record is, from where the secret `one` stands.
fn what(world: &World, key: &RecordKey) -> String {
    let of = if key.tenant() == OTHER {
        "other's "
    } else {
        ""
    };
    let is = |secret: &confidant::vault::SecretRef| {
        let id = u128::from_str_radix(&secret.to_text(), 16).unwrap();
        key.path().starts_with(&id.to_be_bytes())
    };
    match key.collection() {
        "confidant.tenant-key" => format!("{of}key"),
        "confidant.vault.secret" => {
            let name = std::str::from_utf8(key.path()).unwrap();
            format!("{of}head of {name}")
        }
        _ => {
            let names = [
                ("one", &world.one),
                ("two", &world.two),
                ("three", &world.three),
                ("one", &world.other),
            ];
            let (name, _) = names.into_iter().find(|(_, secret)| is(secret)).unwrap();
            format!("{of}version {} of {name}", key.path()[23])
        }
    }
}

/// Each record in each of its older states, taken away, and in the place of each other
/// record of its kind; and each step of the past as a whole, by tenant and by secret.
fn attacks(world: &World) -> Vec<Attack> {
    let last = world.last();
    let mut attacks = Vec::new();
    let mut add = |name: String, change: &dyn Fn(&mut Snapshot)| {
        let mut changed = last.clone();
        change(&mut changed);
        if changed != *last {
            attacks.push((name, changed));
        }
    };
    for key in world.keys() {
        let what_it_is = what(world, &key);
        let mut states: Vec<_> = world
            .past
            .iter()
            .filter_map(|past| past.get(&key))
            .collect();
        states.dedup();
        for state in states {
            let verb = if last.contains_key(&key) {
                "older"
            } else {
                "revived"
            };
            add(format!("{what_it_is}: {verb}"), &|changed| {
                changed.insert(key.clone(), state.clone());
            });
        }
        add(format!("{what_it_is}: deleted"), &|changed| {
            changed.remove(&key);
        });
        for (other, value) in last {
            if other.collection() == key.collection() && *other != key {
                let from = what(world, other);
                add(format!("{what_it_is}: that of {from}"), &|changed| {
                    changed.insert(key.clone(), value.clone());
                });
            }
        }
    }
    let id_of_one = u128::from_str_radix(&world.one.to_text(), 16).unwrap();
    let id_of_one = id_of_one.to_be_bytes();
    for (step, past) in world.past.iter().enumerate() {
        let mut roll_back = |name: &str, is_part: &dyn Fn(&RecordKey) -> bool| {
            add(format!("{name}: as after step {step}"), &|changed| {
                changed.retain(|key, _| !is_part(key));
                let old = past.iter().filter(|(key, _)| is_part(key));
                changed.extend(old.map(|(key, value)| (key.clone(), value.clone())));
            });
        };
        let is_of_one = |key: &RecordKey| {
            let is_version = key.path().starts_with(&id_of_one);
            key.tenant() == TENANT && (key.path() == b"one" || is_version)
        };
        roll_back("all of one", &is_of_one);
        roll_back("all of the tenant", &|key| key.tenant() == TENANT);
        roll_back("everything", &|_| true);
    }
    // The same in every world, whatever the ids that were drawn.
    attacks.sort_by(|(one, _), (other, _)| one.cmp(other));
    attacks
}

/// Carries out attack number `at`; nothing where there are no more.
async fn attacked(store: Arc<dyn Store>, at: usize) -> Option<(World, String)> {
    let world = World::new(store).await;
    let (name, snapshot) = attacks(&world).into_iter().nth(at)?;
    world.write(&snapshot).await;
    Some((world, name))
}

/// The verdicts of all verbs, by what was done.
async fn verdicts(
    store: impl Fn() -> Arc<dyn Store>,
    changes: &[&str],
) -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let mut verdicts: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for at in 0.. {
        let Some((world, name)) = attacked(store(), at).await else {
            break;
        };
        let of_attack = verdicts.entry(name.clone()).or_default();
        let mut note = |verb: &str, verdict: String| {
            let of_verb = of_attack.entry(verb.to_owned()).or_default();
            of_verb.insert(verdict);
        };
        for vault in [&world.newcomer(), &world.bystander, &world.author] {
            for verb in LOOKS {
                note(verb, run(&world, vault, verb).await);
            }
            bystanders(&world, vault).await;
        }
        let mut world = world;
        for verb in changes {
            let before = world::snapshot(&*world.store).await;
            note(verb, run(&world, &world.newcomer(), verb).await);
            if world::snapshot(&*world.store).await != before {
                (world, _) = attacked(store(), at).await.unwrap();
            }
        }
    }
    verdicts
}

/// Attacks with the same verdicts stand together, and so do verbs.
fn written(verdicts: &BTreeMap<String, BTreeMap<String, BTreeSet<String>>>) -> String {
    let mut attacks: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (attack, verbs) in verdicts {
        let mut by_verdict: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (verb, verdicts) in verbs {
            let verdicts: Vec<_> = verdicts.iter().map(String::as_str).collect();
            let verbs = by_verdict.entry(verdicts.join(" | ")).or_default();
            verbs.push(verb);
        }
        let lines = by_verdict.iter();
        let lines = lines.map(|(verdict, verbs)| format!("    {verdict}: {}\n", verbs.join(", ")));
        attacks.entry(lines.collect()).or_default().push(attack);
    }
    let mut blocks: Vec<_> = attacks
        .into_iter()
        .map(|(lines, names)| (names, lines))
        .collect();
    blocks.sort();
    let block = |(names, lines): &(Vec<&str>, String)| format!("{}\n{lines}", names.join("\n"));
    blocks.iter().map(block).collect::<Vec<_>>().join("\n")
}

/// The documented verdicts. `CONFIDANT_WRITE_VERDICTS` names a file to write those of
/// now to.
fn assert_documented(found: &str) {
    if let Some(path) = std::env::var_os("CONFIDANT_WRITE_VERDICTS") {
        std::fs::write(path, found).unwrap();
    }
    let documented = include_str!("verdicts.txt");
    for (line, (found, documented)) in found.lines().zip(documented.lines()).enumerate() {
        assert_eq!(found, documented, "line {}", line + 1);
    }
    assert_eq!(found.lines().count(), documented.lines().count());
}

#[test]
fn attack_every_record_in_memory() {
    pollster::block_on(async {
        let verdicts = verdicts(|| Arc::new(MemoryStore::new()), &CHANGES).await;
        assert!(verdicts.len() > 60, "the attacks were not tried");
        assert_documented(&written(&verdicts));
    });
}

/// The same on a store in a file, where a world takes longer to make.
#[test]
#[cfg(feature = "sqlite")]
fn attack_every_record_in_a_file() {
    use std::cell::Cell;

    use confidant::store::SqliteStore;

    use crate::support::folder::Folder;

    let folder = Folder::new();
    let number = Cell::new(0);
    let store = || -> Arc<dyn Store> {
        number.set(number.get() + 1);
        let path = folder.join(&format!("store-{}", number.get()));
        Arc::new(SqliteStore::open(path).unwrap())
    };
    pollster::block_on(async {
        let in_file = verdicts(store, &["rotate"]).await;
        let mut in_memory = verdicts(|| Arc::new(MemoryStore::new()), &["rotate"]).await;
        in_memory.retain(|attack, _| in_file.contains_key(attack));
        assert_eq!(written(&in_file), written(&in_memory));
        assert!(in_file.len() > 60);
    });
}
