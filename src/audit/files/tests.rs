use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use pollster::block_on;

use super::disk::DiskFile;
use super::segment::Derived;
use super::*;
use crate::audit::backend::MAX_BYTES;
use crate::audit::entry::{Entry, Identifier, LogRecord, Outcome};
use crate::audit::key::SigningKey;
use crate::audit::tree::Hash;
use crate::audit::verify::{LogVerdict, Verifier};
use crate::error::AuditCause;
use crate::time::{ManualClock, Moment, SystemClock};

/// A folder in memory, of which each operation can be made to fail, and which can
/// be cut to what was synced.
#[derive(Debug, Default)]
struct FaultyDisk {
    files: Mutex<BTreeMap<String, Arc<FaultyFile>>>,
    faults: Arc<Faults>,
}

/// Counts down to failures.
#[derive(Debug)]
struct Faults {
    /// Writes until the disk is full.
    writes: AtomicI64,
    /// Syncs until one fails.
    syncs: AtomicI64,
    /// Which sectors a write still reaches that fails; by itself, its first half.
    sectors: Mutex<Option<u64>>,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            writes: AtomicI64::new(i64::MAX),
            syncs: AtomicI64::new(i64::MAX),
            sectors: Mutex::default(),
        }
    }
}

#[derive(Debug, Default)]
struct FaultyFile {
    bytes: Mutex<Vec<u8>>,
    faults: Arc<Faults>,
}

impl Disk for FaultyDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.files.lock().unwrap().keys().cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file = Arc::new(FaultyFile {
            bytes: Mutex::default(),
            faults: Arc::clone(&self.faults),
        });
        self.files
            .lock()
            .unwrap()
            .insert(name.to_owned(), Arc::clone(&file));
        Ok(file)
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        match self.files.lock().unwrap().get(name) {
            Some(file) => Ok(Arc::clone(file) as Arc<dyn DiskFile>),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut files = self.files.lock().unwrap();
        let file = files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.files.lock().unwrap().remove(name);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.faults.sync()
    }
}

impl Faults {
    fn sync(&self) -> io::Result<()> {
        match self.syncs.fetch_sub(1, Ordering::SeqCst) {
            1.. => Ok(()),
            _ => Err(io::Error::other("sync failed")),
        }
    }
}

impl DiskFile for FaultyFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes.lock().unwrap().len() as u64)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.bytes.lock().unwrap().resize(len as usize, 0);
        Ok(())
    }

    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        let bytes = self.bytes.lock().unwrap();
        let rest = bytes.get(at as usize..).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_at(&self, new: &[u8], at: u64) -> io::Result<()> {
        let mut bytes = self.bytes.lock().unwrap();
        // A full disk takes the first half of the write that no longer fits.
        let full = self.faults.writes.fetch_sub(1, Ordering::SeqCst) <= 0;
        if let Some(reached) = *self.faults.sectors.lock().unwrap()
            && full
        {
            for (number, byte) in new.iter().enumerate() {
                let place = at as usize + number;
                let sector = (place as u64 - at / 512 * 512) / 512;
                if place < bytes.len() && reached >> sector & 1 == 1 {
                    bytes[place] = *byte;
                }
            }
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let new = if full { &new[..new.len() / 2] } else { new };
        let end = at as usize + new.len();
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        bytes[at as usize..end].copy_from_slice(new);
        if full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.faults.sync()
    }
}

impl FaultyDisk {
    /// The same files on a disk without faults.
    fn repaired(&self) -> Arc<Self> {
        let disk = Self::default();
        for (name, file) in &*self.files.lock().unwrap() {
            disk.put(name, &file.bytes.lock().unwrap());
        }
        Arc::new(disk)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let file = FaultyFile {
            bytes: Mutex::new(bytes.to_vec()),
            faults: Arc::clone(&self.faults),
        };
        self.files
            .lock()
            .unwrap()
            .insert(name.to_owned(), Arc::new(file));
    }

    fn get(&self, name: &str) -> Vec<u8> {
        self.files.lock().unwrap()[name]
            .bytes
            .lock()
            .unwrap()
            .clone()
    }
}

fn signer() -> Arc<dyn Signer> {
    Arc::new(SigningKey::from_seed("test.example/log", &[3; 32]).unwrap())
}

fn open_on(disk: &Arc<FaultyDisk>, segment_bytes: u64) -> Result<FileLog, Error> {
    let disk: Arc<dyn Disk> = Arc::<FaultyDisk>::clone(disk);
    open_by(disk, signer(), Arc::new(SystemClock::new()), segment_bytes)
}

fn open_by(
    disk: Arc<dyn Disk>,
    signer: Arc<dyn Signer>,
    clock: Arc<dyn Clock>,
    segment_bytes: u64,
) -> Result<FileLog, Error> {
    let opening = Opening::on(disk, signer, clock, segment_bytes)?;
    Ok(opening.open()?.0)
}

fn entry(number: u64) -> Encoded {
    let entry = Entry::new(Identifier::new("test").unwrap(), Outcome::Succeeded);
    Encoded::new(&entry.count("n", number).unwrap()).unwrap()
}

/// An entry that is longer by that many bytes.
fn padded(number: u64, bytes: usize) -> Encoded {
    let entry = Entry::new(Identifier::new("test").unwrap(), Outcome::Succeeded);
    let entry = entry.count("n", number).unwrap();
    let half = |bytes: usize| Identifier::new(&"x".repeat(bytes + 1)).unwrap();
    let entry = entry
        .resource(half(bytes / 2))
        .instance(half(bytes.div_ceil(2)));
    Encoded::new(&entry).unwrap()
}

fn other_signer() -> Arc<dyn Signer> {
    Arc::new(SigningKey::from_seed("test.example/log", &[4; 32]).unwrap())
}

fn numbers(log: &FileLog) -> Vec<u64> {
    let mut numbers = Vec::new();
    let size = block_on(log.checkpoint()).unwrap().size();
    let mut index = 0;
    while index < size {
        for bytes in block_on(log.read(index..size)).unwrap() {
            let record = LogRecord::parse(index, &bytes).unwrap();
            if record.entry.action().as_str() == Some("test") {
                numbers.extend(record.entry.counts().map(|(_, count)| count));
            }
            index += 1;
        }
    }
    numbers
}

/// All that is said of the log agrees.
fn check(log: &FileLog) {
    let checkpoint = block_on(log.checkpoint()).unwrap();
    let size = checkpoint.size();
    for index in 0..size {
        let entry = block_on(log.read(index..index + 1)).unwrap().remove(0);
        let proof = block_on(log.prove_inclusion(index, size)).unwrap();
        proof.verify(&entry, checkpoint.root()).unwrap();
    }
    let proof = block_on(log.prove_consistency(0, size)).unwrap();
    proof.verify(&Hash::empty(), checkpoint.root()).unwrap();
}

#[test]
fn a_log_goes_on_where_it_ended() {
    let disk = Arc::new(FaultyDisk::default());
    for round in 0..5 {
        let log = open_on(&disk, 1 << 20).unwrap();
        for number in 0..10 {
            let (index, checkpoint) =
                block_on(log.append(vec![entry(round * 10 + number)])).unwrap();
            assert_eq!((index, checkpoint.size()), (round * 10 + number, index + 1));
        }
        check(&log);
    }
    let log = open_on(&disk, 1 << 20).unwrap();
    assert_eq!(numbers(&log), (0..50).collect::<Vec<_>>());
}

#[test]
fn segments_follow_each_other() {
    let disk = Arc::new(FaultyDisk::default());
    let log = open_on(&disk, 2000).unwrap();
    for number in 0..100 {
        block_on(log.append(vec![entry(number), entry(number)])).unwrap();
    }
    assert!(log.reader.durable().bases.len() > 10);
    check(&log);
    drop(log);
    // What is derived comes back when it is lost or cut.
    for lost in [segment::NODES, segment::OFFSETS] {
        let disk = disk.repaired();
        disk.put(lost, &disk.get(lost)[..100]);
        let log = open_on(&disk, 2000).unwrap();
        check(&log);
        assert_eq!(numbers(&log).len(), 200);
    }
}

#[test]
fn kill_by_a_full_disk_loses_nothing() {
    for fails_at in 0..40 {
        let disk = Arc::new(FaultyDisk::default());
        let log = open_on(&disk, 1500).unwrap();
        disk.faults.writes.store(fails_at, Ordering::SeqCst);
        let mut acknowledged = Vec::new();
        for number in 0..20 {
            match block_on(log.append(vec![entry(number)])) {
                Ok(_) => acknowledged.push(number),
                Err(error) => assert!(matches!(
                    error.kind(),
                    ErrorKind::Store | ErrorKind::InDoubt
                )),
            }
        }
        // With room again, a log that knows what is on disk goes on.
        disk.faults.writes.store(i64::MAX, Ordering::SeqCst);
        if let Ok((_, checkpoint)) = block_on(log.append(vec![entry(99)])) {
            acknowledged.push(99);
            assert_eq!(checkpoint.size(), acknowledged.len() as u64);
        }
        drop(log);
        let log = open_on(&disk.repaired(), 1500).unwrap();
        let found = numbers(&log);
        assert!(
            acknowledged.iter().all(|number| found.contains(number)),
            "{fails_at}"
        );
        check(&log);
    }
}

#[test]
fn kill_by_a_failing_sync_poisons_the_log() {
    for fails_at in 1..40 {
        let disk = Arc::new(FaultyDisk::default());
        let log = open_on(&disk, 1500).unwrap();
        disk.faults.syncs.store(fails_at, Ordering::SeqCst);
        let mut acknowledged = Vec::new();
        for number in 0..20 {
            if block_on(log.append(vec![entry(number)])).is_ok() {
                acknowledged.push(number);
            }
        }
        disk.faults.syncs.store(i64::MAX, Ordering::SeqCst);
        let poisoned = acknowledged.len() < 20;
        let error = block_on(log.append(vec![entry(77)]));
        if let Err(error) = error {
            assert!(poisoned && !error.is_retryable());
            assert_eq!(error.kind(), ErrorKind::Store);
        } else {
            acknowledged.push(77);
        }
        drop(log);
        let log = open_on(&disk.repaired(), 1500).unwrap();
        let found = numbers(&log);
        assert!(
            acknowledged.iter().all(|number| found.contains(number)),
            "{fails_at}"
        );
        check(&log);
    }
}

/// Where the frame of the last checkpoint begins and ends. Its last bytes may be zeros.
fn last_checkpoint(segment: &[u8]) -> (usize, usize) {
    let text = segment.windows(4).rposition(|bytes| bytes == b"test");
    let start = segment[..text.unwrap()]
        .iter()
        .rposition(|byte| *byte == frame::CHECKPOINT);
    let start = start.unwrap();
    let length = u16::from_be_bytes([segment[start + 1], segment[start + 2]]);
    (start, start + 3 + usize::from(length) + 4)
}

#[test]
fn tamper_torn_tail_is_dropped_at_every_byte() {
    let disk = Arc::new(FaultyDisk::default());
    let log = open_on(&disk, 4096).unwrap();
    block_on(log.append(vec![entry(0), entry(1)])).unwrap();
    let name = segment::name(0);
    let (_, start) = last_checkpoint(&disk.get(&name));
    block_on(log.append(vec![entry(2), entry(3), entry(4)])).unwrap();
    drop(log);
    let after = disk.get(&name);
    let (note, end) = last_checkpoint(&after);
    for cut in start..=end {
        // Cut off by zeros, by the end of the file, and with rubbish behind.
        let mut zeros = after.clone();
        zeros[cut..].fill(0);
        let mut rubbish = zeros.clone();
        rubbish[cut..end].fill(0xee);
        for bytes in [zeros, after[..cut].to_vec(), rubbish.clone()] {
            let disk = disk.repaired();
            disk.put(&name, &bytes);
            let log = match open_on(&disk, 4096) {
                Ok(log) => log,
                // No crash writes rubbish over a checkpoint.
                Err(error) => {
                    assert!(cut > note && bytes == rubbish, "{cut} of {end}: {error}");
                    assert_eq!(disk.get(&name), bytes, "the evidence stays");
                    continue;
                }
            };
            // Nobody signed the entries without the checkpoint.
            let found = numbers(&log);
            let whole = cut == end;
            assert_eq!(found, (0..if whole { 5 } else { 2 }).collect::<Vec<_>>());
            let cuts = disk.list().unwrap();
            let cuts = cuts.iter().filter(|name| name.ends_with(".cut"));
            let torn = !whole && bytes.get(start).is_some_and(|byte| *byte != 0);
            assert_eq!(cuts.count(), usize::from(torn));
            check(&log);
            block_on(log.append(vec![entry(9)])).unwrap();
            drop(log);
            let log = open_on(&disk, 4096).unwrap();
            assert_eq!(numbers(&log), [found, vec![9]].concat());
        }
    }
}

#[test]
fn kill_in_the_middle_of_a_repair_loses_nothing() {
    let disk = Arc::new(FaultyDisk::default());
    let log = open_on(&disk, 4096).unwrap();
    block_on(log.append(vec![entry(0), entry(1)])).unwrap();
    let name = segment::name(0);
    let start = disk.get(&name).iter().rposition(|byte| *byte != 0).unwrap() + 1;
    block_on(log.append((2..30).map(entry).collect())).unwrap();
    drop(log);
    let mut torn = disk.get(&name);
    let cut = torn.iter().rposition(|byte| *byte != 0).unwrap() - 100;
    torn[cut..].fill(0);
    disk.put(&name, &torn);
    let tail = torn[start..].iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let tail = &torn[start..start + tail];
    let kept = |disk: &FaultyDisk| {
        let names = disk.list().unwrap();
        let cuts = names.iter().filter(|name| name.ends_with(".cut"));
        cuts.map(|name| disk.get(name)).any(|bytes| bytes == tail)
    };
    let mut failed = 0;
    for fails_at in 0..12 {
        for is_write in [true, false] {
            let faulty = disk.repaired();
            let count = match is_write {
                true => &faulty.faults.writes,
                false => &faulty.faults.syncs,
            };
            count.store(fails_at, Ordering::SeqCst);
            let broke = open_on(&faulty, 4096).is_err();
            failed += u32::from(broke);
            let changed = faulty.get(&name) != torn;
            assert!(
                !changed || kept(&faulty),
                "{fails_at}: cut off and not kept"
            );
            let again = faulty.repaired();
            let log = open_on(&again, 4096).unwrap();
            assert_eq!(numbers(&log), [0, 1], "{fails_at}");
            assert!(kept(&again));
            let said = block_on(log.read(2..3)).unwrap().remove(0);
            let said = LogRecord::parse(2, &said).unwrap();
            assert_eq!(said.entry.action().as_str(), Some("audit.recover"));
            check(&log);
        }
    }
    assert!(failed > 8, "next to nothing failed");
}

/// The segment as a power failure leaves it that never wrote some of the sectors from
/// `start` to `end`.
fn without_sectors(segment: &[u8], start: usize, end: usize, lost: u64) -> Vec<u8> {
    let mut torn = segment.to_vec();
    let first = start / 512;
    for sector in first..end.div_ceil(512) {
        if lost >> (sector - first) & 1 == 1 {
            torn[(sector * 512).max(start)..(sector + 1) * 512].fill(0);
        }
    }
    torn
}

#[test]
fn kill_by_a_second_power_failure_during_the_repair_loses_nothing() {
    let name = segment::name(0);
    let mut broken = 0;
    for bytes in (0..480).step_by(97) {
        let disk = Arc::new(FaultyDisk::default());
        let log = open_on(&disk, 1 << 20).unwrap();
        block_on(log.append(vec![padded(1, bytes)])).unwrap();
        let (_, start) = last_checkpoint(&disk.get(&name));
        block_on(log.append(vec![entry(2)])).unwrap();
        drop(log);
        let whole = disk.get(&name);
        let (_, end) = last_checkpoint(&whole);
        let sectors = end.div_ceil(512) - start / 512;
        for lost in 1..1 << sectors {
            let torn = without_sectors(&whole, start, end, lost);
            let has_tail = torn[start..].iter().any(|byte| *byte != 0);
            disk.put(&name, &torn);
            let Ok(log) = open_on(&disk.repaired(), 1 << 20) else {
                // Fewer than 16 bytes are no hole: it is taken for a change.
                assert!(start % 512 > 512 - 16, "{bytes} {lost}");
                continue;
            };
            drop(log);
            for fails_at in 2..8 {
                for reached in 0..3 {
                    let faulty = disk.repaired();
                    faulty.faults.writes.store(fails_at, Ordering::SeqCst);
                    *faulty.faults.sectors.lock().unwrap() = Some(reached);
                    if open_on(&faulty, 1 << 20).is_ok() {
                        continue;
                    }
                    broken += 1;
                    let what = format!("{bytes} {lost:b} {fails_at} {reached:b}");
                    let log = open_on(&faulty.repaired(), 1 << 20);
                    let log = log.unwrap_or_else(|error| panic!("{what}: {error}"));
                    assert_eq!(numbers(&log), [1], "{what}");
                    let size = block_on(log.checkpoint()).unwrap().size();
                    assert_eq!(size, if has_tail { 2 } else { 1 }, "{what}");
                    if has_tail {
                        let said = block_on(log.read(1..2)).unwrap().remove(0);
                        let said = LogRecord::parse(1, &said).unwrap().entry;
                        assert_eq!(said.action().as_str(), Some("audit.recover"));
                        let tail = torn[start..].iter().rposition(|byte| *byte != 0).unwrap() + 1;
                        // What is left of the repair may be longer, and is kept as well.
                        let dropped = said.counts().find(|(name, _)| *name == "dropped-bytes");
                        assert!(dropped.unwrap().1 >= tail as u64, "{what}");
                    }
                    check(&log);
                }
            }
        }
    }
    assert!(broken > 40, "{broken} repairs were broken off");
}

#[test]
fn a_hand_over_that_a_power_failure_tears_opens_with_the_key_before() {
    let name = segment::name(0);
    let mut holes = 0;
    for bytes in (0..480).step_by(17) {
        let disk = Arc::new(FaultyDisk::default());
        let log = open_on(&disk, 1 << 20).unwrap();
        block_on(log.append(vec![padded(1, bytes)])).unwrap();
        let (_, start) = last_checkpoint(&disk.get(&name));
        block_on(log.rotate(other_signer())).unwrap();
        drop(log);
        let whole = disk.get(&name);
        let (note, end) = last_checkpoint(&whole);
        let torn = without_sectors(&whole, start, end, 1);
        if start % 512 > 512 - 16 || note / 512 == start / 512 {
            continue;
        }
        holes += 1;
        disk.put(&name, &torn);
        let by_new: Arc<dyn Disk> = disk.repaired();
        let clock = Arc::new(SystemClock::new());
        let error = open_by(by_new, other_signer(), clock, 1 << 20).unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::Integrity,
            "the log is still the old key's"
        );
        let log = open_on(&disk.repaired(), 1 << 20).unwrap();
        assert_eq!(numbers(&log), [1], "{bytes}");
        block_on(log.rotate(other_signer())).unwrap();
        check(&log);
    }
    assert!(holes > 5, "{holes}");
}

#[test]
fn a_log_that_goes_on_while_it_is_read_is_intact() {
    let disk = Arc::new(FaultyDisk::default());
    let log = open_on(&disk, 1 << 20).unwrap();
    let append = |count: u64| {
        for _ in 0..count {
            block_on(log.append((0..20).map(|n| padded(n, 200)).collect())).unwrap();
        }
    };
    append(4);
    let before = disk.repaired();
    append(6);
    drop(log);
    let key = signer().verifying_key().clone();
    let end = |disk: &FaultyDisk| {
        let segment = disk.get(&segment::name(0));
        segment.iter().rposition(|byte| *byte != 0).unwrap()
    };
    let mut within = 0;
    for split in (0..end(&disk) + 2000).step_by(1777) {
        within += u32::from((end(&before) + 512..end(&disk)).contains(&split));
        let live = LiveDisk {
            before: Arc::clone(&before),
            after: Arc::clone(&disk),
            split,
        };
        let verifier = Verifier::new(std::slice::from_ref(&key), &[]);
        let report = verify::verify_on(&live, verifier).unwrap().unwrap();
        assert_eq!(report.verdict, LogVerdict::Intact, "{split}");
        assert!(report.size >= 80);
    }
    assert!(within > 5, "{within}");
}

/// A disk to whose segment more is written while it is read for the first time, from a
/// place on that is not read yet.
#[derive(Debug)]
struct LiveDisk {
    before: Arc<FaultyDisk>,
    after: Arc<FaultyDisk>,
    split: usize,
}

#[derive(Debug)]
struct LiveFile {
    before: Arc<dyn DiskFile>,
    after: Arc<dyn DiskFile>,
    split: usize,
    is_first: AtomicBool,
}

impl Disk for LiveDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        self.before.list()
    }

    fn create(&self, _: &str) -> io::Result<Arc<dyn DiskFile>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        if name != segment::name(0) {
            return self.after.open(name);
        }
        Ok(Arc::new(LiveFile {
            before: self.before.open(name)?,
            after: self.after.open(name)?,
            split: self.split,
            is_first: AtomicBool::new(true),
        }))
    }

    fn rename(&self, _: &str, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn remove(&self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

impl DiskFile for LiveFile {
    fn len(&self) -> io::Result<u64> {
        self.before.len()
    }

    fn set_len(&self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        let count = self.after.read_at(into, at)?;
        // The header is read by itself.
        let is_first = at > 0 && self.is_first.swap(false, Ordering::SeqCst);
        let old = self.split.saturating_sub(at as usize).min(into.len());
        if is_first && let Some(old) = into.get_mut(..old) {
            self.before.read_at(old, at)?;
        }
        Ok(count)
    }

    fn write_at(&self, _: &[u8], _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn tamper_within_the_log_is_no_torn_tail() {
    let disk = Arc::new(FaultyDisk::default());
    let log = open_on(&disk, 1 << 20).unwrap();
    for number in 0..5 {
        block_on(log.append(vec![entry(number)])).unwrap();
    }
    drop(log);
    let name = segment::name(0);
    let bytes = disk.get(&name);
    let at = Derived::open(&*disk).unwrap().offset(1).unwrap() as usize;
    let changed = disk.repaired();
    let mut other = bytes.clone();
    other[at + 10] ^= 1;
    changed.put(&name, &other);
    let error = open_on(&changed, 1 << 20).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert_eq!(changed.get(&name), other, "the evidence stays");
}

#[test]
fn another_key_does_not_open_the_log() {
    let disk = Arc::new(FaultyDisk::default());
    let log = open_on(&disk, 1 << 20).unwrap();
    block_on(log.append(vec![entry(0)])).unwrap();
    let new = other_signer();
    let same_key = block_on(log.rotate(signer())).unwrap_err();
    assert_eq!(same_key.kind(), ErrorKind::Config);
    block_on(log.rotate(Arc::clone(&new))).unwrap();
    block_on(log.append(vec![entry(1)])).unwrap();
    drop(log);
    let error = open_on(&disk, 1 << 20).unwrap_err();
    let other_key = Error::from(AuditCause::OtherKey);
    assert_eq!(error.to_string(), other_key.to_string());
    // Where it was changed as well, that is what is said.
    let changed = disk.repaired();
    let mut bytes = changed.get(&segment::name(0));
    let at = Derived::open(&*disk).unwrap().offset(0).unwrap() as usize;
    bytes[at + 10] ^= 1;
    changed.put(&segment::name(0), &bytes);
    let error = open_on(&changed, 1 << 20).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert_ne!(error.to_string(), other_key.to_string());
    let by_new: Arc<dyn Disk> = Arc::<FaultyDisk>::clone(&disk);
    let log = open_by(by_new, new, Arc::new(SystemClock::new()), 1 << 20).unwrap();
    assert_eq!(numbers(&log), [0, 1]);
}

#[test]
fn a_clock_that_goes_back_is_noted() {
    let disk: Arc<dyn Disk> = Arc::new(FaultyDisk::default());
    let clock = Arc::new(ManualClock::new(Moment::from_unix_seconds(100).unwrap()));
    let log = open_by(
        Arc::clone(&disk),
        signer(),
        Arc::clone(&clock) as _,
        1 << 20,
    )
    .unwrap();
    block_on(log.append(vec![entry(0)])).unwrap();
    drop(log);
    clock.set(Moment::from_unix_seconds(40).unwrap());
    let log = open_by(disk, signer(), clock, 1 << 20).unwrap();
    block_on(log.append(vec![entry(1)])).unwrap();
    let entries = block_on(log.read(0..2)).unwrap();
    let last = LogRecord::parse(1, &entries[1]).unwrap();
    assert_eq!((last.time.unix_seconds(), last.behind.as_secs()), (100, 60));
}

#[test]
fn appends_of_many_tasks_become_durable_together() {
    let disk = Arc::new(FaultyDisk::default());
    let log = Arc::new(open_on(&disk, 1 << 20).unwrap());
    let next = Arc::new(AtomicU64::new(0));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (log, next) = (Arc::clone(&log), Arc::clone(&next));
            thread::spawn(move || {
                for _ in 0..100 {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    let (index, checkpoint) = block_on(log.append(vec![entry(number)])).unwrap();
                    assert!(index < checkpoint.size());
                    let bytes = block_on(log.read(index..index + 1)).unwrap().remove(0);
                    let record = LogRecord::parse(index, &bytes).unwrap();
                    assert_eq!(record.entry.counts().next(), Some(("n", number)));
                }
            })
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    let mut found = numbers(&log);
    found.sort_unstable();
    assert_eq!(found, (0..800).collect::<Vec<_>>());
    check(&log);
}

#[test]
fn a_queue_that_is_full_makes_others_wait() {
    let queue = Queue::new(100);
    let mut waiting = Vec::new();
    for number in 0..3 {
        waiting.push(Box::pin(queue.submit(Work::Append(vec![entry(number)]))));
    }
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for submission in &mut waiting {
        assert!(submission.as_mut().poll(&mut context).is_pending());
    }
    let taken = queue.take(MAX_BYTES, 10).unwrap();
    assert!(taken.len() < 3, "all of them were let in");
    drop(taken);
    // Those that were let go are told so, and the next one comes in.
    assert!(waiting[0].as_mut().poll(&mut context).is_ready());
    assert!(waiting[2].as_mut().poll(&mut context).is_pending());
    assert_eq!(queue.take(MAX_BYTES, 10).unwrap().len(), 1);
    queue.close();
    assert!(queue.take(MAX_BYTES, 10).is_none());
}
