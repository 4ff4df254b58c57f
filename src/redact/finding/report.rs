//! Reports: counts of the values that were removed.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::time::Duration;

use super::finding::{Finding, RuleId};
use super::kind::{Category, Kind};

/// Counts of findings per kind and per rule, without text or places.
///
/// `Display` writes one sentence that can be shown to the author of the text.
///
/// # Example
/// ```
/// use confidant::redact::{Redactor, Report};
///
/// let redacted = Redactor::default().redact("deploy with AKIAQ3EGRIZJ7OWLMXUV please");
/// let mut report = Report::new();
/// report.add(redacted.findings());
/// assert_eq!(report.to_string(), "removed 1 secret; keep secrets in the vault");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub(super) kinds: BTreeMap<Kind, u64>,
    pub(super) rules: HashMap<RuleId, u64>,
    pub(super) bytes: u64,
    pub(super) elapsed: Duration,
}

impl Report {
    /// Creates an empty report.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds these findings to the counts.
    pub fn add(&mut self, findings: &[Finding]) {
        for finding in findings {
            *self.kinds.entry(finding.kind).or_default() += 1;
            match self.rules.get_mut(&finding.rule) {
                Some(count) => *count += 1,
                None => drop(self.rules.insert(finding.rule.clone(), 1)),
            }
        }
    }

    /// Adds to the number of bytes scanned.
    pub fn add_bytes(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Adds to the elapsed time, measured by the caller's clock.
    pub fn add_elapsed(&mut self, elapsed: Duration) {
        self.elapsed = self.elapsed.saturating_add(elapsed);
    }

    /// Adds the counts of another report.
    pub fn merge(&mut self, other: &Self) {
        for (kind, count) in &other.kinds {
            *self.kinds.entry(*kind).or_default() += count;
        }
        for (rule, count) in &other.rules {
            *self.rules.entry(rule.clone()).or_default() += count;
        }
        self.add_bytes(other.bytes);
        self.add_elapsed(other.elapsed);
    }

    /// Returns the number of values found.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.kinds.values().sum()
    }

    /// Returns the number of values found of one kind.
    #[must_use]
    pub fn count(&self, kind: Kind) -> u64 {
        self.kinds.get(&kind).copied().unwrap_or_default()
    }

    /// Returns the kinds found with their counts, in a fixed order.
    pub fn kinds(&self) -> impl Iterator<Item = (Kind, u64)> + '_ {
        self.kinds.iter().map(|(kind, count)| (*kind, *count))
    }

    /// Returns the rules that found something with their counts, ordered by id.
    #[must_use]
    pub fn rules(&self) -> Vec<(&str, u64)> {
        let rules = self.rules.iter();
        let mut rules: Vec<_> = rules.map(|(rule, count)| (rule.as_str(), *count)).collect();
        rules.sort_unstable();
        rules
    }

    /// Returns the number of bytes scanned.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the elapsed time.
    #[must_use]
    pub const fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = |kind: Kind| kind.category() == Category::Secret && kind != Kind::Literal;
        let secrets: u64 = self
            .kinds()
            .filter_map(|(kind, count)| secret(kind).then_some(count))
            .sum();
        let mut parts = Vec::new();
        if secrets > 0 {
            parts.push((secrets, ("secret", "secrets")));
        }
        for (kind, count) in self.kinds() {
            if !secret(kind) {
                parts.push((count, words(kind)));
            }
        }
        if parts.is_empty() {
            return f.write_str("removed nothing");
        }
        f.write_str("removed ")?;
        for (at, (count, (one, many))) in parts.iter().enumerate() {
            match parts.len() - at {
                _ if at == 0 => {}
                1 => f.write_str(" and ")?,
                _ => f.write_str(", ")?,
            }
            write!(f, "{count} {}", if *count == 1 { one } else { many })?;
        }
        if secrets > 0 {
            f.write_str("; keep secrets in the vault")?;
        }
        Ok(())
    }
}

/// The singular and plural of a kind of personal data, in a reader's words.
const fn words(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Account => ("account or bank number", "account or bank numbers"),
        Kind::BirthDate => ("date of birth", "dates of birth"),
        Kind::Card => ("card number", "card numbers"),
        Kind::Device => ("device number", "device numbers"),
        Kind::Email => ("e-mail address", "e-mail addresses"),
        Kind::Iban => ("bank account number", "bank account numbers"),
        Kind::Ip => ("IP address", "IP addresses"),
        Kind::Literal => ("placeholder look-alike", "placeholder look-alikes"),
        Kind::Location => ("location", "locations"),
        Kind::Mac => ("hardware address", "hardware addresses"),
        Kind::NationalId => ("identity number", "identity numbers"),
        Kind::Phone => ("telephone number", "telephone numbers"),
        Kind::Url => ("web address", "web addresses"),
        Kind::Vehicle => ("vehicle number", "vehicle numbers"),
        Kind::Wallet => ("wallet address", "wallet addresses"),
        _ => ("personal detail", "personal details"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::finding::encoding::Layers;
    use crate::redact::finding::finding::Validation;

    fn finding(rule: &'static str, kind: Kind) -> Finding {
        Finding {
            rule: RuleId::BuiltIn(rule),
            kind,
            start: 3,
            end: 9,
            confidence: 90,
            validation: Validation::Format,
            fingerprint: None,
            layers: Layers::NONE,
        }
    }

    #[test]
    fn the_summary_is_one_sentence() {
        for (kinds, summary) in [
            (&[][..], "removed nothing"),
            (&[Kind::Email], "removed 1 e-mail address"),
            (
                &[Kind::Email, Kind::Token, Kind::ApiKey],
                "removed 2 secrets and 1 e-mail address; keep secrets in the vault",
            ),
            (
                &[Kind::Literal, Kind::Card, Kind::Token, Kind::Card],
                "removed 1 secret, 2 card numbers and 1 placeholder look-alike; keep secrets in the vault",
            ),
        ] {
            let mut report = Report::new();
            for kind in kinds {
                report.add(&[finding("test", *kind)]);
            }
            assert_eq!(report.to_string(), summary);
        }
    }

    #[test]
    fn merging_adds_up() {
        let mut one = Report::new();
        one.add(&[finding("b", Kind::Token), finding("a", Kind::Email)]);
        one.add_bytes(10);
        one.add_elapsed(Duration::from_millis(2));
        let mut two = one.clone();
        two.add(&[finding("b", Kind::Token)]);
        two.merge(&one);
        assert_eq!(two.total(), 5);
        assert_eq!(two.count(Kind::Token), 3);
        assert_eq!(two.count(Kind::Card), 0);
        assert_eq!(two.rules(), [("a", 2), ("b", 3)]);
        assert_eq!(
            two.kinds().collect::<Vec<_>>(),
            [(Kind::Email, 2), (Kind::Token, 3)]
        );
        assert_eq!((two.bytes(), two.elapsed()), (20, Duration::from_millis(4)));
    }
}
