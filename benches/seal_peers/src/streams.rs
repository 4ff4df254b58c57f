//! Streams of 16 MiB.

use std::io::{Read as _, Write as _};
use std::iter;

use aes_gcm::aead::{AeadInOut as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use confidant::seal::DataKey;
use confidant::seal::stream::{StreamReader, StreamWriter, sealed_len};
use kms_aead::backends::{AeadBackend, Ring, RustCrypto};
use kms_aead::stream::StreamFormat;
use kms_aead::{AeadAlgorithm, AeadCipher, DataEncryptionKey};
use secret_vault_value::SecretValue;

use crate::table::{measure, print_stream};

const LEN: usize = 16 << 20;
const CHUNK: usize = 16 << 10;
const CONTEXT: &[u8] = b"stream";
const ROUNDS: usize = 21;
const NAMES: [&str; 5] = [
    "the cipher alone",
    "confidant",
    "kms-aead, rustcrypto",
    "kms-aead, ring",
    "age",
];

pub(crate) fn measure_all() {
    let plain: Vec<u8> = (0..LEN).map(|at| (at >> 7) as u8).collect();
    let mut bare = Bare::new(&plain);
    let key = DataKey::fill(|key| key.fill(7));
    let dek = DataEncryptionKey::from(SecretValue::new(vec![7; 32]));
    let identity = age::x25519::Identity::generate();

    let rows = measure(ROUNDS, &NAMES, |at| match at {
        0 => bare.seal(),
        1 => assert!(seal(&key, &plain).len() > LEN),
        2 => assert!(seal_kms_aead::<RustCrypto>(&dek, &plain).len() > LEN),
        3 => assert!(seal_kms_aead::<Ring>(&dek, &plain).len() > LEN),
        _ => assert!(seal_age(&identity, &plain).len() > LEN),
    });
    print_stream("seal a stream of 16 MiB", &rows, LEN);

    let sealed = seal(&key, &plain);
    let of_age = seal_age(&identity, &plain);
    assert!(open(&key, &sealed) == plain);
    assert!(open_kms_aead::<Ring>(&dek, &sealed) == plain);
    assert!(open_kms_aead::<RustCrypto>(&dek, &sealed) == plain);
    assert!(open_age(&identity, &of_age) == plain);
    let rows = measure(ROUNDS, &NAMES, |at| match at {
        0 => bare.open(),
        1 => assert_eq!(open(&key, &sealed).len(), LEN),
        2 => assert_eq!(open_kms_aead::<RustCrypto>(&dek, &sealed).len(), LEN),
        3 => assert_eq!(open_kms_aead::<Ring>(&dek, &sealed).len(), LEN),
        _ => assert_eq!(open_age(&identity, &of_age).len(), LEN),
    });
    print_stream("open a stream of 16 MiB", &rows, LEN);
}

/// AES-256-GCM over chunks of 16 KiB, from memory to memory.
struct Bare {
    cipher: Aes256Gcm,
    plain: Vec<u8>,
    sealed: Vec<u8>,
    opened: Vec<u8>,
}

impl Bare {
    fn new(plain: &[u8]) -> Self {
        Self {
            cipher: Aes256Gcm::new(&[7; 32].into()),
            plain: plain.to_vec(),
            sealed: Vec::with_capacity(LEN + LEN / CHUNK * 16),
            opened: Vec::with_capacity(LEN),
        }
    }

    fn nonce(number: usize) -> Nonce<aes_gcm::aead::consts::U12> {
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&(number as u64).to_be_bytes());
        nonce.into()
    }

    fn seal(&mut self) {
        self.sealed.clear();
        for (number, chunk) in self.plain.chunks(CHUNK).enumerate() {
            let start = self.sealed.len();
            self.sealed.extend_from_slice(chunk);
            let buffer = (&mut self.sealed[start..]).into();
            let nonce = Self::nonce(number);
            let tag = self.cipher.encrypt_inout_detached(&nonce, b"", buffer);
            self.sealed.extend_from_slice(&tag.unwrap());
        }
    }

    fn open(&mut self) {
        self.opened.clear();
        for (number, chunk) in self.sealed.chunks(CHUNK + 16).enumerate() {
            let (chunk, tag) = chunk.split_at(chunk.len() - 16);
            let start = self.opened.len();
            self.opened.extend_from_slice(chunk);
            let buffer = (&mut self.opened[start..]).into();
            let (nonce, tag) = (Self::nonce(number), Tag::try_from(tag).unwrap());
            let opened = self
                .cipher
                .decrypt_inout_detached(&nonce, b"", buffer, &tag);
            opened.unwrap();
        }
    }
}

fn seal(key: &DataKey, plain: &[u8]) -> Vec<u8> {
    let len = sealed_len(plain.len() as u64).unwrap();
    let sealed = Vec::with_capacity(len as usize);
    let mut writer = StreamWriter::new(sealed, key, CONTEXT).unwrap();
    writer.write_all(plain).unwrap();
    writer.into_inner().unwrap()
}

fn open(key: &DataKey, sealed: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(LEN);
    let mut reader = StreamReader::new(sealed, key, CONTEXT).unwrap();
    reader.read_to_end(&mut plain).unwrap();
    plain
}

/// As that crate has it for values in memory.
fn seal_kms_aead<B: AeadBackend>(dek: &DataEncryptionKey, plain: &[u8]) -> Vec<u8> {
    let cipher = AeadCipher::<B>::new(AeadAlgorithm::Aes256Gcm).unwrap();
    let mut encryptor = cipher.stream_encryptor_bare(CONTEXT, dek).unwrap();
    let mut sealed = encryptor.header().to_vec();
    sealed.extend_from_slice(&encryptor.push(plain).unwrap());
    sealed.extend_from_slice(&encryptor.finish().unwrap());
    sealed
}

fn open_kms_aead<B: AeadBackend>(dek: &DataEncryptionKey, sealed: &[u8]) -> Vec<u8> {
    let form = StreamFormat::Bare;
    let plan = form
        .plan_chunk_read(sealed.len() as u64, 0..LEN as u64)
        .unwrap();
    let cipher = AeadCipher::<B>::new(AeadAlgorithm::Aes256Gcm).unwrap();
    let header = &sealed[..form.header_len()];
    let decryptor = cipher.stream_decryptor_bare(CONTEXT, header, dek).unwrap();
    let part = plan.ciphertext();
    let bytes = &sealed[part.start as usize..part.end as usize];
    decryptor.decrypt_chunk_read(&plan, bytes).unwrap()
}

fn seal_age(identity: &age::x25519::Identity, plain: &[u8]) -> Vec<u8> {
    let recipient = identity.to_public();
    let recipients = iter::once(&recipient as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(recipients).unwrap();
    let sealed = Vec::with_capacity(LEN + LEN / 1024);
    let mut writer = encryptor.wrap_output(sealed).unwrap();
    writer.write_all(plain).unwrap();
    writer.finish().unwrap()
}

fn open_age(identity: &age::x25519::Identity, sealed: &[u8]) -> Vec<u8> {
    let decryptor = age::Decryptor::new(sealed).unwrap();
    let identities = iter::once(identity as &dyn age::Identity);
    let mut plain = Vec::with_capacity(LEN);
    let mut reader = decryptor.decrypt(identities).unwrap();
    reader.read_to_end(&mut plain).unwrap();
    plain
}
