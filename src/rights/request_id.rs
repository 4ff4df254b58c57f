//! Ids of requests.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::error::RightsCause;
use crate::id::{byte_id, read_hex, write_hex};
use crate::random::random;

/// The id of a request: random, shown as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId([u8; 16]);

impl RequestId {
    /// Draws an id from the system's random numbers.
    ///
    /// # Errors
    /// [`KeyService`](crate::ErrorKind::KeyService) where the system has none.
    pub fn generate() -> Result<Self, Error> {
        let mut bytes = [0; 16];
        random(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Takes an id of these bytes, which must be random.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

byte_id!(RequestId);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({self})")
    }
}

impl FromStr for RequestId {
    type Err = Error;

    /// # Errors
    /// `Config` where the text is not 32 hexadecimal digits in lower case.
    fn from_str(text: &str) -> Result<Self, Error> {
        let what = "id of a request";
        let bytes = read_hex(text).ok_or(RightsCause::Unknown { what })?;
        Ok(Self(bytes))
    }
}
