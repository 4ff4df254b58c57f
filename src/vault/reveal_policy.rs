//! The decision whether a secret is shown.

use std::fmt;

use super::{SecretPurpose, SecretRef};
use crate::audit::Caller;
use crate::decision::{Decision, Reason};
use crate::pointer::for_pointers;

/// Decides whether a secret is shown.
pub trait RevealPolicy: Send + Sync + fmt::Debug {
    /// Returns whether the secret may be shown. What cannot be decided is denied.
    fn decide(&self, request: &RevealRequest<'_>) -> Decision;
}

for_pointers! {
    impl RevealPolicy {
        fn decide(&self, request: &RevealRequest<'_>) -> Decision {
            (**self).decide(request)
        }
    }
}

/// What a [`RevealPolicy`] decides on.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RevealRequest<'a> {
    /// Who wants to see it.
    pub caller: &'a Caller,
    /// Which secret it is.
    pub secret: &'a SecretRef,
    /// What it is to be shown for.
    pub purpose: &'a SecretPurpose,
    /// What kind of secret it is; empty where none was named.
    pub kind: &'a str,
}

/// Shows nothing to anyone: the policy of a vault that was given none.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct DenyReveal;

impl RevealPolicy for DenyReveal {
    fn decide(&self, _: &RevealRequest<'_>) -> Decision {
        Decision::deny(Reason::without_clause("secrets are not shown"))
    }
}
