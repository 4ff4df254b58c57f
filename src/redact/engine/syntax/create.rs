//! Tables that a dump of a database creates and then fills without the names of columns.

use memchr::memchr2_iter;

use super::Extent;
use super::insert::statement;
use super::rows::{FIRST, Rows, Sort};
use crate::redact::text::{NAME, QUOTE, SPACE, Text, class};

/// How far before the name of a column its statement may begin.
const MOST_BEFORE: usize = 2048;
/// How far behind it the first row may be.
const MOST_BEHIND: usize = 4096;

/// The types of columns that hold texts, as far as they are told apart.
const TYPES: &[&[u8]] = &[
    b"binary",
    b"blob",
    b"bytea",
    b"char",
    b"clob",
    b"longtext",
    b"mediumtext",
    b"nchar",
    b"ntext",
    b"nvarchar",
    b"string",
    b"text",
    b"tinytext",
    b"varbinary",
    b"varchar",
];

/// Passes to `found` the values of the column whose definition begins with the name from
/// `start` to `end`: `CREATE TABLE users (name text, password text); INSERT INTO users
/// VALUES ('ann', 'x')`. Returns where the rows continue.
#[inline(never)]
pub(in crate::redact::engine) fn created(
    text: &Text<'_>,
    (start, end): (usize, usize),
    found: &mut impl FnMut(Extent),
) -> Option<Rows> {
    let kind = text.run(end, 64, SPACE);
    if kind == end || !TYPES.iter().any(|name| text.is_word(kind, name)) {
        return None;
    }
    let before = text.run_back_of(start, 64, |byte| {
        class(byte) & QUOTE != 0 || byte.is_ascii_whitespace()
    });
    if !matches!(text.before(before), Some(b',' | b'(')) {
        return None;
    }
    let head = text.slice(text.back_to(start, MOST_BEFORE), start);
    const CREATE: &[u8] = b"create table";
    let place = head
        .windows(CREATE.len())
        .rposition(|part| part.eq_ignore_ascii_case(CREATE))?;
    let statement_head = head.get(place + CREATE.len()..)?;
    let open = statement_head.iter().position(|byte| *byte == b'(')?;
    let (table, columns) = statement_head.split_at_checked(open)?;
    let column = commas(columns.get(1..)?)?;
    let table = last_word(table);
    // The statement that fills the table begins a line.
    let rest = text.slice(end, text.run_of(end, MOST_BEHIND, |_| true));
    text.read_to(end + rest.len());
    for at in memchr2_iter(b'I', b'i', rest) {
        let line = rest.get(..at).is_some_and(|head| {
            let head = head.trim_ascii_end();
            head.ends_with(b";") || head.ends_with(b"*/")
        });
        if !line {
            continue;
        }
        if let Some((name, values)) = statement(text, end + at) {
            let same = last_word(name).eq_ignore_ascii_case(table);
            let rows = Rows::new(values, column, Sort::Inserted);
            return same.then(|| rows.some(text, FIRST, found))?;
        }
    }
    None
}

/// Returns the number of commas outside of brackets, or `None` if the list ends.
fn commas(list: &[u8]) -> Option<usize> {
    let (mut depth, mut count) = (0_usize, 0);
    for byte in list {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => count += 1,
            _ => {}
        }
    }
    Some(count)
}

/// Returns the last name in `words`, without a schema and quotation marks.
fn last_word(words: &[u8]) -> &[u8] {
    let is_part = |byte: &u8| class(*byte) & NAME != 0 && !matches!(byte, b'.' | b'`');
    let end = words.iter().rposition(is_part).map_or(0, |last| last + 1);
    let head = words.get(..end).unwrap_or_default();
    let start = head.iter().rposition(|byte| !is_part(byte));
    head.get(start.map_or(0, |start| start + 1)..)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_a_defined_column_are_found() {
        for (text, expected) in [
            (
                "CREATE TABLE u (id int, pw text);\nINSERT INTO u VALUES (1, 'V'), (2, 'W');\n",
                &["V", "W"][..],
            ),
            (
                "CREATE TABLE `u` (\n  `n` decimal(1,2),\n  `pw` varchar(80) NOT NULL\n);\nLOCK TABLES `u` WRITE;\nINSERT INTO `u` VALUES (1,'V');\n",
                &["V"],
            ),
            (
                "CREATE TABLE u(pw TEXT, b);\nINSERT INTO u VALUES('V',1);\nINSERT INTO u VALUES('W',1);\n",
                &["V", "W"],
            ),
            (
                "CREATE TABLE u (pw text);\nINSERT INTO v VALUES ('V');\n",
                &[],
            ),
            (
                "CREATE TABLE u (id int);\nf(pw text);\nINSERT INTO u VALUES ('V');\n",
                &[],
            ),
            ("CREATE TABLE u (pw text);\n", &[]),
        ] {
            let name = text.find("pw").unwrap();
            let end = name + 2 + usize::from(text[name + 2..].starts_with('`'));
            let whole = Text::new(text.as_bytes(), true);
            let mut values = Vec::new();
            created(&whole, (name, end), &mut |it| {
                values.push(&text[it.start..it.end]);
            });
            assert_eq!(values, expected, "{text}");
        }
    }
}
