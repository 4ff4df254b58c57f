//! confidant: the privacy layer that AI products embed.
//!
//! Every mechanism stands alone behind a feature; this version holds the
//! ground and the redaction engine.
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

#[cfg(feature = "redact")]
pub mod redact;
