//! Secrets that can be put in and used, and never shown again.
//!
//! A [`Vault`] seals each version of a secret under a data key of its own, keeps it
//! in a [`Store`](crate::store::Store), and writes every touch into an audit
//! [`Log`](crate::audit::Log) before it happens. A secret comes back in two ways only.
//! [`use_with`](Vault::use_with) hands it to a function, for a purpose and a scope that
//! were named when it was put. [`reveal`](Vault::reveal) returns it, if the vault was
//! given a [`RevealPolicy`] that allows it. The entry of the log is durable before the
//! value is decrypted, so a log that fails denies. A second entry says how it ended. An
//! attempt without a second entry is in doubt.
//!
//! ```
//! use std::sync::Arc;
//!
//! use confidant::audit::{Identifier, Log, LogKey, Caller};
//! use confidant::seal::{Keyring, LocalKeys};
//! use confidant::store::MemoryStore;
//! use confidant::vault::{NewSecret, SecretPurpose, Vault};
//! use confidant::taxonomy::Tenant;
//!
//! # pollster::block_on(async {
//! let keyring = Keyring::new(LocalKeys::generate("local:main")?);
//! let store = Arc::new(MemoryStore::new());
//! let vault = Vault::builder(keyring, store, Log::in_memory()?, LogKey::generate()?).build();
//!
//! let caller = Caller::new(Identifier::new("service:deployer")?);
//! let deploy = SecretPurpose::new("deploy")?;
//! let secret = NewSecret::new(Tenant::new("acme"), "registry-token", b"not a real token", deploy.clone());
//! let reference = vault.put(&caller, &secret).await?;
//!
//! let used = vault.use_with(&caller, &reference, &deploy, |token| token.len()).await?;
//! assert_eq!(used, 16);
//!
//! let other = SecretPurpose::new("support")?;
//! let refused = vault.use_with(&caller, &reference, &other, |_| ()).await;
//! assert_eq!(refused.unwrap_err().kind(), confidant::ErrorKind::Refused);
//! # Ok::<(), confidant::Error>(())
//! # }).unwrap();
//! ```
//!
//! # Security
//! * A value is sealed for its tenant, name, version, purposes, scopes, kind and expiry. The
//!   rest of a record carries a tag under the tenant's key. Somebody who can write to the
//!   store but has no key can take a secret away. They cannot make it answer to another
//!   name, purpose, scope or connection.
//! * Each change of a secret has a number, which the log repeats. A vault follows its
//!   log and refuses records that are older, that were shredded, or that are gone for
//!   no reason the log tells; [`verify`](Vault::verify) reports them all. How far that
//!   reaches where somebody can also change the log is in the
//!   [threat model](crate::manual::threat_model#the-vault).
//! * Names, labels and connections are stored in clear, and are not content. In
//!   the log, names stand as digests under its key.
//! * What is shredded is deleted from the store. The database's own files, its logs,
//!   replicas and backups keep it, sealed, until they are overwritten or the key of the
//!   tenant is gone. The manual's page on operations says when that is.
//!   Where each tenant has a [provider's key of its own](Vault::builder_per_tenant),
//!   shredding the tenant destroys that key.
//! * Whoever is handed a value can copy it. The vault wipes its own.

mod builder;
mod connection;
mod env_file;
mod export;
mod fault;
mod find;
mod info;
#[cfg(feature = "redact")]
mod known;
mod ledger;
mod lifecycle;
mod new_secret;
mod open;
mod pages;
mod purpose;
mod put;
mod record;
mod reveal;
mod reveal_policy;
mod rewrap;
mod rewrap_secrets;
mod rewrapped;
mod secret_ref;
mod tenants;
mod trail;
#[expect(
    clippy::module_inception,
    reason = "a type lives in the file of its name"
)]
mod vault;
mod verify;

#[cfg(test)]
mod tests;

pub use builder::VaultBuilder;
pub use connection::{Disconnected, Remaining, RevokeToken};
pub use env_file::EnvFile;
pub use export::Imported;
pub use fault::RecordFault;
pub use info::{Filter, SecretInfo, SecretState, VersionInfo};
#[cfg(feature = "redact")]
pub use known::ToldValues;
pub use new_secret::NewSecret;
pub use purpose::{Scope, SecretPurpose, SecretUse};
pub use reveal::Revealed;
pub use reveal_policy::{DenyReveal, RevealPolicy, RevealRequest};
pub use rewrapped::Rewrapped;
pub use secret_ref::SecretRef;
pub use vault::Vault;
pub use verify::{FaultyRecord, VaultReport};
