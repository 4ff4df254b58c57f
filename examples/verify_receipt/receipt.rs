//! A receipt, as it is given out: an entry of the log, the proof that it is in it, and how
//! the log goes on from the checkpoint that somebody outside kept.

use std::fmt::Write as _;

use confidant::audit::{Checkpoint, ConsistencyProof, Hash, LogProof, Record, VerifyingKey};
use serde_json::{Value, json};

use crate::world::Fallible;

/// An entry with its proofs.
pub(crate) struct Receipt {
    pub(crate) entry: Vec<u8>,
    pub(crate) proof: String,
    pub(crate) goes_on: Vec<Hash>,
}

impl Receipt {
    pub(crate) fn parse(text: &str) -> Fallible<Self> {
        let value: Value = serde_json::from_str(text)?;
        let text = |key: &str| {
            value
                .get(key)
                .and_then(Value::as_str)
                .ok_or("a part is missing")
        };
        let goes_on = value.get("goes_on").and_then(Value::as_array);
        let goes_on = goes_on.into_iter().flatten();
        let hash = |value: &Value| -> Fallible<Hash> {
            let bytes = from_hex(value.as_str().unwrap_or_default())?;
            let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| "a hash has another length")?;
            Ok(Hash::from_bytes(bytes))
        };
        Ok(Self {
            entry: from_hex(text("entry")?)?,
            proof: text("proof")?.to_owned(),
            goes_on: goes_on.map(hash).collect::<Fallible<_>>()?,
        })
    }

    pub(crate) fn to_json(&self) -> String {
        let value = json!({
            "entry": to_hex(&self.entry),
            "proof": self.proof,
            "goes_on": self.goes_on.iter().map(|hash| to_hex(hash.as_bytes())).collect::<Vec<_>>(),
        });
        format!("{value:#}\n")
    }

    /// Verifies that the entry is in the log that the key signed, and that this is the log
    /// of the checkpoint that was kept: it goes on from there, or is a part of it. Returns
    /// what the entry says.
    pub(crate) fn verify(&self, keys: &[VerifyingKey], kept: &Checkpoint) -> Fallible<String> {
        let proof = LogProof::open(&self.proof, keys)?;
        proof.verify(&self.entry)?;
        let seen = proof.checkpoint();
        if seen.origin() != kept.origin() || seen.size() < kept.size() {
            return Err("the receipt is older than the checkpoint, or of another log".into());
        }
        let goes_on = ConsistencyProof::from_path(kept.size(), seen.size(), self.goes_on.clone());
        goes_on.verify(kept.root(), seen.root())?;
        let index = proof.inclusion().index();
        let record = Record::parse(index, &self.entry)?;
        let mut told = format!(
            "entry {index}, at {}: {:?}",
            record.time,
            record.entry.outcome()
        );
        for (name, id) in [
            ("action", Some(record.entry.action())),
            ("actor", record.entry.actor_id()),
            ("subject", record.entry.subject_id()),
            ("resource", record.entry.resource_id()),
            ("purpose", record.entry.purpose_id()),
        ] {
            if let Some(id) = id {
                write!(told, ", {name} {id}")?;
            }
        }
        for (name, count) in record.entry.counts() {
            write!(told, ", {name} {count}")?;
        }
        Ok(told)
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Fallible<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return Err("not hexadecimal".into());
    }
    let pairs = (0..text.len()).step_by(2);
    let bytes: Result<Vec<u8>, _> = pairs
        .filter_map(|at| text.get(at..at + 2))
        .map(|pair| u8::from_str_radix(pair, 16))
        .collect();
    Ok(bytes?)
}
