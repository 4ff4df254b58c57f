//! One opaque error for the whole crate.

#![allow(
    dead_code,
    reason = "some constructors serve modules whose feature may be off"
)]

mod audit;
mod cause;
mod consent;
mod decision;
mod key_service;
mod kind;
mod known;
mod policy;
mod pseudonym;
mod retention;
mod rights;
mod rules;
mod store;
mod taxonomy;
mod time;
mod visibility;

use std::error::Error as StdError;
use std::fmt;

#[cfg(feature = "audit")]
pub(crate) use audit::AuditCause;
use cause::Cause;
pub(crate) use consent::ConsentCause;
pub(crate) use decision::DecisionCause;
pub(crate) use key_service::KeyServiceCause;
#[cfg(any(
    feature = "aws-kms",
    feature = "azure-keyvault",
    feature = "gcp-kms",
    feature = "vault-transit"
))]
pub(crate) use key_service::Refusal;
pub use kind::ErrorKind;
pub(crate) use known::KnownCause;
#[cfg(feature = "redact")]
pub(crate) use known::KnownRefusal;
pub(crate) use policy::PolicyCause;
pub(crate) use pseudonym::PseudonymCause;
pub(crate) use retention::RetentionCause;
pub(crate) use rights::RightsCause;
pub(crate) use rules::RuleCause;
pub(crate) use store::StoreCause;
pub(crate) use taxonomy::TaxonomyCause;
pub(crate) use time::TimeCause;
pub(crate) use visibility::VisibilityCause;

/// Why an operation of this crate failed.
///
/// An error is one word. [`kind`](Self::kind) says what can be done about it;
/// `Display` says what happened in one lower-case sentence without a full stop.
///
/// # Security
/// An error never contains content: its message is made of fixed text, numbers,
/// offsets and the ids that the caller gave to rules, clauses and the like, so
/// it can be logged. An error from elsewhere (the caller's reader, model or
/// store) may well contain content. It is kept, but neither `Display`, `Debug`
/// nor [`source`](StdError::source) shows it; only
/// [`expose_source`](Self::expose_source) does.
///
/// # Example
/// ```
/// use confidant::time::Period;
/// use confidant::{Error, ErrorKind};
///
/// let error: Error = "90 days".parse::<Period>().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Config);
/// assert_eq!(error.to_string(), "period is not ISO 8601 text such as `P90D`, at byte 0");
/// ```
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: ErrorKind,
    cause: Cause,
    id: Option<Id>,
    place: Option<Place>,
    foreign: Option<Foreign>,
    retryable: bool,
}

type Foreign = Box<dyn StdError + Send + Sync + 'static>;

#[derive(Clone, Copy)]
enum Place {
    Byte(u64),
    Line(u64),
}

/// An id from outside, as a message may show it.
#[derive(Clone)]
enum Id {
    Shown(Box<str>),
    /// Too long or too odd for a log line; only its length is kept.
    Withheld(usize),
}

impl Error {
    /// Returns what can be done about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// Returns whether the same call may succeed when it is made again after a while:
    /// the other side was overloaded, or could not be reached in time.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.inner.retryable
    }

    /// Returns the error from elsewhere that caused this one, if there was one.
    ///
    /// # Security
    /// It is not ours and may contain content; it does not belong in a log.
    #[must_use]
    pub fn expose_source(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.inner.foreign.as_deref()
    }

    /// Creates the failure of a part that plugs in from outside, such as a source of
    /// tokens, kept in [`expose_source`](Self::expose_source).
    #[must_use]
    pub fn foreign(
        kind: ErrorKind,
        source: impl Into<Box<dyn StdError + Send + Sync + 'static>>,
    ) -> Self {
        Self::message(kind, "a part from outside failed").with_source(source)
    }

    /// A setting, rule, document or value that is not well-formed.
    #[cold]
    pub(crate) fn config(what: &'static str) -> Self {
        Self::new(ErrorKind::Config, Cause::Message(what))
    }

    /// There is no such record, version or entry.
    #[cold]
    pub(crate) fn not_found(what: &'static str) -> Self {
        Self::new(ErrorKind::NotFound, Cause::Message(what))
    }

    /// `what` passed a documented limit: "`what` passes the limit of `limit`".
    #[cold]
    pub(crate) fn limit(what: &'static str, limit: u64) -> Self {
        Self::new(ErrorKind::Limit, Cause::Limit { what, limit })
    }

    /// `what` is less than a documented limit: "`what` is below the minimum of
    /// `least`".
    #[cold]
    pub(crate) fn below(what: &'static str, least: u64) -> Self {
        Self::new(ErrorKind::Limit, Cause::Below { what, least })
    }

    /// Anything else that fixed words describe.
    #[cold]
    pub(crate) fn message(kind: ErrorKind, what: &'static str) -> Self {
        Self::new(kind, Cause::Message(what))
    }

    #[cold]
    fn new(kind: ErrorKind, cause: Cause) -> Self {
        let inner = Inner {
            kind,
            cause,
            id: None,
            place: None,
            foreign: None,
            retryable: false,
        };
        Self {
            inner: Box::new(inner),
        }
    }

    /// The same error once more, for another item that failed by it. The error
    /// from elsewhere stays with the first.
    pub(crate) fn again(&self) -> Self {
        let inner = Inner {
            kind: self.inner.kind,
            cause: self.inner.cause.clone(),
            id: self.inner.id.clone(),
            place: self.inner.place,
            foreign: None,
            retryable: self.inner.retryable,
        };
        Self {
            inner: Box::new(inner),
        }
    }

    /// Names the rule, clause or setting at fault by the id its author gave it.
    ///
    /// The message shows an id of up to 64 letters, digits and `-_.:/`, and of
    /// any other only the length, so an id cannot forge a log line.
    #[must_use]
    pub(crate) fn with_id(mut self, id: &str) -> Self {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
        let shown = !id.is_empty() && id.len() <= 64 && id.bytes().all(plain);
        self.inner.id = Some(if shown {
            Id::Shown(id.into())
        } else {
            Id::Withheld(id.len())
        });
        self
    }

    /// Says at which byte of the input it happened, counted from 0.
    #[must_use]
    pub(crate) fn at_byte(mut self, offset: usize) -> Self {
        self.inner.place = Some(Place::Byte(offset as u64));
        self
    }

    /// Says on which line of the input it happened, counted from 1.
    #[must_use]
    pub(crate) fn at_line(mut self, line: usize) -> Self {
        self.inner.place = Some(Place::Line(line as u64));
        self
    }

    /// Says that trying again after a while may help.
    #[must_use]
    pub fn retry(mut self) -> Self {
        self.inner.retryable = true;
        self
    }

    /// Keeps the error from elsewhere that caused this one, unseen.
    #[must_use]
    pub(crate) fn with_source(mut self, foreign: impl Into<Foreign>) -> Self {
        self.inner.foreign = Some(foreign.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.cause.fmt(f)?;
        match &self.inner.id {
            Some(Id::Shown(id)) => write!(f, ", in `{id}`")?,
            Some(Id::Withheld(len)) => write!(f, ", in an id of {len} bytes")?,
            None => {}
        }
        match self.inner.place {
            Some(Place::Byte(offset)) => write!(f, ", at byte {offset}"),
            Some(Place::Line(line)) => write!(f, ", at line {line}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.inner.kind)
            .field("message", &format_args!("{self}"))
            .field("has_source", &self.inner.foreign.is_some())
            .finish()
    }
}

impl StdError for Error {}

#[cfg(feature = "audit")]
impl From<AuditCause> for Error {
    #[cold]
    fn from(cause: AuditCause) -> Self {
        Self::new(cause.kind(), Cause::Audit(cause))
    }
}

impl From<ConsentCause> for Error {
    #[cold]
    fn from(cause: ConsentCause) -> Self {
        Self::new(cause.kind(), Cause::Consent(cause))
    }
}

impl From<DecisionCause> for Error {
    #[cold]
    fn from(cause: DecisionCause) -> Self {
        Self::new(cause.kind(), Cause::Decision(cause))
    }
}

impl From<TaxonomyCause> for Error {
    #[cold]
    fn from(cause: TaxonomyCause) -> Self {
        Self::new(cause.kind(), Cause::Taxonomy(cause))
    }
}

impl From<KeyServiceCause> for Error {
    #[cold]
    fn from(cause: KeyServiceCause) -> Self {
        let error = Self::new(cause.kind(), Cause::KeyService(cause));
        if cause.is_retryable() {
            return error.retry();
        }
        error
    }
}

impl From<KnownCause> for Error {
    #[cold]
    fn from(cause: KnownCause) -> Self {
        Self::new(cause.kind(), Cause::Known(cause))
    }
}

impl From<PolicyCause> for Error {
    #[cold]
    fn from(cause: PolicyCause) -> Self {
        Self::new(cause.kind(), Cause::Policy(cause))
    }
}

impl From<RetentionCause> for Error {
    #[cold]
    fn from(cause: RetentionCause) -> Self {
        Self::new(cause.kind(), Cause::Retention(cause))
    }
}

impl From<PseudonymCause> for Error {
    #[cold]
    fn from(cause: PseudonymCause) -> Self {
        Self::new(cause.kind(), Cause::Pseudonym(cause))
    }
}

impl From<RightsCause> for Error {
    #[cold]
    fn from(cause: RightsCause) -> Self {
        Self::new(cause.kind(), Cause::Rights(cause))
    }
}

impl From<RuleCause> for Error {
    #[cold]
    fn from(cause: RuleCause) -> Self {
        Self::new(cause.kind(), Cause::Rule(cause))
    }
}

impl From<StoreCause> for Error {
    #[cold]
    fn from(cause: StoreCause) -> Self {
        Self::new(cause.kind(), Cause::Store(cause))
    }
}

impl From<TimeCause> for Error {
    #[cold]
    fn from(cause: TimeCause) -> Self {
        Self::new(cause.kind(), Cause::Time(cause))
    }
}

impl From<VisibilityCause> for Error {
    #[cold]
    fn from(cause: VisibilityCause) -> Self {
        Self::new(cause.kind(), Cause::Visibility(cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_the_id_and_the_place() {
        let error = Error::config("rule has no anchor")
            .with_id("acme-key")
            .at_line(7);
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(
            error.to_string(),
            "rule has no anchor, in `acme-key`, at line 7"
        );
        let error = Error::limit("nesting of the document", 128).at_byte(4096);
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert_eq!(
            error.to_string(),
            "nesting of the document passes the limit of 128, at byte 4096"
        );
    }

    #[test]
    fn an_id_cannot_forge_a_log_line() {
        for id in ["", "a\nlevel=info ok", "a b", "é", &"a".repeat(65)] {
            let shown = Error::config("rule is empty").with_id(id).to_string();
            assert_eq!(
                shown,
                format!("rule is empty, in an id of {} bytes", id.len())
            );
        }
    }

    #[test]
    fn a_foreign_error_is_kept_and_not_shown() {
        let foreign = std::io::Error::other("prompt: hunter2");
        let error =
            Error::message(ErrorKind::Store, "writing the entry failed").with_source(foreign);
        assert!(!format!("{error} {error:?} {error:#?}").contains("hunter2"));
        assert!(error.source().is_none());
        let kept = error.expose_source().unwrap();
        assert_eq!(kept.to_string(), "prompt: hunter2");
        assert!(kept.downcast_ref::<std::io::Error>().is_some());
    }

    #[test]
    fn an_error_from_outside_names_its_kind_and_hides_the_rest() {
        let foreign = || std::io::Error::other("token hunter2");
        let error = Error::foreign(ErrorKind::KeyService, foreign());
        assert_eq!(error.kind(), ErrorKind::KeyService);
        assert!(!error.is_retryable() && error.expose_source().is_some());
        let again = Error::foreign(ErrorKind::Store, foreign()).retry().again();
        assert_eq!(again.kind(), ErrorKind::Store);
        assert!(again.is_retryable() && again.expose_source().is_none());
        assert_eq!(again.to_string(), "a part from outside failed");
    }

    #[test]
    fn debug_says_what_display_says() {
        assert_eq!(
            format!("{:?}", Error::limit("text", 5)),
            "Error { kind: Limit, message: text passes the limit of 5, has_source: false }"
        );
    }
}
