//! Envelope encryption: values sealed under a data key of their own, which a
//! key-encryption key wraps.

mod key_provider;
mod providers;

pub use key_provider::{
    Capabilities, DataKey, KeyId, KeyProvider, KeyVersion, RewrapRequest, UnwrapRequest,
    WrapContext, WrapRequest, WrappedKey,
};
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
#[cfg(any(
    feature = "azure-keyvault",
    feature = "gcp-kms",
    feature = "vault-transit"
))]
pub use providers::{Connection, TokenSource};
#[cfg(feature = "gcp-kms")]
pub use providers::{GcpKms, GcpKmsBuilder};
#[cfg(feature = "vault-transit")]
pub use providers::{VaultTransit, VaultTransitBuilder};
