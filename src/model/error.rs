//! Why a call of a model failed.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use super::Text;
use crate::{Error, ErrorKind};

/// Why a call of a model failed.
///
/// # Security
/// Neither `Display` nor `Debug` shows anything of the request or the answer. What the
/// provider says is kept, since providers repeat prompts in their messages, and is shown
/// by [`expose_message`](Self::expose_message) alone.
///
/// # Example
/// ```
/// use confidant::model::{ModelError, ModelErrorKind};
///
/// let error = ModelError::new(ModelErrorKind::RateLimited)
///     .with_status(429)
///     .with_message("slow down, ada@example.com");
/// assert!(error.is_retryable());
/// assert_eq!(error.to_string(), "provider limits the rate of calls (status 429)");
/// ```
pub struct ModelError(Box<Inner>);

#[derive(Default)]
struct Inner {
    kind: Option<ModelErrorKind>,
    subject: Option<&'static str>,
    status: Option<u16>,
    retry_after: Option<Duration>,
    request_id: Option<Box<str>>,
    attempts: u32,
    retryable: Option<bool>,
    message: Option<Text>,
    source: Option<Box<Error>>,
}

/// What can be done about a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ModelErrorKind {
    /// The provider does not know the key: correct it.
    Authentication,
    /// The key may not do this: ask for the right.
    PermissionDenied,
    /// Too many calls: wait.
    RateLimited,
    /// The account has nothing left: pay, or wait for the next period.
    QuotaExhausted,
    /// The provider has too much to do: wait.
    Overloaded,
    /// The provider failed: try again.
    ServerFailed,
    /// The request is longer than the model can read: shorten it.
    ContextTooLong,
    /// The provider finds the request not well-formed: correct it.
    InvalidRequest,
    /// A filter of the provider refused the request.
    ContentFiltered,
    /// There is no such model, or the key may not use it.
    ModelNotFound,
    /// The model or the adapter cannot do what is asked. Nothing was sent.
    Unsupported,
    /// There was no answer in time.
    Timeout,
    /// The provider could not be reached, or the connection broke.
    Transport,
    /// The answer is not in the provider's protocol.
    Protocol,
    /// The answer was cut off: what has arrived is not all of it.
    Truncated,
    /// The caller has given up.
    Cancelled,
    /// Another model answered than the one that was asked.
    WrongModel,
    /// The provider answered with a redirect, which is never followed.
    Redirected,
    /// A documented limit was passed.
    Limit,
    /// A policy denies it. Nothing was sent.
    PolicyDenied,
    /// A claim about the provider is missing or expired. Nothing was sent.
    AttestationMissing,
    /// The model runs in a region that is not allowed. Nothing was sent.
    RegionDenied,
    /// The key belongs to somebody else. Nothing was sent.
    CredentialScope,
    /// A budget is used up. Nothing was sent.
    BudgetExceeded,
    /// A guard, or what stands around it, failed: a store, a log, a meter. Where there were
    /// no [attempts](ModelError::attempts), nothing was sent; an answer is not shown, but
    /// for the pieces of a stream that were passed on before.
    GuardFailed,
    /// A setting is not well-formed: correct it.
    Config,
}

impl ModelErrorKind {
    /// Returns a word such as `rate_limited`, as `error.type` in telemetry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::PermissionDenied => "permission_denied",
            Self::RateLimited => "rate_limited",
            Self::QuotaExhausted => "quota_exhausted",
            Self::Overloaded => "overloaded",
            Self::ServerFailed => "server_failed",
            Self::ContextTooLong => "context_too_long",
            Self::InvalidRequest => "invalid_request",
            Self::ContentFiltered => "content_filtered",
            Self::ModelNotFound => "model_not_found",
            Self::Unsupported => "unsupported",
            Self::Timeout => "timeout",
            Self::Transport => "transport",
            Self::Protocol => "protocol",
            Self::Truncated => "truncated",
            Self::Cancelled => "cancelled",
            Self::WrongModel => "wrong_model",
            Self::Redirected => "redirected",
            Self::Limit => "limit",
            Self::PolicyDenied => "policy_denied",
            Self::AttestationMissing => "attestation_missing",
            Self::RegionDenied => "region_denied",
            Self::CredentialScope => "credential_scope",
            Self::BudgetExceeded => "budget_exceeded",
            Self::GuardFailed => "guard_failed",
            Self::Config => "config",
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Authentication => "provider does not know the key",
            Self::PermissionDenied => "key may not do this",
            Self::RateLimited => "provider limits the rate of calls",
            Self::QuotaExhausted => "quota of the account is used up",
            Self::Overloaded => "provider is overloaded",
            Self::ServerFailed => "provider failed",
            Self::ContextTooLong => "request is longer than the model can read",
            Self::InvalidRequest => "provider finds the request not well-formed",
            Self::ContentFiltered => "filter of the provider refused the request",
            Self::ModelNotFound => "model is not known to the provider",
            Self::Unsupported => "model or adapter cannot do this",
            Self::Timeout => "provider did not answer in time",
            Self::Transport => "connection to the provider failed",
            Self::Protocol => "answer of the provider is not well-formed",
            Self::Truncated => "answer of the provider was cut off",
            Self::Cancelled => "call was cancelled",
            Self::WrongModel => "another model answered than was asked",
            Self::Redirected => "provider answered with a redirect",
            Self::Limit => "limit was passed",
            Self::PolicyDenied => "policy denies the call",
            Self::AttestationMissing => "claim about the provider is missing",
            Self::RegionDenied => "region is not allowed",
            Self::CredentialScope => "key belongs to somebody else",
            Self::BudgetExceeded => "budget is used up",
            Self::GuardFailed => "guard failed",
            Self::Config => "setting is not well-formed",
        }
    }

    const fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::RateLimited
                | Self::Overloaded
                | Self::ServerFailed
                | Self::Timeout
                | Self::Transport
        )
    }
}

impl ModelError {
    /// Returns an error of a kind.
    #[cold]
    #[must_use]
    pub fn new(kind: ModelErrorKind) -> Self {
        Self(Box::new(Inner {
            kind: Some(kind),
            ..Inner::default()
        }))
    }

    /// Says in fixed words what it is about: a feature, an option, a rule.
    #[must_use]
    pub const fn with_subject(mut self, subject: &'static str) -> Self {
        self.0.subject = Some(subject);
        self
    }

    /// Keeps the status of the answer.
    #[must_use]
    pub const fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Keeps how long the provider asks to wait.
    #[must_use]
    pub const fn with_retry_after(mut self, pause: Option<Duration>) -> Self {
        self.0.retry_after = pause;
        self
    }

    /// Keeps the id of the request in the provider's log, where it is 1 to 128 letters,
    /// digits and `-_.:`. Another one is dropped.
    #[must_use]
    pub fn with_request_id(mut self, id: Option<&str>) -> Self {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        let id = id.filter(|id| !id.is_empty() && id.len() <= 128 && id.bytes().all(plain));
        self.0.request_id = id.map(Into::into);
        self
    }

    /// Keeps how many times the request was sent.
    #[must_use]
    pub const fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Keeps what the provider says, unseen.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Text>) -> Self {
        self.0.message = Some(message.into());
        self
    }

    /// Overrides whether the same call may succeed later.
    #[must_use]
    pub const fn retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = Some(retryable);
        self
    }

    /// Returns what can be done about it.
    #[must_use]
    pub const fn kind(&self) -> ModelErrorKind {
        match self.0.kind {
            Some(kind) => kind,
            None => ModelErrorKind::Protocol,
        }
    }

    /// Returns in fixed words what it is about.
    #[must_use]
    pub const fn subject(&self) -> Option<&'static str> {
        self.0.subject
    }

    /// Returns whether the same call may succeed later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.retryable.unwrap_or(self.kind().is_retryable())
    }

    /// Returns how long the provider asks to wait.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns the status of the answer.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Returns the id of the request in the provider's log.
    ///
    /// # Security
    /// The provider chose it, so `Debug` shows its length alone.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Returns how many times the request was sent: 0 where nothing was.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns what the provider says.
    ///
    /// # Security
    /// It may repeat the request, so it does not belong in a log.
    #[must_use]
    pub fn expose_message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind().sentence())?;
        if let Some(subject) = self.0.subject {
            write!(f, ": {subject}")?;
        }
        match self.0.status {
            Some(status) => write!(f, " (status {status})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelError")
            .field("kind", &self.kind())
            .field("subject", &self.0.subject)
            .field("status", &self.0.status)
            .field(
                "request_id_bytes",
                &self.0.request_id.as_ref().map(|id| id.len()),
            )
            .field("attempts", &self.0.attempts)
            .field("retry_after", &self.0.retry_after)
            .field("has_message", &self.0.message.is_some())
            .finish_non_exhaustive()
    }
}

impl StdError for ModelError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|error| error as _)
    }
}

impl From<Error> for ModelError {
    /// Takes an error of another module in; it becomes the source.
    #[cold]
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::Config => ModelErrorKind::Config,
            ErrorKind::Limit => ModelErrorKind::Limit,
            ErrorKind::Refused => ModelErrorKind::PolicyDenied,
            _ => ModelErrorKind::GuardFailed,
        };
        let mut new = Self::new(kind);
        if error.is_retryable() {
            new = new.retryable(true);
        }
        new.0.source = Some(Box::new(error));
        new
    }
}

impl From<ModelError> for Error {
    /// Takes an error of a model in; it is kept and not shown.
    #[cold]
    fn from(error: ModelError) -> Self {
        let kind = match error.kind() {
            ModelErrorKind::Config
            | ModelErrorKind::InvalidRequest
            | ModelErrorKind::Unsupported => ErrorKind::Config,
            ModelErrorKind::Limit | ModelErrorKind::ContextTooLong => ErrorKind::Limit,
            ModelErrorKind::PolicyDenied
            | ModelErrorKind::AttestationMissing
            | ModelErrorKind::RegionDenied
            | ModelErrorKind::CredentialScope
            | ModelErrorKind::BudgetExceeded
            | ModelErrorKind::GuardFailed => ErrorKind::Refused,
            _ => ErrorKind::Model,
        };
        let retryable = error.is_retryable();
        let new = Self::message(kind, error.kind().sentence()).with_source(error);
        if retryable { new.retry() } else { new }
    }
}
