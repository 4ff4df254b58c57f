//! Names that a policy declares.

use std::fmt;
use std::sync::Arc;

use crate::Error;
use crate::error::TaxonomyCause;
use crate::id::text_id;

/// Checks a name: 1 to `limit` ASCII letters, digits and `-_.:/`, without an empty
/// part between dots.
pub(super) fn check(what: &'static str, name: &str, limit: usize) -> Result<(), Error> {
    if name.is_empty() {
        return Err(TaxonomyCause::Empty { what }.into());
    }
    if name.len() > limit {
        let len = name.len();
        return Err(TaxonomyCause::Length { what, len, limit }.into());
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
    if let Some(at) = name.bytes().position(|byte| !plain(byte)) {
        return Err(TaxonomyCause::Syntax { what, at }.into());
    }
    if name.split('.').any(str::is_empty) {
        return Err(TaxonomyCause::EmptyPart { what }.into());
    }
    Ok(())
}

macro_rules! name {
    ($(#[$docs:meta])* $name:ident, $what:literal) => {
        $(#[$docs])*
        ///
        /// A name is 1 to [`MAX_LEN`](Self::MAX_LEN) ASCII letters, digits and `-_.:/`,
        /// and case counts. Dots make a tree. Cloning copies a pointer.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The most bytes of a name.
            pub const MAX_LEN: usize = 64;

            /// Checks a name and takes it.
            ///
            /// # Errors
            /// `Config` where it is empty, has another character or an empty part
            /// between dots; `Limit` where it is longer than
            /// [`MAX_LEN`](Self::MAX_LEN). The error does not show the name.
            pub fn new(name: &str) -> Result<Self, Error> {
                check($what, name, Self::MAX_LEN)?;
                Ok(Self(name.into()))
            }

            /// Returns the name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Returns whether this is `ancestor` or stands below it in the tree, as
            /// `chat.intent_log` stands below `chat`.
            #[must_use]
            pub fn is_within(&self, ancestor: &Self) -> bool {
                match self.0.strip_prefix(&*ancestor.0) {
                    Some(rest) => rest.is_empty() || rest.starts_with('.'),
                    None => false,
                }
            }

            /// Returns the name one level up, or `None` at the top.
            #[must_use]
            pub fn parent(&self) -> Option<Self> {
                let (parent, _) = self.0.rsplit_once('.')?;
                Some(Self(parent.into()))
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
    /// A category of data, such as `account.email` or `chat.intent_log`.
    Category,
    "category"
);
name!(
    /// A purpose for which data is processed, such as `training` or `billing`.
    Purpose,
    "purpose"
);
name!(
    /// A party that data may be disclosed to, such as `anthropic` or `stripe`.
    ///
    /// Its role (processor, independent controller, the customer's own contract) stands
    /// in the policy.
    Processor,
    "processor"
);
name!(
    /// A declared place where data is kept, such as `primary`, `backup`,
    /// `vector_index` or `anthropic.files`.
    DataStore,
    "data store"
);
name!(
    /// A region where data is kept or processed, such as `us` or `eu.de`.
    Region,
    "region"
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn names_are_plain_short_and_a_tree() {
        for name in ["a", "chat.intent_log", "eu:de/x-1", &"x".repeat(64)] {
            let category: Category = name.parse().unwrap();
            assert_eq!(category.to_string(), name);
            assert!(category.is_within(&category));
        }
        for (name, kind) in [
            ("", ErrorKind::Config),
            ("a b", ErrorKind::Config),
            ("*", ErrorKind::Config),
            (".a", ErrorKind::Config),
            ("a.", ErrorKind::Config),
            ("a..b", ErrorKind::Config),
            ("größe", ErrorKind::Config),
            (&*"x".repeat(65), ErrorKind::Limit),
        ] {
            assert_eq!(Purpose::new(name).unwrap_err().kind(), kind, "{name}");
        }
    }

    #[test]
    fn a_name_stands_below_another_on_a_dot_alone() {
        let name = |name| Category::new(name).unwrap();
        for (below, above, expected) in [
            ("chat.log", "chat", true),
            ("chat.log.x", "chat", true),
            ("chatter", "chat", false),
            ("chat", "chat.log", false),
            ("Chat.log", "chat", false),
        ] {
            assert_eq!(
                name(below).is_within(&name(above)),
                expected,
                "{below} {above}"
            );
        }
        assert_eq!(name("a.b.c").parent(), Some(name("a.b")));
        assert_eq!(name("a").parent(), None);
    }
}
