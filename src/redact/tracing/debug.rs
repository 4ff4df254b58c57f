//! A reader of what `Debug` writes: strings and words, each with the name of its
//! field.

use std::ops::Range;

use crate::redact::text::part;

/// A string or word of a `Debug` output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Its place, of a string without its quotation marks.
    pub(super) span: Range<usize>,
    /// The place of the name of the field or key that it belongs to, if it has one.
    pub(super) name: Option<Range<usize>>,
    pub(super) is_string: bool,
}

/// Returns whether a text looks like the `Debug` output of something with parts.
pub(super) fn is_debug(text: &str) -> bool {
    let rest = text
        .trim_start_matches(|char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | ':'));
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    match rest.as_bytes().first() {
        Some(b'{' | b'(') => true,
        Some(b'[' | b'"') => rest.len() == text.len(),
        _ => false,
    }
}

/// Returns the parts of a `Debug` output, in order. A text that is none gives parts,
/// too, but nothing more than words and strings.
pub(super) fn parts(text: &str) -> Vec<Part> {
    let mut reader = Reader {
        text: text.as_bytes(),
        at: 0,
        name: None,
        around: Vec::new(),
        parts: Vec::new(),
    };
    while let Some(&byte) = reader.text.get(reader.at) {
        reader.step(byte);
    }
    reader.parts
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    name: Option<Range<usize>>,
    /// For each open bracket, whether it is a brace, and the name of what it belongs
    /// to.
    around: Vec<(bool, Option<Range<usize>>)>,
    parts: Vec<Part>,
}

impl Reader<'_> {
    fn step(&mut self, byte: u8) {
        match byte {
            b'{' | b'[' | b'(' => {
                self.around.push((byte == b'{', self.name.clone()));
                self.at += 1;
            }
            b'}' | b']' | b')' => {
                self.around.pop();
                self.outer_name();
                self.at += 1;
            }
            b',' => {
                self.outer_name();
                self.at += 1;
            }
            b'"' => self.string(),
            byte if byte.is_ascii_whitespace() => self.at += 1,
            _ => self.word(),
        }
    }

    fn outer_name(&mut self) {
        self.name = self.around.last().and_then(|(_, name)| name.clone());
    }

    fn string(&mut self) {
        let start = self.at + 1;
        let mut end = start;
        while let Some(&byte) = self.text.get(end) {
            match byte {
                b'"' => break,
                b'\\' => end += 2,
                _ => end += 1,
            }
        }
        let end = end.min(self.text.len());
        self.at = (end + 1).min(self.text.len());
        self.part(start..end, true);
    }

    /// Reads a word, up to the next comma, bracket or line end.
    fn word(&mut self) {
        let start = self.at;
        let rest = part(self.text, start..);
        let name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'#');
        let len = rest.iter().take_while(|byte| name(byte)).count();
        let in_braces = self.around.last().is_some_and(|(braces, _)| *braces);
        let begins = rest
            .first()
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
        if begins && in_braces && self.is_colon(start + len) {
            self.name = Some(start..start + len);
            self.at = self.after_colon(start + len);
            return;
        }
        let stop = |byte: &u8| b",{}[]()\"\n".contains(byte);
        let len = rest.iter().take_while(|byte| !stop(byte)).count();
        let end = start + len;
        let next = self.text.get(end);
        self.at = end.max(start + 1);
        // The name of a type or variant.
        if matches!(next, Some(b'{' | b'(' | b'[' | b'"')) {
            return;
        }
        let word = part(self.text, start..end);
        let blanks = word.len() - word.trim_ascii_end().len();
        self.part(start..end - blanks, false);
    }

    /// Adds a part, or takes it as the name of what follows.
    fn part(&mut self, span: Range<usize>, is_string: bool) {
        if is_string && self.is_colon(self.at) {
            self.name = Some(span);
            self.at = self.after_colon(self.at);
            return;
        }
        self.parts.push(Part {
            span,
            name: self.name.clone(),
            is_string,
        });
    }

    /// Returns whether a single colon follows.
    fn is_colon(&self, at: usize) -> bool {
        let rest = part(self.text, at..).trim_ascii_start();
        rest.first() == Some(&b':') && rest.get(1) != Some(&b':')
    }

    fn after_colon(&self, at: usize) -> usize {
        let rest = part(self.text, at..);
        at + rest.len() - rest.trim_ascii_start().len() + 1
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        assert!(is_debug(text), "{text}");
        let get = |range: Range<usize>| text[range].to_owned();
        let parts = parts(text).into_iter();
        parts
            .map(|part| (part.name.map(get).unwrap_or_default(), get(part.span)))
            .collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[derive(Debug)]
    #[expect(dead_code, reason = "read by `Debug` alone")]
    struct Login<'a> {
        user: &'a str,
        password: Option<Token<'a>>,
        codes: Vec<u8>,
        pair: (&'a str, u16),
        none: Option<u8>,
        more: BTreeMap<&'a str, &'a str>,
    }

    #[derive(Debug)]
    #[expect(dead_code, reason = "read by `Debug` alone")]
    struct Token<'a>(&'a str);

    #[test]
    fn parts_have_the_names_of_their_fields() {
        let login = Login {
            user: "ann",
            password: Some(Token("say \"x\", {y}: z")),
            codes: vec![1, 20],
            pair: ("a", 2),
            none: None,
            more: BTreeMap::from([("key: k", "v,")]),
        };
        let expected = pairs(&[
            ("user", "ann"),
            ("password", r#"say \"x\", {y}: z"#),
            ("codes", "1"),
            ("codes", "20"),
            ("pair", "a"),
            ("pair", "2"),
            ("none", "None"),
            ("key: k", "v,"),
        ]);
        assert_eq!(read(&format!("{login:?}")), expected);
        assert_eq!(read(&format!("{login:#?}")), expected);
        assert_eq!(read(&format!("{:?}", Some(Some("x")))), pairs(&[("", "x")]));
        assert_eq!(read(&format!("{:?}", "x")), pairs(&[("", "x")]));
        assert_eq!(
            read(&format!("{:?}", ("x", 1))),
            pairs(&[("", "x"), ("", "1")])
        );
    }

    #[test]
    fn other_text_is_none() {
        for text in ["", "https://a/b", "a b", "12:30", "x=[1]", "a [1]", "é{"] {
            assert!(!is_debug(text), "{text}");
        }
    }

    #[test]
    fn any_text_is_read_to_its_end() {
        for text in [
            "{",
            "}}",
            "\"",
            "\"\\",
            "a: b",
            "{a:",
            "{:}",
            "[,,]",
            "é",
            "{é: \"é",
        ] {
            for part in parts(text) {
                assert!(text.get(part.span).is_some(), "{text}");
            }
        }
    }
}
