//! Whose certificates are trusted.

use confidant::ErrorKind;
use confidant::seal::{CallOptions, KeyServiceConnection, VaultTransit};
use confidant::secret::Secret;

use super::common::{key, wrap};
use super::peer;

/// Whether a server that is not Vault is at least spoken to.
fn reached(address: &str, connection: KeyServiceConnection) -> bool {
    let token = Secret::from("token".to_owned());
    let builder = VaultTransit::builder(address, token).key("app");
    let connection = connection.calls(CallOptions::default().attempts(1));
    let provider = builder.connection(connection).build().unwrap();
    let error = wrap(&provider, &key(7)).err().unwrap();
    let unreachable = error.to_string() == "Vault Transit could not be reached";
    assert!(!unreachable || (error.kind(), error.is_retryable()) == (ErrorKind::KeyService, true));
    !unreachable
}

#[test]
fn only_what_is_trusted_is_spoken_to() {
    let Some(address) = peer("CONFIDANT_MOTO_TLS_URL") else {
        return;
    };
    let path = peer("CONFIDANT_MOTO_TLS_CERTIFICATE").unwrap();
    let certificate = std::fs::read(path).unwrap();
    let trusting = || KeyServiceConnection::default().trust_only(&certificate);
    assert!(reached(&address, trusting()));
    assert!(!reached(&address, KeyServiceConnection::default()));
    // The certificate is one for another name.
    assert!(!reached(
        &address.replace("localhost", "127.0.0.1"),
        trusting()
    ));
}
