//! What is written is read, in order.

use super::{begin, clear, collection, everything, key, put, refused};
use crate::store::{Batch, MAX_PAGE, Range, RecordKey, Store, StoredRecord};
use crate::{Error, ErrorKind};

/// Values come back as they were written, scans are in order and in pages, and
/// what belongs to one tenant or collection is seen in no other.
///
/// # Errors
/// Those of the store.
///
/// # Panics
/// Where the store is not empty, or breaks the contract.
pub async fn records(store: &dyn Store) -> Result<(), Error> {
    begin(store).await?;
    values(store).await?;
    clear(store).await?;
    order(store).await?;
    clear(store).await?;
    tenants_are_apart(store).await?;
    clear(store).await
}

async fn values(store: &dyn Store) -> Result<(), Error> {
    assert_eq!(store.get(&key("nothing")?).await?, None);
    assert_eq!(store.scan(&collection()?, 10).await?, []);
    let all_bytes: Vec<u8> = (0..=255).collect();
    let cases = [
        (&b"empty"[..], Vec::new()),
        (b"bytes", all_bytes.clone()),
        (b"", b"the first path".to_vec()),
        (b"\0", b"a path of a zero".to_vec()),
        (b"\xff\xfe not UTF-8 \xc0", vec![0]),
        (&[0xff; RecordKey::MAX_PATH], b"the last path".to_vec()),
        (b"large", all_bytes.repeat(Batch::MAX_VALUE / 256)),
    ];
    for (path, value) in cases {
        let key = key(path)?;
        let revision = store.commit(put(&key, value.clone())).await?;
        let found = store.get(&key).await?;
        assert!(
            found == Some(StoredRecord::new(key, value, revision)),
            "a value does not come back as it was written"
        );
    }
    Ok(())
}

async fn order(store: &dyn Store) -> Result<(), Error> {
    // Bytewise, a prefix first: neither by the letters of a language nor signed.
    let paths: [&[u8]; 13] = [
        b"", b"\0", b"\0\0", b"\x01", b"A", b"B", b"a", b"a\0", b"aa", b"a\xff", b"b", b"\x80",
        b"\xff",
    ];
    let mut batch = Batch::new();
    for path in paths.iter().rev() {
        batch = batch.put(key(path)?, path.to_vec());
    }
    store.commit(batch).await?;
    let within = |range: &Range| -> Result<Vec<&[u8]>, Error> {
        let mut within = Vec::new();
        for path in paths {
            if range.contains(&key(path)?) {
                within.push(path);
            }
        }
        Ok(within)
    };
    for range in [
        collection()?,
        collection()?.prefix("a"),
        collection()?.prefix([0xff]),
        collection()?.from("B"),
        collection()?.after("a"),
        collection()?.until("a"),
        collection()?.from("A").until("a\0"),
        collection()?.from("b").until("a"),
        collection()?.after([0xff; RecordKey::MAX_PATH]),
        collection()?.until(""),
    ] {
        let expected = within(&range)?;
        for limit in [0, 1, 2, 5, paths.len(), MAX_PAGE] {
            let found = store.scan(&range, limit).await?;
            let found: Vec<_> = found.iter().map(|record| record.key.path()).collect();
            let first: Vec<_> = expected.iter().copied().take(limit).collect();
            assert_eq!(found, first, "a scan of {range:?} up to {limit}");
        }
        let paged = everything(store, range).await?;
        assert!(paged.iter().map(|record| record.key.path()).eq(expected));
        assert!(paged.iter().all(|record| record.value == record.key.path()));
    }
    refused(
        store.scan(&collection()?, MAX_PAGE + 1).await,
        ErrorKind::Limit,
    );
    Ok(())
}

async fn tenants_are_apart(store: &dyn Store) -> Result<(), Error> {
    // Wherever names are joined by a sign, or compared by a language, two of
    // these become one.
    let names = [
        "", "a", "A", "a\0", "a\0a", "aa", "a/a", "a:a", "a.a", "a%", "a_", "á", "a\u{301}", " a",
        "a ",
    ];
    let mut keys = Vec::new();
    for tenant in names {
        for collection in names.iter().filter(|name| !name.is_empty()) {
            for path in ["", "a", "\0a"] {
                keys.push(RecordKey::new(tenant, collection, path)?);
            }
        }
    }
    let mut batch = Batch::new();
    for (number, key) in keys.iter().enumerate() {
        batch = batch.put(key.clone(), number.to_be_bytes().to_vec());
    }
    let revision = store.commit(batch).await?;
    for (number, key) in keys.iter().enumerate() {
        let expected = StoredRecord::new(key.clone(), number.to_be_bytes().to_vec(), revision);
        assert_eq!(store.get(key).await?, Some(expected));
    }
    for tenant in names {
        for name in names.iter().filter(|name| !name.is_empty()) {
            let range = Range::collection(tenant, name)?;
            let found = store.scan(&range, MAX_PAGE).await?;
            assert_eq!(found.len(), 3);
            assert!(
                found.iter().all(|record| range.contains(&record.key)),
                "a scan left its tenant or collection"
            );
        }
    }
    let emptied = Range::collection("a", "a")?;
    store
        .commit(Batch::new().delete_range(emptied.clone()))
        .await?;
    for key in &keys {
        assert_eq!(
            store.get(key).await?.is_none(),
            emptied.contains(key),
            "a range was emptied beyond its tenant or collection"
        );
    }
    Ok(())
}
