//! Translation of Go's regular expressions to the syntax of this crate's engine.
//!
//! Both descend from RE2 and agree on how a match is chosen. They differ in the
//! meaning of escapes, classes and braces, so every literal is written anew.
//! Expressions match bytes, except where they name a character beyond ASCII.

use std::fmt::Write as _;

use crate::redact::custom::rule_set::pattern::PatternError;

/// The greatest length of an expression in bytes.
const WRITTEN: usize = 32 << 10;
/// The characters of `\s`, which has no vertical tab in Go.
const SPACE: &str = r"\t\n\x0c\r\x20";
const POSIX: &[&str] = &[
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// Translates a Go expression.
pub(super) fn translate(go: &str) -> Result<String, PatternError> {
    if go.len() > WRITTEN {
        return Err(PatternError {
            what: "is longer than 32768 bytes",
            at: None,
        });
    }
    let mut reader = Reader {
        go,
        at: 0,
        out: String::with_capacity(2 * go.len()),
    };
    while let Some(letter) = reader.next() {
        reader.element(letter)?;
    }
    Ok(reader.out)
}

struct Reader<'g> {
    go: &'g str,
    at: usize,
    out: String,
}

/// A member of a bracketed class.
enum Member {
    Perl(char),
    Posix(String),
    Range(char, char),
    Unicode(String),
}

type Read<T> = Result<T, PatternError>;

impl<'g> Reader<'g> {
    fn rest(&self) -> &'g str {
        self.go.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += letter.len_utf8();
        Some(letter)
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Reads up to `end` and past it.
    fn until(&mut self, end: &str) -> Option<&'g str> {
        let (text, _) = self.rest().split_once(end)?;
        self.at += text.len() + end.len();
        Some(text)
    }

    /// Returns an error at the byte `start`.
    fn refuse<T>(start: usize, what: &'static str) -> Read<T> {
        let at = Some(start);
        Err(PatternError { what, at })
    }

    fn literal(&mut self, letter: char) {
        if letter.is_ascii_alphanumeric() {
            self.out.push(letter);
        } else if letter.is_ascii() {
            escaped(&mut self.out, letter);
        } else {
            self.out.push_str("(?u:");
            escaped(&mut self.out, letter);
            self.out.push(')');
        }
    }

    fn element(&mut self, letter: char) -> Read<()> {
        let start = self.at - letter.len_utf8();
        match letter {
            '\\' => return self.escape(start),
            '[' => return self.class(start),
            '(' => return self.group(start),
            '{' => match repetition(self.rest()) {
                Some(len) => {
                    let text = self.rest().get(..len).unwrap_or_default();
                    self.at += len;
                    self.out.push('{');
                    self.out.push_str(text);
                }
                None => self.literal('{'),
            },
            '.' | '^' | '$' | '|' | ')' | '*' | '+' | '?' => self.out.push(letter),
            _ => self.literal(letter),
        }
        Ok(())
    }

    fn group(&mut self, start: usize) -> Read<()> {
        self.out.push('(');
        if !self.eat("?") {
            return Ok(());
        }
        if self.eat("P<") || (self.rest().starts_with('<') && !is_look_behind(self.rest())) {
            self.eat("<");
            let named = |name: &str| {
                !name.is_empty() && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
            };
            // Groups are identified by number, so their names are not kept.
            return match self.until(">") {
                Some(name) if named(name) => Ok(()),
                _ => Self::refuse(start, "has a form of group name that Go does not support"),
            };
        }
        self.out.push('?');
        while let Some(flag) = self.next() {
            match flag {
                'i' | 'm' | 's' | 'U' | '-' => self.out.push(flag),
                ':' | ')' => {
                    self.out.push(flag);
                    return Ok(());
                }
                _ => break,
            }
        }
        Self::refuse(start, "has look-around or a flag that Go does not support")
    }

    fn escape(&mut self, start: usize) -> Read<()> {
        match self.peek() {
            Some(letter @ ('A' | 'z' | 'b' | 'B' | 'd' | 'D' | 'w' | 'W')) => {
                self.next();
                self.out.push('\\');
                self.out.push(letter);
            }
            Some(letter @ ('s' | 'S')) => {
                self.next();
                let not = if letter == 'S' { "^" } else { "" };
                let _ = write!(self.out, "[{not}{SPACE}]");
            }
            Some('Q') => {
                self.next();
                let text = match self.until(r"\E") {
                    Some(text) => text,
                    None => {
                        let text = self.rest();
                        self.at = self.go.len();
                        text
                    }
                };
                text.chars().for_each(|letter| self.literal(letter));
            }
            Some('p' | 'P') => {
                let name = self.unicode(start)?;
                let _ = write!(self.out, "(?u:{name})");
            }
            _ => {
                let letter = self.character(start)?;
                self.literal(letter);
            }
        }
        Ok(())
    }

    /// Reads the Unicode class after a backslash.
    fn unicode(&mut self, start: usize) -> Read<String> {
        let negated = self.next() == Some('P');
        let name = if self.eat("{") {
            self.until("}")
        } else {
            let rest = self.rest();
            let one = self.next();
            one.and_then(|letter| rest.get(..letter.len_utf8()))
        };
        let name = name.unwrap_or_default();
        let plain = name.strip_prefix('^').unwrap_or(name);
        if plain.is_empty() || !plain.chars().all(|c| c == '_' || c.is_ascii_alphanumeric()) {
            return Self::refuse(start, "has a character class that Go does not support");
        }
        let letter = if negated == (plain.len() == name.len()) {
            'P'
        } else {
            'p'
        };
        Ok(format!(r"\{letter}{{{plain}}}"))
    }

    /// Reads the character after a backslash.
    fn character(&mut self, start: usize) -> Read<char> {
        let unknown = "has an escape that Go does not support, such as a back-reference";
        let Some(letter) = self.next() else {
            return Self::refuse(start, "ends in a backslash");
        };
        let code = match letter {
            'a' => 7,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            '0'..='7' => {
                if letter != '0' && !self.peek().is_some_and(|next| next.is_digit(8)) {
                    return Self::refuse(start, unknown);
                }
                let mut code = letter.to_digit(8).unwrap_or_default();
                for _ in 0..2 {
                    let Some(digit) = self.peek().and_then(|next| next.to_digit(8)) else {
                        break;
                    };
                    self.next();
                    code = code * 8 + digit;
                }
                code
            }
            'x' => {
                let digits = if self.eat("{") {
                    self.until("}")
                } else {
                    let digits = self.rest().get(..2);
                    self.at += digits.map_or(0, str::len);
                    digits
                };
                let digits = digits.unwrap_or_default();
                let hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                match u32::from_str_radix(digits, 16) {
                    Ok(code) if hex => code,
                    _ => return Self::refuse(start, unknown),
                }
            }
            _ if letter.is_ascii() && !letter.is_ascii_alphanumeric() => return Ok(letter),
            _ => return Self::refuse(start, unknown),
        };
        match char::from_u32(code) {
            Some(letter) => Ok(letter),
            None => Self::refuse(start, unknown),
        }
    }

    fn class(&mut self, start: usize) -> Read<()> {
        let negated = self.eat("^");
        let mut members = Vec::new();
        loop {
            if !members.is_empty() && self.eat("]") {
                break;
            }
            if self.peek().is_none() {
                return Self::refuse(start, "has an unclosed class");
            }
            members.push(self.member()?);
        }
        let beyond = members.iter().any(|member| match member {
            Member::Range(_, high) => !high.is_ascii(),
            Member::Unicode(_) => true,
            Member::Perl(_) | Member::Posix(_) => false,
        });
        self.out.push_str(if beyond { "(?u:[" } else { "[" });
        self.out.push_str(if negated { "^" } else { "" });
        for member in &members {
            match member {
                Member::Perl('d') => self.out.push_str("0-9"),
                Member::Perl('w') => self.out.push_str("0-9A-Za-z_"),
                Member::Perl('s') => self.out.push_str(SPACE),
                Member::Perl('D') => self.out.push_str("[^0-9]"),
                Member::Perl('W') => self.out.push_str("[^0-9A-Za-z_]"),
                Member::Perl(_) => {
                    let _ = write!(self.out, "[^{SPACE}]");
                }
                Member::Posix(name) | Member::Unicode(name) => self.out.push_str(name),
                Member::Range(low, high) => {
                    escaped(&mut self.out, *low);
                    if low != high {
                        self.out.push('-');
                        escaped(&mut self.out, *high);
                    }
                }
            }
        }
        self.out.push_str(if beyond { "])" } else { "]" });
        Ok(())
    }

    fn member(&mut self) -> Read<Member> {
        let start = self.at;
        if self.rest().starts_with("[:") && self.rest().contains(":]") {
            self.eat("[:");
            let name = self.until(":]").unwrap_or_default();
            if !POSIX.contains(&name.strip_prefix('^').unwrap_or(name)) {
                return Self::refuse(start, "has a character class that Go does not support");
            }
            return Ok(Member::Posix(format!("[:{name}:]")));
        }
        if let Some(name) = self
            .rest()
            .strip_prefix('\\')
            .and_then(|rest| rest.chars().next())
        {
            match name {
                'd' | 'D' | 's' | 'S' | 'w' | 'W' => {
                    self.at += 2;
                    return Ok(Member::Perl(name));
                }
                'p' | 'P' => {
                    self.at += 1;
                    return Ok(Member::Unicode(self.unicode(start)?));
                }
                _ => {}
            }
        }
        let low = self.bound()?;
        let rest = self.rest();
        if !rest.starts_with('-') || rest.starts_with("-]") || rest.len() == 1 {
            return Ok(Member::Range(low, low));
        }
        self.eat("-");
        let high = self.bound()?;
        if high < low {
            return Self::refuse(start, "has a reversed character range");
        }
        Ok(Member::Range(low, high))
    }

    /// Reads one end of a range.
    fn bound(&mut self) -> Read<char> {
        let start = self.at;
        match self.next() {
            Some('\\') => self.character(start),
            Some(letter) => Ok(letter),
            None => Self::refuse(start, "has an unclosed class"),
        }
    }
}

fn is_look_behind(rest: &str) -> bool {
    rest.starts_with("<=") || rest.starts_with("<!")
}

/// Returns the length of a counted repetition after its brace. Other braces are
/// literal.
fn repetition(rest: &str) -> Option<usize> {
    let (text, _) = rest.split_once('}')?;
    let (low, high) = text.split_once(',').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (!low.is_empty() && digits(low) && digits(high)).then(|| text.len() + 1)
}

fn escaped(out: &mut String, letter: char) {
    let code = u32::from(letter);
    let _ = match letter.is_ascii() {
        true => write!(out, r"\x{code:02x}"),
        false => write!(out, r"\x{{{code:x}}}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::custom::rule_set::pattern;

    type Found = Option<(usize, usize)>;

    /// Returns the first match of a Go pattern.
    fn found(go: &str, text: &[u8]) -> Found {
        let hir = pattern::parse_text(&translate(go).unwrap()).unwrap();
        let pattern = pattern::Pattern::of(&hir, &[], None, 100).unwrap();
        pattern.first(text, 0, text.len())
    }

    #[test]
    fn what_differs_means_what_it_means_in_go() {
        let table: &[(&str, &str, Found)] = &[
            (r"a\-\_\/\'\!\#\ \<\>\@\:b", "a-_/'!# <>@:b", Some((0, 13))),
            (r"\$\{\d{2}}", "${12}", Some((0, 5))),
            ("^\\${a}x{,2}{", "${a}x{,2}{", Some((0, 10))),
            ("a{2}b{1,}c{1,2}", "aabbcc", Some((0, 6))),
            (r"\Qa.b*\E+", "a.b**", Some((0, 5))),
            (r"\Q(x", "y(x", Some((1, 3))),
            (r"[[:alnum:]_]+[[:^space:]]", " a_1-", Some((1, 5))),
            (r"[\w.-/]+", "a./", Some((0, 3))),
            (r"[\w-.]+", " a-.", Some((1, 4))),
            (r"[]a]+", "[a]", Some((1, 3))),
            (r"[^]a]", "]ab", Some((2, 3))),
            (r"[a[b&&c~~-]+", "x[&~-c", Some((1, 6))),
            (r"[+--]{3}", ".,+-", Some((1, 4))),
            (r"x\s", "x\u{b}", None),
            (r"[\s]", "\u{b} ", Some((1, 2))),
            (r"\S", " \u{b}", Some((1, 2))),
            (r"[[:space:]]", "\u{b}", Some((0, 1))),
            (r"\x41\x{42}\101\x7E", "ABA~", Some((0, 4))),
            (r"\xe9", "é", Some((0, 2))),
            (r"é+[à-ü]", "xééü", Some((1, 7))),
            (r"(?i)é", "É", Some((0, 2))),
            (r"\pL\p{Greek}\P{Lu}\p{^Nd}", "éλaa", Some((0, 6))),
            (r"[\p{Cyrillic}_]{2}", "aж_", Some((1, 4))),
            (r"\w", "é", None),
            (r"(?P<1st>a)(?<b>b)", "ab", Some((0, 2))),
            (r"a(?i)b|c", "C", Some((0, 1))),
            (r"(a(?i:b)|c)", "aB", Some((0, 2))),
            (r"(?s)a.b", "a\nb", Some((0, 3))),
            (r"a$", "a\nb", None),
            (r"(?m)a$", "a\nb", Some((0, 1))),
            (r"\Aa\z", "a", Some((0, 1))),
            (r"a+?b??", "aab", Some((0, 1))),
            (r"(?U)a+", "aa", Some((0, 1))),
            (r"\t\n\r\f\v\a\00", "\t\n\r\u{c}\u{b}\u{7}\0", Some((0, 7))),
            (r"\D[\D]", "1é", Some((1, 3))),
            (r"# x", "# x", Some((0, 3))),
        ];
        for (go, text, expected) in table {
            assert_eq!(found(go, text.as_bytes()), *expected, "{go} in {text}");
        }
        assert_eq!(found(r"[^a]\W", b"\xff\xfe"), Some((0, 2)));
    }

    #[test]
    fn what_go_refuses_is_refused_at_its_byte() {
        let table = [
            ("ab(?=c)", 2, "look-around"),
            ("(?<!a)b", 0, "look-around"),
            ("(?x)a", 0, "flag"),
            ("(?P<a-b>c)", 0, "group name"),
            ("(?<>c)", 0, "group name"),
            (r"(a)\1", 3, "back-reference"),
            (r"a\Z", 1, "escape"),
            (r"a\q", 1, "escape"),
            (r"a\xg0", 1, "escape"),
            (r"a\x{+1}", 1, "escape"),
            (r"a\x{d800}", 1, "escape"),
            (r"a\é", 1, "escape"),
            (r"a\", 1, "backslash"),
            ("a[b", 1, "unclosed"),
            ("[", 0, "unclosed"),
            ("[]", 0, "unclosed"),
            ("[b-a]", 1, "reversed"),
            (r"[a-\d]", 3, "escape"),
            ("[[:foo:]]", 1, "does not support"),
            (r"\p{", 0, "does not support"),
            (r"\p", 0, "does not support"),
        ];
        for (go, at, what) in table {
            let error = translate(go).unwrap_err();
            assert!(error.what.contains(what), "{go}: {}", error.what);
            assert_eq!(error.at, Some(at), "{go}");
        }
        assert!(translate(&"a".repeat(WRITTEN + 1)).is_err());
    }
}
