//! Findings that somebody has looked at and accepted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use confidant::redact::Finding;
use serde_json::{Value, json};

use crate::report;

/// The identities of accepted findings, and of those of this run.
#[derive(Debug, Default)]
pub(crate) struct Baseline {
    accepted: BTreeSet<String>,
    seen: Mutex<BTreeSet<String>>,
    /// Where to write the findings of this run.
    output: Option<PathBuf>,
}

impl Baseline {
    /// Reads the accepted findings of a file, if there is one.
    pub(crate) fn read(file: Option<&Path>, output: Option<&Path>) -> Result<Self, String> {
        let mut baseline = Self {
            output: output.map(Path::to_owned),
            ..Self::default()
        };
        let Some(file) = file else {
            return Ok(baseline);
        };
        let fault = |error: &str| format!("{}: {error}", report::display(file));
        let text = fs::read_to_string(file).map_err(|error| fault(&error.to_string()))?;
        let value: Value = serde_json::from_str(&text).map_err(|_| fault("not valid JSON"))?;
        let findings = value.get("accepted").and_then(Value::as_array);
        let findings = findings.ok_or_else(|| fault("not a list of accepted findings"))?;
        for finding in findings {
            let id = finding
                .as_str()
                .ok_or_else(|| fault("not a list of texts"))?;
            baseline.accepted.insert(id.to_owned());
        }
        Ok(baseline)
    }

    /// Returns the identity of a finding and whether it was accepted.
    pub(crate) fn look_up(&self, id: u64) -> (String, bool) {
        let id = format!("{id:016x}");
        let accepted = self.accepted.contains(&id);
        if self.output.is_some() {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.insert(id.clone());
        }
        (id, accepted)
    }

    /// Writes the findings of this run as the next baseline, if that was asked for.
    pub(crate) fn write(&self) -> Result<(), String> {
        let Some(file) = &self.output else {
            return Ok(());
        };
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let text = format!("{:#}\n", json!({"version": 1, "accepted": *seen}));
        fs::write(file, text).map_err(|error| format!("{}: {error}", report::display(file)))
    }
}

/// Counts the findings of one file, to tell those of one rule apart.
#[derive(Debug, Default)]
pub(crate) struct Identities(BTreeMap<String, u64>);

impl Identities {
    /// Returns the identity of the next finding of a file: a digest of the file, the
    /// rule and the number of earlier findings of the rule in the file. It says nothing
    /// of the value.
    pub(crate) fn next(&mut self, file: &Path, finding: &Finding) -> u64 {
        let count = self.0.entry(finding.rule().to_owned()).or_insert(0);
        *count += 1;
        let parts = [
            report::uri(file),
            finding.rule().to_owned(),
            count.to_string(),
        ];
        digest(parts.join("\0").as_bytes())
    }
}

/// Returns the FNV-1a digest, which is the same in every version.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
