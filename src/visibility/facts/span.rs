//! Memberships and grants: what holds from a moment to another.

use super::state::NONE;
use super::tick::{NEVER, Tick};

/// From a moment to just before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::visibility) struct Span {
    pub(in crate::visibility) from: Tick,
    pub(in crate::visibility) until: Tick,
}

/// One membership in an organisation.
#[derive(Clone, Copy, Debug)]
pub(in crate::visibility) struct Seat {
    pub(in crate::visibility) organisation: u32,
    pub(in crate::visibility) principal: u32,
    pub(in crate::visibility) span: Span,
    /// The next one of the same principal.
    pub(in crate::visibility) next: u32,
    /// The next one in the same organisation.
    pub(in crate::visibility) next_member: u32,
}

/// One membership of a resource, or an invitation to it.
#[derive(Clone, Copy, Debug)]
pub(in crate::visibility) struct Membership {
    pub(in crate::visibility) principal: u32,
    pub(in crate::visibility) resource: u32,
    /// Empty from [`NEVER`] on, as long as an invitation is not accepted.
    pub(in crate::visibility) span: Span,
    /// The next one of the same principal for the same resource.
    pub(in crate::visibility) next: u32,
    /// The next one of the same principal.
    pub(in crate::visibility) next_resource: u32,
    /// The next one of the same resource.
    pub(in crate::visibility) next_principal: u32,
    pub(in crate::visibility) role: u16,
}

impl Span {
    #[inline]
    pub(in crate::visibility) const fn holds(self, at: Tick) -> bool {
        self.from <= at && at < self.until
    }

    /// Whether it neither holds nor ever held: an invitation.
    pub(in crate::visibility) const fn is_pending(self) -> bool {
        self.from == NEVER
    }
}

/// The members of a chain, from its first one on.
#[derive(Clone, Debug)]
pub(in crate::visibility) struct Chain<'a, T> {
    all: &'a [T],
    at: u32,
    next: fn(&T) -> u32,
}

impl<'a, T> Chain<'a, T> {
    #[inline]
    pub(in crate::visibility) const fn new(all: &'a [T], first: u32, next: fn(&T) -> u32) -> Self {
        Self {
            all,
            at: first,
            next,
        }
    }
}

impl<'a, T> Iterator for Chain<'a, T> {
    type Item = (u32, &'a T);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.at == NONE {
            return None;
        }
        let (number, item) = (self.at, self.all.get(self.at as usize)?);
        self.at = (self.next)(item);
        Some((number, item))
    }
}
