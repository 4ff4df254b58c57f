//! Checksums and structure that formats publish.

use crate::redact::builtin::Check;
use crate::redact::engine::judge;

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::redact::engine) enum Outcome {
    /// The checksum or the structure proves the value.
    Proven,
    /// Nothing contradicts the value.
    Open,
    /// A checksum is wrong.
    Doubtful,
    /// The value is not what the rule looks for.
    Refuted,
}

/// Checks a whole token whose body, after the prefix, begins at `body`.
pub(in crate::redact::engine) fn check(check: Check, token: &[u8], body: usize) -> Outcome {
    let rest = token.get(body..).unwrap_or_default();
    match check {
        Check::None => Outcome::Open,
        Check::Crc16Base32 => {
            if is_crc16_base32(token) {
                Outcome::Proven
            } else {
                Outcome::Refuted
            }
        }
        Check::Crc32Base62 => match rest.split_last_chunk::<6>() {
            Some((random, sum)) if base62(crc32(random)) == *sum => Outcome::Proven,
            _ => Outcome::Doubtful,
        },
        Check::JwtHeader => {
            let header = token.split(|&byte| byte == b'.').next().unwrap_or_default();
            if is_jwt_header(header) {
                Outcome::Proven
            } else {
                Outcome::Refuted
            }
        }
        Check::Random => {
            if judge::is_random(rest) {
                Outcome::Open
            } else {
                Outcome::Refuted
            }
        }
    }
}

/// Returns whether a token is base 32 of bytes that end with their CRC-16 of XMODEM,
/// the low byte first.
fn is_crc16_base32(token: &[u8]) -> bool {
    let (mut bits, mut count) = (0_u32, 0);
    let (mut crc, mut last) = (0_u16, [0_u8; 2]);
    let mut len = 0_usize;
    for &digit in token {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'2'..=b'7' => digit - b'2' + 26,
            _ => return false,
        };
        (bits, count) = (bits << 5 | u32::from(value), count + 5);
        if count < 8 {
            continue;
        }
        count -= 8;
        let [.., byte] = (bits >> count).to_be_bytes();
        bits &= (1 << count) - 1;
        // The two bytes before this one are not the sum, so they count.
        if len >= 2 {
            crc = crc16(crc, last[0]);
        }
        last = [last[1], byte];
        len += 1;
    }
    len > 2 && bits == 0 && u16::from_le_bytes(last) == crc
}

/// Returns the CRC-16 of XMODEM after one more byte.
const fn crc16(crc: u16, byte: u8) -> u16 {
    let mut crc = crc ^ (byte as u16) << 8;
    let mut bit = 0;
    while bit < 8 {
        crc = (crc << 1) ^ if crc & 0x8000 == 0 { 0 } else { 0x1021 };
        bit += 1;
    }
    crc
}

/// Returns the CRC-32 of IEEE 802.3, as in zlib.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        let [low, ..] = (crc ^ u32::from(byte)).to_le_bytes();
        (crc >> 8) ^ CRC_TABLE.get(usize::from(low)).copied().unwrap_or(0)
    })
}

const CRC_TABLE: [u32; 256] = crc_table();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
const fn crc_table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut crc = index as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 };
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
}

/// Returns six digits of base 62, ordered as digits, capitals and lower-case letters.
fn base62(mut number: u32) -> [u8; 6] {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut text = [b'0'; 6];
    for digit in text.iter_mut().rev() {
        *digit = DIGITS.get((number % 62) as usize).copied().unwrap_or(b'0');
        number /= 62;
    }
    text
}

/// Returns whether the first part of a token decodes to an object with an `alg`
/// member (RFC 7515, section 4.1.1).
fn is_jwt_header(encoded: &[u8]) -> bool {
    let Some(json) = base64(encoded) else {
        return false;
    };
    json.starts_with(b"{") && json.ends_with(b"}") && json.windows(5).any(|name| name == b"\"alg\"")
}

/// Returns whether a value decodes to a user and a password (RFC 7617, section 2).
pub(in crate::redact::engine) fn is_basic(encoded: &[u8]) -> bool {
    base64(encoded).is_some_and(|text| {
        let colon = text.iter().position(|&byte| byte == b':');
        colon.is_some_and(|at| at > 0 && at + 1 < text.len())
            && text.iter().all(|byte| *byte >= b' ' && *byte != 127)
            && str::from_utf8(&text).is_ok()
    })
}

/// Decodes base 64 in either alphabet, padded or not.
fn base64(encoded: &[u8]) -> Option<Vec<u8>> {
    let padding = encoded
        .iter()
        .rev()
        .take_while(|&&byte| byte == b'=')
        .count();
    let digits = encoded.get(..encoded.len() - padding)?;
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for chunk in digits.chunks(4) {
        let mut bits = 0_u32;
        for &byte in chunk {
            bits = bits << 6 | u32::from(base64_value(byte)?);
        }
        bits <<= 6 * (4 - chunk.len());
        let [_, first, second, third] = bits.to_be_bytes();
        bytes.extend(
            [first, second, third]
                .iter()
                .take(chunk.len().saturating_sub(1)),
        );
    }
    Some(bytes)
}

/// Returns the six bits of a base-64 digit in either alphabet.
const fn base64_value(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32_has_the_published_check_value() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(base62(0), *b"000000");
        assert_eq!(base62(61 + 62 * 10), *b"0000Az");
    }

    #[test]
    fn a_jwt_header_names_its_algorithm() {
        assert!(is_jwt_header(b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"));
        assert!(!is_jwt_header(b"eyJmb28iOiJiYXIifQ"));
        assert!(!is_jwt_header(b"eyJhbGci.iJIUzI1NiJ9"));
    }
}
