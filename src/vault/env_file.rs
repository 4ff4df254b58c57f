//! Reading `.env` files.

use std::collections::HashSet;
use std::fmt;

use zeroize::Zeroizing;

use crate::Error;

/// What a `.env` file says: names and values, in its order.
///
/// A line is `NAME=value`, also with `export` before it and blanks around the sign;
/// names are letters, digits and `_`. A value stands
/// * in single quotes, as it is, over several lines if need be;
/// * in double quotes, the same, but `\n`, `\r`, `\t`, `\"`, `\\` and `\$` mean one
///   character;
/// * bare, up to the end of the line or to a `#` behind a blank, without the blanks
///   around it.
///
/// Empty lines and lines that begin with `#` say nothing. Nothing is put in the place
/// of `$NAME`: a secret is taken as it is written.
///
/// # Example
/// ```
/// use confidant::vault::EnvFile;
///
/// let file = EnvFile::parse("export API_KEY='a#b'\nPORT = 8080 # of the proxy\n")?;
/// assert_eq!(file.names().collect::<Vec<_>>(), ["API_KEY", "PORT"]);
/// # Ok::<(), confidant::Error>(())
/// ```
///
/// # Security
/// Values are wiped when it is dropped, and `Debug` shows none.
pub struct EnvFile {
    entries: Vec<(String, Zeroizing<Vec<u8>>)>,
}

impl EnvFile {
    /// The most bytes of a file.
    pub const MAX: usize = 1 << 20;
    /// The most settings of a file.
    pub const MAX_SETTINGS: usize = 10_000;

    /// Reads a file.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) with the line where it is none: a line
    /// without `=`, a name with another character, a name that stands twice, a quote
    /// without its end, text behind a quoted value.
    /// [`Limit`](crate::ErrorKind::Limit) where it is longer than 1 MiB or has more than
    /// 10,000 settings.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.len() > Self::MAX {
            return Err(Error::limit("a file of settings", Self::MAX as u64));
        }
        let mut entries: Vec<(String, Zeroizing<Vec<u8>>)> = Vec::new();
        let mut names = HashSet::new();
        let mut lines = Lines {
            rest: text.strip_prefix('\u{feff}').unwrap_or(text),
            number: 0,
        };
        while let Some(line) = lines.next() {
            let number = lines.number;
            let line = line.trim_start();
            if line.trim_end().is_empty() || line.starts_with('#') {
                continue;
            }
            let fail = |what| Error::config(what).at_line(number);
            let (name, value) = line
                .split_once('=')
                .ok_or_else(|| fail("line of settings has no `=`"))?;
            let name = name.trim();
            let name = match name.split_once(char::is_whitespace) {
                Some(("export", name)) => name.trim_start(),
                _ => name,
            };
            if !is_name(name) {
                return Err(fail(
                    "name of a setting has another character than letters, digits and `_`",
                ));
            }
            if !names.insert(name) {
                return Err(fail("name of a setting stands twice"));
            }
            if names.len() > Self::MAX_SETTINGS {
                let most = Self::MAX_SETTINGS as u64;
                return Err(Error::limit("settings of a file", most).at_line(number));
            }
            let value = lines.value(value.trim_start()).map_err(fail)?;
            entries.push((name.to_owned(), value));
        }
        Ok(Self { entries })
    }

    /// Returns the names, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(name, _)| name.as_str())
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let entries = self.entries.iter();
        entries.map(|(name, value)| (name.as_str(), value.as_slice()))
    }
}

impl fmt::Debug for EnvFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvFile")
            .field("entries", &self.entries.len())
            .finish()
    }
}

fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(is_plain)
}

struct Lines<'t> {
    rest: &'t str,
    number: usize,
}

impl<'t> Lines<'t> {
    fn next(&mut self) -> Option<&'t str> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        self.number += 1;
        Some(line.strip_suffix('\r').unwrap_or(line))
    }

    /// The value that begins with `first`; quoted, it may go on for lines.
    fn value(&mut self, first: &'t str) -> Result<Zeroizing<Vec<u8>>, &'static str> {
        let Some(quote @ ('"' | '\'')) = first.chars().next() else {
            return Ok(bare(first));
        };
        let no_end = "quoted setting has no end";
        let mut line = first.get(1..).unwrap_or_default();
        // As long as it can be, so that it never moves and leaves a copy behind.
        let most = match end_of(line, quote) {
            Some(end) => end,
            None => line.len() + 1 + end_of(self.rest, quote).ok_or(no_end)?,
        };
        let mut value = Zeroizing::new(Vec::with_capacity(most));
        loop {
            let mut characters = line.chars();
            while let Some(character) = characters.next() {
                if character == quote {
                    let rest = characters.as_str().trim();
                    if rest.is_empty() || rest.starts_with('#') {
                        return Ok(value);
                    }
                    return Err("text stands behind a quoted setting");
                }
                let meant = match character {
                    '\\' if quote == '"' => match characters.next() {
                        Some('n') => '\n',
                        Some('r') => '\r',
                        Some('t') => '\t',
                        Some(other @ ('"' | '\\' | '$')) => other,
                        // What is no escape stays as it is.
                        Some(other) => {
                            push(&mut value, '\\');
                            other
                        }
                        None => '\\',
                    },
                    other => other,
                };
                push(&mut value, meant);
            }
            line = self.next().ok_or(no_end)?;
            value.push(b'\n');
        }
    }
}

/// The place of the quote that ends a value.
fn end_of(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, character)| {
        // An escape does not go on behind the end of its line.
        let begins = character == '\\' && quote == '"' && !is_escaped;
        let is_end = character == quote && !is_escaped;
        is_escaped = begins;
        is_end.then_some(at)
    })
}

fn push(value: &mut Vec<u8>, character: char) {
    let mut bytes = Zeroizing::new([0; 4]);
    value.extend(character.encode_utf8(&mut *bytes).as_bytes());
}

fn bare(text: &str) -> Zeroizing<Vec<u8>> {
    let comment = text
        .char_indices()
        .zip(text.chars().skip(1))
        .find(|((_, blank), mark)| blank.is_whitespace() && *mark == '#');
    let end = if text.starts_with('#') {
        0
    } else {
        comment.map_or(text.len(), |((at, _), _)| at)
    };
    let value = text.get(..end).unwrap_or_default().trim_end();
    Zeroizing::new(value.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let file = EnvFile::parse(text).unwrap();
        let entries = file.entries();
        let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
        entries
            .map(|(name, value)| (name.to_owned(), text(value)))
            .collect()
    }

    fn value(text: &str) -> String {
        let [(_, value)] = read(text).try_into().unwrap();
        value
    }

    #[test]
    fn values_stand_bare_or_in_quotes() {
        for (text, expected) in [
            ("A=b", "b"),
            ("A=", ""),
            ("A= b c ", "b c"),
            ("A=b#c", "b#c"),
            ("A=b #c", "b"),
            ("A=#c", ""),
            ("A=b\r\n", "b"),
            ("A='b # c'", "b # c"),
            ("A='b\\n'", "b\\n"),
            ("A=\"b\\n\\\"\\\\\\$c\\d\" # e", "b\n\"\\$c\\d"),
            ("A=\"b\nc\"", "b\nc"),
            ("A='b\r\n\r\nc'\n", "b\n\nc"),
            ("export A=$B", "$B"),
            ("  A  =  ü  ", "ü"),
            ("\u{feff}A=b", "b"),
            ("A=b=c==", "b=c=="),
        ] {
            assert_eq!(value(text), expected, "{text}");
        }
    }

    #[test]
    fn a_value_takes_as_much_room_as_it_has() {
        let text = |number| format!("A{number}='v{number}'\nB{number}=\"\\\"\n\"\n");
        let text: String = (0..EnvFile::MAX_SETTINGS / 2).map(text).collect();
        let file = EnvFile::parse(&text).unwrap();
        let room: usize = file.entries.iter().map(|(_, value)| value.capacity()).sum();
        assert!(room <= text.len(), "{room} bytes for {}", text.len());
        assert_eq!(file.entries().nth(1).unwrap(), ("B0", &b"\"\n"[..]));
        let more = text + "C=1";
        let error = EnvFile::parse(&more).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Limit);
    }

    #[test]
    fn a_value_ends_where_it_was_found_to_end() {
        for (text, expected) in [
            ("A=\"b\\\nc\"", "b\\\nc"),
            ("A=\"\\\\\"", "\\"),
            ("A=\"b\\\"c\\\\\n\\\"d\"", "b\"c\\\n\"d"),
            ("A='b\\'", "b\\"),
            ("A=\"ü\nö\"", "ü\nö"),
            ("A='\n\n'", "\n\n"),
        ] {
            assert_eq!(value(text), expected, "{text}");
            let file = EnvFile::parse(text).unwrap();
            let (_, value) = &file.entries[0];
            assert!(value.capacity() < text.len(), "{text}");
        }
        let error = EnvFile::parse("A=\"b\\\"\n").unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Config);
    }

    #[test]
    fn lines_without_a_setting_are_passed_over() {
        let names: Vec<_> = read("# first\n\n  # second\nA=1\n\t\nB_2=2")
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["A", "B_2"]);
        assert!(read("").is_empty());
    }

    #[test]
    fn errors_say_the_line_and_nothing_of_it() {
        for (text, line) in [
            ("A=1\nopensesame", 2),
            ("A-B=opensesame", 1),
            ("=opensesame", 1),
            ("1A=opensesame", 1),
            ("A=1\n\nA=opensesame", 3),
            ("A='opensesame\nB=2", 1),
            ("A=\"1\" opensesame", 1),
            ("export=1\nexport B C=opensesame", 2),
        ] {
            let error = EnvFile::parse(text).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Config);
            let message = format!("{error} {error:?}");
            assert!(message.contains(&format!("at line {line}")), "{message}");
            assert!(!message.contains("opensesame"), "{message}");
        }
        let long = "#".repeat(EnvFile::MAX + 1);
        assert_eq!(
            EnvFile::parse(&long).unwrap_err().kind(),
            crate::ErrorKind::Limit
        );
    }
}
