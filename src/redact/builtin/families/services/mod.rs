//! Services of which a rule is one row of a table.
//!
//! Most services issue keys without a mark of their own: a row says how the
//! service is named and what its keys look like. Where the documentation gives
//! no length, the row takes a range around what is issued; that a value looks
//! random is asked of all of them. A name that is an ordinary word as well ends
//! with `_`, and counts only with a word such as `key` right behind it.
//!
//! Examples are made from the shapes, by [`Rule::examples`](crate::redact::builtin::rule::Rule::examples).

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

pub(super) mod business;
pub(super) mod finance;
pub(super) mod machines;
pub(super) mod media;
pub(super) mod models;
pub(super) mod places;
pub(super) mod prefixes;
pub(super) mod reach;
pub(super) mod web;

/// A value of no known length.
const ANY: &str = "[0-9A-Za-z_-]{20,128}";

/// What many services take: 32 letters and digits, which may be hexadecimal.
const A32: &str = "[0-9A-Za-z]{32}";

const UUID: &str = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}";
