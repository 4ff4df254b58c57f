//! The bounds of assigned values.

use super::bytes::{list, may_be_list};
use super::callee::argument;
use super::lead::{behind_cast, behind_command, behind_escapes, behind_invisible, behind_prefix};
use super::name::{Meaning, Name};
use super::operator::{Operator, Place, is_quote};
use crate::redact::engine::judge;
use crate::redact::engine::syntax::{self, Extent, MOST};
use crate::redact::text::{ALNUM, NAME, QUOTE, SPACE, STOP, Text, class};

/// The scheme before a value, as in an `Authorization` header.
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
    /// Whether its syntax says where the value begins and ends.
    pub(crate) delimited: bool,
    /// Whether punctuation at its ends can only be a part of the value.
    pub(crate) closed: bool,
    /// Whether it was found to be strong within these bounds.
    pub(crate) strong: bool,
    /// The quotation mark of the first of several literals that a shell joins.
    pub(crate) joined: Option<usize>,
    /// Whether the value is the argument of a call: `Password("x")`.
    pub(crate) wrapped: bool,
    /// Whether the value is a list of bytes, written as numbers.
    pub(crate) listed: bool,
    pub(crate) scheme: Option<Scheme>,
}

impl Value {
    /// Returns the value whose bounds its syntax gives.
    pub(crate) fn of(text: &Text<'_>, mut extent: Extent) -> Self {
        // A literal in a literal: `"\"x\""`.
        if let [b'\\', mark @ (b'"' | b'\''), inner @ .., b'\\', last] =
            text.slice(extent.start, extent.end)
            && mark == last
            && !inner.is_empty()
        {
            extent.start += 2;
            extent.end -= 2;
        }
        Self {
            quoted: extent.quoted,
            delimited: true,
            closed: true,
            ..Self::bare(extent.start, extent.end)
        }
        .behind_scheme(text, true)
    }

    pub(super) const fn bare(start: usize, end: usize) -> Self {
        Self {
            start,
            end,
            quoted: false,
            delimited: false,
            closed: false,
            strong: false,
            joined: None,
            wrapped: false,
            listed: false,
            scheme: None,
        }
    }

    /// Leaves out the scheme before credentials. If the value is not delimited, it
    /// ends where the credentials end.
    fn behind_scheme(mut self, text: &Text<'_>, delimited: bool) -> Self {
        if let Some((scheme, credentials)) = scheme(text, self.start) {
            self.scheme = Some(scheme);
            self.start = credentials;
            if !delimited {
                self.end = text.run_of(credentials, MOST, |byte| class(byte) & STOP == 0);
            }
        }
        self
    }

    /// Reads the value after an operator.
    pub(crate) fn read(
        text: &Text<'_>,
        name: &Name,
        operator: Operator,
        place: Place,
    ) -> Option<Self> {
        let at = match place {
            Place::Whole(extent) => return Some(Self::of(text, extent)).filter(Self::is_some),
            Place::At(at) => at,
        };
        if let Some(value) = Self::enclosed(text, name) {
            return Some(value);
        }
        let mut start = behind_cast(text, behind_invisible(text, text.run(at, 64, SPACE)));
        start = behind_prefix(text, start);
        if matches!(
            operator,
            Operator::Assign | Operator::Argument | Operator::Is
        ) {
            start = syntax::behind_type(text, start);
        }
        if text.at(start).is_some_and(|byte| byte >= 128)
            && let Some(extent) = syntax::typographic(text, start)
        {
            return Some(Self::of(text, extent));
        }
        // Neither a list nor a call begins with a quote.
        let bare = !is_quote(text, start);
        if bare
            && may_be_list(text, start)
            && let Some((start, end)) = list(text, start)
        {
            return Some(Self {
                listed: true,
                ..Self::bare(start, end)
            });
        }
        let call = if bare { argument(text, start) } else { None };
        // An optional value is the value itself.
        let optional = [&b"Some("[..], b"Optional(", b"Just("]
            .iter()
            .any(|call| text.is(start, call));
        let wrapped = call.is_some() && !optional;
        start = call.unwrap_or(start);
        start = behind_escapes(text, start);
        // A passphrase source in the notation of OpenSSL.
        if text.is(start, b"pass:") {
            start += b"pass:".len();
        }
        if is_quote(text, start) {
            if let Some(value) = Self::quoted(text, start) {
                // A value on a settings line may begin with a mark that occurs again.
                let goes_on = text
                    .at(value.end + 1)
                    .is_some_and(|byte| class(byte) & ALNUM != 0);
                let line = if goes_on && !wrapped && syntax::setting(text, name.start).is_some() {
                    Self::strong(text, name, start)
                } else {
                    None
                };
                return line
                    .or(Some(Self { wrapped, ..value }))
                    .filter(Self::is_some);
            }
            // A value that begins with the mark itself, unless its literal goes on behind a
            // backslash at the end of the line.
            return Self::strong(text, name, start)
                .filter(|value| !text.slice(value.start, value.end).ends_with(b"\\"));
        }
        // A list or a tuple of literals.
        if matches!(text.at(start), Some(b'(' | b'['))
            && is_quote(text, behind_prefix(text, start + 1))
        {
            return None;
        }
        if matches!(operator, Operator::Assign | Operator::Is | Operator::Paired) {
            if let Some(extent) = angled(text, start) {
                return Some(Self::of(text, extent));
            }
            if let Some(b'<' | b'&' | b' ' | b'\t' | b'[') = text.at(start) {
                start = syntax::behind_tags(text, start);
            }
            start = behind_command(text, start);
            if text.at(start) == Some(b'{')
                && let Some(extent) = braced(text, start)
            {
                return Some(Self::of(text, extent));
            }
        }
        if operator == Operator::Assign {
            start = syntax::below_rule(text, start);
            let known = match text.at(start) {
                Some(b'<') => syntax::here_document(text, start),
                Some(b'[' | b'q' | b'%') => syntax::bracketed(text, start),
                Some(b'|' | b'>') => syntax::block(text, start),
                Some(b'$') => syntax::fallback(text, start),
                _ => None,
            };
            if let Some(extent) = known {
                return Some(Self::of(text, extent));
            }
            if let Some(b'&' | b'!') = text.at(start) {
                start = syntax::item(text, start);
                // A literal of YAML after its tag or its anchor.
                if is_quote(text, start)
                    && let Some(value) = Self::quoted(text, start)
                {
                    return Some(value).filter(Self::is_some);
                }
            }
        }
        let sign = text.slice(name.end, start);
        // A path of names, but `- Password :: x` of Org and `name=password::x` of a workflow.
        let path = judge::contains(sign, b"::")
            && sign != b" :: "
            && !text.slice(0, name.start).ends_with(b"name=");
        if !path
            && let Some(value) = Self::strong(text, name, start)
            && (operator != Operator::Assign || !value.is_cut(text, name))
            && !(matches!(operator, Operator::Space | Operator::Tag)
                && is_call(text.slice(value.start, value.end)))
            // Another flag.
            && !(operator == Operator::Flag && text.is(start, b"--"))
        {
            return Some(value);
        }
        let near = syntax::behind_member(text, name.start, start);
        let most = near.map_or(MOST, |near| near - start);
        let end = text.run_of(start, most, |byte| class(byte) & STOP == 0);
        let mut this = Self {
            wrapped,
            ..Self::bare(start, end)
        }
        .behind_scheme(text, false);
        text.read_to(this.end);
        if operator == Operator::Assign && is_line_start(text, name.start) {
            // If the value is the whole line, it may contain the character of a
            // comparison.
            while text.at(this.end) == Some(b'>') {
                this.end = text.run_of(this.end + 1, MOST, |byte| class(byte) & STOP == 0);
            }
        }
        this.end = unquoted_end(text, name, operator, this.start, this.end);
        Some(this).filter(Self::is_some)
    }

    /// Reads the literal at `at`, or the literals that a shell joins there.
    fn quoted(text: &Text<'_>, at: usize) -> Option<Self> {
        let first = syntax::literal(text, at)?;
        let end = syntax::joined_end(text, first);
        if end == first.end {
            return Some(Self::of(text, first));
        }
        Some(Self {
            quoted: true,
            delimited: true,
            closed: true,
            joined: Some(at),
            ..Self::bare(first.start, end)
        })
    }

    /// Reads a strong value in the same literal as its name: `-e 'DB_PASSWORD=x'`.
    fn enclosed(text: &Text<'_>, name: &Name) -> Option<Self> {
        let mark = text.before(name.start)?;
        if class(mark) & QUOTE == 0 || text.at(name.end) != Some(b'=') {
            return None;
        }
        let start = name.end + 1;
        let quote = name.start - 1;
        let at = quote
            - text
                .slice(quote.saturating_sub(8), quote)
                .iter()
                .rev()
                .take_while(|byte| **byte == b'\\')
                .count();
        let whole = Self::quoted(text, at)?;
        let value = text.slice(start, whole.end);
        let value = value.get(..before_parameter(value)).unwrap_or_default();
        let line = syntax::before_escaped_line(value, quote - at);
        // In a literal in `'`, a backslash may stand for itself.
        let sure = mark != b'\'' || begins_line(value.get(line.len()..).unwrap_or_default());
        let end = start + if sure { line.len() } else { value.len() };
        let strong = whole.start == name.start
            && end > start
            && judge::is_strong(text.slice(start, end), true);
        strong.then_some(Self {
            start,
            end,
            quoted: false,
            ..whole
        })
    }

    /// Reads a value without quotes that is strong as a whole, whatever punctuation
    /// it contains.
    fn strong(text: &Text<'_>, name: &Name, start: usize) -> Option<Self> {
        if name.meaning == Meaning::Key {
            return None;
        }
        if let Some(end) = connected(text, name, start) {
            return Some(Self {
                delimited: true,
                closed: true,
                strong: true,
                ..Self::bare(start, end)
            });
        }
        let near = syntax::behind_member(text, name.start, start);
        let is_word = |byte: u8| byte > b' ' && byte != 127;
        let word = near.unwrap_or_else(|| text.run_of(start, MOST, is_word));
        if !judge::may_be_strong(text.slice(start, word)) {
            text.read_to(word);
            return None;
        }
        let row = syntax::row_end(text, (name.start, name.end), start);
        let row = row.filter(|end| {
            !is_call(text.slice(start, *end))
                && !syntax::has_line_end(text, name.start, (start, *end))
        });
        let mut extent = match row {
            Some(end) => Extent {
                start,
                end,
                quoted: false,
            },
            None => syntax::bare(text, name.start, start)?,
        };
        extent.end = before_wide_mark(text, extent.start, extent.end);
        // Before more words of the line, these separate the value from them.
        if row.is_none() && syntax::line_end(text, extent.end).is_none() {
            let value = text.slice(extent.start, extent.end);
            let is_separator = |byte: &&u8| matches!(byte, b',' | b';');
            extent.end -= value.iter().rev().take_while(is_separator).count();
        }
        let closed = row.is_some() || is_assigned_in_capitals(text, name, start);
        let value = text.slice(extent.start, extent.end);
        let made = row.is_some() || value.contains(&b'&');
        let strong = judge::is_strong(value, closed)
            && (row.is_none() || !judge::is_program(value))
            || made && name.denotes_password() && judge::is_made(value);
        strong.then(|| Self {
            delimited: true,
            closed,
            strong,
            ..Self::bare(extent.start, extent.end)
        })
    }

    /// Returns whether the value is the beginning of an expression with blanks: a
    /// bracket is open at its end, and the line goes on.
    fn is_cut(&self, text: &Text<'_>, name: &Name) -> bool {
        let count = |mark: u8| {
            let value = text.slice(self.start, self.end).iter();
            value.filter(|byte| **byte == mark).count()
        };
        let open = [(b'(', b')'), (b'[', b']'), (b'{', b'}')]
            .into_iter()
            .any(|(open, close)| count(open) > count(close));
        let ends = text
            .at(self.end)
            .is_some_and(|byte| class(byte) & QUOTE != 0);
        open && !self.closed
            && !ends
            && syntax::setting(text, name.start).is_none()
            && text.at(name.start) != Some(b'-')
            && syntax::line_end(text, self.end).is_none()
    }

    pub(crate) const fn is_some(&self) -> bool {
        self.end > self.start
    }
}

/// Returns the end of a value with blanks in a connection string, which ends where the
/// next part begins: `;Password=ab!7Qx pc#OVWvv;Database=x`.
fn connected(text: &Text<'_>, name: &Name, start: usize) -> Option<usize> {
    if text.before(name.start) != Some(b';') || text.slice(name.end, start) != b"=" {
        return None;
    }
    let end = text.run_of(start, 128, |byte| {
        byte >= b' ' && byte != 127 && byte != b';' && class(byte) & QUOTE == 0
    });
    let next = text.run_of(end + 1, 48, |byte| {
        byte == b' ' || class(byte) & ALNUM != 0 || byte == b'_'
    });
    let value = text.slice(start, end);
    let blanks = value.iter().filter(|byte| **byte == b' ').count();
    let ends = text.at(end) == Some(b';') && next > end + 1 && text.at(next) == Some(b'=');
    if !ends || blanks == 0 || blanks > 8 || value.trim_ascii().len() < value.len() {
        return None;
    }
    let words = || value.split(|byte| *byte == b' ');
    let is_lower = |word: &[u8]| word.len() >= 3 && word.iter().all(u8::is_ascii_lowercase);
    let phrase = blanks >= 3 && words().all(is_lower);
    let secret = phrase || words().any(|word| judge::is_strong(word, true));
    secret.then_some(end)
}

/// Returns the length of `value` before the next parameter of a query: `&name=`.
fn before_parameter(value: &[u8]) -> usize {
    let is_part = |byte: &&u8| byte.is_ascii_lowercase() || **byte == b'_';
    let marks = value.iter().enumerate().filter(|(_, byte)| **byte == b'&');
    let mut ends = marks.map(|(at, _)| at).filter(|at| {
        let rest = value.get(at + 1..).unwrap_or_default();
        let name = rest.iter().take_while(is_part).count();
        name > 0 && rest.get(name) == Some(&b'=')
    });
    ends.next().unwrap_or(value.len())
}

/// Returns whether an escaped line end at the start of `rest` is followed by nothing, by
/// another escape or by an assignment.
fn begins_line(rest: &[u8]) -> bool {
    let line = rest.get(2..).unwrap_or_default();
    let name = line
        .iter()
        .take_while(|byte| class(**byte) & NAME != 0)
        .count();
    line.is_empty()
        || line.starts_with(b"\\")
        || name > 0 && matches!(line.get(name), Some(b'=' | b':'))
}

/// Returns the value in the angle brackets that open at `at`, as in mails, if it is no
/// word that stands for one.
fn angled(text: &Text<'_>, at: usize) -> Option<Extent> {
    if text.at(at) != Some(b'<') {
        return None;
    }
    let end = text.run_of(at + 1, MOST, |byte| {
        byte > b' ' && byte != 127 && !matches!(byte, b'<' | b'>')
    });
    let ends = text.at(end) == Some(b'>')
        && text.at(end + 1).is_none_or(|next| {
            next <= b' ' || class(next) & QUOTE != 0 || b",;.)\\".contains(&next)
        });
    let value = text.slice(at + 1, end);
    let random = value.len() >= 12
        && judge::is_random(value)
        && value.iter().any(u8::is_ascii_digit)
        && !judge::is_dummy(value);
    let secret = ends && (judge::is_strong(value, true) || random);
    secret.then_some(Extent {
        start: at + 1,
        end,
        quoted: true,
    })
}

/// Returns the value in the braces that open at `at`, as in connection strings of ODBC,
/// or in two pairs of them, as in Jira, if it is strong.
#[inline(never)]
fn braced(text: &Text<'_>, at: usize) -> Option<Extent> {
    if text.is(at, b"{{") {
        let end = text.run_of(at + 2, MOST, |byte| {
            byte > b' ' && byte != 127 && byte != b'}'
        });
        let value = text.slice(at + 2, end);
        let secret = judge::is_strong(value, true) || judge::is_made(value);
        let strong = text.is(end, b"}}") && secret;
        return strong.then_some(Extent {
            start: at + 2,
            end,
            quoted: true,
        });
    }
    let end = text.run_of(at + 1, MOST, |byte| {
        byte > b' ' && byte != b'}' && byte != 127
    });
    // Neither an object nor the beginning of a longer value.
    let ends = match text.at(end + 1) {
        None => true,
        Some(byte) => byte <= b' ' || class(byte) & QUOTE != 0 || b",;)]\\".contains(&byte),
    };
    let closed = text.at(end) == Some(b'}')
        && ends
        && !is_quote(text, at + 1)
        && !text
            .slice(at + 1, end)
            .windows(2)
            .any(|pair| pair == b"\":" || pair == b"':");
    let value = text.slice(at + 1, end);
    let strong = closed
        && (judge::is_strong(value, true) || judge::is_made(value) || judge::is_random(value));
    strong.then_some(Extent {
        start: at + 1,
        end,
        quoted: true,
    })
}

/// Returns whether an unfinished value is the beginning of a call or an index, which is
/// cut at a blank between its arguments.
fn is_call(value: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.:>&-".contains(byte);
    let count = |mark: u8| value.iter().filter(|byte| **byte == mark).count();
    let open = [(b'(', b')'), (b'[', b']'), (b'{', b'}'), (b'<', b'>')]
        .into_iter()
        .any(|(open, close)| count(open) > count(close));
    let is_lead = |byte: &&u8| matches!(byte, b'*' | b'&' | b'(' | b'[' | b'!');
    let lead = value.iter().take_while(is_lead).count();
    let value = value.get(lead..).unwrap_or_default();
    let head = value.iter().take_while(|byte| is_name(byte)).count();
    let (head, rest) = value.split_at_checked(head).unwrap_or_default();
    let opens = matches!(rest, [b'(' | b'[' | b'{' | b'<', ..]);
    let joined = head.contains(&b'_');
    let word = !head.iter().any(u8::is_ascii_digit) && !judge::is_random(head);
    open && opens && head.len() >= 4 && (joined || word)
}

/// Returns the end of a value before a full stop or a comma of another script.
fn before_wide_mark(text: &Text<'_>, start: usize, end: usize) -> usize {
    let value = text.slice(start, end);
    let ascii = value.iter().take_while(|byte| byte.is_ascii()).count();
    if ascii == value.len() {
        return end;
    }
    let rest = value.get(ascii..).unwrap_or_default();
    let marks = [
        "\u{3002}", "\u{ff0c}", "\u{ff1b}", "\u{3001}", "\u{ff01}", "\u{201d}", "\u{2019}",
    ];
    if ascii > 0 && marks.iter().any(|mark| rest.starts_with(mark.as_bytes())) {
        return start + ascii;
    }
    let mark = marks.iter().find(|mark| value.ends_with(mark.as_bytes()));
    end - mark.map_or(0, |mark| mark.len())
}

/// Returns whether a value at `at` is assigned as in environment files: in capitals,
/// and without blanks.
fn is_assigned_in_capitals(text: &Text<'_>, name: &Name, at: usize) -> bool {
    let sign = text.slice(name.end, at);
    let capitals = !text
        .slice(name.start, name.end)
        .iter()
        .any(u8::is_ascii_lowercase);
    capitals && sign == b"=" && syntax::setting(text, name.start).is_some()
}

/// Returns the end of an unquoted value, which is at most `end`.
fn unquoted_end(
    text: &Text<'_>,
    name: &Name,
    operator: Operator,
    start: usize,
    mut end: usize,
) -> usize {
    let whole_line =
        matches!(operator, Operator::Assign | Operator::Space) && is_line_start(text, name.start);
    let value = text.slice(start, end);
    end = start + syntax::next_member(value);
    let value = text.slice(start, end);
    let stop = |byte: &u8| match byte {
        b'&' | b'|' => true,
        b',' | b';' | b')' | b']' | b'}' | b'(' => !whole_line,
        _ => false,
    };
    if let Some(at) = value.iter().position(stop) {
        end = start + at;
    }
    end = before_wide_mark(text, start, end);
    while end > start
        && text.before(end).is_some_and(|last| {
            matches!(
                last,
                b',' | b';' | b':' | b'.' | b'!' | b'?' | b')' | b'}' | b']'
            )
        })
    {
        let marked = matches!(text.before(end), Some(b'!' | b'?'));
        // The mark ends no sentence where the text goes on.
        let goes_on = text.at(end) == Some(b' ')
            && text
                .at(end + 1)
                .is_some_and(|next| next.is_ascii_lowercase());
        let closed = operator == Operator::Tag
            || text.at(end) == Some(b';')
            || text.is(end, b"</")
            || goes_on
            || (operator == Operator::Space && ends_machine(text, name, end));
        let kept = whole_line && !matches!(text.before(end), Some(b',' | b';'))
            || marked && (operator == Operator::Flag || closed);
        if kept {
            break;
        }
        end -= 1;
    }
    end
}

/// Returns whether `end` ends a line of `.netrc` that contains the name.
fn ends_machine(text: &Text<'_>, name: &Name, end: usize) -> bool {
    let line = text.seen_back(name.start, 160, |byte| byte == b'\n');
    matches!(text.at(end), None | Some(b'\n' | b'\r'))
        && line.any(|piece| judge::contains(piece, b"machine "))
}

/// Returns whether a line begins with the name at `start`, as in environment files,
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
    ) && is_break(behind_prompt(text, word_start))
}

/// Returns the start of the prompt of a shell that ends at `at`, with its blank.
fn behind_prompt(text: &Text<'_>, at: usize) -> usize {
    let sign = text.run_back(at, 2, SPACE);
    let start = text.run_back_of(sign, 3, |byte| {
        matches!(byte, b'$' | b'+' | b'#' | b'>' | b'%')
    });
    if start < sign && sign < at { start } else { at }
}

/// Reads the scheme at `at`. Returns it with the start of its credentials.
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

/// Returns the place of possible credentials after the word `Basic` at `at`.
pub(crate) fn basic(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let word =
        text.is_word(at, b"basic ") && text.before(at).is_none_or(|byte| class(byte) & ALNUM == 0);
    let start = at + b"basic ".len();
    let start = text.placeholder_end(start).unwrap_or(start);
    let end = text.run_of(start, MOST, |byte| {
        class(byte) & ALNUM != 0 || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
    });
    (word && end > start).then_some((start, end))
}

/// Reads the credentials after the word `Bearer` at `at`, in any place.
pub(crate) fn bearer(text: &Text<'_>, at: usize) -> Option<Value> {
    if text.before(at).is_some_and(|byte| class(byte) & ALNUM != 0) {
        return None;
    }
    let (_, mut start) = scheme(text, at)?;
    while let Some(behind) = text.placeholder_end(start) {
        start = behind;
    }
    let end = text.run_of(start, MOST, |byte| {
        class(byte) & ALNUM != 0 || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
    });
    let name = Name {
        start: at,
        end: at,
        word: (at, at),
        meaning: Meaning::Token,
        callable: false,
        plural: false,
    };
    let end = unquoted_end(text, &name, Operator::Space, start, end);
    (end > start).then_some(Value {
        scheme: Some(Scheme::Bearer),
        ..Value::bare(start, end)
    })
}
