//! Random values under names that denote a secret only if their value looks like one:
//! `SESSION_ID`, `GITHUB_PAT`, `JWT`.
//!
//! The search goes from the value to the name, because such names are frequent and
//! long random values are not.

use super::name::last_word;
use crate::redact::engine::judge;
use crate::redact::engine::syntax;
use crate::redact::engine::tables::words::WordSet;
use crate::redact::text::{NAME, QUOTE, SPACE, STOP, Text, class};

/// The least length of a value in bytes.
const LEAST: usize = 16;

/// How far before a value its name may begin.
const MOST_BACK: usize = 64;

/// The last words of such names.
static WORDS: WordSet = WordSet::new(&[
    b"bearer",
    b"community",
    b"jwt",
    b"login",
    b"passkey",
    b"pat",
    b"pin",
    b"privatekey",
    b"privkey",
    b"psk",
    b"pw",
    b"seed",
    b"session",
    b"sessionid",
    b"sessid",
    b"sid",
    b"sk",
]);

/// Words that end such names together with the word before them.
const PAIRS: &[(&[u8], &[&[u8]])] = &[
    (
        b"code",
        &[
            b"recovery",
            b"backup",
            b"invite",
            b"invitation",
            b"activation",
            b"scratch",
            b"pairing",
        ],
    ),
    (b"codes", &[b"recovery", b"backup", b"scratch"]),
    (b"id", &[b"secret", b"session", b"sess"]),
    (b"link", &[b"magic"]),
    (b"url", &[b"webhook"]),
    (b"hook", &[b"web"]),
];

/// Returns the place of the value that contains the run from `start` to `end`, if it
/// is random and assigned to such a name.
#[inline]
pub(in crate::redact::engine) fn assigned(
    text: &Text<'_>,
    start: usize,
    end: usize,
) -> Option<(usize, usize)> {
    // Most runs are digests and numbers.
    let head = text.slice(start, end.min(start + LEAST));
    if has_letter(head) {
        assigned_run(text, start, end)
    } else {
        None
    }
}

#[inline(never)]
fn assigned_run(text: &Text<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    // Most runs follow a blank or punctuation of a program.
    let lead = text.before_placeholders(start);
    let before = text.before(lead)?;
    if class(before) & (SPACE | QUOTE) == 0 && !matches!(before, b'=' | b':') {
        return None;
    }
    let stands = before != b' ' || matches!(text.before(lead - 1), Some(b'=' | b':' | b'>'));
    if !stands {
        return None;
    }
    let most = lead.saturating_sub(MOST_BACK).max(text.floor());
    let name = name_before(text.slice(most, lead))?;
    if !may_be_secret(name) && !may_be_value(name) {
        return None;
    }
    let from = name.len()
        - name
            .iter()
            .rev()
            .take_while(|byte| class(**byte) & NAME != 0)
            .count();
    let named = is_secret(name.get(from..).unwrap_or_default())
        // `{"name": "session", "value": "…"}`
        || is_value(name.get(from..).unwrap_or_default()) && is_paired(name.get(..from)?);
    if !named || text.back_to(lead, MOST_BACK) > most {
        return None;
    }
    let end = text.run_of(end, 4096, |byte| {
        class(byte) & STOP == 0 && !matches!(byte, b',' | b';' | b')' | b'}' | b']' | b'&')
    });
    text.read_to(end);
    let (_, end) = text.outside(start, end).next()?;
    let value = text.slice(start, end);
    let random = value.len() >= LEAST
        && judge::is_random(value)
        && !judge::is_dummy(value)
        && !judge::is_uuid(value)
        && !judge::is_reference(value, true);
    random.then_some((start, end))
}

/// Returns whether the head of a run has a small letter that is no hexadecimal digit.
#[inline]
fn has_letter(head: &[u8]) -> bool {
    const { assert!(LEAST == 16, "the head is two numbers") };
    let Some((first, last)) = head.first_chunk().zip(head.last_chunk()) else {
        return head.iter().any(|byte| matches!(byte, b'g'..=b'z'));
    };
    // In a run, only these letters reach the high bit.
    let reach = |eight: &[u8; 8]| {
        u64::from_le_bytes(*eight).wrapping_add(u64::from_le_bytes([128 - b'g'; 8]))
    };
    (reach(first) | reach(last)) & u64::from_le_bytes([128; 8]) != 0
}

/// Returns the text before a value up to the end of the name that it is assigned to.
#[inline]
fn name_before(before: &[u8]) -> Option<&[u8]> {
    let is_gap = |byte: u8| class(byte) & (SPACE | QUOTE) != 0 || byte == b'\\';
    let ([name @ .., b'=' | b':'] | [name @ .., b'=', b'>']) = trim(before, is_gap) else {
        return None;
    };
    Some(trim(name, |byte| is_gap(byte) || byte == b':'))
}

/// Returns whether a name denotes a secret, judged by its last words.
fn is_secret(name: &[u8]) -> bool {
    may_be_secret(name) && is_known(name)
}

/// Returns whether the last letters of a name allow it to denote a secret. Most names
/// end in other letters.
#[inline]
fn may_be_secret(name: &[u8]) -> bool {
    let Some(&[first, rest @ ..]) = name.last_chunk::<4>() else {
        return true;
    };
    let first = first.to_ascii_lowercase();
    match &rest.map(|byte| byte.to_ascii_lowercase()) {
        b"key" => matches!(first, b's' | b'v' | b'e'),
        b"ion" => first == b's',
        b"_id" | b"-id" => matches!(first, b't' | b'n' | b's'),
        b"rer" | b"ity" | b"jwt" | b"gin" | b"pat" | b"pin" | b"psk" | b"eed" | b"tid" | b"nid"
        | b"sid" | b"ode" | b"des" | b"ink" | b"url" | b"ook" => true,
        [_, b'p', b'w'] | [_, b's', b'k'] => true,
        _ => false,
    }
}

/// Returns whether the last words of a name are listed.
#[inline(never)]
fn is_known(name: &[u8]) -> bool {
    let last = last_word(name);
    if WORDS.contains(last) {
        return true;
    }
    let before = last_word(name.get(..name.len() - last.len()).unwrap_or_default());
    PAIRS.iter().any(|(word, heads)| {
        last.eq_ignore_ascii_case(word)
            && heads.iter().any(|head| before.eq_ignore_ascii_case(head))
    })
}

fn is_value(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"value")
}

/// Returns whether a name may end with `value`.
#[inline]
fn may_be_value(name: &[u8]) -> bool {
    name.last_chunk::<4>()
        .is_some_and(|last| last.eq_ignore_ascii_case(b"alue"))
}

/// Returns whether `before` ends with a member that holds the name of a secret.
fn is_paired(before: &[u8]) -> bool {
    let is_gap = |byte: u8| matches!(byte, b' ' | b',' | b'\\') || class(byte) & QUOTE != 0;
    let head = trim(before, is_gap);
    let from = head.len()
        - head
            .iter()
            .rev()
            .take_while(|byte| class(**byte) & NAME != 0)
            .count();
    let (lead, name) = head.split_at_checked(from).unwrap_or_default();
    is_secret(name) && syntax::ends_with_name(lead)
}

fn trim(mut bytes: &[u8], is: impl Fn(u8) -> bool) -> &[u8] {
    while let [head @ .., last] = bytes
        && is(*last)
    {
        bytes = head;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_value_makes_its_name_one_of_a_secret() {
        let value = "R7wVfK2mXq9TzBn4LcYs";
        for lead in [
            "GITHUB_PAT=",
            "export PSK=",
            "\"JWT\": \"",
            "session_id: ",
            "recoveryCode = '",
            "SECRET_ID=",
            "{\"name\": \"session\", \"value\": \"",
        ] {
            let text = format!("{lead}{value}\n");
            let whole = Text::new(text.as_bytes(), true);
            let place = (lead.len(), lead.len() + value.len());
            assert_eq!(assigned(&whole, place.0, place.1), Some(place), "{lead}");
        }
        for lead in [
            "path=",
            "error_code: ",
            "id = ",
            "format=",
            "user_id=",
            "pat ",
            "\"value\": \"",
        ] {
            let text = format!("{lead}{value}\n");
            let whole = Text::new(text.as_bytes(), true);
            assert_eq!(
                assigned(&whole, lead.len(), lead.len() + value.len()),
                None,
                "{lead}"
            );
        }
    }
}
