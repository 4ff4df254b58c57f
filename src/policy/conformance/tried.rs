//! What was tried, and how it came out.

use crate::decision::{ClauseId, Decision, Reason};
use crate::policy::{FaultCode, Faults};
use crate::{Error, ErrorKind};

/// Something that was tried: whether it was let through, and which clause said so.
///
/// An error that says that a store, a model or a setting failed is neither permission nor
/// refusal: nothing was decided, and a trial that meets one fails. So it is with a policy
/// document that could not be read.
pub trait Tried {
    /// Returns whether it was let through.
    fn is_permitted(&self) -> bool;

    /// Returns whether it was refused.
    fn is_refused(&self) -> bool {
        !self.is_permitted()
    }

    /// Returns the clause that decided, where one did.
    fn clause(&self) -> Option<ClauseId> {
        None
    }

    /// Returns what was seen, in words without content.
    fn seen(&self) -> String;
}

impl Tried for bool {
    fn is_permitted(&self) -> bool {
        *self
    }

    fn seen(&self) -> String {
        if *self { "permitted" } else { "refused" }.to_owned()
    }
}

impl Tried for Decision {
    fn is_permitted(&self) -> bool {
        self.is_allow()
    }

    fn clause(&self) -> Option<ClauseId> {
        self.reasons().find_map(Reason::clause).cloned()
    }

    fn seen(&self) -> String {
        let effect = if self.is_allow() { "allow" } else { "deny" };
        match self.reasons().next() {
            Some(reason) => format!("{effect}: {}", reason.why()),
            None => effect.to_owned(),
        }
    }
}

impl<T> Tried for Result<T, Error> {
    fn is_permitted(&self) -> bool {
        self.is_ok()
    }

    /// Of the kinds of errors, those that are an answer about the attempt.
    fn is_refused(&self) -> bool {
        self.as_ref().is_err_and(|error| {
            matches!(
                error.kind(),
                ErrorKind::Refused | ErrorKind::Open | ErrorKind::Integrity | ErrorKind::Limit
            )
        })
    }

    fn seen(&self) -> String {
        match self {
            Ok(_) => "done".to_owned(),
            Err(error) => error.to_string(),
        }
    }
}

impl<T> Tried for Result<T, Faults> {
    fn is_permitted(&self) -> bool {
        self.is_ok()
    }

    /// A text that could not even be read says nothing that could be refused.
    fn is_refused(&self) -> bool {
        let unread = |code| {
            matches!(
                code,
                FaultCode::DocumentTooLong
                    | FaultCode::DuplicateKey
                    | FaultCode::NumberTooLarge
                    | FaultCode::Syntax
                    | FaultCode::TooDeep
                    | FaultCode::UnknownKey
                    | FaultCode::WrongType
            )
        };
        self.as_ref()
            .is_err_and(|faults| !faults.iter().all(|fault| unread(fault.code())))
    }

    fn clause(&self) -> Option<ClauseId> {
        let faults = self.as_ref().err()?;
        faults.iter().find_map(|fault| fault.clause()).cloned()
    }

    fn seen(&self) -> String {
        match self {
            Ok(_) => "compiles".to_owned(),
            Err(faults) => {
                let mut codes: Vec<_> = faults.iter().map(|fault| fault.code().as_str()).collect();
                codes.sort_unstable();
                codes.dedup();
                format!("does not compile: {}", codes.join(", "))
            }
        }
    }
}
