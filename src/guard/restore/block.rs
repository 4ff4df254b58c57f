//! One block of an answer on its way back.

use super::address::Address;
use super::judge::TextJudge;
use crate::guard::conversation::{ReleaseRules, State};
use crate::redact::{Finding, Redactor, Report, RestoreCounts, Restorer, StreamRedactor};

/// A block of text on its way back: what the model wrote by itself and may not be shown is
/// masked, and then placeholders are restored. However the text is cut, the same comes out.
pub(crate) struct Block {
    guard: Option<StreamRedactor>,
    restorer: Restorer,
    address: Address,
    /// What stands before the block.
    before: Address,
    /// What the model wrote up to here.
    written: String,
    /// The part of it that was passed on, restored.
    shown: String,
    buffer: Vec<u8>,
    findings: Vec<Finding>,
    /// The end of a character may come with the next piece.
    carry: Vec<u8>,
}

impl Block {
    /// Begins a block. `address` says what stands before it.
    pub(crate) fn new(guard: Option<&Redactor>, address: Address) -> Self {
        Self {
            guard: guard.map(|redactor| StreamRedactor::new(redactor.clone())),
            restorer: Restorer::new(),
            address,
            before: address,
            written: String::new(),
            shown: String::new(),
            buffer: Vec::new(),
            findings: Vec::new(),
            carry: Vec::new(),
        }
    }

    /// Reads more of the block, and appends what is settled to `out`.
    pub(crate) fn push(
        &mut self,
        rules: &ReleaseRules,
        state: &State,
        text: &str,
        out: &mut String,
    ) {
        self.written.push_str(text);
        let start = out.len();
        match &mut self.guard {
            None => self.restore(rules, state, text, out),
            Some(guard) => {
                guard.push(text.as_bytes(), &mut self.buffer, &mut self.findings);
                self.pass_on(rules, state, out);
            }
        }
        self.shown.push_str(out.get(start..).unwrap_or_default());
    }

    /// Ends the block. Returns how many placeholders were restored or not.
    pub(crate) fn finish(
        &mut self,
        rules: &ReleaseRules,
        state: &State,
        masked: &mut Report,
        out: &mut String,
    ) -> RestoreCounts {
        let start = out.len();
        if let Some(guard) = &mut self.guard {
            guard.finish(&mut self.buffer, &mut self.findings);
            self.pass_on(rules, state, out);
        }
        masked.add(&self.findings);
        self.findings.clear();
        let mut judge = TextJudge {
            rules,
            seen: &state.seen,
            address: &mut self.address,
        };
        let counts = self.restorer.finish_if(&state.map, &mut judge, out);
        self.shown.push_str(out.get(start..).unwrap_or_default());
        counts
    }

    /// Returns what stands before the block.
    pub(crate) const fn before(&self) -> Address {
        self.before
    }

    /// Returns where the text stands at its end.
    pub(crate) const fn address(&self) -> Address {
        self.address
    }

    /// Returns what the model wrote up to here.
    pub(crate) fn written(&self) -> &str {
        &self.written
    }

    /// Returns what people read of it, once the block has ended.
    pub(crate) fn into_shown(self) -> String {
        self.shown
    }

    /// Restores what the guard of the output has let through.
    fn pass_on(&mut self, rules: &ReleaseRules, state: &State, out: &mut String) {
        self.carry.append(&mut self.buffer);
        let bytes = std::mem::take(&mut self.carry);
        let end = match str::from_utf8(&bytes) {
            Ok(_) => bytes.len(),
            Err(error) => error.valid_up_to(),
        };
        let (text, rest) = bytes.split_at_checked(end).unwrap_or((&bytes, &[]));
        if let Ok(text) = str::from_utf8(text) {
            self.restore(rules, state, text, out);
        }
        self.carry.extend_from_slice(rest);
    }

    fn restore(&mut self, rules: &ReleaseRules, state: &State, text: &str, out: &mut String) {
        let mut judge = TextJudge {
            rules,
            seen: &state.seen,
            address: &mut self.address,
        };
        self.restorer.push_if(&state.map, text, &mut judge, out);
    }
}
