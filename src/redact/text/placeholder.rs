//! The form of placeholders, and a reader that tolerates what models do to them.
//!
//! A placeholder is `[KIND-XXXXXXXX]`: the label of a kind from a closed set and
//! eight characters of Crockford's base 32, which are 40 bits of HMAC-SHA-256 under
//! the map's key. A value in an encoded form has two tags, `[KIND-XXXXXXXX-YYYYYYYY]`:
//! first that of the plain value, then its own, which alone says what is restored. The
//! alphabet needs no escaping in JSON, Markdown, HTML, addresses, YAML, shells and
//! regular expressions.

use crate::redact::finding::Kind;

/// Crockford's base 32: no I, L, O or U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The number of characters of a tag.
const TAG_LEN: usize = 8;

/// The longest run of letters and digits that is read as a tag.
const MAX_RUN: usize = 16;

/// The greatest length of a token, mangled or not: `&#91;`, ten letters, a backslash
/// and a dash of three bytes, a tag, a backslash and a dash, a run, one byte that shows
/// its end, `&#93;`.
pub(crate) const MAX_TOKEN: usize = 5 + 10 + 4 + TAG_LEN + 4 + MAX_RUN + 1 + 5;

/// The dashes that models write in place of `-`.
const DASHES: [&[u8]; 6] = [
    "\u{2010}".as_bytes(),
    "\u{2011}".as_bytes(),
    "\u{2012}".as_bytes(),
    "\u{2013}".as_bytes(),
    "\u{2014}".as_bytes(),
    "\u{2212}".as_bytes(),
];

/// The kinds that occur in placeholders.
const KINDS: [Kind; 26] = [
    Kind::Account,
    Kind::ApiKey,
    Kind::BirthDate,
    Kind::Card,
    Kind::Cookie,
    Kind::Custom,
    Kind::Device,
    Kind::Email,
    Kind::Hash,
    Kind::Iban,
    Kind::Ip,
    Kind::Jwt,
    Kind::Literal,
    Kind::Location,
    Kind::Mac,
    Kind::NationalId,
    Kind::Password,
    Kind::Phone,
    Kind::PrivateKey,
    Kind::Secret,
    Kind::Signature,
    Kind::Token,
    Kind::Url,
    Kind::Vehicle,
    Kind::Wallet,
    Kind::Webhook,
];

/// For each letter, which of [`KINDS`] have labels that begin with it.
#[expect(
    clippy::indexing_slicing,
    reason = "it is evaluated when this is compiled"
)]
const BY_LETTER: [u32; 26] = {
    let mut table = [0; 26];
    let mut at = 0;
    while at < KINDS.len() {
        if let [first, ..] = KINDS[at].label().as_bytes() {
            table[(*first - b'A') as usize] |= 1 << at;
        }
        at += 1;
    }
    table
};

/// The brackets that models write around a placeholder, opening and closing.
const SHELLS: [(&[u8], &[u8]); 5] = [
    (b"[", b"]"),
    (b"\\[", b"\\]"),
    (b"%5B", b"%5D"),
    (b"&#91;", b"&#93;"),
    ("\u{ff3b}".as_bytes(), "\u{ff3d}".as_bytes()),
];

/// Returns eight characters for the lowest 40 bits of `bits`.
pub(crate) fn base32(bits: u64) -> [u8; TAG_LEN] {
    let mut out = [b'0'; TAG_LEN];
    for (at, byte) in out.iter_mut().rev().enumerate() {
        let digit = (bits >> (5 * at)) as usize & 31;
        *byte = ALPHABET.get(digit).copied().unwrap_or(b'0');
    }
    out
}

/// Writes `[KIND-XXXXXXXX]`, or `[KIND-XXXXXXXX-YYYYYYYY]` for a form of the value with
/// the tag `plain`.
pub(crate) fn write_placeholder(kind: Kind, plain: Option<u64>, tag: u64, out: &mut Vec<u8>) {
    out.push(b'[');
    out.extend_from_slice(kind.label().as_bytes());
    out.push(b'-');
    if let Some(plain) = plain {
        out.extend_from_slice(&base32(plain));
        out.push(b'-');
    }
    out.extend_from_slice(&base32(tag));
    out.push(b']');
}

/// Writes `[REDACTED-KIND]`.
pub(crate) fn write_label(kind: Kind, out: &mut Vec<u8>) {
    out.extend_from_slice(b"[REDACTED-");
    out.extend_from_slice(kind.label().as_bytes());
    out.push(b']');
}

/// Returns the length of the label or placeholder at the start of `text`, if there is
/// one in exactly the form in which it is written.
///
/// The engine skips these, so redacting twice changes nothing.
pub(crate) fn placeholder_len(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"[")?;
    // Most brackets belong to something else.
    if !matches!(rest, [b'A'..=b'Z', b'A'..=b'Z', ..]) {
        return None;
    }
    if let Some(label) = rest.strip_prefix(b"REDACTED-") {
        let rest = KINDS.iter().find_map(|kind| {
            let rest = label.strip_prefix(kind.label().as_bytes())?;
            rest.strip_prefix(b"]")
        })?;
        return Some(text.len() - rest.len());
    }
    let rest = KINDS.iter().find_map(|kind| {
        let rest = rest.strip_prefix(kind.label().as_bytes())?;
        rest.strip_prefix(b"-")
    })?;
    let rest = behind_tag(rest)?;
    let own = rest.strip_prefix(b"-").and_then(behind_tag);
    let rest = own.unwrap_or(rest).strip_prefix(b"]")?;
    Some(text.len() - rest.len())
}

/// Returns what follows the tag at the start of `text`.
fn behind_tag(text: &[u8]) -> Option<&[u8]> {
    let (tag, rest) = text.split_at_checked(TAG_LEN)?;
    let valid = tag.iter().all(|byte| ALPHABET.contains(byte));
    valid.then_some(rest)
}

/// The reading of one place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    /// A kind and a tag in the grammar of a placeholder. The tag may be unknown.
    Token { len: usize, kind: Kind, tag: u64 },
    /// A bracket and a kind, followed after `skip` bytes by something that is no tag.
    Mangled { skip: usize },
    /// Something else.
    Other,
}

/// The text ends too early to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cut;

/// Reads the placeholder at `at`, if there is one. `boundary` says whether a token
/// without brackets may begin there: not after an ASCII letter or digit.
///
/// Tolerates only what models do: letter case, O for 0, I or L for 1, a backslash
/// before the dash, and brackets that are missing, escaped or encoded. The result
/// depends on at most [`MAX_TOKEN`] bytes. It is [`Cut`] if the text stops before
/// that, `end` is false and further bytes could change the result.
fn read(text: &[u8], at: usize, boundary: bool, end: bool) -> Result<Read, Cut> {
    let ahead = Lookahead { text, end };
    // No bracket begins with a letter.
    let is_letter = text.get(at).is_some_and(u8::is_ascii_alphabetic);
    let shells: &[(&[u8], &[u8])] = if is_letter { &[] } else { &SHELLS };
    for (open, close) in shells {
        if !ahead.starts_with(at, open)? {
            continue;
        }
        let Some((kind, dash)) = ahead.kind(at + open.len())? else {
            continue;
        };
        let Some(from) = ahead.dash(dash)? else {
            // `[TOKEN_7K3QX9TB]`, `[TOKEN 7K3QX9TB]`
            if matches!(ahead.byte(dash)?, Some(b'_' | b' ')) {
                let run = ahead.run(dash + 1)?;
                if ahead.tag(dash + 1, run).is_some() && ahead.starts_with(dash + 1 + run, close)? {
                    return Ok(Read::Mangled {
                        skip: dash + 1 - at,
                    });
                }
            }
            continue;
        };
        let run = ahead.run(from)?;
        let Some(tag) = ahead.tag(from, run) else {
            if run == 0 || run > MAX_RUN {
                continue;
            }
            return Ok(Read::Mangled { skip: from - at });
        };
        let (tag, end) = ahead.own_tag(tag, from + run)?;
        if ahead.starts_with(end, close)? {
            let len = end + close.len() - at;
            return Ok(Read::Token { len, kind, tag });
        }
        // `[TOKEN-R23G40WT-7K3QX9T]`: which value was meant is not guessed.
        if let Some(from) = ahead.dash(end)? {
            let run = ahead.run(from)?;
            if (1..=MAX_RUN).contains(&run) && ahead.starts_with(from + run, close)? {
                return Ok(Read::Mangled { skip: from - at });
            }
        }
    }
    if !boundary {
        return Ok(Read::Other);
    }
    let Some((kind, dash)) = ahead.kind(at)? else {
        return Ok(Read::Other);
    };
    let Some(from) = ahead.dash(dash)? else {
        return Ok(Read::Other);
    };
    let run = ahead.run(from)?;
    let Some(tag) = ahead.tag(from, run) else {
        return Ok(Read::Other);
    };
    let (tag, end) = ahead.own_tag(tag, from + run)?;
    let len = end - at;
    Ok(Read::Token { len, kind, tag })
}

/// A walk over a text from one placeholder to the next.
///
/// The bytes before a place decide whether it is a boundary, so one walk serves all
/// chunks of a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk {
    pub(crate) at: usize,
    boundary: bool,
    /// The boundary before the last token.
    before: bool,
}

/// The place where a walk stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Before bytes that cannot be decided yet.
    Cut,
    /// At the end of the text.
    End,
    /// In a bracket at `start` that names a kind and has no tag.
    Mangled { start: usize },
    /// After a token, which starts at `start`.
    Token { start: usize, kind: Kind, tag: u64 },
}

impl Walk {
    pub(crate) const fn new() -> Self {
        Self {
            at: 0,
            boundary: true,
            before: true,
        }
    }

    /// Goes back to before the last token, which starts at `start`.
    pub(crate) const fn step_back(&mut self, start: usize) {
        self.at = start;
        self.boundary = self.before;
    }

    /// Returns the token that is all of a text, if it is one.
    #[cfg(feature = "json")]
    pub(crate) fn whole(text: &str) -> Option<(Kind, u64)> {
        let mut walk = Self::new();
        match walk.next(text.as_bytes(), true) {
            Step::Token {
                start: 0,
                kind,
                tag,
            } if walk.at == text.len() => Some((kind, tag)),
            _ => None,
        }
    }

    /// Advances to the next token.
    pub(crate) fn next(&mut self, text: &[u8], end: bool) -> Step {
        while let Some(&byte) = text.get(self.at) {
            if !is_plain(byte, self.boundary) {
                match read(text, self.at, self.boundary, end) {
                    Err(Cut) => return Step::Cut,
                    Ok(Read::Token { len, kind, tag }) => {
                        let start = self.at;
                        self.at += len;
                        self.before = self.boundary;
                        self.boundary = true;
                        return Step::Token { start, kind, tag };
                    }
                    Ok(Read::Mangled { skip }) => {
                        let start = self.at;
                        self.at += skip;
                        self.boundary = true;
                        return Step::Mangled { start };
                    }
                    Ok(Read::Other) => {}
                }
            }
            self.at += 1;
            self.boundary = !byte.is_ascii_alphanumeric();
            if !self.boundary {
                // Nothing begins inside of a word.
                let rest = text.get(self.at..).unwrap_or_default();
                let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric());
                self.at += end.unwrap_or(rest.len());
            }
        }
        Step::End
    }
}

/// Returns whether no placeholder that [`read`] accepts begins with this byte.
const fn is_plain(byte: u8, boundary: bool) -> bool {
    match byte {
        b'[' | b'\\' | b'%' | b'&' | 0xef => false,
        byte => !boundary || !byte.is_ascii_alphabetic(),
    }
}

/// A text that may continue. All bytes are read through [`byte`](Self::byte), so no
/// result depends on a byte that has not arrived.
struct Lookahead<'t> {
    text: &'t [u8],
    end: bool,
}

impl Lookahead<'_> {
    fn byte(&self, at: usize) -> Result<Option<u8>, Cut> {
        match self.text.get(at) {
            Some(&byte) => Ok(Some(byte)),
            None if self.end => Ok(None),
            None => Err(Cut),
        }
    }

    /// Returns whether `word` stands at `at`, in any letter case.
    fn starts_with(&self, at: usize, word: &[u8]) -> Result<bool, Cut> {
        for (offset, byte) in word.iter().enumerate() {
            let found = self.byte(at + offset)?;
            if !found.is_some_and(|found| found.eq_ignore_ascii_case(byte)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns the kind whose label stands at `at`, and the end of the label. No letter
    /// or digit follows it.
    fn kind(&self, at: usize) -> Result<Option<(Kind, usize)>, Cut> {
        let first = self.byte(at)?.unwrap_or_default().to_ascii_uppercase();
        let kinds = BY_LETTER.get(usize::from(first.wrapping_sub(b'A')));
        let mut kinds = kinds.copied().unwrap_or_default();
        while kinds != 0 {
            let next = kinds.trailing_zeros();
            kinds &= kinds - 1;
            let Some(kind) = KINDS.get(next as usize).copied() else {
                break;
            };
            let label = kind.label().as_bytes();
            if !self.starts_with(at, label)? {
                continue;
            }
            let end = at + label.len();
            if !self
                .byte(end)?
                .is_some_and(|byte| byte.is_ascii_alphanumeric())
            {
                return Ok(Some((kind, end)));
            }
        }
        Ok(None)
    }

    /// Returns the end of the dash at `at`, which may have a backslash before it.
    fn dash(&self, at: usize) -> Result<Option<usize>, Cut> {
        let at = at + usize::from(self.byte(at)? == Some(b'\\'));
        match self.byte(at)? {
            Some(b'-') => Ok(Some(at + 1)),
            Some(0xe2) => {
                for dash in DASHES {
                    if self.starts_with(at, dash)? {
                        return Ok(Some(at + dash.len()));
                    }
                }
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// Returns the number of letters and digits that follow, counted up to one more
    /// than [`MAX_RUN`].
    fn run(&self, from: usize) -> Result<usize, Cut> {
        let mut run = 0;
        while run <= MAX_RUN {
            let byte = self.byte(from + run)?;
            if !byte.is_some_and(|byte| byte.is_ascii_alphanumeric()) {
                break;
            }
            run += 1;
        }
        Ok(run)
    }

    /// Returns the tag that counts, and its end: the one behind the tag that ends at
    /// `end`, if there is one, or that tag.
    fn own_tag(&self, tag: u64, end: usize) -> Result<(u64, usize), Cut> {
        let Some(from) = self.dash(end)? else {
            return Ok((tag, end));
        };
        let run = self.run(from)?;
        let own = self.tag(from, run).map(|own| (own, from + run));
        Ok(own.unwrap_or((tag, end)))
    }

    fn tag(&self, from: usize, run: usize) -> Option<u64> {
        if run != TAG_LEN {
            return None;
        }
        let mut tag = 0;
        for &byte in self.text.get(from..from + run)? {
            let byte = match byte.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                byte => byte,
            };
            let digit = ALPHABET.iter().position(|&known| known == byte)?;
            tag = tag << 5 | digit as u64;
        }
        Some(tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Option<(usize, Kind, u64)> {
        match read(text.as_bytes(), 0, true, true).unwrap() {
            Read::Token { len, kind, tag } => Some((len, kind, tag)),
            _ => None,
        }
    }

    /// Fails to compile if a kind is added without extending `KINDS`.
    #[test]
    fn every_kind_is_in_the_list() {
        for (at, kind) in KINDS.into_iter().enumerate() {
            let place = match kind {
                Kind::Account => 0,
                Kind::ApiKey => 1,
                Kind::BirthDate => 2,
                Kind::Card => 3,
                Kind::Cookie => 4,
                Kind::Custom => 5,
                Kind::Device => 6,
                Kind::Email => 7,
                Kind::Hash => 8,
                Kind::Iban => 9,
                Kind::Ip => 10,
                Kind::Jwt => 11,
                Kind::Literal => 12,
                Kind::Location => 13,
                Kind::Mac => 14,
                Kind::NationalId => 15,
                Kind::Password => 16,
                Kind::Phone => 17,
                Kind::PrivateKey => 18,
                Kind::Secret => 19,
                Kind::Signature => 20,
                Kind::Token => 21,
                Kind::Url => 22,
                Kind::Vehicle => 23,
                Kind::Wallet => 24,
                Kind::Webhook => 25,
            };
            assert_eq!(at, place);
            let label = kind.label();
            assert!((2..=10).contains(&label.len()), "{label}");
            assert!(label.bytes().all(|byte| byte.is_ascii_uppercase()));
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for kind in KINDS {
            for tag in [0, 1, 0x12_3456_789a, (1 << 40) - 1] {
                for plain in [None, Some(0), Some(0x98_7654_3210)] {
                    let mut out = Vec::new();
                    write_placeholder(kind, plain, tag, &mut out);
                    assert_eq!(placeholder_len(&out), Some(out.len()));
                    let read = read(&out, 0, false, true).unwrap();
                    let len = out.len();
                    assert_eq!(read, Read::Token { len, kind, tag });
                    assert!(len <= MAX_TOKEN);
                }
            }
            let mut out = Vec::new();
            write_label(kind, &mut out);
            out.push(b'x');
            assert_eq!(placeholder_len(&out), Some(out.len() - 1));
            assert_eq!(read(&out, 0, true, true), Ok(Read::Other));
        }
    }

    #[test]
    fn only_the_exact_form_is_passed_over() {
        for text in [
            "",
            "[",
            "[EMAIL-7K3QX9TB",
            "[EMAIL-7K3QX9T]",
            "[EMAIL-7K3QX9TU]",
            "[email-7k3qx9tb]",
            "[EMAIL-7K3QX9TB-]",
            "[EMAIL-7K3QX9TB-7K3QX9T]",
            "[EMAIL-7K3QX9TB-7K3QX9TB-7K3QX9TB]",
            "[PERSON-7K3QX9TB]",
            "[REDACTED-]",
            "[REDACTED-PERSON]",
            "[REDACTED-EMAIL",
            "EMAIL-7K3QX9TB",
        ] {
            assert_eq!(placeholder_len(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_models_make_of_a_placeholder_is_read() {
        let exact = token("[EMAIL-7K30119B]").unwrap();
        assert_eq!(exact.0, 16);
        for text in [
            "EMAIL-7K30119B",
            "email-7k30119b",
            "[Email-7k3o1l9b]",
            "[EMAIL\\-7K30II9B]",
            "\\[EMAIL-7K30119B\\]",
            "%5BEMAIL-7K30119B%5D",
            "%5bemail-7k30119b%5d",
            "&#91;EMAIL-7K30119B&#93;",
            "\u{ff3b}EMAIL-7K30119B\u{ff3d}",
            "[EMAIL\u{2010}7K30119B]",
            "[EMAIL\u{2011}7K30119B]",
            "EMAIL\u{2013}7K30119B",
            "[EMAIL\\\u{2014}7K30119B]",
            "[EMAIL\u{2212}7K30119B]",
        ] {
            let read = token(text).unwrap();
            assert_eq!((read.1, read.2), (exact.1, exact.2), "{text}");
            assert_eq!(read.0, text.len(), "{text}");
        }
    }

    #[test]
    fn of_two_tags_the_second_counts() {
        let own = token("[EMAIL-7K30119B]").unwrap();
        for text in [
            "[EMAIL-R23G40WT-7K30119B]",
            "EMAIL-R23G40WT-7K30119B",
            "email-r23g4owt-7k3o119b",
            "\\[EMAIL\\-R23G40WT\\-7K30119B\\]",
            "%5BEMAIL-R23G40WT-7K30119B%5D",
            "&#91;EMAIL-R23G40WT-7K30119B&#93;",
            "[EMAIL\u{2011}R23G40WT\u{2011}7K30119B]",
        ] {
            let read = token(text).unwrap();
            assert_eq!((read.1, read.2), (own.1, own.2), "{text}");
            assert_eq!(read.0, text.len(), "{text}");
        }
        // What follows is no tag.
        for text in [
            "EMAIL-7K30119B-deploy",
            "EMAIL-7K30119B-",
            "EMAIL-7K30119B--R23G40WT",
        ] {
            assert_eq!(token(text), Some((14, own.1, own.2)), "{text}");
        }
    }

    #[test]
    fn nothing_else_is_read() {
        for text in [
            "EMAIL-7K3QX9T",
            "EMAIL-7K3QX9TBX",
            "EMAIL_7K3QX9TB",
            "[EMAIL_7K3QX9T]",
            "[EMAIL ADDRESSES]",
            "[EMAIL_7K3QX9TB",
            "EMAIL--7K3QX9TB",
            "EMAIL-7K3QX9TU",
            "PERSON-7K3QX9TB",
            "(EMAIL-7K3QX9TB)",
        ] {
            assert_eq!(read(text.as_bytes(), 0, true, true), Ok(Read::Other));
        }
        assert_eq!(read(b"EMAIL-7K3QX9TB", 0, false, true), Ok(Read::Other));
        for text in [
            "[EMAIL-7K3QX9T]",
            "[email-7K3QX9TBX",
            "%5BIP-U%5D",
            "[EMAIL_7K3QX9TB]",
            "[EMAIL 7K3QX9TB]",
            "\\[EMAIL_7K3QX9TB\\]",
            "[EMAIL_7K3QX9TB]",
        ] {
            let skip = text.find(['-', '_', ' ']).unwrap() + 1;
            let mangled = Ok(Read::Mangled { skip });
            assert_eq!(read(text.as_bytes(), 0, true, true), mangled);
        }
        for text in ["[EMAIL-7K3QX9TB-7K3QX9T]", "[EMAIL-7K3QX9TB-7K3QX9TU]"] {
            let mangled = Ok(Read::Mangled { skip: 16 });
            assert_eq!(read(text.as_bytes(), 0, true, true), mangled);
        }
    }

    #[test]
    fn an_answer_never_changes_when_more_text_arrives() {
        for text in [
            "[EMAIL-7K3QX9TB] and",
            "&#91;PRIVATEKEY\\-7K3QX9TBAAAAAAAAAAAAA&#93;",
            "&#91;PRIVATEKEY\\-7K3QX9TB&#93;",
            "EMAIL-7K3QX9TB.",
            "EMAIL-7K3QX9TB-7K3QX9TB and",
            "EMAIL-7K3QX9TB-7K3QX9TBX",
            "[EMAIL-7K3QX9TB-7K3QX9TB] and",
            "[EMAIL-7K3QX9TB-7K3QX9T] and",
            "[EMAIL-7K3QX9TB-based] and",
            "[EMAIL-7K3QX9TB-based-on] and",
            "&#91;PRIVATEKEY\\\u{2014}7K3QX9TB\\\u{2014}7K3QX9TBAAAAAAAAA&#93;",
            "[EMAIL-7K3QX9TB \\[",
            "\\[TOKEN-7K3QX9TB]",
            "&#91;PRIVATEKEY\\\u{2014}7K3QX9TBAAAAAAAAAAAAA&#93;",
            "[EMAIL_7K3QX9TB]",
        ] {
            let whole = read(text.as_bytes(), 0, true, true).unwrap();
            for cut in 0..text.len() {
                if let Ok(early) = read(&text.as_bytes()[..cut], 0, true, false) {
                    assert_eq!(early, whole, "{text} at {cut}");
                }
            }
            let padded = format!("{text}{}", "-".repeat(MAX_TOKEN));
            assert_eq!(
                read(&padded.as_bytes()[..MAX_TOKEN], 0, true, false),
                Ok(whole)
            );
        }
    }
}
