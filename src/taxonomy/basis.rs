//! Lawful bases of processing.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::error::TaxonomyCause;

/// The lawful basis of processing: the six of GDPR Article 6(1), and the defence of
/// legal claims, which Article 17(3)(e) lets stand against erasure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LawfulBasis {
    /// The data subject has consented: Article 6(1)(a).
    Consent,
    /// A contract with the data subject needs it: Article 6(1)(b).
    Contract,
    /// A legal obligation demands it: Article 6(1)(c).
    LegalObligation,
    /// It protects somebody's life: Article 6(1)(d).
    VitalInterests,
    /// A task in the public interest needs it: Article 6(1)(e).
    PublicTask,
    /// A legitimate interest outweighs: Article 6(1)(f).
    LegitimateInterest,
    /// A legal claim is established, exercised or defended: Article 17(3)(e).
    LegalClaim,
}

impl LawfulBasis {
    /// Every basis.
    pub const ALL: [Self; 7] = [
        Self::Consent,
        Self::Contract,
        Self::LegalObligation,
        Self::VitalInterests,
        Self::PublicTask,
        Self::LegitimateInterest,
        Self::LegalClaim,
    ];

    /// Returns the name that stands in documents, such as `legal_obligation`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Contract => "contract",
            Self::LegalObligation => "legal_obligation",
            Self::VitalInterests => "vital_interests",
            Self::PublicTask => "public_task",
            Self::LegitimateInterest => "legitimate_interest",
            Self::LegalClaim => "legal_claim",
        }
    }

    /// Returns whether data may be kept on this basis although its erasure is due.
    #[must_use]
    pub const fn outweighs_erasure(self) -> bool {
        matches!(self, Self::LegalObligation | Self::LegalClaim)
    }

    /// Returns whether a data subject may object to processing on this basis: GDPR
    /// Article 21(1).
    #[must_use]
    pub const fn allows_objection(self) -> bool {
        matches!(self, Self::PublicTask | Self::LegitimateInterest)
    }
}

impl fmt::Display for LawfulBasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for LawfulBasis {
    type Err = Error;

    /// # Errors
    /// `Config` for another name.
    fn from_str(name: &str) -> Result<Self, Error> {
        let mut all = Self::ALL.into_iter();
        all.find(|basis| basis.as_str() == name).ok_or_else(|| {
            TaxonomyCause::Unknown {
                what: "lawful basis",
            }
            .into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for basis in LawfulBasis::ALL {
            assert_eq!(basis.as_str().parse::<LawfulBasis>().unwrap(), basis);
        }
        assert!("Consent".parse::<LawfulBasis>().is_err());
    }
}
