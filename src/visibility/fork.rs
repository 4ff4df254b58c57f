//! Forks: copies with an owner of their own.

use super::{Action, Asker, Level, NewResource, Principal, Resource, VisibilityFacts};
use crate::Error;
use crate::error::VisibilityCause;
use crate::time::Moment;

/// A fork that was made, and what the product is to copy into it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it says what to copy, and what not to"]
pub struct ForkPlan {
    fork: Resource,
    copied: Vec<Resource>,
    left_out: Vec<Resource>,
}

impl ForkPlan {
    /// Returns the fork.
    #[must_use]
    pub const fn fork(&self) -> Resource {
        self.fork
    }

    /// Returns the contents of the source to copy, containers before what lies
    /// in them.
    #[must_use]
    pub fn copied(&self) -> &[Resource] {
        &self.copied
    }

    /// Returns the contents of the source that must not be copied, together with what lies in them:
    /// secrets, and resources that the asker may not fork.
    #[must_use]
    pub fn left_out(&self) -> &[Resource] {
        &self.left_out
    }
}

impl VisibilityFacts {
    /// Forks a resource: adds one that belongs to the asker, is visible no further than the
    /// source is now, and records its source.
    ///
    /// Without a level of its own it is private. What becomes of the source later does
    /// not change the fork. A fork has passed no gate: from the level of the gate on,
    /// publish it with a scan of its own.
    ///
    /// # Errors
    /// `Refused` where the policy allows no forks, they may not fork the source, it is a
    /// secret, the fork would be seen further than it, or they are not an active member
    /// of the fork's organisation; `Config` where the fork lies in a container; those of
    /// [`add_resource`](Self::add_resource). Nothing is added then.
    pub fn fork<'a>(
        &mut self,
        asker: impl Into<Asker<'a>>,
        source: Resource,
        fork: NewResource<'_>,
        now: Moment,
    ) -> Result<ForkPlan, Error> {
        let asker = asker.into();
        let by = asker.principal;
        let refused = |why| Error::from(VisibilityCause::Refused(why));
        let action = self
            .policy
            .fork
            .and_then(|_| self.policy.action(Action::FORK));
        let action = action.ok_or_else(|| refused("policy allows no forks"))?;
        let denied = || refused("fork is denied");
        let inquiry = self.inquiry(asker, action, now);
        let inquiry = inquiry.map_err(|_| denied())?;
        if by == Principal::ANONYMOUS || !inquiry.verdict(source).is_allow() {
            return Err(denied());
        }
        let walk = inquiry.walk(source).ok_or_else(denied)?;
        if self.path(source).any(|(_, row)| row.state.now.is_secret()) {
            return Err(refused("secrets are not forked"));
        }
        if fork.container.is_some() {
            return Err(VisibilityCause::Unfit("fork lies in a container").into());
        }
        let level = fork.level.unwrap_or(Level::Private);
        let reach = walk.reach.unwrap_or(Level::Private);
        let organisation = fork.organisation.map(|organisation| organisation.0);
        if level > reach {
            return Err(refused("fork would be seen further than its source"));
        }
        if level == Level::Internal
            && reach == Level::Internal
            && organisation != Some(walk.organisation)
        {
            return Err(refused("fork would be internal to another organisation"));
        }
        if organisation.is_some_and(|organisation| !inquiry.has_seat(organisation)) {
            return Err(refused("not a member of the organisation of the fork"));
        }
        let (mut copied, mut left_out) = (Vec::new(), Vec::new());
        let mut waiting: Vec<_> = self.children(source.0).collect();
        while let Some(number) = waiting.pop() {
            let part = Resource(number);
            let Ok(state) = self.current(part) else {
                continue;
            };
            if state.is_removed() {
                continue;
            }
            if state.is_secret() || !inquiry.verdict(part).is_allow() {
                left_out.push(part);
            } else {
                copied.push(part);
                waiting.extend(self.children(number));
            }
        }
        left_out.sort_unstable();
        copied.sort_unstable();
        let fork = fork.level(level).owner(by).forked_from(source);
        let fork = self.add_resource(fork, now)?;
        Ok(ForkPlan {
            fork,
            copied,
            left_out,
        })
    }

    /// Returns the resource that one is a fork of.
    #[must_use]
    pub fn source(&self, fork: Resource) -> Option<Resource> {
        self.sources.get(&fork.0).copied().map(Resource)
    }

    /// Returns the forks of a resource, and theirs, that were not removed.
    #[must_use]
    pub fn forks(&self, source: Resource) -> Vec<Resource> {
        let mut found = Vec::new();
        let mut waiting = vec![source.0];
        while let Some(number) = waiting.pop() {
            let forks = self.forks.get(&number).into_iter().flatten();
            for fork in forks {
                waiting.push(*fork);
                let state = self.current(Resource(*fork));
                if state.is_ok_and(|state| !state.is_removed()) {
                    found.push(Resource(*fork));
                }
            }
        }
        found.sort_unstable();
        found
    }
}
