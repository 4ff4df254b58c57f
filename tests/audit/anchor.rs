//! Anchors: a second file, a store, and a witness that keeps to C2SP tlog-witness.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base64ct::{Base64, Encoding};
use confidant::audit::{
    Anchor, Checkpoint, FileAnchor, Hash, Log, LogBuilder, StoreAnchor, VerifyingKey,
    WitnessAnchor, WitnessAnswer, WitnessKey, WitnessTransport,
};
use confidant::store::{MemoryStore, Store};
use confidant::{Error, ErrorKind};
use ed25519_dalek::Signer as _;
use sha2::{Digest, Sha256};

use super::{entry, key, numbers};
use crate::support::folder::Folder;

const WITNESS: &str = "witness.example/w1";

/// A witness, as the specification has it.
#[derive(Debug)]
struct Witness {
    key: ed25519_dalek::SigningKey,
    log: VerifyingKey,
    seen: Mutex<(u64, Hash)>,
    /// What it answers instead, if anything.
    instead: Mutex<Option<WitnessAnswer>>,
}

impl Witness {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            key: ed25519_dalek::SigningKey::from_bytes(&[9; 32]),
            log: key(1).verifying_key().clone(),
            seen: Mutex::new((0, Hash::empty())),
            instead: Mutex::default(),
        })
    }

    fn id(&self) -> [u8; 4] {
        let key = self.key.verifying_key();
        let id = Sha256::new().chain_update(WITNESS).chain_update([b'\n', 4]);
        id.chain_update(key.as_bytes()).finalize()[..4]
            .try_into()
            .unwrap()
    }

    fn verifying_key(&self) -> WitnessKey {
        let bytes = [&[4][..], self.key.verifying_key().as_bytes()].concat();
        let id = u32::from_be_bytes(self.id());
        let text = format!("{WITNESS}+{id:08x}+{}", Base64::encode_string(&bytes));
        WitnessKey::parse(&text).unwrap()
    }

    fn cosign(&self, note: &str) -> String {
        let (text, _) = note.rsplit_once("\n\n").unwrap();
        let time = 1_700_000_000_u64;
        let message = format!("cosignature/v1\ntime {time}\n{text}\n");
        let signature = self.key.sign(message.as_bytes()).to_bytes();
        let bytes = [&self.id()[..], &time.to_be_bytes(), &signature].concat();
        format!("— {WITNESS} {}\n", Base64::encode_string(&bytes))
    }

    fn answer(&self, body: &str) -> WitnessAnswer {
        let answer = |status, body: String| WitnessAnswer::new(status, body);
        let (head, note) = body.split_once("\n\n").unwrap();
        let mut lines = head.split('\n');
        let old: u64 = lines
            .next()
            .unwrap()
            .strip_prefix("old ")
            .unwrap()
            .parse()
            .unwrap();
        let path: Vec<_> = lines.map(hash).collect();
        let Ok(checkpoint) = Checkpoint::open(note, std::slice::from_ref(&self.log)) else {
            return answer(403, String::new());
        };
        let mut seen = self.seen.lock().unwrap();
        if old > checkpoint.size() {
            return answer(400, String::new());
        }
        if old != seen.0 {
            return answer(409, format!("{}\n", seen.0));
        }
        if old == checkpoint.size() && seen.1 != *checkpoint.root() {
            return answer(409, format!("{}\n", seen.0));
        }
        let proof = confidant::audit::ConsistencyProof::from_path(old..checkpoint.size(), path);
        if proof.verify(&seen.1, checkpoint.root()).is_err() {
            return answer(422, String::new());
        }
        *seen = (checkpoint.size(), *checkpoint.root());
        answer(200, self.cosign(note))
    }
}

fn hash(line: &str) -> Hash {
    Hash::from_bytes(Base64::decode_vec(line).unwrap().try_into().unwrap())
}

#[async_trait]
impl WitnessTransport for Witness {
    async fn add_checkpoint(&self, body: String) -> Result<WitnessAnswer, Error> {
        let instead = self.instead.lock().unwrap().take();
        Ok(instead.unwrap_or_else(|| self.answer(&body)))
    }
}

fn log(anchor: &Arc<dyn Anchor>) -> LogBuilder {
    Log::builder(key(1)).anchor(Arc::clone(anchor))
}

/// Copies of the log's files, one for each of its sizes given.
fn grow(folder: &Path, anchor: &Arc<dyn Anchor>, batches: u64) {
    pollster::block_on(async {
        let log = log(anchor).anchor_every(1).open(folder).await.unwrap();
        for number in 0..batches {
            log.append(entry(number)).await.unwrap();
        }
    });
}

fn copy(from: &Path) -> Folder {
    let folder = Folder::new();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.join(file.file_name().to_str().unwrap())).unwrap();
    }
    folder
}

/// A log that was rolled back, wiped or written anew does not open.
fn refuses_what_it_has_not_seen(anchor: Arc<dyn Anchor>) {
    let folder = Folder::new();
    grow(folder.path(), &anchor, 3);
    let early = copy(folder.path());
    grow(folder.path(), &anchor, 3);
    let open = |folder: &Path| pollster::block_on(log(&anchor).open(folder)).map(drop);
    open(folder.path()).unwrap();

    let error = open(early.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert!(error.to_string().contains("had 6 when"), "{error}");
    let wiped = Folder::new();
    assert_eq!(open(wiped.path()).unwrap_err().kind(), ErrorKind::Integrity);
    let forked = Folder::new();
    let none: Arc<dyn Anchor> = Arc::new(StoreAnchor::new(Arc::new(MemoryStore::new())));
    grow(forked.path(), &none, 9);
    let error = open(forked.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
    assert!(error.to_string().contains("not the one"), "{error}");
    open(folder.path()).unwrap();
}

#[test]
fn tamper_is_refused_by_a_file() {
    let folder = Folder::new();
    refuses_what_it_has_not_seen(Arc::new(FileAnchor::new(folder.join("anchor"))));
}

#[test]
fn tamper_is_refused_by_a_store() {
    refuses_what_it_has_not_seen(Arc::new(StoreAnchor::new(Arc::new(MemoryStore::new()))));
}

#[test]
fn tamper_is_refused_by_a_witness() {
    let witness = Witness::new();
    let keys = vec![witness.verifying_key()];
    refuses_what_it_has_not_seen(Arc::new(WitnessAnchor::new(witness.clone(), keys.clone())));
    // Also by a client that has forgotten what the witness saw.
    let folder = Folder::new();
    let again: Arc<dyn Anchor> = Arc::new(WitnessAnchor::new(witness, keys));
    let error = pollster::block_on(log(&again).open(folder.path())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity);
}

#[test]
fn a_witness_cosigns_what_it_saw() {
    pollster::block_on(async {
        let witness = Witness::new();
        let keys = vec![witness.verifying_key()];
        let anchor = Arc::new(WitnessAnchor::new(witness.clone(), keys.clone()));
        let log = Log::builder(key(1))
            .anchor(anchor.clone())
            .in_memory()
            .unwrap();
        for number in 0..40 {
            log.append(entry(number)).await.unwrap();
            if number % 7 == 0 {
                log.anchor().await.unwrap();
                let cosigned = anchor.latest().unwrap();
                assert_eq!(cosigned.size(), number + 1);
                let cosignatures = cosigned.cosignatures(&keys).unwrap();
                assert_eq!(cosignatures[0].witness, WITNESS);
                assert_eq!(cosignatures[0].time.unix_seconds(), 1_700_000_000);
                // It is still the checkpoint of the log.
                let again = Checkpoint::open(cosigned.note(), &[log.verifying_key()]).unwrap();
                assert_eq!(again.cosignatures(&keys).unwrap(), cosignatures);
            }
        }
        // A new client learns what the witness saw.
        let anchor = Arc::new(WitnessAnchor::new(witness.clone(), keys));
        anchor.advance(&log).await.unwrap();
        assert_eq!(anchor.latest().unwrap().size(), 40);
    });
}

#[test]
fn a_witness_that_answers_otherwise_is_an_error() {
    pollster::block_on(async {
        let witness = Witness::new();
        let anchor = WitnessAnchor::new(witness.clone(), vec![witness.verifying_key()]);
        let log = Log::builder(key(1)).in_memory().unwrap();
        log.append(entry(0)).await.unwrap();
        let other = witness.cosign("other\n1\nroot\n\n— x");
        for (status, body, kind, retryable) in [
            (200, String::new(), ErrorKind::Config, false),
            (200, other, ErrorKind::Integrity, false),
            (200, "nonsense".to_owned(), ErrorKind::Config, false),
            (400, String::new(), ErrorKind::Store, false),
            (403, String::new(), ErrorKind::Store, false),
            (404, String::new(), ErrorKind::Store, false),
            (409, "five".to_owned(), ErrorKind::Integrity, false),
            (409, "0\n".to_owned(), ErrorKind::Integrity, false),
            (409, "99\n".to_owned(), ErrorKind::Integrity, false),
            (422, String::new(), ErrorKind::Integrity, false),
            (429, String::new(), ErrorKind::Store, true),
            (503, String::new(), ErrorKind::Store, true),
        ] {
            *witness.instead.lock().unwrap() = Some(WitnessAnswer::new(status, body.clone()));
            let error = anchor.advance(&log).await.unwrap_err();
            let found = (error.kind(), error.is_retryable());
            assert_eq!(found, (kind, retryable), "{status} {body:?}: {error}");
            assert!(anchor.latest().is_none());
        }
        anchor.advance(&log).await.unwrap();
    });
}

#[test]
fn an_anchor_that_fails_fails_the_append_that_waits_for_it() {
    pollster::block_on(async {
        let folder = Folder::new();
        let place = folder.join("gone");
        fs::create_dir(&place).unwrap();
        let anchor = Arc::new(FileAnchor::new(place.join("anchor")));
        let log = Log::builder(key(1))
            .anchor(anchor)
            .anchor_every(2)
            .in_memory()
            .unwrap();
        fs::remove_dir(&place).unwrap();
        log.append(entry(0)).await.unwrap();
        let error = log.append(entry(1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unanchored);
        assert!(!error.is_retryable());
        assert!(error.to_string().contains("entry 1 is in"), "{error}");
        let why = error.expose_source().unwrap();
        let why = why.downcast_ref::<Error>().unwrap();
        assert_eq!(why.kind(), ErrorKind::Store);
        // It is tried again with the next.
        assert!(log.append(entry(2)).await.is_err());
        fs::create_dir(&place).unwrap();
        log.append(entry(3)).await.unwrap();
        assert_eq!(numbers(&log).await, [0, 1, 2, 3]);
        fs::write(place.join("anchor"), "nonsense").unwrap();
        let error = log.anchor().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
    });
}

#[test]
fn anchors_of_different_logs_do_not_mix() {
    pollster::block_on(async {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        for (name, count) in [("a.example", 5), ("b.example", 2)] {
            let key = confidant::audit::SigningKey::generate(name).unwrap();
            let anchor = Arc::new(StoreAnchor::new(Arc::clone(&store)));
            let log = Log::builder(Arc::new(key))
                .anchor(anchor)
                .in_memory()
                .unwrap();
            for number in 0..count {
                log.append(entry(number)).await.unwrap();
            }
            log.anchor().await.unwrap();
        }
    });
}
