//! Logs in a store that another program wrote by the specification.

use std::sync::Arc;

use confidant::audit::{Log, LogVerdict, SigningKey, VerifyingKey, verify_store};
use confidant::store::{Batch, MemoryStore, RecordKey, Store};
use serde::Deserialize;

use super::lab::records;
use super::{NAME, verdict};
use crate::audit::{access, entry, numbers};
use confidant::taxonomy::Tenant;

#[derive(Deserialize)]
struct Vectors {
    seeds: [String; 2],
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    keys: Vec<String>,
    verdict: String,
    records: Vec<(String, String)>,
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks_exact(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.map(byte).collect()
}

fn signer(seed: &str) -> Arc<SigningKey> {
    let seed: [u8; 32] = bytes(seed).try_into().unwrap();
    Arc::new(SigningKey::from_seed("acme.example/audit", &seed).unwrap())
}

#[test]
fn stored_vectors_have_their_verdicts() {
    let vectors: Vectors =
        serde_json::from_str(include_str!("../../data/audit_store/v1.json")).unwrap();
    assert_eq!(vectors.cases.len(), 9);
    pollster::block_on(async {
        for case in &vectors.cases {
            let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
            let mut batch = Batch::new();
            for (path, value) in &case.records {
                let key =
                    RecordKey::new(Tenant::NONE, &format!("audit:{NAME}"), bytes(path)).unwrap();
                batch = batch.put(key, bytes(value));
            }
            store.commit(batch).await.unwrap();
            let keys = case
                .keys
                .iter()
                .map(|key| VerifyingKey::parse(key).unwrap());
            let keys: Vec<_> = keys.collect();
            let report = verify_store(&*store, NAME, &keys, &[]).await.unwrap();
            let found = match report.verdict {
                LogVerdict::Altered { leaf } => format!("Altered {leaf}"),
                other => format!("{other:?}"),
            };
            assert_eq!(found, case.verdict, "{}", case.name);
            assert_eq!(report.damaged, [""; 0], "{}", case.name);
            let last = if case.name.contains("whole") { 1 } else { 0 };
            let log = Log::builder(signer(&vectors.seeds[last]));
            let opened = log.open_store(Arc::clone(&store), NAME).await;
            if let Some(leaf) = found.strip_prefix("Altered ") {
                let leaf = leaf.parse().unwrap();
                let opened = opened.map(drop).unwrap_err();
                // With the key of the end, where the case has it.
                if case.name != "fail_head_of_an_earlier_state" {
                    let log = Log::builder(signer(&vectors.seeds[1]));
                    let again = log.open_store(Arc::clone(&store), NAME).await;
                    assert_eq!(
                        again.unwrap_err().to_string(),
                        verdict(leaf),
                        "{}",
                        case.name
                    );
                }
                drop(opened);
                continue;
            }
            // This crate goes on with it, record by record as the other would.
            let log = opened.unwrap();
            let size = report.size;
            assert_eq!(log.read(0..1, &access()).await.unwrap()[0].index, 0);
            log.append(entry(7)).await.unwrap();
            assert_eq!(numbers(&log).await, [7]);
            log.consistency_proof(size..size + 1).await.unwrap();
            let after = records(&*store, NAME).await;
            for (path, value) in &case.records {
                let kept = after.iter().find(|record| record.key.path() == bytes(path));
                let is_grown = path.starts_with("68") || path.starts_with("7401");
                assert!(is_grown || kept.unwrap().value == bytes(value), "{path}");
            }
        }
    });
}
