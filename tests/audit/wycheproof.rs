//! The Ed25519 cases of Project Wycheproof.

use confidant::audit::{Checkpoint, VerifyingKey};
use ed25519_dalek::{Signature, VerifyingKey as Point};

const CASES: &str = include_str!("../data/wycheproof/ed25519.txt");

fn hex(text: &str) -> Vec<u8> {
    let text = if text == "-" { "" } else { text };
    let digits: Vec<_> = text.bytes().collect();
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// The primitive as the log uses it: strict.
#[test]
fn wycheproof_ed25519() {
    let (mut valid, mut invalid) = (0, 0);
    for line in CASES.lines().filter(|line| !line.starts_with('#')) {
        let parts: Vec<_> = line.split(' ').collect();
        let [number, key, message, signature, result] = parts[..] else {
            panic!("{line}")
        };
        let key = <[u8; 32]>::try_from(hex(key)).ok();
        let point = key.and_then(|key| Point::from_bytes(&key).ok());
        // A key that the log takes is a key that verifies something.
        let taken = key.is_some_and(|key| VerifyingKey::from_bytes("test", &key).is_ok());
        let verified = point.is_some_and(|point| {
            let signature = Signature::from_slice(&hex(signature));
            let verifies = |signature| point.verify_strict(&hex(message), &signature).is_ok();
            taken && signature.is_ok_and(verifies)
        });
        assert_eq!(verified, result == "valid", "case {number}");
        if verified { valid += 1 } else { invalid += 1 }
    }
    assert_eq!((valid, invalid), (88, 63));
}

/// The signatures of the suite in place of that of a checkpoint: none passes.
#[test]
fn wycheproof_ed25519_signatures_sign_no_checkpoint() {
    use base64ct::{Base64, Encoding};
    use sha2::{Digest, Sha256};

    for line in CASES.lines().filter(|line| !line.starts_with('#')) {
        let parts: Vec<_> = line.split(' ').collect();
        let Ok(bytes) = <[u8; 32]>::try_from(hex(parts[1])) else {
            continue;
        };
        let Ok(key) = VerifyingKey::from_bytes("test", &bytes) else {
            continue;
        };
        let id = Sha256::new()
            .chain_update("test\n\x01")
            .chain_update(bytes)
            .finalize();
        let signed = [&id[..4], &hex(parts[3])].concat();
        let root = Base64::encode_string(&[0; 32]);
        let note = format!(
            "test\n1\n{root}\n\n— test {}\n",
            Base64::encode_string(&signed)
        );
        assert!(Checkpoint::open(&note, &[key]).is_err());
    }
}
