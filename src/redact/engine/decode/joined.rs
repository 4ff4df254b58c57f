//! Values in several pieces: lines continued with a backslash, and concatenated
//! literals.

use memchr::memrchr;

use super::Decoded;
use super::walk::{Escapes, MOST_BACK, Piece, Region};
use crate::redact::text::{ALNUM, QUOTE, SPACE, Text, class};

/// The greatest number of blanks next to an operator.
const MOST_BLANKS: usize = 64;
/// The greatest length of a piece.
const MOST_PIECE: usize = 4096;
/// The greatest number of pieces joined.
const MOST_PIECES: usize = 256;

/// Lines that end with a backslash.
pub(in crate::redact::engine) static CONTINUED: Escapes = Escapes {
    mark: b'\\',
    ends: |byte| byte == b'\n' || byte == b'\r',
    unit: continuation,
};

/// Reads a line end inside a value, with the indentation of the next line.
fn continuation(text: &Text<'_>, at: usize) -> Option<(usize, Piece)> {
    let line = if text.is(at + 1, b"\r\n") {
        at + 3
    } else if text.at(at + 1) == Some(b'\n') {
        at + 2
    } else {
        return None;
    };
    let next = text.run(line, MOST_BLANKS, SPACE);
    let byte = text.at(next)?;
    let continues = if next == line {
        is_inside(byte)
    } else {
        class(byte) & ALNUM != 0
    };
    let before = at.checked_sub(1).and_then(|last| text.bytes().get(last));
    (continues && before.is_some_and(|&byte| is_inside(byte))).then_some((next, Piece::NOTHING))
}

/// Returns whether a byte may be next to a seam inside a value.
const fn is_inside(byte: u8) -> bool {
    byte > b' ' && byte != 127 && class(byte) & QUOTE == 0 && !matches!(byte, b'\\' | b',' | b';')
}

/// The seam between two literals.
struct Seam {
    /// The end of the first literal, before its quote.
    start: usize,
    /// The start of the second literal, after its quote.
    end: usize,
    /// Whether an operator or a line end stands between them.
    is_joined: bool,
    /// Whether an operator stands between them.
    has_operator: bool,
    /// The quote of the second literal, and the number of backslashes before it.
    quote: u8,
    escapes: usize,
}

/// Returns the start of the backslashes before `at`.
fn behind_escapes(text: &Text<'_>, at: usize) -> usize {
    let before = text.slice(at.saturating_sub(8), at).iter().rev();
    at - before.take_while(|byte| **byte == b'\\').count()
}

/// Reads the seam whose first quote is at `at`.
fn seam(text: &Text<'_>, at: usize) -> Option<Seam> {
    let first = text.at(at)?;
    let start = behind_escapes(text, at);
    let last = start.checked_sub(1).and_then(|last| text.bytes().get(last));
    if class(first) & QUOTE == 0 || !last.is_some_and(|&byte| is_inside(byte)) {
        return None;
    }
    let is_blank = |byte: u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let operator = text.run_of(at + 1, MOST_BLANKS, is_blank);
    let operator_end = text.run_of(operator, 2, |byte| {
        matches!(byte, b'+' | b'.' | b'&' | b'|' | b'\\' | b'<' | b'>')
    });
    let stands = matches!(
        text.slice(operator, operator_end),
        b"" | b"+" | b"." | b".." | b"&" | b"||" | b"++" | b"<>" | b"\\"
    );
    let escape = text.run_of(operator_end, MOST_BLANKS, is_blank);
    let quote = text.run_of(escape, 8, |byte| byte == b'\\');
    let second = text.at(quote)?;
    // Adjacent literals are one literal if they have the same quotes.
    let alike = operator < operator_end || (second == first && quote > at + 1);
    let next = text.at(quote + 1)?;
    let fits = stands && alike && class(second) & QUOTE != 0 && is_inside(next);
    fits.then_some(Seam {
        start,
        end: quote + 1,
        has_operator: operator < operator_end && text.at(operator) != Some(b'\\'),
        is_joined: operator < operator_end || memrchr(b'\n', text.slice(at, quote)).is_some(),
        quote: second,
        escapes: quote - escape,
    })
}

/// Returns the start and the end of what separates the two literals, the first of which
/// ends with the quote at `at`. Their quotes may differ, as in a shell.
pub(super) fn pieces(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let quote = |at| text.at(at).filter(|byte| class(*byte) & QUOTE != 0);
    match seam(text, at) {
        Some(seam) => Some((seam.start, seam.end)),
        // Two of the same mark stand for one.
        None => (quote(at)? != quote(at + 1)?).then_some((at, at + 2)),
    }
}

/// Returns whether the literal at the end of `lead`, without its quote `mark`,
/// follows an operator. Adjacent literals in a log are not one value.
fn is_assigned(lead: &[u8], mark: u8) -> bool {
    let open = memrchr(mark, lead);
    let before = open.and_then(|open| lead.get(..open)).unwrap_or_default();
    let last = before
        .iter()
        .rev()
        .find(|byte| !matches!(byte, b' ' | b'\\'));
    last.is_some_and(|byte| matches!(byte, b'=' | b'(' | b',' | b':' | b'+' | b'[' | b'{' | b'>'))
}

/// Returns whether the literal that ends before `at` is a name to which a value is
/// assigned.
fn is_name(text: &Text<'_>, at: usize) -> bool {
    let sign = text.run(at, MOST_BLANKS, SPACE);
    matches!(text.at(sign), Some(b':' | b'='))
}

/// Returns whether adjacent literals up to `end`, the first of which is at the end of
/// `lead`, are one in the syntax of the program around them.
fn is_inside_code(text: &Text<'_>, lead: &[u8], mark: u8, end: usize) -> bool {
    let after = text.run_of(end, MOST_BLANKS, |byte| byte.is_ascii_whitespace());
    if matches!(text.at(after), Some(b')' | b']' | b'}' | b';' | b',')) {
        return true;
    }
    let open = memrchr(mark, lead).unwrap_or(0);
    let before = lead.get(..open).unwrap_or_default();
    let line_end = text.run(end, MOST_BLANKS, SPACE);
    before.ends_with(b" = ") && matches!(text.at(line_end), None | Some(b'\n' | b'\r'))
}

/// Returns whether the literals on both sides of a seam are fields of two rows of CSV:
/// a comma stands right before the first one, at the end of `lead`, and a line begins
/// with the second one.
fn is_row(text: &Text<'_>, lead: &[u8], mark: u8, seam: &Seam) -> bool {
    let open = memrchr(mark, lead).and_then(|open| lead.get(..open));
    let field = open.is_some_and(|before| before.ends_with(b","));
    field && text.before(seam.end - 1) == Some(b'\n')
}

/// Joins the literals, the first of which ends with the quote at `at`.
pub(in crate::redact::engine) fn decode(text: &Text<'_>, at: usize) -> Option<Decoded> {
    let first = text.at(at)?;
    let from = at.saturating_sub(MOST_BACK);
    let lead = text.slice(from, behind_escapes(text, at));
    // Most often, the two literals are separated by a blank.
    let is_apart = text.slice(at + 1, at + 3) == [b' ', first];
    if is_apart && !is_assigned(lead, first) {
        return None;
    }
    let mut next = seam(text, at)?;
    if !is_apart && !next.is_joined && !is_assigned(lead, first) {
        return None;
    }
    let line = memrchr(b'\n', lead);
    let start = line.map_or_else(
        || word_start(text, from, next.start),
        |line| from + line + 1,
    );
    if !next.has_operator && is_row(text, lead, first, &next) {
        return None;
    }
    let mut region = Region::new(start);
    let mut has_operator = true;
    for _ in 0..MOST_PIECES {
        has_operator &= next.has_operator;
        region.copy(text, next.start);
        region.put(next.end, &[]);
        let quote = quote(text, &next)?;
        if !next.has_operator && is_name(text, quote + 1) {
            return None;
        }
        region.copy(text, quote);
        match seam(text, quote) {
            Some(seam) if seam.start >= next.end => next = seam,
            _ => break,
        }
    }
    // Without an operator, only a syntax that joins adjacent literals makes them one:
    // a call, a list, a statement, or an assignment with blanks around its sign.
    if !has_operator && !is_inside_code(text, lead, first, region.at + 1) {
        return None;
    }
    if region.at < text.bytes().len() {
        region.put(region.at + 1, &[first]);
    }
    Some(region.decoded(false))
}

/// Returns the place of the quote that ends the literal after a seam.
fn quote(text: &Text<'_>, seam: &Seam) -> Option<usize> {
    let mut at = seam.end;
    loop {
        let most = (seam.end + MOST_PIECE).saturating_sub(at);
        let quote = text.run_until(at, most, [seam.quote, b'\n']);
        if text.bytes().get(quote) != Some(&seam.quote) {
            return None;
        }
        let escapes = text.slice(at, quote).iter().rev();
        let escapes = escapes.take_while(|byte| **byte == b'\\').count();
        if escapes <= seam.escapes || (seam.escapes == 0 && escapes.is_multiple_of(2)) {
            return Some(quote);
        }
        at = quote + 1;
    }
}

/// Returns the first place from `from` on that is not inside a word.
fn word_start(text: &Text<'_>, from: usize, to: usize) -> usize {
    let is_word = |at: usize| {
        let byte = text.bytes().get(at);
        byte.is_some_and(|&byte| class(byte) & ALNUM != 0 || byte >= 128)
    };
    let inside = |at: usize| {
        at.checked_sub(1)
            .is_some_and(|last| is_word(last) && is_word(at))
    };
    (from..to).find(|&at| !inside(at)).unwrap_or(to)
}
