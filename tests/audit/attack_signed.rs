//! What somebody does who has the key of a log and keeps to no rule, and what comes of
//! keys that change: folders, tiles and proofs give the same answer.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use base64ct::{Base64, Encoding};
use confidant::ErrorKind;
use confidant::audit::{
    Checkpoint, Entry, Hash, Log, LogProof, LogRecord, LogVerdict, Outcome, Signer, SigningKey,
    VerifyingKey, export_tiles, verify_folder, verify_tiles,
};
use confidant::store::MemoryStore;
use confidant::time::{ManualClock, Moment};

use super::forge::{self, Forge};
use super::{access, entry, id, key, numbers};
use crate::support::folder::Folder;

fn keys() -> [VerifyingKey; 1] {
    [key(1).verifying_key().clone()]
}

/// The log of these entries, as somebody writes it to a folder and as tiles.
fn forged(entries: &[Vec<u8>], origin: &str) -> (Folder, Folder, String) {
    let signer = key(1);
    let (folder, tiles) = (Folder::in_memory(), Folder::in_memory());
    let mut forge = Forge::new(&*signer);
    let (mut bundle, mut hashes) = (Vec::new(), Vec::new());
    for entry in entries {
        forge.entry(entry);
        bundle.extend((entry.len() as u16).to_be_bytes());
        bundle.extend(entry);
        hashes.extend(Hash::of_leaf(entry).as_bytes());
    }
    forge.checkpoint_of(&*signer, origin);
    forge.write(folder.path());
    for (name, bytes) in [("tile/entries", bundle), ("tile/0", hashes)] {
        let partial = tiles.join(name).join("000.p");
        fs::create_dir_all(&partial).unwrap();
        fs::write(partial.join(entries.len().to_string()), bytes).unwrap();
    }
    let note = forge::note(&*signer, origin, forge.tree.size(), &forge.tree.root());
    fs::write(tiles.join("checkpoint"), &note).unwrap();
    (folder, tiles, note)
}

#[test]
fn attack_by_the_owner_of_the_key_is_malformed() {
    let at = |seconds| forge::bytes_at(entry(0), seconds);
    let origin = "test.example/log";
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = at(2000);
        change(&mut bytes);
        bytes
    };
    let copied = {
        let log = Log::builder(key(1)).in_memory().unwrap();
        pollster::block_on(async {
            let index = log.rotate(key(2)).await.unwrap().index();
            let records = log.read(index..index + 1, &access()).await.unwrap();
            let mut record = records[0].clone();
            record.time = Moment::from_unix_seconds(2000).unwrap();
            record.to_bytes().unwrap()
        })
    };
    let reserved = forge::bytes_at(Entry::new(id("audit.rotate-key"), Outcome::Succeeded), 2000);
    for (odd, origin, what) in [
        (at(2000), origin, ""),
        (at(999), origin, "a time that runs backwards"),
        (Vec::new(), origin, "an empty entry"),
        (with(&|bytes| bytes[0] = 0), origin, "version 0"),
        (with(&|bytes| bytes[0] = 2), origin, "version 2"),
        (with(&|bytes| bytes.push(0)), origin, "trailing bytes"),
        (with(&|bytes| bytes.truncate(22)), origin, "no action"),
        (reserved, origin, "a hand-over without a statement"),
        (copied, origin, "a hand-over of another log"),
    ] {
        let entries = [at(1000), at(1000), odd.clone(), at(3000)];
        let (folder, tiles, note) = forged(&entries, origin);
        let in_files = verify_folder(folder.path(), &keys(), &[]).unwrap();
        let in_tiles = verify_tiles(tiles.path(), &keys(), &[]).unwrap();
        let expected = match what {
            "" => LogVerdict::Intact,
            _ => LogVerdict::Malformed { leaf: 2 },
        };
        assert_eq!(in_files.verdict, expected, "{what}");
        assert_eq!(in_tiles.verdict, expected, "{what}");
        assert_eq!(
            (in_files.size, in_tiles.foreign),
            (if what.is_empty() { 4 } else { 2 }, false)
        );
        // A proof of an entry that is none proves nothing.
        let leaf = |index: usize| Hash::of_leaf(&entries[index]);
        let joined = |a: &Hash, b: &Hash| {
            let bytes = [&[1][..], a.as_bytes(), b.as_bytes()].concat();
            use sha2::{Digest, Sha256};
            Hash::from_bytes(Sha256::digest(bytes).into())
        };
        let text = format!(
            "c2sp.org/tlog-proof@v1\nindex 2\n{}\n{}\n\n{note}",
            leaf(3),
            joined(&leaf(0), &leaf(1))
        );
        let proof = LogProof::open(&text, &keys()).unwrap();
        let is_entry = LogRecord::parse(2, &odd).is_ok();
        assert_eq!(proof.verify(&odd).is_ok(), is_entry, "{what}");
        if !is_entry {
            assert_eq!(
                proof.verify(&odd).unwrap_err().kind(),
                ErrorKind::Integrity,
                "{what}"
            );
        }
    }
}

#[test]
fn attack_with_another_origin() {
    let entries = [forge::bytes_at(entry(0), 1), forge::bytes_at(entry(1), 2)];
    let (folder, tiles, note) = forged(&entries, "other.example/log");
    for report in [
        verify_folder(folder.path(), &keys(), &[]).unwrap(),
        verify_tiles(tiles.path(), &keys(), &[]).unwrap(),
    ] {
        assert_eq!(report.verdict, LogVerdict::Malformed { leaf: 0 });
    }
    let error = Checkpoint::open(&note, &keys()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    let path = Hash::of_leaf(&entries[1]);
    let text = format!("c2sp.org/tlog-proof@v1\nindex 0\n{path}\n\n{note}");
    assert_eq!(
        LogProof::open(&text, &keys()).unwrap_err().kind(),
        ErrorKind::Integrity
    );
    let log = Log::builder(key(1));
    let error = pollster::block_on(log.open(folder.path())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
}

#[test]
fn attack_with_reserved_actions() {
    pollster::block_on(async {
        let folder = Folder::in_memory();
        let store = Arc::new(MemoryStore::new());
        let in_files = Log::builder(key(1)).open(folder.path()).await.unwrap();
        let in_store = Log::builder(key(1))
            .open_store(store, "main")
            .await
            .unwrap();
        let in_memory = Log::builder(key(1)).in_memory().unwrap();
        for log in [&in_files, &in_store, &in_memory] {
            let rotated = log.rotate(key(2)).await.unwrap().index();
            let records = log.read(rotated..rotated + 1, &access()).await.unwrap();
            let size = log.checkpoint().await.unwrap().size();
            // One that the log wrote itself, and others that it might.
            let copied = records[0].entry.clone();
            let own = ["rotate-key", "read", "recover", "export", "anything", ""];
            let own = own.map(|name| Entry::new(id(&format!("audit.{name}")), Outcome::Denied));
            for entry in own.into_iter().chain([copied]) {
                let one = log.append(entry.clone()).await.unwrap_err();
                let many = log.append_all(&[super::entry(0), entry]).await.unwrap_err();
                assert_eq!(
                    (one.kind(), many.kind()),
                    (ErrorKind::Config, ErrorKind::Config)
                );
            }
            assert_eq!(log.checkpoint().await.unwrap().size(), size);
            for allowed in ["audit", "auditor.7", "x.audit.read"] {
                let entry = Entry::new(id(allowed), Outcome::Denied);
                log.append(entry).await.unwrap();
            }
        }
        drop(in_files);
        let report = verify_folder(folder.path(), &keys(), &[]).unwrap();
        assert_eq!(report.verdict, LogVerdict::Intact);
    });
}

/// A log in a folder and as tiles that is handed over twice.
fn handed_over(folder: &Path, tiles: &Path) -> Vec<Checkpoint> {
    pollster::block_on(async {
        let log = Log::builder(key(1))
            .segment_bytes(4096)
            .open(folder)
            .await
            .unwrap();
        let mut seen = Vec::new();
        for seed in 1..=3 {
            if seed > 1 {
                log.rotate(key(seed)).await.unwrap();
            }
            for number in 0..12 {
                log.append(entry(number)).await.unwrap();
            }
            seen.push(log.checkpoint().await.unwrap().as_ref().clone());
        }
        export_tiles(&log, tiles, &access()).await.unwrap();
        seen
    })
}

#[test]
fn attack_on_keys_that_were_handed_over() {
    let (folder, tiles) = (Folder::in_memory(), Folder::in_memory());
    let seen = handed_over(folder.path(), tiles.path());
    let of = |seeds: &[u8]| -> Vec<VerifyingKey> {
        seeds
            .iter()
            .map(|seed| key(*seed).verifying_key().clone())
            .collect()
    };
    // The first, the last or any other key of the chain will do, and none but these.
    for (seeds, expected) in [
        (&[1][..], LogVerdict::Intact),
        (&[2], LogVerdict::Intact),
        (&[3], LogVerdict::Intact),
        (&[1, 2, 3], LogVerdict::Intact),
        (&[9, 3], LogVerdict::Intact),
        (&[9], LogVerdict::OtherKey),
    ] {
        let keys = of(seeds);
        let in_files = verify_folder(folder.path(), &keys, &[]).unwrap();
        let in_tiles = verify_tiles(tiles.path(), &keys, &[]).unwrap();
        assert_eq!(
            (in_files.verdict, in_tiles.verdict),
            (expected, expected),
            "{seeds:?}"
        );
        let anchored = verify_folder(folder.path(), &keys, &seen).unwrap();
        assert_eq!(anchored.verdict, expected, "{seeds:?}");
    }
    // A key that was handed over signs nothing more.
    let signer = key(1);
    let segments = fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().path());
    let segments = segments.filter(|path| path.extension().is_some_and(|end| end == "segment"));
    let last = segments.max().unwrap();
    let bytes = fs::read(&last).unwrap();
    let end = forge::content(&bytes);
    let report = verify_folder(folder.path(), &of(&[1]), &[]).unwrap();
    let size = report.size;
    // The checkpoint that is there, signed by the old key.
    let root = report.checkpoint.unwrap();
    let note = forge::note(&*signer, "test.example/log", size, root.root());
    let tail = forge::frame(forge::CHECKPOINT, size, note.as_bytes());
    fs::write(&last, [&bytes[..end], &tail].concat()).unwrap();
    for seeds in [&[1][..], &[2], &[3], &[1, 2, 3]] {
        let report = verify_folder(folder.path(), &of(seeds), &[]).unwrap();
        let altered = matches!(report.verdict, LogVerdict::Altered { .. });
        assert!(altered, "{seeds:?}: {:?}", report.verdict);
    }
    assert_eq!(numbers_of(&folder), Err(ErrorKind::Integrity));
    fs::write(&last, bytes).unwrap();
    assert_eq!(numbers_of(&folder).unwrap().len(), 36);
}

fn numbers_of(folder: &Folder) -> Result<Vec<u64>, ErrorKind> {
    let log = pollster::block_on(Log::builder(key(3)).open(folder.path()));
    let log = log.map_err(|error| error.kind())?;
    Ok(pollster::block_on(numbers(&log)))
}

#[test]
fn attack_on_derived_tiles_names_them() {
    let (folder, tiles) = (Folder::in_memory(), Folder::in_memory());
    handed_over(folder.path(), tiles.path());
    let keys = keys();
    let verify = || verify_tiles(tiles.path(), &keys, &[]).unwrap();
    let size = verify().size;
    let partial = |name: &str| format!("tile/{name}/000.p/{size}");
    let hashes = fs::read(tiles.join(&partial("0"))).unwrap();
    for at in 0..hashes.len() {
        let mut changed = hashes.clone();
        changed[at] ^= 0x10;
        fs::write(tiles.join(&partial("0")), changed).unwrap();
        let report = verify();
        assert_eq!((report.verdict, report.size), (LogVerdict::Intact, size));
        assert_eq!(report.damaged, [partial("0")]);
    }
    fs::write(tiles.join(&partial("0")), &hashes).unwrap();
    // A changed entry is named, whichever byte of it was changed.
    let bundle = fs::read(tiles.join(&partial("entries"))).unwrap();
    let (mut at, mut index) = (0, 0);
    while at < bundle.len() {
        let len = 2 + usize::from(u16::from_be_bytes([bundle[at], bundle[at + 1]]));
        for byte in at..at + len {
            let mut changed = bundle.clone();
            changed[byte] ^= 0x10;
            fs::write(tiles.join(&partial("entries")), changed).unwrap();
            assert_eq!(
                verify().verdict,
                LogVerdict::Altered { leaf: index },
                "byte {byte}"
            );
        }
        (at, index) = (at + len, index + 1);
    }
    let more = [&bundle[..], &bundle[..90]].concat();
    fs::write(tiles.join(&partial("entries")), more).unwrap();
    assert_eq!(verify().verdict, LogVerdict::Altered { leaf: size });
}

#[test]
fn attack_by_a_clock_out_of_all_bounds() {
    let moment = |seconds| Moment::from_unix_seconds(seconds).unwrap();
    pollster::block_on(async {
        let folder = Folder::in_memory();
        let clock = Arc::new(ManualClock::new(moment(1_700_000_000)));
        let now: Arc<ManualClock> = Arc::clone(&clock);
        let log = Log::builder(key(1))
            .clock(now)
            .open(folder.path())
            .await
            .unwrap();
        log.append(entry(0)).await.unwrap();
        clock.set(Moment::MAX);
        log.append(entry(1)).await.unwrap();
        // It goes on, and says that the clock came back from out of bounds.
        clock.set(moment(1_700_000_060));
        log.append(entry(2)).await.unwrap();
        // A clock that goes back by less is told of as ever.
        clock.set(moment(1_700_000_000));
        log.append(entry(3)).await.unwrap();
        let records = log.read(0..4, &access()).await.unwrap();
        let times: Vec<_> = records.iter().map(|record| record.time).collect();
        let (first, later) = (moment(1_700_000_000), moment(1_700_000_060));
        assert_eq!(times, [first, Moment::MAX, later, later]);
        assert_eq!(records[2].behind.as_nanos(), u128::from(u64::MAX));
        assert_eq!(records[3].behind.as_secs(), 60);
        drop(log);
        let report = verify_folder(folder.path(), &keys(), &[]).unwrap();
        assert_eq!(report.verdict, LogVerdict::Intact);
        // Only such a leap excuses a time that runs backwards, and only when it is said.
        let record = |index: usize, change: &dyn Fn(&mut LogRecord)| {
            let mut record = records[index].clone();
            change(&mut record);
            record.to_bytes().unwrap()
        };
        let said =
            |record: &mut LogRecord| record.behind = std::time::Duration::from_nanos(u64::MAX);
        for (entries, leaf) in [
            (
                [
                    record(1, &|_| {}),
                    record(2, &|r| r.behind = std::time::Duration::ZERO),
                ],
                1,
            ),
            (
                [
                    record(2, &|r| r.behind = std::time::Duration::ZERO),
                    record(0, &said),
                ],
                1,
            ),
        ] {
            let (folder, ..) = forged(&entries, "test.example/log");
            let report = verify_folder(folder.path(), &keys(), &[]).unwrap();
            assert_eq!(report.verdict, LogVerdict::Malformed { leaf });
        }
    });
}

#[test]
fn attack_on_the_file_of_a_signing_key_is_refused() {
    // What the page says of the file, byte for byte.
    let folder = Folder::in_memory();
    let path = folder.join("key");
    let key = SigningKey::from_seed("acme.example/audit", &[7; 32]).unwrap();
    key.save(&path).unwrap();
    let verifying = key.verifying_key().to_string();
    let id = verifying.split('+').nth(1).unwrap();
    let seed = Base64::encode_string(&[&[1][..], &[7; 32]].concat());
    let text = format!("PRIVATE+KEY+acme.example/audit+{id}+{seed}\n");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    for changed in [
        text.replace("PRIVATE", "PUBLIC"),
        text.replace(id, "00000000"),
        text.replace("acme", "acne"),
        text[..text.len() - 3].to_owned(),
    ] {
        fs::write(&path, changed).unwrap();
        assert_eq!(
            SigningKey::load(&path).unwrap_err().kind(),
            ErrorKind::Config
        );
    }
}
