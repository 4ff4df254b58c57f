//! Key blocks: PEM, OpenSSH, PGP and PuTTY.

use crate::redact::text::{ALNUM, SPACE, TOKEN, Text, class};

/// The greatest length of a block. An RSA key of 16,384 bits takes 13 KB, and a PGP
/// key with its subkeys somewhat more.
const MOST: usize = 64 * 1024;
/// The least number of adjacent encoded bytes that distinguishes a block from its
/// mention.
const LEAST_BODY: usize = 16;

/// Returns the place of the private key whose armor has `-BEG` at `at` (RFC 7468; RFC
/// 9580, section 6.2), or `- BE` (RFC 4716, with four dashes and blanks).
#[inline(never)]
pub(in crate::redact::engine) fn private_key(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let is_dash = |byte: u8| byte == b'-';
    // RFC 4716 has a blank there.
    let begin = text.run_of(at + 1, 1, |byte| byte == b' ');
    let start = at + 1
        - text
            .slice(at.saturating_sub(4), at + 1)
            .iter()
            .rev()
            .take_while(|&&byte| is_dash(byte))
            .count();
    if at + 1 - start < 4 || !text.is(begin, b"BEGIN ") {
        return None;
    }
    let label = begin + b"BEGIN ".len();
    let label_end = text.run_of(label, 48, |byte| {
        byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' '
    });
    let name = text.slice(label, label_end);
    if !name.windows(11).any(|window| window == b"PRIVATE KEY") || !text.is(label_end, b"----") {
        return None;
    }
    let body = text.run_of(label_end, 5, is_dash);
    let (body, body_end, end) = block_end(text, body);
    let encoded = text.slice(body, body_end);
    let is_encoded = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let longest = encoded
        .split(|byte| !is_encoded(byte))
        .map(<[u8]>::len)
        .max();
    let distinct = encoded.iter().fold(0_u128, |seen, &byte| {
        seen | 1_u128.wrapping_shl(u32::from(byte))
    });
    // A body of a few repeated letters is a dummy.
    (longest.is_some_and(|longest| longest >= LEAST_BODY) && distinct.count_ones() >= 12)
        .then_some((start, end))
}

/// Returns the place of a private key in the base 64 of its DER form. The bytes at
/// `at` identify PKCS #12 (RFC 7292), PKCS #8 (RFC 5958) or PKCS #1 (RFC 8017,
/// appendix A.1.2) in a sequence with a two-byte length.
#[inline(never)]
pub(in crate::redact::engine) fn der_key(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let start = at.checked_sub(b"MIIxxx".len())?;
    let is_body = |byte: u8| class(byte) & ALNUM != 0 || matches!(byte, b'+' | b'/');
    let known = [
        &b"IBAzCC"[..],
        b"IBADANBgkq",
        b"IBAAKCAQ",
        b"IBAAKBgQ",
        b"IBAAKCAg",
    ]
    .iter()
    .any(|head| text.is(at, head));
    if !known
        || !text.slice(start, at).starts_with(b"MII")
        || text.before(start).is_some_and(is_body)
    {
        return None;
    }
    let end = encoded_end(text, start);
    (end - start >= 64).then_some((start, end))
}

/// Returns the place of the private part of a JSON web key (RFC 7517) whose member
/// `d` or `k` is at `at`.
#[inline(never)]
pub(in crate::redact::engine) fn web_key(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let quote = text.run(at + b"\"d\":".len(), 4, SPACE);
    let start = quote + 1;
    let end = text.run_of(start, 2048, |byte| class(byte) & TOKEN != 0);
    if text.at(quote) != Some(b'"') || text.at(end) != Some(b'"') || end - start < 16 {
        return None;
    }
    // The key type stands before or after it.
    let before = text.slice(at.saturating_sub(200).max(text.floor()), at);
    let after = text.slice(end, text.run_of(end, 1600, |byte| byte != b'}'));
    let typed = |part: &[u8]| part.windows(5).any(|word| word == b"\"kty\"");
    (typed(before) || typed(after)).then_some((start, end))
}

/// The greatest number of headers between the BEGIN line and the body.
const MOST_HEADERS: usize = 16;
/// The greatest length of the value of a header.
const MOST_HEADER: usize = 512;

/// Returns the end of the headers of a block that start at `at`: `Version: GnuPG v2`.
/// The value of a header goes on behind a backslash at the end of a line (RFC 4716,
/// section 3.3.2), or on a line that begins with a blank (RFC 1421, section 4.6).
fn behind_headers(text: &Text<'_>, at: usize) -> usize {
    let mut at = at;
    for _ in 0..MOST_HEADERS {
        let name = behind_breaks(text, at);
        let colon = text.run_of(name, 48, |byte| class(byte) & ALNUM != 0 || byte == b'-');
        if colon == name || text.at(colon) != Some(b':') {
            break;
        }
        at = value_end(text, colon + 1);
    }
    at
}

/// Returns the end of the value of a header that starts at `at`.
fn value_end(text: &Text<'_>, at: usize) -> usize {
    let most = at + MOST_HEADER;
    let mut end = at;
    loop {
        end = text.run_of(end, most.saturating_sub(end), |byte| {
            !matches!(byte, b'\r' | b'\n' | b'\\')
        });
        let line = text.run_of(end, 3, |byte| matches!(byte, b'\r' | b'\n' | b'\\'));
        let goes_on = match (text.at(end), text.at(end + 1)) {
            (Some(b'\\'), Some(b'\r' | b'\n')) => true,
            (Some(b'\r' | b'\n'), _) => matches!(text.at(line), Some(b' ' | b'\t')),
            _ => false,
        };
        if !goes_on || line >= most {
            return end;
        }
        end = line;
    }
}

/// Returns the end of the line ends, escaped or not, and blanks at `at`.
fn behind_breaks(text: &Text<'_>, at: usize) -> usize {
    let mut at = at;
    for _ in 0..8 {
        at = text.run_of(at, 8, |byte| byte.is_ascii_whitespace());
        let letter = text.run_of(at, 8, |byte| byte == b'\\');
        if letter == at || !matches!(text.at(letter), Some(b'n' | b'r')) {
            break;
        }
        at = letter + 1;
    }
    at
}

/// Returns the start and the end of the body of a block whose BEGIN line ends at `body`,
/// and the end of the block. The block ends after its END line, or with the last text
/// that looks like a body.
fn block_end(text: &Text<'_>, body: usize) -> (usize, usize, usize) {
    let is_label = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ';
    let mut at = body;
    while at - body < MOST {
        at = text.run_of(at, MOST - (at - body), |byte| byte != b'-' && byte != 0);
        let dashes = text.run_of(at, 5, |byte| byte == b'-');
        let word = text.run_of(dashes, 1, |byte| byte == b' ');
        if dashes - at >= 4 && text.is(word, b"END ") {
            let label = text.run_of(word, 56, is_label);
            return (body, at, text.run_of(label, 5, |byte| byte == b'-'));
        }
        if dashes == at || dashes - at >= 5 {
            break;
        }
        at = dashes;
    }
    let body = behind_headers(text, body);
    let end = encoded_end(text, body);
    (body, end, end)
}

/// The least length of a line of base 64 that is not the last one. Encoders write 64 or 76
/// digits.
const LEAST_LINE: usize = 32;

/// Returns the end of the lines of base 64 from `at` on, which need not be the body of a
/// whole block. What is written behind them, such as the next setting, is no line of it.
fn encoded_end(text: &Text<'_>, from: usize) -> usize {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let (mut end, mut at) = (from, from);
    while at - from < MOST {
        let line = text.run_of(behind_breaks(text, at), 8, |byte| {
            matches!(byte, b'"' | b'\'' | b' ' | b'\t')
        });
        // The checksum of PGP has its sign in front (RFC 9580, section 6.1).
        let sum = text.run_of(line, 1, |byte| byte == b'=');
        let digits = text.run_of(sum, MOST - (line - from).min(MOST), is_digit);
        let pads = text.run_of(digits, 2, |byte| byte == b'=');
        let behind = text.run_of(pads, 8, |byte| matches!(byte, b' ' | b'\t'));
        let is_whole = match text.at(pads) {
            None => true,
            Some(byte) => {
                byte.is_ascii_whitespace() || matches!(byte, b'\\' | b'"' | b'\'' | b'<' | b',')
            }
        };
        if digits == sum || !is_whole {
            break;
        }
        if digits - sum >= LEAST_LINE {
            (end, at) = (pads, pads);
            continue;
        }
        // A shorter line is the last, or a word of what follows.
        let is_alone = behind == pads || !text.at(behind).is_some_and(is_digit);
        let is_complete = text.at(pads).is_none() || (pads - line).is_multiple_of(4) || sum > line;
        if is_alone && is_complete {
            end = pads;
        }
        if pads == digits || sum > line {
            break;
        }
        // The checksum of PGP follows.
        at = pads;
        if text.at(behind_breaks(text, at)) != Some(b'=') {
            break;
        }
    }
    end
}

/// Returns the place of the lines of a PuTTY private key whose header `Private-Lines`
/// has `-Lin` at `at`.
#[inline(never)]
pub(in crate::redact::engine) fn putty_key(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let start = at.checked_sub(b"Private".len())?;
    if text.slice(start, at) != b"Private" || !text.is(at, b"-Lines:") {
        return None;
    }
    let number = text.run(at + b"-Lines:".len(), 4, SPACE);
    let body = text.run_of(number, 4, |byte| byte.is_ascii_digit());
    let start = behind_breaks(text, body);
    let end = encoded_end(text, start);
    (end - start >= LEAST_BODY).then_some((start, end))
}
