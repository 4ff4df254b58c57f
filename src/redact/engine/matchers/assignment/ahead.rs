//! Values that stand before their names.

use super::name::{Meaning, Name};
use super::value::Value;
use crate::redact::engine::MOST_BACK;
use crate::redact::engine::judge;
use crate::redact::engine::syntax::Extent;
use crate::redact::text::{QUOTE, SPACE, STOP, Text, class};

/// Reads the quoted value that the name at `start` is compared with, if the value
/// comes first: `"x" == password`.
pub(super) fn compared(text: &Text<'_>, name: &Name) -> Option<Value> {
    let spaces = |at: usize| text.run_back(at, 8, SPACE);
    let sign = spaces(name.start);
    let equals = sign
        - text
            .slice(sign.saturating_sub(3), sign)
            .iter()
            .rev()
            .take_while(|&&byte| matches!(byte, b'=' | b'!'))
            .count();
    if sign - equals < 2 {
        return stated(text, name);
    }
    let quote = spaces(equals);
    let mark = text
        .before(quote)
        .filter(|mark| class(*mark) & QUOTE != 0)?;
    let end = quote - 1;
    let most = name.word.0.saturating_sub(MOST_BACK).max(text.floor());
    let line = text.slice(most, end);
    let start = most
        + line
            .iter()
            .rposition(|byte| *byte == mark || *byte == b'\n')?
        + 1;
    (text.before(start) == Some(mark) && end > start).then_some(Value {
        quoted: true,
        delimited: true,
        closed: true,
        ..Value::bare(start, end)
    })
}

/// Reads the value before a name in a sentence: `use x as the password`. In quotation
/// marks or with punctuation inside, it must not be a word.
fn stated(text: &Text<'_>, name: &Name) -> Option<Value> {
    if name.meaning != Meaning::Password {
        return None;
    }
    let before = text.slice(
        name.start.saturating_sub(MOST_BACK).max(text.floor()),
        name.start,
    );
    let article = [&b" as the "[..], b" as my ", b" as your ", b" as "]
        .into_iter()
        .find(|article| before.ends_with(article))?;
    let end = name.start - article.len();
    let is_value = |byte: &&u8| class(**byte) & STOP == 0;
    let head = before.get(..before.len() - article.len())?;
    let secret = |value: &[u8]| judge::is_strong(value, true) || judge::is_made(value);
    let near = |value: &Value| name.word.0 - value.start <= MOST_BACK;
    if let Some((mark, inner)) = head.split_last()
        && class(*mark) & QUOTE != 0
    {
        let open = inner
            .iter()
            .rposition(|byte| byte == mark || *byte == b'\n')?;
        let value = inner.get(open + 1..)?;
        let random = judge::is_random(value) && value.iter().any(u8::is_ascii_digit);
        let known = inner.get(open) == Some(mark) && (secret(value) || random);
        let extent = Extent {
            start: end - 1 - value.len(),
            end: end - 1,
            quoted: true,
        };
        return known.then(|| Value::of(text, extent)).filter(near);
    }
    let word = head.iter().rev().take_while(|byte| **byte > b' ').count();
    let start = end - word;
    if word < head.len() && secret(text.slice(start, end)) {
        let value = Value {
            delimited: true,
            ..Value::bare(start, end)
        };
        return Some(value).filter(near);
    }
    let start = end - head.iter().rev().take_while(is_value).count();
    let stated = end - start < head.len();
    let value = Value::bare(start, end);
    (stated && end > start && near(&value)).then_some(value)
}
