//! What an error of OpenAI says.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::adapter::OpenFault;
use crate::model::http::{Fault, Refusal};
use crate::model::{ModelError, ModelErrorKind};

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    error: &'a RawValue,
}

/// What an answer says that is not good.
pub(super) fn fault(&Refusal { status, body, .. }: &Refusal<'_>) -> Fault {
    // Some wrap the object in a list of one.
    let one: Option<[Body<'_>; 1]> = serde_json::from_slice(body).ok();
    let one = one.map(|[body]| body);
    let body = one.or_else(|| serde_json::from_slice(body).ok());
    body.map_or_else(
        || Fault::of_status(status),
        |body| judge(status, body.error),
    )
}

/// What the member `error` says: an object, or the words alone.
pub(super) fn judge(status: u16, error: &RawValue) -> Fault {
    let read: Result<OpenFault<'_>, _> = serde_json::from_str(error.get());
    let Ok(read) = read else {
        let mut fault = Fault::of_status(if status == 200 { 500 } else { status });
        fault.message = serde_json::from_str(error.get()).ok();
        return fault;
    };
    let says = |words: &str| read.message.as_deref().is_some_and(|m| m.contains(words));
    let too_long = says("maximum context length") || says("exceeds the available context size");
    let mut fault = read.judge(status);
    if too_long {
        fault.kind = ModelErrorKind::ContextTooLong;
    }
    fault
}

/// The error that arrives within a stream.
pub(super) fn failed(error: &RawValue) -> ModelError {
    let fault = judge(200, error);
    let error = ModelError::new(fault.kind).retryable(false);
    match fault.message {
        Some(message) => error.with_message(message),
        None => error,
    }
}
