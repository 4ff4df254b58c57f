//! The evidence behind each built-in rule.

use std::fmt;

use super::families::evidence::{DOCUMENTED, OBSERVED};
use super::rule::Rule;

/// What is known of the values that a built-in rule looks for.
///
/// # Example
/// ```
/// use confidant::redact::{BuiltInRule, RuleEvidence};
///
/// let rule = BuiltInRule::all().find(|rule| rule.id() == "github-pat").unwrap();
/// assert_eq!(rule.evidence(), RuleEvidence::Documented);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RuleEvidence {
    /// Neither of the others: the shape is what such values probably look like, mostly a
    /// random value beside the name of its provider.
    Assumed,
    /// The [source](super::BuiltInRule::source) of the rule is a page that states the
    /// format.
    Documented,
    /// Published samples of other projects hold such values, and the rule finds them.
    Observed,
}

impl RuleEvidence {
    /// Returns the word for it in the catalogue, such as `documented`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Assumed => "assumed",
            Self::Documented => "documented",
            Self::Observed => "observed",
        }
    }
}

impl fmt::Display for RuleEvidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Returns the evidence behind a rule.
pub(super) fn evidence(rule: &Rule) -> RuleEvidence {
    let is_in = |ids: &[&str]| ids.binary_search(&rule.id).is_ok();
    if is_in(DOCUMENTED) {
        RuleEvidence::Documented
    } else if is_in(OBSERVED) {
        RuleEvidence::Observed
    } else {
        RuleEvidence::Assumed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::builtin::FAMILIES;

    #[test]
    fn each_id_is_that_of_a_rule_and_stands_once() {
        for list in [DOCUMENTED, OBSERVED] {
            assert!(list.is_sorted_by(|one, next| one < next));
            for id in list {
                let mut rules = FAMILIES.iter().copied().flatten();
                assert!(rules.any(|rule| rule.id == *id), "there is no {id}");
            }
        }
        for id in DOCUMENTED {
            assert!(OBSERVED.binary_search(id).is_err(), "{id} stands twice");
        }
    }

    /// The front page of a site states no format.
    #[test]
    fn what_is_documented_names_a_page() {
        for rule in FAMILIES.iter().copied().flatten() {
            if evidence(rule) != RuleEvidence::Documented {
                continue;
            }
            let (_, rest) = rule.source.split_once("://").unwrap();
            let path = rest.split_once('/').map_or("", |(_, path)| path);
            assert!(!path.is_empty(), "{}: {}", rule.id, rule.source);
        }
    }
}
