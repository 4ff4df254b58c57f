//! What is wiped is gone from the process's memory, which Linux lets a process
//! read as a file.

use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, PoisonError};

use confidant::secret::Secret;
use zeroize::Zeroize;

const LEN: usize = 256;
const MASK: u8 = 0xa5;

/// A secret drawn for one test and known in masked form only, so that the
/// search does not find what it searches with.
struct Masked<const N: usize>([u8; N]);

impl<const N: usize> Masked<N> {
    /// Compared from here on: an allocator writes its own numbers over the start
    /// of what it takes back, and a value half overwritten is not a value wiped.
    const TAIL: usize = if N > 128 { 64 } else { N / 2 };

    fn draw() -> Self {
        let mut masked = [0; N];
        for chunk in masked.chunks_mut(8) {
            chunk.copy_from_slice(&RandomState::new().hash_one(0).to_le_bytes());
        }
        Self(masked)
    }

    /// One that is text: all its bytes are ASCII.
    #[cfg(feature = "redact")]
    fn draw_text() -> Self {
        let mut masked = Self::draw();
        for byte in &mut masked.0 {
            *byte = (*byte & 0x7f) ^ (MASK & 0x80);
        }
        masked
    }

    fn unmask(&self, into: &mut [u8]) {
        for (byte, masked) in into.iter_mut().zip(&self.0) {
            *byte = masked ^ std::hint::black_box(MASK);
        }
    }

    /// How often the secret stands in memory that the process can write.
    fn count(&self) -> usize {
        // What another search has read at the same time would be counted too.
        static SEARCH: Mutex<()> = Mutex::new(());
        let _alone = SEARCH.lock().unwrap_or_else(PoisonError::into_inner);
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let memory = File::open("/proc/self/mem").unwrap();
        let mut buffer = vec![0; 1 << 20];
        // What the search has read is not counted again.
        let own = buffer.as_ptr_range();
        let own = own.start as u64..own.end as u64;
        let mut count = 0;
        let mut read = 0;
        for line in maps.lines().filter(|line| line.contains(" rw")) {
            let (range, _) = line.split_once(' ').unwrap();
            let (start, end) = range.split_once('-').unwrap();
            let start = u64::from_str_radix(start, 16).unwrap();
            let end = u64::from_str_radix(end, 16).unwrap();
            for part in [start..end.min(own.start), start.max(own.end)..end] {
                let mut at = part.start;
                while at < part.end {
                    let room = buffer.len().min((part.end - at) as usize);
                    // Memory may have been given back since the list was made.
                    let Ok(got) = memory.read_at(&mut buffer[..room], at) else {
                        break;
                    };
                    count += self.count_in(&buffer[..got]);
                    read += got;
                    if got < N || at + got as u64 >= part.end {
                        break;
                    }
                    // The next piece begins where a secret cut in two would.
                    at += (got - (N - Self::TAIL - 1)) as u64;
                }
            }
        }
        buffer.zeroize();
        assert!(read > 1 << 20, "memory was not read");
        count
    }

    fn count_in(&self, memory: &[u8]) -> usize {
        let tail = &self.0[Self::TAIL..];
        let first = tail[0] ^ MASK;
        let starts = memory.windows(tail.len()).filter(|window| {
            let mut pairs = window.iter().zip(tail);
            window[0] == first && pairs.all(|(byte, masked)| byte ^ MASK == *masked)
        });
        starts.count()
    }
}

#[test]
fn a_dropped_secret_is_gone_from_memory() {
    let array = Masked::<LEN>::draw();
    let vec = Masked::<LEN>::draw();
    let text = Masked::<LEN>::draw();

    let array_secret = Secret::fill(|key: &mut Array| array.unmask(&mut key.0));
    let mut bytes = vec![0; LEN];
    vec.unmask(&mut bytes);
    let vec_secret = Secret::from(bytes);
    let mut boxed = vec![0; LEN].into_boxed_slice();
    text.unmask(&mut boxed);
    let boxed_secret = Secret::from(boxed);

    // It is there once: the search finds it, and no move has left a copy.
    assert_eq!(array.count(), 1);
    assert_eq!(vec.count(), 1);
    assert_eq!(text.count(), 1);

    drop((array_secret, vec_secret, boxed_secret));
    assert_eq!(array.count(), 0);
    assert_eq!(vec.count(), 0);
    assert_eq!(text.count(), 0);
}

#[test]
#[cfg(feature = "redact")]
fn a_dropped_key_is_gone_from_memory() {
    use confidant::redact::{Key, Operator, Redactor};

    let masked = Masked::<{ Key::LEN }>::draw();
    let filled = Secret::fill(|bytes: &mut [u8; Key::LEN]| masked.unmask(bytes));
    let key = Key::from_secret(filled);
    let operator = Operator::Placeholder(key.clone());
    let redactor = Redactor::builder()
        .fingerprint_key(key.clone())
        .operator(operator)
        .build()
        .unwrap();
    assert_eq!(redactor.redact("AKIAQ3EGRIZJ7OWLMXUV").findings().len(), 1);
    // Clones share the one copy, and use has left no other.
    assert_eq!(masked.count(), 1);
    drop(key);
    assert_eq!(masked.count(), 1);
    drop(redactor);
    assert_eq!(masked.count(), 0);
}

#[test]
#[cfg(feature = "redact")]
fn values_of_a_dropped_map_are_gone_from_memory() {
    use confidant::redact::{Key, Kind, PlaceholderMap};

    let [first, second] = [(); 2].map(|()| Masked::<LEN>::draw_text());
    let mut maps = [(); 2].map(|()| PlaceholderMap::new(Key::from_bytes([7; Key::LEN])));
    for (masked, map) in [&first, &second].into_iter().zip(&mut maps) {
        let mut value = vec![0; LEN];
        masked.unmask(&mut value);
        let mut value = String::from_utf8(value).unwrap();
        map.placeholder(Kind::Token, &value);
        // Others make the map grow, which moves what it holds.
        for other in 0..200 {
            map.placeholder(Kind::Token, &other.to_string());
        }
        let placeholder = map.placeholder(Kind::Token, &value);
        let mut restored = map.restore(&placeholder).into_inner().into_owned();
        assert!(restored == value, "the value is not restored");
        restored.zeroize();
        value.zeroize();
    }
    assert_eq!((first.count(), second.count()), (1, 1));

    let [dropped, mut cleared] = maps;
    drop(dropped);
    cleared.clear();
    assert_eq!((first.count(), second.count()), (0, 0));
}

#[test]
#[cfg(feature = "redact")]
fn known_values_keep_no_value_and_their_key_is_wiped() {
    use confidant::redact::{Key, KnownValues, Redactor};

    let key_bytes = Masked::<{ Key::LEN }>::draw();
    let filled = Secret::fill(|bytes: &mut [u8; Key::LEN]| key_bytes.unmask(bytes));
    let masked = Masked::<LEN>::draw();
    let mut value = vec![0; LEN];
    masked.unmask(&mut value);
    let known = KnownValues::new(Key::from_secret(filled));
    assert!(known.insert(&value).unwrap());
    // Others make the tables grow, which moves what they hold.
    let others = (0_u64..5000).map(|other| format!("another value: {other}"));
    assert_eq!(known.extend(others).unwrap(), 5000);
    let redactor = Redactor::builder()
        .known_values(known.clone())
        .build()
        .unwrap();
    let findings = redactor.scan(&value);
    assert_eq!((findings.len(), findings[0].span()), (1, 0..LEN));
    assert!(known.remove(&value) && known.insert(&value).unwrap());
    assert_eq!(masked.count(), 1);
    value.zeroize();
    assert_eq!((masked.count(), known.len()), (0, 5001));

    assert_eq!(key_bytes.count(), 1);
    drop((known, redactor));
    assert_eq!(key_bytes.count(), 0);
}

/// Neither a value nor a key is left behind by sealing, opening, re-wrapping and
/// caching, once what holds them is dropped.
#[test]
#[cfg(feature = "seal")]
fn memory_of_sealing_is_wiped() {
    use std::sync::Arc;

    use confidant::seal::{CacheLimits, Context, KeyVersion, Keyring, LocalKeys};
    use confidant::time::SystemClock;
    use pollster::block_on;

    let [old, new] = [(); 2].map(|()| Masked::<32>::draw());
    let value = Masked::<LEN>::draw();
    let version = |text: &str| KeyVersion::new(text).unwrap();
    let secret = |masked: &Masked<32>| Secret::fill(|key: &mut [u8; 32]| masked.unmask(key));
    let keys = LocalKeys::new("local:main", version("1"), &secret(&old)).unwrap();
    let keys = keys.version(version("2"), &secret(&new)).unwrap();
    // Of a key-encryption key only a state of the hash is kept.
    assert_eq!((old.count(), new.count()), (0, 0));

    let clock = Arc::new(SystemClock::new());
    let keyring = Keyring::builder(Arc::new(keys))
        .cache(CacheLimits::default(), clock)
        .build()
        .unwrap();
    let context = Context::new(confidant::taxonomy::Tenant::new("acme"), "token").unwrap();
    let (tenant, record) = block_on(keyring.create_tenant_key("acme")).unwrap();
    let plain = Secret::fill(|place: &mut Array| value.unmask(&mut place.0));
    let bytes = &plain.expose_secret().0;
    let sealed = block_on(keyring.seal(bytes, &context)).unwrap();
    let under_tenant = tenant.seal(bytes, &context).unwrap();
    assert_eq!(value.count(), 1);

    let mut opened = Vec::new();
    for _ in 0..3 {
        opened.push(block_on(keyring.open(sealed.as_bytes(), &context)).unwrap());
        opened.push(tenant.open(under_tenant.as_bytes(), &context).unwrap());
    }
    assert!(opened.iter().all(|one| one.expose_secret() == bytes));
    assert_eq!(value.count(), 7);
    let first = version("1");
    let rewrapped = keyring.rewrap(sealed.as_bytes(), &context, Some(&first));
    let rewrapped = block_on(rewrapped).unwrap();
    let rekeyed = block_on(keyring.rekey(rewrapped.as_bytes(), &context)).unwrap();
    block_on(keyring.rotate_tenant_key(record.as_bytes(), "acme", 1)).unwrap();
    let mut forged = rekeyed.into_bytes();
    *forged.last_mut().unwrap() ^= 1;
    assert!(block_on(keyring.open(&forged, &context)).is_err());
    assert_eq!(value.count(), 7);
    drop((opened, plain));
    assert_eq!(value.count(), 0);
}

/// The data key of an envelope is in memory only while it is used, or cached.
#[test]
#[cfg(feature = "seal")]
fn memory_of_data_keys_is_wiped() {
    use std::sync::Arc;

    use confidant::seal::{
        CacheLimits, Context, KeyProvider as _, Keyring, LocalKeys, UnwrapRequest, WrapRequest,
    };
    use confidant::time::SystemClock;
    use pollster::block_on;

    let masked = Masked::<32>::draw();
    let keys = LocalKeys::generate("local:main").unwrap();
    let context = Context::new(confidant::taxonomy::Tenant::new("acme"), "token").unwrap();
    let key = Secret::fill(|key: &mut [u8; 32]| masked.unmask(key));
    let request = WrapRequest {
        key: &key,
        context: context.for_wrap(),
    };
    let wrapped = block_on(keys.wrap(&[request])).pop().unwrap().unwrap();
    assert_eq!(masked.count(), 1);
    drop(key);
    assert_eq!(masked.count(), 0);
    let request = UnwrapRequest {
        wrapped: &wrapped,
        context: context.for_wrap(),
    };
    let unwrapped = block_on(keys.unwrap(&[request])).pop().unwrap().unwrap();
    assert_eq!(masked.count(), 1);
    drop(unwrapped);
    assert_eq!(masked.count(), 0);

    // In a cache: an envelope around this data key, whose payload is nonsense.
    let mut envelope = b"\x9ccf\x01\x01\x0alocal:main\x011\x00\x49".to_vec();
    envelope.extend_from_slice(wrapped.bytes());
    envelope.resize(envelope.len() + 48, 1);
    let keyring = Keyring::builder(Arc::new(keys))
        .cache(CacheLimits::default(), Arc::new(SystemClock::new()))
        .build()
        .unwrap();
    assert!(block_on(keyring.open(&envelope, &context)).is_err());
    assert_eq!(masked.count(), 1);
    keyring.purge_cache();
    assert_eq!(masked.count(), 0);
}

/// An array too long for the standard library to have a default for.
struct Array([u8; LEN]);

impl Default for Array {
    fn default() -> Self {
        Self([0; LEN])
    }
}

impl Zeroize for Array {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// The server is another process, so that what it has read is not counted.
#[test]
#[cfg(feature = "vault-transit")]
fn memory_a_data_key_that_was_sent_is_gone() {
    use base64ct::{Base64, Encoding};
    use confidant::seal::{KeyProvider, VaultTransit, WrapContext, WrapRequest};

    let Some(address) = crate::key_services::peer("CONFIDANT_MOTO_URL") else {
        return;
    };
    let raw = Masked::<32>::draw();
    let mut encoded = Masked::<44>([0; 44]);
    let key = Secret::fill(|key: &mut [u8; 32]| raw.unmask(key));
    Base64::encode(key.expose_secret(), &mut encoded.0).unwrap();
    for byte in &mut encoded.0 {
        *byte ^= MASK;
    }
    let digest = [0; 32];
    let context = WrapContext::new("acme", &digest);
    let token = Secret::from("token".to_owned());
    let provider = VaultTransit::builder(&address, token)
        .key("app")
        .build()
        .unwrap();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    let results = runtime.block_on(provider.wrap(&[WrapRequest { key: &key, context }]));
    // It is no Vault; what counts is that it has been sent the request.
    assert!(results[0].is_err());
    assert_eq!((raw.count(), encoded.count()), (1, 0));
    drop(key);
    assert_eq!(raw.count(), 0);
}

#[test]
#[cfg(feature = "seal")]
fn memory_of_a_dropped_stream_is_wiped() {
    use std::io::{BufRead as _, Cursor, Read as _, Write as _};

    use confidant::seal::DataKey;
    use confidant::seal::stream::{RangedReader, StreamReader, StreamWriter};
    use zeroize::Zeroizing;

    let masked_key = Masked::<32>::draw();
    let value = Masked::<LEN>::draw();
    let key = DataKey::fill(|key| masked_key.unmask(key));
    let mut plain = Zeroizing::new(vec![0; LEN]);
    value.unmask(&mut plain);

    let mut writer = StreamWriter::new(Vec::new(), &key, b"context").unwrap();
    writer.write_all(&plain).unwrap();
    drop(plain);
    assert_eq!(value.count(), 1, "what is held back");
    let unfinished = {
        let mut writer = StreamWriter::new(Vec::new(), &key, b"context").unwrap();
        let mut plain = Zeroizing::new(vec![0; LEN]);
        value.unmask(&mut plain);
        writer.write_all(&plain).unwrap();
        writer
    };
    assert_eq!(value.count(), 2);
    drop(unfinished);
    assert_eq!(value.count(), 1);
    let sealed = writer.into_inner().unwrap();
    assert_eq!(value.count(), 0);

    let mut reader = StreamReader::new(&sealed[..], &key, b"context").unwrap();
    assert_eq!(reader.fill_buf().unwrap().len(), LEN);
    assert_eq!(value.count(), 1);
    reader.consume(LEN);
    assert_eq!(value.count(), 0, "read to the end");
    let mut reader = StreamReader::new(&sealed[..], &key, b"context").unwrap();
    reader.read_exact(&mut [0; 9]).unwrap();
    assert_eq!(value.count(), 1);
    drop(reader);
    assert_eq!(value.count(), 0);
    let reader = RangedReader::new(Cursor::new(&sealed), &key, b"context").unwrap();
    assert_eq!(value.count(), 1);
    drop(reader);
    assert_eq!(value.count(), 0);

    assert_eq!(masked_key.count(), 1, "use has left no copies of the key");
    drop(key);
    assert_eq!(masked_key.count(), 0);
}
