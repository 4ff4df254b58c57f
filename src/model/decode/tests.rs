//! Tests of the framings: every way to cut the bytes gives the same frames.

use super::frame::{Framing, MAX_FRAME};
use super::ndjson::Lines;
use super::sse::Sse;
use crate::model::ModelErrorKind;

type Owned = (Option<String>, Vec<u8>, bool);

pub(super) fn frames<F: Framing>(pieces: &[&[u8]]) -> Result<Vec<Owned>, ModelErrorKind> {
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
pub(super) fn all_ways<F: Framing>(bytes: &[u8]) -> Result<Vec<Owned>, ModelErrorKind> {
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

proptest::proptest! {
    #[test]
    fn no_bytes_make_a_framing_panic(pieces in proptest::collection::vec(
        proptest::collection::vec(proptest::prelude::any::<u8>(), 0..64), 0..8,
    )) {
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        let whole = pieces.concat();
        proptest::prop_assert_eq!(frames::<Sse>(&pieces), frames::<Sse>(&[&whole]));
        proptest::prop_assert_eq!(frames::<Lines>(&pieces), frames::<Lines>(&[&whole]));
    }
}
