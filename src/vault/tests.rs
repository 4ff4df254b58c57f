use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use pollster::block_on;

use super::*;
use crate::audit::{
    Access, Caller, Identifier, Log, LogKey, Outcome, Signer, SigningKey, VerifyingKey,
};
use crate::decision::{Decision, Reason};
use crate::seal::{Keyring, LocalKeys};
use crate::store::{Batch, MemoryStore, Range, RecordKey, Store};
use crate::taxonomy::Tenant;
use crate::time::{ManualClock, Moment};
use crate::{Error, ErrorKind};

const TOKEN: &[u8] = b"zq81-not-a-real-token-7vX";

/// Signs until it is told to fail: a log that takes nothing any more.
#[derive(Debug)]
struct Failing {
    key: SigningKey,
    fails: AtomicBool,
}

impl Signer for Failing {
    fn verifying_key(&self) -> &VerifyingKey {
        self.key.verifying_key()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], Error> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(Error::message(ErrorKind::Store, "the disk is full"));
        }
        self.key.sign(message)
    }
}

#[derive(Debug)]
struct AllowDebugging;

impl RevealPolicy for AllowDebugging {
    fn decide(&self, request: &RevealRequest<'_>) -> Decision {
        if request.purpose.as_str() == "debugging" && request.kind == "api-key" {
            Decision::allow(Reason::without_clause("an engineer may look at keys"))
        } else {
            Decision::deny(Reason::without_clause("only for debugging"))
        }
    }
}

struct Bench {
    vault: Vault,
    store: Arc<MemoryStore>,
    log: Log,
    signer: Arc<Failing>,
    clock: Arc<ManualClock>,
    caller: Caller,
}

fn id(text: &str) -> Identifier {
    Identifier::new(text).unwrap()
}

fn purpose(text: &str) -> SecretPurpose {
    SecretPurpose::new(text).unwrap()
}

impl Bench {
    fn new() -> Self {
        Self::with(|builder| builder)
    }

    fn with(more: impl FnOnce(VaultBuilder) -> VaultBuilder) -> Self {
        let store = Arc::new(MemoryStore::new());
        let signer = Arc::new(Failing {
            key: SigningKey::generate("test.invalid/audit").unwrap(),
            fails: AtomicBool::new(false),
        });
        let log = Log::builder(Arc::clone(&signer) as Arc<dyn Signer>)
            .in_memory()
            .unwrap();
        let clock = Arc::new(ManualClock::new(
            Moment::from_unix_seconds(1_000_000).unwrap(),
        ));
        let keyring = Keyring::new(LocalKeys::generate("local:test").unwrap());
        let builder = Vault::builder(
            keyring,
            Arc::clone(&store) as Arc<dyn Store>,
            log.clone(),
            LogKey::generate().unwrap(),
        );
        let vault = more(builder.clock(Arc::clone(&clock) as Arc<_>)).build();
        let caller = Caller::new(id("service:deployer")).request(id("req-1"));
        Self {
            vault,
            store,
            log,
            signer,
            clock,
            caller,
        }
    }

    fn put(&self, tenant: &str, name: &str) -> SecretRef {
        let secret = NewSecret::new(Tenant::new(tenant), name, TOKEN, purpose("deploy"));
        block_on(self.vault.put(&self.caller, &secret)).unwrap()
    }

    fn used(&self, secret: &SecretRef) -> Result<Vec<u8>, Error> {
        block_on(
            self.vault
                .use_with(&self.caller, secret, &purpose("deploy"), <[u8]>::to_vec),
        )
    }

    /// Actions and outcomes from the entry `from` on.
    fn trail(&self, from: u64) -> Vec<(String, Outcome)> {
        let access = Access::new(id("auditor"));
        let records = block_on(self.log.read(from..u64::MAX, &access)).unwrap();
        let entries = records.into_iter().map(|record| {
            let action = record.entry.action().as_str().unwrap().to_owned();
            (action, record.entry.outcome())
        });
        entries
            .filter(|(action, _)| !action.starts_with("audit."))
            .collect()
    }

    fn size(&self) -> u64 {
        block_on(self.log.checkpoint()).unwrap().size()
    }

    fn moment(&self, seconds: u64) -> Moment {
        use crate::time::Clock as _;
        self.clock
            .now()
            .checked_add(Duration::from_secs(seconds))
            .unwrap()
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) {
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Refused);
}

fn missing<T: std::fmt::Debug>(result: Result<T, Error>) {
    assert_eq!(result.unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn what_was_put_is_used_and_leaves_two_entries() {
    let bench = Bench::new();
    let secret = bench.put("acme", "registry");
    assert_eq!(bench.used(&secret).unwrap(), TOKEN);
    let trail = bench.trail(0);
    let expected = [
        ("secret.put", Outcome::Attempted),
        // The first of a tenant.
        ("tenant.create", Outcome::Attempted),
        ("tenant.create", Outcome::Succeeded),
        ("secret.put", Outcome::Succeeded),
        ("secret.use", Outcome::Attempted),
        ("secret.use", Outcome::Succeeded),
    ];
    assert_eq!(
        trail,
        expected.map(|(action, outcome)| (action.to_owned(), outcome))
    );
}

#[test]
fn a_secret_answers_no_other_purpose_and_no_other_scope() {
    let bench = Bench::new();
    let website = Scope::new("github:acme/website").unwrap();
    let other = Scope::new("github:acme/other").unwrap();
    let secret = NewSecret::new(
        Tenant::new("acme"),
        "github",
        TOKEN,
        purpose("repository-work"),
    )
    .purpose(purpose("git"))
    .scope(website.clone());
    let secret = block_on(bench.vault.put(&bench.caller, &secret)).unwrap();
    let used = |purpose: &str, scope| {
        let purpose = SecretPurpose::new(purpose).unwrap();
        block_on(bench.vault.use_with(
            &bench.caller,
            &secret,
            SecretUse::new(&purpose).scope(scope),
            <[u8]>::len,
        ))
    };
    assert_eq!(used("git", Some(&website)).unwrap(), TOKEN.len());
    assert_eq!(
        used("repository-work", Some(&website)).unwrap(),
        TOKEN.len()
    );
    let before = bench.size();
    refused(used("support", Some(&website)));
    refused(used("git", Some(&other)));
    refused(used("git", None));
    let denied = bench
        .trail(before)
        .into_iter()
        .filter(|(_, outcome)| *outcome == Outcome::Denied);
    assert_eq!(denied.count(), 3);
}

#[test]
fn a_name_is_used_once_and_free_again_after_shredding() {
    let bench = Bench::new();
    let first = bench.put("acme", "registry");
    let secret = NewSecret::new(
        Tenant::new("acme"),
        "registry",
        b"another",
        purpose("deploy"),
    );
    let error = block_on(bench.vault.put(&bench.caller, &secret)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    bench.put("globex", "registry");

    assert!(block_on(bench.vault.shred(&bench.caller, &first)).unwrap());
    assert!(!block_on(bench.vault.shred(&bench.caller, &first)).unwrap());
    let second = block_on(bench.vault.put(&bench.caller, &secret)).unwrap();
    missing(bench.used(&first));
    assert_eq!(bench.used(&second).unwrap(), b"another");
    // The old reference does not shred the new secret either.
    assert!(!block_on(bench.vault.shred(&bench.caller, &first)).unwrap());
    assert_eq!(bench.used(&second).unwrap(), b"another");
}

#[test]
fn rotation_keeps_the_versions_before() {
    let bench = Bench::new();
    let secret = bench.put("acme", "registry");
    let rotate = |value: &[u8]| block_on(bench.vault.rotate(&bench.caller, &secret, value));
    assert_eq!(rotate(b"second").unwrap(), 2);
    assert_eq!(rotate(b"third").unwrap(), 3);
    assert_eq!(bench.used(&secret).unwrap(), b"third");
    // What changes the whole secret takes no reference to a part of it.
    let part = secret.clone().at_version(1);
    let (vault, caller) = (&bench.vault, &bench.caller);
    for outcome in [
        block_on(vault.shred(caller, &part)).map(drop),
        block_on(vault.rotate(caller, &part, b"another")).map(drop),
        block_on(vault.disable(caller, &part)),
        block_on(vault.enable(caller, &part)),
        block_on(vault.expire(caller, &part, bench.moment(1))),
    ] {
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Config);
    }
    assert_eq!(bench.used(&secret.clone().at_version(1)).unwrap(), TOKEN);
    assert_eq!(
        bench.used(&secret.clone().at_version(2)).unwrap(),
        b"second"
    );
    missing(bench.used(&secret.clone().at_version(4)));

    let shred = |number| block_on(bench.vault.shred_version(&bench.caller, &secret, number));
    assert!(shred(1).unwrap());
    assert!(!shred(1).unwrap());
    missing(bench.used(&secret.clone().at_version(1)));
    assert_eq!(shred(3).unwrap_err().kind(), ErrorKind::Config);
    let versions = block_on(bench.vault.versions(&bench.caller, &secret)).unwrap();
    let numbers: Vec<_> = versions.iter().map(|version| version.number).collect();
    assert_eq!(numbers, [2, 3]);
    assert_eq!(versions[0].purposes, [purpose("deploy")]);
}

#[test]
fn disabled_and_expired_secrets_are_refused() {
    let bench = Bench::new();
    let secret = bench.put("acme", "registry");
    block_on(bench.vault.disable(&bench.caller, &secret)).unwrap();
    refused(bench.used(&secret));
    block_on(bench.vault.enable(&bench.caller, &secret)).unwrap();
    assert!(bench.used(&secret).is_ok());

    let short = NewSecret::new(Tenant::new("acme"), "short", TOKEN, purpose("deploy"))
        .expires(bench.moment(60));
    let short = block_on(bench.vault.put(&bench.caller, &short)).unwrap();
    block_on(bench.vault.expire(&bench.caller, &secret, bench.moment(30))).unwrap();
    assert!(bench.used(&short).is_ok() && bench.used(&secret).is_ok());
    bench.clock.advance(Duration::from_secs(30)).unwrap();
    refused(bench.used(&secret));
    assert!(bench.used(&short).is_ok());
    bench.clock.advance(Duration::from_secs(30)).unwrap();
    refused(bench.used(&short));
    let state = block_on(
        bench
            .vault
            .find(&bench.caller, Tenant::new("acme"), "registry"),
    )
    .unwrap()
    .unwrap()
    .state;
    assert_eq!(state, SecretState::Expired);
}

#[test]
fn a_log_that_fails_denies_and_changes_nothing() {
    let bench = Bench::with(|builder| builder.reveal_policy(Arc::new(AllowDebugging)));
    let secret = bench.put("acme", "registry");
    let before = block_on(bench.store.scan(&record::heads("acme").unwrap(), 10)).unwrap();
    bench.signer.fails.store(true, Ordering::SeqCst);
    let called = AtomicBool::new(false);
    let used = block_on(
        bench
            .vault
            .use_with(&bench.caller, &secret, &purpose("deploy"), |_| {
                called.store(true, Ordering::SeqCst);
            }),
    );
    assert!(used.is_err() && !called.into_inner());
    let (vault, caller) = (&bench.vault, &bench.caller);
    block_on(async {
        assert!(
            vault
                .reveal(caller, &secret, &purpose("debugging"))
                .await
                .is_err()
        );
        let new = NewSecret::new(Tenant::new("acme"), "other", TOKEN, purpose("deploy"));
        assert!(vault.put(caller, &new).await.is_err());
        assert!(vault.rotate(caller, &secret, b"new").await.is_err());
        assert!(vault.disable(caller, &secret).await.is_err());
        assert!(vault.shred(caller, &secret).await.is_err());
        assert!(vault.shred_tenant(caller, "acme").await.is_err());
        assert!(vault.list(caller, "acme", &Filter::new()).await.is_err());
        assert!(vault.export_names(caller, "acme").await.is_err());
    });
    let after = block_on(bench.store.scan(&record::heads("acme").unwrap(), 10)).unwrap();
    assert_eq!(before, after);
}

#[test]
fn nothing_is_shown_without_a_policy_that_allows_it() {
    let bench = Bench::new();
    let secret = bench.put("acme", "registry");
    refused(block_on(bench.vault.reveal(
        &bench.caller,
        &secret,
        &purpose("debugging"),
    )));

    let bench = Bench::with(|builder| builder.reveal_policy(Arc::new(AllowDebugging)));
    let key = NewSecret::new(Tenant::new("acme"), "key", TOKEN, purpose("deploy"))
        .kind("api-key")
        .unwrap();
    let key = block_on(bench.vault.put(&bench.caller, &key)).unwrap();
    let plain = bench.put("acme", "plain");
    let reveal = |secret, why| block_on(bench.vault.reveal(&bench.caller, secret, &purpose(why)));
    let shown = reveal(&key, "debugging").unwrap();
    assert!(shown.with(|value| value == TOKEN));
    assert_eq!(format!("{shown:?}"), "Revealed(..)");
    let before = bench.size();
    refused(reveal(&key, "curiosity"));
    refused(reveal(&plain, "debugging"));
    assert_eq!(
        bench.trail(before)[1],
        ("secret.reveal".to_owned(), Outcome::Denied)
    );
}

#[test]
fn shredding_a_tenant_leaves_the_others() {
    let bench = Bench::new();
    let (acme, globex) = (
        bench.put("acme", "registry"),
        bench.put("globex", "registry"),
    );
    let copies = block_on(bench.store.scan(&record::versions("acme").unwrap(), 10)).unwrap();
    assert!(
        block_on(bench.vault.shred_tenant(&bench.caller, "acme"))
            .unwrap()
            .existed()
    );
    assert!(
        !block_on(bench.vault.shred_tenant(&bench.caller, "acme"))
            .unwrap()
            .existed()
    );
    missing(bench.used(&acme));
    assert_eq!(bench.used(&globex).unwrap(), TOKEN);

    // A copy of a version opens no more, also under a new key of the tenant.
    let again = bench.put("acme", "registry");
    let place = record::version_key("acme", again.id(), 1).unwrap();
    let batch = Batch::new().put(place, copies[0].value.clone());
    block_on(bench.store.commit(batch)).unwrap();
    assert_eq!(bench.used(&again).unwrap_err().kind(), ErrorKind::Open);
}

#[test]
fn a_key_that_is_gone_is_not_used_from_memory() {
    let bench = Bench::new();
    let secret = bench.put("acme", "registry");
    assert!(bench.used(&secret).is_ok());
    // Somebody takes the key away behind the log; this vault has it in memory.
    let place = crate::seal::TenantKeys::place("acme").unwrap();
    block_on(bench.store.commit(Batch::new().delete(place))).unwrap();
    let error = bench.used(&secret).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
}

/// Every record of both tenants, by key.
fn records(store: &MemoryStore) -> Vec<(RecordKey, Vec<u8>)> {
    let ranges = ["acme", "globex"].map(|tenant| {
        [
            record::heads(tenant).unwrap(),
            record::versions(tenant).unwrap(),
        ]
    });
    let scan = |range: Range| block_on(store.scan(&range, 100)).unwrap();
    let records = ranges.into_iter().flatten().flat_map(scan);
    records.map(|record| (record.key, record.value)).collect()
}

#[test]
fn tamper_no_byte_of_a_version_can_be_changed() {
    let bench = Bench::new();
    let secret = NewSecret::new(Tenant::new("acme"), "registry", b"short", purpose("deploy"))
        .kind("api-key")
        .unwrap()
        .expires(bench.moment(3600));
    let secret = block_on(bench.vault.put(&bench.caller, &secret)).unwrap();
    let place = record::version_key("acme", secret.id(), 1).unwrap();
    let whole = block_on(bench.store.get(&place)).unwrap().unwrap().value;
    let store = |value: &[u8]| {
        block_on(
            bench
                .store
                .commit(Batch::new().put(place.clone(), value.to_vec())),
        )
        .unwrap();
    };
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut changed = whole.clone();
            changed[at] ^= 1 << bit;
            store(&changed);
            assert!(bench.used(&secret).is_err(), "byte {at}, bit {bit}");
        }
        store(&whole[..at]);
        assert!(bench.used(&secret).is_err(), "cut at {at}");
    }
    store(&whole);
    assert_eq!(bench.used(&secret).unwrap(), b"short");
}

#[test]
fn tamper_no_record_can_stand_in_for_another() {
    let bench = Bench::new();
    let secrets = [("acme", "one"), ("acme", "two"), ("globex", "one")];
    let secrets = secrets.map(|(tenant, name)| {
        let value = format!("value of {tenant} {name}");
        let secret = NewSecret::new(
            Tenant::new(tenant),
            name,
            value.as_bytes(),
            purpose("deploy"),
        );
        let secret = block_on(bench.vault.put(&bench.caller, &secret)).unwrap();
        block_on(
            bench
                .vault
                .rotate(&bench.caller, &secret, format!("{value}, 2").as_bytes()),
        )
        .unwrap();
        secret
    });
    let known = records(&bench.store);
    let expected: Vec<_> = secrets
        .iter()
        .map(|secret| bench.used(secret).unwrap())
        .collect();
    for (target, value) in &known {
        for (source, other) in &known {
            if target == source {
                continue;
            }
            let put = |value: &[u8]| {
                let batch = Batch::new().put(target.clone(), value.to_vec());
                block_on(bench.store.commit(batch)).unwrap();
            };
            put(other);
            for (secret, expected) in secrets.iter().zip(&expected) {
                if let Ok(value) = bench.used(secret) {
                    assert_eq!(value, *expected, "{source:?} in the place of {target:?}");
                }
            }
            put(value);
        }
    }
}

#[test]
fn secrets_are_listed_by_name_label_and_connection() {
    let bench = Bench::new();
    for at in 0..250 {
        let name = format!("key-{at:03}");
        let mut secret = NewSecret::new(Tenant::new("acme"), &name, TOKEN, purpose("deploy"));
        if at % 10 == 0 {
            secret = secret
                .label("team", "web")
                .unwrap()
                .connection("github")
                .unwrap();
        }
        block_on(bench.vault.put(&bench.caller, &secret)).unwrap();
    }
    bench.put("globex", "key-000");
    let names = |filter: Filter| -> Vec<String> {
        let listed = block_on(bench.vault.list(&bench.caller, "acme", &filter)).unwrap();
        listed
            .iter()
            .map(|info| info.secret.name().to_owned())
            .collect()
    };
    assert_eq!(names(Filter::new()).len(), 250);
    assert_eq!(names(Filter::new().prefix("key-1")).len(), 100);
    assert_eq!(names(Filter::new().label("team", "web")).len(), 25);
    assert_eq!(
        names(Filter::new().connection("github").after("key-100")).len(),
        14
    );
    assert_eq!(
        names(Filter::new().limit(3).after("key-007")),
        ["key-008", "key-009", "key-010"]
    );
    assert!(names(Filter::new().label("team", "other")).is_empty());
    let all = block_on(bench.vault.export_names(&bench.caller, "acme")).unwrap();
    assert_eq!(all.len(), 250);
    let error = block_on(
        bench
            .vault
            .list(&bench.caller, "acme", &Filter::new().limit(10_001)),
    );
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Limit);
}

/// Revokes tokens but those that it is told to fail for.
#[derive(Debug, Default)]
struct ThirdParty {
    fails_for: Mutex<Option<String>>,
    revoked: Mutex<Vec<(String, usize)>>,
}

#[async_trait]
impl RevokeToken for ThirdParty {
    async fn revoke(&self, secret: &SecretInfo, token: &[u8]) -> Result<(), Error> {
        let name = secret.secret.name().to_owned();
        if self.fails_for.lock().unwrap().as_ref() == Some(&name) {
            return Err(Error::message(
                ErrorKind::Store,
                "the third party does not answer",
            ));
        }
        self.revoked.lock().unwrap().push((name, token.len()));
        Ok(())
    }
}

#[test]
fn disconnecting_revokes_and_shreds_and_keeps_what_it_could_not_revoke() {
    let bench = Bench::new();
    let secrets = ["one", "two"].map(|name| {
        let secret = NewSecret::new(Tenant::new("acme"), name, TOKEN, purpose("deploy"))
            .connection("github");
        block_on(bench.vault.put(&bench.caller, &secret.unwrap())).unwrap()
    });
    let other = bench.put("acme", "three");
    let github = ThirdParty::default();
    *github.fails_for.lock().unwrap() = Some("two".into());
    let disconnect = || {
        block_on(
            bench
                .vault
                .disconnect(&bench.caller, Tenant::new("acme"), "github", &github),
        )
        .unwrap()
    };

    let done = disconnect();
    assert_eq!((done.shredded, done.remaining.len()), (1, 1));
    assert_eq!(done.remaining[0].info.secret, secrets[1]);
    assert_eq!(done.remaining[0].why, ErrorKind::Store);
    missing(bench.used(&secrets[0]));
    refused(bench.used(&secrets[1]));
    assert!(bench.used(&other).is_ok());

    *github.fails_for.lock().unwrap() = None;
    let done = disconnect();
    assert_eq!((done.shredded, done.remaining.len()), (1, 0));
    missing(bench.used(&secrets[1]));
    assert_eq!(disconnect(), Disconnected::default());
    let revoked = github.revoked.into_inner().unwrap();
    assert_eq!(
        revoked,
        [("one".into(), TOKEN.len()), ("two".into(), TOKEN.len())]
    );
}

#[test]
fn everything_is_wrapped_anew_and_can_be_resumed() {
    let bench = Bench::new();
    let secrets: Vec<_> = (0..7)
        .map(|at| bench.put("acme", &format!("key-{at}")))
        .collect();
    bench.put("globex", "key");
    let (vault, caller) = (&bench.vault, &bench.caller);
    let mut steps = 0;
    let done = block_on(vault.rewrap_tenant_keys(caller, None, |_| steps += 1)).unwrap();
    // They are under the current version of the provider's key.
    assert_eq!((done.rewrapped, done.current, steps), (0, 2, 2));
    assert_eq!(done.last.as_deref(), Some("globex"));

    let sealed = records(&bench.store);
    block_on(vault.rotate_tenant_key(caller, "acme", 2)).unwrap();
    let versions = block_on(bench.store.scan(&record::versions("acme").unwrap(), 10)).unwrap();
    let digits: String = versions[2]
        .key
        .path()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let rewrap = |after: Option<&str>| {
        block_on(vault.rewrap_secrets(caller, "acme", after, |_| ())).unwrap()
    };
    let done = rewrap(Some(&format!("version:{digits}")));
    assert_eq!((done.rewrapped, done.current), (4, 0));
    // Some are left, and so are the records of the secrets.
    refused(block_on(vault.rotate_tenant_key(caller, "acme", 1)));
    let done = rewrap(None);
    assert_eq!((done.rewrapped, done.current, done.overtaken), (3, 4, 0));
    assert_eq!(rewrap(done.last.as_deref()).current, 0);
    // Now the version of the key from before is not needed any more.
    block_on(vault.rotate_tenant_key(caller, "acme", 1)).unwrap();
    for secret in &secrets {
        assert_eq!(bench.used(secret).unwrap(), TOKEN);
    }
    // What stood there before the change does not open under the keys of today.
    for (key, value) in sealed {
        block_on(bench.store.commit(Batch::new().put(key, value))).unwrap();
    }
    let error = bench.used(&secrets[0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
}

#[test]
fn settings_of_a_file_are_put_once() {
    let bench = Bench::new();
    bench.put("acme", "B");
    let file = EnvFile::parse("A=1\nB=2\nC=\nD='four'").unwrap();
    let import = || {
        block_on(
            bench
                .vault
                .import_env(&bench.caller, "acme", &file, &purpose("deploy")),
        )
        .unwrap()
    };
    let imported = import();
    assert_eq!(imported.put.len(), 2);
    assert_eq!(
        (imported.known, imported.empty),
        (vec!["B".to_owned()], vec!["C".to_owned()])
    );
    assert_eq!(bench.used(&imported.put[1]).unwrap(), b"four");
    assert!(import().put.is_empty());
}

#[cfg(feature = "redact")]
#[test]
fn what_the_vault_holds_is_redacted_everywhere() {
    use crate::redact::{Key, KnownTenants, KnownValues, Redactor};

    let known = KnownTenants::new(Key::from_bytes([7; 32]));
    let bench = Bench::with(|builder| builder.known_values(known.clone()));
    let (vault, caller) = (&bench.vault, &bench.caller);
    // Nothing but the vault tells that this is a secret.
    let words = b"three ordinary words";
    let put = |tenant: &str, name: &str, value: &[u8]| {
        let secret = NewSecret::new(Tenant::new(tenant), name, value, purpose("deploy"));
        block_on(vault.put(caller, &secret)).unwrap()
    };
    let secret = put("acme", "phrase", words);
    let again = put("acme", "same phrase", words);
    let short = put("acme", "short", b"letme");
    block_on(vault.rotate(caller, &secret, b"four more ordinary words")).unwrap();
    let held = known.of("acme");
    assert_eq!(held.len(), 2);
    assert!(known.of("globex").is_empty());

    let fresh = KnownValues::new(Key::from_bytes([8; 32]));
    let fed = block_on(vault.feed_known_values(caller, "acme", &fresh)).unwrap();
    assert_eq!(fed, 3);
    for values in [held.clone(), fresh] {
        let redactor = Redactor::builder().known_values(values).build().unwrap();
        let redacted = redactor.redact("I said three ordinary words, twice");
        assert!(!redacted.as_str().contains("ordinary"), "{redacted:?}");
    }

    // What is shredded is known as long as another secret has it.
    block_on(vault.shred_version(caller, &secret, 1)).unwrap();
    assert_eq!(held.len(), 2);
    block_on(vault.shred(caller, &again)).unwrap();
    assert!(!held.contains(words) && held.contains("four more ordinary words"));
    block_on(vault.shred(caller, &short)).unwrap();

    // After a restart, and for what another process did.
    held.clear();
    known.of("acme").insert("put in by hand").unwrap();
    let told = block_on(vault.refresh_known_values(caller, "acme")).unwrap();
    assert_eq!((told.told(), told.too_short(), told.words()), (1, 0, 0));
    assert!(held.contains("four more ordinary words"));
    put("acme", "short", b"letme");
    put("acme", "word", b"staircase");
    let told = block_on(vault.refresh_known_values(caller, "acme")).unwrap();
    assert_eq!((told.told(), told.too_short(), told.words()), (2, 1, 1));
    // What another process has shredded.
    known.insert("acme", "gone/1", b"left behind by it");
    let told = block_on(vault.refresh_known_values(caller, "acme")).unwrap();
    assert_eq!(told.told(), 2);
    assert!(!held.contains("left behind by it"));

    put("globex", "phrase", words);
    block_on(vault.shred_tenant(caller, "acme")).unwrap();
    assert!(!held.contains("staircase"));
    assert!(known.of("globex").contains(words));
    let plain = Bench::new();
    let error = block_on(plain.vault.refresh_known_values(&plain.caller, "acme"));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Config);
}

#[test]
fn what_may_not_be_put_is_refused_before_anything_happens() {
    let bench = Bench::new();
    let long = vec![7; NewSecret::MAX_VALUE + 1];
    let name = "n".repeat(NewSecret::MAX_NAME + 1);
    for (secret, kind) in [
        (
            NewSecret::new(Tenant::new("acme"), "a", b"", purpose("p")),
            ErrorKind::Config,
        ),
        (
            NewSecret::new(Tenant::new("acme"), "", b"x", purpose("p")),
            ErrorKind::Config,
        ),
        (
            NewSecret::new(Tenant::NONE, "a", b"x", purpose("p")),
            ErrorKind::Config,
        ),
        (
            NewSecret::new(Tenant::new("acme"), "a", &long, purpose("p")),
            ErrorKind::Limit,
        ),
        (
            NewSecret::new(Tenant::new("acme"), &name, b"x", purpose("p")),
            ErrorKind::Limit,
        ),
    ] {
        let error = block_on(bench.vault.put(&bench.caller, &secret)).unwrap_err();
        assert_eq!(error.kind(), kind);
    }
    assert_eq!(bench.size(), 0);
    let whole = NewSecret::new(Tenant::new("acme"), "a", &long[1..], purpose("deploy"));
    let secret = block_on(bench.vault.put(&bench.caller, &whole)).unwrap();
    assert_eq!(bench.used(&secret).unwrap(), &long[1..]);
}

#[test]
fn many_at_once_lose_nothing() {
    let bench = Bench::new();
    let secret = bench.put("acme", "registry");
    let rotate = |worker: usize| {
        let mut numbers = Vec::new();
        for at in 0..10 {
            let value = format!("value {worker} {at}");
            match block_on(bench.vault.rotate(&bench.caller, &secret, value.as_bytes())) {
                Ok(number) => numbers.push((number, value)),
                // Others were quicker too often.
                Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict),
            }
        }
        numbers
    };
    let mut all: Vec<(u64, String)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|worker| scope.spawn(move || rotate(worker)))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    all.sort_unstable();
    for (number, value) in &all {
        let secret = secret.clone().at_version(*number);
        assert_eq!(bench.used(&secret).unwrap(), value.as_bytes());
    }
    let expected: Vec<_> = (2..2 + all.len() as u64).collect();
    assert_eq!(
        all.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn nothing_shows_a_value_or_a_name() {
    let bench = Bench::new();
    let secret = bench.put("acme", "registry-name");
    let new = NewSecret::new(
        Tenant::new("acme"),
        "registry-name",
        TOKEN,
        purpose("deploy"),
    );
    let file = EnvFile::parse("A=zq81-not-a-real-token-7vX").unwrap();
    let info = block_on(
        bench
            .vault
            .find(&bench.caller, Tenant::new("acme"), "registry-name"),
    )
    .unwrap();
    let shown = format!(
        "{secret:?} {new:?} {file:?} {info:?} {:?} {:?}",
        bench.vault, bench.caller
    );
    assert!(
        !shown.contains("zq81") && !shown.contains("registry-name"),
        "{shown}"
    );
    // The log knows names as digests only.
    let access = Access::new(id("auditor"));
    for record in block_on(bench.log.read(0..u64::MAX, &access)).unwrap() {
        let bytes = record.to_bytes().unwrap();
        for word in [b"registry".as_slice(), b"acme", b"zq81"] {
            assert!(!bytes.windows(word.len()).any(|part| part == word));
        }
    }
}

/// Writes, and then never answers.
#[cfg(feature = "redact")]
#[derive(Debug, Default)]
struct Silent {
    store: MemoryStore,
    is_silent: AtomicBool,
}

#[cfg(feature = "redact")]
#[async_trait]
impl Store for Silent {
    async fn get(&self, key: &RecordKey) -> Result<Option<crate::store::StoredRecord>, Error> {
        self.store.get(key).await
    }

    async fn scan(
        &self,
        range: &Range,
        limit: usize,
    ) -> Result<Vec<crate::store::StoredRecord>, Error> {
        self.store.scan(range, limit).await
    }

    async fn commit(&self, batch: Batch) -> Result<u64, Error> {
        let revision = self.store.commit(batch).await;
        if self.is_silent.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        revision
    }

    async fn tenants(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, Error> {
        self.store.tenants(after, limit).await
    }

    async fn collections(
        &self,
        tenant: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, Error> {
        self.store.collections(tenant, after, limit).await
    }
}

/// A client that went away leaves no value in the vault that no redactor knows.
#[cfg(feature = "redact")]
#[test]
fn a_value_is_known_also_where_nobody_waits_for_its_put() {
    use std::task::{Context, Waker};

    use crate::redact::{Key, KnownTenants};

    let known = KnownTenants::new(Key::from_bytes([7; 32]));
    let store = Arc::new(Silent::default());
    let log = Log::in_memory().unwrap();
    let keyring = Keyring::new(LocalKeys::generate("local:test").unwrap());
    let log_key = LogKey::generate().unwrap();
    let builder = Vault::builder(keyring, Arc::clone(&store) as _, log, log_key);
    let vault = builder.known_values(known.clone()).build();
    let caller = Caller::new(id("service:deployer"));
    let new = |name, value| NewSecret::new(Tenant::new("acme"), name, value, purpose("deploy"));
    let first = block_on(vault.put(&caller, &new("first", b"the first of the values")));
    let first = first.unwrap();
    let held = known.of("acme");
    // What is refused is not known.
    let taken = new("first", b"a value of a taken name");
    block_on(vault.put(&caller, &taken)).unwrap_err();
    assert!(held.contains("the first of the values"));
    assert!(!held.contains("a value of a taken name"));

    store.is_silent.store(true, Ordering::SeqCst);
    let mut context = Context::from_waker(Waker::noop());
    let second = new("second", b"the second of the values");
    let mut put = Box::pin(vault.put(&caller, &second));
    assert!(put.as_mut().poll(&mut context).is_pending());
    drop(put);
    let mut rotate = Box::pin(vault.rotate(&caller, &first, b"the third of the values"));
    assert!(rotate.as_mut().poll(&mut context).is_pending());
    drop(rotate);
    for value in ["the second of the values", "the third of the values"] {
        assert!(held.contains(value), "{value}");
    }
    store.is_silent.store(false, Ordering::SeqCst);
    let told = block_on(vault.refresh_known_values(&caller, "acme")).unwrap();
    assert_eq!((told.told(), held.len()), (3, 3));
    let find = vault.find(&caller, Tenant::new("acme"), "second");
    let info = block_on(find).unwrap().unwrap();
    block_on(vault.shred(&caller, &info.secret)).unwrap();
    assert!(!held.contains("the second of the values"));
}
