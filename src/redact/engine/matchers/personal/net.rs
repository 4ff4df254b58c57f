//! Network addresses: IPv4, IPv6 and hardware addresses.

use std::net::Ipv6Addr;

use super::{ADDRESS_WORDS, Personal};
use crate::redact::builtin::Structure;
use crate::redact::engine::Hit;
use crate::redact::engine::tables::words::WordSet;
use crate::redact::text::{ALNUM, DIGIT, Text, class};

/// Words that name an address, required for addresses that every machine has.
pub(super) const WORDS: &[&str] = &[
    "ip",
    "ipv4",
    "ipv6",
    "address",
    "addr",
    "broadcast",
    "loopback",
    "unspecified",
    "default",
    "localhost",
    "netmask",
    "subnet",
    "mapped",
];

/// Words before a version in four parts.
static VERSIONS: WordSet = WordSet::new(&[
    b"appendix",
    b"assemblyversion",
    b"build",
    b"chapter",
    b"fileversion",
    b"firmware",
    b"nuget",
    b"oid",
    b"package",
    b"paragraph",
    b"pkg",
    b"productversion",
    b"rel",
    b"release",
    b"rev",
    b"revision",
    b"section",
    b"snmp",
    b"ver",
    b"version",
    b"versions",
]);

/// How far before a version its word may begin.
const MOST_VERSION: usize = 40;

/// Returns whether the four numbers at `at` are a version or the number of a section.
fn is_version(text: &Text<'_>, at: usize) -> bool {
    let before = text.slice(text.back_to(at, MOST_VERSION), at);
    if before.ends_with(b"==") || before.ends_with("\u{a7}".as_bytes()) {
        return true;
    }
    let line = before
        .rsplit(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic();
    let mut words = line
        .split(|byte| !is_letter(byte))
        .filter(|word| !word.is_empty());
    let names_version = |word: &[u8]| VERSIONS.contains(word);
    // Right before it, or one of two versions.
    let direct = words.clone().next_back().is_some_and(names_version);
    let gap = line
        .iter()
        .rev()
        .take_while(|byte| !is_letter(byte))
        .count();
    direct && gap <= 4
        || words.any(|word| {
            word.eq_ignore_ascii_case(b"nuget")
                || word.len() >= 7
                    && word
                        .get(..7)
                        .is_some_and(|head| head.eq_ignore_ascii_case(b"upgrade"))
        })
}

impl Personal {
    /// Returns an IPv4 address with its prefix length. An address that every machine
    /// has (unspecified, loopback, a mask) counts only near words that name an
    /// address.
    pub(super) fn ipv4(&self, text: &Text<'_>, at: usize) -> Option<Hit> {
        self.rule(Structure::Ipv4)?;
        let lead = text.run(at, 4, DIGIT) - at;
        if !(1..=3).contains(&lead) || text.at(at + lead) != Some(b'.') {
            return None;
        }
        let end = text.run_of(at, 16, |byte| byte.is_ascii_digit() || byte == b'.');
        let address = text.slice(at, end);
        // The first of a range: `192.0.2.1..192.0.2.9`, `192.0.2.1-192.0.2.9`.
        let range = address.windows(2).position(|pair| pair == b"..");
        let address = address
            .get(..range.unwrap_or(address.len()))
            .unwrap_or(address);
        let trimmed = address.strip_suffix(b".").unwrap_or(address);
        let follows = range.is_none()
            && text.at(end).is_some_and(|byte| {
                class(byte) & ALNUM != 0 || byte == b'-' && !is_dotted(text, end + 1)
            });
        let mut octets = [0_u32; 4];
        let mut parts = trimmed.split(|&byte| byte == b'.');
        for octet in &mut octets {
            let part = parts.next()?;
            if part.is_empty() || part.len() > 3 || (part.len() > 1 && part.first() == Some(&b'0'))
            {
                return None;
            }
            *octet = part.iter().fold(0, |number, digit| {
                number * 10 + u32::from(digit.wrapping_sub(b'0'))
            });
        }
        let known = parts.next().is_none() && octets.iter().all(|octet| *octet < 256);
        if !known || follows {
            return None;
        }
        if is_version(text, at) {
            return None;
        }
        let end = at + trimmed.len();
        if matches!(octets, [0 | 127 | 255, ..]) && !self.is_near(text, at, end, ADDRESS_WORDS) {
            return None;
        }
        let mut end = prefix_end(text, end, 32);
        // No mark leads to the last address of such a range.
        if range.is_some() && is_dotted(text, end + 2) {
            end = text.run_of(end + 2, 15, |byte| byte.is_ascii_digit() || byte == b'.');
            end -= usize::from(text.before(end) == Some(b'.'));
        }
        self.hit(Structure::Ipv4, (at, end, 90))
    }

    /// Returns the IPv4 address of the host after the `@` at `at`, unless it may be the
    /// version of a package: `root@192.0.2.1`, `name@1.2.3.4`.
    pub(super) fn host(&self, text: &Text<'_>, at: usize) -> Option<Hit> {
        let found = self.ipv4(text, at + 1)?;
        let octets = text.slice(found.start, found.end);
        let large = octets
            .split(|byte| *byte == b'.')
            .any(|part| part.len() > 2);
        let shell = || {
            let line = text.seen_back(at, 128, |byte| byte == b'\n');
            let is_command =
                |word: &[u8]| matches!(word, b"ssh" | b"scp" | b"sftp" | b"rsync" | b"mosh");
            line.any(|piece| {
                piece
                    .split(|byte| class(*byte) & ALNUM == 0)
                    .any(is_command)
            })
        };
        (large || octets.starts_with(b"10.") || shell()).then_some(found)
    }

    /// Returns an IPv6 address (RFC 4291, section 2.2) around the colon at `at`, with
    /// its zone and prefix length.
    pub(super) fn ipv6(&self, text: &Text<'_>, at: usize) -> Option<Hit> {
        self.rule(Structure::Ipv6)?;
        let is_part = |byte: u8| byte.is_ascii_hexdigit() || byte == b':';
        // One byte more than a group has: the first colon stands for the whole
        // address.
        let before = text.slice(at.saturating_sub(5).max(text.floor()), at);
        let start = at
            - before
                .iter()
                .rev()
                .take_while(|&&byte| is_part(byte))
                .count();
        if at - start > 4
            || text.slice(start, at).contains(&b':')
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
        let colons = address.iter().filter(|&&byte| byte == b':').count();
        let whole = colons >= 6 || address.windows(2).any(|pair| pair == b"::");
        if !whole || text.at(end).is_some_and(|byte| class(byte) & ALNUM != 0) {
            return None;
        }
        let parsed: Ipv6Addr = std::str::from_utf8(address).ok()?.parse().ok()?;
        let end = start + address.len();
        let groups = address
            .split(|&byte| byte == b':')
            .filter(|group| !group.is_empty());
        let (count, longest) = groups.fold((0, 0), |(count, longest), group| {
            (count + 1, group.len().max(longest))
        });
        // `a::b` is usually a path in a program, `[1::2]` a step in a list.
        let digit = address.iter().any(u8::is_ascii_digit);
        let sure = colons >= 3 || (digit && longest >= 3 && count >= 1);
        if !sure && !self.is_near(text, start, end, ADDRESS_WORDS) {
            return None;
        }
        if parsed.is_unspecified() && colons == 2 && !is_alone(text, start, end) {
            return None;
        }
        let zone = if text.at(end) == Some(b'%') {
            text.run_of(end + 1, 16, |byte| class(byte) & ALNUM != 0)
        } else {
            end
        };
        let end = prefix_end(text, zone, 128);
        self.hit(Structure::Ipv6, (start, end, 90))
    }

    /// Returns a hardware address: six pairs of hexadecimal digits (IEEE 802).
    pub(super) fn mac(&self, text: &Text<'_>, at: usize) -> Option<Hit> {
        self.rule(Structure::Mac)?;
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
        let inside = text.before(at) == Some(mark)
            && super::before_mark(text, at).is_some_and(|byte| class(byte) & ALNUM != 0);
        (!follows && !inside && is_device(text.slice(at, end)))
            .then(|| self.hit(Structure::Mac, (at, end, 90)))
            .flatten()
    }

    /// Returns a hardware address in three groups of four, of which one of the first
    /// two ends at `at`.
    pub(super) fn dotted_mac(&self, text: &Text<'_>, at: usize) -> Option<Hit> {
        let second = text.before(at.checked_sub(3)?) == Some(b'.');
        let start = at.checked_sub(if second { 8 } else { 3 })?;
        if text
            .before(start)
            .is_some_and(|byte| class(byte) & ALNUM != 0 || byte == b'.')
        {
            return None;
        }
        self.dotted_mac_at(text, start)
    }

    /// Returns a hardware address in three groups of four that starts at `at`.
    pub(super) fn dotted_mac_at(&self, text: &Text<'_>, at: usize) -> Option<Hit> {
        if text.at(at + 4) != Some(b'.') || text.at(at + 9) != Some(b'.') {
            return None;
        }
        self.rule(Structure::Mac)?;
        let end = at + 14;
        let right = text.slice(at, end).iter().enumerate().all(|(index, byte)| {
            if matches!(index, 4 | 9) {
                *byte == b'.'
            } else {
                byte.is_ascii_hexdigit()
            }
        });
        let last = text.at(end - 1)?;
        let follows = text.at(end).is_some_and(|byte| class(byte) & ALNUM != 0)
            || (text.at(end) == Some(b'.')
                && text
                    .at(end + 1)
                    .is_some_and(|byte| class(byte) & ALNUM != 0));
        (right && last.is_ascii_hexdigit() && !follows && is_device(text.slice(at, end)))
            .then(|| self.hit(Structure::Mac, (at, end, 85)))
            .flatten()
    }
}

/// Returns whether four numbers with dots between them stand at `at`.
pub(super) fn is_dotted(text: &Text<'_>, at: usize) -> bool {
    let end = text.run_of(at, 16, |byte| byte.is_ascii_digit() || byte == b'.');
    let mut parts = text.slice(at, end).split(|byte| *byte == b'.');
    let is_octet = |part: &[u8]| (1..=3).contains(&part.len());
    (0..4).all(|_| parts.next().is_some_and(is_octet))
}

/// Returns whether a hardware address is neither all zeros nor the broadcast address.
fn is_device(address: &[u8]) -> bool {
    let digits = || address.iter().filter(|byte| byte.is_ascii_hexdigit());
    !digits().all(|byte| *byte == b'0') && !digits().all(|byte| matches!(byte, b'f' | b'F'))
}

/// Returns the end of the prefix length that may follow an address.
fn prefix_end(text: &Text<'_>, end: usize, most: u32) -> usize {
    if text.at(end) != Some(b'/') {
        return end;
    }
    let stop = text.run(end + 1, 4, DIGIT);
    let digits = text.slice(end + 1, stop);
    let length = digits
        .iter()
        .fold(0, |length, digit| length * 10 + u32::from(digit - b'0'));
    let continues = text
        .at(stop)
        .is_some_and(|byte| class(byte) & ALNUM != 0 || byte == b'/');
    if (1..=3).contains(&digits.len()) && length <= most && !continues {
        stop
    } else {
        end
    }
}

/// Returns whether blanks, quotation marks or nothing stand on both sides.
fn is_alone(text: &Text<'_>, start: usize, end: usize) -> bool {
    let edge = |byte: Option<u8>| {
        byte.is_none_or(|byte| {
            byte.is_ascii_whitespace()
                || matches!(byte, b'"' | b'\'' | b'/' | b'%' | b'.' | b',' | b'[' | b']')
        })
    };
    edge(text.before(start)) && edge(text.at(end))
}
