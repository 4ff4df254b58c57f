//! Records of what calls used.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::Error;
use crate::model::{Cost, ModelDescriptor, ModelErrorKind, Name, Usage};
use crate::pointer::for_pointers;
use crate::taxonomy::Processor;
use crate::time::Moment;

/// What one call used: numbers, and names that the operator chose. It has no room for
/// content, nor for words of the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MeterRecord {
    /// When the call began.
    pub at: Moment,
    /// How long it took.
    pub took: Duration,
    /// The tenant.
    pub tenant: Box<str>,
    /// The provider.
    pub provider: Processor,
    /// The model that was asked.
    pub model: Name,
    /// Whose contract it ran under: `platform`, `customer` or `nobody`.
    pub owner: &'static str,
    /// All tokens of the request, where the provider says.
    pub input_tokens: Option<u64>,
    /// Those of them that were read from a cache.
    pub cache_read_tokens: Option<u64>,
    /// Those of them that were written to a cache.
    pub cache_write_tokens: Option<u64>,
    /// All tokens of the answer.
    pub output_tokens: Option<u64>,
    /// Those of them that were reasoning.
    pub reasoning_tokens: Option<u64>,
    /// What it cost, where the price table knows the model.
    pub cost: Option<Cost>,
    /// How many values were hidden.
    pub hidden: u64,
    /// How it ended.
    pub outcome: Result<(), ModelErrorKind>,
}

/// Takes the records of calls.
///
/// A record comes once for every call, whether it succeeded or not, when it has ended:
/// within the call, on its thread, after its entry in the audit log. The next meter waits.
/// The record of a call that was dropped comes [later](crate::guard::Services::settle).
#[async_trait]
pub trait Meter: fmt::Debug + Send + Sync {
    /// Takes a record, after the call.
    ///
    /// # Errors
    /// Whatever keeps the record from being kept. The call then fails, though it was sent
    /// and answered: the error says by its
    /// [attempts](crate::model::ModelError::attempts) that it was. The other meters and the
    /// budgets are told all the same.
    async fn record(&self, record: &MeterRecord) -> Result<(), Error>;
}

for_pointers! {
    #[async_trait]
    impl Meter {
        async fn record(&self, record: &MeterRecord) -> Result<(), Error> {
            (**self).record(record).await
        }
    }
}

impl MeterRecord {
    pub(crate) fn new(
        (at, took): (Moment, Duration),
        tenant: &str,
        model: &ModelDescriptor,
        usage: &Usage,
        cost: Option<Cost>,
        hidden: u64,
        outcome: Result<(), ModelErrorKind>,
    ) -> Self {
        Self {
            at,
            took,
            tenant: tenant.into(),
            provider: model.provider.clone(),
            model: model.model.clone(),
            owner: super::trail::owner(&model.credential_owner),
            input_tokens: usage.input_tokens,
            cache_read_tokens: usage.cache_read_tokens,
            cache_write_tokens: usage.cache_write_tokens,
            output_tokens: usage.output_tokens,
            reasoning_tokens: usage.reasoning_tokens,
            cost,
            hidden,
            outcome,
        }
    }
}
