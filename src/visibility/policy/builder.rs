//! Building a policy.

use std::time::Duration;

use super::{
    ActionId, ActionRules, Denial, DenyClause, Gate, GateClause, On, StaffClause, StaffRule,
    VisibilityRules,
};
use crate::Error;
use crate::decision::ClauseId;
use crate::error::VisibilityCause;
use crate::visibility::{Action, Attribute, Level, MemberRole};

/// How [`VisibilityRules`] are put together. Everything is checked by [`build`](Self::build).
#[derive(Clone, Debug, Default)]
pub struct VisibilityRulesBuilder {
    actions: Vec<Action>,
    attributes: Vec<(On, Attribute)>,
    owner: Vec<(ClauseId, Vec<Action>)>,
    roles: Vec<(ClauseId, MemberRole, Vec<Action>)>,
    internal: Vec<(ClauseId, Vec<Action>)>,
    public: Vec<(ClauseId, Vec<Action>)>,
    denials: Vec<DenyClause>,
    staff: Vec<StaffClause>,
    gate: Vec<GateClause>,
    fork: Vec<ClauseId>,
}

impl VisibilityRulesBuilder {
    /// Declares actions. A clause may name no others.
    #[must_use]
    pub fn actions(mut self, actions: impl IntoIterator<Item = Action>) -> Self {
        self.actions.extend(actions);
        self
    }

    /// Declares an attribute that no clause names, so that facts may state it.
    #[must_use]
    pub fn attribute(mut self, on: On, attribute: Attribute) -> Self {
        self.attributes.push((on, attribute));
        self
    }

    /// Permits actions to the owner of a resource or of what contains it.
    #[must_use]
    pub fn owner(mut self, clause: ClauseId, actions: impl IntoIterator<Item = Action>) -> Self {
        self.owner.push((clause, actions.into_iter().collect()));
        self
    }

    /// Permits actions to members of a resource, or of what contains it, who have
    /// accepted, in this role.
    #[must_use]
    pub fn role(
        mut self,
        clause: ClauseId,
        role: MemberRole,
        actions: impl IntoIterator<Item = Action>,
    ) -> Self {
        let actions = actions.into_iter().collect();
        self.roles.push((clause, role, actions));
        self
    }

    /// Permits actions on internal and public resources to active members of the
    /// organisation.
    #[must_use]
    pub fn internal(mut self, clause: ClauseId, actions: impl IntoIterator<Item = Action>) -> Self {
        self.internal.push((clause, actions.into_iter().collect()));
        self
    }

    /// Permits actions on public resources to anyone.
    #[must_use]
    pub fn public(mut self, clause: ClauseId, actions: impl IntoIterator<Item = Action>) -> Self {
        self.public.push((clause, actions.into_iter().collect()));
        self
    }

    /// Adds a clause that forbids.
    #[must_use]
    pub fn deny(mut self, clause: DenyClause) -> Self {
        self.denials.push(clause);
        self
    }

    /// Adds a clause by which staff may.
    #[must_use]
    pub fn staff(mut self, clause: StaffClause) -> Self {
        self.staff.push(clause);
        self
    }

    /// Asks for a scan before a resource may be seen further.
    #[must_use]
    pub fn gate(mut self, clause: GateClause) -> Self {
        self.gate.push(clause);
        self
    }

    /// Allows forks, to whoever is permitted the action [`Action::FORK`].
    #[must_use]
    pub fn fork(mut self, clause: ClauseId) -> Self {
        self.fork.push(clause);
        self
    }

    /// Checks it all.
    ///
    /// # Errors
    /// `Config` where a clause, an action, a role or the owner's, the internal, the
    /// public, the gate's or the fork's clause is declared twice, or a clause names an
    /// action that is not declared; `Limit` where there are more names or clauses than
    /// the limits of [`VisibilityRules`] say.
    pub fn build(self) -> Result<VisibilityRules, Error> {
        let mut draft = Draft::new(self.actions)?;
        for (on, attribute) in self.attributes {
            draft.attribute(on, attribute)?;
        }
        for clause in self.denials {
            draft.deny(clause)?;
        }
        let owner = draft.single(self.owner, "clause for owners", |rules| &mut rules.owner)?;
        for (clause, role, actions) in self.roles {
            draft.role(clause, role, &actions)?;
        }
        let internal = draft.single(self.internal, "internal clause", |rules| {
            &mut rules.internal
        })?;
        let public = draft.single(self.public, "public clause", |rules| &mut rules.public)?;
        for clause in self.staff {
            draft.staff(clause)?;
        }
        let gate = only(self.gate, "clause for the gate")?;
        let gate = gate.map(|gate| draft.gate(gate)).transpose()?;
        let fork = only(self.fork, "clause for forks")?;
        let fork = fork.map(|fork| draft.clause(fork)).transpose()?;
        Ok(VisibilityRules {
            owner,
            internal,
            public,
            gate,
            fork,
            ..draft.policy
        })
    }
}

/// A policy under construction.
struct Draft {
    policy: VisibilityRules,
}

impl Draft {
    fn new(actions: Vec<Action>) -> Result<Self, Error> {
        let what = "actions";
        let limit = VisibilityRules::MAX_NAMES;
        if actions.len() > limit {
            return Err(VisibilityCause::Many { what, limit }.into());
        }
        for (number, action) in actions.iter().enumerate() {
            if actions.iter().take(number).any(|known| known == action) {
                return Err(twice("action").with_id(action.as_str()));
            }
        }
        Ok(Self {
            policy: VisibilityRules {
                table: vec![ActionRules::default(); actions.len()],
                actions,
                roles: Vec::new(),
                attributes: Default::default(),
                clauses: Vec::new(),
                owner: None,
                internal: None,
                public: None,
                denials: Vec::new(),
                staff: Vec::new(),
                gate: None,
                fork: None,
            },
        })
    }

    fn clause(&mut self, clause: ClauseId) -> Result<u16, Error> {
        let clauses = &mut self.policy.clauses;
        if clauses.contains(&clause) {
            return Err(twice("clause").with_id(clause.as_str()));
        }
        let (what, limit) = ("clauses", VisibilityRules::MAX_CLAUSES);
        let number = u16::try_from(clauses.len()).unwrap_or(u16::MAX);
        if clauses.len() >= limit {
            return Err(VisibilityCause::Many { what, limit }.into());
        }
        clauses.push(clause);
        Ok(number)
    }

    fn action(&self, action: &Action) -> Result<ActionId, Error> {
        let found = self.policy.action(action.as_str());
        found.ok_or_else(|| {
            Error::from(VisibilityCause::Missing { what: "action" }).with_id(action.as_str())
        })
    }

    fn bits(&self, actions: &[Action]) -> Result<u64, Error> {
        let mut bits = 0;
        for action in actions {
            bits |= self.action(action)?.bit();
        }
        Ok(bits)
    }

    /// What holds for each of the actions.
    fn rules(&mut self, bits: u64) -> impl Iterator<Item = &mut ActionRules> {
        let numbered = (0..).zip(&mut self.policy.table);
        numbered.filter_map(move |(number, rules)| {
            (bits & ActionId(number).bit() != 0).then_some(rules)
        })
    }

    fn attribute(&mut self, on: On, attribute: Attribute) -> Result<u16, Error> {
        if let Some(bit) = self.policy.attribute_bit(on, &attribute) {
            return Ok(bit);
        }
        let (what, limit) = ("attributes", VisibilityRules::MAX_ATTRIBUTES);
        let known = self.policy.attributes.get_mut(on.number());
        let known = known.filter(|known| known.len() < limit);
        let known = known.ok_or(VisibilityCause::Many { what, limit })?;
        known.push(attribute);
        Ok(1 << (known.len() - 1))
    }

    fn single(
        &mut self,
        declared: Vec<(ClauseId, Vec<Action>)>,
        what: &'static str,
        ground: impl Fn(&mut ActionRules) -> &mut bool,
    ) -> Result<Option<u16>, Error> {
        let Some((clause, actions)) = only(declared, what)? else {
            return Ok(None);
        };
        let number = self.clause(clause)?;
        let bits = self.bits(&actions)?;
        self.rules(bits).for_each(|rules| *ground(rules) = true);
        Ok(Some(number))
    }

    fn role(
        &mut self,
        clause: ClauseId,
        role: MemberRole,
        actions: &[Action],
    ) -> Result<(), Error> {
        if self.policy.role_number(&role).is_some() {
            return Err(twice("role").with_id(role.as_str()));
        }
        let (what, limit) = ("roles", VisibilityRules::MAX_NAMES);
        let number = self.policy.roles.len();
        if number >= limit {
            return Err(VisibilityCause::Many { what, limit }.into());
        }
        let clause = self.clause(clause)?;
        let bits = self.bits(actions)?;
        self.policy.roles.push((role, clause));
        self.rules(bits)
            .for_each(|rules| rules.roles |= 1 << number);
        Ok(())
    }

    fn deny(&mut self, deny: DenyClause) -> Result<(), Error> {
        let clause = self.clause(deny.clause)?;
        let actions = match &deny.actions {
            Some(actions) => self.bits(actions)?,
            None => u64::MAX,
        };
        let (on, value) = (deny.on, deny.value);
        let attribute = self.attribute(on, deny.attribute)?;
        for rules in self.rules(actions) {
            let side = if value {
                &mut rules.when
            } else {
                &mut rules.unless
            };
            for bits in [side, &mut rules.needed] {
                if let Some(bits) = bits.get_mut(on.number()) {
                    *bits |= attribute;
                }
            }
        }
        self.policy.denials.push(Denial {
            clause,
            on,
            attribute,
            value,
            actions,
            spares_staff: deny.spares_staff,
        });
        Ok(())
    }

    fn staff(&mut self, staff: StaffClause) -> Result<(), Error> {
        let rule = StaffRule {
            clause: self.clause(staff.clause)?,
            reason: staff.reason,
            actions: self.bits(&staff.actions)?,
            categories: staff.categories,
            longest: nanoseconds(staff.longest),
        };
        let known = &mut self.policy.staff;
        if known.iter().any(|known| known.reason == rule.reason) {
            return Err(twice("kind of reason").with_id(rule.reason.as_str()));
        }
        known.push(rule);
        Ok(())
    }

    fn gate(&mut self, gate: GateClause) -> Result<Gate, Error> {
        if gate.from == Level::Private {
            return Err(VisibilityCause::Unfit("gate begins at the private level").into());
        }
        Ok(Gate {
            clause: self.clause(gate.clause)?,
            from: gate.from,
            rule_set: gate.rule_set,
            max_age: nanoseconds(gate.max_age),
            never_waived: gate.never_waived,
        })
    }
}

fn only<T>(declared: Vec<T>, what: &'static str) -> Result<Option<T>, Error> {
    let mut declared = declared.into_iter();
    let first = declared.next();
    match declared.next() {
        Some(_) => Err(twice(what)),
        None => Ok(first),
    }
}

fn twice(what: &'static str) -> Error {
    VisibilityCause::Twice { what }.into()
}

fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
