//! Hosts without a scheme, which chats turn into links and fetch for a preview.

/// The most letters of a label of a host.
const MAX_LABEL: usize = 63;
/// The most bytes of a host.
pub(crate) const MAX_HOST: usize = 253;

/// Reads a text byte by byte and knows whether it ends with a host: with `name.tld`, an IPv4
/// address or `localhost`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Host {
    /// How many labels have ended.
    dots: u8,
    /// How many bytes the label has so far.
    len: u8,
    /// Whether the label is of letters alone.
    has_other: bool,
    /// Whether some label is not of digits alone.
    has_name: bool,
    /// How much of `xn--`, and of `localhost`, the label is.
    puny: u8,
    local: u8,
    /// Whether what stands before the last dot was a host.
    was_host: bool,
}

impl Host {
    /// That of an empty text.
    pub(super) const NONE: Self = Self {
        dots: 0,
        len: 0,
        has_other: false,
        has_name: false,
        puny: 0,
        local: 0,
        was_host: false,
    };

    /// Reads the next byte, in lower case.
    pub(super) fn step(&mut self, byte: u8) {
        match byte {
            b'.' => {
                let was_host = self.is_host();
                *self = Self {
                    dots: self.dots.saturating_add(u8::from(self.len > 0)),
                    has_name: self.has_name,
                    was_host,
                    ..Self::NONE
                };
            }
            b'0'..=b'9' | b'a'..=b'z' | b'-' | b'_' | 0x80.. => {
                let is_next = |word: &[u8], len: u8| {
                    len == self.len && word.get(usize::from(len)) == Some(&byte)
                };
                self.puny += u8::from(is_next(b"xn--", self.puny));
                self.local += u8::from(is_next(b"localhost", self.local));
                self.has_other |= !byte.is_ascii_lowercase() && byte < 0x80;
                self.has_name |= !byte.is_ascii_digit();
                self.len = self.len.saturating_add(1);
            }
            // It may be an escape, of the dot or of the slash behind the host.
            b'\\' => {}
            _ => *self = Self::NONE,
        }
    }

    /// Returns whether the text ends with a host.
    pub(super) const fn is_host(&self) -> bool {
        let is_top = self.len >= 2 && !self.has_other || self.puny == 4;
        match (self.dots, self.len) {
            (0, 9) => self.local == 9,
            (0, _) => false,
            (_, 0) => self.was_host,
            (3, _) if !self.has_name => true,
            _ => is_top,
        }
    }
}

impl Default for Host {
    fn default() -> Self {
        Self::NONE
    }
}

/// Returns whether a host goes on behind a value: with `rest`, the value is the beginning of
/// the name of one. `None` where that depends on what comes next; never at the `end`.
pub(super) fn goes_on(rest: &str, end: bool) -> Option<bool> {
    let (mut host, mut label, mut is_first) = (Host::default(), 0, true);
    for (at, char) in rest.char_indices() {
        let is_dot = char == '.';
        if !is_dot && !is_part(char) || at >= MAX_HOST {
            return Some(host.is_host());
        }
        // Two dots are no name; one right behind the value ends its first label.
        if is_dot && label == 0 && !is_first {
            return Some(host.is_host());
        }
        if is_first {
            host.step(b'v');
            host.len = 1;
            is_first = false;
        }
        label = if is_dot { 0 } else { label + 1 };
        if label > MAX_LABEL {
            return Some(false);
        }
        let mut bytes = [0; 4];
        for byte in char.encode_utf8(&mut bytes).bytes() {
            host.step(byte.to_ascii_lowercase());
        }
    }
    end.then(|| host.is_host())
}

/// Whether readers of addresses take a character into the name of a host: some take
/// everything that is no blank and no punctuation, and leave out what nobody sees.
fn is_part(char: char) -> bool {
    match char {
        '-' | '_' | '$' | '+' | '=' | '~' | '`' => true,
        _ if char.is_ascii() => char.is_ascii_alphanumeric(),
        _ => {
            !char.is_whitespace()
                && !char.is_control()
                && !matches!(
                    char,
                    '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b6}' | '\u{b7}' | '\u{bb}' | '\u{bf}'
                        | '\u{2010}'..='\u{2027}'
                        | '\u{2030}'..='\u{205e}'
                        | '\u{3001}'..='\u{3003}'
                        | '\u{3008}'..='\u{3011}'
                        | '\u{3014}'..='\u{301f}'
                        | '\u{ff01}'..='\u{ff0f}'
                        | '\u{ff1a}'..='\u{ff20}'
                        | '\u{ff3b}'..='\u{ff3d}'
                        | '\u{ff5b}'..='\u{ff65}'
                )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_with_a_host_or_not() {
        for (text, expected) in [
            ("evil.example", true),
            ("see evil.co.uk", true),
            ("(evil.example", true),
            ("a@evil.example", true),
            ("evil.example.", true),
            ("xn--e1awd7f.xn--p1ai", true),
            ("Пример.рф", true),
            ("1.2.3.4", true),
            ("localhost", true),
            ("evil\\.example\\", true),
            ("evil", false),
            ("", false),
            (".", false),
            ("..", false),
            ("v1.2", false),
            ("1.2.3", false),
            ("1.2.3.4.5", false),
            ("12.05.2026", false),
            ("e.g.", false),
            ("U.S", false),
            ("main.r2", false),
            ("evil.example ", false),
            ("evil.example,", false),
            ("notlocalhost", false),
            ("localhosts", false),
            ("xn-p1ai.2x", false),
        ] {
            let mut host = Host::default();
            text.to_lowercase().bytes().for_each(|byte| host.step(byte));
            assert_eq!(host.is_host(), expected, "{text}");
        }
    }

    #[test]
    fn a_host_goes_on_behind_a_value_or_not() {
        for (rest, expected) in [
            (".evil.example", true),
            (".evil.example/x", true),
            ("x.evil.example, and", true),
            ("-x.evil.example", true),
            (".evil.example.", true),
            (".рф", true),
            (".com", true),
            ("\u{200b}.evil.example", true),
            ("\u{ad}.evil.example", true),
            ("★.evil.example", true),
            ("=x.evil.example", true),
            ("。evil.example", false),
            ("” (evil.example)", false),
            ("", false),
            (".", false),
            (". Then", false),
            ("...and", false),
            (", evil.example", false),
            ("'s", false),
            (" evil.example", false),
            ("/evil.example", false),
            ("@evil.example", false),
            (".1", false),
            (".a", false),
            ("さん、example.com", false),
        ] {
            assert_eq!(goes_on(rest, true), Some(expected), "{rest}");
            // What is decided early is decided the same.
            for (at, _) in rest.char_indices() {
                let early = goes_on(&rest[..at], false);
                assert!(early.is_none_or(|early| early == expected), "{rest} {at}");
            }
        }
        let long = "x".repeat(MAX_LABEL + 1);
        assert_eq!(goes_on(&long, false), Some(false));
        let many = "x.".repeat(200);
        assert!(goes_on(&many, false).is_some());
    }
}
