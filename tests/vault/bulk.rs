//! Many secrets at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use confidant::audit::Log;
use confidant::store::{Batch, MAX_PAGE, MemoryStore, Range, SqliteStore, Store};
use pollster::block_on;

use super::{TENANT, caller, put, signer, used, vault};
use crate::support::folder::Folder;
use confidant::taxonomy::Tenant;

/// Puts secrets in memory, where that is quick, and copies them into a file.
fn filled(count: usize, folder: &Folder) -> Arc<SqliteStore> {
    let memory = Arc::new(MemoryStore::new());
    let log = Log::builder(signer()).in_memory().unwrap();
    let vault = vault(Arc::clone(&memory) as _, log);
    let me = caller("bulk");
    for number in 0..count {
        let name = format!("secret-{number}");
        block_on(put(&vault, &me, &name, name.as_bytes())).unwrap();
    }
    let store = Arc::new(SqliteStore::open(folder.join("store")).unwrap());
    for collection in block_on(memory.collections(TENANT, None, 10)).unwrap() {
        let mut range = Range::collection(Tenant::new(TENANT), &collection).unwrap();
        loop {
            let page = block_on(memory.scan(&range, MAX_PAGE)).unwrap();
            let Some(last) = page.last() else { break };
            range = range.after(last.key.path());
            let batch = page.into_iter().fold(Batch::new(), |batch, record| {
                batch.put(record.key, record.value)
            });
            block_on(store.commit(batch)).unwrap();
        }
    }
    store
}

#[test]
#[ignore = "takes a minute; the time is held to with optimised code"]
fn a_hundred_thousand_secrets_are_wrapped_anew_in_seconds() {
    let folder = Folder::new();
    let store = filled(100_000, &folder);
    let log = Log::builder(signer()).in_memory().unwrap();
    let vault = vault(Arc::clone(&store) as _, log);
    let me = caller("bulk");
    block_on(vault.rotate_tenant_key(&me, TENANT, 1)).unwrap();
    let begin = Instant::now();
    let mut steps = 0;
    let done = block_on(vault.rewrap_secrets(&me, TENANT, None, |_| steps += 1)).unwrap();
    let elapsed = begin.elapsed();
    assert_eq!(
        (done.rewrapped, done.overtaken, done.rejected),
        (100_000, 0, 0)
    );
    assert!(steps >= 400, "{steps} steps");
    assert!(elapsed < Duration::from_secs(10), "it took {elapsed:?}");
    // Nothing needs the version from before any more.
    block_on(vault.rotate_tenant_key(&me, TENANT, 1)).unwrap();
    let found = block_on(vault.find(&me, Tenant::new(TENANT), "secret-77777")).unwrap();
    let value = block_on(used(&vault, &found.unwrap().secret)).unwrap();
    assert_eq!(value, b"secret-77777");
}
