//! Values without quotation marks: on a settings line, and inside other text.

use memchr::memchr;

use super::{Extent, MOST};
use crate::redact::text::{ALNUM, NAME, SPACE, Text, class};

/// How much of a line before a name is read, in bytes.
const MOST_BEFORE: usize = 128;

/// The sort of line that begins with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::redact::engine) enum Setting {
    /// The value is the rest of the line, except a comment.
    Line,
    /// The value is one word of a command.
    Word,
}

/// Returns which sort of line begins with the name at `start`, if any.
pub(in crate::redact::engine) fn setting(text: &Text<'_>, start: usize) -> Option<Setting> {
    // A NUL ends a variable in `/proc/1/environ`.
    let is_break = |at: usize| matches!(text.before(at), None | Some(b'\n' | b'\r' | 0));
    let from = text.run_back(start, 32, SPACE);
    if is_break(from) {
        return Some(Setting::Line);
    }
    // An array as PHP prints it: `[password] => x`.
    if text.before(start) == Some(b'[') && is_break(text.run_back(start - 1, 32, SPACE)) {
        return Some(Setting::Line);
    }
    // A list, a comment, a quotation, or a line of a difference between two files.
    let marks = text.run_back_of(from, 4, |byte| {
        matches!(byte, b'-' | b'+' | b'#' | b'>' | b'*' | b';' | b'/' | b'$')
    });
    if marks < from && is_break(text.run_back(marks, 32, SPACE)) {
        return Some(Setting::Line);
    }
    if from == start {
        return None;
    }
    // The word before the assignment in a command or a file of settings.
    match text.slice(text.run_back(from, 12, NAME), from) {
        b"set" => Some(Setting::Line),
        b"export" | b"setenv" | b"declare" | b"readonly" | b"env" | b"ENV" | b"ARG" | b"-e"
        | b"--env" | b"--build-arg" | b"-x" | b"-D" => Some(Setting::Word),
        _ => None,
    }
}

/// Returns the end of the line on which only blanks or a comment follow `at`.
pub(in crate::redact::engine) fn line_end(text: &Text<'_>, at: usize) -> Option<usize> {
    let end = text.run(at, 32, SPACE);
    match text.at(end) {
        None | Some(b'\n' | b'\r' | 0) => Some(end),
        Some(b'#' | b';') if end > at => Some(end),
        Some(b'/') if end > at && text.at(end + 1) == Some(b'/') => Some(end),
        Some(b'\\') if end > at && matches!(text.at(end + 1), Some(b'\n' | b'\r')) => Some(end),
        _ => None,
    }
}

/// Reads the value without quotation marks at `start`, which belongs to the name at
/// `name`. The value is a word, up to a mark that belongs to the text around it.
#[inline(never)]
pub(in crate::redact::engine) fn bare(
    text: &Text<'_>,
    name: usize,
    start: usize,
) -> Option<Extent> {
    let word = behind_member(text, name, start).unwrap_or_else(|| word(text, start));
    text.read_to(word);
    let word = text.slice(start, word);
    let mut value = word.get(..before_break(word)).unwrap_or_default();
    // Most values have no mark that could close what is open around them.
    let open = value.iter().any(|byte| may_close(*byte));
    let around = open.then(|| Around::of(text, name));
    if let Some(around) = &around {
        value = around.before_line_end(value);
        value = around.before_closing_quote(text, start, value);
    }
    let alone = text.at(name) == Some(b'-') || setting(text, name).is_some();
    if alone {
        if let Some(around) = &around {
            value = around.before_end_of_word(value);
        }
        if is_shell_word(value) {
            return Extent::new(start, start + value.len(), false);
        }
    }
    // After a blank, the value is not one of several in a string.
    if !alone || text.before(start) != Some(b' ') {
        value = value.get(..next_member(value)).unwrap_or_default();
    }
    if alone {
        return Extent::new(start, start + unquoted(value), false);
    }
    if let Some(around) = around {
        value = value.get(..around.end(value)).unwrap_or_default();
    }
    let kept = value
        .iter()
        .rposition(|byte| !matches!(byte, b',' | b';' | b'.' | b':'))
        .map_or(0, |last| last + 1);
    Extent::new(start, start + kept, false)
}

/// Returns whether an escaped end of a line of the literal around the name at `name` is
/// between `start` and `end`.
pub(in crate::redact::engine) fn has_line_end(
    text: &Text<'_>,
    name: usize,
    (start, end): (usize, usize),
) -> bool {
    let value = text.slice(start, end);
    value.contains(&b'\\') && Around::of(text, name).before_line_end(value).len() < value.len()
}

/// Returns the part of `value` before an escaped end of a line or a tabulator. The value
/// stands in a literal whose opening mark has `slashes` backslashes before it, so that an
/// escape in it has one more. Such an escape of a literal further out ends the value too.
pub(in crate::redact::engine) fn before_escaped_line(value: &[u8], slashes: usize) -> &[u8] {
    let unit = slashes + 1;
    let mut at = 0;
    while let Some(run) = value.get(at..).and_then(|rest| memchr(b'\\', rest)) {
        let start = at + run;
        let rest = value.get(start..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| **byte == b'\\').count();
        at = start + count;
        // A backslash of the value itself is doubled by each literal.
        let escape = if count < unit {
            count
        } else if count % (2 * unit) == unit {
            unit
        } else {
            continue;
        };
        if matches!(value.get(at), Some(b'n' | b'r' | b't' | b'0')) {
            return value.get(..at - escape).unwrap_or_default();
        }
    }
    value
}

/// Returns the length of `word` before a tag of HTML that ends a line or a paragraph.
fn before_break(word: &[u8]) -> usize {
    let is_break = |rest: &[u8]| {
        let name = rest.get(1..).unwrap_or_default();
        let name = name.strip_prefix(b"/").unwrap_or(name);
        let tags = [
            &b"br"[..],
            b"p",
            b"div",
            b"li",
            b"td",
            b"tr",
            b"span",
            b"hr",
        ];
        tags.iter().any(|tag| {
            let (head, rest) = name.split_at_checked(tag.len()).unwrap_or_default();
            head.eq_ignore_ascii_case(tag) && matches!(rest, [] | [b'>', ..] | [b'/', b'>', ..])
        })
    };
    let marks = word.iter().enumerate().filter(|(_, byte)| **byte == b'<');
    let mut breaks = marks.filter(|(at, _)| is_break(word.get(*at..).unwrap_or_default()));
    breaks.next().map_or(word.len(), |(at, _)| at)
}

/// Returns whether some parts of `word` are in quotation marks, as a shell allows it.
fn is_shell_word(word: &[u8]) -> bool {
    let mut open = None;
    let mut escaped = false;
    let mut any = false;
    for &byte in word {
        match open {
            _ if escaped => escaped = false,
            Some(b'"') | None if byte == b'\\' => escaped = true,
            Some(mark) if byte == mark => open = None,
            None if matches!(byte, b'"' | b'\'') => (open, any) = (Some(byte), true),
            _ => {}
        }
    }
    any && open.is_none()
}

/// Returns the length of `word` without a quotation mark at its end that closes a
/// literal which began on an earlier line.
fn unquoted(word: &[u8]) -> usize {
    let kept = word
        .iter()
        .rposition(|byte| !matches!(byte, b',' | b';' | b')'))
        .map_or(0, |last| last + 1);
    match word.get(..kept) {
        Some([head @ .., mark @ (b'"' | b'\'')]) if !head.contains(mark) => head.len(),
        _ => word.len(),
    }
}

/// Returns the end of the word at `start`, in which a backslash may precede a blank.
fn word(text: &Text<'_>, start: usize) -> usize {
    let mut at = start;
    loop {
        let most = (start + MOST).saturating_sub(at);
        at = text.run_of(at, most, |byte| byte > b' ' && byte != 127);
        let escaped = text.before(at) == Some(b'\\') && at > start + 1;
        let goes_on = escaped
            && text.at(at) == Some(b' ')
            && text.at(at + 1).is_some_and(|next| class(next) & ALNUM != 0);
        if !goes_on {
            return at;
        }
        at += 1;
    }
}

/// Returns the length of `word` before the next member of a list of assignments:
/// `&name=`, `;name=`, `,name:`.
pub(in crate::redact::engine) fn next_member(word: &[u8]) -> usize {
    let joints = word
        .iter()
        .enumerate()
        .filter(|(_, byte)| matches!(byte, b'&' | b';' | b',' | b'|'));
    for (at, joint) in joints {
        let rest = word.get(at + 1..).unwrap_or_default();
        let rest = rest.strip_prefix(b"amp;").unwrap_or(rest);
        let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
        let name = rest
            .iter()
            .take_while(|byte| class(**byte) & NAME != 0)
            .count();
        let lower = rest
            .iter()
            .take(name)
            .filter(|byte| byte.is_ascii_alphabetic())
            .count();
        let behind = rest.get(name..).unwrap_or_default();
        let assigned = match behind {
            [b'=', ..] => true,
            [b'"', b':', ..] | [b':', ..] => *joint == b',',
            _ => false,
        };
        // No name begins with a digit.
        let named = rest.first().is_some_and(|first| !first.is_ascii_digit());
        // An empty value.
        if at == 0 {
            if assigned && named && name >= 2 && lower == name && matches!(joint, b'&' | b';') {
                return 0;
            }
            continue;
        }
        if assigned && named && name >= 1 && lower * 2 >= name && (name >= 2 || *joint != b'|')
            || rest.is_empty() && *joint == b'&'
        {
            return at;
        }
        if *joint == b'&' && matches!(rest, [b'&', ..]) || matches!(word.get(at..), Some(b"||")) {
            return at;
        }
    }
    word.len()
}

/// How far a value is searched for the next member of a list before it is read as a
/// whole.
const NEAR: usize = 256;

/// Returns a place behind the next member of a list of assignments, where the value at
/// `start`, which belongs to the name at `name`, ends at the latest. Returns `None` if no
/// member is near, or if the value may reach beyond it.
///
/// Reading no further, a list of any length takes time linear in the list.
pub(in crate::redact::engine) fn behind_member(
    text: &Text<'_>,
    name: usize,
    start: usize,
) -> Option<usize> {
    let near = text.run_of(start, NEAR, |byte| byte > b' ' && byte != 127);
    // The last byte may be the first of a mark.
    let most = NEAR - 1;
    let ends = near == start + NEAR
        && next_member(text.slice(start, near)) < most
        && text.at(name) != Some(b'-')
        && setting(text, name).is_none();
    ends.then_some(near)
}

/// Returns the number of backslashes before `at`.
fn slashes_before(word: &[u8], at: usize) -> usize {
    let head = word.get(..at).unwrap_or_default();
    head.iter().rev().take_while(|byte| **byte == b'\\').count()
}

/// Returns whether a byte may close what was opened before a value.
const fn may_close(byte: u8) -> bool {
    matches!(
        byte,
        b'"' | b'\'' | b'`' | b'\\' | b')' | b']' | b'}' | b'<' | b'>'
    )
}

/// The greatest numbers of backslashes before the marks of a literal, of one in it, and so
/// on.
const LEVELS: [usize; 4] = [0, 1, 3, 7];

/// What is open on the line before a name.
#[derive(Clone, Copy, Debug, Default)]
struct Around {
    round: bool,
    square: bool,
    curly: bool,
    angle: bool,
    /// For each quotation mark, whether a literal is open.
    double: bool,
    /// Whether a tag ends before the name.
    tagged: bool,
    /// Whether the line begins among the bytes that were looked at.
    begins: bool,
    /// The number of backslashes before the `"` that opened the innermost literal, or before
    /// the last one.
    slashes: usize,
    single: bool,
    back: bool,
}

impl Around {
    /// Looks at the line before the name at `name`.
    fn of(text: &Text<'_>, name: usize) -> Self {
        let line = text.seen_back(name, MOST_BEFORE, |byte| byte == b'\n');
        let mut this = Self {
            begins: line.end().is_some() || name <= MOST_BEFORE && !text.is_inner(),
            ..Self::default()
        };
        let (mut last, mut slashes, mut outer) = (b' ', 0, [false; 4]);
        let mut open = [None; LEVELS.len()];
        // Where the line begins further away, the first mark of a level may close a
        // literal. What stands before its backslashes shows that.
        let (mut known, mut lead) = ([this.begins; LEVELS.len()], b' ');
        // Of its first bytes, a mark may have more backslashes than are seen.
        let mut whole = this.begins;
        for &byte in line.pieces().rev().flat_map(|(_, piece)| piece) {
            if !whole {
                whole = !matches!(byte, b'\\' | b'"');
                continue;
            }
            match byte {
                b'(' => this.round = true,
                b')' => this.round = false,
                b'[' => this.square = true,
                b']' => this.square = false,
                b'{' => this.curly = true,
                b'}' => this.curly = false,
                b'<' => this.angle = true,
                b'>' => (this.angle, this.tagged) = (false, true),
                b'"' => {
                    // A literal in a literal has marks with more backslashes.
                    let level = LEVELS.iter().position(|most| slashes <= *most);
                    let level = level.unwrap_or(LEVELS.len() - 1);
                    let mut was = open.get(level).is_some_and(Option::is_some);
                    if let Some(known) = known.get_mut(level).filter(|known| !**known) {
                        *known = true;
                        was = lead > b' ' && !b"{[(:,=>".contains(&lead);
                    }
                    this.turned(was, &mut outer);
                    for place in open.iter_mut().skip(level) {
                        *place = None;
                    }
                    if let Some(place) = open.get_mut(level).filter(|_| !was) {
                        *place = Some(slashes);
                    }
                    let innermost = open.iter().rev().find_map(|place| *place);
                    this.double = innermost.is_some();
                    this.slashes = innermost.unwrap_or(slashes);
                }
                b'`' => this.back = this.turned(this.back, &mut outer),
                // An apostrophe stands after a letter.
                b'\'' if this.single || class(last) & ALNUM == 0 => {
                    this.single = this.turned(this.single, &mut outer);
                }
                _ => {}
            }
            if byte == b'\\' {
                slashes += 1;
            } else {
                (slashes, lead) = (0, byte);
            }
            last = byte;
        }
        this
    }

    /// Returns the part of `value` before an escaped end of a line of the literal around
    /// the name.
    fn before_line_end<'t>(&self, value: &'t [u8]) -> &'t [u8] {
        if self.double {
            return before_escaped_line(value, self.slashes);
        }
        if self.single || self.back {
            return before_escaped_line(value, 0);
        }
        if self.begins {
            return value;
        }
        // The literal may begin further away, at the depth that the first escape has.
        let run = value.iter().position(|byte| *byte == b'\\');
        let rest = value.get(run.unwrap_or(value.len())..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| **byte == b'\\').count();
        if LEVELS.iter().any(|slashes| slashes + 1 == count) {
            before_escaped_line(value, count - 1)
        } else {
            value
        }
    }

    /// Returns the part of `value`, which begins at `start`, before the mark that closes
    /// the literal around the name, if what follows shows that: a comma, a bracket, a tag
    /// or the end of the line.
    fn before_closing_quote<'t>(&self, text: &Text<'_>, start: usize, value: &'t [u8]) -> &'t [u8] {
        if !value.contains(&b'"') {
            return value;
        }
        // A mark behind the next member closes something else.
        let marks = value.iter().enumerate().take(next_member(value)).skip(1);
        for (at, _) in marks.filter(|(_, byte)| **byte == b'"') {
            let next = text.run(start + at + 1, 8, SPACE);
            let closes = match text.at(next) {
                None | Some(b',' | b'}' | b']' | b':' | b'\n' | b'\r' | b'>') => true,
                Some(b'/') => text.is(next, b"/>"),
                Some(b'\\') => text.is(next, b"\\n"),
                _ => false,
            };
            let slashes = slashes_before(value, at);
            // Of a line that begins further away, the literals before are not known.
            if closes && (self.double && slashes <= self.slashes || !self.begins) {
                return value.get(..at - slashes).unwrap_or_default();
            }
        }
        value
    }

    /// Returns the part of `value`, a word of a command, before the mark that closes what
    /// is open around the command.
    fn before_end_of_word<'t>(&self, value: &'t [u8]) -> &'t [u8] {
        // Behind it are only marks that may end the text around the command.
        let last = value.iter().rposition(|byte| !b".,;:)]}".contains(byte));
        for (at, byte) in value.iter().enumerate().skip(1) {
            let rest = value.get(at + 1..).unwrap_or_default();
            let goes_on = rest.first().is_some_and(|next| class(*next) & ALNUM != 0);
            let ends = last.is_none_or(|last| at > last);
            let closes = match byte {
                b'"' => self.double && slashes_before(value, at) <= self.slashes && !goes_on,
                b'\'' => self.single && !goes_on,
                b'`' => self.back && !goes_on,
                b'<' => self.tagged && rest.first() == Some(&b'/'),
                b')' => self.round && ends,
                b']' => self.square && ends,
                b'}' => self.curly && ends,
                _ => false,
            };
            if closes {
                let mark = matches!(byte, b'"' | b'\'' | b'`');
                let slashes = if mark { slashes_before(value, at) } else { 0 };
                return value.get(..at - slashes).unwrap_or_default();
            }
        }
        value
    }

    /// Opens or closes a literal, which was open if `open` says so. A bracket outside of a
    /// literal closes nothing in it. Returns whether it is open now.
    const fn turned(&mut self, open: bool, outer: &mut [bool; 4]) -> bool {
        if open {
            [self.round, self.square, self.curly, self.angle] = *outer;
        } else {
            *outer = [self.round, self.square, self.curly, self.angle];
            [self.round, self.square, self.curly, self.angle] = [false; 4];
        }
        !open
    }

    /// Returns the length of the value at the start of `word`.
    fn end(self, word: &[u8]) -> usize {
        let (mut round, mut square, mut curly, mut angle) = (0, 0, 0, 0);
        for (at, byte) in word.iter().enumerate() {
            let closes = match byte {
                // A mark with more backslashes belongs to the value.
                b'"' => {
                    self.double && slashes_before(word, at) <= self.slashes
                        || at > 0 && at + 1 == word.len()
                }
                b'\'' => self.single,
                b'`' => self.back,
                // An escape of the literal around the name.
                b'\\' => {
                    let rest = word.get(at + 1..).unwrap_or_default();
                    let hex = |digits: usize| {
                        let digits = rest.get(1..=digits);
                        digits.is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit))
                    };
                    let escape = match rest.first() {
                        Some(b'x') => hex(2),
                        Some(b'u') => hex(4),
                        Some(b'"') => slashes_before(word, at + 1) <= self.slashes,
                        Some(b'\'') => true,
                        _ => false,
                    };
                    (self.double || self.single) && escape
                }
                b'(' => {
                    round += 1;
                    false
                }
                b')' => {
                    round -= 1;
                    round < 0 && self.round
                }
                b'[' => {
                    square += 1;
                    false
                }
                b']' => {
                    square -= 1;
                    square < 0 && self.square
                }
                b'{' => {
                    curly += 1;
                    false
                }
                b'}' => {
                    curly -= 1;
                    curly < 0 && self.curly
                }
                b'<' => {
                    angle += 1;
                    word.get(at + 1) == Some(&b'/')
                }
                b'>' => {
                    angle -= 1;
                    angle < 0 && self.angle
                }
                _ => false,
            };
            if closes {
                // The backslashes before a mark belong to the mark.
                let mark = matches!(byte, b'"' | b'\'' | b'\\');
                return at - if mark { slashes_before(word, at) } else { 0 };
            }
        }
        word.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> &str {
        let name = text.find("pw").unwrap();
        let start = name + text[name..].find(['=', ':']).unwrap() + 1;
        let start = start + text[start..].len() - text[start..].trim_start().len();
        let whole = Text::new(text.as_bytes(), true);
        bare(&whole, name, start).map_or("", |it| &text[it.start..it.end])
    }

    #[test]
    fn a_value_ends_where_the_text_around_it_goes_on() {
        for (text, expected) in [
            ("pw=a\"b<c>d|e;\n", "a\"b<c>d|e;"),
            ("  pw: x,y) # note\n", "x,y)"),
            ("{pw:abc,user:ann}", "abc"),
            ("f(pw=abc)", "abc"),
            ("{\"a\": \"x pw=ab#c\", \"b\": 1", "ab#c"),
            ("[\"x pw=ab#c\"]", "ab#c"),
            ("{\"a\":\"export pw=ab#c\\n\",\"b\":1", "ab#c"),
            (
                "{\"a\":\"{\\\"c\\\":\\\"export pw=ab#c\\\",\\\"b\\\":1",
                "ab#c",
            ),
            ("f('A=x;pw=a,)b')", "a,)b"),
            ("{\"a\":\"pw=ab#c\\nHOME=/x\\n\",\"b\":1", "ab#c"),
            ("{\"a\":\"$ export pw=ab#c\\r\\n$ ls\",\"b\":1", "ab#c"),
            ("[\"run\\nexport pw=a\\\\nb\\n$\",1]", "a\\\\nb"),
            (
                "{\"a\":\"{\\\"c\\\":\\\"set pw=ab#c\\\\nset\\\",\\\"b\\\":1",
                "ab#c",
            ),
            ("export pw=a\\nb\n", "a\\nb"),
            ("run('export pw=ab#c',shell=True)", "ab#c"),
            ("`export pw=ab#c`,then", "ab#c"),
            ("(export pw=ab#c)", "ab#c"),
            ("(export pw=a)b)", "a)b"),
            ("<a>export pw=ab#c</a>next", "ab#c"),
            ("f('x', pw=abc)", "abc"),
            ("f(pw=a(b)c)", "a(b)c"),
            ("a=1;pw=abc;key2=b", "abc"),
            ("?a=1&pw=abc&key2=b", "abc"),
            ("{\"log\": \"pw=abc\", 1", "abc"),
            ("{\\\"log\\\": \\\"pw=abc\\\", 1", "abc"),
            ("{\"log\": \"pw=a\\\"b\\\\uc\", 1", "a\\\"b\\\\uc"),
            ("<b>pw: abc</b>", "abc"),
            ("-e pw=a;b img", "a;b"),
            ("see pw=abc, then", "abc"),
            ("pw=a\\ b c", "a\\ b"),
            ("pw=abc&8_yz=b\n", "abc&8_yz=b"),
            ("pw=&host=abc", ""),
            ("a=1;pw=;Server=abc;", ""),
            ("pw=;abc&d\n", ";abc&d"),
            ("the pw: a\"b", "a\"b"),
            ("<p>pw: a<b<br>Host", "a<b"),
            ("pw: a<br/>x", "a"),
        ] {
            assert_eq!(value(text), expected, "{text}");
        }
    }

    #[test]
    fn lines_of_settings_begin_with_the_name() {
        let sort =
            |text: &str| setting(&Text::new(text.as_bytes(), true), text.find("pw").unwrap());
        for text in [
            "pw=x",
            "  pw: x",
            "\r\n- pw=x",
            "+pw=x",
            "# pw=x",
            "set pw=x",
        ] {
            assert_eq!(sort(text), Some(Setting::Line), "{text}");
        }
        for text in ["export pw=x", "docker run -e pw=x", "ENV pw=x"] {
            assert_eq!(sort(text), Some(Setting::Word), "{text}");
        }
        for text in ["let pw = x", "a pw=x", "(pw=x", "\"pw=x"] {
            assert_eq!(sort(text), None, "{text}");
        }
    }
}
