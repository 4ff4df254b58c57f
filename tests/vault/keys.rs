//! Keys of tenants: asked for once, never confused after a restore, destroyed for good.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Barrier, Mutex, OnceLock, RwLock};
use std::thread;
use std::time::Duration;

use async_trait::async_trait;
use confidant::audit::{Caller, Log, LogKey};
use confidant::seal::{
    DataKey, Finality, KeyDestruction, KeyId, KeyProvider, KeyServiceCapabilities, KeyVersion,
    Keyring, LocalKeys, RewrapRequest, TenantKeyrings, TenantKeys, UnwrapRequest, WrapRequest,
    WrappedKey,
};
use confidant::secret::Secret;
use confidant::store::{Batch, MAX_PAGE, MemoryStore, Range, RecordKey, Store, StoredRecord};
use confidant::vault::{NewSecret, SecretRef, Vault};
use confidant::{Error, ErrorKind};
use pollster::block_on;

use super::{TENANT, builder_of, caller, deploy, kind, put, signer, used, vault};
use crate::support::folder::Folder;
use confidant::taxonomy::Tenant;

/// Counts what it is asked, and takes its time.
#[derive(Debug)]
struct Slow {
    keys: LocalKeys,
    wraps: AtomicU32,
    unwraps: AtomicU32,
}

impl Slow {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            keys: LocalKeys::generate("local:slow").unwrap(),
            wraps: AtomicU32::new(0),
            unwraps: AtomicU32::new(0),
        })
    }
}

#[async_trait]
impl KeyProvider for Slow {
    fn id(&self) -> &KeyId {
        self.keys.id()
    }

    fn capabilities(&self) -> KeyServiceCapabilities {
        self.keys.capabilities()
    }

    async fn current_version(&self) -> Result<KeyVersion, Error> {
        self.keys.current_version().await
    }

    async fn wrap(&self, items: &[WrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        self.wraps.fetch_add(1, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(20));
        self.keys.wrap(items).await
    }

    async fn unwrap(&self, items: &[UnwrapRequest<'_>]) -> Vec<Result<DataKey, Error>> {
        self.unwraps.fetch_add(1, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(20));
        self.keys.unwrap(items).await
    }

    async fn rewrap(&self, items: &[RewrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        self.keys.rewrap(items).await
    }
}

/// A vault whose process has just begun.
fn begun(provider: &Arc<Slow>, store: &Arc<MemoryStore>, log: &Log) -> Vault {
    let keyring = Keyring::builder(Arc::clone(provider) as _).build().unwrap();
    let log_key = LogKey::from_bytes([5; 32]);
    Vault::builder(keyring, Arc::clone(store) as _, log.clone(), log_key).build()
}

/// Has many threads do something at the same time.
fn together(count: usize, work: impl Fn(usize) + Sync) {
    let barrier = Barrier::new(count);
    thread::scope(|scope| {
        for number in 0..count {
            let (barrier, work) = (&barrier, &work);
            scope.spawn(move || {
                barrier.wait();
                work(number);
            });
        }
    });
}

#[test]
fn many_at_once_ask_the_key_service_once() {
    let (provider, store) = (Slow::new(), Arc::new(MemoryStore::new()));
    let log = Log::builder(signer()).in_memory().unwrap();
    let me = caller("flight");
    let vault = begun(&provider, &store, &log);
    together(200, |number| {
        let name = format!("secret-{number}");
        block_on(put(&vault, &me, &name, name.as_bytes())).unwrap();
    });
    // One key was made, and read from its record once.
    assert_eq!(provider.wraps.load(Ordering::SeqCst), 1);
    assert_eq!(provider.unwraps.load(Ordering::SeqCst), 1);

    let vault = begun(&provider, &store, &log);
    let secret = block_on(vault.find(&me, Tenant::new(TENANT), "secret-7")).unwrap();
    let secret = secret.unwrap().secret;
    let vault = begun(&provider, &store, &log);
    provider.unwraps.store(0, Ordering::SeqCst);
    together(200, |_| {
        assert_eq!(block_on(used(&vault, &secret)).unwrap(), b"secret-7");
    });
    assert_eq!(provider.unwraps.load(Ordering::SeqCst), 1);
}

/// A store that can be exchanged for another one under a running process.
#[derive(Debug)]
struct Exchanged(RwLock<Arc<MemoryStore>>);

impl Exchanged {
    fn now(&self) -> Arc<MemoryStore> {
        Arc::clone(&self.0.read().unwrap())
    }
}

#[async_trait]
impl Store for Exchanged {
    async fn get(&self, key: &RecordKey) -> Result<Option<StoredRecord>, Error> {
        self.now().get(key).await
    }

    async fn scan(&self, range: &Range, limit: usize) -> Result<Vec<StoredRecord>, Error> {
        self.now().scan(range, limit).await
    }

    async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        self.now().commit(batch).await
    }

    async fn tenants(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, Error> {
        self.now().tenants(after, limit).await
    }

    async fn collections(
        &self,
        tenant: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        self.now().collections(tenant, after, limit).await
    }
}

fn log() -> Log {
    Log::builder(signer()).in_memory().unwrap()
}

/// The numbers of commits repeat in a store that was put back, and keys must not.
#[test]
fn a_database_restored_under_a_running_process_takes_the_key_that_it_has() {
    block_on(async {
        let [before, after] = [(); 2].map(|()| Arc::new(MemoryStore::new()));
        let store = Arc::new(Exchanged(RwLock::new(Arc::clone(&before))));
        let me = caller("restore");
        let running = vault(Arc::clone(&store) as _, log());
        put(&running, &me, "one", b"one").await.unwrap();
        // Another past of the same length, with another key under the same revision.
        let other_log = log();
        let other = vault(Arc::clone(&after) as _, other_log.clone());
        put(&other, &me, "other", b"other").await.unwrap();
        let place = RecordKey::new(Tenant::new(TENANT), "confidant.tenant-key", "key").unwrap();
        let [old, new] = [
            before.get(&place).await.unwrap().unwrap(),
            after.get(&place).await.unwrap().unwrap(),
        ];
        assert_eq!(old.revision, new.revision);
        assert_ne!(old.value, new.value);

        *store.0.write().unwrap() = Arc::clone(&after);
        // The log tells of another key, so nothing is sealed until this is accepted.
        let refused = put(&running, &me, "two", b"two").await;
        assert_eq!(kind(refused), Some(ErrorKind::Integrity));
        running.accept_restored(&me).await.unwrap();
        let secret = put(&running, &me, "two", b"two").await.unwrap();
        // What was acknowledged can be used by any process from then on.
        let fresh = vault(Arc::clone(&after) as _, other_log);
        assert_eq!(used(&fresh, &secret).await.unwrap(), b"two");
        assert_eq!(used(&running, &secret).await.unwrap(), b"two");
    });
}

/// Everything that a store holds of a tenant.
async fn backup(store: &dyn Store) -> Batch {
    let mut batch = Batch::new();
    for collection in store.collections(TENANT, None, MAX_PAGE).await.unwrap() {
        let range = Range::collection(Tenant::new(TENANT), &collection).unwrap();
        for record in store.scan(&range, MAX_PAGE).await.unwrap() {
            batch = batch.put(record.key, record.value);
        }
    }
    batch
}

#[test]
fn a_store_that_was_put_back_is_accepted_by_name_only() {
    block_on(async {
        let (store, log) = (Arc::new(MemoryStore::new()), log());
        let me = caller("restore");
        let vault = vault(Arc::clone(&store) as _, log.clone());
        let kept = put(&vault, &me, "kept", b"kept").await.unwrap();
        let changed = put(&vault, &me, "changed", b"old").await.unwrap();
        let shredded = put(&vault, &me, "shredded", b"gone").await.unwrap();
        let backup = backup(&*store).await;
        vault.rotate(&me, &changed, b"new").await.unwrap();
        vault.shred(&me, &shredded).await.unwrap();
        let lost = put(&vault, &me, "lost", b"lost").await.unwrap();

        // The database is put back as it was.
        let everything = ["confidant.vault.secret", "confidant.vault.version"]
            .map(|collection| Range::collection(Tenant::new(TENANT), collection).unwrap());
        let batch = everything.into_iter().fold(backup, Batch::delete_range);
        store.commit(batch).await.unwrap();
        let beside = super::vault(Arc::clone(&store) as _, log);
        for vault in [&vault, &beside] {
            assert_eq!(used(vault, &kept).await.unwrap(), b"kept");
            for secret in [&changed, &shredded, &lost] {
                assert_eq!(kind(used(vault, secret).await), Some(ErrorKind::Integrity));
            }
            assert!(!vault.verify(&me).await.unwrap().is_intact());
        }
        vault.accept_restored(&me).await.unwrap();
        for vault in [&vault, &beside] {
            assert_eq!(used(vault, &changed).await.unwrap(), b"old");
            assert_eq!(kind(used(vault, &lost).await), Some(ErrorKind::NotFound));
            // What was shredded stays so.
            let used = used(vault, &shredded).await;
            assert_eq!(kind(used), Some(ErrorKind::Integrity));
        }
        assert!(vault.shred(&me, &shredded).await.unwrap());
        // The number of the version that was lost does not come again.
        assert_eq!(vault.rotate(&me, &changed, b"newer").await.unwrap(), 3);
        assert_eq!(used(&beside, &changed).await.unwrap(), b"newer");
    });
}

/// A key file for each tenant.
#[derive(Debug)]
struct Files {
    folder: PathBuf,
    /// Whether the provider's key cannot be destroyed now.
    fails: AtomicBool,
}

impl Files {
    fn path(&self, tenant: &str) -> PathBuf {
        self.folder.join(format!("{tenant}.keys"))
    }
}

#[async_trait]
impl TenantKeyrings for Files {
    async fn keyring(&self, tenant: &str) -> Result<Keyring, Error> {
        let (path, id) = (self.path(tenant), format!("local:{tenant}"));
        if self.fails.load(Ordering::SeqCst) {
            return Err(Error::foreign(ErrorKind::KeyService, "is down").retry());
        }
        Ok(Keyring::new(if path.exists() {
            LocalKeys::load(&id, &path)?
        } else {
            LocalKeys::generate_file(&id, &path)?
        }))
    }

    async fn existing_keyring(&self, tenant: &str) -> Result<Option<Keyring>, Error> {
        match self.path(tenant).exists() || self.fails.load(Ordering::SeqCst) {
            true => self.keyring(tenant).await.map(Some),
            false => Ok(None),
        }
    }
}

/// Only the destruction of the key that opened the record is final: not that of another one
/// in its place, and not that it cannot be found.
#[test]
fn a_key_that_opened_nothing_is_not_said_to_be_the_one() {
    let folder = Folder::new();
    let keyrings = Arc::new(Files {
        folder: folder.path().to_owned(),
        fails: AtomicBool::new(false),
    });
    block_on(async {
        let store = Arc::new(MemoryStore::new());
        let keys = TenantKeys::per_tenant(Arc::clone(&keyrings) as _, Arc::clone(&store) as _);
        let hidden = folder.join("hidden");
        let hide = || std::fs::rename(keyrings.path(TENANT), &hidden).unwrap();

        // The folder of the keys is not there.
        keys.load_or_create(TENANT).await.unwrap();
        hide();
        let receipt = keys.destroy(TENANT).await.unwrap();
        assert!(receipt.existed());
        assert_eq!(receipt.finality, Finality::RecordDeleted);
        assert_eq!(receipt.key_error.unwrap().kind(), ErrorKind::NotFound);
        assert!(
            !keyrings.path(TENANT).exists(),
            "a key was made, to be destroyed"
        );
        std::fs::rename(&hidden, keyrings.path(TENANT)).unwrap();

        // Another key has come in its place.
        keys.load_or_create(TENANT).await.unwrap();
        hide();
        keyrings.keyring(TENANT).await.unwrap();
        let receipt = keys.destroy(TENANT).await.unwrap();
        assert!(receipt.existed());
        assert_eq!(receipt.finality, Finality::RecordDeleted);
        assert_eq!(receipt.key_error.unwrap().kind(), ErrorKind::Open);
        std::fs::rename(&hidden, keyrings.path(TENANT)).unwrap();

        keys.load_or_create(TENANT).await.unwrap();
        let receipt = keys.destroy(TENANT).await.unwrap();
        assert_eq!(receipt.finality, Finality::KeyDestroyed);
        assert!(receipt.key_error.is_none());
        let again = keys.destroy(TENANT).await.unwrap();
        assert!(!again.existed() && again.key_error.is_none());
        assert_eq!(again.finality, Finality::RecordDeleted);
    });
}

/// Keyrings that put a secret of the tenant while its key is being destroyed.
#[derive(Debug)]
struct Meanwhile {
    files: Files,
    vault: OnceLock<Vault>,
    put: Mutex<Option<Result<SecretRef, Error>>>,
}

#[async_trait]
impl TenantKeyrings for Meanwhile {
    async fn keyring(&self, tenant: &str) -> Result<Keyring, Error> {
        self.files.keyring(tenant).await
    }

    async fn existing_keyring(&self, tenant: &str) -> Result<Option<Keyring>, Error> {
        let keyring = self.files.existing_keyring(tenant).await;
        if let Some(vault) = self.vault.get() {
            let outcome = put(vault, &caller("meanwhile"), "new", b"new").await;
            self.put.lock().unwrap().get_or_insert(outcome);
        }
        keyring
    }
}

/// What is put while a tenant is shredded is refused, or can be used afterwards.
#[test]
fn nothing_is_put_under_a_key_that_is_about_to_go() {
    let folder = Folder::new();
    let keyrings = Arc::new(Meanwhile {
        files: Files {
            folder: folder.path().to_owned(),
            fails: AtomicBool::new(false),
        },
        vault: OnceLock::new(),
        put: Mutex::new(None),
    });
    block_on(async {
        let store = Arc::new(MemoryStore::new());
        let log = Log::builder(signer()).in_memory().unwrap();
        let begun = || {
            let (keyrings, log) = (Arc::clone(&keyrings) as _, log.clone());
            let log_key = LogKey::from_bytes([5; 32]);
            Vault::builder_per_tenant(keyrings, Arc::clone(&store) as _, log, log_key).build()
        };
        let (vault, other) = (begun(), begun());
        let me = caller("shred");
        put(&vault, &me, "one", b"one").await.unwrap();
        keyrings.vault.set(other.clone()).unwrap();
        let receipt = vault.shred_tenant(&me, TENANT).await.unwrap();
        assert_eq!(receipt.finality, Finality::KeyDestroyed);
        let outcome = keyrings.put.lock().unwrap().take().unwrap();
        assert_eq!(kind(outcome), Some(ErrorKind::Conflict));
        // The tenant comes back once that is over.
        let secret = put(&other, &me, "two", b"two").await.unwrap();
        assert_eq!(used(&vault, &secret).await.unwrap(), b"two");
    });
}

/// Keys under which everybody can wrap, as with RSA.
#[derive(Debug)]
struct Public(LocalKeys);

#[async_trait]
impl KeyProvider for Public {
    fn id(&self) -> &KeyId {
        self.0.id()
    }

    fn capabilities(&self) -> KeyServiceCapabilities {
        let mut capabilities = self.0.capabilities();
        capabilities.authenticates = false;
        capabilities
    }

    async fn current_version(&self) -> Result<KeyVersion, Error> {
        self.0.current_version().await
    }

    async fn wrap(&self, items: &[WrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        self.0.wrap(items).await
    }

    async fn unwrap(&self, items: &[UnwrapRequest<'_>]) -> Vec<Result<DataKey, Error>> {
        self.0.unwrap(items).await
    }

    async fn rewrap(&self, items: &[RewrapRequest<'_>]) -> Vec<Result<WrappedKey, Error>> {
        self.0.rewrap(items).await
    }
}

/// A key that somebody planted is not taken for the tenant's: where everybody can wrap, a
/// vault takes none at all unless told to.
#[test]
fn a_provider_that_wraps_for_everybody_is_refused() {
    block_on(async {
        let store = Arc::new(MemoryStore::new());
        let keyring = Keyring::new(Public(LocalKeys::generate("local:public").unwrap()));
        // What anybody could do who knows the public key.
        let planted = TenantKeys::new(keyring.clone(), Arc::clone(&store) as _);
        planted.create(TENANT).await.unwrap();
        let builder = || {
            let log = Log::builder(signer()).in_memory().unwrap();
            let log_key = LogKey::from_bytes([5; 32]);
            Vault::builder(keyring.clone(), Arc::clone(&store) as _, log, log_key)
        };
        let me = caller("planted");
        for tenant in [TENANT, "globex"] {
            let new = NewSecret::new(Tenant::new(tenant), "one", b"one", deploy());
            let outcome = builder().build().put(&me, &new).await;
            assert_eq!(kind(outcome), Some(ErrorKind::Config), "{tenant}");
        }
        assert!(store.get(&head(TENANT)).await.unwrap().is_none());
        let vault = builder().danger_allow_public_wrapping().build();
        let secret = put(&vault, &me, "one", b"one").await.unwrap();
        assert_eq!(used(&vault, &secret).await.unwrap(), b"one");
    });
}

fn head(tenant: &str) -> RecordKey {
    RecordKey::new(Tenant::new(tenant), "confidant.vault.secret", "one").unwrap()
}

/// What was shredded and put back stays under the key that it was under.
#[test]
fn what_was_shredded_is_not_wrapped_anew() {
    block_on(async {
        let store = Arc::new(MemoryStore::new());
        let log = Log::builder(signer()).in_memory().unwrap();
        let vault = vault(Arc::clone(&store) as _, log);
        let me = caller("rewrap");
        let kept = put(&vault, &me, "kept", b"kept").await.unwrap();
        let whole = put(&vault, &me, "one", b"one").await.unwrap();
        let part = put(&vault, &me, "two", b"first").await.unwrap();
        vault.rotate(&me, &part, b"second").await.unwrap();
        let range = Range::collection(Tenant::new(TENANT), "confidant.vault.version").unwrap();
        let before = store.scan(&range, 10).await.unwrap();
        vault.shred(&me, &whole).await.unwrap();
        vault.shred_version(&me, &part, 1).await.unwrap();
        // Somebody puts back what was shredded, and nothing else.
        let now = store.scan(&range, 10).await.unwrap();
        let is_gone = |record: &StoredRecord| now.iter().all(|left| left.key != record.key);
        let gone: Vec<_> = before.into_iter().filter(is_gone).collect();
        assert_eq!(gone.len(), 2);
        let back = gone.iter().fold(Batch::new(), |batch, record| {
            batch.put(record.key.clone(), record.value.clone())
        });
        store.commit(back).await.unwrap();

        vault.rotate_tenant_key(&me, TENANT, 1).await.unwrap();
        let done = vault
            .rewrap_secrets(&me, TENANT, None, |_| {})
            .await
            .unwrap();
        assert_eq!((done.rewrapped, done.rejected), (2, 2));
        // They are not waited for either, and are lost with the old version.
        vault
            .drop_tenant_key_versions(&me, TENANT, 0)
            .await
            .unwrap();
        for record in &gone {
            let left = store.get(&record.key).await.unwrap().unwrap();
            assert_eq!(left.value, record.value);
        }
        assert_eq!(used(&vault, &kept).await.unwrap(), b"kept");
        assert_eq!(used(&vault, &part).await.unwrap(), b"second");
        assert_eq!(kind(used(&vault, &whole).await), Some(ErrorKind::NotFound));
    });
}

#[test]
fn a_tenant_with_a_key_of_its_own_is_shredded_for_good() {
    let folder = Folder::new();
    let keyrings = Arc::new(Files {
        folder: folder.path().to_owned(),
        fails: AtomicBool::new(false),
    });
    block_on(async {
        let store = Arc::new(MemoryStore::new());
        let open = |log| {
            let keyrings = Arc::clone(&keyrings) as _;
            let log_key = LogKey::from_bytes([5; 32]);
            Vault::builder_per_tenant(keyrings, Arc::clone(&store) as _, log, log_key).build()
        };
        let vault = open(log());
        let me = caller("shred");
        let secret = put(&vault, &me, "one", b"one").await.unwrap();
        let new = NewSecret::new(Tenant::new("globex"), "one", b"theirs", deploy());
        let theirs = vault.put(&me, &new).await.unwrap();
        let copy = backup(&*store).await;

        // The service is down: the record goes all the same, and the receipt says so.
        keyrings.fails.store(true, Ordering::SeqCst);
        let receipt = vault.shred_tenant(&me, TENANT).await.unwrap();
        assert!(receipt.existed());
        assert_eq!(receipt.finality, Finality::RecordDeleted);
        assert_eq!(receipt.key_error.unwrap().kind(), ErrorKind::KeyService);
        keyrings.fails.store(false, Ordering::SeqCst);
        // A copy of the store opens as long as the provider's key is there.
        store.commit(copy.clone()).await.unwrap();
        assert_eq!(used(&open(log()), &secret).await.unwrap(), b"one");
        assert_eq!(
            kind(used(&vault, &secret).await),
            Some(ErrorKind::Integrity)
        );

        let receipt = vault.shred_tenant(&me, TENANT).await.unwrap();
        assert_eq!(receipt.finality, Finality::KeyDestroyed);
        assert!(receipt.key_error.is_none());
        assert!(!keyrings.path(TENANT).exists());
        // Now none does, and the others are not touched.
        store.commit(copy).await.unwrap();
        let used_again = used(&open(log()), &secret).await;
        assert_eq!(kind(used_again), Some(ErrorKind::Open));
        assert_eq!(used(&vault, &theirs).await.unwrap(), b"theirs");
    });
}

#[test]
fn keys_that_are_elsewhere_are_not_said_to_be_destroyed() {
    block_on(async {
        let made = LocalKeys::generate("local:made").unwrap();
        for _ in 0..2 {
            let destroyed = made.destroy_key().await.unwrap();
            assert_eq!(destroyed, KeyDestruction::Destroyed);
        }
        let given = made.version(KeyVersion::new("2").unwrap(), &Secret::from(&mut [7; 32]));
        let destroyed = given.unwrap().destroy_key().await;
        assert_eq!(kind(destroyed), Some(ErrorKind::Config));
    });
}

/// Runs something before a record of tenants' keys is read for the second time.
struct Meddled {
    inner: MemoryStore,
    reads: AtomicU32,
}

impl std::fmt::Debug for Meddled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meddled").finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for Meddled {
    async fn get(&self, key: &RecordKey) -> Result<Option<StoredRecord>, Error> {
        let is_key = key.collection() == "confidant.tenant-key" && key.tenant() == TENANT;
        if is_key && self.reads.fetch_add(1, Ordering::SeqCst) == 1 {
            self.inner.commit(Batch::new().delete(key.clone())).await?;
        }
        self.inner.get(key).await
    }

    async fn scan(&self, range: &Range, limit: usize) -> Result<Vec<StoredRecord>, Error> {
        self.inner.scan(range, limit).await
    }

    async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        self.inner.commit(batch).await
    }

    async fn tenants(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, Error> {
        self.inner.tenants(after, limit).await
    }

    async fn collections(
        &self,
        tenant: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        self.inner.collections(tenant, after, limit).await
    }
}

#[test]
fn a_tenant_that_is_shredded_meanwhile_does_not_stop_the_others() {
    block_on(async {
        let store = Arc::new(Meddled {
            inner: MemoryStore::new(),
            reads: AtomicU32::new(u32::MAX / 2),
        });
        let log = log();
        let vault = vault(Arc::clone(&store) as _, log.clone());
        let me = caller("rewrap");
        for tenant in [TENANT, "globex", "initech"] {
            let new = NewSecret::new(Tenant::new(tenant), "one", b"one", deploy());
            vault.put(&me, &new).await.unwrap();
        }
        store.reads.store(0, Ordering::SeqCst);
        let mut seen = Vec::new();
        let renewed = builder_of(2, Arc::clone(&store) as _, log).build();
        let done = renewed
            .rewrap_tenant_keys(&me, None, |done| seen.push(done.last.clone().unwrap()))
            .await
            .unwrap();
        assert_eq!((done.rewrapped, done.overtaken), (2, 1));
        assert_eq!(seen, [TENANT, "globex", "initech"]);
    });
}

/// A use that begins after a secret was disabled or shredded does not get it.
#[test]
fn what_was_taken_away_is_away_at_once() {
    for shred in [false, true] {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let log = log();
        let [here, there] = [(); 2].map(|()| vault(Arc::clone(&store), log.clone()));
        let me = caller("at-once");
        for round in 0..20 {
            let name = format!("secret-{round}");
            let secret = block_on(put(&here, &me, &name, b"value")).unwrap();
            let is_away = AtomicBool::new(false);
            thread::scope(|scope| {
                for vault in [&here, &there, &there] {
                    let (secret, is_away) = (&secret, &is_away);
                    scope.spawn(move || {
                        for _ in 0..1000 {
                            let was_away = is_away.load(Ordering::SeqCst);
                            let used = block_on(used(vault, secret));
                            assert!(!(was_away && used.is_ok()), "it was used again");
                            if was_away {
                                break;
                            }
                        }
                    });
                }
                let taken = async {
                    if shred {
                        here.shred(&me, &secret).await.map(drop)
                    } else {
                        here.disable(&me, &secret).await
                    }
                };
                block_on(taken).unwrap();
                is_away.store(true, Ordering::SeqCst);
            });
        }
    }
}

/// A keyring of one local key with these bytes, under the id that all of them have.
fn one_key(version: &str, bytes: [u8; 32]) -> Keyring {
    let version = KeyVersion::new(version).unwrap();
    let mut bytes = bytes;
    Keyring::new(LocalKeys::new("local:main", version, &Secret::from(&mut bytes)).unwrap())
}

fn vault_of(keyring: Keyring, store: &Arc<MemoryStore>, log: &Log) -> Vault {
    let log_key = LogKey::from_bytes([5; 32]);
    Vault::builder(keyring, Arc::clone(store) as _, log.clone(), log_key).build()
}

#[test]
fn a_process_with_another_key_under_the_same_id_makes_no_tenant_key() {
    let store = Arc::new(MemoryStore::new());
    let log = log();
    let me = caller("wrong-key");
    let right = vault_of(one_key("1", [7; 32]), &store, &log);
    block_on(put_for(&right, &me, "acme")).unwrap();

    let wrong = vault_of(one_key("1", [8; 32]), &store, &log);
    assert_eq!(
        kind(block_on(put_for(&wrong, &me, "globex"))),
        Some(ErrorKind::Config)
    );
    assert!(
        block_on(right.find(&me, Tenant::new("globex"), "token"))
            .unwrap()
            .is_none()
    );
    // Under a version of its own, the provider has nothing to do with the others.
    let next = vault_of(one_key("2", [8; 32]), &store, &log);
    block_on(put_for(&next, &me, "globex")).unwrap();
    block_on(put_for(&right, &me, "initech")).unwrap();
}

async fn put_for(vault: &Vault, caller: &Caller, tenant: &str) -> Result<(), Error> {
    let new = NewSecret::new(Tenant::new(tenant), "token", b"t0ken", deploy());
    vault.put(caller, &new).await.map(drop)
}

#[test]
fn keys_under_the_current_version_are_counted_and_others_named() {
    let store = Arc::new(MemoryStore::new());
    let log = log();
    let me = caller("rewrap");
    let old = vault_of(one_key("1", [7; 32]), &store, &log);
    for tenant in ["acme", "globex", "initech"] {
        block_on(put_for(&old, &me, tenant)).unwrap();
    }
    let [first, second] = ["1", "2"].map(|version| KeyVersion::new(version).unwrap());
    let keys = LocalKeys::new("local:main", first, &Secret::from(&mut [7; 32])).unwrap();
    let keys = keys.version(second, &Secret::from(&mut [9; 32])).unwrap();
    let new = vault_of(Keyring::new(keys), &store, &log);
    // Somebody has changed one record.
    let damaged = RecordKey::new(Tenant::new("globex"), "confidant.tenant-key", b"key").unwrap();
    let mut record = block_on(store.get(&damaged)).unwrap().unwrap();
    *record.value.last_mut().unwrap() ^= 1;
    block_on(store.commit(Batch::new().put(damaged, record.value))).unwrap();

    let done = block_on(new.rewrap_tenant_keys(&me, None, |_| ())).unwrap();
    assert_eq!((done.rewrapped, done.current, done.rejected), (2, 0, 1));
    assert_eq!(done.rejected_tenants, ["globex"]);
    let again = block_on(new.rewrap_tenant_keys(&me, None, |_| ())).unwrap();
    assert_eq!((again.rewrapped, again.current, again.rejected), (0, 2, 1));
}

#[test]
fn versions_that_no_secret_needs_are_dropped() {
    let store = Arc::new(MemoryStore::new());
    let log = log();
    let vault = vault_of(one_key("1", [7; 32]), &store, &log);
    let me = caller("drop");
    let secret = block_on(put(&vault, &me, "token", b"t0ken")).unwrap();
    block_on(vault.rotate_tenant_key(&me, TENANT, 1)).unwrap();
    // The secret is still under the first version.
    let early = block_on(vault.drop_tenant_key_versions(&me, TENANT, 0));
    assert_eq!(kind(early), Some(ErrorKind::Refused));
    block_on(vault.rewrap_secrets(&me, TENANT, None, |_| ())).unwrap();
    assert_eq!(
        block_on(vault.drop_tenant_key_versions(&me, TENANT, 1)).unwrap(),
        2
    );
    assert_eq!(
        block_on(vault.drop_tenant_key_versions(&me, TENANT, 0)).unwrap(),
        1
    );
    assert_eq!(
        block_on(vault.drop_tenant_key_versions(&me, TENANT, 0)).unwrap(),
        1
    );
    assert_eq!(block_on(used(&vault, &secret)).unwrap(), b"t0ken");
    // Another process agrees, and the log too.
    let other = vault_of(one_key("1", [7; 32]), &store, &log);
    assert_eq!(block_on(used(&other, &secret)).unwrap(), b"t0ken");
    assert!(block_on(other.verify(&me)).unwrap().is_intact());
    block_on(other.rotate_tenant_key(&me, TENANT, 1)).unwrap();
    assert_eq!(block_on(used(&vault, &secret)).unwrap(), b"t0ken");
}
