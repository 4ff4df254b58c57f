//! A population to decide about: who is what, in plain numbers, and what is asked.

/// Who is what.
pub(crate) struct Population {
    pub(crate) organisations: usize,
    /// The organisation of each user.
    pub(crate) users: Vec<usize>,
    pub(crate) workspaces: Vec<Workspace>,
}

pub(crate) struct Workspace {
    pub(crate) owner: usize,
    pub(crate) organisation: usize,
    /// 0 for private, 1 for internal, 2 for public.
    pub(crate) level: u8,
    pub(crate) suspended: bool,
    pub(crate) members: Vec<usize>,
}

/// May this user view this workspace?
pub(crate) struct Query {
    /// Nobody in particular where there is none.
    pub(crate) user: Option<usize>,
    pub(crate) workspace: usize,
}

/// Numbers that look random and are the same each time: PCG.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 22)) >> 22;
        (mixed % bound.max(1) as u64) as usize
    }
}

impl Population {
    /// So many entities: 48 % of them workspaces, 2 % organisations, the rest users.
    pub(crate) fn new(entities: usize, numbers: &mut Numbers) -> Self {
        let workspaces = entities * 48 / 100;
        let organisations = (entities * 2 / 100).max(1);
        let users: Vec<_> = (0..entities - workspaces - organisations)
            .map(|_| numbers.below(organisations))
            .collect();
        let workspace = |_| {
            let owner = numbers.below(users.len());
            let members = numbers.below(6);
            Workspace {
                owner,
                organisation: users[owner],
                level: numbers.below(3) as u8,
                suspended: numbers.below(50) == 0,
                members: (0..members).map(|_| numbers.below(users.len())).collect(),
            }
        };
        let workspaces = (0..workspaces).map(workspace).collect();
        Self {
            organisations,
            users,
            workspaces,
        }
    }

    /// Questions of which about half are to be answered with yes: by members and owners,
    /// by anyone, and by nobody in particular.
    pub(crate) fn queries(&self, count: usize, numbers: &mut Numbers) -> Vec<Query> {
        let query = |_| {
            let workspace = numbers.below(self.workspaces.len());
            let target = &self.workspaces[workspace];
            let user = match numbers.below(10) {
                0 => None,
                1 => Some(target.owner),
                2 | 3 if !target.members.is_empty() => {
                    Some(target.members[numbers.below(target.members.len())])
                }
                _ => Some(numbers.below(self.users.len())),
            };
            Query { user, workspace }
        };
        (0..count).map(query).collect()
    }
}
