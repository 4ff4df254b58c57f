//! A receipt, as it is given out: an entry of the log, the proof that it is in it, and how
//! the log goes on from the checkpoint that somebody outside kept. The manual has the form.

use std::fmt::Write as _;

use confidant::audit::{
    Checkpoint, ConsistencyProof, Hash, LogProof, LogRecord, Outcome, VerifyingKey,
};
use serde_json::{Map, Value, json};

use crate::world::Fallible;

const PARTS: [&str; 3] = ["entry", "goes_on", "proof"];

/// An entry with its proofs.
pub(crate) struct Receipt {
    pub(crate) entry: Vec<u8>,
    pub(crate) proof: String,
    pub(crate) goes_on: Vec<Hash>,
}

/// What a receipt comes to.
pub(crate) enum Told {
    /// The entry is in the log, and says that this was done.
    Done(String),
    /// The entry is in the log, and says that this was begun, such as an access that was
    /// let in: not how it ended.
    Begun(String),
    /// The entry is in the log, and says that this was denied or failed.
    NotDone(String),
    /// The receipt was made before the checkpoint was kept, so that it cannot be compared
    /// with it.
    Older,
}

impl Receipt {
    /// Reads a receipt.
    pub(crate) fn parse(text: &str) -> Fallible<Self> {
        let value: Map<String, Value> = serde_json::from_str(text)?;
        if value.keys().ne(PARTS) {
            return Err("a receipt has the parts `entry`, `goes_on` and `proof`".into());
        }
        let text = |key: &str| {
            let text = value.get(key).and_then(Value::as_str);
            text.ok_or_else(|| format!("`{key}` is no text"))
        };
        let goes_on = value.get("goes_on").and_then(Value::as_array);
        let goes_on = goes_on.ok_or("`goes_on` is no list")?;
        let hash = |value: &Value| -> Fallible<Hash> {
            let bytes = from_hex(value.as_str().unwrap_or_default())?;
            let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| "a hash has another length")?;
            Ok(Hash::from_bytes(bytes))
        };
        Ok(Self {
            entry: from_hex(text("entry")?)?,
            proof: text("proof")?.to_owned(),
            goes_on: goes_on.iter().map(hash).collect::<Fallible<_>>()?,
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

    /// Verifies that the entry is in the log that the key signed, and that this log goes on
    /// from the checkpoint that was kept. Returns what the entry says.
    pub(crate) fn verify(&self, keys: &[VerifyingKey], kept: &Checkpoint) -> Fallible<Told> {
        let proof = LogProof::open(&self.proof, keys)
            .map_err(|error| format!("its proof is not one of this log: {error}"))?;
        proof
            .verify(&self.entry)
            .map_err(|error| format!("the log does not have this entry there: {error}"))?;
        let seen = proof.checkpoint();
        if seen.origin() != kept.origin() {
            return Err("the receipt is of another log than the checkpoint".into());
        }
        if seen.size() < kept.size() {
            return Ok(Told::Older);
        }
        let goes_on = ConsistencyProof::from_path(kept.size()..seen.size(), self.goes_on.clone());
        goes_on
            .verify(kept.root(), seen.root())
            .map_err(|error| format!("its log does not go on from the checkpoint: {error}"))?;
        let index = proof.inclusion().index();
        let record = LogRecord::parse(index, &self.entry)?;
        let told = told(index, &record)?;
        Ok(match record.entry.outcome() {
            Outcome::Succeeded => Told::Done(told),
            Outcome::Attempted => Told::Begun(told),
            _ => Told::NotDone(told),
        })
    }
}

/// Writes everything that an entry says.
fn told(index: u64, record: &LogRecord) -> Fallible<String> {
    let entry = &record.entry;
    let mut told = format!("entry {index}, at {}: {:?}", record.time, entry.outcome());
    for (name, id) in [
        ("action", Some(entry.action())),
        ("actor", entry.actor_id()),
        ("tenant", entry.tenant_id()),
        ("subject", entry.subject_id()),
        ("resource", entry.resource_id()),
        ("request", entry.request_id()),
        ("purpose", entry.purpose_id()),
        ("scope", entry.scope_id()),
        ("instance", entry.instance_id()),
    ] {
        if let Some(id) = id {
            write!(told, ", {name} {id}")?;
        }
    }
    for (name, count) in entry.counts() {
        write!(told, ", {name} {count}")?;
    }
    Ok(told)
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads hexadecimal digits in lower case, the one spelling that there is.
fn from_hex(text: &str) -> Fallible<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        _ => Err("not hexadecimal in lower case"),
    };
    let mut bytes = Vec::with_capacity(text.len() / 2);
    for pair in text.as_bytes().chunks(2) {
        let [high, low] = pair else {
            return Err("an odd number of hexadecimal digits".into());
        };
        bytes.push(digit(*high)? * 16 + digit(*low)?);
    }
    Ok(bytes)
}
