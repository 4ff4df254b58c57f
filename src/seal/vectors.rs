//! The frozen vectors of the formats, which another implementation made.

use pollster::block_on;
use serde_json::Value;

use super::envelope::Parts;
use super::wycheproof::bytes;
use super::*;
use crate::ErrorKind;
use crate::secret::Secret;
use crate::taxonomy::Tenant;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../tests/data/envelope/v1.json")).unwrap()
}

fn array(case: &Value, field: &str) -> [u8; 32] {
    bytes(case, field).try_into().unwrap()
}

fn context(case: &Value) -> Context {
    let text = |field: &str| case[field].as_str().unwrap();
    let extras = case["extras"].as_object().unwrap();
    let extras: Vec<_> = extras
        .keys()
        .map(|key| (key, bytes(&case["extras"], key)))
        .collect();
    let mut builder = Context::builder(Tenant::new(text("tenant")), text("name"))
        .version(case["version"].as_u64().unwrap())
        .kind(text("kind"));
    for (key, value) in extras.iter().rev() {
        builder = builder.extra(key, value);
    }
    builder.build().unwrap()
}

fn version(text: &str) -> KeyVersion {
    KeyVersion::new(text).unwrap()
}

/// The keys of the vectors, of which this version is current.
fn keyring(vectors: &Value, current: &str) -> Keyring {
    let mut keys: Option<LocalKeys> = None;
    for key in vectors["keys"].as_array().unwrap() {
        let name = version(key["version"].as_str().unwrap());
        let secret = Secret::from(&mut array(key, "key"));
        keys = Some(match keys {
            None => LocalKeys::new(key["id"].as_str().unwrap(), name, &secret).unwrap(),
            Some(keys) => keys.version(name, &secret).unwrap(),
        });
    }
    Keyring::new(keys.unwrap().with_current(&version(current)).unwrap())
}

#[test]
fn frozen_envelopes_open_and_are_made_again() {
    let vectors = vectors();
    let cases = vectors["open"].as_array().unwrap();
    assert_eq!(cases.len(), 6);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let context = context(&case["context"]);
        assert_eq!(*context.digest(), array(case, "context_digest"), "{name}");
        let current = case["key_version"].as_str().unwrap();
        let keyring = keyring(&vectors, current);
        let (envelope, plaintext) = (bytes(case, "envelope"), bytes(case, "plaintext"));
        let opened = block_on(keyring.open(&envelope, &context)).unwrap();
        assert_eq!(opened.expose_secret(), plaintext, "{name}");

        // With the same data key the same bytes come out: wrap and payload.
        let key = DataKey::from(&mut array(case, "data_key"));
        let mut body = Vec::new();
        payload::seal(&key, context.digest(), &plaintext, &mut body).unwrap();
        let parts = Parts::parse(&envelope).unwrap();
        assert_eq!(body, parts.body, "{name}");
        let again = block_on(keyring.rewrap(&envelope, &context, None)).unwrap();
        assert_eq!(again.as_bytes(), envelope, "{name}");
    }
}

#[test]
fn frozen_failures_are_rejected() {
    let vectors = vectors();
    let keyring = keyring(&vectors, "1");
    let cases = vectors["reject"].as_array().unwrap();
    assert_eq!(cases.len(), 17);
    for case in cases {
        let context = context(&case["context"]);
        let opened = block_on(keyring.open(&bytes(case, "envelope"), &context));
        let error = opened.err().unwrap_or_else(|| panic!("{}", case["name"]));
        assert_eq!(error.kind(), ErrorKind::Open, "{}", case["name"]);
    }
}

#[test]
fn frozen_records_of_tenant_keys_load() {
    let vectors = vectors();
    let keyring = keyring(&vectors, "1");
    let case = &vectors["tenant"];
    let tenant = case["tenant"].as_str().unwrap();
    let record_context = Context::of_tenant_key(tenant).unwrap();
    assert_eq!(
        *record_context.digest(),
        array(case, "record_context_digest")
    );
    let record = bytes(case, "record");
    let content = block_on(keyring.open(&record, &record_context)).unwrap();
    assert_eq!(content.expose_secret(), bytes(case, "record_content"));

    let key = block_on(keyring.load_tenant_key(&record, tenant)).unwrap();
    assert_eq!(key.current().as_str(), "2");
    let context = context(&case["context"]);
    for (envelope, number) in case["envelopes"].as_array().unwrap().iter().zip(["1", "2"]) {
        let envelope = bytes(&serde_json::json!({ "bytes": envelope }), "bytes");
        assert_eq!(Envelope::parse(&envelope).unwrap().key_version(), number);
        let opened = key.open(&envelope, &context).unwrap();
        assert_eq!(opened.expose_secret(), bytes(case, "plaintext"));
        let again = key.rewrap(&envelope, &context).unwrap();
        assert_eq!(again.as_bytes() == envelope, number == "2");
    }
}
