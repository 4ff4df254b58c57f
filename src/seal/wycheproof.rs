//! The vectors of Project Wycheproof, and those of this crate's own formats.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::{Sha256, Sha512};

use super::cipher::{Cipher, Forged, KEY, NONCE, TAG};
use super::kdf::Prf;

fn cases(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

pub(super) fn bytes(case: &Value, field: &str) -> Vec<u8> {
    let digits = case[field].as_str().unwrap().as_bytes();
    let pair = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    assert_eq!(digits.len() % 2, 0);
    digits.chunks(2).map(pair).collect()
}

fn is_valid(case: &Value) -> bool {
    match case["result"].as_str().unwrap() {
        "valid" => true,
        "invalid" => false,
        other => panic!("{other}"),
    }
}

#[test]
fn wycheproof_aes_256_gcm() {
    let cases = cases(include_str!("../../tests/data/wycheproof/aes_256_gcm.json"));
    assert_eq!(cases.len(), 105);
    let (mut opened, mut forged, mut refused) = (0, 0, 0);
    for case in &cases {
        let [key, iv, aad, msg, ct, tag] =
            ["key", "iv", "aad", "msg", "ct", "tag"].map(|field| bytes(case, field));
        let key: [u8; KEY] = key.try_into().unwrap();
        // Other nonces and tags cannot even be said: the types have no room.
        let sizes = (<[u8; NONCE]>::try_from(iv), <[u8; TAG]>::try_from(tag));
        let (Ok(iv), Ok(tag)) = sizes else {
            refused += 1;
            continue;
        };
        let cipher = Cipher::new(&key).unwrap();
        let mut buffer = msg.clone();
        let made = cipher.seal_in_place(&iv, &aad, &mut buffer).unwrap();
        let sealed = [&ct[..], &tag].concat();
        let mut plain = vec![0; ct.len()];
        let into = cipher.open_into(&iv, &aad, &sealed, &mut plain);
        let mut in_place = sealed.clone();
        let in_place = cipher.open_in_place(&iv, &aad, &mut in_place);
        if is_valid(case) {
            opened += 1;
            assert_eq!((&buffer, made), (&ct, tag), "{}", case["tcId"]);
            assert_eq!(into, Ok(()));
            assert_eq!(plain, msg);
            assert_eq!(in_place.unwrap(), msg);
        } else {
            forged += 1;
            assert!(buffer != ct || made != tag, "{}", case["tcId"]);
            assert_eq!(into, Err(Forged), "{}", case["tcId"]);
            assert_eq!(in_place, Err(Forged));
        }
    }
    assert_eq!((opened, forged, refused), (39, 27, 39));
}

#[test]
fn wycheproof_hkdf_sha256() {
    let cases = cases(include_str!("../../tests/data/wycheproof/hkdf_sha256.json"));
    assert_eq!(cases.len(), 86);
    for case in &cases {
        let [ikm, salt, info, okm] = ["ikm", "salt", "info", "okm"].map(|field| bytes(case, field));
        let size = usize::try_from(case["size"].as_u64().unwrap()).unwrap();
        let (prk, whole) = Hkdf::<Sha256>::extract(Some(&salt), &ikm);
        // Ours is the first block.
        let ours = Prf::new(&prk.into()).unwrap().expand(&[&info]).unwrap();
        let mut by_crate = vec![0; size];
        let by_crate = whole.expand(&info, &mut by_crate).map(|()| by_crate);
        if is_valid(case) {
            let common = size.min(32);
            assert_eq!(ours[..common], okm[..common], "{}", case["tcId"]);
            assert_eq!(by_crate.unwrap(), okm);
        } else {
            assert!(by_crate.is_err(), "{}", case["tcId"]);
        }
    }
}

#[test]
fn wycheproof_hkdf_sha512() {
    let cases = cases(include_str!("../../tests/data/wycheproof/hkdf_sha512.json"));
    assert_eq!(cases.len(), 83);
    for case in &cases {
        let [ikm, salt, info, okm] = ["ikm", "salt", "info", "okm"].map(|field| bytes(case, field));
        let mut made = vec![0; usize::try_from(case["size"].as_u64().unwrap()).unwrap()];
        let made = Hkdf::<Sha512>::new(Some(&salt), &ikm)
            .expand(&info, &mut made)
            .map(|()| made);
        match made {
            Ok(made) => assert!(is_valid(case) && made == okm, "{}", case["tcId"]),
            Err(_) => assert!(!is_valid(case), "{}", case["tcId"]),
        }
    }
}

#[test]
fn wycheproof_hmac_sha256() {
    let cases = cases(include_str!("../../tests/data/wycheproof/hmac_sha256.json"));
    assert_eq!(cases.len(), 174);
    for case in &cases {
        let [key, msg, tag] = ["key", "msg", "tag"].map(|field| bytes(case, field));
        assert_eq!(tag.len() as u64 * 8, case["tagSize"].as_u64().unwrap());
        let mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        let made = mac.chain_update(&msg).finalize().into_bytes();
        assert_eq!(made.starts_with(&tag), is_valid(case), "{}", case["tcId"]);
    }
}

/// Information of every length, and cut in every way, against HMAC alone.
#[test]
fn interop_of_hkdf_at_every_length() {
    let key = [0x0b; 32];
    let prf = Prf::new(&key).unwrap();
    let info: Vec<u8> = (0..300_u32).map(|at| (at * 7) as u8).collect();
    for len in 0..info.len() {
        let (info, _) = info.split_at(len);
        let mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        let mac = mac.chain_update(info).chain_update([1]);
        let expected: [u8; 32] = mac.finalize().into_bytes().into();
        let (one, other) = info.split_at(info.len() / 3);
        assert_eq!(*prf.expand(&[one, other]).unwrap(), expected, "{len}");
        assert_eq!(*prf.expand(&[&[], info, &[]]).unwrap(), expected, "{len}");
    }
}
