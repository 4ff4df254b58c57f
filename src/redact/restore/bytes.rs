//! Redaction with a map of bytes that need not be UTF-8, and its reversal.

use std::borrow::Cow;

use super::placeholder_map::PlaceholderMap;
use super::restorer::RestoreCounts;
use super::session::Session;
use crate::Error;
#[cfg(doc)]
use crate::redact::custom::Detector;
use crate::redact::finding::Finding;
use crate::redact::operator::Operator;
use crate::redact::redactor::{Redacted, Redactor};

impl Redactor {
    /// Like [`redact_with`](Self::redact_with), for bytes, which need not be UTF-8.
    /// [`PlaceholderMap::restore_bytes`] returns the original bytes.
    ///
    /// A map holds text. A value with bytes that are not UTF-8 is therefore replaced with
    /// its label, such as `[REDACTED-PASSWORD]`, and cannot be restored.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::{Key, PlaceholderMap, Redactor};
    ///
    /// let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
    /// let text = b"\xff password=fV9s-Rk2xLq7";
    /// let redacted = Redactor::default().redact_bytes_with(text, &mut map);
    /// assert!(redacted.get_ref().starts_with(b"\xff password=[PASSWORD-"));
    /// assert_eq!(map.restore_bytes(redacted.get_ref()).0, text.as_slice());
    /// ```
    #[must_use]
    pub fn redact_bytes_with<'t>(
        &self,
        text: &'t [u8],
        map: &mut PlaceholderMap,
    ) -> Redacted<Cow<'t, [u8]>> {
        let mut session = Session::outside(map);
        let found = session.scanner(self).scan(text);
        redact(self, text, found, &mut session)
    }

    /// Like [`redact_bytes_with`](Self::redact_bytes_with), but returns an error if a
    /// detector fails. The map is then as it was.
    ///
    /// # Errors
    /// Returns the error of the [`Detector`], with its id.
    pub fn try_redact_bytes_with<'t>(
        &self,
        text: &'t [u8],
        map: &mut PlaceholderMap,
    ) -> Result<Redacted<Cow<'t, [u8]>>, Error> {
        let mut session = Session::outside(map);
        let found = session.scanner(self).try_scan(text)?;
        Ok(redact(self, text, found, &mut session))
    }
}

impl PlaceholderMap {
    /// Like [`restore`](Self::restore), for bytes, which need not be UTF-8. Returns the
    /// restored bytes, borrowed if nothing was restored, and the counts.
    ///
    /// See [`Redactor::redact_bytes_with`] for an example.
    #[must_use]
    pub fn restore_bytes<'t>(&self, text: &'t [u8]) -> (Cow<'t, [u8]>, RestoreCounts) {
        let (mut out, mut counts) = (Vec::with_capacity(text.len()), RestoreCounts::zero());
        for chunk in text.utf8_chunks() {
            let restored = self.restore(chunk.valid());
            counts += restored.counts();
            out.extend_from_slice(restored.as_str().as_bytes());
            out.extend_from_slice(chunk.invalid());
        }
        if counts.restored() == 0 {
            return (Cow::Borrowed(text), counts);
        }
        (Cow::Owned(out), counts)
    }
}

/// Redacts bytes in which this was found.
fn redact<'t>(
    redactor: &Redactor,
    text: &'t [u8],
    found: Vec<Finding>,
    session: &mut Session<'_>,
) -> Redacted<Cow<'t, [u8]>> {
    if let Ok(text) = str::from_utf8(text) {
        let (text, findings) = session.redact(redactor, text, found).into_parts();
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        return Redacted::new(text, findings);
    }
    let (whole, torn): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|finding| is_text(text, finding));
    let mut whole = whole.into_iter().peekable();
    let (mut out, mut findings) = (Vec::with_capacity(text.len()), Vec::new());
    let mut at = 0;
    for torn in torn.into_iter().map(Some).chain([None]) {
        let end = torn.as_ref().map_or(text.len(), |finding| finding.start);
        for chunk in text.get(at..end).unwrap_or_default().utf8_chunks() {
            let (valid, base) = (chunk.valid(), at);
            let mut inside = Vec::new();
            while let Some(mut finding) = whole.next_if(|next| next.start < base + valid.len()) {
                finding.start -= base;
                finding.end -= base;
                inside.push(finding);
            }
            let (redacted, own) = session.redact(redactor, valid, inside).into_parts();
            out.extend_from_slice(redacted.as_bytes());
            out.extend_from_slice(chunk.invalid());
            findings.extend(own.into_iter().map(|mut finding| {
                finding.start += base;
                finding.end += base;
                finding
            }));
            at += valid.len() + chunk.invalid().len();
        }
        if let Some(finding) = torn {
            let value = text.get(finding.span()).unwrap_or_default();
            let own = redactor.own_operator(finding.kind());
            own.unwrap_or(&Operator::Label)
                .write(&finding, value, &mut out);
            at = finding.end;
            findings.push(finding);
        }
    }
    if out == text {
        return Redacted::new(Cow::Borrowed(text), findings);
    }
    Redacted::new(Cow::Owned(out), findings)
}

/// Returns whether a finding lies in text, between characters.
fn is_text(text: &[u8], finding: &Finding) -> bool {
    let mut at = 0;
    for chunk in text.utf8_chunks() {
        let valid = chunk.valid();
        if finding.start < at + valid.len() {
            let start = finding.start.checked_sub(at);
            let value = start.and_then(|start| valid.get(start..finding.end - at));
            return value.is_some();
        }
        at += valid.len() + chunk.invalid().len();
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::redact::finding::Kind;
    use crate::redact::operator::Key;

    fn map() -> PlaceholderMap {
        let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
        map.placeholder(Kind::Password, "x7#q-Kq7mZ2w");
        map
    }

    #[test]
    fn a_value_that_is_no_text_is_hidden_for_good() {
        let mut map = map();
        let text = b"password=fV9s\xffRk2xLq7; \xe4 password=Tr4-\xc3\xa4Qz9wLm, x7#q-Kq7mZ2w";
        let redacted = Redactor::default().redact_bytes_with(text, &mut map);
        let shown = String::from_utf8_lossy(redacted.get_ref()).into_owned();
        for value in ["fV9s", "Rk2xLq7", "Qz9wLm", "x7#q"] {
            assert!(!shown.contains(value), "{shown}");
        }
        assert!(redacted.findings().is_sorted_by(|a, b| a.end <= b.start));
        let (restored, counts) = map.restore_bytes(redacted.get_ref());
        assert_eq!(counts.restored(), 2);
        assert!(restored.ends_with(b"password=Tr4-\xc3\xa4Qz9wLm, x7#q-Kq7mZ2w"));
    }

    proptest! {
        #[test]
        fn bytes_come_back(parts in prop::collection::vec(
            prop_oneof![
                Just(b"password=fV9s-Rk2xLq7 ".to_vec()),
                Just(b"AKIAQ3EGRIZJ7OWLMXUV".to_vec()),
                Just(b"x7#q-Kq7mZ2w".to_vec()),
                Just(b"[TOKEN-7K3QX9TB]".to_vec()),
                Just(" é ".as_bytes().to_vec()),
                Just(b" \xff\xfe ".to_vec()),
                Just(b" \xc3".to_vec()),
                prop::collection::vec(any::<u8>(), 0..4),
            ],
            0..8,
        )) {
            let text = parts.concat();
            let redactor = Redactor::default();
            let mut map = map();
            let redacted = redactor.redact_bytes_with(&text, &mut map);
            prop_assert!(redacted.findings().is_sorted_by(|a, b| a.end <= b.start));
            let torn = redacted.findings().iter();
            let torn = torn.filter(|finding| str::from_utf8(&text[finding.span()]).is_err());
            if torn.count() == 0 {
                prop_assert_eq!(&*map.restore_bytes(redacted.get_ref()).0, &*text);
            }
            if let Ok(text) = str::from_utf8(&text) {
                let of_text = redactor.redact_with(text, &mut self::map());
                prop_assert_eq!(of_text.as_str().as_bytes(), &**redacted.get_ref());
            }
        }
    }
}
