//! Calls of models, with everything that stands around them.

mod attempt;
mod batch;
mod budget;
mod caller;
#[cfg(feature = "consent")]
mod consent;
mod embedding;
mod files;
mod meter;
mod model;
mod services;
mod side;
mod spent;
mod stream;
mod telemetry;
mod trail;
mod turn;

pub(crate) use attempt::CallBasis;
pub use batch::{BatchAnswers, GuardedBatches};
pub use budget::Budget;
pub use caller::{Justification, ModelCaller};
#[cfg(feature = "consent")]
pub use consent::ConsentGate;
pub use embedding::GuardedEmbeddings;
pub use files::GuardedFiles;
pub use meter::{Meter, MeterRecord};
pub use model::{Answer, GuardedModel};
pub use services::Services;
pub use stream::AnswerStream;
pub use telemetry::SCHEMA_URL;
pub use turn::Turn;
