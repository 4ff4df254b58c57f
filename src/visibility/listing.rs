//! What a principal can see, and who can see a resource.

use super::facts::{Chain, NONE};
use super::policy::ActionId;
use super::{AccessVerdict, Asker, Level, Principal, Resource, VisibilityFacts};
use crate::time::Moment;

/// Everyone who may act on a resource, or that anyone may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    anyone: bool,
    principals: Vec<(Principal, AccessVerdict)>,
}

impl Audience {
    /// Returns whether anyone may, without signing in.
    #[must_use]
    pub const fn anyone(&self) -> bool {
        self.anyone
    }

    /// Returns every known principal who may, with the verdict, in the order of their
    /// numbers.
    pub fn principals(&self) -> &[(Principal, AccessVerdict)] {
        &self.principals
    }
}

impl VisibilityFacts {
    /// Returns every resource to which a principal may do something at a moment, in the
    /// order of their numbers: all of them, without a limit.
    ///
    /// Grants for staff permit nothing by themselves, so what they reach is not here.
    ///
    /// At a moment from the latest change of any resource on, it looks only at what is
    /// public, internal to the principal's organisations, theirs, or what they are a
    /// member of, and decides each; at an earlier one, at every resource.
    #[must_use]
    pub fn visible_to<'a>(
        &self,
        asker: impl Into<Asker<'a>>,
        action: ActionId,
        at: Moment,
    ) -> Vec<Resource> {
        let asker = asker.into();
        let principal = asker.principal;
        let Ok(inquiry) = self.inquiry(asker, action, at) else {
            return Vec::new();
        };
        let may = |resource: &Resource| inquiry.verdict(*resource).is_allow();
        if inquiry.at < self.latest {
            let all = 0..u32::try_from(self.resources.len()).unwrap_or(NONE);
            return all.map(Resource).filter(may).collect();
        }
        let mut candidates = Candidates::new(self.resources.len());
        candidates.add(self.index.public.iter().copied());
        for (_, seat) in inquiry.seats() {
            if let Some(internal) = self.index.internal.get(seat.organisation as usize) {
                candidates.add(internal.iter().copied());
            }
        }
        if let Some(ties) = self.ties.get(principal.0 as usize) {
            let memberships = Chain::new(&self.memberships, ties.first_membership, |member| {
                member.next_resource
            });
            let mut waiting: Vec<_> = memberships.map(|(_, member)| member.resource).collect();
            let mut owned = ties.first_owned;
            while let Some(links) = self.links.get(owned as usize) {
                waiting.push(owned);
                owned = links.next_owned;
            }
            let mut entered = Candidates::new(self.resources.len());
            while let Some(number) = waiting.pop() {
                if entered.insert(number) {
                    candidates.insert(number);
                    waiting.extend(self.children(number));
                }
            }
        }
        candidates.iter().map(Resource).filter(may).collect()
    }

    /// Returns everyone who may do something to a resource at a moment, when nothing is
    /// known of their request.
    #[must_use]
    pub fn audience(&self, resource: Resource, action: ActionId, at: Moment) -> Audience {
        let may = |principal| {
            let verdict = self.verdict(Asker::from(principal), action, resource, at);
            verdict.is_allow().then_some((principal, verdict))
        };
        let anyone = may(Principal::ANONYMOUS).is_some();
        let reach = super::facts::tick(at).and_then(|at| self.reach(resource, at));
        let mut candidates = Candidates::new(self.principals.len());
        if reach == Some(Level::Public) {
            candidates.add(0..u32::try_from(self.principals.len()).unwrap_or(NONE));
        } else {
            for (Resource(number), row) in self.path(resource) {
                let states = self.resource_histories.all(&row.state);
                candidates.add(states.map(|(_, state)| state.owner));
                let links = self.links.get(number as usize);
                let first = links.map_or(NONE, |links| links.first_membership);
                let members = Chain::new(&self.memberships, first, |member| member.next_principal);
                candidates.add(members.map(|(_, member)| member.principal));
                let group = self.organisations.get(row.organisation as usize);
                let first = group.map_or(NONE, |group| group.first_seat);
                let seats = Chain::new(&self.seats, first, |seat| seat.next_member);
                if reach == Some(Level::Internal) && row.container == NONE {
                    candidates.add(seats.map(|(_, seat)| seat.principal));
                }
            }
        }
        let principals = candidates.iter().map(Principal).filter_map(may).collect();
        Audience { anyone, principals }
    }

    /// Returns every resource that is public and listed at a moment, and to which anyone
    /// may do something: what a gallery shows, and what search engines may index.
    #[must_use]
    pub fn gallery(&self, action: ActionId, at: Moment) -> Vec<Resource> {
        let visible = self.visible_to(Principal::ANONYMOUS, action, at);
        let Some(tick) = super::facts::tick(at) else {
            return Vec::new();
        };
        let is_listed = |resource: &Resource| {
            let row = self.resources.get(resource.0 as usize);
            let state = row.and_then(|row| row.state.at(&self.resource_histories, tick));
            state.is_some_and(|state| state.is_listed())
        };
        visible.into_iter().filter(is_listed).collect()
    }
}

/// A set of small numbers, which come out in order.
struct Candidates {
    words: Vec<u64>,
}

impl Candidates {
    fn new(len: usize) -> Self {
        Self {
            words: vec![0; len.div_ceil(64)],
        }
    }

    /// Adds a number, and returns whether it is new; one that is too large is not.
    fn insert(&mut self, number: u32) -> bool {
        let Some(word) = self.words.get_mut(number as usize / 64) else {
            return false;
        };
        let bit = 1 << (number % 64);
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    fn add(&mut self, numbers: impl Iterator<Item = u32>) {
        for number in numbers {
            self.insert(number);
        }
    }

    fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0u32..).zip(&self.words).flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros())?;
                rest &= rest - 1;
                Some(at * 64 + bit)
            })
        })
    }
}
