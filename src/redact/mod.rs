//! Finding and replacing secrets and structured personal data in text.
//!
//! A [`Redactor`] holds rules and what is to become of the values that they find.
//! It is built once, is cheap to clone, and serves all threads. What it gives back
//! is [`Redacted`]: the text with the values replaced, and a [`Finding`] for each
//! of them, which says which rule matched and where, never what. Only a redactor
//! makes a `Redacted`, so a sink that takes one cannot be given anything else.
//!
//! ```
//! use confidant::redact::{Key, Kind, Operator, Redactor};
//!
//! let redactor = Redactor::builder()
//!     .operator(Operator::Placeholder(Key::from_bytes([7; 32])))
//!     .operator_for(Kind::Password, Operator::Remove)
//!     .build();
//! let redacted = redactor.redact("psql postgres://app:fV9s-Rk2xLq7@db.internal/orders");
//! assert_eq!(redacted.as_str(), "psql postgres://app:@db.internal/orders");
//! assert_eq!(redacted.findings()[0].kind(), Kind::Password);
//! ```
//!
//! # Rules and presets
//! [`Redactor::secrets`], which is also the default, has every built-in rule for
//! secrets, and payment cards and IBANs where they are beyond doubt: tokens by the formats that their providers document, values beside a
//! provider's name, private keys, passwords in addresses, headers, cookies, and
//! assignments in the syntaxes in which people assign.
//! [`Redactor::secrets_and_pii`] adds personal data that has a form to check:
//! e-mail and network addresses, telephone numbers, cards, accounts, wallets, and
//! the identity numbers of some forty countries; [the manual](crate::manual::presets)
//! says what each preset covers. [`BuiltInRule::all`] lists all rules, each
//! with its provider, the documentation of its format, examples and
//! counter-examples.
//!
//! [`Redactor::builder`] begins as the preset for secrets and takes more: a
//! category, what is to be switched off, an [`AllowList`] of values that may be
//! seen, the least confidence that counts, a [`Detector`] for what has no form.
#![cfg_attr(
    feature = "rules",
    doc = "Rules of one's own are written in TOML, with examples in them that can be run: a [`RuleSet`]; the page on rules of the manual has the format. [Configurations of gitleaks](RuleSet::from_gitleaks) are read too; [`Redactor::for_path`] tells a redactor of which file its texts are."
)]
//!
//! [`KnownValues`] are found wherever they stand: all that a vault holds, say.
//! They are kept as fingerprints under a key, and may come and go at any time.
//!
//! # Operators
//! An [`Operator`] says what takes the place of a value: a label (the default), a
//! placeholder, a mask, a digest or a surrogate under a [`Key`], or nothing. A
//! [`PlaceholderMap`] remembers which value stands behind which placeholder, so that a
//! model's answer can be [restored](PlaceholderMap::restore), also as it arrives
//! ([`Restorer`]). A [`Report`] counts what was removed.
//!
//! # Streams, files, logs
//! [`StreamRedactor`] takes chunks, however they are cut, and gives out what is
//! settled; [`RedactingWriter`] and [`RedactingReader`] put it between a program
//! and its files.
#![cfg_attr(
    feature = "async",
    doc = "[`RedactedStream`] is an asynchronous stream of text, redacted."
)]
#![cfg_attr(
    feature = "tracing",
    doc = "[`RedactingLayer`] and [`RedactingMakeWriter`] redact what is logged with `tracing`, the first of them field by field."
)]
#![cfg_attr(
    feature = "json",
    doc = "\n# JSON\n[`Redactor::redact_json`], [`redact_json_value`](Redactor::redact_json_value) and [`redact_ndjson`](Redactor::redact_ndjson) resolve escapes, take keys as context, and leave JSON that is JSON."
)]
//!
//! # How it works
//! One pass with the processor's vector instructions marks the few places that
//! deserve a look: where runs of 16 or more letters, digits, `_` and `-` begin,
//! since nearly every credential holds one, and the first four bytes of a few
//! words and marks, such as `pass` and `://`. Tables lead from each place to the
//! matchers of its sort, which read a bounded number of bytes: a prefix, an
//! alphabet, a length, the neighbours, a checksum where the format has one, the
//! name beside the value, and how random the value looks. No pattern runs over a
//! whole text, so time is linear in its length. Overlaps are settled from left to
//! right: what any rule covers stays covered, and the surer one keeps its bounds.
//!
//! # Encodings
//! Text in base 64, hexadecimal digits, percent-encoding, escapes with a backslash,
//! character references, quoted-printable and UTF-16, and values in several pieces,
//! are decoded where marks lead to them and read by the same rules, up to three
//! layers deep. What is replaced are the bytes that carry the value, and
//! [`Finding::decoded_from`] says how they did.
//!
//! # Limits
//! A text may have any length. How far rules read, what streams hold back and all
//! other limits are in [the manual](crate::manual::limits); what the redactor
//! protects against is in the [threat model](crate::manual::threat_model).
//!
//! # What it does not do
//! * It does not find names, postal addresses and whatever else has no form to
//!   check; a [`Detector`] can.
//! * It does not undo what is compressed or encrypted, nor more than three encodings
//!   around each other; a [`Detector`] sees texts as they stand.
//! * It does not ask a provider whether a credential is live.
//! * It does not find a secret that is spread over several texts, log events or
//!   fields.

mod builtin;
mod custom;
mod engine;
mod finding;
#[cfg(feature = "json")]
mod json;
mod operator;
mod redactor;
mod restore;
mod stream;
mod text;
#[cfg(feature = "tracing")]
mod tracing;

pub use builtin::BuiltInRule;
pub use custom::{AllowList, AllowListBuilder, Detections, Detector, KnownValues};
#[cfg(feature = "rules")]
pub use custom::{GitleaksBase, GitleaksConfig, RuleSet};
pub use finding::{Category, Encoding, Finding, Kind, Report, Validation};
#[cfg(feature = "json")]
pub use json::{JsonFinding, RedactedNdjson};
pub use operator::{Key, Operator};
pub use redactor::{Redacted, Redactor, RedactorBuilder};
pub use restore::{PlaceholderMap, RestoreCounts, Restored, Restorer};
#[cfg(feature = "async")]
pub use stream::RedactedStream;
pub use stream::{RedactingReader, RedactingWriter, StreamRedactor};
#[cfg(feature = "tracing")]
pub use tracing::{LogFormat, RedactingEventWriter, RedactingLayer, RedactingMakeWriter};
