//! Values: where what is assigned begins and ends.

use super::name::{Meaning, Name};
use super::operator::Operator;
use crate::redact::text::{ALNUM, QUOTE, SPACE, STOP, Text, class};

/// The longest value that is read, in bytes.
const MOST: usize = 4096;

/// The scheme that a value begins with, as in an `Authorization` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Basic,
    Bearer,
}

/// The place of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) quoted: bool,
    pub(crate) scheme: Option<Scheme>,
}

impl Value {
    /// Reads the value that an operator which ended at `at` assigns.
    pub(crate) fn read(
        text: &Text<'_>,
        name: &Name,
        operator: Operator,
        at: usize,
    ) -> Option<Self> {
        let mut start = text.run(at, 64, SPACE);
        // `b"…"`, `f'…'`, `@"…"`, `rb"…"`
        let letters = text.run_of(start, 2, |byte| {
            matches!(
                byte,
                b'b' | b'B' | b'r' | b'R' | b'u' | b'f' | b'F' | b'@' | b'L' | b'$'
            )
        });
        if letters > start
            && text
                .at(letters)
                .is_some_and(|byte| class(byte) & QUOTE != 0)
        {
            start = letters;
        }
        let quote = text.run_of(start, 16, |byte| byte == b'\\');
        let quoted = text.at(quote).is_some_and(|byte| class(byte) & QUOTE != 0);
        let (start, mut end) = if quoted {
            let mark = text.at(quote)?;
            (quote + 1, quoted_end(text, quote + 1, mark, quote - start)?)
        } else {
            (
                start,
                text.run_of(start, MOST, |byte| class(byte) & STOP == 0),
            )
        };
        let mut this = Self {
            start,
            end,
            quoted,
            scheme: None,
        };
        if let Some((scheme, credentials)) = scheme(text, start) {
            this.scheme = Some(scheme);
            this.start = credentials;
            if !quoted {
                this.end = text.run_of(credentials, MOST, |byte| class(byte) & STOP == 0);
            }
        }
        text.read_to(this.end);
        if !quoted {
            end = this.end;
            this.end = unquoted_end(text, name, operator, this.start, end);
        }
        (this.end > this.start).then_some(this)
    }
}

/// Where a quoted value ends: at the same mark with no more backslashes than
/// the opening one had, on the same line.
fn quoted_end(text: &Text<'_>, start: usize, mark: u8, escapes: usize) -> Option<usize> {
    let mut backslashes = 0;
    let mut at = start;
    loop {
        text.read_to(at);
        if at - start > MOST {
            return None;
        }
        let byte = text.at(at)?;
        if byte == mark
            && (backslashes <= escapes && (escapes > 0 || backslashes == 0)
                || (escapes == 0 && backslashes % 2 == 0))
        {
            return Some(at - if escapes > 0 { backslashes } else { 0 });
        }
        match byte {
            b'\n' | b'\r' => return None,
            b'\\' => backslashes += 1,
            _ => backslashes = 0,
        }
        at += 1;
    }
}

/// Where a value without quotes ends, of which `end` is the end at the latest.
fn unquoted_end(
    text: &Text<'_>,
    name: &Name,
    operator: Operator,
    start: usize,
    mut end: usize,
) -> usize {
    let whole_line = matches!(operator, Operator::Assign) && is_line_start(text, name.start);
    let value = text.slice(start, end);
    let stop = |byte: &u8| match byte {
        b'&' | b'|' => true,
        b',' | b';' | b')' | b']' | b'}' | b'(' => !whole_line,
        _ => false,
    };
    if let Some(at) = value.iter().position(stop) {
        end = start + at;
    }
    while end > start
        && text.before(end).is_some_and(|last| {
            matches!(
                last,
                b',' | b';' | b':' | b'.' | b'!' | b'?' | b')' | b'}' | b']'
            )
        })
    {
        if whole_line && !matches!(text.before(end), Some(b',' | b';')) {
            break;
        }
        end -= 1;
    }
    end
}

/// Whether a line begins with the name at `start`, as in environment files,
/// shell scripts and YAML.
fn is_line_start(text: &Text<'_>, start: usize) -> bool {
    let from = text.run_back(start, 32, SPACE);
    let is_break = |at: usize| matches!(text.before(at), None | Some(b'\n' | b'-' | b'{'));
    if is_break(from) {
        return true;
    }
    let word = text.run_back(from, 8, ALNUM);
    let word_start = text.run_back(word, 32, SPACE);
    matches!(
        text.slice(word, from),
        b"export" | b"set" | b"ENV" | b"ARG" | b"env"
    ) && is_break(word_start)
}

/// The scheme at `at` and where its credentials start.
fn scheme(text: &Text<'_>, at: usize) -> Option<(Scheme, usize)> {
    const SCHEMES: &[(&[u8], Scheme)] = &[
        (b"basic ", Scheme::Basic),
        (b"bearer ", Scheme::Bearer),
        (b"token ", Scheme::Bearer),
        (b"apikey ", Scheme::Bearer),
    ];
    let (word, scheme) = SCHEMES.iter().find(|(word, _)| text.is_word(at, word))?;
    Some((*scheme, text.run(at + word.len(), 8, SPACE)))
}

/// The credentials behind the word `Bearer` at `at`, wherever it stands.
pub(crate) fn bearer(text: &Text<'_>, at: usize) -> Option<Value> {
    if text.before(at).is_some_and(|byte| class(byte) & ALNUM != 0) {
        return None;
    }
    let (_, start) = scheme(text, at)?;
    let end = text.run_of(start, MOST, |byte| {
        class(byte) & ALNUM != 0 || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
    });
    let name = Name {
        start: at,
        end: at,
        meaning: Meaning::Token,
        callable: false,
    };
    let end = unquoted_end(text, &name, Operator::Space, start, end);
    (end > start).then_some(Value {
        start,
        end,
        quoted: false,
        scheme: Some(Scheme::Bearer),
    })
}
