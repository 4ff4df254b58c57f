//! What all ids share: how they are read from text, shown and stored.

/// Gives an id that has `new` and `as_str` the traits of a text: `Display`, `AsRef<str>`,
/// `FromStr`, `TryFrom<&str>` and, with the feature `serde`, both of its traits.
macro_rules! text_id {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::Error;

            /// # Errors
            /// The same as `new`.
            fn from_str(id: &str) -> Result<Self, $crate::Error> {
                Self::new(id)
            }
        }

        $crate::id::parsed_id!($name);
    };
}

/// Gives an id of bytes, which has `as_bytes`, `Display` and `FromStr`, the rest of the
/// traits of an id.
macro_rules! byte_id {
    ($name:ident) => {
        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                self.as_bytes()
            }
        }

        $crate::id::parsed_id!($name);
    };
}

/// Gives a type that has `Display` and `FromStr` the traits that follow from them.
macro_rules! parsed_id {
    ($name:ident) => {
        impl TryFrom<&str> for $name {
            type Error = $crate::Error;

            /// # Errors
            /// The same as `from_str`.
            fn try_from(id: &str) -> Result<Self, $crate::Error> {
                id.parse()
            }
        }

        $crate::id::serde_text!($name);
    };
}

/// Stores a type that has `Display` and `FromStr` as its text.
macro_rules! serde_text {
    ($name:ident) => {
        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::id::deserialize(deserializer)
            }
        }
    };
}

/// Makes a type of names: of up to so many bytes, and of the form that `check(what, name,
/// limit)` demands.
macro_rules! name {
    ($(#[$docs:meta])* $name:ident($max:literal), $what:literal, $check:path) => {
        $(#[$docs])*
        ///
        /// Cloning copies a pointer.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// The most bytes of a name.
            pub const MAX_LEN: usize = $max;

            /// Checks a name and takes it.
            ///
            /// # Errors
            /// `Config` where the name is empty or not of that form, `Limit` where it is
            /// longer than [`MAX_LEN`](Self::MAX_LEN). The error does not show it.
            pub fn new(name: &str) -> Result<Self, $crate::Error> {
                $check($what, name, Self::MAX_LEN)?;
                Ok(Self(name.into()))
            }

            /// Returns the name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        $crate::id::text_id!($name);

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

/// The place of the first byte of a name that is not an ASCII letter, a digit or one of
/// `-_.:/`.
pub(crate) fn not_plain(name: &str) -> Option<usize> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
    name.bytes().position(|byte| !plain(byte))
}

pub(crate) use {byte_id, name, parsed_id, serde_text, text_id};

/// Reads a type from its text.
#[cfg(feature = "serde")]
pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: std::str::FromStr<Err = crate::Error>,
    D: serde::Deserializer<'de>,
{
    struct Text<T>(std::marker::PhantomData<T>);

    impl<T: std::str::FromStr<Err = crate::Error>> serde::de::Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a text")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            // The error says what is wrong and shows nothing of the text.
            text.parse().map_err(E::custom)
        }
    }

    deserializer.deserialize_str(Text(std::marker::PhantomData))
}

/// Writes bytes as hexadecimal digits in lower case.
pub(crate) fn write_hex(bytes: &[u8], f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Reads bytes from just as many pairs of hexadecimal digits in lower case.
pub(crate) fn read_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}
