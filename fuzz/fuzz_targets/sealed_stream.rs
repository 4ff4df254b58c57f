//! What is not a stream is refused, and nothing of it is given out; what is one
//! opens however it is read.
#![no_main]

use std::io::{Cursor, Read, Seek as _, SeekFrom, Write as _};
use std::sync::LazyLock;

use confidant::seal::stream::{RangedReader, StreamHeader, StreamReader, StreamWriter};
use confidant::seal::{Context, DataKey, KeyVersion, Keyring, LocalKeys};
use confidant::secret::Secret;
use confidant::taxonomy::Tenant;
use libfuzzer_sys::fuzz_target;

static CONTEXT: LazyLock<Context> =
    LazyLock::new(|| Context::new(Tenant::new("acme"), "fuzz").unwrap());
static KEYRING: LazyLock<Keyring> = LazyLock::new(|| {
    let version = KeyVersion::new("1").unwrap();
    Keyring::new(LocalKeys::new("local:fuzz", version, &Secret::from(&mut [7; 32])).unwrap())
});

fuzz_target!(|input: (&[u8], Vec<u8>, Vec<u16>)| {
    let (bytes, plain, edits) = input;
    let key = DataKey::fill(|key| key.fill(5));

    // Whatever it is, it was not sealed under these keys. The key of the streams below
    // is another: the fuzzer sees those streams compared and learns to repeat them.
    if let Ok(header) = StreamHeader::read(&mut &*bytes) {
        assert!(bytes.starts_with(header.as_bytes()));
        assert!(header.as_bytes().len() <= StreamHeader::MAX);
    }
    assert!(pollster::block_on(KEYRING.open_stream(bytes, &CONTEXT)).is_err());
    let unused = DataKey::fill(|key| key.fill(6));
    assert!(StreamReader::new(bytes, &unused, b"fuzz").is_err());

    // Repeated, so that it goes over chunks.
    let times = edits.first().map_or(1, |times| usize::from(*times) % 64);
    let plain = plain.repeat(times);
    let mut writer = StreamWriter::new(Vec::new(), &key, b"fuzz").unwrap();
    let mut rest = &plain[..];
    for edit in &edits {
        let (part, after) = rest.split_at(usize::from(*edit).min(rest.len()));
        writer.write_all(part).unwrap();
        rest = after;
    }
    writer.write_all(rest).unwrap();
    let good = writer.into_inner().unwrap();

    // Cut, or changed in places.
    let mut changed = good.clone();
    for (at, edit) in edits.iter().enumerate() {
        let place = usize::from(*edit).wrapping_mul(at + 1) % (changed.len() + 1);
        match changed.get_mut(place) {
            Some(byte) => *byte ^= (*edit >> 8) as u8,
            None => changed.truncate(place.saturating_sub(at + 1)),
        }
    }
    let mut opened = Vec::new();
    let read = StreamReader::new(&changed[..], &key, b"fuzz");
    let ended = read.is_ok_and(|mut reader| reader.read_to_end(&mut opened).is_ok());
    assert_eq!(ended, changed == good);
    assert!(plain.starts_with(&opened));

    let mut ranged = RangedReader::new(Cursor::new(&good), &key, b"fuzz").unwrap();
    for edit in edits {
        let from = usize::from(edit).min(plain.len());
        ranged.seek(SeekFrom::Start(from as u64)).unwrap();
        let mut part = Vec::new();
        ranged.by_ref().take(300).read_to_end(&mut part).unwrap();
        assert_eq!(part, plain[from..plain.len().min(from + 300)]);
    }
});
