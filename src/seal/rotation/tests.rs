use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pollster::block_on;

use super::*;
use crate::seal::{Finality, LocalKeys, TenantKeys};
use crate::secret::Secret;
use crate::store::{Batch, MemoryStore, Range, RecordKey, Store, StoredRecord};
use crate::taxonomy::Tenant;

fn version(text: &str) -> KeyVersion {
    KeyVersion::new(text).unwrap()
}

/// Keys of two versions, of which this one is current.
fn keyring(current: &str) -> Keyring {
    let key = |byte| Secret::from(&mut [byte; 32]);
    let keys = LocalKeys::new("local:a", version("1"), &key(1)).unwrap();
    let keys = keys.version(version("2"), &key(2)).unwrap();
    Keyring::new(keys.with_current(&version(current)).unwrap())
}

fn key(number: usize) -> RecordKey {
    RecordKey::new(Tenant::new("acme"), "secrets", format!("{number:04}")).unwrap()
}

fn context(record: &StoredRecord) -> Result<Context, Error> {
    let name = String::from_utf8_lossy(record.key.path());
    Context::new(Tenant::new(record.key.tenant()), &name)
}

fn put(store: &dyn Store, number: usize, value: Vec<u8>) {
    block_on(store.commit(Batch::new().put(key(number), value))).unwrap();
}

fn filled(keyring: &Keyring, count: usize) -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::new());
    for number in 0..count {
        let context = Context::new(Tenant::new("acme"), &format!("{number:04}")).unwrap();
        let sealed = block_on(keyring.seal(b"value", &context)).unwrap();
        put(&*store, number, sealed.into_bytes());
    }
    store
}

type ContextOf = fn(&StoredRecord) -> Result<Context, Error>;

fn records(store: &Arc<MemoryStore>) -> StoreRecords<ContextOf> {
    let range = Range::collection(Tenant::new("acme"), "secrets").unwrap();
    let store = Arc::clone(store) as Arc<dyn Store>;
    StoreRecords::new(store, range, context as ContextOf)
}

fn versions(store: &MemoryStore, keyring: &Keyring) -> Vec<String> {
    let range = Range::collection(Tenant::new("acme"), "secrets").unwrap();
    let all = block_on(store.scan(&range, 1000)).unwrap();
    let version = |record: StoredRecord| {
        let context = context(&record).unwrap();
        let opened = keyring.open(&record.value, &context);
        assert_eq!(block_on(opened).unwrap().expose_secret(), b"value");
        let envelope = Envelope::parse(&record.value).unwrap();
        envelope.key_version().to_owned()
    };
    all.into_iter().map(version).collect()
}

#[test]
fn all_records_are_brought_under_the_target() {
    let store = filled(&keyring("1"), 25);
    let keyring = keyring("2");
    let dry = |target| {
        let mut rewrap = Rewrap::new(keyring.clone()).dry_run().page_len(10).unwrap();
        if let Some(target) = target {
            rewrap = rewrap.target(version(target)).unwrap();
        }
        block_on(rewrap.run(&records(&store))).unwrap()
    };
    assert_eq!(dry(None).rewrapped, 25);
    assert_eq!((dry(Some("1")).rewrapped, dry(Some("1")).current), (0, 25));
    assert_eq!(versions(&store, &keyring), ["1"; 25]);

    let mut rewrap = Rewrap::new(keyring.clone()).page_len(10).unwrap();
    let report = block_on(rewrap.run(&records(&store))).unwrap();
    assert_eq!((report.seen, report.rewrapped, report.current), (25, 25, 0));
    assert!(report.is_complete());
    assert_eq!(versions(&store, &keyring), ["2"; 25]);
    assert_eq!(dry(None).current, 25);

    // Back, to a version that is not the current one.
    let rewrap = Rewrap::new(keyring.clone()).target(version("1")).unwrap();
    block_on({ rewrap }.run(&records(&store))).unwrap();
    assert_eq!(versions(&store, &keyring), ["1"; 25]);
}

#[test]
fn a_run_goes_on_where_it_was_interrupted() {
    let store = filled(&keyring("1"), 25);
    let keyring = keyring("2");
    let mut first = Rewrap::new(keyring.clone()).page_len(10).unwrap();
    assert!(block_on(first.step(&records(&store))).unwrap());
    assert_eq!(first.report().rewrapped, 10);
    let cursor = first.cursor().unwrap().to_vec();
    assert_eq!(cursor, b"0009");
    let mut second = Rewrap::new(keyring.clone()).resume_after(cursor);
    let report = block_on(second.run(&records(&store))).unwrap();
    assert_eq!((report.seen, report.rewrapped), (15, 15));
    assert_eq!(versions(&store, &keyring), ["2"; 25]);
    assert!(!block_on(second.step(&records(&store))).unwrap());
}

#[test]
fn what_does_not_open_stays_and_is_counted() {
    let store = filled(&keyring("1"), 5);
    let moved = block_on(store.get(&key(0))).unwrap().unwrap().value;
    put(&*store, 3, moved.clone());
    put(&*store, 4, b"not an envelope".to_vec());
    let mut rewrap = Rewrap::new(keyring("2"));
    let report = block_on(rewrap.run(&records(&store))).unwrap();
    assert_eq!((report.seen, report.rewrapped, report.rejected), (5, 3, 2));
    assert!(!report.is_complete());
    assert_eq!(block_on(store.get(&key(3))).unwrap().unwrap().value, moved);
}

/// Another writer is quicker with one record, and the store fails at another.
#[derive(Debug)]
struct Busy {
    records: StoreRecords<ContextOf>,
    store: Arc<MemoryStore>,
    replaced: AtomicUsize,
    fails_at: usize,
}

#[async_trait]
impl SealedRecords for Busy {
    async fn page(&self, after: Option<&[u8]>, limit: usize) -> Result<Vec<SealedRecord>, Error> {
        self.records.page(after, limit).await
    }

    async fn replace(&self, record: &SealedRecord, envelope: Envelope) -> Result<(), Error> {
        let at = self.replaced.fetch_add(1, Ordering::SeqCst);
        if at == self.fails_at {
            return Err(Error::message(ErrorKind::Store, "the disk is full"));
        }
        if record.place == b"0002" {
            put(&*self.store, 2, record.envelope.clone());
        }
        self.records.replace(record, envelope).await
    }
}

#[test]
fn what_others_change_meanwhile_stays_theirs() {
    let store = filled(&keyring("1"), 6);
    let busy = Busy {
        records: records(&store),
        store: Arc::clone(&store),
        replaced: AtomicUsize::new(0),
        fails_at: 4,
    };
    let keyring = keyring("2");
    let mut rewrap = Rewrap::new(keyring.clone());
    let error = block_on(rewrap.run(&busy)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    assert_eq!(
        (rewrap.cursor(), rewrap.report()),
        (None, RewrapReport::default())
    );
    assert_eq!(versions(&store, &keyring), ["2", "2", "1", "2", "1", "1"]);
    let report = block_on(rewrap.run(&busy)).unwrap();
    assert_eq!(
        (report.current, report.rewrapped, report.conflicts),
        (3, 2, 1)
    );
    assert!(!report.is_complete());
}

#[test]
fn settings_of_a_run_are_bounded() {
    let kind = |result: Result<Rewrap, Error>| result.unwrap_err().kind();
    let rewrap = || Rewrap::new(keyring("1"));
    assert_eq!(kind(rewrap().page_len(0)), ErrorKind::Config);
    assert_eq!(kind(rewrap().page_len(1001)), ErrorKind::Limit);
}

#[test]
fn tenants_keys_live_and_die_in_a_store() {
    let store = Arc::new(MemoryStore::new());
    let shared = || Arc::clone(&store) as Arc<dyn Store>;
    let keys = TenantKeys::new(keyring("1"), shared());
    assert!(block_on(keys.load("acme")).unwrap().is_none());
    let acme = block_on(keys.load_or_create("acme")).unwrap();
    let same = block_on(keys.load_or_create("acme")).unwrap();
    assert_eq!(acme.id(), same.id());
    let again = block_on(keys.create("acme")).unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);

    let store_of = || Arc::clone(&store);
    for number in 0..10 {
        let context = Context::new(Tenant::new("acme"), &format!("{number:04}")).unwrap();
        let sealed = acme.seal(b"value", &context).unwrap();
        put(&*store, number, sealed.into_bytes());
    }
    let acme = block_on(keys.rotate("acme", 1)).unwrap();
    let mut rewrap = Rewrap::of_tenant(acme.clone());
    let report = block_on(rewrap.run(&records(&store_of()))).unwrap();
    assert_eq!((report.rewrapped, report.is_complete()), (10, true));
    assert!(
        Rewrap::of_tenant(acme.clone())
            .target(version("1"))
            .is_err()
    );

    // Under another version of the provider's key one record changes.
    let newer = TenantKeys::new(keyring("2"), shared());
    block_on(newer.rewrap("acme", None)).unwrap();
    let loaded = block_on(newer.load("acme")).unwrap().unwrap();
    let record = block_on(store.get(&key(4))).unwrap().unwrap();
    let context = context(&record).unwrap();
    assert!(loaded.open(&record.value, &context).is_ok());

    let died = block_on(newer.destroy("acme")).unwrap();
    assert!(died.record.is_some());
    assert_eq!(died.finality, Finality::RecordDeleted);
    assert!(!block_on(newer.destroy("acme")).unwrap().existed());
    assert!(block_on(keys.load("acme")).unwrap().is_none());
    let reborn = block_on(keys.create("acme")).unwrap();
    assert!(reborn.open(&record.value, &context).is_err());
    for (rotated, kind) in [
        (
            block_on(keys.rotate("other", 1)).map(drop),
            ErrorKind::NotFound,
        ),
        (block_on(keys.rewrap("other", None)), ErrorKind::NotFound),
    ] {
        assert_eq!(rotated.unwrap_err().kind(), kind);
    }
}
