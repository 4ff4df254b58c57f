//! Where values come from.

/// Where a value was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Provenance {
    /// In what a model wrote.
    Model,
    /// In what was retrieved for the conversation, such as documents.
    Retrieval,
    /// In the instructions of the operator or developer.
    System,
    /// In what a tool answered.
    Tool,
    /// In what a person wrote.
    User,
}

impl Provenance {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Model,
        Self::Retrieval,
        Self::System,
        Self::Tool,
        Self::User,
    ];
}

/// A set of places where a value was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen(u8);

impl Seen {
    pub(crate) const fn from_bits(bits: u8) -> Option<Self> {
        if bits == 0 || bits >> Provenance::ALL.len() != 0 {
            return None;
        }
        Some(Self(bits))
    }

    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    /// Returns whether it was seen there.
    pub(crate) const fn has(self, provenance: Provenance) -> bool {
        self.0 & 1 << provenance as u8 != 0
    }

    /// Adds a place. Returns whether it is new.
    pub(crate) const fn add(&mut self, provenance: Provenance) -> bool {
        let before = self.0;
        self.0 |= 1 << provenance as u8;
        self.0 != before
    }

    pub(crate) const fn merge(&mut self, other: Self) {
        self.0 |= other.0;
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Provenance> {
        let all = Provenance::ALL.iter().copied();
        all.filter(move |provenance| self.0 & (1 << *provenance as u8) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_added() {
        let mut seen = Seen::default();
        assert!(seen.add(Provenance::User) && seen.add(Provenance::Tool));
        assert!(!seen.add(Provenance::User));
        assert_eq!(
            seen.iter().collect::<Vec<_>>(),
            [Provenance::Tool, Provenance::User]
        );
        assert_eq!(Seen::from_bits(seen.bits()), Some(seen));
        assert_eq!((Seen::from_bits(0), Seen::from_bits(0x20)), (None, None));
    }
}
