//! Two other implementations of the same trees agree.

use std::sync::Arc;
use std::time::Duration;

use confidant::audit::{Hash, Log, LogRecord};
use confidant::time::{ManualClock, Moment};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use tlog_tiles::tlog;

use super::{entry, key};

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

#[test]
fn oracle_roots_and_proofs_are_those_of_two_others() {
    pollster::block_on(async {
        let clock = Arc::new(ManualClock::new(Moment::UNIX_EPOCH));
        let log = Log::builder(key(1)).clock(clock).in_memory().unwrap();
        let mut ct = MemoryBackedTree::<sha2::Sha256, Vec<u8>>::new();
        let mut stored = Stored::default();
        let mut leaves = Vec::new();
        for size in 1..=300_u64 {
            log.append(entry(size)).await.unwrap();
            let checkpoint = log.checkpoint().await.unwrap();
            let proof = log.inclusion_proof(size - 1).await.unwrap();
            let bytes = bytes(size - 1);
            proof.verify(&bytes).unwrap();
            ct.push(bytes.clone());
            let hashes = tlog::stored_hashes(size - 1, &bytes, &stored).unwrap();
            stored.0.extend(hashes);
            leaves.push(bytes);
            let root = checkpoint.root().as_bytes();
            assert_eq!(ct.root().as_bytes().as_slice(), root, "{size}");
            assert_eq!(&tlog::tree_hash(size, &stored).unwrap().0, root);

            for index in [0, size / 3, size / 2, size - 1] {
                let proof = log.inclusion_proof(index).await.unwrap();
                let path = flat(proof.inclusion().path());
                assert_eq!(ct.prove_inclusion(index as usize).as_bytes(), path);
                let theirs = tlog::prove_record(size, index, &stored).unwrap();
                assert_eq!(
                    theirs.iter().flat_map(|hash| hash.0).collect::<Vec<_>>(),
                    path
                );
                proof.verify(&leaves[index as usize]).unwrap();
            }
            for old in [1, size / 3, size / 2, size - 1]
                .into_iter()
                .filter(|old| *old > 0)
            {
                let proof = log.consistency_proof(old..size).await.unwrap();
                let path = flat(proof.path());
                let theirs = tlog::prove_tree(size, old, &stored).unwrap();
                assert_eq!(
                    theirs.iter().flat_map(|hash| hash.0).collect::<Vec<_>>(),
                    path
                );
                if old < size {
                    let theirs = ct.prove_consistency((size - old) as usize);
                    assert_eq!(theirs.as_bytes(), path);
                }
            }
        }
    });
}

/// What an entry is hashed as: its time is that of a clock that stands.
fn bytes(index: u64) -> Vec<u8> {
    let record = LogRecord::new(index, Moment::UNIX_EPOCH, Duration::ZERO, entry(index + 1));
    record.to_bytes().unwrap()
}

fn flat(path: &[Hash]) -> Vec<u8> {
    path.iter().flat_map(|hash| *hash.as_bytes()).collect()
}
