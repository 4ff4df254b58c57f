//! Web addresses and host names.

use super::mail::{host_end, is_host};
use super::{Personal, SITE_WORDS};
use crate::redact::builtin::Structure;
use crate::redact::engine::Hit;
use crate::redact::text::{ALNUM, ByteSet, Text, class, placeholder_len};

/// Words that name a host as an address.
pub(super) const WORDS: &[&str] = &[
    "domain",
    "website",
    "web site",
    "webpage",
    "web page",
    "site",
    "url",
    "homepage",
    "home page",
    "visit",
    "link",
    "blog",
    "webseite",
    "sitio",
    "página",
    "site web",
    "sito",
    "domaine",
    "dominio",
    "domäne",
];

/// The greatest length of an address.
const MOST: usize = 2048;

impl Personal {
    /// Returns a web or file address (RFC 3986) around the `://` at `at`.
    pub(super) fn url(&self, text: &Text<'_>, at: usize) -> Option<Hit> {
        self.rule(Structure::Url)?;
        if !text.is(at, b"://") {
            return None;
        }
        let lead = text.slice(at.saturating_sub(6).max(text.floor()), at);
        let scheme = [
            &b"https"[..],
            b"http",
            b"ftps",
            b"sftp",
            b"ftp",
            b"wss",
            b"ws",
        ]
        .into_iter()
        .find(|scheme| {
            let tail = lead
                .len()
                .checked_sub(scheme.len())
                .and_then(|at| lead.get(at..));
            tail.is_some_and(|tail| tail.eq_ignore_ascii_case(scheme))
        })?;
        let start = at - scheme.len();
        let host = text.at(at + 3)?;
        let named = class(host) & ALNUM != 0 || matches!(host, b'[' | b'%') || host >= 128;
        let inside = text
            .before(start)
            .is_some_and(|byte| class(byte) & ALNUM != 0);
        if inside || !named {
            return None;
        }
        let end = end(text, at + 3);
        // A user and password before the host have their own rules.
        let authority = text.slice(at + 3, end);
        let authority = authority
            .split(|byte| matches!(byte, b'/' | b'?' | b'#'))
            .next()
            .unwrap_or_default();
        let user = authority.iter().rposition(|byte| *byte == b'@');
        let host = user.map_or(at + 3, |user| at + 3 + user + 1);
        let start = user.map_or(start, |_| host);
        // Text that was skipped next to something that is now replaced.
        let hidden = (host..at + 3 + authority.len())
            .any(|from| text.bytes().get(from..).and_then(placeholder_len).is_some());
        (start < end && !hidden)
            .then(|| self.hit(Structure::Url, (start, end, 60)))
            .flatten()
    }

    /// Returns an address without a scheme that starts with the `www.` at `at`.
    pub(super) fn site(&self, text: &Text<'_>, at: usize) -> Option<Hit> {
        self.rule(Structure::Url)?;
        let inside = text
            .before(at)
            .is_some_and(|byte| class(byte) & ALNUM != 0 || matches!(byte, b'/' | b'@' | b'.'));
        let host = host_end(text, at);
        if inside || !is_host(text.slice(at, host)) || text.is_before_placeholder(host) {
            return None;
        }
        let end = end(text, at);
        self.hit(Structure::Url, (at, end, 60))
    }

    /// Returns the host name around the dot at `at`, near words that name a site.
    pub(super) fn domain(&self, text: &Text<'_>, at: usize) -> Option<Hit> {
        self.rule(Structure::Domain)?;
        let is_name = |byte: u8| class(byte) & ALNUM != 0 || matches!(byte, b'.' | b'-');
        let before = text.slice(at.saturating_sub(63).max(text.floor()), at);
        let count = before
            .iter()
            .rev()
            .take_while(|byte| is_name(**byte))
            .count();
        let start = at - count;
        let outside = text
            .before(start)
            .is_none_or(|byte| !matches!(byte, b'@' | b'/' | b'_' | b'$' | b'\\' | b'%'));
        let end = host_end(text, start);
        let next = text.at(end);
        let continues = next.is_some_and(|byte| matches!(byte, b'(' | b'_' | b'@' | b'='));
        (count > 0
            && outside
            && !continues
            && is_host(text.slice(start, end))
            && self.is_near(text, start, end, SITE_WORDS))
        .then(|| self.hit(Structure::Domain, (start, end, 55)))
        .flatten()
    }
}

/// Returns the end of an address that was read up to `at`: before a blank, a
/// quotation mark or an angle bracket, without punctuation of the sentence.
fn end(text: &Text<'_>, at: usize) -> usize {
    const PART: ByteSet = ByteSet::parse("!#-&(-;=?-[\\]^_a-z~");
    let mut end = text.run_of(at, MOST, |byte| PART.contains(byte));
    let closes = |end: usize, open: u8, close: u8| {
        let count = |mark: u8| {
            text.slice(at, end)
                .iter()
                .filter(|byte| **byte == mark)
                .count()
        };
        count(close) > count(open)
    };
    while end > at
        && text.slice(end - 1, end).iter().all(|byte| match byte {
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'*' => true,
            b')' => closes(end, b'(', b')'),
            b']' => closes(end, b'[', b']'),
            _ => false,
        })
    {
        end -= 1;
    }
    end
}
