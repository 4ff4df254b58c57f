//! What the lint knows of the policy while it reads a notice.

use super::finding::{NoticeCode, NoticeFinding};
use super::periods::Periods;
use super::text::Paragraph;
use crate::policy::document::{AttestationKind, Document, Function, RecipientRole};
use crate::policy::policy::Policy;
use crate::policy::recipient::AttestationState;
use crate::time::Moment;

/// A notice that is being read, and what was found in it so far.
pub(super) struct Lint<'p> {
    pub(super) policy: &'p Policy,
    pub(super) document: &'p Document,
    pub(super) now: Moment,
    pub(super) periods: Periods,
    pub(super) findings: Vec<NoticeFinding>,
}

/// A part of a sentence in lower case, up to a "but".
#[derive(Clone, Copy)]
pub(super) struct Part<'t> {
    pub(super) paragraph: &'t Paragraph,
    pub(super) text: &'t str,
    /// Where it begins in its paragraph.
    pub(super) at: usize,
    /// Whether it denies something.
    pub(super) denies: bool,
}

impl Lint<'_> {
    /// Notes something at a place of a part.
    pub(super) fn find(
        &mut self,
        code: NoticeCode,
        part: Part<'_>,
        offset: usize,
        name: Option<&'static str>,
    ) {
        let (line, column) = part.paragraph.place(part.at + offset);
        self.findings.push(NoticeFinding {
            line,
            column,
            code,
            name,
        });
    }

    /// Notes that something is missing.
    pub(super) fn missing(&mut self, code: NoticeCode) {
        self.findings.push(NoticeFinding {
            line: 1,
            column: 1,
            code,
            name: None,
        });
    }

    /// Whether every provider of models has shown that it keeps nothing.
    pub(super) fn keeps_nothing(&self) -> bool {
        let router = self.policy.router();
        let mut models = router.recipients().filter(|recipient| {
            recipient.functions().contains(&Function::Model)
                && recipient.role() != RecipientRole::CustomerContract
        });
        models.all(|recipient| {
            let mut shown = recipient.attestations().iter();
            shown.any(|own| {
                own.kind() == AttestationKind::ZeroRetention && counts(own.state(self.now))
            })
        })
    }

    pub(super) fn attested(&self, kind: AttestationKind) -> bool {
        let router = self.policy.router();
        let own = router.own_attestations().iter();
        let theirs = router
            .recipients()
            .flat_map(|recipient| recipient.attestations());
        own.chain(theirs)
            .any(|entry| entry.kind() == kind && counts(entry.state(self.now)))
    }

    pub(super) fn has_function(&self, function: Function) -> bool {
        let mut all = self.document.processor.values();
        all.any(|processor| processor.functions.contains(&function))
    }

    pub(super) fn lists(&self, name: &str) -> bool {
        let mut all = self.document.processor.iter();
        all.any(|(key, processor)| {
            let named = processor
                .name
                .as_ref()
                .map(|name| name.to_ascii_lowercase());
            key.to_ascii_lowercase().replace('_', " ").contains(name)
                || named.is_some_and(|named| named.contains(name))
        })
    }
}

const fn counts(state: AttestationState) -> bool {
    matches!(state, AttestationState::Valid | AttestationState::Expiring)
}
