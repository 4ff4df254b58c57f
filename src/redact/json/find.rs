//! What is found in each key, string and number of a document.

use std::ops::Range;

use zeroize::Zeroizing;

use super::command::Commands;
use super::context::{Leaf, is_type};
use super::document::{Document, Sort, Token};
use super::integer;
use super::render::render;
use super::units::to_decoded;
use crate::Error;
use crate::redact::custom::{is_replaced, masked, may_be_secret};
use crate::redact::finding::{Finding, Validation};
use crate::redact::redactor::Redactor;
use crate::redact::text::{part, part_of_str, widen};

/// The greatest length of a name used as context, in bytes.
const MAX_CONTEXT: usize = 48;

/// The least length of a value that is read after a name that the canonical form does
/// not show right before it.
const MIN_LEN: usize = 4;

/// Returns the findings of each token, in order and without overlaps. Their spans are
/// ranges of the token's text. `is_apart` says which strings are read apart, as
/// documents of their own; they have no findings here.
pub(super) fn find(
    redactor: &Redactor,
    document: &Document<'_>,
    leaves: &[Leaf<'_>],
    is_apart: &dyn Fn(usize) -> bool,
) -> Result<Vec<Vec<Finding>>, Error> {
    let mut search = Search {
        redactor,
        document,
        is_apart,
        found: vec![Vec::new(); document.tokens.len()],
    };
    search.alone()?;
    search.canonical()?;
    search.whole_numbers()?;
    search.commands()?;
    for leaf in leaves.iter().filter(|leaf| !is_apart(leaf.token)) {
        search.leaf(leaf)?;
    }
    for (token, found) in document.tokens.iter().zip(&mut search.found) {
        merge(redactor, &token.text, found);
    }
    Ok(search.found)
}

struct Search<'d> {
    redactor: &'d Redactor,
    document: &'d Document<'d>,
    is_apart: &'d dyn Fn(usize) -> bool,
    found: Vec<Vec<Finding>>,
}

impl Search<'_> {
    fn add(&mut self, token: usize, finding: Finding) {
        if let Some(found) = self.found.get_mut(token) {
            found.push(finding);
        }
    }

    /// Scans the canonical form.
    fn canonical(&mut self) -> Result<(), Error> {
        let rendered = render(self.document, self.is_apart);
        let found = self.redactor.try_scan(rendered.text.as_bytes())?;
        let mut suspects = Vec::new();
        for finding in &found {
            let first = rendered
                .places
                .partition_point(|(_, place)| place.end <= finding.start);
            let places = part(&rendered.places, first..);
            for (number, place) in places.iter().take_while(|(_, at)| at.start < finding.end) {
                let Some(token) = self.document.tokens.get(*number) else {
                    continue;
                };
                match token.sort {
                    // A name is never the value of what is before it.
                    Sort::Key => suspects.push(*number),
                    Sort::Number => {
                        let mut finding = finding.clone();
                        (finding.start, finding.end) = (0, token.text.len());
                        self.add(*number, finding);
                    }
                    Sort::String => {
                        let from = finding.start.max(place.start) - place.start;
                        let to = finding.end.min(place.end) - place.start;
                        let span = decoded(token, &rendered.text, place, from..to);
                        let mut finding = finding.clone();
                        (finding.start, finding.end) = (span.start, span.end);
                        if !self.ends_earlier(*number, &finding) {
                            self.add(*number, finding);
                        }
                    }
                }
            }
        }
        suspects.dedup();
        for number in suspects {
            if !self.is_escaped(number) {
                self.by_itself(number)?;
            }
        }
        Ok(())
    }

    /// Returns whether the value that a judged finding has found ends earlier in the string
    /// by itself, where an escape of a line end is one.
    fn ends_earlier(&self, number: usize, finding: &Finding) -> bool {
        let mut found = self.found.get(number).into_iter().flatten();
        self.is_escaped(number)
            && finding.validation == Validation::Judged
            && found.any(|own| {
                own.start == finding.start
                    && own.end < finding.end
                    && own.validation == Validation::Judged
            })
    }

    /// Scans whole numbers that are written with a fraction or an exponent by their digits.
    fn whole_numbers(&mut self) -> Result<(), Error> {
        let document = self.document;
        for (number, token) in document.tokens.iter().enumerate() {
            if token.sort != Sort::Number {
                continue;
            }
            let Some(digits) = integer::whole(&token.text) else {
                continue;
            };
            for mut finding in self.redactor.try_scan(digits.as_bytes())? {
                (finding.start, finding.end) = (0, token.text.len());
                self.add(number, finding);
            }
        }
        Ok(())
    }

    /// Scans lists of words as the commands that they are.
    fn commands(&mut self) -> Result<(), Error> {
        let commands = Commands::of(self.document, self.is_apart);
        if commands.places.is_empty() {
            return Ok(());
        }
        for finding in self.redactor.try_scan(commands.text.as_bytes())? {
            let first = commands
                .places
                .partition_point(|(_, place)| place.end <= finding.start);
            let places = part(&commands.places, first..).iter();
            for (number, place) in places.take_while(|(_, at)| at.start < finding.end) {
                let mut finding = finding.clone();
                finding.start = finding.start.max(place.start) - place.start;
                finding.end = finding.end.min(place.end) - place.start;
                self.add(*number, finding);
            }
        }
        Ok(())
    }

    /// Scans the strings and keys that read differently in the canonical form.
    fn alone(&mut self) -> Result<(), Error> {
        for number in 0..self.document.tokens.len() {
            if self.is_escaped(number) && !(self.is_apart)(number) {
                self.by_itself(number)?;
            }
        }
        Ok(())
    }

    fn is_escaped(&self, number: usize) -> bool {
        let token = self.document.tokens.get(number);
        token.is_some_and(|token| token.escaped)
    }

    fn by_itself(&mut self, number: usize) -> Result<(), Error> {
        for finding in self
            .redactor
            .try_scan(self.document.text(number).as_bytes())?
        {
            self.add(number, finding);
        }
        Ok(())
    }

    /// Judges a value by its name, and masks or exempts it.
    fn leaf(&mut self, leaf: &Leaf<'_>) -> Result<(), Error> {
        let Some(token) = self.document.tokens.get(leaf.token) else {
            return Ok(());
        };
        if leaf.exempt {
            self.keep_known(leaf.token, token);
            return Ok(());
        }
        if let Some(kind) = leaf.mask
            && is_maskable(token)
        {
            if let Some(found) = self.found.get_mut(leaf.token) {
                found.clear();
                found.push(masked(kind, token.text.len()));
            }
            return Ok(());
        }
        if let Some(name) = leaf.name.filter(|name| may_be_secret(name))
            && is_hidden(leaf, token)
        {
            self.named(leaf.token, name, token)?;
        }
        Ok(())
    }

    /// Keeps only the known values in a value that must stay.
    fn keep_known(&mut self, number: usize, token: &Token<'_>) {
        let Some(found) = self.found.get_mut(number) else {
            return;
        };
        let all = found.len();
        found.retain(|finding| finding.validation == Validation::Known);
        if found.len() == all {
            return;
        }
        // What is dropped may have a known value in it.
        for mut finding in self.redactor.known_in(token.text.as_bytes()) {
            if token.sort == Sort::Number {
                (finding.start, finding.end) = (0, token.text.len());
            }
            found.push(finding);
        }
    }

    /// Scans a value after its name. Marks that would end the value too early are
    /// replaced with others, so that every place keeps its offset.
    fn named(&mut self, number: usize, name: &str, token: &Token<'_>) -> Result<(), Error> {
        let mut from = name.len().saturating_sub(MAX_CONTEXT);
        while !name.is_char_boundary(from) {
            from += 1;
        }
        let name = part_of_str(name, from..).bytes();
        let mut text = Zeroizing::new(Vec::with_capacity(MAX_CONTEXT + token.text.len() + 8));
        text.push(b'"');
        text.extend(name.map(|byte| if byte == b'"' { b'\'' } else { byte }));
        text.extend_from_slice(b"\": \"");
        let start = text.len();
        if token.sort == Sort::Number {
            // Its sign, point and exponent say nothing of it.
            let mantissa = token.text.bytes().take_while(|byte| !b"eE".contains(byte));
            text.extend(mantissa.filter(u8::is_ascii_digit));
        } else {
            text.extend(token.text.bytes().map(|byte| match byte {
                b'"' => b'\'',
                b'\\' => b'~',
                byte if byte < b' ' => b'~',
                byte => byte,
            }));
        }
        let end = text.len();
        text.push(b'"');
        for mut finding in self.redactor.try_scan(&text)? {
            if finding.end <= start || finding.start >= end {
                continue;
            }
            finding.start = finding.start.max(start) - start;
            finding.end = finding.end.min(end) - start;
            if token.sort == Sort::Number {
                (finding.start, finding.end) = (0, token.text.len());
            }
            // Blanks at the end alone are no secret. A span may cut a character.
            let value = token.text.get(finding.span()).unwrap_or("x");
            if !value.trim().is_empty() {
                self.add(number, finding);
            }
        }
        Ok(())
    }
}

/// Returns the range of a string's text for a range of its canonical form.
fn decoded(token: &Token<'_>, text: &str, place: &Range<usize>, at: Range<usize>) -> Range<usize> {
    if !token.escaped {
        return at;
    }
    let raw = part_of_str(text, place.clone());
    to_decoded(raw.as_bytes(), &at)
}

/// Returns whether a value is hidden where its name says so: a number or a text that
/// is not empty, no type of a schema and not yet replaced.
fn is_maskable(token: &Token<'_>) -> bool {
    match token.sort {
        Sort::Key => false,
        Sort::Number => true,
        Sort::String => {
            !token.text.trim().is_empty() && !is_type(&token.text) && !is_replaced(&token.text)
        }
    }
}

/// Returns whether the canonical form does not show the value as the whole text in
/// quotation marks after its name.
fn is_hidden(leaf: &Leaf<'_>, token: &Token<'_>) -> bool {
    if token.text.len() < MIN_LEN {
        return false;
    }
    match token.sort {
        Sort::Key => false,
        // Between zero and one are rates and probabilities.
        Sort::Number => !token.text.trim_start_matches('-').starts_with("0."),
        Sort::String => leaf.lifted || token.escaped,
    }
}

/// Sorts findings, widens them to whole characters and merges overlapping ones,
/// keeping what is said by the finding with the higher confidence.
fn merge(redactor: &Redactor, text: &str, found: &mut Vec<Finding>) {
    if found.is_empty() {
        return;
    }
    for finding in &mut *found {
        let span = widen(text.as_bytes(), finding.span());
        (finding.start, finding.end) = (span.start, span.end.min(text.len()));
        // The line end behind a value is no part of it.
        if finding.validation == Validation::Judged {
            let value = part_of_str(text, finding.span()).trim_ascii_end();
            finding.end = finding.start + value.len();
        }
    }
    found.retain(|finding| finding.start < finding.end);
    found.sort_by_key(|finding| (finding.start, finding.end));
    found.dedup_by(|next, last| {
        let overlap = next.start < last.end;
        if overlap {
            let (start, end) = (last.start, last.end.max(next.end));
            if next.confidence > last.confidence {
                std::mem::swap(next, last);
            }
            (last.start, last.end) = (start, end);
        }
        overlap
    });
    for finding in found {
        let value = part_of_str(text, finding.span());
        finding.fingerprint = redactor.fingerprint_of(finding.kind(), value.as_bytes());
    }
}
