//! Whether a published notice claims more than the policy.

mod claims;
mod denials;
mod known;
mod periods;
mod text;

#[cfg(test)]
mod tests;

use std::fmt;

use self::periods::Periods;
use self::text::{Paragraph, has_date, word};
use super::document::{AttestationKind, Document, Function, RecipientRole};
use super::policy::Policy;
use super::recipient::AttestationState;
use crate::time::Moment;

/// A claim of a notice that the policy does not bear out.
///
/// It names the place and the rule, never the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeFinding {
    line: u32,
    column: u32,
    code: NoticeCode,
    name: Option<&'static str>,
}

macro_rules! codes {
    ($($(#[$docs:meta])* $name:ident = $code:literal, $says:literal;)*) => {
        /// What a notice claims without ground.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum NoticeCode {
            $(
                #[doc = concat!("`", $code, "`: ", $says, ".")]
                $name,
            )*
        }

        impl NoticeCode {
            /// Returns the code as text.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// Returns what is wrong.
            #[must_use]
            pub const fn says(self) -> &'static str {
                match self {
                    $(Self::$name => $says,)*
                }
            }
        }
    };
}

codes! {
    AbsoluteClaim = "absolute-claim", "nobody can promise this";
    AgeClaim = "age-claim", "an age is named that is not one of the policy's";
    AnonymousClaim = "anonymous-claim", "data is called anonymous and the policy makes no data anonymous";
    CertificationClaim = "certification-claim", "certification is claimed and no valid attestation shows it";
    CookieClaim = "cookie-claim", "cookies are denied and the policy lists them";
    EncryptionClaim = "encryption-claim", "more is said to be encrypted, or more strongly, than the policy says";
    EvidenceClaim = "evidence-claim", "a protection is claimed and no valid attestation shows it";
    ImmediateClaim = "immediate-claim", "deletion is promised at once and the policy takes its time";
    NeverClaim = "never-claim", "something is denied that the policy permits";
    NoContact = "no-contact", "the contact of the policy is missing";
    NotNamed = "recipient-not-named", "a recipient of the policy is not named";
    NotListed = "recipient-not-listed", "a recipient is named that the policy does not list";
    PeriodClaim = "period-claim", "a period is promised that the policy does not have for this";
    PlaceClaim = "place-claim", "data is said to stay where the policy lets it leave";
    VagueDeadline = "vague-deadline", "a deadline has no number";
    VersionClaim = "version-claim", "the version or date of the policy is missing";
    ZeroRetentionClaim = "zero-retention-claim", "nothing is said to be kept and not every model provider has shown that";
}

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

impl NoticeFinding {
    /// Returns the line, counted from 1. What is missing is reported at line 1.
    #[must_use]
    pub const fn line(&self) -> u32 {
        self.line
    }

    /// Returns the column, in bytes, counted from 1.
    #[must_use]
    pub const fn column(&self) -> u32 {
        self.column
    }

    /// Returns what is wrong.
    #[must_use]
    pub const fn code(&self) -> NoticeCode {
        self.code
    }
}

impl fmt::Display for NoticeFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column, code) = (self.line, self.column, self.code);
        write!(f, "{line}:{column}: {}: {}", code.as_str(), code.says())?;
        match self.name {
            Some(name) => write!(f, ": `{name}`"),
            None => Ok(()),
        }
    }
}

struct Lint<'p> {
    policy: &'p Policy,
    document: &'p Document,
    now: Moment,
    periods: Periods,
    findings: Vec<NoticeFinding>,
}

/// A part of a sentence in lower case, up to a "but".
#[derive(Clone, Copy)]
struct Part<'t> {
    paragraph: &'t Paragraph,
    text: &'t str,
    /// Where it begins in its paragraph.
    at: usize,
    /// Whether it denies something.
    denies: bool,
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

    /// Notes something at a place of a part.
    fn find(
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
    fn missing(&mut self, code: NoticeCode) {
        self.findings.push(NoticeFinding {
            line: 1,
            column: 1,
            code,
            name: None,
        });
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

    /// Whether every provider of models has shown that it keeps nothing.
    fn keeps_nothing(&self) -> bool {
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

    fn attested(&self, kind: AttestationKind) -> bool {
        let router = self.policy.router();
        let own = router.own_attestations().iter();
        let theirs = router
            .recipients()
            .flat_map(|recipient| recipient.attestations());
        own.chain(theirs)
            .any(|entry| entry.kind() == kind && counts(entry.state(self.now)))
    }

    fn has_function(&self, function: Function) -> bool {
        let mut all = self.document.processor.values();
        all.any(|processor| processor.functions.contains(&function))
    }

    fn lists(&self, name: &str) -> bool {
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
