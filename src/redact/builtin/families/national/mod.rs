//! Numbers by which countries, companies and networks know people: a row for
//! each, with its shape, its check digits and what it is called.

mod americas;
mod asia;
mod europe;
mod things;

use super::{Form, Rule};
use crate::redact::builtin::rule::{Check, Number};
use crate::redact::finding::Kind;

pub(crate) const EUROPE: &[Rule] = europe::RULES;
pub(crate) const AMERICAS: &[Rule] = americas::RULES;
pub(crate) const ASIA: &[Rule] = asia::RULES;
pub(crate) const THINGS: &[Rule] = things::RULES;

const fn number(
    id: &'static str,
    provider: &'static str,
    kind: Kind,
    number: Number,
    source: &'static str,
    found: &'static [&'static str],
    passed: &'static [&'static str],
) -> Rule {
    Rule {
        id,
        provider,
        kind,
        form: Form::Number(number),
        check: Check::None,
        source,
        found,
        passed,
    }
}
