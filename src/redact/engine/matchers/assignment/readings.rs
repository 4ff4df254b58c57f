//! Other readings of a name, for when the value right after it is no secret: labels,
//! objects, lists, tables and default values.

use super::Assignment;
use super::name::{Meaning, Name};
use super::operator::{Operator, Place, field};
use super::value::Value;
use crate::redact::engine::MOST_BACK;
use crate::redact::engine::matchers::command_line;
use crate::redact::engine::syntax::{self, Extent, Maps, Rows};
use crate::redact::text::{ALNUM, NAME, QUOTE, SPACE, Text, class};

/// Passes further readings of a name to `found`, if the value right after it, with the
/// operator `known`, is no secret. Stops at the first reading that `found` accepts,
/// except that all values of a list or a table are read. `value` is the one right behind
/// the name. Returns where the rows of a table continue.
#[inline(never)]
pub(super) fn others(
    text: &Text<'_>,
    name: Name,
    known: Option<(Operator, Place)>,
    value: Option<Value>,
    found: &mut impl FnMut(&Assignment) -> bool,
) -> Option<Rows> {
    let mut at_extent = |operator: Operator, extent: Extent| {
        let this = Assignment {
            name,
            operator,
            value: Value::of(text, extent),
            distant: !matches!(operator, Operator::Tag | Operator::Paired),
        };
        this.value.is_some() && this.offer(text, found)
    };
    let (start, end) = field(text, &name);
    let closed = closing_quote(text, end);
    let at = closed.unwrap_or(end);
    let next = text.at(at);
    if closed.is_some()
        && matches!(next, Some(b' ' | b'>' | b'/' | b'\t'))
        && let Some(extent) = syntax::attribute(text, start, at)
        && at_extent(Operator::Tag, extent)
    {
        return None;
    }
    if closed.is_some()
        && matches!(next, Some(b'\r' | b'\n' | b';'))
        && let Some(extent) = syntax::part(text, start, at)
        && at_extent(Operator::Paired, extent)
    {
        return None;
    }
    if text.before(name.start) == Some(b'<')
        && let Some(extent) = syntax::own_attribute(text, at)
        && at_extent(Operator::Tag, extent)
    {
        return None;
    }
    if let Some(extent) = syntax::element_before(text, name.start)
        && at_extent(Operator::Paired, extent)
    {
        return None;
    }
    // The word of the name leads here, and no value may begin further before it.
    let most = MOST_BACK.saturating_sub(name.word.0 - name.start);
    if let Some(extent) = syntax::sibling_before(text, name.start, most)
        && at_extent(Operator::Paired, extent)
    {
        return None;
    }
    if command_line::may_be_piped(text, name.end)
        && let Some((start, end)) = command_line::piped(text, name.start, name.end)
    {
        let extent = Extent {
            start,
            end,
            quoted: false,
        };
        if at_extent(Operator::Flag, extent) {
            return None;
        }
    }
    if let Some((Operator::Assign, Place::At(at))) = known {
        let at = text.run(at, 64, SPACE);
        let ends = value.is_some_and(|value| value.start == at && ends_line(text, &value));
        if !ends {
            let (any, rows) = behind(text, at, name, &mut at_extent);
            if any {
                return rows;
            }
        }
    } else if let Some((Operator::Argument, Place::At(at))) = known
        && name.meaning != Meaning::Key
        && let Some(extent) = syntax::second(text, at)
        && at_extent(Operator::Argument, extent)
    {
        return None;
    }
    if name.meaning == Meaning::Auth
        && text.at(at) == Some(b'(')
        && let Some(extent) = syntax::second(text, at)
        && at_extent(Operator::Argument, extent)
    {
        return None;
    }
    // `password { value: "x" }`, `variable "password" { default = "x" }`
    let open = text.run(at, 32, SPACE);
    if text.at(open) == Some(b'{')
        && let Some(extent) = syntax::member(text, open + 1)
        && at_extent(Operator::Paired, extent)
    {
        return None;
    }
    // `[credentials]`, and `[[tokens]]` of TOML.
    let title = text.run_of(at, 2, |byte| byte == b']');
    if is_section(text, &name)
        && let Some(b'\n' | b'\r') = text.at(title)
    {
        return syntax::section(text, title, &mut |extent| {
            at_extent(Operator::Assign, extent);
        });
    }
    if text.at(text.run(at, 8, SPACE)) == Some(b'<') {
        let rows = syntax::columns(text, (name.start, at), &mut |extent| {
            at_extent(Operator::Argument, extent);
        });
        if rows.is_some() {
            return rows;
        }
    }
    if matches!(next, Some(b',' | b')' | b'\n')) || closed.is_some() {
        let rows = syntax::inserted(text, (name.start, at), &mut |extent| {
            at_extent(Operator::Argument, extent);
        });
        if rows.is_some() {
            return rows;
        }
    }
    if next == Some(b' ') {
        let rows = syntax::created(text, (name.start, at), &mut |extent| {
            at_extent(Operator::Argument, extent);
        });
        if rows.is_some() {
            return rows;
        }
    }
    if text.slice(name.start, name.end).ends_with(b"chpasswd") && next == Some(b':') {
        syntax::accounts(text, at, &mut |extent| {
            at_extent(Operator::Paired, extent);
        });
        return None;
    }
    let (mut in_table, mut rows) = (false, None);
    if may_be_title(text, name.start, at) {
        rows = syntax::cells(text, (name.start, at), &mut |extent| {
            in_table = true;
            at_extent(Operator::Argument, extent);
        });
    }
    if in_table || rows.is_some() {
        return rows;
    }
    // The value right behind an operator was read above.
    let apart = match known {
        Some((Operator::Assign, Place::At(at))) => {
            let start = text.run(at, 64, SPACE);
            text.at(start)
                .is_some_and(|byte| byte >= 128 || b"\n\r*_<&>([".contains(&byte))
        }
        _ => true,
    };
    if apart && name.meaning != Meaning::Key {
        labelled(text, name, at, found);
    }
    None
}

/// Returns whether the word of a program that was read as a value ends its line.
/// Nothing else stands there then.
fn ends_line(text: &Text<'_>, value: &Value) -> bool {
    let is_break = |at: usize| matches!(text.at(at), Some(b'\n' | b'\r'));
    let starts = text.at(value.start);
    let word = starts.is_some_and(|first| class(first) & ALNUM != 0) && !value.delimited;
    let mark = matches!(text.at(value.end), Some(b';' | b','));
    word && is_break(value.end + usize::from(mark))
}

/// Returns whether the name from `start` to `end` may be a title in the header of a
/// table: blanks and further words, and then a mark of the table.
fn may_be_title(text: &Text<'_>, start: usize, end: usize) -> bool {
    let is_mark = |byte: u8| matches!(byte, b',' | b';' | b'\t' | b'|' | b'\n' | b'\r');
    let is_title =
        |byte: u8| class(byte) & (SPACE | QUOTE) != 0 || byte >= 128 || b"*(/#$&@?".contains(&byte);
    let is_part = |byte: u8| is_mark(byte) || is_title(byte) || class(byte) & NAME != 0;
    let begins = text.before(start).is_none_or(is_part);
    let next = text.at(end);
    if !begins || !next.is_some_and(|byte| is_mark(byte) || is_title(byte)) {
        return false;
    }
    let next = text.at(text.run_of(end, 16, |byte| byte == b' '));
    next.is_some_and(is_part)
}

/// Reads what follows an operator instead of a value: a list, an object, a tuple or an
/// expression with a default value. Returns whether `found` accepted any,
/// and where further values are.
fn behind(
    text: &Text<'_>,
    at: usize,
    name: Name,
    found: &mut impl FnMut(Operator, Extent) -> bool,
) -> (bool, Option<Rows>) {
    let mut any = false;
    let maps = name.plural || is_group(text, &name);
    if let Some(b'[' | b'(' | b'{' | b'&' | b'\n' | b'\r') = text.at(at) {
        if name.meaning == Meaning::Auth
            && let Some(extent) = syntax::second(text, at)
            && found(Operator::Argument, extent)
        {
            return (true, None);
        }
        if text.at(at) == Some(b'{')
            && let Some(extent) = syntax::member(text, at + 1)
            && found(Operator::Paired, extent)
        {
            return (true, None);
        }
        // The same secret for several places: `password:⏎  prod: x`, `{"prod": "x"}`.
        let next = text.run_of(at + 1, 64, |byte| byte.is_ascii_whitespace());
        let nested = match text.at(at) {
            Some(b'{') => matches!(text.at(next), Some(b'"' | b'\\')),
            byte => matches!(byte, Some(b'\n' | b'\r')) && is_key(text, &name, at),
        };
        let maps = if maps {
            Maps::Also
        } else if nested && name.meaning != Meaning::Key {
            Maps::Alone
        } else {
            Maps::Never
        };
        let rows = syntax::items(text, at, maps, &mut |extent| {
            any |= found(Operator::Assign, extent);
        });
        return (any, rows);
    }
    if name.meaning == Meaning::Key {
        return (false, None);
    }
    if let Some(b'|' | b'>') = text.at(at) {
        syntax::block_lines(text, at, &mut |extent| {
            any |= found(Operator::Assign, extent);
        });
        return (any, None);
    }
    let found = syntax::default(text, at).is_some_and(|extent| found(Operator::Argument, extent));
    (found, None)
}

/// Returns whether the name is a key of YAML with a mapping below it: alone on its line,
/// which ends at `at`.
fn is_key(text: &Text<'_>, name: &Name, at: usize) -> bool {
    let start = text.run_back_of(name.start, 64, |byte| {
        matches!(byte, b' ' | b'-') || class(byte) & QUOTE != 0
    });
    let sign = text.slice(name.end, at).trim_ascii();
    matches!(text.before(start), None | Some(b'\n')) && matches!(sign, b":" | b"\":" | b"':")
}

/// Passes the values of a list without brackets at `at` to `found`: `passwords: x, y`.
/// Returns whether it accepted any.
pub(super) fn series(
    text: &Text<'_>,
    at: usize,
    name: Name,
    found: &mut impl FnMut(&Assignment) -> bool,
) -> bool {
    let mut any = false;
    syntax::series(text, at, &mut |extent| {
        let this = Assignment {
            name,
            operator: Operator::Assign,
            value: Value {
                closed: extent.quoted,
                ..Value::of(text, extent)
            },
            distant: true,
        };
        any |= this.value.is_some() && this.offer(text, found);
    });
    any
}

/// A reader of the text between a name and its value. It takes the end of the name and
/// returns the start of the value.
type Reader = fn(&Text<'_>, &Name, usize) -> Option<usize>;

/// Reads the value after a label or in a sentence.
fn labelled(text: &Text<'_>, name: Name, at: usize, found: &mut impl FnMut(&Assignment) -> bool) {
    if !matches!(text.at(at), Some(b'\n' | b'\r')) && !syntax::may_lead(text, at) {
        return;
    }
    let readers: [Reader; 6] = [
        |text, name, at| syntax::printed(text, name.start, at),
        |text, _, at| syntax::replaced(text, at),
        |text, _, at| syntax::label(text, at),
        |text, _, at| syntax::stated(text, at),
        |text, name, at| cell(text, name.start, at),
        |text, name, at| syntax::heading(text, name.start, at),
    ];
    for reader in readers {
        let Some(at) = reader(text, &name, at) else {
            continue;
        };
        let value = Value::read(text, &name, Operator::Is, Place::At(at));
        let Some(value) = value else { continue };
        let this = Assignment {
            name,
            operator: Operator::Is,
            value,
            distant: true,
        };
        // A dash may also stand between two names.
        let sign = text.slice(name.end, value.start);
        let dash = sign.trim_ascii_start().starts_with(b"-") && name.meaning != Meaning::Password;
        if !dash && !value.wrapped && this.offer(text, found) {
            return this.later(text, found);
        }
    }
}

/// Returns the start of the next cell on the row of a table in Markdown, or of a box, in
/// which the name is a cell: `| password | x |`.
fn cell(text: &Text<'_>, name: usize, at: usize) -> Option<usize> {
    let first = matches!(text.before(name), None | Some(b'\n'));
    if !first && !matches!(text.before(name), Some(b' ' | b'*' | b'`' | b'|')) {
        return None;
    }
    let before = text.run_back_of(name, 24, |byte| matches!(byte, b' ' | b'*' | b'`'));
    let after = text.run_of(at, 24, |byte| matches!(byte, b' ' | b'*' | b'`'));
    let begins = first || syntax::is_behind_bar(text, before);
    let end = syntax::behind_bar(text, after).filter(|_| begins)?;
    Some(text.run(end, 32, SPACE))
}

/// Returns whether a name denotes several secrets, each under a name of its own.
fn is_group(text: &Text<'_>, name: &Name) -> bool {
    name.meaning == Meaning::Secret && matches!(text.before(name.word.1), Some(b's' | b'S'))
}

/// Returns whether a name is the title of a section: `[credentials]`.
fn is_section(text: &Text<'_>, name: &Name) -> bool {
    let titled = text.before(name.start) == Some(b'[') && text.at(name.end) == Some(b']');
    titled && (name.plural || is_group(text, name))
}

/// Returns the end of the quotation mark after a name, if there is one.
fn closing_quote(text: &Text<'_>, at: usize) -> Option<usize> {
    let quote = text.run_of(at, 16, |byte| byte == b'\\');
    let mark = text.at(quote)?;
    (class(mark) & QUOTE != 0).then_some(quote + 1)
}

impl Assignment {
    /// Passes the value that replaces this one to `found`: `"old" -> "new"`.
    pub(super) fn later(&self, text: &Text<'_>, found: &mut impl FnMut(&Self) -> bool) {
        let end = closing_quote(text, self.value.end).filter(|_| self.value.quoted);
        let sign = text.run(end.unwrap_or(self.value.end), 32, SPACE);
        let arrow = [&b"->"[..], b"=>", "\u{2192}".as_bytes(), b"to "];
        // In a sentence: `from x to y`.
        let mut arrows = arrow.iter().take(3 + usize::from(self.distant));
        let Some(arrow) = arrows.find(|arrow| text.is(sign, arrow)) else {
            return;
        };
        let place = Place::At(sign + arrow.len());
        if let Some(value) = Value::read(text, &self.name, self.operator, place) {
            let this = Self { value, ..*self };
            this.offer(text, found);
        }
    }
}
