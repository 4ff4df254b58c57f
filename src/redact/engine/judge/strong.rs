//! Passwords as generators make them: letters, digits and punctuation in any order.

use super::reference::{is_format, is_number, is_part_of_program};
use super::{MOST, grams, is_dummy, is_random, is_uuid};

/// The least length of a strong value in bytes.
const LEAST: usize = 8;

/// The least score of a strong value, and of one whose punctuation also joins words.
const LEAST_SCORE: usize = 50;
const LEAST_JOINED: usize = 56;
/// The same, for one with all kinds of bytes and fixed ends.
const LEAST_CLOSED: usize = 44;

/// Returns whether a value is a mixture of letters, digits and punctuation that
/// nobody would write as a word, a name or an expression.
///
/// The value must be the whole one. It may hold any punctuation: only its shape as a
/// template, an expression or a pattern shows that it is something else.
///
/// `closed` says that the syntax fixes both ends. Otherwise punctuation at the end
/// may belong to the text around the value.
pub(in crate::redact::engine) fn is_strong(value: &[u8], closed: bool) -> bool {
    let mut decoded = [0; MOST];
    let head = unescaped(value.get(..MOST).unwrap_or(value), &mut decoded);
    let blank = |pair: &[u8]| {
        let escaped = pair.first() == Some(&b'\\');
        pair.last()
            .is_some_and(|last| *last < b' ' || *last == 127 || *last == b' ' && !escaped)
    };
    if head.len() < LEAST || head.first() <= Some(&b' ') {
        return false;
    }
    if head.windows(2).any(blank) && !(closed && has_blanks_inside(head)) {
        return false;
    }
    let mix = Mix::of(head);
    if mix.letters() < 3 || mix.kinds() < 2 {
        return false;
    }
    let surprise = grams::surprise(head).mean();
    let score = surprise + 40 * mix.changes / head.len();
    if mix.kinds() == 2 {
        // Letters of both cases in no order.
        return closed
            && mix.lower + mix.upper == head.len()
            && head.len() >= 14
            && surprise >= 36
            && score >= LEAST_JOINED
            && !is_dummy(value);
    }
    let hard = if closed {
        mix.hard > 0
    } else {
        Mix::of(trim(head)).hard > 0
    };
    let least = if closed && mix.hard >= 2 && mix.digits >= 2 && mix.kinds() == 4 {
        LEAST_CLOSED
    } else if hard && head.len() >= 12 {
        LEAST_SCORE
    } else {
        LEAST_JOINED
    };
    let digits = if mix.hard > 0 || mix.kinds() == 4 {
        1
    } else {
        2
    };
    let mixed = head.len() >= 12 - 4 * usize::from(mix.hard > 0)
        && mix.letters() >= 5
        && mix.digits >= digits
        && mix.lower * mix.upper > 0;
    score >= least
        && (hard || mixed && surprise >= 34)
        && !is_digest(value)
        && !is_bytes(head)
        && !is_dummy(value)
        && !is_uuid(value)
        && !is_template(head)
        && !is_number(head)
        && !is_format(head)
        && !is_pattern(head)
        && (closed || !is_expression(head) && !is_part_of_program(head))
        && !is_address(head)
}

/// Returns whether a whole value is an expression of a program.
pub(in crate::redact::engine) fn is_program(value: &[u8]) -> bool {
    let head = value.get(..MOST).unwrap_or(value);
    is_expression(head) || is_part_of_program(head)
}

/// Returns whether the only blanks of a value are one or two spaces inside it, between
/// pieces that are no words.
fn has_blanks_inside(value: &[u8]) -> bool {
    let is_piece =
        |piece: &[u8]| piece.len() >= 2 && piece.iter().any(|byte| !byte.is_ascii_alphabetic());
    let blanks = value.iter().filter(|byte| **byte == b' ').count();
    // A scheme and a word have a mark of a name at most.
    let marked = value
        .iter()
        .any(|byte| byte.is_ascii_punctuation() && !matches!(byte, b'_' | b'-' | b'.'));
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    (marked || digits > 2)
        && blanks <= 2
        && !value.iter().any(|byte| *byte < b' ' || *byte == 127)
        && value.split(|byte| *byte == b' ').all(is_piece)
}

/// Returns whether a part of `word` may be strong. This decides most of the time, and
/// quickly.
pub(in crate::redact::engine) fn may_be_strong(word: &[u8]) -> bool {
    let word = word.get(..MOST).unwrap_or(word);
    if word.len() < LEAST {
        return false;
    }
    let mix = Mix::of(word);
    mix.kinds() >= 3 || word.len() >= 14 && mix.lower * mix.upper > 0
}

/// The composition of a value.
struct Mix {
    lower: usize,
    upper: usize,
    digits: usize,
    /// Punctuation that also joins the words of names, paths and versions.
    soft: usize,
    /// All other punctuation, and bytes beyond ASCII.
    hard: usize,
    /// How often the class changes from one byte to the next.
    changes: usize,
}

/// The count of each byte: one in eight bits for its kind, and above all of those its
/// class. All punctuation is one class.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated when the crate is compiled"
)]
static COUNTS: [u64; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (kind, class) = match byte as u8 {
            b'a'..=b'z' => (0, 1),
            b'A'..=b'Z' => (1, 2),
            b'0'..=b'9' => (2, 3),
            b'_' | b'-' | b'.' | b'/' | b':' | b'=' | b'+' => (3, 4),
            _ => (4, 4),
        };
        table[byte] = 1 << (8 * kind) | class << CLASS;
        byte += 1;
    }
    table
};

/// The lowest bit of a class.
const CLASS: u32 = 56;

impl Mix {
    /// Counts the bytes of `value`, which has at most [`MOST`].
    #[expect(
        clippy::indexing_slicing,
        reason = "the table has an entry for every byte"
    )]
    fn of(value: &[u8]) -> Self {
        const { assert!(MOST < 1 << 8, "no count passes on to the next") };
        let class = |byte: u8| COUNTS[usize::from(byte)] >> CLASS;
        let mut last = value.first().map_or(0, |first| class(*first));
        let (mut counts, mut changes) = (0_u64, 0);
        for &byte in value {
            let count = COUNTS[usize::from(byte)];
            // The sum of the classes means nothing.
            counts = counts.wrapping_add(count);
            changes += usize::from(count >> CLASS != last);
            last = count >> CLASS;
        }
        let count = |kind: u32| (counts >> (8 * kind) & 0xff) as usize;
        Self {
            lower: count(0),
            upper: count(1),
            digits: count(2),
            soft: count(3),
            hard: count(4),
            changes,
        }
    }

    const fn letters(&self) -> usize {
        self.lower + self.upper
    }

    fn kinds(&self) -> usize {
        [self.lower, self.upper, self.digits, self.soft + self.hard]
            .into_iter()
            .filter(|count| *count > 0)
            .count()
    }
}

/// Returns whether a value consists mostly of escaped bytes.
fn is_bytes(value: &[u8]) -> bool {
    let escapes = value.windows(2).filter(|pair| *pair == b"\\x").count();
    escapes * 8 >= value.len()
}

/// Returns whether a value is text of which every byte is escaped: `\x6b\x65\x79`. It is
/// judged when it is decoded.
pub(in crate::redact::engine) fn is_escaped_text(value: &[u8]) -> bool {
    let (groups, rest) = value.as_chunks::<4>();
    let is_printable = |group: &[u8; 4]| {
        let [b'\\', b'x', high @ b'2'..=b'7', low] = group else {
            return false;
        };
        low.is_ascii_hexdigit() && (*high != b'7' || !low.eq_ignore_ascii_case(&b'f'))
    };
    !groups.is_empty() && rest.is_empty() && groups.iter().all(is_printable)
}

/// Returns a value without the punctuation at its end, and without a mark around it.
fn trim(mut value: &[u8]) -> &[u8] {
    if let [first, rest @ .., last] = value
        && first == last
        && first.is_ascii_punctuation()
    {
        value = rest;
    }
    while let [rest @ .., last] = value
        && last.is_ascii_punctuation()
    {
        value = rest;
    }
    value
}

/// Returns whether a value is the digest of a password in a format that says so:
/// `$6$salt$digest`, `pbkdf2_sha256$1000$salt$digest`.
fn is_digest(value: &[u8]) -> bool {
    let value = match value {
        [b'{', rest @ ..] => rest
            .iter()
            .position(|byte| *byte == b'}')
            .and_then(|end| rest.get(end + 1..))
            .unwrap_or(rest),
        _ => value,
    };
    let mut fields = value.split(|byte| *byte == b'$');
    let first = fields.next().unwrap_or_default();
    let scheme = if first.is_empty() {
        fields.next().unwrap_or_default()
    } else {
        first
    };
    let part =
        |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_:".contains(byte);
    let named = (1..=24).contains(&scheme.len()) && scheme.iter().all(part);
    if first.is_empty() {
        let long = scheme.len() >= 4 && value.len() >= 32;
        return named
            && (long || fields.clone().count() >= 2 && fields.any(|field| field.len() >= 16));
    }
    const SCHEMES: [&[u8]; 8] = [
        b"pbkdf2",
        b"argon2",
        b"scrypt",
        b"bcrypt",
        b"sha",
        b"md5",
        b"ssha",
        b"yescrypt",
    ];
    named && fields.count() >= 2 && SCHEMES.iter().any(|known| scheme.starts_with(known))
}

/// Returns whether a value contains a whole template, or begins like one.
fn is_template(value: &[u8]) -> bool {
    let inner = |rest: &[u8], close: u8| {
        let name = rest.iter().take_while(|byte| is_name(**byte)).count();
        let word = rest.get(..name).unwrap_or_default();
        // The name of a variable consists of words.
        name >= 2 && rest.get(name) == Some(&close) && grams::surprise(word).mean() < 33
    };
    let begins = [(&b"{{"[..], b'}'), (b"${", b'}'), (b"$(", b')')]
        .iter()
        .any(|(open, close)| value.starts_with(open) && value.last() == Some(close));
    // A placeholder of another tool: `<a7f3b8e2:Name_1>`.
    let is_part = |byte: &u8| is_name(*byte) || matches!(byte, b':' | b'-');
    let tagged = matches!(value, [b'<', inner @ .., b'>'] if inner.iter().all(is_part));
    begins
        || tagged
        || value.windows(2).enumerate().any(|(at, pair)| {
            let rest = value.get(at + 2..).unwrap_or_default();
            match pair {
                b"{{" => rest.windows(2).any(|end| end == b"}}") && rest.len() > 4,
                b"${" | b"#{" | b"%{" | b"@{" => inner(rest, b'}'),
                b"$(" | b"%(" => inner(rest, b')'),
                b"<%" => rest.windows(2).any(|pair| pair == b"%>"),
                [b'{', first] => {
                    let whole = value.get(at + 1..).unwrap_or_default();
                    first.is_ascii_alphabetic()
                        && inner(whole, b'}')
                        && !is_random_around(value, at)
                }
                _ => false,
            }
        })
}

/// Returns whether what stands around the braces that open at `at` is random, so that they
/// are a part of a password.
fn is_random_around(value: &[u8], at: usize) -> bool {
    let (head, tail) = value.split_at_checked(at).unwrap_or_default();
    let close = tail.iter().position(|byte| *byte == b'}').unwrap_or(0);
    let mut rest = [0; MOST];
    let around = head.iter().chain(tail.iter().skip(close + 1));
    let mut len = 0;
    for (place, byte) in rest.iter_mut().zip(around) {
        (*place, len) = (*byte, len + 1);
    }
    is_random(rest.get(..len).unwrap_or_default())
}

/// Returns whether a part of `value` is percent-encoded.
pub(in crate::redact::engine) fn is_percent_encoded(value: &[u8]) -> bool {
    let is_escape = |escape: &[u8]| matches!(escape, [b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit());
    value.windows(3).any(is_escape)
}

/// Returns `value` without its percent-encoding, written to `out`.
fn unescaped<'v>(value: &'v [u8], out: &'v mut [u8; MOST]) -> &'v [u8] {
    let hex = |byte: u8| char::from(byte).to_digit(16);
    let escape = |rest: &[u8]| match rest {
        [b'%', high, low, ..] => Some(hex(*high)? << 4 | hex(*low)?),
        _ => None,
    };
    if !value.contains(&b'%') {
        return value;
    }
    let (mut rest, mut len) = (value, 0);
    while let Some((first, tail)) = rest.split_first() {
        let decoded = escape(rest).and_then(|byte| u8::try_from(byte).ok());
        let (byte, next) = match decoded.filter(|byte| byte.is_ascii_graphic() || *byte >= 128) {
            Some(byte) => (byte, rest.get(3..).unwrap_or_default()),
            None => (*first, tail),
        };
        if let Some(place) = out.get_mut(len) {
            *place = byte;
        }
        (rest, len) = (next, len + 1);
    }
    out.get(..len).unwrap_or_default()
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')
}

/// The parts of regular expressions, by their first bytes.
const PARTS: [&[u8]; 32] = [
    b"[a-z", b"[A-Z", b"[0-9", b"[^", b"(?:", b"(?=", b"(?!", b"(?P", b"\\d", b"\\w", b"\\s",
    b"\\S", b"\\W", b"\\b", b".*", b".+", b"[\\", b"{1,", b"{2,", b"{8,", b"(?i", b"\\s*", b"\\s+",
    b"\\d+", b"\\w+", b"\\Z", b"|\\", b"]+", b"]*", b"]{", b")?", b"0-9]",
];

/// Returns whether a value is a regular expression.
#[inline(never)]
fn is_pattern(value: &[u8]) -> bool {
    let mut seen = 0_u32;
    for (at, byte) in value.iter().enumerate() {
        if matches!(
            byte,
            b'[' | b'(' | b'\\' | b'.' | b'{' | b'|' | b']' | b')' | b'0'
        ) {
            let rest = value.get(at..).unwrap_or_default();
            for (number, part) in PARTS.iter().enumerate() {
                seen |= u32::from(rest.starts_with(part)) << number;
            }
        }
    }
    let slash = value.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
    let literal = value.starts_with(b"/") && slash > 0 && slash + 4 > value.len();
    let anchored = value.starts_with(b"^") || value.ends_with(b"$") || literal;
    let count = seen.count_ones();
    count >= 2 || (count == 1 && anchored)
}

/// Returns whether a value is an address or the name of a resource.
fn is_address(value: &[u8]) -> bool {
    let scheme = value
        .iter()
        .take_while(|byte| byte.is_ascii_lowercase() || **byte == b'+');
    let rest = value.get(scheme.count()..).unwrap_or_default();
    // An address, and a value that a tool has encrypted.
    rest.starts_with(b"://") && rest.len() < value.len()
        || value.starts_with(b"arn:")
        || value.starts_with(b"ENC[")
}

/// Returns whether a whole value is an expression of a program: a path of names with
/// calls, indexes and type arguments.
fn is_expression(value: &[u8]) -> bool {
    let mut rest = value;
    while let [b'&' | b'*' | b'!' | b'-' | b'@' | b'$', tail @ ..] = rest {
        rest = tail;
    }
    let mut brackets = 0;
    let mut first = true;
    loop {
        let name = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        let starts = rest
            .first()
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
        if name > 0 && (starts || !first) {
            rest = rest.get(name..).unwrap_or_default();
        } else if first {
            return false;
        }
        first = false;
        while let [open @ (b'(' | b'[' | b'<' | b'{'), ..] = rest {
            match balanced(rest, *open) {
                Some(end) => {
                    brackets += 1;
                    rest = rest.get(end..).unwrap_or_default();
                }
                None => return false,
            }
        }
        rest = match rest {
            [] => return brackets > 0,
            [b'?' | b'!' | b';' | b','] => return true,
            [b'-', b'>', tail @ ..] | [b':', b':', tail @ ..] | [b'?', b'.', tail @ ..] => tail,
            [b'.' | b'!' | b'?', tail @ ..] => tail,
            _ => return false,
        };
    }
}

/// Returns the end of the bracket that opens `value`, if it closes.
fn balanced(value: &[u8], open: u8) -> Option<usize> {
    let close = match open {
        b'(' => b')',
        b'[' => b']',
        b'{' => b'}',
        _ => b'>',
    };
    let mut depth = 0_usize;
    for (at, byte) in value.iter().enumerate() {
        if *byte == open {
            depth += 1;
        } else if *byte == close {
            depth -= 1;
            if depth == 0 {
                return Some(at + 1);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_passwords_differ_from_expressions() {
        for value in [
            "BKOHNfE(alT2ib",
            "ygs4DvL)osjsoP",
            ")7TjIP1sMufNvN",
            "|wuYNXNssA1FHL",
            "M7pAelRNF6CL0[",
            "Kq9z<T4v>Xw2Lm",
            "Kq9z&T4vXw2Lm",
            "26J4wAt98OXI6.",
            "x9${k]Lm2:Qw7",
            "'yS1cFk6BX7uFF",
            "q;X[%7w_}/T?Yb=kd|9,(L~h%r",
            "Kq9xz{ab}Tv4xw2Lm7R",
            "Kq9xzTv4xw2Lm://x",
            "g8%upE zIeaRIU8",
        ] {
            assert!(is_strong(value.as_bytes(), true), "{value}");
        }
        for value in [
            "this.getToken()",
            "Config::API_KEY1",
            "a[b1].Cd2(x)",
            "Vec<(u8,Xy3)>",
            "${DB_PASS1}x",
            "^[A-Za-z0-9]{8,}$",
            "2023-05-15T10:00:00Z",
            "https://h/aB3x!9",
            "1.2.3-Beta",
            "correct-horse",
            "foo{userName1}!",
            "SHA-256/2",
            "Foo_Bar-12",
        ] {
            assert!(!is_strong(value.as_bytes(), false), "{value}");
        }
    }
}
