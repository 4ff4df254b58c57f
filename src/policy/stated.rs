//! Keys that nothing reads: they state what modules do in any case, or what is for the
//! product to do.

use super::document::Section;
use super::source::{Node, Value};

/// The keys, each in its section. The comparison of versions and the notice look at them.
#[rustfmt::skip]
const STATED: &[(Section, &str)] = &[
    (Section::Audit, "actions"),
    (Section::Category, "surfaces"),
    (Section::Consent, "exports"),
    (Section::Consent, "keep_opt_outs"),
    (Section::Consent, "reaches_derived"),
    (Section::Credential, "user_managed"),
    (Section::Event, "surfaces"),
    (Section::Hold, "four_eyes"),
    (Section::Hold, "restarts_clock"),
    (Section::Place, "customer_held"),
    (Section::Processor, "keeps_for"),
    (Section::Processor, "scope"),
    (Section::Purpose, "binds_categories"),
    (Section::Redaction, "names"),
    (Section::Retention, "offer_export"),
    (Section::Right, "client_side"),
    (Section::Right, "confirm"),
    (Section::Right, "sticky"),
    (Section::Rights, "access_since"),
    (Section::Rights, "everywhere"),
    (Section::Rights, "no_discrimination"),
    (Section::Rights, "partial"),
    (Section::Signal, "confirm"),
    (Section::Transport, "min_tls"),
    (Section::Vault, "audited"),
    (Section::Vault, "max_plaintext"),
];

/// What a clause of a document states and nothing reads.
#[derive(Clone, Debug, Default)]
pub(super) struct Stated {
    /// The keys, in the order of the table.
    pub(super) keys: Vec<&'static str>,
    /// Whether the clause says nothing else.
    pub(super) is_all: bool,
}

impl Stated {
    /// Looks at a clause of a section.
    pub(super) fn of(section: Section, clause: &Node) -> Self {
        let Value::Table(entries) = &clause.value else {
            return Self::default();
        };
        let own = STATED.iter().filter(|(of, _)| *of == section);
        let own: Vec<&'static str> = own.map(|(_, key)| *key).collect();
        let said = entries.iter().filter(|(key, node)| {
            let names = matches!(key.as_str(), "description" | "id" | "promise");
            !names && says(&node.value)
        });
        let said: Vec<&str> = said.map(|(key, _)| key.as_str()).collect();
        let keys: Vec<&'static str> = own.into_iter().filter(|key| said.contains(key)).collect();
        Self {
            is_all: !keys.is_empty() && keys.len() == said.len(),
            keys,
        }
    }
}

/// Whether a value says anything: an empty list or a flag that is off does not.
fn says(value: &Value) -> bool {
    match value {
        Value::Null | Value::Removed | Value::Bool(false) => false,
        Value::Array(nodes) => !nodes.is_empty(),
        Value::Table(entries) => !entries.is_empty(),
        Value::Bool(true) | Value::Integer(_) | Value::Float(_) | Value::Text(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_lists_exactly_these_keys() {
        let manual = include_str!("../manual/policy.md");
        let begin = manual.find("* These keys switch nothing.").unwrap();
        let paragraph = manual[begin..].split("\n\n").next().unwrap();
        let mut listed: Vec<&str> = paragraph.split('`').skip(1).step_by(2).collect();
        listed.retain(|word| !word.starts_with('['));
        let mut keys: Vec<&str> = STATED.iter().map(|(_, key)| *key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(listed, keys);
    }
}
