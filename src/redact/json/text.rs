//! Redaction of JSON texts.

use std::borrow::Cow;

use super::plan::edits;
use crate::Error;
use crate::redact::redactor::{
    Edit, Operators, Redacted, Redactor, Rewriter, apply, with_all_known,
};
#[cfg(feature = "guard")]
use crate::redact::restore::{Hidden, Source};
use crate::redact::restore::{PlaceholderMap, Session};

impl Redactor {
    /// Replaces the values found in a JSON text. The result is valid JSON with the
    /// same members.
    ///
    /// Names are names and values are values: a value is never taken for the name of
    /// the next one, and the name of a member is context for its value alone. The
    /// order of members, blanks and the choice of escapes have no effect on what is
    /// found, and [`redact_json_value`](Self::redact_json_value) gives the same
    /// document. The names of a table's columns are context for the values in its rows. A
    /// string that holds JSON itself is redacted as JSON, at any depth.
    ///
    /// Only numbers and the contents of strings and names are replaced; a number
    /// becomes a string. All other bytes stay. If two names of an object become equal,
    /// one of them gets a numeric suffix, so that no value is lost. Values under the
    /// [paths](crate::redact::RedactorBuilder::leave_json) of the redactor stay, and
    /// its [field names](crate::redact::RedactorBuilder::mask_fields) are masked.
    ///
    /// Spans are byte ranges of `text`, with escapes as written. A finding that
    /// crosses several strings is reported once for each of them.
    ///
    /// # Errors
    /// Returns [`Config`](crate::ErrorKind::Config) if the text is not JSON, and
    /// [`Limit`](crate::ErrorKind::Limit) if it is nested deeper than 128 levels. Use
    /// [`redact`](Self::redact) for such a text. Returns the error of a
    /// [`Detector`](crate::redact::Detector) that failed.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::Redactor;
    ///
    /// let text = r#"{ "note": "see\nAKIAQ3EGRIZJ7OWLMXUV", "n": 1.50 }"#;
    /// let redacted = Redactor::default().redact_json(text)?;
    /// assert_eq!(
    ///     redacted.as_str(),
    ///     r#"{ "note": "see\n[REDACTED-APIKEY]", "n": 1.50 }"#
    /// );
    /// # Ok::<(), confidant::Error>(())
    /// ```
    pub fn redact_json<'t>(&self, text: &'t str) -> Result<Redacted<Cow<'t, str>>, Error> {
        self.rewrite_json(text, &mut Operators)
    }

    /// Replaces the values found in a JSON text with placeholders and keeps them in
    /// `map`, as [`redact_with`](Self::redact_with) does in a text.
    /// [`PlaceholderMap::restore_json`] then returns the same document, up to JSON that
    /// stands more than six deep in strings, where placeholders stay. Within a value,
    /// it writes only the escapes that JSON needs: of `"é\u0041"`, the `A` comes back as
    /// itself. In a string that holds JSON, the string is then another one.
    ///
    /// # Errors
    /// Returns the errors of [`redact_json`](Self::redact_json).
    ///
    /// # Example
    /// ```
    /// use confidant::redact::{Key, PlaceholderMap, Redactor};
    ///
    /// let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
    /// let text = r#"{"arguments":"{\"password\":\"fV9s-Rk2\\\"xLq7\"}"}"#;
    /// let redacted = Redactor::default().redact_json_with(text, &mut map)?;
    /// assert!(!redacted.as_str().contains("fV9s"));
    /// assert_eq!(map.restore_json(redacted.as_str())?.as_str(), text);
    /// # Ok::<(), confidant::Error>(())
    /// ```
    pub fn redact_json_with<'t>(
        &self,
        text: &'t str,
        map: &mut PlaceholderMap,
    ) -> Result<Redacted<Cow<'t, str>>, Error> {
        let mut session = Session::outside(map);
        session.scanner(self).rewrite_json(text, &mut session)
    }

    /// Like [`redact_json_with`](Self::redact_json_with), but keeps the placeholders
    /// in `text`, as [`redact_again_with`](Self::redact_again_with) does.
    ///
    /// # Security
    /// Never pass text from outside: a placeholder in it would be restored.
    ///
    /// # Errors
    /// Returns the errors of [`redact_json`](Self::redact_json).
    pub fn redact_json_again_with<'t>(
        &self,
        text: &'t str,
        map: &mut PlaceholderMap,
    ) -> Result<Redacted<Cow<'t, str>>, Error> {
        let mut session = Session::again(map);
        session.scanner(self).rewrite_json(text, &mut session)
    }

    /// Replaces the values found in a JSON text, as
    /// [`redact_json_with`](Self::redact_json_with) does.
    ///
    /// # Errors
    /// Returns the errors of [`redact_json`](Self::redact_json).
    #[cfg(feature = "guard")]
    pub(crate) fn hide_json<'t>(
        &self,
        text: &'t str,
        map: &mut PlaceholderMap,
        source: Source,
    ) -> Result<Hidden<'t>, Error> {
        let mut session = Session::new(map, source);
        let redacted = session.scanner(self).rewrite_json(text, &mut session)?;
        Ok(Hidden::new(redacted, session))
    }

    fn rewrite_json<'t>(
        &self,
        text: &'t str,
        rewriter: &mut dyn Rewriter,
    ) -> Result<Redacted<Cow<'t, str>>, Error> {
        rewriter.begin(self, &|| text.to_owned().into());
        let edits = with_all_known(rewriter, |rewriter| edits(self, text, rewriter))?;
        Ok(rewritten(self, text, edits, rewriter))
    }
}

/// Applies edits to a text.
pub(super) fn rewritten<'t>(
    redactor: &Redactor,
    text: &'t str,
    edits: Vec<Edit>,
    rewriter: &mut dyn Rewriter,
) -> Redacted<Cow<'t, str>> {
    if edits.is_empty() {
        return Redacted::new(Cow::Borrowed(text), Vec::new());
    }
    let out = apply(text, &edits);
    rewriter.end(redactor, &|| out.clone().into());
    let findings = edits.into_iter().filter_map(|edit| edit.finding);
    Redacted::new(Cow::Owned(out), findings.collect())
}
