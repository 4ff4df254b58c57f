//! Tests of the framing of AWS.

use super::aws::AwsFrames;
use super::tests::{all_ways, frames};
use crate::model::ModelErrorKind;

/// A message of an event stream with one text header for each pair.
fn message(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC)
            .checksum(bytes)
            .to_be_bytes()
    };
    let mut encoded = Vec::new();
    for (name, value) in headers {
        encoded.push(name.len() as u8);
        encoded.extend(name.as_bytes());
        encoded.push(7);
        encoded.extend((value.len() as u16).to_be_bytes());
        encoded.extend(value.as_bytes());
    }
    let mut out = Vec::new();
    out.extend((16 + encoded.len() as u32 + payload.len() as u32).to_be_bytes());
    out.extend((encoded.len() as u32).to_be_bytes());
    out.extend(crc(&out));
    out.extend(encoded);
    out.extend(payload);
    out.extend(crc(&out));
    out
}

#[test]
fn binary_frames_are_checked() {
    // The empty message of the published test vectors.
    let empty = [
        0, 0, 0, 0x10, 0, 0, 0, 0, 0x05, 0xc2, 0x48, 0xeb, 0x7d, 0x98, 0xc8, 0xff,
    ];
    assert_eq!(message(&[], b""), empty);
    assert_eq!(
        all_ways::<AwsFrames>(&empty).unwrap(),
        [(None, vec![], false)]
    );

    let mut bytes = message(&[(":event-type", "a"), (":message-type", "event")], b"{}");
    bytes.extend(message(
        &[(":message-type", "exception"), (":exception-type", "b")],
        b"x",
    ));
    let expected = [
        (Some("a".to_owned()), b"{}".to_vec(), false),
        (Some("b".to_owned()), b"x".to_vec(), true),
    ];
    assert_eq!(all_ways::<AwsFrames>(&bytes).unwrap(), expected);

    // Every changed byte of a message is found, or makes it a longer one that never ends.
    let one = message(&[(":event-type", "a")], b"{}");
    for at in 0..one.len() {
        let mut changed = one.clone();
        changed[at] ^= 1;
        assert_eq!(
            frames::<AwsFrames>(&[&changed]),
            Err(ModelErrorKind::Protocol),
            "{at}"
        );
    }
    for cut in 0..one.len() {
        assert_eq!(frames::<AwsFrames>(&[&one[..cut]]), Ok(vec![]), "{cut}");
    }
}

#[test]
fn headers_of_every_type_are_passed_over() {
    let crc = |bytes: &[u8]| {
        crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC)
            .checksum(bytes)
            .to_be_bytes()
    };
    let mut headers = Vec::new();
    for (kind, len) in [
        (0, 0),
        (1, 0),
        (2, 1),
        (3, 2),
        (4, 4),
        (5, 8),
        (8, 8),
        (9, 16),
    ] {
        headers.extend([1, b'h', kind]);
        headers.extend(vec![0; len]);
    }
    headers.extend([1, b'h', 6, 0, 2, 9, 9]);
    headers.extend([11]);
    headers.extend(b":event-type");
    headers.extend([7, 0, 1, b'z']);
    for (extra, good) in [
        (vec![], true),
        (vec![1, b'h', 10], false),
        (vec![1, b'h', 4, 0], false),
    ] {
        let headers = [headers.clone(), extra].concat();
        let mut out = Vec::new();
        out.extend((16 + headers.len() as u32).to_be_bytes());
        out.extend((headers.len() as u32).to_be_bytes());
        out.extend(crc(&out));
        out.extend(headers);
        out.extend(crc(&out));
        let seen = frames::<AwsFrames>(&[&out]);
        if good {
            assert_eq!(seen, Ok(vec![(Some("z".to_owned()), vec![], false)]));
        } else {
            assert_eq!(seen, Err(ModelErrorKind::Protocol));
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_a_framing_panic(pieces in proptest::collection::vec(
        proptest::collection::vec(proptest::prelude::any::<u8>(), 0..64), 0..8,
    )) {
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        let whole = pieces.concat();
        proptest::prop_assert_eq!(frames::<AwsFrames>(&pieces), frames::<AwsFrames>(&[&whole]));
    }
}
