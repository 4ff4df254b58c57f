//! Decisions in the audit log, and their replay.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::Policy;
use crate::audit::{Entry, Identifier, Log, LogKey, Outcome};
use crate::codec::Writer;
use crate::consent::{self, Signals};
use crate::decision::{Decision, Effect, Reason};
use crate::error::{Error, ErrorKind, PolicyCause};
use crate::retention::{History, Holds, Record};
use crate::taxonomy::{DataCategory, Purpose};
use crate::time::Moment;
use crate::visibility::{self, AccessContext};

/// The version of the form in which decisions are digested.
const FORMAT: u8 = 1;

/// What a decision is asked about, with all that it depends on besides the policy and the
/// moment.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Question<'a> {
    /// Whether data of a category may be used for a purpose.
    Consent {
        /// The facts about the data subject.
        facts: &'a consent::ConsentFacts,
        /// The purpose.
        purpose: &'a Purpose,
        /// The category.
        category: &'a DataCategory,
        /// What the request says of itself.
        signals: Signals,
    },
    /// Whether the action that retention demands of a record may be taken: by the schedule
    /// of the policy, or by [all that there were](DecisionLog::with_history).
    Retention {
        /// The record.
        record: &'a Record<'a>,
        /// The holds.
        holds: &'a Holds,
    },
    /// Whether somebody may do something to a resource. The digest of the inputs does not
    /// cover the facts: where somebody later states a fact about the past, such as an earlier
    /// end of a membership, a replay can come out otherwise.
    Visibility {
        /// The facts, under this policy.
        facts: &'a visibility::VisibilityFacts,
        /// The id of whoever asks; `None` for nobody in particular.
        principal: Option<&'a str>,
        /// The action.
        action: &'a str,
        /// The id of the resource.
        resource: &'a str,
        /// What is known of the request.
        context: &'a AccessContext,
    },
    /// A decision that another part of the policy made, such as
    /// [`Recipients::decide`](super::Recipients) or [`Telemetry::decide`](super::Telemetry::decide).
    Made {
        /// What was decided, such as `route`: 1 to 64 letters, digits and `-_.:/`.
        about: &'a str,
        /// All that it depended on, in a form of the caller's own.
        inputs: &'a [u8],
        /// The decision.
        decision: &'a Decision,
    },
}

/// A decision with what it was decided on: the policy, the inputs and the moment, each as
/// a digest or as it is. The same policy, question and moment give the same bytes.
#[derive(Clone, PartialEq, Eq)]
#[must_use = "a decision that is not looked at enforces nothing"]
pub struct Decided {
    about: Box<str>,
    decision: Decision,
    policy: [u8; 32],
    inputs: [u8; 32],
    now: Moment,
}

/// Makes decisions under a policy, and writes each into the audit log before it is
/// returned, where the [policy says so](Self::writes): `decisions = true` in `[audit]`.
///
/// An entry names the clause that decided, the policy by its digest, the moment, a digest
/// of the inputs under the log's key, and the digest of the whole decision. Whoever has the
/// policy, the inputs and the key can decide again with [`replay`](Self::replay) and hold
/// the bytes against [the entry](Decided::is_in).
///
/// # Example
/// ```
/// use confidant::audit::{Log, LogKey};
/// use confidant::consent::{ConsentFacts, Signals};
/// use confidant::policy::{DecisionLog, Policy, Question};
/// use confidant::taxonomy::{DataCategory, Purpose};
/// use confidant::time::Moment;
///
/// # pollster::block_on(async {
/// // What stands where no policy could be loaded.
/// let decisions = DecisionLog::new(Policy::deny_all()?, Log::in_memory()?, LogKey::generate()?);
/// let (facts, now) = (ConsentFacts::none(), "2026-05-01T00:00:00Z".parse()?);
/// let question = Question::Consent {
///     facts: &facts,
///     purpose: &Purpose::new("training")?,
///     category: &DataCategory::new("chat")?,
///     signals: Signals::new(),
/// };
/// let decision = decisions.decide(&question, now).await?;
/// assert!(!decision.is_allow());
/// # Ok::<(), confidant::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct DecisionLog {
    inner: Arc<Inner>,
}

struct Inner {
    policy: Policy,
    log: Log,
    key: LogKey,
    writes: bool,
    history: Option<History>,
}

impl DecisionLog {
    /// Makes decisions under `policy` and writes them into `log`, with digests of inputs
    /// under `key`.
    #[must_use]
    pub fn new(policy: Policy, log: Log, key: LogKey) -> Self {
        let audit = policy.inner.document.audit.as_ref();
        let writes = policy.denies_all() || audit.is_some_and(|audit| audit.decisions);
        Self {
            inner: Arc::new(Inner {
                policy,
                log,
                key,
                writes,
                history: None,
            }),
        }
    }

    /// Decides about retention by all versions of the schedule: data stays under what was
    /// promised when it was collected. Entries then depend on the versions too, each with
    /// its moment and the digest of its policy, and replay with the same history alone.
    ///
    /// # Errors
    /// `Config` where the last version is not the schedule of this log's policy, or one of
    /// them was not compiled from a policy.
    ///
    /// # Example
    /// ```
    /// use confidant::audit::{Log, LogKey};
    /// use confidant::policy::{DecisionLog, PolicyDoc};
    /// use confidant::retention::History;
    ///
    /// let text = include_str!("../../examples/policies/cloud-claude.toml");
    /// let older = text.replace("delete_by = \"P90D\"", "delete_by = \"P60D\"");
    /// let [older, policy] = [&older, text].map(|text| PolicyDoc::from_toml(text)?.compile());
    /// let (older, policy) = (older?, policy?);
    /// let history = History::new("2025-01-01T00:00:00Z".parse()?, older.retention().clone())
    ///     .then("2026-04-22T00:00:00Z".parse()?, policy.retention().clone())?;
    /// let (log, key) = (Log::in_memory()?, LogKey::generate()?);
    /// let decisions = DecisionLog::new(policy, log, key).with_history(history)?;
    /// # let _ = decisions;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_history(self, history: History) -> Result<Self, Error> {
        let own = self.inner.policy.digest();
        let is_own = history.latest().and_then(|last| last.digest()) == Some(own);
        let nameless = history
            .versions()
            .any(|(_, schedule)| schedule.digest().is_none());
        if !is_own || nameless {
            return Err(PolicyCause::OtherHistory.into());
        }
        let inner = &*self.inner;
        Ok(Self {
            inner: Arc::new(Inner {
                policy: inner.policy.clone(),
                log: inner.log.clone(),
                key: inner.key.clone(),
                writes: inner.writes,
                history: Some(history),
            }),
        })
    }

    /// Returns whether decisions are written: where the policy says so, and where
    /// [everything is denied](Policy::deny_all) because no policy could be loaded.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.inner.writes
    }

    /// Decides, and returns the decision once the log has it durably.
    ///
    /// # Errors
    /// `Config` where the facts belong to another policy, or `about` is no name; those of
    /// the log. There is no decision then, so nothing is permitted.
    pub async fn decide(&self, question: &Question<'_>, now: Moment) -> Result<Decision, Error> {
        let decided = self.replay(question, now)?;
        if self.inner.writes {
            let entry = decided.entry()?;
            self.inner.log.append(entry).await.map_err(|error| {
                if error.kind() == ErrorKind::InDoubt {
                    let what = "it is not known whether the log took a decision";
                    return Error::message(ErrorKind::Store, what).with_source(error);
                }
                error
            })?;
        }
        Ok(decided.decision)
    }

    /// Decides without writing anything: what [`decide`](Self::decide) would return and
    /// write, or wrote.
    ///
    /// # Errors
    /// `Config` where the facts belong to another policy, or `about` is no name.
    pub fn replay(&self, question: &Question<'_>, now: Moment) -> Result<Decided, Error> {
        let Inner {
            policy,
            key,
            history,
            ..
        } = &*self.inner;
        let about = question.about()?;
        let inputs = question.inputs(history.as_ref());
        let inputs = key.mac("policy.decision", &[about.as_bytes(), &inputs]);
        Ok(Decided {
            about: about.into(),
            decision: question.answer(policy, history.as_ref(), now)?,
            policy: *policy.digest(),
            inputs,
            now,
        })
    }
}

impl Question<'_> {
    fn about(&self) -> Result<&str, Error> {
        match self {
            Self::Consent { .. } => Ok("consent"),
            Self::Retention { .. } => Ok("retention"),
            Self::Visibility { .. } => Ok("visibility"),
            Self::Made { about, .. } => {
                let own = ["consent", "retention", "visibility"];
                let is_name = about.len() <= 64 && Identifier::new(about).is_ok();
                if own.contains(about) || !is_name {
                    return Err(PolicyCause::About.into());
                }
                Ok(about)
            }
        }
    }

    fn answer(
        &self,
        policy: &Policy,
        history: Option<&History>,
        now: Moment,
    ) -> Result<Decision, Error> {
        match self {
            Self::Consent {
                facts,
                purpose,
                category,
                signals,
            } => {
                let rules = policy.consent();
                Ok(rules.explain(facts, (purpose, category), now, *signals))
            }
            Self::Retention { record, holds } => {
                let explained = match history {
                    Some(history) => history.explain(record, holds, now),
                    None => Some(policy.retention().explain(record, holds, now)),
                };
                let unknown = || Reason::without_clause("when it was collected is not known");
                Ok(explained.map_or_else(
                    || Decision::deny(unknown()),
                    |explained| explained.decision(),
                ))
            }
            Self::Visibility {
                facts,
                principal,
                action,
                resource,
                context,
            } => {
                if !Arc::ptr_eq(facts.policy(), policy.visibility()) {
                    return Err(PolicyCause::OtherFacts.into());
                }
                let deny = |why| Ok(Decision::deny(Reason::without_clause(why)));
                let Some(action) = facts.policy().action(action) else {
                    return deny("action is not one of the policy");
                };
                let principal = match principal.map(|id| facts.principal(id)) {
                    None => visibility::Principal::ANONYMOUS,
                    Some(Some(principal)) => principal,
                    Some(None) => return deny("whoever asks is not known"),
                };
                let Some(resource) = facts.resource(resource) else {
                    return deny("there is no such resource");
                };
                let explanation = facts.explain(principal.with(context), action, resource, now);
                Ok(explanation.decision().clone())
            }
            Self::Made { decision, .. } => Ok((*decision).clone()),
        }
    }

    /// Everything that the answer depends on, besides the policy and the moment. Facts of
    /// visibility are not among it: they are only ever added to, and answer for the moment.
    fn inputs(&self, history: Option<&History>) -> Vec<u8> {
        match self {
            Self::Consent {
                facts,
                purpose,
                category,
                signals,
            } => {
                let mut out = facts.inputs();
                signals.write(&mut out);
                out.text(purpose.as_str());
                out.text(category.as_str());
                out.into_bytes()
            }
            Self::Retention { record, holds } => {
                let mut out = record.inputs();
                holds.write(record, &mut out);
                if let Some(history) = history {
                    out.number(history.versions().count() as u64);
                    for (from, schedule) in history.versions() {
                        out.moment(from);
                        out.raw(schedule.digest().unwrap_or(&[0; 32]));
                    }
                }
                out.into_bytes()
            }
            Self::Visibility {
                principal,
                action,
                resource,
                context,
                ..
            } => {
                let mut out = Writer::default();
                out.optional(*principal, Writer::text);
                out.text(action);
                out.text(resource);
                context.write(&mut out);
                out.into_bytes()
            }
            Self::Made { inputs, .. } => inputs.to_vec(),
        }
    }
}

impl Decided {
    /// Returns the decision.
    pub const fn decision(&self) -> &Decision {
        &self.decision
    }

    /// Returns the digest of the policy.
    #[must_use]
    pub const fn policy(&self) -> &[u8; 32] {
        &self.policy
    }

    /// Returns the moment that it was decided for.
    #[must_use]
    pub const fn now(&self) -> Moment {
        self.now
    }

    /// Returns everything as bytes: the same for the same policy, question, moment and
    /// key.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(FORMAT);
        out.text(&self.about);
        out.raw(&self.policy);
        out.raw(&self.inputs);
        out.moment(self.now);
        out.byte(u8::from(self.decision.is_allow()));
        let reason = |out: &mut Writer, reason: &Reason| {
            out.optional(reason.clause(), |out, clause| out.text(clause.as_str()));
            out.text(reason.why());
        };
        let decided: Vec<_> = self.decision.reasons().collect();
        out.list(decided.into_iter(), reason);
        let lost: Vec<_> = self.decision.lost().collect();
        out.list(lost.into_iter(), |out, (effect, lost)| {
            out.byte(u8::from(effect == Effect::Allow));
            reason(out, lost);
        });
        out.into_bytes()
    }

    /// Returns whether an entry of the audit log is about this very decision.
    #[must_use]
    pub fn is_in(&self, entry: &Entry) -> bool {
        self.entry().is_ok_and(|own| own == *entry)
    }

    fn entry(&self) -> Result<Entry, Error> {
        let action = Identifier::new(&format!("decision.{}", self.about))?;
        let outcome = match self.decision.effect() {
            Effect::Allow => Outcome::Succeeded,
            Effect::Deny => Outcome::Denied,
        };
        let inputs = Identifier::from_digest(crate::audit::DigestKind::Log, self.inputs);
        let digest: [u8; 32] = Sha256::digest(self.to_bytes()).into();
        let entry = Entry::new(action, outcome)
            .resource(inputs)
            .scope(Identifier::new(&hexadecimal(&self.policy))?)
            .moment(self.now)
            .digest(digest);
        let clause = self.decision.reasons().find_map(Reason::clause);
        Ok(match clause {
            Some(clause) => entry.purpose(Identifier::new(clause.as_str())?),
            None => entry,
        })
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Debug for Question<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Consent { .. } => "Consent",
            Self::Retention { .. } => "Retention",
            Self::Visibility { .. } => "Visibility",
            Self::Made { .. } => "Made",
        };
        f.debug_struct(name).finish_non_exhaustive()
    }
}

impl fmt::Debug for Decided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decided")
            .field("decision", &self.decision)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for DecisionLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecisionLog")
            .field("writes", &self.inner.writes)
            .finish_non_exhaustive()
    }
}
