use std::io::{self, BufRead as _, Cursor, Read, Seek as _, SeekFrom, Write};

use proptest::prelude::*;

use super::chunks::Chunks;
use super::layout::{CHUNK, MAX_CHUNKS, PREFIX, SALT, SEALED_CHUNK};
use super::opener::Opener;
use super::sealer::Sealer;
use super::*;
use crate::Error;
use crate::seal::DataKey;

const CONTEXT: &[u8] = b"tenant acme, backup 7";
const SALT_BYTES: [u8; SALT] = *b"a salt for the tests, 24";

fn key() -> DataKey {
    DataKey::fill(|key| key.copy_from_slice(b"a key of 32 bytes for the tests."))
}

/// Bytes of which no two chunks are alike.
fn plain(len: usize) -> Vec<u8> {
    let at = |at: usize| (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24;
    (0..len).map(|byte| at(byte) as u8).collect()
}

/// A stream with a salt that does not change.
fn sealed(plain: &[u8]) -> Vec<u8> {
    let mut sealer = Sealer::with_salt(&[], &key(), &SALT_BYTES, CONTEXT).unwrap();
    let mut out = Vec::new();
    let mut rest = plain;
    loop {
        out.extend_from_slice(sealer.pending());
        sealer.sent(sealer.pending().len());
        if rest.is_empty() {
            if sealer.end().unwrap() {
                return out;
            }
        } else {
            rest = &rest[sealer.push(rest).unwrap()..];
        }
    }
}

/// Opens a stream, and asserts on the way that a failure stays one.
fn opened(sealed: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    opened_as(sealed, &key(), CONTEXT)
}

fn opened_as(sealed: &[u8], key: &DataKey, context: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let mut plain = Vec::new();
    let mut reader = match StreamReader::new(sealed, key, context) {
        Ok(reader) => reader,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Open);
            return Err(plain);
        }
    };
    match reader.read_to_end(&mut plain) {
        Ok(_) => {
            assert!(reader.is_complete());
            Ok(plain)
        }
        Err(error) => {
            assert_rejected(&error);
            assert_rejected(&reader.read(&mut [0]).unwrap_err());
            assert!(!reader.is_complete());
            Err(plain)
        }
    }
}

fn assert_rejected(error: &io::Error) {
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    let inner = error.get_ref().unwrap().downcast_ref::<Error>().unwrap();
    assert_eq!(inner.kind(), ErrorKind::Open);
}

/// What a reader of ranges makes of the whole stream.
fn opened_by_ranges(sealed: &[u8]) -> Option<Vec<u8>> {
    let mut reader = RangedReader::new(Cursor::new(sealed), &key(), CONTEXT).ok()?;
    let mut plain = Vec::new();
    reader.read_to_end(&mut plain).ok()?;
    assert_eq!(reader.len(), plain.len() as u64);
    Some(plain)
}

/// The stream must be refused, and what was given out before the place that is
/// wrong must be genuine.
fn assert_refused(sealed: &[u8], plain: &[u8], what: &str) {
    match opened(sealed) {
        Ok(_) => panic!("opened: {what}"),
        Err(before) => assert!(plain.starts_with(&before), "not genuine: {what}"),
    }
    assert_eq!(opened_by_ranges(sealed), None, "{what}");
}

#[test]
fn what_was_sealed_opens() {
    let chunk = CHUNK;
    for len in [
        0,
        1,
        16,
        chunk - 1,
        chunk,
        chunk + 1,
        2 * chunk,
        2 * chunk + 9,
        5 * chunk - 1,
    ] {
        let plain = plain(len);
        let sealed = sealed(&plain);
        assert_eq!(sealed.len() as u64, sealed_len(len as u64).unwrap());
        assert_eq!(opened(&sealed).unwrap(), plain);
        assert_eq!(opened_by_ranges(&sealed).unwrap(), plain);
    }
}

#[test]
fn each_stream_has_a_salt_of_its_own() {
    let seal = || {
        let writer = StreamWriter::new(Vec::new(), &key(), CONTEXT).unwrap();
        writer.into_inner().unwrap()
    };
    let (first, second) = (seal(), seal());
    assert_ne!(first[..SALT], second[..SALT]);
    assert_ne!(first[SALT..], second[SALT..]);
    assert_eq!(opened(&first).unwrap(), b"");
    assert_eq!(opened(&second).unwrap(), b"");
}

#[test]
fn another_key_or_context_is_refused_at_once() {
    let sealed = sealed(&plain(100));
    for bit in 0..256 {
        let mut other = *key().expose_secret();
        other[bit / 8] ^= 1 << (bit % 8);
        let read = StreamReader::new(&sealed[..], &DataKey::from(&mut other), CONTEXT);
        assert_eq!(read.unwrap_err().kind(), ErrorKind::Open);
    }
    let contexts = [
        &b""[..],
        &CONTEXT[1..],
        &CONTEXT[..CONTEXT.len() - 1],
        b"tenant acme, backup 8",
        b"tenant acme, backup 7\0",
    ];
    for context in contexts {
        let read = StreamReader::new(&sealed[..], &key(), context);
        assert_eq!(read.unwrap_err().kind(), ErrorKind::Open);
        let read = RangedReader::new(Cursor::new(&sealed), &key(), context);
        assert_eq!(read.unwrap_err().kind(), ErrorKind::Open);
    }
}

#[test]
fn bitflip_of_a_short_stream() {
    let plain = plain(70);
    let good = sealed(&plain);
    for bit in 0..good.len() * 8 {
        let mut sealed = good.clone();
        sealed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(opened(&sealed), Err(Vec::new()), "bit {bit}");
        assert_eq!(opened_by_ranges(&sealed), None, "bit {bit}");
    }
}

#[test]
fn bitflip_of_a_stream_of_chunks() {
    let plain = plain(2 * CHUNK + 300);
    let good = sealed(&plain);
    // All of the prefix, of the tags and of the last chunk, and a sample of
    // the others that falls on every bit of a byte.
    let tag = |start: usize| start + CHUNK..start + SEALED_CHUNK;
    let all = (0..PREFIX)
        .chain(tag(PREFIX))
        .chain(tag(PREFIX + SEALED_CHUNK))
        .chain(PREFIX + 2 * SEALED_CHUNK..good.len());
    let all = all.flat_map(|byte| (0..8).map(move |bit| byte * 8 + bit));
    let sample = (0..good.len() * 8).step_by(509);
    for bit in all.chain(sample) {
        let mut sealed = good.clone();
        sealed[bit / 8] ^= 1 << (bit % 8);
        assert_refused(&sealed, &plain, &format!("bit {bit}"));
    }
}

#[test]
fn bitflip_of_a_full_chunk() {
    // Every byte of one full chunk, in one of its bits.
    let plain = plain(CHUNK);
    let good = sealed(&plain);
    for byte in PREFIX..good.len() {
        let mut sealed = good.clone();
        sealed[byte] ^= 1 << (byte % 8);
        let mut reader = StreamReader::new(&sealed[..], &key(), CONTEXT).unwrap();
        let mut before = Vec::new();
        assert_rejected(&reader.read_to_end(&mut before).unwrap_err());
        let genuine = if byte < PREFIX + SEALED_CHUNK {
            0
        } else {
            CHUNK
        };
        assert_eq!(before.len(), genuine, "byte {byte}");
    }
}

#[test]
fn bitflip_truncated_streams_are_refused() {
    let whole = plain(CHUNK + 40);
    let good = sealed(&whole);
    let second = PREFIX + SEALED_CHUNK;
    let near = |at: usize| at.saturating_sub(40)..at + 40;
    let cuts = (0..200)
        .chain(near(PREFIX + CHUNK))
        .chain(near(second))
        .chain((200..good.len()).step_by(61))
        .chain(good.len() - 80..good.len());
    for cut in cuts {
        assert_refused(&good[..cut], &whole, &format!("cut at {cut}"));
    }
    // Cut off where every chunk is full and genuine.
    for chunks in 1..4 {
        let whole = plain(3 * CHUNK);
        let cut = PREFIX + chunks * SEALED_CHUNK;
        assert_refused(&sealed(&whole)[..cut], &whole, "at a chunk");
    }
}

#[test]
fn bitflip_moved_chunks_are_refused() {
    let plain = plain(3 * CHUNK + 5);
    let good = sealed(&plain);
    let (prefix, rest) = good.split_at(PREFIX);
    let chunks: Vec<&[u8]> = rest.chunks(SEALED_CHUNK).collect();
    assert_eq!(chunks.len(), 4);
    let orders: &[&[usize]] = &[
        &[1, 0, 2, 3],
        &[0, 2, 1, 3],
        &[0, 1, 3, 2],
        &[3],
        &[0, 1, 3],
        &[0, 2, 3],
        &[1, 2, 3],
        &[0, 0, 1, 2, 3],
        &[0, 1, 1, 2, 3],
        &[0, 1, 2, 2, 3],
        &[0, 1, 2, 3, 3],
        &[0, 1, 2, 3, 0],
        &[0, 1, 2],
        &[0, 0, 2, 3],
        &[],
    ];
    for order in orders {
        let moved = order.iter().flat_map(|chunk| chunks[*chunk]);
        let moved: Vec<u8> = prefix.iter().chain(moved).copied().collect();
        assert_refused(&moved, &plain, &format!("{order:?}"));
    }
    let same: Vec<u8> = [prefix, &chunks.concat()].concat();
    assert_eq!(opened(&same).unwrap(), plain);
}

#[test]
fn bitflip_chunks_of_another_stream_are_refused() {
    let plain = plain(2 * CHUNK);
    let good = sealed(&plain);
    let mut other = StreamWriter::new(Vec::new(), &key(), CONTEXT).unwrap();
    other.write_all(&plain).unwrap();
    let other = other.into_inner().unwrap();
    for cut in [PREFIX, PREFIX + SEALED_CHUNK, PREFIX + 2 * SEALED_CHUNK] {
        let mixed = [&good[..cut], &other[cut..]].concat();
        assert_refused(&mixed, &plain, &format!("from {cut}"));
    }
}

#[test]
fn bitflip_bytes_behind_the_end_are_refused() {
    for len in [0, 30, CHUNK, CHUNK + 1] {
        let plain = plain(len);
        let good = sealed(&plain);
        for more in [1, 15, 16, 17, SEALED_CHUNK - 1, SEALED_CHUNK, 40_000] {
            let longer = [&good[..], &vec![0; more]].concat();
            assert_refused(&longer, &plain, &format!("{more} behind {len}"));
        }
        let twice = [&good[..], &good].concat();
        assert_refused(&twice, &plain, "twice");
    }
}

#[test]
fn a_writer_that_was_dropped_leaves_a_stream_that_is_refused() {
    for len in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
        let plain = plain(len);
        let mut sealed = Vec::new();
        let mut writer = StreamWriter::new(&mut sealed, &key(), CONTEXT).unwrap();
        writer.write_all(&plain).unwrap();
        writer.flush().unwrap();
        drop(writer);
        assert_eq!(sealed.len(), PREFIX + len / CHUNK * SEALED_CHUNK);
        assert_refused(&sealed, &plain, &format!("{len} bytes"));
    }
}

#[test]
fn a_finished_writer_takes_no_more() {
    let mut writer = StreamWriter::new(Vec::new(), &key(), CONTEXT).unwrap();
    writer.write_all(b"all").unwrap();
    writer.finish().unwrap();
    let error = writer.write(b"more").unwrap_err();
    let inner = error.get_ref().unwrap().downcast_ref::<Error>().unwrap();
    assert_eq!(inner.kind(), ErrorKind::Config);
    writer.finish().unwrap();
    assert_eq!(opened(&writer.into_inner().unwrap()).unwrap(), b"all");
}

#[test]
fn a_stream_has_no_more_chunks_than_its_counter_counts() {
    let (chunks, _) = Chunks::new(&key(), &SALT_BYTES, CONTEXT).unwrap();
    let mut chunk = *b"last";
    chunks.seal(MAX_CHUNKS - 1, &mut chunk).unwrap();
    let error = chunks.seal(MAX_CHUNKS, &mut chunk).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    let error = chunks.open(MAX_CHUNKS, &mut [0; 20]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[test]
fn the_number_of_a_chunk_reaches_its_nonce() {
    // Numbers that differ in any of their 38 bits give other bytes.
    let (chunks, _) = Chunks::new(&key(), &SALT_BYTES, CONTEXT).unwrap();
    let seal = |number| {
        let mut chunk = [0; 16];
        let tag = chunks.seal(number, &mut chunk).unwrap();
        (chunk, tag)
    };
    let mut seen = vec![seal(0)];
    seen.extend((0..38).map(|bit| seal(1 << bit)));
    for (at, one) in seen.iter().enumerate() {
        assert!(!seen[..at].contains(one), "{at}");
    }
}

#[test]
fn a_failed_chunk_leaves_nothing_to_read() {
    let (chunks, _) = Chunks::new(&key(), &SALT_BYTES, CONTEXT).unwrap();
    let mut opener = Opener::new(chunks);
    let mut good = sealed(&[0x55; 1000]).split_off(PREFIX);
    good[3] ^= 1;
    opener.space()[..good.len()].copy_from_slice(&good);
    opener.received(good.len()).unwrap();
    assert_eq!(opener.plaintext().unwrap(), b"");
    assert_eq!(opener.received(0).unwrap_err().kind(), ErrorKind::Open);
    assert_eq!(opener.plaintext().unwrap_err().kind(), ErrorKind::Open);
    assert!(opener.space().is_empty());
}

#[test]
fn ranges_hold_when_other_chunks_do_not() {
    let plain = plain(3 * CHUNK + 5);
    let mut sealed = sealed(&plain);
    sealed[PREFIX + SEALED_CHUNK] ^= 1;
    let mut reader = RangedReader::new(Cursor::new(&sealed), &key(), CONTEXT).unwrap();
    let mut part = [0; 10];
    reader.seek(SeekFrom::Start(CHUNK as u64)).unwrap();
    assert_rejected(&reader.read(&mut part).unwrap_err());
    assert_rejected(&reader.read(&mut part).unwrap_err());
    reader.seek(SeekFrom::Current(CHUNK as i64)).unwrap();
    reader.read_exact(&mut part).unwrap();
    assert_eq!(part, plain[2 * CHUNK..2 * CHUNK + 10]);
}

#[test]
fn a_range_behind_the_end_is_empty() {
    let sealed = sealed(b"short");
    let mut reader = RangedReader::new(Cursor::new(&sealed), &key(), CONTEXT).unwrap();
    for to in [5, 6, u64::MAX] {
        assert_eq!(reader.seek(SeekFrom::Start(to)).unwrap(), to);
        assert_eq!(reader.read(&mut [0; 4]).unwrap(), 0);
    }
    let before = reader.seek(SeekFrom::End(-6)).unwrap_err();
    assert_eq!(before.kind(), io::ErrorKind::InvalidInput);
}

/// Gives and takes a few bytes at a time, and fails in between.
struct Slow<T> {
    inner: T,
    calls: usize,
    step: usize,
}

impl<T> Slow<T> {
    fn new(inner: T, step: usize) -> Self {
        Self {
            inner,
            calls: 0,
            step,
        }
    }

    fn turn(&mut self) -> io::Result<()> {
        self.calls += 1;
        match self.calls % 5 {
            1 => Err(io::ErrorKind::Interrupted.into()),
            3 => Err(io::ErrorKind::WouldBlock.into()),
            _ => Ok(()),
        }
    }
}

impl<T: Write> Write for Slow<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.turn()?;
        self.inner.write(&bytes[..bytes.len().min(self.step)])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Slow<T> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.turn()?;
        let step = to.len().min(self.step);
        self.inner.read(&mut to[..step])
    }
}

/// Tries again for as long as it would block.
fn patiently<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            done => return done,
        }
    }
}

fn cut() -> impl Strategy<Value = usize> {
    prop_oneof![1..60_usize, CHUNK - 20..CHUNK + 20, 1..40_000_usize]
}

fn len() -> impl Strategy<Value = usize> {
    prop_oneof![
        0..100_usize,
        CHUNK - 3..CHUNK + 3,
        2 * CHUNK - 3..2 * CHUNK + 3,
        0..100_000_usize
    ]
}

/// At least so many, and more if the environment asks for them.
pub(super) fn cases(least: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok();
    let asked = asked.and_then(|asked| asked.parse().ok()).unwrap_or(0);
    ProptestConfig::with_cases(least.max(asked))
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn any_way_of_cutting_gives_the_same_bytes(
        len in len(),
        writes in prop::collection::vec(cut(), 1..8),
        reads in prop::collection::vec(cut(), 1..8),
        step in cut(),
    ) {
        let plain = plain(len);
        let mut writer =
            StreamWriter::new(Slow::new(Vec::new(), step), &key(), CONTEXT).unwrap();
        let mut rest = &plain[..];
        for write in writes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let bytes = &rest[..rest.len().min(*write)];
            let count = patiently(|| writer.write(bytes)).unwrap();
            rest = &rest[count..];
        }
        patiently(|| writer.finish()).unwrap();
        let sealed = writer.into_inner().unwrap().inner;
        prop_assert_eq!(sealed.len() as u64, sealed_len(len as u64).unwrap());

        // The prefix is read in one go.
        let (prefix, chunks) = sealed.split_at(PREFIX);
        let inner = prefix.chain(Slow::new(chunks, step));
        let mut reader = StreamReader::new(inner, &key(), CONTEXT).unwrap();
        let mut read = Vec::new();
        for (at, cut) in reads.iter().cycle().enumerate() {
            if at % 3 == 2 {
                let count = patiently(|| reader.fill_buf().map(|buffer| {
                    let count = buffer.len().min(*cut);
                    read.extend_from_slice(&buffer[..count]);
                    count
                })).unwrap();
                reader.consume(count);
                continue;
            }
            let mut part = vec![0; *cut];
            let count = patiently(|| reader.read(&mut part)).unwrap();
            if count == 0 {
                break;
            }
            read.extend_from_slice(&part[..count]);
        }
        prop_assert!(reader.is_complete());
        prop_assert!(read == plain);
    }

    #[test]
    fn any_range_is_that_part_of_the_whole(
        len in len(),
        header in 0..50_usize,
        ranges in prop::collection::vec((0.0..1.1_f64, cut()), 1..8),
    ) {
        let plain = plain(len);
        // The stream may lie behind something else.
        let file = [&vec![1; header], &sealed(&plain)[..]].concat();
        let mut file = Cursor::new(file);
        file.set_position(header as u64);
        let mut reader = RangedReader::new(file, &key(), CONTEXT).unwrap();
        prop_assert_eq!(reader.len(), len as u64);
        for (at, (share, count)) in ranges.into_iter().enumerate() {
            let start = (share * len as f64) as usize;
            let to = match at % 3 {
                0 => SeekFrom::Start(start as u64),
                1 => SeekFrom::End(start as i64 - len as i64),
                _ => SeekFrom::Current(start as i64 - reader.stream_position().unwrap() as i64),
            };
            prop_assert_eq!(reader.seek(to).unwrap(), start as u64);
            let mut part = Vec::new();
            reader.by_ref().take(count as u64).read_to_end(&mut part).unwrap();
            let from = start.min(len);
            prop_assert!(part == plain[from..(from + count).min(len)]);
        }
    }
}
