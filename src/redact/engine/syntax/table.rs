//! Tables with a header that names the columns: CSV, TSV, Markdown, boxes, and the output
//! of database clients.

use super::cells::{LINES, MOST_LINE, Mark, next_line, row};
use super::rows::{FIRST, Rows, Sort};
use super::{Extent, fixed};
use crate::redact::text::{NAME, QUOTE, SPACE, Text, class};

/// How far before a name its header may begin.
const MOST_BEFORE: usize = 2048;
/// The greatest length of a title on either side of the name.
const MOST_TITLE: usize = 64;
/// The greatest number of blanks before and after a title.
const MOST_INDENT: usize = 64;
const MOST_PADDING: usize = 256;

/// Passes to `found` the cells below the title that contains the name from `start` to
/// `end`. Returns where the rows continue.
#[inline(never)]
pub(in crate::redact::engine) fn cells(
    text: &Text<'_>,
    (start, end): (usize, usize),
    found: &mut impl FnMut(Extent),
) -> Option<Rows> {
    let (before, after) = (title_start(text, start), title_end(text, end));
    let line_ends = matches!(text.at(after), Some(b'\n' | b'\r'));
    let mark = match (mark_before(text, before), mark_at(text, after)) {
        (Some(before), Some(after)) if before == after => before,
        (Some(mark), None) if line_ends => mark,
        (None, Some(mark)) if matches!(text.before(before), None | Some(b'\n' | b'\r')) => mark,
        (None, None) if line_ends => {
            let line = line_start(text, start)?;
            return fixed::columns(text, (line, start, after), found);
        }
        _ => return None,
    };
    let line = line_start(text, before)?;
    // A mark of the order of bytes is no part of the first title.
    let line = line + if text.is(line, b"\xEF\xBB\xBF") { 3 } else { 0 };
    let (mut column, mut titles, mut fit) = (None, 0, true);
    let (below, count) = row(text, line, (mark, false), &mut |number, title| {
        if title.start <= start && start < title.end {
            column = Some(number);
        }
        let words = text.slice(title.start, title.end);
        let named = |byte: &u8| class(*byte) & NAME != 0 || *byte >= 128;
        titles += usize::from(words.iter().any(named));
        fit &= mark.is_bar() || title.quoted || is_title(words);
    })?;
    let header = text.slice(line, below).trim_ascii_end();
    let sort = |count| Sort::Marked {
        mark,
        count,
        misfits: 0,
    };
    let column = column.filter(|_| fit && header.len() < MOST_LINE)?;
    if header.starts_with(b"||") {
        // In Jira, two marks stand around each title.
        return Rows::new(below, column / 2, sort(count / 2)).some(text, FIRST, found);
    }
    let below = if mark.is_bar() {
        behind_rule(text, below, (mark, count))
            .or_else(|| behind_header(text, (line, below), (header, count)))?
    } else if titles < 2 {
        // Of a single column, the rule below the header is evidence enough.
        return None;
    } else {
        let plain = |byte: &u8| class(*byte) & (NAME | SPACE | QUOTE) != 0 || *byte == b'*';
        let parts = |byte: &u8| plain(byte) || mark == Mark::Byte(*byte);
        let spaced = header.windows(2).any(|pair| pair == b", ");
        // A line of a list in a program.
        let indented = matches!(header.first(), Some(b' ' | b'\t'));
        let tabbed = header.first() == Some(&b'\t') && mark == Mark::Byte(b'\t');
        let listed = tabbed || indented && (spaced || !header.iter().all(parts));
        // Titles of several words with marks may as well be a sentence.
        let sure = !spaced && header.iter().all(parts);
        if listed || !sure && !fits(text, below, (mark, count)) {
            return None;
        }
        below
    };
    Rows::new(below, column, sort(count)).some(text, FIRST, found)
}

/// Returns whether the row at `at` has as many marks as the header.
fn fits(text: &Text<'_>, at: usize, (mark, count): (Mark, usize)) -> bool {
    let marks = |escaped| row(text, at, (mark, escaped), &mut |_, _| {});
    [false, true]
        .into_iter()
        .any(|escaped| marks(escaped).is_some_and(|(_, marks)| marks == count))
}

/// Returns the start of the title in which a name begins at `start`.
fn title_start(text: &Text<'_>, start: usize) -> usize {
    let from = text.run_back_of(start, MOST_TITLE, is_part);
    let title = text.slice(from, start);
    let is_line = |part: &[u8]| LINES.contains(&part);
    let line = title.windows(3).rposition(is_line);
    let from = line.map_or(from, |line| from + line + 3);
    text.run_back_of(from, MOST_INDENT, |byte| byte == b' ')
}

/// Returns the end of the title in which a name ends at `end`. A client of a database pads
/// it.
fn title_end(text: &Text<'_>, end: usize) -> usize {
    let to = text.run_of(end, MOST_TITLE, is_part);
    let is_line = |part: &[u8]| LINES.contains(&part);
    let line = text.slice(end, to).windows(3).position(is_line);
    match line {
        Some(line) => end + line,
        None => text.run_of(to, MOST_PADDING, |byte| byte == b' '),
    }
}

/// Returns whether the byte may be a part of a title.
fn is_part(byte: u8) -> bool {
    byte >= b' ' && byte != 127 && !b",;|={}<>\\".contains(&byte)
}

/// Returns whether the text without quotation marks around it may be a title: a few words,
/// with remarks in brackets.
fn is_title(words: &[u8]) -> bool {
    let (mut depth, mut before) = (0_u32, b' ');
    for byte in words {
        depth = match byte {
            b'(' if before != b' ' => return false,
            b'(' => depth + 1,
            b')' if depth == 0 => return false,
            b')' => depth - 1,
            b'[' | b']' | b':' => return false,
            _ if is_part(*byte) => depth,
            _ => return false,
        };
        before = *byte;
    }
    depth == 0 && words.len() <= 2 * MOST_TITLE
}

/// Returns the mark between cells that stands at `at`.
fn mark_at(text: &Text<'_>, at: usize) -> Option<Mark> {
    match text.at(at)? {
        byte @ (b',' | b';' | b'\t' | b'|') => Some(Mark::Byte(byte)),
        _ => Some(Mark::Box).filter(|mark| mark.end(text, at).is_some()),
    }
}

/// Returns the mark between cells that ends before `at`.
fn mark_before(text: &Text<'_>, at: usize) -> Option<Mark> {
    match text.before(at)? {
        byte @ (b',' | b';' | b'\t' | b'|') => Some(Mark::Byte(byte)),
        _ => mark_at(text, at.checked_sub(3)?).filter(|mark| *mark == Mark::Box),
    }
}

/// Returns the end of the bar between cells at `at`.
pub(in crate::redact::engine) fn behind_bar(text: &Text<'_>, at: usize) -> Option<usize> {
    mark_at(text, at)
        .filter(|mark| mark.is_bar())?
        .end(text, at)
}

/// Returns whether a bar between cells ends before `at`.
pub(in crate::redact::engine) fn is_behind_bar(text: &Text<'_>, at: usize) -> bool {
    mark_before(text, at).is_some_and(Mark::is_bar)
}

/// Returns the start of the line that contains `at`.
fn line_start(text: &Text<'_>, at: usize) -> Option<usize> {
    let from = text.back_to(at, MOST_BEFORE);
    let line = text.slice(from, at);
    match line.iter().rposition(|byte| *byte == b'\n') {
        Some(end) => Some(from + end + 1),
        None => (from == 0).then_some(0),
    }
}

/// Returns the start of the rows below the rule at `at` of a table in Markdown, of a box,
/// or of a client.
fn behind_rule(text: &Text<'_>, at: usize, (mark, count): (Mark, usize)) -> Option<usize> {
    let rule = text.run_of(at, MOST_LINE, |byte| match mark {
        Mark::Box => byte >= 128 || byte == b' ',
        Mark::Byte(_) => b"|-+:= \t>".contains(&byte),
    });
    let line = text.slice(at, rule);
    let marks = line.iter().filter(|byte| matches!(byte, b'|' | b'+'));
    // Lines of boxes are in one block of characters.
    let drawn = |part: &[u8]| matches!(part, [0xE2, 0x94 | 0x95, _] | [b' ', ..]);
    let is_rule = match mark {
        Mark::Box => line.trim_ascii().chunks(3).all(drawn) && line.len() > 3 * count,
        Mark::Byte(_) => marks.count() == count && (line.contains(&b'-') || line.contains(&b'=')),
    };
    let ends = matches!(text.at(rule), Some(b'\n' | b'\r'));
    (is_rule && ends).then(|| next_line(text, rule))
}

/// Returns the start of the rows of a table without a rule, whose header is between the
/// places `line` and `below`: one of AsciiDoc, or of a file with bars between its fields.
fn behind_header(
    text: &Text<'_>,
    (line, below): (usize, usize),
    (header, count): (&[u8], usize),
) -> Option<usize> {
    let mark = Mark::Byte(b'|');
    if header.starts_with(b"|") {
        let opened = text.slice(line.saturating_sub(6), line).trim_ascii_end();
        let rows = text.run_of(below, 2, |byte| matches!(byte, b'\n' | b'\r'));
        return opened.ends_with(b"|===").then_some(rows);
    }
    let named = |byte: &u8| class(*byte) & NAME != 0 || *byte == b'|';
    let begins = header.first().is_some_and(u8::is_ascii_alphabetic);
    let ends = !header.ends_with(b"|") && header.iter().all(named);
    (begins && ends && fits(text, below, (mark, count))).then_some(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cells_below_a_header() {
        for (text, expected) in [
            ("user,pw\nann,V\nbob,W\n", &["V", "W"][..]),
            ("pw,user\nV,ann\n", &["V"]),
            ("user;db pw;x\nann;\"a;b\"\"c\";1", &["a;b\"\"c"]),
            ("user\tpw\r\nann\tV\r\n", &["V"]),
            (
                "| user | pw |\n|---|:--|\n| ann | V |\n| bob | `W` |\n",
                &["V", "W"],
            ),
            (
                " id |  pw  | x\n----+------+---\n  1 | V | t\n(1 row)\n",
                &["V"],
            ),
            (
                "+---+----+\n| a | pw |\n+---+----+\n| 1 | V  |\n+---+----+\n",
                &["V"],
            ),
            (
                " id |  pw                                   | x\n----+---------------------------------------+---\n  1 | V                                     | t\n",
                &["V"],
            ),
            ("user,x,pw\nann,\"a\nb\",V\nbob,y,W\n", &["V", "W"]),
            ("user,pw\n\nann,V\n", &["V"]),
            ("user,x,pw\nann\nbob,y,V\n", &["V"]),
            (
                "| user | pw |\n|---|---|\n| a\\|b | V |\n| x |\n| c | W |\n",
                &["V", "W"],
            ),
            ("| pw |\n|---|\n| V |\n", &["V"]),
            (" pw\n----------\n V\n(1 row)\n", &["V"]),
            ("||user||pw||\n|ann|V|\n|bob|W|\n", &["V", "W"]),
            ("|| pw || user ||\n| V | ann |\n", &["V"]),
            ("f(user, pw)\nann, V\n", &[]),
            ("\u{feff}user,pw\nann,V\n", &["V"]),
            ("Größe;Das pw (neu);A & B\n1;V;2\n", &["V"]),
            ("\"name, first\",\"pw\"\n\"a, b\",\"V\"\n", &["V"]),
            ("'id','pw'\n'1, 2','V'\n", &["V"]),
            ("id,note,pw\n1,a\\,b,V\n", &["V"]),
            ("#,user,pw\n1,ann,V\n", &["V"]),
            (
                "| # | Größe: | 🔑 pw |\n|---|---|---|\n| 1 | b | V |\n",
                &["V"],
            ),
            ("> | user | pw |\n> |---|---|\n> | ann | V |\n", &["V"]),
            ("id|pw|x\n1|V|y\n", &["V"]),
            ("|===\n|user |pw\n\n|ann |V\n|===\n", &["V"]),
            (
                "| a | pw |\n+===+====+\n| 1 | V |\n+---+---+\n| 2 | W |\n",
                &["V", "W"],
            ),
            ("│ a │ pw │\n├───┼────┤\n│ 1 │ V │\n└───┴────┘\n", &["V"]),
            ("┃ a ┃ pw ┃\n┡━━━╇━━━━┩\n│ 1 │ V │\n└───┴────┘\n", &["V"]),
            ("User  pw\n====  ====\nann   V\n====  ====\n", &["V"]),
            ("the user, the pw: x\nann, V\n", &[]),
            ("x = {user, pw}\nann, V\n", &[]),
            ("Hi ann, the new pw (for db)\nis below\nann, V\n", &[]),
            ("A|pw\n", &[]),
            ("1|pw\n2|V\n", &[]),
            ("\tcall\tpw\n\tmov\tV\n", &[]),
            ("- `a`, `pw`\n  and more\n- `b`, `V`\n", &[]),
            ("f(\n    user, pw\n    a, V\n)\n", &[]),
            ("data: |\n  user,pw\n  ann,V\n", &["V"]),
            ("user,pw\nann\n", &[]),
            ("pw\nV\n", &[]),
            ("user,pw\nann,V\n\nsome text\nbob,W\n", &["V"]),
            ("| user | pw |\n| ann | V |\n", &[]),
        ] {
            let name = text.find("pw").unwrap();
            let whole = Text::new(text.as_bytes(), true);
            let mut cells_of = Vec::new();
            cells(&whole, (name, name + 2), &mut |it| {
                cells_of.push(&text[it.start..it.end])
            });
            assert_eq!(cells_of, expected, "{text}");
        }
    }
}
