//! Addresses with passwords, and addresses that are themselves secrets.

use super::tokens::is_stock;
use crate::redact::builtin::{Form, Rule};
use crate::redact::engine::hit::Hit;
use crate::redact::engine::judge;
use crate::redact::engine::tables::index::Filter;
use crate::redact::finding::{Layers, RuleRef, Validation};
use crate::redact::text::{ALNUM, NAME, QUOTE, STOP, Shape, Text, class};

/// The greatest length of the user part of an address.
const MOST_USER: usize = 256;
/// The greatest length of a host name (RFC 1035, section 2.3.4).
const MOST_HOST: usize = 255;

struct Entry {
    /// The last eight bytes of the host, in lower case, as one number.
    tail: u64,
    host: &'static [u8],
    path: &'static Shape,
    rule: RuleRef,
}

/// All rules for addresses.
#[derive(Default)]
pub(in crate::redact::engine) struct Addresses {
    entries: Vec<Entry>,
    /// The tails of the hosts.
    filter: Filter<16>,
}

impl Addresses {
    pub(in crate::redact::engine) fn new(rules: &[(RuleRef, &'static Rule)]) -> Self {
        let mut entries = Vec::new();
        for &(rule, row) in rules {
            if let Form::Address { hosts, path } = &row.form {
                entries.extend(hosts.iter().map(|host| Entry {
                    tail: tail(host.as_bytes()),
                    host: host.as_bytes(),
                    path,
                    rule,
                }));
            }
        }
        entries.sort_by_key(|entry| entry.tail);
        let mut filter = Filter::default();
        for entry in &entries {
            filter.add(key(entry.tail));
        }
        Self { entries, filter }
    }

    /// Reports an address that is a secret. Its `://` is at `at`, and its host ends
    /// at `end`.
    pub(in crate::redact::engine) fn find(
        &self,
        text: &Text<'_>,
        at: usize,
        end: usize,
    ) -> Option<Hit> {
        let name = text.slice(at + 3, end);
        let last = tail(name);
        if !self.filter.may_hold(key(last)) {
            return None;
        }
        let first = self.entries.partition_point(|entry| entry.tail < last);
        let alike = self.entries.get(first..).unwrap_or_default().iter();
        let entries = alike
            .take_while(|entry| entry.tail == last)
            .filter(|entry| {
                let tail = name
                    .len()
                    .checked_sub(entry.host.len())
                    .and_then(|at| name.get(at..));
                let whole = name.len() == entry.host.len() || entry.host.first() == Some(&b'.');
                whole && tail.is_some_and(|tail| tail.eq_ignore_ascii_case(entry.host))
            });
        for entry in entries {
            let path_end = entry.path.end_in(text, end);
            let Some(path_end) = path_end else { continue };
            // A path beyond the greatest length is replaced up to that length.
            let continues = text
                .at(path_end)
                .is_some_and(|byte| class(byte) & ALNUM != 0);
            let follows = continues && !entry.path.can_shrink();
            if follows || is_stock(text.slice(end, path_end)) {
                continue;
            }
            let scheme = [&b"https"[..], b"http"]
                .into_iter()
                .find(|scheme| text.slice(0, at).ends_with(scheme));
            let start = at - scheme.map_or(0, <[u8]>::len);
            return Some(Hit {
                start,
                end: path_end,
                rule: entry.rule,
                confidence: 96,
                validation: Validation::Format,
                layers: Layers::NONE,
                place: 0,
            });
        }
        None
    }
}

/// Returns the last eight bytes of a host, in lower case, as one number. The dot
/// before a shorter host is not included.
fn tail(host: &[u8]) -> u64 {
    let host = host.strip_prefix(b".").unwrap_or(host);
    // Leaves digits and punctuation unchanged.
    const SMALL: u64 = u64::from_le_bytes([0x20; 8]);
    match host.last_chunk() {
        Some(last) => u64::from_le_bytes(*last) | SMALL,
        None => host.iter().rfold(0, |tail, byte| {
            tail << 8 | u64::from(byte.to_ascii_lowercase())
        }),
    }
}

/// Returns the lookup key of a tail.
const fn key(tail: u64) -> u32 {
    (tail ^ tail >> 32) as u32
}

/// Returns the end of the host in the address whose `://` is at `at`.
#[inline]
pub(in crate::redact::engine) fn host_end(text: &Text<'_>, at: usize) -> usize {
    text.run_of(at + 3, MOST_HOST, |byte| {
        class(byte) & ALNUM != 0 || matches!(byte, b'.' | b'-')
    })
}

/// Returns where a password may stand in the address whose `://` is at `at`, with
/// `false`, or a token that takes the place of user and password, with `true`. The host
/// ends at `host_end` if nothing stands before it (RFC 3986, section 3.2.1).
pub(in crate::redact::engine) fn password(
    text: &Text<'_>,
    at: usize,
    host_end: usize,
) -> Option<((usize, usize), bool)> {
    let user = at + 3;
    if text.at(host_end) == Some(b'/') {
        // Most addresses consist of a host and a path.
        text.read_to(host_end);
        return None;
    }
    let authority = text.run_of(user, MOST_USER, |byte| {
        class(byte) & STOP == 0 && !matches!(byte, b'/' | b'?' | b'#')
    });
    let authority = behind_marks(text, user, authority);
    text.read_to(authority);
    let colon = text
        .slice(user, authority)
        .iter()
        .position(|&byte| byte == b':')
        .map(|colon| user + colon);
    let sign = |from: usize, to: usize| {
        text.slice(from, to)
            .iter()
            .rposition(|&byte| byte == b'@')
            .map(|sign| from + sign)
    };
    let end = match colon {
        Some(colon) => match sign(colon, authority) {
            Some(end) => last_sign(text, colon, end),
            None => {
                let behind = text.slice(colon + 1, authority);
                let is_port = behind.iter().all(u8::is_ascii_digit);
                // A slash or hash inside the password, because no port follows the colon.
                let whole = match is_port {
                    true => colon,
                    false => text.run_of(user, MOST_USER, |byte| {
                        class(byte) & STOP == 0 && !matches!(byte, b',' | b'{' | b'}')
                    }),
                };
                text.read_to(whole);
                let mut signs = text.slice(colon, whole).iter();
                match signs.position(|&byte| byte == b'@') {
                    Some(first) => last_sign(text, colon, colon + first),
                    None => sign(user, colon)?,
                }
            }
        },
        None => sign(user, authority)?,
    };
    let (start, alone) = match colon {
        Some(colon) if colon < end => (colon + 1, false),
        _ => (user, true),
    };
    let has_host = text.at(end + 1).is_some_and(|byte| class(byte) & STOP == 0);
    (end > start && has_host).then_some(((start, end), alone))
}

/// Returns the `@` that ends the password behind `colon`, where `first` is the one that ends
/// it by RFC 3986. Passwords that nobody encoded have marks of their own, `x@y#z@host:5432`:
/// the host is behind the first `@` that a host and the end of the authority follow.
fn last_sign(text: &Text<'_>, colon: usize, first: usize) -> usize {
    let whole = text.run_of(colon, MOST_USER + MOST_HOST, |byte| {
        class(byte) & STOP == 0 && !matches!(byte, b',' | b'{' | b'}')
    });
    text.read_to(whole);
    let is_sign = |at: &usize| text.at(*at) == Some(b'@');
    if !(first + 1..whole).any(|at| is_sign(&at)) {
        return first;
    }
    let mut plain = None;
    for at in (colon..whole).filter(is_sign) {
        match host_at(text, at + 1, whole) {
            Host::Sure => {
                let (from, query) = (plain.unwrap_or(at), |byte: &u8| *byte == b'=');
                // `ann:password@db/x?mail=bob@example.org`
                return match text.slice(from, at).iter().any(query) {
                    true => from,
                    false => at,
                };
            }
            Host::Likely => plain = plain.or(Some(at)),
            Host::None => {}
        }
    }
    plain.unwrap_or(first)
}

/// What stands behind an `@`.
enum Host {
    /// A host with a domain or a port.
    Sure,
    /// A single name.
    Likely,
    None,
}

fn host_at(text: &Text<'_>, at: usize, whole: usize) -> Host {
    let end = text.run_of(at, MOST_HOST, |byte| {
        class(byte) & ALNUM != 0 || matches!(byte, b'.' | b'-' | b'_' | b'[' | b']')
    });
    let port = match text.at(end) {
        Some(b':') => text.run_of(end + 1, MOST_PORT, |byte| byte.is_ascii_digit()),
        _ => end,
    };
    let name = text.slice(at, end);
    let is_end = port >= whole || matches!(text.at(port), Some(b'/' | b'?' | b'#' | b','));
    if name.is_empty() || !is_end || port == end + 1 {
        return Host::None;
    }
    let labels = || name.split(|byte| *byte == b'.');
    let is_domain = name.contains(&b'.') && labels().all(|label| label.len() >= 2);
    let is_lower = name.iter().all(|byte| !byte.is_ascii_uppercase());
    match () {
        () if port > end || is_domain || name == b"localhost" => Host::Sure,
        () if is_lower && name.len() > 1 => Host::Likely,
        () => Host::None,
    }
}

/// Returns whether a value in an address is a password, or a token if it is `alone`.
pub(in crate::redact::engine) fn is_password(value: &[u8], alone: bool) -> bool {
    if judge::is_reference(value, true) || is_dummy(value) {
        return false;
    }
    if alone {
        let is_strong = || judge::is_strong(value, true);
        return value.len() >= 16 && (judge::is_random(value) || is_strong());
    }
    !judge::is_stock(value) && value.iter().any(|byte| class(*byte) & ALNUM != 0)
}

/// Returns the end of an authority that was read up to `at`, if a mark there belongs
/// to the password: a host follows on the same word.
fn behind_marks(text: &Text<'_>, user: usize, at: usize) -> usize {
    let is_mark = matches!(text.at(at), Some(b'\\' | b'<' | b'>' | b'`' | b'"' | b'\''));
    let has_user = text.slice(user, at).contains(&b':') && !text.slice(user, at).contains(&b'@');
    if !(is_mark && has_user) {
        return at;
    }
    let is_part = |byte: u8| byte > b' ' && byte < 127 && !matches!(byte, b'/' | b'?' | b'#');
    let end = text.run_of(at, 64, is_part);
    let sign = text.slice(at, end).iter().position(|byte| *byte == b'@');
    let host =
        sign.map(|sign| text.run_of(at + sign + 1, MOST_HOST, |byte| class(byte) & NAME != 0));
    match host {
        Some(host) if matches!(text.at(host), Some(b'/' | b':')) => host,
        _ => at,
    }
}

/// The greatest length of a user and a password before a host without a scheme.
const MOST_BARE: usize = 64;

/// Returns the place of the `@` before the host whose port's colon is at `at`.
pub(in crate::redact::engine) fn sign_before(text: &Text<'_>, at: usize) -> Option<usize> {
    let host = text.run_back_of(at, 40, |byte| class(byte) & NAME != 0);
    let sign = host.checked_sub(1)?;
    (text.before(host) == Some(b'@') && at > host).then_some(sign)
}

/// Returns the place of the password in an address without a scheme,
/// `user:password@tcp(host:3306)/db` or `user:password@host:5432`, whose `@` is at
/// `at`.
#[inline(never)]
pub(in crate::redact::engine) fn bare(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    // In the form of Go, any byte may stand in the password.
    let sure = text.is(at, b"@tcp(") || text.is(at, b"@unix(");
    let from = text.run_back_of(at, MOST_BARE, |byte| {
        if sure {
            byte > b' ' && class(byte) & QUOTE == 0
        } else {
            class(byte) & STOP == 0 && !matches!(byte, b'(' | b'[' | b'{')
        }
    });
    let lead = text.slice(from, at);
    // `DATABASE_URL=user:password@host`
    let name = lead.split(|byte| *byte == b':').next().unwrap_or_default();
    let sign = name.iter().rposition(|byte| *byte == b'=');
    let user = from + sign.map_or(0, |sign| sign + 1);
    let colon = user + text.slice(user, at).iter().position(|byte| *byte == b':')?;
    let start = colon + 1;
    let value = text.slice(start, at);
    let named = colon > user
        && text
            .slice(user, colon)
            .iter()
            .all(|byte| class(*byte) & NAME != 0);
    if !named || value.len() < 8 || value.starts_with(b"//") || at - from == MOST_BARE {
        return None;
    }
    let host = text.run_of(at + 1, MOST_HOST, |byte| {
        class(byte) & NAME != 0 || matches!(byte, b'[' | b']')
    });
    let follows = match text.at(host) {
        Some(b'(') => matches!(
            text.slice(at + 1, host),
            b"tcp" | b"unix" | b"tcp4" | b"tcp6"
        ),
        Some(b':') => text.at(host + 1).is_some_and(|byte| byte.is_ascii_digit()),
        Some(b'/') => text.slice(at + 1, host).contains(&b'.'),
        _ => false,
    };
    let is_secret = |(start, end): &(usize, usize)| {
        let value = text.slice(*start, *end);
        (judge::is_strong(value, true) || judge::is_random(value) || judge::is_made(value))
            && !judge::is_dummy(value)
            && !judge::is_reference(value, true)
    };
    let found = (follows && host > at + 1).then(|| text.outside(start, at).find(is_secret));
    found.flatten()
}

/// Returns whether a password is a dummy from documentation. A dummy word before a
/// random part does not count.
fn is_dummy(value: &[u8]) -> bool {
    let capitals = value.iter().take_while(|byte| byte.is_ascii_uppercase());
    let rest = value.get(capitals.count()..).unwrap_or_default();
    judge::is_dummy(value) && (judge::is_dummy(rest) || !judge::is_random(rest))
}

/// The greatest length of the path of an address.
const MOST_PATH: usize = 240;

/// The shortest path of a webhook: `/hooks/` and sixteen random bytes.
const LEAST_HOOK: usize = 23;
/// The greatest number of digits of a port (RFC 9293, section 3.1).
const MOST_PORT: usize = 5;

/// Returns the place of a webhook address, to which anyone who knows it can post
/// messages. Its `://` is at `at`, and its host ends at `host_end`. The path names a
/// hook, and a random part follows.
#[inline(never)]
pub(in crate::redact::engine) fn hook(
    text: &Text<'_>,
    at: usize,
    host_end: usize,
) -> Option<(usize, usize)> {
    let path = text.run_of(host_end, 1 + MOST_PORT, |byte| {
        byte == b':' || byte.is_ascii_digit()
    });
    if path == at + 3 || text.at(path) != Some(b'/') {
        return None;
    }
    let end = text.run_of(path, MOST_PATH, |byte| {
        class(byte) & NAME != 0 || byte == b'/'
    });
    if end - path < LEAST_HOOK {
        return None;
    }
    let scheme = [&b"https"[..], b"http"]
        .into_iter()
        .find(|scheme| text.slice(0, at).ends_with(scheme))?;
    let mut segments = text.slice(path, end).split(|byte| *byte == b'/');
    let is_hook = |segment: &[u8]| {
        let mut words = [&b"hooks"[..], b"webhook", b"webhooks"].into_iter();
        words.any(|word| segment.eq_ignore_ascii_case(word))
    };
    let is_secret = |segment: &[u8]| {
        segment.len() >= 16 && judge::is_random(segment) && !judge::is_dummy(segment)
    };
    let secret = segments.any(is_hook) && segments.any(is_secret);
    secret.then_some((at - scheme.len(), end))
}

/// Returns the place of the password in an address of Oracle's thin driver,
/// `jdbc:oracle:thin:user/password@host`, whose `thin` is at `at`.
#[inline(never)]
pub(in crate::redact::engine) fn oracle(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let user = at + b"thin:".len();
    let is_part = |byte: u8| class(byte) & STOP == 0 && !matches!(byte, b'/' | b'@' | b':');
    if !text.slice(0, at).ends_with(b"jdbc:oracle:") || !text.is(at, b"thin:") {
        return None;
    }
    let slash = text.run_of(user, MOST_USER, is_part);
    let word = text.run_of(slash + 1, MOST_USER + MOST_HOST, |byte| {
        byte > b' ' && class(byte) & QUOTE == 0
    });
    let rest = text.slice(slash + 1, word);
    let host = rest.windows(3).position(|mark| mark == b"@//");
    let host = host.or_else(|| rest.iter().position(|byte| *byte == b'@'));
    let end = slash + 1 + host?;
    let whole = text.at(slash) == Some(b'/') && text.at(end) == Some(b'@');
    let is_secret = |(start, end): &(usize, usize)| {
        let value = text.slice(*start, *end);
        judge::is_made(value) || !judge::is_reference(value, true) && !judge::is_stock(value)
    };
    whole.then(|| text.outside(slash + 1, end).find(is_secret))?
}
