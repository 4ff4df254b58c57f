//! Restoring values in a JSON text, which stays JSON.

use std::borrow::Cow;

use serde_core::de::IgnoredAny;

use super::hide::MAX_NESTED;
use super::tokens::{Form, Token, Tokens};
use super::{plan, write_escaped};
use crate::Error;
use crate::redact::restore::{
    self, Judge, PlaceholderMap, ReleaseAll, RestoreCounts, Restored, Restorer,
};
use crate::redact::text::{Step, Walk};

impl PlaceholderMap {
    /// Replaces the placeholders in the strings and keys of a JSON text with their values.
    ///
    /// Values are escaped as JSON asks for. A string that is nothing but the placeholder of
    /// a number becomes that number. Strings that are JSON objects or arrays themselves are
    /// restored as JSON, up to four texts inside each other. All other bytes stay.
    ///
    /// # Errors
    /// Returns [`Config`](crate::ErrorKind::Config) if the text is not JSON, and
    /// [`Limit`](crate::ErrorKind::Limit) if it is nested deeper than 128 levels.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::{Key, Kind, PlaceholderMap};
    ///
    /// let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
    /// let street = map.placeholder(Kind::Location, "12 \"Old\" Rd\nFlat 3");
    /// let arguments = format!(r#"{{"to": "{street}"}}"#);
    /// let restored = map.restore_json(&arguments)?;
    /// assert_eq!(restored.as_str(), r#"{"to": "12 \"Old\" Rd\nFlat 3"}"#);
    /// # Ok::<(), confidant::Error>(())
    /// ```
    pub fn restore_json<'t>(&self, text: &'t str) -> Result<Restored<'t>, Error> {
        self.restore_json_if(text, &mut ReleaseAll)
    }

    /// Like [`restore_json`](Self::restore_json), but restores only what `judge` releases.
    pub(crate) fn restore_json_if<'t>(
        &self,
        text: &'t str,
        judge: &mut impl Judge,
    ) -> Result<Restored<'t>, Error> {
        let mut counts = RestoreCounts::default();
        let text = document(self, text, judge, &mut counts, 0)?;
        Ok(Restored::new(text, counts))
    }
}

// The recursion is bounded by `MAX_NESTED`.
fn document<'t>(
    map: &PlaceholderMap,
    text: &'t str,
    judge: &mut impl Judge,
    counts: &mut RestoreCounts,
    depth: usize,
) -> Result<Cow<'t, str>, Error> {
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        return Err(Error::config("JSON text is not well-formed").at_line(error.line()));
    }
    let mut tokens = Tokens::new(text);
    let mut out = String::new();
    let mut done = 0;
    while let Some(token) = tokens.next()? {
        if token.form == Form::Number {
            continue;
        }
        let value = plan::value(text, &token.span);
        let value = String::from_utf8_lossy(&value);
        let Some(new) = string(map, &token, &value, judge, counts, depth)? else {
            continue;
        };
        match new {
            New::Number(number) => {
                // The quotation marks go.
                out.push_str(text.get(done..token.span.start - 1).unwrap_or_default());
                out.push_str(number);
                done = token.span.end + 1;
            }
            New::Text(new) => {
                out.push_str(text.get(done..token.span.start).unwrap_or_default());
                write_escaped(&new, &mut out);
                done = token.span.end;
            }
        }
    }
    if done == 0 {
        return Ok(Cow::Borrowed(text));
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Ok(Cow::Owned(out))
}

/// What stands in place of a string.
enum New<'m> {
    Number(&'m str),
    Text(String),
}

/// Returns what stands in place of a string or key, if it changes.
fn string<'m>(
    map: &'m PlaceholderMap,
    token: &Token,
    value: &str,
    judge: &mut impl Judge,
    counts: &mut RestoreCounts,
    depth: usize,
) -> Result<Option<New<'m>>, Error> {
    judge.begin();
    if token.form == Form::String
        && let Some(number) = number(map, value)
    {
        let mut only = Restorer::new();
        let mut out = String::new();
        only.push_if(map, value, judge, &mut out);
        let own = only.finish_if(map, judge, &mut out);
        counts.add(own);
        return Ok((own.restored() > 0).then_some(New::Number(number)));
    }
    if token.form == Form::String
        && depth < MAX_NESTED
        && matches!(value.trim_ascii_start().as_bytes(), [b'{' | b'[', ..])
    {
        let mut own = RestoreCounts::default();
        if let Ok(nested) = document(map, value, judge, &mut own, depth + 1) {
            counts.add(own);
            return Ok(match nested {
                Cow::Borrowed(_) => None,
                Cow::Owned(new) => Some(New::Text(new)),
            });
        }
    }
    judge.begin();
    let restored = map.restore_if(value, judge);
    counts.add(restored.counts());
    Ok(match restored.into_inner() {
        Cow::Borrowed(_) => None,
        Cow::Owned(new) => Some(New::Text(new)),
    })
}

/// Returns the number whose placeholder the whole string is.
fn number<'m>(map: &'m PlaceholderMap, value: &str) -> Option<&'m str> {
    let mut walk = Walk::new();
    let Step::Token {
        start: 0,
        kind,
        tag,
    } = walk.next(value.as_bytes(), true)
    else {
        return None;
    };
    let entry = map.entry(tag)?;
    let whole = walk.at == value.len();
    let is_number = entry.kind == kind && entry.form == restore::Form::Number;
    (whole && is_number).then_some(entry.value)
}
