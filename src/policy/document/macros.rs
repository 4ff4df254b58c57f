//! The parts that every clause and every word of the document share.

/// Defines a clause: a table whose keys may all be missing as far as reading goes. The
/// checks say what is missing, all at once.
macro_rules! clause {
    ($(#[$docs:meta])* $name:ident { $($(#[$field_docs:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$docs])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[serde(default, deny_unknown_fields)]
        pub(in crate::policy) struct $name {
            /// The id by which decisions name this clause. A clause in a named table
            /// goes by its place without one, such as `purpose.training`.
            pub(in crate::policy) id: Option<String>,
            /// The promises that this clause keeps, by their ids.
            pub(in crate::policy) promise: Vec<String>,
            $($(#[$field_docs])* pub(in crate::policy) $field: $type,)*
        }
    };
}

/// Defines an enumeration whose members are words in snake case.
macro_rules! words {
    ($(#[$docs:meta])* pub $name:ident { $($(#[$word_docs:meta])* $word:ident = $text:literal,)* }) => {
        words! { @ [pub] [#[non_exhaustive]] $(#[$docs])* $name { $($(#[$word_docs])* $word = $text,)* } }

        impl $name {
            /// Every word, in the order of the list.
            pub const ALL: &[Self] = &[$(Self::$word,)*];
        }
    };
    ($(#[$docs:meta])* $name:ident { $($(#[$word_docs:meta])* $word:ident = $text:literal,)* }) => {
        words! { @ [pub(in crate::policy)] [] $(#[$docs])* $name { $($(#[$word_docs])* $word = $text,)* } }
    };
    (@ [$vis:vis] [$($open:tt)*] $(#[$docs:meta])* $name:ident {
        $($(#[$word_docs:meta])* $word:ident = $text:literal,)*
    }) => {
        $(#[$docs])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Deserialize, serde::Serialize,
        )]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        $($open)*
        $vis enum $name {
            $($(#[$word_docs])* #[serde(rename = $text)] $word,)*
        }

        impl $name {
            /// Returns the word used in documents.
            #[must_use]
            $vis const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
