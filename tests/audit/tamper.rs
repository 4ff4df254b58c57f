//! What an attacker does to the files of a log, each with its verdict.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use confidant::audit::{
    Checkpoint, Log, LogReport, LogVerdict, Signer, VerifyingKey, export_tiles, verify_folder,
    verify_tiles,
};
use confidant::time::{ManualClock, Moment};
use sha2::{Digest, Sha256};

use super::{access, entry, key};
use crate::support::folder::Folder;

const SEGMENT: &str = "00000000000000000000.segment";

/// A log of `count` batches, every third of two entries, and its last checkpoint.
fn make(folder: &Path, signer: Arc<dyn Signer>, count: u64, salt: u64) -> Checkpoint {
    let clock = Arc::new(ManualClock::new(Moment::UNIX_EPOCH));
    let log = Log::builder(signer).clock(clock).segment_bytes(4096);
    pollster::block_on(async {
        let log = log.open(folder).await.unwrap();
        for number in 0..count {
            let mut entries = vec![entry(number + salt)];
            if number % 3 == 0 {
                entries.push(entry(number + salt));
            }
            log.append_all(&entries).await.unwrap();
        }
        log.checkpoint().await.unwrap().as_ref().clone()
    })
}

fn keys() -> [VerifyingKey; 1] {
    [key(1).verifying_key().clone()]
}

fn verify(folder: &Path, anchors: &[Checkpoint]) -> LogReport {
    verify_folder(folder, &keys(), anchors).unwrap()
}

fn verdict(folder: &Path, anchor: &Checkpoint) -> LogVerdict {
    verify(folder, std::slice::from_ref(anchor)).verdict
}

fn copy(from: &Path) -> Folder {
    let folder = Folder::new();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.join(file.file_name().to_str().unwrap())).unwrap();
    }
    folder
}

/// Where the content of a segment ends, and its zeros begin.
fn content(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1
}

fn is_altered(verdict: LogVerdict, below: u64) -> bool {
    matches!(verdict, LogVerdict::Altered { leaf } if leaf < below)
}

#[test]
fn tamper_any_byte_is_found() {
    let folder = Folder::new();
    let anchor = make(folder.path(), key(1), 6, 0);
    assert_eq!(verdict(folder.path(), &anchor), LogVerdict::Intact);
    for name in [SEGMENT, "nodes", "offsets"] {
        let path = folder.join(name);
        let bytes = fs::read(&path).unwrap();
        for at in 0..content(&bytes) {
            for change in [0x01, 0x80] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                fs::write(&path, changed).unwrap();
                let report = verify(folder.path(), std::slice::from_ref(&anchor));
                let verdict = report.verdict;
                if name == SEGMENT {
                    assert!(
                        is_altered(verdict, anchor.size()),
                        "{name} {at}: {verdict:?}"
                    );
                } else {
                    // What is derived proves nothing, and is named.
                    assert_eq!(verdict, LogVerdict::Intact, "{name} {at}");
                    assert_eq!(report.damaged, [name], "{name} {at}");
                }
            }
        }
        fs::write(&path, bytes).unwrap();
    }
    // What lies behind the end is no part of the log, and is told of.
    let bytes = fs::read(folder.join(SEGMENT)).unwrap();
    for at in (content(&bytes)..bytes.len()).step_by(97) {
        let mut changed = bytes.clone();
        changed[at] = 1;
        fs::write(folder.join(SEGMENT), changed).unwrap();
        let report = verify(folder.path(), std::slice::from_ref(&anchor));
        assert_eq!(report.verdict, LogVerdict::Intact);
        assert!(report.torn_bytes > 0);
    }
}

#[test]
fn tamper_across_segments_is_found() {
    let folder = Folder::new();
    let anchor = make(folder.path(), key(1), 45, 0);
    let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    names.retain(|name| {
        name.as_ref()
            .unwrap()
            .file_name()
            .to_str()
            .unwrap()
            .ends_with("segment")
    });
    assert!(names.len() > 2);
    for file in names {
        let path = file.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        for at in (0..content(&bytes)).step_by(41) {
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            fs::write(&path, changed).unwrap();
            let verdict = verdict(folder.path(), &anchor);
            assert!(
                is_altered(verdict, anchor.size()),
                "{path:?} {at}: {verdict:?}"
            );
        }
        // Without this segment, or with that of another log in its place.
        fs::remove_file(&path).unwrap();
        let gone = verdict(folder.path(), &anchor);
        assert!(
            matches!(
                gone,
                LogVerdict::Altered { .. } | LogVerdict::Shorter { .. }
            ),
            "{path:?}: {gone:?}"
        );
        fs::write(&path, bytes).unwrap();
    }
    assert_eq!(verdict(folder.path(), &anchor), LogVerdict::Intact);
}

#[test]
fn tamper_truncation_is_found_at_every_byte() {
    let folder = Folder::new();
    let anchor = make(folder.path(), key(1), 6, 0);
    let path = folder.join(SEGMENT);
    let bytes = fs::read(&path).unwrap();
    let end = content(&bytes);
    for cut in 0..end {
        let mut zeros = bytes.clone();
        zeros[cut..].fill(0);
        for changed in [bytes[..cut].to_vec(), zeros] {
            fs::write(&path, changed).unwrap();
            match verdict(folder.path(), &anchor) {
                LogVerdict::Shorter { size, anchor: seen } => {
                    assert!(size < seen && seen == anchor.size());
                }
                LogVerdict::Altered { leaf } => assert!(leaf < anchor.size()),
                other => panic!("{cut}: {other:?}"),
            }
        }
    }
    // At the end of a batch nothing is torn, so that it is shorter and no more.
    let parts = frames(&bytes);
    for (_, end) in parts.iter().filter(|(kind, _)| *kind == 2) {
        fs::write(&path, &bytes[..*end]).unwrap();
        let verdict = verdict(folder.path(), &anchor);
        let whole = *end == content(&bytes);
        assert_eq!(matches!(verdict, LogVerdict::Shorter { .. }), !whole);
        // Without an anchor nobody can tell.
        assert_eq!(verify(folder.path(), &[]).verdict, LogVerdict::Intact);
    }
    fs::write(&path, &bytes).unwrap();
    fs::remove_file(&path).unwrap();
    let verdict = verdict(folder.path(), &anchor);
    assert_eq!(
        verdict,
        LogVerdict::Shorter {
            size: 0,
            anchor: anchor.size()
        }
    );
    assert!(verify_folder(folder.path(), &keys(), &[]).is_err());
}

/// The kind and the end of each frame.
fn frames(segment: &[u8]) -> Vec<(u8, usize)> {
    let mut at = header(segment);
    let mut frames = Vec::new();
    while segment.get(at).is_some_and(|kind| *kind != 0) {
        let len = u16::from_be_bytes([segment[at + 1], segment[at + 2]]);
        let end = at + 7 + usize::from(len);
        frames.push((segment[at], end));
        at = end;
    }
    frames
}

/// The length of the header of a first segment.
fn header(segment: &[u8]) -> usize {
    let note = 26 + 8 + 12 + 1;
    let len = u16::from_be_bytes([segment[note], segment[note + 1]]);
    note + 2 + usize::from(len) + 4
}

/// A segment of these frames, by someone who knows how the checks are made.
fn reframed(segment: &[u8], bodies: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut out = segment[..header(segment)].to_vec();
    let mut index = 0_u32;
    for (kind, body) in bodies {
        let prefix = if *kind == 1 { 0 } else { 2 };
        let digest = Sha256::new()
            .chain_update([prefix])
            .chain_update(body)
            .finalize();
        let check = u32::from_be_bytes(digest[..4].try_into().unwrap()) ^ index;
        out.push(*kind);
        out.extend((body.len() as u16).to_be_bytes());
        out.extend(body);
        out.extend(check.to_be_bytes());
        index += u32::from(*kind == 1);
    }
    out.resize(segment.len().max(out.len()), 0);
    out
}

fn bodies(segment: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut start = header(segment);
    let body = |(kind, end): (u8, usize)| {
        let body = segment[start + 3..end - 4].to_vec();
        start = end;
        (kind, body)
    };
    frames(segment).into_iter().map(body).collect()
}

/// Drops, swaps, doubles and changes frames, makes the checks anew and takes away what
/// was derived: only the signatures are left to tell.
#[test]
fn tamper_of_frames_with_right_checks_is_found() {
    let folder = Folder::new();
    let anchor = make(folder.path(), key(1), 6, 0);
    for derived in ["nodes", "offsets"] {
        fs::remove_file(folder.join(derived)).unwrap();
    }
    let path = folder.join(SEGMENT);
    let bytes = fs::read(&path).unwrap();
    let parts = bodies(&bytes);
    assert_eq!(
        reframed(&bytes, &parts),
        bytes,
        "the attacker knows the format"
    );
    let found = |parts: &[(u8, Vec<u8>)], what: &str| {
        fs::write(&path, reframed(&bytes, parts)).unwrap();
        let verdict = verdict(folder.path(), &anchor);
        let shorter = matches!(verdict, LogVerdict::Shorter { .. });
        assert!(
            shorter || is_altered(verdict, anchor.size()),
            "{what}: {verdict:?}"
        );
    };
    for at in 0..parts.len() {
        let mut dropped = parts.clone();
        dropped.remove(at);
        found_unless_harmless(&parts, at, &dropped, &found);
        let mut doubled = parts.clone();
        doubled.insert(at, parts[at].clone());
        if parts[at].0 == 1 {
            found(&doubled, "doubled");
        }
        for other in at + 1..parts.len() {
            if parts[at] != parts[other] {
                let mut swapped = parts.clone();
                swapped.swap(at, other);
                found(&swapped, "swapped");
            }
        }
        for byte in 0..parts[at].1.len() {
            let mut changed = parts.clone();
            changed[at].1[byte] ^= 1;
            found(&changed, "changed");
        }
    }
}

/// A checkpoint in the middle may be missing: the next one says all that it said.
fn found_unless_harmless(
    parts: &[(u8, Vec<u8>)],
    at: usize,
    dropped: &[(u8, Vec<u8>)],
    found: &impl Fn(&[(u8, Vec<u8>)], &str),
) {
    let in_the_middle = parts[at].0 == 2 && at + 1 < parts.len();
    if !in_the_middle {
        found(dropped, "dropped");
    }
}

#[test]
fn tamper_roll_back_fork_and_other_keys_are_told_apart() {
    let folder = Folder::new();
    let early = make(folder.path(), key(1), 3, 0);
    let rolled_back = copy(folder.path());
    fs::remove_dir_all(folder.path()).unwrap();
    let anchor = make(folder.path(), key(1), 9, 0);

    let (size, seen) = (early.size(), anchor.size());
    assert_eq!(
        verdict(rolled_back.path(), &anchor),
        LogVerdict::Shorter { size, anchor: seen }
    );

    // The same entries under another key.
    let resigned = Folder::new();
    make(resigned.path(), key(2), 9, 0);
    assert_eq!(verdict(resigned.path(), &anchor), LogVerdict::OtherKey);

    // Another log under the same key, shorter, as long, and longer.
    for count in [3, 9, 20] {
        let forked = Folder::new();
        let other = make(forked.path(), key(1), count, 1000);
        let expected = if other.size() < seen {
            LogVerdict::Shorter {
                size: other.size(),
                anchor: seen,
            }
        } else {
            LogVerdict::Forked { anchor: seen }
        };
        assert_eq!(verdict(forked.path(), &anchor), expected);
        let both = [early.clone(), anchor.clone()];
        let report = verify(forked.path(), &both);
        assert_eq!(
            report.verdict,
            LogVerdict::Forked {
                anchor: early.size()
            }
        );
    }
    assert_eq!(verdict(folder.path(), &early), LogVerdict::Intact);
}

#[test]
fn tamper_of_exported_tiles_is_found() {
    let folder = Folder::new();
    let log = pollster::block_on(async {
        let log = Log::builder(key(1)).in_memory().unwrap();
        for number in 0..600 {
            log.append(entry(number)).await.unwrap();
        }
        export_tiles(&log, folder.path(), &access()).await.unwrap();
        log
    });
    let checkpoint = pollster::block_on(log.checkpoint()).unwrap();
    let report = verify_tiles(folder.path(), &keys(), &[checkpoint.as_ref().clone()]).unwrap();
    assert_eq!((report.verdict, report.size), (LogVerdict::Intact, 601));
    let found = |name: &str, what: &str| {
        let report = verify_tiles(folder.path(), &keys(), &[]).unwrap();
        if name.starts_with("tile/entries") {
            assert!(is_altered(report.verdict, 601), "{name} {what}");
        } else {
            assert_eq!(report.verdict, LogVerdict::Intact, "{name} {what}");
            assert_eq!(report.damaged, [name], "{name} {what}");
        }
    };
    for name in [
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002.p/89",
        "tile/0/000",
        "tile/0/002.p/89",
        "tile/1/000.p/2",
    ] {
        let path = folder.join(name);
        let bytes = fs::read(&path).unwrap();
        for at in (0..bytes.len()).step_by(bytes.len() / 19 + 1) {
            let mut changed = bytes.clone();
            changed[at] ^= 4;
            fs::write(&path, changed).unwrap();
            found(name, &format!("{at}"));
        }
        fs::remove_file(&path).unwrap();
        found(name, "is gone");
        fs::write(&path, bytes).unwrap();
    }
}
