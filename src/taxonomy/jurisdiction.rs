//! Whose law applies.

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::error::TaxonomyCause;

/// A jurisdiction: an ISO 3166-1 country such as `DE`, an ISO 3166-2 subdivision such
/// as `US-CA`, or `EU` for the European Economic Area as a whole.
///
/// Only the form is checked, since countries come and go.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Jurisdiction {
    country: [u8; 2],
    /// Filled up with zeros.
    subdivision: [u8; 3],
}

impl Jurisdiction {
    /// Checks a code and takes it: two capital letters, and optionally `-` with one to
    /// three capital letters or digits.
    ///
    /// # Errors
    /// `Config` for any other form.
    pub fn new(code: &str) -> Result<Self, Error> {
        let malformed = || Error::from(TaxonomyCause::Jurisdiction);
        let (country, rest) = match code.split_once('-') {
            Some((country, rest)) => (country, Some(rest)),
            None => (code, None),
        };
        let country: [u8; 2] = country.as_bytes().try_into().map_err(|_| malformed())?;
        if !country.iter().all(u8::is_ascii_uppercase) {
            return Err(malformed());
        }
        let mut subdivision = [0; 3];
        if let Some(rest) = rest {
            let is_plain = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
            if rest.is_empty() || rest.len() > 3 || !rest.bytes().all(|byte| is_plain(&byte)) {
                return Err(malformed());
            }
            for (to, from) in subdivision.iter_mut().zip(rest.bytes()) {
                *to = from;
            }
        }
        Ok(Self {
            country,
            subdivision,
        })
    }

    /// Returns whether this is `area` or a part of it, as `US-CA` is a part of `US`.
    ///
    /// Which countries make up the `EU` is no matter of the code: a table says that.
    #[must_use]
    pub fn is_within(&self, area: &Self) -> bool {
        self == area || (self.country == area.country && area.subdivision == [0; 3])
    }
}

impl fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.country {
            write!(f, "{}", char::from(byte))?;
        }
        if self.subdivision != [0; 3] {
            f.write_str("-")?;
        }
        for byte in self.subdivision.into_iter().filter(|byte| *byte != 0) {
            write!(f, "{}", char::from(byte))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jurisdiction({self})")
    }
}

impl FromStr for Jurisdiction {
    type Err = Error;

    /// # Errors
    /// The same as [`Jurisdiction::new`].
    fn from_str(code: &str) -> Result<Self, Error> {
        Self::new(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_checked_and_read_back() {
        for code in ["EU", "DE", "US-CA", "GB-ENG", "FR-2A", "AT-9"] {
            assert_eq!(Jurisdiction::new(code).unwrap().to_string(), code);
        }
        for code in [
            "", "d", "de", "DEU", "US-", "US-ca", "US-CALI", "US_CA", "ÄU", "-CA",
        ] {
            assert!(Jurisdiction::new(code).is_err(), "{code}");
        }
        let [us, california] = ["US", "US-CA"].map(|code| Jurisdiction::new(code).unwrap());
        assert!(california.is_within(&us));
        assert!(!us.is_within(&california));
    }
}
