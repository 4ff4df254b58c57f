//! Arguments and default values in programs and shells.

use memchr::memchr3_iter;

use super::{Extent, MOST, gap, literal, quote};
use crate::redact::text::{ALNUM, QUOTE, SPACE, Text, class};

/// How far after an operator a default value may begin.
const MOST_LINE: usize = 160;

/// Reads the second of two literals, the first of which is at `at`, possibly in a
/// bracket: `("user", "x")`.
#[inline(never)]
pub(in crate::redact::engine) fn second(text: &Text<'_>, at: usize) -> Option<Extent> {
    let open = matches!(text.at(at), Some(b'(' | b'['));
    let first = if open { gap(text, at + 1, 32) } else { at };
    let quote = quote(text, first)?;
    let mark = text.at(quote)?;
    let end = text.run_of(quote + 1, 64, |byte| byte != mark && byte >= b' ');
    let behind = end + 1;
    let comma = text.run(behind, 32, SPACE);
    if text.at(end) != Some(mark) || text.at(comma) != Some(b',') {
        return None;
    }
    let value = literal(text, gap(text, comma + 1, 64))?;
    let close = text.run_of(value.end, 10, |byte| {
        byte == b'\\' || class(byte) & QUOTE != 0
    });
    let close = gap(text, close, 32);
    let ends = matches!(text.at(close), Some(b')' | b']' | b','));
    ends.then_some(value)
}

/// Reads the default value of the expression at `at`: `x ?? "v"`, `x || "v"`, `x or
/// "v"`, `a if b else "v"`, `f("x", "v")`, `Field(default="v")`.
#[inline(never)]
pub(in crate::redact::engine) fn default(text: &Text<'_>, at: usize) -> Option<Extent> {
    // Only an expression has a default value.
    let first = text.at(at)?;
    let empty = text.is(at, b"\"\" ") || text.is(at, b"'' ");
    if class(first) & ALNUM == 0 && !matches!(first, b'_' | b'$' | b'(') && !empty {
        return None;
    }
    let end = text.run_until(at, MOST_LINE, *b"\n\r");
    text.read_to(end);
    let line = text.slice(at, end);
    const LEADS: &[&[u8]] = &[
        b"?? ",
        b"|| ",
        b"or ",
        b"else ",
        b"default=",
        b".default(",
        b"default: ",
        b", ",
        b"?: ",
        b"? ",
        b"OrElse(",
        b"or_else(",
        b"orElse(",
        b"unwrap_or(",
        b"fallback=",
        b"//= ",
        b"GetOrDefault(",
    ];
    for offset in memchr3_iter(b'"', b'\'', b'`', line) {
        let before = line.get(..offset).unwrap_or_default();
        let lead = LEADS.iter().find(|lead| before.ends_with(lead));
        let Some(lead) = lead else { continue };
        let head = before.len() - lead.len();
        let call = matches!(**lead, [b',', ..]);
        // The second argument of a call, not the next member of a list.
        let inside = before.get(..head).unwrap_or_default();
        let depth = |open: u8| inside.iter().filter(|byte| **byte == open).count();
        let nested = depth(b'(') > depth(b')');
        if call && !(nested && is_lookup(inside)) {
            continue;
        }
        return literal(text, at + offset);
    }
    None
}

/// Returns whether the call at the end of `inside` looks up a name.
fn is_lookup(inside: &[u8]) -> bool {
    let open = inside.iter().rposition(|byte| *byte == b'(').unwrap_or(0);
    let callee = inside.get(..open).unwrap_or_default();
    let words = [
        &b"get"[..],
        b"env",
        b"getenv",
        b"environ",
        b"config",
        b"setting",
        b"property",
        b"param",
        b"var",
        b"option",
        b"field",
    ];
    words.iter().any(|word| {
        callee
            .windows(word.len())
            .any(|window| window.eq_ignore_ascii_case(word))
    })
}

/// Reads the default value of the reference at `at`: `${NAME:-x}`, `${NAME:x}`,
/// `${NAME-x}`, `{{ env "NAME" | default "x" }}`.
#[inline(never)]
pub(in crate::redact::engine) fn fallback(text: &Text<'_>, at: usize) -> Option<Extent> {
    if !text.is(at, b"${") {
        return None;
    }
    let name = text.run_of(at + 2, 80, |byte| {
        class(byte) & ALNUM != 0 || matches!(byte, b'_' | b'.')
    });
    let sign = text.run_of(name, 2, |byte| matches!(byte, b':' | b'-' | b'=' | b'|'));
    // `${NAME:?…}` is a message, `${NAME:+…}` replaces what is there.
    let other = sign == name + 1 && matches!(text.at(sign), Some(b'?' | b'+'));
    if sign == name || name == at + 2 || other {
        return None;
    }
    let start = sign + usize::from(quote(text, sign).is_some());
    let end = text.run_of(start, MOST, |byte| byte > b' ' && byte != b'}');
    text.read_to(end);
    if text.at(end) != Some(b'}') {
        return None;
    }
    let quoted = start > sign;
    Extent::new(start, end - usize::from(quoted), quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(reader: fn(&Text<'_>, usize) -> Option<Extent>, text: &str) -> Option<&str> {
        let whole = Text::new(text.as_bytes(), true);
        reader(&whole, 0).map(|it| &text[it.start..it.end])
    }

    #[test]
    fn the_second_of_two_literals() {
        for (text, value) in [
            ("(\"svc\", \"V\")", Some("V")),
            ("['svc', 'V']", Some("V")),
            ("\"svc\",\"V\", x)", Some("V")),
            ("(\"svc\")", None),
            ("(svc, \"V\")", None),
        ] {
            assert_eq!(read(second, text), value, "{text}");
        }
    }

    #[test]
    fn default_values_of_expressions() {
        for (text, value) in [
            ("process.env.API_KEY ?? \"V\"", Some("V")),
            ("os.getenv('API_KEY') or 'V'", Some("V")),
            ("config.get(\"x\", \"V\");", Some("V")),
            ("Field(default='V')", Some("V")),
            ("a if b else \"V\"", Some("V")),
            ("x || 'V'", Some("V")),
            ("f(\"a\", \"b\")", None),
            ("x\n|| 'V'", None),
        ] {
            assert_eq!(read(default, text), value, "{text}");
        }
        for (text, value) in [
            ("${DB_PASSWORD:-V}", Some("V")),
            ("${DB_PASSWORD:V}", Some("V")),
            ("${DB_PASSWORD}", None),
            ("${:V}", None),
            ("${A:-V", None),
        ] {
            assert_eq!(read(fallback, text), value, "{text}");
        }
    }
}
