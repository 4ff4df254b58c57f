//! What a notice claims without ground.

use std::fmt;

use crate::policy::codes::codes;

/// A claim of a notice that the policy does not bear out.
///
/// It names the place and the rule, never the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeFinding {
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) code: NoticeCode,
    pub(super) name: Option<&'static str>,
}

codes! {
    /// What a notice claims without ground, as a code that does not change from version to
    /// version.
    NoticeCode {
        AbsoluteClaim = "absolute-claim", "the claim is absolute, and nobody can keep it";
        AgeClaim = "age-claim", "the notice names an age that the policy does not";
        AnonymousClaim = "anonymous-claim", "data is called anonymous, but the policy makes no data anonymous";
        CertificationClaim = "certification-claim", "certification is claimed, but no valid attestation shows it";
        CookieClaim = "cookie-claim", "cookies are denied, but the policy lists some";
        EncryptionClaim = "encryption-claim", "more is said to be encrypted, or more strongly, than the policy says";
        EvidenceClaim = "evidence-claim", "a protection is claimed, but no valid attestation shows it";
        ImmediateClaim = "immediate-claim", "deletion is promised at once, but the policy allows a delay";
        NeverClaim = "never-claim", "something is denied that the policy permits";
        NoContact = "no-contact", "the contact of the policy is missing";
        NotNamed = "recipient-not-named", "a recipient of the policy is not named";
        NotListed = "recipient-not-listed", "the notice names a recipient that the policy does not list";
        PeriodClaim = "period-claim", "the notice promises a period that the policy does not have for this";
        PlaceClaim = "place-claim", "data is said to stay in a place that the policy lets it leave";
        VagueDeadline = "vague-deadline", "a deadline has no number";
        VersionClaim = "version-claim", "the version or date of the policy is missing";
        ZeroRetentionClaim = "zero-retention-claim", "nothing is said to be kept, but not every model provider has shown that";
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
