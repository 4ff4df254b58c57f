//! The test log of Tessera: a log that others made.

use std::fs;
use std::path::PathBuf;

use confidant::audit::{Checkpoint, LogVerdict, VerifyingKey, verify_tiles};

use crate::support::folder::Folder;

fn data(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/tessera");
    fs::read_to_string(path.join(name)).unwrap()
}

fn keys() -> [VerifyingKey; 1] {
    [VerifyingKey::parse(data("key.pub").trim()).unwrap()]
}

/// A folder of the log with its first `size` entries.
fn folder(size: usize) -> Folder {
    use sha2::{Digest, Sha256};

    let entries = data("entries");
    let (mut bundle, mut tile) = (Vec::new(), Vec::new());
    for entry in entries.lines().take(size) {
        bundle.extend((entry.len() as u16).to_be_bytes());
        bundle.extend(entry.as_bytes());
        tile.extend(
            Sha256::new()
                .chain_update([0])
                .chain_update(entry)
                .finalize(),
        );
    }
    let folder = Folder::new();
    fs::write(
        folder.join("checkpoint"),
        data(&format!("checkpoint.{size}")),
    )
    .unwrap();
    if size > 0 {
        for (name, bytes) in [("tile/entries", bundle), ("tile/0", tile)] {
            let partial = folder.join(name).join("000.p");
            fs::create_dir_all(&partial).unwrap();
            fs::write(partial.join(size.to_string()), bytes).unwrap();
        }
    }
    folder
}

#[test]
fn tessera_checkpoints_and_tiles_verify() {
    for size in 0..=15 {
        let note = data(&format!("checkpoint.{size}"));
        let checkpoint = Checkpoint::open(&note, &keys()).unwrap();
        assert_eq!(
            (checkpoint.origin(), checkpoint.size()),
            ("example.com/log/testdata", size)
        );
        let folder = folder(size as usize);
        let report = verify_tiles(folder.path(), &keys(), &[]).unwrap();
        assert_eq!((report.verdict, report.size), (LogVerdict::Intact, size));
        assert_eq!(report.foreign, size > 0);
        // Every later state of the log goes on from this one.
        for later in size..=15 {
            let later = self::folder(later as usize);
            let report =
                verify_tiles(later.path(), &keys(), std::slice::from_ref(&checkpoint)).unwrap();
            assert_eq!(report.verdict, LogVerdict::Intact);
        }
        for earlier in 0..size {
            let report = verify_tiles(
                self::folder(earlier as usize).path(),
                &keys(),
                std::slice::from_ref(&checkpoint),
            );
            let verdict = LogVerdict::Shorter {
                size: earlier,
                anchor: size,
            };
            assert_eq!(report.unwrap().verdict, verdict);
        }
    }
}

#[test]
fn tessera_checkpoints_that_were_changed_do_not_verify() {
    let note = data("checkpoint.7");
    for at in 0..note.len() {
        let mut bytes = note.clone().into_bytes();
        bytes[at] ^= 1;
        if let Ok(changed) = String::from_utf8(bytes) {
            assert!(Checkpoint::open(&changed, &keys()).is_err(), "{changed}");
        }
    }
}

#[test]
fn tessera_tiles_that_were_changed_are_found() {
    for name in ["tile/entries/000.p/15", "tile/0/000.p/15"] {
        let folder = folder(15);
        let path = folder.join(name);
        let bytes = fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x20;
            fs::write(&path, changed).unwrap();
            let report = verify_tiles(folder.path(), &keys(), &[]).unwrap();
            if name.starts_with("tile/entries") {
                let altered = matches!(report.verdict, LogVerdict::Altered { .. });
                assert!(altered, "{name} {at}");
            } else {
                assert_eq!(report.verdict, LogVerdict::Intact, "{name} {at}");
                assert_eq!(report.damaged, [name], "{name} {at}");
            }
        }
    }
}
