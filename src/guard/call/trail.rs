//! What is written into the audit log about calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;

use super::caller::{Justification, ModelCaller};
use crate::Error;
use crate::audit::{Entry, Identifier, Log, LogKey, Outcome};
use crate::guard::report::GuardReport;
use crate::model::{
    AttemptObserver, CredentialOwner, Destination, KeptItem, ModelDescriptor, ModelErrorKind, Usage,
};

/// A log, and the key of the digests in it.
#[derive(Clone, Debug)]
pub(crate) struct Trail {
    pub(crate) log: Log,
    pub(crate) key: LogKey,
}

impl Trail {
    /// The entry on one call: who calls which model for what, and what the guard did.
    pub(crate) fn entry(
        &self,
        action: &str,
        caller: &ModelCaller,
        model: &ModelDescriptor,
        report: &GuardReport,
        digest: Option<[u8; 32]>,
    ) -> Result<Entry, Error> {
        let mut entry = Entry::new(Identifier::new(action)?, Outcome::Attempted)
            .actor(caller.actor.clone())
            .tenant(self.key.digest("tenant", &caller.tenant))
            .resource(self.key.digest("destination", &place(model)))
            .scope(Identifier::new(owner(&model.credential_owner))?)
            .count("found", report.found().total())?
            .count("enforced", u64::from(report.is_enforced()))?;
        if let Some(digest) = digest {
            entry = entry.digest(digest);
        }
        if let Some(purpose) = &caller.purpose {
            entry = entry.purpose(purpose.clone());
        }
        if let Some(request) = &caller.request {
            entry = entry.request(request.clone());
        }
        if let Some(epoch) = report.new_epoch() {
            entry = entry.count("epoch", u64::from(epoch))?;
        }
        if report.dropped_reasoning() > 0 {
            entry = entry.count("dropped_reasoning", report.dropped_reasoning())?;
        }
        for (kind, count) in report.found().kinds() {
            let name = format!("found.{}", kind.label().to_ascii_lowercase());
            entry = entry.count(&name, count)?;
        }
        Ok(entry)
    }

    /// Says that a route was not taken, and as what kind of error.
    pub(crate) async fn rejected(
        &self,
        caller: &ModelCaller,
        model: &ModelDescriptor,
        route: usize,
        kind: ModelErrorKind,
    ) -> Result<(), Error> {
        let mut entry = Entry::new(Identifier::new("model.route")?, Outcome::Denied)
            .actor(caller.actor.clone())
            .tenant(self.key.digest("tenant", &caller.tenant))
            .resource(self.key.digest("destination", &place(model)))
            .scope(Identifier::new(owner(&model.credential_owner))?)
            .instance(Identifier::new(kind.as_str())?)
            .count("route", route as u64)?;
        if let Some(request) = &caller.request {
            entry = entry.request(request.clone());
        }
        self.write(entry).await
    }

    pub(crate) async fn write(&self, entry: Entry) -> Result<(), Error> {
        self.log.append(entry).await.map(drop)
    }

    /// Says that everything leaves as it is, and why.
    pub(crate) fn justify(entry: Entry, justification: &Justification) -> Entry {
        entry.instance(justification.reason.clone())
    }

    /// Says how a call ended. One that has reached the provider was not denied, whatever
    /// became of its answer.
    pub(crate) async fn end(
        &self,
        mut entry: Entry,
        result: Result<(&Usage, &GuardReport), ModelErrorKind>,
        has_left: bool,
    ) -> Result<(), Error> {
        let outcome = match &result {
            Ok(_) => Outcome::Succeeded,
            Err(kind) if is_denial(*kind) && !has_left => Outcome::Denied,
            Err(_) => Outcome::Failed,
        };
        if let Ok((usage, report)) = result {
            for (name, count) in [
                ("input_tokens", usage.input_tokens),
                ("output_tokens", usage.output_tokens),
                ("restored", Some(report.restored().restored())),
                ("withheld", Some(report.restored().withheld())),
                ("unknown", Some(report.restored().unknown())),
                ("mangled", Some(report.restored().mangled())),
                ("masked", Some(report.masked().total())),
            ] {
                if let Some(count) = count {
                    entry = entry.count(name, count)?;
                }
            }
            let denied = report
                .tools()
                .iter()
                .filter(|verdict| !verdict.is_allowed());
            entry = entry.count("tools_denied", denied.count() as u64)?;
        }
        self.write(entry.with_outcome(outcome)).await
    }

    /// Writes one entry for each attempt.
    pub(crate) fn attempts(
        &self,
        call: &Entry,
        also: Option<Arc<dyn AttemptObserver>>,
    ) -> Result<Attempts, Error> {
        let mut entry = Entry::new(Identifier::new("model.attempt")?, Outcome::Attempted);
        for (part, set) in [
            (
                call.actor_id(),
                Entry::actor as fn(Entry, Identifier) -> Entry,
            ),
            (call.tenant_id(), Entry::tenant),
            (call.resource_id(), Entry::resource),
            (call.scope_id(), Entry::scope),
            (call.purpose_id(), Entry::purpose),
            (call.request_id(), Entry::request),
        ] {
            if let Some(part) = part {
                entry = set(entry, part.clone());
            }
        }
        Ok(Attempts {
            trail: self.clone(),
            entry,
            also,
            last: AtomicU32::new(0),
        })
    }
}

/// Writes an entry before each attempt and one after it.
pub(crate) struct Attempts {
    trail: Trail,
    entry: Entry,
    also: Option<Arc<dyn AttemptObserver>>,
    last: AtomicU32,
}

impl Attempts {
    /// Writes the attempt of a model that told its observer of none.
    pub(crate) async fn end_unseen(
        &self,
        outcome: Result<(), ModelErrorKind>,
    ) -> Result<(), Error> {
        if self.last.swap(1, Ordering::AcqRel) > 0 {
            return Ok(());
        }
        self.note(1, outcome).await
    }

    /// Says how an attempt came out.
    async fn note(&self, attempt: u32, outcome: Result<(), ModelErrorKind>) -> Result<(), Error> {
        let entry = self.entry.clone().count("attempt", u64::from(attempt))?;
        let written = match outcome {
            Ok(()) => Outcome::Succeeded,
            Err(kind) if is_denial(kind) => Outcome::Denied,
            Err(_) => Outcome::Failed,
        };
        self.trail.write(entry.with_outcome(written)).await
    }
}

#[async_trait]
impl AttemptObserver for Attempts {
    async fn before(&self, attempt: u32, destination: &Destination) -> Result<(), Error> {
        self.last.store(attempt, Ordering::Release);
        let entry = self.entry.clone().count("attempt", u64::from(attempt))?;
        self.trail.write(entry).await?;
        match &self.also {
            Some(also) => also.before(attempt, destination).await,
            None => Ok(()),
        }
    }

    async fn after(&self, attempt: u32, outcome: Result<(), ModelErrorKind>) -> Result<(), Error> {
        self.note(attempt, outcome).await?;
        match &self.also {
            Some(also) => also.after(attempt, outcome).await,
            None => Ok(()),
        }
    }

    async fn kept(&self, item: &KeptItem) -> Result<(), Error> {
        match &self.also {
            Some(also) => also.kept(item).await,
            None => Ok(()),
        }
    }
}

const fn is_denial(kind: ModelErrorKind) -> bool {
    matches!(
        kind,
        ModelErrorKind::PolicyDenied
            | ModelErrorKind::AttestationMissing
            | ModelErrorKind::RegionDenied
            | ModelErrorKind::CredentialScope
            | ModelErrorKind::BudgetExceeded
            | ModelErrorKind::GuardFailed
    )
}

/// Whose contract it is, in one word.
pub(crate) const fn owner(owner: &CredentialOwner) -> &'static str {
    match owner {
        CredentialOwner::Platform => "platform",
        CredentialOwner::Customer(_) => "customer",
        CredentialOwner::Nobody => "nobody",
    }
}

fn place(model: &ModelDescriptor) -> String {
    format!(
        "{} {} {}",
        model.provider.as_str(),
        model.endpoint.as_str(),
        model.model.as_str()
    )
}
