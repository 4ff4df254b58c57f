//! The privacy layer that AI products embed.
//!
//! confidant is a library, not a service: it runs inside your process. It opens no
//! connection, starts no thread and needs no runtime, but for the features that say
//! so. Every mechanism stands alone behind a feature.
//!
//! ```
//! # #[cfg(feature = "redact")] {
//! use confidant::redact::Redactor;
//!
//! let redactor = Redactor::default();
//! let redacted = redactor.redact("deploy with AKIAQ3EGRIZJ7OWLMXUV please");
//! assert_eq!(redacted.as_str(), "deploy with [REDACTED-APIKEY] please");
//! let finding = &redacted.findings()[0];
//! assert_eq!((finding.rule(), finding.span()), ("aws-access-key-id", 12..32));
//! # }
//! ```
//!
//! # Modules
//! Each module uses only those above it.
//!
//! | module | what lives there | feature |
//! |---|---|---|
//! | crate root | [`Error`], one for the whole crate, and its [`ErrorKind`] | always |
//! | [`secret`] | [`Secret`](secret::Secret): a value that is wiped when dropped and that nothing prints | always |
//! | [`blocking`] | [`wait`](blocking::wait): calls of asynchronous functions without a runtime | always |
//! | [`time`] | [`Moment`](time::Moment), [`Period`](time::Period) and [`Clock`](time::Clock): instants, and the calendar periods in which promises are made | always |
//! | [`decision`] | [`Decision`](decision::Decision): an answer with its reasons; the default is to deny | always |
//! | [`taxonomy`] | [`DataCategory`](taxonomy::DataCategory), [`Purpose`](taxonomy::Purpose), [`Subject`](taxonomy::Subject) and the other names that policies and records share | always |
//! | [`retention`] | [`Schedule`](retention::Schedule): what is kept until when, what is erased by when, and why; with `audit` also what carries it out | always, `audit` |
//! | [`store`] | [`Store`](store::Store): a small ordered key-value store with atomic commits | always |
#![cfg_attr(
    feature = "redact",
    doc = "| [`redact`] | [`Redactor`](redact::Redactor): finds and replaces secrets and structured personal data in text, streams and documents | `redact` |"
)]
#![cfg_attr(
    feature = "seal",
    doc = "| [`seal`] | [`KeyProvider`](seal::KeyProvider), and values sealed under keys of their own | `seal`; `aws-kms`, `azure-keyvault`, `gcp-kms`, `vault-transit` |"
)]
#![cfg_attr(
    feature = "audit",
    doc = "| [`audit`] | [`Log`](audit::Log): a tamper-evident log with signed checkpoints and proofs | `audit` |"
)]
#![cfg_attr(
    feature = "vault",
    doc = "| [`vault`] | [`Vault`](vault::Vault): secrets that can be put in and used, and never shown again | `vault` |"
)]
#![cfg_attr(
    feature = "pseudonym",
    doc = "| [`pseudonym`] | [`PseudonymKey`](pseudonym::PseudonymKey): keyed, rotating pseudonyms, and [`Aggregates`](pseudonym::Aggregates) of a minimum size | `pseudonym` |"
)]
#![cfg_attr(
    feature = "consent",
    doc = "| [`consent`] | [`Ledger`](consent::Ledger) of receipts, and [`ConsentRules`](consent::ConsentRules) that decide what data may be used for | `consent` |"
)]
//! | [`visibility`] | [`VisibilityRules`](visibility::VisibilityRules) and [`VisibilityFacts`](visibility::VisibilityFacts): who may do what to which resource, and what is missing where they may not | always; the publish gate `redact`, staff access `audit` |
#![cfg_attr(
    feature = "rights",
    doc = "| [`rights`] | [`Request`](rights::Request)s of data subjects in a [`Register`](rights::Register), with the clocks of their jurisdictions | `rights` |"
)]
#![cfg_attr(
    feature = "policy",
    doc = "| [`policy`] | [`PolicyDoc`](policy::PolicyDoc) and [`Policy`](policy::Policy): a product's privacy promises in one document, compiled into what the modules above enforce | `policy` |"
)]
#![cfg_attr(
    feature = "model",
    doc = "| [`model`] | [`ChatModel`](model::ChatModel), [`ChatRequest`](model::ChatRequest) and [`ClearedRequest`](model::ClearedRequest): models of any provider behind one trait, which takes only what a guard has cleared | `model`; `anthropic`, `bedrock`, `gemini`, `ollama`, `openai`, `testing` |"
)]
#![cfg_attr(
    feature = "guard",
    doc = "| [`guard`] | [`Guard`](guard::Guard): the privacy guard around a model, which clears, routes, meters, restores and audits | `guard` |"
)]
//!
//! The [`manual`] holds what does not belong to one type: the format of rules,
//! the limits, the threat model.
//!
//! # What holds everywhere
//! * **Fail closed.** What fails or is missing denies, with a reason.
//! * **No content in errors, `Debug` and logs**: ids, offsets, lengths and
//!   counts only. What holds a secret has no `Display` and is wiped when dropped.
//! * **Time is an argument.** Nothing reads a clock that the caller did not
//!   choose, so a decision can be replayed.
//! * **Every limit is documented.** What is given and passes one is an error, of
//!   kind [`Limit`](ErrorKind::Limit) or [`Config`](ErrorKind::Config).
//! * **No panics.** The library has no `unwrap` and no indexing, and lints keep
//!   it so.
//!
//! # What it does not do
//! * It does not find names, postal addresses or other personal data that has no
//!   form to check: that takes a language model, and one can be plugged in.
//! * It does not find every secret: a value with neither a known form nor a name
//!   that says what it is goes through, and so does one that somebody hides on purpose.
//! * It does not ask a provider whether a key it found is live.
//! * It does not keep a secret out of a core dump, a swap file or a debugger.
//! * It makes nothing compliant with a law. It enforces what it is told to.
//!
//! # Features
//! Features add; none changes what another does.
//!
//! * **redact** (default): the redaction engine with its built-in rules,
//!   operators, vault, streams, readers and writers. Adds HMAC and SHA-256, for
//!   placeholders and digests under a key.
//! * **rules** (default): rules, allow-lists and settings read from TOML. Adds a
//!   TOML reader and a regular-expression engine, which no built-in rule needs.
//! * **json** (default): redaction of JSON text, of values and of newline-delimited
//!   JSON, which stays JSON. Adds `serde_json`.
//! * **tracing**: a `tracing` layer and a writer that redact log lines on their
//!   way out. Adds `tracing` and `tracing-subscriber`.
//! * **async**: redaction of an asynchronous stream of text, and sealed streams
//!   read and written asynchronously. Adds `futures-core` and `futures-io`, and no
//!   runtime.
//! * **serde** (default): `Serialize` and `Deserialize` for ids, findings and reports. Adds serde.
//! * **audit** (default): the audit log. Adds Ed25519, SHA-256, HMAC, base 64 and
//!   the random numbers of the system; a log in files has a thread of its own.
//! * **sqlite**: the store in one file. Adds SQLite, built from its source with a C
//!   compiler; the store has three threads of its own.
//! * **postgres**: the store in a PostgreSQL database, over TLS. Adds tokio, on which
//!   it must be called, `tokio-postgres` with a pool, and `rustls` with `aws-lc-rs`,
//!   which takes a C compiler.
//! * **store-conformance**: the checks that hold every backend of the store to its
//!   contract, for the tests of a backend of one's own. Adds nothing.
//! * **seal** (default): envelope encryption. Adds AES-GCM, HKDF and the random
//!   numbers of the system.
//! * **aws-lc**: AES-GCM by AWS-LC instead of Rust, with the same bytes. Adds
//!   `aws-lc-rs`, which needs a C compiler.
//! * **vault** (default): secrets that can be put in and used, and never shown
//!   again. Takes `audit` and `seal`, and adds nothing else.
//! * **pseudonym** (default): keyed, rotating pseudonyms of addresses, sessions and
//!   data subjects, unlinkable across purposes. Adds HMAC, SHA-256 and the system's
//!   random numbers.
//! * **consent** (default): the ledger of consents, objections and opt-outs, and
//!   decisions on it. Takes `audit` and `pseudonym`, and adds `serde_json`.
//! * **rights** (default): requests of data subjects, their clocks, bundles and plans.
//!   Takes `consent`, and adds nothing else.
//! * **policy**: the policy document, with what is checked in it, compiled from it and
//!   generated from it. Takes `redact` and `rights`, and adds serde, `serde_json` and a
//!   TOML reader.
//! * **conformance**: the kit that holds a product to its promises by what was tried and
//!   seen, with a report. Takes `policy`, and adds nothing.
//! * **passphrase**: key-encryption keys from passphrases. Adds Argon2id.
//! * **model**: models of any provider behind one trait, with requests, answers,
//!   streams, usage, cost and errors. Adds serde, `serde_json`, SHA-256 and
//!   `futures-core`, and no connection.
//! * **anthropic**, **openai**, **gemini**, **ollama**, **bedrock**: adapters of models,
//!   by the protocols of these providers and of everything compatible. Each takes
//!   `model-http`; **bedrock** adds HMAC and CRC-32.
//! * **model-http**: what the adapters share. Takes `model`, and adds `reqwest` with
//!   rustls, hence a C compiler at build time, and tokio.
//! * **testing**: doubles of models and providers, for the tests of a product. Takes
//!   `model`, and adds base 64 and CRC-32; a mock server has threads of its own.
//! * **guard**: the privacy guard around models. Takes `model`, `json`, `seal` and `audit`,
//!   and adds `tracing`.
//! * **aws-kms**: data keys wrapped by AWS KMS. Adds `aws-sdk-kms`, of which the
//!   caller configures the client, with its HTTP client and tokio.
//! * **azure-keyvault**: data keys wrapped by Azure Key Vault or a managed HSM.
//!   Adds `reqwest` with rustls, hence a C compiler at build time, and tokio.
//! * **gcp-kms**: data keys wrapped by Google Cloud KMS. Adds what azure-keyvault
//!   adds, and CRC-32C.
//! * **vault-transit**: data keys wrapped by the Transit engine of HashiCorp Vault
//!   or OpenBao. Adds what azure-keyvault adds.
//!
//! Without any feature there are errors, secrets, time, decisions, the taxonomy,
//! visibility and the store in memory.
//!
//! The oldest Rust that builds it is 1.89. Raising that is a minor release, and
//! never to a version younger than 12 months. `aws-sdk-kms` moves faster: with an
//! older Rust, aws-kms needs a version of it that still builds there, from 1.99 on,
//! which cargo chooses by itself where the `rust-version` of the package says so.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(all(
        feature = "anthropic",
        feature = "async",
        feature = "audit",
        feature = "aws-kms",
        feature = "aws-lc",
        feature = "azure-keyvault",
        feature = "bedrock",
        feature = "conformance",
        feature = "consent",
        feature = "gcp-kms",
        feature = "gemini",
        feature = "guard",
        feature = "json",
        feature = "model",
        feature = "model-http",
        feature = "ollama",
        feature = "openai",
        feature = "passphrase",
        feature = "policy",
        feature = "postgres",
        feature = "pseudonym",
        feature = "redact",
        feature = "rights",
        feature = "rules",
        feature = "seal",
        feature = "serde",
        feature = "sqlite",
        feature = "store-conformance",
        feature = "testing",
        feature = "tracing",
        feature = "vault",
        feature = "vault-transit"
    )),
    allow(dead_code, reason = "what one feature shares, another may not use")
)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice,
        reason = "a failing test should panic"
    )
)]

#[cfg(feature = "audit")]
mod codec;
mod error;
#[cfg(any(feature = "audit", feature = "sqlite"))]
mod file_id;
mod hash;
#[cfg(any(
    feature = "azure-keyvault",
    feature = "gcp-kms",
    feature = "model",
    feature = "vault-transit"
))]
mod host;
#[cfg(any(
    feature = "azure-keyvault",
    feature = "gcp-kms",
    feature = "model-http",
    feature = "vault-transit"
))]
mod http;
mod id;
#[cfg(any(
    feature = "audit",
    feature = "pseudonym",
    feature = "redact",
    feature = "seal"
))]
mod key_file;
#[cfg(any(feature = "audit", feature = "pseudonym", feature = "redact"))]
mod mac;
#[cfg(any(
    feature = "audit",
    feature = "pseudonym",
    feature = "redact",
    feature = "seal",
    feature = "sqlite"
))]
mod new_file;
mod pointer;
#[cfg(any(
    feature = "audit",
    feature = "model-http",
    feature = "pseudonym",
    feature = "redact",
    feature = "seal"
))]
mod random;
#[cfg(any(
    feature = "audit",
    feature = "pseudonym",
    feature = "redact",
    feature = "seal"
))]
mod secret_key;

#[cfg(feature = "audit")]
pub mod audit;
pub mod blocking;
#[cfg(feature = "consent")]
pub mod consent;
pub mod decision;
#[cfg(feature = "pseudonym")]
pub mod pseudonym;
pub mod retention;
#[cfg(feature = "seal")]
pub mod seal;
pub mod secret;
pub mod store;
pub mod taxonomy;
pub mod time;

#[cfg(feature = "guard")]
pub mod guard;
#[cfg(feature = "model")]
pub mod model;
#[cfg(feature = "policy")]
pub mod policy;
#[cfg(feature = "vault")]
pub mod vault;

pub mod visibility;

pub mod manual;
#[cfg(all(feature = "rights", fuzzing))]
#[doc(hidden)]
pub mod records;
#[cfg(all(feature = "rights", test, not(fuzzing)))]
mod records;
#[cfg(feature = "redact")]
pub mod redact;
#[cfg(feature = "rights")]
pub mod rights;

pub use error::{Error, ErrorKind};

/// The examples of the README run as tests.
#[cfg(all(
    doctest,
    feature = "redact",
    feature = "rules",
    feature = "json",
    feature = "tracing",
    feature = "vault"
))]
#[doc = include_str!("../README.md")]
struct Readme;
