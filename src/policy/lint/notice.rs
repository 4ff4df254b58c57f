//! Reading a notice part by part, and as a whole.

use super::finding::{NoticeCode, NoticeFinding};
use super::known;
use super::lint::{Lint, Part};
use super::periods::Periods;
use super::text::{self, Paragraph, has_date, word};
use crate::policy::document::RecipientRole;
use crate::policy::policy::Policy;
use crate::time::Moment;

impl Policy {
    /// Compares a notice, as text or Markdown in English, with the policy at a moment,
    /// and returns what it claims beyond it, in the order of its lines.
    ///
    /// A sentence may go over several lines. The lint reads words, not meaning: it finds
    /// the claims that notices commonly make, and a claim in other words may pass.
    ///
    /// # Example
    /// ```
    /// use confidant::policy::{NoticeCode, PolicyDoc};
    ///
    /// let text = include_str!("../../../examples/policies/cloud-claude.toml");
    /// let policy = PolicyDoc::from_toml(text)?.compile()?;
    /// let now = "2026-06-01T00:00:00Z".parse()?;
    /// let found = policy.lint_notice("Your data never\nleaves the EU.", now);
    /// let mut codes = found.iter().map(|finding| finding.code());
    /// assert!(codes.any(|code| code == NoticeCode::PlaceClaim));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn lint_notice(&self, notice: &str, now: Moment) -> Vec<NoticeFinding> {
        let document = &self.inner.document;
        let mut lint = Lint {
            policy: self,
            document,
            now,
            periods: Periods::of(document),
            findings: Vec::new(),
        };
        for paragraph in Paragraph::all(notice) {
            lint.paragraph(&paragraph);
        }
        lint.whole(&notice.to_ascii_lowercase());
        let mut findings = lint.findings;
        findings.sort_by_key(|finding| (finding.line, finding.column, finding.code));
        findings.dedup();
        findings
    }
}

impl Lint<'_> {
    fn paragraph(&mut self, paragraph: &Paragraph) {
        for (sentence, at) in paragraph.sentences() {
            let mut from = at;
            for text in sentence.split(" but ") {
                let part = Part {
                    paragraph,
                    text,
                    at: from,
                    denies: text::denies(text),
                };
                from += text.len() + " but ".len();
                self.claims(part);
                self.promised_periods(part);
                self.ages(part);
                self.recipients(part);
            }
        }
    }

    /// Recipients that are named are listed. Their names begin with a capital letter, which
    /// tells Segment from a segment.
    fn recipients(&mut self, part: Part<'_>) {
        for &name in known::RECIPIENTS {
            let found = word(part.text, name);
            let Some(offset) = found.filter(|at| part.paragraph.is_capital(part.at + at)) else {
                continue;
            };
            let rest = part.text.get(offset + name.len()..).unwrap_or_default();
            let is_another = name == "google" && rest.starts_with(" analytics");
            if !is_another && !self.lists(name) {
                self.find(NoticeCode::NotListed, part, offset, Some(name));
            }
        }
    }

    fn whole(&mut self, notice: &str) {
        let header = self.document.policy.as_ref();
        let contact = header.and_then(|header| header.contact.as_ref());
        if contact.is_some_and(|contact| !notice.contains(&contact.to_ascii_lowercase())) {
            self.missing(NoticeCode::NoContact);
        }
        let version = header.and_then(|header| header.version.as_ref());
        let date = header.and_then(|header| header.last_updated.as_ref());
        let dated = version.is_some_and(|version| notice.contains(&version.to_ascii_lowercase()))
            || date.is_some_and(|date| has_date(notice, date.as_str()));
        if !dated {
            self.missing(NoticeCode::VersionClaim);
        }
        let unnamed = self.document.processor.iter().any(|(key, processor)| {
            let own = processor.role == Some(RecipientRole::CustomerContract);
            let name = processor
                .name
                .as_ref()
                .map(|name| name.to_ascii_lowercase());
            let said =
                name.is_some_and(|name| notice.contains(&name)) || word(notice, key).is_some();
            !own && !said
        });
        if unnamed {
            self.missing(NoticeCode::NotNamed);
        }
    }
}
