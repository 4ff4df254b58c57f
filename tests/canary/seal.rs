//! Sealing: its types, errors and events.

use std::sync::{Arc, Mutex};

use confidant::Error;
use confidant::seal::{
    CacheLimits, Context, Envelope, KeyId, KeyProvider as _, KeyVersion, Keyring, LocalKeys,
    OpenRequest, Rewrap, SealEvent, SealObserver, SealRequest, SealedRecord, StoreRecords,
    TenantKeys, UnwrapRequest, WrapRequest, WrappedKey,
};
use confidant::secret::Secret;
use confidant::store::{MemoryStore, Range, StoredRecord};
use confidant::time::SystemClock;
use pollster::block_on;

use super::{CANARY, assert_unseen, error, value};
use confidant::taxonomy::Tenant;

/// A key whose first bytes are the canary's.
fn key() -> Secret<[u8; 32]> {
    Secret::fill(|key: &mut [u8; 32]| key[..CANARY.len()].copy_from_slice(CANARY.as_bytes()))
}

fn version(text: &str) -> KeyVersion {
    KeyVersion::new(text).unwrap()
}

fn keys() -> LocalKeys {
    LocalKeys::new("local:main", version("1"), &key()).unwrap()
}

/// The canary in every part.
fn context() -> Context {
    let builder = Context::builder(Tenant::new(CANARY), CANARY).kind(CANARY);
    builder.extra(CANARY, CANARY).build().unwrap()
}

/// Keeps what events show.
#[derive(Debug, Default)]
struct Seen(Mutex<Vec<String>>);

impl SealObserver for Seen {
    fn observe(&self, event: &SealEvent<'_>) {
        let shown = [format!("{event:?}"), format!("{event:#?}")];
        self.0.lock().unwrap().extend(shown);
    }
}

#[test]
fn types_show_no_values_keys_and_names() {
    let context = context();
    let seen = Arc::new(Seen::default());
    let builder = Keyring::builder(Arc::new(keys()))
        .cache(CacheLimits::default(), Arc::new(SystemClock::new()))
        .observer(Arc::clone(&seen) as Arc<dyn SealObserver>);
    let built = value("KeyringBuilder", &builder);
    let keyring = builder.build().unwrap();
    let envelope = block_on(keyring.seal(CANARY.as_bytes(), &context)).unwrap();
    let opened = block_on(keyring.open(envelope.as_bytes(), &context)).unwrap();
    assert!(block_on(keyring.open(&envelope.as_bytes()[1..], &context)).is_err());
    let (tenant, record) = block_on(keyring.create_tenant_key(CANARY)).unwrap();
    let data_key = key();
    let wrap = WrapRequest {
        key: &data_key,
        context: context.for_wrap(),
    };
    let wrapped = WrappedKey::new(version("1"), CANARY.as_bytes()).unwrap();
    let unwrap = UnwrapRequest {
        wrapped: &wrapped,
        context: context.for_wrap(),
    };
    let store = Arc::new(MemoryStore::new());
    let range = Range::collection(Tenant::new("acme"), "secrets").unwrap();
    let records = StoreRecords::new(Arc::clone(&store) as _, range, |record: &StoredRecord| {
        Context::new(Tenant::new(record.key.tenant()), CANARY)
    });
    let place = CANARY.as_bytes().to_vec();
    let sealed = SealedRecord {
        place: place.clone(),
        envelope: place,
        context: context.clone(),
        revision: 1,
    };
    assert_unseen(vec![
        built,
        value("Context", &context),
        value(
            "ContextBuilder",
            &Context::builder(Tenant::new(CANARY), CANARY),
        ),
        value("WrapContext", &context.for_wrap()),
        value("WrapRequest", &wrap),
        value("UnwrapRequest", &unwrap),
        value("WrappedKey", &wrapped),
        value("Keyring", &keyring),
        value("LocalKeys", &keys()),
        value("Envelope", &envelope),
        value("an opened value", &opened),
        value("TenantKey", &tenant),
        value("the record of a tenant key", &record),
        value("TenantKeys", &TenantKeys::new(keyring.clone(), store)),
        value("Rewrap", &Rewrap::of_tenant(tenant.clone())),
        value("StoreRecords", &records),
        value("SealedRecord", &sealed),
        value(
            "SealRequest",
            &SealRequest {
                plaintext: CANARY.as_bytes(),
                context: &context,
            },
        ),
        value(
            "OpenRequest",
            &OpenRequest {
                envelope: CANARY.as_bytes(),
                context: &context,
            },
        ),
        ("SealEvent", seen.0.lock().unwrap().clone()),
    ]);
}

#[test]
fn errors_of_sealing_do_not_show_what_was_given() {
    let keyring = Keyring::new(keys());
    let context = context();
    let (long, spaced) = (CANARY.repeat(30), format!("{CANARY} {CANARY}"));
    let text = CANARY.as_bytes();
    let (tenant, _) = block_on(keyring.create_tenant_key("acme")).unwrap();
    let big = CANARY.repeat(5000);
    let missing = format!("/nonexistent/{CANARY}");
    let wrapped = WrappedKey::new(version("1"), text).unwrap();
    let unwrap = UnwrapRequest {
        wrapped: &wrapped,
        context: context.for_wrap(),
    };
    let provider: Result<_, Error> = block_on(keys().unwrap(&[unwrap])).pop().unwrap();
    assert_unseen(vec![
        error("KeyId with a space", KeyId::new(&spaced)),
        error("KeyVersion too long", KeyVersion::new(&long)),
        error("name too long", Context::new(Tenant::new("acme"), &long)),
        error("tenant too long", Context::new(Tenant::new(&long), "name")),
        error(
            "extra given twice",
            Context::builder(Tenant::new("a"), "b")
                .extra(CANARY, CANARY)
                .extra(CANARY, CANARY)
                .build(),
        ),
        error("no envelope", Envelope::parse(text)),
        error("open no envelope", block_on(keyring.open(text, &context))),
        error(
            "value too long",
            block_on(keyring.seal(big.as_bytes(), &context)),
        ),
        error("another tenant's context", tenant.seal(text, &context)),
        error("no record", block_on(keyring.load_tenant_key(text, CANARY))),
        error("provider", provider),
        error("key file", LocalKeys::load("local:a", missing)),
        error("key variable", LocalKeys::from_env("local:a", CANARY)),
        error("key id", LocalKeys::generate(&spaced)),
    ]);
}

#[test]
#[cfg(feature = "passphrase")]
fn passphrases_are_not_shown() {
    use confidant::seal::PassphraseSettings;

    let settings = PassphraseSettings::generate().unwrap();
    let long = Secret::<str>::from(Box::from(CANARY.repeat(60)));
    assert_unseen(vec![
        value("PassphraseSettings", &settings),
        error("settings", CANARY.parse::<PassphraseSettings>()),
        error(
            "passphrase too long",
            LocalKeys::from_passphrase("local:a", &long, &settings),
        ),
    ]);
}
