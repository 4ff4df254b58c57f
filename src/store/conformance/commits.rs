//! Commits happen as a whole, on their conditions, or not at all.

use super::{begin, clear, collection, everything, key, put, refused};
use crate::store::{Batch, Condition, MAX_PAGE, Range, RecordKey, Store, StoredRecord};
use crate::{Error, ErrorKind};

/// Conditions decide over the whole batch, what a batch does happens in its order,
/// and no two commits have one revision.
///
/// # Errors
/// Those of the store.
///
/// # Panics
/// Where the store is not empty, or breaks the contract.
pub async fn commits(store: &dyn Store) -> Result<(), Error> {
    begin(store).await?;
    conditions(store).await?;
    clear(store).await?;
    ranges(store).await?;
    clear(store).await?;
    revisions(store).await?;
    clear(store).await
}

/// What passes a limit is refused before anything happens, and what just fits is
/// taken.
///
/// # Errors
/// Those of the store.
///
/// # Panics
/// Where the store is not empty, or breaks the contract.
pub async fn limits(store: &dyn Store) -> Result<(), Error> {
    begin(store).await?;
    let witness = key("witness")?;
    let large = Batch::new()
        .put(witness.clone(), Vec::new())
        .put(key("large")?, vec![0; Batch::MAX_VALUE + 1]);
    refused(store.commit(large).await, ErrorKind::Limit);
    let twice = put(&witness, "a").delete(witness.clone());
    refused(store.commit(twice).await, ErrorKind::Config);
    let mut batch = Batch::new();
    for number in 0..Batch::MAX_LEN {
        batch = batch.put(key(number.to_be_bytes())?, number.to_be_bytes().to_vec());
    }
    let many = batch.clone().delete(witness.clone());
    refused(store.commit(many).await, ErrorKind::Limit);
    assert_eq!(store.scan(&collection()?, 1).await?, []);

    store.commit(batch).await?;
    let mut found = store.scan(&collection()?, MAX_PAGE).await?;
    while let Some(last) = found.last().filter(|_| found.len() < Batch::MAX_LEN) {
        let rest = collection()?.after(last.key.path());
        let more = store.scan(&rest, MAX_PAGE).await?;
        assert!(!more.is_empty(), "records are missing");
        found.extend(more);
    }
    assert_eq!(found.len(), Batch::MAX_LEN);
    clear(store).await?;

    let mut batch = Batch::new();
    for number in 0..Batch::MAX_BYTES / Batch::MAX_VALUE - 1 {
        batch = batch.put(key(number.to_be_bytes())?, vec![7; Batch::MAX_VALUE]);
    }
    let len = batch.changes().len();
    store.commit(batch).await?;
    let found = store.scan(&collection()?, 100).await?;
    assert_eq!(found.len(), len);
    assert!(
        found
            .iter()
            .all(|record| record.value.len() == Batch::MAX_VALUE)
    );
    clear(store).await
}

async fn conditions(store: &dyn Store) -> Result<(), Error> {
    let (one, two, none) = (key("one")?, key("two")?, key("none")?);
    let create = put(&one, "1").require(one.clone(), Condition::Absent);
    let first = store.commit(create.clone()).await?;
    refused(store.commit(create).await, ErrorKind::Conflict);

    let stale = [0, first + 1, i64::MAX as u64, u64::MAX];
    for revision in stale.map(Condition::Revision) {
        let batch = put(&one, "stale").require(one.clone(), revision);
        refused(store.commit(batch).await, ErrorKind::Conflict);
        let batch = put(&none, "stale").require(none.clone(), revision);
        refused(store.commit(batch).await, ErrorKind::Conflict);
    }
    // A condition on what the batch does not touch, the last one of several, and
    // one that would hold only after the changes.
    let untouched = put(&two, "2")
        .require(none.clone(), Condition::Absent)
        .require(one.clone(), Condition::Revision(first));
    let second = store.commit(untouched).await?;
    for batch in [
        Batch::new()
            .require(two.clone(), Condition::Revision(second))
            .require(one.clone(), Condition::Revision(second)),
        Batch::new().require(one.clone(), Condition::Absent),
        Batch::new().require(none.clone(), Condition::Revision(first)),
    ] {
        let batch = batch
            .delete_range(collection()?)
            .delete(one.clone())
            .put(two.clone(), b"half-done".to_vec())
            .put(none.clone(), b"half-done".to_vec());
        refused(store.commit(batch).await, ErrorKind::Conflict);
    }
    let expected = [
        StoredRecord::new(one.clone(), b"1".to_vec(), first),
        StoredRecord::new(two.clone(), b"2".to_vec(), second),
    ];
    assert_eq!(everything(store, collection()?).await?, expected);

    let swap = Batch::new()
        .require(one.clone(), Condition::Revision(first))
        .require(two.clone(), Condition::Revision(second))
        .delete(one.clone())
        .put(two.clone(), b"swapped".to_vec());
    let third = store.commit(swap).await?;
    let expected = [StoredRecord::new(two, b"swapped".to_vec(), third)];
    assert_eq!(everything(store, collection()?).await?, expected);
    Ok(())
}

async fn ranges(store: &dyn Store) -> Result<(), Error> {
    let mut batch = Batch::new();
    for number in 0..50_u8 {
        batch = batch.put(key([number])?, vec![number]);
    }
    store.commit(batch).await?;
    let neighbour = RecordKey::new("conformance!", "checks", [20])?;
    store.commit(put(&neighbour, "stays")).await?;

    // A range is emptied before single keys are written, whatever was called
    // first, and two may overlap.
    let batch = Batch::new()
        .put(key([15])?, b"kept".to_vec())
        .put(key([60])?, b"new".to_vec())
        .delete(key([16])?)
        .delete(key("nothing")?)
        .delete_range(collection()?.from([10]).until([20]))
        .delete_range(collection()?.from([18]).until([25]))
        .delete_range(Range::collection(super::TENANT, "nothing")?);
    let revision = store.commit(batch).await?;
    let found = everything(store, collection()?).await?;
    let expected: Vec<u8> = (0..10).chain([15]).chain(25..50).chain([60]).collect();
    assert!(
        found
            .iter()
            .flat_map(|record| record.key.path())
            .eq(&expected)
    );
    let written: Vec<_> = found
        .iter()
        .filter(|record| record.revision == revision)
        .map(|record| record.value.as_slice())
        .collect();
    assert_eq!(written, [&b"kept"[..], b"new"]);
    assert!(store.get(&neighbour).await?.is_some());
    Ok(())
}

async fn revisions(store: &dyn Store) -> Result<(), Error> {
    let (one, two) = (key("one")?, key("two")?);
    let mut seen = Vec::new();
    for _ in 0..3 {
        let both = put(&one, "same").put(two.clone(), b"same".to_vec());
        let revision = store.commit(both).await?;
        for key in [&one, &two] {
            let found = store.get(key).await?.map(|record| record.revision);
            assert_eq!(found, Some(revision));
        }
        seen.push(revision);
        seen.push(store.commit(Batch::new()).await?);
        seen.push(store.commit(Batch::new().delete(one.clone())).await?);
        let range = Batch::new().delete_range(collection()?);
        seen.push(store.commit(range).await?);
    }
    assert!(!seen.contains(&0), "the first revision is 1");
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count, "two commits have one revision");
    Ok(())
}
