use super::{Cipher, Forged, KEY, NONCE, TAG};

const KEY_BYTES: [u8; KEY] = [7; KEY];
const NONCE_BYTES: [u8; NONCE] = [9; NONCE];

fn sealed(plain: &[u8], aad: &[u8]) -> Vec<u8> {
    let mut buffer = plain.to_vec();
    let cipher = Cipher::new(&KEY_BYTES).unwrap();
    let tag = cipher
        .seal_in_place(&NONCE_BYTES, aad, &mut buffer)
        .unwrap();
    buffer.extend(tag);
    buffer
}

#[test]
fn both_ways_to_open_give_the_plaintext() {
    let cipher = Cipher::new(&KEY_BYTES).unwrap();
    for len in [0, 1, 15, 16, 17, 4096] {
        let plain: Vec<u8> = (0..len).map(|at| at as u8).collect();
        let mut sealed = sealed(&plain, b"aad");
        assert_eq!(sealed.len(), len + TAG);
        let mut into = vec![0; len];
        cipher
            .open_into(&NONCE_BYTES, b"aad", &sealed, &mut into)
            .unwrap();
        assert_eq!(into, plain);
        let opened = cipher.open_in_place(&NONCE_BYTES, b"aad", &mut sealed);
        assert_eq!(opened.unwrap(), plain);
    }
}

#[test]
fn what_is_forged_leaves_no_plaintext() {
    let cipher = Cipher::new(&KEY_BYTES).unwrap();
    let plain = [0x55; 40];
    let good = sealed(&plain, b"aad");
    for at in 0..good.len() {
        let mut forged = good.clone();
        forged[at] ^= 1;
        let mut into = [0; 40];
        let opened = cipher.open_into(&NONCE_BYTES, b"aad", &forged, &mut into);
        assert_eq!(opened, Err(Forged));
        assert!(into.iter().all(|byte| *byte == 0));
        let opened = cipher.open_in_place(&NONCE_BYTES, b"aad", &mut forged);
        assert_eq!(opened.map(drop), Err(Forged));
        assert!(!forged.windows(8).any(|window| window == [0x55; 8]));
    }
    let mut into = [0; 40];
    for (nonce, aad) in [([8; NONCE], "aad"), (NONCE_BYTES, "aae")] {
        let opened = cipher.open_into(&nonce, aad.as_bytes(), &good, &mut into);
        assert_eq!(opened, Err(Forged));
    }
}

#[test]
fn wrong_lengths_are_forged() {
    let cipher = Cipher::new(&KEY_BYTES).unwrap();
    for len in 0..TAG {
        let mut short = vec![0; len];
        assert!(cipher.open_in_place(&NONCE_BYTES, b"", &mut short).is_err());
        assert!(
            cipher
                .open_into(&NONCE_BYTES, b"", &short, &mut [])
                .is_err()
        );
    }
    let good = sealed(&[1; 20], b"");
    for len in [0, 19, 21, 36] {
        let mut into = vec![0; len];
        let opened = cipher.open_into(&NONCE_BYTES, b"", &good, &mut into);
        assert_eq!(opened, Err(Forged), "{len}");
    }
}

#[test]
#[cfg(feature = "aws-lc")]
fn interop_of_the_backends() {
    let pure = super::pure::Gcm::new(&KEY_BYTES).unwrap();
    for len in [0, 1, 16, 31, 500, 70_000] {
        let plain: Vec<u8> = (0..len).map(|at| (at * 7) as u8).collect();
        let by_lc = sealed(&plain, b"some data");
        let mut by_pure = plain.clone();
        let tag = pure.seal_in_place(&NONCE_BYTES, b"some data", &mut by_pure);
        by_pure.extend(tag.unwrap());
        assert_eq!(by_lc, by_pure);
        let mut into = vec![0; len];
        pure.open_into(&NONCE_BYTES, b"some data", &by_lc, &mut into)
            .unwrap();
        assert_eq!(into, plain);
        let mut place = by_lc;
        let opened = pure.open_in_place(&NONCE_BYTES, b"some data", &mut place);
        assert_eq!(*opened.unwrap(), plain);
    }
}
