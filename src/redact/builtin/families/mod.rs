//! The built-in rules, one file per family of providers.
//!
//! Adding a rule is adding one entry to one of these tables. The formats are
//! facts from the providers' own documentation, which each entry names; where a
//! provider documents no length, the entry takes a range around what it issues.
//! What has no format at all, such as a private key or a connection string, is
//! read by the engine and is not in these tables.

/// A value that is told by a mark inside.
macro_rules! within {
    ($head:literal, $mark:literal, $tail:literal) => {
        crate::redact::builtin::Form::Within {
            head: &const { crate::redact::text::Shape::parse($head) },
            mark: $mark,
            tail: crate::redact::text::Shape::parse($tail),
        }
    };
}

/// Rules for values with a name before them: id, provider, names, shape of the
/// value, documentation.
macro_rules! values {
    ($($id:literal, $provider:literal, [$($name:literal),+], $value:expr, $source:literal;)+) => {
        &[$(crate::redact::builtin::rule::Rule {
            id: $id,
            provider: $provider,
            kind: crate::redact::finding::Kind::ApiKey,
            form: crate::redact::builtin::families::named(&[$($name),+], $value),
            check: crate::redact::builtin::rule::Check::None,
            source: $source,
            found: &[],
            passed: &[],
        }),+]
    };
}

/// Rules for tokens with a prefix: id, provider, kind, prefixes, shape of the
/// rest, documentation.
macro_rules! tokens {
    ($($id:literal, $provider:literal, $kind:ident, [$($prefix:literal),+], $body:expr, $source:literal;)+) => {
        &[$(crate::redact::builtin::rule::Rule {
            id: $id,
            provider: $provider,
            kind: crate::redact::finding::Kind::$kind,
            form: crate::redact::builtin::families::token(&[$($prefix),+], $body),
            check: crate::redact::builtin::rule::Check::None,
            source: $source,
            found: &[],
            passed: &[],
        }),+]
    };
}

mod analytics;
mod build;
mod business;
mod cloud;
mod commerce;
mod content;
mod data;
pub(super) mod evidence;
mod hosting;
mod identity;
mod infrastructure;
#[cfg(test)]
mod layouts;
mod mail;
mod messaging;
mod models;
mod national;
mod observability;
mod packages;
mod payments;
mod personal;
mod places;
mod security;
mod shapes;
mod source;
mod structure;
#[cfg(test)]
mod tests;
mod web;
mod webhooks;

use super::rule::{Form, Rule};
use crate::redact::finding::RuleRef;
use crate::redact::text::Shape;

/// Every built-in rule, in the order of their references.
pub(crate) static FAMILIES: &[&[Rule]] = &[
    cloud::RULES,
    hosting::providers::RULES,
    models::providers::RULES,
    models::tools::RULES,
    source::RULES,
    build::RULES,
    packages::RULES,
    payments::providers::RULES,
    messaging::platforms::RULES,
    mail::RULES,
    webhooks::RULES,
    observability::RULES,
    analytics::RULES,
    data::RULES,
    identity::RULES,
    infrastructure::RULES,
    security::RULES,
    business::platforms::RULES,
    content::platforms::RULES,
    commerce::RULES,
    hosting::tokens::RULES,
    business::tokens::RULES,
    messaging::tokens::RULES,
    payments::tokens::RULES,
    models::tokens::RULES,
    content::tokens::RULES,
    places::tokens::RULES,
    web::tokens::RULES,
    models::named::RULES,
    hosting::named::RULES,
    business::named::RULES,
    messaging::named::RULES,
    payments::named::RULES,
    places::named::RULES,
    content::named::RULES,
    web::named::RULES,
    structure::RULES,
    personal::RULES,
    national::EUROPE,
    national::AMERICAS,
    national::ASIA,
    national::THINGS,
];

/// The rules that no preset and no kind has on: their values are ordinary text
/// as often as not.
pub(crate) const ONLY_WHEN_ASKED: &[&str] = &["calendar-date", "de-postcode", "uk-postcode"];

/// What each table is about, in their order. Several tables may be of one family.
pub(crate) static TITLES: &[&str] = &[
    "Clouds",
    "Hosting and machines",
    "Models and tools around them",
    "Models and tools around them",
    "Source code",
    "Builds and tests",
    "Packages",
    "Payments and money",
    "Messages",
    "Mail",
    "Addresses that are secrets",
    "Monitoring",
    "Analytics and feature flags",
    "Databases and data",
    "Identity",
    "Infrastructure",
    "Security",
    "Business software",
    "Content",
    "Commerce",
    "Hosting and machines",
    "Business software",
    "Messages",
    "Payments and money",
    "Models and tools around them",
    "Content",
    "Places and ways",
    "The web",
    "Models and tools around them",
    "Hosting and machines",
    "Business software",
    "Messages",
    "Payments and money",
    "Places and ways",
    "Content",
    "The web",
    "Structure",
    "Personal data",
    "Identity numbers of Europe",
    "Identity numbers of the Americas",
    "Identity numbers of Asia, Africa and the Pacific",
    "Accounts, devices and vehicles",
];

const _: () = assert!(TITLES.len() == FAMILIES.len(), "each table has a title");

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
const _: () = {
    let (mut table, mut count) = (0, 0);
    while table < FAMILIES.len() {
        count += FAMILIES[table].len();
        table += 1;
    }
    assert!(count <= u16::MAX as usize, "each rule has a reference");
};

/// Returns every built-in rule with its reference, in the order of the tables.
pub(crate) fn all() -> impl Iterator<Item = (RuleRef, &'static Rule)> {
    RuleRef::built_in().zip(FAMILIES.iter().copied().flatten())
}

/// Returns the rule at this place of the tables.
pub(crate) fn get(place: u16) -> Option<&'static Rule> {
    FAMILIES.iter().copied().flatten().nth(place.into())
}

/// Returns the rule with this id.
pub(crate) fn with_id(id: &str) -> Option<&'static Rule> {
    let mut rules = FAMILIES.iter().copied().flatten();
    rules.find(|rule| rule.id == id)
}

/// One of the prefixes, then a body of this shape.
const fn token(prefixes: &'static [&'static str], body: &str) -> Form {
    Form::Token {
        prefixes,
        body: Shape::parse(body),
    }
}

/// A value of this shape with one of the names before it.
const fn named(names: &'static [&'static str], value: &str) -> Form {
    Form::Named {
        names,
        value: Shape::parse(value),
    }
}

/// An address on one of the hosts with a path of this shape.
const fn address(hosts: &'static [&'static str], path: &str) -> Form {
    Form::Address {
        hosts,
        path: Shape::parse(path),
    }
}
