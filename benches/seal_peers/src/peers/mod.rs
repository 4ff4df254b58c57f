//! One file for each crate.

mod age;
#[cfg(feature = "aws-esdk")]
mod aws_esdk;
mod confidant;
mod envelopers;
mod kms_aead;
mod tink;

/// What is bound to every value, where a crate can: 64 bytes.
const BOUND: &str = "tenant acme, secret github-token, version 3, kind api-key, prod.";

pub(crate) trait Peer {
    fn name(&self) -> &'static str;

    /// The bytes to store.
    fn seal(&mut self, plain: &[u8]) -> Vec<u8>;

    fn open(&mut self, sealed: &[u8]) -> Vec<u8>;
}

/// This crate first: the others are compared with it.
pub(crate) fn all() -> Vec<Box<dyn Peer>> {
    assert_eq!(BOUND.len(), 64);
    vec![
        Box::new(confidant::Confidant::new()),
        Box::new(envelopers::Envelopers::new()),
        Box::new(tink::Tink::new()),
        Box::new(kms_aead::KmsAead::with_rust_crypto()),
        Box::new(kms_aead::KmsAead::with_ring()),
        Box::new(age::Age::new()),
        #[cfg(feature = "aws-esdk")]
        Box::new(aws_esdk::AwsEsdk::new()),
    ]
}
