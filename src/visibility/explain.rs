//! Decisions in full: what decided, what is missing, and what would change it.

use std::fmt;

use super::decide::{Inquiry, Walk};
use super::facts::{Chain, NONE, lesser};
use super::policy::ActionId;
use super::{
    AccessRefusal, AccessVerdict, Asker, Attribute, Ground, Level, MemberRole, On, Principal,
    Resource, VisibilityFacts,
};
use crate::decision::{Decision, Effect, Reason};
use crate::time::Moment;

/// A decision in full.
///
/// Its `Display` is one line, such as "deny: nothing permits it; missing: an invitation;
/// would be allowed if invited as `viewer`, or if the resource were internal".
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a decision that is not looked at enforces nothing"]
pub struct AccessExplanation {
    verdict: AccessVerdict,
    decision: Decision,
    missing: Vec<MissingGround>,
    needed: Vec<Remedy>,
    alternatives: Vec<Vec<Remedy>>,
}

/// What is missing for an action to be permitted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissingGround {
    /// The action is not one of the policy.
    Action,
    /// An attribute is not known.
    Attribute(On, Attribute),
    /// No version of the content passed the gate.
    Clearance,
    /// The entry in the audit log that a grant for staff waits for.
    Entry,
    /// The principal was not invited.
    Invitation,
    /// The principal was invited, and has not accepted.
    Acceptance,
    /// The level: the resource can be seen less far.
    Level(Level),
    /// The principal's membership of the resource has ended, or has not begun.
    Membership,
    /// The moment is outside of those that facts are about.
    Moment,
    /// The resource belongs to no organisation.
    Organisation,
    /// The principal is not an active member of the organisation.
    OrganisationMembership,
    /// The principal is not known.
    Principal,
    /// The resource is not known.
    Resource,
    /// The principal is a member in a role that may not.
    Role,
    /// Nobody in particular asks.
    SignIn,
}

/// Something that would change a denial.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// An open invitation is accepted.
    Accept,
    /// A version of the content passes the gate.
    Clear,
    /// The principal is made a member of the resource in this role.
    Invite(MemberRole),
    /// The principal becomes an active member of the organisation.
    Join,
    /// The level becomes this one, for the resource and for all that contains it.
    Raise(Level),
    /// A membership that has ended, or has not begun, in this role holds.
    Renew(MemberRole),
    /// An attribute is stated to have this value, wherever the clause looks for it.
    State(On, Attribute, bool),
    /// The entry of a grant for staff is written into the audit log.
    WriteEntry,
}

impl AccessExplanation {
    /// Returns the verdict.
    pub const fn verdict(&self) -> AccessVerdict {
        self.verdict
    }

    /// Returns the decision, with the clauses that decided and those that lost.
    pub const fn decision(&self) -> &Decision {
        &self.decision
    }

    /// Takes the decision out.
    pub fn into_decision(self) -> Decision {
        self.decision
    }

    /// Returns whether it is permitted.
    #[must_use]
    pub const fn is_allow(&self) -> bool {
        self.verdict.is_allow()
    }

    /// Returns exactly what is missing; nothing where it is permitted.
    #[must_use]
    pub fn missing(&self) -> &[MissingGround] {
        &self.missing
    }

    /// Returns what must change in any case for it to be permitted.
    #[must_use]
    pub fn needed(&self) -> &[Remedy] {
        &self.needed
    }

    /// Returns the ways in which it would be permitted: with all of one of them, besides
    /// what is [needed](Self::needed) in any case. Where there are none and something is
    /// needed, that is enough; where nothing is either, nothing here would help.
    #[must_use]
    pub fn alternatives(&self) -> &[Vec<Remedy>] {
        &self.alternatives
    }
}

impl VisibilityFacts {
    /// Explains the [`verdict`](Self::verdict) on the same question.
    pub fn explain<'a>(
        &self,
        asker: impl Into<Asker<'a>>,
        action: ActionId,
        resource: Resource,
        at: Moment,
    ) -> AccessExplanation {
        let asker = asker.into();
        let principal = asker.principal;
        let verdict = self.verdict(asker, action, resource, at);
        let mut explanation = AccessExplanation {
            verdict,
            decision: self.simple(verdict),
            missing: Vec::new(),
            needed: Vec::new(),
            alternatives: Vec::new(),
        };
        let Ok(inquiry) = self.inquiry(asker, action, at) else {
            explanation.missing.extend(unknown(verdict));
            return explanation;
        };
        let Some(walk) = inquiry.walk(resource) else {
            explanation.missing.extend(unknown(verdict));
            return explanation;
        };
        let question = Question {
            facts: self,
            inquiry,
            action,
            principal,
            resource,
        };
        if verdict.is_allow() {
            explanation.decision = question.with_others(verdict, &walk);
        } else {
            question.explain_denial(&walk, &mut explanation);
        }
        explanation
    }

    /// The decision that a verdict says by itself.
    fn simple(&self, verdict: AccessVerdict) -> Decision {
        let reason = match self.policy.clause(verdict) {
            Some(clause) => Reason::new(clause.clone(), verdict.why()),
            None => Reason::without_clause(verdict.why()),
        };
        if verdict.is_allow() {
            Decision::allow(reason)
        } else {
            Decision::deny(reason)
        }
    }
}

/// What is missing where somebody or something is not known.
fn unknown(verdict: AccessVerdict) -> Option<MissingGround> {
    match verdict.refusal()? {
        AccessRefusal::ActionUnknown => Some(MissingGround::Action),
        AccessRefusal::PrincipalUnknown => Some(MissingGround::Principal),
        AccessRefusal::ResourceUnknown => Some(MissingGround::Resource),
        AccessRefusal::TimeUnknown => Some(MissingGround::Moment),
        _ => None,
    }
}

struct Question<'f> {
    facts: &'f VisibilityFacts,
    inquiry: Inquiry<'f>,
    action: ActionId,
    principal: Principal,
    resource: Resource,
}

impl Question<'_> {
    /// A permission, with the grounds that were not needed.
    fn with_others(&self, verdict: AccessVerdict, walk: &Walk) -> Decision {
        let mut decision = self.facts.simple(verdict);
        for other in self.grounds(walk).filter(|other| *other != verdict) {
            if let Some(clause) = self.facts.policy.clause(other) {
                let reason = Reason::new(clause.clone(), other.why());
                decision = decision.with_lost(Effect::Allow, reason);
            }
        }
        decision
    }

    /// Every ground that permits it.
    fn grounds(&self, walk: &Walk) -> impl Iterator<Item = AccessVerdict> {
        let owner = Walk {
            role: super::verdict::NO_CLAUSE,
            reach: None,
            ..*walk
        };
        let member = Walk {
            owns: false,
            reach: None,
            ..*walk
        };
        let levels = [Level::Internal, Level::Public].map(|level| Walk {
            owns: false,
            role: super::verdict::NO_CLAUSE,
            reach: walk.reach.filter(|reach| *reach >= level).map(|_| level),
            // Without the organisation, a public resource is public alone.
            organisation: if level == Level::Public {
                NONE
            } else {
                walk.organisation
            },
            ..*walk
        });
        let [internal, public] = levels;
        let walks = [owner, member, internal, public].into_iter();
        let found: Vec<_> = walks
            .filter_map(|walk| self.inquiry.ground(&walk))
            .collect();
        found.into_iter()
    }

    fn explain_denial(&self, walk: &Walk, explanation: &mut AccessExplanation) {
        let policy = &self.facts.policy;
        let staff = explanation.verdict.refusal() == Some(AccessRefusal::EntryMissing);
        let ground = self.inquiry.ground(walk);
        let (mut denied, mut hopeless) = (Vec::new(), false);
        for (denial, applies) in self.inquiry.denials(walk) {
            let known = policy.attributes.get(denial.on.number());
            let attribute =
                known.and_then(|all| all.get(denial.attribute.trailing_zeros() as usize));
            let Some((attribute, clause)) = attribute.zip(policy.clause_id(denial.clause)) else {
                continue;
            };
            // Of an organisation that is not there nothing can be stated.
            let gone = denial.on == On::Organisation
                && self.inquiry.organisation(walk.organisation).is_none();
            hopeless |= gone;
            if gone {
                push_new(&mut explanation.missing, MissingGround::Organisation);
            } else if !applies {
                let missing = MissingGround::Attribute(denial.on, attribute.clone());
                push_new(&mut explanation.missing, missing);
            }
            let remedy = Remedy::State(denial.on, attribute.clone(), !denial.value);
            if !staff {
                push_new(&mut explanation.needed, remedy);
            }
            let refusal = if applies {
                AccessRefusal::Forbidden
            } else {
                AccessRefusal::AttributeUnknown
            };
            denied.push(Decision::deny(Reason::new(clause.clone(), refusal.why())));
        }
        if !denied.is_empty() && !staff {
            explanation.decision = Decision::all(denied);
            for ground in self.grounds(walk) {
                if let Some(clause) = policy.clause(ground) {
                    let reason = Reason::new(clause.clone(), ground.why());
                    let decision = std::mem::take(&mut explanation.decision);
                    explanation.decision = decision.with_lost(Effect::Allow, reason);
                }
            }
        }
        if staff {
            explanation.missing.push(MissingGround::Entry);
            explanation.alternatives.push(vec![Remedy::WriteEntry]);
        }
        // What is denied besides would stay denied to anyone but staff.
        if ground.is_none() && !(staff && self.inquiry.denials(walk).next().is_some()) {
            self.as_member(explanation);
            self.as_anyone(Ground::Internal, walk, explanation);
            // Where the organisation would do, nobody need suggest to tell the world.
            let rules = self.facts.policy.rules(self.action);
            let internal = rules.is_some_and(|rules| rules.internal);
            if !(internal && self.inquiry.has_seat(walk.organisation)) {
                self.as_anyone(Ground::Public, walk, explanation);
            }
            prune(&mut explanation.alternatives);
        }
        if hopeless {
            explanation.needed.clear();
            explanation.alternatives.clear();
        }
    }

    /// What is missing to be permitted as a member.
    fn as_member(&self, explanation: &mut AccessExplanation) {
        let facts = self.facts;
        let Some(rules) = facts
            .policy
            .rules(self.action)
            .filter(|rules| rules.roles != 0)
        else {
            return;
        };
        if self.principal == Principal::ANONYMOUS {
            explanation.missing.push(MissingGround::SignIn);
            return;
        }
        let (mut missing, mut remedy) = (MissingGround::Invitation, None);
        let mut counts = true;
        for (Resource(number), row) in facts.path(self.resource) {
            let state = row.state.at(&facts.resource_histories, self.inquiry.at);
            let pair = facts.pairs.get(self.principal.0, number).filter(|_| counts);
            let first = pair.map(|pair| pair.latest);
            let members = Chain::new(&facts.memberships, first.unwrap_or(NONE), |member| {
                member.next
            });
            for (_, member) in members {
                let role = facts.policy.roles.get(usize::from(member.role));
                let may = rules.roles >> (member.role % 64) & 1 == 1;
                let Some((role, _)) = role.filter(|_| may) else {
                    let holds = member.span.holds(self.inquiry.at);
                    if holds && remedy.is_none() {
                        missing = MissingGround::Role;
                    }
                    continue;
                };
                if member.span.is_pending() && self.inquiry.at < member.span.until {
                    missing = MissingGround::Acceptance;
                    remedy = Some(Remedy::Accept);
                } else if !member.span.is_pending() && remedy != Some(Remedy::Accept) {
                    missing = MissingGround::Membership;
                    remedy = Some(Remedy::Renew(role.clone()));
                }
            }
            counts &= state.is_some_and(|state| !state.has_own_members());
        }
        explanation.missing.push(missing);
        let remedy = remedy.or_else(|| self.least_role().map(Remedy::Invite));
        explanation
            .alternatives
            .extend(remedy.map(|remedy| vec![remedy]));
    }

    /// The role that may do this and the least else.
    fn least_role(&self) -> Option<MemberRole> {
        let policy = &self.facts.policy;
        let may = |number: usize, action: usize| {
            let rules = policy.table.get(action);
            rules.is_some_and(|rules| rules.roles >> number & 1 == 1)
        };
        let roles = policy.roles.iter().enumerate();
        let roles = roles.filter(|(number, _)| may(*number, usize::from(self.action.0)));
        let least = roles.min_by_key(|(number, _)| {
            (0..policy.table.len())
                .filter(|action| may(*number, *action))
                .count()
        });
        least.map(|(_, (role, _))| role.clone())
    }

    /// What is missing to be permitted by the level.
    fn as_anyone(&self, ground: Ground, walk: &Walk, explanation: &mut AccessExplanation) {
        let facts = self.facts;
        let Some(rules) = facts.policy.rules(self.action) else {
            return;
        };
        let (level, may) = match ground {
            Ground::Internal => (Level::Internal, rules.internal),
            _ => (Level::Public, rules.public),
        };
        if !may {
            return;
        }
        let mut remedies = Vec::new();
        if ground == Ground::Internal {
            if self.principal == Principal::ANONYMOUS {
                push_new(&mut explanation.missing, MissingGround::SignIn);
                return;
            }
            if self.inquiry.organisation(walk.organisation).is_none() {
                explanation.missing.push(MissingGround::Organisation);
                return;
            }
            if !self.inquiry.has_seat(walk.organisation) {
                explanation
                    .missing
                    .push(MissingGround::OrganisationMembership);
                remedies.push(Remedy::Join);
            }
        }
        if walk.reach.is_none_or(|reach| reach < level) {
            let states = facts
                .path(self.resource)
                .filter_map(|(_, row)| row.state.at(&facts.resource_histories, self.inquiry.at));
            let states: Vec<_> = states.copied().collect();
            let set = states.iter().map(|state| state.level()).fold(None, lesser);
            let raised = set.is_none_or(|set| set < level);
            if raised {
                explanation.missing.push(MissingGround::Level(level));
                remedies.push(Remedy::Raise(level));
            }
            // What the levels are then. Where the resource has none of its own, it takes
            // that one over, or gets it where none is set at all.
            let gate = facts.policy.gate_from().filter(|gate| *gate <= level);
            let needs_gate = gate.is_some_and(|gate| {
                let mut levels = states.iter().enumerate().filter_map(|(number, state)| {
                    let own = state.level().or((number == 0).then_some(level));
                    own.map(|own| (own.max(level), state.is_cleared()))
                });
                levels.any(|(own, cleared)| own >= gate && !cleared)
            });
            if needs_gate {
                push_new(&mut explanation.missing, MissingGround::Clearance);
                remedies.push(Remedy::Clear);
            }
        }
        explanation.alternatives.push(remedies);
    }
}

/// Leaves out alternatives of which a part is an alternative by itself.
fn prune(alternatives: &mut Vec<Vec<Remedy>>) {
    let all = alternatives.clone();
    let is_part =
        |one: &[Remedy], other: &[Remedy]| one.iter().all(|remedy| other.contains(remedy));
    alternatives.retain(|remedies| {
        let mut others = all.iter().filter(|other| other.len() < remedies.len());
        !others.any(|other| is_part(other, remedies))
    });
    alternatives.dedup();
}

fn push_new<T: PartialEq>(all: &mut Vec<T>, item: T) {
    if !all.contains(&item) {
        all.push(item);
    }
}

impl fmt::Display for AccessExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.decision.fmt(f)?;
        list(f, "; missing: ", &self.missing, ", ")?;
        if self.needed.is_empty() && self.alternatives.is_empty() {
            return Ok(());
        }
        f.write_str("; would be allowed if ")?;
        list(f, "", &self.needed, " and ")?;
        for (at, remedies) in self.alternatives.iter().enumerate() {
            let before = match (at, self.needed.is_empty()) {
                (0, true) => "",
                (0, false) => ", and besides if ",
                _ => ", or if ",
            };
            list(f, before, remedies, " and ")?;
        }
        Ok(())
    }
}

fn list<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    before: &str,
    items: &[T],
    between: &str,
) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if at == 0 { before } else { between })?;
    }
    Ok(())
}

impl fmt::Display for MissingGround {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Action => f.write_str("an action of the policy"),
            Self::Attribute(on, attribute) => write!(f, "`{attribute}` of {on}"),
            Self::Clearance => f.write_str("a scan that passes the gate"),
            Self::Entry => f.write_str("an entry in the audit log"),
            Self::Invitation => f.write_str("an invitation"),
            Self::Acceptance => f.write_str("the acceptance of the invitation"),
            Self::Level(level) => write!(f, "the level {level}"),
            Self::Membership => f.write_str("a membership at that time"),
            Self::Moment => f.write_str("a moment that facts are about"),
            Self::Organisation => f.write_str("an organisation of the resource"),
            Self::OrganisationMembership => f.write_str("membership in the organisation"),
            Self::Principal => f.write_str("a known principal"),
            Self::Resource => f.write_str("a known resource"),
            Self::Role => f.write_str("a role that may"),
            Self::SignIn => f.write_str("a sign-in"),
        }
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accept => f.write_str("the invitation were accepted"),
            Self::Clear => f.write_str("its content had passed the gate"),
            Self::Invite(role) => write!(f, "invited as `{role}`"),
            Self::Join => f.write_str("a member of the organisation"),
            Self::Raise(level) => write!(f, "the resource were {level}"),
            Self::Renew(role) => write!(f, "the membership as `{role}` held"),
            Self::State(on, attribute, value) => write!(f, "`{attribute}` were {value} of {on}"),
            Self::WriteEntry => f.write_str("the grant were in the audit log"),
        }
    }
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resource => "the resource",
            Self::Principal => "the principal",
            Self::Organisation => "the organisation",
            Self::Request => "the request",
        })
    }
}
