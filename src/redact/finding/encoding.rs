//! The encodings inside of which secrets are found.

/// How many encodings may lie around each other.
pub(crate) const MOST_LAYERS: usize = 3;

/// A way to write text as other text, which is undone before a rule looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Encoding {
    /// Base 64 in either alphabet, padded or not, in lines or not (RFC 4648).
    Base64,
    /// Escapes with a backslash, as in JSON, in programs and in shells:
    /// `\u0041`, `\x41`, `\101`, `\/`.
    Escape,
    /// Pairs of hexadecimal digits.
    Hex,
    /// Character references, as in HTML and XML: `&quot;`, `&#61;`, `&#x3d;`.
    HtmlEntity,
    /// A value in several pieces: lines that end with a backslash, or literals
    /// that a program puts together.
    Joined,
    /// Percent-encoding (RFC 3986).
    Percent,
    /// Quoted-printable (RFC 2045).
    QuotedPrintable,
    /// UTF-16 of either byte order within other text.
    Utf16,
}

impl Encoding {
    /// How many there are.
    pub(crate) const COUNT: usize = 8;

    /// Those that leave most of a text as it is.
    pub(crate) const WALKED: [Self; 5] = [
        Self::Escape,
        Self::HtmlEntity,
        Self::Joined,
        Self::Percent,
        Self::QuotedPrintable,
    ];

    pub(crate) fn is_walked(self) -> bool {
        Self::WALKED.contains(&self)
    }

    /// The name for reports, such as `base64`.
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
            Self::Utf16 => "utf-16",
        }
    }
}

/// The encodings around a value, the outermost first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Layers {
    // First, so that of two the shorter list comes first.
    len: usize,
    list: [Encoding; MOST_LAYERS],
}

impl Layers {
    /// The value stands in the text as it is.
    pub(crate) const NONE: Self = Self {
        list: [Encoding::Base64; MOST_LAYERS],
        len: 0,
    };

    pub(crate) const fn is_empty(self) -> bool {
        self.len == 0
    }

    /// These layers inside of another one.
    pub(crate) const fn within(self, outer: Encoding) -> Self {
        let [first, second, _] = self.list;
        let len = if self.len < MOST_LAYERS {
            self.len + 1
        } else {
            MOST_LAYERS
        };
        Self {
            list: [outer, first, second],
            len,
        }
    }

    pub(crate) fn as_slice(&self) -> &[Encoding] {
        self.list.get(..self.len).unwrap_or_default()
    }
}
