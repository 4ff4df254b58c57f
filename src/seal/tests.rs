//! Envelopes, through a keyring of local keys.

use proptest::prelude::*;

use super::envelope::Parts;
use super::local::WRAPPED;
use super::*;
use crate::secret::Secret;
use crate::taxonomy::Tenant;
use crate::{Error, ErrorKind};

fn keys() -> LocalKeys {
    let version = KeyVersion::new("1").unwrap();
    LocalKeys::new("local:main", version, &Secret::from(&mut [7; 32])).unwrap()
}

fn keyring() -> Keyring {
    Keyring::new(keys())
}

fn context() -> Context {
    Context::new(Tenant::new("acme"), "token").unwrap()
}

fn seal(keyring: &Keyring, plaintext: &[u8], context: &Context) -> Vec<u8> {
    let sealed = pollster::block_on(keyring.seal(plaintext, context));
    sealed.unwrap().into_bytes()
}

fn open(keyring: &Keyring, envelope: &[u8], context: &Context) -> Result<Secret<[u8]>, Error> {
    pollster::block_on(keyring.open(envelope, context))
}

fn kind<T>(result: Result<T, Error>) -> ErrorKind {
    result.err().unwrap().kind()
}

/// The one answer.
fn is_rejected<T>(result: Result<T, Error>) -> bool {
    let error = result.err().unwrap();
    error.kind() == ErrorKind::Open
        && error.to_string() == "what is sealed does not open"
        && !error.is_retryable()
        && error.expose_source().is_none()
}

#[test]
fn bitflip_of_an_envelope_is_rejected() {
    let keyring = keyring();
    for plaintext in [&b""[..], b"x", b"a token of some bytes", &[7; 100]] {
        let sealed = seal(&keyring, plaintext, &context());
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let opened = open(&keyring, &flipped, &context());
            assert!(is_rejected(opened), "bit {bit}");
        }
    }
}

#[test]
fn bitflip_truncations_and_extensions_are_rejected() {
    let keyring = keyring();
    let sealed = seal(&keyring, &[3; 50], &context());
    for len in 0..sealed.len() {
        assert!(is_rejected(open(&keyring, &sealed[..len], &context())));
        assert!(is_rejected(open(&keyring, &sealed[len + 1..], &context())));
        let mut without = sealed.clone();
        without.remove(len);
        assert!(is_rejected(open(&keyring, &without, &context())));
        let mut with = sealed.clone();
        with.insert(len, sealed[len]);
        assert!(is_rejected(open(&keyring, &with, &context())), "at {len}");
    }
    let longer = [&sealed[..], &[0]].concat();
    assert!(is_rejected(open(&keyring, &longer, &context())));
}

/// Every pair of contexts that differ anywhere, and those whose parts run
/// together to the same text.
#[test]
fn no_context_opens_what_another_sealed() {
    let build = |builder: ContextBuilder<'_>| builder.build().unwrap();
    let contexts = [
        build(Context::builder(Tenant::new("a"), "b")),
        build(Context::builder(Tenant::new("b"), "a")),
        build(Context::builder(Tenant::new("ab"), "c")),
        build(Context::builder(Tenant::new("a"), "bc")),
        build(Context::builder(Tenant::NONE, "abc")),
        build(Context::builder(Tenant::new("a"), "b").version(1)),
        build(Context::builder(Tenant::new("a"), "b").version(256)),
        build(Context::builder(Tenant::new("a"), "b").version(1 << 56)),
        build(Context::builder(Tenant::new("a"), "b").kind("k")),
        build(Context::builder(Tenant::new("a"), "bk")),
        build(Context::builder(Tenant::new("a"), "b").extra("k", "v")),
        build(Context::builder(Tenant::new("a"), "b").extra("v", "k")),
        build(Context::builder(Tenant::new("a"), "b").extra("kv", "")),
        build(
            Context::builder(Tenant::new("a"), "b")
                .extra("k", "")
                .extra("v", ""),
        ),
        build(
            Context::builder(Tenant::new("a"), "b")
                .kind("k")
                .extra("k", "v"),
        ),
        build(Context::builder(Tenant::new("A"), "b")),
        // The same letter, written in two ways.
        build(Context::builder(Tenant::new("a"), "\u{e9}")),
        build(Context::builder(Tenant::new("a"), "e\u{301}")),
        Context::of_tenant_key("a").unwrap(),
        build(Context::builder(Tenant::new("a"), "key")),
    ];
    let keyring = keyring();
    for (sealed_as, context) in contexts.iter().enumerate() {
        let sealed = seal(&keyring, b"value", context);
        for (opened_as, context) in contexts.iter().enumerate() {
            let opened = open(&keyring, &sealed, context);
            assert_eq!(opened.is_ok(), sealed_as == opened_as);
            assert!(opened.is_ok() || is_rejected(opened));
        }
    }
}

#[test]
fn the_order_of_extras_does_not_matter() {
    let builder = || Context::builder(Tenant::new("a"), "b");
    let one = builder().extra("k", "v").extra("l", "w").build().unwrap();
    let other = builder().extra("l", "w").extra("k", "v").build().unwrap();
    assert_eq!(one, other);
    assert_eq!(
        one.extras().collect::<Vec<_>>(),
        [("k", &b"v"[..]), ("l", b"w")]
    );
}

#[test]
fn a_context_is_bounded() {
    let long = |len: usize| "x".repeat(len);
    let (tenant, name, key) = (long(255), long(512), long(128));
    let kind_name = long(64);
    let value = vec![0; 8 * 1024 - 128];
    let most = Context::builder(Tenant::new(&tenant), &name)
        .kind(&kind_name)
        .extra(&key, &value);
    assert!(most.clone().build().is_ok());
    assert_eq!(kind(most.extra("k", "").build()), ErrorKind::Limit);
    let (tenant, name, key) = (long(256), long(513), long(129));
    let kind_name = long(65);
    let builder = |tenant, name| Context::builder(Tenant::new(tenant), name);
    let many: Vec<_> = (0..65).map(|number| number.to_string()).collect();
    let crowded = many
        .iter()
        .fold(builder("a", "b"), |builder, key| builder.extra(key, ""));
    for builder in [
        builder(&tenant, "b"),
        builder("a", &name),
        builder("a", "b").kind(&kind_name),
        builder("a", "b").extra(&key, ""),
        builder("a", "b")
            .extra("k", &value)
            .extra("l", "x".repeat(128).as_str()),
        crowded,
    ] {
        assert_eq!(kind(builder.build()), ErrorKind::Limit);
    }
    for builder in [
        builder("a", ""),
        builder("a", "b").extra("", "v"),
        builder("a", "b").extra("k", "v").extra("k", "v"),
        builder("a", "b")
            .extra("k", "v")
            .extra("l", "")
            .extra("k", "w"),
    ] {
        assert_eq!(kind(builder.build()), ErrorKind::Config);
    }
}

#[test]
fn a_value_is_bounded() {
    let keyring = keyring();
    let most = vec![1; Envelope::MAX_PLAINTEXT];
    let sealed = seal(&keyring, &most, &context());
    let opened = open(&keyring, &sealed, &context()).unwrap();
    assert_eq!(opened.expose_secret(), most);
    let more = vec![1; Envelope::MAX_PLAINTEXT + 1];
    let sealed = pollster::block_on(keyring.seal(&more, &context()));
    assert_eq!(kind(sealed), ErrorKind::Limit);
}

#[test]
fn the_longest_envelope_is_the_bound() {
    let id = KeyId::new(&"k".repeat(KeyId::MAX)).unwrap();
    let version = "v".repeat(KeyVersion::MAX);
    let body = vec![1; payload::OVERHEAD + payload::MAX];
    let build = |wrapped: &[u8], body: &[u8]| {
        Envelope::assemble(&id, &version, wrapped, body.len(), |out| {
            out.extend_from_slice(body);
            Ok(())
        })
    };
    let longest = build(&[1; WrappedKey::MAX], &body).unwrap();
    assert_eq!(longest.as_bytes().len(), Envelope::MAX);
    assert_eq!(Envelope::parse(longest.as_bytes()).unwrap(), longest);
    for wrapped in [&[][..], &[1; WrappedKey::MAX + 1]] {
        assert_eq!(kind(build(wrapped, &body)), ErrorKind::Limit);
    }
    let more = [longest.as_bytes(), &[0]].concat();
    assert!(is_rejected(Envelope::parse(&more)));
}

#[test]
fn envelopes_beyond_their_bounds_are_rejected() {
    let sealed = seal(&keyring(), b"value", &context());
    let parts = Parts::parse(&sealed).unwrap();
    assert_eq!((parts.key_id, parts.version), ("local:main", "1"));
    assert_eq!(parts.wrapped.len(), WRAPPED);
    assert_eq!(parts.body.len(), payload::OVERHEAD + 5);
    assert_eq!(sealed.len(), 5 + 1 + 10 + 1 + 1 + 2 + WRAPPED + 48 + 5);

    let make = |id: &[u8], version: &[u8], wrapped: u16, body: usize| {
        let mut bytes = b"\x9ccf\x01\x01".to_vec();
        bytes.push(id.len() as u8);
        bytes.extend(id);
        bytes.push(version.len() as u8);
        bytes.extend(version);
        bytes.extend(wrapped.to_be_bytes());
        bytes.resize(bytes.len() + usize::from(wrapped) + body, 1);
        bytes
    };
    assert!(Envelope::parse(&make(b"k", b"", 1, 48)).is_ok());
    for bytes in [
        make(b"", b"", 1, 48),
        make(b"k", &[b'v'; 65], 1, 48),
        make(b"k", b"", 0, 48),
        make(b"k", b"", 1025, 48),
        make(b"k", b"", 1, 47),
        make(b"k", b"", 1, 48 + 65_537),
        make(b"\xff", b"", 1, 48),
        make(b"k k", b"", 1, 48),
        make("k\u{e9}".as_bytes(), b"", 1, 48),
        make(b"k", b"\n", 1, 48),
    ] {
        assert!(is_rejected(Envelope::parse(&bytes)));
    }
    // Other magics, formats and suites.
    let good = make(b"k", b"", 1, 48);
    for at in 0..5 {
        for byte in (0..=255).filter(|byte| *byte != good[at]) {
            let mut other = good.clone();
            other[at] = byte;
            assert!(is_rejected(Envelope::parse(&other)), "{byte} at {at}");
        }
    }
    // Lengths that claim more than there is.
    let claims = b"\x9ccf\x01\x01\x01k\x00\x04\x00".to_vec();
    assert!(is_rejected(Envelope::parse(&claims)));
}

#[test]
fn two_envelopes_of_one_value_share_no_secret_part() {
    let keyring = keyring();
    let [one, other] = [(); 2].map(|()| seal(&keyring, &[0; 32], &context()));
    let one = Parts::parse(&one).unwrap();
    let other = Parts::parse(&other).unwrap();
    assert_ne!(one.wrapped[1..25], other.wrapped[1..25]);
    assert_ne!(one.wrapped[25..], other.wrapped[25..]);
    assert_ne!(one.body[..32], other.body[..32]);
    assert_ne!(one.body[32..64], other.body[32..64]);
}

/// The parts of two envelopes do not mix.
#[test]
fn parts_of_another_envelope_are_rejected() {
    let keyring = keyring();
    let [one, other] = [b"value one", b"value two"].map(|plain| seal(&keyring, plain, &context()));
    for start in 0..one.len() {
        for end in [start + 1, start + 16, start + 32, one.len()] {
            let end = end.min(one.len());
            let mut mixed = one.clone();
            mixed[start..end].copy_from_slice(&other[start..end]);
            let opened = open(&keyring, &mixed, &context());
            assert!(mixed == one || mixed == other || is_rejected(opened));
        }
    }
}

proptest! {
    #[test]
    fn what_is_sealed_opens(
        plaintext in prop::collection::vec(any::<u8>(), 0..2000),
        tenant in "\\PC{0,20}",
        name in "\\PC{1,40}",
        version: u64,
        extras in prop::collection::btree_map("\\PC{1,8}", prop::collection::vec(any::<u8>(), 0..20), 0..4),
    ) {
        let mut builder = Context::builder(Tenant::new(&tenant), &name).version(version);
        for (key, value) in &extras {
            builder = builder.extra(key, value);
        }
        let context = builder.build().unwrap();
        let keyring = keyring();
        let sealed = seal(&keyring, &plaintext, &context);
        let opened = open(&keyring, &sealed, &context).unwrap();
        prop_assert_eq!(opened.expose_secret(), &plaintext);
        let read = Envelope::parse(&sealed).unwrap();
        prop_assert_eq!(read.as_bytes(), &sealed);
    }

    #[test]
    fn parsing_never_panics(mut bytes in prop::collection::vec(any::<u8>(), 0..300), like: bool) {
        if like {
            bytes.splice(0..bytes.len().min(5), *b"\x9ccf\x01\x01");
        }
        if let Ok(envelope) = Envelope::parse(&bytes) {
            prop_assert_eq!(envelope.as_bytes(), &bytes);
            prop_assert!(is_rejected(open(&keyring(), &bytes, &context())));
        }
    }
}

#[test]
fn a_tenant_key_opens_what_it_sealed() {
    let keyring = keyring();
    let (acme, record) = pollster::block_on(keyring.create_tenant_key("acme")).unwrap();
    let sealed = acme.seal(b"value", &context()).unwrap();
    assert_eq!(
        (sealed.key_id(), sealed.key_version()),
        (acme.id().as_str(), "1")
    );
    let load = |record: &Envelope, tenant: &str| {
        pollster::block_on(keyring.load_tenant_key(record.as_bytes(), tenant))
    };
    let loaded = load(&record, "acme").unwrap();
    let opened = loaded.open(sealed.as_bytes(), &context()).unwrap();
    assert_eq!(opened.expose_secret(), b"value");
    assert!(is_rejected(load(&record, "other")));

    // Neither another tenant's key nor the keyring nor another key opens it.
    let other = Context::new(Tenant::new("other"), "token").unwrap();
    assert!(is_rejected(acme.open(sealed.as_bytes(), &other)));
    assert_eq!(kind(acme.seal(b"value", &other)), ErrorKind::Config);
    assert!(is_rejected(open(&keyring, sealed.as_bytes(), &context())));
    let (again, _) = pollster::block_on(keyring.create_tenant_key("acme")).unwrap();
    assert_ne!(again.id(), acme.id());
    assert!(is_rejected(again.open(sealed.as_bytes(), &context())));
    // A record is no value, and a value no record.
    let named = Context::new(Tenant::new("acme"), "key").unwrap();
    assert!(is_rejected(open(&keyring, record.as_bytes(), &named)));
    let value = Envelope::parse(&seal(&keyring, &[1; 52], &named)).unwrap();
    assert!(is_rejected(load(&value, "acme")));
}

#[test]
fn bitflip_under_a_tenant_key_is_rejected() {
    let (acme, _) = pollster::block_on(keyring().create_tenant_key("acme")).unwrap();
    let sealed = acme.seal(b"value", &context()).unwrap().into_bytes();
    for bit in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(is_rejected(acme.open(&flipped, &context())), "bit {bit}");
        // A new wrap looks at the commitment, and not at the ciphertext behind it.
        let is_ciphertext = bit / 8 >= sealed.len() - 21;
        let rewrapped = acme.rewrap(&flipped, &context());
        assert_eq!(rewrapped.is_ok(), is_ciphertext, "bit {bit}");
        let checked = acme.check(&flipped, &context());
        assert_eq!(checked.is_ok(), is_ciphertext, "bit {bit}");
    }
    for len in 0..sealed.len() {
        assert!(is_rejected(acme.open(&sealed[..len], &context())));
    }
}

#[test]
fn a_tenant_key_is_rotated() {
    let keyring = keyring();
    let rotate = |record: &Envelope, keep| {
        let rotated = keyring.rotate_tenant_key(record.as_bytes(), "acme", keep);
        pollster::block_on(rotated).unwrap()
    };
    let (first, record) = pollster::block_on(keyring.create_tenant_key("acme")).unwrap();
    let sealed = first.seal(b"value", &context()).unwrap();
    let (second, record) = rotate(&record, 1);
    assert_eq!((second.id(), second.current().as_str()), (first.id(), "2"));
    assert!(second.open(sealed.as_bytes(), &context()).is_ok());
    let moved = second.rewrap(sealed.as_bytes(), &context()).unwrap();
    assert_eq!(moved.key_version(), "2");
    let rekeyed = second.rekey(sealed.as_bytes(), &context()).unwrap();
    assert_eq!(rekeyed.key_version(), "2");
    assert!(is_rejected(first.open(moved.as_bytes(), &context())));

    let (third, record) = rotate(&record, 1);
    assert_eq!(third.current().as_str(), "3");
    assert!(is_rejected(third.open(sealed.as_bytes(), &context())));
    for envelope in [&moved, &rekeyed] {
        let opened = third.open(envelope.as_bytes(), &context()).unwrap();
        assert_eq!(opened.expose_secret(), b"value");
    }
    let (fourth, _) = rotate(&record, 0);
    assert_eq!(fourth.current().as_str(), "4");
    assert!(is_rejected(fourth.open(moved.as_bytes(), &context())));
}

/// No number comes twice, though the record was put back meanwhile.
#[test]
fn a_tenant_key_is_rotated_past_a_number() {
    let keyring = keyring();
    let rotate = |record: &Envelope, keep, above| {
        pollster::block_on(keyring.rotate_tenant_key_above(record.as_bytes(), "acme", keep, above))
    };
    let (first, record) = pollster::block_on(keyring.create_tenant_key("acme")).unwrap();
    let sealed = first.seal(b"value", &context()).unwrap();
    for (keep, above, number, opens) in [
        (0, 0, "2", false),
        (0, 1, "2", false),
        (0, 9, "10", false),
        (1, 1, "2", true),
        (1, 9, "10", true),
        (5, 1023, "1024", true),
        (0, u32::MAX - 1, "4294967295", false),
    ] {
        let (key, record) = rotate(&record, keep, above).unwrap();
        assert_eq!(key.current().as_str(), number);
        assert_eq!(key.open(sealed.as_bytes(), &context()).is_ok(), opens);
        let loaded = pollster::block_on(keyring.load_tenant_key(record.as_bytes(), "acme"));
        assert_eq!(loaded.unwrap().current().as_str(), number);
    }
    for (keep, above) in [(1, 1024), (1, u32::MAX - 1), (0, u32::MAX)] {
        let limit = rotate(&record, keep, above);
        assert_eq!(kind(limit), ErrorKind::Limit);
    }
}

#[test]
fn records_of_tenant_keys_are_read_strictly() {
    let keyring = keyring();
    let context = Context::of_tenant_key("acme").unwrap();
    let load = |content: &[u8]| {
        let record = seal(&keyring, content, &context);
        pollster::block_on(keyring.load_tenant_key(&record, "acme"))
    };
    let content = |first: u32, keys: usize| {
        let mut content = vec![1; 16];
        content.extend(first.to_be_bytes());
        content.resize(20 + keys * 32, 2);
        content
    };
    assert_eq!(load(&content(7, 3)).unwrap().current().as_str(), "9");
    assert!(load(&content(1, TenantKey::MAX_VERSIONS)).is_ok());
    assert!(load(&content(u32::MAX, 1)).is_ok());
    for content in [
        vec![],
        vec![1; 19],
        content(1, 0),
        content(1, 1)[..51].to_vec(),
        [content(1, 1), vec![0]].concat(),
        content(1, TenantKey::MAX_VERSIONS + 1),
    ] {
        assert!(is_rejected(load(&content)));
    }
    let full = seal(&keyring, &content(1, TenantKey::MAX_VERSIONS), &context);
    let rotate =
        |record: &[u8], keep| pollster::block_on(keyring.rotate_tenant_key(record, "acme", keep));
    assert_eq!(kind(rotate(&full, usize::MAX)), ErrorKind::Limit);
    assert!(rotate(&full, TenantKey::MAX_VERSIONS - 1).is_ok());
    let last = seal(&keyring, &content(u32::MAX, 1), &context);
    assert_eq!(kind(rotate(&last, 1)), ErrorKind::Limit);
}

/// Envelopes that would not open are not wrapped anew, whoever does it.
#[test]
fn attack_what_does_not_belong_together_is_not_rewrapped() {
    let keyring = keyring();
    let (acme, _) = pollster::block_on(keyring.create_tenant_key("acme")).unwrap();
    let seal = |value: &[u8]| {
        let by_ring = pollster::block_on(keyring.seal(value, &context())).unwrap();
        let by_tenant = acme.seal(value, &context()).unwrap();
        [by_ring.into_bytes(), by_tenant.into_bytes()]
    };
    // Two values of one length for one context, as two attempts at a version may be.
    let pairs = seal(b"first").into_iter().zip(seal(b"other"));
    for (at, (first, other)) in pairs.enumerate() {
        let body = first.len() - 32 - 5 - 16;
        let swapped = [&first[..body], &other[body..]].concat();
        let mut uncommitted = first.clone();
        uncommitted[body] ^= 1;
        for bad in [swapped, uncommitted] {
            if at == 0 {
                for version in [None, Some(KeyVersion::new("1").unwrap())] {
                    let context = context();
                    let rewrapped = keyring.rewrap(&bad, &context, version.as_ref());
                    assert!(is_rejected(pollster::block_on(rewrapped)));
                }
            } else {
                assert!(is_rejected(acme.rewrap(&bad, &context())));
                assert!(is_rejected(acme.check(&bad, &context())));
            }
        }
    }
}
