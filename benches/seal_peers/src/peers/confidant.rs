//! This crate.

use confidant::seal::{Context, Keyring, LocalKeys};
use pollster::block_on;

use super::Peer;
use confidant::taxonomy::Tenant;

pub(crate) struct Confidant {
    keyring: Keyring,
    context: Context,
}

impl Confidant {
    pub(crate) fn new() -> Self {
        let keys = LocalKeys::generate("local:main").unwrap();
        Self {
            keyring: Keyring::new(keys),
            context: Context::builder(Tenant::new("acme"), "github-token")
                .version(3)
                .kind("api-key")
                .extra("environment", "production")
                .build()
                .unwrap(),
        }
    }
}

impl Peer for Confidant {
    fn name(&self) -> &'static str {
        if cfg!(feature = "aws-lc") {
            "confidant, aws-lc"
        } else {
            "confidant"
        }
    }

    fn seal(&mut self, plain: &[u8]) -> Vec<u8> {
        let sealed = block_on(self.keyring.seal(plain, &self.context));
        sealed.unwrap().into_bytes()
    }

    fn open(&mut self, sealed: &[u8]) -> Vec<u8> {
        let opened = block_on(self.keyring.open(sealed, &self.context));
        opened.unwrap().expose_secret().to_vec()
    }
}
