//! The privacy layer that AI products embed.
//!
//! confidant is a library, not a service: it runs inside your process. Only features that
//! say so open connections, start threads or need a runtime. Every mechanism stands alone
//! behind a feature.
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
//! | [`blocking`] | [`wait`](blocking::wait): calls asynchronous functions without a runtime | always |
//! | [`time`] | [`Moment`](time::Moment), [`Period`](time::Period) and [`Clock`](time::Clock): instants, and the calendar periods in which promises are made | always |
//! | [`decision`] | [`Decision`](decision::Decision): an answer with its reasons; the default is to deny | always |
//! | [`taxonomy`] | [`DataCategory`](taxonomy::DataCategory), [`Purpose`](taxonomy::Purpose), [`Subject`](taxonomy::Subject), [`Tenant`](taxonomy::Tenant) and the other names that policies and records share | always |
//! | [`retention`] | [`Schedule`](retention::Schedule): what is kept until when, what is erased by when, and why; with `audit`, the parts that carry it out | always, `audit` |
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
    doc = "| [`vault`] | [`Vault`](vault::Vault): secrets that can be used but not shown | `vault` |"
)]
#![cfg_attr(
    feature = "pseudonym",
    doc = "| [`pseudonym`] | [`PseudonymKey`](pseudonym::PseudonymKey): keyed pseudonyms that rotate, and [`Aggregates`](pseudonym::Aggregates) that release no small group | `pseudonym` |"
)]
#![cfg_attr(
    feature = "consent",
    doc = "| [`consent`] | [`Ledger`](consent::Ledger) of receipts, and [`ConsentRules`](consent::ConsentRules) that decide what data may be used for | `consent` |"
)]
//! | [`visibility`] | [`VisibilityRules`](visibility::VisibilityRules) and [`VisibilityFacts`](visibility::VisibilityFacts): who may do what to which resource, and what is missing if they may not | always; the publish gate `redact`, staff access `audit` |
#![cfg_attr(
    feature = "rights",
    doc = "| [`rights`] | [`Request`](rights::Request)s of data subjects in a [`Register`](rights::Register), with the clocks of their jurisdictions | `rights` |"
)]
#![cfg_attr(
    feature = "policy",
    doc = "| [`policy`] | [`PolicyDoc`](policy::PolicyDoc) and [`Policy`](policy::Policy): a product's privacy promises in one document, compiled into rules that the modules above enforce | `policy` |"
)]
#![cfg_attr(
    feature = "model",
    doc = "| [`model`] | [`ChatModel`](model::ChatModel), [`ChatRequest`](model::ChatRequest) and [`ClearedRequest`](model::ClearedRequest): models of any provider behind one trait, which takes only cleared requests | `model`; `anthropic`, `bedrock`, `gemini`, `ollama`, `openai`, `testing` |"
)]
#![cfg_attr(
    feature = "guard",
    doc = "| [`guard`] | [`Guard`](guard::Guard): the privacy guard around a model, which clears, routes, meters, restores and audits | `guard` |"
)]
//!
//! The [`manual`] covers what does not belong to one type: formats, rules, limits, the
//! threat model, operations.
//!
//! # What holds everywhere
//! * **Fail closed.** Anything that fails or is missing denies, with a reason.
//! * **No content in errors, `Debug` and logs.** They show ids, offsets, lengths and counts
//!   only. A type that holds a secret has no `Display` and is wiped when dropped.
//! * **Time is an argument.** Nothing reads a clock that the caller did not choose, so a
//!   decision can be replayed.
//! * **Every limit is documented.** Input that passes a limit is an error of kind
//!   [`Limit`](ErrorKind::Limit) or [`Config`](ErrorKind::Config).
//! * **No panics.** The library has no `unwrap` and no indexing, and lints keep it so.
//!
//! # What it does not do
//! * It does not find names, postal addresses or other personal data that has no form to
//!   check. That takes a language model, and you can plug one in.
//! * It does not find every secret. A value passes if it has no known form and no name that
//!   says what it is, and so does a value that somebody hides on purpose.
//! * It does not ask a provider whether a key that it found is live.
//! * It does not keep a secret out of a core dump, a swap file or a debugger.
//! * It makes nothing compliant with a law. It enforces what it is told to.
//!
//! # Features
//! Features only add. None changes what another does.
//!
//! * **redact** (default): the redaction engine with its built-in rules, operators,
//!   placeholders, streams, readers and writers. Adds HMAC and SHA-256, for
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
//! * **store-conformance**: checks that hold a store backend to its contract, for the tests
//!   of your own backend. Adds nothing.
//! * **seal** (default): envelope encryption. Adds AES-GCM, HKDF and the random
//!   numbers of the system.
//! * **aws-lc**: AES-GCM by AWS-LC instead of Rust, with the same bytes. Adds
//!   `aws-lc-rs`, which needs a C compiler.
//! * **vault** (default): secrets that can be used but not shown. Needs `audit` and `seal`,
//!   and adds nothing else.
//! * **pseudonym** (default): keyed, rotating pseudonyms of addresses, sessions and
//!   data subjects, unlinkable across purposes. Adds HMAC, SHA-256 and the system's
//!   random numbers.
//! * **consent** (default): the ledger of consents, objections and opt-outs, and
//!   decisions on it. Needs `audit` and `pseudonym`, and adds `serde_json`.
//! * **rights** (default): requests of data subjects, their clocks, bundles and plans.
//!   Needs `consent`, and adds nothing else.
//! * **policy**: the policy document: checks, compilation, comparison, and the notices and
//!   registers that are written from it. Needs `redact` and `rights`, and adds serde, `serde_json` and a
//!   TOML reader.
//! * **conformance**: a kit that holds a product to its promises by trials, and reports what
//!   was seen. Needs `policy`, and adds nothing.
//! * **passphrase**: key-encryption keys from passphrases. Adds Argon2id.
//! * **model**: models of any provider behind one trait, with requests, answers,
//!   streams, usage, cost and errors. Adds serde, `serde_json`, SHA-256 and
//!   `futures-core`, and no connection.
//! * **anthropic**, **openai**, **gemini**, **ollama**, **bedrock**: adapters for the
//!   protocols of these providers and of everything compatible. Each needs `model-http`; **bedrock** adds HMAC and CRC-32.
//! * **model-http**: the part that the adapters share. Needs `model`, and adds `reqwest` with
//!   rustls, hence a C compiler at build time, and tokio.
//! * **testing**: doubles of models and providers, for the tests of a product. Needs
//!   `model`, and adds base 64 and CRC-32; a mock server has threads of its own.
//! * **guard**: the privacy guard around models. Needs `model`, `json`, `seal` and `audit`,
//!   and adds `tracing`.
//! * **aws-kms**: data keys wrapped by AWS KMS. Adds `aws-sdk-kms`, whose
//!   client the caller configures, with its HTTP client and tokio.
//! * **azure-keyvault**: data keys wrapped by Azure Key Vault or a managed HSM.
//!   Adds `reqwest` with rustls, hence a C compiler at build time, and tokio.
//! * **gcp-kms**: data keys wrapped by Google Cloud KMS. Adds what azure-keyvault
//!   adds, and CRC-32C.
//! * **vault-transit**: data keys wrapped by the Transit engine of HashiCorp Vault
//!   or OpenBao. Adds what azure-keyvault adds.
//!
//! Without any feature, the crate has errors, secrets, time, decisions, the taxonomy,
//! retention, visibility and the store in memory.
//!
//! The oldest supported Rust is 1.89. Raising it is a minor release, and never to a version
//! younger than 12 months. `aws-sdk-kms` moves faster. With an older Rust, the feature
//! `aws-kms` needs a version of it, from 1.99 on, that still builds there. Cargo chooses one
//! if your package states its `rust-version`.
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
