//! What a value says once the encodings are undone in which it was found.

use zeroize::Zeroizing;

use crate::redact::engine::undo;
use crate::redact::finding::{Encoding, Layers};

/// The greatest number of encodings that are undone.
const MOST: usize = 4;

/// The greatest distance between two pieces of a value, in bytes.
const MOST_BETWEEN: usize = 64;

/// The least length of a reading, in bytes.
const MIN_LEN: usize = 4;

/// The least number of digits that are read as base 64 or hexadecimal digits where
/// nothing else says that they are.
const MIN_DIGITS: usize = 12;

/// Returns the readings of a value that was found in these encodings, each decoded from
/// one before. The last one is the plain value.
///
/// Rules often find a value as it is written, such as `q8Zr%21t` in an address. So an
/// encoding also counts if nothing but the value shows it.
pub(super) fn readings(value: &str, layers: Layers) -> Vec<Zeroizing<String>> {
    let mut readings: Vec<Zeroizing<String>> = Vec::new();
    if let Some(exact) = without(value, layers) {
        readings.push(exact);
    }
    while readings.len() < MOST {
        let last = readings.last().map_or(value, |last| last.as_str());
        let Some(next) = next(last) else { break };
        let is_known = |known: &Zeroizing<String>| known.as_str() == next.as_str();
        if next.as_str() == value || next.len() < MIN_LEN || readings.iter().any(is_known) {
            break;
        }
        let blanks = with_blanks(last, &next);
        readings.push(next);
        readings.extend(blanks);
    }
    readings
}

/// Returns what `decoded` is where a `+` stands for a blank, as in forms. Their writers
/// escape every `+`, so one that stands is a blank.
fn with_blanks(encoded: &str, decoded: &str) -> Option<Zeroizing<String>> {
    if !encoded.contains('%') || !encoded.contains('+') {
        return None;
    }
    if text(&undo(Encoding::Percent, encoded.as_bytes())?)?.as_str() != decoded {
        return None;
    }
    let encoded = Zeroizing::new(encoded.replace('+', "%20"));
    let text = text(&undo(Encoding::Percent, encoded.as_bytes())?)?;
    (text.as_str() != decoded).then_some(text)
}

/// Undoes the ways in which a single quotation mark stands in a literal of a shell, or a
/// quotation mark in one of SQL, YAML or CSV, which doubles it.
fn unquoted(value: &str) -> Option<Zeroizing<String>> {
    const WAYS: [(&str, &str); 4] = [
        ("'\\''", "'"),
        ("'\"'\"'", "'"),
        ("''", "'"),
        ("\"\"", "\""),
    ];
    let (way, mark) = WAYS.into_iter().find(|(way, _)| value.contains(way))?;
    Some(Zeroizing::new(value.replace(way, mark)))
}

/// Returns the value whose two pieces a text holds with `between` in between, if that only
/// separates them: `'first'"second"`.
pub(super) fn joined(first: &str, between: &str, second: &str) -> Option<Zeroizing<String>> {
    if !(2..=MOST_BETWEEN).contains(&between.len()) || first.is_empty() || second.is_empty() {
        return None;
    }
    let parts = Zeroizing::new([first, between, second].concat());
    let whole = text(&undo(Encoding::Joined, parts.as_bytes())?)?;
    let apart = first.len() + second.len() == whole.len();
    (apart && whole.starts_with(first) && whole.ends_with(second)).then_some(whole)
}

/// Undoes the encodings in which a value was found.
fn without(value: &str, layers: Layers) -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(value.as_bytes().to_vec());
    for (encoding, [before, after]) in layers.units() {
        let Some(decoded) = undo(encoding, &bytes) else {
            // A reader of JSON has undone the escapes of the text already, and of other
            // encodings the value itself may hold no unit.
            if encoding.is_walked() {
                continue;
            }
            return None;
        };
        let end = decoded.len().checked_sub(after.into())?;
        bytes = Zeroizing::new(decoded.get(before.into()..end)?.to_vec());
    }
    let text = text(&bytes)?;
    (text.len() >= MIN_LEN && text.as_str() != value).then_some(text)
}

/// Undoes the encoding that a value shows itself.
fn next(value: &str) -> Option<Zeroizing<String>> {
    let has = |mark: u8| memchr::memchr(mark, value.as_bytes()).is_some();
    let undone = |encoding| text(&undo(encoding, value.as_bytes())?);
    // The line end behind a value may have been found with it.
    let trimmed = value.trim();
    let mut next = (trimmed.len() < value.len()).then(|| Zeroizing::new(trimmed.to_owned()));
    if next.is_none() && (has(b'"') || has(b'\'')) {
        next = unquoted(value);
    }
    if next.is_none() && has(b'%') {
        next = undone(Encoding::Percent);
    }
    if next.is_none() && has(b'&') {
        next = undone(Encoding::HtmlEntity);
    }
    if next.is_none() && has(b'\\') {
        next = undone(Encoding::Escape).or_else(|| undone(Encoding::Joined));
    }
    if next.is_none() && (has(b'"') || has(b'\'')) {
        next = undone(Encoding::Joined);
    }
    if next.is_none() && has(0x1b) {
        next = undone(Encoding::Terminal);
    }
    if next.is_none() && has(b'=') {
        next = quoted(value);
    }
    next.or_else(|| digits(value))
}

/// Undoes quoted-printable, also where it escapes bytes that need it not.
fn quoted(value: &str) -> Option<Zeroizing<String>> {
    let mut out = Zeroizing::new(Vec::with_capacity(value.len()));
    let mut rest = value.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.first_chunk::<2>().filter(|code| {
            let is_digit = |digit: &u8| matches!(digit, b'0'..=b'9' | b'A'..=b'F');
            byte == b'=' && code.iter().all(is_digit)
        });
        let decoded = code.and_then(|code| undo(Encoding::Hex, code));
        match (decoded, after.get(2..)) {
            (Some(decoded), Some(after)) => {
                out.extend_from_slice(&decoded);
                rest = after;
            }
            _ => {
                out.push(byte);
                rest = after;
            }
        }
    }
    text(&out).filter(|text| text.len() < value.len())
}

/// Reads a value that is all digits of an encoding, and stands for text.
fn digits(value: &str) -> Option<Zeroizing<String>> {
    if value.len() < MIN_DIGITS {
        return None;
    }
    let is_hex =
        value.len().is_multiple_of(2) && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    let encoding = match is_hex {
        true => Encoding::Hex,
        false => Encoding::Base64,
    };
    // A quick look at the first digits refuses nearly all other values.
    let head = undo(encoding, value.as_bytes().get(..8)?)?;
    if head
        .iter()
        .any(|byte| byte.is_ascii_control() && !is_line(*byte))
    {
        return None;
    }
    let is_mark = |byte: &u8| matches!(byte, b' ' | b':' | b'\\');
    if value.as_bytes().iter().any(is_mark) {
        return None;
    }
    let text = text(&undo(encoding, value.as_bytes())?)?;
    let is_text = |char: char| !char.is_control() || char.is_ascii() && is_line(char as u8);
    if !text.chars().all(is_text) {
        return None;
    }
    Some(password(&text).unwrap_or(text))
}

const fn is_line(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r')
}

/// Returns the password of credentials such as `user:password` (RFC 7617).
fn password(text: &str) -> Option<Zeroizing<String>> {
    let (user, password) = text.split_once(':')?;
    let fits = !user.contains(char::is_whitespace)
        && !password.contains(char::is_control)
        && password.trim() == password
        && !password.starts_with("//");
    (fits && password.len() >= MIN_LEN).then(|| Zeroizing::new(password.to_owned()))
}

fn text(bytes: &[u8]) -> Option<Zeroizing<String>> {
    Some(Zeroizing::new(str::from_utf8(bytes).ok()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_shows_its_encodings() {
        for (value, expected) in [
            ("q8Zr%21tW2mLk9v", &["q8Zr!tW2mLk9v"][..]),
            ("q8Zr%2521tW2", &["q8Zr%21tW2", "q8Zr!tW2"]),
            (r"q8Zr\u0021tW2", &["q8Zr!tW2"]),
            ("q8Zr&#33;tW2", &["q8Zr!tW2"]),
            ("q8Zr&amp;#33;tW2", &["q8Zr&#33;tW2", "q8Zr!tW2"]),
            ("q8Zr=21tW2", &["q8Zr!tW2"]),
            ("q8Zr!'\"tW2", &["q8Zr!tW2"]),
            ("q8Zr''tW2", &["q8Zr'tW2"]),
            ("q8Zr!tW2\n", &["q8Zr!tW2"]),
            (r"q8Zr!tW2\n", &["q8Zr!tW2\n", "q8Zr!tW2"]),
            ("q8Zr\"\"tW2", &["q8Zr\"tW2"]),
            (r"q8Zr'\''tW2", &["q8Zr'tW2"]),
            ("q8Zr'\"'\"'tW2", &["q8Zr'tW2"]),
            ("q8Zr%21+tW%2B2", &["q8Zr!+tW+2", "q8Zr! tW+2"]),
            ("q8Zr!\" + \"tW2", &["q8Zr!tW2"]),
            ("q8\x1b[0mZr!tW2", &["q8Zr!tW2"]),
            ("ZGVwbG95OnE4WnIhdFcybUxrOXY=", &["q8Zr!tW2mLk9v"]),
            (
                "ZGVwbG95OnE4WnIhdFcybUxrOXY%3D",
                &["ZGVwbG95OnE4WnIhdFcybUxrOXY=", "q8Zr!tW2mLk9v"],
            ),
            ("ZGVwbG95OnE4WnIhIHRXMm1MazkrdiU=", &["q8Zr! tW2mLk9+v%"]),
            (r"q8%Z\\L!+tW2", &[r"q8%Z\L!+tW2"]),
            ("cThaciF0VzJtTGs5dg==", &["q8Zr!tW2mLk9v"]),
            ("71385a72217457326d4c6b3976", &["q8Zr!tW2mLk9v"]),
            ("q8Zr!tW2mLk9v", &[]),
            ("50%ab%", &[]),
            ("%41%42", &[]),
            ("ghp_R7wVfK2mXq9TzBn4LcYs8HdJgPa6Ue3WkMpA", &[]),
            ("AKIAQ3EGRIZJ7OWLMXUV", &[]),
            ("4111111111111111", &[]),
            ("5fa91dfa74ede51f4895961c0b66ec7576b75c1e", &[]),
            ("correct horse battery staple", &[]),
            ("", &[]),
        ] {
            let found = readings(value, Layers::NONE);
            let found: Vec<_> = found.iter().map(|reading| reading.as_str()).collect();
            assert_eq!(found, expected, "{value}");
        }
    }

    #[test]
    fn pieces_of_a_value_are_joined() {
        for (between, expected) in [
            ("'\"", true),
            ("\" + \"", true),
            ("\"\n  \"", true),
            ("\", \"", false),
            (" ", false),
            ("", false),
        ] {
            let whole = joined("q8Zr!", between, "tW2mLk9v");
            let expected = expected.then_some("q8Zr!tW2mLk9v");
            assert_eq!(
                whole.as_ref().map(|whole| whole.as_str()),
                expected,
                "{between}"
            );
        }
    }

    #[test]
    fn encodings_in_which_a_value_was_found_are_undone() {
        let in_base64 = Layers::NONE.within_units(Encoding::Base64, [2, 1]);
        // `d=fV9s-Rk2xLq7"`
        let found = readings("ZD1mVjlzLVJrMnhMcTci", in_base64);
        assert_eq!(found.last().unwrap().as_str(), "fV9s-Rk2xLq7");
        let twice = in_base64.within(Encoding::Percent);
        let found = readings("ZD1mVjlzLVJrMnhMcTc%69", twice);
        assert_eq!(found.last().unwrap().as_str(), "fV9s-Rk2xLq7");
    }
}
