//! Whether a place in a text is inside a web address.

/// Reads a text byte by byte and knows whether the next byte stands in a web address, the
/// target of a Markdown link or an attribute of HTML that is one.
///
/// It may see an address where there is none, such as in `//comment`; it is for deciding
/// what not to put there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Address {
    place: Place,
    /// The last eight bytes, in lower case.
    tail: [u8; 8],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Text,
    /// After `](` or `url(`, with so many parentheses open.
    Target(u32),
    /// After `src=` and the like.
    Attribute,
    /// In an attribute, up to this mark.
    Quoted(u8),
    /// After `]:`, before anything but blanks.
    Reference,
    /// In an address, up to a blank.
    Run,
}

const ATTRIBUTES: [&[u8]; 5] = [b"src=", b"href=", b"action=", b"poster=", b"srcset="];

impl Address {
    /// Reads more of the text.
    pub(crate) fn read(&mut self, text: &str) {
        for byte in text.bytes() {
            self.step(byte.to_ascii_lowercase());
        }
    }

    /// Returns whether the next byte stands in an address.
    pub(crate) const fn is_inside(&self) -> bool {
        !matches!(self.place, Place::Text | Place::Reference)
    }

    fn step(&mut self, byte: u8) {
        let [_, a, b, c, d, e, f, last] = self.tail;
        self.tail = [a, b, c, d, e, f, last, byte];
        let is_escaped = last == b'\\';
        self.place = match self.place {
            Place::Text => self.in_text(),
            Place::Run if is_blank(byte) || matches!(byte, b'"' | b'<' | b'>' | b'`') => {
                Place::Text
            }
            Place::Target(depth) => match byte {
                b'\n' => Place::Text,
                b'(' if !is_escaped => Place::Target(depth.saturating_add(1)),
                b')' if !is_escaped && depth <= 1 => Place::Text,
                b')' if !is_escaped => Place::Target(depth - 1),
                _ => Place::Target(depth),
            },
            Place::Attribute if matches!(byte, b'"' | b'\'') => Place::Quoted(byte),
            Place::Attribute if is_blank(byte) => Place::Attribute,
            Place::Attribute => Place::Run,
            Place::Quoted(mark) if byte == mark => Place::Text,
            Place::Reference if byte == b'\n' => Place::Text,
            Place::Reference if is_blank(byte) => Place::Reference,
            Place::Reference => Place::Run,
            place @ (Place::Run | Place::Quoted(_)) => place,
        };
    }

    fn in_text(&self) -> Place {
        let tail = &self.tail;
        if tail.ends_with(b"://") {
            return Place::Run;
        }
        if tail.ends_with(b"](") || tail.ends_with(b"url(") {
            return Place::Target(1);
        }
        if tail.ends_with(b"]:") {
            return Place::Reference;
        }
        let is_start = |len: usize| {
            let at = tail.len() - len;
            let byte = at.checked_sub(1).and_then(|at| tail.get(at)).copied();
            byte.is_none_or(|byte| !byte.is_ascii_alphanumeric() && byte != b':')
        };
        if (tail.ends_with(b"www.") && is_start(4)) || (tail.ends_with(b"//") && is_start(2)) {
            return Place::Run;
        }
        match ATTRIBUTES.iter().any(|name| tail.ends_with(name)) {
            true => Place::Attribute,
            false => Place::Text,
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
            ("<https://a.example/x> ", false),
            ("`https://a.example/x`", false),
            ("![x](", true),
            ("![x](a.example/?q=", true),
            ("![x](a.example/(b)?q=", true),
            ("![x](a.example/\\)?q=", true),
            ("![x](a b ", true),
            ("[x](a.example) by ", false),
            ("[x](a.example)", false),
            ("[x]: ", false),
            ("[x]: a.example/", true),
            ("[x]: a.example/\nthen ", false),
            ("<img src=", true),
            ("<img src=\"a.example?", true),
            ("<img src = 'x' alt=", false),
            ("<img src='a b c ", true),
            ("<img src='a' alt='", false),
            ("<a HREF=a.example?", true),
            ("background: url(", true),
            ("www.a.example/", true),
            ("//a.example/", true),
            ("a//", false),
            ("mailto: ", false),
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
