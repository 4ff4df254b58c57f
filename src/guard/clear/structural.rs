//! Names and ids, which may not be rewritten.

use std::collections::HashMap;

use super::hearsay;
use crate::guard::conversation::Seen;
use crate::redact::{Category, Finding, PlaceholderMap, Redactor, Validation};
use crate::{Error, ErrorKind};

/// Makes sure that a name or id gives nothing away. A finding denies where it is beyond
/// doubt: a known value, a secret in a form of its own, or something personal that has
/// letters, such as an e-mail address. What is of digits alone passes, since ids are full
/// of those.
///
/// # Errors
/// [`Refused`](ErrorKind::Refused), and that of a detector.
pub(crate) fn check(
    redactor: &Redactor,
    map: &PlaceholderMap,
    seen: &HashMap<u64, Seen>,
    text: &str,
) -> Result<(), Error> {
    let has_letters = |finding: &Finding| {
        let found = text.get(finding.span()).unwrap_or(text);
        found.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    deny(redactor, map, text, |finding| match finding.validation() {
        Validation::Known => !hearsay::is_word(redactor, map, seen, text, finding),
        Validation::Checked | Validation::Format => {
            finding.category() == Category::Secret || has_letters(finding)
        }
        Validation::Judged => false,
    })
}

/// Makes sure that words which may not be rewritten give nothing away: the values of an
/// enumeration, the name of a speaker. Every finding denies but one that rests on judgement
/// alone.
///
/// # Errors
/// [`Refused`](ErrorKind::Refused), and that of a detector.
pub(crate) fn check_words(
    redactor: &Redactor,
    map: &PlaceholderMap,
    text: &str,
) -> Result<(), Error> {
    deny(redactor, map, text, |finding| {
        finding.validation() != Validation::Judged
    })
}

fn deny(
    redactor: &Redactor,
    map: &PlaceholderMap,
    text: &str,
    denies: impl Fn(&Finding) -> bool,
) -> Result<(), Error> {
    let found = redactor.try_scan_with(text, map)?;
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
