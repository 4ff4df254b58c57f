//! Base 64 in JSON, without copies that stay behind.

use std::fmt;
use std::marker::PhantomData;

use base64ct::Encoding;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use zeroize::Zeroizing;

use crate::seal::DataKey;
use crate::secret::Secret;

/// A string of a request that is wiped when dropped.
pub(in super::super) struct Hidden(Zeroizing<String>);

impl Hidden {
    pub(in super::super) fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Bytes as base 64.
pub(in super::super) fn encode<E: Encoding>(bytes: &[u8]) -> Hidden {
    Hidden::new(E::encode_string(bytes))
}

/// Bytes that stood as base 64 in a string of a JSON document; `None` where the
/// string was something else.
pub(in super::super) struct Decoded<E> {
    bytes: Option<Zeroizing<Vec<u8>>>,
    encoding: PhantomData<E>,
}

impl<E> Decoded<E> {
    pub(in super::super) fn bytes(&self) -> Option<&[u8]> {
        self.bytes.as_deref().map(Vec::as_slice)
    }
}

impl<E: Encoding> Decoded<E> {
    fn new(text: &str) -> Self {
        // Longer than what is decoded, in every base-64 alphabet.
        let mut bytes = Zeroizing::new(vec![0; text.len()]);
        let len = E::decode(text, &mut bytes).map(<[u8]>::len);
        Self {
            bytes: len.ok().map(|len| {
                bytes.truncate(len);
                bytes
            }),
            encoding: PhantomData,
        }
    }
}

impl<'de, E: Encoding> Deserialize<'de> for Decoded<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text<E>(PhantomData<E>);

        impl<E: Encoding> Visitor<'_> for Text<E> {
            type Value = Decoded<E>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<F: de::Error>(self, text: &str) -> Result<Self::Value, F> {
                Ok(Decoded::new(text))
            }
        }

        deserializer.deserialize_str(Text(PhantomData))
    }
}

/// The data key that was unwrapped, where it has the length of one.
pub(in super::super) fn data_key(bytes: &[u8]) -> Option<DataKey> {
    let bytes: &[u8; 32] = bytes.try_into().ok()?;
    Some(Secret::fill(|key: &mut [u8; 32]| {
        key.copy_from_slice(bytes)
    }))
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64, Base64UrlUnpadded};

    use super::*;

    #[test]
    fn base_64_is_decoded_with_and_without_escapes() {
        let decoded = |json: &str| {
            let value: Decoded<Base64> = serde_json::from_str(json).unwrap();
            value.bytes().map(<[u8]>::to_vec)
        };
        assert_eq!(decoded(r#""+/8=""#).unwrap(), [0xfb, 0xff]);
        assert_eq!(decoded(r#""+\/8\u003d""#).unwrap(), [0xfb, 0xff]);
        assert!(decoded(r#""""#).unwrap().is_empty());
        for other in [
            r#""+/8""#,
            r#""-_8=""#,
            r#""+/9=""#,
            r#""é8==""#,
            r#"" +/8=""#,
        ] {
            assert_eq!(decoded(other), None, "{other}");
        }
        assert!(serde_json::from_str::<Decoded<Base64>>("7").is_err());
        let url: Decoded<Base64UrlUnpadded> = serde_json::from_str(r#""-_8""#).unwrap();
        assert_eq!(url.bytes().unwrap(), [0xfb, 0xff]);
    }

    #[test]
    fn a_data_key_has_32_bytes() {
        assert_eq!(data_key(&[5; 32]).unwrap().expose_secret(), &[5; 32]);
        assert!(data_key(&[5; 31]).is_none() && data_key(&[5; 33]).is_none());
    }
}
