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
mod tls;
#[cfg(feature = "vault-transit")]
mod vault;

/// What a script says of a server that it has started for the tests.
#[cfg(any(feature = "aws-kms", feature = "vault-transit"))]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub(super) fn peer(variable: &str) -> Option<String> {
    let value = std::env::var(variable).ok();
    if value.is_none() {
        let required = std::env::var("CONFIDANT_REQUIRE_PEERS").is_ok_and(|value| value == "1");
        assert!(!required, "{variable} is not set, and servers are required");
        eprintln!("SKIPPED: {variable} is not set; `.ci/moto` starts the server");
    }
    value
}
