//! What somebody does who can write to the folder of a log, and has no key: tried with
//! the verifier and with a program that opens the log, without an anchor.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use confidant::audit::{Anchor, FileAnchor, Log, LogReport, LogVerdict, Signer, verify_folder};
use confidant::time::{ManualClock, Moment};
use confidant::{Error, ErrorKind};

use super::forge::{self, CHECKPOINT, ENTRY, SEGMENT, frame, frames, restore, snapshot};
use super::{access, entry, id, key, numbers};
use crate::support::folder::Folder;

fn open(folder: &Path) -> Result<Log, Error> {
    let clock = Arc::new(ManualClock::new(Moment::UNIX_EPOCH));
    let builder = Log::builder(key(1)).clock(clock).segment_bytes(4096);
    pollster::block_on(builder.open(folder))
}

/// A log of these batches, each of so many entries.
fn make(folder: &Path, batches: &[u64]) {
    let log = open(folder).unwrap();
    let mut number = 0;
    for count in batches {
        let entries: Vec<_> = (0..*count).map(|more| entry(number + more)).collect();
        pollster::block_on(log.append_all(&entries)).unwrap();
        number += count;
    }
}

fn verify(folder: &Path) -> LogReport {
    verify_folder(folder, &[key(1).verifying_key().clone()], &[]).unwrap()
}

/// Makes sure that the log does not open, and is left as it was.
fn refuses(folder: &Path, what: &str) {
    let before = snapshot(folder);
    match open(folder) {
        Ok(_) => panic!("{what}: it opened"),
        Err(error) => assert_eq!(error.kind(), ErrorKind::Integrity, "{what}: {error}"),
    }
    assert!(snapshot(folder) == before, "{what}: something was changed");
}

/// Makes sure that the log opens with `kept` entries, that what was cut off is in a file
/// and an entry says so, and that it verifies then.
fn recovers(folder: &Path, kept: u64, torn: &[u8], torn_entries: u64, what: &str) {
    let log = open(folder).unwrap_or_else(|error| panic!("{what}: {error}"));
    let found = pollster::block_on(numbers(&log));
    assert_eq!(found, (0..kept).collect::<Vec<_>>(), "{what}");
    let records = pollster::block_on(log.read(kept..kept + 1, &access())).unwrap();
    let said = &records[0].entry;
    assert_eq!(said.action(), &id("audit.recover"), "{what}");
    let counts: Vec<_> = said.counts().collect();
    let expected = [
        ("dropped-bytes", torn.len() as u64),
        ("dropped-entries", torn_entries),
    ];
    assert_eq!(counts, expected, "{what}");
    let cut = said.resource_id().unwrap().as_str().unwrap();
    assert!(fs::read(folder.join(cut)).unwrap() == torn, "{what}");
    drop(log);
    let report = verify(folder);
    assert_eq!(
        (report.verdict, report.torn_bytes),
        (LogVerdict::Intact, 0),
        "{what}"
    );
}

/// The verifier and the program agree on what was done to the segment.
fn agree(folder: &Path, covered: &[(usize, u64)], what: &str) -> LogVerdict {
    let segment = fs::read(folder.join(SEGMENT)).unwrap();
    let report = verify(folder);
    match report.verdict {
        // The end of a batch is the end of a log.
        LogVerdict::Intact if report.torn_bytes == 0 => {
            drop(open(folder).unwrap_or_else(|error| panic!("{what}: {error}")));
        }
        LogVerdict::Intact => {
            let (from, _) = covered
                .iter()
                .find(|(_, size)| *size == report.size)
                .unwrap();
            let torn = &segment[*from..][..report.torn_bytes as usize];
            recovers(folder, report.size, torn, report.torn_entries, what);
        }
        LogVerdict::Altered { leaf } => {
            let size = covered.last().unwrap().1;
            assert!(leaf <= size, "{what}: {leaf}");
            refuses(folder, what);
        }
        other => panic!("{what}: {other:?}"),
    }
    report.verdict
}

/// Where each checkpoint ends, and how many entries it covers.
fn covered(segment: &[u8]) -> Vec<(usize, u64)> {
    let mut covered = vec![(forge::header_len(segment), 0)];
    let mut size = 0;
    for (kind, _, end) in frames(segment) {
        match kind {
            ENTRY => size += 1,
            _ => covered.push((end, size)),
        }
    }
    covered
}

#[test]
fn attack_flip_of_any_bit() {
    let folder = Folder::in_memory();
    make(folder.path(), &[1, 2]);
    let written = snapshot(folder.path());
    let segment = fs::read(folder.join(SEGMENT)).unwrap();
    let (places, end) = (covered(&segment), forge::content(&segment));
    for at in 0..end {
        for bit in 0..8 {
            let mut changed = segment.clone();
            changed[at] ^= 1 << bit;
            fs::write(folder.join(SEGMENT), &changed).unwrap();
            let what = format!("bit {bit} of byte {at} of {end}");
            let verdict = agree(folder.path(), &places, &what);
            // The one change that a crash could make: the last byte was not written.
            let cut = at == end - 1 && changed[at] == 0;
            let altered = matches!(verdict, LogVerdict::Altered { .. });
            assert!(altered || cut, "{what}: {verdict:?}");
            // The right entry: the one that was changed, or the first of its batch.
            let frames = frames(&segment);
            let before = |kind, at: usize| {
                let ends = frames.iter().filter(|f| f.0 == kind && f.2 <= at);
                ends.count() as u64
            };
            if let LogVerdict::Altered { leaf } = verdict
                && at >= forge::header_len(&segment)
            {
                let of = frames.iter().find(|frame| frame.2 > at).unwrap();
                let expected = match of.0 {
                    ENTRY => before(ENTRY, at),
                    _ => places[before(CHECKPOINT, at) as usize].1,
                };
                assert_eq!(leaf, expected, "{what}");
            }
            if verdict == LogVerdict::Intact {
                restore(folder.path(), &written);
            }
        }
    }
    // Behind the end it is no part of the log, and is put aside.
    restore(folder.path(), &written);
    for at in [end, end + 1, end + 700, segment.len() - 1] {
        let mut changed = segment.clone();
        changed[at] ^= 0x40;
        fs::write(folder.join(SEGMENT), &changed).unwrap();
        let verdict = agree(folder.path(), &places, &format!("byte {at} behind the end"));
        assert_eq!(verdict, LogVerdict::Intact);
        restore(folder.path(), &written);
    }
}

#[test]
fn attack_cut_at_any_length() {
    let folder = Folder::in_memory();
    make(folder.path(), &[1, 3]);
    let before = snapshot(folder.path());
    let segment = fs::read(folder.join(SEGMENT)).unwrap();
    let (places, end) = (covered(&segment), forge::content(&segment));
    for cut in 0..=end {
        let mut zeros = segment.clone();
        zeros[cut..].fill(0);
        for changed in [segment[..cut].to_vec(), zeros] {
            restore(folder.path(), &before);
            fs::write(folder.join(SEGMENT), &changed).unwrap();
            let what = format!("cut at {cut} of {end}");
            let verdict = agree(folder.path(), &places, &what);
            // Half a header was never a log; anything else a crash can leave.
            let altered = verdict == LogVerdict::Altered { leaf: 0 };
            assert_eq!(altered, cut < places[0].0, "{what}: {verdict:?}");
        }
    }
}

#[test]
fn attack_on_frames_with_right_checks() {
    let folder = Folder::in_memory();
    make(folder.path(), &[1, 2, 1]);
    let other = Folder::in_memory();
    make(other.path(), &[2, 2]);
    let before = snapshot(folder.path());
    let segment = fs::read(folder.join(SEGMENT)).unwrap();
    let bodies = |segment: &[u8]| -> Vec<(u8, Vec<u8>)> {
        let body = |(kind, at, end): (u8, usize, usize)| (kind, segment[at + 3..end - 4].to_vec());
        frames(segment).into_iter().map(body).collect()
    };
    let parts = bodies(&segment);
    let foreign = bodies(&fs::read(other.join(SEGMENT)).unwrap());
    let write = |parts: &[(u8, Vec<u8>)]| {
        let mut changed = segment[..forge::header_len(&segment)].to_vec();
        let mut index = 0;
        for (kind, body) in parts {
            changed.extend(frame(*kind, index, body));
            index += u64::from(*kind == ENTRY);
        }
        changed.resize(segment.len(), 0);
        restore(folder.path(), &before);
        // What is derived would tell which entry was changed, and nothing else.
        for name in ["nodes", "offsets"] {
            fs::remove_file(folder.join(name)).unwrap();
        }
        fs::write(folder.join(SEGMENT), &changed).unwrap();
        covered(&changed)
    };
    let tried = |parts: &[(u8, Vec<u8>)], what: &str| agree(folder.path(), &write(parts), what);
    assert_eq!(tried(&parts, "as it was"), LogVerdict::Intact);
    let altered = |verdict| matches!(verdict, LogVerdict::Altered { .. });
    for at in 0..parts.len() {
        let (kind, last) = (parts[at].0, at + 1 == parts.len());
        let mut dropped = parts.clone();
        dropped.remove(at);
        // A checkpoint in the middle says nothing that the next one does not say; the
        // last one takes its batch along.
        let verdict = tried(&dropped, &format!("{at} dropped"));
        assert_eq!(altered(verdict), kind == ENTRY, "{at} dropped: {verdict:?}");
        let mut doubled = parts.clone();
        doubled.insert(at, parts[at].clone());
        let verdict = tried(&doubled, &format!("{at} doubled"));
        assert_eq!(altered(verdict), kind == ENTRY, "{at} doubled: {verdict:?}");
        for to in at + 1..parts.len() {
            let mut swapped = parts.clone();
            swapped.swap(at, to);
            if swapped != parts {
                let verdict = tried(&swapped, &format!("{at} and {to} swapped"));
                assert!(altered(verdict), "{at} and {to} swapped: {verdict:?}");
            }
        }
        for (number, copied) in foreign.iter().enumerate() {
            let mut copy = parts.clone();
            copy[at] = copied.clone();
            if copy != parts {
                let verdict = tried(&copy, &format!("{number} of another log at {at}"));
                let unsigned = last && copied.0 == ENTRY;
                assert!(
                    altered(verdict) || unsigned,
                    "{number} at {at}: {verdict:?}"
                );
            }
        }
    }
    // Signed anew by somebody else: the entries of a batch, or its checkpoint.
    let mine = key(9);
    let mut tree = confidant::audit::Frontier::new();
    for at in 0..parts.len() {
        if parts[at].0 == ENTRY {
            tree.append(&parts[at].1);
            continue;
        }
        let note = forge::note(
            &*mine,
            mine.verifying_key().name(),
            tree.size(),
            &tree.root(),
        );
        let mut signed = parts.clone();
        signed[at].1 = note.into_bytes();
        if at + 1 == parts.len() {
            assert!(altered(tried(&signed, "signed anew")));
        } else {
            write(&signed);
            assert!(altered(verify(folder.path()).verdict), "{at} signed anew");
        }
    }
}

#[test]
fn attack_history_behind_the_end_is_not_signed() {
    let folder = Folder::in_memory();
    make(folder.path(), &[1, 1]);
    let before = snapshot(folder.path());
    let segment = fs::read(folder.join(SEGMENT)).unwrap();
    let end = forge::content(&segment);
    let forged = |number| forge::bytes_at(entry(number), 0);
    let whole = [frame(ENTRY, 2, &forged(7)), frame(ENTRY, 3, &forged(8))].concat();
    let mut broken = whole.clone();
    *broken.last_mut().unwrap() ^= 1;
    for (tail, entries, what) in [
        (whole.clone(), 2, "whole entries"),
        (broken, 1, "an entry and a broken one"),
        (vec![0xee; 300], 0, "junk"),
        ([&whole[..], b"junk"].concat(), 2, "entries and junk"),
        (vec![ENTRY, 0, 1], 0, "the beginning of a frame"),
    ] {
        restore(folder.path(), &before);
        let mut changed = segment.clone();
        changed[end..end + tail.len()].copy_from_slice(&tail);
        fs::write(folder.join(SEGMENT), &changed).unwrap();
        let report = verify(folder.path());
        assert_eq!(
            (report.verdict, report.size),
            (LogVerdict::Intact, 2),
            "{what}"
        );
        assert_eq!(report.torn_entries, entries, "{what}");
        assert_eq!(report.torn_bytes, tail.len() as u64, "{what}");
        recovers(folder.path(), 2, &tail, entries, what);
    }
    // With a checkpoint of its own, by another key, it is no crash.
    restore(folder.path(), &before);
    let mut tree = confidant::audit::Frontier::new();
    for (kind, at, end) in frames(&segment) {
        if kind == ENTRY {
            tree.append(&segment[at + 3..end - 4]);
        }
    }
    tree.append(&forged(7));
    let mine = key(9);
    let note = forge::note(&*mine, "test.example/log", tree.size(), &tree.root());
    let tail = [
        frame(ENTRY, 2, &forged(7)),
        frame(CHECKPOINT, 3, note.as_bytes()),
    ]
    .concat();
    let mut changed = segment.clone();
    changed[end..end + tail.len()].copy_from_slice(&tail);
    fs::write(folder.join(SEGMENT), &changed).unwrap();
    assert_eq!(
        verify(folder.path()).verdict,
        LogVerdict::Altered { leaf: 2 }
    );
    refuses(folder.path(), "a forged batch");
}

#[test]
fn attack_roll_back_is_refused_before_anything_is_changed() {
    let place = Folder::in_memory();
    let folder = place.join("log");
    let anchor: Arc<dyn Anchor> = Arc::new(FileAnchor::new(place.join("anchor")));
    let open = || {
        let builder = Log::builder(key(1)).anchor(Arc::clone(&anchor));
        pollster::block_on(builder.anchor_every(1).open(&folder))
    };
    let log = open().unwrap();
    pollster::block_on(log.append(entry(0))).unwrap();
    drop(log);
    let early = snapshot(&folder);
    let log = open().unwrap();
    pollster::block_on(log.append(entry(1))).unwrap();
    drop(log);
    let late = snapshot(&folder);
    let refuses = |what: &str| {
        let (before, kept) = (snapshot(&folder), fs::read(place.join("anchor")).unwrap());
        let error = open().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{what}: {error}");
        assert!(snapshot(&folder) == before, "{what}: something was changed");
        assert!(fs::read(place.join("anchor")).unwrap() == kept, "{what}");
    };
    // Rolled back; rolled back to within a batch; with nothing derived; wiped.
    restore(&folder, &early);
    refuses("rolled back");
    let segment = fs::read(folder.join(SEGMENT)).unwrap();
    let end = forge::content(&segment);
    let mut torn = segment.clone();
    torn[end..end + 40].fill(0xee);
    fs::write(folder.join(SEGMENT), &torn).unwrap();
    refuses("rolled back, with a torn end");
    fs::write(folder.join("00000000000000000009.new"), "left").unwrap();
    fs::remove_file(folder.join("nodes")).unwrap();
    refuses("rolled back, with nothing derived");
    restore(&folder, &[]);
    refuses("wiped");
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(open().unwrap_err().kind(), ErrorKind::Integrity);
    assert!(!folder.exists(), "a folder was made");
    // A damaged file that is derived changes nothing of what the anchor is told.
    fs::create_dir(&folder).unwrap();
    for at in 0..late
        .iter()
        .find(|(name, _)| name == "nodes")
        .unwrap()
        .1
        .len()
    {
        restore(&folder, &late);
        let mut nodes = fs::read(folder.join("nodes")).unwrap();
        nodes[at] ^= 1;
        fs::write(folder.join("nodes"), nodes).unwrap();
        open().unwrap_or_else(|error| panic!("byte {at} of the nodes: {error}"));
    }
}

#[test]
fn attack_with_frames_of_a_later_version() {
    let folder = Folder::in_memory();
    make(folder.path(), &[1, 1]);
    let segment = fs::read(folder.join(SEGMENT)).unwrap();
    let end = forge::content(&segment);
    let mut later_entry = forge::bytes_at(entry(7), 0);
    later_entry[0] = 2;
    let mut header = segment[..forge::header_len(&segment)].to_vec();
    header[24] = b'2';
    header[40] ^= 1;
    for (at, tail, what) in [
        (end, frame(3, 2, b"something new"), "a frame of kind 3"),
        (end, frame(255, 2, &[7; 900]), "a frame of kind 255"),
        (end, frame(ENTRY, 2, &later_entry), "an entry of version 2"),
        (0, header, "a segment of version 2"),
    ] {
        let mut changed = segment.clone();
        changed[at..at + tail.len()].copy_from_slice(&tail);
        fs::write(folder.join(SEGMENT), &changed).unwrap();
        let before = snapshot(folder.path());
        let error = open(folder.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{what}: {error}");
        let keys = [key(1).verifying_key().clone()];
        let error = verify_folder(folder.path(), &keys, &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{what}: {error}");
        assert!(
            snapshot(folder.path()) == before,
            "{what}: something was changed"
        );
    }
}

#[test]
fn attack_on_the_time_of_a_header() {
    let folder = Folder::in_memory();
    let signer = key(1);
    for seconds in [253_402_207_200, 0, -1, 1_800_000_000] {
        for with_entry in [false, true] {
            let mut forge = forge::Forge::dated(&*signer, seconds);
            if with_entry {
                forge.entry(&forge::bytes_at(entry(0), 1_700_000_000));
                forge.checkpoint(&*signer);
            }
            restore(folder.path(), &[]);
            forge.write(folder.path());
            assert_eq!(
                verify(folder.path()).verdict,
                LogVerdict::Altered { leaf: 0 }
            );
            if with_entry {
                // It decides nothing: the entry has the time.
                let log = open(folder.path()).unwrap();
                pollster::block_on(log.append(entry(1))).unwrap();
                let records = pollster::block_on(log.read(0..2, &access())).unwrap();
                assert_eq!(records[1].time, records[0].time);
            } else {
                refuses(folder.path(), &format!("the time {seconds}"));
            }
        }
    }
}

#[test]
fn attack_by_hostile_ends_takes_linear_time() {
    let folder = Folder::in_memory();
    make(folder.path(), &[1]);
    let segment = fs::read(folder.join(SEGMENT)).unwrap();
    let end = forge::content(&segment);
    let mut note = segment[..end].to_vec();
    let at = frames(&segment).last().unwrap().1;
    note.drain(..at + 3);
    note.truncate(note.len() - 4);
    let size = 4 << 20;
    for (piece, what) in [
        (&b"test.example/log\n"[..], "names"),
        (b"test.example/log\n0\n", "names and sizes"),
        (&note, "checkpoints"),
        (&note[..note.len() - 10], "checkpoints cut off"),
        (&[ENTRY, 0, 0], "empty frames"),
        (&[0, 1], "zeros and ones"),
    ] {
        let mut changed = segment[..end].to_vec();
        while changed.len() < size {
            changed.extend(piece);
        }
        fs::write(folder.join(SEGMENT), &changed).unwrap();
        let begin = Instant::now();
        verify(folder.path());
        drop(open(folder.path()));
        let took = begin.elapsed();
        assert!(
            took < Duration::from_secs(8),
            "4 MiB of {what} took {took:?}"
        );
        fs::write(folder.join(SEGMENT), &segment).unwrap();
    }
    // A segment of a tebibyte without a byte in it.
    let sparse = || {
        fs::write(folder.join(SEGMENT), &segment).unwrap();
        let file = fs::File::options().write(true).open(folder.join(SEGMENT));
        file.unwrap().set_len(1 << 40)
    };
    for name in fs::read_dir(folder.path()).unwrap() {
        let path = name.unwrap().path();
        if path.extension().is_some_and(|end| end == "cut") {
            fs::remove_file(path).unwrap();
        }
    }
    if sparse().is_ok() {
        let begin = Instant::now();
        assert!(matches!(
            verify(folder.path()).verdict,
            LogVerdict::Altered { .. }
        ));
        assert_eq!(
            open(folder.path()).unwrap_err().kind(),
            ErrorKind::Integrity
        );
        assert!(begin.elapsed() < Duration::from_secs(2));
        fs::write(folder.join(SEGMENT), &segment).unwrap();
    }
}

#[test]
fn attack_with_another_key_has_an_answer_of_its_own() {
    let folder = Folder::in_memory();
    make(folder.path(), &[1, 2]);
    let keys = [key(7).verifying_key().clone()];
    let report = verify_folder(folder.path(), &keys, &[]).unwrap();
    assert_eq!((report.verdict, report.size), (LogVerdict::OtherKey, 0));
    let before = snapshot(folder.path());
    let error = pollster::block_on(Log::builder(key(7)).open(folder.path())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert!(error.to_string().contains("another key"), "{error}");
    assert!(snapshot(folder.path()) == before);
    // A log that changes hands without saying so is another matter.
    let (old, new): (Arc<dyn Signer>, Arc<dyn Signer>) = (key(1), key(2));
    let mut forge = forge::Forge::new(&*old);
    forge.entry(&forge::bytes_at(entry(0), 0));
    forge.checkpoint(&*old);
    forge.entry(&forge::bytes_at(entry(1), 0));
    forge.checkpoint(&*new);
    restore(folder.path(), &[]);
    forge.write(folder.path());
    let both = [old.verifying_key().clone(), new.verifying_key().clone()];
    // With the new key alone nothing vouches for the first entry either.
    for (keys, leaf) in [(&both[..1], 1), (&both[1..], 0), (&both[..], 1)] {
        let report = verify_folder(folder.path(), keys, &[]).unwrap();
        assert_eq!(report.verdict, LogVerdict::Altered { leaf });
    }
}

#[test]
fn signatures_are_verified_where_they_tell_something() {
    let folder = Folder::in_memory();
    let signer = key(1);
    let mut forge = forge::Forge::new(&*signer);
    for number in 0..3000 {
        forge.entry(&forge::bytes_at(entry(number), 0));
        forge.checkpoint(&*signer);
    }
    forge.write(folder.path());
    let timed = || {
        let times = (0..3).map(|_| {
            let begin = Instant::now();
            assert_eq!(verify(folder.path()).verdict, LogVerdict::Intact);
            begin.elapsed()
        });
        times.min().unwrap()
    };
    // Where nothing is wrong, the last ones say all; where anything is, each is looked at.
    let sound = timed();
    let end = forge.bytes.len();
    forge.bytes.push(7);
    forge.write(folder.path());
    let torn = timed();
    assert!(torn > 2 * sound, "{sound:?} and {torn:?}");
    forge.bytes.truncate(end);
    // Of another key in the middle: found, as that key has another id.
    let (_, at, to) = frames(&forge.bytes)[3001];
    let note = &forge.bytes[at + 3..to - 4];
    let text = str::from_utf8(note).unwrap().split_once("\n\n").unwrap().0;
    let mine = key(9);
    let text = format!("{text}\n");
    let note = format!("{text}\n{}", forge::signature(&*mine, &text));
    let changed = frame(CHECKPOINT, 1501, note.as_bytes());
    assert_eq!(changed.len(), to - at);
    forge.bytes[at..to].copy_from_slice(&changed);
    forge.write(folder.path());
    assert_eq!(
        verify(folder.path()).verdict,
        LogVerdict::Altered { leaf: 1500 }
    );
}

#[test]
fn attack_by_a_folder_in_the_place_of_a_derived_file() {
    for name in ["nodes", "offsets"] {
        let folder = Folder::in_memory();
        make(folder.path(), &[1, 1]);
        fs::remove_file(folder.join(name)).unwrap();
        fs::create_dir(folder.join(name)).unwrap();
        assert_eq!(
            open(folder.path()).unwrap_err().kind(),
            ErrorKind::Store,
            "{name}"
        );
        let report = verify(folder.path());
        assert_eq!((report.verdict, report.size), (LogVerdict::Intact, 2));
        assert_eq!(report.damaged, [name]);
        fs::remove_dir(folder.join(name)).unwrap();
        open(folder.path()).unwrap();
    }
}
