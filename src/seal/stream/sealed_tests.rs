//! Streams in envelopes, through a keyring.

use std::io::{self, Cursor, Read, Write as _};
use std::sync::{Arc, Mutex};

use pollster::block_on;

use super::layout::PREFIX;
use super::{RangedReader, StreamHeader, StreamReader};
use crate::seal::{
    CacheLimits, Context, KeyProvider as _, KeyVersion, Keyring, LocalKeys, SealEvent,
    SealObserver, SealOperation, SealOutcome, Stage, TenantKey,
};
use crate::secret::Secret;
use crate::taxonomy::Tenant;
use crate::time::SystemClock;
use crate::{Error, ErrorKind};

fn keys(id: &str, byte: u8) -> LocalKeys {
    let version = KeyVersion::new("1").unwrap();
    LocalKeys::new(id, version, &Secret::from(&mut [byte; 32])).unwrap()
}

fn keyring() -> Keyring {
    Keyring::new(keys("local:main", 7))
}

fn context() -> Context {
    Context::new(Tenant::new("acme"), "backup").unwrap()
}

fn seal(keyring: &Keyring, plain: &[u8]) -> Vec<u8> {
    let writer = block_on(keyring.seal_stream(Vec::new(), &context()));
    let mut writer = writer.unwrap();
    writer.write_all(plain).unwrap();
    writer.into_inner().unwrap()
}

fn open<'s>(
    keyring: &Keyring,
    sealed: &'s [u8],
    context: &Context,
) -> Result<StreamReader<&'s [u8]>, Error> {
    block_on(keyring.open_stream(sealed, context))
}

fn open_ranged<'s>(
    keyring: &Keyring,
    sealed: &'s [u8],
) -> Result<RangedReader<Cursor<&'s [u8]>>, Error> {
    block_on(keyring.open_stream_ranged(Cursor::new(sealed), &context()))
}

fn header_len(sealed: &[u8]) -> usize {
    let header = StreamHeader::read(&mut &sealed[..]).unwrap();
    assert!(sealed.starts_with(header.as_bytes()));
    header.as_bytes().len()
}

/// The one answer.
fn assert_rejected(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Open);
    assert_eq!(error.to_string(), "what is sealed does not open");
    assert!(!error.is_retryable());
}

/// Whatever is wrong, no plaintext comes before the one answer.
fn assert_refused(keyring: &Keyring, sealed: &[u8], what: &str) {
    match open(keyring, sealed, &context()) {
        Err(error) => assert_rejected(&error),
        Ok(mut reader) => {
            let mut plain = Vec::new();
            let error = reader.read_to_end(&mut plain).expect_err(what);
            assert_eq!(plain, b"", "{what}");
            assert_rejected(&error.downcast().unwrap());
        }
    }
    let ranged = open_ranged(keyring, sealed);
    let ranged = ranged.and_then(|mut reader| {
        let read = reader.read_to_end(&mut Vec::new());
        read.map_err(|error| error.downcast().unwrap())
    });
    assert_rejected(&ranged.expect_err(what));
}

#[test]
fn a_sealed_stream_opens_for_its_context_only() {
    let keyring = keyring();
    for len in [0, 100, 16_384, 50_000] {
        let plain = vec![b'p'; len];
        let sealed = seal(&keyring, &plain);
        let mut opened = Vec::new();
        let mut reader = open(&keyring, &sealed, &context()).unwrap();
        reader.read_to_end(&mut opened).unwrap();
        assert_eq!(opened, plain);
        let mut ranged = open_ranged(&keyring, &sealed).unwrap();
        opened.clear();
        ranged.read_to_end(&mut opened).unwrap();
        assert_eq!(opened, plain);
    }
    let sealed = seal(&keyring, b"plain");
    for other in [
        Context::new(Tenant::new("acme"), "backups"),
        Context::new(Tenant::new("acm"), "ebackup"),
        Context::new(Tenant::new("other"), "backup"),
        Context::builder(Tenant::new("acme"), "backup")
            .version(1)
            .build(),
        Context::builder(Tenant::new("acme"), "backup")
            .kind("b")
            .build(),
    ] {
        assert_rejected(&open(&keyring, &sealed, &other.unwrap()).unwrap_err());
    }
    let other = Keyring::new(keys("local:main", 8));
    assert_refused(&other, &sealed, "another key");
    let other = Keyring::new(keys("local:other", 7));
    assert_refused(&other, &sealed, "another key id");
}

#[test]
fn bitflip_of_a_sealed_stream() {
    let keyring = keyring();
    let good = seal(&keyring, b"a short stream");
    for bit in 0..good.len() * 8 {
        let mut sealed = good.clone();
        sealed[bit / 8] ^= 1 << (bit % 8);
        assert_refused(&keyring, &sealed, &format!("bit {bit}"));
    }
    for len in 0..good.len() {
        assert_refused(&keyring, &good[..len], &format!("cut at {len}"));
        assert_refused(&keyring, &good[len + 1..], &format!("from {len}"));
        let mut sealed = good.clone();
        sealed.remove(len);
        assert_refused(&keyring, &sealed, &format!("without {len}"));
        sealed = good.clone();
        sealed.insert(len, good[len]);
        assert_refused(&keyring, &sealed, &format!("twice {len}"));
    }
    assert_refused(&keyring, &[&good[..], &[0]].concat(), "longer");
}

#[test]
fn an_envelope_is_no_stream_and_a_stream_no_envelope() {
    let keyring = keyring();
    let envelope = block_on(keyring.seal(&[1; 100], &context())).unwrap();
    let stream = seal(&keyring, &[1; 100]);
    assert_refused(&keyring, envelope.as_bytes(), "envelope");
    let opened = block_on(keyring.open(&stream, &context()));
    assert_rejected(&opened.unwrap_err());
    // Also when it says that it were the other.
    let mut renamed = envelope.into_bytes();
    renamed[4] = 2;
    assert_refused(&keyring, &renamed, "envelope as stream");
    let mut renamed = stream;
    renamed[4] = 1;
    let opened = block_on(keyring.open(&renamed, &context()));
    assert_rejected(&opened.unwrap_err());
}

/// The parts of two streams of one context do not go together.
#[test]
fn bitflip_parts_of_two_sealed_streams_are_refused() {
    let keyring = keyring();
    let (one, two) = (seal(&keyring, b"one"), seal(&keyring, b"two"));
    let header = header_len(&one);
    assert_eq!(header, header_len(&two));
    for cut in [header, header + 24, header + PREFIX] {
        let mixed = [&one[..cut], &two[cut..]].concat();
        assert_refused(&keyring, &mixed, &format!("at {cut}"));
    }
}

/// Counts what was read.
struct Counting<'b>(&'b [u8], usize);

impl Read for Counting<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(to)?;
        self.1 += count;
        Ok(count)
    }
}

#[test]
fn a_header_is_read_to_its_end_and_no_further() {
    let sealed = seal(&keyring(), b"plain");
    let len = header_len(&sealed);
    let mut reader = Counting(&sealed, 0);
    let header = StreamHeader::read(&mut reader).unwrap();
    assert_eq!(reader.1, len);
    assert_eq!((header.key_id(), header.key_version()), ("local:main", "1"));
    assert!(len <= StreamHeader::MAX);
}

#[test]
fn a_hostile_header_is_refused_before_it_is_read() {
    let start = |rest: &[u8]| [b"\x9ccf\x01\x02", rest, &[b'a'; 70_000]].concat();
    let cases = [
        // What is claimed and how much of it may be read.
        (b"\x9ccf\x02\x02\x01".to_vec(), 6),
        (b"\x9ccf\x01\x01\x01".to_vec(), 6),
        (start(b"\x01a\x41"), 8),
        (start(b"\x01a\x01a\x04\x01"), 11),
        (start(b"\x01a\x01a\xff\xff"), 11),
        (start(b"\x00\x01a\x00\x01a"), 11),
        (start(b"\x01\xe9\x00\x00\x01a"), 11),
        (start(b"\x01a\x00\x00\x00"), 10),
    ];
    for (at, (bytes, most)) in cases.iter().enumerate() {
        let mut reader = Counting(bytes, 0);
        assert_rejected(&StreamHeader::read(&mut reader).unwrap_err());
        assert!(reader.1 <= *most, "case {at}: {} bytes", reader.1);
    }
}

#[test]
fn rewrapping_replaces_the_header_only() {
    let [old, new] = ["1", "2"].map(|version| KeyVersion::new(version).unwrap());
    let keyring = keyring();
    let sealed = seal(&keyring, b"plain");
    let header = StreamHeader::read(&mut &sealed[..]).unwrap();
    let payload = &sealed[header.as_bytes().len()..];
    let with = |header: &StreamHeader| [header.as_bytes(), payload].concat();

    let both = || {
        let key = Secret::from(&mut [9; 32]);
        Keyring::new(keys("local:main", 7).version(new.clone(), &key).unwrap())
    };
    let rewrap = |keyring: &Keyring, header, version| {
        block_on(keyring.rewrap_stream(header, &context(), version))
    };
    let fresh = rewrap(&both(), &header, None).unwrap();
    assert_eq!(fresh.key_version(), "2");
    assert!(open(&both(), &with(&fresh), &context()).is_ok());
    assert_refused(&keyring, &with(&fresh), "a version that is not there");
    let back = rewrap(&both(), &fresh, Some(&old)).unwrap();
    assert_eq!(back.key_version(), "1");
    assert!(open(&keyring, &with(&back), &context()).is_ok());

    // From one key to another.
    let moving = Keyring::builder(Arc::new(keys("local:next", 1)))
        .open_with(Arc::new(keys("local:main", 7)))
        .build()
        .unwrap();
    let moved = rewrap(&moving, &header, None).unwrap();
    assert_eq!(moved.key_id(), "local:next");
    let next = Keyring::new(keys("local:next", 1));
    assert!(open(&next, &with(&moved), &context()).is_ok());
    assert_rejected(&rewrap(&next, &header, None).unwrap_err());

    let other = Context::new(Tenant::new("acme"), "other").unwrap();
    let refused = block_on(keyring.rewrap_stream(&header, &other, None));
    assert_rejected(&refused.unwrap_err());
}

#[derive(Debug, Default)]
struct Seen(Mutex<Vec<(SealOperation, String, bool, SealOutcome)>>);

impl SealObserver for Seen {
    fn observe(&self, event: &SealEvent<'_>) {
        let id = event.key_id.to_owned();
        let seen = (event.operation, id, event.cached, event.outcome);
        self.0.lock().unwrap().push(seen);
    }
}

#[test]
fn the_observer_hears_of_each_stream_and_of_the_stage() {
    use SealOutcome::{Done, Rejected};

    let seen = Arc::new(Seen::default());
    let keys = Arc::new(keys("local:main", 7));
    let id = keys.id().clone();
    let keyring = Keyring::builder(Arc::<LocalKeys>::clone(&keys))
        .observer(Arc::<Seen>::clone(&seen))
        .cache(CacheLimits::default(), Arc::new(SystemClock::new()))
        .build()
        .unwrap();
    let sealed = seal(&keyring, b"plain");
    assert!(open(&keyring, &sealed, &context()).is_ok());
    assert!(open(&keyring, &sealed, &context()).is_ok());
    let header = header_len(&sealed);
    let mut changed = sealed.clone();
    changed[header] ^= 1;
    assert!(open(&keyring, &changed, &context()).is_err());
    assert!(open(&keyring, &sealed[1..], &context()).is_err());
    changed = sealed.clone();
    changed[header - 1] ^= 1;
    assert!(open(&keyring, &changed, &context()).is_err());
    changed[8] ^= 1;
    assert!(open(&keyring, &changed, &context()).is_err());

    let seen = std::mem::take(&mut *seen.0.lock().unwrap());
    let (main, open) = (id.as_str(), SealOperation::Open);
    let expected = [
        (SealOperation::Seal, main, false, Done),
        (open, main, false, Done),
        (open, main, true, Done),
        (open, main, true, Rejected(Stage::Commitment)),
        (open, "", false, Rejected(Stage::Format)),
        (open, main, false, Rejected(Stage::Wrap)),
    ];
    for (seen, expected) in seen.iter().zip(&expected) {
        assert_eq!((seen.0, &*seen.1, seen.2, seen.3), *expected);
    }
    assert_eq!(seen.len(), expected.len() + 1);
    assert_eq!(seen[6].3, Rejected(Stage::KeyId));
}

#[test]
fn a_tenant_key_seals_and_opens_streams_of_its_tenant() {
    let keyring = keyring();
    let create = |tenant| block_on(keyring.create_tenant_key(tenant)).unwrap();
    let ((acme, record), (other, _)) = (create("acme"), create("other"));
    let mut writer = acme.seal_stream(Vec::new(), &context()).unwrap();
    writer.write_all(b"plain").unwrap();
    let sealed = writer.into_inner().unwrap();
    let open = |key: &TenantKey, sealed: &[u8], context: &Context| {
        let mut reader = key.open_stream(sealed, context)?;
        let mut opened = Vec::new();
        let read = reader.read_to_end(&mut opened);
        read.map_err(|error| error.downcast::<Error>().unwrap())?;
        Ok(opened)
    };
    assert_eq!(open(&acme, &sealed, &context()).unwrap(), b"plain");
    let ranged = acme.open_stream_ranged(Cursor::new(&sealed), &context());
    assert_eq!(ranged.unwrap().len(), 5);

    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_rejected(&open(&acme, &changed, &context()).unwrap_err());
    }
    let foreign = Context::new(Tenant::new("other"), "backup").unwrap();
    assert_rejected(&open(&acme, &sealed, &foreign).unwrap_err());
    assert_rejected(&open(&other, &sealed, &context()).unwrap_err());
    assert_rejected(&open(&other, &sealed, &foreign).unwrap_err());
    assert_refused(&keyring, &sealed, "of a tenant's key");
    let refused = acme.seal_stream(Vec::new(), &foreign).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Config);

    // A version more, and the older one gone.
    let rotate = |keep| block_on(keyring.rotate_tenant_key(record.as_bytes(), "acme", keep));
    let (both, _) = rotate(1).unwrap();
    let header = StreamHeader::read(&mut &sealed[..]).unwrap();
    let payload = &sealed[header.as_bytes().len()..];
    let fresh = both.rewrap_stream(&header, &context()).unwrap();
    assert_eq!(fresh.key_version(), "2");
    let rewrapped = [fresh.as_bytes(), payload].concat();
    assert_eq!(open(&both, &rewrapped, &context()).unwrap(), b"plain");
    assert_eq!(open(&both, &sealed, &context()).unwrap(), b"plain");
    assert_rejected(&acme.rewrap_stream(&fresh, &context()).unwrap_err());
    let (young, _) = rotate(0).unwrap();
    assert_rejected(&open(&young, &sealed, &context()).unwrap_err());
}
