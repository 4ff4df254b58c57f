//! The causes of errors with instants and periods.

use super::kind::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TimeCause {
    #[error("instant lies outside the years 0000 to 9999")]
    MomentRange,
    #[error("instant is not RFC 3339 text such as `2026-05-01T12:30:00Z`")]
    MomentSyntax,
    #[error("multiple of the period is too large")]
    PeriodMultiple,
    #[error("a number of the period is too large, at byte {at}")]
    PeriodRange { at: usize },
    #[error("period is not ISO 8601 text such as `P90D`, at byte {at}")]
    PeriodSyntax { at: usize },
    #[error("time zone is not in the IANA database")]
    Zone,
}

impl TimeCause {
    pub(super) const fn kind(self) -> ErrorKind {
        match self {
            Self::MomentRange | Self::PeriodMultiple | Self::PeriodRange { .. } => ErrorKind::Limit,
            Self::MomentSyntax | Self::PeriodSyntax { .. } | Self::Zone => ErrorKind::Config,
        }
    }
}
