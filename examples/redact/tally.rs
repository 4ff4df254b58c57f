//! The results of a run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use confidant::redact::{Finding, Kind};

/// Counts for one file or for a whole run.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) bytes: u64,
    pub(crate) files: u64,
    pub(crate) findings: u64,
    /// The findings that the baseline accepts.
    pub(crate) accepted: u64,
    /// The files that ignore files leave out.
    pub(crate) ignored: u64,
    pub(crate) skipped: u64,
    errors: BTreeMap<u64, (PathBuf, String)>,
    rules: BTreeMap<String, (Kind, u64)>,
}

impl Tally {
    pub(crate) fn count(&mut self, findings: &[Finding]) {
        self.findings += findings.len() as u64;
        for finding in findings {
            if let Some((_, count)) = self.rules.get_mut(finding.rule()) {
                *count += 1;
            } else {
                self.rules
                    .insert(finding.rule().to_owned(), (finding.kind(), 1));
            }
        }
    }

    /// Records the error of the job with this number.
    pub(crate) fn error(&mut self, number: u64, file: &Path, error: String) {
        self.errors.insert(number, (file.to_owned(), error));
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.files += other.files;
        self.findings += other.findings;
        self.accepted += other.accepted;
        self.ignored += other.ignored;
        self.skipped += other.skipped;
        self.errors.extend(other.errors);
        for (rule, (kind, count)) in other.rules {
            self.rules.entry(rule).or_insert((kind, 0)).1 += count;
        }
    }

    /// Returns the errors in the order of the files.
    pub(crate) fn errors(&self) -> impl ExactSizeIterator<Item = (&Path, &str)> {
        self.errors
            .values()
            .map(|(file, error)| (file.as_path(), error.as_str()))
    }

    /// Returns the rules that found something, with the kind and the number of values.
    pub(crate) fn rules(&self) -> impl Iterator<Item = (&str, Kind, u64)> {
        self.rules
            .iter()
            .map(|(rule, &(kind, count))| (rule.as_str(), kind, count))
    }

    /// Returns how many there are of `count` in a million bytes, to three digits.
    pub(crate) fn per_megabyte(&self, count: u64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "it is rounded anyway")]
        let rate = count as f64 * 1e6 / self.bytes.max(1) as f64;
        (rate * 1e3).round() / 1e3
    }

    /// Returns the number of values found of each kind.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let mut kinds = BTreeMap::new();
        for &(kind, count) in self.rules.values() {
            *kinds.entry(kind.label()).or_insert(0) += count;
        }
        kinds.into_iter()
    }
}
