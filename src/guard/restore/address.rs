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
    /// The last twelve bytes, in lower case.
    tail: [u8; TAIL],
}

const TAIL: usize = 12;

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

/// Attributes of HTML that lead somewhere. A longer name may end with one of them.
const ATTRIBUTES: [&[u8]; 13] = [
    b"action",
    b"background",
    b"cite",
    b"codebase",
    b"href",
    b"longdesc",
    b"manifest",
    b"ping",
    b"poster",
    b"profile",
    b"src",
    b"srcset",
    b"usemap",
];
/// Schemes after which browsers see an address however many slashes follow.
const SCHEMES: [&[u8]; 6] = [b"http:", b"https:", b"ws:", b"wss:", b"ftp:", b"file:"];
/// What else begins an address behind any scheme, in text and in the escapes of JSON.
const SLASHES: [&[u8]; 3] = [b":/", b":\\/", b":\\\\"];
/// Addresses without a scheme, where no word or scheme stands before them.
const RELATIVE: [&[u8]; 5] = [b"www.", b"//", b"/\\", b"\\\\", b"\\/"];

impl Address {
    /// The state of a text of which the beginning is not known: it may be in an address.
    pub(crate) const UNKNOWN: Self = Self {
        place: Place::Run,
        tail: [0; TAIL],
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
        let last = self.tail.last().copied().unwrap_or_default();
        self.tail.rotate_left(1);
        if let Some(end) = self.tail.last_mut() {
            *end = byte;
        }
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
        let tail = &self.tail;
        if SCHEMES.iter().any(|scheme| self.begins(scheme, &[]))
            || SLASHES.iter().any(|slashes| tail.ends_with(slashes))
            || RELATIVE.iter().any(|start| self.begins(start, b":"))
        {
            return self.run();
        }
        if tail.ends_with(b"](") || tail.ends_with(b"url(") {
            return Place::Target(1);
        }
        if tail.ends_with(b"]:") {
            return Place::Reference(false);
        }
        let (last, before) = tail.split_last().unwrap_or((&0, &[]));
        if ATTRIBUTES.iter().any(|name| before.ends_with(name)) {
            if *last == b'=' {
                return Place::Attribute;
            }
            if is_blank(*last) {
                return Place::Name;
            }
        }
        Place::Text
    }

    /// Whether the text ends with something before which there is neither a word nor one
    /// of these bytes.
    fn begins(&self, start: &[u8], not: &[u8]) -> bool {
        let Some(before) = self.tail.strip_suffix(start) else {
            return false;
        };
        let byte = before.last().copied().unwrap_or_default();
        !byte.is_ascii_alphanumeric() && !not.contains(&byte)
    }

    /// An address that has just begun: in angle brackets it may hold blanks.
    fn run(&self) -> Place {
        let open = self.tail.iter().rposition(|byte| *byte == b'<');
        let rest = open.and_then(|open| self.tail.get(open + 1..));
        let is_first = rest.is_some_and(|rest| {
            let is_part =
                |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'/' | b'\\');
            rest.iter().all(is_part)
        });
        match is_first {
            true => Place::Angled,
            false => Place::Run,
        }
    }
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
