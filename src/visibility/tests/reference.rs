//! A naive evaluator over plain lists, written from the manual's words and not from the
//! engine: no numbers, no index, no chains, no tables.

use super::*;

#[derive(Clone, Debug)]
pub(super) struct Thing {
    pub(super) id: String,
    pub(super) container: Option<usize>,
    pub(super) organisation: Option<usize>,
    /// From each moment on: what is the case.
    pub(super) states: Vec<(u32, State)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    pub(super) owner: Option<usize>,
    pub(super) level: Option<Level>,
    pub(super) cleared: bool,
    pub(super) listed: bool,
    pub(super) own_members: bool,
    pub(super) removed: bool,
    pub(super) suspended: Option<bool>,
}

/// A principal or an organisation: its name, since when it is there, and its attribute.
#[derive(Clone, Debug)]
pub(super) struct Party {
    pub(super) id: String,
    pub(super) since: u32,
    pub(super) flagged: Option<bool>,
}

/// From a moment to just before another.
#[derive(Clone, Debug)]
pub(super) struct Tie {
    pub(super) principal: usize,
    pub(super) other: usize,
    pub(super) role: &'static str,
    pub(super) accepted: bool,
    pub(super) from: u32,
    pub(super) until: Option<u32>,
}

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) gate: Option<Level>,
    pub(super) principals: Vec<Party>,
    pub(super) organisations: Vec<Party>,
    pub(super) things: Vec<Thing>,
    pub(super) members: Vec<Tie>,
    pub(super) seats: Vec<Tie>,
    pub(super) grants: Vec<Tie>,
}

/// Which roles may do what, as in [`policy`].
fn role_may(role: &str, action: &str) -> bool {
    match role {
        "admin" => true,
        "editor" => matches!(action, "view" | "edit"),
        "viewer" => action == "view",
        _ => false,
    }
}

impl Thing {
    fn state(&self, now: u32) -> Option<&State> {
        let begun = self.states.iter().filter(|(since, _)| *since <= now);
        begun
            .max_by_key(|(since, _)| *since)
            .map(|(_, state)| state)
    }
}

impl Tie {
    fn holds(&self, now: u32) -> bool {
        self.accepted && self.from <= now && self.until.is_none_or(|until| now < until)
    }
}

impl World {
    fn path(&self, thing: usize) -> Vec<usize> {
        let mut path = vec![thing];
        while let Some(container) = self.things[*path.last().unwrap()].container {
            path.push(container);
        }
        path
    }

    pub(super) fn verdict(
        &self,
        who: Option<usize>,
        action: &str,
        thing: usize,
        mfa: Option<bool>,
        now: u32,
    ) -> (bool, &'static str) {
        if who.is_some_and(|who| self.principals[who].since > now) {
            return (false, "unknown");
        }
        let path = self.path(thing);
        let Some(states): Option<Vec<_>> = path
            .iter()
            .map(|part| self.things[*part].state(now))
            .collect()
        else {
            return (false, "unknown");
        };
        if states.iter().any(|state| state.removed) {
            return (false, "unknown");
        }
        let organisation = self.things[*path.last().unwrap()].organisation;
        let group = organisation.map(|group| &self.organisations[group]);
        let group_there = group.is_some_and(|group| group.since <= now);

        // Attributes that forbid, or may forbid.
        let banned = who.map(|who| self.principals[who].flagged);
        let frozen = group.map(|group| group.flagged.filter(|_| group_there));
        let suspended = states.iter().any(|state| state.suspended != Some(false));
        let others = [
            banned.is_some_and(|banned| banned != Some(false)),
            frozen.is_some_and(|frozen| frozen != Some(false)),
            action == "edit" && mfa != Some(true),
        ];
        let staff = !others.contains(&true)
            && action == "view"
            && self.grants.iter().any(|grant| {
                Some(grant.principal) == who && grant.holds(now) && path.contains(&grant.other)
            });
        if suspended || others.contains(&true) {
            return (false, if staff { "entry" } else { "forbidden" });
        }

        // Owners and members, from the inside out, until the members are its own.
        let mut inner = path
            .iter()
            .zip(&states)
            .scan(true, |counts, (part, state)| {
                counts.then(|| {
                    *counts = !state.own_members;
                    (*part, *state)
                })
            });
        let counted: Vec<_> = inner.by_ref().collect();
        if who.is_some()
            && counted.iter().any(|(_, state)| state.owner == who)
            && role_may("admin", action)
        {
            return (true, "owner");
        }
        let is_member = self.members.iter().any(|tie| {
            Some(tie.principal) == who
                && tie.holds(now)
                && role_may(tie.role, action)
                && counted.iter().any(|(part, _)| *part == tie.other)
        });
        if is_member {
            return (true, "member");
        }

        // Levels.
        let reached = states.iter().filter_map(|state| {
            let level = state.level?;
            match self.gate {
                Some(Level::Public) if level == Level::Public && !state.cleared => {
                    Some(Level::Internal)
                }
                Some(Level::Internal) if level >= Level::Internal && !state.cleared => {
                    Some(Level::Private)
                }
                _ => Some(level),
            }
        });
        let mut reach = reached.min();
        // What has no level of its own, and was in no scan, is seen below the gate at most.
        let unscanned = states[0].level.is_none() && !states[0].cleared;
        match self.gate {
            Some(Level::Public) if unscanned => reach = reach.min(Some(Level::Internal)),
            Some(Level::Internal) if unscanned => reach = reach.min(Some(Level::Private)),
            _ => {}
        }
        if matches!(action, "view" | "fork") {
            let seated = self.seats.iter().any(|seat| {
                Some(seat.principal) == who && seat.holds(now) && Some(seat.other) == organisation
            });
            if reach >= Some(Level::Internal) && seated && group_there {
                return (true, "internal");
            }
            if reach == Some(Level::Public) {
                return (true, "public");
            }
        }
        (false, if staff { "entry" } else { "nothing" })
    }
}
