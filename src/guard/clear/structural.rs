//! Names and ids, which may not be rewritten.

use crate::redact::{Category, PlaceholderMap, Redactor, Validation};
use crate::{Error, ErrorKind};

/// Makes sure that a name or id gives nothing away. A finding denies where it is beyond
/// doubt: a known value, or a secret in a form of its own. What only looks like something
/// passes, since ids are full of digits.
///
/// # Errors
/// [`Refused`](ErrorKind::Refused), and that of a detector.
pub(crate) fn check(redactor: &Redactor, map: &PlaceholderMap, text: &str) -> Result<(), Error> {
    let found = redactor.try_scan_with(text, map)?;
    let is_certain = |validation, category| match validation {
        Validation::Known => true,
        Validation::Checked | Validation::Format => category == Category::Secret,
        Validation::Judged => false,
    };
    let denies =
        |finding: &crate::redact::Finding| is_certain(finding.validation(), finding.category());
    match found.iter().any(denies) {
        true => Err(refused("a name or id holds a value that may not leave")),
        false => Ok(()),
    }
}

/// Makes sure that nothing at all is found in an address.
///
/// # Errors
/// [`Refused`](ErrorKind::Refused), and that of a detector.
pub(crate) fn check_address(
    redactor: &Redactor,
    map: &PlaceholderMap,
    text: &str,
) -> Result<(), Error> {
    let found = redactor.try_scan_with(text, map)?;
    match found.is_empty() {
        true => Ok(()),
        false => Err(refused("an address holds a value that may not leave")),
    }
}

pub(crate) fn refused(what: &'static str) -> Error {
    Error::message(ErrorKind::Refused, what)
}
