//! What providers say is wrong.

use serde::Deserialize;
use serde_json::value::RawValue;

#[cfg(any(feature = "anthropic", feature = "openai"))]
use crate::model::ModelError;
use crate::model::ModelErrorKind;
use crate::model::http::Fault;

/// An error as OpenAI and everything compatible write it; Anthropic's has the same
/// members.
#[derive(Default, Deserialize)]
pub(in crate::model) struct OpenFault<'a> {
    pub(in crate::model) message: Option<String>,
    #[serde(rename = "type")]
    pub(in crate::model) kind: Option<String>,
    /// Text with some, a number with others.
    #[serde(borrow)]
    pub(in crate::model) code: Option<&'a RawValue>,
}

impl OpenFault<'_> {
    /// Judges by the words, and by the status where they say nothing.
    pub(in crate::model) fn judge(self, status: u16) -> Fault {
        let code = self.code.map(|code| code.get().trim_matches('"'));
        let number = code.and_then(|code| code.parse::<u16>().ok());
        let status = match number {
            Some(number) if (400..600).contains(&number) && status == 200 => number,
            _ => status,
        };
        let words = [code, self.kind.as_deref()];
        let kind = words.into_iter().flatten().find_map(kind_of_word);
        let kind = kind.unwrap_or_else(|| match status {
            200 => ModelErrorKind::ServerFailed,
            status => Fault::of_status(status).kind,
        });
        Fault {
            kind,
            message: self.message,
            retry_after: None,
        }
    }
}

/// Whether an answer says, in the provider's own form of an error, that there is nothing of
/// this id. A 404 of a gateway, or of a path that a server does not know, says no such thing.
#[cfg(any(feature = "anthropic", feature = "openai"))]
pub(in crate::model) fn is_gone(error: &ModelError, id: Option<&str>) -> bool {
    let message = error.expose_message();
    let is_own = message.is_some_and(|message| id.is_none_or(|id| message.contains(id)));
    error.status() == Some(404) && is_own
}

/// The kind that a provider's word stands for.
pub(in crate::model) fn kind_of_word(word: &str) -> Option<ModelErrorKind> {
    Some(match word {
        "authentication_error"
        | "invalid_api_key"
        | "UNAUTHENTICATED"
        | "UnrecognizedClientException" => ModelErrorKind::Authentication,
        "permission_error" | "PERMISSION_DENIED" | "AccessDeniedException" => {
            ModelErrorKind::PermissionDenied
        }
        "rate_limit_error"
        | "rate_limit_exceeded"
        | "RESOURCE_EXHAUSTED"
        | "ThrottlingException"
        | "throttlingException" => ModelErrorKind::RateLimited,
        "insufficient_quota"
        | "billing_error"
        | "billing_hard_limit_reached"
        | "ServiceQuotaExceededException" => ModelErrorKind::QuotaExhausted,
        "overloaded_error"
        | "UNAVAILABLE"
        | "ServiceUnavailableException"
        | "serviceUnavailableException"
        | "ModelNotReadyException" => ModelErrorKind::Overloaded,
        "api_error"
        | "server_error"
        | "INTERNAL"
        | "InternalServerException"
        | "internalServerException"
        | "ModelErrorException"
        | "modelStreamErrorException"
        | "ModelStreamErrorException" => ModelErrorKind::ServerFailed,
        "timeout_error" | "DEADLINE_EXCEEDED" | "ModelTimeoutException" => ModelErrorKind::Timeout,
        "context_length_exceeded" | "request_too_large" | "exceed_context_size_error" => {
            ModelErrorKind::ContextTooLong
        }
        "content_filter" | "content_policy_violation" | "moderation_blocked" => {
            ModelErrorKind::ContentFiltered
        }
        "model_not_found"
        | "not_found_error"
        | "NOT_FOUND"
        | "ResourceNotFoundException"
        | "DeploymentNotFound" => ModelErrorKind::ModelNotFound,
        "invalid_request_error"
        | "INVALID_ARGUMENT"
        | "FAILED_PRECONDITION"
        | "ValidationException"
        | "validationException" => ModelErrorKind::InvalidRequest,
        _ => return None,
    })
}
