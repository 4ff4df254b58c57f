//! The encodings in which secrets are found.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::id::parsed_id;

/// The greatest number of encodings around one value.
pub(crate) const MOST_LAYERS: usize = 3;

/// An encoding that is undone before rules read the text.
///
/// # Example
/// ```
/// use confidant::redact::{Encoding, Redactor};
///
/// // base 64 of `password=fV9s-Rk2xLq7`
/// let redacted = Redactor::default().redact("blob: cGFzc3dvcmQ9ZlY5cy1SazJ4THE3");
/// assert_eq!(redacted.findings()[0].decoded_from(), [Encoding::Base64]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Encoding {
    /// Base 64 in either alphabet, with or without padding and line breaks (RFC
    /// 4648).
    Base64,
    /// Backslash escapes of JSON, programming languages and shells: `\u0041`, `\x41`,
    /// `\101`, `\/`.
    Escape,
    /// Pairs of hexadecimal digits.
    Hex,
    /// Character references, as in HTML and XML: `&quot;`, `&#61;`, `&#x3d;`.
    HtmlEntity,
    /// A value in several pieces: lines continued with a backslash, or concatenated
    /// string literals.
    Joined,
    /// Percent-encoding (RFC 3986).
    Percent,
    /// Quoted-printable (RFC 2045).
    QuotedPrintable,
    /// Control sequences of a terminal, which colour a text (ECMA-48).
    Terminal,
    /// UTF-16 of either byte order inside other text.
    Utf16,
}

impl Encoding {
    /// All encodings, in the order of their names.
    pub const ALL: &[Self] = &[
        Self::Base64,
        Self::Escape,
        Self::Hex,
        Self::HtmlEntity,
        Self::Joined,
        Self::Percent,
        Self::QuotedPrintable,
        Self::Terminal,
        Self::Utf16,
    ];

    /// The number of encodings.
    pub(crate) const COUNT: usize = Self::ALL.len();

    /// The encodings that leave most of a text unchanged.
    pub(crate) const WALKED: [Self; 6] = [
        Self::Escape,
        Self::HtmlEntity,
        Self::Joined,
        Self::Percent,
        Self::QuotedPrintable,
        Self::Terminal,
    ];

    pub(crate) fn is_walked(self) -> bool {
        Self::WALKED.contains(&self)
    }

    /// Returns the name used in reports, such as `base64`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Escape => "escape",
            Self::Hex => "hex",
            Self::HtmlEntity => "html-entity",
            Self::Joined => "joined",
            Self::Percent => "percent",
            Self::QuotedPrintable => "quoted-printable",
            Self::Terminal => "terminal",
            Self::Utf16 => "utf-16",
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Encoding {
    type Err = Error;

    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) if no encoding has this name.
    fn from_str(name: &str) -> Result<Self, Error> {
        let mut all = Self::ALL.iter().copied();
        all.find(|encoding| encoding.name() == name)
            .ok_or_else(|| Error::config("no encoding has this name"))
    }
}

parsed_id!(Encoding);

/// The encodings around a value, outermost first. Of two lists, the shorter one sorts
/// first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layers {
    len: usize,
    list: [Encoding; MOST_LAYERS],
    /// For each encoding, how many decoded bytes before and after the value its units
    /// also hold.
    beside: [[u8; 2]; MOST_LAYERS],
}

impl Layers {
    /// No encoding: the value stands in the text itself.
    pub(crate) const NONE: Self = Self {
        len: 0,
        list: [Encoding::Base64; MOST_LAYERS],
        beside: [[0; 2]; MOST_LAYERS],
    };

    pub(crate) const fn is_empty(self) -> bool {
        self.len == 0
    }

    /// Returns these layers inside an outer one.
    pub(crate) const fn within(self, outer: Encoding) -> Self {
        self.within_units(outer, [0; 2])
    }

    /// Returns these layers inside an outer one whose units hold so many decoded bytes
    /// before and after the value.
    pub(crate) const fn within_units(self, outer: Encoding, beside: [u8; 2]) -> Self {
        let [first, second, _] = self.list;
        let [own, other, _] = self.beside;
        let len = if self.len < MOST_LAYERS {
            self.len + 1
        } else {
            MOST_LAYERS
        };
        Self {
            len,
            list: [outer, first, second],
            beside: [beside, own, other],
        }
    }

    pub(crate) fn as_slice(&self) -> &[Encoding] {
        self.list.get(..self.len).unwrap_or_default()
    }

    /// Returns the encodings, outermost first, each with the number of decoded bytes
    /// that its units hold before and after the value.
    pub(crate) fn units(&self) -> impl Iterator<Item = (Encoding, [u8; 2])> {
        self.list.into_iter().zip(self.beside).take(self.len)
    }

    const fn key(&self) -> (usize, [Encoding; MOST_LAYERS]) {
        (self.len, self.list)
    }
}

impl PartialEq for Layers {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Layers {}

impl PartialOrd for Layers {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Layers {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}
