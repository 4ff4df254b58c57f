//! Which resources can be seen how far, and how they hang together.

use super::{Level, NONE, Resource, VisibilityFacts, lesser};

/// How a resource hangs together with others.
#[derive(Clone, Copy, Debug)]
pub(in crate::visibility) struct Links {
    pub(in crate::visibility) first_child: u32,
    pub(in crate::visibility) next_sibling: u32,
    /// The next resource of the same owner.
    pub(in crate::visibility) next_owned: u32,
    pub(in crate::visibility) first_membership: u32,
    /// Where it stands in the list of its reach.
    slot: u32,
    /// How far it can be seen by the latest facts.
    reach: Option<Level>,
    /// How far the levels along its path let it be seen, and what lies in it.
    levels: Option<Level>,
}

/// The resources that can be seen beyond their members, by the latest facts. Each is in
/// one list at most.
#[derive(Clone, Debug, Default)]
pub(in crate::visibility) struct Index {
    pub(in crate::visibility) public: Vec<u32>,
    /// For each organisation, those that are internal to it.
    pub(in crate::visibility) internal: Vec<Vec<u32>>,
}

impl Links {
    pub(super) const fn new() -> Self {
        Self {
            first_child: NONE,
            next_sibling: NONE,
            next_owned: NONE,
            first_membership: NONE,
            slot: NONE,
            reach: None,
            levels: None,
        }
    }
}

impl VisibilityFacts {
    pub(super) fn link_to_container(&mut self, number: u32, container: u32) {
        let first = self.links.get_mut(container as usize);
        let next = first.map(|links| std::mem::replace(&mut links.first_child, number));
        if let (Some(next), Some(links)) = (next, self.links.get_mut(number as usize)) {
            links.next_sibling = next;
        }
    }

    pub(super) fn link_to_owner(&mut self, number: u32, owner: u32) {
        let first = self.ties.get_mut(owner as usize);
        let next = first.map(|ties| std::mem::replace(&mut ties.first_owned, number));
        if let (Some(next), Some(links)) = (next, self.links.get_mut(number as usize)) {
            links.next_owned = next;
        }
    }

    pub(super) fn unlink_from_owner(&mut self, number: u32, owner: u32) {
        let Some(links) = self.links.get_mut(number as usize) else {
            return;
        };
        let after = std::mem::replace(&mut links.next_owned, NONE);
        let Some(ties) = self.ties.get_mut(owner as usize) else {
            return;
        };
        if ties.first_owned == number {
            ties.first_owned = after;
            return;
        }
        let mut next = ties.first_owned;
        while let Some(links) = self.links.get_mut(next as usize) {
            if links.next_owned == number {
                links.next_owned = after;
                return;
            }
            next = links.next_owned;
        }
    }

    /// The resources that lie directly in one.
    pub(in crate::visibility) fn children(&self, resource: u32) -> impl Iterator<Item = u32> {
        let first = self.links.get(resource as usize);
        let mut next = first.map_or(NONE, |links| links.first_child);
        std::iter::from_fn(move || {
            let number = next;
            next = self.links.get(number as usize)?.next_sibling;
            Some(number)
        })
    }

    /// Works out anew how far a resource and all that it contains can be seen.
    pub(super) fn reindex(&mut self, resource: Resource) {
        let gate = self.policy.gate_from();
        let mut waiting = vec![resource.0];
        while let Some(number) = waiting.pop() {
            let Some(row) = self.resources.get(number as usize).copied() else {
                continue;
            };
            let container = self.links.get(row.container as usize);
            let above = container.and_then(|links| links.levels);
            let state = row.state.now;
            let levels = lesser(above, state.reach(gate));
            let reach = state.capped(levels, gate);
            let Some(links) = self.links.get_mut(number as usize) else {
                continue;
            };
            let before = (links.reach, std::mem::replace(&mut links.levels, levels));
            if reach != before.0 {
                self.unlist(number, row.organisation);
                self.list(number, row.organisation, reach);
            }
            if levels != before.1 {
                waiting.extend(self.children(number));
            }
        }
    }

    fn list_of(&mut self, reach: Option<Level>, organisation: u32) -> Option<&mut Vec<u32>> {
        match reach? {
            Level::Public => Some(&mut self.index.public),
            Level::Internal if organisation != NONE => {
                let lists = &mut self.index.internal;
                if lists.len() <= organisation as usize {
                    lists.resize_with(organisation as usize + 1, Vec::new);
                }
                lists.get_mut(organisation as usize)
            }
            _ => None,
        }
    }

    fn list(&mut self, number: u32, organisation: u32, reach: Option<Level>) {
        let mut slot = NONE;
        if let Some(list) = self.list_of(reach, organisation) {
            slot = u32::try_from(list.len()).unwrap_or(NONE);
            list.push(number);
        }
        if let Some(links) = self.links.get_mut(number as usize) {
            links.slot = slot;
            links.reach = reach;
        }
    }

    fn unlist(&mut self, number: u32, organisation: u32) {
        let Some(Links { slot, reach, .. }) = self.links.get(number as usize).copied() else {
            return;
        };
        let list = self.list_of(reach, organisation);
        let Some(list) = list.filter(|list| (slot as usize) < list.len()) else {
            return;
        };
        list.swap_remove(slot as usize);
        let moved = list.get(slot as usize).copied();
        if let Some(links) = moved.and_then(|moved| self.links.get_mut(moved as usize)) {
            links.slot = slot;
        }
    }
}
