//! The kinds of errors, by what can be done about them.

/// What can be done about an [`Error`](crate::Error): one kind for each answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting, rule, document or textual value is not well-formed, or an
    /// operation was called in a way it does not allow: correct what was given.
    Config,
    /// What was to be changed had been changed by someone else in the meantime:
    /// read it again, and decide again.
    Conflict,
    /// It is not known whether what was asked for happened, such as when a
    /// connection was lost at the end of a commit: look, and decide again.
    InDoubt,
    /// Something stored or received is not what was written: stop, and look
    /// into who changed it.
    Integrity,
    /// A key service failed or could not be reached: try again where the error
    /// [may be retried](crate::Error::is_retryable), or look after the service.
    KeyService,
    /// A documented limit was passed: give less, or raise the limit where it
    /// can be raised.
    Limit,
    /// A model or its provider failed: try again, or elsewhere.
    Model,
    /// Something sealed could not be opened. It is never told apart whether the
    /// key was wrong or the bytes were changed.
    Open,
    /// There is no such record, version or entry: it was never there or is gone.
    NotFound,
    /// A policy, a guard or the other side refused: do not try again unchanged.
    Refused,
    /// A reader, writer or store failed: try again, or look after the store.
    Store,
    /// An entry is in the audit log, but an anchor failed to keep the checkpoint that
    /// covers it: do not append it again, look after the anchor, and anchor the log.
    Unanchored,
}
