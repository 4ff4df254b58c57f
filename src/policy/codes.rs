//! Codes that name what is wrong, each with its text and its clause.

/// Defines an enumeration of codes that do not change from version to version.
macro_rules! codes {
    ($(#[$docs:meta])* $name:ident {
        $($(#[$code_docs:meta])* $code:ident = $text:literal, $says:literal;)*
    }) => {
        $(#[$docs])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", $text, "`: ", $says, ".")]
                $(#[$code_docs])*
                $code,
            )*
        }

        impl $name {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// Returns the code as text: lower-case words joined by hyphens.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $text,)*
                }
            }

            /// Returns what is wrong, in one clause.
            #[must_use]
            pub const fn says(self) -> &'static str {
                match self {
                    $(Self::$code => $says,)*
                }
            }
        }
    };
}

pub(super) use codes;
