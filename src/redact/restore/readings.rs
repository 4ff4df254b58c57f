//! What a value says once the encodings are undone in which it was found.

use zeroize::Zeroizing;

use crate::redact::engine::undo;
use crate::redact::finding::{Encoding, Finding, Layers, RuleId};

/// The greatest number of encodings that are undone.
const MOST: usize = 4;

/// The greatest distance between two pieces of a value, in bytes.
const MOST_BETWEEN: usize = 64;

/// The least length of a reading, in bytes.
const MIN_LEN: usize = 4;

/// The least number of digits that are read as base 64 or hexadecimal digits where
/// nothing else says that they are.
const MIN_DIGITS: usize = 12;

/// The least length of a reading that is not the plain value, in bytes.
const MIN_OTHER_LEN: usize = 8;

/// The greatest length of another reading of a value, in bytes.
const MAX_OTHER_LEN: usize = 256;

/// The length from which on words in a form are no ordinary text.
const PHRASE_LEN: usize = 16;

/// The rule that finds the base 64 of a user and a password.
const LOGIN_RULE: &str = "basic-credentials";

/// How a value was found.
#[derive(Clone, Copy)]
pub(super) struct Origin {
    layers: Layers,
    /// Whether the value is the base 64 of a user and a password (RFC 7617).
    is_login: bool,
}

impl Origin {
    /// The origin of a value of which only its text is known.
    pub(super) const PLAIN: Self = Self {
        layers: Layers::NONE,
        is_login: false,
    };

    /// Returns the origin of the value of a finding.
    pub(super) fn of(finding: &Finding) -> Self {
        Self {
            layers: finding.layers,
            is_login: finding.rule == RuleId::BuiltIn(LOGIN_RULE),
        }
    }
}

/// The readings of a value.
#[derive(Debug, Default)]
pub(super) struct Readings {
    /// The readings that undo encodings, each decoded from the one before. The last one
    /// is the plain value.
    pub(super) decoded: Vec<Zeroizing<String>>,
    /// What the plain value also may be, or may hold. These are only searched for.
    pub(super) others: Vec<Zeroizing<String>>,
}

/// Returns the readings of a value.
///
/// Rules often find a value as it is written, such as `q8Zr%21t` in an address. So an
/// encoding also counts if nothing but the value shows it.
pub(super) fn readings(value: &str, origin: Origin) -> Readings {
    let Readings {
        mut decoded,
        mut others,
    } = Readings::default();
    if let Some(exact) = without(value, origin.layers) {
        decoded.push(exact);
    }
    while decoded.len() < MOST {
        let last = decoded.last().map_or(value, |last| last.as_str());
        let Some(mut next) = shown(last).or_else(|| digits(last)) else {
            break;
        };
        let is_known = |known: &Zeroizing<String>| known.as_str() == next.as_str();
        if next.as_str() == value || next.len() < MIN_LEN || decoded.iter().any(is_known) {
            break;
        }
        if is_digits(last)
            && let Some(password) = password(&next)
        {
            // Only the rule knows whether a colon ends the name of a user.
            if origin.is_login {
                next = password;
            } else {
                others.push(password);
            }
        }
        let blanks = with_blanks(last, &next);
        decoded.push(next);
        decoded.extend(blanks);
    }
    let plain = decoded.last().map_or(value, |last| last.as_str());
    let more = [from_form(value, plain), from_quoted(plain), head(value)];
    others.extend(more.into_iter().flatten());
    Readings { decoded, others }
}

/// Returns what a value is if its only encoding is that of forms, which write blanks as
/// `+`.
fn from_form(value: &str, plain: &str) -> Option<Zeroizing<String>> {
    let inner = plain.trim_matches('+');
    let fits = (MIN_OTHER_LEN..=MAX_OTHER_LEN).contains(&plain.len())
        && inner.contains('+')
        && !value.contains('%')
        && !plain.contains(char::is_whitespace);
    // A few words with blanks between them are ordinary text.
    let is_text = plain.len() < PHRASE_LEN && inner.split('+').all(is_word);
    (fits && !is_text).then(|| Zeroizing::new(plain.replace('+', " ")))
}

fn is_word(text: &str) -> bool {
    text.chars().all(char::is_alphabetic)
}

/// Returns the head of a value that ends where a quotation mark, a tag, an escape or a line
/// ends it. A rule that takes the whole word may have found what follows with it.
fn head(value: &str) -> Option<Zeroizing<String>> {
    let is_end = |char| matches!(char, '"' | '\'' | '`' | '<' | '\\' | '\n' | '\r');
    let (head, _) = value.split_at_checked(value.find(is_end)?)?;
    let fits = (MIN_OTHER_LEN..=MAX_OTHER_LEN).contains(&head.len())
        && !head.contains(char::is_whitespace)
        && !head.contains("://")
        && !is_word(head);
    fits.then(|| Zeroizing::new(head.to_owned()))
}

/// Returns what a value is if it begins with the rest of the `=3D` that is the equals sign
/// before it in quoted-printable.
fn from_quoted(value: &str) -> Option<Zeroizing<String>> {
    let rest = value.strip_prefix("3D")?;
    (rest.len() >= MIN_OTHER_LEN).then(|| Zeroizing::new(rest.to_owned()))
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

/// Undoes the encoding whose marks a value shows itself.
fn shown(value: &str) -> Option<Zeroizing<String>> {
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
    next
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
    Some(text)
}

/// Returns whether a value can only be digits of base 64 or hexadecimal digits.
fn is_digits(value: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte);
    value.bytes().all(is_digit)
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
            let login = Origin {
                is_login: true,
                ..Origin::PLAIN
            };
            let found = readings(value, login).decoded;
            let found: Vec<_> = found.iter().map(|reading| reading.as_str()).collect();
            assert_eq!(found, expected, "{value}");
        }
    }

    #[test]
    fn a_value_may_hold_others() {
        for (value, plain, others) in [
            // `3!iY7NP:fV9sRk2x`
            (
                "MyFpWTdOUDpmVjlzUmsyeA==",
                "3!iY7NP:fV9sRk2x",
                &["fV9sRk2x"][..],
            ),
            ("5fxzpF+7nVLe3x", "5fxzpF+7nVLe3x", &["5fxzpF 7nVLe3x"]),
            ("5fxzpF%2B7nVLe3x", "5fxzpF+7nVLe3x", &[]),
            ("hello+world", "hello+world", &[]),
            ("+5fxzpF7nVLe3x+", "+5fxzpF7nVLe3x+", &[]),
            ("5f+x", "5f+x", &[]),
            ("3DXlLRjegTSU", "3DXlLRjegTSU", &["XlLRjegTSU"]),
            ("3DXlLRj", "3DXlLRj", &[]),
            (
                r"9k3ksu9mI4ROnl89\nHOME=/x",
                "9k3ksu9mI4ROnl89\nHOME=/x",
                &["9k3ksu9mI4ROnl89"],
            ),
            (
                r#"9k3ksu9mI4ROnl89","x":1}"#,
                r#"9k3ksu9mI4ROnl89","x":1}"#,
                &["9k3ksu9mI4ROnl89"],
            ),
            (
                "-----BEGIN KEY-----\nMIIC",
                "-----BEGIN KEY-----\nMIIC",
                &[],
            ),
        ] {
            let found = readings(value, Origin::PLAIN);
            let last = found.decoded.last().map_or(value, |last| last.as_str());
            assert_eq!(last, plain, "{value}");
            let found: Vec<_> = found.others.iter().map(|other| other.as_str()).collect();
            assert_eq!(found, others, "{value}");
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
        let decoded = |value: &str, layers| {
            let origin = Origin {
                layers,
                ..Origin::PLAIN
            };
            readings(value, origin).decoded
        };
        let in_base64 = Layers::NONE.within_units(Encoding::Base64, [2, 1]);
        // `d=fV9s-Rk2xLq7"`
        let found = decoded("ZD1mVjlzLVJrMnhMcTci", in_base64);
        assert_eq!(found.last().unwrap().as_str(), "fV9s-Rk2xLq7");
        let twice = in_base64.within(Encoding::Percent);
        let found = decoded("ZD1mVjlzLVJrMnhMcTc%69", twice);
        assert_eq!(found.last().unwrap().as_str(), "fV9s-Rk2xLq7");
    }
}
