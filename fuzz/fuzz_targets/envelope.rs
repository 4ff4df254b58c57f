//! What is not an envelope of these keys does not open, whatever its bytes; what
//! is one opens to what was sealed.
#![no_main]

use std::sync::LazyLock;

use confidant::ErrorKind;
use confidant::seal::{Context, Envelope, KeyVersion, Keyring, LocalKeys};
use confidant::secret::Secret;
use confidant::taxonomy::Tenant;
use libfuzzer_sys::fuzz_target;
use pollster::block_on;

static KEYRING: LazyLock<Keyring> = LazyLock::new(|| {
    let version = KeyVersion::new("1").unwrap();
    let key = Secret::from(&mut [7; 32]);
    Keyring::new(LocalKeys::new("local:main", version, &key).unwrap())
});

fuzz_target!(|input: (u16, u8, &str, &[u8])| {
    let (at, change, name, bytes) = input;
    let Ok(context) = Context::new(Tenant::new("acme"), name) else {
        return;
    };
    let rejected = |bytes: &[u8]| {
        let error = block_on(KEYRING.open(bytes, &context)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Open);
    };
    if let Ok(envelope) = Envelope::parse(bytes) {
        assert_eq!(envelope.as_bytes(), bytes);
        assert!(!envelope.key_id().is_empty());
    }
    rejected(bytes);
    let Ok(sealed) = block_on(KEYRING.seal(bytes, &context)) else {
        assert!(bytes.len() > Envelope::MAX_PLAINTEXT);
        return;
    };
    let opened = block_on(KEYRING.open(sealed.as_bytes(), &context)).unwrap();
    assert_eq!(opened.expose_secret(), bytes);
    let mut changed = sealed.into_bytes();
    let at = usize::from(at) % changed.len();
    if change == 0 {
        changed.truncate(at);
    } else {
        changed[at] ^= change;
    }
    rejected(&changed);
});
