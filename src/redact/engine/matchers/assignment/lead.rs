//! What may stand between an operator and its value: invisible characters, comments, types,
//! the letters before a literal.

use super::operator::is_quote;
use crate::redact::text::{ALNUM, QUOTE, SPACE, Text, class};

/// Returns the start of the braces after the command of LaTeX at `at`:
/// `\texttt{x}`.
pub(super) fn behind_command(text: &Text<'_>, at: usize) -> usize {
    if text.at(at) != Some(b'\\') {
        return at;
    }
    let end = text.run_of(at + 1, 12, |byte| byte.is_ascii_lowercase());
    if end > at + 2 && text.at(end) == Some(b'{') {
        end
    } else {
        at
    }
}

/// Returns the end of the invisible characters and blanks at `at`, which come along when
/// people copy text from messengers.
pub(super) fn behind_invisible(text: &Text<'_>, mut at: usize) -> usize {
    const MARKS: [&str; 6] = [
        "\u{200b}", "\u{200c}", "\u{200d}", "\u{2060}", "\u{feff}", "\u{ad}",
    ];
    for _ in 0..4 {
        if text.at(at).is_none_or(|byte| byte < 128) {
            break;
        }
        let Some(mark) = MARKS.iter().find(|mark| text.is(at, mark.as_bytes())) else {
            break;
        };
        at = text.run(at + mark.len(), 8, SPACE);
    }
    at
}

/// Returns the start of the literal behind a comment or a type in brackets at `at`:
/// `/* prod */ "x"`, `(String) "x"`, `(char *)"x"`.
pub(super) fn behind_cast(text: &Text<'_>, at: usize) -> usize {
    let end = match text.at(at) {
        Some(b'/') if text.is(at, b"/*") => {
            let end = text.run_until(at + 2, 64, *b"*\n");
            if text.is(end, b"*/") { end + 2 } else { at }
        }
        Some(b'#' | b'/') if text.is(at, b"# ") || text.is(at, b"// ") => {
            text.run_until(at, 80, *b"\n\n")
        }
        Some(b'<') if text.is(at, b"<!--") => {
            let end = text.run_until(at, 80, *b">\n");
            text.run_of(end, 1, |byte| byte == b'>')
        }
        Some(b'(') => {
            let end = text.run_of(at + 1, 32, |byte| {
                class(byte) & ALNUM != 0 || matches!(byte, b'_' | b' ' | b'*' | b'.' | b'&')
            });
            let word = text
                .at(at + 1)
                .is_some_and(|byte| byte.is_ascii_alphabetic());
            if word && text.at(end) == Some(b')') {
                end + 1
            } else {
                at
            }
        }
        _ => at,
    };
    let next = text.run_of(end, 32, |byte| byte.is_ascii_whitespace());
    if end > at && is_quote(text, next) {
        next
    } else {
        at
    }
}

/// Returns the end of the escaped blanks at `at` before a literal in a literal:
/// `\"password\":\n\t\"x\"`.
pub(super) fn behind_escapes(text: &Text<'_>, at: usize) -> usize {
    let mut end = at;
    while text.at(end) == Some(b'\\')
        && matches!(text.at(end + 1), Some(b'n' | b'r' | b't'))
        && end < at + 32
    {
        end = text.run(end + 2, 16, SPACE);
    }
    if end > at && is_quote(text, end) {
        end
    } else {
        at
    }
}

/// Returns the end of the letters before a literal at `at`: `b"…"`, `f'…'`, `@"…"`,
/// `rb"…"`, `N'…'`, `r#"…"#`.
pub(super) fn behind_prefix(text: &Text<'_>, at: usize) -> usize {
    let letters = text.run_of(at, 3, |byte| {
        matches!(
            byte,
            b'b' | b'B'
                | b'r'
                | b'R'
                | b'u'
                | b'f'
                | b'F'
                | b'@'
                | b'L'
                | b'$'
                | b'N'
                | b'E'
                | b'#'
        )
    });
    let quoted = letters > at
        && text
            .at(letters)
            .is_some_and(|byte| class(byte) & QUOTE != 0);
    if quoted { letters } else { at }
}
