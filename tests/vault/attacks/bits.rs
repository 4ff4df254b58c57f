//! Every byte of every record changed, and every record cut short or made longer.

use std::sync::Arc;

use confidant::store::{MemoryStore, RecordKey};

use super::verbs::{LOOKS, run};
use super::world::{Snapshot, World};

/// What each verb says to the world as it should be.
async fn expected(world: &World) -> Vec<String> {
    let vault = world.newcomer();
    let mut expected = Vec::new();
    for verb in LOOKS {
        expected.push(run(world, &vault, verb).await);
    }
    expected
}

/// Whether a verdict says that something is wrong.
fn is_refusal(verdict: &str) -> bool {
    ["Integrity", "Open"].contains(&verdict)
}

async fn changed(world: &World, key: &RecordKey, value: Vec<u8>, expected: &[String]) {
    let mut snapshot: Snapshot = world.last().clone();
    snapshot.insert(key.clone(), value);
    world.write(&snapshot).await;
    for (verb, expected) in LOOKS.iter().zip(expected) {
        let found = run(world, &world.author, verb).await;
        if *verb == "verify" {
            assert!(found.starts_with("Altered"), "{key:?}: {found}");
        } else {
            let is_good = found == *expected || is_refusal(&found);
            assert!(is_good, "{key:?}, {verb}: {found} instead of {expected}");
        }
    }
}

#[test]
fn attack_no_bit_of_a_record_can_be_changed() {
    pollster::block_on(async {
        let world = World::new(Arc::new(MemoryStore::new())).await;
        let expected = expected(&world).await;
        assert_eq!(expected.last().unwrap(), "intact");
        for (key, value) in world.last() {
            for at in 0..value.len() {
                let mut flipped = value.clone();
                flipped[at] ^= 1 << (at % 8);
                changed(&world, key, flipped, &expected).await;
            }
            for end in (0..value.len()).step_by(7) {
                changed(&world, key, value[..end].to_vec(), &expected).await;
            }
            changed(&world, key, value[..value.len() - 1].to_vec(), &expected).await;
            let longer = [value, &b"\0"[..]].concat();
            changed(&world, key, longer, &expected).await;
        }
        world.write(world.last()).await;
        assert_eq!(run(&world, &world.newcomer(), "verify").await, "intact");
    });
}
