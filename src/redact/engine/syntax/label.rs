//! Labels in sentences, forms and Markdown: what may stand between a name and its
//! value.

use super::markup::behind_tags;
use crate::redact::engine::tables::words::WordSet;
use crate::redact::text::{NAME, SPACE, Text, class};

/// Signs other than those of programs that stand between a label and its value, and
/// verbs that follow it without a blank.
const SIGNS: &[&[u8]] = &[
    "\u{ff1a}".as_bytes(),
    "\u{2192}".as_bytes(),
    "\u{2013}".as_bytes(),
    "\u{2014}".as_bytes(),
    "\u{ff1d}".as_bytes(),
    "\u{27a1}\u{fe0f}".as_bytes(),
    "\u{27a1}".as_bytes(),
    "\u{21d2}".as_bytes(),
    "\u{1f449}".as_bytes(),
    // Verbs and particles of languages without blanks between words.
    "\u{662f}".as_bytes(),
    "\u{4e3a}".as_bytes(),
    "\u{70ba}".as_bytes(),
    "\u{306f}".as_bytes(),
    "\u{b294}".as_bytes(),
    "\u{c740}".as_bytes(),
    b"->",
    b"=>",
    b"- ",
    b"//",
];

/// Verbs between a name and its value, in several languages.
static VERBS: WordSet = WordSet::new(&[
    b"adalah",
    b"are",
    b"er",
    b"era",
    b"es",
    b"est",
    b"este",
    b"is",
    b"je",
    b"jest",
    b"on",
    b"ist",
    b"lautet",
    b"to",
    b"was",
    b"\xc3\xa4r",
    b"\xc3\xa8",
    b"\xc3\xa9",
    b"l\xc3\xa0",
    b"\xd1\x8d\xd1\x82\xd0\xbe",
]);

/// Words after a name that continue it, in several languages.
static CONTINUED: WordSet = WordSet::new(&[
    b"at",
    b"changed",
    b"da",
    b"de",
    b"del",
    b"della",
    b"der",
    b"des",
    b"di",
    b"dla",
    b"do",
    b"du",
    b"f\xc3\xbcr",
    b"for",
    b"from",
    b"fuer",
    b"in",
    b"key",
    b"now",
    b"of",
    b"on",
    b"para",
    b"pour",
    b"rotated",
    b"to",
    b"temporaire",
    b"temporal",
    b"temporary",
    b"value",
    b"vom",
    b"von",
    b"zum",
    "\u{432}\u{456}\u{434}".as_bytes(),
    "\u{434}\u{43b}\u{44f}".as_bytes(),
    "\u{434}\u{43e}".as_bytes(),
    "\u{43a}".as_bytes(),
    "\u{43d}\u{430}".as_bytes(),
    "\u{43e}\u{442}".as_bytes(),
]);

/// Adverbs between a verb and the value.
static NOW: WordSet = WordSet::new(&[
    b"actuellement",
    b"adesso",
    b"agora",
    b"ahora",
    b"currently",
    b"jetzt",
    b"maintenant",
    b"nu",
    b"now",
    b"simply",
    b"still",
]);

/// Returns the end of an adverb and a blank at `at`: `now x`.
pub(in crate::redact::engine) fn behind_adverb(text: &Text<'_>, at: usize) -> usize {
    let end = text.run_of(at, 14, |byte| byte.is_ascii_lowercase());
    let known = text.at(end) == Some(b' ') && NOW.contains(text.slice(at, end));
    if known { end + 1 } else { at }
}

/// Returns the end of the marks of Markdown at `at`, such as `**`.
pub(in crate::redact::engine) fn behind_marks(text: &Text<'_>, at: usize) -> usize {
    let quotes = text.run_of(at, 3, |byte| byte == b'\'');
    if quotes >= at + 2 {
        return quotes;
    }
    text.run_of(at, 3, |byte| matches!(byte, b'*' | b'_'))
}

/// Returns the end of the blanks at `at`, among them those that do not break a line.
fn blanks(text: &Text<'_>, mut at: usize) -> usize {
    loop {
        at = text.run(at, 32, SPACE);
        if text.at(at).is_none_or(|byte| byte < 128) {
            return at;
        }
        let wide = ["\u{a0}", "\u{3000}", "\u{202f}"]
            .iter()
            .find(|blank| text.is(at, blank.as_bytes()));
        match wide {
            Some(blank) => at += blank.len(),
            None => return at,
        }
    }
}

/// Returns whether a label, a sentence or a cell may continue at `at`, after a name.
/// Most names are followed by something else.
pub(in crate::redact::engine) fn may_lead(text: &Text<'_>, at: usize) -> bool {
    let next = text.run(at, 32, SPACE);
    match text.at(next) {
        Some(byte) if class(byte) & NAME != 0 && byte.is_ascii_alphabetic() => {
            let word = text.slice(next, word(text, next));
            CONTINUED.contains(word) || VERBS.contains(word)
        }
        Some(byte) => byte >= 128 || b"*_<&(:=-/|`['".contains(&byte),
        None => false,
    }
}

/// Returns the start of the value of the label that ended before `at`: after a colon
/// or another sign, with marks, tags, a remark in brackets or a few words before it.
///
/// The value may stand on the next line.
#[inline(never)]
pub(in crate::redact::engine) fn label(text: &Text<'_>, at: usize) -> Option<usize> {
    let marked = behind_marks(text, at);
    let mut at = marked;
    if let Some(b'<' | b'&' | b' ' | b'\t' | b'[') = text.at(at) {
        at = behind_tags(text, at);
    }
    at = blanks(text, at);
    at = behind_remark(text, at)?;
    let sign = match text.at(at) {
        Some(b':') if !text.is(at, b"://") && !text.is(at, b"::") => at + 1,
        Some(b'=') if at > marked || marked > at => at + 1,
        Some(0xe2..=0xe7 | 0xeb | 0xec | 0xef | 0xf0 | b'-' | b'=' | b'/') => {
            at + SIGNS.iter().find(|sign| text.is(at, sign))?.len()
        }
        _ => continued(text, at)?,
    };
    Some(value(text, sign))
}

/// Returns the end of the remark in brackets at `at`, if there is one: `Password
/// (prod): x`. Returns `None` if its bracket does not close.
fn behind_remark(text: &Text<'_>, at: usize) -> Option<usize> {
    if text.at(at) != Some(b'(') {
        return Some(at);
    }
    let close = text.run_of(at + 1, 40, |byte| byte >= b' ' && byte != b')');
    let closed = text.at(close) == Some(b')');
    closed.then(|| blanks(text, behind_marks(text, close + 1)))
}

/// Returns the start of the first value in a sentence that continues at `at` and tells
/// of its replacement: `from x to y`.
#[inline(never)]
pub(in crate::redact::engine) fn replaced(text: &Text<'_>, at: usize) -> Option<usize> {
    const WORDS: [&[u8]; 7] = [
        b"changed", b"was", b"has", b"been", b"rotated", b"on", b"for",
    ];
    let mut at = blanks(text, at);
    for _ in 0..5 {
        let end = word(text, at);
        let next = blanks(text, end);
        let this = text.slice(at, end);
        if next == end || end == at {
            return None;
        }
        if this == b"from" {
            return Some(next);
        }
        let host = this.contains(&b'.');
        if !WORDS.contains(&this) && !host {
            return None;
        }
        at = next;
    }
    None
}

/// Returns the start of the value after the sign that ended at `at`.
fn value(text: &Text<'_>, at: usize) -> usize {
    let mut at = blanks(text, at);
    at = behind_marks(text, at);
    at = blanks(text, behind_tags(text, at));
    // `password is: x`, `the password: is x`
    if matches!(text.at(at), Some(b'\n' | b'\r')) {
        let line = text.run_of(at, 16, |byte| byte.is_ascii_whitespace());
        // A quotation.
        at = blanks(text, text.run_of(line, 1, |byte| byte == b'>'));
    }
    at
}

/// Returns the end of the colon after a few words that continue a name: `for db1:`.
fn continued(text: &Text<'_>, mut at: usize) -> Option<usize> {
    let first = word(text, at);
    let word_of = text.slice(at, first);
    if !CONTINUED.contains(word_of) && !VERBS.contains(word_of) {
        return None;
    }
    for _ in 0..5 {
        // A user of a host may be among the words.
        let end = text.run_of(at, 48, |byte| {
            class(byte) & NAME != 0 || byte >= 128 || byte == b'@'
        });
        if end == at {
            return None;
        }
        let next = blanks(text, end);
        match text.at(next) {
            Some(b':') if !text.is(next, b"://") && !text.is(next, b"::") => {
                return Some(next + 1);
            }
            Some(_) if next > end => at = next,
            _ => return None,
        }
    }
    None
}

fn word(text: &Text<'_>, at: usize) -> usize {
    text.run_of(at, 24, |byte| class(byte) & NAME != 0 || byte >= 128)
}

/// Returns the start of the value in a sentence that continues at `at`, with a verb
/// after up to five words: `for the server is x`, `lautet x`.
#[inline(never)]
pub(in crate::redact::engine) fn stated(text: &Text<'_>, at: usize) -> Option<usize> {
    let mut at = behind_remark(text, blanks(text, at))?;
    for count in 0..6 {
        let end = word(text, at);
        let next = blanks(text, end);
        if end == at {
            return None;
        }
        let this = text.slice(at, end);
        let colon = text.at(end) == Some(b':');
        // `to` and `on` may also go on: `on the server is x`.
        let goes_on = CONTINUED.contains(this)
            && !text
                .slice(next, text.run_of(next, 64, |byte| byte > b' '))
                .iter()
                .any(u8::is_ascii_digit);
        // Another verb follows: `on db1 is x`.
        let goes_on = goes_on
            || CONTINUED.contains(this) && {
                let behind = blanks(text, word(text, next));
                VERBS.contains(text.slice(behind, word(text, behind)))
            };
        // The value may stand on a line of its own.
        let ends = matches!(text.at(next), Some(b'\n' | b'\r'));
        if VERBS.contains(this) && !goes_on && (next > end || colon || ends) {
            let sign = text.run_of(next, 1, |byte| byte == b':');
            return Some(behind_adverb(text, value(text, sign)));
        }
        if count == 0 && !CONTINUED.contains(this) {
            return None;
        }
        at = next;
    }
    None
}

/// Returns the start of the value below the Markdown heading that contains the name from
/// `start` to `at`.
pub(in crate::redact::engine) fn heading(
    text: &Text<'_>,
    start: usize,
    at: usize,
) -> Option<usize> {
    let is_part = |byte: u8| class(byte) & (NAME | SPACE) != 0;
    if !matches!(text.at(at), Some(b'\n' | b'\r')) {
        return None;
    }
    let before = text.run_back_of(start, 64, is_part);
    let marks = text.run_back_of(before, 6, |byte| byte == b'#');
    let begins = matches!(text.before(marks), None | Some(b'\n'));
    if marks == before || !begins {
        return None;
    }
    let value = text.run_of(at, 16, |byte| byte.is_ascii_whitespace());
    // Nothing else stands on its line.
    let end = text.run_of(value, 256, |byte| byte > b' ');
    let ends = matches!(text.at(end), None | Some(b'\n' | b'\r'));
    (end > value && ends).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(reader: fn(&Text<'_>, usize) -> Option<usize>, text: &str) -> Option<&str> {
        let whole = Text::new(text.as_bytes(), true);
        reader(&whole, 0).map(|at| &text[at..])
    }

    #[test]
    fn labels_lead_to_values() {
        for (text, expected) in [
            (": V", Some("V")),
            ("**: V", Some("V")),
            (":** V", Some("V")),
            ("*: V", Some("V")),
            (" (prod): V", Some("V")),
            ("\u{ff1a}V", Some("V")),
            ("\u{a0}:\u{a0}V", Some("V")),
            (" \u{2192} V", Some("V")),
            (" - V", Some("V")),
            (":</b> V", Some("V")),
            (": <code>V", Some("V")),
            (":&nbsp;V", Some("V")),
            (":\n\n> V", Some("V")),
            (":\r\nV", Some("V")),
            (" for db1: V", Some("V")),
            (" de la base : V", Some("V")),
            (" rotated: V", Some("V")),
            (" is generated for root@localhost: V", Some("V")),
            (" V", None),
            ("://V", None),
            (" of the day", None),
        ] {
            assert_eq!(rest(label, text), expected, "{text}");
        }
    }

    #[test]
    fn sentences_lead_to_values() {
        for (text, expected) in [
            (" is V", Some("V")),
            (" is: V", Some("V")),
            (" lautet V", Some("V")),
            (" f\u{fc}r den Server ist V", Some("V")),
            (" est V", Some("V")),
            (" jest V", Some("V")),
            (" to V1", Some("V1")),
            (" on the server is V", Some("V")),
            (" for the new box is V", Some("V")),
            (" (prod) is V", Some("V")),
            (" do banco \u{e9} V", Some("V")),
            (" di db.local \u{e8} V", Some("V")),
            (" is\n\n    V\n", Some("V\n")),
            (" on db1 is now V", Some("V")),
            (" and V", None),
            (" for", None),
        ] {
            assert_eq!(rest(stated, text), expected, "{text}");
        }
    }
}
