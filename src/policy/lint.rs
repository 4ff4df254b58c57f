//! Whether a published notice claims more than the policy.

use std::collections::BTreeSet;
use std::fmt;

use super::document::{
    AttestationKind, CookieClass, Document, Form, Function, PeriodText, RecipientRole,
};
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
    AnonymousClaim = "anonymous-claim", "data is called anonymous and the policy makes no data anonymous";
    CertificationClaim = "certification-claim", "certification is claimed and no valid attestation shows it";
    CookieClaim = "cookie-claim", "cookies are denied and the policy lists them";
    NeverClaim = "never-claim", "something is denied that the policy permits";
    NoContact = "no-contact", "the contact of the policy is missing";
    NotNamed = "recipient-not-named", "a recipient of the policy is not named";
    NotListed = "recipient-not-listed", "a recipient is named that the policy does not list";
    PeriodClaim = "period-claim", "a period is promised that stands nowhere in the policy";
    VagueDeadline = "vague-deadline", "a deadline has no number";
    VersionClaim = "version-claim", "the version or date of the policy is missing";
    ZeroRetentionClaim = "zero-retention-claim", "nothing is said to be kept and not every model provider has shown that";
}

impl Policy {
    /// Compares a notice, as text or Markdown in English, with the policy at a moment,
    /// and returns what it claims beyond it, in the order of its lines.
    ///
    /// It reads words, not meaning: it finds the claims that notices commonly make, and
    /// a claim in other words may pass.
    #[must_use]
    pub fn lint_notice(&self, notice: &str, now: Moment) -> Vec<NoticeFinding> {
        let mut lint = Lint {
            policy: self,
            document: &self.inner.document,
            now,
            findings: Vec::new(),
        };
        for (number, line) in (1..).zip(notice.lines()) {
            let lower = line.to_ascii_lowercase();
            let mut start = 0;
            for sentence in lower.split_inclusive(['.', ';', '!', '?']) {
                lint.sentence(sentence, number, start);
                start += sentence.len();
            }
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
    findings: Vec<NoticeFinding>,
}

/// The words of a denial, and the purpose that must be prohibited for it.
const DENIED: &[(&[&str], &str)] = &[
    (&["sell", "sold", "rent", "monetis", "monetiz"], "sale"),
    (&["train"], "training"),
    (&["advertis"], "advertising"),
];

/// Recipients that notices name, by how they are written and what the policy may call
/// them.
const KNOWN: &[&str] = &[
    "amplitude",
    "anthropic",
    "auth0",
    "aws",
    "azure",
    "clerk",
    "cloudflare",
    "cohere",
    "datadog",
    "digitalocean",
    "facebook",
    "github",
    "google analytics",
    "hotjar",
    "hubspot",
    "intercom",
    "lemonsqueezy",
    "logrocket",
    "mailchimp",
    "mistral",
    "mixpanel",
    "okta",
    "openai",
    "paypal",
    "posthog",
    "resend",
    "salesforce",
    "segment",
    "sendgrid",
    "sentry",
    "stripe",
    "twilio",
    "vercel",
    "zendesk",
];

const ABSOLUTE: &[&str] = &[
    "100%",
    "completely secure",
    "fully anonymous",
    "guarantee",
    "military-grade",
    "military grade",
    "unbreakable",
    "unhackable",
];

const VAGUE: &[&str] = &[
    "as long as necessary",
    "as needed",
    "as soon as possible",
    "in a timely manner",
    "promptly",
    "reasonable period",
    "reasonable time",
    "without undue delay",
];

const CERTIFIED: &[(&str, Option<AttestationKind>)] = &[
    ("soc 2", Some(AttestationKind::Soc2)),
    ("soc2", Some(AttestationKind::Soc2)),
    ("iso 27001", Some(AttestationKind::Iso27001)),
    ("iso/iec 27001", Some(AttestationKind::Iso27001)),
    ("hipaa", None),
    ("pci dss", None),
    ("pci-dss", None),
    ("gdpr compliant", None),
    ("gdpr-compliant", None),
    ("fedramp", None),
];

impl Lint<'_> {
    fn find(&mut self, code: NoticeCode, line: u32, at: usize, name: Option<&'static str>) {
        let column = u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1);
        self.findings.push(NoticeFinding {
            line,
            column,
            code,
            name,
        });
    }

    fn sentence(&mut self, sentence: &str, line: u32, start: usize) {
        let indent = sentence.len() - sentence.trim_start().len();
        let at = start + indent;
        let denies = ["never", "do not", "don't", "does not", "not ", "no "]
            .iter()
            .any(|word| sentence.contains(word));
        if denies {
            self.denial(sentence, line, at);
        }
        for &word in ABSOLUTE {
            if let Some(offset) = sentence.find(word) {
                self.find(NoticeCode::AbsoluteClaim, line, start + offset, Some(word));
            }
        }
        for &word in VAGUE {
            if let Some(offset) = sentence.find(word) {
                self.find(NoticeCode::VagueDeadline, line, start + offset, Some(word));
            }
        }
        let anonymous = ["anonymis", "anonymiz", "anonymous"];
        if let Some(offset) = anonymous.iter().find_map(|word| sentence.find(word))
            && !denies
            && !self.anonymises()
        {
            self.find(NoticeCode::AnonymousClaim, line, start + offset, None);
        }
        let zero = [
            "zero retention",
            "zero-retention",
            "zero data retention",
            "no retention",
        ];
        if let Some(offset) = zero.iter().find_map(|word| sentence.find(word))
            && !self.keeps_nothing()
        {
            self.find(NoticeCode::ZeroRetentionClaim, line, start + offset, None);
        }
        for (word, kind) in CERTIFIED {
            if let Some(offset) = sentence.find(word)
                && !denies
                && !kind.is_some_and(|kind| self.attested(kind))
            {
                self.find(
                    NoticeCode::CertificationClaim,
                    line,
                    start + offset,
                    Some(word),
                );
            }
        }
        self.periods(sentence, line, start);
        for &name in KNOWN {
            if let Some(offset) = word(sentence, name)
                && !self.lists(name)
            {
                self.find(NoticeCode::NotListed, line, start + offset, Some(name));
            }
        }
    }

    /// A notice may deny only what the policy prohibits.
    fn denial(&mut self, sentence: &str, line: u32, at: usize) {
        for (words, purpose) in DENIED {
            let said = words.iter().any(|word| sentence.contains(word));
            if said && self.document.is_permitted(purpose) {
                self.find(NoticeCode::NeverClaim, line, at, Some(purpose));
            }
        }
        let third_party = sentence.contains("third part") || sentence.contains("anyone else");
        let shares = ["share", "disclose", "pass"]
            .iter()
            .any(|word| sentence.contains(word));
        if third_party && shares {
            let others = self.document.processor.values().any(|processor| {
                matches!(processor.role, Some(RecipientRole::IndependentController))
            });
            if others || !self.document.disclosure.is_empty() {
                self.find(NoticeCode::NeverClaim, line, at, Some("sharing"));
            }
        }
        let analytics = sentence.contains("third-party analytics")
            || sentence.contains("third party analytics");
        if analytics && self.has_function(Function::Analytics) {
            self.find(NoticeCode::NeverClaim, line, at, Some("analytics"));
        }
        if sentence.contains("cookie") {
            let tracks = |class: Option<CookieClass>| {
                !matches!(
                    class,
                    Some(CookieClass::Essential | CookieClass::Functional)
                )
            };
            let cookies = self.document.cookie.values();
            let broken = match sentence.contains("track") || sentence.contains("advertis") {
                true => cookies.into_iter().any(|cookie| tracks(cookie.class)),
                false => {
                    let flat = [
                        "no cookies",
                        "not use cookies",
                        "never use cookies",
                        "not set cookies",
                    ];
                    flat.iter().any(|words| sentence.contains(words))
                        && !self.document.cookie.is_empty()
                }
            };
            if broken {
                self.find(NoticeCode::CookieClaim, line, at, None);
            }
        }
        if sentence.contains("store") && sentence.contains("card") {
            let stored = self.document.category.iter().any(|(name, category)| {
                category.card && self.document.form_of(name) != Some(Form::Never)
            });
            if stored {
                self.find(NoticeCode::NeverClaim, line, at, Some("cards"));
            }
        }
    }

    /// Periods in words stand in the policy too.
    fn periods(&mut self, sentence: &str, line: u32, start: usize) {
        let known = self.policy_periods();
        let words: Vec<(usize, &str)> = split(sentence);
        for pair in words.windows(2) {
            let [(at, number), (_, unit)] = pair else {
                continue;
            };
            let Some(number) = number_of(number) else {
                continue;
            };
            let unit = unit.trim_end_matches('s');
            let letters = match unit {
                "second" | "minute" | "hour" | "day" | "week" | "month" | "year" => unit,
                _ => continue,
            };
            // An age is no deadline.
            let is_age = sentence.contains("age")
                || sentence.contains("older")
                || sentence.contains("under");
            if is_age && letters == "year" {
                continue;
            }
            if !known.contains(&(number, letters.to_owned())) {
                self.find(NoticeCode::PeriodClaim, line, start + at, None);
            }
        }
    }

    /// Every period of the policy, in each unit in which it may be said.
    fn policy_periods(&self) -> BTreeSet<(u64, String)> {
        let mut known = BTreeSet::new();
        let Ok(value) = serde_json::to_value(self.document) else {
            return known;
        };
        let mut open = vec![&value];
        while let Some(value) = open.pop() {
            match value {
                serde_json::Value::Array(values) => open.extend(values),
                serde_json::Value::Object(entries) => open.extend(entries.values()),
                serde_json::Value::String(text) if text.starts_with('P') => {
                    let period: Option<PeriodText> = serde_json::from_value(value.clone()).ok();
                    let period = period.and_then(|period| period.period().ok());
                    if let Some(period) = period {
                        known.extend(said(&period.to_string()));
                    }
                }
                _ => {}
            }
        }
        known
    }

    fn whole(&mut self, notice: &str) {
        let header = self.document.policy.as_ref();
        let contact = header.and_then(|header| header.contact.as_ref());
        if contact.is_some_and(|contact| !notice.contains(&contact.to_ascii_lowercase())) {
            self.find(NoticeCode::NoContact, 1, 0, None);
        }
        let version = header.and_then(|header| header.version.as_ref());
        let date = header.and_then(|header| header.last_updated.as_ref());
        let dated = version.is_some_and(|version| notice.contains(&version.to_ascii_lowercase()))
            || date.is_some_and(|date| notice.contains(date.as_str()));
        if !dated {
            self.find(NoticeCode::VersionClaim, 1, 0, None);
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
            self.find(NoticeCode::NotNamed, 1, 0, None);
        }
    }

    fn anonymises(&self) -> bool {
        let mut names = self.document.category.keys();
        names.any(|name| self.document.is_anonymous(name))
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
                own.kind() == AttestationKind::ZeroRetention && self.counts(own.state(self.now))
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
            .any(|entry| entry.kind() == kind && self.counts(entry.state(self.now)))
    }

    #[expect(clippy::unused_self, reason = "reads as part of the questions above")]
    const fn counts(&self, state: AttestationState) -> bool {
        matches!(state, AttestationState::Valid | AttestationState::Expiring)
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

/// Finds a word that stands by itself.
fn word(text: &str, word: &str) -> Option<usize> {
    let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|text| text.chars().next_back());
        let after = text
            .get(at + word.len()..)
            .and_then(|text| text.chars().next());
        !is_letter(before) && !is_letter(after)
    })
}

/// Splits a text into words, each with its place.
fn split(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        match (letter.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                words.extend(text.get(from..at).map(|word| (from, word)));
                start = None;
            }
            _ => {}
        }
    }
    words
}

fn number_of(word: &str) -> Option<u64> {
    if let Ok(number) = word.parse() {
        return Some(number);
    }
    let words = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve", "thirteen", "fourteen",
    ];
    let small = words.iter().position(|known| *known == word);
    let number = small.or(match word {
        "thirty" => Some(30),
        "forty" => Some(40),
        "sixty" => Some(60),
        "ninety" => Some(90),
        _ => None,
    });
    number.and_then(|number| u64::try_from(number).ok())
}

/// Returns how people may say a period in ISO 8601, part by part.
fn said(period: &str) -> Vec<(u64, String)> {
    let mut said = Vec::new();
    let mut number = 0_u64;
    let mut is_time = false;
    for letter in period.chars() {
        if let Some(digit) = letter.to_digit(10) {
            number = number.saturating_mul(10).saturating_add(u64::from(digit));
            continue;
        }
        let unit = match (letter, is_time) {
            ('T', _) => {
                is_time = true;
                continue;
            }
            ('Y', _) => "year",
            ('M', false) => "month",
            ('D', _) => "day",
            ('H', _) => "hour",
            ('M', true) => "minute",
            ('S', _) => "second",
            _ => continue,
        };
        said.push((number, unit.to_owned()));
        match unit {
            "day" if number.is_multiple_of(7) => said.push((number / 7, "week".to_owned())),
            "hour" if number.is_multiple_of(24) => said.push((number / 24, "day".to_owned())),
            "year" => said.push((number.saturating_mul(12), "month".to_owned())),
            "minute" if number.is_multiple_of(60) => said.push((number / 60, "hour".to_owned())),
            _ => {}
        }
        number = 0;
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_by_themselves() {
        assert_eq!(word("we use stripe.", "stripe"), Some(7));
        assert_eq!(word("we use stripes", "stripe"), None);
        assert_eq!(word("laws of aws", "aws"), Some(8));
    }

    #[test]
    fn periods_are_said_in_several_ways() {
        assert_eq!(
            said("P14D"),
            [(14, "day".to_owned()), (2, "week".to_owned())]
        );
        assert_eq!(
            said("PT72H"),
            [(72, "hour".to_owned()), (3, "day".to_owned())]
        );
    }
}
