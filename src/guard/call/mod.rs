//! Calls of models, with everything that stands around them.

mod attempt;
mod budget;
mod caller;
mod meter;
mod model;
mod services;
mod telemetry;
mod trail;

pub use budget::Budget;
pub use caller::{Caller, Justification};
pub use meter::{Meter, MeterRecord};
pub use model::{Answer, AnswerStream, GuardedModel};
pub use services::Services;
pub use telemetry::SCHEMA_URL;
