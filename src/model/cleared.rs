//! Requests that may leave.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{
    ChatRequest, CountRequest, Destination, EmbeddingRequest, ModelDescriptor, ModelError,
    ModelErrorKind, ModerationRequest, Name, RequestBatch, RerankRequest, ServerState,
    ServerStates, Upload,
};

/// Something that was cleared to leave, for one destination.
///
/// Only the guard makes one, and every adapter takes nothing else. It cannot be
/// cloned, so what was cleared once is sent by one call.
#[derive(Debug)]
pub struct Cleared<T> {
    content: T,
    clearance: Clearance,
    /// What of the clearance an adapter has asked for.
    used: AtomicU32,
}

/// A request to a chat model that may leave.
pub type ClearedRequest = Cleared<ChatRequest>;
/// Texts to embed that may leave.
pub type ClearedEmbedding = Cleared<EmbeddingRequest>;
/// A request whose tokens are counted, which may leave.
pub type ClearedCount = Cleared<CountRequest>;
/// Documents to rank that may leave.
pub type ClearedRerank = Cleared<RerankRequest>;
/// Texts to moderate that may leave.
pub type ClearedModeration = Cleared<ModerationRequest>;
/// A batch of requests that may leave.
pub type ClearedBatch = Cleared<RequestBatch>;
/// A file that may leave.
pub type ClearedUpload = Cleared<Upload>;

/// What a request was cleared for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearance {
    destination: Destination,
    basis: Basis,
    server_states: ServerStates,
}

/// On what a clearance rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Basis {
    /// A guard has cleared the request.
    Guarded,
    /// Nothing was redacted, for a reason that is in the audit log.
    Unredacted,
    /// It is a test: the request goes to this machine only.
    Loopback,
}

impl<T> Cleared<T> {
    /// Clears a request.
    pub(crate) const fn new(content: T, clearance: Clearance) -> Self {
        Self {
            content,
            clearance,
            used: AtomicU32::new(0),
        }
    }

    /// Takes a part of what may leave, under the same clearance.
    pub(super) fn map<U>(self, part: impl FnOnce(T) -> U) -> Cleared<U> {
        Cleared {
            content: part(self.content),
            clearance: self.clearance,
            used: self.used,
        }
    }

    /// Returns what may leave.
    #[must_use]
    pub const fn get(&self) -> &T {
        &self.content
    }

    /// Returns what it was cleared for.
    #[must_use]
    pub const fn clearance(&self) -> &Clearance {
        &self.clearance
    }

    /// Checks that the model is the one for which the request was cleared. Every
    /// adapter calls this before it sends anything.
    ///
    /// # Errors
    /// [`PolicyDenied`](ModelErrorKind::PolicyDenied) where it is another one, or where
    /// a request of a test would leave this machine.
    pub fn check(&self, model: &ModelDescriptor) -> Result<(), ModelError> {
        let clearance = &self.clearance;
        if clearance.destination != model.destination() {
            return Err(ModelError::new(ModelErrorKind::PolicyDenied)
                .with_subject("destination that was not cleared"));
        }
        if clearance.basis == Basis::Loopback && !model.endpoint.is_loopback() {
            return Err(ModelError::new(ModelErrorKind::PolicyDenied)
                .with_subject("request of a test beyond this machine"));
        }
        Ok(())
    }

    /// Returns what the provider was allowed to keep or do because the request asks for
    /// it.
    #[must_use]
    pub fn used(&self) -> ServerStates {
        ServerStates::from_bits(self.used.load(Ordering::Relaxed))
    }

    /// Checks that the provider may keep or do this, and notes that the request asks for
    /// it.
    ///
    /// # Errors
    /// [`PolicyDenied`](ModelErrorKind::PolicyDenied) where the clearance does not name
    /// it.
    pub fn allow(&self, state: ServerState) -> Result<(), ModelError> {
        if self.clearance.server_states.contains(state) {
            let one = ServerStates::none().with(state);
            self.used.fetch_or(one.bits(), Ordering::Relaxed);
            return Ok(());
        }
        Err(ModelError::new(ModelErrorKind::PolicyDenied).with_subject(state.as_str()))
    }
}

impl ClearedBatch {
    /// Takes the requests apart, each with its id and under the same clearance.
    pub(super) fn into_records(self) -> Vec<(Name, ClearedRequest)> {
        let clearance = self.clearance;
        let records = self.content.records.into_iter();
        records
            .map(|record| (record.id, Cleared::new(record.request, clearance.clone())))
            .collect()
    }
}

impl Clearance {
    /// Returns a clearance by which the provider may keep nothing.
    pub(crate) const fn new(destination: Destination, basis: Basis) -> Self {
        Self {
            destination,
            basis,
            server_states: ServerStates::none(),
        }
    }

    /// Names what the provider may keep or do.
    #[must_use]
    pub(crate) const fn with_server_states(mut self, states: ServerStates) -> Self {
        self.server_states = states;
        self
    }

    /// Returns where the request may go.
    #[must_use]
    pub const fn destination(&self) -> &Destination {
        &self.destination
    }

    /// Returns on what the clearance rests.
    #[must_use]
    pub const fn basis(&self) -> Basis {
        self.basis
    }

    /// Returns what the provider may keep or do.
    #[must_use]
    pub const fn server_states(&self) -> ServerStates {
        self.server_states
    }
}
