//! Whether a place in a text is inside a web address.

use super::ends::{
    ATTRIBUTES, BARE_SCHEMES, End, HOLDERS, QUOTE_ENTITIES, REFERENCE, RELATIVE, SCHEMES, SLASHES,
    TARGETS, byte_at, ends_with_mark,
};
use super::host::Host;
use super::html::Html;

/// Reads a text byte by byte and knows whether the next byte stands in a web address, the
/// target of a Markdown link or an attribute of HTML that is one.
///
/// It reads as browsers, CommonMark and chats do: a scheme of the web begins an address
/// whatever follows it, and so does a host with a path, backslashes count as slashes, and what stands in quotes or angle brackets
/// goes on to their end. Where readers could see different ends, the last of them counts.
/// It may see an address where there is none, such as in `//comment`; it is for deciding
/// what not to put there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Address {
    place: Place,
    /// The quote that stands open before the next byte.
    open: Open,
    /// Whether a backslash escapes the next byte.
    is_escaped: bool,
    /// The last sixteen bytes, in lower case, the last of them lowest.
    tail: u128,
    host: Host,
    html: Html,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Text,
    /// After `](` or `url(`.
    Target(Depth, Within),
    /// After the name of an attribute and blanks, before `=`.
    Name(Leads),
    /// After `src=` and the like, before anything but blanks.
    Attribute(Leads),
    /// In an attribute without quotes, up to a blank or the end of the tag.
    Bare,
    /// In an attribute, up to this mark. Where a backslash stood before the mark, readers
    /// of HTML see no quotes but an attribute without them, and whether that goes on.
    Quoted(u8, bool),
    /// After `]:`, before anything but blanks; with whether a line has ended.
    Reference(bool),
    /// In the destination of a reference without angle brackets, up to a blank.
    Destination,
    /// In angle brackets, up to their end.
    Angled,
    /// In an address, up to this end.
    Run(Stop),
}

/// How many parentheses are open: for readers to whom a backslash escapes one, and for
/// others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Depth {
    escaping: u16,
    plain: u16,
}

/// What the target of a link is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    /// There are only blanks up to here.
    Nothing,
    /// Nothing encloses it.
    Itself,
    /// This mark ends it: `>` or a quote.
    Mark(u8),
}

/// How an attribute leads somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leads {
    /// It is an address.
    Itself,
    /// Its value may hold an address, which goes on to the end of the value.
    Within,
}

/// Where an address ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// At a blank or `<`.
    Blank,
    /// At a blank, `<` or a backtick.
    Backtick,
    /// At this quote with no more backslashes before it than these, or with the paragraph.
    Quote(u8, u8),
    /// With the paragraph.
    Paragraph,
}

/// A quote that stands open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Open {
    /// The quote; 0 where none is open.
    mark: u8,
    /// How many backslashes stand before it.
    slashes: u8,
    /// Whether it is sure to open and not to close something.
    opens: bool,
    /// Whether it is the value of an attribute, open up to the same mark.
    is_value: bool,
    /// Whether anything but blanks followed.
    has_words: bool,
}

impl Address {
    /// The state of a text of which the beginning is not known: it may be in an address.
    pub(crate) const UNKNOWN: Self = Self {
        place: Place::Run(Stop::Paragraph),
        open: Open {
            mark: 0,
            slashes: 0,
            opens: false,
            is_value: false,
            has_words: false,
        },
        is_escaped: false,
        tail: 0,
        host: Host::NONE,
        html: Html::NONE,
    };

    /// Reads more of the text.
    pub(crate) fn read(&mut self, text: &str) {
        for byte in text.bytes() {
            self.step(byte.to_ascii_lowercase());
        }
    }

    /// Returns whether the next byte stands in an address.
    pub(crate) const fn is_inside(&self) -> bool {
        !matches!(
            self.place,
            Place::Text | Place::Reference(_) | Place::Name(_) | Place::Attribute(Leads::Within)
        )
    }

    /// Returns whether the next byte stands where browsers read HTML that may lead
    /// somewhere, other than in an address that is written out.
    pub(crate) const fn is_in_html(&self) -> bool {
        self.html.is_inside()
    }

    fn step(&mut self, byte: u8) {
        self.html.step(byte);
        let is_behind_host = self.host.is_host();
        self.host.step(byte);
        let is_escaped = self.is_escaped;
        self.is_escaped = byte == b'\\' && !is_escaped;
        self.tail = self.tail << 8 | u128::from(byte);
        self.place = match self.place {
            Place::Text => self.in_text(is_behind_host),
            Place::Target(depth, within) => self.in_target(depth, within, is_escaped),
            Place::Name(leads) if byte == b'=' => Place::Attribute(leads),
            Place::Name(leads) if is_blank(byte) => Place::Name(leads),
            Place::Name(_) => self.in_text(is_behind_host),
            Place::Attribute(leads) if is_blank(byte) || byte == b'\\' => Place::Attribute(leads),
            Place::Attribute(Leads::Itself) => match byte {
                b'"' | b'\'' => Place::Quoted(byte, self.slashes() > 0),
                // The entity of a quote, in HTML that stands in an attribute.
                b'&' => Place::Run(Stop::Paragraph),
                _ => Place::Bare,
            },
            Place::Attribute(Leads::Within) => {
                let place = self.in_text(is_behind_host);
                self.open.is_value = self.open.mark == byte;
                place
            }
            Place::Bare if is_html_blank(byte) || byte == b'>' => Place::Text,
            Place::Quoted(mark, is_bare) => match byte {
                _ if byte == mark && is_bare => Place::Bare,
                _ if byte == mark => Place::Text,
                _ => Place::Quoted(mark, is_bare && !is_html_blank(byte) && byte != b'>'),
            },
            Place::Reference(true) if byte == b'\n' => Place::Text,
            Place::Reference(_) if byte == b'\n' => Place::Reference(true),
            Place::Reference(line) if is_blank(byte) => Place::Reference(line),
            Place::Reference(_) if byte == b'<' => Place::Angled,
            Place::Reference(_) => Place::Destination,
            Place::Destination if is_html_blank(byte) => Place::Text,
            Place::Angled if byte == b'\n' || byte == b'>' && !is_escaped => Place::Text,
            Place::Run(stop) => self.in_run(stop),
            place @ (Place::Bare | Place::Destination | Place::Angled) => place,
        };
    }

    fn in_text(&mut self, is_behind_host: bool) -> Place {
        self.note_quote();
        let tail = self.tail;
        match byte_at(tail, 0) {
            b'/' | b'?' | b'#' | b':' if is_behind_host => self.run(),
            b'/' | b'?' | b'#' | b':' if self.is_behind_v6() => self.run(),
            b';' if ends_with_mark(tail) => Place::Run(Stop::Blank),
            b':' | b'/' | b'\\' | b'.' => {
                if SCHEMES.iter().any(|scheme| self.begins(*scheme, 0))
                    || BARE_SCHEMES.iter().any(|scheme| self.begins_word(*scheme))
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
            b'(' => self.target().unwrap_or_default(),
            b'=' => attribute(tail >> 8).map_or(Place::Text, Place::Attribute),
            last if is_blank(last) => attribute(tail >> 8).map_or(Place::Text, Place::Name),
            _ => Place::Text,
        }
    }

    fn in_target(&mut self, depth: Depth, within: Within, is_escaped: bool) -> Place {
        let byte = byte_at(self.tail, 0);
        if self.ends_paragraph() {
            return self.text();
        }
        let within = match (within, byte) {
            (Within::Nothing, _) if is_blank(byte) => Within::Nothing,
            (Within::Nothing, b'<') => return Place::Target(depth, Within::Mark(b'>')),
            (Within::Nothing, b'"' | b'\'') => return Place::Target(depth, Within::Mark(byte)),
            (Within::Nothing | Within::Itself, _) => Within::Itself,
            (Within::Mark(_), b'\n') => Within::Itself,
            (Within::Mark(mark), _) if byte == mark && !is_escaped => Within::Itself,
            (Within::Mark(_), _) => within,
        };
        if matches!(within, Within::Mark(_)) {
            return Place::Target(depth, within);
        }
        let Depth { escaping, plain } = depth;
        let counts = u16::from(!is_escaped);
        // What is closed stays so.
        let depth = match byte {
            b'(' => Depth {
                escaping: if escaping == 0 {
                    0
                } else {
                    escaping.saturating_add(counts)
                },
                plain: if plain == 0 {
                    0
                } else {
                    plain.saturating_add(1)
                },
            },
            b')' => Depth {
                escaping: escaping.saturating_sub(counts),
                plain: plain.saturating_sub(1),
            },
            _ => depth,
        };
        match depth {
            Depth {
                escaping: 0,
                plain: 0,
            } => self.text(),
            _ => Place::Target(depth, within),
        }
    }

    fn in_run(&mut self, stop: Stop) -> Place {
        let byte = byte_at(self.tail, 0);
        let is_loose = matches!(stop, Stop::Blank | Stop::Backtick);
        let ends = match stop {
            Stop::Backtick if byte == b'`' => true,
            Stop::Blank | Stop::Backtick => is_html_blank(byte) || byte == b'<',
            Stop::Quote(mark, slashes) if byte == mark => self.slashes() <= slashes,
            Stop::Quote(..) | Stop::Paragraph => self.ends_paragraph(),
        };
        match byte {
            _ if ends => self.text(),
            b'(' if is_loose => self.target().unwrap_or(Place::Run(stop)),
            _ => Place::Run(stop),
        }
    }

    /// Goes back to where nothing is open.
    fn text(&mut self) -> Place {
        self.open = Open::default();
        Place::Text
    }

    /// The target of a link, where one begins.
    fn target(&self) -> Option<Place> {
        let depth = Depth {
            escaping: 1,
            plain: 1,
        };
        let mut targets = TARGETS.iter();
        let begins = targets.any(|target| target.is_at(self.tail));
        begins.then_some(Place::Target(depth, Within::Nothing))
    }

    /// Whether the text ends with something before which there is neither a word nor this
    /// byte.
    fn begins(&self, start: End, not: u8) -> bool {
        let before = byte_at(self.tail, start.len);
        start.is_at(self.tail) && !before.is_ascii_alphanumeric() && (not == 0 || before != not)
    }

    /// Whether an IPv6 address in brackets stands before the last byte.
    fn is_behind_v6(&self) -> bool {
        let before = (self.tail >> 8).to_le_bytes();
        let is_part = |byte: &&u8| byte.is_ascii_hexdigit() || b":.".contains(byte);
        let rest = before.split_first().filter(|(last, _)| **last == b']');
        rest.is_some_and(|(_, rest)| {
            let part = || rest.iter().take_while(is_part);
            let begin = rest.get(part().count());
            part().filter(|byte| **byte == b':').count() > 1
                && begin.is_none_or(|byte| *byte == b'[')
        })
    }

    /// Whether the text ends with a word of its own.
    fn begins_word(&self, word: End) -> bool {
        let before = byte_at(self.tail, word.len);
        self.begins(word, 0) && !matches!(before, b'_' | b'-' | b'.')
    }

    /// An address that has just begun: in quotes or angle brackets it may hold blanks.
    fn run(&self) -> Place {
        if self.open.mark != 0 {
            return Place::Run(Stop::Quote(self.open.mark, self.open.slashes));
        }
        let bytes = self.tail.to_le_bytes();
        let is_part = |byte: &u8| is_part(*byte);
        let len = bytes.iter().take_while(|byte| is_part(byte)).count();
        match bytes.get(len) {
            Some(b'<') => Place::Angled,
            Some(b'`') => Place::Run(Stop::Backtick),
            Some(b';') => {
                let before = self.tail >> (8 * len);
                match QUOTE_ENTITIES.iter().any(|entity| entity.is_at(before)) {
                    true => Place::Run(Stop::Paragraph),
                    false => Place::Run(Stop::Blank),
                }
            }
            _ => Place::Run(Stop::Blank),
        }
    }

    /// Notes the quote that is open before an address could begin.
    fn note_quote(&mut self) {
        let byte = byte_at(self.tail, 0);
        let is_quote = matches!(byte, b'"' | b'\'');
        if self.open.is_value {
            let closes = byte == self.open.mark && self.slashes() <= self.open.slashes;
            if closes || self.ends_paragraph() {
                self.open = Open::default();
            }
        } else if is_quote {
            let slashes = self.slashes();
            let before = byte_at(self.tail, u32::from(slashes) + 1);
            self.open = Open {
                mark: byte,
                slashes,
                opens: is_blank(before) || b"=:([{,\0".contains(&before),
                ..Open::default()
            };
        } else if is_blank(byte) {
            if !self.open.opens || self.open.has_words {
                self.open = Open::default();
            }
        } else if is_part(byte) {
            self.open.has_words = true;
        } else {
            self.open = Open::default();
        }
    }

    /// How many backslashes stand before the last byte.
    fn slashes(&self) -> u8 {
        let before = (self.tail >> 8).to_le_bytes();
        let slashes = before.iter().take_while(|byte| **byte == b'\\');
        u8::try_from(slashes.count()).unwrap_or(u8::MAX)
    }

    /// Whether a blank line has just begun, which ends a paragraph and every link in it.
    fn ends_paragraph(&self) -> bool {
        let before = (self.tail >> 8).to_le_bytes();
        let is_space = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r');
        byte_at(self.tail, 0) == b'\n' && before.iter().find(|byte| !is_space(byte)) == Some(&b'\n')
    }
}

/// How an attribute leads somewhere with whose name a text ends.
fn attribute(tail: u128) -> Option<Leads> {
    if !byte_at(tail, 0).is_ascii_alphabetic() {
        return None;
    }
    let ends = |names: &[End]| names.iter().any(|name| name.is_at(tail));
    let is_holder = || {
        let mut holders = HOLDERS.iter();
        holders.any(|name| name.is_at(tail) && !byte_at(tail, name.len).is_ascii_alphanumeric())
    };
    match ends(&ATTRIBUTES) {
        true => Some(Leads::Itself),
        false => is_holder().then_some(Leads::Within),
    }
}

/// Whether a byte may stand in the scheme of an address or in the slashes behind it.
const fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'/' | b'\\' | b'+' | b'-' | b'.')
}

const fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_control()
}

/// What ends an attribute without quotes; readers of HTML take other control characters
/// into it.
const fn is_html_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
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
            ("see a.example/", true),
            ("see a.example?q=", true),
            ("see a.example#", true),
            ("see a.example:443/", true),
            ("see a.co.uk/a/", true),
            ("see xn--e1awd7f.example/", true),
            ("see пример.рф/", true),
            ("see 1.2.3.4/", true),
            ("[::1]/", true),
            ("[2001:db8:0:0:0:0:0:1]:8080/", true),
            ("[a]/ ", false),
            ("[12:30]/", false),
            ("localhost:8080/", true),
            ("<a.example/", true),
            ("[url=a.example/", true),
            ("[a](#b) a.example./", true),
            ("https&#x3a;&#x2f;&#x2f;a.example/", true),
            ("a&period;example&#47;", true),
            ("a&#x2e;example/x?q=", true),
            ("mailto:b@a.example?body=", true),
            ("<mailto:b@a.example?cc=", true),
            ("sms:123?body=", true),
            ("view-source:", true),
            ("intent:a/", true),
            ("feed:", true),
            ("data:text/html,", true),
            ("javascript:fetch('", true),
            ("see a.example/ or ", false),
            ("see a.example: ", false),
            ("see a.example, ", false),
            ("see a.example", false),
            ("and/or ", false),
            ("v1.2/", false),
            ("12.05.2026/", false),
            ("user_data:", false),
            ("metadata:", false),
            ("it&#39;s ", false),
            ("&#91;", false),
            ("/\\a.example/", true),
            ("\\\\a.example\\share", true),
            ("a//", false),
            ("mailto: ", false),
            ("the source is ", false),
            ("src and ", false),
            // A target goes on to the end that the last of its readers sees.
            ("![x](<https://a.example/)", true),
            ("![x](<https://a.example/) ", true),
            ("![x](<https://a.example/>)", false),
            ("![x](<https://a.example/\\>) ", true),
            ("![x](<https://a.example/\\\\>)", false),
            ("![x](<a.example/\n)", false),
            ("![x](https://a.example/\\\\(a)?q=", true),
            ("![x](https://a.example/\\(a)?q=", true),
            ("![x](https://a.example/\\(a\\))", false),
            ("![x](https://a.example/(a))", false),
            ("![x](a\r\n \r\nthen ", false),
            ("[a]: <https://a.example/\\> ", true),
            ("[a]: <https://a.example/\\\\> ", false),
            ("[a]: https://a.example/\"", true),
            ("[a]: https://a.example/<", true),
            ("[a]: https://a.example/>", true),
            ("[a]: https://a.example/`", true),
            ("[a]: https://a.example/ \"", false),
            ("url(\"https://a.example/)", true),
            ("url( 'https://a.example/)", true),
            ("url(\"https://a.example/\")", false),
            ("![https://a.example](b ", true),
            ("[https://a.example](https://a.example)", false),
            // In quotes an address goes on to their end.
            ("<object data=\"https://a.example/ ", true),
            ("<object data = \" https://a.example/ ", true),
            ("<object data=\"https://a.example/\" ", false),
            ("@import \"https://a.example/ ", true),
            ("@import \"  https://a.example/ ", true),
            ("<meta content='0;url=https://a.example/ ", true),
            (
                "<meta content = \"0;            url='https://a.example/' ",
                true,
            ),
            ("<meta content='0;url=https://a.example/'> ", false),
            ("{\"url\":\"https://a.example/ ", true),
            ("{\"url\": \"            https://a.example/ ", true),
            ("[\"b\",\" https://a.example/ ", true),
            ("{\"url\":\"https://a.example/\\\" ", true),
            ("{\\\"url\\\":\\\"https://a.example/ ", true),
            (
                "{\\\"url\\\":\\\"https://a.example/\\\", \\\"to\\\": \\\"",
                false,
            ),
            ("{\"url\":\"https://a.example/\",\"to\":\"", false),
            ("<img src=\\\"https://a.example/ ", true),
            ("<img src=\\\"https://a.example/\"", true),
            ("<img src=\\\"https://a.example/\\\"> ", false),
            ("&lt;img src2=&quot;https://a.example/ ", true),
            ("fetch('https://a.example/ ", true),
            // Without quotes it ends at a blank or a tag alone.
            ("https://a.example/?q=\"", true),
            ("https://a.example/?q=>", true),
            ("https://a.example/?q=`", true),
            ("https://a.example/?q=<", false),
            ("see https://a.example/\u{1}", true),
            ("<img src=https://a.example/\u{1}", true),
            ("<img src=https://a.example/\u{b}", true),
            // A quote that closes something opens nothing.
            ("press \"Start\" https://a.example/ and ", false),
            ("the users' https://a.example/ and ", false),
            ("it's https://a.example/ and ", false),
            ("he said \"see https://a.example/ and ", false),
            ("\"https://a.example/\" and ", false),
            ("\"https://a.example/ and\n\nthen ", false),
            ("data = {\"to\": \"", false),
            ("Message(content=\"Dear ", false),
            ("style=\"color: ", false),
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
