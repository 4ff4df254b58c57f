//! Streams of this crate and of kms-aead, an implementation of its own.

use std::io::{Read as _, Write as _};

use confidant::seal::DataKey;
use confidant::seal::stream::{StreamReader, StreamWriter};
use kms_aead::backends::{AeadBackend, Ring, RustCrypto};
use kms_aead::stream::StreamFormat;
use kms_aead::{AeadAlgorithm, AeadCipher, DataEncryptionKey};
use secret_vault_value::SecretValue;

const LENGTHS: [usize; 9] = [0, 1, 100, 16_383, 16_384, 16_385, 32_768, 50_000, 1 << 20];

fn plain(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * at >> 5) as u8).collect()
}

fn dek() -> DataEncryptionKey {
    DataEncryptionKey::from(SecretValue::new((0..32).collect()))
}

fn key() -> DataKey {
    DataKey::fill(|key| key.copy_from_slice(&(0..32).collect::<Vec<u8>>()))
}

fn cipher<B: AeadBackend>() -> AeadCipher<B> {
    AeadCipher::new(AeadAlgorithm::Aes256Gcm).unwrap()
}

fn opens_ours<B: AeadBackend>() {
    for len in LENGTHS {
        for context in [&b""[..], b"context\0with a zero"] {
            let plain = plain(len);
            let mut writer = StreamWriter::new(Vec::new(), &key(), context).unwrap();
            writer.write_all(&plain).unwrap();
            let sealed = writer.into_inner().unwrap();

            let plan = StreamFormat::Bare.plan_chunk_read(sealed.len() as u64, 0..len as u64);
            let plan = plan.unwrap();
            let decryptor = cipher::<B>().stream_decryptor_bare(context, &sealed[..56], &dek());
            let part = plan.ciphertext();
            let bytes = &sealed[part.start as usize..part.end as usize];
            let opened: Vec<u8> = decryptor.unwrap().decrypt_chunk_read(&plan, bytes).unwrap();
            assert!(opened == plain, "{len} bytes");
            let other = cipher::<B>().stream_decryptor_bare(b"other", &sealed[..56], &dek());
            assert!(other.is_err());
        }
    }
}

fn we_open_theirs<B: AeadBackend>() {
    for len in LENGTHS {
        for context in [&b""[..], b"context\0with a zero"] {
            let plain = plain(len);
            let mut encryptor = cipher::<B>()
                .stream_encryptor_bare(context, &dek())
                .unwrap();
            let mut sealed = encryptor.header().to_vec();
            for part in plain.chunks(10_007) {
                sealed.extend(encryptor.push(part).unwrap());
            }
            sealed.extend(encryptor.finish().unwrap());

            let mut opened = Vec::new();
            let mut reader = StreamReader::new(&sealed[..], &key(), context).unwrap();
            reader.read_to_end(&mut opened).unwrap();
            assert!(opened == plain, "{len} bytes");
            assert!(StreamReader::new(&sealed[..], &key(), b"other").is_err());
        }
    }
}

#[test]
fn interop_kms_aead_opens_our_streams() {
    opens_ours::<RustCrypto>();
    opens_ours::<Ring>();
}

#[test]
fn interop_we_open_the_streams_of_kms_aead() {
    we_open_theirs::<RustCrypto>();
    we_open_theirs::<Ring>();
}
