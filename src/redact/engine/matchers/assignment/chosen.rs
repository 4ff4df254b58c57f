//! Passwords that people choose: words, possibly with digits and punctuation.
//!
//! They look like labels and names, so the place decides: a settings line, a
//! connection string, an element, a comparison or a sentence.

use super::Assignment;
use super::name::Meaning;
use super::operator::Operator;
use crate::redact::engine::judge;
use crate::redact::engine::tables::words::WordSet;
use crate::redact::text::{ALNUM, SPACE, Text, UPPER, class};

/// The composition of a chosen password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Make {
    /// Letters with punctuation between them: `lemon$tree`.
    Marked,
    /// Letters with digits.
    Mixed,
    /// Only lower-case letters, in one word or several joined words.
    Words,
    /// A well-known password: `letmein`, `admin123`.
    Known,
    /// `mypassword` and similar values.
    Mine,
}

/// Words of well-known passwords.
static KNOWN: WordSet = WordSet::new(&[
    b"azerty",
    b"dragon",
    b"hello",
    b"letmein",
    b"logmein",
    b"master",
    b"monkey",
    b"open",
    b"opensesame",
    b"qwerty",
    b"sesame",
    b"welcome",
]);

/// Words that stand in place of an omitted password, or for its type.
static ASIDE: WordSet = WordSet::new(&[
    b"any",
    b"array",
    b"ask",
    b"auto",
    b"bool",
    b"boolean",
    b"bytea",
    b"bytes",
    b"char",
    b"credential",
    b"deny",
    b"disabled",
    b"echo",
    b"email",
    b"empty",
    b"enabled",
    b"encrypted",
    b"false",
    b"forbid",
    b"generated",
    b"hashed",
    b"ignore",
    b"integer",
    b"interface",
    b"keyring",
    b"manual",
    b"never",
    b"nodejs",
    b"none",
    b"null",
    b"number",
    b"object",
    b"optional",
    b"plain",
    b"prompt",
    b"required",
    b"scram",
    b"self",
    b"static",
    b"std",
    b"string",
    b"super",
    b"tostring",
    b"true",
    b"undefined",
    b"unknown",
    b"unset",
    b"usize",
    b"varchar",
    b"warn",
    b"allow",
]);

/// Members and settings that stand near a password.
const BESIDE: &[&[u8]] = &[
    b"user",
    b"uid",
    b"login",
    b"host",
    b"server",
    b"source",
    b"database",
    b"dbname",
    b"catalog",
    b"driver",
    b"email",
];

/// How far before and after an assignment such a member is searched.
const NEAR: usize = 160;

impl Assignment {
    /// Returns whether the value is a password that a person chose.
    #[inline(never)]
    pub(super) fn is_chosen(&self, text: &Text<'_>, value: &[u8]) -> bool {
        let name = text.slice(self.name.start, self.name.end);
        let word = text.slice(self.name.word.0, self.name.word.1);
        // In Italian and Romanian, it means any word, and a key in Spanish.
        let is_word = word.eq_ignore_ascii_case(b"parola") || word.eq_ignore_ascii_case(b"clave");
        let chosen = self.may_be_chosen() && !is_word;
        let make = chosen.then(|| make(value)).flatten();
        make.is_some_and(|make| !judge::is_for_show(name) && self.is_place_of(make, text))
    }

    /// Returns whether the name denotes something that people choose.
    pub(super) fn may_be_chosen(&self) -> bool {
        let named = match self.name.meaning {
            Meaning::Password => true,
            Meaning::Secret => self.value.quoted,
            _ => false,
        };
        named && self.name.end == self.name.word.1 && !self.value.wrapped
    }

    /// Returns whether passwords of this composition are written at this place.
    fn is_place_of(&self, make: Make, text: &Text<'_>) -> bool {
        if self.name.meaning == Meaning::Secret {
            let secret = self.name.word.1 - self.name.word.0 == b"secret".len();
            return secret && (make == Make::Marked || self.is_comparison(text));
        }
        let mixed = matches!(make, Make::Mixed | Make::Marked);
        match (self.operator, make) {
            (Operator::Assign, _) if !self.value.quoted => {
                self.is_in_connection(text)
                    || self.is_setting(make, text)
                    || self.is_in_environment(make, text)
            }
            // Programs that test a password contain well-known ones.
            (Operator::Compared, _) => true,
            (Operator::Assign, _) if self.is_comparison(text) => true,
            (Operator::Tag | Operator::Paired, _) => make != Make::Mine,
            (Operator::Is, _) => self.value.quoted && self.is_stated(text),
            (Operator::Space, _) => {
                self.line(text).is_some_and(|line| line.declared) || self.is_login(text)
            }
            (Operator::Argument, _) => make != Make::Mine && self.is_defined(text),
            (_, Make::Known | Make::Mine) => false,
            (Operator::Assign, _) => mixed || self.has_beside(text, b"=:"),
            (Operator::Flag, _) => mixed,
        }
    }

    /// Returns whether the password follows a user as in `.netrc`, or is one of an
    /// account in SQL.
    fn is_login(&self, text: &Text<'_>) -> bool {
        let line = text.seen_back(self.name.start, NEAR, |byte| byte == b'\n');
        let name = text.slice(self.name.start, self.name.end);
        let account = self.value.quoted && name.len() == b"by".len();
        let is_user = |piece: &[u8]| judge::contains(piece, b"login ");
        let netrc = |piece: &[u8]| judge::contains(piece, b"machine ") && is_user(piece);
        account
            || name == b"password"
                && (line.any(is_user)
                    || text.seen_back(self.name.start, NEAR, |_| false).any(netrc))
    }

    /// Returns whether a sentence states the password. `pass to` may be a verb.
    fn is_stated(&self, text: &Text<'_>) -> bool {
        let sign = text.slice(self.name.end, self.value.start);
        !self.name.callable || judge::contains(sign, b" is ")
    }

    /// Returns whether the name is that of a constant defined in PHP.
    fn is_defined(&self, text: &Text<'_>) -> bool {
        let before = text.slice(self.name.start.saturating_sub(16), self.name.start);
        before
            .strip_suffix(b"'")
            .or_else(|| before.strip_suffix(b"\""))
            .is_some_and(|before| before.trim_ascii_end().ends_with(b"define("))
    }

    /// Returns whether the value is compared with the name.
    fn is_comparison(&self, text: &Text<'_>) -> bool {
        let sign = text.slice(self.name.end, self.value.start);
        let twice = |pair: &[u8]| matches!(pair, b"==" | b"!=");
        self.operator == Operator::Compared || sign.windows(2).any(twice)
    }

    /// Returns whether the assignment is part of a connection string: no blank
    /// follows the operator, and other parts of such a string are nearby.
    fn is_in_connection(&self, text: &Text<'_>) -> bool {
        let sign = text.slice(self.name.end, self.value.start);
        let ends = matches!(
            text.at(self.value.end),
            None | Some(b';' | b'&' | b' ' | b'"' | b'\'' | b'\n' | b'\r' | b'<' | b'\\')
        );
        let before = text.before(self.name.start);
        let joins = matches!(before, Some(b';' | b'&' | b'?' | b' ' | b'"'))
            || text.at(self.value.end) == Some(b';');
        // Where variables begin with a sigil, a bare word is not a variable.
        let sign = if before == Some(b'$') {
            sign.trim_ascii()
        } else {
            sign.trim_ascii_start()
        };
        sign == b"=" && ends && joins && self.has_beside(text, b"=")
    }

    /// Returns whether the assignment is a variable of an environment in quotes or
    /// after a flag: `- "REDIS_PASSWORD=x"`, `-e REDIS_PASSWORD=x`.
    fn is_in_environment(&self, make: Make, text: &Text<'_>) -> bool {
        let name = text.slice(self.name.start, self.name.end);
        let capitals = !name.iter().any(u8::is_ascii_lowercase);
        let sign = text.slice(self.name.end, self.value.start) == b"=";
        let before = text.slice(self.name.start.saturating_sub(12), self.name.start);
        let flag = [&b" -e "[..], b"--env ", b"--env=", b" -e"]
            .iter()
            .any(|flag| before.ends_with(flag));
        let mark = before.last().filter(|mark| matches!(mark, b'"' | b'\''));
        let quoted = mark.is_some() && text.at(self.value.end) == mark.copied();
        capitals && sign && (flag || quoted) && make != Make::Mine
    }

    /// Returns whether a user, a host or a database is assigned near the password.
    fn has_beside(&self, text: &Text<'_>, signs: &[u8]) -> bool {
        let before = text.seen_back(self.name.start, NEAR, |_| false);
        let behind = text.run_of(self.value.end, NEAR, |byte| byte != b'\n' && byte != b'\r');
        before.any(|piece| is_assigned(piece, signs))
            || is_assigned(text.slice(self.value.end, behind), signs)
    }

    /// Returns the settings line that consists of only this assignment.
    fn line(&self, text: &Text<'_>) -> Option<Line> {
        let mut start = text.run_back(self.name.start, 32, SPACE);
        let indented = start < self.name.start;
        let leads = [
            &b"ENV"[..],
            b"ARG",
            b"export",
            b"set",
            b"#",
            b"//",
            b";",
            b"-",
            b"+",
        ];
        let lead = leads.iter().position(|lead| {
            (indented || matches!(*lead, b"+" | b"-")) && text.slice(0, start).ends_with(lead)
        });
        if let Some(lead) = lead.and_then(|lead| leads.get(lead)) {
            start = text.run_back(start - lead.len(), 32, SPACE);
            // The prompt of a shell, or what it prints before a command.
            let marks = text.run_back_of(start, 3, |byte| matches!(byte, b'$' | b'+'));
            start = text.run_back(marks, 32, SPACE);
        }
        let end = text.run(self.value.end, 32, SPACE);
        let ends = match text.at(end) {
            None | Some(b'\n' | b'\r') => true,
            Some(b'#') => end > self.value.end,
            _ => false,
        };
        let begins = matches!(text.before(start), None | Some(b'\n' | b'\r'));
        (begins && ends).then_some(Line {
            start,
            indented,
            declared: matches!(lead, Some(0 | 1)),
        })
    }

    /// Returns whether the value belongs to a setting and is not the name of a
    /// variable.
    fn is_setting(&self, make: Make, text: &Text<'_>) -> bool {
        let Some(line) = self.line(text) else {
            return false;
        };
        let name = text.slice(self.name.start, self.name.end);
        let capitals = !name.iter().any(u8::is_ascii_lowercase);
        let at_margin = !line.indented;
        match (text.slice(self.name.end, self.value.start), make) {
            (_, Make::Mixed | Make::Marked) => true,
            (b"=", _) => capitals || at_margin,
            (_, Make::Mine) => false,
            (b": ", _) => !follows_code(text, line.start),
            _ => at_margin && self.has_beside(text, b"="),
        }
    }
}

/// A settings line.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    /// Whether something precedes the name.
    indented: bool,
    /// Whether the line declares a variable of a container.
    declared: bool,
}

/// Returns whether the previous line belongs to a program: it ends with a bracket, a
/// comma or a semicolon.
fn follows_code(text: &Text<'_>, line: usize) -> bool {
    let before = text.slice(line.saturating_sub(64).max(text.floor()), line);
    matches!(
        before.trim_ascii_end().last(),
        Some(b'{' | b'(' | b'[' | b',' | b';' | b'}' | b')' | b']')
    )
}

/// Returns whether one of the members in [`BESIDE`] is assigned in `part`.
fn is_assigned(part: &[u8], signs: &[u8]) -> bool {
    let mut places = part.iter().enumerate();
    places.any(|(at, sign)| {
        if !signs.contains(sign) {
            return false;
        }
        let name = part.get(..at).unwrap_or_default().trim_ascii_end();
        let name = name
            .strip_suffix(b"\"")
            .or_else(|| name.strip_suffix(b"'"))
            .unwrap_or(name);
        let start = name.len()
            - name
                .iter()
                .rev()
                .take_while(|byte| class(**byte) & ALNUM != 0 || **byte == b'_')
                .count();
        let word = name.get(start..).unwrap_or_default();
        BESIDE.iter().any(|beside| judge::contains(word, beside))
    })
}

/// Returns the composition of a password. Returns `None` if nobody would choose it,
/// or if it is a stock word.
fn make(value: &[u8]) -> Option<Make> {
    if !(5..=40).contains(&value.len()) {
        return None;
    }
    let count = |is: fn(&u8) -> bool| value.iter().filter(|byte| is(byte)).count();
    let letters = count(u8::is_ascii_alphabetic);
    let digits = count(u8::is_ascii_digit);
    let marks = count(is_mark);
    let joints = count(|byte| matches!(byte, b'_' | b'-'));
    let starts = value.first().is_some_and(|byte| class(*byte) & ALNUM != 0);
    if is_phrase(value) {
        return Some(Make::Marked);
    }
    if letters < 3
        || letters + digits + marks + joints != value.len()
        || !starts
        || judge::is_dummy(value)
    {
        return None;
    }
    let mut parts = value.split(|byte| class(*byte) & ALNUM == 0 || byte.is_ascii_digit());
    if parts.all(|word| word.is_empty() || KNOWN.contains(word)) {
        return Some(Make::Known);
    }
    if joints + digits + marks == 0 && judge::contains(value, b"mypass") {
        return Some(Make::Mine);
    }
    if judge::is_stock(value) {
        return (digits > 0 && marks == 0).then_some(Make::Known);
    }
    let inside = value.get(1..value.len() - 1).unwrap_or_default();
    if inside.iter().any(is_mark) {
        return Some(Make::Marked);
    }
    if digits > 0 {
        return (value.len() >= 6).then_some(Make::Mixed);
    }
    let capitals = value.iter().any(|byte| class(*byte) & UPPER != 0);
    let aside = value
        .split(|byte| matches!(byte, b'_' | b'-'))
        .any(|word| ASIDE.contains(word) || is_name_of_secret(word));
    (!capitals && marks == 0 && !aside).then_some(Make::Words)
}

/// Returns whether a value is a passphrase of several words with a digit or a hyphen
/// between them: `lemon-72-tree`.
fn is_phrase(value: &[u8]) -> bool {
    let mut words = value.split(|byte| *byte == b'-');
    let is_part = |word: &[u8]| {
        word.len() >= 2
            && (word.iter().all(u8::is_ascii_alphabetic) || word.iter().all(u8::is_ascii_digit))
    };
    let count = words.clone().count();
    count >= 3
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_lowercase)
        && words.all(is_part)
        && !judge::is_dummy(value)
        && !judge::is_stock(value)
}

fn is_mark(byte: &u8) -> bool {
    b"!@#$%^&*+?~".contains(byte)
}

/// Returns whether a word denotes a password instead of being one.
fn is_name_of_secret(word: &[u8]) -> bool {
    [
        &b"pass"[..],
        b"secret",
        b"pwd",
        b"token",
        b"cred",
        b"hash",
        b"kennwort",
        b"wachtwoord",
    ]
    .iter()
    .any(|name| judge::contains(word, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_told_by_what_they_are_made_of() {
        for (value, found) in [
            ("lemon$tree", Some(Make::Marked)),
            ("lemontree9", Some(Make::Mixed)),
            ("Harvest2!", Some(Make::Mixed)),
            ("lemontree", Some(Make::Words)),
            ("lemon_tree", Some(Make::Words)),
            ("open-sesame", Some(Make::Known)),
            ("qwerty123", Some(Make::Known)),
            ("admin2024", Some(Make::Known)),
            ("thisismypassword", Some(Make::Mine)),
            ("password", None),
            ("user_password", None),
            ("string", None),
            ("LemonTree", None),
            ("your-password-here", None),
            ("$lemontree", None),
            ("lemon tree", None),
            ("lemon.tree", None),
            ("plum", None),
        ] {
            assert_eq!(make(value.as_bytes()), found, "{value}");
        }
    }

    #[test]
    fn members_beside_a_password_are_assigned() {
        for part in ["user=jo;", "{\"host\": \"db\", ", "DB_USER = jo\n"] {
            assert!(is_assigned(part.as_bytes(), b"=:"), "{part}");
        }
        for part in ["the user gets ", "users of x=1 ", "timeout = 3\n", "="] {
            assert!(!is_assigned(part.as_bytes(), b"=:"), "{part}");
        }
    }
}
