//! Names that a visibility policy declares.

use std::fmt;
use std::sync::Arc;

use crate::Error;
use crate::error::VisibilityCause;
use crate::id::text_id;

fn check(what: &'static str, name: &str, limit: usize) -> Result<(), Error> {
    let len = name.len();
    if len == 0 {
        return Err(VisibilityCause::Empty { what }.into());
    }
    if len > limit {
        return Err(VisibilityCause::Length { what, len, limit }.into());
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
    match name.bytes().position(|byte| !plain(byte)) {
        Some(at) => Err(VisibilityCause::Syntax { what, at }.into()),
        None => Ok(()),
    }
}

macro_rules! name {
    ($(#[$docs:meta])* $name:ident, $what:literal) => {
        $(#[$docs])*
        ///
        /// A name is 1 to [`MAX_LEN`](Self::MAX_LEN) ASCII letters, digits and `-_.:/`.
        /// Cloning copies a pointer.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The most bytes of a name.
            pub const MAX_LEN: usize = 64;

            /// Checks a name and takes it.
            ///
            /// # Errors
            /// `Config` where it is empty or has another character, `Limit` where it is
            /// longer than [`MAX_LEN`](Self::MAX_LEN). The error does not show it.
            pub fn new(name: &str) -> Result<Self, Error> {
                check($what, name, Self::MAX_LEN)?;
                Ok(Self(name.into()))
            }

            /// Returns the name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        text_id!($name);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

name!(
    /// Something that can be done to a resource, such as `view` or `edit`.
    Action,
    "action"
);
name!(
    /// What a member of a resource is there, such as `editor` or `admin`.
    Role,
    "role"
);
name!(
    /// Something that is true, false or unknown of a principal, a resource, an
    /// organisation or a request, such as `suspended` or `mfa`.
    Attribute,
    "attribute"
);
name!(
    /// The kind of reason for which staff may reach what is not theirs, such as
    /// `incident` or `support`.
    ReasonKind,
    "kind of reason"
);

impl Action {
    /// Changes the level of a resource, or whether it is listed.
    pub const SET_LEVEL: &str = "set_level";
    /// Makes a fork of a resource.
    pub const FORK: &str = "fork";
    /// Waives a finding of the scan before a publication.
    pub const WAIVE: &str = "waive";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn names_are_plain_and_short() {
        for name in ["view", "set_level", "a:b/c.d-e", &"x".repeat(64)] {
            assert_eq!(Action::new(name).unwrap().to_string(), name);
        }
        for (name, kind) in [
            ("", ErrorKind::Config),
            ("a b", ErrorKind::Config),
            ("größe", ErrorKind::Config),
            (&*"x".repeat(65), ErrorKind::Limit),
        ] {
            assert_eq!(name.parse::<Role>().unwrap_err().kind(), kind, "{name}");
        }
    }
}
