//! Rows that a statement of SQL inserts or copies: a list of columns and the values of
//! each.

use super::cells::{self, Mark};
use super::rows::{FIRST, Rows, Sort};
use super::{Extent, MOST};
use crate::redact::text::{NAME, QUOTE, SPACE, Text, class};

/// How far before a name its statement may begin.
const MOST_BEFORE: usize = 240;
/// The greatest length of a literal in bytes.
const MOST_LITERAL: usize = 4 * MOST;
/// The greatest number of comments between two tokens.
const MOST_COMMENTS: usize = 4;

/// Passes to `found` the values of the column whose name is from `start` to `end`:
/// `INSERT INTO users (name, password) VALUES ('ann', 'x')`. Returns where the rows
/// continue.
pub(in crate::redact::engine) fn inserted(
    text: &Text<'_>,
    (start, end): (usize, usize),
    found: &mut impl FnMut(Extent),
) -> Option<Rows> {
    let is_title = |byte: u8| {
        class(byte) & (NAME | SPACE | QUOTE) != 0
            || matches!(byte, b',' | b'[' | b']' | b'\n' | b'\r')
    };
    let open = text.run_back_of(start, MOST_BEFORE, is_title);
    if text.before(open) != Some(b'(') {
        return None;
    }
    let close = text.run_of(end, MOST_BEFORE, is_title);
    if text.at(close) != Some(b')') {
        return None;
    }
    let head = text.slice(open.saturating_sub(MOST_BEFORE / 2), open);
    let has = |words: &[u8]| {
        let mut parts = head.windows(words.len());
        parts.any(|part| part.eq_ignore_ascii_case(words))
    };
    let titles = |from, to| {
        let titles = text.slice(from, to).iter();
        titles.filter(|byte| **byte == b',').count()
    };
    let column = titles(open, start);
    let at = blanks(text, close + 1);
    if has(b"copy ") && text.is_word(at, b"from stdin") {
        let (mark, below) = copied(text, at)?;
        let sort = Sort::Marked {
            mark: Mark::Byte(mark),
            count: column + titles(end, close),
            misfits: 0,
        };
        return Rows::new(below, column, sort).some(text, FIRST, found);
    }
    if !has(b"into ") {
        return None;
    }
    if text.is_word(at, b"select") {
        // The values are those of one row, without brackets.
        let end = values(text, at + b"select".len(), column, found)?;
        text.read_to(end);
        return None;
    }
    text.is_word(at, b"values").then_some(())?;
    let at = at + b"values".len();
    Rows::new(at, column, Sort::Inserted).some(text, FIRST, found)
}

/// Reads the options of `COPY` from `at` on. Returns the mark between two values, and the
/// start of the first row.
fn copied(text: &Text<'_>, at: usize) -> Option<(u8, usize)> {
    let end = text.run_of(at, 160, |byte| !matches!(byte, b'\n' | b'\r'));
    let options = text.slice(at, end).to_ascii_lowercase();
    let place = |word: &[u8]| options.windows(word.len()).position(|part| part == word);
    let named = place(b"delimiter").and_then(|place| {
        let mut rest = options
            .iter()
            .skip(place)
            .skip_while(|byte| **byte != b'\'');
        rest.nth(1).copied()
    });
    let default = if place(b"csv").is_some() { b',' } else { b'\t' };
    let below = cells::next_line(text, end);
    (below > end).then_some((named.unwrap_or(default), below))
}

/// Reads the row whose bracket follows blanks at `at`. Returns the end of the comma
/// after it, or of the beginning of the next statement without names of columns.
pub(super) fn row(
    text: &Text<'_>,
    at: usize,
    column: usize,
    found: &mut impl FnMut(Extent),
) -> Option<usize> {
    let open = blanks(text, at);
    if text.at(open) != Some(b'(') {
        return None;
    }
    let end = match values(text, open + 1, column, found) {
        Some(end) if text.at(end) == Some(b')') => end + 1,
        _ => next_row(text, open + 1)?,
    };
    text.read_to(end);
    let comma = blanks(text, end);
    match text.at(comma)? {
        b',' => Some(comma + 1),
        // `INSERT INTO users VALUES (1, 'x');` again.
        b';' => statement(text, blanks(text, comma + 1)).map(|(_, values)| values),
        _ => None,
    }
}

/// Reads the beginning of the statement `INSERT INTO users VALUES` at `at`. Returns the
/// table's name, and the end of the last word.
pub(super) fn statement<'t>(text: &Text<'t>, at: usize) -> Option<(&'t [u8], usize)> {
    const INSERT: &[u8] = b"insert into";
    text.is_word(at, INSERT).then_some(())?;
    let table = blanks(text, at + INSERT.len());
    let end = text.run_of(table, 80, |byte| class(byte) & (NAME | QUOTE) != 0);
    let values = blanks(text, end);
    let begins = text.is_word(values, b"values");
    begins.then_some((text.slice(table, end), values + b"values".len()))
}

/// Returns the end of the row at `at` that could not be read: before the next one.
fn next_row(text: &Text<'_>, at: usize) -> Option<usize> {
    let mut end = at;
    loop {
        end = text.run_until(end, (at + MOST_LITERAL).saturating_sub(end), *b"))");
        text.at(end).filter(|byte| *byte == b')')?;
        end += 1;
        let comma = text.run_of(end, 64, |byte| byte.is_ascii_whitespace());
        let next = text.run_of(comma + 1, 64, |byte| byte.is_ascii_whitespace());
        if text.at(comma) == Some(b',') && text.at(next) == Some(b'(') {
            return Some(end);
        }
    }
}

/// Reads the values of the row from `at` on. Returns the place of what ends it.
fn values(
    text: &Text<'_>,
    mut at: usize,
    column: usize,
    found: &mut impl FnMut(Extent),
) -> Option<usize> {
    let mut count = 0;
    loop {
        let start = blanks(text, at);
        let (literal, end) = value(text, start)?;
        if count == column
            && let Some(value) = literal.filter(|value| value.end > value.start)
        {
            found(value);
        }
        match text.at(end) {
            Some(b',') => (at, count) = (end + 1, count + 1),
            _ => return Some(end),
        }
    }
}

/// Reads the value at `start`: its first literal, which may be the argument of a call, and
/// the place of the comma or bracket behind it.
///
/// Calls have brackets, and literals quotation marks, of their own.
fn value(text: &Text<'_>, start: usize) -> Option<(Option<Extent>, usize)> {
    let limit = start + MOST_LITERAL;
    let (mut at, mut depth, mut literal) = (start, 0_usize, None);
    while at < limit {
        at = text.run_of(at, limit.saturating_sub(at), |byte| {
            !matches!(
                byte,
                b',' | b';' | b'(' | b')' | b'[' | b']' | b'\'' | b'"' | b'-' | b'/'
            )
        });
        match text.at(at) {
            None | Some(b',' | b')' | b']' | b';') if depth == 0 => return Some((literal, at)),
            None | Some(b';') => return None,
            Some(b'(' | b'[') => depth += 1,
            Some(b')' | b']') => depth -= 1,
            Some(mark @ (b'\'' | b'"')) => {
                let read = field(text, at + 1, mark)?;
                // `N'…'` and `E'…'` are literals as well, and `crypt('…', …)` hides one.
                let direct = depth == 0 && at <= start + 1 || text.before(at) == Some(b'(');
                literal = literal.or(Some(read).filter(|_| direct));
                at = read.end;
            }
            // A comment.
            Some(b'-' | b'/') => {
                let end = blanks(text, at);
                at = end.max(at + 1) - 1;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Reads a literal whose mark ended before `start`. A doubled or escaped mark is a
/// part of it. In standard SQL a backslash escapes nothing: it does not if the literal
/// would not end well otherwise.
fn field(text: &Text<'_>, start: usize, mark: u8) -> Option<Extent> {
    let mut plain = None;
    let mut end = start;
    loop {
        let most = (start + MOST_LITERAL).saturating_sub(end);
        end = text.run_until(end, most, [mark, mark]);
        if text.at(end) != Some(mark) {
            break;
        }
        let slashes = text.run_back_of(end, MOST, |byte| byte == b'\\').max(start);
        if text.at(end + 1) == Some(mark) {
            end += 2;
        } else if (end - slashes) % 2 == 1 {
            plain.get_or_insert(end);
            end += 1;
        } else {
            let next = text.run_of(end + 1, 64, |byte| byte.is_ascii_whitespace());
            let ends = text
                .at(next)
                .is_none_or(|byte| b",);:|-/]&".contains(&byte));
            if !ends && plain.is_some() {
                break;
            }
            plain = Some(end);
            break;
        }
    }
    text.read_to(end);
    let end = plain?;
    Some(Extent {
        start,
        end,
        quoted: true,
    })
}

/// Returns the end of the blanks and comments at `at`.
fn blanks(text: &Text<'_>, mut at: usize) -> usize {
    let skip = |at| text.run_of(at, 64, |byte| byte.is_ascii_whitespace());
    for _ in 0..MOST_COMMENTS {
        at = skip(at);
        if text.is(at, b"--") {
            at = text.run_of(at, 256, |byte| byte != b'\n');
        } else if text.is(at, b"/*") {
            let mut end = at + 2;
            while text.at(end).is_some() && !text.is(end, b"*/") && end < at + 256 {
                end += 1;
            }
            at = if text.is(end, b"*/") {
                end + 2
            } else {
                return at;
            };
        } else {
            return at;
        }
    }
    skip(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_a_column_are_found_row_by_row() {
        for (text, expected) in [
            (
                "INSERT INTO users (id, name, pw) VALUES (1, 'ann', 'V')",
                &["V"][..],
            ),
            (
                "insert into u (`pw`, n)\nvalues ('V', now()), (N'W''x', 2);",
                &["V", "W''x"],
            ),
            ("INSERT INTO u (pw) VALUES (?)", &[]),
            (
                "INSERT INTO u (t, pw) VALUES (CAST('x' AS date), 'V')",
                &["V"],
            ),
            (
                "INSERT INTO u (n, pw) VALUES (f(1, g(2)), 'V'), (NOW(), 'W')",
                &["V", "W"],
            ),
            ("INSERT INTO u (pw, n) VALUES ('V'", &["V"]),
            ("f(id, pw) VALUES (1, 'V')", &[]),
            ("INSERT INTO u (id, pw) SELECT 1, 'V'", &["V"]),
            ("INSERT INTO u (id, pw) SELECT id, pw FROM v", &[]),
            (
                "INSERT INTO u (b, pw) VALUES ('a\nb', 'V'), ('C:\\', 'W')",
                &["V", "W"],
            ),
            (
                "INSERT INTO u (b, pw) VALUES ('C:\\','V'),\n('it\\'s','W')",
                &["V", "W"],
            ),
            (
                "INSERT INTO u (b, pw) VALUES (ARRAY['a', 'b'], 'V')",
                &["V"],
            ),
            (
                "INSERT INTO u (pw, b) VALUES (crypt('V', gen_salt('bf')), 1)",
                &["V"],
            ),
            (
                "INSERT INTO u (b, pw) VALUES -- rows\n(1, 'V'), /* a, b */ (2, 'W') -- end\n",
                &["V", "W"],
            ),
            ("INSERT INTO u (b, pw) VALUES (f((, 'x'), (1, 'V')", &["V"]),
            (
                "INSERT INTO u (b, pw) VALUES (1, 'V'); INSERT INTO u VALUES (2, 'W');",
                &["V", "W"],
            ),
            (
                "COPY p.u (id, pw) FROM stdin;\n1\tV\n2\tW\n\\.\n3\tX\n",
                &["V", "W"],
            ),
            ("copy u (pw) from STDIN;\nV\n\nW\n\\.\nX\n", &["V", "W"]),
            (
                "COPY u (b, pw) FROM stdin WITH (FORMAT csv);\n\"a,b\",V\n",
                &["V"],
            ),
            (
                "COPY u (b, pw) FROM stdin CSV DELIMITER '|';\n1|V\n",
                &["V"],
            ),
            ("COPY u (b, pw) TO stdout;\n1\tV\n", &[]),
        ] {
            let name = text.find("pw").unwrap();
            let whole = Text::new(text.as_bytes(), true);
            let mut values = Vec::new();
            inserted(&whole, (name, name + 2), &mut |it| {
                values.push(&text[it.start..it.end])
            });
            assert_eq!(values, expected, "{text}");
        }
    }
}
