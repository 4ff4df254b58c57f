//! Whether a place in a text is inside web address.

/// Reads a text byte by byte and knows whether the next byte stands in a web address, the
/// target of a Markdown link or an attribute of HTML that is one.
///
/// It reads as browsers and CommonMark do: a scheme of the web begins an address whatever
/// follows it, backslashes count as slashes, and what stands in quotes or angle brackets
/// goes on to their end. It may see an address where there is none, such as in
/// `//comment`; it is for deciding what not to put there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Address {
    place: Place,
    /// The last sixteen bytes, in lower case, the last of them lowest.
    tail: u128,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Text,
    /// After `](` or `url(`, with so many parentheses open.
    Target(u32),
    /// After the name of an attribute and blanks, before `=`.
    Name,
    /// After `src=` and the like.
    Attribute,
    /// In an attribute without quotes, up to a blank or the end of the tag.
    Bare,
    /// In an attribute, up to this mark.
    Quoted(u8),
    /// After `]:`, before anything but blanks; with whether a line has ended.
    Reference(bool),
    /// In angle brackets, up to their end.
    Angled,
    /// In an address, up to a blank.
    Run,
}

/// What a text ends with: bytes of the tail, and a mask of as many.
#[derive(Clone, Copy)]
struct End {
    bytes: u128,
    mask: u128,
    len: u32,
}

impl End {
    const fn of(text: &[u8]) -> Self {
        let (mut bytes, mut mask, mut rest) = (0, 0, text);
        while let [byte, after @ ..] = rest {
            bytes = bytes << 8 | *byte as u128;
            mask = mask << 8 | 0xff;
            rest = after;
        }
        Self {
            bytes,
            mask,
            len: text.len() as u32,
        }
    }

    const fn is_at(self, tail: u128) -> bool {
        tail & self.mask == self.bytes
    }
}

/// Attributes of HTML that lead somewhere. A longer name may end with one of them.
const ATTRIBUTES: [End; 13] = [
    End::of(b"action"),
    End::of(b"background"),
    End::of(b"cite"),
    End::of(b"codebase"),
    End::of(b"href"),
    End::of(b"longdesc"),
    End::of(b"manifest"),
    End::of(b"ping"),
    End::of(b"poster"),
    End::of(b"profile"),
    End::of(b"src"),
    End::of(b"srcset"),
    End::of(b"usemap"),
];
/// Schemes after which browsers see an address however many slashes follow.
const SCHEMES: [End; 6] = [
    End::of(b"http:"),
    End::of(b"https:"),
    End::of(b"ws:"),
    End::of(b"wss:"),
    End::of(b"ftp:"),
    End::of(b"file:"),
];
/// What else begins an address behind any scheme, in text and in the escapes of JSON.
const SLASHES: [End; 3] = [End::of(b":/"), End::of(b":\\/"), End::of(b":\\\\")];
/// Addresses without a scheme, where no word or scheme stands before them.
const RELATIVE: [End; 5] = [
    End::of(b"www."),
    End::of(b"//"),
    End::of(b"/\\"),
    End::of(b"\\\\"),
    End::of(b"\\/"),
];
/// What stands before the target of a link, and before that of a reference.
const TARGETS: [End; 2] = [End::of(b"]("), End::of(b"url(")];
const REFERENCE: End = End::of(b"]:");

impl Address {
    /// The state at a place that may be in an address, since the text before is not known.
    pub(crate) const UNKNOWN: Self = Self {
        place: Place::Run,
        tail: 0,
    };

    /// Reads more of the text.
    pub(crate) fn read(&mut self, text: &str) {
        for byte in text.bytes() {
            self.step(byte.to_ascii_lowercase());
        }
    }

    /// Returns whether the next byte stands in an address.
    pub(crate) const fn is_inside(&self) -> bool {
        !matches!(self.place, Place::Text | Place::Reference(_) | Place::Name)
    }

    fn step(&mut self, byte: u8) {
        let last = byte_at(self.tail, 0);
        self.tail = self.tail << 8 | u128::from(byte);
        let is_escaped = last == b'\\';
        self.place = match self.place {
            Place::Text => self.in_text(),
            Place::Run if is_blank(byte) || matches!(byte, b'"' | b'<' | b'>' | b'`') => {
                Place::Text
            }
            Place::Angled if matches!(byte, b'>' | b'\n') => Place::Text,
            Place::Target(depth) => match byte {
                // A blank line ends a paragraph, and every link in it.
                b'\n' if last == b'\n' => Place::Text,
                b'(' if !is_escaped => Place::Target(depth.saturating_add(1)),
                b')' if !is_escaped && depth <= 1 => Place::Text,
                b')' if !is_escaped => Place::Target(depth - 1),
                _ => Place::Target(depth),
            },
            Place::Name if byte == b'=' => Place::Attribute,
            Place::Name if is_blank(byte) => Place::Name,
            Place::Name => self.in_text(),
            Place::Attribute if matches!(byte, b'"' | b'\'') => Place::Quoted(byte),
            Place::Attribute if is_blank(byte) => Place::Attribute,
            Place::Attribute => Place::Bare,
            Place::Bare if is_blank(byte) || byte == b'>' => Place::Text,
            Place::Quoted(mark) if byte == mark => Place::Text,
            Place::Reference(true) if byte == b'\n' => Place::Text,
            Place::Reference(_) if byte == b'\n' => Place::Reference(true),
            Place::Reference(line) if is_blank(byte) => Place::Reference(line),
            Place::Reference(_) if byte == b'<' => Place::Angled,
            Place::Reference(_) => Place::Run,
            place @ (Place::Run | Place::Angled | Place::Bare | Place::Quoted(_)) => place,
        };
    }

    fn in_text(&self) -> Place {
        let tail = self.tail;
        match byte_at(tail, 0) {
            b':' | b'/' | b'\\' | b'.' => {
                if SCHEMES.iter().any(|scheme| self.begins(*scheme, 0))
                    || SLASHES.iter().any(|slashes| slashes.is_at(tail))
                    || RELATIVE.iter().any(|start| self.begins(*start, b':'))
                {
                    return self.run();
                }
                match REFERENCE.is_at(tail) {
                    true => Place::Reference(false),
                    false => Place::Text,
                }
            }
            b'(' if TARGETS.iter().any(|target| target.is_at(tail)) => Place::Target(1),
            b'=' if is_attribute(tail >> 8) => Place::Attribute,
            last if is_blank(last) && is_attribute(tail >> 8) => Place::Name,
            _ => Place::Text,
        }
    }

    /// Whether the text ends with something before which there is neither a word nor this
    /// byte.
    fn begins(&self, start: End, not: u8) -> bool {
        let before = byte_at(self.tail, start.len);
        start.is_at(self.tail) && !before.is_ascii_alphanumeric() && (not == 0 || before != not)
    }

    /// An address that has just begun: in angle brackets it may hold blanks.
    fn run(&self) -> Place {
        let is_part =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'/' | b'\\');
        let bytes = self.tail.to_le_bytes();
        match bytes.into_iter().find(|byte| !is_part(*byte)) {
            Some(b'<') => Place::Angled,
            _ => Place::Run,
        }
    }
}

/// The byte before so many others at the end.
const fn byte_at(tail: u128, back: u32) -> u8 {
    (tail >> (8 * back)) as u8
}

/// Whether a text ends with the name of an attribute that leads somewhere.
fn is_attribute(tail: u128) -> bool {
    byte_at(tail, 0).is_ascii_alphabetic() && ATTRIBUTES.iter().any(|name| name.is_at(tail))
}

const fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_seen_in_every_way_to_write_one() {
        for (text, inside) in [
            ("", false),
            ("write to ", false),
            ("see https://a.example/", true),
            ("see HTTPS://a.example/?q=", true),
            ("see https://a.example/ or ", false),
            ("<https://a.example/x", true),
            ("<https://a.example/ x", true),
            ("<https://a.example/x> ", false),
            ("<https:a.example/x", true),
            ("`https://a.example/x`", false),
            ("https:a.example/", true),
            ("http:/a.example/", true),
            ("https:\\\\a.example/", true),
            ("https:\\/\\/a.example/", true),
            ("{\"url\":\"https:\\/\\/a.example\\/?q=", true),
            ("{\"url\":\"gopher:\\/\\/a.example\\/?q=", true),
            ("{\"url\":\"\\/\\/a.example\\/?q=", true),
            ("use https: for ", false),
            ("![x](", true),
            ("![x](a.example/?q=", true),
            ("![x](a.example/(b)?q=", true),
            ("![x](a.example/\\)?q=", true),
            ("![x](a b ", true),
            ("![x](\n<//a.example/ ", true),
            ("![x](\n  <https://a.example/ ", true),
            ("![x](a\n\nthen ", false),
            ("[x](a.example) by ", false),
            ("[x](a.example)", false),
            ("[x]: ", false),
            ("[x]: a.example/", true),
            ("[x]: a.example/\nthen ", false),
            ("[x]: <//a.example/ ", true),
            ("[x]: <https://a.example/ ", true),
            ("[x]:\n  <//a.example/ ", true),
            ("> [x]: <//a.example/ ", true),
            ("[x]:\n\nthen ", false),
            ("[x]: <//a.example/ y> ", false),
            ("<img src=", true),
            ("<img src=\"a.example?", true),
            ("<img src=\"https://a.example/ ", true),
            ("<img src = \"https://a.example/ ", true),
            ("<img src = \"//a.example/ ", true),
            ("<img src\n=\n\"http:/a.example?q=", true),
            ("<img src=https://a.example/?q=a\"", true),
            ("<img data-src=x", true),
            ("<img src = 'x' alt=", false),
            ("<img src='a b c ", true),
            ("<img src='a' alt='", false),
            ("<a HREF=a.example?", true),
            (
                "<meta http-equiv=refresh content='0;url=http:a.example/",
                true,
            ),
            ("@import 'http:/a.example/", true),
            ("\\url{https:/a.example/", true),
            ("background: url(", true),
            ("www.a.example/", true),
            ("//a.example/", true),
            ("/\\a.example/", true),
            ("\\\\a.example\\share", true),
            ("a//", false),
            ("mailto: ", false),
            ("the source is ", false),
            ("src and ", false),
        ] {
            let mut whole = Address::default();
            whole.read(text);
            assert_eq!(whole.is_inside(), inside, "{text}");
            let mut pieces = Address::default();
            text.chars().for_each(|char| pieces.read(&char.to_string()));
            assert_eq!(pieces.is_inside(), inside, "{text}");
        }
    }
}
