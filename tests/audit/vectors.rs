//! The frozen formats: vectors of two implementations from the specification alone.

use std::fs;
use std::sync::Arc;

use confidant::audit::{
    Checkpoint, ConsistencyProof, Hash, Log, LogProof, LogRecord, LogVerdict, Signer, SigningKey,
    VerifyingKey, verify_folder, verify_store,
};
use confidant::store::{Batch, MemoryStore, RecordKey, Store};
use confidant::time::{ManualClock, Moment};
use serde::Deserialize;
use std::collections::BTreeMap;

use super::forge::SEGMENT;
use crate::support::folder::Folder;
use confidant::taxonomy::Tenant;

#[derive(Deserialize)]
struct Foreign {
    name: String,
    seeds: [String; 2],
    vkeys: [String; 2],
    entries: Vec<ForeignEntry>,
    entries_refused: BTreeMap<String, String>,
    segments: BTreeMap<String, String>,
    nodes: String,
    offsets: String,
    checkpoint: String,
    proofs: Vec<String>,
    consistency: Vec<(u64, u64, Vec<String>)>,
    store: Vec<(String, String, String, String)>,
}

#[derive(Deserialize)]
struct ForeignEntry {
    bytes: String,
    leaf: String,
}

#[derive(Deserialize)]
struct Own {
    origin: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    segment: String,
    keys: Vec<String>,
    seed: String,
    verdict: Option<String>,
    size: u64,
    torn_bytes: u64,
    torn_entries: u64,
    opens: Opens,
    cut: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Opens {
    Entries(u64),
    Fails(String),
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.map(byte).collect()
}

fn signer(name: &str, seed: &str) -> Arc<dyn Signer> {
    let seed = bytes(seed).try_into().unwrap();
    Arc::new(SigningKey::from_seed(name, &seed).unwrap())
}

fn foreign() -> Foreign {
    serde_json::from_str(include_str!("../data/audit/foreign_v1.json")).unwrap()
}

#[test]
fn foreign_entries_are_read_and_written() {
    let vectors = foreign();
    for entry in &vectors.entries {
        let bytes = bytes(&entry.bytes);
        let record = LogRecord::parse(0, &bytes).unwrap();
        assert_eq!(record.to_bytes().unwrap(), bytes);
        assert_eq!(
            Hash::of_leaf(&bytes).as_bytes()[..],
            self::bytes(&entry.leaf)
        );
    }
    for (what, hex) in &vectors.entries_refused {
        assert!(LogRecord::parse(0, &bytes(hex)).is_err(), "{what}");
    }
    for (seed, text) in vectors.seeds.iter().zip(&vectors.vkeys) {
        let key = signer(&vectors.name, seed);
        assert_eq!(key.verifying_key().to_string(), *text);
        assert_eq!(VerifyingKey::parse(text).unwrap(), *key.verifying_key());
    }
}

#[test]
fn a_foreign_folder_verifies_and_goes_on() {
    let vectors = foreign();
    let folder = Folder::in_memory();
    let files = vectors.segments.iter().map(|(name, hex)| (&**name, hex));
    for (name, hex) in files.chain([("nodes", &vectors.nodes), ("offsets", &vectors.offsets)]) {
        fs::write(folder.join(name), bytes(hex)).unwrap();
    }
    let keys = vectors
        .vkeys
        .map(|text| VerifyingKey::parse(&text).unwrap());
    for keys in [&keys[..1], &keys[1..], &keys[..]] {
        let report = verify_folder(folder.path(), keys, &[]).unwrap();
        assert_eq!((report.verdict, report.size), (LogVerdict::Intact, 6));
        assert_eq!(report.checkpoint.unwrap().note(), vectors.checkpoint);
        assert!(report.damaged.is_empty() && report.torn_bytes == 0 && !report.foreign);
    }
    let checkpoint = Checkpoint::open(&vectors.checkpoint, &keys[1..]).unwrap();
    let clock = Arc::new(ManualClock::new(Moment::UNIX_EPOCH));
    let log = Log::builder(signer(&vectors.name, &vectors.seeds[1])).clock(clock);
    pollster::block_on(async {
        let log = log.open(folder.path()).await.unwrap();
        for (index, text) in vectors.proofs.iter().enumerate() {
            let ours = log.inclusion_proof(index as u64).await.unwrap();
            assert_eq!(ours.to_string(), *text);
            let theirs = LogProof::open(text, &keys[1..]).unwrap();
            assert_eq!(theirs, ours);
        }
        for (old, new, path) in &vectors.consistency {
            let path: Vec<_> = path
                .iter()
                .map(|hash| Hash::from_bytes(bytes(hash).try_into().unwrap()))
                .collect();
            let ours = log.consistency_proof(*old..*new).await.unwrap();
            assert_eq!(ours, ConsistencyProof::from_path(*old..*new, path));
        }
        let records = log.read(0..6, &super::access()).await.unwrap();
        let last = log.read(3..6, &super::access()).await.unwrap();
        // One read does not go beyond a segment.
        assert_eq!((records.len(), last.len()), (3, 3));
        for record in records.iter().chain(&last) {
            let proof = &vectors.proofs[record.index as usize];
            let proof = LogProof::open(proof, &keys[1..]).unwrap();
            proof.verify(&record.to_bytes().unwrap()).unwrap();
        }
    });
    let report = verify_folder(folder.path(), &keys[..1], &[checkpoint]).unwrap();
    assert_eq!((report.verdict, report.size), (LogVerdict::Intact, 8));
}

/// What the foreign records say, in today's form: the head had an id, an index and the
/// header of a segment, and behind an entry there was no id.
fn in_form(path: &[u8], value: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let id = [7; 16];
    if path == b"h" {
        let header = &value[16 + 8 + "confidant audit segment 1\n".len()..];
        let roots = &header[8 + 8 + 4..];
        let note = &roots[1 + 32 * usize::from(roots[0])..];
        let roots = &roots[..roots.len() - note.len()];
        let note = &note[2..note.len() - 4];
        let head = [b"confidant audit head 1\n", roots, note].concat();
        return ([b"h", &id[..]].concat(), head);
    }
    let len = 2 + usize::from(u16::from_be_bytes([value[0], value[1]]));
    let (entry, note) = value.split_at(len);
    let id = if note.is_empty() { &[][..] } else { &id };
    (path.to_vec(), [entry, id, note].concat())
}

#[test]
fn a_foreign_store_verifies() {
    let vectors = foreign();
    let store = MemoryStore::new();
    let mut batch = Batch::new();
    for (tenant, collection, path, value) in &vectors.store {
        let (path, value) = in_form(&bytes(path), &bytes(value));
        let key = RecordKey::new(Tenant::new(tenant), collection, path).unwrap();
        batch = batch.put(key, value);
    }
    let keys = vectors
        .vkeys
        .map(|text| VerifyingKey::parse(&text).unwrap());
    pollster::block_on(async {
        store.commit(batch).await.unwrap();
        for keys in [&keys[..1], &keys[1..]] {
            let report = verify_store(&store, "main", keys, &[]).await.unwrap();
            assert_eq!((report.verdict, report.size), (LogVerdict::Intact, 6));
        }
    });
}

#[test]
fn own_vectors_have_their_verdicts() {
    let vectors: Own = serde_json::from_str(include_str!("../data/audit/v1.json")).unwrap();
    for case in &vectors.cases {
        let what = &case.name;
        let folder = Folder::in_memory();
        fs::write(folder.join(SEGMENT), bytes(&case.segment)).unwrap();
        let keys = case
            .keys
            .iter()
            .map(|text| VerifyingKey::parse(text).unwrap());
        let keys: Vec<_> = keys.collect();
        let found = verify_folder(folder.path(), &keys, &[]);
        match &case.verdict {
            None => assert!(found.is_err(), "{what}"),
            Some(expected) => {
                let report = found.unwrap();
                assert_eq!(text(report.verdict), *expected, "{what}");
                assert_eq!(report.size, case.size, "{what}");
                let torn = (report.torn_bytes, report.torn_entries);
                assert_eq!(torn, (case.torn_bytes, case.torn_entries), "{what}");
            }
        }
        let clock = Arc::new(ManualClock::new(Moment::UNIX_EPOCH));
        let log = Log::builder(signer(&vectors.origin, &case.seed)).clock(clock);
        match (&case.opens, pollster::block_on(log.open(folder.path()))) {
            (Opens::Entries(count), Ok(log)) => {
                let size = pollster::block_on(log.checkpoint()).unwrap().size();
                assert_eq!(size, count + u64::from(case.torn_bytes > 0), "{what}");
            }
            (Opens::Fails(kind), Err(error)) => {
                assert_eq!(format!("{:?}", error.kind()), *kind, "{what}: {error}");
            }
            (_, opened) => panic!("{what}: {opened:?}"),
        }
        let kept = fs::read_dir(folder.path()).unwrap();
        let kept = kept.map(|file| file.unwrap().file_name().into_string().unwrap());
        let kept: Vec<_> = kept.filter(|name| name.ends_with(".cut")).collect();
        assert_eq!(kept, case.cut.iter().cloned().collect::<Vec<_>>(), "{what}");
    }
}

fn text(verdict: LogVerdict) -> String {
    match verdict {
        LogVerdict::Intact => "intact".to_owned(),
        LogVerdict::Altered { leaf } => format!("altered {leaf}"),
        LogVerdict::Malformed { leaf } => format!("malformed {leaf}"),
        LogVerdict::OtherKey => "other key".to_owned(),
        other => format!("{other:?}"),
    }
}
