//! How fast the audit log is: appends in memory against a bare chain of hashes,
//! durable appends against a bare sync, verification, and proofs against two other
//! implementations of the same trees.
//!
//! `cargo bench --bench audit` takes about a minute. Options come after `--`: `--only
//! NAME` for one part (`memory`, `durable`, `verify`, `proofs`), `--quick` or `--test`
//! for a run of seconds whose figures mean little.
#![allow(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a program of its own, which should stop where it cannot measure"
)]

#[path = "redaction/clock.rs"]
#[expect(dead_code, reason = "another bench uses the rest")]
mod clock;
#[path = "redaction/plan.rs"]
mod plan;

use std::env;
use std::fs::{self, File};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use confidant::audit::{
    DigestKind, Entry, Frontier, Identifier, Log, LogRecord, Outcome, SigningKey, verify_folder,
};
use confidant::time::{ManualClock, Moment};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use sha2::{Digest, Sha256};
use tlog_tiles::tlog;

use clock::{figure, median};
use plan::Plan;

/// The bytes of an entry.
const BYTES: usize = 256;

fn main() -> ExitCode {
    Plan::run(run)
}

fn rounds(plan: &Plan) -> usize {
    if plan.quick { 1 } else { 9 }
}

fn run(plan: &Plan) {
    if plan.wants("memory") {
        memory(plan);
    }
    if plan.wants("durable") {
        durable(plan);
    }
    if plan.wants("verify") {
        verify(plan);
    }
    if plan.wants("proofs") {
        proofs(plan);
    }
}

/// An entry of 256 bytes, such as that of a secret being revealed.
fn entry() -> Entry {
    let digest = |byte| Identifier::from_digest(DigestKind::Log, [byte; 32]);
    let id = |text: &str| Identifier::new(text).expect("the id is one");
    let entry = Entry::new(id("secret.reveal"), Outcome::Succeeded)
        .actor(digest(1))
        .tenant(id("acme"))
        .subject(digest(2))
        .resource(digest(3))
        .purpose(id("deploy:production"))
        .request(id("req:7d1c2f9e-5a40-4f4e-9b60-d2a3f1c8"));
    let len = bytes(&entry).len();
    entry.client(id(&"x".repeat(BYTES - len - 4)))
}

fn bytes(entry: &Entry) -> Vec<u8> {
    let record = LogRecord::new(0, Moment::UNIX_EPOCH, Duration::ZERO, entry.clone());
    record.to_bytes().expect("the entry has bytes")
}

fn key() -> Arc<SigningKey> {
    Arc::new(SigningKey::from_seed("bench.example/log", &[7; 32]).expect("the name is one"))
}

fn in_memory() -> Log {
    let clock = Arc::new(ManualClock::new(Moment::UNIX_EPOCH));
    let log = Log::builder(key()).clock(clock).in_memory();
    log.expect("memory holds a log")
}

fn memory(plan: &Plan) {
    let count = if plan.quick { 8_192 } else { 131_072 };
    let entries = vec![entry(); 4_096];
    let bytes = bytes(&entries[0]);
    assert_eq!(bytes.len(), BYTES);
    println!("\nAppends in memory, {count} entries of {BYTES} bytes");
    println!("| what | thousands/s | times the chain's time |");
    println!("|---|--:|--:|");
    let chain = median(rounds(plan), || {
        let mut head = [0; 32];
        for _ in 0..count {
            let sha = Sha256::new().chain_update(head).chain_update(&bytes);
            head = sha.finalize().into();
        }
        black_box(head);
    });
    let tree = median(rounds(plan), || {
        let mut tree = Frontier::new();
        (0..count).for_each(|_| tree.append(black_box(&bytes)));
        black_box(tree.root());
    });
    let log = median(rounds(plan), || {
        let log = in_memory();
        pollster::block_on(async {
            for _ in 0..count / entries.len() {
                log.append_all(&entries)
                    .await
                    .expect("memory takes entries");
            }
        });
    });
    let ct = median(rounds(plan), || {
        let mut tree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        for _ in 0..count {
            tree.push(bytes.clone());
        }
        black_box(tree.root());
    });
    let tlog = median(rounds(plan), || {
        let mut stored = Stored::default();
        for index in 0..count as u64 {
            let hashes = tlog::stored_hashes(index, &bytes, &stored);
            stored.0.extend(hashes.expect("the tree goes on"));
        }
        black_box(tlog::tree_hash(count as u64, &stored).expect("the tree has a root"));
    });
    for (name, time) in [
        ("bare chain of SHA-256", chain),
        ("tree of the log", tree),
        ("log in memory: encoded, hashed, kept, signed", log),
        ("ct-merkle", ct),
        ("tlog_tiles", tlog),
    ] {
        let rate = count as f64 / time.as_secs_f64() / 1e3;
        let times = time.as_secs_f64() / chain.as_secs_f64();
        println!("| {name} | {} | {times:.2} |", figure(rate));
    }
}

/// A folder on the disk that the build is on, gone with this.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let beside = env::current_exe().expect("the program has a place");
        let path = beside.with_file_name(format!("bench-audit-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("the folder can be made");
        Self(path)
    }

    /// One in memory where the system has a place for it: for what is only read.
    fn in_memory(name: &str) -> Self {
        let memory = Path::new("/dev/shm");
        if !memory.is_dir() {
            return Self::new(name);
        }
        let path = memory.join(format!("bench-audit-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("the folder can be made");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn durable(plan: &Plan) {
    let each = Duration::from_millis(if plan.quick { 50 } else { 1500 });
    println!("\nDurable appends of {BYTES} bytes");
    println!("| what | appends/s | times the bare sync |");
    println!("|---|--:|--:|");
    let bare = bare_sync(each);
    println!(
        "| write and fdatasync into a filled file | {} | 1.0 |",
        figure(bare)
    );
    for writers in [1, 4, 16, 64, 256] {
        let folder = Folder::new("durable");
        let rate = appends(&folder.0, writers, each);
        println!(
            "| log in files, {writers} callers | {} | {:.1} |",
            figure(rate),
            rate / bare
        );
    }
}

fn bare_sync(each: Duration) -> f64 {
    let folder = Folder::new("bare");
    let path = folder.0.join("file");
    fs::write(&path, vec![0; 64 << 20]).expect("the disk has room");
    let file = File::options()
        .write(true)
        .open(&path)
        .expect("the file is there");
    file.sync_all().expect("the disk syncs");
    let bytes = [7; BYTES];
    let (begin, mut count) = (Instant::now(), 0_u64);
    while begin.elapsed() < each {
        let at = count * BYTES as u64 % (63 << 20);
        write_at(&file, &bytes, at);
        file.sync_data().expect("the disk syncs");
        count += 1;
    }
    count as f64 / begin.elapsed().as_secs_f64()
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], at: u64) {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at).expect("the disk takes it");
}

#[cfg(windows)]
fn write_at(file: &File, bytes: &[u8], at: u64) {
    std::os::windows::fs::FileExt::seek_write(file, bytes, at).expect("the disk takes it");
}

fn appends(folder: &Path, writers: usize, each: Duration) -> f64 {
    let log = pollster::block_on(Log::builder(key()).open(folder)).expect("the log opens");
    let begin = Instant::now();
    let threads: Vec<_> = (0..writers)
        .map(|_| {
            let (log, entry) = (log.clone(), entry());
            thread::spawn(move || {
                let mut count = 0_u64;
                while begin.elapsed() < each {
                    let append = log.append(entry.clone());
                    pollster::block_on(append).expect("the log takes it");
                    count += 1;
                }
                count
            })
        })
        .collect();
    let counts = threads
        .into_iter()
        .map(|thread| thread.join().expect("the thread ends"));
    let count: u64 = counts.sum();
    count as f64 / begin.elapsed().as_secs_f64()
}

fn verify(plan: &Plan) {
    let count = if plan.quick { 10_000 } else { 200_000 };
    println!("\nVerification of a log in files, entries of {BYTES} bytes");
    println!("| entries in a batch | entries | thousands/s | microseconds for one |");
    println!("|---|--:|--:|--:|");
    for (batch, count) in [(1, count / 10), (10, count), (100, count), (1000, count)] {
        let folder = Folder::in_memory("verify");
        let entries = vec![entry(); batch];
        let log = pollster::block_on(Log::builder(key()).open(&folder.0)).expect("the log opens");
        pollster::block_on(async {
            for _ in 0..count / batch {
                log.append_all(&entries).await.expect("the log takes them");
            }
        });
        let keys = [log.verifying_key()];
        drop(log);
        let time = median(rounds(plan).min(3), || {
            let report = verify_folder(&folder.0, &keys, &[]).expect("the log can be read");
            assert_eq!(report.size, count as u64);
        });
        let rate = count as f64 / time.as_secs_f64();
        println!(
            "| {batch} | {count} | {} | {:.2} |",
            figure(rate / 1e3),
            1e6 / rate
        );
    }
}

/// The nodes of `tlog_tiles`, one after the other.
#[derive(Default)]
struct Stored(Vec<tlog::Hash>);

impl tlog::HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog::Hash>, tlog::Error> {
        Ok(indexes
            .iter()
            .map(|index| self.0[*index as usize])
            .collect())
    }
}

/// The time of one of `count` calls, in nanoseconds.
fn each(plan: &Plan, mut call: impl FnMut(u64)) -> f64 {
    let count = if plan.quick { 50 } else { 5_000 };
    let time = median(rounds(plan), || (0..count).for_each(&mut call));
    time.as_secs_f64() * 1e9 / count as f64
}

fn proofs(plan: &Plan) {
    let size = if plan.quick { 1_023_u64 } else { 131_071 };
    let old = size / 4 * 3 + 1;
    let leaf = bytes(&entry());
    let log = in_memory();
    let mut ct = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut stored = Stored::default();
    let mut old_root = None;
    for index in 0..size {
        let hashes = tlog::stored_hashes(index, &leaf, &stored);
        stored.0.extend(hashes.expect("the tree goes on"));
        ct.push(leaf.clone());
        if index + 1 == old {
            old_root = Some(ct.root());
        }
    }
    let (root, old_root) = (ct.root(), old_root.expect("the tree was that size"));
    let hash = |root: &ct_merkle::RootHash<Sha256>| -> [u8; 32] { (*root.as_bytes()).into() };
    let ours = |root| confidant::audit::Hash::from_bytes(hash(root));
    pollster::block_on(async {
        let entries = vec![entry(); 1_000];
        let mut left = size as usize;
        while left > 0 {
            let count = left.min(entries.len());
            log.append_all(&entries[..count])
                .await
                .expect("memory takes entries");
            left -= count;
        }
        let checkpoint = log.checkpoint().await.expect("the log has one");
        assert_eq!(*checkpoint.root(), ours(&root), "the trees differ");
    });
    // Any entry, far from the one before.
    let at = |call: u64| call.wrapping_mul(2_654_435_761) % size;

    println!("\nProofs in a tree of {size} entries of {BYTES} bytes, nanoseconds");
    println!("| what | log | ct-merkle | tlog_tiles |");
    println!("|---|--:|--:|--:|");
    let row = |what: &str, times: [f64; 3]| {
        println!(
            "| {what} | {:.0} | {:.0} | {:.0} |",
            times[0], times[1], times[2]
        );
    };
    row(
        "inclusion: create",
        [
            each(plan, |call| {
                black_box(pollster::block_on(log.inclusion_proof(at(call))).expect("it is there"));
            }),
            each(plan, |call| {
                black_box(ct.prove_inclusion(at(call) as usize));
            }),
            each(plan, |call| {
                black_box(tlog::prove_record(size, at(call), &stored).expect("it is there"));
            }),
        ],
    );
    let index = size / 3;
    let proof = pollster::block_on(log.inclusion_proof(index)).expect("it is there");
    let ct_proof = ct.prove_inclusion(index as usize);
    let tlog_proof = tlog::prove_record(size, index, &stored).expect("it is there");
    let tlog_root = tlog::Hash(hash(&root));
    row(
        "inclusion: verify",
        [
            each(plan, |_| proof.verify(black_box(&leaf)).expect("it holds")),
            each(plan, |_| {
                let holds = root.verify_inclusion(black_box(&leaf), index, &ct_proof);
                holds.expect("it holds");
            }),
            each(plan, |_| {
                let leaf = tlog::record_hash(black_box(&leaf));
                tlog::check_record(&tlog_proof, size, tlog_root, index, leaf).expect("it holds");
            }),
        ],
    );
    let from = |call: u64| 1 + at(call);
    row(
        "consistency: create",
        [
            each(plan, |call| {
                let proof = pollster::block_on(log.consistency_proof(from(call)..size));
                black_box(proof.expect("it was that size"));
            }),
            each(plan, |call| {
                let added = (size - from(call)).max(1);
                black_box(ct.prove_consistency(added as usize));
            }),
            each(plan, |call| {
                let proof = tlog::prove_tree(size, from(call), &stored);
                black_box(proof.expect("it was that size"));
            }),
        ],
    );
    let proof = pollster::block_on(log.consistency_proof(old..size)).expect("it was that size");
    let ct_proof = ct.prove_consistency((size - old) as usize);
    let tlog_proof = tlog::prove_tree(size, old, &stored).expect("it was that size");
    let (old_ours, ours) = (ours(&old_root), ours(&root));
    let tlog_old = tlog::Hash(hash(&old_root));
    row(
        "consistency: verify",
        [
            each(plan, |_| {
                proof.verify(black_box(&old_ours), &ours).expect("it holds")
            }),
            each(plan, |_| {
                let holds = root.verify_consistency(black_box(&old_root), &ct_proof);
                holds.expect("it holds");
            }),
            each(plan, |_| {
                let holds =
                    tlog::check_tree(&tlog_proof, size, tlog_root, old, black_box(tlog_old));
                holds.expect("it holds");
            }),
        ],
    );
}
