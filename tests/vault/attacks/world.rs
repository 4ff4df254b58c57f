//! A small vault with a past: every state that its records ever had.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use confidant::audit::{Caller, Log};
use confidant::decision::{Decision, Reason};
use confidant::store::{Batch, MAX_PAGE, Range, RecordKey, Store};
use confidant::time::Moment;
use confidant::vault::{NewSecret, RevealPolicy, RevealRequest, SecretRef, Vault};

use crate::vault::{TENANT, builder, caller, deploy, signer};
use confidant::taxonomy::Tenant;

pub(super) const OTHER: &str = "globex";

/// Every record of a store at one time.
pub(super) type Snapshot = BTreeMap<RecordKey, Vec<u8>>;

/// Shows everything.
#[derive(Debug)]
struct Show;

impl RevealPolicy for Show {
    fn decide(&self, _: &RevealRequest<'_>) -> Decision {
        Decision::allow(Reason::without_clause("a test may look"))
    }
}

pub(super) struct World {
    pub(super) store: Arc<dyn Store>,
    pub(super) log: Log,
    /// The process that made every change.
    pub(super) author: Vault,
    /// A process that was there early, and did nothing since.
    pub(super) bystander: Vault,
    pub(super) one: SecretRef,
    pub(super) two: SecretRef,
    pub(super) three: SecretRef,
    pub(super) other: SecretRef,
    /// The store after each step; the last is how it should be.
    pub(super) past: Vec<Snapshot>,
}

pub(super) fn me() -> Caller {
    caller("attack")
}

pub(super) fn later() -> Moment {
    Moment::from_unix_seconds(4_000_000_000).unwrap()
}

fn open(store: &Arc<dyn Store>, log: &Log) -> Vault {
    let builder = builder(Arc::clone(store), log.clone());
    builder.reveal_policy(Arc::new(Show)).build()
}

impl World {
    /// The key of the tenant `acme` is in its second version, of two. `one` belongs to
    /// the connection `github`, has had versions 1 to 3, of which 1 is shredded, and was
    /// disabled and enabled; `two` is disabled; `three` is shredded.
    pub(super) async fn new(store: Arc<dyn Store>) -> Self {
        let log = Log::builder(signer()).in_memory().unwrap();
        let (author, bystander) = (open(&store, &log), open(&store, &log));
        let me = me();
        let mut past = Vec::new();
        let mut step = async || past.push(snapshot(&*store).await);

        let new = NewSecret::new(Tenant::new(TENANT), "one", b"one 1", deploy());
        let new = new.connection("github").unwrap();
        let one = author.put(&me, &new).await.unwrap();
        step().await;
        let put = async |tenant, name, value: &[u8]| {
            let new = NewSecret::new(Tenant::new(tenant), name, value, deploy());
            author.put(&me, &new).await.unwrap()
        };
        let two = put(TENANT, "two", b"two 1").await;
        step().await;
        let other = put(OTHER, "one", b"other 1").await;
        step().await;
        author.rotate(&me, &one, b"one 2").await.unwrap();
        step().await;
        let purpose = deploy();
        let used = bystander.use_with(&me, &one, &purpose, <[u8]>::to_vec);
        assert_eq!(used.await.unwrap(), b"one 2");
        author.disable(&me, &one).await.unwrap();
        step().await;
        author.enable(&me, &one).await.unwrap();
        step().await;
        author.rotate_tenant_key(&me, TENANT, 1).await.unwrap();
        step().await;
        let done = author.rewrap_secrets(&me, TENANT, None, |_| ()).await;
        assert_eq!(done.unwrap().rewrapped, 3);
        step().await;
        author.rotate(&me, &one, b"one 3").await.unwrap();
        step().await;
        assert!(author.shred_version(&me, &one, 1).await.unwrap());
        step().await;
        author.expire(&me, &one, later()).await.unwrap();
        step().await;
        let three = put(TENANT, "three", b"three 1").await;
        step().await;
        assert!(author.shred(&me, &three).await.unwrap());
        author.disable(&me, &two).await.unwrap();
        step().await;
        Self {
            store,
            log,
            author,
            bystander,
            one,
            two,
            three,
            other,
            past,
        }
    }

    /// A process that begins now.
    pub(super) fn newcomer(&self) -> Vault {
        open(&self.store, &self.log)
    }

    pub(super) fn last(&self) -> &Snapshot {
        self.past.last().unwrap()
    }

    /// Every key that there ever was.
    pub(super) fn keys(&self) -> BTreeSet<RecordKey> {
        let keys = self.past.iter().flat_map(BTreeMap::keys);
        keys.cloned().collect()
    }

    /// Has the store hold just this, as who can write to it can.
    pub(super) async fn write(&self, snapshot: &Snapshot) {
        let mut batch = Batch::new();
        for key in self.keys() {
            batch = match snapshot.get(&key) {
                Some(value) => batch.put(key, value.clone()),
                None => batch.delete(key),
            };
        }
        self.store.commit(batch).await.unwrap();
    }
}

pub(super) async fn snapshot(store: &dyn Store) -> Snapshot {
    let mut all = Snapshot::new();
    for tenant in [TENANT, OTHER] {
        for collection in [
            "confidant.tenant-key",
            "confidant.vault.secret",
            "confidant.vault.version",
        ] {
            let range = Range::collection(Tenant::new(tenant), collection).unwrap();
            for record in store.scan(&range, MAX_PAGE).await.unwrap() {
                all.insert(record.key, record.value);
            }
        }
    }
    all
}
