//! Plain names: of persons, holds, verifiers.

use std::fmt;
use std::sync::Arc;

use crate::Error;
use crate::error::RetentionCause;
use crate::id::text_id;

/// The most bytes of a name.
const MAX_LEN: usize = 128;

fn check(what: &'static str, name: &str) -> Result<Arc<str>, Error> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
    if name.is_empty() || name.len() > MAX_LEN || !name.bytes().all(plain) {
        let limit = MAX_LEN;
        return Err(RetentionCause::Name { what, limit }.into());
    }
    Ok(name.into())
}

macro_rules! name {
    ($(#[$docs:meta])* $name:ident, $what:literal) => {
        $(#[$docs])*
        ///
        /// It stands in the audit log for ever, so it is 1 to 128 ASCII letters, digits
        /// and `-_.:/`, and nothing personal. Cloning copies a pointer.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks a name and takes it.
            ///
            /// # Errors
            /// `Config` where it is empty, longer than 128 bytes or has another
            /// character. The error does not show it.
            pub fn new(name: &str) -> Result<Self, Error> {
                check($what, name).map(Self)
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
    /// A person who acts on the schedule: places a hold, confirms a large run. An id of
    /// the staff directory, such as `staff:4711`.
    Person,
    "person"
);
name!(
    /// The name of a hold, such as `hold/2026-17`.
    HoldId,
    "name of a hold"
);
name!(
    /// Why a hold was placed, as a reference to where it is argued: the number of a
    /// case or a matter, such as `litigation:2026-17`.
    HoldReason,
    "reason of a hold"
);
