//! References to rules.

use super::kind::Kind;

/// A reference to the rule behind a hit, four bytes long.
///
/// If two hits are equal but for their rules, the one with the lesser reference counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RuleRef {
    /// A built-in rule, by its place in the tables.
    BuiltIn(u16),
    /// A rule of a rule set, by the places of both.
    #[cfg(feature = "rules")]
    Custom { set: u8, rule: u16 },
    /// A detector, by its place, and the kind of value that it reports.
    Detector { detector: u16, kind: Kind },
    /// The list of known values.
    Known,
}

const _: () = assert!(size_of::<RuleRef>() == 4, "hits stay small");

impl RuleRef {
    /// How many rule sets can be told apart.
    #[cfg(feature = "rules")]
    pub(crate) const MOST_SETS: usize = u8::MAX as usize;
    /// How many rules of one set can be told apart.
    #[cfg(feature = "rules")]
    pub(crate) const MOST_RULES: usize = u16::MAX as usize;
    /// How many detectors can be told apart.
    pub(crate) const MOST_DETECTORS: usize = u16::MAX as usize;

    /// Returns references to the built-in rules, in the order of the tables.
    pub(crate) fn built_in() -> impl Iterator<Item = Self> {
        (0..=u16::MAX).map(Self::BuiltIn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_rules_come_before_those_of_the_user() {
        let mut all = vec![
            RuleRef::Known,
            RuleRef::Detector {
                detector: 1,
                kind: Kind::Account,
            },
            RuleRef::Detector {
                detector: 0,
                kind: Kind::Wallet,
            },
            RuleRef::Detector {
                detector: 0,
                kind: Kind::Account,
            },
            #[cfg(feature = "rules")]
            RuleRef::Custom { set: 1, rule: 0 },
            #[cfg(feature = "rules")]
            RuleRef::Custom {
                set: 0,
                rule: u16::MAX,
            },
            RuleRef::BuiltIn(u16::MAX),
            RuleRef::BuiltIn(256),
            RuleRef::BuiltIn(1),
        ];
        let mut backwards = all.clone();
        backwards.reverse();
        all.sort_unstable();
        assert_eq!(all, backwards);
        assert_eq!(RuleRef::built_in().count(), 1 << 16);
    }
}
