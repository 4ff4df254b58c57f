//! Tokens, proxies and data keys do not show in what asks key services.

use confidant::seal::{
    AzureKeyVault, GcpKms, KeyServiceConnection, RewrapRequest, UnwrapRequest, VaultTransit,
    WrapContext, WrapRequest, WrappedKey,
};
use confidant::secret::Secret;

use super::{CANARY, assert_unseen, error, value};

const KEY: &str = "projects/p/locations/l/keyRings/r/cryptoKeys/k";

fn token() -> Secret<String> {
    Secret::from(CANARY.to_owned())
}

fn connection() -> KeyServiceConnection {
    let proxy = format!("http://user:{CANARY}@127.0.0.1:9");
    KeyServiceConnection::default().proxy(Secret::from(proxy))
}

#[test]
fn providers_show_keys_ids_and_options() {
    let vault = || VaultTransit::builder("https://a.test", token()).key("app");
    let gcp = || GcpKms::builder(KEY, token());
    let azure = || AzureKeyVault::builder("https://a.test", token()).key("app");
    assert_unseen(vec![
        value("Connection", &connection()),
        value("VaultTransitBuilder", &vault().connection(connection())),
        value(
            "VaultTransit",
            &vault().connection(connection()).build().unwrap(),
        ),
        value("GcpKmsBuilder", &gcp().connection(connection())),
        value("GcpKms", &gcp().connection(connection()).build().unwrap()),
        value("AzureKeyVaultBuilder", &azure().connection(connection())),
        value(
            "AzureKeyVault",
            &azure().connection(connection()).build().unwrap(),
        ),
    ]);
}

#[test]
fn requests_show_no_data_key() {
    let key = Secret::fill(|key: &mut [u8; 32]| key[..20].copy_from_slice(CANARY.as_bytes()));
    let digest = [0; 32];
    let context = WrapContext::new("acme", &digest);
    let wrapped = WrappedKey::new(Default::default(), b"wrapped").unwrap();
    let wrapped = &wrapped;
    let version = None;
    assert_unseen(vec![
        value("WrapRequest", &WrapRequest { key: &key, context }),
        value("UnwrapRequest", &UnwrapRequest { wrapped, context }),
        value(
            "RewrapRequest",
            &RewrapRequest {
                wrapped,
                context,
                version,
            },
        ),
    ]);
}

#[test]
fn settings_that_are_wrong_are_not_shown() {
    let address = format!("https://user:{CANARY}@a.test");
    let spaced = format!("{CANARY} {CANARY}");
    let proxy =
        KeyServiceConnection::default().proxy(Secret::from(format!("{CANARY}:// {CANARY}")));
    let authorities = KeyServiceConnection::default().trust_only(CANARY.as_bytes());
    assert_unseen(vec![
        error(
            "address",
            VaultTransit::builder(&address, token()).key("app").build(),
        ),
        error(
            "key",
            VaultTransit::builder("https://a.test", token())
                .key(&spaced)
                .build(),
        ),
        error("mount", {
            let builder = VaultTransit::builder("https://a.test", token()).key("app");
            builder.mount(&spaced).build()
        }),
        error(
            "proxy",
            GcpKms::builder(KEY, token()).connection(proxy).build(),
        ),
        error(
            "authorities",
            GcpKms::builder(KEY, token())
                .connection(authorities)
                .build(),
        ),
        error("name", GcpKms::builder(&spaced, token()).build()),
        error(
            "vault",
            AzureKeyVault::builder(&address, token()).key("app").build(),
        ),
    ]);
}
