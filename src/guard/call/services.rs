//! What stands around every call.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};

use ed25519_dalek::VerifyingKey;

use super::budget::Budget;
use super::caller::ModelCaller;
#[cfg(feature = "consent")]
use super::consent::ConsentGate;
use super::meter::Meter;
use super::trail::Trail;
use crate::Error;
use crate::audit::{Log, LogKey};
use crate::guard::conversation::Conversation;
use crate::guard::route::{Catalogue, Control, ControlReceipt, Feature};
use crate::model::{
    ChatModel, ChatRequest, CredentialOwner, ModelDescriptor, ModelError, ModelErrorKind,
    PriceTable,
};
use crate::time::{Clock, Moment, SystemClock};

/// What stands around every call: the audit log, budgets, prices and meters. Without them
/// calls are made all the same.
#[derive(Clone)]
pub struct Services {
    pub(crate) trail: Option<Trail>,
    pub(crate) budgets: Vec<Budget>,
    pub(crate) prices: Option<Arc<PriceTable>>,
    pub(crate) meters: Vec<Arc<dyn Meter>>,
    pub(crate) clock: Arc<dyn Clock>,
    #[cfg(feature = "consent")]
    gates: Vec<ConsentGate>,
    attested: Arc<Attested>,
    /// What is left to do for answers that were dropped.
    unended: Arc<Mutex<Vec<Ending>>>,
    spawner: Option<Arc<Spawner>>,
}

/// The end of a call: its entry, its record for meters, what it gives back to budgets. The
/// error is that of the call, or that of the step which failed.
pub(super) type Ending = Pin<Box<dyn Future<Output = Result<(), ModelError>> + Send>>;

type Spawner = dyn Fn(Pin<Box<dyn Future<Output = ()> + Send>>) + Send + Sync;

/// What is attested of providers, and what is asked of them.
#[derive(Default)]
struct Attested {
    catalogue: Catalogue,
    keys: Vec<VerifyingKey>,
    controls: Vec<Control>,
}

impl Services {
    /// Returns nothing but the clock of the system.
    #[must_use]
    pub fn new() -> Self {
        Self {
            trail: None,
            budgets: Vec::new(),
            prices: None,
            meters: Vec::new(),
            clock: Arc::new(SystemClock::new()),
            #[cfg(feature = "consent")]
            gates: Vec::new(),
            attested: Arc::default(),
            unended: Arc::default(),
            spawner: None,
        }
    }

    /// Writes every call and every attempt into `log`, before it leaves and after it
    /// ended, with tenants and destinations as digests under `key`.
    #[must_use]
    pub fn audit(mut self, log: Log, key: LogKey) -> Self {
        self.trail = Some(Trail { log, key });
        self
    }

    /// Adds a budget. All of them must have room.
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budgets.push(budget);
        self
    }

    /// Sets what calls cost.
    #[must_use]
    pub fn prices(mut self, prices: PriceTable) -> Self {
        self.prices = Some(Arc::new(prices));
        self
    }

    /// Adds a meter.
    #[must_use]
    pub fn meter(mut self, meter: Arc<dyn Meter>) -> Self {
        self.meters.push(meter);
        self
    }

    /// Has the report of every call say how these data controls of the provider stand, by
    /// what `catalogue` attests under the signatures of these Ed25519 keys. It denies
    /// nothing: that takes a [`Router`](crate::guard::Router), whose receipt goes before
    /// this one.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where the bytes are no key.
    pub fn attested(
        mut self,
        catalogue: Catalogue,
        keys: &[[u8; 32]],
        controls: &[Control],
    ) -> Result<Self, Error> {
        let keys = keys.iter().map(VerifyingKey::from_bytes);
        let keys: Result<_, _> = keys.collect();
        self.attested = Arc::new(Attested {
            catalogue,
            keys: keys.map_err(|_| Error::config("bytes are no Ed25519 key"))?,
            controls: controls.to_vec(),
        });
        Ok(self)
    }

    /// How the controls of a provider stand for a request to a chat model.
    pub(super) fn receipt_of(
        &self,
        model: &dyn ChatModel,
        request: &ChatRequest,
        now: Moment,
    ) -> ControlReceipt {
        let Attested {
            catalogue,
            keys,
            controls,
        } = &*self.attested;
        catalogue.receipt_of((model, request), controls, keys, now)
    }

    /// How the controls of a provider stand for one use of a model.
    pub(super) fn receipt(
        &self,
        model: &ModelDescriptor,
        feature: Feature,
        now: Moment,
    ) -> ControlReceipt {
        let Attested {
            catalogue,
            keys,
            controls,
        } = &*self.attested;
        catalogue.receipt(model, feature, controls, keys, now)
    }

    /// Runs with `spawner` what is left to do for a call that was dropped before its end,
    /// such as `|ending| drop(tokio::spawn(ending))`. Without one it waits for
    /// [`settle`](Self::settle).
    #[must_use]
    pub fn spawner(
        mut self,
        spawner: impl Fn(Pin<Box<dyn Future<Output = ()> + Send>>) + Send + Sync + 'static,
    ) -> Self {
        self.spawner = Some(Arc::new(spawner));
        self
    }

    /// Sees to the calls that were dropped before their end: each gets an entry in the
    /// audit log, a record for meters, and gives back what it reserved of budgets where it
    /// is known what it used. Every call through these services or a clone of them does so
    /// first. Call it before the process ends.
    ///
    /// # Errors
    /// [`GuardFailed`](crate::model::ModelErrorKind::GuardFailed) and the like, where the
    /// log, a meter or a budget fails.
    pub async fn settle(&self) -> Result<(), ModelError> {
        let mut result = Ok(());
        loop {
            let next = {
                let mut unended = self.unended.lock().unwrap_or_else(PoisonError::into_inner);
                unended.pop()
            };
            let Some(ending) = next else { return result };
            // That the call was cancelled is no news.
            match self.finish(ending).await {
                Err(error) if error.kind() != ModelErrorKind::Cancelled => result = Err(error),
                _ => {}
            }
        }
    }

    /// The same services for an ending that waits among them, so that it does not keep them
    /// alive.
    pub(super) fn detached(&self) -> Self {
        Self {
            unended: Arc::default(),
            ..self.clone()
        }
    }

    /// Ends a call. If the task that waits for this goes away, the call is ended later.
    pub(super) async fn finish(&self, ending: Ending) -> Result<(), ModelError> {
        let mut held = Held {
            services: self,
            ending: Some(ending),
        };
        let Some(ending) = &mut held.ending else {
            return Ok(());
        };
        let ended = ending.await;
        held.ending = None;
        ended
    }

    /// Ends a call whose answer was dropped, now or with the next call.
    pub(super) fn end_later(&self, mut ending: Ending) {
        let is_bare = self.trail.is_none() && self.budgets.is_empty() && self.meters.is_empty();
        match &self.spawner {
            // Nothing waits for anything then.
            _ if is_bare => {
                let mut context = Context::from_waker(Waker::noop());
                let _ = ending.as_mut().poll(&mut context);
            }
            Some(spawner) => spawner(Box::pin(async move { drop(ending.await) })),
            None => {
                let mut unended = self.unended.lock().unwrap_or_else(PoisonError::into_inner);
                unended.push(ending);
            }
        }
    }

    /// Refuses calls to which the person has not consented. All gates must let a call pass.
    #[cfg(feature = "consent")]
    #[must_use]
    pub fn consent(mut self, gate: ConsentGate) -> Self {
        self.gates.push(gate);
        self
    }

    /// Makes sure that a call may be made now: what was dropped before is seen to, and the
    /// person has consented.
    pub(super) async fn admit(
        &self,
        caller: &ModelCaller,
        model: &ModelDescriptor,
        conversation: Option<&Conversation>,
        now: Moment,
    ) -> Result<(), ModelError> {
        check_tenant(caller, model, conversation)?;
        self.settle().await?;
        #[cfg(feature = "consent")]
        for gate in &self.gates {
            gate.check(caller, now).await?;
        }
        let _ = (caller, now);
        Ok(())
    }

    /// Adds the gates of others, so that no services are without them.
    #[cfg(feature = "policy")]
    pub(crate) fn with_gates_of(mut self, others: &Self) -> Self {
        self.gates.extend(others.gates.iter().cloned());
        self
    }

    /// Takes the time from `clock`.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}

/// An ending that is not lost where nobody waits for it any more.
struct Held<'s> {
    services: &'s Services,
    ending: Option<Ending>,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if let Some(ending) = self.ending.take() {
            self.services.end_later(ending);
        }
    }
}

/// Makes sure that the caller, the key of the model and the conversation are of one tenant.
pub(super) fn check_tenant(
    caller: &ModelCaller,
    model: &ModelDescriptor,
    conversation: Option<&Conversation>,
) -> Result<(), ModelError> {
    let denied = |what| Err(ModelError::new(ModelErrorKind::CredentialScope).with_subject(what));
    let tenant = caller.tenant_name();
    match &model.credential_owner {
        CredentialOwner::Customer(owner) if owner.as_str() != tenant => {
            return denied("key of a tenant who is not the caller's");
        }
        _ => {}
    }
    match conversation.and_then(Conversation::tenant) {
        Some(owner) if owner != tenant => {
            denied("conversation of a tenant who is not the caller's")
        }
        _ => Ok(()),
    }
}

impl Default for Services {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services")
            .field("is_audited", &self.trail.is_some())
            .field("budgets", &self.budgets.len())
            .field("meters", &self.meters.len())
            .finish_non_exhaustive()
    }
}
