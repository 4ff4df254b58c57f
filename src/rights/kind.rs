//! Kinds of requests.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::error::RightsCause;

/// What a data subject asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RequestKind {
    /// A copy of the data, of all time or of a range of dates.
    Access,
    /// That an earlier answer is looked at again.
    Appeal,
    /// That a complaint is dealt with.
    Complaint,
    /// That data is corrected.
    Correction,
    /// That data is erased.
    Deletion,
    /// That processing stops for reasons of the data subject's own.
    Objection,
    /// That data is not sold or shared.
    OptOut,
    /// The data in a form that another service can read.
    Portability,
    /// That data is kept and not used.
    Restriction,
    /// That a consent ends.
    Withdrawal,
}

impl RequestKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Access,
        Self::Appeal,
        Self::Complaint,
        Self::Correction,
        Self::Deletion,
        Self::Objection,
        Self::OptOut,
        Self::Portability,
        Self::Restriction,
        Self::Withdrawal,
    ];

    /// Returns the name used in documents, such as `opt_out`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Appeal => "appeal",
            Self::Complaint => "complaint",
            Self::Correction => "correction",
            Self::Deletion => "deletion",
            Self::Objection => "objection",
            Self::OptOut => "opt_out",
            Self::Portability => "portability",
            Self::Restriction => "restriction",
            Self::Withdrawal => "withdrawal",
        }
    }

    /// Returns whether every declared store has to do something for it.
    #[must_use]
    pub const fn reaches_stores(self) -> bool {
        matches!(
            self,
            Self::Access
                | Self::Correction
                | Self::Deletion
                | Self::Portability
                | Self::Restriction
        )
    }

    /// Returns whether somebody who poses as the data subject could do harm with it, so
    /// that the identity is proved first where no rule says otherwise.
    #[must_use]
    pub const fn needs_identity(self) -> bool {
        self.reaches_stores()
    }

    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Access => 1,
            Self::Appeal => 2,
            Self::Complaint => 3,
            Self::Correction => 4,
            Self::Deletion => 5,
            Self::Objection => 6,
            Self::OptOut => 7,
            Self::Portability => 8,
            Self::Restriction => 9,
            Self::Withdrawal => 10,
        }
    }
}

impl fmt::Display for RequestKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RequestKind {
    type Err = Error;

    /// # Errors
    /// `Config` for another name.
    fn from_str(name: &str) -> Result<Self, Error> {
        let mut all = Self::ALL.into_iter();
        let what = "kind of request";
        all.find(|kind| kind.as_str() == name)
            .ok_or_else(|| RightsCause::Unknown { what }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_are_one_to_one() {
        let mut codes = std::collections::BTreeSet::new();
        for kind in RequestKind::ALL {
            assert_eq!(kind.as_str().parse::<RequestKind>().unwrap(), kind);
            assert!(codes.insert(kind.code()));
        }
        assert!("Access".parse::<RequestKind>().is_err());
    }
}
