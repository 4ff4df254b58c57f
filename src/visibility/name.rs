//! Names that a visibility policy declares.

use crate::Error;
use crate::error::VisibilityCause;
use crate::id::{name, not_plain};

pub(super) fn check(what: &'static str, name: &str, limit: usize) -> Result<(), Error> {
    let len = name.len();
    if len == 0 {
        return Err(VisibilityCause::Empty { what }.into());
    }
    if len > limit {
        return Err(VisibilityCause::Length { what, len, limit }.into());
    }
    match not_plain(name) {
        Some(at) => Err(VisibilityCause::Syntax { what, at }.into()),
        None => Ok(()),
    }
}

name!(
    /// Something that can be done to a resource, such as `view` or `edit`.
    ///
    /// A name is 1 to 64 ASCII letters, digits and `-_.:/`.
    Action(64),
    "action",
    check
);
name!(
    /// What a member of a resource is there, such as `editor` or `admin`.
    ///
    /// A name is 1 to 64 ASCII letters, digits and `-_.:/`.
    MemberRole(64),
    "role",
    check
);
name!(
    /// Something that is true, false or unknown of a principal, a resource, an
    /// organisation or a request, such as `suspended` or `mfa`.
    ///
    /// A name is 1 to 64 ASCII letters, digits and `-_.:/`.
    Attribute(64),
    "attribute",
    check
);
name!(
    /// The kind of reason for which staff may reach what is not theirs, such as
    /// `incident` or `support`.
    ///
    /// A name is 1 to 64 ASCII letters, digits and `-_.:/`.
    ReasonKind(64),
    "kind of reason",
    check
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
            assert_eq!(
                name.parse::<MemberRole>().unwrap_err().kind(),
                kind,
                "{name}"
            );
        }
    }
}
