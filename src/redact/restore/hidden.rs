//! Redaction with a map for callers that keep account of every placeholder.

use std::borrow::Cow;

use super::placeholder_map::PlaceholderMap;
use super::session::{Session, Source, again_finding};
use crate::Error;
use crate::redact::finding::Finding;
use crate::redact::redactor::{Redacted, Redactor};

/// A text in which values were replaced with placeholders.
pub(crate) struct Hidden<'t> {
    pub(crate) text: Cow<'t, str>,
    /// The findings in order, with spans in the input.
    pub(crate) findings: Vec<Finding>,
    /// The tags of all placeholders that were written, some more than once.
    pub(crate) tags: Vec<u64>,
    /// Those by which the map learned a value, or the form of one in JSON.
    pub(crate) learned: Vec<u64>,
}

impl<'t> Hidden<'t> {
    pub(crate) fn new(redacted: Redacted<Cow<'t, str>>, session: Session<'_>) -> Self {
        let (text, findings) = redacted.into_parts();
        Self {
            text,
            findings,
            tags: session.tags,
            learned: session.learned,
        }
    }
}

impl Redactor {
    /// Replaces the values found in `text`, as [`redact_with`](Self::redact_with) does.
    ///
    /// # Errors
    /// Returns the error of a detector, with its id.
    pub(crate) fn hide<'t>(
        &self,
        text: &'t str,
        map: &mut PlaceholderMap,
        source: Source,
    ) -> Result<Hidden<'t>, Error> {
        let mut session = Session::new(map, source);
        let found = session.scanner(self).try_scan(text.as_bytes())?;
        let redacted = session.redact(self, text, found);
        Ok(Hidden::new(redacted, session))
    }

    /// Returns the findings in `text`, and the values of a map in it. A value that is
    /// found and is known, too, counts twice.
    ///
    /// # Errors
    /// Returns the error of a detector, with its id.
    pub(crate) fn try_scan_with(
        &self,
        text: &str,
        map: &PlaceholderMap,
    ) -> Result<Vec<Finding>, Error> {
        let scanner = self.with_known(map.known_values());
        let mut found = scanner.try_scan(text.as_bytes())?;
        for (span, tag) in map.find_values(text, |_| true) {
            if let Some((kind, value)) = map.value(tag) {
                found.push(again_finding(self, kind, value.expose_secret(), span));
            }
        }
        found.sort_by_key(|finding| finding.start);
        Ok(found)
    }
}
