//! Readers of addresses, headers and assignments, which report the values there.

use super::marks::{Outcome, checked, judged};
use super::pass::Pass;
use crate::redact::builtin::Structure;
use crate::redact::engine::hit::Sink;
use crate::redact::engine::matchers::assignment::{
    Assignment, Column, Meaning, Scheme, basic, bearer,
};
use crate::redact::engine::matchers::checksum::is_basic;
use crate::redact::engine::matchers::{address, cookies};
use crate::redact::engine::{Engine, MOST_BACK, judge, syntax};
use crate::redact::text::Text;

impl Engine {
    /// Reports the secret in the address whose scheme ends at `at`.
    pub(super) fn address(&self, at: usize, outcome: Outcome, pass: &mut Pass<'_>) {
        let text = pass.text;
        let host_end = address::host_end(text, at);
        if let Some(hit) = self.addresses.find(text, at, host_end) {
            return pass.sink.hit(hit);
        }
        let hook = address::hook(text, at, host_end);
        if hook.is_some() {
            return self.report(judged(Structure::Webhook, 88), hook, pass.sink);
        }
        if pass.progress.trail.is_exhausted(at) {
            return;
        }
        let password = address::password(text, at, host_end);
        pass.progress.trail.note_read(at, text);
        if let Some((place, alone)) = password {
            let structure = if alone {
                Structure::UrlToken
            } else {
                outcome.structure
            };
            let outcome = Outcome {
                structure,
                ..outcome
            };
            for part in text.outside(place.0, place.1) {
                if address::is_password(text.slice(part.0, part.1), alone) {
                    self.report(outcome, Some(part), pass.sink);
                }
            }
        }
    }

    /// Reports the password in an address without a scheme, before the `@` at `at`.
    /// The place that led there is `place`.
    pub(super) fn bare_address(
        &self,
        text: &Text<'_>,
        (at, place): (usize, usize),
        outcome: Outcome,
        sink: &mut Sink,
    ) {
        let found = address::bare(text, at).filter(|(start, _)| start + MOST_BACK >= place);
        self.report(outcome, found, sink);
    }

    /// Reports the values of the cookie header at `at`.
    pub(super) fn cookie(&self, text: &Text<'_>, at: usize, outcome: Outcome, sink: &mut Sink) {
        if !text.is_word(at, b"cookie") {
            return;
        }
        for place in cookies::values(text, at + b"cookie".len()) {
            self.report(outcome, Some(place), sink);
        }
    }

    /// Reports credentials after the word `Basic` that decode to a user and a
    /// password (RFC 7617, section 2).
    pub(super) fn basic(&self, text: &Text<'_>, at: usize, outcome: Outcome, sink: &mut Sink) {
        let place = basic(text, at).filter(|&(start, end)| is_basic(text.slice(start, end)));
        self.report(outcome, place, sink);
    }

    /// Reports the token after the word `Bearer` at `at`.
    pub(super) fn bearer(&self, text: &Text<'_>, at: usize, outcome: Outcome, sink: &mut Sink) {
        let Some(value) = bearer(text, at) else {
            return;
        };
        let known = sink.hits.len();
        self.tokens.find_at_value(text, value.start, sink);
        let token = text.slice(value.start, value.end);
        if sink.hits.len() == known
            && token.len() >= 16
            && judge::is_random(token)
            && !judge::is_dummy(token)
        {
            self.report(outcome, Some((value.start, value.end)), sink);
        }
    }

    /// Reports the values that are assigned to the name with the word at `at`.
    pub(super) fn assignment(&self, at: usize, pass: &mut Pass<'_>) {
        let text = pass.text;
        if !text.is_in_placeholder(at) {
            pass.progress.trail.word = at + 3;
        }
        if pass.progress.trail.is_exhausted(at) {
            return;
        }
        let column = Assignment::each(text, at, &mut |assignment| {
            self.assigned(text, at, assignment, pass.sink)
        });
        pass.progress.trail.note_read(at, text);
        if let Some(column) = column {
            pass.progress.follow(column);
        }
    }

    /// Reads on in the tables whose next row is at `at`.
    #[cold]
    #[inline(never)]
    pub(super) fn rows(&self, at: usize, pass: &mut Pass<'_>) {
        let Pass {
            text,
            progress,
            sink,
            ..
        } = pass;
        let read = |column: Column| {
            column.read(text, &mut |place, confidence| {
                let known = sink.hits.len();
                self.tokens.find_at_value(text, place.0, sink);
                if let Some(confidence) = confidence.filter(|_| sink.hits.len() == known) {
                    let outcome = judged(structure_of(column.meaning), confidence);
                    self.report(outcome, Some(place), sink);
                }
            })
        };
        progress.read_rows(at, read);
        text.take_far();
    }

    /// Reports the value of an assignment whose name has its word at `at`, if the value
    /// is a secret. Returns whether it is.
    fn assigned(
        &self,
        text: &Text<'_>,
        at: usize,
        assignment: &Assignment,
        sink: &mut Sink,
    ) -> bool {
        let assignment = assignment.without_user(text).trimmed(text);
        let assignment = &assignment.with_ampersand(text);
        let place = Some((assignment.value.start, assignment.value.end));
        if assignment.value.scheme == Some(Scheme::Basic) {
            let value = text.slice(assignment.value.start, assignment.value.end);
            let known = is_basic(value);
            if known {
                self.report(checked(Structure::BasicCredentials, 92), place, sink);
            }
            return known;
        }
        let value = text.slice(assignment.value.start, assignment.value.end);
        let is_mixed = || judge::may_be_strong(value) || value.iter().any(u8::is_ascii_digit);
        if assignment.distant && !is_mixed() {
            return false;
        }
        // No run leads to a value that is only part of one.
        let (start, most) = (assignment.value.start, assignment.value.end);
        let known = sink.hits.len();
        self.tokens.find_at_value(text, start, sink);
        if sink.hits.len() > known {
            return true;
        }
        let known = self.within.find_at_value(text, start);
        let named = || self.named.find(text, start, most, at, &self.prefilter);
        if let Some(hit) = known.or_else(named) {
            sink.hit(hit);
            return true;
        }
        let longer = || {
            let longer = assignment.with_mark(text)?;
            Some((longer, longer.judge(text)?))
        };
        let sure = assignment.judge(text).map(|sure| (*assignment, sure));
        let Some((assignment, confidence)) = sure.or_else(longer) else {
            return false;
        };
        let place = Some((assignment.value.start, assignment.value.end));
        let structure = match (assignment.value.scheme, assignment.name.meaning) {
            (Some(Scheme::Bearer), _) => Structure::BearerToken,
            (_, meaning) => structure_of(meaning),
        };
        let outcome = judged(structure, confidence);
        let Some(joined) = assignment.value.joined else {
            self.report(outcome, place, sink);
            return true;
        };
        // The quotation marks between the literals stay.
        syntax::pieces(text, joined, &mut |piece| {
            let piece = (piece.start.max(start), piece.end);
            let piece = Some(piece).filter(|(start, end)| start < end);
            self.report(outcome, piece, sink);
        });
        true
    }
}

/// Returns the structure of a value under a name of this meaning.
const fn structure_of(meaning: Meaning) -> Structure {
    match meaning {
        Meaning::Password => Structure::PasswordAssignment,
        Meaning::Secret => Structure::SecretAssignment,
        Meaning::ApiKey | Meaning::Key => Structure::ApiKeyAssignment,
        _ => Structure::TokenAssignment,
    }
}
