//! Redaction with a map of bytes that need not be UTF-8, and its reversal.

use std::borrow::Cow;
use std::ops::Range;

use super::placeholder_map::PlaceholderMap;
use super::restorer::RestoreCounts;
use super::session::Session;
use crate::Error;
#[cfg(doc)]
use crate::redact::custom::Detector;
use crate::redact::finding::Finding;
use crate::redact::operator::Operator;
use crate::redact::redactor::{Redacted, Redactor};
use crate::redact::text::{Step, Walk, part};

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
    let (whole, torn) = split(text, found);
    let mut whole = whole.into_iter().peekable();
    let (mut output, mut findings) = (Output::default(), Vec::new());
    let mut at = 0;
    for torn in torn.into_iter().map(Some).chain([None]) {
        let end = torn.as_ref().map_or(text.len(), |finding| finding.start);
        for chunk in part(text, at..end).utf8_chunks() {
            let (valid, base) = (chunk.valid(), at);
            let mut inside = Vec::new();
            while let Some(mut finding) = whole.next_if(|next| next.start < base + valid.len()) {
                finding.start -= base;
                finding.end -= base;
                inside.push(finding);
            }
            let (redacted, own) = session.redact(redactor, valid, inside).into_parts();
            output.text(redacted.as_bytes());
            output.bytes.extend_from_slice(chunk.invalid());
            findings.extend(own.into_iter().map(|mut finding| {
                finding.start += base;
                finding.end += base;
                finding
            }));
            at += valid.len() + chunk.invalid().len();
        }
        if let Some(finding) = torn {
            output.torn(redactor, &finding, part(text, finding.span()));
            at = finding.end;
            findings.push(finding);
        }
    }
    let out = output.into_bytes();
    if out == text {
        return Redacted::new(Cow::Borrowed(text), findings);
    }
    Redacted::new(Cow::Owned(out), findings)
}

/// Returns the findings that lie in text, between characters, and the others.
fn split(text: &[u8], found: Vec<Finding>) -> (Vec<Finding>, Vec<Finding>) {
    let (mut chunks, mut valid, mut start, mut next) = (text.utf8_chunks(), "", 0, 0);
    // Findings are in order, so one walk over the chunks serves all of them.
    found.into_iter().partition(|finding| {
        while start + valid.len() <= finding.start {
            let Some(chunk) = chunks.next() else {
                return false;
            };
            (valid, start) = (chunk.valid(), next);
            next += valid.len() + chunk.invalid().len();
        }
        let from = finding.start.checked_sub(start);
        from.is_some_and(|from| valid.get(from..finding.end - start).is_some())
    })
}

/// Redacted bytes that are not UTF-8.
#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    /// The places of what a restorer may read as a placeholder.
    tokens: Vec<Range<usize>>,
    /// The places of what stands for values that are no text, with their labels.
    torn: Vec<(Range<usize>, Vec<u8>)>,
}

impl Output {
    /// Adds text in which every placeholder was decided.
    fn text(&mut self, text: &[u8]) {
        let start = self.bytes.len();
        self.tokens.extend(tokens(text, start));
        self.bytes.extend_from_slice(text);
    }

    /// Adds what stands for a value that is no text.
    fn torn(&mut self, redactor: &Redactor, finding: &Finding, value: &[u8]) {
        let start = self.bytes.len();
        let operator = match redactor.own_operator(finding.kind()) {
            Some(_) => redactor.operator(finding),
            None => &Operator::Label,
        };
        operator.write(finding, value, &mut self.bytes);
        let mut label = Vec::new();
        Operator::Label.write(finding, value, &mut label);
        self.torn.push((start..self.bytes.len(), label));
    }

    /// Returns the bytes. If what was written for a value joins the text before and after
    /// it to what reads as a placeholder, all such values have labels, which join nothing.
    fn into_bytes(self) -> Vec<u8> {
        let mut known = self.tokens.iter().peekable();
        let mut torn = self.torn.iter().map(|(place, _)| place).peekable();
        let mut at = 0;
        for chunk in self.bytes.utf8_chunks() {
            for token in tokens(chunk.valid().as_bytes(), at) {
                while known.next_if(|known| known.start < token.start).is_some() {}
                while torn.next_if(|place| place.start < token.start).is_some() {}
                if known.peek() != Some(&&token) && torn.peek() != Some(&&token) {
                    return self.with_labels();
                }
            }
            at += chunk.valid().len() + chunk.invalid().len();
        }
        self.bytes
    }

    fn with_labels(&self) -> Vec<u8> {
        let (mut out, mut done) = (Vec::with_capacity(self.bytes.len()), 0);
        for (place, label) in &self.torn {
            out.extend_from_slice(part(&self.bytes, done..place.start));
            out.extend_from_slice(label);
            done = place.end;
        }
        out.extend_from_slice(part(&self.bytes, done..self.bytes.len()));
        out
    }
}

/// Returns the places of what reads as a placeholder in a text that begins at `start`.
fn tokens(text: &[u8], start: usize) -> impl Iterator<Item = Range<usize>> {
    let mut walk = Walk::new();
    std::iter::from_fn(move || {
        loop {
            match walk.next(text, true) {
                Step::Token { start: from, .. } => return Some(start + from..start + walk.at),
                Step::Mangled { .. } => {}
                Step::Cut | Step::End => return None,
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::redact::custom::{Detections, Detector};
    use crate::redact::finding::Kind;
    use crate::redact::growth::growth;
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

    #[test]
    fn bytes_are_walked_over_once_for_all_findings() {
        let prepare = |count: usize| {
            let text = [b"\xff".to_vec(), b"AKIAQ3EGRIZJ7OWLMXUV ".repeat(count)].concat();
            let found = Redactor::default().scan(&text);
            assert_eq!(found.len(), count);
            (text, found)
        };
        let growth = growth(2_000, prepare, |(text, found)| {
            let (whole, torn) = split(text, found.clone());
            assert_eq!((whole.len(), torn.len()), (found.len(), 0));
        });
        assert!(growth < 128.0, "{growth}");
    }

    #[test]
    fn a_detector_that_fails_shows_nothing_of_bytes() {
        #[derive(Debug)]
        struct Fails;
        impl Detector for Fails {
            fn id(&self) -> &str {
                "fails"
            }

            fn detect(&self, _: &[u8], _: &mut Detections) -> Result<(), Error> {
                Err(Error::config("no model"))
            }
        }
        for operator in [
            Operator::Surrogate(Key::from_bytes([7; 32])),
            Operator::Hash(Key::from_bytes([7; 32])),
            Operator::Remove,
        ] {
            let redactor = Redactor::builder().detector(std::sync::Arc::new(Fails));
            let redactor = redactor.operator_for(Kind::Custom, operator);
            let redactor = redactor.build().unwrap();
            let redacted = redactor.redact_bytes_with(b"ask Ada \xff", &mut map());
            assert_eq!(**redacted.get_ref(), *b"[REDACTED-CUSTOM]");
        }
    }

    #[test]
    fn a_value_that_is_removed_joins_no_placeholder() {
        let redactor = Redactor::builder().operator_for(Kind::Password, Operator::Remove);
        let redactor = redactor.build().unwrap();
        let mut map = map();
        let placeholder = map.placeholder(Kind::Email, "ann@example.org");
        let bare = placeholder.trim_matches(['[', ']']);
        for cut in 1..bare.len() {
            let (head, tail) = bare.split_at(cut);
            for text in [
                [b"password=x7 \xff ", head.as_bytes(), tail.as_bytes()].concat(),
                [
                    b"\xff ",
                    head.as_bytes(),
                    b" password='fV9s\xffRk2xLq7'",
                    tail.as_bytes(),
                ]
                .concat(),
                [head.as_bytes(), b"\xff", tail.as_bytes()].concat(),
            ] {
                let redacted = redactor.redact_bytes_with(&text, &mut map);
                let (restored, _) = map.restore_bytes(redacted.get_ref());
                let restored = String::from_utf8_lossy(&restored);
                assert!(!restored.contains("ann@"), "{restored}");
            }
        }
    }

    #[test]
    fn what_joins_at_a_seam_is_seen() {
        let torn = |before: &[u8], written: &[u8], after: &[u8]| {
            let mut output = Output::default();
            output.text(before);
            let start = output.bytes.len();
            output.bytes.extend_from_slice(written);
            let place = start..output.bytes.len();
            output.torn.push((place, b"[REDACTED-PASSWORD]".to_vec()));
            output.text(after);
            output.into_bytes()
        };
        for (before, written, after, stays) in [
            ("EMAIL-7K3", "", "QX9TB", false),
            ("EMAIL-7K3", "QX", "9TB", false),
            ("", "EMAIL-7K3Q", "X9TB", false),
            ("x", "", "EMAIL-7K3QX9TB", true),
            ("[EMAIL-7K3QX9TB]", "***", "[EMAIL-7K3QX9TB]", true),
            ("[EMAIL-7K3QX9T", "", "x", false),
            ("EMAIL-7K3QX9T", "", " x", true),
            ("a ", "[EMAIL-7K3QX9TB]", " b", true),
        ] {
            let out = torn(before.as_bytes(), written.as_bytes(), after.as_bytes());
            let joined = [before, written, after].concat();
            assert_eq!(out == joined.as_bytes(), stays, "{joined}");
            let whole = tokens(&out, 0).count();
            let apart = tokens(before.as_bytes(), 0).count() + tokens(after.as_bytes(), 0).count();
            assert!(stays || whole == apart, "{joined}");
        }
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
