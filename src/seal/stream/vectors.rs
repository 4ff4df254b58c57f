//! Streams of other implementations, and of this one, that must stay readable.

use std::fs;
use std::io::{Cursor, Read as _};
use std::path::Path;

use serde_json::Value;
use sha2::{Digest as _, Sha256, Sha512};

use super::layout::{PREFIX, SALT};
use super::sealer::Sealer;
use super::{Front, RangedReader, StreamReader};
use crate::ErrorKind;
use crate::seal::DataKey;

fn read(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/stream");
    serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap()
}

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}

fn key(bytes: &[u8]) -> Option<DataKey> {
    let mut bytes: [u8; 32] = bytes.try_into().ok()?;
    Some(DataKey::from(&mut bytes))
}

/// The message of the vectors: SHA-256 of 0, 1, 2 and so on, as 8 bytes each.
fn message(len: usize) -> Vec<u8> {
    let block = |number: u64| Sha256::digest(number.to_be_bytes());
    let mut message: Vec<u8> = (0..len.div_ceil(32) as u64).flat_map(block).collect();
    message.truncate(len);
    message
}

fn seal(key: &DataKey, salt: &[u8], context: &[u8], plain: &[u8]) -> Vec<u8> {
    let salt: &[u8; SALT] = salt.try_into().unwrap();
    let mut sealer = Sealer::with_salt(&[], key, salt, context).unwrap();
    let (mut out, mut rest) = (Vec::new(), plain);
    loop {
        out.extend_from_slice(sealer.pending());
        sealer.sent(sealer.pending().len());
        if !rest.is_empty() {
            rest = &rest[sealer.push(rest).unwrap()..];
        } else if sealer.end().unwrap() {
            return out;
        }
    }
}

/// Another implementation has sealed these under salts that it drew. That the
/// bytes are the same says that each opens what the other seals.
#[test]
fn interop_with_pyca() {
    let file = read("pyca.json");
    let vectors = file["vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), 10);
    for vector in vectors {
        let name = &vector["name"];
        let key = key(&hex(&vector["key"])).unwrap();
        let (context, prefix) = (hex(&vector["context"]), hex(&vector["prefix"]));
        let plain = message(vector["plain_len"].as_u64().unwrap() as usize);
        let sealed = seal(&key, &prefix[..SALT], &context, &plain);
        assert_eq!(sealed[..PREFIX], prefix, "{name}");
        let digest = hex(&vector["sealed_sha256"]);
        assert_eq!(Sha256::digest(&sealed)[..], digest, "{name}");
        let theirs = vector.get("sealed").map_or(sealed, hex);
        let mut opened = Vec::new();
        let mut reader = StreamReader::new(&theirs[..], &key, &context).unwrap();
        reader.read_to_end(&mut opened).unwrap();
        assert!(opened == plain, "{name}");
    }
}

#[test]
fn wycheproof_chunked_encryption() {
    let file = read("wycheproof.json");
    let tests = file["testGroups"][0]["tests"].as_array().unwrap();
    assert_eq!(tests.len(), 33);
    let mut valid = 0;
    for test in tests {
        let id = &test["tcId"];
        let flag = |flag: &str| test["flags"].as_array().unwrap().contains(&flag.into());
        let sealed = hex(&test["ct"]);
        let sealed = miniz_oxide::inflate::decompress_to_vec_zlib(&sealed).unwrap();
        let context = hex(&test["ctx"]);
        // A key of another length does not fit the type.
        let key = key(&hex(&test["key"]));
        assert_eq!(key.is_none(), flag("InvalidKeySize"), "{id}");
        let Some(key) = key else { continue };

        let reader = StreamReader::new(&sealed[..], &key, &context);
        assert_eq!(reader.is_err(), flag("HeaderFailure"), "{id}");
        let ranged = RangedReader::new(Cursor::new(&sealed), &key, &context);
        let is_valid = test["result"] == "valid";
        assert_eq!(
            ranged.is_ok(),
            is_valid || flag("ValidFinalChunk"),
            "{id}: the end"
        );
        let mut reader = match reader {
            Ok(reader) => reader,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Open, "{id}");
                continue;
            }
        };
        let mut plain = Vec::new();
        let read = reader.read_to_end(&mut plain);
        assert_eq!(read.is_ok(), is_valid, "{id}");
        assert!(is_valid || reader.read(&mut [0]).is_err(), "{id}: again");
        if is_valid || flag("PartialPlaintext") {
            assert_eq!(Some(plain.len() as u64), test["msgLength"].as_u64(), "{id}");
            assert_eq!(Sha512::digest(&plain)[..], hex(&test["msgSha512"]), "{id}");
        } else {
            assert!(plain.is_empty(), "{id}");
        }
        let mut whole = Vec::new();
        let ranged = ranged.map(|mut ranged| ranged.read_to_end(&mut whole));
        assert_eq!(matches!(ranged, Ok(Ok(_))), is_valid, "{id}: in parts");
        if is_valid {
            assert!(whole == plain, "{id}");
            // Sealed with the same salt, it is the same stream.
            assert!(seal(&key, &sealed[..SALT], &context, &plain) == sealed);
            valid += 1;
        }
    }
    assert_eq!(valid, 8);
}

/// Fronts that were made from the description of the format.
#[test]
fn frozen_sealed_streams_open() {
    let file = read("sealed.json");
    let vectors = file["vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), 13);
    for vector in vectors {
        let name = vector["name"].as_str().unwrap();
        let sealed = hex(&vector["sealed"]);
        let key = key(&hex(&vector["data_key"])).unwrap();
        let digest: [u8; 32] = hex(&vector["context_digest"]).try_into().unwrap();
        let mut rest = &sealed[..];
        let front = Front::read(&mut rest);
        let chunks = front.and_then(|front| {
            assert_eq!(front.header.key_id(), vector["key_id"], "{name}");
            assert_eq!(front.header.key_version(), vector["key_version"], "{name}");
            let parts = front.header.parts().unwrap();
            assert_eq!(parts.wrapped, hex(&vector["wrapped"]), "{name}");
            front.chunks(&key, &digest)
        });
        let mut opened = Vec::new();
        let read = chunks.map(|chunks| StreamReader::of(rest, chunks).read_to_end(&mut opened));
        let opens = vector["opens"] == true;
        assert_eq!(matches!(read, Ok(Ok(_))), opens, "{name}");
        assert_eq!(name.starts_with("fail_"), !opens);
        if opens {
            let plain = message(vector["plain_len"].as_u64().unwrap() as usize);
            assert!(opened == plain, "{name}");
        }
    }
}
