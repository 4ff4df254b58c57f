//! Redaction of secrets and structured personal data in text.
//!
//! A [`Redactor`] holds rules and the operators that replace what they find. It is
//! built once, is cheap to clone, and serves all threads. It returns [`Redacted`]: the
//! text with its values replaced, and a [`Finding`] for each value, which has the rule
//! and the place but never the value. Only a redactor creates a `Redacted`, so a sink
//! that takes one cannot receive anything else.
//!
//! ```
//! use confidant::redact::{Key, Kind, Operator, Redactor};
//!
//! let redactor = Redactor::builder()
//!     .operator(Operator::Placeholder(Key::from_bytes([7; 32])))
//!     .operator_for(Kind::Password, Operator::Remove)
//!     .build()?;
//! let redacted = redactor.redact("psql postgres://app:fV9s-Rk2xLq7@db.internal/orders");
//! assert_eq!(redacted.as_str(), "psql postgres://app:@db.internal/orders");
//! assert_eq!(redacted.findings()[0].kind(), Kind::Password);
//! # Ok::<(), confidant::Error>(())
//! ```
//!
//! # Rules and presets
//! [`Redactor::secrets`], the default, has every built-in rule for secrets, and payment
//! cards and IBANs that are beyond doubt. The rules find tokens in documented formats,
//! values next to a provider's name, private keys, passwords in addresses, headers,
//! cookies, and assignments in all common syntaxes. [`Redactor::secrets_and_pii`] adds
//! personal data in a checkable form: e-mail and network addresses, telephone numbers,
//! cards, accounts, wallets, and the identity numbers of about forty countries. [The
//! manual](crate::manual::presets) describes what each preset covers.
//! [`BuiltInRule::all`] lists all rules, each with its provider, the [`RuleEvidence`] behind
//! it, the documentation of its format, examples and counter-examples.
//!
//! [`Redactor::builder`] starts as the preset for secrets. It adds categories, kinds and
//! rules or removes them. It also takes an [`AllowList`] of values that may be shown, a
//! minimum confidence, and a [`Detector`] for values without a form.
#![cfg_attr(
    feature = "rules",
    doc = "You can write your own rules in TOML, with examples that run as tests: see [`RuleSet`] and the manual. [gitleaks configurations](RuleSet::from_gitleaks) are supported too. [`Redactor::for_path`] tells a redactor which file its texts come from."
)]
//!
//! [`KnownValues`], such as all values in a vault, are found wherever they occur. They
//! are kept as keyed fingerprints and can be added and removed at any time.
//!
//! # Operators
//! An [`Operator`] determines what replaces a value: a label (the default), a
//! placeholder, a mask, a digest or a surrogate under a [`Key`], or nothing. A
//! [`PlaceholderMap`] remembers the value behind each placeholder, so a model's answer
//! can be [restored](PlaceholderMap::restore), even while it arrives ([`Restorer`]). A
//! [`Report`] counts what was removed.
//!
//! # Streams, files, logs
//! [`StreamRedactor`] takes chunks, however they are cut, and returns text as soon as it
//! is settled; [`PlaceholderStream`] does so with a map. [`RedactingWriter`] and [`RedactingReader`] redact between a program and
//! its files.
#![cfg_attr(
    feature = "async",
    doc = "[`RedactedStream`] redacts an asynchronous stream of text or bytes, and [`RestoredStream`] restores one. A [`RedactingReader`] is an asynchronous reader as well, and [`RedactingAsyncWriter`] a writer."
)]
#![cfg_attr(
    feature = "tracing",
    doc = "[`RedactingLayer`] and [`RedactingMakeWriter`] redact what is logged with `tracing`, the first of them field by field."
)]
#![cfg_attr(
    feature = "json",
    doc = "\n# JSON\n[`Redactor::redact_json`], [`redact_json_value`](Redactor::redact_json_value) and [`redact_ndjson`](Redactor::redact_ndjson) take names as names and values as values, also in JSON that stands in strings, and keep JSON valid. Each has a twin that takes a map. [`JsonPaths`] names values that must stay, and [`FieldNames`] those that are hidden whatever they are."
)]
//!
//! # How it works
//! One pass with vector instructions marks the few places that need examination. These
//! are runs of 16 or more letters, digits, `_` and `-`, which nearly every credential
//! contains, and anchors: the first four bytes of a few words and punctuation marks,
//! such as `pass` and `://`. From each place, tables lead to matchers, which read a
//! bounded number of bytes. They test the prefix, the alphabet, the length, the bytes on
//! either side, a checksum if the format has one, the name next to the value, and how
//! random the value looks. No pattern runs over a whole text, so the time is linear in
//! its length. Overlaps are resolved from left to right. Text that any rule covers stays
//! covered, and the rule with the higher confidence keeps its bounds. [The
//! manual](crate::manual::design) describes the design.
//!
//! # Encodings
//! Base 64, hexadecimal digits, percent-encoding, backslash escapes, character
//! references, quoted-printable, UTF-16, colors of terminals and values in several
//! pieces are decoded where marks lead to them. The same rules read the decoded text, up
//! to three layers deep. The bytes that carry a value are replaced, and
//! [`Finding::decoded_from`] returns the encodings.
//!
//! # Limits
//! A text may have any length. [The manual](crate::manual::limits) lists how far rules
//! read, what streams hold back, and all other limits. The [threat
//! model](crate::manual::threat_model) describes what the redactor protects against.
//!
//! # What it does not do
//! * It does not find names, postal addresses or other data without a checkable form. A
//!   [`Detector`] can.
//! * It does not decompress or decrypt, and it undoes at most three nested encodings. A
//!   [`Detector`] sees texts as they are.
//! * It does not ask a provider whether a credential is live.
//! * It does not find a secret that is spread over several texts, log events or fields.

mod builtin;
mod custom;
mod engine;
mod finding;
#[cfg(test)]
mod growth;
#[cfg(feature = "json")]
mod json;
mod operator;
mod redactor;
mod restore;
mod stream;
mod text;
#[cfg(feature = "tracing")]
mod tracing;

pub use builtin::{BuiltInRule, RuleEvidence};
#[cfg(feature = "json")]
pub use custom::JsonPaths;
pub use custom::{
    AllowList, AllowListBuilder, Detections, Detector, FieldNames, KnownForms, KnownTenants,
    KnownValues,
};
#[cfg(feature = "rules")]
pub use custom::{GitleaksBase, GitleaksConfig, RuleSet};
#[cfg(confidant_tools)]
#[doc(hidden)]
pub use engine::tools;
pub use finding::{Category, Encoding, Finding, Kind, Report, Validation};
#[cfg(feature = "guard")]
pub(crate) use json::whole_number;
#[cfg(feature = "json")]
pub use json::{JsonFinding, RedactedNdjson};
pub use operator::{Key, Operator};
#[cfg(feature = "guard")]
pub(crate) use redactor::Form;
pub use redactor::{Redacted, Redactor, RedactorBuilder};
#[cfg(feature = "guard")]
pub(crate) use restore::{Hidden, Judge, Mapped, Search, Source};
pub use restore::{PlaceholderMap, RestoreCounts, Restored, Restorer};
pub use stream::{PlaceholderStream, RedactingReader, RedactingWriter, StreamRedactor};
#[cfg(feature = "async")]
pub use stream::{RedactedStream, RedactingAsyncWriter, RestoredStream, StreamText};
#[cfg(feature = "tracing")]
pub use tracing::{LogFormat, RedactingEventWriter, RedactingLayer, RedactingMakeWriter};
