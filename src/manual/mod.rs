//! The manual: pages that do not belong to a single type. There is no code here, but
//! every example runs as a test.

#[cfg(feature = "rules")]
#[doc = include_str!("rules.md")]
pub mod rules {}

#[cfg(feature = "redact")]
#[doc = include_str!("catalogue.md")]
pub mod catalogue {}

#[cfg(all(
    feature = "redact",
    feature = "rules",
    feature = "json",
    feature = "tracing",
    feature = "vault"
))]
#[doc = include_str!("cookbook.md")]
pub mod cookbook {}

#[cfg(feature = "json")]
#[doc = include_str!("conversations.md")]
pub mod conversations {}

#[cfg(feature = "redact")]
#[doc = include_str!("figures.md")]
pub mod figures {}

#[cfg(feature = "redact")]
#[doc = include_str!("comparison.md")]
pub mod comparison {}

#[cfg(all(feature = "guard", feature = "vault", feature = "consent"))]
#[doc = include_str!("defaults.md")]
pub mod defaults {}

#[cfg(feature = "redact")]
#[doc = include_str!("design.md")]
pub mod design {}

#[cfg(feature = "redact")]
#[doc = include_str!("detection.md")]
pub mod detection {}

#[cfg(feature = "seal")]
#[doc = include_str!("formats.md")]
pub mod formats {}

#[cfg(feature = "seal")]
#[doc = include_str!("formats_stream.md")]
pub mod formats_stream {}
#[cfg(feature = "audit")]
#[doc = include_str!("formats_audit.md")]
pub mod formats_audit {}

#[cfg(all(feature = "pseudonym", feature = "seal"))]
#[doc = include_str!("formats_pseudonym.md")]
pub mod formats_pseudonym {}

#[cfg(feature = "audit")]
#[doc = include_str!("formats_retention.md")]
pub mod formats_retention {}

#[cfg(feature = "vault")]
#[doc = include_str!("formats_vault.md")]
pub mod formats_vault {}

#[cfg(feature = "consent")]
#[doc = include_str!("formats_consent.md")]
pub mod formats_consent {}

#[cfg(feature = "rights")]
#[doc = include_str!("formats_rights.md")]
pub mod formats_rights {}

#[cfg(feature = "audit")]
#[doc = include_str!("formats_visibility.md")]
pub mod formats_visibility {}

#[cfg(feature = "guard")]
#[doc = include_str!("formats_guard.md")]
pub mod formats_guard {}

#[cfg(feature = "guard")]
#[doc = include_str!("guard.md")]
pub mod guard {}

#[cfg(feature = "redact")]
#[doc = include_str!("limits.md")]
pub mod limits {}

#[cfg(all(feature = "sqlite", feature = "vault"))]
#[doc = include_str!("operations.md")]
pub mod operations {}

#[cfg(feature = "model-http")]
#[doc = include_str!("models.md")]
pub mod models {}

#[cfg(feature = "policy")]
#[doc = include_str!("policy.md")]
pub mod policy {}

#[cfg(feature = "redact")]
#[doc = include_str!("presets.md")]
pub mod presets {}

#[cfg(all(feature = "policy", feature = "vault"))]
#[doc = include_str!("promises.md")]
pub mod promises {}

#[cfg(feature = "audit")]
#[doc = include_str!("restore.md")]
pub mod restore {}

#[cfg(feature = "redact")]
#[doc = include_str!("threat_model.md")]
pub mod threat_model {}
