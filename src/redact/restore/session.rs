//! Redaction with a map: placeholders for what is found, and for what only looks like
//! a placeholder.

use std::borrow::Cow;
use std::ops::Range;

use zeroize::Zeroizing;

use super::placeholder_map::{Identity, PlaceholderMap};
use super::readings::{Origin, joined};
use crate::Error;
#[cfg(doc)]
use crate::redact::custom::Detector;
use crate::redact::finding::{Finding, Kind, Layers, RuleId, Validation};
use crate::redact::redactor::{Edit, Form, Redacted, Redactor, Rewriter, apply, into_text};
use crate::redact::text::{Step, Walk, part, part_of_str, placeholder, widen};

/// The source of a text, which decides how to treat a placeholder in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// From outside: a placeholder is text that someone typed.
    Outside,
    /// From a redacted conversation: a placeholder is genuine, unless somebody typed it.
    Redacted,
    /// From a redaction with this map, as it was returned: a placeholder is genuine.
    #[cfg(feature = "guard")]
    Hidden,
}

/// The redaction of texts of one source with one map.
pub(crate) struct Session<'m> {
    pub(crate) map: &'m mut PlaceholderMap,
    source: Source,
    /// The tags of the placeholders that were written.
    pub(super) tags: Vec<u64>,
    /// Those by which the map learned a value, or the form of one in JSON.
    pub(super) learned: Vec<u64>,
    /// Whether the texts are those of a document that redaction returned.
    is_returned: bool,
}

impl<'m> Session<'m> {
    pub(crate) const fn new(map: &'m mut PlaceholderMap, source: Source) -> Self {
        Self {
            map,
            source,
            tags: Vec::new(),
            learned: Vec::new(),
            is_returned: false,
        }
    }

    pub(crate) const fn outside(map: &'m mut PlaceholderMap) -> Self {
        Self::new(map, Source::Outside)
    }

    pub(crate) const fn again(map: &'m mut PlaceholderMap) -> Self {
        Self::new(map, Source::Redacted)
    }

    /// Returns the redactor that also finds the values of the map in encodings.
    pub(crate) fn scanner(&self, redactor: &Redactor) -> Redactor {
        redactor.with_known(self.map.known_values())
    }

    /// Redacts a text in which this was found.
    pub(super) fn redact<'t>(
        &mut self,
        redactor: &Redactor,
        text: &'t str,
        found: Vec<Finding>,
    ) -> Redacted<Cow<'t, str>> {
        let known = self.map.generation();
        let mut edits = self.edits(redactor, text, found.clone(), Form::Plain);
        // An encoded copy may stand before the place that gave its value away.
        if self.map.generation() != known
            && let Some(found) = self.with_encoded(redactor, text, found)
        {
            edits = self.edits(redactor, text, found, Form::Plain);
        }
        if edits.is_empty() {
            return Redacted::new(Cow::Borrowed(text), Vec::new());
        }
        let out = apply(text, &edits);
        let findings = edits.into_iter().filter_map(|edit| edit.finding);
        Redacted::new(Cow::Owned(out), findings.collect())
    }

    /// Adds the values of the map that stand in encodings to what was found in a text.
    /// Returns `None` if there are no others.
    fn with_encoded(
        &self,
        redactor: &Redactor,
        text: &str,
        found: Vec<Finding>,
    ) -> Option<Vec<Finding>> {
        let known = self.scanner(redactor).known_in(text.as_bytes());
        let old = found.len();
        let all = with_known(found, known);
        (all.len() > old).then_some(all)
    }

    /// Adds a value to the map and writes its placeholder, or its label if the map is
    /// full.
    fn write(&mut self, identity: &Identity, value: &str, form: Form, out: &mut Vec<u8>) {
        let Self {
            map, tags, learned, ..
        } = self;
        map.write(identity, value, form, out, |written| {
            tags.push(written.tag);
            if written.is_new {
                learned.push(written.tag);
            }
        });
    }

    /// Returns whether a placeholder of this source is text that somebody typed.
    fn is_typed(&self, kind: Kind, tag: u64) -> bool {
        match self.source {
            Source::Outside => true,
            Source::Redacted => self.map.is_contested(kind, tag),
            #[cfg(feature = "guard")]
            Source::Hidden => false,
        }
    }

    /// Returns the places of the genuine placeholders of a text, and whether it has one
    /// that somebody typed.
    fn genuine(&self, text: &str) -> (Vec<Range<usize>>, bool) {
        let (mut places, mut is_contested) = (Vec::new(), false);
        let mut walk = Walk::new();
        loop {
            match walk.next(text.as_bytes(), true) {
                Step::Token { start, kind, tag } => {
                    if self.is_typed(kind, tag) {
                        is_contested = true;
                    } else if self.map.find(kind, tag).is_some() {
                        places.push(start..walk.at);
                    }
                }
                Step::Mangled { .. } => {}
                Step::Cut | Step::End => return (places, is_contested),
            }
        }
    }
}

impl Redactor {
    /// Replaces the values found in `text` with placeholders and keeps them in
    /// `map`. [`PlaceholderMap::restore`] then returns the original text.
    ///
    /// A value that the map holds is hidden wherever it appears, also where nothing
    /// says that it is one (rule `conversation-value`), under the same placeholder.
    /// The page `conversations` of the manual says which values are too common for that.
    ///
    /// Text that looks like a placeholder is also replaced (kind
    /// [`Literal`](Kind::Literal), rule `placeholder-look-alike`). Otherwise its
    /// author could retrieve a value from the map without having seen it. This covers
    /// text in the exact form of a placeholder, and any text that the map would
    /// restore. A looser likeness, such as the words `token-endpoint`, stays, and the
    /// map never gives its tag to a value.
    ///
    /// Kinds with an [operator of their
    /// own](crate::redact::RedactorBuilder::operator_for) keep it and cannot be
    /// restored.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::{Key, PlaceholderMap, Redactor};
    ///
    /// let redactor = Redactor::default();
    /// let mut map = PlaceholderMap::new(Key::from_bytes([7; 32]));
    /// let text = "login with password=fV9s-Rk2xLq7";
    /// let redacted = redactor.redact_with(text, &mut map);
    /// assert!(redacted.as_str().starts_with("login with password=[PASSWORD-"));
    /// assert_eq!(map.restore(redacted.as_str()).as_str(), text);
    ///
    /// let again = redactor.redact_with("and fV9s-Rk2xLq7 it was", &mut map);
    /// assert!(again.as_str().starts_with("and [PASSWORD-"));
    /// ```
    #[must_use]
    pub fn redact_with<'t>(
        &self,
        text: &'t str,
        map: &mut PlaceholderMap,
    ) -> Redacted<Cow<'t, str>> {
        redact(self, text, &mut Session::outside(map))
    }

    /// Like [`redact_with`](Self::redact_with), but returns an error if a detector fails.
    /// The map is then as it was.
    ///
    /// # Errors
    /// Returns the error of the [`Detector`], with its id.
    pub fn try_redact_with<'t>(
        &self,
        text: &'t str,
        map: &mut PlaceholderMap,
    ) -> Result<Redacted<Cow<'t, str>>, Error> {
        try_redact(self, text, &mut Session::outside(map))
    }

    /// Like [`redact_with`](Self::redact_with), but keeps the placeholders in `text`.
    /// Use it for text that was already redacted, or that a model wrote after reading
    /// redacted text.
    ///
    /// A text that this redactor returned with this map comes back as it is, unless it
    /// holds a value that the map, or a set of [known
    /// values](crate::redact::KnownValues), has learned since. A placeholder that somebody typed, and
    /// that was hidden for that reason, is hidden again, whoever writes it.
    ///
    /// # Security
    /// Never pass text from outside: a placeholder in it would be restored.
    ///
    /// # Example
    /// ```
    /// use confidant::redact::{Key, PlaceholderMap, Redactor};
    ///
    /// let (redactor, mut map) = (Redactor::default(), PlaceholderMap::new(Key::from_bytes([7; 32])));
    /// let first = redactor.redact_with("password=fV9s-Rk2xLq7", &mut map);
    /// let answer = format!("{} is set", first.as_str());
    /// assert!(redactor.redact_again_with(&answer, &mut map).is_clean());
    /// ```
    #[must_use]
    pub fn redact_again_with<'t>(
        &self,
        text: &'t str,
        map: &mut PlaceholderMap,
    ) -> Redacted<Cow<'t, str>> {
        redact(self, text, &mut Session::again(map))
    }

    /// Like [`redact_again_with`](Self::redact_again_with), but returns an error if a
    /// detector fails. The map is then as it was.
    ///
    /// # Errors
    /// Returns the error of the [`Detector`], with its id.
    pub fn try_redact_again_with<'t>(
        &self,
        text: &'t str,
        map: &mut PlaceholderMap,
    ) -> Result<Redacted<Cow<'t, str>>, Error> {
        try_redact(self, text, &mut Session::again(map))
    }
}

fn redact<'t>(
    redactor: &Redactor,
    text: &'t str,
    session: &mut Session<'_>,
) -> Redacted<Cow<'t, str>> {
    let found = session.scanner(redactor).scan(text.as_bytes());
    session.redact(redactor, text, found)
}

fn try_redact<'t>(
    redactor: &Redactor,
    text: &'t str,
    session: &mut Session<'_>,
) -> Result<Redacted<Cow<'t, str>>, Error> {
    let found = session.scanner(redactor).try_scan(text.as_bytes())?;
    Ok(session.redact(redactor, text, found))
}

impl Rewriter for Session<'_> {
    #[cfg(feature = "json")]
    fn known(&self) -> usize {
        self.map.len()
    }

    // A name that was replaced says something else of its value than before. In a document
    // that redaction returned, that counts for nothing.
    #[cfg(feature = "json")]
    fn begin(&mut self, redactor: &Redactor, document: &dyn Fn() -> Zeroizing<String>) {
        self.is_returned =
            self.source != Source::Outside && self.map.is_output(redactor, &document());
    }

    #[cfg(feature = "json")]
    fn end(&mut self, redactor: &Redactor, document: &dyn Fn() -> Zeroizing<String>) {
        self.map.note_output(redactor, &document());
    }

    fn edits(
        &mut self,
        redactor: &Redactor,
        text: &str,
        mut findings: Vec<Finding>,
        form: Form,
    ) -> Vec<Edit> {
        let mut kept = Vec::new();
        if self.source != Source::Outside {
            let (genuine, is_contested) = self.genuine(text);
            if !is_contested && (self.is_returned || self.map.is_output(redactor, text)) {
                // Known values come and go, and may be new since.
                let all = findings.len();
                findings.retain(|finding| finding.validation == Validation::Known);
                if findings.len() < all {
                    // What is dropped may have one in it.
                    let known = redactor.known_in(text.as_bytes());
                    findings = with_known(findings, known);
                }
            }
            kept = genuine;
            findings = outside_of(&kept, text, findings);
        }
        let mut edits = self.replace(redactor, text, findings, form);
        self.replace_known(redactor, text, &kept, form, &mut edits);
        let edits = self.hide_look_alikes(redactor, text, edits);
        if !edits.is_empty() {
            self.map.note_output(redactor, &apply(text, &edits));
        }
        edits
    }
}

impl Session<'_> {
    /// Replaces what was found.
    fn replace(
        &mut self,
        redactor: &Redactor,
        text: &str,
        findings: Vec<Finding>,
        form: Form,
    ) -> Vec<Edit> {
        let mut edits: Vec<Edit> = Vec::with_capacity(findings.len());
        let mut done = 0;
        let mut last: Option<Range<usize>> = None;
        for mut finding in findings {
            let span = widen(text.as_bytes(), finding.span());
            (finding.start, finding.end) = (span.start.max(done), span.end);
            if finding.start >= finding.end {
                continue;
            }
            done = finding.end;
            let value = part_of_str(text, finding.span());
            let (kind, origin) = (finding.kind, Origin::of(&finding));
            let identity = self.map.identify(kind, value, origin, form);
            // The map knows the value already, possibly as one of another kind.
            finding.kind = identity.kind;
            if identity.is_known && finding.validation == Validation::Known {
                finding.rule = RuleId::BuiltIn(RuleId::AGAIN);
            }
            let mut out = Vec::new();
            match redactor.own_operator(finding.kind()) {
                Some(_) => {
                    let operator = redactor.operator(&finding);
                    operator.write(&finding, value.as_bytes(), &mut out);
                }
                None => {
                    self.write(&identity, value, form, &mut out);
                    self.learn_covered(redactor, finding.kind(), value);
                    if let Some(last) = last.replace(finding.span()) {
                        self.learn_joined(finding.kind(), text, &last, value, finding.start);
                    }
                }
            }
            edits.push(Edit {
                span: finding.span(),
                text: into_text(out),
                finding: Some(finding),
            });
        }
        edits
    }

    /// Adds the secrets inside of a value that is replaced as a whole.
    fn learn_covered(&mut self, redactor: &Redactor, kind: Kind, value: &str) {
        for inner in redactor.covered_in(kind, value) {
            let value = part_of_str(value, inner.span());
            let (kind, origin) = (inner.kind(), Origin::of(&inner));
            let identity = self.map.identify(kind, value, origin, Form::Plain);
            self.write(&identity, value, Form::Plain, &mut Vec::new());
        }
    }

    /// Adds the value whose pieces are `last` and the value that begins at `start`, if they
    /// are pieces of one.
    fn learn_joined(
        &mut self,
        kind: Kind,
        text: &str,
        last: &Range<usize>,
        value: &str,
        start: usize,
    ) {
        let first = part_of_str(text, last.clone());
        let between = part_of_str(text, last.end..start);
        if let Some(whole) = joined(first, between, value) {
            let identity = self.map.identify(kind, &whole, Origin::PLAIN, Form::Plain);
            self.write(&identity, &whole, Form::Plain, &mut Vec::new());
        }
    }

    /// Replaces values of the map where nothing was found. `kept` are the places of
    /// genuine placeholders.
    fn replace_known(
        &mut self,
        redactor: &Redactor,
        text: &str,
        kept: &[Range<usize>],
        form: Form,
        edits: &mut Vec<Edit>,
    ) {
        let is_free = |span: &Range<usize>| {
            let place = edits.partition_point(|edit| edit.span.end <= span.start);
            let edited = edits
                .get(place)
                .is_some_and(|edit| edit.span.start < span.end);
            let place = kept.partition_point(|kept| kept.end <= span.start);
            let is_kept = kept.get(place).is_some_and(|kept| kept.start < span.end);
            !edited && !is_kept && is_whole_number(text, span, form)
        };
        let mut added = Vec::new();
        for (span, tag) in self.map.find_values(text, is_free) {
            let Some((kind, value)) = self.map.value(tag) else {
                continue;
            };
            let value = Zeroizing::new(value.expose_secret().to_owned());
            let finding = again_finding(redactor, kind, &value, span.clone());
            let mut out = Vec::new();
            let identity = self.map.identify(kind, &value, Origin::PLAIN, form);
            self.write(&identity, &value, form, &mut out);
            added.push(Edit {
                span,
                text: into_text(out),
                finding: Some(finding),
            });
        }
        if !added.is_empty() {
            edits.append(&mut added);
            edits.sort_by_key(|edit| edit.span.start);
        }
    }

    /// Walks over the redacted text as a restorer will, and replaces everything that
    /// would be read as a placeholder.
    ///
    /// A replacement is read at its own place, as the text that it replaced would have
    /// been, and both are followed by a boundary. The walk of a restorer therefore
    /// stays in step with this one and meets only the placeholders that were decided
    /// here.
    fn hide_look_alikes(&mut self, redactor: &Redactor, text: &str, edits: Vec<Edit>) -> Vec<Edit> {
        let redacted = match edits.is_empty() {
            true => Cow::Borrowed(text),
            false => Cow::Owned(apply(text, &edits)),
        };
        let mut pieces = Pieces::new(edits);
        let mut walk = Walk::new();
        let mut hidden = Vec::new();
        loop {
            let (start, kind, tag) = match walk.next(redacted.as_bytes(), true) {
                Step::Token { start, kind, tag } => (start, kind, tag),
                Step::Mangled { .. } => continue,
                Step::Cut | Step::End => break,
            };
            let token = start..walk.at;
            let known = self.map.find(kind, tag).is_some();
            if pieces.wrote(&token) {
                continue;
            }
            if !self.is_typed(kind, tag) {
                if !known {
                    self.map.take(tag);
                }
                continue;
            }
            let value = part_of_str(&redacted, token.clone());
            let exact = placeholder::placeholder_len(value.as_bytes()) == Some(value.len());
            if !known && !exact && self.map.take(tag) {
                continue;
            }
            hidden.push(pieces.hull(&token));
        }
        for (hull, token) in merged(hidden) {
            pieces.hide(redactor, &redacted, &hull, &token, self);
        }
        pieces.into_edits()
    }
}

/// Returns the finding of a value that the map knows.
pub(super) fn again_finding(
    redactor: &Redactor,
    kind: Kind,
    value: &str,
    span: Range<usize>,
) -> Finding {
    Finding {
        rule: RuleId::BuiltIn(RuleId::AGAIN),
        kind,
        start: span.start,
        end: span.end,
        confidence: 100,
        validation: Validation::Known,
        fingerprint: redactor.fingerprint_of(kind, value.as_bytes()),
        layers: Layers::NONE,
    }
}

/// Returns the finding of a text that looks like a placeholder.
pub(super) fn look_alike_finding(redactor: &Redactor, value: &str, span: Range<usize>) -> Finding {
    Finding {
        rule: RuleId::BuiltIn(RuleId::LOOK_ALIKE),
        kind: Kind::Literal,
        start: span.start,
        end: span.end,
        confidence: 100,
        validation: Validation::Format,
        fingerprint: redactor.fingerprint_of(Kind::Literal, value.as_bytes()),
        layers: Layers::NONE,
    }
}

/// Returns whether a value of the map at `span` may be replaced in this form: in a
/// number, only as a whole.
#[cfg(feature = "json")]
fn is_whole_number(text: &str, span: &Range<usize>, form: Form) -> bool {
    form != Form::Number || *span == (0..text.len())
}

#[cfg(not(feature = "json"))]
const fn is_whole_number(_: &str, _: &Range<usize>, _: Form) -> bool {
    true
}

/// Adds known values to findings, except for those that lie within one. The result is in
/// the order of the starts.
fn with_known(mut found: Vec<Finding>, mut known: Vec<Finding>) -> Vec<Finding> {
    known.retain(|finding| {
        let at = found.partition_point(|other| other.end < finding.end);
        found
            .get(at)
            .is_none_or(|other| finding.start < other.start)
    });
    found.append(&mut known);
    found.sort_by_key(|finding| finding.start);
    found
}

/// Joins the hulls that overlap.
fn merged(hidden: Vec<(Range<usize>, Range<usize>)>) -> Vec<(Range<usize>, Range<usize>)> {
    let mut merged: Vec<(Range<usize>, Range<usize>)> = Vec::with_capacity(hidden.len());
    for (hull, token) in hidden {
        match merged.last_mut() {
            Some((last, inner)) if hull.start < last.end => {
                last.end = last.end.max(hull.end);
                inner.end = token.end;
            }
            _ => merged.push((hull, token)),
        }
    }
    merged
}

/// Edits with the places of their replacements in the redacted text.
struct Pieces {
    edits: Vec<Edit>,
    outputs: Vec<Range<usize>>,
    /// The edits of what stands between the others, in order. They change nothing about
    /// the places of the others.
    between: Vec<Edit>,
}

impl Pieces {
    fn new(edits: Vec<Edit>) -> Self {
        let (mut outputs, mut done, mut at) = (Vec::with_capacity(edits.len()), 0, 0);
        for edit in &edits {
            let start = at + edit.span.start - done;
            at = start + edit.text.len();
            done = edit.span.end;
            outputs.push(start..at);
        }
        Self {
            edits,
            outputs,
            between: Vec::new(),
        }
    }

    /// Returns all edits, in order.
    fn into_edits(self) -> Vec<Edit> {
        let mut edits = self.edits;
        if !self.between.is_empty() {
            edits.extend(self.between);
            edits.sort_by_key(|edit| edit.span.start);
        }
        edits
    }

    /// Returns whether a token is just what an edit wrote.
    fn wrote(&self, token: &Range<usize>) -> bool {
        let place = self
            .outputs
            .partition_point(|output| output.end < token.end);
        self.outputs.get(place) == Some(token)
    }

    /// Returns the numbers of the edits whose replacements a range touches.
    fn touched(&self, range: &Range<usize>) -> Range<usize> {
        let first = self
            .outputs
            .partition_point(|output| output.end <= range.start);
        let end = self
            .outputs
            .partition_point(|output| output.start < range.end);
        first..end.max(first)
    }

    /// Returns a token of the redacted text, widened to whole replacements, and the
    /// token.
    fn hull(&self, token: &Range<usize>) -> (Range<usize>, Range<usize>) {
        let touched = part(&self.outputs, self.touched(token));
        let first = touched.first().map_or(token.start, |output| output.start);
        let last = touched.last().map_or(token.end, |output| output.end);
        (first.min(token.start)..last.max(token.end), token.clone())
    }

    /// Returns the place in the input of a place in the redacted text that is in no
    /// replacement.
    fn input(&self, output: usize, after: bool) -> usize {
        let before = self.outputs.partition_point(|range| {
            range.end < output || (range.end == output && (after || range.start < output))
        });
        let last = before.checked_sub(1);
        let last = last.and_then(|at| self.outputs.get(at).zip(self.edits.get(at)));
        match last {
            Some((range, edit)) => edit.span.end + output.saturating_sub(range.end),
            None => output,
        }
    }

    /// Replaces a token of the redacted text with a placeholder of its own.
    fn hide(
        &mut self,
        redactor: &Redactor,
        redacted: &str,
        hull: &Range<usize>,
        token: &Range<usize>,
        session: &mut Session<'_>,
    ) {
        let touched = self.touched(hull);
        let value = part_of_str(redacted, token.clone());
        let mut out = Vec::new();
        let identity = Identity::plain(Kind::Literal);
        session.write(&identity, value, Form::Plain, &mut out);
        let mut text = part_of_str(redacted, hull.start..token.start).to_owned();
        text.push_str(&into_text(out));
        text.push_str(part_of_str(redacted, token.end..hull.end));
        let span = match (self.edits.get(touched.start), touched.is_empty()) {
            (Some(edit), false) => {
                let output = self
                    .outputs
                    .get(touched.start)
                    .map_or(0, |output| output.start);
                let start = edit.span.start - output.saturating_sub(hull.start);
                let last = touched.end - 1;
                let edit = self.edits.get(last).map_or(0, |edit| edit.span.end);
                let output = self.outputs.get(last).map_or(0, |output| output.end);
                start..edit + hull.end.saturating_sub(output)
            }
            _ => self.input(hull.start, true)..self.input(hull.end, false),
        };
        if touched.is_empty() {
            let finding = look_alike_finding(redactor, value, span.clone());
            self.between.push(Edit {
                span,
                text,
                finding: Some(finding),
            });
            return;
        }
        // The first edit takes in all of it, and the others keep their findings.
        let last = touched.end - 1;
        let mut from = span.start;
        for at in touched {
            let end = match self.edits.get(at) {
                Some(_) if at == last => span.end,
                Some(edit) => edit.span.end,
                None => continue,
            };
            if let (Some(edit), Some(output)) = (self.edits.get_mut(at), self.outputs.get_mut(at)) {
                edit.span = from..end;
                edit.text = std::mem::take(&mut text);
                *output = if at == last {
                    hull.end..hull.end
                } else {
                    hull.start..hull.start
                };
            }
            from = end;
        }
    }
}

/// Cuts the genuine placeholders out of findings. What is left of a finding counts if
/// it has a letter or digit.
fn outside_of(kept: &[Range<usize>], text: &str, findings: Vec<Finding>) -> Vec<Finding> {
    if kept.is_empty() {
        return findings;
    }
    let mut cut = Vec::with_capacity(findings.len());
    for finding in findings {
        let mut from = finding.start;
        let first = kept.partition_point(|place| place.end <= finding.start);
        let inside = part(kept, first..).iter();
        let inside: Vec<_> = inside
            .take_while(|place| place.start < finding.end)
            .collect();
        if inside.is_empty() {
            cut.push(finding);
            continue;
        }
        let end = finding.end..finding.end;
        for place in inside.into_iter().chain([&end]) {
            let part = from..place.start.max(from);
            from = place.end;
            let rest = part_of_str(text, part.clone());
            if rest.chars().any(char::is_alphanumeric) {
                cut.push(Finding {
                    start: part.start,
                    end: part.end,
                    ..finding.clone()
                });
            }
        }
    }
    cut
}
