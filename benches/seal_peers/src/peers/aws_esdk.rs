//! The AWS Encryption SDK, with a raw AES keyring.

use std::collections::HashMap;

use aws_esdk::client::Client;
use aws_esdk::material_providers::client::Client as Providers;
use aws_esdk::material_providers::types::AesWrappingAlg;
use aws_esdk::material_providers::types::keyring::KeyringRef;
use aws_esdk::material_providers::types::material_providers_config::MaterialProvidersConfig;
use aws_esdk::types::aws_encryption_sdk_config::AwsEncryptionSdkConfig;
use tokio::runtime::{Builder, Runtime};

use super::{BOUND, Peer};

pub(crate) struct AwsEsdk {
    runtime: Runtime,
    client: Client,
    keyring: KeyringRef,
    context: HashMap<String, String>,
}

impl AwsEsdk {
    pub(crate) fn new() -> Self {
        let runtime = Builder::new_current_thread().build().unwrap();
        let client = Client::from_conf(AwsEncryptionSdkConfig::builder().build().unwrap());
        let providers = Providers::from_conf(MaterialProvidersConfig::builder().build().unwrap());
        let keyring = providers.unwrap().create_raw_aes_keyring();
        let keyring = keyring
            .key_name("main")
            .key_namespace("local")
            .wrapping_key(vec![7; 32])
            .wrapping_alg(AesWrappingAlg::AlgAes256GcmIv12Tag16);
        Self {
            keyring: runtime.block_on(keyring.send()).unwrap(),
            client: client.unwrap(),
            runtime,
            context: HashMap::from([("bound".to_owned(), BOUND.to_owned())]),
        }
    }
}

impl Peer for AwsEsdk {
    fn name(&self) -> &'static str {
        "aws-esdk"
    }

    fn seal(&mut self, plain: &[u8]) -> Vec<u8> {
        let sealed = self
            .client
            .encrypt()
            .plaintext(plain)
            .keyring(self.keyring.clone())
            .encryption_context(self.context.clone());
        let sealed = self.runtime.block_on(sealed.send()).unwrap();
        sealed.ciphertext.unwrap().into_inner()
    }

    fn open(&mut self, sealed: &[u8]) -> Vec<u8> {
        let opened = self
            .client
            .decrypt()
            .ciphertext(sealed)
            .keyring(self.keyring.clone())
            .encryption_context(self.context.clone());
        let opened = self.runtime.block_on(opened.send()).unwrap();
        opened.plaintext.unwrap().into_inner()
    }
}
