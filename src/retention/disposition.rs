//! Dispositions: what happens to data when it is due.

use std::fmt;

use crate::taxonomy::DataCategory;

/// What is done to data when its time has come.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Disposition {
    /// Destroy the key under which the data is encrypted. Every copy becomes unreadable,
    /// backups included.
    CryptoShred,
    /// Delete the data.
    Delete,
    /// Turn the data into data of another category that is about nobody any more.
    Anonymise(Anonymisation),
    /// Keep the data, for the one basis that still allows it, and use it for nothing
    /// else.
    Restrict,
    /// Ask the processor that holds the data, which deletes by rules of its own. It is
    /// an obligation of theirs, so it is never overdue here.
    ProcessorManaged,
    /// Have a person look at it.
    Review,
}

/// The target of an anonymisation, and the proof that it demands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Anonymisation {
    into: DataCategory,
    min_group: u32,
}

impl Anonymisation {
    /// Anonymises into data of `into`, in which every person is one of at least
    /// `min_group` that cannot be told apart.
    #[must_use]
    pub const fn new(into: DataCategory, min_group: u32) -> Self {
        Self { into, min_group }
    }

    /// Returns the category that the data belongs to afterwards.
    #[must_use]
    pub const fn into_category(&self) -> &DataCategory {
        &self.into
    }

    /// Returns the smallest group that is allowed.
    #[must_use]
    pub const fn min_group(&self) -> u32 {
        self.min_group
    }
}

/// A [`Disposition`] without its particulars. Of two, the greater is the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DispositionKind {
    /// [`Disposition::Review`].
    Review,
    /// [`Disposition::ProcessorManaged`].
    ProcessorManaged,
    /// [`Disposition::Restrict`].
    Restrict,
    /// [`Disposition::Anonymise`].
    Anonymise,
    /// [`Disposition::Delete`].
    Delete,
    /// [`Disposition::CryptoShred`].
    CryptoShred,
}

impl Disposition {
    /// Returns which action it is.
    #[must_use]
    pub const fn kind(&self) -> DispositionKind {
        match self {
            Self::CryptoShred => DispositionKind::CryptoShred,
            Self::Delete => DispositionKind::Delete,
            Self::Anonymise(_) => DispositionKind::Anonymise,
            Self::Restrict => DispositionKind::Restrict,
            Self::ProcessorManaged => DispositionKind::ProcessorManaged,
            Self::Review => DispositionKind::Review,
        }
    }
}

impl DispositionKind {
    /// Every kind, the weakest first.
    pub const ALL: [Self; 6] = [
        Self::Review,
        Self::ProcessorManaged,
        Self::Restrict,
        Self::Anonymise,
        Self::Delete,
        Self::CryptoShred,
    ];

    /// Returns the name used in documents and in the audit log, such as
    /// `crypto_shred`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::ProcessorManaged => "processor_managed",
            Self::Restrict => "restrict",
            Self::Anonymise => "anonymise",
            Self::Delete => "delete",
            Self::CryptoShred => "crypto_shred",
        }
    }

    /// Returns whether the action leaves no personal data.
    #[must_use]
    pub const fn erases(self) -> bool {
        matches!(self, Self::Anonymise | Self::Delete | Self::CryptoShred)
    }

    pub(super) const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for DispositionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
