//! A store against the one in memory, step by step.

use super::{begin, clear, everything};
use crate::Error;
use crate::store::{Batch, Condition, MAX_PAGE, MemoryStore, Range, RecordKey, Store};

/// Names and paths that come close to each other.
const TENANTS: [&str; 3] = ["", "t", "t\0"];
const COLLECTIONS: [&str; 2] = ["c", "c\0"];
const PATHS: [&[u8]; 6] = [b"", b"\0", b"a", b"a\0", b"a\xff", b"\xff"];

/// `steps` random calls, which the store must answer as [`MemoryStore`] answers
/// them, but for the numbers of revisions. The same seed makes the same calls.
///
/// # Errors
/// Those of the store.
///
/// # Panics
/// Where the two disagree.
pub async fn random(store: &dyn Store, seed: u64, steps: usize) -> Result<(), Error> {
    begin(store).await?;
    let model = MemoryStore::new();
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for step in 0..steps {
        let (ours, theirs) = batches(&mut random, &model, store).await?;
        let expected = model.commit(ours).await;
        let answered = store.commit(theirs).await;
        assert_eq!(
            expected.map(drop).map_err(|error| error.kind()),
            answered.map(drop).map_err(|error| error.kind()),
            "step {step} of seed {seed}"
        );

        let range = range(&mut random)?;
        let limit = random.below(8);
        let expected = model.scan(&range, limit).await?;
        let answered = store.scan(&range, limit).await?;
        let plain = |record: crate::store::StoredRecord| (record.key, record.value);
        assert!(
            expected
                .into_iter()
                .map(plain)
                .eq(answered.into_iter().map(plain)),
            "scan after step {step} of seed {seed}"
        );
    }
    let tenants = model.tenants(None, MAX_PAGE).await?;
    assert_eq!(tenants, store.tenants(None, MAX_PAGE).await?);
    for tenant in TENANTS {
        let collections = model.collections(tenant, None, MAX_PAGE).await?;
        assert_eq!(
            collections,
            store.collections(tenant, None, MAX_PAGE).await?
        );
        for collection in collections {
            let range = Range::collection(tenant, &collection)?;
            let ours = everything(&model, range.clone()).await?;
            let theirs = everything(store, range).await?;
            assert!(
                ours.iter()
                    .map(|record| (&record.key, &record.value))
                    .eq(theirs.iter().map(|record| (&record.key, &record.value)))
            );
        }
    }
    clear(store).await
}

/// One batch for each of the two: revisions are its own in each store.
async fn batches(
    random: &mut Random,
    model: &MemoryStore,
    store: &dyn Store,
) -> Result<(Batch, Batch), Error> {
    let (mut ours, mut theirs) = (Batch::new(), Batch::new());
    for _ in 0..random.below(3) {
        let key = key(random)?;
        let (here, there) = (model.get(&key).await?, store.get(&key).await?);
        assert_eq!(here.is_some(), there.is_some());
        let condition = |record: Option<crate::store::StoredRecord>, holds| match (record, holds) {
            (Some(record), true) => Condition::Revision(record.revision),
            (Some(_), false) | (None, true) => Condition::Absent,
            (None, false) => Condition::Revision(1),
        };
        let holds = random.below(6) > 0;
        ours = ours.require(key.clone(), condition(here, holds));
        theirs = theirs.require(key, condition(there, holds));
    }
    if random.below(5) == 0 {
        let range = range(random)?;
        ours = ours.delete_range(range.clone());
        theirs = theirs.delete_range(range);
    }
    for _ in 0..random.below(5) {
        let key = key(random)?;
        if random.below(3) == 0 {
            ours = ours.delete(key.clone());
            theirs = theirs.delete(key);
        } else {
            let value = vec![random.below(256) as u8; random.below(40)];
            ours = ours.put(key.clone(), value.clone());
            theirs = theirs.put(key, value);
        }
    }
    Ok((ours, theirs))
}

fn key(random: &mut Random) -> Result<RecordKey, Error> {
    RecordKey::new(
        random.one_of(&TENANTS),
        random.one_of(&COLLECTIONS),
        random.one_of(&PATHS),
    )
}

fn range(random: &mut Random) -> Result<Range, Error> {
    let range = Range::collection(random.one_of(&TENANTS), random.one_of(&COLLECTIONS))?;
    let path = random.one_of(&PATHS);
    Ok(match random.below(5) {
        0 => range,
        1 => range.prefix(path),
        2 => range.from(path),
        3 => range.after(path),
        _ => range.until(path),
    })
}

/// Xorshift: the same calls in every run and on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % bound
    }

    fn one_of<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let at = self.below(items.len());
        items.get(at).copied().unwrap_or_default()
    }
}
