//! What stands around every call.

use std::fmt;
use std::sync::Arc;

use super::budget::Budget;
use super::meter::Meter;
use super::trail::Trail;
use crate::audit::{Log, LogKey};
use crate::model::PriceTable;
use crate::time::{Clock, SystemClock};

/// What stands around every call: the audit log, budgets, prices and meters. Without them
/// calls are made all the same.
#[derive(Clone)]
pub struct Services {
    pub(crate) trail: Option<Trail>,
    pub(crate) budgets: Vec<Budget>,
    pub(crate) prices: Option<Arc<PriceTable>>,
    pub(crate) meters: Vec<Arc<dyn Meter>>,
    pub(crate) clock: Arc<dyn Clock>,
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

    /// Takes the time from `clock`.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
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
