//! E-mail addresses.

use super::Personal;
use crate::redact::builtin::Structure;
use crate::redact::engine::Hit;
use crate::redact::text::{ALNUM, Text, class};

/// The greatest length of a local part (RFC 5321, section 4.5.3.1.1).
const MOST_LOCAL: usize = 64;

impl Personal {
    /// Returns an address of RFC 5321, section 4.1.2, without quoted local parts. Its
    /// host follows RFC 1123, with a top-level domain of letters or in Punycode.
    pub(super) fn email(&self, text: &Text<'_>, at: usize) -> Option<Hit> {
        self.rule(Structure::Email)?;
        let is_local = |byte: u8| {
            class(byte) & ALNUM != 0 || matches!(byte, b'.' | b'_' | b'%' | b'+' | b'-' | b'\'')
        };
        let least = at.saturating_sub(MOST_LOCAL).max(text.floor());
        let mut start = at;
        while start > least {
            let before = text.slice(least, start);
            start -= match before.last() {
                Some(byte) if is_local(*byte) => 1,
                _ if ends_with_letter(before) => 2,
                _ => break,
            };
        }
        // An apostrophe belongs to a name only if it is inside it. Otherwise it is a
        // quotation mark.
        if let Some(mark) = text
            .slice(start, at)
            .iter()
            .rposition(|byte| *byte == b'\'')
            && !(text
                .before(start + mark)
                .is_some_and(|byte| byte.is_ascii_alphabetic())
                && mark > 0
                && text
                    .at(start + mark + 1)
                    .is_some_and(|byte| byte.is_ascii_alphabetic()))
        {
            start += mark + 1;
        }
        // The letter of an escape before the address belongs to the escape.
        if text.before(start) == Some(b'\\')
            && matches!(text.at(start), Some(b'n' | b'r' | b't'))
            && start + 1 < at
        {
            start += 1;
        }
        while start < at
            && text
                .at(start)
                .is_some_and(|byte| class(byte) & ALNUM == 0 && byte < 128)
        {
            start += 1;
        }
        let end = wide_host_end(text, at + 1);
        let domain = text.slice(at + 1, end);
        // `logo@2x.png` names a picture.
        let picture = [&b"png"[..], b"jpg", b"jpeg", b"gif", b"svg", b"webp"]
            .iter()
            .any(|end| top(domain).eq_ignore_ascii_case(end));
        if is_service(text.slice(start, at)) || is_path(text, end) {
            return None;
        }
        (start < at && is_host(domain) && !picture && text.at(end) != Some(b'@'))
            .then(|| self.hit(Structure::Email, (start, end, 90)))
            .flatten()
    }
}

/// Returns whether `text` ends with a letter of two bytes: of the Latin, Greek or
/// Cyrillic script (RFC 6531). Other scripts have no blanks between words, so it is
/// not known where an address begins.
fn ends_with_letter(text: &[u8]) -> bool {
    text.last_chunk().is_some_and(|pair| is_letter(*pair))
}

const fn is_letter([first, second]: [u8; 2]) -> bool {
    let sign = matches!((first, second), (0xc3, 0x97 | 0xb7));
    matches!(first, 0xc3..=0xc9 | 0xce..=0xd3) && matches!(second, 0x80..=0xbf) && !sign
}

/// Returns the end of the host name that starts at `at` and may have letters beyond
/// ASCII (RFC 5890).
fn wide_host_end(text: &Text<'_>, at: usize) -> usize {
    let mut end = host_end(text, at);
    for _ in 0..64 {
        // Punctuation before such a letter is inside the name.
        let marks = text.run_of(end, 4, |byte| matches!(byte, b'.' | b'-'));
        let letter = text.slice(marks, marks + 2).first_chunk().copied();
        if !letter.is_some_and(is_letter) {
            break;
        }
        end = host_end(text, marks + 2).max(marks + 2);
    }
    end
}

/// Returns whether a local part belongs to no person: the user of Git over SSH, or an
/// address that takes no mail.
fn is_service(local: &[u8]) -> bool {
    [&b"git"[..], b"noreply", b"no-reply", b"donotreply"]
        .iter()
        .any(|name| local.eq_ignore_ascii_case(name))
}

/// Returns whether a host that ends at `at` is followed by a path on it, as `scp`
/// writes it: `root@host.test:/var`.
fn is_path(text: &Text<'_>, at: usize) -> bool {
    text.at(at) == Some(b':') && matches!(text.at(at + 1), Some(b'/' | b'~'))
}

/// Returns the end of the host name that starts at `at`, without punctuation at its
/// end.
pub(super) fn host_end(text: &Text<'_>, at: usize) -> usize {
    let is_host = |byte: u8| class(byte) & ALNUM != 0 || matches!(byte, b'.' | b'-');
    let mut end = text.run_of(at, 255, is_host);
    while end > at
        && text
            .before(end)
            .is_some_and(|byte| matches!(byte, b'.' | b'-'))
    {
        end -= 1;
    }
    end
}

fn top(domain: &[u8]) -> &[u8] {
    domain
        .rsplit(|&byte| byte == b'.')
        .next()
        .unwrap_or_default()
}

/// Returns whether a name has more than one label of RFC 1123, section 2.1, and a
/// top-level domain.
pub(super) fn is_host(domain: &[u8]) -> bool {
    let top = top(domain);
    let is_label = |label: &[u8]| {
        (1..=63).contains(&label.len()) && !label.starts_with(b"-") && !label.ends_with(b"-")
    };
    let is_top = (2..=63).contains(&top.len()) && top.iter().all(u8::is_ascii_alphabetic);
    let is_puny = top.len() > 4
        && top
            .get(..4)
            .is_some_and(|head| head.eq_ignore_ascii_case(b"xn--"));
    (is_top || is_puny)
        && domain.contains(&b'.')
        && domain.split(|&byte| byte == b'.').all(is_label)
}
