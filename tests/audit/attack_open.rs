//! What is done to the folder of a log while a program has it open, and to its anchors.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use confidant::audit::{
    Anchor, Checkpoint, Checkpoints, FileAnchor, Log, LogVerdict, WitnessAnchor, WitnessAnswer,
    WitnessTransport, verify_folder,
};
use confidant::store::MemoryStore;
use confidant::time::{ManualClock, Moment};
use confidant::{Error, ErrorKind};

use super::forge::{self, ENTRY, SEGMENT, frame, frames, snapshot};
use super::{access, entry, key, numbers};
use crate::support::folder::Folder;

fn open(folder: &Path) -> Result<Log, Error> {
    let clock = Arc::new(ManualClock::new(Moment::UNIX_EPOCH));
    let builder = Log::builder(key(1)).clock(clock).segment_bytes(4096);
    pollster::block_on(builder.open(folder))
}

fn append(log: &Log, number: u64) -> Result<u64, Error> {
    pollster::block_on(log.append(entry(number))).map(|appended| appended.index())
}

fn verdict(folder: &Path) -> LogVerdict {
    let keys = [key(1).verifying_key().clone()];
    verify_folder(folder, &keys, &[]).unwrap().verdict
}

/// Whether all entries can be read, and each can be proven.
fn reads_all(log: &Log, size: u64) -> Result<(), Error> {
    pollster::block_on(async {
        let mut index = 0;
        while index < size {
            for record in log.read(index..size, &access()).await? {
                let proof = log.inclusion_proof(index).await?;
                proof.verify(&record.to_bytes()?)?;
                let checkpoint = log.checkpoint().await?;
                let (old, new) = (index, checkpoint.size());
                log.consistency_proof(old..new).await?;
                index += 1;
            }
        }
        Ok(())
    })
}

#[test]
fn attack_on_entries_is_noticed_by_reads() {
    let folder = Folder::in_memory();
    let log = open(folder.path()).unwrap();
    for number in 0..6 {
        append(&log, number).unwrap();
    }
    let path = folder.join(SEGMENT);
    let segment = fs::read(&path).unwrap();
    let entries: Vec<_> = frames(&segment)
        .into_iter()
        .filter(|f| f.0 == ENTRY)
        .collect();
    let read = |index: u64| pollster::block_on(log.read(index..index + 1, &access()));
    let write = |index: usize, body: &[u8]| {
        let (_, at, end) = entries[index];
        let frame = frame(ENTRY, index as u64, body);
        assert_eq!(frame.len(), end - at);
        let mut changed = fs::read(&path).unwrap();
        changed[at..end].copy_from_slice(&frame);
        fs::write(&path, changed).unwrap();
    };
    let body = |index: usize| {
        let (_, at, end) = entries[index];
        segment[at + 3..end - 4].to_vec()
    };
    // Changed, with the right check; the nodes changed along with it.
    let mut other = body(2);
    *other.last_mut().unwrap() ^= 1;
    write(2, &other);
    let nodes = fs::read(folder.join("nodes")).unwrap();
    for with_node in [false, true] {
        if with_node {
            // The leaf of the third entry is the fourth node.
            let mut nodes = nodes.clone();
            nodes[96..128].copy_from_slice(confidant::audit::Hash::of_leaf(&other).as_bytes());
            fs::write(folder.join("nodes"), nodes).unwrap();
        }
        let error = read(2).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
        assert!(error.to_string().contains("entry 2 "), "{error}");
    }
    fs::write(folder.join("nodes"), &nodes).unwrap();
    write(2, &body(2));
    read(2).unwrap();
    // Swapped: each is an entry of the log, and stands at another place.
    write(1, &body(3));
    write(3, &body(1));
    for index in [1, 3] {
        let error = read(index).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    }
    write(1, &body(1));
    write(3, &body(3));
    let found: Vec<_> = pollster::block_on(numbers(&log));
    assert_eq!(found, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn attack_on_derived_files_is_undone() {
    let folder = Folder::in_memory();
    let log = open(folder.path()).unwrap();
    for number in 0..9 {
        append(&log, number).unwrap();
    }
    for (name, step) in [("offsets", 1), ("nodes", 5)] {
        let written = fs::read(folder.join(name)).unwrap();
        for at in (0..written.len()).step_by(step) {
            let mut changed = fs::read(folder.join(name)).unwrap();
            changed[at] ^= 1 << (at % 8);
            fs::write(folder.join(name), changed).unwrap();
            reads_all(&log, 9).unwrap_or_else(|error| panic!("{name} {at}: {error}"));
        }
    }
    drop(log);
    for name in ["offsets", "nodes"] {
        fs::write(folder.join(name), vec![7; 40]).unwrap();
        let log = open(folder.path()).unwrap();
        reads_all(&log, 9).unwrap();
        drop(log);
        assert_eq!(verdict(folder.path()), LogVerdict::Intact);
    }
}

#[cfg(unix)]
#[test]
fn attack_on_the_place_of_a_log() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let gone = |folder: &Path| fs::rename(folder, folder.with_extension("gone")).unwrap();
    type Attack<'a> = (&'a str, &'a dyn Fn(&Path));
    let moves: [Attack<'_>; 7] = [
        ("the lock removed", &|folder| {
            fs::remove_file(folder.join("lock")).unwrap()
        }),
        ("the lock replaced", &|folder| {
            fs::remove_file(folder.join("lock")).unwrap();
            fs::write(folder.join("lock"), "").unwrap();
        }),
        ("the segment removed", &|folder| {
            fs::remove_file(folder.join(SEGMENT)).unwrap()
        }),
        ("the segment replaced", &|folder| {
            let bytes = fs::read(folder.join(SEGMENT)).unwrap();
            fs::remove_file(folder.join(SEGMENT)).unwrap();
            fs::write(folder.join(SEGMENT), bytes).unwrap();
        }),
        ("the segment linked", &|folder| {
            fs::hard_link(folder.join(SEGMENT), folder.join("second")).unwrap();
        }),
        ("the folder moved", &gone),
        ("the folder replaced", &|folder| {
            gone(folder);
            fs::create_dir(folder).unwrap();
            for (name, bytes) in snapshot(&folder.with_extension("gone")) {
                fs::write(folder.join(name), bytes).unwrap();
            }
            fs::write(folder.join("lock"), "").unwrap();
        }),
    ];
    for (what, attack) in moves {
        let place = Folder::in_memory();
        let folder = place.join("deep/er/log");
        let log = open(&folder).unwrap();
        let mode = fs::metadata(folder.join("lock"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        append(&log, 0).unwrap();
        attack(&folder);
        let error = append(&log, 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store, "{what}: {error}");
        assert!(!error.is_retryable(), "{what}: {error}");
        assert_eq!(
            pollster::block_on(log.checkpoint()).unwrap().size(),
            1,
            "{what}"
        );
    }
    // A lock that others may open is made the owner's alone.
    let place = Folder::in_memory();
    fs::write(place.join("lock"), "").unwrap();
    let permissions = fs::Permissions::from_mode(0o666);
    fs::set_permissions(place.join("lock"), permissions).unwrap();
    let log = open(place.path()).unwrap();
    let mode = fs::metadata(place.join("lock"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    drop(log);
    // Names that lead elsewhere are not followed.
    let elsewhere = place.join("elsewhere");
    fs::write(&elsewhere, "mine").unwrap();
    for name in ["lock", "nodes"] {
        fs::remove_file(place.join(name)).unwrap();
        symlink(&elsewhere, place.join(name)).unwrap();
        assert_eq!(open(place.path()).unwrap_err().kind(), ErrorKind::Store);
        assert_eq!(fs::read(&elsewhere).unwrap(), b"mine");
        fs::remove_file(place.join(name)).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn attack_by_foreign_files_is_left_alone() {
    let folder = Folder::in_memory();
    drop(open(folder.path()).unwrap());
    let pipe = |name: &str| {
        let made = std::process::Command::new("mkfifo")
            .arg(folder.join(name))
            .status();
        assert!(made.unwrap().success());
    };
    fs::write(folder.join("notes.new"), "mine").unwrap();
    fs::write(folder.join("5.new"), "mine").unwrap();
    fs::create_dir(folder.join("00000000000000000007.new")).unwrap();
    fs::create_dir(folder.join("00000000000000000008.segment")).unwrap();
    pipe("00000000000000000009.segment");
    pipe("00000000000000000009.new");
    // This one is what a crash leaves of the log itself.
    fs::write(folder.join("00000000000000000006.new"), "half a header").unwrap();
    let log = open(folder.path()).unwrap();
    for number in 0..5 {
        append(&log, number).unwrap();
    }
    drop(log);
    assert_eq!(verdict(folder.path()), LogVerdict::Intact);
    assert_eq!(fs::read(folder.join("notes.new")).unwrap(), b"mine");
    assert_eq!(fs::read(folder.join("5.new")).unwrap(), b"mine");
    assert!(!folder.join("00000000000000000006.new").exists());
    for name in ["7.new", "8.segment", "9.segment", "9.new"] {
        assert!(
            folder.join(&format!("0000000000000000000{name}")).exists(),
            "{name}"
        );
    }
    // A pipe in the place of a file of the log does not make anybody wait.
    for name in ["nodes", "offsets"] {
        fs::remove_file(folder.join(name)).unwrap();
        pipe(name);
        let report = verify_folder(folder.path(), &[key(1).verifying_key().clone()], &[]);
        assert_eq!(report.unwrap().damaged, [name]);
        assert_eq!(open(folder.path()).unwrap_err().kind(), ErrorKind::Store);
        fs::remove_file(folder.join(name)).unwrap();
    }
    assert_eq!(
        pollster::block_on(numbers(&open(folder.path()).unwrap())),
        [0, 1, 2, 3, 4]
    );
}

#[test]
fn attack_on_an_anchor_by_its_own_writers() {
    let place = Folder::in_memory();
    let store = Arc::new(MemoryStore::new());
    let highest = Arc::new(AtomicU64::new(0));
    let path = place.join("anchor");
    let threads: Vec<_> = (0..6)
        .map(|_| {
            let (store, path, highest) = (store.clone(), path.clone(), Arc::clone(&highest));
            thread::spawn(move || {
                pollster::block_on(async {
                    let anchor = Arc::new(FileAnchor::new(&path));
                    let builder = Log::builder(key(1)).anchor(anchor).anchor_every(1);
                    let log = builder.open_store(store, "main").await.unwrap();
                    for number in 0..20 {
                        let before = highest.load(Ordering::SeqCst);
                        let size = log.append(entry(number)).await.unwrap().checkpoint().size();
                        let note = fs::read_to_string(&path).unwrap();
                        let kept = Checkpoint::open(&note, &[log.verifying_key()]).unwrap();
                        // It never goes back, and has seen what was acknowledged.
                        assert!(kept.size() >= size && kept.size() >= before);
                        highest.fetch_max(kept.size(), Ordering::SeqCst);
                    }
                });
            })
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    assert_eq!(highest.load(Ordering::SeqCst), 120);
    let mut names: Vec<_> = fs::read_dir(place.path())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["anchor", "anchor.lock"], "nothing is left aside");
}

/// An anchor that never answers.
#[derive(Debug)]
struct Deaf;

#[async_trait]
impl Anchor for Deaf {
    async fn advance(&self, _: &dyn Checkpoints) -> Result<(), Error> {
        std::future::pending().await
    }
}

#[async_trait]
impl WitnessTransport for Deaf {
    async fn add_checkpoint(&self, _: String) -> Result<WitnessAnswer, Error> {
        std::future::pending().await
    }
}

#[test]
fn attack_by_anchors_that_never_answer() {
    let anchors: [Arc<dyn Anchor>; 2] = [
        Arc::new(Deaf),
        Arc::new(WitnessAnchor::new(Arc::new(Deaf), Vec::new())),
    ];
    for anchor in anchors {
        pollster::block_on(async {
            let limit = Duration::from_millis(50);
            let builder = Log::builder(key(1)).anchor(anchor).anchor_every(2);
            let log = builder.clone().anchor_limit(limit).in_memory().unwrap();
            log.append(entry(0)).await.unwrap();
            let begin = Instant::now();
            let error = log.append(entry(1)).await.unwrap_err();
            assert!(begin.elapsed() >= limit && begin.elapsed() < Duration::from_secs(10));
            assert_eq!(error.kind(), ErrorKind::Unanchored, "{error}");
            assert!(!error.is_retryable(), "the entry is in");
            let why = error
                .expose_source()
                .unwrap()
                .downcast_ref::<Error>()
                .unwrap();
            assert_eq!((why.kind(), why.is_retryable()), (ErrorKind::Store, true));
            assert_eq!(log.checkpoint().await.unwrap().size(), 2);
            // A log is not opened past an anchor that does not answer.
            let folder = Folder::in_memory();
            let log = builder.anchor_limit(limit);
            let error = log.open(folder.join("log")).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Store);
            assert!(!folder.join("log").exists());
        });
    }
}

#[test]
fn attack_by_an_append_that_is_kept_and_not_polled() {
    use std::future::Future;
    use std::task::{Context, Waker};

    let builder = Log::builder(key(1)).anchor(Arc::new(Deaf)).anchor_every(1);
    let log = builder
        .anchor_limit(Duration::from_millis(20))
        .in_memory()
        .unwrap();
    let mut kept = Box::pin(log.append(entry(0)));
    let mut context = Context::from_waker(Waker::noop());
    assert!(kept.as_mut().poll(&mut context).is_pending());
    let begin = Instant::now();
    let error = append(&log, 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unanchored);
    assert!(begin.elapsed() < Duration::from_secs(20));
    drop(kept);
}

#[test]
fn attack_by_an_anchor_of_another_log_is_integrity() {
    pollster::block_on(async {
        let folder = Folder::in_memory();
        let anchor = Arc::new(FileAnchor::new(folder.join("anchor")));
        let log = Log::builder(key(1))
            .anchor(anchor)
            .anchor_every(2)
            .in_memory()
            .unwrap();
        log.append(entry(0)).await.unwrap();
        let other = Log::builder(key(1)).in_memory().unwrap();
        other
            .append_all(&[entry(7), entry(8), entry(9)])
            .await
            .unwrap();
        let seen = other.checkpoint().await.unwrap();
        fs::write(folder.join("anchor"), seen.note()).unwrap();
        let error = log.append(entry(1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
        assert!(error.to_string().contains("entry 1 is in"), "{error}");
        assert_eq!(
            fs::read_to_string(folder.join("anchor")).unwrap(),
            seen.note()
        );
    });
}

#[test]
fn attack_that_empties_a_new_segment() {
    // A segment that was begun and has no entry yet: the last entry is in the one before.
    let folder = Folder::in_memory();
    let log = open(folder.path()).unwrap();
    for number in 0..24 {
        append(&log, number).unwrap();
    }
    drop(log);
    let files = snapshot(folder.path());
    let mut segments = files.iter().filter(|(name, _)| name.ends_with(".segment"));
    let (name, bytes) = segments.next_back().unwrap();
    assert_ne!(name, SEGMENT);
    // Of the header of a later segment: base, time, roots, note.
    let roots = usize::from(bytes[26 + 8 + 12]);
    let note = 26 + 8 + 12 + 1 + 32 * roots;
    let len = usize::from(u16::from_be_bytes([bytes[note], bytes[note + 1]]));
    let header = &bytes[..note + 2 + len + 4];
    fs::write(folder.join(name), header).unwrap();
    for file in ["nodes", "offsets"] {
        fs::remove_file(folder.join(file)).unwrap();
    }
    let begin: u64 = name[..20].parse().unwrap();
    assert_eq!(verdict(folder.path()), LogVerdict::Intact);
    let log = open(folder.path()).unwrap();
    assert_eq!(append(&log, 99).unwrap(), begin);
    reads_all(&log, begin).unwrap();
    drop(log);
    // With another time in the header, and the right check.
    let mut dated = header[..header.len() - 4].to_vec();
    dated[26 + 8 + 3] ^= 1;
    let check = {
        use sha2::{Digest, Sha256};
        Sha256::new()
            .chain_update([2])
            .chain_update(&dated)
            .finalize()
    };
    dated.extend(&check[..4]);
    fs::write(folder.join(name), dated).unwrap();
    assert_eq!(verdict(folder.path()), LogVerdict::Altered { leaf: begin });
    let error = open(folder.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    assert!(forge::content(header) > 0);
}

/// What does not end, or has another length, in the place of the files of an anchor.
#[cfg(unix)]
#[test]
fn attack_by_what_is_no_file_in_the_place_of_an_anchor() {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    type Put = fn(&Path);
    let fifo = |path: &Path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    let cases: [(&str, Put); 6] = [
        ("a pipe", fifo),
        ("a link to a pipe", |path| {
            let other = path.with_extension("pipe");
            assert!(
                Command::new("mkfifo")
                    .arg(&other)
                    .status()
                    .unwrap()
                    .success()
            );
            symlink(other, path).unwrap();
        }),
        ("a link to a device without end", |path| {
            symlink("/dev/zero", path).unwrap()
        }),
        ("a link to nothing", |path| {
            symlink("nowhere", path).unwrap()
        }),
        ("a folder", |path| fs::create_dir(path).unwrap()),
        ("a file without end", |path| {
            fs::File::create(path).unwrap().set_len(1 << 40).unwrap();
        }),
    ];
    for (case, put) in cases {
        for name in ["anchor", "anchor.lock"] {
            if name == "anchor.lock" && case == "a file without end" {
                // Nobody reads the lock.
                continue;
            }
            let place = Folder::in_memory();
            let begin = Instant::now();
            put(&place.join(name));
            let anchor = Arc::new(FileAnchor::new(place.join("anchor")));
            let log = Log::builder(key(1)).anchor(anchor.clone());
            let error = pollster::block_on(log.open(place.join("log"))).expect_err(case);
            assert_eq!(error.kind(), ErrorKind::Store, "{case}, {name}");
            let alone = Log::builder(key(1)).in_memory().unwrap();
            append(&alone, 0).unwrap();
            let kind = pollster::block_on(anchor.advance(&alone))
                .expect_err(case)
                .kind();
            assert_eq!(kind, ErrorKind::Store, "{case}, {name}");
            assert!(begin.elapsed() < Duration::from_secs(10), "{case}, {name}");
        }
    }
}

/// The same in the place of a key, which may well be a link to a file.
#[cfg(unix)]
#[test]
fn attack_by_what_is_no_file_in_the_place_of_a_key() {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use confidant::audit::SigningKey;

    let place = Folder::in_memory();
    SigningKey::from_seed("test.example/log", &[1; 32])
        .unwrap()
        .save(place.join("key"))
        .unwrap();
    symlink("key", place.join("link")).unwrap();
    assert!(SigningKey::load(place.join("link")).is_ok());
    let pipe = place.join("pipe");
    let made = Command::new("mkfifo")
        .args(["-m", "600"])
        .arg(&pipe)
        .status();
    assert!(made.unwrap().success());
    let mut long = fs::read(place.join("key")).unwrap();
    long.resize(5000, b'\n');
    fs::write(place.join("key"), long).unwrap();
    for path in [pipe, place.join("key")] {
        let error = SigningKey::load(path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Store);
    }
}
