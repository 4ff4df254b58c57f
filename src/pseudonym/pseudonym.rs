//! A pseudonym.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::error::PseudonymCause;
use crate::id::{byte_id, read_hex, write_hex};

/// What stands for a value: 32 bytes that say nothing without the key.
///
/// As text it is 64 lower-case hexadecimal digits. It may stand in logs and in paths of
/// a store.
///
/// # Example
/// ```
/// use confidant::pseudonym::{PseudonymKey, Pseudonym};
/// use confidant::taxonomy::Purpose;
///
/// let pseudonym = PseudonymKey::generate()?.session(&Purpose::new("analytics")?, "s-81");
/// assert_eq!(pseudonym.to_string().parse::<Pseudonym>()?, pseudonym);
/// # Ok::<(), confidant::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pseudonym([u8; Self::LEN]);

impl Pseudonym {
    /// The number of its bytes.
    pub const LEN: usize = 32;

    /// Takes the bytes of a pseudonym that was made before.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pseudonym({self})")
    }
}

byte_id!(Pseudonym);

impl FromStr for Pseudonym {
    type Err = Error;

    /// # Errors
    /// `Config` where the text is not 64 lower-case hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, Error> {
        read_hex(text)
            .map(Self)
            .ok_or_else(|| PseudonymCause::Syntax.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn only_its_own_text_is_read() {
        let text = "0f".repeat(32);
        assert_eq!(text.parse::<Pseudonym>().unwrap().to_string(), text);
        for text in [
            "",
            "0F".repeat(32).as_str(),
            &text[1..],
            &format!("{text}0"),
            &"é".repeat(32),
        ] {
            let error = text.parse::<Pseudonym>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{text}");
        }
    }
}
