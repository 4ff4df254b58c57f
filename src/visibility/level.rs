//! Levels: how far a resource can be seen.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::error::VisibilityCause;

/// How far a resource can be seen: private < internal < public.
///
/// Whether a public resource is listed, in a gallery or for search engines, is apart
/// from it: a resource may be public and known only to those who have its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// By its owner and by members.
    Private,
    /// By active members of the organisation that it belongs to, besides.
    Internal,
    /// By anyone, without signing in.
    Public,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Private => "private",
            Self::Internal => "internal",
            Self::Public => "public",
        })
    }
}

impl FromStr for Level {
    type Err = Error;

    /// # Errors
    /// `Config` for any text but `private`, `internal` and `public`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let all = [Self::Private, Self::Internal, Self::Public];
        let found = all.into_iter().find(|level| level.to_string() == text);
        found.ok_or_else(|| VisibilityCause::Missing { what: "level" }.into())
    }
}
