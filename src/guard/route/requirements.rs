//! What a route must have shown, and what may take it.

use super::control::{Control, ControlReceipt, ControlState};
use super::local;
use super::payload::Payloads;
use crate::decision::{Decision, Reason};
use crate::model::{ChatRequest, ModelDescriptor, ModelErrorKind};
use crate::taxonomy::Region;

/// What a route must have shown before a request takes it, and what the request may hold.
/// Without more, it may hold a conversation without media, and nothing must be shown.
#[derive(Clone, Debug)]
pub struct RouteRequirements {
    controls: Vec<Control>,
    regions: Vec<Region>,
    payloads: Payloads,
    is_local: bool,
}

/// Why a route is not taken, in fixed words, and as what kind of error.
pub(super) struct Lack(pub(super) ModelErrorKind, pub(super) &'static str);

impl Default for RouteRequirements {
    fn default() -> Self {
        Self {
            controls: Vec::new(),
            regions: Vec::new(),
            payloads: Payloads::conversation(),
            is_local: false,
        }
    }
}

impl RouteRequirements {
    /// Returns what is required where nothing else is said.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Requires a control of the provider: an attestation that counts must say that it
    /// holds.
    #[must_use]
    pub fn control(mut self, control: Control) -> Self {
        self.controls.push(control);
        self
    }

    /// Lets the model run in this region, or below it. Once a region is named, a model
    /// that names none is not taken.
    #[must_use]
    pub fn region(mut self, region: Region) -> Self {
        self.regions.push(region);
        self
    }

    /// Sets what requests may hold.
    #[must_use]
    pub const fn payloads(mut self, payloads: Payloads) -> Self {
        self.payloads = payloads;
        self
    }

    /// Requires that the model is on this machine or in a private network: its endpoint
    /// must be `localhost` or an address for private use. Names are refused.
    #[must_use]
    pub const fn local(mut self) -> Self {
        self.is_local = true;
        self
    }

    pub(super) fn controls(&self) -> &[Control] {
        &self.controls
    }

    /// Everything that stands against a request's taking a route.
    pub(super) fn lacks(
        &self,
        model: &ModelDescriptor,
        request: &ChatRequest,
        receipt: &ControlReceipt,
    ) -> Vec<Lack> {
        let mut lacks = Vec::new();
        if !self.payloads.covers(Payloads::of(request)) {
            let why = "request holds what may not take the route";
            lacks.push(Lack(ModelErrorKind::PolicyDenied, why));
        }
        if self.is_local && !local::is_local(&model.endpoint) {
            let why = "endpoint is not an address of a private network";
            lacks.push(Lack(ModelErrorKind::PolicyDenied, why));
        }
        if !self.regions.is_empty() {
            let within = |region: &Region| self.regions.iter().any(|own| region.is_within(own));
            if !model.region.as_ref().is_some_and(within) {
                let why = "region is missing or not allowed";
                lacks.push(Lack(ModelErrorKind::RegionDenied, why));
            }
        }
        let missing = |control: &&Control| receipt.state(**control) != ControlState::Applied;
        if self.controls.iter().any(|control| missing(&control)) {
            let why = "a control is not attested";
            lacks.push(Lack(ModelErrorKind::AttestationMissing, why));
        }
        lacks
    }
}

impl Lack {
    pub(super) fn decision(&self) -> Decision {
        Decision::deny(Reason::without_clause(self.1))
    }
}
