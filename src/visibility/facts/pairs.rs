//! Memberships by principal and resource.

use super::span::{Membership, Span};
use super::state::NONE;

/// The memberships of each principal in each resource, found in one place of memory.
///
/// Principals and resources are numbers that this module gave out itself, one after the
/// other, so a hash without a key will do.
#[derive(Clone, Debug, Default)]
pub(in crate::visibility) struct Pairs {
    /// Its length is a power of two, or zero.
    slots: Vec<Pair>,
    len: usize,
}

/// A principal and a resource, with the latest of their memberships: half a cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub(in crate::visibility) struct Pair {
    principal: u32,
    resource: u32,
    pub(in crate::visibility) span: Span,
    /// The number of the latest membership; [`NONE`] where the slot is empty.
    pub(in crate::visibility) latest: u32,
    pub(in crate::visibility) role: u16,
    /// Whether there are others before it.
    pub(in crate::visibility) has_more: bool,
}

const EMPTY: Pair = Pair {
    principal: NONE,
    resource: NONE,
    span: Span { from: 0, until: 0 },
    latest: NONE,
    role: 0,
    has_more: false,
};

impl Pairs {
    #[inline]
    pub(in crate::visibility) fn get(&self, principal: u32, resource: u32) -> Option<&Pair> {
        let pair = self.slots.get(self.place(principal, resource)?)?;
        (pair.latest != NONE).then_some(pair)
    }

    /// Takes the latest membership of a pair, which says what was the latest before.
    pub(super) fn insert(&mut self, number: u32, membership: &Membership) {
        if (self.len + 1) * 3 > self.slots.len() * 2 {
            self.grow();
        }
        let place = self.place(membership.principal, membership.resource);
        if let Some(slot) = place.and_then(|place| self.slots.get_mut(place)) {
            self.len += usize::from(slot.latest == NONE);
            *slot = Pair {
                principal: membership.principal,
                resource: membership.resource,
                span: membership.span,
                latest: number,
                role: membership.role,
                has_more: membership.next != NONE,
            };
        }
    }

    /// Takes over a change of the latest membership of a pair.
    pub(super) fn update(&mut self, membership: &Membership) {
        let place = self.place(membership.principal, membership.resource);
        if let Some(slot) = place.and_then(|place| self.slots.get_mut(place)) {
            slot.span = membership.span;
        }
    }

    /// Where a pair is, or would be. None where there is no slot at all.
    #[inline]
    fn place(&self, principal: u32, resource: u32) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash(principal, resource) as usize & mask;
        loop {
            let slot = self.slots.get(at)?;
            let is_it = slot.principal == principal && slot.resource == resource;
            if is_it || slot.latest == NONE {
                return Some(at);
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let len = (self.slots.len() * 2).max(16);
        let old = std::mem::replace(&mut self.slots, vec![EMPTY; len]);
        for pair in old.into_iter().filter(|pair| pair.latest != NONE) {
            let place = self.place(pair.principal, pair.resource);
            if let Some(slot) = place.and_then(|place| self.slots.get_mut(place)) {
                *slot = pair;
            }
        }
    }
}

#[inline]
const fn hash(principal: u32, resource: u32) -> u64 {
    let pair = (principal as u64) << 32 | resource as u64;
    let product = (pair ^ 0x51_7c_c1_b7) as u128 * 0x9e37_79b9_7f4a_7c15;
    (product >> 64) as u64 ^ product as u64
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn every_pair_is_found_and_no_other() {
        let (mut pairs, mut map) = (Pairs::default(), HashMap::new());
        let mut seed = 1_u32;
        for number in 0..5_000 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (principal, resource) = (seed >> 26, seed >> 20 & 63);
            let before = map.insert((principal, resource), number);
            let membership = Membership {
                principal,
                resource,
                span: Span {
                    from: number.into(),
                    until: 9_000,
                },
                next: before.unwrap_or(NONE),
                next_resource: NONE,
                next_principal: NONE,
                role: 0,
            };
            pairs.insert(number, &membership);
            let pair = pairs.get(principal, resource).unwrap();
            assert_eq!(pair.has_more, before.is_some());
        }
        for principal in 0..64 {
            for resource in 0..64 {
                let found = pairs.get(principal, resource).map(|pair| pair.latest);
                assert_eq!(found, map.get(&(principal, resource)).copied());
            }
        }
        assert!(pairs.get(64, 0).is_none());
        assert!(Pairs::default().get(0, 0).is_none());
    }
}
