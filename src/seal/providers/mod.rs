//! Key services of others, each behind a feature.
//!
//! Four rules hold for all of them: the key that is meant is always named and,
//! where the answer names one, compared; the context goes to the service where the
//! service authenticates one; every call has an end; and no error shows an
//! address, a token or what a service has answered.

#[cfg(feature = "aws-kms")]
mod aws_kms;
#[cfg(feature = "azure-keyvault")]
mod azure_key_vault;
#[cfg(any(
    feature = "aws-kms",
    feature = "azure-keyvault",
    feature = "gcp-kms",
    feature = "vault-transit"
))]
mod batch;
mod check;
#[cfg(feature = "gcp-kms")]
mod gcp_kms;
#[cfg(any(
    feature = "azure-keyvault",
    feature = "gcp-kms",
    feature = "vault-transit"
))]
mod http;
#[cfg(any(
    feature = "aws-kms",
    feature = "azure-keyvault",
    feature = "gcp-kms",
    feature = "vault-transit"
))]
mod options;
#[cfg(any(
    feature = "azure-keyvault",
    feature = "gcp-kms",
    feature = "vault-transit"
))]
mod token;
#[cfg(feature = "vault-transit")]
mod vault_transit;

#[cfg(feature = "aws-kms")]
pub use aws_kms::AwsKms;
#[cfg(feature = "azure-keyvault")]
pub use azure_key_vault::{AzureKeyVault, AzureKeyVaultBuilder, WrapAlgorithm};
pub use check::check_provider;
#[cfg(feature = "gcp-kms")]
pub use gcp_kms::{GcpKms, GcpKmsBuilder};
#[cfg(any(
    feature = "azure-keyvault",
    feature = "gcp-kms",
    feature = "vault-transit"
))]
pub use http::KeyServiceConnection;
#[cfg(any(
    feature = "aws-kms",
    feature = "azure-keyvault",
    feature = "gcp-kms",
    feature = "vault-transit"
))]
pub use options::CallOptions;
#[cfg(any(
    feature = "azure-keyvault",
    feature = "gcp-kms",
    feature = "vault-transit"
))]
pub use token::TokenSource;
#[cfg(feature = "vault-transit")]
pub use vault_transit::{VaultTransit, VaultTransitBuilder};
