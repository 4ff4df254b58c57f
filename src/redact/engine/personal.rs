//! Personal data that has a checkable form.

use std::net::Ipv6Addr;

use super::check::{luhn, mod97};
use super::prefilter::Anchor;
use crate::redact::rule::Structure;
use crate::redact::shape::ByteSet;
use crate::redact::text::{ALNUM, DIGIT, Text, class};

/// A place and the structure that was found there.
pub(super) type Found = (usize, usize, Structure);

/// The marks behind which personal data may stand.
pub(super) fn anchors() -> Vec<Anchor> {
    const ANY: ByteSet = ByteSet::ANY;
    const MARK: ByteSet = ByteSet::parse("\x00-/:-@[-`{-\x7f");
    const DIGITS: ByteSet = ByteSet::parse("0-9");
    const LETTERS: ByteSet = ByteSet::parse("A-Z");
    const HEX: ByteSet = ByteSet::parse("0-9A-Fa-f");
    const NUMBER: ByteSet = ByteSet::parse("0-9 .()-");
    vec![
        [ByteSet::of(b'@'), ByteSet::parse("A-Za-z0-9"), ANY, ANY],
        [MARK, DIGITS, NUMBER, NUMBER],
        [MARK, LETTERS, LETTERS, DIGITS],
        [MARK, HEX, HEX, ByteSet::parse(":-")],
        [ByteSet::of(b':'), ByteSet::parse("0-9A-Fa-f:"), ANY, ANY],
    ]
}

/// Looks for personal data at a place that one of [`anchors`] names.
pub(super) fn find(text: &Text<'_>, at: usize) -> Option<Found> {
    match text.at(at)? {
        b'@' => email(text, at),
        b':' if text.at(at + 1) == Some(b':') => ipv6(text, at),
        b':' => ipv6(text, at).or_else(|| number(text, at)),
        // The first stage may name other places too.
        mark if class(mark) & ALNUM == 0 => number(text, at),
        _ => None,
    }
}

/// Looks for a number that starts behind the mark at `at`.
pub(super) fn number(text: &Text<'_>, at: usize) -> Option<Found> {
    first(text, at + 1, text.at(at)?)
}

/// Looks for a number, code or address that starts at `at`, behind `mark`.
pub(super) fn first(text: &Text<'_>, at: usize, mark: u8) -> Option<Found> {
    let byte = text.at(at)?;
    if byte.is_ascii_uppercase() {
        return iban(text, at).or_else(|| mac(text, at));
    }
    // Part of a longer number, version or path.
    if matches!(mark, b'.' | b'-' | b'/' | b'_' | b'#' | b'$' | b'%' | b'\\') && mark != b'-' {
        return if mark == b'/' { ipv4(text, at) } else { None };
    }
    mac(text, at)
        .or_else(|| card(text, at))
        .or_else(|| social_security(text, at))
        .or_else(|| ipv4(text, at))
        .or_else(|| phone(text, at, mark))
}

/// An address of RFC 5321, section 4.1.2, without quoted local parts.
fn email(text: &Text<'_>, at: usize) -> Option<Found> {
    let is_local =
        |byte: u8| class(byte) & ALNUM != 0 || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-');
    let before = text.slice(at.saturating_sub(64).max(text.floor()), at);
    let local = before
        .iter()
        .rev()
        .take_while(|&&byte| is_local(byte))
        .count();
    let mut start = at - local;
    while start < at && text.at(start).is_some_and(|byte| class(byte) & ALNUM == 0) {
        start += 1;
    }
    let is_domain = |byte: u8| class(byte) & ALNUM != 0 || matches!(byte, b'.' | b'-');
    let mut end = text.run_of(at + 1, 255, is_domain);
    while text
        .before(end)
        .is_some_and(|byte| matches!(byte, b'.' | b'-'))
    {
        end -= 1;
    }
    let domain = text.slice(at + 1, end);
    let mut labels = domain.rsplit(|&byte| byte == b'.');
    let top = labels.next()?;
    let is_top = top.len() >= 2 && top.iter().all(u8::is_ascii_alphabetic);
    let mut rest = labels.peekable();
    let whole = rest.peek().is_some() && rest.all(|label| !label.is_empty());
    // `logo@2x.png` names a picture.
    let picture = [&b"png"[..], b"jpg", b"jpeg", b"gif", b"svg", b"webp"]
        .iter()
        .any(|end| top.eq_ignore_ascii_case(end));
    (start < at && is_top && whole && !picture && text.at(end) != Some(b'@')).then_some((
        start,
        end,
        Structure::Email,
    ))
}

/// A payment card: a known range, the right length, a right check digit.
fn card(text: &Text<'_>, at: usize) -> Option<Found> {
    let mut digits = [0_u8; 19];
    let (mut count, mut end) = (0, at);
    let mut separator = None;
    loop {
        match text.at(end) {
            Some(digit @ b'0'..=b'9') => {
                *digits.get_mut(count)? = digit;
                count += 1;
                end += 1;
            }
            Some(mark @ (b' ' | b'-'))
                if count > 0 && text.at(end + 1).is_some_and(|next| next.is_ascii_digit()) =>
            {
                // One mark throughout, after four digits or as on a card of fifteen.
                if separator.is_some_and(|known| known != mark) || !(count % 4 == 0 || count == 10)
                {
                    return None;
                }
                separator = Some(mark);
                end += 1;
            }
            _ => break,
        }
    }
    let digits = digits.get(..count)?;
    let follows = text
        .at(end)
        .is_some_and(|byte| class(byte) & ALNUM != 0 || byte == b'_');
    let known = is_card_range(digits);
    let same = digits
        .windows(2)
        .all(|pair| matches!(pair, [one, other] if one == other));
    (known && !follows && !same && luhn(digits)).then_some((at, end, Structure::Card))
}

/// Whether digits lie in the range of a payment network (ISO/IEC 7812 issuer
/// numbers as the networks publish them) and have a length that it gives out.
fn is_card_range(digits: &[u8]) -> bool {
    let head = |count: usize| {
        digits
            .iter()
            .take(count)
            .fold(0_u32, |head, digit| head * 10 + u32::from(digit - b'0'))
    };
    match digits.len() {
        13 => head(1) == 4,
        14 => matches!(head(2), 36 | 38 | 39) || matches!(head(3), 300..=305),
        15 => matches!(head(2), 34 | 37),
        16 => {
            matches!(head(1), 4)
                || matches!(head(2), 51..=55 | 62 | 65)
                || matches!(head(4), 2221..=2720 | 6011 | 3528..=3589)
                || matches!(head(3), 644..=649)
        }
        17..=19 => head(2) == 62 || (digits.len() == 19 && head(1) == 4),
        _ => false,
    }
}

/// A US social-security number with its dashes: no area 000, 666 or from 900,
/// no group 00, no serial 0000 (Social Security Administration, randomization).
fn social_security(text: &Text<'_>, at: usize) -> Option<Found> {
    let part = |from: usize, len: usize| -> Option<u32> {
        let digits = text.slice(from, from + len);
        if digits.len() < len {
            text.miss();
            return None;
        }
        digits.iter().all(u8::is_ascii_digit).then(|| {
            digits
                .iter()
                .fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
        })
    };
    let mark = text.at(at + 3).filter(|mark| matches!(mark, b'-' | b' '))?;
    let (area, group, serial) = (part(at, 3)?, part(at + 4, 2)?, part(at + 7, 4)?);
    let whole = text.at(at + 6) == Some(mark)
        && text
            .at(at + 11)
            .is_none_or(|byte| class(byte) & ALNUM == 0 && byte != b'-');
    let given = !matches!(area, 0 | 666 | 900..) && group != 0 && serial != 0;
    (whole && given).then_some((at, at + 11, Structure::UsSocialSecurity))
}

/// An IPv4 address that could be a person's: not unspecified, loopback or a mask.
fn ipv4(text: &Text<'_>, at: usize) -> Option<Found> {
    let end = text.run_of(at, 16, |byte| byte.is_ascii_digit() || byte == b'.');
    let address = text.slice(at, end);
    let trimmed = address.strip_suffix(b".").unwrap_or(address);
    let follows = text
        .at(end)
        .is_some_and(|byte| class(byte) & ALNUM != 0 || byte == b'-');
    let mut octets = [0_u32; 4];
    let mut parts = trimmed.split(|&byte| byte == b'.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || part.len() > 3 || (part.len() > 1 && part.first() == Some(&b'0')) {
            return None;
        }
        *octet = part.iter().fold(0, |number, digit| {
            number * 10 + u32::from(digit.wrapping_sub(b'0'))
        });
    }
    let known = parts.next().is_none() && octets.iter().all(|octet| *octet < 256);
    let named = !matches!(octets, [0 | 127 | 255, ..]);
    (known && named && !follows).then_some((at, at + trimmed.len(), Structure::Ipv4))
}

/// An IPv6 address (RFC 4291, section 2.2) around the colon at `at`.
fn ipv6(text: &Text<'_>, at: usize) -> Option<Found> {
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || byte == b':';
    let before = text.slice(at.saturating_sub(40).max(text.floor()), at);
    let start = at
        - before
            .iter()
            .rev()
            .take_while(|&&byte| is_part(byte))
            .count();
    // The first colon speaks for the whole address.
    if text.slice(start, at).contains(&b':')
        || text
            .before(start)
            .is_some_and(|byte| class(byte) & ALNUM != 0)
    {
        return None;
    }
    let end = text.run_of(start, 46, |byte| is_part(byte) || byte == b'.');
    let address = text.slice(start, end);
    let address = address
        .strip_suffix(b".")
        .or_else(|| {
            address
                .strip_suffix(b":")
                .filter(|rest| !rest.ends_with(b":"))
        })
        .unwrap_or(address);
    if text.at(end).is_some_and(|byte| class(byte) & ALNUM != 0) {
        return None;
    }
    let parsed: Ipv6Addr = std::str::from_utf8(address).ok()?.parse().ok()?;
    let named = !parsed.is_unspecified() && !parsed.is_loopback();
    // `a::b` is more often a path in a program.
    let enough = address.iter().filter(|&&byte| byte == b':').count() >= 3
        || address.iter().any(u8::is_ascii_digit);
    (named && enough).then_some((start, start + address.len(), Structure::Ipv6))
}

/// A hardware address: six pairs of hexadecimal digits (IEEE 802).
fn mac(text: &Text<'_>, at: usize) -> Option<Found> {
    let mark = text.at(at + 2).filter(|mark| matches!(mark, b':' | b'-'))?;
    for index in 0..17 {
        let byte = text.at(at + index)?;
        let right = if index % 3 == 2 {
            byte == mark
        } else {
            byte.is_ascii_hexdigit()
        };
        if !right {
            return None;
        }
    }
    let end = at + 17;
    let follows = text
        .at(end)
        .is_some_and(|byte| class(byte) & ALNUM != 0 || byte == mark);
    let inside = text.before(at) == Some(mark);
    let zero = text
        .slice(at, end)
        .iter()
        .all(|byte| matches!(byte, b'0' | b':' | b'-'));
    (!follows && !inside && !zero).then_some((at, end, Structure::Mac))
}

/// A telephone number: E.164 behind `+`, or a North American one with its marks.
fn phone(text: &Text<'_>, at: usize, mark: u8) -> Option<Found> {
    if mark == b'+' {
        let run = text.run_of(at, 24, |byte| {
            byte.is_ascii_digit() || matches!(byte, b' ' | b'-' | b'.' | b'(' | b')')
        });
        let tail = text
            .slice(at, run)
            .iter()
            .rev()
            .take_while(|byte| class(**byte) & DIGIT == 0)
            .count();
        let end = run - tail;
        let digits = text
            .slice(at, end)
            .iter()
            .filter(|byte| byte.is_ascii_digit())
            .count();
        let follows = text.at(end).is_some_and(|byte| class(byte) & ALNUM != 0);
        return ((8..=15).contains(&digits) && !follows && text.at(at) != Some(b'0')).then_some((
            at - 1,
            end,
            Structure::Phone,
        ));
    }
    // (212) 555-0143, 212-555-0143, 212.555.0143
    let (start, area_end) = if mark == b'(' {
        (at - 1, at + 3)
    } else {
        (at, at + 3)
    };
    let digits = |from: usize, len: usize| {
        let slice = text.slice(from, from + len);
        if slice.len() < len {
            text.miss();
        }
        slice.len() == len && slice.iter().all(u8::is_ascii_digit)
    };
    let mut next = area_end;
    if mark == b'(' {
        if text.at(next) != Some(b')') {
            return None;
        }
        next += 1;
        next = text.run_of(next, 1, |byte| byte == b' ');
    } else {
        if !matches!(text.at(next), Some(b'-' | b'.')) {
            return None;
        }
        next += 1;
    }
    let inner = text.at(next + 3)?;
    let same = mark == b'(' || text.at(area_end) == Some(inner);
    let end = next + 8;
    let leads = |at: usize| {
        text.at(at)
            .is_some_and(|digit| matches!(digit, b'2'..=b'9'))
    };
    let whole = digits(at, 3)
        && digits(next, 3)
        && digits(next + 4, 4)
        && matches!(inner, b'-' | b'.' | b' ')
        && same;
    let follows = text
        .at(end)
        .is_some_and(|byte| class(byte) & ALNUM != 0 || byte == b'-');
    (whole && !follows && leads(at) && leads(next)).then_some((start, end, Structure::Phone))
}

/// An international bank account number (ISO 13616), in groups of four or not.
fn iban(text: &Text<'_>, at: usize) -> Option<Found> {
    let is_head = |from: usize| {
        text.at(from).is_some_and(|byte| byte.is_ascii_uppercase())
            && text
                .at(from + 1)
                .is_some_and(|byte| byte.is_ascii_uppercase())
            && text.at(from + 2).is_some_and(|byte| byte.is_ascii_digit())
            && text.at(from + 3).is_some_and(|byte| byte.is_ascii_digit())
    };
    if !is_head(at) {
        return None;
    }
    let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let plain = text.run_of(at, 35, is_part);
    let mut end = plain;
    if plain == at + 4 {
        // Groups of four, the last one shorter.
        while end - at < 42 && text.at(end) == Some(b' ') {
            let group = text.run_of(end + 1, 5, is_part);
            if group == end + 1 || group - end > 5 {
                break;
            }
            end = group;
            if !(group - at + 1).is_multiple_of(5) {
                break;
            }
        }
    }
    let count = text
        .slice(at, end)
        .iter()
        .filter(|byte| **byte != b' ')
        .count();
    let follows = text.at(end).is_some_and(|byte| class(byte) & ALNUM != 0);
    ((15..=34).contains(&count) && !follows && mod97(text.slice(at, end))).then_some((
        at,
        end,
        Structure::Iban,
    ))
}
