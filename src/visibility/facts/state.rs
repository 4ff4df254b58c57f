//! States, stored compactly.

use super::super::Level;

/// What a number stands for where there is nothing.
pub(in crate::visibility) const NONE: u32 = u32::MAX;

/// Attributes: which are known, and which of those are true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::visibility) struct Attributes {
    pub(in crate::visibility) known: u16,
    pub(in crate::visibility) set: u16,
}

/// The state of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::visibility) struct ResourceState {
    pub(in crate::visibility) attributes: Attributes,
    flags: u16,
    pub(in crate::visibility) category: u16,
    pub(in crate::visibility) owner: u32,
}

/// The state of a principal or an organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::visibility) struct PartyState {
    pub(in crate::visibility) attributes: Attributes,
    pub(in crate::visibility) removed: bool,
}

const LEVEL: u16 = 0b11;
const LISTED: u16 = 1 << 2;
const REMOVED: u16 = 1 << 3;
const OWN_MEMBERS: u16 = 1 << 4;
const SECRET: u16 = 1 << 5;
const CLEARED: u16 = 1 << 6;

/// No category.
pub(in crate::visibility) const NO_CATEGORY: u16 = u16::MAX;

impl Attributes {
    pub(super) const fn with(mut self, bit: u16, value: Option<bool>) -> Self {
        self.known &= !bit;
        self.set &= !bit;
        if let Some(value) = value {
            self.known |= bit;
            if value {
                self.set |= bit;
            }
        }
        self
    }
}

macro_rules! flag {
    ($flag:ident, $get:ident, $with:ident) => {
        pub(in crate::visibility) const fn $get(self) -> bool {
            self.flags & $flag != 0
        }

        pub(in crate::visibility) const fn $with(mut self, on: bool) -> Self {
            self.flags &= !$flag;
            if on {
                self.flags |= $flag;
            }
            self
        }
    };
}

impl ResourceState {
    pub(super) const fn new() -> Self {
        Self {
            attributes: Attributes { known: 0, set: 0 },
            flags: 0,
            category: NO_CATEGORY,
            owner: NONE,
        }
    }

    flag!(LISTED, is_listed, with_listed);
    flag!(REMOVED, is_removed, with_removed);
    flag!(OWN_MEMBERS, has_own_members, with_own_members);
    flag!(SECRET, is_secret, with_secret);
    flag!(CLEARED, is_cleared, with_cleared);

    /// The level that is set here; none where it is that of the container.
    pub(in crate::visibility) const fn level(self) -> Option<Level> {
        match self.flags & LEVEL {
            1 => Some(Level::Private),
            2 => Some(Level::Internal),
            3 => Some(Level::Public),
            _ => None,
        }
    }

    pub(in crate::visibility) const fn with_level(mut self, level: Option<Level>) -> Self {
        self.flags &= !LEVEL;
        self.flags |= match level {
            None => 0,
            Some(Level::Private) => 1,
            Some(Level::Internal) => 2,
            Some(Level::Public) => 3,
        };
        self
    }

    /// How far the level that is set here lets anyone see it: a level from `gate` on,
    /// without a version that passed the gate, counts as the one below the gate.
    #[inline]
    pub(in crate::visibility) fn reach(self, gate: Option<Level>) -> Option<Level> {
        let level = self.level()?;
        match gate {
            Some(gate) if level >= gate && !self.is_cleared() => Some(below(gate)),
            _ => Some(level),
        }
    }

    /// Whether it takes over the level of its container, and was not there when that
    /// passed the gate.
    #[inline]
    pub(in crate::visibility) const fn is_unscanned(self) -> bool {
        self.flags & (LEVEL | CLEARED) == 0
    }

    /// How far it can be seen where the levels along its path let it be seen as far as
    /// `levels`: what no scan has seen counts as the level below the gate at most.
    #[inline]
    pub(in crate::visibility) fn capped(
        self,
        levels: Option<Level>,
        gate: Option<Level>,
    ) -> Option<Level> {
        match (levels, gate) {
            (Some(level), Some(gate)) if level >= gate && self.is_unscanned() => Some(below(gate)),
            _ => levels,
        }
    }
}

/// The level below one that has a gate.
const fn below(gate: Level) -> Level {
    match gate {
        Level::Public => Level::Internal,
        _ => Level::Private,
    }
}
