//! An answer with its reasons.

use std::fmt;

use super::reason::{Effect, Reason};

/// An answer with its reasons: those that decided, and those that lost.
///
/// There is no decision without a reason that decided it, and the default is to
/// deny. Decisions combine with [`and`](Self::and): any that denies, denies.
///
/// # Example
/// ```
/// use confidant::decision::{ClauseId, Decision, Reason};
///
/// assert!(!Decision::default().is_allow());
///
/// let public = Reason::new(ClauseId::new("visibility.public")?, "workspace is public");
/// let decision = Decision::all([Decision::allow(public)]);
/// assert!(decision.is_allow());
/// assert!(!Decision::all([]).is_allow());
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "a decision that is not looked at enforces nothing"]
pub struct Decision {
    effect: Effect,
    /// Never empty, and all for `effect`.
    decided: Vec<Reason>,
    lost: Vec<(Effect, Reason)>,
}

impl Decision {
    /// Allows, for this reason.
    pub fn allow(reason: Reason) -> Self {
        Self::new(Effect::Allow, reason)
    }

    /// Denies, for this reason.
    pub fn deny(reason: Reason) -> Self {
        Self::new(Effect::Deny, reason)
    }

    fn new(effect: Effect, reason: Reason) -> Self {
        Self {
            effect,
            decided: vec![reason],
            lost: Vec::new(),
        }
    }

    /// Keeps a reason that was considered and did not decide: a clause for the
    /// other side that was overruled, or one for this side that was not needed.
    pub fn with_lost(mut self, effect: Effect, reason: Reason) -> Self {
        self.lost.push((effect, reason));
        self
    }

    /// Joins two decisions: both must allow.
    ///
    /// The reasons of both are kept. Those that decided still decide where they
    /// speak for the effect that comes out, and lose where they do not; those
    /// that had lost stay lost.
    pub fn and(mut self, other: Self) -> Self {
        self.lost.extend(other.lost);
        if self.effect == other.effect {
            self.decided.extend(other.decided);
            return self;
        }
        let (denied, allowed) = match self.effect {
            Effect::Deny => (self.decided, other.decided),
            Effect::Allow => (other.decided, self.decided),
        };
        let allowed = allowed.into_iter().map(|reason| (Effect::Allow, reason));
        self.lost.extend(allowed);
        Self {
            effect: Effect::Deny,
            decided: denied,
            lost: self.lost,
        }
    }

    /// Joins decisions: all must allow. Without any, it denies.
    pub fn all(decisions: impl IntoIterator<Item = Self>) -> Self {
        decisions.into_iter().reduce(Self::and).unwrap_or_default()
    }

    /// Returns what it comes to.
    #[must_use]
    pub const fn effect(&self) -> Effect {
        self.effect
    }

    /// Returns whether it may happen.
    #[must_use]
    pub const fn is_allow(&self) -> bool {
        matches!(self.effect, Effect::Allow)
    }

    /// Returns the reasons that decided: at least one, all for
    /// [`effect`](Self::effect).
    pub fn reasons(&self) -> impl Iterator<Item = &Reason> {
        self.decided.iter()
    }

    /// Returns the reasons that lost, each with the effect it spoke for.
    pub fn lost(&self) -> impl Iterator<Item = (Effect, &Reason)> {
        self.lost.iter().map(|(effect, reason)| (*effect, reason))
    }
}

impl Default for Decision {
    /// Denies, because nothing allows it.
    fn default() -> Self {
        Self::deny(Reason::without_clause("nothing allows it"))
    }
}

impl fmt::Display for Decision {
    /// The decision in one line: the effect, what decided it, and what lost.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.effect)?;
        for (index, reason) in self.decided.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{reason}")?;
        }
        for (index, (effect, reason)) in self.lost.iter().enumerate() {
            let comma = if index == 0 { "; lost: " } else { ", " };
            write!(f, "{comma}{effect} by {reason}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::decision::ClauseId;

    fn vote(effect: Effect, clause: u8) -> Decision {
        let clause = ClauseId::new(&format!("c{clause}")).unwrap();
        Decision::new(effect, Reason::new(clause, "applies"))
    }

    fn effects() -> impl Strategy<Value = Effect> {
        prop_oneof![Just(Effect::Allow), Just(Effect::Deny)]
    }

    prop_compose! {
        fn decisions()(
            votes in prop::collection::vec((effects(), any::<u8>()), 1..4),
            lost in prop::option::of((effects(), any::<u8>())),
        ) -> Decision {
            let votes = votes.into_iter().map(|(effect, clause)| vote(effect, clause));
            let decision = Decision::all(votes);
            match lost {
                Some((effect, clause)) => {
                    let reason = vote(effect, clause).decided.remove(0);
                    decision.with_lost(effect, reason)
                }
                None => decision,
            }
        }
    }

    /// A decision without regard to the order of its reasons.
    fn content(decision: &Decision) -> (Effect, BTreeSet<String>, BTreeSet<String>) {
        let decided = decision.reasons().map(ToString::to_string).collect();
        let lost = decision.lost().map(|lost| format!("{lost:?}")).collect();
        (decision.effect(), decided, lost)
    }

    #[test]
    fn nothing_is_a_denial_with_a_reason() {
        for decision in [Decision::default(), Decision::all([])] {
            assert_eq!(decision.effect(), Effect::Deny);
            assert_eq!(decision.to_string(), "deny: nothing allows it");
        }
    }

    #[test]
    fn one_denial_is_enough_and_every_reason_is_kept() {
        let votes = [
            (Effect::Allow, 1),
            (Effect::Deny, 2),
            (Effect::Allow, 3),
            (Effect::Deny, 4),
        ];
        let decision = Decision::all(votes.map(|(effect, clause)| vote(effect, clause)));
        assert_eq!(
            decision.to_string(),
            "deny: `c2` (applies), `c4` (applies); \
             lost: allow by `c1` (applies), allow by `c3` (applies)"
        );
    }

    #[test]
    fn a_denial_that_was_overruled_does_not_come_back() {
        let overruled = Reason::without_clause("hold was released");
        let kept = vote(Effect::Allow, 1).with_lost(Effect::Deny, overruled);
        let decision = kept.and(vote(Effect::Allow, 2));
        assert!(decision.is_allow());
        assert_eq!(decision.lost().count(), 1);
    }

    proptest! {
        #[test]
        fn it_allows_where_all_allow(all in prop::collection::vec(decisions(), 0..5)) {
            let expected = !all.is_empty() && all.iter().all(Decision::is_allow);
            prop_assert_eq!(Decision::all(all).is_allow(), expected);
        }

        #[test]
        fn and_is_a_matter_of_neither_order_nor_grouping(
            a in decisions(), b in decisions(), c in decisions()
        ) {
            prop_assert_eq!(
                content(&a.clone().and(b.clone())),
                content(&b.clone().and(a.clone()))
            );
            prop_assert_eq!(
                content(&a.clone().and(b.clone()).and(c.clone())),
                content(&a.and(b.and(c)))
            );
        }

        #[test]
        fn no_reason_is_lost_from_sight(a in decisions(), b in decisions()) {
            let count = |d: &Decision| d.decided.len() + d.lost.len();
            let both = a.clone().and(b.clone());
            prop_assert_eq!(count(&both), count(&a) + count(&b));
            prop_assert!(!both.decided.is_empty());
        }
    }
}
