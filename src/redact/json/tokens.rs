//! The keys, strings and numbers of a valid JSON text.

use std::ops::Range;

use crate::Error;

/// The greatest nesting of objects and arrays, which is the limit of `serde_json`.
pub(super) const MAX_DEPTH: usize = 128;

/// The form of a token. `true`, `false` and `null` are not tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Key,
    Number,
    String,
}

/// A key, string or number.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) form: Form,
    /// The range of the token. For a key or string, the range between the quotation
    /// marks.
    pub(super) span: Range<usize>,
    /// Whether the token contains an escape.
    pub(super) escaped: bool,
    /// The key above the token, directly or through arrays. Empty if there is none.
    pub(super) under: Range<usize>,
    /// Whether the token is in an array.
    pub(super) listed: bool,
    /// The number of the object that a key belongs to.
    pub(super) object: usize,
}

/// An iterator over the tokens of a text, in order.
pub(super) struct Tokens<'t> {
    text: &'t [u8],
    at: usize,
    levels: Vec<Level>,
    objects: usize,
}

struct Level {
    object: Option<usize>,
    key_next: bool,
    key: Range<usize>,
}

impl<'t> Tokens<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self {
            text: text.as_bytes(),
            at: 0,
            levels: Vec::new(),
            objects: 0,
        }
    }

    /// Returns the next token.
    pub(super) fn next(&mut self) -> Result<Option<Token>, Error> {
        while let Some(&byte) = self.text.get(self.at) {
            match byte {
                b'{' | b'[' => self.open(byte == b'{')?,
                b'}' | b']' => drop(self.levels.pop()),
                b',' => self.expect_key(true),
                b':' => self.expect_key(false),
                b'"' => return Ok(Some(self.string())),
                b'-' | b'0'..=b'9' => return Ok(Some(self.number())),
                _ => {}
            }
            self.at += 1;
        }
        Ok(None)
    }

    fn open(&mut self, object: bool) -> Result<(), Error> {
        if self.levels.len() >= MAX_DEPTH {
            let limit = MAX_DEPTH as u64;
            return Err(Error::limit("nesting of the JSON text", limit).at_byte(self.at));
        }
        let key = self.levels.last().map_or(0..0, |level| level.key.clone());
        self.levels.push(Level {
            object: object.then_some(self.objects),
            key_next: object,
            key,
        });
        self.objects += usize::from(object);
        Ok(())
    }

    fn expect_key(&mut self, key: bool) {
        if let Some(level) = self.levels.last_mut() {
            level.key_next = key && level.object.is_some();
        }
    }

    fn string(&mut self) -> Token {
        let start = self.at + 1;
        let mut end = start;
        let mut escaped = false;
        while let Some(&byte) = self.text.get(end) {
            match byte {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    end += 2;
                }
                _ => end += 1,
            }
        }
        let end = end.min(self.text.len());
        self.at = end + 1;
        let span = start..end;
        let mut token = self.token(Form::String, span.clone());
        token.escaped = escaped;
        if let Some(level) = self.levels.last_mut().filter(|level| level.key_next) {
            token.form = Form::Key;
            token.object = level.object.unwrap_or_default();
            level.key = span;
        }
        token
    }

    fn number(&mut self) -> Token {
        let start = self.at;
        let rest = self.text.get(start..).unwrap_or_default();
        let part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        self.at += rest.iter().take_while(|byte| part(byte)).count();
        self.token(Form::Number, start..self.at)
    }

    fn token(&self, form: Form, span: Range<usize>) -> Token {
        let level = self.levels.last();
        let under = level.map_or(0..0, |level| level.key.clone());
        Token {
            form,
            span,
            escaped: false,
            under,
            listed: level.is_some_and(|level| level.object.is_none()),
            object: 0,
        }
    }
}

/// A walk over the contents of a string, one character or escape at a time. It tracks
/// the position both in the JSON text and in the decoded string.
#[derive(Clone, Debug)]
pub(super) struct Units<'t> {
    raw: &'t [u8],
    pub(super) raw_at: usize,
    pub(super) decoded_at: usize,
}

impl<'t> Units<'t> {
    pub(super) const fn new(raw: &'t [u8]) -> Self {
        Self {
            raw,
            raw_at: 0,
            decoded_at: 0,
        }
    }

    /// Returns the next character, or the next byte of an unescaped character.
    pub(super) fn next(&mut self) -> Option<([u8; 4], usize)> {
        let byte = *self.raw.get(self.raw_at)?;
        let (raw_len, char) = if byte == b'\\' {
            self.escape()
        } else {
            self.raw_at += 1;
            self.decoded_at += 1;
            return Some(([byte, 0, 0, 0], 1));
        };
        let mut bytes = [0; 4];
        let len = char.encode_utf8(&mut bytes).len();
        self.raw_at += raw_len;
        self.decoded_at += len;
        Some((bytes, len))
    }

    fn escape(&self) -> (usize, char) {
        let char = match self.raw.get(self.raw_at + 1).copied() {
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            Some(byte) => char::from(byte),
            None => return (1, '\\'),
        };
        (2, char)
    }

    fn unicode(&self) -> (usize, char) {
        let first = self.hex(self.raw_at);
        if let Some(high @ 0xd800..=0xdbff) = first
            && let Some(low @ 0xdc00..=0xdfff) = self.hex(self.raw_at + 6)
        {
            let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            return (
                12,
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
            );
        }
        let char = first.and_then(char::from_u32);
        (6, char.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&self, at: usize) -> Option<u32> {
        let escape = self.raw.get(at..at + 6)?;
        let digits = str::from_utf8(escape.strip_prefix(b"\\u")?).ok()?;
        u32::from_str_radix(digits, 16).ok()
    }
}

/// Appends the decoded contents of a string.
pub(super) fn decode(raw: &[u8], out: &mut Vec<u8>) {
    let mut units = Units::new(raw);
    while let Some((bytes, len)) = units.next() {
        out.extend_from_slice(bytes.get(..len).unwrap_or_default());
    }
}
