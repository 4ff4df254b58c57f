//! Decisions: each is in the audit log before it is returned, and can be made again.

use std::sync::Arc;

use confidant::Error;
use confidant::consent::{self, Gpc, Signals};
use confidant::decision::Decision;
use confidant::policy::{DecisionLog, Policy, PolicyDoc, Question};
use confidant::retention::{Events, Holds, Record, Status};
use confidant::taxonomy::{DataCategory, Purpose, Subject};
use confidant::time::Moment;
use confidant::visibility::{self, AccessContext};

use super::{DAY, Fallible, Switch, TENANT, World, category, lock, purpose};

type Make = dyn Fn(&Policy, Moment) -> Decision + Send + Sync;

/// A question that was asked, with all that is needed to ask it again, and the bytes of the
/// answer.
pub(crate) struct Asked {
    inputs: Inputs,
    now: Moment,
    bytes: Vec<u8>,
}

enum Inputs {
    Consent {
        facts: consent::ConsentFacts,
        purpose: Purpose,
        category: DataCategory,
        signals: Signals,
    },
    Retention {
        category: DataCategory,
        events: Box<Events>,
        subject: Option<Subject>,
        holds: Holds,
    },
    Visibility {
        facts: Box<visibility::VisibilityFacts>,
        who: Option<String>,
        action: String,
        what: String,
        context: AccessContext,
    },
    Made {
        about: String,
        inputs: Vec<u8>,
        make: Arc<Make>,
    },
}

impl Inputs {
    /// Asks again, of the policy that a log of decisions has.
    fn replay(
        &self,
        policy: &Policy,
        decisions: &DecisionLog,
        now: Moment,
    ) -> Result<confidant::policy::Decided, Error> {
        match self {
            Self::Consent {
                facts,
                purpose,
                category,
                signals,
            } => {
                let question = Question::Consent {
                    facts,
                    purpose,
                    category,
                    signals: *signals,
                };
                decisions.replay(&question, now)
            }
            Self::Retention {
                category,
                events,
                subject,
                holds,
            } => {
                let record = record(category, **events, subject.as_ref());
                let question = Question::Retention {
                    record: &record,
                    holds,
                };
                decisions.replay(&question, now)
            }
            Self::Visibility {
                facts,
                who,
                action,
                what,
                context,
            } => {
                let question = Question::Visibility {
                    facts,
                    principal: who.as_deref(),
                    action,
                    resource: what,
                    context,
                };
                decisions.replay(&question, now)
            }
            Self::Made {
                about,
                inputs,
                make,
            } => {
                let decision = make(policy, now);
                let question = Question::Made {
                    about,
                    inputs,
                    decision: &decision,
                };
                decisions.replay(&question, now)
            }
        }
    }
}

fn record<'r>(
    category: &'r DataCategory,
    events: Events,
    subject: Option<&'r Subject>,
) -> Record<'r> {
    let record = Record::new(category, events).tenant(TENANT);
    match subject {
        Some(subject) => record.subject(subject),
        None => record,
    }
}

impl World {
    /// Writes a decision into the log, and returns it.
    async fn ask(&self, inputs: Inputs, now: Moment) -> Fallible<Decision> {
        // The log makes the decision itself, and gives back what it wrote.
        let decided = inputs.replay(&self.policy, &self.decisions, now)?;
        let decision = match &inputs {
            Inputs::Consent {
                facts,
                purpose,
                category,
                signals,
            } => {
                let question = Question::Consent {
                    facts,
                    purpose,
                    category,
                    signals: *signals,
                };
                self.decisions.decide(&question, now).await?
            }
            Inputs::Retention {
                category,
                events,
                subject,
                holds,
            } => {
                let record = record(category, **events, subject.as_ref());
                let question = Question::Retention {
                    record: &record,
                    holds,
                };
                self.decisions.decide(&question, now).await?
            }
            Inputs::Visibility {
                facts,
                who,
                action,
                what,
                context,
            } => {
                let question = Question::Visibility {
                    facts,
                    principal: who.as_deref(),
                    action,
                    resource: what,
                    context,
                };
                self.decisions.decide(&question, now).await?
            }
            Inputs::Made {
                about,
                inputs,
                make,
            } => {
                let decision = make(&self.policy, now);
                let question = Question::Made {
                    about,
                    inputs,
                    decision: &decision,
                };
                self.decisions.decide(&question, now).await?
            }
        };
        let bytes = decided.to_bytes();
        lock(&self.asked).push(Asked { inputs, now, bytes });
        Ok(decision)
    }

    /// Decides whether data of a category may be used for a purpose.
    pub(crate) async fn may_use(
        &self,
        facts: &consent::ConsentFacts,
        for_what: &str,
        of: &str,
        signals: Signals,
    ) -> Fallible<Decision> {
        self.may_use_at(facts, for_what, of, signals, self.now())
            .await
    }

    /// Decides the same for another moment.
    pub(crate) async fn may_use_at(
        &self,
        facts: &consent::ConsentFacts,
        for_what: &str,
        of: &str,
        signals: Signals,
        now: Moment,
    ) -> Fallible<Decision> {
        let mut seen = signals;
        if self.is_off(Switch::SignalIgnored) {
            seen = seen.gpc(Gpc::Off);
        }
        let inputs = Inputs::Consent {
            facts: facts.clone(),
            purpose: purpose(for_what)?,
            category: category(of)?,
            signals: seen,
        };
        self.ask(inputs, now).await
    }

    /// Decides whether what retention asks for may be done to a record.
    pub(crate) async fn may_erase(
        &self,
        of: &str,
        events: Events,
        whose: Option<&Subject>,
        holds: &Holds,
        now: Moment,
    ) -> Fallible<Decision> {
        let inputs = Inputs::Retention {
            category: category(of)?,
            events: Box::new(events),
            subject: whose.cloned(),
            holds: self.holds_seen(holds),
        };
        self.ask(inputs, self.retention_clock(now)).await
    }

    /// Returns how a record stands with its retention.
    pub(crate) fn status(&self, of: &str, events: Events, now: Moment) -> Fallible<Status> {
        self.status_under(of, events, None, &Holds::none(), now)
    }

    /// Returns the same where there are holds.
    pub(crate) fn status_under(
        &self,
        of: &str,
        events: Events,
        whose: Option<&Subject>,
        holds: &Holds,
        now: Moment,
    ) -> Fallible<Status> {
        let of = category(of)?;
        let record = record(&of, events, whose);
        let (holds, now) = (self.holds_seen(holds), self.retention_clock(now));
        Ok(self
            .policy
            .retention()
            .evaluate(&record, &holds, now)
            .status())
    }

    fn holds_seen(&self, holds: &Holds) -> Holds {
        match self.is_off(Switch::HoldsIgnored) {
            true => Holds::none(),
            false => holds.clone(),
        }
    }

    pub(crate) fn retention_clock(&self, now: Moment) -> Moment {
        match self.is_off(Switch::RetentionDayLate) {
            true => now.saturating_sub(DAY),
            false => now,
        }
    }

    /// Decides whether somebody may do something to a resource.
    pub(crate) async fn sees(
        &self,
        facts: &visibility::VisibilityFacts,
        who: Option<&str>,
        action: &str,
        what: &str,
    ) -> Fallible<Decision> {
        let inputs = Inputs::Visibility {
            facts: Box::new(facts.clone()),
            who: who.map(str::to_owned),
            action: action.to_owned(),
            what: what.to_owned(),
            context: AccessContext::default(),
        };
        self.ask(inputs, self.now()).await
    }

    /// Has another part of the policy decide, and writes that down. `make` is given the
    /// policy, so that the decision can be made again by another copy of it.
    pub(crate) async fn made(
        &self,
        about: &str,
        inputs: &str,
        now: Moment,
        make: impl Fn(&Policy, Moment) -> Decision + Send + Sync + 'static,
    ) -> Fallible<Decision> {
        let inputs = Inputs::Made {
            about: about.to_owned(),
            inputs: inputs.as_bytes().to_vec(),
            make: Arc::new(make),
        };
        self.ask(inputs, now).await
    }

    /// Makes every decision of this world again, by a policy that is compiled anew, and
    /// returns how many are in the log, and how many came out the same bit for bit.
    pub(crate) async fn replayed(&self) -> Fallible<(usize, usize)> {
        let policy = PolicyDoc::from_toml(&self.text)?.compile()?;
        let again = DecisionLog::new(
            policy.clone(),
            confidant::audit::Log::in_memory()?,
            self.log_key.clone(),
        );
        let entries = self.entries().await?.into_iter().map(|(_, entry)| entry);
        let of_decisions = entries.filter(|entry| {
            let action = entry.action().as_str();
            action.is_some_and(|action| action.starts_with("decision."))
        });
        let written: Vec<_> = of_decisions.collect();
        let asked = lock(&self.asked);
        let mut same = 0;
        for (entry, asked) in written.iter().zip(asked.iter()) {
            // Facts on who sees what belong to the policy that they were made with.
            let decided = match asked.inputs {
                Inputs::Visibility { .. } => {
                    asked
                        .inputs
                        .replay(&self.policy, &self.decisions, asked.now)?
                }
                _ => asked.inputs.replay(&policy, &again, asked.now)?,
            };
            if decided.to_bytes() == asked.bytes && decided.is_in(entry) {
                same += 1;
            }
        }
        match written.len() == asked.len() {
            true => Ok((written.len(), same)),
            false => Err(format!("{} entries for {} questions", written.len(), asked.len()).into()),
        }
    }
}
