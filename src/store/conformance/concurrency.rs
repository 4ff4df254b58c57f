//! Commits that run at once.

use super::join::{Task, join};
use super::{begin, clear, collection, key};
use crate::store::{Batch, Condition, RecordKey, Store};
use crate::{Error, ErrorKind};

const TASKS: u64 = 8;
const ROUNDS: u64 = 10;

/// Tasks that count one counter up lose no count, of those that create one record
/// one wins, and no reader sees half of a commit.
///
/// # Errors
/// Those of the store.
///
/// # Panics
/// Where the store is not empty, or breaks the contract.
pub async fn concurrency(store: &dyn Store) -> Result<(), Error> {
    begin(store).await?;
    let shared = key("shared")?;
    let mut tasks: Vec<Task<'_, _>> = Vec::new();
    for task in 0..TASKS {
        let own = key([b'a' + task as u8])?;
        let shared = &shared;
        tasks.push(Box::pin(async move {
            for _ in 0..ROUNDS {
                count(store, &[shared, &own]).await?;
            }
            Ok::<_, Error>(())
        }));
    }
    for result in join(tasks).await {
        result?;
    }
    assert_eq!(
        number(store, &shared).await?,
        TASKS * ROUNDS,
        "counts are lost"
    );
    for task in 0..TASKS {
        let own = key([b'a' + task as u8])?;
        assert_eq!(number(store, &own).await?, ROUNDS);
    }
    clear(store).await?;

    one_creates(store).await?;
    clear(store).await?;
    readers_see_whole_commits(store).await?;
    clear(store).await
}

/// Counts up all of the counters in one commit, as often as it takes.
async fn count(store: &dyn Store, counters: &[&RecordKey]) -> Result<(), Error> {
    loop {
        let mut batch = Batch::new();
        for key in counters {
            let record = store.get(key).await?;
            let condition = record.as_ref().map_or(Condition::Absent, |record| {
                Condition::Revision(record.revision)
            });
            let value = record.map_or(0, |record| decoded(&record.value)) + 1;
            batch = batch
                .require((*key).clone(), condition)
                .put((*key).clone(), value.to_be_bytes().to_vec());
        }
        if took_place(store.commit(batch).await)? {
            return Ok(());
        }
    }
}

async fn one_creates(store: &dyn Store) -> Result<(), Error> {
    for round in 0..ROUNDS {
        let place = key(round.to_be_bytes())?;
        let mut tasks: Vec<Task<'_, _>> = Vec::new();
        for task in 0..TASKS {
            let place = &place;
            tasks.push(Box::pin(async move {
                let value = task.to_be_bytes().to_vec();
                let batch = Batch::new()
                    .require(place.clone(), Condition::Absent)
                    .put(place.clone(), value);
                // Asked again where the store was merely busy.
                loop {
                    match store.commit(batch.clone()).await {
                        Err(error) if error.is_retryable() => {}
                        result => return took_place(result).map(|won| won.then_some(task)),
                    }
                }
            }));
        }
        let mut winners = Vec::new();
        for result in join(tasks).await {
            winners.extend(result?);
        }
        assert_eq!(winners.len(), 1, "one of several creates a record");
        let found = number(store, &place).await?;
        assert!(winners.contains(&found));
    }
    Ok(())
}

async fn readers_see_whole_commits(store: &dyn Store) -> Result<(), Error> {
    let keys = [key("x")?, key("y")?, key("z")?];
    let mut tasks: Vec<Task<'_, _>> = Vec::new();
    for task in 0..TASKS {
        let keys = &keys;
        tasks.push(Box::pin(async move {
            for round in 0..ROUNDS {
                if task % 2 == 0 {
                    let value = (task * ROUNDS + round).to_be_bytes();
                    let batch = keys.iter().fold(Batch::new(), |batch, key| {
                        batch.put(key.clone(), value.to_vec())
                    });
                    while !took_place(store.commit(batch.clone()).await)? {}
                }
                let seen = store.scan(&collection()?, 10).await?;
                assert!(
                    seen.windows(2).all(|pair| pair.iter().all(|record| {
                        pair.first().is_some_and(|first| {
                            first.value == record.value && first.revision == record.revision
                        })
                    })),
                    "a scan sees half of a commit"
                );
                assert!(seen.is_empty() || seen.len() == keys.len());
            }
            Ok::<_, Error>(())
        }));
    }
    for result in join(tasks).await {
        result?;
    }
    Ok(())
}

/// Whether a commit happened; a store may be busy, and another may be first.
fn took_place(result: Result<u64, Error>) -> Result<bool, Error> {
    match result {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::Conflict || error.is_retryable() => Ok(false),
        Err(error) => Err(error),
    }
}

async fn number(store: &dyn Store, key: &RecordKey) -> Result<u64, Error> {
    let record = store.get(key).await?;
    Ok(record.map_or(0, |record| decoded(&record.value)))
}

fn decoded(value: &[u8]) -> u64 {
    value.try_into().map_or(u64::MAX, u64::from_be_bytes)
}
