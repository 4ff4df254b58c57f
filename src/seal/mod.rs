//! Envelope encryption: values sealed under a data key of their own, which a
//! key-encryption key wraps.
//!
//! A [`Keyring`] seals and opens. Each value gets a fresh data key, which a
//! [`KeyProvider`] wraps: a key service, or [`LocalKeys`] in this process. Both
//! the value and the wrapped key are bound to a [`Context`]: tenant, name,
//! version, kind. What is stored is an [`Envelope`], a few bytes longer than the
//! value, in a documented format.
//!
//! * **One answer.** Whatever is wrong with an envelope, opening it fails with the same
//!   error of kind [`Open`](crate::ErrorKind::Open). Only the caller's own
//!   [`SealObserver`] learns at which stage it failed.
//! * **Committing.** An envelope opens under one key and one context. A
//!   comparison in constant time finds a wrong one before anything is decrypted.
//! * **Rotation** re-wraps data keys and leaves the payload as it is.

pub mod stream;

mod cipher;
mod context;
mod envelope;
mod finality;
mod flight;
mod kdf;
mod key_provider;
mod keyring;
mod local;
mod observer;
mod payload;
mod providers;
mod rotation;
mod tenant;
mod tenant_keyrings;
mod tenant_keys;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod wycheproof;

pub use context::{Context, ContextBuilder};
pub use envelope::Envelope;
pub use finality::{Finality, KeyDestruction, TenantReceipt};
pub use key_provider::{
    DataKey, KeyId, KeyProvider, KeyServiceCapabilities, KeyVersion, RewrapRequest, UnwrapRequest,
    WrapContext, WrapRequest, WrappedKey,
};
pub use keyring::{
    CacheLimits, CacheLimitsBuilder, Keyring, KeyringBuilder, OpenRequest, SealRequest,
};
pub use local::LocalKeys;
#[cfg(feature = "passphrase")]
pub use local::PassphraseSettings;
pub use observer::{SealEvent, SealObserver, SealOperation, SealOutcome, Stage};
pub use rotation::{Rewrap, RewrapReport, SealedRecord, SealedRecords, StoreRecords};
pub use tenant::TenantKey;
pub use tenant_keyrings::TenantKeyrings;
pub use tenant_keys::TenantKeys;

pub(crate) use flight::Flights;
pub(crate) use observer::rejected;
#[cfg(feature = "aws-kms")]
pub use providers::AwsKms;
#[cfg(any(
    feature = "aws-kms",
    feature = "azure-keyvault",
    feature = "gcp-kms",
    feature = "vault-transit"
))]
pub use providers::CallOptions;
pub use providers::check_provider;
#[cfg(feature = "azure-keyvault")]
pub use providers::{AzureKeyVault, AzureKeyVaultBuilder, WrapAlgorithm};
#[cfg(feature = "gcp-kms")]
pub use providers::{GcpKms, GcpKmsBuilder};
#[cfg(any(
    feature = "azure-keyvault",
    feature = "gcp-kms",
    feature = "vault-transit"
))]
pub use providers::{KeyServiceConnection, TokenSource};
#[cfg(feature = "vault-transit")]
pub use providers::{VaultTransit, VaultTransitBuilder};
#[cfg(feature = "vault")]
pub(crate) use tenant_keys::digest as record_digest;
