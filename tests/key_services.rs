//! Key providers against servers that follow the documented interfaces, with AES
//! underneath, and that answer wrongly when they are told to.

#[cfg(feature = "aws-kms")]
mod aws;
#[cfg(feature = "azure-keyvault")]
mod azure;
mod cipher;
mod common;
#[cfg(feature = "gcp-kms")]
mod gcp;
mod server;
#[cfg(any(
    feature = "azure-keyvault",
    feature = "gcp-kms",
    feature = "vault-transit"
))]
mod suite;
#[cfg(feature = "vault-transit")]
mod vault;
