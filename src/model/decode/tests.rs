//! Tests of the framings: every way to cut the bytes gives the same frames.

use super::aws::AwsFrames;
use super::frame::{Framing, MAX_FRAME};
use super::ndjson::Lines;
use super::sse::Sse;
use crate::model::ModelErrorKind;

type Owned = (Option<String>, Vec<u8>, bool);

fn frames<F: Framing>(pieces: &[&[u8]]) -> Result<Vec<Owned>, ModelErrorKind> {
    let mut framing = F::default();
    let mut frames = Vec::new();
    let mut each = |frame: super::Frame<'_>| {
        let name = frame.name.map(str::to_owned);
        frames.push((name, frame.data.to_vec(), frame.is_exception));
        Ok(())
    };
    for piece in pieces {
        framing.feed(piece, &mut each).map_err(|e| e.kind())?;
    }
    framing.end(&mut each).map_err(|e| e.kind())?;
    Ok(frames)
}

/// The frames, the same for one piece, for two pieces at every place, and for bytes.
fn all_ways<F: Framing>(bytes: &[u8]) -> Result<Vec<Owned>, ModelErrorKind> {
    let whole = frames::<F>(&[bytes]);
    for at in 0..=bytes.len() {
        let (a, b) = bytes.split_at(at);
        assert_eq!(frames::<F>(&[a, b]), whole, "cut at {at}");
        assert_eq!(frames::<F>(&[a, b"", b]), whole, "cut at {at}");
    }
    let single: Vec<_> = bytes.chunks(1).collect();
    assert_eq!(frames::<F>(&single), whole);
    whole
}

fn sse(text: &str) -> Vec<(String, String)> {
    let frames = all_ways::<Sse>(text.as_bytes()).unwrap().into_iter();
    frames
        .map(|(name, data, _)| (name.unwrap_or_default(), String::from_utf8(data).unwrap()))
        .collect()
}

#[test]
fn events_follow_the_standard() {
    for (text, expected) in [
        ("data: a\n\n", &[("", "a")][..]),
        ("data:a\n\n", &[("", "a")]),
        ("data:  a\n\n", &[("", " a")]),
        ("event: x\ndata: a\n\n", &[("x", "a")]),
        ("data: a\nevent: x\n\n", &[("x", "a")]),
        ("data: a\r\n\r\ndata: b\r\n\r\n", &[("", "a"), ("", "b")]),
        ("data: a\r\ndata: b\r\n\r\n", &[("", "a\nb")]),
        ("event: x\r\ndata: a\r\n\r\n", &[("x", "a")]),
        ("data: a\r\rdata: b\r\r", &[("", "a"), ("", "b")]),
        ("data: a\n\r\ndata: b\r\n\n", &[("", "a"), ("", "b")]),
        ("data: a\ndata: b\n\n", &[("", "a\nb")]),
        ("data\n\n", &[("", "")]),
        ("data\ndata\n\n", &[("", "\n")]),
        (": ping\n\ndata: a\n\n", &[("", "a")]),
        ("event: x\n\ndata: a\n\n", &[("", "a")]),
        ("id: 7\nretry: 9\nother: x\ndata: a\n\n", &[("", "a")]),
        ("\u{feff}data: a\n\n", &[("", "a")]),
        ("data: \u{feff}é漢😀\n\n", &[("", "\u{feff}é漢😀")]),
        ("\n\n\ndata: a\n\n\n\n", &[("", "a")]),
        // The last blank line is missing; the line itself is whole.
        ("data: a\n\ndata: b\n", &[("", "a"), ("", "b")]),
        ("data: a\n\ndata: b", &[("", "a")]),
        ("", &[]),
    ] {
        let expected: Vec<_> = expected
            .iter()
            .map(|(a, b)| (a.to_string(), b.to_string()))
            .collect();
        assert_eq!(sse(text), expected, "{text:?}");
    }
}

#[test]
fn lines_may_be_blank_and_the_last_may_lack_its_end() {
    let lines = |text: &str| {
        let frames = all_ways::<Lines>(text.as_bytes()).unwrap().into_iter();
        frames
            .map(|(_, data, _)| String::from_utf8(data).unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(lines("{}\n\n1\r\n"), ["{}", "1"]);
    assert_eq!(lines("{}\n2"), ["{}", "2"]);
    assert_eq!(lines("\r\n \n"), [""; 0]);
}

#[test]
fn a_frame_has_a_limit() {
    let long = vec![b'a'; MAX_FRAME + 1];
    let limit = Err(ModelErrorKind::Limit);
    assert_eq!(frames::<Sse>(&[b"data: ", &long]), limit);
    assert_eq!(frames::<Lines>(&[&long]), limit);
    let many = vec![b'a'; 1 << 20];
    let lines: Vec<&[u8]> = [b"data: ".as_slice(), &many, b"\n"].repeat(17);
    assert_eq!(frames::<Sse>(&lines), limit);
}

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
        proptest::prop_assert_eq!(frames::<Sse>(&pieces), frames::<Sse>(&[&whole]));
        proptest::prop_assert_eq!(frames::<Lines>(&pieces), frames::<Lines>(&[&whole]));
        proptest::prop_assert_eq!(frames::<AwsFrames>(&pieces), frames::<AwsFrames>(&[&whole]));
    }
}
