//! Names that a policy declares.

use crate::Error;
use crate::error::TaxonomyCause;
use crate::id::{name, not_plain};

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
    if let Some(at) = not_plain(name) {
        return Err(TaxonomyCause::Syntax { what, at }.into());
    }
    if name.split('.').any(str::is_empty) {
        return Err(TaxonomyCause::EmptyPart { what }.into());
    }
    Ok(())
}

/// Adds what a name can do whose dots make a tree.
macro_rules! tree {
    ($name:ident) => {
        impl $name {
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
    };
}

name!(
    /// A category of data, such as `account.email` or `chat.intent_log`.
    ///
    /// A name is 1 to 64 ASCII letters, digits and `-_.:/`, without an empty part
    /// between dots, and case counts. Dots make a tree.
    DataCategory(64),
    "category",
    check
);
tree!(DataCategory);
name!(
    /// A purpose for which data is processed, such as `training` or `billing`.
    ///
    /// A name is 1 to 64 ASCII letters, digits and `-_.:/`, without an empty part
    /// between dots, and case counts. Dots make a tree.
    Purpose(64),
    "purpose",
    check
);
tree!(Purpose);
name!(
    /// A party that data may be disclosed to, such as `anthropic` or `stripe`.
    ///
    /// Its role (processor, independent controller, the customer's own contract) stands
    /// in the policy.
    ///
    /// A name is 1 to 64 ASCII letters, digits and `-_.:/`, without an empty part
    /// between dots, and case counts. Dots make a tree.
    Processor(64),
    "processor",
    check
);
tree!(Processor);
name!(
    /// A declared place where data is kept, such as `primary`, `backup`,
    /// `vector_index` or `anthropic.files`.
    ///
    /// A name is 1 to 64 ASCII letters, digits and `-_.:/`, without an empty part
    /// between dots, and case counts. Dots make a tree.
    DataStore(64),
    "data store",
    check
);
tree!(DataStore);
name!(
    /// A region where data is kept or processed, such as `us` or `eu.de`.
    ///
    /// A name is 1 to 64 ASCII letters, digits and `-_.:/`, without an empty part
    /// between dots, and case counts. Dots make a tree.
    Region(64),
    "region",
    check
);
tree!(Region);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn names_are_plain_short_and_a_tree() {
        for name in ["a", "chat.intent_log", "eu:de/x-1", &"x".repeat(64)] {
            let category: DataCategory = name.parse().unwrap();
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
        let name = |name| DataCategory::new(name).unwrap();
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
